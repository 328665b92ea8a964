"""The engine that serves many: texts join and leave between any two steps, and each is what it would be alone."""

from lessons_lib.generation.engine.counters import Counters
from lessons_lib.generation.engine.engine import Engine
from lessons_lib.generation.engine.handle import Answer, EngineFull, EngineStopped, Handle

__all__ = ["Answer", "Counters", "Engine", "EngineFull", "EngineStopped", "Handle"]
