"""A puzzle with a near and a far question, and the small models that lesson 11 races on it.

A row of letters holds one digit. If it ends in "?", the answer is the digit, wherever it stands; if it ends in "!", the
answer is the letter just before the end. Models learn from rows of 12 signs and are asked about longer ones, in which
the digit stands at the very beginning. `benchmarks.recordings` runs all of them and stores what the lesson reads.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib import ModelConfig, Transformer

STORED = Path(__file__).with_name("puzzle.json")
SIGNS = "abcdefghijklmnop01234567?!"
LETTERS, DIGITS = 16, 8
TRAINED = 12  # signs in a row
LENGTHS = (12, 13, 16, 17, 24, 25, 48, 96)
SEEDS = range(8)
STEPS, BATCH, RATE = 600, 24, 0.02

_BASE = ModelConfig(
    vocab_size=len(SIGNS),
    hidden_size=32,
    intermediate_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    rope_pairing="interleaved",
    initializer_range=32**-0.5,
)
_NEAR_THEN_FAR = {"no_rope_layers": [1, 0]}
RACERS = {
    "both turned, both see all": _BASE,
    "none turned, both see all": replace(_BASE, no_rope_layers=[0, 0]),
    "turned chunks of 4, then NoPE": replace(
        _BASE, **_NEAR_THEN_FAR, layer_types=["chunked_attention", "full_attention"], attention_chunk_size=4
    ),
    "turned window of 4, then NoPE": replace(
        _BASE, **_NEAR_THEN_FAR, layer_types=["sliding_attention", "full_attention"], sliding_window=4
    ),
}


def rows_and_answers(
    count: int, length: int, generator: torch.Generator, mark: str | None = None, where: int | None = None
) -> tuple[Tensor, Tensor]:
    """Rows [count, length] and their answers [count].

    Args:
        count: rows.
        length: signs in each, the mark included; 3 or more.
        generator: draws them.
        mark: "?" or "!" for all of them; both are drawn where it is left out.
        where: the place of the digit; any but the last two where it is left out.
    """
    rows = torch.randint(LETTERS, (count, length), generator=generator)
    digits = torch.randint(LETTERS, LETTERS + DIGITS, (count,), generator=generator)
    anywhere = torch.randint(length - 2, (count,), generator=generator)
    rows[torch.arange(count), anywhere if where is None else where] = digits
    kinds = torch.randint(2, (count,), generator=generator)  # 0 for ?, 1 for !
    rows[:, -1] = SIGNS.index("?") + (kinds if mark is None else "?!".index(mark))
    return rows, torch.where(rows[:, -1] == SIGNS.index("?"), digits, rows[:, -2])


def fresh(config: ModelConfig, seed: int) -> Transformer:
    """A new model whose weights are drawn in 64 bits, so that they are the same on every processor."""
    model = Transformer(config).double()
    generator = torch.Generator().manual_seed(seed)
    for matrix in model.parameters():
        if matrix.dim() == 2:
            nn.init.normal_(matrix, std=config.initializer_range, generator=generator)
    return model


def learn(name: str, seed: int, steps: int = STEPS) -> Transformer:
    """Train one racer. The rate rises over ten steps and then falls in a straight line to a tenth."""
    solver, generator = fresh(RACERS[name], seed), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(solver.parameters(), weight_decay=0.0)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = RATE * min((step + 1) / 10, 1 - 0.9 * step / steps)
        rows, answers = rows_and_answers(BATCH, TRAINED, generator)
        loss = F.cross_entropy(solver(rows, logits_to_keep=1)[:, -1], answers)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return solver


@torch.no_grad()
def percent_right(solver: Transformer, mark: str, length: int) -> float:
    """How many of 200 rows of a length it answers rightly; the digit stands at the very beginning."""
    rows, answers = rows_and_answers(200, length, torch.Generator().manual_seed(99), mark, where=0)
    guesses = solver(rows, logits_to_keep=1)[:, -1].argmax(-1)
    return round(100 * float((guesses == answers).double().mean()), 1)


def race(name: str, seed: int) -> dict[str, list[float]]:
    """One run: for each mark what is right at each of `LENGTHS`, in percent."""
    solver = learn(name, seed)
    return {mark: [percent_right(solver, mark, length) for length in LENGTHS] for mark in "?!"}


def fingerprint() -> dict:
    """What a stored race must have been run with."""
    return {"steps": STEPS, "batch": BATCH, "rate": RATE, "trained": TRAINED, "lengths": list(LENGTHS)}


@cache
def recorded() -> dict[str, dict[str, Tensor]]:
    """What is stored: for each racer and mark the percentages [seeds, lengths]."""
    stored = json.loads(STORED.read_text("utf-8"))["racers"]
    return {name: {mark: torch.tensor([run[mark] for run in runs]) for mark in "?!"} for name, runs in stored.items()}
