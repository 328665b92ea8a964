"""An error, shown as a notebook shows it, without stopping the notebook; and what several exercises ask for."""

import copy
import linecache
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

from lessons_lib.classroom.trials import Refused


@contextmanager
def caught() -> Iterator[None]:
    """Print the error that the lines below `with caught():` raise: an arrow for each function under way, and its words.

    Raises:
        RuntimeError: if they raise none.
    """
    try:
        yield
    except Exception as error:
        for frame, number in traceback.walk_tb(error.__traceback__.tb_next):  # the first is this function
            if line := linecache.getline(frame.f_code.co_filename, number).rstrip():  # a dataclass has no file
                print(f"----> {number} {line}")
        print(f"{type(error).__name__}: {error}".removesuffix(": ") + "\n")
    else:
        raise RuntimeError("these lines were to go wrong, and did not")


def defined_anew(answer: Callable) -> Callable:
    """A function as it was before its first call: what grows in one case must not show in the next.

    That is its defaults, and the lists, dicts and sets outside of it that it names.
    """
    if not isinstance(answer, FunctionType):
        return answer
    around = answer.__globals__
    kept = {name: around[name] for name in answer.__code__.co_names if isinstance(around.get(name), list | dict | set)}
    fresh = FunctionType(answer.__code__, around | copy.deepcopy(kept), answer.__name__, None, answer.__closure__)
    fresh.__defaults__ = copy.deepcopy(answer.__defaults__)
    fresh.__kwdefaults__ = copy.deepcopy(answer.__kwdefaults__)
    return fresh


def as_list(result: Any) -> list:
    """What came where a list is asked for.

    Raises:
        Refused: if it is no list, though it holds things one by one.
    """
    if isinstance(result, tuple | dict | set | frozenset) or hasattr(result, "__next__"):
        raise Refused(f"a {type(result).__name__} came back, which is no list: make one with list(...)")
    return result
