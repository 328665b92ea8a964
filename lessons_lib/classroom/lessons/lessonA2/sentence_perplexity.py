"""The last exercise of appendix A2: the perplexity of a real text, from the real model's scores."""

import math
import re

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lessonA2.shared import scores_and_ids


def my_perplexity(scores, ids):
    logs = torch.log_softmax(scores, dim=-1)
    of_the_text = logs[torch.arange(len(ids)), ids]
    return torch.exp(-of_the_text.mean())


def on_the_real_model(answer, text, added, last):
    """An answer's perplexity of a text, from SmolLM2's scores, to each of which the same number is added, and another
    number to that of the last token at its place."""
    scores, ids = scores_and_ids(text)
    scores = scores + added
    scores[-1, ids[-1]] += last
    try:
        return answer(scores, ids.clone())
    except IndexError as error:  # torch names one bad index or another
        raise IndexError(re.sub(r"index \d+", "an index", str(error))) from error


def chances(scores, ids):
    """The chance of each token that came. Mistakes use it; the solution stays with logarithms."""
    return scores.softmax(-1)[torch.arange(len(ids)), ids]


def logs_of(scores, ids):
    """The logarithm of each token's chance, in one step."""
    return torch.log_softmax(scores, dim=-1)[torch.arange(len(ids)), ids]


def in_two_steps(scores, ids):
    """Right until a chance is too small for a float: softmax makes it 0, and the logarithm of 0 is minus infinity.
    torch.log_softmax does both in one, without that step."""
    return torch.exp(-chances(scores, ids).log().mean())


def with_a_little_more(scores, ids):
    """Right until a chance is tiny: a small number added inside the logarithm hides how hopeless the guess was.
    torch.log_softmax needs no such help."""
    return torch.exp(-(chances(scores, ids) + 1e-9).log().mean())


def without_the_first(scores, ids):
    """It looks as if the first token is left out. Its chance is there too, given the sign that a text begins: row 0."""
    return my_perplexity(scores[1:], ids[1:])


def of_the_entropy(scores, ids):
    """It looks as if you took the entropy of each row, the mean surprise over all tokens that might come. Only the one
    that came counts: column ids[i] of row i."""
    logs = scores.log_softmax(-1)
    return torch.exp(-(logs.exp() * logs).sum(-1).mean())


def mean_of_chances(scores, ids):
    """It looks as if you averaged the chances and took 1 divided by that. One lucky token then hides all others:
    average the logarithms, then take exp."""
    return 1 / chances(scores, ids).mean()


def product_of_chances(scores, ids):
    """It looks as if you multiplied the chances. For a whole page the product is too small for a float: it becomes 0,
    and 1 / 0 is inf. Add logarithms instead."""
    return chances(scores, ids).prod() ** (-1 / len(ids))


def log_of_the_product(scores, ids):
    """It looks as if you took the log of the product. For a whole page the product is too small for a float: it becomes
    0, and 0 has no logarithm. Take the logarithms first, then add them."""
    return math.exp(-math.log(math.prod(chances(scores, ids).tolist())) / len(ids))


def mean_of_choices(scores, ids):
    """It looks as if you averaged 1 / p. One hopeless token then drowns all others: average the logarithms, then take
    exp."""
    return (1 / chances(scores, ids)).mean()


def scores_for_logs(scores, ids):
    """It looks as if you took the scores for logarithms of chances. They become that by torch.log_softmax."""
    return torch.exp(-scores[torch.arange(len(ids)), ids].mean())


def shifted(scores, ids):
    """It looks as if you moved ids by one. Row i already belongs to token i."""
    return torch.exp(-torch.log_softmax(scores, dim=-1)[torch.arange(len(ids) - 1), ids[1:]].mean())


def without_exp(scores, ids):
    """It looks as if you returned the mean surprise: exp turns it into a number of choices."""
    return -logs_of(scores, ids).mean()


def bits_and_exp(scores, ids):
    """It looks as if you used log2 together with exp. The two must belong together: log with exp, or log2 with 2 to the
    power."""
    return torch.exp(-logs_of(scores, ids).mean() / math.log(2))


def nats_and_two(scores, ids):
    """It looks as if you used log together with 2 to the power. The two must belong together: log with exp, or log2
    with 2 to the power."""
    return 2 ** -logs_of(scores, ids).mean()


def without_minus(scores, ids):
    """It looks as if the minus is missing. A perplexity is 1 or more: it counts choices."""
    return torch.exp(logs_of(scores, ids).mean())


def without_mean(scores, ids):
    """It looks as if you summed the surprises without dividing by how many there are: long texts then always look
    worse."""
    return torch.exp(-logs_of(scores, ids).sum())


def over_the_places(scores, ids):
    """It looks as if softmax runs down the columns. The scores of one place share one total: dim=-1."""
    return torch.exp(-torch.log_softmax(scores, dim=0)[torch.arange(len(ids)), ids].mean())


def of_the_favourites(scores, ids):
    """It looks as if you took the largest chance of each row. Take the chance of the token that came: column ids[i] of
    row i."""
    return torch.exp(-torch.log_softmax(scores, dim=-1).amax(-1).mean())


def of_the_whole_table(scores, ids):
    """It looks as if you averaged over all tokens of the vocabulary. Only the tokens that came count: column ids[i] of
    row i."""
    return torch.exp(-torch.log_softmax(scores, dim=-1).mean())


def power_of_the_product(scores, ids):
    """It looks as if you multiplied the chances. For a whole page the product is too small for a float: it becomes 0,
    and 0 has no negative power. Add logarithms instead."""
    return math.prod(chances(scores, ids).tolist()) ** (-1 / len(ids))


def every_row_with_every_id(scores, ids):
    """It looks as if you took columns ids of every row, as table[:, ids] does: [N, N]. Of row i only column ids[i]
    counts: table[torch.arange(N), ids]."""
    return torch.exp(-torch.log_softmax(scores, dim=-1)[:, ids].mean())


def ids_for_rows(scores, ids):
    """It looks as if the ids choose rows, as in table[ids]. They choose columns: table[torch.arange(N), ids] takes
    column ids[i] of row i."""
    return torch.exp(-torch.log_softmax(scores, dim=-1)[ids].mean())


def shifted_back(scores, ids):
    """It looks as if you moved ids by one. Row i already belongs to token i."""
    return torch.exp(-torch.log_softmax(scores, dim=-1)[torch.arange(1, len(ids)), ids[:-1]].mean())


def one_token_too_few(scores, ids):
    """It looks as if you divided by N - 1. All N tokens came, and each has its row: divide by N."""
    return torch.exp(-logs_of(scores, ids).sum() / (len(ids) - 1))


def softmax_twice(scores, ids):
    """It looks as if softmax was taken twice. torch.log_softmax wants the scores themselves; chances that are there
    already need log alone."""
    return my_perplexity(scores.softmax(-1), ids)


def exp_of_large_scores(scores, ids):
    """It looks as if you took exp of the scores as they are. With 1,000 more on each, no float can hold that: inf.
    Take the largest score of each row away first, as torch.log_softmax does."""
    exps = scores.exp()
    return torch.exp(-(exps / exps.sum(-1, keepdim=True))[torch.arange(len(ids)), ids].log().mean())


def log_of_large_sums(scores, ids):
    """It looks as if you took exp of the scores as they are. With 1,000 more on each, no float can hold that: inf.
    Take the largest score of each row away first, as torch.log_softmax does."""
    logs = scores - scores.exp().sum(-1, keepdim=True).log()
    return torch.exp(-logs[torch.arange(len(ids)), ids].mean())


def product_of_plain_exps(scores, ids):
    """It looks as if you multiplied the chances. For a whole page the product is too small for a float: it becomes 0,
    and 1 / 0 is inf. Add logarithms instead. And take exp of no large score: torch.log_softmax does all that."""
    exps = scores.exp()
    return (exps / exps.sum(-1, keepdim=True))[torch.arange(len(ids)), ids].prod() ** (-1 / len(ids))


def math_exp_of_large_scores(scores, ids):
    """It looks as if you took exp of the scores as they are. With 1,000 more on each, no float can hold that: take
    the largest score of each row away first, as torch.log_softmax does."""
    math.exp(scores.max().item())
    return my_perplexity(scores, ids)


def exp_of_the_sum(scores, ids):
    """It looks as if there is a number that no chance can be. Softmax divides by the sum of the exps, and not by exp of
    the sum, which is inf or 0; and log wants a chance: a score may be negative, and then it has no logarithm."""
    shares = scores.exp() / scores.sum(-1, keepdim=True).exp()
    return torch.exp(-shares[torch.arange(len(ids)), ids].log().mean())


def log_of_exp_of_the_sum(scores, ids):
    """It looks as if you took the sum of the scores away from each. That is the log of exp of the sum; softmax divides
    by the sum of the exps."""
    logs = scores - scores.sum(-1, keepdim=True)
    return torch.exp(-logs[torch.arange(len(ids)), ids].mean())


def math_exp_of_the_sum(scores, ids):
    """It looks as if exp is taken of far too much. Softmax divides by the sum of the exps, not by exp of the sum."""
    return math.exp(scores.sum(-1).abs().max().item())


def one_total_for_all(scores, ids):
    """It looks as if all rows share one total. Each row has its own: dim=-1."""
    shares = scores.exp() / scores.exp().sum()
    return torch.exp(-shares[torch.arange(len(ids)), ids].log().mean())


def one_for_each_token(scores, ids):
    """It looks as if you returned one number for each token. The perplexity is one for the text: take the mean of the
    surprises, then exp."""
    return 1 / chances(scores, ids)


def chances_for_logs(scores, ids):
    """It looks as if the logarithm is missing: you averaged the chances, not their logarithms."""
    return torch.exp(-chances(scores, ids).mean())


PAGE = str(2**1200)  # 362 digits, each of which surprises

SENTENCE_PERPLEXITY = Exercise(
    id="sentence_perplexity",
    title="The perplexity of a real sentence",
    difficulty=3,
    minutes=20,
    kind="build",
    contract="scores [N, V] and token ids [N], where row i holds the model's scores for the place of token i, to the "
    "perplexity, a number; for a page as well as for a sentence, and where 1,000 is added to every score, or a token's "
    "chance is too small for a float.",
    cases=(
        ("The cat sat on the mat.", 0, 0),
        ("The mat sat on the cat.", 0, 0),
        ("One, two, three, four, five, six, seven.", 0, 0),
        (PAGE, 0, 0),
        ("The cat sat on the mat.", 1000, 0),
        ("The cat sat on the mat.", 0, -110),
    ),
    tried="the real model's scores of the cat, of the mat, of a count to seven, and of a page of digits; with 1,000 "
    "added to each score, and with a last token of a chance below 1e-45",
    hints=(
        "Scores to logarithms of chances: torch.log_softmax(scores, dim=-1), [N, V].",
        "Of row i only column ids[i] counts: table[torch.arange(N), ids] takes one number of each row.",
        "The mean of these logarithms, its minus, and exp of that.",
    ),
    solution=my_perplexity,
    mistakes=(
        in_two_steps,
        with_a_little_more,
        without_the_first,
        of_the_entropy,
        mean_of_chances,
        product_of_chances,
        log_of_the_product,
        mean_of_choices,
        scores_for_logs,
        shifted,
        without_exp,
        bits_and_exp,
        nats_and_two,
        without_minus,
        without_mean,
        over_the_places,
        of_the_favourites,
        of_the_whole_table,
        power_of_the_product,
        every_row_with_every_id,
        ids_for_rows,
        shifted_back,
        one_token_too_few,
        softmax_twice,
        exp_of_large_scores,
        log_of_large_sums,
        product_of_plain_exps,
        math_exp_of_large_scores,
        exp_of_the_sum,
        log_of_exp_of_the_sum,
        math_exp_of_the_sum,
        one_total_for_all,
        one_for_each_token,
        chances_for_logs,
    ),
    harness=on_the_real_model,
)
