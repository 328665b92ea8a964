"""What a learner's training does while it runs: its losses, its draws, its steps, and what it takes from `tiny`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.optimizer import register_optimizer_step_pre_hook
from torch.overrides import TorchFunctionMode

from lessons_lib.classroom.lessons.lesson00c import tiny
from lessons_lib.classroom.trials import Refused

LETTERS_AND_END = 27
ENOUGH_TO_END = 200  # places, of which one in seven is the end of a name: a draw without any is no accident
FEW = 64  # places: a batch of fewer than a quarter of the 256 that are asked for


class Watch(TorchFunctionMode):
    """Sees the calls of PyTorch that a training makes.

    Attributes:
        chances: whether rows that sum to 1 went into a loss that wants scores.
        summed: whether a loss was the sum over its batch.
        batches: the right answers of each loss [N].
        frozen: whether letters were looked up in a table that nobody learns.
        draws: how many places each `torch.randint` could draw from.
        slopes: how often slopes were asked for.
        optimisers: the optimiser of each step.
        pairs: the names and the context of each `tiny.pairs`.
        borrowed: whether a model or a loop of `tiny` was used.
    """

    def __init__(self) -> None:
        super().__init__()
        self.chances = self.summed = self.frozen = self.borrowed = False
        self.batches: list[Tensor] = []
        self.draws: list[int] = []
        self.slopes = 0
        self.optimisers: list[torch.optim.Optimizer] = []
        self.pairs: list[tuple[Any, int]] = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function in (F.cross_entropy, F.nll_loss):
            self._see_loss(function is F.cross_entropy, *args, **kwargs)
        elif function is torch.randint:
            self.draws.append(kwargs.get("high", args[1] if len(args) > 2 else args[0] if args else 0))
        elif function in (torch.Tensor.backward, torch.autograd.grad):
            self.slopes += 1
        elif function is Tensor.__getitem__:
            self.frozen |= _is_frozen_table(args[0])
        return function(*args, **kwargs)

    def _see_loss(self, of_scores: bool, input: Tensor, target: Tensor, *_: Any, **settings: Any) -> None:
        if not input.is_floating_point():
            raise Refused("whole numbers went into the loss: hand over the scores, not the likeliest letters")
        if input.ndim == 3:
            raise Refused(
                f"each letter got scores of its own, {list(input.shape)}; one row of scores is wanted for each place, "
                "[N, 27]: flatten(1) before the linear layer, which then takes context times as many numbers"
            )
        if input.ndim == 2 and input.shape[1] != LETTERS_AND_END:
            raise Refused(f"{input.shape[1]} scores came for each place: 27 are wanted, for . and a to z")
        self.chances |= of_scores and are_chances(input)
        self.summed |= settings.get("reduction") == "sum"
        self.batches.append(target)


def _is_frozen_table(tensor: Tensor) -> bool:
    """Whether a tensor holds a row for each letter that no step can move; [27, 27] may be an identity, one-hot rows."""
    frozen = tensor.is_floating_point() and not tensor.requires_grad
    return frozen and tensor.ndim == 2 and len(tensor) == LETTERS_AND_END != tensor.shape[1]


def are_chances(rows: Tensor) -> bool:
    """Whether rows [N, V] are chances: none below 0, and each row sums to 1."""
    rows = rows.detach()
    return bool((rows >= 0).all()) and torch.allclose(rows.sum(-1), rows.new_ones(len(rows)), atol=1e-4)


@contextmanager
def watched() -> Iterator[Watch]:
    """Watch what runs meanwhile, in one thread."""
    watch = Watch()
    own = {name: getattr(tiny, name) for name in ("train", "with_hidden_layer", "counted", "pairs")}

    def borrow(function: Callable) -> Callable:
        def borrowed(*given, **named):
            watch.borrowed = True
            return function(*given, **named)

        return borrowed

    def pairs(names, context):
        watch.pairs.append((names, context))
        return own["pairs"](names, context)

    for name in ("train", "with_hidden_layer", "counted"):
        setattr(tiny, name, borrow(own[name]))
    tiny.pairs = pairs
    steps = register_optimizer_step_pre_hook(lambda optimiser, *_: watch.optimisers.append(optimiser))
    try:
        with tiny.one_thread(), steps, watch:
            yield watch
    finally:
        for name, function in own.items():
            setattr(tiny, name, function)


def wrong_pairs(watch: Watch, names: Sequence[str], targets: Tensor, context: int) -> str:
    """Words for what is wrong with the places that were read, or nothing.

    Args:
        watch: what was seen.
        names: what was handed over.
        targets: the right answers at their places [N].
        context: how many letters the model was to see.
    """
    others = "your function reads names that were not handed over, such as those it is judged on: take `names`"
    for given, letters in watch.pairs:
        if isinstance(given, str):
            return "tiny.pairs got one long text: it wants the list of names, each of which begins and ends"
        if set(given) - set(names):
            return others
        if letters != context:
            return f"the pairs have {letters} letters of context; {context} are asked for here: hand over `context`"
    seen = torch.cat(watch.batches).tolist() if watch.batches else []
    if set(seen) - set(targets.tolist()):
        return others
    if len(seen) >= ENOUGH_TO_END and 0 not in seen:
        return "the places at the names' ends are missing, where the right answer is 0: the model would never stop"
    return ""


def certain_fault(watch: Watch, model: Any, places: int, steps: int) -> str:
    """Words for what is wrong with a training whatever comes of it, or nothing.

    Args:
        watch: what was seen.
        model: what came back.
        places: how many places the names have that it read.
        steps: how many steps were asked for.
    """
    if not all(map(len, watch.batches)):
        return "a batch was empty: there are no places behind the last one; draw rows with torch.randint"
    if watch.chances:
        return (
            "chances went into F.cross_entropy, which does its own softmax: hand over the scores as they are "
            "(section 7)"
        )
    taken = {watch.slopes, len(watch.optimisers)}  # more slopes than steps: a batch in pieces; fewer: two optimisers
    if steps not in taken and max(taken) == 1:
        return f"your function took one step of {steps}: does the loop go on, and does return stand behind it?"
    if steps not in taken and any(taken):
        return f"your function took {max(taken)} steps where {steps} are asked for: range(steps) takes them"
    if watch.frozen:
        return "the table of letters is a plain tensor that no step moves: nn.Embedding or nn.Parameter has it learned"
    moved = {id(p) for each in watch.optimisers for group in each.param_groups for p in group["params"]}
    if moved and isinstance(model, nn.Module):
        still = [name for name, p in model.named_parameters() if p.requires_grad and id(p) not in moved]
        if still:
            return f"the optimiser does not move {' and '.join(still)}: hand it the model's own parameters()"
    first = watch.batches[0] if watch.batches else None
    if len(watch.batches) > 1 and len(first) < places and all(torch.equal(first, b) for b in watch.batches):
        return "every step sees the same batch: draw the rows inside the loop, new ones each time"
    return ""


def likely_fault(watch: Watch, places: int) -> str:
    """Words for what may have kept a training from learning enough, or nothing.

    Args:
        watch: what was seen.
        places: how many places the names have that it read.
    """
    if watch.draws and max(watch.draws) < 0.95 * places:
        return (
            f"torch.randint drew from the first {max(watch.draws)} places, and these names have {places}: its first "
            "number is how many there are to draw from, len(targets)"
        )
    if watch.summed:
        return "the loss is a sum over the batch, so the slopes are 256 times as steep: take the mean"
    if watch.optimisers:
        optimiser = watch.optimisers[-1]
        if not isinstance(optimiser, torch.optim.SGD):
            return (
                f"{type(optimiser).__name__} chooses the length of its steps itself and wants a learning rate of about "
                "0.001; lr is that of plain steps: take torch.optim.SGD"
            )
        if optimiser.defaults["momentum"]:
            return "momentum makes the steps longer than lr says: take torch.optim.SGD without it"
        if len({id(each.param_groups[0]["params"][0]) for each in watch.optimisers}) > 1:
            return "each step moves a new model, or new parameters: make the model before the loop, once"
    if watch.batches and max(map(len, watch.batches)) < FEW:
        return f"a batch has {max(map(len, watch.batches))} places at most: too few to follow; take 256"
    return ""
