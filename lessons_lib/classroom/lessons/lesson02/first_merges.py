"""An exercise of lesson 02: the first two merges of a text, on paper."""

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson02.train import joined, pair_counts

TEXT = (
    "FloydHub is the fastest way to build, train and deploy deep learning models. "
    "Build deep learning models in the cloud. Train deep learning models."
)


def counted(text: str) -> dict[str, int]:
    """How often each word of a text occurs; words end at spaces."""
    words = text.split()
    return {word: words.count(word) for word in words}


def my_first_merges():
    return ["de", "in"]


def first_merges_without_recounting():
    """ep occurs 4 times only in the text as it was. After the first merge the e in front of p is used up: count again,
    and there is a pair that occurs 6 times."""
    counts = pair_counts({tuple(word): times for word, times in counted(TEXT).items()})
    return ["".join(pair) for pair, _ in counts.most_common(3)[::2]]


def first_merges_in_the_other_order():
    """The right two, in the wrong order. That happens if every word is counted once; but deep stands there three times,
    and so do learning and models."""
    return my_first_merges()[::-1]


def first_merges_as_pairs():
    """The right pairs, but each as two letters. Write each pair as one string, such as "th"."""
    return [tuple(pair) for pair in my_first_merges()]


def first_merges_grow_one_word():
    """The second merge need not go on where the first one stopped: after de has become one symbol, count all pairs
    again and take the most frequent one, wherever it stands."""
    words = {joined(tuple(word), ("d", "e")): times for word, times in counted(TEXT).items()}
    counts = pair_counts(words)
    return ["de", "".join(max((pair for pair in counts if "de" in pair), key=counts.get))]


FIRST_MERGES = Exercise(
    id="first_merges",
    title="The first two merges, on paper",
    difficulty=1,
    minutes=6,
    contract="a list of two strings of two letters each: the first pair that training merges in the text above, then "
    "the second. Words end at spaces; capital and small letters differ.",
    cases=((),),
    tried="the two most frequent pairs, counted again after the first merge",
    hints=(
        "Count a word as often as it stands there. The long words that come three times decide.",
        "deep, learning and models come three times each. Which pair do two of them share?",
        "The second pair stands in train, Train, in and learning.",
    ),
    solution=my_first_merges,
    mistakes=(
        first_merges_without_recounting,
        first_merges_in_the_other_order,
        first_merges_as_pairs,
        first_merges_grow_one_word,
    ),
    kind="predict",
)
