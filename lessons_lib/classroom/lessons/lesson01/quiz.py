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


def which_keeps_more() -> str:
    from lessons_lib.generation import sampling

    scores = row(2.0, 1.0, 0.0)
    first = int(sampling.top_p(scores / 3.0, 0.6).isfinite().sum())
    last = int(sampling.top_p(scores, 0.6).isfinite().sum())
    return "Heat first" if first > last else "Top-p first" if first < last else "Both the same"


def moved_by_fifty() -> str:
    from lessons_lib.generation import sampling

    scores, seen = row(1.0, -2.0, 0.5), torch.tensor([0])
    tools = {
        "What temperature 2 does": lambda scores: scores / 2,
        "What top-p 0.6 does": lambda scores: sampling.top_p(scores, 0.6),
        "What the repetition penalty does": lambda scores: sampling.repetition_penalty(scores, seen, 1.2),
    }
    changed = [
        name
        for name, tool in tools.items()
        if not torch.allclose(sampling.softmax(tool(scores)), sampling.softmax(tool(scores + 50)), atol=1e-4)
    ]
    return changed[0] if len(changed) == 1 else ", ".join(changed)


def four_and_sixteen() -> str:
    bits = my_bits_per_letter([1 / 4, 1 / 16], "ab")  # two tokens of one letter
    return f"{2**bits:.0f}"


def unknown_cats() -> str:
    known = {"the", "cat", "sat", "on", "mat"}
    return "It becomes <UNK>" if "cats" not in known else "It keeps its own number"


def one_row_too_far() -> str:
    scores = torch.tensor(
        [[0.0, 0.0, 9.0], [9.0, 0.0, 0.0], [0.0, 9.0, 0.0]]
    )  # after token i its row likes token i + 2
    shares, tokens = scores.softmax(-1), (0, 2, 0)  # row i is about token i + 1
    right = [float(shares[i, tokens[i + 1]]) > 0.9 for i in range(2)]
    wrong = [float(shares[i, tokens[i]]) > 0.9 for i in range(3)]
    return "The chance that the token just read comes again" if all(right) and not any(wrong) else "neither"


def drawn_evenly() -> str:
    chances = row(0.93, *[0.01] * 7)
    return f"{-chances.log2().mean():.1f} bits"


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
            "Both keep nearly all": "Top-p does. For min-p count from the best: a twentieth as likely "
            "is below its bar of a tenth.",
        },
        hot_and_few,
    ),
    Question(
        "Somebody adds 50 to every score of the model. Which of these changes?",
        {
            "What temperature 2 does": "It halves the gaps, and no gap has changed.",
            "What top-p 0.6 does": "It adds up chances, and softmax looks at gaps alone.",
            "What the repetition penalty does": "It divides what lies above 0 and multiplies what lies below. Where 0 "
            "lies has moved against the scores, so tokens that have occurred fall by another amount.",
        },
        moved_by_fifty,
    ),
    Question(
        "To one token of a text the model gave the chance 1/4, to the other 1/16. What is the perplexity?",
        {
            "6.4": "That is 1 divided by the mean chance. Chances of a text multiply, so the logarithms are averaged.",
            "8": "2 bits and 4 bits are 3 bits on average, and 2 to the power 3 is 8.",
            "10": "That is the mean of 4 and 16. The right mean is the one for products.",
        },
        four_and_sixteen,
    ),
    Question(
        "A vocabulary is made of the words of one text: the, cat, sat, on, mat. Then comes: the cats sat. What happens "
        "to cats?",
        {
            "It becomes <UNK>": "The list knows cat and not cats; a list of words sees no likeness between the two.",
            "It is cut into cat and s": "A vocabulary of subwords would do that, if it held cat and s. This one holds "
            "words alone.",
            "It is added to the list": "A new entry has learned nothing: the model would have to be trained with it "
            "first.",
        },
        unknown_cats,
    ),
    Question(
        "Somebody wants the chance of each token of a text and reads, in row i, that of token i. What do they get?",
        {
            "The right chances, but for the last token": "All are wrong: every row is about the token after it.",
            "The chance that the token just read comes again": "Row i is about token i + 1. In row i token i is asked "
            "whether it comes again.",
            "The chances of the text read backwards": "The model reads forwards in any case; only the rows are taken "
            "for other tokens.",
        },
        one_row_too_far,
    ),
    Question(
        "Of eight tokens the model gives one the chance 93% and each other 1%. Somebody draws tokens evenly from the "
        "eight. How much does such a token surprise the model on average?",
        {
            "0.1 bits": "That is the surprise of the favourite alone, and it is drawn one time in eight.",
            "3.0 bits": "So it would be if the model gave each the same chance. It gives seven of them far less.",
            "5.8 bits": "The favourite surprises by 0.1 bits, each of the seven by 6.6. The mean is more than the 3 "
            "bits of equal chances.",
        },
        drawn_evenly,
    ),
)
