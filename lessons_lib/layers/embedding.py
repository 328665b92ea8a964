"""The embedding: a matrix in which every token has a row, and looking up a token is reading its row."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Embedding(nn.Module):
    """Turns token ids [B, T] into vectors [B, T, C] by looking them up in `weight` [V, C].

    The same as multiplying a one-hot row with the matrix, without the multiplications.
    """

    def __init__(self, vocab_size: int, hidden_size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(vocab_size, hidden_size))
        if not self.weight.is_meta:  # there is nothing to fill there, and torch would load its compiler to do it
            nn.init.normal_(self.weight)

    def forward(self, token_ids: Tensor) -> Tensor:
        return F.embedding(token_ids, self.weight)
