"""Gives the course the address of its repository: `python -m workshop.publish OWNER/NAME`.

pyproject.toml says where the repository is, and so does the citation. From there the build writes the badges and the
set-up cell of each lesson, without executing anything. Without a name, the address is that of git's remote `origin`.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from workshop import build
from workshop.lessons import ROOT, find_lessons

# As GitHub allows them: https://docs.github.com/en/rest/repos/repos
NAME = re.compile(r"(?!OWNER/)[A-Za-z0-9](-?[A-Za-z0-9]){0,38}/(?!\.{1,2}$)[\w.-]{1,100}", flags=re.ASCII)
ORIGIN = re.compile(r"(?:https://|git@|ssh://git@)github\.com[/:](.+?)(?:\.git)?/?")


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Change the address, build what holds it, say which files changed, and return an exit code."""
    parser = argparse.ArgumentParser(prog="course.py publish", description="Name the course's repository on GitHub.")
    parser.add_argument("name", nargs="?", metavar="OWNER/NAME", help="such as ada/llms (default: of git's origin)")
    name = parser.parse_args(arguments).name or origin(root)
    if not NAME.fullmatch(name):
        parser.error(f"name: got {name!r}, allowed OWNER/NAME of a repository on GitHub")
    files = [root / "pyproject.toml", root / "CITATION.cff", root / "README.md"]
    files += [lesson.notebook for lesson in find_lessons(root)]
    before = {file: file.read_bytes() for file in files}
    publish(name, root)
    failed = build.main(["--text"], root)
    changed = [file.relative_to(root).as_posix() for file in files if file.read_bytes() != before[file]]
    print("\n".join(changed) or f"everything names {name} already")
    return failed


def publish(name: str, root: Path) -> None:
    """Write the repository's address where the rest is built from.

    Args:
        name: `OWNER/NAME`.
        root: the course's folder.
    """
    address = f"https://github.com/{name}"
    lines = {
        "pyproject.toml": (r"(?<=^\[project\.urls\]\n)(Repository = .*\n)?", f'Repository = "{address}"\n'),
        "CITATION.cff": (r"^(repository-code: .*\n)?(?=version: )", f"repository-code: {address}\n"),
    }
    for file, (pattern, line) in lines.items():
        text = (root / file).read_text(encoding="utf-8")
        text = re.sub(pattern, line, text, count=1, flags=re.MULTILINE)
        (root / file).write_text(text, encoding="utf-8", newline="\n")


def origin(root: Path) -> str:
    """The name of the repository that git's remote `origin` leads to; empty where there is none on GitHub."""
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    found = ORIGIN.fullmatch(subprocess.run(command, capture_output=True, text=True).stdout.strip())
    return found[1] if found else ""


if __name__ == "__main__":
    sys.exit(main())
