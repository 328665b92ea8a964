"""AdamW and Muon, written out: what is done with a gradient before it moves a weight."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from lessons_lib.training.distributed import part_like, whole
from lessons_lib.training.recipe import Recipe


class AdamW(torch.optim.Optimizer):
    """Each weight moves by about the learning rate, in the direction in which its gradients agree.

    `m` is the running mean of the gradients, `v` that of their squares. Both begin at 0, so they are too small at
    first; dividing by `1 - beta ** t` mends that. The decay shrinks the weight itself, apart from the gradient.

    Args:
        params: parameters, or groups of them as torch's optimisers take them.
        lr: the learning rate.
        betas: how much of `m` and of `v` is kept at each step.
        eps: keeps the divisor from 0.
        weight_decay: share of `lr` by which a weight shrinks.

    Source: Kingma and Ba 2015, algorithm 1; Loshchilov and Hutter 2019, algorithm 2.
    """

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.95),
        eps: float = 1e-8,
        weight_decay: float = 0.1,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Move all parameters that have a gradient."""
        for group in self.param_groups:
            lr, (beta1, beta2), eps = group["lr"], group["betas"], group["eps"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state |= {"step": 0, "exp_avg": torch.zeros_like(p), "exp_avg_sq": torch.zeros_like(p)}
                state["step"] += 1
                m, v, t = state["exp_avg"], state["exp_avg_sq"], state["step"]
                shrink = 1 - lr * group["weight_decay"]
                _move(p, p.grad, m, v, Move(1 - beta1, 1 - beta2, shrink, lr / (1 - beta1**t), 1 - beta2**t, eps))


class Move(NamedTuple):
    """The numbers of one step: `m` and `v` take their shares of the gradient and of its square, then the weight is
    `shrink p - rate m / (sqrt(v / correction) + eps)`."""

    share_m: float
    share_v: float
    shrink: float
    rate: float
    correction: float
    eps: float


def _move(p: Tensor, grad: Tensor, m: Tensor, v: Tensor, by: Move) -> None:
    """Move a parameter and its two memories, in one trip through memory where that can be."""
    if all(_is_plain(tensor) for tensor in (p, grad, m, v)):
        from lessons_lib.training import fused_adamw  # numba takes a while to load, and not everybody trains

        fused_adamw.move(p, grad, m, v, by)
        return
    m.lerp_(grad, by.share_m)
    v.lerp_(grad.square(), by.share_v)
    p.mul_(by.shrink).addcdiv_(m, (v / by.correction).sqrt_().add_(by.eps), value=-by.rate)


def _is_plain(tensor: Tensor) -> bool:
    """Whether it is float32 on a CPU, without gaps, and all of it in this process."""
    here = tensor.is_cpu and not hasattr(tensor, "full_tensor")
    return here and tensor.dtype == torch.float32 and tensor.is_contiguous()


class Muon(torch.optim.Optimizer):
    """For matrices inside the network: the running mean of the gradients, with all its directions made equally long.

    A gradient's few strong directions would decide every step alone; here the weak ones have their say.

    Args:
        params: matrices, or groups of them. Embeddings, the head and vectors belong to `AdamW`.
        lr: the learning rate.
        momentum: how much of the running mean is kept at each step.
        weight_decay: share of `lr` by which a weight shrinks.

    Source: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks".
    """

    def __init__(self, params: Iterable, lr: float = 0.02, momentum: float = 0.95, weight_decay: float = 0.1) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        for group in self.param_groups:
            for p in group["params"]:
                if p.ndim != 2:
                    raise ValueError(f"params: got one of shape {list(p.shape)}, allowed matrices")

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Move all matrices that have a gradient."""
        for group in self.param_groups:
            lr, momentum = group["lr"], group["momentum"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                m = self.state[p].setdefault("momentum_buffer", torch.zeros_like(p))
                m.lerp_(p.grad, 1 - momentum)
                update = part_like(newton_schulz(whole(p.grad.lerp(m, momentum))), p)  # no part has the directions
                p.mul_(1 - lr * group["weight_decay"])
                p.add_(update, alpha=-lr * max(1, p.shape[0] / p.shape[1]) ** 0.5)


@torch.no_grad()
def newton_schulz(matrix: Tensor, steps: int = 5) -> Tensor:
    """Bring all singular values of a matrix near 1 and keep its directions, by products alone.

    Each step sends a singular value s to `3.4445 s - 4.7750 s^3 + 2.0315 s^5`, which carries small ones up quickly
    and leaves those near 1 between about 0.7 and 1.2.

    Args:
        matrix: [rows, columns].
        steps: five are enough for values above about a thousandth of the largest.

    Returns:
        [rows, columns].

    Source: Jordan et al. 2024.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if tall else x


def optimizers(model: nn.Module, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """The optimisers of a run: Muon for the matrices inside, AdamW for all else; norms and biases do not decay.

    Args:
        model: its input embedding and its head are told by their names, `embed_tokens` and `lm_head`.
        recipe: without a `matrix_learning_rate`, AdamW moves the matrices too.
    """
    named = dict(model.named_parameters())
    inside = [p for name, p in named.items() if p.ndim == 2 and not {"embed_tokens", "lm_head"} & {*name.split(".")}]
    by_muon = {id(p) for p in inside} if recipe.matrix_learning_rate is not None else set()
    rest = [p for p in named.values() if id(p) not in by_muon]
    groups = [
        {"params": [p for p in rest if p.ndim > 1]},
        {"params": [p for p in rest if p.ndim < 2], "weight_decay": 0.0},
    ]
    made: list[torch.optim.Optimizer] = [
        AdamW([group for group in groups if group["params"]], recipe.learning_rate, weight_decay=recipe.weight_decay)
    ]
    if by_muon:
        made.append(Muon(inside, recipe.matrix_learning_rate, weight_decay=recipe.weight_decay))
    return made
