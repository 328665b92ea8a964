"""Encoding text with Llama 3's vocabulary, on one thread: everybody gives the same ids."""

from __future__ import annotations

import json
import random
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.harness import Benchmark, Candidate, Sample, per_second
from benchmarks.process import fresh, peak_memory
from lessons_lib import corpora
from lessons_lib.assets import fetch
from lessons_lib.tokenizer import load_tokenizer, read_ranks, save_tokenizer
from lessons_lib.tokenizer.encoding.split import SPLITS

if TYPE_CHECKING:  # a fresh process imports only what it loads with
    from benchmarks.peers import Models

VOCABULARY = "llama3"
SIZE, QUICK_SIZE = 2_000_000, 200_000  # characters
Encode = Callable[[str], list[int]]


def english(size: int) -> str:
    """Half Shakespeare, half Bible."""
    return corpora.shakespeare()[: size // 2] + corpora.world_english_bible()[: size - size // 2]


def code(size: int) -> str:
    """Python's own library."""
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    return "".join(file.read_text(encoding="utf-8") for file in files)[:size]


def languages(size: int) -> str:
    """Words of many scripts out of GPT-4o's vocabulary, the frequent ones more often: word n as often as 1 / n."""
    tokens = (token.decode("utf-8", "ignore").strip() for token in read_ranks(fetch("o200k")))
    words = [token for token in tokens if not token.isascii() and token.isalpha()]
    weights = [1 / (10 + n) for n in range(len(words))]
    return " ".join(random.Random(0).choices(words, weights, k=size // 2))[:size]


def one_letter(size: int) -> str:
    return "a" * size


def spaces(size: int) -> str:
    return " " * size


def random_letters(size: int) -> str:
    return "".join(random.Random(0).choices("abcdefghijklmnopqrstuvwxyz", k=size))


TEXTS = {"English": english, "code": code, "many languages": languages}
GIANTS = {"one letter": one_letter, "spaces": spaces, "random letters": random_letters}


def benchmark(models: Models, name: str) -> Benchmark:
    """A text of `TEXTS` in MB/s, or one of `GIANTS`, a single piece of 1 MB, in seconds."""
    size = QUICK_SIZE if models.quick else SIZE if name in TEXTS else 1_000_000
    text = (TEXTS | GIANTS)[name](size)
    encoder = load_tokenizer(VOCABULARY).encoder
    ours = {"ours, compiled": encoder._compiled.encode, "ours, plain Python": encoder._encode_plainly}
    peers = {"tokenizers": _tokenizers(models.folder)}
    if name != "spaces":  # there tiktoken runs out of stack
        peers["tiktoken"] = _tiktoken()
    ids = encoder._compiled.encode(text)
    for other, encode in (ours | peers).items():
        if encode(text) != ids:
            raise ValueError(f"{name}: {other} gives other ids than ours")
    measure = _rate if name in TEXTS else _seconds
    return Benchmark(
        title=f"Encode {name}, {len(text.encode()) / 1e6:.1f} MB",
        ours={name: measure(encode, text) for name, encode in ours.items()},
        peers={name: measure(encode, text) for name, encode in peers.items()},
        picture="tokenizers",
    )


def memory(models: Models) -> Benchmark:
    """Seconds to load the vocabulary and encode English, imports apart, and the most memory the process held."""
    size = QUICK_SIZE if models.quick else SIZE
    _tokenizers(models.folder)  # writes its file
    return Benchmark(
        title=f"Load Llama 3's vocabulary and encode {size / 1e6:.1f} MB",
        ours={"ours": fresh("benchmarks.encoding", "ours", models.folder, size)},
        peers={name: fresh("benchmarks.encoding", name, models.folder, size) for name in ("tiktoken", "tokenizers")},
        picture="tokenizers",
    )


def _rate(encode: Encode, text: str) -> Candidate:
    size = len(text.encode())

    def work() -> int:
        encode(text)
        return size

    return per_second(work, {"MB/s": 1e6}, time.thread_time)  # the processor's time: all run on this thread alone


def _seconds(encode: Encode, text: str) -> Candidate:
    def candidate() -> Sample:
        start = time.thread_time()
        encode(text)
        return {"s": time.thread_time() - start}

    return candidate


def _tiktoken() -> Encode:
    import tiktoken

    ranks = {token: i for i, token in enumerate(read_ranks(fetch(VOCABULARY)))}
    encoding = tiktoken.Encoding(VOCABULARY, pat_str=SPLITS[VOCABULARY][0], mergeable_ranks=ranks, special_tokens={})
    return encoding.encode_ordinary


def _tokenizers(folder: Path) -> Encode:
    import tokenizers

    path = folder / f"{VOCABULARY}.json"
    if not path.exists():
        save_tokenizer(load_tokenizer(VOCABULARY), path)
    tokenizer = tokenizers.Tokenizer.from_file(str(path))
    return lambda text: tokenizer.encode(text, add_special_tokens=False).ids


def measure(who: str, folder: str, size: str) -> Sample:
    """Load and encode in this process."""
    text = english(int(size))
    start = time.perf_counter()
    if who == "ours":
        load_tokenizer(VOCABULARY).encode(text)
    else:
        {"tiktoken": _tiktoken, "tokenizers": lambda: _tokenizers(Path(folder))}[who]()(text)
    return {"s": time.perf_counter() - start, "MB": peak_memory() / 1e6}


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])))
