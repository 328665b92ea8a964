"""The way through the course has every lesson once, marks the one that is read, and links what there is."""

import re

import pytest

from lessons_lib.classroom import registry
from workshop import route
from workshop.audit.prose import prose
from workshop.lessons import ROOT, find_lessons

NUMBERS = [planned.number for planned in route.PLAN]


def test_the_list_has_numbers_that_lessons_can_have_in_the_order_of_the_course():
    assert all(registry.NUMBER.fullmatch(number) for number in NUMBERS)
    assert sorted(set(NUMBERS), key=registry.place) == NUMBERS


@pytest.mark.parametrize("lesson", find_lessons(ROOT), ids=lambda lesson: lesson.source.stem)
def test_every_lesson_says_what_it_is_called_and_what_it_asks(lesson):
    assert lesson.title
    assert lesson.question.endswith("?")


def test_a_lesson_is_marked_between_its_neighbours_and_written_lessons_are_linked(course):
    second = find_lessons(course, ["04b"])[0]
    way, place = route.route(second, course).split("  \n")
    assert re.findall(r"\*\*(\w+)\*\*", way) == ["04b"]
    assert [span.target for span in prose(way) if span.kind == "link"] == ["04_first.ipynb"]
    shown = "".join(span.text for span in prose(way) if span.kind != "link")
    assert [word for word in re.findall(r"\w+", shown) if word in NUMBERS] == NUMBERS
    before, here, after = place.split(" · ")
    assert (before, here) == ("before: [04 First](04_first.ipynb)", "**you are here: 04b Second**")
    assert after == "next: 04c Shared heads and cost"
    assert len(shown) < 200


def test_the_first_and_the_last_have_one_neighbour(course):
    for number, other in (("00", "next: 00b"), ("B2", "before: B1")):
        source = course / f"notebooks/src/{number}_new.py"
        source.write_text("# %% [markdown]\n# # New\n", encoding="utf-8")
        [lesson] = find_lessons(course, [number])
        place = route.route(lesson, course).split("  \n")[1]
        assert other in place and place.count(" · ") == 1


def test_what_goes_deeper_is_beside_the_way(course):
    deep = find_lessons(course, ["D1"])[0]
    way = route.route(deep, course)
    assert "](../04_first.ipynb " in way and "**" not in way and "\n" not in way
    assert route.faults(find_lessons(course), course) == []


def test_a_lesson_that_the_list_lacks_is_found(course):
    (course / "notebooks/src/04d_third.py").write_text("", encoding="utf-8")
    [fault] = route.faults(find_lessons(course), course)
    assert fault == "notebooks/src/04d_third.py: COURSE in workshop/route.py has no 04d; add it"
