"""Whether a module is what its class says, and another in its place.

Who takes its weights and leaves its `forward` out has to ask.
"""

from __future__ import annotations

from torch import nn
from torch.nn.modules import module as torch_modules


def is_plain(module: nn.Module, *kinds: type[nn.Module]) -> bool:
    """Whether a module is of one of these classes exactly, and does what they do and nothing else.

    A subclass may add to what its class gives; so may a hook, another `forward`, and a parametrised or otherwise
    special tensor.
    """
    own = vars(module)
    hooked = own["_forward_hooks"] or own["_forward_pre_hooks"] or "forward" in own
    tensors = (*own["_parameters"].values(), *own["_buffers"].values())
    usual = all(type(x) in _USUAL for x in tensors if x is not None)
    return type(module) in kinds and not hooked and usual and not any(getattr(torch_modules, name) for name in _GLOBAL)


_USUAL = (nn.Parameter, nn.Buffer, torch_modules.Tensor)
_GLOBAL = ("_global_forward_hooks", "_global_forward_pre_hooks")


def replace_module(model: nn.Module, name: str, module: nn.Module) -> None:
    """Put a module in the place of another, whose dotted name in the model is given."""
    parent, _, last = name.rpartition(".")
    parent = model.get_submodule(parent)
    if isinstance(parent, nn.ModuleDict | nn.ModuleList | nn.Sequential):
        parent._modules[last] = module
    else:
        setattr(parent, last, module)
