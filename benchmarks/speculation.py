"""Speculative decoding beside plain decoding with the same model and the same ids, on code and on a chat."""

from __future__ import annotations

from functools import partial

from benchmarks.decode import between
from benchmarks.harness import Benchmark
from benchmarks.peers import Models
from lessons_lib.generation import ModelDraft, NGramDraft, generate, speculate

NEW = 128  # tokens
CODE = '''def area(width, height):
    """Return the area of a rectangle."""
    return width * height


def perimeter(width, height):
    """Return the perimeter of a rectangle."""
    return 2 * (width + height)


def volume(width, height, depth):
    """Return the volume of a box."""
'''
REQUEST = """Correct the spelling and give me the whole text again: The quick brown fox jumps over the lazzy dog. The \
dog, who was realy tired, did not even lift his head. The fox was dissapointed and went back home."""


def benchmark(models: Models, subject: str) -> Benchmark:
    """Both drafts: what followed the same words before, and the model's own 4-bit copy."""
    model, small, tokenizer = models.ours, models.quantized(4), models.tokenizer
    ids = tokenizer.encode(CODE) if subject == "code" else tokenizer.encode_chat([{"role": "user", "content": REQUEST}])
    guess = partial(speculate, model, ids, max_new_tokens=NEW, stop_token_ids=())
    return Benchmark(
        title=f"Speculative decoding, {subject}",
        ours={
            "ours, guesses from the text": between(lambda: guess(draft=NGramDraft())),
            "ours, guesses from 4 bits": between(lambda: guess(draft=ModelDraft(small))),
        },
        peers={"ours, no guesses": between(lambda: generate(model, ids, NEW, stop_token_ids=()))},
    )
