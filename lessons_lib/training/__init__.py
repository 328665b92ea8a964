"""Training: data whose every batch is known beforehand, optimisers, and a run that stops and goes on bit for bit."""

from lessons_lib.training.answers import Answers, sample_groups
from lessons_lib.training.batches import Conversations, Rows, Windows, pack
from lessons_lib.training.grpo import Grpo, Judged, advantages, clipped_loss, kl
from lessons_lib.training.limited import limited
from lessons_lib.training.losses import IGNORED, TrainingError, held_out_loss, linear_cross_entropy, next_token_loss
from lessons_lib.training.objectives import NextToken, Objective, log_probs
from lessons_lib.training.optimizers import AdamW, Muon, newton_schulz, optimizers
from lessons_lib.training.preference import Dpo, Pairs, dpo_loss
from lessons_lib.training.recipe import Recipe, cosine, flat_then_down
from lessons_lib.training.rollouts import Answer, Rollouts
from lessons_lib.training.run import Report, Run

__all__ = [
    "IGNORED",
    "AdamW",
    "Answer",
    "Answers",
    "Conversations",
    "Dpo",
    "Grpo",
    "Judged",
    "Muon",
    "NextToken",
    "Objective",
    "Pairs",
    "Recipe",
    "Report",
    "Rollouts",
    "Rows",
    "Run",
    "TrainingError",
    "Windows",
    "advantages",
    "clipped_loss",
    "cosine",
    "dpo_loss",
    "flat_then_down",
    "held_out_loss",
    "kl",
    "limited",
    "linear_cross_entropy",
    "log_probs",
    "newton_schulz",
    "next_token_loss",
    "optimizers",
    "pack",
    "sample_groups",
]
