"""From text to a tokenizer: read it, count its pieces, learn the merges."""

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.util import find_spec

from lessons_lib.tokenizer.encoding.borders import SIZE, no_border, word_border
from lessons_lib.tokenizer.encoding.byte_level import ByteLevel
from lessons_lib.tokenizer.encoding.split import SPLITS, check_split
from lessons_lib.tokenizer.formats.special_names import check_new_names
from lessons_lib.tokenizer.tokenizer import Tokenizer
from lessons_lib.tokenizer.training.source import Source, blocks

_QUIET_SECONDS = 2  # work that is done by then shows no bar


def train_bpe(
    source: Source,
    vocab_size: int,
    pattern: str = "gpt4",
    special_tokens: Sequence[str] = (),
    *,
    show_progress: bool = True,
) -> Tokenizer:
    r"""Train a byte-level byte-pair tokenizer.

    Ids 0 to 255 are the bytes, then come the merged tokens in the order in which they were learned, then the special
    ones. The most frequent pair is merged first; of equally frequent pairs the one with the lower left id, then the
    one with the lower right id, as `tokenizers` and `rustbpe` have it. So the same text always gives the same
    tokenizer. Where there are ties, other conventions give others: some courses take the lexicographically greatest
    pair of byte strings.

    Args:
        source: a text, a file of UTF-8 text as a `pathlib.Path`, or several of either, from a list or any iterator:
            lines, documents, files. No token spans two of them. It is read block by block and may be larger than
            memory.
        vocab_size: number of tokens, bytes and special tokens included. A small text may give fewer: training ends
            when each of its pieces is one token.
        pattern: how text is cut into pieces: a key of `SPLITS` in `encoding.split`, or a regular expression of one's
            own. What the expression leaves out is a piece of its own, so nothing is lost. With such an expression each
            text and file is held whole, for nobody knows where it may be cut; give lines or documents.
        special_tokens: names of tokens that stand outside the text. Where the source holds one, a text ends.
        show_progress: whether to show a bar while reading or merging takes longer than two seconds.

    Returns:
        The tokenizer.

    Raises:
        ValueError: an argument breaks its rule, a text given as `str` is the name of a file, or the source holds no
            text or something that is not Unicode.
        OSError: a file cannot be read.

    Example:
        >>> tokenizer = train_bpe("low lower lowest", vocab_size=260, special_tokens=["<|end|>"])
        >>> [tokenizer.decode([i]) for i in tokenizer.encode("slowest")]
        ['s', 'low', 'e', 's', 't']
        >>> tokenizer.special_tokens
        {'<|end|>': 259}
        >>> train_bpe("a-b a-b", vocab_size=259, pattern=r"\S+|\s+").encode("a-b")
        [257]

    Source: Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units"; over bytes as in GPT-2.
    """
    split, names = check_split(pattern, "pattern"), check_new_names(special_tokens)
    vocab_size = _check_size(vocab_size, names)
    count_pieces, learn_merges = _stage(split)
    texts = blocks(source, names, border=word_border if split in SPLITS else no_border)
    with _bar("Reading", None, " characters", show_progress) as bar:
        counts = count_pieces(_reported(texts, bar.update), split)
    if not counts:
        raise ValueError("source: got no text, allowed at least one character")
    most = vocab_size - 256 - len(names)
    with _bar("Merging", most, " merges", show_progress) as bar:
        merges = learn_merges(counts, most, bar.update)
    tokens = [bytes([byte]) for byte in range(256)]
    for left, right in merges:
        tokens.append(tokens[left] + tokens[right])
    encoder = ByteLevel(tokens, [(pair, 256 + n) for n, pair in enumerate(merges)], split=split)
    return Tokenizer(encoder, special_tokens={name: len(tokens) + n for n, name in enumerate(names)})


def warm_up() -> None:
    """Compile now, so that the first training on this machine need not wait for it."""
    train_bpe("low lower lowest", 258, show_progress=False)


def _check_size(vocab_size: int, names: Sequence[str]) -> int:
    least = 256 + len(names)
    rule = f"allowed {least} or more: 256 bytes, {len(names)} special tokens and any number of merges"
    try:
        size = operator.index(vocab_size)
    except TypeError:
        raise ValueError(f"vocab_size: got {vocab_size!r:.80}, {rule}") from None
    if size < least:
        raise ValueError(f"vocab_size: got {size}, {rule}")
    return size


def _stage(split: str) -> tuple[Callable, Callable]:
    """Compiled code where it can run: it needs numba, takes half a second to load, and knows the splits with names."""
    from lessons_lib.tokenizer.training.counting import count_pieces
    from lessons_lib.tokenizer.training.incremental import learn_merges

    if find_spec("numba"):
        from lessons_lib.tokenizer.training.compiled import learn_merges

        if split in SPLITS:
            from lessons_lib.tokenizer.training.compiled_counting import count_pieces
    return count_pieces, learn_merges


def _bar(title: str, total: int | None, unit: str, is_shown: bool):
    from tqdm.auto import tqdm

    scale = total is None  # 5.2M characters, but 31744 merges
    return tqdm(desc=title, total=total, unit=unit, unit_scale=scale, delay=_QUIET_SECONDS, disable=not is_shown)


def _reported(texts: Iterable[str], report: Callable[[int], object]) -> Iterator[str]:
    unreported = 0
    for text in texts:
        yield text
        unreported += len(text)
        if unreported >= SIZE:  # a report costs as much as a short text
            report(unreported)
            unreported = 0
    report(unreported)
