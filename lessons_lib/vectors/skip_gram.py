"""The compiled steps of word2vec, for one thread: sums are taken in a fixed order, so results are the same anywhere."""

from __future__ import annotations

import math

import numpy as np

from lessons_lib.compiling import compiled

REACH = 8  # beyond this the sigmoid is 0 or 1 to three digits
SLOTS = 512  # of the sigmoid table, for each unit
MULTIPLIER = np.uint64(6364136223846793005)
INCREMENT = np.uint64(1442695040888963407)
HIGH = np.uint64(32)  # the low bits of such a generator are poor, the high ones good


def random_state(seed: int) -> np.ndarray:
    """The first state of the random numbers, [1] uint64; `train` moves it on."""
    return np.random.SeedSequence(seed).generate_state(1, np.uint64)


def sigmoid_table() -> np.ndarray:
    """1 / (1 + exp(-x)) for x from -REACH to REACH, rounded to a millionth."""
    steps = range(-REACH * SLOTS, REACH * SLOTS + 1)
    return np.array([round(1 / (1 + math.exp(-step / SLOTS)), 6) for step in steps], np.float32)


@compiled()
def train(tokens, vectors, contexts, keep, noise, sigmoid, window, negative, rate, random):
    """Read one part of the text, word by word.

    Args:
        tokens: [tokens] int32, rows of `vectors`, negative behind each sentence.
        vectors, contexts: [V, C] float32, changed in place.
        keep: [V] int64, the chance of each word to be read, in parts of 2**32.
        noise: [slots] int32, words to set against the real neighbours; a power of two of them.
        sigmoid: from `sigmoid_table`.
        window, negative: as in `train_word2vec`.
        rate: float32, the learning rate.
        random: [1] uint64, from `random_state`; changed in place.
    """
    state = random[0]
    text = np.empty_like(tokens)
    length = 0
    for word in tokens:
        if word >= 0:
            state = state * MULTIPLIER + INCREMENT
            if np.int64(state >> HIGH) >= keep[word]:
                continue
        text[length] = word
        length += 1
    targets = np.empty(negative + 1, np.int32)
    for place in range(length):
        if text[place] < 0:
            continue
        state = state * MULTIPLIER + INCREMENT
        reach = 1 + np.int64(state >> HIGH) % window
        for step in (-1, 1):
            for distance in range(1, reach + 1):
                other = place + step * distance
                if other < 0 or other >= length or text[other] < 0:
                    break
                targets[0] = text[other]
                count = 1
                for _ in range(negative):
                    state = state * MULTIPLIER + INCREMENT
                    drawn = noise[np.int64(state >> HIGH) & (len(noise) - 1)]
                    if drawn != targets[0]:
                        targets[count] = drawn
                        count += 1
                train_pair(vectors, contexts, text[place], targets[:count], sigmoid, rate)
    random[0] = state


@compiled()
def train_pair(vectors, contexts, word, targets, sigmoid, rate):
    """One step: the word's vector moves towards the context vector of targets[0], away from those of the others.

    With v the word's vector and u a target's, the loss is -log sigmoid(u v) for the real neighbour and
    -log sigmoid(-u v) for the others; both move against its gradient.
    """
    vector = vectors[word]
    change = np.zeros_like(vector)
    for number, target in enumerate(targets):
        context = contexts[target]
        wanted = np.float32(1 if number == 0 else 0)
        error = rate * (wanted - _look_up(sigmoid, _dot(vector, context)))
        for i in range(len(vector)):
            change[i] += error * context[i]
            context[i] += error * vector[i]
    for i in range(len(vector)):
        vector[i] += change[i]


@compiled(inline="always")
def _look_up(sigmoid, x):
    x = min(max(x, np.float32(-REACH)), np.float32(REACH))
    return sigmoid[np.int64(np.rint((x + REACH) * SLOTS))]


@compiled(inline="always")
def _dot(x, y):
    total = np.float32(0)
    for i in range(len(x)):
        total += x[i] * y[i]
    return total
