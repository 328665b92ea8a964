"""What a model reads: texts cleaned, compared, judged and divided, and their tokens in a file."""

from lessons_lib.training.data.clean import mend_mojibake, normalise
from lessons_lib.training.data.duplicates import MinHash, candidate_chance, jaccard, near_duplicates, shingles
from lessons_lib.training.data.filters import FINEWEB, GOPHER, REPETITION, Rule, quality_problems
from lessons_lib.training.data.language import LanguageGuesser
from lessons_lib.training.data.private import mask_private
from lessons_lib.training.data.splits import split
from lessons_lib.training.data.token_file import TokenFile, write_tokens

__all__ = [
    "FINEWEB",
    "GOPHER",
    "REPETITION",
    "LanguageGuesser",
    "MinHash",
    "Rule",
    "TokenFile",
    "candidate_chance",
    "jaccard",
    "mask_private",
    "mend_mojibake",
    "near_duplicates",
    "normalise",
    "quality_problems",
    "shingles",
    "split",
    "write_tokens",
]
