"""The quiz of lesson 01: answers that can be computed are computed."""

import torch

from lessons_lib.classroom.lessons.lesson01.perplexity import my_perplexity
from lessons_lib.classroom.lessons.lesson01.shared import row
from lessons_lib.classroom.lessons.lesson01.top_k import my_top_k
from lessons_lib.classroom.lessons.lesson01.top_p import my_top_p
from lessons_lib.classroom.questions import Question

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
