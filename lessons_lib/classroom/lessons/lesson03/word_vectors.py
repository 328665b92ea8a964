"""The building exercise of lesson 03: the learner's word vectors answer, on GloVe and on SmolLM2's own table."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import numpy as np

from lessons_lib import vectors
from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson03.shared import rows
from lessons_lib.classroom.lessons.lesson03.tables import smollm2_tokens
from lessons_lib.vectors import WordVectors, load_glove

SMALL = {
    "king": (1, 1, 1),
    "queen": (-1, -1, 2),
    "man": (4, -1, 4),
    "woman": (-4, 3, -3),
    "crown": (6, -12, -8),
    "ship": (3, 0, 3),
}
TWINS = {"north": (0, 4), "up": (0, 1), "east": (3, 4), "left": (-1, 1)}
BEHIND = {"up": (2, 1), "down": (-1, -2), "left": (3, -4), "right": (1, -1), "back": (-4, 4)}


def known_as(rows_of: dict | str) -> WordVectors:
    """The words and rows that a case asks about: the rows themselves, or the name of a large table."""
    if isinstance(rows_of, dict):
        return WordVectors(list(rows_of), rows(*rows_of.values()))
    return {"GloVe": load_glove, "SmolLM2": smollm2_tokens}[rows_of]()


def with_words(answer, rows_of, word, count, question):
    """The neighbours of a word and the answer to an analogy, from the learner's class on one of the tables.

    Meanwhile there is a second object, with other rows, which should change nothing."""
    known = known_as(rows_of)
    words, table = known.index_to_key, known.vectors.copy()
    with library_closed():
        mine = answer(list(words), table)
        other = answer(words[:9], np.roll(table[:9], 1, axis=0))  # noqa: F841
        found = {"nearest": mine.nearest(word, count), "analogy": mine.analogy(*question)}
    return found if np.array_equal(table, known.vectors) else found | {"the table that was handed in": "changed"}


@contextmanager
def library_closed() -> Iterator[None]:
    """The library's own answers raise an error: the exercise asks for the learner's."""

    def closed(*arguments, **settings):
        raise PermissionError("this asks lessons_lib, and the exercise asks for your own code")

    with (
        patch.multiple(vectors, nearest=closed, analogy=closed, cosine_similarity=closed),
        patch.object(WordVectors, "most_similar", closed),
    ):
        yield


class MyWordVectors:
    def __init__(self, words, table):
        self.words = words
        self.row = {word: row for row, word in enumerate(words)}
        self.unit = table / np.linalg.norm(table, axis=1, keepdims=True)

    def best(self, goal, count, left_out):
        scores = self.unit @ goal
        scores[[self.row[word] for word in left_out]] = -np.inf
        return [self.words[row] for row in (-scores).argsort()[:count]]

    def nearest(self, word, count):
        return self.best(self.unit[self.row[word]], count, [word])

    def analogy(self, a, b, c):
        at_a, at_b, at_c = self.unit[[self.row[a], self.row[b], self.row[c]]]
        return self.best(at_c + at_b - at_a, 1, [a, b, c])[0]


class NamesItself(MyWordVectors):
    """It looks as if nearest names the word itself. Its cosine with itself is 1, so it always wins: leave it out."""

    def nearest(self, word, count):
        return self.best(self.unit[self.row[word]], count, [])


class CutsFirst(MyWordVectors):
    """It looks as if one neighbour is missing: leave the word itself out before you cut off after count."""

    def nearest(self, word, count):
        return super().nearest(word, count)[:-1]


class DropsTheFirst(MyWordVectors):
    """It looks as if nearest drops whatever comes first. Another row may point the same way as the word's and come
    before it: leave the word out by its row."""

    def nearest(self, word, count):
        return self.best(self.unit[self.row[word]], count + 1, [])[1:]


class CutsAndDropsTheFirst(MyWordVectors):
    """It looks as if one neighbour is missing, and whatever comes first is dropped: leave the word itself out by its
    row, then cut off after count."""

    def nearest(self, word, count):
        return self.best(self.unit[self.row[word]], count, [])[1:]


class OneTooMany(MyWordVectors):
    """It looks as if nearest gives one word too many: count words, without the word itself."""

    def nearest(self, word, count):
        return self.best(self.unit[self.row[word]], count + 1, [word])


class ScalesInPlace(MyWordVectors):
    """The answers are right. But your class changes the table that it was handed, and whoever calls it still needs
    that: table / lengths makes a new one, table /= lengths does not."""

    def __init__(self, words, table):
        table /= np.linalg.norm(table, axis=1, keepdims=True)
        super().__init__(words, table)


class LeastAlike(MyWordVectors):
    """It looks as if nearest names the least alike. argsort sorts upwards: sort by the negative score."""

    def nearest(self, word, count):
        return super().nearest(word, len(self.words) - 1)[::-1][:count]


class DotProduct(MyWordVectors):
    """It looks as if the rows keep their lengths, so that long ones win. Divide each row by its own length: norm(table,
    axis=1, keepdims=True), for without an axis it is one length for the whole table."""

    def __init__(self, words, table):
        super().__init__(words, table)
        self.unit = table


class Distance(MyWordVectors):
    """It looks as if you looked for the smallest distance. Two rows may point the same way and still be far apart: take
    the cosine, or scale all rows to length 1 first."""

    def __init__(self, words, table):
        super().__init__(words, table)
        self.unit = table

    def best(self, goal, count, left_out):
        scores = -np.linalg.norm(self.unit - goal, axis=1)
        scores[[self.row[word] for word in left_out]] = -np.inf
        return [self.words[row] for row in (-scores).argsort()[:count]]


class LengthsOfColumns(MyWordVectors):
    """It looks as if each column was divided by its length, axis=0. A word is a row: axis=1, keepdims=True."""

    def __init__(self, words, table):
        super().__init__(words, table)
        self.unit = table / np.linalg.norm(table, axis=0)


class SumsForLengths(MyWordVectors):
    """It looks as if each row was divided by the sum of its numbers. Its length is the root of the sum of their
    squares: np.linalg.norm."""

    def __init__(self, words, table):
        super().__init__(words, table)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.unit = table / table.sum(1, keepdims=True)

    def best(self, goal, count, left_out):
        with np.errstate(invalid="ignore"):
            return super().best(goal, count, left_out)


class CentredRows(MyWordVectors):
    """It looks as if the mean row was subtracted first. Scale the rows as they are."""

    def __init__(self, words, table):
        super().__init__(words, table - table.mean(0))


class LowestFirst(MyWordVectors):
    """It looks as if the lowest scores come first: argsort sorts upwards, so sort the negative scores,
    (-scores).argsort()."""

    def best(self, goal, count, left_out):
        scores = self.unit @ goal
        scores[[self.row[word] for word in left_out]] = -np.inf
        return [self.words[row] for row in scores.argsort()[:count]]


class LowestNeighboursFirst(LowestFirst):
    """The analogy is right. It looks as if nearest has the lowest scores first: argsort sorts upwards, so sort the
    negative scores, (-scores).argsort()."""

    def analogy(self, a, b, c):
        return MyWordVectors(self.words, self.unit).analogy(a, b, c)


class ScoresWithoutSigns(MyWordVectors):
    """It looks as if the cosines have lost their signs. A row that points the other way is the least alike of all."""

    def best(self, goal, count, left_out):
        scores = np.abs(self.unit @ goal)
        scores[[self.row[word] for word in left_out]] = -np.inf
        return [self.words[row] for row in (-scores).argsort()[:count]]


class LeavesOutTwins(MyWordVectors):
    """It looks as if every row with a cosine of nearly 1 is left out. Another word may point the same way: leave the
    word out by its row."""

    def nearest(self, word, count):
        goal = self.unit[self.row[word]]
        twins = [self.words[row] for row in np.flatnonzero(self.unit @ goal > 0.9999)]
        return self.best(goal, count, twins)


class BareWord(MyWordVectors):
    """It looks as if nearest gives a bare word when count is 1. Asked for is a list, of one word too."""

    def nearest(self, word, count):
        near = super().nearest(word, count)
        return near[0] if count == 1 else near


class LongestOfThree(MyWordVectors):
    """The neighbours are right. It looks as if the analogy calculates with the rows as they are. Scale each to length 1
    first, or the longest of the three decides."""

    def __init__(self, words, table):
        super().__init__(words, table)
        self.table = table

    def analogy(self, a, b, c):
        at_a, at_b, at_c = self.table[[self.row[a], self.row[b], self.row[c]]]
        return self.best(at_c + at_b - at_a, 1, [a, b, c])[0]


class LongCandidates(MyWordVectors):
    """The neighbours are right. It looks as if the candidates of the analogy keep their lengths, or are compared by
    distance. Scale every row to length 1 and take the cosine."""

    def __init__(self, words, table):
        super().__init__(words, table)
        self.table = table

    def analogy(self, a, b, c):
        at_a, at_b, at_c = self.unit[[self.row[a], self.row[b], self.row[c]]]
        scores = self.table @ (at_c + at_b - at_a)
        scores[[self.row[word] for word in (a, b, c)]] = -np.inf
        return self.words[int(scores.argmax())]


class NamesTheQuestion(MyWordVectors):
    """The neighbours are right. It looks as if the analogy names a word of the question: a, b and c can't be the
    answer, and one of them is often the nearest of all."""

    def analogy(self, a, b, c):
        at_a, at_b, at_c = self.unit[[self.row[a], self.row[b], self.row[c]]]
        return self.best(at_c + at_b - at_a, 1, [])[0]


class BestOfTwo(MyWordVectors):
    """The neighbours are right. It looks as if the analogy has no word left: a, b and c may be the three best of all,
    so take four, or leave the three out first."""

    def analogy(self, a, b, c):
        at_a, at_b, at_c = self.unit[[self.row[a], self.row[b], self.row[c]]]
        return next(word for word in self.best(at_c + at_b - at_a, 2, []) if word not in (a, b, c))


class SharedByAll(MyWordVectors):
    """It looks as if all objects of your class share one table: a second object changes the first. Keep the words and
    the rows on self, not on the class."""

    def __init__(self, words, table):
        made = MyWordVectors(words, table)
        SharedByAll.words, SharedByAll.row, SharedByAll.unit = made.words, made.row, made.unit


class LeavesOutC(MyWordVectors):
    """The neighbours are right. It looks as if not all three words of the question are left out of the answers: neither
    a nor b nor c can be the answer."""

    def analogy(self, a, b, c):
        at_a, at_b, at_c = self.unit[[self.row[a], self.row[b], self.row[c]]]
        return self.best(at_c + at_b - at_a, 1, [c])[0]


class LeavesOutBAndC(MyWordVectors):
    """The neighbours are right. It looks as if a may be the answer: leave out all three words of the question."""

    def analogy(self, a, b, c):
        at_a, at_b, at_c = self.unit[[self.row[a], self.row[b], self.row[c]]]
        return self.best(at_c + at_b - at_a, 1, [b, c])[0]


class ScoresOfZero(MyWordVectors):
    """It looks as if what may not be the answer gets the score 0. Cosines can be negative, and then 0 wins: give it
    minus infinity."""

    def best(self, goal, count, left_out):
        scores = self.unit @ goal
        scores[[self.row[word] for word in left_out]] = 0
        return [self.words[row] for row in (-scores).argsort()[:count]]


class Backwards(MyWordVectors):
    """The neighbours are right. It looks as if the analogy takes the step backwards: from a to b is b - a, so the goal
    is c + b - a."""

    def analogy(self, a, b, c):
        return super().analogy(b, a, c)


class StartsAtA(MyWordVectors):
    """The neighbours are right. It looks as if a and c are swapped: the analogy starts at c and takes the step from a
    to b."""

    def analogy(self, a, b, c):
        return super().analogy(c, b, a)


class GivesAList(MyWordVectors):
    """The neighbours are right. It looks as if the analogy gives a list with one word in it: give the word itself."""

    def analogy(self, a, b, c):
        return [super().analogy(a, b, c)]


class WithoutA(MyWordVectors):
    """The neighbours are right. It looks as if a is missing from the analogy: the step from a to b is b - a."""

    def analogy(self, a, b, c):
        at_b, at_c = self.unit[[self.row[b], self.row[c]]]
        return self.best(at_c + at_b, 1, [a, b, c])[0]


class WithoutC(MyWordVectors):
    """The neighbours are right. It looks as if c is missing from the analogy: start at c and take the step from a to
    b."""

    def analogy(self, a, b, c):
        at_a, at_b = self.unit[[self.row[a], self.row[b]]]
        return self.best(at_b - at_a, 1, [a, b, c])[0]


class WithoutStep(MyWordVectors):
    """The neighbours are right. It looks as if the analogy names the neighbour of c: add the step from a to b first."""

    def analogy(self, a, b, c):
        return self.best(self.unit[self.row[c]], 1, [a, b, c])[0]


class GivesRows(MyWordVectors):
    """It looks as if you return numbers of rows. Asked for are the words: words[row]."""

    def best(self, goal, count, left_out):
        return [self.row[word] for word in super().best(goal, count, left_out)]


class RowsOfNeighbours(MyWordVectors):
    """The analogy is right. It looks as if nearest returns numbers of rows. Asked for are the words: words[row]."""

    def nearest(self, word, count):
        return [self.row[near] for near in super().nearest(word, count)]


class RowOfTheAnswer(MyWordVectors):
    """The neighbours are right. It looks as if the analogy returns the number of a row. Asked for is the word:
    words[row]."""

    def analogy(self, a, b, c):
        return self.row[super().analogy(a, b, c)]


class WordsWithScores(MyWordVectors):
    """It looks as if nearest returns each word with its score. Asked for are the words alone."""

    def nearest(self, word, count):
        near = super().nearest(word, count)
        return [(other, self.unit[self.row[other]] @ self.unit[self.row[word]]) for other in near]


class AnswerWithScore(WordsWithScores):
    """It looks as if both methods return words with their scores. Asked for are the words alone."""

    def analogy(self, a, b, c):
        at_a, at_b, at_c = self.unit[[self.row[a], self.row[b], self.row[c]]]
        answer = super().analogy(a, b, c)
        goal = at_c + at_b - at_a
        return answer, self.unit[self.row[answer]] @ goal / np.linalg.norm(goal)


class ItselfBeside(MyWordVectors):
    """It looks as if nearest names the word itself, and count others. Leave it out: its cosine with itself is 1, so it
    comes first."""

    def nearest(self, word, count):
        return self.best(self.unit[self.row[word]], count + 1, [])


class BestLast(MyWordVectors):
    """It looks as if nearest has the right words with the best last: scores.argsort()[-count:] goes upwards. Turn it
    round."""

    def nearest(self, word, count):
        return super().nearest(word, count)[::-1]


class DistantNeighbours(MyWordVectors):
    """The analogy is right. It looks as if nearest looks for the smallest distance between the rows as they are. Two
    rows may point the same way and still be far apart: take the cosine."""

    def __init__(self, words, table):
        super().__init__(words, table)
        self.table = table

    def nearest(self, word, count):
        distances = np.linalg.norm(self.table - self.table[self.row[word]], axis=1)
        distances[self.row[word]] = np.inf
        return [self.words[row] for row in distances.argsort()[:count]]


class LongNeighbours(MyWordVectors):
    """The analogy is right. It looks as if nearest takes the dot product of the rows as they are, so that long ones
    win. Divide each row by its length."""

    def __init__(self, words, table):
        super().__init__(words, table)
        self.table = table

    def nearest(self, word, count):
        scores = self.table @ self.table[self.row[word]]
        scores[self.row[word]] = -np.inf
        return [self.words[row] for row in (-scores).argsort()[:count]]


class NeighbourOfC(MyWordVectors):
    """The neighbours are right. It looks as if the analogy names the neighbour of c: add the step from a to b first."""

    def analogy(self, a, b, c):
        return self.nearest(c, 1)[0]


WORD_VECTORS = Exercise(
    id="word_vectors",
    title="Build: your word vectors answer",
    difficulty=3,
    minutes=25,
    contract="MyWordVectors(words, table), with two methods. words is a list of N different words, table an array [N, "
    "C] with a row for each, which stays as it is. nearest(word, count) gives the list of the count words whose rows "
    "have the highest cosine with the word's row, most alike first, without the word itself. analogy(a, b, c) "
    "gives the one word that answers a : b = c : what, with every row scaled to length 1: the highest cosine with "
    "c + b - a, and not a, b or c.",
    cases=(
        (SMALL, "king", 1, ("man", "woman", "king")),
        (SMALL, "crown", 5, ("man", "king", "ship")),
        (BEHIND, "up", 4, ("right", "up", "left")),
        (TWINS, "up", 2, ("north", "east", "left")),
        ("GloVe", "king", 7, ("man", "woman", "king")),
        ("GloVe", "hot", 7, ("france", "paris", "italy")),
        ("SmolLM2", "␣king", 7, ("␣man", "␣woman", "␣king")),
        ("SmolLM2", "␣fast", 7, ("␣big", "␣bigger", "␣small")),
    ),
    tried="three small tables with long, opposite and parallel rows, 20,000 words of GloVe, and the 49,152 rows of the "
    "opening: your class names ␣King first beside ␣king, and ␣queen for the sum",
    hints=(
        "In __init__ keep the words, a dict from word to row, and the table with each row divided by its length.",
        "unit @ goal is the dot product of every row with the goal, [N]; for rows of length 1 it orders as the cosine "
        "does. nearest takes the word's row as goal, analogy the sum of three.",
        "Give the rows that may not be the answer the score -np.inf, then (-scores).argsort()[:count] are the best.",
    ),
    solution=MyWordVectors,
    mistakes=(
        NamesItself,
        CutsFirst,
        DropsTheFirst,
        CutsAndDropsTheFirst,
        OneTooMany,
        LeastAlike,
        DotProduct,
        Distance,
        LengthsOfColumns,
        SumsForLengths,
        CentredRows,
        LowestFirst,
        LowestNeighboursFirst,
        ScoresWithoutSigns,
        LeavesOutTwins,
        BareWord,
        LongestOfThree,
        LongCandidates,
        NamesTheQuestion,
        BestOfTwo,
        SharedByAll,
        LeavesOutC,
        LeavesOutBAndC,
        ScoresOfZero,
        Backwards,
        StartsAtA,
        GivesAList,
        WithoutA,
        WithoutC,
        WithoutStep,
        GivesRows,
        ScalesInPlace,
        RowsOfNeighbours,
        RowOfTheAnswer,
        WordsWithScores,
        AnswerWithScore,
        ItselfBeside,
        BestLast,
        DistantNeighbours,
        LongNeighbours,
        NeighbourOfC,
    ),
    kind="build",
    real=2,
    harness=with_words,
)
