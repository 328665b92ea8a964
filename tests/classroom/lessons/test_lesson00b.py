"""The solutions of lesson 00b against PyTorch itself, and the same mistakes in other words."""

import math

import numpy as np
import pytest
import torch
from classroom.styles import accept
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson00b
from lessons_lib.classroom.lessons.lesson00b import figures, tiny
from lessons_lib.classroom.lessons.lesson00b.broadcast_shape import my_broadcast_shape
from lessons_lib.classroom.lessons.lesson00b.cross_entropy import my_cross_entropy
from lessons_lib.classroom.lessons.lesson00b.faulty_lines import my_faulty_lines
from lessons_lib.classroom.lessons.lesson00b.linear import scores_with, smollm2
from lessons_lib.classroom.lessons.lesson00b.names import NAMES
from lessons_lib.classroom.lessons.lesson00b.shapes import my_shapes
from lessons_lib.classroom.lessons.lesson00b.training_step import trained_with

EXERCISES = {exercise.id: exercise for exercise in lesson00b.EXERCISES}
SHAPES = st.lists(st.integers(1, 3), max_size=4).map(tuple)


def test_the_names_are_sorted_and_spelt_in_26_letters():
    assert list(NAMES) == sorted(set(NAMES))
    assert set("".join(NAMES)) <= set(tiny.LETTERS[1:])


def test_the_shapes_are_those_of_torch():
    ids, table, W = torch.zeros(4, 6, dtype=torch.long), torch.zeros(27, 8), torch.zeros(27, 8)
    x = table[ids]
    s = x @ W.T
    results = [x, x[:, -1], s, torch.argmax(s, -1), torch.flatten(s, 0, 1), torch.zeros(4, 6, 6) @ x]
    assert my_shapes() == [tuple(result.shape) for result in results]


@given(SHAPES, SHAPES)
@settings(max_examples=examples(300))
def test_broadcasting_equals_torch(one, other):
    try:
        expected = tuple(torch.broadcast_shapes(one, other))
    except RuntimeError:
        expected = "no"
    assert my_broadcast_shape(one, other) == expected


@given(st.integers(1, 5), st.integers(2, 7), st.integers(0, 99))
@settings(max_examples=examples(50))
def test_cross_entropy_equals_torch(rows, letters, seed):
    generator = torch.Generator().manual_seed(seed)
    scores = 3 * torch.randn(rows, letters, generator=generator)
    targets = torch.randint(letters, (rows,), generator=generator)
    targets[1:][torch.rand(rows - 1, generator=generator) < 0.4] = -100
    torch.testing.assert_close(my_cross_entropy(scores, targets), F.cross_entropy(scores, targets))


def loop(*mended: int) -> tuple[float, float, set[int]]:
    """The faulty loop with some of its lines mended: its loss before and after, and which places it read."""
    inputs, targets = tiny.pairs(NAMES, context=1)
    model, generator = tiny.NextLetter(context=1), torch.Generator().manual_seed(0)
    optimizer = torch.optim.SGD(model.parameters(), lr=1)
    before, read = F.cross_entropy(model(inputs), targets).item(), set()
    with tiny.one_thread():
        for _ in range(200):
            rows = torch.randint(len(targets) if 3 in mended else 256, (256,), generator=generator)
            read |= set(rows.tolist())
            loss = F.cross_entropy(model(inputs[rows]), targets[rows])
            if 7 in mended:
                optimizer.zero_grad()
            loss.backward()
            if 7 not in mended:
                optimizer.zero_grad()
            optimizer.step()
    return before, F.cross_entropy(model(inputs), targets).item(), read


def test_the_two_faulty_lines_are_the_faulty_ones():
    before, after, _ = loop()
    assert after == before
    before, one_mended, read = loop(7)
    assert one_mended != before and max(read) == 255
    _, both_mended, read = loop(*my_faulty_lines())
    assert both_mended < 2.5 < one_mended and max(read) > 6000


def test_linear_layers_are_back_after_the_check():
    expected = scores_with(lambda x, w, b: F.linear(x, w, b), "smollm2", "A cat")
    network, tokenizer = smollm2()
    with torch.no_grad():
        torch.testing.assert_close(network(torch.tensor([tokenizer.encode("A cat")]))[0, -1], expected)
    with pytest.raises(ZeroDivisionError):
        scores_with(lambda x, w, b: 1 / 0, "smollm2", "A cat")
    assert all("forward" not in vars(module) for module in network.modules())


def test_the_figures_know_the_losses_that_they_draw():
    inputs, targets = tiny.pairs(NAMES, context=1)
    counts = (inputs[:, 0] * 27 + targets).bincount(minlength=729).view(27, 27).double()
    chances = counts / counts.sum(1, keepdim=True)
    assert -chances[inputs[:, 0], targets].log().mean() == pytest.approx(figures.COUNTED, abs=5e-4)
    assert math.log(27) == pytest.approx(figures.EVEN, abs=5e-4)


def test_a_broken_learning_rate_is_said_in_words():
    assert "blown up" in figures.learning_rate(30.0, 100)[1]
    assert "blown up" not in figures.learning_rate(1.0, 100)[1]


def test_the_panel_does_what_the_text_says_of_it():
    curves = {lr: tiny.train(tiny.NextLetter(1), NAMES, context=1, steps=300, lr=lr) for lr in (0.01, 1.0, 10.0, 30.0)}
    end = {lr: sum(curve[-20:]) / 20 for lr, curve in curves.items()}
    assert end[0.01] > 3 > end[10.0] > end[1.0]  # hardly begun, and ends higher than at 1
    assert max(curves[10.0]) > curves[10.0][0] + 0.5 and max(curves[1.0]) < curves[1.0][0] + 0.1  # jumps up first
    assert not end[30.0] < 100


@pytest.mark.parametrize("context", [0, 1, 2])
def test_counting_gives_chances_and_trusts_long_runs_with_many_cases(context):
    chances, counts = tiny.counted(NAMES, context)
    assert chances.shape == counts.shape == (27,) * (context + 1)
    torch.testing.assert_close(chances.sum(-1), chances.new_ones(chances.shape[:-1]))
    shorter = torch.full((27,), 1 / 27) if context == 0 else tiny.counted(NAMES, context - 1)[0]
    run, following = ["ada"[:context], "." * context], "n"
    for letters in run:
        place = tuple(tiny.LETTERS.index(letter) for letter in letters + following)
        cases = counts[place[:-1]].sum()
        expected = (counts[place] + 10 * shorter[place[1:] if context else place]) / (cases + 10)
        assert chances[place] == pytest.approx(expected.item())


def test_counts_are_counted():
    counts = tiny.counted(["ab", "aab"], 2)[1]
    a, b = 1, 2
    assert counts[0, 0, a] == 2 and counts[0, a, a] == counts[0, a, b] == counts[a, a, b] == 1 and counts[a, b, 0] == 2
    assert counts.sum() == 7


def test_training_reads_the_last_letters():
    assert [part.tolist() for part in tiny.pairs(["ab"], 2)] == [[[0, 0], [0, 1], [1, 2]], [1, 2, 0]]
    assert trained_with(lambda *_: None, 1, 1.0, 8, 1) is None


def left_aligned(one, other):
    if len(one) < len(other):
        one, other = other, one
    out = []
    for i, a in enumerate(one):
        b = other[i] if i < len(other) else 1
        if a != b and 1 not in (a, b):
            return "no"
        out.append(max(a, b))
    return tuple(out)


def zipped(one, other):
    shape = []
    for a, b in zip(one, other, strict=False):
        if a == b or a == 1 or b == 1:
            shape.append(max(a, b))
        else:
            return "no"
    return tuple(shape)


def multiples(one, other):
    while len(one) < len(other):
        one = (1, *one)
    while len(other) < len(one):
        other = (1, *other)
    if any(a % b and b % a for a, b in zip(one, other, strict=True)):
        return "no"
    return [max(pair) for pair in zip(one, other, strict=True)]


def entropy_that_indexes_with_minus_100(scores, targets):
    return -scores.softmax(1)[range(len(scores)), targets].log().mean()


def if_bias(x, weight, bias):
    y = F.linear(x, weight)
    if bias:
        y = y + bias
    return y


def moved(model, lr):
    for parameter in model.parameters():
        parameter.data -= lr * parameter.grad


def never_cleared(model, lr, inputs, targets):
    loss = -model(inputs).log_softmax(-1).gather(1, targets[:, None]).mean()
    loss.backward()
    moved(model, lr)
    return loss


def cleared_last(model, lr, inputs, targets):
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    moved(model, lr)
    model.zero_grad()
    return loss.item()


def fixed_rate(model, lr, inputs, targets):
    model.zero_grad()
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    moved(model, 1)
    return loss.item()


def first_256(model, lr, inputs, targets):
    model.zero_grad()
    loss = F.cross_entropy(model(inputs[:256]), targets[:256])
    loss.backward()
    moved(model, lr)
    return loss.item()


def rebound(model, lr, inputs, targets):
    model.zero_grad()
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p = p - lr * p.grad
    return loss.item()


def noted(model, lr, inputs, targets):
    model.zero_grad()
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    for p in model.parameters():
        p -= lr * p.grad
    return loss.item()


def plain_number(model, lr, inputs, targets):
    model.zero_grad()
    loss = F.cross_entropy(model(inputs), targets).item()
    loss.backward()
    moved(model, lr)
    return loss


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("shapes", [(4, 6, 8), (4, 8), (4, 6, 27), (4, 27), (24, 27), (4, 6, 8)], "used up the letters"),
        ("broadcast_shape", left_aligned, "lined the shapes up at the left"),
        (
            "broadcast_shape",
            lambda one, other: tuple(np.maximum(one, other).tolist()) if len(one) == len(other) else "no",
            "",
        ),
        ("broadcast_shape", zipped, "paired the shapes from the left"),
        ("broadcast_shape", multiples, "Only a length of 1 is stretched"),
        ("cross_entropy", lambda s, t: F.cross_entropy(s, t, reduction="sum"), "sum over the rows"),
        ("cross_entropy", lambda s, t: F.nll_loss(s, t), "took the scores for chances"),
        ("cross_entropy", lambda s, t: F.nll_loss(s.log(), t), "softmax is missing"),
        ("cross_entropy", lambda s, t: F.cross_entropy(torch.softmax(s, 1), t), "applied twice"),
        ("cross_entropy", lambda s, t: F.cross_entropy(s, t, reduction="sum") / len(s), "those that count"),
        ("cross_entropy", entropy_that_indexes_with_minus_100, "-100 is no letter"),
        ("faulty_lines", [7], "Which line decides what it reads"),
        ("faulty_lines", 3, "which line comes too early"),
        ("faulty_lines", (7, 6), "are that one fault"),
        ("faulty_lines", "7 and 8", "are that one fault"),
        ("faulty_lines", {8, 6}, "in the right order"),
        ("faulty_lines", [1, 7], "the learning rate that worked"),
        ("faulty_lines", [7, 2], "200 rounds are enough"),
        ("faulty_lines", [3, 6, 7], "which of these two must move"),
        ("linear", lambda x, w, b: torch.einsum("...i,oi->...o", x, w), "forgot the bias"),
        ("linear", if_bias, "Ask `bias is None`"),
        ("training_step", never_cleared, "never deleted"),
        ("training_step", cleared_last, "only after the step"),
        ("training_step", fixed_rate, "learning rate is fixed"),
        ("training_step", first_256, "first 256 rows"),
        ("training_step", rebound, "never moved"),
        ("training_step", noted, "under torch.no_grad()"),
        ("training_step", plain_number, "Call it last"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    report = feedback(EXERCISES[name], answer)
    assert report.startswith("✗") and words in report


def broadcast_by_torch(one, other):
    try:
        return list(torch.broadcast_shapes(tuple(one), tuple(other)))
    except RuntimeError:
        return "no"


def entropy_by_loop(scores, targets):
    losses = []
    for row, target in zip(scores.tolist(), targets.tolist(), strict=True):
        if target != -100:
            losses.append(math.log(sum(math.exp(x) for x in row)) - row[target])
    return sum(losses) / len(losses)


def step_by_torch(model, lr, inputs, targets):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    optimizer.zero_grad()
    loss = F.nll_loss(model(inputs).log_softmax(-1), targets)
    loss.backward()
    optimizer.step()
    return loss


RIGHT = {
    "shapes": lambda: [torch.Size((4, 6, 8)), [4, 8], [4, 6, 27], [4, 6], [24, 27], [4, 6, 8]],
    "broadcast_shape": broadcast_by_torch,
    "cross_entropy": entropy_by_loop,
    "faulty_lines": "7, 3",
    "linear": lambda x, weight, bias: torch.tensor(
        x.numpy() @ weight.numpy().T + (0 if bias is None else bias.numpy())
    ),
    "training_step": step_by_torch,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
