"""Generation with the real SmolLM2-135M-Instruct: what small random models might let pass."""

import pytest
import torch
from texts import TEXTS
from transformers import LlamaConfig, LlamaForCausalLM

import lessons_lib
from lessons_lib.generation import (
    Chat,
    KVCache,
    NGramDraft,
    Request,
    beam_search,
    generate,
    generate_batch,
    speculate,
)

NEW = 16


@pytest.fixture(scope="module")
def real():
    return lessons_lib.load("smollm2-135m-instruct")


@torch.no_grad()
def test_cached_scores_equal_uncached(real):
    model, tokenizer = real
    ids = torch.tensor([tokenizer.encode(TEXTS["english"])[:48]])
    expected = model(ids)
    for chunks in ([20, *[1] * 8, 20], [47, 1]):
        cache = KVCache(model.config, max_length=48)
        found = torch.cat([model(chunk, cache) for chunk in ids.split(chunks, 1)], 1)
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)
        assert torch.equal(found.argmax(-1), expected.argmax(-1))


def test_rows_of_a_batch_and_speculation_equal_single_runs(real):
    model, tokenizer = real
    prompts = [tokenizer.encode(text)[:n] for text, n in zip(TEXTS.values(), (30, 7, 19), strict=False)]
    alone = [list(generate(model, ids, NEW, stop_token_ids=())) for ids in prompts]
    together = [[] for _ in prompts]
    for i, token in generate_batch(model, [Request(ids, NEW, stop_token_ids=()) for ids in prompts]):
        together[i] += [token.id] if token.id is not None else []
    assert together == alone
    assert list(speculate(model, prompts[0], NGramDraft(2, 1), NEW, stop_token_ids=())) == alone[0]


@torch.no_grad()
def test_beams_equal_those_of_transformers(real):
    model, tokenizer = real
    shape = model.config.to_dict()
    names = ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")
    names += ("num_key_value_heads", "rms_norm_eps", "max_position_embeddings", "tie_word_embeddings")
    rope = {"rope_type": "default", "rope_theta": shape["rope_theta"]}
    config = LlamaConfig(**{name: shape[name] for name in names}, rope_parameters=rope)
    with torch.device("meta"):
        reference = LlamaForCausalLM(config).eval()
    reference.load_state_dict(model.state_dict(), assign=True)
    reference.tie_weights()
    reference.model.rotary_emb = type(reference.model.rotary_emb)(config=config)
    [end] = model.config.eos_token_id
    ids = torch.tensor([tokenizer.encode_chat([{"role": "user", "content": "Name a colour."}])])
    expected = reference.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=NEW, do_sample=False, num_beams=3, eos_token_id=end,
        num_return_sequences=3, pad_token_id=end,
    )  # fmt: skip
    for beam, row in zip(
        beam_search(model, ids[0].tolist(), 3, NEW), expected[:, ids.shape[1] :].tolist(), strict=True
    ):
        assert beam.token_ids == row[: row.index(end) if end in row else NEW]


def test_a_chat_reads_each_turn_once(real):
    model, tokenizer = real
    chat = Chat(model, tokenizer, max_new_tokens=40)
    assert "Paris" in "".join(chat.say("What is the capital of France?"))
    held = chat.cache.cache.length
    assert "Rome" in "".join(chat.say("And of Italy?"))
    assert chat.cache.reused == held
    question = tokenizer.encode_chat(chat.messages[:3])
    answer = list(generate(model, question, 40))
    assert tokenizer.decode(answer) == chat.messages[3]["content"]
