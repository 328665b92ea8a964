"""Generation: choosing tokens, remembering what was read, and the loop that turns a prompt into text."""

from lessons_lib.generation.kv_cache import KVCache
from lessons_lib.generation.loop import generate, stream
from lessons_lib.generation.sampling import LogitsError, Sampler

__all__ = ["KVCache", "LogitsError", "Sampler", "generate", "stream"]
