"""The quiz of lesson 04: answers that can be computed are computed."""

import torch

from lessons_lib.classroom.lessons.lesson04.rotate_pair import my_rotate, rotate_neighbours
from lessons_lib.classroom.lessons.lesson04.shared import made_up
from lessons_lib.classroom.questions import Question


def spread_of_scores() -> str:
    q, k = torch.randn(2, 20_000, 100, generator=torch.Generator().manual_seed(0))
    return f"about {round((q * k).sum(-1).std().item())}"


def weight_of_a_zeroed_score() -> str:
    weights = torch.softmax(torch.tensor([-1.0, 0.0]), dim=-1)  # the second one is "masked" with 0
    return "More than the visible token" if weights[1] > weights[0] else "None"


def bytes_of_the_tables() -> str:
    return f"{4 * 12 * 2048**2 * 4 / 1e6:.0f} MB"


def weights_by_number_of_heads() -> str:
    one, twelve = ((heads * (768 // heads)) * 768 * 4 for heads in (1, 12))
    return "The same number" if one == twelve else "Twelve times as many"


def one_token_test() -> str:
    x = made_up(6)
    same = torch.equal(my_rotate(x, 0, 100.0), rotate_neighbours(x, 0, 100.0))
    return "It passes: position 0 is not turned" if same else "It fails at once"


def cache_of_grouped_heads() -> str:
    return f"{3 / 9:.2f} of it"


QUIZ = (
    Question(
        "Which of query, key and value decide how much one token looks at another?",
        {
            "Query and key": "Their dot product is the score. The value is what gets delivered.",
            "Query and value": "The value has no part in the weights: change it, and the map stays as it is.",
            "All three": "The value comes in after the softmax, when the weights are fixed.",
        },
        "Query and key",
    ),
    Question(
        "Queries and keys hold 100 numbers each, with mean 0 and standard deviation 1. How far do their dot products "
        "spread (one standard deviation)?",
        {
            "about 1": "One product of two numbers spreads by 1; a sum of 100 of them spreads further.",
            "about 10": "Variances add: 100 products of variance 1 have variance 100, and its root is 10.",
            "about 100": "That is the variance; the spread is its square root.",
        },
        spread_of_scores,
    ),
    Question(
        "Somebody hides a future token by setting its score to 0 before the softmax. The visible token has a score of "
        "-1. How much weight does the hidden one get?",
        {
            "None": "A score of 0 becomes exp(0) = 1 before the sum is taken, which is no 0.",
            "Less than the visible token": "0 is above -1, so the hidden token wins.",
            "More than the visible token": "exp(0) = 1 against exp(-1) = 0.37. To hide it, the score must be minus "
            "infinity.",
        },
        weight_of_a_zeroed_score,
    ),
    Question(
        "Batch 4, 12 heads, 2048 tokens, four bytes a number: how large are the score tables of one layer?",
        {
            "805 MB": "4 * 12 * 2048 * 2048 * 4 bytes. Twice the tokens would need four times as much.",
            "201 MB": "That counts one byte a number: a 32-bit float has four.",
            "0.4 MB": "That is one row for each token; the tables hold a row for each token and a column for each.",
        },
        bytes_of_the_tables,
    ),
    Question(
        "A layer of width 768 has 12 heads of 64, another has one head of 768. Which has more weights in its four "
        "projections?",
        {
            "Twelve times as many": "Each head is narrower by the same factor.",
            "The same number": "12 * 64 = 768: the heads share out the same columns.",
            "It depends on the text": "Weights are fixed before any text is read.",
        },
        weights_by_number_of_heads,
    ),
    Question(
        "A model has 9 query heads and 3 key and value heads. How much memory do its stored keys and values need, "
        "compared with 9 of each?",
        {
            "3.00 of it": "Fewer heads are stored, so it shrinks.",
            "0.33 of it": "Three pairs are stored where nine would be. The nine queries are not stored at all.",
            "The same": "Only keys and values are stored, and there are fewer of them.",
        },
        cache_of_grouped_heads,
    ),
    Question(
        "You load weights that were made for one rotary layout and turn them in the other. You test with a text of one "
        "token. What does the test say?",
        {
            "It fails at once": "The first token stands at position 0, where every angle is 0.",
            "It passes: position 0 is not turned": "Both layouts leave position 0 alone, so they agree. Test with "
            "several tokens.",
            "It passes: the layouts are equal": "They agree at position 0 only.",
        },
        one_token_test,
    ),
    Question(
        "A map shows that a head gives 0.9 of its attention to one word. What does that prove?",
        {
            "The model uses this word for its answer": "The value may be tiny, or later layers may ignore this head. "
            "Silence it and see whether the answer changes.",
            "The word is important": "Some heads park nearly all their attention on the first token, whatever it is.",
            "90% of the head's mix comes from that word's value": "That is all that a weight says: the share in one "
            "weighted sum of one head.",
        },
        "90% of the head's mix comes from that word's value",
    ),
)
