"""Write tasks into a folder: `python -m lessons_lib.evaluation.making FOLDER`; with another seed, new questions."""

from __future__ import annotations

import argparse
import sys

from lessons_lib.evaluation.making import HALF, MAKERS, make


def main(command: list[str] | None = None) -> int:
    """Write the named tasks, or all.

    Returns:
        The exit code: 0, or 1 for an error, which stands on stderr.
    """
    parser = argparse.ArgumentParser(prog="python -m lessons_lib.evaluation.making", description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("names", nargs="*", help=f"{', '.join(MAKERS)} (default: all)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--half", type=int, default=HALF, help=f"items in each half (default: {HALF})")
    options = parser.parse_args(command)
    try:
        for name in options.names or MAKERS:
            print(make(name, options.folder, options.half, options.seed))
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
