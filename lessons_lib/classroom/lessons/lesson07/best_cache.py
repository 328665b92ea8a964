"""An exercise of lesson 07: which kept text saves a new prompt the most reading?"""

from lessons_lib.classroom.exercises import Exercise


def my_best_cache(held, wanted):
    best, most = None, 0
    for number, text in enumerate(held):
        shared = 0
        while shared < min(len(text), len(wanted) - 1) and text[shared] == wanted[shared]:
            shared += 1
        if shared > most:
            best, most = number, shared
    return best, wanted[most:]


def _shared(text, wanted):
    count = 0
    for one, other in zip(text, wanted, strict=False):
        if one != other:
            break
        count += 1
    return count


def _best(held, wanted, saved=_shared, last=False, least=1, keep_one=True):
    """The best text, with the knobs that mistakes turn."""
    best, most = None, least - 1
    for number, text in enumerate(held):
        count = saved(text, wanted)
        count = min(count, len(wanted) - 1) if keep_one else count
        if count > most or (last and count == most and best is not None):
            best, most = number, count
    return best, wanted[max(most, 0) :]


def best_with_nothing_to_read(held, wanted):
    """A prompt that is kept as a whole leaves nothing to read, and then there are no scores for its next token. Its
    last token is always read."""
    return _best(held, wanted, keep_one=False)


def best_anywhere(held, wanted):
    """It looks as if you count tokens that agree anywhere. Behind the first difference every key is another: only a
    common beginning can be used."""
    return _best(held, wanted, saved=lambda a, b: sum(x == y for x, y in zip(a, b, strict=False)))


def best_by_members(held, wanted):
    """It looks as if you count tokens that occur in both. Only a common beginning can be used, token for token."""
    return _best(held, wanted, saved=lambda a, b: len(set(a) & set(b)))


def best_of_the_last(held, wanted):
    """Right, but for ties: of texts that save equally much, the first is asked for."""
    return _best(held, wanted, last=True)


def best_of_the_shortest(held, wanted):
    """Right, but for ties: of texts that save equally much, the first is asked for, however long they are."""
    return _by_key(held, wanted, lambda text, number: (len(text), number))


def best_of_the_longest(held, wanted):
    """Right, but for ties: of texts that save equally much, the first is asked for, however long they are."""
    return _by_key(held, wanted, lambda text, number: (-len(text), number))


def best_of_the_smallest(held, wanted):
    """Right, but for ties: of texts that save equally much, the first is asked for. It looks as if sorting or min
    compares the texts themselves, where what they save is equal."""
    return _by_key(held, wanted, lambda text, number: (text, number))


def best_of_the_largest(held, wanted):
    """Right, but for ties: of texts that save equally much, the first is asked for. It looks as if sorting or max
    compares the texts themselves, where what they save is equal."""
    best = max(((_saved(text, wanted), text, n) for n, text in enumerate(held)), default=(0, [], 0))
    return (best[2] if best[0] else None), wanted[best[0] :]


def _by_key(held, wanted, tie):
    numbers = sorted(range(len(held)), key=lambda n: (-_saved(held[n], wanted), tie(held[n], n)))
    most = _saved(held[numbers[0]], wanted) if held else 0
    return (numbers[0] if most else None), wanted[most:]


def _saved(text, wanted):
    return min(_shared(text, wanted), len(wanted) - 1)


def best_from_two(held, wanted):
    """It looks as if a single token in common is not enough for you. It saves something too: None is for texts that
    save nothing."""
    return _best(held, wanted, least=2)


def best_that_saves_least(held, wanted):
    """It looks as if you take the text that saves the least: min where max is due."""
    least = min((_saved(text, wanted) for text in held), default=0)
    number = next((n for n, text in enumerate(held) if least and _saved(text, wanted) == least), None)
    return number, wanted[least:]


def best_only_whole(held, wanted):
    """It looks as if a text is used only where the new prompt begins with all of it. A part of it helps too: the cache
    is cut off behind the common beginning."""
    return _best(held, wanted, saved=lambda a, b: len(a) if b[: len(a)] == a else 0)


def best_only_whole_and_shorter(held, wanted):
    """It looks as if a text is used only where the new prompt begins with all of it. A part of it helps too: the cache
    is cut off behind the common beginning."""
    return _best(held, wanted, saved=lambda a, b: len(a) if len(a) < len(b) and b[: len(a)] == a else 0)


def best_ties_before_the_end(held, wanted):
    """It looks as if texts are compared before the last token of the prompt is taken off. That one is read in any case,
    so a text that holds it too saves no more, and one that holds nothing else saves nothing."""
    number, rest = _best(held, wanted, keep_one=False)
    return number, rest or wanted[-1:]


def best_longest(held, wanted):
    """It looks as if you take the longest text. Take the one with the longest common beginning."""
    if not held:
        return None, wanted
    number = max(range(len(held)), key=lambda n: len(held[n]))
    return number, wanted[min(_shared(held[number], wanted), len(wanted) - 1) :]


def best_zero_for_none(held, wanted):
    """Where no text shares anything, none is used: the number is then None, and everything is read."""
    number, rest = my_best_cache(held, wanted)
    return number or 0, rest


def best_last_for_none(held, wanted):
    """Where no text shares anything, none is used: the number is then None, and everything is read."""
    number, rest = my_best_cache(held, wanted)
    return -1 if number is None else number, rest


def best_how_many(held, wanted):
    """It looks as if you returned how many tokens are left to read. Asked for are the tokens themselves, as a list."""
    number, rest = my_best_cache(held, wanted)
    return number, len(rest)


def best_what_is_shared(held, wanted):
    """It looks as if you returned what is shared. Asked for is the rest, which is still to be read."""
    number, rest = my_best_cache(held, wanted)
    return number, wanted[: len(wanted) - len(rest)]


def best_everything(held, wanted):
    """It looks as if everything is read in any case. What the chosen text shares with the prompt need not be."""
    return my_best_cache(held, wanted)[0], wanted


BEST_CACHE = Exercise(
    id="best_cache",
    title="Which cache?",
    difficulty=2,
    minutes=12,
    kind="transfer",
    contract="held, a list of texts, each a list of token numbers, whose keys and values a server has kept; and "
    "wanted, a new prompt of at least one token. To (the number of the text that saves the most reading, counted "
    "from 0; the list of tokens that are still to be read). Of texts that save equally much, the first; where none "
    "saves anything, None in place of its number. The last token of the prompt is always read: its scores are "
    "wanted.",
    cases=(
        ([[5, 6, 7]], [5, 6, 8]),
        ([[5, 6, 7]], [9, 6, 7]),
        ([[1, 2], [1, 2, 3], [4]], [1, 2, 3, 4]),
        ([[9, 9, 9, 9, 9], [1, 8]], [1, 2, 3]),
        ([[1, 2, 3, 7], [1, 2, 3, 8]], [1, 2, 3, 9]),
        ([[1, 2, 3, 8], [1, 2, 3, 7]], [1, 2, 3, 9]),
        ([[1, 2, 9], [1, 2]], [1, 2, 5]),
        ([[1, 2], [1, 2, 9]], [1, 2, 5]),
        ([[1, 2, 3]], [1, 2, 3]),
        ([[3, 1], [1, 2, 3, 4]], [1, 2, 3]),
        ([[1, 5, 3, 4, 6], [1, 2]], [1, 2, 3, 4, 5]),
        ([[4, 3, 2, 1], [1]], [1, 2, 3, 4]),
        ([[1], [1, 2]], [1]),
        ([], [4, 4]),
        ([[], [7]], [7, 7]),
    ),
    tried="no text and empty ones, ties, a prompt that is kept as a whole, and one token in common",
    hints=(
        "For each text, count from the left for as long as both agree.",
        "Let the count end one before the end of the prompt: then its last token is left to read.",
        "Take a text only if it saves more than the best so far, and begin with 0: that settles ties and None.",
    ),
    solution=my_best_cache,
    mistakes=(
        best_with_nothing_to_read,
        best_anywhere,
        best_by_members,
        best_of_the_last,
        best_of_the_shortest,
        best_of_the_longest,
        best_of_the_smallest,
        best_of_the_largest,
        best_from_two,
        best_that_saves_least,
        best_only_whole,
        best_only_whole_and_shorter,
        best_ties_before_the_end,
        best_longest,
        best_zero_for_none,
        best_last_for_none,
        best_how_many,
        best_what_is_shared,
        best_everything,
    ),
)
