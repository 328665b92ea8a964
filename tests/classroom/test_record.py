"""Progress survives crashes, broken files and several notebooks at once, and never shows in a stored notebook."""

import os
import subprocess
import sys

import pytest

from lessons_lib.classroom import progress, record


def test_names_are_kept_once_and_in_order(progress_file):
    for name in ("softmax", "top_k", "softmax"):
        record.add("exercises", name)
    record.add("quiz", "01.2")
    assert record.read() == {"exercises": ["softmax", "top_k"], "quiz": ["01.2"]}
    assert {path.name for path in progress_file.parent.iterdir()} <= {"progress.json", "progress.json.lock"}


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"exercises": [1], "quiz": []}', '{"exercises": []}', "\x00"])
def test_a_broken_file_is_kept_aside_and_progress_starts_anew(progress_file, broken):
    progress_file.write_text(broken)
    assert record.read() == {"exercises": [], "quiz": []}
    record.add("exercises", "softmax")
    assert record.read()["exercises"] == ["softmax"]
    assert (progress_file.parent / "progress.json.broken").read_text() == broken


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
    assert repr(progress()).splitlines()[1].split() == ["01", "1", "of", "6", "2", "of", "8"]


def test_the_file_is_in_the_users_data_folder(monkeypatch):
    monkeypatch.delenv("LESSONS_LIB_PROGRESS")
    assert record.progress_file().name == "progress.json"
    assert record.progress_file().parent.name == "lessons_lib"
