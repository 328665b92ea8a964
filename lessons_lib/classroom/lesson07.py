"""The exercises and the quiz of lesson 07: the cache, batches, stopping, small weights and guessing ahead.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

import torch
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.questions import Question
from lessons_lib.config import ModelConfig
from lessons_lib.config.costs import kv_cache_bytes


def grid(*rows: tuple[float, ...]) -> Tensor:
    """A matrix from its rows."""
    return torch.tensor(rows, dtype=torch.float32)


# 1. a batch


def my_left_pad(rows, pad):
    longest = max(map(len, rows))
    table = [[pad] * (longest - len(row)) + row for row in rows]
    mask = [[0] * (longest - len(row)) + [1] * len(row) for row in rows]
    return table, mask


def left_pad_on_the_right(rows, pad):
    """It looks as if the padding stands on the right. The next token goes behind the last column, so that is where all
    texts must end."""
    longest = max(map(len, rows))
    table = [row + [pad] * (longest - len(row)) for row in rows]
    return table, [[1] * len(row) + [0] * (longest - len(row)) for row in rows]


def left_pad_mask_by_value(rows, pad):
    """It looks as if the mask is 0 wherever the padding token stands. The same number may be a real token: go by place,
    and not by value."""
    table, _ = my_left_pad(rows, pad)
    return table, [[int(token != pad) for token in row] for row in table]


def left_pad_mask_upside_down(rows, pad):
    """It looks as if the mask is the wrong way round: 1 stands for a real token, 0 for padding."""
    table, mask = my_left_pad(rows, pad)
    return table, [[1 - real for real in row] for row in mask]


def left_pad_cuts(rows, pad):
    """It looks as if long rows were cut to the length of the shortest. Nothing is thrown away: short rows grow."""
    shortest = min(map(len, rows))
    return [row[-shortest:] for row in rows], [[1] * shortest for _ in rows]


def left_pad_one_too_many(rows, pad):
    """It looks as if there is a column too many: the longest row needs no padding."""
    table, mask = my_left_pad(rows, pad)
    return [[pad, *row] for row in table], [[0, *row] for row in mask]


LEFT_PAD = Exercise(
    id="left_pad",
    title="Put texts of different lengths into one table",
    difficulty=1,
    minutes=6,
    contract="rows, a list of lists of token ids, none empty, and the padding id to (table, mask): lists of lists, all "
    "rows as long as the longest; the mask is 1 at real tokens and 0 at padding.",
    cases=(
        ([[5], [6, 7]], 0),
        ([[1, 2], [3, 4]], 0),
        ([[9, 9, 9], [8], [7, 7]], 2),
        ([[0, 4, 0], [0]], 0),
    ),
    tried="rows of one length and of several, another padding id, and texts that hold the padding id themselves",
    hints=(
        "How many places are empty in a row? The longest length less its own.",
        "[pad] * n is a list of n times pad; lists are joined by +.",
        "The mask has as many zeros as there is padding, then a one for each real token.",
    ),
    solution=my_left_pad,
    mistakes=(
        left_pad_on_the_right,
        left_pad_mask_by_value,
        left_pad_mask_upside_down,
        left_pad_cuts,
        left_pad_one_too_many,
    ),
)


# 2. attention with a cache


def my_cached_attention(query, key, value, keys, values):
    keys = torch.cat((keys, key[None]))
    values = torch.cat((values, value[None]))
    weights = (keys @ query / len(query) ** 0.5).softmax(0)
    return weights @ values, keys, values


def cached_without_itself(query, key, value, keys, values):
    """It looks as if the token does not look at itself. Its own key and value join the cache first."""
    out, _, _ = my_cached_attention(query, keys[-1], values[-1], keys[:-1], values[:-1])
    return out, torch.cat((keys, key[None])), torch.cat((values, value[None]))


def cached_without_keeping(query, key, value, keys, values):
    """It looks as if the new key and value are used and then lost. Return the grown cache: the next token needs it."""
    out, _, _ = my_cached_attention(query, key, value, keys, values)
    return out, keys, values


def cached_without_scale(query, key, value, keys, values):
    """It looks as if the scores are not divided by the square root of D."""
    keys, values = torch.cat((keys, key[None])), torch.cat((values, value[None]))
    return (keys @ query).softmax(0) @ values, keys, values


def cached_in_front(query, key, value, keys, values):
    """It looks as if the new key and value were put in front. What comes later stands behind."""
    keys, values = torch.cat((key[None], keys)), torch.cat((value[None], values))
    return (keys @ query / len(query) ** 0.5).softmax(0) @ values, keys, values


def cached_swaps(query, key, value, keys, values):
    """It looks as if keys and values have changed places: keys are compared with the query, values are mixed."""
    out, _, _ = my_cached_attention(query, value, key, values, keys)
    return out, torch.cat((keys, key[None])), torch.cat((values, value[None]))


def cached_mean(query, key, value, keys, values):
    """It looks as if all values are mixed alike. The softmax of the scores says how much of each."""
    keys, values = torch.cat((keys, key[None])), torch.cat((values, value[None]))
    return values.mean(0), keys, values


CACHED_ATTENTION = Exercise(
    id="cached_attention",
    title="One step of attention with a cache",
    difficulty=2,
    minutes=10,
    contract="query, key and value of the new token, [D] each, and the cached keys and values, [S, D] each, S of 1 or "
    "more, to (what the token receives [D], keys [S + 1, D], values [S + 1, D]).",
    cases=(
        (torch.tensor([1.0]), torch.tensor([0.0]), torch.tensor([0.0]), grid((0,), (0.6931,)), grid((4,), (8,))),
        (
            torch.tensor([1.0, -1.0]),
            torch.tensor([2.0, 0.5]),
            torch.tensor([3.0, 1.0]),
            grid((1, 0)),
            grid((-1, 2)),
        ),
        (
            torch.tensor([0.5, 1.0, -2.0, 1.0]),
            torch.tensor([1.0, 0.0, 1.0, 2.0]),
            torch.tensor([5.0, -1.0, 0.0, 1.0]),
            grid((0, 1, 0, 1), (2, 0, 1, 0), (1, 1, 1, 1)),
            grid((1, 2, 3, 4), (0, 1, 0, 1), (2, 2, 0, 0)),
        ),
    ),
    tried="the three tokens of section 2, one token in the cache and several, two and four numbers",
    hints=(
        "First let the cache grow: torch.cat((keys, key[None])), and the values in the same way.",
        "keys @ query gives one score for each token; divide by the square root of D.",
        "softmax turns scores into shares, and shares @ values is what the token receives.",
    ),
    solution=my_cached_attention,
    mistakes=(
        cached_without_itself,
        cached_without_keeping,
        cached_without_scale,
        cached_in_front,
        cached_swaps,
        cached_mean,
    ),
)


# 3. what may be printed


def my_safe_length(text, stops):
    for length in range(len(text) + 1):
        rest = text[length:]
        if any(stop.startswith(rest) for stop in stops):
            return length
    return len(text)


def safe_until_any_start(text, stops):
    """It looks as if you stop at the first letter that starts a stop string, wherever it stands. Text is doubtful only
    if it reaches to the end: what came after may have settled the matter."""
    places = [text.find(stop[0]) for stop in stops if stop[0] in text]
    return min(places, default=len(text))


def safe_last_letter_only(text, stops):
    """It looks as if at most one letter is held back. More may belong to a stop string that is not complete."""
    return len(text) - 1 if any(text.endswith(stop[0]) for stop in stops) and text else len(text)


def safe_always_holds_the_most(text, stops):
    """It looks as if you always hold back as many letters as the longest stop string could need. Hold back only what
    really is the beginning of one."""
    return max(0, len(text) - max((len(stop) - 1 for stop in stops), default=0))


def safe_first_stop_only(text, stops):
    """It looks as if only the first stop string is looked at. Any of them may be about to come."""
    return my_safe_length(text, stops[:1])


def safe_shortest_overlap(text, stops):
    """It looks as if you take the shortest end of the text that could start a stop string. Take the longest: it begins
    earlier."""
    for length in range(len(text) - 1, -1, -1):
        if any(stop.startswith(text[length:]) for stop in stops):
            return length
    return len(text)


def safe_counts_what_is_held(text, stops):
    """It looks as if you returned how much is held back. Asked for is how much may be printed."""
    return len(text) - my_safe_length(text, stops)


SAFE_LENGTH = Exercise(
    id="safe_length",
    title="How much may be printed?",
    difficulty=2,
    minutes=12,
    contract="text that holds no complete stop string, and a list of stop strings, to a number: how many characters at "
    "the start of the text can no longer be part of a stop string that is still to come.",
    cases=(
        ("we S", ["STOP"]),
        ("tea", ["STOP"]),
        ("", ["STOP"]),
        ("we STO", ["STOP"]),
        ("Stay, Sam", ["STOP"]),
        ("aa", ["aab"]),
        ("abab", ["abac", "bax"]),
        ("to b", ["STOP", "bye", "to be"]),
        ("any", []),
    ),
    tried="nothing, a letter and several held back, false alarms, overlaps, and several stop strings",
    hints=(
        "Which ends of the text are beginnings of a stop string? stop.startswith(end) tells.",
        "Of all such ends the longest counts, so try the longest end first.",
        "The empty end is a beginning of everything: then the whole text may be printed.",
    ),
    solution=my_safe_length,
    mistakes=(
        safe_until_any_start,
        safe_last_letter_only,
        safe_always_holds_the_most,
        safe_first_stop_only,
        safe_shortest_overlap,
        safe_counts_what_is_held,
    ),
)


# 4. 8 bits in groups


def my_int8_groups(weights, size):
    groups = weights.reshape(-1, size)
    scale = groups.abs().amax(1) / 127
    divisor = torch.where(scale == 0, 1, scale)[:, None]
    return (groups / divisor).round().flatten(), scale


def int8_one_scale(weights, size):
    """It looks as if all groups share one scale. Each has its own, from its own largest magnitude."""
    scale = weights.abs().max() / 127
    return (weights / (scale if scale > 0 else 1)).round(), scale.repeat(len(weights) // size)


def int8_by_128(weights, size):
    """It looks as if you divided by 128. With its sign, a number of 8 bits ends at 127."""
    scale = weights.reshape(-1, size).abs().amax(1) / 128
    divisor = torch.where(scale == 0, 1, scale)[:, None]
    return (weights.reshape(-1, size) / divisor).round().flatten(), scale


def int8_cuts_off(weights, size):
    """It looks as if you cut the decimals off. Round to the nearest whole number."""
    _, scale = my_int8_groups(weights, size)
    divisor = torch.where(scale == 0, 1, scale)[:, None]
    return (weights.reshape(-1, size) / divisor).trunc().flatten(), scale


def int8_without_abs(weights, size):
    """It looks as if you took the largest weight. Take the largest magnitude: the largest may be negative."""
    groups = weights.reshape(-1, size)
    scale = groups.amax(1) / 127
    divisor = torch.where(scale == 0, 1, scale)[:, None]
    return (groups / divisor).round().flatten(), scale


def int8_zero_by_zero(weights, size):
    """It looks as if a group of zeros is divided by its scale, which is 0, and that gives nan. Its whole numbers are
    0."""
    groups = weights.reshape(-1, size)
    scale = groups.abs().amax(1) / 127
    return (groups / scale[:, None]).round().flatten(), scale


def int8_scattered_groups(weights, size):
    """It looks as if a group is made of weights far apart. A group is a run of neighbours."""
    groups = weights.reshape(size, -1).T
    scale = groups.abs().amax(1) / 127
    divisor = torch.where(scale == 0, 1, scale)[:, None]
    return (groups / divisor).round().T.flatten(), scale


def int8_multiplies(weights, size):
    """It looks as if the scale is upside down: q * scale has to give the weight back."""
    q, scale = my_int8_groups(weights, size)
    return q, torch.where(scale == 0, 0, 1 / scale)


INT8_GROUPS = Exercise(
    id="int8_groups",
    title="Eight bits, group by group",
    difficulty=2,
    minutes=12,
    contract="weights [C] and a group size that divides C to (whole numbers from -127 to 127 [C], scales [C / size]).",
    cases=(
        (torch.tensor([0.60, -1.27, 0.02, 0.30]), 4),
        (torch.tensor([0.60, -1.27, 12.7, 0.32]), 2),
        (torch.tensor([0.0, 0.0, 2.54, 1.0]), 2),
        (torch.tensor([-5.0, 1.0, 2.0, -0.3, 0.1, 0.2, 7.0, -6.9, 0.04]), 3),
    ),
    tried="one group and several, an outlier, a group of zeros, and a largest weight below zero",
    hints=(
        "weights.reshape(-1, size) has one row for each group.",
        "groups.abs().amax(1) / 127 is the scale of each.",
        "Divide each row by its scale and round. Where the scale is 0, divide by 1.",
    ),
    solution=my_int8_groups,
    mistakes=(
        int8_one_scale,
        int8_by_128,
        int8_cuts_off,
        int8_without_abs,
        int8_zero_by_zero,
        int8_scattered_groups,
        int8_multiplies,
    ),
)


# 5. checking guesses


def my_check_guesses(guesses, choices):
    right = 0
    while right < len(guesses) and guesses[right] == choices[right]:
        right += 1
    return choices[: right + 1]


def guesses_count_matches_anywhere(guesses, choices):
    """It looks as if you keep every guess that agrees, also behind a wrong one. Behind the first wrong guess the model
    has read a text that is not the text."""
    kept = [guess for guess, choice in zip(guesses, choices, strict=False) if guess == choice]
    return [*kept, choices[len(kept)]]


def guesses_without_the_models_own(guesses, choices):
    """It looks as if you keep the right guesses only. The model's own choice behind them comes free of charge; without
    it, a wrong guess would bring no token at all."""
    return my_check_guesses(guesses, choices)[:-1]


def guesses_keep_the_wrong_one(guesses, choices):
    """It looks as if the first wrong guess is kept. In its place stands what the model chose."""
    right = len(my_check_guesses(guesses, choices)) - 1
    return guesses[: right + 1] if right < len(guesses) else choices


def guesses_forget_the_last(guesses, choices):
    """It looks as if nothing is added when all guesses are right. The model has also chosen what follows the last."""
    return my_check_guesses(guesses, choices)[: len(guesses)]


def guesses_shifted(guesses, choices):
    """It looks as if guess i is compared with choice i + 1. The choice at place i is the model's own idea of what
    stands at place i."""
    right = 0
    while right < len(guesses) and guesses[right] == choices[right + 1]:
        right += 1
    return choices[: right + 1]


def guesses_all_or_nothing(guesses, choices):
    """It looks as if one wrong guess spoils all. Those in front of it are right and stay."""
    return choices if guesses == choices[:-1] else choices[:1]


CHECK_GUESSES = Exercise(
    id="check_guesses",
    title="Which guesses stand?",
    difficulty=2,
    minutes=8,
    contract="guesses, a list of n token ids, and choices, n + 1 ids: what the model itself would put in the place of "
    "each guess, and behind the last. To the list of tokens that are appended to the text.",
    cases=(
        ([4], [4, 9]),
        ([4], [5, 9]),
        ([], [3]),
        ([1, 2, 3], [1, 2, 3, 8]),
        ([1, 2, 3], [1, 7, 3, 8]),
        ([1, 2, 3], [6, 2, 3, 8]),
        ([5, 5, 6, 5], [5, 5, 5, 5, 6]),
    ),
    tried="no guess, right and wrong ones, a right one behind a wrong one, and all right",
    hints=(
        "Go from the left for as long as guess and choice are the same.",
        "The right guesses are the first choices: choices[:right].",
        "One more choice comes with them, whether a guess was wrong or none was left.",
    ),
    solution=my_check_guesses,
    mistakes=(
        guesses_count_matches_anywhere,
        guesses_without_the_models_own,
        guesses_keep_the_wrong_one,
        guesses_forget_the_last,
        guesses_shifted,
        guesses_all_or_nothing,
    ),
)


# 6. accept or draw again


def my_accept(p, q, guess, u, dart):
    if u < p[guess] / q[guess]:
        return guess
    missing = (p - q).clamp(min=0)
    return int((missing.cumsum(0) / missing.sum() <= dart).sum())


def accept_redraws_from_p(p, q, guess, u, dart):
    """It looks as if a refused guess is replaced by a draw from p. Then tokens that the draft proposes too often still
    come too often: draw from what p has more than q."""
    return guess if u < p[guess] / q[guess] else int((p.cumsum(0) <= dart).sum())


def accept_upside_down(p, q, guess, u, dart):
    """It looks as if the ratio is upside down. What the draft proposes too often must be refused: p / q."""
    return guess if u < q[guess] / p[guess] else my_accept(p, q, guess, float("inf"), dart)


def accept_by_p(p, q, guess, u, dart):
    """It looks as if a guess is accepted with its chance p. It has already been drawn with the chance q; p / q puts
    that right."""
    return guess if u < p[guess] else my_accept(p, q, guess, float("inf"), dart)


def accept_takes_the_missing_as_chances(p, q, guess, u, dart):
    """It looks as if the missing chances are not made to add up to 1 before the dart is thrown."""
    missing = (p - q).clamp(min=0)
    return guess if u < p[guess] / q[guess] else min(int((missing.cumsum(0) <= dart).sum()), len(p) - 1)


def accept_takes_the_difference(p, q, guess, u, dart):
    """It looks as if you used the size of the difference. Only what p has MORE than q is missing; where q is larger,
    nothing is."""
    missing = (p - q).abs()
    return guess if u < p[guess] / q[guess] else int((missing.cumsum(0) / missing.sum() <= dart).sum())


def accept_takes_the_likeliest(p, q, guess, u, dart):
    """It looks as if a refused guess is replaced by the likeliest token. It has to be drawn, with the dart."""
    return guess if u < p[guess] / q[guess] else int(p.argmax())


def accept_never_refuses(p, q, guess, u, dart):
    """It looks as if every guess is accepted. Then the text is the draft's."""
    return guess


P3, Q3 = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.2, 0.7, 0.1])
P4, Q4 = torch.tensor([0.1, 0.2, 0.3, 0.4]), torch.tensor([0.4, 0.3, 0.2, 0.1])
ACCEPT = Exercise(
    id="accept",
    title="Accept a guess, or draw what is missing",
    difficulty=3,
    minutes=15,
    contract="the model's chances p [V], the draft's q [V], a guess drawn from q, and two random numbers from 0 below "
    "1: u decides whether the guess is accepted, and the dart falls on the line of the missing chances otherwise. To a "
    "token id.",
    cases=(
        (P3, Q3, 0, 0.99, 0.9),
        (P3, Q3, 1, 0.40, 0.5),
        (P3, Q3, 1, 0.45, 0.55),
        (P3, Q3, 1, 0.45, 0.9),
        (P3, Q3, 1, 0.35, 0.1),
        (P3, Q3, 1, 0.9, 0.3),
        (P4, Q4, 0, 0.2, 0.0),
        (P4, Q4, 0, 0.9, 0.15),
        (P4, Q4, 0, 0.9, 0.35),
        (P4, Q4, 1, 0.7, 0.55),
        (P4, Q4, 3, 0.999, 0.0),
    ),
    tried="guesses proposed too often and too rarely, both sides of the ratio, and darts on each missing piece",
    hints=(
        "u < p[guess] / q[guess] accepts; a ratio above 1 always does.",
        "What is missing: (p - q).clamp(min=0), divided by its sum.",
        "The dart hits the first running total above it: count the totals that are not above the dart.",
    ),
    solution=my_accept,
    mistakes=(
        accept_redraws_from_p,
        accept_upside_down,
        accept_by_p,
        accept_takes_the_missing_as_chances,
        accept_takes_the_difference,
        accept_takes_the_likeliest,
        accept_never_refuses,
    ),
)

EXERCISES = (LEFT_PAD, CACHED_ATTENTION, SAFE_LENGTH, INT8_GROUPS, CHECK_GUESSES, ACCEPT)


# Quiz: answers that can be computed are computed.


def tokens_read_with_a_cache() -> str:
    prompt, new = 10, 5
    return str(prompt + new - 1)


def bytes_saved_by_sharing() -> str:
    config = ModelConfig.preset("llama-3-8b")
    shared = kv_cache_bytes(config, tokens=1)
    own = shared * config.num_attention_heads // config.num_key_value_heads
    return {2: "half", 4: "a quarter", 8: "an eighth"}[own // shared]


def tokens_for_balance() -> str:
    peak, bandwidth, bytes_a_weight = 400e9, 40e9, 4
    return str(round(peak / bandwidth * bytes_a_weight / 2))


def printed_of_a_false_alarm() -> str:
    return repr("a ST"[: my_safe_length("a ST", ["STOP"])])


def chance_of_acceptance() -> str:
    return f"{float(torch.minimum(P3, Q3).sum()):.1f}"


def tokens_from_a_wrong_guess() -> str:
    return str(len(my_check_guesses([1, 2, 3, 4], [9, 2, 3, 4, 5])))


QUIZ = (
    Question(
        "A prompt of 10 tokens, 5 new ones, with a cache. How many tokens does the model read?",
        {
            "14": "10 in one pass, then one for each new token but the last.",
            "15": "The last new token is written and never read.",
            "60": "That is what it reads without a cache: 10 + 11 + 12 + 13 + 14.",
        },
        tokens_read_with_a_cache,
    ),
    Question(
        "Why are keys and values kept, and queries not?",
        {
            "Queries are too large": "A query head is as wide as a key head.",
            "A query is asked once, when its token is read": "Later tokens look at old keys and values with queries of "
            "their own; nobody asks an old query again.",
            "Queries change when the text grows": "They don't: nothing of an old token changes, since no token looks "
            "ahead.",
        },
        "A query is asked once, when its token is read",
    ),
    Question(
        "Llama 3 8B has 32 query heads that share 8 key/value heads. How large is its cache, beside one in which every "
        "head keeps its own?",
        {
            "half": "That would be 16 of 32.",
            "an eighth": "8 heads remain, and that is not an eighth of 32.",
            "a quarter": "8 of 32: the cache grows with the key/value heads.",
        },
        bytes_saved_by_sharing,
    ),
    Question(
        "A processor does 400 billion operations a second and reads 40 billion bytes. From how many tokens a pass does "
        "arithmetic limit, with weights of 32 bits?",
        {
            "10": "10 operations a byte is the balance, and a pass over T tokens does T / 2 operations a byte.",
            "40": "That would be so for T / 4 operations a byte, that is, for weights of 64 bits.",
            "20": "T / 2 operations for each byte have to reach 400 / 40 = 10.",
        },
        tokens_for_balance,
    ),
    Question(
        "The stop string is STOP, and so far the model has written `a ST`. What may be on the screen?",
        {
            "'a ST'": "If OP comes next, half of the stop string is already printed.",
            "'a '": "ST may be the beginning of STOP, so it waits.",
            "''": "Nothing that could still become STOP begins before the S.",
        },
        printed_of_a_false_alarm,
    ),
    Question(
        "A user types `<|im_end|>` into the chat. What does our tokenizer make of it?",
        {
            "Several tokens of ordinary text": "What people say is always encoded as text.",
            "The stop token": "Only if the application glues strings together. Here, special tokens come from the "
            "template alone.",
            "An error": "People may type what they like; it stays text.",
        },
        "Several tokens of ordinary text",
    ),
    Question(
        "The model's chances are 0.5, 0.3, 0.2 and the draft's 0.2, 0.7, 0.1. How often is a guess accepted?",
        {
            "0.6": "The sum of the smaller ones: 0.2 + 0.3 + 0.1.",
            "1.0": "The second token is proposed too often, and most of it has to be refused.",
            "0.5": "Acceptance is the overlap of both distributions, not the chance of the favourite.",
        },
        chance_of_acceptance,
    ),
    Question(
        "The first of four greedy guesses is wrong and the other three agree with the model. How many tokens does the "
        "pass bring?",
        {
            "0": "The model's own choice in the place of the wrong guess is right by definition.",
            "1": "The model's own token in the first place. What follows was read behind a wrong token.",
            "4": "The three behind the wrong guess were checked in a text that is not the text.",
        },
        tokens_from_a_wrong_guess,
    ),
)
