"""Search in texts: sentences to vectors beside transformers, and questions asked of BM25 beside bm25s."""

from __future__ import annotations

import bm25s
import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import BertModel

from benchmarks.harness import Benchmark, per_second
from benchmarks.peers import Models
from lessons_lib.apps.embedding import load_encoder
from lessons_lib.apps.retrieval import BM25, terms
from lessons_lib.assets import fetch
from lessons_lib.corpora import world_english_bible

BATCH = 32  # sentence-transformers' own
SEED = 0


def sentences(models: Models) -> Benchmark:
    """Texts a second, from text to vector: passages of one to six verses in random order."""
    texts = passages(8 if models.quick else 192)
    encoder, theirs = load_encoder(), Bert()

    def ours() -> float:
        encoder.encode(texts)
        return len(texts)

    def peer() -> float:
        theirs.encode(texts)
        return len(texts)

    return Benchmark(
        title=f"Vectors of {len(texts)} passages, all-MiniLM-L6-v2",
        ours={"ours": per_second(ours, {"texts/s": 1})},
        peers={"transformers": per_second(peer, {"texts/s": 1})},
    )


def by_words(models: Models) -> Benchmark:
    """Questions a second, the ten best of all verses each; the index is made beforehand."""
    verses = world_english_bible().split("\n")[: 200 if models.quick else None]
    questions = [" ".join(terms(text)[:8]) for text in passages(20)]
    ours = BM25((str(row), verse) for row, verse in enumerate(verses))
    theirs = bm25s.BM25(method="lucene")
    theirs.index([terms(verse) for verse in verses], show_progress=False)

    def ask_ours() -> float:
        for question in questions:
            ours.search(question, 10)
        return len(questions)

    def ask_theirs() -> float:
        for question in questions:
            theirs.retrieve([terms(question)], k=10, show_progress=False)
        return len(questions)

    return Benchmark(
        title=f"BM25, ten of {len(verses):,} verses",
        ours={"ours": per_second(ask_ours, {"questions/s": 1})},
        peers={"bm25s": per_second(ask_theirs, {"questions/s": 1})},
    )


def passages(count: int) -> list[str]:
    """Runs of one to six verses from all over the World English Bible."""
    verses, random = world_english_bible().split("\n"), np.random.default_rng(SEED)
    starts, lengths = random.integers(len(verses) - 6, size=count), random.integers(1, 7, size=count)
    return [" ".join(verses[start : start + length]) for start, length in zip(starts, lengths, strict=True)]


class Bert:
    """The same network as transformers has it, used as sentence-transformers does: like lengths together, a mean."""

    def __init__(self) -> None:
        folder = fetch("all-minilm-l6-v2")
        self.model = BertModel.from_pretrained(folder).eval()
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(256)
        self.tokenizer.enable_padding()

    @torch.inference_mode()
    def encode(self, texts: list[str]) -> np.ndarray:
        """Vectors [N, C] of length 1."""
        order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
        vectors = np.empty((len(texts), self.model.config.hidden_size), np.float32)
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            rows = self.tokenizer.encode_batch([texts[place] for place in places])
            ids, real = torch.tensor([row.ids for row in rows]), torch.tensor([row.attention_mask for row in rows])
            states = self.model(input_ids=ids, attention_mask=real).last_hidden_state  # [B, T, C]
            mean = (states * real[..., None]).sum(1) / real.sum(1, keepdim=True)  # [B, C]
            vectors[places] = torch.nn.functional.normalize(mean).numpy()
        return vectors
