"""Every family that the library claims, with its publisher's own tokenizer file: the ids of an oracle, and saved back.

The files are those that the publishers made, out of packages whose hashes the manifest of assets pins. The oracles are
`sentencepiece`, `tokenizers` and `tiktoken`; for SentencePiece vocabularies there is also the translation into
`tokenizer.json` that transformers makes, in each form in which such files are published.
"""

import random
from functools import cache

import pytest
import sentencepiece
from tokenizers import AddedToken, Regex, decoders, models, normalizers, pre_tokenizers, processors
from tokenizers import Tokenizer as Peer
from transformers.tokenization_utils_base import generate_merges

from lessons_lib import assets
from lessons_lib.tokenizer import load_sentencepiece, load_tokenizer, save_tokenizer

PAGE = """The quick brown fox — naïve café, 12345 + 67.89% = ?  I'LL say "don't"; it's SHE'll.

\tdef f(x: int) -> str:
        return x ** 2  # ünïcode, e\u0301, \u1e9b\u0323
日本語のテキスト、中文文本。한국어 텍스트 Русский язык, العربية עברית हिन्दी ไทย ελληνικά ქართული ትግርኛ
🙂👩‍👩‍👧‍👦🏳️‍🌈 \u200b\u00a0\u3000 ﷺ ½ Ⅷ ² \0\x01\x7f \u2028 𐐀𝔸 \r\n\r\n   trailing   \t
<h1>a</h1>    <table>▁▁▁ _ ▁ x</s><|im_end|>[INST]<unused7>"""
BITS = [*PAGE, "  ", "   ", "\n\n", "\t\t", "'s", "'LL", "▁▁", "ing", " the", "<h1>", "\r\n", "中文", "123"]


def texts(count=1200):
    chance = random.Random(7)
    drawn = ["".join(chance.choices(BITS, k=chance.randrange(1, 40))) for _ in range(count)]
    runs = [character * n for character in "\n \t▁a=" for n in (*range(1, 40), 97)]
    return [PAGE, "", " ", " a", "  a", *PAGE.split("\n"), *runs, *drawn]


TEXTS = texts()


def by_sentencepiece(name):
    peer = sentencepiece.SentencePieceProcessor(model_file=str(assets.fetch(name)))
    return peer.encode, peer.decode


def by_tokenizers(folder):
    peer = Peer.from_file(str(folder / "tokenizer.json"))
    return (
        lambda texts: [encoding.ids for encoding in peer.encode_batch(texts, add_special_tokens=False)],
        lambda ids: peer.decode_batch(ids, skip_special_tokens=False),
    )


PIECES = ["llama2", "mistral-v1", "mistral-v3", "gemma2", "gemma3"]  # TinyLlama's is Llama 2's, Mixtral's is Mistral's
FOLDERS = ["qwen3", "deepseek-v2", "deepseek-v3"]
RANKS = ["gpt2", "llama3", "llama4", "qwen2.5", "tekken", "smollm2"]


@cache
def ours(name):
    return load_sentencepiece(assets.fetch(name)) if name in PIECES else load_tokenizer(assets.fetch(name))


@pytest.mark.parametrize("name", [*PIECES, *FOLDERS])
def test_ids_and_text_equal_the_oracle(name):
    encode, decode = by_sentencepiece(name) if name in PIECES else by_tokenizers(assets.fetch(name))
    special = [] if name in PIECES else ours(name).special_tokens
    plain = [text for text in TEXTS if not any(token in text for token in special)]
    theirs = encode(plain)
    assert ours(name).encode_batch(plain) == theirs
    assert list(map(ours(name).decode, theirs)) == decode(theirs)


@pytest.mark.parametrize("name", RANKS)
def test_ids_equal_the_oracle(name, published, oracle_ids):
    plain = [text for text in TEXTS if "<|im_end|>" not in text and "[INST]" not in text]
    assert published(name).encode_batch(plain) == oracle_ids(name, plain)


@pytest.mark.parametrize("name", [*PIECES, *FOLDERS])
def test_special_tokens_and_all_are_saved_back(name, tmp_path):
    path = tmp_path / "tokenizer.json"
    save_tokenizer(ours(name), path)
    again, (encode, _) = load_tokenizer(path), by_tokenizers(tmp_path)
    chance, names = random.Random(3), list(ours(name).special_tokens)
    strung = [f"{text}{chance.choice(names)} {text[:9]}{chance.choice(names)}{chance.choice(names)}" for text in TEXTS]
    for text in [*strung[::5], *TEXTS[::5]]:
        ids = ours(name).encode(text, allow_special=True)
        assert again.encode(text, allow_special=True) == ids, text
        assert encode([text]) == [ids], text
        assert again.encode(text) == ours(name).encode(text)
    assert again.special_tokens == ours(name).special_tokens
    assert (again.adds_bos, again.vocab_size) == (ours(name).adds_bos, ours(name).vocab_size)


def test_published_ids():
    assert ours("llama2").encode("Hello, World!") == [15043, 29892, 2787, 29991]
    assert ours("gemma3").encode("Hello, World!") == [9259, 236764, 4109, 236888]
    assert ours("gemma2").encode("Hello, World!") == [4521, 235269, 3855, 235341]
    assert ours("deepseek-v3").encode("Hello!") == [19923, 3]
    assert ours("deepseek-v2").encode("Hello!") == [17464, 0]


# The forms in which translations of a SentencePiece vocabulary are published.
PREPEND = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
MARK = normalizers.Replace(" ", "▁")
DECODERS = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
STRIP = decoders.Strip(" ", 1, 0)


def metaspace(scheme, split=False):
    return pre_tokenizers.Metaspace(replacement="▁", prepend_scheme=scheme, split=split)


FORMS = {
    "Llama 2 at first": (PREPEND, None, [*DECODERS, STRIP]),
    "Llama 2 now": (None, metaspace("first"), [*DECODERS, STRIP]),
    "Mistral v3": (None, metaspace("first"), [*DECODERS, STRIP]),
    "a space everywhere": (None, metaspace("always"), [decoders.ByteFallback(), decoders.Metaspace("▁", "always")]),
    "words": (None, metaspace("first", split=True), [*DECODERS, STRIP]),
    "words, and no space in front": (MARK, metaspace("never", split=True), DECODERS),
    "Gemma": (MARK, pre_tokenizers.Split(" ", "merged_with_previous"), DECODERS),
    "an empty sequence": (normalizers.Sequence([]), metaspace("first"), [*DECODERS, STRIP]),
    "a sequence of one": (normalizers.Sequence([MARK]), None, DECODERS),
    "both": (PREPEND, metaspace("always"), [*DECODERS, STRIP]),
    "both, and words": (PREPEND, metaspace("first", split=True), [*DECODERS, STRIP]),
}


@pytest.fixture(scope="module")
def translated():
    """A function from a form to a translation of Llama 2's vocabulary."""
    peer = sentencepiece.SentencePieceProcessor(model_file=str(assets.fetch("llama2")))
    names = [peer.id_to_piece(i) for i in range(peer.vocab_size())]
    vocab = {name: i for i, name in enumerate(names)}
    merges = generate_merges(vocab, {name: peer.get_score(i) for i, name in enumerate(names)})

    def make(normalizer, pre_tokenizer, decoder, added=()):
        made = Peer(models.BPE(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
        if normalizer is not None:
            made.normalizer = normalizer
        if pre_tokenizer is not None:
            made.pre_tokenizer = pre_tokenizer
        made.decoder = decoders.Sequence(decoder)
        made.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in names[:3]])
        made.add_tokens(list(added))
        made.post_processor = processors.TemplateProcessing("<s> $A", "<s> $A <s> $B", [("<s>", 1)])
        return made

    return make


ADDED = [
    AddedToken("<tool>", special=False, normalized=False),
    AddedToken("<|user|>", special=True, normalized=False),
    AddedToken("two words", special=False, normalized=False),
]
LATE = [AddedToken("<late>", special=False, normalized=True), AddedToken("late words", special=False, normalized=True)]


@pytest.mark.parametrize("added", [ADDED, [*ADDED, *LATE]], ids=["added", "late"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_translation_has_the_ids_of_tokenizers(form, added, translated, tmp_path):
    peer, path = translated(*FORMS[form], added), tmp_path / "tokenizer.json"
    peer.save(str(path))
    if form == "both" and len(added) > 3:
        with pytest.raises(ValueError, match=r"added_tokens: got .*'<late>', normalized: true"):
            load_tokenizer(path)
        return
    mine = load_tokenizer(path)
    chance = random.Random(form)
    bits = [
        "<s>",
        "</s>",
        "<tool>",
        "<|user|>",
        "two words",
        "<late>",
        " late words",
        " ",
        "  ",
        "a",
        " a",
        "\n",
        "é",
        "▁",
    ]
    mixed = ["".join(chance.choices(bits, k=chance.randrange(1, 9))) for _ in range(500)]
    for text in [*mixed, *TEXTS[::8]]:
        theirs = peer.encode(text).ids
        assert [1, *mine.encode(text, allow_special=True)] == theirs, text
        if form != "a space everywhere":  # whose decoder drops all the spaces of the first token
            assert mine.decode(theirs, skip_special_tokens=True) == peer.decode(theirs, skip_special_tokens=True)
    assert mine.adds_bos and mine.bos_token_id == 1
    again = tmp_path / "again.json"
    save_tokenizer(mine, again)
    peer = Peer.from_file(str(again))
    for text in mixed:
        ids = mine.encode(text, allow_special=True)
        assert peer.encode(text).ids == [1, *ids], text
        assert load_tokenizer_once(again).encode(text, allow_special=True) == ids, text


@cache
def load_tokenizer_once(path):
    return load_tokenizer(path)


def test_the_forms_differ(translated):
    texts = [" a", "a</s>b", "a</s> b", "a  b", "", "  "]
    ids = {name: str([translated(*form).encode(text).ids for text in texts]) for name, form in FORMS.items()}
    assert len(set(ids.values())) == 7, ids


UNKNOWN = {
    "lower case": (normalizers.Sequence([PREPEND, normalizers.Lowercase()]), None, DECODERS, "normalizer"),
    "composed": (normalizers.NFKC(), metaspace("first"), DECODERS, "normalizer"),
    "another sign": (normalizers.Replace(" ", "_"), None, DECODERS, "normalizer"),
    "any white space": (normalizers.Replace(Regex(r"\s"), "▁"), None, DECODERS, "normalizer"),
    "spaces stay": (None, None, DECODERS, "normalizer, pre_tokenizer"),
    "other words": (MARK, pre_tokenizers.Whitespace(), DECODERS, "pre_tokenizer"),
    "another sign for words": (None, pre_tokenizers.Metaspace("_", "first"), DECODERS, "pre_tokenizer"),
    "bytes that stay names": (MARK, None, [DECODERS[0], decoders.Fuse()], "decoder"),
    "signs that stay": (MARK, None, DECODERS[1:], "decoder"),
    "three spaces taken away": (MARK, None, [*DECODERS, decoders.Strip(" ", 3, 0)], "decoder"),
}


@pytest.mark.parametrize("kind", UNKNOWN)
def test_what_is_not_known_is_refused_by_name(kind, translated, tmp_path):
    *parts, field = UNKNOWN[kind]
    translated(*parts).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(ValueError, match=rf"tokenizer\.json: {field}: got"):
        load_tokenizer(tmp_path / "tokenizer.json")
