"""A SentencePiece vocabulary as the parts of a `tokenizer.json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lessons_lib.tokenizer.encoding.bpe import merge as merge_pairs
from lessons_lib.tokenizer.encoding.sentencepiece import SPACE, SentencePiece, merge
from lessons_lib.tokenizer.formats.pipeline import start_of_text

if TYPE_CHECKING:
    from lessons_lib.tokenizer.tokenizer import Tokenizer

_MARK = {"type": "Replace", "pattern": {"String": " "}, "content": SPACE}


def pieces_content(encoder: SentencePiece, tokenizer: Tokenizer) -> dict[str, Any]:
    """Describe a SentencePiece vocabulary.

    Args:
        encoder: the encoder of the tokenizer.
        tokenizer: the tokenizer.

    Returns:
        Parts of the file by name: the normalizer, the pre-tokenizer, the decoder and the model; as `added_tokens`, of
        each piece that is found whole, id, name, whether it is found after the normalizer, and False; and as
        `finds_special_late` whether special tokens have to be found after the normalizer.

    Raises:
        ValueError: the format cannot say what the encoder does.
    """
    if encoder.squeezes:
        raise ValueError("encoder.squeezes: got True, allowed False: tokenizer.json has no word for it")
    names = [f"<0x{piece[0]:02X}>" if isinstance(piece, bytes) else piece for piece in encoder.pieces]
    pairs = [pair for pair, _ in encoder.merges] if encoder.merges is not None else _pairs(encoder)
    decoders = [{"type": "Replace", "pattern": {"String": SPACE}, "content": " "}, {"type": "ByteFallback"}]
    decoders.append({"type": "Fuse"})
    if encoder.drops_first_space:
        decoders.append({"type": "Strip", "content": " ", "start": 1, "stop": 0})
    # A space in front of the whole text only, whatever the text starts with, needs special tokens that are found late.
    finds_late = encoder.adds_space and encoder.doubles_space and not encoder.legacy
    return _before(encoder, tokenizer, finds_late) | {
        "added_tokens": _added(encoder, finds_late),
        "finds_special_late": finds_late,
        "decoder": {"type": "Sequence", "decoders": decoders},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "<unk>" if "<unk>" in tokenizer.special_tokens else None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": True,
            "ignore_merges": False,
            "vocab": {name: i for i, name in enumerate(names) if name is not None},
            "merges": [[names[left], names[right]] for left, right in pairs],
        },
    }


def _before(encoder: SentencePiece, tokenizer: Tokenizer, finds_late: bool) -> dict[str, Any]:
    """What happens to a text before it is joined from its characters."""
    scheme = "never"
    if finds_late:
        special = sorted(tokenizer.special_tokens, key=tokenizer.special_tokens.__getitem__)
        start = start_of_text(special, [encoder.pieces[i] for i in sorted(encoder.whole.values())])
        normalizers = [{"type": "Replace", "pattern": {"Regex": start}, "content": SPACE}, _MARK]
    elif encoder.adds_space and encoder.doubles_space:
        normalizers = [{"type": "Prepend", "prepend": SPACE}, _MARK]
    else:
        normalizers = [_MARK]
        if encoder.adds_space:
            scheme = "always" if encoder.legacy else "first"
            normalizers = [_MARK] if encoder.whole else []
    normalizer: dict[str, Any] | None = {"type": "Sequence", "normalizers": normalizers}
    if len(normalizers) < 2:
        normalizer = normalizers[0] if normalizers else None
    words = {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": scheme, "split": encoder.cuts_words}
    needs_words = scheme != "never" or encoder.cuts_words
    return {"normalizer": normalizer, "pre_tokenizer": words if needs_words else None}


def _added(encoder: SentencePiece, finds_late: bool) -> list[tuple[int, str, bool, bool]]:
    if encoder.whole and encoder.adds_space and encoder.legacy and not encoder.doubles_space:
        raise ValueError("encoder.whole: got some, allowed none where each text gets a space unless it starts with one")
    front = SPACE if encoder.adds_space and encoder.doubles_space and encoder.legacy else ""
    for spelling, i in encoder.whole.items():
        # The file gives the name of a token, and its normalizer makes of that what is looked for.
        if spelling != front + encoder.pieces[i].replace(" ", SPACE):
            raise ValueError(f"encoder.whole: got {spelling!r:.80}, allowed none where a text gets a space in front")
    if encoder.apart and finds_late:
        got = encoder.pieces[min(encoder.apart)]
        raise ValueError(f"encoder.apart: got {got!r:.80}, allowed none where only a whole text gets a space in front")
    found = [(i, encoder.pieces[i], True, False) for i in encoder.whole.values()]
    return found + [(i, encoder.pieces[i], False, False) for i in encoder.apart]


def _pairs(encoder: SentencePiece) -> list[tuple[int, int]]:
    """List the ids of every two pieces that may be joined, those with the best join first.

    Raises:
        ValueError: no order of pairs joins as the scores do.
    """
    held = {*encoder.whole.values(), *encoder.apart}
    ids = {piece: i for i, piece in enumerate(encoder.pieces) if isinstance(piece, str) and i not in held}
    ranked: dict[float, list[tuple[int, int]]] = {}
    equal = _runs(encoder, ids)
    for piece, i in ids.items():
        if len(piece) == 1:
            continue
        if not all(character in ids for character in piece):
            raise ValueError(f"encoder.pieces[{i}]: got {piece!r:.80}, allowed pieces of characters that are pieces")
        halves = ((ids.get(piece[:cut]), ids.get(piece[cut:])) for cut in range(1, len(piece)))
        if found := [pair for pair in halves if None not in pair]:
            if encoder.scores[i] in ranked and not set(piece) <= equal:
                raise ValueError(f"encoder.scores[{i}]: got {encoder.scores[i]} again, allowed each score once")
            ranked.setdefault(encoder.scores[i], []).extend(found)
    return [pair for score in sorted(ranked, reverse=True) for pair in ranked[score]]


def _runs(encoder: SentencePiece, ids: Mapping[str, int]) -> set[str]:
    """Find the characters whose runs may share a score.

    Equal scores join from the left, pairs in the order in which they are listed. Llama 2 gives all runs of spaces one
    score, and in order of id they join alike; so do these, as trying out many lengths shows.
    """
    runs: dict[str, list[str]] = {}
    for piece in ids:
        if len(piece) > 1 and len(set(piece)) == 1:
            runs.setdefault(piece[0], []).append(piece)
    found = set()
    for character, pieces in runs.items():
        by_id = sorted(pieces, key=lambda piece: (-encoder.scores[ids[piece]], ids[piece]))
        lengths = {len(piece) for piece in pieces} | {1}
        ordered = [(cut, len(p) - cut) for p in by_id for cut in range(1, len(p)) if {cut, len(p) - cut} <= lengths]
        ranks = {pair: rank for rank, pair in enumerate(ordered)}
        scores = {piece: -encoder.scores[ids[piece]] for piece in pieces}
        order = {score: rank for rank, score in enumerate(sorted(set(scores.values())))}
        by_score = {piece: order[score] for piece, score in scores.items()}
        counts = range(2, 4 * max(lengths) + 2)
        if all(
            [len(symbol) for symbol in merge(character * n, by_score)]
            == merge_pairs([1] * n, ranks, [left + right for left, right in ordered])
            for n in counts
        ):
            found.add(character)
    return found
