"""What the README promises about the library runs as it stands there."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import tokenizers

import course
import lessons_lib
from lessons_lib.checkpoint.families import FAMILIES
from lessons_lib.generation import generate

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_readme_names_every_family():
    for family in FAMILIES.values():
        maker = re.match(r"GPT|[A-Z][a-z]+|[A-Z]+(?=[0-9]|For)", family.architecture)[0]
        assert maker.lower() in README.lower(), f"README.md lists the families, but not {family.architecture}"


def test_the_readme_says_how_much_the_first_start_fetches():
    table = tomllib.loads((Path(lessons_lib.__file__).parent / "assets.toml").read_text(encoding="utf-8"))

    def megabytes(*names):
        wheels = {table["assets"][name]["wheel"] for name in names}
        return f"{sum(table['wheels'][wheel]['size'] for wheel in wheels) / 1e6:.0f} MB"

    said = " ".join(README.split())
    assert f"(SmolLM2-135M-Instruct, {megabytes(course.MODEL)})" in said
    assert f"vocabularies and texts of the lessons ({megabytes(*course.VOCABULARIES, *course.TEXTS)})" in said


EXAMPLE, MORE, TOKENIZERS, SEARCH, _ASK = re.findall(r"```python\n(.*?)```", README, re.DOTALL)  # the last: apps/server


def run(*command: str, **options) -> str:
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, encoding="utf-8", **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_examples_of_the_library_run_one_after_the_other(smollm2, tmp_path):
    model, tokenizer = smollm2
    text = tokenizer.decode(list(generate(model, tokenizer.encode("The sun is shining, and the sky is"), 32)))
    printed = run("-c", EXAMPLE + MORE, cwd=tmp_path)
    assert printed.startswith(text + "\n")
    assert "blue" in printed[len(text) :]  # the answer that is streamed behind it
    saved, _ = lessons_lib.load(tmp_path / "my-model")
    assert saved.num_parameters() == 134_515_008


def test_the_example_of_the_tokenizers_runs_and_its_file_opens_elsewhere(tmp_path):
    assert run("-c", TOKENIZERS, cwd=tmp_path) == ""
    other = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert other.encode("slowest").tokens == ["s", "low", "e", "s", "t"]


def test_the_example_of_a_search_finds_the_place(tmp_path):
    notes = "# Norms\n\nThey scale.\n\n# Masks\n\nA mask hides the future from each token.\n"
    (tmp_path / "notes.md").write_text(notes, encoding="utf-8")
    printed = run("-c", SEARCH + "print([hit.id for hit in hits])", cwd=tmp_path)
    assert printed == f"['{notes.index('# Masks')}', '0']\n"


def test_a_question_is_answered_in_the_terminal():
    [question] = re.findall(r'python -m lessons_lib "(.*?)"', README)
    answer = run("-m", "lessons_lib", question, "--max-new-tokens", "40")
    assert "blue" in answer
    assert answer.endswith("\n")
