"""The exact index against plain arithmetic, its folder against damage, and IVF against the exact index."""

import errno
import json

import numpy as np
import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib.apps.retrieval import IVF, Index
from lessons_lib.errors import CheckpointError
from lessons_lib.files.replace import _beside

RANDOM = np.random.default_rng(0)


def filled(folder=None, count=20, size=7):
    index = Index(folder)
    vectors = np.random.default_rng(1).normal(size=(count, size))
    index.add([(f"p{n}", f"text {n}\n猫") for n in range(count)], vectors)
    return index, vectors


def test_search_is_the_cosine_with_every_passage():
    index, vectors = filled(count=300)
    for _ in range(20):
        asked = RANDOM.normal(size=7) * 1e3
        cosines = vectors @ asked / np.linalg.norm(vectors, axis=1) / np.linalg.norm(asked)
        hits = index.search(asked, 10)
        assert [hit.id for hit in hits] == [f"p{row}" for row in np.argsort(-cosines)[:10]]
        assert np.abs([hit.score for hit in hits] - np.sort(cosines)[::-1][:10]).max() < 1e-6


def test_of_equals_the_earlier_comes_first_and_few_give_few():
    index = Index()
    index.add([("a", ""), ("b", ""), ("c", "")], [[0, 1], [2, 0], [1, 0]])
    assert [hit.id for hit in index.search([1, 0], 50)] == ["b", "c", "a"]


def test_an_empty_index_finds_nothing(tmp_path):
    index = Index(tmp_path / "index")
    assert index.search([1, 2]) == [] and len(index) == 0 and index.size is None
    index.add([], [])
    assert not (tmp_path / "index").exists()


def test_what_was_added_is_there_again(tmp_path):
    index, _ = filled(tmp_path / "index")
    index.add([("more", "x")], [np.ones(7)])
    index.remove(["p3", "p0"])
    again = Index(tmp_path / "index")
    asked = RANDOM.normal(size=7)
    assert again.search(asked, 30) == index.search(asked, 30) and len(again) == 19
    assert again.passages == index.passages and again.size == 7
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index"]
    again.remove([passage.id for passage in again.passages])
    assert len(Index(tmp_path / "index")) == 0


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), max_size=12))
@settings(max_examples=examples(60))
def test_any_order_of_changes_leaves_what_a_plain_dict_has(tmp_path_factory, steps):
    folder, plain = tmp_path_factory.mktemp("changes") / "index", {}
    for adds, n in steps:
        index = Index(folder)
        if adds and str(n) not in plain:
            plain[str(n)] = f"text {n}"
            index.add([(str(n), plain[str(n)])], [[n + 1, 1]])
        elif not adds and str(n) in plain:
            del plain[str(n)]
            index.remove([str(n)])
    assert dict(Index(folder).passages) == plain


@pytest.mark.parametrize("where", ["write", "np.lib.format.write_array"])
def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch, where):
    index, _ = filled(tmp_path / "index")
    before = {path.name: path.read_bytes() for path in (tmp_path / "index").iterdir()}

    def full(*arguments, **named):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(f"lessons_lib.apps.retrieval.index.{where}", full)
        with pytest.raises(OSError, match="No space left"):
            index.add([("new", "x")], [np.ones(7)])
    assert {path.name: path.read_bytes() for path in (tmp_path / "index").iterdir()} == before
    assert len(index) == 20 and "new" not in dict(index.passages)
    index.add([("new", "x")], [np.ones(7)])
    assert len(Index(tmp_path / "index")) == 21


def test_a_save_that_was_killed_between_two_renames_is_found(tmp_path):
    filled(tmp_path / "index")
    (tmp_path / "index").rename(_beside(tmp_path / "index", "old"))
    assert len(Index(tmp_path / "index")) == 20


# Damage


@pytest.fixture
def folder(tmp_path):
    filled(tmp_path / "index")
    return tmp_path / "index"


@pytest.mark.parametrize("name", ["vectors.npy", "passages.jsonl"])
def test_a_file_cut_off_anywhere_is_named(folder, name):
    whole = (folder / name).read_bytes()
    for length in sorted({0, 1, 9, 60, 127, *range(200, len(whole), 97), len(whole) - 2, len(whole) - 1}):
        (folder / name).write_bytes(whole[:length])
        if name == "passages.jsonl" and length == len(whole) - 1:  # the last line end is nothing that is missed
            assert len(Index(folder)) == 20
            continue
        with pytest.raises(CheckpointError, match=name):
            Index(folder)
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=f"{name}: file: got nothing"):
        Index(folder)


def test_rows_that_are_no_passages_are_named(folder):
    lines = (folder / "passages.jsonl").read_text().splitlines()
    for bad, words in (
        (lines[0], "the id 'p0' more than once"),
        ('{"id": "x"}', "line 20"),
        ('{"id": 5, "text": ""}', "line 20"),
        ("[]", "line 20"),
        ('{"id": "x", "text": "", "more": 1}', "line 20"),
    ):
        (folder / "passages.jsonl").write_text("\n".join([*lines[:-1], bad]))
        with pytest.raises(CheckpointError, match=words):
            Index(folder)


def test_vectors_that_are_none_are_named(folder):
    path = folder / "vectors.npy"
    for array in (np.ones((20, 7)), np.ones((20, 7), np.float32), np.ones(140, np.float32), np.array([{}] * 20)):
        np.save(path, array, allow_pickle=True)
        with pytest.raises(CheckpointError, match=r"vectors\.npy"):
            Index(folder)
    head = b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999, 999), }"
    path.write_bytes(head.ljust(127) + b"\n")
    with pytest.raises(CheckpointError, match="size: got 0 bytes"):
        Index(folder)


# Mistakes


def test_mistakes_are_named_and_change_nothing():
    index, _ = filled()
    for passages, vectors, words in (
        ([("p3", "")], [np.ones(7)], "the id 'p3' more than once"),
        ([("x", ""), ("x", "")], np.ones((2, 7)), "the id 'x' more than once"),
        ([("x", "")], [np.ones(6)], r"vectors: got shape \[1, 6\], allowed \[1, 7\]"),
        ([("x", "")], np.ones((2, 7)), r"got shape \[2, 7\], allowed \[1, 7\]"),
        ([("x", "")], np.ones(7), r"got shape \[7\]"),
        ([("x", "")], [np.zeros(7)], "length 0.0 in row 0"),
        ([("x", "")], [np.full(7, np.nan)], "length nan in row 0"),
        ([("x", "")], [["a"] * 7], "allowed .* numbers"),
        ([("x", 5)], [np.ones(7)], r"passages\[0\]"),
        ([("", "")], [np.ones(7)], "id: got 0 characters"),
        ([("x", "a" * 30_001)], [np.ones(7)], "text: got 30,001 characters, allowed 0 to 30,000"),
        ([("x", "\ud800")], [np.ones(7)], "half a character"),
    ):
        with pytest.raises(ValueError, match=words):
            index.add(passages, vectors)
    with pytest.raises(ValueError, match=r"vector: got shape \[1, 6\], allowed \[1, 7\]"):
        index.search(np.ones(6))
    with pytest.raises(ValueError, match="vector: got length 0"):
        index.search(np.zeros(7))
    with pytest.raises(ValueError, match="count: got 0"):
        index.search(np.ones(7), 0)
    with pytest.raises(ValueError, match="ids: got 'nobody'"):
        index.remove(["p1", "nobody"])
    assert len(index) == 20


def test_the_longest_passage_comes_back(tmp_path):
    index = Index(tmp_path / "index")
    for n, sign in enumerate(("{", ":", "\U0001f408", "\x01", '"', "\u2028", "\n")):
        index.add([(f"{n}", sign * 30_000)], [[1, n]])
    assert Index(tmp_path / "index").passages == index.passages
    assert json.loads((tmp_path / "index" / "passages.jsonl").open(encoding="utf-8").readline())["id"] == "0"


# IVF


def clustered(count, size=32, kinds=40):
    random = np.random.default_rng(2)
    return random.normal(size=(kinds, size))[random.integers(kinds, size=count)] + random.normal(size=(count, size)) / 2


def test_ivf_that_opens_all_lists_is_exact():
    vectors, asked = clustered(2000), clustered(2010)[2000:]
    index = Index()
    index.add([(str(n), "") for n in range(len(vectors))], vectors)
    ivf = IVF(vectors)
    for each in asked:
        rows, cosines = ivf.search(each, 10, probes=len(ivf.centres))
        assert [str(row) for row in rows] == [hit.id for hit in index.search(each, 10)]
        assert np.abs(cosines - [hit.score for hit in index.search(each, 10)]).max() < 1e-6


def test_ivf_finds_most_in_few_lists_and_more_in_more():
    vectors, asked = RANDOM.normal(size=(5000, 12)), RANDOM.normal(size=(60, 12))
    ivf = IVF(vectors, seed=3)
    exact = [set(ivf.search(each, 10, probes=len(ivf.centres))[0].tolist()) for each in asked]

    def recall(probes):
        found = [set(ivf.search(each, 10, probes)[0].tolist()) for each in asked]
        return np.mean([len(a & b) / 10 for a, b in zip(found, exact, strict=True)])

    assert 0.1 < recall(1) < recall(4) < recall(24) and recall(24) > 0.9


def test_ivf_repeats_with_its_seed_and_takes_odd_vectors():
    vectors = clustered(500)
    assert np.array_equal(IVF(vectors, seed=5).centres, IVF(vectors, seed=5).centres)
    same = IVF(np.ones((50, 3)), lists=7)
    assert sorted(same.search([1, 1, 1], 50, probes=7)[0].tolist()) == list(range(50))
    opposite = IVF([[1, 0], [-1, 0]], lists=1)
    assert opposite.search([1, 0], 2)[0].tolist() == [0, 1]
    with pytest.raises(ValueError, match="lists: got 3, allowed 1 to 2"):
        IVF([[1, 0], [-1, 0]], lists=3)
    with pytest.raises(ValueError, match="vectors: got none"):
        IVF(np.empty((0, 3)))
    with pytest.raises(ValueError, match="vector: got shape"):
        opposite.search([1, 0, 0])
