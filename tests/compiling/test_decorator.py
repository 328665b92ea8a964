"""Compiled functions where nothing can be kept: in a folder that cannot be written, without a home, anew each time."""

import subprocess
import sys
from pathlib import Path

import numba
from numba.core.caching import NullCache

import lessons_lib
from lessons_lib.compiling import compiled
from lessons_lib.compiling.team import piece

LIBRARY = Path(lessons_lib.__file__).parent
MODULES = [
    str(path.relative_to(LIBRARY.parent).with_suffix("")).replace("/", ".").replace("\\", ".")
    for path in sorted(LIBRARY.rglob("*.py"))
    if "@compiled(" in path.read_text(encoding="utf-8") or "@piece(" in path.read_text(encoding="utf-8")
]

READ_ONLY = """
import sys, tempfile

def refuse(*args, **kwargs):
    raise OSError(30, "Read-only file system")

tempfile.TemporaryFile = refuse  # by which numba finds out whether it can write
from importlib import import_module
for name in sys.argv[1:]:
    import_module(name)
from lessons_lib.compiling.team import share
assert share.stats.cache_path is None
print("imported", len(sys.argv) - 1)
"""


def test_every_compiled_function_uses_the_one_decorator():
    users = [path for path in LIBRARY.rglob("*.py") if "njit" in path.read_text(encoding="utf-8")]
    assert [path.name for path in users] == ["decorator.py"]
    assert len(MODULES) > 8


def test_where_no_folder_can_be_written_all_modules_work():
    result = subprocess.run([sys.executable, "-c", READ_ONLY, *MODULES], capture_output=True, text=True)
    assert result.stdout == f"imported {len(MODULES)}\n", result.stderr


def add_two(x):
    return x + 2


def test_without_a_home_no_folder_of_that_name_is_made(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    made = compiled()(add_two)
    assert made(3) == 5 and isinstance(made._cache, NullCache)
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "chosen"))
    assert compiled()(add_two)(3) == 5
    assert [path.suffix for path in tmp_path.rglob("*.nb?")] != []


def test_a_piece_is_compiled_without_a_folder_too(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)

    @piece()
    def nothing(job, i):
        pass

    assert nothing.address
