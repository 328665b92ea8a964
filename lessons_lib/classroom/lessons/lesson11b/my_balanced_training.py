"""The building exercise of lesson 11b: the learner's loop trains a fresh small Llama 4 and keeps its experts busy."""

import copy

import torch
from torch.nn import functional as F

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson11b.tiny import trained_with
from lessons_lib.layers import load_balancing_loss, record_routes


def my_balanced_training(model, batches, lr, weight):
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.95), weight_decay=0.1)
    losses = []
    for inputs, labels in batches:
        with record_routes(model) as routes:
            loss = torch.nn.functional.cross_entropy(model(inputs).flatten(0, 1), labels.flatten())
        balances = []
        for [routing] in routes.values():  # one layer's, with one entry for the one call of the model
            N, E = routing.scores.shape
            f = torch.stack([(routing.experts == e).sum() / N for e in range(E)])  # [E]
            P = (routing.scores / routing.scores.sum(-1, keepdim=True)).mean(0)  # [E]
            balances.append(E * (f * P).sum())
        optimizer.zero_grad()
        (loss + weight * sum(balances) / len(balances)).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses


def _train(
    model,
    batches,
    lr,
    weight,
    balance=load_balancing_loss,
    clip=1.0,
    report="text",
    clear=True,
    late=False,
    **settings,
):
    """The same with the knobs that mistakes turn."""
    settings = {"betas": (0.9, 0.95), "weight_decay": 0.1} | settings
    optimizer, losses = torch.optim.AdamW(model.parameters(), lr=lr, **settings), []
    for inputs, labels in batches:
        with record_routes(model) as routes:
            loss = F.cross_entropy(model(inputs).flatten(0, 1), labels.flatten())
        whole = loss + weight * balance([seen[0] for seen in routes.values()])
        if clear:
            optimizer.zero_grad()
        whole.backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        if late:
            loss = F.cross_entropy(model(inputs).flatten(0, 1), labels.flatten())
        losses.append((loss if report == "text" else whole).item())
    return losses


def training_without_balance(model, batches, lr, weight):
    """It looks as if nothing balances: the losses are those of the text alone. The balance must have a slope: is it
    added before backward, and do the scores come from the recorded routes, without .detach() or .item()?"""
    return _train(model, batches, lr, 0.0)


def training_with_its_full_weight(model, batches, lr, weight):
    """It looks as if the balance is added in full. Multiply it by weight."""
    return _train(model, batches, lr, 1.0)


def training_with_the_sum_of_layers(model, batches, lr, weight):
    """It looks as if the layers' balances were added up. Take their mean."""
    return _train(model, batches, lr, weight * 2)


def training_with_the_last_layer(model, batches, lr, weight):
    """It looks as if only the last layer is balanced. Take the mean over all layers."""
    return _train(model, batches, lr, weight, balance=lambda seen: load_balancing_loss(seen[-1:]))


def training_with_the_first_layer(model, batches, lr, weight):
    """It looks as if only the first layer is balanced. Take the mean over all layers."""
    return _train(model, batches, lr, weight, balance=lambda seen: load_balancing_loss(seen[:1]))


def training_with_layers_in_one(model, batches, lr, weight):
    """It looks as if the words of all layers are counted in one f and one P. Then a layer can hide what another does:
    take each layer's balance, and the mean of these."""

    def balance(seen):
        return load_balancing_loss([type(seen[0])(*(torch.cat(part) for part in zip(*seen, strict=True)))])

    return _train(model, batches, lr, weight, balance=balance)


def training_away_from_balance(model, batches, lr, weight):
    """It looks as if the balance is taken off the loss. Then what is uneven gets more so: add it."""
    return _train(model, batches, lr, -weight)


def training_without_the_factor(model, batches, lr, weight):
    """It looks as if the factor E is missing from the balance."""
    return _train(model, batches, lr, weight / 4)


def training_with_plain_scores(model, batches, lr, weight):
    """It looks as if the scores of a token are not divided by their sum. Divide them first, then take the mean."""

    def balance(seen):
        parts = []
        for routing in seen:
            E = routing.scores.shape[1]
            f = torch.stack([(routing.experts == e).double().mean() for e in range(E)])
            parts.append(E * (f * routing.scores.mean(0)).sum())
        return sum(parts) / len(parts)

    return _train(model, batches, lr, weight, balance=balance)


def training_reports_the_whole(model, batches, lr, weight):
    """It looks as if the losses hold the balance too. Report the text's loss alone; the step is taken on both."""
    return _train(model, batches, lr, weight, report="whole")


def training_without_clipping(model, batches, lr, weight):
    """It looks as if the gradient is not cut. If its length over all parameters is more than 1, it is cut to 1."""
    return _train(model, batches, lr, weight, clip=None)


def training_without_clearing(model, batches, lr, weight):
    """It looks as if the gradients of earlier steps were never cleared: backward adds to what is there."""
    return _train(model, batches, lr, weight, clear=False)


def training_reports_late(model, batches, lr, weight):
    """It looks as if the losses are those after the steps. Report each batch's loss before its step."""
    return _train(model, batches, lr, weight, late=True)


def training_with_torchs_betas(model, batches, lr, weight):
    """It looks as if the squares are kept by 0.999, which torch takes if nothing is said. Asked for is 0.95."""
    return _train(model, batches, lr, weight, betas=(0.9, 0.999))


def training_with_torchs_decay(model, batches, lr, weight):
    """It looks as if the decay is 0.01, which torch takes if nothing is said. Asked for is 0.1."""
    return _train(model, batches, lr, weight, weight_decay=0.01)


def training_of_a_copy(model, batches, lr, weight):
    """It looks as if a copy was trained: the losses are right, and the model that was handed over has not moved."""
    return my_balanced_training(copy.deepcopy(model), batches, lr, weight)


BALANCED_TRAINING = Exercise(
    id="my_balanced_training",
    title="Your loop keeps all experts busy",
    difficulty=3,
    minutes=25,
    kind="build",
    contract="a small Llama 4, a list of n batches, each a pair of inputs [B, T] and labels [B, T], a learning rate lr "
    "and a weight, to the list of n losses of the text, each a mean over its labels, before its step and without the "
    "balance. After each batch the model has taken a step of AdamW at the rate lr, betas 0.9 and 0.95, decay 0.1, on "
    "the text's loss plus weight times the balance: the mean over its layers of E * sum(f * P). A gradient whose "
    "length over all parameters is more than 1 is cut to 1 before.",
    cases=((0.02, 0.5, 1), (0.01, 0.25, 6), (0.02, 0.1, 24)),
    tried="one step, six and twenty-four: the same losses, the same on unread stories, and no expert asleep",
    hints=(
        "Begin with your loop of lesson 09. `with record_routes(model) as routes:` goes around the call of the model.",
        "routes is a dict from the layer's number to a list with one routing; it has .experts [N, K] and .scores [N, "
        "E]. Your my_balance wants just these two.",
        "Add weight times the mean of the layers' balances to the loss, and call backward on the sum. Keep the text's "
        "loss alone for the list.",
    ),
    solution=my_balanced_training,
    harness=trained_with,
    mistakes=(
        training_without_balance,
        training_with_its_full_weight,
        training_with_the_sum_of_layers,
        training_with_the_last_layer,
        training_with_the_first_layer,
        training_with_layers_in_one,
        training_away_from_balance,
        training_without_the_factor,
        training_with_plain_scores,
        training_reports_the_whole,
        training_without_clipping,
        training_without_clearing,
        training_reports_late,
        training_with_torchs_betas,
        training_with_torchs_decay,
        training_of_a_copy,
    ),
)
