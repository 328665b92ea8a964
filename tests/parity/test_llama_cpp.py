"""Our GGUF files run by llama.cpp: the same token ids as ours, from the real model and from small ones of each kind."""

import json
from dataclasses import replace
from urllib.request import Request, urlopen

import gguf
import pytest
import torch
import xllamacpp
from sentencepiece_models import trained

import lessons_lib
from lessons_lib import ModelConfig, Transformer
from lessons_lib.checkpoint.gguf import groups as gguf_groups
from lessons_lib.checkpoint.gguf.export import save_gguf
from lessons_lib.formats.gguf_writer import save_gguf_file
from lessons_lib.generation import generate
from lessons_lib.tokenizer import ByteLevel, Tokenizer
from lessons_lib.tokenizer.formats.gguf_fields import gguf_fields
from lessons_lib.tokenizer.formats.sentencepiece_file import load_sentencepiece

COUNT = 24
BYTES = [bytes([byte]) for byte in range(256)]
PROMPT = "The sun is shining, and the sky is"


def llama_cpp(path, context: int = 128) -> xllamacpp.Server:
    """llama.cpp with a model, its cache in float32 as ours."""
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx, params.n_parallel, params.warmup, params.verbosity = context, 1, False, 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED  # it rounds to float16
    params.cache_type_k = params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    return xllamacpp.Server(params)


def by_llama_cpp(server: xllamacpp.Server, prompt: list[int] | str, count: int = COUNT) -> list[dict]:
    """Let llama.cpp continue ids, or text that it tokenizes itself, greedily.

    Returns each new token with its "id" and "logprob".
    """
    request = {"prompt": prompt, "max_tokens": count, "temperature": 0, "logprobs": 1, "ignore_eos": True}
    return server.handle_completions(request)["choices"][0]["logprobs"]["content"]


def ids_by_llama_cpp(server: xllamacpp.Server, prompt: list[int] | str) -> list[int]:
    return [token["id"] for token in by_llama_cpp(server, prompt)]


def tokenized_by_llama_cpp(server: xllamacpp.Server, text: str) -> list[int]:
    """The ids that llama.cpp turns a text into, without a token that starts it."""
    request = Request(f"{server.listening_address}/tokenize", json.dumps({"content": text}).encode())
    with urlopen(request) as answer:
        return json.load(answer)["tokens"]


@torch.no_grad()
def ids_by_us(model, ids: list[int]) -> list[int]:
    """Continue the ids greedily, with the whole text read again for each token."""
    text = list(ids)
    for _ in range(COUNT):
        text.append(int(model(torch.tensor([text]), logits_to_keep=1).argmax()))
    return text[len(ids) :]


def test_the_real_model_in_float32_gives_the_same_ids(smollm2, tmp_path):
    model, tokenizer = smollm2
    save_gguf(model, tokenizer, tmp_path / "real.gguf")
    ids = tokenizer.encode(PROMPT)
    expected = list(generate(model, ids, max_new_tokens=COUNT, stop_token_ids=()))
    server = llama_cpp(tmp_path / "real.gguf")
    assert ids_by_llama_cpp(server, ids) == expected
    assert ids_by_llama_cpp(server, PROMPT) == expected
    assert len(set(expected)) > 8  # a text, not one word again and again


LLAMA3 = {
    "rope_type": "llama3",
    "factor": 32.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}
QKV_BIAS = {"attention_bias": True, "attention_output_bias": False}
CONFIGS = {
    "llama": {},
    "llama, tied": {"tie_word_embeddings": True},
    "llama, all biases": {"attention_bias": True, "mlp_bias": True},
    "llama, interleaved": {"rope_pairing": "interleaved"},
    "llama, llama3 scaling": {"rope_scaling": LLAMA3, "rope_theta": 500000.0},
    "llama, linear scaling": {"rope_scaling": {"rope_type": "linear", "factor": 3.0}},
    "llama, yarn scaling": {"rope_scaling": YARN},
    "llama, biases of queries, keys and values": QKV_BIAS,
    "qwen2": QKV_BIAS | {"hidden_size": 192, "rope_theta": 1e6, "rms_norm_eps": 1e-6},
    "qwen3": {"qk_norm": "before", "rope_theta": 1e6, "rms_norm_eps": 1e-6, "tie_word_embeddings": True},
}


@pytest.fixture(scope="module")
def tokenizer():
    """The bytes, two merges and a special token."""
    encoder = ByteLevel([*BYTES, b"th", b"the"], [((116, 104), 256), ((256, 101), 257)], split="gpt2")
    return Tokenizer(encoder, special_tokens={"<|end|>": 258}, eos_token_ids=[258])


def small_model(name: str, tokenizer: Tokenizer) -> Transformer:
    """A random model that attends sharply, so that its text depends on every part of it.

    It says letters only: llama.cpp's server keeps back what is not UTF-8.
    """
    torch.manual_seed(0)
    letters = [tokenizer.token_bytes(i).isalpha() for i in range(tokenizer.vocab_size)] + [False] * 9
    sizes = {
        "vocab_size": len(letters),
        "hidden_size": 96,
        "intermediate_size": 160,
        "num_hidden_layers": 3,
        "head_dim": 32,
    }
    heads = {"num_attention_heads": 6, "num_key_value_heads": 2, "max_position_embeddings": 128}
    model = Transformer(ModelConfig(**(sizes | heads | (CONFIGS | GEMMAS)[name]))).eval()
    with torch.no_grad():
        for part, parameter in model.named_parameters():
            norm = 1.0 - model.config.rms_norm_offset
            parameter.normal_(norm, 0.3) if "norm" in part else parameter.normal_(0.0, 0.2)
        model.lm_head.weight.mul_(torch.tensor(letters)[:, None])
        if model.config.embedding_multiplier != 1:  # or each token would say itself again
            model.lm_head.weight.mul_(0.1)
    return model


@pytest.mark.parametrize("name", CONFIGS)
def test_a_small_model_gives_the_same_ids(name, tokenizer, tmp_path):
    model = small_model(name, tokenizer)
    save_gguf(model, tokenizer, tmp_path / "small.gguf")
    ids = tokenizer.encode(PROMPT)
    expected = ids_by_us(model, ids)
    assert ids_by_llama_cpp(llama_cpp(tmp_path / "small.gguf"), ids) == expected
    assert len(set(expected)) > 8
    again, _ = lessons_lib.load(tmp_path / "small.gguf")
    assert ids_by_us(again, ids) == expected


GEMMA = {
    "norm_placement": "sandwich",
    "rms_norm_offset": 1.0,
    "hidden_act": "gelu_pytorch_tanh",
    "embedding_multiplier": 96**0.5,
    "tie_word_embeddings": True,
    "num_hidden_layers": 7,
    "sliding_window": 5,
    "query_pre_attn_scalar": 32,
}
SLIDING, FULL = "sliding_attention", "full_attention"
GEMMAS = {
    "gemma2": GEMMA
    | {
        "layer_types": (SLIDING, FULL) * 3 + (SLIDING,),
        "attn_logit_softcapping": 4.0,
        "final_logit_softcapping": 1.0,
    },
    "gemma3": GEMMA
    | {"layer_types": (SLIDING,) * 5 + (FULL, SLIDING), "qk_norm": "before", "rope_theta": 1e6}
    | {"rope_local_base_freq": 10000.0, "rope_scaling": {"rope_type": "linear", "factor": 4.0}},
}


def save_gemma(model: Transformer, tokenizer: Tokenizer, path, architecture: str, sum_in_norms: float = 1.0) -> None:
    """Write a Gemma as llama.cpp's converter does: its norms hold 1 + weight."""
    config = model.config
    values = {
        "context_length": config.max_position_embeddings,
        "embedding_length": config.hidden_size,
        "block_count": config.num_hidden_layers,
        "feed_forward_length": config.intermediate_size,
        "attention.head_count": config.num_attention_heads,
        "attention.head_count_kv": config.num_key_value_heads,
        "attention.key_length": config.head_dim,
        "attention.value_length": config.head_dim,
        "attention.layer_norm_rms_epsilon": config.rms_norm_eps,
        "attention.sliding_window": config.sliding_window,
        "rope.freq_base": config.rope_theta,
    }
    if architecture == "gemma2":
        values |= {name: getattr(config, name) for name in ("attn_logit_softcapping", "final_logit_softcapping")}
    else:
        values |= {"rope.scaling.type": "linear", "rope.scaling.factor": config.rope_scaling["factor"]}
    metadata = {"general.architecture": architecture} | {
        f"{architecture}.{key}": value for key, value in values.items()
    }
    names = {gguf.MODEL_ARCH.GEMMA2, gguf.MODEL_ARCH.GEMMA3}
    [kind] = [kind for kind in names if gguf.MODEL_ARCH_NAMES[kind] == architecture]
    theirs = gguf.get_tensor_name_map(kind, config.num_hidden_layers)
    tensors = {}
    for name, weight in model.named_parameters():
        whole = weight.detach() + sum_in_norms if "norm" in name else weight.detach()
        tensors[theirs.get_name(name, [".weight"])] = whole
    save_gguf_file(path, metadata | gguf_fields(tokenizer, config.vocab_size), tensors)


@torch.no_grad()
def furthest(model, ids: list[int], theirs: list[dict]) -> float:
    """How far our log-probabilities are from llama.cpp's over its whole text, and its tokens from our likeliest."""
    text, worst = list(ids), 0.0
    for token in theirs:
        scores = model(torch.tensor([text]), logits_to_keep=1)[0, -1].log_softmax(-1)  # [V]
        ours = scores[token["id"]]
        worst = max(worst, abs(float(ours) - token["logprob"]), float(scores.max() - ours))
        text.append(token["id"])
    return worst


# llama.cpp looks the activation of Gemma up in a table of float16 numbers, so it is a little off.
NEAR, FAR = 1e-3, 1e-2


@pytest.mark.parametrize("architecture", GEMMAS)
def test_a_small_gemma_gives_the_same_text(architecture, tokenizer, tmp_path):
    model = small_model(architecture, tokenizer)
    save_gemma(model, tokenizer, tmp_path / "small.gguf", architecture)
    ids = tokenizer.encode(PROMPT)
    assert len(ids) > 3 * model.config.sliding_window
    theirs = by_llama_cpp(llama_cpp(tmp_path / "small.gguf"), ids)
    assert len({token["id"] for token in theirs}) > 8
    again, _ = lessons_lib.load(tmp_path / "small.gguf")
    assert replace(again.config, eos_token_id=()) == model.config
    assert all(
        torch.allclose(weight, again.state_dict()[name], atol=1e-6) for name, weight in model.state_dict().items()
    )
    assert furthest(model, ids, theirs) < NEAR
    assert furthest(again, ids, theirs) < NEAR


WRONG = {
    "norms without the one": ("gemma3", {}, 0.0),
    "another window": ("gemma3", {"sliding_window": 4}, 1.0),
    "each fifth layer full": ("gemma3", {"layer_types": (SLIDING,) * 4 + (FULL, SLIDING, SLIDING)}, 1.0),
    "one base for all layers": ("gemma3", {"rope_local_base_freq": None}, 1.0),
    "embeddings as they are": ("gemma2", {"embedding_multiplier": 1.0}, 1.0),
    "attention without a bound": ("gemma2", {"attn_logit_softcapping": None}, 1.0),
    "scores without a bound": ("gemma2", {"final_logit_softcapping": None}, 1.0),
    "the layers the other way round": ("gemma2", {"layer_types": (FULL, SLIDING) * 3 + (FULL,)}, 1.0),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_gemma_that_is_read_wrongly_would_be_seen(case, tokenizer, tmp_path):
    architecture, changes, added = WRONG[case]
    model, ids = small_model(architecture, tokenizer), tokenizer.encode(PROMPT)
    save_gemma(model, tokenizer, tmp_path / "small.gguf", architecture, added)
    other = Transformer(replace(model.config, **changes)).eval()
    other.load_state_dict(model.state_dict())
    assert furthest(other, ids, by_llama_cpp(llama_cpp(tmp_path / "small.gguf"), ids)) > FAR


def test_llama_cpp_tokenizes_a_sentencepiece_vocabulary_as_we_do(tmp_path):
    text = "the cat  sat on the mat, 12 na\u00efve"
    (tmp_path / "a.model").write_bytes(trained([text] * 9, 300))
    tokenizer = load_sentencepiece(tmp_path / "a.model")
    model, path = small_model("llama", tokenizer), tmp_path / "small.gguf"
    save_gguf(model, tokenizer, path)
    ids = [tokenizer.bos_token_id, *tokenizer.encode(text)]
    server = llama_cpp(path)
    assert ids_by_llama_cpp(server, text) == ids_by_llama_cpp(server, ids) == ids_by_us(model, ids)


def test_llama_cpp_finds_runs_of_spaces_that_are_pieces_of_their_own(tmp_path):
    """GGUF spells them with spaces, and all else with ▁."""
    runs = ["▁▁", "▁▁▁", "▁▁▁▁▁", "<a▁b>"]
    more = {"user_defined_symbols": runs, "add_dummy_prefix": False}
    (tmp_path / "a.model").write_bytes(trained(["the cat  sat on the mat"] * 9, 300, **more))
    tokenizer = load_sentencepiece(tmp_path / "a.model")
    save_gguf(small_model("llama", tokenizer), tokenizer, tmp_path / "small.gguf")
    server, (_, again) = llama_cpp(tmp_path / "small.gguf"), lessons_lib.load(tmp_path / "small.gguf")
    for text in [*(f"the{' ' * n}cat" for n in range(1, 17)), "  ", "   the<a b>  \n     sat", "\t  cat"]:
        ids = tokenized_by_llama_cpp(server, text)
        assert tokenizer.encode(text) == again.encode(text) == ids
        assert again.decode(ids) == text
    assert {tokenizer.encoder.whole[run] for run in runs} <= set(again.encode("  |   |     |<a b>"))


def test_without_the_permutation_the_ids_differ(tokenizer, tmp_path, monkeypatch):
    model, ids = small_model("llama", tokenizer), tokenizer.encode(PROMPT)
    monkeypatch.setattr(gguf_groups, "interleaved_from_half", lambda rows, head_dim: rows)
    save_gguf(model, tokenizer, tmp_path / "wrong.gguf")
    wrong = ids_by_llama_cpp(llama_cpp(tmp_path / "wrong.gguf"), ids)
    assert sum(a == b for a, b in zip(wrong, ids_by_us(model, ids), strict=True)) < COUNT / 4


@pytest.mark.parametrize("type_name", ["F16", "BF16", "Q8_0", "Q4_0", "Q4_1"])
def test_every_type_is_run(type_name, tokenizer, tmp_path):
    save_gguf(small_model("qwen2", tokenizer), tokenizer, tmp_path / "small.gguf", type_name)
    again, _ = lessons_lib.load(tmp_path / "small.gguf")
    ids = tokenizer.encode(PROMPT)
    with torch.no_grad():
        scores = again(torch.tensor([ids]))[0, -1].log_softmax(-1)  # [V]
    # llama.cpp rounds what goes into a product too, so the whole text would differ. Any letter at random has -4.
    [first] = by_llama_cpp(llama_cpp(tmp_path / "small.gguf"), ids, count=1)
    assert first["id"] == scores.argmax()
    assert first["logprob"] == pytest.approx(scores.max().item(), abs=0.3)
