"""What is saved opens in the `tokenizers` library and here, with the same ids."""

import random

import pytest
from tokenizers import Tokenizer as Peer

from lessons_lib.tokenizer import ByteLevel, Tokenizer, load_tokenizer

UNITS = ["a", " ", "ab", "aab", "\n", "=", "-", " a", "é", "日本", "abc", "0"]


@pytest.fixture(scope="module")
def texts(strings):
    """Strings of all sorts, and repetitive ones: where pairs overlap, the order among merges is put to the test."""
    chance = random.Random(0)
    runs = [unit * n for unit in UNITS for n in (2, 3, 5, 7, 8, 13, 29, 50, 111)]
    mixed = ["".join(chance.choices("aab", k=chance.randrange(60))) for _ in range(1000)]
    return [*strings, *runs, *mixed]


@pytest.mark.parametrize("name", ["gpt2", "cl100k", "llama3", "llama4", "qwen3", "smollm2", "tekken"])
def test_published_tokenizers_stay_the_same(name, published, texts, tmp_path):
    ours, path = published(name), tmp_path / "tokenizer.json"
    ours.save(path)
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
    ours.save(path)
    again, peer = load_tokenizer(path), Peer.from_file(str(path))
    assert again.encode("abc") == peer.encode("abc").ids == ours.encode("abc") == ids
    assert again.encode("e\u0301") == peer.encode("e\u0301").ids == ours.encode("e\u0301")
    assert again.encode("<end>", allow_special=True) == peer.encode("<end>").ids == [300]


def test_another_encoder_is_refused(published, tmp_path):
    with pytest.raises(ValueError, match="encoder: got SentencePiece, allowed ByteLevel"):
        published("mistral-v1").save(tmp_path / "tokenizer.json")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path):
    target = tmp_path / "tokenizer.json"
    target.mkdir()
    with pytest.raises(OSError, match=r"tokenizer\.json"):
        small().save(target)
    assert list(tmp_path.iterdir()) == [target]


def test_an_old_file_is_replaced(tmp_path):
    target = tmp_path / "tokenizer.json"
    target.write_text("old")
    small().save(target)
    assert list(tmp_path.iterdir()) == [target]
    assert load_tokenizer(target).vocab_size == 301
