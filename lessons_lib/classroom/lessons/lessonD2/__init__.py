"""What the deeper lesson D2, on fast training of tokenizers, draws."""
