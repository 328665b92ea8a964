"""No group lies on both sides, and texts that come later move none of the earlier ones."""

from collections import Counter

import pytest

from lessons_lib.training.data import split

SHARES = {"train": 0.8, "validation": 0.05, "test": 0.15}
GROUPS = [f"source {number % 3000}" for number in range(9000)]


def test_a_group_lies_in_one_part():
    parts = split(GROUPS, SHARES)
    assert len({*zip(GROUPS, parts, strict=True)}) == 3000


def test_parts_come_near_their_shares():
    count = Counter(split(GROUPS, SHARES))
    assert {name: count[name] / 9000 for name in SHARES} == pytest.approx(SHARES, abs=0.025)


def test_later_texts_move_none_and_order_does_not_count():
    assert split([*GROUPS[:500], "new"], SHARES)[:500] == split(GROUPS, SHARES)[:500]
    assert split(GROUPS[::-1], SHARES)[::-1] == split(GROUPS, SHARES)


def test_another_seed_is_another_division():
    assert split(GROUPS, SHARES, seed=1) != split(GROUPS, SHARES)


def test_a_division_is_the_same_in_every_process():
    assert Counter(split([*range(100), ("a", 3), "\ud800"], {"a": 0.5, "b": 0.5})) == {"a": 53, "b": 49}


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ({"train": 0.9}, r"shares: got 0.9 together, allowed 1"),
        ({}, r"shares: got 0 together, allowed 1"),
        ({"train": 1.5, "test": -0.5}, r"shares\['train'\]: got 1.5, allowed 0 to 1"),
        ({"train": "most"}, r"shares\['train'\]: got 'most'"),
    ],
)
def test_what_are_no_shares_is_refused(shares, words):
    with pytest.raises(ValueError, match=words):
        split(["a"], shares)
