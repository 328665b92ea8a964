"""The glossary has each term once, with a link to a section of the lesson that it names; A4 shows it in groups."""

import pytest

from workshop import check, glossary
from workshop.lessons import find_lessons

ENTRIES = {
    "Half": "One of two equal parts. ([Lesson 04b](../notebooks/04b_second.ipynb#Halves))",
    "deep": "Far down, (as it is said). ([D1](../notebooks/deeper/D1_deep.ipynb#Halves))",
    "Cold start": "A long wait. (Lesson 18)",
}


def write(course, **entries):
    (course / "book").mkdir(exist_ok=True)
    parts = [f"## {name}\n{text}\n" for name, text in (ENTRIES | entries).items()]
    (course / "book/glossary.md").write_text("\n".join(["# Glossary\n", *parts]), encoding="utf-8")


def test_terms_are_read_with_their_lessons(course):
    write(course)
    half, deep, cold = glossary.terms(course)
    assert (half.name, half.lesson, half.meaning) == ("Half", "04b", "One of two equal parts.")
    assert half.target == "../notebooks/04b_second.ipynb#Halves"
    assert (deep.lesson, deep.label, deep.meaning) == ("D1", "D1", "Far down, (as it is said).")
    assert (cold.lesson, cold.target) == ("18", "")


def test_terms_are_shown_by_group_and_alphabet_with_links_from_where_they_stand(course):
    write(course, apple="A fruit. ([Lesson 04](../notebooks/04_first.ipynb#Fruit))")
    groups = {part.partition("\n")[0]: part for part in glossary.render(course, course / "notebooks").split("### ")[1:]}
    assert list(groups) == list(glossary.GROUPS)
    lines = groups["The model"].splitlines()
    assert lines[2] == "- **apple**: A fruit. ([Lesson 04](04_first.ipynb#Fruit))"
    assert lines[3] == "- **Half**: One of two equal parts. ([Lesson 04b](04b_second.ipynb#Halves))"
    assert "([D1](deeper/D1_deep.ipynb#Halves))" in groups["Text and tokens"]
    assert (
        "- **Cold start**: A long wait. (comes with lesson 18, Deployment and scale)" in groups["Running and serving"]
    )
    assert "(../04_first.ipynb#Fruit)" in glossary.render(course, course / "notebooks/deeper")


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"HALF": ENTRIES["Half"]}, "'half' stands 2 times"),
        ({"Bare": "Without a link."}, "'Bare' needs one line"),
        ({"Two": f"One.\n\n{ENTRIES['Half']}"}, "'Two' needs one line"),
        ({"Whole": "All. ([Lesson 04](../notebooks/04_first.ipynb))"}, "'Whole': link a section of lesson 04, got"),
        ({"Other": "It. ([Lesson 04](../notebooks/04b_second.ipynb#Halves))"}, "'Other': link a section of lesson 04"),
        ({"Quarter": "A half's half. ([Lesson 04b](../notebooks/04b_second.ipynb#Halves))"}, "#Halves does not say it"),
        ({"Late": "It. (Lesson 04)"}, "'Late': lesson 04 is written; link the section"),
        ({"Never": "It. (Lesson 99)"}, "'Never': no lesson 99 is planned"),
        ({"Lost": "It. ([D9](../notebooks/deeper/D9_x.ipynb#X))"}, "GROUPS in workshop/glossary.py has no lesson D9"),
    ],
)
def test_what_a_term_lacks_is_said(course, entries, words):
    write(course)
    assert glossary.faults(course) == []
    write(course, **entries)
    assert any(words in fault for fault in glossary.faults(course))
    assert any(words in fault for fault in check.course_faults(course))


def test_a_list_takes_the_place_of_its_mark_and_is_not_read_through(course):
    write(course)
    lesson = find_lessons(course, ["04"])[0]
    before = check.sizes([lesson])["04"].words
    text = '\n# %% [markdown] tags=["look-up"]\n# {glossary}\n\n# %% [markdown]\n# It is {glossary}.\n'
    lesson.source.write_text(lesson.source.read_text(encoding="utf-8") + text, encoding="utf-8")
    shown = check.rendered(check.with_outputs(check._text(lesson), None), lesson, course)
    assert shown.cells[-2].source == glossary.render(course, lesson.notebook.parent)
    assert shown.cells[-1].source == "It is {glossary}."
    assert check.sizes([lesson])["04"].words == before + 3
