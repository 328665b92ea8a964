"""SentencePiece's encoding: the ids of the package on real, trained and random vocabularies; decoding, bytes, time."""

import random
import re
import string
from itertools import chain
from pathlib import Path

import pytest
import sentencepiece
import tokenizers
from effort import examples, in_proportion, within
from hypothesis import given, settings
from hypothesis import strategies as st
from sentencepiece_models import NORMAL, NORMALIZER, USER_DEFINED, both, differences, trained, written
from tokenizers import decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from lessons_lib import assets
from lessons_lib.corpora import shakespeare, world_english_bible
from lessons_lib.tokenizer.chat import ChatTemplate
from lessons_lib.tokenizer.encoding.sentencepiece import SentencePiece
from lessons_lib.tokenizer.formats.sentencepiece_file import load_sentencepiece
from lessons_lib.tokenizer.tokenizer import Tokenizer

BYTES = [bytes([byte]) for byte in range(256)]


@pytest.fixture(scope="module")
def mistral():
    return load_sentencepiece(assets.fetch("mistral-v1"))


@pytest.fixture(scope="module")
def peer():
    return sentencepiece.SentencePieceProcessor(model_file=str(assets.fetch("mistral-v1")))


@pytest.fixture(scope="module")
def many_strings(strings, peer):
    """At least 10,000: those of the other vocabularies, and pieces of this one strung together."""
    chance = random.Random(1)
    pieces = [peer.id_to_piece(i).replace("▁", " ") for i in range(259, peer.vocab_size())]
    spaces = [" " * n for n in range(40)]
    strung = ["".join(chance.choices(pieces, k=chance.randrange(1, 12))) for _ in range(5000)]
    common = ["".join(chance.choices(pieces[:300], k=chance.randrange(1, 12))) for _ in range(2000)]
    runs = [chance.choice(spaces) + chance.choice(pieces) + chance.choice(spaces) for _ in range(1000)]
    hostile = ["<s>", "</s>", "<unk>", "<0x41>", "a<s>b", "▁", " ▁ ", "a▁b", "▁▁▁", "\ufffd", "\ufeffa", "\u2028"]
    strung += common + runs + spaces + hostile
    return [*strings, *strung, *(f"{text}\n\t{other}" for text, other in zip(strings, strung, strict=False))]


def test_ids_and_text_equal_the_package(mistral, peer, many_strings):
    assert len(many_strings) >= 10_000
    assert differences(mistral, peer, many_strings) == []


def library_source():
    files = sorted(Path(random.__file__).parent.glob("[a-d]*.py"))
    return "".join(file.read_text(encoding="utf-8") for file in files)


@pytest.mark.parametrize(("corpus", "size"), [(shakespeare, 5e6), (world_english_bible, 1e6), (library_source, 5e5)])
def test_whole_corpora_equal_the_package(mistral, peer, corpus, size):
    text = corpus()[: int(size)]
    assert len(text) > 0.9 * size
    ids = mistral.encode(text)
    assert ids == peer.encode(text)
    assert mistral.decode(ids) == text


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", []),
        ("Hello", [22557]),
        (" Hello", [28705, 22557]),
        ("123", [28705, 28740, 28750, 28770]),
        ("😉", [28705, 29814]),
        ("\n", [28705, 13]),
    ],
)
def test_published_ids(mistral, text, ids):
    assert mistral.encode(text) == ids
    assert mistral.decode(ids) == text


def test_runs_of_spaces_join_last_and_there_is_none_of_fifteen(mistral):
    x = mistral.encode("x")
    lengths = [len(mistral.token_bytes(i)) for i in mistral.encode(" " * 14 + "x")[: -len(x)]]
    assert lengths == [14]
    lengths = [len(mistral.token_bytes(i)) for i in mistral.encode(" " * 15 + "x")[: -len(x)]]
    assert lengths == [14, 1]
    assert [mistral.decode([i]) for i in mistral.encode("Hello  world")][1:] == ["", "world"]


# Settings that change what is trained; and the strings that they make interesting.
SAMPLE = [
    "The sun is shining, and the sky is blue. The sea is calm.",
    "    if x == 12345:",
    "        return 2024 + 17  # years and  days",
    "Съешь же ещё этих мягких французских булок, да выпей чаю.",
    "敏捷的棕色狐狸跳过了懒狗。2024年5月1日",
    "<sep>left<sep> right <sep>  both",
] * 8
FLAGS = {
    "plain": {},
    "digits split": {"split_digits": True},
    "runs of spaces": {"allow_whitespace_only_pieces": True, "split_digits": True},
    "spaces inside": {"split_by_whitespace": False, "max_sentencepiece_length": 40},
    "no space in front": {"add_dummy_prefix": False},
    "few characters": {"character_coverage": 0.98},
    "user-defined": {"user_defined_symbols": ["<sep>", "sea", "se", "s", "2024", "日", " is "]},
    "control and padding": {"control_symbols": ["<sep>", "<cls>"], "pad_id": 3},
    "no start and end": {"bos_id": -1, "eos_id": -1},
}


@pytest.mark.parametrize("flags", FLAGS.values(), ids=FLAGS)
def test_trained_vocabularies_equal_the_package(flags, strings, tmp_path):
    tokenizer, peer = both(trained(SAMPLE, 480, **flags), tmp_path)
    chance = random.Random(2)
    pieces = [peer.id_to_piece(i).replace("▁", " ") for i in range(peer.vocab_size()) if not peer.is_byte(i)]
    strung = ["".join(chance.choices(pieces, k=chance.randrange(1, 12))) for _ in range(1000)]
    assert differences(tokenizer, peer, [*SAMPLE, *strung, *strings[:1000]]) == []
    assert tokenizer.bos_token_id == (None if peer.bos_id() < 0 else peer.bos_id())
    assert tokenizer.eos_token_id == (None if peer.eos_id() < 0 else peer.eos_id())
    assert tokenizer.pad_token_id == (None if peer.pad_id() < 0 else peer.pad_id())


def test_a_vocabulary_of_two_letters_equals_the_package(tmp_path):
    tokenizer, peer = both(trained(["ab", "ba ab", "aab b"], 300), tmp_path)
    chance = random.Random(3)
    texts = ["".join(chance.choices("ab c", k=chance.randrange(60))) for _ in range(1000)]
    assert differences(tokenizer, peer, texts) == []


MARKS = st.sampled_from("ab▁")
PIECES = st.dictionaries(st.text(MARKS, min_size=1, max_size=5), st.tuples(st.integers(-3, 0), st.booleans()))


@given(pieces=PIECES, texts=st.lists(st.text(st.sampled_from("ab cé"), max_size=20), min_size=1), prefix=st.booleans())
@settings(max_examples=examples(150))
def test_random_vocabularies_with_equal_scores_equal_the_package(tmp_path_factory, pieces, texts, prefix):
    listed = [(name, score, USER_DEFINED if whole else NORMAL) for name, (score, whole) in pieces.items()]
    data = written(listed, normalizer=NORMALIZER | {3: int(prefix)})
    tokenizer, peer = both(data, tmp_path_factory.getbasetemp())
    assert differences(tokenizer, peer, texts) == []


def test_ranks_by_id_or_ties_from_the_right_are_told_apart(mistral, peer, many_strings):
    pieces = [peer.id_to_piece(i) for i in range(peer.vocab_size())]
    ordinary = [BYTES[i - 3] if peer.is_byte(i) else piece if i > 2 else None for i, piece in enumerate(pieces)]
    scores = [peer.get_score(i) for i in range(len(pieces))]
    texts = many_strings[::5]
    right, by_id = (
        Tokenizer(SentencePiece(ordinary, order)).encode_batch(texts) for order in (scores, range(0, -len(pieces), -1))
    )
    assert right == mistral.encode_batch(texts)
    assert sum(a != b for a, b in zip(right, by_id, strict=True)) > 100
    equal = SentencePiece([*BYTES, "▁", "a", "▁▁", "▁▁▁"], [0.0] * 260)
    assert equal.encode("  a") == [259, 257]
    assert SentencePiece([*BYTES, "▁", "a", "▁▁", "▁▁▁"], [0.0] * 259 + [-1.0]).encode("   a") == [258, 258, 257]


@pytest.fixture(scope="module")
def metaspace(peer):
    """The same vocabulary as the `tokenizers` library runs it: merges derived from the scores."""
    names = [peer.id_to_piece(i) for i in range(peer.vocab_size())]
    ids = {name: i for i, name in enumerate(names)}
    splits = [
        (-peer.get_score(i), len(name[:n]), name[:n], name[n:])
        for i, name in enumerate(names)
        if i > 258
        for n in range(1, len(name))
        if name[:n] in ids and name[n:] in ids
    ]
    merges = [(left, right) for *_, left, right in sorted(splits)]
    made = tokenizers.Tokenizer(models.BPE(ids, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    made.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    made.add_special_tokens(["<unk>", "<s>", "</s>"])
    return made


def test_ids_equal_those_of_merges_derived_from_scores(mistral, metaspace, strings):
    # Merges cannot say that all runs of spaces score the same, and that library puts no space before a space.
    texts = [text for text in strings if "   " not in text and text[:1] != " " and len(text) < 1000]
    assert len(texts) > 2000
    ours = [mistral.encode(text, allow_special=True) for text in texts]
    assert ours == [one.ids for one in metaspace.encode_batch(texts, add_special_tokens=False)]


@pytest.mark.parametrize("text", ["Hello <s>.", "<s>Hello</s> Hello", "</s></s>a", "x<s> x <s>y", "<unk>a"])
def test_the_space_in_front_comes_once_or_with_legacy_after_each_special_token(mistral, metaspace, text):
    assert mistral.encode(text, allow_special=True) == metaspace.encode(text, add_special_tokens=False).ids
    legacy = load_sentencepiece(assets.fetch("mistral-v1"), legacy=True)
    parts = re.split("(<s>|</s>|<unk>)", text)
    wanted = [[mistral.special_tokens[part]] if i % 2 else mistral.encode(part) for i, part in enumerate(parts)]
    assert legacy.encode(text, allow_special=True) == [*chain(*wanted)]


ZEPHYR = """{% for message in messages %}
{{ '<|' + message['role'] + '|>\n' + message['content'] + eos_token }}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}"""


def test_a_chat_whose_marks_are_plain_text_equals_the_reference(metaspace):
    tokenizer = load_sentencepiece(assets.fetch("mistral-v1"), chat_template=ChatTemplate(ZEPHYR))
    reference = PreTrainedTokenizerFast(tokenizer_object=metaspace, bos_token="<s>", eos_token="</s>")
    turns = [("system", "Be brief."), ("user", "Hello 🙂\n"), ("assistant", "Hi  there"), ("user", "1 + 1?")]
    messages = [{"role": role, "content": content} for role, content in turns]
    for prompt in (True, False):
        theirs = reference.apply_chat_template(
            messages, chat_template=ZEPHYR, add_generation_prompt=prompt, tokenize=True, return_dict=False
        )
        assert tokenizer.encode_chat(messages, add_generation_prompt=prompt) == theirs


@pytest.mark.parametrize("text", ["<s>", "a</s>b", "<unk>", "<0x41><s>", "</s><s>[INST]"])
def test_names_of_special_tokens_and_bytes_in_text_stay_text(mistral, peer, text):
    ids = mistral.encode(text)
    assert min(ids) > 258
    assert ids == peer.encode(text)
    assert mistral.decode(ids) == text


def streamed(tokenizer, ids, **options):
    decoder = tokenizer.stream_decoder(**options)
    return "".join([*map(decoder.push, ids), decoder.flush()])


def test_streams_of_random_ids_join_to_the_decoded_text(mistral, peer):
    chance = random.Random(4)
    pools = [range(259), range(mistral.vocab_size), [*range(3), 28705, *range(3, 259)], [3 + 32, 28705, 22557]]
    for n in range(1000):
        ids = chance.choices(pools[n % 4], k=chance.randrange(40))
        assert streamed(mistral, ids) == mistral.decode(ids)
        assert streamed(mistral, ids, skip_special_tokens=True) == mistral.decode(ids, skip_special_tokens=True)
        text = [i for i in ids if i > 2]
        # The package writes one sign for each byte that is no text, and keeps a first space that is a byte.
        if text and text[0] != 3 + 32:
            ours, theirs = (re.sub("\ufffd+", "\ufffd", one.decode(text)) for one in (mistral, peer))
            assert ours == theirs


def test_decoding_drops_one_space_at_the_start(mistral):
    hello, space = 22557, 28705
    assert mistral.decode([hello, hello]) == "Hello Hello"
    assert mistral.decode([space, hello]) == " Hello"
    assert mistral.decode([space]) == streamed(mistral, [space]) == ""
    assert mistral.decode([1, hello], skip_special_tokens=True) == "Hello"
    assert mistral.decode_bytes([3 + 0xF0, 3 + 0x9F, hello]) == b"\xf0\x9f Hello"


@given(data=st.binary(max_size=60))
@settings(max_examples=examples(1000))
def test_any_bytes_come_back(mistral, data):
    assert mistral.decode_bytes(mistral.encode_bytes(data)) == data


def test_bytes_that_are_text_are_encoded_as_text(mistral, strings):
    for text in strings[::10]:
        if "▁" not in text:
            assert mistral.encode_bytes(text.encode()) == mistral.encode(text)
    assert mistral.decode_bytes(mistral.encode_bytes("▁ a▁".encode())) == "▁ a▁".encode()
    assert mistral.decode(mistral.encode("▁a")) == " a"  # in text the sign cannot be told from a space


@pytest.mark.parametrize(("text", "place"), [("\ud800", 0), ("ab \udfff", 3), ("é\udc80", 1)])
def test_lone_surrogates_are_refused_with_their_place(mistral, text, place):
    mistral.encode_bytes(b"\x80 ab \xff")  # which is not remembered for text
    with pytest.raises(ValueError, match=rf"lone surrogate '\\ud[0-9a-f]{{3}}' at {place}, allowed Unicode text"):
        mistral.encode(text)


HOSTILE = {
    "one letter": lambda n: "a" * n,
    "spaces": lambda n: " " * n,
    "letters": lambda n: "".join(random.Random(5).choices(string.ascii_letters, k=n)),
    "characters": lambda n: "".join(chr(random.Random(i).randrange(0xD800)) for i in range(97)) * (n // 97),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_time_grows_in_proportion(mistral, peer, name):
    short, long = HOSTILE[name](1 << 15), HOSTILE[name](1 << 18)
    assert within(2, lambda: mistral.encode(long)) == peer.encode(long)  # 0.4 s on a quiet machine
    in_proportion(lambda: mistral.encode(short), lambda: mistral.encode(long), 2.6**3)  # three doublings


def test_the_memory_of_words_is_bounded(monkeypatch):
    encoder = SentencePiece([*BYTES, "▁", "a", "b", "ab"], [0.0] * 260)
    monkeypatch.setattr(encoder._words, "_MOST", 100, raising=False)
    text = " ".join("a" * (n % 7) + "b" * (n // 7) for n in range(400))
    assert b"".join(encoder.tokens[i] for i in encoder.encode(text)).decode() == " " + text
    assert 0 < len(encoder._words) <= 100
    encoder.encode("a" * 1000)
    assert "▁" + "a" * 1000 not in encoder._words


@pytest.mark.parametrize(
    ("pieces", "scores", "message"),
    [
        ([*BYTES, "a"], [0.0] * 256, "scores: got 256, allowed 257, one an id"),
        ([*BYTES[1:], "a"], [0.0] * 256, "pieces: got 255 of the 256 bytes, allowed all of them"),
        ([*BYTES[1:], b"aa"], [0.0] * 256, "pieces: got 255 of the 256 bytes"),
    ],
)
def test_wrong_arguments_are_named(pieces, scores, message):
    with pytest.raises(ValueError, match=message):
        SentencePiece(pieces, scores)
