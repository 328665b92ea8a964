"""GGUF files as models: names, rotation, config and weights into our model, and out of it."""
