"""How far word travels: which embeddings have arrived at the last token after each layer."""

from dataclasses import replace

import torch
from torch import Tensor

from lessons_lib import ModelConfig
from lessons_lib.classroom.lessons.lesson11.puzzle import fresh
from lessons_lib.classroom.lessons.lesson11.reference import small_config


def patterns() -> dict[str, ModelConfig]:
    """Eight layers: three near and one far in turn, all near, and all with a window, of 8 tokens each."""
    kinds = (["chunked_attention"] * 3 + ["full_attention"]) * 2
    turns = {"no_rope_layers": [1, 1, 1, 0] * 2, "layer_types": kinds}
    llama4 = small_config(num_hidden_layers=8, attention_chunk_size=8, rope_scaling=None, **turns)
    near = replace(llama4, no_rope_layers=[1] * 8, layer_types=["chunked_attention"] * 8)
    sliding = {"attention_chunk_size": None, "sliding_window": 8, "layer_types": ["sliding_attention"] * 8}
    return {"Llama 4": llama4, "chunks only": near, "window of 8": replace(near, **sliding)}


def heard(config: ModelConfig, tokens: int) -> Tensor:
    """The length of the derivative of what stands at the last token by each embedding, in a model of random weights.

    Args:
        config: its shape.
        tokens: of a made-up text, T.

    Returns:
        [layers, T]; 0 where nothing of an embedding has arrived.
    """
    model, streams = fresh(config, 0), []
    for part in (model.model.embed_tokens, *model.model.layers):
        part.register_forward_hook(lambda _part, _inputs, output: streams.append(output))
    ids = torch.randint(config.vocab_size, (1, tokens), generator=torch.Generator().manual_seed(0))
    model(ids)
    embedded, *after = streams  # [1, T, C] each
    slopes = [torch.autograd.grad(x[0, -1].norm(), embedded, retain_graph=True)[0] for x in after]  # [1, T, C] each
    return torch.cat(slopes).norm(dim=-1)
