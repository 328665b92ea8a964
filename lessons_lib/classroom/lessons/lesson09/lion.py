"""The stretch exercise of lesson 09: an optimiser that the lesson does not show, from its description."""

import torch

from lessons_lib.classroom.exercises import Exercise


def my_lion(p, g, m, lr, decay):
    towards = 0.9 * m + 0.1 * g
    return (1 - lr * decay) * p - lr * torch.sign(towards), 0.99 * m + 0.01 * g


def lion_of_the_new_mean(p, g, m, lr, decay):
    """It looks as if the sign is taken of the new running mean. The sign is of 0.9 m + 0.1 g with the old m; what is
    kept, 0.99 m + 0.01 g, is another mixture."""
    m = 0.99 * m + 0.01 * g
    return (1 - lr * decay) * p - lr * torch.sign(m), m


def lion_that_renews_the_mean_first(p, g, m, lr, decay):
    """It looks as if the running mean is renewed before the sign is taken: the sign is then of 0.9 of the new mean.
    Take the sign first, with the old m."""
    m = 0.99 * m + 0.01 * g
    return (1 - lr * decay) * p - lr * torch.sign(0.9 * m + 0.1 * g), m


def lion_with_the_mixtures_swapped(p, g, m, lr, decay):
    """It looks as if the two mixtures have changed places: the sign is of 0.9 m + 0.1 g; kept is 0.99 m + 0.01 g."""
    return (1 - lr * decay) * p - lr * torch.sign(0.99 * m + 0.01 * g), 0.9 * m + 0.1 * g


def lion_that_keeps_the_old_mean(p, g, m, lr, decay):
    """It looks as if the running mean comes back as it was. Return the new one, 0.99 m + 0.01 g."""
    return my_lion(p, g, m, lr, decay)[0], m


def lion_of_two_signs(p, g, m, lr, decay):
    """It looks as if the signs are mixed. Mix m and g themselves, and take the sign of that."""
    return (1 - lr * decay) * p - lr * (0.9 * torch.sign(m) + 0.1 * torch.sign(g)), 0.99 * m + 0.01 * g


def lion_that_keeps_a_mixture_of_the_mixture(p, g, m, lr, decay):
    """It looks as if the first mixture goes into the second. What is kept is made of the old m: 0.99 m + 0.01 g."""
    towards = 0.9 * m + 0.1 * g
    return (1 - lr * decay) * p - lr * torch.sign(towards), 0.99 * towards + 0.01 * g


def lion_with_decay_in_the_mixture(p, g, m, lr, decay):
    """It looks as if the decay was added to the gradient, where the sign swallows its size. It acts on the number
    itself, apart from the gradient."""
    towards = 0.9 * m + 0.1 * (g + decay * p)
    return p - lr * torch.sign(towards), 0.99 * m + 0.01 * g


def lion_backwards(p, g, m, lr, decay):
    """Right, but the two results are swapped: return the new p first, then the new m."""
    return my_lion(p, g, m, lr, decay)[::-1]


def lion_that_never_stands(p, g, m, lr, decay):
    """It looks as if a mixture of exactly 0 counts as positive. Its sign is 0, as in torch.sign: the number stays."""
    towards = torch.where(0.9 * m + 0.1 * g >= 0, 1.0, -1.0)
    return (1 - lr * decay) * p - lr * towards, 0.99 * m + 0.01 * g


def lion_with_one_mixture(p, g, m, lr, decay):
    """It looks as if 0.9 m + 0.1 g is kept too. There are two mixtures: that one for the sign, and 0.99 m + 0.01 g to
    keep."""
    m = 0.9 * m + 0.1 * g
    return (1 - lr * decay) * p - lr * torch.sign(m), m


def lion_by_the_gradient(p, g, m, lr, decay):
    """It looks as if the sign is that of the gradient alone: it is that of 0.9 m + 0.1 g."""
    return (1 - lr * decay) * p - lr * torch.sign(g), 0.99 * m + 0.01 * g


def lion_with_swapped_shares(p, g, m, lr, decay):
    """It looks as if the shares of the first mixture are swapped: it has 0.9 of the running mean and 0.1 of the
    gradient."""
    return (1 - lr * decay) * p - lr * torch.sign(0.1 * m + 0.9 * g), 0.99 * m + 0.01 * g


def lion_that_keeps_the_gradient(p, g, m, lr, decay):
    """It looks as if the shares of the second mixture are swapped: kept are 0.99 of the old mean and 0.01 of the
    gradient."""
    return my_lion(p, g, m, lr, decay)[0], 0.01 * m + 0.99 * g


def lion_that_decays_late(p, g, m, lr, decay):
    """It looks as if the number shrinks after its step, and the step with it. As in AdamW, the decay is of the old p:
    (1 - lr * decay) * p, and then the step."""
    return (1 - lr * decay) * (p - lr * torch.sign(0.9 * m + 0.1 * g)), 0.99 * m + 0.01 * g


def lion_of_the_old_mean(p, g, m, lr, decay):
    """It looks as if the sign is that of the old running mean alone: it is that of 0.9 m + 0.1 g."""
    return (1 - lr * decay) * p - lr * torch.sign(m), 0.99 * m + 0.01 * g


def lion_without_the_sign(p, g, m, lr, decay):
    """It looks as if the sign is missing: each number moves by lr, up or down."""
    return (1 - lr * decay) * p - lr * (0.9 * m + 0.1 * g), 0.99 * m + 0.01 * g


def lion_uphill(p, g, m, lr, decay):
    """It looks as if the step goes uphill: against the sign, with a minus."""
    return (1 - lr * decay) * p + lr * torch.sign(0.9 * m + 0.1 * g), 0.99 * m + 0.01 * g


def lion_without_decay(p, g, m, lr, decay):
    """It looks as if nothing decays: a number first shrinks by lr * decay of itself."""
    return p - lr * torch.sign(0.9 * m + 0.1 * g), 0.99 * m + 0.01 * g


def lion_with_decay_in_the_gradient(p, g, m, lr, decay):
    """It looks as if the decay was added to the gradient, where the sign swallows its size. It acts on the number
    itself, apart from the gradient."""
    g = g + decay * p
    return p - lr * torch.sign(0.9 * m + 0.1 * g), 0.99 * m + 0.01 * g


def lion_with_full_decay(p, g, m, lr, decay):
    """It looks as if a number shrinks by decay alone: it is lr * decay of it."""
    return (1 - decay) * p - lr * torch.sign(0.9 * m + 0.1 * g), 0.99 * m + 0.01 * g


def lion_alone(p, g, m, lr, decay):
    """Right for the first of two results: return the new running mean too, (p, m)."""
    return my_lion(p, g, m, lr, decay)[0]


LION = Exercise(
    id="lion",
    title="Stretch: an optimiser from its description",
    difficulty=2,
    minutes=6,
    kind="transfer",
    contract="numbers p, their gradient g and their running mean m, three tensors of one shape, a learning rate lr and "
    "a decay, to a pair of tensors: the new p and the new m. The inputs stay as they are.",
    cases=(
        (torch.tensor([1.0]), torch.tensor([0.5]), torch.tensor([0.0]), 0.1, 0.0),
        (torch.tensor([1.0, -2.0]), torch.tensor([0.5, -3.0]), torch.tensor([0.2, -0.1]), 0.1, 0.5),
        (torch.tensor([0.4, 3.0, -1.0]), torch.tensor([-1.0, 0.2, 0.0]), torch.tensor([0.05, -0.1, 0.0]), 0.02, 1.0),
        (
            torch.tensor([[2.0, -8.0, 1.0], [8.0, 0.0, 5.0]]),
            torch.tensor([[1.0, 6.0, 0.1], [-6.0, 2.0, -1.0]]),
            torch.tensor([[-1.0, -0.1, -4.0], [0.1, -0.1, 0.2]]),
            0.3,
            0.1,
        ),
        (  # the first mixture is near 0: with a little more of the gradient or less its sign is another
            torch.tensor([1.0, 2.0, 3.0, 4.0]),
            torch.tensor([-8.5, -8.9, -9.1, 8.5]),
            torch.tensor([1.0, 1.0, 1.0, -1.0]),
            0.1,
            0.2,
        ),
    ),
    tried="a first step, decay, gradients against the running mean, a matrix, and mixtures near 0",
    hints=(
        "Three lines: the mixture whose sign counts; the new numbers; the mixture that is kept.",
        "torch.sign gives -1, 0 or 1 for each number. The decay is that of AdamW in section 4.",
    ),
    solution=my_lion,
    mistakes=(
        lion_of_the_new_mean,
        lion_that_renews_the_mean_first,
        lion_with_the_mixtures_swapped,
        lion_that_keeps_the_old_mean,
        lion_of_two_signs,
        lion_that_keeps_a_mixture_of_the_mixture,
        lion_with_decay_in_the_mixture,
        lion_backwards,
        lion_that_never_stands,
        lion_with_one_mixture,
        lion_by_the_gradient,
        lion_with_swapped_shares,
        lion_that_keeps_the_gradient,
        lion_that_decays_late,
        lion_of_the_old_mean,
        lion_without_the_sign,
        lion_uphill,
        lion_without_decay,
        lion_with_decay_in_the_gradient,
        lion_with_full_decay,
        lion_alone,
    ),
)
