"""Stop strings in text that is cut anywhere."""

import hypothesis.strategies as st
from hypothesis import given

from lessons_lib.generation.stop_strings import StopStrings


def given_out(pieces, stop):
    stops = StopStrings(stop)
    return [*(stops.push(piece) for piece in pieces), stops.flush()]


def first_stop(text: str, stop: list[str]) -> str:
    """The text before the stop string that is complete first: tried at every length."""
    for end in range(len(text) + 1):
        starts = [end - len(s) for s in stop if text[:end].endswith(s)]
        if starts:
            return text[: min(starts)]
    return text


@given(
    st.lists(st.text("ab", max_size=4), max_size=12),
    st.lists(st.text("ab", min_size=1, max_size=4), max_size=3),
)
def test_stop_strings_across_any_borders(pieces, stop):
    text = "".join(pieces)
    assert "".join(given_out(pieces, stop)) == first_stop(text, stop)
    stops = StopStrings(stop)
    for piece in pieces:
        stops.push(piece)
    assert stops.found == any(s in text for s in stop)


@given(st.text("ab", max_size=12), st.lists(st.text("ab", min_size=1, max_size=4), max_size=3))
def test_exactly_the_longest_possible_start_is_held_back(text, stop):
    stops, out = StopStrings(stop), ""
    for end in range(1, len(text) + 1):
        out += stops.push(text[end - 1])
        if stops.found:
            break
        held = max((n for s in stop for n in range(1, len(s)) if text[:end].endswith(s[:n])), default=0)
        assert out == text[: end - held]


def test_examples_that_can_be_checked_by_eye():
    assert given_out(["abc", "d", "xab", "cz"], ["abcX"]) == ["", "abcd", "x", "abcz", ""]
    assert given_out(["ab", "ab", "abc"], ["ababc"]) == ["", "", "ab", ""]
    assert given_out(["aaa", "b"], []) == ["aaa", "b", ""]
    assert given_out(["a", "a"], ["ab"]) == ["", "a", "a"]
