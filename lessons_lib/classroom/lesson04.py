"""The exercises and the quiz of lesson 04: attention, from one dot product to heads that share and turn.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

import torch
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.questions import Question


def table(*rows: list[float]) -> Tensor:
    """A table of numbers, row by row."""
    return torch.tensor(rows, dtype=torch.float32)


def made_up(*shape: int) -> Tensor:
    """Numbers with one decimal that look random and are always the same."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape))).round(decimals=1)


def lower_triangle(size: int) -> Tensor:
    """True where a token may look: at itself and before. Solutions spell this out; mistakes use it."""
    return torch.ones(size, size, dtype=torch.bool).tril()  # [T, T]


# 1. attention weights


def my_weights(q, k):
    scores = q @ k.T / q.shape[-1] ** 0.5
    return torch.softmax(scores, dim=-1)


def weights_without_scale(q, k):
    """It looks as if you did not divide by the square root of D, the length of one query: the scores grow with D, and
    softmax then gives nearly everything to one key."""
    return torch.softmax(q @ k.T, dim=-1)


def weights_divided_by_d(q, k):
    """It looks as if you divided by D. A sum of D products grows like the square root of D, so that is what you divide
    by."""
    return torch.softmax(q @ k.T / q.shape[-1], dim=-1)


def weights_divided_by_root_of_keys(q, k):
    """It looks as if you divided by the square root of the number of keys: D is the length of one query."""
    return torch.softmax(q @ k.T / len(k) ** 0.5, dim=-1)


def weights_over_queries(q, k):
    """It looks as if the columns sum to 1 where the rows should: each query shares out its attention, so the softmax
    runs over the keys, dim=-1."""
    return torch.softmax(q @ k.T / q.shape[-1] ** 0.5, dim=0)


def weights_without_softmax(q, k):
    """It looks as if you returned the scores: softmax over each row turns them into shares that sum to 1."""
    return q @ k.T / q.shape[-1] ** 0.5


def weights_with_keys_as_rows(q, k):
    """It looks as if keys and queries changed places: there is one row for each query and one column for each key."""
    return torch.softmax(k @ q.T / q.shape[-1] ** 0.5, dim=-1)


def weights_that_overflow(q, k):
    """It looks as if you take exp of large scores: inf / inf is nan. torch.softmax, or subtracting the largest score of
    each row first, is safe."""
    powers = (q @ k.T / q.shape[-1] ** 0.5).exp()
    return powers / powers.sum(-1, keepdim=True)


WEIGHTS = Exercise(
    id="attention_weights",
    title="Who looks at whom",
    difficulty=1,
    minutes=5,
    contract="queries q [T, D] and keys k [S, D] to weights [T, S]: the softmax over each row of the dot products "
    "divided by the square root of D.",
    cases=(
        (table([0.8, 0.4]), table([0.7, 0.5], [0.2, 0.9])),
        (table([1, 0], [0, 2], [1, 1]), table([2, 0], [0, 1])),
        (made_up(2, 5), made_up(3, 5)),
        (table([30, 0, 0, 0]), table([10, 0, 0, 0], [9.9, 0, 0, 0], [0, 1, 0, 0])),
    ),
    tried="the two words of the lesson, more queries than keys and fewer, and scores of 150",
    hints=(
        "One entry for each query and each key: that is a product of two matrices.",
        "q @ k.T holds every dot product. How long is one query? q.shape[-1].",
        "torch.softmax(scores, dim=-1) makes every row sum to 1.",
    ),
    solution=my_weights,
    mistakes=(
        weights_without_scale,
        weights_divided_by_d,
        weights_divided_by_root_of_keys,
        weights_over_queries,
        weights_without_softmax,
        weights_with_keys_as_rows,
        weights_that_overflow,
    ),
)


# 2. the causal mask


def my_causal_weights(scores):
    future = torch.ones_like(scores).triu(1).bool()
    return torch.softmax(scores.masked_fill(future, -torch.inf), dim=-1)


def causal_with_zeros_before(scores):
    """It looks as if you set the scores of the future to 0 before the softmax. A score of 0 is a fair score: exp(0) is
    1. Only minus infinity becomes a weight of 0."""
    return torch.softmax(scores.tril(), dim=-1)


def causal_with_zeros_after(scores):
    """It looks as if you set the weights of the future to 0 after the softmax. The rows then sum to less than 1, since
    the future had a part in the sum: hide it before the softmax."""
    return torch.softmax(scores, dim=-1).tril()


def causal_shared_out_again(scores):
    """It looks as if you cut the weights after the softmax and divided each row by what was left. That is right on
    paper, but a high score in the future leaves 0 / 0: hide it before the softmax."""
    weights = torch.softmax(scores, dim=-1).tril()
    return weights / weights.sum(-1, keepdim=True)


def causal_without_itself(scores):
    """It looks as if a token can't see itself: the rule is j <= i, not j < i. The first token would have nobody to look
    at, and a row of nothing but minus infinity becomes nan."""
    return torch.softmax(scores.masked_fill(~lower_triangle(len(scores)).tril(-1), -torch.inf), dim=-1)


def causal_the_wrong_way(scores):
    """It looks as if the past is hidden and the future is open: row i may look at the columns 0 to i."""
    return torch.softmax(scores.masked_fill(~lower_triangle(len(scores)).T, -torch.inf), dim=-1)


def causal_sees_one_ahead(scores):
    """It looks as if each token sees one token too many, the next one, which is what the model has to guess."""
    return torch.softmax(scores.masked_fill(torch.ones_like(scores).triu(2).bool(), -torch.inf), dim=-1)


def causal_not_at_all(scores):
    """It looks as if nothing is hidden: scores[i, j] with j > i must not count."""
    return torch.softmax(scores, dim=-1)


CAUSAL = Exercise(
    id="causal_mask",
    title="No looking ahead",
    difficulty=2,
    minutes=8,
    contract="scores [T, T], row i for query i, to weights [T, T]: row i is the softmax of its scores 0 to i, and 0 "
    "after that.",
    cases=(
        (table([2]),),
        (table([1, 3], [0, 0]),),
        (table([0.5, 1, -1], [-2, -1, 4], [1, 2, 3]),),
        (made_up(5, 5),),
        (table([0, 1000], [1000, 0]),),
    ),
    tried="one token and five, negative scores, and a score of 1000 in the future",
    hints=(
        "Which score becomes a weight of exactly 0 after the softmax?",
        "torch.ones_like(scores).triu(1) is 1 above the diagonal, which is the future.",
        "scores.masked_fill(where, -torch.inf), and then the softmax over each row.",
    ),
    solution=my_causal_weights,
    mistakes=(
        causal_with_zeros_before,
        causal_with_zeros_after,
        causal_shared_out_again,
        causal_without_itself,
        causal_the_wrong_way,
        causal_sees_one_ahead,
        causal_not_at_all,
    ),
)


# 3. heads


def my_split_heads(x, heads):
    tokens, width = x.shape
    return x.view(tokens, heads, width // heads).transpose(0, 1)


def split_in_the_wrong_order(x, heads):
    """It looks as if you made the shape [H, T, D] in one step. The numbers are then dealt out in the order of memory,
    token by token, and a head gets pieces of several tokens: view as [T, H, D] first, then swap the two axes."""
    return x.reshape(heads, len(x), -1)


def split_not_swapped(x, heads):
    """It looks as if the result is [T, H, D]: swap the first two axes, so that each head has all tokens."""
    return x.view(len(x), heads, -1)


def split_dealt_like_cards(x, heads):
    """It looks as if head 0 gets every H-th column. A head gets D columns that stand side by side: view as [T, H, D],
    not as [T, D, H]."""
    return x.view(len(x), -1, heads).permute(2, 0, 1)


def split_turned(x, heads):
    """It looks as if the result is [H, D, T]: tokens come before the numbers of one token."""
    return x.view(len(x), heads, -1).permute(1, 2, 0)


def split_by_tokens(x, heads):
    """It looks as if each head gets some of the tokens in full: each head gets all tokens, and some of the columns."""
    return x.reshape(heads, -1, x.shape[1])


SPLIT = Exercise(
    id="split_heads",
    title="One table becomes many heads",
    difficulty=2,
    minutes=8,
    contract="x [T, C] and a number of heads H that divides C to [H, T, D] with D = C / H: head h holds the columns "
    "h * D to (h + 1) * D - 1 of every token.",
    cases=(
        (table([1, 2]), 2),
        (table([1, 2, 3, 4], [5, 6, 7, 8]), 2),
        (table([1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]), 3),
        (torch.arange(24.0).view(3, 8), 4),
        (made_up(4, 6), 1),
    ),
    tried="one head to four, and tables whose sizes all differ",
    hints=(
        "The columns of one token are cut into H pieces of D. Which shape says so, without moving anything?",
        "x.view(T, H, D) cuts each token's row. Which axis must come first?",
        "transpose(0, 1) swaps the first two axes.",
    ),
    solution=my_split_heads,
    mistakes=(
        split_in_the_wrong_order,
        split_not_swapped,
        split_dealt_like_cards,
        split_turned,
        split_by_tokens,
    ),
)


# 4. rotary positions


def my_rotate(x, position, base):
    half = len(x) // 2
    angles = position * base ** (-2 * torch.arange(half) / len(x))
    cos, sin = angles.cos(), angles.sin()
    a, b = x[:half], x[half:]
    return torch.cat([a * cos - b * sin, a * sin + b * cos])


def turned(x, angles):
    """The pairs (i, i + D/2) turned by their angles."""
    a, b = x.chunk(2)
    return torch.cat([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()])


def speeds(x, base):
    """The angle a position of every pair."""
    return base ** (-torch.arange(0, len(x), 2) / len(x))


def rotate_neighbours(x, position, base):
    """It looks as if you turned the neighbours (0, 1), (2, 3) and so on. That is the other layout: here number i turns
    with number i + D/2. Position 0 can't tell the two apart."""
    a, b = x[0::2], x[1::2]
    angles = position * speeds(x, base)
    return torch.stack([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()], -1).flatten()


def rotate_backwards(x, position, base):
    """It looks as if you turned the other way round: (a, b) becomes (a cos - b sin, a sin + b cos)."""
    return turned(x, -position * speeds(x, base))


def rotate_with_half_the_exponent(x, position, base):
    """It looks as if you left out the 2 of the exponent: pair i turns by base ** (-2i / D) a position."""
    return turned(x, position * base ** (-torch.arange(len(x) // 2) / len(x)))


def rotate_with_one_speed(x, position, base):
    """It looks as if all pairs turn equally fast: pair i turns by base ** (-2i / D) a position."""
    return turned(x, position * torch.ones(len(x) // 2))


def rotate_counting_from_one(x, position, base):
    """It looks as if the first position is turned: positions count from 0, and there nothing turns."""
    return turned(x, (position + 1) * speeds(x, base))


def rotate_with_growing_speeds(x, position, base):
    """It looks as if later pairs turn faster: the exponent is negative, base ** (-2i / D)."""
    return turned(x, position / speeds(x, base))


def rotate_without_a_minus(x, position, base):
    """It looks as if the minus is missing: (a, b) becomes (a cos - b sin, a sin + b cos). With two pluses lengths
    change, and that is no rotation."""
    a, b = x.chunk(2)
    angles = position * speeds(x, base)
    return torch.cat([a * angles.cos() + b * angles.sin(), a * angles.sin() + b * angles.cos()])


ROTATE = Exercise(
    id="rotate_pair",
    title="Turn a vector to its position",
    difficulty=2,
    minutes=12,
    contract="x [D] with D even, a position from 0 and a base to [D]: the pair (x[i], x[i + D/2]) is turned by "
    "position * base ** (-2i / D) radians, anticlockwise.",
    cases=(
        (torch.tensor([1.0, 0.0]), 0, 10000.0),
        (torch.tensor([1.0, 0.0]), 1, 10000.0),
        (torch.tensor([1.0, 2.0, 3.0, 4.0]), 0, 10000.0),
        (torch.tensor([1.0, 2.0, 3.0, 4.0]), 1, 10000.0),
        (torch.tensor([1.0, 2.0, 3.0, 4.0]), 7, 100.0),
        (made_up(6), 3, 50.0),
    ),
    tried="one pair to three, positions 0, 1, 3 and 7, and three bases",
    hints=(
        "Work out the D/2 angles first, then cut x into its first and its second half.",
        "torch.arange(D // 2) counts the pairs: base ** (-2 * i / D) is how fast pair i turns.",
        "The new first half is a * cos - b * sin, the new second half a * sin + b * cos; torch.cat joins them.",
    ),
    solution=my_rotate,
    mistakes=(
        rotate_neighbours,
        rotate_backwards,
        rotate_with_half_the_exponent,
        rotate_with_one_speed,
        rotate_counting_from_one,
        rotate_with_growing_speeds,
        rotate_without_a_minus,
    ),
)


# 5. grouped-query attention


def my_grouped_attention(q, k, v):
    shared_by = len(q) // len(k)
    k, v = k.repeat_interleave(shared_by, 0), v.repeat_interleave(shared_by, 0)  # [H, T, D]
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5  # [H, T, T]
    future = torch.ones_like(scores).triu(1).bool()
    return scores.masked_fill(future, -torch.inf).softmax(-1) @ v


def attend(q, k, v, scale=None, future=-torch.inf):
    """Plain attention of H heads, with the knobs that mistakes turn."""
    scores = q @ k.transpose(-1, -2) * (q.shape[-1] ** -0.5 if scale is None else scale)
    hidden = torch.ones_like(scores).triu(1).bool()
    return (scores if future is None else scores.masked_fill(hidden, future)).softmax(-1) @ v


def spread(x, q):
    """A key or value head for each query head."""
    return x.repeat_interleave(len(q) // len(x), 0)


def grouped_by_repeat(q, k, v):
    """It looks as if query head h reads key head h modulo G. Neighbours share: heads 0, 1, ... read key head 0, so it
    is repeat_interleave, not repeat."""
    times = len(q) // len(k)
    return attend(q, k.repeat(times, 1, 1), v.repeat(times, 1, 1))


def grouped_by_the_first(q, k, v):
    """It looks as if all query heads read the first key head: head h reads key head h // (H / G)."""
    return attend(q, k[:1].expand(len(q), -1, -1), v[:1].expand(len(q), -1, -1))


def grouped_by_the_mean(q, k, v):
    """It looks as if you averaged the key and value heads: each group of queries has a pair of its own."""
    return attend(q, k.mean(0, keepdim=True), v.mean(0, keepdim=True))


def grouped_without_scale(q, k, v):
    """It looks as if you did not divide by the square root of D."""
    return attend(q, spread(k, q), spread(v, q), scale=1.0)


def grouped_without_mask(q, k, v):
    """It looks as if tokens see the future: hide the scores above the diagonal before the softmax."""
    return attend(q, spread(k, q), spread(v, q), future=None)


def grouped_with_zeros(q, k, v):
    """It looks as if you set the scores of the future to 0: only minus infinity becomes a weight of 0."""
    return attend(q, spread(k, q), spread(v, q), future=0.0)


GROUPED = Exercise(
    id="grouped_heads",
    title="Heads that share",
    difficulty=3,
    minutes=15,
    contract="q [H, T, D], k and v [G, T, D], where G divides H, to [H, T, D]: causal attention, scaled by the square "
    "root of D, in which query head h reads key and value head h // (H / G).",
    cases=(
        (made_up(2, 1, 2), made_up(1, 1, 2), made_up(1, 1, 2) + 1),
        (made_up(2, 3, 2), made_up(1, 3, 2), made_up(1, 3, 2) + 1),
        (made_up(3, 2, 4), made_up(3, 2, 4) + 0.3, made_up(3, 2, 4) - 1),
        (made_up(4, 3, 2), made_up(2, 3, 2), made_up(2, 3, 2) * 2),
        (made_up(6, 4, 5), made_up(3, 4, 5), made_up(3, 4, 5) - 0.5),
    ),
    tried="one key head for all, one for each, and groups of two",
    hints=(
        "First give every query head a key head and a value head of its own, [H, T, D]; the rest is as before.",
        "k.repeat_interleave(n, 0) repeats each head n times in place: 0, 0, 1, 1. k.repeat gives 0, 1, 0, 1.",
        "@ works on all heads at once: q @ k.transpose(-1, -2) is [H, T, T].",
    ),
    solution=my_grouped_attention,
    mistakes=(
        grouped_by_repeat,
        grouped_by_the_first,
        grouped_by_the_mean,
        grouped_without_scale,
        grouped_without_mask,
        grouped_with_zeros,
    ),
)


# 6. the sliding window


def my_sliding_mask(tokens, window):
    i = torch.arange(tokens)[:, None]  # [T, 1]
    j = torch.arange(tokens)  # [T]
    return (j <= i) & (j > i - window)


def distance(tokens):
    """How far column j lies behind row i: [T, T]."""
    return torch.arange(tokens)[:, None] - torch.arange(tokens)


def sliding_one_too_many(tokens, window):
    """It looks as if each token sees one too many: the token itself is one of the `window`, so j > i - window."""
    return (distance(tokens) >= 0) & (distance(tokens) <= window)


def sliding_without_itself(tokens, window):
    """It looks as if a token does not see itself: it is the first of the `window` it may see."""
    return (distance(tokens) > 0) & (distance(tokens) <= window)


def sliding_both_ways(tokens, window):
    """It looks as if the window reaches into the future: column j must not lie behind row i."""
    return distance(tokens).abs() < window


def sliding_into_the_future(tokens, window):
    """It looks as if the past has no end and the future is open: hide j > i and j <= i - window."""
    return distance(tokens) < window


def sliding_without_an_end(tokens, window):
    """It looks as if each token sees the whole past: it sees the last `window` tokens only."""
    return distance(tokens) >= 0


def sliding_in_chunks(tokens, window):
    """It looks as if the text is cut into pieces of `window` tokens. That is the chunked mask; a window moves along
    with the token."""
    piece = torch.arange(tokens) // window
    return (distance(tokens) >= 0) & (piece[:, None] == piece)


SLIDING = Exercise(
    id="sliding_mask",
    title="A window that moves along",
    difficulty=2,
    minutes=8,
    contract="a number of tokens T and a window from 1 to a mask [T, T]: True (or 1) where token i may look at "
    "token j, which are the last `window` tokens up to and with itself.",
    cases=((1, 1), (3, 1), (3, 2), (5, 3), (6, 3), (4, 9)),
    tried="windows of 1, 2 and 3, and one that is wider than the text",
    hints=(
        "Write down row 4 for a window of 3: which columns are open?",
        "torch.arange(T)[:, None] counts the rows and torch.arange(T) the columns; comparing them gives [T, T].",
        "Two conditions, joined by &: not the future, and not too far back.",
    ),
    solution=my_sliding_mask,
    mistakes=(
        sliding_one_too_many,
        sliding_without_itself,
        sliding_both_ways,
        sliding_into_the_future,
        sliding_without_an_end,
        sliding_in_chunks,
    ),
)

EXERCISES = (WEIGHTS, CAUSAL, SPLIT, ROTATE, GROUPED, SLIDING)


# Quiz: answers that can be computed are computed.


def spread_of_scores() -> str:
    q, k = torch.randn(2, 20_000, 100, generator=torch.Generator().manual_seed(0))
    return f"about {round((q * k).sum(-1).std().item())}"


def weight_of_a_zeroed_score() -> str:
    weights = torch.softmax(torch.tensor([-1.0, 0.0]), dim=-1)  # the second one is "masked" with 0
    return "More than the visible token" if weights[1] > weights[0] else "None"


def bytes_of_the_tables() -> str:
    return f"{4 * 12 * 2048**2 * 4 / 1e6:.0f} MB"


def weights_by_number_of_heads() -> str:
    one, twelve = ((heads * (768 // heads)) * 768 * 4 for heads in (1, 12))
    return "The same number" if one == twelve else "Twelve times as many"


def one_token_test() -> str:
    x = made_up(6)
    same = torch.equal(my_rotate(x, 0, 100.0), rotate_neighbours(x, 0, 100.0))
    return "It passes: position 0 is not turned" if same else "It fails at once"


def cache_of_grouped_heads() -> str:
    return f"{3 / 9:.2f} of it"


QUIZ = (
    Question(
        "Which of query, key and value decide how much one token looks at another?",
        {
            "Query and key": "Their dot product is the score. The value is what gets delivered.",
            "Query and value": "The value has no part in the weights: change it, and the map stays as it is.",
            "All three": "The value comes in after the softmax, when the weights are fixed.",
        },
        "Query and key",
    ),
    Question(
        "Queries and keys hold 100 numbers each, with mean 0 and standard deviation 1. How far do their dot products "
        "spread (one standard deviation)?",
        {
            "about 1": "One product of two numbers spreads by 1; a sum of 100 of them spreads further.",
            "about 10": "Variances add: 100 products of variance 1 have variance 100, and its root is 10.",
            "about 100": "That is the variance; the spread is its square root.",
        },
        spread_of_scores,
    ),
    Question(
        "Somebody hides a future token by setting its score to 0 before the softmax. The visible token has a score of "
        "-1. How much weight does the hidden one get?",
        {
            "None": "A score of 0 becomes exp(0) = 1 before the sum is taken, which is no 0.",
            "Less than the visible token": "0 is above -1, so the hidden token wins.",
            "More than the visible token": "exp(0) = 1 against exp(-1) = 0.37. To hide it, the score must be minus "
            "infinity.",
        },
        weight_of_a_zeroed_score,
    ),
    Question(
        "Batch 4, 12 heads, 2048 tokens, four bytes a number: how large are the score tables of one layer?",
        {
            "805 MB": "4 * 12 * 2048 * 2048 * 4 bytes. Twice the tokens would need four times as much.",
            "201 MB": "That counts one byte a number: a 32-bit float has four.",
            "0.4 MB": "That is one row for each token; the tables hold a row for each token and a column for each.",
        },
        bytes_of_the_tables,
    ),
    Question(
        "A layer of width 768 has 12 heads of 64, another has one head of 768. Which has more weights in its four "
        "projections?",
        {
            "Twelve times as many": "Each head is narrower by the same factor.",
            "The same number": "12 * 64 = 768: the heads share out the same columns.",
            "It depends on the text": "Weights are fixed before any text is read.",
        },
        weights_by_number_of_heads,
    ),
    Question(
        "A model has 9 query heads and 3 key and value heads. How much memory do its stored keys and values need, "
        "compared with 9 of each?",
        {
            "3.00 of it": "Fewer heads are stored, so it shrinks.",
            "0.33 of it": "Three pairs are stored where nine would be. The nine queries are not stored at all.",
            "The same": "Only keys and values are stored, and there are fewer of them.",
        },
        cache_of_grouped_heads,
    ),
    Question(
        "You load weights that were made for one rotary layout and turn them in the other. You test with a text of one "
        "token. What does the test say?",
        {
            "It fails at once": "The first token stands at position 0, where every angle is 0.",
            "It passes: position 0 is not turned": "Both layouts leave position 0 alone, so they agree. Test with "
            "several tokens.",
            "It passes: the layouts are equal": "They agree at position 0 only.",
        },
        one_token_test,
    ),
    Question(
        "A map shows that a head gives 0.9 of its attention to one word. What does that prove?",
        {
            "The model uses this word for its answer": "The value may be tiny, or later layers may ignore this head. "
            "Silence it and see whether the answer changes.",
            "The word is important": "Some heads park nearly all their attention on the first token, whatever it is.",
            "90% of the head's mix comes from that word's value": "That is all that a weight says: the share in one "
            "weighted sum of one head.",
        },
        "90% of the head's mix comes from that word's value",
    ),
)
