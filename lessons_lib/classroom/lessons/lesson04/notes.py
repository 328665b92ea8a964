"""The exam of lesson 04: a name, words that do not matter, and then: which name was it?

Two readers take it: one that keeps a note of fixed size, and one that looks at all words at once. Each is trained as
several networks side by side, begun from different random numbers, along the axis `R`. Numbers are 64 bits wide from
the first draw on, so that every machine prints the same.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lessons_lib.classroom.lessons.lesson00c.tiny import one_thread

NAMES, OTHERS, WIDTH = 8, 8, 32  # names have the ids 0 to 7, the other words 8 to 15


class Reader(nn.Module):
    """What both readers have: a vector for each word, and an answer from what was read.

    Args:
        runs: R, how many networks are trained side by side.
    """

    def __init__(self, runs: int = 8) -> None:
        super().__init__()
        self._generator = torch.Generator().manual_seed(0)
        self.words = self._drawn(runs, NAMES + OTHERS, WIDTH)
        self.answer = self._drawn(runs, WIDTH, NAMES, scale=WIDTH**-0.5)

    def forward(self, ids: Tensor) -> Tensor:
        """ids [B, T] to scores [R, B, NAMES]"""
        return self.read(self.words[:, ids]) @ self.answer  # [R, B, WIDTH] @ [R, WIDTH, NAMES]

    def _drawn(self, *shape: int, scale: float = 1.0) -> nn.Parameter:
        return nn.Parameter(torch.randn(shape, generator=self._generator, dtype=torch.float64) * scale)


class Note(Reader):
    """Reads word by word and rewrites one note of 32 numbers."""

    def __init__(self, runs: int = 8) -> None:
        super().__init__(runs)
        self.keep = self._drawn(runs, WIDTH, WIDTH, scale=(3 * WIDTH) ** -0.5)  # the spread of a new nn.Linear

    def read(self, x: Tensor) -> Tensor:
        """x [R, B, T, WIDTH] to the last note [R, B, WIDTH]"""
        note = torch.zeros_like(x[:, :, 0])
        for word in x.unbind(2):
            note = torch.tanh(word + note @ self.keep)
        return note


class OneLook(Reader):
    """One learned query looks at all words at once."""

    def __init__(self, runs: int = 8) -> None:
        super().__init__(runs)
        self.query = nn.Parameter(torch.zeros(runs, 1, 1, WIDTH, dtype=torch.float64))

    def read(self, x: Tensor) -> Tensor:
        """x [R, B, T, WIDTH] to the weighted mean [R, B, WIDTH]"""
        weights = (self.query @ x.transpose(-1, -2) * WIDTH**-0.5).softmax(-1)  # [R, B, 1, T]
        return (weights @ x)[:, :, 0]


def recalled(make: Callable[[], Reader], gap: int, steps: int = 200) -> Tensor:
    """Train fresh networks for one distance and examine them.

    Args:
        make: `Note` or `OneLook`.
        gap: how many words stand behind the name.
        steps: batches of 64 sentences.

    Returns:
        [R]: the share of 1,000 new sentences in which each network knows the name.
    """
    with one_thread():
        generator = torch.Generator().manual_seed(1)
        reader = make()
        optimizer = torch.optim.Adam(reader.parameters(), lr=0.01)
        for _ in range(steps):
            batch = sentences(64, gap, generator)
            scores = reader(batch)  # [R, 64, NAMES]
            names = batch[:, 0].expand(len(scores), -1)  # [R, 64]
            loss = F.cross_entropy(scores.flatten(0, 1), names.flatten()) * len(scores)  # each run as if alone
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        exam = sentences(1000, gap, generator)
        with torch.no_grad():
            return (reader(exam).argmax(-1) == exam[:, 0]).double().mean(-1)


def influence(gap: int) -> float:
    """How much the note of new networks still moves with the name, `gap` words later: the mean size of the slopes."""
    reader = Note()
    x = reader.words[:, sentences(64, gap, torch.Generator().manual_seed(1))].detach().requires_grad_()
    reader.read(x).sum().backward()
    return float(x.grad[:, :, 0].norm(dim=-1).mean())


def sentences(count: int, gap: int, generator: torch.Generator) -> Tensor:
    """A name and `gap` other words: [count, 1 + gap]."""
    name = torch.randint(NAMES, (count, 1), generator=generator)
    rest = NAMES + torch.randint(OTHERS, (count, gap), generator=generator)
    return torch.cat([name, rest], 1)
