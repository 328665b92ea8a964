"""Loading a model from a folder: complete errors, hostile directories, and both forms of config.json."""

import json

import pytest
import torch
from models import byte_tokenizer, random_model, reference_llama

import lessons_lib
from lessons_lib.checkpoint import CheckpointError, load_safetensors, save_gguf, save_safetensors
from lessons_lib.generation import ModelDraft, Request, generate, generate_batch, speculate
from lessons_lib.layers import quantize
from lessons_lib.tokenizer import load_tokenizer, save_tokenizer, train_bpe


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
        ({"model_type": "bert"}, "model_type: got 'bert'"),
        ({"auto_map": {"AutoModel": "evil.Model"}}, "auto_map"),
        ({"hidden_size": ...}, "hidden_size: got nothing"),
        ({"rms_norm_eps": ...}, "rms_norm_eps: got nothing"),
        ({"num_key_value_heads": 4}, "num_key_value_heads: got 4"),
        ({"num_hidden_layers": 10**6}, "num_hidden_layers"),
        ({"hidden_size": "36"}, "hidden_size"),
        ({"eos_token_id": 300}, "eos_token_id"),
        ({"hidden_act": "mish"}, "hidden_act: got 'mish'"),
        ({"rope_parameters": {"rope_type": "longrope"}}, "short_factor"),
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


# Where a tokenizer comes from, where the weights go, and what a path may be

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else []), *(["mps"] if torch.mps.is_available() else [])]


class Named:
    """A path object of somebody's own."""

    def __init__(self, path):
        self.path = str(path)

    def __fspath__(self):
        return self.path


def test_a_folder_without_a_tokenizer_is_given_one(folder, tmp_path_factory):
    (folder / "tokenizer.json").rename(other := tmp_path_factory.mktemp("other") / "tokenizer.json")
    with pytest.raises(CheckpointError, match=r"load\(\.\.\., tokenizer=\.\.\.\)"):
        lessons_lib.load(folder)
    tokenizer = load_tokenizer(other)
    for given in (tokenizer, other, str(other), other.parent, Named(other)):
        model, found = lessons_lib.load(folder, tokenizer=given)
        assert found.encode("The key") == tokenizer.encode("The key")
        assert torch.equal(model.lm_head.weight, load_tensors(folder)["lm_head.weight"])
    assert found is not tokenizer and lessons_lib.load(folder, tokenizer=tokenizer)[1] is tokenizer
    with pytest.raises(CheckpointError, match="tokenizer: got 50257 tokens, allowed at most 300"):
        lessons_lib.load(folder, tokenizer="gpt2")
    with pytest.raises(FileNotFoundError, match="tokenizer: got 'nowhere'"):
        lessons_lib.load(folder, tokenizer="nowhere")


def test_a_given_tokenizer_takes_the_place_of_the_files_own(folder, tmp_path_factory):
    ours = train_bpe("banana bandana", vocab_size=258)
    assert lessons_lib.load(folder, tokenizer=ours)[1] is ours
    save_gguf(lessons_lib.load(folder)[0], load_tokenizer(folder), path := tmp_path_factory.mktemp("gguf") / "m.gguf")
    assert lessons_lib.load(path, tokenizer=ours)[1] is ours


@pytest.mark.parametrize("device", DEVICES)
def test_the_weights_go_where_they_are_wanted_and_give_the_same_ids(folder, device):
    expected, tokenizer = lessons_lib.load(folder)
    for given in (device, torch.device(device)):
        model, _ = lessons_lib.load(folder, device=given)
        assert {tensor.device.type for tensor in (*model.parameters(), *model.buffers())} == {device}
        ids = list(generate(model, [5, 17], 20, stop_token_ids=()))
        assert ids == list(generate(expected, [5, 17], 20, stop_token_ids=()))
        assert ids == list(speculate(model, [5, 17], ModelDraft(model), 20, stop_token_ids=()))
        rows = {0: [], 1: []}
        for i, token in generate_batch(model, [Request(p, 20, stop_token_ids=()) for p in ([5, 17], [9])], tokenizer):
            rows[i] += [token.id] if token.finish_reason is None else []
        assert rows[0] == list(generate(model, [5, 17], 20, stop_token_ids=(), tokenizer=tokenizer))


@pytest.mark.parametrize("device", DEVICES)
def test_quantised_weights_go_there_too(device, folder, tmp_path_factory):
    wide = {"hidden_size": 64, "intermediate_size": 96, "num_attention_heads": 4, "head_dim": 32}
    small = random_model(vocab_size=300, **wide)
    where = tmp_path_factory.mktemp("small") / "model"
    lessons_lib.save_pretrained(quantize(small), where, load_tokenizer(folder))
    model, _ = lessons_lib.load(where, device=device)
    assert {tensor.device.type for tensor in (*model.parameters(), *model.buffers())} == {device}
    ids = torch.tensor([[5, 17, 88]])
    with torch.no_grad():
        torch.testing.assert_close(model(ids.to(device)).cpu(), small(ids), atol=1e-3, rtol=1e-3)


NOWHERE = ["gpu", "cuda:99", "meta", "", "cpu:x", 0, None, ["cpu"], torch.device("meta"), b"cpu"]


@pytest.mark.parametrize("device", NOWHERE + [d for d in ("cuda", "mps", "xpu") if d not in DEVICES], ids=repr)
def test_a_device_that_is_not_there_is_named(folder, device):
    with pytest.raises(ValueError, match=r"^device: got .*, allowed") as caught:
        lessons_lib.load(folder, device=device)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("dtype", ["float16", torch.int8, None, float, 16], ids=repr)
def test_a_dtype_that_is_none_is_named(folder, dtype):
    with pytest.raises(ValueError, match=r"^dtype: got .*, allowed a floating-point type"):
        lessons_lib.load(folder, dtype=dtype)


@pytest.mark.parametrize("source", [None, 7, b"folder", ["folder"], 1.5, True], ids=repr)
def test_a_source_that_is_no_path_is_named(source):
    with pytest.raises(ValueError, match=r"^source: got .*, allowed a path"):
        lessons_lib.load(source)
    with pytest.raises(ValueError, match=r"^tokenizer: got .*, allowed a path"):
        load_tokenizer(source)


def test_paths_come_in_many_forms(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.setenv("USERPROFILE", str(folder.parent))
    home = f"~/{folder.name}"
    expected = load_tensors(folder)["lm_head.weight"]
    for source in (folder, str(folder), Named(folder), home, f"{home}/model.safetensors", f"{folder}/"):
        assert torch.equal(lessons_lib.load(source)[0].lm_head.weight, expected)
        assert load_tokenizer(source if "safetensors" not in str(source) else home).vocab_size == 294
    model, tokenizer = lessons_lib.load(home)
    save_tokenizer(tokenizer, f"{home}/again.json")
    assert load_tokenizer(f"{home}/again.json").encode("key") == tokenizer.encode("key")
    save_gguf(model, tokenizer, f"{home}/m.gguf")
    assert torch.equal(lessons_lib.load(f"{home}/m.gguf")[0].lm_head.weight, expected)
    save_safetensors({"a": torch.ones(2)}, f"{home}/a.safetensors")
    assert load_safetensors(f"{home}/a.safetensors")["a"].tolist() == [1.0, 1.0]
    lessons_lib.save_pretrained(model, f"{home}/again", tokenizer)
    assert torch.equal(lessons_lib.load(folder / "again")[0].lm_head.weight, expected)
    assert sorted(path.name for path in folder.parent.iterdir() if path.name.startswith("~")) == []
    for nobody in ("~nobody-of-this-name", "~nobody-of-this-name/m.gguf"):
        with pytest.raises(FileNotFoundError, match="~nobody-of-this-name"):
            lessons_lib.load(nobody)
