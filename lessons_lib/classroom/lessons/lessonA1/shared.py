"""An error, shown as a notebook shows it, without stopping the notebook."""

import linecache
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def caught() -> Iterator[None]:
    """Print the error that the lines below `with caught():` raise: an arrow to the line, and the error's own words.

    Raises:
        RuntimeError: if they raise none.
    """
    try:
        yield
    except Exception as error:
        frame = error.__traceback__.tb_next  # the first is this function
        line = linecache.getline(frame.tb_frame.f_code.co_filename, frame.tb_lineno).rstrip()
        words = f"{type(error).__name__}: {error}".removesuffix(": ")
        print(f"----> {frame.tb_lineno} {line}\n{words}\n")
    else:
        raise RuntimeError("these lines were to go wrong, and did not")
