"""Appendix B1: the solutions against transformers and against algebra, recall against plain loops, mistakes in other
words."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from classroom.styles import accept
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoConfig
from transformers.models.qwen3_next.modeling_qwen3_next import torch_recurrent_gated_delta_rule

from lessons_lib.checkpoint.families import FAMILIES
from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lessonB1
from lessons_lib.classroom.lessons.lessonB1 import recall
from lessons_lib.classroom.lessons.lessonB1.faulty_states import KEYS, LEFT, VALUES, run
from lessons_lib.classroom.lessons.lessonB1.my_crossing import my_crossing
from lessons_lib.classroom.lessons.lessonB1.my_gated_delta import made_up, my_gated_delta
from lessons_lib.classroom.lessons.lessonB1.my_undo import my_undo
from lessons_lib.classroom.lessons.lessonB1.published import published
from lessons_lib.classroom.lessons.lessonB1.shared import random
from lessons_lib.classroom.lessons.lessonB1.state_on_paper import my_state_on_paper
from lessons_lib.config import costs
from lessons_lib.config.states import STATES

EXERCISES = {exercise.id: exercise for exercise in lessonB1.EXERCISES}
bounded = settings(derandomize=True, max_examples=examples(40), deadline=None)
small = st.integers(1, 5)


# The solutions against other programs


@given(small, small, small, small, small, st.integers(0, 999))
@bounded
def test_the_gated_rule_is_that_of_transformers(b, t, h, k, v, seed):
    query, key, value, decay, strength, matrix = (x.float() for x in made_up(b, t, h, k, v, seed))
    expected, state = torch_recurrent_gated_delta_rule(
        query * k**0.5, key, value, decay[..., 0], strength, initial_state=matrix, output_final_state=True
    )
    out, last = my_gated_delta(query, key, value, decay, strength, matrix)
    torch.testing.assert_close(out, expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(last, state.to(last), atol=1e-5, rtol=1e-5)


@given(small, small, st.sampled_from([0.3, 0.7, 1.3, 2.0]), st.integers(0, 999))
@bounded
def test_undoing_is_the_inverse_matrix(rows, columns, beta, seed):
    k, v, before = random(seed, rows), random(seed + 1, columns), random(seed + 2, rows, columns)
    step = torch.eye(rows, dtype=k.dtype) - beta * torch.outer(k, k)
    if abs(torch.linalg.det(step)) < 1e-3:
        return
    behind = step @ before + beta * torch.outer(k, v)
    torch.testing.assert_close(my_undo(behind, k, v, beta), torch.linalg.solve(step, behind - beta * torch.outer(k, v)))
    torch.testing.assert_close(my_undo(behind, k, v, beta), before)


def test_what_cannot_be_undone_forgets():
    k, v = torch.tensor([2.0, 0.0]), torch.tensor([3.0, 1.0])
    one, other = (S + torch.outer(k, 0.25 * (v - k @ S)) for S in (torch.zeros(2, 2), torch.tensor([[5.0, 1], [0, 0]])))
    torch.testing.assert_close(one, other)
    assert my_undo(one, k, v, 0.25) is None


def test_the_crossing_of_published_hybrids_is_that_of_their_costs():
    for config in published().values():
        kinds = ["state" if kind in STATES else "attention" for kind in config.layer_types]
        states, attention = kinds.count("state"), kinds.count("attention")
        matrices = config.linear_num_value_heads, config.linear_key_head_dim, config.linear_value_head_dim
        heads = config.num_key_value_heads, config.head_dim
        found = my_crossing(kinds, *heads, 16, *matrices, 32)
        token = costs.kv_cache_bytes(config, 1, bits=16) / attention
        assert math.prod(matrices) * 4 < found * token
        assert math.prod(matrices) * 4 >= (found - 1) * token
        window = costs.state_bytes(config) / states - math.prod(matrices) * 4  # left out by the exercise
        assert 0 <= window < 0.25 * math.prod(matrices) * 4


def test_published_configs_are_those_of_transformers():
    configs = published()
    for name, family in (("Qwen3-Next-80B-A3B", "qwen3_next"), ("Jamba v0.1", "jamba")):
        assert configs[name] == FAMILIES[family].config(AutoConfig.for_model(family).to_dict())


def test_published_counts():
    counts = [round(costs.num_parameters(config) / 1e9) for config in published().values()]
    assert counts == [80, 52, 456]  # as their publishers say


def test_the_facts_on_paper_in_fractions():
    key, held = (Fraction(3, 5), Fraction(4, 5)), (Fraction(2), Fraction(6))
    added = [x + k * 10 for x, k in zip(held, key, strict=True)]
    faded = [x / 2 for x in held]
    change = (10 - sum(k * x for k, x in zip(key, faded, strict=True))) / 2
    found = [*added, *(x + k * change for x, k in zip(faded, key, strict=True))]
    assert [float(x) for x in found] == pytest.approx(my_state_on_paper())


def test_the_faults_differ_and_the_right_one_is_the_solutions():
    given = (KEYS[None, :, None], KEYS[None, :, None], VALUES[None, :, None])
    decay = torch.full((1, 4, 1, 1), math.log(LEFT), dtype=torch.float64)
    out, state = my_gated_delta(*given, decay, torch.ones(1, 4, 1).double(), torch.zeros(1, 1, 3, 3).double())
    for mine, theirs in zip(run(), (out[0, :, 0], state[0, 0]), strict=True):
        torch.testing.assert_close(mine, theirs)
    shown = {fault: tuple(x.round(decimals=3).flatten().tolist() for x in run(fault)) for fault in ["", *"ABCDEFG"]}
    assert len({str(each) for each in shown.values()}) == len(shown)


@pytest.mark.parametrize(("fade", "beta"), [(0.0, None), (-0.05, None), (0.0, 1.0), (-0.1, 0.5)])
def test_recall_is_that_of_a_plain_loop(fade, beta):
    keys, which, books = (x.numpy() for x in recall.facts(24))
    right = []
    for k, at, book in zip(keys, which, books, strict=True):
        S = np.zeros((recall.K, recall.V))
        for key, code in zip(k, at, strict=True):
            S = np.exp(fade) * S
            S = S + np.outer(key, book[code] if beta is None else beta * (book[code] - key @ S))
        right.append(((k @ S @ book.T).argmax(1) == at).tolist())
    assert recall.recalled(24, fade, beta).bool().tolist() == right


@pytest.mark.parametrize("fade", [0.0, -0.05])
def test_second_values_by_powers_of_what_is_left(fade):
    keys, which, books = recall.facts(32)
    left = math.exp(fade) ** torch.arange(31, -1, -1, dtype=keys.dtype)
    shares = (keys[:, :16] @ keys[:, :16].mT).repeat(1, 1, 2) * left
    said = torch.stack([share @ book[at] for share, at, book in zip(shares, which, books, strict=True)])
    expected = torch.einsum("sni,sci->snc", said, books).argmax(-1) == which[:, 16:]
    assert recall.second_values(fade).bool().equal(expected)


def test_attention_recalls_by_how_sharp_it_is():
    shares = [recall.recalled_by_attention(64, scale).mean() for scale in (0.0, 32**-0.5, 1.0, 32.0)]
    assert shares == sorted(shares)
    assert shares[1] < recall.recalled(64).mean() < shares[-1] == 1


# The learner writes the same mistakes differently; the words must be the same.


def gated_by_numpy(query, key, value, decay, strength, matrix, **how):
    """Each text and head alone, in numpy."""
    q, k, v, g, beta, S = (x.numpy() for x in (query, key, value, decay[..., 0], strength, matrix))
    out, last = np.zeros(v.shape), np.array(S)
    for b, h in np.ndindex(S.shape[:2]):
        table = np.zeros_like(S[b, h]) if how.get("zeros") else S[b, h].copy()
        for t in range(q.shape[1]):
            old = table
            if not how.get("late"):
                table = table * how.get("factor", np.exp)(g[b, t, h])
            held = k[b, t, h] @ (old if how.get("early") else table)
            change = how.get("change", lambda v, held, beta: beta * (v - held))(v[b, t, h], held, beta[b, t, h])
            faded, table = table, table + np.outer(k[b, t, h], change)
            if how.get("late"):
                table = table * np.exp(g[b, t, h])
            asks = k if how.get("asked") else q
            out[b, t, h] = asks[b, t, h] @ {"old": old, "faded": faded}.get(how.get("before"), table)
        last[b, h] = table
    return (out[:, ::-1] if how.get("back") else out), (S if how.get("old") else last)


def gated_in_place(query, key, value, decay, strength, matrix):
    out = []
    for t in range(query.shape[1]):
        matrix *= decay[:, t].exp()[..., None]
        held = (key[:, t, :, None] @ matrix)[..., 0, :]
        matrix += key[:, t, :, :, None] * (strength[:, t, :, None] * (value[:, t] - held))[..., None, :]
        out.append((query[:, t, :, None] @ matrix)[..., 0, :])
    return torch.stack(out, 1), matrix


def crossing_by_search(
    kinds, G, D, cache_bits, H, K, V, state_bits, parts=2, least=False, whole=False, none=None, most=400_000
):
    """Counts tokens up until the hybrid keeps less."""

    def kept(kind, tokens):
        return H * K * V * state_bits if kind == "state" else parts * G * D * cache_bits * tokens

    if "state" not in kinds:
        return none
    for tokens in range(most):
        hybrid = sum(kept(kind, tokens) for kind in kinds)
        alone = sum(kept("attention", tokens) for _ in kinds)
        hybrid = sum(kept(kind, tokens) for kind in kinds if kind == "state") if whole else hybrid
        if hybrid < alone or (least and hybrid == alone):
            return tokens
    return None


def crossing_to_the_nearest(kinds, G, D, cache_bits, H, K, V, state_bits):
    return math.floor(H * K * V * state_bits / (2 * G * D * cache_bits) + 0.5) if "state" in kinds else None


def undo_by_algebra(S, k, v, beta):
    """Without a thought for what can't be told."""
    return S + beta * torch.outer(k, (k @ S - v) / (1 - beta * k.dot(k)))


def undo_by_solving(S, k, v, beta, none=None, factor=1.0, near=1e-12):
    step = np.eye(len(k)) - factor * beta * np.outer(k, k)
    if abs(np.linalg.det(step)) < near:
        return none
    return np.linalg.solve(step, S.numpy() - beta * np.outer(k, v))


def paper(**how):
    return lambda: np.array([how.get("sum", [8, 14]), how["delta"]]).flatten()


WRONG = [
    ("state_on_paper", paper(delta=[3.2, 7.6]), "nothing faded"),
    ("state_on_paper", paper(delta=[5.2, 8.6]), "all of the difference"),
    ("state_on_paper", paper(delta=[1.6, 3.8]), "behind the write"),
    ("state_on_paper", paper(delta=[2.2, 4.6]), "halved the value alone"),
    ("state_on_paper", paper(delta=[4, 7]), "nothing taken away"),
    ("state_on_paper", paper(sum=[7, 11], delta=[3.1, 5.8]), "doesn't fade"),
    ("state_on_paper", paper(sum=[2, 6], delta=[1, 3]), "left out"),
    ("state_on_paper", paper(sum=[14, 8], delta=[5.8, 3.1]), "changed places"),
    ("state_on_paper", paper(sum=[14, 8], delta=[3.1, 5.8]), ""),
    ("state_on_paper", paper(delta=[5.8, 3.1]), ""),
    ("state_on_paper", paper(sum=[12, 16], delta=[3.1, 5.8]), ""),
    ("my_crossing", lambda *a: crossing_by_search(*a, parts=1), "only keys"),
    ("my_crossing", lambda *a: crossing_by_search(*a, least=True), "equal size"),
    ("my_crossing", lambda *a: crossing_by_search(*a, whole=True), "of all layers"),
    ("my_crossing", lambda *a: crossing_by_search(*a, none=0), "stands for never"),
    ("my_crossing", lambda k, G, D, c, H, K, V, s: crossing_by_search(k, G, D, s, H, K, V, c), "swapped"),
    ("my_crossing", lambda k, G, D, c, H, K, V, s: crossing_by_search(k, G, D, c, 1, K, V, s), "one matrix"),
    ("my_crossing", lambda k, G, D, c, H, K, V, s: crossing_by_search(k, G, D, c, H, K, K, s), "taken for equal"),
    ("my_crossing", lambda k, G, D, c, H, K, V, s: crossing_by_search(k, G, D, 16, H, K, V, 32), ""),
    ("my_crossing", lambda k, G, D, c, H, K, V, s: crossing_by_search(k, 1, D, c, H, K, V, s), ""),
    ("my_crossing", lambda *a: crossing_by_search(*a, most=5000), "search ends"),
    ("my_crossing", lambda *a: crossing_by_search(*a, most=100_000), "search ends"),
    ("my_crossing", lambda *a: my_crossing(*a[:3], a[3] // 8, *a[4:7], a[7] // 8), "ZeroDivisionError"),
    ("my_crossing", lambda *a: my_crossing(*a[:3], a[3] / 8, *a[4:7], a[7] // 8), ""),
    ("my_crossing", crossing_to_the_nearest, "rounded"),
    ("faulty_states", "CDBEA", "nothing ever faded"),
    ("faulty_states", list("FCBEA"), "changed places"),
    ("faulty_states", "c f d e a", "larger than it should"),
    ("faulty_states", ["C", "F", "B", "A", "E"], "4 and 5 have changed places"),
    ("faulty_states", "CFGEA", "a key meets itself"),
    ("faulty_states", "AFBEC", ""),
    ("faulty_states", "CFBE", ""),
    ("my_undo", lambda S, k, v, beta: S.numpy() - np.outer(k, v), "as from a sum"),
    ("my_undo", lambda S, k, v, beta: S.numpy() - beta * np.outer(k, v), "as from a sum"),
    ("my_undo", lambda S, k, v, beta: S.numpy() - np.outer(k, beta * (v - k @ S)), "under the key now"),
    ("my_undo", lambda S, k, v, beta: S + k[:, None] * (beta * (v - k @ S)), "a second time"),
    ("my_undo", lambda *a: undo_by_solving(*a, none=np.zeros(a[0].shape)), "you give zeros"),
    ("my_undo", lambda *a: undo_by_solving(*a, none=a[0].numpy()), "you give zeros"),
    ("my_undo", lambda *a: undo_by_solving(*a, none=math.inf), ""),
    ("my_undo", lambda *a: undo_by_solving(*a, near=0.1), "near 1"),
    ("my_undo", lambda *a: undo_by_solving(*a, near=0.01), "near 1"),
    ("my_undo", lambda *a: undo_by_solving(*a, none=np.full(a[0].shape, np.nan)), "divide by 0"),
    ("my_undo", lambda *a: undo_by_algebra(*a), "divide by 0"),
    ("my_undo", lambda *a: None if a[3] == 1 else undo_by_algebra(*a), "the key's length too"),
    ("my_undo", lambda *a: undo_by_solving(*a, factor=-1), ""),
    ("my_undo", lambda S, k, v, beta: undo_by_solving(S, k / k.norm(), v, beta), ""),
    ("my_gated_delta", lambda *a: gated_by_numpy(*a, factor=lambda g: 1), "doesn't fade"),
    ("my_gated_delta", lambda *a: gated_by_numpy(*a, factor=lambda g: g), "decay itself"),
    ("my_gated_delta", lambda *a: gated_by_numpy(*a, factor=lambda g: np.exp(-g)), "grows where"),
    ("my_gated_delta", lambda *a: gated_by_numpy(*a, late=True), "behind the write"),
    ("my_gated_delta", lambda *a: gated_by_numpy(*a, early=True), "before it fades"),
    ("my_gated_delta", lambda *a: gated_by_numpy(*a, before="old"), "before its own token"),
    ("my_gated_delta", lambda *a: gated_by_numpy(*a, before="faded"), "before its own token"),
    ("my_gated_delta", lambda *a: gated_by_numpy(a[0], F.normalize(a[1], dim=-1), *a[2:]), "bring keys to length 1"),
    ("my_gated_delta", lambda *a: gated_by_numpy(*(F.normalize(x, dim=-1) for x in a[:2]), *a[2:]), "queries and keys"),
    ("my_gated_delta", lambda *a: gated_by_numpy(*a, asked="key"), "the key asks"),
    ("my_gated_delta", lambda *a: gated_by_numpy(*a, zeros=True), "begins at zeros"),
    ("my_gated_delta", lambda *a: gated_by_numpy(*a, old=True), "that came in is given back"),
    ("my_gated_delta", lambda *a: gated_by_numpy(*a, back=True), "last token first"),
    ("my_gated_delta", lambda *a: gated_by_numpy(*a, change=lambda v, held, beta: beta * v), "nothing is taken away"),
    ("my_gated_delta", lambda *a: gated_by_numpy(*a, change=lambda v, held, beta: v - held), "strength says"),
    ("my_gated_delta", lambda *a: gated_by_numpy(*a, change=lambda v, held, beta: beta * (held - v)), "wrong sign"),
    ("my_gated_delta", gated_in_place, "changed what came in"),
    ("my_gated_delta", lambda *a: gated_by_numpy(*a)[0], "two things are asked for"),
    ("my_gated_delta", lambda *a: gated_by_numpy(*a)[::-1], ""),
    ("my_gated_delta", lambda *a: tuple(x[:1] for x in gated_by_numpy(*a)), ""),
    ("my_gated_delta", lambda *a: (gated_by_numpy(*a)[0], gated_by_numpy(*a)[1].swapaxes(2, 3)), ""),
]


@pytest.mark.parametrize(("name", "answer", "words"), WRONG)
def test_a_wrong_answer_is_refused_and_a_mistake_in_other_words_is_recognised(name, answer, words):
    value = answer if callable(answer) else lambda: answer
    report = feedback(EXERCISES[name], value)
    assert report.startswith("✗") and words in report, report


# Right answers in another style


RIGHT = {
    "state_on_paper": lambda: torch.tensor([8, 14, 3.1, 5.8], dtype=torch.float64),
    "my_crossing": crossing_by_search,
    "faulty_states": lambda: "c, f, b, e, a",
    "my_undo": undo_by_solving,
    "my_gated_delta": gated_by_numpy,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)


def test_more_right_answers_pass():
    def by_matrices(query, key, value, decay, strength, matrix):
        out, S = [], matrix
        for q, k, v, g, beta in zip(*(x.unbind(1) for x in (query, key, value, decay, strength)), strict=True):
            back = torch.eye(k.shape[-1]).to(S) - (beta[..., None] * k)[..., None] * k[..., None, :]
            S = back @ (g.exp()[..., None] * S) + k[..., None] * (beta[..., None] * v)[..., None, :]
            out.append((S.mT @ q[..., None])[..., 0])
        return [torch.stack(out, dim=1), S]

    def rank_one(S, k, v, beta):
        square = beta * float(k.dot(k))
        return (
            None
            if square == 1
            else (S - beta * torch.outer(k, v))
            + (beta / (1 - square) * torch.outer(k, k) @ (S - beta * torch.outer(k, v)))
        )

    def by_bytes(kinds, G, D, cache_bits, H, K, V, state_bits):
        if "state" in kinds:
            return float(math.floor(Fraction(H * K * V * state_bits, 2 * G * D * cache_bits)) + 1)
        return None

    for name, answer in {"my_gated_delta": by_matrices, "my_undo": rank_one, "my_crossing": by_bytes}.items():
        assert feedback(EXERCISES[name], answer).startswith("✓"), name
    assert feedback(EXERCISES["faulty_states"], lambda: dict(enumerate("CFBEA", 1))).startswith("✓")
