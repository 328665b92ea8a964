"""The building exercise of lesson 09: the learner's loop, optimiser and schedule train a model that reads stories."""

import torch
from torch.nn import functional as F

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson09.shared import trained_with


def my_training(model, batches, lr):
    n, losses = len(batches), []
    parameters = list(model.parameters())
    means = [torch.zeros_like(p) for p in parameters]
    squares = [torch.zeros_like(p) for p in parameters]
    for s, (inputs, labels) in enumerate(batches):
        loss = F.cross_entropy(model(inputs).flatten(0, 1), labels.flatten())  # -100 is ignored
        model.zero_grad()
        loss.backward()
        length = sum((p.grad**2).sum() for p in parameters) ** 0.5
        rate = lr * min((s + 1) / (n / 4), (n - s) / (n / 2), 1)
        with torch.no_grad():
            for p, m, v in zip(parameters, means, squares, strict=True):
                g = p.grad / max(length, 1)
                m += (1 - 0.9) * (g - m)
                v += (1 - 0.95) * (g**2 - v)
                p *= 1 - rate * 0.1
                p -= rate * (m / (1 - 0.9 ** (s + 1))) / ((v / (1 - 0.95 ** (s + 1))) ** 0.5 + 1e-8)
        losses.append(loss.item())
    return losses


def _train(model, batches, lr, rate_of=None, clip=1.0, clear=True, ignore=-100, make=None, stale=False, late=False):
    """The same with torch's optimiser, and with the knobs that mistakes turn."""
    n, losses = len(batches), []
    rate_of = rate_of or (lambda s, n: min((s + 1) / (n / 4), (n - s) / (n / 2), 1))
    optimizer = make(model) if make else torch.optim.AdamW(model.parameters(), betas=(0.9, 0.95), weight_decay=0.1)
    for s, (inputs, labels) in enumerate(batches):
        wanted = labels if ignore == -100 else labels.clamp(min=0)
        loss = F.cross_entropy(model(inputs).flatten(0, 1), wanted.flatten())
        if clear:
            optimizer.zero_grad()
        loss.backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.param_groups[0]["lr"] = lr * rate_of(s, n)
        if not stale:
            optimizer.step()
        if late:
            loss = F.cross_entropy(model(inputs).flatten(0, 1), labels.flatten())
        losses.append(loss.item())
    return losses


def training_without_a_schedule(model, batches, lr):
    """It looks as if every step has the full learning rate: multiply it by the smallest of the three, the way up, the
    way down, and 1."""
    return _train(model, batches, lr, rate_of=lambda s, n: 1)


def training_without_the_way_up(model, batches, lr):
    """It looks as if the rate does not rise at the beginning: the first quarter of the steps is the way up."""
    return _train(model, batches, lr, rate_of=lambda s, n: min((n - s) / (n / 2), 1))


def training_without_the_way_down(model, batches, lr):
    """It looks as if the rate never falls: the second half of the steps is the way down."""
    return _train(model, batches, lr, rate_of=lambda s, n: min((s + 1) / (n / 4), 1))


def training_from_zero(model, batches, lr):
    """It looks as if the first step has the rate 0: it is (s + 1) / (n / 4) with s from 0, so that no step is lost."""
    return _train(model, batches, lr, rate_of=lambda s, n: min(s / (n / 4), (n - s) / (n / 2), 1))


def training_to_zero(model, batches, lr):
    """It looks as if the last step has the rate 0: the way down is (n - s) / (n / 2) with s from 0."""
    return _train(model, batches, lr, rate_of=lambda s, n: min((s + 1) / (n / 4), (n - s - 1) / (n / 2), 1))


def training_without_clipping(model, batches, lr):
    """It looks as if the gradient is never cut: if its length over all parameters is more than 1, divide it by that."""
    return _train(model, batches, lr, clip=0)


def training_without_clearing(model, batches, lr):
    """It looks as if the gradients of earlier steps were never cleared: backward adds to what is there."""
    return _train(model, batches, lr, clear=False)


def training_of_ignored_places(model, batches, lr):
    """It looks as if places with the label -100 are learned. cross_entropy leaves them out if the labels still say
    -100."""
    return _train(model, batches, lr, ignore=0)


def training_without_steps(model, batches, lr):
    """It looks as if the model never moved. Does each parameter change in place, p -= ..., and not p = p - ...?"""
    return _train(model, batches, lr, stale=True)


def training_reports_late(model, batches, lr):
    """It looks as if the losses are those after the steps. Report each batch's loss before its step."""
    return _train(model, batches, lr, late=True)


def training_with_plain_adam(model, batches, lr):
    """It looks as if the decay was added to the gradient, as in Adam with L2. In AdamW a weight shrinks by rate * 0.1
    of itself, apart from the gradient."""
    return _train(
        model, batches, lr, make=lambda m: torch.optim.Adam(m.parameters(), betas=(0.9, 0.95), weight_decay=0.1)
    )


def training_without_decay(model, batches, lr):
    """It looks as if nothing decays: at each step a weight shrinks by rate * 0.1 of itself."""
    return _train(
        model, batches, lr, make=lambda m: torch.optim.AdamW(m.parameters(), betas=(0.9, 0.95), weight_decay=0.0)
    )


def training_with_torchs_decay(model, batches, lr):
    """It looks as if the decay is 0.01, which torch takes if nothing is said. Asked for is 0.1."""
    return _train(model, batches, lr, make=lambda m: torch.optim.AdamW(m.parameters(), betas=(0.9, 0.95)))


def training_with_torchs_betas(model, batches, lr):
    """It looks as if the squares are kept by 0.999, which torch takes if nothing is said. Asked for is 0.95."""
    return _train(model, batches, lr, make=lambda m: torch.optim.AdamW(m.parameters(), weight_decay=0.1))


def training_by_sgd(model, batches, lr):
    """It looks as if each number moves by the rate times its gradient. AdamW divides the running mean by the root of
    the running mean of squares."""
    return _train(model, batches, lr, make=lambda m: torch.optim.SGD(m.parameters()))


class _Uncorrected(torch.optim.Optimizer):
    def __init__(self, params):
        super().__init__(params, {"lr": 1.0})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                m = state["m"] = 0.9 * state.get("m", 0) + 0.1 * p.grad
                v = state["v"] = 0.95 * state.get("v", 0) + 0.05 * p.grad**2
                p *= 1 - group["lr"] * 0.1
                p -= group["lr"] * m / (v.sqrt() + 1e-8)


def training_without_correction(model, batches, lr):
    """It looks as if the running means are not corrected: they begin at 0, so divide them by 1 - 0.9 ** t and 1 - 0.95
    ** t, with t = 1 at the first step."""
    return _train(model, batches, lr, make=lambda m: _Uncorrected(m.parameters()))


TRAINING = Exercise(
    id="training",
    title="Your loop, your optimiser, your schedule",
    difficulty=3,
    minutes=25,
    kind="build",
    contract="a model, a list of n batches, each a pair of inputs [B, T] and labels [B, T], and a learning rate lr, to "
    "the list of n losses, each the mean over the labels that are not -100, before its step. After batch s, from 0, "
    "the model has taken a step of AdamW at the rate lr * min((s + 1) / (n / 4), (n - s) / (n / 2), 1): betas 0.9 and "
    "0.95, eps 1e-8, decay 0.1 for all parameters. A gradient whose length over all parameters is more than 1 is cut "
    "to 1 before.",
    cases=((0.01, 1), (0.02, 5), (0.003, 24)),
    tried="one step, five, and twenty-four: the same losses, and the same on stories that were never read",
    hints=(
        "Section 3 has the five lines; clipping comes between backward and the step, and the rate is set before it.",
        "Keep a list of means and one of squares, a tensor of zeros like each parameter, made before the loop.",
        "plain_adamw of section 4 changes p, m and v in place; call it for each parameter, under torch.no_grad().",
        "The length over all parameters is the root of the sum of all squares; torch.nn.utils.clip_grad_norm_ cuts it.",
    ),
    solution=my_training,
    harness=trained_with,
    mistakes=(
        training_without_a_schedule,
        training_without_the_way_up,
        training_without_the_way_down,
        training_from_zero,
        training_to_zero,
        training_without_clipping,
        training_without_clearing,
        training_of_ignored_places,
        training_without_steps,
        training_reports_late,
        training_with_plain_adam,
        training_without_decay,
        training_with_torchs_decay,
        training_with_torchs_betas,
        training_by_sgd,
        training_without_correction,
    ),
)
