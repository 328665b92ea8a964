"""Mixtures of experts: reading a prompt of 512 tokens, then writing 32 more; and what more experts cost.

The models are small and random, with the experts, the routers and the layers of three families. transformers reads the
folder that ours was saved to. It runs every expert of Llama 4 on every token, and only the chosen ones of the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.harness import Benchmark, Candidate, Sample, per_second
from benchmarks.limits import matrix_multiplier, memory_reader
from benchmarks.peers import Models
from lessons_lib import ModelConfig, Transformer
from lessons_lib.checkpoint import save_pretrained
from lessons_lib.config import costs
from lessons_lib.generation import KVCache, Runner
from lessons_lib.layers import MixtureOfExperts, linear

PROMPT, NEW = 512, 32  # tokens
SIZES = {"vocab_size": 4096, "num_hidden_layers": 8, "num_attention_heads": 8, "num_key_value_heads": 2, "head_dim": 64}
MODELS: dict[str, dict[str, Any]] = {
    "Llama 4: 16 experts, 1 chosen, 1 shared": {
        "num_local_experts": 16,
        "n_shared_experts": 1,
        "scoring_func": "sigmoid",
        "scale_expert_input": True,
        "layer_types": (["chunked_attention"] * 3 + ["full_attention"]) * 2,
        "no_rope_layers": [1, 1, 1, 0] * 2,
        "attention_chunk_size": 8192,
        "rope_pairing": "interleaved",
        "qk_norm": "after",
        "attn_temperature_tuning": True,
    },
    "Mixtral: 8 experts, 2 chosen": {"num_local_experts": 8, "num_experts_per_tok": 2, "norm_topk_prob": True},
    "Qwen3: 64 experts, 8 chosen": {
        "num_local_experts": 64,
        "num_experts_per_tok": 8,
        "moe_intermediate_size": 256,
        "norm_topk_prob": True,
        "qk_norm": "before",
    },
}
COUNTS = [1, 2, 4, 8, 16, 32, 64, 128]  # experts
CROWD = 256  # tokens that are read together

Read = Callable[[Tensor, Any], tuple[Tensor, Any]]
"""Reads tokens [B, T] behind those in a cache, None for none; gives scores [B, 1, V] and the cache."""


def benchmark(models: Models, family: str) -> Benchmark:
    """The library beside transformers, with both of its ways to run experts that suit a CPU.

    The third, batched_mm, copies the weights of the chosen experts for every token: gigabytes for a prompt.
    """
    prompt, new = (16, 4) if models.quick else (PROMPT, NEW)
    config = ModelConfig(**_sizes(models.quick) | MODELS[family])
    model = made(config)
    peer = theirs(model, models.folder / family.partition(":")[0])
    ways = ["grouped_mm", "eager"] if peer._can_set_experts_implementation() else [None]
    met = costs.num_active_parameters(config) - config.vocab_size * config.hidden_size  # one row of embeddings
    read = 4 * met  # bytes
    operations = costs.prefill_flops(config, prompt) / prompt
    matrices = Transformer(ModelConfig(**_sizes(models.quick)))  # of about the same sizes
    run = partial(read_and_write, ids=torch.arange(prompt)[None], new=new)
    return Benchmark(
        title=f"Experts as in {family}",
        ours={"ours": run(ours(model, Runner(model))), "ours, plain torch": run(ours(model, model))},
        peers={f"transformers{', ' + way if way else ''}": run(of_transformers(peer, way)) for way in ways},
        picture="mixtures",
        limits={
            "multiplying": per_second(matrix_multiplier(matrices, prompt, linear), {"prefill tokens/s": operations}),
            "reading memory": per_second(memory_reader(read), {"decode tokens/s": read}),
        },
    )


def growth(models: Models) -> Benchmark:
    """Milliseconds a token in one layer against the number of experts, of which each token meets one."""
    counts = COUNTS[:3] if models.quick else COUNTS
    sizes = _sizes(models.quick) | {"moe_intermediate_size": 64 if models.quick else 512}
    layers = [made(ModelConfig(**sizes | {"num_local_experts": n, "num_hidden_layers": 1})) for n in counts]
    blocks = [layer.model.layers[0].mlp for layer in layers]
    return Benchmark(
        title="Experts: a token's time in one layer as their number grows, one chosen",
        ours={
            "ours": _growing(blocks, MixtureOfExperts.forward),
            "every expert on every token": _growing(blocks, dense),
        },
        picture="experts",
    )


def made(config: ModelConfig) -> Transformer:
    """A random model whose tokens differ enough to be sent to all experts about as often."""
    torch.manual_seed(0)
    model = Transformer(config).eval()
    nn.init.normal_(model.model.embed_tokens.weight)
    return model


def theirs(model: Transformer, folder: Path) -> nn.Module:
    """transformers' model with the same weights."""
    from transformers import AutoModelForCausalLM

    save_pretrained(model, folder)
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def ours(model: Transformer, forward: Callable[..., Tensor]) -> Read:
    """The library's model, read through `forward`."""

    def read(ids: Tensor, cache: KVCache | None) -> tuple[Tensor, KVCache]:
        cache = KVCache(model.config, max_length=PROMPT + NEW) if cache is None else cache
        return forward(ids, cache, logits_to_keep=1), cache

    return read


def of_transformers(peer: nn.Module, way: str | None) -> Read:
    """The peer, with its experts run in one of its ways; None where it has but one."""

    def read(ids: Tensor, cache: Any) -> tuple[Tensor, Any]:
        if way and peer.get_experts_implementation()[""] != way:
            peer.set_experts_implementation(way)
        out = peer(ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
        return out.logits, out.past_key_values

    return read


def dense(block: MixtureOfExperts, x: Tensor) -> Tensor:
    """Run every expert on every token, and weigh by zero what was not chosen. [B, T, C] to [B, T, C]."""
    experts, weights, scores = block.router(x.flatten(0, 1))
    weights = torch.zeros_like(scores).scatter(1, experts, weights).view(*x.shape[:2], -1)  # [B, T, E]
    return sum(expert(x) * weights[..., [number]] for number, expert in enumerate(block.experts))


def read_and_write(read: Read, ids: Tensor, new: int) -> Candidate:
    """Tokens a second of a prompt [1, T], and of so many more that are written one by one."""

    @torch.no_grad()
    def candidate() -> Sample:
        start = time.perf_counter()
        scores, cache = read(ids, None)
        middle = time.perf_counter()
        for _ in range(new):
            scores, cache = read(scores[:, -1].argmax(-1, keepdim=True), cache)
        end = time.perf_counter()
        return {"prefill tokens/s": ids.shape[1] / (middle - start), "decode tokens/s": new / (end - middle)}

    return candidate


def _growing(blocks: list[MixtureOfExperts], forward: Callable[[MixtureOfExperts, Tensor], Tensor]) -> Candidate:
    x = torch.randn(1, CROWD, blocks[0].router.weight.shape[1], generator=torch.Generator().manual_seed(0))
    cases = {"ms a token alone": x.split(1, 1)[:16], f"ms a token among {CROWD}": [x]}

    @torch.no_grad()
    def candidate() -> Sample:
        sample = {}
        for case, parts in cases.items():
            for block in blocks:
                start = time.perf_counter()
                for part in parts:
                    forward(block, part)
                tokens = len(parts) * parts[0].shape[1]
                sample[f"{case}, {len(block.experts)} experts"] = (time.perf_counter() - start) / tokens * 1e3
        return sample

    return candidate


def _sizes(quick: bool) -> dict[str, Any]:
    width, inner = (96, 64) if quick else (512, 1024)
    return SIZES | {"hidden_size": width, "intermediate_size": inner}
