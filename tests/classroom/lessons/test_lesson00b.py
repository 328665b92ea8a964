"""The solutions of lesson 00b against PyTorch itself, and the same mistakes in other words."""

import itertools

import numpy as np
import pytest
import torch
from classroom.styles import accept, refuse
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson00b
from lessons_lib.classroom.lessons.lesson00b.broadcast_shape import my_broadcast_shape
from lessons_lib.classroom.lessons.lesson00b.counted import my_counted
from lessons_lib.classroom.lessons.lesson00b.linear import my_linear, scores_with, smollm2
from lessons_lib.classroom.lessons.lesson00b.names import LETTERS, NAMES, pairs
from lessons_lib.classroom.lessons.lesson00b.shapes import my_shapes
from lessons_lib.classroom.lessons.lesson00b.write import drawer, my_write, write_names, written

EXERCISES = {exercise.id: exercise for exercise in lesson00b.EXERCISES}
SHAPES = st.lists(st.integers(1, 3), max_size=4).map(tuple)


def test_the_names_are_sorted_and_spelt_in_26_letters():
    assert list(NAMES) == sorted(set(NAMES))
    assert set("".join(NAMES)) <= set(LETTERS[1:])


def test_pairs_are_the_letters_before_and_the_letter_that_follows():
    assert [part.tolist() for part in pairs(["ab"], 2)] == [[[0, 0], [0, 1], [1, 2]], [1, 2, 0]]


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


def test_the_shares_are_those_of_numpy_and_rows_sum_to_1_or_0():
    shares = my_counted(NAMES)
    np.testing.assert_allclose(shares.numpy(), by_numpy(NAMES, shared), atol=1e-6)
    assert set(my_counted(["ada"]).sum(1).tolist()) == {0.0, 1.0}


def test_names_end_and_follow_the_shares():
    assert my_write(my_counted(["bo"]), drawer(0)) == "bo"
    names = write_names(my_counted(["ada", "ben"]), 200, seed=0)
    assert {name[0] for name in names} == {"a", "b"}
    assert 70 < sum(name[0] == "a" for name in names) < 130  # half of 200, give or take four standard deviations
    with pytest.raises(ValueError, match=r"got shape \[27, 27\], allowed a row \[27\]"):
        drawer(0)(my_counted(["ada"]))


def test_what_is_said_after_a_pass_is_what_the_models_write():
    assert EXERCISES["write"].tried.endswith(", ".join(written(my_write, *EXERCISES["write"].cases[-1])))
    best = [repr(piece) for piece in scores_with(my_linear, *EXERCISES["linear"].cases[-1])][:5]
    assert EXERCISES["linear"].tried.endswith(f"{', '.join(best[:4])} or {best[4]}")


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


def if_bias(x, weight, bias):
    y = F.linear(x, weight)
    if bias:
        y = y + bias
    return y


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


def linear_that_prints(x, weight, bias):
    print(x @ weight.T)


def by_numpy(names, divide, before=".", behind="."):
    counts = np.zeros((27, 27))
    for name in names:
        text = before + name + behind
        for this, following in itertools.pairwise(text):
            counts[LETTERS.index(this)][LETTERS.index(following)] += 1
    with np.errstate(invalid="ignore"):
        return divide(counts)


def shared(counts):
    return counts / np.maximum(counts.sum(1), 1)[:, None]


def writes(shares, draw, row_of=lambda letter: letter):
    letters = []
    while True:
        drawn = draw(shares[row_of(letters[-1])] if letters else shares[0])
        if not drawn:
            return "".join(LETTERS[i] for i in letters)
        letters.append(drawn)


def recursive(shares, draw, letter=0):
    following = draw(shares[letter])
    return LETTERS[following] + recursive(shares, draw, following) if following else ""


def adds_at_places(names):
    counts = torch.zeros(27, 27)
    for name in names:
        i = torch.tensor([LETTERS.index(letter) for letter in f".{name}."])
        counts[i[:-1], i[1:]] += 1
    return torch.nan_to_num(counts / counts.sum(1, keepdim=True))


def in_sets(names):
    counts = np.zeros((27, 27))
    for text in (f".{name}." for name in names):
        for before, following in set(itertools.pairwise(text)):
            counts[LETTERS.index(before), LETTERS.index(following)] += 1
    return shared(counts)


def finds(names):
    texts = [f".{name}." for name in names]
    return shared(np.array([[float(sum(text.count(a + b) for text in texts)) for b in LETTERS] for a in LETTERS]))


def in_longs(names):
    result = torch.zeros(27, 27, dtype=torch.long)
    result[:] = torch.tensor(by_numpy(names, shared))
    return result


def by_ord(names):
    counts = torch.zeros(27, 27)
    for name in names:
        ids = [26, *(ord(letter) - ord("a") for letter in name), 26]
        for before, following in itertools.pairwise(ids):
            counts[before, following] += 1
    return counts / counts.sum(1, keepdim=True).clamp(min=1)


def writes_at_most(rounds):
    def write(shares, draw):
        name, letter = "", 0
        for _ in range(rounds):
            letter = draw(shares[letter])
            if letter == 0:
                return name
            name += LETTERS[letter]
        return name

    return write


def turns(x, weight, bias):
    y = x @ weight.t_()
    return y if bias is None else y + bias


def padded_and_equal(one, other):
    n = max(len(one), len(other))
    one, other = (1,) * (n - len(one)) + tuple(one), (1,) * (n - len(other)) + tuple(other)
    return list(one) if all(a == b for a, b in zip(one, other, strict=True)) else "no"


def fills_the_first(one, other):
    while len(one) < len(other):
        one = (1, *one)
    return zipped(one, other)


def zipped_and_equal(one, other):
    for a, b in zip(one, other, strict=False):
        if a != b:
            return "no"
    return [a for a, b in zip(one, other, strict=False)]


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
        ("linear", lambda x, w, b: x @ w + b, "was not transposed"),
        ("linear", lambda x, w, b: nn.Linear(w.shape[1], w.shape[0])(x), "random numbers of its own"),
        ("linear", lambda x, w, b: nn.Linear(w.shape[1], len(w), dtype=torch.float64)(x), "random numbers of its own"),
        ("linear", linear_that_prints, "and returned nothing"),
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
        ("linear", lambda x, w, b: torch.einsum("...i,oi->...o", x, w), "forgot the bias"),
        ("linear", if_bias, "Ask `bias is None`"),
        ("linear", lambda x, w, b: x @ w.view(w.shape[::-1]) + (0 if b is None else b), "land in wrong places"),
        ("linear", flattened, "x lost its axes"),
        ("shapes", with_one(0, (4, 6, 27, 8)), "picks one row of it"),
        ("shapes", with_one(5, (4, 6, 6, 8)), "the 6 in the middle is used up"),
        ("shapes", with_one(2, (24, 27)), "those before it stay"),
        ("broadcast_shape", fills_the_first, "only the first shape was filled up"),
        ("broadcast_shape", lambda one, other: fills_the_first(other, one), "only the second shape was filled up"),
        ("broadcast_shape", zipped_and_equal, "refused all unequal lengths"),
        (
            "broadcast_shape",
            lambda one, other: broadcast_by_torch(one, other) if one and other else "no",
            "the empty shape",
        ),
        ("broadcast_shape", lambda one, other: one if one == other else "no", "only equal shapes fit"),
        ("counted", lambda names: by_numpy(names, lambda c: c / c.sum(1)), "meets the columns"),
        ("counted", lambda names: by_numpy(names, lambda c: c / c.sum(1, keepdims=True)), "0 / 0 is nan"),
        ("counted", lambda names: by_numpy(names, lambda c: c / c.sum(0, keepdims=True)), "each column sums to 1"),
        ("counted", lambda names: by_numpy(names, lambda c: c), "divide each row by its total"),
        ("counted", lambda names: by_numpy(names, lambda c: c / c.sum()), "the number of all pairs"),
        ("counted", lambda names: by_numpy(names, shared, before=""), "The first letter follows nothing".lower()),
        ("counted", lambda names: by_numpy(names, shared, behind=""), "nothing follows the last letter"),
        ("counted", lambda names: by_numpy(names, lambda c: shared(c.T)), "rows and columns are exchanged"),
        ("counted", lambda names: by_numpy(names, lambda c: shared((c > 0) * 1.0)), "only ticks off"),
        ("counted", adds_at_places, "adds once per cell"),
        ("counted", in_sets, "A set holds each pair once"),
        ("counted", finds, "Go through the places one by one"),
        ("counted", lambda names: by_numpy(["".join(names)], shared), "joined without a `.` between"),
        ("counted", lambda names: torch.tensor(by_numpy(names, lambda c: c)).softmax(1), "softmax made chances"),
        ("counted", in_longs, "a table of whole numbers"),
        ("counted", by_ord, "a was letter 0"),
        ("write", writes_at_most(9), "longer names are cut off"),
        ("write", writes_at_most(12), "longer names are cut off"),
        ("write", writes_at_most(30), "longer names are cut off"),
        ("write", lambda shares, draw: writes(shares, draw).title(), "a capital"),
        (
            "write",
            lambda shares, draw: "".join(chr(ord(x) - 1) if x != "a" else "." for x in writes(shares, draw)),
            "one before",
        ),
        ("linear", turns, "changes it in place"),
        ("linear", lambda x, weight, bias: (x @ weight.T).numpy(), "leave out .tolist() or"),
        ("counted", lambda names: by_numpy(set(names), shared), "comes twice was counted once"),
        ("counted", lambda names: by_numpy(names, lambda c: shared(c + 1)), "began with ones"),
        ("shapes", with_one(1, (4, 5, 8)), "was read as `[:, :-1]`"),
        ("broadcast_shape", padded_and_equal, "is refused beside another length"),
        ("write", lambda shares, draw: writes(shares, draw, lambda i: 0), "not from row 0 again"),
        ("write", lambda shares, draw: writes(shares.T, draw), "a column was drawn from"),
        ("write", lambda shares, draw: "." + writes(shares, draw) + ".", "before and behind"),
        ("write", lambda shares, draw: list(writes(shares, draw)), "makes one text of them"),
        ("write", lambda shares, draw: [ord(letter) - 96 for letter in writes(shares, draw)], "Numbers came back"),
        ("write", lambda shares, draw: LETTERS[shares[0].argmax()], "draw was never called"),
        ("write", lambda shares, draw: LETTERS[draw(shares[0])], "ends after its first letter"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


@pytest.mark.parametrize("mark", ["[]", "()"])
def test_shapes_may_be_texts(mark):
    texts = [mark[0] + ", ".join(map(str, shape)) + mark[1] for shape in my_shapes()]
    assert feedback(EXERCISES["shapes"], texts).startswith("✓")
    assert "look again at the item at place 1" in feedback(EXERCISES["shapes"], [texts[0], "(4, 6)", *texts[2:]])


def test_shapes_may_stand_in_a_dict_and_a_wrong_table_is_said_letter_by_letter():
    assert feedback(EXERCISES["shapes"], dict(enumerate(my_shapes()))).startswith("✓")
    report = feedback(EXERCISES["counted"], lambda names: by_numpy(names, shared, behind=""))
    assert "{'after .': {'b': 1}, 'after b': {'o': 1}, 'after o': {'.': 1}}" in report.replace("1.0", "1")


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


RIGHT = {
    "shapes": lambda: [torch.Size((4, 6, 8)), [4, 8], [4, 6, 27], [4, 6], [24, 27], [4, 6, 8]],
    "broadcast_shape": broadcast_by_torch,
    "linear": lambda x, weight, bias: torch.tensor(
        x.numpy() @ weight.numpy().T + (0 if bias is None else bias.numpy())
    ),
    "counted": lambda names: by_numpy(names, shared),
    "write": recursive,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
