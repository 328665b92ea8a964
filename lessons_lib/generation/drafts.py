"""Drafts: cheap guesses at what comes next, for `speculate` to check."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from lessons_lib import arguments
from lessons_lib.config.states import STATES
from lessons_lib.generation.kv_cache import KVCache
from lessons_lib.generation.runner import Runner
from lessons_lib.generation.sampling import Sampler, draw, softmax
from lessons_lib.model import Transformer
from lessons_lib.parts import check_model


class Draft(Protocol):
    """What `speculate` asks of a draft."""

    vocab_size: int | None
    """That of the model which guesses; None where there is none."""

    def start(self, text: list[int], sampler: Sampler, generator: torch.Generator) -> None:
        """Begin a text. The list is the caller's and grows by what turns out right."""

    def propose(self, k: int) -> tuple[list[int], Tensor | None]:
        """Up to `k` guesses at what follows the text, and the probabilities [n, V] that each was drawn with.

        None in place of probabilities says that the guesses were not drawn: each was certain.
        """


class NGramDraft:
    """Guesses that what followed the last few tokens before will follow them again. It needs no model.

    Good where answers repeat their question: code that is edited, summaries, lists, names.

    Args:
        n: how many tokens at the end of the text are looked up; where they are new, one less, down to `shortest`.
        shortest: the fewest.

    Raises:
        ValueError: unless they are whole numbers and 1 <= shortest <= n.

    Example:
        >>> draft = NGramDraft()
        >>> draft.start([1, 2, 3, 4, 5, 1, 2, 3], Sampler(), torch.Generator())
        >>> draft.propose(3)
        ([4, 5, 1], None)

    Source: Saxena 2023, "Prompt Lookup Decoding".
    """

    vocab_size = None

    def __init__(self, n: int = 3, shortest: int = 2) -> None:
        n = arguments.whole("n", n, 1)
        shortest = arguments.whole("shortest", shortest, 1, n)
        self.sizes = range(n, shortest - 1, -1)

    def start(self, text: list[int], sampler: Sampler, generator: torch.Generator) -> None:
        """Begin a text and forget the last."""
        self._text, self._known = text, 0
        self._follows: dict[tuple[int, ...], int] = {}  # where the token stands that last followed these

    def propose(self, k: int) -> tuple[list[int], Tensor | None]:
        """Up to `k` tokens that followed the last occurrence of what the text ends in; none where all that is new."""
        text, follows = self._text, self._follows
        for end in range(self._known, len(text)):
            for size in self.sizes:
                if size <= end:
                    follows[tuple(text[end - size : end])] = end
        self._known = len(text)
        place = next((at for size in self.sizes if (at := follows.get(tuple(text[-size:])))), None)
        if place is None:
            return [], None
        guesses: list[int] = []
        for at in range(place, place + k):  # a text that repeats itself goes on in its own guesses
            guesses.append(text[at] if at < len(text) else guesses[at - len(text)])
        return guesses, None


class ModelDraft:
    """Lets a smaller model guess: any `Transformer` with the same vocabulary, such as a quantised copy.

    Args:
        model: the smaller model.

    Raises:
        ValueError: for a model whose layers keep a state.

    Source: Leviathan et al. 2023, "Fast Inference from Transformers via Speculative Decoding", section 2.1.
    """

    def __init__(self, model: Transformer) -> None:
        check_model(model)
        check_no_state(model, "model")
        self.model, self.vocab_size = model, model.config.vocab_size

    def start(self, text: list[int], sampler: Sampler, generator: torch.Generator) -> None:
        """Begin a text; guesses are drawn with its settings and from the same source of randomness."""
        self._text, self._sampler, self._generator = text, sampler, generator
        self._runner, self._cache = Runner(self.model), KVCache.of(self.model)
        self._guesses: list[int] = []
        self._asked = len(text)  # how long the text was when these were made

    def propose(self, k: int) -> tuple[list[int], Tensor | None]:
        """Go on from where the last guesses were right, and make `k` new ones, one pass each."""
        text = self._text
        right = 0
        for guess, token in zip(self._guesses, text[self._asked :], strict=False):
            if guess != token:
                break
            right += 1
        self._cache.truncate(min(self._cache.length, self._asked + right))
        self._guesses, self._asked = [], len(text)
        k = min(k, self.model.config.max_position_embeddings - len(text))
        unread, probabilities = text[self._cache.length :], []
        for _ in range(k):
            logits = self._runner(torch.tensor([unread]), self._cache, logits_to_keep=1)[:, -1]  # [1, V]
            seen = torch.tensor([text + self._guesses]) if self._sampler.reads_text else None
            if self._sampler.greedy:
                unread = self._sampler(logits, seen).tolist()
            else:
                probabilities.append(softmax(self._sampler.scores(logits, seen)))
                unread = draw(probabilities[-1], [self._generator]).tolist()
            self._guesses += unread
        return self._guesses, torch.cat(probabilities) if probabilities else None  # [n, V]


def check_no_state(model: Transformer, name: str) -> None:
    """Raise ValueError for a model that can't go back to before a wrong guess."""
    kinds = [kind for kind in STATES if kind in model.config.layer_types]
    if kinds:
        rule = "one without: a state can't be cut back behind a wrong guess"
        raise ValueError(f"{name}: got one with layers of type {', '.join(kinds)}, allowed {rule}")
