"""Lesson 10: a model in disguise, another family's switches with the same scores."""

import re
from dataclasses import replace

import torch

from lessons_lib import Transformer


def disguised(model: Transformer, **changes: object) -> Transformer:
    """The same model as another family: it shares the weights, its biases are zeros, its experts are copies."""
    with torch.device("meta"):
        other = Transformer(replace(model.config, **({"layer_types": None, "moe_layers": None} | changes)))
    own, wanted = model.state_dict(), {}
    for name, place in other.state_dict().items():
        source = re.sub(r"\.experts\.\d+", "", name)  # every expert is the one feed-forward network that there was
        if source in own:
            wanted[name] = own[source]
        elif name.endswith(".bias"):
            wanted[name] = torch.zeros(place.shape)
        else:  # a router: where all experts are alike it may send a token anywhere
            wanted[name] = torch.randn(place.shape, generator=torch.Generator().manual_seed(0))
    other.load_state_dict(wanted, assign=True)
    return other.eval()
