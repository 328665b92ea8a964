"""Balance: see how much work each expert gets, and even it out.

A router likes the experts that have learnt most, and those that it likes learn more. Left alone it can end with a few
busy experts and many that never run. Two cures: a loss that grows with the imbalance, and a bias that moves against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from lessons_lib.layers.moe import MixtureOfExperts, Router, Routing


@contextmanager
def record_routes(model: nn.Module) -> Iterator[dict[int, list[Routing]]]:
    """Inside, write down where each layer's router sends its tokens, one `Routing` for each call of the model.

    Gradients flow through what is recorded wherever they are on. Only what the model itself runs is seen: a compiled
    step has no router to listen to.

    Args:
        model: a `Transformer`.

    Yields:
        For each layer with experts, by its number, the list that grows.

    Example:
        >>> from lessons_lib import ModelConfig, Transformer
        >>> model = Transformer(ModelConfig(vocab_size=9, hidden_size=4, intermediate_size=6, num_hidden_layers=2,
        ...                                 num_attention_heads=2, num_local_experts=3, moe_layers=[1]))
        >>> with record_routes(model) as routes:
        ...     scores = model(torch.tensor([[5, 6, 7, 8]]))
        >>> [(layer, len(seen), seen[0].experts.shape) for layer, seen in routes.items()]
        [(1, 1, torch.Size([4, 1]))]
    """
    layers = enumerate(model.model.layers)
    routers = {number: layer.mlp.router for number, layer in layers if isinstance(layer.mlp, MixtureOfExperts)}
    routes: dict[int, list[Routing]] = {number: [] for number in routers}

    def listen(number: int) -> RemovableHandle:
        return routers[number].register_forward_hook(lambda _, __, routing: routes[number].append(routing))

    handles = [listen(number) for number in routers]
    try:
        yield routes
    finally:
        for handle in handles:
            handle.remove()


def expert_load(experts: Tensor, num_experts: int) -> Tensor:
    """Count how many tokens each expert was sent.

    Args:
        experts: whole numbers of any shape, such as `Routing.experts` [N, K].

    Returns:
        [E] whole numbers.

    Example:
        >>> expert_load(torch.tensor([[0, 2], [2, 1], [2, 0]]), 4)
        tensor([2, 1, 3, 0])
    """
    return experts.flatten().bincount(minlength=num_experts)


def load_balancing_loss(routings: Iterable[Routing]) -> Tensor:
    """Measure how unevenly tokens are spread over experts: K where all are as busy, up to E where K of them do it all.

    For each routing it is `E * sum(f * P)`: `f` [E] the share of tokens that an expert was sent, which is counted and
    has no gradient, `P` [E] the mean of its scores, which has. The result is the mean over routings, so that one layer
    cannot hide what another does. Scores of a sigmoid are first divided by their sum.

    Args:
        routings: of one step, such as all that `record_routes` gives.

    Returns:
        A number with a gradient for the routers.

    Raises:
        ValueError: without a routing.

    Example:
        >>> scores = torch.tensor([[0.7, 0.3], [0.6, 0.4]])
        >>> load_balancing_loss([Routing(torch.tensor([[0], [0]]), scores[:, :1], scores)])
        tensor(1.3000)

    Source: Fedus et al. 2021, "Switch Transformers", equations 4 to 6.
    """
    losses = []
    for experts, _, scores in routings:
        tokens, num_experts = scores.shape
        shares = expert_load(experts, num_experts) / tokens  # [E]
        means = (scores / scores.sum(-1, keepdim=True)).mean(0)  # [E]
        losses.append(num_experts * (shares * means).sum())
    if not losses:
        raise ValueError("routings: got none, allowed one or more")
    return torch.stack(losses).mean()


@torch.no_grad()
def adjust_correction_bias(router: Router, load: Tensor, speed: float) -> None:
    """Make experts with more than their share a little less wanted, and the others a little more.

    The bias counts only where experts are chosen, so this balances without a loss that pulls at what is learnt. Call it
    after each step of training.

    Args:
        router: one with "noaux_tc", whose `e_score_correction_bias` [E] is changed.
        load: [E] tokens that each expert was sent in the step, as from `expert_load`.
        speed: how far each bias moves, above 0; DeepSeek-V3 took 0.001.

    Raises:
        ValueError: for a router without the bias, a load of another shape, or a speed that is not above 0.

    Source: Wang et al. 2024, "Auxiliary-Loss-Free Load Balancing Strategy for Mixture-of-Experts", algorithm 1.
    """
    bias = router.e_score_correction_bias
    if bias is None:
        raise ValueError(f'topk_method: got "{router.config.topk_method}", allowed "noaux_tc"')
    if load.shape != bias.shape:
        raise ValueError(f"load: got shape {list(load.shape)}, allowed {list(bias.shape)}")
    if not 0 < speed < float("inf"):
        raise ValueError(f"speed: got {speed}, allowed above 0")
    load = load.float()
    bias += speed * (load.mean() - load).sign()
