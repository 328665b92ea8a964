"""Fetching: small wheels made here go through the real pip, from a folder or from a loopback server that misbehaves."""

import contextlib
import errno
import hashlib
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import time
import types
import zipfile
from dataclasses import dataclass, field
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath, PureWindowsPath
from threading import Thread

import pytest
from effort import examples, within
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib import assets
from lessons_lib.assets import AssetFile, available, cache_dir, fetch, fetch_hub, main
from lessons_lib.errors import AssetError

PUBLISHED = {  # sha256 as their publishers, or the projects that load these files, give them
    "SmolLM2-135M-Instruct.Q4_1.gguf": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    "gpt2.tiktoken": "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930",
    "qwen.tiktoken": "b2b1b8dfb5cc5f024bafc373121c6aba3f66f9a5a0269e243470a1de16a33186",
    "tokenizer.model.v1": "dadfd56d766715c61d2ef780a525ab43b8e6da4de6865bda3d95fdef5e134055",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "en.npz": "261ae219ab98caa1f3641e23deb3d9d91b7b7a276f991cbd494f67cfa5abce4d",
}
NOTES = {"pkg/data/a.txt": b"first\n" * 7, "pkg/data/deep/b.txt": b"second\n" * 11, "pkg/other.txt": b"not wanted"}
WORDS = {"pkg/words.txt": b"one two three\n" * 13}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class Shop:
    """A package index made of local wheels, a manifest that names them and an empty cache."""

    wheels: Path
    manifest: Path
    cache: Path
    contents: dict = field(default_factory=lambda: {"wheels": {}, "assets": {}})

    def add(self, name: str, members: dict[str, bytes], folder: str) -> Path:
        """Make a wheel and an asset of all its members below `folder`."""
        wheel = self.wheels / f"{name}-1.0-py3-none-any.whl"
        facts = f"{name}-1.0.dist-info"
        with zipfile.ZipFile(wheel, "w") as archive:
            for member, content in members.items():
                archive.writestr(member, content)
            archive.writestr(f"{facts}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            archive.writestr(f"{facts}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{facts}/RECORD", "".join(f"{member},,\n" for member in members))
        self.contents["assets"][name] = {
            "title": name.title(),
            "kind": "text",
            "licence": "CC0",
            "wheel": f"{name}==1.0",
            "folder": folder,
            "files": {
                member.removeprefix(f"{folder}/"): {"size": len(content), "sha256": sha256(content)}
                for member, content in members.items()
                if member.startswith(f"{folder}/")
            },
        }
        self.pin(name)
        return wheel

    def pin(self, name: str, **changes: object) -> None:
        """Write the manifest anew, with the sha256 that the wheel has now or with `changes`."""
        wheel = self.wheels / f"{name}-1.0-py3-none-any.whl"
        entry = {"size": wheel.stat().st_size, "sha256": sha256(wheel.read_bytes())}
        self.contents["wheels"][f"{name}==1.0"] = entry | changes
        self.write()

    def write(self) -> None:
        lines = []
        for wheel, entry in self.contents["wheels"].items():
            lines += [
                f"[wheels.{json.dumps(wheel)}]",
                *(f"{key} = {json.dumps(value)}" for key, value in entry.items()),
            ]
        for name, entry in self.contents["assets"].items():
            files = entry["files"].items()
            lines += [f"[assets.{name}]"]
            lines += [f"{key} = {json.dumps(value)}" for key, value in entry.items() if key != "files"]
            lines += [f"[assets.{name}.files]"]
            lines += [f"{json.dumps(file)} = {{ size = {f['size']}, sha256 = '{f['sha256']}' }}" for file, f in files]
        self.manifest.write_text("\n".join(lines), encoding="utf-8")

    def stock(self, name: str, members: dict[str, bytes]) -> Path:
        """Put good files into the cache by hand, which is quicker than fetching them."""
        entry = self.contents["assets"][name]
        for file in entry["files"]:
            path = self.cache / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(members[f"{entry['folder']}/{file}"])
        return fetch(name)

    def leftovers(self) -> list[Path]:
        return list(self.cache.glob(".fetching-*"))


@pytest.fixture
def shop(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.upper().startswith(("PIP_", "UV_")) or name.lower() in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.delenv(name)
    made = Shop(tmp_path / "wheels", tmp_path / "manifest.toml", tmp_path / "cache")
    made.wheels.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", made.wheels.as_uri())
    monkeypatch.setenv("LESSONS_LIB_CACHE", str(made.cache))
    monkeypatch.setattr(assets, "MANIFEST", made.manifest)
    made.add("notes", NOTES, "pkg/data")
    made.add("words", WORDS, "pkg")
    return made


def fails(name: str, words: str) -> None:
    """Check that fetching ends in one line that holds `words`, and leaves nothing half done."""
    with pytest.raises(AssetError, match=words) as caught:
        fetch(name)
    assert "\n" not in str(caught.value)
    assert not list(cache_dir().glob(".fetching-*"))


def in_another_process(shop: Shop, name: str) -> subprocess.Popen:
    code = "import sys, pathlib; from lessons_lib import assets; assets.MANIFEST = pathlib.Path(sys.argv[1]); "
    code += "sys.exit(assets.main(['fetch', sys.argv[2]]))"
    command = [sys.executable, "-c", code, str(shop.manifest), name]
    root = Path(assets.__file__).parents[1]
    return subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def serve(shop, monkeypatch):
    """Serve the wheels over loopback HTTP; `send(write, content)` decides how a wheel goes out."""
    servers = []

    def start(send):
        class Index(BaseHTTPRequestHandler):
            def do_GET(self):
                if not self.path.endswith(".whl"):
                    links = "".join(f'<a href="/{wheel.name}">{wheel.name}</a>' for wheel in shop.wheels.glob("*.whl"))
                    content, how = links.encode(), lambda write, content: write(content)
                else:
                    content, how = (shop.wheels / self.path.strip("/")).read_bytes(), send
                self.send_response(200)
                self.send_header("Content-Type", "application/octet-stream" if how is send else "text/html")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                how(self.wfile.write, content)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Index)
        servers.append(server)
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.delenv("PIP_FIND_LINKS")
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


# What is fetched, and from where.


def test_one_file_comes_as_a_file_and_is_then_served_from_the_cache_in_silence(shop, capfd):
    path = fetch("words")
    assert path.read_bytes() == WORDS["pkg/words.txt"]
    shutil.rmtree(shop.wheels)
    capfd.readouterr()
    assert within(0.05, lambda: fetch("words")) == path
    assert capfd.readouterr() == ("", "")
    assert not shop.leftovers()


def test_several_files_come_as_a_folder_with_nothing_else_of_the_wheel(shop):
    folder = fetch("notes")
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.txt")}
    assert found == {"a.txt": NOTES["pkg/data/a.txt"], "deep/b.txt": NOTES["pkg/data/deep/b.txt"]}
    assert not list(folder.rglob("*.whl"))


def test_without_pip_uv_fetches_the_same_files(shop, tmp_path, monkeypatch):
    if sys.platform == "win32":  # pip stands in for uv: the options used mean the same to both
        uv = tmp_path / "uv.cmd"
        uv.write_text(f'@"{sys.executable}" -m %*\n')
    else:
        uv = tmp_path / "uv"
        uv.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m "$@"\n')
        uv.chmod(0o755)
    monkeypatch.setattr(assets.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(assets.shutil, "which", lambda name: str(uv))
    assert (fetch("notes") / "deep/b.txt").read_bytes() == NOTES["pkg/data/deep/b.txt"]
    assert not shop.leftovers()


def test_without_pip_and_uv_the_error_names_both(shop, monkeypatch):
    monkeypatch.setattr(assets.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(assets.shutil, "which", lambda name: None)
    fails("words", "needs pip or uv")


def test_the_real_model_has_the_published_sha256():
    path = fetch("smollm2-135m-instruct")
    with path.open("rb") as stream:
        assert hashlib.file_digest(stream, "sha256").hexdigest() == PUBLISHED[path.name]
    assert path.stat().st_size == 98_362_432


# The manifest.


def test_every_entry_of_the_manifest_is_pinned_and_well_formed():
    entries = available()
    assert len(entries) == len({entry.name for entry in entries}) == 26
    for entry in entries:
        assert re.fullmatch(r"[a-z0-9]+([-.][a-z0-9]+)*", entry.name), entry.name
        assert entry.kind in {"model", "part", "tokenizer", "text", "vectors"}
        assert entry.title
        assert entry.licence
        assert re.fullmatch(r"[a-z0-9-]+==\d+(\.\d+)+", entry.wheel), entry.wheel
        assert not PurePosixPath(entry.folder).is_absolute()
        assert entry.files
        for size, digest in [(entry.wheel_size, entry.wheel_sha256), *((f.size, f.sha256) for f in entry.files)]:
            assert size > 0
            assert re.fullmatch(r"[0-9a-f]{64}", digest), entry.name


def test_the_manifest_agrees_with_the_published_sha256s():
    pinned = {file.name: file.sha256 for entry in available() for file in entry.files}
    assert PUBLISHED.items() <= pinned.items()
    assert len(next(entry.files for entry in available() if entry.name == "shakespeare")) == 38


def test_the_openai_vocabularies_are_those_that_tiktoken_expects():
    from tiktoken_ext import openai_public

    for name, function in [("cl100k", openai_public.cl100k_base), ("o200k", openai_public.o200k_base)]:
        (file,) = next(entry.files for entry in available() if entry.name == name)
        source = inspect.getsource(function)
        url, digest = re.search(r'"(https://\S+)"', source)[1], re.search(r'"([0-9a-f]{64})"', source)[1]
        assert (file.name, file.sha256) == (hashlib.sha1(url.encode()).hexdigest(), digest)


def test_the_llama_licence_is_shown(capsys):
    assert main([]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 1 + len(available())
    assert [row.split()[0] for row in rows if "Llama" in row and "Community License" in row] == [
        "llama3",
        "llama4",
        "llama2",
    ]


@settings(derandomize=True, deadline=None, max_examples=examples(300))
@given(st.text(alphabet="ab./\\:~ \0", max_size=9))
def test_a_file_name_either_stays_in_its_folder_or_is_refused(name):
    with contextlib.suppress(AssetError):
        AssetFile(name, 1, "0" * 64)
        for flavour in (PurePosixPath, PureWindowsPath):
            assert ".." not in flavour(name).parts
            assert (flavour("cache") / name).parts == ("cache", *flavour(name).parts) != ("cache",)


@pytest.mark.parametrize("name", ["../a", "/etc/passwd", "a/../../b", "C:/a", r"..\a", "a//b", "", ".verified.json"])
def test_a_file_name_that_leaves_its_folder_is_refused(shop, name):
    shop.contents["assets"]["words"]["files"] = {name: {"size": 1, "sha256": "0" * 64}}
    shop.write()
    fails("words", "must be a plain relative path")


@pytest.mark.parametrize("name", ["a", "a.txt", "1_Pooling/config.json", "tokenizer.model.v1", "Q4_1-x.gguf"])
def test_ordinary_file_names_are_accepted(name):
    assert AssetFile(name, 1, "0" * 64).name == name


def test_an_unknown_name_is_answered_with_the_names_there_are(shop):
    fails("word", "no asset is named 'word'; there are: notes, words")


# A damaged cache.


@pytest.mark.parametrize("damage", ["truncated", "edited", "deleted"])
def test_a_damaged_file_is_noticed_and_fetched_again(shop, damage):
    victim = shop.stock("notes", NOTES) / "a.txt"
    good = victim.read_bytes()
    if damage == "truncated":
        victim.write_bytes(good[:-1])
    elif damage == "edited":
        victim.write_bytes(b"F" + good[1:])
    else:
        victim.unlink()
    assert (fetch("notes") / "a.txt").read_bytes() == good


def test_good_files_with_a_new_time_or_no_stamp_are_kept_without_a_network(shop):
    path = shop.stock("words", WORDS)
    shutil.rmtree(shop.wheels)
    os.utime(path, (1, 1))
    assert fetch("words") == path
    (path.parent / ".verified.json").unlink()
    assert fetch("words") == path


def test_verify_finds_an_edit_that_kept_size_and_time(shop, capsys):
    victim = shop.stock("notes", NOTES) / "a.txt"
    shop.stock("words", WORDS)
    good, state = victim.read_bytes(), victim.stat()
    victim.write_bytes(b"F" + good[1:])
    os.utime(victim, ns=(state.st_atime_ns, state.st_mtime_ns))
    capsys.readouterr()
    assert main(["verify"]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines() == ["notes: damaged", "words: good"]
    assert "fetch notes" in err
    fetch("notes")
    assert victim.read_bytes() == good
    assert main(["verify"]) == 0


def test_a_failed_repair_keeps_the_files_that_are_good(shop):
    folder = shop.stock("notes", NOTES)
    (folder / "a.txt").unlink()
    shop.pin("notes", sha256="0" * 64)
    fails("notes", "wrong sha256")
    assert (folder / "deep/b.txt").read_bytes() == NOTES["pkg/data/deep/b.txt"]


# Failures while fetching.


def test_a_wheel_with_another_sha256_is_refused(shop):
    shop.pin("words", sha256="0" * 64)
    fails("words", "words==1.0 arrived with a wrong sha256")
    assert not (shop.cache / "words").exists()


def test_a_truncated_wheel_is_refused(shop):
    wheel = shop.wheels / "words-1.0-py3-none-any.whl"
    wheel.write_bytes(wheel.read_bytes()[:-9])
    fails("words", "words==1.0 arrived with a wrong sha256")


def test_a_pinned_file_that_is_no_wheel_is_refused(shop):
    (shop.wheels / "words-1.0-py3-none-any.whl").write_bytes(b"PK but no zip")
    shop.pin("words")
    fails("words", "words==1.0 could not be downloaded: .*invalid")


def test_a_file_with_another_sha256_is_refused(shop):
    shop.contents["assets"]["notes"]["files"]["deep/b.txt"]["sha256"] = "0" * 64
    shop.write()
    fails("notes", f"deep/b.txt .* has sha256 {sha256(NOTES['pkg/data/deep/b.txt'])}, must be 0000")
    assert not (shop.cache / "notes").exists()


def test_a_file_that_the_wheel_lacks_is_named(shop):
    shop.contents["assets"]["words"]["files"]["lost.txt"] = {"size": 1, "sha256": "0" * 64}
    shop.write()
    fails("words", "words==1.0 holds no pkg/lost.txt")


def test_an_index_without_the_wheel_is_named_as_the_cause(shop):
    shutil.rmtree(shop.wheels)
    fails("words", "does not offer words==1.0")


def test_no_network_is_told_within_seconds(shop, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # the discard port: nobody listens
    start = time.monotonic()
    fails("words", "words: no connection to the package index")
    assert time.monotonic() - start < 60  # pip by itself goes on for minutes


def test_a_cut_connection_is_told_and_a_second_try_succeeds(shop, serve):
    cut = [True]

    def send(write, content):
        write(content[: len(content) // 2] if cut[0] else content)

    serve(send)
    fails("words", "connection")
    cut[0] = False
    assert fetch("words").read_bytes() == WORDS["pkg/words.txt"]


def test_a_bar_follows_a_download_of_over_two_seconds(shop, serve, capfd):
    def send(write, content):
        write(content[: len(content) // 2])
        time.sleep(3)
        write(content[len(content) // 2 :])

    shop.add("long", {"pkg/long.txt": b"twelve bytes" * 50_000}, "pkg")
    serve(send)
    fetch("long")
    shown = capfd.readouterr().err
    assert shown.startswith("\rLong: ")
    assert int(re.search(r"\[00:(\d\d)<", shown)[1]) >= 2  # nothing was shown before
    percents = [int(percent) for percent in re.findall(r"(\d+)%", shown)]
    assert any(10 < percent < 90 for percent in percents)
    assert percents[-1] == 100


@pytest.mark.parametrize("step", ["before", "write", "rename"])
def test_a_full_disk_is_one_line_and_leaves_nothing(shop, monkeypatch, step):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    kept = shop.stock("words", WORDS)

    def refuse(*_, **__):
        raise full

    def open_for_reading_only(path, mode="r", **options):
        return refuse() if mode == "wb" else ordinary_open(path, mode, **options)

    ordinary_open = Path.open
    if step == "before":
        monkeypatch.setattr(assets.shutil, "disk_usage", lambda path: types.SimpleNamespace(free=1000))
    elif step == "write":
        monkeypatch.setattr(Path, "open", open_for_reading_only)
    else:
        monkeypatch.setattr(assets.os, "replace", refuse)
    fails("notes", "cannot store it in .*No space left.*make room for 0 MB there or set LESSONS_LIB_CACHE")
    assert not list(shop.cache.rglob("a.txt"))
    assert kept.read_bytes() == WORDS["pkg/words.txt"]


def test_a_cache_that_can_not_be_written_is_one_line(shop, monkeypatch):
    (shop.wheels.parent / "file").write_text("in the way")
    monkeypatch.setenv("LESSONS_LIB_CACHE", str(shop.wheels.parent / "file" / "cache"))
    fails("words", "cannot store it in .* set LESSONS_LIB_CACHE to a folder you can write to")


def test_a_read_only_cache_still_serves_what_it_holds(shop, monkeypatch):
    path = shop.stock("words", WORDS)
    (path.parent / ".verified.json").unlink()

    def refuse(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "write_text", refuse)
    monkeypatch.setattr(assets, "TemporaryDirectory", refuse)
    assert fetch("words") == path
    fails("notes", "cannot store it in .*Read-only")


def test_an_interrupt_stops_pip_and_leaves_nothing(shop, serve, monkeypatch):
    serve(lambda write, content: time.sleep(120))
    started, popen = [], subprocess.Popen

    def start(*arguments, **options):
        started.append(popen(*arguments, **options))
        return started[0]

    def interrupt(seconds):
        monkeypatch.undo()  # once: the waiting for pip's end sleeps too
        raise KeyboardInterrupt

    cache = cache_dir()
    monkeypatch.setattr(assets.subprocess, "Popen", start)
    monkeypatch.setattr(assets.time, "sleep", interrupt)
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt, match="words: interrupted before it was complete; fetch it again"):
        fetch("words")
    assert time.monotonic() - begin < 60
    assert started[0].poll() is not None
    assert list(cache.iterdir()) == []


def test_two_processes_may_fetch_the_same_asset_at_once(shop):
    racers = [in_another_process(shop, "notes") for _ in range(2)]
    for racer in racers:
        out, err = racer.communicate(timeout=60)
        assert racer.returncode == 0, err
        assert out == f"notes: {shop.cache / 'notes'}\n"
    assert (fetch("notes") / "deep/b.txt").read_bytes() == NOTES["pkg/data/deep/b.txt"]
    assert not shop.leftovers()


def test_a_killed_fetch_blocks_nobody_and_is_swept_a_day_later(shop, serve, monkeypatch):
    halted = [True]

    def send(write, content):
        write(content[: len(content) // 2])
        while halted[0]:
            time.sleep(0.05)

    kept = shop.stock("notes", NOTES)
    serve(send)
    victim = in_another_process(shop, "words")
    deadline = time.monotonic() + 30
    while not list(shop.cache.rglob("*.whl")) and time.monotonic() < deadline:
        time.sleep(0.05)
    victim.kill()
    victim.communicate(timeout=30)
    halted[0] = False
    (abandoned,) = shop.leftovers()
    while list(abandoned.glob("pip-*")) and time.monotonic() < deadline:  # the killed process's pip ends by itself
        time.sleep(0.05)
    assert not (shop.cache / "words").exists()
    assert (kept / "a.txt").read_bytes() == NOTES["pkg/data/a.txt"]

    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", shop.wheels.as_uri())
    path = fetch("words")
    assert path.read_bytes() == WORDS["pkg/words.txt"]
    assert abandoned.exists()  # it could belong to a fetch that is still running
    two_days_ago = time.time() - 2 * 86400
    os.utime(abandoned, (two_days_ago, two_days_ago))
    path.unlink()
    fetch("words")
    assert not abandoned.exists()


# The cache folder, the command line and the Hub.


@pytest.mark.parametrize(
    ("platform", "variable", "value", "expected"),
    [
        ("linux", "LESSONS_LIB_CACHE", "chosen", Path.cwd() / "chosen"),
        ("linux", "XDG_CACHE_HOME", "/x", Path("/x/lessons_lib")),
        ("linux", "XDG_CACHE_HOME", "", Path.home() / ".cache/lessons_lib"),
        ("darwin", "XDG_CACHE_HOME", "/x", Path.home() / "Library/Caches/lessons_lib"),
        ("win32", "LOCALAPPDATA", "/y", Path("/y/lessons_lib")),
    ],
)
def test_the_cache_lies_where_the_platform_keeps_caches(monkeypatch, platform, variable, value, expected):
    monkeypatch.delenv("LESSONS_LIB_CACHE", raising=False)
    monkeypatch.setattr(assets.sys, "platform", platform)
    monkeypatch.setenv(variable, value)
    assert cache_dir() == expected


def test_the_command_fetches_by_name_and_lists_what_is_cached(shop, capsys):
    shop.stock("words", WORDS)
    assert main(["fetch", "words"]) == 0
    assert capsys.readouterr().out == f"words: {shop.cache / 'words' / 'words.txt'}\n"
    assert main([]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "name   kind  size    licence  cached  wheel",
        "notes  text  0.0 MB  CC0      no      notes==1.0",
        "words  text  0.0 MB  CC0      yes     words==1.0",
    ]


def test_the_command_fails_with_one_line_and_no_traceback(shop):
    command = [sys.executable, "-m", "lessons_lib.assets", "fetch", "nothing"]
    done = subprocess.run(command, cwd=Path(assets.__file__).parents[1], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: no asset is named 'nothing'")
    assert done.stderr.count("\n") == 1


def test_importing_is_light():
    heavy = "{'torch', 'numpy', 'tqdm', 'IPython', 'huggingface_hub'}"
    code = f"import sys, lessons_lib.assets; sys.exit(', '.join({heavy} & set(sys.modules)) or 0)"
    subprocess.run([sys.executable, "-c", code], cwd=Path(assets.__file__).parents[1], check=True)


@pytest.fixture
def hub(monkeypatch):
    """Stand in for `huggingface_hub`; `answer` is what a download gives or raises."""

    def snapshot_download(repo, *, revision, allow_patterns, etag_timeout):
        fake.asked.append((repo, revision, allow_patterns))
        if isinstance(fake.answer, Exception):
            raise fake.answer
        return fake.answer

    fake = types.ModuleType("huggingface_hub")
    fake.asked, fake.answer, fake.snapshot_download = [], "/hub/folder", snapshot_download
    monkeypatch.setitem(sys.modules, "huggingface_hub", fake)
    return fake


def test_the_hub_is_asked_for_one_revision_and_for_safe_formats_only(hub):
    assert fetch_hub("owner/a.model-1", revision="5d2f") == Path("/hub/folder")
    ((repo, revision, patterns),) = hub.asked
    assert (repo, revision) == ("owner/a.model-1", "5d2f")
    wanted = ["model.safetensors", "x.gguf", "config.json", "merges.txt", "tokenizer.model"]
    unsafe = ["pytorch_model.bin", "model.pt", "data.pkl", "modeling_x.py", "model.pth", "model.ckpt", "a.json.bin"]
    allowed = [name for name in wanted + unsafe if any(fnmatch(name, pattern) for pattern in patterns)]
    assert allowed == wanted


@pytest.mark.parametrize(
    ("repo", "revision", "words"),
    [("gpt2", "main", "must be OWNER/NAME"), ("a/b/c", "main", "must be OWNER/NAME"), ("a/b", "", "must be a commit")],
)
def test_the_hub_is_not_asked_for_nonsense(hub, repo, revision, words):
    with pytest.raises(AssetError, match=words):
        fetch_hub(repo, revision)
    assert hub.asked == []


def test_a_hub_out_of_reach_is_one_line(hub):
    hub.answer = OSError("cannot connect\nmore lines")
    with pytest.raises(AssetError, match=r"owner/name at main .*Hub: cannot connect$"):
        fetch_hub("owner/name", "main")


def test_a_missing_hub_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(AssetError, match="pip install huggingface_hub"):
        fetch_hub("owner/name", "main")
