"""An exercise of lesson 02: the first two merges of a text, on paper."""

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson02.train import joined, pair_counts

TEXT = "fresh peaches green cheese green cheese green cheese"


def counted(text: str) -> dict[str, int]:
    """How often each word of a text occurs; words end at spaces."""
    words = text.split()
    return {word: words.count(word) for word in words}


def my_first_merges():
    return ["ee", "ch"]


def first_merges_without_recounting():
    """es occurs 5 times only in the cry as it was. After the first merge the e in front of s is used up in cheese:
    count again, and there is a pair that occurs 4 times."""
    counts = pair_counts({tuple(word): times for word, times in counted(TEXT).items()})
    return ["".join(pair) for pair, _ in counts.most_common(2)]


def first_merges_in_the_other_order():
    """The right two, in the wrong order: one occurs 6 times, the other 4 times."""
    return my_first_merges()[::-1]


def first_merges_each_word_once():
    """It looks as if every word is counted once. green and cheese stand there three times, and their pairs count three
    times."""
    words, found = {tuple(word): 1 for word in counted(TEXT)}, []
    for _ in range(2):
        [(pair, _)] = pair_counts(words).most_common(1)
        found.append("".join(pair))
        words = {joined(symbols, pair): 1 for symbols in words}
    return found


def first_merges_with_spaces():
    """The right pairs, with a space inside. Write the two letters without it, as in "th"."""
    return [" ".join(pair) for pair in my_first_merges()]


def first_merges_as_pairs():
    """The right pairs, but each as two letters. Write each pair as one string, such as "th"."""
    return [tuple(pair) for pair in my_first_merges()]


def first_merges_grow_one_word():
    """The second merge need not go on where the first one stopped: after ee has become one symbol, count all pairs
    again and take the most frequent one, wherever it stands."""
    return ["ee", "ree"]


def first_merges_grow_the_other_word():
    """The second merge need not go on where the first one stopped: after ee has become one symbol, count all pairs
    again and take the most frequent one, wherever it stands."""
    return ["ee", "hee"]


def first_merges_with_the_used_up_e():
    """he occurs 4 times in the cry as it was. After the first merge the e behind h is used up in cheese, where h now
    stands beside ee: count again."""
    return ["ee", "he"]


def first_merges_with_the_used_up_e_in_green():
    """re occurs 4 times in the cry as it was. After the first merge the e behind r is used up in green, where r now
    stands beside ee: count again."""
    return ["ee", "re"]


def first_merges_of_three_letters():
    """Each merge joins two neighbours, and at the second c, h and e are still three symbols. Which two of them stand
    side by side most often?"""
    return ["ee", "che"]


def first_merges_begin_with_he():
    """ee occurs 6 times, so it is merged first. Then the e behind h is used up in cheese: count he again."""
    return ["he", "ee"]


def first_merges_in_one_text():
    """The right pairs, but in one text. Hand over a list of two strings, such as ["th", "in"]."""
    return " ".join(my_first_merges())


def first_merges_in_one_text_with_a_comma():
    """The right pairs, but in one text. Hand over a list of two strings, such as ["th", "in"]."""
    return ", ".join(my_first_merges())


def first_merges_in_capitals():
    """The right pairs, but in capitals. The cry is in small letters, and to a tokenizer E is another letter than e."""
    return [pair.upper() for pair in my_first_merges()]


FIRST_MERGES = Exercise(
    id="first_merges",
    title="The first two merges, on paper",
    difficulty=1,
    minutes=7,
    contract="a list of two strings of two letters each: the first pair that training merges in the cry above, then "
    "the second. Pairs stand within a word.",
    cases=((),),
    tried="the two most frequent pairs, counted again after the first merge",
    hints=(
        "Count a word as often as it stands there: the words that come three times decide.",
        "green and cheese come three times each. Which pair do they share?",
        "For the second merge write cheese as c h ee s e: which pairs does it have now, and which are in peaches too?",
    ),
    solution=my_first_merges,
    mistakes=(
        first_merges_without_recounting,
        first_merges_in_the_other_order,
        first_merges_each_word_once,
        first_merges_with_spaces,
        first_merges_as_pairs,
        first_merges_grow_one_word,
        first_merges_grow_the_other_word,
        first_merges_with_the_used_up_e,
        first_merges_with_the_used_up_e_in_green,
        first_merges_of_three_letters,
        first_merges_begin_with_he,
        first_merges_in_one_text,
        first_merges_in_one_text_with_a_comma,
        first_merges_in_capitals,
    ),
    kind="predict",
)
