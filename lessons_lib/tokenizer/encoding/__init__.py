"""From text to ids: splitting, merging, byte-level and SentencePiece vocabularies, plain and compiled."""
