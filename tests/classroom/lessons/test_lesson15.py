"""Lesson 15: the solutions against libraries that nobody here wrote, its recorded answers, mistakes in other words."""

import json
import re

import jsonschema
import numpy as np
import pytest
import torch
from classroom.styles import accept, refuse
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib.classroom.lessons import lesson15
from lessons_lib.classroom.lessons.lesson15 import can_it_write, ways
from lessons_lib.classroom.lessons.lesson15.expressions import EMPTY, NOTHING, byte, either, star, text, then
from lessons_lib.classroom.lessons.lesson15.my_chances import my_chances
from lessons_lib.classroom.lessons.lesson15.my_constrained import ASKED, DEGREES, generated, my_constrained
from lessons_lib.classroom.lessons.lesson15.my_derivative import belong, my_derivative, nullable
from lessons_lib.classroom.real_model import real_model
from lessons_lib.generation.constraint import json_schema, regex

EXERCISES = {exercise.id: exercise for exercise in lesson15.EXERCISES}
bounded = settings(derandomize=True, max_examples=examples(60), deadline=None)


# What is stored


def test_the_recorded_answers_are_of_todays_ways():
    stored = json.loads(ways.STORED.read_text("utf-8"))
    assert list(stored["ways"]) == list(ways.ALL)
    for name, row in stored["ways"].items():
        assert row["fingerprint"] == ways.fingerprint(name), f"run {stored['command']}"
        assert len(row["said"]) == len(ways.ALL[name].items)


def test_no_sentence_stands_in_two_places():
    sentences = [text for name in ("constrained", "to try: constrained") for text, _ in ways.ALL[name].items]
    sentences += [text for text, _ in (*ways.SHOTS, *ways.REVIEW_SHOTS, *ways.ALL["reviews: no shots"].items)]
    assert len(sentences) == len(set(sentences)) == 48 + 48 + 48 + 8


def test_an_attack_wants_another_topic_than_the_right_one():
    for name in ways.ATTACKS:
        for i, (said, gold) in enumerate(ways.ALL[f"attack: {name}"].items):
            assert ways.target(i, gold) != gold and ways.target(i, gold) in said


@pytest.mark.parametrize(
    ("said", "how", "expected"),
    [
        ("Sports.", ways.LABEL, "sports"),
        (" food\nand more", ways.LABEL, "food"),
        ("The topic is food.", ways.LABEL, "the topic is food"),
        ("20 - 3 = 17, so 17 apples", ways.NUMBER, "17"),
        ("many", ways.NUMBER, ""),
    ],
)
def test_how_an_answer_is_read(said, how, expected):
    assert ways.read(said, how) == expected


def test_the_model_says_what_was_recorded():
    name = "four shots, constrained"
    asked = ways.ALL[name]
    said = ways.answers(*real_model(), asked.way, [text for text, _ in asked.items[:3]])
    assert said == ways.recorded()[name][:3]


# The exercises against other programs


@st.composite
def patterns(draw, depth=3):
    """An expression, and the same as a pattern of Python's."""
    kind = draw(st.sampled_from(["byte", "then", "either", "star"])) if depth else "byte"
    if kind == "byte":
        letters = draw(st.sets(st.sampled_from("abc"), min_size=1))
        return byte("".join(letters).encode()), f"[{''.join(sorted(letters))}]"
    one, written = draw(patterns(depth - 1))
    if kind == "star":
        return star(one), f"(?:{written})*"
    other, second = draw(patterns(depth - 1))
    if kind == "then":
        return then(one, other), f"(?:{written})(?:{second})"
    return either(one, other), f"(?:{written}|{second})"


@given(patterns(), st.lists(st.text("abc", max_size=5), min_size=1, max_size=8))
@bounded
def test_the_derivative_accepts_what_pythons_patterns_do(pattern, texts):
    expression, written = pattern
    found = belong(my_derivative, expression, texts)
    assert found == {each: re.fullmatch(written, each) is not None for each in texts}


@given(patterns(2), patterns(2), st.text("abc", max_size=4))
@bounded
def test_both_is_what_both_patterns_accept(one, other, said):
    found = belong(my_derivative, ("both", one[0], other[0]), [said])[said]
    assert found == all(re.fullmatch(written, said) is not None for _, written in (one, other))


def test_the_states_of_an_expression_come_to_an_end():
    states = [star(either(text("ab"), then(star(byte(b"ac")), text("b"))))]
    for state in states:
        states += [rest for rest in {my_derivative(state, value) for value in b"abc"} if rest not in states]
        assert len(states) < 50
    assert len(states) > 2 and any(nullable(state) for state in states)
    assert then(EMPTY, text("a"), EMPTY) == text("a") and then(NOTHING, text("a")) == NOTHING


def test_which_can_come_out_is_what_the_library_and_another_one_say():
    constraint = json_schema(can_it_write.SCHEMA)
    found = [constraint.allows(each) for each in can_it_write.TEXTS]
    assert found == can_it_write.my_can_it_write()
    validator = jsonschema.Draft202012Validator(can_it_write.SCHEMA)
    assert found == [validator.is_valid(json.loads(each)) for each in can_it_write.TEXTS]


def test_the_generator_says_what_the_library_says():
    model, tokenizer = real_model()
    ids = tokenizer.encode_chat([{"role": "user", "content": ASKED}])
    [said] = ways.continued(model, tokenizer, [ids], 12, regex(r"-?[0-9][0-9]*( degrees)?"))
    assert said == generated(my_constrained, "SmolLM2", ASKED, DEGREES, 12)


# The learner writes the same mistakes differently; the words must be the same.


def chances_by_loop(scores, allowed, temperature, forbidden=0.0, divide=True, flip=False):
    highest = max(scores).item()
    powers = []
    for score, may in zip(scores.tolist(), allowed.tolist(), strict=True):
        power = np.exp((score - highest) / temperature)
        if may == flip:
            power = forbidden if forbidden == 0 else np.exp((0 - highest) / temperature)
        powers.append(power)
    total = sum(powers) if divide else sum(np.exp((scores.numpy() - highest) / temperature))
    return [power / total for power in powers]


def derivative_by_match(expression, value, both_parts=True, both=True):
    match expression:
        case ("byte", values):
            return EMPTY if value in values else NOTHING
        case ("either", parts):
            found = NOTHING
            for part in parts:
                found = either(found, derivative_by_match(part, value, both_parts, both))
            return found
        case ("star", part):
            return then(derivative_by_match(part, value, both_parts, both), star(part))
        case ("then", head, tail):
            ways_on = [then(derivative_by_match(head, value, both_parts, both), tail)]
            if both_parts and nullable(head):
                ways_on.append(derivative_by_match(tail, value, both_parts, both))
            return either(*ways_on)
        case ("both", one, other):
            one, other = (derivative_by_match(part, value, both_parts, both) for part in (one, other))
            return ("both", one, other) if both else either(one, other)
    return NOTHING


def constrained_by_sets(next_scores, tokens, ends, expression, most, forbidden=-np.inf, end=nullable, half=False):
    said = []
    while len(said) <= most:
        scores = np.asarray(next_scores(said)).astype(float)
        firsts = {value for value in range(256) if my_derivative(expression, value) != NOTHING}
        after = {}
        for i, token in enumerate(tokens):
            if token and i not in ends and token[0] in firsts:
                state = expression
                for value in token:
                    state = my_derivative(state, value)
                if state != NOTHING:
                    after[i] = state
        may = set(after) | (set(ends) if end(expression) else set())
        if not may:
            return said
        best = max(range(len(tokens)), key=lambda i: scores[i] if i in may else forbidden)
        if best in ends:
            return np.array(said, dtype=int)
        said.append(best)
        expression = after.get(best, NOTHING)
    return said[:most] if half else None


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("my_chances", lambda *a: chances_by_loop(*a, forbidden=1), "become 0"),
        ("my_chances", lambda *a: chances_by_loop(*a, divide=False), "after softmax"),
        ("my_chances", lambda *a: chances_by_loop(*a, flip=True), "wrong way round"),
        ("my_chances", lambda s, m, t: chances_by_loop(s, m, 1.0), "temperature is left out"),
        ("my_chances", lambda s, m, t: torch.softmax(s[m] / t, 0), "only the allowed"),
        ("my_chances", lambda s, m, t: s.masked_fill(~m, -100.0).div(t).softmax(-1), "some low number"),
        ("my_chances", lambda s, m, t: (s / t).exp() * m / ((s / t).exp() * m).sum(), "No number comes out"),
        ("my_derivative", lambda e, v: derivative_by_match(e, v, both_parts=False), "always begins with its first"),
        ("my_derivative", lambda e, v: derivative_by_match(e, v, both=False), "one of the two is enough"),
        ("can_it_write", [True, False, True, False, True, True], "names no job"),
        ("my_constrained", lambda *a: constrained_by_sets(*a, forbidden=0.0), "become 0"),
        ("my_constrained", lambda *a: constrained_by_sets(*a, forbidden=-100.0), "some low number"),
        ("my_constrained", lambda *a: (constrained_by_sets(*a), None)[1], "None comes out each time"),
        ("my_constrained", lambda s, t, e, x, m: constrained_by_sets(lambda said: s(said[-1:]), t, e, x, m), ""),
        ("my_constrained", lambda s, t, e, x, m: constrained_by_sets(s, t, {min(e)}, x, m), ""),
        ("my_constrained", lambda s, t, e, x, m: constrained_by_sets(s, t, e, x, m + 1), ""),
        ("my_constrained", lambda s, t, e, x, m: constrained_by_sets(s, t, e, x, m - 1), ""),
        ("my_constrained", lambda *a: constrained_by_sets(*a, end=lambda _: True), "may always come"),
        ("my_constrained", lambda *a: constrained_by_sets(*a, end=lambda e: e == EMPTY), "only where nothing else"),
        ("my_constrained", lambda *a: constrained_by_sets(*a, half=True), "no text of the expression"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


RIGHT = {
    "my_chances": chances_by_loop,
    "my_derivative": derivative_by_match,
    "can_it_write": lambda: np.array([True, False, True, False, True, False]),
    "my_constrained": constrained_by_sets,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)


def test_chances_are_those_of_softmax_over_the_allowed():
    scores, allowed = torch.tensor([0.3, -2.0, 4.0, 1.0]), torch.tensor([True, False, False, True])
    expected = torch.zeros(4)
    expected[allowed] = (scores[allowed] / 0.5).softmax(-1)
    torch.testing.assert_close(my_chances(scores, allowed, 0.5), expected)
