"""Lesson 19: what it says of DBRX and XGLM beside transformers, its table, and answers in other words."""

import json
import math
import pkgutil
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from classroom.styles import accept
from huggingface_hub.errors import StrictDataclassFieldValidationError
from transformers import AutoConfig, AutoModelForCausalLM

from lessons_lib import ModelConfig
from lessons_lib.classroom import registry
from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson19
from lessons_lib.classroom.lessons.lesson10.shared import opened
from lessons_lib.classroom.lessons.lesson19 import beats_gzip, card_claims, dbrx, my_program, pieces, probe
from lessons_lib.classroom.lessons.lesson19.built import PARTS, built
from lessons_lib.classroom.lessons.lesson19.count_it import my_count
from lessons_lib.classroom.lessons.lesson19.open_family import SMALL, my_family
from lessons_lib.classroom.real_model import real_model
from lessons_lib.generation import generate

ROOT = Path(__file__).resolve().parents[3]
EXERCISES = {exercise.id: exercise for exercise in lesson19.EXERCISES}


# The exercises beside other programs


def random_model(model_type, **values):
    config = AutoConfig.for_model(model_type, **values)
    torch.manual_seed(3)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, mean=0.5 * (parameter.dim() == 1), std=0.2)
    return model


def random_dbrx(file):
    return random_model(**json.loads(json.dumps(file)))


@pytest.mark.parametrize("more", [{"scale_embedding": True}, {}, {"scale_embedding": False, "d_model": 36}])
def test_the_family_is_that_of_transformers(more):
    values = SMALL | more
    tokens = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": None}
    theirs = random_model(**values, **tokens)
    tensors = {name: tensor for name, tensor in theirs.state_dict().items() if name != "lm_head.weight"}
    fields, ours = my_family(values, tensors)
    ids = torch.randint(values["vocab_size"], (2, 40), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert (opened(ModelConfig(**fields), ours)(ids) - theirs(ids).logits).abs().max() < 1e-4


@pytest.mark.parametrize("number", [0, 1])
def test_dbrx_has_as_many_parameters_as_transformers_makes(number):
    [values] = EXERCISES["count_it"].cases[number]
    theirs = random_dbrx(values)
    total, met, kept = my_count(values)
    assert total == sum(parameter.numel() for parameter in theirs.parameters())
    ffn = values["ffn_config"]
    unmet = (ffn["moe_num_experts"] - ffn["moe_top_k"]) * 3 * values["d_model"] * ffn["ffn_hidden_size"]
    assert met == total - values["n_layers"] * unmet
    with torch.no_grad():
        cache = theirs(torch.tensor([[1, 2, 3]]), use_cache=True).past_key_values
    assert 3 * kept == sum(layer.keys.numel() + layer.values.numel() for layer in cache.layers)


def test_the_card_is_judged_by_intervals():
    assert card_claims.computed() == card_claims.my_claims()


def test_transformers_reads_the_base_elsewhere_as_the_lesson_says():
    theirs = random_dbrx(dbrx.small(8))
    assert theirs.transformer.blocks[0].norm_attn_norm.attn.rope_theta == 500_000
    assert theirs.config.rope_parameters["rope_theta"] == 10_000


def test_transformers_refuses_the_published_1_and_takes_another_base_with_1_0(tmp_path):
    place = tmp_path / "config.json"
    place.write_text(dbrx.PUBLISHED, "utf-8")
    with pytest.raises(StrictDataclassFieldValidationError, match="moe_normalize_expert_weights"):
        AutoConfig.from_pretrained(tmp_path)
    place.write_text(dbrx.PUBLISHED.replace('weights": 1,', 'weights": 1.0,'), "utf-8")
    config = AutoConfig.from_pretrained(tmp_path)
    assert (config.attn_config.rope_theta, config.rope_parameters["rope_theta"]) == (500_000, 10_000)


def test_each_case_of_the_bytes_is_passed_and_not_only_as_good_as_the_solution():
    exercise = EXERCISES["beats_gzip"]
    for case in exercise.cases:
        found = exercise.harness(exercise.solution, *case)
        assert found == {"a chance for whatever comes": "yes", "few enough bits": "yes"}


def test_gzip_needs_what_the_lesson_says():
    text, unread = beats_gzip.genesis()
    assert round(beats_gzip.bits_of_gzip(text, unread), 2) == 2.51


def test_the_program_writes_what_the_library_writes():
    model, tokenizer = real_model()
    prompt, darts = "The capital of France is", (0.5,) * 6
    text, read = my_program.in_front_of_the_model(my_program.my_program, prompt, darts, my_program.REAL, 0, 50, 1.0)
    assert text == tokenizer.decode(list(generate(model, tokenizer.encode(prompt), 6, stop_token_ids=())))
    assert read == "nothing is read in vain"


def test_a_prompt_with_digits_comes_out_alike_but_behind_two_blanks():
    files, (_, tokenizer) = pieces.smollm2_files(), real_model()
    own = pieces.MyTokenizer(files["tokens"], files["merges"])
    for prompt in ("in 1984", "1st of 100,000", "a1b2\n34", "(5%) $3.14 é7", " 7+8=15?"):
        assert [files["numbers"][i] for i in own.encode(prompt)] == tokenizer.encode(prompt)
    for prompt in ("in  1984", "a\n\n1", "a\n 1"):
        assert [files["numbers"][i] for i in own.encode(prompt)] != tokenizer.encode(prompt)


def test_the_toy_says_what_it_is_made_for():
    said = [my_program.in_front_of_the_model(my_program.my_program, *EXERCISES["my_program"].cases[n]) for n in (0, 1)]
    assert [text for text, _ in said] == ["b", "bané!"]


def test_shares_are_those_of_single_texts():
    model, tokenizer = real_model()
    shares = probe.she_shares(model, tokenizer)
    she, he = (tokenizer.encode(word)[0] for word in (" she", " he"))
    assert [tokenizer.encode(word)[1:] for word in (" she", " he")] == [[], []]
    for job, place in (("nurse", 0), ("carpenter", 5), ("librarian", 7)):
        ids = tokenizer.encode(probe.SENTENCES[place].format(job=job))
        with torch.no_grad():
            chances = model(torch.tensor([ids]))[0, -1].softmax(-1)
        assert shares[job][place] == pytest.approx(float(chances[she] / (chances[she] + chances[he])), abs=1e-4)


# The table


def test_each_line_of_the_table_is_true():
    assert [row.lesson for row in built()] == sorted((row.lesson for row in built()), key=registry.place)
    assert len(built()) == len(PARTS)
    for row in built():
        assert pkgutil.resolve_name(f"lessons_lib.{row.part}") is not None, row
        text = (ROOT / row.test).read_text("utf-8")
        assert re.search(rf"\b{row.part.rpartition('.')[2]}\b", text), row
    for name, (_, _, against) in PARTS.items():
        assert registry.named("EXERCISES")[name].kind == "build"
        assert against in (ROOT / "requirements.txt").read_text("utf-8").replace("lm-eval", "lm_eval") or against in (
            ROOT / PARTS[name][1]
        ).read_text("utf-8")


# Right answers in other styles


def counted_from_shapes(values):
    theirs = random_dbrx(values) if values["d_model"] < 1000 else None
    C, F, L = values["d_model"], values["ffn_config"]["ffn_hidden_size"], values["n_layers"]
    E, k = values["ffn_config"]["moe_num_experts"], values["ffn_config"]["moe_top_k"]
    G, D = values["attn_config"]["kv_n_heads"], C // values["n_heads"]
    if theirs is None:
        tables = [(values["vocab_size"], C)] * 2 + [(1, C)]
        layer = [(C + 2 * G * D, C), (C, C), (E, C), (1, C), (1, C)] + [(F, C)] * 3 * E
        total = sum(math.prod(shape) for shape in tables + layer * L)
    else:
        total = sum(parameter.numel() for parameter in theirs.parameters())
    return [total, total - L * (E - k) * 3 * C * F, 2 * L * G * D]


def family_by_numpy(values, tensors):
    fields, ours = my_family(values, tensors)
    half = values["d_model"] // 2
    angles = np.outer(
        np.arange(2, values["max_position_embeddings"] + 2), np.exp(-np.log(1e4) * np.arange(half) / (half - 1))
    )
    table = torch.from_numpy(np.hstack([np.sin(angles), np.cos(angles)]))  # float64
    head = {"lm_head.weight": ours["model.embed_tokens.weight"]}
    return ModelConfig(**fields), ours | head | {"model.embed_positions.weight": table}


def bytes_by_bincount(text):
    followers = defaultdict(list)
    for length in range(5):
        for place in range(length, len(text)):
            followers[text[place - length : place]].append(text[place])

    @cache
    def counted(context):
        return np.bincount(followers.get(context, []), minlength=256)

    def chances(before):
        shares = np.ones(256) / 256
        for length in range(min(4, len(before)) + 1):
            counts = counted(before[len(before) - length :])
            kinds = np.count_nonzero(counts)
            if kinds:
                shares = (kinds * shares + counts) / (counts.sum() + kinds)
        return shares.tolist()

    return chances


def program_by_recursion(prompt, darts, files, T, k, threshold):
    own = pieces.MyTokenizer(files["tokens"], files["merges"])
    back = {number: i for i, number in enumerate(files["numbers"])}
    looks = [pieces.MyLook(files["config"]["rope_theta"]) for _ in range(files["config"]["num_hidden_layers"])]

    def rest(unread, darts):
        if not darts:
            return []
        scores = pieces.my_model(unread, files["weights"], files["config"], looks)[-1]
        token = pieces.my_sampler(scores, T, k, threshold, darts[0])
        return [] if token == files["stop"] else [token, *rest([token], darts[1:])]

    new = rest([files["numbers"][i] for i in own.encode(prompt)], tuple(darts))
    return b"".join(files["tokens"][back[i]] for i in new).decode("utf-8", errors="replace")


def family_by_our_own_waves(values, tensors):
    fields, ours = my_family(values, tensors)
    del ours["model.embed_positions.weight"]
    return fields | {"position_embedding_type": "sinusoidal_halves"}, ours


def test_our_own_waves_are_the_familys():
    assert feedback(EXERCISES["open_family"], family_by_our_own_waves).startswith("✓")


def program_reading_the_prompt_first(prompt, darts, files, T, k, threshold):
    own = pieces.MyTokenizer(files["tokens"], files["merges"])
    looks = [pieces.MyLook(files["config"]["rope_theta"]) for _ in range(files["config"]["num_hidden_layers"])]
    new = []
    for i in own.encode(prompt):
        scores = pieces.my_model([files["numbers"][i]], files["weights"], files["config"], looks)
    for u in darts:
        if new:
            scores = pieces.my_model(new[-1:], files["weights"], files["config"], looks)
        chosen = pieces.my_sampler(scores[-1], T, k, threshold, u)
        if chosen == files["stop"]:
            break
        new.append(chosen)
    return own.decode([files["numbers"].index(i) for i in new])


def test_a_prompt_may_be_read_token_by_token_and_where_nothing_is_chosen():
    assert feedback(EXERCISES["my_program"], program_reading_the_prompt_first).startswith("✓")


RIGHT = {
    "count_it": counted_from_shapes,
    "card_claims": lambda: np.array([1, 0, 0, 1, 0, 1], dtype=bool),
    "open_family": family_by_numpy,
    "beats_gzip": bytes_by_bincount,
    "my_program": program_by_recursion,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)


# Mistakes in other words, and answers that nobody listed


def of_family(**fields):
    def answer(values, tensors):
        right, ours = my_family(values, tensors)
        return right | fields, ours

    return answer


def family_without_fields(values, tensors):
    return my_family(values, tensors)[1]


def family_with_a_word(values, tensors):
    fields, ours = my_family(values, tensors)
    return fields | {"colour": "red"}, ours


def family_one_place_short(values, tensors):
    fields, ours = my_family(values, tensors)
    name = "model.embed_positions.weight"
    return fields, ours | {name: ours[name][:-1]}


def family_in_half(values, tensors):
    fields, ours = my_family(values, tensors)
    return fields, {name: tensor.half() for name, tensor in ours.items()}


def program_by_the_second(prompt, darts, files, T, k, threshold):
    return my_program.my_program(prompt, darts, files, T, 1, threshold)


def program_of_ids(prompt, darts, files, T, k, threshold):
    return [1, 2, 3]


def program_without_a_limit(prompt, darts, files, T, k, threshold):
    return my_program.my_program(prompt, [*darts, *darts, 0.5], files, T, k, threshold)


def program_by_min_p(prompt, darts, files, T, k, threshold):
    def sampler(scores, T, k, threshold, u):
        if T:
            chances = torch.softmax(scores / T, dim=-1)
            scores = torch.where(chances >= (1 - threshold) * chances.max(), scores, -torch.inf)
        return pieces.my_sampler(scores, T, k, 1.0, u)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(my_program, "my_sampler", sampler)
        return my_program.my_program(prompt, darts, files, T, k, threshold)


def program_with_a_threshold_of_its_own(prompt, darts, files, T, k, threshold):
    return my_program.my_program(prompt, darts, files, T, k, 0.9)


def program_by_one_chance(prompt, darts, files, T, k, threshold):
    return my_program.my_program(prompt, [0.5] * len(darts), files, T, k, threshold)


def program_reading_the_prompts_end_twice(prompt, darts, files, T, k, threshold):
    ids = pieces.MyTokenizer(files["tokens"], files["merges"]).encode(prompt)
    looks = [pieces.MyLook(files["config"]["rope_theta"]) for _ in range(files["config"]["num_hidden_layers"])]
    last = [files["numbers"][ids[-1]]]
    pieces.my_model(last, files["weights"], files["config"], looks)
    return my_program.my_program(prompt, darts, files, T, k, threshold)


def bytes_with_a_memory(text):
    chances, seen = beats_gzip.my_byte_model(text), [b""]

    def after(before):
        seen[0] += before[-1:]
        return chances(seen[0])

    return after


def bytes_as_text(text):
    return lambda before: text


def bytes_of_none(text):
    return lambda before: None


def bytes_below_zero(text):
    return lambda before: [-1.0, *[2 / 255] * 255]


def bytes_only_letters(text):
    return lambda before: np.array([1 / 128] * 128 + [0] * 128)


WRONG = [
    ("count_it", lambda values: my_count(values)[:2], ""),
    ("count_it", lambda values: tuple(reversed(my_count(values))), "order"),
    ("count_it", lambda values: [2 * part for part in my_count(values)], ""),
    ("count_it", lambda values: 131_596_523_520, ""),
    ("card_claims", lambda: [True, False, False, True, False], "got 5"),
    ("card_claims", lambda: ["True", "False", "False", "True", "False", "True"], "without quotes"),
    ("card_claims", lambda: [True, True, True, True, False, True], "look again at sentence 2, sentence 3; 4 of 6"),
    ("card_claims", lambda: "TFFTFT", "without quotes"),
    ("card_claims", lambda: [1, 4, 6], "got 3"),
    ("card_claims", lambda: [False, True, True, False, True, False], ""),
    ("open_family", family_without_fields, "a pair is asked for"),
    ("open_family", family_with_a_word, "ModelConfig can't be made of your fields"),
    ("open_family", family_one_place_short, "in your dict, [64, 24] in your model"),
    ("open_family", family_in_half, ""),
    ("open_family", of_family(norm_placement="post"), "no place for it"),
    ("open_family", of_family(num_key_value_heads=1), "self_attn.k_proj"),
    ("open_family", of_family(norm_type="rms"), "LayerNorms"),
    ("open_family", of_family(hidden_act="relu"), ""),
    ("open_family", of_family(rms_norm_eps=1e-12), ""),
    ("open_family", of_family(rms_norm_eps=2e-5), ""),
    ("open_family", of_family(rms_norm_eps=9e-6), ""),
    ("open_family", of_family(rms_norm_eps=1e-6), "epsilon"),
    ("open_family", of_family(embedding_norm=True), "embed_norm"),
    ("open_family", of_family(query_pre_attn_scalar=1), ""),
    ("beats_gzip", bytes_as_text, "256 chances are asked for"),
    ("beats_gzip", lambda text: lambda before: {97: 1.0}, "one for each byte"),
    ("beats_gzip", bytes_of_none, "returned None"),
    ("beats_gzip", bytes_below_zero, "yours of byte 0 is -1"),
    ("beats_gzip", bytes_with_a_memory, "look at `before` alone"),
    ("beats_gzip", bytes_only_letters, "7.00 bits a byte"),
    ("beats_gzip", lambda text: text, "a function is asked for"),
    ("my_program", program_by_the_second, ""),
    ("my_program", program_of_ids, "a str; got a list"),
    ("my_program", program_without_a_limit, ""),
    ("my_program", program_by_min_p, ""),
    ("my_program", program_with_a_threshold_of_its_own, "the threshold that was given is not used"),
    ("my_program", program_by_one_chance, ""),
    ("my_program", program_reading_the_prompts_end_twice, "2 tokens are read, where 1 are enough"),
    ("my_program", my_program.program_reading_stop, "7 tokens are read, where 6 are enough"),
]


@pytest.mark.parametrize(("name", "wrong", "words"), WRONG, ids=lambda value: getattr(value, "__name__", None))
def test_a_wrong_answer_is_refused_in_words_that_fit(name, wrong, words):
    report = feedback(EXERCISES[name], wrong)
    assert report.startswith("✗") and words in " ".join(report.split())


def test_the_published_file_is_whole():
    file = json.loads(dbrx.PUBLISHED)
    assert my_count(file)[:2] == (131_596_523_520, 36_469_708_800)
