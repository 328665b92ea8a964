"""Runs README's examples in an empty folder, with the library that is installed: `python tests/smoke.py`.

For a wheel in a fresh environment. The standard library and the wheel are all that is needed; the model and the
vocabularies are fetched where they are not cached.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import lessons_lib

README = Path(__file__).parents[1] / "README.md"
NOTES = "# Norms\n\nThey scale.\n\n# Masks\n\nA mask hides the future from each token.\n"


def main() -> None:
    """Say which library is tried, run the examples one after the other, and stop at the first that fails."""
    print(lessons_lib.__version__, Path(lessons_lib.__file__).parent, flush=True)
    first, more, tokenizers, search, _server = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    programs = [["-c", program] for program in (first + more, tokenizers, search + "print(hits)")]
    programs += [["-m", "lessons_lib", "Why is the sky blue?", "--max-new-tokens", "40"]]
    programs += [["-m", f"lessons_lib.{name}", "--help"] for name in ("assets", "training", "evaluation")]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "notes.md").write_text(NOTES, encoding="utf-8")
        for program in programs:
            subprocess.run([sys.executable, *program], cwd=folder, check=True)


if __name__ == "__main__":
    main()
