"""What `Tokenizer` promises beyond ids: special tokens, clear errors, streaming."""

import random

import pytest
from effort import examples, in_proportion
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib.tokenizer import ByteLevel, Tokenizer
from lessons_lib.tokenizer.encoding import byte_level

BYTES = [bytes([byte]) for byte in range(256)]


def small(**options):
    """Bytes, `ab`, `abc`, then `<|end|>`, `<|end|>>`, `<tool>` and an unused id."""
    encoder_options = {"merges": [((97, 98), 256), ((256, 99), 257)], "split": "gpt2"}
    for name in ("merges", "split", "nfc", "whole_pieces", "strict"):
        if name in options:
            encoder_options[name] = options.pop(name)
    encoder = ByteLevel([*BYTES, b"ab", b"abc", None, None, None, None], **encoder_options)
    special = {"<|end|>": 258, "<|end|>>": 259, "<tool>": 260}
    return Tokenizer(encoder, visible=["<tool>"], **{"special_tokens": special} | options)


def test_empty_text_has_no_ids():
    assert small().encode("") == []
    assert small().decode([]) == ""
    assert small().encode_batch([]) == []


def test_nul_and_control_characters_survive():
    text = "".join(map(chr, range(33))) + "\x7f\x85"
    assert small().decode(small().encode(text)) == text


def test_special_names_in_text_stay_text():
    tokenizer = small()
    for name in tokenizer.special_tokens:
        ids = tokenizer.encode(f"a{name}b")
        assert not set(ids) & set(tokenizer.special_tokens.values())
        assert tokenizer.decode(ids) == f"a{name}b"


def test_special_names_count_when_allowed_and_the_longest_wins():
    assert small().encode("ab<|end|>>c<|end|>", allow_special=True) == [256, 259, 99, 258]
    assert small().encode_batch(["<tool>"], allow_special=True) == [[260]]


def test_skipping_special_tokens_keeps_the_visible_ones():
    ids = [97, 258, 260, 98]
    assert small().decode(ids) == "a<|end|><tool>b"
    assert small().decode(ids, skip_special_tokens=True) == "a<tool>b"


def test_a_whole_piece_is_taken_only_on_request():
    unreachable = {"merges": [((97, 98), 256)]}
    tokens_of = [small(whole_pieces=whole, **unreachable).encode("abc abc") for whole in (False, True)]
    assert tokens_of == [[256, 99, 32, 256, 99], [257, 32, 256, 99]]


def test_whole_pieces_never_give_a_special_token():
    tokenizer = Tokenizer(ByteLevel(BYTES, [], split="gpt2", whole_pieces=True), special_tokens={"hello": 256})
    assert tokenizer.encode("hello") == list(b"hello")


def test_a_special_token_takes_no_id_of_another():
    with pytest.raises(ValueError, match=r"special_tokens\['<s>'\]: got 255, allowed an id that no other token has"):
        Tokenizer(ByteLevel(BYTES, [], split="gpt2"), special_tokens={"<s>": 255})


def test_composed_form():
    assert small(nfc=True).encode("e\u0301") == list("é".encode())
    assert small(nfc=False).encode("e\u0301") == list("e\u0301".encode())


def test_bytes_without_a_token_raise_or_are_dropped():
    tokens = [*BYTES[:255], b"ab"]
    strict, loose = (ByteLevel(tokens, [((97, 98), 255)], split="gpt2", strict=strict) for strict in (True, False))
    with pytest.raises(ValueError, match="got byte 0xFF"):
        strict.encode_bytes(b"a\xffb")
    assert loose.encode_bytes(b"a\xffb") == [255]  # the neighbours meet, as in the reference


@pytest.mark.parametrize(("text", "place"), [("\ud800", 0), ("ab \udfff", 3), ("é\ud83d", 1)])
def test_lone_surrogates_are_refused_with_their_place(text, place):
    with pytest.raises(ValueError, match=rf"lone surrogate '\\ud[0-9a-f]{{3}}' at {place}, allowed Unicode text"):
        small().encode(text)


@pytest.mark.parametrize("token_id", [-1, 262, 10**12])
def test_ids_out_of_range_are_refused(token_id):
    with pytest.raises(ValueError, match=f"token id: got {token_id}, allowed 0 to 261"):
        small().decode([97, token_id])


def test_unused_ids_are_refused():
    with pytest.raises(ValueError, match="token id: got 261, which this vocabulary leaves unused"):
        small().decode([261])


def test_one_text_is_not_a_batch():
    with pytest.raises(ValueError, match="texts: got one str"):
        small().encode_batch("abc")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"merges": [((97, 98), 257)]}, r"merges\[0\]: got"),  # does not make this token
        ({"merges": [((97, 300), 256)]}, r"merges\[0\]: got"),
        ({"merges": [((97, -1), 256)]}, r"merges\[0\]: got"),
        ({"special_tokens": {"<|end|>": -1}}, r"special_tokens\['<\|end\|>'\]: got -1, allowed an id that"),
        ({"bos_token_id": -1}, "bos_token_id: got -1"),
        ({"eos_token_ids": [258, 999]}, "eos_token_ids: got 999"),
        ({"pad_token_id": 262}, "pad_token_id: got 262"),
        ({"split": "words"}, "split: got 'words'"),
    ],
)
def test_wrong_arguments_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        small(**options)


def test_merging_into_a_special_token_is_refused():
    with pytest.raises(ValueError, match=r"merges\[0\]"):
        ByteLevel([*BYTES, None], [((97, 98), 256)], split="gpt2")


def test_more_tokens_or_merges_than_there_is_room_for_are_refused(monkeypatch):
    monkeypatch.setattr(byte_level, "MOST_TOKENS", 257)
    monkeypatch.setattr(byte_level, "MOST_MERGES", 0)
    with pytest.raises(ValueError, match="tokens: got 258, allowed at most 257"):
        ByteLevel([*BYTES, b"ab", b"cd"], split="gpt2")
    with pytest.raises(ValueError, match="merges: got 1, allowed at most 0"):
        ByteLevel([*BYTES, b"ab"], [((97, 98), 256)], split="gpt2")


def test_facts(strict_tokenizer):
    assert strict_tokenizer.vocab_size == 49152
    assert strict_tokenizer.bos_token_id == 1
    assert strict_tokenizer.eos_token_id == 2
    assert strict_tokenizer.eos_token_ids == [2]
    assert strict_tokenizer.pad_token_id == 2
    assert strict_tokenizer.adds_bos is False
    assert len(strict_tokenizer.special_tokens) == 17
    assert strict_tokenizer.special_tokens["<|im_end|>"] == 2
    assert strict_tokenizer.token_bytes(2) == b"<|im_end|>"
    assert small().eos_token_id is None


def test_the_memory_of_pieces_is_bounded(monkeypatch):
    tokenizer = small()
    monkeypatch.setattr(tokenizer.encoder._pieces, "_MOST", 100, raising=False)
    words = [f" {'a' * (n % 7)}b{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(600)]
    assert tokenizer.decode(tokenizer.encode("".join(words))) == "".join(words)
    assert 0 < len(tokenizer.encoder._pieces) <= 100
    tokenizer.encode("x" * 1000)
    assert "x" * 1000 not in tokenizer.encoder._pieces


def streamed(tokenizer, ids, **options):
    decoder = tokenizer.stream_decoder(**options)
    return [*map(decoder.push, ids), decoder.flush()]


def test_a_streamed_emoji_waits_for_its_last_byte():
    assert streamed(small(), [97, *"🙂".encode(), 98]) == ["a", "", "", "", "🙂", "b", ""]


def test_an_unfinished_character_is_flushed():
    assert streamed(small(), [*"é".encode()][:1]) == ["", "�"]


def test_streams_of_random_ids_join_to_the_decoded_text(tokenizer):
    chance = random.Random(0)
    broken = [i for i in range(17, 1000) if b"\xef\xbf\xbd" in tokenizer.decode([i]).encode()]
    assert len(broken) > 100
    for n in range(1000):
        pool = broken if n % 2 else range(tokenizer.vocab_size)
        ids = chance.choices(pool, k=chance.randrange(60))
        assert "".join(streamed(tokenizer, ids)) == tokenizer.decode(ids)
        skipped = "".join(streamed(tokenizer, ids, skip_special_tokens=True))
        assert skipped == tokenizer.decode(ids, skip_special_tokens=True)


@given(data=st.binary(max_size=80))
@settings(max_examples=examples(300))
def test_a_stream_holds_back_at_most_three_bytes(data):
    tokenizer = small()
    decoder, text = tokenizer.stream_decoder(), ""
    for n, byte in enumerate(data, start=1):
        text += decoder.push(byte)
        assert text in {data[:shown].decode("utf-8", "replace") for shown in range(max(0, n - 3), n + 1)}
    assert text + decoder.flush() == data.decode("utf-8", "replace")


def test_streaming_is_linear():
    tokenizer = small()
    short, long = ([*"🙂é".encode()] * (count // 6) for count in (20_000, 80_000))
    in_proportion(lambda: streamed(tokenizer, short), lambda: streamed(tokenizer, long), 2.6**2)
