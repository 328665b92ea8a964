"""The building exercise of lesson 00: a language model that counts, which then writes on its own."""

import re
from collections import Counter
from functools import cache
from itertools import pairwise

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.trials import Refused
from lessons_lib.corpora import world_english_bible

GENESIS = "the first 20,000 characters of the Bible"
WRITTEN = 8  # words
SPLITS = 100  # of the long text in one call; more would take minutes


def my_next_words(text, word):
    words = text.split()
    counts = {}
    for place in range(len(words) - 1):
        if words[place] == word:
            follower = words[place + 1]
            counts[follower] = counts.get(follower, 0) + 1
    total = sum(counts.values())
    return {follower: count / total for follower, count in counts.items()}


def written(answer, text, word):
    """What a learner's model says follows a word; for the long text also what it writes from there.

    It writes the favourite each time, of tied ones the first by the alphabet, and stops where nothing follows.
    """
    if text != GENESIS:
        return answer(text, word)
    first = chances = answer(Splits(genesis()), word)
    sentence = [word]
    while chances and len(sentence) <= WRITTEN:
        sentence.append(min(chances, key=lambda follower: (-chances[follower], follower)))
        chances = answer(Splits(genesis()), sentence[-1])
    return first, " ".join(sentence)


class Splits(str):
    """A text that is cut up to `SPLITS` times, so that a loop that cuts it in each round ends at once."""

    times = 0

    def split(self, *arguments, **named):
        self.times += 1
        if self.times > SPLITS:
            raise Refused(f"your code cuts the text {self.times} times for one word: cut it once, before the loop")
        return super().split(*arguments, **named)


@cache
def genesis():
    return world_english_bible()[:20_000]


def next_words_cut_at_spaces_only(text, word):
    """It looks as if you cut the text with split(" "), which leaves line ends inside words: split() cuts there too."""
    return my_next_words(text.replace("\n", "↵"), word)


def next_words_as_counts(text, word):
    """It looks as if you return how often each word follows. Chances add up to 1: divide each count by their total."""
    return dict(Counter(after for before, after in pairwise(text.split()) if before == word))


def next_words_out_of_all_words(text, word):
    """It looks as if you divide by the number of all words. Divide by the number of words that follow this one."""
    total = len(text.split())
    return {follower: n / total for follower, n in next_words_as_counts(text, word).items()}


def next_words_out_of_occurrences(text, word):
    """It looks as if you divide by how often the word occurs. At the end of the text nothing follows it, so then the
    chances don't add up to 1: divide by the number of words that follow."""
    times = text.split().count(word)
    return {follower: n / times for follower, n in next_words_as_counts(text, word).items()}


def next_words_first_only(text, word):
    """It looks as if you look at the first place where the word stands and at no other: go through all of them. Or a
    return stands inside the loop."""
    words = text.split()
    return {words[words.index(word) + 1]: 1.0} if word in words[:-1] else {}


def next_words_before(text, word):
    """It looks as if you count the words before it: the word that follows stands one place later."""
    return my_next_words(" ".join(reversed(text.split())), word)


def next_words_evenly(text, word):
    """It looks as if every follower gets the same chance: one that follows twice as often is twice as likely."""
    followers = my_next_words(text, word)
    return {follower: 1 / len(followers) for follower in followers}


def next_words_ignoring_case(text, word):
    """It looks as if you made no difference between capital and small letters: The and the are different words here."""
    return my_next_words(text.lower(), word.lower())


def next_words_of_the_whole_text(text, word):
    """It looks as if you count all words of the text, whatever stands before them: only those that follow the word."""
    counts = Counter(text.split())
    return {follower: n / counts.total() for follower, n in counts.items()}


def next_words_in_percent(text, word):
    """It looks as if your chances are in percent: they add up to 1 here, not to 100."""
    return {follower: 100 * chance for follower, chance in my_next_words(text, word).items()}


def next_words_favourite_only(text, word):
    """It looks as if you return the favourite alone: every word that follows belongs in the dict."""
    chances = my_next_words(text, word)
    return {follower: chance for follower, chance in chances.items() if follower == max(chances, key=chances.get)}


def next_words_each_once(text, word):
    """It looks as if each follower gets 1 divided by the number of followers: one that follows twice counts twice."""
    after = [second for first, second in pairwise(text.split()) if first == word]
    return {follower: 1 / len(after) for follower in after}


def next_words_with_zeros(text, word):
    """It looks as if words that never follow are kept with the chance 0: leave them out."""
    chances = my_next_words(text, word)
    return {each: chances.get(each, 0.0) for each in text.split()}


def next_words_within_words(text, word):
    """It looks as if you look for the word inside other words, as cat in catalogue: compare whole words, with ==."""
    words = [word if word in each else each for each in text.split()]
    followers = [after for before, after in zip(words, text.split()[1:], strict=False) if before == word]
    return {follower: followers.count(follower) / len(followers) for follower in followers}


def next_words_without_marks(text, word):
    """It looks as if you drop commas and full stops, with re.findall perhaps. text.split() keeps them: said, with its
    comma and said without are different words here."""
    return my_next_words(" ".join(re.findall(r"\w+", text)), word)


def next_words_round_the_corner(text, word):
    """It looks as if the first word counts as following the last: at place 0, words[i - 1] is the last word, and %
    len(words) goes back to the first. Nothing follows the last word."""
    words = text.split()
    return my_next_words(" ".join([*words, words[0]]), word)


def next_words_before_round_the_corner(text, word):
    """It looks as if you count the words before it, words[i - 1], for the first word even the last one: the word that
    follows stands at i + 1."""
    words = text.split()
    return my_next_words(" ".join(reversed([words[-1], *words])), word)


def next_words_in_small_letters(text, word):
    """It looks as if you made the text's letters small: The and the are different words here, and God is never
    found."""
    return my_next_words(text.lower(), word)


def next_words_of_the_filter(text, word):
    """It looks as if you cut the text with words() of the lesson, which drops commas and capital letters: text.split()
    keeps both."""
    return my_next_words(" ".join(re.findall(r"[a-z0-9]+", text.lower())), word)


def next_words_rounded(text, word):
    """It looks as if you round the chances: give them as they are, then they add up to 1."""
    return {follower: round(chance, 2) for follower, chance in my_next_words(text, word).items()}


def next_words_in_whole_numbers(text, word):
    """It looks as if you divide with // or cut with int(...): chances are fractions, which / gives."""
    return {follower: int(chance) for follower, chance in my_next_words(text, word).items()}


def next_words_out_of_letters(text, word):
    """It looks as if you divide by text.count(word), which also finds the word inside other words, and at the end of
    the text: divide by the number of words that follow."""
    return {follower: n / text.count(word) for follower, n in next_words_as_counts(text, word).items()}


def next_words_counted_everywhere(text, word):
    """It looks as if you count a follower wherever it stands in the text: count it only where it follows the word."""
    words = Counter(text.split())
    followers = next_words_as_counts(text, word)
    total = sum(followers.values())
    return {follower: words[follower] / total for follower in followers}


def next_words_as_one_word(text, word):
    """It looks as if you return the favourite as text: a dict is asked for, from each follower to its chance."""
    chances = my_next_words(text, word)
    return max(chances, key=chances.get) if chances else ""


def next_words_splitting_in_the_loop(text, word):
    """It looks as if text.split() stands inside the loop: it cuts the whole text in each round. Cut it once, before the
    loop: words = text.split()."""
    counts = {}
    for place in range(len(text.split()) - 1):
        if text.split()[place] == word:
            follower = text.split()[place + 1]
            counts[follower] = counts.get(follower, 0) + 1
    total = sum(counts.values())
    return {follower: count / total for follower, count in counts.items()}


def next_words_beyond_the_end(text, word):
    """The last word has nothing after it: words[i + 1] is beyond the end there. Let i stop one place earlier, with
    range(len(words) - 1)."""
    words = text.split()
    after = [words[place + 1] for place in range(len(words)) if words[place] == word]
    return {follower: after.count(follower) / len(after) for follower in after}


def next_words_always_beyond_the_end(text, word):
    """The last word has nothing after it, and your loop asks for it in every text: let i stop one place earlier, with
    range(len(words) - 1)."""
    words = text.split()
    return [words[place + 1] for place in range(len(words))]


def next_words_first_pair_only(text, word):
    """It looks as if you look at the first two words of the text alone: a return stands inside the loop."""
    before, after, *_ = text.split()
    return {after: 1.0} if before == word else {}


def next_words_first_follower_only(text, word):
    """It looks as if a return stands inside the last loop: it ends with the first of the followers."""
    for follower, chance in my_next_words(text, word).items():
        return {follower: chance}


def next_words_without_overlap(text, word):
    """It looks as if you skip a word that has just been counted as a follower, with next(...) or a pattern perhaps. In
    a a b a the second a follows the first, and b follows it."""
    words, after = iter(text.split()), []
    for each in words:
        if each == word and (follower := next(words, None)):
            after.append(follower)
    return {follower: after.count(follower) / len(after) for follower in after}


def next_words_out_of_the_largest(text, word):
    """It looks as if you divide by the largest count: divide by the total of all counts, then the chances add up to
    1."""
    counts = next_words_as_counts(text, word)
    return {follower: n / max(counts.values()) for follower, n in counts.items()}


def next_words_with_zeros_for_followers(text, word):
    """It looks as if words that follow only other words are kept with the chance 0: leave them out."""
    chances = my_next_words(text, word)
    return {each: chances.get(each, 0.0) for each in text.split()[1:]}


def next_words_with_a_growing_total(text, word):
    """It looks as if you divide while you are still counting, by a total that is not yet whole: divide after the
    loop."""
    counts, chances = Counter(), {}
    for before, after in pairwise(text.split()):
        if before == word:
            counts[after] += 1
            chances[after] = counts[after] / counts.total()
    return chances


def next_words_starting_anew(text, word):
    """It looks as if an else starts the counting anew, and what was counted before is lost: begin with an empty dict
    once, before the loop."""
    counts = {}
    for before, after in pairwise(text.split()):
        if before == word:
            counts = {**counts, after: counts[after] + 1} if after in counts else {after: 1}
    return {follower: count / sum(counts.values()) for follower, count in counts.items()}


def next_words_starting_anew_at_others(text, word):
    """It looks as if an else empties the count at each other word: do nothing there."""
    counts = {}
    for before, after in pairwise(text.split()):
        counts = {**counts, after: counts.get(after, 0) + 1} if before == word else {}
    return {follower: count / sum(counts.values()) for follower, count in counts.items()}


def next_words_without_the_last_pair(text, word):
    """It looks as if the last two words are never compared: range(len(words) - 1) ends with the last but one, so - 2 is
    one too few."""
    return my_next_words(" ".join(text.split()[:-1]), word)


def next_words_divided_by_nothing(text, word):
    """Nothing follows this word, so there is nothing to divide by: return {} before you divide."""
    chances = my_next_words(text, word)
    return chances if chances else 0 / len(chances)


def next_words_sum_of_the_words(text, word):
    """sum(counts) goes through the keys, which are words: the counts are in counts.values()."""
    counts = next_words_as_counts(text, word)
    return {follower: n / sum(counts) for follower, n in counts.items()}


NEXT_WORDS = Exercise(
    id="next_words",
    title="Your first language model",
    difficulty=3,
    minutes=25,
    kind="build",
    contract="a text and a word to a dict: from each word that follows this word in text.split() to its chance, which "
    "is how often it follows, divided by how often anything does; {} for a word that nothing follows. "
    '"a b a c a b" and "a" give {"b": 2/3, "c": 1/3}.',
    cases=(
        ("the cat sat", "cat"),
        ("the cat and the dog and the cat", "the"),
        ("the cat and the dog and the cat", "cat"),
        ("The end of the day is the end", "the"),
        ("a a b a", "a"),
        ("the cat sat", "fish"),
        ("the cat sat", "sat"),
        ("red sky\nred sea", "sky"),
        ("the catalogue of the cat shop", "cat"),
        ("yes, she said, and he said no", "said"),
        ("sea and sky and sea", "sea"),
        (GENESIS, "God"),
    ),
    tried="words that follow once and often, repeated words, a word that is missing or last, and the Bible, where your "
    'model writes: God said, "Let the father of the father of',
    hints=(
        "Begin with words = text.split(), once. Neighbours are words[i] and words[i + 1]: where is words[i] the word?",
        "for before, after in zip(words, words[1:]): goes through all pairs of neighbours.",
        "counts.get(after, 0) is 0 for a word that is not yet in the dict. Divide when all are counted.",
    ),
    solution=my_next_words,
    harness=written,
    mistakes=(
        next_words_cut_at_spaces_only,
        next_words_as_counts,
        next_words_out_of_occurrences,
        next_words_out_of_all_words,
        next_words_first_only,
        next_words_before,
        next_words_evenly,
        next_words_ignoring_case,
        next_words_of_the_whole_text,
        next_words_in_percent,
        next_words_favourite_only,
        next_words_each_once,
        next_words_with_zeros,
        next_words_within_words,
        next_words_without_marks,
        next_words_round_the_corner,
        next_words_out_of_letters,
        next_words_counted_everywhere,
        next_words_as_one_word,
        next_words_before_round_the_corner,
        next_words_in_small_letters,
        next_words_of_the_filter,
        next_words_rounded,
        next_words_in_whole_numbers,
        next_words_splitting_in_the_loop,
        next_words_beyond_the_end,
        next_words_always_beyond_the_end,
        next_words_first_pair_only,
        next_words_first_follower_only,
        next_words_without_overlap,
        next_words_out_of_the_largest,
        next_words_with_zeros_for_followers,
        next_words_with_a_growing_total,
        next_words_starting_anew,
        next_words_starting_anew_at_others,
        next_words_without_the_last_pair,
        next_words_divided_by_nothing,
        next_words_sum_of_the_words,
    ),
)
