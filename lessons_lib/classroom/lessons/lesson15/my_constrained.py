"""An exercise of lesson 15: a generator that cannot leave an expression, in the real model."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson15.expressions import EMPTY, NOTHING, byte, either, star, text, then
from lessons_lib.classroom.lessons.lesson15.my_derivative import my_derivative, nullable
from lessons_lib.classroom.real_model import real_model

derivative = my_derivative


def my_constrained(next_scores, tokens, ends, expression, most):
    known = {}

    def after(state, token):
        for value in token:
            if (state, value) not in known:
                known[state, value] = derivative(state, value)
            state = known[state, value]
            if state == NOTHING:
                break
        return state

    said = []
    while True:
        allowed = torch.zeros(len(tokens), dtype=torch.bool)
        for i, token in enumerate(tokens):
            if i in ends:
                allowed[i] = nullable(expression)
            elif token:
                allowed[i] = after(expression, token) != NOTHING
        best = int(next_scores(said).masked_fill(~allowed, float("-inf")).argmax())
        if best in ends:
            return said
        if len(said) == most:
            return None
        said.append(best)
        expression = after(expression, tokens[best])


def _run(
    next_scores,
    tokens,
    ends,
    expression,
    most,
    fill=float("-inf"),
    end="nullable",
    special=b"",
    whole=False,
    first=False,
    cut=None,
    with_end=False,
    nullable_first=True,
    advance=True,
    shortest=False,
):
    """The solution with the knobs that mistakes turn."""
    known = {}

    def step(state, value):
        if (state, value) not in known:
            derived = derivative(state, value)
            if not nullable_first and state[0] == "then":
                derived = then(derivative(state[1], value), state[2])
            known[state, value] = derived
        return known[state, value]

    def after(state, token):
        for value in token[:1] if first else token:
            state = step(state, value)
            if state == NOTHING:
                break
        return state

    said = []
    while True:
        allowed = torch.zeros(len(tokens), dtype=torch.bool)
        for i, token in enumerate(tokens):
            if i in ends:
                allowed[i] = {"nullable": nullable(expression), "always": True, "only": expression == EMPTY}[end]
            else:
                token = special if token is None else token
                rest = after(expression, token) if token else NOTHING
                allowed[i] = nullable(rest) if whole else rest != NOTHING
        if not allowed.any():
            return said
        if shortest and nullable(expression):
            return said
        scores = next_scores(said).masked_fill(~allowed, fill)
        best = int(scores.argmax())
        if best in ends:
            return [*said, best] if with_end else said
        if len(said) == most:
            return said if cut == "said" or (cut == "nullable" and nullable(expression)) else None
        said.append(best)
        if advance:
            expression = after(expression, tokens[best] or special)


def constrained_with_zeros(*given):
    """It looks as if forbidden scores become 0. Where the allowed ones are below 0, a forbidden token wins: minus
    infinity."""
    return _run(*given, fill=0.0)


def constrained_with_a_low_number(*given):
    """It looks as if forbidden scores become some low number. Where the allowed ones are lower still, a forbidden token
    wins: minus infinity."""
    return _run(*given, fill=-100.0)


def constrained_cut_where_it_may_end(*given):
    """It looks as if a text that `most` cuts is given out where it may end. The model must end it: behind the last id
    ask for the scores once more, and an end must be the best allowed token."""
    return _run(*given, cut="nullable")


def constrained_always_ends(*given):
    """It looks as if an end token may always come. It may come only where the text may end: nullable(state)."""
    return _run(*given, end="always")


def constrained_ends_when_it_must(*given):
    """It looks as if an end token may come only where nothing else can. It may come wherever the text may end:
    nullable(state)."""
    return _run(*given, end="only")


def constrained_ends_at_once(*given):
    """It looks as if the text ends as soon as it may. The model chooses, between an end token and going on."""
    return _run(*given, shortest=True)


def constrained_by_whole_tokens(*given):
    """It looks as if a token is allowed only where it finishes the whole text. It is allowed wherever something may
    still follow: what is left is not NOTHING."""
    return _run(*given, whole=True)


def constrained_by_first_bytes(*given):
    """It looks as if only the first byte of a token is looked at. All of its bytes must lead on, one after the
    other."""
    return _run(*given, first=True)


def constrained_with_special_tokens(*given):
    """It looks as if a token whose bytes are None may come. Those are special tokens: they write nothing that a text
    could hold, and are never allowed, apart from the end."""

    return _run(*given, special=given[1][0] or b"a")


def constrained_with_the_end(*given):
    """It looks as if the end token is given out. It ends the list and is not part of it."""
    return _run(*given, with_end=True)


def constrained_gives_half(*given):
    """It looks as if a text that is cut after `most` tokens is given out. Half a text is no text of the expression:
    None says so."""
    return _run(*given, cut="said")


def constrained_without_nullable(*given):
    """It looks as if the derivative of a sequence always takes the byte from its first part. Where that may be empty,
    the byte may belong to the second."""
    return _run(*given, nullable_first=False)


def constrained_stays_at_the_start(*given):
    """It looks as if the state never changes. After each token it is what is left behind the token's bytes."""
    return _run(*given, advance=False)


def _toy(name):
    """next_scores, tokens and ends of a small model: what it has said it would rather not say again."""
    tokens = [b"a", b"b", b"ab", b"ba", b" ", b"c", None, None, "é".encode()[:1], "é".encode(), "é".encode()[1:], None]
    rows = {
        "likes c": [-2.0, -3, -2.5, -2.6, -5, 4, -1.5, 3, 0.5, -3, -1.2, -9],
        "likes ab": [-2.0, -3, 2.5, -2.6, -5, 4, 5, -4, 0.5, 1, -1.2, -9],
        "likes to end": [1.0, 2, 0.5, 0.4, -5, 4, 5, 1.5, 2.5, 0.1, -1.2, -9],
        "is brief": [2.0, -3, 1, -2.6, -5, -6, -9, -9, -0.5, -0.4, -1.2, 3],
        "is far below 0": [-302.0, -303, -302.5, -302.6, -305, -296, -301.5, -297, -299.5, -303, -301.2, -309],
    }

    def next_scores(said):
        scores = torch.tensor(rows[name], dtype=torch.float64)
        if name == "likes ab":
            for token in said:
                scores[token] -= 6.0
        return scores

    return next_scores, tokens, {7, 11}


def generated(answer, model, prompt, expression, most):
    """What a learner's generator makes of a toy, or of the real model, whose text is shown."""
    if model != "SmolLM2":
        return answer(*_toy(model), expression, most)
    real, tokenizer = real_model()
    start = tokenizer.encode_chat([{"role": "user", "content": prompt}])
    tokens = list(tokenizer.encoder.tokens)
    ends = set(real.config.eos_token_id)

    def next_scores(said):
        with torch.inference_mode():
            return real(torch.tensor([start + list(said)]), logits_to_keep=1)[0, -1]

    said = answer(next_scores, tokens, ends, expression, most)
    return said if said is None else tokenizer.decode([int(i) for i in said])


DIGITS = star(byte(b"0123456789"))
DEGREES = then(either(text("-"), EMPTY), byte(b"0123456789"), DIGITS, either(text(" degrees"), EMPTY))
ASKED = "It is four degrees below zero in Oslo. What is the temperature?"
_a, _b = text("a"), text("b")
CONSTRAINED = Exercise(
    id="my_constrained",
    title="Your generator can't leave the grammar",
    difficulty=3,
    minutes=25,
    kind="build",
    contract="next_scores(ids), which gives the scores [V] of what follows the prompt and ids; tokens, the bytes of "
    "each id, None for special ones; ends, the set of ids that end a text; an expression; and most, to the list of "
    "ids, without the end, that greedy choice makes: each time the best token that the expression allows. An end token "
    "is allowed where the text may be over. Behind the last of most ids the scores are asked for once more: an end "
    "must be the best there, or the result is None.",
    cases=(
        ("likes c", "", text("ab"), 5),
        ("likes c", "", text("ab"), 2),
        ("likes c", "", text("ab"), 1),
        ("is far below 0", "", text("ab"), 5),
        ("likes ab", "", star(either(_a, _b)), 4),
        ("likes ab", "", then(text("ab"), star(text("é"))), 4),
        ("likes to end", "", then(star(_a), _b, _b), 6),
        ("is brief", "", then(_a, star(_a)), 3),
        ("is brief", "", then(text("aa"), star(_b)), 6),
        ("likes c", "", star(text("ab")), 3),
        ("likes ab", "", text("abababababab"), 3),
        ("SmolLM2", ASKED, DEGREES, 12),
    ),
    tried="toys that would rather say something else, end too early or never or just in time, and SmolLM2 asked for a "
    "temperature",
    hints=(
        "The state is an expression. A token's state is found by the derivatives of its bytes, one after the other.",
        "Of 49,152 tokens nearly all fail at their first byte: keep each (state, byte) in a dictionary.",
        "allowed is a row of truth values; masked_fill(~allowed, minus infinity), argmax, then the state behind it.",
    ),
    solution=my_constrained,
    harness=generated,
    real=1,
    mistakes=(
        constrained_with_zeros,
        constrained_with_a_low_number,
        constrained_cut_where_it_may_end,
        constrained_always_ends,
        constrained_ends_when_it_must,
        constrained_ends_at_once,
        constrained_by_whole_tokens,
        constrained_by_first_bytes,
        constrained_with_special_tokens,
        constrained_with_the_end,
        constrained_gives_half,
        constrained_without_nullable,
        constrained_stays_at_the_start,
    ),
)
