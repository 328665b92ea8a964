"""A sentence as one vector: the course's own block without a causal mask, and the mean over its tokens."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from lessons_lib import arguments
from lessons_lib.apps.embedding.wordpiece import WordPiece
from lessons_lib.config import ModelConfig
from lessons_lib.layers import Block, Embedding, make_norm

TOKENS_AT_ONCE = 1024  # of a batch, padding included: what lies between two steps then stays near the processor


class SentenceEncoder(nn.Module):
    """An encoder of BERT's kind: every token sees every other, and the mean of what comes out stands for the text.

    Args:
        config: of its blocks, with learned positions.
        wordpiece: its tokenizer.
        max_length: tokens that it reads of a text, `[CLS]` and `[SEP]` included; at most as many as it has positions.

    Raises:
        ValueError: if the tokenizer has other tokens than the config says, or `max_length` is out of range.

    Source: Devlin et al. 2019, "BERT"; Reimers and Gurevych 2019, "Sentence-BERT", section 3.
    """

    def __init__(self, config: ModelConfig, wordpiece: WordPiece, max_length: int) -> None:
        super().__init__()
        if len(wordpiece.tokens) != config.vocab_size:
            raise ValueError(f"wordpiece: got {len(wordpiece.tokens)} tokens, allowed {config.vocab_size} (vocab_size)")
        self.config = config
        self.wordpiece = wordpiece
        self.max_length = arguments.whole("max_length", max_length, least=2, most=config.max_position_embeddings)
        self.embed_tokens = Embedding(config.vocab_size, config.hidden_size)
        self.embed_positions = Embedding(config.max_position_embeddings, config.hidden_size)
        self.embed_norm = make_norm(config)
        self.layers = nn.ModuleList(Block(config, layer) for layer in range(config.num_hidden_layers))

    def forward(self, token_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Make one vector of each text.

        Args:
            token_ids: [B, T].
            attention_mask: [B, T] bool, True at tokens that are no padding: one or more in each row.

        Returns:
            [B, C], each of length 1, so that the product of two is the cosine of their angle.
        """
        t = token_ids.shape[1]
        places = torch.arange(t, device=token_ids.device)
        x = self.embed_norm(self.embed_tokens(token_ids) + self.embed_positions(places))  # [B, T, C]
        mask = attention_mask[:, None, None].expand(-1, 1, t, -1)  # [B, 1, T, T]: all look at all that is no padding
        for layer in self.layers:
            x = layer(x, mask=mask)  # [B, T, C]
        real = attention_mask[..., None].to(x.dtype)  # [B, T, 1]
        mean = (x * real).sum(1) / real.sum(1)  # [B, C]
        return mean / mean.norm(dim=-1, keepdim=True)

    @torch.no_grad()
    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Make one vector of each text. Texts of like length are computed together, whatever their order.

        Args:
            texts: any number of them, of any length. Of a long one the first `max_length` tokens are read, and a
                warning says of how many texts the rest was left out.

        Returns:
            [N, C] float32, each row of length 1.

        Raises:
            ValueError: for what is no list of texts.
        """
        if isinstance(texts, str | bytes) or not isinstance(texts, Sequence):
            raise ValueError(f"texts: got {arguments.described(texts)}, allowed a list of str")
        rows = [self.wordpiece.encode(text, self.max_length + 1) for text in texts]
        if cut := sum(len(row) > self.max_length for row in rows):
            warnings.warn(
                f"{cut:,} of {len(rows):,} texts have more than {self.max_length} tokens: what follows was not read",
                stacklevel=3,  # where encode was called, above no_grad's own frame
            )
        rows = [row if len(row) <= self.max_length else [*row[: self.max_length - 1], row[-1]] for row in rows]
        vectors = np.empty((len(rows), self.config.hidden_size), np.float32)
        for places in _batches([len(row) for row in rows]):
            token_ids, attention_mask = self._padded([rows[place] for place in places])
            vectors[places] = self(token_ids, attention_mask).float().cpu().numpy()
        return vectors

    def _padded(self, rows: list[list[int]]) -> tuple[Tensor, Tensor]:
        """Rows of ids as [B, T], and which of them are no padding, where the model is."""
        widest = max(map(len, rows))
        ids = np.zeros((len(rows), widest), np.int64)  # [B, T]
        for place, row in enumerate(rows):
            ids[place, : len(row)] = row
        real = np.arange(widest) < np.array([[len(row)] for row in rows])  # [B, T]
        device = self.embed_tokens.weight.device
        return torch.from_numpy(ids).to(device), torch.from_numpy(real).to(device)


def _batches(lengths: list[int]) -> Iterator[list[int]]:
    """The places of texts that go together: longest first, as many as fit in `TOKENS_AT_ONCE` with their padding."""
    order = sorted(range(len(lengths)), key=lambda place: -lengths[place])
    start = 0
    while start < len(order):
        count = max(1, TOKENS_AT_ONCE // lengths[order[start]])
        yield order[start : start + count]
        start += count
