"""The building exercise of lesson 13: the learner's loop learns from pairs."""

import torch
from torch.nn import functional as F

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson13.tiny import taught_with
from lessons_lib.layers import without_lora


def my_dpo_training(model, batches, lr, beta):
    def likely(ids, labels):  # [B, 2, T] each to [B, 2]
        named = labels != -100
        chances = model(ids.flatten(0, 1)).view(*ids.shape, -1).log_softmax(-1)
        of_labels = chances.gather(-1, labels.clamp(min=0)[..., None])[..., 0]
        return (of_labels * named).sum(-1)

    learns = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learns, lr=lr, betas=(0.9, 0.95), weight_decay=0.0)
    losses = []
    for ids, labels in batches:
        with without_lora(model), torch.no_grad():
            reference = likely(ids, labels)
        rewards = beta * (likely(ids, labels) - reference)
        loss = -torch.nn.functional.logsigmoid(rewards[:, 0] - rewards[:, 1]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def _train(
    model,
    batches,
    lr,
    beta,
    reference="off",
    sign=1,
    mean_of_tokens=False,
    total=False,
    clear=True,
    late=False,
    clip=None,
    questions=False,
    every=False,
    shifted=False,
    uphill=False,
    forgets=False,
    **settings,
):
    """The same with the knobs that mistakes turn."""

    def likely(ids, labels):
        rows, flat = ids.flatten(0, 1), labels.flatten(0, 1)
        if questions:
            flat = torch.cat([rows[:, 1:], flat[:, -1:]], 1)
            flat = torch.where((labels.flatten(0, 1) != -100).flip(1).cumsum(1).flip(1) > 0, flat, -100)
        if shifted:
            flat = torch.cat([flat[:, 1:], torch.full_like(flat[:, :1], -100)], 1)
        each = -F.cross_entropy(model(rows).transpose(1, 2), flat, reduction="none", ignore_index=-100)
        found = each.sum(-1) / (flat != -100).sum(-1) if mean_of_tokens else each.sum(-1)
        return found.view(-1, 2)

    @torch.no_grad()
    def before(ids, labels):
        if reference == "off":
            with without_lora(model):
                return likely(ids, labels)
        return likely(ids, labels) if reference == "on" else torch.zeros(len(ids), 2, dtype=torch.float64)

    settings = {"betas": (0.9, 0.95), "weight_decay": 0.0} | settings
    if every:
        model.requires_grad_(True)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=lr, **settings)
    handed = [before(*batch) for batch in batches] if reference == "on" else None
    losses = []
    for n, (ids, labels) in enumerate(batches):
        asked = handed[n] if handed else before(ids, labels)
        if reference == "moving":
            asked = likely(ids, labels).detach()

        def loss_now(ids=ids, labels=labels, asked=asked):
            margin = beta * ((likely(ids, labels) - asked) @ torch.tensor([1.0, -1.0]).to(asked.dtype))
            loss = -F.logsigmoid(sign * margin)
            return loss.sum() if total else loss.mean()

        loss = -loss_now() if uphill else loss_now()
        if forgets:
            optimizer = torch.optim.AdamW(optimizer.param_groups[0]["params"], lr=lr, **settings)
        if clear:
            optimizer.zero_grad()
        loss.backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        losses.append(loss_now().item() if late else loss.item())
    return losses


def training_without_reference(model, batches, lr, beta):
    """It looks as if there is no reference. What counts is how much more likely an answer is than with the adapter
    switched off."""
    return _train(model, batches, lr, beta, reference="none")


def training_with_a_moving_reference(model, batches, lr, beta):
    """It looks as if the reference is asked with the adapter on, and moves along: every loss is 0.69. Switch the
    adapter off for it, with without_lora(model)."""
    return _train(model, batches, lr, beta, reference="moving")


def training_with_the_handed_model(model, batches, lr, beta):
    """It looks as if the reference is the model as it was handed over, adapter included. Here it is the one without:
    with without_lora(model)."""
    return _train(model, batches, lr, beta, reference="on")


def training_with_swapped_answers(model, batches, lr, beta):
    """It looks as if the two answers are swapped: the first of each pair is the liked one."""
    return _train(model, batches, lr, beta, sign=-1)


def training_without_beta(model, batches, lr, beta):
    """It looks as if beta is left out: the margin is multiplied by it before the sigmoid."""
    return _train(model, batches, lr, 1.0)


def training_with_means_of_tokens(model, batches, lr, beta):
    """It looks as if you took the mean over an answer's tokens. The logarithm of its chance is their sum."""
    return _train(model, batches, lr, beta, mean_of_tokens=True)


def training_of_the_question(model, batches, lr, beta):
    """It looks as if places with the label -100 count too. Nothing is to be named there."""
    unmasked = [(ids, labels.clamp(min=0)) for ids, labels in batches]
    return _train(model, unmasked, lr, beta)


def training_with_shifted_labels(model, batches, lr, beta):
    """It looks as if you moved the labels by one place. They are moved already: the label of a place is what follows
    there."""
    return _train(model, batches, lr, beta, shifted=True)


def training_uphill(model, batches, lr, beta):
    """It looks as if the minus is missing: the logarithm of a chance is negative, and a loss is what shall fall."""
    return _train(model, batches, lr, beta, uphill=True)


def training_with_an_optimizer_a_step(model, batches, lr, beta):
    """It looks as if each step has a new optimizer. AdamW remembers earlier slopes: make one, before the loop."""
    return _train(model, batches, lr, beta, forgets=True)


def training_with_the_sum_of_pairs(model, batches, lr, beta):
    """It looks as if the losses of a batch's pairs were added up. Take their mean."""
    return _train(model, batches, lr, beta, total=True)


def training_without_clearing(model, batches, lr, beta):
    """It looks as if the gradients of earlier steps were never cleared: backward adds to what is there."""
    return _train(model, batches, lr, beta, clear=False)


def training_reports_late(model, batches, lr, beta):
    """It looks as if the losses are those after the steps. Report each batch's loss before its step."""
    return _train(model, batches, lr, beta, late=True)


def training_with_torchs_betas(model, batches, lr, beta):
    """It looks as if the squares are kept by 0.999, which torch takes if nothing is said. Asked for is 0.95."""
    return _train(model, batches, lr, beta, betas=(0.9, 0.999))


def training_with_torchs_decay(model, batches, lr, beta):
    """It looks as if the decay is 0.01, which torch takes if nothing is said. Asked for is none."""
    return _train(model, batches, lr, beta, weight_decay=0.01)


def training_with_clipping(model, batches, lr, beta):
    """It looks as if the slopes are cut to the length 1, as in lesson 09. Here nothing is clipped."""
    return _train(model, batches, lr, beta, clip=1.0)


def training_of_everything(model, batches, lr, beta):
    """It looks as if more learns than the adapter. Only what asks for a gradient already is to move; and a reference
    whose weights move is none."""
    return _train(model, batches, lr, beta, every=True)


TRAINING = Exercise(
    id="my_dpo_training",
    title="A loop that learns from pairs",
    difficulty=3,
    minutes=25,
    kind="build",
    contract="a model with an adapter, a list of n batches, each a pair of ids [B, 2, T] and labels [B, 2, T], a "
    "learning rate lr and beta to the list of n losses. Of each pair the liked answer comes first; labels[..., t] is "
    "what follows place t, or -100. A loss is the mean over the batch's pairs of the loss of DPO, before its step; the "
    "reference is the model with its adapter off. After each batch the adapter has taken a step of AdamW at the rate "
    "lr, betas 0.9 and 0.95, no decay, nothing clipped.",
    cases=(
        ("tiny", 0.003, 0.5, 1),
        ("tiny", 0.003, 0.1, 4),
        ("tiny", 0.002, 0.05, 12),
        ("SmolLM2", 1e-3, 0.1, 2),
    ),
    tried="one step, four and twelve of a tiny model whose adapter had moved before, and two of SmolLM2: the same "
    "losses, the same margins, and no other weight touched",
    hints=(
        "Write first what gives the logarithms of the chances of a batch's answers, [B, 2]: flatten the first two "
        "axes, call the model, and go on as in my_answer.",
        "with without_lora(model), torch.no_grad(): asks the reference. `from lessons_lib.layers import without_lora` "
        "stands at the top of the lesson.",
        "The optimizer takes [p for p in model.parameters() if p.requires_grad]; then your my_dpo_loss, its mean, and "
        "the loop of lesson 09, without clipping and with one rate.",
    ),
    solution=my_dpo_training,
    harness=taught_with,
    real=1,
    mistakes=(
        training_without_reference,
        training_with_a_moving_reference,
        training_with_the_handed_model,
        training_with_swapped_answers,
        training_without_beta,
        training_with_means_of_tokens,
        training_with_the_sum_of_pairs,
        training_without_clearing,
        training_reports_late,
        training_with_torchs_betas,
        training_with_torchs_decay,
        training_with_clipping,
        training_of_everything,
        training_of_the_question,
        training_with_shifted_labels,
        training_uphill,
        training_with_an_optimizer_a_step,
    ),
)
