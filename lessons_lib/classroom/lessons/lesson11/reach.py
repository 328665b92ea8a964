"""How far word travels: which embeddings have arrived at the last token after each layer."""

import torch
from torch import Tensor

from lessons_lib import ModelConfig
from lessons_lib.classroom.lessons.lesson11.puzzle import fresh


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
