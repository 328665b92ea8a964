"""The quiz of lesson 04: answers are computed where they can be."""

import torch
import torch.nn.functional as F

from lessons_lib.classroom.lessons.lesson04.leaks import seven_ways
from lessons_lib.classroom.lessons.lesson04.shared import lower_triangle
from lessons_lib.classroom.questions import Question


def spread_of_scores() -> str:
    q, k = torch.randn(2, 20_000, 100, generator=torch.Generator().manual_seed(0))
    return f"by about {round((q * k).sum(-1).std().item())}"


def weight_of_a_zeroed_score() -> str:
    weights = torch.softmax(torch.tensor([-1.0, 0.0]), dim=-1)  # the second one is "masked" with 0
    return "More than the visible word" if weights[1] > weights[0] else "None"


def what_the_last_word_changes() -> str:
    """Of a causal map, when the last word is another."""
    scores = torch.randn(5, 5, generator=torch.Generator().manual_seed(0))
    other = scores.clone()
    other[4], other[:, 4] = 0, 0
    before, after = (seven_ways(each, lower_triangle(5))["a"] for each in (scores, other))
    rows = [i for i in range(5) if not torch.equal(before[i], after[i])]
    if rows == [4]:
        return "Those of the last row only"
    return "Those of every row" if rows else "Those of the last column only"


def head_of_the_wrong_cut() -> str:
    x = torch.arange(24).view(4, 6)  # [T, C]
    first = x.reshape(2, 4, 3)[0]
    if torch.equal(first.flatten(), x[:2].flatten()):
        return "All columns of words 0 and 1"
    return "Columns 0 to 2 of every word" if torch.equal(first, x[:, :3]) else "Columns 0, 2 and 4 of every word"


def order_in_one_look() -> str:
    q, k, v = torch.randn(3, 5, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    turned = [3, 1, 0, 2, 4]  # the last word stays where it is
    before = F.scaled_dot_product_attention(q[None], k[None], v[None])[0, -1]
    after = F.scaled_dot_product_attention(q[turned][None], k[turned][None], v[turned][None])[0, -1]
    return "Nothing" if torch.allclose(before, after) else "Its weights and what it receives"


def from_the_sink() -> str:
    sink, others = 0.9 * 0.5, 0.1 * 10.0
    return "No, less than half may be its part" if sink < others else "Yes, nine tenths of it"


def what_columns_do() -> str:
    """Of weights whose columns sum to 1, when the query of the last word is another."""
    scores = torch.randn(6, 6, generator=torch.Generator().manual_seed(0))
    other = scores.clone()
    other[5] += 1
    before, after = (seven_ways(each, lower_triangle(6))["c"] for each in (scores, other))
    moved = not torch.allclose(before[:5], after[:5])
    return "A later word can change an earlier row" if moved else "Each row is still a weighted mean of the past"


QUIZ = (
    Question(
        "You give one earlier word another value and leave all queries and keys as they are. What changes in this "
        "head?",
        {
            "The weights, and with them what is received": "The value has no part in the weights, which come "
            "of queries and keys.",
            "Nothing, until a query asks for the new value": "Queries never meet values. Whoever has a weight on the "
            "word receives the new value at once.",
            "What is received there and later, and no weight": "Queries and keys make the weights; the value is what "
            "gets mixed, by the word itself and by those behind it.",
        },
        "What is received there and later, and no weight",
    ),
    Question(
        "Queries and keys hold 100 independent numbers each, with mean 0 and standard deviation 1. How far do their "
        "dot products spread (one standard deviation)?",
        {
            "by about 10": "Variances add: 100 products of variance 1 have variance 100, and its root is 10.",
            "by about 1": "One product of two numbers spreads by 1; a sum of 100 of them spreads further.",
            "by about 100": "That is the variance; the spread is its square root.",
        },
        spread_of_scores,
    ),
    Question(
        "Somebody hides a future word by setting its score to 0 before the softmax. The one visible word has a score "
        "of -1. How much weight does the hidden one get?",
        {
            "None": "A score of 0 becomes exp(0) = 1 before the sum is taken, which is no 0.",
            "More than the visible word": "exp(0) = 1 against exp(-1) = 0.37. To hide it, the score must be minus "
            "infinity.",
            "Less than the visible word": "0 is above -1, so the hidden word wins.",
        },
        weight_of_a_zeroed_score,
    ),
    Question(
        "You replace the last word of a text. Which entries of a causal map, row i for what word i looks at, can "
        "differ?",
        {
            "Those of every row": "That is so without a mask. With it no earlier row sees the last word.",
            "Those of the last column only": "In the rows before the last it holds zeros, before and after; and the "
            "last row has other entries.",
            "Those of the last row only": "The earlier rows don't see the last word. This is why one pass over a "
            "text asks as many questions as it has words.",
        },
        what_the_last_word_changes,
    ),
    Question(
        "Four words have queries of six numbers, x [4, 6], for two heads. What does head 0 get from "
        "x.reshape(2, 4, 3)?",
        {
            "Columns 0 to 2 of every word": "That is what it should get: view(4, 2, 3) first, then swap the two axes.",
            "All columns of words 0 and 1": "The first twelve numbers in memory, dealt out anew. The shape is right, "
            "and words 2 and 3 are in the other head.",
            "Columns 0, 2 and 4 of every word": "Every second column would come of view(4, 3, 2).",
        },
        head_of_the_wrong_cut,
    ),
    Question(
        "One look without a mask, and no positions. You shuffle all words but the last. What changes for the last "
        "word?",
        {
            "Nothing": "A weighted mean is a sum: the same words with the same weights, in another order.",
            "Its weights and what it receives": "Each weight depends on the two words alone, wherever they stand.",
            "Its weights only": "Each word keeps its weight and takes it along to its new place.",
        },
        order_in_one_look,
    ),
    Question(
        "A head gives a word the weight 0.9. The length of that word's value is 0.5, and that of all other values is "
        "10. Must most of what the head delivers come from that word?",
        {
            "Yes, nine tenths of it": "A weight is a share, not an amount. It is multiplied by the value.",
            "Yes, since 0.9 is more than half": "Of the weights, yes. What arrives is weight times value.",
            "No, less than half may be its part": "0.9 times 0.5 is 0.45; the others bring up to 0.1 times 10. A "
            "weight is a factor in a mean.",
        },
        from_the_sink,
    ),
    Question(
        "The future's scores are minus infinity. Then somebody writes softmax(0) for softmax(-1); row i is what word i "
        "looks at. What holds of the map?",
        {
            "Each row is still a weighted mean of the past": "Now the columns sum to 1, and a row to anything.",
            "The last row is all right, since it sees everything": "It is divided by the sums of the columns, as the "
            "others are, and need not sum to 1.",
            "A later word can change an earlier row": "Each column sums to 1: what word 2 gets from word 1 now depends "
            "on what word 5 makes of word 1. So the future has its say, though its own weights are 0.",
        },
        what_columns_do,
    ),
    Question(
        "You switch off the one head that gives the right word 0.98, and the answer stays. What follows?",
        {
            "The head does nothing": "Its delivery may be used, and others may deliver the same when it is gone.",
            "Others may do the same work": "Switch off several together: two of ours cost more than the two costs "
            "added up. One at a time can't show that.",
            "The map was wrong": "The map says where the head looks, and there it looks. It says nothing about who "
            "needs it.",
        },
        "Others may do the same work",
    ),
)
