"""Models into GGUF files and back: equal weights, equal ids, and a clear error for what the format cannot hold."""

import dataclasses
import re
from functools import cache

import gguf
import numpy as np
import pytest
import sentencepiece
import torch
from configs import COMPANIONS, FIELDS, changes_of
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from models import LLAMA3_SCALING, our_config, random_model
from sentencepiece_models import trained

import lessons_lib
from lessons_lib import ModelConfig, Transformer
from lessons_lib.checkpoint.gguf.export import FILE_TYPES, architecture_of, save_gguf
from lessons_lib.formats.gguf import load_gguf
from lessons_lib.tokenizer import ByteLevel, ChatTemplate, Tokenizer, load_tokenizer
from lessons_lib.tokenizer.formats.gguf_fields import gguf_fields
from lessons_lib.tokenizer.formats.sentencepiece_file import load_sentencepiece

LLAMA3 = LLAMA3_SCALING | {"factor": 32.0, "original_max_position_embeddings": 8192}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32, "beta_fast": 16.0, "beta_slow": 2.0}
QKV_BIAS = {"attention_bias": True, "attention_output_bias": False}
CONFIGS = {
    "llama": ("llama", {}),
    "llama, tied": ("llama", {"tie_word_embeddings": True, "bos_token_id": 3, "eos_token_id": (5, 7, 11)}),
    "llama, all biases": ("llama", {"attention_bias": True, "mlp_bias": True}),
    "llama, llama3 scaling": ("llama", {"rope_scaling": LLAMA3, "rope_theta": 5e5}),
    "llama, linear scaling": ("llama", {"rope_scaling": {"rope_type": "linear", "factor": 3.0}}),
    "llama, yarn scaling": ("llama", {"rope_scaling": YARN}),
    "qwen2": ("qwen2", QKV_BIAS | {"hidden_size": 60, "rope_theta": 1e6}),
    "qwen2, a matrix not square": ("llama", QKV_BIAS),
    "qwen3": ("qwen3", {"qk_norm": "before", "rms_norm_eps": 1e-6}),
}


@cache
def tokenizer(size: int = 90) -> Tokenizer:
    """A byte-level tokenizer of few tokens, which is of the family that may lack bytes."""
    tokens = [bytes([byte]) for byte in range(40, 40 + size - 3)] + [b"()"]
    template = ChatTemplate("{% for m in messages %}<|im_start|>{{ m.content }}{% endfor %}")
    return Tokenizer(
        ByteLevel([*tokens, None, None], [((0, 1), size - 3)], split="smollm2"),
        special_tokens={"<|im_start|>": size - 2, "<tool>": size - 1},
        visible=["<tool>"],
        bos_token_id=size - 2,
        pad_token_id=4,
        chat_template=template,
    )


@pytest.mark.parametrize("name", CONFIGS)
def test_a_model_is_read_back_bit_for_bit(name, tmp_path):
    architecture, changes = CONFIGS[name]
    model = random_model(**changes)
    save_gguf(model, tokenizer(), tmp_path / "model.gguf")
    metadata = load_gguf(tmp_path / "model.gguf").metadata
    assert metadata["general.architecture"] == architecture == architecture_of(model.config)
    again, _ = lessons_lib.load(tmp_path / "model.gguf")
    bos = model.config.bos_token_id or tokenizer().bos_token_id
    assert again.config == dataclasses.replace(model.config, bos_token_id=bos)
    state = again.state_dict()
    assert state.keys() == model.state_dict().keys()
    for part, weights in model.state_dict().items():
        assert torch.equal(state[part], weights), part


def test_rows_for_interleaved_pairs_are_written_as_they_are(tmp_path):
    model = random_model(rope_pairing="interleaved")
    save_gguf(model, tokenizer(), tmp_path / "model.gguf")
    query = model.model.layers[1].self_attn.q_proj.weight
    assert torch.equal(load_gguf(tmp_path / "model.gguf")["blk.1.attn_q.weight"], query)
    again, _ = lessons_lib.load(tmp_path / "model.gguf")
    assert again.config.rope_pairing == "interleaved"
    assert torch.equal(again.model.layers[1].self_attn.q_proj.weight, query)


@pytest.mark.parametrize("type_name", FILE_TYPES)
def test_every_type_stores_what_the_gguf_package_stores(type_name, tmp_path):
    sizes = {"hidden_size": 96, "intermediate_size": 160, "head_dim": 32}
    model = random_model(**sizes, attention_bias=True)
    save_gguf(model, tokenizer(), tmp_path / "model.gguf", type_name)
    file, reader = load_gguf(tmp_path / "model.gguf"), gguf.GGUFReader(tmp_path / "model.gguf")
    again, _ = lessons_lib.load(tmp_path / "model.gguf")
    for tensor in reader.tensors:
        ends = tensor.name in ("token_embd.weight", "output.weight") and type_name.startswith("Q4")
        expected = "F32" if len(tensor.shape) == 1 else "Q8_0" if ends else type_name
        assert tensor.tensor_type.name == file.types[tensor.name] == expected
    up = model.model.layers[2].mlp.up_proj.weight.detach().numpy()
    kind = gguf.GGMLQuantizationType[type_name]
    rounded = gguf.dequantize(gguf.quantize(up, kind), kind)
    np.testing.assert_array_equal(again.model.layers[2].mlp.up_proj.weight.detach().numpy(), rounded)
    assert torch.equal(again.model.norm.weight, model.model.norm.weight)
    assert (
        reader.fields["general.file_type"].contents()
        == gguf.LlamaFileType[f"{'ALL' if type_name == 'F32' else 'MOSTLY'}_{type_name}"]
    )


@pytest.fixture(scope="module")
def read_back(tmp_path_factory) -> Tokenizer:
    path = tmp_path_factory.mktemp("read") / "model.gguf"
    save_gguf(random_model(eos_token_id=8), tokenizer(), path)
    return lessons_lib.load(path)[1]


@settings(max_examples=examples(50), derandomize=True, deadline=None)
@given(text=st.text(st.characters(min_codepoint=40, max_codepoint=126), max_size=30))
def test_a_byte_level_tokenizer_is_read_back(text, read_back):
    ours, again = tokenizer(), read_back
    for allow in (False, True):
        for marked in (text, f"{text}<|im_start|>{text}<tool>"):
            ids = ours.encode(marked, allow_special=allow)
            assert again.encode(marked, allow_special=allow) == ids
            assert again.decode(ids, skip_special_tokens=True) == ours.decode(ids, skip_special_tokens=True)


def test_what_stands_around_the_text_is_read_back_too(read_back):
    ours, again = tokenizer(), read_back
    assert again.special_tokens == ours.special_tokens
    assert again.visible == ours.visible
    assert (again.bos_token_id, again.eos_token_ids, again.pad_token_id) == (88, [8], 4)
    assert again.adds_bos is ours.adds_bos is False
    assert again.chat_template.source == ours.chat_template.source
    assert again.encoder.merges == ours.encoder.merges
    assert again.vocab_size == 97  # as many as the embedding has rows; those beyond ours stand for nothing
    with pytest.raises(ValueError, match="unused"):
        again.decode([96])


def test_a_sentencepiece_tokenizer_is_read_back(tmp_path):
    texts = ["the cat sat on the mat, and the dog sat too", "two  spaces, 12 and 345; naïve"] * 9
    (tmp_path / "a.model").write_bytes(trained(texts, 300, user_defined_symbols=["<sep>"]))
    ours = load_sentencepiece(tmp_path / "a.model")
    save_gguf(random_model(vocab_size=ours.vocab_size + 4), ours, tmp_path / "model.gguf")
    _, again = lessons_lib.load(tmp_path / "model.gguf")
    peer = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "a.model"))
    for text in [*texts[:2], "", " ", "the   sat<sep>the", "\N{CAT FACE}\n\t", "<s> the <unk>"]:
        assert again.encode(text) == ours.encode(text) == peer.encode(text)
        assert again.encode(text, allow_special=True) == ours.encode(text, allow_special=True)
    assert again.special_tokens == ours.special_tokens
    assert again.encoder.scores[: ours.vocab_size] == list(ours.encoder.scores)
    assert (again.bos_token_id, again.eos_token_ids, again.adds_bos) == (1, [2], True)


def test_the_real_tokenizer_has_the_same_fields_as_the_published_file():
    published = load_gguf(lessons_lib.assets.fetch("smollm2-135m-instruct")).metadata
    fields = gguf_fields(load_tokenizer("smollm2"), 49152)
    assert len(fields) == 9
    for key, value in fields.items():
        if key.endswith("token_type"):
            assert value.tolist() == published[key].tolist()
        else:
            assert value == published[key], key


SMALL = ("size", "token")


@pytest.mark.parametrize("field", [n for n, f in FIELDS.items() if f.metadata["kind"] not in SMALL or n in COMPANIONS])
def test_a_field_is_read_back_or_named(field, tmp_path):
    """A size or a switch that is dropped would make another model."""
    config = our_config(**changes_of(field))
    try:
        architecture = architecture_of(config)
    except ValueError as error:
        named = re.fullmatch(r"ModelConfig\.(\w+): got (.*), allowed (.*) in a GGUF file", str(error))
        assert named and named[1] in FIELDS and named[2] != named[3]
        return
    torch.manual_seed(0)
    save_gguf(Transformer(config), tokenizer(), tmp_path / "model.gguf")
    assert load_gguf(tmp_path / "model.gguf").metadata["general.architecture"] == architecture
    again = lessons_lib.load(tmp_path / "model.gguf")[0].config
    for name, value in vars(config).items():
        if name not in ("bos_token_id", "eos_token_id", "initializer_range"):
            close = pytest.approx(value, rel=1e-6) if isinstance(value, float | int) else value
            assert getattr(again, name) == close, name


NOT_SAID = {
    "qk_norm": {"qk_norm": "after"},
    "attention_bias": {"qk_norm": "before", "attention_bias": True},
    "attention_output_bias": {"qk_norm": "before", "attention_output_bias": True},
    "rope_pairing": {"qk_norm": "before", "rope_pairing": "interleaved"},
    "rope_scaling": {"rope_scaling": LLAMA3_SCALING},
    "eos_token_id": {"eos_token_id": [1, 2, 3, 4]},
}


@pytest.mark.parametrize("field", NOT_SAID)
def test_what_the_format_cannot_hold_is_named(field, tmp_path):
    with pytest.raises(ValueError, match=rf"^(ModelConfig\.)?(qk_norm|attention_output_bias|{field}): got ") as caught:
        save_gguf(random_model(**NOT_SAID[field]), tokenizer(), tmp_path / "model.gguf")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("scaling", "words"),
    [
        (YARN | {"attention_factor": 1.5}, "got attention_factor, allowed factor, original_max_position_embeddings"),
        (YARN | {"truncate": False}, "got truncate, allowed"),
        (LLAMA3 | {"low_freq_factor": 2.0}, "allowed for llama3, in a Llama-like model"),
    ],
)
def test_rotary_scaling_that_the_format_cannot_hold_is_named(scaling, words, tmp_path):
    with pytest.raises(ValueError, match=rf"ModelConfig\.rope_scaling: .*{words}"):
        save_gguf(random_model(rope_scaling=scaling, rope_theta=5e5), tokenizer(), tmp_path / "model.gguf")


def test_other_arguments_that_do_not_fit_are_named(tmp_path):
    path = tmp_path / "model.gguf"
    with pytest.raises(ValueError, match=r"type_name: got 'Q6_K', allowed F32, F16, Q4_0, Q4_1, Q8_0, BF16"):
        save_gguf(random_model(), tokenizer(), path, "Q6_K")
    with pytest.raises(ValueError, match="tokenizer: got 99 tokens, allowed at most 97"):
        save_gguf(random_model(), tokenizer(99), path)
    with pytest.raises(ValueError, match=r"row length: got 36, allowed a multiple of 32 for Q8_0"):
        save_gguf(random_model(), tokenizer(), path, "Q8_0")
    odd = Tokenizer(ByteLevel([bytes([byte]) for byte in range(90)], split="gpt2", whole_pieces=True))
    with pytest.raises(ValueError, match=r"encoder: got \('gpt2', False, True\), allowed"):
        save_gguf(random_model(), odd, path)
    assert not list(tmp_path.iterdir())


PUBLISHED = {
    **dict.fromkeys(("smollm2-135m", "smollm2-360m", "tinyllama-1.1b", "llama-2-7b", "llama-3-8b"), "llama"),
    **dict.fromkeys(("llama-3.1-8b", "llama-3.2-1b", "llama-3.2-3b", "mistral-7b-v0.3", "mixtral-8x7b"), "llama"),
    **dict.fromkeys(("qwen2.5-0.5b", "qwen2.5-7b"), "qwen2"),
    **dict.fromkeys(("deepseek-v2-lite", "deepseek-v3"), "deepseek2"),
    **dict.fromkeys(("llama-4-scout", "llama-4-maverick"), "llama4"),
    **{"gpt2": "gpt2", "qwen3-0.6b": "qwen3", "qwen3-30b-a3b": "qwen3moe"},
    **{"gemma-2-2b": "gemma2", "gemma-3-1b": "gemma3", "mistral-7b-v0.1": "layer_types", "opt-6.7b": "hidden_act"},
    **{name: name for name in ("bloom", "command-r", "dbrx")},
    **dict.fromkeys(("olmo-2-7b", "olmo-3-7b"), "olmo2"),
    **dict.fromkeys(("gpt-oss-20b", "gpt-oss-120b"), "gpt-oss"),
    **{"gpt-neox-20b": "norm_placement", "falcon-7b": "falcon", "phi-2": "phi2", "phi-3-mini-4k": "layer_types"},
    **{"stablelm-3b-4e1t": "stablelm", "starcoder": "gpt2", "gemma-2b": "gemma", "smollm3-3b": "smollm3"},
    **{"glm-4-9b-0414": "glm4", "qwen1.5-moe-a2.7b": "qwen2moe", "olmoe-1b-7b": "olmoe", "glm-4.5-air": "glm4moe"},
    **{"minimax-m2": "minimax-m2", "mamba-2.8b": "mamba", "lfm2-1.2b": "lfm2", "nemotron-h-8b": "nemotron_h"},
    **{"jamba-v0.1": "jamba", "qwen3-next-80b-a3b": "qwen3next"},
}


@pytest.mark.parametrize("name", ModelConfig.presets(every=True))
def test_published_configs_are_the_architectures_that_llama_cpp_calls_them(name):
    config, said = ModelConfig.preset(name), PUBLISHED[name]
    if said in FIELDS:
        with pytest.raises(ValueError, match=rf"^ModelConfig\.{said}: got .* allowed .* in a GGUF file$"):
            architecture_of(config)
    else:
        assert architecture_of(config) == said
