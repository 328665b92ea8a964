"""An exercise of lesson 10: how much is kept?"""

from lessons_lib.classroom.exercises import Exercise


def my_kept(config, tokens):
    said = {key: value for key, value in config.items() if value is not None}
    layers, heads = said["num_hidden_layers"], said["num_attention_heads"]
    if "kv_lora_rank" in said:
        each = said["kv_lora_rank"] + said["qk_rope_head_dim"]
    else:
        width = said.get("head_dim", said["hidden_size"] // heads)
        each = 2 * said.get("num_key_value_heads", heads) * width
    kinds = said.get("layer_types", ["sliding_attention"] * layers)
    window = said.get("sliding_window", tokens)
    return sum(each * (min(tokens, window) if kind == "sliding_attention" else tokens) for kind in kinds)


SLIDES, FULL = "sliding_attention", "full_attention"


def _each(config):
    """How many numbers a token leaves in one layer."""
    return my_kept(without(config, "sliding_window", "layer_types") | {"num_hidden_layers": 1}, 1)


def _sliding(config):
    """How many layers slide, if there is a window."""
    return (config.get("layer_types") or [SLIDES] * config["num_hidden_layers"]).count(SLIDES)


def without(config, *keys):
    """A config that lacks some keys."""
    return {key: value for key, value in config.items() if key not in keys}


def kept_with_all_heads(config, tokens):
    """It looks as if every query head keeps keys of its own. Where `num_key_value_heads` is given, so many are kept."""
    return my_kept(without(config, "num_key_value_heads"), tokens)


def kept_with_computed_width(config, tokens):
    """It looks as if the width of a head is always computed. Where `head_dim` is given, it counts."""
    return my_kept(without(config, "head_dim"), tokens)


def kept_keys_only(config, tokens):
    """It looks as if only keys are counted. Values are kept too."""
    return my_kept(config, tokens) // (1 if config.get("kv_lora_rank") else 2)


def kept_latents_twice(config, tokens):
    """It looks as if latents are counted twice. Keys and values are both made from the same one."""
    return my_kept(config, tokens) * (2 if config.get("kv_lora_rank") else 1)


def kept_latent_alone(config, tokens):
    """It looks as if the turned key is missing. It can't be made from the latent, so it is kept beside it."""
    return my_kept(config | {"qk_rope_head_dim": 0}, tokens)


def kept_turned_key_for_each_head(config, tokens):
    """It looks as if every head keeps a turned key. One serves all heads, as the latent does."""
    turned = config.get("qk_rope_head_dim", 0) * config["num_attention_heads"]
    return my_kept(config | {"qk_rope_head_dim": turned}, tokens)


def kept_latent_for_each_head(config, tokens):
    """It looks as if every head keeps its latent. One serves all heads; that is the point of it."""
    return my_kept(config, tokens) * (config["num_attention_heads"] if config.get("kv_lora_rank") else 1)


def kept_without_window(config, tokens):
    """It looks as if the window is not read. A sliding layer keeps no more tokens than that."""
    return my_kept(without(config, "sliding_window"), tokens)


def kept_always_the_window(config, tokens):
    """It looks as if a text shorter than the window fills it all the same. No more is kept than was read."""
    short = config["sliding_window"] - tokens if config.get("sliding_window") else 0
    return my_kept(config, tokens) + max(0, short) * _sliding(config) * _each(config)


def kept_with_a_window_in_all_layers(config, tokens):
    """It looks as if all layers slide. Where `layer_types` is given, only the sliding ones forget."""
    return my_kept(without(config, "layer_types"), tokens)


def kept_where_nothing_slides(config, tokens):
    """It looks as if the full layers forget and the sliding ones do not. It is the other way round."""
    other = {SLIDES: FULL, FULL: SLIDES}
    kinds = config.get("layer_types")
    return my_kept(config | {"layer_types": [other[kind] for kind in kinds]} if kinds else config, tokens)


def kept_one_less_than_the_window(config, tokens):
    """It looks as if a sliding layer keeps one token less than its window. The token itself is in the window, and so in
    the cache: at most sliding_window tokens."""
    window = config.get("sliding_window")
    return my_kept(config | {"sliding_window": window - 1} if window else config, tokens)


def kept_one_more_than_the_window(config, tokens):
    """It looks as if a sliding layer keeps one token more than its window. The window counts the token itself too: at
    most sliding_window tokens."""
    window = config.get("sliding_window")
    return my_kept(config | {"sliding_window": window + 1} if window else config, tokens)


def kept_latents_without_window(config, tokens):
    """It looks as if the window is not read where latents are kept. A sliding layer keeps at most sliding_window
    tokens, whatever a token leaves."""
    return my_kept(without(config, "sliding_window") if config.get("kv_lora_rank") else config, tokens)


def kept_in_one_layer(config, tokens):
    """It looks as if one layer is counted. Every layer keeps its own."""
    return my_kept(without(config, "layer_types") | {"num_hidden_layers": 1}, tokens)


def kept_of_ordinary_keys(config, tokens):
    """It looks as if latents are not looked for. Where there is a `kv_lora_rank`, keys and values are not kept."""
    return my_kept(without(config, "kv_lora_rank"), tokens)


def kept_with_none_as_a_value(config, tokens):
    """None can't be counted with. A value of None means here what being absent means, so asking whether the key is
    there is not enough."""
    layers, heads = config["num_hidden_layers"], config["num_attention_heads"]
    kinds = config.get("layer_types", [SLIDES] * layers)
    window = config.get("sliding_window", tokens)
    kept = sum(min(tokens, window) if kind == SLIDES else tokens for kind in kinds)
    if "kv_lora_rank" in config:
        return kept * (config["kv_lora_rank"] + config["qk_rope_head_dim"])
    width = config.get("head_dim", config["hidden_size"] // heads)
    return kept * 2 * config.get("num_key_value_heads", heads) * width


def kept_latents_of_none(config, tokens):
    """A `kv_lora_rank` of None means that there are no latents, as if the key were absent. So asking whether the key is
    there is not enough."""
    if "kv_lora_rank" in config:
        config = config | {"qk_rope_head_dim": config["qk_rope_head_dim"]}
    return my_kept(config, tokens)


def kept_with_some_none_as_a_value(config, tokens):
    """None can't be counted with. A value of None means here what being absent means, in num_key_value_heads and
    layer_types too, so asking whether the key is there is not enough."""
    heads = config["num_attention_heads"]
    told = {key: value for key, value in config.items() if value is not None}
    shared = config.get("num_key_value_heads", heads)
    each = 2 * shared * told.get("head_dim", config["hidden_size"] // heads)
    kinds = config.get("layer_types", [SLIDES] * config["num_hidden_layers"])
    each = each if "kv_lora_rank" not in told else _each(config)
    window = told.get("sliding_window", tokens)
    return sum(each * (min(tokens, window) if kind == SLIDES else tokens) for kind in kinds)


SMALL = {"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 12}

NUMBERS_KEPT = Exercise(
    id="numbers_kept",
    title="How much is kept?",
    difficulty=2,
    minutes=15,
    kind="transfer",
    contract="my_kept(config, tokens): a config as a dict and the length of a text to how many numbers its cache holds "
    "in all its num_hidden_layers layers. Where there is a kv_lora_rank, a token leaves a latent of that size and a "
    "turned key of qk_rope_head_dim numbers. Otherwise keys and values: num_key_value_heads heads (absent: "
    "num_attention_heads) of head_dim numbers (absent: hidden_size / num_attention_heads). A sliding layer keeps "
    'at most sliding_window tokens. Where there is a layer_types, a list with "sliding_attention" or '
    '"full_attention" for each layer, it says which slide; otherwise all do if there is a sliding_window, and '
    "none if not. A value of None means the same as an absent key.",
    cases=(
        (SMALL | {"num_hidden_layers": 3}, 1),
        (SMALL | {"num_key_value_heads": 2}, 5),
        (SMALL | {"head_dim": 5, "num_key_value_heads": 1}, 3),
        (SMALL | {"head_dim": 5}, 2),
        (SMALL | {"head_dim": None, "sliding_window": None, "kv_lora_rank": None}, 3),
        (SMALL | {"sliding_window": 4}, 3),
        (SMALL | {"sliding_window": 4}, 9),
        (SMALL | {"num_hidden_layers": 3, "sliding_window": 4, "layer_types": [SLIDES, FULL, SLIDES]}, 7),
        (SMALL | {"sliding_window": 4, "layer_types": [FULL, FULL]}, 7),
        (SMALL | {"num_key_value_heads": None, "sliding_window": 4, "layer_types": None}, 6),
        (SMALL | {"kv_lora_rank": 6, "qk_rope_head_dim": 2}, 7),
        (SMALL | {"kv_lora_rank": 6, "qk_rope_head_dim": 2, "sliding_window": 4, "layer_types": [SLIDES, FULL]}, 7),
        ({"num_hidden_layers": 61, "num_attention_heads": 128, "num_key_value_heads": 128, "hidden_size": 7168}
         | {"kv_lora_rank": 512, "qk_rope_head_dim": 64}, 1000),
    ),
    tried="a head each, shared heads, a width of its own, None, a window from both sides, layers that differ, latents "
    "with a window and without, and DeepSeek V3",
    hints=(
        "How many numbers does one token leave in one layer? And how many tokens does each layer keep?",
        "{key: value for key, value in config.items() if value is not None} leaves out what means nothing.",
        "A latent and a turned key: kv_lora_rank + qk_rope_head_dim numbers, for all heads together. Otherwise 2 * "
        "heads * width. Then add up the layers: min(tokens, window) tokens in one that slides, all in one that does "
        "not.",
    ),
    solution=my_kept,
    mistakes=(
        kept_with_none_as_a_value,
        kept_with_some_none_as_a_value,
        kept_latents_of_none,
        kept_with_all_heads,
        kept_with_computed_width,
        kept_keys_only,
        kept_latents_twice,
        kept_latent_alone,
        kept_latent_for_each_head,
        kept_turned_key_for_each_head,
        kept_without_window,
        kept_always_the_window,
        kept_with_a_window_in_all_layers,
        kept_where_nothing_slides,
        kept_one_less_than_the_window,
        kept_one_more_than_the_window,
        kept_latents_without_window,
        kept_in_one_layer,
        kept_of_ordinary_keys,
    ),
)  # fmt: skip
