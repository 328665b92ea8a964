"""Quizzes: every answer is among its choices, every choice is explained, and a radio button shows why."""

import json

import pytest

from lessons_lib.classroom import quiz, registry
from lessons_lib.classroom.questions import Question, Quiz

QUESTIONS = [
    pytest.param(question, id=f"{number}.{place}")
    for number, lesson in registry.lessons()
    for place, question in enumerate(lesson.QUIZ, start=1)
]
SUM = Question("What is `1 + 1`?", {"1": "That is one of them.", "2": "One & one."}, lambda: str(1 + 1))


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_right_choice_is_among_at_least_three_explained_ones(question):
    assert question.right_choice() in question.choices
    assert len(question.choices) >= 3
    assert all(len(why) > 10 for why in question.choices.values())
    assert not any("`" in choice for choice in question.choices), "a radio button shows them as they are"


def test_the_right_choice_is_not_always_in_the_same_place():
    for _, lesson in registry.lessons():
        places = [list(question.choices).index(question.right_choice()) for question in lesson.QUIZ]
        assert all(places.count(place) <= len(places) / 2 for place in places)


def test_an_answer_that_is_no_choice_is_an_error():
    with pytest.raises(ValueError, match=r"answer '3' is not among the choices \['1', '2'\]"):
        Question(SUM.text, SUM.choices, lambda: "3").right_choice()


def test_choosing_shows_the_explanation_and_only_the_right_one_is_recorded(progress_file):
    _, radio, explanation = Quiz("00", (SUM,)).panels[0].children
    assert radio.value is None and explanation.value == ""
    radio.value = "1"
    assert "✗ That is one of them." in explanation.value
    assert not progress_file.exists()
    radio.value = "2"
    assert "✓ One &amp; one." in explanation.value and 'role="status"' in explanation.value
    assert json.loads(progress_file.read_text())["quiz"] == ["00.1"]


def test_the_stored_quiz_is_the_same_each_time_and_folds_the_answers():
    first, second = (quiz("01")._repr_mimebundle_() for _ in range(2))
    for kind in ("text/plain", "text/html"):
        assert first[kind] == second[kind]
    page = first["text/html"]
    assert page.count("<details>") == len(registry.lesson("01").QUIZ)
    before_the_fold = page.split("<details>")[0]
    assert "✓" not in before_the_fold


def test_text_is_escaped_and_backticks_become_code():
    page = Quiz("00", (Question("Is `a < b`?", {"<b>": "x & y"}, "<b>"),))._repr_html_()
    assert "<code>a &lt; b</code>" in page and "&lt;b&gt;" in page and "x &amp; y" in page


def test_code_of_several_lines_is_a_block():
    page = Quiz("00", (Question("`if a:\n    b\n` What is `b`?", {"1": "one"}, "1"),))._repr_html_()
    assert '<code style="display: block">if a:<br>&nbsp; &nbsp; b<br></code> What is <code>b</code>?' in page


def test_an_unknown_lesson_is_named():
    with pytest.raises(ValueError, match="lesson '99' is not among 00"):
        quiz("99")


def test_a_lesson_without_a_quiz_says_so(monkeypatch):
    monkeypatch.setattr(registry.lesson("01"), "QUIZ", ())
    with pytest.raises(ValueError, match="lesson 01 has no quiz"):
        quiz("01")


def test_what_a_lesson_does_not_name_is_empty(monkeypatch):
    lesson = registry.lesson("01")
    for kind in registry.KINDS:
        monkeypatch.delattr(lesson, kind)
    assert all(getattr(registry.lesson("01"), kind) == () for kind in registry.KINDS)
