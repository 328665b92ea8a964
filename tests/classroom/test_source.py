"""Shown source is the running source, with the file's name and nothing about the machine."""

import json

import pytest

from lessons_lib.classroom import exercises, show_source, source
from lessons_lib.classroom.source import Listing, library_file, source_of


def test_a_function_is_shown_under_its_file(capsys):
    show_source(exercises.hint)
    shown = capsys.readouterr().out
    assert shown.startswith("# lessons_lib/classroom/exercises.py\n\ndef hint(name: str) -> None:\n    exercise = ")
    assert '"""' not in shown


def test_docstrings_are_shown_on_request(capsys):
    show_source(exercises.hint, docstring=True)
    assert '    """Print the next hint of an exercise; each call gives one more."""\n' in capsys.readouterr().out


def test_methods_stand_flush_left():
    assert source_of(Listing.__repr__) == "def __repr__(self) -> str:\n    return self.code"


class Documented:
    """Goes."""

    # stays
    size = 3

    def method(self):
        """Goes
        too."""

        return "the text 'Goes' in code stays"

    def only_documented(self):
        """Stays, as there is nothing else."""


def test_every_docstring_goes_and_the_rest_stays():
    assert source_of(Documented).splitlines() == [
        "class Documented:",
        "    # stays",
        "    size = 3",
        "",
        "    def method(self):",
        "        return \"the text 'Goes' in code stays\"",
        "",
        "    def only_documented(self):",
        '        """Stays, as there is nothing else."""',
    ]


def test_notebooks_get_highlighted_markdown():
    bundle = Listing("x = 1")._repr_mimebundle_()
    markdown = '<div style="font-family: monospace">\n\n````python\nx = 1\n````\n\n</div>'
    assert bundle == {"text/plain": "x = 1", "text/markdown": markdown}


@pytest.mark.parametrize("stranger", [json.loads, Documented, 3])
def test_only_the_library_is_shown(stranger):
    with pytest.raises(ValueError, match="show_source takes"):
        library_file(stranger)


def test_a_file_is_named_without_the_machine():
    assert library_file(source.show_source) == "lessons_lib/classroom/source.py"
