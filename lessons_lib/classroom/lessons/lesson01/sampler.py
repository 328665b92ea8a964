"""The building exercise of lesson 01: the learner's sampler chooses every token that the real model writes."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson01.shared import like, renormalised
from lessons_lib.classroom.lessons.lesson01.top_p import my_top_p
from lessons_lib.classroom.real_model import real_model
from lessons_lib.classroom.trials import Refused

SKY = "The sun is shining, and the sky is"
DARTS = (0.37, 0.81, 0.55, 0.62, 0.15, 0.93)
FROM_ZERO = (0.37, 0.81, 0.0, 0.62, 0.15, 0.93)  # a dart at 0 hits the first token that has a chance at all
EVERYTHING = 49_152  # as many tokens as SmolLM2 knows
TIED = (2.0, 1.0, 1.0, 1.0)  # with k = 2 the first has 0.73, whichever of the others stays; it has 0.48 if all stay
FALLING = (2.0, 1.0, 0.0, -1.0)
FIVE = (0.5, 2.0, 1.5, 3.0, 1.0)  # with these, few enough for paper, each step in the wrong place shows
FIVE_MORE = (1.0, -0.5, -1.0, 0.0, 2.5)
TEN_DARTS = (0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95)
EQUAL = (0.0, 0.0, 0.0, 0.0)  # each has a quarter, exactly: totals meet a threshold of one half, and darts meet borders
CLOSE = (10.0, 10.01, -30.0, 9.99, 10.005)  # at T = 0.01 exp overflows, unless the largest is subtracted first
CLOSER = (0.3, 0.301, 0.2995)  # T = 0 is exact: a small number in its place lets the dart decide
AT_THE_END = (0.99999999,)  # below 1, and behind the running totals, which float32 rounds


def my_sampler(scores, T, k, threshold, u):
    if T == 0:
        return int(scores.argmax())
    chances = torch.softmax(scores / T, dim=-1)
    order = chances.argsort(descending=True, stable=True)
    chances[order[k:]] = 0  # top-k
    chances = chances / chances.sum()
    count = int((chances[order].cumsum(0) < threshold).sum()) + 1
    chances[order[count:]] = 0  # top-p
    chances = chances / chances.sum()
    last = int(chances.nonzero()[-1])  # floats may end at 0.9999999, and a dart can lie behind
    return min(int((chances.cumsum(0) <= u).sum()), last)


def written(
    sampler: Callable, given: str | Sequence[float], T: float, k: int, threshold: float, darts: Sequence[float]
) -> list | dict | None:
    """Let a sampler choose the next tokens, one for each dart.

    Args:
        sampler: the learner's function.
        given: a prompt, and SmolLM2 gives the scores; or a row of scores, the same for each dart.

    Returns:
        Each chosen token as id and text, such as `{"token 1": "4461 ' blue'"}`, or the list of ids for a row of scores;
        None if the sampler returns nothing.

    Raises:
        Refused: if it returns no token id, or another one for the same scores and the same dart, or changes the
            scores.
    """
    if not isinstance(given, str):
        answers = [_choice(sampler, torch.tensor(given), T, k, threshold, u) for u in darts]
        if answers != [_choice(sampler, torch.tensor(given), T, k, threshold, u) for u in darts]:
            raise Refused("for the same scores and the same dart your sampler chose two tokens; u is all its chance")
        return None if None in answers else _whichever_of_a_tie(answers, given)
    tokenizer = real_model()[1]
    ids = tokenizer.encode(given)
    chosen = {}
    for u in darts:
        scores = _scores(tuple(ids))
        answer = _choice(sampler, scores, T, k, threshold, u)
        if answer is None:
            return None
        ids.append(answer)
        if len(chosen) < 2 and _choice(sampler, scores, T, k, threshold, u) != answer:
            raise Refused("for the same scores and the same dart your sampler chose two tokens; u is all its chance")
        chosen[f"token {len(chosen) + 1}"] = f"{answer} {tokenizer.decode([answer])!r}"
    return chosen


def _whichever_of_a_tie(ids: Sequence[int], scores: Sequence[float]) -> list[int]:
    """Chosen ids as if of equal scores the first ones were kept: which of them stay is up to the learner."""
    instead = {}
    for score in set(scores):
        tied = [i for i, other in enumerate(scores) if other == score]
        instead |= dict(zip(sorted({i for i in ids if i in tied}), tied, strict=False))
    return [instead[i] for i in ids]


@lru_cache(maxsize=200)
@torch.no_grad()
def _scores(ids: tuple[int, ...]) -> Tensor:
    """The real model's scores [V] for the token after some others; kept, for most answers begin alike."""
    return real_model()[0](torch.tensor([ids]))[0, -1]


def _choice(sampler: Callable, scores: Tensor, T: float, k: int, p: float, u: float) -> int | None:
    lent = scores.clone()
    answer = sampler(lent, T, k, p, u)
    if not torch.equal(lent, scores):
        raise Refused("your sampler changed the scores that it was given; work on a copy")
    return None if answer is None else _token_id(answer, len(scores))


def _token_id(answer: object, tokens: int) -> int:
    """One of so many token ids, of a number, or of an array or list that holds one.

    Raises:
        Refused: if it is no token id.
    """
    try:
        number = np.asarray(answer).item()
    except ValueError:
        number = None
    if isinstance(number, bool) or not isinstance(number, int | float) or number != int(number):
        raise Refused(f"your sampler must return one token id, a whole number; it returned {answer!r:.60}")
    if not 0 <= number < tokens:
        raise Refused(f"your sampler returned the id {int(number)}; ids go from 0 to {tokens - 1}")
    return int(number)


def _filtered(scores: Tensor, T: float, k: int, p: float) -> Tensor:
    chances = torch.softmax(scores / T, dim=-1)
    order = chances.argsort(descending=True, stable=True)
    chances[order[k:]] = 0
    return my_top_p(renormalised(chances), p)


def sampler_without_temperature(scores, T, k, p, u):
    """It looks as if T changes nothing. Divide the scores by T before softmax."""
    return my_sampler(scores, T and 1.0, k, p, u)


def sampler_multiplies_by_temperature(scores, T, k, p, u):
    """It looks as if the scores are multiplied by T. Heat must shrink the gaps: divide by T."""
    return my_sampler(scores * T * T, T, k, p, u)


def sampler_heats_last(scores, T, k, p, u):
    """It looks as if the filters work before the temperature. T changes the chances that top-p adds up, so it comes
    first."""
    if T == 0:
        return int(scores.argmax())
    chances = renormalised(_filtered(scores, 1.0, k, p) ** (1 / T))
    return int((chances.cumsum(0) <= u).sum())


def sampler_top_p_before_top_k(scores, T, k, p, u):
    """It looks as if top-p adds up the chances of the whole list: either it comes before top-k, or you did not share
    out again after top-k. What top-k leaves shares the whole, and top-p then needs fewer tokens."""
    if T == 0:
        return int(scores.argmax())
    chances = _filtered(scores, T, EVERYTHING, p)
    chances[chances.argsort(descending=True, stable=True)[k:]] = 0
    return int((renormalised(chances).cumsum(0) <= u).sum())


def sampler_without_top_k(scores, T, k, p, u):
    """It looks as if top-k is missing: all but the k likeliest tokens get the chance 0."""
    return my_sampler(scores, T, EVERYTHING, p, u)


def sampler_without_top_p(scores, T, k, p, u):
    """It looks as if top-p is missing: of the tokens that top-k leaves, keep the likeliest ones whose total reaches
    the threshold."""
    return my_sampler(scores, T, k, 1.0, u)


def sampler_keeps_one_too_many(scores, T, k, p, u):
    """It looks as if k + 1 tokens stay: the places 0 to k - 1 of the sorted row are k already."""
    return my_sampler(scores, T, k + 1, p, u)


def sampler_keeps_ties(scores, T, k, p, u):
    """It looks as if top-k keeps all that ties with the last one, as plain_top_k does. Exactly k tokens stay: take the
    first k places of the order."""
    if T == 0:
        return int(scores.argmax())
    chances = torch.softmax(scores / T, dim=-1)
    lowest = chances.sort(descending=True).values[:k][-1]
    chances = my_top_p(renormalised(torch.where(chances < lowest, 0, chances)), p)
    return min(int((chances.cumsum(0) <= u).sum()), int(chances.nonzero()[-1]))


def sampler_keeps_ties_with_the_kth_place(scores, T, k, p, u):
    scores[scores.argsort(descending=True)[k - 1]]  # an error where k is above V
    return sampler_keeps_ties(scores, T, k, p, u)


def sampler_keeps_at_least_two(scores, T, k, p, u):
    """It looks as if at least two tokens stay. One is enough where its chance alone reaches the threshold."""
    if T == 0:
        return int(scores.argmax())
    chances = _filtered(scores, T, k, 1.0)
    order = chances.argsort(descending=True, stable=True)
    chances[order[max(2, int((chances[order].cumsum(0) < p).sum()) + 1) :]] = 0
    return _thrown(renormalised(chances), u)


def sampler_needs_more_than_the_threshold(scores, T, k, p, u):
    """It looks as if top-p goes on although the total has reached the threshold exactly: reaching it is enough. Count
    the totals < threshold, not <=."""
    if T == 0:
        return int(scores.argmax())
    chances = _filtered(scores, T, k, 1.0)
    order = chances.argsort(descending=True, stable=True)
    chances[order[int((chances[order].cumsum(0) <= p).sum()) + 1 :]] = 0
    return _thrown(renormalised(chances), u)


def sampler_drops_the_crossing_token(scores, T, k, p, u):
    """It looks as if top-p drops the token that carries the total over the threshold. It stays: without it the set
    does not reach the threshold."""
    if T == 0:
        return int(scores.argmax())
    chances = _filtered(scores, T, k, 1.0)
    order = chances.argsort(descending=True, stable=True)
    beyond = chances[order].cumsum(0) > p
    beyond[0] = False
    chances[order[beyond]] = 0
    return int((renormalised(chances).cumsum(0) <= u).sum())


def sampler_may_keep_nothing(scores, T, k, p, u):
    if T == 0:
        return int(scores.argmax())
    chances = _filtered(scores, T, k, 1.0)
    order = chances.argsort(descending=True, stable=True)
    chances[order[chances[order].cumsum(0) > p]] = 0
    return min(int((renormalised(chances).cumsum(0) <= u).sum()), EVERYTHING - 1)


def sampler_stops_before_p(scores, T, k, p, u):
    if T == 0:
        return int(scores.argmax())
    chances = torch.softmax(scores / T, dim=-1)
    order = chances.argsort(descending=True, stable=True)
    chances[order[k:]] = 0
    chances = chances / chances.sum()
    chances[order[max(1, int((chances[order].cumsum(0) < p).sum())) :]] = 0
    chances = chances / chances.sum()
    return min(int((chances.cumsum(0) <= u).sum()), int(chances.nonzero()[-1]))


def sampler_forgets_the_one_more(scores, T, k, p, u, limit=True):
    if T == 0:
        return int(scores.argmax())
    chances = torch.softmax(scores / T, dim=-1)
    order = chances.argsort(descending=True, stable=True)
    chances[order[k:]] = 0
    chances = chances / chances.sum()
    chances[order[int((chances[order].cumsum(0) < p).sum()) :]] = 0
    chances = chances / chances.sum()  # nan, where the first token reaches the threshold
    hit = int((chances.cumsum(0) <= u).sum())
    return min(hit, int(chances.nonzero()[-1])) if limit else hit


def sampler_does_not_share_out_again(scores, T, k, p, u, after_top_k=False, behind=None):
    """It looks as if the chances do not sum to 1 when the dart is thrown. u runs from 0 to 1: after each filter divide
    by the sum."""
    if T == 0:
        return int(scores.argmax())
    full = torch.softmax(scores / T, dim=-1)
    order = full.argsort(descending=True, stable=True)
    full[order[k:]] = 0
    full = renormalised(full) if after_top_k else full
    full[order[int((full[order].cumsum(0) < p).sum()) + 1 :]] = 0
    hit = int((full.cumsum(0) <= u).sum())
    last = int(full.nonzero()[-1]) if behind is None else behind
    return hit if hit < len(full) else last  # the dart falls behind the last piece


def _unshared(after_top_k: bool, behind: int | None) -> Callable:
    return like(
        sampler_does_not_share_out_again,
        lambda scores, T, k, p, u: sampler_does_not_share_out_again(scores, T, k, p, u, after_top_k, behind),
    )


def sampler_adds_up_unsorted(scores, T, k, p, u):
    """It looks as if top-p adds up the chances in the order of the ids. Go from the likeliest down: chances[order],
    and then cumsum."""
    if T == 0:
        return int(scores.argmax())
    chances = _filtered(scores, T, k, 1.0)
    order = chances.argsort(descending=True, stable=True)
    chances[order[int((chances.cumsum(0) < p).sum()) + 1 :]] = 0
    return _thrown(renormalised(chances), u)


def sampler_takes_softmax_twice(scores, T, k, p, u):
    """It looks as if softmax is used once more to share out again. That is for scores; on chances it changes their
    ratios, and what has 0 gets a share again: divide by the sum."""
    if T == 0:
        return int(scores.argmax())
    return _thrown(my_top_p(torch.softmax(_filtered(scores, T, k, 1.0), dim=-1), p), u)


def sampler_shares_out_by_softmax(scores, T, k, p, u):
    if T == 0:
        return int(scores.argmax())
    chances = _filtered(scores, T, k, 1.0)
    return _thrown(my_top_p(torch.where(chances > 0, chances, -torch.inf).softmax(-1), p), u)


def sampler_takes_softmax_of_unshared_chances(scores, T, k, p, u):
    if T == 0:
        return int(scores.argmax())
    chances = torch.softmax(scores / T, dim=-1)
    chances[chances.argsort(descending=True, stable=True)[k:]] = -torch.inf
    return _thrown(my_top_p(chances.softmax(-1), p), u)


def sampler_keeps_one_too_many_for_top_p(scores, T, k, p, u):
    """It looks as if top-p keeps one token more than it needs: as many as fall short, and one."""
    if T == 0:
        return int(scores.argmax())
    chances = _filtered(scores, T, k, 1.0)
    order = chances.argsort(descending=True, stable=True)
    chances[order[int((chances[order].cumsum(0) < p).sum()) + 2 :]] = 0
    return _thrown(renormalised(chances), u)


def _thrown(chances: Tensor, u: float) -> int:
    return min(int((chances.cumsum(0) <= u).sum()), int(chances.nonzero()[-1]))


def sampler_lays_the_likeliest_first_with_a_limit(scores, T, k, p, u):
    if T == 0:
        return int(scores.argmax())
    chances, order = _filtered(scores, T, k, p).sort(descending=True, stable=True)
    return int(order[min(int((chances.cumsum(0) <= u).sum()), len(order) - 1)])


def sampler_lays_the_likeliest_first(scores, T, k, p, u):
    """It looks as if the pieces lie in the order of likelihood. That is as good a sampler, but the same dart hits other
    tokens; asked for is the order of the ids, as the scores have it."""
    if T == 0:
        return int(scores.argmax())
    chances, order = _filtered(scores, T, k, p).sort(descending=True, stable=True)
    return int(order[int((chances.cumsum(0) <= u).sum())])


def sampler_returns_a_place(scores, T, k, p, u):
    """It looks as if you return a place in the sorted row. Asked for is the token's id, its place in scores as they
    were given."""
    if T == 0:
        return int(scores.argmax())
    return int((_filtered(scores, T, k, p).sort(descending=True, stable=True).values.cumsum(0) <= u).sum())


def sampler_returns_a_place_of_those_kept(scores, T, k, p, u):
    if T == 0:
        return int(scores.argmax())
    kept = _filtered(scores, T, k, p).sort(descending=True, stable=True).values
    return int((kept[kept > 0].cumsum(0) <= u).sum())


def sampler_takes_places_for_ranks(scores, T, k, p, u):
    """It looks as if you compare the ids in order with k. An id says where a token stands, not how likely it is: the k
    likeliest are order[:k]."""
    if T == 0:
        return int(scores.argmax())
    chances = torch.softmax(scores / T, dim=-1)
    order = chances.argsort(descending=True, stable=True)
    return _thrown(my_top_p(renormalised(torch.where(order < k, chances, 0)), p), u)


def sampler_uses_min_p(scores, T, k, p, u):
    """It looks as if each chance is compared with the favourite's. That is min-p; top-p adds up, from the likeliest
    down, until the total reaches the threshold."""
    if T == 0:
        return int(scores.argmax())
    chances = _filtered(scores, T, k, 1.0)
    return _thrown(renormalised(torch.where(chances >= p * chances.max(), chances, 0)), u)


def sampler_uses_a_floor(scores, T, k, p, u):
    """It looks as if each chance alone is compared with the threshold. It is their total, from the likeliest down, that
    must reach it."""
    if T == 0:
        return int(scores.argmax())
    chances = _filtered(scores, T, k, 1.0)
    return _thrown(renormalised(torch.where(chances >= min(p, float(chances.max())), chances, 0)), u)


def sampler_counts_from_the_other_end(scores, T, k, p, u):
    """It looks as if the dart is thrown from the other end. The line begins at 0 with id 0: count the totals <= u."""
    return my_sampler(scores, T, k, p, min(1 - u, 1 - 1e-7))


def sampler_wrong_at_the_border(scores, T, k, p, u):
    """It looks as if a dart that meets the end of a piece exactly counts for that piece, and a dart at 0 for the first
    token of the list, whatever its chance. Take the first token whose running total is above u: count totals <= u,
    not < u."""
    if T == 0:
        return int(scores.argmax())
    return int((_filtered(scores, T, k, p).cumsum(0) < u).sum())


def sampler_stays_at_a_border(scores, T, k, p, u):
    if T == 0:
        return int(scores.argmax())
    chances = _filtered(scores, T, k, p)
    ids = chances.nonzero()[:, 0]
    return int(ids[min(int((chances[ids].cumsum(0) < u).sum()), len(ids) - 1)])


def sampler_overflows(scores, T, k, p, u):
    """It looks as if the numbers leave the range of a float at this small T: exp of scores as large as these is
    infinite, and a chance to the power 1 / T is 0. Divide by T, subtract the largest and then take exp, or use
    torch.softmax."""
    if T == 0:
        return int(scores.argmax())
    if not (scores / T).exp().sum().isfinite():
        return 0  # every chance is nan, and no total is <= u
    return my_sampler(scores, T, k, p, u)


def sampler_overflows_with_an_error(scores, T, k, p, u):
    if T == 0:
        return int(scores.argmax())
    [math.exp(score / T) for score in scores.tolist()]
    return my_sampler(scores, T, k, p, u)


def sampler_clamps(scores, T, k, p, u):
    """Your chances are all but equal at this small T. Are the scores divided by T cut down to a limit, or is T kept
    from becoming so small? Subtract the largest score in place of that, and all gaps stay."""
    if T == 0:
        return int(scores.argmax())
    return my_sampler((scores / T).clamp(-80, 80), 1.0, k, p, u)


def sampler_not_so_cold(scores, T, k, p, u):
    return my_sampler(scores, T and max(T, 0.1), k, p, u)


def sampler_greedy_when_cold(scores, T, k, p, u):
    """It looks as if a small T is taken for 0. Only T = 0 takes the largest score; above it the dart decides, however
    small T is."""
    return my_sampler(scores, 0 if T < 0.5 else T, k, p, u)


def sampler_never_quite_cold(scores, T, k, p, u):
    """It looks as if T = 0 is replaced by a small number. Where scores lie near each other, the dart still decides
    then: at T = 0 return the place of the largest score."""
    return my_sampler(scores, max(T, 0.1), k, p, u)


def sampler_divides_by_zero(scores, T, k, p, u):
    """At T = 0 your sampler divides by zero, or gives another place than the largest score's. There the largest score
    has everything: return its place, and be done."""
    return 0 if T == 0 else my_sampler(scores, T, k, p, u)  # every chance is nan, and no total is <= u


def sampler_falls_off_the_end(scores, T, k, p, u):
    """It looks as if a dart just below 1 falls behind the last piece: rounded, the totals may end below it. The last
    token that still has a chance is the limit, and not the last one of the list, which a filter may have dropped."""
    if T == 0:
        return int(scores.argmax())
    return min(int((_filtered(scores, T, k, p).cumsum(0) <= u).sum()), len(scores) - 1)


def sampler_without_a_limit(scores, T, k, p, u):
    if T == 0:
        return int(scores.argmax())
    return int((_filtered(scores, T, k, p).cumsum(0) <= u).sum())


def sampler_finds_no_piece(scores, T, k, p, u):
    if T == 0:
        return int(scores.argmax())
    return int((_filtered(scores, T, k, p).cumsum(0) > u).int().argmax())  # 0 where there is none


def sampler_takes_the_first_piece_of_none(scores, T, k, p, u):
    if T == 0:
        return int(scores.argmax())
    return int((_filtered(scores, T, k, p).cumsum(0) > u).nonzero()[0])


def sampler_asks_for_more_than_there_are(scores, T, k, p, u):
    """It looks as if k larger than the number of tokens is an error. There is nothing to drop then: all stay. order[k:]
    is empty in that case, or take min(k, len(scores))."""
    if T == 0:
        return int(scores.argmax())
    scores.topk(k)
    return my_sampler(scores, T, k, p, u)


def sampler_by_the_kth_place(scores, T, k, p, u):
    if T == 0:
        return int(scores.argmax())
    scores[scores.argsort(descending=True)[k - 1]]
    return my_sampler(scores, T, k, p, u)


def sampler_returns_a_score(scores, T, k, p, u):
    """It looks as if T = 0 returns the largest score. Asked for is its place in the row, which is the token's id:
    argmax."""
    return int(scores.max()) if T == 0 else my_sampler(scores, T, k, p, u)


def sampler_one_place_too_early(scores, T, k, p, u):
    """It looks as if 1 is taken off at the end. As many pieces as end at or before the dart lie in front of the one
    that is hit, and places are counted from 0: that number is the id."""
    return my_sampler(scores, T, k, p, u) - (1 if T else 0)


def sampler_one_place_too_early_without_a_limit(scores, T, k, p, u):
    return sampler_without_a_limit(scores, T, k, p, u) - (1 if T else 0)


def sampler_is_always_greedy(scores, T, k, p, u):
    """It looks as if you always take the likeliest token. For T above 0 the dart u decides."""
    return int(scores.argmax())


SAMPLER = Exercise(
    id="sampler",
    title="Build: your sampler drives the model",
    difficulty=3,
    minutes=30,
    contract="Scores [V], T >= 0, k >= 1, 0 < threshold <= 1 and a dart 0 <= u < 1 to one token id. T = 0 takes the "
    "largest score. Otherwise, with no other randomness: 1. divide by T, softmax, 2. keep the k likeliest (exactly k; "
    "all, if k is above V), share out again, 3. keep the likeliest whose total reaches the threshold, share out again, "
    "4. lay the chances end to end in the order of the ids, and return the first id whose running total is above u, or "
    "the last id with a chance if rounding leaves none above it.",
    cases=(
        (FIVE, 2.0, 4, 0.6, TEN_DARTS),
        (FIVE_MORE, 2.0, 4, 0.7, TEN_DARTS),
        (FIVE, 1.5, 3, 0.75, TEN_DARTS),
        (CLOSER, 0.0, 3, 1.0, (0.2, 0.9)),
        (CLOSE, 0.01, 4, 1.0, (0.1, 0.22, 0.4, 0.6, 0.68, 0.85)),
        (EQUAL, 1.0, 4, 0.5, (0.2, 0.5, 0.8)),
        (FIVE, 0.3, 5, 0.8, (0.02, 0.9)),  # the first alone has more than 0.8
        (TIED, 1.0, 2, 1.0, (0.6, 0.55, 0.7)),
        (FALLING, 1.0, 9, 1.0, (0.3, 0.9)),
        (FALLING, 1.0, 2, 1.0, AT_THE_END),
        (FIVE_MORE, 0.0, 4, 1.0, (0.2, 0.9)),
        (SKY, 0.0, EVERYTHING, 1.0, DARTS),
        (SKY, 1.0, EVERYTHING, 1.0, DARTS),
        (SKY, 2.5, 4, 0.97, FROM_ZERO),
        (SKY, 1.5, EVERYTHING, 0.3, FROM_ZERO),
        (SKY, 1.2, 8, 0.5, FROM_ZERO),
    ),
    tried="short rows of scores, also at T = 0.01, and five texts by SmolLM2 with your choices, token for token as the "
    "library's filters have it: greedy, by the dart alone, with top-k, with heat and top-p, and with everything; of "
    "tied scores exactly k stayed, and no dart fell off the end",
    hints=(
        "Write it line by line as the contract says it: each step is one or two lines of sections 2 to 7.",
        "order = chances.argsort(descending=True) lists the ids from the likeliest down, and chances[order[k:]] = 0 is "
        "top-k. Exactly k stay, also where some tie. Work on your own chances, not on scores.",
        "(chances.cumsum(0) <= u).sum() counts the ids whose piece ends at or before u: that is the id that is hit. "
        "Added up in floats the totals may end a little below 1: let the last id with a chance be the limit.",
    ),
    solution=my_sampler,
    mistakes=(
        sampler_without_temperature,
        sampler_multiplies_by_temperature,
        sampler_heats_last,
        sampler_top_p_before_top_k,
        sampler_without_top_k,
        sampler_without_top_p,
        sampler_keeps_one_too_many,
        sampler_keeps_ties,
        like(sampler_keeps_ties, sampler_keeps_ties_with_the_kth_place),
        sampler_keeps_at_least_two,
        sampler_needs_more_than_the_threshold,
        sampler_drops_the_crossing_token,
        like(sampler_drops_the_crossing_token, sampler_may_keep_nothing),
        like(sampler_drops_the_crossing_token, sampler_stops_before_p),
        like(sampler_drops_the_crossing_token, sampler_forgets_the_one_more),
        like(
            sampler_drops_the_crossing_token,
            lambda scores, T, k, p, u: sampler_forgets_the_one_more(scores, T, k, p, u, limit=False),
        ),
        sampler_does_not_share_out_again,
        *(_unshared(after, behind) for after in (False, True) for behind in (None, 0, EVERYTHING - 1, EVERYTHING)),
        sampler_adds_up_unsorted,
        sampler_takes_softmax_twice,
        like(sampler_takes_softmax_twice, sampler_shares_out_by_softmax),
        like(sampler_takes_softmax_twice, sampler_takes_softmax_of_unshared_chances),
        sampler_keeps_one_too_many_for_top_p,
        sampler_lays_the_likeliest_first,
        like(sampler_lays_the_likeliest_first, sampler_lays_the_likeliest_first_with_a_limit),
        sampler_returns_a_place,
        like(sampler_returns_a_place, sampler_returns_a_place_of_those_kept),
        sampler_takes_places_for_ranks,
        sampler_uses_min_p,
        sampler_uses_a_floor,
        sampler_counts_from_the_other_end,
        sampler_wrong_at_the_border,
        like(sampler_wrong_at_the_border, sampler_stays_at_a_border),
        sampler_overflows,
        like(sampler_overflows, sampler_overflows_with_an_error),
        sampler_clamps,
        like(sampler_clamps, sampler_not_so_cold),
        sampler_greedy_when_cold,
        sampler_never_quite_cold,
        like(
            sampler_never_quite_cold,
            lambda scores, T, k, p, u: my_sampler(scores, max(T, 1e-3), k, p, u),
        ),
        sampler_divides_by_zero,
        sampler_is_always_greedy,
        sampler_falls_off_the_end,
        like(sampler_falls_off_the_end, sampler_without_a_limit),
        like(sampler_falls_off_the_end, sampler_finds_no_piece),
        like(sampler_falls_off_the_end, sampler_takes_the_first_piece_of_none),
        sampler_asks_for_more_than_there_are,
        like(sampler_asks_for_more_than_there_are, sampler_by_the_kth_place),
        sampler_returns_a_score,
        sampler_one_place_too_early,
        like(sampler_one_place_too_early, sampler_one_place_too_early_without_a_limit),
    ),
    kind="build",
    real=5,
    harness=written,
)
