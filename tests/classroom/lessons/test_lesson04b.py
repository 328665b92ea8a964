"""The solutions of lesson 04b against peers and the library, and the same mistakes in other words."""

import numpy as np
import pytest
import torch
from classroom.styles import accept, refuse
from transformers import LlamaConfig
from transformers.models.llama import modeling_llama

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson04b
from lessons_lib.classroom.lessons.lesson04b.blind_tests import my_blind_tests
from lessons_lib.classroom.lessons.lesson04b.rotate_2d import my_rotate_2d
from lessons_lib.classroom.lessons.lesson04b.shared import made_up, positions_as, turned, turned_neighbours
from lessons_lib.classroom.lessons.lesson04b.turning import my_turning
from lessons_lib.classroom.real_model import real_model
from lessons_lib.layers import apply_rope, rotation

EXERCISES = {exercise.id: exercise for exercise in lesson04b.EXERCISES}


def differ(places, width=64, tokens=1):
    """Whether scores of made-up queries and keys at some places show that the layouts are mixed up."""
    q, k = torch.randn(2, 1, 1, tokens, width, generator=torch.Generator().manual_seed(0))
    scores = []
    for pairing in ("half", "interleaved"):
        speeds = 100.0 ** (-torch.arange(0, width, 2) / width)
        at = [apply_rope(x, rotation(torch.tensor([p]), speeds, pairing)) for x, p in zip((q, k), places, strict=True)]
        scores.append(at[0] @ at[1].transpose(-1, -2))
    return not torch.allclose(*scores, atol=1e-4)


def test_the_blind_tests_are_blind_and_the_others_see():
    seeing = {"A": differ((0, 0)), "B": differ((7, 7)), "C": differ((5, 3)), "D": differ((5, 3), width=2)}
    x, angles = made_up(64), 9 * torch.linspace(1, 0.01, 32)
    seeing["E"] = not torch.allclose(turned(x, angles).norm(), turned_neighbours(x, angles).norm())
    seeing |= {"F": differ((0, 0)), "G": differ((0, 4))}
    assert my_blind_tests() == [letter for letter, sees in seeing.items() if not sees]


def test_scores_in_a_picture_depend_on_both_distances():
    q, k = made_up(12), made_up(12) + 0.7

    def score(one, other):
        return float(my_rotate_2d(q, *one, 50.0) @ my_rotate_2d(k, *other, 50.0))

    assert score((2, 3), (1, 5)) == pytest.approx(score((12, 43), (11, 45)), abs=1e-3)
    assert score((2, 3), (1, 5)) != pytest.approx(score((2, 3), (1, 4)), abs=1e-2)
    assert score((2, 3), (1, 5)) != pytest.approx(score((2, 3), (3, 5)), abs=1e-2)


def test_turning_is_that_of_transformers():
    H, T, D = 3, 5, 8
    x = made_up(H, T, D)
    config = LlamaConfig(hidden_size=H * D, num_attention_heads=H, rope_theta=500.0)
    config.rope_parameters = {"rope_type": "default", "rope_theta": 500.0}
    cos, sin = modeling_llama.LlamaRotaryEmbedding(config)(x, torch.arange(T)[None])
    expected, _ = modeling_llama.apply_rotary_pos_emb(x[None], x[None], cos, sin)
    assert torch.allclose(my_turning(x, 500.0), expected[0], atol=1e-5)


def test_the_model_is_as_before_when_its_places_come_back():
    model, tokenizer = real_model()
    ids = torch.tensor([tokenizer.encode("First came the dog")])
    with torch.no_grad():
        before = model(ids)
        with positions_as(lambda p: 2 * p):
            assert not torch.allclose(model(ids), before, atol=0.1)
        assert model(ids).equal(before)


# The learner writes the same mistakes differently; the words must be the same.


def turned_in_complex(x, base, order="half", unit=1.0, first=0, pair=0, power=2, kind=torch.float32):
    """As complex numbers of length 1, with one step done in another way."""
    T, D = x.shape[-2:]
    places = (torch.arange(T) + first).to(kind).float()
    angles = unit * places[:, None] * base ** (-power * (torch.arange(D // 2) + pair) / D)
    pairs = x.unflatten(-1, (2, -1)).mT if order == "half" else x.unflatten(-1, (-1, 2))
    pairs = torch.view_as_complex(pairs.float().contiguous()) * torch.polar(torch.ones_like(angles), angles)
    parts = torch.view_as_real(pairs)
    return (parts.mT if order == "half" else parts).flatten(-2)


def rows_on_even_numbers(x, row, column, base):
    pairs = x.view(-1, 2)
    angles = base ** (-torch.arange(len(x) // 4) / (len(x) // 4))
    return torch.stack([turned(pairs[:, 0], row * angles), turned(pairs[:, 1], column * angles)], 1).flatten()


def places_of(width, row, column, base):
    """Angles as if they were learned positions: a row for each half."""
    angles = base ** (-torch.arange(width // 4) / (width // 4))
    return torch.cat([row * angles, row * angles, column * angles, column * angles])


def overwritten_in_a_loop(x, row, column, base):
    """A list whose first number of each pair is new when the second is computed."""
    result, quarter = list(map(float, x)), len(x) // 4
    for start, place in ((0, row), (2 * quarter, column)):
        for i in range(start, start + quarter):
            angle = place * base ** (-(i - start) / quarter)
            result[i] = result[i] * np.cos(angle) - result[i + quarter] * np.sin(angle)
            result[i + quarter] = result[i] * np.sin(angle) + result[i + quarter] * np.cos(angle)
    return result


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("blind_tests", {1, 2, 4, 5, 6}, "each in quotes"),
        ("rotate_2d", rows_on_even_numbers, "the even numbers"),
        *(("blind_tests", none, "asked for is a list of letters") for none in ([], set(), "")),
        ("blind_tests", "A, F", "When are the two layouts one?"),
        ("blind_tests", {"C", "G"}, "the tests that see it"),
        (
            "rotate_2d",
            lambda x, row, column, base: my_rotate_2d(x.roll(len(x) // 2), row, column, base).roll(len(x) // 2),
            "row and column are swapped",
        ),
        ("blind_tests", "ABFG", "G does see it"),
        ("blind_tests", {"B", "A", "F"}, "two are left out"),
        ("rotate_2d", lambda x, r, c, base: my_rotate_2d(x, np.radians(r), np.radians(c), base), "radians already"),
        ("rotate_2d", lambda x, r, c, base: my_rotate_2d(x, r * c, r * c, base), "multiplied"),
        ("rotate_2d", lambda x, r, c, base: x + places_of(len(x), r, c, base), "learned positions"),
        ("rotate_2d", lambda x, r, c, base: rotate_in_a_loop(x, r, c, base, first=1), "count from 0"),
        (
            "rotate_2d",
            lambda x, row, column, base: turned(x, (row + column) * base ** (-2 * torch.arange(len(x) // 2) / len(x))),
            "row 2, column 1 give the same",
        ),
        ("rotate_2d", lambda x, row, column, base: my_rotate_2d(x, row, column, 1e4), "it comes as an argument"),
        ("rotate_2d", lambda x, row, column, base: my_rotate_2d(x, row, column, base**-1.0), "exponent is negative"),
        ("rotate_2d", lambda *given: overwritten_in_a_loop(*given), "is overwritten"),
        ("turning", lambda x, base: turned_in_complex(x, base, order="neighbours"), "neighbours turn together"),
        ("turning", lambda x, base: turned_in_complex(x, base, unit=np.pi / 180), "radians already"),
        ("turning", lambda x, base: turned_in_complex(x, base, first=1), "count from 0"),
        ("turning", lambda x, base: turned_in_complex(x, base, pair=1), "pairs count from 1"),
        ("turning", lambda x, base: turned_in_complex(x, base, power=1), "the 2 of the exponent"),
        ("turning", lambda x, base: turned_in_complex(x, base, power=4), "with the whole D"),
        ("turning", lambda x, base: turned_in_complex(x, base, unit=-1.0), "the other way round"),
        ("turning", lambda x, base: turned_in_complex(x, base, power=-2), "later pairs turn faster"),
        ("turning", lambda x, base: turned_in_complex(x, 1e4), "is 10000"),
        ("turning", lambda x, base: turned_in_complex(x, 1e5), "always 100000"),
        ("turning", lambda x, base: turned_in_complex(x, base, kind=torch.bfloat16), "from 257 on"),
        ("turning", lambda x, base: turned_in_complex(x.transpose(0, 1), base).transpose(0, 1), "second axis"),
        ("turning", lambda x, base: x * 1.0, "nothing is turned"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


def rotate_in_a_loop(x, row, column, base, first=0):
    result, quarter = list(map(float, x)), len(x) // 4
    for start, place in ((0, row), (2 * quarter, column)):
        for i in range(quarter):
            number = complex(x[start + i], x[start + quarter + i]) * np.exp(
                1j * place * base ** (-(i + first) / quarter)
            )
            result[start + i], result[start + quarter + i] = number.real, number.imag
    return result


RIGHT = {
    "blind_tests": lambda: "abdef",
    "rotate_2d": rotate_in_a_loop,
    "turning": turned_in_complex,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)


def test_letters_may_be_the_keys_of_yes_and_no():
    answer = dict(zip("ABCDEFG", [True, True, False, True, True, True, False], strict=True))
    assert feedback(EXERCISES["blind_tests"], answer).startswith("✓")


def test_letters_may_stand_in_a_sentence():
    assert feedback(EXERCISES["blind_tests"], "A, B, D, E and F").startswith("✓")


def test_a_letter_that_is_no_test_is_shown():
    assert "H" in feedback(EXERCISES["blind_tests"], ["A", "H"]).split("\n", 1)[1]


def test_a_wrong_shape_in_the_model_is_told():
    report = feedback(EXERCISES["turning"], lambda x, base: my_turning(x, base) if len(x) < 9 else x[:1])
    assert "must return the shape" in report
