"""Ask the course's model one question in the terminal: `python -m lessons_lib "Why is the sky blue?"`."""

import argparse

import lessons_lib
from lessons_lib.generation import stream


def main() -> None:
    """Stream the answer to the question on the command line."""
    parser = argparse.ArgumentParser(prog="python -m lessons_lib", description=__doc__)
    parser.add_argument("question")
    parser.add_argument("--model", default="smollm2-135m-instruct", help="a name, a GGUF file or a directory")
    parser.add_argument("--max-new-tokens", type=int, default=256)
    parser.add_argument("--temperature", type=float, default=0.0, help="0 takes the likeliest token")
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    model, tokenizer = lessons_lib.load(options.model)
    chat = [{"role": "user", "content": options.question}]
    for piece in stream(
        model, tokenizer, chat, options.max_new_tokens, temperature=options.temperature, seed=options.seed
    ):
        print(piece, end="", flush=True)
    print()


if __name__ == "__main__":
    main()
