"""What a model reads: texts cleaned, compared, judged and divided, and their tokens in a file."""

from lessons_lib.training.data.duplicates import MinHash, candidate_chance, jaccard, near_duplicates, shingles
from lessons_lib.training.data.splits import split
from lessons_lib.training.data.token_file import TokenFile, write_tokens

__all__ = [
    "MinHash",
    "TokenFile",
    "candidate_chance",
    "jaccard",
    "near_duplicates",
    "shingles",
    "split",
    "write_tokens",
]
