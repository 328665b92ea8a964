"""Everyday mistakes with the public face: each is answered by one line that names the argument, the value and the rule.

One entry a mistake: what is called, and how the line begins. None may reach the inner parts, whose errors speak of
tensors and dispatch; none may be guessed away.
"""

import numpy as np
import pytest
import torch
from models import random_model

import lessons_lib
from lessons_lib import ModelConfig, Transformer
from lessons_lib.generation import (
    Chat,
    KVCache,
    ModelDraft,
    NGramDraft,
    PromptCache,
    Request,
    Sampler,
    beam_search,
    generate,
    generate_batch,
    speculate,
    stream,
)
from lessons_lib.layers import quantize
from lessons_lib.tokenizer import ByteLevel, Tokenizer, load_tokenizer, train_bpe
from lessons_lib.tokenizer.chat import ChatTemplate

MODEL = random_model(vocab_size=260)
TOKENIZER = Tokenizer(
    ByteLevel([bytes([byte]) for byte in range(256)], merges=[], split="gpt2"),
    special_tokens={"<|a|>": 256, "<|b|>": 257},
    eos_token_ids=[257],
    chat_template=ChatTemplate("{% for m in messages %}<|a|>{{ m.content }}{% endfor %}<|b|>"),
)
PAIR = (MODEL, TOKENIZER)
ROW = torch.tensor([[5, 17]])
TEXT = "token_ids: got 'The sun', allowed token ids: tokenizer.encode_prompt(text) gives them"
NOT_WHOLE = "allowed a whole number"


class Theirs:
    """What another library's model or tokenizer looks like from here."""

    config = object()

    def encode(self, text):
        return [1]


# What stands in the place of ids: the same for every function that continues a text.
IDS = {
    "a text": ("The sun", TEXT),
    "bytes": (b"The sun", "token_ids: got b'The sun', allowed token ids"),
    "a tensor [1, T]": (ROW, "token_ids: got a Tensor of shape [1, 2] and type torch.int64, allowed one row, [T]"),
    "an array [1, T]": (ROW.numpy(), "token_ids: got a ndarray of shape [1, 2] and type int64, allowed one row, [T]"),
    "a number": (5, "token_ids: got 5, allowed a list of token ids"),
    "one id as a tensor": (
        torch.tensor(5),
        "token_ids: got a Tensor of shape [] and type torch.int64, allowed one row",
    ),
    "rows": ([[5, 17]], "token_ids[0]: got [5, 17], allowed a token id"),
    "words": (["The", "sun"], "token_ids[0]: got 'The', allowed a token id"),
    "floats": ([5, 17.0], "token_ids[1]: got 17.0, allowed a token id, a whole number"),
    "a float tensor": (torch.tensor([5.0]), "token_ids[0]: got 5.0, allowed a token id"),
    "a float array": (np.array([5.0]), "token_ids[0]: got 5.0, allowed a token id"),
    "bools": ([5, True], "token_ids[1]: got True, allowed a token id"),
    "a mask": (torch.tensor([True, False]), "token_ids[0]: got True, allowed a token id"),
    "numpy bools": ([np.bool_(True)], "token_ids[0]: got a bool of shape [] and type bool, allowed a token id"),
    "none": (None, "token_ids: got None, allowed a list of token ids"),
    "a None inside": ([5, None], "token_ids[1]: got None, allowed a token id"),
    "a dict": ({"input_ids": [5]}, "token_ids: got {'input_ids': [5]}, allowed a list of token ids"),
    "a set": ({5, 17}, "token_ids: got {5, 17}, allowed a list of token ids"),
    "messages": ([{"role": "user", "content": "Hi"}], "token_ids[0]: got {'content': 'Hi', 'role': 'user'}, allowed"),
    "nothing": ([], "token_ids: got 0 tokens, allowed 1 to 127 (the context less one)"),
    "an empty tensor": (torch.tensor([]), "token_ids: got 0 tokens"),
    "too many": ([1] * 128, "token_ids: got 128 tokens, allowed 1 to 127"),
    "a negative id": ([5, -1], "token_ids: got -1, allowed 0 to 259"),
    "an id too high": ([5, 260], "token_ids: got 260, allowed 0 to 259"),
    "a giant id": ([10**30], "token_ids: got 1000000000000000000000000000000, allowed 0 to 259"),
    "a model": (MODEL, "token_ids: got a Transformer, allowed a list of token ids"),
}
CONTINUE = {
    "generate": lambda ids: generate(MODEL, ids),
    "speculate": lambda ids: speculate(MODEL, ids, NGramDraft()),
    "beam_search": lambda ids: beam_search(MODEL, ids),
}


@pytest.mark.parametrize("mistake", IDS)
@pytest.mark.parametrize("function", [*CONTINUE, "generate_batch"])
def test_what_is_no_row_of_ids(function, mistake):
    ids, line = IDS[mistake]
    if function == "generate_batch":
        assert_named(lambda: generate_batch(MODEL, [Request([1]), Request(ids)]), f"requests[1].{line}")
    else:
        assert_named(lambda: CONTINUE[function](ids), line)


# Models and tokenizers in each other's places, and what looks like one
MODELS = {
    "a tokenizer": (TOKENIZER, "model: got a Tokenizer, allowed a Transformer: the first of the two"),
    "a name": ("smollm2-135m-instruct", "model: got 'smollm2-135m-instruct', allowed a Transformer"),
    "both": (PAIR, "model: got (a Transformer, a Tokenizer), allowed"),
    "a config": (MODEL.config, "model: got a ModelConfig, allowed a Transformer"),
    "none": (None, "model: got None, allowed a Transformer"),
    "a class": (Transformer, "model: got a type, allowed a Transformer"),
    "another library's": (Theirs(), "model: got a Theirs, allowed a Transformer"),
}
WITH_MODEL = {
    "generate": lambda m: generate(m, [5]),
    "stream": lambda m: stream(m, TOKENIZER, "Hi"),
    "generate_batch": lambda m: generate_batch(m, [Request([5])]),
    "speculate": lambda m: speculate(m, [5], NGramDraft()),
    "beam_search": lambda m: beam_search(m, [5]),
    "Chat": lambda m: Chat(m, TOKENIZER),
    "PromptCache": PromptCache,
    "ModelDraft": ModelDraft,
    "KVCache.of": KVCache.of,
    "save_pretrained": lambda m: lessons_lib.save_pretrained(m, "nowhere"),
}


@pytest.mark.parametrize("mistake", MODELS)
@pytest.mark.parametrize("function", WITH_MODEL)
def test_what_is_no_model(function, mistake):
    model, line = MODELS[mistake]
    assert_named(lambda: WITH_MODEL[function](model), line)


TOKENIZERS = {
    "a model": (MODEL, "tokenizer: got a Transformer, allowed a Tokenizer, such as the second of the two"),
    "a name": ("llama4", "tokenizer: got 'llama4', allowed a Tokenizer"),
    "both": (PAIR, "tokenizer: got (a Transformer, a Tokenizer), allowed"),
    "another library's": (Theirs(), "tokenizer: got a Theirs, allowed a Tokenizer"),
    "an encoder": (TOKENIZER.encoder, "tokenizer: got a ByteLevel, allowed a Tokenizer"),
}
WITH_TOKENIZER = {
    "generate": lambda t: generate(MODEL, [5], tokenizer=t),
    "stream": lambda t: stream(MODEL, t, "Hi"),
    "generate_batch": lambda t: generate_batch(MODEL, [Request([5])], t),
    "speculate": lambda t: speculate(MODEL, [5], NGramDraft(), tokenizer=t),
    "beam_search": lambda t: beam_search(MODEL, [5], tokenizer=t),
    "Chat": lambda t: Chat(MODEL, t),
}


@pytest.mark.parametrize("mistake", TOKENIZERS)
@pytest.mark.parametrize("function", WITH_TOKENIZER)
def test_what_is_no_tokenizer(function, mistake):
    tokenizer, line = TOKENIZERS[mistake]
    assert_named(lambda: WITH_TOKENIZER[function](tokenizer), line)


COUNTS = [None, 2.0, "5", True, [5], -1, float("nan"), np.float64(3), torch.tensor([1, 2])]


@pytest.mark.parametrize("value", COUNTS, ids=repr)
def test_what_is_no_number_of_tokens(value):
    line = "max_new_tokens: got -1, allowed 0 or more" if type(value) is int else "max_new_tokens: got "
    for call in (
        lambda: generate(MODEL, [5], value),
        lambda: stream(MODEL, TOKENIZER, "Hi", value),
        lambda: speculate(MODEL, [5], NGramDraft(), value),
        lambda: beam_search(MODEL, [5], max_new_tokens=value),
    ):
        assert_named(call, line)
    assert_named(lambda: generate_batch(MODEL, [Request([5], value)]), f"requests[0].{line}")
    assert_named(lambda: Chat(MODEL, TOKENIZER, max_new_tokens=value), "max_new_tokens: got ")


MISTAKES = {
    # ends of a text
    "stop: one string": (
        lambda: stream(MODEL, TOKENIZER, "Hi", stop="END"),
        "stop: got one string 'END', allowed a list",
    ),
    "stop: bytes": (lambda: stream(MODEL, TOKENIZER, "Hi", stop=[b"END"]), "stop: got b'END', allowed strings"),
    "stop: bytes alone": (lambda: stream(MODEL, TOKENIZER, "Hi", stop=b"END"), "stop: got 69, allowed strings"),
    "stop: ids": (lambda: stream(MODEL, TOKENIZER, "Hi", stop=[257]), "stop: got 257, allowed strings"),
    "stop: none": (lambda: stream(MODEL, TOKENIZER, "Hi", stop=None), "stop: got None, allowed a list of strings"),
    "stop: empty": (lambda: stream(MODEL, TOKENIZER, "Hi", stop=["x", ""]), "stop: got an empty string"),
    "stop: a number": (lambda: stream(MODEL, TOKENIZER, "Hi", stop=5), "stop: got 5, allowed a list of strings"),
    "stop without a tokenizer": (
        lambda: generate_batch(MODEL, [Request([5], stop=["x"])]),
        "requests[0].stop: got ['x'] without a tokenizer, allowed none",
    ),
    "stop ids: one": (lambda: generate(MODEL, [5], stop_token_ids=257), "stop_token_ids: got 257, allowed a list"),
    "stop ids: text": (
        lambda: generate(MODEL, [5], stop_token_ids="<|b|>"),
        "stop_token_ids: got '<|b|>', allowed token ids; stop takes strings",
    ),
    "stop ids: texts": (
        lambda: generate(MODEL, [5], stop_token_ids=["<|b|>"]),
        "stop_token_ids[0]: got '<|b|>', allowed",
    ),
    "stop ids: too high": (
        lambda: generate(MODEL, [5], stop_token_ids=[260]),
        "stop_token_ids: got 260, allowed 0 to 259",
    ),
    "stop ids of a chat": (lambda: Chat(MODEL, TOKENIZER, stop_token_ids=[-1]), "stop_token_ids: got -1, allowed 0 to"),
    # batches
    "a batch of texts": (
        lambda: generate_batch(MODEL, ["Hi", "Ho"], TOKENIZER),
        "requests[0]: got 'Hi', allowed requests",
    ),
    "a batch of ids": (lambda: generate_batch(MODEL, [[5], [6]]), "requests[0]: got [5], allowed requests"),
    "a text for a batch": (lambda: generate_batch(MODEL, "Hi"), "requests: got 'Hi', allowed a list of requests"),
    "one request": (lambda: generate_batch(MODEL, Request([5])), "requests: got a Request, allowed a list of requests"),
    "a tensor for a batch": (lambda: generate_batch(MODEL, ROW), "requests[0]: got a Tensor of shape [2]"),
    "no batch": (lambda: generate_batch(MODEL, None), "requests: got None, allowed a list of requests"),
    "a sampler by name": (
        lambda: generate_batch(MODEL, [Request([5], sampler="greedy")]),
        "requests[0].sampler: got 'greedy', allowed a Sampler",
    ),
    "a sampler's class": (lambda: Chat(MODEL, TOKENIZER, sampler=Sampler), "sampler: got a type, allowed a Sampler"),
    "a seed a row": (
        lambda: generate_batch(MODEL, [Request([5], sampler=Sampler(temperature=1.0, seed=[1, 2]))]),
        "requests[0].seed: got [1, 2], allowed None or one number",
    ),
    "logprobs: true": (
        lambda: generate_batch(MODEL, [Request([5], logprobs=True)]),
        f"requests[0].logprobs: got True, {NOT_WHOLE}",
    ),
    "logprobs: half": (
        lambda: generate_batch(MODEL, [Request([5], logprobs=0.5)]),
        f"requests[0].logprobs: got 0.5, {NOT_WHOLE}",
    ),
    "logprobs: too many": (
        lambda: generate_batch(MODEL, [Request([5], logprobs=261)]),
        "requests[0].logprobs: got 261",
    ),
    # settings
    "a seed too high": (lambda: generate(MODEL, [5], seed=2**64), "seed: got 18446744073709551616, allowed"),
    "a seed of text": (lambda: stream(MODEL, TOKENIZER, "Hi", seed="0"), f"seed: got '0', {NOT_WHOLE}"),
    "a temperature of text": (
        lambda: generate(MODEL, [5], temperature="0.8"),
        "temperature: got '0.8', allowed a finite",
    ),
    "no temperature": (lambda: generate(MODEL, [5], temperature=None), "temperature: got None, allowed a finite"),
    "top_k: 0": (lambda: generate(MODEL, [5], top_k=0), "top_k: got 0, allowed 1 or more"),
    "top_k: half": (lambda: speculate(MODEL, [5], NGramDraft(), top_k=2.5), f"top_k: got 2.5, {NOT_WHOLE}, 1 or more"),
    # parts of the loop
    "a draft's model": (lambda: speculate(MODEL, [5], MODEL), "draft: got a Transformer, allowed NGramDraft()"),
    "a draft's class": (lambda: speculate(MODEL, [5], NGramDraft), "draft: got a type, allowed NGramDraft()"),
    "a draft with other tokens": (
        lambda: speculate(MODEL, [5], ModelDraft(random_model())),
        "draft: got a vocabulary of 97, allowed 260",
    ),
    "no guesses": (lambda: speculate(MODEL, [5], NGramDraft(), k=0), "k: got 0, allowed 1 to 32"),
    "half a guess": (lambda: speculate(MODEL, [5], NGramDraft(), k=0.5), f"k: got 0.5, {NOT_WHOLE}, 1 to 32"),
    "n of text": (lambda: NGramDraft("3"), f"n: got '3', {NOT_WHOLE}"),
    "shortest above n": (lambda: NGramDraft(2, 3), "shortest: got 3, allowed 1 to 2"),
    "a plain cache": (
        lambda: generate(MODEL, [5], cache=KVCache.of(MODEL)),
        "cache: got a KVCache, allowed a PromptCache",
    ),
    "a switch for a cache": (
        lambda: stream(MODEL, TOKENIZER, "Hi", cache=True),
        "cache: got True, allowed a PromptCache",
    ),
    "another model's cache": (
        lambda: generate(MODEL, [5], cache=PromptCache(random_model())),
        "cache: got that of another model, allowed this model's",
    ),
    "room of text": (lambda: PromptCache(MODEL, "64"), f"max_length: got '64', {NOT_WHOLE}, 1 to 128"),
    "room beyond the context": (lambda: KVCache.of(MODEL, 1, 129), "max_length: got 129, allowed 1 to 128"),
    "no rows": (lambda: KVCache.of(MODEL, 0), "batch_size: got 0, allowed 1 or more"),
    "no beams": (lambda: beam_search(MODEL, [5], 0), "num_beams: got 0, allowed 1 or more"),
    "half a beam": (lambda: beam_search(MODEL, [5], 2.5), f"num_beams: got 2.5, {NOT_WHOLE}"),
    "no penalty": (lambda: beam_search(MODEL, [5], length_penalty=None), "length_penalty: got None, allowed -50 to 50"),
    # text and chats
    "stream: ids": (lambda: stream(MODEL, TOKENIZER, [5, 17]), "messages[0]: got 5, allowed"),
    "stream: a tensor": (lambda: stream(MODEL, TOKENIZER, torch.tensor([5])), "messages"),
    "stream: none": (lambda: stream(MODEL, TOKENIZER, None), "messages: got None, allowed a list of"),
    "stream: bytes": (lambda: stream(MODEL, TOKENIZER, b"Hi"), "messages"),
    "stream: one message": (
        lambda: stream(MODEL, TOKENIZER, {"role": "user", "content": "Hi"}),
        "messages: got {'content': 'Hi', 'role': 'user'}, allowed a list of",
    ),
    "an empty text": (lambda: stream(MODEL, TOKENIZER, ""), "token_ids: got 0 tokens"),
    "a chat as text": (lambda: TOKENIZER.encode_chat("Hi"), "messages: got 'Hi', allowed a list of"),
    "a chat of texts": (lambda: TOKENIZER.encode_chat(["Hi"]), "messages[0]: got 'Hi', allowed"),
    "a message without a role": (lambda: TOKENIZER.encode_chat([{"content": "Hi"}]), "messages[0]"),
    "a message without a content": (lambda: TOKENIZER.encode_chat([{"role": "user"}]), "messages[0]"),
    "a role that is none": (
        lambda: TOKENIZER.encode_chat([{"role": None, "content": "Hi"}]),
        "messages[0].role: got None",
    ),
    "a content of ids": (
        lambda: TOKENIZER.encode_chat([{"role": "user", "content": [5]}]),
        "messages[0].content: got ",
    ),
    "a chat without a template": (
        lambda: Chat(MODEL, Tokenizer(TOKENIZER.encoder)),
        "tokenizer: got one without a chat template, allowed one that can lay out messages",
    ),
    "a system that is a message": (
        lambda: Chat(MODEL, TOKENIZER, {"role": "system", "content": "Hi"}),
        "system: got {",
    ),
    "saying a message": (
        lambda: Chat(MODEL, TOKENIZER).say({"role": "user"}),
        "text: got {'role': 'user'}, allowed a str",
    ),
    "saying nothing": (lambda: Chat(MODEL, TOKENIZER).say(None), "text: got None, allowed a str"),
    "undo before a word": (lambda: Chat(MODEL, TOKENIZER).undo(), "undo: got a conversation of 0 turns"),
    # the tokenizer
    "encode: none": (lambda: TOKENIZER.encode(None), "text: got None, allowed a str"),
    "encode: bytes": (lambda: TOKENIZER.encode(b"Hi"), "text: got b'Hi', allowed a str"),
    "encode: several": (lambda: TOKENIZER.encode(["Hi"]), "text: got ['Hi'], allowed a str"),
    "encode: ids": (lambda: TOKENIZER.encode_prompt([5]), "text: got [5], allowed a str"),
    "encode: a lone surrogate": (lambda: TOKENIZER.encode("\ud800"), "text: "),
    "a batch of one text": (lambda: TOKENIZER.encode_batch("Hi"), "texts: got one str, allowed several"),
    "no batch of texts": (lambda: TOKENIZER.encode_batch(None), "texts: got None, allowed several"),
    "bytes of text": (lambda: TOKENIZER.encode_bytes("Hi"), "data: got 'Hi', allowed bytes"),
    "decode: text": (lambda: TOKENIZER.decode("Hi"), "ids: got 'Hi', allowed token ids"),
    "decode: one id": (lambda: TOKENIZER.decode(5), "ids: got 5, allowed a list of token ids"),
    "decode: none": (lambda: TOKENIZER.decode(None), "ids: got None, allowed a list of token ids"),
    "decode: rows": (lambda: TOKENIZER.decode([[5]]), "ids[0]: got [5], allowed a token id"),
    "decode: a tensor [1, T]": (lambda: TOKENIZER.decode(ROW), "ids: got a Tensor of shape [1, 2]"),
    "decode: floats": (lambda: TOKENIZER.decode([5.0]), "ids[0]: got 5.0, allowed a token id"),
    "decode: bools": (lambda: TOKENIZER.decode([True]), "ids[0]: got True, allowed a token id"),
    "decode: too high": (lambda: TOKENIZER.decode([258]), "token id: got 258, allowed 0 to 257"),
    "decode: negative": (lambda: TOKENIZER.decode([-1]), "token id: got -1, allowed 0 to 257"),
    "bytes of a text id": (lambda: TOKENIZER.token_bytes("5"), f"token id: got '5', {NOT_WHOLE}, 0 to 257"),
    "bytes of half an id": (lambda: TOKENIZER.token_bytes(5.0), f"token id: got 5.0, {NOT_WHOLE}, 0 to 257"),
    "a stream of text": (lambda: TOKENIZER.stream_decoder().push("5"), f"token id: got '5', {NOT_WHOLE}"),
    "no tokenizer of that name": (lambda: load_tokenizer("lama4"), "tokenizer: got 'lama4', allowed gpt2, "),
    "a tokenizer from nothing": (lambda: load_tokenizer(None), "tokenizer: got None, allowed a path"),
    # models
    "no such preset": (lambda: ModelConfig.preset("lama"), "preset: got 'lama', allowed "),
    "a preset that is none": (lambda: ModelConfig.preset(None), "preset: got None, allowed "),
    "a model of a dict": (
        lambda: Transformer({"vocab_size": 5}),
        "config: got {'vocab_size': 5}, allowed a ModelConfig",
    ),
    "a model of a name": (lambda: Transformer("llama-3.2-1b"), "config: got 'llama-3.2-1b', allowed a ModelConfig"),
    "forward: a list": (lambda: MODEL([[5]]), "token_ids: got [[5]], allowed a tensor"),
    "forward: a row": (lambda: MODEL(torch.tensor([5])), "token_ids: got shape [1], allowed [B, T]"),
    "forward: floats": (lambda: MODEL(torch.tensor([[5.0]])), "token_ids: got type torch.float32, allowed"),
    "forward: bools": (lambda: MODEL(torch.tensor([[True]])), "token_ids: got type torch.bool, allowed"),
    "forward: too high": (lambda: MODEL(torch.tensor([[260]])), "token_ids: got 260, allowed 0 to 259"),
    "bits of text": (lambda: quantize(random_model(), bits="8"), "bits: got '8', allowed 4 or 8"),
    "quantising a name": (lambda: quantize("smollm2-135m-instruct"), "model: got 'smollm2-135m-instruct', allowed"),
    "saving to nothing": (lambda: lessons_lib.save_pretrained(MODEL, None), "folder: got None, allowed a path"),
    "saving a tokenizer's name": (
        lambda: lessons_lib.save_pretrained(MODEL, "nowhere", "llama4"),
        "tokenizer: got 'llama4', allowed",
    ),
    "training without texts": (lambda: train_bpe(None, 260), "source: got NoneType, allowed texts"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_an_everyday_mistake(mistake):
    assert_named(*MISTAKES[mistake])


def assert_named(call, line):
    """The call is answered at once, by one line that begins so."""
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        call()
    said = str(caught.value)
    assert said.startswith(line) and "\n" not in said and len(said) < 400, said


# And what is no mistake


def test_ids_in_all_their_usual_forms_give_the_same():
    expected = list(generate(MODEL, [5, 17], 6))
    arrays = [np.array([5, 17], kind) for kind in (np.int64, np.int32, np.uint8, np.uint64)]
    tensors = [torch.tensor([5, 17], dtype=kind) for kind in (torch.int64, torch.int32, torch.uint8)]
    mixed = [(5, 17), [np.int64(5), torch.tensor(17)], range(5, 18, 12), iter([5, 17]), (i for i in (5, 17))]
    for ids in arrays + tensors + mixed:
        assert list(generate(MODEL, ids, np.int64(6))) == expected
    for ids in arrays + tensors + mixed[:3]:
        assert TOKENIZER.decode(ids) == "\x05\x11"
        [*tokens, _] = generate_batch(MODEL, [Request(ids, 6)])
        assert [token.id for _, token in tokens] == expected
    assert list(generate(MODEL, [5, 17], 6, stop_token_ids={int(expected[2])})) == expected[:2]
    assert list(generate(MODEL, [5, 17], 6, stop_token_ids=torch.tensor(expected[2:3]))) == expected[:2]


def test_a_request_may_be_used_again_and_messages_may_come_from_anywhere():
    messages = [{"role": "user", "content": "Hi"}, {"role": "user", "content": "Ho"}]
    expected = TOKENIZER.encode_chat(messages)
    assert expected == TOKENIZER.encode_chat(m for m in messages) == TOKENIZER.encode_chat(tuple(messages))
    assert list(stream(MODEL, TOKENIZER, (m for m in messages), 5)) == list(stream(MODEL, TOKENIZER, messages, 5))
    request = Request(np.array([5, 17]), 6)
    assert list(generate_batch(MODEL, (r for r in [request]))) == list(generate_batch(MODEL, [request]))
