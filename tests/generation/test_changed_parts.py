"""Wrapped, subclassed, hooked and otherwise changed layers: the compiled step leaves them to the plain pass."""

import copy

import pytest
import torch
from models import random_model, token_ids
from torch import nn
from torch.nn.utils import parametrize, prune
from torch.nn.utils.parametrizations import weight_norm

from lessons_lib.generation import KVCache, Runner, generate
from lessons_lib.layers import Attention, Block, Embedding, FeedForward, Linear, RMSNorm, quantize

WHOLE = {"hidden_size": 64, "intermediate_size": 160, "head_dim": 16, "qk_norm": "before"}
EXPERTS = {"num_local_experts": 3, "num_experts_per_tok": 2, "moe_intermediate_size": 96, "n_shared_experts": 1}
LAYER = "model.layers.1"
MATRICES = [f"{LAYER}.self_attn.{name}_proj" for name in "qkvo"]
MATRICES += [f"{LAYER}.mlp.{name}_proj" for name in ("gate", "up", "down")] + ["lm_head", "model.layers.0.mlp.up_proj"]


class Adapter(nn.Module):
    """What libraries of adapters put in a layer's place: the layer, and a product of two thin matrices beside it."""

    def __init__(self, base: nn.Module) -> None:
        super().__init__()
        self.base = base
        torch.manual_seed(0)
        self.down = nn.Parameter(torch.randn(4, base.in_features) * 0.3)
        self.up = nn.Parameter(torch.randn(base.out_features, 4) * 0.3)

    def forward(self, x):
        return self.base(x) + x @ self.down.T @ self.up.T


def put(model, name, module):
    parent, _, last = name.rpartition(".")
    model.get_submodule(parent)._modules[last] = module


def wrap(name):
    return lambda model: put(model, name, Adapter(model.get_submodule(name)))


def subclass(name, kind, extra):
    """The module becomes one of a subclass that adds to what its class gives."""

    class Changed(kind):
        def forward(self, *arguments, **named):
            return extra(super().forward(*arguments, **named))

    def change(model):
        model.get_submodule(name).__class__ = Changed

    return change


def global_hook(model):
    handle = nn.modules.module.register_module_forward_hook(
        lambda module, _, out: out * 1.3 if isinstance(module, RMSNorm) else None
    )
    model.undo = handle.remove


class Twice(nn.Module):
    def forward(self, weight):
        return 2 * weight


class Marked(torch.Tensor):
    """A tensor with a mind of its own, as some quantisers make them."""


def tensor_subclass(model):
    layer = model.get_submodule(MATRICES[0])
    layer.weight = nn.Parameter(layer.weight.detach().as_subclass(Marked))


def own_forward(model):
    layer = model.get_submodule(MATRICES[4])
    layer.forward = lambda x: Linear.forward(layer, x) * 0.5


CHANGES = {f"adapter on {name}": wrap(name) for name in MATRICES}
CHANGES |= {f"subclass at {name}": subclass(name, Linear, lambda x: 1.5 * x + 0.2) for name in MATRICES}
CHANGES |= {
    "attention": subclass(f"{LAYER}.self_attn", Attention, lambda x: 2 * x),
    "block": subclass(LAYER, Block, lambda x: x + 0.5),
    "norm": subclass(f"{LAYER}.input_layernorm", RMSNorm, lambda x: x * 1.7),
    "query norm": subclass(f"{LAYER}.self_attn.q_norm", RMSNorm, lambda x: x * 1.7),
    "last norm": subclass("model.norm", RMSNorm, lambda x: x.roll(1, -1)),
    "network": subclass(f"{LAYER}.mlp", FeedForward, lambda x: -x),
    "embedding": subclass("model.embed_tokens", Embedding, lambda x: x.roll(1, -1)),
    "forward hook": lambda model: model.get_submodule(MATRICES[3]).register_forward_hook(lambda m, x, out: 2 * out),
    "hook before": lambda model: model.get_submodule(LAYER).register_forward_pre_hook(lambda m, x: (x[0] * 2, *x[1:])),
    "hook on a norm": lambda model: model.model.norm.register_forward_hook(lambda m, x, out: out.roll(1, -1)),
    "hook everywhere": global_hook,
    "forward of its own": own_forward,
    "parametrised": lambda model: parametrize.register_parametrization(
        model.get_submodule(MATRICES[6]), "weight", Twice()
    ),
    "weight norm": lambda model: weight_norm(model.get_submodule(MATRICES[2])),
    "pruned": lambda model: prune.l1_unstructured(model.get_submodule(MATRICES[5]), "weight", amount=0.5),
    "tensor subclass": tensor_subclass,
    "torch's own class": lambda model: put(
        model, MATRICES[0], nn.Linear(64, model.get_submodule(MATRICES[0]).out_features)
    ),
    "no norm": lambda model: put(model, f"{LAYER}.input_layernorm", nn.Identity()),
    "a sequence": lambda model: put(
        model, MATRICES[0], nn.Sequential(model.get_submodule(MATRICES[0]), nn.Dropout(0.0))
    ),
}


@torch.no_grad()
def plain_ids(model, ids, count):
    """Greedy choices without anything compiled."""
    ids = list(ids)
    for _ in range(count):
        ids.append(int(model(torch.tensor([ids]))[0, -1].argmax()))
    return ids[-count:]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_what_was_changed_takes_part(change):
    model = random_model(**WHOLE)
    assert Runner(model).step is not None
    before = model(token_ids(1, 9)).detach()
    change(model)
    try:
        assert Runner(model).step is None
        prompt = token_ids(1, 5)[0].tolist()
        assert list(generate(model, prompt, 12, stop_token_ids=())) == plain_ids(model, prompt, 12)
        same = torch.allclose(before, model(token_ids(1, 9)), atol=1e-4)
        assert same == (change in [CHANGES[name] for name in ("weight norm", "tensor subclass", "a sequence")])
    finally:
        getattr(model, "undo", lambda: None)()


@pytest.mark.parametrize("name", ["router", "experts.1", "experts.2.up_proj", "shared_expert.gate_proj"])
def test_experts_too(name):
    model = random_model(**WHOLE, **EXPERTS)
    assert Runner(model).step is not None
    model.get_submodule(f"{LAYER}.mlp.{name}").register_forward_hook(lambda module, x, out: out)
    assert Runner(model).step is None


@pytest.mark.parametrize("name", MATRICES)
def test_quantised_layers_too(name):
    model = quantize(random_model(**WHOLE))
    assert Runner(model).step is not None
    wrap(name)(model)
    assert Runner(model).step is None
    prompt = token_ids(1, 5)[0].tolist()
    assert list(generate(model, prompt, 12, stop_token_ids=())) == plain_ids(model, prompt, 12)


@pytest.mark.parametrize("name", MATRICES[:2] + MATRICES[4:8])
def test_matrices_of_another_size_are_not_read(name):
    model = random_model(**WHOLE)
    layer = model.get_submodule(name)
    put(model, name, Linear(layer.in_features, layer.out_features + 32, bias=False))
    assert Runner(model).step is None
    model = quantize(random_model(**WHOLE))
    layer = model.get_submodule(name)
    layer.scale = layer.scale[:-1]
    assert Runner(model).step is None


@pytest.mark.parametrize("name", [name for name in CHANGES if name.startswith(("subclass", "forward hook"))])
def test_no_change_is_quantised_away(name):
    model = random_model(**WHOLE)
    CHANGES[name](model)
    with pytest.raises(ValueError, match="changed or with hooks, allowed a plain Linear"):
        quantize(model)
    assert model.quantization is None


def test_an_adapter_on_a_quantised_base():
    model = random_model(**WHOLE)
    wrap(MATRICES[0])(model)
    quantize(model)
    prompt = token_ids(1, 20)[0].tolist()
    assert list(generate(model, prompt, 9, stop_token_ids=())) == plain_ids(model, prompt, 9)


@pytest.mark.parametrize("cached", [False, True])
def test_a_model_goes_through_torchs_compiler(cached):
    model = random_model(tie_word_embeddings=True)
    compiled = torch.compile(copy.deepcopy(model))
    ids = token_ids(2, 11)
    with torch.no_grad():
        for part in (ids, ids[:, :7], ids[:1]):
            caches = [KVCache(model.config, len(part)) if cached else None for _ in range(2)]
            torch.testing.assert_close(compiled(part, caches[0]), model(part, caches[1]), atol=1e-5, rtol=1e-5)
