"""The exercises and the quiz of lesson 01: from scores to the next token.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

import math

import torch
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.questions import Question


def row(*values: float) -> Tensor:
    """A row of scores or probabilities."""
    return torch.tensor(values)


def only(p: Tensor, positions: Tensor) -> Tensor:
    """The row at some positions, 0 elsewhere. Solutions spell this out; mistakes use it."""
    kept = torch.zeros_like(p)
    kept[positions] = p[positions]
    return kept


def renormalised(p: Tensor) -> Tensor:
    """A row divided by its sum."""
    return p / p.sum()


# 1. softmax


def my_softmax(scores):
    shifted = scores - scores.amax(-1, keepdim=True)
    weights = shifted.exp()
    return weights / weights.sum(-1, keepdim=True)


def softmax_overflows(scores):
    """It looks as if you take exp of the scores as they are. exp(1000) is inf, and inf / inf is nan: subtract the
    largest score of each row first. The result is the same, since both sides of the fraction shrink alike."""
    weights = scores.exp()
    return weights / weights.sum(-1, keepdim=True)


def softmax_over_first_axis(scores):
    """It looks as if the columns sum to 1 where the rows should: sum over the last axis, dim=-1."""
    return torch.softmax(scores, dim=0)


def softmax_over_everything(scores):
    """It looks as if all rows together sum to 1: each row has its own sum. Use sum(-1, keepdim=True)."""
    weights = (scores - scores.max()).exp()
    return weights / weights.sum()


def softmax_shifted_too_late(scores):
    """It looks as if you subtract the largest value after exp. That changes the result: subtract from the scores,
    before exp."""
    weights = scores.exp() - scores.exp().amax(-1, keepdim=True)
    return weights / weights.sum(-1, keepdim=True)


def softmax_without_sum(scores):
    """It looks as if you did not divide by the sum: the results of a row must sum to 1."""
    return (scores - scores.amax(-1, keepdim=True)).exp()


def softmax_without_exp(scores):
    """It looks as if you divide the scores by their sum. Scores may be negative; exp makes them positive first."""
    return scores / scores.sum(-1, keepdim=True)


SOFTMAX = Exercise(
    id="softmax",
    title="Softmax that can't overflow",
    difficulty=1,
    minutes=5,
    contract="scores [..., V] to probabilities [..., V]; each row along the last axis sums to 1, for any scores.",
    cases=(
        (row(0.0, 1.0),),
        (row(3.1, 2.8, 2.0, -4.4),),
        (torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, -1.0]]),),
        (row(1000.0, 999.0, 0.0),),
        (row(-1000.0, -1001.0),),
        (torch.tensor([[[1.0, 2.0, 4.0, 8.0], [2.0, 2.0, 2.0, 2.0]]]),),
    ),
    tried="one row and several, negative scores, and scores of 1000",
    hints=(
        "Softmax is exp(score) divided by the sum of exp over the row.",
        "exp(1000) is too large for a float. Adding the same number to every score of a row changes nothing: "
        "which number would make the largest score 0?",
        "scores.amax(-1, keepdim=True) is the largest score of each row, in a shape that subtracts from scores.",
    ),
    solution=my_softmax,
    mistakes=(
        softmax_overflows,
        softmax_over_first_axis,
        softmax_over_everything,
        softmax_shifted_too_late,
        softmax_without_sum,
        softmax_without_exp,
    ),
)


# 2. temperature


def my_temperature(p, T):
    powered = p ** (1 / T)
    return powered / powered.sum()


def temperature_multiplied(p, T):
    """It looks as if you raised to the power T. Dividing the scores by T is the power 1 / T of the probabilities:
    a high temperature must flatten the row, not sharpen it."""
    return renormalised(p**T)


def temperature_not_renormalised(p, T):
    """It looks as if you forgot to renormalise: after the power the row no longer sums to 1, so divide by its sum."""
    return p ** (1 / T)


def temperature_divides_probabilities(p, T):
    """It looks as if you divided the probabilities by T. T divides the scores, which are logarithms; for the
    probabilities that means a power."""
    return p / T


def temperature_divides_and_renormalises(p, T):
    """It looks as if the row came back unchanged. Dividing every probability by T and then by the sum cancels T:
    T divides the scores, and for the probabilities that means a power."""
    return renormalised(p / T)


def temperature_softmax_of_probabilities(p, T):
    """It looks as if you took the softmax of the probabilities. Softmax wants scores: p.log() gives them back."""
    return torch.softmax(p / T, dim=-1)


TEMPERATURE = Exercise(
    id="temperature",
    title="Temperature without the scores",
    difficulty=2,
    minutes=8,
    contract="probabilities p [V] and a temperature T > 0 to the probabilities [V] at that temperature; they sum to 1.",
    cases=(
        (row(0.75, 0.25), 1.0),
        (row(0.8, 0.2), 0.5),
        (row(0.8, 0.2), 2.0),
        (row(0.5, 0.3, 0.2, 0.0), 0.7),
        (row(0.25, 0.25, 0.25, 0.25), 3.0),
    ),
    tried="T below, at and above 1, a probability of 0, and an even row",
    hints=(
        "The scores are the logarithms of the probabilities, up to a constant that softmax ignores.",
        "exp(log(p) / T) can be written without exp and log.",
        "Raise p to the power 1 / T, then make the row sum to 1 again.",
    ),
    solution=my_temperature,
    mistakes=(
        temperature_multiplied,
        temperature_not_renormalised,
        temperature_divides_probabilities,
        temperature_divides_and_renormalises,
        temperature_softmax_of_probabilities,
    ),
)


# 3. top-k


def my_top_k(p, k):
    order = p.argsort(descending=True, stable=True)
    kept = torch.zeros_like(p)
    kept[order[:k]] = p[order[:k]]
    return kept / kept.sum()


def top_k_leaks_ties(p, k):
    """It looks as if you kept everything that reaches the k-th largest value. Where several tokens tie there, more
    than k get through: keep exactly k, the first of the tied ones in the row."""
    threshold = p.sort(descending=True).values[min(k, len(p)) - 1]
    return renormalised(torch.where(p >= threshold, p, 0))


def top_k_not_renormalised(p, k):
    """It looks as if you forgot to renormalise: what is left no longer sums to 1, so divide by its sum."""
    order = p.argsort(descending=True, stable=True)
    return only(p, order[:k])


def top_k_keeps_one_too_many(p, k):
    """It looks as if you kept k + 1 tokens: the positions 0 to k - 1 of the sorted row are k already."""
    return my_top_k(p, k + 1)


def top_k_keeps_the_last_of_a_tie(p, k):
    """It looks as if, of tied tokens, you kept the last in the row: keep the first. A stable descending sort does."""
    return my_top_k(p.flip(0), k).flip(0)


def top_k_keeps_the_lowest(p, k):
    """It looks as if you kept the k least probable tokens: sort in descending order."""
    order = p.argsort(stable=True)
    return renormalised(only(p, order[:k]))


def top_k_keeps_the_first(p, k):
    """It looks as if you kept the first k tokens of the row: sort by probability before you cut."""
    return renormalised(only(p, torch.arange(k)))


TOP_K = Exercise(
    id="top_k",
    title="Keep the k likeliest",
    difficulty=2,
    minutes=8,
    contract="probabilities p [V] and k >= 1 to probabilities [V]: the k largest renormalised, all others 0. "
    "Of tied tokens the first in the row stay; a k above V keeps everything.",
    cases=(
        (row(0.3, 0.7), 1),
        (row(0.2, 0.5, 0.3), 2),
        (row(0.1, 0.2, 0.3, 0.4), 2),
        (row(0.25, 0.25, 0.25, 0.25), 3),
        (row(0.1, 0.3, 0.3, 0.3), 2),
        (row(0.5, 0.5), 9),
    ),
    tried="k from 1 to more than there is, sorted and unsorted rows, and ties",
    hints=(
        "Sort, keep k positions, put them back where they were, renormalise.",
        "p.argsort(descending=True, stable=True) lists positions from the likeliest down; tied ones stay in order.",
        "Start from torch.zeros_like(p) and copy p at the first k of those positions.",
    ),
    solution=my_top_k,
    mistakes=(
        top_k_leaks_ties,
        top_k_not_renormalised,
        top_k_keeps_one_too_many,
        top_k_keeps_the_last_of_a_tie,
        top_k_keeps_the_lowest,
        top_k_keeps_the_first,
    ),
)


# 4. top-p


def my_top_p(p, threshold):
    order = p.argsort(descending=True, stable=True)
    before = p[order].cumsum(0) - p[order]  # what more likely tokens hold together
    keep = order[before < threshold]
    kept = torch.zeros_like(p)
    kept[keep] = p[keep]
    return kept / kept.sum()


def top_p_drops_the_crossing_token(p, threshold):
    """It looks as if you dropped the token that crosses the threshold. It belongs to the set: without it the set
    does not reach the threshold."""
    order = p.argsort(descending=True, stable=True)
    keep = order[p[order].cumsum(0) <= threshold]
    return renormalised(only(p, keep if len(keep) else order[:1]))


def top_p_may_keep_nothing(p, threshold):
    """It looks as if you dropped the token that crosses the threshold, which can leave nothing at all. It belongs to
    the set: without it the set does not reach the threshold."""
    order = p.argsort(descending=True, stable=True)
    return renormalised(only(p, order[p[order].cumsum(0) <= threshold]))


def top_p_in_row_order(p, threshold):
    """It looks as if you added up in the order of the row. Sort first: the set is made of the most probable tokens."""
    before = p.cumsum(0) - p
    return renormalised(torch.where(before < threshold, p, 0))


def top_p_not_renormalised(p, threshold):
    """It looks as if you forgot to renormalise: what is left no longer sums to 1, so divide by its sum."""
    order = p.argsort(descending=True, stable=True)
    before = p[order].cumsum(0) - p[order]
    return only(p, order[before < threshold])


def top_p_keeps_one_too_many(p, threshold):
    """It looks as if you kept one token too many: stop with the first token that brings the total to the threshold."""
    order = p.argsort(descending=True, stable=True)
    count = int((p[order].cumsum(0) < threshold).sum()) + 2
    return renormalised(only(p, order[:count]))


def top_p_needs_more_than_the_threshold(p, threshold):
    """It looks as if you went on although the total had already reached the threshold exactly: reaching it is enough.
    Compare with <, not <=."""
    order = p.argsort(descending=True, stable=True)
    before = p[order].cumsum(0) - p[order]
    return renormalised(only(p, order[before <= threshold]))


def top_p_as_a_floor(p, threshold):
    """It looks as if you kept the tokens whose own probability reaches the threshold. It is their total, from the
    likeliest down, that must reach it."""
    return renormalised(torch.where(p >= threshold, p, 0))


TOP_P = Exercise(
    id="top_p",
    title="Keep just enough",
    difficulty=3,
    minutes=12,
    contract="probabilities p [V] and 0 < threshold <= 1 to probabilities [V]: the smallest set of most probable "
    "tokens whose total reaches the threshold, renormalised, all others 0. Of tied tokens the first in the row "
    "come first.",
    # Totals that meet the threshold exactly are made of halves and quarters, which floats hold exactly.
    cases=(
        (row(0.7, 0.3), 0.6),
        (row(0.6, 0.3, 0.1), 0.8),
        (row(0.1, 0.3, 0.6), 0.8),
        (row(0.5, 0.25, 0.25), 0.75),
        (row(0.125, 0.5, 0.125, 0.25), 0.75),
        (row(0.25, 0.25, 0.25, 0.25), 0.6),
        (row(0.5, 0.25, 0.25), 1.0),
    ),
    tried="sorted and unsorted rows, totals that meet the threshold exactly, ties, and a threshold of 1",
    hints=(
        "Go through the tokens from the likeliest down, adding up. When may you stop?",
        "A token is in the set if the tokens before it have not reached the threshold yet.",
        "sorted.cumsum(0) - sorted is what the tokens before each one hold together.",
    ),
    solution=my_top_p,
    mistakes=(
        top_p_drops_the_crossing_token,
        top_p_may_keep_nothing,
        top_p_in_row_order,
        top_p_not_renormalised,
        top_p_keeps_one_too_many,
        top_p_needs_more_than_the_threshold,
        top_p_as_a_floor,
    ),
)


# 5. perplexity


def my_perplexity(probabilities):
    losses = [-math.log(p) for p in probabilities]
    return math.exp(sum(losses) / len(losses))


def perplexity_averages_choices(probabilities):
    """It looks as if you averaged 1 / p. One hopeless token then drowns all others: average the logarithms, then
    take exp."""
    return sum(1 / p for p in probabilities) / len(probabilities)


def perplexity_of_average_probability(probabilities):
    """It looks as if you took 1 divided by the mean probability: average the logarithms of the probabilities,
    then take exp."""
    return len(probabilities) / sum(probabilities)


def perplexity_mixes_bases(probabilities):
    """It looks as if you used log2 together with exp. The two must belong together: log with exp, or log2 with
    2 to the power."""
    return math.exp(sum(-math.log2(p) for p in probabilities) / len(probabilities))


def perplexity_without_minus(probabilities):
    """It looks as if you forgot the minus. A perplexity is 1 or more: it counts choices."""
    return math.exp(sum(math.log(p) for p in probabilities) / len(probabilities))


def perplexity_without_mean(probabilities):
    """It looks as if you summed the losses without dividing by how many there are: take the mean, or long texts
    always look worse."""
    return math.exp(sum(-math.log(p) for p in probabilities))


def perplexity_without_exp(probabilities):
    """It looks as if you returned the mean loss: exp turns it into a number of choices."""
    return sum(-math.log(p) for p in probabilities) / len(probabilities)


PERPLEXITY = Exercise(
    id="perplexity",
    title="How many words was it choosing between?",
    difficulty=2,
    minutes=8,
    contract="a list of the probabilities that the model gave to the tokens that really came, each above 0, to one "
    "number: exp of the mean of -log(p).",
    cases=(
        ([0.5],),
        ([0.5, 0.125],),
        ([1.0, 1.0, 1.0],),
        ([0.125] * 8,),
        ([0.9, 0.6, 0.001, 0.8],),
    ),
    tried="certainty, even chances, and one very unlikely token",
    hints=(
        "The loss of one token is -log(p): 0 for a sure hit, large for a surprise.",
        "Take the mean of the losses, not of the probabilities.",
        "exp undoes the logarithm: math.exp(mean).",
    ),
    solution=my_perplexity,
    mistakes=(
        perplexity_averages_choices,
        perplexity_of_average_probability,
        perplexity_mixes_bases,
        perplexity_without_minus,
        perplexity_without_mean,
        perplexity_without_exp,
    ),
)


# 6. sampler


def my_choose(scores, T, k, threshold, u):
    if T == 0:
        return int(scores.argmax())
    p = torch.softmax(scores / T, dim=-1)
    p = my_top_k(p, k)
    p = my_top_p(p, threshold)
    return int((p.cumsum(0) <= u).sum())


def choose_top_p_before_temperature(scores, T, k, threshold, u):
    """It looks as if you filtered before applying the temperature. Temperature changes the probabilities, and so
    which tokens top-p keeps: it comes first."""
    if T == 0:
        return int(scores.argmax())
    p = my_top_p(my_top_k(torch.softmax(scores, dim=-1), k), threshold)
    p = my_temperature(p, T)
    return int((p.cumsum(0) <= u).sum())


def choose_without_renormalising(scores, T, k, threshold, u):
    """It looks as if you drew from a filtered row that does not sum to 1. u runs from 0 to 1, so renormalise before
    the draw."""
    if T == 0:
        return int(scores.argmax())
    p = torch.softmax(scores / T, dim=-1)
    p = torch.where(my_top_p(my_top_k(p, k), threshold) > 0, p, 0)
    return int((p.cumsum(0) <= u).sum())


def choose_wrong_at_the_border(scores, T, k, threshold, u):
    """It looks as if a u that meets the running total exactly stays with the earlier token. Token i owns the numbers
    from the total before it, included, up to its own total, excluded: take the first total above u."""
    if T == 0:
        return int(scores.argmax())
    p = my_top_p(my_top_k(torch.softmax(scores / T, dim=-1), k), threshold)
    return int((p.cumsum(0) < u).sum())


def choose_top_p_before_top_k(scores, T, k, threshold, u):
    """It looks as if top-p came before top-k. Top-k renormalises, so that top-p then adds up larger numbers and may
    keep fewer tokens: top-k comes first."""
    if T == 0:
        return int(scores.argmax())
    p = my_top_k(my_top_p(torch.softmax(scores / T, dim=-1), threshold), k)
    return int((p.cumsum(0) <= u).sum())


def choose_in_sorted_order(scores, T, k, threshold, u):
    """It looks as if you returned a place in the sorted row: the answer is the token's place in the row as given."""
    if T == 0:
        return int(scores.argmax())
    p = my_top_p(my_top_k(torch.softmax(scores / T, dim=-1), k), threshold)
    return int((p.sort(descending=True).values.cumsum(0) <= u).sum())


def choose_divides_by_zero(scores, T, k, threshold, u):
    """It looks as if T = 0 divides by zero. There the largest score has everything: return its place."""
    p = my_top_p(my_top_k(torch.softmax(scores / T, dim=-1), k), threshold)
    return int((p.cumsum(0) <= u).sum())


def choose_always_the_likeliest(scores, T, k, threshold, u):
    """It looks as if you always take the likeliest token. For T above 0 the number u decides: take the first token
    whose running total is above u."""
    return int(scores.argmax())


SAMPLER = Exercise(
    id="sampler",
    title="The whole sampler",
    difficulty=3,
    minutes=15,
    contract="scores [V], temperature T >= 0, k >= 1, 0 < threshold <= 1 and a number 0 <= u < 1 to one token id: "
    "temperature, then top-k, then top-p, then the first token in the row's order whose running total is above u. "
    "T = 0 takes the largest score.",
    cases=(
        (row(0.0, 0.0), 1.0, 2, 1.0, 0.25),
        (row(0.0, 0.0), 1.0, 2, 1.0, 0.5),
        (row(1.0, 3.0, 2.0), 0.0, 3, 1.0, 0.9),
        (row(1.0, 3.0, 2.0), 1.0, 3, 1.0, 0.5),
        (row(2.0, 1.0, 0.0), 1.0, 2, 1.0, 0.95),
        (row(2.0, 1.0, 0.0), 3.0, 3, 0.6, 0.9),
        (row(0.0, 0.0, 0.0, 0.0), 1.0, 3, 0.6, 0.7),
        (row(1.0, 1.0, 1.0, 1.0), 1.0, 4, 1.0, 0.75),
        (row(0.9, 0.8, 0.0), 1.0, 2, 0.5, 0.6),
    ),
    tried="T = 0, 1 and 3, both filters alone and together, and numbers u on the border between two tokens",
    hints=(
        "Reuse what you have: softmax of scores / T, then my_top_k, then my_top_p.",
        "Lay the probabilities end to end on a line from 0 to 1. u is a point on it: whose piece does it hit?",
        "(p.cumsum(0) <= u).sum() counts the tokens whose piece ends at or before u.",
    ),
    solution=my_choose,
    mistakes=(
        choose_top_p_before_temperature,
        choose_without_renormalising,
        choose_wrong_at_the_border,
        choose_top_p_before_top_k,
        choose_in_sorted_order,
        choose_divides_by_zero,
        choose_always_the_likeliest,
    ),
)

EXERCISES = (SOFTMAX, TEMPERATURE, TOP_K, TOP_P, PERPLEXITY, SAMPLER)


# Quiz: answers that can be computed are computed.

SURE = row(0.96, 0.02, 0.01, 0.01)


def sum_after_softmax() -> str:
    return f"{torch.softmax(row(-7.0, 12.0, 3.5), dim=-1).sum():.0f}"


def effect_of_adding_five() -> str:
    scores = row(3.1, 2.8, 2.0, -4.4)
    unchanged = torch.allclose(torch.softmax(scores, dim=-1), torch.softmax(scores + 5, dim=-1))
    return "Nothing" if unchanged else "The likeliest word gains"


def near_zero_temperature() -> str:
    p = torch.softmax(row(3.1, 2.8, 2.0, -4.4) / 0.01, dim=-1)
    return "The likeliest word gets nearly everything" if p[0] > 0.99 else "All words become equally likely"


def kept_when_sure() -> str:
    by_k, by_p = int((my_top_k(SURE, 3) > 0).sum()), int((my_top_p(SURE, 0.9) > 0).sum())
    return f"top-k keeps {by_k}, top-p keeps {by_p}"


def does_order_matter() -> str:
    scores, T, threshold = row(2.0, 1.0, 0.0), 3.0, 0.6
    first = (my_top_p(torch.softmax(scores / T, dim=-1), threshold) > 0).sum()
    last = (my_top_p(torch.softmax(scores, dim=-1), threshold) > 0).sum()
    return "Yes, other words may be kept" if first != last else "No, only the order of the code changes"


def perplexity_of_eight() -> str:
    return f"{my_perplexity([1 / 8] * 20):.0f}"


def percent_total() -> str:
    return f"They add up to {60 + 45 + 41}%"


QUIZ = (
    Question(
        "Softmax turns three scores into three probabilities. What do the probabilities sum to?",
        {
            "1": "Every result is divided by the sum of all of them, whatever the scores were.",
            "The sum of the scores": "Scores may sum to anything, even to a negative number.",
            "It depends on the scores": "The scores decide how the total is shared out, not how large it is.",
        },
        sum_after_softmax,
    ),
    Question(
        "You add 5 to every score before softmax. What changes?",
        {
            "The likeliest word gains": "Only the gaps between scores count, and they are as before.",
            "Nothing": "exp(5) multiplies the top and the bottom of every fraction, so it cancels.",
            "All words move closer together": "Dividing the scores would do that; adding moves them all alike.",
        },
        effect_of_adding_five,
    ),
    Question(
        "The temperature goes towards 0. What happens?",
        {
            "All words become equally likely": "That is a very high temperature: the gaps shrink to nothing.",
            "All probabilities go to 0": "They are shared out again after every change and always sum to 1.",
            "The likeliest word gets nearly everything": "Dividing by a small number stretches every gap; the largest "
            "score runs away from the rest.",
        },
        near_zero_temperature,
    ),
    Question(
        "The model is sure: 0.96, 0.02, 0.01, 0.01. How many words do top-k with k = 3 and top-p with p = 0.9 keep?",
        {
            "top-k keeps 3, top-p keeps 1": "Top-k counts words, however poor. Top-p stops once the total reaches 0.9, "
            "and the first word does that alone.",
            "top-k keeps 1, top-p keeps 3": "The other way round: k is a number of words, p is a share of the total.",
            "top-k keeps 3, top-p keeps 3": "Top-p adapts: the first word alone holds more than 0.9.",
        },
        kept_when_sure,
    ),
    Question(
        "A slide shows three next words with 60%, 45% and 41%. Why is that not a distribution?",
        {
            "The largest is below 90%": "No rule asks for a clear winner.",
            "They add up to 146%": "Only one word comes next, so the chances share 100% between them.",
            "They are not sorted": "Order does not matter, and these are sorted.",
        },
        percent_total,
    ),
    Question(
        "Does it matter whether temperature comes before or after top-p?",
        {
            "No, only the order of the code changes": "Temperature changes the probabilities that top-p adds up.",
            "Only with temperature 1": "With temperature 1 nothing changes, so there the order does not matter.",
            "Yes, other words may be kept": "At a high temperature the total grows more slowly, and top-p needs more "
            "words to reach the same share.",
        },
        does_order_matter,
    ),
    Question(
        "For every word of a text the model gave each of 8 words the same chance. What is its perplexity?",
        {
            "3": "That is the number of bits, log2 of 8. Perplexity counts choices.",
            "8": "Perplexity is the number of equally likely words that it was choosing between.",
            "0.125": "That is the probability of each word; perplexity is never below 1.",
        },
        perplexity_of_eight,
    ),
    Question(
        "Why does greedy decoding of a small model often end in a loop?",
        {
            "The random numbers repeat": "Greedy decoding uses no random numbers.",
            "The model runs out of words": "Its vocabulary is as large as ever; it stays with the same few.",
            "Repeating makes a repetition likelier": "Text that repeats itself tends to go on repeating. Greedy always "
            "takes the likeliest word, so nothing ever leads it out.",
        },
        "Repeating makes a repetition likelier",
    ),
)
