"""An exercise of lesson 07: how much may be printed?"""

import re

from lessons_lib.classroom.exercises import Exercise


def my_safe_length(text, stops):
    for length in range(len(text) + 1):
        rest = text[length:]
        if any(stop.startswith(rest) for stop in stops):
            return length
    return len(text)


def safe_until_any_start(text, stops):
    """It looks as if you stop at the first letter that starts a stop string, wherever it stands. Text is doubtful only
    if it reaches to the end: what came after may have settled the matter."""
    places = [text.find(stop[0]) for stop in stops if stop[0] in text]
    return min(places, default=len(text))


def safe_last_letter_only(text, stops):
    """It looks as if at most one letter is held back. More may belong to a stop string that is not complete."""
    return len(text) - 1 if any(text.endswith(stop[0]) for stop in stops) and text else len(text)


def safe_always_holds_the_most(text, stops):
    """It looks as if you always hold back as many letters as the longest stop string could need. Hold back only what
    really is the beginning of one."""
    return max(0, len(text) - max((len(stop) - 1 for stop in stops), default=0))


def safe_first_stop_only(text, stops):
    """It looks as if only the first stop string is looked at. Any of them may be about to come."""
    return my_safe_length(text, stops[:1])


def safe_last_stop_only(text, stops):
    """It looks as if only the last stop string counts: does each round of a loop overwrite what the one before has
    found? Any of them may be about to come."""
    return my_safe_length(text, stops[-1:])


def safe_for_one_of_them(text, stops):
    """It looks as if what one stop string lets through is printed. Each of them may be about to come: take the smallest
    of their numbers."""
    return max((my_safe_length(text, [stop]) for stop in stops), default=len(text))


def safe_first_that_fits(text, stops):
    """It looks as if you stop at the first stop string that may have begun. A later one may have begun earlier in the
    text: look at all, and take the smallest number."""
    each = (my_safe_length(text, [stop]) for stop in stops)
    return next((length for length in each if length < len(text)), len(text))


def safe_adds_up_what_is_held(text, stops):
    """It looks as if what the stop strings hold back is added up. They hold back the same end of the text: take the
    longest."""
    return len(text) - sum(len(text) - my_safe_length(text, [stop]) for stop in stops)


def safe_inside_a_stop(text, stops):
    """It looks as if you hold back an end of the text that stands anywhere in a stop string, as `in` finds it. Only its
    beginning can be about to come: stop.startswith(end)."""
    return min((n for n in range(len(text)) if any(text[n:] in stop for stop in stops)), default=len(text))


def safe_ends_of_stops(text, stops):
    """It looks as if you compare with the ends of the stop strings. The end of the text may be the beginning of one."""
    return min((n for n in range(len(text)) if any(stop.endswith(text[n:]) for stop in stops)), default=len(text))


def safe_without_the_longest(text, stops):
    """It looks as if the longest beginnings are not tried: of STOP, the text may end in S, in ST and in STO. A range
    ends one in front of its second number."""
    ends = [n for n in range(len(text)) if any(stop[:-2].startswith(text[n:]) for stop in stops)]
    return min(ends, default=len(text))


def safe_two_letters_at_least(text, stops):
    """It looks as if a single letter is never held back. One letter may be the beginning of a stop string too: a range
    ends one in front of its second number."""
    return min((n for n in range(len(text) - 1) if any(s.startswith(text[n:]) for s in stops)), default=len(text))


def safe_stripped_text(text, stops):
    """It looks as if white space at an end of the text is cut off before you count. A blank and a new line are
    characters like others: they are printed, or held back."""
    return my_safe_length(text.strip(), stops)


def safe_stripped_at_the_end(text, stops):
    """It looks as if white space at an end of the text is cut off before you count. A blank and a new line are
    characters like others: they are printed, or held back."""
    return my_safe_length(text.rstrip(), stops)


def safe_stripped_stops(text, stops):
    """It looks as if white space at the ends of the stop strings is cut off. It belongs to them: the new line of
    `\\nQ:` is its beginning."""
    return my_safe_length(text, [stop.strip() for stop in stops])


def safe_in_bytes(text, stops):
    """It looks as if you count bytes. Asked for are characters, and a letter such as é takes two bytes."""
    return len(text[: my_safe_length(text, stops)].encode())


def safe_by_bytes(text, stops):
    """It looks as if you count bytes. Asked for are characters, and a letter such as é takes two bytes."""
    return len(text.encode()) - (len(text) - my_safe_length(text, stops))


def safe_as_patterns(text, stops):
    """It looks as if the stop strings are taken for patterns, in which a dot stands for any letter. They are plain
    text: use str's methods, or re.escape."""
    ends = (n for n in range(len(text)) for stop in stops for k in range(1, len(stop)) if _fits(stop[:k], text[n:]))
    return min(ends, default=len(text))


def _fits(pattern, text):
    try:
        return re.fullmatch(pattern, text)
    except re.error:
        return False


def safe_as_bare_patterns(text, stops):
    """It looks as if the stop strings are taken for patterns, in which a dot stands for any letter. They are plain
    text: use str's methods, or re.escape."""
    ends = (n for n in range(len(text)) for s in stops for k in range(1, len(s)) if re.fullmatch(s[:k], text[n:]))
    return min(ends, default=len(text))


def safe_shortest_overlap(text, stops):
    """It looks as if you take the shortest end of the text that could start a stop string. Take the longest: it begins
    earlier."""
    for length in range(len(text) - 1, -1, -1):
        if any(stop.startswith(text[length:]) for stop in stops):
            return length
    return len(text)


def safe_in_any_case(text, stops):
    """It looks as if capitals and small letters count as one. `sto` is no beginning of STOP."""
    return my_safe_length(text.upper(), [stop.upper() for stop in stops])


def safe_whole_stop_only(text, stops):
    """It looks as if you look for whole stop strings. None is complete in the text; what may have begun at its end has
    to wait."""
    return min([text.find(stop) for stop in stops if stop in text], default=len(text))


def safe_counts_what_is_held(text, stops):
    """It looks as if you returned how much is held back. Asked for is how much may be printed."""
    return len(text) - my_safe_length(text, stops)


def safe_text(text, stops):
    """It looks as if you returned the text that may be printed. Asked for is how many characters it has."""
    return text[: my_safe_length(text, stops)]


SAFE_LENGTH = Exercise(
    id="safe_length",
    title="How much may be printed?",
    difficulty=2,
    minutes=12,
    contract="text that holds no complete stop string, and a list of stop strings, to a number: how many characters "
    "at the start of the text can no longer be part of a stop string that is still to come. Capitals and small "
    "letters are different letters.",
    cases=(
        ("we S", ["STOP"]),
        ("tea", ["STOP"]),
        ("", ["STOP"]),
        ("we STO", ["STOP"]),
        ("we sto", ["STOP"]),
        ("Stay, Sam", ["STOP"]),
        ("aa", ["aab"]),
        ("abab", ["abac", "bax"]),
        ("to b", ["STOP", "bye", "to be"]),
        ("stop", ["STOP", "opal"]),
        ("we S", ["STOP", "end"]),
        ("we TO", ["STOP"]),
        ("we OP", ["STOP"]),
        ("we ", ["STOP"]),
        (" S", ["STOP"]),
        ("a\n", ["\nQ:"]),
        ("we a ", [" a man"]),
        ("é S", ["STOP"]),
        ("ac", ["a.b"]),
        ("a (", ["(1)"]),
        ("any", []),
    ),
    tried="nothing, a letter and several held back, false alarms, overlaps, several stop strings, white space, and "
    "signs of all kinds",
    hints=(
        "Which ends of the text are beginnings of a stop string? stop.startswith(end) tells.",
        "Of all such ends the longest counts, so try the longest end first.",
        "The empty end is a beginning of everything: then the whole text may be printed.",
    ),
    solution=my_safe_length,
    mistakes=(
        safe_until_any_start,
        safe_last_letter_only,
        safe_always_holds_the_most,
        safe_first_stop_only,
        safe_last_stop_only,
        safe_for_one_of_them,
        safe_first_that_fits,
        safe_adds_up_what_is_held,
        safe_inside_a_stop,
        safe_ends_of_stops,
        safe_without_the_longest,
        safe_two_letters_at_least,
        safe_stripped_text,
        safe_stripped_at_the_end,
        safe_stripped_stops,
        safe_in_bytes,
        safe_by_bytes,
        safe_as_patterns,
        safe_as_bare_patterns,
        safe_shortest_overlap,
        safe_in_any_case,
        safe_whole_stop_only,
        safe_counts_what_is_held,
        safe_text,
    ),
)
