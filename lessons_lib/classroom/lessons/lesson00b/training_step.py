"""An exercise of lesson 00b: the learner's training step teaches the name model to write."""

from collections.abc import Callable

import torch
from torch.nn import functional as F

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson00b import tiny
from lessons_lib.classroom.lessons.lesson00b.names import NAMES


def my_training_step(model, optimizer, inputs, targets):
    loss = F.cross_entropy(model(inputs), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def step_without_zero_grad(model, optimizer, inputs, targets):
    """It looks as if the slopes of earlier steps were never deleted: call optimizer.zero_grad() before backward."""
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    optimizer.step()
    return loss.item()


def step_zeroes_too_late(model, optimizer, inputs, targets):
    """It looks as if the model never moved: either step is missing, or backward is, or the slopes were deleted between
    backward and step."""
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


def step_before_backward(model, optimizer, inputs, targets):
    """It looks as if step came before backward, so that each step followed the slopes of the batch before."""
    loss = F.cross_entropy(model(inputs), targets)
    optimizer.step()
    optimizer.zero_grad()
    loss.backward()
    return loss.item()


def step_uphill(model, optimizer, inputs, targets):
    """It looks as if the loss climbs: backward must start from the loss, and the optimizer then goes down by itself.
    A minus is too much."""
    loss = -F.cross_entropy(model(inputs), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return -loss.item()


def step_with_softmax_before(model, optimizer, inputs, targets):
    """It looks as if softmax was applied before cross_entropy, which does its own: hand over the scores as they are."""
    loss = F.cross_entropy(model(inputs).softmax(-1), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def step_with_the_sum(model, optimizer, inputs, targets):
    """It looks as if the loss is a sum over the batch. The slopes are then as many times too long: take the mean."""
    loss = F.cross_entropy(model(inputs), targets, reduction="sum")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def step_returns_the_new_loss(model, optimizer, inputs, targets):
    """It looks as if you returned the loss after the step. Return the one that the slopes came from, before it."""
    my_training_step(model, optimizer, inputs, targets)
    return F.cross_entropy(model(inputs), targets).item()


def trained_with(answer: Callable, context: int, steps: int) -> dict | None:
    """What a fresh name model comes to when each of its steps is the learner's: its losses, and five names."""
    inputs, targets = tiny.pairs(NAMES, context)
    model = tiny.NextLetter(context)
    optimizer = torch.optim.SGD(model.parameters(), lr=1)
    generator = torch.Generator().manual_seed(0)
    losses = []
    with tiny.one_thread():
        for _ in range(steps):
            rows = torch.randint(len(targets), (tiny.BATCH,), generator=generator)  # [N]
            loss = answer(model, optimizer, inputs[rows], targets[rows])
            if loss is None:
                return None
            losses.append(torch.as_tensor(loss, dtype=torch.float64).detach().item())
    return {"losses": [*losses[:3], losses[-1]], "names": tiny.write_names(model, context, 5, seed=2)}


TRAINING_STEP = Exercise(
    id="training_step",
    title="Your training step teaches it to write",
    difficulty=3,
    minutes=10,
    kind="build",
    contract="a model, its optimizer, inputs [N, context] and targets [N] to the loss of this batch before the step, "
    "as one number; the model has moved one step downhill when the function is done. The slopes of earlier steps must "
    "not count.",
    cases=((1, 1), (1, 3), (3, 300)),
    tried="one step, three steps, and 300 steps of the model that looks three letters back: the same losses and names",
    hints=(
        "Section 10 has the five lines; here the batch is given.",
        "F.cross_entropy(model(inputs), targets), then zero_grad, backward, step.",
        "loss.item() is the loss as a plain number.",
    ),
    solution=my_training_step,
    mistakes=(
        step_without_zero_grad,
        step_zeroes_too_late,
        step_before_backward,
        step_uphill,
        step_with_softmax_before,
        step_with_the_sum,
        step_returns_the_new_loss,
    ),
    harness=trained_with,
)
