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
    assert one_mended == pytest.approx(4.43, abs=5e-3) and one_mended > before and max(read) == 255
    _, both_mended, read = loop(*my_faulty_lines())
    assert both_mended == pytest.approx(2.45, abs=5e-3) and max(read) > 6000


def test_linear_layers_are_back_after_the_check():
    expected = scores_with(lambda x, w, b: F.linear(x, w, b), "smollm2", "A cat")
    network, tokenizer = smollm2()
    with torch.no_grad():
        scores = network(torch.tensor([tokenizer.encode("A cat")]))[0, -1]
    best = scores.argsort(descending=True)[:10].tolist()
    assert expected == pytest.approx({tokenizer.decode([i]): scores[i].item() for i in best})
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


def test_counting_is_measured_at_the_unread_places():
    read, unread = ["ada", "ben"], ["adn"]
    chances, counts = tiny.counted(read, 2, trust=3)
    places = [(0, 0, 1), (0, 1, 4), (1, 4, 14), (4, 14, 0)]
    loss, never = tiny.counting_loss(read, unread, context=2, trust=3)
    assert loss == pytest.approx(-sum(math.log(chances[place]) for place in places) / 4)
    assert never == sum(counts[place] == 0 for place in places) / 4 == 0.5


def test_a_hidden_layer_bends_between_two_linear_layers():
    model = tiny.with_hidden_layer(2, width=3, hidden=5, seed=1)
    table, _, first, _, last = model
    ids = torch.tensor([[0, 3], [26, 1]])
    rows = torch.stack([torch.cat([table.weight[i] for i in pair]) for pair in ids.tolist()])
    expected = torch.tanh(rows @ first.weight.T + first.bias) @ last.weight.T + last.bias
    assert expected.shape == (2, 27)
    torch.testing.assert_close(model(ids), expected)


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


def counts_by_powers_of_e(scores, targets):
    kept, answers = scores[targets != -100], targets[targets != -100]
    powers = torch.exp(kept)
    chances = powers / powers.sum(1, keepdim=True)
    return -chances.gather(1, answers[:, None]).log().mean()


def counts_with_softmax(scores, targets, least=0.0):
    kept, answers = scores[targets != -100], targets[targets != -100]
    return -(kept.softmax(1)[range(len(answers)), answers] + least).log().mean()


def no_letter_0(scores, targets):
    return F.cross_entropy(scores[targets > 0], targets[targets > 0])


def no_word(one, other):
    try:
        return torch.broadcast_shapes(tuple(one), tuple(other))
    except RuntimeError:
        return None


def stretches_the_second(one, other):
    one = (1,) * (len(other) - len(one)) + tuple(one)
    other = (1,) * (len(one) - len(other)) + tuple(other)
    return one if all(b in (a, 1) for a, b in zip(one, other, strict=True)) else "no"


def with_one(place, shape):
    return [shape if number == place else right for number, right in enumerate(my_shapes())]


def flattened(x, weight, bias):
    y = x.flatten(0, -2) @ weight.T
    return y if bias is None else y + bias


def summed(model, lr, inputs, targets):
    model.zero_grad()
    loss = -model(inputs).log_softmax(-1)[range(len(targets)), targets].sum()
    loss.backward()
    moved(model, lr)
    return loss.item()


def all_but_the_first(model, lr, inputs, targets):
    model.zero_grad()
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    for parameter in [*model.parameters()][1:]:
        parameter.data -= lr * parameter.grad
    return loss.item()


def two_weights(model, lr, inputs, targets):
    model.zero_grad()
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    for part in (model.embedding, model.linear):
        part.weight.data.sub_(part.weight.grad, alpha=lr)
    return loss.item()


def by_adam(model, lr, inputs, targets):
    optimizer = torch.optim.Adam(model.parameters(), lr)
    loss = F.cross_entropy(model(inputs), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def unrecorded(model, lr, inputs, targets):
    with torch.no_grad():
        loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    moved(model, lr)
    return loss.item()


def step_by_torch(model, lr, inputs, targets):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    optimizer.zero_grad()
    loss = F.nll_loss(model(inputs).log_softmax(-1), targets)
    loss.backward()
    optimizer.step()
    return loss


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
        ("shapes", with_one(2, (4, 6, 8)), "kept the 8"),
        ("shapes", with_one(3, (4, 6, 1)), "axis of length 1"),
        ("shapes", with_one(4, (648,)), "one axis of all"),
        ("shapes", with_one(5, (4, 6, 6)), "kept the shape of `weights`"),
        ("broadcast_shape", no_word, 'return the word "no"'),
        ("broadcast_shape", stretches_the_second, "only the second shape's 1"),
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
        ("cross_entropy", counts_by_powers_of_e, "Right until a score is large"),
        ("cross_entropy", counts_with_softmax, "too small for a float"),
        ("cross_entropy", lambda s, t: counts_with_softmax(s, t, 1e-9), "a small number added inside"),
        ("cross_entropy", no_letter_0, "0 is a letter like any other"),
        ("cross_entropy", lambda s, t: F.cross_entropy(s, t) / math.log(10), "log10"),
        ("cross_entropy", lambda s, t: -s.log_softmax(1).gather(1, t[:, None]).mean(), "gather looks for place -100"),
        ("cross_entropy", lambda s, t: -s.softmax(1).gather(1, t.view(-1, 1)).log().mean(), "gather looks for"),
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
        ("linear", lambda x, w, b: x @ w.view(w.shape[::-1]) + (0 if b is None else b), "land in wrong places"),
        ("linear", flattened, "x lost its axes"),
        ("training_step", summed, "a sum over the batch"),
        ("training_step", all_but_the_first, "the embedding never moved"),
        ("training_step", two_weights, "the bias never moved"),
        ("training_step", by_adam, "Adam took the step"),
        ("training_step", unrecorded, "backward found no notes"),
        ("training_step", step_by_torch, "Right, and now without it"),
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


def test_two_lines_of_one_fault_are_not_counted_by_their_places():
    report = feedback(EXERCISES["faulty_lines"], [7, 8])
    assert "Line 7 is one of them" in report and "are right" not in report
    assert feedback(EXERCISES["faulty_lines"], [3, 3, 7]).startswith("✗")


def test_a_linear_layer_in_32_bits_passes():
    def single(x, weight, bias):
        y = x.float() @ weight.float().T
        return y if bias is None else y + bias.float()

    assert feedback(EXERCISES["linear"], single).startswith("✓")


def broadcast_by_torch(one, other):
    try:
        return list(torch.broadcast_shapes(tuple(one), tuple(other)))
    except RuntimeError:
        return "no"


def entropy_by_loop(scores, targets):
    losses = []
    for row, target in zip(scores.tolist(), targets.tolist(), strict=True):
        if target != -100:
            losses.append(math.log(sum(math.exp(x - max(row)) for x in row)) + max(row) - row[target])
    return sum(losses) / len(losses)


def step_by_torch_s_slopes(model, lr, inputs, targets):
    loss = F.nll_loss(model(inputs).log_softmax(-1), targets)
    parameters = list(model.parameters())
    for parameter, slope in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
        parameter.data.add_(slope, alpha=-lr)
    return loss


RIGHT = {
    "shapes": lambda: [torch.Size((4, 6, 8)), [4, 8], [4, 6, 27], [4, 6], [24, 27], [4, 6, 8]],
    "broadcast_shape": broadcast_by_torch,
    "cross_entropy": entropy_by_loop,
    "faulty_lines": {7, 3},
    "linear": lambda x, weight, bias: torch.tensor(
        x.numpy() @ weight.numpy().T + (0 if bias is None else bias.numpy())
    ),
    "training_step": step_by_torch_s_slopes,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
