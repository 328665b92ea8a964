"""An exercise of lesson 10: what differs?"""

from lessons_lib.classroom.exercises import Exercise


def my_difference(one, other):
    pairs = {key: (one.get(key, "absent"), other.get(key, "absent")) for key in one | other}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def difference_of_the_first_keys(one, other):
    """It looks as if only the keys of the first are looked at. A key that only the second has is a difference too."""
    return {key: pair for key, pair in my_difference(one, other).items() if key in one}


def difference_of_shared_keys(one, other):
    """It looks as if only keys that both have are looked at. One that a config lacks counts as "absent" there."""
    return {key: pair for key, pair in my_difference(one, other).items() if "absent" not in pair}


def difference_of_missing_keys(one, other):
    """It looks as if only missing keys are found. Keys that both have may differ in their value."""
    return {key: pair for key, pair in my_difference(one, other).items() if "absent" in pair}


def difference_with_equal_ones(one, other):
    """It looks as if equal values are in the result too. Leave out the keys on which both agree."""
    return {key: (one.get(key, "absent"), other.get(key, "absent")) for key in one | other}


def difference_swapped(one, other):
    """It looks as if the pairs are the wrong way round: first what the one says, then the other."""
    return {key: pair[::-1] for key, pair in my_difference(one, other).items()}


def difference_new_values(one, other):
    """It looks as if only the second's values are returned. Each key needs the pair of both."""
    return {key: pair[1] for key, pair in my_difference(one, other).items()}


def difference_by_truth(one, other):
    """It looks as if zero and false count as missing. They are values: ask whether the key is there."""
    pairs = {key: (one.get(key) or "absent", other.get(key) or "absent") for key in one | other}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


CONFIG_DIFFERENCE = Exercise(
    id="config_difference",
    title="What differs?",
    difficulty=1,
    minutes=6,
    contract='Two dicts to a dict: for each key on which they differ, (value in one, value in other); "absent" where a '
    "config lacks the key.",
    cases=(
        ({"hidden_size": 8}, {"hidden_size": 8}),
        ({"hidden_size": 8, "num_hidden_layers": 2}, {"hidden_size": 9, "num_hidden_layers": 2}),
        ({"hidden_act": "silu"}, {"hidden_act": "silu", "sliding_window": 16}),
        ({"rope_theta": 500.0, "hidden_act": "silu"}, {"hidden_act": "gelu"}),
        ({"attention_bias": False, "hidden_size": 8}, {"hidden_size": 8, "bos_token_id": 0}),
        ({}, {"hidden_size": 4}),
    ),
    tried="equal and different values, keys that one of them lacks, zero and false",
    hints=(
        "Which keys have to be looked at? All that stand in either: one | other has them.",
        'one.get(key, "absent") gives the value, or the word where there is none.',
        "Keep a key where the two values are not equal.",
    ),
    solution=my_difference,
    mistakes=(
        difference_of_the_first_keys,
        difference_of_shared_keys,
        difference_of_missing_keys,
        difference_with_equal_ones,
        difference_swapped,
        difference_new_values,
        difference_by_truth,
    ),
)
