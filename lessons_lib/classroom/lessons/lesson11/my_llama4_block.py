"""A building exercise of lesson 11: the learner's block with a mixture of experts."""

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson11.near_look import MyNearLook
from lessons_lib.classroom.trials import Refused


def my_llama4_block(x, weights, look, head_dim):
    def norm(x, weight):
        return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() * weight

    def heads(name):
        y = read @ weights[f"self_attn.{name}_proj.weight"].T  # [T, H * D] or [T, G * D]
        return y.view(len(x), -1, head_dim).transpose(0, 1)

    def network(name, x):
        gate, up = (x @ weights[f"mlp.{name}.{part}_proj.weight"].T for part in ("gate", "up"))
        return (F.silu(gate) * up) @ weights[f"mlp.{name}.down_proj.weight"].T

    read = norm(x, weights["input_layernorm.weight"])
    found = look(heads("q"), heads("k"), heads("v"))  # [H, T, D]
    x = x + found.transpose(0, 1).flatten(1) @ weights["self_attn.o_proj.weight"].T

    read = norm(x, weights["post_attention_layernorm.weight"])
    products, chosen = (read @ weights["mlp.router.weight"].T).max(-1)  # [T] each
    note = network("shared_expert", read)
    for expert in chosen.unique().tolist():
        mail = (chosen == expert).nonzero().flatten()
        note[mail] += network(f"experts.{expert}", products[mail, None].sigmoid() * read[mail])
    return x + note


C, H, G, D, INNER, EXPERTS = 10, 6, 2, 4, 7, 5
SEVEN = "7 made-up tokens of 10 numbers; 6 query heads and 2 key/value heads of 4; 5 experts of 7 and a shared one"
ONE = "a single token"
ZERO = "the same layer, its first token all zeros and the others tiny"
LOUD = "the same layer, with gate matrices a thousand times as large"
FAVOURITE = "the same layer, with a router that sends every token to expert 3"
UNLOVED = "the same layer, five tokens for five experts, all products below 0"
CASES = {SEVEN: 7, ONE: 1, ZERO: 6, LOUD: 4, FAVOURITE: 5, UNLOVED: 5}  # how many tokens


def made_up(case: str) -> tuple[Tensor, dict[str, Tensor]]:
    """Tokens [T, C] and one layer's tensors."""
    generator = torch.Generator().manual_seed(CASES[case])

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator).mul(10).round().div(10)

    weights = {
        "input_layernorm.weight": normal(C),
        "self_attn.q_proj.weight": normal(H * D, C),
        "self_attn.k_proj.weight": normal(G * D, C),
        "self_attn.v_proj.weight": normal(G * D, C),
        "self_attn.o_proj.weight": normal(C, H * D),
        "post_attention_layernorm.weight": normal(C),
        "mlp.router.weight": normal(EXPERTS, C),
    }
    for name in ("shared_expert", *(f"experts.{number}" for number in range(EXPERTS))):
        weights |= {f"mlp.{name}.{part}_proj.weight": normal(INNER, C) for part in ("gate", "up")}
        weights[f"mlp.{name}.down_proj.weight"] = normal(C, INNER)
    x = 3 * normal(CASES[case], C) + 1
    if case == ZERO:
        x = x / 1000
        x[0] = 0
    if case == LOUD:
        weights |= {name: 1000 * weight for name, weight in weights.items() if "gate_proj" in name}
    if case == FAVOURITE:
        weights["mlp.router.weight"] = weights["mlp.router.weight"] * 0
        weights["post_attention_layernorm.weight"] = weights["post_attention_layernorm.weight"].abs() + 0.1
        x = x.abs() + 20
        weights["mlp.router.weight"][3] = 0.05
    if case == UNLOVED:  # token n has its own large number, which expert n minds least
        weights["post_attention_layernorm.weight"] = torch.ones(C)
        x = torch.eye(C)[: CASES[case]] * 300
        weights["mlp.router.weight"] = torch.eye(EXPERTS, C) / 2 - 1
    return x, weights


def in_a_layer(answer: Callable, case: str) -> Tensor | None:
    """What a learner's block makes of made-up tokens, `[T, C]`; None if it returns nothing.

    All of it runs in 64 bits: in 32, two orders of one sum differ by more than a check allows where large answers
    nearly cancel, and a mistake would not be recognised.

    Raises:
        Refused: if it changes what it is given, hands other shapes to `look`, or returns another shape.
    """
    x, weights = made_up(case)
    given, handed = x.double(), {name: weight.double() for name, weight in weights.items()}
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        out = answer(given, handed, _look, D)
    finally:
        torch.set_default_dtype(usual)
    if not torch.equal(given, x.double()):
        raise Refused("your code changed its input x (x += ... does); write x = x + ...")
    if handed.keys() != weights.keys() or not all(torch.equal(handed[n], w.double()) for n, w in weights.items()):
        raise Refused("your code changed the weights that it was handed; only read them")
    if out is None or out is ...:
        return None
    out = torch.as_tensor(out)
    if out.shape != x.shape:
        raise Refused(f"your block must return the shape of x, {list(x.shape)}, got {list(out.shape)}")
    return out


def _look(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    for name, part, count in (("q", q, H), ("k", k, G), ("v", v, G)):
        if part.dim() != 3 or (len(part), part.shape[2]) != (count, D):
            raise Refused(f"look needs {name} of shape [{count}, T, {D}], got {list(part.shape)}")
    return MyNearLook(torch.tensor([1.0, 0.1]), 3)(q.double(), k.double(), v.double()).to(q)


Weights = Mapping[str, Tensor]


def _rms(x, weight):
    return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() * weight


def _rms_with(eps):
    return lambda x, weight: x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * weight


def _rms_with_eps_outside(x, weight):
    return x / (x.square().mean(-1, keepdim=True).sqrt() + 1e-5) * weight


def _network(w: Weights, name: str, x: Tensor, bend: Callable = F.silu) -> Tensor:
    gate, up = (x @ w[f"mlp.{name}.{part}_proj.weight"].T for part in ("gate", "up"))
    return (bend(gate) * up) @ w[f"mlp.{name}.down_proj.weight"].T


def _mix(read, w, routed=None, score=torch.sigmoid, inside=True, outside=False, shared=1.0, choose=None, bend=F.silu):
    """The right mixture, with the knobs that mistakes turn."""
    routed = read if routed is None else routed
    products = routed @ w["mlp.router.weight"].T  # [T, E]
    chosen = products.argmax(-1) if choose is None else choose(products)  # [T]
    scores = score(products)  # [T, E]
    note = shared * _network(w, "shared_expert", read, bend)
    for t, e in enumerate(chosen.tolist()):
        s = scores[t, e]
        answer = _network(w, f"experts.{e}", (s if inside else 1) * read[t], bend)
        note[t] += (s if outside else 1) * answer
    return note


def _cut(y, width):
    return y.view(len(y), -1, width).transpose(0, 1)  # [H, T, D]


def _block(x, w, look, width, mix=_mix, add=True, rms=_rms, first=None, second=None, cut=_cut):
    """The right layer, with the knobs that mistakes turn."""
    read = (first or rms)(x, w["input_layernorm.weight"])
    q, k, v = (cut(read @ w[f"self_attn.{n}_proj.weight"].T, width) for n in "qkv")
    stream = x + look(q, k, v).transpose(0, 1).flatten(1) @ w["self_attn.o_proj.weight"].T
    note = mix((second or rms)(stream, w["post_attention_layernorm.weight"]), w)
    return stream + note if add else note


def _mixed(**knobs):
    return lambda read, w: _mix(read, w, **knobs)


def llama4_scores_the_output(x, weights, look, head_dim):
    """It looks as if the score multiplies what the expert gives. In Llama 4 it multiplies what the expert reads."""
    return _block(x, weights, look, head_dim, _mixed(inside=False, outside=True))


def llama4_without_scores(x, weights, look, head_dim):
    """It looks as if the score is not used. What an expert reads is the sigmoid of the product times the token."""
    return _block(x, weights, look, head_dim, _mixed(inside=False))


def llama4_scores_twice(x, weights, look, head_dim):
    """It looks as if the score multiplies both what the expert reads and what it gives. It is used once, before."""
    return _block(x, weights, look, head_dim, _mixed(outside=True))


def llama4_with_raw_products(x, weights, look, head_dim):
    """It looks as if the product itself is the score: it goes through sigmoid first."""
    return _block(x, weights, look, head_dim, _mixed(score=lambda z: z))


def llama4_with_softmax(x, weights, look, head_dim):
    """It looks as if the score is a softmax over all experts. Llama 4's is the sigmoid of the chosen product."""
    return _block(x, weights, look, head_dim, _mixed(score=lambda z: z.softmax(-1)))


def llama4_without_the_shared_expert(x, weights, look, head_dim):
    """It looks as if the shared expert is missing, or overwritten where an expert answers (= in place of +=). Every
    token reads it, without a score."""
    return _block(x, weights, look, head_dim, _mixed(shared=0.0))


def llama4_without_routed_experts(x, weights, look, head_dim):
    """It looks as if only the shared expert answers. Each token's best expert does too, and both are added."""
    return _block(x, weights, look, head_dim, lambda read, w: _network(w, "shared_expert", read))


def llama4_with_all_experts(x, weights, look, head_dim):
    """It looks as if every expert answers every token. Only the best does; the others must not be asked, or get a score
    of 0."""

    def mix(read, w):
        scores = (read @ w["mlp.router.weight"].T).sigmoid()
        answers = [_network(w, f"experts.{e}", scores[:, e, None] * read) for e in range(scores.shape[1])]
        return _network(w, "shared_expert", read) + sum(answers)

    return _block(x, weights, look, head_dim, mix)


def llama4_with_two_experts(x, weights, look, head_dim):
    """It looks as if each token's two best experts answer, as in Mixtral. Llama 4 takes one."""

    def mix(read, w):
        second = _mix(read, w, choose=lambda z: z.topk(2).indices[:, 1], shared=0.0)
        return _mix(read, w) + second

    return _block(x, weights, look, head_dim, mix)


def llama4_without_the_last_expert(x, weights, look, head_dim):
    """It looks as if the last expert is never asked, and its tokens get the shared expert's answer alone."""

    def mix(read, w):
        last = (read @ w["mlp.router.weight"].T).argmax(-1) == len(w["mlp.router.weight"]) - 1
        return torch.where(last[:, None], _network(w, "shared_expert", read), _mix(read, w))

    return _block(x, weights, look, head_dim, mix)


def llama4_that_gives_the_last_experts_tokens_away(x, weights, look, head_dim):
    """It looks as if the last expert is never chosen: the best is sought among the others."""
    return _block(x, weights, look, head_dim, _mixed(choose=lambda z: z[:, :-1].argmax(-1)))


def llama4_without_experts_below_zero(x, weights, look, head_dim):
    """It looks as if a token whose products are all below 0 gets no expert. It gets the one with the largest, as any
    other: a search for the best must not begin at 0."""

    def mix(read, w):
        none = (read @ w["mlp.router.weight"].T).amax(-1) < 0
        return torch.where(none[:, None], _network(w, "shared_expert", read), _mix(read, w))

    return _block(x, weights, look, head_dim, mix)


def llama4_with_expert_zero_below_zero(x, weights, look, head_dim):
    """It looks as if a token whose products are all below 0 goes to expert 0. It goes to the one with the largest: a
    search for the best must not begin at 0."""
    return _block(x, weights, look, head_dim, _mixed(choose=lambda z: torch.where(z.amax(-1) < 0, 0, z.argmax(-1))))


def llama4_with_scores_of_a_half_or_more(x, weights, look, head_dim):
    """It looks as if a product below 0 is taken as 0. Its sigmoid is below a half, and that is the score."""
    return _block(x, weights, look, head_dim, _mixed(score=lambda z: z.clamp(min=0).sigmoid()))


def llama4_with_the_worst_expert(x, weights, look, head_dim):
    """It looks as if the expert with the smallest product is chosen. It is the largest."""
    return _block(x, weights, look, head_dim, _mixed(choose=lambda z: z.argmin(-1)))


def llama4_with_the_largest_size(x, weights, look, head_dim):
    """It looks as if the sign of the products is lost when the best is chosen: a product far below 0 is a bad match."""
    return _block(x, weights, look, head_dim, _mixed(choose=lambda z: z.abs().argmax(-1)))


def llama4_with_one_expert_for_all(x, weights, look, head_dim):
    """It looks as if one expert is chosen for the whole text. Each token has its own."""
    return _block(x, weights, look, head_dim, _mixed(choose=lambda z: z.sum(0).argmax().expand(len(z))))


def llama4_routes_the_stream(x, weights, look, head_dim):
    """It looks as if router and experts read the stream itself. They read it through the second norm."""
    return _block(x, weights, look, head_dim, second=lambda x, weight: x)


def llama4_that_scores_the_shared_expert(x, weights, look, head_dim):
    """It looks as if the shared expert reads the token times the score too. It reads it as it is."""

    def mix(read, w):
        score = (read @ w["mlp.router.weight"].T).amax(-1, keepdim=True).sigmoid()
        return _mix(read, w, shared=0.0) + _network(w, "shared_expert", score * read)

    return _block(x, weights, look, head_dim, mix)


def llama4_whose_shared_expert_reads_the_stream(x, weights, look, head_dim):
    """It looks as if the shared expert reads the stream itself. It reads what the second norm gives, as others do."""
    streams = []

    def second(x, weight):
        streams.append(x)
        return _rms(x, weight)

    def mix(read, w):
        return _mix(read, w, shared=0.0) + _network(w, "shared_expert", streams[-1])

    return _block(x, weights, look, head_dim, mix, second=second)


def llama4_that_adds_to_the_normed_stream(x, weights, look, head_dim):
    """It looks as if the mixture's note is added to what the second norm gives. It is added to the stream itself."""
    return _block(x, weights, look, head_dim, lambda read, w: read + _mix(read, w), add=False)


def llama4_without_the_stream(x, weights, look, head_dim):
    """It looks as if the mixture replaces the stream. Its note is added."""
    return _block(x, weights, look, head_dim, add=False)


def llama4_with_a_silu_that_overflows(x, weights, look, head_dim):
    """It looks as if your silu is z * exp(z) / (1 + exp(z)): for a large z that is infinity divided by infinity, nan.
    z / (1 + exp(-z)) is the same and does not overflow there."""
    return _block(x, weights, look, head_dim, _mixed(bend=lambda z: z * z.exp() / (1 + z.exp())))


def llama4_mail_in_order_of_experts(x, weights, look, head_dim):
    """It looks as if the answers were put one behind the other, expert by expert. Each belongs back in the place of its
    token."""

    def mix(read, w):
        shared = _network(w, "shared_expert", read)
        order = (read @ w["mlp.router.weight"].T).argmax(-1).argsort(stable=True)
        return shared + (_mix(read, w) - shared)[order]

    return _block(x, weights, look, head_dim, mix)


def llama4_with_gate_and_up_swapped(x, weights, look, head_dim):
    """It looks as if silu bends the answer of up. It bends that of gate."""
    swapped = {}
    for name, weight in weights.items():
        here, there = ("gate_proj", "up_proj") if "gate_proj" in name else ("up_proj", "gate_proj")
        swapped[name.replace(here, there)] = weight
    return _block(x, swapped, look, head_dim)


def llama4_with_the_first_norm_twice(x, weights, look, head_dim):
    """It looks as if the second norm has the weights of the first: its own are in post_attention_layernorm.weight."""
    first = weights["input_layernorm.weight"]
    return _block(x, {**weights, "post_attention_layernorm.weight": first}, look, head_dim)


def llama4_without_the_first_norm(x, weights, look, head_dim):
    """It looks as if queries, keys and values are made from the stream itself. They are made from what the first norm
    gives."""
    return _block(x, weights, look, head_dim, first=lambda x, weight: x)


def llama4_whose_router_reads_the_stream(x, weights, look, head_dim):
    """It looks as if the router reads the stream itself. It reads what the second norm gives, as the experts do."""
    streams = []

    def second(x, weight):
        streams.append(x)
        return _rms(x, weight)

    return _block(x, weights, look, head_dim, lambda read, w: _mix(read, w, routed=streams[-1]), second=second)


def llama4_whose_second_norm_reads_the_old_stream(x, weights, look, head_dim):
    """It looks as if the second norm reads the x that came in. It reads the stream to which attention has added."""
    return _block(x, weights, look, head_dim, second=lambda _stream, weight: _rms(x, weight))


def llama4_that_mixes_tokens_and_heads(x, weights, look, head_dim):
    """It looks as if [T, H * D] became [H, T, D] by view alone, which mixes tokens and heads. Cut the last axis first,
    [T, H, D], then change places."""
    return _block(x, weights, look, head_dim, cut=lambda y, width: y.reshape(-1, len(y), width))


def llama4_that_joins_heads_by_view(x, weights, look, head_dim):
    """It looks as if what look found, [H, T, D], became [T, H * D] by view or reshape alone, which mixes tokens and
    heads. Change places first, [T, H, D], then flatten."""

    def mixing(q, k, v):
        found = look(q, k, v)
        return found.reshape(found.shape[1], -1, found.shape[2]).transpose(0, 1)

    return _block(x, weights, mixing, head_dim)


def llama4_without_the_first_stream(x, weights, look, head_dim):
    """It looks as if attention replaces the stream. What it found is added to x."""

    def second(stream, weight):
        return _rms(stream - x, weight)

    return _block(x, weights, look, head_dim, second=second) - x


def llama4_with_gelu(x, weights, look, head_dim):
    """It looks as if gelu bends the gate. In Llama 4 silu does."""
    return _block(x, weights, look, head_dim, _mixed(bend=F.gelu))


def llama4_with_relu(x, weights, look, head_dim):
    """It looks as if relu bends the gate. In Llama 4 silu does."""
    return _block(x, weights, look, head_dim, _mixed(bend=F.relu))


def llama4_without_eps(x, weights, look, head_dim):
    """It looks as if nothing is added under the root of the norms: a token of zeros is divided by 0. It is 1e-5."""
    return _block(x, weights, look, head_dim, rms=_rms_with(0.0))


def llama4_with_another_eps(x, weights, look, head_dim):
    """It looks as if 1e-6 is added under the root of the norms. Here it is 1e-5; for tiny tokens that counts."""
    return _block(x, weights, look, head_dim, rms=_rms_with(1e-6))


def llama4_with_eps_outside(x, weights, look, head_dim):
    """It looks as if 1e-5 is added to the root. It stands under it, added to the mean square; for tiny tokens that
    makes a difference."""
    return _block(x, weights, look, head_dim, rms=_rms_with_eps_outside)


MY_LLAMA4_BLOCK = Exercise(
    id="my_llama4_block",
    title="Your Llama 4 layer",
    difficulty=3,
    minutes=18,
    kind="build",
    contract="tokens x [T, C] of one text to [T, C], a layer of Llama 4. x itself is not changed. weights is a dict of "
    "one layer's tensors, each matrix with a row for each output, no biases: input_layernorm.weight, "
    "self_attn.q_proj.weight, self_attn.k_proj.weight, self_attn.v_proj.weight, self_attn.o_proj.weight and "
    "post_attention_layernorm.weight as in lesson 05; mlp.router.weight [E, C]; for each expert e from 0 "
    "mlp.experts.e.gate_proj.weight and mlp.experts.e.up_proj.weight [F, C] and mlp.experts.e.down_proj.weight [C, F]; "
    "and the same three of mlp.shared_expert. Norms have 1e-5 under the root. head_dim is D. look(q, k, v): [H, T, D], "
    "[G, T, D] and [G, T, D] to [H, T, D].",
    cases=tuple((case,) for case in CASES),
    tried="seven tokens and one, a token of zeros, loud gates, a router with a favourite and one that likes nobody; "
    "the library's layer gives the same",
    hints=(
        "Begin with my_block of lesson 05. Only the last two lines change: what is added behind the second norm.",
        "products, chosen = (read @ weights['mlp.router.weight'].T).max(-1), [T] each. The score is "
        "products.sigmoid().",
        "For each expert in chosen.unique().tolist(): mail = (chosen == expert).nonzero().flatten(), and "
        "note[mail] += what the expert answers to the score times read[mail].",
    ),
    solution=my_llama4_block,
    harness=in_a_layer,
    mistakes=(
        llama4_scores_the_output,
        llama4_without_scores,
        llama4_scores_twice,
        llama4_with_raw_products,
        llama4_with_softmax,
        llama4_without_the_shared_expert,
        llama4_without_routed_experts,
        llama4_with_all_experts,
        llama4_with_two_experts,
        llama4_without_the_last_expert,
        llama4_that_gives_the_last_experts_tokens_away,
        llama4_without_experts_below_zero,
        llama4_with_expert_zero_below_zero,
        llama4_with_scores_of_a_half_or_more,
        llama4_with_the_worst_expert,
        llama4_with_the_largest_size,
        llama4_with_one_expert_for_all,
        llama4_routes_the_stream,
        llama4_that_scores_the_shared_expert,
        llama4_whose_shared_expert_reads_the_stream,
        llama4_that_adds_to_the_normed_stream,
        llama4_without_the_stream,
        llama4_with_a_silu_that_overflows,
        llama4_mail_in_order_of_experts,
        llama4_with_gate_and_up_swapped,
        llama4_with_the_first_norm_twice,
        llama4_with_eps_outside,
        llama4_without_the_first_norm,
        llama4_whose_router_reads_the_stream,
        llama4_whose_second_norm_reads_the_old_stream,
        llama4_that_mixes_tokens_and_heads,
        llama4_that_joins_heads_by_view,
        llama4_without_the_first_stream,
        llama4_with_gelu,
        llama4_with_relu,
        llama4_without_eps,
        llama4_with_another_eps,
    ),
)
