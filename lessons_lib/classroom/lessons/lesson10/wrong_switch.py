"""An exercise of lesson 10: which switch is wrong?"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import torch

from lessons_lib import ModelConfig, Transformer
from lessons_lib.checkpoint.parity import first_difference
from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson10.shared import SIZES, T, scattered
from lessons_lib.classroom.trials import Refused

RIGHT = ModelConfig(
    **SIZES,
    num_local_experts=5,
    num_experts_per_tok=2,
    norm_topk_prob=True,
    sliding_window=7,
    rope_theta=10000.0,
    final_logit_softcapping=5.0,
)
FAULTS = (
    {"norm_topk_prob": False},
    {"rope_theta": 500.0},
    {"final_logit_softcapping": None},
    {"sliding_window": 8},
)
NAMES = (
    *("embedding_multiplier", "final_logit_softcapping", "norm_topk_prob", "rms_norm_eps", "rope_theta"),
    "sliding_window",
)


def symptoms() -> str:
    """A table of what each of four wrong loaders does: a line each."""
    torch.manual_seed(0)
    right = scattered(Transformer(RIGHT), mean=0.7, std=0.2)
    ids = torch.randint(SIZES["vocab_size"], (1, T), generator=torch.Generator().manual_seed(2))
    lines = [f"{'':9} {'first token off':17} {'same likeliest token':22} first part that differs"]
    with torch.no_grad():
        expected = right(ids)[0]  # [T, V]
        for number, fault in enumerate(FAULTS, start=1):
            wrong = Transformer(replace(RIGHT, **fault)).eval()
            wrong.load_state_dict(right.state_dict())
            scores = wrong(ids)[0]
            off = (scores - expected).abs().amax(-1) > 1e-4  # [T]
            same = int((scores.argmax(-1) == expected.argmax(-1)).sum())
            found = first_difference(wrong, right, ids)
            part = found.first.part.removeprefix("model.") if found else "none that has a name"
            lines.append(f"loader {number}  {f'number {int(off.int().argmax())}':17} {f'{same} of {T}':22} {part}")
    return "\n".join(lines)


def my_verdict():
    return ["norm_topk_prob", "rope_theta", "final_logit_softcapping", "sliding_window"]


def verdict_of_the_experts_as_embeddings():
    """Loader 1: with other factors on the embeddings the stream itself is another before the first block adds to it,
    and what attention adds counts more or less beside it. Here everything agrees until the experts."""
    return ["embedding_multiplier", *my_verdict()[1:]]


def verdict_of_the_experts_as_epsilon():
    """Loader 1: another epsilon would show in the first norm, in front of attention. Here everything agrees until the
    experts."""
    return ["rms_norm_eps", *my_verdict()[1:]]


def verdict_window_and_base_swapped():
    """Loaders 2 and 4 are the other way round. Token 0 is turned by nothing, so a wrong base shows from token 1 on; a
    window shows where a text is longer than it."""
    return ["norm_topk_prob", "sliding_window", "final_logit_softcapping", "rope_theta"]


def verdict_of_two_windows():
    """Loader 2: a window shows where a text is longer than it, and here token 1 is off already."""
    return ["norm_topk_prob", "sliding_window", "final_logit_softcapping", "sliding_window"]


def verdict_of_two_bases():
    """Loader 4: a wrong base shows from token 1 on, and here the first seven tokens are right."""
    return ["norm_topk_prob", "rope_theta", "final_logit_softcapping", "rope_theta"]


def verdict_cap_and_experts_swapped():
    """Loaders 1 and 3 are the other way round. Bending all scores with one rising curve leaves the largest the largest;
    other shares of the experts do not."""
    return ["final_logit_softcapping", "rope_theta", "norm_topk_prob", "sliding_window"]


def verdict_of_the_cap_as_epsilon():
    """Loader 3: another epsilon would show in the first norm. Here all parts agree, and only the scores at the very end
    differ."""
    return ["norm_topk_prob", "rope_theta", "rms_norm_eps", "sliding_window"]


def verdict_of_the_cap_as_embeddings():
    """Loader 3: another factor on the embeddings would reach every part behind them. Here all parts agree, and only the
    scores at the very end differ."""
    return ["norm_topk_prob", "rope_theta", "embedding_multiplier", "sliding_window"]


def four_names(answer: Callable) -> dict[str, str] | None:
    """A field's name for each loader, of a list, a tuple, a dict by loader, or a text.

    Raises:
        Refused: for an answer that does not have four of the names in an order.
    """
    given = answer()
    if given is None:
        return None
    if isinstance(given, Mapping):
        given = [given[key] for key in sorted(given, key=str)]
    if isinstance(given, str):
        given = re.findall(r"\w+", given)
    ordered = isinstance(given, Sequence) or (isinstance(given, Iterable) and not isinstance(given, set | frozenset))
    found = [str(name).strip().lower() for name in given] if ordered else []
    if len(found) != len(FAULTS) or not set(found) <= set(NAMES):
        raise Refused(f"four names are asked for, for loaders 1 to 4, each one of: {', '.join(NAMES)}")
    return {f"loader {number}": name for number, name in enumerate(found, start=1)}


WRONG_SWITCH = Exercise(
    id="wrong_switch",
    title="Which switch is wrong?",
    difficulty=2,
    minutes=8,
    kind="diagnose",
    contract="a list of four names: the field that loaders 1, 2, 3 and 4 have wrong, each one of "
    "embedding_multiplier, final_logit_softcapping, norm_topk_prob, rms_norm_eps, rope_theta, sliding_window.",
    cases=((),),
    tried="each loader by the first token that is off, by the likeliest tokens, and by the first part that differs",
    hints=(
        "Which of the fields can't show at token 0? Which leaves the order of the scores as it is?",
        "Token 0 has place 0, and a rotation by 0 is the same with every base. A window of 7 or 8 is felt by the first "
        "token that has 7 others before it.",
        "The part that differs first is where the fault is, or what has no name just before it: in front of o_proj "
        "stands the turning and the mask; behind the head stands the cap.",
    ),
    solution=my_verdict,
    harness=four_names,
    mistakes=(
        verdict_of_the_experts_as_embeddings,
        verdict_of_the_experts_as_epsilon,
        verdict_window_and_base_swapped,
        verdict_of_two_windows,
        verdict_of_two_bases,
        verdict_cap_and_experts_swapped,
        verdict_of_the_cap_as_epsilon,
        verdict_of_the_cap_as_embeddings,
    ),
)
