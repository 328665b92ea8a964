#!/usr/bin/env python3
"""Opens, builds and tests the course. `python3 course.py lab` is all that a reader needs.

Needs nothing but Python: it makes the environment `.venv` beside itself and runs everything in there.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

OLDEST_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "course-stamp.txt"  # what was installed; written last, so an interrupted setup is repeated
CONTENTS = VENV / "course-contents.txt"  # what lay in the folder of packages then
PACKAGES = "Lib/site-packages" if os.name == "nt" else "lib/python*/site-packages"
LOCKED = "requirements.lock"  # every package but torch, with hashes; made by workshop/lock.py
CPU_TORCH = "https://download.pytorch.org/whl/cpu"  # PyTorch's own index
LOCK = ROOT / ".course.lock"
MODEL = "smollm2-135m-instruct"
VOCABULARIES = ["gpt2", "cl100k", "o200k", "llama3", "llama4", "llama2", "qwen2.5", "qwen3", "mistral-v1", "tekken"]
TEXTS = ["shakespeare", "world-english-bible", "chatterbot-english"]
COMPILED = [
    "lessons_lib.generation.compiled.step",
    "lessons_lib.tokenizer.training",
    "lessons_lib.tokenizer.encoding.compiled",
]
ARROWS = {"Left": "heading-above-or-collapse", "Right": "heading-below-or-expand", "Up": "up", "Down": "down"}
SPACE_NEEDED = 3e9  # bytes, for the environment without CUDA, the model and the data
CHECKS = {
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "import rule": ["-c", "from importlinter.cli import lint_imports_command as run; run()"],
    "types of the public face": ["-m", "mypy"],
    "check of the lessons": ["-m", "workshop.check"],
}


class CourseError(Exception):
    """Something that the reader has to mend; the message is one line and says how."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        require_python()
        options, extra = parse(sys.argv[1:] if arguments is None else arguments)
        os.chdir(ROOT)
        os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # as lessons_lib says, also for cells that import torch first
        return options.run(options, extra)
    except (CourseError, OSError) as error:
        print(f"course.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ncourse.py: stopped; the same command goes on from here", file=sys.stderr)
        return 130


def require_python() -> None:
    """Raise CourseError under a Python that is too old for the course."""
    if sys.version_info < OLDEST_PYTHON:
        found = "{}.{}".format(*sys.version_info[:2])
        raise CourseError(f"needs Python 3.11 or newer, this is Python {found} ({sys.executable})")


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Split the command line into the command and the arguments that it passes on."""
    parser = argparse.ArgumentParser(prog="course.py", description="LLMs from the Ground Up: open, build and test it.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, run, text: str, passes_on: str = "") -> argparse.ArgumentParser:
        more = f" Further arguments go to {passes_on}." if passes_on else ""
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + "." + more)
        command.set_defaults(run=run, passes_on=passes_on)
        return command

    add("lab", lab, "open the course in JupyterLab", passes_on="JupyterLab")
    test_command = add("test", test, "lint, check and test everything", passes_on="pytest")
    test_command.add_argument("--all", action="store_true", help="what has not changed since it passed here, too")
    add("setup", setup, "make or update the environment and fetch the model and the data, then stop")
    build_command = add("build", build, "execute lessons: notebooks/src/NN_name.py to notebooks/NN_name.ipynb")
    check_command = add("check", check, "check lessons without executing them, in seconds")
    for command in (build_command, check_command):
        command.add_argument("lessons", nargs="*", metavar="NN", help="lessons, such as 01 or 04b (default: all)")
    build_command.add_argument("--text", action="store_true", help="only prose has changed: execute nothing")
    check_command.add_argument("--table", action="store_true", help="print how long each lesson is")
    add("book", book, "build the web book in dist/book from the stored notebooks")
    publish_command = add("publish", publish, "name the course's repository on GitHub, in badges and set-up cells")
    publish_command.add_argument("name", nargs="?", metavar="OWNER/NAME", help="default: that of git's remote origin")
    add("bench", bench, "measure the library beside its peers", passes_on="the benchmarks")

    options, extra = parser.parse_known_args(arguments)
    if extra and not options.passes_on:
        parser.error(f"{options.command} does not take {' '.join(extra)}")
    return options, extra


# The commands


def lab(options: argparse.Namespace, extra: list[str]) -> int:
    """Open JupyterLab on the first lesson."""
    setup()
    command = ["jupyterlab", *map(str, first_lesson()), f"--ServerApp.root_dir={ROOT}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is for JupyterLab, which asks before it stops
    return run_module(*command, *extra)


def test(options: argparse.Namespace, extra: list[str]) -> int:
    """Run every check, whatever the one before found, then pytest; pytest has the last word when all is well."""
    setup()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes start, and each would compile the library
    if options.all:
        os.environ["CI"] = "true"  # in CI everything runs
    failed = [name for name, command in CHECKS.items() if not passes(name, command)]
    if extra:
        stages = {"pytest": ["pytest", *extra]}
    else:  # the lessons measure time, so nothing runs beside them; each test module stays whole in one worker
        parts = ["tests", "lessons_lib", "--doctest-modules", "--ignore=tests/browser/test_widgets.py"]
        workers = ["-n", "2", "--dist", "loadscope", "--durations=25"]
        stages = {"lessons": ["workshop.prove"], "unit tests": ["pytest", *parts, *workers]}
    for name, arguments in stages.items():
        if run_module(*arguments) != 0:
            failed.append(name)
    if failed:
        print(f"course.py: failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def setup(options: argparse.Namespace | None = None, extra: list[str] | None = None) -> int:
    """Make the environment if requirements changed, and fetch what is missing of the model and the lessons' data."""
    set_up_environment()
    fetch = [str(PYTHON), "-m", "lessons_lib.assets", "fetch", MODEL, *VOCABULARIES, *TEXTS]
    if subprocess.call(fetch, stdout=subprocess.DEVNULL) != 0:  # its progress is on stderr
        raise CourseError("the model or data is missing, see the line above; the same command tries again")
    return 0


def build(options: argparse.Namespace, extra: list[str]) -> int:
    """Execute the named lessons, or all."""
    setup()
    return run_module("workshop.build", *(["--text"] if options.text else []), *options.lessons)


def check(options: argparse.Namespace, extra: list[str]) -> int:
    """Check the lessons, for which neither model nor data is needed."""
    set_up_environment()
    return run_module("workshop.check", *(["--table"] if options.table else []), *options.lessons)


def book(options: argparse.Namespace, extra: list[str]) -> int:
    """Build the web book, for which neither model nor data is needed."""
    set_up_environment()
    return run_module("workshop.book")


def publish(options: argparse.Namespace, extra: list[str]) -> int:
    """Name the repository wherever its address stands."""
    set_up_environment()
    return run_module("workshop.publish", *([options.name] if options.name else []))


def bench(options: argparse.Namespace, extra: list[str]) -> int:
    """Run the benchmarks."""
    setup()
    return run_module("benchmarks", *extra)


# The environment


def set_up_environment() -> None:
    """Make the environment if requirements changed."""
    if not environment_is_current():
        with only_one_process():
            if not environment_is_current():  # another process may have made it meanwhile
                make_environment()


def environment_is_current() -> bool:
    """Tell whether `.venv` was made completely, from today's requirements, here and by this Python, and is whole."""
    if not (PYTHON.exists() and STAMP.exists()):
        return False
    return STAMP.read_text(encoding="utf-8") == fingerprint() and not damage()


def fingerprint() -> str:
    """Return a hash of all that the environment depends on."""
    digest = hashlib.sha256("{}.{} {}\n".format(*sys.version_info[:2], ROOT).encode())
    for name in ("requirements.txt", LOCKED, "pyproject.toml", "course.py"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def make_environment() -> None:
    """Install the tested set and the library into `.venv`, made anew if it is missing, broken or of another Python."""
    mending = STAMP.exists() and bool(damage())
    STAMP.unlink(missing_ok=True)
    if not environment_works():
        make_empty_environment()
    if mending:
        print("Packages are missing from .venv; installing them again", flush=True)
    else:
        print("Installing the course's packages; the first time takes a few minutes", flush=True)
    again = ["--force-reinstall"] if mending else []
    pip("install", "--no-deps", "--require-hashes", *again, "-r", LOCKED)
    install_torch(again)
    pip("install", "--quiet", "--no-deps", "--no-build-isolation", "-e", ".")
    # matplotlib announces a missing font cache on stderr, which must not end up in a notebook
    prepare("import matplotlib.font_manager")
    print("Compiling what has to be fast, once, for about half a minute", flush=True)
    for module in COMPILED:
        prepare(f"from {module} import warm_up; warm_up()")
    write_lab_settings()
    CONTENTS.write_text("\n".join(sorted(installed())), encoding="utf-8")
    draft = STAMP.with_suffix(".tmp")
    draft.write_text(fingerprint(), encoding="utf-8")
    os.replace(draft, STAMP)


def installed() -> set[str]:
    """Return the names of what lies in the environment's folder of packages, without versions."""
    names = {entry.name for folder in VENV.glob(PACKAGES) for entry in folder.iterdir()} - {"__pycache__"}
    return {name.partition("-")[0] + ".dist-info" if name.endswith(".dist-info") else name for name in names}


def damage() -> set[str]:
    """Return what the folder of packages held when it was made and lacks now; what was added since is the reader's."""
    if not CONTENTS.exists():
        return set()
    return set(CONTENTS.read_text(encoding="utf-8").split("\n")) - installed()


def install_torch(again: list[str]) -> None:
    """Install torch: on Linux without an NVIDIA driver the build for processors, which is 3 GB smaller.

    The lock file leaves torch out, since its builds differ. An environment that has this version keeps it, and where
    pip was told where to find packages, it is asked as usual.
    """
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = next(line for line in lines if line.startswith("torch=="))
    if probe("import torch; print(torch.__version__.partition('+')[0])") == wanted.partition("==")[2]:
        return
    if needs_no_cuda() and not pip_is_configured():
        print("Installing torch without CUDA", flush=True)
        quick = ["--timeout", "5", "--retries", "0", "--no-deps", *again, "--index-url", CPU_TORCH]
        if run_module("pip", "--disable-pip-version-check", "install", *quick, wanted, stderr=subprocess.DEVNULL) == 0:
            return
        print("PyTorch's own index does not answer; taking the usual torch, with 3 GB for NVIDIA's GPUs", flush=True)
    if again:
        pip("install", "--no-deps", *again, wanted)
    pip("install", wanted)


def needs_no_cuda() -> bool:
    """Tell whether pip's usual torch would bring CUDA libraries that this machine has no driver for."""
    driver = Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi")
    return sys.platform == "linux" and platform.machine() in ("x86_64", "AMD64") and not driver


def pip_is_configured() -> bool:
    """Tell whether pip was told where to find packages, by a file or by the environment."""
    settings = probe("-m", "pip", "config", "list")
    return any(word in settings for word in ("index-url", "find-links", "no-index"))


def prepare(program: str) -> None:
    """Run a few lines that the first start needs; if they fail, so does the setup."""
    if run("-c", program) != 0:
        raise CourseError("the environment does not work, see the lines above; delete .venv and try again")


def environment_works() -> bool:
    """Tell whether `.venv` runs this version of Python with pip."""
    return probe("import pip, sys; print(sys.version_info[:2])") == str(sys.version_info[:2])


def make_empty_environment() -> None:
    """Make `.venv` with pip and nothing else."""
    if shutil.disk_usage(ROOT).free < SPACE_NEEDED:
        raise CourseError(disk_full())
    try:
        import ensurepip  # noqa: F401  (Debian ships Python without it)
        import venv
    except ImportError:
        raise CourseError(
            "this Python cannot make environments; on Debian or Ubuntu: sudo apt install python3-venv"
        ) from None
    try:
        venv.create(VENV, clear=True, with_pip=True, symlinks=os.name != "nt")
    except (OSError, subprocess.CalledProcessError) as error:
        raise CourseError(f"cannot make {VENV}: {error}") from None


def pip(*arguments: str) -> None:
    """Run pip in the environment; its progress is shown and its failure becomes one line of advice."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace")
    complaints = ""
    for line in process.stderr:
        if "Retrying" in line and "Retrying" not in complaints:
            print("The package index does not answer; trying again", flush=True)
        complaints += line
    if process.wait() == 0:
        return
    if "No space left" in complaints or "Errno 28" in complaints:
        raise CourseError(disk_full())
    if "Retrying" in complaints or "timed out" in complaints:
        raise CourseError("no network: the first start needs it once; go online, or set HTTPS_PROXY, and try again")
    sys.stderr.write(complaints)
    raise CourseError("pip could not install the packages, its reasons are above; the same command tries again")


def write_lab_settings() -> None:
    """Let JupyterLab keep the pictures of widgets in saved notebooks and leave sliders their keys, without news."""
    # Notebook 7 reads these settings too, and there a cell would take the arrows before its slider does.
    cells = ".jp-Notebook.jp-mod-commandMode:not(.jp-mod-readWrite) :focus"
    shortcuts = [
        {"command": f"notebook:move-cursor-{command}", "keys": [f"Arrow{arrow}"], "selector": selector, **more}
        for arrow, command in ARROWS.items()
        for selector, more in ((cells, {"disabled": True}), (f"{cells}:not(.noUi-handle):not(select):not(input)", {}))
    ]
    path = VENV / "share/jupyter/lab/settings/overrides.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = {
        "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True},
        "@jupyterlab/shortcuts-extension:shortcuts": {"shortcuts": shortcuts},
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    }
    path.write_text(json.dumps(settings, indent=2), encoding="utf-8")


def disk_full() -> str:
    """Say how much space the course needs."""
    free = shutil.disk_usage(ROOT).free / 1e9
    return f"disk full: {free:.1f} GB free at {ROOT}, about {SPACE_NEEDED / 1e9:.0f} GB needed (more with CUDA)"


@contextlib.contextmanager
def only_one_process():
    """Let one process at a time in; the system frees the lock when its holder ends, however it ends."""
    try:
        LOCK.touch()
    except OSError as error:
        advice = "copy the course to a folder of your own"
        raise CourseError(f"cannot write to {ROOT} ({error.strerror}); {advice}") from None
    with open(LOCK, "w") as lock:
        if not take(lock):
            print("Waiting for another course.py that is setting up", flush=True)
            while not take(lock):
                time.sleep(0.5)
        yield


def take(lock) -> bool:
    """Try to lock an open file, without waiting."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # what Unix and Windows raise when another process holds it
        return False
    return True


# Small helpers


def first_lesson() -> list[Path]:
    """Return the first numbered notebook, or nothing where none was built yet."""
    return sorted(ROOT.glob("notebooks/[0-9][0-9]_*.ipynb"))[:1]


def passes(name: str, command: list[str]) -> bool:
    """Run one quick check; only a failure shows its output."""
    result = subprocess.run([str(PYTHON), *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        sys.stdout.buffer.write(result.stdout)
    print("{:6} {}".format("ok" if result.returncode == 0 else "FAILED", name), flush=True)
    return result.returncode == 0


def run(*arguments: str, **streams) -> int:
    """Run the environment's Python and return its exit code."""
    return subprocess.call([str(PYTHON), *arguments], **streams)


def run_module(module: str, *arguments: str, **streams) -> int:
    """Run `python -m module` in the environment."""
    return run("-m", module, *arguments, **streams)


def probe(*program: str) -> str:
    """Return what a few lines print in the environment; nothing if they fail or there is none."""
    arguments = ["-c", *program] if len(program) == 1 else program
    try:
        result = subprocess.run([str(PYTHON), *arguments], capture_output=True, text=True)
    except OSError:
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""


if __name__ == "__main__":
    sys.exit(main())
