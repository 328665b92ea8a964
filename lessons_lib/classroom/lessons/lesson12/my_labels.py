"""An exercise of lesson 12: which tokens of a conversation are learned, from its marks alone."""

from lessons_lib.classroom.exercises import Exercise

IGNORED = -100


def my_labels(ids, opening, end):
    labels, speaking = [], False
    for place in range(1, len(ids)):
        if ids[max(place - len(opening), 0) : place] == opening:
            speaking = True
        labels.append(ids[place] if speaking else -100)
        if ids[place] == end:
            speaking = False
    return labels


def _said(ids, opening, end, heads=0, ends=1, behind=0, first=None, user=False):
    """Of each id whether it is learned, with the knobs that mistakes turn."""
    said, speaking, turns = [user] * len(ids), False, 0
    for place, i in enumerate(ids):
        if ids[max(place - len(opening), 0) : place] == opening:
            speaking, turns = True, turns + 1
            if heads:
                said[place - len(opening) : place] = [True] * len(opening)
        if speaking and (first is None or turns <= first):
            said[place] = i != end or ends == 1
        if i == end and speaking:
            speaking = False
            said[place + 1 : place + 1 + behind] = [True] * len(ids[place + 1 : place + 1 + behind])
    return said


def _labels(ids, said, shift=1):
    return [i if mark else IGNORED for i, mark in zip(ids[1:], said[shift : len(ids) - 1 + shift], strict=False)]


def labels_one_place_late(ids, opening, end):
    """It looks as if the labels lie one place too far right: the first token of an answer is never learned. Place p
    reads id number p and names id number p + 1, so what counts is whether the assistant says number p + 1."""
    return _labels(ids, _said(ids, opening, end), shift=0)


def labels_of_what_is_read(ids, opening, end):
    """The right places are learned, and each is to name the id that it reads. Its label is the id that follows."""
    return [i if mark else IGNORED for i, mark in zip(ids, _said(ids, opening, end)[1:], strict=False)]


def labels_behind_the_last_of_the_opening(ids, opening, end):
    """It looks as if one id of the opening is enough for you. It stands elsewhere too: compare with the whole
    opening."""
    return _labels(ids, _said(ids, opening[-1:], end))


def labels_to_the_end_of_the_opening(ids, opening, end):
    """It looks as if you look for the end from the first id of the opening on. The opening may hold that id itself, of
    the turn before: look behind the opening."""
    said = _said(ids, opening, end)
    if end in opening:
        said = [False] * len(ids)
    return _labels(ids, said)


def labels_of_finished_answers(ids, opening, end):
    """It looks as if an answer without an end is not learned. It is, up to the last id."""
    said = _said(ids, opening, end)
    last = max((place + 1 for place, i in enumerate(ids) if i == end and said[place]), default=0)
    return _labels(ids, [mark and place < last for place, mark in enumerate(said)])


def labels_one_place_early(ids, opening, end):
    """It looks as if the labels lie one place too far left: the line break of the opening is learned, and the end is
    not. Place p names id number p + 1: it is learned if the assistant says that one."""
    return _labels(ids, [*_said(ids, opening, end)[1:], False])


def labels_not_shifted(ids, opening, end):
    """It looks as if a place is to name the id that it reads. Copying is quickly learned, and useless: the label of a
    place is the id that follows, so there is one label fewer than ids."""
    return [i if mark else IGNORED for i, mark in zip(ids, _said(ids, opening, end), strict=True)]


def labels_not_shifted_but_cut(ids, opening, end):
    """It looks as if a place is to name the id that it reads. Copying is quickly learned, and useless: the label of a
    place is the id that follows, so there is one label fewer than ids."""
    return labels_not_shifted(ids, opening, end)[:-1]


def labels_without_the_end(ids, opening, end):
    """It looks as if the end of an answer is not learned. Then nothing teaches the model to stop: the id that ends the
    turn belongs to the answer."""
    return _labels(ids, _said(ids, opening, end, ends=0))


def labels_of_all(ids, opening, end):
    """It looks as if everything is learned. What the user says, and what the template writes, is read and not named:
    -100."""
    return list(ids[1:])


def labels_of_the_user(ids, opening, end):
    """It looks as if the two are swapped: the user's words are learned and the answer is not."""
    return _labels(ids, [not said for said in _said(ids, opening, end)])


def labels_with_the_opening(ids, opening, end):
    """It looks as if the opening is learned too. The template writes it before the model is asked: begin behind it."""
    return _labels(ids, _said(ids, opening, end, heads=1))


def labels_with_what_follows(ids, opening, end):
    """It looks as if the id behind the end is learned too, such as the template's line break. The answer ends with the
    id that ends the turn."""
    return _labels(ids, _said(ids, opening, end, behind=1))


def labels_to_the_last(ids, opening, end):
    """It looks as if everything behind the first opening is learned. After the end of the answer the user may speak
    again: stop there, until the next opening."""
    said = _said(ids, opening, end)
    start = said.index(True) if True in said else len(ids)
    return _labels(ids, [place >= start for place in range(len(ids))])


def labels_of_the_first_answer(ids, opening, end):
    """It looks as if only the first answer is learned. A conversation may have several."""
    return _labels(ids, _said(ids, opening, end, first=1))


def labels_of_the_last_answer(ids, opening, end):
    """It looks as if only the last answer is learned. A conversation may have several, and each of them counts."""
    said = _said(ids, opening, end)
    starts = [place for place, mark in enumerate(said) if mark and not (place and said[place - 1])]
    return _labels(ids, [mark and place >= starts[-1] for place, mark in enumerate(said)])


def labels_with_a_fixed_end(ids, opening, end):
    """It looks as if the id that ends a turn is written into your function. It is handed over, and may be another than
    2: compare with `end`."""
    return my_labels(ids, opening, 2)


def labels_with_zeros(ids, opening, end):
    """It looks as if 0 stands where nothing is learned. 0 is a token like any other; the sign is -100."""
    return [0 if label == IGNORED else label for label in my_labels(ids, opening, end)]


def labels_without_the_rest(ids, opening, end):
    """It looks as if places that are not learned are left out. Each place but the last needs a label: -100 there."""
    return [label for label in my_labels(ids, opening, end) if label != IGNORED]


def labels_as_marks(ids, opening, end):
    """It looks as if you returned True and False. Asked for are labels: the id that follows, or -100."""
    return [label != IGNORED for label in my_labels(ids, opening, end)]


LABELS = Exercise(
    id="my_labels",
    title="What is learned",
    difficulty=2,
    minutes=12,
    contract="the ids of a conversation, the list of ids that opens an answer, and the id that ends a turn, to a list "
    "of labels, one fewer than the ids. The label of a place is the id that follows it, if the assistant says that "
    "one, and -100 otherwise. The assistant says what stands behind an opening, up to the id that ends the turn and "
    "with it; if the ids stop before, up to the last. An opening stands only where an answer begins.",
    cases=(
        ([1, 7, 9, 5, 2], [1, 7, 9], 2),
        ([7, 5, 2, 6, 3, 4], [7], 3),
        ([1, 8, 9, 4, 2, 9, 1, 7, 9, 5, 6, 2, 9], [1, 7, 9], 2),
        ([1, 8, 9, 5, 7, 2, 9, 1, 7, 9, 5, 0, 9, 2, 9, 1, 8, 9, 6, 2, 9, 1, 7, 9, 3, 2, 9], [1, 7, 9], 2),
        ([1, 8, 9, 4, 2, 9, 1, 7, 9, 2, 9], [1, 7, 9], 2),
        ([1, 8, 9, 4, 2, 9, 1, 7, 9, 5, 6], [1, 7, 9], 2),
        ([4, 2, 7, 5, 2, 4, 2, 7, 6, 2, 4, 4, 2], [7], 2),
        ([1, 8, 4, 2, 1, 7, 5, 6, 2], [2, 1, 7], 2),
    ),
    tried="an answer alone, another end, a question before it, two questions and answers, an empty answer, one that is "
    "not finished, an opening of one token, and one that holds the end of the turn before",
    hints=(
        "Walk through the places from 1 on and keep a variable: is the assistant speaking?",
        "It begins to speak where the ids just before are the opening: ids[place - len(opening) : place] == opening.",
        "The label that you append at place p belongs to place p - 1. Append first, then look whether ids[p] ends the "
        "turn: so the end itself is learned.",
    ),
    solution=my_labels,
    mistakes=(
        labels_one_place_late,
        labels_of_what_is_read,
        labels_behind_the_last_of_the_opening,
        labels_to_the_end_of_the_opening,
        labels_of_finished_answers,
        labels_one_place_early,
        labels_not_shifted,
        labels_not_shifted_but_cut,
        labels_without_the_end,
        labels_of_all,
        labels_of_the_user,
        labels_with_the_opening,
        labels_with_what_follows,
        labels_to_the_last,
        labels_of_the_first_answer,
        labels_of_the_last_answer,
        labels_with_a_fixed_end,
        labels_with_zeros,
        labels_without_the_rest,
        labels_as_marks,
    ),
)
