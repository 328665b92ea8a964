"""What lesson 09 and its exercises train in a moment: a tiny model that reads stories byte by byte, in 64 bits.

With 64 bits rounding hardly shows, so a run has the same losses on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.classroom.lessons.lesson09.stories import THINGS, stories
from lessons_lib.config import ModelConfig
from lessons_lib.model import Transformer
from lessons_lib.tokenizer import Tokenizer
from lessons_lib.training import IGNORED, pack

SEPARATOR = 0  # a byte that no story holds
LENGTH = 48


def tiny_model(seed: int = 0) -> Transformer:
    """A model of 256 tokens, the bytes, and 28,832 numbers."""
    torch.manual_seed(seed)
    config = ModelConfig(
        vocab_size=256,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=2 * LENGTH,
        tie_word_embeddings=True,
    )
    return Transformer(config).double()


def tiny_rows(count: int = 60, seed: int = 0) -> Tensor:
    """The beginnings of stories as bytes: ids [N, T + 1] with T = 48."""
    return pack([story.encode()[:LENGTH] for story in stories(count, seed)], LENGTH, SEPARATOR)


def drawn(config: ModelConfig, seed: int) -> Transformer:
    """A new model whose weights are drawn in 64 bits, so that they are the same on every machine."""
    model, generator = Transformer(config), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in model.parameters():
            if p.ndim == 2:
                p.copy_(config.initializer_range * torch.randn(p.shape, dtype=torch.float64, generator=generator))
    return model


def one_a_row(texts: Sequence[Sequence[int]], separator: int) -> Tensor:
    """Texts as rows [N, T + 1], each between two separators and filled up with -100, which no loss counts."""
    rows = torch.full((len(texts), max(map(len, texts)) + 2), IGNORED)
    for row, text in zip(rows, texts, strict=True):
        row[: len(text) + 2] = torch.tensor([separator, *text, separator])
    return rows


@torch.no_grad()
def share_of_the_thing(
    earlier: Transformer, later: Transformer, texts: Sequence[str], tokenizer: Tokenizer, separator: int
) -> tuple[float, float]:
    """What share of the stories' tokens are things such as `kite`, and what share of the fall of the loss from one
    model to a later one lies at these."""
    rows = one_a_row([tokenizer.encode(text) for text in texts], separator)
    read, named = rows[:, :-1].clamp(min=0), rows[:, 1:]
    things = [i for i in range(tokenizer.vocab_size) if tokenizer.decode([i]).strip() in THINGS]
    places = torch.isin(named, torch.tensor(things))
    before, after = (
        F.cross_entropy(model(read).transpose(1, 2), named, reduction="none") for model in (earlier, later)
    )
    fall = before - after
    return (places.sum() / (named != IGNORED).sum()).item(), (fall[places].sum() / fall.sum()).item()


FAULTS = (
    "the labels are the inputs, not shifted",
    "the learning rate is a hundred times too large",
    "the first weights are thirty times too large",
    "the optimiser holds the weights of another model",
    "all steps read the same four rows",
)


def faulty_losses(fault: int, steps: int = 60) -> list[float]:
    """What a run with one of the faults, counted from 1, shows: its loss at the first step, after a sixth of the
    steps and at the last one; and at last the loss on stories that it has not read, with the same labels.
    """
    rows, unread, model = tiny_rows(), tiny_rows(16, seed=1), tiny_model()
    if fault == 3:
        with torch.no_grad():
            model.model.embed_tokens.weight *= 30
    moved = tiny_model(seed=1) if fault == 4 else model
    optimizer = torch.optim.AdamW(moved.parameters(), lr=1.0 if fault == 2 else 0.01)

    def loss_on(some: Tensor) -> Tensor:
        inputs = some[:, :-1]
        labels = inputs if fault == 1 else some[:, 1:]
        return F.cross_entropy(model(inputs).flatten(0, 1), labels.flatten())

    losses = []
    for step in range(steps):
        first = 0 if fault == 5 else 4 * step % len(rows)
        loss = loss_on(rows[first : first + 4])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    with torch.no_grad():
        return [losses[0], losses[steps // 6], losses[-1], loss_on(unread).item()]


def trained_with(answer: Callable, lr: float, steps: int) -> dict | None:
    """What the tiny model comes to when a learner's loop trains it: the losses, and that on unread stories.

    Returns:
        None if the loop returns nothing.
    """
    rows, unread, model = tiny_rows(), tiny_rows(16, seed=1), tiny_model()
    starts = [4 * step % (len(rows) - 3) for step in range(steps)]
    batches = [(rows[s : s + 4, :-1].clone(), rows[s : s + 4, 1:].clone()) for s in starts]
    for _, labels in batches:
        labels[0, 8:] = -100  # most of a first row is not to be learned: the mean of rows' means is another
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        losses = _numbers(answer(model, batches, lr))
        if losses is None:
            return None
        with torch.no_grad():
            held_out = F.cross_entropy(model(unread[:, :-1]).flatten(0, 1), unread[:, 1:].flatten())
    finally:
        torch.set_num_threads(before)
    return {"losses": losses, "on unread stories": held_out.item()}


def _numbers(losses):
    """A learner's losses as plain numbers, whether or not they are tensors that still remember where they come from."""
    if isinstance(losses, Tensor):
        return losses.detach().tolist()
    if isinstance(losses, Iterable):
        return [loss.item() if isinstance(loss, Tensor) else float(loss) for loss in losses]
    return losses
