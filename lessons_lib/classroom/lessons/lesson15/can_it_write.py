"""An exercise of lesson 15: which texts a schema lets through."""

from lessons_lib.classroom.exercises import Exercise

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer", "minimum": 0, "maximum": 130},
        "city": {"enum": ["Oslo", "Rome"]},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}
TEXTS = (
    '{"name": "Kira", "age": 36}',
    '{"name": "Kira", "age": "36"}',
    '{"name": "Oslo", "age": 130, "city": "Rome"}',
    '{"name": "Kira", "age": 36, "city": "Paris"}',
    '{"name": "", "age": 0, "city": "Oslo"}',
    '{"name": "Kira", "age": 36, "job": "nurse"}',
)


def my_can_it_write():
    return [True, False, True, False, True, False]


def can_only_what_is_true():
    """You ask for sense: the text with an empty name, or the one with a town for a name. A schema knows types and
    lists of values, and not what is true."""
    return [True, False, False, False, False, False]


def can_with_a_town_for_a_name():
    """An empty text is a string, and the schema names no minLength: text 5 can come."""
    return [True, False, True, False, False, False]


def can_without_a_town_for_a_name():
    """Any string may stand as name, "Oslo" too: text 3 can come. That it is no name, a schema can't know."""
    return [True, False, False, False, True, False]


def can_with_numbers_in_quotes():
    """A 36 in quotes is a string, and age must be an integer: text 2 can't come."""
    return [True, True, True, False, True, False]


def can_with_other_towns():
    """An enum lists all values that there are: Paris is none of them, so text 4 can't come."""
    return [True, False, True, True, True, False]


def can_with_more_fields():
    """The schema names no job, and additionalProperties is False, so no other name may stand there: text 6 can't
    come."""
    return [True, False, True, False, True, True]


def can_only_with_all_fields():
    """city is not among the required ones, so it may be left out: text 1 can come."""
    return [False, False, True, False, True, False]


CAN = Exercise(
    id="can_it_write",
    title="Which can come out?",
    difficulty=1,
    minutes=5,
    kind="predict",
    contract="a list of six truth values: can the model, under this schema, write text 1, text 2, and so on to text 6?",
    cases=((),),
    tried="six texts",
    hints=(
        "A schema asks for types, lists of values, limits and required fields. What is true it can't know.",
        "Without its last line text 6 would do. What does section 7 say of additionalProperties?",
    ),
    solution=my_can_it_write,
    mistakes=(
        can_only_what_is_true,
        can_with_a_town_for_a_name,
        can_without_a_town_for_a_name,
        can_with_numbers_in_quotes,
        can_with_other_towns,
        can_with_more_fields,
        can_only_with_all_fields,
    ),
)
