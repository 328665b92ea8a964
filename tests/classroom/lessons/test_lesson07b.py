"""The solutions of lesson 07b against libraries that nobody here wrote, and the same mistakes in other words."""

import numpy as np
import pytest
import torch
from classroom.styles import accept, refuse
from effort import examples
from gguf.quants import GGMLQuantizationType
from gguf.quants import quantize as gguf_quantize
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson07b
from lessons_lib.classroom.lessons.lesson07b.accept import my_accept
from lessons_lib.classroom.lessons.lesson07b.best_k import my_best_k
from lessons_lib.classroom.lessons.lesson07b.impossible import my_impossible
from lessons_lib.classroom.lessons.lesson07b.int8_groups import my_int8_groups
from lessons_lib.classroom.lessons.lesson07b.my_speculate import SENTENCE, my_speculate, tried
from lessons_lib.classroom.lessons.lesson07b.shared import look_up, megabytes, operations
from lessons_lib.classroom.lessons.lesson07b.speeds import STORED_TEXT, Speeds, same_text
from lessons_lib.classroom.real_model import real_model
from lessons_lib.config import ModelConfig
from lessons_lib.generation import generate
from lessons_lib.layers import quantize
from lessons_lib.model import Transformer

INF = float("inf")
EXERCISES = {exercise.id: exercise for exercise in lesson07b.EXERCISES}


@given(st.integers(1, 4), st.integers(0, 2**31))
@settings(max_examples=examples(50))
def test_int8_groups_of_32_are_those_of_gguf(groups, seed):
    weights = np.random.default_rng(seed).standard_normal(32 * groups, dtype=np.float32)
    q, scale = my_int8_groups(torch.from_numpy(weights), 32)
    blocks = gguf_quantize(weights[None], GGMLQuantizationType.Q8_0).reshape(-1, 34)
    np.testing.assert_array_equal(q.reshape(-1, 32).numpy(), blocks[:, 2:].view(np.int8))
    np.testing.assert_array_equal(scale.half().numpy(), blocks[:, :2].copy().view(np.float16)[:, 0])


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=2, max_size=4))
@settings(max_examples=examples(50))
def test_accept_gives_the_models_distribution(pairs):
    p, q = (torch.tensor(column, dtype=torch.float64) for column in zip(*pairs, strict=True))
    p, q = p / p.sum(), q / q.sum()
    assume((p - q).abs().max() > 1e-3)
    steps, chances = 40, torch.zeros(len(p), dtype=torch.float64)
    for guess in range(len(p)):
        accepted = min(1.0, float(p[guess] / q[guess]))
        chances[guess] += q[guess] * accepted
        if accepted < 1:
            for step in range(steps):  # u above the ratio: the dart decides, and is spread evenly
                token = my_accept(p, q, guess, (accepted + 1) / 2, (step + 0.5) / steps)
                chances[token] += q[guess] * (1 - accepted) / steps
        assert my_accept(p, q, guess, accepted * 0.999, 0.0) == guess
    torch.testing.assert_close(chances, p, rtol=0, atol=1 / steps)


@pytest.mark.parametrize(("a", "c"), [(0.8, 0.17), (0.3, 0.5), (0.6, 0.02)])
def test_the_gain_is_that_of_passes_that_are_played(a, c):
    rng = np.random.default_rng(0)
    played = []
    for k in range(13):
        right = np.cumprod(rng.random((20_000, k)) < a, axis=1).sum(1)  # in front of a wrong one
        played.append((1 + right).mean() / (1 + k * c))
    assert played[my_best_k(a, c, 12)] == pytest.approx(max(played), rel=0.02)


def test_the_impossible_claims_are_those_beyond_the_bound():
    a_token = {bits: 7e9 * bits / 8 for bits in (16, 5)}  # bytes
    bound = {bits: 60e9 / fetched for bits, fetched in a_token.items()}
    possible = {"A": bound[16] >= 40, "B": bound[5] >= 10, "C": 64 * bound[16] >= 150, "D": 9 * bound[16] >= 15}
    possible |= {"E": False, "F": 4 * (8 + 16 / 32) / 32 <= 1, "G": True}
    assert my_impossible() == [letter for letter, is_so in possible.items() if not is_so]


@torch.no_grad()
@pytest.mark.parametrize("prompt", [f"Copy this sentence: {SENTENCE}", "Name a colour."])
def test_the_speculative_loop_writes_the_greedy_text_in_fewer_passes(prompt):
    model, tokenizer = real_model()
    ids = tokenizer.encode_chat([{"role": "user", "content": prompt}])
    new, passes, *_ = tried(my_speculate, ids, 18, "look-up")
    assert new == list(generate(model, ids, 18, stop_token_ids=()))
    assert passes <= (9 if "Copy" in prompt else 18)


@given(st.lists(st.integers(0, 2), max_size=12), st.integers(0, 5))
@settings(max_examples=examples(50))
def test_the_look_up_quotes_what_followed_last(ids, count):
    guesses = look_up(ids, count)
    places = [at for at in range(2, len(ids)) if ids[at - 2 : at] == ids[-2:]]
    assert guesses == (ids[places[-1] :][:count] if places else [])


def small_model(seed=0):
    torch.manual_seed(seed)
    sizes = {"vocab_size": 300, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2}
    return Transformer(ModelConfig(**sizes, num_attention_heads=4, num_key_value_heads=2)).eval()


def test_operations_are_counted_by_name():
    x = torch.ones(2)
    assert operations(lambda: x + x * x + x) == {"add": 2, "mul": 1}


def test_a_matrix_that_is_used_twice_weighs_once():
    model = small_model()
    assert megabytes(model) == pytest.approx(sum(p.nbytes for p in model.parameters()) / 1e6)
    assert megabytes(quantize(small_model(), 8)) < megabytes(model) / 2


def test_the_compiled_step_writes_the_same_text():
    assert same_text(small_model(), [1, 5, 9], 6)


class Letters:
    """A tokenizer for the race, which needs a prompt and nothing else."""

    def encode_chat(self, messages):
        return [ord(letter) % 300 for letter in messages[0]["content"]]


def test_the_race_shows_every_way_live_and_stores_one_line():
    speeds = Speeds(small_model(), Letters(), {"8 bits": quantize(small_model(), 8)})
    head, *rows = speeds.table()
    assert [row[0] for row in rows] == ["plain", "cached", "compiled", "8 bits", "compiled, with look-up"]
    assert all(len(row) == len(head) for row in rows) and all(cell for row in rows for cell in row)
    assert all(speed.passes * speed.fetched <= 1.001e3 * speeds.reading for speed in speeds.found.values())
    assert speeds.found["8 bits"].fetched < speeds.found["compiled"].fetched
    bundle = speeds._repr_mimebundle_()
    assert bundle["text/plain"] == STORED_TEXT and len(bundle) == 2
    before = speeds.found
    speeds.measure()
    assert speeds.found is not before and list(speeds.found) == list(before)
    assert "compiled" in speeds._page() and "compiled" in repr(speeds)
    assert speeds.products > 0 and speeds.seven > 0
    assert all(sentence in repr(speeds) and sentence in speeds._page() for sentence in speeds.sentences())


# The learner writes the same mistakes differently; the words must be the same.


def refused_by_list(p, q, guess, u, dart):
    """Draws from p after a refusal."""
    if u * q[guess] < p[guess]:
        return guess
    total = 0.0
    for token, chance in enumerate(p.tolist()):
        total += chance
        if total > dart:
            return token
    raise AssertionError(f"the row {p} does not reach {dart}")


def loop(ids, n, read, guess, keep, unread_from=None):
    """Reads the prompt alone first, and keeps one row of scores from pass to pass."""
    text = ids[:]
    scores = read(text, 0)[-1]
    text.append(int(scores.argmax()))
    while len(text) < len(ids) + n:
        wanted = len(ids) + n - len(text)
        guesses = guess(text)[: wanted - 1]
        choices = read([text[-1], *guesses], len(text) - 1).argmax(1).tolist()
        text.extend(keep(guesses, choices))
    return text[len(ids) :][:n]


def up_to_the_wrong_one(guesses, choices):
    new = []
    for guess, choice in zip([*guesses, None], choices, strict=True):
        new.append(choice)
        if guess != choice:
            break
    return new


def with_the_wrong_one(guesses, choices):
    new = []
    for guess, choice in zip(guesses, choices, strict=False):
        new.append(guess)
        if guess != choice:
            return new
    return [*new, choices[-1]]


def whole_loop(ids, n, read, guess, keep, behind=lambda before, text: len(text) - 1, cut=True):
    """Reads the prompt with the first guesses, cuts the answer at the end, and takes each guess that there is."""
    text, known = tuple(ids), 0
    while len(text) < len(ids) + n:
        guesses = list(guess(list(text)))
        unread = [*text[known:], *guesses]
        choices = [int(row.argmax()) for row in read(unread, known)][len(text) - known - 1 :]
        before, text = text, (*text, *keep(guesses, choices))
        known = behind(before, text)
    return list(text[len(ids) :][: n if cut else None])


def with_the_end(guesses, choices):
    *right, _ = up_to_the_wrong_one(guesses, choices)
    return [*right, choices[-1]]


def tokens(a, k):
    return sum(a**i for i in range(k + 1))


def from_the_other_end(p, q, guess, u, dart):
    if u * q[guess] < p[guess]:
        return guess
    return len(p) - 1 - accept_by_numpy(p.flip(0), q.flip(0), len(p) - 1 - guess, INF, dart)


def counted(guesses, choices):
    return choices[: sum(a == b for a, b in zip(guesses, choices, strict=False)) + 1]


def drawn_by_torch(p, q, guess, u, dart):
    if u < p[guess] / q[guess]:
        return guess
    return int(torch.multinomial((p - q).clamp(min=0), 1))


def lenient(p, q, guess, u, dart):
    """Accepts at the ratio, and lets a dart on a border fall to the left."""
    if p[guess] >= u * q[guess]:
        return guess
    line = np.cumsum(np.maximum(p.numpy() - q.numpy(), 0))
    return int(np.searchsorted(line / line[-1], dart, side="left"))


def with_fewer_guesses(part, ids, n, read, guess):
    return whole_loop(ids, n, read, lambda text: guess(text)[part], up_to_the_wrong_one)


def best_k_by_rule(a, c, most, shown=float, v=1):
    gains = [shown(sum(a**i for i in range(k + 1)) / (v + k * c)) for k in range(most + 1)]
    return gains.index(max(gains))


def among_the_positive(p, q, guess, u, dart):
    if u * q[guess] < p[guess]:
        return guess
    missing = [float(x) for x in p - q if x > 0]
    return int(np.searchsorted(np.cumsum(missing) / sum(missing), dart, side="right"))


def in_halves(weights, size):
    """The lesson's own line."""
    groups = weights.reshape(-1, size)
    scale = (groups.abs().amax(1, keepdim=True) / 127).half()
    return (groups / scale).round().nan_to_num().flatten(), scale.flatten()


def changes_the_prompt(ids, n, read, guess):
    start, known = len(ids), 0
    while len(ids) < start + n:
        ids.append(int(read(ids[known:], known)[-1].argmax()))
        known = len(ids) - 1
    return ids[start:]


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("impossible", lambda: "A, B, E, F", "B can be true"),
        ("impossible", lambda: {"e", "f"}, "One is left out"),
        (
            "int8_groups",
            lambda w, n: ((w / (w.abs().max() / 127)).round(), [w.abs().max() / 127] * (len(w) // n)),
            "one",
        ),
        ("best_k", lambda a, c, most: sum(a**i for i in range(most)), ""),
        ("accept", refused_by_list, "replaced by a draw from p"),
        ("best_k", lambda a, c, most: best_k_by_rule(a, c, most, lambda gain: float(f"{gain:.2f}")), "rounded before"),
        ("best_k", lambda a, c, most: best_k_by_rule(a, c, max(most - 1, 0)), "never tried"),
        ("best_k", lambda a, c, most: best_k_by_rule(a, c, most, v=2), "Here v is 1"),
        ("accept", lambda p, q, i, u, d: accept_by_numpy(p, q, i, INF if u >= min(p[i], q[i]) else 0, d), "min(p, q)"),
        (
            "accept",
            lambda p, q, i, u, d: accept_by_numpy(p, q, i, u * float(p[i] + q[i]) / float(q[i]), d),
            "p / (p + q)",
        ),
        ("accept", lambda p, q, i, u, d: accept_by_numpy(p, q, i, d, u), "changed places"),
        ("accept", lambda p, q, i, u, d: among_the_positive(p, q, i, u, d), "the place is not the token's id"),
        ("int8_groups", in_halves, "rounded to 16 bits"),
        ("int8_groups", lambda w, n: int8_by_list(w, n)[0], "The scales are missing"),
        ("int8_groups", lambda w, n: int8_by_list(w, len(w) // n), "there are `size` groups"),
        ("my_speculate", lambda *given: loop(*given, with_the_wrong_one), "first wrong guess is kept"),
        ("my_speculate", lambda *given: with_fewer_guesses(slice(-1), *given), "a token less than it could"),
        ("my_speculate", lambda *given: with_fewer_guesses(slice(6), *given), "only so many guesses"),
        (
            "my_speculate",
            lambda *given: whole_loop(*given, up_to_the_wrong_one, behind=lambda _, text: max(0, len(text) - 2)),
            "each pass reads one token again",
        ),
        (
            "my_speculate",
            lambda *given: whole_loop(*given, lambda g, c: up_to_the_wrong_one(g, c)[: len(g) or 1]),
            "a token less than it could",
        ),
        ("my_speculate", lambda *given: loop(*given, lambda g, c: c[:1]), "no guess is used"),
        ("impossible", lambda: ["G", "E", "A"], "G can be true"),
        ("best_k", lambda a, c, most: max([0, *range(most)], key=lambda k: (k + 1) / (1 + k * c)), ""),
        ("accept", lambda p, q, i, u, d: i if p[i] / q[i] < u else my_accept(p, q, i, INF, d), "u is above p / q"),
        ("accept", lambda p, q, i, u, dart: my_accept(p, q, i, u, u), "u is thrown a second time"),
        ("accept", lenient, "for the borders"),
        ("accept", from_the_other_end, "from the last token to the first"),
        ("accept", drawn_by_torch, "draw with the dart"),
        ("my_speculate", lambda *given: whole_loop(*given, counted), "stop at the first that differs"),
        ("my_speculate", lambda *given: whole_loop(*given, lambda g, c: c), "all choices of the model are appended"),
        (
            "my_speculate",
            lambda *given: whole_loop(*given, up_to_the_wrong_one, behind=lambda before, text: len(before)),
            "right guesses are read a second time",
        ),
        ("my_speculate", lambda *given: whole_loop(*given, up_to_the_wrong_one, cut=False), "More than n new tokens"),
        (
            "my_speculate",
            lambda ids, n, read, guess: whole_loop(ids, n, read, lambda _: guess(ids), up_to_the_wrong_one),
            "asked about the prompt each time",
        ),
        ("my_speculate", changes_the_prompt, "changes the list `ids`"),
        ("my_speculate", lambda *given: whole_loop(*given, with_the_end), "behind the last guess is appended"),
        ("int8_groups", lambda w, n: int8_by_list(w, n, 255), "divided by 255"),
        ("best_k", lambda a, c, most: max(range(most + 1), key=lambda k: tokens(a, k) - k * c), "taken away"),
        ("best_k", lambda a, c, most: max(range(most + 1), key=lambda k: tokens(a, k) / (1 + c + k * c)), "paid for"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


def test_a_loop_that_gets_nowhere_is_told_so():
    def idle(ids, n, read, guess):
        text = list(ids)
        while len(text) < len(ids) + n:
            guesses = guess(text)
            best = read(text + guesses, 0).argmax(-1).tolist()[-len(guesses) - 1 :]
            text += [g for g, b in zip(guesses, best, strict=False) if g == b][:1]
        return text

    assert "does each bring a token?" in feedback(EXERCISES["my_speculate"], idle)


def int8_by_list(weights, size, largest=127):
    q, scales = [], []
    for at in range(0, len(weights), size):
        group = weights[at : at + size].tolist()
        scales.append(max(map(abs, group)) / largest)
        q += [round(w / scales[-1]) if scales[-1] else 0 for w in group]
    return q, scales


def best_k_by_formula(a, c, most):
    best, highest = 0, 1.0
    for k in range(1, most + 1):
        tokens = k + 1 if a == 1 else (1 - a ** (k + 1)) / (1 - a)
        if tokens / (1 + k * c) > highest + 1e-12:
            best, highest = k, tokens / (1 + k * c)
    return torch.tensor(best)


def accept_by_numpy(p, q, guess, u, dart):
    if u * float(q[guess]) < float(p[guess]):
        return guess
    missing = np.maximum(p.numpy() - q.numpy(), 0)
    return int(np.searchsorted(np.cumsum(missing / missing.sum()), dart, side="right"))


@pytest.mark.parametrize("most", [4, 5, 7, 9, 11, -1])
def test_a_guess_that_is_left_out_costs_passes(most):
    report = feedback(EXERCISES["my_speculate"], lambda *given: with_fewer_guesses(slice(most), *given))
    assert report.startswith("✗") and "passes, where " in report


@pytest.mark.parametrize("digits", [2, 3, 4, 5])
def test_gains_are_compared_as_they_are(digits):
    report = feedback(EXERCISES["best_k"], lambda *given: best_k_by_rule(*given, lambda gain: round(gain, digits)))
    assert report.startswith("✗")


def test_guesses_need_not_be_cut():
    report = feedback(EXERCISES["my_speculate"], lambda *given: whole_loop(*given, up_to_the_wrong_one))
    assert report.startswith("✓")


RIGHT = {
    "impossible": lambda: ("f", "e", "a"),
    "int8_groups": int8_by_list,
    "best_k": best_k_by_formula,
    "accept": accept_by_numpy,
    "my_speculate": lambda ids, n, read, guess: torch.tensor(loop(ids, n, read, guess, up_to_the_wrong_one)),
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
