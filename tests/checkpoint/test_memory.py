"""Loading needs little more memory than the weights themselves: measured in a fresh process for each kind of folder."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from models import byte_tokenizer

import lessons_lib
from lessons_lib import ModelConfig, Transformer
from lessons_lib.checkpoint import save_pretrained, weights
from lessons_lib.config import costs
from lessons_lib.tokenizer import load_tokenizer

ROOT = Path(__file__).resolve().parents[2]
# Other systems take the pages of a file back only when they need the memory.
MOST = 1.1 if sys.platform == "linux" else 1.6

MEASURE = """
import json, sys
import psutil, torch
from benchmarks.process import peak_memory
import lessons_lib

lessons_lib.load(sys.argv[1])  # what is imported and set up for any load does not count
before = psutil.Process().memory_info().rss
model, _ = lessons_lib.load(sys.argv[2], dtype=getattr(torch, sys.argv[3]))
found = {float(end) for weight in model.parameters() for end in weight.detach().aminmax()}  # this reads them all
weights = sum(weight.nbytes for weight in model.parameters())
print(json.dumps({"share": (peak_memory() - before) / weights, "bytes": weights, "found": list(found)}))
"""

MEASURE_SAVING = """
import json, sys
import torch
from benchmarks.process import peak_memory
import lessons_lib
from checkpoint.test_memory import filled
from lessons_lib.checkpoint import save_pretrained

tiny, folder, config, size = sys.argv[1:]
small, tokenizer = lessons_lib.load(tiny)
small = filled(small.config, torch.bfloat16)  # what is set up for any save does not count
save_pretrained(small, folder + "/tiny", tokenizer)
before = peak_memory()
model = filled(lessons_lib.ModelConfig(**json.loads(config)), torch.bfloat16)
save_pretrained(model, folder + "/model", tokenizer, max_shard_size=int(size))
print(json.dumps({"share": (peak_memory() - before) / sum(weight.nbytes for weight in model.parameters())}))
"""

LLAMA = ModelConfig(
    vocab_size=12000,
    hidden_size=512,
    intermediate_size=1760,
    num_hidden_layers=9,
    num_attention_heads=8,
    num_key_value_heads=4,
    tie_word_embeddings=True,
)
GPT2 = ModelConfig(
    vocab_size=12000,
    hidden_size=512,
    intermediate_size=2048,
    num_hidden_layers=9,
    num_attention_heads=8,
    position_embedding_type="learned",
    norm_type="layer",
    gated_mlp=False,
    hidden_act="gelu_pytorch_tanh",
    attention_bias=True,
    mlp_bias=True,
    tie_word_embeddings=True,
)

LLAMA4 = ModelConfig(
    vocab_size=12000,
    hidden_size=512,
    intermediate_size=1760,
    num_hidden_layers=4,
    num_attention_heads=8,
    num_key_value_heads=4,
    rope_pairing="interleaved",
    num_local_experts=6,
    moe_intermediate_size=640,
    n_shared_experts=1,
    moe_layers=(1, 3),
    scoring_func="sigmoid",
    scale_expert_input=True,
)


def deeper(config, layers, **changes):
    """The same model with more layers, so that what is held of one tensor at a time weighs little."""
    return replace(config, num_hidden_layers=layers, layer_types=None, no_rope_layers=None, **changes)


DEEP_GPT2 = deeper(GPT2, 18)
MANY_EXPERTS = deeper(LLAMA4, 24, moe_layers=tuple(range(24)), moe_intermediate_size=512)


def filled(config, dtype):
    """A model of a config in a dtype, all of its weights one quarter."""
    with torch.device("meta"):
        model = Transformer(config)
    model = model.to(dtype).to_empty(device="cpu")
    model.tie_weights()
    with torch.no_grad():
        for weight in model.parameters():
            weight.fill_(0.25)
    return model


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Saves a model of a config in a dtype, all of its weights one quarter."""

    def save(config, dtype, **options):
        folder = tmp_path_factory.mktemp("model") / "saved"
        model = filled(config, dtype)
        byte_tokenizer().save(str(folder.parent / "tokenizer.json"))
        save_pretrained(model, folder, load_tokenizer(folder.parent / "tokenizer.json"), **options)
        return folder

    return save


def measured(tiny, folder, dtype):
    command = [sys.executable, "-c", MEASURE, str(tiny), str(folder), dtype]
    return json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)


@pytest.fixture(scope="module")
def tiny(folders):
    small = {"hidden_size": 16, "intermediate_size": 24, "num_attention_heads": 2}
    return folders(ModelConfig(vocab_size=300, num_hidden_layers=1, **small), torch.bfloat16)


@pytest.mark.parametrize(
    ("config", "stored", "wanted", "options"),
    [
        (LLAMA, torch.float32, "float32", {}),
        (LLAMA, torch.bfloat16, "float32", {}),
        (LLAMA, torch.float32, "bfloat16", {"max_shard_size": 40_000_000}),
        (GPT2, torch.float32, "float32", {}),
        (LLAMA4, torch.bfloat16, "float32", {}),
    ],
    ids=["as stored", "widened", "narrowed, from several files", "turned round", "unpacked experts"],
)
def test_the_peak_is_at_most_a_tenth_above_the_weights(folders, tiny, config, stored, wanted, options):
    folder = folders(config, stored, **options)
    found = measured(tiny, folder, wanted)
    assert found["bytes"] == costs.num_parameters(config) * getattr(torch, wanted).itemsize
    assert found["found"] == [0.25]
    assert 0.9 < found["share"] <= MOST


@pytest.mark.parametrize(
    ("config", "size"),
    [(LLAMA, "5000000000"), (DEEP_GPT2, "5000000000"), (MANY_EXPERTS, "5000000000"), (MANY_EXPERTS, "30000000")],
    ids=["as it is", "fused and turned round", "packed experts", "packed experts in several files"],
)
def test_saving_takes_at_most_a_tenth_more_than_the_weights(tiny, tmp_path, config, size):
    command = [sys.executable, "-c", MEASURE_SAVING, tiny, tmp_path, json.dumps(config.to_dict()), size]
    path = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    output = subprocess.run(command, cwd=ROOT, env=os.environ | path, stdout=subprocess.PIPE, check=True).stdout
    assert 0.9 < json.loads(output)["share"] <= MOST
    names = {path.name for path in (tmp_path / "model").iterdir()}
    assert ("model.safetensors.index.json" in names) == (size == "30000000")


@pytest.mark.parametrize(("progress", "big", "drawn"), [(True, 1, True), (False, 1, False), (True, 1 << 30, False)])
def test_a_bar_is_drawn_for_big_models_and_where_it_is_wanted(tiny, monkeypatch, capsys, progress, big, drawn):
    monkeypatch.setattr(weights, "BIG", big)
    monkeypatch.setattr(weights, "tqdm", partial(weights.tqdm, mininterval=0, bar_format="{desc}"))
    monkeypatch.setattr(weights, "DELAY", 0)
    lessons_lib.load(tiny, progress=progress)
    found = capsys.readouterr()
    assert ("Loading" in found.err) == drawn
    assert found.out == ""
