"""An exercise of appendix B2: the lens on paper, with a gain that decides."""

import re

from lessons_lib.classroom.exercises import Exercise


def my_lens_on_paper():
    # The stream: (3, -1), (2, 1), (-1, 1), (1.5, 1), (1.5, 2). With the gain its second number counts three times:
    # dog is 2a, cat 3b, fox a + 3b. The length of the stream, by which the norm divides, changes no order.
    return ["dog", "fox", "cat", "fox", "fox", 3]


def in_small_letters(answer):
    """The words of an answer, capitals or not; a text is taken apart into its words and its number."""
    given = answer()
    if isinstance(given, str):
        given = [int(word) if word.isdigit() else word for word in re.findall(r"\w+", given)]
    if isinstance(given, list | tuple):
        return [item.strip().lower() if isinstance(item, str) else item for item in given]
    return given


def lens_without_gain():
    """It looks as if the gain was left out. The lens goes through the whole last norm: each number of the stream is
    multiplied by its own gain before the words see it."""
    return ["dog", "dog", "cat", "dog", "fox", 4]


def lens_of_the_notes():
    """It looks as if you read what each layer adds. The lens reads the stream: all that was added so far."""
    return ["dog", "cat", "cat", "dog", "cat", 4]


def lens_of_the_notes_where_two_are_alike():
    """It looks as if you read what each layer adds. The lens reads the stream: all that was added so far."""
    return ["dog", "cat", "cat", "dog", "fox", 4]


def lens_where_it_leads_first():
    """The number: after one layer fox leads, but another takes over once more. Asked is from when on fox leads to the
    end."""
    return ["dog", "fox", "cat", "fox", "fox", 1]


def lens_counted_from_one():
    """The number: the first of the five words is that behind no layer, so counting starts at 0."""
    return ["dog", "fox", "cat", "fox", "fox", 4]


def lens_of_the_layer_that_does_it():
    """The number: it looks as if you name the layer that brings fox to the top. Layers are counted from 0 here, and
    asked is behind how many of them."""
    return ["dog", "fox", "cat", "fox", "fox", 2]


def lens_with_the_gain_on_the_other():
    """It looks as if the gain's two numbers changed places, 3 on the first and 1 on the second."""
    return ["dog", "dog", "cat", "dog", "dog", 3]


LENS_ON_PAPER = Exercise(
    id="lens_on_paper",
    title="A lens on paper",
    difficulty=1,
    minutes=8,
    kind="predict",
    contract="a list of five words and a number: the favourite behind 0, 1, 2, 3 and 4 layers, then behind how many "
    "layers the last favourite leads and goes on leading to the end.",
    cases=((),),
    tried="five states and from when on it stays",
    hints=(
        "First write down the stream behind each layer: what was there, plus what the layer adds.",
        "Dividing by the length changes no order, so leave it out. The gain does: the second counts three times.",
        "With the gain the scores of (a, b) are: dog 2a, cat 3b, fox a + 3b.",
    ),
    solution=my_lens_on_paper,
    harness=in_small_letters,
    mistakes=(
        lens_without_gain,
        lens_of_the_notes,
        lens_of_the_notes_where_two_are_alike,
        lens_where_it_leads_first,
        lens_counted_from_one,
        lens_of_the_layer_that_does_it,
        lens_with_the_gain_on_the_other,
    ),
)
