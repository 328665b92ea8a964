"""Text to token ids and back: byte-pair encoding, tokenizer files, streaming and chat."""

from lessons_lib.tokenizer.chat import ChatTemplate
from lessons_lib.tokenizer.files import load_tokenizer
from lessons_lib.tokenizer.gguf import tokenizer_from_gguf
from lessons_lib.tokenizer.stream import StreamDecoder
from lessons_lib.tokenizer.tokenizer import Tokenizer

__all__ = ["ChatTemplate", "StreamDecoder", "Tokenizer", "load_tokenizer", "tokenizer_from_gguf"]
