"""Sampling: from a score for every token to one token.

Each filter takes scores (logits) [..., V] and returns scores of the same shape, with minus infinity where a token may
no longer be chosen. `Sampler` applies them in one stated order and draws. What it relies on, in every filter:

- it accepts minus infinity, from the filters before it;
- it keeps a token with the highest score in each row, so a greedy choice need not ask it (the repetition penalty, which
  moves scores, is asked all the same);
- it treats each row by itself, and changes no tensor that it was given;
- it refuses a setting out of its range by name, and has one value that changes nothing, which is the default.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

import torch
from torch import Tensor

from lessons_lib import arguments

_LARGEST = sys.float_info.max


class LogitsError(ValueError):
    """The scores are not a distribution: a NaN, a plus infinity, or nothing left to choose."""


def softmax(logits: Tensor, dim: int = -1) -> Tensor:
    """Turn scores into probabilities: `exp(z_i) / sum_j exp(z_j)`, computed in float32.

    The largest score is subtracted first. That changes no result and keeps `exp` from overflowing.

    Args:
        logits: any shape; minus infinity becomes probability 0.
        dim: the axis that sums to 1.

    Returns:
        float32 (float64 stays float64), the shape of `logits`.

    Example:
        >>> softmax(torch.tensor([1000.0, 1000.0])).tolist()
        [0.5, 0.5]
    """
    logits = _at_least_float32(logits)
    exponentials = (logits - logits.amax(dim, keepdim=True)).exp()
    return exponentials / exponentials.sum(dim, keepdim=True)


def apply_temperature(logits: Tensor, temperature: float) -> Tensor:
    """Divide every score by the temperature: below 1 the favourites gain, above 1 they lose.

    The same as raising the probabilities to the power `1 / temperature` and making them sum to 1 again. Where scores
    would leave the range of their type, what each lies below the best of its row is divided instead: the probabilities
    are the same.

    Raises:
        ValueError: unless `temperature` is a finite number above 0. The limit at 0, take the largest, is `Sampler`'s.
    """
    temperature = _above_0("temperature", temperature)
    logits = _at_least_float32(logits)
    divided = logits / temperature
    if divided.amax(-1).isfinite().all():
        return divided
    wide = logits.double()
    return ((wide - wide.amax(-1, keepdim=True)) / temperature).to(logits.dtype)


def top_k(logits: Tensor, k: int) -> Tensor:
    """Keep the `k` highest scores of each row, and any that tie with the lowest of them.

    Raises:
        ValueError: unless `k` is a whole number, 1 or more. A `k` above V keeps everything.

    Source: Fan et al. 2018, "Hierarchical Neural Story Generation", section 5.4.
    """
    k = arguments.whole("top_k", k, 1)
    lowest = logits.topk(min(k, logits.shape[-1]), -1).values[..., -1:]  # [..., 1]
    return logits.masked_fill(logits < lowest, -math.inf)


def top_p(logits: Tensor, p: float) -> Tensor:
    """Keep the smallest set of most probable tokens that together reach probability `p`; at least one token.

    The tokens are summed from the rarest upwards, and removed while the sum is at most `1 - p`.

    Raises:
        ValueError: unless `p` is from 0 to 1.

    Source: Holtzman et al. 2020, "The Curious Case of Neural Text Degeneration", section 3.1.
    """
    p = _share("top_p", p)
    ordered, order = _at_least_float32(logits).sort(-1)  # rarest first
    removed = softmax(ordered).cumsum(-1) <= 1 - p
    removed[..., -1] = False
    return logits.masked_fill(removed.scatter(-1, order, removed), -math.inf)


def min_p(logits: Tensor, p: float) -> Tensor:
    """Keep the tokens at least `p` times as probable as the most probable one.

    Raises:
        ValueError: unless `p` is from 0 to 1.

    Source: Nguyen et al. 2024, "Turning Up the Heat: Min-p Sampling", section 3.
    """
    p = _share("min_p", p)
    probabilities = softmax(logits)
    threshold = p * probabilities.amax(-1, keepdim=True)
    return logits.masked_fill(probabilities < threshold, -math.inf)


def repetition_penalty(logits: Tensor, token_ids: Tensor, penalty: float) -> Tensor:
    """Make tokens that have occurred less likely: divide a positive score by `penalty`, multiply a negative one.

    Args:
        logits: [..., V].
        token_ids: [..., T], the tokens so far; each counts once, however often it stands there.
        penalty: above 0; 1 changes nothing, below 1 rewards repetition.

    Raises:
        ValueError: unless `penalty` is a finite number above 0, and there is a row of tokens for each row of scores.

    Source: Keskar et al. 2019, "CTRL", section 4.1.
    """
    penalty = _above_0("repetition_penalty", penalty)
    if not isinstance(token_ids, Tensor) or token_ids.shape[:-1] != logits.shape[:-1]:
        wanted = [*logits.shape[:-1], "T"]
        raise ValueError(f"token_ids: got {arguments.described(token_ids)}, allowed a tensor {wanted}")
    seen = logits.gather(-1, token_ids)
    return logits.scatter(-1, token_ids, torch.where(seen < 0, seen * penalty, seen / penalty))


def draw(probabilities: Tensor, generators: Sequence[torch.Generator]) -> Tensor:
    """Draw one token a row by a race: a token twice as likely runs twice as fast, and the first to arrive wins.

    With random times `-ln(u) / p` token `i` wins with probability `p_i`. A dart thrown at the running totals has the
    same chances, but all totals move when one score changes in its last digit; here the winner changes only if two
    tokens arrive together. So a seed gives the same text on another processor, but for rare ties.

    Args:
        probabilities: [B, V].
        generators: B sources of randomness, so that no row's text depends on its neighbours.

    Returns:
        [B] token ids; never one of probability 0.

    Source: Maddison et al. 2014, "A* Sampling", section 2 (the Gumbel-max trick, of which this is the exponential).
    """
    v = probabilities.shape[-1]
    u = torch.stack([torch.rand(v, generator=g, dtype=torch.float64) for g in generators])  # [B, V], from 0 below 1
    distances = -u.clamp(min=2**-54).log().to(probabilities.device)
    return (probabilities.double() / distances).argmax(-1)  # [B]: the largest speed for its distance


class SamplerSettings(TypedDict, total=False):
    """The settings of `Sampler`, for functions that pass them on as `**settings: Unpack[SamplerSettings]`."""

    temperature: float
    top_k: int | None
    top_p: float
    min_p: float
    repetition_penalty: float
    seed: int | Sequence[int] | None
    logits_processor: Callable[[Tensor], Tensor] | None


@dataclass(kw_only=True)
class Sampler:
    """Chooses the next token: repetition penalty, temperature, top-k, top-p, min-p, in this order, then a draw.

    The order is that of Hugging Face transformers. Temperature comes before the filters, so it decides how many tokens
    top-p and min-p keep. A function of your own comes first of all.

    Args:
        temperature: 0 or more; 0 takes the likeliest token.
        top_k: 1 or more; None for no limit.
        top_p: from 0 to 1; 1 for no limit, 0 takes the likeliest token.
        min_p: from 0 to 1; 0 for no limit.
        repetition_penalty: above 0; 1 for none.
        seed: one whole number, or one for each row of a batch; None for fresh randomness.
        logits_processor: a function of your own from the model's scores [B, V] in float32 to scores of the same shape,
            minus infinity for tokens that may not be chosen. What follows takes them for the model's own, and so does
            a greedy choice. None for none.

    Raises:
        ValueError: naming the field, the value and the rule.

    Example:
        >>> def forbid_7(scores: Tensor) -> Tensor:
        ...     return scores.index_fill(-1, torch.tensor([7]), -torch.inf)
        >>> scores = torch.arange(8.0)[None]
        >>> Sampler()(scores), Sampler(logits_processor=forbid_7)(scores)
        (tensor([7]), tensor([6]))
    """

    temperature: float = 0.0
    top_k: int | None = None
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    seed: int | Sequence[int] | None = None
    logits_processor: Callable[[Tensor], Tensor] | None = None
    _generators: list[torch.Generator] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        self.temperature = arguments.real("temperature", self.temperature, 0, _LARGEST, "a finite number, 0 or more")
        self.top_k = None if self.top_k is None else arguments.whole("top_k", self.top_k, 1)
        self.top_p = _share("top_p", self.top_p)
        self.min_p = _share("min_p", self.min_p)
        self.repetition_penalty = _above_0("repetition_penalty", self.repetition_penalty)
        self.seed = _seeds(self.seed)
        if self.logits_processor is not None and not callable(self.logits_processor):
            got = arguments.described(self.logits_processor)
            raise ValueError(f"logits_processor: got {got}, allowed None or a function from scores to scores")

    def __call__(self, logits: Tensor, token_ids: Tensor | None = None) -> Tensor:
        """Choose one token a row.

        Args:
            logits: [B, V].
            token_ids: [B, T], the tokens so far; needed with a repetition penalty.

        Returns:
            [B] token ids.

        Raises:
            LogitsError: if a row holds NaN or plus infinity, or only minus infinity, before the filters or after them.
            ValueError: for scores or tokens of another shape.
        """
        if self.greedy and self.repetition_penalty == 1 and self.logits_processor is None:  # see the filters' laws
            return _likeliest(logits)
        scores = self.scores(logits, token_ids)
        if self.greedy:
            return _likeliest(scores)
        return draw(softmax(scores), self._row_generators(len(scores)))

    @property
    def greedy(self) -> bool:
        """Whether the choice is always the likeliest token."""
        return self.temperature == 0 or self.top_p == 0

    @property
    def reads_text(self) -> bool:
        """Whether the choice depends on the tokens so far, so that `token_ids` are needed."""
        return self.repetition_penalty != 1

    def scores(self, logits: Tensor, token_ids: Tensor | None = None) -> Tensor:
        """The scores [B, V] in float32 from which the choice is made, after every filter."""
        _check_shape(logits)
        _check(logits.amax(-1))
        if self.logits_processor is not None:
            logits = _processed(logits, self.logits_processor)
        scores = self._filter(_at_least_float32(logits), token_ids)
        _check(scores.amax(-1), "after all filters")  # an extreme penalty overflows
        return scores

    def _filter(self, logits: Tensor, token_ids: Tensor | None) -> Tensor:
        if self.repetition_penalty != 1:
            if token_ids is None:
                raise ValueError("token_ids: got None, allowed [B, T] where there is a repetition penalty")
            logits = repetition_penalty(logits, token_ids, self.repetition_penalty)
        if self.temperature > 0:
            logits = apply_temperature(logits, self.temperature)
        if self.top_k is not None:
            logits = top_k(logits, self.top_k)
        if self.top_p != 1:
            logits = top_p(logits, self.top_p)
        if self.min_p != 0:
            logits = min_p(logits, self.min_p)
        return logits

    def _row_generators(self, rows: int) -> list[torch.Generator]:
        if not self._generators:
            seeds = self.seed if isinstance(self.seed, Sequence) else [self.seed] * (rows if self.seed is None else 1)
            self._generators = [torch.Generator() for _ in seeds]
            for generator, seed in zip(self._generators, seeds, strict=True):
                generator.seed() if seed is None else generator.manual_seed(seed)
        if len(self._generators) != rows:
            raise ValueError(f"seed: got {len(self._generators)} for a batch of {rows}, allowed one for each row")
        return self._generators


def _likeliest(logits: Tensor) -> Tensor:
    """The token with the highest score in each row [B, V]. By numpy: torch would wake threads, which take a while to
    rest again, and the next step of the model needs the processor for itself."""
    _check_shape(logits)
    tokens = torch.from_numpy(_at_least_float32(logits).detach().cpu().numpy().argmax(-1)).to(logits.device)  # [B]
    _check(logits.gather(-1, tokens[:, None])[:, 0])
    return tokens


def _processed(logits: Tensor, processor: Callable[[Tensor], Tensor]) -> Tensor:
    """What a user's function makes of scores [B, V]. It works on a copy, for it may change what it is given."""
    processed = processor(_at_least_float32(logits).clone())
    if not isinstance(processed, Tensor) or processed.shape != logits.shape:
        got = f"shape {list(processed.shape)}" if isinstance(processed, Tensor) else arguments.described(processed)
        raise ValueError(f"logits_processor: got {got} from it, allowed a tensor {list(logits.shape)}")
    _check(processed.amax(-1), "after logits_processor")
    return processed


def _share(name: str, value: float) -> float:
    return arguments.real(name, value, 0, 1, "0 to 1")


def _above_0(name: str, value: float) -> float:
    return arguments.real(name, value, 0, _LARGEST, "a finite number above 0", above=True)


def _seeds(seed: int | Sequence[int] | None) -> int | list[int] | None:
    if seed is None:
        return None
    if hasattr(seed, "__len__") and not isinstance(seed, str | bytes) and getattr(seed, "ndim", 1) == 1:
        return [_seed(f"seed[{i}]", one) for i, one in enumerate(seed)]
    return _seed("seed", seed)


def _seed(name: str, seed: int) -> int:
    return arguments.whole(name, seed, -(2**63), 2**64 - 1)  # what torch's generators take


def _check_shape(logits: Tensor) -> None:
    if not isinstance(logits, Tensor):
        raise ValueError(f"logits: got {arguments.described(logits)}, allowed a tensor [B, V]")
    if logits.dim() != 2 or 0 in logits.shape:
        raise ValueError(f"logits: got shape {list(logits.shape)}, allowed [B, V]")


def _check(best: Tensor, when: str = "") -> None:
    """Refuse rows by their highest score [B]. A NaN counts as the highest, so one look finds all faults."""
    if not best.isfinite().all():
        row = int(best.isfinite().int().argmin())
        raise LogitsError(
            f"logits: row {row} has the maximum {best[row].item()}{when and ' ' + when}, allowed a finite number"
        )


def _at_least_float32(x: Tensor) -> Tensor:
    return x if x.dtype == torch.float64 else x.float()
