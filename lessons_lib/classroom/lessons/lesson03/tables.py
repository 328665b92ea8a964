"""What lesson 03 measures with, and its vectors: the words that are one token of SmolLM2, with their rows."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np

from lessons_lib.classroom.real_model import real_model
from lessons_lib.vectors import WordVectors, analogy_pairs, cosine_similarity, load_glove

PEOPLE = {  # from masculine to feminine, from young to old, from common to royal
    "boy": (1, 2, 0),
    "girl": (9, 2, 0),
    "man": (1, 7, 0),
    "woman": (9, 7, 0),
    "prince": (1, 2, 9),
    "princess": (9, 2, 9),
    "king": (1, 7, 9),
    "queen": (9, 7, 9),
}


@cache
def single_token(word: str) -> int | None:
    """SmolLM2's id of a word inside a sentence, with a capital if it needs one; None if it is cut in pieces."""
    tokenizer = real_model()[1]
    for form in (f" {word}", f" {word.capitalize()}"):
        if len(ids := tokenizer.encode(form)) == 1:
            return ids[0]
    return None


@cache
def smollm2_words() -> WordVectors:
    """The words of GloVe that are one token of SmolLM2, in the same order, with their rows of its embedding matrix."""
    ids = {word: found for word in load_glove().index_to_key if (found := single_token(word)) is not None}
    table = real_model()[0].model.embed_tokens.weight.detach().numpy()  # [V, C]
    return WordVectors(list(ids), table[list(ids.values())])


@cache
def smollm2_tokens() -> WordVectors:
    """All tokens of SmolLM2 with their rows of its embedding matrix.

    A token is written as the lesson does, a space as ␣; one that is no whole text, as its bytes."""
    model, tokenizer = real_model()
    table = model.model.embed_tokens.weight.detach().numpy()  # [V, C]
    texts = [tokenizer.decode([token]).replace(" ", "␣") for token in range(len(table))]
    names = [str(tokenizer.token_bytes(token)) if "�" in text else text for token, text in enumerate(texts)]
    return WordVectors(names, table)


def spread_out(points: np.ndarray, count: int) -> np.ndarray:
    """Points [N, C] seen along the `count` directions in which they spread most: [N, count].

    Principal component analysis. A direction has two signs; the one is taken whose largest number is positive.
    """
    centred = points.astype(np.float64) - points.mean(0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    largest = np.abs(directions).argmax(1)
    signs = np.sign(directions[range(len(directions)), largest])
    return centred @ (directions * signs[:, None])[:count].T


def a_turn(size: int) -> np.ndarray:
    """A matrix [size, size] that turns all vectors together, at random: no length and no angle changes."""
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(size, size)))
    turn[:, 0] *= np.sign(np.linalg.det(turn))  # a turn, and not a mirror
    return turn


def usual_cosine(rows: np.ndarray) -> float:
    """The mean cosine of two random rows: 300 of them, each with 300 others."""
    some = rows[np.random.default_rng(0).integers(len(rows), size=(2, 300))]  # [2, 300, C]
    return float(cosine_similarity(*some).mean())


def gap_of_kinds(word: str, beginnings: Sequence[str]) -> np.ndarray:
    """How much more alike a word is at the end of two sentences of one kind than of two kinds: [1 + layers].

    Args:
        word: stands last in each.
        beginnings: four, of which the first two are of one kind and the last two of another.
    """
    states = np.stack([last_states(f"{text} {word}") for text in beginnings], 1)  # [1 + layers, 4, C]
    likeness = np.stack([cosine_similarity(each, each) for each in states])  # [1 + layers, 4, 4]
    return likeness[:, [0, 2], [1, 3]].mean(1) - likeness[:, :2, 2:].mean((1, 2))


def partner_wins(far: Callable[[str, str], float]) -> float:
    """How often a word's partner is nearer to it than a word of another pair.

    Of the capitals, the family and the opposites, the pairs are taken whose words are single tokens of SmolLM2.

    Args:
        far: how far apart two words are.
    """
    relations = analogy_pairs()
    pairs = [pair for name in ("capitals", "family", "opposites") for pair in relations[name]]
    pairs = [pair for pair in pairs if all(single_token(word) is not None for word in pair)]
    trials = [(a, b, c) for a, b in pairs for other in pairs if other != (a, b) for c in other]
    return sum(far(a, b) < far(a, c) for a, b, c in trials) / len(trials)


def lazy_rate(words: WordVectors, pairs: Sequence[tuple[str, str]]) -> float:
    """How often d is the nearest neighbour of c, a and b left out, over all questions a : b = c : d of some pairs."""
    near = {pair: [word for word, _ in words.most_similar(pair[0], topn=3)] for pair in pairs}
    right = [
        next(word for word in near[c, d] if word not in (a, b)) == d
        for a, b in pairs
        for c, d in pairs
        if (a, b) != (c, d)
    ]
    return sum(right) / len(right)


def steps_alike(words: WordVectors, pairs: Sequence[tuple[str, str]]) -> float:
    """The mean cosine between the steps of two pairs, from a word to its partner, all words scaled to length 1."""
    ends = [words[list(side)] for side in zip(*pairs, strict=True)]  # twice [P, C]
    start, end = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in ends)
    cosines = cosine_similarity(end - start, end - start)  # [P, P]
    return float(cosines[~np.eye(len(pairs), dtype=bool)].mean())  # without each step's cosine with itself


def two_worlds_text(worlds: Mapping[str, Sequence[str]], random: np.random.Generator) -> list[list[str]]:
    """150 lines of each world, in turn: four times one of the two articles and a word of the world."""
    sides = [(["the", "a"], list(world)) for world in worlds.values()]
    return [[str(random.choice(side[i % 2])) for i in range(8)] for side in sides * 150]


def last_states(text: str) -> np.ndarray:
    """The vector of the last token in SmolLM2: its row, then what each layer makes of it: [1 + layers, C]."""
    import torch

    model, tokenizer = real_model()
    ids = torch.tensor([tokenizer.encode(text)])
    kept = [model.model.embed_tokens(ids)[0, -1]]
    hooks = [
        layer.register_forward_hook(lambda module, given, out: kept.append(out[0, -1])) for layer in model.model.layers
    ]
    with torch.no_grad():
        model(ids)
    for hook in hooks:
        hook.remove()
    return torch.stack(kept).detach().numpy()
