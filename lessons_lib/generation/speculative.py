"""Speculative decoding: guess several tokens cheaply, let the model check them all in one pass.

A pass over a few tokens takes hardly longer than a pass over one, for both read all weights once. So each guess that
turns out right saves a pass. The text is the model's own in any case: what a wrong guess costs is time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Unpack

import torch
from torch import Tensor

from lessons_lib import arguments
from lessons_lib.generation.batch import row_of
from lessons_lib.generation.constraint import Constraint
from lessons_lib.generation.drafts import Draft, check_no_state
from lessons_lib.generation.kv_cache import SPARE, KVCache
from lessons_lib.generation.prompt_cache import PromptCache
from lessons_lib.generation.request import Request
from lessons_lib.generation.runner import Runner
from lessons_lib.generation.running_request import RunningRequest
from lessons_lib.generation.sampling import Sampler, SamplerSettings, draw, softmax
from lessons_lib.model import Transformer

if TYPE_CHECKING:
    from lessons_lib.tokenizer import Tokenizer


def speculate(
    model: Transformer,
    token_ids: Sequence[int],
    draft: Draft,
    max_new_tokens: int = 128,
    *,
    stop_token_ids: Sequence[int] | None = None,
    cache: PromptCache | None = None,
    k: int = 8,
    tokenizer: Tokenizer | None = None,
    constraint: Constraint | None = None,
    **settings: Unpack[SamplerSettings],
) -> Speculation:
    """Continue a text as `generate` does, with fewer passes through the model.

    Greedy, the ids are those of `generate`. Sampled, they are other draws from the same distribution.

    Args:
        draft: makes the guesses: `NGramDraft()` or `ModelDraft(small_model)`.
        k: the most guesses a pass, from 1 to 32. How many are made adapts to how many were right.
        constraint: as in `generate`. The draft does not know it: where it guesses what is not allowed, it is wrong.
        The rest as in `generate`.

    Returns:
        An iterator of new token ids, which also counts guesses and passes.

    Raises:
        ValueError: at once, as in `generate`, and for a `k` that is out of range or a model whose layers keep a state.
        LogitsError: later, if the scores of either model are not a distribution.
        ConstraintError: at the end, if the text was cut before its constraint let it end.

    Source: Leviathan et al. 2023, "Fast Inference from Transformers via Speculative Decoding", algorithm 1.
    """
    k = arguments.whole("k", k, 1, SPARE)
    sampler = Sampler(**settings)
    request = Request(token_ids, max_new_tokens, sampler, stop_token_ids, constraint=constraint)
    row = row_of(model, request, tokenizer, cache)
    check_no_state(model, "model")
    if isinstance(draft, type) or not hasattr(draft, "propose"):
        rule = "NGramDraft(), ModelDraft(small_model) or another Draft"
        raise ValueError(f"draft: got {arguments.described(draft)}, allowed {rule}")
    if draft.vocab_size not in (None, model.config.vocab_size):
        raise ValueError(f"draft: got a vocabulary of {draft.vocab_size}, allowed {model.config.vocab_size}")
    return Speculation(model, row, draft, k, cache)


class Speculation(Iterator[int]):
    """The new token ids of `speculate`, and how well the guessing goes.

    Attributes:
        proposed: guesses made so far.
        accepted: how many of them were right.
        passes: passes through the model, the reading of the prompt included.
    """

    def __init__(
        self, model: Transformer, row: RunningRequest, draft: Draft, k: int, cache: PromptCache | None
    ) -> None:
        self.proposed = self.accepted = self.passes = 0
        self._model = model
        self._row = row
        self._draft = draft
        self._most = k
        self._prompt_cache = cache
        self._text = row.ids
        self._sampler = row.sampler
        self._generator = torch.Generator()
        seed = row.sampler.seed
        self._generator.seed() if seed is None else self._generator.manual_seed(seed)
        self._tokens = self._run()

    def __next__(self) -> int:
        return next(self._tokens)

    def _run(self) -> Iterator[int]:
        text = self._text
        last = self._row.last
        k = self._most
        guide = self._row.guide
        runner = Runner(self._model)
        cache = self._start()
        self._draft.start(text, self._row.request.sampler, self._generator)
        while len(text) < last and not (guide and guide.must_end):
            guesses, chances = self._draft.propose(min(k, last - len(text) - 1))
            unread = torch.tensor([text[cache.length :] + guesses])  # [1, T]
            logits = runner(unread, cache, logits_to_keep=len(guesses) + 1)[0]  # [n + 1, V]
            self._row.only_tokens(logits)
            right, token = self._check(logits, guesses, chances)
            new = [*guesses[:right], token]
            text += new
            cache.truncate(len(text) - 1)  # forget what was read behind the right guesses
            self.passes += 1
            self.proposed += len(guesses)
            self.accepted += right
            if guesses:  # all were right: dare twice as many; else as many as were right and one more
                k = min(2 * k, self._most) if right == len(guesses) else right + 1
            for token in new:
                if token in self._row.ends:
                    return
                if guide:
                    if guide.must_end:
                        return
                    guide.add(token)
                yield token
            if self._prompt_cache is not None:
                self._prompt_cache.check_owner(text)
        cut = self._row.cut()
        if cut:
            raise cut

    def _start(self) -> KVCache:
        if self._prompt_cache is None:
            return KVCache.of(self._model, 1, self._row.last)
        self._prompt_cache.start(self._text)
        return self._prompt_cache.cache

    def _check(self, logits: Tensor, guesses: list[int], chances: Tensor | None) -> tuple[int, int]:
        """How many of the guesses are right, and the model's own token behind those."""
        for i, guess in enumerate(guesses):
            row = logits[i : i + 1]  # [1, V]
            seen = self._look(guesses[:i])
            if self._sampler.greedy:
                token = int(self._sampler(row, seen))
            else:
                chance = None if chances is None else chances[i]  # [V]
                token = accept_or_redraw(softmax(self._sampler.scores(row, seen))[0], guess, chance, self._generator)
            if token != guess:
                return i, token
        row = logits[-1:]
        seen = self._look(guesses)
        if self._sampler.greedy:
            return len(guesses), int(self._sampler(row, seen))
        return len(guesses), int(draw(softmax(self._sampler.scores(row, seen)), [self._generator]))

    def _look(self, guesses: list[int]) -> Tensor | None:
        """Stand behind the guesses. The text so far [1, T], where the sampler asks for it."""
        if self._row.guide:
            self._row.guide.guess(guesses)
        return torch.tensor([self._text + guesses]) if self._sampler.reads_text else None


def accept_or_redraw(p: Tensor, guess: int, q: Tensor | None, generator: torch.Generator) -> int:
    """Turn a guess drawn from `q` into a token drawn from `p`.

    The guess is kept with probability `p / q`, at most 1. Else a token is drawn from what `p` has more than `q`. What
    both rules give together is exactly `p`.

    Args:
        p: [V], what the model thinks.
        guess: the token that was drawn from `q`.
        q: [V], what the draft thinks; None where it was certain of its guess.
        generator: source of randomness.

    Returns:
        A token id. It equals the guess only if the guess was kept.

    Source: Leviathan et al. 2023, section 2.3 and appendix A.1.
    """
    kept = p[guess] if q is None else p[guess] / q[guess]
    if torch.rand((), generator=generator, dtype=torch.float64) < kept:
        return guess
    if q is None:
        rest = p.clone()  # [V]
        rest[guess] = 0
    else:
        rest = (p - q).clamp(min=0)  # [V]
    if not rest.any():  # p and q differ in their last digits only
        rest = p
    return int(draw(rest[None], [generator]))
