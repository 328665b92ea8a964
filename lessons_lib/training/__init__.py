"""Training: data whose every batch is known beforehand, optimisers, and a run that stops and goes on bit for bit."""

from lessons_lib.training.batches import Conversations, Rows, Windows, pack
from lessons_lib.training.losses import IGNORED, TrainingError, held_out_loss, linear_cross_entropy, next_token_loss
from lessons_lib.training.objectives import NextToken, Objective, log_probs
from lessons_lib.training.optimizers import AdamW, Muon, newton_schulz, optimizers
from lessons_lib.training.preference import Dpo, Pairs, dpo_loss
from lessons_lib.training.recipe import Recipe, cosine, flat_then_down
from lessons_lib.training.run import Report, Run

__all__ = [
    "IGNORED",
    "AdamW",
    "Conversations",
    "Dpo",
    "Muon",
    "NextToken",
    "Objective",
    "Pairs",
    "Recipe",
    "Report",
    "Rows",
    "Run",
    "TrainingError",
    "Windows",
    "cosine",
    "dpo_loss",
    "flat_then_down",
    "held_out_loss",
    "linear_cross_entropy",
    "log_probs",
    "newton_schulz",
    "next_token_loss",
    "optimizers",
    "pack",
]
