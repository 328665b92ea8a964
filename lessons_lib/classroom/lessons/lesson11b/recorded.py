"""What lesson 11b shows of runs that `benchmarks.llama4` made beforehand: one long run, and races of eight seeds."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from lessons_lib.classroom.lessons.lesson09b.track import loss_at, named_again
from lessons_lib.classroom.lessons.lesson11b import small
from lessons_lib.formats import load_safetensors
from lessons_lib.model import Transformer
from lessons_lib.training import held_out_loss

STORED = Path(__file__).with_name("runs.json")
WEIGHTS = Path(__file__).with_name("trained.safetensors")
SEEDS, TRIAL_SEEDS = range(8), (100, 101)
RATES = (0.01, 0.02, 0.04)
STEPS, LONG_STEPS, LONG_RATE = 100, 1600, 0.01
LATE = 20  # the last steps, in which it is counted who goes where
LOOKED_AT = (0, 20, 100, 400, LONG_STEPS)  # steps of the long run at which it writes
RACES = (  # (model, balance, steps)
    ("small Llama 4", "none", STEPS),
    ("small Llama 4", "loss", STEPS),
    ("small Llama 4", "bias", STEPS),
    ("dense, as many numbers met", "none", STEPS),
    ("dense, as many numbers in all", "none", STEPS),
)


class Race(NamedTuple):
    """The eight runs of one kind.

    Attributes:
        rate: of AdamW.
        loss: on unread stories, in nats a word, for each seed.
        thing: the same, only where a story's thing is named again.
        curve: [seeds, 10], the loss of each tenth of the steps.
        busiest: [seeds, steps / 10], the share of a layer's busiest expert, a mean over its layers and ten steps.
        load: [seeds, layers, E], the share of each expert in the last twenty steps; of a dense model None.
    """

    rate: float
    loss: list[float]
    thing: list[float]
    curve: Tensor
    busiest: Tensor | None
    load: Tensor | None


class Written(NamedTuple):
    """What the long run wrote after `step` steps, and how many of 32 stories kept their thing, pronoun and name."""

    step: int
    loss: float
    story: str
    right: dict[str, int]


def race(name: str, balance: str, steps: int, seed: int, rate: float) -> dict:
    """One run, as it is kept. Trial seeds are judged on the trial text, others on the unread."""
    model, losses, loads = small.fresh(name, balance, seed), [], []
    for step in small.run(model, balance, seed, rate, steps):
        losses.append(step.loss)
        loads.append(step.load)
    rows = small.texts().trial if seed in TRIAL_SEEDS else small.texts().unread
    tenth = steps // 10
    found = {
        "loss": round(held_out_loss(model, rows, 50), 4),
        "thing": round(loss_at(model, rows.clamp(min=0), named_again(rows)), 4),
        "curve": [round(sum(losses[i : i + tenth]) / tenth, 3) for i in range(0, steps, tenth)],
    }
    if loads[0] is not None:
        load = torch.stack(loads).double()  # [steps, layers, E]
        late = load[-LATE:].sum(0)
        busiest = (load.amax(-1) / load.sum(-1)).mean(-1).unflatten(0, (-1, 10)).mean(-1)
        found["busiest"] = [round(share, 3) for share in busiest.tolist()]
        found["load"] = [[round(share, 4) for share in row] for row in (late / late.sum(-1, keepdim=True)).tolist()]
    return found


def fingerprint(name: str, balance: str, steps: int) -> str:
    """Text that differs if anything that is set for a run does; a changed layer it can't see."""
    rows = [hashlib.sha256(part.numpy().tobytes()).hexdigest() for part in small.texts()]
    parts = (small.MODELS[name], balance, steps, small.BATCH, small.WEIGHT, small.SPEED, rows)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@cache
def races() -> dict[tuple[str, str], Race]:
    """The recorded races by model and balance."""
    found = {}
    for kind in json.loads(STORED.read_text("utf-8"))["races"]:
        runs = kind["runs"]
        numbers = {
            what: torch.tensor([run[what] for run in runs]) if what in runs[0] else None
            for what in ("curve", "busiest", "load")
        }
        losses = {what: [run[what] for run in runs] for what in ("loss", "thing")}
        found[kind["model"], kind["balance"]] = Race(rate=kind["rate"], **losses, **numbers)
    return found


@cache
def long_run() -> dict:
    """What is stored of the long run: its `curve`, each number a mean of ten steps, and what it has `written`."""
    stored = json.loads(STORED.read_text("utf-8"))["long"]
    return {"curve": stored["curve"], "written": [Written(**each) for each in stored["written"]]}


def trained() -> Transformer:
    """The model at the end of the long run; its weights were stored in 16 bits."""
    model = small.fresh()
    model.load_state_dict({name: tensor.float() for name, tensor in load_safetensors(WEIGHTS).items()})
    return model.eval()
