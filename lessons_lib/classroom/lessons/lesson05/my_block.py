"""The building exercise of lesson 05: the learner's block in all layers of the real model."""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.real_model import real_model, tensor_of
from lessons_lib.classroom.trials import Refused
from lessons_lib.layers import apply_rope, attention, rope_frequencies, rotation


def my_block(x, weights, look, head_dim):
    def norm(x, weight):
        return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() * weight

    def heads(name):
        y = read @ weights[f"self_attn.{name}_proj.weight"].T  # [T, H * D] or [T, G * D]
        return y.view(len(x), -1, head_dim).transpose(0, 1)  # [H, T, D] or [G, T, D]

    read = norm(x, weights["input_layernorm.weight"])
    found = look(heads("q"), heads("k"), heads("v"))  # [H, T, D]
    x = x + found.transpose(0, 1).flatten(1) @ weights["self_attn.o_proj.weight"].T

    read = norm(x, weights["post_attention_layernorm.weight"])
    gate, up = (read @ weights[f"mlp.{name}_proj.weight"].T for name in ("gate", "up"))  # [T, F] each
    return x + (gate / (1 + torch.exp(-gate)) * up) @ weights["mlp.down_proj.weight"].T


T, C, H, G, D, INNER = 3, 10, 6, 2, 4, 7
MADE_UP = "3 made-up tokens of 10 numbers, 6 query heads and 2 key/value heads of 4, a feed-forward network of 7"
TINY = "the same block, its first token all zeros and the others tiny"
LARGE = "the same block, with a gate matrix a hundred times as large"
TEXTS = (
    "The",
    "The opposite of hot is",
    "My new car has four",
    "One, two, three, four, five. When all of them had counted to five, they began again with one, two, three,",
)


def made_up(case: str) -> tuple[Tensor, dict[str, Tensor]]:
    """Tokens [T, C] and one layer's weights, with sizes that are all different."""
    generator = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator).mul(10).round().div(10)

    weights = {
        "input_layernorm.weight": normal(C),
        "self_attn.q_proj.weight": normal(H * D, C),
        "self_attn.k_proj.weight": normal(G * D, C),
        "self_attn.v_proj.weight": normal(G * D, C),
        "self_attn.o_proj.weight": normal(C, H * D),
        "post_attention_layernorm.weight": normal(C),
        "mlp.gate_proj.weight": normal(INNER, C),
        "mlp.up_proj.weight": normal(INNER, C),
        "mlp.down_proj.weight": normal(C, INNER),
    }
    x = 3 * normal(T, C) + 1
    if case == TINY:
        x = x / 1000
        x[0] = 0
    if case == LARGE:
        weights["mlp.gate_proj.weight"] *= 100
    return x, weights


def in_the_model(answer: Callable, tokens: str) -> object:
    """What a learner's block makes of made-up tokens; or, for a text, the three likeliest next tokens with their
    scores, where it takes the place of all 30 blocks of SmolLM2.

    Returns:
        `[T, C]` for made-up tokens, or such as `[(" cold", 17.2), (" cool", 14.9), ...]`; None if the function returns
        nothing.

    Raises:
        Refused: if it returns another shape, hands other shapes to `look`, changes what it is given, or if the stream
            is off by a hundredth behind one of the blocks.
    """
    if tokens in (MADE_UP, TINY, LARGE):
        from lessons_lib.classroom.lessons.lesson04c.positions_and_heads import my_heads

        x, weights = made_up(tokens)
        return _called(answer, x, weights, _checked(partial(my_heads, base=100.0), H, G, D), D)
    model, tokenizer = real_model()
    config = model.config
    look = _checked(_look_of(config), config.num_attention_heads, config.num_key_value_heads, config.head_dim)
    ids = torch.tensor(tokenizer.encode(tokens))  # [T]
    turn = rotation(torch.arange(len(ids)), rope_frequencies(config), config.rope_pairing)
    with torch.no_grad():
        x = right = model.model.embed_tokens(ids)  # [T, C]
        for number, block in enumerate(model.model.layers, start=1):
            weights = {name: parameter.detach() for name, parameter in block.named_parameters()}
            x = _called(answer, x, weights, look, config.head_dim)
            if x is None:
                return None
            right = block(right[None], turn)[0]
            if not ((x - right).norm(dim=-1) < 0.01 * right.norm(dim=-1)).all():
                raise Refused(f"with your block in its place, what block {number} gives is no longer SmolLM2's")
        scores = model.lm_head(model.model.norm(x[-1]))  # [V]
    best = scores.topk(3)
    return [(tokenizer.decode([int(i)]), float(score)) for score, i in zip(*best, strict=True)]


def _look_of(config: object) -> Callable:
    """The library's rotation and attention for one text without a batch axis."""

    def look(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        turn = rotation(torch.arange(q.shape[1]), rope_frequencies(config), config.rope_pairing)
        q, k = (apply_rope(part[None], turn) for part in (q, k))
        return attention(q, k, v[None], causal=True)[0]

    return look


def _checked(look: Callable, heads: int, kv_heads: int, width: int) -> Callable:
    """`look`, which says what it needs where it is given something else."""

    def checked(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        q, k, v = (tensor_of(part) for part in (q, k, v))
        for name, part, count in (("q", q, heads), ("k", k, kv_heads), ("v", v, kv_heads)):
            if part.dim() != 3 or (len(part), part.shape[2]) != (count, width) or part.shape[1] != q.shape[1]:
                raise Refused(f"look needs {name} of shape [{count}, T, {width}], got {list(part.shape)}")
        return look(q, k, v)

    return checked


def _called(answer: Callable, x: Tensor, weights: dict[str, Tensor], look: Callable, head_dim: int) -> Tensor | None:
    """The learner's block on a copy of x; None if it returns nothing."""
    given, before = x.clone(), [weight._version for weight in weights.values()]
    out = answer(given, dict(weights), look, head_dim)
    if [weight._version for weight in weights.values()] != before:
        real_model.cache_clear()  # the next trial gets fresh ones
        raise Refused("your code changed the weights that it was given; work on a copy")
    if not torch.equal(given, x):
        raise Refused("your code changed its input x (x += ... does); write x = x + ...")
    if out is None or out is ...:
        return None
    out = tensor_of(out)
    if out.shape != x.shape:
        raise Refused(f"your block must return the shape of x, {list(x.shape)}, got {list(out.shape)}")
    return out.to(x)


def _rms(x, weight, eps=1e-5):
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * weight


def _cut(y, width):
    return y.view(len(y), -1, width).transpose(0, 1)


def _join(found):
    return found.transpose(0, 1).flatten(1)


def _attend(read, w, look, width, cut=_cut, join=_join):
    q, k, v = (cut(read @ w[f"self_attn.{name}_proj.weight"].T, width) for name in "qkv")
    return join(look(q, k, v)) @ w["self_attn.o_proj.weight"].T


def _think(read, w, bend=F.silu):
    gate, up = (read @ w[f"mlp.{name}_proj.weight"].T for name in ("gate", "up"))
    return (bend(gate) * up) @ w["mlp.down_proj.weight"].T


def _block(x, w, look, width, norm=_rms, attend=_attend, think=_think):
    """A right block, with the parts that mistakes change."""
    x = x + attend(norm(x, w["input_layernorm.weight"]), w, look, width)
    return x + think(norm(x, w["post_attention_layernorm.weight"]), w)


def block_overwrites_the_stream(x, weights, look, head_dim):
    """It looks as if the norm overwrites the stream. Only what a part reads is normalised; it is added to x as it
    was."""
    x = _rms(x, weights["input_layernorm.weight"])
    x = x + _attend(x, weights, look, head_dim)
    x = _rms(x, weights["post_attention_layernorm.weight"])
    return x + _think(x, weights)


def block_overwrites_it_once(x, weights, look, head_dim):
    """It looks as if the first norm overwrites the stream, x = norm(x): one name too few. Give what attention reads a
    name of its own; its note is added to x as it was."""
    x = _rms(x, weights["input_layernorm.weight"])
    x = x + _attend(x, weights, look, head_dim)
    return x + _think(_rms(x, weights["post_attention_layernorm.weight"]), weights)


def block_overwrites_it_late(x, weights, look, head_dim):
    """It looks as if the second norm overwrites the stream, x = norm(x): one name too few. Give what the feed-forward
    network reads a name of its own; its note is added to x as it was."""
    x = x + _attend(_rms(x, weights["input_layernorm.weight"]), weights, look, head_dim)
    x = _rms(x, weights["post_attention_layernorm.weight"])
    return x + _think(x, weights)


def block_is_post_norm(x, weights, look, head_dim):
    """It looks as if the norms stand behind the additions. That is the block of 2017; here they stand in front of the
    parts."""
    x = _rms(x + _attend(x, weights, look, head_dim), weights["input_layernorm.weight"])
    return _rms(x + _think(x, weights), weights["post_attention_layernorm.weight"])


def block_at_once(x, weights, look, head_dim):
    """It looks as if both parts read the same x. The feed-forward network reads the stream after
    attention was added."""
    thought = _think(_rms(x, weights["post_attention_layernorm.weight"]), weights)
    return x + _attend(_rms(x, weights["input_layernorm.weight"]), weights, look, head_dim) + thought


def block_without_the_first_addition(x, weights, look, head_dim):
    """It looks as if attention replaces the stream: what it finds is added to x."""
    x = _attend(_rms(x, weights["input_layernorm.weight"]), weights, look, head_dim)
    return x + _think(_rms(x, weights["post_attention_layernorm.weight"]), weights)


def block_without_the_second_addition(x, weights, look, head_dim):
    """It looks as if the feed-forward network replaces the stream: what it gives is added."""
    x = x + _attend(_rms(x, weights["input_layernorm.weight"]), weights, look, head_dim)
    return _think(_rms(x, weights["post_attention_layernorm.weight"]), weights)


def block_without_additions(x, weights, look, head_dim):
    """It looks as if nothing is added: both parts replace the stream."""
    x = _attend(_rms(x, weights["input_layernorm.weight"]), weights, look, head_dim)
    return _think(_rms(x, weights["post_attention_layernorm.weight"]), weights)


def block_that_forgets_attention(x, weights, look, head_dim):
    """It looks as if the second addition begins again from the old x: what attention has added must stay."""
    heard = x + _attend(_rms(x, weights["input_layernorm.weight"]), weights, look, head_dim)
    return x + _think(_rms(heard, weights["post_attention_layernorm.weight"]), weights)


def block_with_swapped_norms(x, weights, look, head_dim):
    """It looks as if the norms are swapped: input_layernorm stands in front of attention, post_attention_layernorm in
    front of the feed-forward network."""
    x = x + _attend(_rms(x, weights["post_attention_layernorm.weight"]), weights, look, head_dim)
    return x + _think(_rms(x, weights["input_layernorm.weight"]), weights)


def block_with_one_norm(x, weights, look, head_dim):
    """It looks as if both parts read through the first norm. Each has its own weight."""
    x = x + _attend(_rms(x, weights["input_layernorm.weight"]), weights, look, head_dim)
    return x + _think(_rms(x, weights["input_layernorm.weight"]), weights)


def block_without_the_first_norm(x, weights, look, head_dim):
    """It looks as if attention reads x itself: the first norm is missing."""
    x = x + _attend(x, weights, look, head_dim)
    return x + _think(_rms(x, weights["post_attention_layernorm.weight"]), weights)


def block_without_the_second_norm(x, weights, look, head_dim):
    """It looks as if the feed-forward network reads x itself: the second norm is missing."""
    x = x + _attend(_rms(x, weights["input_layernorm.weight"]), weights, look, head_dim)
    return x + _think(x, weights)


def block_that_norms_notes(x, weights, look, head_dim):
    """It looks as if what the parts give goes through the norms. It is what they read."""
    x = x + _rms(_attend(x, weights, look, head_dim), weights["input_layernorm.weight"])
    return x + _rms(_think(x, weights), weights["post_attention_layernorm.weight"])


def block_with_layer_norm(x, weights, look, head_dim):
    """It looks as if the norm takes the mean away: that is LayerNorm."""
    return _block(x, weights, look, head_dim, norm=lambda x, weight: _rms(x - x.mean(-1, keepdim=True), weight))


def block_norms_over_everything(x, weights, look, head_dim):
    """It looks as if all tokens share one norm. Each token has its own mean square: mean over the last axis, with
    keepdim=True."""
    return _block(x, weights, look, head_dim, norm=lambda x, weight: x / (x.square().mean() + 1e-5).sqrt() * weight)


def block_norms_over_tokens(x, weights, look, head_dim):
    """It looks as if the mean is taken over the tokens. Each token has a mean square of its own, over its C numbers:
    mean(-1, keepdim=True)."""
    return _block(
        x, weights, look, head_dim, norm=lambda x, w: x / (x.square().mean(0, keepdim=True) + 1e-5).sqrt() * w
    )


def block_without_the_root(x, weights, look, head_dim):
    """It looks as if the norm divides by the mean square itself. RMS is its root."""
    return _block(x, weights, look, head_dim, norm=lambda x, w: x / (x.square().mean(-1, keepdim=True) + 1e-5) * w)


def block_norms_by_the_length(x, weights, look, head_dim):
    """It looks as if the norm divides by the length of the vector. The squares are averaged, not summed."""
    return _block(
        x, weights, look, head_dim, norm=lambda x, w: x / (x.square().sum(-1, keepdim=True) + 1e-5).sqrt() * w
    )


def block_with_eps_outside(x, weights, look, head_dim):
    """It looks as if the 1e-5 stands outside the root. For tiny tokens that is another number."""
    return _block(
        x, weights, look, head_dim, norm=lambda x, w: x / (x.square().mean(-1, keepdim=True).sqrt() + 1e-5) * w
    )


def block_without_eps(x, weights, look, head_dim):
    """It looks as if the 1e-5 under the root is missing: a token of zeros is divided by zero."""
    return _block(x, weights, look, head_dim, norm=partial(_rms, eps=0.0))


def block_with_another_eps(x, weights, look, head_dim):
    """It looks as if the number under the root is 1e-6. Here it is 1e-5; for tiny tokens that shows."""
    return _block(x, weights, look, head_dim, norm=partial(_rms, eps=1e-6))


def block_with_eps_of_1e8(x, weights, look, head_dim):
    """It looks as if the number under the root is 1e-8. Here it is 1e-5; for tiny tokens that shows."""
    return _block(x, weights, look, head_dim, norm=partial(_rms, eps=1e-8))


def block_with_eps_of_1e3(x, weights, look, head_dim):
    """It looks as if the number under the root is 1e-3. Here it is 1e-5; for tiny tokens that shows."""
    return _block(x, weights, look, head_dim, norm=partial(_rms, eps=1e-3))


def block_without_norm_weights(x, weights, look, head_dim):
    """It looks as if the norms' weights are missing: each number is multiplied by its own."""
    return _block(x, weights, look, head_dim, norm=lambda x, _: _rms(x, 1))


def block_with_one_plus_weight(x, weights, look, head_dim):
    """It looks as if the norm multiplies by 1 + weight. Some families do; here it is the weight itself."""
    return _block(x, weights, look, head_dim, norm=lambda x, weight: _rms(x, 1 + weight))


def block_with_the_wrong_cut(x, weights, look, head_dim):
    """It looks as if the heads are cut in one step, view(H, T, D). The shape is right and the numbers are not:
    view(T, H, D) first, then transpose(0, 1)."""

    def attend(read, w, look, width):
        return _attend(read, w, look, width, cut=lambda y, width: y.reshape(-1, len(y), width))

    return _block(x, weights, look, head_dim, attend=attend)


def block_with_heads_inside(x, weights, look, head_dim):
    """It looks as if the axes are [T, H, D]. look wants the heads first: transpose(0, 1)."""

    def attend(read, w, look, width):
        return _attend(read, w, look, width, cut=lambda y, width: y.view(len(y), -1, width))

    return _block(x, weights, look, head_dim, attend=attend)


def block_with_interleaved_heads(x, weights, look, head_dim):
    """It looks as if a head takes every H-th number. A head's D numbers stand next to each other: view(T, H, D)."""

    def attend(read, w, look, width):
        return _attend(read, w, look, width, cut=lambda y, width: y.view(len(y), width, -1).permute(2, 0, 1))

    return _block(x, weights, look, head_dim, attend=attend)


def block_joined_in_one_step(x, weights, look, head_dim):
    """It looks as if the heads are joined in one step, reshape(T, H * D). What look gives is [H, T, D]: transpose(0, 1)
    first, then flatten(1)."""

    def attend(read, w, look, width):
        return _attend(read, w, look, width, join=lambda found: found.reshape(found.shape[1], -1))

    return _block(x, weights, look, head_dim, attend=attend)


def block_joined_by_numbers(x, weights, look, head_dim):
    """It looks as if the heads are joined number by number, the first number of every head first. o_proj wants head
    after head: transpose(0, 1), then flatten(1)."""

    def attend(read, w, look, width):
        return _attend(read, w, look, width, join=lambda found: found.permute(1, 2, 0).flatten(1))

    return _block(x, weights, look, head_dim, attend=attend)


def block_cut_and_joined_by_numbers(x, weights, look, head_dim):
    """It looks as if a head takes every H-th number, in front of look and behind it. A head's D numbers stand next to
    each other: view(T, H, D), and back by transpose(0, 1).flatten(1)."""

    def attend(read, w, look, width):
        return _attend(
            read,
            w,
            look,
            width,
            cut=lambda y, width: y.view(len(y), width, -1).permute(2, 0, 1),
            join=lambda found: found.permute(1, 2, 0).flatten(1),
        )

    return _block(x, weights, look, head_dim, attend=attend)


def block_cut_and_joined_in_one_step(x, weights, look, head_dim):
    """It looks as if the heads are both cut and joined in one step, by reshape alone. That mixes tokens with heads:
    view(T, H, D), then transpose(0, 1); and back with transpose(0, 1), then flatten(1)."""

    def attend(read, w, look, width):
        return _attend(
            read,
            w,
            look,
            width,
            cut=lambda y, width: y.reshape(-1, len(y), width),
            join=lambda found: found.reshape(found.shape[1], -1),
        )

    return _block(x, weights, look, head_dim, attend=attend)


def block_without_heads(x, weights, look, head_dim):
    """It looks as if queries, keys and values are not cut into heads: look wants [H, T, D]."""
    return _block(x, weights, look, head_dim, attend=partial(_attend, cut=lambda y, _: y))


def block_that_spreads_heads(x, weights, look, head_dim):
    """It looks as if you spread the key and value heads. look does that itself: hand it the G that there are."""

    def attend(read, w, look, width):
        q, k, v = (_cut(read @ w[f"self_attn.{name}_proj.weight"].T, width) for name in "qkv")
        k, v = (part.repeat_interleave(len(q) // len(part), 0) for part in (k, v))
        return _join(look(q, k, v)) @ w["self_attn.o_proj.weight"].T

    return _block(x, weights, look, head_dim, attend=attend)


def block_with_values_for_keys(x, weights, look, head_dim):
    """It looks as if keys and values are swapped: look(q, k, v)."""

    def attend(read, w, look, width):
        return _attend(read, w, lambda q, k, v: look(q, v, k), width)

    return _block(x, weights, look, head_dim, attend=attend)


def block_with_plain_values(x, weights, look, head_dim):
    """It looks as if the values are made of x itself. Queries, keys and values all read the norm of x."""

    def attend(read, w, look, width):
        q, k = (_cut(read @ w[f"self_attn.{name}_proj.weight"].T, width) for name in "qk")
        return _join(look(q, k, _cut(x @ w["self_attn.v_proj.weight"].T, width))) @ w["self_attn.o_proj.weight"].T

    return _block(x, weights, look, head_dim, attend=attend)


def block_without_the_output_matrix(x, weights, look, head_dim):
    """It looks as if o_proj is missing: what the heads have found, H * D numbers a token, goes through it before it is
    added."""

    def attend(read, w, look, width):
        q, k, v = (_cut(read @ w[f"self_attn.{name}_proj.weight"].T, width) for name in "qkv")
        return _join(look(q, k, v))

    return _block(x, weights, look, head_dim, attend=attend)


def block_with_untransposed_weights(x, weights, look, head_dim):
    """Matrices are stored with a row for each output: the product is x @ W.T."""
    return x @ weights["self_attn.q_proj.weight"]


def block_with_an_untransposed_output(x, weights, look, head_dim):
    """It looks as if o_proj is not transposed: all matrices have a row for each output, and the product is y @ W.T."""

    def attend(read, w, look, width):
        return _attend(read, w | {"self_attn.o_proj.weight": w["self_attn.o_proj.weight"].T}, look, width)

    return _block(x, weights, look, head_dim, attend=attend)


def block_bends_up(x, weights, look, head_dim):
    """It looks as if silu bends the answers of up. It is the gate that is bent."""

    def think(read, w):
        return _think(read, w | {"mlp.gate_proj.weight": w["mlp.up_proj.weight"], "mlp.up_proj.weight": w[_GATE]})

    return _block(x, weights, look, head_dim, think=think)


_GATE = "mlp.gate_proj.weight"


def block_with_relu(x, weights, look, head_dim):
    """It looks as if the gate is bent by ReLU. silu lets a little through below zero, with the sign turned."""
    return _block(x, weights, look, head_dim, think=partial(_think, bend=F.relu))


def block_with_gelu(x, weights, look, head_dim):
    """It looks as if the gate is bent by GELU. Here it is silu, z times sigmoid(z)."""
    return _block(x, weights, look, head_dim, think=partial(_think, bend=F.gelu))


def block_with_sigmoid(x, weights, look, head_dim):
    """It looks as if the gate goes through sigmoid alone. silu(z) is z times sigmoid(z)."""
    return _block(x, weights, look, head_dim, think=partial(_think, bend=torch.sigmoid))


def block_with_an_unbent_gate(x, weights, look, head_dim):
    """It looks as if the gate is not bent: it goes through silu before it is multiplied."""
    return _block(x, weights, look, head_dim, think=partial(_think, bend=lambda gate: gate))


def block_bends_the_product(x, weights, look, head_dim):
    """It looks as if gate and up are multiplied first and bent then. The gate alone is bent."""

    def think(read, w):
        gate, up = (read @ w[f"mlp.{name}_proj.weight"].T for name in ("gate", "up"))
        return F.silu(gate * up) @ w["mlp.down_proj.weight"].T

    return _block(x, weights, look, head_dim, think=think)


def block_adds_gate_and_up(x, weights, look, head_dim):
    """It looks as if gate and up are added. A gate multiplies."""

    def think(read, w):
        gate, up = (read @ w[f"mlp.{name}_proj.weight"].T for name in ("gate", "up"))
        return (F.silu(gate) + up) @ w["mlp.down_proj.weight"].T

    return _block(x, weights, look, head_dim, think=think)


def block_without_the_gate(x, weights, look, head_dim):
    """It looks as if the gate is missing: up alone, bent by silu. SwiGLU has three matrices."""

    def think(read, w):
        return F.silu(read @ w["mlp.up_proj.weight"].T) @ w["mlp.down_proj.weight"].T

    return _block(x, weights, look, head_dim, think=think)


def block_with_a_silu_that_overflows(x, weights, look, head_dim):
    """It looks as if your silu is z * exp(z) / (1 + exp(z)): for a large z that is infinity divided by infinity, nan.
    z / (1 + exp(-z)) is the same and does not overflow there."""
    return _block(x, weights, look, head_dim, think=partial(_think, bend=lambda z: z * z.exp() / (1 + z.exp())))


def block_that_ends_with_a_norm(x, weights, look, head_dim):
    """It looks as if the result goes through a norm. A pre-norm block gives back the bare stream; the last norm stands
    behind the last block, and is there already."""
    return _rms(_block(x, weights, look, head_dim), weights["post_attention_layernorm.weight"])


def block_without_the_stream(x, weights, look, head_dim):
    """It looks as if only the notes are given back. The block gives back the stream: x with both notes added."""
    return _block(x, weights, look, head_dim) - x


def block_that_scales_queries(x, weights, look, head_dim):
    """It looks as if queries were divided by the square root of D. look does that itself."""
    return _block(x, weights, lambda q, k, v: look(q / head_dim**0.5, k, v), head_dim)


def block_that_looks_itself(x, weights, look, head_dim):
    """It looks as if you looked without `look`, and nothing is turned: look(q, k, v) turns, masks and looks."""

    def looks(q, k, v):
        k, v = (part.repeat_interleave(len(q) // len(part), 0) for part in (k, v))
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)

    return _block(x, weights, looks, head_dim)


def block_with_an_untransposed_down(x, weights, look, head_dim):
    """It looks as if down_proj is not transposed: all matrices have a row for each output, the product is y @ W.T."""

    def think(read, w):
        return _think(read, w | {"mlp.down_proj.weight": w["mlp.down_proj.weight"].T})

    return _block(x, weights, look, head_dim, think=think)


def block_with_the_weight_first(x, weights, look, head_dim):
    """It looks as if the norm's weight multiplies x before the RMS is taken. The RMS is that of x itself; the weight
    comes after the division."""
    return _block(x, weights, look, head_dim, norm=lambda x, weight: _rms(x * weight, 1))


def block_with_std(x, weights, look, head_dim):
    """It looks as if the norm divides by the standard deviation, x.std(...), which takes the mean away and divides by
    C - 1. RMS is the root of the mean square, x.square().mean(-1, keepdim=True)."""
    return _block(x, weights, look, head_dim, norm=lambda x, weight: x / x.std(-1, keepdim=True) * weight)


def block_with_keys_for_values(x, weights, look, head_dim):
    """It looks as if the keys are handed over as values, too: the values have a matrix of their own, v_proj."""

    def attend(read, w, look, width):
        return _attend(read, w | {"self_attn.v_proj.weight": w["self_attn.k_proj.weight"]}, look, width)

    return _block(x, weights, look, head_dim, attend=attend)


def block_thinks_what_attention_read(x, weights, look, head_dim):
    """It looks as if the feed-forward network reads what attention read. It reads the stream anew, with attention's
    note, through the second norm."""
    read = _rms(x, weights["input_layernorm.weight"])
    return x + _attend(read, weights, look, head_dim) + _think(read, weights)


def block_with_gelu_by_tanh(x, weights, look, head_dim):
    return _block(x, weights, look, head_dim, think=partial(_think, bend=partial(F.gelu, approximate="tanh")))


block_with_gelu_by_tanh.__doc__ = block_with_gelu.__doc__


def block_of_attention_alone(x, weights, look, head_dim):
    """It looks as if the block ends after attention. The second half is missing: a norm, the feed-forward network,
    and its addition."""
    return x + _attend(_rms(x, weights["input_layernorm.weight"]), weights, look, head_dim)


def block_of_thinking_alone(x, weights, look, head_dim):
    """It looks as if what attention finds is never added. The first half is missing, or its result lost: x = x + ..."""
    return x + _think(_rms(x, weights["post_attention_layernorm.weight"]), weights)


MY_BLOCK = Exercise(
    id="my_block",
    title="Your block in all 30 layers",
    difficulty=3,
    minutes=25,
    kind="build",
    contract="""tokens x [T, C] of one text to [T, C], a pre-norm block as SmolLM2's. x itself is not changed.
    Both norms are RMSNorms with 1e-5 under the root. head_dim is D; a head's D numbers stand next to each other.
    look(q, k, v) turns, masks and looks: [H, T, D], [G, T, D] and [G, T, D] to [H, T, D].
    weights is a dict of one layer's tensors, each matrix with a row for each output, no biases:
    - input_layernorm.weight [C], in front of attention
    - self_attn.q_proj.weight [H * D, C]
    - self_attn.k_proj.weight and self_attn.v_proj.weight [G * D, C]
    - self_attn.o_proj.weight [C, H * D]
    - post_attention_layernorm.weight [C], in front of SwiGLU
    - mlp.gate_proj.weight and mlp.up_proj.weight [F, C]
    - mlp.down_proj.weight [C, F]""",
    cases=((MADE_UP,), (TINY,), (LARGE,), *((text,) for text in TEXTS)),
    tried="made-up tokens, tiny ones, a large gate; four texts: SmolLM2 gives the same scores",
    hints=(
        "Two times: read through a norm, let the part work, add. plain_rms_norm and plain_swiglu of this lesson are "
        "parts.",
        'y = read @ weights["self_attn.q_proj.weight"].T is [T, H * D]. y.view(len(y), -1, head_dim).transpose(0, 1) '
        "is [H, T, D]. The same for keys and values.",
        "What look gives goes back with transpose(0, 1).flatten(1), then through o_proj, then it is added to x.",
    ),
    solution=my_block,
    real=4,
    harness=in_the_model,
    mistakes=(
        block_overwrites_the_stream,
        block_overwrites_it_once,
        block_overwrites_it_late,
        block_is_post_norm,
        block_at_once,
        block_without_the_first_addition,
        block_without_the_second_addition,
        block_without_additions,
        block_that_forgets_attention,
        block_with_swapped_norms,
        block_with_one_norm,
        block_without_the_first_norm,
        block_without_the_second_norm,
        block_that_norms_notes,
        block_with_layer_norm,
        block_norms_over_everything,
        block_norms_over_tokens,
        block_without_the_root,
        block_norms_by_the_length,
        block_with_eps_outside,
        block_without_eps,
        block_with_another_eps,
        block_with_eps_of_1e8,
        block_with_eps_of_1e3,
        block_without_norm_weights,
        block_with_one_plus_weight,
        block_with_the_wrong_cut,
        block_with_heads_inside,
        block_with_interleaved_heads,
        block_joined_in_one_step,
        block_joined_by_numbers,
        block_cut_and_joined_by_numbers,
        block_cut_and_joined_in_one_step,
        block_without_heads,
        block_that_spreads_heads,
        block_with_values_for_keys,
        block_with_plain_values,
        block_without_the_output_matrix,
        block_with_untransposed_weights,
        block_with_an_untransposed_output,
        block_bends_up,
        block_with_relu,
        block_with_gelu,
        block_with_sigmoid,
        block_with_an_unbent_gate,
        block_bends_the_product,
        block_adds_gate_and_up,
        block_without_the_gate,
        block_with_a_silu_that_overflows,
        block_that_ends_with_a_norm,
        block_without_the_stream,
        block_that_scales_queries,
        block_that_looks_itself,
        block_with_an_untransposed_down,
        block_with_the_weight_first,
        block_with_std,
        block_with_keys_for_values,
        block_thinks_what_attention_read,
        block_with_gelu_by_tanh,
        block_of_attention_alone,
        block_of_thinking_alone,
    ),
)
