"""An exercise of lesson 03: find texts by the means of their words."""

import numpy as np

from lessons_lib.classroom.exercises import Exercise

PLACES = {
    "king": (2, 1, 0),
    "queen": (1, 2, 0),
    "crown": (6, 5, 1),
    "cow": (0, 1, 2),
    "milk": (-1, 0, 3),
    "ship": (1, -3, 1),
    "sea": (0, -2, -1),
    "desert": (-3, -2, 0),
    "the": (1, 1, 1),
}
VECTORS = {word: np.array(place, dtype=np.float64) for word, place in PLACES.items()}


def my_ranking(question, texts, vectors_of):
    def mean(words):
        return np.mean([vectors_of[word] for word in words if word in vectors_of], axis=0)

    def cosine(a, b):
        return (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum())

    scores = [cosine(mean(question), mean(text)) for text in texts]
    return sorted(range(len(texts)), key=lambda number: -scores[number])


def _mean(words, vectors_of):
    return np.mean([vectors_of[word] for word in words if word in vectors_of], axis=0)


def _cosine(a, b):
    return (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum())


def _ranked(scores):
    return sorted(range(len(scores)), key=lambda number: -scores[number])


def ranking_by_dot_product(question, texts, vectors_of):
    """It looks as if you compared the means by their dot product, so that a long mean wins. Divide by both lengths."""
    return _ranked([_mean(question, vectors_of) @ _mean(text, vectors_of) for text in texts])


def ranking_by_sums(question, texts, vectors_of):
    """It looks as if you added the vectors up and took the dot product, so that long texts win. Divide by both
    lengths."""
    counts = [sum(word in vectors_of for word in text) for text in texts]
    means = [_mean(text, vectors_of) for text in texts]
    return _ranked([_mean(question, vectors_of) @ mean * n for mean, n in zip(means, counts, strict=True)])


def ranking_by_distance(question, texts, vectors_of):
    """It looks as if you compared distances. Two means may point the same way and be far apart: use the cosine."""
    asked = _mean(question, vectors_of)
    return _ranked([-np.linalg.norm(asked - _mean(text, vectors_of)) for text in texts])


def ranking_least_alike_first(question, texts, vectors_of):
    """It looks as if the least alike come first: sorting goes upwards, so turn it round."""
    return my_ranking(question, texts, vectors_of)[::-1]


def ranking_upwards(question, texts, vectors_of):
    """It looks as if the least alike come first: sorting goes upwards, so turn it round."""
    scores = ranking_as_scores(question, texts, vectors_of)
    return sorted(range(len(texts)), key=lambda number: scores[number])


def ranking_each_word_of_the_text_once(question, texts, vectors_of):
    """It looks as if a word that occurs twice in a text counts once. In a mean each occurrence counts."""
    return my_ranking(question, [list(dict.fromkeys(text)) for text in texts], vectors_of)


def ranking_each_word_once(question, texts, vectors_of):
    """It looks as if a word that occurs twice counts once. In a mean each occurrence counts."""
    return my_ranking(list(dict.fromkeys(question)), [list(dict.fromkeys(text)) for text in texts], vectors_of)


def ranking_by_common_words(question, texts, vectors_of):
    """It looks as if you counted words that both have. A text about the same thing may share no word: compare the means
    of the vectors."""
    return _ranked([sum(word in question for word in text) for text in texts])


def ranking_by_the_best_word(question, texts, vectors_of):
    """It looks as if each text is as good as its best word. Take the mean of all its words first, then the cosine."""
    asked = _mean(question, vectors_of)
    return _ranked([max(_cosine(asked, vectors_of[w]) for w in text if w in vectors_of) for text in texts])


def ranking_by_mean_of_pairs(question, texts, vectors_of):
    """It looks as if you took the mean of the cosines of all pairs of words. Take the means of the vectors first, then
    one cosine."""
    known = [[vectors_of[word] for word in words if word in vectors_of] for words in [question, *texts]]
    return _ranked([np.mean([_cosine(a, b) for a in known[0] for b in text]) for text in known[1:]])


def ranking_by_the_best_pair(question, texts, vectors_of):
    """It looks as if a text is as good as its best pair with a word of the question. Take the mean of the question and
    the mean of the text, then one cosine."""
    known = [[vectors_of[word] for word in words if word in vectors_of] for words in [question, *texts]]
    return _ranked([max(_cosine(a, b) for a in known[0] for b in text) for text in known[1:]])


def ranking_as_places(question, texts, vectors_of):
    """It looks as if you give each text its place in the ranking. Asked for is the other way round: the number of the
    best text first, then that of the second."""
    return np.argsort(my_ranking(question, texts, vectors_of)).tolist()


def ranking_as_scores(question, texts, vectors_of):
    """It looks as if you return the cosines. Asked for are the numbers of the texts, sorted by them."""
    return [_cosine(_mean(question, vectors_of), _mean(text, vectors_of)) for text in texts]


def ranking_as_pairs(question, texts, vectors_of):
    """It looks as if you return each number with its cosine. Asked for are the numbers alone."""
    scores = ranking_as_scores(question, texts, vectors_of)
    return [(number, scores[number]) for number in my_ranking(question, texts, vectors_of)]


def ranking_as_sorted_scores(question, texts, vectors_of):
    """It looks as if you return the cosines. Asked for are the numbers of the texts, sorted by them."""
    return sorted(ranking_as_scores(question, texts, vectors_of), reverse=True)


def ranking_names_the_best(question, texts, vectors_of):
    """It looks as if you return the number of the best text alone. Asked for are the numbers of all, best first."""
    return my_ranking(question, texts, vectors_of)[0]


def ranking_lists_the_best(question, texts, vectors_of):
    """It looks as if you return the number of the best text alone. Asked for are the numbers of all, best first."""
    return my_ranking(question, texts, vectors_of)[:1]


def ranking_as_texts(question, texts, vectors_of):
    """It looks as if you return the texts themselves. Asked for are their numbers, counted from 0."""
    return [texts[number] for number in my_ranking(question, texts, vectors_of)]


def ranking_of_unit_words(question, texts, vectors_of):
    """It looks as if each word was scaled to length 1 before the mean. Take the vectors as they are; the cosine divides
    by the lengths of the means."""
    scaled = {word: v / np.linalg.norm(v) for word, v in vectors_of.items()}
    return my_ranking(question, texts, scaled)


def ranking_fails_on_unknown_words(question, texts, vectors_of):
    """It looks as if a text with a word that has no vector is put last. Skip the word and keep the text."""
    known = [all(word in vectors_of for word in text) for text in texts]
    order = my_ranking(question, texts, vectors_of)
    return [number for number in order if known[number]] + [number for number in order if not known[number]]


def ranking_without_signs(question, texts, vectors_of):
    """It looks as if the cosines have lost their signs. A text that points the other way is the least alike of all."""
    return _ranked(np.abs(ranking_as_scores(question, texts, vectors_of)))


def ranking_by_a_dict(question, texts, vectors_of):
    """It looks as if a text is missing: in a dict with the scores as keys, texts with equal scores share one key. Sort
    the numbers of the texts, with the score as key of the sorting."""
    numbers = {score: number for number, score in enumerate(ranking_as_scores(question, texts, vectors_of))}
    return [numbers[score] for score in sorted(numbers, reverse=True)]


def ranking_by_index(question, texts, vectors_of):
    """It looks as if one text is named twice: scores.index(score) finds the first of two equal scores, both times. Sort
    the numbers of the texts, not the scores."""
    scores = ranking_as_scores(question, texts, vectors_of)
    return [scores.index(score) for score in sorted(scores, reverse=True)]


def ranking_turns_equal_texts(question, texts, vectors_of):
    """It looks as if equal texts change places. [::-1] turns them round too, and argsort keeps their order only with
    kind="stable": (-scores).argsort(kind="stable"), or sorted with the negative score as key."""
    scores = ranking_as_scores(question, texts, vectors_of)
    return sorted(range(len(texts)), key=lambda number: scores[number])[::-1]


def ranking_by_the_first_words(question, texts, vectors_of):
    """It looks as if one word stands for a whole text. Take the mean over all its words that have a vector."""
    return my_ranking(_first(question, vectors_of), [_first(text, vectors_of) for text in texts], vectors_of)


def ranking_by_the_first_word_of_the_text(question, texts, vectors_of):
    """It looks as if one word stands for a whole text. Take the mean over all its words that have a vector."""
    return my_ranking(question, [_first(text, vectors_of) for text in texts], vectors_of)


def ranking_by_different_common_words(question, texts, vectors_of):
    """It looks as if you counted words that both have. A text about the same thing may share no word: compare the means
    of the vectors."""
    return _ranked([len(set(question) & set(text)) for text in texts])


def ranking_by_the_share_of_common_words(question, texts, vectors_of):
    """It looks as if you counted words that both have. A text about the same thing may share no word: compare the means
    of the vectors."""
    return _ranked([len(set(question) & set(text)) / len(set(question) | set(text)) for text in texts])


def ranking_by_rounded_scores(question, texts, vectors_of):
    """It looks as if the cosines are rounded before the sorting: then texts that differ in a later digit count as
    equal."""
    return _ranked([round(float(score), 2) for score in ranking_as_scores(question, texts, vectors_of)])


def ranking_by_one_digit(question, texts, vectors_of):
    """It looks as if the cosines are rounded before the sorting: then texts that differ in a later digit count as
    equal."""
    return _ranked([round(float(score), 1) for score in ranking_as_scores(question, texts, vectors_of)])


def ranking_looks_up_all(question, texts, vectors_of):
    """Your code looks up "and", which has no vector. Skip such words, in the question as in the texts."""
    means = [np.mean([vectors_of[word] for word in words], axis=0) for words in [question, *texts]]
    return _ranked([_cosine(means[0], mean) for mean in means[1:]])


def ranking_looks_up_the_question(question, texts, vectors_of):
    """Your code looks up "and", which has no vector. Skip such words in the question too."""
    asked = np.mean([vectors_of[word] for word in question], axis=0)
    return _ranked([_cosine(asked, _mean(text, vectors_of)) for text in texts])


def ranking_by_single_numbers(question, texts, vectors_of):
    """It looks as if each mean is a single number. The mean of vectors is a vector: np.mean(..., axis=0)."""
    asked, *means = (np.mean(_known(words, vectors_of)) for words in [question, *texts])
    with np.errstate(invalid="ignore"):  # 0 / 0
        return _ranked([_cosine(asked, mean) for mean in means])


def ranking_by_medians(question, texts, vectors_of):
    """It looks as if you took the median. Asked for is the mean."""
    asked, *middle = (np.median(_known(words, vectors_of), axis=0) for words in [question, *texts])
    return _ranked([_cosine(asked, each) for each in middle])


def _known(words, vectors_of):
    return [vectors_of[word] for word in words if word in vectors_of]


def ranked(answer, question, texts, vectors_of):
    """The learner's ranking; of a word that is looked up and not there, its name in a sentence."""
    try:
        return answer(question, texts, vectors_of)
    except KeyError as error:
        return f"your code looked up {error}, which has no vector"


def _first(words, vectors_of):
    return [word for word in words if word in vectors_of][:1]


RANK_TEXTS = Exercise(
    id="rank_texts",
    title="Find the text",
    difficulty=2,
    minutes=13,
    contract="question, a list of words; texts, a list of lists of words; and vectors_of, a dict from word to array "
    "[C], to the numbers of the texts (from 0), most alike first: by the cosine of the mean of the question's vectors "
    "and the mean of the text's. Words that are not in the dict are skipped; each list has one that is. Of "
    "equal texts the earlier comes first.",
    cases=(
        (["king"], [["sea"], ["queen"]], VECTORS),
        (["king"], [["desert"], ["sea"], ["queen"], ["queen"]], VECTORS),
        (["the", "and", "king", "the"], [["cow"], ["the", "sea"], ["and", "cow", "milk"], ["ship", "queen"]], VECTORS),
        (["queen", "cow"], [["king", "cow"], ["sea"], ["queen", "the"]], VECTORS),
        (
            ["king", "ship", "sea"],
            [["king"], ["crown", "queen", "ship", "ship"], ["sea", "sea", "and"], ["crown", "ship"]],
            VECTORS,
        ),
        (
            ["ship", "crown", "ship"],
            [["sea", "king"], ["and", "cow", "queen", "crown"], ["sea", "crown"], ["king", "milk", "cow"]],
            VECTORS,
        ),
        (
            ["milk", "king"],
            [["the", "the", "sea", "and"], ["the", "cow", "the", "the"], ["crown", "the", "king"], ["crown", "milk"]],
            VECTORS,
        ),
    ),
    tried="one word and several, words that come twice, words without a vector in question and texts, and texts that "
    "are equal or nearly so, point the other way, or share no word with the question",
    hints=(
        "First a function for the mean: a list of those vectors_of[word] that are there, and np.mean(..., axis=0).",
        "Then the cosine of two means, as in section 3.",
        "sorted(range(len(texts)), key=lambda number: -scores[number]) lists the numbers, best first.",
    ),
    solution=my_ranking,
    mistakes=(
        ranking_by_dot_product,
        ranking_by_sums,
        ranking_by_distance,
        ranking_least_alike_first,
        ranking_upwards,
        ranking_each_word_of_the_text_once,
        ranking_each_word_once,
        ranking_by_common_words,
        ranking_by_the_best_word,
        ranking_by_mean_of_pairs,
        ranking_by_the_best_pair,
        ranking_as_places,
        ranking_as_scores,
        ranking_as_pairs,
        ranking_as_sorted_scores,
        ranking_names_the_best,
        ranking_lists_the_best,
        ranking_as_texts,
        ranking_of_unit_words,
        ranking_fails_on_unknown_words,
        ranking_without_signs,
        ranking_by_a_dict,
        ranking_by_index,
        ranking_turns_equal_texts,
        ranking_by_the_first_words,
        ranking_by_the_first_word_of_the_text,
        ranking_by_different_common_words,
        ranking_by_the_share_of_common_words,
        ranking_by_rounded_scores,
        ranking_by_one_digit,
        ranking_looks_up_all,
        ranking_looks_up_the_question,
        ranking_by_single_numbers,
        ranking_by_medians,
    ),
    kind="transfer",
    harness=ranked,
)
