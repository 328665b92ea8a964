"""The model of lesson 00c that writes names: a module of two tables, training, writing, and counting, with which it is
compared.

Numbers are 64 bits wide from the first draw on, so that every machine prints the same.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lessons_lib.classroom.lessons.lesson00b.names import LETTERS, pairs

BATCH = 256
TRUST = 20  # cases: of 5, 10, 20 and 40 the best for two to four letters, on nine trial tenths in turn


class NextLetter(nn.Module):
    """Scores for the next letter, from the last few letters: one embedding and one linear layer.

    Args:
        context: how many letters it looks at.
        width: the length C of a letter's vector.
        seed: what the first numbers are drawn with.
    """

    def __init__(self, context: int, width: int = 16, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.embedding = nn.Embedding(27, width, dtype=torch.float64)
        self.linear = nn.Linear(context * width, 27, dtype=torch.float64)

    def forward(self, ids: Tensor) -> Tensor:
        """ids [N, context] to scores [N, V]"""
        vectors = self.embedding(ids)  # [N, context, C]
        return self.linear(vectors.flatten(1))  # [N, V]


def with_hidden_layer(context: int, width: int = 16, hidden: int = 64, seed: int = 0) -> nn.Module:
    """The same with a hidden layer: between two linear layers tanh bends each number to lie between -1 and 1."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Embedding(27, width, dtype=torch.float64),
        nn.Flatten(1),
        nn.Linear(context * width, hidden, dtype=torch.float64),
        nn.Tanh(),
        nn.Linear(hidden, 27, dtype=torch.float64),
    )


def train(
    model: nn.Module,
    names: Sequence[str],
    context: int,
    steps: int,
    lr: float,
    seed: int = 0,
    after: Callable[[int], None] | None = None,
) -> list[float]:
    """Train a model in place on names; `after` is called with the number of each step that was taken.

    Returns:
        The loss of each step's batch.
    """
    inputs, targets = pairs(names, context)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    generator = torch.Generator().manual_seed(seed)
    losses = []
    with one_thread():
        for step in range(1, steps + 1):
            rows = torch.randint(len(targets), (BATCH,), generator=generator)  # [N]
            loss = F.cross_entropy(model(inputs[rows]), targets[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if after:
                after(step)
    return losses


def counted(names: Sequence[str], context: int, trust: float = TRUST) -> tuple[Tensor, Tensor]:
    """The chances of the next letter after each run of letters, by counting.

    What the next shorter run says counts as much as `trust` cases. So it decides where the long run is rare, and a
    letter that was never seen there keeps a small chance. The shortest run, of no letters, leans on guessing evenly.

    Returns:
        Chances and counts [V, ..., V], with one axis for each letter of context and the last for the next letter.
    """
    shorter = counted(names, context - 1, trust)[0] if context else torch.full((27,), 1 / 27, dtype=torch.float64)
    inputs, targets = pairs(names, context)
    counts = torch.zeros([27] * (context + 1), dtype=torch.float64)
    one_each = torch.ones(len(targets), dtype=torch.float64)
    counts.index_put_((*inputs.long().T, targets), one_each, accumulate=True)
    return (counts + trust * shorter) / (counts.sum(-1, keepdim=True) + trust), counts


def counting(read: Sequence[str], unread: Sequence[str], context: int, trust: float = TRUST) -> tuple[float, int]:
    """How wrong counting the read names is about the unread ones, and how much it has to remember.

    Returns:
        The cross entropy, and the number of cells that are not 0 in the tables of all runs up to `context` letters.
    """
    inputs, targets = pairs(unread, context)
    chances, _ = counted(read, context, trust)
    filled = sum((counted(read, run)[1] > 0).sum().item() for run in range(context + 1))
    return -chances[(*inputs.T, targets)].log().mean().item(), filled


@torch.no_grad()
def loss_on(names: Sequence[str], model: nn.Module, context: int) -> float:
    """The cross entropy of a model at all places of some names."""
    inputs, targets = pairs(names, context)
    return F.cross_entropy(model(inputs), targets).item()


@contextmanager
def one_thread() -> Iterator[None]:
    """Calculate in one thread, as the lesson does: the order of sums is then the same everywhere."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@torch.no_grad()
def write_name(model: nn.Module, context: int, generator: torch.Generator, longest: int = 12) -> str:
    """Write one name, letter by letter, until the model draws the end or the name is `longest` letters long."""
    ids = [0] * context
    while len(ids) < context + longest:
        chances = model(torch.tensor([ids[-context:]])).softmax(-1)  # [1, V]
        drawn = torch.multinomial(chances, 1, generator=generator).item()
        if drawn == 0:
            break
        ids.append(drawn)
    return "".join(LETTERS[i] for i in ids[context:])


def write_names(model: nn.Module, context: int, count: int, seed: int = 0) -> list[str]:
    """Write several names, one after the other, from one seed."""
    generator = torch.Generator().manual_seed(seed)
    return [write_name(model, context, generator) for _ in range(count)]
