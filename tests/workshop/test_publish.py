"""The repository's address, changed in every file that holds it."""

import subprocess
import tomllib

import nbformat
import pytest

from workshop import check, publish, source
from workshop.lessons import ROOT, find_lessons

ADDRESS = source.project()["urls"]["Repository"]
NAME = ADDRESS.removeprefix("https://github.com/")


@pytest.fixture
def nameless(course, monkeypatch):
    """The made-up course with the files that hold the address of this one."""
    for file in ("pyproject.toml", "CITATION.cff"):
        (course / file).write_text((ROOT / file).read_text(encoding="utf-8"), encoding="utf-8")
    readme = course / "README.md"
    badges = f"[c](https://colab.research.google.com/github/{NAME}/x)\n[b](https://mybinder.org/v2/gh/{NAME}/x)\n"
    readme.write_text(readme.read_text(encoding="utf-8") + badges + f"`{NAME}` in words stays.\n", encoding="utf-8")

    def project(root=course):
        return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    monkeypatch.setattr(source, "project", project)
    return course


def test_every_place_gets_the_name_and_the_lessons_stay_in_order(nameless, capsys):
    before = {lesson.number: nbformat.read(lesson.notebook, as_version=4) for lesson in find_lessons(nameless)}
    assert publish.main(["ada/made-up"], nameless) == 0
    told = dict(line.split(": ") for line in capsys.readouterr().out.splitlines())
    assert told["pyproject.toml"] == told["CITATION.cff"] == "1"
    assert told["README.md"] == "2"
    assert source.project()["urls"]["Repository"] == "https://github.com/ada/made-up"
    readme = (nameless / "README.md").read_text(encoding="utf-8")
    assert "/github/ada/made-up/x" in readme
    assert "/gh/ada/made-up/x" in readme
    assert f"`{NAME}` in words stays." in readme
    for lesson in find_lessons(nameless):
        assert told[lesson.source.relative_to(nameless).as_posix()] == "1"
        assert check.lesson_faults(lesson, nameless) == []
        cells = nbformat.read(lesson.notebook, as_version=4).cells
        assert "git+https://github.com/ada/made-up@" in "".join(cell.source for cell in cells)
        outputs = [cell.get("outputs") for cell in before[lesson.number].cells]
        assert [cell.get("outputs") for cell in cells] == outputs  # nothing was executed


def test_a_second_time_changes_nothing(nameless, capsys):
    assert publish.main(["ada/made-up"], nameless) == 0
    files = {file: file.read_bytes() for file in nameless.rglob("*") if file.is_file()}
    capsys.readouterr()
    assert publish.main(["ada/made-up"], nameless) == 0
    assert capsys.readouterr().out == "everything names ada/made-up already\n"
    assert {file: file.read_bytes() for file in nameless.rglob("*") if file.is_file()} == files


@pytest.mark.parametrize(
    "name", ["ada", "ada/made-up/more", "a da/made-up", "ada-/made-up", "ada/..", "OWNER/made-up", "https://x/y", ""]
)
def test_what_is_no_name_is_refused_before_a_file_is_changed(name, nameless, capsys):
    files = {file: file.read_bytes() for file in nameless.rglob("*") if file.is_file()}
    with pytest.raises(SystemExit):
        publish.main([name] if name else [], nameless)
    assert "allowed OWNER/NAME" in capsys.readouterr().err
    assert {file: file.read_bytes() for file in nameless.rglob("*") if file.is_file()} == files


@pytest.mark.parametrize(
    ("remote", "name"),
    [
        ("https://github.com/ada/made-up.git", "ada/made-up"),
        ("https://github.com/ada/made-up", "ada/made-up"),
        ("git@github.com:ada/my.llms.git", "ada/my.llms"),
        ("ssh://git@github.com/ada/made-up.git", "ada/made-up"),
        ("https://example.org/ada/made-up.git", ""),
    ],
)
def test_the_name_is_that_of_the_remote_origin(remote, name, tmp_path):
    assert publish.origin(tmp_path) == ""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", remote], check=True)
    assert publish.origin(tmp_path) == name
