"""What lesson 04c does to the real model: its query heads read other heads."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from torch import Tensor

from lessons_lib.classroom.real_model import replaced


@contextmanager
def heads_as(spread: Callable[[Tensor], Tensor]) -> Iterator[None]:
    """While it lasts, query heads read the heads that `spread` makes of others, [B, G, T, D] to [B, H, T, D]."""
    from lessons_lib.layers import attention

    def look(query: Tensor, key: Tensor, value: Tensor, *arguments: object, **options: object) -> Tensor:
        return attention(query, spread(key), spread(value), *arguments, **options)

    with replaced(sys.modules["lessons_lib.layers.attention"], "attention", look):
        yield
