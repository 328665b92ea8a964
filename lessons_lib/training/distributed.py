"""One run on many processes: each works on its share of a batch, and all take the same step.

    torchrun --nproc-per-node 2 -m lessons_lib.training job.toml

The engine is torch's own. DDP keeps a whole model in each process and takes the mean of the gradients; FSDP2 keeps a
part of each weight, and brings a block together while it is needed; its distributed checkpoint (DCP) lets each process
write what it holds. Nothing is drawn or counted differently: a run reaches the same loss on any number of processes,
but for rounding and dropout, and one that was saved by two goes on with one or four. Asked to end, torchrun passes that
on, all save and end well, and torchrun itself says that it was stopped.

Other engines take the model too. Tried on CPUs: Accelerate 1.15 prepares a `Transformer` as it is; Lightning wants a
module of four lines around it; the `Trainer` of transformers 5.23 opens the folder of `save_pretrained`, which is less
work than to wrap the class. Not tried: torchtitan, which reads such folders, and several GPUs or machines.

Source: Li et al. 2020 (DDP); Zhao et al. 2023 (FSDP).
"""

from __future__ import annotations

import gc
import importlib.util
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn

from lessons_lib.errors import CheckpointError
from lessons_lib.layers import adapters, add_lora
from lessons_lib.model import Transformer

WAYS = ("ddp", "fsdp")
DEVICES = ("cpu", "cuda")


@contextmanager
def processes(device: str = "cpu") -> Iterator[torch.device]:
    """Join the processes that torchrun started, until the block ends; a process that nobody else started stays alone.

    Let go of a run that is spread before the block ends, best by calling a function in it. Gloo's threads end with the
    group of processes, which DDP holds as long as it lives. A thread that is still there when Python shuts down, and
    then drops the last piece of work, asks for an interpreter that is gone: the process aborts.

    Args:
        device: "cpu", or "cuda" for one GPU a process.

    Returns:
        The device of this process.

    Raises:
        ValueError: if torch finds no such device.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise ValueError("device: got 'cuda', allowed 'cpu': torch finds no GPU")
    if "RANK" not in os.environ:
        yield torch.device(device)
        return
    mine = torch.device(device, int(os.environ["LOCAL_RANK"])) if device == "cuda" else torch.device(device)
    if mine.type == "cuda":
        torch.cuda.set_device(mine)
    from torch import _dynamo  # noqa: F401 (DDP imports it, and if a group is there by then, it holds that for ever)

    dist.init_process_group("cpu:gloo,cuda:nccl" if mine.type == "cuda" else "gloo")
    try:
        yield mine
        dist.barrier()  # torch keeps the group in caches after FSDP: let its threads drop their work while all wait
    finally:
        gc.collect()  # DDP refers to itself
        dist.destroy_process_group()


def place() -> tuple[int, int]:
    """The number of this process, from 0, and how many there are."""
    return (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)


def wait() -> None:
    """Wait for the other processes."""
    if dist.is_initialized():
        dist.barrier()


def total(number: float) -> float:
    """The sum of what all processes call this with."""
    if not dist.is_initialized():
        return number
    numbers = torch.tensor([number], dtype=torch.float64)
    dist.all_reduce(numbers)
    return numbers.item()


def spread(model: nn.Module, way: str) -> Callable[[Tensor], Tensor]:
    """Spread a model over the processes, with the weights of the first.

    Args:
        model: on the device of this process; keeps its class and the names of its parameters.
        way: "ddp" for any model; "fsdp" for a `Transformer`, whose parameters become `DTensor`s.

    Returns:
        What maps ids to scores, and shares the gradients backwards: each process gets their mean.

    Raises:
        ValueError: for another way, or with FSDP another model or a vocabulary that can't be divided.
    """
    if way not in WAYS:
        raise ValueError(f"spread: got {way!r}, allowed {' or '.join(WAYS)}")
    if way == "ddp":
        from torch.nn.parallel import DistributedDataParallel

        return DistributedDataParallel(model)
    from torch.distributed.fsdp import fully_shard

    if not isinstance(model, Transformer):
        raise ValueError(f"model: got {type(model).__name__}, allowed a Transformer with spread = 'fsdp'")
    vocabulary, (_, size) = model.config.vocab_size, place()
    if vocabulary % size:  # torch would leave some rows of a tied matrix as they are
        padded = -(-vocabulary // size) * size
        raise ValueError(f"vocab_size: got {vocabulary}, allowed a multiple of {size} processes, such as {padded}")
    for tensor in model.state_dict().values():
        dist.broadcast(tensor, 0)
    # Its caution is for who changes the scores in place, as nobody here does.
    warnings.filterwarnings("ignore", r"FSDP2-wrapped module .* returned a view", UserWarning)
    for block in model.model.layers:
        fully_shard(block)
    return fully_shard(model)  # all that is left, together: embedding and head may be one matrix


def whole(tensor: Tensor) -> Tensor:
    """A tensor whose parts lie in several processes, all of which must ask; any other as it is."""
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def part_like(full: Tensor, tensor: Tensor) -> Tensor:
    """The part of a whole tensor that belongs into this process, as that of another of its shape does."""
    if not hasattr(tensor, "full_tensor"):
        return full
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(full, tensor.device_mesh, tensor.placements, src_data_rank=None)


def gathered(model: Transformer) -> Transformer | None:
    """A model on the CPU with whole weights, and its adapter if it has one, in the first process; None in the others.

    All must ask. What lies whole on the CPU already is shared with the model, not copied.
    """
    weights = {}
    for name, tensor in model.state_dict().items():
        full = whole(tensor)
        if place()[0] == 0:
            weights[name] = full.cpu()
    if not weights:
        return None
    with torch.device("meta"):
        made = Transformer(model.config)
    if found := adapters(model):
        add_lora(made, next(iter(found.values())).config)
    made.load_state_dict(weights, assign=True)
    made.tie_weights()
    return made


def save_parts(tensors: dict[str, Tensor], folder: Path) -> None:
    """Write what the processes hold together, each its own safetensors file; what all hold is written once."""
    from torch.distributed.checkpoint import HuggingFaceStorageWriter, save

    _needs_safetensors()
    save(tensors, storage_writer=HuggingFaceStorageWriter(str(folder), save_distributed=True))


def shapes_in(folder: Path) -> dict[str, torch.Size]:
    """The names and whole shapes of the tensors in a folder's safetensors files."""
    from torch.distributed.checkpoint import HuggingFaceStorageReader

    _needs_safetensors()
    found = HuggingFaceStorageReader(str(folder)).read_metadata().state_dict_metadata
    return {name: entry.size for name, entry in found.items()}


def load_parts(tensors: dict[str, Tensor], folder: Path) -> None:
    """Fill tensors with what any number of processes wrote."""
    from torch.distributed.checkpoint import HuggingFaceStorageReader, load

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "torch.distributed is disabled", UserWarning)  # one process, as is allowed
        load(tensors, storage_reader=HuggingFaceStorageReader(str(folder)))


def first_says(text: str | None) -> str:
    """What the first process says, in all of them."""
    said = [text]
    dist.broadcast_object_list(said, 0)
    return said[0]


def _needs_safetensors() -> None:
    if importlib.util.find_spec("safetensors") is None:
        raise CheckpointError("torch.distributed.checkpoint", "package", "no safetensors", "pip install safetensors")
