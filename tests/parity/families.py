"""Every family that one skeleton covers: a small random model of transformers and the config that makes ours the same.

No two sizes are equal, windows and chunks are shorter than the texts, and the layers of a model differ.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
import transformers
from models import LLAMA3_SCALING, SIZES, our_config
from torch import Tensor, nn

from lessons_lib import ModelConfig, Transformer
from lessons_lib.checkpoint import families as library
from lessons_lib.checkpoint.pretrained import fill

WINDOW, CHUNK = 7, 8  # tokens; the texts have 41
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32, "beta_fast": 4.0}
MIXED = ["sliding_attention", "full_attention", "sliding_attention"]
GEMMA = {
    "head_dim": 10,
    "query_pre_attn_scalar": 13,
    "hidden_act": "gelu_pytorch_tanh",
    "layer_types": MIXED,
    "sliding_window": WINDOW,
    "tie_word_embeddings": True,
}
OUR_GEMMA = GEMMA | {"rms_norm_offset": 1.0, "norm_placement": "sandwich", "embedding_multiplier": 6.0}
GEMMA_REFERENCE = {"hidden_act": None, "hidden_activation": "gelu_pytorch_tanh"}
SOFTCAPS = {"attn_logit_softcapping": 0.7, "final_logit_softcapping": 1.5}


def identity(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Names as they are: ours are Hugging Face's."""
    return state


def from_llama4(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.replace("feed_forward", "mlp"): tensor for name, tensor in state.items()}


@dataclass(frozen=True)
class Family:
    """One family: transformers' classes, their settings, and what ours needs to be the same.

    Args:
        config, model: class names in transformers.
        theirs: settings of their config besides the sizes.
        ours: fields of our config besides the sizes.
        rename: turns their state dict into ours.
        layers, attention, mlp: where the parts stand in their model.
    """

    config: str
    model: str
    theirs: dict = field(default_factory=dict)
    ours: dict = field(default_factory=dict)
    rename: Callable[[dict[str, Tensor]], dict[str, Tensor]] = identity
    layers: str = "model.layers"
    attention: str = "self_attn"

    def reference(self, seed: int = 0, **changes) -> nn.Module:
        """Their model with random weights, norms and biases included."""
        torch.manual_seed(seed)
        settings = SIZES | {"rms_norm_eps": 1e-5, "tie_word_embeddings": False} | self.theirs | changes
        config = getattr(transformers, self.config)(**{k: v for k, v in settings.items() if v is not None})
        config._attn_implementation = "eager"
        model = getattr(transformers, self.model)(config).eval()
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                centre = 0.0 if self.our_config.rms_norm_offset else 1.0
                is_norm = "norm" in name or ".ln_" in name
                parameter.normal_(centre, 0.3) if is_norm else parameter.normal_(0.0, 0.15)
        return model

    @property
    def our_config(self) -> ModelConfig:
        return our_config(**self.ours)

    def copy(self, reference: nn.Module, **changes) -> Transformer:
        """Our model with the reference's weights."""
        model = Transformer(our_config(**(self.ours | changes)))
        fill(model, self.rename({name: tensor.clone() for name, tensor in reference.state_dict().items()}), "reference")
        return model.eval()


def rope(theta: float = 10000.0, scaling: dict | None = None) -> dict:
    return {"rope_parameters": (scaling or {"rope_type": "default"}) | {"rope_theta": theta}}


FAMILIES = {
    "llama, llama3 scaling": Family(
        "LlamaConfig",
        "LlamaForCausalLM",
        rope(scaling=LLAMA3_SCALING) | {"attention_bias": True, "mlp_bias": True},
        {"rope_scaling": LLAMA3_SCALING, "attention_bias": True, "mlp_bias": True},
    ),
    "llama, yarn scaling": Family(
        "LlamaConfig", "LlamaForCausalLM", rope(777.0, YARN), {"rope_theta": 777.0, "rope_scaling": YARN}
    ),
    "mistral": Family(
        "MistralConfig", "MistralForCausalLM", rope() | {"sliding_window": WINDOW}, {"sliding_window": WINDOW}
    ),
    "qwen2": Family(
        "Qwen2Config",
        "Qwen2ForCausalLM",
        rope(1e6) | {"rms_norm_eps": 1e-6},
        {"rope_theta": 1e6, "rms_norm_eps": 1e-6, "attention_bias": True, "attention_output_bias": False},
    ),
    "qwen3": Family("Qwen3Config", "Qwen3ForCausalLM", rope(1e6), {"rope_theta": 1e6, "qk_norm": "before"}),
    "gemma 2": Family(
        "Gemma2Config", "Gemma2ForCausalLM", rope() | GEMMA | GEMMA_REFERENCE | SOFTCAPS, OUR_GEMMA | SOFTCAPS
    ),
    "gemma 3": Family(
        "Gemma3TextConfig",
        "Gemma3ForCausalLM",
        GEMMA
        | GEMMA_REFERENCE
        | {
            "rope_parameters": {
                "full_attention": {"rope_type": "linear", "factor": 3.0, "rope_theta": 5000.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 100.0},
            }
        },
        OUR_GEMMA
        | {
            "qk_norm": "before",
            "rope_theta": 5000.0,
            "rope_local_base_freq": 100.0,
            "rope_scaling": {"rope_type": "linear", "factor": 3.0},
        },
    ),
    "llama 4, dense": Family(
        "Llama4TextConfig",
        "Llama4ForCausalLM",
        rope(5000.0)
        | {
            "intermediate_size_mlp": 52,
            "moe_layers": [],
            "no_rope_layers": [1, 0, 1],
            "attention_chunk_size": CHUNK,
            "use_qk_norm": True,
            "attn_temperature_tuning": True,
            "floor_scale": 5,
            "attn_scale": 0.3,
        },
        {
            "rope_theta": 5000.0,
            "rope_pairing": "interleaved",
            "no_rope_layers": [1, 0, 1],
            "layer_types": ["chunked_attention", "full_attention", "chunked_attention"],
            "attention_chunk_size": CHUNK,
            "qk_norm": "after",
            "attn_temperature_tuning": True,
            "floor_scale": 5,
            "attn_scale": 0.3,
        },
        from_llama4,
    ),
    "gpt-2": Family(
        "GPT2Config",
        "GPT2LMHeadModel",
        {"n_embd": 36, "n_layer": 3, "n_head": 4, "n_positions": 128, "n_inner": 52, "tie_word_embeddings": True}
        | {"bos_token_id": 0, "eos_token_id": 0}
        | dict.fromkeys({*SIZES, "rms_norm_eps"} - {"vocab_size"}),
        {
            "num_attention_heads": 4,
            "num_key_value_heads": 4,
            "head_dim": 9,
            "position_embedding_type": "learned",
            "norm_type": "layer",
            "gated_mlp": False,
            "hidden_act": "gelu_pytorch_tanh",
            "attention_bias": True,
            "mlp_bias": True,
            "tie_word_embeddings": True,
        },
        library.FAMILIES["gpt2"].parameters,
        layers="transformer.h",
        attention="attn",
    ),
}
