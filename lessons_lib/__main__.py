"""Talk to the model in the terminal: `python -m lessons_lib`, or `python -m lessons_lib "Why is the sky blue?"`.

A model that was never taught to talk, such as one of your own, goes on with what you type.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

import lessons_lib
from lessons_lib.checkpoint import load_lora
from lessons_lib.errors import AssetError
from lessons_lib.generation import Chat, Request, Sampler
from lessons_lib.generation.batch import run_one
from lessons_lib.layers import merge_lora
from lessons_lib.model import Transformer
from lessons_lib.tokenizer import Tokenizer

_HELP = "Ctrl-C stops an answer. /undo takes back the last turn, /new starts again, /exit or Ctrl-D leaves."
_WRITER_HELP = (
    "This model was taught no conversation: it goes on with what you type. Ctrl-C stops it, /exit or Ctrl-D leaves."
)
_INTERRUPTED = 130  # the exit code of what Ctrl-C has ended

# A model can write what a terminal obeys: sequences that begin with Escape move its cursor, change its title, fill its
# clipboard. Such characters are shown by their pictures; only the end of a line and the tabulator are obeyed.
_SHOWN = {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\n\t"}
_SHOWN |= {0x7F: "\u2421"} | dict.fromkeys(range(0x80, 0xA0), "\ufffd")


def main() -> int:
    """Answer the question on the command line, or each that is typed.

    Returns:
        The exit code: 0, 1 for an error, which stands on stderr, or 130 where Ctrl-C ended it.
    """
    for stream in (sys.stdin, sys.stdout):
        if hasattr(stream, "reconfigure"):  # a terminal that can't show a character gets a question mark
            stream.reconfigure(errors="replace")
    try:
        return _talk()
    except BrokenPipeError:  # who read, such as head, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python still writes at its end
        return 1
    except (ValueError, OSError, AssetError) as error:
        print(str(error).translate(_SHOWN), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED


def _talk() -> int:
    parser = argparse.ArgumentParser(prog="python -m lessons_lib", description=__doc__)
    parser.add_argument("question", nargs="?", help="answer this and leave; without it, a conversation opens")
    parser.add_argument("--model", default="smollm2-135m-instruct", help="a name, a GGUF file or a directory")
    parser.add_argument("--adapter", help="the folder of an adapter for that model, such as training writes")
    parser.add_argument("--system", help="a message that tells the model how to answer")
    parser.add_argument("--max-new-tokens", type=int, default=256)
    parser.add_argument("--temperature", type=float, default=0.0, help="0 takes the likeliest token")
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    model, tokenizer = lessons_lib.load(options.model)
    if options.adapter is not None:
        merge_lora(load_lora(model, options.adapter))  # one model is faster than two
    sampler = Sampler(temperature=options.temperature, seed=options.seed)

    def new_chat() -> Chat | Writer:
        if tokenizer.chat_template is None:
            return Writer(model, tokenizer, options.system, sampler, options.max_new_tokens)
        return Chat(model, tokenizer, options.system, sampler, options.max_new_tokens)

    if options.question is not None:
        return 0 if _print(new_chat().say(options.question)) else _INTERRUPTED
    chat = new_chat()
    guide = _WRITER_HELP if isinstance(chat, Writer) else _HELP
    print(guide)
    for line in _lines():
        if line == "/exit":
            return 0
        try:
            if line == "/new":
                chat = new_chat()
            elif line == "/undo":
                chat.undo()
            elif line.startswith("/"):
                print(guide)
            else:
                _print(chat.say(line))
        except ValueError as error:
            print(str(error).translate(_SHOWN))
    return 0


class Writer:
    """In the place of `Chat` for a model without a chat template: each text is gone on with, and none is remembered."""

    def __init__(
        self, model: Transformer, tokenizer: Tokenizer, system: str | None, sampler: Sampler, max_new_tokens: int
    ) -> None:
        if system is not None:
            raise ValueError("system: got one for a model without a chat template, allowed none")
        self._model, self._tokenizer = model, tokenizer
        self._settings = {"max_new_tokens": max_new_tokens, "sampler": sampler}

    def say(self, text: str) -> Iterator[str]:
        """Pieces of what follows the text."""
        request = Request(self._tokenizer.encode(text), **self._settings)
        return (token.text for token in run_one(self._model, request, self._tokenizer))

    def undo(self) -> None:
        raise ValueError("/undo: got a model that remembers nothing, allowed one with a chat template")


def _lines() -> Iterator[str]:
    """What is typed, until Ctrl-D; Ctrl-C starts the line again."""
    while True:
        try:
            line = input("> ").strip()
        except KeyboardInterrupt:
            print()
            continue
        except (EOFError, RuntimeError):  # RuntimeError: there is no stdin at all
            print()
            return
        if line:
            yield line


def _print(pieces: Iterator[str]) -> bool:
    """Print an answer as it comes; say whether it came to its end."""
    whole = False
    try:
        for piece in pieces:
            print(piece.translate(_SHOWN), end="", flush=True)
        whole = True
    except KeyboardInterrupt:
        pass  # what came stays in the conversation
    print(flush=True)
    return whole


if __name__ == "__main__":
    sys.exit(main())
