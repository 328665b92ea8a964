"""Layers that carry a state along the text in place of looking back: each new token changes it, and its size stays."""

from lessons_lib.layers.states.block import MIXERS, StateBlock, make_block
from lessons_lib.layers.states.decayed import decayed_attention, decayed_chunks, decayed_steps
from lessons_lib.layers.states.delta_rule import delta_chunks, delta_rule, delta_steps
from lessons_lib.layers.states.mixer import State, StateMixer, first_state
from lessons_lib.layers.states.scan import scan_chunks, scan_steps, selective_scan

__all__ = [
    "MIXERS",
    "State",
    "StateBlock",
    "StateMixer",
    "decayed_attention",
    "decayed_chunks",
    "decayed_steps",
    "delta_chunks",
    "delta_rule",
    "delta_steps",
    "first_state",
    "make_block",
    "scan_chunks",
    "scan_steps",
    "selective_scan",
]
