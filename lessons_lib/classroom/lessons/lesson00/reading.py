"""What lesson 00 asks the real model. The lessons that follow open each of these functions."""

import random
from collections import Counter
from collections.abc import Callable
from itertools import accumulate, chain, pairwise

import torch

from lessons_lib.generation import Chat, Sampler
from lessons_lib.model import Transformer
from lessons_lib.tokenizer import Tokenizer


def next_tokens(model: Transformer, tokenizer: Tokenizer, text: str, count: int = 10) -> list[tuple[str, float]]:
    """The likeliest tokens to follow a text, each with its chance, the likeliest first; ␣ stands for a space."""
    chances, tokens = _chances(model, tokenizer, text).topk(count)
    pieces = [tokenizer.decode([token]).replace(" ", "␣").replace("\n", "⏎") for token in tokens.tolist()]
    return list(zip(pieces, chances.tolist(), strict=True))


def chance_of(model: Transformer, tokenizer: Tokenizer, text: str, token: str) -> float:
    """The chance that a token follows a text.

    Raises:
        ValueError: if `token` is not one token.
    """
    ids = tokenizer.encode(token)
    if len(ids) != 1:
        raise ValueError(f"token: got {token!r}, which is {len(ids)} tokens, allowed one")
    return _chances(model, tokenizer, text)[ids[0]].item()


def ask(model: Transformer, tokenizer: Tokenizer, question: str, *, tokens: int = 40, seed: int | None = None) -> str:
    """The beginning of the model's answer in a new conversation, on one line.

    Args:
        model: one that was trained on conversations.
        tokenizer: its tokenizer.
        question: what is said.
        tokens: how many tokens of the answer, at most.
        seed: for a choice by chance; without it, the likeliest token is taken each time.
    """
    sampler = Sampler(temperature=0.0) if seed is None else Sampler(temperature=1.0, seed=seed)
    answer = "".join(Chat(model, tokenizer, sampler=sampler, max_new_tokens=tokens).say(question))
    return " ".join(answer.split())


def words_guessed(model: Transformer, tokenizer: Tokenizer, text: str, back: int | None = None) -> int:
    """How many words of a text the model would have written itself, given the words before.

    A word counts if each of its tokens was the likeliest. The first word has nothing before it and does not count.

    Args:
        back: how many of the words before the model sees; all by default.
    """
    words = text.split()
    if back is None:
        return sum(_guessed(model, tokenizer, [words])[0][1:])
    seen = [words[max(0, place - back) : place + 1] for place in range(1, len(words))]
    return sum(guesses[-1] for guesses in _guessed(model, tokenizer, seen))


def _guessed(model: Transformer, tokenizer: Tokenizer, texts: list[list[str]]) -> list[list[bool]]:
    """For each word of texts, whether its tokens were the likeliest."""
    pieces = [[tokenizer.encode(" " * (place > 0) + word) for place, word in enumerate(text)] for text in texts]
    ids = [list(chain(*words)) for words in pieces]
    longest = max(map(len, ids))
    padded = torch.tensor([row + [0] * (longest - len(row)) for row in ids])  # what stands behind is not seen
    with torch.no_grad():
        favourites = model(padded).argmax(-1).tolist()
    guesses = []
    for words, row, said in zip(pieces, ids, favourites, strict=True):
        ends = list(accumulate(map(len, words)))
        starts = [0, *ends[:-1]]
        guesses.append(
            [start > 0 and said[start - 1 : end - 1] == row[start:end] for start, end in zip(starts, ends, strict=True)]
        )
    return guesses


def words_counted(source: str, text: str) -> int:
    """How many words of a text are the most frequent follower, in another text, of the word before.

    Of followers that are equally frequent, the first that occurs is taken.
    """
    favourite = {}
    for (before, after), count in Counter(pairwise(source.split())).items():
        if count > favourite.get(before, (0, ""))[0]:
            favourite[before] = count, after
    return sum(favourite.get(before, (0, None))[1] == after for before, after in pairwise(text.split()))


def write(next_words: Callable, source: str, word: str, *, count: int = 20, seed: int = 0) -> str:
    """What a model that counts writes, each word chosen by chance; it stops early where nothing follows.

    Args:
        next_words: maps a text and a word to a dict of the words that follow it, with their chances.
        source: the text in which it counts, of which the beginning is taken.
        word: the first word.
        count: how many words, at most.
        seed: of the choice.
    """
    draw, written = random.Random(seed), [word]
    while len(written) < count and (chances := next_words(source[:20_000], written[-1])):
        written += draw.choices(list(chances), list(chances.values()))
    return " ".join(written)


def _chances(model: Transformer, tokenizer: Tokenizer, text: str) -> torch.Tensor:
    """[V], the chance of each token to follow the text."""
    with torch.no_grad():
        return model(torch.tensor([tokenizer.encode(text)]), logits_to_keep=1)[0, -1].softmax(-1)
