"""The real sentence encoder, loaded once: not to be changed."""

import pytest


@pytest.fixture(scope="session")
def encoder():
    from lessons_lib.apps.embedding import load_encoder

    return load_encoder()
