"""Weights of 4 bits as gpt-oss is published: against transformers' code, and through the front door."""

import json

import pytest
import torch
from models import byte_tokenizer, token_ids
from parity.decoders import SIZES, reference
from transformers.integrations.mxfp4 import convert_moe_packed_tensors

import lessons_lib
from lessons_lib.checkpoint import CheckpointError, load_safetensors, save_safetensors
from lessons_lib.checkpoint.mapping.mxfp4 import dequantize


def random_blocks(*shape, seed=0):
    draw = torch.Generator().manual_seed(seed)
    blocks = torch.randint(256, (*shape, 16), dtype=torch.uint8, generator=draw)
    return blocks, torch.randint(118, 126, shape, dtype=torch.uint8, generator=draw)


def test_numbers_are_those_of_transformers():
    blocks, scales = random_blocks(3, 10, 2)
    expected = convert_moe_packed_tensors(blocks, scales)  # [E, C, 2F]
    assert torch.equal(dequantize(blocks, scales).mT.bfloat16(), expected)


@pytest.fixture
def published(tmp_path):
    """A folder as OpenAI publishes one, and transformers' model with the numbers that its blocks mean."""
    theirs = reference("gpt_oss, mxfp4")
    theirs.save_pretrained(tmp_path)
    byte_tokenizer().save(str(tmp_path / "tokenizer.json"))
    tensors = load_safetensors(tmp_path / "model.safetensors")
    for name in [name for name in tensors if name.endswith(("gate_up_proj", "down_proj"))]:
        experts, columns, rows = tensors.pop(name).shape
        blocks, scales = random_blocks(experts, rows, columns // 32, seed=len(name))
        tensors |= {f"{name}_blocks": blocks, f"{name}_scales": scales}
        with torch.no_grad():
            theirs.get_parameter(name).copy_(convert_moe_packed_tensors(blocks, scales, dtype=torch.float32))
    save_safetensors(tensors, tmp_path / "model.safetensors")
    values = json.loads((tmp_path / "config.json").read_text())
    values["quantization_config"] = {"quant_method": "mxfp4", "modules_to_not_convert": ["lm_head"]}
    (tmp_path / "config.json").write_text(json.dumps(values))
    return tmp_path, theirs


@torch.no_grad()
def test_published_files_of_gpt_oss_give_their_scores(published):
    folder, theirs = published
    ids = token_ids(2, 41, vocab_size=SIZES["vocab_size"])
    torch.testing.assert_close(lessons_lib.load(folder)[0](ids), theirs(ids).logits, atol=3e-5, rtol=1e-5)


def test_blocks_without_scales_are_refused_by_name(published):
    folder, _ = published
    tensors = load_safetensors(folder / "model.safetensors")
    del tensors["model.layers.1.mlp.experts.down_proj_scales"]
    save_safetensors(tensors, folder / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"model\.layers\.1\.mlp\.experts\.down_proj_blocks: got"):
        lessons_lib.load(folder)


def test_other_quantisations_are_refused(published):
    folder, _ = published
    values = json.loads((folder / "config.json").read_text())
    values["quantization_config"]["quant_method"] = "fp8"
    (folder / "config.json").write_text(json.dumps(values))
    with pytest.raises(CheckpointError, match="quantization_config"):
        lessons_lib.load(folder)
