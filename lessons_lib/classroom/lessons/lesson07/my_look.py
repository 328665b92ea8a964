"""An exercise of lesson 07: a look that keeps its keys and values, so that it is handed new tokens only."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson04b.shared import speeds, turned, turned_neighbours
from lessons_lib.classroom.lessons.lesson04c.positions_and_heads import my_heads
from lessons_lib.classroom.lessons.lesson07.shared import made_up
from lessons_lib.classroom.trials import Refused


class MyLook:
    def __init__(self, base):
        self.base, self.keys, self.values = base, None, None

    def __call__(self, q, k, v):
        H, T, D = q.shape
        past = 0 if self.keys is None else self.keys.shape[1]
        places = torch.arange(past, past + T)
        angles = places[:, None] * self.base ** (-torch.arange(0, D, 2) / D)  # [T, D/2]

        def turned(x):
            a, b = x.chunk(2, -1)
            return torch.cat([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()], -1)

        q, k = turned(q), turned(k)
        if past:
            k, v = torch.cat([self.keys, k], 1), torch.cat([self.values, v], 1)  # [G, S, D] each
        self.keys, self.values = k, v
        k, v = (x.repeat_interleave(H // len(x), 0) for x in (k, v))  # [H, S, D] each
        scores = q @ k.mT / D**0.5  # [H, T, S]
        future = torch.arange(past + T) > places[:, None]  # [T, S]
        return scores.masked_fill(future, -torch.inf).softmax(-1) @ v


def piece_by_piece(answer, pieces, heads):
    """What a look answers to each piece of some made-up tokens, while another object of its class reads another text.

    Args:
        answer: a learner's class.
        pieces: how many tokens come at a time, such as `[3, 1, 1]`.
        heads: query heads, key/value heads, the width of a head; a fourth number makes the scores so many times larger.

    Returns:
        For each piece `[H, T, D]`; None if nothing is returned.
    """
    H, G, D, *loud = heads
    q, k, v = made_up(H, sum(pieces), D), made_up(G, sum(pieces), D), made_up(G, sum(pieces), D, seed=1)
    q = q * (loud[0] if loud else 1)
    _tell_apart(answer, q, k, v)
    look, another = answer(100.0), answer(100.0)
    results, start = [], 0
    for length in pieces:
        part = slice(start, start + length)
        another(q[:, part] + 1, k[:, part] - 1, v[:, part] + 2)
        handed = [x[:, part].clone() for x in (q, k, v)]
        result = look(*handed)
        if result is None:
            return None
        if not all(torch.equal(x, y[:, part]) for x, y in zip(handed, (q, k, v), strict=True)):
            raise Refused("your look changed the queries, keys or values that it was handed; work on copies")
        if (shape := getattr(result, "shape", None)) is not None and list(shape) != [H, length, D]:
            raise Refused(f"your look must return the shape {[H, length, D]} for {length} tokens, got {list(shape)}")
        results.append(result)
        start += length
    return results


def _tell_apart(answer, q, k, v):
    """A new object must answer the same whatever another one of its class has read."""
    first = [x[:, :1] for x in (q, k, v)]
    alone = answer(100.0)(*(x.clone() for x in first))
    one, other = answer(100.0), answer(100.0)
    one(*(x[:, :1] + 1 for x in (q, k, v)))
    again = other(*(x.clone() for x in first))
    both = [torch.as_tensor(x) for x in (alone, again) if x is not None]
    if len(both) == 2 and (both[0].shape != both[1].shape or not torch.allclose(*both, atol=1e-4, equal_nan=True)):
        raise Refused("an object of your class answers otherwise once another object has read a text")


class _Look:
    """A look that keeps, with the knobs that mistakes turn."""

    places, hidden = "all", "behind"
    turn, spread, future = staticmethod(turned), "neighbours", -torch.inf

    def __init__(self, base):
        self.base, self.keys, self.values, self.calls = base, None, None, 0

    def kept(self, k, v):
        if self.keys is not None:
            k, v = torch.cat([self.keys, k], 1), torch.cat([self.values, v], 1)
        self.keys, self.values = k, v
        return k, v

    def first(self):
        past = 0 if self.keys is None else self.keys.shape[1]
        return {"all": past, "zero": 0, "calls": self.calls, "one on": past + 1 if past else 0}[self.places]

    def __call__(self, q, k, v):
        H, T, D = q.shape
        past = 0 if self.keys is None else self.keys.shape[1]
        angles = (torch.arange(T) + self.first())[:, None] * speeds(D, self.base)
        self.calls += 1
        q, k, v = self.at_places(q, k, v, angles)
        k, v = self.kept(k, v)
        k, v = (self.spread_to(H, x) for x in (k, v))
        scores = q @ k.mT * self.factor(D, k.shape[1])
        S = scores.shape[-1]
        edge = {
            "when empty": S if past else 0,
            "behind": past,
            "corner": 0,
            "itself": past - 1,
            "nothing": S,
            "one more": past + 1,
        }[self.hidden]
        future = torch.arange(S) > torch.arange(T)[:, None] + edge
        return self.weigh(scores.masked_fill(future, self.future)) @ v

    def weigh(self, scores):
        return scores.softmax(-1)

    def factor(self, D, S):
        return D**-0.5

    def at_places(self, q, k, v, angles):
        return type(self).turn(q, angles), type(self).turn(k, angles), v

    def spread_to(self, H, x):
        return x.repeat_interleave(H // len(x), 0) if self.spread == "neighbours" else x.repeat(H // len(x), 1, 1)


class LookFromZero(_Look):
    """It looks as if each call counts places from 0. New tokens stand behind those that are kept: the first of them
    has as its place how many are kept."""

    places = "zero"


class LookCountingCalls(_Look):
    """It looks as if the place is the number of the call. The first call brings a whole prompt: count the tokens that
    are kept."""

    places = "calls"


class LookOnePlaceOn(_Look):
    """It looks as if a place is left out between what is kept and what is new. With S tokens kept, at places 0 to
    S - 1, the next stands at S."""

    places = "one on"


class LookFromTheCorner(_Look):
    """It looks as if the mask begins in the upper left corner, so that a new token sees only as many keys as its place
    in the piece. Token i of a piece sees all that was kept, and the piece up to itself."""

    hidden = "corner"


class LookIntoTheFuture(_Look):
    """It looks as if nothing is hidden: the tokens of one piece see those behind them. A single new token needs no
    mask, a prompt does."""

    hidden = "nothing"


class LookMaskedWhenEmpty(_Look):
    """It looks as if the future is hidden only while nothing is kept. A later piece of several tokens needs a mask too:
    each of them sees all that was kept, and the piece up to itself."""

    hidden = "when empty"


class LookWithZeros(_Look):
    """It looks as if the scores of the future are set to 0. exp(0) is 1, so such a key still gets a weight; only minus
    infinity becomes a weight of 0."""

    future = 0.0


class LookWithABaseOfItsOwn(_Look):
    """It looks as if the turning has a base of its own, such as 10000. Use the base that __init__ is handed."""

    def __init__(self, base):
        super().__init__(10000.0)


class LookWithoutItself(_Look):
    """It looks as if a token does not see itself. Its own key and value join the cache before it looks."""

    hidden = "itself"


class LookWithoutItselfButTheFirst(_Look):
    """It looks as if a token does not see itself. Its own key and value join the cache before it looks."""

    hidden = "itself"

    def weigh(self, scores):
        alone = scores.isinf().all(-1, keepdim=True)  # the very first would see nothing, and sees itself
        first = torch.arange(scores.shape[-1]) == 0
        return torch.where(alone, first.to(scores.dtype), scores.softmax(-1))


class LookOneAhead(_Look):
    """It looks as if each token sees one token of the future: the mask is off by one."""

    hidden = "one more"


class LookWithASmallNumber(_Look):
    """It looks as if the scores of the future are set to a number such as -1e5. A real score may be lower; only minus
    infinity becomes a weight of 0."""

    future = -1e5


class LookNotTurned(_Look):
    """It looks as if nothing is turned. Queries and keys are turned by their places, as in my_heads."""

    turn = staticmethod(lambda x, _: x)


class LookQueriesNotTurned(_Look):
    """It looks as if keys are turned and queries are not. A score depends on the distance only if both are turned by
    their places."""

    def at_places(self, q, k, v, angles):
        return q, turned(k, angles), v


class LookKeysNotTurned(_Look):
    """It looks as if queries are turned and keys are not. A score depends on the distance only if both are turned by
    their places."""

    def at_places(self, q, k, v, angles):
        return turned(q, angles), k, v


class LookKeysFromZero(_Look):
    """It looks as if queries are turned by their places and new keys from 0. A score depends on the distance: both
    count behind what is kept."""

    def at_places(self, q, k, v, angles):
        fresh = torch.arange(k.shape[1])[:, None] * speeds(k.shape[-1], self.base)
        return turned(q, angles), turned(k, fresh), v


class LookNeighbours(_Look):
    """It looks as if neighbours turn together. The layout is that of halves: number i with number i + D/2."""

    turn = staticmethod(turned_neighbours)


class LookByRepeat(_Look):
    """It looks as if query head h reads key head h modulo G. Neighbours share: repeat_interleave, not repeat."""

    spread = "repeat"


class LookWithoutScale(_Look):
    """It looks as if the scores are not divided by the square root of D."""

    def factor(self, D, S):
        return 1.0


class LookDividedByD(_Look):
    """It looks as if the scores are divided by D. It is the square root of D, the width of a head."""

    def factor(self, D, S):
        return 1 / D


class LookDividedByTheLength(_Look):
    """It looks as if the scores are divided by the square root of the number of keys. It is that of D, the width of a
    head, however many keys there are."""

    def factor(self, D, S):
        return S**-0.5


class LookThatOverflows(_Look):
    """It looks as if the softmax is your own and does not subtract the largest score: large exponentials overflow, and
    infinity divided by infinity is nan. Subtract the largest of each row first, or use softmax."""

    def weigh(self, scores):
        return scores.exp() / scores.exp().sum(-1, keepdim=True)


class LookWeighingQueries(_Look):
    """It looks as if the softmax runs down the columns, over the queries. The weights of one query add up to 1: its
    keys are the last axis."""

    def weigh(self, scores):
        return scores.softmax(-2)


class LookThatForgets(_Look):
    """It looks as if nothing is kept: each call sees its own tokens alone. Put the new keys and values behind the old
    ones, and keep the whole."""

    def kept(self, k, v):
        return k, v

    def first(self):
        return 0


class LookThatKeepsKeysOnly(_Look):
    """It looks as if keys are kept and values are not. A weight for an old token needs the value that came with its
    key: keep both."""

    def kept(self, k, v):
        return super().kept(k, v)[0], v


class LookWithEmptyValues(_Look):
    """It looks as if keys are kept and values are not. A weight for an old token needs the value that came with its
    key: keep both."""

    def kept(self, k, v):
        k, whole = super().kept(k, v)
        return k, torch.cat([torch.zeros_like(whole[:, : whole.shape[1] - v.shape[1]]), v], 1)


class LookThatKeepsTheLastPiece(_Look):
    """It looks as if only the last piece is kept. The new keys and values go behind all old ones, and what comes of
    that is kept."""

    def kept(self, k, v):
        old, self.keys, self.values = (self.keys, self.values), k, v
        return (k, v) if old[0] is None else (torch.cat([old[0], k], 1), torch.cat([old[1], v], 1))


class LookThatKeepsTheFirstPiece(_Look):
    """It looks as if only the first piece is kept. Whatever comes joins the rest: keep the whole at each call."""

    def kept(self, k, v):
        if self.keys is None:
            self.keys, self.values = k, v
            return k, v
        return torch.cat([self.keys, k], 1), torch.cat([self.values, v], 1)


class LookInFront(_Look):
    """It looks as if new keys and values are put in front of the old ones. What comes later stands behind."""

    def kept(self, k, v):
        if self.keys is not None:
            k, v = torch.cat([k, self.keys], 1), torch.cat([v, self.values], 1)
        self.keys, self.values = k, v
        return k, v


class LookTurningTwice(_Look):
    """It looks as if keys that are kept are turned again at each call. Turn a key once, when it comes, and keep it
    turned; or keep them as they come, and turn all of them afresh by the places 0, 1, 2 ..."""

    def kept(self, k, v):
        if self.keys is not None:
            S = self.keys.shape[1]
            old = turned(self.keys, torch.arange(S)[:, None] * speeds(k.shape[-1], self.base))
            k, v = torch.cat([old, k], 1), torch.cat([self.values, v], 1)
        self.keys, self.values = k, v
        return k, v


class LookKeepingUnturned(_Look):
    """It looks as if keys are kept before they are turned, so that old keys lose their places. Turn first, then keep;
    or turn all that is kept, by its own places, at each call."""

    def at_places(self, q, k, v, angles):
        self.raw = k
        return turned(q, angles), turned(k, angles), v

    def kept(self, k, v):
        T = k.shape[1]
        whole_k = k if self.keys is None else torch.cat([self.keys, k], 1)
        whole_v = v if self.keys is None else torch.cat([self.values, v], 1)
        self.keys = torch.cat([whole_k[:, :-T], self.raw], 1)
        self.values = whole_v
        return whole_k, whole_v


class LookThroughMyHeads(_Look):
    """It looks as if my_heads gets the new queries and all kept keys, and does with them as it always did. It counts
    the places of both from 0 and hides what is above the diagonal; here there are fewer queries than keys, and they
    stand at the end."""

    def __call__(self, q, k, v):
        return my_heads(q, *self.kept(k, v), self.base)


class LookSharedByAll(_Look):
    """It looks as if all objects of the class share one cache. Each layer, and each text, has its own: make it in
    __init__, as self.keys, and not in the class."""

    def __init__(self, base):
        super().__init__(base)
        self.shared = _BOARD
        self.shared.clear()

    def kept(self, k, v):
        if self.shared:
            k, v = torch.cat([self.shared[0], k], 1), torch.cat([self.shared[1], v], 1)
        self.shared[:] = [k, v]
        self.keys = k
        return k, v

    def first(self):
        return self.shared[0].shape[1] if self.shared else 0


_BOARD: list = []


class LookTurningValues(_Look):
    """It looks as if values are turned too. They are what is delivered, and stay as they are."""

    def at_places(self, q, k, v, angles):
        return turned(q, angles), turned(k, angles), turned(v, angles)


class LookWithOldQueriesAtZero(_Look):
    """It looks as if keys are turned by their places and queries from 0. A score depends on the distance: both count
    alike."""

    def at_places(self, q, k, v, angles):
        fresh = torch.arange(q.shape[1])[:, None] * speeds(q.shape[-1], self.base)
        return turned(q, fresh), turned(k, angles), v


MY_LOOK = Exercise(
    id="my_look",
    title="A look that keeps",
    difficulty=3,
    minutes=30,
    kind="transfer",
    contract="a class whose objects are made from a base: one for each layer and each text. An object is called with "
    "queries q [H, T, D], keys k and values v [G, T, D] of T new tokens, 1 or more, and returns [H, T, D]. It "
    "does what my_heads of lesson 04c does, except that it keeps keys and values: new tokens stand at "
    "the places behind all that came in earlier calls, and each sees all of these, and the new ones up to itself.",
    cases=(
        ([3], (2, 1, 2)),
        ([1, 1, 1], (2, 1, 2)),
        ([3, 1, 1], (4, 2, 6)),
        ([2, 3], (6, 2, 4)),
        ([1, 4, 2], (3, 3, 8)),
        ([5], (2, 1, 4, 1e6)),
        ([3, 2], (2, 1, 4, 1e6)),
        ([130, 1, 1], (2, 1, 2)),
    ),
    tried="all at once, one by one and in pieces, three ways to share heads, huge scores, a long text, another text in "
    "between",
    hints=(
        "Begin with my_heads, as the method __call__. What it keeps stands in self.keys and self.values, which "
        "__init__ makes empty.",
        "past is the number of tokens that are kept. The new ones stand at torch.arange(past, past + T): turn q and k "
        "by that, then join, with torch.cat([self.keys, k], 1).",
        "There are T queries and S = past + T keys: hide key j from the query at place p where j > p.",
    ),
    solution=MyLook,
    harness=piece_by_piece,
    mistakes=(
        LookFromZero,
        LookCountingCalls,
        LookOnePlaceOn,
        LookFromTheCorner,
        LookIntoTheFuture,
        LookMaskedWhenEmpty,
        LookWithZeros,
        LookWithABaseOfItsOwn,
        LookQueriesNotTurned,
        LookKeysNotTurned,
        LookKeysFromZero,
        LookThatKeepsKeysOnly,
        LookWithEmptyValues,
        LookWithoutItselfButTheFirst,
        LookThatKeepsTheFirstPiece,
        LookWithoutItself,
        LookOneAhead,
        LookWithASmallNumber,
        LookNotTurned,
        LookNeighbours,
        LookByRepeat,
        LookWithoutScale,
        LookDividedByD,
        LookDividedByTheLength,
        LookThatOverflows,
        LookWeighingQueries,
        LookThatForgets,
        LookThatKeepsTheLastPiece,
        LookInFront,
        LookTurningTwice,
        LookKeepingUnturned,
        LookThroughMyHeads,
        LookSharedByAll,
        LookTurningValues,
        LookWithOldQueriesAtZero,
    ),
)
