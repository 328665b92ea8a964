"""What several parts of lesson 04b use: the sentence, the model with other positions, and plain rotation."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from lessons_lib.classroom.real_model import real_model, replaced, tensor_of
from lessons_lib.classroom.trials import Refused

DOG_FIRST = "First came the dog, then the cat. The first to come was the"
CAT_FIRST = "First came the cat, then the dog. The first to come was the"


@contextmanager
def positions_as(change: Callable[[Tensor], Tensor], pairing: str = "half") -> Iterator[None]:
    """While it lasts, every model turns its queries and keys by other positions.

    Args:
        change: the positions [T], 0, 1, 2 and so on, to those that are used in their place.
        pairing: which numbers turn together, "half" or "interleaved".
    """
    from lessons_lib.layers import rotation

    def turned(positions: Tensor, frequencies: Tensor, _pairing: str, scale: float):
        return rotation(change(positions), frequencies, pairing, scale)

    import lessons_lib.model  # noqa: F401

    with replaced(sys.modules["lessons_lib.model"], "rotation", turned):
        yield


def made_up(*shape: int) -> Tensor:
    """Numbers with one decimal that look random and are always the same."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape))).round(decimals=1)


def speeds(width: int, base: float) -> Tensor:
    """The angle a place of each of the `width / 2` pairs."""
    return base ** (-torch.arange(0, width, 2) / width)


def turned(x: Tensor, angles: Tensor) -> Tensor:
    """The pairs (i, i + D/2) of the last axis, turned by their angles [..., D/2]."""
    a, b = x.chunk(2, -1)
    return torch.cat([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()], -1)


def turned_neighbours(x: Tensor, angles: Tensor) -> Tensor:
    """The pairs (0, 1), (2, 3) and so on of the last axis, turned by their angles [..., D/2]."""
    a, b = x[..., 0::2], x[..., 1::2]
    pairs = [a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()]
    return torch.stack(pairs, -1).flatten(-2)


def in_every_layer(prompt: str, name: str, answer: Callable) -> list[tuple[str, float]] | None:
    """The three likeliest next tokens with their scores, where a learner's function works in every layer of SmolLM2.

    Args:
        prompt: a text.
        name: of the function of `lessons_lib.layers.attention` in whose place it comes, such as `"apply_rope"`.
        answer: given what the layer hands over, the first of it `[1, H, T, D]`, it must give `[H, T, D]`.

    Returns:
        Such as `[(" dog", 14.2), (" cat", 13.6), ...]`; None if the learner's function returns nothing.

    Raises:
        Refused: if it returns another shape, or no numbers.
    """
    model, tokenizer = real_model()
    nothing = []

    def part(x: Tensor, *others: object, **_: object) -> Tensor:
        result = answer(x, *others)
        if result is None:
            nothing.append(True)
            return x
        result = tensor_of(result)
        if result.shape != x.shape[1:]:
            raise Refused(f"your function must return the shape {list(x.shape[1:])}, got {list(result.shape)}")
        return result[None].to(x)

    ids = torch.tensor([tokenizer.encode(prompt)])
    with torch.no_grad(), replaced(sys.modules["lessons_lib.layers.attention"], name, part):
        scores = model(ids)[0, -1]  # [V]
    if nothing:
        return None
    best = scores.topk(3)
    return [(tokenizer.decode([int(i)]), float(score)) for score, i in zip(*best, strict=True)]
