"""An exercise of appendix A1: a vocabulary of a given size."""

import re
from collections import Counter

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lessonA1.shared import as_list, defined_anew
from lessons_lib.classroom.trials import Refused


def asked_twice(answer, texts, size):
    """A vocabulary, asked for before and after that of another text.

    Raises:
        Refused: if it is no list, or if the words of the other text turn up in it.
    """
    answer, again = defined_anew(answer), list(texts)
    result = as_list(answer(texts, size))
    if isinstance(result, list):
        answer(["zebra zebra zebra"], 9)
        if answer(again, size) != result:
            raise Refused(
                "called for another text in between, your function gives another list for these texts: what stands "
                "outside of it, or is a default, is made once and keeps its counts. Make them in the body"
            )
    return result


def my_vocabulary(texts, size):
    counts = {}
    for text in texts:
        for word in text.split():
            counts[word] = counts.get(word, 0) + 1
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    return ["<unk>", *ordered[: size - 1]]


def counted(texts):
    return Counter(word for text in texts for word in text.split())


def vocabulary_one_too_long(texts, size):
    """It looks as if the list is one too long: size counts <unk> too, so size - 1 words are left."""
    counts = counted(texts)
    return ["<unk>", *sorted(counts, key=lambda word: (-counts[word], word))[:size]]


def vocabulary_as_met(texts, size):
    """It looks as if words that are equally frequent stand in the order in which they occur, as `most_common` leaves
    them. Here the alphabet decides: sort by the pair (-count, word)."""
    return ["<unk>", *(word for word, _ in counted(texts).most_common(size - 1))]


def vocabulary_reversed(texts, size):
    """It looks as if you sorted count and word together and turned the whole round: that turns the alphabet too.
    Turn only the count, with a minus."""
    counts = counted(texts)
    return ["<unk>", *sorted(counts, key=lambda word: (counts[word], word), reverse=True)[: size - 1]]


def vocabulary_rarest_first(texts, size):
    """It looks as if the rarest words come first. `sorted` goes from small to large: sort by minus the count."""
    counts = counted(texts)
    return ["<unk>", *sorted(counts, key=lambda word: (counts[word], word))[: size - 1]]


def vocabulary_of_the_alphabet(texts, size):
    """It looks as if you took the words by the alphabet alone. Count them, and let the most frequent come first."""
    return ["<unk>", *sorted(counted(texts))[: size - 1]]


def vocabulary_without_unk(texts, size):
    """It looks as if <unk> is missing: it is the first token."""
    counts = counted(texts)
    return sorted(counts, key=lambda word: (-counts[word], word))[:size]


def vocabulary_of_letters(texts, size):
    """It looks as if you counted letters. A loop over a text gives its letters; loop over text.split()."""
    counts = Counter(letter for text in texts for letter in text)
    return ["<unk>", *sorted(counts, key=lambda letter: (-counts[letter], letter))[: size - 1]]


def vocabulary_of_one_long_text(texts, size):
    """It looks as if you joined the texts with nothing between: the last word of one and the first of the next became
    one word. Join with a space, or split each text."""
    counts = Counter("".join(texts).split())
    return ["<unk>", *sorted(counts, key=lambda word: (-counts[word], word))[: size - 1]]


def vocabulary_of_pairs(texts, size):
    """It looks as if pairs of word and count stand in your list. Take the words alone."""
    return ["<unk>", *sorted(counted(texts).items(), key=lambda pair: (-pair[1], pair[0]))[: size - 1]]


def vocabulary_of_pairs_as_met(texts, size):
    return ["<unk>", *counted(texts).most_common(size - 1)]


vocabulary_of_pairs_as_met.__doc__ = vocabulary_of_pairs.__doc__


def vocabulary_with_a_list_inside(texts, size):
    """It looks as if a list stands inside your list. Put a star before it, which spreads it: ["<unk>", *words]."""
    counts = counted(texts)
    return ["<unk>", sorted(counts, key=lambda word: (-counts[word], word))[: size - 1]]


def vocabulary_of_texts(texts, size):
    """It looks as if you counted whole texts: Counter(texts) counts what stands in the list. Count the words of each
    text.split()."""
    counts = Counter(texts)
    return ["<unk>", *sorted(counts, key=lambda text: (-counts[text], text))[: size - 1]]


def vocabulary_of_texts_as_met(texts, size):
    return ["<unk>", *Counter(texts)][:size]


vocabulary_of_texts_as_met.__doc__ = vocabulary_of_texts.__doc__


def vocabulary_in_small_letters(texts, size):
    """It looks as if capitals became small letters. The and the are two words here: count each as it is written."""
    counts = Counter(word for text in texts for word in text.lower().split())
    return ["<unk>", *sorted(counts, key=lambda word: (-counts[word], word))[: size - 1]]


def vocabulary_without_marks(texts, size):
    """It looks as if marks were taken off the words. "mat" and "mat." are two words here: a word is what text.split()
    gives."""
    counts = Counter(word.strip(".,!?") for text in texts for word in text.split())
    return ["<unk>", *sorted(counts, key=lambda word: (-counts[word], word))[: size - 1]]


def vocabulary_with_marks_apart(texts, size):
    """It looks as if marks were cut off and counted as words of their own. "mat." is one word here: a word is what
    text.split() gives."""
    counts = Counter(word for text in texts for word in re.findall(r"\w+|[^\w\s]", text))
    return ["<unk>", *sorted(counts, key=lambda word: (-counts[word], word))[: size - 1]]


def vocabulary_of_letters_alone(texts, size):
    """It looks as if words with a mark were left out. "mat." is a word as others are: a word is what text.split()
    gives."""
    counts = Counter(word for text in texts for word in text.split() if word.isalpha())
    return ["<unk>", *sorted(counts, key=lambda word: (-counts[word], word))[: size - 1]]


def vocabulary_of_the_last_text(texts, size):
    """It looks as if only the last text was counted: the counts must be made once, before the loop over the texts."""
    counts = Counter(texts[-1].split())
    return ["<unk>", *sorted(counts, key=lambda word: (-counts[word], word))[: size - 1]]


def vocabulary_cut_before_it_is_sorted(texts, size):
    """It looks as if you cut first and sort what is left: where equally frequent words stand on both sides of the cut,
    the wrong one stays. Sort all the words, then cut."""
    kept = counted(texts).most_common(size - 1)
    return ["<unk>", *(word for word, _ in sorted(kept, key=lambda pair: (-pair[1], pair[0])))]


def vocabulary_of_the_first_text(texts, size):
    """It looks as if only the first text was counted. Loop over all the texts, and let the counts grow."""
    counts = Counter(texts[0].split())
    return ["<unk>", *sorted(counts, key=lambda word: (-counts[word], word))[: size - 1]]


def vocabulary_of_the_larger_count(texts, size):
    """It looks as if the counts of the texts do not add up: `|` keeps one of two counts. Add them, with + or with the
    method update of a Counter."""
    counts = Counter()
    for text in texts:
        counts |= Counter(text.split())
    return ["<unk>", *sorted(counts, key=lambda word: (-counts[word], word))[: size - 1]]


def vocabulary_of_the_last_count(texts, size):
    counts = {}
    for text in texts:
        counts |= Counter(text.split())
    return ["<unk>", *sorted(counts, key=lambda word: (-counts[word], word))[: size - 1]]


vocabulary_of_the_last_count.__doc__ = vocabulary_of_the_larger_count.__doc__


def vocabulary_by_texts(texts, size):
    """It looks as if you count in how many texts a word stands. Count each time that it occurs: a set of a text's words
    forgets how often."""
    counts = Counter(word for text in texts for word in set(text.split()))
    return ["<unk>", *sorted(counts, key=lambda word: (-counts[word], word))[: size - 1]]


def vocabulary_that_asks_too_late(texts, size):
    """It looks as if you add a word before you ask whether the list is full. With size 1 it is full at once: <unk> is
    its one token."""
    counts, tokens = counted(texts), ["<unk>"]
    for word in sorted(counts, key=lambda word: (-counts[word], word)):
        tokens.append(word)
        if len(tokens) >= size:
            break
    return tokens


def vocabulary_cut_at_single_spaces(texts, size):
    """It looks as if an empty text became a word: split(" ") cuts at each single space, and between two spaces stands
    "". split() gives words alone."""
    counts = Counter(" ".join(texts).split(" "))
    return ["<unk>", *sorted(counts, key=lambda word: (-counts[word], word))[: size - 1]]


def vocabulary_each_cut_at_single_spaces(texts, size):
    counts = Counter(word for text in texts for word in text.split(" "))
    return ["<unk>", *sorted(counts, key=lambda word: (-counts[word], word))[: size - 1]]


vocabulary_each_cut_at_single_spaces.__doc__ = vocabulary_cut_at_single_spaces.__doc__


def vocabulary_with_small_and_capital_alike(texts, size):
    """It looks as if capitals and small letters are alike where two words are equally frequent. `sorted` puts capitals
    first: sort by the word as it is, not by word.lower()."""
    counts = counted(texts)
    return ["<unk>", *sorted(counts, key=lambda word: (-counts[word], word.lower()))[: size - 1]]


def vocabulary_with_unk_last(texts, size):
    """It looks as if <unk> comes after the words. It is the first token."""
    counts = counted(texts)
    return [*sorted(counts, key=lambda word: (-counts[word], word))[: size - 1], "<unk>"]


def vocabulary_with_unk_last_or_cut_off(texts, size):
    counts = counted(texts)
    return [*sorted(counts, key=lambda word: (-counts[word], word)), "<unk>"][:size]


vocabulary_with_unk_last_or_cut_off.__doc__ = vocabulary_with_unk_last.__doc__


def vocabulary_by_counts_as_text(texts, size):
    """It looks as if you sort by counts that are text: "-10" comes before "-9", but "-1" before "-2" too. Sort by the
    numbers themselves, (-count, word)."""
    counts = counted(texts)
    return ["<unk>", *sorted(counts, key=lambda word: (str(-counts[word]), word))[: size - 1]]


def vocabulary_by_a_text_of_count_and_word(texts, size):
    """It looks as if you sort by a text made of count and word: as text, "9" comes after "10". Sort by the pair
    (-count, word)."""
    counts = counted(texts)
    return ["<unk>", *sorted(counts, key=lambda word: f"{99 - counts[word]}{word}")[: size - 1]]


def vocabulary_that_adds_to_nothing(texts, size):
    """It looks as if you read a count before it is there: counts[word] += 1 reads first. The first time, get gives a
    0: counts[word] = counts.get(word, 0) + 1. A Counter begins at 0 by itself."""
    counts = {}
    for text in texts:
        for word in text.split():
            counts[word] += 1
    return ["<unk>", *counts][:size]


def vocabulary_sorted_by_the_alphabet_after_the_cut(texts, size):
    """It looks as if the right words are there, but sorted by the alphabet alone. The most frequent comes first."""
    counts = counted(texts)
    return ["<unk>", *sorted(sorted(counts, key=lambda word: (-counts[word], word))[: size - 1])]


def vocabulary_of_what_sort_returns(texts, size):
    """It looks as if you give a name to what `sort` returns. `sort` changes its list and returns None: write `sort` on
    a line of its own, or take sorted(...), which returns a list."""
    counts = counted(texts)
    ordered = list(counts).sort(key=lambda word: (-counts[word], word))
    return ["<unk>", *ordered[: size - 1]]


FREQUENT_WORDS = Exercise(
    id="frequent_words",
    kind="rebuild",
    title="A vocabulary of a given size",
    difficulty=2,
    minutes=15,
    contract="a list of texts and a size >= 1 to a list of at most size tokens: '<unk>', then the most frequent words "
    "of all the texts together, each as it is written, the most frequent first, words that are equally frequent in the "
    "order that sorted gives them: by the alphabet, capitals before small letters.",
    cases=(
        (["b a"], 2),
        (["b a b"], 2),
        (["b a b"], 3),
        (["a b", "b"], 9),
        (["dog cat cat dog ant"], 3),
        (["the cat and the dog", "a cat"], 4),
        (["The cat", "the The"], 3),
        (["The dog the Dog the"], 9),
        (["not to be", "to be or"], 1),
        (["a a a b", "b c c b", "c b"], 9),
        (["on a mat. a mat mat"], 9),
        (["", "a  b"], 9),
        (["c " * 9 + "b " * 10 + "a " * 90], 3),
    ),
    tried="several texts, words that are equally frequent on both sides of the cut, capitals, marks, an empty text, "
    "a count of 90, a size of 1 and one that is larger than needed, and two calls one after the other",
    hints=(
        "Count first, over all the texts; then sort; then cut.",
        "sorted(counts, key=...) goes through the words. A key may be a pair: the second part decides between equals.",
        "key=lambda word: (-counts[word], word) puts frequent words first and equals in the order of the alphabet.",
    ),
    solution=my_vocabulary,
    harness=asked_twice,
    mistakes=(
        vocabulary_one_too_long,
        vocabulary_as_met,
        vocabulary_reversed,
        vocabulary_rarest_first,
        vocabulary_of_the_alphabet,
        vocabulary_without_unk,
        vocabulary_of_letters,
        vocabulary_of_the_last_text,
        vocabulary_of_one_long_text,
        vocabulary_of_pairs,
        vocabulary_of_pairs_as_met,
        vocabulary_with_a_list_inside,
        vocabulary_of_texts,
        vocabulary_of_texts_as_met,
        vocabulary_in_small_letters,
        vocabulary_without_marks,
        vocabulary_with_marks_apart,
        vocabulary_of_letters_alone,
        vocabulary_cut_before_it_is_sorted,
        vocabulary_of_the_first_text,
        vocabulary_of_the_larger_count,
        vocabulary_of_the_last_count,
        vocabulary_by_texts,
        vocabulary_that_asks_too_late,
        vocabulary_cut_at_single_spaces,
        vocabulary_each_cut_at_single_spaces,
        vocabulary_with_small_and_capital_alike,
        vocabulary_with_unk_last,
        vocabulary_with_unk_last_or_cut_off,
        vocabulary_by_counts_as_text,
        vocabulary_by_a_text_of_count_and_word,
        vocabulary_that_adds_to_nothing,
        vocabulary_of_what_sort_returns,
        vocabulary_sorted_by_the_alphabet_after_the_cut,
    ),
)
