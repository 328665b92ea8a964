"""An exercise of lesson 19: a family whose positions are in no file, opened with its config and its tensors."""

import json
import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor

from lessons_lib import ModelConfig, Transformer
from lessons_lib.checkpoint.families import FAMILIES
from lessons_lib.checkpoint.weights import fill
from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson10.my_config import tensors_that_do_not_fit
from lessons_lib.classroom.lessons.lesson10.shared import scattered
from lessons_lib.classroom.trials import Refused


def my_family(values, tensors):
    C, places = values["d_model"], values["max_position_embeddings"]
    fields = {
        "vocab_size": values["vocab_size"],
        "hidden_size": C,
        "intermediate_size": values["ffn_dim"],
        "num_hidden_layers": values["num_layers"],
        "num_attention_heads": values["attention_heads"],
        "max_position_embeddings": places,
        "position_embedding_type": "learned",
        "norm_type": "layer",
        "rms_norm_eps": 1e-5,
        "gated_mlp": False,
        "hidden_act": "gelu",
        "attention_bias": True,
        "mlp_bias": True,
        "embedding_multiplier": C**0.5 if values.get("scale_embedding", True) else 1.0,
        "tie_word_embeddings": True,
    }
    renamed = {  # theirs and ours
        "self_attn.out_proj.": "self_attn.o_proj.",
        "self_attn_layer_norm.": "input_layernorm.",
        "final_layer_norm.": "post_attention_layernorm.",
        "fc1.": "mlp.up_proj.",
        "fc2.": "mlp.down_proj.",
        "model.layer_norm.": "model.norm.",
    }
    ours = {}
    for name, tensor in tensors.items():
        for old, new in renamed.items():
            name = name.replace(old, new)
        ours[name] = tensor
    half = C // 2
    speeds = 10000 ** -(torch.arange(half) / (half - 1))  # [C/2]
    angles = (torch.arange(places) + 2)[:, None] * speeds  # [places, C/2]
    ours["model.embed_positions.weight"] = torch.cat([angles.sin(), angles.cos()], dim=1)
    return fields, ours


def in_the_skeleton(answer: Callable, values: dict) -> dict[str, Any] | None:
    """What the library's model makes of a text with the fields and the tensors of a learner.

    Raises:
        Refused: for an answer of which no model can be made.
    """
    right, theirs, ids = family_model(json.dumps(values))
    given = answer(dict(values), {name: tensor.clone() for name, tensor in theirs.items()})
    if given is None:
        return None
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise Refused("a pair is asked for: a dict of ModelConfig's fields, and a dict of tensors by our names")
    fields, tensors = given
    if isinstance(fields, Mapping):
        try:
            fields = ModelConfig(**fields)
        except (TypeError, ValueError) as error:
            raise Refused(f"ModelConfig can't be made of your fields: {error}") from None
    if not isinstance(fields, ModelConfig):
        raise Refused("the first of the pair is a dict of ModelConfig's fields, or a ModelConfig")
    if not isinstance(tensors, Mapping) or not all(isinstance(tensor, Tensor) for tensor in tensors.values()):
        raise Refused("the second of the pair is a dict of tensors by our names")
    told: dict[str, Any] = {"context": fields.max_position_embeddings}
    ours = Transformer(fields).eval()
    tensors = {name: tensor.float() for name, tensor in tensors.items() if not _is_tied_head(name, fields)}
    if faults := tensors_that_do_not_fit(dict(ours.named_parameters()), tensors, "your dict"):
        return told | {"tensors that do not fit": len(faults), "the first": faults[0]}
    fill(ours, tensors, "your tensors")
    with torch.no_grad():
        scores, expected = ours(ids)[0], right(ids)[0]  # [T, V]
    near = (scores - expected).abs().amax(-1) <= 1e-4 * expected.abs().max()  # [T], False for nan
    wrong = (~near).nonzero().flatten().tolist()
    gap = float((scores - expected).abs().max()) if wrong else 0.0
    return told | {
        "all tensors fit": True,
        "first token whose scores are off": wrong[0] if wrong else "none",
        "largest error of a score": float(f"{gap:.1e}"),
    }


def _is_tied_head(name: str, config: ModelConfig) -> bool:
    return config.tie_word_embeddings and name == "lm_head.weight"


@cache
def family_model(written: str) -> tuple[Transformer, dict[str, Tensor], Tensor]:
    """A small random model of the family, its tensors by the family's names, and a text [1, T]."""
    values = json.loads(written)
    fields, _ = my_family(values, {})
    model = Transformer(ModelConfig(**fields))
    torch.manual_seed(4)
    scattered(model)
    _, made = my_family(values, {})
    ids = torch.randint(values["vocab_size"], (1, 23), generator=torch.Generator().manual_seed(5))
    waves, rows = made["model.embed_positions.weight"], model.model.embed_tokens.weight
    with torch.no_grad():
        model.model.embed_positions.weight.copy_(waves)
        # Behind the first token its waves are nearly taken away: the first norm meets small numbers, and feels epsilon.
        rows[ids[0, 0]] = (0.05 * rows[ids[0, 0]] - waves[0]) / model.config.embedding_multiplier
    tensors = {name: tensor.detach() for name, tensor in model.named_parameters()}
    del tensors["model.embed_positions.weight"]  # which no file has
    return model, FAMILIES["xglm"].from_ours(tensors, model.config), ids


def _changed(values, tensors, drop=(), **fields):
    right, ours = my_family(values, tensors)
    return {name: value for name, value in (right | fields).items() if name not in drop}, ours


def _positions(values, tensors, offset=2, last=1, base=10000.0, form=lambda sin, cos: torch.cat([sin, cos], 1), far=0):
    fields, ours = my_family(values, tensors)
    half = values["d_model"] // 2
    angles = (torch.arange(values["max_position_embeddings"] + far) + offset)[:, None] * base ** -(
        torch.arange(half) / (half - last)
    )
    return fields, ours | {"model.embed_positions.weight": form(angles.sin(), angles.cos())}


def family_with_rms_norm(values, tensors):
    """The norms are LayerNorms, with a weight and a bias: `norm_type`."""
    return _changed(values, tensors, norm_type="rms")


def family_with_a_gate(values, tensors):
    """It looks as if the feed-forward network has a gate. There are two matrices, fc1 and fc2, with GELU between."""
    return _changed(values, tensors, drop=("gated_mlp",))


def family_with_tanh_gelu(values, tensors):
    """It looks as if the bend is GELU's tanh form. "gelu" is the exact one, in this family and in our `hidden_act`."""
    return _changed(values, tensors, hidden_act="gelu_pytorch_tanh")


def family_with_silu(values, tensors):
    """It looks as if the bend is SiLU, which is what our `hidden_act` is where you say nothing. This family's is
    GELU."""
    return _changed(values, tensors, drop=("hidden_act",))


def family_unscaled(values, tensors):
    """It looks as if the embeddings are never multiplied. They are, by the root of d_model, unless `scale_embedding` is
    false; absent means true."""
    return _changed(values, tensors, embedding_multiplier=1.0)


def family_scaled_if_said(values, tensors):
    """It looks as if a lacking `scale_embedding` means false. In this family it means true by being absent."""
    scale = math.sqrt(values["d_model"]) if values.get("scale_embedding") else 1.0
    return _changed(values, tensors, embedding_multiplier=scale)


def family_always_scaled(values, tensors):
    """It looks as if embeddings are always multiplied. Where `scale_embedding` is false they are not."""
    return _changed(values, tensors, embedding_multiplier=math.sqrt(values["d_model"]))


def family_scaled_by_width(values, tensors):
    """It looks as if embeddings are multiplied by d_model. It is its root."""
    return _changed(values, tensors, embedding_multiplier=float(values["d_model"]))


def family_turning(values, tensors):
    """It looks as if queries and keys turn too. This family's positions are added to the embedding and nothing else;
    for us that is `position_embedding_type` "learned", with a table that you compute."""
    fields, ours = my_family(values, tensors)
    del ours["model.embed_positions.weight"]
    return fields | {"position_embedding_type": "rotary"}, ours


def family_with_our_waves(values, tensors):
    """It looks as if you took our `position_embedding_type` "sinusoidal". Its sines and cosines alternate and begin at
    place 0; this family's stand in two halves, begin at 2, and have slightly other speeds."""
    fields, ours = my_family(values, tensors)
    del ours["model.embed_positions.weight"]
    return fields | {"position_embedding_type": "sinusoidal"}, ours


def family_from_place_zero(values, tensors):
    """It looks as if the waves begin at 0. Place t gets the waves of t + 2."""
    return _positions(values, tensors, offset=0)


def family_from_place_one(values, tensors):
    """It looks as if the waves begin at 1. Place t gets the waves of t + 2."""
    return _positions(values, tensors, offset=1)


def family_with_speeds_of_the_paper(values, tensors):
    """It looks as if the exponents are divided by d_model / 2, as in the paper of 2017. Here it is d_model / 2 - 1, so
    that the last speed is exactly 1/10000."""
    return _positions(values, tensors, last=0)


def family_cosines_first(values, tensors):
    """It looks as if the cosines come first. The first half of a row are sines."""
    return _positions(values, tensors, form=lambda sin, cos: torch.cat([cos, sin], 1))


def family_alternating(values, tensors):
    """It looks as if sines and cosines alternate. Here all sines come first, then all cosines."""
    return _positions(values, tensors, form=lambda sin, cos: torch.stack([sin, cos], -1).flatten(1))


def family_with_norms_exchanged(values, tensors):
    """It looks as if `final_layer_norm` and `self_attn_layer_norm` have changed places. For this family
    `final_layer_norm` is the norm in front of the feed-forward network, our post_attention_layernorm."""
    fields, ours = my_family(values, tensors)
    one, other = "input_layernorm", "post_attention_layernorm"
    return fields, {
        name.replace(one, "x").replace(other, one).replace("x", other) if "layernorm" in name else name: tensor
        for name, tensor in ours.items()
    }


def family_with_another_epsilon(values, tensors):
    """It looks as if the epsilon is not 1e-5. Ours is called `rms_norm_eps`, for LayerNorm too."""
    return _changed(values, tensors, rms_norm_eps=1e-6)


def family_with_the_gate_alone(values, tensors):
    """It looks as if fc1 is called gate_proj. Without a gate our network has up_proj and down_proj, and `gated_mlp` is
    False."""
    fields, ours = my_family(values, tensors)
    return fields, {name.replace("up_proj", "gate_proj"): tensor for name, tensor in ours.items()}


def family_without_biases(values, tensors):
    """It looks as if attention has no biases in your fields: `attention_bias`, and `mlp_bias` for fc1 and fc2."""
    return _changed(values, tensors, attention_bias=False, mlp_bias=False)


def family_without_mlp_biases(values, tensors):
    """It looks as if only attention has biases in your fields. fc1 and fc2 have some too: `mlp_bias`."""
    return _changed(values, tensors, mlp_bias=False)


def family_untied(values, tensors):
    """It looks as if a head of its own is expected. The file has none: the head is the embedding,
    `tie_word_embeddings`."""
    return _changed(values, tensors, tie_word_embeddings=False)


def family_as_it_is(values, tensors):
    """It looks as if the tensors keep the family's names. Ours are those of
    Transformer(ModelConfig(...)).state_dict()."""
    fields, ours = my_family(values, tensors)
    return fields, dict(tensors) | {"model.embed_positions.weight": ours["model.embed_positions.weight"]}


def family_without_a_table(values, tensors):
    """It looks as if the table of positions is missing. No file has it: compute it, with max_position_embeddings
    rows."""
    fields, ours = my_family(values, tensors)
    del ours["model.embed_positions.weight"]
    return fields, ours


def family_with_another_context(values, tensors):
    """It looks as if the context is not max_position_embeddings. The table has one row for each of its places."""
    fields, ours = _positions(values, tensors, far=2)
    return fields | {"max_position_embeddings": values["max_position_embeddings"] + 2}, ours


SMALL = {"model_type": "xglm", "vocab_size": 31, "d_model": 24, "ffn_dim": 40, "num_layers": 3, "attention_heads": 6}
SMALL |= {"max_position_embeddings": 64, "activation_function": "gelu"}

OPEN_FAMILY = Exercise(
    id="open_family",
    title="Capstone A: open a family by yourself",
    difficulty=3,
    minutes=30,
    kind="build",
    contract="my_family(values, tensors): the values of an XGLM's config.json, a dict, and its tensors, a dict by "
    "their names in the file, to a pair: the fields of our ModelConfig, a dict, and the tensors by our names, a dict, "
    "such that the library's model gives the family's scores and has its context. The file has vocab_size, d_model, "
    "ffn_dim, num_layers, attention_heads and max_position_embeddings; it may have scale_embedding, and keys that "
    "change nothing.",
    cases=(
        (SMALL | {"scale_embedding": True},),
        (SMALL | {"d_model": 36, "num_layers": 2, "dropout": 0.1},),
        (SMALL | {"scale_embedding": False, "max_position_embeddings": 48, "attention_heads": 4},),
    ),
    tried="all scores of three small models: scaled, unscaled and silent about it, two widths, two contexts",
    hints=(
        "Begin with the sizes and the names, and run check: it says which tensors do not fit. "
        "Transformer(ModelConfig(...)).state_dict().keys() shows what ours are called.",
        "norm_type, gated_mlp, hidden_act, attention_bias, mlp_bias, tie_word_embeddings and position_embedding_type "
        "are the same in the whole family; embedding_multiplier is the root of d_model, unless scale_embedding is "
        "false.",
        "With half = d_model // 2 the table is torch.cat([angles.sin(), angles.cos()], dim=1), where angles are "
        "(torch.arange(places) + 2)[:, None] * 10000 ** -(torch.arange(half) / (half - 1)). Its name is "
        "model.embed_positions.weight. (With position_embedding_type sinusoidal_halves our model makes these rows by "
        "itself.)",
    ),
    solution=my_family,
    harness=in_the_skeleton,
    mistakes=(
        family_with_rms_norm,
        family_with_a_gate,
        family_with_tanh_gelu,
        family_with_silu,
        family_unscaled,
        family_scaled_if_said,
        family_always_scaled,
        family_scaled_by_width,
        family_turning,
        family_with_our_waves,
        family_from_place_zero,
        family_from_place_one,
        family_with_speeds_of_the_paper,
        family_cosines_first,
        family_alternating,
        family_with_norms_exchanged,
        family_with_another_epsilon,
        family_with_the_gate_alone,
        family_without_biases,
        family_without_mlp_biases,
        family_untied,
        family_as_it_is,
        family_without_a_table,
        family_with_another_context,
    ),
)
