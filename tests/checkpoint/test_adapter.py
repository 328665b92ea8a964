"""Adapters in PEFT's files: PEFT opens ours, we open PEFT's, and what we don't know is refused by name."""

import json
import shutil

import peft
import pytest
import torch
from models import our_config, our_copy, random_model, reference_llama, token_ids

from lessons_lib import save_pretrained
from lessons_lib.checkpoint import CheckpointError, load_lora, save_lora
from lessons_lib.formats.safetensors import load_safetensors, save_safetensors
from lessons_lib.layers import LoraConfig, adapters, add_lora, merge_lora

IDS = token_ids(2, 9)


@pytest.fixture
def tuned():
    model = add_lora(our_copy(reference_llama(), our_config()), LoraConfig(r=3, lora_alpha=5), seed=2)
    torch.manual_seed(3)
    with torch.no_grad():
        for module in adapters(model).values():
            module.lora_B.normal_(0, 0.2)
    return model


def test_peft_opens_ours(tuned, tmp_path):
    save_lora(tuned, tmp_path / "adapter", "random/llama")
    theirs = peft.PeftModel.from_pretrained(reference_llama(), tmp_path / "adapter")
    torch.testing.assert_close(tuned(IDS), theirs(IDS).logits, atol=1e-5, rtol=1e-5)
    assert theirs.peft_config["default"].base_model_name_or_path == "random/llama"


@pytest.mark.parametrize(
    "settings",
    [
        {"target_modules": ["q_proj", "v_proj"]},
        {"target_modules": "all-linear", "lora_dropout": 0.1},
        {"target_modules": r".*\.[12]\.mlp\.(up|down)_proj", "use_rslora": True},
        {"target_modules": ["o_proj"], "layers_to_transform": 1, "init_lora_weights": "gaussian"},
        {"target_modules": ["model.layers.0.self_attn.k_proj", "gate_proj"]},
    ],
)
def test_we_open_theirs_and_save_it_back(settings, tmp_path):
    theirs = peft.get_peft_model(reference_llama(), peft.LoraConfig(r=3, lora_alpha=5, **settings)).eval()
    torch.manual_seed(3)
    with torch.no_grad():
        for name, parameter in theirs.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0, 0.2)
    theirs.save_pretrained(tmp_path / "theirs")
    ours = load_lora(our_copy(reference_llama(), our_config()), tmp_path / "theirs")
    expected = theirs(IDS).logits
    torch.testing.assert_close(ours(IDS), expected, atol=1e-5, rtol=1e-5)
    save_lora(ours, tmp_path / "ours")
    again = peft.PeftModel.from_pretrained(reference_llama(), tmp_path / "ours")
    torch.testing.assert_close(again(IDS).logits, expected, atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(merge_lora(ours)(IDS), expected, atol=1e-5, rtol=1e-5)


def test_what_was_saved_comes_back_and_replaces_what_was_there(tuned, tmp_path):
    save_lora(tuned, tmp_path / "adapter")
    save_lora(tuned, tmp_path / "adapter")
    again = load_lora(our_copy(reference_llama(), our_config()), tmp_path / "adapter")
    assert again(IDS).equal(tuned(IDS))
    assert {module.config for module in adapters(again).values()} == {LoraConfig(r=3, lora_alpha=5)}


def test_a_folder_with_anything_else_is_not_replaced(tuned, tmp_path):
    (tmp_path / "letters.txt").write_text("keep me")
    with pytest.raises(ValueError, match="holds other files"):
        save_lora(tuned, tmp_path)
    assert (tmp_path / "letters.txt").read_text() == "keep me"


def test_a_whole_model_is_not_saved_with_an_adapter_in_it(tuned, tmp_path):
    with pytest.raises(ValueError, match="merge_lora adds it"):
        save_pretrained(tuned, tmp_path / "model")
    save_pretrained(merge_lora(tuned), tmp_path / "model")
    assert not adapters(tuned)


def test_a_model_without_one_has_nothing_to_save(tmp_path):
    with pytest.raises(ValueError, match="got one without an adapter"):
        save_lora(random_model(), tmp_path / "adapter")
    assert not (tmp_path / "adapter").exists()


def changed_config(**changes):
    def change(folder):
        file = folder / "adapter_config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | changes))

    return change


def changed_tensors(change):
    def apply(folder):
        file = folder / "adapter_model.safetensors"
        tensors = {name: tensor.clone() for name, tensor in load_safetensors(file).items()}
        change(tensors)
        save_safetensors(tensors, folder / "new.safetensors")
        shutil.move(folder / "new.safetensors", file)

    return apply


A = "base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (changed_config(peft_type="LOHA"), "peft_type"),
        (changed_config(use_dora=True), "use_dora"),
        (changed_config(bias="all"), "bias"),
        (changed_config(modules_to_save=["lm_head"]), "modules_to_save"),
        (changed_config(rank_pattern={"q_proj": 4}), "rank_pattern"),
        (changed_config(alpha_pattern={"q_proj": 4}), "alpha_pattern"),
        (changed_config(fan_in_fan_out=True), "fan_in_fan_out"),
        (changed_config(lora_bias=True), "lora_bias"),
        (changed_config(init_lora_weights="pissa"), "init_lora_weights"),
        (changed_config(init_lora_weights=["pissa"]), "init_lora_weights"),
        (changed_config(something_new=3), "something_new"),
        (changed_config(r=4), r"lora_A"),
        (changed_config(r="eight"), "r: got 'eight'"),
        (changed_config(lora_alpha=0), "lora_alpha"),
        (changed_tensors(lambda tensors: tensors.pop(A)), "no lora_A"),
        (changed_tensors(lambda tensors: tensors.update({A: tensors[A][:, :-1].contiguous()})), "lora_A"),
        (changed_tensors(lambda tensors: tensors.update({A: tensors[A] * torch.nan})), "lora_A"),
        (changed_tensors(lambda tensors: tensors.update({A.replace(".1.", ".7."): tensors.pop(A)})), "lora_"),
        (changed_tensors(lambda tensors: tensors.update({"lm_head.weight": tensors[A]})), "lm_head.weight"),
        (changed_tensors(lambda tensors: tensors.clear()), "names nothing|no tensor|allowed"),
        (lambda folder: (folder / "adapter_model.safetensors").unlink(), "adapter_model.safetensors"),
        (lambda folder: (folder / "adapter_config.json").unlink(), "adapter_config.json"),
    ],
)
def test_what_does_not_fit_is_refused_by_name_and_the_model_is_left_as_it_was(tuned, tmp_path, change, words):
    save_lora(tuned, tmp_path / "adapter")
    change(tmp_path / "adapter")
    model = random_model()
    with pytest.raises(CheckpointError, match=words):
        load_lora(model, tmp_path / "adapter")
    assert not adapters(model)
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_a_whole_models_folder_is_told_apart(tmp_path):
    save_pretrained(random_model(), tmp_path / "model")
    with pytest.raises(CheckpointError, match=r"lessons_lib\.load opens"):
        load_lora(random_model(), tmp_path / "model")
