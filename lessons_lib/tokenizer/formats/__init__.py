"""Tokenizer files of every kind, read strictly and written: JSON, ranks, tekken, SentencePiece, GGUF."""
