"""An exercise of lesson 00c: the learner's own model, trained by a loop of the learner's, judged on unread names."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn import functional as F

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson00b.names import NAMES
from lessons_lib.classroom.lessons.lesson00c import tiny

UNREAD = NAMES[::10]
READ = tuple(name for name in NAMES if name not in UNREAD)
LISTS = {"bo alone": (("bo",), ("bo",)), "926 names": (READ, UNREAD)}  # what is read, and what it is judged on
ENOUGH = {("bo alone", 2): 0.5, ("926 names", 1): 2.5, ("926 names", 3): 2.35}
NOTHING = 3.1  # guessing evenly has a loss of 3.296


def my_train_names(names, context, steps, lr):
    class Letters(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(27, 16)
            self.linear = nn.Linear(context * 16, 27)

        def forward(self, ids):
            return self.linear(self.embedding(ids).flatten(1))  # [N, context, 16] to [N, 27]

    inputs, targets = tiny.pairs(names, context)
    model = Letters()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for _ in range(steps):
        rows = torch.randint(len(targets), (256,))
        loss = F.cross_entropy(model(inputs[rows]), targets[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


def _trained(model, names, context, steps, lr, clear=True, rows=None, sign=1):
    """The right loop with a part of it wrong."""
    inputs, targets = tiny.pairs(names, context)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    with tiny.one_thread():
        for _ in range(steps):
            some = torch.randint(rows or len(targets), (256,))
            loss = sign * F.cross_entropy(model(inputs[some]), targets[some])
            if clear:
                optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


class _Letters(nn.Module):
    """The solution's model, with a forward of one's own.

    Args:
        forward: takes the vectors [N, context, 16] and the linear layer.
        wide: how many numbers the linear layer takes.
    """

    def __init__(self, forward: Callable, wide: int) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embedding, self.linear, self.of = nn.Embedding(27, 16), nn.Linear(wide, 27), forward

    def forward(self, ids):
        return self.of(self.embedding(ids), self.linear)


def _model(context):
    return _Letters(lambda vectors, linear: linear(vectors.flatten(1)), 16 * context)


def train_not_at_all(names, context, steps, lr):
    """It looks as if the model never moved. Is the step there, with the parameters of this model, and are the slopes
    cleared before backward, not between backward and step?"""
    return _model(context)


def train_without_clearing(names, context, steps, lr):
    """It looks as if slopes were never cleared: each step then follows the sum over all batches so far (section 1)."""
    return _trained(_model(context), names, context, steps, lr, clear=False)


def train_uphill(names, context, steps, lr):
    """It looks as if the loss was driven up: each parameter moves by minus lr times its slope."""
    return _trained(_model(context), names, context, steps, lr, sign=-1)


def train_on_the_first_rows(names, context, steps, lr):
    """It looks as if only the first places were ever drawn, those of names with A: torch.randint's first number is how
    many there are to draw from, len(targets)."""
    return _trained(_model(context), names, context, steps, lr, rows=256)


def train_on_all_names(names, context, steps, lr):
    """It looks as if your function reads NAMES, whatever is handed over: then it has read those that it is judged on.
    Make the pairs of `names`."""
    return _trained(_model(context), NAMES, context, steps, lr)


def train_for_a_fixed_time(names, context, steps, lr):
    """It looks as if the number of steps is fixed in your function: take steps."""
    return _trained(_model(context), names, context, 300, lr)


def train_at_a_fixed_rate(names, context, steps, lr):
    """It looks as if the learning rate is fixed in your function: take lr, which is 0 in one of the cases."""
    return _trained(_model(context), names, context, steps, 1)


def train_with_softmax_inside(names, context, steps, lr):
    """The model gives chances: F.cross_entropy does its own softmax, so forward must give the scores as they are
    (section 7)."""
    model = _Letters(lambda vectors, linear: linear(vectors.flatten(1)).softmax(-1), 16 * context)
    return _trained(model, names, context, steps, lr)


def train_on_the_last_letter(names, context, steps, lr):
    """It looks as if your model sees one letter only, however many it is given. flatten(1) lays the vectors of all of
    them in one row."""
    return _trained(_Letters(lambda vectors, linear: linear(vectors[:, -1]), 16), names, context, steps, lr)


def train_on_letters_without_order(names, context, steps, lr):
    """It looks as if your model can't tell the letters' order: a sum or a mean of their vectors forgets it. flatten(1)
    lays them in one row."""
    return _trained(_Letters(lambda vectors, linear: linear(vectors.mean(1)), 16), names, context, steps, lr)


def train_without_flatten(names, context, steps, lr):
    """Each letter got scores of its own, [N, context, 27]. One row of scores is wanted for each place: flatten(1)
    before the linear layer, which then takes context times as many numbers."""
    return _trained(_Letters(lambda vectors, linear: linear(vectors), 16), names, context, steps, lr)


def train_with_tiny(names, context, steps, lr):
    """The names are good, and the lesson's own model or loop wrote them. Write a class and a loop of yours; from `tiny`
    take pairs alone."""
    model = tiny.NextLetter(context)
    tiny.train(model, names, context, steps, lr)
    return model


def train_returns_the_losses(names, context, steps, lr):
    """What came back is no model. Return the model itself, not its scores or losses."""
    return [3.3] * steps


def train_returns_the_class(names, context, steps, lr):
    """What came back is a class, not a model made of it: return the object that was trained."""
    return nn.Linear


def judged(answer: Callable, names: str, context: int, steps: int, lr: float) -> str | None:
    """What a learner's training comes to, in a few words: the first thing that is wrong, or how good it is.

    Args:
        answer: the learner's function.
        names: which names it reads, a key of `LISTS`.
        context: how many letters the model sees.
        steps: how many steps it takes.
        lr: the learning rate.
    """
    read, asked = LISTS[names]
    torch.manual_seed(0)
    with _watched() as used:
        try:
            model = answer(read, context, steps, lr)
        except IndexError:
            if len(read) > 1:
                raise
            return "an index beyond the 3 places of bo"
    if model is None:
        return None
    if used or isinstance(model, tiny.NextLetter):
        return "a model or a loop of tiny"
    if isinstance(model, type):
        return "a class"
    if not callable(model):
        return "no model"
    if isinstance(model, nn.Module):
        model.eval()
    inputs, targets = tiny.pairs(asked, context)
    with torch.no_grad():
        scores = torch.as_tensor(model(inputs))
        if scores.shape != (len(targets), 27):
            return f"for ids {list(inputs.shape)} scores {list(scores.shape)}"
        if (scores >= 0).all() and torch.allclose(scores.sum(-1), scores.new_ones(len(scores)), atol=1e-4):
            return "chances in place of scores"
        loss = F.cross_entropy(scores, targets).item()
        if context > 1 and steps > 1 and lr and torch.equal(model(_other_first_letter(inputs)), scores):
            return "the first letter that it is given changes nothing"
        if context > 1 and steps > 1 and lr and torch.allclose(model(inputs.flip(1)), scores, atol=1e-4):
            return "the letters' order changes nothing"
    if not loss < 1000:
        return "a loss without bound"
    if loss <= ENOUGH[names, context]:
        return f"learned: a loss of at most {ENOUGH[names, context]}"
    return f"a loss above {NOTHING}, as of guessing" if loss > NOTHING else "some learning, and not enough"


def _other_first_letter(ids: torch.Tensor) -> torch.Tensor:
    other = ids.clone()
    other[:, 0] = (ids[:, 0] + 5) % 27
    return other


@contextmanager
def _watched() -> Iterator[list]:
    """Notes whether the lesson's own loop is called, in one thread."""
    used, loop = [], tiny.train

    def train(*given, **named):
        used.append("train")
        return loop(*given, **named)

    tiny.train = train
    try:
        with tiny.one_thread():
            yield used
    finally:
        tiny.train = loop


TRAIN_NAMES = Exercise(
    id="train_names",
    title="Your own model, trained by your own loop",
    difficulty=3,
    minutes=22,
    kind="build",
    contract="names, how many letters of context, steps and a learning rate lr to a trained model of a class of yours: "
    "model(ids [N, context]) gives scores [N, 27]. It reads nothing but these names, and takes so many steps at that "
    "learning rate, each on a batch of about 256 places. `tiny.pairs(names, context)` may make the pairs; the rest of "
    "tiny may not help.",
    cases=(
        ("926 names", 1, 300, 1.0),
        ("bo alone", 2, 100, 1.0),
        ("926 names", 3, 1000, 1.0),
        ("926 names", 1, 1, 1.0),
        ("926 names", 1, 300, 0.0),
    ),
    tried="one letter of context and three, judged on unread names; a single name, learned by heart; "
    "a single step, and a learning rate of 0, with which nothing may be learned",
    hints=(
        "Section 2 has a class of this kind, section 4 the loop: what do you have to change for any context?",
        "The linear layer takes context times as many numbers as a vector has: flatten(1) lays the vectors in one row.",
        "The order: pairs, model, optimiser; then in each step rows, scores, loss, zero_grad, backward, step; behind "
        "the loop return model.",
    ),
    solution=my_train_names,
    mistakes=(
        train_not_at_all,
        train_without_clearing,
        train_uphill,
        train_on_the_first_rows,
        train_on_all_names,
        train_for_a_fixed_time,
        train_at_a_fixed_rate,
        train_with_softmax_inside,
        train_on_the_last_letter,
        train_on_letters_without_order,
        train_without_flatten,
        train_with_tiny,
        train_returns_the_losses,
        train_returns_the_class,
    ),
    harness=judged,
)
