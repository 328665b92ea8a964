"""What is saved opens in the `tokenizers` library and here, with the same ids."""

import random

import pytest
from tokenizers import Tokenizer as Peer

from lessons_lib.tokenizer import ByteLevel, SentencePiece, Tokenizer, load_tokenizer, save_tokenizer

UNITS = ["a", " ", "ab", "aab", "\n", "=", "-", " a", "é", "日本", "abc", "0"]


@pytest.fixture(scope="module")
def texts(strings):
    """Strings of all sorts, and repetitive ones: where pairs overlap, the order among merges is put to the test."""
    chance = random.Random(0)
    runs = [unit * n for unit in UNITS for n in (2, 3, 5, 7, 8, 13, 29, 50, 111)]
    mixed = ["".join(chance.choices("aab", k=chance.randrange(60))) for _ in range(1000)]
    return [*strings, *runs, *mixed]


@pytest.mark.parametrize("name", ["gpt2", "cl100k", "llama3", "llama4", "qwen3", "smollm2", "tekken", "mistral-v1"])
def test_published_tokenizers_stay_the_same(name, published, texts, tmp_path):
    ours, path = published(name), tmp_path / "tokenizer.json"
    save_tokenizer(ours, path)
    peer, again = Peer.from_file(str(path)), load_tokenizer(path, strict=False)
    ids = ours.encode_batch(texts)
    assert [encoding.ids for encoding in peer.encode_batch(texts, add_special_tokens=False)] == ids
    assert again.encode_batch(texts) == ids
    assert {name: peer.token_to_id(name) for name in ours.special_tokens} == ours.special_tokens
    assert (again.special_tokens, again.visible) == (ours.special_tokens, ours.visible)
    assert (again.vocab_size, again.adds_bos) == (ours.vocab_size, ours.adds_bos)
    bos = [ours.bos_token_id] if ours.adds_bos else []
    assert peer.encode("the sun").ids == bos + ours.encode("the sun")
    assert peer.decode(ids[5], skip_special_tokens=False) == ours.decode(ids[5])
    special = list(ours.special_tokens.values())[:30]
    for skip in (True, False):
        assert peer.decode(special, skip_special_tokens=skip) == ours.decode(special, skip_special_tokens=skip)


def small(**options):
    tokens = [bytes([byte]) for byte in range(256)] + [b"ab", b"bc", b"abc"]
    merges = [((97, 98), 256), ((98, 99), 257), ((97, 257), 258)]  # whether "abc" is reached depends on their order
    return Tokenizer(ByteLevel(tokens, **{"merges": merges, "split": "gpt4"} | options), special_tokens={"<end>": 300})


@pytest.mark.parametrize(
    ("options", "ids"),
    [({}, [256, 99]), ({"merges": None}, [258]), ({"whole_pieces": True}, [258]), ({"nfc": True}, [256, 99])],
)
def test_every_option_is_kept(options, ids, tmp_path):
    ours, path = small(**options), tmp_path / "tokenizer.json"
    save_tokenizer(ours, path)
    again, peer = load_tokenizer(path), Peer.from_file(str(path))
    assert again.encode("abc") == peer.encode("abc").ids == ours.encode("abc") == ids
    assert again.encode("e\u0301") == peer.encode("e\u0301").ids == ours.encode("e\u0301")
    assert again.encode("<end>", allow_special=True) == peer.encode("<end>").ids == [300]


PIECES = [*(bytes([byte]) for byte in range(256)), "▁", "a", "b", "▁▁", "ab", "▁a", None, None, "▁▁▁"]
SCORES = [0.0] * 259 + [-1.0, -2.0, -3.0, 0.0, 0.0, -4.0]
MERGES = [((257, 258), 260), ((256, 257), 261), ((256, 256), 259)]


def with_x(is_piece):
    return [*PIECES[:262], "<x>" if is_piece else None, *PIECES[263:]]


def pieces(**options):
    order = {"scores": SCORES} if "merges" not in options else {}
    encoder = SentencePiece(with_x("whole" in options or "apart" in options), **order | options)
    return Tokenizer(encoder, special_tokens={"<s>": 263, "</s>": 300}, bos_token_id=263)


SPACED = ["a", " a", "  a", "a b", " ", "", "\n a", "a<x>b", "<x> a", "a  <x>  b", "▁a", "b▁", "   a    b", "é a"]
KINDS = {
    "a space in front of the whole text": {},
    "a space after special tokens too": {"legacy": True},
    "no space in front": {"adds_space": False},
    "no space in front of a space": {"doubles_space": False},
    "no space in front of a space, after special tokens too": {"doubles_space": False, "legacy": True},
    "words": {"cuts_words": True},
    "words without a space in front": {"cuts_words": True, "adds_space": False},
    "merges": {"merges": MERGES},
    "merges and a space after special tokens too": {"merges": MERGES, "legacy": True},
    "a piece that is found late": {"whole": {"<x>": 262}},
    "a piece that is found late, and no space in front": {"whole": {"<x>": 262}, "adds_space": False},
    "a piece that stands apart": {"apart": [262], "doubles_space": False},
    "a piece that stands apart, and a space after it": {"apart": [262], "legacy": True, "merges": MERGES},
    "a space that decoding keeps": {"drops_space": False},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_sentencepiece_vocabulary_is_kept(kind, tmp_path):
    ours, path = pieces(**KINDS[kind]), tmp_path / "tokenizer.json"
    save_tokenizer(ours, path)
    again, peer = load_tokenizer(path), Peer.from_file(str(path))
    for text in [*SPACED, *(f"{text}<s>{text}</s>{other}" for text in SPACED for other in SPACED)]:
        ids = ours.encode(text, allow_special=True)
        assert peer.encode(text).ids == ids, text
        assert again.encode(text, allow_special=True) == ids, text
        assert again.encode(text) == ours.encode(text)
        for skip in (True, False)[
            : 1 + (ids[:1] != [263])
        ]:  # a space behind a special token in front is a matter of taste
            theirs = peer.decode(ids, skip_special_tokens=skip)
            assert theirs == ours.decode(ids, skip_special_tokens=skip) == again.decode(ids, skip_special_tokens=skip)
    assert again.special_tokens == ours.special_tokens


def test_kinds_of_vocabularies_differ():
    texts = [*SPACED, *(f"{text}<s>{text}" for text in SPACED)]
    ids = {str([pieces(**kind).encode(text, allow_special=True) for text in texts]) for kind in KINDS.values()}
    assert len(ids) == len(KINDS) - 1  # decoding shows what the last one does


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"squeezes": True}, "squeezes: got True"),
        ({"scores": [0.0] * 259 + [-1.0, -2.0, -2.0, 0.0, 0.0, -4.0]}, r"scores\[261\]: got -2.0 again"),
        ({"pieces": [*PIECES[:257], "c", *PIECES[258:]]}, r"pieces\[260\]: got 'ab'"),
        ({"whole": {"<x>": 262}, "legacy": True}, "whole: got '<x>'"),
        ({"apart": [262]}, "apart: got '<x>'"),
    ],
)
def test_what_the_format_has_no_word_for_is_refused(options, words, tmp_path):
    encoder = SentencePiece(**{"pieces": with_x("whole" in options or "apart" in options), "scores": SCORES} | options)
    with pytest.raises(ValueError, match=words):
        save_tokenizer(Tokenizer(encoder), tmp_path / "tokenizer.json")
    assert list(tmp_path.iterdir()) == []


def test_another_encoder_is_refused(tmp_path):
    class Letters:
        tokens, drops_first_space = [b"a"], False

    with pytest.raises(ValueError, match="encoder: got Letters, allowed ByteLevel or SentencePiece"):
        save_tokenizer(Tokenizer(Letters()), tmp_path / "tokenizer.json")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path):
    target = tmp_path / "tokenizer.json"
    target.mkdir()
    with pytest.raises(OSError, match=r"tokenizer\.json"):
        save_tokenizer(small(), target)
    assert list(tmp_path.iterdir()) == [target]


def test_an_old_file_is_replaced(tmp_path):
    target = tmp_path / "tokenizer.json"
    target.write_text("old")
    save_tokenizer(small(), target)
    assert list(tmp_path.iterdir()) == [target]
    assert load_tokenizer(target).vocab_size == 301
