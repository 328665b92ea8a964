"""Rows become a tuned model by one command: learned, judged on what was kept apart, resumed to the bit, and opened."""

import json
import os
import re
import signal

import pytest
import torch
from processes import asked_to_end, together

import lessons_lib
from lessons_lib import ModelConfig, Transformer, save_pretrained
from lessons_lib import __main__ as terminal
from lessons_lib.checkpoint import load_lora
from lessons_lib.formats.safetensors import load_safetensors
from lessons_lib.layers import LoraConfig, merge_lora
from lessons_lib.tokenizer import load_tokenizer
from lessons_lib.training import Conversations, Run, held_out_loss
from lessons_lib.training.__main__ import main
from lessons_lib.training.data.examples import Example, tokens
from lessons_lib.training.distributed import WAYS
from lessons_lib.training.jobs import Tuning, read_job
from lessons_lib.training.jobs.kinds import Row
from lessons_lib.training.jobs.tuning import _divided

NAMES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
SFT = [{"prompt": f"Say {name}!", "completion": f"{name} it is."} for name in NAMES]
PAIRS = [{"prompt": f"Say {name}!", "chosen": f"{name} it is.", "rejected": f"I like {name}."} for name in NAMES]
JOB = """
data = "rows.jsonl"
out = "made"
model = "base"
held_out = 0.2
save_every = 4
[lora]
r = 2
[recipe]
steps = 8
batch_size = 4
learning_rate = 0.1
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A model of two thin layers that knows nothing, with the vocabulary and the template of SmolLM2."""
    torch.manual_seed(0)
    sizes = {"hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 4}
    ends = {"initializer_range": 0.2, "max_position_embeddings": 96, "tie_word_embeddings": True, "eos_token_id": [2]}
    folder = tmp_path_factory.mktemp("models") / "base"
    save_pretrained(Transformer(ModelConfig(vocab_size=49152, **sizes, **ends)), folder, load_tokenizer("smollm2"))
    return folder


@pytest.fixture
def job(base, tmp_path):
    return written(tmp_path, base)


def written(folder, base, rows=SFT, *changes, name="job.toml"):
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    text = JOB.replace('"base"', json.dumps(str(base)))
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def ended_early(job, monkeypatch):
    """Start a job, which is asked to end after three steps."""
    advance = Run.advance

    def advance_and_ask(self):
        report = advance(self)
        if report.step == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return report

    with monkeypatch.context() as patched:
        patched.setattr(Run, "advance", advance_and_ask)
        return main([str(job)])


def nats(told):
    return [float(number) for number in re.search(r"([\d.]+) nats a token before, ([\d.]+) after", told).groups()]


def test_answers_are_learned_and_judged_on_questions_that_were_kept_apart(job, base, capsys):
    assert main([str(job)]) == 0
    told = capsys.readouterr().out
    assert (
        "sft: 8 rows to learn from, 2 held out" in told
        and "numbers learn, in 8 steps" in told
        and "To talk with it: python -m lesson" in told
    )
    before, after = nats(told)
    assert after < before - 0.5
    model, tokenizer = lessons_lib.load(base)
    [asked] = re.findall(r"Asked: Say (\w+)!", told)
    assert f"wanted:\n    {asked} it is.\nbefore:\n" in told
    questions = [[{"role": "user", "content": row["prompt"]}] for row in SFT]
    _, held_out = _divided([Row(asked, "", row) for asked, row in zip(questions, SFT, strict=True)], 0.2, 0)
    assert held_out[0].learned["prompt"] == f"Say {asked}!"
    rows = []
    for row in held_out:
        said = [*row.question, {"role": "assistant", "content": row.learned["completion"]}]
        rows.append(tokenizer.encode_chat(said, add_generation_prompt=False, return_mask=True))
    for loss in (before, after):
        batches = (Conversations([row]).batch(0, 1) for row in rows)
        assert held_out_loss(model, batches) == pytest.approx(loss, abs=0.006)
        if loss == before:
            load_lora(model, job.parent / "made/adapter")
    assert main([str(job)]) == 0  # again: nothing is left to learn
    assert capsys.readouterr().out == told


def test_a_preference_is_learned(base, tmp_path, capsys):
    job = written(tmp_path, base, PAIRS, ("steps = 8", "steps = 20"), ("[lora]", "[dpo]\nbeta = 0.3\n[lora]"))
    assert read_job(job).dpo.beta == 0.3
    assert main([str(job)]) == 0
    told = capsys.readouterr().out
    assert "preference: 8 rows to learn from, 2 held out" in told
    [more] = re.findall(r"it is preferred more than before: +(\d) of 2, by \+([\d.]+) nats", told)
    assert more[0] == "2" and float(more[1]) > 1


@pytest.mark.parametrize(
    "changes",
    [(("[lora]", "merge = true\n[lora]"),), (("[lora]\nr = 2", ""), ("held_out", "lora = false\nheld_out"))],
    ids=["merged", "whole"],
)
def test_a_whole_model_comes_of_it_where_that_is_asked(changes, job, base, tmp_path, capsys):
    assert main([str(job)]) == 0
    before, after = nats(capsys.readouterr().out)
    (tmp_path / "other").mkdir()
    assert main([str(written(tmp_path / "other", base, SFT, *changes))]) == 0
    told = capsys.readouterr().out
    assert nats(told)[0] == before and "transformers" in told and not (tmp_path / "other/made/adapter").exists()
    model, tokenizer = lessons_lib.load(tmp_path / "other/made/model")
    assert tokenizer.chat_template is not None
    if "merge" in changes[0][1]:
        assert nats(told)[1] == after
        expected = merge_lora(load_lora(lessons_lib.load(base)[0], job.parent / "made/adapter"))
        torch.testing.assert_close(model.state_dict(), expected.state_dict())
    else:
        assert nats(told)[1] < before - 0.5


@pytest.mark.parametrize("whole", [False, True])
def test_who_is_asked_to_end_saves_and_goes_on_to_the_same_numbers(whole, base, tmp_path, capsys, monkeypatch):
    changes = (("[lora]\nr = 2", ""), ("held_out", "lora = false\nheld_out")) if whole else ()
    file = "model/model.safetensors" if whole else "adapter/adapter_model.safetensors"
    jobs = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        jobs.append(written(tmp_path / name, base, SFT, *changes))
    assert main([str(jobs[0])]) == 0
    expected = capsys.readouterr().out.replace("/one/", "/two/")
    assert ended_early(jobs[1], monkeypatch) == 0
    assert "saved after step 3 of 8; the same command goes on from there" in capsys.readouterr().out
    assert main([str(jobs[1])]) == 0
    assert capsys.readouterr().out == expected
    assert (tmp_path / "two/made" / file).read_bytes() == (tmp_path / "one/made" / file).read_bytes()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("r = 2", "r = 2\nlora_alpha = 3"), "frozen: got"),
        (("r = 2", "r = 3"), "frozen: got"),
        (("steps = 8", "steps = 9"), r"recipe: got Recipe\(steps=9.*, that of the run in"),
        (("held_out = 0.2", "held_out = 0.3"), "data: not what the run"),
        (("[lora]\nr = 2", "lora = false"), "data: not what the run"),
    ],
)
def test_another_job_does_not_go_on_with_the_run(change, words, job, base, capsys):
    assert main([str(job)]) == 0
    written(job.parent, base, SFT, change)
    assert main([str(job)]) == 1
    told = capsys.readouterr().err
    assert re.search(words, told) and "made/run is of another job; delete it, or choose another out" in told


def test_another_objective_or_model_does_not_go_on_with_the_run(base, tmp_path, capsys):
    job = written(tmp_path, base, PAIRS)
    assert main([str(job)]) == 0
    written(tmp_path, base, PAIRS, ("[lora]", "[dpo]\nbeta = 0.3\n[lora]"))
    assert main([str(job)]) == 1
    assert re.search("objective: got Dpo.beta=0.3.*is of another job", capsys.readouterr().err, re.DOTALL)
    model, tokenizer = lessons_lib.load(base)
    with torch.no_grad():
        model.model.norm.weight += 1
    save_pretrained(model, tmp_path / "changed", tokenizer)
    written(tmp_path, tmp_path / "changed", PAIRS)
    assert main([str(job)]) == 1
    assert "frozen: got" in capsys.readouterr().err


def test_rows_alone_are_a_job_with_the_usual_settings(job):
    read = read_job(job.parent / "rows.jsonl")
    assert read == Tuning(data=(job.parent / "rows.jsonl",), out=job.parent / "rows-tuned")
    assert (read.model, read.kind, read.lora) == ("smollm2-135m-instruct", None, LoraConfig())


LONG = {"prompt": "Say much!", "completion": "so " * 60}
TALK = [{"role": "user", "content": "Hi!"}, {"role": "assistant", "content": "Hello."}]


@pytest.mark.parametrize(
    ("row", "words", "rows"),
    [
        (LONG, r"line 11: got \d+ tokens to read, allowed at most length \(50\)", SFT),
        (PAIRS[0] | {"chosen": "so " * 60}, r"line 11, chosen: got \d+ tokens to read, allowed at most length", PAIRS),
        (PAIRS[0], "line 11: got the fields of a row for preference, allowed those for sft, as the job is", SFT),
        (SFT[0], "line 11: got the fields of a row for sft, allowed those for preference, as the job is", PAIRS),
        ({"prompt": "\ud800", "completion": "Hello."}, "line 11: .*surrogate", SFT),
        ({"messages": [{"role": "user", "content": "Hi!"}]}, "line 11, messages: got none of the assistant", SFT),
        ({"messages": [*TALK, {"role": "owl", "content": "?"}]}, r"line 11, messages\[2\].role: got 'owl'", SFT),
    ],
)
def test_a_bad_row_of_a_job_is_named_with_its_line_before_anything_is_learned(row, words, rows, base, tmp_path, capsys):
    job = written(tmp_path, base, [*rows, row, *rows], ("held_out", "length = 50\nheld_out"))
    assert main([str(job)]) == 1
    told = capsys.readouterr()
    assert re.search(words, told.err) and f"rows.jsonl: got 1 of {2 * len(rows) + 1} rows" in told.err
    assert not told.out and not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("[lora]\nr = 2", "lora = 3"), "job.toml: lora: got 3, allowed a table or false"),
        (("r = 2", "rank = 2"), "job.toml: lora: got rank, allowed .*lora_alpha"),
        (("r = 2", "r = 0"), "job.toml: r: got 0, allowed 1 or more"),
        (("r = 2", 'target_modules = ["no_proj"]'), "config: got target_modules=.*names nothing in the model"),
        (("steps = 8", "stpes = 8"), "job.toml: recipe: got stpes, allowed .*steps"),
        (("steps = 8", "steps = 0"), "job.toml: steps: got 0, allowed 1 or more"),
        (("held_out = 0.2", "epochs = 2"), "job.toml: epochs: got 2 beside the recipe's steps, allowed one of them"),
        (("held_out = 0.2", 'kind = "rl"'), "job.toml: kind: got 'rl', allowed sft, preference"),
        (
            ("held_out = 0.2", 'kind = "preference"'),
            "line 1: got the fields of a row for sft, allowed those for prefer",
        ),
        (("held_out = 0.2", "kind = []"), r"job.toml: kind: got \[\], allowed sft, preference"),
        (("held_out = 0.2", "reward = 3"), "job.toml: reward: got 3, allowed file.py:function"),
        (("r = 2", "layers_to_transform = 3"), "job.toml: lora: 'int' object is not iterable"),
        (("held_out = 0.2", "merge = 1"), "job.toml: merge: got 1, allowed true or false"),
        (("held_out = 0.2", "length = 97"), r"length: got 97, allowed at most the model's context \(96\)"),
        (("held_out = 0.2", "dpo = true"), "job.toml: dpo: got True, allowed a table"),
        (("held_out = 0.2", 'text = "a.txt"'), "job.toml: got text, allowed .*data"),
        (('"rows.jsonl"', "3"), "job.toml: data: got 3, allowed a path or a list of paths"),
        (('"rows.jsonl"', "[]"), "job.toml: data: got no file, allowed at least one"),
        (('"rows.jsonl"', '"gone.jsonl"'), "No such file .*gone.jsonl"),
        (('out = "made"', "out = 3"), "job.toml: out: got 3, allowed a path"),
        (('out = "made"', ""), "job.toml: got no out, allowed a file that says it"),
    ],
)
def test_mistakes_in_a_job_are_named(change, words, base, tmp_path, capsys):
    assert main([str(written(tmp_path, base, SFT, change))]) == 1
    assert re.search(words, capsys.readouterr().err)


def test_one_question_is_not_enough(base, tmp_path, capsys):
    assert main([str(written(tmp_path, base, [SFT[0]] * 3))]) == 1
    assert "data: got 1 question, allowed at least 2" in capsys.readouterr().err


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5])
@pytest.mark.parametrize("seed", range(4))
def test_rows_of_one_question_are_on_one_side_and_none_is_lost(share, seed):
    rows = [Row(f"question {n % 7}", "", n) for n in range(20)]
    learned, held_out = _divided(rows, share, seed)
    assert sorted(row.learned for row in learned + held_out) == list(range(20))
    assert learned and held_out and not {row.question for row in learned} & {row.question for row in held_out}
    assert share * 20 - 1 <= len(held_out) <= max(share * 20, 1) + 3
    assert _divided(rows, share, seed) == (learned, held_out)


def test_text_is_read_as_it_stands_where_the_job_says_so():
    tokenizer = load_tokenizer("smollm2")
    ids, mask = tokens("row", "The sky is", " blue.", tokenizer)
    assert ids == [*tokenizer.encode("The sky is blue."), tokenizer.eos_token_id]
    assert tokenizer.decode([i for i, said in zip(ids, mask, strict=True) if said]) == " blue.<|im_end|>"


def test_what_the_assistant_said_in_the_prompt_is_read_and_not_learned():
    tokenizer = load_tokenizer("smollm2")
    example = Example([*TALK, {"role": "user", "content": "And?"}], ([{"role": "assistant", "content": "Bye."}],))
    ids, mask = tokens("row", example.prompt, example.answers[0], tokenizer)
    assert "Hello." in tokenizer.decode(ids)
    assert tokenizer.decode([i for i, said in zip(ids, mask, strict=True) if said]) == "Bye.<|im_end|>"


def test_the_terminal_talks_with_an_adapter(job, base, capsys, monkeypatch):
    assert main([str(job)]) == 0
    told = capsys.readouterr().out
    [question] = re.findall("Asked: (.*)", told)
    command = ["lessons_lib", "--model", str(base), "--max-new-tokens", "8", question]
    model = merge_lora(load_lora(lessons_lib.load(base)[0], job.parent / "made/adapter"))
    answers = {}
    for name, adapter in (("before", []), ("after", ["--adapter", str(job.parent / "made/adapter")])):
        monkeypatch.setattr("sys.argv", [*command, *adapter])
        assert terminal.main() == 0
        answers[name] = capsys.readouterr().out
    tokenizer = load_tokenizer("smollm2")
    ids = tokenizer.encode_chat([{"role": "user", "content": question}])
    expected = list(lessons_lib.generation.generate(model, ids, 8, temperature=0))
    assert answers["after"] == tokenizer.decode(expected) + "\n" != answers["before"]
    monkeypatch.setattr("sys.argv", [*command, "--adapter", str(base)])
    assert terminal.main() == 1 and "a whole model" in capsys.readouterr().err


SCORE = """
from pathlib import Path


def score(row, text, ended):
    return row["worth"] * (len(text) - 20) / 10


def hangs(row, text, ended):
    while True:
        pass


def fails(row, text, ended):
    raise KeyError("answer")


nothing = 3
"""
PAID = [{"prompt": f"Say {name}!", "worth": n % 3} for n, name in enumerate(NAMES)]
REWARD = (
    ("held_out", 'reward = "my_reward.py:score"\nheld_out'),
    ("[lora]", "[grpo]\nnum_generations = 2\nmax_completion_length = 6\nbeta = 0.1\n[lora]"),
)


def rewarded(folder, base, *changes):
    (folder / "my_reward.py").write_text(SCORE)
    return written(folder, base, PAID, *REWARD, *changes)


def test_a_reward_is_earned_and_a_run_goes_on_to_the_same_numbers(base, tmp_path, capsys, monkeypatch):
    jobs = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        jobs.append(rewarded(tmp_path / name, base))
    assert main([str(jobs[0])]) == 0
    told = capsys.readouterr()
    assert "reward: 8 rows to learn from, 2 held out" in told.out and "reward=" in told.err
    assert re.search(r"mean reward -?[\d.]+ before \(of 4 answers at random\), -?[\d.]+ after \(of 4\)", told.out)
    assert "wanted" not in told.out and "before:\n    " in told.out
    assert ended_early(jobs[1], monkeypatch) == 0
    capsys.readouterr()
    assert main([str(jobs[1])]) == 0
    assert capsys.readouterr().out == told.out.replace("/one/", "/two/")
    file = "made/adapter/adapter_model.safetensors"
    assert (tmp_path / "two" / file).read_bytes() == (tmp_path / "one" / file).read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        lambda folder, base: (folder / "my_reward.py").write_text(SCORE.replace("20", "21")),
        lambda folder, base: written(folder, base, [row | {"worth": 2} for row in PAID], *REWARD),
        lambda folder, base: written(folder, base, PAID, *REWARD, ("held_out", "reward_seconds = 9\nheld_out")),
    ],
    ids=["the reward's file", "what it reads in the rows", "its time"],
)
def test_a_run_with_a_reward_does_not_go_on_with_another(change, base, tmp_path, capsys):
    steps = ("steps = 8", "steps = 1")
    job = rewarded(tmp_path, base, steps)
    assert main([str(job)]) == 0
    change(tmp_path, base)
    job.write_text(job.read_text().replace(*steps))
    assert main([str(job)]) == 1
    assert "data: not what the run in" in capsys.readouterr().err


def test_a_whole_model_does_not_go_on_from_another(base, tmp_path, capsys):
    whole = ("[lora]\nr = 2", "lora = false")
    job = written(tmp_path, base, SFT, whole)
    assert main([str(job)]) == 0
    model, tokenizer = lessons_lib.load(base)
    with torch.no_grad():
        model.model.norm.weight += 1
    save_pretrained(model, tmp_path / "changed", tokenizer)
    written(tmp_path, tmp_path / "changed", SFT, whole)
    assert main([str(job)]) == 1
    assert "data: not what the run in" in capsys.readouterr().err


def test_a_reward_that_hangs_is_worth_nothing(base, tmp_path, capsys):
    job = rewarded(tmp_path, base, (":score", ':hangs"\nreward_seconds = 0.05\n# "'), ("steps = 8", "steps = 1"))
    assert main([str(job)]) == 0
    assert "mean reward 0.000 before (of 4 answers at random), 0.000 after" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((":score", ":fails"), r"step 0: reward: got RuntimeError: KeyError: 'answer'; of problem .*worth"),
        ((":score", ":nothing"), "reward: got 'nothing', allowed a function of .*my_reward.py"),
        ((":score", ":gone"), "reward: got 'gone', allowed a function of .*my_reward.py"),
        (("my_reward.py:score", "my_reward.py"), "reward: got .*my_reward.py', allowed file.py:function"),
        (("my_reward.py", "other.py"), "No such file .*other.py"),
        (("my_reward.py", "broken.py"), "reward: .*broken.py: SyntaxError"),
        (('reward = "my_reward.py:score"', 'kind = "reward"'), "kind: got 'reward' without a reward, allowed one"),
        (('reward = "my', 'kind = "sft"\nreward = "my'), "job.toml: reward: got one for kind 'sft', allowed none"),
        (("held_out", "reward_seconds = 0\nheld_out"), "job.toml: reward_seconds: got 0, allowed above 0"),
        (
            ("length = 6", "length = 90"),
            "line 1, prompt: got .* tokens, allowed at most length less max_completion_length",
        ),
        (("batch_size = 4", "batch_size = 3"), r"batch_size: got 3, allowed a multiple of num_generations \(2\)"),
        (("num_generations = 2", "num_generations = 1"), "job.toml: num_generations: got 1, allowed 2 or more"),
    ],
)
def test_mistakes_in_a_reward_are_named(change, words, base, tmp_path, capsys):
    (tmp_path / "broken.py").write_text("def score(")
    assert main([str(rewarded(tmp_path, base, change))]) == 1
    assert re.search(words, capsys.readouterr().err)


@pytest.mark.parametrize("way", WAYS)
def test_two_processes_tune_save_go_on_and_hand_over_what_one_does(way, base, tmp_path):
    """Asked to end after three steps, both save; then both go on, and the first one writes the adapter."""
    shared, alone = tmp_path / "shared", tmp_path / "alone"
    for folder in (shared, alone):
        folder.mkdir()
        slow = ("learning_rate = 0.1", "learning_rate = 0.005")  # fast steps blow up what is rounded otherwise
        written(folder, base, PAIRS, slow, ("save_every", f'spread = "{way}"\nsave_every'))
    results, codes = together(2, asked_to_end, shared / "job.toml")
    assert [code for code, _ in results] == codes == [0, 0]
    assert json.loads((shared / "made/run/run.json").read_text())["step"] == 3
    results, codes = together(2, main, [str(shared / "job.toml")])
    assert [code for code, _ in results] == codes == [0, 0]
    assert main([str(alone / "job.toml")]) == 0
    found, expected = (load_safetensors(f / "made/adapter/adapter_model.safetensors") for f in (shared, alone))
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)
    assert any(tensor.abs().max() > 0.01 for name, tensor in found.items() if "lora_B" in name)
