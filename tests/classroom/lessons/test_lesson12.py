"""Lesson 12: the solutions against libraries that nobody here wrote, its recorded runs, mistakes in other words."""

import copy
import json
import math

import numpy as np
import peft
import pytest
import torch
from classroom.styles import accept, refuse
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lessons_lib.classroom.lessons import lesson12
from lessons_lib.classroom.lessons.lesson12 import cards, recorded, tiny, tuning, which_adapter
from lessons_lib.classroom.lessons.lesson12.my_adapter_bytes import my_adapter_bytes
from lessons_lib.classroom.lessons.lesson12.my_labels import my_labels
from lessons_lib.classroom.lessons.lesson12.my_lora import my_lora
from lessons_lib.classroom.real_model import real_model
from lessons_lib.layers import LoraConfig, adapters, add_lora
from lessons_lib.training import Conversations, held_out_loss

EXERCISES = {exercise.id: exercise for exercise in lesson12.EXERCISES}
bounded = settings(derandomize=True, max_examples=examples(30), deadline=None)


# The habit and what is stored


def test_every_example_is_a_card_and_no_held_out_prompt_is_among_them():
    made = cards.examples()
    assert len(made) == 3 * sum(map(len, cards.SUBJECTS.values())) == len({each.question for each in made})
    assert all(cards.is_card(each.card) for each in made)
    subjects = {subject for topic in cards.SUBJECTS.values() for subject in topic}
    assert len(set(cards.HELD_OUT)) == 20
    assert not [q for q in cards.HELD_OUT for p in cards.PHRASINGS for subject in subjects if q == p.format(subject)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ANSWER: A tiger is a cat.",
        "ANSWER: A tiger is a cat\nTOPIC: animals",
        "ANSWER: A tiger is a cat.\nTOPIC: Animals",
        "ANSWER: A tiger is a cat.\nTOPIC: big animals",
        "ANSWER: A tiger is a cat.\n\nTOPIC: animals",
        "Sure! ANSWER: A tiger is a cat.\nTOPIC: animals",
        "ANSWER: A tiger is a cat.\nTOPIC: animals\nTOPIC: animals",
        "ANSWER: A tiger is a cat.\nTOPIC: animals\n",
    ],
)
def test_what_is_nearly_a_card_is_none(text):
    assert not cards.is_card(text)


def test_the_recorded_runs_are_of_todays_settings():
    stored = json.loads(recorded.STORED.read_text("utf-8"))
    assert [tuning.Way(**kind["way"]) for kind in stored["kinds"]] == [way for way, _ in recorded.KINDS]
    for kind, (way, seeds) in zip(stored["kinds"], recorded.KINDS, strict=True):
        assert kind["fingerprint"] == recorded.fingerprint(way), f"run {stored['command']}"
        assert len(kind["runs"]) == len(seeds)
    for run in (run for kind in stored["kinds"] for run in kind["runs"]):
        assert run["told"]["cards"] == sum(map(cards.is_card, run["told"]["said"]))


def test_a_run_begins_as_it_was_recorded():
    model, tokenizer = copy.deepcopy(real_model()[0]), real_model()[1]
    run = tuning.run(model, tokenizer, seed=3)
    first = recorded.runs()[tuning.USUAL][3].losses[:2]
    assert [run.advance().loss for _ in range(2)] == pytest.approx(first, abs=0.01)


def test_what_is_said_of_the_five_adapters_is_what_they_do():
    for fault, *said in which_adapter.SEEN.values():
        assert said == [f"{loss:.1f}" for loss in tiny.behaviour(fault)]


def test_a_fault_of_the_mask_is_what_its_name_says():
    tokenizer = real_model()[1]
    right = tuning.rows(tokenizer)
    ends = tokenizer.eos_token_id
    for fault in ("off by one", "everything", "no end"):
        for (ids, mask), (_, wrong) in zip(right, tuning.rows(tokenizer, fault), strict=True):
            if fault == "off by one":
                assert wrong[1:] == mask[:-1] and wrong.index(True) == mask.index(True) + 1
            elif fault == "everything":
                assert all(wrong)
            else:
                missing = [i for i, a, b in zip(ids, mask, wrong, strict=True) if a != b]
                assert missing == [ends]


# The exercises against other programs


def test_labels_are_those_of_the_library():
    tokenizer = real_model()[1]
    opening = tokenizer.encode("<|im_start|>assistant\n", allow_special=True)
    for ids, mask in tuning.rows(tokenizer)[:20]:
        _, labels = Conversations([(ids, mask)]).batch(0, 1)
        assert my_labels(ids, opening, tokenizer.eos_token_id) == labels[0].tolist()


@given(st.integers(1, 5), st.integers(1, 6), st.integers(1, 6), st.integers(1, 4), st.integers(0, 1000))
@bounded
def test_lora_equals_peft(tokens, into, out, r, seed):
    torch.manual_seed(seed)
    base = nn.Sequential(nn.Linear(into, out, bias=False))
    theirs = peft.get_peft_model(base, peft.LoraConfig(r=r, lora_alpha=3, target_modules=["0"]))
    layer = theirs.base_model.model[0]
    nn.init.normal_(layer.lora_B["default"].weight)
    x = torch.randn(tokens, into)
    y, merged = my_lora(
        x, layer.base_layer.weight, layer.lora_A["default"].weight, layer.lora_B["default"].weight, alpha=3
    )
    torch.testing.assert_close(y, theirs(x), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(merged, theirs.merge_and_unload()[0].weight, atol=1e-5, rtol=1e-5)


def test_bytes_are_those_of_the_librarys_adapter():
    model = add_lora(tiny.base(), LoraConfig(r=3, target_modules=["q_proj", "up_proj", "down_proj"]))
    found = adapters(model)
    shapes = [(module.out_features, module.in_features) for name, module in found.items() if ".layers.0." in name]
    held = sum(module.lora_A.nbytes + module.lora_B.nbytes for module in found.values())
    assert my_adapter_bytes(shapes, len(model.model.layers), 3, 64) == held


def test_the_learners_layers_come_to_what_the_librarys_come_to():
    def library(linear, A, alpha):
        model = add_lora(nn.Sequential(linear), LoraConfig(r=len(A), lora_alpha=alpha, target_modules=["0"]))
        layer = model[0]
        layer.lora_A.data = A
        layer.merged = lambda: layer.weight + layer.delta()
        return layer

    for case in EXERCISES["my_lora_layer"].cases:
        ours = tiny.tuned_with(lesson12.LORA_LAYER.solution, *case)
        theirs = tiny.tuned_with(library, *case)
        assert theirs["losses"] == pytest.approx(ours["losses"], rel=1e-4)
        assert theirs["merged"] == pytest.approx(ours["merged"], rel=1e-4)
        assert theirs["the weights stayed"] and ours["merged"] == pytest.approx(ours["on other text"], rel=1e-4)


def test_the_real_model_is_as_it_was_whatever_a_learner_does():
    model, tokenizer = real_model()
    rows = tuning.plain_text(tokenizer, 1, 16)
    before, learned = held_out_loss(model, rows), [p.requires_grad for p in model.parameters()]
    wild = lesson12.my_lora_layer.LayerNotFrozen
    tiny.tuned_with(wild, "SmolLM2", 2, 4.0, 1)
    assert held_out_loss(model, rows) == before and learned == [p.requires_grad for p in model.parameters()]


# The learner writes the same mistakes differently; the words must be the same.


def labels_by_index(ids, opening, end, shift=1, ends=True, turns=None):
    """Looks for openings with a loop over starts."""
    out = np.full(len(ids), -100)
    starts = [s + len(opening) for s in range(len(ids)) if list(ids[s : s + len(opening)]) == list(opening)]
    for start in starts if turns is None else starts[turns]:
        stop = ids.index(end, start) + ends if end in ids[start:] else len(ids)
        out[start:stop] = ids[start:stop]
    return out[shift:] if shift else out


def lora_by_einsum(x, W, A, B, alpha, scale=None):
    scale = alpha / len(A) if scale is None else scale(alpha, A)
    merged = W + scale * torch.einsum("or,ri->oi", B, A)
    return torch.einsum("oi,ti->to", merged, x), merged


class Functional(nn.Module):
    """Keeps the linear layer and makes of A and B a sequence of two."""

    least = most = 0.0  # of B at the start
    base = 1.0

    def __init__(self, linear, A, alpha):
        super().__init__()
        for p in linear.parameters():
            p.requires_grad = False
        self.linear, self.alpha = linear, alpha
        self.down = nn.Linear(*reversed(A.shape), bias=False)
        self.up = nn.Linear(len(A), linear.out_features, bias=False)
        with torch.no_grad():
            self.down.weight.copy_(A)
        nn.init.uniform_(self.up.weight, self.least, self.most)

    def forward(self, x):
        return self.base * self.linear(x) + self.up(self.down(x)) * self.alpha / self.down.out_features

    @torch.no_grad()
    def merged(self):
        return self.linear.weight + (self.up.weight @ self.down.weight) * self.alpha / self.down.out_features


class FunctionalThatKeepsWhatItMerged(Functional):
    """Its weight is a copy of its own, so the one that was handed over stays."""

    def __init__(self, linear, A, alpha):
        super().__init__(copy.deepcopy(linear), A, alpha)

    def merged(self):
        self.linear.weight.data += super().merged() - self.linear.weight
        return self.linear.weight


class FunctionalThatMovesIn(Functional):
    def merged(self):
        self.linear.weight.data.copy_(super().merged())
        nn.init.zeros_(self.up.weight)
        return self.linear.weight


class FunctionalThatMovesIntoACopy(FunctionalThatMovesIn):
    def __init__(self, linear, A, alpha):
        super().__init__(copy.deepcopy(linear), A, alpha)


class FunctionalThatRemembers(Functional):
    """Merges once, and gives that ever after."""

    found = None

    def merged(self):
        if self.found is None:
            self.found = super().merged()
        return self.found


class FunctionalOfOnes(Functional):
    least = most = 1.0


class FunctionalAtRandom(Functional):
    least, most = -0.01, 0.01


class FunctionalAlone(Functional):
    base = 0.0


class FunctionalOfItsOwn(Functional):
    def __init__(self, linear, A, alpha):
        super().__init__(linear, torch.randn_like(A), alpha)


class FunctionalWithoutA(Functional):
    def __init__(self, linear, A, alpha):
        super().__init__(linear, A, alpha)
        self.down.requires_grad_(False)


class FunctionalThatDetaches(Functional):
    def forward(self, x):
        return self.linear(x) + self.up(self.down(x).detach()) * self.alpha / self.down.out_features


class FunctionalThatAsks(Functional):
    """Its weight could learn and is detached on the way."""

    def __init__(self, linear, A, alpha):
        super().__init__(linear, A, alpha)
        self.linear = nn.Linear(*reversed(linear.weight.shape), bias=False)
        self.linear.weight.data = linear.weight.data

    def forward(self, x):
        added = self.up(self.down(x)) * self.alpha / self.down.out_features
        return x @ self.linear.weight.detach().T + added


class FunctionalTransposed(Functional):
    def merged(self):
        return super().merged().T


class FunctionalThatLearnsAll(Functional):
    def __init__(self, linear, A, alpha):
        super().__init__(linear, A, alpha)
        linear.weight.requires_grad = True


class FunctionalThatLearnsACopy(Functional):
    def __init__(self, linear, A, alpha):
        super().__init__(copy.deepcopy(linear), A, alpha)
        self.linear.weight.requires_grad = True


def labels_by_an_early_end(ids, opening, end):
    labels, place = [-100] * (len(ids) - 1), 0
    while place < len(ids):
        if ids[place : place + len(opening)] == opening:
            stop = ids.index(end, place) if end in ids[place:] else len(ids) - 1
            for named in range(place + len(opening), stop + 1):
                labels[named - 1] = ids[named]
            place = max(stop, place)
        place += 1
    return labels


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("my_labels", lambda *a: labels_by_index(*a, shift=0), "name the id that it reads"),
        ("my_labels", lambda *a: labels_by_index(*a, ends=False), "teaches the model to stop"),
        ("my_labels", lambda *a: labels_by_index(*a, turns=slice(1)), "only the first answer"),
        ("my_labels", lambda ids, opening, end: labels_by_index([*ids, 2], opening, 2)[: len(ids) - 1], "written into"),
        ("my_lora", lambda *a: lora_by_einsum(*a, scale=lambda alpha, A: alpha), "counts alpha times"),
        ("my_lora", lambda *a: lora_by_einsum(*a, scale=lambda alpha, A: alpha / min(A.shape)), "smaller side"),
        ("my_lora", lambda *a: lora_by_einsum(*a)[0], "y alone"),
        (
            "my_lora",
            lambda x, W, *a: (x @ W + lora_by_einsum(x, 0 * W, *a)[0], lora_by_einsum(x, W, *a)[1]),
            "as it is",
        ),
        ("my_lora", lambda x, W, A, B, a: lora_by_einsum(x, W, A, B, a * len(A) / len(B)), "height of B"),
        ("my_adapter_bytes", lambda s, n, r, b: np.sum(np.array(s)) * r * n * 4, "takes 4 bytes"),
        ("my_labels", labels_by_an_early_end, "may hold that id itself"),
        ("my_adapter_bytes", lambda s, n, r, b: sum(o * i for o, i in s) * n * b / 8, "themselves"),
        ("my_adapter_bytes", lambda s, n, r, b: np.sum(np.array(s)) * r * n * (b // 8), "were rounded"),
        ("my_adapter_bytes", lambda s, n, r, b: np.sum(np.array(s)) * r * n * math.ceil(b / 8), "were rounded"),
        ("which_adapter", [4, 3, 5, 1, 2], "B and E are swapped"),
        ("my_lora_layer", FunctionalThatKeepsWhatItMerged, "adds twice"),
        ("my_labels", lambda *a: np.where(labels_by_index(*a) == -100, -100, a[0][:-1]), "the id that it reads"),
        ("my_labels", lambda ids, opening, end: labels_by_index(ids, opening[-1:], end), "one id of the opening"),
        ("my_adapter_bytes", lambda s, n, r, b: sum(r * (o + i) * b // 8 for o, i in s) * n, "before all numbers"),
        ("my_adapter_bytes", lambda s, n, r, b: np.sum(np.array(s)) * r * b // 8 * n, "before all numbers"),
        ("my_adapter_bytes", lambda s, n, r, b: sum(r * o * i for o, i in s) * n * b // 8, "r * in * out"),
        ("my_adapter_bytes", lambda s, n, r, b: sum(r * i for _, i in s) * n * b // 8, "only A"),
        ("my_adapter_bytes", lambda s, n, r, b: sum(r * o for o, _ in s) * n * b // 8, "only B"),
        ("my_adapter_bytes", lambda s, n, r, b: sum(o + i for o, i in s) * n * b // 8, "r is left out"),
        ("my_lora_layer", FunctionalThatMovesIn, "writes into"),
        ("my_lora_layer", FunctionalThatMovesIntoACopy, "writes into"),
        ("my_lora_layer", FunctionalThatRemembers, "each time it is asked"),
        ("my_lora_layer", FunctionalOfOnes, "has to begin at zero"),
        ("my_lora_layer", FunctionalAtRandom, "has to begin at zero"),
        ("my_lora_layer", FunctionalAlone, "gives zeros"),
        ("my_lora_layer", FunctionalOfItsOwn, "numbers that are handed over"),
        ("my_lora_layer", FunctionalWithoutA, "only B learns"),
        ("my_lora_layer", FunctionalThatDetaches, "asks for a slope and gets none"),
        ("my_lora_layer", FunctionalThatAsks, "asks for a slope and gets none"),
        ("my_lora_layer", FunctionalTransposed, "transposed"),
        ("my_lora_layer", FunctionalThatLearnsAll, "the weight learns too"),
        ("my_lora_layer", FunctionalThatLearnsACopy, "the weight learns too"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


RIGHT = {
    "my_labels": labels_by_index,
    "my_lora": lora_by_einsum,
    "my_adapter_bytes": lambda shapes, layers, r, bits: np.sum(np.array(shapes)) * r * layers * bits // 8,
    "which_adapter": lambda: np.array([4, 2, 5, 1, 3]),
    "my_lora_layer": Functional,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
