"""What only appendix A1 draws."""

from matplotlib.figure import Figure

from lessons_lib.classroom.drawing import Drawing


def names_and_objects() -> Figure:
    """Two names of one list, and a third name of a copy that has grown."""
    drawing = Drawing(width=6.2, height=1.8)
    a = drawing.box("a", at=(0.5, 1.45), width=0.5)
    b = drawing.box("b", at=(0.5, 0.95), width=0.5)
    c = drawing.box("c", at=(0.5, 0.35), width=0.5)
    one = drawing.row(["1", "2", "3"], at=(2.0, 1.2))
    copy = drawing.row(["1", "2", "3", "4"], at=(2.09, 0.35))
    drawing.arrow(a, one)
    drawing.arrow(b, one)
    drawing.arrow(c, copy)
    drawing.note("b = a ties a second name to the same list", at=(4.4, 1.2))
    drawing.note("c = list(a) made another, and 4 went there", at=(4.4, 0.35))
    return drawing.figure


def seen_and_next(ids: list[int]) -> Figure:
    """A list, what is left without its last and without its first item, and what stands above what.

    Args:
        ids: a few numbers.
    """
    drawing = Drawing(width=6.6, height=2.2)
    texts = [str(number) for number in ids]
    whole = drawing.row(texts, at=(2.9, 1.85), labels=[str(place) for place in range(len(ids))])
    left = 2.9 - whole.width / len(ids) / 2  # so that the shorter rows begin below the first cell
    seen = drawing.row(texts[:-1], at=(left, 1.0))
    following = drawing.row(texts[1:], at=(left, 0.35))
    for name, y in (("ids", 1.85), ("ids[:-1]", 1.0), ("ids[1:]", 0.35)):
        drawing.note(name, at=(0.7, y))
    for above, below in zip(seen.cells, following.cells, strict=True):
        drawing.arrow(above, below)
    drawing.note("what it has seen", at=(5.5, 1.0))
    drawing.note("what it should have said", at=(5.5, 0.35))
    return drawing.figure
