"""What only appendix A1 draws."""

from itertools import pairwise

from matplotlib.figure import Figure

from lessons_lib.classroom.drawing import Drawing


def places(words: list[str]) -> Figure:
    """Words with the cuts between them, their places from both ends, and two slices below the words that they take.

    Args:
        words: six of them.
    """
    width, height = 0.56, 0.34
    drawing = Drawing(width=5.2, height=2.4)
    lefts = [1.6 + width * place for place in range(len(words) + 1)]

    def cells(first: int, end: int, y: float) -> None:
        for place in range(first, end):  # as wide in a slice as in the whole, so that the cuts lie above each other
            drawing.box(words[place], at=(lefts[place] + width / 2, y), width=width, height=height)

    drawing.note("a slice cuts here", at=(0.75, 2.15))
    for place, left in enumerate(lefts):
        drawing.note(str(place), at=(left, 2.15))
    cells(0, len(words), 1.85)
    drawing.note("places", at=(0.75, 1.55))
    drawing.note("from the end", at=(0.75, 1.3))
    for place, left in enumerate(lefts[:-1]):
        drawing.note(str(place), at=(left + width / 2, 1.55))
        drawing.note(f"−{len(words) - place}", at=(left + width / 2, 1.3))
    for name, first, end, y in (("words[1:3]", 1, 3, 0.8), ("words[-2:]", len(words) - 2, len(words), 0.35)):
        cells(first, end, y)
        drawing.note(name, at=(0.75, y))
    return drawing.figure


def seen_and_next(words: list[str], ids: list[int]) -> Figure:
    """What a model has seen at each place, and the word that it should say there.

    Args:
        words: five or six of them.
        ids: theirs, one each.
    """
    step, names = 0.58, [str(number) for number in ids]
    words = [words[0], *("␣" + word for word in words[1:])]  # a later word's token brings the space before it
    drawing = Drawing(width=5.2, height=step * len(words))
    drawing.note("␣ is a space", at=(4.3, 0.15))
    drawing.note("what it has seen", at=(1.0, drawing.height - 0.15))
    drawing.note("what it should say", at=(4.3, drawing.height - 0.15))
    for end in range(1, len(words)):
        y = drawing.height + 0.05 - step * end
        seen = drawing.row(words[:end], at=(0.1 + 0.208 * end, y), labels=names[:end])
        drawing.arrow(seen, drawing.row([words[end]], at=(4.3, y), labels=[names[end]]))
    return drawing.figure


def names_and_objects() -> Figure:
    """Two names of one list, before and after it changes in place, and after one name moves to another list."""
    drawing = Drawing(width=7, height=1.75)
    states = (
        ("b = a", ("1", "2"), ()),
        ("b.append(3)", ("1", "2", "3"), ()),
        ("b += more", ("1", "2", "3", "4"), ()),
        ("b = b + more", ("1", "2", "3", "4"), ("1", "2", "3", "4", "4")),
    )
    for left, (title, first, second) in zip((0.3, 1.75, 3.35, 5.1), states, strict=True):
        drawing.note(title, at=(left + 0.65, 1.6))
        a = drawing.box("a", at=(left, 1.15), width=0.35)
        b = drawing.box("b", at=(left, 0.45), width=0.35)
        y = 1.15 if second else 0.8
        one = drawing.row(first, at=(left + 0.65 + 0.095 * len(first), y))
        drawing.arrow(a, one)
        if second:
            drawing.arrow(b, drawing.row(second, at=(left + 0.65 + 0.095 * len(second), 0.45)))
        else:
            drawing.arrow(b, one)
    return drawing.figure


def waiting_places() -> Figure:
    """Where a generator waits, from the call of its function to its end."""
    drawing = Drawing(width=7, height=0.8)
    states = ("waits before\nits first line", 'waits at yield,\n"THE" is out', 'waits at yield,\n"CAT" is out')
    boxes = [
        drawing.box(state, at=(0.75 + 1.82 * number, 0.4))
        for number, state in enumerate((*states, "at its end:\nStopIteration"))
    ]
    for one, after in pairwise(boxes):
        drawing.arrow(one, after, label="next")
    return drawing.figure


def copied_list() -> Figure:
    """A list in a list, and a copy of the outer one: both hold the same inner list."""
    drawing = Drawing(width=3.2, height=1.75)
    inner = drawing.row(("1", "9"), at=(2.0, 0.85))
    for name, y in (("nested", 1.5), ("outer", 0.2)):
        holds = drawing.row(("   ", "2"), at=(2.1, y))
        drawing.arrow(drawing.box(name, at=(0.6, y), width=0.8, height=0.34), holds)
        drawing.arrow(holds[0], inner)
    return drawing.figure


def late_and_early() -> Figure:
    """Lambdas that look one name up at the call, and lambdas that each keep a default of their own."""
    drawing = Drawing(width=6.4, height=1.7)
    drawing.note("late: one name, looked up at the call", at=(1.5, 1.55))
    shared = drawing.box("number: 2", at=(2.4, 0.7))
    drawing.note("early: a default each", at=(5.0, 1.55))
    for number, y in enumerate((1.15, 0.7, 0.25)):
        drawing.arrow(drawing.box(f"late[{number}]", at=(0.6, y), width=0.8, height=0.35), shared)
        own = drawing.box(f"kept: {number}", at=(5.8, y), width=0.8, height=0.35)
        drawing.arrow(drawing.box(f"early[{number}]", at=(4.2, y), width=0.85, height=0.35), own)
    return drawing.figure


def class_and_objects(tokens: list[list[str]]) -> Figure:
    """One class, and two objects of it that keep a list and a dict of their own.

    Args:
        tokens: of the object `small` and of the object `other`.
    """
    drawing = Drawing(width=7, height=1.8)
    plan = drawing.box("class WordTokenizer\n__init__, encode, decode", at=(1.25, 0.9), kind="step")
    for name, own, y in zip(("small", "other"), tokens, (1.4, 0.4), strict=True):
        pairs = [f"'{token}': {number}" for number, token in enumerate(own)]
        short = pairs if len(pairs) < 4 else [*pairs[:2], "…", pairs[-1]]
        thing = drawing.box(name, at=(3.1, y), width=0.7)
        listed = [repr(token) for token in own]
        kept = listed if len(own) < 4 else [*listed[:2], "…", listed[-1]]
        lines = f"tokens: [{', '.join(kept)}]\nids_of: {{{', '.join(short)}}}"
        table = drawing.box(lines, at=(5.25, y), width=3.1)
        drawing.arrow(plan, thing)
        drawing.arrow(thing, table)
    drawing.note("small.encode(…) is looked up in the class, and self is small", at=(4.85, 0.9))
    return drawing.figure
