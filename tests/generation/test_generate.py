"""The loop: greedy ids, stop tokens and strings, limits, cancelling, and clear errors."""

import pytest
import torch
from models import SIZES, our_config, our_copy, random_model, reference_llama

from lessons_lib.generation import LogitsError, Request, Runner, generate, stream
from lessons_lib.generation.running_request import RunningRequest
from lessons_lib.tokenizer import load_tokenizer

PROMPT = [5, 17, 2, 88, 41]


class Letters:
    """A stand-in tokenizer: token 1 is "b", token 2 "c" ..., and a chat is its last content."""

    vocab_size, unused_ids = SIZES["vocab_size"], ()

    def encode_prompt(self, text):
        return [ord(letter) - 97 for letter in text]

    def encode_chat(self, messages):
        return self.encode_prompt(messages[-1]["content"])

    def stream_decoder(self):
        return self

    def push(self, token):
        return chr(97 + token)

    def flush(self):
        return ""


@pytest.mark.parametrize("prompt", ["The sun", "Sun 🌞, sun"])
def test_a_continuation_keeps_the_space_that_only_a_text_drops(prompt):
    tokenizer = load_tokenizer("mistral-v1")
    ids = tokenizer.encode(prompt)
    new = tokenizer.encode("is shining 🌞")
    row = RunningRequest(Request(ids), our_config(vocab_size=32000), 128, tokenizer)
    pieces, rest = [], torch.zeros(1, 32000)
    for token in new:
        pieces.append(row.choose(rest.scatter(1, torch.tensor([[token]]), 1.0)).text)
    pieces.append(row.choose(rest * torch.nan).text)
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
    assert list(generate(model, PROMPT, 40, stop_token_ids=())) == slow_greedy(model, PROMPT, 40)


def test_greedy_equals_transformers():
    reference = reference_llama()
    expected = reference.generate(torch.tensor([PROMPT]), max_new_tokens=64, min_new_tokens=64, do_sample=False)
    assert list(generate(our_copy(reference, our_config()), PROMPT, 64, stop_token_ids=())) == expected[0, 5:].tolist()


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
    forward = Runner.__call__
    monkeypatch.setattr(Runner, "__call__", lambda *args, **rest: calls.append(1) or forward(*args, **rest))
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
    ids = list(generate(model, tokenizer.encode_prompt("hello"), 30))
    assert "".join(stream(model, tokenizer, "hello", 30)) == "".join(map(tokenizer.push, ids))
    chat = [{"role": "user", "content": "hello"}]
    assert "".join(stream(model, tokenizer, chat, 30)) == "".join(map(tokenizer.push, ids))
    with pytest.raises(ValueError, match="stop: got an empty string"):
        stream(model, tokenizer, "hello", stop=[""])


def test_the_test_prompt_fits_the_test_model():
    assert max(PROMPT) < SIZES["vocab_size"]
