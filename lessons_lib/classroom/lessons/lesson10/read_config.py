"""An exercise of lesson 10: read a foreign config."""

from lessons_lib.classroom.exercises import Exercise


def my_read(values, names, defaults):
    meant = defaults | values
    fields = {names[key]: value for key, value in meant.items() if key in names}
    return fields, sorted(key for key in values if key not in names)


def read_without_defaults(values, names, defaults):
    """It looks as if absent keys are left out. Where a key has a default, being absent means that."""
    return my_read(values, names, {})


def read_defaults_first(values, names, defaults):
    """It looks as if the defaults win over what the file says. They count only where a key is absent."""
    return my_read(values, names, defaults)[0] | my_read(defaults, names, {})[0], my_read(values, names, {})[1]


def read_a_default_as_an_excuse(values, names, defaults):
    """It looks as if a key that has a default passes in silence, though no field of ours takes it. The file says
    something that your model does not read: it belongs on the list."""
    fields, unknown = my_read(values, names, defaults)
    return fields, [key for key in unknown if key not in defaults]


def read_unless_it_is_the_default(values, names, defaults):
    """It looks as if an unknown key passes where its value is the default. Perhaps that is harmless; whoever knows the
    family may say so. The contract asks for every key that stands in the file and not in names."""
    fields, unknown = my_read(values, names, defaults)
    return fields, [key for key in unknown if key not in defaults or values[key] != defaults[key]]


def read_without_none(values, names, defaults):
    """It looks as if None counts as absent. The file has the key, so its value counts, None too."""
    told = {key: value for key, value in values.items() if value is not None}
    return my_read(told, names, defaults)[0], my_read(values, names, {})[1]


def read_none_where_nothing_is_said(values, names, defaults):
    """It looks as if a key without a value and without a default gets the field None. It gets no field: whether it may
    be missing, somebody else decides."""
    meant = defaults | values
    return {ours: meant.get(key) for key, ours in names.items()}, my_read(values, names, {})[1]


def read_without_none_as_default(values, names, defaults):
    """It looks as if a default of None gives no field. A key that is absent then means None: ask whether the key is in
    defaults, and not what its default is."""
    return my_read(values, names, {key: value for key, value in defaults.items() if value is not None})


def read_without_false_as_default(values, names, defaults):
    """It looks as if a default of None, False or 0 gives no field. A key that is absent then means just that: ask
    whether the key is in defaults, and not what its default is."""
    return my_read(values, names, {key: value for key, value in defaults.items() if value})


def read_our_names_as_known(values, names, defaults):
    """It looks as if a key that is called as a field of ours passes in silence. This family has no such key: nothing
    reads it, so it belongs on the list."""
    fields, unknown = my_read(values, names, defaults)
    return fields, [key for key in unknown if key not in names.values()]


def read_our_names_alone_as_known(values, names, defaults):
    """It looks as if the file's keys are sought among the names of our fields. names goes from the file's to ours, so a
    key is known if it is in names."""
    return my_read(values, names, defaults)[0], sorted(key for key in values if key not in names.values())


def read_fields_alone(values, names, defaults):
    """It looks as if only the fields are returned. A pair is asked for: the fields, and a list of unknown keys."""
    return my_read(values, names, defaults)[0]


def read_by_truth(values, names, defaults):
    """It looks as if a value of zero or false is replaced by the default. It was said, so it counts: ask whether the
    key is there."""
    told = {key: value for key, value in values.items() if value}
    return my_read(told, names, defaults)[0], my_read(values, names, {})[1]


def read_without_unknown(values, names, defaults):
    """It looks as if unknown keys pass in silence. They are the second result."""
    return my_read(values, names, defaults)[0], []


def read_keeps_their_names(values, names, defaults):
    """It looks as if the fields still have the file's names. `names` says what we call them."""
    return {key: value for key, value in (defaults | values).items() if key in names}, my_read(values, names, {})[1]


def read_takes_unknown_in(values, names, defaults):
    """It looks as if keys without a field of ours were taken in all the same. They belong on the list only."""
    fields, unknown = my_read(values, names, defaults)
    return fields | {key: values[key] for key in unknown}, unknown


def read_unknown_defaults(values, names, defaults):
    """It looks as if keys that stand only in the defaults are called unknown. The list is about the file."""
    return my_read(values, names, defaults)[0], sorted(key for key in defaults | values if key not in names)


def read_unsorted(values, names, defaults):
    """It looks as if the unknown keys are in the file's order. Sort them, so that two files can be compared."""
    return my_read(values, names, defaults)[0], [key for key in values if key not in names]


def read_backwards(values, names, defaults):
    """It looks as if the unknown keys are in the file's order, backwards. To sort is to put them by the alphabet."""
    return my_read(values, names, defaults)[0], [key for key in values if key not in names][::-1]


GPT_NAMES = {"n_embd": "hidden_size", "n_head": "num_attention_heads", "tie": "tie_word_embeddings", "bos": "bos"}


READ_CONFIG = Exercise(
    id="read_config",
    title="Read a foreign config",
    difficulty=2,
    minutes=12,
    kind="transfer",
    contract="my_read(values, names, defaults): values of a file, names from its keys to our fields, defaults from its "
    "keys to what they mean by being absent, to a pair: a dict of our fields, and a sorted list of all keys that stand "
    "in values and not in names, whatever their value and whether they have a default or not. A key that is there "
    "counts with its value, None, False and 0 included, and so does a default. A key of names without a value and "
    "without a default gets no field.",
    cases=(
        ({"n_embd": 8}, {"n_embd": "hidden_size"}, {}),
        ({"hidden_size": 8}, {"n_embd": "hidden_size"}, {}),
        ({"n_embd": 8, "n_head": 2}, GPT_NAMES, {"tie": True}),
        ({"n_embd": 8}, GPT_NAMES, {"bos": None, "tie": False}),
        ({"dropout": 0.3}, {}, {"dropout": 0.1}),
        ({"n_embd": 8, "tie": False, "bos": 0}, GPT_NAMES, {"tie": True, "bos": 7}),
        ({"n_embd": 8, "bos": None}, GPT_NAMES, {"bos": 7}),
        ({"zoom": 4, "n_embd": 8, "blur": 2.5}, GPT_NAMES, {}),
        ({"zoom": 4, "blur": 2.5, "n_embd": 8, "mix": 1}, GPT_NAMES, {}),
        ({"n_head": 3, "scale": None, "cap": 0}, GPT_NAMES, {"scale": 2.0, "cap": 0}),
        ({"n_head": 3}, {"n_head": "num_attention_heads"}, {"n_head": 12, "dropout": 0.1}),
        ({}, GPT_NAMES, {}),
    ),
    tried="a translated name, defaults, None, false and zero beside a default and as one, unknown keys with a default "
    "and without, one with the name of a field, a default for a key that has no field, and an empty file",
    hints=(
        "First what the file means: the defaults, overwritten by what it says. One sign lays a dict over another.",
        "defaults | values is what it means. Then translate: names[key] for each key of that which names knows.",
        "Unknown are the keys of values that names lacks; the defaults have no say in that. sorted gives a list.",
    ),
    solution=my_read,
    mistakes=(
        read_a_default_as_an_excuse,
        read_unless_it_is_the_default,
        read_without_none,
        read_none_where_nothing_is_said,
        read_without_none_as_default,
        read_without_false_as_default,
        read_our_names_as_known,
        read_our_names_alone_as_known,
        read_fields_alone,
        read_without_defaults,
        read_defaults_first,
        read_by_truth,
        read_without_unknown,
        read_keeps_their_names,
        read_takes_unknown_in,
        read_unknown_defaults,
        read_unsorted,
        read_backwards,
    ),
)
