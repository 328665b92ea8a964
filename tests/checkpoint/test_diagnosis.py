"""What people try to load and is no whole model: the error says what it is and what to do, or it loads."""

import json
import re

import numpy as np
import pytest
import torch
from effort import within
from models import byte_tokenizer, random_model

import lessons_lib
from lessons_lib import ModelConfig
from lessons_lib.checkpoint import CheckpointError, save_gguf, save_pretrained, save_safetensors
from lessons_lib.checkpoint.gguf.model import config_from_gguf
from lessons_lib.formats.gguf import load_gguf
from lessons_lib.formats.gguf_writer import save_gguf_file
from lessons_lib.formats.safetensors import load_safetensors
from lessons_lib.tokenizer import load_tokenizer


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    file = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    byte_tokenizer().save(str(file))
    return load_tokenizer(file)


def model(**changes):
    return random_model(vocab_size=300, eos_token_id=2, **changes)


@pytest.fixture
def folder(tokenizer, tmp_path):
    save_pretrained(model(), tmp_path / "model", tokenizer)
    return tmp_path / "model"


def refusal(source, **options):
    with pytest.raises(CheckpointError) as caught:
        lessons_lib.load(source, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 7000
    return message


def tensors_of(folder):
    return {name: tensor.clone() for name, tensor in load_safetensors(folder / "model.safetensors").items()}


def write_json(folder, name, **values):
    (folder / name).write_text(json.dumps(values))


# Folders


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "beside a model"])
def test_an_adapter_says_what_it_changes_and_how_to_merge_it(folder, alone):
    write_json(folder, "adapter_config.json", base_model_name_or_path="owner/base", peft_type="LORA")
    if alone:
        (folder / "model.safetensors").rename(folder / "adapter_model.safetensors")
        (folder / "config.json").unlink()
    message = refusal(folder)
    assert "adapter_config.json: got an adapter, which changes 'owner/base'" in message
    assert "merge_and_unload()" in message


def test_shards_without_their_index(folder):
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    message = refusal(folder)
    assert "model.safetensors.index.json: got nothing beside model-00001-of-00002.safetensors" in message


def test_an_index_without_some_of_its_shards_names_all_of_them(tokenizer, tmp_path):
    save_pretrained(model(), tmp_path / "model", tokenizer, max_shard_size=50_000)
    for number in (2, 4):
        (tmp_path / "model" / f"model-{number:05d}-of-00005.safetensors").unlink()
    missing = "no model-00002-of-00005.safetensors, model-00004-of-00005.safetensors, allowed files that exist"
    assert missing in refusal(tmp_path / "model")
    (tmp_path / "model" / "model-00002-of-00005.safetensors.incomplete").touch()
    assert "the download was cut off, so start it again" in refusal(tmp_path / "model")


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "consolidated.pth", "last.ckpt", "weights.pkl"])
def test_what_can_run_code_is_refused_with_a_way_to_convert_it(folder, name):
    (folder / "model.safetensors").rename(folder / name)
    assert f"only {name}, a format that can run code, allowed a model.safetensors; if you trust it: " in refusal(folder)
    assert "save_pretrained(another)" in refusal(folder)


def test_a_config_alone(folder):
    (folder / "model.safetensors").unlink()
    assert "weights: got only config.json, generation_config.json, tokenizer.json" in refusal(folder)
    cache = folder / ".cache" / "huggingface" / "download"
    cache.mkdir(parents=True)
    (cache / "abc.1234.incomplete").touch()
    assert "the download was cut off" in refusal(folder)


def test_a_folder_with_something_else_in_it(folder, tmp_path):
    assert "config.json: got nothing: it lies in model, allowed the folder that holds it" in refusal(tmp_path)
    (tmp_path / "x.gguf").touch()
    assert "nothing beside x.gguf, allowed a Hugging Face folder; load(" in refusal(tmp_path)
    (tmp_path / "empty").mkdir()
    assert "config.json: got nothing, allowed a folder with config.json and" in refusal(tmp_path / "empty")


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b125\nsize 9"


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json", "x.gguf"])
def test_files_that_were_never_fetched(folder, name):
    (folder / name).write_text(POINTER)
    source = folder / name if name == "x.gguf" else folder
    assert (
        f"{name}: content: got Git LFS's pointer to the file, allowed the file itself: run `git lfs pull`"
        in refusal(source)
    )
    (folder / name).write_text("\n<!DOCTYPE html>\n<html><body>Sign in</body></html>")
    assert f"{name}: content: got a page of a website" in refusal(source)


# Names of tensors

WRAPPERS = {
    "compiled": lambda name: f"_orig_mod.{name}",
    "compiled inside": lambda name: name.replace("model.", "model._orig_mod.", 1),
    "each block compiled": lambda name: name.replace(".self_attn.", "._orig_mod.self_attn."),
    "data-parallel": lambda name: f"module.{name}",
    "both": lambda name: f"module._orig_mod.{name}",
    "sharded": lambda name: f"_fsdp_wrapped_module.{name}".replace(".mlp.", "._fsdp_wrapped_module.mlp."),
    "checkpointed": lambda name: name.replace(".mlp.", "._checkpoint_wrapped_module.mlp."),
    "an adapter's wrapper": lambda name: f"base_model.model.{name}",
    "a trainer's attribute": lambda name: f"model.{name}",
    "all at once": lambda name: f"module._orig_mod.base_model.model.{name}",
}


@pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)
@pytest.mark.parametrize("tied", [False, True], ids=["two matrices", "one matrix"])
def test_names_that_a_wrapper_changed_are_read(tokenizer, tmp_path, wrap, tied):
    saved = model(tie_word_embeddings=tied)
    save_pretrained(saved, tmp_path, tokenizer)
    wrapped = {wrap(name): tensor for name, tensor in tensors_of(tmp_path).items()}
    save_safetensors(wrapped, tmp_path / "model.safetensors")
    again, _ = lessons_lib.load(tmp_path)
    assert all(torch.equal(weight, again.state_dict()[name]) for name, weight in saved.state_dict().items())


def test_a_name_that_stands_there_twice_is_not_read(folder):
    tensors = tensors_of(folder)
    tensors["_orig_mod.model.norm.weight"] = torch.zeros(36)
    save_safetensors(tensors, folder / "model.safetensors")
    assert re.search(r"unexpected \S*_orig_mod\.model\.norm\.weight", refusal(folder))


def test_the_model_without_its_output_matrix(tokenizer, tmp_path):
    saved = model(tie_word_embeddings=True)
    for config, head in ((saved, None), (model(), "missing lm_head.weight")):
        save_pretrained(config, tmp_path / "model", tokenizer)
        bare = {name.removeprefix("model."): tensor for name, tensor in tensors_of(tmp_path / "model").items()}
        bare.pop("lm_head.weight", None)
        save_safetensors(bare, tmp_path / "model" / "model.safetensors")
        if head:
            assert head in refusal(tmp_path / "model")
        else:
            again, _ = lessons_lib.load(tmp_path / "model")
            assert torch.equal(again.lm_head.weight, saved.lm_head.weight)


# Numbers


def with_head(folder, tokenizer, make, keep=True):
    """Save a tied model with a head of its own beside, or in the place of, the table."""
    save_pretrained(model(tie_word_embeddings=True), folder, tokenizer)
    tensors = tensors_of(folder)
    tensors["lm_head.weight"] = make(tensors["model.embed_tokens.weight"])
    if not keep:
        del tensors["model.embed_tokens.weight"]
    save_safetensors(tensors, folder / "model.safetensors")


def test_a_head_beside_a_tied_table_holds_the_same_numbers_up_to_its_dtype(tokenizer, tmp_path):
    table = model(tie_word_embeddings=True).model.embed_tokens.weight
    for make, keep in (
        (lambda table: table.clone(), True),
        (lambda table: table.bfloat16(), True),
        (lambda table: table.half(), True),
        (lambda table: table.double(), True),
        (lambda table: table.clone(), False),
    ):
        with_head(tmp_path, tokenizer, make, keep)
        assert torch.equal(lessons_lib.load(tmp_path)[0].lm_head.weight, table)
    for make in (lambda table: table + 1, lambda table: (table + 1).bfloat16(), lambda table: table[:-1].clone()):
        with_head(tmp_path, tokenizer, make)
        rule = "lm_head.weight: got other numbers than model.embed_tokens.weight, allowed the same numbers: the config"
        assert rule in refusal(tmp_path)


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2])
def test_eight_bit_weights_without_scales_are_refused(folder, dtype):
    tensors = tensors_of(folder)
    for name in ("model.layers.0.mlp.up_proj.weight", "model.norm.weight"):
        tensors[name] = tensors[name].to(dtype)
    save_safetensors(tensors, folder / "model.safetensors")
    message = refusal(folder)
    assert f"model.layers.0.mlp.up_proj.weight has dtype {dtype}, whose numbers mean nothing without scales" in message
    assert f"model.norm.weight has dtype {dtype}" in message


@pytest.mark.parametrize("value", [1e6, -70000.0])
def test_a_number_that_float16_cannot_hold_is_refused_by_name(folder, value):
    tensors = tensors_of(folder)
    tensors["model.layers.1.mlp.down_proj.weight"][3, 4] = value
    save_safetensors(tensors, folder / "model.safetensors")
    rule = f"down_proj.weight: got {abs(value):g}, allowed at most 65504 in torch.float16; load it as torch.bfloat16"
    assert rule in refusal(folder, dtype=torch.float16)
    for dtype in (torch.bfloat16, torch.float32, torch.float64):
        assert lessons_lib.load(folder, dtype=dtype)[0].model.layers[1].mlp.down_proj.weight[3, 4].isfinite()
    tensors["model.layers.1.mlp.down_proj.weight"][3, 4] = 65000.0
    save_safetensors(tensors, folder / "model.safetensors")
    lessons_lib.load(folder, dtype=torch.float16)


def test_sizes_may_be_numpys():
    sizes = {"vocab_size": 300, "hidden_size": 36, "intermediate_size": 52, "num_hidden_layers": 3}
    plain = ModelConfig(**sizes, num_attention_heads=6)
    assert (
        ModelConfig(**{name: np.int64(size) for name, size in sizes.items()}, num_attention_heads=np.int32(6)) == plain
    )


def test_a_thousand_faults_are_one_short_message(folder):
    save_safetensors({f"x{number}.weight": torch.zeros(1) for number in range(5000)}, folder / "model.safetensors")
    message = refusal(folder)
    assert "tensors: got 5030 that do not fit" in message
    assert "; and 4990 more" in message


@pytest.mark.parametrize("name", ["config.json", "generation_config.json", "adapter_config.json"])
@pytest.mark.parametrize("value", ["[0" + ",0" * 8_000_000 + "]", '"' + "x" * 39_000_000 + '"'], ids=["list", "text"])
def test_a_bomb_of_json_costs_nothing(folder, name, value):
    values = json.loads((folder / name).read_text()) if (folder / name).exists() else {}
    text = json.dumps(values | {"eos_token_id": 0}).replace('"eos_token_id": 0', f'"eos_token_id": {value}')
    (folder / name).write_text(text)
    assert f"{name}: size: got {len(text)} bytes, allowed at most 1048576" in within(1, lambda: refusal(folder))


# GGUF files


@pytest.fixture
def file(tokenizer, tmp_path):
    save_gguf(model(), tokenizer, tmp_path / "model.gguf")
    return tmp_path / "model.gguf"


def changed(file, tensors=True, **metadata):
    """Write a GGUF file again with other metadata, "__" for ".", or without its tensors."""
    opened = load_gguf(file)
    values = opened.metadata | {name.replace("__", "."): value for name, value in metadata.items()}
    values = {key: value for key, value in values.items() if value is not None}
    save_gguf_file(file, values, dict(opened) if tensors else {})
    return file


def test_a_part_of_a_model_says_how_to_join_all(file):
    message = refusal(changed(file, split__count=np.uint16(2), split__no=np.uint16(0)))
    assert "split.count: got one of 2 parts, allowed the whole model in one file" in message
    assert "llama-gguf-split --merge" in message
    second = file.with_name("model-00002-of-00002.gguf")
    save_gguf_file(second, {"split.no": np.uint16(1), "split.count": np.uint16(2)}, {"x": torch.zeros(2)})
    assert "got one of 2 parts" in refusal(second)


def test_a_vocabulary_alone(file):
    rule = "tensors: got none: a vocabulary alone, allowed those of a model; load_tokenizer reads what is in the file"
    assert rule in refusal(changed(file, tensors=False))
    assert rule in refusal(changed(file, tensors=False, general__type="vocab"))
    assert load_tokenizer(file).vocab_size == 300


@pytest.mark.parametrize("kind", ["adapter", "mmproj", "imatrix"])
def test_other_things_in_gguf_files(file, kind):
    assert f"general.type: got '{kind}', allowed 'model'" in refusal(changed(file, general__type=kind))


def test_another_architecture_names_those_that_load(file):
    message = refusal(changed(file, general__architecture="plamo3"))
    assert "general.architecture: got 'plamo3', allowed one of" in message


NOTHING = {
    "a factor of 0": {"llama__rope__scaling__factor": 0.0},
    "a factor of 1": {"llama__rope__scaling__factor": 1.0, "llama__rope__scaling__original_context_length": 9},
    "linear by 0": {"llama__rope__scaling__type": "linear", "llama__rope__scaling__factor": 0.0},
    "none, and settings": {"llama__rope__scaling__type": "none", "llama__rope__scaling__factor": 8.0},
    "none, and more": {"llama__rope__scaling__type": "none", "llama__rope__scaling__yarn_beta_fast": 8.0},
    "training": {"llama__rope__scaling__finetuned": False},
    "no experts": {"llama__expert_count": 0, "llama__expert_used_count": 0},
    "no window": {"llama__attention__sliding_window": 0, "llama__rope__scale_linear": 0.0},
    "causal": {"llama__attention__causal": True, "llama__logit_scale": 1.0, "llama__pooling_type": 3},
    "layout": {"llama__tensor_data_layout": "Meta AI original pth", "llama__vocab_size": 7},
    "off": {"llama__use_parallel_residual": False, "llama__attention__clamp_kqv": 0.0},
    "alike": {"llama__attention__head_count_kv": np.int32([2, 2, 2])},
}


@pytest.mark.parametrize("metadata", NOTHING.values(), ids=NOTHING)
def test_keys_that_change_nothing_do_not_refuse_a_file(file, metadata):
    expected = lessons_lib.load(file)[0].config
    assert lessons_lib.load(changed(file, **metadata))[0].config == expected


SOMETHING = {
    "a factor without a type": {"llama__rope__scaling__factor": 2.0},
    "scaled scores": {"llama__logit_scale": 0.5},
    "scaled attention": {"llama__attention__scale": 0.5},
    "a clamp": {"llama__attention__clamp_kqv": 8.0},
    "both ways": {"llama__attention__causal": False},
    "a factor of rotation": {"llama__rope__scaling__attn_factor": 1.5},
    "an unknown switch": {"llama__use_parallel_residual": True},
    "an unknown list": {"llama__some_list": np.int32([1, 2])},
}


@pytest.mark.parametrize("metadata", SOMETHING.values(), ids=SOMETHING)
def test_keys_that_may_change_something_are_refused_by_name(file, metadata):
    [key] = metadata
    assert f"{key.replace('__', '.')}: got" in refusal(changed(file, **metadata))


@pytest.mark.parametrize("none", [np.uint32(2**32 - 1), np.int32(-1)])
def test_a_token_id_of_minus_one_is_none(file, none):
    changed(file, tokenizer__ggml__bos_token_id=none, tokenizer__ggml__eot_token_id=none)
    config = config_from_gguf(load_gguf(file), file.name)
    assert (config.bos_token_id, config.eos_token_id) == (None, (2,))
