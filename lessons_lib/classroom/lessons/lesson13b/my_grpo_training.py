"""The building exercise of lesson 13b: the learner's loop teaches the model of sums to think first."""

import copy

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson13b.taught import taught_with


def my_grpo_training(model, batches, size, lr, epsilon):
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.95), weight_decay=0.0)
    losses = []
    for ids, labels, old, rewards in batches:
        groups = rewards.view(-1, size)
        better = (groups - groups.mean(-1, keepdim=True)) / (groups.std(-1, keepdim=True) + 1e-4)
        better = better.flatten()[:, None]  # [N, 1]
        said = labels != -100
        chances = model(ids).log_softmax(-1)  # [N, T, V], logarithms
        policy = chances.gather(-1, labels.clamp(min=0)[..., None])[..., 0]
        ratio = (policy - old).exp()
        gain = torch.min(ratio * better, ratio.clamp(1 - epsilon, 1 + epsilon) * better)
        loss = -(gain * said).sum() / said.sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def _train(
    model,
    batches,
    size,
    lr,
    epsilon,
    baseline=True,
    correction=1,
    old_of="drawn",
    clip=True,
    over="tokens",
    sign=1,
    whole=False,
    clear=True,
    late=False,
    shift=False,
    divide=True,
    logarithms=True,
    named=lambda labels: labels != -100,
    steps=True,
    anew=False,
    kind=torch.optim.AdamW,
    **settings,
):
    """The same with the knobs that mistakes turn."""
    if kind is torch.optim.AdamW:
        settings = {"betas": (0.9, 0.95), "weight_decay": 0.0} | settings
    optimizer = kind(model.parameters(), lr=lr, **settings)
    losses = []
    for ids, labels, old, rewards in batches:
        if anew:
            optimizer = kind(model.parameters(), lr=lr, **settings)
        groups = rewards.view(-1, size)
        center = groups.mean(-1, keepdim=True) if baseline else 0
        spread = groups.std(-1, correction=correction, keepdim=True) + 1e-4 if divide else 1
        better = ((groups - center) / spread).flatten()[:, None]
        if whole:
            better = ((rewards - rewards.mean()) / (rewards.std() + 1e-4))[:, None]

        def loss_now(ids=ids, labels=labels, old=old, better=better):
            scores = model(ids)
            if shift:
                scores, labels, old = scores[:, :-1], labels[:, 1:], old[:, 1:]
            said = named(labels)
            chances = scores.log_softmax(-1) if logarithms else scores.softmax(-1)
            policy = chances.gather(-1, labels.clamp(min=0)[..., None])[..., 0]
            ratio = (policy - (policy.detach() if old_of == "now" else old)).exp()
            gain = torch.min(ratio * better, (ratio.clamp(1 - epsilon, 1 + epsilon) if clip else ratio) * better)
            if over == "answers":
                return -sign * ((gain * said).sum(-1) / said.sum(-1)).mean()
            if over == "places":
                return -sign * (gain * said).mean()
            return -sign * (gain * said).sum() / (said.sum() if over == "tokens" else 1)

        loss = loss_now()
        if clear:
            optimizer.zero_grad()
        loss.backward()
        if steps:
            optimizer.step()
        losses.append(loss_now().item() if late else loss.item())
    return losses


def training_without_baseline(model, batches, size, lr, epsilon):
    """It looks as if the group's mean is not taken away from the rewards: an advantage says how much better than its
    group an answer did."""
    return _train(model, batches, size, lr, epsilon, baseline=False)


def training_with_n(model, batches, size, lr, epsilon):
    """It looks as if the standard deviation divides by G. Asked for is G - 1, as torch's std does."""
    return _train(model, batches, size, lr, epsilon, correction=0)


def training_by_the_batch(model, batches, size, lr, epsilon):
    """It looks as if an answer is compared with the whole batch. Compare it with its group, the answers to the same
    problem."""
    return _train(model, batches, size, lr, epsilon, whole=True)


def training_with_the_ratio_at_1(model, batches, size, lr, epsilon):
    """It looks as if the ratio is always 1: old is what the batch brings, drawn perhaps long before, and not what the
    model says now."""
    return _train(model, batches, size, lr, epsilon, old_of="now")


def training_without_clipping(model, batches, size, lr, epsilon):
    """It looks as if nothing is clipped."""
    return _train(model, batches, size, lr, epsilon, clip=False)


def training_over_answers(model, batches, size, lr, epsilon):
    """It looks as if you took the mean of each answer first. All tokens that were said count alike."""
    return _train(model, batches, size, lr, epsilon, over="answers")


def training_over_places(model, batches, size, lr, epsilon):
    """It looks as if you divided by all places. Divide by how many labels name something."""
    return _train(model, batches, size, lr, epsilon, over="places")


def training_with_a_sum(model, batches, size, lr, epsilon):
    """It looks as if nothing is divided. The loss is a mean over the tokens that were said."""
    return _train(model, batches, size, lr, epsilon, over="nothing")


def training_with_the_wrong_sign(model, batches, size, lr, epsilon):
    """It looks as if the minus is missing: what was better becomes rarer."""
    return _train(model, batches, size, lr, epsilon, sign=-1)


def training_shifted_again(model, batches, size, lr, epsilon):
    """It looks as if you moved the labels by one place. They are moved already: the label of a place is what follows
    there."""
    return _train(model, batches, size, lr, epsilon, shift=True)


def training_without_clearing(model, batches, size, lr, epsilon):
    """It looks as if the gradients of earlier steps were never cleared: backward adds to what is there."""
    return _train(model, batches, size, lr, epsilon, clear=False)


def training_reports_late(model, batches, size, lr, epsilon):
    """It looks as if the losses are those after the steps. Report each batch's loss before its step."""
    return _train(model, batches, size, lr, epsilon, late=True)


def training_with_groups_of_4(model, batches, size, lr, epsilon):
    """It looks as if a group always has 4 answers. size says how many."""
    return _train(model, batches, 4, lr, epsilon)


def training_all_drawn_first(model, batches, size, lr, epsilon):
    """It looks as if you asked for all batches before the first step, as list(batches) does. Then the untrained model
    has drawn them all. Ask for each when its turn comes: for ... in batches."""
    return _train(model, list(batches), size, lr, epsilon)


def training_without_steps(model, batches, size, lr, epsilon):
    """It looks as if the model never changes: is there an optimizer.step() after each backward?"""
    return _train(model, batches, size, lr, epsilon, steps=False)


def training_of_a_copy(model, batches, size, lr, epsilon):
    """It looks as if a copy has learned. The model that your function is given shall be another afterwards."""
    return _train(copy.deepcopy(model), batches, size, lr, epsilon)


def training_with_new_optimizers(model, batches, size, lr, epsilon):
    """It looks as if each batch gets an optimizer of its own. Make one before the loop: it remembers earlier slopes."""
    return _train(model, batches, size, lr, epsilon, anew=True)


def training_with_plain_steps(model, batches, size, lr, epsilon):
    """It looks as if the steps are those of SGD. AdamW is asked for."""
    return _train(model, batches, size, lr, epsilon, kind=torch.optim.SGD)


def training_with_the_filling(model, batches, size, lr, epsilon):
    """It looks as if places count at which the label is -100. No token of an answer stands there."""
    return _train(model, batches, size, lr, epsilon, named=lambda labels: torch.ones_like(labels, dtype=torch.bool))


def training_without_the_end(model, batches, size, lr, epsilon):
    """It looks as if labels > 0 are taken. 0 is a token as well, the $ at the end: only -100 names nothing."""
    return _train(model, batches, size, lr, epsilon, named=lambda labels: labels > 0)


def training_on_probabilities(model, batches, size, lr, epsilon):
    """It looks as if the ratio is made of probabilities in place of their logarithms: log_softmax, not softmax."""
    return _train(model, batches, size, lr, epsilon, logarithms=False)


def training_without_division(model, batches, size, lr, epsilon):
    """It looks as if the advantages are not divided by the group's standard deviation."""
    return _train(model, batches, size, lr, epsilon, divide=False)


def training_with_torchs_betas(model, batches, size, lr, epsilon):
    """It looks as if the squares are kept by 0.999, which torch takes if nothing is said. Asked for is 0.95."""
    return _train(model, batches, size, lr, epsilon, betas=(0.9, 0.999))


def training_with_torchs_decay(model, batches, size, lr, epsilon):
    """It looks as if the decay is 0.01, which torch takes if nothing is said. Asked for is none."""
    return _train(model, batches, size, lr, epsilon, weight_decay=0.01)


TRAINING = Exercise(
    id="my_grpo_training",
    title="Your loop teaches by reward",
    difficulty=3,
    minutes=25,
    kind="build",
    contract="a model, n batches, the size G of a group, a learning rate lr and epsilon to the list of n losses. Go "
    "through the batches once, in their order: each is ids [N, T], labels [N, T], old [N, T] and rewards [N]. "
    "labels[..., t] is what follows place t, or -100; old is the logarithm of its probability when it was drawn, 0 "
    "where nothing is named. A loss is that of my_grpo_loss with the advantages of my_advantages, before its step. "
    "After each batch the model has taken a step of AdamW at the rate lr, betas 0.9 and 0.95, no decay.",
    cases=(
        ("stale", 4, 1, 1e-3, 0.2),
        ("stale", 4, 3, 3e-3, 0.2),
        ("again", 8, 5, 3e-3, 0.1),
        ("fresh", 4, 6, 1e-3, 0.2),
    ),
    tried="one step, three on answers that had been drawn before, five on the same answers in groups of another size, "
    "and six on answers that were drawn as your loop went on",
    hints=(
        "for ids, labels, old, rewards in batches: and my_advantages(rewards, size) gives the advantages.",
        "model(ids).log_softmax(-1) are logarithms [N, T, V]; gather those of labels.clamp(min=0)[..., None]. "
        "said is labels != -100.",
        "Then my_grpo_loss, and the loop of lesson 09: zero_grad, backward, step, and losses.append(loss.item()).",
    ),
    solution=my_grpo_training,
    harness=taught_with,
    real=1,
    mistakes=(
        training_without_baseline,
        training_with_n,
        training_by_the_batch,
        training_with_the_ratio_at_1,
        training_without_clipping,
        training_over_answers,
        training_over_places,
        training_with_a_sum,
        training_with_the_wrong_sign,
        training_shifted_again,
        training_without_clearing,
        training_reports_late,
        training_with_groups_of_4,
        training_all_drawn_first,
        training_without_steps,
        training_of_a_copy,
        training_with_new_optimizers,
        training_with_plain_steps,
        training_with_the_filling,
        training_without_the_end,
        training_on_probabilities,
        training_without_division,
        training_with_torchs_betas,
        training_with_torchs_decay,
    ),
)
