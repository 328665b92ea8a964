"""Makes the word vectors that come with the library out of the full GloVe file, which has twenty times as many words.

    python -m workshop.glove

The result is the same to the byte each time. It needs the package pyarrow, which reads the list of words.
"""

import hashlib
import sys

import numpy as np

from lessons_lib import assets
from lessons_lib.vectors.words import GLOVE

COUNT = 20_000


def main() -> int:
    """Write the first `COUNT` words that are made of letters, with their vectors as float16, to the library's file."""
    try:
        import pyarrow.parquet
    except ImportError:
        print("the list of words is a parquet file; to read it: pip install pyarrow", file=sys.stderr)
        return 1
    folder = assets.fetch("glove-6b-50d")
    words = pyarrow.parquet.read_table(folder / "glove_6B_index.parquet")["index"].to_pylist()
    rows = [row for row, word in enumerate(words) if word.isalpha()][:COUNT]  # the list is sorted by frequency
    vectors = np.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r")[rows].astype(np.float16)  # [COUNT, C]
    text = np.frombuffer("\n".join(words[row] for row in rows).encode("utf-8"), np.uint8)
    np.savez(GLOVE, words=text, vectors=vectors)  # not compressed: float16 hardly shrinks, and zlib's bytes vary
    print(f"{GLOVE.name}: {len(rows):,} words, sha256 {hashlib.sha256(GLOVE.read_bytes()).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
