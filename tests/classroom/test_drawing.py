"""A drawing fits its page, nothing lies on anything else, it is readable in grey, and it is the same each time."""

import io

import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image

from lessons_lib.classroom import show
from lessons_lib.classroom.drawing import PAGE, Drawing
from lessons_lib.classroom.panels.figures import CSS_PIXELS_PER_INCH, DPI, png, use_style

# A tiny gallery: each draws what a lesson may draw.


def pipeline():
    d = Drawing(width=7, height=2.4)
    ids = d.box("token ids", at=(0.8, 1.2), shape="[T]")
    table = d.box("embedding", at=(2.8, 1.2), shape="[V, H]", kind="learned")
    mean = d.box("mean", at=(4.8, 1.2), kind="step")
    d.arrow(ids, table, label="look up")
    d.arrow(table, mean)
    d.note("each row is one word", at=(2.8, 0.4))
    row = d.row([0.1, 0.7, 0.2], at=(6.2, 1.2), labels=["a", "b", "c"])
    d.arrow(mean, row)
    return d


def residual():
    d = Drawing(height=2)
    stream = d.box("stream", at=(0.7, 0.7), shape="[T, H]")
    norm = d.box("norm", at=(2, 0.7), kind="learned")
    attention = d.box("attention", at=(3.4, 0.7), shape="[H, H] × 4", kind="learned")
    plus = d.box("+", at=(4.8, 0.7), kind="step")
    out = d.box("stream", at=(6.2, 0.7), shape="[T, H]")
    for start, end in ((stream, norm), (norm, attention), (attention, plus), (plus, out)):
        d.arrow(start, end)
    d.arrow(stream, plus, "unchanged", bend=0.35)
    return d


def all_ways():
    d = Drawing(height=3)
    queries, keys = d.box("queries\nof one token", at=(1, 1.5)), d.box("keys", at=(3, 2.6), width=1, height=0.5)
    values, scores = d.box("values", at=(3, 0.5)), d.box("scores", at=(5, 1.5), shape="[T, T]", kind="step")
    d.arrow(queries, keys, "slanting")
    d.arrow(keys, scores, corner="across")
    d.arrow(values, scores, corner="across")
    top, bottom = d.box("top", at=(6.5, 2.6)), d.box("bottom", at=(6.5, 0.5))
    d.arrow(top, bottom)
    d.arrow(bottom, top, "back", bend=-0.2)
    row = d.row(["to", "be", 3.14159, -2, 1e-9], at=(3, 1.5), kind="learned")
    d.arrow(row[2], values, "down")
    return d


def cells_of_steps():
    d = Drawing(width=3, height=1)
    d.row([1, 2], at=(1.5, 0.5), kind="step", labels=["a long label", ""])
    return d


GALLERY = (pipeline, residual, all_ways, cells_of_steps)


def pixels(drawing):
    return np.asarray(Image.open(io.BytesIO(png(drawing().figure))).convert("RGB")).astype(int)


def texts(figure):
    return [text for text in figure.findobj(Text) if text.get_text()]


@pytest.mark.parametrize("drawing", GALLERY)
def test_a_drawing_is_the_same_each_time_whatever_was_drawn_before(drawing):
    first = png(drawing().figure)
    use_style()
    assert png(drawing().figure) == first


@pytest.mark.parametrize("drawing", GALLERY)
def test_a_drawing_needs_no_colours(drawing):
    drawn = pixels(drawing)
    assert (drawn.max(axis=-1) == drawn.min(axis=-1)).all()
    assert drawn.max() == 255 and drawn.min() < 64


@pytest.mark.parametrize("drawing", GALLERY)
def test_a_drawing_has_the_size_of_its_page_and_no_text_is_small(drawing):
    made = drawing()
    height, width, _ = pixels(drawing).shape
    assert (width, height) == (int(made.width * DPI), int(made.height * DPI))
    assert width * CSS_PIXELS_PER_INCH / DPI <= PAGE * CSS_PIXELS_PER_INCH
    sizes = [text.get_fontsize() for text in texts(made.figure)]
    assert sizes and min(sizes) >= 8


@pytest.mark.parametrize("drawing", GALLERY)
def test_no_two_texts_touch_and_none_is_cut_off(drawing):
    figure = drawing().figure
    boxes = [text.get_window_extent() for text in texts(figure)]
    for number, one in enumerate(boxes):
        assert figure.bbox.containsx(one.x0) and figure.bbox.containsx(one.x1)
        assert figure.bbox.containsy(one.y0) and figure.bbox.containsy(one.y1)
        assert not any(one.overlaps(other) for other in boxes[:number])


@pytest.mark.parametrize("kind", ["data", "learned", "step"])
def test_text_stands_inside_its_box_in_strong_contrast(kind):
    d = Drawing(width=4, height=2)
    box = d.box("a name that is long", at=(2, 1), shape="[B, T, H]\n[H, V]", kind=kind)
    for text in texts(d.figure):
        extent = text.get_window_extent()
        assert box.left * DPI < extent.x0 and extent.x1 < box.right * DPI
        assert box.bottom * DPI < extent.y0 and extent.y1 < box.top * DPI
        text.set_visible(False)
    # What lies behind the text, which is black: WCAG asks for 7 to 1 at its strictest.
    drawn = np.asarray(Image.open(io.BytesIO(png(d.figure))).convert("L")).astype(float)
    margin = 0.06  # inches
    inside = drawn[int((2 - box.top + margin) * DPI) : int((2 - box.bottom - margin) * DPI)]
    inside = inside[:, int((box.left + margin) * DPI) : int((box.right - margin) * DPI)]
    darkest = (inside.min() / 255) ** 2.2
    assert (darkest + 0.05) / 0.05 > 7


def test_the_three_kinds_differ_in_grey():
    d = Drawing(width=6, height=1)
    boxes = [d.box("name", at=(x, 0.5), kind=kind) for x, kind in ((1, "data"), (3, "learned"), (5, "step"))]
    drawn = np.asarray(Image.open(io.BytesIO(png(d.figure))).convert("L")).astype(float)
    edge = int((1 - boxes[0].top) * DPI) + 4
    stripes = [drawn[edge : edge + 6, int(box.left * DPI) + 10 : int(box.right * DPI) - 10] for box in boxes]
    data, learned, step = (float(stripe.mean()) for stripe in stripes)
    assert data == 255 and np.ptp(stripes[1]) > 30
    assert data - learned > 10 and learned - step > 10


def test_a_box_is_as_wide_as_its_text_needs():
    d = Drawing()
    short, long = d.box("x", at=(1, 1)), d.box("x" * 20, at=(4, 1))
    assert long.width > 3 * short.width
    wide = d.box("x", at=(1, 2), width=1.5, height=0.5)
    assert (wide.width, wide.height, wide.x, wide.y) == (1.5, 0.5, 1, 2)


def test_arrows_end_at_the_edges_and_run_level_where_they_can():
    d = Drawing()
    left, right = d.box("left", at=(1, 1.0), width=1, height=0.6), d.box("right", at=(4, 1.2), width=1, height=0.6)
    d.arrow(left, right)
    [line] = d.figure.axes[0].lines
    assert line.get_xydata() == pytest.approx(np.array([[1.5, 1.1], [3.5, 1.1]]))
    d.arrow(left, right, bend=0.4)
    bent = d.figure.axes[0].lines[-1].get_xydata()
    assert bent == pytest.approx(np.array([[1, 1.3], [1, 1.9], [4, 1.9], [4, 1.5]]))
    d.arrow(right, left, bend=-0.2)
    bent = d.figure.axes[0].lines[-1].get_xydata()
    assert bent == pytest.approx(np.array([[4, 0.9], [4, 0.5], [1, 0.5], [1, 0.7]]))


def boxes(d, *places):
    return [d.box(f"box {number}", at=at) for number, at in enumerate(places)]


def test_what_lies_on_something_else_is_an_error():
    d = Drawing()
    boxes(d, (1, 1), (1.3, 1.1))
    with pytest.raises(ValueError, match="'box 1' lies on 'box 0'; move one of them"):
        _ = d.figure


def test_a_label_without_room_is_an_error():
    d = Drawing()
    start, end = boxes(d, (1, 1), (2.2, 1))
    d.arrow(start, end, "a label that is too\nhigh and too long")
    with pytest.raises(ValueError, match="lies on 'box"):
        _ = d.figure


def test_an_arrow_through_a_box_or_a_note_is_an_error():
    d = Drawing()
    start, _, end = boxes(d, (1, 1), (3, 1), (5, 1))
    d.arrow(start, end)
    with pytest.raises(ValueError, match="an arrow runs through 'box 1'; move it, or bend the arrow"):
        _ = d.figure
    d = Drawing()
    start, end = boxes(d, (1, 1), (5, 2))
    d.arrow(start, end)
    d.note("in the way", at=(3, 1.5))
    with pytest.raises(ValueError, match="an arrow runs through 'in the way'"):
        _ = d.figure


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda d: Drawing(width=7.5), r"width, height: got 7.5 × 2.4, allowed a width of at most 7"),
        (lambda d: Drawing(height=0), "width, height: got"),
        (lambda d: d.box("name", at=(0.1, 1)), r"'name' has x from -0\.\d\d to .*; the page is 7 × 2.4"),
        (lambda d: d.note("high", at=(1, 2.4)), "'high' has"),
        (lambda d: d.row([1] * 40, at=(3, 1)), "the page is 7"),
        (
            lambda d: d.box("a long name", at=(3, 1), width=0.5),
            "width, height of 'a long name': got 0.50 × .* at least",
        ),
        (lambda d: d.box("name", at=(3, 1), height=0.1), "allowed at least"),
        (lambda d: d.box("name", at=(3, 1), kind="red"), "kind: got 'red', allowed data, learned, step"),
        (lambda d: d.row([1, 2], at=(3, 1), labels=["a"]), "labels: got 1 for 2 cells"),
        (lambda d: d.row([], at=(3, 1)), "labels: got 0 for 0 cells"),
        (lambda d: d.arrow(*boxes(d, (1, 1), (3, 2)), corner="left"), "corner: got 'left', allowed across, along"),
    ],
)
def test_a_wrong_drawing_is_named(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong(Drawing())


def test_a_drawing_is_shown_as_every_figure(capsys):
    show(pipeline().figure, alt="Ids choose rows of a table.")
    assert "Ids choose rows" in capsys.readouterr().out
