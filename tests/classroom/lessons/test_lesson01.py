"""The solutions of lesson 01 against libraries that nobody here wrote, and the same mistakes in other words."""

import math

import numpy as np
import pytest
import scipy.special
import torch
from classroom.styles import accept, refuse
from effort import examples
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

import lessons_lib
from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson01
from lessons_lib.classroom.lessons.lesson01 import sampler as building
from lessons_lib.classroom.lessons.lesson01.bits_per_letter import my_bits_per_letter
from lessons_lib.classroom.lessons.lesson01.sampler import SKY, my_sampler
from lessons_lib.classroom.lessons.lesson01.several import draw_several
from lessons_lib.classroom.lessons.lesson01.softmax import my_softmax
from lessons_lib.classroom.lessons.lesson01.stays_in import my_numbers
from lessons_lib.classroom.lessons.lesson01.top_p import my_top_p
from lessons_lib.generation import Sampler, generate, sampling

# Hundredths: scores closer than a float can tell apart after softmax would be ties for one side only.
SCORES = st.lists(st.integers(-900, 900).map(lambda n: n / 100), min_size=2, max_size=11, unique=True)
EXERCISES = {exercise.id: exercise for exercise in lesson01.EXERCISES}


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=7), st.integers(1, 3))
@settings(max_examples=examples(50))
def test_softmax_equals_scipy(scores, rows):
    block = torch.tensor([scores] * rows)
    expected = torch.from_numpy(scipy.special.softmax(block.double().numpy(), axis=-1))
    torch.testing.assert_close(my_softmax(block).double(), expected, rtol=1e-3, atol=1e-6)


@given(SCORES, st.floats(0.05, 0.95))
@settings(max_examples=examples(50))
def test_top_p_equals_transformers_and_the_library(scores, threshold):
    p = torch.tensor(scores).softmax(-1)
    totals = p.sort(descending=True).values.cumsum(0)
    assume((totals - threshold).abs().min() > 1e-4)  # nearer, rounding decides; the exercise has the exact cases
    expected = TopPLogitsWarper(threshold)(None, p.log()[None]).softmax(-1)[0]
    torch.testing.assert_close(my_top_p(p, threshold), expected, rtol=1e-3, atol=1e-6)
    library = sampling.softmax(sampling.top_p(torch.tensor(scores), threshold))
    torch.testing.assert_close(my_top_p(p, threshold), library, rtol=1e-3, atol=1e-6)


def test_of_sixty_texts_48_hold_a_rare_token_and_18_one_from_far_down_the_list():
    model, tokenizer = lessons_lib.load("smollm2-135m-instruct", progress=False)
    before = tokenizer.encode("The sun is shining, and the sky is")
    rare = far = 0
    for after in draw_several(model, before, 30, seeds=range(60), temperature=1.0):
        with torch.no_grad():
            chances = model(torch.tensor([before + after]))[0, len(before) - 1 : -1].softmax(-1)
        taken = chances[range(len(after)), after]
        rare += bool((taken < 1 / 1000).any())
        far += bool(((chances > taken[:, None]).sum(-1) >= 1000).any())
    assert (rare, far) == (48, 18)


def test_the_numbers_on_paper_are_those_of_transformers():
    scores = torch.tensor([[0.40, 0.25, 0.20, 0.10, 0.05]]).log()
    top_p = TopPLogitsWarper(0.75)
    kept = [
        TopKLogitsWarper(2)(None, scores),
        top_p(None, scores),
        sampling.min_p(scores, 0.2),
        top_p(None, TopKLogitsWarper(3)(None, scores)),
    ]
    assert my_numbers() == [int(row.isfinite().sum()) for row in kept]


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=20), st.text(min_size=1, max_size=30))
@settings(max_examples=examples(50))
def test_bits_are_the_cross_entropy_in_other_units(probabilities, text):
    p = torch.tensor(probabilities, dtype=torch.float64)
    nats = torch.nn.functional.nll_loss(p.log()[:, None], torch.zeros(len(p), dtype=torch.long), reduction="sum")
    assert my_bits_per_letter(probabilities, text) == pytest.approx(nats.item() / math.log(2) / len(text))


def test_the_sampler_draws_with_the_probabilities_that_transformers_gives():
    scores, T, k, p = torch.tensor([2.0, 0.5, 1.5, -1.0, 1.0]), 1.3, 4, 0.85
    logits = scores[None]
    for processor in (TemperatureLogitsWarper(T), TopKLogitsWarper(k), TopPLogitsWarper(p)):
        logits = processor(None, logits)
    draws = 2000
    counts = [0] * len(scores)
    for step in range(draws):
        counts[my_sampler(scores, T, k, p, (step + 0.5) / draws)] += 1
    torch.testing.assert_close(torch.tensor(counts) / draws, logits.softmax(-1)[0], rtol=0, atol=1.5 / draws)


def exactly(scores, k):
    """The library's top-k keeps what ties with the last one; the exercise wants exactly k."""
    places = scores.argsort(descending=True, stable=True)[:k]
    return torch.full_like(scores, -torch.inf).index_copy(0, places, scores[places])


def by_the_library(scores, T, k, p, u):
    """The library's filters, and a dart in place of its race."""
    if T == 0:
        return int(Sampler()(scores[None]))
    kept = sampling.top_p(exactly(scores / T, k)[None], p)[0]
    chances = sampling.softmax(kept).double().numpy()
    return min(int(np.searchsorted(np.cumsum(chances), u, side="right")), int(np.flatnonzero(chances)[-1]))


def in_numpy(scores, T, k, p, u):
    """Full precision, a loop over the tokens, and an array as the answer."""
    scores = np.array(scores.tolist())
    if T == 0:
        return np.array([scores.argmax()])
    chances = scipy.special.softmax(scores / T)
    order = np.argsort(-chances, kind="stable")
    chances[order[k:]] = 0
    chances /= chances.sum()
    total = 0.0
    for place, token in enumerate(order[:k]):
        if total >= p:
            chances[order[place:]] = 0
            break
        total += chances[token]
    chances /= chances.sum()
    total = 0.0
    for token in np.flatnonzero(chances):
        total += chances[token]
        if total > u:
            break
    return np.array([token])


def disturbed(scores, *settings):
    """As on another processor, where the last digits differ, and far worse; equal scores stay equal there too."""
    noise = torch.randn(len(scores), generator=torch.Generator().manual_seed(0))
    return my_sampler(scores + 1e-4 * noise * bool(scores.std() > 0), *settings)


def of_ties_the_last(scores, T, k, p, u):
    """Sorted backwards, so that of equal scores the last ones stay."""
    if T == 0:
        return scores.argmax()
    chances = scipy.special.softmax(scores.numpy() / T)
    order = np.argsort(chances, kind="stable")[::-1]
    chances[order[k:]] = 0
    chances /= chances.sum()
    chances[order[np.searchsorted(np.cumsum(chances[order]), p) + 1 :]] = 0
    chances /= chances.sum()
    return min(np.searchsorted(np.cumsum(chances), u, side="right"), np.flatnonzero(chances)[-1])


def in_logarithms(scores, T, k, p, u):
    if T == 0:
        return scores.argmax()
    logs = torch.log_softmax(scores / T, -1)
    order = logs.argsort(descending=True)
    logs[order[k:]] = -torch.inf
    logs = logs - logs.logsumexp(-1)
    logs[order[int((logs[order].exp().cumsum(0) < p).sum()) + 1 :]] = -torch.inf
    totals = (logs - logs.logsumexp(-1)).exp().cumsum(0)
    return min((totals <= u).sum(), logs.isfinite().nonzero()[-1, 0])


def in_lists(scores, T, k, p, u):
    """Pure Python: the dart walks from piece to piece."""
    if T == 0:
        return max(range(len(scores)), key=lambda i: scores[i])
    weights = (scores.double() / T).softmax(0).tolist()
    ids = sorted(range(len(weights)), key=lambda i: (-weights[i], i))[:k]
    need, stay, total = p * sum(weights[i] for i in ids), [], 0.0
    for i in ids:
        if total < need:
            stay.append(i)
            total += weights[i]
    dart, end = u * total, 0.0  # the dart is scaled in place of the pieces
    for i in sorted(stay):
        end += weights[i]
        if end > dart:
            return i
    return max(stay)


@pytest.mark.parametrize("other", [by_the_library, in_numpy, disturbed, in_lists, of_ties_the_last, in_logarithms])
def test_the_building_exercise_writes_what_the_library_writes(other):
    assert feedback(EXERCISES["sampler"], other).startswith("✓")


def test_its_greedy_text_is_that_of_generate(smollm2):
    model, tokenizer = smollm2
    [_, *case] = (SKY, 0.0, building.EVERYTHING, 1.0, building.DARTS)
    expected = list(generate(model, tokenizer.encode(SKY), len(building.DARTS)))
    assert [int(said.split()[0]) for said in building.written(my_sampler, SKY, *case).values()] == expected


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda *_: "blue", "must return one token id"),
        (lambda *_: 1.5, "must return one token id"),
        (lambda *_: [1, 2], "must return one token id"),
        (lambda *_: 60_000, "your sampler returned the id 60000; ids go from 0 to 4"),
        (lambda *_: -1, "your sampler returned the id -1"),
        (lambda scores, *_: len(scores), "your sampler returned the id 5; ids go from 0 to 4"),
        (lambda scores, T, k, p, u: scores.softmax(-1), "must return one token id"),
        (lambda scores, T, k, p, u: print(scores.argmax()), "returned nothing"),
    ],
)
def test_what_is_no_token_is_said(answer, words):
    report = feedback(EXERCISES["sampler"], answer)
    assert report.startswith("✗") and words in report


@pytest.mark.parametrize("name", ["by_multinomial", "heats_in_place", "without_the_limit"])
def test_what_the_check_itself_refuses_is_no_error_of_the_learners_code(name):
    report = feedback(EXERCISES["sampler"], globals()[name])
    assert report.startswith("✗") and "your sampler" in report and "raised" not in report


def test_the_sampler_is_tried_on_rows_for_paper_first():
    report = feedback(EXERCISES["sampler"], top_p_before_top_k)
    assert "given = (0.5, 2, 1.5, 3, 1)" in report or "given = (1, -0.5, -1, 0, 2.5)" in report


# The learner writes the same mistakes differently; the words must be the same.


def overflow_by_list(scores):
    flat = scores.reshape(-1, scores.shape[-1])
    rows = [[torch.exp(x) / torch.exp(r).sum() for x in r] for r in flat]
    return torch.tensor(rows).reshape(scores.shape)


def loop_top_p(p, threshold):
    """Leaves the token out that would carry the total over the threshold."""
    p = p.tolist()
    kept, total = [], 0.0
    for i in sorted(range(len(p)), key=lambda i: -p[i]):
        if total + p[i] > threshold and kept:
            break
        kept.append(i)
        total += p[i]
    return [p[i] / total if i in kept else 0.0 for i in range(len(p))]


def hot_after_the_filters(scores, T, k, p, u):
    if T == 0:
        return scores.argmax()
    kept = sampling.top_p(exactly(scores, k)[None], p)[0] / T
    return int((kept.softmax(-1).cumsum(0) <= u).sum())


def kept_tokens_alone(p, threshold):
    ordered = p.sort(descending=True).values
    kept = ordered[: int((ordered.cumsum(0) < threshold).sum()) + 1]
    return kept / kept.sum()


def mask_of_the_sorted_row(p, threshold):
    ordered = np.sort(p.numpy())[::-1]
    kept = p.numpy() * (np.cumsum(ordered) - ordered < threshold)
    return kept / kept.sum()


def without_a_case_for_zero(scores, T, k, p, u):
    chances = (scores / T).softmax(-1)
    order = chances.argsort(descending=True)
    chances[order[k:]] = 0
    chances /= chances.sum()
    chances[order[int((chances[order].cumsum(0) < p).sum()) + 1 :]] = 0
    return ((chances / chances.sum()).cumsum(0) <= u).sum()


def before_the_crossing(scores, T, k, p, u):
    if T == 0:
        return scores.argmax()
    chances = (scores / T).softmax(-1)
    order = chances.argsort(descending=True)
    chances[order[k:]] = 0
    chances /= chances.sum()
    chances[order[chances[order].cumsum(0) > p]] = 0
    return ((chances / chances.sum()).cumsum(0) <= u).sum()


def naive_rows(scores):
    return scores.exp() / scores.exp().sum(-1, keepdim=True)


def places_below_a_count(p, threshold):
    order = p.argsort(descending=True).numpy()
    kept = p.numpy() * (order <= (np.cumsum(p.numpy()[order]) < threshold).sum())
    return kept / kept.sum()


def section_seven_on_chances(p, threshold):
    order = p.argsort(descending=True)
    stay = order[: int((p[order].cumsum(0) < threshold).sum()) + 1]
    kept = torch.full_like(p, -torch.inf)
    kept[stay] = p[stay]
    return torch.softmax(kept, 0)


def ties_stay(scores, T, k, p, u):
    if T == 0:
        return scores.argmax()
    scores = scores / T
    chances = torch.where(scores < scores.topk(min(k, len(scores))).values[-1], -torch.inf, scores).softmax(0)
    return int((my_top_p(chances, p).cumsum(0) <= u).sum())


def heats_in_place(scores, T, k, p, u):
    scores /= T or 1
    return my_sampler(scores, min(T, 1), k, p, u)


def never_shares_out(scores, T, k, p, u):
    if T == 0:
        return scores.argmax()
    chances = (scores / T).softmax(-1)
    order = chances.argsort(descending=True)
    chances[order[k:]] = 0
    chances[order[int((chances[order].cumsum(0) < p).sum()) + 1 :]] = 0
    return int((chances.cumsum(0) > u).int().argmax())


def up_to_the_threshold(scores, T, k, p, u):
    if T == 0:
        return scores.argmax()
    chances = (scores / T).softmax(-1)
    order = chances.argsort(descending=True)
    chances[order[k:]] = 0
    chances = chances / chances.sum()
    chances[order[max(1, int((chances[order].cumsum(0) < p).sum())) :]] = 0
    chances = chances / chances.sum()
    return min(int((chances.cumsum(0) <= u).sum()), int(chances.nonzero()[-1]))


def likeliest_piece_first(scores, T, k, p, u):
    if T == 0:
        return scores.argmax()
    chances, ids = (scores / T).softmax(-1).topk(min(k, len(scores)))
    chances = chances / chances.sum()
    count = int((chances.cumsum(0) < p).sum()) + 1
    return ids[int((chances[:count] / chances[:count].sum()).cumsum(0).le(u).sum())]


def by_multinomial(scores, T, k, p, u):
    if T == 0:
        return scores.argmax()
    return torch.multinomial(Sampler(temperature=T, top_k=k, top_p=p).scores(scores[None])[0].softmax(-1), 1)


def behind_the_last_piece(scores, T, k, p, u):
    if T == 0:
        return scores.argmax()
    totals = torch.softmax(sampling.top_p(exactly(scores / T, k)[None], p)[0], -1).cumsum(0)
    return min(torch.searchsorted(totals, torch.tensor(u), right=True), torch.tensor(len(totals) - 1))


def no_more_than_there_are(scores, T, k, p, u):
    if T == 0:
        return scores.argmax()
    values, ids = scores.topk(k)
    return my_sampler(torch.full_like(scores, -torch.inf).index_copy(0, ids, values), T, k, p, u)


def in_steps(again, share=True, more=1, unsorted=False, k_last=False):
    """A sampler as a learner writes it, step by step, with one step wrong."""

    def sampler(scores, T, k, p, u):
        if T == 0:
            return scores.argmax()
        chances = torch.softmax(scores / T, 0)

        def first_k():
            chances[chances.argsort(descending=True)[k:]] = 0
            return again(chances, 0) if share else chances

        def enough():
            ids = chances.argsort(descending=True)
            totals = (chances if unsorted else chances[ids]).cumsum(0)
            chances[ids[int((totals < p).sum()) + more :]] = 0
            return chances / chances.sum()

        for step in (enough, first_k) if k_last else (first_k, enough):
            chances = step()
        hit = (chances.cumsum(0) <= u).sum()
        return min(hit, chances.nonzero().max())

    return sampler


def by_the_sum(chances, dim):
    return chances / chances.sum(dim)


def of_what_is_left(chances, dim):
    return torch.where(chances > 0, chances, -torch.inf).softmax(dim)


top_p_before_top_k = in_steps(by_the_sum, k_last=True)


def without_the_limit(scores, T, k, p, u):
    """Raises nothing: behind the last piece it counts one id too many."""
    if T == 0:
        return scores.argmax()
    kept = sampling.top_p(exactly(scores / T, k)[None], p)[0].softmax(-1).double()
    return (kept.cumsum(0) * (1 - 1e-7) <= u).sum()


def score_at_zero(scores, T, k, p, u):
    return int(max(scores)) if T == 0 else my_sampler(scores, T, k, p, u)


def nothing_left(scores, T, k, p, u):
    if T == 0:
        return scores.argmax()
    chances = (scores / T).softmax(-1)
    order = chances.argsort(descending=True)
    chances[order[k:]] = 0
    chances /= chances.sum()
    chances[order[(chances[order].cumsum(0) < p).sum() :]] = 0
    chances /= chances.sum()
    return min((chances.cumsum(0) <= u).sum(), chances.nonzero()[-1, 0])


def with_softmax(softmax, at_zero=lambda T: T == 0, T_used=lambda T: T, least=0, reached=torch.lt):
    """A sampler that is right but for the parts handed over."""

    def sampler(scores, T, k, p, u):
        if at_zero(T):
            return scores.argmax()
        chances = softmax(scores / T_used(T))
        order = chances.argsort(descending=True)
        chances[order[k:]] = 0
        chances = chances / chances.sum()
        chances[order[max(least, int(reached(chances[order].cumsum(0), p).sum()) + 1) :]] = 0
        chances = chances / chances.sum()
        return min((chances.cumsum(0) <= u).sum(), chances.nonzero()[-1, 0])

    return sampler


def naive_softmax(scores):
    return scores.exp() / scores.exp().sum()


def standard_softmax(scores):
    return scores.softmax(-1)


def walks_up_to_the_dart(scores, T, k, p, u):
    """Walks from piece to piece, and stops where the total reaches the dart."""
    if T == 0:
        return scores.argmax()
    chances = sampling.top_p(exactly(scores / T, k)[None], p)[0].softmax(-1).tolist()
    total = 0.0
    for token, chance in enumerate(chances):
        total += chance
        if chance and total >= u:
            return token
    return max(token for token, chance in enumerate(chances) if chance)


def until_it_is_reached(p, threshold):
    kept, total = torch.zeros_like(p), 0.0
    for place in p.argsort().tolist():
        if total >= threshold:
            break
        kept[place], total = p[place], total + p[place]
    return kept / kept.sum()


def at_least_two(p, threshold):
    totals = 0.0
    kept = torch.zeros_like(p)
    for n, place in enumerate(p.argsort(descending=True).tolist()):
        if totals < threshold or n < 2:
            kept[place] = p[place]
        totals += float(p[place])
    return kept / kept.sum()


def forever(p, threshold):
    order, kept = p.argsort(descending=True), []
    while sum(p[kept]) < threshold:
        kept.append(int(order[len(kept)]))
    return [float(x / p[kept].sum()) if i in kept else 0.0 for i, x in enumerate(p)]


def to_two_digits(p, threshold):
    order = p.argsort(descending=True)
    last = next((n for n in range(len(p)) if round(float(p[order[: n + 1]].sum()), 2) >= threshold), len(p) - 1)
    kept = torch.zeros_like(p)
    kept[order[: last + 1]] = p[order[: last + 1]]
    return kept / kept.sum()


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("softmax", lambda s: s.exp() / s.exp().sum(1, keepdim=True), "A row alone has one axis"),
        ("softmax", lambda s: s - s.logsumexp(-1, keepdim=True), "leave the logarithm out"),
        ("softmax", lambda s: (s.exp() / torch.sum(torch.exp(s), -1, True)).nan_to_num(nan=1.0), "nan was replaced"),
        ("stays_in", [2, 3, 4, 1], "has 0.47, which does not reach"),
        ("top_p", until_it_is_reached, "from the rarest token upwards"),
        ("top_p", forever, "runs on when no token is left"),
        ("top_p", to_two_digits, "without rounding"),
        ("bits_per_letter", lambda c, text: -np.log2(c).mean() / len(text), "shared out twice"),
        ("softmax", lambda s: naive_rows(s - s.mean(-1, keepdim=True)), "the mean of a row"),
        ("softmax", lambda s: naive_rows(s - s.min(-1, keepdim=True)[0]), "its smallest score"),
        (
            "softmax",
            lambda s: 1 / (1 / s.softmax(-1) + 1e-3 * (s.amax(-1, True) - s).exp()),
            "a number is added to the sum",
        ),
        (
            "softmax",
            lambda s: torch.exp2(s - s.amax(-1, True)) / torch.exp2(s - s.amax(-1, True)).sum(-1, True),
            "takes e",
        ),
        ("softmax", lambda s: naive_rows(s / s.max(-1, keepdim=True)[0]), "divided before exp"),
        ("stays_in", (3, 3, 4, 2), "top-k 2 keeps two words"),
        ("top_p", places_below_a_count, "A place says where"),
        ("bits_per_letter", lambda c, text: -np.log2(c).sum() // len(text), "divide with /"),
        ("bits_per_letter", lambda c, text: -np.log2(c).sum() / len({*text}), "counts once"),
        ("break_top_p", ([0, 0.5, 0.5], 0.5), "At no threshold"),
        ("sampler", with_softmax(naive_softmax), "leave the range of a float at this small T"),
        ("sampler", with_softmax(lambda s: naive_softmax(s - s.mean())), "leave the range of a float at this small T"),
        ("sampler", with_softmax(lambda s: naive_softmax(s.clamp(max=80))), "all but equal"),
        ("sampler", with_softmax(standard_softmax, lambda T: T < 0.2), "a small T is taken for 0"),
        ("sampler", with_softmax(standard_softmax, lambda T: False, lambda T: max(T, 0.1)), "T = 0 is replaced"),
        ("sampler", with_softmax(standard_softmax, lambda T: False, lambda T: max(T, 0.01)), "T = 0 is replaced"),
        ("sampler", with_softmax(standard_softmax, T_used=lambda T: max(T, 0.2)), "all but equal"),
        ("sampler", with_softmax(standard_softmax, least=2), "at least two tokens stay"),
        ("sampler", with_softmax(standard_softmax, reached=torch.le), "reaching it is enough"),
        ("sampler", walks_up_to_the_dart, "a dart that meets the end"),
        ("sampler", behind_the_last_piece, "a dart just below 1"),
        ("sampler", no_more_than_there_are, "k larger than the number of tokens"),
        ("sampler", score_at_zero, "Asked for is its place"),
        ("sampler", nothing_left, "drops the token that carries the total"),
        ("sampler", top_p_before_top_k, "either it comes before top-k"),
        ("sampler", in_steps(by_the_sum, share=False), "either it comes before top-k"),
        ("sampler", in_steps(by_the_sum, unsorted=True), "in the order of the ids. Go from the likeliest down"),
        ("sampler", in_steps(of_what_is_left), "softmax is used once more"),
        ("sampler", in_steps(by_the_sum, more=2), "one token more than it needs"),
        ("sampler", in_steps(by_the_sum, more=0), "drops the token that carries the total"),
        ("softmax", lambda s: s.exp() / s.exp().max(-1, True).values, "divide by the largest"),
        ("softmax", lambda s: s.exp() / s.exp().sum(-1, True).add(1e-9), "a small number is added"),
        ("top_p", at_least_two, "at least two tokens stay"),
        ("stays_in", [2, 2, 4, 3], "share the whole"),
        ("stays_in", [2, 2, 4, 3], "does not reach"),
        ("softmax", overflow_by_list, "subtract the largest score of each row first"),
        (
            "softmax",
            lambda s: torch.exp(s - torch.max(s)) / torch.exp(s - torch.max(s)).sum(-1, True),
            "largest score of the whole",
        ),
        ("softmax", lambda s: torch.exp(s - torch.max(s, dim=-1, keepdim=True)), "take .values, or amax"),
        ("softmax", lambda s: s.clamp(max=50).exp() / s.clamp(max=50).exp().sum(-1, True), "down to a limit"),
        ("stays_in", lambda: (2, 3, 4, 3), "share the whole"),
        ("stays_in", [2, 2, 4, 2], "0.65, which does not reach"),
        ("stays_in", [2, 4, 4, 2], "make 0.85, and that is enough"),
        ("stays_in", [2, 3, 5, 2], "0.05 lies below it"),
        ("stays_in", [2, 3, 2, 2], "Its bar is 0.2 times"),
        ("top_p", loop_top_p, "dropped the token that crosses"),
        ("top_p", kept_tokens_alone, "one place for each token"),
        ("top_p", mask_of_the_sorted_row, "wherever it stood"),
        ("top_p", lambda p, t: torch.softmax(my_top_p(p, t), 0), "by softmax"),
        ("top_p", lambda p, t: (p * (my_top_p(p, t) > 0)).softmax(0), "by softmax"),
        ("top_p", section_seven_on_chances, "by softmax"),
        ("top_p", lambda p, t: sampling.top_p(p, t), "as section 7 has it"),
        ("top_p", lambda p, t: sampling.softmax(sampling.top_p(p, t)), "as section 7 has it"),
        ("top_p", lambda p, t: [x or -math.inf for x in p.where(my_top_p(p, t) > 0, 0)], "its chance is 0"),
        ("bits_per_letter", lambda c, text: -math.log2(sum(c)) / len(text), "took one logarithm"),
        ("bits_per_letter", lambda c, text: -np.log2(c).sum() / max(1, sum(map(str.isalpha, text))), "letters alone"),
        ("sampler", ties_stay, "first k places"),
        ("sampler", heats_in_place, "work on a copy"),
        ("sampler", never_shares_out, "do not sum to 1"),
        ("sampler", up_to_the_threshold, "drops the token that carries the total"),
        ("sampler", likeliest_piece_first, "in the order of likelihood"),
        ("stays_in", "2 3 4 2", "not a list of four"),
        ("stays_in", [2, 3, 4], "a list of 3"),
        ("top_p", lambda p, t: np.where(p >= t * max(p), p, 0) / sum(x for x in p if x >= t * max(p)), "That is min-p"),
        ("bits_per_letter", lambda c, text: -np.log2(c).sum() / len(bytes(text, "utf-8")), "number of bytes"),
        ("bits_per_letter", lambda c, text: -np.log2(np.mean(c)) / len(text), "logarithm of the mean chance"),
        ("bits_per_letter", lambda c, text: -np.log10(c).sum() / len(text), "base 10"),
        ("bits_per_letter", lambda c, text: -np.dot(c, np.log2(c)) / len(text), "as an entropy is"),
        ("sampler", without_a_case_for_zero, "At T = 0 your sampler"),
        ("sampler", before_the_crossing, "drops the token that carries the total"),
        ("sampler", by_multinomial, "u is all its chance"),
        ("break_top_p", ([0.6, 0.3, 0.1], 0.5), "sorted already"),
        ("break_top_p", ([0.6, 0.3, 0.1], 0.6), "sorted already"),  # (0.6 + 0.3) - 0.3 is less than 0.6 in floats
        ("break_top_p", ([0.4, 0.3, 0.3], 0.4), "sorted already"),
        ("break_top_p", ([0.5, 0.2, 0.3], 0.5), "raise the threshold"),
        ("bits_per_letter", lambda c, text: -np.log2(c).mean(), "divided by the number of tokens"),
        ("sampler", hot_after_the_filters, "filters work before the temperature"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


@pytest.mark.parametrize(
    "row",
    [
        ([0.3, 0.7], 0.5),
        (torch.tensor([0.1, 0.2, 0.7]), 0.5),
        [np.array([0.25, 0.15, 0.6]), 0.35],
        lambda: ([0.4, 0.6], 0.3),
    ],
)
def test_any_row_that_shows_the_fault_passes(row):
    assert feedback(EXERCISES["break_top_p"], row).startswith("✓")


def test_a_row_that_shows_no_fault_is_not_compared_letter_by_letter():
    for row in ([0.7, 0.2, 0.1], 0.6), ([0.2, -0.2, 1.0], 0.5), ([0.2, 0.7], 0.5), ([0.3, 0.7], "0.5"), [0.3]:
        report = feedback(EXERCISES["break_top_p"], row)
        assert "differs" not in report and "not 1 but 1\n" not in report


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (([0.5, 0.5], 0.5), "the row is sorted"),
        (([0.0, 1.0], 0.5), "but for words of chance 0 the row is sorted"),
        (([0.2, 0.7, 0.1], 0.95), "although the row is not sorted"),
        (([0.2, 0.7], 0.5), "whose sum is not 1 but 0.9"),
        (([-0.2, 1.2], 0.5), "negative"),
        (([0.3, 0.7], 0.0), "no number above 0"),
        (([0.3, 0.7],), "not a pair"),
        ([0.3, 0.7], "not one row"),
        ((0.7, [0.2, 0.7, 0.1]), "swap the two"),
        (([0.3, 0.7], "0.5"), "no number above 0"),
        (("0.3 0.7", 0.5), "no list of numbers"),
    ],
)
def test_what_shows_no_fault_is_told_why(row, words):
    report = feedback(EXERCISES["break_top_p"], row)
    assert report.startswith("✗") and words in report


def plain_top_p(p, threshold):
    kept, total = [], 0.0
    for i in sorted(range(len(p)), key=lambda i: (-p[i], i)):
        if total < threshold:
            kept.append(i)
            total += float(p[i])
    return [float(x) / total if i in kept else 0.0 for i, x in enumerate(p)]


def one_by_one(p, threshold):
    """Added up in float32, one after the other."""
    kept = torch.zeros_like(p)
    for place in sorted(range(len(p)), key=lambda i: -p[i]):
        kept[place] = p[place]
        if kept.sum() >= threshold:
            break
    return kept / kept.sum()


def prefixes(p, threshold):
    order = p.argsort(descending=True)
    count = next((n for n in range(1, len(p)) if p[order[:n]].sum() >= threshold), len(p))
    return torch.zeros_like(p).scatter(0, order[:count], p[order[:count]] / p[order[:count]].sum())


def by_numpy(p, threshold):
    x = p.numpy()
    order = np.argsort(x)[::-1]  # of equal ones the last first
    stay = order[: np.searchsorted(np.cumsum(x[order]), threshold) + 1]
    kept = np.zeros_like(x)
    kept[stay] = x[stay]
    return kept / kept.sum()


def by_what_came_before(p, threshold):
    ordered, order = p.sort(descending=True)
    kept = torch.where(ordered.cumsum(0) - ordered < threshold, ordered, 0)
    return torch.zeros_like(p).scatter(0, order, kept / kept.sum())


@pytest.mark.parametrize("answer", [one_by_one, prefixes, by_numpy, by_what_came_before])
def test_however_a_learner_adds_up_and_sorts_top_p_passes(answer):
    assert feedback(EXERCISES["top_p"], answer).startswith("✓")


@pytest.mark.parametrize("answer", [[3, 4, 2, 1], [4, 3, 2, 2], [2, 2, 3, 4]])
def test_the_right_numbers_at_other_places_are_not_given_away(answer):
    assert "right items" not in feedback(EXERCISES["stays_in"], answer)


RIGHT = {
    "softmax": lambda scores: scipy.special.softmax(scores.numpy(), axis=-1),
    "stays_in": np.array([2, 3, 4, 2]),
    "top_p": plain_top_p,
    "break_top_p": ((0.1, 0.9), 0.5),
    "bits_per_letter": lambda chances, text: np.log2(1 / np.array(chances)).sum() / len(text),
    "sampler": by_the_library,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)


def test_texts_drawn_together_are_those_drawn_one_by_one():
    torch.manual_seed(0)
    model = lessons_lib.Transformer(
        lessons_lib.ModelConfig(
            vocab_size=50, hidden_size=16, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4
        )
    )
    for sampling_settings in ({}, {"temperature": 1.0}, {"temperature": 0.8, "top_p": 0.9}):
        together = draw_several(model, [1, 2, 3], 6, seeds=(5, 0, 2), **sampling_settings)
        alone = [list(generate(model, [1, 2, 3], 6, seed=seed, **sampling_settings)) for seed in (5, 0, 2)]
        assert together == alone
        assert len(set(map(tuple, together))) == (3 if sampling_settings else 1)
