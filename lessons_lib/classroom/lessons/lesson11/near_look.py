"""The last building exercise of lesson 11: a near layer's look that forgets what no later token can see."""

from functools import cache

import torch

from lessons_lib import ModelConfig, Transformer
from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson04b.shared import turned, turned_neighbours
from lessons_lib.classroom.lessons.lesson07.shared import made_up
from lessons_lib.classroom.lessons.lesson11.puzzle import fresh
from lessons_lib.classroom.lessons.lesson11.reference import small_config
from lessons_lib.classroom.trials import Refused
from lessons_lib.layers import attention_scale, rope_frequencies

SPEEDS = {2: [0.5], 4: [1.0, 0.1], 6: [1.0, 0.3, 0.05], 8: [1.0, 0.4, 0.1, 0.02]}  # by the width of a head
SMALL = "the small Llama 4"


class MyNearLook:
    def __init__(self, speeds, chunk):
        self.speeds, self.chunk, self.read = speeds, chunk, 0
        self.keys = self.values = None

    def __call__(self, q, k, v):
        H, T, D = q.shape
        places = torch.arange(self.read, self.read + T)
        self.read += T

        def ready(x):
            angles = places[:, None] * self.speeds  # [T, D/2]
            a, b = x[..., 0::2], x[..., 1::2]
            x = torch.stack([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()], -1).flatten(-2)
            return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt()

        q, k = ready(q), ready(k)
        if self.keys is not None:
            k, v = torch.cat([self.keys, k], 1), torch.cat([self.values, v], 1)  # [G, S, D]
        S = k.shape[1]
        j = torch.arange(self.read - S, self.read)  # the places of all keys
        i = places[:, None]
        seen = (j <= i) & (j // self.chunk == i // self.chunk)  # [T, S]
        left = self.read % self.chunk  # of the chunk that is not over
        self.keys, self.values = k[:, S - left :], v[:, S - left :]
        k, v = (x.repeat_interleave(H // len(x), 0) for x in (k, v))
        scores = q @ k.mT / D**0.5  # [H, T, S]
        return scores.masked_fill(~seen, -torch.inf).softmax(-1) @ v


class FarLook:
    """The look of a far layer: it keeps all, turns nothing, and sharpens late queries."""

    def __init__(self, config: ModelConfig) -> None:
        self.config, self.keys, self.values = config, None, None

    def __call__(self, q, k, v):
        if self.keys is not None:
            k, v = torch.cat([self.keys, k], 1), torch.cat([self.values, v], 1)
        self.keys, self.values = k, v
        S, T = k.shape[1], q.shape[1]
        places = torch.arange(S - T, S)
        q = q * attention_scale(places, self.config.floor_scale, self.config.attn_scale).to(q.dtype)
        k, v = (x.repeat_interleave(len(q) // len(x), 0) for x in (k, v))
        hidden = torch.arange(S) > places[:, None]
        return (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(hidden, -torch.inf).softmax(-1) @ v


@cache
def small_llama4() -> Transformer:
    """A small Llama 4 with random weights, the same everywhere."""
    return fresh(small_config(initializer_range=0.3), 0).eval()


def read(ids, looks):
    """The scores [V] behind the last of some new tokens, each layer with its look."""
    model, D = small_llama4(), small_llama4().config.head_dim
    x = model.model.embed_tokens(torch.tensor(ids))[None]  # [1, T, C]
    for block, look in zip(model.model.layers, looks, strict=True):
        attend, normed = block.self_attn, block.input_layernorm(x)
        parts = (proj(normed)[0].unflatten(-1, (-1, D)).transpose(0, 1) for proj in _projections(attend))
        x = x + attend.o_proj(look(*parts).transpose(0, 1).flatten(1))[None]
        x = x + block.mlp(block.post_attention_layernorm(x))
    return model.lm_head(model.model.norm(x))[0, -1]


def _projections(attend):
    return attend.q_proj, attend.k_proj, attend.v_proj


@torch.no_grad()
def decoding(answer, pieces, where, chunk):
    """What a learner's look answers to made-up tokens, or what the small Llama 4 writes with it.

    Args:
        answer: a learner's class.
        pieces: how many tokens come at a time, such as `[3, 1, 1]`; the first are a prompt where the model writes.
        where: query heads, key/value heads and the width of a head; or `SMALL`.
        chunk: tokens in a chunk.

    Returns:
        `[H, T, D]` for each piece, or the ids that are written; and a sentence about what was kept. None if nothing is
        returned.
    """
    kept: list[tuple[int, int]] = []
    if where == SMALL:
        result = _written(answer, pieces[0], len(pieces) - 1, chunk, kept)
    else:
        result = _answered(answer, pieces, where, chunk, kept)
    if result is None:
        return None
    wrong = [(held, read) for held, read in kept if held != read % chunk]
    said = "what is kept is the chunk that is not over"
    if wrong:
        held, read = wrong[0]
        said = f"after {read} tokens {held} are kept; of a chunk of {chunk} that is not over there are {read % chunk}"
    return result, said


def _answered(answer, pieces, heads, chunk, kept):
    H, G, D, *loud = heads
    q, k, v = made_up(H, sum(pieces), D), made_up(G, sum(pieces), D), made_up(G, sum(pieces), D, seed=1)
    k = k * (loud[0] if loud else 1)
    look, another, results, start = (
        answer(torch.tensor(SPEEDS[D]), chunk),
        answer(torch.tensor(SPEEDS[D]), chunk),
        [],
        0,
    )
    for length in pieces:
        part = slice(start, start + length)
        another(q[:, part] + 1, k[:, part] - 1, v[:, part] + 2)
        handed = [x[:, part].clone() for x in (q, k, v)]
        result = _looked(look, *handed, kept, start + length)
        if result is None:
            return None
        if not all(torch.equal(x, y[:, part]) for x, y in zip(handed, (q, k, v), strict=True)):
            raise Refused("your look changed the queries, keys or values that it was handed; work on copies")
        results.append(result)
        start += length
    return results


def _written(answer, prompt, new, chunk, kept):
    config = small_llama4().config
    speeds = rope_frequencies(config).double()
    looks = [answer(speeds, chunk) if near else FarLook(config) for near in config.no_rope_layers]
    watched = [look if isinstance(look, FarLook) else _Watched(look, kept) for look in looks]
    unread, ids = [(7 * n + 3) % config.vocab_size for n in range(prompt)], []
    for _ in range(new):
        scores = read(unread, watched)
        if scores is None:
            return None
        unread = [int(scores.argmax())]
        ids += unread
    return ids


class _Watched:
    def __init__(self, look, kept):
        self.look, self.kept, self.read = look, kept, 0

    def __call__(self, q, k, v):
        self.read += q.shape[1]
        result = _looked(self.look, q, k, v, self.kept, self.read)
        if result is None:
            raise Refused("your look returned nothing")
        return result.to(q)


def _looked(look, q, k, v, kept, read):
    result = look(q, k, v)
    if result is None or result is ...:
        return None
    result = torch.as_tensor(result)
    if result.shape != q.shape:
        raise Refused(f"your look must return the shape {list(q.shape)}, got {list(result.shape)}")
    held = [getattr(look, name, None) for name in ("keys", "values")]
    sizes = [0 if x is None or len(x) == 0 else torch.as_tensor(x).shape[1] for x in held]
    if sizes[0] != sizes[1]:
        raise Refused(f"self.keys holds {sizes[0]} tokens and self.values {sizes[1]}")
    kept.append((sizes[0], read))
    return result


class _Near:
    """A near look with the knobs that mistakes turn."""

    places, drop, near = "all", "over", "chunk"
    hidden = -torch.inf

    def __init__(self, speeds, chunk):
        self.speeds, self.chunk, self.read = speeds, chunk, 0
        self.keys = self.values = None

    def turn(self, x, angles):
        return turned_neighbours(x, angles)

    def norm(self, x):
        return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt()

    def ready(self, x, places):
        return self.norm(self.turn(x, places[:, None] * self.speeds))

    def seen(self, i, j):
        if self.near == "window":
            return (j <= i) & (j > i - self.chunk)
        if self.near == "all":
            return j <= i
        if self.near == "future":
            return j // self.chunk == i // self.chunk
        return (j <= i) & (j // self.chunk == i // self.chunk)

    def first(self, past, held):
        return {"all": past, "zero": 0, "held": held, "in the chunk": past % self.chunk}[self.places]

    def left(self, S):
        return {
            "over": self.read % self.chunk,
            "never": S,
            "window": min(S, self.chunk),
            "window less one": min(S, self.chunk - 1),
            "always": 0,
            "late": self.read % self.chunk or min(S, self.chunk),
        }[self.drop]

    def scale(self, D):
        return D**-0.5

    def __call__(self, q, k, v):
        H, T, D = q.shape
        past, held = self.read, 0 if self.keys is None else self.keys.shape[1]
        self.read += T
        turned_at = torch.arange(T) + self.first(past, held)
        q, k = self.ready(q, turned_at), self.ready(k, turned_at)
        if self.keys is not None:
            k, v = torch.cat([self.keys, k], 1), torch.cat([self.values, v], 1)
        S = k.shape[1]
        seen = self.seen(torch.arange(past, self.read)[:, None], torch.arange(self.read - S, self.read))
        left = self.left(S)
        self.keys, self.values = k[:, S - left :], v[:, S - left :]
        k, v = (self.spread(x, H) for x in (k, v))
        scores = (q @ k.mT * self.scale(D)).masked_fill(~seen, self.hidden)
        return scores.softmax(-1) @ v

    def spread(self, x, H):
        return x.repeat_interleave(H // len(x), 0)


class NearThatKeepsAll(_Near):
    """The answers may be right, but too much is kept: a chunk that is over is never looked at again. After a call keep
    only the tokens of the chunk that is not over; they are read % chunk, where read counts all tokens so far."""

    drop = "never"


class NearThatKeepsAChunk(_Near):
    """It looks as if the last `chunk` tokens are kept, as a window needs them. Of these, all that belong to a chunk
    that is over can go: S is below chunk."""

    drop = "window"


class NearThatKeepsAChunkLessOne(_Near):
    """It looks as if always the last `chunk` - 1 tokens are kept. Some of them may belong to a chunk that is over, and
    no later token looks at those: keep read % chunk, where read counts all tokens so far."""

    drop = "window less one"


class NearThatForgetsAll(_Near):
    """It looks as if nothing is kept between two calls. A new token looks at the tokens of its chunk that came in
    earlier calls."""

    drop = "always"


class NearAsAWindow(_Near):
    """It looks as if each token sees the last `chunk` tokens: that is a sliding window. A chunk does not move along:
    its first token sees itself alone."""

    near, drop = "window", "window less one"


class NearAsAWindowOfWhatIsKept(_Near):
    """The right keys are kept, but in a call that crosses a border tokens look back over it, as in a sliding window.
    Each sees its own chunk up to itself: place // chunk must agree."""

    near = "window"


class NearThatForgetsTooEarly(_Near):
    """It looks as if keys are dropped before the new tokens have looked at them. Look first, then keep read % chunk."""

    def seen(self, i, j):
        return super().seen(i, j) & (j >= self.read - self.read % self.chunk)


class NearThatForgetsEarlyAtABorder(_Near):
    """In a call that crosses a border, the chunk that is over is dropped before its tokens have looked at it. Look
    first, then keep read % chunk."""

    def seen(self, i, j):
        return super().seen(i, j) & (j >= (self.read - 1) // self.chunk * self.chunk)


class NearThatSeesAll(_Near):
    """It looks as if each token sees everything before it. It sees its own chunk up to itself."""

    near, drop = "all", "never"


class NearWithoutBorders(_Near):
    """The right keys are kept, but in a call that crosses a border tokens look back over it. Each sees its own chunk up
    to itself: place // chunk must agree."""

    near = "all"


class NearWithoutItself(_Near):
    """It looks as if a token does not see itself, but for the first of a chunk. It does, in every layer."""

    def seen(self, i, j):
        return super().seen(i, j) & ((j < i) | (i % self.chunk == 0))


class NearTheOtherWayRound(_Near):
    """It looks as if queries and keys are turned the other way round. Of the pair (a, b), the first becomes a * cos - b
    * sin, the second a * sin + b * cos."""

    def turn(self, x, angles):
        return turned_neighbours(x, -angles)


class NearIntoTheFuture(_Near):
    """It looks as if a token sees its whole chunk, those behind it too. It sees its chunk up to itself."""

    near = "future"


class NearFromZero(_Near):
    """It looks as if each call counts places from 0. New tokens stand behind all that came in earlier calls."""

    places = "zero"


class NearByWhatIsHeld(_Near):
    """It looks as if places are counted by how many keys are held. What was dropped counts too: keep a number of all
    tokens that have been read. (In a turn the chunk's beginning cancels out, but only while a call does not cross a
    border.)"""

    places = "held"

    def seen(self, i, j):
        start = int(j[-1]) + 1 - len(j)
        return super().seen(i - start, j - start)


class NearWithHalves(_Near):
    """It looks as if number i turns with number i + D/2. Here neighbours do: 2i and 2i + 1."""

    def turn(self, x, angles):
        return turned(x, angles)


class NearNotTurned(_Near):
    """It looks as if queries and keys are not turned. Near layers turn; far ones do not."""

    def turn(self, x, angles):
        return x


class NearBackwards(_Near):
    """It looks as if keys and queries are turned apart: both are turned by place times speed, the same way round."""

    def __call__(self, q, k, v):
        past = self.read
        angles = (torch.arange(q.shape[1]) + past)[:, None] * self.speeds
        return super().__call__(q, turned_neighbours(k, -2 * angles), v)


class NearWithoutNorm(_Near):
    """It looks as if queries and keys are not normalised. Each is divided by the root of its mean square plus 1e-5."""

    def norm(self, x):
        return x


class NearByTheLength(_Near):
    """It looks as if queries and keys are divided by their length. It is the root of the *mean* square."""

    def norm(self, x):
        return x / (x.square().sum(-1, keepdim=True) + 1e-5).sqrt()


class NearWithoutScale(_Near):
    """It looks as if scores are not divided by the root of D. The norm does not replace that."""

    def scale(self, D):
        return 1.0


class NearByRepeat(_Near):
    """It looks as if the wrong heads share keys: query heads next to each other do, repeat_interleave(H // G, 0)."""

    def spread(self, x, H):
        return x.repeat(H // len(x), 1, 1)


class NearTurningValues(_Near):
    """It looks as if values are turned too. They are what is delivered, and stay as they are."""

    def __call__(self, q, k, v):
        angles = (torch.arange(q.shape[1]) + self.read)[:, None] * self.speeds
        return super().__call__(q, k, turned_neighbours(v, angles))


class NearWithASmallNumber(_Near):
    """It looks as if what is hidden gets a score of 0. Then it takes part with e ** 0; it needs -inf."""

    hidden = 0


class NearThatCutsAtMinusZero(_Near):
    """Where a chunk is just over, nothing is left of it, and k[:, -0:] is all of k, not nothing: -0 is 0. Count from
    the front, k[:, S - left:]."""

    def left(self, S):
        return self.read % self.chunk or S


class NearThatForgetsLate(_Near):
    """Where a chunk is just over, all of it is kept. The next token opens a new chunk and sees nothing of it: then
    nothing is left to keep."""

    drop = "late"


class NearWithoutEps(_Near):
    """It looks as if nothing is added to the mean square under the root. It is 1e-5."""

    def norm(self, x):
        return x / x.square().mean(-1, keepdim=True).sqrt()


class NearWithAnotherEps(_Near):
    """It looks as if 1e-6 is added to the mean square under the root. It is 1e-5."""

    def norm(self, x):
        return x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt()


class NearThatCountsCalls(_Near):
    """It looks as if places grow by one a call. A call may bring several tokens: add their number."""

    def __call__(self, q, k, v):
        result = super().__call__(q, k, v)
        self.read += 1 - q.shape[1]
        return result


NEAR_LOOK = Exercise(
    id="near_look",
    title="A look that forgets",
    difficulty=3,
    minutes=30,
    kind="build",
    contract="a class that is made from speeds [D/2] and a chunk, one object a layer and text. An object is called "
    "with queries q [H, T, D], keys k and values v [G, T, D] of T new tokens, 1 or more, and returns [H, T, D]. New "
    "tokens stand at the places behind all that came in earlier calls. Queries and keys are turned, numbers 2i and 2i "
    "+ 1 together, by place times speeds[i]; then each is divided by the root of its mean square plus 1e-5. Each token "
    "sees the tokens of its own chunk up to itself. After a call the object holds, as self.keys and self.values [G, S, "
    "D], no token whose chunk is over: S is below chunk.",
    cases=(
        ([3], (2, 1, 2), 4),
        ([1, 1, 1, 1, 1], (2, 1, 2), 2),
        ([3, 1, 4, 1], (4, 2, 6), 3),
        ([2, 7, 2], (6, 2, 4), 4),
        ([5, 5], (3, 3, 8), 5),
        ([4, 1, 1], (2, 1, 4, 1e4), 5),
        ([4, 4], (2, 1, 4), 1),
        ([1] * 20, SMALL, 7),
        ([16] + [1] * 12, SMALL, 7),
    ),
    tried="all at once, one by one and across borders, three ways to share heads, a chunk of 1; and the small Llama 4 "
    "writes what the library writes",
    hints=(
        "Begin with your look of lesson 07. It counted places by what it holds; this one drops keys, so it needs a "
        "number of its own, self.read.",
        "With S keys held and new together, their places are torch.arange(self.read - S, self.read), once self.read "
        "counts the new ones. Two places are in one chunk where place // chunk agrees.",
        "How many tokens of the chunk that is not over have been read? self.read % chunk. Keep so many: k[:, S - "
        "left:].",
    ),
    solution=MyNearLook,
    harness=decoding,
    mistakes=(
        NearThatKeepsAll,
        NearThatKeepsAChunk,
        NearThatKeepsAChunkLessOne,
        NearThatForgetsAll,
        NearAsAWindow,
        NearAsAWindowOfWhatIsKept,
        NearThatForgetsTooEarly,
        NearThatForgetsEarlyAtABorder,
        NearThatSeesAll,
        NearWithoutBorders,
        NearWithoutItself,
        NearTheOtherWayRound,
        NearIntoTheFuture,
        NearFromZero,
        NearByWhatIsHeld,
        NearWithHalves,
        NearNotTurned,
        NearBackwards,
        NearWithoutNorm,
        NearByTheLength,
        NearWithoutScale,
        NearByRepeat,
        NearTurningValues,
        NearWithASmallNumber,
        NearThatCutsAtMinusZero,
        NearThatForgetsLate,
        NearWithoutEps,
        NearWithAnotherEps,
        NearThatCountsCalls,
    ),
)
