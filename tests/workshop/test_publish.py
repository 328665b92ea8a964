"""The repository's address, written in two files, and in every badge and set-up cell that is built from them."""

import subprocess
import tomllib

import nbformat
import pytest
import yaml

from workshop import build, check, publish, readme, source
from workshop.lessons import ROOT, find_lessons

BADGES = "\n".join(readme.BADGES)
PLACES = ("github.com", "colab.research", "mybinder")


@pytest.fixture
def nameless(course, monkeypatch):
    """The made-up course with files like those of this one that hold the address, before there is one."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8").replace(source.repository() or "-", "")
    (course / "pyproject.toml").write_text(project.replace('Repository = ""\n', ""), encoding="utf-8")
    (course / "CITATION.cff").write_text('title: Made up\nversion: "1"\n', encoding="utf-8")
    text = (course / "README.md").read_text(encoding="utf-8")
    (course / "README.md").write_text(f"{BADGES}\n\n{text}", encoding="utf-8")
    written = course / "pyproject.toml"
    monkeypatch.setattr(source, "project", lambda: tomllib.loads(written.read_text(encoding="utf-8"))["project"])
    assert build.main(["--text"], course) == 0
    return course


def pages(course):
    return [course / "README.md", *(lesson.notebook for lesson in find_lessons(course))]


def test_without_an_address_nothing_leads_anywhere(nameless):
    for file in pages(nameless):
        text = file.read_text(encoding="utf-8")
        assert not [place for place in PLACES if place in text], file.name
        assert "badge}" not in text
    setup = source.setup_cell()
    assert "pip" not in setup and "python3 course.py lab" in setup
    assert check.main([], nameless) == 0


def test_an_address_is_built_into_every_page(nameless, capsys):
    before = {lesson.number: nbformat.read(lesson.notebook, as_version=4) for lesson in find_lessons(nameless)}
    assert publish.main(["ada/made-up"], nameless) == 0
    changed = capsys.readouterr().out.splitlines()
    assert changed == [
        "pyproject.toml",
        "CITATION.cff",
        *(file.relative_to(nameless).as_posix() for file in pages(nameless)),
    ]
    assert source.repository() == "https://github.com/ada/made-up"
    citation = yaml.safe_load((nameless / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation == {"title": "Made up", "repository-code": "https://github.com/ada/made-up", "version": "1"}
    release, first = source.release(), readme.FIRST
    text = (nameless / "README.md").read_text(encoding="utf-8")
    assert "](https://github.com/ada/made-up/actions/workflows/tests.yml)\n" in text
    assert f"](https://colab.research.google.com/github/ada/made-up/blob/{release}/{first})\n" in text
    assert f"](https://mybinder.org/v2/gh/ada/made-up/{release}?labpath={first})\n" in text
    for lesson in find_lessons(nameless):
        assert check.lesson_faults(lesson, nameless) == []
        head, *cells = nbformat.read(lesson.notebook, as_version=4).cells
        place = f"{release}/{lesson.notebook.relative_to(nameless).as_posix()}"
        assert f"](https://colab.research.google.com/github/ada/made-up/blob/{place})\n\n" in head.source
        assert f"    %pip install -q --no-deps git+https://github.com/ada/made-up@{release}\n" in cells[0].source
        old = before[lesson.number].cells[1:]
        assert [cell.id for cell in cells] == [cell.id for cell in old]
        assert [cell.get("outputs") for cell in cells] == [cell.get("outputs") for cell in old]  # nothing was executed


def test_a_second_address_replaces_the_first(nameless):
    assert publish.main(["ada/made-up"], nameless) == publish.main(["eve/other"], nameless) == 0
    for file in [nameless / "pyproject.toml", nameless / "CITATION.cff", *pages(nameless)]:
        text = file.read_text(encoding="utf-8")
        assert "eve/other" in text and "ada/made-up" not in text, file.name


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
