"""Files and folders that are replaced whole: links, modes, leftovers, full disks, and others that save meanwhile."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lessons_lib.files import replace as module
from lessons_lib.files import replace_file, replace_folder, stepped_aside

ROOT = Path(__file__).resolve().parents[1]
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights, and few may make links")


def put(path, content=b"new"):
    with replace_file(path) as file:
        file.write(content)


def put_folder(path, **files):
    with replace_folder(path) as (new, _):
        for name, content in files.items():
            (new / name).write_text(content)


def read(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_replaced_when_the_block_ends(tmp_path):
    put(tmp_path / "a", b"old")
    with replace_file(tmp_path / "a") as file:
        file.write(b"new")
        file.flush()
        assert (tmp_path / "a").read_bytes() == b"old"
    assert read(tmp_path) == {"a": "new"}


def test_a_block_that_fails_leaves_what_was_there(tmp_path):
    put(tmp_path / "a", b"old")
    put_folder(tmp_path / "b", x="old")
    with pytest.raises(TypeError):
        put(tmp_path / "a", "text")
    with pytest.raises(TypeError):
        put_folder(tmp_path / "b", w="new", x=b"bytes")
    assert read(tmp_path / "b") == {"x": "old"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@posix
def test_links_stay_links_and_what_they_point_to_is_replaced(tmp_path):
    (tmp_path / "far").mkdir()
    put(tmp_path / "far" / "a", b"old")
    put_folder(tmp_path / "far" / "b", x="old")
    (tmp_path / "to a").symlink_to("far/a")
    (tmp_path / "to b").symlink_to(tmp_path / "far" / "b")
    (tmp_path / "twice").symlink_to("to b")
    (tmp_path / "nowhere").symlink_to("far/new")
    put(tmp_path / "to a")
    put_folder(tmp_path / "twice", y="new")
    put_folder(tmp_path / "nowhere", z="new")
    assert (tmp_path / "far" / "a").read_bytes() == b"new"
    assert read(tmp_path / "far" / "b") == {"y": "new"}
    assert read(tmp_path / "far" / "new") == {"z": "new"}
    assert all((tmp_path / name).is_symlink() for name in ("to a", "to b", "twice", "nowhere"))
    assert sorted(path.name for path in (tmp_path / "far").iterdir()) == ["a", "b", "new"]


@posix
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_what_is_new_obeys_the_umask_and_what_is_replaced_keeps_its_mode(tmp_path, umask):
    before = os.umask(umask)
    try:
        put(tmp_path / "a")
        put_folder(tmp_path / "b", x="new", y="new")
        assert (mode(tmp_path / "a"), mode(tmp_path / "b")) == (0o666 & ~umask, 0o777 & ~umask)
        assert mode(tmp_path / "b" / "x") == 0o666 & ~umask
        for path, bits in (("a", 0o600), ("b", 0o2700), ("b/x", 0o640)):
            (tmp_path / path).chmod(bits)
        put(tmp_path / "a")
        put_folder(tmp_path / "b", x="new", z="new")
        assert (mode(tmp_path / "a"), mode(tmp_path / "b"), mode(tmp_path / "b" / "x")) == (0o600, 0o2700, 0o640)
        assert mode(tmp_path / "b" / "z") == 0o666 & ~umask
    finally:
        os.umask(before)


@posix
def test_nobody_else_can_read_a_private_folder_while_it_is_made_anew(tmp_path):
    put_folder(tmp_path / "b", x="old")
    (tmp_path / "b").chmod(0o700)
    with replace_folder(tmp_path / "b") as (new, _):
        assert mode(new) == 0o700


LEFT = ".a.0123456789abcdef.tmp"


def leave(path, age=0.0):
    """Leave a folder with a file in it, not touched for so many seconds."""
    path.mkdir()
    (path / "x").write_text("left")
    os.utime(path, (time.time() - age,) * 2)


OTHERS = (
    *(".b.0123456789abcdef.tmp", ".a.0123456789abcde.tmp", ".a.0123456789abcdef.tmp.txt", "a.0123456789abcdef.tmp"),
    *(".a.0123456789ABCDEF.tmp", ".a-0123456789abcdef.tmp", "x.a.0123456789abcdef.tmp"),
)


@posix
@pytest.mark.parametrize("replace", [put, put_folder])
def test_what_was_left_is_cleared_away_and_nothing_else(tmp_path, replace):
    names = [LEFT, LEFT.replace("tmp", "old"), ".a.fedcba9876543210.tmp", *OTHERS]
    for name in names:
        leave(tmp_path / name)
    (tmp_path / ".a.00000000000000ff.tmp").write_text("a file")
    (tmp_path / ".a.00000000000000ee.tmp").symlink_to("nowhere")
    (tmp_path / "a").touch() if replace is put else (tmp_path / "a").mkdir()
    replace(tmp_path / "a")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["a", ".a.00000000000000ee.tmp", *OTHERS])


@posix
def test_what_belongs_to_somebody_else_stays(tmp_path, monkeypatch):
    leave(tmp_path / LEFT)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    put_folder(tmp_path / "a")
    assert (tmp_path / LEFT).exists()


def test_what_stepped_aside_comes_back(tmp_path):
    assert stepped_aside(tmp_path / "a") is None
    leave(tmp_path / ".a.0123456789abcdef.old")
    assert stepped_aside(tmp_path / "a") == (tmp_path / ".a.0123456789abcdef.old").resolve()
    with replace_folder(tmp_path / "a") as (_, old):
        assert read(old) == {"x": "left"}
        assert stepped_aside(tmp_path / "a") is None
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_where_nothing_can_be_locked_only_what_is_a_day_old_is_cleared_away(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "fcntl", None)
    leave(tmp_path / LEFT, age=25 * 3600)
    leave(tmp_path / LEFT.replace("0", "1"), age=23 * 3600)
    put_folder(tmp_path / "a", y="new")
    assert sorted(path.name for path in tmp_path.iterdir()) == [LEFT.replace("0", "1"), "a"]


@posix
def test_what_another_process_is_writing_stays(tmp_path):
    code = """
import sys
from lessons_lib.files import replace_folder
with replace_folder(sys.argv[1]) as (new, _):
    (new / "x").write_text("other")
    print("ready", flush=True)
    sys.stdin.readline()
"""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "a")], cwd=ROOT, **pipes) as other:
        assert other.stdout.readline() == "ready\n"
        leave(tmp_path / LEFT)
        put_folder(tmp_path / "a", x="ours")
        assert read(tmp_path / "a") == {"x": "ours"}
        assert len(list(tmp_path.glob(".a.*.tmp"))) == 2  # its folder, and what might be another's
        other.communicate("\n")
    assert other.returncode == 0
    assert read(tmp_path / "a") == {"x": "other"}
    put_folder(tmp_path / "a", x="ours")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@posix
def test_a_disk_that_is_full_leaves_what_was_there(tmp_path):
    """The system itself ends the writing: no file of the process may grow beyond 100 kB."""
    put(tmp_path / "a", b"old")
    put_folder(tmp_path / "b", x="old")
    code = """
import resource, signal, sys
from lessons_lib.files import replace_file, replace_folder
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
for replace, name in ((replace_file, "a"), (replace_folder, "b")):
    try:
        with replace(f"{sys.argv[1]}/{name}") as place:
            content = bytes(200_000)
            place.write(content) if name == "a" else (place[0] / "x").write_bytes(content)
        print("written")
    except OSError as error:
        print(error.strerror)
"""
    command = [sys.executable, "-c", code, str(tmp_path)]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert found.split("\n") == ["File too large", "File too large", ""]
    assert (tmp_path / "a").read_bytes() == b"old"
    assert read(tmp_path / "b") == {"x": "old"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@posix
def test_all_that_was_written_is_brought_to_the_disk_before_it_counts(tmp_path, monkeypatch):
    put_folder(tmp_path / "b", x="old")
    events = []
    inodes = {}

    def note_sync(handle, original=os.fsync):
        events.append(("sync", inodes.setdefault(os.fstat(handle).st_ino, os.readlink(f"/proc/self/fd/{handle}"))))
        original(handle)

    def note_replace(one, other, original=os.replace):
        events.append(("replace", str(other)))
        original(one, other)

    if sys.platform != "linux":
        pytest.skip("only Linux tells the name of an open file")
    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "replace", note_replace)
    with replace_folder(tmp_path / "b") as (new, _):
        (new / "x").write_text("new")
        (new / "y").write_text("new")
    kinds = [(kind, Path(path).name if Path(path).parent == new else path) for kind, path in events]
    assert sorted(kinds[:2]) == [("sync", "x"), ("sync", "y")]
    assert kinds[2] == ("sync", str(new))
    assert [kind for kind, _ in kinds[3:]] == ["replace", "replace", "sync"]
    assert kinds[-1] == ("sync", str(tmp_path))
