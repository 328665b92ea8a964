"""An exercise of lesson 02b: WordPiece, the longest token that fits."""

from lessons_lib.classroom.exercises import Exercise

SOME = frozenset(
    ["jelly", "jellyb", "jel", "fish", "f", "j", "straw", "un", "##ly", "##fish", "##f", "##ish", "##l", "##berry"]
)


def my_wordpiece(word, vocabulary):
    tokens, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            token = ("##" if start else "") + word[start:end]
            if token in vocabulary:
                break
        else:
            return ["[UNK]"]
        tokens.append(token)
        start = end
    return tokens


def _cut(word, vocabulary, ends, mark=True):
    """Tokens from the left, the ends of each tried in an order, up to where none fits; and whether all was used up."""
    tokens, start = [], 0
    while start < len(word):
        fitting = [
            (end, token)
            for end in ends(start, len(word))
            if (token := ("##" if start and mark else "") + word[start:end]) in vocabulary
        ]
        if not fitting:
            return tokens, False
        start, token = fitting[0]
        tokens.append(token)
    return tokens, True


def _longest_first(start, length):
    return range(length, start, -1)


def wordpiece_without_marks(word, vocabulary):
    """It looks as if the marks ## were left out of account. Inside a word only tokens that begin with ## may follow."""
    tokens, whole = _cut(word, vocabulary, _longest_first, mark=False)
    return tokens if whole else ["[UNK]"]


def wordpiece_looks_up_without_marks(word, vocabulary):
    """It looks as if the ## is put on after the look-up. Inside a word look for "##" + the letters: ##berry may be in
    the set where berry is not."""
    tokens, whole = _cut(word, vocabulary, _longest_first, mark=False)
    return [tokens[0], *("##" + token for token in tokens[1:])] if tokens and whole else ["[UNK]"] * bool(word)


def _with_marks(word, vocabulary, first, inside):
    """The longest token that fits, with one of the marks that are taken at the beginning or inside, in their order."""
    tokens, start = [], 0
    while start < len(word):
        both = inside if start else first
        fitting = [
            (end, mark + word[start:end])
            for end in _longest_first(start, len(word))
            for mark in both
            if mark + word[start:end] in vocabulary
        ]
        if not fitting:
            return ["[UNK]"]
        start, token = fitting[0]
        tokens.append(token)
    return tokens


def wordpiece_takes_either(word, vocabulary):
    """It looks as if a token without ## is taken inside a word when no marked one fits. It may only begin a word."""
    return _with_marks(word, vocabulary, [""], ["##", ""])


def wordpiece_takes_plain_first(word, vocabulary):
    """It looks as if a token without ## is taken inside a word. It may only begin one: inside, look for "##" + the
    letters alone."""
    tokens, start = [], 0
    while start < len(word):
        for end in _longest_first(start, len(word)):
            fitting = [token for token in (word[start:end], "##" + word[start:end]) if token in vocabulary]
            if fitting:
                break
        else:
            return ["[UNK]"]
        tokens.append(fitting[0])
        start = end
    return tokens


def wordpiece_longest_anywhere(word, vocabulary):
    """It looks as if you look for the longest token anywhere in the word, and cut what lies left and right of it. Go
    from the left: the first token is the longest that fits at the beginning, even if a longer one fits further on."""

    def cut(begin, stop):
        places = [(start, end) for start in range(begin, stop) for end in range(start + 1, stop + 1)]
        fitting = [
            (start - end, start, end) for start, end in places if "##" * bool(start) + word[start:end] in vocabulary
        ]
        if begin == stop or not fitting:
            return [] if begin == stop else ["[UNK]"]
        _, start, end = min(fitting)
        return [*cut(begin, start), "##" * bool(start) + word[start:end], *cut(end, stop)]

    tokens = cut(0, len(word))
    return ["[UNK]"] if "[UNK]" in tokens else tokens


def wordpiece_in_small_letters(word, vocabulary):
    """It looks as if the word is put into small letters first, as one kind of BERT does before it cuts. Not asked for
    here: a capital without a token makes the word unknown."""
    return my_wordpiece(word.lower(), vocabulary)


def wordpiece_from_the_right(word, vocabulary):
    """It looks as if you start at the end of the word. Start at its beginning: the first token is the longest that
    fits there."""
    tokens, end = [], len(word)
    while end:
        for start in range(end):
            token = ("##" if start else "") + word[start:end]
            if token in vocabulary:
                break
        else:
            return ["[UNK]"]
        tokens.insert(0, token)
        end = start
    return tokens


def wordpiece_gives_it_back(word, vocabulary):
    """It looks as if a word that the set can't write is given back as it is. It becomes [UNK], and what it was is
    lost."""
    return [word] if my_wordpiece(word, vocabulary) == ["[UNK]"] else my_wordpiece(word, vocabulary)


def wordpiece_empty_is_unknown(word, vocabulary):
    """It looks as if an empty word is unknown. It has nothing to write, so no token: an empty list."""
    return my_wordpiece(word, vocabulary) if word else ["[UNK]"]


def wordpiece_of_letters_only(word, vocabulary):
    """It looks as if a word that is not made of letters alone is unknown at once. Unknown is only what the set can't
    write; a hyphen may have a token, and an empty word needs none."""
    return my_wordpiece(word, vocabulary) if word.isalpha() else ["[UNK]"]


def wordpiece_drops_marks(word, vocabulary):
    """It looks as if ## was taken off. The tokens are those of the vocabulary, so the mark stays in the result."""
    return [token.removeprefix("##") for token in my_wordpiece(word, vocabulary)]


def wordpiece_shortest(word, vocabulary):
    """It looks as if you took the shortest token that fits: take the longest."""
    tokens, whole = _cut(word, vocabulary, lambda start, length: range(start + 1, length + 1))
    return tokens if whole else ["[UNK]"]


def wordpiece_unknown_rest(word, vocabulary):
    """It looks as if only the rest of the word becomes [UNK]. In WordPiece the whole word does, as soon as one place
    has no token."""
    tokens, whole = _cut(word, vocabulary, _longest_first)
    return tokens if whole else [*tokens, "[UNK]"]


def wordpiece_unknown_lost(word, vocabulary):
    """It looks as if a part without a token is left out. The whole word becomes [UNK], or a reader would take what is
    left for the word."""
    return _cut(word, vocabulary, _longest_first)[0]


def wordpiece_unknown_letters(word, vocabulary):
    """It looks as if a letter without a token becomes an [UNK] of its own. The whole word becomes one [UNK]."""
    tokens, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            token = ("##" if start else "") + word[start:end]
            if token in vocabulary:
                break
        else:
            token, end = "[UNK]", start + 1
        tokens.append(token)
        start = end
    return tokens


def wordpiece_tries_again(word, vocabulary):
    """It looks as if a shorter token is tried when the longest leads nowhere. WordPiece never goes back: the longest
    that fits is taken, and if the rest can't be written, the word is unknown."""

    def cut(rest, mark):
        for end in range(len(rest), 0, -1):
            if mark + rest[:end] in vocabulary and (more := cut(rest[end:], "##")) is not None:
                return [mark + rest[:end], *more]
        return None if rest else []

    tokens = cut(word, "")
    return ["[UNK]"] if tokens is None else tokens


def wordpiece_unknown_text(word, vocabulary):
    """It looks as if you returned the text [UNK] itself. Return a list that holds it."""
    tokens = my_wordpiece(word, vocabulary)
    return "[UNK]" if tokens == ["[UNK]"] else tokens


def wordpiece_marks_the_first_too(word, vocabulary):
    """It looks as if you look for ## at the beginning of the word too. Only tokens that go on inside a word have it."""
    tokens, start = [], 0
    while start < len(word):
        ends = [end for end in _longest_first(start, len(word)) if "##" + word[start:end] in vocabulary]
        if not ends:
            return ["[UNK]"]
        tokens.append("##" + word[start : ends[0]])
        start = ends[0]
    return tokens


def wordpiece_needs_two_letters(word, vocabulary):
    """It looks as if tokens of one letter are never tried: range stops before its end. For ends down to start + 1 it is
    range(len(word), start, -1)."""
    tokens, whole = _cut(word, vocabulary, lambda start, length: range(length, start + 1, -1))
    return tokens if whole else ["[UNK]"]


def wordpiece_writes_marks_that_are_not_there(word, vocabulary):
    """It looks as if ## is put on a token that is in the set without it only. What is returned must itself be in the
    set: inside a word look for "##" + the letters, and for nothing else."""
    tokens, start = [], 0
    while start < len(word):
        for end in _longest_first(start, len(word)):
            token = "##" * bool(start) + word[start:end]
            if token in vocabulary or word[start:end] in vocabulary:
                break
        else:
            return ["[UNK]"]
        tokens.append(token)
        start = end
    return tokens


def wordpiece_marked_at_the_beginning(word, vocabulary):
    """It looks as if a token with ## is taken at the beginning when no other fits. It may only go on inside a word: if
    no plain token fits at the beginning, the word is unknown."""
    return _with_marks(word, vocabulary, ["", "##"], ["##"])


def wordpiece_gives_up_on_long_words(word, vocabulary):
    """It looks as if a long word is unknown at once, as in BERT's code. Not asked for here: unknown is only what the
    set can't write."""
    return my_wordpiece(word, vocabulary) if len(word) <= 100 else ["[UNK]"]


WORDPIECE = Exercise(
    id="wordpiece",
    title="WordPiece",
    difficulty=2,
    minutes=10,
    contract="a word and a set of tokens, of which those that go on inside a word begin with ##, to the list of the "
    "word's tokens: from the left, at each place the longest that fits. If none fits at some place, the whole word is "
    "['[UNK]']. An empty word has no token, and no word begins with ##.",
    cases=(
        ("", SOME),
        ("j", SOME),
        ("fish", SOME),
        ("berry", SOME),
        ("lyfish", SOME),
        ("jellyfish", SOME),
        ("jelf", SOME),
        ("jelly", frozenset(["jel", "jell", "##y", "##ly"])),
        ("strawberry", SOME),
        ("unfish", SOME),
        ("fishx", SOME),
        ("jxly", SOME),
        ("xjel", SOME),
        ("unstraw", SOME),
        ("jellyjelly", SOME),
        ("jellyberry", SOME),
        ("jelly-fish", SOME | {"##-"}),
        ("unable", frozenset(["u", "un", "una", "##able", "##ble", "##nable"])),
        ("Jelly", SOME),
        ("strawberrypicking", SOME | {"strawberrypick", "##ing", "##picking"}),
        ("jel" + 49 * "ly", SOME),
    ),
    tried="whole words, two and three tokens, a longest token among several, a long one, a hyphen, a capital, words "
    "that can't be written",
    hints=(
        "Start at the left. Try the whole rest first, then one letter less, until a token is in the set.",
        "From the second token on, look for '##' + word[start:end].",
        "If no end fits, return ['[UNK]'] at once: a for loop with an else branch says that well.",
    ),
    solution=my_wordpiece,
    mistakes=(
        wordpiece_without_marks,
        wordpiece_looks_up_without_marks,
        wordpiece_takes_either,
        wordpiece_takes_plain_first,
        wordpiece_longest_anywhere,
        wordpiece_in_small_letters,
        wordpiece_from_the_right,
        wordpiece_gives_it_back,
        wordpiece_empty_is_unknown,
        wordpiece_of_letters_only,
        wordpiece_drops_marks,
        wordpiece_shortest,
        wordpiece_unknown_rest,
        wordpiece_unknown_lost,
        wordpiece_unknown_letters,
        wordpiece_tries_again,
        wordpiece_unknown_text,
        wordpiece_marks_the_first_too,
        wordpiece_needs_two_letters,
        wordpiece_writes_marks_that_are_not_there,
        wordpiece_marked_at_the_beginning,
        wordpiece_gives_up_on_long_words,
    ),
    kind="transfer",
)
