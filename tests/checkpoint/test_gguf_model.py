"""Models out of GGUF files: what other programs write is understood, what we don't know is refused by name."""

import math
import subprocess
import sys
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from models import random_model

import lessons_lib
from lessons_lib.assets import fetch
from lessons_lib.checkpoint.gguf.export import save_gguf
from lessons_lib.checkpoint.gguf.model import config_from_gguf, tensors_from_gguf
from lessons_lib.checkpoint.gguf.names import (
    BLOCK_NAMES,
    TOP_NAMES,
    gguf_name,
    half_from_interleaved,
    hugging_face_name,
    interleaved_from_half,
)
from lessons_lib.errors import CheckpointError
from lessons_lib.formats.gguf import load_gguf
from lessons_lib.formats.gguf_writer import save_gguf_file
from lessons_lib.tokenizer import ByteLevel, Tokenizer

METADATA = {
    "general.architecture": "llama",
    "llama.context_length": 128,
    "llama.embedding_length": 36,
    "llama.block_count": 1,
    "llama.feed_forward_length": 52,
    "llama.attention.head_count": 6,
    "llama.attention.head_count_kv": 2,
    "llama.attention.layer_norm_rms_epsilon": 1e-5,
    "llama.rope.freq_base": 500000.0,
    "tokenizer.ggml.bos_token_id": 3,
    "tokenizer.ggml.eos_token_id": 4,
    "tokenizer.ggml.eot_token_id": 7,
}
TENSORS = {"token_embd.weight": torch.zeros(97, 36)}


def read(tmp_path, metadata=None, tensors=None, **changes):
    """Read the config of a file with these metadata; "scaling__type" stands for "llama.rope.scaling.type"."""
    metadata = {key: value for key, value in ((metadata or METADATA) | changes).items() if value is not None}
    save_gguf_file(tmp_path / "x.gguf", metadata, TENSORS | (tensors or {}))
    return config_from_gguf(load_gguf(tmp_path / "x.gguf"), "x.gguf")


def named(architecture: str) -> dict:
    named = {key.replace("llama.", f"{architecture}.", 1): value for key, value in METADATA.items()}
    return named | {"general.architecture": architecture}


def test_the_keys_of_each_architecture_are_read(tmp_path):
    llama = read(tmp_path)
    assert (llama.head_dim, llama.rope_theta, llama.rms_norm_eps) == (6, 500000.0, 1e-5)
    assert (llama.bos_token_id, llama.eos_token_id) == (3, (4, 7))
    assert (llama.qk_norm, llama.attention_bias, llama.tie_word_embeddings) == (None, False, True)
    bias = {f"blk.0.attn_{part}.bias": torch.zeros(9) for part in "qkv"} | {"output.weight": torch.zeros(97, 36)}
    qwen2 = read(tmp_path, named("qwen2"), bias)
    assert (qwen2.attention_bias, qwen2.attention_output_bias, qwen2.tie_word_embeddings) == (True, False, False)
    wide = {"qwen3.attention.key_length": 10, "qwen3.attention.value_length": 10}
    qwen3 = read(tmp_path, named("qwen3") | wide)
    assert (qwen3.head_dim, qwen3.qk_norm) == (10, "before")


def test_queries_and_keys_are_reordered_for_llama_alone(tmp_path):
    rows = torch.arange(12.0)[:, None].expand(-1, 36)
    for architecture, order in (("llama", [0, 2, 4, 1, 3, 5]), ("qwen2", range(6)), ("qwen3", range(6))):
        config = read(tmp_path, named(architecture), {"blk.0.attn_k.weight": rows, "blk.0.attn_v.weight": rows})
        tensors = tensors_from_gguf(load_gguf(tmp_path / "x.gguf"), config)
        assert tensors["model.layers.0.self_attn.k_proj.weight"].make()[:6, 0].tolist() == list(order)
        assert tensors["model.layers.0.self_attn.v_proj.weight"].make()[:6, 0].tolist() == list(range(6))


def test_the_two_orders_of_rows_undo_each_other():
    rows = torch.arange(2 * 10.0)[:, None] * torch.ones(7)
    turned = interleaved_from_half(rows, 10)
    assert turned[:, 2].tolist() == [0, 5, 1, 6, 2, 7, 3, 8, 4, 9, 10, 15, 11, 16, 12, 17, 13, 18, 14, 19]
    assert torch.equal(half_from_interleaved(turned, 10), rows)
    assert not torch.equal(half_from_interleaved(rows, 10), turned)
    assert half_from_interleaved(rows, 11) is rows
    assert half_from_interleaved(torch.arange(6.0), 6).tolist() == [0, 2, 4, 1, 3, 5]  # a bias


def test_names_are_those_of_the_gguf_package():
    theirs = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN3, 4)
    ours = [f"{name}.weight" for name in TOP_NAMES] + [f"blk.3.{name}.weight" for name in BLOCK_NAMES]
    for name in ours:
        assert gguf_name(hugging_face_name(name)) == name
        assert theirs.get_name(hugging_face_name(name), [".weight"]) == name
    for name in ("blk.3.attn_qkv.weight", "token_embd", "blk.x.attn_q.weight", "blk.3.output.weight", "attn_q.weight"):
        assert hugging_face_name(name) == name


def test_every_tensor_of_the_real_file_has_a_name_in_the_model():
    names = {hugging_face_name(name) for name in load_gguf(fetch("smollm2-135m-instruct"))}
    with torch.device("meta"):
        model = lessons_lib.Transformer(lessons_lib.ModelConfig.preset("smollm2-135m"))
    assert names == {name for name, _ in model.named_parameters()}


def published_divisors(theta: float, dim: int, factor: float, low=1.0, high=4.0, old=8192) -> np.ndarray:
    """What llama.cpp's converter writes for Llama 3.1, as its published rule has it."""
    divisors = []
    for i in range(0, dim, 2):
        wave = 2 * math.pi * theta ** (i / dim)
        if wave < old / high:
            divisors.append(1.0)
        elif wave > old / low:
            divisors.append(factor)
        else:
            smooth = (old / wave - low) / (high - low)
            divisors.append(1 / ((1 - smooth) / factor + smooth))
    return np.array(divisors, np.float32)


def with_divisors(tmp_path, divisors, **changes):
    metadata = METADATA | {"llama.attention.key_length": 128, "llama.attention.value_length": 128}
    return read(tmp_path, metadata | changes, {"rope_freqs.weight": torch.from_numpy(divisors)})


@pytest.mark.parametrize("factor", [8.0, 32.0])
def test_divisors_of_frequencies_are_recognised_as_llama3_scaling(tmp_path, factor):
    config = with_divisors(tmp_path, published_divisors(500000.0, 128, factor))
    assert config.rope_scaling == {
        "rope_type": "llama3",
        "factor": factor,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }
    assert "rope_freqs.weight" not in tensors_from_gguf(load_gguf(tmp_path / "x.gguf"), config)


@pytest.mark.parametrize(
    "divisors",
    [
        published_divisors(500000.0, 128, 8.0, low=2.0),
        published_divisors(500000.0, 128, 8.0, old=4096),
        published_divisors(10000.0, 128, 8.0),
        published_divisors(500000.0, 64, 8.0),
        np.full(64, 8.0, np.float32),
        -published_divisors(500000.0, 128, 8.0),
        np.full(64, np.inf, np.float32),
    ],
)
def test_other_divisors_are_refused(tmp_path, divisors):
    with pytest.raises(CheckpointError, match=r"rope_freqs\.weight: got divisors .* allowed those of Llama"):
        with_divisors(tmp_path, divisors)


def test_scaling_in_keys_is_read(tmp_path):
    below = "llama.rope.scaling."
    linear = read(tmp_path, METADATA | {below + "type": "linear", below + "factor": 2.5, below + "finetuned": True})
    assert linear.rope_scaling == {"rope_type": "linear", "factor": 2.5}
    yarn = {below + "type": "yarn", below + "factor": 4.0, below + "original_context_length": 32}
    assert read(tmp_path, METADATA | yarn | {below + "yarn_beta_fast": 16.0}).rope_scaling == {
        "rope_type": "yarn",
        "factor": 4.0,
        "original_max_position_embeddings": 32,
        "beta_fast": 16.0,
    }
    assert read(tmp_path, METADATA | {below + "type": "none"}).rope_scaling is None


REFUSED = {
    "another architecture": (
        {"general.architecture": "wavtokenizer-dec"},
        "general.architecture: got 'wavtokenizer-dec', allowed one of qwen2,",
    ),
    "architecture a list": ({"general.architecture": ["llama"]}, "general.architecture: got"),
    "no width": ({"llama.embedding_length": None}, "llama.embedding_length: got nothing, allowed a whole number"),
    "width a string": ({"llama.embedding_length": "36"}, "llama.embedding_length: got str"),
    "width a bool": ({"llama.embedding_length": True}, "llama.embedding_length: got bool"),
    "heads of each layer": ({"llama.attention.head_count_kv": np.int32([2, 1])}, "head_count_kv: got [1, 2]"),
    "no heads": ({"llama.attention.head_count": 0}, "num_attention_heads: got 0"),
    "epsilon missing": ({"llama.attention.layer_norm_rms_epsilon": None}, "layer_norm_rms_epsilon: got nothing"),
    "values of another width": ({"llama.attention.value_length": 8}, "value_length: got 8, allowed 6, the width of a"),
    "half of a head turns": ({"llama.rope.dimension_count": 4}, "rotary_dim: got 4, allowed None"),
    "experts of no number": ({"llama.expert_count": 8}, "llama.expert_used_count: got nothing, allowed a whole"),
    "a window": ({"llama.attention.sliding_window": 4096}, "sliding_window: got 4096, allowed no such key"),
    "old linear scaling": ({"llama.rope.scale_linear": 2.0}, "rope.scale_linear: got 2.0, allowed none"),
    "other scaling": (
        {"llama.rope.scaling.type": "longrope"},
        "scaling.type: got 'longrope', allowed none, linear, yarn",
    ),
    "scaling a number": ({"llama.rope.scaling.type": 3}, "llama.rope.scaling.type: got int 3"),
    "no factor": ({"llama.rope.scaling.type": "linear"}, "llama.rope.scaling.factor: got nothing"),
    "a factor without a type": (
        {"llama.rope.scaling.factor": 2.0},
        "llama.rope.scaling.factor: got 2.0, allowed no such",
    ),
    "bos beyond": ({"tokenizer.ggml.bos_token_id": 97}, "bos_token_id: got 97"),
    "eos a string": ({"tokenizer.ggml.eos_token_id": "4"}, "tokenizer.ggml.eos_token_id: got str"),
    "a million layers": ({"llama.block_count": 10**6}, "num_hidden_layers: got 1000000, allowed a whole number from 1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_understood_is_refused_by_name(tmp_path, case):
    changes, words = REFUSED[case]
    with pytest.raises(CheckpointError) as caught:
        read(tmp_path, METADATA | changes)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_embedding_without_dimensions_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="vocab_size: got 0"):
        read(tmp_path, tensors={"token_embd.weight": torch.tensor(1.0)})


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.sampled_from([0, 1, 2, 3, 6, 36, 97, 2**31]),
    st.floats(width=32),
    st.text(st.characters(codec="ascii"), max_size=5),
    st.lists(st.sampled_from(["llama", "x"]), max_size=2),
    st.sampled_from([np.int32([]), np.int32([1]), np.float32([1, 2])]),
)
EXTRA = ["llama.rope.scaling.type", "llama.rope.scaling.factor", "llama.attention.key_length", "llama.expert_count"]


@settings(max_examples=examples(400), derandomize=True, deadline=None)
@given(changes=st.dictionaries(st.sampled_from([*METADATA, *EXTRA]), ODD, min_size=1, max_size=3))
def test_any_metadata_give_a_config_or_a_checkpoint_error(tmp_path_factory, changes):
    message = "a config"
    try:
        read(tmp_path_factory.getbasetemp(), METADATA | changes)
    except CheckpointError as error:
        message = str(error)
    assert message
    assert "\n" not in message
    assert len(message) < 1200


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A file that loads."""
    path = tmp_path_factory.mktemp("good") / "good.gguf"
    tokenizer = Tokenizer(ByteLevel([bytes([byte]) for byte in range(40, 130)], split="smollm2"))
    save_gguf(random_model(), tokenizer, path)
    lessons_lib.load(path)
    return load_gguf(path)


def test_all_faults_of_the_tensors_come_in_one_message(good, tmp_path):
    tensors = dict(good)
    tensors["blk.0.ffn_upper.weight"] = tensors.pop("blk.0.ffn_up.weight")
    tensors["blk.2.attn_q.weight"] = torch.zeros(59, 36)
    save_gguf_file(tmp_path / "bad.gguf", good.metadata, tensors)
    with pytest.raises(CheckpointError) as caught:
        lessons_lib.load(tmp_path / "bad.gguf")
    for words in (
        "missing model.layers.0.mlp.up_proj.weight",
        "unexpected blk.0.ffn_upper.weight",
        "model.layers.2.self_attn.q_proj.weight has shape [59, 36] and not [60, 36]",
    ):
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("block_count", 4, "missing model.layers.3.input_layernorm.weight"),
        ("block_count", 2, "unexpected model.layers.2.input_layernorm.weight"),
        ("attention.head_count", 4, "self_attn.q_proj.weight has shape [60, 36] and not [40, 36]"),
        ("attention.head_count_kv", 3, "self_attn.k_proj.weight has shape [20, 36] and not [30, 36]"),
        ("feed_forward_length", 50, "mlp.gate_proj.weight has shape [52, 36] and not [50, 36]"),
    ],
)
def test_metadata_that_do_not_fit_the_tensors_are_refused(good, tmp_path, key, value, words):
    save_gguf_file(tmp_path / "bad.gguf", good.metadata | {f"llama.{key}": value}, dict(good))
    with pytest.raises(CheckpointError) as caught:
        lessons_lib.load(tmp_path / "bad.gguf")
    assert words in str(caught.value)


def test_a_file_without_an_embedding_is_refused(good, tmp_path):
    tensors = {name: tensor for name, tensor in good.items() if name != "token_embd.weight"}
    save_gguf_file(tmp_path / "bad.gguf", good.metadata, tensors)
    with pytest.raises(CheckpointError, match="vocab_size: got 0"):
        lessons_lib.load(tmp_path / "bad.gguf")


ROOT = Path(__file__).resolve().parents[2]
# Other systems take the pages of a file back only when they need the memory.
MOST = 1.1 if sys.platform == "linux" else 1.6

MEASURE = """
import sys
import psutil
from benchmarks.process import peak_memory
from lessons_lib.checkpoint import load

before = psutil.Process().memory_info().rss
model, _ = load(sys.argv[1])
print((peak_memory() - before) / sum(weight.nbytes for weight in model.parameters()))
"""


def test_loading_the_real_model_takes_little_more_memory_than_its_weights():
    command = [sys.executable, "-c", MEASURE, str(fetch("smollm2-135m-instruct"))]
    ratio = float(subprocess.run(command, capture_output=True, check=True, text=True, timeout=60, cwd=ROOT).stdout)
    assert 1.0 <= ratio <= MOST
