"""A lesson passes by its hash only while nothing changed on which its run depends."""

import importlib
import inspect
import json
import shutil
from pathlib import Path

import pytest

from workshop import passed

LESSON = "04_attention"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of what decides about the lessons."""
    root = tmp_path_factory.mktemp("course")
    for folder in ("lessons_lib", "notebooks", "workshop", "tests/browser"):
        shutil.copytree(passed.ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("course.py", "pyproject.toml", "requirements.txt"):
        shutil.copy(passed.ROOT / name, root)
    return root


def fingerprint(root, lesson=LESSON):
    return passed.fingerprint(root / f"notebooks/{lesson}.ipynb", root)


@pytest.fixture
def changed(course):
    """Changes a file of the copy for one test; returns whether the lesson's hash noticed."""
    before = fingerprint(course)
    kept = {}

    def change(name, content=None):
        path = course / name
        kept[path] = path.read_bytes() if path.exists() else None
        path.write_bytes((kept[path] or b"") + b"\n" if content is None else content)
        return fingerprint(course) != before

    yield change
    for path, content in kept.items():
        path.unlink() if content is None else path.write_bytes(content)
    assert fingerprint(course) == before


@pytest.mark.parametrize(
    "name",
    [
        f"notebooks/{LESSON}.ipynb",
        f"notebooks/src/{LESSON}.py",
        "lessons_lib/layers/attention.py",
        "lessons_lib/classroom/exercises.py",
        "lessons_lib/classroom/lessons/lesson04/__init__.py",
        "lessons_lib/classroom/panels/explorer.py",
        "lessons_lib/__init__.py",
        "lessons_lib/assets.toml",
        "requirements.txt",
        "pyproject.toml",
        "course.py",
        "workshop/run.py",
        "workshop/audit/pictures.py",
        "tests/browser/test_widgets.py",
    ],
)
def test_what_a_lesson_depends_on_counts(changed, name):
    assert changed(name)


@pytest.mark.parametrize(
    "name",
    [
        "notebooks/05_transformer_block.ipynb",
        "notebooks/src/05_transformer_block.py",
        "lessons_lib/classroom/lessons/lesson05/__init__.py",
        "lessons_lib/vectors/similarity.py",
        "README.md",
    ],
)
def test_what_only_others_depend_on_does_not_count(changed, name):
    assert not changed(name)


def test_new_data_counts(changed):
    assert changed("lessons_lib/vectors/new.txt")


@pytest.mark.parametrize("name", ["lessons_lib/new.py", "lessons_lib/classroom/lessons/lesson05/new.py"])
def test_a_module_that_nobody_imports_does_not_count(changed, name):
    assert not changed(name)


def test_a_file_that_moves_counts(course):
    before = fingerprint(course)
    (course / "workshop/run.py").rename(course / "workshop/ran.py")
    after = fingerprint(course)
    (course / "workshop/ran.py").rename(course / "workshop/run.py")
    assert after != before == fingerprint(course)


@pytest.mark.parametrize(
    ("place", "name", "value"),
    [
        (passed.sys, "version", "3.14.0"),
        (passed.platform, "node", lambda: "another machine"),
        (passed.platform, "platform", lambda: "another system"),
        (passed.importlib.metadata, "distributions", lambda: []),
    ],
    ids=["Python", "machine", "system", "packages"],
)
def test_what_runs_the_lessons_counts(course, monkeypatch, place, name, value):
    before = fingerprint(course)
    passed.environment.cache_clear()
    monkeypatch.setattr(place, name, value)
    after = fingerprint(course)
    passed.environment.cache_clear()
    assert after != before


def test_imports_are_followed_through_functions_packages_and_types():
    modules = passed.library_modules(passed.ROOT / f"notebooks/{LESSON}.ipynb")
    assert {"lessons_lib", "lessons_lib.layers.attention", "lessons_lib.classroom.registry"} <= modules
    assert "lessons_lib.model" in modules  # `lessons_lib.load` is looked up when it is first used
    assert {name for name in modules if "lessons.lesson" in name} >= {f"{passed.LESSON}04"}
    assert not any(name.startswith(f"{passed.LESSON}05") for name in modules)


def test_the_library_finds_modules_by_name_in_three_known_places_only():
    # Such imports can't be followed. Two are: by what a package imports for type checkers (the next test), and by the
    # lessons' numbers. The third runs the file that a job of training names, which no lesson has.
    found = {
        path.relative_to(passed.ROOT).as_posix()
        for path in (passed.ROOT / "lessons_lib").rglob("*.py")
        if any(word in path.read_text(encoding="utf-8") for word in ("import_module", "__import__", "exec_module"))
    }
    known = {
        "lessons_lib/classroom/registry.py",
        "lessons_lib/lazy.py",
        "lessons_lib/training/jobs/kinds/reward.py",
    }
    assert found == known


def test_what_a_package_looks_up_by_name_it_imports_for_type_checkers():
    files = [path for path in (passed.ROOT / "lessons_lib").rglob("*.py") if "= looked_up(" in path.read_text("utf-8")]
    assert len(files) >= 3
    for path in files:
        package = ".".join(path.parent.relative_to(passed.ROOT).parts)
        places = inspect.getclosurevars(importlib.import_module(package).__getattr__).nonlocals["places"]
        modules = {f"{package}.{module}" for module in places.values()}
        assert modules and modules <= passed.graph().find_modules_directly_imported_by(package)


def test_the_record_is_kept_and_a_damaged_one_is_as_good_as_none(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(passed, "RECORD", tmp_path / "record.json")
    assert passed.read() == {}
    passed.write({LESSON: "abc"})
    assert passed.read() == {LESSON: "abc"} == json.loads(passed.RECORD.read_text(encoding="utf-8"))
    for damaged in ("[1]", "{", "\0"):
        passed.RECORD.write_text(damaged, encoding="utf-8")
        assert passed.read() == {}
    monkeypatch.setattr(passed, "RECORD", Path(tmp_path / "missing" / "record.json"))
    passed.write({LESSON: "abc"})
    assert "could not be noted" in capsys.readouterr().err
