"""An exercise of lesson 06: decode a block."""

import struct

from lessons_lib.classroom.exercises import Exercise


def my_block(block):
    d, m = struct.unpack("<2e", block[:4])
    levels = [byte & 15 for byte in block[4:]] + [byte >> 4 for byte in block[4:]]
    return [d * q + m for q in levels]


def block_as_neighbours(block):
    """It looks as if the two halves of a byte stand next to each other. All low halves come first, then all high
    ones."""
    d, m = struct.unpack("<2e", block[:4])
    return [d * q + m for byte in block[4:] for q in (byte & 15, byte >> 4)]


def block_high_first(block):
    """It looks as if the high halves come first. The low halves are weights 0 to 15."""
    right = my_block(block)
    return right[16:] + right[:16]


def block_swaps_scales(block):
    """It looks as if d and m have changed places: the step comes first, then the lowest level."""
    m, d = struct.unpack("<2e", block[:4])
    levels = [byte & 15 for byte in block[4:]] + [byte >> 4 for byte in block[4:]]
    return [d * q + m for q in levels]


def block_subtracts(block):
    """It looks as if m is subtracted. It is the lowest level itself, mostly a negative number, and is added."""
    _, m = struct.unpack("<2e", block[:4])
    return [weight - 2 * m for weight in my_block(block)]


def block_without_lowest(block):
    """It looks as if m is missing: a weight is d * q + m."""
    _, m = struct.unpack("<2e", block[:4])
    return [weight - m for weight in my_block(block)]


def block_centred(block):
    """It looks as if 8 is taken from each level. That is Q4_0, which has no m; here m does that work."""
    d, _ = struct.unpack("<2e", block[:4])
    return [weight - 8 * d for weight in my_block(block)]


def block_adds_first(block):
    """It looks as if m is added before multiplying. A weight is d * q, and then m is added."""
    d, m = struct.unpack("<2e", block[:4])
    return [weight + (d - 1) * m for weight in my_block(block)]


def block_other_byte_order(block):
    """It looks as if d and m are read with the high byte first. The low byte comes first, as "<" says."""
    return my_block(block[1::-1] + block[3:1:-1] + block[4:])


def block_high_not_shifted(block):
    """It looks as if the high halves are cut out with & 240 and not moved down: byte >> 4 gives 0 to 15."""
    d, m = struct.unpack("<2e", block[:4])
    levels = [byte & 15 for byte in block[4:]] + [byte & 240 for byte in block[4:]]
    return [d * q + m for q in levels]


def q4_1(d: float, m: float, *levels: int) -> bytes:
    """A block from its step, its lowest level and its 32 numbers from 0 to 15."""
    pairs = zip(levels[:16], levels[16:], strict=True)
    return struct.pack("<2e", d, m) + bytes(low | high << 4 for low, high in pairs)


DECODE_Q4_1 = Exercise(
    id="decode_q4_1",
    title="Decode a block",
    difficulty=2,
    minutes=10,
    contract="20 bytes (float16 d, float16 m, 16 bytes with two levels each) to the 32 weights d * q + m.",
    cases=(
        (q4_1(1.0, 0.0, *range(16), *range(15, -1, -1)),),
        (q4_1(0.5, -3.0, *range(16), *([7] * 15), 9),),
        (bytes.fromhex("0f30d8b9458765406f65164b67766450226765 5a"),),
    ),
    tried="whole numbers, a step of a half with a lowest level, and the first block of SmolLM2's queries",
    hints=(
        'struct.unpack("<2e", block[:4]) gives d and m.',
        "byte & 15 is the low half of a byte, byte >> 4 the high half.",
        "First the 16 low halves, then the 16 high halves; then d * q + m for each.",
    ),
    solution=my_block,
    mistakes=(
        block_as_neighbours,
        block_high_first,
        block_swaps_scales,
        block_subtracts,
        block_without_lowest,
        block_centred,
        block_adds_first,
        block_other_byte_order,
        block_high_not_shifted,
    ),
)
