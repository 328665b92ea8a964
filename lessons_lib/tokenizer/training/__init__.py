"""Training a byte-pair tokenizer on text of any size.

The same training is written three times, each for a reason: `plain` to be understood, `incremental` to do only the
work that a merge causes, `compiled` to do that work as fast as the machine can. All three find the same merges.
"""

from lessons_lib.tokenizer.training.train import train_bpe, warm_up

__all__ = ["train_bpe", "warm_up"]
