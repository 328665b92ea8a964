"""Text to token ids and back: byte-pair encoding, tokenizer files, streaming and chat."""

from lessons_lib.tokenizer.chat import ChatTemplate
from lessons_lib.tokenizer.encoding.byte_level import ByteLevel
from lessons_lib.tokenizer.encoding.sentencepiece import SentencePiece
from lessons_lib.tokenizer.encoding.stream import StreamDecoder
from lessons_lib.tokenizer.formats.gguf import tokenizer_from_gguf
from lessons_lib.tokenizer.formats.ranks import read_ranks
from lessons_lib.tokenizer.formats.save import save_tokenizer
from lessons_lib.tokenizer.formats.sentencepiece_file import load_sentencepiece
from lessons_lib.tokenizer.load import load_tokenizer
from lessons_lib.tokenizer.tokenizer import Tokenizer
from lessons_lib.tokenizer.training import train_bpe

__all__ = [
    "ByteLevel",
    "ChatTemplate",
    "SentencePiece",
    "StreamDecoder",
    "Tokenizer",
    "load_sentencepiece",
    "load_tokenizer",
    "read_ranks",
    "save_tokenizer",
    "tokenizer_from_gguf",
    "train_bpe",
]
