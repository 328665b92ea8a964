"""Write `requirements.lock`: every package that `requirements.txt` leads to, on every system, with its hashes.

torch stands apart, since its builds differ from system to system, and so do the libraries that its CUDA build needs.

    python -m workshop.lock
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
APART = re.compile(r"torch|triton|(nvidia|cuda)-.+")
HEAD = "# Made by `python -m workshop.lock` from requirements.txt: every package but torch, with its hashes.\n"


def main() -> int:
    """Resolve, write the file, and return uv's exit code."""
    command = ["uv", "pip", "compile", "--universal", "--generate-hashes", "--no-header", "--no-annotate", "--quiet"]
    result = subprocess.run([*command, "requirements.txt"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if result.returncode == 0:
        kept = [entry for entry in entries(result.stdout) if not APART.fullmatch(name(entry))]
        LOCK.write_text(HEAD + "".join(kept), encoding="utf-8", newline="\n")
    return result.returncode


def entries(text: str) -> list[str]:
    """Split the text of a lock file into its packages, each with its hashes."""
    return re.findall(r"^[\w.-]+(?:\[[^]]*])?==.*\n(?:    .*\n)*", text, flags=re.MULTILINE)


def name(entry: str) -> str:
    """The package that an entry pins."""
    return re.match(r"[\w.-]+", entry)[0]


if __name__ == "__main__":
    sys.exit(main())
