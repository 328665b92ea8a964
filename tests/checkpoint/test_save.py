"""Saving: a folder that holds a whole model or what was there before, and what lies in it."""

import dataclasses
import json
import os
import sys

import pytest
import torch
from models import byte_tokenizer, random_model, token_ids
from transformers import AutoTokenizer

import lessons_lib
from lessons_lib import ModelConfig, Transformer
from lessons_lib.assets import fetch
from lessons_lib.checkpoint import CheckpointError, load_safetensors, save_pretrained, save_safetensors
from lessons_lib.checkpoint import save as saving
from lessons_lib.formats.lazy import made
from lessons_lib.layers import quantize
from lessons_lib.tokenizer import load_tokenizer

CHAT = [{"role": "user", "content": "Which key does a head read?"}]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    file = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    byte_tokenizer().save(str(file))
    return load_tokenizer(file)


def model(seed=0, **changes):
    return random_model(seed, vocab_size=300, bos_token_id=1, eos_token_id=[2, 5], **changes)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def assert_same_state(one, other):
    state = other.state_dict()
    assert one.state_dict().keys() == state.keys()
    assert all(torch.equal(tensor, state[name]) for name, tensor in one.state_dict().items())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("tied", [False, True])
def test_a_saved_model_comes_back_equal(tokenizer, tmp_path, tied, dtype):
    saved = model(tie_word_embeddings=tied).to(dtype)
    lessons_lib.save_pretrained(saved, tmp_path / "model", tokenizer)
    again, _ = lessons_lib.load(tmp_path / "model", dtype=dtype)
    assert again.config == saved.config
    assert (again.lm_head.weight is again.model.embed_tokens.weight) == tied
    assert ("lm_head.weight" in load_safetensors(tmp_path / "model" / "model.safetensors")) != tied
    assert json.loads((tmp_path / "model" / "config.json").read_text())["dtype"] == str(dtype)[6:]
    assert_same_state(again, saved)


def test_large_weights_are_cut_into_files_that_an_index_names(tokenizer, tmp_path):
    saved = model()
    save_pretrained(saved, tmp_path / "model", tokenizer, max_shard_size=50_000)
    index = json.loads((tmp_path / "model" / "model.safetensors.index.json").read_text())
    files = sorted(path for path in (tmp_path / "model").glob("*.safetensors"))
    assert [path.name for path in files] == [f"model-{i:05d}-of-{len(files):05d}.safetensors" for i in (1, 2, 3, 4, 5)]
    assert index["metadata"]["total_size"] == 4 * saved.num_parameters()
    assert {name: path.name for path in files for name in load_safetensors(path)} == index["weight_map"]
    assert all(sum(tensor.nbytes for tensor in load_safetensors(path).values()) <= 50_000 for path in files)
    assert_same_state(lessons_lib.load(tmp_path / "model")[0], saved)


def test_a_tensor_larger_than_a_file_should_be_is_a_file_of_its_own(tokenizer, tmp_path):
    saved = model()
    save_pretrained(saved, tmp_path / "model", tokenizer, max_shard_size=1)
    assert len(list((tmp_path / "model").glob("*.safetensors"))) == len(saved.state_dict())
    assert_same_state(lessons_lib.load(tmp_path / "model")[0], saved)
    with pytest.raises(ValueError, match="max_shard_size: got 0"):
        save_pretrained(saved, tmp_path / "model", max_shard_size=0)


def test_the_tokenizer_of_a_real_model_comes_back_with_its_chat(tmp_path):
    real = lessons_lib.checkpoint.load_gguf(fetch("smollm2-135m-instruct"))
    tokenizer = lessons_lib.tokenizer.tokenizer_from_gguf(real.metadata, "real")
    save_pretrained(random_model(vocab_size=49152), tmp_path / "model", tokenizer)
    again = lessons_lib.load(tmp_path / "model")[1]
    for name in ("special_tokens", "bos_token_id", "eos_token_ids", "pad_token_id", "adds_bos", "visible"):
        assert getattr(again, name) == getattr(tokenizer, name), name
    assert again.encode_chat(CHAT) == tokenizer.encode_chat(CHAT)
    theirs = AutoTokenizer.from_pretrained(tmp_path / "model")
    assert theirs.apply_chat_template(CHAT, add_generation_prompt=True)["input_ids"] == tokenizer.encode_chat(CHAT)
    assert (theirs.bos_token_id, theirs.eos_token_id, theirs.pad_token_id) == (1, 2, 2)


def test_a_tokenizer_that_lies_there_stays_unless_another_is_given(tokenizer, tmp_path):
    save_pretrained(model(0), tmp_path / "model", tokenizer)
    before = (tmp_path / "model" / "tokenizer.json").read_bytes()
    save_pretrained(model(1), tmp_path / "model")
    assert (tmp_path / "model" / "tokenizer.json").read_bytes() == before
    assert_same_state(lessons_lib.load(tmp_path / "model")[0], model(1))


def test_a_smaller_model_leaves_no_file_of_a_larger_one(tokenizer, tmp_path):
    save_pretrained(model(), tmp_path / "model", tokenizer, max_shard_size=50_000)
    save_pretrained(model(1), tmp_path / "model", tokenizer)
    assert sorted(contents(tmp_path / "model")) == [
        *("config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"),
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_model_is_saved_over_the_files_that_it_still_reads(tokenizer, tmp_path):
    save_pretrained(model(), tmp_path / "model", tokenizer)
    mapped, _ = lessons_lib.load(tmp_path / "model")
    with torch.no_grad():
        mapped.model.norm.weight.mul_(2)
    if sys.platform == "win32":  # which keeps open files where they are
        with pytest.raises(PermissionError):
            save_pretrained(mapped, tmp_path / "model", tokenizer)
        mapped = model()
    else:
        save_pretrained(mapped, tmp_path / "model", tokenizer)
    assert_same_state(lessons_lib.load(tmp_path / "model")[0], mapped)


def test_the_folder_that_this_process_works_in_is_not_taken_away(tokenizer, tmp_path, monkeypatch):
    save_pretrained(model(), tmp_path / "model", tokenizer)
    monkeypatch.chdir(tmp_path / "model")
    for folder in (".", tmp_path / "model", "../model"):
        with pytest.raises(ValueError, match="in which this process works, allowed another"):
            save_pretrained(model(1), folder)
    monkeypatch.chdir(tmp_path)
    save_pretrained(model(1), "model")
    assert_same_state(lessons_lib.load("model")[0], model(1))


def test_a_tilde_is_the_home_folder(tokenizer, tmp_path, monkeypatch):
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    save_pretrained(model(), "~/models/mine", tokenizer)
    assert (tmp_path / "models" / "mine" / "config.json").exists()
    assert_same_state(lessons_lib.load("~/models/mine")[0], model())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets few users make links and has other rights")
def test_a_link_stays_one_and_a_private_folder_stays_private(tokenizer, tmp_path):
    (tmp_path / "latest").symlink_to("runs/3")
    for number in (0, 1):  # first it leads nowhere
        save_pretrained(model(number), tmp_path / "latest", tokenizer)
        assert (tmp_path / "latest").is_symlink()
        assert_same_state(lessons_lib.load(tmp_path / "runs" / "3")[0], model(number))
    (tmp_path / "runs" / "3").chmod(0o700)
    (tmp_path / "runs" / "3" / "tokenizer.json").chmod(0o400)
    save_pretrained(model(2), tmp_path / "latest")
    assert (tmp_path / "runs" / "3").stat().st_mode & 0o7777 == 0o700
    assert (tmp_path / "runs" / "3" / "tokenizer.json").stat().st_mode & 0o7777 == 0o400
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["3"]


class Interrupted(BaseException):
    pass


def interrupt(monkeypatch, module, name, at):
    """Let the call number `at` of a function end in the middle of things."""
    original, calls = getattr(module, name), []

    def stop(*args, **kwargs):
        calls.append(name)
        if len(calls) == at:
            raise Interrupted
        return original(*args, **kwargs)

    monkeypatch.setattr(module, name, stop)


@pytest.mark.parametrize(
    ("module", "name", "at"),
    [
        (saving, "_write_json", 1),
        (saving, "save_safetensors", 1),
        (saving, "save_safetensors", 3),
        (saving, "_write_json", 2),
        (saving, "_write_json", 3),
        (saving, "_write_json", 4),
        (os, "fsync", 2),
        (os, "replace", 6),  # the tokenizer, after five files of weights
        (os, "replace", 7),  # the old folder steps aside
        (os, "replace", 8),  # the new one takes its place
    ],
)
def test_an_interrupted_save_leaves_what_was_there_and_nothing_else(tokenizer, tmp_path, monkeypatch, module, name, at):
    save_pretrained(model(0), tmp_path / "model", tokenizer)
    before = contents(tmp_path / "model")
    with monkeypatch.context() as patch:
        interrupt(patch, module, name, at)
        with pytest.raises(Interrupted):
            save_pretrained(model(1), tmp_path / "model", tokenizer, max_shard_size=50_000)
    assert contents(tmp_path / "model") == before
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_an_interrupted_first_save_leaves_nothing(tokenizer, tmp_path, monkeypatch):
    interrupt(monkeypatch, saving, "save_safetensors", 1)
    with pytest.raises(Interrupted):
        save_pretrained(model(), tmp_path / "model", tokenizer)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["notes.txt", "weights.bin", "model.safetensors.bak"])
def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(ValueError, match=f"with {name} in it, allowed a new one or one with a saved model"):
        save_pretrained(model(), tmp_path)
    assert contents(tmp_path) == {name: b"mine"}


def test_a_folder_with_folders_or_a_file_is_refused(tmp_path):
    (tmp_path / "config.json").mkdir()
    with pytest.raises(ValueError, match=r"with config\.json in it"):
        save_pretrained(model(), tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="folder: got the file"):
        save_pretrained(model(), tmp_path / "file")


def test_a_tokenizer_without_a_json_form_is_refused_and_nothing_is_left(tmp_path):
    tokenizer = load_tokenizer("mistral-v1")
    tokenizer.encoder.squeezes = True
    with pytest.raises(ValueError, match=r"encoder\.squeezes: got True"):
        save_pretrained(random_model(vocab_size=32000), tmp_path / "model", tokenizer)
    assert list(tmp_path.iterdir()) == []


def test_a_sentencepiece_model_is_saved_and_opens_in_transformers(tmp_path):
    ours = load_tokenizer("mistral-v1")
    save_pretrained(random_model(vocab_size=32000), tmp_path / "model", ours)
    again, peer = lessons_lib.load(tmp_path / "model")[1], AutoTokenizer.from_pretrained(tmp_path / "model")
    chat = [{"role": "user", "content": " Hi  there"}, {"role": "assistant", "content": "é</s>"}]
    for text in ("The sun", " The  sun\n", "é 日本 🙂", "", "a<s>b"):
        assert peer.encode(text, add_special_tokens=False, split_special_tokens=True) == ours.encode(text)
        assert again.encode(text) == ours.encode(text)
    assert peer.encode("The sun") == [ours.bos_token_id, *ours.encode("The sun")] and again.adds_bos
    assert again.encode_chat(chat) == ours.encode_chat(chat)
    chat[1]["content"] = "é"
    assert peer.apply_chat_template(chat, return_dict=False) == ours.encode_chat(chat)


def test_a_folder_without_a_tokenizer_does_not_load(tmp_path):
    save_pretrained(model(), tmp_path / "model")
    with pytest.raises(CheckpointError, match=r"tokenizer\.json: got no such file, allowed the tokenizer of the model"):
        lessons_lib.load(tmp_path / "model")


QUANTISABLE = {"hidden_size": 64, "intermediate_size": 96, "head_dim": 16}


def quantised(bits, **changes):
    return quantize(model(**QUANTISABLE, **changes), bits=bits, group_size=32)


GPT2 = {
    "position_embedding_type": "learned",
    "norm_type": "layer",
    "gated_mlp": False,
    "hidden_act": "gelu_pytorch_tanh",
    "attention_bias": True,
    "mlp_bias": True,
    "num_key_value_heads": 4,
    "num_attention_heads": 4,
}

MIXTRAL = {"num_local_experts": 5, "num_experts_per_tok": 2, "norm_topk_prob": True}


@pytest.mark.parametrize("bits", [8, 4])
@pytest.mark.parametrize(
    "changes", [{}, {"tie_word_embeddings": True}, GPT2, MIXTRAL], ids=["plain", "tied", "gpt2", "mixtral"]
)
@torch.no_grad()
def test_a_quantised_model_comes_back_equal(tokenizer, tmp_path, bits, changes):
    saved = quantised(bits, **changes)
    save_pretrained(saved, tmp_path / "model", tokenizer, max_shard_size=30_000)
    again, _ = lessons_lib.load(tmp_path / "model")
    assert again.quantization == saved.quantization
    assert {tensor.dtype for tensor in again.state_dict().values()} > {torch.float16, torch.float32}
    assert_same_state(again, saved)
    ids = token_ids(2, 11, vocab_size=300)
    assert torch.equal(again(ids), saved(ids))


def test_a_quantised_model_that_does_not_fit_its_config_is_refused(tokenizer, tmp_path):
    folder = tmp_path / "model"
    save_pretrained(quantised(8), folder, tokenizer)
    config = json.loads((folder / "config.json").read_text())

    def refusal(quantization):
        (folder / "config.json").write_text(json.dumps(config | {"quantization_config": quantization}))
        with pytest.raises(CheckpointError) as caught:
            lessons_lib.load(folder)
        return str(caught.value)

    ours = config["quantization_config"]
    assert ours == {"quant_method": "lessons_lib", "bits": 8, "group_size": 32, "head_bits": 8}
    assert "bits: got 5" in refusal(ours | {"bits": 5})
    assert "group_size: got 128, allowed" in refusal(ours | {"group_size": 128})
    assert "quantization_config: got" in refusal(ours | {"bits": "8"})
    assert "quantization_config: got" in refusal(ours | {"more": 8})
    assert "q_proj.quantized has shape [96, 64] and not [96, 32]" in refusal(ours | {"bits": 4})
    assert "unexpected model.layers.0.self_attn.q_proj.scale" in refusal(None)
    tensors = {name: tensor.clone() for name, tensor in load_safetensors(folder / "model.safetensors").items()}
    tensors["lm_head.scale"] = tensors["lm_head.scale"].float()
    save_safetensors(tensors, folder / "model.safetensors")
    assert "lm_head.scale has dtype torch.float32" in refusal(ours)


def test_whole_numbers_are_no_weights_of_a_plain_model(tokenizer, tmp_path):
    save_pretrained(model(), tmp_path / "model", tokenizer)
    file = tmp_path / "model" / "model.safetensors"
    tensors = {name: tensor.clone() for name, tensor in load_safetensors(file).items()}
    tensors["model.norm.weight"] = tensors["model.norm.weight"].int()
    save_safetensors(tensors, file)
    with pytest.raises(CheckpointError, match=r"model\.norm\.weight has dtype torch\.int32"):
        lessons_lib.load(tmp_path / "model")


@pytest.mark.parametrize("name", ModelConfig.presets())
def test_every_preset_has_a_family_and_all_its_tensors_names(name):
    config = ModelConfig.preset(name)
    family = saving.family_of(config)
    if config.moe_layers:  # to lay out thousands of experts takes seconds
        config = dataclasses.replace(config, num_local_experts=16)
    with torch.device("meta"):
        state = Transformer(config).state_dict()
    written = {name: made(tensor) for name, tensor in family.from_ours(state, config).items()}
    back = family.parameters(written, config)
    assert {name: tensor.shape for name, tensor in back.items()} == {name: t.shape for name, t in state.items()}
