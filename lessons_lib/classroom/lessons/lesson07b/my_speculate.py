"""The building exercise of lesson 07b: the learner's speculative loop around the real model."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson07b.shared import look_up
from lessons_lib.classroom.lessons.lesson07b.speculate_mistakes import MISTAKES
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
    """Guesses at what the made-up model would write, as many and as good as the name says."""
    count = {"one right guess": 1, "twelve right guesses": 12}.get(name, 4)

    def guess(text):
        known, guesses = list(text), []
        for place in range(count):
            right = follows(known)
            wrong = name == "always wrong" or place == {"right twice, then wrong": 2, "wrong once": 1}.get(name)
            guesses.append((right + 1) % V if wrong else right)
            known.append(guesses[-1] if name == "wrong once" else right)  # that one goes on behind its own guess
        return guesses if name != "never guesses" else []

    return guess


class Reader:
    """Reads behind a part of the text, as `read` of the contract does, and counts passes and tokens read again.

    Args:
        scores: takes the tokens kept and the new ones, and gives the scores of the new ones, [T, V].
        most: passes, after which the loop is taken for one without end.
    """

    def __init__(self, scores, most):
        self.scores, self.most, self.held, self.passes, self.again = scores, most, [], 0, 0
        self.first = 0  # tokens of the first pass

    def __call__(self, new, behind):
        new, behind = [int(token) for token in new], int(behind)
        if not new:
            raise Refused("read was called without a token: the newest token of the text is always unread")
        if not 0 <= behind <= len(self.held):
            raise Refused(f"read was told to read behind {behind} tokens, and only {len(self.held)} have been read")
        self.passes += 1
        self.first = self.first or len(new)
        known = [old == token for old, token in zip(self.held[behind:], new, strict=False)]
        self.again += [*known, False].index(False)  # behind the first that differs the text is another
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
    """New tokens, passes, tokens that were read a second time, and whether the first pass read the prompt alone."""
    reader = Reader(None, 4 * n + 8)
    real = draft == "look-up"
    reader.scores = real_scores() if real else made_up_scores(reader)
    guess = (lambda text: look_up(list(text), 6)) if real else made_up_draft(draft)
    given = list(ids)
    with torch.no_grad():
        new = answer(given, n, reader, guess)
    if given != list(ids):
        raise Refused("your function changes the list `ids` that it is given: work on a copy, such as list(ids)")
    return new, reader.passes, reader.again, reader.first <= len(ids)


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
    new, passes, again, alone = tried(answer, ids, n, draft)
    if new is None:
        return None
    right, least, *_ = tried(my_speculate, ids, n, draft)
    new, said = [int(token) for token in new], "as few passes as it takes"
    if passes > least + alone:
        said = f"{passes} passes, where {least} would do"
    elif again and new == right:
        said = f"{again} token{'s' * (again > 1)} read a second time"
    if tokenizer and all(0 <= token < tokenizer.vocab_size for token in new):
        return tokenizer.decode(new), said
    return new, said


SENTENCE = "The harbour was quiet, the boats lay on the sand, and the old man mended his nets."

MY_SPECULATE = Exercise(
    id="my_speculate",
    title="Your speculative loop around the real model",
    difficulty=3,
    minutes=30,
    kind="build",
    contract="ids, a list of at least one token number; n, how many new tokens are wanted; and two functions. "
    "guess(text) gives a list of guesses at what follows a list of tokens: none, a few, or more than are wanted. "
    "read(new, behind) lets the model read the list new, of at least one token, and gives the scores [T, V] after each "
    "of its T tokens; on paper it was read(['b', 'c', 'a'], 4). The first `behind` tokens of the text must have been "
    "read before; what was read behind those is forgotten. To a list of exactly n new tokens, the model's own greedy "
    "text. Each pass keeps all guesses in front of the first wrong one, and adds one token of the model's own; no "
    "token that stands is read twice.",
    cases=(
        ([3, 1, 4], 3, "never guesses"),
        ([3, 1, 4], 5, "always wrong"),
        ([3, 1, 4], 5, "always right"),
        ([3, 1, 4], 9, "right twice, then wrong"),
        ([3, 1, 4], 7, "wrong once"),
        ([7], 4, "right twice, then wrong"),
        ([5, 2], 1, "always right"),
        ([3, 1, 4], 6, "one right guess"),
        ([3, 1, 4], 26, "twelve right guesses"),
        (f"Copy this sentence: {SENTENCE}", 16, "look-up"),
        ("What is a language model?", 8, "look-up"),
    ),
    tried="drafts that are never, always and sometimes right, with one guess or many, on a made-up model and on "
    "SmolLM2: greedy's text, few passes",
    hints=(
        "Keep two things: the text, and how many of its tokens have been read, `known`. At the start that is 0.",
        "One pass: scores = read(text[known:] + guesses, known). The last len(guesses) + 1 rows hold the model's "
        "choices in place of each guess, and behind the last.",
        "Count the guesses that agree, from the left. Append so many of the choices and one more; then all but the "
        "newest token has been read.",
        "The last pass may bring more than are wanted. Cut the new tokens to n; or cut the guesses, before the pass, "
        "to what is still wanted less the one token that comes in any case.",
    ),
    solution=my_speculate,
    real=2,
    harness=in_the_model,
    mistakes=MISTAKES,
)
