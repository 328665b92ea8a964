"""How well SmolLM2 reads a whole long text, as trained and under two rules: measured once, read by the lesson.

`python -m lessons_lib.classroom.lessons.lessonD3.long_reading` measures anew; that takes a quarter of an hour.
"""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

TOKENS, CHUNK = 16_384, 512
RULES: dict[str, dict[str, Any] | None] = {
    "as trained": None,
    "linear": {"rope_type": "linear", "factor": 2.0},
    "llama3": {
        "rope_type": "llama3",
        "factor": 2.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    },
    "yarn": {"rope_type": "yarn", "factor": 2.0, "original_max_position_embeddings": 8192},
}
READ = ("as trained", "llama3", "yarn", "near")
HEAD = "# Loss on each 512 tokens of Hamlet; made by python -m lessons_lib.classroom.lessons.lessonD3.long_reading"
FILE = Path(__file__).with_name("long_reading.toml")


def stored() -> dict[str, list[float]]:
    """The mean loss on each chunk of Hamlet's first tokens, by rule; "near" saw the chunk before and no more."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def hamlet(tokens: int) -> list[int]:
    """The play's first tokens in SmolLM2's vocabulary."""
    from lessons_lib.corpora import shakespeare
    from lessons_lib.tokenizer import load_tokenizer

    plays = shakespeare()
    return load_tokenizer("smollm2").encode(plays[plays.index("\nHamlet\n") :][: 4 * tokens])[:tokens]


def measure(rule: str, tokens: int = TOKENS) -> list[float]:
    """Read the play from its beginning: the mean loss on each chunk, to three digits."""
    import torch
    import torch.nn.functional as F

    import lessons_lib
    from lessons_lib.generation.kv_cache import KVCache

    model, _ = lessons_lib.load("smollm2-135m-instruct")
    ids = torch.tensor([hamlet(tokens + 1)])  # [1, T + 1]
    model.config = dataclasses.replace(model.config, rope_scaling=RULES.get(rule), max_position_embeddings=tokens)
    cache, losses = KVCache(model.config), []
    for start in range(0, tokens, CHUNK):
        chunk = slice(start, start + CHUNK)
        with torch.inference_mode():
            if rule == "near":
                scores = model(ids[:, max(start - CHUNK, 0) : start + CHUNK], logits_to_keep=CHUNK)[0]
            else:
                scores = model(ids[:, chunk], cache)[0]  # [chunk, V]
        losses.append(round(float(F.cross_entropy(scores, ids[0, 1:][chunk])), 3))
    return losses


if __name__ == "__main__":
    lines = [f'"{name}" = {measure(name)}' for name in READ]
    FILE.write_text("\n".join([HEAD, *lines, ""]), encoding="utf-8")
