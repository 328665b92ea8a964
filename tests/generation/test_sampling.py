"""The filters against transformers' processors, the draw against the probabilities, and clear errors."""

import math
from dataclasses import fields
from inspect import signature

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given
from models import random_model, token_ids
from scipy.stats import chisquare
from transformers import GenerationConfig
from transformers.generation import logits_process as theirs

from lessons_lib.generation import NGramDraft, Request, generate, generate_batch, speculate, stream
from lessons_lib.generation.sampling import (
    LogitsError,
    Sampler,
    SamplerSettings,
    apply_temperature,
    draw,
    min_p,
    repetition_penalty,
    softmax,
    top_k,
    top_p,
)

V = 53


def rows(kind: str, count: int = 300) -> torch.Tensor:
    """Score rows [count, V] of one kind: ordinary, with many ties, extreme, or almost flat."""
    generator = torch.Generator().manual_seed(len(kind))
    normal = torch.randn(count, V, generator=generator)
    return {
        "ordinary": normal * 3,
        "ties": (normal * 2).round(),
        "extreme": normal * 10.0 ** torch.randint(-6, 7, (count, 1), generator=generator),
        "flat": torch.zeros(count, V).where(normal > -1.5, torch.tensor(-torch.inf)),
    }[kind]


KINDS = ["ordinary", "ties", "extreme", "flat"]
IDS = torch.randint(V, (300, 7), generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("kind", KINDS)
def test_each_filter_equals_transformers(kind):
    scores = rows(kind)
    for t in (0.3, 1.0, 2.5):
        assert torch.equal(apply_temperature(scores, t), theirs.TemperatureLogitsWarper(t)(None, scores))
    for k in (1, 2, 10, V, 1000):
        assert torch.equal(top_k(scores, k), theirs.TopKLogitsWarper(k)(None, scores))
    for p in (0.0, 0.1, 0.5, 0.9, 0.999):
        assert torch.equal(top_p(scores, p), theirs.TopPLogitsWarper(p)(None, scores))
        assert torch.equal(min_p(scores, p), theirs.MinPLogitsWarper(p)(None, scores))
    for penalty in (0.5, 1.3):
        expected = theirs.RepetitionPenaltyLogitsProcessor(penalty)(IDS, scores)
        assert torch.equal(repetition_penalty(scores, IDS, penalty), expected)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("settings", [(0.7, 20, 0.9, 0.02, 1.2), (1.7, 5, 0.5, 0.1, 1.0), (1.0, None, 0.95, 0.0, 0.8)])
def test_the_sampler_filters_in_the_order_of_transformers(kind, settings):
    temperature, k, p, m, penalty = settings
    scores = rows(kind)
    config = GenerationConfig(
        do_sample=True, temperature=temperature, top_k=k or 0, top_p=p, min_p=m or None, repetition_penalty=penalty
    )
    expected = processors(config)(IDS, scores)
    assert torch.equal(
        Sampler(temperature=temperature, top_k=k, top_p=p, min_p=m, repetition_penalty=penalty).scores(scores, IDS),
        expected,
    )


def processors(config: GenerationConfig):
    """The list of processors that transformers' `generate` itself puts together."""
    from models import reference_llama

    model = reference_llama()
    model._prepare_special_tokens(config, kwargs_has_attention_mask=True)
    return model._get_logits_processor(config, input_ids_seq_length=7)


def test_temperature_before_top_p_is_not_the_same_as_after():
    scores = rows("ordinary")
    before = Sampler(temperature=3.0, top_p=0.9).scores(scores)
    after = apply_temperature(top_p(scores, 0.9), 3.0)
    assert (before.isfinite() != after.isfinite()).any()


def test_softmax_is_exact_and_survives_extremes():
    for kind in KINDS:
        expected = rows(kind).double().softmax(-1).float()
        torch.testing.assert_close(softmax(rows(kind)), expected, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(softmax(rows("ordinary").T, dim=0).T, softmax(rows("ordinary")))
    assert softmax(torch.tensor([1e38, -1e38, 0.0])).tolist() == [1.0, 0.0, 0.0]
    assert softmax(torch.tensor([3.0, 3.0], dtype=torch.bfloat16)).dtype == torch.float32


@given(st.floats(0.05, 20))
def test_two_formulas_for_temperature_agree(t):
    p = softmax(rows("ordinary", 20).double())
    powered = p ** (1 / t)
    torch.testing.assert_close(softmax(p.log() / t), powered / powered.sum(-1, keepdim=True), atol=1e-9, rtol=1e-9)


@given(st.integers(1, V), st.floats(0, 1))
def test_filters_keep_the_best_and_never_invent(k, p):
    scores = rows("ordinary", 20)
    for kept in (top_k(scores, k), top_p(scores, p), min_p(scores, p)):
        left = kept.isfinite()
        assert torch.equal(kept[left], scores[left])
        assert left.gather(1, scores.argmax(1, keepdim=True)).all()
        assert (scores.where(left, math.inf).amin(1) >= scores.where(~left, -math.inf).amax(1)).all()
    assert (top_k(scores, k).isfinite().sum(1) == k).all()
    total = softmax(scores).where(top_p(scores, p).isfinite(), 0).sum(1)
    assert (total >= p - 1e-5).all()


def test_frequencies_follow_the_probabilities():
    scores = torch.tensor([[2.0, 1.0, 0.5, 0.0, -1.0, -torch.inf, -3.0]])
    n = 20_000
    expected = softmax(scores / 1.3)[0].double()
    picks = draw(expected.expand(n, -1), [torch.Generator().manual_seed(3)] * n)
    counts = picks.bincount(minlength=7)
    possible = expected > 0
    assert counts[~possible].sum() == 0
    assert chisquare(counts[possible], expected[possible] / expected.sum() * n).pvalue > 0.01
    wrong = softmax(scores)[0].double()
    assert chisquare(counts[possible], wrong[possible] / wrong.sum() * n).pvalue < 1e-6


def test_a_draw_survives_differences_in_the_last_digits():
    """Another processor rounds otherwise; a seed must give the same text all the same."""
    scores = torch.randn(1, 50_000, generator=torch.Generator().manual_seed(0)) * 3
    other = scores + 3e-5 * torch.randn(scores.shape, generator=torch.Generator().manual_seed(1))
    first, second = (
        draw(softmax(s).expand(300, -1), [torch.Generator().manual_seed(seed) for seed in range(300)])
        for s in (scores, other)
    )
    assert len(first.unique()) > 100
    assert (first != second).sum() <= 1


def test_one_generator_a_row_and_the_same_seed_the_same_tokens():
    scores = rows("ordinary", 4)
    sampler, again = Sampler(temperature=1.0, seed=[1, 2, 3, 4]), Sampler(temperature=1.0, seed=[1, 2, 3, 4])
    first = torch.stack([sampler(scores) for _ in range(20)])
    assert torch.equal(first, torch.stack([again(scores) for _ in range(20)]))
    alone = Sampler(temperature=1.0, seed=3)
    assert torch.equal(first[:, 2:3], torch.stack([alone(scores[2:3]) for _ in range(20)]))
    assert not torch.equal(
        first[:, 0], torch.stack([Sampler(temperature=1.0, seed=9)(scores[:1]) for _ in range(20)])[:, 0]
    )
    with pytest.raises(ValueError, match="seed: got 1 for a batch of 4"):
        Sampler(temperature=1.0, seed=7)(scores)
    fresh = [Sampler(temperature=1.0)(rows("flat", 1)).item() for _ in range(20)]
    assert len(set(fresh)) > 1


@pytest.mark.parametrize("settings", [{"temperature": 0.0}, {"temperature": 1.0, "top_p": 0.0}])
def test_greedy_limits(settings):
    scores = rows("ordinary")
    assert torch.equal(Sampler(**settings)(scores), scores.argmax(-1))


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("bad", [[0.0, math.nan, 1.0], [0.0, math.inf, 1.0], [-math.inf] * 3])
def test_scores_that_are_no_distribution_are_refused(bad, temperature):
    scores = torch.stack([torch.zeros(3), torch.tensor(bad)])
    with pytest.raises(LogitsError, match="row 1"):
        Sampler(temperature=temperature, seed=[0, 1])(scores)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("temperature", -0.1),
        ("temperature", math.nan),
        ("temperature", math.inf),
        ("top_k", 0),
        ("top_p", 1.01),
        ("top_p", -0.5),
        ("min_p", 2.0),
        ("repetition_penalty", 0.0),
        ("repetition_penalty", math.nan),
    ],
)
def test_bad_settings_are_named(field, value):
    with pytest.raises(ValueError, match=f"{field}: got"):
        Sampler(**{field: value})


def test_a_penalty_needs_the_tokens_so_far():
    with pytest.raises(ValueError, match="token_ids: got None"):
        Sampler(repetition_penalty=1.1)(rows("ordinary"))


# Settings at their extremes: the limit that the formula has, or a named error; never silence


@pytest.mark.parametrize("kind", ["ordinary", "ties", "extreme"])
@pytest.mark.parametrize("temperature", [5e-324, 1e-300, 1e-50, 1e-40, 1e-38, 1e-12, 1e-6])
@pytest.mark.parametrize(
    "rest", [{}, {"top_k": 7}, {"top_p": 0.9}, {"min_p": 0.1}, {"top_k": 9, "top_p": 1e-300}], ids=str
)
def test_a_tiny_temperature_is_greedy(kind, temperature, rest):
    scores = rows(kind)
    scores[:, 3] = -math.inf
    best = scores.double() >= scores.double().amax(-1, keepdim=True) - 60 * temperature
    sampler = Sampler(temperature=temperature, **rest, seed=list(range(300)))
    assert best.gather(1, sampler(scores)[:, None]).all()


@pytest.mark.parametrize("temperature", [1e12, 1e38, 1e39, 1e300, 1.7976931348623157e308])
def test_a_huge_temperature_is_a_fair_choice_among_what_may_come(temperature):
    scores = torch.tensor([[3.0, -math.inf, 0.0, -2.0]])
    torch.testing.assert_close(
        softmax(Sampler(temperature=temperature).scores(scores)), torch.tensor([[1, 0, 1, 1]]) / 3
    )


@pytest.mark.parametrize("penalty", [1e-300, 1e-45, 1e-20, 1e20, 1e45, 1e300])
@pytest.mark.parametrize("temperature", [0.0, 1e-40, 1.0])
def test_an_extreme_penalty_does_what_its_formula_says_or_says_that_it_cannot(penalty, temperature):
    generator = torch.Generator().manual_seed(0)
    for seed in range(40):
        scores = torch.randn(1, V, generator=generator) * 10.0 ** float(torch.randint(-3, 4, (1,), generator=generator))
        scores[0, :5] = torch.tensor([0.0, -math.inf, 1e30, -1e30, 1e-30])[torch.randperm(5, generator=generator)]
        seen = torch.randint(V, (1, 9), generator=generator)
        old = scores.double()[0, seen[0]]
        exact = scores.double()[0].index_put((seen[0],), torch.where(old < 0, old * penalty, old / penalty))
        sampler = Sampler(temperature=temperature, repetition_penalty=penalty, seed=seed)
        if exact.max() > 3e38 or penalty < 1e-30:  # beyond float32, the scores' own or the penalty's
            with pytest.raises(LogitsError, match="after all filters"):
                sampler(scores, seen)
            continue
        token = int(sampler(scores, seen))
        near = exact.max() - 1e-6 * exact.max().abs() - (60 if temperature == 1 else 1e-30)
        assert exact[token] >= near


MISTAKES = {
    "temperature": [-1, math.nan, math.inf, "1", None, [1.0], True, 1j, torch.tensor(1.0), 10**400],
    "top_k": [0, -1, 2.0, "5", True, [5], math.nan, torch.tensor([1, 2]), torch.tensor(2.0)],
    "top_p": [-0.1, 1.1, math.nan, math.inf, "0.9", None, True, [0.9]],
    "min_p": [-0.1, 1.1, math.nan, "0.1", None, False],
    "repetition_penalty": [0, 0.0, -1.1, math.nan, math.inf, "1.1", None, True, 10**400],
    "seed": [2**64, -(2**63) - 1, 1.5, "1", True, [1, 2.5], [None], 10**5000, b"1"],
}


@pytest.mark.parametrize(("field", "n"), [(field, n) for field, values in MISTAKES.items() for n in range(len(values))])
def test_mistakes_are_named_when_a_sampler_is_made(field, n):
    with pytest.raises(ValueError, match=rf"^{field}(\[\d\])?: got .{{1,90}}, allowed ") as caught:
        Sampler(**{field: MISTAKES[field][n]})
    assert "\n" not in str(caught.value)


def test_numbers_come_in_many_forms():
    half, two = np.float32(0.5), np.int64(2)
    given = Sampler(temperature=half, top_k=two, top_p=half, min_p=np.float64(0.1), repetition_penalty=2, seed=two)
    plain = Sampler(temperature=0.5, top_k=2, top_p=0.5, min_p=0.1, repetition_penalty=2.0, seed=2)
    assert given == plain and type(given.seed) is int
    scores = rows("ordinary", 1)
    assert given(scores, IDS[:1]) == plain(scores, IDS[:1])
    for seed in (0, -1, -(2**63), 2**64 - 1, np.uint64(2**64 - 1), torch.tensor(3)):
        assert Sampler(temperature=1.0, seed=seed)(scores) == Sampler(temperature=1.0, seed=int(seed))(scores)
    for seeds in ((1, 2), range(1, 3), np.array([1, 2]), torch.tensor([1, 2])):
        assert Sampler(temperature=1.0, seed=seeds).seed == [1, 2]
    assert torch.equal(Sampler(temperature=1.0, top_k=10**30).scores(scores), scores)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize(
    "logits", [torch.zeros(s) for s in (V, (1, 2, V), (0, V), (1, 0))] + [np.zeros((1, V)), [[0.0]]]
)
def test_scores_of_another_shape_are_named(logits, temperature):
    with pytest.raises(ValueError, match=r"logits: got .*, allowed .*\[B, V\]"):
        Sampler(temperature=temperature, seed=0)(logits)


def test_tokens_of_another_shape_are_named():
    for ids in (IDS[:2], IDS[0], IDS[:1].tolist()):
        with pytest.raises(ValueError, match=r"token_ids: got .*, allowed a tensor \[1, 'T'\]"):
            Sampler(repetition_penalty=1.1)(rows("ordinary", 1), ids)


FILTERS = {
    "temperature": lambda scores: apply_temperature(scores, 0.7),
    "top_k": lambda scores: top_k(scores, 3),
    "top_p": lambda scores: top_p(scores, 0.4),
    "top_p of nothing": lambda scores: top_p(scores, 0.0),
    "min_p": lambda scores: min_p(scores, 0.9),
    "min_p of one": lambda scores: min_p(scores, 1.0),
}


@pytest.mark.parametrize("kind", ["ordinary", "ties", "extreme", "flat"])
@pytest.mark.parametrize("name", FILTERS)
def test_laws_of_a_filter(name, kind):
    """A highest score stays, what is forbidden stays so, rows stand alone, and nothing that was given is changed."""
    scores = rows(kind).masked_fill(torch.rand(300, V, generator=torch.Generator().manual_seed(1)) < 0.4, -math.inf)
    scores[:, 7] = 0.5  # something to choose from
    given = scores.clone()
    filtered = FILTERS[name](scores)
    assert torch.equal(scores, given) and not filtered.isnan().any()
    assert torch.equal(scores.gather(-1, filtered.argmax(-1, keepdim=True))[:, 0], scores.amax(-1))
    assert filtered[scores == -math.inf].eq(-math.inf).all()
    assert torch.equal(FILTERS[name](scores[3:4]), filtered[3:4])


EFFECTS = {"temperature": 0.7, "top_k": 2, "top_p": 0.5, "min_p": 0.5, "repetition_penalty": 1.5}


def test_every_setting_is_said_tried_and_obeyed():
    settings = set(SamplerSettings.__annotations__) - {"logits_processor"}  # whose mistakes and effects follow below
    assert settings == MISTAKES.keys(), "a setting of Sampler needs bad values in MISTAKES"
    filters = {name.partition(" ")[0] for name in FILTERS}
    assert settings - {"seed"} == filters | {"repetition_penalty"}, "a filter needs its laws proved in FILTERS"
    assert settings - {"seed"} == EFFECTS.keys(), "a setting of Sampler needs a value that shows in EFFECTS"
    for name in settings:
        assert f"{name}: " in Sampler.__doc__, f"{name} needs a line in the docstring of Sampler"
    scores = rows("ordinary", 1)
    plain = Sampler(temperature=1.0).scores(scores, IDS[:1])
    for name, value in EFFECTS.items():
        moved = Sampler(**({"temperature": 1.0} | {name: value})).scores(scores, IDS[:1])
        assert not torch.equal(moved, plain), f"{name} changes nothing: does _filter of Sampler ask it?"


def test_settings_are_written_once_for_all_who_pass_them_on():
    """`SamplerSettings` is the face of `Sampler`; generate, stream and speculate take all of it."""
    ours = {field.name: field.type for field in fields(Sampler) if field.init}
    said = "SamplerSettings in sampling.py and the fields of Sampler have to be the same"
    assert ours == {name: type_.__forward_arg__ for name, type_ in SamplerSettings.__annotations__.items()}, said
    for function in (generate, stream, speculate):
        assert "Unpack[SamplerSettings]" in str(signature(function).parameters["settings"])
        assert not ours.keys() & signature(function).parameters.keys()


def test_settings_are_given_by_name():
    with pytest.raises(TypeError):
        Sampler(1.0)
    model = random_model()
    with pytest.raises(TypeError):
        generate(model, [1, 2], 5, 1.0)
    with pytest.raises(TypeError, match="temprature"):
        generate(model, [1, 2], temprature=1.0)


def even_only(scores: torch.Tensor) -> torch.Tensor:
    scores[:, 1::2] = -math.inf  # in place, on purpose
    return scores


@pytest.mark.parametrize("settings", [{}, {"repetition_penalty": 1.3}, {"temperature": 0.9, "top_k": 9, "seed": 3}])
def test_a_function_of_ones_own_comes_first_everywhere(settings):
    model, ids = random_model(), token_ids(1, 7)[0].tolist()
    ways = [
        generate(model, ids, 20, stop_token_ids=(), logits_processor=even_only, **settings),
        (
            token.id
            for _, token in generate_batch(
                model, [Request(ids, 20, Sampler(logits_processor=even_only, **settings), stop_token_ids=())]
            )
            if token.id is not None
        ),
    ]
    if "temperature" not in settings:
        ways.append(speculate(model, ids, NGramDraft(), 20, stop_token_ids=(), logits_processor=even_only, **settings))
    first, *others = map(list, ways)
    assert len(first) == 20 and not any(token % 2 for token in first) and all(other == first for other in others)
    assert first != list(generate(model, ids, 20, stop_token_ids=(), **settings))


def test_a_function_of_ones_own_leaves_the_scores_of_the_model_alone():
    scores = rows("ordinary")
    given = scores.clone()
    sampler = Sampler(logits_processor=even_only)
    assert torch.equal(sampler(scores), scores[:, ::2].argmax(-1) * 2) and torch.equal(scores, given)
    request = Request([1, 2, 3], 4, sampler, logprobs=97)
    for _, token in generate_batch(random_model(), [request]):
        assert token.id is None or max(token.top_logprobs.values()) > -math.inf < min(token.top_logprobs.values())
    hotter = Sampler(temperature=2.0, logits_processor=lambda scores: scores + 1)
    assert torch.equal(hotter.scores(scores), (scores + 1) / 2)  # before the temperature


@pytest.mark.parametrize(
    ("processor", "message"),
    [
        (lambda scores: scores[0], r"logits_processor: got shape \[53\] from it, allowed a tensor \[300, 53\]"),
        (lambda scores: None, "logits_processor: got None from it, allowed a tensor"),
        (lambda scores: scores.tolist(), "logits_processor: got .* from it, allowed a tensor"),
        (lambda scores: scores * math.nan, "row 0 has the maximum nan after logits_processor"),
        (lambda scores: scores.fill_(-math.inf), "row 0 has the maximum -inf after logits_processor"),
    ],
)
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_what_a_function_of_ones_own_may_not_give(processor, message, temperature):
    with pytest.raises(ValueError, match=message):
        Sampler(temperature=temperature, seed=[*range(300)], logits_processor=processor)(rows("ordinary"))
    with pytest.raises(ValueError, match="logits_processor: got 'top_k', allowed None or a function"):
        Sampler(logits_processor="top_k")
