"""The whole model as one call of compiled code: what `DecodeStep` runs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lessons_lib.compiling import compiled
from lessons_lib.generation.compiled.attention import BEGIN, CAPACITY, KEYS, VALUES, attend
from lessons_lib.generation.compiled.expert_kernels import DOWN, choose, feed_forward, mix
from lessons_lib.generation.compiled.kernels import NORM_KIND, clamp, normalise, rotate, soft_cap, weigh
from lessons_lib.generation.compiled.plan import (
    AFTER_ATTENTION,
    AFTER_NETWORK,
    FIRST,
    FLOAT,
    OF_ATTENTION,
    OF_KEYS,
    OF_MIXED,
    OF_NETWORK,
    OF_QUERIES,
)
from lessons_lib.products.matrix import ANY_ORDER, COLUMNS, ROWS, array_at, look_up
from lessons_lib.products.multiply import multiply


class Crew(NamedTuple):
    """Who does the work: a board where pieces of it are given out, and the addresses of the functions that do them."""

    board: np.ndarray  # from `lessons_lib.compiling.team.helped`
    multiply: int  # of `multiply_piece`
    attend: int  # of `attend_piece`


class Texts(NamedTuple):
    """N tokens of B texts: where they stand, and where what was read before them is kept.

    The tokens of a text follow what was read of it, and each other.
    """

    rows: np.ndarray  # [N]: of which text each token is
    numbers: np.ndarray  # [N]: its number there, from 0
    padding: np.ndarray  # [B]: how many tokens at the start of a text are none
    is_long: np.ndarray  # [B]: 1 for a text that needs the second of a layer's two tables of rotations
    caches: np.ndarray  # [layers, B, 4]: see `attend`
