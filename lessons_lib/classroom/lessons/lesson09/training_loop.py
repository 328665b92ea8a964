"""The building exercise of lesson 09: the learner's loop, optimiser and schedule train a model that reads stories."""

import copy
import math

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


def _cut(parameters):
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)


def _mean(scores, labels):
    return F.cross_entropy(scores.flatten(0, 1), labels.flatten())


def _train(
    model, batches, lr, rate_of=None, clip=_cut, mean=_mean, clear=True, make=None, steps=None, late=False, ahead=True
):
    """The same with torch's optimiser, and with the knobs that mistakes turn."""
    n, losses = len(batches), []
    rate_of = rate_of or (lambda s, n: min((s + 1) / (n / 4), (n - s) / (n / 2), 1))
    optimizer = make(model) if make else torch.optim.AdamW(model.parameters(), betas=(0.9, 0.95), weight_decay=0.1)
    for s, (inputs, labels) in enumerate(batches):
        loss = mean(model(inputs), labels)
        if clear:
            optimizer.zero_grad()
        loss.backward()
        clip(list(model.parameters()))
        for group in optimizer.param_groups:
            group["lr"] = lr * (rate_of(s, n) if ahead else rate_of(s - 1, n) if s else 1)
        if steps is None or s < steps % n:
            optimizer.step()
        if late:
            loss = mean(model(inputs), labels)
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
    """It looks as if the gradient's length is never cut: if its length over all parameters is more than 1, divide all
    of it by that. model.parameters() hands them out once: who goes through them twice needs list(model.parameters()).
    To cut each number by itself (clip_grad_value_) does not do it, and turns the arrow."""
    return _train(model, batches, lr, clip=lambda parameters: None)


def training_that_always_cuts(model, batches, lr):
    """It looks as if every gradient comes to the same length, the short ones too. One that is shorter than 1 stays as
    it is: divide by the larger of its length and 1."""

    def normalise(parameters):
        length = sum((p.grad**2).sum() for p in parameters) ** 0.5
        for p in parameters:
            p.grad /= length

    return _train(model, batches, lr, clip=normalise)


def training_cut_to_a_tenth(model, batches, lr):
    """It looks as if gradients are cut to the length 0.1. Asked for is 1, and a shorter one stays as it is."""
    return _train(model, batches, lr, clip=lambda parameters: torch.nn.utils.clip_grad_norm_(parameters, 0.1))


def training_that_cuts_each(model, batches, lr):
    """It looks as if each parameter's gradient is cut by its own length. All of them together are one arrow with one
    length."""
    return _train(model, batches, lr, clip=lambda parameters: [_cut([p]) for p in parameters])


def training_by_rows(model, batches, lr):
    """It looks as if the loss is the mean of the rows' means. A row with few labels then counts as much as one with
    many: take one mean over all labels of the batch that are not -100."""

    def mean(scores, labels):
        return torch.stack([F.cross_entropy(*row) for row in zip(scores, labels, strict=True)]).mean()

    return _train(model, batches, lr, mean=mean)


def training_over_all_places(model, batches, lr):
    """It looks as if the sum of the losses is divided by all places. Divide by the number of labels that are not
    -100."""

    def mean(scores, labels):
        return F.cross_entropy(scores.flatten(0, 1), labels.flatten(), reduction="sum") / labels.numel()

    return _train(model, batches, lr, mean=mean)


def training_that_shifts_again(model, batches, lr):
    """It looks as if the labels are moved by one place more. They are moved already: the label of a place is the token
    that follows it."""
    return _train(model, batches, lr, mean=lambda scores, labels: _mean(scores[:, :-1], labels[:, 1:]))


def training_without_clearing(model, batches, lr):
    """It looks as if the gradients of earlier steps were never cleared: backward adds to what is there."""
    return _train(model, batches, lr, clear=False)


def training_of_ignored_places(model, batches, lr):
    """It looks as if places with the label -100 are learned. cross_entropy leaves them out if the labels still say
    -100."""
    return _train(model, batches, lr, mean=lambda scores, labels: _mean(scores, labels.clamp(min=0)))


def training_without_steps(model, batches, lr):
    """It looks as if the model never moved. By hand: does each parameter change in place, p -= ..., and not p = p -
    ...? With torch's optimiser: is the gradient there at its step, or was it cleared after backward?"""
    return _train(model, batches, lr, steps=0)


def training_without_the_last_step(model, batches, lr):
    """It looks as if the last batch is not learned from: the losses are right, and the last step is missing."""
    return _train(model, batches, lr, steps=-1)


def training_by_sums(model, batches, lr):
    """It looks as if the losses are sums. Take the mean over the labels that are not -100."""

    def total(scores, labels):
        return F.cross_entropy(scores.flatten(0, 1), labels.flatten(), reduction="sum")

    return _train(model, batches, lr, mean=total)


def training_of_chances(model, batches, lr):
    """It looks as if cross_entropy got chances. It makes them itself: hand it the scores, without softmax."""
    return _train(model, batches, lr, mean=lambda scores, labels: _mean(scores.softmax(-1), labels))


def training_with_whole_quarters(model, batches, lr):
    """It looks as if n // 4 and n // 2 are used, which drop what is left over: of one batch a quarter is 0. It is n / 4
    and n / 2."""
    return _train(model, batches, lr, rate_of=lambda s, n: min((s + 1) / (n // 4), (n - s) / (n // 2), 1))


def training_by_the_largest(model, batches, lr):
    """It looks as if the largest of the three shares is taken. It is the smallest: min."""
    return _train(model, batches, lr, rate_of=lambda s, n: max((s + 1) / (n / 4), (n - s) / (n / 2), 1))


def training_with_halves_swapped(model, batches, lr):
    """It looks as if the way up takes half of the steps and the way down a quarter: it is the other way round."""
    return _train(model, batches, lr, rate_of=lambda s, n: min((s + 1) / (n / 2), (n - s) / (n / 4), 1))


def training_with_the_lessons_warm_up(model, batches, lr):
    """It looks as if the way up takes 0.04 of the steps, as in section 6. Here it is a quarter."""
    return _train(model, batches, lr, rate_of=lambda s, n: min((s + 1) / (0.04 * n), (n - s) / (n / 2), 1))


def training_cut_to_a_half(model, batches, lr):
    """It looks as if gradients are cut to the length 0.5. Asked for is 1, and a shorter one stays as it is."""
    return _train(model, batches, lr, clip=lambda parameters: torch.nn.utils.clip_grad_norm_(parameters, 0.5))


def training_cut_by_the_square(model, batches, lr):
    """It looks as if the gradient is divided by the sum of its squares. Its length is the root of that."""

    def cut(parameters):
        squares = sum((p.grad**2).sum() for p in parameters)
        for p in parameters:
            p.grad /= max(squares, 1)

    return _train(model, batches, lr, clip=cut)


def training_of_a_copy(model, batches, lr):
    """It looks as if a copy was trained: the losses are right, and the model that was handed over has not moved."""
    return my_training(copy.deepcopy(model), batches, lr)


def training_returns_the_mean(model, batches, lr):
    """It looks as if you returned the mean of the losses. Asked for is a list of them, one for each batch."""
    losses = my_training(model, batches, lr)
    return sum(losses) / len(losses)


def training_without_a_peak(model, batches, lr):
    """It looks as if the rate goes up and down without a flat part, and above lr: the third number of the minimum is
    1."""
    return _train(model, batches, lr, rate_of=lambda s, n: min((s + 1) / (n / 4), (n - s) / (n / 2)))


def training_one_rate_behind(model, batches, lr):
    """It looks as if the rate is set after the step, so that each step has the rate of the one before, and the first
    the full one. Set it before."""
    return _train(model, batches, lr, ahead=False)


def training_with_rates_that_multiply(model, batches, lr):
    """It looks as if each rate is a share of the one before (lr = lr * ...). It is a share of the lr that was handed
    over: give it another name."""
    shares = []

    def rate_of(s, n):
        shares.append(min((s + 1) / (n / 4), (n - s) / (n / 2), 1))
        return math.prod(shares)

    return _train(model, batches, lr, rate_of=rate_of)


def training_that_forgets(model, batches, lr):
    """It looks as if the running means begin anew at each step. Make them, or the optimiser, before the loop."""
    losses = []
    for s, batch in enumerate(batches):
        share = min((s + 1) / (len(batches) / 4), (len(batches) - s) / (len(batches) / 2), 1)
        losses += _train(model, [batch], lr * share)
    return losses


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


def training_without_decay_of_norms(model, batches, lr):
    """It looks as if the norms do not decay. Often they are left out, as in section 7; here all parameters decay."""

    def groups(model):
        matrices, norms = ([p for p in model.parameters() if (p.ndim == 2) == big] for big in (True, False))
        kinds = [{"params": matrices, "weight_decay": 0.1}, {"params": norms, "weight_decay": 0.0}]
        return torch.optim.AdamW(kinds, betas=(0.9, 0.95))

    return _train(model, batches, lr, make=groups)


def _shrinking(share):
    def shrink(parameters):
        with torch.no_grad():
            for p in parameters:
                p *= 1 - share
        _cut(parameters)

    return {"clip": shrink, "make": lambda m: torch.optim.AdamW(m.parameters(), betas=(0.9, 0.95), weight_decay=0)}


def training_with_decay_at_full_rate(model, batches, lr):
    """It looks as if a weight shrinks by lr * 0.1 of itself at each step. It shrinks by the rate of that step times
    0.1."""
    return _train(model, batches, lr, **_shrinking(lr * 0.1))


def training_with_decay_apart_from_the_rate(model, batches, lr):
    """It looks as if a weight shrinks by 0.1 of itself at each step. It shrinks by the rate of that step times 0.1."""
    return _train(model, batches, lr, **_shrinking(0.1))


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
    def __init__(self, params, squares_too=True):
        super().__init__(params, {"lr": 1.0})
        self.squares_too, self.t = squares_too, 0

    @torch.no_grad()
    def step(self):
        self.t += 1
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                m = state["m"] = 0.9 * state.get("m", 0) + 0.1 * p.grad
                v = state["v"] = 0.95 * state.get("v", 0) + 0.05 * p.grad**2
                p *= 1 - group["lr"] * 0.1
                p -= group["lr"] * m / ((v if self.squares_too else v / (1 - 0.95**self.t)).sqrt() + 1e-8)


def training_without_correction(model, batches, lr):
    """It looks as if the running means are not corrected: they begin at 0, so divide them by 1 - 0.9 ** t and 1 - 0.95
    ** t, with t = 1 at the first step."""
    return _train(model, batches, lr, make=lambda m: _Uncorrected(m.parameters()))


def training_with_one_correction(model, batches, lr):
    """It looks as if only the squares' mean is corrected. The gradients' mean begins at 0 too: divide it by
    1 - 0.9 ** t."""
    return _train(model, batches, lr, make=lambda m: _Uncorrected(m.parameters(), squares_too=False))


TRAINING = Exercise(
    id="training",
    title="Your loop, your optimiser, your schedule",
    difficulty=3,
    minutes=25,
    kind="build",
    contract="a model, a list of n batches, each a pair of inputs [B, T] and labels [B, T], and a learning rate lr, to "
    "the list of n losses, each the mean over the labels that are not -100, before its step. After batch s, from 0, "
    "the model has taken a step of AdamW at the rate lr * min((s + 1) / (n / 4), (n - s) / (n / 2), 1): betas 0.9 and "
    "0.95, eps 1e-8, decay 0.1 for all parameters, norms too. A gradient whose length over all parameters is more than "
    "1 is cut to 1 before.",
    cases=((0.01, 1), (0.02, 5), (0.007, 32)),
    tried="one step, five, and thirty-two, with long gradients and short ones: the same losses, and the same on "
    "stories that were never read",
    hints=(
        "Section 7 has its steps. Clipping comes between backward and the step, and the rate is set before it.",
        "Make three lists before the loop: list(model.parameters()), and means and squares, zeros like each of them.",
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
        training_that_always_cuts,
        training_cut_to_a_tenth,
        training_that_cuts_each,
        training_by_rows,
        training_over_all_places,
        training_that_shifts_again,
        training_without_clearing,
        training_of_ignored_places,
        training_without_steps,
        training_without_the_last_step,
        training_by_sums,
        training_of_chances,
        training_with_whole_quarters,
        training_by_the_largest,
        training_with_halves_swapped,
        training_with_the_lessons_warm_up,
        training_cut_to_a_half,
        training_cut_by_the_square,
        training_of_a_copy,
        training_returns_the_mean,
        training_without_a_peak,
        training_one_rate_behind,
        training_with_rates_that_multiply,
        training_that_forgets,
        training_reports_late,
        training_with_plain_adam,
        training_without_decay,
        training_without_decay_of_norms,
        training_with_decay_at_full_rate,
        training_with_decay_apart_from_the_rate,
        training_with_torchs_decay,
        training_with_torchs_betas,
        training_by_sgd,
        training_without_correction,
        training_with_one_correction,
    ),
)
