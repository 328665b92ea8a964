"""Decoding that cannot leave a grammar: pattern, derivative, automaton over bytes, mask over tokens."""

from lessons_lib.generation.constraint.constraint import Constraint, choice, regex
from lessons_lib.generation.constraint.errors import ConstraintError
from lessons_lib.generation.constraint.json_schema import json_schema

__all__ = ["Constraint", "ConstraintError", "choice", "json_schema", "regex"]
