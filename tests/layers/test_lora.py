"""LoRA beside PEFT: the same scores, gradients and merged weights; and what an adapter must not do to a model."""

import copy

import peft
import pytest
import torch
from models import our_config, our_copy, random_model, reference_llama, token_ids

from lessons_lib.generation import KVCache, generate
from lessons_lib.generation.compiled.fit import applies
from lessons_lib.generation.compiled.step import DecodeStep
from lessons_lib.layers import (
    Linear,
    LoraConfig,
    QuantizedLinear,
    adapters,
    add_lora,
    merge_lora,
    quantize,
    remove_lora,
    sharing_weights,
    without_lora,
)
from lessons_lib.layers.lora import PROJECTIONS

WHOLE = {"hidden_size": 64, "intermediate_size": 160, "head_dim": 16}
NAMES = ["q_proj", "o_proj", "down_proj"]


def moved(model, seed=7):
    """A model whose adapter says something: its B is no longer zero."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in adapters(model).values():
            module.lora_B.copy_(torch.randn(module.lora_B.shape, generator=generator) * 0.2)
    return model


def both(**settings):
    """Ours and PEFT's, on the same random model, with the same A and B."""
    reference = reference_llama()
    ours = moved(add_lora(our_copy(reference, our_config()), LoraConfig(**settings)))
    theirs = peft.get_peft_model(reference, peft.LoraConfig(task_type="CAUSAL_LM", **settings))
    with torch.no_grad():
        for name, module in adapters(ours).items():
            layer = theirs.base_model.model.get_submodule(name)
            layer.lora_A["default"].weight.copy_(module.lora_A)
            layer.lora_B["default"].weight.copy_(module.lora_B)
    return ours, theirs


SETTINGS = [
    {"r": 3, "lora_alpha": 5, "target_modules": NAMES},
    {"r": 3, "lora_alpha": 5, "target_modules": NAMES, "use_rslora": True},
    {"r": 2, "lora_alpha": 7, "target_modules": ["v_proj", "gate_proj"], "layers_to_transform": [0, 2]},
]

COMPILED = [*SETTINGS, {"r": 40, "lora_alpha": 1}, {"r": 8, "target_modules": ["lm_head", "o_proj"]}]


@pytest.mark.parametrize("settings", SETTINGS)
def test_scores_and_gradients_are_those_of_peft(settings):
    ours, theirs = both(**settings)
    ids = token_ids(2, 11)
    ours_loss = torch.nn.functional.cross_entropy(ours(ids)[:, :-1].flatten(0, 1), ids[:, 1:].flatten())
    their_loss = theirs(input_ids=ids, labels=ids).loss
    assert ours_loss.item() == pytest.approx(their_loss.item(), abs=1e-6)
    ours_loss.backward()
    their_loss.backward()
    for name, module in adapters(ours).items():
        layer = theirs.base_model.model.get_submodule(name)
        torch.testing.assert_close(module.lora_A.grad, layer.lora_A["default"].weight.grad, atol=1e-6, rtol=1e-4)
        torch.testing.assert_close(module.lora_B.grad, layer.lora_B["default"].weight.grad, atol=1e-6, rtol=1e-4)
    assert len(adapters(ours)) == sum("lora_A" in name for name, _ in theirs.named_parameters())


@pytest.mark.parametrize("settings", SETTINGS)
def test_merged_weights_are_those_of_peft(settings):
    ours, theirs = both(**settings)
    merged = dict(theirs.merge_and_unload().named_parameters())
    for name, parameter in merge_lora(ours).named_parameters():
        torch.testing.assert_close(parameter, merged[name], atol=1e-6, rtol=0)
        assert parameter.requires_grad


@torch.no_grad()
def test_a_fresh_adapter_changes_nothing_and_only_it_learns():
    model = random_model()
    before = model(token_ids(2, 5))
    names = {name for name, _ in model.named_parameters()}
    add_lora(model, LoraConfig(r=3, target_modules=NAMES))
    assert model(token_ids(2, 5)).equal(before)
    learn = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert {name.rpartition(".")[2] for name in learn} == {"lora_A", "lora_B"}
    assert names == {name for name, _ in model.named_parameters()} - learn  # the weights keep their names


def test_a_starts_as_in_peft_and_by_its_seed():
    bound = 1 / 64**0.5
    first, again, other = (
        add_lora(torch.nn.Sequential(Linear(64, 50)), LoraConfig(r=40, target_modules=["0"]), seed=seed)[0].lora_A
        for seed in (1, 1, 2)
    )
    assert first.equal(again)
    assert not first.equal(other)
    assert 0.99 * bound < first.abs().max() <= bound
    assert first.std().item() == pytest.approx(bound / 3**0.5, rel=0.05)  # uniform


@torch.no_grad()
def test_switched_off_it_is_the_model_before_also_after_an_error():
    model = random_model()
    ids = token_ids(2, 5)
    before = model(ids)
    tuned = moved(add_lora(model))(ids)
    with without_lora(model):
        assert model(ids).equal(before)
    with pytest.raises(ValueError, match="token_ids"), without_lora(model):
        model(ids[0])
    assert model(ids).equal(tuned)
    assert not tuned.allclose(before)


@torch.no_grad()
def test_removed_it_leaves_the_model_before():
    model = random_model()
    ids = token_ids(2, 5)
    before, state = model(ids), {name: tensor.clone() for name, tensor in model.state_dict().items()}
    remove_lora(moved(add_lora(model)))
    assert model(ids).equal(before)
    assert model.state_dict().keys() == state.keys()
    assert all(parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize("settings", [{"r": 1, "target_modules": [name]} for name in PROJECTIONS] + COMPILED)
@torch.no_grad()
def test_the_compiled_step_adds_what_an_adapter_says(settings):
    changes = {"attention_bias": True, "tie_word_embeddings": "lm_head" not in settings.get("target_modules", ())}
    model = moved(add_lora(random_model(**WHOLE, **changes), LoraConfig(**settings)))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}

    def apart(ids, parts):
        step, cache, plain = DecodeStep(model), KVCache(model.config, len(ids)), model(ids)
        ours = torch.cat([step(part, cache) for part in ids.split(parts, 1)], 1)
        return (ours - plain).abs().max() / plain.abs().max()

    assert applies(model)
    for rows in (1, 2, 5):
        assert apart(token_ids(rows, 11), [3, 1, 5, 2]) < 2e-5
    assert all(tensor.equal(before[name]) for name, tensor in model.state_dict().items())  # nothing was merged
    whole = model(token_ids(1, 4))
    with without_lora(model):
        assert apart(token_ids(2, 6), [4, 2]) < 2e-5
        assert (DecodeStep(model)(token_ids(1, 4), KVCache(model.config)) - whole).abs().max() > 1e-2


@torch.no_grad()
def test_the_compiled_step_adds_the_adapter_of_each_expert():
    sizes = {"num_local_experts": 3, "num_experts_per_tok": 2, "moe_intermediate_size": 44, "n_shared_experts": 1}
    model = moved(add_lora(random_model(**sizes), LoraConfig(r=3)))
    assert any("experts.2" in name for name in adapters(model)) and applies(model)
    ours, ids = DecodeStep(model)(token_ids(3, 7), KVCache(model.config, 3)), token_ids(3, 7)
    torch.testing.assert_close(ours, model(ids), atol=2e-5, rtol=1e-5)
    with without_lora(model):
        assert (model(ids) - ours).abs().max() > 1e-2


def added_to_the_weights(model, turned_back):
    """A model of plain float32 weights: a quantised one's turned back, with the alpha / r B A of PEFT added."""
    for name, module in model.named_modules():
        if isinstance(module, QuantizedLinear):
            weight = module.dequantize()
            if name in adapters(model):
                weight += (module.lora_B @ module.lora_A * (module.config.lora_alpha / module.config.r)).detach()
            turned_back.get_submodule(name).weight.data.copy_(weight)
    return turned_back


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("bits", [8, 4])
@torch.no_grad()
def test_quantised_weights_with_an_adapter_are_those_turned_back_with_it(bits, tied):
    float32 = random_model(**WHOLE, attention_bias=True, tie_word_embeddings=tied)
    base = quantize(copy.deepcopy(float32), bits=bits)
    model = moved(add_lora(sharing_weights(base), LoraConfig(r=3, lora_alpha=20)))
    expected, ids = added_to_the_weights(model, float32), token_ids(2, 9)
    scores, before = expected(ids), base(ids)
    assert applies(model) and applies(base) and not adapters(base)
    step = DecodeStep(model)(ids, KVCache(model.config, 2))
    for found in (model(ids), step):
        assert (found - scores).abs().max() < 2e-3 * scores.abs().max()  # quantised weights meet numbers of 16 bits
        assert (found - before).abs().max() > 1e-1 * scores.abs().max()
    with without_lora(model):
        assert model(ids).equal(before)
    assert base.get_submodule("model.layers.0.mlp.up_proj").quantized is (
        model.get_submodule("model.layers.0.mlp.up_proj").quantized
    )
    with pytest.raises(ValueError, match=r"q_proj: got a quantised matrix, allowed a Linear: merge first"):
        merge_lora(model)
    assert len(adapters(model)) == 7 * len(model.model.layers)
    assert remove_lora(model)(ids).equal(before) and applies(model)


def test_an_adapter_learns_on_quantised_weights_what_it_learns_on_those_turned_back():
    float32 = random_model(**WHOLE)
    model = moved(add_lora(quantize(copy.deepcopy(float32))))
    other = add_lora(added_to_the_weights(remove_lora(copy.deepcopy(model)), float32))
    with torch.no_grad():
        for name, module in adapters(other).items():
            module.lora_A.copy_(adapters(model)[name].lora_A)
            module.lora_B.copy_(adapters(model)[name].lora_B)
    for each in (model, other):
        each(token_ids(2, 7)).logsumexp(-1).mean().backward()
    for name, theirs in adapters(other).items():
        for part in ("lora_A", "lora_B"):
            found, expected = getattr(adapters(model)[name], part).grad, getattr(theirs, part).grad
            assert (found - expected).abs().max() <= 5e-3 * expected.abs().max()


@torch.no_grad()
def test_an_adapter_that_does_not_fit_or_does_more_is_left_to_the_plain_path():
    for change in (
        lambda part: setattr(part, "lora_A", torch.nn.Parameter(part.lora_A[:, :-1])),
        lambda part: setattr(part, "lora_B", torch.nn.Parameter(part.lora_B[:-1])),
        lambda part: setattr(part, "lora_B", torch.nn.Parameter(part.lora_B[:, :-1])),
        lambda part: part.double(),
        lambda part: part.register_forward_hook(lambda *_: None),
    ):
        model = add_lora(random_model(), LoraConfig(r=2))
        assert applies(model)
        change(next(iter(adapters(model).values())))
        assert not applies(model)


def test_what_is_written_is_what_the_merged_model_writes():
    model = moved(add_lora(random_model(**WHOLE), LoraConfig(lora_alpha=64, layers_to_transform=[1])))
    merged = merge_lora(copy.deepcopy(model))
    prompt = token_ids(1, 6)[0].tolist()
    written = list(generate(model, prompt, max_new_tokens=12, temperature=0))
    assert written == list(generate(merged, prompt, max_new_tokens=12, temperature=0))
    with without_lora(model):
        assert written != list(generate(model, prompt, max_new_tokens=12, temperature=0))


def test_what_cannot_have_one_is_refused_and_left_as_it_was():
    tied, small = random_model(tie_word_embeddings=True), random_model(**WHOLE, tie_word_embeddings=True)
    for model, config, words in (
        (random_model(), LoraConfig(target_modules=["qproj"]), "names nothing in the model"),
        (random_model(), LoraConfig(layers_to_transform=[3]), "names nothing in the model"),
        (random_model(), LoraConfig(target_modules=["norm"]), r"model.norm: got RMSNorm"),
        (tied, LoraConfig(target_modules=["lm_head"]), "lm_head: got a matrix that another part uses too"),
        (quantize(copy.deepcopy(small)), LoraConfig(target_modules=["lm_head"]), "a matrix that another part uses too"),
        (add_lora(random_model()), LoraConfig(), "got one with an adapter"),
    ):
        names = [(name, parameter.requires_grad) for name, parameter in model.named_parameters()]
        with pytest.raises(ValueError, match=words):
            add_lora(model, config)
        assert names == [(name, parameter.requires_grad) for name, parameter in model.named_parameters()]


@pytest.mark.parametrize("take_off", [merge_lora, remove_lora])
def test_without_an_adapter_there_is_nothing_to_take_off(take_off):
    with pytest.raises(ValueError, match="got one without an adapter"):
        take_off(random_model())


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("r", 0),
        ("r", 2.5),
        ("lora_alpha", 0),
        ("lora_alpha", float("nan")),
        ("target_modules", "q_proj"),
        ("target_modules", []),
        ("layers_to_transform", [-1]),
    ],
)
def test_settings_out_of_range_are_named(setting, value):
    with pytest.raises(ValueError, match=setting):
        LoraConfig(**{setting: value})
