"""What a model is made of, as one object: see `ModelConfig`."""

from lessons_lib.config.model_config import ModelConfig

__all__ = ["ModelConfig"]
