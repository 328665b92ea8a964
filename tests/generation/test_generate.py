"""The loop: greedy ids, stop tokens and strings, limits, cancelling, and clear errors."""

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given
from models import SIZES, our_config, our_copy, random_model, reference_llama

from lessons_lib.generation import KVCache, LogitsError, generate, loop, stream
from lessons_lib.generation.compiled import DecodeStep, applies
from lessons_lib.generation.loop import hold_back
from lessons_lib.tokenizer import load_tokenizer

PROMPT = [5, 17, 2, 88, 41]


class Letters:
    """A stand-in tokenizer: token 1 is "b", token 2 "c" ..., and a chat is its last content."""

    def encode(self, text):
        return [ord(letter) - 97 for letter in text]

    def encode_chat(self, messages):
        return self.encode(messages[-1]["content"])

    def stream_decoder(self):
        return self

    def push(self, token):
        return chr(97 + token)

    def flush(self):
        return ""


@pytest.mark.parametrize("prompt", ["The sun", "", "Sun 🌞, sun"])
def test_a_continuation_keeps_the_space_that_only_a_text_drops(prompt):
    tokenizer = load_tokenizer("mistral-v1")
    ids = tokenizer.encode(prompt)
    new = tokenizer.encode("is shining 🌞")
    pieces = list(loop._texts(tokenizer, ids, iter(new)))
    assert prompt + "".join(pieces) == tokenizer.decode(ids + new) == (prompt + " is shining 🌞").lstrip()


def slow_greedy(model, ids, count):
    """Greedy decoding that reads the whole text again for every token."""
    ids = list(ids)
    with torch.no_grad():
        for _ in range(count):
            ids.append(int(model(torch.tensor([ids]))[0, -1].argmax()))
    return ids[-count:]


@pytest.mark.parametrize("changes", [{}, {"attention_bias": True}, {"rope_pairing": "interleaved"}], ids=str)
def test_greedy_equals_recomputing_everything(changes):
    model = random_model(**changes)
    assert applies(model) == (not changes.get("attention_bias", False))
    assert list(generate(model, PROMPT, 40, stop_token_ids=())) == slow_greedy(model, PROMPT, 40)


def test_greedy_equals_transformers():
    reference = reference_llama()
    expected = reference.generate(torch.tensor([PROMPT]), max_new_tokens=64, min_new_tokens=64, do_sample=False)
    assert list(generate(our_copy(reference, our_config()), PROMPT, 64, stop_token_ids=())) == expected[0, 5:].tolist()


@pytest.mark.parametrize("pairing", ["half", "interleaved"])
@torch.no_grad()
def test_the_compiled_step_equals_the_plain_pass(pairing):
    model = random_model(rope_pairing=pairing)
    step, plain, compiled = DecodeStep(model), KVCache(model.config), KVCache(model.config)
    for token in torch.randint(97, (100,), generator=torch.Generator().manual_seed(4)).tolist():
        expected = model(torch.tensor([[token]]), plain)[:, -1]
        torch.testing.assert_close(step(token, compiled), expected, atol=2e-5, rtol=0)
    assert plain.length == compiled.length == 100
    for name in ("keys", "values"):
        ours, theirs = (getattr(cache, name)[..., :100, :] for cache in (compiled, plain))
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)


def test_the_compiled_step_refuses_what_it_cannot_do():
    with pytest.raises(ValueError, match="no biases"):
        DecodeStep(random_model(attention_bias=True))
    with pytest.raises(ValueError, match="float32"):
        DecodeStep(random_model().double())
    model = random_model()
    cache = KVCache(model.config, max_length=2)
    cache.length = 2
    with pytest.raises(ValueError, match="got 3 tokens, allowed 2"):
        DecodeStep(model)(1, cache)
    for token in (-1, 97):
        with pytest.raises(ValueError, match=f"token_id: got {token}, allowed 0 to 96"):
            DecodeStep(model)(token, KVCache(model.config))
    for other in ({"head_dim": 12}, {"num_key_value_heads": 3}, {"num_hidden_layers": 2}):
        with pytest.raises(ValueError, match="KVCache: got"):
            DecodeStep(model)(1, KVCache(our_config(**other)))
    for wrong in ({"batch_size": 2}, {"dtype": torch.float64}):
        with pytest.raises(ValueError, match="KVCache: got"):
            DecodeStep(model)(1, KVCache(model.config, **wrong))


def test_the_same_seed_gives_the_same_tokens_and_another_seed_others():
    model = random_model()
    runs = [list(generate(model, PROMPT, 30, temperature=1.0, seed=seed, stop_token_ids=())) for seed in (3, 3, 4)]
    assert runs[0] == runs[1] != runs[2]


def test_a_stop_token_ends_the_text_and_is_not_given_out():
    model = random_model()
    ids = list(generate(model, PROMPT, 30, stop_token_ids=()))
    end = next(i for i in range(3, 30) if ids[i] not in ids[:i])
    assert list(generate(model, PROMPT, 30, stop_token_ids=[ids[end]])) == ids[:end]
    with_end = random_model(eos_token_id=[ids[end]])
    assert list(generate(with_end, PROMPT, 30)) == ids[:end]


def test_it_stops_where_the_context_is_full():
    model = random_model()
    assert len(list(generate(model, PROMPT, 10_000, stop_token_ids=()))) == 128 - 5
    assert list(generate(model, PROMPT, 0)) == []


def test_tokens_are_computed_only_when_asked_for(monkeypatch):
    model, calls = random_model(), []
    monkeypatch.setattr(loop, "applies", lambda model: False)
    model.register_forward_hook(lambda *_: calls.append(1))
    tokens = generate(model, PROMPT, 30, stop_token_ids=())
    assert calls == []
    next(tokens), next(tokens)
    assert len(calls) == 2
    assert torch.is_grad_enabled()


@pytest.mark.parametrize(
    ("ids", "settings", "message"),
    [
        ([], {}, "token_ids: got 0 tokens, allowed 1 to 127"),
        ([1] * 128, {}, "token_ids: got 128 tokens, allowed 1 to 127"),
        ([1, 97], {}, "token_ids: got 97, allowed 0 to 96"),
        ([-1], {}, "token_ids: got -1, allowed 0 to 96"),
        ([1], {"max_new_tokens": -1}, "max_new_tokens: got -1"),
        ([1], {"temperature": -1.0}, "temperature: got -1.0"),
        ([1], {"top_k": 0}, "top_k: got 0"),
    ],
)
def test_bad_input_is_named_at_once(ids, settings, message):
    with pytest.raises(ValueError, match=message):
        generate(random_model(), ids, **settings)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_model_that_breaks_down_is_reported(temperature):
    model = random_model()
    model.model.norm.weight.data[3] = torch.nan
    with pytest.raises(LogitsError, match="nan"):
        next(generate(model, PROMPT, temperature=temperature))


def test_streamed_text_is_the_decoded_ids():
    model, tokenizer = random_model(), Letters()
    ids = list(generate(model, tokenizer.encode("hello"), 30))
    assert "".join(stream(model, tokenizer, "hello", 30)) == "".join(map(tokenizer.push, ids))
    chat = [{"role": "user", "content": "hello"}]
    assert "".join(stream(model, tokenizer, chat, 30)) == "".join(map(tokenizer.push, ids))
    with pytest.raises(ValueError, match="stop: got an empty string"):
        stream(model, tokenizer, "hello", stop=[""])


def first_stop(text: str, stop: list[str]) -> str:
    """The text before the stop string that is complete first: tried at every length."""
    for end in range(len(text) + 1):
        starts = [end - len(s) for s in stop if text[:end].endswith(s)]
        if starts:
            return text[: min(starts)]
    return text


@given(
    st.lists(st.text("ab", max_size=4), max_size=12),
    st.lists(st.text("ab", min_size=1, max_size=4), max_size=3),
)
def test_stop_strings_across_any_borders(pieces, stop):
    given_out = list(hold_back(iter(pieces), stop))
    assert "".join(given_out) == first_stop("".join(pieces), stop)
    assert all(given_out)


def test_exactly_the_start_of_a_stop_string_is_held_back():
    assert list(hold_back(iter(["abc", "d", "xab", "cz"]), ["abcX"])) == ["abcd", "x", "abcz"]
    assert list(hold_back(iter(["ab", "ab", "abc"]), ["ababc"])) == ["ab"]
    assert list(hold_back(iter(["aaa", "b"]), [])) == ["aaa", "b"]


def test_the_test_prompt_fits_the_test_model():
    assert max(PROMPT) < SIZES["vocab_size"]
