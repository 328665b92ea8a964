"""AdamW and Muon against torch's own, and which of them moves what."""

import pytest
import torch
from models import our_config

from lessons_lib import Transformer
from lessons_lib.training import AdamW, Muon, Recipe, newton_schulz, optimizers


def moved(make, shapes, steps=6, dtype=torch.float64):
    """Parameters after some steps with given gradients."""
    g = torch.Generator().manual_seed(0)
    params = [torch.nn.Parameter(torch.randn(shape, generator=g, dtype=dtype)) for shape in shapes]
    optimizer = make(params)
    for _ in range(steps):
        for p in params:
            p.grad = torch.randn(p.shape, generator=g, dtype=dtype)
        optimizer.step()
    return params


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"lr": 0.1, "betas": (0.5, 0.9), "weight_decay": 0.3},
        {"lr": 1e-3, "eps": 0.01, "weight_decay": 0.0},
    ],
)
def test_adamw_is_torchs(settings):
    settings = {"lr": 1e-3, "betas": (0.9, 0.95), "eps": 1e-8, "weight_decay": 0.1} | settings
    ours = moved(lambda params: AdamW(params, **settings), [(3, 5), (7,), ()])
    torchs = moved(lambda params: torch.optim.AdamW(params, **settings), [(3, 5), (7,), ()])
    torch.testing.assert_close(ours, torchs, atol=1e-12, rtol=0)


@pytest.mark.parametrize("shapes", [[(3, 5), (7,), (), (0, 4)], [(301, 333)]])
def test_in_one_trip_it_is_torchs_too(shapes):
    """Float32 on a CPU; the second is cut into pieces."""
    settings = {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.2}
    ours = moved(lambda params: AdamW(params, **settings), shapes, dtype=torch.float32)
    torchs = moved(lambda params: torch.optim.AdamW(params, **settings), shapes, dtype=torch.float32)
    torch.testing.assert_close(ours, torchs, atol=1e-6, rtol=1e-6)


def test_a_gradient_with_gaps_is_read_aright():
    settings = {"lr": 0.01, "weight_decay": 0.2}
    results = []
    for make in (AdamW, torch.optim.AdamW):
        p = torch.nn.Parameter(torch.ones(6, 4))
        p.grad = torch.randn(4, 6, generator=torch.Generator().manual_seed(0)).T
        make([p], betas=(0.9, 0.95), **settings).step()
        results.append(p.detach())
    torch.testing.assert_close(*results, atol=1e-6, rtol=1e-6)


def test_the_first_step_is_as_long_as_the_learning_rate_whatever_the_gradient():
    [start] = moved(lambda params: AdamW(params), [(4, 3)], steps=0)
    [after] = moved(lambda params: AdamW(params, lr=0.25, weight_decay=0.0), [(4, 3)], steps=1)
    torch.testing.assert_close((after - start).abs(), torch.full((4, 3), 0.25, dtype=torch.float64))


def test_decay_apart_from_the_gradient_is_not_decay_within_it():
    settings = {"lr": 0.05, "betas": (0.9, 0.95), "weight_decay": 0.3}
    ours = moved(lambda params: AdamW(params, **settings), [(3, 5)])
    within = moved(lambda params: torch.optim.Adam(params, **settings), [(3, 5)])
    assert (ours[0] - within[0]).abs().max() > 0.01


@pytest.mark.parametrize("shape", [(48, 32), (32, 80), (16, 16)])
def test_muon_is_torchs(shape):
    settings = {"lr": 0.02, "momentum": 0.95, "weight_decay": 0.1}
    [ours] = moved(lambda params: Muon(params, **settings), [shape], dtype=torch.float32)
    [torchs] = moved(lambda params: torch.optim.Muon(params, **settings), [shape], dtype=torch.float32)
    [start] = moved(lambda params: Muon(params, **settings), [shape], steps=0, dtype=torch.float32)
    # torch iterates in bfloat16, ours in float32
    assert (ours - torchs).abs().max() < 0.02 * (ours - start).abs().max()


@pytest.mark.parametrize("shape", [(12, 40), (40, 12), (20, 20)])
def test_newton_schulz_makes_all_directions_about_equally_long(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    u, s, v = torch.linalg.svd(matrix, full_matrices=False)
    strong = u @ torch.diag(torch.logspace(0, -2, len(s))) @ v
    after = torch.linalg.svdvals(newton_schulz(strong))
    assert after.min() > 0.3 and after.max() < 1.3
    kept = u.T @ newton_schulz(strong) @ v.T  # its directions are those of the matrix
    assert (kept - torch.diag(kept.diagonal())).abs().max() < 1e-3


def test_a_column_of_zeros_gives_no_nan():
    assert torch.isfinite(newton_schulz(torch.zeros(3, 4))).all()


def test_muon_takes_matrices_only():
    with pytest.raises(ValueError, match=r"params: got one of shape \[7\], allowed matrices"):
        Muon([torch.nn.Parameter(torch.zeros(7))])


@pytest.mark.parametrize("tied", [True, False])
def test_every_parameter_is_moved_once_by_the_right_one(tied):
    model = Transformer(our_config(tie_word_embeddings=tied, attention_bias=True))
    names = {id(p): name for name, p in model.named_parameters()}
    adam, muon = optimizers(model, Recipe(steps=1))
    of = {
        names[id(p)]: (type(optimizer), group["weight_decay"])
        for optimizer in (adam, muon)
        for group in optimizer.param_groups
        for p in group["params"]
    }
    assert set(of) == set(names.values())
    assert sum(len(g["params"]) for o in (adam, muon) for g in o.param_groups) == len(names)
    for name, found in of.items():
        if name.endswith(("norm.weight", "bias")):
            assert found == (AdamW, 0.0), name
        else:
            inside = "embed" not in name and "lm_head" not in name
            assert found == (Muon if inside else AdamW, 0.1), name


def test_without_a_rate_for_matrices_adamw_moves_all():
    model = Transformer(our_config())
    [adam] = optimizers(model, Recipe(steps=1, matrix_learning_rate=None))
    assert sum(len(g["params"]) for g in adam.param_groups) == len(list(model.parameters()))
