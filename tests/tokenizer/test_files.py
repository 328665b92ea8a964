"""Files of other makers load with the same ids; files that break a rule end in one CheckpointError."""

import json
import os
import tracemalloc

import pytest
from effort import within
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from lessons_lib.errors import CheckpointError
from lessons_lib.tokenizer import load_tokenizer
from lessons_lib.tokenizer.encoding.split import SPLITS

WORDS = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
ONLY_BYTES = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
PRE_TOKENIZERS = {
    "gpt2": WORDS,
    "smollm2": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), WORDS]),
} | {
    name: pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(SPLITS[name][0]), "isolated"), ONLY_BYTES])
    for name in ("gpt4", "llama3", "o200k", "qwen2", "tekken")
}


def train(split, strings, ignore_merges=False):
    """A small tokenizer, trained and written by the `tokenizers` library."""
    made = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    made.pre_tokenizer, made.decoder = PRE_TOKENIZERS[split], decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=["<|begin|>", "<|end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(strings[-300:], trainer)
    return made


@pytest.fixture(scope="session")
def plain(strings):
    return train("gpt2", strings)


@pytest.fixture
def content(plain):
    """The JSON of a good file, to be broken."""
    return json.loads(plain.to_str())


def write(folder, content, name="tokenizer.json"):
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def load(folder, content):
    return load_tokenizer(write(folder, content))


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("ignore_merges", [False, True])
def test_trained_files_give_the_reference_ids(split, ignore_merges, strings, tmp_path):
    oracle = train(split, strings, ignore_merges)
    ours = load(tmp_path, oracle.to_str())
    theirs = [encoding.ids for encoding in oracle.encode_batch(strings)]
    assert ours.encode_batch(strings) == theirs
    assert list(map(ours.decode, theirs)) == oracle.decode_batch(theirs, skip_special_tokens=False)


def test_whole_pieces_equal_the_reference(content, tmp_path):
    # Without the merge that makes it, " the" is reached only when a piece is looked up whole.
    merges = content["model"]["merges"]
    content["model"]["merges"] = [merge for merge in merges if "".join(merge) != "Ġthe"]
    found = []
    for content["model"]["ignore_merges"] in (False, True):
        theirs = Tokenizer.from_str(json.dumps(content)).encode("in the end").ids
        assert load(tmp_path, content).encode("in the end") == theirs
        found.append(theirs)
    assert found[0] != found[1]


def test_composed_form_and_added_tokens_equal_the_reference(plain, tmp_path):
    oracle = Tokenizer.from_str(plain.to_str())
    oracle.normalizer = normalizers.NFC()
    oracle.add_tokens([AddedToken("<tool>", special=False), AddedToken("<tool>x", special=False)])
    ours = load(tmp_path, oracle.to_str())
    for text in ("e\u0301té", "a<tool>e\u0301<tool>xb<|end|><|end", "<|begin|>x<|begin|>", "가"):
        ids = oracle.encode(text).ids
        assert ours.encode(text, allow_special=True) == ids
        for skip in (True, False):
            assert ours.decode(ids, skip_special_tokens=skip) == oracle.decode(ids, skip_special_tokens=skip)


def test_merges_in_the_old_spelling(content, plain, strings, tmp_path):
    content["model"]["merges"] = [" ".join(merge) for merge in content["model"]["merges"]]
    del content["model"]["ignore_merges"]
    assert load(tmp_path, content).encode_batch(strings) == [e.ids for e in plain.encode_batch(strings)]


def test_a_token_in_front_of_every_text_is_noted(plain, tmp_path):
    oracle = Tokenizer.from_str(plain.to_str())
    oracle.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing("<|begin|> $A", "<|begin|> $A <|begin|> $B:1", [("<|begin|>", 0)]),
        ]
    )
    ours = load(tmp_path, oracle.to_str())
    assert ours.adds_bos
    assert [ours.bos_token_id, *ours.encode("hello")] == oracle.encode("hello").ids
    assert not load(tmp_path, plain.to_str()).adds_bos


TEMPLATE = "{% for m in messages %}<|begin|>{{ m.role }} {{ m.content }}<|end|>{% endfor %}"


def write_model(folder, content, config=None, **others):
    write(folder, content)
    names = {"bos_token": "<|begin|>", "eos_token": {"content": "<|end|>", "lstrip": False}, "pad_token": None}
    write(folder, names | (config or {}), "tokenizer_config.json")
    for name, value in others.items():
        write(folder, value, name.replace("__", "."))
    return folder


def test_a_model_folder(content, tmp_path):
    write_model(tmp_path, content, {"chat_template": TEMPLATE}, generation_config__json={"eos_token_id": [1, 5]})
    tokenizer = load_tokenizer(tmp_path)
    assert (tokenizer.bos_token_id, tokenizer.eos_token_ids, tokenizer.pad_token_id) == (0, [1, 5], None)
    ids = tokenizer.encode_chat([{"role": "user", "content": "<|end|>"}])
    assert [i for i in ids if i < 2] == [0, 1]
    assert tokenizer.decode(ids) == "<|begin|>user <|end|><|end|>"


def test_the_template_of_its_own_file_comes_first(content, tmp_path):
    write_model(tmp_path, content, {"chat_template": "old"}, chat_template__jinja=TEMPLATE)
    assert load_tokenizer(tmp_path).chat_template.source == TEMPLATE


@pytest.mark.parametrize(("value", "ids"), [(None, [1]), (0, [1, 0]), (1, [1]), ([5, 1], [1, 5])])
def test_more_ids_that_end_an_answer(content, tmp_path, value, ids):
    write_model(tmp_path, content, generation_config__json={"eos_token_id": value})
    assert load_tokenizer(tmp_path).eos_token_ids == ids


def test_a_gap_in_the_ids_stays_unused(content, tmp_path):
    vocab("Ġnew", 705)(content)
    tokenizer = load(tmp_path, content)
    assert (tokenizer.vocab_size, tokenizer.token_bytes(705)) == (706, b" new")
    with pytest.raises(ValueError, match="got 703, which this vocabulary leaves unused"):
        tokenizer.decode([703])


def test_nested_sequences_are_refused(content, tmp_path):
    for _ in range(300):
        content["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [content["pre_tokenizer"]]}
    with pytest.raises(CheckpointError, match="pre_tokenizer: got"):
        load(tmp_path, content)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_tokenizer(tmp_path / "tokenizer.json")
    with pytest.raises(CheckpointError, match=r"tokenizer\.json: got no such file"):
        load_tokenizer(tmp_path)


def test_a_link_out_of_the_folder_is_refused(content, tmp_path, tmp_path_factory):
    target = write(tmp_path_factory.mktemp("elsewhere"), content)
    (tmp_path / "tokenizer.json").symlink_to(target)
    with pytest.raises(CheckpointError, match="a link out of the folder"):
        load_tokenizer(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["evil.py", None]}}, "auto_map"),
        ("tokenizer_config.json", {"bos_token": "<s>"}, "bos_token"),
        ("tokenizer_config.json", {"eos_token": 5}, "eos_token"),
        ("tokenizer_config.json", {"pad_token": {"content": ["<|end|>"]}}, "pad_token"),
        ("tokenizer_config.json", {"chat_template": "x" * 70_000}, "chat_template"),
        ("tokenizer_config.json", {"chat_template": ["{{ messages }}"]}, "chat_template"),
        ("chat_template.jinja", "x" * 70_000, "template"),
        ("tokenizer_config.json", {"chat_template": "\ud800"}, "chat_template"),
        ("tokenizer_config.json", [], "JSON"),
        ("generation_config.json", {"eos_token_id": 10**9}, "eos_token_id"),
        ("generation_config.json", {"eos_token_id": ["1"]}, "eos_token_id"),
        ("generation_config.json", {"eos_token_id": {}}, "eos_token_id"),
        ("generation_config.json", "{", "JSON"),
    ],
)
def test_bad_files_beside_it_are_named(content, tmp_path, name, value, field):
    write(tmp_path, content)
    write(tmp_path, value, name)
    with pytest.raises(CheckpointError) as caught:
        load_tokenizer(tmp_path)
    assert caught.value.field == field


def model(**changes):
    return lambda content: content["model"].update(changes)


def part(**changes):
    return lambda content: content.update(changes)


def vocab(name, token_id):
    return lambda content: content["model"]["vocab"].update({name: token_id})


def merge(entry):
    return lambda content: content["model"]["merges"].insert(3, entry)


def added(**changes):
    return lambda content: content["added_tokens"][1].update(changes)


LATIN = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
BREAKS = {
    "merge outside the vocabulary": (merge(["Ġ", "日本"]), "model.merges[3]"),
    "merge of tokens that make none": (merge(["!", '"']), "model.merges[3]"),
    "merge making a special token": (merge(["<|be", "gin|>"]), "model.merges[3]"),
    "merge of one": (merge(["Ġ"]), "model.merges[3]"),
    "merge of three": (merge("Ġ t h"), "model.merges[3]"),
    "merge with two spaces": (merge("Ġ  t"), "model.merges[3]"),
    "merge with a tab": (merge("Ġ\tt"), "model.merges[3]"),
    "merge of numbers": (merge([1, 2]), "model.merges[3]"),
    "merge of lists": (merge([["Ġ"], ["t"]]), "model.merges[3]"),
    "merge that is null": (merge(None), "model.merges[3]"),
    "merge that is over-long": (merge("a" * 10**6 + " b"), "model.merges[3]"),
    "merge twice": (lambda c: c["model"]["merges"].insert(0, c["model"]["merges"][5]), "model.merges[6]"),
    "merges missing": (model(merges=None), "model.merges"),
    "merges an object": (model(merges={}), "model.merges"),
    "two tokens with one id": (vocab("new", 300), "model.vocab['new']"),
    "an id of 4e9": (vocab("new", 4 * 10**9), "model.vocab['new']"),
    "an id above the limit": (vocab("new", 1 << 20), "model.vocab['new']"),
    "a negative id": (vocab("new", -1), "model.vocab['new']"),
    "an id that is text": (vocab("new", "5"), "model.vocab['new']"),
    "an id that is a float": (vocab("new", 700.0), "model.vocab['new']"),
    "an id that is a bool": (vocab("new", True), "model.vocab['new']"),
    "an empty token": (vocab("", 700), "model.vocab[700]"),
    "a token outside the byte alphabet": (vocab("日", 700), "model.vocab[700]"),
    "a token with a space": (vocab("a b", 700), "model.vocab[700]"),
    "a token with half a surrogate": (vocab("\ud800", 700), "model.vocab[700]"),
    "an over-long token": (vocab("a" * 5000, 700), "model.vocab[700]"),
    "vocabulary an array": (model(vocab=[]), "model.vocab, added_tokens"),
    "vocabulary empty": (lambda c: (c["model"].update(vocab={}, merges=[]), c.update(added_tokens=[])), "model.vocab"),
    "a byte without a token": (
        lambda c: c["model"]["vocab"].update({"new": c["model"]["vocab"].pop("Ā")}),
        "model.vocab",
    ),
    "model of another type": (model(type="Unigram"), "model.type"),
    "model missing": (part(model=None), "model"),
    "unknown model setting": (model(charm=1), "model.charm"),
    "dropout": (model(dropout=0.1), "model.dropout"),
    "word endings": (model(end_of_word_suffix="</w>"), "model.end_of_word_suffix"),
    "a flag that is a number": (model(ignore_merges=1), "model.ignore_merges"),
    "added tokens an object": (part(added_tokens={}), "model.vocab, added_tokens"),
    "added token a string": (part(added_tokens=["<|end|>"]), "added_tokens[0]"),
    "added token with another id": (added(id=0), "added_tokens[1]"),
    "added token with an id of 4e9": (added(content="<new>", id=4 * 10**9), "model.vocab['<new>']"),
    "added token with a text id": (added(id="1"), "added_tokens[1]"),
    "added token that strips": (added(lstrip=True), "added_tokens[1].lstrip"),
    "added token for single words": (added(single_word=True), "added_tokens[1].single_word"),
    "normaliser": (part(normalizer={"type": "NFKC"}), "normalizer"),
    "version": (part(version="2.0"), "version"),
    "unknown part": (part(charm={}), "charm"),
    "decoder": (part(decoder={"type": "WordPiece"}), "decoder"),
    "decoder missing": (part(decoder=None), "decoder"),
    "pre-tokenizer missing": (part(pre_tokenizer=None), "pre_tokenizer"),
    "pre-tokenizer unknown": (part(pre_tokenizer={"type": "Whitespace"}), "pre_tokenizer"),
    "pre-tokenizer with a prefix": (part(pre_tokenizer=LATIN | {"add_prefix_space": True}), "pre_tokenizer"),
    "pre-tokenizer of an unknown pattern": (
        part(
            pre_tokenizer={
                "type": "Sequence",
                "pretokenizers": [
                    {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": False},
                    LATIN | {"use_regex": False},
                ],
            }
        ),
        "pre_tokenizer",
    ),
    "pre-tokenizer of nothing": (part(pre_tokenizer={"type": "Sequence", "pretokenizers": []}), "pre_tokenizer"),
    "post-processor unknown": (part(post_processor={"type": "BertProcessing"}), "post_processor"),
    "post-processor naming an unknown token": (
        part(
            post_processor={
                "type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}],
            }
        ),
        "post_processor",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_broken_files_are_refused_with_the_field(name, content, tmp_path):
    load(tmp_path, content)
    change, field = BREAKS[name]
    change(content)
    path = write(tmp_path, content)

    def attempt():
        with pytest.raises(CheckpointError) as caught:
            load_tokenizer(path)
        return caught

    caught = within(1, attempt)
    tracemalloc.start()
    attempt()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (caught.value.field, caught.value.file) == (field, str(path))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 800
    assert peak < 200e6


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{",
        '{"version": "1.0"} x',
        '{"version": NaN}',
        '{"version": "1.0", "version": "1.0"}',
        '{"a":' * 100_000,
        "[" * 100_000,
        '{"version": ' + "9" * 5000 + "}",
        '{"version": "\\q"}',
    ],
    ids=range(11),
)
def test_what_is_not_one_json_object_is_refused(text, tmp_path):
    with pytest.raises(CheckpointError, match=r"tokenizer.json: JSON: got"):
        load(tmp_path, text)


def test_other_encodings_are_refused(tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_bytes('{"version": "é"}'.encode("latin-1"))
    with pytest.raises(CheckpointError, match=r"text: got byte 13 that is not UTF-8, allowed UTF-8"):
        load_tokenizer(path)


def test_huge_files_are_refused_unread(content, tmp_path):
    path = write(tmp_path, content)
    os.truncate(path, (40 << 20) + 1)
    with pytest.raises(CheckpointError, match=r"size: got \d+ bytes, allowed at most \d+"):
        load_tokenizer(path)
