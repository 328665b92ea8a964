"""An exercise of lesson 00c: the learner's own model, trained by a loop of the learner's, judged on unread names."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson00b.names import NAMES, pairs
from lessons_lib.classroom.lessons.lesson00c import tiny
from lessons_lib.classroom.lessons.lesson00c.watching import (
    LETTERS_AND_END,
    are_chances,
    certain_fault,
    likely_fault,
    watched,
    wrong_pairs,
)
from lessons_lib.classroom.trials import Refused

UNREAD = NAMES[::10]
READ = tuple(name for name in NAMES if name not in UNREAD)
LISTS = {"bo alone": (("bo",), ("bo",)), "926 names": (READ, UNREAD)}  # what is read, and what it is judged on
ENOUGH = {("bo alone", 2): 0.5, ("926 names", 1): 2.7, ("926 names", 3): 2.55}


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


def _trained(model, names, context, steps, lr, clear=True, sign=1):
    """The right loop with a part of it wrong."""
    inputs, targets = pairs(names, context)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for _ in range(steps):
        rows = torch.randint(len(targets), (256,))
        loss = sign * F.cross_entropy(model(inputs[rows]), targets[rows])
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


def train_without_clearing(names, context, steps, lr):
    """It looks as if slopes were never cleared: each step then follows the sum over all batches so far (section 1). Or
    are the steps too long? Take lr as it is."""
    return _trained(_model(context), names, context, steps, lr, clear=False)


def train_uphill(names, context, steps, lr):
    """It looks as if the loss was driven up: each parameter moves by minus lr times its slope."""
    return _trained(_model(context), names, context, steps, lr, sign=-1)


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


def train_without_super(names, context, steps, lr):
    """`__init__` begins with super().__init__(), which gets the list of parts ready (section 2)."""

    class Letters(nn.Module):
        def __init__(self):
            self.embedding = nn.Embedding(27, 16)

    return Letters()


def train_without_notes(names, context, steps, lr):
    """backward found no notes: the loss was computed under no_grad. Only the step goes there, and an optimiser's step
    does so itself."""
    with torch.no_grad():
        return _trained(_model(context), names, context, steps, lr)


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
    """What a learner's training comes to, in a few words.

    Args:
        answer: the learner's function.
        names: which names it reads, a key of `LISTS`.
        context: how many letters the model sees.
        steps: how many steps it takes.
        lr: the learning rate.

    Raises:
        Refused: where it can be said what is wrong.
    """
    read, asked = LISTS[names]
    _, answers = pairs(read, context)
    with watched() as watch:
        model = _run(answer, read, context, steps, lr)
    if model is None:
        return None
    if watch.borrowed or isinstance(model, tiny.NextLetter):
        return "a model or a loop of tiny"
    if isinstance(model, type):
        return "a class"
    if not callable(model):
        return "no model"
    refuse(wrong_pairs(watch, read, answers, context))
    inputs, targets = pairs(asked, context)
    scores = _scores(model, inputs)
    if are_chances(scores):
        return "chances in place of scores"
    refuse(certain_fault(watch, model, len(answers), steps))
    seen = watch.slopes or watch.optimisers  # slopes by hand are not seen
    if steps > 1 and lr and not seen and torch.equal(_scores(_run(answer, read, context, 1, 0.0), inputs), scores):
        refuse(
            "no slopes were asked for, and the model is the same after one step at a learning rate of 0. A table of "
            "counts needs no steps; here numbers are to go downhill"
        )
    if context > 1 and steps > 1 and lr:
        if torch.equal(_scores(model, _other_first_letter(inputs)), scores):
            return "the first letter that it is given changes nothing"
        if torch.allclose(_scores(model, inputs.flip(1)), scores, atol=1e-4):
            return "the letters' order changes nothing"
    loss = F.cross_entropy(scores, targets).item()
    if loss <= ENOUGH[names, context]:
        return f"learned: a loss of at most {ENOUGH[names, context]}"
    if not lr or steps == 1:
        return "hardly anything learned"
    refuse(likely_fault(watch, len(answers)))
    if torch.equal(_scores(_run(answer, read, context, 1, 0.0), inputs), scores):
        refuse(
            "the model never moved: is the step there, with the parameters of this model, and are the slopes cleared "
            "before backward, not between backward and step?"
        )
    if not loss < 1000:
        return "a loss without bound"
    raise Refused(
        f"the model learned something else, or too little: its loss on unread names is {loss:.2f}, and at most "
        f"{ENOUGH[names, context]} is asked for (guessing evenly has 3.30). Do inputs and targets come from the same "
        "rows, drawn anew in each step from all places? Has each letter a row in a table that the optimiser moves?"
    )


def refuse(words: str) -> None:
    """Say what is wrong, if it is known.

    Raises:
        Refused: with these words, if there are any.
    """
    if words:
        raise Refused(words)


def _run(answer: Callable, names: tuple[str, ...], *settings: float) -> Any:
    """What comes back from a learner's training, begun with the same random numbers each time."""
    torch.manual_seed(0)
    try:
        model = answer(names, *settings)
    except RuntimeError as error:
        raise _about_rows(error) from error
    except ValueError as error:
        if "empty parameter list" in str(error):
            refuse(
                "the model has no parameters to move: parts in a plain list are not found; give each a name of its "
                "own, self.linear = ..., or keep them in nn.ModuleList"
            )
        raise
    except IndexError as error:
        if "in self" in str(error):
            refuse("a letter has no row in the table: it needs 27, for . and a to z")
        raise Refused(
            f"an index is out of range ({error}): len(targets) says how many places the names have"
        ) from error
    return model.eval() if isinstance(model, nn.Module) else model


def _about_rows(error: RuntimeError) -> RuntimeError | Refused:
    """What to raise for an error of PyTorch's: words, if it is about the length of rows."""
    if "mat1 and mat2" in str(error) or "size mismatch" in str(error):
        return Refused(
            "the rows that reach the linear layer are not as long as it takes: flatten(1) makes them context times as "
            "long as a letter's vector, and context is another in each case"
        )
    if "is invalid for input of size" in str(error):
        return Refused(f"a shape is fixed in your model ({error}): N may be any number, and flatten(1) needs none")
    return error


@torch.no_grad()
def _scores(model: Callable, ids: torch.Tensor) -> torch.Tensor:
    """A model's scores for ids [N, context].

    Raises:
        Refused: if it can't read them, or has not 27 scores for each row.
    """
    try:
        scores = torch.as_tensor(model(ids))
    except RuntimeError as error:
        raise _about_rows(error) from error
    if scores.shape != (len(ids), LETTERS_AND_END):
        raise Refused(f"for ids {list(ids.shape)} your model gives {list(scores.shape)}: [N, 27] is asked for")
    return scores


def _other_first_letter(ids: torch.Tensor) -> torch.Tensor:
    other = ids.clone()
    other[:, 0] = (ids[:, 0] + 5) % 27
    return other


TRAIN_NAMES = Exercise(
    id="train_names",
    title="Your own model, trained by your own loop",
    difficulty=3,
    minutes=25,
    kind="build",
    contract="names, how many letters of context, steps and a learning rate lr to a trained model of yours: model(ids "
    "[N, context]) gives scores [N, 27]. It reads nothing but these names, at all of their places with their ends, and "
    "takes so many steps that begin at the learning rate lr. What lies between ids and scores is up to you (vectors of "
    "any length, hidden layers, dropout), and so are how many places a batch has, momentum, weight decay, clipping and "
    "a rate that falls. `tiny.pairs(names, context)` may make the pairs; the rest of tiny may not help.",
    cases=(
        ("926 names", 1, 600, 1.0),
        ("bo alone", 2, 100, 1.0),
        ("926 names", 3, 1000, 0.5),
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
        train_without_clearing,
        train_uphill,
        train_at_a_fixed_rate,
        train_with_softmax_inside,
        train_on_the_last_letter,
        train_on_letters_without_order,
        train_with_tiny,
        train_returns_the_losses,
        train_returns_the_class,
        train_without_super,
        train_without_notes,
    ),
    harness=judged,
)
