"""The tokenizer of a GGUF file: every family's settings, and every broken field as one CheckpointError."""

import numpy as np
import pytest
import sentencepiece
from effort import within
from sentencepiece_models import BASE, both, trained

from lessons_lib import assets
from lessons_lib.errors import CheckpointError
from lessons_lib.tokenizer import SentencePiece, Tokenizer, load_tokenizer, save_tokenizer, tokenizer_from_gguf
from lessons_lib.tokenizer.encoding.alphabet import BYTE_TO_SYMBOL
from lessons_lib.tokenizer.formats.gguf import PRE_TOKENIZERS
from lessons_lib.tokenizer.formats.gguf_fields import gguf_fields
from lessons_lib.tokenizer.formats.sentencepiece_file import load_sentencepiece

NAMES = [*BYTE_TO_SYMBOL.values(), "ab", "abc", "<|end|>", "<tool>", "[PAD260]"]
FIELDS = {
    "model": "gpt2",
    "pre": "gpt-2",
    "tokens": NAMES,
    "token_type": [1] * 258 + [3, 4, 5],
    "merges": ["a b", "ab c"],
}


def read(**changes):
    fields = {name: value for name, value in (FIELDS | changes).items() if value is not None}
    template = fields.pop("chat_template", None)
    metadata = {f"tokenizer.ggml.{name}": value for name, value in fields.items()}
    return tokenizer_from_gguf(
        metadata if template is None else metadata | {"tokenizer.chat_template": template}, "m.gguf"
    )


def test_a_small_vocabulary():
    tokenizer = read(bos_token_id=258, eos_token_id=258, eot_token_id=259, padding_token_id=0)
    assert tokenizer.encode("abc<tool>", allow_special=True) == [257, 259]
    assert tokenizer.special_tokens == {"<|end|>": 258, "<tool>": 259}
    assert tokenizer.decode([97, 258, 259, 257], skip_special_tokens=True)[1:] == "<tool>abc"
    assert (tokenizer.bos_token_id, tokenizer.eos_token_ids, tokenizer.pad_token_id) == (258, [258, 259], 0)
    assert tokenizer.vocab_size == 261
    with pytest.raises(ValueError, match="unused"):
        tokenizer.decode([260])


def test_token_types_may_come_as_numpy_numbers():
    assert read(token_type=np.array(FIELDS["token_type"], np.int32)).special_tokens == {"<|end|>": 258, "<tool>": 259}


SPLITS = {
    # pre: pieces of "a  12", whether "e" + accent is composed, whether a piece that no merge makes is found whole
    "gpt-2": (["a", " ", " 12"], False, False, False),
    "llama-bpe": (["a", " ", " ", "12"], False, True, True),
    "llama4": (["a", " ", " ", "12"], False, True, True),
    "qwen2": (["a", " ", " ", "1", "2"], True, False, False),
    "smollm": (["a", "  ", "1", "2"], False, False, False),
}


@pytest.mark.parametrize("pre", SPLITS)
def test_pre_names_the_split_and_what_goes_with_it(pre):
    pieces, composed, whole, adds_bos = SPLITS[pre]
    tokens, joins = [*NAMES[:256], "ĠĠ", "Ġ1", "12", "Ġ12"], ["Ġ Ġ", "Ġ 1", "1 2", "Ġ1 2"]
    cut = read(pre=pre, tokens=tokens, merges=joins, token_type=[1] * 260)
    assert [cut.decode([i]) for i in cut.encode("a  12")] == pieces
    tokenizer = read(pre=pre, merges=["a b"], bos_token_id=258)
    assert (tokenizer.decode(tokenizer.encode("e\u0301")) == "é") is composed
    assert (tokenizer.encode("abc") == [257]) is whole
    assert tokenizer.adds_bos is adds_bos
    assert read(pre=pre, bos_token_id=258, add_bos_token=not adds_bos).adds_bos is not adds_bos
    assert read(pre=pre, add_bos_token=True).adds_bos is False  # there is none to add


def without_byte(byte):
    return [name if name != BYTE_TO_SYMBOL[byte] else "new" for name in NAMES]


def test_only_the_digits_first_family_may_lack_bytes():
    assert read(pre="smollm", tokens=without_byte(0xC2)).encode("ab") == [256]
    for pre in set(SPLITS) - {"smollm"}:
        with pytest.raises(CheckpointError, match=r"tokens: got no token for byte 0xC2, allowed a token a byte"):
            read(pre=pre, tokens=without_byte(0xC2))


@pytest.mark.parametrize("byte", [0xC0, 0xC1, *range(0xF5, 0x100)])
def test_bytes_that_no_text_has_may_lack_a_token(byte):
    tokenizer = read(tokens=without_byte(byte))
    assert tokenizer.encode("ab é 🙂 \U0010ffff") and not any(byte in chr(i).encode() for i in range(0xD800))
    with pytest.raises(ValueError, match=f"text: got byte 0x{byte:02X}"):
        tokenizer.encode_bytes(bytes([byte]))


def changed(values, i, value):
    return [*values[:i], value, *values[i + 1 :]]


BREAKS = {
    "model of another kind": ("model", {"model": "t5"}),
    "model missing": ("model", {"model": None}),
    "model a number": ("model", {"model": 2}),
    "pre unknown": ("pre", {"pre": "gpt-5"}),
    "pre missing": ("pre", {"pre": None}),
    "pre a list": ("pre", {"pre": ["gpt-2"]}),
    "space prefix": ("add_space_prefix", {"add_space_prefix": True}),
    "space prefix a number": ("add_space_prefix", {"add_space_prefix": 1}),
    "bos flag a number": ("add_bos_token", {"add_bos_token": 1}),
    "tokens missing": ("tokens", {"tokens": None}),
    "tokens a string": ("tokens", {"tokens": "abc"}),
    "tokens empty": ("tokens", {"tokens": [], "token_type": []}),
    "tokens a number inside": ("tokens[7]", {"tokens": changed(NAMES, 7, 7)}),
    "token empty": ("tokens[256]", {"tokens": changed(NAMES, 256, "")}),
    "token twice": ("tokens[257]", {"tokens": changed(NAMES, 257, "ab")}),
    "token of a special name": ("tokens[258]", {"tokens": changed(NAMES, 258, "ab")}),
    "token outside the alphabet": ("tokens[257]", {"tokens": changed(NAMES, 257, "日本")}),
    "token over-long": ("tokens[257]", {"tokens": changed(NAMES, 257, "a" * 10**6)}),
    "special token with half a surrogate": ("tokens[258]", {"tokens": changed(NAMES, 258, "\ud800")}),
    "special token null": ("tokens[258]", {"tokens": changed(NAMES, 258, None)}),
    "special token over-long": ("tokens[258]", {"tokens": changed(NAMES, 258, "<" * 129)}),
    "special tokens too many": (
        "tokens",
        {"tokens": NAMES + [f"<{i}>" for i in range(50_000)], "token_type": [1] * 261 + [3] * 50_000},
    ),
    "types missing": ("token_type", {"token_type": None}),
    "types too few": ("token_type", {"token_type": [1] * 260}),
    "types too many": ("token_type", {"token_type": [1] * 262}),
    "type unknown": ("token_type[0]", {"token_type": [7] + [1] * 260}),
    "type of a byte token": ("token_type[3]", {"token_type": changed([1] * 261, 3, 6)}),
    "type a string": ("token_type[0]", {"token_type": ["1"] * 261}),
    "type a row": ("token_type[0]", {"token_type": np.ones((261, 2))}),
    "merges missing": ("merges", {"merges": None}),
    "merge outside the vocabulary": ("merges[1]", {"merges": ["a b", "x yz"]}),
    "merge that makes no token": ("merges[0]", {"merges": ["x y"]}),
    "merge that makes a special token": ("merges[0]", {"merges": ["<|end |>"]}),
    "merge of one": ("merges[0]", {"merges": ["ab"]}),
    "merge of three": ("merges[0]", {"merges": ["a b c"]}),
    "merge of nothing": ("merges[0]", {"merges": [" "]}),
    "merge a number": ("merges[0]", {"merges": [5]}),
    "merge over-long": ("merges[0]", {"merges": ["a" * 10**6 + " b"]}),
    "merge twice": ("merges[2]", {"merges": ["a b", "ab c", "a b"]}),
    "bos out of range": ("bos_token_id", {"bos_token_id": 261}),
    "eos of 4e9": ("eos_token_id", {"eos_token_id": 4 * 10**9}),
    "eot negative": ("eot_token_id", {"eot_token_id": -1}),
}


def refusal(reader, changes):
    with pytest.raises(CheckpointError) as caught:
        reader(**changes)
    return caught


@pytest.mark.parametrize("name", BREAKS)
def test_broken_fields_are_named(name):
    read()
    field, changes = BREAKS[name]
    caught = within(1, lambda: refusal(read, changes))
    assert (caught.value.field, caught.value.file) == (f"tokenizer.ggml.{field}", "m.gguf")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 800


@pytest.mark.parametrize(
    ("template", "field"),
    [
        ("x" * 70_000, "tokenizer.chat_template"),
        (5, "tokenizer.chat_template"),
        ("\udc00", "tokenizer.chat_template"),
    ],
)
def test_broken_templates_are_named(template, field):
    read(chat_template="{{ '<|end|>' }}")
    with pytest.raises(CheckpointError) as caught:
        read(chat_template=template)
    assert caught.value.field == field


@pytest.mark.parametrize(("limit", "field"), [("MOST_TOKENS", "tokens"), ("MOST_MERGES", "merges")])
def test_counts_are_bounded(limit, field, monkeypatch):
    monkeypatch.setattr(f"lessons_lib.tokenizer.formats.vocabulary.{limit}", len(FIELDS[field]) - 1)
    with pytest.raises(CheckpointError, match=f"tokenizer.ggml.{field}: got {len(FIELDS[field])} {field}, allowed"):
        read()


SENTENCEPIECE = {
    "model": "llama",
    "tokens": [name for name, _, _ in BASE] + ["▁", "a", "b", "ab", "▁ab", "<|user|>", "<sep>", "[PAD266]"],
    "scores": np.array([0.0] * 259 + [-5, -6, -7, -1, -2, 0, 0, -9], np.float32),
    "token_type": np.array([kind for _, _, kind in BASE] + [1, 1, 1, 1, 1, 4, 4, 5], np.int32),
    "bos_token_id": 1,
    "eos_token_id": 2,
}
ZEPHYR = """{% for message in messages %}
{{ '<|' + message['role'] + '|>\n' + message['content'] + eos_token }}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}"""


def read_pieces(**changes):
    return read(**(dict.fromkeys(FIELDS) | SENTENCEPIECE | changes))


def test_a_small_sentencepiece_vocabulary():
    tokenizer = read_pieces(eot_token_id=264, padding_token_id=0)
    assert tokenizer.encode("ab b") == [263, 259, 261]
    assert tokenizer.encode("<s>\n") == [259, 3 + ord("<"), 3 + ord("s"), 3 + ord(">"), 3 + 10]
    assert tokenizer.encode("<s>ab</s>", allow_special=True) == [1, 262, 2]
    assert tokenizer.encode("b<sep>ab") == [259, 261, 265, 262]  # user-defined pieces are found in any text
    assert tokenizer.decode([263, 263, 2]) == "ab ab</s>"
    assert tokenizer.special_tokens == {"<unk>": 0, "<s>": 1, "</s>": 2}
    assert (tokenizer.bos_token_id, tokenizer.eos_token_ids, tokenizer.pad_token_id) == (1, [2, 264], 0)
    assert tokenizer.adds_bos
    assert not read_pieces(add_bos_token=False).adds_bos
    assert read_pieces(add_space_prefix=False).encode("ab b") == [262, 259, 261]
    assert read_pieces(pre="default", remove_extra_whitespaces=False).encode("ab") == [263]
    with pytest.raises(ValueError, match="unused"):
        tokenizer.decode([266])


def test_a_mark_that_is_user_defined_and_in_the_chat_template_cannot_be_forged():
    tokenizer = read_pieces(chat_template="{% for m in messages %}<|user|>{{ m.content }}{% endfor %}")
    assert tokenizer.special_tokens == {"<unk>": 0, "<s>": 1, "</s>": 2, "<|user|>": 264}
    ids = tokenizer.encode_chat([{"role": "user", "content": "ab<|user|>ab<sep>"}])
    assert (ids.count(264), ids.count(265)) == (1, 1)
    assert tokenizer.decode(ids, skip_special_tokens=True) == "<|user|>ab<|user|>ab<sep>"
    assert 264 in read_pieces().encode("<|user|>")  # no template, so no mark


def add_user_defined(*names, **changes):
    """A vocabulary with user-defined pieces from id 267 on."""
    count = len(names)
    return read_pieces(
        tokens=[*PIECES, *names],
        scores=np.array([*SCORES, *[0.0] * count], np.float32),
        token_type=np.array([*KINDS, *[4] * count], np.int32),
        add_space_prefix=False,
        **changes,
    )


def test_user_defined_pieces_have_their_spaces_as_they_are():
    tokenizer = add_user_defined("  ", "   ", "a b", "▁▁▁▁")  # the last as some converters wrote it
    cases = {"a  b": [260, 267, 261], "a   b": [260, 268, 261], "a    b": [260, 270, 261], "xa bab": [123, 269, 262]}
    cases |= {"  ": [267], "     ": [270, 259], " a b ": [259, 269, 259], "a\n  ": [260, 13, 267]}
    for text, ids in cases.items():
        assert tokenizer.encode(text) == ids
        assert tokenizer.decode(ids) == text
    again = gguf_fields(tokenizer, tokenizer.vocab_size)["tokenizer.ggml.tokens"]
    assert again[267:] == ["  ", "   ", "a b", "    "]


def test_a_run_of_spaces_may_stand_there_as_an_ordinary_piece_too():
    names = [*PIECES, "▁▁", "  "]
    kinds, scores = np.array([*KINDS, 1, 4], np.int32), np.array([*SCORES, -3, 0], np.float32)
    tokenizer = read_pieces(tokens=names, token_type=kinds, scores=scores, add_space_prefix=False)
    assert tokenizer.encode("a  ab   b") == [260, 268, 262, 268, 259, 261]
    assert tokenizer.decode([260, 267, 262]) == "a  ab"
    assert gguf_fields(tokenizer, 269)["tokenizer.ggml.tokens"] == names


def test_a_mark_of_the_template_may_hold_a_space():
    tokenizer = add_user_defined("<|tool call|>", chat_template="{{ messages[0].content }}<|tool call|>")
    assert tokenizer.special_tokens["<|tool call|>"] == 267
    assert tokenizer.encode("a<|tool call|>", allow_special=True) == [260, 267]
    assert 267 not in tokenizer.encode("a<|tool call|>")


def test_a_template_may_write_marks_as_plain_text():
    names = [name for name in SENTENCEPIECE["tokens"] if name != "<|user|>"]
    kinds, scores = (np.delete(SENTENCEPIECE[field], 264) for field in ("token_type", "scores"))
    tokenizer = read_pieces(tokens=names, token_type=kinds, scores=scores, chat_template=ZEPHYR)
    ids = tokenizer.encode_chat([{"role": "user", "content": "ab</s>"}, {"role": "assistant", "content": "a"}])
    assert tokenizer.decode(ids) == "<|user|>\nab</s></s>\n<|assistant|>\na</s>\n<|assistant|>\n"
    assert ids.count(2) == 2


def test_the_same_vocabulary_as_a_model_file_gives_the_same_ids(strings):
    path = assets.fetch("mistral-v1")
    model = sentencepiece.SentencePieceProcessor(model_file=str(path))
    size = model.vocab_size()
    kinds = [
        2 if model.is_unknown(i) else 3 if model.is_control(i) else 6 if model.is_byte(i) else 1 for i in range(size)
    ]
    tokenizer = read_pieces(
        tokens=[model.id_to_piece(i) for i in range(size)],
        scores=np.array([model.get_score(i) for i in range(size)], np.float32),
        token_type=np.array(kinds, np.int32),
    )
    same = load_sentencepiece(path)
    assert tokenizer.encode_batch(strings) == same.encode_batch(strings) == model.encode(strings)
    assert tokenizer.special_tokens == same.special_tokens
    assert (tokenizer.bos_token_id, tokenizer.eos_token_ids) == (same.bos_token_id, same.eos_token_ids)


PIECES = SENTENCEPIECE["tokens"]
SCORES, KINDS = SENTENCEPIECE["scores"].tolist(), SENTENCEPIECE["token_type"].tolist()
PIECE_BREAKS = {
    "pre of a byte-level model": ("pre", {"pre": "gpt-2"}),
    "spaces taken out, a number": ("remove_extra_whitespaces", {"remove_extra_whitespaces": 1}),
    "characters replaced": ("precompiled_charsmap", {"precompiled_charsmap": np.zeros(9, np.uint8)}),
    "space prefix a number": ("add_space_prefix", {"add_space_prefix": 1}),
    "tokens missing": ("tokens", {"tokens": None}),
    "tokens empty": (
        "tokens",
        {"tokens": [], "scores": [], "token_type": [], "bos_token_id": None, "eos_token_id": None},
    ),
    "token empty": ("tokens[260]", {"tokens": changed(PIECES, 260, "")}),
    "token null": ("tokens[260]", {"tokens": changed(PIECES, 260, None)}),
    "token of half a surrogate": ("tokens[260]", {"tokens": changed(PIECES, 260, "\ud800")}),
    "token over-long": ("tokens[260]", {"tokens": changed(PIECES, 260, "a" * 10**6)}),
    "special token over-long": ("tokens[1]", {"tokens": changed(PIECES, 1, "<" * 129)}),
    "token twice": ("tokens[261]", {"tokens": changed(PIECES, 261, "a")}),
    "token of a special name": ("tokens[261]", {"tokens": changed(PIECES, 261, "<s>")}),
    "byte missing": ("tokens", {"token_type": changed(KINDS, 3 + 77, 5)}),
    "byte of a minus": ("tokens[80]", {"tokens": changed(PIECES, 80, "<0x-1>")}),
    "byte of small letters": ("tokens[80]", {"tokens": changed(PIECES, 80, "<0xaa>")}),
    "byte twice": ("tokens[80]", {"tokens": changed(PIECES, 80, "<0x00>")}),
    "special tokens too many": (
        "tokens",
        {
            "tokens": PIECES + [f"<{i}>" for i in range(50_000)],
            "scores": SCORES + [0.0] * 50_000,
            "token_type": KINDS + [4] * 50_000,
        },
    ),
    "scores missing": ("scores", {"scores": None}),
    "scores too few": ("scores", {"scores": SCORES[1:]}),
    "score no number": ("tokens[260], score", {"scores": changed(SCORES, 260, float("nan"))}),
    "score infinite": ("tokens[260], score", {"scores": changed(SCORES, 260, float("-inf"))}),
    "score a string": ("tokens[260], score", {"scores": changed(SCORES, 260, "1")}),
    "types missing": ("token_type", {"token_type": None}),
    "types too many": ("token_type", {"token_type": [*KINDS, 1]}),
    "type unknown": ("tokens[260], type", {"token_type": changed(KINDS, 260, 7)}),
    "type a float": ("tokens[260], type", {"token_type": changed(KINDS, 260, 1.0)}),
    "bos out of range": ("bos_token_id", {"bos_token_id": 267}),
}


@pytest.mark.parametrize("name", PIECE_BREAKS)
def test_broken_sentencepiece_fields_are_named(name):
    field, changes = PIECE_BREAKS[name]
    caught = within(1, lambda: refusal(read_pieces, changes))
    assert (caught.value.field, caught.value.file) == (f"tokenizer.ggml.{field}", "m.gguf")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 800


def test_the_number_of_pieces_is_bounded(monkeypatch):
    monkeypatch.setattr("lessons_lib.tokenizer.formats.sentencepiece_vocabulary.MOST_PIECES", len(PIECES) - 1)
    with pytest.raises(CheckpointError, match=f"got {len(PIECES)} tokens, allowed 1 to {len(PIECES) - 1}"):
        read_pieces()


def test_the_real_vocabulary_loads_fast(metadata):
    within(1, lambda: tokenizer_from_gguf(metadata, "smollm2.gguf"))


@pytest.mark.parametrize("name", PRE_TOKENIZERS)
def test_every_name_of_a_split_reads_as_the_one_that_is_written_for_it(name):
    kind = PRE_TOKENIZERS[name]
    written = next(other for other, same in PRE_TOKENIZERS.items() if same == kind)
    for text in ("a  12 ab's\n\n", "abc 日本語123 e\u0301"):
        assert read(pre=name).encode(text) == read(pre=written).encode(text)
    encoder = read(pre=name).encoder
    assert (encoder.split, encoder.nfc, encoder.whole_pieces) == kind[:3]
    assert gguf_fields(read(pre=name), 261)["tokenizer.ggml.pre"] == written


@pytest.mark.parametrize("name", ["default", "falcon", "bloom", "qwen35", "kimi-k2", "deepseek-coder"])
def test_splits_that_are_not_ours_are_refused_by_name(name):
    with pytest.raises(CheckpointError, match=f"tokenizer.ggml.pre: got {name}, allowed gpt-2"):
        read(pre=name)


@pytest.mark.parametrize("squeezes", [True, False])
@pytest.mark.parametrize("adds_space", [True, False])
def test_what_a_sentencepiece_model_does_about_spaces(squeezes, adds_space, tmp_path):
    texts = ["", " ", "   ", "a", "  a  b ", " a", "a   ", "\t a\n  b", "ab  <|user|>  b", "a\u00a0 b"]
    more = {"add_dummy_prefix": adds_space, "remove_extra_whitespaces": squeezes}
    file, peer = both(trained(["a b ab abc b a  ab"] * 9, 280, **more), tmp_path)
    again = tokenizer_from_gguf(gguf_fields(file, file.vocab_size) | {"tokenizer.ggml.bos_token_id": 1}, "m.gguf")
    assert file.encode_batch(texts) == peer.encode(texts) == again.encode_batch(texts)
    assert (file.encoder.squeezes, file.encoder.adds_space) == (squeezes, adds_space)


@pytest.mark.parametrize("adds_bos", [True, False])
def test_bos_is_added_where_the_file_says_so(adds_bos):
    assert read_pieces(bos_token_id=1, add_bos_token=adds_bos).adds_bos is adds_bos
    assert read_pieces(bos_token_id=1).adds_bos and not read_pieces(add_bos_token=True, bos_token_id=None).adds_bos


def test_merges_of_a_translation_become_scores(tmp_path):
    file, peer = both(trained(["the sun and the sky, and the sea is shining "] * 9, 300), tmp_path)
    save_tokenizer(file, tmp_path / "tokenizer.json")
    listed = load_tokenizer(tmp_path / "tokenizer.json")
    assert listed.encoder.scores is None
    scored = tokenizer_from_gguf(gguf_fields(listed, listed.vocab_size), "m.gguf")
    texts = ["the sun", "  and the  sea ", "shinningstheand", "é"]
    assert scored.encode_batch(texts) == peer.encode(texts)
    merges = listed.encoder.merges
    made = [joined for _, joined in merges]
    late = next(n for n, joined in enumerate(made) if made.count(joined) > 1)  # one of several pairs that make a piece
    for wrong in (merges[1:], [*merges[:late], *merges[late + 1 :], merges[late]]):
        odd = Tokenizer(SentencePiece(listed.encoder.pieces, merges=wrong), special_tokens=listed.special_tokens)
        with pytest.raises(ValueError, match=r"encoder\.merges: got an order in which"):
            gguf_fields(odd, odd.vocab_size)


def test_a_pad_token_that_does_not_exist_is_none():
    for value in (10**6, -1, True, 1.0):
        assert read(padding_token_id=value).pad_token_id is None
