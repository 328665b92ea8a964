"""An exercise of lesson 04b: which tests can't see that the layouts are mixed up."""

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.letters import letters


def my_blind_tests():
    # A: place 0 turns nothing. B: both turn alike, so the score is that of place 0.
    # D: two numbers are one pair, in either layout. E: turning changes no length. F: one token stands at place 0.
    return ["A", "B", "D", "E", "F"]


def blind_only_place_zero():
    """A and F are blind: place 0 turns nothing. There are more. What can turning never change, whatever the layout?
    When are the two layouts one?"""
    return ["A", "F"]


def blind_without_the_same_place():
    """Right as far as they go, and one is left out. Query and key are turned by the same angles when they stand at the
    same place: what does that do to their score?"""
    return ["A", "D", "E", "F"]


def blind_without_lengths():
    """Right as far as they go, and one is left out. A rotation changes no length, whichever numbers it pairs."""
    return ["A", "B", "D", "F"]


def blind_without_small_heads():
    """Right as far as they go, and one is left out. Write down the pairs of both layouts for a head of 2 numbers."""
    return ["A", "B", "E", "F"]


def blind_without_one_token():
    """Right as far as they go, and one is left out. Where does the only token of a text stand?"""
    return ["A", "B", "D", "E"]


def blind_without_the_score_at_zero():
    """Right as far as they go, and one is left out. At place 0, by how much is a query turned, and a key?"""
    return ["B", "D", "E", "F"]


def blind_with_the_query_at_zero():
    """G does see it: the query at place 0 is not turned, but the key at place 4 is, and the two layouts turn it
    differently."""
    return ["A", "B", "D", "E", "F", "G"]


def blind_with_a_distance():
    """C does see it: query and key are turned by different angles there, and the layouts pair other numbers."""
    return ["A", "B", "C", "D", "E", "F"]


def blind_with_g_and_without_some():
    """A and B are right, and F too. G does see it: its query is not turned, but its key is. Two others are left out:
    what does turning do to a length, and which layouts has a head of 2 numbers?"""
    return ["A", "B", "F", "G"]


def blind_only_equal_places():
    """Right as far as they go, and two are left out. What does turning do to a length, and which layouts has a head of
    2 numbers?"""
    return ["A", "B", "F"]


def blind_everything():
    """Two of them do see it. Look for tests in which query and key stand at different places and have many pairs."""
    return list("ABCDEFG")


def blind_the_opposite():
    """These two are the tests that see it. Asked for are those that pass although the layouts are mixed up."""
    return ["C", "G"]


def blind_in_numbers():
    """These are numbers. Asked for are the letters of the tests, each in quotes, such as "A"."""
    return [1, 2, 4, 5, 6]


BLIND_TESTS = Exercise(
    id="blind_tests",
    title="Tests that can't see it",
    difficulty=2,
    minutes=9,
    kind="diagnose",
    contract="a list of the letters of the tests that pass although the layouts are mixed up.",
    cases=((),),
    tried="all seven tests",
    hints=(
        "A score compares a query with a key. It changes only if one of them is turned against the other.",
        "Halves pair number i with i + D/2. For D = 2, which pairs are there, and which are there for neighbours?",
        "Two of the seven see it.",
    ),
    solution=my_blind_tests,
    harness=letters,
    mistakes=(
        blind_only_place_zero,
        blind_without_the_same_place,
        blind_without_lengths,
        blind_without_small_heads,
        blind_without_one_token,
        blind_without_the_score_at_zero,
        blind_with_the_query_at_zero,
        blind_with_a_distance,
        blind_with_g_and_without_some,
        blind_only_equal_places,
        blind_everything,
        blind_the_opposite,
        blind_in_numbers,
    ),
)
