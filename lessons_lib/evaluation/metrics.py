"""What answers are worth: which choice a model prefers, whether an answer is right, how well a text is known.

Likelihoods are natural logarithms of probabilities, in nats.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Sequence

from lessons_lib import arguments

NORMALISATIONS = ("none", "token", "character", "byte", "pmi")
"""What a choice's likelihood is divided by, so that long choices are not at a disadvantage; "pmi" takes away what the
choice's likelihood is without the question."""


def normalised(
    likelihoods: Sequence[float],
    choices: Sequence[str],
    by: str = "none",
    *,
    tokens: Sequence[int] | None = None,
    alone: Sequence[float] | None = None,
) -> list[float]:
    """The scores by which choices are compared.

    Args:
        likelihoods: of each choice behind the question, in nats.
        choices: their texts, without what stands between question and choice.
        by: one of `NORMALISATIONS`.
        tokens: how many each choice has; for "token".
        alone: the likelihood of each choice without the question; for "pmi".

    Returns:
        A score a choice, higher for better.

    Raises:
        ValueError: for another `by`, unlike numbers of choices and likelihoods, what `by` needs and is not given, or an
            empty choice, which cannot be divided by its length.

    Example:
        >>> normalised([-6.0, -4.0], ["a long one", "short"], "character")  # the long one wins
        [-0.6, -0.8]

    Source: Brown et al. 2020, "Language Models are Few-Shot Learners", section 2.4; Holtzman et al. 2021, "Surface Form
    Competition", section 3.
    """
    if by not in NORMALISATIONS:
        raise ValueError(f"by: got {arguments.described(by)}, allowed {', '.join(NORMALISATIONS)}")
    if by == "none":
        _check_count("choices", choices, likelihoods)
        return list(likelihoods)
    if by == "pmi":
        _check_count("alone", alone, likelihoods)
        return [x - y for x, y in zip(likelihoods, alone, strict=True)]
    sizes = tokens if by == "token" else [len(choice if by == "character" else choice.encode()) for choice in choices]
    _check_count("tokens" if by == "token" else "choices", sizes, likelihoods)
    if 0 in sizes:
        raise ValueError(f"choices: got an empty one, allowed at least one {by}")
    return [x / size for x, size in zip(likelihoods, sizes, strict=True)]


def pick(scores: Sequence[float]) -> int:
    """The number of the best choice; of several that are equally good, the first.

    Raises:
        ValueError: for no choices, or a score that is no number: nothing is better or worse than that.

    Example:
        >>> pick([-2.0, -1.0, -1.0])
        1
    """
    if not scores:
        raise ValueError("scores: got none, allowed at least one")
    if any(math.isnan(score) for score in scores):
        raise ValueError("scores: got NaN, allowed numbers")
    return max(range(len(scores)), key=scores.__getitem__)


def confidence(scores: Sequence[float]) -> float:
    """The probability of the best choice, if one of the choices is right: the largest of their softmax.

    Args:
        scores: in nats.

    Raises:
        ValueError: as by `pick`.

    Example:
        >>> confidence([0.0, 0.0])
        0.5
    """
    best = scores[pick(scores)]
    if math.isinf(best):
        raise ValueError(f"scores: got {best} as the best, allowed a finite one")
    return 1 / sum(math.exp(score - best) for score in scores)


def exact_match(
    answer: str, allowed: Sequence[str], *, ignore_case: bool = False, ignore_punctuation: bool = False
) -> bool:
    """Whether an answer is one of the right ones, character for character but for white space around it.

    Args:
        answer: what a model wrote.
        allowed: right answers; with none, no answer is right.
        ignore_case: whether "Rome" and "rome" are the same.
        ignore_punctuation: whether "Rome." and "Rome" are.

    Example:
        >>> exact_match(" Rome\\n", ["Rome"]), exact_match("rome.", ["Rome"])
        (True, False)
    """
    if isinstance(allowed, str):
        raise ValueError(f"allowed: got one text {allowed!r:.80}, allowed a list of them")

    def plain(text: str) -> str:
        if ignore_punctuation:
            text = text.translate(_NO_PUNCTUATION)
        return (text.casefold() if ignore_case else text).strip()

    return plain(answer) in [plain(text) for text in allowed]


def calibration_error(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """How far what a model is sure of is from what it gets right, on average.

    Answers are put into bins of equal width by their confidence, `(0, 0.1]` and so on; each bin's mean confidence is
    compared with its share of right answers, and counts for as many answers as it has.

    Args:
        confidences: 0 to 1, one an answer.
        right: whether the answer was right.
        bins: at least 1.

    Returns:
        0 to 1; NaN of no answers.

    Raises:
        ValueError: for unlike numbers of them, or a confidence out of its range.

    Example:
        >>> round(calibration_error([0.9, 0.9], [True, False]), 3)  # 90% sure, 50% right
        0.4

    Source: Naeini et al. 2015, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", equation 3.
    """
    _check_count("right", right, confidences)
    bins = arguments.whole("bins", bins, 1)
    held: dict[int, list[tuple[float, bool]]] = {}
    for sure, is_right in zip(confidences, right, strict=True):
        arguments.real("confidences", sure, 0, 1, "0 to 1")
        held.setdefault(max(0, math.ceil(sure * bins) - 1), []).append((sure, is_right))
    if not held:
        return math.nan
    gaps = [abs(sum(sure - is_right for sure, is_right in inside)) for inside in held.values()]
    return sum(gaps) / len(confidences)


def bits_per_byte(likelihood: float, texts: Sequence[str]) -> float:
    """How many bits the model needs for a byte of text: what tokenizers of all kinds can be compared by.

    Args:
        likelihood: of all the texts together, in nats.
        texts: they.

    Returns:
        Bits a byte, in UTF-8; NaN where there is no byte.

    Example:
        >>> bits_per_byte(-8 * math.log(2), ["a", "ä"])
        2.6666666666666665
    """
    return bits_per(likelihood, sum(len(text.encode()) for text in texts))


def bits_per(likelihood: float, count: int) -> float:
    """Bits for each of so many things, of a likelihood in nats; NaN for none."""
    return _per(likelihood, count) / math.log(2)


def perplexity(likelihood: float, texts: Sequence[str], of: str = "word") -> float:
    """Among how many equally likely ones the model would choose, for each word or byte of some texts.

    Words are those of `count_words`.

    Args:
        likelihood: of all the texts together, in nats.
        texts: they.
        of: "word" or "byte".

    Returns:
        1 or more; infinite beyond all floats, NaN where there is nothing.

    Example:
        >>> round(perplexity(-2 * math.log(50), ["two words"]), 6)
        50.0
    """
    counts = {"word": count_words, "byte": lambda text: len(text.encode())}
    if of not in counts:
        raise ValueError(f"of: got {arguments.described(of)}, allowed word or byte")
    try:
        return math.exp(_per(likelihood, sum(map(counts[of], texts))))
    except OverflowError:
        return math.inf


def count_words(text: str) -> int:
    """What stands between white space. As in EleutherAI's harness, an end without a word counts as one too."""
    return len(re.split(r"\s+", text))


_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def _per(likelihood: float, count: int) -> float:
    return -likelihood / count if count else math.nan


def _check_count(name: str, found: Sequence[object] | None, likelihoods: Sequence[float]) -> None:
    if found is None or len(found) != len(likelihoods):
        got = "nothing" if found is None else f"{len(found)}"
        raise ValueError(f"{name}: got {got}, allowed as many as there are scores ({len(likelihoods)})")
