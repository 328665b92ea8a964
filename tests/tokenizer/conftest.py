"""The real vocabularies, each read once, and what other libraries make of the same files: the oracles."""

import base64
import json
import random
import sys
import unicodedata
from functools import cache
from pathlib import Path

import pytest
import tiktoken
import tokenizers
from tokenizers import decoders, models, pre_tokenizers

from lessons_lib import assets
from lessons_lib.checkpoint import load_gguf
from lessons_lib.tokenizer import load_tokenizer, tokenizer_from_gguf


@pytest.fixture(scope="session")
def metadata():
    return dict(load_gguf(assets.fetch("smollm2-135m-instruct")).metadata)


@pytest.fixture(scope="session")
def tokenizer(metadata):
    """SmolLM2's tokenizer in the mode that drops what it has no token for, as the oracle does."""
    return tokenizer_from_gguf(metadata, "smollm2.gguf", strict=False)


@pytest.fixture(scope="session")
def strict_tokenizer(metadata):
    return tokenizer_from_gguf(metadata, "smollm2.gguf")


@pytest.fixture(scope="session")
def oracle(metadata):
    vocabulary = {token: i for i, token in enumerate(metadata["tokenizer.ggml.tokens"])}
    merges = [tuple(merge.split(" ")) for merge in metadata["tokenizer.ggml.merges"]]
    oracle = tokenizers.Tokenizer(models.BPE(vocabulary, merges))
    oracle.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    oracle.decoder = decoders.ByteLevel()
    return oracle


# The patterns as published, by their publishers' own code.
LLAMA3_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
    r"\s*[\r\n]+|\s+(?!\S)|\s+"
)
O200K_PATTERN = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)
PATTERNS = {
    "gpt2": r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s",
    "cl100k": (
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|"
        r"\s++$|\s*[\r\n]|\s+(?!\S)|\s"
    ),
    "o200k": O200K_PATTERN,
    "llama3": LLAMA3_PATTERN,
    "llama4": O200K_PATTERN,
    "qwen2.5": LLAMA3_PATTERN.replace(r"\p{N}{1,3}", r"\p{N}"),
    "tekken": json.loads(assets.fetch("tekken").read_bytes())["config"]["pattern"],
}


@pytest.fixture(scope="session")
def published():
    """A function from a name to the published tokenizer, read once; SmolLM2's as the oracle has it."""
    return cache(lambda name: load_tokenizer(name, strict=False))


@pytest.fixture(scope="session")
def oracle_ids(oracle):
    """A function from the name of a published vocabulary and texts to the ids that another library gives."""

    @cache
    def encoding(name):
        if name == "tekken":
            entries = json.loads(assets.fetch(name).read_bytes())["vocab"][: 131072 - 1000]
            spellings = [entry["token_bytes"] for entry in entries]
        else:
            spellings = [line.split()[0] for line in assets.fetch(name).read_bytes().splitlines()]
        ranks = {base64.b64decode(spelling): i for i, spelling in enumerate(spellings)}
        return tiktoken.Encoding(name, pat_str=PATTERNS[name], mergeable_ranks=ranks, special_tokens={})

    def ids(name, texts):
        if name == "smollm2":
            return [encoding.ids for encoding in oracle.encode_batch(texts)]
        if name == "qwen2.5":
            texts = [unicodedata.normalize("NFC", text) for text in texts]
        found = encoding(name).encode_ordinary_batch(texts, num_threads=1)
        return [[i + 1000 for i in ids] for ids in found] if name == "tekken" else found

    return ids


def _kind(category):
    return category[0] if category[0] in "LN" else "other"


@pytest.fixture(scope="session")
def characters():
    """Characters on whose class every Unicode version agrees: old ones, and emoji. The engines' versions differ."""
    old, new = unicodedata.ucd_3_2_0.category, unicodedata.category
    settled = [
        chr(i)
        for i in range(sys.maxunicode + 1)
        if old(chr(i)) not in ("Cn", "Cs", "Co") and _kind(old(chr(i))) == _kind(new(chr(i)))
    ]
    return [*settled, *map(chr, range(0x1F300, 0x1FB00))]


@pytest.fixture(scope="session")
def strings(characters):
    """Real lines and random strings: prose, code, digits, emoji, many scripts, control characters, runs of spaces."""
    return make_strings(characters, 250)


@pytest.fixture(scope="session")
def many_strings(characters):
    """More than 10,000 of them."""
    return make_strings(characters, 1200)


def make_strings(characters, rounds):
    chance = random.Random(0)
    by_script = {}
    for c in characters:
        by_script.setdefault(ord(c) >> 7, []).append(c)
    scripts = list(by_script.values())
    code = Path(json.__file__).with_name("decoder.py").read_text(encoding="utf-8")
    code += Path(random.__file__).read_text(encoding="utf-8")
    makers = [
        lambda n: "".join(chance.choice(chance.choice(scripts)) for _ in range(n)),  # all scripts mixed
        lambda n: "".join(chance.choices(chance.choice(scripts), k=n)),  # one script
        lambda n: "".join(chance.choices(" \t\n\r\u00a0\u3000a1.", k=n)),  # white space
        lambda n: "".join(chance.choices([chr(i) for i in range(33)] + ["\x7f", "\x85", "a", "9"], k=n)),  # control
        lambda n: "".join(chance.choices("0123456789½Ⅷ٣ .,-xa", k=n)),  # numbers
        lambda n: "".join(chance.choices(["'s", "'LL", "'re", "don't", " I", "’t", "'", " '", "ſ"], k=n)),
        lambda n: "".join(
            chance.choices(["🙂", "👩‍👩‍👧", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "é", "e\u0301", "日本", "語 ", "한국", "नमस्ते", " ", "1"], k=n)
        ),
        lambda n: chance.choice("ab \n0🙂é") * n,
    ]
    generated = [make(1 + chance.randrange(30)) for _ in range(rounds) for make in makers]
    return [*generated, *code.splitlines(keepends=True), code, *PROSE, "", "\0", "a\x04b"]


PROSE = [
    "The sun is shining, and the sky is blue.",
    "Der Zug fährt um 17:45 Uhr über Köln nach Straßburg.",
    "L’été dernier, nous sommes allés à la plage — c’était génial !",
    "Съешь же ещё этих мягких французских булок, да выпей чаю.",
    "Η γρήγορη καφέ αλεπού πηδάει πάνω από τον τεμπέλη σκύλο.",
    "いろはにほへと ちりぬるを 色は匂へど 散りぬるを",
    "敏捷的棕色狐狸跳过了懒狗。2024年5月1日",
    "다람쥐 헌 쳇바퀴에 타고파. 3.14",
    "नमस्ते दुनिया, आप कैसे हैं?",
    "مرحبا بالعالم ٣٤٥",
    "שלום עולם",
    "สวัสดีชาวโลก",
    "Việt Nam: tôi việc gì cũng làm",
    "Բոլոր մարդիկ ծնվում են ազատ ու հավասար՝ իրենց արժանապատվությամբ և իրավունքներով։",
    "ყველა ადამიანი იბადება თავისუფალი და თანასწორი თავისი ღირსებითა და უფლებებით.",
    "மனிதப் பிறவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்",
    "সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে।",
    "የሰው ልጅ ሁሉ ሲወለድ ነጻና በክብርና በመብትም እኩልነት ያለው ነው።",
]
