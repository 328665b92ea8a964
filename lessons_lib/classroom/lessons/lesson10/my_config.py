"""The building exercise of lesson 10: a family that the library does not know, opened by its config."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor

from lessons_lib import ModelConfig, Transformer
from lessons_lib.checkpoint.weights import fill
from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson10.shared import scattered
from lessons_lib.classroom.trials import Refused
from lessons_lib.config import costs

MOST = 1_000_000  # parameters of a model that is built; of larger ones they are only counted
SIZES = (
    *("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"),
    *("num_key_value_heads", "max_position_embeddings"),
)


def my_config(values):
    sizes = ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")
    sizes += ("num_key_value_heads", "max_position_embeddings")
    bias = values.get("use_bias", True)
    return {name: values[name] for name in sizes} | {
        "norm_type": "layer",
        "rms_norm_eps": values.get("norm_epsilon", 1e-5),
        "gated_mlp": False,
        "hidden_act": "gelu_pytorch_tanh",
        "attention_bias": bias,
        "attention_output_bias": bias,
        "mlp_bias": bias,
        "rope_theta": values.get("rope_theta", 10000.0),
        "sliding_window": values.get("sliding_window"),
        "tie_word_embeddings": values.get("tie_word_embeddings", True),
    }


def in_the_skeleton(answer: Callable, values: dict) -> dict[str, Any] | None:
    """What the library's model makes of a text with the family's weights, under the learner's config.

    Raises:
        Refused: for an answer of which no config can be made.
    """
    handed = dict(values)
    given = answer(handed)
    if handed != values:
        raise Refused("your code changed its input values; work on a copy")
    if given is None:
        return None
    if isinstance(given, Mapping):
        try:
            given = ModelConfig(**given)
        except (TypeError, ValueError) as error:
            raise Refused(f"ModelConfig can't be made of your fields: {error}") from None
    if not isinstance(given, ModelConfig):
        raise Refused("a dict of ModelConfig's fields is asked for, or a ModelConfig")
    window, context = given.sliding_window, given.max_position_embeddings
    felt = window is not None and window < context and "sliding_attention" in given.layer_types
    told = {"context": context, "window": window if felt else "none"}
    if costs.num_parameters(ModelConfig(**my_config(values))) > MOST:
        return told | {"parameters": costs.num_parameters(given)}
    right, weights, ids = family_model(json.dumps(values))
    with torch.device("meta"):
        shell = Transformer(given)
    if faults := tensors_that_do_not_fit(dict(shell.named_parameters()), weights):
        return told | {"tensors that do not fit": len(faults), "the first": faults[0]}
    ours = Transformer(given).eval()
    fill(ours, weights, "the family's file")
    with torch.no_grad():
        scores, expected = ours(ids)[0], right(ids)[0]  # [T, V]
    near = (scores - expected).abs().amax(-1) <= 1e-5 * expected.abs().max()  # [T], False for nan
    wrong = (~near).nonzero().flatten().tolist()
    gap = float((scores - expected).abs().max()) if wrong else 0.0
    return told | {
        "all tensors fit": True,
        "first token whose scores are off": wrong[0] if wrong else "none",
        "largest error of a score": float(f"{gap:.1e}"),
    }


def tensors_that_do_not_fit(
    places: Mapping[str, Tensor], weights: Mapping[str, Tensor], source: str = "the file"
) -> list[str]:
    """What is wrong with each tensor that a model lacks, has too much, or has in another shape.

    Args:
        places: the model's tensors, by name.
        weights: those that come.
        source: where they come from, in words.
    """
    found = [f"{name}: in {source}, and your model has no place for it" for name in weights if name not in places]
    found += [f"{name}: your model has it, {source} does not" for name in places if name not in weights]
    for name, place in places.items():
        if name in weights and place.shape != weights[name].shape:
            found.append(f"{name}: {list(weights[name].shape)} in {source}, {list(place.shape)} in your model")
    return found


@cache
def family_model(written: str) -> tuple[Transformer, dict[str, Tensor], Tensor]:
    """A small random model of the family, its tensors by our names, and a text [1, T] that is longer than its "
    "window."""
    model = Transformer(ModelConfig(**my_config(json.loads(written))))
    torch.manual_seed(4)
    scattered(model)
    weights = {name: tensor.detach() for name, tensor in model.named_parameters()}
    ids = torch.randint(model.config.vocab_size, (1, 23), generator=torch.Generator().manual_seed(5))
    return model, weights, ids


def _changed(values: dict, **fields: object) -> dict:
    return my_config(values) | fields


def config_with_rms_norm(values):
    """It looks as if the norms are RMSNorms. This family's are LayerNorms, with a bias of their own: `norm_type`."""
    return _changed(values, norm_type="rms")


def config_with_a_gate(values):
    """It looks as if the feed-forward network has a gate. Here it has two projections and GELU between: `gated_mlp`."""
    return _changed(values, gated_mlp=True)


def config_with_silu(values):
    """It looks as if the bend is Llama's SiLU. Here it is GELU, in the tanh form: `hidden_act`."""
    return _changed(values, hidden_act="silu")


def config_with_exact_gelu(values):
    """It looks as if the bend is the exact GELU. This family's is the tanh form, "gelu_pytorch_tanh". The two curves
    are nowhere further apart than half a thousandth, and it shows all the same."""
    return _changed(values, hidden_act="gelu")


def config_without_output_bias(values):
    """It looks as if the output projection of attention has no bias. With `use_bias` all projections have one."""
    return _changed(values, attention_output_bias=False)


def config_without_mlp_bias(values):
    """It looks as if the feed-forward network has no biases. With `use_bias` it has: `mlp_bias`."""
    return _changed(values, mlp_bias=False)


def config_without_biases(values):
    """It looks as if nothing has a bias. `use_bias` means true by being absent."""
    return _changed(values, attention_bias=False, attention_output_bias=False, mlp_bias=False)


def config_with_a_bias_only_if_said(values):
    """It looks as if a lacking `use_bias` means false. In this family it means true by being absent."""
    bias = values.get("use_bias", False)
    return _changed(values, attention_bias=bias, attention_output_bias=bias, mlp_bias=bias)


def config_always_with_biases(values):
    """It looks as if there are always biases. Where the file says `use_bias` is false, there are none."""
    return _changed(values, attention_bias=True, attention_output_bias=True, mlp_bias=True)


def config_untied(values):
    """It looks as if a head of its own is made where the file says nothing. In this family being absent means tied; our
    field's default is Llama's."""
    return _changed(values, tie_word_embeddings=values.get("tie_word_embeddings", False))


def config_always_tied(values):
    """It looks as if the head is always tied. It is unless the file says otherwise."""
    return _changed(values, tie_word_embeddings=True)


def config_with_a_fixed_epsilon(values):
    """It looks as if `norm_epsilon` is not read. Our field for it is `rms_norm_eps`, for LayerNorm too."""
    return _changed(values, rms_norm_eps=1e-5)


def config_with_a_fixed_base(values):
    """It looks as if `rope_theta` is not read: scores are right for token 0 and no other."""
    return _changed(values, rope_theta=10000.0)


def config_with_a_base_of_ten_thousand(values):
    """It looks as if the base is Llama 3's where the file says nothing. In this family it means 10,000 by being
    absent."""
    return _changed(values, rope_theta=values.get("rope_theta", 500000.0))


def config_without_window(values):
    """It looks as if `sliding_window` is not read: scores are right until the text is longer than the window."""
    return _changed(values, sliding_window=None)


def config_with_the_usual_window(values):
    """It looks as if there is a window where the file has none. No text that is shorter shows it, and every longer one
    would be cut: None and a lacking key mean no window here."""
    return _changed(values, sliding_window=values.get("sliding_window") or 4096)


def config_with_a_window_by_being_absent(values):
    """It looks as if a lacking `sliding_window` means a window. No text that is shorter shows it, and every longer one
    would be cut: in this family being absent means no window."""
    return _changed(values, sliding_window=values.get("sliding_window", 4096))


def config_with_a_shorter_window(values):
    """It looks as if the window is one token short. Ours counts the token itself, as the file's does."""
    return _changed(values, sliding_window=values["sliding_window"] - 1 if values.get("sliding_window") else None)


def config_with_the_epsilon_of_llama(values):
    """It looks as if a lacking `norm_epsilon` means 1e-6. In this family it means 1e-5 by being absent."""
    return _changed(values, rms_norm_eps=values.get("norm_epsilon", 1e-6))


def config_with_neighbours(values):
    """It looks as if neighbours turn together. This family turns halves: number i with i + D/2."""
    return _changed(values, rope_pairing="interleaved")


def config_with_a_head_each(values):
    """It looks as if every query head has keys of its own: read `num_key_value_heads`."""
    return {key: value for key, value in my_config(values).items() if key != "num_key_value_heads"}


def config_without_context(values):
    """It looks as if `max_position_embeddings` is not read: ours means 2,048 by being absent. Scores don't show it; the
    model would refuse longer texts."""
    return {key: value for key, value in my_config(values).items() if key != "max_position_embeddings"}


SMALL = {"model_type": "starcoder2", "vocab_size": 31, "hidden_size": 24, "intermediate_size": 40}
SMALL |= {"num_hidden_layers": 3, "num_attention_heads": 6, "num_key_value_heads": 2, "max_position_embeddings": 8192}
PUBLISHED = {"model_type": "starcoder2", "vocab_size": 49152, "hidden_size": 3072, "intermediate_size": 12288}
PUBLISHED |= {"num_hidden_layers": 30, "num_attention_heads": 24, "num_key_value_heads": 2}
PUBLISHED |= {"max_position_embeddings": 16384, "sliding_window": 4096, "rope_theta": 999999.4420358813}
PUBLISHED |= {"norm_epsilon": 1e-05, "use_bias": True, "hidden_act": "gelu_pytorch_tanh"}


MY_CONFIG = Exercise(
    id="my_config",
    title="Open a family that nobody named",
    difficulty=3,
    minutes=25,
    kind="build",
    contract="my_config(values): the values of a StarCoder2's config.json, a dict, to the fields of our ModelConfig, a "
    "dict, such that the library's model with the family's weights gives its scores and has its context. The file has "
    "vocab_size, hidden_size, intermediate_size, num_hidden_layers, num_attention_heads, num_key_value_heads and "
    "max_position_embeddings. It may have use_bias, norm_epsilon, rope_theta, sliding_window (a number or None) and "
    "tie_word_embeddings, and keys that change nothing, such as model_type.",
    cases=(
        (SMALL | {"use_bias": True, "norm_epsilon": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": True},),
        (SMALL | {"sliding_window": None, "use_cache": True, "architectures": ["Starcoder2ForCausalLM"]},),
        (SMALL | {"use_bias": True, "sliding_window": 7, "rope_theta": 500.0},),
        (SMALL | {"use_bias": False, "norm_epsilon": 0.05, "tie_word_embeddings": False, "sliding_window": 9},),
        (PUBLISHED,),
    ),
    tried="all scores of four small models: with and without biases, windows, other epsilons and bases, a head of its "
    "own; no window where the file has none; and StarCoder2 3B has as many parameters as it should",
    hints=(
        "Begin with the sizes, whose names are ours, and run check: it says which tensors do not fit yet. Then set the "
        "switches until they do. What is wrong after that, only scores show.",
        "norm_type, gated_mlp, hidden_act are the same in the whole family. Three fields say where biases are, and the "
        "file has one key for all.",
        'attention_bias, attention_output_bias and mlp_bias are values.get("use_bias", True). Four more: rms_norm_eps '
        "from norm_epsilon, rope_theta, sliding_window, and tie_word_embeddings, which is True where the file says "
        "nothing.",
    ),
    solution=my_config,
    harness=in_the_skeleton,
    mistakes=(
        config_with_rms_norm,
        config_with_a_gate,
        config_with_silu,
        config_with_exact_gelu,
        config_without_output_bias,
        config_without_mlp_bias,
        config_without_biases,
        config_with_a_bias_only_if_said,
        config_always_with_biases,
        config_untied,
        config_always_tied,
        config_with_a_fixed_epsilon,
        config_with_a_fixed_base,
        config_with_a_base_of_ten_thousand,
        config_without_window,
        config_with_the_usual_window,
        config_with_a_window_by_being_absent,
        config_with_a_shorter_window,
        config_with_the_epsilon_of_llama,
        config_with_neighbours,
        config_with_a_head_each,
        config_without_context,
    ),
)
