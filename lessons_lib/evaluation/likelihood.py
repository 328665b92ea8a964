"""How likely a model finds a text behind another: the sum of the logarithms of its tokens' probabilities.

The conventions are those of EleutherAI's harness, so that the tables are the same: both texts are encoded as one and
cut where the tokens of the first would end; blanks at its end go with the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from lessons_lib import arguments
from lessons_lib.config import ModelConfig
from lessons_lib.evaluation.trie import packs, plant, sight, trunk
from lessons_lib.generation import KVCache, LogitsError
from lessons_lib.model import Transformer
from lessons_lib.parts import check_model, check_tokenizer, resting
from lessons_lib.tokenizer import Tokenizer

PACK = 256  # tokens read at once: with more, most of the work is looking at what may not be seen
_ROWS = 8  # texts of a batch
_WORTH_KEEPING = 16  # tokens that are not read again, from which on a pass for what all texts begin with is worth it


class Asked(NamedTuple):
    """What is read, and what is scored behind it: ids, neither empty."""

    context: list[int]
    continuation: list[int]


class Likelihood(NamedTuple):
    """How likely a continuation is.

    Attributes:
        nats: the natural logarithm of its probability, 0 or less.
        greedy: whether each of its tokens is the likeliest of all.
        tokens: how many they are.
    """

    nats: float
    greedy: bool
    tokens: int


def encode_pair(tokenizer: Tokenizer, context: str, continuation: str, *, add_bos: bool | None = None) -> Asked:
    """Encode two texts that belong together.

    Args:
        tokenizer: that of the model.
        context: what is read. Where nothing of it is left, a token that begins a text stands in its place, or one that
            ends it where there is none.
        continuation: what is scored.
        add_bos: whether the token that begins a text stands in front; None for what the model expects.

    Raises:
        ValueError: if the continuation has no token of its own: it is empty, or lies within the last token of the
            context. Or if there is no token to begin with.

    Example:
        `encode_pair(tokenizer, "The sky is", " blue")`
    """
    check_tokenizer(tokenizer)
    kept = context.rstrip()
    whole = tokenizer.encode(context + continuation)
    begin = tokenizer.encode(kept) if kept else []
    rest = whole[len(begin) :]
    if not rest:
        got = arguments.described(continuation)
        raise ValueError(f"continuation: got {got}, which has no token of its own, allowed one with at least one token")
    return Asked(begun(tokenizer, begin, add_bos), rest)


def encode_text(tokenizer: Tokenizer, text: str, length: int) -> list[Asked]:
    """Cut a text into windows of at most `length` tokens that do not overlap; each token is scored once.

    The first window stands behind the token that begins a text, each other behind the last token of the one before; the
    last one looks further back, as far as there is room.

    Raises:
        ValueError: if there is no token to begin with, or the text has none.
    """
    check_tokenizer(tokenizer)
    length = arguments.whole("length", length, 1)
    ids = tokenizer.encode(text)
    if not ids:
        raise ValueError("text: got an empty one, allowed at least one token")
    ids = [first_token(tokenizer), *ids]
    found = []
    for start in range(1, len(ids), length):
        end = min(start + length, len(ids))
        found.append(Asked(ids[max(0, end - length - 1) : start], ids[start:end]))
    return found


def score(model: Transformer, asked: Sequence[Asked], pack: int = PACK) -> list[Likelihood]:
    """How likely each continuation is; see `likelihoods`."""
    found = dict(likelihoods(model, asked, pack))
    return [found[number] for number in range(len(asked))]


def likelihoods(model: Transformer, asked: Sequence[Asked], pack: int = PACK) -> Iterator[tuple[int, Likelihood]]:
    """How likely each continuation is, each said as soon as it is known.

    What several texts begin with is read once, if all layers of the model see everything; else texts are read in
    batches. A context that is too long loses its beginning.

    Args:
        model: any `Transformer`.
        asked: what to score.
        pack: tokens to read at once.

    Yields:
        The number of one and its likelihood.

    Raises:
        ValueError: at once, for an empty context or continuation, or a continuation longer than the model's context,
            naming its number.
        LogitsError: if a score is no number.
    """
    check_model(model)
    texts = [_cut(number, *each, model.config) for number, each in enumerate(asked)]
    if not texts:
        return iter(())
    reads_tree = set(model.config.layer_types) == {"full_attention"}
    known = _in_packs(model, texts, arguments.whole("pack", pack, 4)) if reads_tree else _in_batches(model, texts)
    return _summed(texts, known)


Known = Iterator[tuple[int, float, bool]]
"""The number of a text, and of one of its tokens the likelihood, and whether it is the likeliest."""


def _summed(texts: Sequence[Asked], known: Known) -> Iterator[tuple[int, Likelihood]]:
    left = [len(text.continuation) for text in texts]
    nats, greedy = [0.0] * len(texts), [True] * len(texts)
    for number, value, best in known:
        nats[number] += value
        greedy[number] &= best
        left[number] -= 1
        if left[number] == 0:
            yield number, Likelihood(nats[number], greedy[number], len(texts[number].continuation))


def _in_packs(model: Transformer, texts: Sequence[Asked], size: int) -> Known:
    root = plant(texts)
    start = trunk(root)
    cut = list(packs(start[-1], size)) if start else []
    if len(start) < size and len(start) * (len(cut) - 1) < _WORTH_KEEPING:
        cut = []  # few tokens alone take as long as many: all weights are read
    longest = len(start) + max((len(nodes) for nodes, _ in cut), default=0)
    if not cut or longest > model.config.max_position_embeddings:  # a cache holds no more
        start, cut = [], packs(root, size)
    device, past, cache = next(model.parameters()).device, len(start), None
    for nodes, wanted in cut:
        with torch.no_grad(), resting(model):
            if start and cache is None:
                cache = KVCache.of(model, 1, longest)
                model(torch.tensor([[node.token for node in start]], device=device), cache, logits_to_keep=1)
            asks = set(wanted)
            logits = model(
                torch.tensor([[node.token for node in nodes]], device=device),  # [1, T]
                cache,
                torch.from_numpy(sight(nodes, past))[None].to(device),  # [1, T, S]
                torch.tensor([[node in asks for node in nodes]], device=device),  # [1, T]
                torch.tensor([node.depth for node in nodes], device=device),  # [T]
            )  # [N, V]
            if cache is not None:
                cache.truncate(past)
        rows = [node for node in nodes if node in asks]
        pairs = [(row, token) for row, node in enumerate(rows) for token in node.asked]
        for (row, token), value, best in zip(pairs, *_named(logits, pairs), strict=True):
            for number in rows[row].asked[token]:
                yield number, value, best


def _in_batches(model: Transformer, texts: Sequence[Asked]) -> Known:
    device = next(model.parameters()).device
    order = sorted(range(len(texts)), key=lambda n: -len(texts[n].context) - len(texts[n].continuation))
    for start in range(0, len(order), _ROWS):
        numbers = order[start : start + _ROWS]
        rows = [[*texts[n].context, *texts[n].continuation] for n in numbers]
        width = max(map(len, rows)) - 1
        ids = torch.tensor([[0] * (width + 1 - len(row)) + row[:-1] for row in rows], device=device)  # [B, T]
        real = torch.tensor([[0] * (width + 1 - len(row)) + [1] * (len(row) - 1) for row in rows], device=device)
        sizes = [len(texts[n].continuation) for n in numbers]
        keep = torch.tensor([[place >= width - size for place in range(width)] for size in sizes], device=device)
        with torch.no_grad(), resting(model):
            logits = model(ids, None, None if real.all() else real, keep)  # [N, V]
        owners = [n for n in numbers for _ in texts[n].continuation]
        pairs = list(enumerate(token for n in numbers for token in texts[n].continuation))
        yield from zip(owners, *_named(logits, pairs), strict=True)


def _named(logits: Tensor, pairs: Sequence[tuple[int, int]]) -> tuple[list[float], list[bool]]:
    """The likelihoods of some tokens behind some rows [N, V], and whether each is the likeliest there."""
    logits = logits.float()
    totals = logits.logsumexp(-1)  # [N]; no number where a score is none
    if not bool(totals.isfinite().all()):
        raise LogitsError("logits: got NaN or an infinite score, allowed numbers: the model's weights are broken")
    rows, tokens = torch.tensor(pairs, device=logits.device).T
    values = logits[rows, tokens] - totals[rows]
    return values.tolist(), (logits.argmax(-1)[rows] == tokens).tolist()


def _cut(number: int, context: Sequence[int], continuation: Sequence[int], config: ModelConfig) -> Asked:
    limit = config.max_position_embeddings
    name = f"asked[{number}]"
    begin, rest = arguments.token_ids(f"{name}.context", context), arguments.token_ids(name, continuation)
    for part, ids in (("context", begin), ("continuation", rest)):
        if not ids:
            raise ValueError(f"{name}.{part}: got no tokens, allowed at least one")
        if wrong := [token for token in ids if not 0 <= token < config.vocab_size]:
            raise ValueError(f"{name}.{part}: got {wrong[0]}, allowed 0 to {config.vocab_size - 1}")
    if len(rest) > limit:
        raise ValueError(f"{name}.continuation: got {len(rest)} tokens, allowed {limit} (max_position_embeddings)")
    return Asked(begin[-(limit + 1 - len(rest)) :], rest)


def begun(tokenizer: Tokenizer, ids: list[int], add_bos: bool | None) -> list[int]:
    """What is read, with a first token in front where one belongs there (`add_bos`, None for what the model expects),
    or where there is nothing else."""
    starts = tokenizer.adds_bos if add_bos is None else add_bos
    return [first_token(tokenizer), *ids] if starts or not ids else ids


def first_token(tokenizer: Tokenizer) -> int:
    """The token that stands where there is nothing to read: that which begins a text, else that which ends one.

    Raises:
        ValueError: if there is neither.
    """
    for token in (tokenizer.bos_token_id, tokenizer.eos_token_id):
        if token is not None:
            return token
    raise ValueError("tokenizer: got one without a token that begins or ends a text, allowed one with either")
