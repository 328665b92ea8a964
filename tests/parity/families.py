"""Every family that one skeleton covers: a small random model of transformers and the config that makes ours the same.

No two sizes are equal, windows and chunks are shorter than the texts, and the layers of a model differ.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
import transformers
from models import LLAMA3_SCALING, SIZES, our_config
from torch import Tensor, nn

from lessons_lib import ModelConfig, Transformer
from lessons_lib.checkpoint import families as library
from lessons_lib.checkpoint.pretrained import fill


@dataclass(frozen=True)
class Family:
    """One family: what transformers calls it, their settings, and what ours needs to be the same.

    Args:
        config: the class of their config.
        both: settings that have the same name and value in both configs, besides the sizes.
        theirs: other settings of their config.
        ours: other fields of our config.
        without: sizes that their config does not have.
        layers, attention, mlp: where the parts stand in their model.
    """

    config: str
    both: dict = field(default_factory=dict)
    theirs: dict = field(default_factory=dict)
    ours: dict = field(default_factory=dict)
    without: tuple[str, ...] = ()
    layers: str = "model.layers"
    attention: str = "self_attn"
    mlp: str = "mlp"

    def reference(self, seed: int = 0, **changes) -> nn.Module:
        """Their model with random weights; norms, biases and what corrects a router included."""
        torch.manual_seed(seed)
        sizes = {name: size for name, size in (SIZES | {"rms_norm_eps": 1e-5}).items() if name not in self.without}
        settings = sizes | {"tie_word_embeddings": False} | self.both | self.theirs | changes
        config = getattr(transformers, self.config)(**settings)
        config._experts_implementation = "eager"
        model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
        centre = 0.0 if self.our_config.rms_norm_offset else 1.0
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                is_norm = "norm" in name or ".ln_" in name
                parameter.normal_(centre, 0.3) if is_norm else parameter.normal_(0.0, 0.15)
            for name, buffer in model.named_buffers():
                if name.endswith("e_score_correction_bias"):
                    buffer.normal_(0.0, 0.2)
        return model

    @property
    def our_config(self) -> ModelConfig:
        return our_config(**self.both, **self.ours)

    def parameters(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Their tensors under our names."""
        return library.FAMILIES[getattr(transformers, self.config).model_type].parameters(tensors, self.our_config)

    def copy(self, reference: nn.Module, **changes) -> Transformer:
        """Our model with the reference's weights."""
        model = Transformer(our_config(**(self.both | self.ours | changes)))
        state = {name: tensor.clone() for name, tensor in reference.state_dict().items()}
        fill(model, self.parameters(state), "reference")
        return model.eval()


def rope(theta: float = 10000.0, scaling: dict | None = None) -> dict:
    return {"rope_parameters": (scaling or {"rope_type": "default"}) | {"rope_theta": theta}}


def llama(theta: float, scaling: dict | None = None, **both) -> Family:
    return Family("LlamaConfig", both, rope(theta, scaling), {"rope_theta": theta, "rope_scaling": scaling})


WINDOW, CHUNK = 7, 8  # tokens; the texts have 41
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32, "beta_fast": 4.0}
MIXED = ["sliding_attention", "full_attention", "sliding_attention"]
TIED = {"tie_word_embeddings": True}

GEMMA = TIED | {"head_dim": 10, "query_pre_attn_scalar": 13, "layer_types": MIXED, "sliding_window": WINDOW}
THEIR_GEMMA = {"hidden_activation": "gelu_pytorch_tanh"}
OUR_GEMMA = {
    "hidden_act": "gelu_pytorch_tanh",
    "rms_norm_offset": 1.0,
    "norm_placement": "sandwich",
    "embedding_multiplier": 6.0,
}
SOFTCAPS = {"attn_logit_softcapping": 0.7, "final_logit_softcapping": 1.5}

WIDTH = 19  # of one expert
ROUTING = {"num_experts_per_tok": 4, "moe_intermediate_size": WIDTH}

PLAIN, TURNED, FACTOR, MSCALE = 12, 8, 4.0, 0.8
DEEPSEEK = ROUTING | {
    "kv_lora_rank": 14,
    "qk_rope_head_dim": TURNED,
    "v_head_dim": 13,
    "num_key_value_heads": 6,
    "n_shared_experts": 2,
}
THEIR_DEEPSEEK = {"qk_nope_head_dim": PLAIN, "first_k_dense_replace": 1}
OUR_DEEPSEEK = {"head_dim": PLAIN + TURNED, "rope_pairing": "interleaved", "moe_layers": [1, 2]}
SHARPENED = YARN | {"factor": FACTOR, "mscale": 0.5, "mscale_all_dim": MSCALE}
SHARPER = (PLAIN + TURNED) / (0.1 * MSCALE * math.log(FACTOR) + 1) ** 4

LLAMA4 = {
    "no_rope_layers": [1, 0, 1],
    "layer_types": ["chunked_attention", "full_attention", "chunked_attention"],
    "attention_chunk_size": CHUNK,
    "attn_temperature_tuning": True,
    "floor_scale": 5,
    "attn_scale": 0.3,
    "num_local_experts": 7,
}
THEIR_LLAMA4 = {"intermediate_size": WIDTH, "intermediate_size_mlp": SIZES["intermediate_size"]}
ABRUPT = LLAMA3_SCALING | {"high_freq_factor": 1.0}  # as published: nothing lies between fast and slow
OUR_LLAMA4 = {
    "rope_pairing": "interleaved",
    "moe_intermediate_size": WIDTH,
    "n_shared_experts": 1,
    "scoring_func": "sigmoid",
    "scale_expert_input": True,
}

REFERENCES = {
    "llama 2": llama(10000.0, num_key_value_heads=6),
    "tinyllama": llama(10000.0),
    "smollm2": llama(100000.0, **TIED),
    "llama 3": llama(500000.0),
    "llama 3.1": llama(500000.0, LLAMA3_SCALING),
    "llama 3.2": llama(500000.0, LLAMA3_SCALING, **TIED),
    "llama, all biases": llama(10000.0, attention_bias=True, mlp_bias=True),
    "llama, yarn scaling": llama(777.0, YARN),
    "mistral": Family("MistralConfig", {"sliding_window": WINDOW}, rope()),
    "mistral 0.3": Family("MistralConfig", {}, rope(1e6) | {"sliding_window": None}, {"rope_theta": 1e6}),
    "mixtral": Family(
        "MixtralConfig",
        {"num_local_experts": 7, "num_experts_per_tok": 4},
        rope(1e6),
        {"rope_theta": 1e6, "norm_topk_prob": True},
    ),
    "qwen2": Family(
        "Qwen2Config",
        {"rms_norm_eps": 1e-6},
        rope(1e6),
        {"rope_theta": 1e6, "attention_bias": True, "attention_output_bias": False},
    ),
    "qwen3": Family("Qwen3Config", {}, rope(1e6), {"rope_theta": 1e6, "qk_norm": "before"}),
    "qwen3-moe": Family(
        "Qwen3MoeConfig",
        ROUTING | {"norm_topk_prob": True},
        rope(1e6) | {"num_experts": 7, "mlp_only_layers": [1]},
        {"rope_theta": 1e6, "qk_norm": "before", "num_local_experts": 7, "moe_layers": [0, 2]},
    ),
    "gemma 2": Family("Gemma2Config", GEMMA | SOFTCAPS, rope() | THEIR_GEMMA, OUR_GEMMA),
    "gemma 3": Family(
        "Gemma3TextConfig",
        GEMMA,
        THEIR_GEMMA
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
    "gpt-2": Family(
        "GPT2Config",
        TIED,
        {"n_embd": 36, "n_layer": 3, "n_head": 4, "n_positions": 128, "n_inner": 52}
        | {"bos_token_id": 0, "eos_token_id": 0},
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
        },
        without=("rms_norm_eps", *(SIZES.keys() - {"vocab_size"})),
        layers="transformer.h",
        attention="attn",
    ),
    "deepseek v2-lite": Family(
        "DeepseekV2Config",
        DEEPSEEK,
        rope(scaling=SHARPENED) | THEIR_DEEPSEEK | {"n_routed_experts": 7, "q_lora_rank": None},
        OUR_DEEPSEEK | {"num_local_experts": 7, "rope_scaling": SHARPENED, "query_pre_attn_scalar": SHARPER},
        ("head_dim",),
    ),
    "deepseek v2": Family(
        "DeepseekV2Config",
        DEEPSEEK
        | {"q_lora_rank": 23, "topk_method": "group_limited_greedy", "n_group": 5, "topk_group": 3}
        | {"routed_scaling_factor": 1.5, "attention_bias": True},
        rope() | THEIR_DEEPSEEK | {"n_routed_experts": 15},
        OUR_DEEPSEEK | {"num_local_experts": 15},
        ("head_dim",),
    ),
    "deepseek v3": Family(
        "DeepseekV3Config",
        DEEPSEEK
        | {"q_lora_rank": 23, "n_group": 5, "topk_group": 3, "norm_topk_prob": True, "routed_scaling_factor": 1.5},
        rope(scaling=SHARPENED) | THEIR_DEEPSEEK | {"n_routed_experts": 15},
        OUR_DEEPSEEK
        | {"num_local_experts": 15, "scoring_func": "sigmoid", "topk_method": "noaux_tc"}
        | {"rope_scaling": SHARPENED, "query_pre_attn_scalar": SHARPER},
        ("head_dim",),
    ),
    "llama 4, scout": Family(
        "Llama4TextConfig",
        LLAMA4 | {"num_experts_per_tok": 1},
        rope(5000.0, ABRUPT) | THEIR_LLAMA4 | {"use_qk_norm": True},
        OUR_LLAMA4 | {"rope_theta": 5000.0, "rope_scaling": ABRUPT, "qk_norm": "after"},
        mlp="feed_forward",
    ),
    "llama 4, maverick": Family(
        "Llama4TextConfig",
        LLAMA4 | {"num_experts_per_tok": 2, "moe_layers": [1]},
        rope(5000.0) | THEIR_LLAMA4 | {"use_qk_norm": False},
        OUR_LLAMA4 | {"rope_theta": 5000.0},
        mlp="feed_forward",
    ),
}
