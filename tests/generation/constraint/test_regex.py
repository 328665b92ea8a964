"""Patterns, expressions and derivatives beside Python's own `re.fullmatch`."""

import re
import sys

import pytest
from effort import examples, within
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lessons_lib.generation.constraint import ConstraintError, choice, regex
from lessons_lib.generation.constraint.automaton import Automaton
from lessons_lib.generation.constraint.characters import characters, joined, without
from lessons_lib.generation.constraint.derivative import byte_classes, derivative, matches
from lessons_lib.generation.constraint.expression import EMPTY, NOTHING, either, repeat, sequence, span, text

LETTERS = "ab-.0é日😀\n ]"
ATOMS = [*"ab0é日😀", ".", r"\.", r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", r"\n", r"\xe9", r"\u65e5", r"\U0001F600"]
ATOMS += ["[ab]", "[^a]", "[a-z]", "[^a-cé]", r"[\d\-]", "[]a]", "[^]]", r"[a\]]", "[a-]", r"[^\w]", "[à-日]"]
REPEATS = ["*", "+", "?", "{2}", "{1,}", "{,2}", "{1,3}", "{0}", "*?", "+?", "??", "{1,2}?"]


def grouped(patterns):
    """Larger patterns out of smaller ones."""
    one = st.one_of(
        st.tuples(patterns, st.sampled_from(REPEATS)).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
        st.lists(patterns, min_size=2, max_size=4).map("".join),
        st.lists(patterns, min_size=2, max_size=4).map(lambda parts: "(" + "|".join(parts) + ")"),
    )
    return one


PATTERNS = st.recursive(st.sampled_from(ATOMS) | st.just(""), grouped, max_leaves=8)
TEXTS = st.text(st.sampled_from(LETTERS), max_size=6)


@given(PATTERNS, st.lists(TEXTS, min_size=1, max_size=8))
@example("(?:a?){3}", ["", "aaa", "aaaa"])
@example("(?:(?:a|ab)*)+", ["aba", "ba"])
@settings(max_examples=examples(400), deadline=None)
def test_a_pattern_means_what_it_means_to_python(pattern, texts):
    ours, theirs = regex(pattern), re.compile(pattern, re.ASCII)
    automaton = Automaton(ours.expression)
    for one in texts:
        expected = theirs.fullmatch(one) is not None
        assert ours.allows(one) == expected
        state = 0
        for value in one.encode():
            state = automaton.step(state, value) if state >= 0 else state
        assert (state >= 0 and bool(automaton.final[state])) == expected


@given(PATTERNS, st.data())
@settings(max_examples=examples(50), deadline=None)
def test_texts_that_match_by_design_match(pattern, data):
    one = data.draw(st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True, alphabet=st.characters(codec="utf-8")))
    assert regex(pattern).allows(one)


def test_anchors_at_the_ends_change_nothing():
    assert regex("^a+$").allows("aa") and regex("^a|b$").allows("b") and not regex("^a$").allows("ba")


REFUSED = {
    r"(a)\1": (r"\1", 3),
    r"a(?=b)": ("(?=", 1),
    r"(?<=a)b": ("(?<", 0),
    r"(?i)a": ("(?i", 0),
    r"(?P=x)": ("(?P", 0),
    r"\bword": (r"\b", 0),
    r"a\Z": (r"\Z", 1),
    r"\p{L}": (r"\p", 0),
    "a(b": ("( without its )", 1),
    "ab)": ("unbalanced )", 2),
    "[ab": ("[ without its ]", 0),
    "[b-a]": ("end comes before its start", 2),
    r"[\d-z]": ("no single characters", 3),
    "[[:alpha:]]": ("[:", 1),
    "[a--b]": ("end comes before its start", 2),
    "[&&b]": ("&& in a set", 1),
    "*a": ("repeat '*' of nothing", 0),
    "a**": ("second repeat", 2),
    "a*+": ("second repeat", 2),
    "a{2,1}": ("at most 1", 1),
    "a{x}": ("begins no count", 1),
    "a{": ("begins no count", 1),
    "a{}": ("begins no count", 1),
    "{2}": ("repeats nothing", 0),
    "a{" + "9" * 30 + "}": ("so many digits", 1),
    "a^b": ("^ inside", 1),
    "(a$)b": ("$ inside", 2),
    r"\x1": (r"\x", 0),
    r"\UFFFFFFFF": (r"\U", 0),
    "a\\": ("at the end", 1),
    "\ud800": ("surrogate", 0),
    "(" * 51 + ")" * 51: ("50 deep", 50),
}


@pytest.mark.parametrize("pattern", REFUSED)
def test_what_is_not_read_is_refused_with_its_place(pattern):
    words, place = REFUSED[pattern]
    with pytest.raises(ValueError, match="pattern: got") as caught:
        regex(pattern)
    assert words in str(caught.value)
    assert f"at place {place}," in str(caught.value)


@pytest.mark.parametrize("pattern", [b"a", 3, None, "a" * 10_001])
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(ValueError, match="pattern: got"):
        regex(pattern)


def test_a_pattern_that_no_text_matches_is_refused():
    with pytest.raises(ValueError, match="no text"):
        regex(r"[^\s\S]")


@given(st.lists(TEXTS, min_size=1, max_size=20), TEXTS)
def test_choice_allows_its_texts_alone(texts, other):
    constraint = choice(texts)
    assert all(constraint.allows(one) for one in texts)
    assert constraint.allows(other) == (other in texts)


@pytest.mark.parametrize("texts", ["ab", b"ab", 3, [], ["a", 3], ["\ud800"]])
def test_bad_choices_are_refused(texts):
    with pytest.raises(ValueError, match="texts"):
        choice(texts)


def test_long_and_many_choices():
    texts = ["a" * n for n in range(1, 2000)] + [f"{n:x}" * 9 for n in range(5000)]
    constraint = choice(texts)
    automaton = Automaton(constraint.expression)
    automaton.expand(0)
    assert constraint.allows("a" * 1999) and not constraint.allows("b" * 5)


def test_equal_expressions_are_one_object():
    a, b = text(b"a"), text(b"b")
    assert either(a, sequence(b, b)) is either(sequence(b, b), a)
    assert sequence(sequence(a, b), a) is sequence(a, sequence(b, a))
    assert either(either(a, EMPTY), a) is either(EMPTY, a)
    assert either(a, b) is span(97, 98)
    assert sequence(a, NOTHING) is NOTHING and repeat(NOTHING) is EMPTY and repeat(NOTHING, 1) is NOTHING
    assert repeat(repeat(a)) is repeat(a)


def test_classes_are_apart_and_agree_with_all_256_derivatives():
    expression = regex(r"(a[b-f]*|[a-c]x|é|\d{2,5})*").expression
    classes = byte_classes(expression)
    for value in range(256):
        inside = [values for values in classes if values >> value & 1]
        assert len(inside) == (derivative(expression, value) is not NOTHING)
        if inside:
            first = (inside[0] & -inside[0]).bit_length() - 1
            assert derivative(expression, value) is derivative(expression, first)


def test_every_character_and_no_surrogate_has_its_bytes():
    everything = characters([(0, sys.maxunicode)])
    for code in [*range(0, 0x3000, 7), 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, sys.maxunicode]:
        assert matches(everything, chr(code).encode())
    for wrong in (b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf8", b"\x80", b"\xe2\x82"):  # RFC 3629
        assert not matches(everything, wrong)


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)).map(lambda pair: tuple(sorted(pair))), max_size=6))
def test_sets_and_their_complements(ranges):
    inside = {code for first, last in ranges for code in range(first, last + 1)}
    assert {code for first, last in joined(ranges) for code in range(first, last + 1)} == inside
    outside = {code for first, last in without(ranges) for code in range(first, min(last, 99) + 1)}
    assert outside == {*range(100)} - inside


def test_a_limit_of_a_billion_costs_nothing_before_it_is_used():
    constraint = regex("(a{0,1000000000}b){3,1000000000}")
    assert constraint.allows("aab" * 3) and not constraint.allows("aab" * 2)


BOMBS = ["(a|b)*a(a|b){30}", "((a{0,99}b?){0,99}c?){0,99}d", "(.{0,999}x){0,999}y", "(a*b*c*d*){50}e", "(a?){2000}b"]


@pytest.mark.parametrize("pattern", BOMBS)
def test_a_bomb_ends_in_an_error_or_costs_little(pattern):
    def walk():
        automaton = Automaton(regex(pattern).expression)
        try:
            for state in range(20_000):  # what a walk over a large vocabulary may ask for
                if state == len(automaton.states):
                    break
                automaton.expand(state)
        except ConstraintError as error:
            assert str(error).startswith("constraint: got one")  # noqa: PT017

    within(5, walk)
