"""Whatever a learner's function does or returns, `check` raises nothing and prints a short verdict."""

import array
import collections
import dataclasses
import decimal
import enum
import fractions
import functools
import sys
import types

import numpy as np
import pytest
import torch

from lessons_lib.classroom import check, exercises
from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.showing import shown


def my_half(row):
    return row / 2


HALF = Exercise(
    id="half",
    title="Halve a row",
    difficulty=1,
    minutes=1,
    contract="row [N] to row [N]",
    cases=((torch.tensor([2.0, 3.0]),), (torch.arange(49_152.0),)),
    tried="two rows",
    hints=(),
    solution=my_half,
    mistakes=(lambda row: row * 2,),
)
HALF.mistakes[0].__doc__ = "It looks as if you doubled."


@pytest.fixture(autouse=True)
def half_in_the_course(monkeypatch):
    monkeypatch.setattr(exercises, "find_exercise", {"half": HALF}.__getitem__)
    monkeypatch.setattr(exercises, "_contracts_shown", set())


class Hostile:
    """Fails whatever is asked of it."""

    def _fail(self, *_):
        raise SystemExit("no")

    __repr__ = __str__ = __len__ = __iter__ = __array__ = __eq__ = __hash__ = __float__ = __bool__ = __getitem__ = _fail
    detach = property(_fail)


class LongName:
    def __repr__(self):
        return "x" * 10_000_000


class Endless:
    """A sequence that never ends."""

    def __len__(self):
        return 2**40

    def __getitem__(self, place):
        return 1.0


class EndlessList(list):
    def __iter__(self):
        while True:
            yield 1.0


class OddText(str):
    def __repr__(self):
        raise ValueError

    def __eq__(self, other):
        raise ValueError

    __hash__ = str.__hash__


class OddError(Exception):
    def __str__(self):
        raise ValueError


class Interrupting(BaseException):
    pass


def loop(kind):
    if kind is dict:
        value = {}
        value["self"] = value
        return value
    value = [1.0]
    value.append((value,) if kind is tuple else value)
    return value


def nested(depth, kind=list):
    value = 1.0
    for _ in range(depth):
        value = kind([value]) if kind is not dict else {"in": value}
    return value


def recursive(row):
    return recursive(row)


def raising(error):
    def answer(row):
        raise error

    return answer


def endless_generator(row):
    while True:
        yield 1.0


async def coroutine(row):
    return row / 2


def swapped_in_place(row):
    row[0] = torch.nan
    return row / 2


class Colour(enum.Enum):
    RED = 1


RESULTS = {
    "a hostile object": Hostile,
    "a list of hostile objects": lambda: [Hostile(), Hostile()],
    "a dict of a hostile object": lambda: {"a": Hostile()},
    "an object with a long name": LongName,
    "a list of long names": lambda: [LongName()] * 100_000,
    "a list that holds itself": lambda: loop(list),
    "a tuple in a list that holds both": lambda: loop(tuple),
    "a dict that holds itself": lambda: loop(dict),
    "an object array that holds itself": lambda: np.array([loop(list), None], dtype=object),
    "a deep list": lambda: nested(100_000),
    "a list of some depth": lambda: nested(400),
    "a deep tuple": lambda: nested(5_000, tuple),
    "a deep dict": lambda: nested(5_000, dict),
    "49,152 numbers": lambda: torch.arange(49_152.0),
    "49,152 numbers in a list": lambda: list(range(49_152)),
    "a wide matrix": lambda: np.ones((3, 49_152)),
    "many short rows": lambda: [[1.0, 2.0]] * 49_152,
    "rows of many lengths": lambda: [[1.0] * length for length in range(500)],
    "a view of 10^12 numbers": lambda: torch.zeros(1).expand(10**12),
    "a numpy view of 10^11 numbers": lambda: np.broadcast_to(1.0, (10**6, 10**5)),
    "a long range": lambda: range(10**12),
    "a short range": lambda: range(10),
    "ten million items": lambda: [1.0] * 10_000_000,
    "no numbers": lambda: torch.zeros(0, 3),
    "an empty list": list,
    "an empty dict": dict,
    "long text": lambda: "word " * 1_000_000,
    "long bytes": lambda: b"\x00\xff" * 1_000_000,
    "text with a lone surrogate": lambda: "\ud800",
    "text that clears the screen": lambda: "\x1b[2J\x07",
    "text of an odd class": lambda: OddText("half"),
    "a dict with long keys": lambda: {"k" * 100_000 + str(place): 1 for place in range(10)},
    "a dict with many keys": lambda: dict.fromkeys(range(100_000), 1.0),
    "a dict with tensors as keys": lambda: {torch.ones(1000): 1.0},
    "a dict with odd keys": lambda: {OddText("a"): 1.0, (1, None): 2.0, frozenset(): 3.0},
    "a generator": lambda: (x for x in [1.0, 1.5]),
    "a map": lambda: map(float, [1, 2]),
    "dict keys": lambda: {1: 2}.keys(),
    "a set": lambda: {1.0, 1.5},
    "a big set": lambda: set(range(100_000)),
    "an endless sequence": Endless,
    "an endless list": lambda: EndlessList([1.0]),
    "a deque": lambda: collections.deque([1.0, 1.5]),
    "a counter": lambda: collections.Counter("halve"),
    "a default dict": lambda: collections.defaultdict(int, a=1),
    "a class": lambda: Hostile,
    "torch.Tensor itself": lambda: torch.Tensor,
    "a function": lambda: my_half,
    "a method of a tensor": lambda: torch.ones(1).sum,
    "a partial": lambda: functools.partial(my_half),
    "a module": lambda: types,
    "a type of an enum": lambda: Colour.RED,
    "an exception": lambda: ValueError("x" * 10_000_000),
    "a data class": lambda: dataclasses.make_dataclass("Row", ["x"])(1),
    "a very long number": lambda: 10**5000,
    "a list of very long numbers": lambda: [10**5000],
    "a number beyond floats": lambda: 10**400,
    "a fraction": lambda: fractions.Fraction(1, 3),
    "a decimal": lambda: decimal.Decimal("0.5"),
    "a complex number": lambda: 1j,
    "a complex tensor": lambda: torch.tensor([1.0 + 2j, 1.5]),
    "infinity": lambda: float("inf"),
    "nan in an array": lambda: np.array([np.nan, np.inf]),
    "true": lambda: True,
    "truth values": lambda: torch.tensor([True, False]),
    "a date array": lambda: np.array(["2026-11-26"], dtype="datetime64"),
    "a string array": lambda: np.array(["a"]),
    "an object array": lambda: np.array([object()]),
    "a record array": lambda: np.zeros(2, dtype=[("a", "f4")]),
    "a buffer": lambda: array.array("d", [1.0, 1.5]),
    "a memory view": lambda: memoryview(b"ab"),
    "a byte array": lambda: bytearray(b"ab"),
    "a sparse tensor": lambda: torch.eye(3).to_sparse(),
    "a tensor on no device": lambda: torch.ones(3, device="meta"),
    "a tensor that learns": lambda: torch.nn.Parameter(torch.ones(3)),
    "a quantised tensor": lambda: torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
    "a model": lambda: torch.nn.Linear(500, 500),
    "Ellipsis in a list": lambda: [...],
    "None in a list": lambda: [None, 1.0],
    "a slice": lambda: slice(1),
    "not implemented": lambda: NotImplemented,
    "a list of strings and numbers": lambda: ["a", 1, b"c", {"d": None}],
    "a file": lambda: sys.stdin,
}
ANSWERS = {
    "sys.exit": lambda row: sys.exit(),
    "sys.exit with a word": lambda row: sys.exit("done"),
    "exit code": raising(SystemExit(3)),
    "generator exit": raising(GeneratorExit()),
    "an interrupting error": raising(Interrupting("x" * 100_000)),
    "an error with a long text": raising(ValueError("x" * 10_000_000)),
    "an error whose text fails": raising(OddError()),
    "an error with lines and escapes": raising(ValueError("\x1b[2J\ud800\nmore\n" * 1000)),
    "an error without text": raising(ValueError()),
    "stop iteration": raising(StopIteration(1)),
    "memory": raising(MemoryError()),
    "a group of errors": raising(ExceptionGroup("several", [ValueError("one"), ExceptionGroup("in", [OSError()])])),
    "endless recursion": recursive,
    "an assertion": raising(AssertionError()),
    "an endless generator": endless_generator,
    "a coroutine": coroutine,
    "a class": Hostile,
    "a class that takes a row": lambda row: Endless,
    "no arguments": lambda: 1,
    "too many arguments": lambda row, more: row,
    "a changed input": swapped_in_place,
    "an input that grew": lambda row: row.resize_(10_000),
    "half with an extra axis": lambda row: (row / 2)[None],
    "wrong in one place": lambda row: torch.where(torch.arange(len(row)) == 40_000, row, row / 2),
    "a builtin": len,
    "a tensor in place of a function": torch.ones(100_000),
    "text in place of a function": "half" * 100_000,
    "a hostile object in place of a function": Hostile(),
    "a list that holds itself in place of a function": loop(list),
    "a big number in place of a function": 10**5000,
    "a long name in place of a function": LongName(),
    "true in place of a function": True,
}
ANSWERS |= {f"returns {name}": lambda row, make=make: make() for name, make in RESULTS.items()}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_gets_a_short_verdict(name, capsys):
    before = sys.getrecursionlimit()
    check("half", ANSWERS[name])
    out, err = capsys.readouterr()
    assert out[0] in "✗○" and err == "" and "can't be compared" not in out
    assert len(out) < 1500 and max(map(len, out.splitlines())) < 420, f"{len(out)} characters"
    assert all(letter.isprintable() or letter == "\n" for letter in out)
    out.encode("utf-8")
    assert sys.getrecursionlimit() == before


def test_an_interrupt_by_the_user_stays_one():
    with pytest.raises(KeyboardInterrupt):
        check("half", raising(KeyboardInterrupt()))

    class Slow:
        def __array__(self, *_):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("half", lambda row: Slow())


def test_a_wrong_place_far_behind_is_named(capsys):
    check("half", ANSWERS["wrong in one place"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("  expected  [0, 0.5, 1, ") and lines[2].endswith(" … (shape [49152])")
    assert lines[4] == "  differs   first at [40000]: expected 20000, got 40000"


@pytest.mark.parametrize(
    "kind", [list, tuple, collections.deque, collections.UserList, np.array, lambda x: array.array("d", x)]
)
def test_every_kind_of_row_is_accepted(kind, capsys):
    check("half", lambda row: kind((row / 2).tolist()))
    check("half", lambda row: (row / 2).bfloat16() if len(row) == 2 else row / 2)
    assert capsys.readouterr().out == "✓ half: two rows\n" * 2


def test_a_known_mistake_is_still_named(capsys):
    check("half", lambda row: [2 * float(x) for x in row])
    assert capsys.readouterr().out.splitlines()[4] == "  It looks as if you doubled."


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([0.5] * 10, "[0.5, 0.5, 0.5, 0.5, 0.5 … (10 items)"),
        (np.zeros((4, 7)), "[[0, 0, 0, 0, 0, 0, 0],  … (shape [4, 7])"),
        (torch.zeros(9, 1), "[[0], [0], [0], [0], [0] … (shape [9, 1])"),
        ("a text that is too long for this", "'a text that is too long … (32 characters)"),
        (dict.fromkeys(range(9), "x"), "{0: 'x', 1: 'x', 2: 'x', … (9 items)"),
        ([1, 2], "[1, 2]"),
    ],
)
def test_a_long_value_is_cut_with_its_size(value, text):
    assert shown(value, longest=24) == text


def test_a_number_too_long_to_write_is_named_by_its_type():
    assert shown(10**5000) == "<int>"
