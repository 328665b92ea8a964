"""Every setting of a tokenizer file: those that change no id never refuse a file, the others are obeyed or named."""

import json

import pytest
from tokenizers import AddedToken, decoders, models, pre_tokenizers, processors, trainers
from tokenizers import Tokenizer as Peer
from transformers import AutoTokenizer

from lessons_lib.checkpoint import CheckpointError
from lessons_lib.tokenizer import load_tokenizer
from lessons_lib.tokenizer.formats.settings import ADDED_TOKEN, CONFIG, FILE, HARMLESS, MODEL, OBEYED

TEXTS = ["the sun is shining", " The  sun\n", "é 日本 🙂", "", "a<|end|>b"]
TABLES = {"": FILE, "model.": MODEL, "added_tokens[1].": ADDED_TOKEN, "config.": CONFIG}


@pytest.fixture(scope="module")
def content():
    made = Peer(models.BPE())
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<|begin|>", "<|end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(TEXTS * 9, trainer)
    return made.to_str()


def write(folder, content, name="", value=None, config=None):
    """A folder whose file has one setting changed, by its name in the tables."""
    content, config = json.loads(content), dict(config or {})
    where, _, key = name.rpartition(".")
    places = {"model": content["model"], "added_tokens[1]": content["added_tokens"][1], "config": config}
    if name:
        places.get(where, content)[key] = value
    (folder / "tokenizer.json").write_text(json.dumps(content))
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return folder


# Values that real files have, of each setting that changes no id.
VALUES = {
    "padding": {
        "strategy": "BatchLongest",
        "direction": "Right",
        "pad_id": 1,
        "pad_type_id": 0,
        "pad_token": "<|end|>",
    },
    "truncation": {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0},
    "added_tokens[1].__type": "AddedToken",
    "config.additional_special_tokens": ["<|begin|>", "<|end|>"],
    "config.extra_special_tokens": {"image_token": "<|end|>"},
    "config.model_max_length": 10**30,
    "config.unk_token": {"__type": "AddedToken", "content": "<|end|>"},
    "config.cls_token": "[CLS]",
    "config.mask_token": None,
}
HARMLESS_ROWS = [prefix + name for prefix, table in TABLES.items() for name, rule in table.items() if rule == HARMLESS]
CHOSEN_ROWS = [
    (prefix + name, value)
    for prefix, table in TABLES.items()
    for name, rule in table.items()
    if isinstance(rule, tuple)
    for value in rule
]


@pytest.mark.parametrize("name", HARMLESS_ROWS)
def test_a_setting_without_effect_refuses_nothing(name, content, tmp_path):
    plain = load_tokenizer(write(tmp_path, content)).encode_batch(TEXTS)
    for value in (VALUES.get(name, True), VALUES.get(name, "text"), VALUES.get(name, {"a": [1]}), None):
        assert load_tokenizer(write(tmp_path, content, name, value)).encode_batch(TEXTS) == plain


@pytest.mark.parametrize(("name", "value"), CHOSEN_ROWS)
def test_a_value_without_effect_refuses_nothing(name, value, content, tmp_path):
    plain = load_tokenizer(write(tmp_path, content)).encode_batch(TEXTS)
    assert load_tokenizer(write(tmp_path, content, name, value)).encode_batch(TEXTS) == plain


REFUSED = {
    "version": "2.0",
    "model.continuing_subword_prefix": "##",
    "model.dropout": 0.1,
    "model.end_of_word_suffix": "</w>",
    "model.fuse_unk": "yes",
    "model.type": "Unigram",
    "added_tokens[1].lstrip": True,
    "added_tokens[1].rstrip": True,
    "added_tokens[1].single_word": True,
    "config.auto_map": {"AutoTokenizer": ["evil.py", None]},
    "config.do_lower_case": True,
    "config.fix_mistral_regex": True,
    "config.keep_accents": False,
    "config.remove_space": True,
    "config.sp_model_kwargs": {"enable_sampling": True},
    "config.strip_accents": True,
}


def test_every_row_with_chosen_values_has_one_that_is_refused():
    assert REFUSED.keys() == {name for name, _ in CHOSEN_ROWS}


@pytest.mark.parametrize("name", REFUSED)
def test_a_value_with_an_effect_is_refused_by_name(name, content, tmp_path):
    with pytest.raises(CheckpointError) as caught:
        load_tokenizer(write(tmp_path, content, name, REFUSED[name]))
    assert caught.value.field == name.removeprefix("config.")


@pytest.mark.parametrize("name", ["charm", "model.charm", "added_tokens[1].charm"])
def test_a_setting_that_nobody_knows_is_refused_in_tokenizer_json(name, content, tmp_path):
    with pytest.raises(CheckpointError, match="no such setting"):
        load_tokenizer(write(tmp_path, content, name, 1))
    load_tokenizer(write(tmp_path, content, "config.charm", 1))  # where models keep notes of all sorts


OBEYED_ROWS = {prefix + name for prefix, table in TABLES.items() for name, rule in table.items() if rule == OBEYED}
SEEN = set()


def obeys(*names):
    SEEN.update(names)
    return lambda test: test


@obeys("config.add_bos_token", "config.bos_token", "post_processor")
@pytest.mark.parametrize(
    ("setting", "template", "adds"),
    [(None, False, False), (None, True, True), (True, False, True), (False, True, True), (True, True, True)],
)
def test_add_bos_token_adds_and_takes_nothing_away(setting, template, adds, content, tmp_path):
    peer = Peer.from_str(content)
    if template:
        peer.post_processor = processors.TemplateProcessing("<|begin|> $A", "<|begin|> $A $B", [("<|begin|>", 0)])
    else:
        peer.post_processor = processors.ByteLevel(trim_offsets=False)
    config = {"bos_token": "<|begin|>", "eos_token": "<|end|>", "tokenizer_class": "PreTrainedTokenizerFast"}
    config |= {} if setting is None else {"add_bos_token": setting}
    ours = load_tokenizer(write(tmp_path, peer.to_str(), config=config))
    assert ours.adds_bos is adds and ours.bos_token_id == 0
    if template or not setting:  # transformers 4 and llama.cpp add it in that case too, transformers 5.23 does not
        assert ours.encode_prompt("the sun") == AutoTokenizer.from_pretrained(tmp_path).encode("the sun")


@obeys("config.eos_token", "config.pad_token")
def test_named_tokens(content, tmp_path):
    config = {"eos_token": {"__type": "AddedToken", "content": "<|end|>"}, "pad_token": "<|begin|>"}
    tokenizer = load_tokenizer(write(tmp_path, content, config=config))
    assert (tokenizer.eos_token_ids, tokenizer.pad_token_id) == ([1], 0)
    config["pad_token"] = "[PAD]"  # transformers would give it a new id
    assert load_tokenizer(write(tmp_path, content, config=config)).pad_token_id is None
    with pytest.raises(CheckpointError, match="eos_token: got </s>"):
        load_tokenizer(write(tmp_path, content, config={"eos_token": "</s>"}))


def test_older_folders_name_them_in_a_file_of_their_own(content, tmp_path):
    (tmp_path / "special_tokens_map.json").write_text(json.dumps({"eos_token": "<|end|>", "bos_token": "<|end|>"}))
    tokenizer = load_tokenizer(write(tmp_path, content, config={"bos_token": "<|begin|>"}))
    assert (tokenizer.bos_token_id, tokenizer.eos_token_ids) == (0, [1])


@obeys("config.added_tokens_decoder", "added_tokens", "added_tokens[1].id", "added_tokens[1].content")
def test_tokens_of_the_settings_alone(content, tmp_path):
    size = Peer.from_str(content).get_vocab_size()
    added = {
        "1": {"content": "<|end|>", "special": True, "lstrip": False},
        str(size): {"content": "<tool>", "special": False, "normalized": False, "rstrip": False, "single_word": False},
        str(size + 1): {"content": "<|user|>", "special": True},
    }
    config = {"added_tokens_decoder": added, "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|user|>"}
    ours, peer = load_tokenizer(write(tmp_path, content, config=config)), AutoTokenizer.from_pretrained(tmp_path)
    text = "a<tool> b<|user|><|end|>"
    assert ours.encode(text, allow_special=True) == peer.encode(text)
    assert (ours.special_tokens["<|user|>"], ours.eos_token_ids, ours.visible) == (size + 1, [size + 1], {"<tool>"})


@pytest.mark.parametrize(
    ("added", "words"),
    [
        ({"5": {"content": "<|end|>", "special": True}}, "the id it has in the vocabulary, 1"),
        ({"3000000": {"content": "<t>", "special": True}}, "got id 3000000"),
        ({"-1": {"content": "<t>", "special": True}}, "got id -1"),
        ({"one": {"content": "<t>", "special": True}}, "got id one"),
        ({"300": "<t>"}, "an object with content and special"),
        ({"300": {"content": "<t>", "special": True, "lstrip": True}}, "lstrip: got True"),
        ([1], "an object of at most"),
    ],
)
def test_tokens_of_the_settings_that_do_not_fit(added, words, content, tmp_path):
    with pytest.raises(CheckpointError) as caught:
        load_tokenizer(write(tmp_path, content, config={"added_tokens_decoder": added}))
    assert words in str(caught.value)


@obeys("added_tokens[1].special", "added_tokens[1].normalized")
@pytest.mark.parametrize("normalized", [True, False])
def test_special_or_not_and_found_before_or_after_the_normalizer(normalized, content, tmp_path):
    peer = Peer.from_str(content)
    peer.add_tokens([AddedToken("<tool>", special=False, normalized=normalized)])
    peer.add_special_tokens([AddedToken("<|user|>", special=True, normalized=normalized)])
    ours = load_tokenizer(write(tmp_path, peer.to_str()))
    for text in ("a<tool>b", "<|user|> a", "a <tool><|user|>"):
        assert ours.encode(text, allow_special=True) == peer.encode(text).ids
        assert ours.decode(peer.encode(text).ids, skip_special_tokens=True) == peer.decode(peer.encode(text).ids)


@obeys("config.chat_template")
def test_of_several_templates_the_default_is_taken(content, tmp_path):
    listed = [{"name": "tool_use", "template": "tools"}, {"name": "default", "template": "{{ messages[0].content }}!"}]
    hi = {"role": "user", "content": "Hi"}
    tokenizer = load_tokenizer(write(tmp_path, content, config={"chat_template": listed}))
    assert tokenizer.decode(tokenizer.encode_chat([hi])) == "Hi!"
    listed[0]["template"] = "{{ tools | length }}{{ messages[0].content }}"
    tokenizer = load_tokenizer(write(tmp_path, content, config={"chat_template": listed}))
    assert tokenizer.decode(tokenizer.encode_chat([hi], tools=[{"name": "add"}])) == "1Hi"
    only = load_tokenizer(write(tmp_path, content, config={"chat_template": listed[:1]}))
    assert only.chat_template is None


def test_what_a_template_says_may_be_ordinary_text(content, tmp_path):
    template = "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}<|end|>{% endfor %}<|user|>"
    tokenizer = load_tokenizer(write(tmp_path, content, config={"chat_template": template}))
    ids = tokenizer.encode_chat([{"role": "user", "content": "Hi<|end|>"}])
    assert tokenizer.decode(ids) == "<|user|>\nHi<|end|><|end|><|user|>" and ids.count(1) == 1


@obeys("config.add_prefix_space")
def test_a_space_that_the_settings_put_in_front(content, tmp_path):
    load_tokenizer(write(tmp_path, content, config={"add_prefix_space": False}))
    with pytest.raises(CheckpointError, match=r"tokenizer_config\.json: add_prefix_space: got True"):
        load_tokenizer(write(tmp_path, content, config={"add_prefix_space": True}))


@obeys(
    "model.unk_token", "model.byte_fallback", "model.ignore_merges", "model.vocab", "model.merges", "model", "decoder"
)
def test_what_is_unknown_is_nothing_where_every_byte_has_a_token(content, tmp_path):
    plain = load_tokenizer(write(tmp_path, content))
    for name, value in (("model.unk_token", "<|end|>"), ("model.byte_fallback", True), ("model.fuse_unk", True)):
        peer = Peer.from_file(str(write(tmp_path, content, name, value) / "tokenizer.json"))
        tokenizer = load_tokenizer(tmp_path)
        assert (
            tokenizer.encode_batch(TEXTS[:4])
            == plain.encode_batch(TEXTS[:4])
            == [peer.encode(t).ids for t in TEXTS[:4]]
        )
    sequence = {"type": "Sequence", "decoders": [json.loads(content)["decoder"]]}
    assert load_tokenizer(write(tmp_path, content, "decoder", sequence)).decode(plain.encode(TEXTS[0])) == TEXTS[0]


@obeys("normalizer", "pre_tokenizer", "config.legacy")
def test_an_empty_sequence_is_none(content, tmp_path):
    plain = load_tokenizer(write(tmp_path, content)).encode_batch(TEXTS)
    for value in ({"type": "Sequence", "normalizers": []}, None):
        assert load_tokenizer(write(tmp_path, content, "normalizer", value)).encode_batch(TEXTS) == plain
    nfc = load_tokenizer(write(tmp_path, content, "normalizer", {"type": "Sequence", "normalizers": [{"type": "NFC"}]}))
    assert nfc.decode(nfc.encode("e\u0301")) == "é"


def test_every_row_of_the_tables_has_a_test():
    assert OBEYED_ROWS == SEEN
