"""Lessons, their parts and what goes deeper are found by number, in order, and misnamed files are named."""

import pytest

from lessons_lib.classroom import registry
from workshop.lessons import find_lessons, naming_faults

NAMES = ["A10_last", "A2_tensors", "04b_positions", "00_start", "11_llama", "04_attention", "B1_after", "00b_tools"]


@pytest.fixture
def course(tmp_path):
    (tmp_path / "notebooks/src/deeper").mkdir(parents=True)
    for name in (*NAMES, "deeper/D1_race", "deeper/D2_beams"):
        (tmp_path / f"notebooks/src/{name}.py").touch()
    return tmp_path


def test_lessons_come_in_the_order_of_the_course(course):
    numbers = [lesson.number for lesson in find_lessons(course)]
    assert numbers == ["00", "00b", "04", "04b", "11", "A2", "A10", "B1", "D1", "D2"]
    assert naming_faults(course) == []


def test_a_lesson_is_found_by_its_number_alone(course):
    [lesson] = find_lessons(course, ["04"])
    assert lesson.source == course / "notebooks/src/04_attention.py"
    [part] = find_lessons(course, ["04b"])
    assert part.notebook == course / "notebooks/04b_positions.ipynb"
    [deeper] = find_lessons(course, ["D2"])
    assert deeper.notebook == course / "notebooks/deeper/D2_beams.ipynb"
    with pytest.raises(ValueError, match=r"lesson: got 04c, 5, allowed 00, 00b, 04, "):
        find_lessons(course, ["5", "04", "04c"])


@pytest.mark.parametrize("number", ["01", "00b", "04b", "19z", "A1", "B10", "D1"])
def test_numbers_that_lessons_can_have(number):
    assert registry.NUMBER.fullmatch(number)


@pytest.mark.parametrize("number", ["1", "001", "04a", "04B", "04bb", "a1", "AA1", "A", "A1b", "", "4b", "lesson04"])
def test_numbers_that_lessons_can_not_have(number):
    assert not registry.NUMBER.fullmatch(number)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("src/4_attention.py", "notebooks/src/4_attention.py: a lesson is called NN_name"),
        ("src/05.py", "notebooks/src/05.py: a lesson is called NN_name"),
        ("src/draft.py", "notebooks/src/draft.py: a lesson is called NN_name"),
        ("05_block.ipynb", "notebooks/05_block.ipynb: has no text; write notebooks/src/05_block.py, or delete"),
        ("deeper/D3_x.ipynb", "notebooks/deeper/D3_x.ipynb: has no text; write notebooks/src/deeper/D3_x.py"),
    ],
)
def test_a_misnamed_file_is_found(course, file, words):
    path = course / "notebooks" / file
    path.parent.mkdir(exist_ok=True)
    path.touch()
    [fault] = naming_faults(course)
    assert fault.startswith(words)


@pytest.mark.parametrize("name", ["04_positions", "deeper/04_races", "deeper/D1_beams"])
def test_two_lessons_of_one_number_are_found(course, name):
    (course / f"notebooks/src/{name}.py").touch()
    number = name.rpartition("/")[2].partition("_")[0]
    assert len(naming_faults(course)) == 2
    assert all(f"2 lessons have the number {number}; renumber one" in fault for fault in naming_faults(course))


def test_exercises_without_a_lesson_are_found(course):
    (course / "lessons_lib/classroom/lessons/lesson09b").mkdir(parents=True)
    [fault] = naming_faults(course)
    assert (
        fault == "lessons_lib/classroom/lessons/lesson09b: no text has the number 09b; write notebooks/src/09b_name.py"
    )
