"""Planted addresses and numbers are found, and what only looks like them is left."""

import random
from collections import Counter

import pytest
from effort import within
from hypothesis import given
from hypothesis import strategies as st

from lessons_lib.corpora import shakespeare, world_english_bible
from lessons_lib.training.data import mask_private

PRIVATE = {
    "email": [
        "ann@example.org",
        "j.doe@mail.co.uk",
        "a+b%c@x-y.example.com",
        "IT@LOCAL.museum",
    ],
    "phone": [
        "+49 30 901820",
        "(030) 901 820",
        "555-123-4567",
        "+1 (212) 555-0187",
        "020 7946 0958",
        "+33 1 42 68 53 00",
    ],
    "ip": ["8.8.8.8", "192.168.0.1", "255.255.255.255"],
    "card": ["4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009"],
}
PUBLIC = [
    "version 1.2.3.4",
    "v 10.0.0.1",
    "999.1.1.1",
    "8.8.8.8888",
    "1.2.3.4.5",
    "2026-11-27",
    "27.11.2026",
    "1914-1918",
    "pages 112-118",
    "10 000 000 people",
    "3.14159",
    "12:30",
    "1 Samuel 17:4",
    "4111 1111 1111 1112",
    "0000 0000 0000 0000",
    "me@home",
    "@handle",
    "a @ b.c",
    "x = 12 + 30 / 7",
]


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in PRIVATE.items() for value in values])
def test_private_things_are_masked(kind, value):
    assert mask_private(f"Reach me at {value}, please.") == (f"Reach me at [{kind}], please.", Counter({kind: 1}))
    assert mask_private(value)[0] == f"[{kind}]"


@pytest.mark.parametrize("text", PUBLIC)
def test_what_looks_like_it_is_left(text):
    assert mask_private(f"It says {text}.") == (f"It says {text}.", Counter())


def test_precision_and_recall_on_planted_text():
    chance, planted, parts = random.Random(0), Counter(), []
    words = shakespeare()[:40_000].split()
    for start in range(0, len(words), 12):
        kind = chance.choice([*PRIVATE, None])
        thing = chance.choice(PUBLIC if kind is None else PRIVATE[kind])
        planted[kind] += 1
        parts += [*words[start : start + 12], thing]
    text, found = mask_private(" ".join(parts))
    del planted[None]
    assert found == planted
    assert all(value not in text for values in PRIVATE.values() for value in values if value != "8.8.8.8")


def test_books_hold_nothing_private():
    for text in (shakespeare(), world_english_bible()):
        assert mask_private(text) == (text, Counter())


@given(st.text(alphabet="0123456789 .-+()@ab:/", max_size=80))
def test_masked_once_is_masked(text):
    masked, _ = mask_private(text)
    assert mask_private(masked)[0] == masked or len(mask_private(masked)[0]) <= len(masked) + 8


def test_hostile_lines_take_no_longer_than_they_must():
    for text in ("1" * 500_000, "1 " * 300_000, "a@" * 300_000, "a." * 300_000, "+1(1) " * 100_000, "1.1.1." * 100_000):
        within(10, lambda text=text: mask_private(text))
