"""A model as compiled code sees it: tables of whole numbers that say where its weights stand, and its switches."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.generation.compiled.expert_kernels import Choice, Networks
from lessons_lib.generation.compiled.fit import matrices_of, networks_of, norms_of, projections_of
from lessons_lib.generation.compiled.kernels import ACTIVATIONS, LAYER, NO_NORM, RMS, SILU, Norm
from lessons_lib.layers import (
    Embedding,
    Linear,
    LoraLinear,
    MixtureOfExperts,
    QuantizedEmbedding,
    QuantizedLinear,
    QuantizedLoraLinear,
    RMSNorm,
    Router,
    sinusoidal_positions,
)
from lessons_lib.layers.variants.alibi import alibi_slopes
from lessons_lib.layers.variants.waves import halved_waves
from lessons_lib.model import Transformer
from lessons_lib.products.matrix import FLOAT32, INT4, INT8, NO_MATRIX, Matrix

NO = Norm(NO_NORM, 0, 0, 0, 0, 0)


class Plan(NamedTuple):
    """A model for compiled code. Matrices are rows of 11 whole numbers (`Matrix`), norms rows of 6 (`Norm`).

    A layer's networks stand one after the other in `networks`, from the first that `network_of_layer` names: one, or
    the experts and behind them the shared one, if there is one.
    """

    sizes: tuple[int, int, int]  # H, G, D
    pairs: tuple[int, int]  # pair number i of a head is (i * step, i * step + gap)
    scale: np.float32  # of scores
    bends: np.ndarray  # [1 + H]: see `attend`
    bound: np.float32  # of queries, keys and values, 0 for none
    eps: np.float32  # of norms
    offset: np.float32
    is_parallel: bool  # whether the network reads the stream as it was before attention
    norm_after: bool  # whether queries and keys are normalised once they are rotated
    multipliers: tuple[np.float32, np.float32, np.float32]  # of embeddings, of what a sublayer gives, of the scores
    last_bound: np.float32  # of the scores, 0 for none
    floor_scale: int
    sharpness: np.ndarray  # [layers]: how queries grow with the text, 0 for not at all
    ahead: np.ndarray  # [layers]: 1 where the first token counts as one there
    choice: Choice  # of experts
    embedding: np.ndarray  # [11]
    embedding_norm: np.ndarray  # [6]
    places: np.ndarray  # [positions, C], what is added to embeddings; empty for nothing
    attention: np.ndarray  # [layers, 5, 11]: q, k, v, the gate of what attention gives (no rows for none), o
    norms: np.ndarray  # [layers, 9, 6]: see `norms_of`
    sinks: np.ndarray  # [layers]: addresses, 0 for none
    routers: np.ndarray  # [layers, 11]
    corrections: np.ndarray  # [layers]: addresses, 0 for none
    shared_gates: np.ndarray  # [layers, 11]: no rows for none
    shares: np.float32  # what the experts' answers and the shared one's are multiplied by
    networks: Networks
    network_of_layer: np.ndarray  # [layers, 3]: the first network, the number of experts, whether one is shared
    is_rotated: np.ndarray  # [layers]: whether positions are rotary
    turns: np.ndarray  # [layers]: which table of rotations
    windows: np.ndarray  # [layers]: tokens that a sliding layer sees, 0 for all
    chunks: np.ndarray  # [layers]: tokens of a piece of a chunked layer, 0 for all
    last_norm: np.ndarray  # [6]
    head: np.ndarray  # [1, 11]


class Described:
    """What compiled code is told of a model's parts; it keeps alive what is known there by address only."""

    def __init__(self) -> None:
        self.in_use: list[Tensor] = []

    def matrix(self, module: Linear | Embedding | QuantizedLinear | Router | None) -> Matrix:
        """Describe a module's matrix, [out, in]."""
        if module is None:
            return NO_MATRIX
        bias = self.address(getattr(module, "bias", None))
        if not isinstance(module, QuantizedLinear):
            (rows, columns), weights = module.weight.shape, self.address(module.weight)
            return Matrix(FLOAT32, rows, columns, columns, weights, 0, 0, bias, *self._adapter(module))
        kind = INT8 if module.bits == 8 else INT4
        parts = (self.address(part) for part in (module.quantized, module.scale, module.minimum))
        return Matrix(
            kind, module.out_features, module.in_features, module.group_size, *parts, bias, *self._adapter(module)
        )

    def norm(self, module: nn.Module | None, rows: int, size: int) -> Norm:
        """Describe a norm of runs of `size` numbers, with so many rows of weights."""
        if module is None or isinstance(module, nn.Identity):
            return NO
        kind = RMS if isinstance(module, RMSNorm) else LAYER
        bias, plus = self.address(getattr(module, "bias", None)), int(bool(getattr(module, "offset", 0)))
        return Norm(kind, rows, size, self.address(module.weight), bias, plus)

    def address(self, tensor: Tensor | None) -> int:
        """Where the numbers of a tensor begin, 0 for none."""
        if tensor is None:
            return 0
        tensor = tensor.detach().contiguous()
        self.in_use.append(tensor)
        return tensor.data_ptr()

    def _adapter(self, module: nn.Module) -> tuple[int, int, int]:
        """The last three numbers of a `Matrix`: of what a module's adapter adds, if it has one that is switched on."""
        if not (isinstance(module, LoraLinear | QuantizedLoraLinear) and module.enabled):
            return 0, 0, 0
        up = (module.lora_B.detach() * module.config.scale).T
        return len(module.lora_A), self.address(module.lora_A), self.address(up)


def make_plan(model: Transformer, told: Described) -> Plan:
    """Describe a model that `applies`; its tensors are kept alive by `told`."""
    config, blocks, embedding = model.config, model.model.layers, model.model.embed_tokens
    kinds, tied = [*dict.fromkeys(config.layer_types)], isinstance(embedding, QuantizedEmbedding)
    heads, width = config.num_attention_heads, config.qk_rope_head_dim or config.rotary_dim or config.head_dim
    slopes = alibi_slopes(heads) if config.position_embedding_type == "alibi" else torch.zeros(heads)
    tuned = [config.attn_temperature_tuning and not turned for turned in config.no_rope_layers]
    routed = [block.mlp if isinstance(block.mlp, MixtureOfExperts) else None for block in blocks]
    tables = 1 if trained_length(config) == math.inf else 2
    own = [networks_of(block.mlp) for block in blocks]
    networks, of_layer = [], []
    for block, found in zip(blocks, own, strict=True):
        experts = len(block.mlp.experts) if isinstance(block.mlp, MixtureOfExperts) else 0
        of_layer.append((len(networks), experts, int(bool(experts) and len(found) > experts)))
        networks += found
    return Plan(
        sizes=(heads, config.num_key_value_heads, config.head_dim),
        pairs=(2, 1) if config.rope_pairing == "interleaved" else (1, width // 2),
        scale=np.float32((config.query_pre_attn_scalar or config.head_dim) ** -0.5),
        bends=np.array([config.attn_logit_softcapping or 0, *slopes.tolist()], np.float32),
        bound=np.float32(config.clip_qkv or 0),
        eps=np.float32(config.rms_norm_eps),
        offset=np.float32(config.rms_norm_offset),
        is_parallel=config.norm_placement.startswith("parallel"),
        norm_after=config.qk_norm == "after",
        multipliers=tuple(
            np.float32(x) for x in (config.embedding_multiplier, config.residual_multiplier, config.logit_scale)
        ),
        last_bound=np.float32(config.final_logit_softcapping or 0),
        floor_scale=config.floor_scale,
        sharpness=np.array([config.attn_scale if own else config.query_temperature for own in tuned], np.float32),
        ahead=np.array(tuned, np.int64),
        choice=_choice(config),
        embedding=np.array(told.matrix(model.lm_head if tied else embedding)),
        embedding_norm=np.array(told.norm(getattr(model.model, "embed_norm", None), 1, config.hidden_size)),
        places=_places(model),
        attention=np.array([[told.matrix(part) for part in projections_of(block)] for block in blocks]),
        norms=np.array([[told.norm(*each) for each in norms_of(config, block)] for block in blocks]),
        sinks=np.array([told.address(block.self_attn.sinks) for block in blocks]),
        routers=np.array([told.matrix(mlp and mlp.router) for mlp in routed]),
        corrections=np.array([told.address(mlp and mlp.router.e_score_correction_bias) for mlp in routed]),
        shared_gates=np.array([told.matrix(mlp and mlp.shared_expert_gate) for mlp in routed]),
        shares=np.float32(0.5 if config.shared_expert_mean else 1),
        networks=Networks(
            matrices=np.array([[told.matrix(part) for part in matrices_of(network)] for network in networks]),
            norms=np.array([told.norm(one.sub_norm, 1, one.down_proj.in_features) for one in networks]),
            activation=SILU if config.glu_limit else ACTIVATIONS.index(config.hidden_act),
            steepness=np.float32(1.702 if config.glu_limit else 1),
            limit=np.float32(config.glu_limit or 0),
            eps=np.float32(config.rms_norm_eps),
            offset=np.float32(config.rms_norm_offset),
        ),
        network_of_layer=np.array(of_layer),
        is_rotated=np.array(config.no_rope_layers),
        turns=np.array([tables * kinds.index(kind) for kind in config.layer_types]),
        windows=np.array([config.sliding_window if "sliding" in kind else 0 for kind in config.layer_types]),
        chunks=np.array([config.attention_chunk_size if "chunked" in kind else 0 for kind in config.layer_types]),
        last_norm=np.array(told.norm(model.model.norm, 1, config.hidden_size)),
        head=np.array([told.matrix(model.lm_head)]),
    )


def trained_length(config: ModelConfig) -> float:
    """How many tokens a text may have before its rotations are others."""
    scaling = config.rope_scaling or {}
    return scaling["original_max_position_embeddings"] if scaling.get("rope_type") == "longrope" else math.inf


def _choice(config: ModelConfig) -> Choice:
    method = config.topk_method
    by_score = method in ("noaux_tc", "group_limited_greedy")
    return Choice(
        experts=config.num_experts_per_tok or 0,
        softmax=config.scoring_func == "softmax",
        by_score=by_score,
        groups=config.n_group,
        best_groups=config.topk_group if by_score and config.topk_group < config.n_group else 0,
        best_in_group=2 if method == "noaux_tc" else 1,
        normalise=config.norm_topk_prob,
        factor=np.float32(config.routed_scaling_factor),
        scale_input=config.scale_expert_input,
    )


def _places(model: Transformer) -> np.ndarray:
    """What is added to an embedding at each position, [positions, C]; no rows for nothing."""
    config = model.config
    length, width = config.max_position_embeddings, config.hidden_size
    if config.position_embedding_type == "learned":
        return model.model.embed_positions.weight.detach().numpy()
    if config.position_embedding_type == "sinusoidal":
        return sinusoidal_positions(length, width).numpy()
    if config.position_embedding_type == "sinusoidal_halves":
        return halved_waves(torch.arange(length), width).numpy()
    return np.empty((0, width), np.float32)
