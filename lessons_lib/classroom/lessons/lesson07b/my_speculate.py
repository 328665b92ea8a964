"""The building exercise of lesson 07b: the learner's speculative loop around the real model."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson07b.shared import look_up
from lessons_lib.classroom.real_model import real_model
from lessons_lib.classroom.trials import Refused

V = 11  # tokens of the made-up model


def my_speculate(ids, n, read, guess):
    text, known = list(ids), 0  # of the text, the model has read the first `known` tokens
    while len(text) < len(ids) + n:
        guesses = guess(text)[: len(ids) + n - len(text) - 1]
        scores = read(text[known:] + guesses, known)
        best = scores.argmax(-1).tolist()[-len(guesses) - 1 :]  # in place of each guess, and behind
        right = 0
        while right < len(guesses) and guesses[right] == best[right]:
            right += 1
        text += best[: right + 1]
        known = len(text) - 1
    return text[len(ids) :]


def follows(text):
    """What the made-up model writes behind a text: it looks at all of it."""
    return (3 * text[-1] + sum(text) + len(text)) % V


def made_up_draft(name):
    """Guesses at what the made-up model would write, as good as the name says."""

    def guess(text):
        known, guesses = list(text), []
        for place in range(4):
            right = follows(known)
            wrong = name == "always wrong" or (name == "right twice, then wrong" and place == 2)
            guesses.append((right + 1) % V if wrong else right)
            known.append(right)
        return guesses if name != "never guesses" else []

    return guess


class Reader:
    """Reads behind a part of the text, as `read` of the contract does, and counts.

    Args:
        scores: takes the tokens kept and the new ones, and gives the scores of the new ones, [T, V].
        most: passes, after which the loop is taken for one without end.
    """

    def __init__(self, scores, most):
        self.scores, self.most, self.held, self.passes, self.tokens = scores, most, [], 0, 0

    def __call__(self, new, behind):
        new, behind = [int(token) for token in new], int(behind)
        if not new:
            raise Refused("read was called without a token: the newest token of the text is always unread")
        if not 0 <= behind <= len(self.held):
            raise Refused(f"read was told to read behind {behind} tokens, and only {len(self.held)} have been read")
        self.passes, self.tokens = self.passes + 1, self.tokens + len(new)
        if self.passes > self.most:
            raise Refused(f"after {self.passes - 1} passes your loop is not at its end: does each bring a token?")
        self.held = self.held[:behind] + new
        return self.scores(behind, new)


def made_up_scores(reader):
    def scores(behind, new):
        rows = [
            torch.nn.functional.one_hot(torch.tensor(follows(reader.held[: behind + n + 1])), V)
            for n in range(len(new))
        ]
        return torch.stack(rows).float()

    return scores


def real_scores():
    from lessons_lib.generation import KVCache, Runner

    model, _ = real_model()
    runner, cache = Runner(model), KVCache(model.config, max_length=512)

    def scores(behind, new):
        cache.truncate(behind)
        return runner(torch.tensor([new]), cache)[0]  # [T, V]

    return scores


def tried(answer, ids, n, draft):
    """New tokens, passes, and tokens read."""
    reader = Reader(None, 4 * n + 8)
    real = draft == "look-up"
    reader.scores = real_scores() if real else made_up_scores(reader)
    guess = (lambda text: look_up(list(text), 6)) if real else made_up_draft(draft)
    with torch.no_grad():
        return answer(list(ids), n, reader, guess), reader.passes, reader.tokens


def in_the_model(answer, prompt, n, draft):
    """What a learner's loop writes with a draft, and whether its passes are as few as they can be.

    Args:
        answer: a learner's function.
        prompt: a question to the real model, or ids for a made-up one.
        n: new tokens.
        draft: how well the guesses fit.
    """
    _, tokenizer = real_model() if isinstance(prompt, str) else (None, None)
    ids = tokenizer.encode_chat([{"role": "user", "content": prompt}]) if isinstance(prompt, str) else prompt
    new, passes, tokens = tried(answer, ids, n, draft)
    if new is None:
        return None
    _, least, enough = tried(my_speculate, ids, n, draft)
    said = "as few passes as it takes"
    if passes > least + 1:  # who reads the prompt alone first may take one more
        said = f"{passes} passes, where {least} are enough"
    elif tokens > enough + len(ids) + n:
        said = f"{tokens} tokens are read, where {enough} are enough"
    new = [int(token) for token in new]
    if tokenizer and all(0 <= token < tokenizer.vocab_size for token in new):
        return tokenizer.decode(new), said
    return new, said


def _speculate(
    ids, n, read, guess, check="first wrong", own=True, forget=True, cut=True, rows="last", again=False, alone=False
):
    """The loop with the knobs that mistakes turn."""
    text, known, end = list(ids), 0, len(ids) + n
    while len(text) < end:
        guesses = [] if alone and not known else guess(text)  # whether the prompt is read alone first
        guesses = guesses[: end - len(text) - 1] if cut else guesses
        unread = text[known:] + guesses
        best = read(unread, known).argmax(-1).tolist()
        best = best[-len(guesses) - 1 :] if rows == "last" else best[: len(guesses) + 1]
        right = 0
        while right < len(guesses) and guesses[right] == best[right]:
            right += 1
        if check == "nothing":
            new = [*guesses, best[-1]]
        elif check == "anywhere":
            kept = [g for g, b in zip(guesses, best, strict=False) if g == b]
            new = [*kept, best[len(kept)]]
        elif check == "keep the wrong one":
            new = guesses[: right + 1] if right < len(guesses) else best
        elif check == "all or nothing":
            new = best if right == len(guesses) else best[:1]
        elif check == "one":
            new = best[: min(right, 1) + 1]
        elif check == "no guess":
            new = best[:1]
        else:
            new = best[: right + 1] if own else (best[:right] or best[:1])
        text += new
        known = len(text) - 1 if forget else known + len(unread)
        if again:
            known = 0
    return text[len(ids) :]


def speculate_unchecked(ids, n, read, guess):
    """It looks as if all guesses stand. A guess stands only if the model itself would have put the same token there,
    and all in front of it were right."""
    return _speculate(ids, n, read, guess, check="nothing")


def speculate_anywhere(ids, n, read, guess):
    """It looks as if every guess that agrees stands, also behind a wrong one. What was read behind a wrong guess was
    read in a text that is not the text: stop at the first that differs."""
    return _speculate(ids, n, read, guess, check="anywhere")


def speculate_keeping_the_wrong(ids, n, read, guess):
    """It looks as if the first wrong guess is kept. In its place stands what the model chose."""
    return _speculate(ids, n, read, guess, check="keep the wrong one")


def speculate_keeping_the_wrong_later(ids, n, read, guess):
    """It looks as if the first wrong guess is kept. In its place stands what the model chose."""
    return _speculate(ids, n, read, guess, check="keep the wrong one", alone=True)


def speculate_unchecked_later(ids, n, read, guess):
    """It looks as if all guesses stand. A guess stands only if the model itself would have put the same token there,
    and all in front of it were right."""
    return _speculate(ids, n, read, guess, check="nothing", alone=True)


def speculate_all_or_nothing(ids, n, read, guess):
    """The text is right. It looks as if one wrong guess throws all away: those in front of it are right, and stay."""
    return _speculate(ids, n, read, guess, check="all or nothing")


def speculate_one_at_a_time(ids, n, read, guess):
    """The text is right. It looks as if at most one guess of a pass is used: go on for as long as guess and choice
    agree."""
    return _speculate(ids, n, read, guess, check="one")


def speculate_without_guesses(ids, n, read, guess):
    """The text is right, and no guess is used: each pass brings one token. Compare the guesses with the model's
    choices, and append those that agree, too."""
    return _speculate(ids, n, read, guess, check="no guess")


def speculate_without_the_models_own(ids, n, read, guess):
    """The text is right. It looks as if the model's own token is appended only where no guess is right. It comes with
    every pass, behind the right guesses."""
    return _speculate(ids, n, read, guess, own=False)


def speculate_without_forgetting(ids, n, read, guess):
    """It looks as if the model reads on behind guesses that were wrong. Read on behind what stands: all of the text
    but its newest token, which no pass has read."""
    return _speculate(ids, n, read, guess, forget=False)


def speculate_too_far(ids, n, read, guess):
    """There are more than n new tokens. Cut the guesses, so that with the model's own token no more come than are
    wanted."""
    return _speculate(ids, n, read, guess, cut=False)


def speculate_from_the_first_rows(ids, n, read, guess):
    """It looks as if you compare the guesses with the first rows of the scores. In front of the guesses other tokens
    were unread, at first the whole prompt: the choices in place of the guesses are in the last rows, len(guesses) + 1
    of them."""
    return _speculate(ids, n, read, guess, rows="first")


def speculate_reading_all_again(ids, n, read, guess):
    """The text is right, and the model reads all of it in every pass. Hand over what it has not read, and say behind
    how many tokens."""
    return _speculate(ids, n, read, guess, again=True)


def speculate_with_the_prompt(ids, n, read, guess):
    """The prompt is in the answer too. Asked for are the new tokens alone."""
    return [*ids, *_speculate(ids, n, read, guess)]


SENTENCE = "The harbour was quiet, the boats lay on the sand, and the old man mended his nets."

MY_SPECULATE = Exercise(
    id="my_speculate",
    title="Your speculative loop around the real model",
    difficulty=3,
    minutes=25,
    kind="build",
    contract="ids, a list of at least one token number; n, how many new tokens are wanted; and two functions. "
    "guess(text) gives a list of guesses at what follows a list of tokens: none, a few, or more than are wanted. "
    "read(new, behind) lets the model read the list new, of at least one token, behind the first `behind` tokens of "
    "the text, which it must have read before; whatever it had read behind those is forgotten. It gives the scores "
    "[T, V] after each of the T new tokens. To a list of exactly n new tokens, the model's own greedy text. Each "
    "pass keeps all guesses in front of the first wrong one, and adds one token of the model's own; no token that "
    "stands is read twice.",
    cases=(
        ([3, 1, 4], 3, "never guesses"),
        ([3, 1, 4], 5, "always wrong"),
        ([3, 1, 4], 5, "always right"),
        ([3, 1, 4], 9, "right twice, then wrong"),
        ([7], 4, "right twice, then wrong"),
        ([5, 2], 1, "always right"),
        (f"Copy this sentence: {SENTENCE}", 16, "look-up"),
        ("What is a language model?", 8, "look-up"),
    ),
    tried="drafts that are never, always and sometimes right, on a made-up model and on SmolLM2: greedy's text, few "
    "passes",
    hints=(
        "Keep two things: the text, and how many of its tokens have been read, `known`. At the start that is 0.",
        "One pass: scores = read(text[known:] + guesses, known). The last len(guesses) + 1 rows hold the model's "
        "choices in place of each guess, and behind the last.",
        "Count the guesses that agree, from the left. Append so many of the choices and one more; then all but the "
        "newest token has been read.",
        "Before the pass, cut the guesses to what is still wanted, less the one token that comes in any case.",
    ),
    solution=my_speculate,
    harness=in_the_model,
    mistakes=(
        speculate_unchecked,
        speculate_anywhere,
        speculate_keeping_the_wrong,
        speculate_keeping_the_wrong_later,
        speculate_unchecked_later,
        speculate_all_or_nothing,
        speculate_one_at_a_time,
        speculate_without_guesses,
        speculate_without_the_models_own,
        speculate_without_forgetting,
        speculate_too_far,
        speculate_from_the_first_rows,
        speculate_reading_all_again,
        speculate_with_the_prompt,
    ),
)
