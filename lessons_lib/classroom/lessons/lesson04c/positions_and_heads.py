"""The building exercise of lesson 04c: the learner turns, shares and looks, in every layer of the real model."""

import sys
from collections.abc import Callable

import torch
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson04b.shared import CAT_FIRST, DOG_FIRST, in_every_layer, made_up, speeds, turned
from lessons_lib.classroom.lessons.lesson04b.turning import LONGER, TURNING, turned_from_one
from lessons_lib.classroom.real_model import real_model, replaced


def my_heads(q, k, v, base):
    H, T, D = q.shape
    theta = base ** (-torch.arange(0, D, 2) / D)  # [D/2]
    angles = torch.arange(T)[:, None] * theta  # [T, D/2]

    def rotated(x):
        a, b = x.chunk(2, -1)  # [..., T, D/2] each
        return torch.cat([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()], -1)

    group = H // len(k)
    q, k = rotated(q), rotated(k)
    k, v = k.repeat_interleave(group, 0), v.repeat_interleave(group, 0)  # [H, T, D]
    scores = q @ k.transpose(-1, -2) / D**0.5  # [H, T, T]
    future = torch.ones(T, T).triu(1).bool()
    return scores.masked_fill(future, -torch.inf).softmax(-1) @ v


# Three made-up tokens, two query heads, one key head. The first token's score with itself is about -28,000: far below
# what a real model has, so that a future hidden by a number that is only small shows. The last query scores 0 with each
# key, so that it shows where scores of 0 are taken for hidden ones.
QUERIES = torch.tensor([[[-200.0, 0], [3, 1], [-100, 200]], [[-1, 1], [2, 0], [0, 0]]])
KEYS = torch.tensor([[[200.0, 0], [-1, 2], [1, 1]]])
VALUES = torch.tensor([[[1.0, 2], [3, 4], [5, 6]]])


def in_the_model(answer: Callable, tokens: str | dict) -> object:
    """What a learner's function makes of made-up queries, keys and values; or, for a prompt, the three likeliest next
    tokens with their scores, where every layer of SmolLM2 looks with that function.

    Returns:
        `[H, T, D]` for made-up tokens, or such as `[(" dog", 14.2), (" cat", 13.6), ...]`; None if the function
        returns nothing.

    Raises:
        Refused: if it returns another shape, or no numbers.
    """
    if isinstance(tokens, dict):
        return answer(*tokens.values())
    base = real_model()[0].config.rope_theta

    def look(*heads: Tensor | None) -> object:
        return answer(*(x[0].clone() for x in heads[:3]), base)  # of the one text

    with replaced(sys.modules["lessons_lib.layers.attention"], "apply_rope", lambda x, _: x):
        return in_every_layer(tokens, "attention", look)


def _look(q, k, v, base, turn=turned, scale=None, future=-torch.inf, spread=None, places=None, theta=None):
    """Plain attention of heads that share, with the knobs that mistakes turn."""
    H, T, D = q.shape
    theta = speeds(D, base) if theta is None else theta
    angles = (torch.arange(T) if places is None else places)[:, None] * theta
    q, k = turn(q, angles), turn(k, angles)
    spread = spread or (lambda x: x.repeat_interleave(H // len(x), 0))
    scores = q @ spread(k).transpose(-1, -2) * (D**-0.5 if scale is None else scale)
    if future is not None:
        scores = scores.masked_fill(torch.ones(T, T).triu(1).bool(), future)
    return scores.softmax(-1) @ spread(v)


def heads_only_queries_turned(q, k, v, base):
    """It looks as if keys are not turned. Query and key both are; their difference is the distance."""
    angles = torch.arange(q.shape[1])[:, None] * speeds(q.shape[-1], base)
    return _look(turned(q, angles), k, v, base, turn=lambda x, _: x)


def heads_only_keys_turned(q, k, v, base):
    """It looks as if queries are not turned. Query and key both are; their difference is the distance."""
    angles = torch.arange(q.shape[1])[:, None] * speeds(q.shape[-1], base)
    return _look(q, turned(k, angles), v, base, turn=lambda x, _: x)


def heads_values_turned_too(q, k, v, base):
    """It looks as if values are turned too. They are what is delivered, and stay as they are."""
    angles = torch.arange(q.shape[1])[:, None] * speeds(q.shape[-1], base)
    return _look(q, k, turned(v, angles), base)


def heads_turned_against_each_other(q, k, v, base):
    """It looks as if queries and keys turn in opposite directions. Then the sum of their places counts; it must be the
    difference, so both turn the same way."""
    angles = torch.arange(q.shape[1])[:, None] * speeds(q.shape[-1], base)
    return _look(turned(q, angles), turned(k, -angles), v, base, turn=lambda x, _: x)


def heads_by_repeat(q, k, v, base):
    """It looks as if query head h reads key head h modulo G. Neighbours share: heads 0, 1, 2 read key head 0, so it is
    repeat_interleave, not repeat."""
    return _look(q, k, v, base, spread=lambda x: x.repeat(len(q) // len(x), 1, 1))


def heads_by_the_first(q, k, v, base):
    """It looks as if all query heads read the first key head: head h reads key head h // (H // G)."""
    return _look(q, k, v, base, spread=lambda x: x[:1].expand(len(q), -1, -1))


def heads_by_the_number_of_key_heads(q, k, v, base):
    """It looks as if each key and value head is repeated G times. G is how many of them there are; each serves H // G
    query heads. The two differ where H = 8 and G = 2."""
    return _look(q, k, v, base, spread=lambda x: x.repeat_interleave(len(k), 0))


def heads_divided_by_the_key_heads(q, k, v, base):
    """It looks as if query head h reads key head h // G. G is how many of them there are; each serves H // G query
    heads, so it is h // (H // G). The two differ where H = 8 and G = 2."""
    read = (torch.arange(len(q)) // len(k)).clamp(max=len(k) - 1)
    return _look(q, k, v, base, spread=lambda x: x[read])


def heads_grouped_the_other_way(q, k, v, base):
    """It looks as if the query heads are cut into H // G groups of G. There are G groups, one for each key head, of H
    // G query heads: q.view(G, H // G, T, D). The two differ where H = 8 and G = 2."""
    H, T, D = q.shape
    G = len(k)
    future = torch.ones(T, T).triu(1).bool()
    angles = torch.arange(T)[:, None] * speeds(D, base)
    q, k = turned(q, angles).view(H // G, G, T, D), turned(k, angles)[:, None]
    scores = (q @ k.transpose(-1, -2) * D**-0.5).masked_fill(future, -torch.inf)
    return (scores.softmax(-1) @ v[:, None]).view(H, T, D)


def heads_by_the_mean(q, k, v, base):
    """It looks as if the key and value heads are averaged: each group of queries has a pair of its own."""
    return _look(q, k, v, base, spread=lambda x: x.mean(0, keepdim=True))


def heads_without_scale(q, k, v, base):
    """It looks as if the scores are not divided by the square root of D."""
    return _look(q, k, v, base, scale=1.0)


def heads_divided_by_d(q, k, v, base):
    """It looks as if the scores are divided by D: it is the square root of D."""
    return _look(q, k, v, base, scale=1 / q.shape[-1])


def heads_divided_by_the_length(q, k, v, base):
    """It looks as if the scores are divided by the square root of the number of tokens. D is the width of a head, the
    last axis."""
    return _look(q, k, v, base, scale=q.shape[1] ** -0.5)


def heads_without_mask(q, k, v, base):
    """It looks as if tokens see the future: hide the scores above the diagonal before the softmax."""
    return _look(q, k, v, base, future=None)


def heads_with_zeros(q, k, v, base):
    """It looks as if the scores of the future are set to 0: only minus infinity becomes a weight of 0."""
    return _look(q, k, v, base, future=0.0)


def heads_with_a_small_number(q, k, v, base):
    """It looks as if the scores of the future are set to a number such as -20. A real score may be as low; only minus
    infinity becomes a weight of 0."""
    return _look(q, k, v, base, future=-20.0)


def heads_with_a_low_number(q, k, v, base):
    """It looks as if the scores of the future are set to a low number such as -10000. In the made-up tokens a score is
    lower; only minus infinity becomes a weight of 0 beside every score."""
    return _look(q, k, v, base, future=-10_000.0)


def heads_that_hide_zeros(q, k, v, base):
    """It looks as if a score of exactly 0 is hidden wherever it stands. A visible score may be 0: say by the place what
    is hidden, and not by the number."""
    angles = torch.arange(q.shape[1])[:, None] * speeds(q.shape[-1], base)
    k, v = (x.repeat_interleave(len(q) // len(x), 0) for x in (turned(k, angles), v))
    scores = (turned(q, angles) @ k.transpose(-1, -2) * q.shape[-1] ** -0.5).tril()
    return scores.masked_fill(scores == 0, -torch.inf).softmax(-1) @ v


def heads_masked_after_softmax(q, k, v, base):
    """It looks as if the weights of the future are set to 0 after the softmax, so that rows no longer add up to 1.
    Hide the scores before it, with minus infinity."""
    angles = torch.arange(q.shape[1])[:, None] * speeds(q.shape[-1], base)
    k, v = (x.repeat_interleave(len(q) // len(x), 0) for x in (turned(k, angles), v))
    return ((turned(q, angles) @ k.transpose(-1, -2)) * q.shape[-1] ** -0.5).softmax(-1).tril() @ v


def heads_hidden_after_softmax(q, k, v, base):
    """It looks as if the future is set to minus infinity after the softmax. Before it, minus infinity becomes a weight
    of 0; after it, it is a weight."""
    angles = torch.arange(q.shape[1])[:, None] * speeds(q.shape[-1], base)
    k, v = (x.repeat_interleave(len(q) // len(x), 0) for x in (turned(k, angles), v))
    weights = ((turned(q, angles) @ k.transpose(-1, -2)) * q.shape[-1] ** -0.5).softmax(-1)
    return weights.masked_fill(torch.ones(weights.shape[1:]).triu(1).bool(), -torch.inf) @ v


def _weighed(q, k, v, base, dim=-1, hidden_from=1):
    """Attention with another axis of the softmax, or another diagonal of the mask."""
    angles = torch.arange(q.shape[1])[:, None] * speeds(q.shape[-1], base)
    k, v = (x.repeat_interleave(len(q) // len(x), 0) for x in (turned(k, angles), v))
    scores = (turned(q, angles) @ k.transpose(-1, -2)) * q.shape[-1] ** -0.5
    future = torch.ones(scores.shape[1:]).triu(hidden_from).bool()
    return scores.masked_fill(future, -torch.inf).softmax(dim) @ v


def heads_softmax_over_the_queries(q, k, v, base):
    """It looks as if the softmax runs down the columns, over the queries. The weights of one query add up to 1: its
    keys are the last axis."""
    return _weighed(q, k, v, base, dim=-2)


def heads_softmax_over_the_heads(q, k, v, base):
    """It looks as if the softmax runs over the heads. The weights of one query add up to 1: its keys are the last
    axis."""
    return _weighed(q, k, v, base, dim=0)


def heads_blind_to_themselves(q, k, v, base):
    """It looks as if a token does not see itself: triu(1) is the future, triu(0) takes the diagonal too. The first
    token then sees nothing, and the softmax of nothing is nan."""
    return _weighed(q, k, v, base, hidden_from=0)


def heads_by_two_rules(q, k, v, base):
    """It looks as if keys are spread by repeat_interleave and values by repeat. A query head reads a key and a value of
    the same number: spread both by repeat_interleave."""
    group = len(q) // len(k)
    return _look(q, k.repeat_interleave(group, 0), v.repeat(group, 1, 1), base)


def heads_by_two_rules_turned_round(q, k, v, base):
    """It looks as if values are spread by repeat_interleave and keys by repeat. A query head reads a key and a value of
    the same number: spread both by repeat_interleave."""
    group = len(q) // len(k)
    return _look(q, k.repeat(group, 1, 1), v.repeat_interleave(group, 0), base)


def heads_by_a_float(q, k, v, base):
    """H / G is a number with a point, even where nothing is left over, and so is h // (H / G): no list takes it. H // G
    is a whole number."""
    return torch.stack([v[h // (len(q) / len(k))] for h in range(len(q))])


def heads_not_spread(q, k, v, base):
    """The sizes do not fit since there are H heads of queries and only G of keys and values: repeat_interleave gives
    each query head one of its own."""
    return _look(q, k, v, base, spread=lambda x: x)


def heads_seeing_one_too_many(q, k, v, base):
    """It looks as if each token sees one token of the future: triu(1) is the future, triu(2) leaves its first token
    open."""
    return _weighed(q, k, v, base, hidden_from=2)


def heads_divided_by_all_heads(q, k, v, base):
    """It looks as if the scores are divided by the square root of H * D. Each head has scores of its own: D is the
    width of one head, the last axis."""
    return _look(q, k, v, base, scale=(len(q) * q.shape[-1]) ** -0.5)


def heads_with_queries_one_ahead(q, k, v, base):
    """It looks as if queries and keys are counted from different places: a query then stands one away from the key of
    its own token. Turn both by the same places, 0 to T - 1."""
    angles = torch.arange(q.shape[1])[:, None] * speeds(q.shape[-1], base)
    ahead = (torch.arange(q.shape[1])[:, None] + 1) * speeds(q.shape[-1], base)
    return _look(turned(q, ahead), turned(k, angles), v, base, turn=lambda x, _: x)


def heads_with_keys_one_ahead(q, k, v, base):
    """It looks as if queries and keys are counted from different places: a key then stands one away from the query of
    its own token. Turn both by the same places, 0 to T - 1."""
    angles = torch.arange(q.shape[1])[:, None] * speeds(q.shape[-1], base)
    ahead = (torch.arange(q.shape[1])[:, None] + 1) * speeds(q.shape[-1], base)
    return _look(turned(q, angles), turned(k, ahead), v, base, turn=lambda x, _: x)


def heads_joined(q, k, v, base):
    """It looks as if the heads are already joined to [T, H * D]. Here they stay apart, [H, T, D]: the layer joins them
    afterwards."""
    return my_heads(q, k, v, base).transpose(0, 1).flatten(1)


def heads_by_three(q, k, v, base):
    """It looks as if each key and value head always serves 3 query heads, as in SmolLM2. It is H // G, and the first
    case has 2 query heads and one key head."""
    return _look(q, k, v, base, spread=lambda x: x.repeat_interleave(3, 0))


def heads_that_overflow(q, k, v, base):
    """It looks as if the softmax is your own and does not subtract the largest score: large exponentials overflow, and
    infinity divided by infinity is nan, as 0 / 0 is. Subtract the largest of each row first, or use softmax."""
    angles = torch.arange(q.shape[1])[:, None] * speeds(q.shape[-1], base)
    k, v = (x.repeat_interleave(len(q) // len(x), 0) for x in (turned(k, angles), v))
    scores = turned(q, angles) @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
    weights = scores.masked_fill(torch.ones(scores.shape[1:]).triu(1).bool(), -torch.inf).exp()
    return weights / weights.sum(-1, keepdim=True) @ v


def heads_divided_by_eight(q, k, v, base):
    """It looks as if the scores are always divided by 8, the square root of SmolLM2's 64. Here heads may have another
    width D, the last axis."""
    return _look(q, k, v, base, scale=1 / 8)


def heads_made_for_the_model(q, k, v, base):
    """It looks as if base and width are SmolLM2's: 100000, and 64 with its square root 8. Both come with the arguments:
    the base, and D as the last axis."""
    return _look(q, k, v, base, theta=speeds(64, 100000.0)[: q.shape[-1] // 2], scale=1 / 8)


def heads_with_a_window(q, k, v, base):
    """It looks as if tokens far back are hidden, as a window does it. Here each token sees the whole past."""
    angles = torch.arange(q.shape[1])[:, None] * speeds(q.shape[-1], base)
    k, v = (x.repeat_interleave(len(q) // len(x), 0) for x in (turned(k, angles), v))
    scores = turned(q, angles) @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
    seen = torch.ones(scores.shape[1:]).tril().triu(-63).bool()
    return scores.masked_fill(~seen, -torch.inf).softmax(-1) @ v


def _turning_by(wrong: Callable) -> Callable:
    """A mistake of lesson 04b's last exercise, in heads that are right but for it."""

    def heads(q, k, v, base):
        return _look(q, k, v, base, turn=lambda x, _: wrong(x, base))

    heads.__name__, heads.__doc__ = f"heads_{wrong.__name__}", wrong.__doc__
    return heads


HEADS = Exercise(
    id="positions_and_heads",
    title="Your rotation and your shared heads in the real model",
    difficulty=3,
    minutes=14,
    kind="build",
    contract="my_heads(q, k, v, base): queries q [H, T, D], keys k and values v [G, T, D] of one layer, where G "
    "divides H and D is even, to [H, T, D]. First q and k are turned to their places 0 to T - 1, in the layout of "
    "halves: number i with number i + D/2, by place * base ** (-2i / D) radians, anticlockwise; v is not. Then causal "
    "attention, scores divided by the square root of D, in which query head h reads key and value head h // (H // G).",
    cases=(
        ({"q": QUERIES, "k": KEYS, "v": VALUES, "base": 100.0},),
        ({"q": made_up(8, 3, 4), "k": made_up(2, 3, 4), "v": 2 * made_up(2, 3, 4), "base": 50.0},),
        ({"q": made_up(1, 300, 4), "k": made_up(1, 300, 4) + 0.3, "v": 2 * made_up(1, 300, 4), "base": 1000.0},),
        ("First",),
        ("First came",),
        (DOG_FIRST,),
        (CAT_FIRST,),
        (LONGER,),
    ),
    tried="3 and 300 made-up tokens; one token, two, both orders and a longer text: SmolLM2 gives the same scores",
    hints=(
        "Three steps: turn q and k; give every query head a key and a value head of its own; look, as in lesson 04.",
        "For the first step, your my_turning of lesson 04b serves as it is: my_turning(q, base).",
        "k.repeat_interleave(H // G, 0) repeats each head in place; q @ k.transpose(-1, -2) takes all heads at once.",
    ),
    solution=my_heads,
    real=5,
    harness=in_the_model,
    mistakes=(
        *(_turning_by(wrong) for wrong in TURNING.mistakes if wrong is not turned_from_one),
        heads_only_queries_turned,
        heads_only_keys_turned,
        heads_values_turned_too,
        heads_turned_against_each_other,
        heads_by_repeat,
        heads_by_the_first,
        heads_by_the_number_of_key_heads,
        heads_divided_by_the_key_heads,
        heads_grouped_the_other_way,
        heads_by_the_mean,
        heads_without_scale,
        heads_divided_by_d,
        heads_divided_by_the_length,
        heads_without_mask,
        heads_with_zeros,
        heads_with_a_small_number,
        heads_with_a_low_number,
        heads_that_hide_zeros,
        heads_masked_after_softmax,
        heads_hidden_after_softmax,
        heads_softmax_over_the_queries,
        heads_softmax_over_the_heads,
        heads_blind_to_themselves,
        heads_by_two_rules,
        heads_by_two_rules_turned_round,
        heads_by_a_float,
        heads_not_spread,
        heads_seeing_one_too_many,
        heads_divided_by_all_heads,
        heads_with_queries_one_ahead,
        heads_with_keys_one_ahead,
        heads_joined,
        heads_by_three,
        heads_that_overflow,
        heads_divided_by_eight,
        heads_made_for_the_model,
        heads_with_a_window,
    ),
)
