"""The exercises, the patients and the quiz of lesson 06: counting a model, reading its files, and finding its faults.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

import json
import math
import struct
from dataclasses import replace

import numpy as np
import torch

from lessons_lib import ModelConfig, Transformer
from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.questions import Question
from lessons_lib.config import costs

# The patients of the lesson's hunt


def patient(number: int, model: Transformer) -> Transformer:
    """A copy of a model, sharing its weights, with the fault of that number."""
    fields = {1: {"rope_pairing": "interleaved"}, 2: {"rms_norm_eps": 1e-6}, 3: {}}[number]
    with torch.device("meta"):
        copy = Transformer(replace(model.config, **fields))
    copy.load_state_dict(model.state_dict(), assign=True)
    if number == 3:

        def see_the_next(_attention, given):
            x, turn, _, *rest = given
            return x, turn, torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril(1), *rest

        for block in copy.model.layers:
            block.self_attn.register_forward_pre_hook(see_the_next)
    return copy.eval()


# 1. counting


def my_count(V, C, F, L, H, G, D, tied, bias):
    block = 2 * C * H * D + 2 * C * G * D + 3 * C * F + 2 * C
    if bias:
        block += H * D + 2 * G * D
    return V * C * (1 if tied else 2) + L * block + C


def count_without_last_norm(V, C, F, L, H, G, D, tied, bias):
    """It looks as if the norm behind the last block is missing: C numbers."""
    return my_count(V, C, F, L, H, G, D, tied, bias) - C


def count_never_tied(V, C, F, L, H, G, D, tied, bias):
    """It looks as if the head is always counted. Where it is tied, it is the embedding, which is counted already."""
    return my_count(V, C, F, L, H, G, D, False, bias)


def count_always_tied(V, C, F, L, H, G, D, tied, bias):
    """It looks as if the head is never counted. Where it is not tied, it is a matrix of its own, V times C."""
    return my_count(V, C, F, L, H, G, D, True, bias)


def count_tied_the_other_way(V, C, F, L, H, G, D, tied, bias):
    """It looks as if tied is taken the other way round: tied means one matrix, not two."""
    return my_count(V, C, F, L, H, G, D, not tied, bias)


def count_without_bias(V, C, F, L, H, G, D, tied, bias):
    """It looks as if the biases are missing. Where bias is true, each number that q, k and v give has one."""
    return my_count(V, C, F, L, H, G, D, tied, False)


def count_bias_as_wide_as_queries(V, C, F, L, H, G, D, tied, bias):
    """It looks as if the biases of k and v are as long as that of q. Keys and values have G heads: G * D each."""
    return my_count(V, C, F, L, H, G, D, tied, bias) + (2 * L * (H - G) * D if bias else 0)


def count_bias_once(V, C, F, L, H, G, D, tied, bias):
    """It looks as if the biases are counted once. Every layer has its own."""
    return my_count(V, C, F, L, H, G, D, tied, bias) - (L - 1) * (H * D + 2 * G * D if bias else 0)


def count_one_layer(V, C, F, L, H, G, D, tied, bias):
    """It looks as if only one layer is counted. There are L."""
    return my_count(V, C, F, 1, H, G, D, tied, bias)


def count_bias_on_output(V, C, F, L, H, G, D, tied, bias):
    """It looks as if the output projection has a bias too. Only q, k and v have one."""
    return my_count(V, C, F, L, H, G, D, tied, bias) + (L * C if bias else 0)


def count_without_grouping(V, C, F, L, H, G, D, tied, bias):
    """It looks as if keys and values have H heads. They have G."""
    return my_count(V, C, F, L, H, H, D, tied, bias)


def count_square_attention(V, C, F, L, H, G, D, tied, bias):
    """It looks as if you took C / H for the width of a head. It is D, and all heads together may be wider than C."""
    return my_count(V, C, F, L, H, G, C // H, tied, bias)


def count_one_norm(V, C, F, L, H, G, D, tied, bias):
    """It looks as if each block has one norm. It has two, one before each part."""
    return my_count(V, C, F, L, H, G, D, tied, bias) - L * C


def count_two_matrices(V, C, F, L, H, G, D, tied, bias):
    """It looks as if the feed-forward network has two matrices. With a gate it has three."""
    return my_count(V, C, F, L, H, G, D, tied, bias) - L * C * F


COUNT_PARAMETERS = Exercise(
    id="count_parameters",
    title="Count a model",
    difficulty=1,
    minutes=8,
    contract="V, C, F, L, H, G, D (whole numbers), tied and bias (True or False) to the number of parameters; bias "
    "gives biases to q, k and v.",
    cases=(
        (10, 4, 6, 1, 2, 1, 2, False, False),
        (10, 4, 6, 1, 2, 1, 2, True, False),
        (10, 4, 6, 3, 4, 2, 3, True, True),
        (49152, 576, 1536, 30, 9, 3, 64, True, False),
        (151936, 896, 4864, 24, 14, 2, 64, True, True),
        (32000, 2048, 5632, 22, 32, 4, 64, False, False),
    ),
    tried="the toy of the lesson, tied and not, with biases, SmolLM2, Qwen2.5 0.5B and TinyLlama",
    hints=(
        "One block first, then L of them, then what stands at both ends.",
        "A block: q and o have C * H * D each, k and v have C * G * D each, then 3 * C * F, then two norms of C.",
        "A bias has one number for each row of its matrix: H * D for q, G * D for k, G * D for v, in every layer.",
    ),
    solution=my_count,
    mistakes=(
        count_without_last_norm,
        count_never_tied,
        count_always_tied,
        count_tied_the_other_way,
        count_without_bias,
        count_bias_as_wide_as_queries,
        count_bias_once,
        count_one_layer,
        count_bias_on_output,
        count_without_grouping,
        count_square_attention,
        count_one_norm,
        count_two_matrices,
    ),
)


# 2. safetensors


def my_tensor(data, name):
    (length,) = struct.unpack("<Q", data[:8])
    entry = json.loads(data[8 : 8 + length])[name]
    begin, end = (8 + length + offset for offset in entry["data_offsets"])
    dtype = {"F32": "<f4", "F16": "<f2"}[entry["dtype"]]
    return np.frombuffer(data[begin:end], dtype).reshape(entry["shape"])


def tensor_read(data, name, origin=None, dtype=None, shape=None, order="C", to_the_end=False):
    """What the mistakes have in common."""
    (length,) = struct.unpack("<Q", data[:8])
    entry = json.loads(data[8 : 8 + length])[name]
    start = 8 + length if origin is None else origin(length)
    begin, end = (start + offset for offset in entry["data_offsets"])
    dtype = dtype or {"F32": "<f4", "F16": "<f2"}[entry["dtype"]]
    numbers = np.frombuffer(data[begin:] if to_the_end else data[begin:end], dtype)
    return numbers.reshape(entry["shape"] if shape is None else shape, order=order)


def tensor_from_the_start(data, name):
    """It looks as if you counted from the start of the file. Offsets count from the end of the header."""
    return tensor_read(data, name, origin=lambda length: 0)


def tensor_without_the_eight(data, name):
    """It looks as if the first eight bytes are forgotten: the data begins at 8 plus the header's length."""
    return tensor_read(data, name, origin=lambda length: length)


def tensor_behind_the_eight(data, name):
    """It looks as if you counted from behind the eight bytes. The header lies between them and the data."""
    return tensor_read(data, name, origin=lambda length: 8)


def tensor_always_32_bits(data, name):
    """It looks as if every number is read as 32 bits. F16 has 16."""
    return tensor_read(data, name, dtype="<f4")


def tensor_other_byte_order(data, name):
    """It looks as if the bytes of each number are read in the other order. The lowest byte comes first, as "<" says."""
    dtype = ">f2" if json.loads(data[8:].split(b"}}")[0] + b"}}")[name]["dtype"] == "F16" else ">f4"
    return tensor_read(data, name, dtype=dtype)


def tensor_flat(data, name):
    """It looks as if the shape is missing: the numbers are right, and they stand in one row."""
    return tensor_read(data, name, shape=-1)


def tensor_by_columns(data, name):
    """It looks as if the numbers are filled in column by column. They stand row by row."""
    return tensor_read(data, name, order="F")


def tensor_to_the_end(data, name):
    """It looks as if you read on to the end of the file. The second offset says where the tensor ends."""
    return tensor_read(data, name, to_the_end=True)


def packed(padding: int = 0, **arrays: np.ndarray) -> bytes:
    """A safetensors file of some arrays, in their order."""
    header, end = {}, 0
    for name, array in arrays.items():
        kind = {"<f4": "F32", "<f2": "F16"}[array.dtype.str]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [end, end + array.nbytes]}
        end += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode() + b" " * padding
    return struct.pack("<Q", len(text)) + text + b"".join(array.tobytes() for array in arrays.values())


ROW = np.array([0.5, -2.0], "<f4")
GRID = np.array([[1, 2, 3], [4, 5, 6.5]], "<f4")
HALVES = np.array([[0.25], [-8], [3]], "<f2")

SAFETENSORS_TENSOR = Exercise(
    id="safetensors_tensor",
    title="Read a tensor out of a file",
    difficulty=2,
    minutes=10,
    contract="all bytes of a safetensors file and a name to a numpy array; numbers are F32 or F16.",
    cases=(
        (packed(w=ROW), "w"),
        (packed(w=GRID), "w"),
        (packed(a=ROW, b=GRID), "b"),
        (packed(a=GRID, b=ROW), "a"),
        (packed(a=HALVES, b=ROW, c=HALVES[::-1].copy(), padding=99), "c"),
        (packed(a=HALVES, b=GRID), "b"),
    ),
    tried="one tensor and several, the first and the last, 32 and 16 bits, and a header with spaces behind it",
    hints=(
        'struct.unpack("<Q", data[:8]) gives a tuple of one number, the length of the header.',
        "json.loads reads data[8 : 8 + length]. Offsets count from 8 + length.",
        'np.frombuffer(data[begin:end], dtype="<f4").reshape(shape); for F16 the dtype is "<f2".',
    ),
    solution=my_tensor,
    mistakes=(
        tensor_from_the_start,
        tensor_without_the_eight,
        tensor_behind_the_eight,
        tensor_always_32_bits,
        tensor_other_byte_order,
        tensor_flat,
        tensor_by_columns,
        tensor_to_the_end,
    ),
)


# 3. a quantised block


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


# 4. the order of rows


def my_interleaved(rows, head_dim):
    halves = rows.reshape(-1, 2, head_dim // 2, rows.shape[1])
    return halves.transpose(1, 2).reshape(rows.shape)


def interleaved_other_way(rows, head_dim):
    """It looks as if you went the other way, from neighbours to halves. Here the halves are given."""
    pairs = rows.reshape(-1, head_dim // 2, 2, rows.shape[1])
    return pairs.transpose(1, 2).reshape(rows.shape)


def interleaved_one_head(rows, head_dim):
    """It looks as if all rows are one head. Every head has its own halves."""
    return my_interleaved(rows, len(rows))


def interleaved_not(rows, head_dim):
    """It looks as if nothing has moved: the shape is right, the order of the rows is the old one."""
    return rows.reshape(rows.shape)


def interleaved_second_first(rows, head_dim):
    """It looks as if the second half comes first in each pair. Row i of the first half comes before its partner."""
    halves = rows.reshape(-1, 2, head_dim // 2, rows.shape[1]).flip(1)
    return halves.transpose(1, 2).reshape(rows.shape)


def interleaved_takes_heads(rows, head_dim):
    """It looks as if head_dim is taken for the number of heads. It is the number of rows in one head."""
    return my_interleaved(rows, len(rows) // head_dim)


def interleaved_columns(rows, head_dim):
    """It looks as if you sorted the columns. A row is one coordinate of a query; the columns are its inputs."""
    return my_interleaved(rows.T, min(head_dim, rows.shape[1])).T


def numbered(rows: int, columns: int) -> torch.Tensor:
    """A matrix whose entries tell where they stood: row 2, column 1 holds 2.1."""
    return torch.arange(float(rows))[:, None] + torch.arange(float(columns)) / 10


INTERLEAVE_ROWS = Exercise(
    id="interleave_rows",
    title="Back to the file's order",
    difficulty=2,
    minutes=10,
    contract="rows [heads * D, C], in each head the pairs i and i + D/2, to rows in which the pairs are neighbours, "
    "2i and 2i + 1.",
    cases=(
        (numbered(4, 2), 4),
        (numbered(6, 2), 6),
        (numbered(8, 2), 4),
        (numbered(16, 4), 8),
        (numbered(18, 2), 6),
    ),
    tried="one head and several, of width 4, 6 and 8",
    hints=(
        "Write the wanted order of the rows of a head of width 6 on paper: 0, 3, 1, 4, 2, 5.",
        "Cut the rows into [heads, 2, D/2, C]: which half, and which place in it.",
        "Swap the two middle axes with transpose(1, 2) and reshape to the old shape.",
    ),
    solution=my_interleaved,
    mistakes=(
        interleaved_other_way,
        interleaved_one_head,
        interleaved_not,
        interleaved_second_first,
        interleaved_takes_heads,
        interleaved_columns,
    ),
)


# 5. causality


def my_is_causal(score, ids, V):
    before = np.asarray(score(ids))
    for place in range(1, len(ids)):
        for token in range(V):
            after = np.asarray(score([*ids[:place], token, *ids[place + 1 :]]))
            if not np.allclose(after[:place], before[:place]):
                return False
    return True


def swaps(score, ids, V, places, rows, tokens=None, tolerance=1e-8):
    """Whether no swap at these places moves these rows; what the mistakes have in common."""
    before = np.asarray(score(ids))
    for place in places:
        for token in range(V) if tokens is None else tokens(ids[place]):
            after = np.asarray(score([*ids[:place], token, *ids[place + 1 :]]))
            if not np.allclose(after[rows(place)], before[rows(place)], rtol=0, atol=tolerance):
                return False
    return True


def causal_swaps_the_last_only(score, ids, V):
    """It looks as if only the last token was swapped. A leak may reach back from any place."""
    return swaps(score, ids, V, [len(ids) - 1], lambda place: slice(place))


def causal_swaps_the_second_only(score, ids, V):
    """It looks as if only one early token was swapped. A leak may begin later in the text."""
    return swaps(score, ids, V, [1], lambda place: slice(place))


def causal_tries_one_token(score, ids, V):
    """It looks as if only one other token was tried at each place. Some leaks open for one token alone: try all V."""
    return swaps(score, ids, V, range(1, len(ids)), lambda place: slice(place), lambda token: [(token + 1) % V])


def causal_keeps_the_swaps(score, ids, V):
    """It looks as if a swapped token stays swapped when the next place is tried. Start from the given ids each time."""
    before, other = np.asarray(score(ids)), list(ids)
    for place in range(1, len(ids)):
        for other[place] in range(V):
            if not np.allclose(np.asarray(score(other))[:place], before[:place]):
                return False
    return True


def causal_includes_itself(score, ids, V):
    """It looks as if the swapped token's own row had to stay. It may move; only the rows before it may not."""
    return swaps(score, ids, V, range(1, len(ids)), lambda place: slice(place + 1))


def causal_looks_after(score, ids, V):
    """It looks as if you watched the rows after the swapped token. Those may move; the ones before it may not."""
    return swaps(score, ids, V, range(1, len(ids)), lambda place: slice(place + 1, None))


def causal_looks_at_the_first_row(score, ids, V):
    """It looks as if only the first row was watched. A leak may reach back by one token and no further."""
    return swaps(score, ids, V, range(1, len(ids)), lambda place: slice(1))


def causal_with_wide_tolerance(score, ids, V):
    """It looks as if small changes were let pass. Any change of an earlier row is a leak, however small."""
    return swaps(score, ids, V, range(1, len(ids)), lambda place: slice(place), tolerance=0.05)


def causal_compares_the_winner(score, ids, V):
    """It looks as if only the likeliest token was compared. Scores can move without changing the winner."""
    return my_is_causal(lambda ids: np.asarray(score(ids)).argmax(-1), ids, V)


def causal_upside_down(score, ids, V):
    """It looks as if the answer is upside down: True means that no later token moves an earlier row."""
    return not my_is_causal(score, ids, V)


def own_token_only(ids: list) -> np.ndarray:
    """Causal: each row depends on its token alone."""
    return np.array([[token, 1.5 * token - 2] for token in ids], dtype=float)


def running_mean(ids: list) -> np.ndarray:
    """Causal: each row is the mean so far."""
    return own_token_only(ids).cumsum(0) / np.arange(1, len(ids) + 1)[:, None]


def sees_the_next(ids: list) -> np.ndarray:
    """Each row knows its successor."""
    return own_token_only(ids) + own_token_only([*ids[1:], 0])


def whispers(ids: list) -> np.ndarray:
    """Each row knows the mean of all, a little."""
    return own_token_only(ids) + 0.001 * np.mean(ids)


def second_tells_first(ids: list) -> np.ndarray:
    """The second token reaches the first row, and nothing else leaks."""
    rows = running_mean(ids)
    rows[:1] += own_token_only(ids)[1:2].sum(0)
    return rows


def last_tells_first(ids: list) -> np.ndarray:
    """The last token reaches the first row, and nothing else leaks."""
    rows = running_mean(ids)
    rows[0] += own_token_only(ids)[-1]
    return rows


def last_tells_its_neighbour(ids: list) -> np.ndarray:
    """The last token reaches the row before it, and nothing else leaks."""
    rows = running_mean(ids)
    rows[-2:-1] += own_token_only(ids)[-1]
    return rows


def three_tells_all(ids: list) -> np.ndarray:
    """A 3 anywhere moves all rows; no other token does."""
    return own_token_only(ids) + (3 in ids)


IS_CAUSAL = Exercise(
    id="is_causal",
    title="Is it causal?",
    difficulty=3,
    minutes=12,
    contract="a function from a list of ids to scores [T, V], a list of ids below V, and V, to True if no later token "
    "changes an earlier row, else False.",
    cases=(
        (own_token_only, [2, 1], 4),
        (running_mean, [2, 1, 3], 4),
        (sees_the_next, [2, 1, 3], 4),
        (second_tells_first, [2, 1, 3, 1], 4),
        (last_tells_first, [2, 1, 3, 1], 4),
        (last_tells_its_neighbour, [2, 1, 3, 1], 4),
        (whispers, [2, 1, 3, 1], 4),
        (three_tells_all, [0, 1, 0, 1], 5),
    ),
    tried="two causal models, and leaks from the next, the second and the last token, a faint one and a rare one",
    hints=(
        "Score the ids once. Then swap one token for another and score again.",
        "If the token at `place` was swapped, compare the rows [:place] of both results.",
        "Two loops: over all places from 1, and over all V tokens.",
    ),
    solution=my_is_causal,
    mistakes=(
        causal_swaps_the_last_only,
        causal_swaps_the_second_only,
        causal_tries_one_token,
        causal_keeps_the_swaps,
        causal_includes_itself,
        causal_looks_after,
        causal_looks_at_the_first_row,
        causal_with_wide_tolerance,
        causal_compares_the_winner,
        causal_upside_down,
    ),
)


# 6. the first difference


def my_first_difference(mine, theirs, tolerance):
    for name in mine:
        if name in theirs:
            gap = np.abs(mine[name] - theirs[name])
            gap[np.isnan(gap)] = np.inf
            if gap.max() > tolerance:
                token, coordinate = np.unravel_index(gap.argmax(), gap.shape)
                return name, token, coordinate
    return "none"


def differing(mine, theirs, tolerance, gap_of=None):
    """All parts that differ, with token and coordinate; what the mistakes have in common."""
    found = []
    for name in mine:
        if name in theirs:
            gap = (gap_of or (lambda a, b: np.nan_to_num(np.abs(a - b), nan=np.inf)))(mine[name], theirs[name])
            if gap.max() > tolerance:
                found.append((gap.max(), name, *np.unravel_index(gap.argmax(), gap.shape)))
    return found


def difference_largest(mine, theirs, tolerance):
    """It looks as if you returned the part that differs most. Later parts differ more because they were fed wrong
    numbers; the first one is where the fault is."""
    found = differing(mine, theirs, tolerance)
    return max(found)[1:] if found else "none"


def difference_last(mine, theirs, tolerance):
    """It looks as if you returned the last part that differs. Stop at the first."""
    found = differing(mine, theirs, tolerance)
    return found[-1][1:] if found else "none"


def difference_without_abs(mine, theirs, tolerance):
    """It looks as if the sign is kept, so that numbers which are too small pass. Take the absolute value."""
    found = differing(mine, theirs, tolerance, lambda a, b: np.nan_to_num(a - b, nan=np.inf))
    return found[0][1:] if found else "none"


def difference_without_nan(mine, theirs, tolerance):
    """It looks as if a nan passes. Every comparison with nan is false: treat it as an infinite difference."""
    found = differing(mine, theirs, tolerance, lambda a, b: np.nan_to_num(np.abs(a - b), nan=0.0))
    return found[0][1:] if found else "none"


def difference_place_swapped(mine, theirs, tolerance):
    """It looks as if token and coordinate have changed places. Rows are tokens."""
    found = differing(mine, theirs, tolerance)
    return (found[0][1], found[0][3], found[0][2]) if found else "none"


def difference_first_place(mine, theirs, tolerance):
    """It looks as if you returned the first place above the tolerance. Asked for is the largest difference's place."""
    for name in mine:
        if name in theirs:
            places = np.argwhere(~(np.abs(mine[name] - theirs[name]) <= tolerance))
            if len(places):
                return name, *places[0]
    return "none"


def difference_by_mean(mine, theirs, tolerance):
    """It looks as if you compared the mean difference. One wrong number is enough: take the largest."""
    for _, name, token, coordinate in differing(mine, theirs, 0.0):
        if not np.abs(mine[name] - theirs[name]).mean() <= tolerance:
            return name, token, coordinate
    return "none"


def difference_by_sum(mine, theirs, tolerance):
    """It looks as if the differences of a part were added up. One number decides: the largest."""
    for _, name, token, coordinate in differing(mine, theirs, 0.0):
        if not np.abs(mine[name] - theirs[name]).sum() <= tolerance:
            return name, token, coordinate
    return "none"


def difference_relative(mine, theirs, tolerance):
    """It looks as if the tolerance is multiplied by the part's largest number, as in the lesson. Here it is taken as it
    stands."""
    for largest, name, token, coordinate in differing(mine, theirs, 0.0):
        if largest > tolerance * np.abs(theirs[name]).max():
            return name, token, coordinate
    return "none"


def difference_by_alphabet(mine, theirs, tolerance):
    """It looks as if the parts were taken in the order of the alphabet. The dictionary has the order of computing."""
    return my_first_difference(dict(sorted(mine.items())), theirs, tolerance)


def difference_equal_counts(mine, theirs, tolerance):
    """It looks as if a difference equal to the tolerance counts. It has to be above it."""
    return my_first_difference(mine, theirs, np.nextafter(tolerance, -1))


def difference_needs_all_parts(mine, theirs, tolerance):
    """It looks as if every part of the first model is looked up in the second. Pass over those that it lacks."""
    for name in mine:
        gap = np.abs(mine[name] - theirs[name])
        gap[np.isnan(gap)] = np.inf
        if gap.max() > tolerance:
            return name, *np.unravel_index(gap.argmax(), gap.shape)
    return "none"


FIRST = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
SECOND = np.array([[0.0, -1.0, 0.5], [2.0, 1.0, -3.0]])


def off(array: np.ndarray, *changes: tuple) -> np.ndarray:
    """A copy with some numbers changed: (token, coordinate, by how much)."""
    copy = array.copy()
    for token, coordinate, change in changes:
        copy[token, coordinate] += change
    return copy


FIRST_DIFFERENCE = Exercise(
    id="first_difference",
    title="The first part that differs",
    difficulty=3,
    minutes=15,
    contract='two dicts from names to arrays [T, C] and a tolerance to (name, token, coordinate), or "none".',
    cases=(
        ({"a": FIRST}, {"a": FIRST}, 0.5),
        ({"a": off(FIRST, (1, 2, 1.0))}, {"a": FIRST}, 0.5),
        ({"a": off(FIRST, (0, 1, 0.5))}, {"a": FIRST}, 0.5),
        ({"a": off(FIRST, (0, 1, 0.375), (1, 0, 0.375))}, {"a": FIRST}, 0.5),
        ({"a": off(FIRST, (0, 2, -1.0))}, {"a": FIRST}, 0.5),
        ({"a": off(FIRST, (0, 1, 0.75), (1, 0, 2.0))}, {"a": FIRST}, 0.5),
        ({"q": off(FIRST + 0.75, (1, 0, 0.25)), "v": off(SECOND, (0, 1, 4.0)), "k": off(SECOND, (0, 2, 2.0)),
          "o": SECOND + 1},
         {"q": FIRST, "v": SECOND, "k": SECOND, "o": SECOND}, 0.5),
        ({"a": FIRST, "x": FIRST, "b": off(SECOND, (0, 1, 4.0))}, {"a": FIRST, "b": SECOND, "y": SECOND}, 0.5),
        ({"a": off(FIRST, (1, 1, np.nan)), "b": off(SECOND, (0, 2, 4.0))}, {"a": FIRST, "b": SECOND}, 0.5),
    ),
    tried="none, one at the tolerance, two below it, one downwards, several parts, parts of one model only, a nan",
    hints=(
        "Loop over the names of the first dict; pass over those that the second lacks.",
        "np.abs(mine[name] - theirs[name]).max() > tolerance decides; a nan has to become infinity first.",
        "np.unravel_index(gap.argmax(), gap.shape) gives the token and the coordinate.",
    ),
    solution=my_first_difference,
    mistakes=(
        difference_largest,
        difference_last,
        difference_without_abs,
        difference_without_nan,
        difference_place_swapped,
        difference_first_place,
        difference_by_mean,
        difference_by_sum,
        difference_relative,
        difference_by_alphabet,
        difference_equal_counts,
        difference_needs_all_parts,
    ),
)  # fmt: skip

EXERCISES = (COUNT_PARAMETERS, SAFETENSORS_TENSOR, DECODE_Q4_1, INTERLEAVE_ROWS, IS_CAUSAL, FIRST_DIFFERENCE)


# Quiz: answers that can be computed are computed.


def what_fits_all_the_same() -> str:
    smol = ModelConfig.preset("smollm2-135m")
    slips = {"hidden_size": 640, "rope_theta": 10000.0, "num_key_value_heads": 9}
    return next(f for f, v in slips.items() if replace(smol, **{f: v, "head_dim": 64}).num_parameters() == 134_515_008)


def fresh_loss() -> str:
    return f"{math.log(32000):.1f}"


def work_of_one_token() -> str:
    return f"About {costs.flops_per_token(ModelConfig.preset('tinyllama-1.1b')) / 1e9:.0f} billion"


def weights_of_a_byte() -> str:
    weights = my_block(struct.pack("<2e", 0.5, -2.0) + bytes([0, 0x3A]) + bytes(14))
    return f"Weight 1 is {weights[1]:g} and weight 17 is {weights[17]:g}".replace("-", "−")


def cache_of_llama_2() -> str:
    two, mistral = (ModelConfig.preset(name) for name in ("llama-2-7b", "mistral-7b-v0.1"))
    return f"{costs.kv_cache_bytes(two, 1000) // costs.kv_cache_bytes(mistral, 1000)} times as large"


QUIZ = (
    Question(
        "Somebody copies SmolLM2's config and gets one line wrong. Which slip will the weights fit all the same?",
        {
            "hidden_size": "Almost every matrix has it in its shape.",
            "rope_theta": "It is in no shape. The model runs, and turns its queries and keys by other angles.",
            "num_key_value_heads": "The key and value matrices have G times D rows.",
        },
        what_fits_all_the_same,
    ),
    Question(
        "A fresh model with a vocabulary of 32,000 shows a loss of 7.2 before the first step of training. What now?",
        {
            "Look for a leak of the answers": "A model that knows nothing pays ln 32,000, about 10.4. Less means "
            "that it sees what it should guess.",
            "Good, it has a head start": "It has seen nothing yet, so it can't know anything. Where would a head "
            "start come from?",
            "The weights are too loud": "Then the loss would be above ln V: sure of nonsense.",
        },
        "Look for a leak of the answers",
    ),
    Question(
        "And what should its loss have been?",
        {
            "32000": "That is the perplexity: e to the loss.",
            "10.4": "ln 32,000: every token is equally likely.",
            "0.0": "That would be somebody who knows everything.",
        },
        fresh_loss,
    ),
    Question(
        "How many FLOPs does TinyLlama, 1.1 billion parameters, need for an early token of a text?",
        {
            "About 1 billion": "Each number of a matrix is multiplied and added: two operations.",
            "About 2 billion": "Two for each number in a matrix; the embedding, which is only looked up, is left out.",
            "About 4 billion": "Attention is still cheap at the start of a text.",
        },
        work_of_one_token,
    ),
    Question(
        "A tied model is trained on a text of 20 tokens. Which rows of its one matrix get a gradient?",
        {
            "The rows of the tokens read": "That is the path through the embedding. There is a second one.",
            "The rows of the tokens that should have come": "They are pulled up; what about those that should not "
            "have come?",
            "All rows": "Through the head every token is either pulled up or pushed down.",
        },
        "All rows",
    ),
    Question(
        "A block of Q4_1 has d = 0.5 and m = −2. The second of its 16 bytes is 0x3a, that is 10 in the low half and 3 "
        "in the high half. What does it say?",
        {
            "Weight 1 is 3 and weight 17 is −0.5": "0.5 · 10 − 2 and 0.5 · 3 − 2; low halves come first, high halves "
            "16 places later.",
            "Weight 2 is 3 and weight 3 is −0.5": "The halves of a byte are not neighbours in this format.",
            "Weight 1 is −0.5 and weight 17 is 3": "The low half belongs to the earlier weight.",
        },
        weights_of_a_byte,
    ),
    Question(
        "Beside the reference, your scores are equal at position 0 and differ everywhere else. What do you suspect?",
        {
            "The embedding": "Then position 0 would be off too.",
            "The head": "It works on each position alone and would spare none.",
            "The layout of the rotation": "Position 0 is not turned, so it is right with any layout.",
        },
        "The layout of the rotation",
    ),
    Question(
        "Llama 2 7B has 32 key/value heads, Mistral 7B has 8; layers and head width are equal. How large is the KV "
        "cache of Llama 2 for 1,000 tokens, beside Mistral's?",
        {
            "4 times as large": "2 · L · G · D numbers a token, and only G differs.",
            "The same, for both have 7 billion parameters": "The cache holds keys and values, not parameters.",
            "16 times as large": "Keys and values are counted once each; the ratio is that of G.",
        },
        cache_of_llama_2,
    ),
)
