"""The quiz of lesson 01: answers are computed."""

import torch

from lessons_lib.classroom.lessons.lesson01.bits_per_letter import my_bits_per_letter
from lessons_lib.classroom.lessons.lesson01.shared import row
from lessons_lib.classroom.lessons.lesson01.top_p import my_top_p
from lessons_lib.classroom.questions import Question

SURE = row(0.95, 0.03, 0.015, 0.005)


def lead_when_cold() -> str:
    from lessons_lib.generation import sampling

    chances = sampling.softmax(row(3.1, 2.8) / 0.5)
    return f"{chances[0] / chances[1]:.2f} times"


def kept_when_sure() -> str:
    from lessons_lib.generation import sampling

    by_k, by_p = int(sampling.top_k(SURE.log(), 3).isfinite().sum()), int((my_top_p(SURE, 0.9) > 0).sum())
    return f"top-k keeps {by_k}, top-p keeps {by_p}"


def share_after_top_k() -> str:
    from lessons_lib.generation import sampling

    return f"{sampling.softmax(sampling.top_k(row(0.5, 0.3, 0.2).log(), 2))[0]:.3f}"


def which_keeps_more() -> str:
    from lessons_lib.generation import sampling

    scores = row(2.0, 1.0, 0.0)
    first = int(sampling.top_p(scores / 3.0, 0.6).isfinite().sum())
    last = int(sampling.top_p(scores, 0.6).isfinite().sum())
    return "Heat first" if first > last else "Top-p first" if first < last else "Both the same"


def divided_below_zero() -> str:
    from lessons_lib.generation import sampling

    scores = row(1.0, -2.0)
    divided = row(1.0, -2.0 / 1.2)
    gains = sampling.softmax(divided)[1] > sampling.softmax(scores)[1]
    return "It becomes likelier" if gains else "It becomes less likely"


def mean_of_two_and_eight() -> str:
    bits = my_bits_per_letter([1 / 2, 1 / 8], "ab")  # two tokens of one letter
    return f"{2**bits:.0f}"


def hot_and_few() -> str:
    from lessons_lib.generation import sampling

    scores = torch.tensor([6.0] + [0.0] * 10_000) / 2.0
    kept = {
        "Top-p 0.9": int(sampling.top_p(scores, 0.9).isfinite().sum()),
        "Min-p 0.1": int(sampling.min_p(scores, 0.1).isfinite().sum()),
    }
    return min(kept, key=kept.get)


QUIZ = (
    Question(
        "At T = 1 the word blue is 1.35 times as likely as clear, since its score is 0.3 higher. How many times at "
        "T = 0.5?",
        {
            "1.16 times": "That is T = 2, where the gap shrinks to 0.15.",
            "1.82 times": "The gap of 0.3 grows to 0.6, and exp(0.6) is 1.82.",
            "2.70 times": "Twice the gap is not twice the ratio: exp(0.6) is 1.35 times 1.35.",
        },
        lead_when_cold,
    ),
    Question(
        "The model is sure: 0.95, 0.03, 0.015, 0.005. How many words do top-k with k = 3 and top-p with p = 0.9 keep?",
        {
            "top-k keeps 3, top-p keeps 1": "Top-k counts words, however poor. Top-p stops once the total reaches 0.9, "
            "and the first word does that alone.",
            "top-k keeps 1, top-p keeps 3": "The other way round: k is a number of words, p is a share of the total.",
            "top-k keeps 3, top-p keeps 3": "Top-p adapts: the first word alone holds more than 0.9.",
        },
        kept_when_sure,
    ),
    Question(
        "Three words have the chances 0.5, 0.3 and 0.2. What does the first have after top-k with k = 2?",
        {
            "0.500": "The 0.2 of the third word is shared out too, or the rest would sum to 0.8.",
            "0.600": "The 0.2 is not split evenly: both divide by 0.8, so their ratio stays.",
            "0.625": "What is left sums to 0.8, and 0.5 / 0.8 is 0.625. The ratio of the two stays.",
        },
        share_after_top_k,
    ),
    Question(
        "Temperature 3 and top-p 0.6 on the scores 2, 1 and 0: which order keeps more words?",
        {
            "Top-p first": "At T = 1 the first word alone has 0.67, which reaches 0.6.",
            "Both the same": "Heat changes the chances that top-p adds up.",
            "Heat first": "Heated, the first word has only 0.45, and top-p needs a second. Unheated it has 0.67, "
            "which is enough.",
        },
        which_keeps_more,
    ),
    Question(
        "One word has the score 6, ten thousand others have 0, and the temperature is 2. Which filter keeps fewer "
        "words?",
        {
            "Min-p 0.1": "Heated, each of the others is exp(-3), a twentieth, as likely as the best. The bar stands at "
            "a tenth, so one word stays.",
            "Top-p 0.9": "The ten thousand hold nearly all of the chance together, so 90% of it takes most of them.",
            "Both the same": "They ask different questions: for a share of the whole, for a share of the best.",
        },
        hot_and_few,
    ),
    Question(
        "A token with the score -2 has occurred. A program wants to make it less likely and divides its score by 1.2. "
        "What happens?",
        {
            "It becomes likelier": "-2 rises to -1.67. Negative scores must be multiplied.",
            "Nothing, for its rank stays": "Its gap to all others has changed: it alone was moved.",
            "It becomes less likely": "It would with a positive score. -2 / 1.2 is -1.67, which is more than -2.",
        },
        divided_below_zero,
    ),
    Question(
        "To one token of a text the model gave the chance 1/2, to the other 1/8. What is the perplexity?",
        {
            "3.2": "That is 1 divided by the mean chance. Chances of a text multiply, so the logarithms are averaged.",
            "4": "1 bit and 3 bits are 2 bits on average, and 2 to the power 2 is 4: the root of 2 times 8.",
            "5": "That is the mean of 2 and 8. The right mean is the one for products.",
        },
        mean_of_two_and_eight,
    ),
)
