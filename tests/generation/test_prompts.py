"""What stands before a text and where it ends, by its model's files: against transformers on the same folders."""

import json

import pytest
import tokenizers
import torch
import transformers
from models import byte_tokenizer, reference_llama
from tokenizers.processors import ByteLevel, Sequence, TemplateProcessing

import lessons_lib
from lessons_lib.checkpoint import CheckpointError
from lessons_lib.generation import (
    Chat,
    ModelDraft,
    NGramDraft,
    Request,
    Runner,
    Sampler,
    beam_search,
    generate,
    generate_batch,
    speculate,
    stream,
)
from lessons_lib.tokenizer import load_tokenizer

V, BOS, EOS = 302, 300, 301  # of the tokenizer below; the model scores 311 ids
IDS = [("<s>", BOS), ("</s>", EOS)]
TEMPLATE = "{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}"
POST = {
    "none": None,
    "bytes": ByteLevel(),
    "bos": TemplateProcessing(single="<s> $A", pair="<s> $A $B", special_tokens=IDS),
    "eos": TemplateProcessing(single="$A </s>", pair="$A $B", special_tokens=IDS),
    "both": TemplateProcessing(single="<s> $A </s>", pair="<s> $A $B </s>", special_tokens=IDS),
    "bytes and both": Sequence(
        [ByteLevel(), TemplateProcessing(single="<s> $A </s>", pair="$A $B", special_tokens=IDS)]
    ),
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    reference_llama(vocab_size=311).save_pretrained(folder)
    return folder


@pytest.fixture
def folder(weights, tmp_path):
    """A model's folder, made by transformers and tokenizers."""
    for file in weights.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "generation_config.json").unlink(missing_ok=True)
    made(tmp_path, "bos")
    return tmp_path


def made(folder, post, **settings):
    """Write a tokenizer with one of the post-processors above."""
    tokenizer = byte_tokenizer()
    while tokenizer.get_vocab_size() < BOS:
        tokenizer.add_tokens([f"~{tokenizer.get_vocab_size()}~"])
    tokenizer.add_special_tokens([tokenizers.AddedToken(name, special=True, normalized=False) for name, _ in IDS])
    if POST[post] is not None:
        tokenizer.post_processor = POST[post]
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"bos_token": "<s>", "eos_token": "</s>", "chat_template": TEMPLATE} | settings
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def read(monkeypatch):
    """The rows that are read, pass by pass."""
    passes, call = [], Runner.__call__
    monkeypatch.setattr(
        Runner, "__call__", lambda self, ids, *a, **k: passes.append(ids.tolist()) or call(self, ids, *a, **k)
    )
    return passes


# What stands before a text

TEXTS = ["The key", "", " ", "\n\nkey", "é🌞", "<s>The key", "</s>", "The key</s>"]


@pytest.mark.parametrize("post", POST)
@pytest.mark.parametrize("flag", [None, True, False])
def test_a_prompt_has_what_transformers_puts_before_a_text_and_nothing_behind_it(folder, post, flag):
    """Beside a tokenizer.json transformers 5 passes over `add_bos_token`. Where it is true we obey it, as version 4 and
    llama.cpp do: DeepSeek's files say it there alone. There transformers is told to. False takes nothing away."""
    made(folder, post, **({} if flag is None else {"add_bos_token": flag, "add_eos_token": flag}))
    theirs, ours = transformers.AutoTokenizer.from_pretrained(folder), load_tokenizer(folder)
    if flag:
        theirs.add_bos_token = theirs.add_eos_token = True
    adds_bos = flag or post not in ("none", "bytes", "eos")
    for text in TEXTS:
        expected = theirs(text, split_special_tokens=True).input_ids
        if flag or "eos" in post or "both" in post:
            assert expected.pop() == EOS
        assert ours.encode_prompt(text) == expected
        assert ours.encode_prompt(text).count(BOS) == ours.adds_bos == bool(adds_bos)
        assert ours.encode_prompt(text, allow_special=True).count(BOS) == max(bool(adds_bos), "<s>" in text)


def test_every_way_from_text_to_ids_adds_it_once(folder, monkeypatch):
    model, tokenizer = lessons_lib.load(folder)
    passes, prompt = read(monkeypatch), [BOS, *tokenizer.encode("The key")]
    list(stream(model, tokenizer, "The key", 2, stop_token_ids=()))
    list(stream(model, tokenizer, [{"role": "user", "content": "The key"}], 2, stop_token_ids=()))  # its template does
    list(Chat(model, tokenizer, max_new_tokens=2, stop_token_ids=()).say("The key"))
    assert [rows for rows in passes if len(rows[0]) > 1] == [[prompt]] * 3
    theirs = transformers.AutoTokenizer.from_pretrained(folder)
    assert theirs("The key").input_ids == tokenizer.encode_prompt("The key") == prompt
    assert theirs.apply_chat_template([{"role": "user", "content": "The key"}]).input_ids == prompt


def test_files_that_disagree_about_the_token_are_refused(folder):
    made(folder, "bos", bos_token="</s>")
    with pytest.raises(CheckpointError, match=r"bos_token: got </s>, allowed '<s>', which tokenizer.json adds"):
        load_tokenizer(folder)
    content = json.loads((folder / "tokenizer.json").read_text())
    content["post_processor"]["special_tokens"]["<s>"]["ids"] = [EOS]
    (folder / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(CheckpointError, match="post_processor"):
        load_tokenizer(folder)


@pytest.mark.parametrize("name", ["llama3", "llama4", "tekken", "mistral-v1"])
def test_published_tokenizers_that_add_one(name):
    tokenizer = load_tokenizer(name)
    assert tokenizer.encode_prompt("The sun") == [tokenizer.bos_token_id, *tokenizer.encode("The sun")]
    assert load_tokenizer("gpt2").encode_prompt("The sun") == load_tokenizer("gpt2").encode("The sun")


# Where a text ends

PROMPT = [5, 17, 2]


def their_ids(folder, count=40, **settings):
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    ids = model.generate(torch.tensor([PROMPT]), max_new_tokens=count, do_sample=False, pad_token_id=0, **settings)
    ids, ends = ids[0, len(PROMPT) :].tolist(), settings.get("eos_token_id", model.generation_config.eos_token_id)
    ends = ends if isinstance(ends, list) else [ends]
    return ids[:-1] if ids[-1] in ends else ids


def our_ids(model, tokenizer, **settings):
    """The same text on every path, which must agree; with the ids that end a chat's answer."""
    found = list(generate(model, PROMPT, 40, **settings))
    assert found == list(generate(model, PROMPT, 40, tokenizer=tokenizer, **settings))
    for draft in (NGramDraft(), ModelDraft(model)):
        assert found == list(speculate(model, PROMPT, draft, 40, tokenizer=tokenizer, **settings))
    request = Request(PROMPT, 40, **settings)
    for known in (None, tokenizer):
        tokens = [token for i, token in generate_batch(model, [Request([7], 3), request], known) if i]
        assert [token.id for token in tokens[:-1]] == found
        assert tokens[-1].finish_reason == ("length" if len(found) == 40 else "stop")
    assert beam_search(model, PROMPT, 1, 40, **settings)[0].token_ids == found
    text = tokenizer.decode(PROMPT)
    ids = tokenizer.encode_prompt(text)
    expected = tokenizer.decode(generate(model, ids, 40, tokenizer=tokenizer, **settings))
    assert "".join(stream(model, tokenizer, text, 40, **settings)) == expected
    chat = Chat(model, tokenizer, max_new_tokens=40, **settings)
    assert "".join(chat.say(text)) == expected
    return found


def test_it_ends_where_transformers_ends(folder):
    def configured(config_eos, generation):
        config = json.loads((folder / "config.json").read_text())
        config["eos_token_id"] = config_eos
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "generation_config.json").unlink(missing_ok=True)
        if generation is not None:
            (folder / "generation_config.json").write_text(json.dumps(generation))
        return lessons_lib.load(folder)

    whole = their_ids(folder, eos_token_id=None)
    new = [place for place in range(3, 40) if whole[place] not in whole[:place]]
    first, second = whole[new[0]], whole[new[2]]
    assert max(whole) < V
    for config_eos, generation in [
        (first, None),
        ([second, first], None),
        (second, {"eos_token_id": [second, first]}),
        (first, {"eos_token_id": second, "temperature": 0.3, "do_sample": False, "repetition_penalty": 1.0}),
        (first, {"eos_token_id": [second]}),
        (first, {"eos_token_id": []}),
        (first, {"eos_token_id": -1}),
        (None, {"eos_token_id": first}),
        (None, None),
    ]:
        assert our_ids(*configured(config_eos, generation)) == their_ids(folder), (config_eos, generation)
    model, tokenizer = configured(second, {"eos_token_id": [second, first]})
    assert our_ids(model, tokenizer, stop_token_ids=[second]) == whole[: whole.index(second)]  # the caller decides
    assert our_ids(model, tokenizer, stop_token_ids=()) == whole
    model, _ = configured(first, {"temperature": 0.3, "do_sample": True, "top_k": 5})  # says nothing of ends
    assert list(generate(model, PROMPT, 40)) == whole[: new[0]]  # and how it would sample is not obeyed
    lessons_lib.save_pretrained(configured(second, {"eos_token_id": [first]})[0], folder / "again", tokenizer)
    assert their_ids(folder / "again") == our_ids(*lessons_lib.load(folder / "again")) == whole[: new[0]]
    plain = configured(first, None)[1]
    for ends in ([first], [second, first]):  # of a GGUF file eos and eot; the third, eom, is the tokenizer's
        lessons_lib.checkpoint.save_gguf(configured(ends, None)[0], plain, folder / "model.gguf")
        assert our_ids(*lessons_lib.load(folder / "model.gguf")) == whole[: new[0]]


@pytest.mark.parametrize("value", ["2", 2.0, True, {}, [2, "x"], [2, None], 311, [-2], [2] * 2000], ids=repr)
def test_an_end_that_is_no_id_is_refused(folder, value):
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": value}))
    with pytest.raises(CheckpointError, match=r"generation_config\.json: eos_token_id"):
        lessons_lib.load(folder)


# A score table wider than the tokenizer


@pytest.fixture
def wide(folder):
    """A model that likes ids best that the tokenizer lacks: nine behind its tokens, and one that it leaves unused."""
    content = json.loads((folder / "tokenizer.json").read_text())
    content["added_tokens"] = [token for token in content["added_tokens"] if token["id"] != 299]
    content["model"]["vocab"].pop("~299~", None)
    (folder / "tokenizer.json").write_text(json.dumps(content))
    (folder / "generation_config.json").write_text('{"eos_token_id": []}')
    model, tokenizer = lessons_lib.load(folder)
    assert (tokenizer.vocab_size, tokenizer.unused_ids, model.config.vocab_size) == (V, [299], 311)
    lacking = torch.tensor([299, *range(V, 311)])
    with torch.no_grad():
        model.lm_head.weight[lacking] *= 6
    return model, tokenizer, lacking


@pytest.mark.parametrize("settings", [{}, {"temperature": 1.5, "seed": 3}, {"temperature": 1.0, "top_p": 0.9}], ids=str)
def test_ids_that_the_tokenizer_lacks_are_never_chosen(wide, settings):
    model, tokenizer, lacking = wide
    assert any(i >= V for i in generate(model, PROMPT, 60, **settings))  # the model alone would
    sampler = Sampler(**settings)
    found = list(generate(model, PROMPT, 60, tokenizer=tokenizer, **settings))
    assert len(found) == 60 and not set(found) & set(lacking.tolist())
    requests = [Request(PROMPT, 60, sampler, logprobs=4), Request([9, 9], 60, sampler), Request([8], 60)]
    rows = {0: [], 1: [], 2: []}
    for i, token in generate_batch(model, requests, tokenizer):
        rows[i].append(token)
        assert not set(token.top_logprobs) & set(lacking.tolist())
    for row in rows.values():
        assert len(row) == 61 and row[-1].finish_reason == "length"
        assert "".join(token.text for token in row) == tokenizer.decode([t.id for t in row[:-1]])
    assert len("".join(stream(model, tokenizer, "The key", 60, **settings))) > 30
    chat = Chat(model, tokenizer, None, sampler, 10)
    for text in ("One", "Two", "Three"):
        assert "".join(chat.say(text))
    for draft in (NGramDraft(), ModelDraft(model)):
        guessed = list(speculate(model, PROMPT, draft, 60, tokenizer=tokenizer, **settings))
        assert len(guessed) == 60 and not set(guessed) & set(lacking.tolist())
        assert settings or guessed == found
    for beam in beam_search(model, PROMPT, 3, 20, tokenizer=tokenizer):
        assert not set(beam.token_ids) & set(lacking.tolist())


def test_the_others_keep_their_order_and_their_chances(wide):
    model, tokenizer, lacking = wide
    with torch.no_grad():
        scores = model(torch.tensor([PROMPT]))[:, -1]
    scores[:, lacking] = -torch.inf
    [(_, token), *_] = generate_batch(model, [Request(PROMPT, 1, logprobs=5)], tokenizer)
    expected = scores[0].log_softmax(-1).topk(5)
    assert list(token.top_logprobs) == expected.indices.tolist()
    torch.testing.assert_close(torch.tensor(list(token.top_logprobs.values())), expected.values)


def test_a_prompt_of_ids_that_the_tokenizer_lacks_is_named(wide):
    model, tokenizer, _ = wide
    for wrong in (299, 305):
        with pytest.raises(ValueError, match=f"token id: got {wrong}"):
            generate(model, [5, wrong], tokenizer=tokenizer)
    assert len(list(generate(model, [5, 305], 2, stop_token_ids=()))) == 2
