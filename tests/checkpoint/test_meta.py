"""Folders in Meta's format: their weights in our model against Meta's own arithmetic, written out here."""

import json

import pytest
import torch
import torch.nn.functional as F
from models import random, token_ids
from sentencepiece_models import NORMAL, written

import lessons_lib
from lessons_lib.assets import fetch
from lessons_lib.checkpoint import CheckpointError, meta, save_safetensors
from lessons_lib.checkpoint.gguf.names import interleaved_from_half
from lessons_lib.files import ModelFolder

# No two sizes are equal: H 4, G 2, D 10, C 40, F 56, V 300, 3 layers, 23 tokens.
H, G, D, C, V, LAYERS, T = 4, 2, 10, 40, 300, 3, 23
PARAMS = {
    "dim": C,
    "n_layers": LAYERS,
    "n_heads": H,
    "n_kv_heads": G,
    "vocab_size": -1,
    "multiple_of": 4,
    "ffn_dim_multiplier": 0.5,  # 2/3 of 4 * 40 is 106; half of it is 53; the next multiple of 4 is 56
    "norm_eps": 1e-5,
}
INNER = 56
CUT = {"wq": 0, "wk": 0, "wv": 0, "wo": 1, "w1": 0, "w3": 0, "w2": 1, "output": 0}


def meta_weights():
    shapes = {"tok_embeddings.weight": (V, C), "norm.weight": (C,), "output.weight": (V, C)}
    for i in range(LAYERS):
        shapes |= {
            f"layers.{i}.attention_norm.weight": (C,),
            f"layers.{i}.attention.wq.weight": (H * D, C),
            f"layers.{i}.attention.wk.weight": (G * D, C),
            f"layers.{i}.attention.wv.weight": (G * D, C),
            f"layers.{i}.attention.wo.weight": (C, H * D),
            f"layers.{i}.ffn_norm.weight": (C,),
            f"layers.{i}.feed_forward.w1.weight": (INNER, C),
            f"layers.{i}.feed_forward.w3.weight": (INNER, C),
            f"layers.{i}.feed_forward.w2.weight": (C, INNER),
        }
    weights = {name: 0.15 * random(*shape, seed=seed) for seed, (name, shape) in enumerate(shapes.items())}
    return {name: weight + 1 if "norm" in name else weight for name, weight in weights.items()}


def meta_scores(weights, ids, theta=10000.0):
    """Meta's forward pass: each pair (2i, 2i + 1) of a query or key is a complex number that is turned."""
    angles = torch.outer(torch.arange(T), theta ** (-torch.arange(0, D, 2) / D))  # [T, D/2]
    turn = torch.polar(torch.ones(T, D // 2), angles)[:, None]  # [T, 1, D/2]

    def norm(x, weight):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + PARAMS["norm_eps"]) * weight

    def turned(x):  # [T, heads, D]
        return torch.view_as_real(torch.view_as_complex(x.unflatten(-1, (-1, 2))) * turn).flatten(-2)

    x = weights["tok_embeddings.weight"][ids]  # [T, C]
    for i in range(LAYERS):
        layer = {name.removeprefix(f"layers.{i}."): weight for name, weight in weights.items()}
        y = norm(x, layer["attention_norm.weight"])
        q, k, v = ((y @ layer[f"attention.w{one}.weight"].T).unflatten(-1, (-1, D)) for one in "qkv")  # [T, heads, D]
        k, v = turned(k).repeat_interleave(H // G, 1), v.repeat_interleave(H // G, 1)  # [T, H, D]
        scores = torch.einsum("thd,shd->hts", turned(q), k) / D**0.5  # [H, T, T]
        scores = scores.masked_fill(torch.ones(T, T).triu(1).bool(), -torch.inf).softmax(-1)
        x = x + torch.einsum("hts,shd->thd", scores, v).flatten(1) @ layer["attention.wo.weight"].T  # [T, C]
        y = norm(x, layer["ffn_norm.weight"])
        inner = F.silu(y @ layer["feed_forward.w1.weight"].T) * (y @ layer["feed_forward.w3.weight"].T)  # [T, F]
        x = x + inner @ layer["feed_forward.w2.weight"].T
    return norm(x, weights["norm.weight"]) @ weights["output.weight"].T  # [T, V]


def write(folder, shards=1, embedding_cut=1, weights=None, params=None):
    """Write a folder as Meta does, with the weights cut for so many devices."""
    for number in range(shards):
        tensors = {"rope.freqs": torch.ones(D // 2)}
        for name, weight in (weights or meta_weights()).items():
            part = name.split(".")[-2]
            cut = embedding_cut if part == "tok_embeddings" else CUT.get(part)
            tensors[name] = weight if cut is None else weight.chunk(shards, cut)[number].contiguous()
        save_safetensors(tensors, folder / f"consolidated.{number:02d}.safetensors")
    (folder / "params.json").write_text(json.dumps(PARAMS | (params or {})))
    pieces = [(chr(0x4E00 + i), -i, NORMAL) for i in range(V - 259)]
    (folder / "tokenizer.model").write_bytes(written(pieces))
    return folder


@pytest.mark.parametrize(("shards", "embedding_cut"), [(1, 1), (2, 1), (2, 0)], ids=["one", "Llama 2", "Llama 3"])
@torch.no_grad()
def test_the_scores_are_those_of_metas_own_arithmetic(tmp_path, shards, embedding_cut):
    model, tokenizer = lessons_lib.load(write(tmp_path, shards, embedding_cut))
    ids = token_ids(1, T, vocab_size=V)
    expected = meta_scores(meta_weights(), ids[0])
    assert expected.abs().max() > 1
    torch.testing.assert_close(model(ids)[0], expected, atol=2e-5, rtol=0)
    assert tokenizer.vocab_size == V
    assert (model.config.bos_token_id, model.config.eos_token_id) == (1, (2,))


@pytest.mark.parametrize("order", [lambda rows, head_dim: rows, interleaved_from_half], ids=["as stored", "undone"])
@torch.no_grad()
def test_rows_in_another_order_are_right_at_the_first_token_only(tmp_path, monkeypatch, order):
    monkeypatch.setattr(meta, "half_from_interleaved", order)
    model, _ = lessons_lib.load(write(tmp_path, 2))
    ids = token_ids(1, T, vocab_size=V)
    difference = (model(ids)[0] - meta_scores(meta_weights(), ids[0])).abs().amax(-1)  # [T]
    assert difference[0] < 2e-5
    assert difference[1:].max() > 1e-2


@torch.no_grad()
def test_rows_ordered_by_the_wrong_number_of_heads_are_seen(tmp_path, monkeypatch):
    right = meta.half_from_interleaved
    monkeypatch.setattr(meta, "half_from_interleaved", lambda rows, head_dim: right(rows, 2 * head_dim))
    model, _ = lessons_lib.load(write(tmp_path))
    ids = token_ids(1, T, vocab_size=V)
    assert (model(ids)[0] - meta_scores(meta_weights(), ids[0])).abs().max() > 1e-2


def test_the_embedding_may_be_the_output_matrix(tmp_path):
    weights = meta_weights()
    del weights["output.weight"]
    model, _ = lessons_lib.load(write(tmp_path, 2, weights=weights))
    assert model.config.tie_word_embeddings
    assert torch.equal(model.lm_head.weight, weights["tok_embeddings.weight"])


def test_a_saved_copy_is_a_hugging_face_folder(tmp_path):
    (tmp_path / "meta").mkdir()
    model, _ = lessons_lib.load(write(tmp_path / "meta", 2))
    lessons_lib.save_pretrained(model, tmp_path / "hugging-face")
    found = lessons_lib.checkpoint.load_safetensors(tmp_path / "hugging-face" / "model.safetensors")
    assert found.keys() == model.state_dict().keys()


@pytest.mark.parametrize(
    ("params", "width"),
    [
        ({"dim": 4096, "multiple_of": 256}, 11008),  # Llama 2 7B
        ({"dim": 4096, "multiple_of": 1024, "ffn_dim_multiplier": 1.3}, 14336),  # Llama 3 8B
        ({"dim": 2048, "multiple_of": 256, "ffn_dim_multiplier": 1.5}, 8192),  # Llama 3.2 1B
        ({"dim": 3072, "multiple_of": 256, "ffn_dim_multiplier": 1.0}, 8192),  # Llama 3.2 3B
        ({"dim": 8192, "multiple_of": 4096, "ffn_dim_multiplier": 1.3}, 28672),  # Llama 2 and 3 70B
    ],
)
def test_published_inner_widths_come_out(tmp_path, params, width):
    (tmp_path / "params.json").write_text(json.dumps(PARAMS | {"ffn_dim_multiplier": None} | params | {"n_heads": 32}))
    tokenizer = meta.tokenizer_from_meta(ModelFolder(write_tokenizer(tmp_path)))
    config = meta.config_from_meta(
        ModelFolder(tmp_path), [{"tok_embeddings.weight": torch.empty(V, params["dim"])}], tokenizer
    )
    assert config.intermediate_size == width


def write_tokenizer(folder):
    (folder / "tokenizer.model").write_bytes(written([]))
    return folder


def test_the_stretched_rotation_of_llama_3_needs_its_factor(tmp_path):
    write(tmp_path, params={"use_scaled_rope": True, "rope_theta": 500000.0})
    with pytest.raises(CheckpointError, match=r"rope_scaling_factor: got nothing, allowed 8 for Llama 3\.1, 32 for"):
        lessons_lib.load(tmp_path)
    write(tmp_path, params={"use_scaled_rope": True, "rope_theta": 500000.0, "rope_scaling_factor": 8.0})
    preset = lessons_lib.ModelConfig.preset("llama-3.1-8b")
    config = lessons_lib.load(tmp_path)[0].config
    for name in ("rope_theta", "rope_scaling", "max_position_embeddings"):
        assert getattr(config, name) == getattr(preset, name)


def test_the_rank_file_of_llama_3_is_its_tokenizer(tmp_path):
    (tmp_path / "tokenizer.model").write_bytes(fetch("llama3").read_bytes())
    tokenizer, published = (
        meta.tokenizer_from_meta(ModelFolder(tmp_path)),
        lessons_lib.tokenizer.load_tokenizer("llama3"),
    )
    chat = [{"role": "user", "content": "Hello"}]
    assert tokenizer.encode_chat(chat) == published.encode_chat(chat)
    for name in ("special_tokens", "bos_token_id", "eos_token_ids", "pad_token_id", "adds_bos"):
        assert getattr(tokenizer, name) == getattr(published, name)


def without(name):
    return {key: weight for key, weight in meta_weights().items() if key != name}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"params": {"dim": None}}, "missing dim"),
        ({"params": {"moe_args": {"num_experts": 16}}}, "unknown moe_args"),
        ({"params": {"dim": "40"}}, "params.json"),
        ({"params": {"n_layers": 10**9}}, "num_hidden_layers"),
        ({"params": {"n_kv_heads": 3}}, "num_key_value_heads: got 3"),
        ({"params": {"multiple_of": 0}}, "multiple_of: got 0"),
        ({"params": {"ffn_dim_multiplier": 1e308}}, "params.json"),
        ({"params": {"vocab_size": 301}}, "vocab_size: got 301, allowed 300"),
        ({"params": {"multiple_of": 64}}, "mlp.gate_proj.weight has shape [56, 40] and not [64, 40]"),
        ({"params": {"n_layers": 4}}, "missing model.layers.3.input_layernorm.weight"),
        ({"weights": without("layers.1.attention.wk.weight")}, "missing model.layers.1.self_attn.k_proj.weight"),
        ({"weights": meta_weights() | {"model.norm.weight": torch.ones(C)}}, "a second model.norm.weight"),
        ({"weights": meta_weights() | {"norm.bias": torch.ones(C)}}, "unexpected norm.bias"),
        ({"weights": without("tok_embeddings.weight")}, "tok_embeddings.weight: got no matrix"),
        (
            {"weights": meta_weights() | {"layers.0.attention.bias": torch.ones(3)}},
            "unexpected layers.0.attention.bias",
        ),
    ],
)
@pytest.mark.parametrize("shards", [1, 2])
def test_a_folder_that_is_no_whole_llama_is_refused(tmp_path, options, words, shards):
    with pytest.raises(CheckpointError) as caught:
        lessons_lib.load(write(tmp_path, shards, **options))
    assert words in str(caught.value)


def change_shard(folder, number, **changes):
    file = folder / f"consolidated.{number:02d}.safetensors"
    tensors = {name: tensor.clone() for name, tensor in lessons_lib.checkpoint.load_safetensors(file).items()}
    for name, tensor in changes.items():
        tensors.pop(name) if tensor is None else tensors.update({name: tensor})
    save_safetensors(tensors, file)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"norm.weight": torch.zeros(C)}, "norm.weight: got other numbers in each file"),
        ({"norm.weight": None}, "norm.weight: got 1 pieces"),
        ({"output.weight": torch.zeros(149, C)}, "output.weight: got 2 pieces, 2 kinds"),
        ({"output.weight": torch.zeros(150, C).half()}, "output.weight: got 2 pieces, 2 kinds"),
    ],
)
def test_pieces_that_do_not_belong_together_are_refused(tmp_path, changes, words):
    change_shard(write(tmp_path, 2), 1, **changes)
    with pytest.raises(CheckpointError) as caught:
        lessons_lib.load(tmp_path)
    assert words in str(caught.value)


def test_a_piece_that_is_missing_is_named(tmp_path):
    write(tmp_path, 2)
    (tmp_path / "consolidated.00.safetensors").rename(tmp_path / "consolidated.02.safetensors")
    with pytest.raises(CheckpointError, match=r"allowed consolidated\.00\.safetensors to consolidated\.01"):
        lessons_lib.load(tmp_path)


def test_pickles_are_not_opened_and_the_way_round_them_is_named(tmp_path):
    write(tmp_path)
    (tmp_path / "consolidated.00.safetensors").rename(tmp_path / "consolidated.00.pth")
    with pytest.raises(CheckpointError, match=r"only consolidated\.00\.pth, a format that can run code, allowed .*"):
        lessons_lib.load(tmp_path)


def test_the_documented_conversion_of_a_pickle_works(tmp_path):
    write(tmp_path)
    torch.save(meta_weights(), tmp_path / "consolidated.00.pth")
    (tmp_path / "consolidated.00.safetensors").unlink()
    with pytest.raises(CheckpointError) as caught:
        lessons_lib.load(tmp_path)
    command = "save_safetensors(torch.load('consolidated.00.pth', weights_only=True, mmap=True), "
    assert command + "'consolidated.00.safetensors')" in str(caught.value)
    trusted = torch.load(tmp_path / "consolidated.00.pth", weights_only=True, mmap=True)
    save_safetensors(trusted, tmp_path / "consolidated.00.safetensors")
    model, _ = lessons_lib.load(tmp_path)
    assert torch.equal(model.lm_head.weight, meta_weights()["output.weight"])


def test_a_folder_without_a_tokenizer_is_refused(tmp_path):
    write(tmp_path)
    (tmp_path / "tokenizer.model").unlink()
    with pytest.raises(CheckpointError, match=r"tokenizer\.model: got no such file"):
        lessons_lib.load(tmp_path)
    (tmp_path / "tokenizer.model").write_bytes(b"\xff" * 50)
    with pytest.raises(CheckpointError):
        lessons_lib.load(tmp_path)
