"""Search in texts of one's own: cut them up, find what answers a question, and say where it stands or that it is not
there. None of it needs torch."""

from lessons_lib.apps.retrieval.answer import Answer, Quote, answer, check_quotes
from lessons_lib.apps.retrieval.bm25 import BM25, terms
from lessons_lib.apps.retrieval.chunk import Chunk, chunk
from lessons_lib.apps.retrieval.fuse import fuse
from lessons_lib.apps.retrieval.index import Index
from lessons_lib.apps.retrieval.ivf import IVF
from lessons_lib.apps.retrieval.passage import Hit, Passage
from lessons_lib.apps.retrieval.store import open_index

__all__ = [
    "BM25",
    "IVF",
    "Answer",
    "Chunk",
    "Hit",
    "Index",
    "Passage",
    "Quote",
    "answer",
    "check_quotes",
    "chunk",
    "fuse",
    "open_index",
    "terms",
]
