"""An exercise of lesson 10: what differs?"""

from lessons_lib.classroom.exercises import Exercise


def my_difference(one, other):
    pairs = {key: (one.get(key, "absent"), other.get(key, "absent")) for key in one | other}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def difference_with_none_for_absent(one, other):
    """It looks as if None stands where a config lacks a key: get(key) gives None there. The word is "absent", and
    get(key, "absent") gives it."""
    pairs = {key: (one.get(key), other.get(key)) for key in one | other}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def difference_with_none_as_absent(one, other):
    """It looks as if None and absent are taken for the same. What a key means by being absent belongs to the family, so
    here they differ: (None, "absent")."""
    found = {key: (one.get(key, "absent"), other.get(key, "absent")) for key in one | other}
    return {key: pair for key, pair in found.items() if one.get(key) != other.get(key)}


def difference_of_the_first_keys(one, other):
    """It looks as if only the keys of the first are looked at. A key that only the second has is a difference too."""
    return {key: pair for key, pair in my_difference(one, other).items() if key in one}


def difference_of_shared_keys(one, other):
    """It looks as if only keys that both have are looked at. One that a config lacks counts as "absent" there."""
    return {key: pair for key, pair in my_difference(one, other).items() if key in one and key in other}


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
    """It looks as if None, zero and false count as missing. They are values: ask whether the key is there."""
    pairs = {key: (one.get(key) or "absent", other.get(key) or "absent") for key in one | other}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def difference_in_a_set(one, other):
    """A set of items works until a value is a list, and a list can't be in a set. Go through the keys."""
    keys = {key for key, _ in set(one.items()) ^ set(other.items())}
    return {key: (one.get(key, "absent"), other.get(key, "absent")) for key in keys}


def difference_of_texts(one, other):
    """It looks as if the values are compared as text, or by their kind too. 10000 and 10000.0 are one number: !=
    compares the values themselves."""
    pairs = {key: (one.get(key, "absent"), other.get(key, "absent")) for key in one | other}
    return {key: pair for key, pair in pairs.items() if str(pair[0]) != str(pair[1])}


def difference_without_order(one, other):
    """It looks as if the order of a list is not looked at. Two lists are equal if they have the same items in the same
    order."""
    found = my_difference(one, other)
    return {key: pair for key, pair in found.items() if not (_lists(*pair) and set(pair[0]) == set(pair[1]))}


def _lists(*values):
    return all(isinstance(value, list) for value in values)


def difference_where_empty_is_empty(one, other):
    """It looks as if None, zero and false are taken for one another. None beside 0 is a difference."""
    return {key: pair for key, pair in my_difference(one, other).items() if any(pair)}


CONFIG_DIFFERENCE = Exercise(
    id="config_difference",
    title="What differs?",
    difficulty=1,
    minutes=8,
    contract="my_difference(one, other): two configs as dicts to a dict: for each key on which they differ, the pair "
    '(value in one, value in other). A key that one of them lacks has the value "absent" there. None is a value like '
    'any other: None beside a lacking key is a difference, (None, "absent"). Values may be lists. Equal is what == '
    "calls equal. The order of the keys does not count.",
    cases=(
        ({"hidden_size": 8}, {"hidden_size": 8}),
        ({"hidden_size": 8, "num_hidden_layers": 2}, {"hidden_size": 9, "num_hidden_layers": 2}),
        ({"hidden_act": "silu"}, {"hidden_act": "silu", "sliding_window": 16}),
        ({"rope_scaling": None}, {}),
        ({"head_dim": 4}, {"head_dim": 4, "sliding_window": None}),
        ({"sliding_window": None, "hidden_size": 8}, {"sliding_window": 16, "hidden_size": 8}),
        ({"rope_theta": 500.0, "hidden_act": "silu"}, {"hidden_act": "gelu"}),
        ({"attention_bias": False, "hidden_size": 8}, {"hidden_size": 8, "bos_token_id": 0}),
        ({"eos_token_id": [1, 2], "rope_scaling": None}, {"eos_token_id": [1, 3], "rope_scaling": None}),
        ({"eos_token_id": [1, 2], "hidden_size": 4}, {"hidden_size": 5, "eos_token_id": [1, 2]}),
        ({"rope_theta": 10000, "hidden_size": 4}, {"rope_theta": 10000.0, "hidden_size": 5}),
        ({"eos_token_id": [1, 2], "bad_words_ids": [4, 5]}, {"eos_token_id": [2, 1], "bad_words_ids": [6, 5]}),
        ({"pad_token_id": 0, "bos_token_id": None}, {"pad_token_id": None, "bos_token_id": None}),
        ({}, {"hidden_size": 4}),
        ({}, {}),
    ),
    tried="equal and different values, keys that one of them lacks, None beside absent and beside zero, false, a "
    "number written in two ways, lists, and nothing at all",
    hints=(
        "Which keys have to be looked at? All that stand in either: one | other has them.",
        'one.get(key, "absent") gives the value, None included, or the word where there is no such key.',
        "Keep a key where the two values are not equal.",
    ),
    solution=my_difference,
    mistakes=(
        difference_with_none_for_absent,
        difference_with_none_as_absent,
        difference_of_the_first_keys,
        difference_of_shared_keys,
        difference_of_missing_keys,
        difference_with_equal_ones,
        difference_swapped,
        difference_new_values,
        difference_by_truth,
        difference_in_a_set,
        difference_of_texts,
        difference_without_order,
        difference_where_empty_is_empty,
    ),
)
