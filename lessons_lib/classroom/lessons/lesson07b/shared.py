"""What several parts of lesson 07b use: the look-up, a count of operations, and the weight of a model."""

from collections import Counter
from collections.abc import Callable

from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode


def look_up(ids: list[int], count: int) -> list[int]:
    """What followed the last earlier occurrence of a text's last two tokens: up to `count` tokens."""
    for at in range(len(ids) - 1, 1, -1):
        if ids[at - 2 : at] == ids[-2:]:
            return ids[at : at + count]
    return []


def operations(task: Callable[[], object]) -> Counter[str]:
    """How often torch starts which of its operations while a task runs."""
    names: Counter[str] = Counter()

    class Listener(TorchDispatchMode):
        def __torch_dispatch__(self, operation, types, arguments=(), options=None):
            names[str(operation).split(".")[1].strip("_")] += 1
            return operation(*arguments, **(options or {}))

    with Listener():
        task()
    return names


def megabytes(model: nn.Module) -> float:
    """The MB of all that a model stores; a matrix that is used twice counts once."""
    return sum({x.data_ptr(): x.nbytes for x in (*model.parameters(), *model.buffers())}.values()) / 1e6
