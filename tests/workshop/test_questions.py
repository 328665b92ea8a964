"""Each question to look back with has its answer and its section; a lesson's own question keeps its words there."""

import pytest

from lessons_lib.classroom.words import InYourWords
from workshop import check, questions
from workshop.lessons import ROOT, Lesson

OWN = {"lesson": "04b", "section": "Halves", "question": "What is `1 / 2`?", "answer": "A *half*, [so] `a_b` is <it>."}
PLANNED = {"lesson": "18", "question": "How long?", "answer": "A minute."}
OF_A_LESSON = InYourWords(id="why_halves", question="Why halves?", answer="They are small.", section="Halves")


@pytest.fixture
def asking(course, monkeypatch):
    """The made-up course, whose second part asks one question in the learner's own words."""
    monkeypatch.setattr(Lesson, "words", property(lambda lesson: (OF_A_LESSON,) if lesson.number == "04b" else ()))
    return course


def write(course, *entries):
    tables = ["[[topic.ask]]\n" + "\n".join(f"{key} = {value!r}" for key, value in entry.items()) for entry in entries]
    text = "\n".join(["[[topic]]", 'title = "Parts"', *tables])
    (course / questions.FILE).write_text(text, encoding="utf-8")


def test_questions_are_shown_folded_with_a_link_from_where_they_stand(asking):
    write(asking, OWN, {"words": "why_halves"}, PLANNED)
    assert questions.faults(asking) == []
    topic, own, lesson, planned = questions.render(asking, asking / "notebooks/deeper").split("\n\n<details>")
    assert topic == "### Parts"
    assert own.startswith("<summary>What is <code>1 / 2</code>?</summary>\n\nA \\*half\\*, \\[so\\] `a_b` is \\<it>.")
    assert own.endswith(" ([04b: Halves](../04b_second.ipynb#Halves))\n\n</details>")
    assert "Why halves?</summary>\n\nThey are small. ([04b: Halves](" in lesson
    assert "A minute. (comes with lesson 18, Deployment and scale)" in planned


def test_what_was_planned_is_linked_once_it_is_written_and_wants_a_section(asking):
    write(asking, PLANNED)
    (asking / "notebooks/src/18_running.py").write_text("# %% [markdown]\n# # 18 · Running\n", encoding="utf-8")
    assert "([lesson 18, Running](18_running.ipynb))" in questions.render(asking, asking / "notebooks")
    [fault] = questions.faults(asking)
    assert "lesson 18 is written; name the section" in fault


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([OWN, OWN], "'What is `1 / 2`?' stands 2 times"),
        ([{"words": "why_thirds"}], "no lesson asks 'why_thirds'"),
        ([OWN | {"answer": ""}], "a question needs words alone"),
        ([{"lesson": "04", "question": "Why?"}], "a question needs words alone"),
        ([OWN | {"words": "why_halves"}], "a question needs words alone"),
        ([OWN | {"lesson": "99"}], "no lesson 99 is written or planned"),
        ([PLANNED | {"section": "Waiting"}], "lesson 18 is not written yet, so it has no section"),
    ],
)
def test_what_a_question_lacks_is_said(asking, entries, words):
    write(asking, *entries)
    assert any(words in fault for fault in questions.faults(asking))
    assert any(words in fault for fault in check.course_faults(asking))


def test_the_course_answers_each_topic_with_words_that_lead_back():
    known = list(questions.questions(ROOT))
    assert all(len(each.answer.split()) >= 10 for each in known)
    shown = questions.render(ROOT, ROOT / "notebooks")
    assert shown.count("<details>") == shown.count("</details>") == len(known)
