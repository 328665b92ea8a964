"""What several parts of lesson 06 use: a model taken apart, copies with one change, attention without a mask."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lessons_lib import ModelConfig, Transformer
from lessons_lib.classroom.real_model import replaced
from lessons_lib.layers import attention, rope_frequencies, rotation

# A small tied model whose sizes all differ, so that no axis can be mistaken for another.
SMALL = ModelConfig(
    vocab_size=2000,
    hidden_size=36,
    intermediate_size=52,
    num_hidden_layers=3,
    num_attention_heads=6,
    num_key_value_heads=2,
    head_dim=10,
    tie_word_embeddings=True,
)


def parts_of(model: Transformer) -> dict[str, Callable | list[Callable]]:
    """The parts of a model as functions without a batch axis.

    Returns:
        `embed` from ids [T] to [T, C], `blocks` and `norm` from [T, C] to [T, C], and `head` from [T, C] to [T, V].
    """
    speeds = rope_frequencies(model.config)

    def as_function(block: nn.Module) -> Callable:
        return lambda x: block(x[None], rotation(torch.arange(len(x)), speeds, model.config.rope_pairing))[0]

    return {
        "embed": lambda ids: model.model["embed_tokens"](torch.as_tensor(ids)),
        "blocks": [as_function(block) for block in model.model["layers"]],
        "norm": lambda x: model.model["norm"](x),
        "head": lambda x: model.lm_head(x),
    }


def copy_of(model: Transformer, weights: Mapping[str, Tensor] | None = None, **fields: object) -> Transformer:
    """A copy that shares the model's weights but for those given, with other values of some fields of its config."""
    with torch.device("meta"):
        copy = Transformer(replace(model.config, **fields))
    copy.load_state_dict(model.state_dict() | dict(weights or {}), assign=True)
    return copy.eval()


@contextmanager
def without_mask() -> Iterator[None]:
    """While it lasts, every token of every model sees all tokens, the later ones too."""

    def look(query: Tensor, key: Tensor, value: Tensor, *_mask: object, **options: object) -> Tensor:
        return attention(query, key, value, None, False, scale=options.get("scale"))

    with replaced(sys.modules["lessons_lib.layers.attention"], "attention", look):
        yield


def losses_on_noise(seed: int, *, leak: bool, steps: int = 80) -> list[float]:
    """The loss at each step of training a small fresh model on random tokens, each batch new: nothing can be learned
    from what came before.

    Args:
        seed: of the weights and the tokens.
        leak: whether every token sees the later ones too.
        steps: of the optimiser.
    """
    torch.manual_seed(seed)
    model = Transformer(
        ModelConfig(
            vocab_size=16, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, head_dim=8
        )
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    losses = []
    with torch.enable_grad(), without_mask() if leak else nullcontext():
        for _ in range(steps):
            ids = torch.randint(16, (16, 13))  # [B, T + 1]
            loss = F.cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


class _OneSizeForAll(nn.Module):
    """A norm with a fault: it divides all tokens of a text by one common size."""

    def __init__(self, norm: nn.Module, eps: float) -> None:
        super().__init__()
        self.weight, self.eps = norm.weight, eps

    def forward(self, x: Tensor) -> Tensor:
        return x / torch.sqrt(x.square().mean((-1, -2), keepdim=True) + self.eps) * self.weight


def with_one_size_for_all(model: Transformer) -> Transformer:
    """A copy whose blocks divide all tokens of a text by one common size before attention."""
    copy = copy_of(model)
    for block in copy.model["layers"]:
        block.input_layernorm = _OneSizeForAll(block.input_layernorm, model.config.rms_norm_eps)
    return copy
