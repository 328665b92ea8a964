"""An exercise of lesson 06: read a tensor out of a file."""

import json

import numpy as np

from lessons_lib.classroom.exercises import Exercise


def my_tensor(data, name):
    length = int.from_bytes(data[:8], "little")
    entry = json.loads(data[8 : 8 + length])[name]
    begin, end = (8 + length + offset for offset in entry["data_offsets"])
    kind = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}[entry["dtype"]]
    numbers = np.frombuffer(data[begin:end], kind)
    if entry["dtype"] == "BF16":
        numbers = (numbers.astype(np.uint32) << 16).view(np.float32)
    return numbers.reshape(entry["shape"])


def tensor_read(data, name, origin=None, kinds=None, shape=None, order="C", to_the_end=False, widen=True):
    """What the mistakes have in common."""
    length = int.from_bytes(data[:8], "little")
    entry = json.loads(data[8 : 8 + length])[name]
    start = 8 + length if origin is None else origin(length)
    begin, end = (start + offset for offset in entry["data_offsets"])
    kind = ({"F32": "<f4", "F16": "<f2", "BF16": "<u2"} | (kinds or {}))[entry["dtype"]]
    numbers = np.frombuffer(data[begin:] if to_the_end else data[begin:end], kind)
    if kind[1:] == "u2" and widen:
        numbers = (numbers.astype(np.uint32) << 16).view(np.float32)
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
    """It looks as if every number is read as 32 bits. F16 and BF16 have 16."""
    return tensor_read(data, name, kinds={"F16": "<f4", "BF16": "<f4"})


def tensor_bf16_as_f16(data, name):
    """It looks as if BF16 is read as F16. Both have 16 bits, and they mean other things: BF16 is the first half of a
    float32."""
    return tensor_read(data, name, kinds={"BF16": "<f2"})


def tensor_bf16_as_whole_numbers(data, name):
    """It looks as if the bits of BF16 are left as whole numbers: move them 16 places up and view them as float32."""
    return tensor_read(data, name, widen=False)


def tensor_bf16_not_moved(data, name):
    """It looks as if the bits of BF16 stand in the low half of a float32. They are the high half: shift by 16 first."""
    length = int.from_bytes(data[:8], "little")
    found = tensor_read(data, name, widen=False)
    if json.loads(data[8 : 8 + length])[name]["dtype"] != "BF16":
        return found
    return found.astype(np.uint32).view(np.float32)


def tensor_bf16_without_room(data, name):
    """It looks as if numbers of 16 bits are shifted by 16: what leaves their 16 bits is lost, and all become 0. Give
    them room first: .astype(np.uint32)."""
    length = int.from_bytes(data[:8], "little")
    entry = json.loads(data[8 : 8 + length])[name]
    if entry["dtype"] != "BF16":
        return tensor_read(data, name)
    bits = tensor_read(data, name, widen=False, shape=-1)
    return (bits << 16).view(np.float32).reshape(entry["shape"])


def tensor_bf16_turned_into_numbers(data, name):
    """It looks as if the bits of BF16 are turned into float32 as whole numbers, which makes new bits. Shift them as
    whole numbers, then use view, which keeps the bits."""
    length = int.from_bytes(data[:8], "little")
    found = tensor_read(data, name, widen=False)
    if json.loads(data[8 : 8 + length])[name]["dtype"] != "BF16":
        return found
    return (found.astype(np.uint32) << 16).astype(np.float32)


def tensor_other_byte_order(data, name):
    """It looks as if the bytes of each number are read in the other order. The lowest byte comes first, as "<" says."""
    return tensor_read(data, name, kinds={"F32": ">f4", "F16": ">f2", "BF16": ">u2"})


def tensor_f32_in_other_byte_order(data, name):
    """It looks as if the bytes of each number are read in the other order. The lowest byte comes first, as "<" says."""
    return tensor_read(data, name, kinds={"F32": ">f4"})


def tensor_f16_as_whole_numbers(data, name):
    """It looks as if F16 is read as whole numbers. NumPy knows this kind: "<f2"."""
    found = tensor_read(data, name)
    return found.view("<u2") if found.dtype == "<f2" else found


def tensor_with_the_length_backwards(data, name):
    """It looks as if the length of the header is read with its highest byte first. The lowest comes first: "little"."""
    return json.loads(data[8 : 8 + int.from_bytes(data[:8], "big")])[name]


def tensor_with_a_short_length(data, name):
    """It looks as if the length of the header is read from two bytes only. It has eight: data[:8]."""
    return tensor_read(data[:2] + bytes(6) + data[8:], name)


def tensor_in_the_order_of_the_header(data, name):
    """It looks as if the tensors are taken to lie one behind the other as the header names them. They may lie in
    another order: its offsets say where."""
    length = int.from_bytes(data[:8], "little")
    header = {each: entry for each, entry in json.loads(data[8 : 8 + length]).items() if each != "__metadata__"}
    before = list(header)[: list(header).index(name)]
    sizes = {each: entry["data_offsets"][1] - entry["data_offsets"][0] for each, entry in header.items()}
    start = sum(sizes[each] for each in before) - header[name]["data_offsets"][0]
    return tensor_read(data, name, origin=lambda length: 8 + length + start)


def tensor_always_16_bits(data, name):
    """It looks as if the numbers end as float16, which is too narrow for some that F32 and BF16 hold."""
    with np.errstate(over="ignore"):
        return tensor_read(data, name).astype(np.float16)


def tensor_bf16_in_other_byte_order(data, name):
    """It looks as if the two bytes of a BF16 number are read in the other order. The lowest comes first: "<u2"."""
    return tensor_read(data, name, kinds={"BF16": ">u2"})


def tensor_always_bf16(data, name):
    """It looks as if every tensor is read as BF16. The header's dtype says which of the three kinds it is."""
    return tensor_read(data, name, kinds={"F32": "<u2", "F16": "<u2"})


def tensor_f16_as_bf16(data, name):
    """It looks as if F16 is read as BF16. Both have 16 bits, and they mean other things: NumPy knows F16, as "<f2"."""
    return tensor_read(data, name, kinds={"F16": "<u2"})


def tensor_of_the_first_entry(data, name):
    """It looks as if the first tensor is read, whatever its name. The header's entry for `name` says where that
    tensor lies."""
    length = int.from_bytes(data[:8], "little")
    names = [key for key in json.loads(data[8 : 8 + length]) if key != "__metadata__"]
    return tensor_read(data, names[0])


def tensor_behind_two_braces(data, name):
    """It looks as if the header ends for you at its first "}}". Metadata may end so too, and spaces may follow: the
    first eight bytes say how long it is."""
    end = data.index(b"}}") + 2
    entry = json.loads(data[8:end])[name]
    begin, stop = (end + offset for offset in entry["data_offsets"])
    kind = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}[entry["dtype"]]
    numbers = np.frombuffer(data[begin:stop], kind)
    if entry["dtype"] == "BF16":
        numbers = (numbers.astype(np.uint32) << 16).view(np.float32)
    return numbers.reshape(entry["shape"])


def tensor_flat(data, name):
    """It looks as if the shape is missing: the numbers are right, and they stand in one row."""
    return tensor_read(data, name, shape=-1)


def tensor_by_columns(data, name):
    """It looks as if the numbers are filled in column by column. They stand row by row."""
    return tensor_read(data, name, order="F")


def tensor_to_the_end(data, name):
    """It looks as if you read on to the end of the file. The second offset says where the tensor ends."""
    return tensor_read(data, name, to_the_end=True)


def tensor_of_all_entries(data, name):
    """It looks as if every entry of the header is read as a tensor. "__metadata__" is none: take the entry of the
    name."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    dtypes = {each: entry["dtype"] for each, entry in header.items()}
    return tensor_read(data, name) if dtypes else None


def packed(
    padding: int = 0, metadata: dict | None = None, brain: tuple = (), backwards: bool = False, **arrays: np.ndarray
) -> bytes:
    """A safetensors file of some arrays, in their order; those named in `brain` as BF16. Backwards, the header names
    the last of them first."""
    header, end, body = {"__metadata__": metadata} if metadata else {}, 0, b""
    for name, array in arrays.items():
        kind = "BF16" if name in brain else {"<f4": "F32", "<f2": "F16"}[array.dtype.str]
        raw = (array.view("<u4") >> 16).astype("<u2").tobytes() if name in brain else array.tobytes()
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [end, end + len(raw)]}
        end, body = end + len(raw), body + raw
    if backwards:
        header = dict(reversed(header.items()))
    text = json.dumps(header, separators=(",", ":")).encode() + b" " * padding
    return len(text).to_bytes(8, "little") + text + body


ROW = np.array([0.5, -2.0], "<f4")
GRID = np.array([[1, 2, 3], [4, 5, 6.5]], "<f4")
WIDE = np.array([[100000, -3], [0.25, 7]], "<f4")
HALVES = np.array([[0.25], [-8], [3]], "<f2")

SAFETENSORS_TENSOR = Exercise(
    id="safetensors_tensor",
    title="Read a tensor out of a file",
    difficulty=2,
    minutes=14,
    contract="all bytes of a safetensors file and the name of a tensor in it to a numpy array of its shape. Numbers "
    "are F32, F16 or BF16. The file may have metadata, and spaces behind its header.",
    cases=(
        (packed(w=ROW), "w"),
        (packed(w=GRID), "w"),
        (packed(a=ROW, b=GRID), "b"),
        (packed(a=GRID, b=ROW, metadata={"format": "pt"}), "a"),
        (packed(a=HALVES, b=ROW, c=HALVES[::-1].copy(), padding=99), "c"),
        (packed(a=HALVES, b=GRID), "b"),
        (packed(a=GRID, b=WIDE, c=ROW, backwards=True), "b"),
        (packed(a=GRID, b=ROW, padding=2**16), "a"),
        (packed(w=GRID, brain=("w",)), "w"),
        (packed(a=GRID, b=-3 * GRID.T.copy(), c=ROW, metadata={"format": "pt"}, brain=("a", "b")), "b"),
    ),
    tried="one tensor and several, the first and the last, 32 and 16 bits of both kinds, metadata, headers with few "
    "and many spaces behind them, and one in another order than the tensors",
    hints=(
        'int.from_bytes(data[:8], "little") is the length of the header.',
        "json.loads reads data[8 : 8 + length]. Offsets count from 8 + length.",
        'np.frombuffer(data[begin:end], "<f4").reshape(shape); for F16 it is "<f2", for BF16 "<u2" and then section 4.',
    ),
    solution=my_tensor,
    mistakes=(
        tensor_from_the_start,
        tensor_without_the_eight,
        tensor_behind_the_eight,
        tensor_always_32_bits,
        tensor_bf16_as_f16,
        tensor_bf16_as_whole_numbers,
        tensor_bf16_not_moved,
        tensor_bf16_without_room,
        tensor_bf16_turned_into_numbers,
        tensor_other_byte_order,
        tensor_f32_in_other_byte_order,
        tensor_bf16_in_other_byte_order,
        tensor_f16_as_whole_numbers,
        tensor_with_the_length_backwards,
        tensor_with_a_short_length,
        tensor_in_the_order_of_the_header,
        tensor_always_16_bits,
        tensor_always_bf16,
        tensor_f16_as_bf16,
        tensor_of_the_first_entry,
        tensor_behind_two_braces,
        tensor_flat,
        tensor_by_columns,
        tensor_to_the_end,
        tensor_of_all_entries,
    ),
)
