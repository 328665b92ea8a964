"""Builds the web book: `python -m workshop.book`, or a few of its lessons with `python -m workshop.book 01 04`."""

import argparse
import sys
from pathlib import Path

from workshop.book.build import SITE, build
from workshop.lessons import ROOT


def main(arguments: list[str] | None = None) -> int:
    """Build the book, say where it is, and return an exit code."""
    parser = argparse.ArgumentParser(prog="workshop.book", description="Build the web book.")
    parser.add_argument("lessons", nargs="*", metavar="NN", help="only these lessons, and no pages of the library")
    parser.add_argument("--to", type=Path, default=SITE, metavar="FOLDER", help="where the site is written, anew")
    options = parser.parse_args(arguments)
    try:
        built = build(options.to, options.lessons)
    except ValueError as error:
        parser.error(str(error))
    if built:
        print(f"{options.to.relative_to(ROOT) if options.to.is_relative_to(ROOT) else options.to}/index.html")
    return 0 if built else 1


if __name__ == "__main__":
    sys.exit(main())
