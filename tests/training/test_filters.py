"""Rules keep plain prose, name what they find, and survive any text."""

import math
from collections import Counter

import pytest
from datatrove.data import Document
from datatrove.pipeline.filters import FineWebQualityFilter, GopherQualityFilter, GopherRepetitionFilter
from datatrove.utils.word_tokenizers import WordTokenizer
from effort import within
from hypothesis import given
from hypothesis import strategies as st

from lessons_lib.corpora import world_english_bible
from lessons_lib.training.data.filters import ENDS, FINEWEB, GOPHER, REPETITION, Page, quality_problems

PROSE = (
    "The ferry left the harbour before it was light, and the men on deck had their collars up.\n"
    "Nobody spoke. Behind them the lamps of the town went out, one after the other, in the order\n"
    "of the streets. When the sun came, they were already among the islands, and the first of the\n"
    "nets went over the side with the sound that a heavy coat makes on a floor.\n"
)
EVERY = (*GOPHER, *REPETITION, *FINEWEB)
BAD = {
    "fewer than 50 words": "The men of the town had their collars up.",
    "more than 100,000 words": PROSE * 2000,
    "words shorter than 3 letters on average": "to be or of me we us it is as at so " * 6,
    "words longer than 10 letters on average": "the incomprehensibilities with antidisestablishmentarianism " * 20,
    "a # for every 10 words": PROSE + "# " * 10,
    "an ellipsis for every 10 words": PROSE.replace(",", "...").replace(".\n", "…\n") + "and then ... and ... with ...",
    "90% of the lines are points of a list": "• the men and the nets\n" * 30,
    "30% of the lines end in an ellipsis": PROSE.replace("islands, and", "islands…\nand").replace("one\n", "…\n")
    + "and so on...\nand on...\n",
    "fewer than 80% of the words have a letter": PROSE + "12 404 7:30 99% " * 6,
    "fewer than 2 of 8 common words": "Der Dampfer verließ am frühen Morgen den Hafen, niemand sprach ein Wort. " * 6,
    "30% of the lines stood before": "a\nb\n" * 3 + PROSE,
    "30% of the paragraphs stood before": "\n\n".join([PROSE, "yes", "yes", "no", "no"]),
    "20% of the text is lines that stood before": PROSE + PROSE[: PROSE.index("of the streets")],
    "20% of the text is paragraphs that stood before": PROSE + "\n\n" + PROSE,
    "20% of the text is one run of 2 words": "cheap shoes " * 9 + PROSE[:300],
    "12% or fewer of the lines end as sentences do": "Home\nProducts of the firm\nContact and more\n",
    "67% of the lines are of at most 30 characters": "Yes.\nNo.\nWhy?\n" + "And of the men with their collars up.\n",
    "1% of the text is lines that stood before": PROSE + "Share this page.\n" * 2,
}


def test_prose_breaks_no_rule():
    assert quality_problems(PROSE, EVERY) == []


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_named(name):
    assert name in quality_problems(BAD[name], EVERY)


def test_each_text_breaks_few_other_rules():
    """A rule that most bad texts break says nothing about any of them."""
    broken = [set(quality_problems(text, EVERY)) for text in BAD.values()]
    for rule in EVERY:
        assert sum(rule.name in names for names in broken) <= len(BAD) / 2, rule.name


class Spaces(WordTokenizer):
    """datatrove's own splits words with a language model; the rules are the same."""

    def word_tokenize(self, text):
        return text.split()

    def sent_tokenize(self, text):
        return [text]

    def span_tokenize(self, text):
        return [(0, len(text))]


PEERS = {
    GOPHER: GopherQualityFilter(language=Spaces()),
    REPETITION: GopherRepetitionFilter(language=Spaces()),
    FINEWEB: FineWebQualityFilter(language=Spaces(), new_line_ratio=math.inf, stop_chars=ENDS),
}


def test_a_page_is_kept_where_datatrove_keeps_it():
    """Pieces of a book, and the bad texts but for the shortest: datatrove says of a single run that it repeats."""
    bible = world_english_bible()
    pieces = [
        bible[start : start + n] for n in (400, 3000, 9000) for start in range(0, len(bible) - n, len(bible) // 200)
    ]
    texts = [text.strip() for text in (PROSE, *BAD.values(), *pieces) if len(text.split()) > 12]
    judged = Counter()
    for text in texts:
        for rules, peer in PEERS.items():
            kept = peer.filter(Document(text=text, id="")) is True
            assert kept == (not quality_problems(text, rules)), (text[:200], quality_problems(text, rules))
            judged[kept] += 1
    assert judged[True] > 1500 and judged[False] > 60


def test_a_common_word_counts_once():
    assert "fewer than 2 of 8 common words" in quality_problems("the sea the sky the sun " * 10)


def test_names_are_different():
    assert len({rule.name for rule in EVERY}) == len(EVERY) == 26


def test_pages_of_a_book_are_mostly_kept():
    text = world_english_bible()
    kept = [not quality_problems(text[start : start + 3000]) for start in range(0, len(text), 20_000)]
    assert len(kept) > 100 and sum(kept) / len(kept) > 0.95


def test_runs_are_counted_by_characters_and_none_twice():
    page = Page("a bb a bb a bb cc")
    assert page.most_frequent(2) == 4 * 3 / 17
    assert page.repeated_runs(2) == (3 + 3) / 17
    assert page.repeated(["ab", "c", "ab", "ab"]) == 4 / 17


@given(st.text(max_size=300))
def test_any_text_is_judged(text):
    names = quality_problems(text, EVERY)
    assert names == [rule.name for rule in EVERY if rule.name in names]


@pytest.mark.parametrize("text", ["", "\n\n\n", "\ud800", "\0" * 50, "1 2 3", "word", "...", "#"])
def test_edges(text):
    assert "fewer than 50 words" in quality_problems(text)


def test_a_long_line_takes_no_longer_than_it_must():
    within(10, lambda: quality_problems("word " * 200_000, EVERY))
    within(5, lambda: quality_problems("x" * 1_000_000, EVERY))
