"""A witness for the transformer of 2017: torch's own layers with the weights of ours."""

import torch
from torch import Tensor, nn

from lessons_lib.classroom.lessons.lesson05.transformer_2017 import DecoderLayer, EncoderDecoder, EncoderLayer
from lessons_lib.layers import Attention


def scores_by_torch(model: EncoderDecoder, source: Tensor, target: Tensor) -> Tensor:
    """What torch's encoder and decoder layers make of two texts [B, S] and [B, T]: scores [B, T, V].

    Only the look-up with its places and the head are the model's own.
    """
    config = model.config
    sizes = (config.hidden_size, config.num_attention_heads, config.intermediate_size)
    options = {"dropout": 0.0, "batch_first": True, "dtype": model.embedding.weight.dtype}
    memory, x = model.embedded(source), model.embedded(target)
    for layer in model.encoder:
        memory = _filled(nn.TransformerEncoderLayer(*sizes, **options), layer)(memory)
    t = target.shape[1]
    future = torch.ones(t, t).triu(1).bool()  # [T, T]
    for layer in model.decoder:
        x = _filled(nn.TransformerDecoderLayer(*sizes, **options), layer)(x, memory, tgt_mask=future)
    return model.head(x)


@torch.no_grad()
def _filled(theirs: nn.Module, ours: EncoderLayer | DecoderLayer) -> nn.Module:
    """Torch's layer with our weights."""
    _fill(theirs.self_attn, ours.self_attn)
    if isinstance(ours, DecoderLayer):
        _fill(theirs.multihead_attn, ours.cross_attn)
    theirs.linear1.load_state_dict(ours.mlp.up_proj.state_dict())
    theirs.linear2.load_state_dict(ours.mlp.down_proj.state_dict())
    for name, norm in ours.named_children():
        if name.startswith("norm"):
            getattr(theirs, name).load_state_dict(norm.state_dict())
    return theirs.eval()


def _fill(theirs: nn.MultiheadAttention, ours: Attention) -> None:
    """Torch keeps queries, keys and values in one matrix, and has biases, which are 0 then."""
    theirs.in_proj_weight.copy_(torch.cat([ours.q_proj.weight, ours.k_proj.weight, ours.v_proj.weight]))
    theirs.out_proj.weight.copy_(ours.o_proj.weight)
    theirs.in_proj_bias.zero_()
    theirs.out_proj.bias.zero_()
