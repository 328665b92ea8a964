"""An exercise of lesson 00c: the learner's training step, optimiser included, teaches the name model to write."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F
from torch.optim.optimizer import register_optimizer_step_pre_hook

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson00b.names import NAMES
from lessons_lib.classroom.lessons.lesson00c import tiny


def my_training_step(model, lr, inputs, targets):
    loss = F.cross_entropy(model(inputs), targets)
    for parameter in model.parameters():
        parameter.grad = None
    loss.backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= lr * parameter.grad
    return loss.item()


def _clear(model):
    for parameter in model.parameters():
        parameter.grad = None


@torch.no_grad()
def _move(model, lr):
    for parameter in model.parameters():
        if parameter.grad is not None:
            parameter -= lr * parameter.grad


def step_without_clearing(model, lr, inputs, targets):
    """It looks as if the slopes of earlier steps were never deleted: clear them before backward."""
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    _move(model, lr)
    return loss.item()


def step_clears_at_the_end(model, lr, inputs, targets):
    """It looks as if the slopes were deleted only after the step: those that somebody else left before your first call
    counted. Clear them before backward."""
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    _move(model, lr)
    _clear(model)
    return loss.item()


def step_that_moves_nothing(model, lr, inputs, targets):
    """It looks as if the model never moved. Were the slopes deleted between backward and the step? Or does p = p - ...
    make a new number where p -= ... changes the old one?"""
    return F.cross_entropy(model(inputs), targets).item()


def step_before_backward(model, lr, inputs, targets):
    """It looks as if the step came before backward, so that each step followed the slopes of the batch before."""
    loss = F.cross_entropy(model(inputs), targets)
    _move(model, lr)
    _clear(model)
    loss.backward()
    return loss.item()


def step_uphill(model, lr, inputs, targets):
    """It looks as if the loss climbs: a slope says where it rises, and the step goes against it, with a minus."""
    return my_training_step(model, -lr, inputs, targets)


def step_of_its_own_length(model, lr, inputs, targets):
    """It looks as if the learning rate is fixed in your function. Take lr, which differs from call to call."""
    return my_training_step(model, 1, inputs, targets)


def step_of_a_tenth(model, lr, inputs, targets):
    """It looks as if the learning rate is always 0.1 in your function. Take lr, which differs from call to call."""
    return my_training_step(model, 0.1, inputs, targets)


def step_divided_by_the_batch(model, lr, inputs, targets):
    """It looks as if the slopes were divided by the number of places. cross_entropy is a mean already, and so are its
    slopes: minus lr times the slope is the whole step."""
    return my_training_step(model, lr / len(targets), inputs, targets)


def step_of_256_rows(model, lr, inputs, targets):
    """It looks as if your step reads the first 256 rows only. A batch may have any size: use all of it."""
    return my_training_step(model, lr, inputs[:256], targets[:256])


def two_steps(model, lr, inputs, targets):
    """It looks as if the model moved two steps in one call. One is wanted."""
    loss = my_training_step(model, lr, inputs, targets)
    my_training_step(model, lr, inputs, targets)
    return loss


def two_steps_and_the_second_loss(model, lr, inputs, targets):
    """It looks as if the model moved two steps in one call, and the loss of the second came back. One is wanted."""
    my_training_step(model, lr, inputs, targets)
    return my_training_step(model, lr, inputs, targets)


def step_without_no_grad(model, lr, inputs, targets):
    """A number with slopes can't be overwritten where notes are taken: do the step under torch.no_grad()."""
    _clear(model)
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    for parameter in model.parameters():
        parameter -= lr * parameter.grad
    return loss.item()


def step_of_a_plain_number(model, lr, inputs, targets):
    """A plain number has no backward: the notes are gone with .item(). Call it last."""
    loss = F.cross_entropy(model(inputs), targets).item()
    loss.backward()
    return loss


def step_with_softmax_before(model, lr, inputs, targets):
    """It looks as if softmax was applied before cross_entropy, which does its own: hand over the scores as they are."""
    loss = F.cross_entropy(model(inputs).softmax(-1), targets)
    _clear(model)
    loss.backward()
    _move(model, lr)
    return loss.item()


def step_with_the_sum(model, lr, inputs, targets):
    """It looks as if the loss is a sum over the batch. The slopes are then as many times too long: take the mean."""
    loss = F.cross_entropy(model(inputs), targets, reduction="sum")
    _clear(model)
    loss.backward()
    _move(model, lr)
    return loss.item()


def step_returns_the_sum(model, lr, inputs, targets):
    """The model moved as it should, and the loss that came back is the sum over the batch: return the mean."""
    return my_training_step(model, lr, inputs, targets) * len(targets)


def step_returns_the_model(model, lr, inputs, targets):
    """The model came back. Return the loss of this batch before the step, as one number; the model itself has moved
    already."""
    my_training_step(model, lr, inputs, targets)
    return model


def step_cleared_in_between(model, lr, inputs, targets):
    """A slope is None at the step: were the slopes deleted between backward and the step? Clear them before
    backward."""
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    _clear(model)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= lr * parameter.grad
    return loss.item()


def step_of_two_backwards(model, lr, inputs, targets):
    """It looks as if backward was called twice, on a loss computed twice: slopes are added, and the step is twice as
    long as it should be."""
    return my_training_step(model, 2 * lr, inputs, targets)


def step_of_the_first_parameter(model, lr, inputs, targets):
    """It looks as if only the first parameter moved. Does a return stand inside the loop? Go through all of
    model.parameters()."""
    _clear(model)
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= lr * parameter.grad
            return loss.item()


def _step_without(part, model, lr, inputs, targets):
    """A step in which one parameter stays where it is: 0 is the table, 1 the weight, 2 the bias."""
    _clear(model)
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    with torch.no_grad():
        for place, parameter in enumerate(model.parameters()):
            if place != part:
                parameter -= lr * parameter.grad
    return loss.item()


def step_without_the_bias(model, lr, inputs, targets):
    """It looks as if the bias never moved. model.parameters() gives all three: the table, the weight and the bias."""
    return _step_without(2, model, lr, inputs, targets)


def step_without_the_table(model, lr, inputs, targets):
    """It looks as if the embedding never moved. model.parameters() gives all three: the table, the weight and the
    bias."""
    return _step_without(0, model, lr, inputs, targets)


def step_by_names(model, lr, inputs, targets):
    """Right for the lesson's own model. Another one has other parts under other names: go through
    model.parameters()."""
    part = model.linear
    _clear(model)
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    with torch.no_grad():
        for parameter in (part.weight, part.bias, model.embedding.weight):
            parameter -= lr * parameter.grad
    return loss.item()


def step_by_names_from_the_table_on(model, lr, inputs, targets):
    """Right for the lesson's own model. Another one has other parts under other names: go through
    model.parameters()."""
    parts = [model.embedding.weight, model.linear.weight, model.linear.bias]
    _clear(model)
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    with torch.no_grad():
        for parameter in parts:
            parameter -= lr * parameter.grad
    return loss.item()


def step_of_a_backward_for_each(model, lr, inputs, targets):
    """backward was called anew for each parameter, and its notes are gone after the first time (section 7). One
    backward finds the slopes of all: call it once, before the loop over the parameters."""
    loss = F.cross_entropy(model(inputs), targets)
    for parameter in model.parameters():
        parameter.grad = None
        loss.backward()
        with torch.no_grad():
            parameter -= lr * parameter.grad
    return loss.item()


def step_of_a_kept_backward_for_each(model, lr, inputs, targets):
    """backward was called again after a parameter had moved, and its notes are of the old numbers. One backward finds
    the slopes of all: call it once, before the loop over the parameters."""
    loss = F.cross_entropy(model(inputs), targets)
    for parameter in model.parameters():
        parameter.grad = None
        loss.backward(retain_graph=True)
        with torch.no_grad():
            parameter -= lr * parameter.grad
    return loss.item()


def step_of_one_parameter_after_the_other(model, lr, inputs, targets):
    """It looks as if the loss was computed anew for each parameter, when the ones before it had moved already. One loss
    and one backward give the slopes of all; then all move."""
    losses = []
    for parameter in model.parameters():
        _clear(model)
        losses.append(F.cross_entropy(model(inputs), targets))
        losses[-1].backward()
        with torch.no_grad():
            parameter -= lr * parameter.grad
    return losses[0].item()


def step_of_one_parameter_after_the_other_with_the_last_loss(model, lr, inputs, targets):
    """It looks as if the loss was computed anew for each parameter, when the ones before it had moved already. One loss
    and one backward give the slopes of all; then all move."""
    for parameter in model.parameters():
        _clear(model)
        loss = F.cross_entropy(model(inputs), targets)
        loss.backward()
        with torch.no_grad():
            parameter -= lr * parameter.grad
    return loss.item()


def step_without_notes(model, lr, inputs, targets):
    """backward found no notes: the loss was computed under no_grad, where only the step belongs, or detached."""
    with torch.no_grad():
        loss = F.cross_entropy(model(inputs), targets)
        loss.backward()
        _move(model, lr)
    return loss.item()


def step_by_an_optimiser(model, lr, inputs, targets):
    """The numbers are right, and an optimiser took the step; now without one. Under torch.no_grad() each parameter
    moves by minus lr times its grad."""
    return _by_sgd(model, lr, inputs, targets)


def step_by_another_models_optimiser(model, lr, inputs, targets):
    """The step was taken by an optimiser of another model, such as the lesson's own `optimizer`: it moves the
    parameters that it was made with. Yours must move those of the model that is handed over, without an optimiser."""
    loss = F.cross_entropy(model(inputs), targets)
    for parameter in model.parameters():
        parameter.grad = None
    loss.backward()
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1).step()
    return loss.item()


def _cleared_with(clear, model, lr, inputs, targets):
    for parameter in model.parameters():
        clear(parameter)
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    _move(model, lr)
    return loss.item()


def _clears_with(name, clear):
    """A step that clears slopes in a way that needs slopes."""

    def mistake(model, lr, inputs, targets):
        return _cleared_with(clear, model, lr, inputs, targets)

    mistake.__name__ = f"step_clears_with_{name}"
    mistake.__doc__ = (
        "A fresh model has no slopes yet: each grad is None, which can't be filled with zeros. p.grad = None clears "
        "whatever is there."
    )
    return mistake


def _rounded(digits):
    """A step that gives its loss with few digits."""

    def mistake(model, lr, inputs, targets):
        return round(my_training_step(model, lr, inputs, targets), digits)

    mistake.__name__ = f"step_rounds_to_{digits}_digits"
    mistake.__doc__ = "It looks as if the loss was rounded, and all is well but for that. Return it as it is."
    return mistake


def step_of_clipped_slopes(model, lr, inputs, targets):
    """It looks as if the slopes were made shorter before the step, as clip_grad_norm_ does: each number moves by lr
    times its slope, however steep."""
    model.zero_grad()
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    _move(model, lr)
    return loss.item()


def step_towards_0(model, lr, inputs, targets):
    """It looks as if each number moved by lr times itself. Slopes move it: take parameter.grad."""
    loss = F.cross_entropy(model(inputs), targets)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= lr * parameter
    return loss.item()


def step_by_signs(model, lr, inputs, targets):
    """It looks as if each number moved by lr, up or down, however steep its slope: the slope itself belongs in the
    step, not its sign."""
    _clear(model)
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= lr * parameter.grad.sign()
    return loss.item()


def _by_sgd(model, lr, inputs, targets):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    optimizer.zero_grad()
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    optimizer.step()
    return loss.item()


def step_by_an_optimiser_of_its_own_length(model, lr, inputs, targets):
    """An optimiser took the step, at a learning rate fixed in your function. Take lr, which differs from call to call,
    and take the step without an optimiser."""
    return _by_sgd(model, 1, inputs, targets)


def _number_0(parameter):
    parameter.grad = 0


def step_clears_with_a_number(model, lr, inputs, targets):
    """A slope is a tensor, so grad can't be the number 0. p.grad = None clears whatever is there."""
    return _cleared_with(_number_0, model, lr, inputs, targets)


def _fill_with_zeros(parameter):
    parameter.grad = torch.zeros_like(parameter.grad)


def _times_0(parameter):
    parameter.grad *= 0


STEPS_THAT_ROUND = tuple(_rounded(digits) for digits in (2, 3))  # four are as near as float32 comes
STEPS_THAT_NEED_SLOPES = (
    _clears_with("zero_", lambda parameter: parameter.grad.zero_()),
    _clears_with("data", lambda parameter: parameter.grad.data.zero_()),
    _clears_with("zeros_like", _fill_with_zeros),
    _clears_with("times_0", _times_0),
)


def step_by_adam(model, lr, inputs, targets):
    """It looks as if Adam took the step, which chooses a length of its own for each number. Take the step yourself:
    minus lr times the slope."""
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    optimizer.zero_grad()
    loss = F.cross_entropy(model(inputs), targets)
    loss.backward()
    optimizer.step()
    return loss.item()


def step_returns_the_new_loss(model, lr, inputs, targets):
    """It looks as if you returned the loss after the step. Return the one that the slopes came from, before it."""
    my_training_step(model, lr, inputs, targets)
    return F.cross_entropy(model(inputs), targets).item()


def trained_with(
    answer: Callable, context: int, lr: float, batch: int, steps: int, old_slopes: bool
) -> dict | str | nn.Module | None:
    """What a fresh name model comes to when each of its steps is the learner's.

    With `old_slopes` its parameters hold the slopes of another batch before the first step, as they do after somebody's
    measurement; without, their `grad` is None, and the model's parts have no names.

    Returns:
        The first losses that came back (three at most), the loss on all names at the end, five names that the model
        writes after many steps, and who took the steps if it was not the learner's own lines; None if a step returned
        nothing, and "a model" if it returned that.
    """
    inputs, targets = tiny.pairs(NAMES, context)
    model = tiny.NextLetter(context)
    if not old_slopes:
        model = nn.Sequential(model.embedding, nn.Flatten(1), model.linear)
    generator = torch.Generator().manual_seed(0)
    losses, by_optimiser = [], []
    watch = register_optimizer_step_pre_hook(lambda optimiser, *_: by_optimiser.append(_has(optimiser, model)))
    with tiny.one_thread(), watch:  # is taken off at the end
        if old_slopes:
            F.cross_entropy(model(inputs[-batch:]), targets[-batch:]).backward()
        for _ in range(steps):
            rows = torch.randint(len(targets), (batch,), generator=generator)  # [N]
            loss = answer(model, lr, inputs[rows], targets[rows])
            if loss is None or isinstance(loss, nn.Module):
                return "a model" if loss is model else loss
            losses.append(torch.as_tensor(loss, dtype=torch.float64).detach().item())
        with torch.no_grad():
            after = F.cross_entropy(model(inputs), targets).item()
    result = {"losses": losses[:3], "on all names": after}
    if steps >= 100:
        result["names"] = tiny.write_names(model, context, 5, seed=2)
    if by_optimiser:
        result["steps by"] = "an optimiser" if all(by_optimiser) else "an optimiser of another model"
    return result


def _has(optimiser: torch.optim.Optimizer, model: nn.Module) -> bool:
    """Whether an optimiser moves a model's parameters."""
    moved = {id(parameter) for group in optimiser.param_groups for parameter in group["params"]}
    return any(id(parameter) in moved for parameter in model.parameters())


TRAINING_STEP = Exercise(
    id="training_step",
    title="Your training step teaches it to write",
    difficulty=3,
    minutes=15,
    kind="build",
    contract="a model, a learning rate lr, inputs [N, context] and targets [N] to the loss of this batch before the "
    "step, as one number. When the function is done, each parameter has moved by minus lr times its slope, without an "
    "optimiser; slopes that were there before do not count (a fresh model has none: its grads are None).",
    cases=(
        (1, 1.0, 256, 1, True),
        (1, 1.0, 256, 1, False),
        (1, 0.1, 1, 1, True),
        (1, 0.5, 300, 3, True),
        (3, 1.0, 256, 300, True),
    ),
    tried="one step with old slopes lying about and one without, of a model whose parts have no names, a batch of one "
    "place, whose slopes are steep, three steps at another learning rate, and 300 steps of the model that looks three "
    "letters back, which then writes: janch, san, frven, ham, colome",
    hints=(
        "Section 1 moves one number by hand, section 4 has the order of the five lines. Here the number is each "
        "parameter in turn.",
        "model.parameters() gives the parameters; clear each one's grad before backward.",
        "Under torch.no_grad(), p -= lr * p.grad changes p itself; p = p - lr * p.grad would not.",
    ),
    solution=my_training_step,
    mistakes=(
        step_without_clearing,
        step_clears_at_the_end,
        step_that_moves_nothing,
        step_before_backward,
        step_uphill,
        step_of_its_own_length,
        step_of_a_tenth,
        step_divided_by_the_batch,
        step_of_256_rows,
        two_steps,
        two_steps_and_the_second_loss,
        step_without_no_grad,
        step_of_a_plain_number,
        step_with_softmax_before,
        step_with_the_sum,
        step_returns_the_new_loss,
        step_returns_the_sum,
        step_returns_the_model,
        step_cleared_in_between,
        step_of_two_backwards,
        step_of_the_first_parameter,
        step_without_the_bias,
        step_without_the_table,
        step_by_names,
        step_by_names_from_the_table_on,
        step_of_a_backward_for_each,
        step_of_a_kept_backward_for_each,
        step_of_one_parameter_after_the_other,
        step_of_one_parameter_after_the_other_with_the_last_loss,
        step_without_notes,
        step_by_an_optimiser,
        step_by_another_models_optimiser,
        *STEPS_THAT_NEED_SLOPES,
        *STEPS_THAT_ROUND,
        step_clears_with_a_number,
        step_of_clipped_slopes,
        step_towards_0,
        step_by_signs,
        step_by_an_optimiser_of_its_own_length,
        step_by_adam,
    ),
    harness=trained_with,
)
