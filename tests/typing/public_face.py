"""The library's public face as an editor or a type checker sees it; mypy reads this file, nothing runs it."""

from collections.abc import Iterator
from typing import assert_type

import lessons_lib
from lessons_lib import ModelConfig, Transformer
from lessons_lib.apps.embedding import SentenceEncoder, load_encoder
from lessons_lib.apps.retrieval import BM25, Chunk, Hit, Index, chunk
from lessons_lib.apps.tools import Result, Toolbox
from lessons_lib.generation import (
    Answer,
    Chat,
    Constraint,
    Engine,
    Handle,
    Request,
    Sampler,
    Token,
    generate,
    generate_batch,
    regex,
    stream,
)
from lessons_lib.layers import quantize
from lessons_lib.tokenizer import Tokenizer, load_tokenizer, train_bpe

model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
assert_type(model, Transformer)
assert_type(tokenizer, Tokenizer)

ids = tokenizer.encode("The sun is shining, and the sky is")
assert_type(ids, list[int])
assert_type(tokenizer.decode(ids), str)
assert_type(tokenizer.encode_chat([{"role": "user", "content": "Hello"}]), list[int])
assert_type(tokenizer.encode_chat([], return_mask=True), tuple[list[int], list[bool]])
assert_type(generate(model, ids, max_new_tokens=32, temperature=0.8, top_p=0.95, seed=0), Iterator[int])
assert_type(stream(model, tokenizer, "The sun", max_new_tokens=32), Iterator[str])
assert_type(generate_batch(model, [Request(ids)], tokenizer), Iterator[tuple[int, Token]])
assert_type(regex("a+"), Constraint)
assert_type(stream(model, tokenizer, "a", constraint=regex("a+")), Iterator[str])
assert_type(Chat(model, tokenizer).say("Why is the sky blue?"), Iterator[str])

assert_type(Engine(model, tokenizer, slots=4).submit(Request(ids)), Handle)
assert_type(Engine(model).submit(Request(ids)).result(), Answer)

assert_type(load_tokenizer("llama4"), Tokenizer)
assert_type(train_bpe(["low lower lowest"], vocab_size=260), Tokenizer)

config = ModelConfig.preset("llama-3.2-1b")
assert_type(config, ModelConfig)
assert_type(config.hidden_size, int)
assert_type(Transformer(config), Transformer)
assert_type(quantize(model, bits=4), Transformer)
lessons_lib.save_pretrained(model, "my-model", tokenizer)

assert_type(load_encoder(), SentenceEncoder)
assert_type(chunk("a text", size=10), list[Chunk])
assert_type(BM25([("a", "a text")]).search("text"), list[Hit])
assert_type(Toolbox([len]).call("len", {}), Result)
assert_type(Index("folder").search([0.1, 0.2]), list[Hit])

generate(model, "a text")  # type: ignore[arg-type]
lessons_lib.load(7)  # type: ignore[arg-type]
train_bpe(["low"], vocab_size="260")  # type: ignore[arg-type]
generate(model, ids, temprature=0.8)  # type: ignore[call-arg]
stream(model, tokenizer, "a text", top_k="5")  # type: ignore[arg-type]
Sampler(0.8)  # type: ignore[call-arg]
