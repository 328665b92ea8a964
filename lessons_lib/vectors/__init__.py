"""Words as vectors: how alike two are, which are nearest, what arithmetic with them finds, and how they are learned."""

from lessons_lib.vectors.analogies import HitRate, analogy_pairs, hit_rates, questions
from lessons_lib.vectors.similarity import Neighbours, analogy, cosine_similarity, nearest
from lessons_lib.vectors.word2vec import train_word2vec
from lessons_lib.vectors.words import WordVectors, load_glove

__all__ = [
    "HitRate",
    "Neighbours",
    "WordVectors",
    "analogy",
    "analogy_pairs",
    "cosine_similarity",
    "hit_rates",
    "load_glove",
    "nearest",
    "questions",
    "train_word2vec",
]
