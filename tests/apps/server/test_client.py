"""The official client: each path answers what the library answers alone, and each error is the client's own."""

import json

import numpy as np
import openai
import pytest
import torch
from pydantic import BaseModel

from lessons_lib.apps.server.app import App
from lessons_lib.apps.server.embeddings import Embeddings
from lessons_lib.apps.server.served import Served
from lessons_lib.generation import Request, Sampler
from lessons_lib.generation.batch import run_one
from lessons_lib.layers import adapters, add_lora, sharing_weights

from .conftest import NAME, client_of, listening

ASKED = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Every head?"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a town.",
        "parameters": {"type": "object", "properties": {"town": {"enum": ["Rome", "Oslo"]}}, "required": ["town"]},
    },
}


def alone(model, tokenizer, ids, most, **settings):
    """The text and the reason of the same request by itself."""
    items = [*run_one(model, Request(ids, min(most, 512 - len(ids)), Sampler(**settings)), tokenizer)]
    return "".join(item.text for item in items), items[-1].finish_reason


def test_a_chat_is_what_the_library_says(client, model, tokenizer):
    expected = alone(model, tokenizer, tokenizer.encode_chat(ASKED), 20, temperature=0.9, top_p=0.8, seed=7)
    answer = client.chat.completions.create(
        model=NAME, messages=ASKED, max_tokens=20, temperature=0.9, top_p=0.8, seed=7
    )
    choice = answer.choices[0]
    assert (choice.message.content, choice.finish_reason) == expected
    assert answer.usage.prompt_tokens == len(tokenizer.encode_chat(ASKED))
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.object == "chat.completion" and answer.model == NAME and answer._request_id


def test_a_stream_is_the_same_text_and_its_end_stands_alone(client, model, tokenizer):
    expected = alone(model, tokenizer, tokenizer.encode_chat(ASKED), 20)
    chunks = [
        *client.chat.completions.create(
            model=NAME,
            messages=ASKED,
            max_tokens=20,
            temperature=0,
            stream=True,
            stream_options={"include_usage": True},
        )
    ]
    *texts, end, usage = chunks
    assert texts[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content for chunk in texts) == expected[0]
    assert all(chunk.choices[0].finish_reason is None and chunk.usage is None for chunk in texts)
    assert end.choices[0].finish_reason == expected[1] and end.choices[0].delta.content is None
    assert usage.choices == [] and usage.usage.completion_tokens > 0
    assert len({chunk.id for chunk in chunks}) == 1


def test_the_clients_own_stream_helper_puts_it_together(client, model, tokenizer):
    whole = alone(model, tokenizer, tokenizer.encode_chat(ASKED), 30)[0]
    stop = whole[6:8]
    with client.chat.completions.stream(model=NAME, messages=ASKED, max_tokens=30, temperature=0, stop=stop) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.content == whole[: whole.index(stop)]


def test_completions_go_on_with_texts_and_with_ids(client, model, tokenizer):
    texts = ["Every head", "Grouped"]
    expected = [alone(model, tokenizer, tokenizer.encode(text), 8) for text in texts]
    for prompt in (texts, [tokenizer.encode(text) for text in texts]):
        answer = client.completions.create(model=NAME, prompt=prompt, max_tokens=8, temperature=0)
        assert [(choice.text, choice.finish_reason) for choice in answer.choices] == expected
    streamed = ["", ""]
    for chunk in client.completions.create(model=NAME, prompt=texts, max_tokens=8, temperature=0, stream=True):
        streamed[chunk.choices[0].index] += chunk.choices[0].text
    assert streamed == [text for text, _ in expected]


def test_n_texts_have_seeds_of_their_own_and_one_prompt_counts_once(client, model, tokenizer):
    ids = tokenizer.encode("Every head")
    expected = [alone(model, tokenizer, ids, 12, temperature=1.0, seed=5 + n)[0] for n in range(3)]
    answer = client.completions.create(model=NAME, prompt="Every head", max_tokens=12, n=3, seed=5)
    assert [choice.text for choice in answer.choices] == expected and len(set(expected)) > 1
    assert answer.usage.prompt_tokens == len(ids)


def test_stop_strings_end_a_text(client, model, tokenizer):
    whole = alone(model, tokenizer, tokenizer.encode("Every head"), 30)[0]
    stop = whole[6:8]
    answer = client.completions.create(model=NAME, prompt="Every head", max_tokens=30, temperature=0, stop=stop)
    assert answer.choices[0].text == whole[: whole.index(stop)] and answer.choices[0].finish_reason == "stop"


def test_logprobs_are_the_models(client, model, tokenizer):
    ids = tokenizer.encode_chat(ASKED)
    items = [*run_one(model, Request(ids, 4, logprobs=3), tokenizer)][:-1]
    for stream in (False, True):
        answer = client.chat.completions.create(
            model=NAME, messages=ASKED, max_tokens=4, temperature=0, logprobs=True, top_logprobs=3, stream=stream
        )
        parts = answer if stream else [answer]
        found = [e for part in parts for c in part.choices if c.logprobs for e in c.logprobs.content]
        assert [entry.logprob for entry in found] == pytest.approx([item.logprob for item in items], abs=1e-4)
        assert [bytes(entry.bytes) for entry in found] == [tokenizer.token_bytes(item.id) for item in items]
        assert all(len(entry.top_logprobs) == 3 for entry in found)
    older = client.completions.create(model=NAME, prompt=ids, max_tokens=4, temperature=0, logprobs=2)
    found = older.choices[0].logprobs
    assert found.token_logprobs == pytest.approx([item.logprob for item in items], abs=1e-4)
    assert found.text_offset[0] == 0 and len(found.tokens) == len(found.top_logprobs) == 4


class Town(BaseModel):
    name: str
    large: bool


def test_a_response_format_is_kept_to(client):
    answer = client.chat.completions.parse(model=NAME, messages=ASKED, response_format=Town, max_tokens=400, seed=1)
    assert isinstance(answer.choices[0].message.parsed, Town)
    answer = client.chat.completions.create(
        model=NAME, messages=ASKED, response_format={"type": "json_object"}, max_tokens=450, seed=2, temperature=0.5
    )
    if answer.choices[0].finish_reason == "stop":
        assert isinstance(json.loads(answer.choices[0].message.content), dict)
    with pytest.raises(openai.LengthFinishReasonError):
        client.chat.completions.parse(model=NAME, messages=ASKED, response_format=Town, max_tokens=3)


def test_a_tool_is_called_and_its_result_is_read(client):
    settings = {"model": NAME, "tools": [WEATHER], "max_tokens": 200, "temperature": 1, "seed": 3}
    answer = client.chat.completions.create(messages=ASKED, tool_choice="required", **settings)
    [call] = answer.choices[0].message.tool_calls
    assert answer.choices[0].finish_reason == "tool_calls" and answer.choices[0].message.content is None
    assert call.function.name == "weather" and json.loads(call.function.arguments)["town"] in ("Rome", "Oslo")
    named = {"type": "function", "function": {"name": "weather"}}
    with client.chat.completions.stream(messages=ASKED, tool_choice=named, **settings) as stream:
        streamed = stream.get_final_completion().choices[0]
    assert streamed.message.tool_calls[0].function.arguments == call.function.arguments
    assert streamed.finish_reason == "tool_calls"
    heard = [*ASKED, answer.choices[0].message.model_dump(), {"role": "tool", "tool_call_id": call.id, "content": "9"}]
    auto = client.chat.completions.create(messages=heard, **settings).choices[0].message
    assert auto.tool_calls or auto.content
    free = client.chat.completions.create(messages=heard, tool_choice="none", **settings).choices[0].message
    assert free.content and not free.tool_calls


def test_models_are_named(client):
    assert [each.id for each in client.models.list()] == [NAME]
    assert client.models.retrieve(NAME).id == NAME
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("other")


BAD = {
    "an unknown field": ({"prompt": "a", "depth": 3}, "depth", "allowed fields that this server knows"),
    "a wrong kind": ({"prompt": "a", "temperature": "hot"}, "temperature", "got 'hot', allowed 0 to 2"),
    "out of range": ({"prompt": "a", "top_p": 2}, "top_p", "allowed 0 to 1"),
    "true is no number": ({"prompt": "a", "n": True}, "n", "got True"),
    "too many": ({"prompt": "a", "n": 17}, "n", "allowed 1 to 16"),
    "too many in all": ({"prompt": ["a"] * 9, "n": 2}, "n", "allowed 16 texts"),
    "no prompt": ({"prompt": []}, "prompt", "allowed a text"),
    "an unknown id": ({"prompt": [5, 9999]}, "prompt", "got 9999"),
    "no tokens": ({"prompt": ""}, "prompt", "got 0 tokens"),
    "a long prompt": ({"prompt": [5] * 600}, "prompt", "got 600 tokens"),
    "many stops": ({"prompt": "a", "stop": ["x"] * 10_000}, "stop", "allowed up to 4 texts"),
    "an empty stop": ({"prompt": "a", "stop": [""]}, "stop", "allowed up to 4"),
    "not supported": ({"prompt": "a", "presence_penalty": 0.5}, "presence_penalty", "allowed 0"),
    "no tokens wanted": ({"prompt": "a", "max_tokens": 0}, "max_tokens", "1 or more"),
    "stream options alone": ({"prompt": "a", "stream_options": {}}, "stream_options", "none without stream"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_field_is_named(client, name):
    body, param, message = BAD[name]
    with pytest.raises(openai.BadRequestError) as caught:
        client.post("/completions", body={"model": NAME} | body, cast_to=object)
    assert message in caught.value.message and caught.value.type == "invalid_request_error"
    assert caught.value.param == param
    assert (caught.value.code == "context_length_exceeded") == (name in ("a long prompt", "no tokens"))


BAD_CHATS = {
    "an unknown role": ({"messages": [{"role": "robot", "content": "a"}]}, "messages[0].role"),
    "no content": ({"messages": [{"role": "user"}]}, "messages[0].content"),
    "a picture": ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0].content[0].type"),
    "no messages": ({"messages": []}, "messages"),
    "a word that no schema has": (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"propertys": {}}}}},
        "response_format",
    ),
    "a tool without a name": ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
    "a tool of no schema": (
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "thing"}}}]},
        "tools",
    ),
    "a choice of no tool": ({"tool_choice": "auto"}, "tool_choice"),
}


@pytest.mark.parametrize("name", BAD_CHATS)
def test_a_bad_chat_is_named(client, name):
    body, param = BAD_CHATS[name]
    with pytest.raises(openai.BadRequestError) as caught:
        client.post("/chat/completions", body={"model": NAME, "messages": ASKED} | body, cast_to=object)
    assert caught.value.param == param


def test_another_model_and_another_path_are_not_found(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="gpt-9", messages=ASKED)
    assert caught.value.code == "model_not_found" and "allowed small" in caught.value.message
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="all-minilm-l6-v2", input="a")
    with pytest.raises(openai.NotFoundError):
        client.post("/audio", body={}, cast_to=object)


def test_embeddings_are_those_of_the_encoder(model, tokenizer, encoder):
    app, texts = App(), ["Masks hide the future.", "Tea prices rise."]
    app.served = Served(model, tokenizer, NAME, slots=1, room=64, embeddings=Embeddings(encoder, "minilm"))
    expected = encoder.encode(texts)
    with listening(app) as address, client_of(address) as client:
        assert [each.id for each in client.models.list()] == [NAME, "minilm"]
        for settings in ({}, {"encoding_format": "float"}):  # the client asks for base64 by itself
            answer = client.embeddings.create(model="minilm", input=texts, **settings)
            assert np.abs(np.array([each.embedding for each in answer.data]) - expected).max() < 1e-6
        assert answer.usage.prompt_tokens == sum(len(encoder.wordpiece.encode(text)) for text in texts)
        for wrong in ([], [""], "long " * 600, [[1, 2]]):
            with pytest.raises(openai.BadRequestError) as caught:
                client.embeddings.create(model="minilm", input=wrong)
            assert caught.value.param == "input"
        with pytest.raises(openai.BadRequestError):
            client.embeddings.create(model="minilm", input="a", dimensions=7)


def test_a_model_with_adapters_answers_by_their_names(model, tokenizer):
    tuned = add_lora(sharing_weights(model))
    for module in adapters(tuned).values():
        torch.nn.init.normal_(module.lora_B, std=0.2)
    app = App()
    app.served = Served(model, tokenizer, NAME, adapters={"tuned": tuned}, slots=2, room=128)
    with listening(app) as address, client_of(address) as client:
        assert [each.id for each in client.models.list()] == [NAME, "tuned"]
        for name, each in ((NAME, model), ("tuned", tuned)):
            answer = client.completions.create(model=name, prompt="Every head", max_tokens=12, temperature=0)
            assert answer.choices[0].text == alone(each, tokenizer, tokenizer.encode("Every head"), 12)[0]
