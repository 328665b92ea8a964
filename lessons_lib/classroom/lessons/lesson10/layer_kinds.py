"""An exercise of lesson 10: which layers slide?"""

from lessons_lib.classroom.exercises import Exercise

FULL, SLIDING = "full_attention", "sliding_attention"


def my_layer_kinds(config):
    layers = config["num_hidden_layers"]
    if "layer_types" in config:
        return list(config["layer_types"])
    if "sliding_window" not in config:
        return ["full_attention"] * layers
    if "sliding_window_pattern" not in config:
        return ["sliding_attention"] * layers
    n = config["sliding_window_pattern"]
    return ["sliding_attention" if (i + 1) % n else "full_attention" for i in range(layers)]


def without(config, *keys):
    """A config that lacks some keys."""
    return {key: value for key, value in config.items() if key not in keys}


def kinds_first_of_each_n(config):
    """It looks as if the first of each n is full. It is the last: layers n - 1, 2 n - 1 and so on, counted from 0."""
    kinds = my_layer_kinds(config)
    if kinds == my_layer_kinds(without(config, "sliding_window_pattern")):
        return kinds
    return [SLIDING if i % config["sliding_window_pattern"] else FULL for i in range(config["num_hidden_layers"])]


def kinds_swapped(config):
    """It looks as if sliding and full are the wrong way round."""
    return [FULL if kind == SLIDING else SLIDING for kind in my_layer_kinds(config)]


def kinds_one_of_n_slides(config):
    """It looks as if every n-th layer slides and the others are full. It is the other way round."""
    kinds = my_layer_kinds(config)
    patterned = len(set(kinds)) > 1 and "layer_types" not in config
    return [FULL if kind == SLIDING else SLIDING for kind in kinds] if patterned else kinds


def kinds_without_pattern(config):
    """It looks as if the pattern is not read: with one, every n-th layer is full."""
    return my_layer_kinds(without(config, "sliding_window_pattern"))


def kinds_without_explicit(config):
    """It looks as if `layer_types` is not read. Where a file lists the layers, the list counts."""
    return my_layer_kinds(without(config, "layer_types"))


def kinds_without_window(config):
    """It looks as if layers slide although there is no window. Without `sliding_window` all are full."""
    return my_layer_kinds({"sliding_window": 1} | config)


def kinds_never_slide_alone(config):
    """It looks as if a window without a pattern is ignored. Then all layers slide."""
    kinds = my_layer_kinds(config)
    return kinds if "sliding_window_pattern" in config or "layer_types" in config else [FULL] * len(kinds)


LAYER_KINDS = Exercise(
    id="layer_kinds",
    title="Which layers slide?",
    difficulty=2,
    minutes=10,
    contract="A dict with num_hidden_layers and perhaps sliding_window, sliding_window_pattern and layer_types to a "
    "list with the kind of each layer.",
    cases=(
        ({"num_hidden_layers": 2},),
        ({"num_hidden_layers": 3, "sliding_window": 8},),
        ({"num_hidden_layers": 4, "sliding_window": 8, "sliding_window_pattern": 2},),
        ({"num_hidden_layers": 7, "sliding_window": 8, "sliding_window_pattern": 3},),
        ({"num_hidden_layers": 3, "sliding_window_pattern": 3},),
        ({"num_hidden_layers": 3, "sliding_window": 8, "layer_types": [FULL, SLIDING, SLIDING]},),
        ({"num_hidden_layers": 2, "layer_types": [SLIDING, FULL]},),
        ({"num_hidden_layers": 2, "sliding_window": 8, "sliding_window_pattern": 2, "layer_types": [FULL, SLIDING]},),
    ),
    tried="no window, one for all, every second and third layer full, a pattern without a window, and lists",
    hints=(
        "Four cases, in the order of the text. The first that applies is the answer.",
        '"layer_types" in config asks whether the key is there.',
        "Layer i, counted from 0, is full if i + 1 can be divided by n.",
    ),
    solution=my_layer_kinds,
    mistakes=(
        kinds_first_of_each_n,
        kinds_swapped,
        kinds_one_of_n_slides,
        kinds_without_pattern,
        kinds_without_explicit,
        kinds_without_window,
        kinds_never_slide_alone,
    ),
)
