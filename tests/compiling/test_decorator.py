"""Compiled functions where nothing can be kept: in a folder that cannot be written, without a home, anew each time."""

import subprocess
import sys
from pathlib import Path

import numba
from numba.core.caching import NullCache

import lessons_lib
from lessons_lib.compiling import compiled, decorator
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


def test_kept_code_is_compiled_anew_once_any_source_has_changed(monkeypatch, tmp_path):
    """Where a function calls another file's, its own file stays the same."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))

    def hits(digest):
        monkeypatch.setattr(decorator, "sources", lambda: digest)
        made = compiled()(add_two)
        assert made(3) == 5
        return sum(made.stats.cache_hits.values())

    assert [hits("old"), hits("old"), hits("new"), hits("new"), hits("old")] == [0, 1, 0, 1, 0]
    assert numba.config.CACHE_LOCATOR_CLASSES == ""


def test_every_file_that_takes_part_counts(monkeypatch, tmp_path):
    (tmp_path / "fast/inner").mkdir(parents=True)
    (tmp_path / "fast/product.py").write_text("from lessons_lib.compiling import compiled\n")
    for name in ("fast/columns.py", "fast/inner/other.py", "plain.py"):
        (tmp_path / name).write_text("ROWS = 0\n")
    monkeypatch.setattr(decorator, "LIBRARY", tmp_path)
    digests = [decorator.sources.__wrapped__()]
    for name in ("plain.py", "fast/inner/other.py", "fast/columns.py", "fast/product.py"):
        (tmp_path / name).open("a").write("COLUMNS = 1\n")
        digests.append(decorator.sources.__wrapped__())
    assert digests[0] == digests[1] == digests[2] != digests[3] != digests[4]


def test_the_library_s_compiled_code_is_kept_by_all_its_sources():
    from lessons_lib.products.multiply import multiply

    assert multiply._cache._impl.locator.get_source_stamp()[1] == decorator.sources()


def test_a_piece_is_compiled_without_a_folder_too(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)

    @piece()
    def nothing(job, i):
        pass

    assert nothing.address
