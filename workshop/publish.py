"""Gives the course the address of its repository: `python -m workshop.publish OWNER/NAME`.

pyproject.toml says where the repository is. The badges, the set-up cell of each lesson and the citation repeat it, and
are changed together; nothing is executed. Without a name, the address is that of git's remote `origin`.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat

from workshop import build, source
from workshop.lessons import ROOT, find_lessons

# As GitHub allows them: https://docs.github.com/en/rest/repos/repos
NAME = re.compile(r"(?!OWNER/)[A-Za-z0-9](-?[A-Za-z0-9]){0,38}/(?!\.{1,2}$)[\w.-]{1,100}", flags=re.ASCII)
ORIGIN = re.compile(r"(?:https://|git@|ssh://git@)github\.com[/:](.+?)(?:\.git)?/?")


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Change the address everywhere, say where, write the notebooks anew, and return an exit code."""
    parser = argparse.ArgumentParser(prog="course.py publish", description="Name the course's repository on GitHub.")
    parser.add_argument("name", nargs="?", metavar="OWNER/NAME", help="such as ada/llms (default: of git's origin)")
    name = parser.parse_args(arguments).name or origin(root)
    if not NAME.fullmatch(name):
        parser.error(f"name: got {name!r}, allowed OWNER/NAME of a repository on GitHub")
    changed = list(publish(name, root))
    for file, count in changed:
        print(f"{file.relative_to(root).as_posix()}: {count}")
    if not changed:
        print(f"everything names {name} already")
        return 0
    return build.main(["--text"], root)


def publish(name: str, root: Path) -> Iterator[tuple[Path, int]]:
    """Replace the repository's name in every address of it; yields each file that changes, and how often it did.

    Args:
        name: `OWNER/NAME`.
        root: the course's folder.
    """
    old = source.project(root)["urls"]["Repository"].removeprefix("https://github.com/")
    if name == old:
        return
    address = re.compile(rf"((?:github\.com|/github|/gh)/){re.escape(old)}\b")
    lessons = find_lessons(root)
    files = [*(lesson.source for lesson in lessons), *(lesson.notebook for lesson in lessons)]
    # pyproject.toml comes last: what was interrupted can be run again.
    files += [root / "README.md", root / "CITATION.cff", root / "pyproject.toml"]
    for file in files:
        text, count = address.subn(rf"\g<1>{name}", file.read_text(encoding="utf-8"))
        if file.suffix == ".ipynb":  # outputs are found by the ids of their cells, which come from the text
            notebook = nbformat.reads(text, as_version=4)
            source.name_cells(notebook)
            text = nbformat.writes(notebook) + "\n"
        if count:
            file.write_text(text, encoding="utf-8", newline="\n")
            yield file, count


def origin(root: Path) -> str:
    """The name of the repository that git's remote `origin` leads to; empty where there is none on GitHub."""
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    found = ORIGIN.fullmatch(subprocess.run(command, capture_output=True, text=True).stdout.strip())
    return found[1] if found else ""


if __name__ == "__main__":
    sys.exit(main())
