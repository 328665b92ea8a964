"""Training a tokenizer: 32,000 tokens on 10 MB of English, in a fresh process for each measurement.

`python -m benchmarks.bpe_training` draws how time and memory grow with the text, for 16,000 tokens on 1 to 100 MB.
"""

from __future__ import annotations

import json
import string
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.harness import Benchmark, Candidate, Sample
from benchmarks.process import ROOT, fresh, peak_memory

if TYPE_CHECKING:  # a fresh process imports only what it trains with
    from benchmarks.peers import Models

SPLIT = "gpt4"
NAMES = {
    "compiled": "ours, compiled",
    "incremental": "ours, incremental",
    "tokenizers": "tokenizers",
    "rustbpe": "rustbpe",
}
Source = Path | list[str] | Iterator[str]
Trainer = Callable[[Source, int], int]  # a text and a number of tokens to the number of tokens learned


def benchmark(models: Models) -> Benchmark:
    """Seconds, seconds of processor time in all threads together, and memory.

    The most memory that the process held is given twice: all of it, and without what was there before the training
    began. Python with numba and its compiler holds some 170 MB before it does anything.
    """
    size, vocab_size = (20_000, 300) if models.quick else (10_000_000, 32_000)
    return _benchmark(models.folder, size, vocab_size, ours=["compiled", "incremental"])


def small(models: Models) -> Benchmark:
    """The same on a text that is small enough for the plain way."""
    size, vocab_size = (20_000, 300) if models.quick else (100_000, 1_000)
    return _benchmark(models.folder, size, vocab_size, ours=["compiled", "incremental", "plain"])


def lines(models: Models) -> Benchmark:
    """The same 32,000 tokens on the same 10 MB, each line a text of its own, as most people have them."""
    size, vocab_size = (20_000, 300) if models.quick else (10_000_000, 32_000)
    file = _file(models.folder, size)
    return Benchmark(
        title=f"Train {vocab_size:,} tokens on {size / 1e6:g} MB, line by line",
        ours={
            f"ours, {form} of lines": in_process("compiled", file, vocab_size, form) for form in ("list", "iterator")
        },
        peers={name: in_process(name, file, vocab_size, "iterator") for name in ("tokenizers", "rustbpe")},
        picture="tokenizers",
    )


def _file(folder: Path, size: int) -> Path:
    file = folder / "texts" / f"{size}.txt"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(english(size))
    return file


def _benchmark(folder: Path, size: int, vocab_size: int, ours: list[str]) -> Benchmark:
    file = _file(folder, size)
    return Benchmark(
        title=f"Train {vocab_size:,} tokens on {size / 1e6:g} MB",
        ours={f"ours, {name}": in_process(name, file, vocab_size) for name in ours},
        peers={name: in_process(name, file, vocab_size) for name in ("tokenizers", "rustbpe")},
        picture="tokenizers",
    )


def english(size: int) -> bytes:
    """Text of a size in bytes: Shakespeare and the World English Bible, and after that both again and again.

    English of that size would hold new words. Here every fourth line of a further copy has its letters shifted along
    the alphabet, by one place in the second copy, by two in the third, so that new pieces keep coming.
    """
    from lessons_lib.corpora import shakespeare, world_english_bible

    lines = (shakespeare() + world_english_bible()).splitlines(keepends=True)
    data, letters = bytearray(), string.ascii_lowercase
    for shift in range(len(letters)):
        if len(data) < size:
            moved = str.maketrans(letters, letters[shift:] + letters[:shift])
            data += "".join(line.translate(moved) if n % 4 == 0 else line for n, line in enumerate(lines)).encode()
    return bytes(data[:size]).decode("utf-8", "ignore").encode()


def in_process(trainer: str, file: Path, vocab_size: int, form: str = "file") -> Candidate:
    """Make a candidate that trains in a process of its own, see `measure`."""
    return fresh("benchmarks.bpe_training", trainer, file, vocab_size, form)


def measure(trainer: str, file: Path, vocab_size: int, form: str) -> Sample:
    """Train in this process; the imports do not count, nor does making a list.

    Args:
        trainer: a key of `TRAINERS`.
        file: the text.
        vocab_size: the number of tokens to learn.
        form: "file" for the file itself; "list" or "iterator" for its lines.
    """
    train = TRAINERS[trainer]()
    texts: Source = file if form == "file" else _lines(file) if form == "iterator" else list(_lines(file))
    held = peak_memory()
    wall, processor = time.perf_counter(), time.process_time()
    tokens = train(texts, vocab_size)
    seconds = {"s": time.perf_counter() - wall, "CPU s": time.process_time() - processor}
    if tokens != vocab_size:
        raise RuntimeError(f"{trainer}: got {tokens} tokens, wanted {vocab_size}")
    return seconds | {"MB": peak_memory() / 1e6, "MB more than at the start": (peak_memory() - held) / 1e6}


def _compiled() -> Trainer:
    from lessons_lib.tokenizer.training import train_bpe, warm_up

    warm_up()
    return lambda texts, vocab_size: train_bpe(texts, vocab_size, SPLIT, show_progress=False).vocab_size


def _incremental() -> Trainer:
    from lessons_lib.tokenizer.training.incremental import learn_merges

    return _by_stages(learn_merges)


def _plain() -> Trainer:
    from lessons_lib.tokenizer.training.plain import learn_merges

    return _by_stages(learn_merges)


def _by_stages(learn_merges: Callable) -> Trainer:
    from lessons_lib.tokenizer.training.counting import count_pieces
    from lessons_lib.tokenizer.training.source import blocks

    return lambda texts, vocab_size: 256 + len(learn_merges(count_pieces(blocks(texts), SPLIT), vocab_size - 256))


def _tokenizers() -> Trainer:
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    from lessons_lib.tokenizer.encoding.split import SPLITS

    def train(texts: Source, vocab_size: int) -> int:
        peer = Tokenizer(models.BPE())
        pieces = pre_tokenizers.Split(Regex(SPLITS[SPLIT][0]), "isolated")
        to_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        peer.pre_tokenizer = pre_tokenizers.Sequence([pieces, to_bytes])
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=vocab_size, initial_alphabet=alphabet, show_progress=False)
        peer.train_from_iterator(_texts(texts), trainer)
        return peer.get_vocab_size()

    return train


def _rustbpe() -> Trainer:
    import rustbpe

    from lessons_lib.tokenizer.encoding.split import SPLITS

    def train(texts: Source, vocab_size: int) -> int:
        peer = rustbpe.Tokenizer()
        peer.train_from_iterator(_texts(texts), vocab_size, pattern=SPLITS[SPLIT][0])
        return peer.vocab_size

    return train


def _texts(source: Source) -> Iterable[str]:
    # The peers spread texts over their threads, so of a file they get many: 1,000 lines each.
    if not isinstance(source, Path):
        yield from source
        return
    lines = _lines(source)
    while text := "".join(islice(lines, 1000)):
        yield text


def _lines(file: Path) -> Iterator[str]:
    with file.open(encoding="utf-8") as lines:
        yield from lines


TRAINERS = {
    "compiled": _compiled,
    "incremental": _incremental,
    "plain": _plain,
    "tokenizers": _tokenizers,
    "rustbpe": _rustbpe,
}


def growth(sizes: list[int], vocab_size: int = 16_000) -> dict[str, list[Sample]]:
    """Measure the trainers once at each size, in bytes; a list for each of them."""
    samples: dict[str, list[Sample]] = {name: [] for name in NAMES}
    with TemporaryDirectory() as folder:
        for size in sizes:
            file = Path(folder, "text.txt")
            file.write_bytes(english(size))
            for name, series in samples.items():
                series.append(in_process(name, file, vocab_size)())
                print(f"{size / 1e6:g} MB | {name}: {series[-1]}", file=sys.stderr, flush=True)
    return samples


def picture(sizes: list[int], samples: dict[str, list[Sample]]) -> bytes:
    """Draw processor time and memory as lines, a PNG."""
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter

    from lessons_lib.classroom.panels.figures import png, style

    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(7, 3.4))
        panels = figure.subplots(1, 2)
        for axes, unit, title in zip(panels, ("CPU s", "MB"), ("Processor time, s", "Peak memory, MB"), strict=True):
            for name, series in samples.items():
                axes.loglog([size / 1e6 for size in sizes], [sample[unit] for sample in series], label=NAMES[name])
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
                axis.set_major_formatter("{x:g}")
                axis.set_minor_formatter(NullFormatter())
            axes.set_title(title)
            axes.set_xlabel("text, MB", loc="left")
        panels[0].legend()
        return png(figure)


def main() -> None:
    """Measure one trainer, or draw all."""
    if len(sys.argv) > 1:
        trainer, file, vocab_size, form = sys.argv[1:]
        print(json.dumps(measure(trainer, Path(file), int(vocab_size), form)))
    else:
        sizes = [10**6 * n for n in (1, 3, 10, 30, 100)]
        (ROOT / "assets/bpe-training.png").write_bytes(picture(sizes, growth(sizes)))


if __name__ == "__main__":
    main()
