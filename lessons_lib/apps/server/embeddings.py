"""`/v1/embeddings`: sentences to vectors."""

from __future__ import annotations

import base64
from typing import Any

from lessons_lib.apps.embedding import SentenceEncoder
from lessons_lib.apps.server.fields import Fields
from lessons_lib.apps.server.refusal import Refusal

MOST_TEXTS = 256  # of one request


class Embeddings:
    """What answers.

    Args:
        encoder: see `load_encoder`.
        name: by which it is asked for.
    """

    def __init__(self, encoder: SentenceEncoder, name: str) -> None:
        self.encoder, self.name = encoder, name

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """The vectors of what a body asks for.

        Raises:
            Refusal: naming the field, the value and the rule.

        Source: https://platform.openai.com/docs/api-reference/embeddings/create.
        """
        fields = Fields(body)
        model = fields.text("model", [self.name])
        given = fields.take("input")
        texts = [given] if isinstance(given, str) else given
        right = isinstance(texts, list) and 0 < len(texts) <= MOST_TEXTS
        if not right or not all(isinstance(text, str) and text for text in texts):
            raise fields.wrong("input", given, f"a text, or a list of 1 to {MOST_TEXTS} texts")
        coded = fields.text("encoding_format", ["float", "base64"], "float") == "base64"
        fields.refuse(f"{self.encoder.config.hidden_size}", dimensions=self.encoder.config.hidden_size)
        fields.ignore("user")
        fields.end()
        most = self.encoder.max_length
        counts = [len(self.encoder.wordpiece.encode(text, most + 1)) for text in texts]
        if max(counts) > most:
            rule = f"texts of at most {most} tokens"
            raise Refusal(f"input: got one of more, allowed {rule}", param="input", code="context_length_exceeded")
        vectors = self.encoder.encode(texts)
        data = [
            {
                "object": "embedding",
                "index": n,
                "embedding": base64.b64encode(row.astype("<f4").tobytes()).decode() if coded else row.tolist(),
            }
            for n, row in enumerate(vectors)
        ]
        used = {"prompt_tokens": sum(counts), "total_tokens": sum(counts)}
        return {"object": "list", "data": data, "model": model, "usage": used}
