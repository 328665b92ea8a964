"""Groups of answers: each prompt is read once, and answered several times at random.

Training on answers of one's own needs many of them, and the probability of each token under the very distribution that
it was drawn from. Answers to one prompt share what was read of it, and an answer that has ended leaves the batch.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from lessons_lib import arguments
from lessons_lib.model import Transformer
from lessons_lib.parts import check_model, resting
from lessons_lib.training.losses import TrainingError

_WORTH_IT = 8  # answers leave the batch once an eighth of it has ended: each time, the others' cache is copied


class Answers(NamedTuple):
    """Answers to some prompts, N = prompts * num_generations, group by group.

    Attributes:
        tokens: the ids of each, with the end token if it came.
        ended: of each, whether it did; the others were cut.
        log_probs: [N, T] in nats, what the distribution that a token was drawn from gave it; 0 behind the answer.
        entropies: [N, T] in nats, of those distributions; 0 behind the answer.
    """

    tokens: list[list[int]]
    ended: list[bool]
    log_probs: Tensor
    entropies: Tensor


@torch.no_grad()
def sample_groups(
    model: Transformer,
    prompts: Sequence[Sequence[int]],
    num_generations: int = 1,
    *,
    max_completion_length: int = 256,
    temperature: float = 1.0,
    end: Collection[int] | None = None,
    seed: int = 0,
) -> Answers:
    """Answer each prompt several times, all of them together; the names are TRL's.

    Args:
        model: its dropout is off meanwhile.
        prompts: the ids of each, of any lengths.
        num_generations: answers to a prompt, which read it once.
        max_completion_length: the most tokens of an answer.
        temperature: what scores are divided by; 0 takes the likeliest token, and tells its probability at 1.
        end: tokens that end an answer; None for the model's own.
        seed: of all that is random; the same weights, prompts and seed give the same answers.

    Raises:
        ValueError: naming the argument, or the prompt that is empty or leaves no room for an answer.
        TrainingError: if the scores are no finite numbers.

    Example:
        >>> from lessons_lib import ModelConfig
        >>> model = Transformer(ModelConfig(vocab_size=50, hidden_size=16, intermediate_size=40, num_hidden_layers=2,
        ...                                 num_attention_heads=4))
        >>> answers = sample_groups(model, [[1, 2, 3], [4]], 2, max_completion_length=5, end=[])
        >>> [len(tokens) for tokens in answers.tokens]
        [5, 5, 5, 5]
    """
    check_model(model)
    groups = arguments.whole("num_generations", num_generations, 1)
    most = arguments.whole("max_completion_length", max_completion_length, 1)
    temperature = arguments.real("temperature", temperature, 0, 1e6, "0 to a million")
    prompts = [checked_prompt(f"prompts[{n}]", ids, model, most) for n, ids in enumerate(prompts)]
    if not prompts:
        raise ValueError("prompts: got none, allowed at least one")
    ends = torch.tensor(sorted(model.config.eos_token_id if end is None else end), dtype=torch.long)
    generator = torch.Generator().manual_seed(arguments.whole("seed", seed, 0))
    with resting(model):
        return _Sampling(model, prompts, groups, most).run(temperature, ends, generator)


def checked_prompt(name: str, ids: Sequence[int], model: Transformer, room: int) -> list[int]:
    """Take the ids of one prompt.

    Args:
        name: of the prompt, for errors.
        room: tokens of the answer that have to fit behind it.

    Raises:
        ValueError: if it has no token, or they don't fit into the model's context.
    """
    ids = arguments.token_ids(name, ids)
    most = model.config.max_position_embeddings - room
    if not 0 < len(ids) <= most:
        rule = f"the model's context less max_completion_length ({room})"
        raise ValueError(f"{name}: got {len(ids)} tokens, allowed 1 to {most}, {rule}")
    return ids


class _Sampling:
    """Answers under way: the cache has a row for each of `rows`, of which those that are `open` go on."""

    def __init__(self, model: Transformer, prompts: list[list[int]], groups: int, most: int) -> None:
        from lessons_lib.generation import KVCache, Runner  # takes seconds, and most runs sample nothing

        self.most, self.runner = most, Runner(model)
        longest = max(map(len, prompts))
        padding = torch.tensor([longest - len(ids) for ids in prompts])
        self.cache = KVCache.of(model, len(prompts), longest + most - 1)  # nobody reads the last token
        if padding.any():
            self.cache.padding = padding.to(self.cache.keys[0].device)
        read = torch.tensor([[0] * (longest - len(ids)) + ids for ids in prompts])  # [P, S]
        scores = self.runner(read, self.cache, logits_to_keep=1)[:, -1]  # [P, V]
        order = torch.arange(len(prompts)).repeat_interleave(groups)  # [N]
        if groups > 1:
            self.cache.select(order)
        self.scores = scores[order]  # [N, V]
        self.rows = torch.arange(len(order))
        self.open = torch.ones(len(order), dtype=torch.bool)

    def run(self, temperature: float, ends: Tensor, generator: torch.Generator) -> Answers:
        n = len(self.rows)
        tokens = torch.zeros(n, self.most, dtype=torch.long)
        log_probs, entropies = torch.zeros(n, self.most), torch.zeros(n, self.most)
        lengths, ended = torch.zeros(n, dtype=torch.long), torch.zeros(n, dtype=torch.bool)
        for t in range(self.most):
            token, log_prob, entropy = _draw(self.scores, temperature, generator)
            rows, token = self.rows[self.open], token[self.open]
            tokens[rows, t], log_probs[rows, t], entropies[rows, t] = token, log_prob[self.open], entropy[self.open]
            lengths[rows], ended[rows] = t + 1, torch.isin(token, ends)
            self.open = ~ended[self.rows]
            if not self.open.any() or t + 1 == self.most:
                break
            self._go_on(tokens[:, t])
        t = int(lengths.max())
        found = [row[:length] for row, length in zip(tokens.tolist(), lengths.tolist(), strict=True)]
        return Answers(found, ended.tolist(), log_probs[:, :t], entropies[:, :t])

    def _go_on(self, token: Tensor) -> None:
        """Read what was drawn, [N]; a row that has ended reads anything until it leaves."""
        if _WORTH_IT * int(self.open.sum()) <= (_WORTH_IT - 1) * len(self.rows):
            self.cache.select(self.open.nonzero()[:, 0])
            self.rows, self.open = self.rows[self.open], self.open[self.open]
        self.scores = self.runner(token[self.rows, None], self.cache, logits_to_keep=1)[:, -1]


def _draw(scores: Tensor, temperature: float, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Of each row of scores [B, V] a token, the logarithm of its probability, and the entropy of the row, [B] each.

    A dart hits the running totals of the probabilities: one random number a row, where `torch.multinomial` takes one
    for each token that there is: of 49,152 they take longer than the model's largest matrix.
    """
    scores = scores.float() if temperature in (0, 1) else scores.float() / temperature
    log_probs = scores.log_softmax(-1)  # [B, V]
    if not log_probs.amax(-1).isfinite().all():
        raise TrainingError("answers: the scores of the model are no finite numbers")
    probabilities = log_probs.exp()
    entropy = -torch.linalg.vecdot(probabilities, log_probs)
    if temperature:
        totals = probabilities.cumsum_(-1)  # [B, V], in the same memory; the sums are taken in float64
        dart = torch.rand(len(totals), 1, generator=generator) * totals[:, -1:]  # [B, 1], less than the last total
        token = torch.searchsorted(totals, dart, right=True)  # [B, 1], none of probability 0
    else:
        token = log_probs.argmax(-1, keepdim=True)
    return token[:, 0], log_probs.gather(-1, token)[:, 0], entropy
