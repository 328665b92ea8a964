"""The real SmolLM2-135M-Instruct: our code, on the file's weights, against transformers on the same weights."""

import pytest
import torch
from models import torchs_product
from texts import TEXTS
from transformers import LlamaConfig, LlamaForCausalLM

import lessons_lib
from lessons_lib import Transformer
from lessons_lib.assets import fetch
from lessons_lib.checkpoint import load_gguf
from lessons_lib.checkpoint.gguf.model import tensors_from_gguf
from lessons_lib.checkpoint.gguf.names import hugging_face_name
from lessons_lib.checkpoint.pretrained import fill
from lessons_lib.generation import KVCache, beam_search, generate


@pytest.fixture(scope="module")
def reference():
    """transformers' Llama, configured from published facts and filled from the file by the `gguf` package."""
    import gguf

    config = LlamaConfig(
        vocab_size=49152,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        rms_norm_eps=1e-5,
        max_position_embeddings=8192,
        tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 100000.0},
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
    )
    state = {}
    for tensor in gguf.GGUFReader(fetch("smollm2-135m-instruct")).tensors:
        weights = gguf.dequantize(tensor.data, tensor.tensor_type).reshape(tuple(reversed(tensor.shape.tolist())))
        name = hugging_face_name(tensor.name)
        for part, heads in (("q_proj", 9), ("k_proj", 3)):
            if part in name:  # interleaved rows to half-split, as transformers' own converter writes it
                weights = weights.reshape(heads, 32, 2, 576).swapaxes(1, 2).reshape(heads * 64, 576)
        state[name] = torch.from_numpy(weights.copy())
    state["lm_head.weight"] = state["model.embed_tokens.weight"]
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
    model.load_state_dict(state, strict=False, assign=True)
    model.tie_weights()
    model.model.rotary_emb = type(model.model.rotary_emb)(config=config)
    assert not [name for name, parameter in model.named_parameters() if parameter.is_meta]
    return model.eval()


def test_config_is_the_published_one(smollm2):
    model, tokenizer = smollm2
    published = lessons_lib.ModelConfig.preset("smollm2-135m").to_dict()
    differing = {key for key, value in model.config.to_dict().items() if value != published[key]}
    assert differing == {"bos_token_id", "eos_token_id", "initializer_range"}  # the instruct model ends with <|im_end|>
    assert model.config.eos_token_id == (tokenizer.special_tokens["<|im_end|>"],)
    assert model.num_parameters() == 134_515_008


@pytest.mark.parametrize("name", TEXTS)
def test_scores_and_choices_equal_transformers(smollm2, reference, name):
    model, tokenizer = smollm2
    ids = torch.tensor([tokenizer.encode(TEXTS[name])])
    assert ids.shape[1] >= 200
    with torch.no_grad():
        fast, expected = model(ids), reference(ids).logits
        with torchs_product():
            plain = model(ids)  # the same matrix kernel as transformers, so next to no difference
    for scores, largest, mean in ((plain, 2e-4, 1e-5), (fast, 1e-3, 1e-4)):
        difference = (scores - expected).abs()
        print(f"{name}, {ids.shape[1]} tokens: largest difference {difference.max():.1e}, mean {difference.mean():.1e}")
        assert difference.max() <= largest
        assert difference.mean() <= mean
        assert torch.equal(scores.argmax(-1), expected.argmax(-1))


@pytest.mark.parametrize("name", TEXTS)
@torch.no_grad()
def test_greedy_continuations_equal_transformers(smollm2, reference, name):
    model, tokenizer = smollm2
    ids = tokenizer.encode(TEXTS[name])[:40]
    new = list(generate(model, ids, max_new_tokens=64, stop_token_ids=()))
    scores = reference(torch.tensor([ids + new])).logits[
        0
    ]  # one pass, for each choice depends on what stands before it
    assert scores[len(ids) - 1 : -1].argmax(-1).tolist() == new


@torch.no_grad()
def test_beams_equal_transformers(smollm2, reference):
    model, tokenizer = smollm2
    [end], new = model.config.eos_token_id, 12
    ids = torch.tensor([tokenizer.encode_chat([{"role": "user", "content": "Name a colour."}])])
    expected = reference.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=new, do_sample=False, num_beams=3, eos_token_id=end,
        num_return_sequences=3, pad_token_id=end,
    )[:, ids.shape[1] :].tolist()  # fmt: skip
    for beam, row in zip(beam_search(model, ids[0].tolist(), 3, new), expected, strict=True):
        assert beam.token_ids == row[: row.index(end) if end in row else new]


@torch.no_grad()
def test_cached_scores_equal_uncached_in_any_chunking(smollm2):
    model, tokenizer = smollm2
    ids = torch.tensor([tokenizer.encode(TEXTS["english"])])[:, :60]
    expected = model(ids)
    for chunks in ([60], [30, *[1] * 12, 18], [7, 53]):
        cache, parts = KVCache(model.config, max_length=60), []
        for chunk in ids.split(chunks, 1):
            parts.append(model(chunk, cache))
        torch.testing.assert_close(torch.cat(parts, 1), expected, atol=2e-4, rtol=0)
        assert torch.equal(torch.cat(parts, 1).argmax(-1), expected.argmax(-1))


@torch.no_grad()
def test_the_wrong_rotary_layout_is_caught(smollm2):
    """The rows as the file stores them, turned as half-split pairs: no error, right at position 0, wrong text."""
    model, tokenizer = smollm2
    file = load_gguf(fetch("smollm2-135m-instruct"))
    state = tensors_from_gguf(file, model.config) | {
        hugging_face_name(name): file[name] for name in file if "attn_q" in name or "attn_k" in name
    }
    wrong = Transformer(model.config).eval()
    fill(wrong, state, "wrong")
    ids = torch.tensor([tokenizer.encode(TEXTS["english"])])
    right_scores, wrong_scores = model(ids), wrong(ids)
    torch.testing.assert_close(wrong_scores[:, 0], right_scores[:, 0])
    perplexities = [
        torch.nn.functional.cross_entropy(scores[0, :-1], ids[0, 1:]).exp() for scores in (right_scores, wrong_scores)
    ]
    assert perplexities[1] > 1.3 * perplexities[0]
    assert not torch.equal(wrong_scores.argmax(-1), right_scores.argmax(-1))
