"""One step of training a model of 12 million parameters: forward, backward, clipping and AdamW."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.block import multiplier
from benchmarks.harness import Benchmark, per_second
from benchmarks.peers import Models, twin
from lessons_lib.config import ModelConfig
from lessons_lib.layers import linear
from lessons_lib.model import Transformer
from lessons_lib.training import Recipe, Run, Windows, linear_cross_entropy

ROWS, TOKENS = 16, 256
TINY = ModelConfig(
    vocab_size=97,
    hidden_size=36,
    intermediate_size=96,
    num_hidden_layers=2,
    num_attention_heads=6,
    max_position_embeddings=13,
    tie_word_embeddings=True,
)


def config_of(width: int, layers: int, context: int) -> ModelConfig:
    """A Llama of a vocabulary of 4,096 and heads of 64."""
    return ModelConfig(
        vocab_size=4096,
        hidden_size=width,
        intermediate_size=8 * width // 3,
        num_hidden_layers=layers,
        num_attention_heads=width // 64,
        max_position_embeddings=context,
        tie_word_embeddings=True,
    )


CONFIG = config_of(384, 6, TOKENS)  # 12 million numbers
RATE, CLIP = 1e-3, 1.0
Loss = Callable[[Tensor, Tensor], Tensor]


def benchmark(models: Models, bfloat16: bool = False) -> Benchmark:
    """The library's step beside those of transformers and of a GPT as nanoGPT has it, in one or the other precision."""
    config, rows = (TINY, 2) if models.quick else (CONFIG, ROWS)
    data, tokens = windows(config), rows * config.max_position_embeddings
    run = Run(fresh(config), data, recipe(rows, bfloat16))
    weights = [weight.detach() for weight in run.model.parameters() if weight.dim() == 2]

    def candidate(step: Callable[[], object]):
        def work() -> int:
            step()
            return tokens

        return per_second(work, {"tokens/s": 1})

    peers = {"GPT as in nanoGPT": gpt(config), "transformers": transformers(config)}
    return Benchmark(
        title=f"Training step, 12M parameters, {'bfloat16' if bfloat16 else 'float32'}",
        ours={
            "ours": candidate(run.advance),
            "ours, loss in slices": candidate(stepper(*in_slices(config), data, rows, bfloat16)),
        },
        peers={name: candidate(stepper(*peer, data, rows, bfloat16)) for name, peer in peers.items()},
        limits={"multiplying": candidate(multiplier(weights, tokens, linear))} if not bfloat16 else {},
    )


def recipe(rows: int, bfloat16: bool = False) -> Recipe:
    """AdamW for all weights at one rate, as the peers have it."""
    steady = {"warm_up": 0.0, "decay": 0.0, "matrix_learning_rate": None, "learning_rate": RATE, "clip": CLIP}
    return Recipe(steps=10**6, batch_size=rows, bfloat16=bfloat16, **steady)


def windows(config: ModelConfig) -> Windows:
    """Random tokens: what they say does not change how long a step takes."""
    tokens = torch.randint(config.vocab_size, (200_000,), generator=torch.Generator().manual_seed(0))
    return Windows(tokens, config.max_position_embeddings)


def fresh(config: ModelConfig) -> Transformer:
    """The library's model, with the same weights each time."""
    torch.manual_seed(0)
    return Transformer(config)


def whole(config: ModelConfig) -> tuple[nn.Module, Loss]:
    """Ours, with the scores of all places at once."""
    model = fresh(config)
    return model, lambda read, follows: _loss(model(read), follows)


def in_slices(config: ModelConfig) -> tuple[nn.Module, Loss]:
    """Ours, whose head is left to `linear_cross_entropy`."""
    model = fresh(config)
    head, model.lm_head = model.lm_head, nn.Identity()
    return model, lambda read, follows: linear_cross_entropy(model(read), head.weight, follows)[0] / follows.numel()


def transformers(config: ModelConfig) -> tuple[nn.Module, Loss]:
    """A peer with our weights."""
    model = twin(fresh(config)).train()
    return model, lambda read, follows: _loss(model(input_ids=read, use_cache=False).logits, follows)


def gpt(config: ModelConfig) -> tuple[nn.Module, Loss]:
    """A peer of the same size."""
    model = GPT(config)
    return model, lambda read, follows: _loss(model(read), follows)


class GPT(nn.Module):
    """GPT-2 without biases, in torch's own layers and its fused attention, as nanoGPT trains it."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width, self.heads = config.hidden_size, config.num_attention_heads
        self.tokens = nn.Embedding(config.vocab_size, width)
        self.positions = nn.Embedding(config.max_position_embeddings, width)
        self.blocks = nn.ModuleList(
            nn.ModuleDict(
                {
                    "norm": nn.LayerNorm(width, bias=False),
                    "qkv": nn.Linear(width, 3 * width, bias=False),
                    "out": nn.Linear(width, width, bias=False),
                    "norm2": nn.LayerNorm(width, bias=False),
                    "up": nn.Linear(width, 4 * width, bias=False),
                    "down": nn.Linear(4 * width, width, bias=False),
                }
            )
            for _ in range(config.num_hidden_layers)
        )
        self.norm = nn.LayerNorm(width, bias=False)
        for matrix in (weight for weight in self.parameters() if weight.dim() == 2):
            nn.init.normal_(matrix, std=0.02)

    def forward(self, ids: Tensor) -> Tensor:
        """Ids [B, T] to scores [B, T, V]."""
        x = self.tokens(ids) + self.positions.weight[: ids.shape[1]]  # [B, T, C]
        for block in self.blocks:
            parts = block["qkv"](block["norm"](x)).chunk(3, -1)
            q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)  # [B, H, T, D]
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + block["out"](mixed.transpose(1, 2).flatten(2))
            x = x + block["down"](F.gelu(block["up"](block["norm2"](x))))
        return F.linear(self.norm(x), self.tokens.weight)


def stepper(model: nn.Module, loss: Loss, data: Windows, rows: int, bfloat16: bool = False) -> Callable[[], float]:
    """Make a step in the usual words of torch; it returns the loss."""
    decays = [p for p in model.parameters() if p.dim() > 1], [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": decays[0]}, {"params": decays[1], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    done = 0

    def step() -> float:
        nonlocal done
        read, follows = data.batch(done, rows)
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            value = loss(read, follows)
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        optimizer.zero_grad()
        done += 1
        return value.item()

    return step


def _loss(logits: Tensor, follows: Tensor) -> Tensor:
    return F.cross_entropy(logits.float().flatten(0, 1), follows.flatten())
