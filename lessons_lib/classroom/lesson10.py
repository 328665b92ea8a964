"""The disguises, the exercises and the quiz of lesson 10: reading configs, and the parts that separate the families.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

import re
from dataclasses import replace

import torch
from torch import Tensor

from lessons_lib import ModelConfig, Transformer
from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.family_tree import differing
from lessons_lib.classroom.questions import Question
from lessons_lib.config import costs

# The disguises of the lesson's first cell


def disguised(model: Transformer, **changes: object) -> Transformer:
    """The same model as another family: it shares the weights, its biases are zeros, its experts are copies."""
    with torch.device("meta"):
        other = Transformer(replace(model.config, **({"layer_types": None, "moe_layers": None} | changes)))
    own, wanted = model.state_dict(), {}
    for name, place in other.state_dict().items():
        source = re.sub(r"\.experts\.\d+", "", name)  # every expert is the one feed-forward network that there was
        if source in own:
            wanted[name] = own[source]
        elif name.endswith(".bias"):
            wanted[name] = torch.zeros(place.shape)
        else:  # a router: where all experts are alike it may send a token anywhere
            wanted[name] = torch.randn(place.shape, generator=torch.Generator().manual_seed(0))
    other.load_state_dict(wanted, assign=True)
    return other.eval()


def grid(*rows: tuple[float, ...]) -> Tensor:
    """A matrix from its rows."""
    return torch.tensor(rows, dtype=torch.float32)


# 1. what differs


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


# 2. which layers slide

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


# 3. softmax, then the best k


def my_shares(products, k):
    every = products.softmax(-1)
    best = every.topk(k, dim=-1)
    shares = torch.zeros_like(every).scatter(-1, best.indices, best.values)
    return shares / shares.sum(-1, keepdim=True)


def chosen(products: Tensor, k: int) -> Tensor:
    """True for the best k of each row."""
    return my_shares(products, k) > 0


def shares_not_divided(products, k):
    """It looks as if the shares of the chosen do not add up to 1: divide them by their sum."""
    return products.softmax(-1) * chosen(products, k)


def shares_of_all(products, k):
    """It looks as if nobody was left out. Experts that are not among the best k get 0."""
    return products.softmax(-1)


def shares_over_tokens(products, k):
    """It looks as if the softmax runs over the tokens. Each token weighs its experts: the last axis."""
    every = products.softmax(0) * chosen(products, k)
    return every / every.sum(-1, keepdim=True)


def shares_by_sigmoid(products, k):
    """It looks as if scores are made with sigmoid, as in DeepSeek V3. Here it is softmax."""
    every = products.sigmoid() * chosen(products, k)
    return every / every.sum(-1, keepdim=True)


def shares_of_products(products, k):
    """It looks as if the products themselves are shared out. They go through softmax first."""
    every = products * chosen(products, k)
    return every / every.sum(-1, keepdim=True)


def shares_alike(products, k):
    """It looks as if the chosen count alike. Each counts as its softmax says."""
    return chosen(products, k) / k


def shares_zero_before_softmax(products, k):
    """It looks as if the others were set to 0 before the softmax. A product of 0 is a score like any other: use minus
    infinity there, or take the best after the softmax."""
    return (products * chosen(products, k)).softmax(-1)


def shares_of_the_best(products, k):
    """It looks as if one expert is chosen for each token. There are k."""
    return my_shares(products, 1)


def shares_of_the_worst(products, k):
    """It looks as if the worst k are chosen. The largest products win."""
    every = products.softmax(-1) * chosen(-products, k)
    return every / every.sum(-1, keepdim=True)


SOFTMAX_TOP_K = Exercise(
    id="softmax_top_k",
    title="Softmax, then the best k",
    difficulty=2,
    minutes=10,
    contract="Products [N, E] and a whole number k to shares [N, E]: 0 for those not chosen, each row adds up to 1.",
    cases=(
        (grid((2, 1, 0, -1)), 2),
        (grid((2, 1, 0, -1)), 1),
        (grid((0, 3, 1), (2, -1, 2.5), (-3, -2, -1)), 2),
        (grid((0.5, 0, -0.5, 4, 3), (1, 2, 3, -4, 0)), 3),
        (grid((1, -1), (0, 2), (3, 0.5)), 2),
    ),
    tried="one token and several, one expert and all, and products below zero",
    hints=(
        "Softmax over the last axis first.",
        "topk gives values and places; scatter puts the values back among zeros.",
        "At the end divide each row by its sum, with keepdim=True.",
    ),
    solution=my_shares,
    mistakes=(
        shares_not_divided,
        shares_of_all,
        shares_over_tokens,
        shares_by_sigmoid,
        shares_of_products,
        shares_alike,
        shares_zero_before_softmax,
        shares_of_the_best,
        shares_of_the_worst,
    ),
)


# 4. how much is kept


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


# 5. a foreign config


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


GPT_NAMES = {"n_embd": "hidden_size", "n_head": "num_attention_heads", "tie": "tie_word_embeddings", "bos": "bos"}
READ_CONFIG = Exercise(
    id="read_config",
    title="Read a foreign config",
    difficulty=3,
    minutes=15,
    contract="values, names and defaults (dicts) to (dict of our fields, sorted list of the file's unknown keys).",
    cases=(
        ({"n_embd": 8}, {"n_embd": "hidden_size"}, {}),
        ({"n_embd": 8, "n_head": 2}, GPT_NAMES, {"tie": True}),
        ({"n_embd": 8, "tie": False, "bos": 0}, GPT_NAMES, {"tie": True, "bos": 7}),
        ({"zoom": 4, "n_embd": 8, "blur": 2.5}, GPT_NAMES, {}),
        ({"n_head": 3}, {"n_head": "num_attention_heads"}, {"n_head": 12, "dropout": 0.1}),
    ),
    tried="a translated name, a default, a false and a zero beside a default, two unknown keys, and a default for a "
    "key that has no field",
    hints=(
        "First what the file means: the defaults, overwritten by what it says. defaults | values does that.",
        "Then translate: names[key] for each key that names knows.",
        "Unknown are the keys of values, not of the defaults, that names lacks. sorted gives a list.",
    ),
    solution=my_read,
    mistakes=(
        read_without_defaults,
        read_defaults_first,
        read_by_truth,
        read_without_unknown,
        read_keeps_their_names,
        read_takes_unknown_in,
        read_unknown_defaults,
        read_unsorted,
    ),
)


# 6. absorb


def my_latent_scores(q, W, latents):
    by_head = W.reshape(q.shape[0], q.shape[1], -1)  # [H, D, R]
    at_latent = (q[:, :, None] * by_head).sum(1)  # [H, R]
    return at_latent @ latents.T  # [H, S]


def latent_scores_by_width(q, W, latents):
    """It looks as if the rows of the heads are interleaved. The first D rows belong to head 0, the next D to head 1."""
    by_head = W.reshape(q.shape[1], q.shape[0], -1).transpose(0, 1)  # [H, D, R]
    return torch.einsum("hd,hdr->hr", q, by_head) @ latents.T


def latent_scores_one_head(q, W, latents):
    """It looks as if all heads use the matrix of head 0. Each has D rows of its own."""
    return q @ W[: q.shape[1]] @ latents.T


def latent_scores_summed(q, W, latents):
    """It looks as if the heads were added together. Each head has a row of scores of its own."""
    return my_latent_scores(q, W, latents).sum(0)


def latent_scores_by_token(q, W, latents):
    """It looks as if rows and columns have changed places: one row for each head, one column for each token."""
    return my_latent_scores(q, W, latents).T


def latent_scores_as_shares(q, W, latents):
    """It looks as if the scores went through softmax. Scores are asked for."""
    return my_latent_scores(q, W, latents).softmax(-1)


def latent_scores_scaled(q, W, latents):
    """It looks as if the scores are divided by the root of D. Here they are not scaled."""
    return my_latent_scores(q, W, latents) / q.shape[1] ** 0.5


def latent_scores_keys(q, W, latents):
    """It looks as if you returned the query at the latent. It still has to meet the latents."""
    by_head = W.reshape(q.shape[0], q.shape[1], -1)  # [H, D, R]
    return torch.einsum("hd,hdr->hr", q, by_head)


LATENT_SCORES = Exercise(
    id="latent_scores",
    title="Absorb",
    difficulty=3,
    minutes=15,
    contract="q [H, D], W [H * D, R] (head 0 first) and latents [S, R] to scores [H, S], not scaled.",
    cases=(
        (grid((2, 1)), grid((1, 2), (0, 1)), grid((1, 1))),
        (grid((2, 1)), grid((1, 2), (0, 1)), grid((1, 1), (0, -1), (3, 2))),
        (grid((1, 0), (0, 2)), grid((1, 2, 0), (0, 1, 1), (3, 0, -1), (1, 1, 2)), grid((1, 1, 0), (0, -1, 2))),
        (
            grid((1, -1, 2), (0.5, 0, 3)),
            grid((1, 0), (0, 1), (2, -1), (1, 1), (-2, 0), (0, 3)),
            grid((1, 2), (0, 1), (-1, 1), (2, 2)),
        ),
    ),
    tried="one head as in the lesson, several tokens, and heads that differ",
    hints=(
        "Cut W into the matrices of the heads: reshape to [H, D, R].",
        "Bring each head's query to the latent: sum over D of q[h, d] * W[h, d, r]. That is [H, R].",
        "Then meet the latents: @ latents.T.",
    ),
    solution=my_latent_scores,
    mistakes=(
        latent_scores_by_width,
        latent_scores_one_head,
        latent_scores_summed,
        latent_scores_by_token,
        latent_scores_as_shares,
        latent_scores_scaled,
        latent_scores_keys,
    ),
)

EXERCISES = (CONFIG_DIFFERENCE, LAYER_KINDS, SOFTMAX_TOP_K, NUMBERS_KEPT, READ_CONFIG, LATENT_SCORES)


# The quiz


def apart_from_llama() -> str:
    llama = ModelConfig.preset("llama-3-8b")
    counts = {
        label: len(differing(llama, ModelConfig.preset(name)))
        for label, name in {
            "Mistral 7B v0.3": "mistral-7b-v0.3",
            "Qwen3 0.6B": "qwen3-0.6b",
            "Gemma 3 1B": "gemma-3-1b",
        }.items()
    }
    return min(counts, key=counts.get)


def bias_without_rotation() -> str:
    q, k, bias = torch.tensor([1.0, 2.0]), torch.eye(2), torch.tensor([3.0, -1.0])
    same = torch.allclose((k @ q).softmax(0), ((k + bias) @ q).softmax(0))
    return "None at all" if same else "It prefers some keys"


def share_of_the_best() -> str:
    return f"{float(my_shares(torch.tensor([[1.0, 3.0, 0.0, 2.0]]), 2).max()):.2f}"


def cache_of_deepseek() -> str:
    deepseek, llama = (
        costs.kv_cache_bytes(config, 1, bits=16) / config.num_hidden_layers
        for config in map(ModelConfig.preset, ("deepseek-v3", "llama-3.1-8b"))
    )
    return f"About {deepseek / llama:.0%} of it"


def active_of_mixtral() -> str:
    return f"About {ModelConfig.preset('mixtral-8x7b').num_active_parameters() / 1e9:.0f} billion"


QUIZ = (
    Question(
        "Which of these is the same program as Llama 3 8B, with other sizes?",
        {
            "Mistral 7B v0.3": "Not one switch differs. Only v0.1 has the window.",
            "Qwen3 0.6B": "It norms queries and keys, has heads of its own width and ties the head.",
            "Gemma 3 1B": "It is the model with the most differences of the three.",
        },
        apart_from_llama,
    ),
    Question(
        "A model without positions gets a bias on its keys. What does the bias do to the shares of attention?",
        {
            "It prefers some keys": "All scores of a query grow by the same number.",
            "None at all": "Every score of a query grows by q times b, and softmax forgets what all have in common.",
            "It makes all shares equal": "The gaps between the scores stay as they are.",
        },
        bias_without_rotation,
    ),
    Question(
        "A router gives the products 1, 3, 0 and 2, and the best two are chosen as in Mixtral. What is the share of "
        "the best?",
        {
            "0.60": "That is 3 / (3 + 2). The products go through softmax.",
            "0.64": "That is its share among all four. After choosing, the shares are divided by their sum.",
            "0.73": "Softmax of 3 and 2 alone: e / (e + 1).",
        },
        share_of_the_best,
    ),
    Question(
        "How many parameters of Mixtral 8x7B does one token meet?",
        {
            "About 7 billion": "Each token goes to two experts, and attention is not divided.",
            "About 13 billion": "Attention, embedding, head, router and two of eight experts in each layer.",
            "About 47 billion": "That is all of them; they must be in memory, but a token meets two of eight experts.",
        },
        active_of_mixtral,
    ),
    Question(
        "For one token and one layer, how large is the cache of DeepSeek V3 beside that of Llama 3.1 8B?",
        {
            "About 28% of it": "512 + 64 numbers beside 2 times 8 heads of 128.",
            "About 1600% of it": "So it would be if each of its 128 heads kept keys and values.",
            "About 25% of it": "That would leave out the turned key of 64 numbers.",
        },
        cache_of_deepseek,
    ),
    Question(
        "Why does latent attention keep a turned key beside the latent?",
        {
            "A latent is too short for positions": "Length is not the trouble; where the rotation stands is.",
            "A rotation between query and latent would be another matrix at every distance": "So it could not be "
            "absorbed once and for all.",
            "Keys of all heads must be equal": "They are made by different matrices and differ.",
        },
        "A rotation between query and latent would be another matrix at every distance",
    ),
    Question(
        "SmolLM2 passed for a Qwen2 and for a Mixtral with its weights as they are. Why could it not pass for a Qwen3?",
        {
            "Its heads have another width": "A field of the config says how wide heads are. That can be set.",
            "It is too small": "Sizes are no switches.",
            "Norming queries and keys changes what they say": "No weight of that norm gives back the lengths that "
            "it takes away.",
        },
        "Norming queries and keys changes what they say",
    ),
    Question(
        "A config.json has a key `logit_bias_scale` that your loader does not know. What now?",
        {
            "Skip it: the weights fit": "Weights fit whatever a setting says. It may change every number.",
            "Stop, and look it up in the model's paper or code": "Then rename it, fold it into the weights, or write "
            "the part; and compare numbers.",
            "Set it to its default": "You do not know it, so you do not know its default either.",
        },
        "Stop, and look it up in the model's paper or code",
    ),
)
