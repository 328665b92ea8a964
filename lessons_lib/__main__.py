"""Talk to the model in the terminal: `python -m lessons_lib`, or `python -m lessons_lib "Why is the sky blue?"`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import lessons_lib
from lessons_lib.generation import Chat, Sampler

_HELP = "Ctrl-C stops an answer. /undo takes back the last turn, /new starts again, /exit or Ctrl-D leaves."


def main() -> None:
    """Answer the question on the command line, or each that is typed."""
    parser = argparse.ArgumentParser(prog="python -m lessons_lib", description=__doc__)
    parser.add_argument("question", nargs="?", help="answer this and leave; without it, a conversation opens")
    parser.add_argument("--model", default="smollm2-135m-instruct", help="a name, a GGUF file or a directory")
    parser.add_argument("--system", help="a message that tells the model how to answer")
    parser.add_argument("--max-new-tokens", type=int, default=256)
    parser.add_argument("--temperature", type=float, default=0.0, help="0 takes the likeliest token")
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    model, tokenizer = lessons_lib.load(options.model)
    sampler = Sampler(temperature=options.temperature, seed=options.seed)

    def new_chat() -> Chat:
        return Chat(model, tokenizer, options.system, sampler, options.max_new_tokens)

    if options.question is not None:
        _print(new_chat().say(options.question))
        return
    print(_HELP)
    chat = new_chat()
    for line in _lines():
        if line == "/exit":
            return
        try:
            if line == "/new":
                chat = new_chat()
            elif line == "/undo":
                chat.undo()
            elif line.startswith("/"):
                print(_HELP)
            else:
                _print(chat.say(line))
        except ValueError as error:
            print(error)


def _lines() -> Iterator[str]:
    """What is typed, until Ctrl-D; Ctrl-C starts the line again."""
    while True:
        try:
            line = input("> ").strip()
        except KeyboardInterrupt:
            print()
            continue
        except EOFError:
            print()
            return
        if line:
            yield line


def _print(pieces: Iterator[str]) -> None:
    try:
        for piece in pieces:
            print(piece, end="", flush=True)
    except KeyboardInterrupt:
        pass  # what came stays in the conversation
    print()


if __name__ == "__main__":
    main()
