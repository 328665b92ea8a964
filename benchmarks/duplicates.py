"""Near-duplicates among real conversations: signatures, candidates, comparison, groups."""

from __future__ import annotations

import re
from collections.abc import Callable

import datasketch

from benchmarks.harness import Benchmark, per_second
from benchmarks.peers import Models
from lessons_lib.corpora import conversations
from lessons_lib.training.data import near_duplicates

SETTINGS = {"threshold": 0.7, "bands": 32, "rows": 4}


def benchmark(models: Models) -> Benchmark:
    """Texts a second, from the text to its group; no text's numbers are kept from the round before."""
    texts = [conversation.text for conversation in conversations()][: 200 if models.quick else None]

    def candidate(group: Callable[..., list[int]]):
        def work() -> int:
            group(texts, **SETTINGS)
            return len(texts)

        return per_second(work, {"texts/s": 1})

    return Benchmark(
        title=f"Near-duplicates among {len(texts):,} conversations",
        ours={"ours": candidate(near_duplicates)},
        peers={"datasketch": candidate(by_datasketch)},
    )


def by_datasketch(texts: list[str], threshold: float, bands: int, rows: int, length: int = 3) -> list[int]:
    """As its documentation shows: a signature for each text, an index, what it finds compared as sets."""
    worded = [re.findall(r"\w+", text.lower()) for text in texts]
    runs = [{" ".join(words[i : i + length]) for i in range(max(1, len(words) - length + 1))} for words in worded]
    index, group = datasketch.MinHashLSH(num_perm=bands * rows, params=(bands, rows)), list(range(len(texts)))
    for place, run in enumerate(runs):
        signature = datasketch.MinHash(bands * rows)
        for each in run:
            signature.update(each.encode())
        for other in index.query(signature):
            a, b = group[place], group[other]
            if a != b and len(run & runs[other]) / len(run | runs[other]) >= threshold:
                group = [min(a, b) if each in (a, b) else each for each in group]
        index.insert(place, signature)
    return group
