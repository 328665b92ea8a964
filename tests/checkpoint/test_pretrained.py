"""Loading a model: complete errors, hostile directories, and both forms of config.json."""

import functools
import json

import gguf
import numpy as np
import pytest
import torch
from models import byte_tokenizer, reference_llama

import lessons_lib
from lessons_lib.assets import fetch
from lessons_lib.checkpoint import CheckpointError, load_gguf, save_safetensors
from lessons_lib.checkpoint.gguf_model import half_from_interleaved, hugging_face_name


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    reference_llama(vocab_size=300).save_pretrained(folder)
    byte_tokenizer().save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture
def folder(saved, tmp_path):
    for file in saved.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def change_config(folder, **changes):
    values = json.loads((folder / "config.json").read_text())
    for key, value in changes.items():
        values.pop(key, None) if value is ... else values.update({key: value})
    (folder / "config.json").write_text(json.dumps(values))


def change_tensors(folder, change):
    tensors = {name: tensor.clone() for name, tensor in load_tensors(folder).items()}
    change(tensors)
    save_safetensors(tensors, folder / "model.safetensors")


def load_tensors(folder):
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def test_all_faults_come_in_one_message(folder):
    def change(tensors):
        del tensors["model.layers.1.mlp.up_proj.weight"], tensors["lm_head.weight"]
        tensors["model.layers.3.extra.weight"] = torch.zeros(2)
        tensors["model.norm.weight"] = torch.zeros(35)

    change_tensors(folder, change)
    with pytest.raises(CheckpointError) as caught:
        lessons_lib.load(folder)
    for words in (
        "missing model.layers.1.mlp.up_proj.weight",
        "missing lm_head.weight",
        "unexpected model.layers.3.extra.weight",
        "model.norm.weight has shape [35] and not [36]",
    ):
        assert words in str(caught.value)


def test_old_and_new_config_files_say_the_same(folder):
    expected = lessons_lib.load(folder)[0].config
    assert expected.rope_theta == 10000.0
    change_config(folder, rope_parameters=..., rope_theta=10000.0, rope_scaling=None)
    assert lessons_lib.load(folder)[0].config == expected
    change_config(folder, rope_theta=77.0, rope_scaling={"type": "linear", "factor": 2.0})
    changed = lessons_lib.load(folder)[0].config
    assert (changed.rope_theta, changed.rope_scaling) == (77.0, {"rope_type": "linear", "factor": 2.0})


def test_a_safetensors_file_stands_for_its_folder(folder):
    model, _ = lessons_lib.load(folder / "model.safetensors")
    assert torch.equal(model.lm_head.weight, load_tensors(folder)["lm_head.weight"])


def test_weights_come_in_the_dtype_that_was_asked_for(folder):
    model, _ = lessons_lib.load(folder, dtype=torch.bfloat16)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}
    assert not model.training


def test_weights_are_floating_point_numbers(folder):
    with pytest.raises(ValueError, match=r"dtype: got torch\.int8, allowed a floating-point type"):
        lessons_lib.load(folder, dtype=torch.int8)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model_type": "mamba"}, "model_type: got 'mamba'"),
        ({"auto_map": {"AutoModel": "evil.Model"}}, "auto_map"),
        ({"hidden_size": ...}, "hidden_size: got nothing"),
        ({"rms_norm_eps": ...}, "rms_norm_eps: got nothing"),
        ({"num_key_value_heads": 4}, "num_key_value_heads: got 4"),
        ({"num_hidden_layers": 10**6}, "num_hidden_layers"),
        ({"hidden_size": "36"}, "hidden_size"),
        ({"eos_token_id": 300}, "eos_token_id"),
        ({"hidden_act": "mish"}, "hidden_act: got 'mish'"),
        ({"rope_parameters": {"rope_type": "longrope"}}, "longrope"),
        ({"num_hidden_layers": 2}, "unexpected model.layers.2"),
        ({"num_hidden_layers": 4}, "missing model.layers.3"),
        ({"attention_bias": True}, "missing model.layers.0.self_attn.q_proj.bias"),
        ({"tie_word_embeddings": True}, "lm_head.weight"),
        ({"vocab_size": 200, "eos_token_id": 2}, "tokenizer: got 294 tokens, allowed at most 200"),
    ],
)
def test_a_config_that_is_wrong_is_refused_by_name(folder, changes, words):
    change_config(folder, **changes)
    with pytest.raises(CheckpointError) as caught:
        lessons_lib.load(folder)
    assert words in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"a": NaN', "[" * 100_000, "\xff"])
def test_a_broken_config_is_refused(folder, text):
    (folder / "config.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(CheckpointError, match=r"config\.json"):
        lessons_lib.load(folder)


@pytest.mark.parametrize(
    "shard",
    ["../model.safetensors", "/etc/passwd", "sub/model.safetensors", "..", "", "weights.bin", "a\\b.safetensors"],
)
def test_shard_names_must_be_bare_safetensors_names(folder, shard):
    index = {"weight_map": {"model.norm.weight": shard}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(CheckpointError, match="file name"):
        lessons_lib.load(folder)


@pytest.mark.parametrize("places", [None, [], {"model.norm.weight": 3}, {"model.norm.weight": "model.safetensors"}])
def test_an_index_that_disagrees_with_its_files_is_refused(folder, places):
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    with pytest.raises(CheckpointError):
        lessons_lib.load(folder)


def test_a_link_out_of_the_folder_is_refused(folder, tmp_path_factory):
    target = tmp_path_factory.mktemp("elsewhere") / "model.safetensors"
    (folder / "model.safetensors").rename(target)
    (folder / "model.safetensors").symlink_to(target)
    with pytest.raises(CheckpointError, match="a link out of the folder"):
        lessons_lib.load(folder)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.pkl"])
def test_formats_that_can_run_code_are_refused(folder, name):
    (folder / "model.safetensors").rename(folder / name)
    with pytest.raises(CheckpointError, match=r"can run code.*allowed a model\.safetensors"):
        lessons_lib.load(folder)
    with pytest.raises(CheckpointError, match=r"allowed \.gguf, \.safetensors or a directory"):
        lessons_lib.load(folder / name)


def test_neither_a_name_nor_a_path():
    with pytest.raises(FileNotFoundError, match=r"smollm3: got neither .* allowed a path or smollm2-135m-instruct$"):
        lessons_lib.load("smollm3")


@functools.cache
def real_file():
    """The real model's metadata (name, value, type, type of elements) and tensors, read by the `gguf` package."""
    source = gguf.GGUFReader(fetch("smollm2-135m-instruct"))
    fields = [field for field in source.fields.values() if not field.name.startswith(("GGUF.", "general.arch"))]
    is_array = gguf.GGUFValueType.ARRAY
    return [
        (field.name, field.contents(), field.types[0], field.types[-1] if field.types[0] == is_array else None)
        for field in fields
    ], source.tensors


def rewrite_gguf(target, change_keys=(), drop=(), rename=()):
    """The real model's metadata with one layer of its tensors, changed and written by the `gguf` package."""
    metadata, tensors = real_file()
    writer = gguf.GGUFWriter(target, "llama")
    for name, value, kind, element in metadata:
        value = dict(change_keys).get(name, 1 if name == "llama.block_count" else value)
        if value is not ...:
            writer.add_key_value(name, value, kind, element)
    for tensor in tensors:
        name = dict(rename).get(tensor.name, tensor.name)
        if tensor.name not in drop and (not name.startswith("blk.") or name.startswith("blk.0.")):
            writer.add_tensor(name, np.asarray(tensor.data), raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


def test_a_gguf_of_one_layer_loads(tmp_path):
    model, tokenizer = lessons_lib.load(rewrite_gguf(tmp_path / "one.gguf"))
    assert model.config.num_hidden_layers == 1
    assert model.config.rms_norm_eps == 1e-5
    assert tokenizer.decode(tokenizer.encode("one layer")) == "one layer"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"drop": ["blk.0.ffn_up.weight"]}, "missing model.layers.0.mlp.up_proj.weight"),
        ({"drop": ["token_embd.weight"]}, "vocab_size"),
        ({"rename": [("blk.0.ffn_up.weight", "blk.0.ffn_upper.weight")]}, "unexpected blk.0.ffn_upper.weight"),
        ({"change_keys": [("llama.block_count", 2)]}, "missing model.layers.1.input_layernorm.weight"),
        ({"change_keys": [("llama.embedding_length", ...)]}, "llama.embedding_length: got nothing"),
        ({"change_keys": [("llama.attention.head_count", 8)]}, "llama.rope.dimension_count: got 64, allowed 72"),
        ({"change_keys": [("llama.attention.head_count_kv", 9)]}, "self_attn.k_proj.weight has shape [192, 576]"),
        ({"change_keys": [("llama.feed_forward_length", 1024)]}, "mlp.gate_proj.weight has shape [1536, 576]"),
    ],
)
def test_a_gguf_that_does_not_fit_its_model_is_refused(tmp_path, changes, words):
    path = rewrite_gguf(tmp_path / "broken.gguf", **changes)
    with pytest.raises(CheckpointError) as caught:
        lessons_lib.load(path)
    assert words in str(caught.value)


def test_another_architecture_is_refused(tmp_path):
    writer = gguf.GGUFWriter(tmp_path / "other.gguf", "mamba")
    writer.add_tensor("token_embd.weight", np.zeros((3, 5), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(CheckpointError, match=r"general\.architecture: got 'mamba'"):
        lessons_lib.load(tmp_path / "other.gguf")


def test_rows_are_reordered_head_by_head():
    rows = torch.arange(2 * 6.0)[:, None].expand(-1, 5)
    assert half_from_interleaved(rows, 6)[:, 3].tolist() == [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11]
    assert half_from_interleaved(torch.arange(6.0), 6).tolist() == [0, 2, 4, 1, 3, 5]


def test_every_tensor_of_the_real_file_has_a_name_in_the_model():
    names = {hugging_face_name(name) for name in load_gguf(fetch("smollm2-135m-instruct"))}
    with torch.device("meta"):
        model = lessons_lib.Transformer(lessons_lib.ModelConfig.preset("smollm2-135m"))
    assert names == {name for name, _ in model.named_parameters()}
