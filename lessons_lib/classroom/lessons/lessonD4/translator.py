"""The encoder-decoder of 2017 in small: one block that reads, one that writes, one head in each attention.

Numbers are 64 bits wide from the first draw on, so that every machine prints the same.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lessons_lib.layers import attention_weights, causal_mask, sinusoidal_positions

START, BATCH = 0, 32


class Look(nn.Module):
    """Attention with one head: a text [B, T, C] takes weighted means of a source [B, S, C].

    Attributes:
        map: the shares of the last call, [B, T, S].
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj, self.o_proj = (
            nn.Linear(width, width, bias=False, dtype=torch.float64) for _ in range(4)
        )

    def forward(self, text: Tensor, source: Tensor, mask: Tensor | None = None) -> Tensor:
        """[B, T, C], from what each token of the text may see by the mask [T, S]; None for all of the source."""
        query, key, value = self.q_proj(text), self.k_proj(source), self.v_proj(source)
        shares = attention_weights(query[:, None], key[:, None], mask)[:, 0]  # [B, T, S]
        self.map = shares.detach()
        return self.o_proj(shares @ value)


class Translator(nn.Module):
    """An encoder and a decoder of one block each, with their norms behind each addition.

    Args:
        source_words: words of the language to read.
        target_words: words of the language to write, the start sign included.
        seed: what the first numbers are drawn with.
        width: the length C of a word's vector.
        causal: whether the decoder's words are kept from looking ahead; False is a mistake worth making once.

    Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.
    """

    def __init__(
        self, source_words: int, target_words: int, seed: int = 0, width: int = 32, causal: bool = True
    ) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.causal = causal
        self.source, self.target = (nn.Embedding(n, width, dtype=torch.float64) for n in (source_words, target_words))
        self.encoder_self, self.decoder_self, self.decoder_cross = Look(width), Look(width), Look(width)
        self.encoder_mlp, self.decoder_mlp = _feed_forward(width), _feed_forward(width)
        self.norms = nn.ModuleList(nn.LayerNorm(width, dtype=torch.float64) for _ in range(5))
        self.lm_head = nn.Linear(width, target_words, dtype=torch.float64)

    def encode(self, source: Tensor) -> Tensor:
        """Words to read [B, S] to one vector for each, [B, S, C]: the memory."""
        x = self.source(source) + _places(source, self.source)
        x = self.norms[0](x + self.encoder_self(x, x))  # every word sees all
        return self.norms[1](x + self.encoder_mlp(x))

    def decode(self, target: Tensor, memory: Tensor, seen: Tensor | None = None) -> Tensor:
        """Words so far [B, T] to scores for the word after each, [B, T, V]; `seen` [T, S] hides words of the source."""
        x = self.target(target) + _places(target, self.target)
        mask = causal_mask(x.shape[1], x.shape[1]) if self.causal else None  # [T, T]
        x = self.norms[2](x + self.decoder_self(x, x, mask))
        x = self.norms[3](x + self.decoder_cross(x, memory, seen))
        return self.lm_head(self.norms[4](x + self.decoder_mlp(x)))


def shifted(target: Tensor) -> Tensor:
    """What the decoder is shown while it learns [B, T]: the start sign, and all words but the last."""
    return torch.cat([torch.full_like(target[:, :1], START), target[:, :-1]], 1)


def train(model: Translator, source: Tensor, target: Tensor, steps: int = 150, seed: int = 0) -> float:
    """Train in place on pairs of sentences; gives the last batch's loss."""
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.005)
    for _ in range(steps):
        batch = torch.randint(len(source), (BATCH,), generator=generator)
        scores = model.decode(shifted(target[batch]), model.encode(source[batch]))  # [B, T, V]
        loss = F.cross_entropy(scores.flatten(0, 1), target[batch].flatten())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return loss.item()


@torch.no_grad()
def translate(model: Translator, source: Tensor, length: int = 7) -> Tensor:
    """Write word by word, the likeliest each time: [B, S] to [B, length]."""
    memory = model.encode(source)
    words = torch.full_like(source[:, :1], START)
    for _ in range(length):
        scores = model.decode(words, memory)[:, -1]  # [B, V]
        words = torch.cat([words, scores.argmax(-1, keepdim=True)], 1)
    return words[:, 1:]


def _feed_forward(width: int) -> nn.Module:
    inner, outer = (nn.Linear(*sizes, dtype=torch.float64) for sizes in ((width, 4 * width), (4 * width, width)))
    return nn.Sequential(inner, nn.ReLU(), outer)


def _places(ids: Tensor, table: nn.Embedding) -> Tensor:
    return sinusoidal_positions(ids.shape[1], table.embedding_dim).double()  # [T, C]
