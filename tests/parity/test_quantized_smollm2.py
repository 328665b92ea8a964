"""The real SmolLM2-135M-Instruct with weights of 8 and 4 bits: no worse than in float32, on every path and on disk."""

from copy import deepcopy

import pytest
import torch

import lessons_lib
from lessons_lib import corpora
from lessons_lib.generation import generate
from lessons_lib.generation.compiled.fit import applies
from lessons_lib.layers import QuantizedLinear, quantize

PROMPTS = ["def fibonacci(n):\n", "The capital of France is"]
COUNT = 48  # tokens
SIZES = {8: 0.3, 4: 0.2}  # of a folder, at most, as a part of the weights in float32


@pytest.fixture(scope="module")
def models(smollm2):
    """The model by the bits of its weights."""
    model, _ = smollm2
    return {32: model, 8: quantize(deepcopy(model), 8), 4: quantize(deepcopy(model), 4)}


@pytest.fixture(scope="module")
def texts(smollm2):
    """512 tokens out of each corpus, [1, T]."""
    _, tokenizer = smollm2
    excerpts = (text[100_000:104_000] for text in (corpora.world_english_bible(), corpora.shakespeare()))
    return [torch.tensor([tokenizer.encode(excerpt)[:512]]) for excerpt in excerpts]


@torch.no_grad()
def perplexity(model, ids) -> float:
    return torch.nn.functional.cross_entropy(model(ids)[0, :-1], ids[0, 1:]).exp().item()


@pytest.fixture(scope="module")
def expected(models, texts):
    return [perplexity(models[32], ids) for ids in texts]


def test_eight_bits_change_the_perplexity_by_less_than_one_percent(models, texts, expected):
    for ids, before in zip(texts, expected, strict=True):
        after = perplexity(models[8], ids)
        print(f"{ids.shape[1]} tokens: perplexity {before:.3f} in float32, {after:.3f} with 8 bits")
        assert ids.shape[1] == 512
        assert after == pytest.approx(before, rel=0.01)


def test_scales_at_the_wrong_group_change_it_by_more(models, texts, expected, monkeypatch):
    layer = models[8].model.layers[29].mlp.down_proj
    monkeypatch.setitem(layer._buffers, "scale", layer.scale.roll(1, 1))
    assert perplexity(models[8], texts[0]) > 1.1 * expected[0]


def test_four_bits_give_back_the_weights_of_the_file_exactly(models):
    """The file's own weights have 4 bits and groups of 32, those of its head 8 bits, so nothing may be lost."""
    found = {name: module for name, module in models[4].named_modules() if isinstance(module, QuantizedLinear)}
    assert len(found) == 30 * 7 + 1
    for name, module in found.items():
        assert torch.equal(module.dequantize(), models[32].get_submodule(name).weight), name
    for name, weight in models[4].named_parameters():
        assert torch.equal(weight, models[32].get_parameter(name)), name


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("bits", [32, 8, 4])
@torch.no_grad()
def test_the_compiled_step_chooses_as_the_plain_path_does(models, smollm2, bits, prompt):
    model, ids = models[bits], smollm2[1].encode(prompt)
    assert applies(model)
    new = list(generate(model, ids, COUNT, stop_token_ids=()))
    scores = model(torch.tensor([ids + new]))[0]  # [T, V]; one pass, for each choice depends on what stands before it
    assert len(set(new)) > COUNT / 3
    assert scores[len(ids) - 1 : -1].argmax(-1).tolist() == new


@pytest.mark.parametrize("bits", SIZES)
def test_a_small_folder_holds_the_same_model(models, smollm2, bits, tmp_path):
    model, tokenizer = models[bits], smollm2[1]
    lessons_lib.save_pretrained(model, tmp_path, tokenizer)
    size = sum(file.stat().st_size for file in tmp_path.iterdir())
    assert size < SIZES[bits] * 4 * models[32].num_parameters()
    again, same_tokenizer = lessons_lib.load(tmp_path)
    assert again.quantization == model.quantization
    ids = same_tokenizer.encode(PROMPTS[0])
    assert ids == tokenizer.encode(PROMPTS[0])
    assert list(generate(again, ids, 16)) == list(generate(model, ids, 16))
