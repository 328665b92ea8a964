"""Every decoder of `parity.decoders`: read from what transformers saves; whole, cached, padded, rounded, saved."""

import json

import pytest
import torch
from models import byte_tokenizer, token_ids
from parity.decoders import DECODERS, SIZES, WINDOW, WRONG, reference
from parity.states import COMPUTED
from parity.steps import STEPS
from parity.table import STEPPED, TABLE
from transformers import AutoModelForCausalLM

import lessons_lib
from lessons_lib import Transformer
from lessons_lib.checkpoint import families as library
from lessons_lib.checkpoint import save_pretrained
from lessons_lib.config.costs import num_parameters
from lessons_lib.generation import KVCache
from lessons_lib.generation.compiled.fit import aside
from lessons_lib.generation.compiled.step import DecodeStep

T = 41
CHUNKINGS = ([1] * T, [T - 1, 1], [5, 1, 1, 17, 9, 8])
# Gated delta nets in float32 are up to 7e-5 from those in float64, theirs like ours; how far depends on the processor.
ROUGH = ("qwen3_5_text", "qwen3_5_moe_text", "qwen3_next")
every_decoder = pytest.mark.parametrize("name", DECODERS)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """For a decoder: transformers' model, the folder that it saved in several files, and what we load from there."""
    made = {}

    def get(name):
        if name not in made:
            folder, theirs = tmp_path_factory.mktemp("theirs"), reference(name)
            theirs.save_pretrained(folder, max_shard_size="60KB")
            byte_tokenizer().save(str(folder / "tokenizer.json"))
            made[name] = theirs, folder, lessons_lib.load(folder)[0]
        return made[name]

    return get


def ids(rows=2):
    return token_ids(rows, T, vocab_size=SIZES["vocab_size"])


@every_decoder
@torch.no_grad()
def test_scores_equal_transformers_whole_padded_and_in_any_chunking(opened, name, record_property):
    theirs, _, model = opened(name)
    expected = theirs(ids()).logits
    assert expected.abs().max() > 0.5
    scores = model(ids())
    near = {"atol": 1.5e-4 if name in ROUGH else 3e-5, "rtol": 1e-5}
    record_property(TABLE, [name, "whole", (scores - expected).abs().max().item()])
    torch.testing.assert_close(scores, expected, **near)
    assert torch.equal(scores.argmax(-1), expected.argmax(-1))
    for chunks in CHUNKINGS:
        cache = KVCache(model.config, 2, T)
        parts = [model(chunk, cache) for chunk in ids().split(chunks, 1)]
        record_property(TABLE, [name, "cached", (torch.cat(parts, 1) - expected).abs().max().item()])
        torch.testing.assert_close(torch.cat(parts, 1), expected, **near)
    mask = torch.ones(2, T, dtype=torch.long)
    mask[0, :13] = 0
    padded = model(ids(), attention_mask=mask)[0, 13:]
    alone = theirs(ids()[:1, 13:]).logits[0]
    record_property(TABLE, [name, "padded", (padded - alone).abs().max().item()])
    torch.testing.assert_close(padded, alone, **near)


@every_decoder
@torch.no_grad()
def test_transformers_opens_what_we_save_and_nothing_differs(opened, name, tmp_path):
    theirs, folder, model = opened(name)
    save_pretrained(model, tmp_path / "ours", lessons_lib.load(folder)[1], max_shard_size=60_000)
    again, info = AutoModelForCausalLM.from_pretrained(
        tmp_path / "ours", attn_implementation="eager", experts_implementation="eager", output_loading_info=True
    )
    info["missing_keys"] = {path for path in info["missing_keys"] if not path.endswith(COMPUTED)}
    assert not any(info.values()), info
    torch.testing.assert_close(again(ids()).logits, theirs(ids()).logits, atol=1e-5, rtol=0)
    back, _ = lessons_lib.load(tmp_path / "ours")
    assert back.config == model.config
    state = model.state_dict()
    assert all(torch.equal(weight, state[path]) for path, weight in back.state_dict().items())


@every_decoder
@torch.no_grad()
def test_files_of_bfloat16_stay_close(opened, name, tmp_path, record_property):
    theirs, folder, model = opened(name)
    rounded = reference(name).to(torch.bfloat16)
    rounded.save_pretrained(tmp_path, max_shard_size="60KB")
    (tmp_path / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    found, _ = lessons_lib.load(tmp_path, dtype=torch.bfloat16)
    assert found.config == model.config
    scores, expected = found(ids()).float(), theirs(ids()).logits
    record_property(TABLE, [name, "bfloat16", (scores - expected).abs().max().item()])
    assert (scores - expected).abs().mean() < 0.03 * expected.abs().max()


@every_decoder
def test_every_setting_is_known_and_every_parameter_counted(opened, name):
    theirs, folder, model = opened(name)
    values = json.loads(theirs.config.to_json_string(use_diff=False))
    assert len(values) >= len(json.loads((folder / "config.json").read_text()))
    assert library.FAMILIES[values["model_type"]].config(values) == model.config
    assert num_parameters(model.config) == model.num_parameters()


@pytest.mark.parametrize(("name", "changes"), WRONG.items(), ids=WRONG)
@torch.no_grad()
def test_a_wrong_switch_is_seen(opened, name, changes):
    theirs, _, model = opened(name)
    config = model.config.to_dict() | changes
    wrong = Transformer(type(model.config)(**config))
    state = wrong.state_dict()
    found = {path: tensor for path, tensor in model.state_dict().items() if path in state}
    fits = {path: tensor for path, tensor in found.items() if tensor.shape == state[path].shape}
    wrong.load_state_dict(fits, strict=False)
    assert (wrong.eval()(ids()) - theirs(ids()).logits).abs().max() > 1e-3


@every_decoder
@torch.no_grad()
def test_the_compiled_step_takes_it_or_steps_aside_by_name(opened, name, record_property):
    _, _, model = opened(name)
    why = (aside(model) or "compiled").split()[0]
    record_property(STEPPED, [name, why])
    assert why == STEPS[name]
    if why != "compiled":
        return
    expected, step, near = model(ids()), DecodeStep(model), {"atol": 3e-5, "rtol": 1e-5}
    for chunks in CHUNKINGS[1:]:
        cache = KVCache(model.config, 2, T)
        scores = torch.cat([step(chunk, cache) for chunk in ids().split(chunks, 1)], 1)
        record_property(TABLE, [name, "compiled", (scores - expected).abs().max().item()])
        torch.testing.assert_close(scores, expected, **near)
        assert torch.equal(scores.argmax(-1), expected.argmax(-1))
    cache = KVCache(model.config, 2, T)
    cache.padding = torch.tensor([13, 0])
    padded = torch.cat([step(chunk, cache) for chunk in ids().split(CHUNKINGS[2], 1)], 1)[0, 13:]
    torch.testing.assert_close(padded, model(ids()[:1, 13:])[0], **near)


def test_the_texts_are_longer_than_windows():
    assert T > 5 * WINDOW
