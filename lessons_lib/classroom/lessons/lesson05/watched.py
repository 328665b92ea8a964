"""What runs in a model while it reads: every part with what it gives, in order; the drawing is made from it."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor, nn

from lessons_lib.classroom.lessons.lesson05 import transformer_2017
from lessons_lib.classroom.real_model import replaced
from lessons_lib.layers import Attention, Embedding, FeedForward, LayerNorm, Linear, RMSNorm

_PARTS = (Attention, Embedding, FeedForward, LayerNorm, Linear, RMSNorm, nn.Dropout)


def parts_of(module: nn.Module, name: str = "") -> Iterator[tuple[str, nn.Module]]:
    """The parts that a drawing has a box for, with their names, such as `encoder.0.norm1`; not what is inside them."""
    if isinstance(module, _PARTS):
        yield name, module
    else:
        for child, part in module.named_children():
            yield from parts_of(part, f"{name}.{child}" if name else child)


@contextmanager
def watched(model: nn.Module, letters: Mapping[int, str], cache: object = None) -> Iterator[list[tuple[str, str]]]:
    """While it lasts, what runs in a model is noted: the name of each part and the shape that came out, in order.

    Besides its parts these are the functions without learned numbers: `sines` for the positions that are added,
    `turn` for those that turn queries and keys, and `cache` for the keys that a cache gives back.

    Args:
        letters: for each size the letter to write it with; axes of size 1 are left out.
        cache: the one that the model is called with, if it is.
    """
    ran: list[tuple[str, str]] = []

    def note(name: str, out: Tensor) -> None:
        ran.append((name, "[" + ", ".join(letters[size] for size in out.shape if size != 1) + "]"))

    def spied(name: str, function):
        def spy(*arguments, **options):
            out = function(*arguments, **options)
            note(name, out if isinstance(out, Tensor) else out[0])
            return out

        return spy

    functions = {
        "sines": (transformer_2017, "sinusoidal_positions"),
        "turn": (sys.modules["lessons_lib.layers.attention"], "apply_rope"),
    }
    with ExitStack() as stack:
        for name, part in parts_of(model):
            hook = part.register_forward_hook(lambda _part, _given, out, name=name: note(name, out))
            stack.callback(hook.remove)
        if cache is not None:
            functions["cache"] = (cache, "append")
        for name, (owner, function) in functions.items():
            stack.enter_context(replaced(owner, function, spied(name, getattr(owner, function))))
        stack.enter_context(torch.no_grad())
        yield ran
