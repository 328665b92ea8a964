"""The exercises and the quiz of lesson 11: experts and who goes where, what a layer sees, and what a model counts.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

import math

import torch
from torch import Tensor

from lessons_lib import ModelConfig
from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.questions import Question
from lessons_lib.config import costs


def grid(*rows: tuple[float, ...]) -> Tensor:
    """A matrix from its rows."""
    return torch.tensor(rows, dtype=torch.float32)


# 1. the router


def my_router(x, rows):
    products = x @ rows.T
    best = products.argmax(-1)
    return best, torch.sigmoid(products.amax(-1))


def router_with_softmax(x, rows):
    """It looks as if the score is a softmax over all experts. Here it is the sigmoid of the best product alone."""
    products = x @ rows.T
    return products.argmax(-1), products.softmax(-1).amax(-1)


def router_always_sure(x, rows):
    """It looks as if every score is 1. That is what a softmax over the single chosen expert gives; take the sigmoid."""
    return (x @ rows.T).argmax(-1), torch.ones(len(x))


def router_without_sigmoid(x, rows):
    """It looks as if the score is the product itself. Squeeze it with a sigmoid."""
    products = x @ rows.T
    return products.argmax(-1), products.amax(-1)


def router_by_size(x, rows):
    """It looks as if you took the product of the largest size, whatever its sign. A large negative product means that
    the two do not suit each other at all."""
    products = x @ rows.T
    best = products.abs().argmax(-1)
    return best, torch.sigmoid(products.gather(1, best[:, None])[:, 0])


def router_chooses_for_the_expert(x, rows):
    """It looks as if each expert chose a token. Each token chooses an expert: take the best over the last axis."""
    products = x @ rows.T
    return products.argmax(0), torch.sigmoid(products.amax(0))


def router_takes_the_worst(x, rows):
    """It looks as if you took the smallest product. The best expert has the largest."""
    products = x @ rows.T
    return products.argmin(-1), torch.sigmoid(products.amin(-1))


def router_shares_the_score(x, rows):
    """It looks as if the scores of a token were made to add up to 1. Each expert is asked by itself: the sigmoid of the
    best product is the score."""
    scores = torch.sigmoid(x @ rows.T)
    return scores.argmax(-1), scores.amax(-1) / scores.sum(-1)


def router_turned_round(x, rows):
    """It looks as if the two results have changed places: first the experts, then their scores."""
    experts, scores = my_router(x, rows)
    return scores, experts


ROUTER = Exercise(
    id="top1_router",
    title="Send each token to one expert",
    difficulty=1,
    minutes=5,
    contract="x [N, C] and rows [E, C] to (experts [N], scores [N]): the expert with the largest product, and the "
    "sigmoid of that product.",
    cases=(
        (grid((1,)), grid((0.5,), (2,))),
        (grid((2, 1), (-1, 3), (-2, -1), (0.5, 0.25)), grid((1, 0), (0, 1), (-1, -1))),
        (grid((3, -1), (-4, 0.5)), grid((-2, 0), (0.5, 0.25), (0, 1), (1, 1), (2, -3))),
        (grid((-1, -1, 2)), grid((1, 0, 0), (0, 3, 0))),
    ),
    tried="one token and several, more experts than tokens, and a token that no expert likes",
    hints=(
        "A row for each token, a column for each expert: x @ rows.T.",
        "argmax(-1) finds each row's best column.",
        "The score is torch.sigmoid of the largest product of the row, amax(-1).",
    ),
    solution=my_router,
    mistakes=(
        router_with_softmax,
        router_always_sure,
        router_without_sigmoid,
        router_by_size,
        router_chooses_for_the_expert,
        router_takes_the_worst,
        router_shares_the_score,
        router_turned_round,
    ),
)


# 2. the temperature


def my_temperature(position, floor_scale, attn_scale):
    return 1 + attn_scale * math.log(1 + (position + 1) // floor_scale)


def temperature_from_one(position, floor_scale, attn_scale):
    """It looks as if the + 1 in the floor is missing. Positions count from 0: the first step is at floor_scale - 1."""
    return 1 + attn_scale * math.log(1 + position // floor_scale)


def temperature_without_floor(position, floor_scale, attn_scale):
    """It looks as if you divided without rounding down. The factor stays 1 for the whole first stretch."""
    return 1 + attn_scale * math.log(1 + (position + 1) / floor_scale)


def temperature_as_divisor(position, floor_scale, attn_scale):
    """It looks as if you gave what scores are divided by. Here queries are multiplied: the factor grows."""
    return 1 / my_temperature(position, floor_scale, attn_scale)


def temperature_without_one(position, floor_scale, attn_scale):
    """It looks as if the 1 in front is missing: a query at the beginning must stay as it is, and not become 0."""
    return attn_scale * math.log(1 + (position + 1) // floor_scale)


def temperature_with_another_log(position, floor_scale, attn_scale):
    """It looks as if you took the logarithm to base 2 or 10. It is the natural one, math.log."""
    return 1 + attn_scale * math.log10(1 + (position + 1) // floor_scale)


def temperature_without_log(position, floor_scale, attn_scale):
    """It looks as if the logarithm is missing: the factor grows far too fast."""
    return 1 + attn_scale * ((position + 1) // floor_scale)


def temperature_rounded_up(position, floor_scale, attn_scale):
    """It looks as if you rounded up. Rounded down, the first stretch counts 0 and nothing changes there."""
    return 1 + attn_scale * math.log(1 + math.ceil((position + 1) / floor_scale))


def temperature_without_scale(position, floor_scale, attn_scale):
    """It looks as if attn_scale is missing: it stands before the logarithm and keeps the growth small."""
    return 1 + math.log(1 + (position + 1) // floor_scale)


TEMPERATURE = Exercise(
    id="temperature_tuning",
    title="How much sharper is a late query?",
    difficulty=1,
    minutes=5,
    contract="position (from 0), floor_scale and attn_scale to 1 + attn_scale * ln(1 + floor((position + 1) / "
    "floor_scale)).",
    cases=((0, 4, 0.1), (2, 4, 0.1), (3, 4, 0.1), (8190, 8192, 0.1), (8191, 8192, 0.1), (50_000, 8192, 0.3)),
    tried="the first position, both sides of the first step, and a late one",
    hints=(
        "Whole numbers are divided and rounded down by //.",
        "The + 1 stands inside: (position + 1) // floor_scale.",
        "math.log is the natural logarithm.",
    ),
    solution=my_temperature,
    mistakes=(
        temperature_from_one,
        temperature_without_floor,
        temperature_as_divisor,
        temperature_without_one,
        temperature_with_another_log,
        temperature_without_log,
        temperature_rounded_up,
        temperature_without_scale,
    ),
)


# 3. who is seen


def my_visible(position, layer, chunk, interval, padding):
    if (layer + 1) % interval == 0:
        return list(range(padding, position + 1))
    start = padding + (position - padding) // chunk * chunk
    return list(range(start, position + 1))


def visible_counts_from_the_padding(position, layer, chunk, interval, padding):
    """It looks as if chunks begin with the padding. They are counted from the first real token."""
    if (layer + 1) % interval == 0:
        return list(range(padding, position + 1))
    return list(range(max(padding, position // chunk * chunk), position + 1))


def visible_by_a_window(position, layer, chunk, interval, padding):
    """It looks as if you took a sliding window. A chunk does not move along: its first token sees itself alone."""
    if (layer + 1) % interval == 0:
        return list(range(padding, position + 1))
    return list(range(max(padding, position - chunk + 1), position + 1))


def visible_with_padding(position, layer, chunk, interval, padding):
    """It looks as if padding is seen. It means nothing and is hidden in every layer."""
    if (layer + 1) % interval == 0:
        return list(range(position + 1))
    return my_visible(position, layer, chunk, interval, padding)


def visible_from_layer_zero(position, layer, chunk, interval, padding):
    """It looks as if layer 0 sees everything. With interval 4 it is layers 3, 7, 11 and so on."""
    return my_visible(position, layer + interval - 1, chunk, interval, padding)


def visible_the_other_way_round(position, layer, chunk, interval, padding):
    """It looks as if the layers have changed roles. Every interval-th sees everything; the others see their chunk."""
    full = (layer + 1) % interval != 0
    return my_visible(position, interval - 1 if full else 0, chunk, interval, padding)


def visible_without_itself(position, layer, chunk, interval, padding):
    """It looks as if the token does not see itself. It does, in every layer."""
    return my_visible(position, layer, chunk, interval, padding)[:-1]


def visible_the_whole_chunk(position, layer, chunk, interval, padding):
    """It looks as if the token sees its whole chunk. What comes later stays hidden."""
    seen = my_visible(position, layer, chunk, interval, padding)
    return seen if (layer + 1) % interval == 0 else list(range(seen[0], seen[0] + chunk))


def visible_with_one_full_layer(position, layer, chunk, interval, padding):
    """It looks as if a single layer sees everything. Every interval-th does: with 4, layer 7 as well as layer 3."""
    return my_visible(position, layer if layer < interval else 0, chunk, interval, padding)


VISIBLE = Exercise(
    id="visible_tokens",
    title="Which tokens does a layer see?",
    difficulty=2,
    minutes=10,
    contract="position of a real token (padding <= position), layer, chunk, interval of 2 or more, and padding, to the "
    "list of the positions that it sees, in order.",
    cases=(
        (0, 0, 4, 4, 0),
        (3, 0, 2, 4, 0),
        (5, 0, 4, 4, 0),
        (5, 3, 4, 4, 0),
        (6, 1, 4, 4, 3),
        (8, 2, 4, 3, 3),
        (8, 3, 4, 4, 3),
        (9, 6, 3, 4, 2),
        (9, 7, 4, 4, 2),
    ),
    tried="first and later chunks, layers of both kinds, and rows with padding",
    hints=(
        "(layer + 1) % interval == 0 finds the layers that see everything.",
        "How many real tokens stand before this one? position - padding. Which chunk is that?",
        "The chunk begins at padding + (position - padding) // chunk * chunk.",
    ),
    solution=my_visible,
    mistakes=(
        visible_counts_from_the_padding,
        visible_by_a_window,
        visible_with_padding,
        visible_from_layer_zero,
        visible_the_other_way_round,
        visible_without_itself,
        visible_the_whole_chunk,
        visible_with_one_full_layer,
    ),
)


# 4. sparse dispatch


def my_dispatch(x, chosen, scores, ask):
    out = torch.zeros_like(x)
    for number in chosen.unique().tolist():
        mail = (chosen == number).nonzero().flatten()
        out[mail] = ask(number, x[mail] * scores[mail, None])
    return out


def dispatch_scores_the_output(x, chosen, scores, ask):
    """It looks as if the score multiplies what the expert gives. In Llama 4 it multiplies what the expert reads."""
    return my_dispatch(x, chosen, torch.ones_like(scores), ask) * scores[:, None]


def dispatch_without_scores(x, chosen, scores, ask):
    """It looks as if the scores are not used. Each token is multiplied by its score before its expert reads it."""
    return my_dispatch(x, chosen, torch.ones_like(scores), ask)


def dispatch_in_order_of_experts(x, chosen, scores, ask):
    """It looks as if the answers were put one behind the other, expert by expert. Each belongs back in the place of
    its token."""
    return my_dispatch(x, chosen, scores, ask)[chosen.argsort(stable=True)]


def dispatch_everything_everywhere(x, chosen, scores, ask):
    """It looks as if every expert read all tokens, with zeros for those that are not its own. These experts answer
    something to nothing: give them their tokens only."""
    out = torch.zeros_like(x)
    for number in chosen.unique().tolist():
        factor = torch.where(chosen == number, scores, torch.zeros_like(scores))
        out = out + ask(number, x * factor[:, None])
    return out


def dispatch_scores_twice(x, chosen, scores, ask):
    """It looks as if the score multiplies both what the expert reads and what it gives. It is used once, before."""
    return my_dispatch(x, chosen, scores, ask) * scores[:, None]


def dispatch_by_place(x, chosen, scores, ask):
    """It looks as if the tokens took turns. Token n goes to the expert `chosen[n]`."""
    return my_dispatch(x, torch.arange(len(x)) % (int(chosen.max()) + 1), scores, ask)


def four_experts(number: int, x: Tensor) -> Tensor:
    """Answers [n, C] of expert `number` to tokens [n, C]; all four answer something to nothing."""
    if len(x) == 0:
        raise ValueError(f"expert {number} was asked about no token")
    experts = (torch.cos, lambda x: x * x - 1, lambda x: 3 - 2 * x.flip(-1), lambda x: x.abs() + 0.5)
    return experts[number](x)


DISPATCH = Exercise(
    id="sparse_dispatch",
    title="Give each expert its own tokens",
    difficulty=2,
    minutes=12,
    contract="x [N, C], chosen [N] whole numbers, scores [N] and ask, to [N, C]: token n gets the answer of expert "
    "chosen[n] to scores[n] * x[n]. ask(number, tokens [n, C]) gives the answers [n, C] of one expert, n of 1 or more.",
    cases=(
        (grid((4,)), torch.tensor([0]), torch.tensor([0.5]), four_experts),
        (grid((2, 1), (-1, 3)), torch.tensor([1, 0]), torch.tensor([0.5, 0.25]), four_experts),
        (
            grid((2, 1), (-1, 3), (-2, -1), (0.5, 0.25)),
            torch.tensor([2, 0, 2, 0]),
            torch.tensor([0.9, 0.5, 0.7, 0.6]),
            four_experts,
        ),
        (
            grid((1, 2, 3), (0, 0, 0), (3, 1, -1), (2, -2, 0.5), (1, 1, 1)),
            torch.tensor([1, 3, 0, 1, 1]),
            torch.tensor([0.8, 0.3, 0.5, 0.2, 0.6]),
            four_experts,
        ),
    ),
    tried="one expert and three, experts without a token, and experts that answer something to nothing",
    hints=(
        "Which experts have mail? chosen.unique(). Where are the tokens of one of them? "
        "(chosen == number).nonzero().flatten().",
        "x[mail] are its tokens; scores[mail, None] has the shape to multiply them.",
        "Start with torch.zeros_like(x) and put each expert's answers back with out[mail] = ...",
    ),
    solution=my_dispatch,
    mistakes=(
        dispatch_scores_the_output,
        dispatch_without_scores,
        dispatch_in_order_of_experts,
        dispatch_everything_everywhere,
        dispatch_scores_twice,
        dispatch_by_place,
    ),
)


# 5. total and active


def my_two_counts(V, C, F, Fe, L, H, G, D, E, step):
    mixtures = L // step
    attention = 2 * C * H * D + 2 * C * G * D
    common = 2 * V * C + L * (attention + 2 * C) + C + (L - mixtures) * 3 * C * F + mixtures * E * C
    one = 3 * C * Fe
    return common + mixtures * (E + 1) * one, common + mixtures * 2 * one


def counts_forget_the_shared(V, C, F, Fe, L, H, G, D, E, step):
    """It looks as if the shared expert is missing. It is there in every mixture, and every token meets it."""
    total, active = my_two_counts(V, C, F, Fe, L, H, G, D, E, step)
    return total - L // step * 3 * C * Fe, active - L // step * 3 * C * Fe


def counts_forget_the_router(V, C, F, Fe, L, H, G, D, E, step):
    """It looks as if the routers are missing: E rows of C numbers in every mixture, and every token meets them."""
    total, active = my_two_counts(V, C, F, Fe, L, H, G, D, E, step)
    return total - L // step * E * C, active - L // step * E * C


def counts_mixtures_everywhere(V, C, F, Fe, L, H, G, D, E, step):
    """It looks as if every layer is a mixture. Only every step-th is; the others are dense."""
    return my_two_counts(V, C, F, Fe, L, H, G, D, E, 1)


def counts_one_width(V, C, F, Fe, L, H, G, D, E, step):
    """It looks as if dense layers are as wide as an expert. They have a width of their own, F."""
    return my_two_counts(V, C, Fe, Fe, L, H, G, D, E, step)


def counts_experts_as_wide_as_dense(V, C, F, Fe, L, H, G, D, E, step):
    """It looks as if experts are as wide as a dense layer. They have a width of their own, Fe."""
    return my_two_counts(V, C, F, F, L, H, G, D, E, step)


def counts_active_without_shared(V, C, F, Fe, L, H, G, D, E, step):
    """It looks as if a token meets one network in a mixture. It meets two, its expert and the shared one."""
    total, active = my_two_counts(V, C, F, Fe, L, H, G, D, E, step)
    return total, active - L // step * 3 * C * Fe


def counts_active_by_division(V, C, F, Fe, L, H, G, D, E, step):
    """It looks as if you divided the total by the number of experts. Attention, embedding and the shared expert are met
    by every token."""
    total, _ = my_two_counts(V, C, F, Fe, L, H, G, D, E, step)
    return total, total // E


def counts_tied(V, C, F, Fe, L, H, G, D, E, step):
    """It looks as if embedding and head are one matrix. In Llama 4 they are two."""
    total, active = my_two_counts(V, C, F, Fe, L, H, G, D, E, step)
    return total - V * C, active - V * C


def counts_heads_share_the_width(V, C, F, Fe, L, H, G, D, E, step):
    """It looks as if a head is C / H wide. Its width is D, whatever C and H are."""
    return my_two_counts(V, C, F, Fe, L, H, G, C // H, E, step)


TWO_COUNTS = Exercise(
    id="two_counts",
    title="Count a mixture twice",
    difficulty=2,
    minutes=12,
    contract="V, C, F, Fe, L, H, G, D, E and step, whole numbers, to (all parameters, those that one token meets). "
    "Embedding and head are two matrices; layer i is a mixture where (i + 1) % step == 0.",
    cases=(
        (10, 4, 6, 3, 1, 2, 1, 2, 2, 1),
        (10, 4, 6, 3, 2, 2, 1, 2, 3, 2),
        (7, 6, 5, 4, 3, 3, 1, 4, 5, 2),
        (202048, 5120, 16384, 8192, 48, 40, 8, 128, 16, 1),
        (202048, 5120, 16384, 8192, 48, 40, 8, 128, 128, 2),
    ),
    tried="one layer by hand, an odd number of layers, heads of any width, Scout and Maverick",
    hints=(
        "There are L // step mixtures. All the rest is met by every token, their routers included.",
        "A network of width w has 3 * C * w numbers. A mixture has E + 1 of them.",
        "One token meets two networks of each mixture. Do not forget the norms: 2 * C a layer, and C at the end.",
    ),
    solution=my_two_counts,
    mistakes=(
        counts_forget_the_shared,
        counts_forget_the_router,
        counts_mixtures_everywhere,
        counts_one_width,
        counts_experts_as_wide_as_dense,
        counts_active_without_shared,
        counts_active_by_division,
        counts_tied,
        counts_heads_share_the_width,
    ),
)


# 6. the balancing loss


def my_balance(chosen, scores):
    N, E = scores.shape
    f = torch.stack([(chosen == e).sum() / N for e in range(E)])
    P = (scores / scores.sum(-1, keepdim=True)).mean(0)
    return E * (f * P).sum()


def balance_without_normalising(chosen, scores):
    """It looks as if the scores of a token are taken as they are. Divide them by their sum first, so that each token
    counts alike."""
    N, E = scores.shape
    f = torch.stack([(chosen == e).sum() / N for e in range(E)])
    return E * (f * scores.mean(0)).sum()


def balance_by_softmax(chosen, scores):
    """It looks as if you took a softmax of the scores. They are scores already: divide them by their sum."""
    return my_balance(chosen, scores.softmax(-1))


def balance_divides_by_choices(chosen, scores):
    """It looks as if the counts are divided by all choices, N * K. f is counted for each token, so its sum is K."""
    return my_balance(chosen, scores) / chosen.shape[1]


def balance_without_experts(chosen, scores):
    """It looks as if the factor E is missing. With it, even work gives 1 for each expert that a token is sent to."""
    return my_balance(chosen, scores) / scores.shape[1]


def balance_by_counts_alone(chosen, scores):
    """It looks as if you squared f. A count has no slope; the mean of the scores is what can learn."""
    N, E = scores.shape
    f = torch.stack([(chosen == e).sum() / N for e in range(E)])
    return E * (f * f).sum()


def balance_by_scores_alone(chosen, scores):
    """It looks as if you squared P. f counts where tokens were sent, whatever the scores of the others."""
    E = scores.shape[1]
    P = (scores / scores.sum(-1, keepdim=True)).mean(0)
    return E * (P * P).sum()


def balance_of_the_first_choice(chosen, scores):
    """It looks as if only the first choice is counted. With K experts a token, all K are sent work."""
    return my_balance(chosen[:, :1], scores)


def balance_divides_after_the_mean(chosen, scores):
    """It looks as if you took the mean of the scores first and divided by the sum then. Each token's scores are divided
    by their own sum, so that each token counts alike."""
    return my_balance(chosen, scores.mean(0).expand_as(scores))


BALANCE = Exercise(
    id="balancing_loss",
    title="Measure how uneven the work is",
    difficulty=3,
    minutes=12,
    contract="chosen [N, K], whole numbers below E, and positive scores [N, E] to one number: E * sum(f * P), with f "
    "[E] how often each expert was chosen, divided by N, and P [E] the mean of the scores after each token's were "
    "divided by their sum.",
    cases=(
        (torch.tensor([[0]]), grid((0.5, 0.5))),
        (torch.tensor([[0], [0]]), grid((0.7, 0.3), (0.6, 0.4))),
        (torch.tensor([[2], [1], [2], [0]]), grid((0.1, 0.4, 0.9), (0.2, 0.8, 0.6), (0.1, 0.1, 0.3), (0.9, 0.5, 0.7))),
        (
            torch.tensor([[0, 2], [2, 1], [2, 0]]),
            grid((0.8, 0.1, 0.7, 0.2), (0.3, 0.6, 0.9, 0.1), (0.5, 0.2, 0.6, 0.4)),
        ),
    ),
    tried="one token, an idle expert, scores that do not add up to 1, and two experts a token",
    hints=(
        "f: for each expert, count where chosen equals its number and divide by the number of tokens.",
        "P: scores / scores.sum(-1, keepdim=True), then the mean over the tokens.",
        "Multiply expert by expert, add up, and multiply by the number of experts.",
    ),
    solution=my_balance,
    mistakes=(
        balance_without_normalising,
        balance_by_softmax,
        balance_divides_by_choices,
        balance_without_experts,
        balance_by_counts_alone,
        balance_by_scores_alone,
        balance_of_the_first_choice,
        balance_divides_after_the_mean,
    ),
)

EXERCISES = (ROUTER, TEMPERATURE, VISIBLE, DISPATCH, TWO_COUNTS, BALANCE)


# Quiz


def _active_share() -> str:
    maverick = ModelConfig.preset("llama-4-maverick")
    return f"about {maverick.num_active_parameters() / maverick.num_parameters():.0%}"


def _first_sharpened() -> str:
    scout = ModelConfig.preset("llama-4-scout")
    found = (p for p in range(20_000) if my_temperature(p, scout.floor_scale, scout.attn_scale) > 1)
    return f"{next(found):,}"


def _seen_by_a_chunked_layer() -> str:
    return str(len(my_visible(8195, 0, 8192, 4, 0)))


def _cache_layers() -> str:
    scout = ModelConfig.preset("llama-4-scout")
    small, large = (costs.kv_cache_bytes(scout, tokens) for tokens in (1_000_000, 2_000_000))
    growing = (large - small) // costs.kv_cache_bytes(scout, 1) * scout.num_hidden_layers // 1_000_000
    return f"{growing} of {scout.num_hidden_layers}"


QUIZ = (
    Question(
        text="A mixture has 16 experts and a shared one, and each token is sent to one expert. How much work is a "
        "token, beside a single network of the same width?",
        choices={
            "as much": "It would be without the shared expert.",
            "twice as much": "Its own expert and the shared one. The router adds next to nothing.",
            "17 times as much": "That is what it costs if all tokens are given to all experts.",
            "a sixteenth": "A token is not divided among the experts: one of them works on it in full.",
        },
        answer="twice as much",
    ),
    Question(
        text="Why can a top-1 router not be trained with a softmax over the chosen expert alone?",
        choices={
            "The softmax is too slow": "It is one exponential.",
            "The score would always be 1, so it has no slope": "A softmax of a single number is 1, whatever the number "
            "is. Nothing tells the router that another choice would have been better.",
            "The experts would all get the same tokens": "The choice is made before the softmax.",
            "The score could be negative": "A softmax is never negative.",
        },
        answer="The score would always be 1, so it has no slope",
    ),
    Question(
        text="An expert's score is 0.5 and multiplies what the expert reads. The answer is then about",
        choices={
            "half as long": "So it would be if the score multiplied the answer.",
            "a quarter as long": "Gate and up both read half as much, and they are multiplied with each other.",
            "as long as before": "The feed-forward network has no norm inside that would undo the factor.",
            "zero": "Only a score of 0 does that.",
        },
        answer="a quarter as long",
    ),
    Question(
        text="What share of Maverick's parameters does one token meet?",
        choices={
            "about 4%": "17 of 401 billion.",
            "about 16%": "That is Scout, which has as many active parameters and a quarter of the size.",
            "about 50%": "Half of the layers are dense, but nearly all parameters are in the other half.",
            "about 1%": "One of 128 experts, but attention, dense layers, shared experts and embeddings come on top.",
        },
        answer=_active_share,
    ),
    Question(
        text="In a chunked layer of Llama 4, with chunks of 8192, how many tokens does the token at position 8195 see?",
        choices={
            "8192": "That would be a sliding window. Chunks do not move along.",
            "8196": "That is what a layer without chunks sees.",
            "4": "Positions 8192 to 8195: its chunk has just begun.",
            "3": "It sees itself, too.",
        },
        answer=_seen_by_a_chunked_layer,
    ),
    Question(
        text="At which position does the temperature of Llama 4 change a query for the first time?",
        choices={
            "1": "The floor is 0 for the whole first stretch, and the logarithm of 1 is 0.",
            "8,190": "There p + 1 is 8191, and the floor is still 0.",
            "8,191": "There p + 1 is 8192, for positions count from 0.",
            "8,192": "One too late: it is p + 1 that is divided.",
        },
        answer=_first_sharpened,
    ),
    Question(
        text="A text grows from one million tokens to two. In how many of Scout's layers does the cache grow?",
        choices={
            "48 of 48": "Chunked layers never need more than their last chunk.",
            "36 of 48": "Those are the chunked ones, and theirs stay as they are.",
            "12 of 48": "Every fourth layer sees everything, and keeps everything.",
            "0 of 48": "The layers that see everything have to keep it.",
        },
        answer=_cache_layers,
    ),
    Question(
        text="A port of Llama 4 gives the right scores for a prompt of one token and wrong ones for longer prompts. "
        "What do you suspect first?",
        choices={
            "The temperature": "It changes nothing before position 8191.",
            "The score on the wrong side of the expert": "That shows at the first token.",
            "The pairing of the rotation": "Position 0 is not turned, so no pairing is wrong there. Llama 4's files "
            "pair neighbours, those of Llama 1 to 3 on the Hub halves.",
            "The balancing loss": "It belongs to training, and changes nothing when the model runs.",
        },
        answer="The pairing of the rotation",
    ),
)
