"""A run learns, is the same in parts, stops before a bad step, and goes on bit for bit after any end."""

import itertools
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
import torch
from models import our_config
from torch import nn

from lessons_lib import Transformer
from lessons_lib.errors import CheckpointError
from lessons_lib.training import IGNORED, Recipe, Rows, Run, TrainingError, Windows, held_out_loss

TEXT = torch.arange(4000).pow(2) % 97


def model(seed=0, **changes):
    torch.manual_seed(seed)
    return Transformer(our_config(num_hidden_layers=2, **changes))


def run(data=None, net=None, **settings):
    data = Windows(TEXT, 11, seed=1) if data is None else data
    return Run(net or model(), data, Recipe(**{"steps": 12, "batch_size": 6} | settings))


def weights(of):
    return [p.detach().clone() for p in of.model.parameters()]


class Forgetful(nn.Module):
    """A next-token model with dropout: its steps hang on random numbers."""

    def __init__(self):
        super().__init__()
        self.embed_tokens, self.lm_head = nn.Embedding(97, 24), nn.Linear(24, 97)
        self.inner = nn.Sequential(nn.Linear(24, 32), nn.GELU(), nn.Dropout(0.3), nn.Linear(32, 24))
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, ids):
        self.seen += ids.numel()
        x = self.embed_tokens(ids)
        return self.lm_head(x + self.inner(x))


def forgetful():
    torch.manual_seed(3)
    return Forgetful()


def test_a_rule_is_learned():
    last = list(run(steps=60))[-1]
    assert last.loss < 0.5 < 4 < run().advance().loss
    assert (last.step, last.tokens) == (60, 66)


def test_a_run_goes_on_with_a_model_of_its_own_config_alone(tmp_path):
    run().save(tmp_path / "run")
    data = Windows(TEXT, 11, seed=1)
    assert Run.resume(tmp_path / "run", data, model(seed=5)).step == 0
    with pytest.raises(CheckpointError, match="config: got another rope_theta, allowed that of the model given"):
        Run.resume(tmp_path / "run", data, model(rope_theta=500.0))


def test_reports_say_what_was_done():
    reports = list(run(steps=10, warm_up=0.2, decay=0.5))
    assert [report.step for report in reports] == list(range(1, 11))
    assert [report.rate for report in reports] == pytest.approx([0.5, 1, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2])
    assert reports[0].loss == pytest.approx(math.log(97), abs=0.3)


def test_a_step_is_torchs_own_by_hand():
    ours, theirs = run(matrix_learning_rate=None, learning_rate=1e-3, clip=0.5), model()
    decays = [p for p in theirs.parameters() if p.ndim > 1], [p for p in theirs.parameters() if p.ndim < 2]
    groups = [{"params": decays[0]}, {"params": decays[1], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1)
    for step, report in enumerate(itertools.islice(ours, 5)):
        inputs, labels = ours.data.batch(step, 6)
        loss = nn.functional.cross_entropy(theirs(inputs).flatten(0, 1), labels.flatten())
        optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(theirs.parameters(), 0.5)
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * report.rate
        optimizer.step()
        assert (report.loss, report.grad_norm) == pytest.approx((loss.item(), norm.item()), rel=1e-4)
    torch.testing.assert_close(weights(ours), list(theirs.parameters()), atol=1e-5, rtol=0)


@pytest.mark.parametrize("parts", [2, 4, 6])
def test_parts_of_a_batch_make_the_same_step(parts):
    rows = TEXT[:1200].view(100, 12).clone()
    rows[::3, 4:] = IGNORED  # so parts have unequal numbers of tokens to learn
    whole, cut = run(Rows(rows)), run(Rows(rows), accumulate=parts)
    for one, two in zip(whole, cut, strict=True):
        assert two.loss == pytest.approx(one.loss, rel=1e-4) and two.tokens == one.tokens
    torch.testing.assert_close(weights(whole), weights(cut), atol=2e-4, rtol=0)


def test_it_disturbs_nobodys_random_numbers_and_is_disturbed_by_none():
    first, second = run(net=forgetful()), run(net=forgetful())
    for one in first:
        torch.rand(7)
        before = torch.random.get_rng_state()
        assert second.advance() == one
        assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("make", [model, forgetful, lambda: model(tie_word_embeddings=True)])
@pytest.mark.parametrize("at", [0, 1, 7, 12])
def test_a_resumed_run_goes_on_bit_for_bit(make, at, tmp_path):
    whole, part = run(net=make(), accumulate=2), run(net=make(), accumulate=2)
    expected = list(whole)
    reports = list(itertools.islice(part, at))
    part.save(tmp_path / "run")
    resumed = Run.resume(tmp_path / "run", Windows(TEXT, 11, seed=1), None if make is not forgetful else Forgetful())
    assert reports + list(resumed) == expected
    assert all(torch.equal(a, b) for a, b in zip(weights(whole), weights(resumed), strict=True))
    assert sorted(os.listdir(tmp_path / "run")) == ["run.json", "state.safetensors"]
    if make is forgetful:
        assert resumed.model.seen == whole.model.seen  # buffers too


def test_a_resumed_run_remembers_where_its_weights_are(tmp_path):
    part = run()
    part.advance()
    part.save(tmp_path / "run")
    resumed = Run.resume(tmp_path / "run", Windows(TEXT, 11, seed=1), model().to("meta"))
    memories = [memory for one in resumed.optimizers for state in one.state.values() for memory in state.values()]
    places = {memory.device.type for memory in memories if isinstance(memory, torch.Tensor)}
    assert places == {"meta"}  # a device that every machine has, and that is not where files are read


def test_a_run_can_be_saved_from_within_its_loop_and_over_itself(tmp_path):
    going = run()
    for report in going:
        if report.step % 5 == 0:
            going.save(tmp_path / "run")
    assert Run.resume(tmp_path / "run", going.data).step == 10
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_it_stops_before_a_bad_step(bad):
    going = run()
    list(itertools.islice(going, 3))
    before, memories = weights(going), [str(optimizer.state_dict()) for optimizer in going.optimizers]
    going.model.register_forward_hook(lambda module, given, output: output * bad)
    with pytest.raises(TrainingError, match=r"step 3: loss nan, gradient's length nan; the weights are those before"):
        going.advance()
    assert going.step == 3 and all(p.grad is None for p in going.model.parameters())
    assert all(torch.equal(a, b) for a, b in zip(before, weights(going), strict=True))
    assert memories == [str(optimizer.state_dict()) for optimizer in going.optimizers]


@pytest.fixture
def interrupts():
    """Ctrl+C raises, also where the tests were started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
def test_an_interrupt_leaves_no_half_step():
    whole, stopped = run(), run()
    expected = list(whole)
    moves = stopped.optimizers[0].step

    def interrupted():
        moves()
        signal.raise_signal(signal.SIGINT)

    stopped.optimizers[0].step = interrupted
    with pytest.raises(KeyboardInterrupt):
        stopped.advance()
    stopped.optimizers[0].step = moves
    assert stopped.step == 1 and list(stopped) == expected[1:]


def test_it_stops_where_nothing_is_to_be_learned():
    rows = torch.full((5, 9), IGNORED)
    rows[:, 0] = 4
    with pytest.raises(TrainingError, match="step 0: no token to learn from, all labels are ignored"):
        run(Rows(rows)).advance()


def test_a_run_of_other_data_is_refused(tmp_path):
    run().save(tmp_path / "run")
    for data in (Windows(TEXT, 11, seed=2), Windows(TEXT + 0, 10, seed=1), Windows(TEXT[1:], 11, seed=1)):
        with pytest.raises(TrainingError, match="its tokens, its settings or what it was made with differ"):
            Run.resume(tmp_path / "run", data)


def test_a_model_of_another_shape_is_refused(tmp_path):
    run().save(tmp_path / "run")
    with pytest.raises(CheckpointError, match=r"config: got another hidden_size, allowed that of the model"):
        Run.resume(tmp_path / "run", run().data, model(hidden_size=48))
    with pytest.raises(CheckpointError, match=r"config: got another attention_bias, .*allowed"):
        Run.resume(tmp_path / "run", run().data, model(attention_bias=True))
    with pytest.raises(CheckpointError, match=r"config: got another .*num_hidden_layers.*, allowed"):
        Run.resume(tmp_path / "run", run().data, Transformer(our_config(num_hidden_layers=1)))

    run(net=forgetful()).save(tmp_path / "other")  # of a model without a config its tensors alone tell
    wider, deeper, shallower = forgetful(), forgetful(), forgetful()
    wider.lm_head = nn.Linear(24, 101)
    deeper.inner.append(nn.Linear(24, 24))
    shallower.inner = nn.Sequential()
    for net, words in (
        (wider, r"tensor 'model\.lm_head\.weight': got \[97, 24\], allowed \[101, 24\]"),
        (deeper, r"tensor 'model\.inner\.4\.weight': got nothing, allowed \[24, 24\]"),
        (shallower, r"tensors: got model\.inner\..*, allowed those of this run"),
    ):
        with pytest.raises(CheckpointError, match=words):
            Run.resume(tmp_path / "other", run().data, net)


def cut_short(folder):
    file = folder / "state.safetensors"
    file.write_bytes(file.read_bytes()[:-8])


def one_bit(folder):
    file = folder / "state.safetensors"
    content = bytearray(file.read_bytes())
    content[-3] ^= 1
    file.write_bytes(content)


def changed(**values):
    def change(folder):
        file = folder / "run.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | values))

    return change


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (cut_short, "state.safetensors: sha256: got"),
        (one_bit, "state.safetensors: sha256: got"),
        (changed(format=1), "run.json: format: got 1, allowed 3"),
        (changed(step=13), "run.json: recipe and step: got step: got 13, allowed 0 to 12"),
        (changed(step="many"), "run.json: recipe and step"),
        (changed(recipe={"steps": -1}), "run.json: recipe and step: got steps: got -1"),
        (changed(recipe={"steps": 12, "code": "x"}), "run.json: recipe and step: .*code"),
        (changed(recipe=[1]), "run.json: recipe and step"),
        (changed(config={"vocab_size": 97, "hiden_size": 3}), "run.json: config: .*hiden_size"),
        (changed(config=None), "run.json: config: got None, allowed a config, or give the model"),
        (lambda folder: (folder / "run.json").write_text("[" * 100_000), "run.json"),
    ],
)
def test_a_damaged_folder_is_named(damage, words, tmp_path):
    going = run()
    going.advance()
    going.save(tmp_path / "run")
    damage(tmp_path / "run")
    with pytest.raises(CheckpointError, match=words):
        Run.resume(tmp_path / "run", going.data)


def test_a_folder_with_other_files_is_kept(tmp_path):
    (tmp_path / "thesis.txt").write_text("years")
    with pytest.raises(ValueError, match="holds other files, allowed a new one or a saved run's"):
        run().save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


SAVER = """
import sys, torch
from lessons_lib import ModelConfig, Transformer
from lessons_lib.training import Recipe, Run, Windows
config = ModelConfig(
    vocab_size=97, hidden_size=256, intermediate_size=64, num_hidden_layers=2, num_attention_heads=8
)
model = Transformer(config)
run = Run(model, Windows(torch.arange(4000) % 97, 11), Recipe(steps=10**6, batch_size=1))
while True:
    run.advance()
    run.save(sys.argv[1])
    print(run.step, flush=True)
"""


def test_who_is_killed_in_a_save_keeps_the_one_before(tmp_path):
    data, told = Windows(torch.arange(4000) % 97, 11), 0
    process = subprocess.Popen([sys.executable, "-c", SAVER, tmp_path / "run"], stdout=subprocess.PIPE, text=True)
    for moment in range(10):
        told = int(process.stdout.readline())
        time.sleep(0.007 * moment)
        process.send_signal(signal.SIGSTOP)  # what lies there now is what lies there if it is killed now
        shutil.copytree(tmp_path, tmp_path / f"copies/{moment}", ignore=shutil.ignore_patterns("copies"))
        process.send_signal(signal.SIGCONT)
        assert Run.resume(tmp_path / f"copies/{moment}/run", data).step >= told
    process.kill()
    process.communicate()
    assert Run.resume(tmp_path / "run", data).step >= told


def test_a_full_disk_leaves_the_run_before(tmp_path, monkeypatch):
    going = run()
    going.advance()
    going.save(tmp_path / "run")
    going.advance()

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        going.save(tmp_path / "run")
    monkeypatch.undo()
    assert Run.resume(tmp_path / "run", going.data).step == 1
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_bfloat16_products_learn_nearly_the_same():
    exact, half = list(run(steps=20)), list(run(steps=20, bfloat16=True))
    assert half[-1].loss == pytest.approx(exact[-1].loss, rel=0.1) and half[-1].loss != exact[-1].loss


def test_what_is_learned_holds_on_text_that_was_not_read():
    going = run(Windows(TEXT[:-120], 11), steps=60)
    before = held_out_loss(going.model, TEXT[-120:].view(10, 12))
    list(going)
    assert held_out_loss(going.model, TEXT[-120:].view(10, 12)) < 1 < 4 < before
