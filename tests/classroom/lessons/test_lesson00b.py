"""The solutions of lesson 00b against PyTorch itself, and the same mistakes in other words."""

import math

import numpy as np
import pytest
import torch
from classroom.styles import accept
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson00b
from lessons_lib.classroom.lessons.lesson00b import figures, quiz, tiny
from lessons_lib.classroom.lessons.lesson00b.broadcast_shape import my_broadcast_shape
from lessons_lib.classroom.lessons.lesson00b.cross_entropy import my_cross_entropy
from lessons_lib.classroom.lessons.lesson00b.faulty_lines import my_faulty_lines
from lessons_lib.classroom.lessons.lesson00b.linear import my_linear, scores_with, smollm2
from lessons_lib.classroom.lessons.lesson00b.names import NAMES
from lessons_lib.classroom.lessons.lesson00b.shapes import my_shapes
from lessons_lib.classroom.lessons.lesson00b.training_step import my_training_step, trained_with

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
    assert trained_with(lambda *_: None, 1, 1.0, 8, 1, True) is None


def test_what_is_said_after_a_pass_is_what_the_models_write():
    written = trained_with(my_training_step, *EXERCISES["training_step"].cases[-1])["names"]
    assert EXERCISES["training_step"].tried.endswith("writes: " + ", ".join(written))
    best = [repr(piece) for piece in scores_with(my_linear, *EXERCISES["linear"].cases[-1])][:5]
    assert EXERCISES["linear"].tried.endswith(f"{', '.join(best[:4])} or {best[4]}")


def test_the_losses_of_the_quiz_are_those_of_three_learning_rates():
    [question] = [question for question in quiz.QUIZ if "Which learning rate was too large" in question.text]
    for lr, said in zip((0.1, 1, 15), question.choices, strict=True):
        curve = tiny.train(tiny.NextLetter(1), NAMES, context=1, steps=21, lr=lr)
        numbers = [float(number.replace(" billion", "e9")) for number in said.split(", ")]
        assert [curve[0], curve[10], curve[20]] == pytest.approx(numbers, rel=4e-3)


def test_the_screen_of_a_softmax_too_many_stays_near_the_loss_of_sure_guesses():
    inputs, targets = tiny.pairs(NAMES, context=1)
    counts = (inputs[:, 0] * 27 + targets).bincount(minlength=729).view(27, 27)
    sure = F.one_hot(counts.argmax(1), 27).double()[inputs[:, 0]]
    assert F.cross_entropy(sure, targets) == pytest.approx(3.121, abs=5e-4)


def test_without_a_hidden_layer_no_learning_rate_and_no_patience_gets_as_far():
    unread = NAMES[::10]
    read = [name for name in NAMES if name not in unread]
    inputs, targets = tiny.pairs(unread, 3)

    def loss_of(model, steps, lr):
        tiny.train(model, read, 3, steps=steps, lr=lr)
        with torch.no_grad():
            return F.cross_entropy(model(inputs), targets)

    hidden = loss_of(tiny.with_hidden_layer(3), 1000, 0.3)
    for steps, lr in ((1000, 0.1), (1000, 3), (5000, 0.3)):
        assert loss_of(tiny.NextLetter(3), steps, lr) > hidden + 0.02


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


def stripped(one, other):
    shape = broadcast_by_torch(one, other)
    while len(shape) > 0 and shape[0] == 1:
        shape.pop(0)
    return shape


def otherwise(word):
    return lambda one, other: word if (shape := broadcast_by_torch(one, other)) == "no" else shape


def mixed(one, other):
    one = (1,) * (len(other) - len(one)) + tuple(one)
    other = (1,) * (len(one) - len(other)) + tuple(other)
    out = []
    for a, b in zip(one, other, strict=True):
        if (a != b and a != 1) or b != 1:
            return "no"
        out.append(a * b)
    return out


def no_equals(one, other):
    one = (1,) * (len(other) - len(one)) + tuple(one)
    other = (1,) * (len(one) - len(other)) + tuple(other)
    if any(a > 1 and b > 1 for a, b in zip(one, other, strict=True)):
        return "no"
    return [a * b for a, b in zip(one, other, strict=True)]


def column_times_mask(scores, targets):
    mask = targets >= 0
    chosen = torch.gather(F.log_softmax(scores, 1), 1, torch.where(mask, targets, 0).unsqueeze(1))
    return (-chosen * mask.float()).sum() / mask.sum()


def linear_that_prints(x, weight, bias):
    print(x @ weight.T)


def cleared_in_place(model, lr, inputs, targets):
    for p in model.parameters():
        p.grad.zero_()
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    moved(model, lr)
    return loss.item()


def by_a_stranger(model, lr, inputs, targets):
    stranger = torch.optim.SGD(tiny.NextLetter(1).parameters(), lr=1)
    loss = F.cross_entropy(model(inputs), targets)
    stranger.zero_grad()
    loss.backward()
    stranger.step()
    return loss.item()


def by_momentum(model, lr, inputs, targets):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    optimizer.zero_grad()
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    optimizer.step()
    return loss.item()


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("broadcast_shape", stripped, "gone from your result"),
        ("broadcast_shape", otherwise("No"), "with a small n"),
        ("broadcast_shape", otherwise(False), "False comes back"),
        ("broadcast_shape", otherwise(("no",)), "inside a tuple"),
        ("broadcast_shape", otherwise(list("no")), "took the word"),
        ("broadcast_shape", mixed, "brackets say what belongs together"),
        ("broadcast_shape", no_equals, "refuse two equal lengths"),
        ("cross_entropy", column_times_mask, "broadcasts to a table"),
        ("cross_entropy", lambda s, t: (1 - s.softmax(1)[t != -100, t[t != -100]]).mean(), "1 minus the chance as the"),
        ("cross_entropy", lambda s, t: -s.log_softmax(1).gather(1, t).mean(), "as a column"),
        (
            "cross_entropy",
            lambda s, t: -s[t != -100].log_softmax(1)[range(len(t)), t[t != -100]].mean(),
            "not equally many",
        ),
        (
            "cross_entropy",
            lambda s, t: -s[t >= 0].log_softmax(1)[range(int((t >= 0).sum())), t].mean(),
            "the mask goes to both",
        ),
        ("cross_entropy", lambda s, t: F.nll_loss(s[t >= 0].log_softmax(1), t), "the mask goes to both"),
        ("faulty_lines", [4, 3], "picked by the same rows"),
        ("faulty_lines", [3, 5], "does its own softmax"),
        ("faulty_lines", {1, 3}, "the learning rate that worked"),
        ("faulty_lines", [2, 8], "Who has left it none"),
        ("faulty_lines", [7, 7], "the other is another one"),
        ("faulty_lines", ["7", "8"], "are that one fault"),
        ("linear", lambda x, w, b: x @ w + b, "was not transposed"),
        ("linear", lambda x, w, b: nn.Linear(w.shape[1], w.shape[0])(x), "random numbers of its own"),
        ("linear", lambda x, w, b: nn.Linear(w.shape[1], len(w), dtype=torch.float64)(x), "random numbers of its own"),
        ("linear", linear_that_prints, "and returned nothing"),
        ("training_step", cleared_in_place, "A fresh model has no slopes yet"),
        ("training_step", by_a_stranger, "an optimiser of another model"),
        ("training_step", by_momentum, "The numbers are right"),
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
        ("training_step", step_by_torch, "now without one"),
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


@pytest.mark.parametrize("lines", ["3,7", "lines 7 and 3", ["3", "7"], ("7", 3), torch.tensor([3, 7])])
def test_the_two_lines_may_be_said_in_many_ways(lines):
    assert feedback(EXERCISES["faulty_lines"], lines).startswith("✓")


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
