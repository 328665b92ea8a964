"""AltUp: several streams, of which a block reads and writes one; what it would do to the others is guessed."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.layers.linear import Linear
from lessons_lib.layers.norm import make_norm


class AltUp(nn.Module):
    """Guesses what a block makes of N streams, and corrects the guess by what it made of the first.

    Source: Baykal et al. 2023, "Alternating Updates for Efficient Transformers", algorithm 1; names as in transformers.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        n, self.width = config.altup_num_inputs, config.hidden_size
        self.correct_output_scale = nn.Parameter(torch.zeros(self.width))
        self.correction_coefs = Linear(n, n, bias=False)
        self.prediction_coefs = Linear(n, n * n, bias=False)
        self.modality_router = Linear(self.width, n, bias=False)
        self.router_norm = make_norm(config)

    def predict(self, streams: Tensor) -> Tensor:
        """Add to each stream a mixture of all: [N, B, T, C] to [N, B, T, C]."""
        mixing = self.prediction_coefs(self._modes(streams[0])).unflatten(-1, (len(streams), -1))  # [B, T, N, N]
        return streams + torch.einsum("jbtc,btij->ibtc", streams, mixing)

    def correct(self, guesses: Tensor, made: Tensor) -> Tensor:
        """Move the guesses [N, B, T, C] by what was wrong with the first, which the block made [B, T, C]."""
        shares = (self.correction_coefs(self._modes(made)) + 1).movedim(-1, 0)  # [N, B, T]
        return guesses + (made - guesses[0]) * shares[..., None]

    def _modes(self, x: Tensor) -> Tensor:
        routed = self.modality_router(self.router_norm(x) * self.width**-1.0)  # [B, T, N]
        return torch.tanh(routed.float()).to(x.dtype)


class Laurel(nn.Module):
    """A way around attention of low rank: `x + norm(right(left(x)))`.

    Source: Menghani et al. 2024, "LAuReL: Learned Augmented Residual Layer", section 2.2.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.linear_left = Linear(config.hidden_size, config.laurel_rank, bias=False)
        self.linear_right = Linear(config.laurel_rank, config.hidden_size, bias=False)
        self.post_laurel_norm = make_norm(config)

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, T, C] to [B, T, C]."""
        return x + self.post_laurel_norm(self.linear_right(self.linear_left(x)))


def altup_parts(config: ModelConfig) -> dict[str, nn.Module]:
    """The matrices that make streams and one of them again, by their names in a model's files; none for one stream."""
    if config.altup_num_inputs == 1:
        return {}
    c, more = config.hidden_size, config.altup_num_inputs - 1
    names = ("altup_projections", "altup_unembed_projections")
    return {name: nn.ModuleList(Linear(c, c, bias=False) for _ in range(more)) for name in names}


def streams_from(x: Tensor, projections: nn.ModuleList) -> Tensor:
    """The stream itself, and projections of it that are as long: [B, T, C] to [N, B, T, C]."""
    return torch.stack([x, *(_as_long(projection(x), x) for projection in projections)])


def stream_of(streams: Tensor, projections: nn.ModuleList) -> Tensor:
    """The mean of the first stream and of projections of the others that are as long: [N, B, T, C] to [B, T, C]."""
    first, *others = streams
    pairs = zip(projections, others, strict=True)
    return torch.stack([first, *(_as_long(projection(other), first) for projection, other in pairs)]).mean(0)


def _as_long(x: Tensor, other: Tensor) -> Tensor:
    """Give vectors the mean square of others."""
    wanted = other.square().mean(-1, keepdim=True) ** 0.5
    return x * wanted / x.square().mean(-1, keepdim=True).clamp(min=1e-5).sqrt()
