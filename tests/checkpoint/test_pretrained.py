"""Loading a model from a folder: complete errors, hostile directories, and both forms of config.json."""

import json

import pytest
import torch
from models import byte_tokenizer, reference_llama

import lessons_lib
from lessons_lib.checkpoint import CheckpointError, save_safetensors


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
