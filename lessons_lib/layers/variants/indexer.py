"""The indexer of sparse attention: a small attention of its own that chooses which tokens are worth a look."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.layers.linear import Linear
from lessons_lib.layers.masks import causal_mask
from lessons_lib.layers.norm import LayerNorm
from lessons_lib.layers.position import Rotation, apply_rope

_EPS = 1e-6  # of its norm, whatever `rms_norm_eps` says


class Indexer(nn.Module):
    """Scores each token for a query, `sum over heads of w * relu(q . k)`, and lets the best `index_topk` be seen.

    The h heads share one key of d = `index_head_dim` numbers a token, whose first `qk_rope_head_dim` turn. Queries are
    made from the short vector that the queries of attention are made from, and w from the stream. What it chooses
    cannot be learnt from the model's loss; DeepSeek trains it to follow the attention over all tokens.

    Source: DeepSeek-AI 2025, "DeepSeek-V3.2-Exp", section 1, equation 1; names as in Hugging Face transformers 5.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        heads, d = config.index_n_heads, config.index_head_dim
        self.wq_b = Linear(config.q_lora_rank, heads * d, bias=False)
        self.wk = Linear(config.hidden_size, d, bias=False)
        self.k_norm = LayerNorm(d, _EPS)
        self.weights_proj = Linear(config.hidden_size, heads, bias=False)

    def key(self, x: Tensor, rotation: Rotation | None) -> Tensor:
        """The key of each token of `x` [B, T, C]: [B, 1, T, d], to be kept."""
        return self._turned(self.k_norm(self.wk(x))[:, None], rotation)

    @torch.no_grad()
    def forward(
        self, x: Tensor, short: Tensor, rotation: Rotation | None, key: Tensor, mask: Tensor | None
    ) -> Tensor | None:
        """Choose for each token of `x` among the tokens that it may see.

        Args:
            x: [B, T, C], the last T of the S tokens whose keys are there.
            short: [B, T, q_lora_rank], what queries are made from.
            rotation: that of attention at the positions of `x`.
            key: [B, 1, S, d].
            mask: bool, broadcastable to [B, 1, T, S], True where a query may look; None for all up to itself.

        Returns:
            [B, 1, T, S] bool; None where there are no more than `index_topk` tokens, which are all chosen.
        """
        t, s, heads = x.shape[1], key.shape[2], self.config.index_n_heads
        if s <= self.config.index_topk:
            return None
        query = self._turned(self.wq_b(short).unflatten(-1, (heads, -1)).transpose(1, 2), rotation)  # [B, h, T, d]
        exact = torch.promote_types(x.dtype, torch.float32)
        near = F.relu(query.to(exact) @ key.to(exact).mT * self.config.index_head_dim**-0.5)  # [B, h, T, S]
        weight = self.weights_proj(x).to(exact) * heads**-0.5  # [B, T, h]
        scores = torch.einsum("bth,bhts->bts", weight, near)[:, None]  # [B, 1, T, S]
        if mask is None:
            mask = causal_mask(t, s, x.device)
        # Where no head finds anything many scores are 0; of equals the earliest are taken, however the text is cut.
        order = scores.masked_fill(~mask, -torch.inf).sort(dim=-1, descending=True, stable=True).indices
        best = order[..., : self.config.index_topk]
        return torch.zeros_like(scores, dtype=torch.bool).scatter(-1, best, True) & mask

    def _turned(self, x: Tensor, rotation: Rotation | None) -> Tensor:
        return x if rotation is None else apply_rope(x, rotation._replace(pairing=self.config.index_pairing))
