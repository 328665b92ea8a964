"""The word vectors that come with the library, and the same in gensim."""

import pytest
from gensim.models import KeyedVectors

from lessons_lib.vectors import load_glove


@pytest.fixture(scope="session")
def glove():
    return load_glove()


@pytest.fixture(scope="session")
def keyed(glove):
    vectors = KeyedVectors(glove.vector_size)
    vectors.add_vectors(glove.index_to_key, glove.vectors)
    return vectors
