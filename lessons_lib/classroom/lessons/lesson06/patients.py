"""The patients of lesson 06: models with one fault each, to be found."""

from dataclasses import replace

import torch

from lessons_lib import Transformer


def make_patient(number: int, model: Transformer) -> Transformer:
    """A copy of a model, sharing its weights, with the fault of that number."""
    fields = {1: {"rope_pairing": "interleaved"}, 2: {"rms_norm_eps": 1e-6}, 3: {}}[number]
    with torch.device("meta"):
        copy = Transformer(replace(model.config, **fields))
    copy.load_state_dict(model.state_dict(), assign=True)
    if number == 3:

        def see_the_next(_attention, given):
            x, rotation, _, *rest = given
            return x, rotation, torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril(1), *rest

        for block in copy.model.layers:
            block.self_attn.register_forward_pre_hook(see_the_next)
    return copy.eval()
