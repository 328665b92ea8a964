"""SentencePiece models for tests: written field by field, or trained by the sentencepiece package itself."""

import io
import struct
from pathlib import Path

import sentencepiece

from lessons_lib.tokenizer.formats.sentencepiece_file import load_sentencepiece

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)

BASE = [("<unk>", 0.0, UNKNOWN), ("<s>", 0.0, CONTROL), ("</s>", 0.0, CONTROL)]
BASE += [(f"<0x{byte:02X}>", 0.0, BYTE) for byte in range(256)]

# Settings as Llama 2 and Mistral have them, by number of the field.
TRAINER = {3: 2, 35: 1}
NORMALIZER = {1: "identity", 2: b"", 3: 1, 4: 0, 5: 1}


def varint(number):
    number %= 1 << 64
    data = b""
    while number > 0x7F:
        data += bytes([number & 0x7F | 0x80])
        number >>= 7
    return data + bytes([number])


def field(number, value):
    """One field of a protobuf message, its wire type chosen by the value's type."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def message(fields):
    return b"".join(field(number, value) for number, value in fields.items())


def piece(name, score, kind):
    """One piece; a score of 0 and the normal kind are what holds when a file says nothing."""
    return field(1, message({1: name} | ({2: float(score)} if score else {}) | ({} if kind == NORMAL else {3: kind})))


def written(pieces, trainer=TRAINER, normalizer=NORMALIZER):
    """A whole .model file with these pieces after the special ones and the bytes."""
    listed = b"".join(piece(*one) for one in [*BASE, *pieces])
    return listed + field(2, message(trainer)) + field(3, message(normalizer))


def trained(texts, vocab_size, **flags):
    """A .model file that the sentencepiece package made of these texts."""
    file = io.BytesIO()
    options = {
        "model_type": "bpe",
        "byte_fallback": True,
        "normalization_rule_name": "identity",
        "remove_extra_whitespaces": False,
        "hard_vocab_limit": False,
        "num_threads": 1,
        "minloglevel": 2,
    }
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts), model_writer=file, vocab_size=vocab_size, **options | flags
    )
    return file.getvalue()


def both(data: bytes, folder: Path, **options):
    """Our tokenizer and the package's for the same .model file."""
    path = folder / "a.model"
    path.write_bytes(data)
    return load_sentencepiece(path, **options), sentencepiece.SentencePieceProcessor(model_proto=data)


def differences(tokenizer, peer, texts):
    """Those of the texts whose ids, or the text that ids give back, are not the peer's."""
    ids = tokenizer.encode_batch(texts)
    theirs = peer.encode(texts)
    back = peer.decode(theirs)
    return [
        text
        for text, mine, other, decoded in zip(texts, ids, theirs, back, strict=True)
        if mine != other or tokenizer.decode(mine) != decoded
    ]
