"""Decoding: 64 new tokens after a prompt of 32, greedy. Each token reads all weights, so memory sets the pace."""

from __future__ import annotations

import torch

from benchmarks.harness import Benchmark, per_second
from benchmarks.limits import memory_reader
from benchmarks.peers import Models
from lessons_lib.generation import KVCache, generate

PROMPT, NEW = 32, 64  # tokens


def benchmark(models: Models) -> Benchmark:
    """The library's compiled step and its plain path beside transformers; reading the prompt is included."""
    model, peer = models.ours, models.transformers
    prompt = torch.randint(model.config.vocab_size, (1, PROMPT), generator=torch.Generator().manual_seed(0))

    def compiled() -> int:
        return len(list(generate(model, prompt[0].tolist(), NEW, stop_token_ids=())))

    @torch.no_grad()
    def plain() -> int:
        cache, unread = KVCache(model.config, max_length=PROMPT + NEW), prompt
        for _ in range(NEW):
            unread = model(unread, cache, logits_to_keep=1)[:, -1].argmax(-1, keepdim=True)
        return NEW

    def transformers() -> int:
        ids = peer.generate(prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=NEW, do_sample=False)
        return ids.shape[1] - PROMPT

    weights = 4 * model.num_parameters()  # bytes that a token reads
    tokens = {"tokens/s": 1}
    return Benchmark(
        title=f"Decode, {NEW} tokens after a prompt of {PROMPT}",
        ours={"ours, compiled": per_second(compiled, tokens), "ours, plain torch": per_second(plain, tokens)},
        peers={"transformers": per_second(transformers, tokens)},
        limits={"reading memory": per_second(memory_reader(weights), {"tokens/s": weights, "GB/s": 1e9})},
    )
