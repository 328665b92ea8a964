"""Progress survives crashes, broken files and several notebooks at once, and never shows in a stored notebook."""

import json
import os
import subprocess
import sys

import pytest

from lessons_lib.classroom import progress, record, registry

NOTHING = {"exercises": [], "quiz": [], "predictions": [], "words": []}


def test_names_are_kept_once_and_in_order(progress_file):
    for name in ("softmax", "top_k", "softmax"):
        record.add("exercises", name)
    record.add("quiz", "01.2")
    assert record.read() == {**NOTHING, "exercises": ["softmax", "top_k"], "quiz": ["01.2"]}
    assert {path.name for path in progress_file.parent.iterdir()} <= {"progress.json", "progress.json.lock"}


BROKEN = ["", "{", "[]", "3", "null", '{"exercises": 1}', '{"exercises": [1]}', "\x00", "[" * 100_000]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda text: text[:20])
def test_a_broken_file_is_kept_aside_and_progress_starts_anew(progress_file, broken):
    progress_file.write_text(broken)
    assert record.read() == NOTHING
    record.add("exercises", "softmax")
    record.add("exercises", "top_k")
    assert record.read()["exercises"] == ["softmax", "top_k"]
    assert (progress_file.parent / "progress.json.broken").read_text() == broken
    assert not (progress_file.parent / "progress.json.broken1").exists()


def test_the_second_broken_file_is_kept_beside_the_first(progress_file):
    for text in ("one", "two", "three"):
        progress_file.write_text(text)
        record.add("exercises", "softmax")
    kept = [progress_file.with_name(f"progress.json.broken{number}") for number in ("", 1, 2)]
    assert [file.read_text() for file in kept] == ["one", "two", "three"]


OTHER_VERSIONS = {
    "more kinds": {"exercises": ["softmax"], "quiz": ["01.2"], "guesses": {"01.1": [3, None]}, "words": ["own"]},
    "a version": {"version": 7, "exercises": ["softmax"], "quiz": ["01.2"]},
    "a kind is missing": {"exercises": ["softmax"]},
    "all kinds are missing": {"version": 2},
    "a kind is null": {"exercises": None, "quiz": None, "next": 1.5e300},
    "nothing": {},
    "names with more": {"exercises": {"softmax": {"at": "2031-01-01", "tries": 3}}, "quiz": {"01.2": True}},
    "items with more": {"exercises": ["softmax", {"id": "top_p", "tries": 2}], "quiz": [["01.2", 1]]},
    "other letters": {"exercises": ["softmax"], "quiz": [], "名": "\ud800 é"},
}


@pytest.mark.parametrize("version", OTHER_VERSIONS)
def test_progress_of_another_version_is_kept(progress_file, version):
    before = OTHER_VERSIONS[version]
    progress_file.write_text(json.dumps(before))
    done = record.read()
    assert done["exercises"] == (["softmax"] if "softmax" in (before.get("exercises") or []) else [])
    progress()
    record.add("exercises", "top_k")
    record.add("quiz", "04b.1")
    after = json.loads(progress_file.read_text())
    assert record.read()["exercises"] == [*done["exercises"], "top_k"]
    assert record.read()["quiz"] == [*done["quiz"], "04b.1"]
    for kind, value in before.items():
        if isinstance(value, list | dict):
            assert list(after[kind])[: len(value)] == list(value)
        elif value is not None:
            assert after[kind] == value
    if isinstance(before.get("exercises"), dict):
        assert after["exercises"]["softmax"] == {"at": "2031-01-01", "tries": 3}


def test_a_byte_order_mark_of_an_editor_is_read_over(progress_file):
    progress_file.write_text('{"exercises": ["softmax"]}', encoding="utf-8-sig")
    record.add("quiz", "01.1")
    assert record.read() == {**NOTHING, "exercises": ["softmax"], "quiz": ["01.1"]}


def test_a_file_that_can_not_be_read_shows_nothing_and_is_left_alone(progress_file):
    progress_file.mkdir()
    assert record.read() == NOTHING
    with pytest.raises(OSError, match="progress"):
        record.add("exercises", "softmax")
    assert progress_file.is_dir()


def test_a_link_to_the_file_stays_a_link(progress_file, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    progress_file.symlink_to(tmp_path / "elsewhere/mine.json")
    record.add("exercises", "softmax")
    assert progress_file.is_symlink() and "softmax" in (tmp_path / "elsewhere/mine.json").read_text()


def test_bytes_that_are_not_text_count_as_broken(progress_file):
    progress_file.write_bytes(b"\xff\xfe\xff")
    record.add("quiz", "01.1")
    assert record.read()["quiz"] == ["01.1"]


def test_a_failed_write_leaves_the_old_file(progress_file, monkeypatch):
    record.add("exercises", "softmax")

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(OSError, match="No space left"):
        record.add("exercises", "top_k")
    assert record.read()["exercises"] == ["softmax"]
    assert {path.name for path in progress_file.parent.iterdir()} <= {"progress.json", "progress.json.lock"}


def test_several_processes_lose_nothing():
    program = (
        "import sys\nfrom lessons_lib.classroom import record\n"
        "for i in range(20): record.add('exercises', f'{sys.argv[1]}-{i}')"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, name]) for name in "abc"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert sorted(record.read()["exercises"]) == sorted(f"{name}-{i}" for name in "abc" for i in range(20))


def test_what_a_learner_writes_is_kept_until_it_is_empty(progress_file):
    assert record.written("why") == ""
    assert record.kept("why", "For <b> & 名\n") == record.kept("how", "So") == ""
    assert record.written("why") == "For <b> & 名\n"
    assert record.read()["words"] == ["why", "how"]
    assert record.kept("why", "Because") == ""
    assert record.written("why") == "Because" and json.loads(progress_file.read_text())["words"]["how"] == "So"
    assert record.kept("why", " \n") == record.kept("never written", "") == ""
    assert record.read()["words"] == ["how"]


def test_a_text_without_end_is_not_kept_and_the_old_one_stays():
    record.kept("why", "x" * record.LONGEST)
    assert record.kept("why", "y" * (record.LONGEST + 1)) == "(not saved: 10,001 characters, and 10,000 are kept)"
    assert record.written("why") == "x" * record.LONGEST


HOSTILE = [["why"], {"why": None}, {"why": 3}, {"why": ["x"]}, {"why": "x" * 10_001}, "why", 7, None]


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: repr(words)[:20])
def test_words_that_this_course_did_not_write_are_not_shown_and_writing_goes_on(progress_file, words):
    progress_file.write_text(json.dumps({"quiz": ["01.2"], "words": words}))
    assert record.written("why") == ""
    assert record.kept("how", "So") == ""
    assert record.written("how") == "So" and record.read()["quiz"] == ["01.2"]
    assert set(record.read()["words"]) == {"how", "why"} - (set() if isinstance(words, list | dict) else {"why"})


def test_words_beside_items_of_another_version_leave_a_copy(progress_file):
    before = json.dumps({"words": ["why", {"id": "how", "text": "So"}]})
    progress_file.write_text(before)
    assert record.kept("what", "This") == ""
    assert progress_file.with_name("progress.json.broken").read_text() == before
    assert record.read()["words"] == ["why", "what"]


def test_where_nothing_can_be_saved_a_sentence_says_so(progress_file):
    progress_file.mkdir()
    for said in (record.noted("predictions", "x"), record.kept("why", "Because")):
        assert said.startswith("(progress was not saved: ")


def test_what_a_notebook_stores_does_not_depend_on_progress():
    before = progress()._repr_mimebundle_()
    record.add("exercises", "softmax")
    after = progress()._repr_mimebundle_()
    widget_view = "application/vnd.jupyter.widget-view+json"
    assert before.pop(widget_view) != after.pop(widget_view)
    assert before == after


def test_the_table_counts_by_lesson():
    record.add("exercises", "softmax")
    record.add("exercises", "an exercise of another edition")
    record.add("quiz", "01.1")
    record.add("quiz", "01.3")
    head, *rows = repr(progress()).splitlines()
    assert head.split() == ["lesson", *record.KINDS]
    [row] = (row for row in rows if row.startswith("01 "))
    lesson = registry.lesson("01")
    assert row.split()[:7] == ["01", "1", "of", f"{len(lesson.EXERCISES)}", "2", "of", f"{len(lesson.QUIZ)}"]
    assert max(len(line) for line in repr(progress()).splitlines()) < 80


def test_the_file_is_in_the_users_data_folder(monkeypatch):
    monkeypatch.delenv("LESSONS_LIB_PROGRESS")
    assert record.progress_file().name == "progress.json"
    assert record.progress_file().parent.name == "lessons_lib"
