"""Chunks cover the text, keep to their size and go on: on made texts, and on any text."""

from itertools import pairwise

import pytest
from effort import examples, in_proportion
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib.apps.retrieval import chunk
from lessons_lib.apps.retrieval.chunk import WAYS, count_tokens

PAGE = """Before all.

# Attention

Every token asks. Every token answers!

## Masks

```
# not a heading
```
A mask hides the future.

# Norms
"""


def texts(chunks):
    return [c.text for c in chunks]


def test_sentences_stay_whole_where_they_fit():
    text = "It rained. The roof (of tin) rang: “Listen!” Nobody did. 雨が降る。猫は寝る。 3.5 mm fell.\n\nA new page"
    assert texts(chunk(text, size=12)) == [
        "It rained.",
        "The roof (of tin) rang: “Listen!”",
        "Nobody did. 雨が降る。猫は寝る。",
        "3.5 mm fell.\n\nA new page",
    ]


def test_headings_divide_and_give_their_names():
    found = chunk(PAGE, size=100, by="headings")
    assert [c.heading for c in found] == ["", "Attention", "Attention > Masks", "Norms"]
    assert found[2].text.startswith("## Masks") and "# not a heading" in found[2].text
    assert found[1].titled.startswith("Attention\n# Attention") and found[0].titled == "Before all."


def test_what_is_cut_small_keeps_its_heading():
    found = chunk(PAGE, size=5, by="headings")
    assert {c.heading for c in found} == {"", "Attention", "Attention > Masks", "Norms"}
    assert all(count_tokens(c.text) <= 5 for c in found)


def test_tokens_overlap_as_said():
    text = " ".join(map(str, range(10)))
    assert texts(chunk(text, 4, 2, by="tokens")) == ["0 1 2 3", "2 3 4 5", "4 5 6 7", "6 7 8 9"]
    assert texts(chunk(text, 4, by="tokens")) == ["0 1 2 3", "4 5 6 7", "8 9"]


def test_sentences_overlap_whole_or_not_at_all():
    text = "A b c. D e. F g h. I."
    assert texts(chunk(text, 7, 3)) == ["A b c. D e.", "D e. F g h.", "I."]
    assert texts(chunk(text, 7, 2)) == ["A b c. D e.", "F g h. I."]


def test_a_length_of_ones_own(encoder):
    def length(text):
        return len(encoder.wordpiece.encode(text)) - 2

    text = "Antidisestablishmentarianism is a word. " * 20
    found = chunk(text, 24, 8, length=length)
    assert all(length(c.text) <= 24 for c in found) and len(found) > 8


ODD = [
    "word",
    "Two words. ",
    "\n\n",
    "\n# Title\n",
    "```\n",
    "~~~~",
    " ",
    ".",
    "!?”",
    "。",
    "\t",
    "é" * 30,
    "# ",
    "\r\n",
    "\u2028",
]


@given(
    st.lists(st.sampled_from(ODD), max_size=40).map("".join),
    st.integers(1, 12),
    st.integers(0, 11),
    st.sampled_from(WAYS),
)
@settings(max_examples=examples(1500))
def test_any_text_is_covered_in_order_and_in_size(text, size, overlap, by):
    overlap = min(overlap, size - 1)
    found = chunk(text, size, overlap, by)
    covered = {place for c in found for place in range(c.start, c.end)}
    assert all(place in covered for place, sign in enumerate(text) if not sign.isspace())
    assert all(c.text == text[c.start : c.end] and c.text.strip() for c in found)
    for before, after in pairwise(found):
        assert before.start < after.start and before.end < after.end
        assert count_tokens(text[after.start : before.end]) <= overlap
    assert all(count_tokens(c.text) <= size for c in found)


@pytest.mark.parametrize("sign", ["a", "a ", "a. ", ".", "\n", " ", "\n ", "# a\n", "```\n", "”", "猫"])
@pytest.mark.parametrize("by", WAYS)
def test_time_is_in_proportion_to_the_text(sign, by):
    in_proportion(lambda: chunk(sign * 10_000, 50, 10, by), lambda: chunk(sign * 40_000, 50, 10, by), growth=8)


@pytest.mark.parametrize("text", ["", "   \n\n\t"])
def test_nothing_gives_no_chunks(text):
    assert [chunk(text, 5, by=by) for by in WAYS] == [[], [], []]


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="text: got 5, allowed a str"):
        chunk(5, 10)
    with pytest.raises(ValueError, match="size: got 0, allowed 1 or more"):
        chunk("a", 0)
    with pytest.raises(ValueError, match="overlap: got 3, allowed 0 to 2"):
        chunk("a", 3, 3)
    with pytest.raises(ValueError, match="by: got 'pages', allowed headings, sentences, tokens"):
        chunk("a", 3, by="pages")
