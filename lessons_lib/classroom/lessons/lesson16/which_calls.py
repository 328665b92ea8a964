"""An exercise of lesson 16: which calls reach their function."""

from lessons_lib.classroom.exercises import Exercise

CALLS = (
    '{"tool": "multiply", "arguments": {"a": 6, "b": 7}}',
    '{"tool": "multiply", "arguments": {"a": "6", "b": 7}}',
    '{"tool": "Multiply", "arguments": {"a": 6, "b": 7}}',
    '{"tool": "multiply", "arguments": {"a": 6}}',
    '{"tool": "multiply", "arguments": {"a": 6, "b": 7, "c": 8}}',
    '{"arguments": {"b": -1, "a": 0}, "tool": "multiply"}',
)


def my_which_calls():
    return [True, False, False, False, False, True]


def calls_with_numbers_in_quotes():
    """A "6" in quotes is a text, and the signature says int: call 2 is refused."""
    return [True, True, False, False, False, True]


def calls_with_any_capitals():
    """A name is on the list or it isn't: Multiply with a capital letter is another one, and call 3 is refused."""
    return [True, False, True, False, False, True]


def calls_with_too_few():
    """b has no default, so it is required: call 4 is refused."""
    return [True, False, False, True, False, True]


def calls_with_too_many():
    """The signature knows no c, and an unknown argument is refused, not ignored: call 5 does not run."""
    return [True, False, False, False, True, True]


def calls_in_order_alone():
    """The fields of JSON have names, so their order says nothing, and -1 and 0 are whole numbers: call 6 runs."""
    return [True, False, False, False, False, False]


def calls_that_python_would_take():
    """You ask what Python's function would do with them. The check stands before it: a text is no number, even where
    Python would go on with one."""
    return [True, True, False, False, False, False]


CALLS_RUN = Exercise(
    id="which_calls",
    title="Which calls run?",
    difficulty=1,
    minutes=5,
    kind="predict",
    contract="a list of six truth values: does call 1, call 2, and so on to call 6 reach the function multiply?",
    cases=((),),
    tried="six calls",
    hints=(
        "First the name, letter for letter. Then every argument: is it there, is it known, is it of its type?",
        "The order of fields in JSON says nothing.",
    ),
    solution=my_which_calls,
    mistakes=(
        calls_with_numbers_in_quotes,
        calls_with_any_capitals,
        calls_with_too_few,
        calls_with_too_many,
        calls_in_order_alone,
        calls_that_python_would_take,
    ),
)
