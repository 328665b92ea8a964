"""An exercise of lesson 10: how much is kept?"""

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson10.layer_kinds import without


def my_kept(config, tokens):
    layers, heads = config["num_hidden_layers"], config["num_attention_heads"]
    kept = min(tokens, config.get("sliding_window", tokens))
    if "kv_lora_rank" in config:
        return layers * kept * (config["kv_lora_rank"] + config["qk_rope_head_dim"])
    width = config.get("head_dim", config["hidden_size"] // heads)
    return layers * kept * 2 * config.get("num_key_value_heads", heads) * width


def kept_with_all_heads(config, tokens):
    """It looks as if every query head keeps keys of its own. Where `num_key_value_heads` is given, so many are kept."""
    return my_kept(without(config, "num_key_value_heads"), tokens)


def kept_with_computed_width(config, tokens):
    """It looks as if the width of a head is always computed. Where `head_dim` is given, it counts."""
    return my_kept(without(config, "head_dim"), tokens)


def kept_keys_only(config, tokens):
    """It looks as if only keys are counted. Values are kept too."""
    return my_kept(config, tokens) // (1 if "kv_lora_rank" in config else 2)


def kept_latents_twice(config, tokens):
    """It looks as if latents are counted twice. Keys and values are both made from the same one."""
    return my_kept(config, tokens) * (2 if "kv_lora_rank" in config else 1)


def kept_latent_alone(config, tokens):
    """It looks as if the turned key is missing. It can't be made from the latent, so it is kept beside it."""
    return my_kept(config | {"qk_rope_head_dim": 0}, tokens)


def kept_latent_for_each_head(config, tokens):
    """It looks as if every head keeps its latent. One serves all heads; that is the point of it."""
    return my_kept(config, tokens) * (config["num_attention_heads"] if "kv_lora_rank" in config else 1)


def kept_without_window(config, tokens):
    """It looks as if the window is not read. With one, no layer keeps more tokens than that."""
    return my_kept(without(config, "sliding_window"), tokens)


def kept_always_the_window(config, tokens):
    """It looks as if a text shorter than the window fills it all the same. No more is kept than was read."""
    return my_kept(config, config.get("sliding_window", tokens))


def kept_in_one_layer(config, tokens):
    """It looks as if one layer is counted. Every layer keeps its own."""
    return my_kept(config | {"num_hidden_layers": 1}, tokens)


def kept_of_ordinary_keys(config, tokens):
    """It looks as if latents are not looked for. Where there is a `kv_lora_rank`, keys and values are not kept."""
    return my_kept(without(config, "kv_lora_rank"), tokens)


SMALL = {"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 12}


NUMBERS_KEPT = Exercise(
    id="numbers_kept",
    title="How much is kept?",
    difficulty=2,
    minutes=12,
    contract="A config as a dict and a number of tokens to how many numbers the cache holds in all layers.",
    cases=(
        (SMALL, 1),
        (SMALL | {"num_key_value_heads": 2}, 5),
        (SMALL | {"head_dim": 5, "num_key_value_heads": 1}, 3),
        (SMALL | {"head_dim": 5}, 2),
        (SMALL | {"sliding_window": 4}, 3),
        (SMALL | {"sliding_window": 4}, 9),
        (SMALL | {"kv_lora_rank": 6, "qk_rope_head_dim": 2}, 7),
        ({"num_hidden_layers": 61, "num_attention_heads": 128, "num_key_value_heads": 128, "hidden_size": 7168}
         | {"kv_lora_rank": 512, "qk_rope_head_dim": 64}, 1000),
    ),
    tried="a head each, shared heads, a width of its own, a window from both sides, latents, and DeepSeek V3",
    hints=(
        "How many tokens are kept first: all, or at most the window.",
        "A latent and a turned key: kv_lora_rank + qk_rope_head_dim numbers, for all heads together.",
        "Otherwise 2 * heads * width. config.get(key, other) gives the other where the key is absent.",
    ),
    solution=my_kept,
    mistakes=(
        kept_with_all_heads,
        kept_with_computed_width,
        kept_keys_only,
        kept_latents_twice,
        kept_latent_alone,
        kept_latent_for_each_head,
        kept_without_window,
        kept_always_the_window,
        kept_in_one_layer,
        kept_of_ordinary_keys,
    ),
)  # fmt: skip
