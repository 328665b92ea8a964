"""What the deeper lesson D2 draws is what happens."""

from lessons_lib.classroom.lessons.lessonD2 import figures
from lessons_lib.tokenizer.training import plain


def test_the_links_drawn_are_those_of_the_first_merge_of_berry():
    [(left, right)] = plain.learn_merges({b"berry": 4, b"best": 1}, most=1)
    assert bytes([left, right]).decode() == figures.MERGED[0]
    assert [token for token in figures.MERGED if token != "-"] == ["be", "r", "r", "y"]
    texts = [text.get_text() for text in figures.links().axes[0].texts]
    assert [text for text in texts if text in figures.MERGED][-5:] == list(figures.MERGED)


def test_both_ways_are_drawn_over_the_same_merges():
    [axes] = figures.looks([(10, 10), (20, 11), (30, 12)]).axes
    every, touched = axes.get_lines()
    assert list(every.get_ydata()) == [10, 20, 30]
    assert list(touched.get_ydata()) == [10, 11, 12]
    assert list(every.get_xdata()) == list(touched.get_xdata()) == [1, 2, 3]
