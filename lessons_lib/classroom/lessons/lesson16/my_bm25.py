"""An exercise of lesson 16: how well texts fit a question, by their words."""

import math
from collections import Counter

from lessons_lib.classroom.exercises import Exercise


def my_bm25(question, texts, k1, b):
    import math
    from collections import Counter

    if not texts:
        return []
    bags = [Counter(text) for text in texts]
    mean = sum(map(len, texts)) / len(texts)
    scores = []
    for bag, text in zip(bags, texts, strict=True):
        score = 0.0
        for word in question:
            have = sum(word in other for other in bags)
            idf = math.log(1 + (len(texts) - have + 0.5) / (have + 0.5))
            if bag[word]:
                score += idf * bag[word] / (bag[word] + k1 * (1 - b + b * len(text) / mean))
        scores.append(score)
    return scores


def _scored(
    question,
    texts,
    k1,
    b,
    log=math.log,
    plus=1,
    have=lambda word, bags: sum(word in bag for bag in bags),
    left=lambda n, have: n - have,
    once=False,
    mean=lambda lengths: sum(lengths) / len(lengths),
    length=len,
    count=lambda bag, word: bag[word],
    saturate=True,
    factor=1.0,
    weight=True,
):
    """The same with the knobs that mistakes turn."""
    if not texts:
        return []
    bags = [Counter(text) for text in texts]
    typical = mean([length(text) for text in texts])
    words = dict.fromkeys(question) if once else question
    scores = []
    for bag, text in zip(bags, texts, strict=True):
        score = 0.0
        for word in words:
            if not bag[word]:
                continue
            d = have(word, bags)
            idf = log(plus + (left(len(texts), d) + 0.5) / (d + 0.5)) if weight else 1.0
            n = count(bag, word)
            score += factor * idf * n / (n + k1 * (1 - b + b * length(text) / typical) if saturate else 1)
        scores.append(score)
    return scores


def bm25_without_log(question, texts, k1, b):
    """It looks as if idf is taken without its logarithm. Then one rare word outweighs all the others together."""
    return _scored(question, texts, k1, b, log=lambda x: x)


def bm25_with_a_log_of_2(question, texts, k1, b):
    """It looks as if the logarithm is another than the natural one. The order is the same, the scores are not:
    math.log."""
    return _scored(question, texts, k1, b, log=math.log2)


def bm25_with_a_log_of_10(question, texts, k1, b):
    """It looks as if the logarithm is another than the natural one. The order is the same, the scores are not:
    math.log."""
    return _scored(question, texts, k1, b, log=math.log10)


def bm25_below_zero(question, texts, k1, b):
    """It looks as if the 1 inside the logarithm is missing. A word that most texts have then takes points away."""
    return _scored(question, texts, k1, b, plus=0)


def bm25_without_idf(question, texts, k1, b):
    """It looks as if every word counts the same. A rare word says more: multiply by its idf."""
    return _scored(question, texts, k1, b, weight=False)


def bm25_of_all_texts(question, texts, k1, b):
    """It looks as if idf compares with the number of all texts. Above stands the number of those *without* the
    word."""
    return _scored(question, texts, k1, b, left=lambda n, have: n)


def bm25_of_occurrences(question, texts, k1, b):
    """It looks as if idf counts how often the word comes in all texts together. It counts the texts that have it, each
    once."""
    return _scored(question, texts, k1, b, have=lambda word, bags: sum(bag[word] for bag in bags))


def bm25_without_length(question, texts, k1, b):
    """It looks as if the length of a text plays no part. A long text has more words of every kind, so b holds it
    back."""
    return _scored(question, texts, k1, 0)


def bm25_with_b_on_the_other_side(question, texts, k1, b):
    """It looks as if b and 1 - b have changed places. It is b that the length is multiplied by."""
    return _scored(question, texts, k1, 1 - b)


def bm25_of_all_by_some(question, texts, k1, b):
    """It looks as if idf is ln(N / d), as in TF-IDF. Here it is ln(1 + (N - d + 0.5) / (d + 0.5)), so that a word which
    all texts have still counts a little."""
    return _scored(question, texts, k1, b, plus=0, left=lambda n, have: n * (have + 0.5) / have - 0.5)


def bm25_with_full_length(question, texts, k1, b):
    """It looks as if b is left out and the length counts in full: 1 - b + b · length / mean."""
    return _scored(question, texts, k1, 1)


def bm25_by_the_longest(question, texts, k1, b):
    """It looks as if a length is compared with that of the longest text. It is compared with the mean of all."""
    return _scored(question, texts, k1, b, mean=max)


def bm25_by_different_words(question, texts, k1, b):
    """It looks as if the length of a text is its number of *different* words. Its length counts every word, repeats
    too."""
    return _scored(question, texts, k1, b, length=lambda text: len(set(text)))


def bm25_that_never_tires(question, texts, k1, b):
    """It looks as if a word that stands there ten times counts ten times as much. It counts n / (n + ...), which stays
    below 1."""
    return _scored(question, texts, k1, b, saturate=False)


def bm25_with_the_old_factor(question, texts, k1, b):
    """It looks as if everything is multiplied by k1 + 1, as in the older form. All scores grow alike, so the order is
    the same; here that factor is left out."""
    return _scored(question, texts, k1, b, factor=k1 + 1)


def bm25_that_counts_once(question, texts, k1, b):
    """It looks as if a word of a text counts once, however often it stands there. n is how often."""
    return _scored(question, texts, k1, b, count=lambda bag, word: 1)


def bm25_that_hears_once(question, texts, k1, b):
    """It looks as if a word that the question has twice counts once. It counts each time that it is asked."""
    return _scored(question, texts, k1, b, once=True)


_TEXTS = [
    ["the", "cat", "sleeps", "on", "the", "sofa"],
    [
        "the",
        "dog",
        "and",
        "the",
        "cat",
        "and",
        "the",
        "other",
        "cat",
        "play",
        "in",
        "the",
        "long",
        "grass",
        "of",
        "the",
        "garden",
        "all",
        "day",
    ],
    ["rates", "rise"],
    ["the", "bank", "of", "the", "river"],
    [],
]

BM25 = Exercise(
    id="my_bm25",
    title="BM25",
    difficulty=2,
    minutes=15,
    contract="question, a list of words; texts, a list of lists of words; k1 and b; to the BM25 score of each text, in "
    "the lesson's form. A word that the question has twice adds twice, a text without any word of the question gets 0. "
    "Without texts the list is empty.",
    cases=(
        (["cat"], [["cat"], ["dog"]], 1.5, 0.75),
        (["cat"], [["cat", "cat"], ["cat", "dog"], ["dog", "dog", "dog", "cat"]], 1.5, 0.75),
        (["the", "cat"], _TEXTS, 1.5, 0.75),
        (["cat", "river", "cat"], _TEXTS, 1.2, 0.4),
        (["unicorn"], _TEXTS, 1.5, 0.75),
        ([], _TEXTS, 1.5, 0.75),
        (["cat"], [], 1.5, 0.75),
        (["cat"], [[], []], 1.5, 0.75),
        (["the"], _TEXTS, 0, 0.5),
        (["rates", "the"], _TEXTS, 2, 0),
        (["rates", "the"], _TEXTS, 2, 1),
    ),
    tried="one word, repeats in a text and in the question, long and empty texts, unknown words, no text, no question, "
    "k1 of 0, b of 0 and 1",
    hints=(
        "Three numbers for each word: how many texts have it, how often it stands in this text, how long this text is "
        "beside the mean.",
        "idf is math.log(1 + (N - d + 0.5) / (d + 0.5)): N texts, of which d have the word.",
        "Add idf * n / (n + k1 * (1 - b + b * length / mean)) for each word of the question whose n is not 0.",
    ),
    solution=my_bm25,
    mistakes=(
        bm25_without_log,
        bm25_with_a_log_of_2,
        bm25_with_a_log_of_10,
        bm25_below_zero,
        bm25_without_idf,
        bm25_of_all_texts,
        bm25_of_occurrences,
        bm25_without_length,
        bm25_with_b_on_the_other_side,
        bm25_of_all_by_some,
        bm25_with_full_length,
        bm25_by_the_longest,
        bm25_by_different_words,
        bm25_that_never_tires,
        bm25_with_the_old_factor,
        bm25_that_counts_once,
        bm25_that_hears_once,
    ),
)
