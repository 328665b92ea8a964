"""The building exercise of lesson 12: the learner's layer stands in SmolLM2 and is tuned."""

import torch
from torch import nn

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson12.tiny import tuned_with


class MyLora(nn.Module):
    def __init__(self, linear, A, alpha):
        super().__init__()
        self.weight = linear.weight.requires_grad_(False)
        self.A = nn.Parameter(A.clone())
        self.B = nn.Parameter(torch.zeros(linear.out_features, len(A)))
        self.scale = alpha / len(A)

    def forward(self, x):
        return x @ self.weight.T + self.scale * (x @ self.A.T) @ self.B.T

    def merged(self):
        return self.weight + self.scale * self.B @ self.A


class _Layer(nn.Module):
    """The same with the knobs that mistakes turn."""

    frozen, learns_a, learns_b = True, True, True
    merged_by = 1.0

    def __init__(self, linear, A, alpha):
        super().__init__()
        self.weight = linear.weight.requires_grad_(not self.frozen)
        self.A = nn.Parameter(A.clone(), requires_grad=self.learns_a)
        self.B = nn.Parameter(torch.zeros(linear.out_features, len(A)), requires_grad=self.learns_b)
        self.scale = self.by(alpha, len(A))

    def by(self, alpha, r):
        return alpha / r

    def forward(self, x):
        return x @ self.weight.T + self.scale * (x @ self.A.T) @ self.B.T

    def merged(self):
        return self.weight + self.merged_by * self.scale * self.B @ self.A


class LayerNotFrozen(_Layer):
    """It looks as if the weight learns too. Only A and B do: linear.weight.requires_grad_(False)."""

    frozen = False


class LayerWithoutScale(_Layer):
    """It looks as if nothing is scaled: what A and B give counts alpha / r times, and r is the number of A's rows."""

    def by(self, alpha, r):
        return 1.0


class LayerByAlpha(_Layer):
    """It looks as if what is added counts alpha times. Divide by r, the number of A's rows."""

    def by(self, alpha, r):
        return alpha


class LayerUpsideDown(_Layer):
    """It looks as if the fraction is upside down: it is alpha / r."""

    def by(self, alpha, r):
        return r / alpha


class LayerWithAFixedA(_Layer):
    """It looks as if only B learns. A has to learn too: an nn.Parameter that asks for a slope."""

    learns_a = False


class LayerWithAFixedB(_Layer):
    """It looks as if nothing moves. B must learn too, as an nn.Parameter: while it is zero, A has no slope."""

    learns_b = False


class LayerMergedWithoutScale(_Layer):
    """The tuning is right. The merged matrix is not: there too B A counts alpha / r times."""

    def merged(self):
        return self.weight + self.B @ self.A


class LayerThatMergesNothing(_Layer):
    """The tuning is right. merged() gives back the old matrix: add what the adapter adds by then, each time it is
    asked."""

    merged_by = 0.0


class LayerThatMergesTheChange(_Layer):
    """The tuning is right. merged() gives only what is added: the weight belongs to it."""

    def merged(self):
        return self.scale * self.B @ self.A


class LayerMergedTransposed(_Layer):
    """The tuning is right. The merged matrix is transposed: B [out, r] times A [r, in] has W's shape as it is."""

    def merged(self):
        merged = super().merged()
        return merged.T if len(merged) == len(merged.T) else merged


class LayerThatMovesIn(_Layer):
    """The merged matrix is right. But merged() writes into what the layer holds: the weight has changed, or the adapter
    is gone. Return a new matrix: the weight + ..."""

    def merged(self):
        with torch.no_grad():
            self.weight += super().merged() - self.weight
            self.B.zero_()
        return self.weight


class LayerMergedInPlace(_Layer):
    """The tuning is right. merged() changes the weight itself, so whoever calls it twice adds twice. Return a new
    matrix: the weight + ..."""

    def merged(self):
        with torch.no_grad():
            self.weight += self.scale * self.B @ self.A
        return self.weight


class LayerWithACurve(_Layer):
    """It looks as if something squashes the r numbers between A and B. Nothing does: else it could not be merged."""

    def forward(self, x):
        return x @ self.weight.T + self.scale * torch.relu(x @ self.A.T) @ self.B.T


LORA_LAYER = Exercise(
    id="my_lora_layer",
    title="Your layer in SmolLM2",
    difficulty=3,
    minutes=20,
    kind="build",
    contract="a class of nn.Module, made from a linear layer without bias (its weight is [out, in]), A [r, in] and "
    "alpha. An object maps x [..., in] to [..., out]: the weight times x, and alpha / r times B A x, where B [out, r] "
    "begins at zero. Only A, from the numbers handed over, and B learn; the weight is frozen. merged() returns the "
    "matrix [out, in] that does the same alone, however often it is asked.",
    cases=(
        ("tiny", 1, 1.0, 2),
        ("tiny", 4, 8.0, 6),
        ("tiny", 3, 1.0, 12),
        ("SmolLM2", 4, 8.0, 3),
    ),
    tried="ranks 1, 3 and 4 in a tiny model, and then queries and values of SmolLM2's two uppermost layers: the same "
    "losses as with the library's layer, the same scores when merged, and what the layers hold untouched by it",
    hints=(
        "Begin with super().__init__(). What learns is an nn.Parameter that is assigned to self.",
        "self.weight = linear.weight.requires_grad_(False), and B = torch.zeros(out, r): out is linear.out_features.",
        "forward and merged are your my_lora of above, one each.",
    ),
    solution=MyLora,
    harness=tuned_with,
    real=1,
    mistakes=(
        LayerNotFrozen,
        LayerWithoutScale,
        LayerByAlpha,
        LayerUpsideDown,
        LayerWithAFixedA,
        LayerWithAFixedB,
        LayerMergedWithoutScale,
        LayerThatMergesNothing,
        LayerThatMergesTheChange,
        LayerMergedTransposed,
        LayerMergedInPlace,
        LayerThatMovesIn,
        LayerWithACurve,
    ),
)
