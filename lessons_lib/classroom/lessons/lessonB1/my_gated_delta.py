"""An exercise of appendix B1: the gated delta rule for many texts and heads, in a tiny hybrid."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lessonB1.shared import random
from lessons_lib.classroom.real_model import replaced, tensor_of
from lessons_lib.classroom.trials import Refused


def my_gated_delta(query, key, value, decay, strength, matrix):
    S, answers = matrix, []
    for t in range(query.shape[1]):
        q, k, v = query[:, t], key[:, t], value[:, t]  # [B, H, K], [B, H, K], [B, H, V]
        S = decay[:, t].exp()[..., None] * S
        held = torch.einsum("bhk,bhkv->bhv", k, S)
        change = strength[:, t, :, None] * (v - held)
        S = S + k[..., :, None] * change[..., None, :]
        answers.append(torch.einsum("bhk,bhkv->bhv", q, S))
    return torch.stack(answers, 1), S


def made_up(b, t, h, k, v, seed):
    """What the layer hands over, in float64, for B texts of T tokens, H heads, K and V; but with keys of length 0.8."""
    shapes = ((b, t, h, k), (b, t, h, k), (b, t, h, v), (b, t, h, 1), (b, t, h), (b, h, k, v))
    query, key, value, decay, strength, matrix = (random(seed + i, *shape) for i, shape in enumerate(shapes))
    key = 0.8 * key / key.norm(dim=-1, keepdim=True)
    return query, key, value, -decay.abs(), strength.sigmoid(), matrix


def _pair(answer, given):
    """What an answer gives, as two tensors in the dtype of the state.

    Raises:
        Refused: for anything but a pair in the right shapes, and for a change of what came in.
    """
    before = [each.clone() for each in given]
    result = answer(*given)
    if not all(map(torch.equal, before, given)):
        raise Refused("your code changed what came in, such as the state: others still need it; work on a copy")
    if result is None:
        return None
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise Refused("two things are asked for: the answers [B, T, H, V] and the state behind the last token")
    out, state = (tensor_of(each).to(given[-1].dtype) for each in result)
    for name, each, shape in (("answers", out, given[2].shape), ("state", state, given[-1].shape)):
        if each.shape != shape:
            raise Refused(f"the {name} have the shape {list(each.shape)}, asked for are {list(shape)}")
    return out, state


def in_the_hybrid(answer, sizes, seed):
    """Sizes of made-up tensors by their letters, or how many tokens the tiny hybrid reads, in two passes."""
    if "hybrid" not in sizes:
        pair = _pair(answer, made_up(*sizes.values(), seed))
        return pair and {"answers": pair[0], "state": pair[1]}
    from lessons_lib.classroom.lessons.lessonB1.published import tiny_hybrid
    from lessons_lib.generation import KVCache
    from lessons_lib.layers.states import gated_delta

    model, tokens = tiny_hybrid(), sizes["hybrid"]
    ids = torch.randint(97, (2, tokens), generator=torch.Generator().manual_seed(seed))
    cache, cut = KVCache.of(model, 2, tokens), tokens // 2
    with torch.no_grad(), replaced(gated_delta, "delta_rule", lambda *given: _pair(answer, given)):
        scores = torch.cat((model(ids[:, :cut], cache), model(ids[:, cut:], cache)), 1)
    return {"scores of the hybrid": scores}


def _gated(
    *given,
    fade=lambda S, g: g.exp()[..., None] * S,
    late=False,
    held_of=lambda S, old: S,
    take=lambda v, held, beta: beta * (v - held),
    outer=lambda k, change: k[..., :, None] * change[..., None, :],
    early=False,
    faded=False,
    asked=None,
    begin=lambda matrix: matrix,
    behind=lambda S, matrix: S,
    key_of=lambda key: key,
    query_of=lambda query: query,
    beta_of=lambda strength, t: strength[:, t, :, None],
    gather=lambda answers: torch.stack(answers, 1),
):
    """The same with the knobs that mistakes turn."""
    query, key, value, decay, strength, matrix = given
    S, answers, key, query = begin(matrix), [], key_of(key), query_of(query)
    for t in range(query.shape[1]):
        q, k, v = query[:, t], key[:, t], value[:, t]
        old = S
        if not late:
            S = fade(S, decay[:, t])
        if faded:
            old = S
        held = (k[..., None, :] @ held_of(S, old))[..., 0, :]
        S = S + outer(k, take(v, held, beta_of(strength, t)))
        if late:
            S = fade(S, decay[:, t])
        asks = k if asked == "key" else q
        answers.append((asks[..., None, :] @ (old if early else S))[..., 0, :])
    return gather(answers), behind(S, matrix)


def gated_without_decay(*given):
    """It looks as if the state doesn't fade."""
    return _gated(*given, fade=lambda S, g: S)


def gated_with_the_logarithm(*given):
    """It looks as if the state is multiplied by decay itself. That is the logarithm of what is left: multiply by its
    exp."""
    return _gated(*given, fade=lambda S, g: g[..., None] * S)


def gated_growing(*given):
    """It looks as if the state grows where it should fade: exp(decay), without a minus."""
    return _gated(*given, fade=lambda S, g: (-g).exp()[..., None] * S)


def gated_fading_late(*given):
    """It looks as if the state fades behind the write, so the new value fades at once. It fades first."""
    return _gated(*given, late=True)


def gated_looking_early(*given):
    """It looks as if what is held is read from the state before it fades. What is taken away is what is still there."""
    return _gated(*given, held_of=lambda S, old: old)


def gated_that_adds(*given):
    """It looks as if nothing is taken away: beta times the value is added. First look what the state says under the
    key, and write the difference."""
    return _gated(*given, take=lambda v, held, beta: beta * v)


def gated_of_whole_values(*given):
    """It looks as if beta is multiplied with what is held and not with the value. It is with their difference."""
    return _gated(*given, take=lambda v, held, beta: v - beta * held)


def gated_that_takes_all(*given):
    """It looks as if beta is multiplied with the value and not with what is held. It is with their difference."""
    return _gated(*given, take=lambda v, held, beta: beta * v - held)


def gated_without_strength(*given):
    """It looks as if all of the difference is written. strength says how much."""
    return _gated(*given, take=lambda v, held, beta: v - held)


def gated_away_from_the_value(*given):
    """It looks as if the difference has the wrong sign: value less what is held."""
    return _gated(*given, take=lambda v, held, beta: beta * (held - v))


def gated_asked_early(*given):
    """It looks as if the query asks the state before its own token was written. It asks the one behind."""
    return _gated(*given, early=True)


def gated_asked_between(*given):
    """It looks as if the query asks the state before its own token was written. It asks the one behind."""
    return _gated(*given, early=True, faded=True)


def gated_asked_by_the_key(*given):
    """It looks as if the key asks. The query does; the key only says where to write."""
    return _gated(*given, asked="key")


def gated_from_zeros(*given):
    """It looks as if the state begins at zeros. It begins at matrix, which holds what was read before."""
    return _gated(*given, begin=torch.zeros_like)


def gated_giving_back_the_old(*given):
    """It looks as if the state that came in is given back. Asked for is the one behind the last token."""
    return _gated(*given, behind=lambda S, matrix: matrix.clone())


def gated_with_keys_of_its_own(*given):
    """It looks as if a softmax is taken over the keys. There is none in this rule."""
    return _gated(*given, key_of=lambda key: key.softmax(-1))


def gated_with_shorter_queries(query, *given):
    """It looks as if queries are divided by the root of K. Here they come as they are to be used."""
    return my_gated_delta(query / query.shape[-1] ** 0.5, *given)


def gated_with_the_sigmoid_of_strength(query, key, value, decay, strength, matrix):
    """It looks as if the strength went through sigmoid. It is beta already."""
    return my_gated_delta(query, key, value, decay, strength.sigmoid(), matrix)


def gated_with_keys_of_length_one(*given):
    """It looks as if you bring keys to length 1. They come as they are to be used, and here they are shorter."""
    return _gated(*given, key_of=_normed)


def gated_with_all_of_length_one(*given):
    """It looks as if you bring queries and keys to length 1. They come as they are to be used."""
    return _gated(*given, key_of=_normed, query_of=_normed)


def _normed(x):
    return x / x.norm(dim=-1, keepdim=True)


def gated_with_the_first_strength(*given):
    """It looks as if every token writes with the first one's strength. Each has its own."""
    return _gated(*given, beta_of=lambda strength, t: strength[:, 0, :, None])


def gated_with_the_first_head(*given):
    """It looks as if all heads write with the first head's strength. Each has its own."""
    return _gated(*given, beta_of=lambda strength, t: strength[:, t, :1, None])


def gated_backwards(*given):
    """It looks as if the answers come in the order of the last token first."""
    return _gated(*given, gather=lambda answers: torch.stack(answers[::-1], 1))


GATED_DELTA = Exercise(
    id="my_gated_delta",
    title="Your rule in a hybrid",
    difficulty=3,
    minutes=25,
    kind="build",
    contract="query and key [B, T, H, K], value [B, T, H, V], decay [B, T, H, 1], the logarithm of what is left, "
    "strength [B, T, H], which is beta, and matrix [B, H, K, V], the state before the first token. To a pair: the "
    "answer to each token's query [B, T, H, V], and the state behind the last token [B, H, K, V]. Each token fades the "
    "state, then writes by the delta rule, then asks. query and key come as they are to be used.",
    cases=(
        ({"B": 1, "T": 1, "H": 1, "K": 1, "V": 1}, 0),
        ({"B": 1, "T": 2, "H": 1, "K": 2, "V": 3}, 10),
        ({"B": 1, "T": 3, "H": 2, "K": 3, "V": 2}, 20),
        ({"B": 2, "T": 4, "H": 3, "K": 2, "V": 5}, 30),
        ({"B": 3, "T": 2, "H": 4, "K": 5, "V": 4}, 40),
        ({"B": 2, "T": 6, "H": 2, "K": 4, "V": 4}, 50),
        ({"hybrid": 21}, 1),
    ),
    real=1,
    tried="one token and several, many texts and heads, K and V apart, then a tiny hybrid that reads in two passes",
    hints=(
        "Go over t. Everything of one token is [B, H, ...]; the state is [B, H, K, V].",
        "What the state says under the key is a product over K: (k[..., None, :] @ S)[..., 0, :], or an einsum.",
        "An outer product of many at once: k[..., :, None] * change[..., None, :].",
    ),
    solution=my_gated_delta,
    harness=in_the_hybrid,
    mistakes=(
        gated_without_decay,
        gated_with_the_logarithm,
        gated_growing,
        gated_fading_late,
        gated_looking_early,
        gated_that_adds,
        gated_of_whole_values,
        gated_that_takes_all,
        gated_without_strength,
        gated_away_from_the_value,
        gated_asked_early,
        gated_asked_between,
        gated_asked_by_the_key,
        gated_from_zeros,
        gated_giving_back_the_old,
        gated_with_keys_of_its_own,
        gated_with_shorter_queries,
        gated_with_the_sigmoid_of_strength,
        gated_with_keys_of_length_one,
        gated_with_all_of_length_one,
        gated_with_the_first_strength,
        gated_with_the_first_head,
        gated_backwards,
    ),
)
