"""README's map says what the heads and lengths of the lessons say, and what to do with the time one has."""

from workshop import build, check, readme, route
from workshop.audit.links import broken_links, document
from workshop.audit.size import Size
from workshop.lessons import find_lessons


def rows(text):
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]


def test_every_lesson_of_the_course_has_a_row_and_built_ones_their_times(course):
    text = readme.render(course, check.sizes(find_lessons(course)))
    numbered = {number: rest for number, *rest in rows(text)[2:] if number}
    assert list(numbered) == [*(planned.number for planned in route.PLAN), "D1"]
    assert numbered["04b"] == ["[Second](notebooks/04b_second.ipynb)", "Is a half enough?", "5 + 0 + 12"]
    assert numbered["05"] == ["The transformer block", "What happens between two attentions?", ""]
    assert numbered["D1"][0] == "[Deep](notebooks/deeper/D1_deep.ipynb)"


def test_a_weekend_and_a_month_are_added_up_from_what_is_there(course):
    (course / "notebooks/src/03_new.py").write_text("", encoding="utf-8")
    sizes = {"04": Size(9000, 0, 62, 55), "04b": Size(0, 480, 0, 65), "03": Size(0, 7 * 60 * 8 + 8, 64, 60)}
    text = readme.render(course, sizes)
    assert "**In a weekend**: 03, 04. About 8 hours to read and try out, 2 hours for their questions, and 2 ho" in text
    assert "**In a month**: 03, 04, 04b, in this order. About 9 hours to read and try out, 2 hours for" in text
    assert text.rstrip().endswith("and 3 hours for the exercises. That makes 20 evenings of about 40 minutes.")


def test_the_appendices_are_named_once_they_are_there(course):
    for name in ("A1_python", "A2_maths", "A3_errors", "A4_words"):
        (course / f"notebooks/src/{name}.py").write_text("", encoding="utf-8")
    text = readme.render(course, {})
    assert "If Python is new to you, begin with A1." in text and "If an error stops you, search A3;" in text


def test_the_build_writes_the_map_and_leaves_the_rest_alone(course):
    file = course / "README.md"
    before = file.read_text(encoding="utf-8")
    file.write_text(before.replace("| 5 + 0 + 12 |", "| 6 + 0 + 13 |"), encoding="utf-8")
    assert build.main(["04", "--text"], course) == 0
    assert file.read_text(encoding="utf-8") == before
    assert before.startswith("# Made up\n\n<!--") and before.endswith("-->\n\nThe end.\n")
    assert broken_links(document(file), course) == []


def test_a_readme_without_marks_is_left_alone(course):
    (course / "README.md").write_text("# Mine\n", encoding="utf-8")
    readme.write(course, {})
    assert (course / "README.md").read_text(encoding="utf-8") == "# Mine\n"
