"""Batches that a model makes itself: it answers problems at random, and a plain function says what each is worth.

A batch depends on the seed, the step and the weights, and on nothing else. So a run that was saved goes on bit for bit
without its answers: the same weights give them again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from lessons_lib import arguments
from lessons_lib.layers.lora import adapters, without_lora
from lessons_lib.model import Transformer
from lessons_lib.parts import resting
from lessons_lib.training.answers import Answers, checked_prompt, sample_groups
from lessons_lib.training.batches import Shuffled, conversation_row, filled, fingerprint_of, number
from lessons_lib.training.grpo import Grpo, Judged, advantages, equal_groups
from lessons_lib.training.limited import Reward
from lessons_lib.training.losses import IGNORED, TrainingError, scores_at
from lessons_lib.training.objectives import Batch, log_probs

_AT_ONCE = 8  # rows that the reference reads


class Answer(NamedTuple):
    """One answer of the last batch, to look at.

    Attributes:
        problem: as it was given.
        text: without the end token.
        ended: whether that came; False if the answer was cut.
        reward: what it was worth; None if it was not judged.
    """

    problem: Any
    text: str
    ended: bool
    reward: float | None


class Rollouts:
    """Problems, a group of the model's own answers to each, and what they are worth.

    A batch of N rows is N / num_generations problems, drawn without repetition until all have come. It is learned from
    once: several updates on the same answers would need them in the saved run.

    Args:
        model: the one that the run moves.
        problems: anything, each.
        reward: from a problem, the text of an answer, and whether it came to its end, to a number; None if that can't
            be said, and the answer is left out. For one that may hang see `limited`. It must be the same function for a
            run that goes on, which can't be checked.
        grpo: the settings; the run's objective must be the same.
        encode: from a problem to the ids of its prompt, such as `lambda text: tokenizer.encode_chat([...])`.
        decode: from the ids of an answer to its text.
        end: tokens that end an answer; None for the model's own.
        reference: the model that is not to be left far behind, if `grpo.beta` is above 0; None for the one below the
            adapter.
        seed: of the order of the problems and of the answers.

    Attributes:
        answers: those of the last batch.

    Raises:
        ValueError: if there are no problems, a prompt is empty or leaves no room for an answer, or there is no
            reference.

    Example:
        >>> from lessons_lib import ModelConfig
        >>> model = Transformer(ModelConfig(vocab_size=10, hidden_size=16, intermediate_size=40, num_hidden_layers=2,
        ...                                 num_attention_heads=4))
        >>> data = Rollouts(model, ["12", "345"], lambda problem, text, ended: text.count("7"),
        ...                 Grpo(num_generations=3, max_completion_length=5), encode=lambda text: list(map(int, text)),
        ...                 decode=lambda ids: "".join(map(str, ids)), end=[0])
        >>> len(Judged(*data.batch(step=0, size=6)).ids)
        6
    """

    def __init__(
        self,
        model: Transformer,
        problems: Sequence[Any],
        reward: Reward,
        grpo: Grpo,
        *,
        encode: Callable[[Any], Sequence[int]],
        decode: Callable[[Sequence[int]], str],
        end: Collection[int] | None = None,
        reference: nn.Module | None = None,
        seed: int = 0,
    ) -> None:
        self.model, self.problems, self.reward, self.grpo = model, list(problems), reward, grpo
        self.decode, self.seed, self.reference = decode, arguments.whole("seed", seed, 0), reference
        self.end = sorted(model.config.eos_token_id if end is None else end)
        if not self.problems:
            raise ValueError("problems: got none, allowed at least one")
        if grpo.beta and reference is None and not adapters(model):
            raise ValueError(f"reference: got None with beta ({grpo.beta}) and no adapter, allowed a model")
        named = ((f"problems[{n}]", encode(problem)) for n, problem in enumerate(self.problems))
        self._prompts = [checked_prompt(name, ids, model, grpo.max_completion_length) for name, ids in named]
        self._shuffled = Shuffled(len(self.problems), seed)
        self.answers: list[Answer] = []
        lengths = map(len, self._prompts)
        self.fingerprint = fingerprint_of(np.concatenate(self._prompts), *lengths, *self.end, seed)

    @property
    def per_epoch(self) -> int:
        """Answers to all problems."""
        return len(self.problems) * self.grpo.num_generations

    def batch(self, step: int, size: int) -> Batch:
        """Answer and judge: what `Judged` says, `size` rows of it.

        Raises:
            ValueError: if `size` is not a multiple of `num_generations`.
            TrainingError: if the model's scores are no finite numbers; if the reward raises, or gives anything but a
                finite number or None, naming the problem and the answer.
        """
        grpo = self.grpo
        if size % grpo.num_generations:
            raise ValueError(f"batch_size: got {size}, allowed a multiple of num_generations ({grpo.num_generations})")
        places = [place for _, place in self._shuffled.places(step, size // grpo.num_generations)]
        answers = sample_groups(
            self.model,
            [self._prompts[place] for place in places],
            grpo.num_generations,
            max_completion_length=grpo.max_completion_length,
            temperature=grpo.temperature,
            end=self.end,
            seed=number(self.seed, "answers", step),
        )
        rows = [place for place in places for _ in range(grpo.num_generations)]
        self.answers = [
            self._judged(step, self.problems[place], tokens, ended)
            for place, tokens, ended in zip(rows, answers.tokens, answers.ended, strict=True)
        ]
        return self._batch([self._prompts[place] for place in rows], answers)

    def _judged(self, step: int, problem: Any, tokens: list[int], ended: bool) -> Answer:
        text = "what can't be decoded"
        try:
            text = self.decode(tokens[:-1] if ended else tokens)
            reward = self.reward(problem, text, ended)
            value = 0.0 if reward is None else float(reward)
        except Exception as error:
            raise TrainingError(_about(step, problem, text, f"{type(error).__name__}: {error}")) from error
        if not math.isfinite(value):
            raise TrainingError(_about(step, problem, text, f"{value}, allowed a finite number or None"))
        return Answer(problem, text, ended, None if reward is None else value)

    def _batch(self, prompts: list[list[int]], answers: Answers) -> Batch:
        grpo = self.grpo
        ids, labels = filled(
            [
                conversation_row("answer", prompt + tokens, [False] * len(prompt) + [True] * len(tokens))
                for prompt, tokens in zip(prompts, answers.tokens, strict=True)
            ]
        )
        named, t = labels != IGNORED, answers.log_probs.shape[1]
        lengths = named.sum(1)  # [N]
        drawn = torch.arange(t) < lengths[:, None]  # [N, T], where the answers' own tensors hold something
        old = torch.zeros(labels.shape).masked_scatter(named, answers.log_probs[drawn])
        rewards = torch.tensor([math.nan if x.reward is None else x.reward for x in self.answers], dtype=torch.float64)
        equal = equal_groups(rewards.view(-1, grpo.num_generations)).repeat_interleave(grpo.num_generations)
        shown = rewards.where(~rewards.isnan(), rewards.nanmean())  # its mean is that of the judged ones
        batch = Judged(
            ids,
            labels,
            old,
            advantages(rewards, grpo.num_generations, grpo.scale_rewards),
            lengths.float().mean().expand(len(lengths)),
            torch.stack([shown, lengths, torch.tensor(answers.ended), equal], 1).float(),
            answers.entropies.sum(1),
            self._asked(ids, labels) if grpo.beta else None,
        )
        return tuple(tensor for tensor in batch if tensor is not None)

    @torch.no_grad()
    def _asked(self, ids: Tensor, labels: Tensor) -> Tensor:
        """The reference's log-probabilities, [N, T]."""
        reference, below = (self.model, without_lora) if self.reference is None else (self.reference, nullcontext)
        device, temperature = next(reference.parameters()).device, self.grpo.temperature

        def scores(*asked: Tensor) -> Tensor:
            return scores_at(reference, *asked).float() / temperature

        with resting(reference), below(reference):
            parts = zip(ids.to(device).split(_AT_ONCE), labels.to(device).split(_AT_ONCE), strict=True)
            return torch.cat([log_probs(scores, *part).cpu() for part in parts])


def _about(step: int, problem: Any, text: str, fault: str) -> str:
    return f"step {step}: reward: got {fault}; of problem {arguments.described(problem)} and answer {text!r:.300}"
