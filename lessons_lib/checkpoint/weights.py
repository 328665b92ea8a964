"""Weights into a model: every tensor it has, of the right shape, and no other, one at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from mmap import mmap

import torch
from torch import Tensor, nn
from torch.nn import Parameter
from tqdm import tqdm

from lessons_lib.errors import CheckpointError
from lessons_lib.formats.lazy import LazyTensor, made
from lessons_lib.formats.mapped import release

BIG = 1 << 30  # bytes in memory: smaller models load in a moment
DELAY = 2.0  # seconds before a bar is drawn
MOST_NAMED = 40  # faults in one message


def fill(
    model: nn.Module,
    tensors: Mapping[str, Tensor | LazyTensor],
    file: str | os.PathLike[str],
    dtype: torch.dtype = torch.float32,
    maps: Sequence[mmap] = (),
    progress: bool = False,
) -> None:
    """Give a model its weights: every tensor it has, of the right shape, and no other.

    A tensor that has the right dtype already is taken as it is, without a copy: as a view of its file, if it is one.

    Args:
        model: may be on the "meta" device.
        tensors: by parameter name; a lazy one is made when its turn comes.
        file: named in errors.
        dtype: the parameters' type in the model. Buffers, which hold quantised weights, keep the type that they have.
        maps: the mapped files under the tensors; the memory of what was copied out of them is given back at once.
        progress: whether to draw a bar on stderr for a model of more than 1 GB that takes more than 2 seconds.

    Raises:
        CheckpointError: one message that names all missing, unexpected and wrongly shaped tensors, up to 40 of them; or
            the tensor with a weight that `dtype` can't hold.
    """
    places = _places(model)
    found = _without_twins(dict(tensors), places, file)
    wanted = {names[0]: tensor for tensor, names in places}
    faults = list(_faults(found, wanted))
    if faults:
        more = f"; and {len(faults) - MOST_NAMED} more" if len(faults) > MOST_NAMED else ""
        rule = f"exactly the tensors of the model: {'; '.join(faults[:MOST_NAMED])}{more}"
        raise CheckpointError(file, "tensors", f"{len(faults)} that do not fit", rule)
    state: dict[str, Tensor] = {}
    # The largest come first: what is held twice at a time is then small where most is held already.
    places.sort(key=lambda place: -place[0].numel())
    total = sum(tensor.numel() * dtype.itemsize for tensor, _ in places)
    quiet = not progress or total < BIG
    with tqdm(total=total, desc="Loading", unit="B", unit_scale=True, delay=DELAY, leave=False, disable=quiet) as bar:
        for place, names in places:
            tensor = made(found.pop(names[0]))
            if isinstance(place, Parameter):
                weight = tensor.to(dtype, memory_format=torch.contiguous_format).contiguous()  # one copy at most
                _check_range(weight, tensor, names[0], file)
                state |= dict.fromkeys(names, Parameter(weight))  # one object, if it is tied
            else:
                state |= dict.fromkeys(names, tensor)
            for data in maps:
                release(data)
            bar.update(place.numel() * dtype.itemsize)
    model.load_state_dict(state, strict=True, assign=True)


def _places(model: nn.Module) -> list[tuple[Tensor, list[str]]]:
    """Each tensor of a model with its names: a tied one has two."""
    places: dict[int, tuple[Tensor, list[str]]] = {}
    for name, tensor in model.state_dict(keep_vars=True).items():
        places.setdefault(id(tensor), (tensor, []))[1].append(name)
    return list(places.values())


def _without_twins(
    found: dict[str, Tensor | LazyTensor], places: list[tuple[Tensor, list[str]]], file: str | os.PathLike[str]
) -> dict[str, Tensor | LazyTensor]:
    """Leave out the second name of a tied tensor, which must hold what the first one holds."""
    for _, (name, *twins) in places:
        for twin in twins:
            if twin not in found:
                continue
            other = found.pop(twin)
            one = found.setdefault(name, other)  # some files have only the second
            if one is not other and not _same(one, other):
                raise CheckpointError(
                    file, twin, f"other numbers than {name}", "the same numbers: the config ties them"
                )
    return found


def _same(one: Tensor | LazyTensor, other: Tensor | LazyTensor) -> bool:
    """Whether two tensors hold the same numbers, rounded to the dtype of the less precise one."""
    if one.shape != other.shape or not (one.dtype.is_floating_point and other.dtype.is_floating_point):
        return False
    dtype = min((one.dtype, other.dtype), key=lambda dtype: dtype.itemsize)
    return torch.equal(made(one).to(dtype), made(other).to(dtype))


def _check_range(weight: Tensor, source: Tensor, name: str, file: str | os.PathLike[str]) -> None:
    """Refuse a conversion that makes infinity of a number."""
    if torch.finfo(weight.dtype).max >= torch.finfo(source.dtype).max:
        return
    if not any(end.isinf() for end in weight.aminmax()):
        return
    largest = max(map(abs, map(float, source.aminmax())))
    if largest < float("inf"):
        rule = (
            f"at most {torch.finfo(weight.dtype).max:g} in {weight.dtype}; load it as torch.bfloat16 or torch.float32"
        )
        raise CheckpointError(file, name, f"{largest:g}", rule)


def _faults(found: Mapping[str, Tensor | LazyTensor], wanted: Mapping[str, Tensor]) -> Iterator[str]:
    yield from (f"missing {name}" for name in wanted if name not in found)
    yield from (f"unexpected {name}" for name in found if name not in wanted)
    for name, place in wanted.items():
        if name not in found:
            continue
        tensor = found[name]
        if tuple(tensor.shape) != tuple(place.shape):
            yield f"{name} has shape {list(tensor.shape)} and not {list(place.shape)}"
        if not (tensor.dtype.is_floating_point if isinstance(place, Parameter) else tensor.dtype == place.dtype):
            yield f"{name} has dtype {tensor.dtype}"
        elif tensor.dtype.is_floating_point and tensor.dtype.itemsize == 1:
            yield f"{name} has dtype {tensor.dtype}, whose numbers mean nothing without scales, which are not read"
