"""Runs what a learner wrote on one case, and tells a stub that nobody has touched from a first try."""

import contextlib
import copy
import dis
import functools
import inspect
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lessons_lib.classroom.showing import line, short, shown
from lessons_lib.classroom.values import comparable, same

_LETTERS = 60  # of what a function printed, in a sentence about it


class Trouble(str):
    """A sentence about what happened in place of a result."""


class Refused(TypeError):
    """Raised by a harness for a result that it can't use: its words stand alone, since the learner's code raised
    nothing."""


UNFINISHED = Trouble("here your code still says ... or raises NotImplementedError")
SECONDS = 10  # of the processor's time, for a case that needs no model
ENDLESS = Trouble("your code did not come to an end: does each way through your loop bring it nearer to its end?")


@dataclass(frozen=True)
class Outcome:
    """What came of a trial.

    Attributes:
        value: the result, ready to be compared, or a `Trouble`.
        printed: the beginning of what was printed meanwhile.
    """

    value: Any
    printed: str = ""


def trial(function: Callable, case: tuple, seconds: float = SECONDS) -> Outcome:
    """Run a function on a copy of a case; nothing gets out of it but an interrupt by the user and what it prints.

    Args:
        function: what a learner wrote, or what stands around it.
        case: its arguments.
        seconds: of the processor's time, after which it is stopped.
    """
    arguments = copy.deepcopy(case)
    screen = _Screen(sys.stdout)
    try:
        with contextlib.redirect_stdout(screen), _limit(seconds):
            value = _result_of(function, arguments)
    except _TooLong:
        value = ENDLESS
    if not isinstance(value, Trouble):
        for before, after in zip(case, arguments, strict=True):
            if _changed(before, after):
                what = f"{shown(before, 100)} to {shown(after, 100)}"
                value = Trouble(f"your code changed its input {what}; work on a copy")
    return Outcome(value, screen.printed)


class _Screen:
    """Passes on what is printed, and remembers how it began."""

    def __init__(self, stream: Any) -> None:
        self._stream, self.printed = stream, ""

    def write(self, text: str) -> int:
        if len(self.printed) < _LETTERS:
            self.printed += text[: 2 * _LETTERS]
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _result_of(function: Callable, arguments: tuple) -> Any:
    try:
        value = function(*arguments)
    except (KeyboardInterrupt, _TooLong):
        raise
    except BaseException as error:  # sys.exit() too: the notebook goes on
        if isinstance(error, NotImplementedError) and _raised_by_hand(error):
            return UNFINISHED
        if isinstance(error, Refused):
            return Trouble(_words_of(error))
        return Trouble(f"your code raised {type(error).__name__}: {_words_of(error)}".rstrip(": ") + _kinds(error))
    if value is ...:
        return UNFINISHED
    try:
        return comparable(value)  # a generator runs here
    except (KeyboardInterrupt, _TooLong):
        raise
    except BaseException:
        if inspect.iscoroutine(value):
            value.close()  # or Python warns that it was never awaited
        wanted = "numbers, text, or lists or dicts of them"
        return Trouble(f"your code returned {short(value)} where {wanted} are expected")


class _TooLong(BaseException):
    """Like an interrupt, so that no `except Exception` of a learner catches it."""


@contextlib.contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """Stop what runs meanwhile after so many seconds, where that can be done: in the main thread, not on Windows."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _kinds(error: BaseException) -> str:
    """What to do where float32 meets float64, of which torch says only that they differ."""
    if not {"float", "double"} <= set(re.findall("[a-z]+", _words_of(error).lower())):
        return ""
    return "; float32 meets float64: give a tensor that you make the dtype of those that you are given, dtype=x.dtype"


def _raised_by_hand(error: BaseException) -> bool:
    """Whether a learner's `raise` made an exception; torch has its own, such as for a module without forward."""
    traceback = error.__traceback__
    while traceback.tb_next:
        traceback = traceback.tb_next
    if traceback.tb_frame.f_globals.get("__name__", "").startswith("torch."):
        return False
    return traceback.tb_frame.f_code.co_code[traceback.tb_lasti] == dis.opmap["RAISE_VARARGS"]


def _changed(before: Any, after: Any) -> bool:
    if callable(before):
        return False
    try:
        before = comparable(before)
    except (TypeError, ValueError):  # nothing that could be compared, such as a configuration
        return False
    try:
        return not same(comparable(after), before)
    except KeyboardInterrupt:
        raise
    except BaseException:
        return True


def _words_of(error: BaseException) -> str:
    try:
        return line(str(error))
    except (KeyboardInterrupt, _TooLong):
        raise
    except BaseException:
        return ""


# Stubs

_IDLE = {
    "CACHE",
    "CALL",
    "COPY_FREE_VARS",
    "KW_NAMES",
    "LOAD_COMMON_CONSTANT",
    "LOAD_CONST",
    "LOAD_GLOBAL",
    "MAKE_CELL",
    "NOP",
    "POP_TOP",
    "PRECALL",
    "PUSH_NULL",
    "RAISE_VARARGS",
    "RESUME",
    "RETURN_CONST",
    "RETURN_VALUE",
}


def is_untouched(answer: Any, solution: Callable) -> bool:
    """Whether an answer is still the stub: its body is a docstring, `...` or `pass`, or raises NotImplementedError.

    A class is a stub as long as one of the methods that the solution writes is one, or where it has none at all.
    """
    if isinstance(answer, type):
        if not isinstance(solution, type):
            return False
        left, _ = _stubs(answer, solution)
        return bool(left) or not _methods(answer, solution)
    return _is_idle(answer)


def unwritten(answer: Any, solution: Callable) -> list[str]:
    """The methods of a class that are still stubs while others are written."""
    if not isinstance(answer, type) or not isinstance(solution, type):
        return []
    left, written = _stubs(answer, solution)
    return left if written else []


def _stubs(answer: type, solution: type) -> tuple[list[str], list[str]]:
    """Of a learner's methods that the solution writes, those that are still stubs and those that are written."""
    own = _methods(answer, solution)
    wanted = [name for name, item in vars(solution).items() if name in own and _code_of(item) and not _is_idle(item)]
    left = [name for name in wanted if _is_idle(own[name]) and _asks_for_the_same(own[name], getattr(solution, name))]
    return left, [name for name in wanted if name not in left]


def _asks_for_the_same(own: Any, right: Any) -> bool:
    """Whether a method still has as many arguments as the solution's; a stub that lost some was touched."""
    return _code_of(own).co_argcount == _code_of(right).co_argcount


def _methods(answer: type, solution: type) -> dict[str, Any]:
    """What a learner wrote of a class, here or in classes of their own that it builds on."""
    bases = [base for base in reversed(answer.__mro__) if base not in solution.__mro__[1:]]
    return {name: item for base in bases for name, item in vars(base).items() if _code_of(item)}


def _code_of(item: Any) -> Any:
    """The code behind a function, a method, a property or a partial; None where there is none in Python."""
    with contextlib.suppress(Exception):
        item = getattr(item, "fget", item)
        while isinstance(item, functools.partial):
            item = item.func
        return inspect.unwrap(item).__code__
    return None


def _is_idle(item: Any) -> bool:
    code = _code_of(item)
    if code is None:
        return False
    steps = list(dis.get_instructions(code))
    returned = {step.argval for step in steps if step.opname in ("LOAD_CONST", "RETURN_CONST")}
    raises = any(step.opname == "RAISE_VARARGS" for step in steps)
    idle = {step.opname for step in steps} <= _IDLE and set(code.co_names) <= {"NotImplementedError"}
    return idle and (raises or returned <= {None, ...})
