"""An exercise of appendix A3: mend three faults in a training loop that raise no error."""

import copy
from collections.abc import Iterable

import torch
from torch import nn
from torch.nn import functional as F

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.trials import Refused


def my_training(model, inputs, labels, steps, lr):
    optimiser = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(inputs), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


def _trained(
    model, inputs, labels, steps, lr, kind=torch.optim.SGD, loss_of=F.cross_entropy, clear="first", cut=None, **settings
):
    """The loop, with a fault of choice: slopes are cleared `"first"`, before the `"step"`, at the `"end"` or never."""
    optimiser = kind(model.parameters(), lr=lr, **settings)
    losses = []
    for _ in range(steps):
        if clear == "first":
            optimiser.zero_grad()
        loss = loss_of(model(inputs), labels)
        loss.backward()
        if clear == "step":
            optimiser.zero_grad()
        if cut is not None:
            nn.utils.clip_grad_norm_(model.parameters(), cut)
        optimiser.step()
        if clear == "end":
            optimiser.zero_grad()
        losses.append(loss.item())
    return losses


def _softmax_twice(scores, labels):
    return F.cross_entropy(scores.softmax(-1), labels)


def training_without_clearing(model, inputs, labels, steps, lr):
    """It looks as if slopes of earlier rounds are still there: `backward` adds to them. Clear them in each round."""
    return _trained(model, inputs, labels, steps, lr, clear="never")


def training_that_clears_once(model, inputs, labels, steps, lr):
    """It looks as if slopes are cleared once, and then pile up: `backward` adds to them. Clear them in each round, in
    the loop and not before it."""
    model.zero_grad()
    return _trained(model, inputs, labels, steps, lr, clear="never")


def training_with_softmax(model, inputs, labels, steps, lr):
    """It looks as if softmax is taken twice: `cross_entropy` takes it itself. Give it the scores."""
    return _trained(model, inputs, labels, steps, lr, loss_of=_softmax_twice)


def training_with_both(model, inputs, labels, steps, lr):
    """It looks as if two faults are left: softmax is taken twice, since `cross_entropy` takes it too, and slopes of
    earlier rounds are never cleared."""
    return _trained(model, inputs, labels, steps, lr, loss_of=_softmax_twice, clear="never")


def training_that_clears_too_late(model, inputs, labels, steps, lr):
    """It looks as if nothing moves: either no step is taken, or the slopes are cleared between `backward` and `step`.
    Clear them before `backward`."""
    return _trained(model, inputs, labels, steps, lr, clear="step")


def training_that_says_the_last(model, inputs, labels, steps, lr):
    """It looks as if you give the last loss alone. Give a list, one loss for each step."""
    return my_training(model, inputs, labels, steps, lr)[-1:]


def training_that_measures_after(model, inputs, labels, steps, lr):
    """It looks as if you measure after each step. Give the loss that the step's slopes came from, before it."""
    losses = []
    for _ in range(steps):
        my_training(model, inputs, labels, 1, lr)
        losses.append(F.cross_entropy(model(inputs), labels).item())
    return losses


def training_by_adam(model, inputs, labels, steps, lr):
    """It looks as if the optimiser was exchanged. `SGD` was no fault: leave it, and its learning rate."""
    return _trained(model, inputs, labels, steps, lr, kind=torch.optim.Adam)


def training_that_clears_at_the_end(model, inputs, labels, steps, lr):
    """It looks as if the slopes that the model comes with go into the first step: clear them before the first
    `backward` too."""
    return _trained(model, inputs, labels, steps, lr, clear="end")


def training_on_sums(model, inputs, labels, steps, lr):
    """It looks as if the loss is a sum over the inputs. Take the mean, as `cross_entropy` does by itself."""
    return [len(labels) * loss for loss in my_training(model, inputs, labels, steps, len(labels) * lr)]


def training_on_chances(model, inputs, labels, steps, lr):
    """It looks as if the loss is minus the mean chance: `nll_loss` wants logarithms. Give `cross_entropy` the
    scores."""
    return _trained(model, inputs, labels, steps, lr, loss_of=lambda x, y: F.nll_loss(x.softmax(-1), y))


def training_with_momentum(model, inputs, labels, steps, lr):
    """It looks as if earlier slopes go on in the step, as momentum does it. A step goes by this loss alone."""
    return _trained(model, inputs, labels, steps, lr, momentum=0.9)


def training_of_a_copy(model, inputs, labels, steps, lr):
    """It looks as if you train a copy. The model that is given is the one to move."""
    return my_training(copy.deepcopy(model), inputs, labels, steps, lr)


def training_that_gives_up(model, inputs, labels, steps, lr):
    """It looks as if you stop where the loss rises. Take all steps."""
    losses = []
    while len(losses) < steps:
        [loss] = my_training(copy.deepcopy(model), inputs, labels, 1, lr)
        if losses and loss > losses[-1]:
            break
        losses += my_training(model, inputs, labels, 1, lr)
    return losses


def training_with_clipping(model, inputs, labels, steps, lr):
    """It looks as if long slopes are cut. Take them as they are."""
    return _trained(model, inputs, labels, steps, lr, cut=1)


def after(answer, seed, steps, lr):
    """The losses that came back and the model's loss at the end, from a small model that a seed made; it comes with
    slopes from before.

    Raises:
        Refused: if a loss is no plain number, or still holds the record of how it was made.
    """
    generator = torch.Generator().manual_seed(seed)
    model = nn.Linear(3, 4).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    inputs = torch.randn(6, 3, generator=generator, dtype=torch.float64)
    labels = torch.tensor([0, 1, 2, 3, 0, 1])
    for parameter in model.parameters():
        parameter.grad = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
    losses = answer(model, inputs, labels, steps, lr)
    if losses is None:
        return None
    if not isinstance(losses, Iterable) or getattr(losses, "ndim", 1) == 0:
        losses = [losses]
    if any(getattr(loss, "requires_grad", False) for loss in losses):
        raise Refused("a loss still holds the record of all that led to it, which takes memory: keep loss.item()")
    if any(isinstance(loss, str | torch.Tensor) for loss in losses):
        raise Refused("asked for are plain numbers, and a loss is a tensor or a text: keep loss.item()")
    with torch.no_grad():
        end = F.cross_entropy(model(inputs), labels).item()
    return {"losses": [float(loss) for loss in losses], "at the end": end}


QUIET_TRAINING = Exercise(
    id="quiet_training",
    kind="diagnose",
    title="Mend the loop that says nothing",
    difficulty=2,
    minutes=10,
    contract="a model, inputs [N, C], labels [N], a number of steps and a learning rate to a list of plain numbers: "
    "the loss of all inputs before each step. In each step the parameters move by minus lr times the slopes of this "
    "loss alone (SGD).",
    cases=((0, 1, 0.5), (1, 3, 0.5), (2, 12, 1.0), (7, 4, 30.0)),
    tried="one step, three and twelve, and four that are too long, of models that come with old slopes",
    hints=(
        "There are three faults. One is in section 6 as a number that grows, one as a loss that stays too high.",
        "The third takes memory at each step: what hangs on a loss that is kept as a tensor?",
        "Clear the slopes in each round, give cross_entropy the scores, keep loss.item().",
    ),
    solution=my_training,
    harness=after,
    mistakes=(
        training_without_clearing,
        training_that_clears_once,
        training_with_softmax,
        training_with_both,
        training_that_clears_too_late,
        training_that_says_the_last,
        training_that_measures_after,
        training_by_adam,
        training_that_clears_at_the_end,
        training_on_sums,
        training_on_chances,
        training_with_momentum,
        training_of_a_copy,
        training_that_gives_up,
        training_with_clipping,
    ),
)
