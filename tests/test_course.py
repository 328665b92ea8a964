"""course.py with stand-ins for pip and every tool: what it runs, what it repeats, what it says when things fail."""

import ast
import json
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path
from types import SimpleNamespace

import pytest

import course
from lessons_lib import assets

ROOT = Path(course.__file__).parent
STAND_IN = """
import json, os, sys

def run(name):
    if sys.argv[1:] == ["config", "list"]:
        return print("global.index-url='a mirror'")
    with open(os.environ["CALLS"], "a") as file:
        file.write(json.dumps([name, *sys.argv[1:]]) + "\\n")
    says, code = json.loads(os.environ["ANSWERS"]).get(name, ["", 0])
    print(says, file=sys.stderr)
    sys.exit(code)
"""
TORCH = next(line for line in (ROOT / "requirements.txt").read_text().splitlines() if line.startswith("torch=="))
MODULES = ["pip", "ruff", "mypy", "pytest", "jupyterlab", "benchmarks", "lessons_lib.assets"]
MODULES += ["workshop.build", "workshop.check", "workshop.prove", "workshop.book", "workshop.publish"]


class Clone:
    """A copy of the course whose `.venv` holds stand-ins that note how they are called."""

    def __init__(self, root):
        self.root = root
        self.calls_file = root / "calls.jsonl"
        for name in ("course.py", "requirements.txt", "requirements.lock", "pyproject.toml"):
            shutil.copy(ROOT / name, root)
        venv.create(root / ".venv", symlinks=os.name != "nt")
        packages = next((root / ".venv").rglob("site-packages"))
        (packages / "stand_in.py").write_text(STAND_IN, encoding="utf-8")
        for module in [*MODULES, "matplotlib.font_manager", "importlinter.cli"]:
            folder = packages.joinpath(*module.split("."))
            folder.mkdir(parents=True)
            (folder / "__init__.py").touch()
            (folder / "__main__.py").write_text(f"import stand_in; stand_in.run({module!r})", encoding="utf-8")
        for module in course.COMPILED:
            compiled = packages.joinpath(*module.split("."))
            compiled.mkdir(parents=True)
            (compiled / "__init__.py").write_text("def warm_up(): pass", encoding="utf-8")
        linter = "import stand_in\ndef lint_imports_command(): stand_in.run('importlinter')"
        (packages / "importlinter/cli/__init__.py").write_text(linter, encoding="utf-8")

    def run(self, *arguments, **answers):
        """Run course.py; `answers` gives for a tool what it prints to stderr and its exit code."""
        self.calls_file.unlink(missing_ok=True)
        environment = os.environ | {"CALLS": str(self.calls_file), "ANSWERS": json.dumps(answers), "PYTHONPATH": ""}
        command = [sys.executable, str(self.root / "course.py"), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    def calls(self):
        """The tools called in the last run, each with its arguments."""
        if not self.calls_file.exists():
            return []
        return [json.loads(line) for line in self.calls_file.read_text(encoding="utf-8").splitlines()]

    def tools(self):
        """The tools called in the last run."""
        return [call[0] for call in self.calls()]


@pytest.fixture
def clone(tmp_path):
    return Clone(tmp_path)


# What is run, and what is repeated


def test_the_first_run_installs_and_the_second_only_looks_for_the_model(clone):
    first = clone.run("setup")
    assert first.returncode == 0, first.stderr
    installs = [call[1:] for call in clone.calls() if call[0] == "pip"]
    assert [i[-2:] for i in installs] == [["-r", "requirements.lock"], ["install", TORCH], ["-e", "."]]
    assert {"--require-hashes", "--no-deps"} <= set(installs[0])
    assert clone.tools() == ["pip", "pip", "pip", "lessons_lib.assets"]
    assert clone.run("setup").returncode == 0
    [fetch] = clone.calls()
    assert fetch[:3] == ["lessons_lib.assets", "fetch", "smollm2-135m-instruct"]
    assert set(fetch[2:]) <= {asset.name for asset in assets.available()}


@pytest.mark.parametrize("changed", ["requirements.txt", "requirements.lock", "pyproject.toml", "course.py"])
def test_changed_requirements_are_installed(clone, changed):
    clone.run("setup")
    with open(clone.root / changed, "a", encoding="utf-8") as file:
        file.write("# changed\n")
    clone.run("setup")
    assert "pip" in clone.tools()


def test_a_moved_course_is_installed_again(clone, monkeypatch):
    here = course.fingerprint()
    monkeypatch.setattr(course, "ROOT", clone.root)
    assert course.fingerprint() != here


def test_an_interrupted_install_is_repeated_even_after_going_back_to_the_old_requirements(clone):
    clone.run("setup")
    old = (clone.root / "requirements.txt").read_text(encoding="utf-8")
    (clone.root / "requirements.txt").write_text(old + "# new\n", encoding="utf-8")
    assert clone.run("setup", pip=["killed", 1]).returncode == 1
    (clone.root / "requirements.txt").write_text(old, encoding="utf-8")
    assert clone.run("setup").returncode == 0
    assert "pip" in clone.tools()


@pytest.mark.parametrize("lost", ["ruff", "numpy-2.0.dist-info"])
def test_a_package_that_vanished_is_installed_again(clone, lost):
    packages = next((clone.root / ".venv").rglob("site-packages"))
    (packages / "numpy-2.0.dist-info").mkdir()
    clone.run("setup")
    shutil.rmtree(packages / lost)
    result = clone.run("setup")
    assert "Packages are missing from .venv" in result.stdout
    [lock] = [call for call in clone.calls() if "requirements.lock" in call]
    assert "--force-reinstall" in lock
    clone.run("setup")
    assert clone.tools() == ["lessons_lib.assets"]


def test_what_a_reader_adds_or_updates_is_no_damage(clone):
    packages = next((clone.root / ".venv").rglob("site-packages"))
    (packages / "numpy-2.0.dist-info").mkdir()
    clone.run("setup")
    (packages / "numpy-2.0.dist-info").rename(packages / "numpy-2.1.dist-info")
    (packages / "seaborn").mkdir()
    clone.run("setup")
    assert clone.tools() == ["lessons_lib.assets"]


class Torch:
    """What `install_torch` asks of its surroundings, with answers to choose, and what it does."""

    def __init__(self, monkeypatch, held="", no_cuda=True, configured=False, answers=True):
        self.done = []
        monkeypatch.setattr(course, "probe", lambda *program: held)
        monkeypatch.setattr(course, "needs_no_cuda", lambda: no_cuda)
        monkeypatch.setattr(course, "pip_is_configured", lambda: configured)
        monkeypatch.setattr(course, "pip", lambda *arguments: self.done.append(("usual", arguments)))

        def run_module(module, *arguments, **streams):
            self.done.append(("own index", arguments))
            return 0 if answers else 1

        monkeypatch.setattr(course, "run_module", run_module)
        course.install_torch([])


def test_torch_comes_without_cuda_where_no_driver_could_use_it(monkeypatch):
    [(source, arguments)] = Torch(monkeypatch).done
    assert (source, arguments[-1]) == ("own index", TORCH)
    assert arguments[arguments.index("--index-url") + 1] == course.CPU_TORCH
    assert arguments[arguments.index("--timeout") + 1] == "5"
    assert arguments[arguments.index("--retries") + 1] == "0"


def test_the_usual_torch_comes_where_pytorchs_index_does_not_answer(monkeypatch, capsys):
    assert [source for source, _ in Torch(monkeypatch, answers=False).done] == ["own index", "usual"]
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize("surroundings", [{"no_cuda": False}, {"configured": True}])
def test_a_driver_or_a_mirror_keeps_to_the_usual_torch(monkeypatch, surroundings):
    assert Torch(monkeypatch, **surroundings).done == [("usual", ("install", TORCH))]


@pytest.mark.parametrize("build", ["", "+cpu"])
def test_a_torch_of_this_version_is_kept(monkeypatch, build):
    program = f"import types; torch = types.SimpleNamespace(__version__='{TORCH.partition('==')[2]}{build}')"
    held = subprocess.run(
        [sys.executable, "-c", program + "\nprint(torch.__version__.partition('+')[0])"], capture_output=True, text=True
    )
    assert Torch(monkeypatch, held=held.stdout.strip()).done == []


@pytest.mark.parametrize(
    ("system", "machine", "smi", "without"),
    [
        ("linux", "x86_64", None, True),
        ("linux", "x86_64", "/usr/bin/nvidia-smi", False),
        ("linux", "aarch64", None, False),
        ("darwin", "arm64", None, False),
        ("win32", "AMD64", None, False),
    ],
)
def test_which_machines_need_no_cuda(monkeypatch, system, machine, smi, without):
    monkeypatch.setattr(course.sys, "platform", system)
    monkeypatch.setattr(course.platform, "machine", lambda: machine)
    monkeypatch.setattr(course.shutil, "which", lambda name: smi)
    monkeypatch.setattr(course.Path, "exists", lambda self: False)
    assert course.needs_no_cuda() == without


def test_a_step_of_the_setup_that_fails_is_not_passed_over(clone):
    module = course.COMPILED[0].split(".")
    packages = next((clone.root / ".venv").rglob("site-packages"))
    (packages.joinpath(*module) / "__init__.py").write_text("raise SystemExit('no compiler')", encoding="utf-8")
    result = clone.run("setup")
    assert result.returncode == 1
    assert result.stderr.splitlines()[0] == "no compiler"
    assert result.stderr.splitlines()[1].startswith("course.py: the environment does not work")
    clone.run("setup")
    assert "pip" in clone.tools(), "an unfinished setup is repeated"


def test_setup_lets_jupyterlab_keep_the_pictures_of_widgets(clone):
    clone.run("setup")
    settings = clone.root / ".venv/share/jupyter/lab/settings/overrides.json"
    assert json.loads(settings.read_text(encoding="utf-8"))["@jupyter-widgets/jupyterlab-manager:plugin"]["saveState"]


def test_setup_leaves_sliders_their_arrow_keys(clone):
    clone.run("setup")
    settings = json.loads((clone.root / ".venv/share/jupyter/lab/settings/overrides.json").read_text(encoding="utf-8"))
    said = settings["@jupyterlab/shortcuts-extension:shortcuts"]["shortcuts"]
    schema = Path(sys.prefix, "share/jupyter/lab/schemas/@jupyterlab/notebook-extension/tracker.json")
    theirs = json.loads(schema.read_text(encoding="utf-8"))["jupyter.lab.shortcuts"]
    arrows = [each for each in theirs if each["keys"] in (["ArrowLeft"], ["ArrowRight"], ["ArrowUp"], ["ArrowDown"])]
    assert [{**each, "disabled": True} for each in sorted(arrows, key=str)] == sorted(said[::2], key=str)
    for each, ours in zip(said[::2], said[1::2], strict=True):
        without = {key: value for key, value in each.items() if key != "disabled"}
        assert ours == without | {"selector": f"{each['selector']}:not(.noUi-handle):not(select):not(input)"}


def test_lab_opens_the_first_lesson_and_passes_arguments_on(clone):
    (clone.root / "notebooks").mkdir()
    for name in ("02_b.ipynb", "01_a.ipynb", "A1_c.ipynb"):
        (clone.root / "notebooks" / name).touch()
    clone.run("lab", "--no-browser", "--port", "8899")
    lab = clone.calls()[-1]
    assert lab[:2] == ["jupyterlab", str(clone.root / "notebooks/01_a.ipynb")]
    assert f"--ServerApp.root_dir={clone.root}" in lab
    assert lab[-3:] == ["--no-browser", "--port", "8899"]


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_jupyterlab_is_allowed_to_run_as_root_only_for_root(monkeypatch, user, allowed):
    calls = []
    monkeypatch.setattr(course.os, "geteuid", lambda: user, raising=False)
    monkeypatch.setattr(course.signal, "signal", lambda *_: None)
    monkeypatch.setattr(course, "setup", lambda: 0)
    monkeypatch.setattr(course, "run_module", lambda *command: calls.append(command))
    course.lab(SimpleNamespace(), [])
    assert ("--allow-root" in calls[0]) == allowed


def test_test_runs_every_step_and_ends_with_pytest(clone):
    result = clone.run("test", "-k", "bpe")
    assert result.returncode == 0, result.stderr
    steps = clone.calls()[-6:]
    assert [s[0] for s in steps] == ["ruff", "ruff", "importlinter", "mypy", "workshop.check", "pytest"]
    assert [s[1] for s in steps[:2]] == ["check", "format"]
    assert steps[5][-2:] == ["-k", "bpe"]


def test_lessons_and_unit_tests_are_two_stages_and_no_notebook_runs_twice(clone):
    result = clone.run("test")
    assert result.returncode == 0, result.stderr
    lessons, units = clone.calls()[-2:]
    assert lessons == ["workshop.prove"]
    assert units[:3] == ["pytest", "tests", "lessons_lib"]
    assert "notebooks" not in units and "--ignore=tests/browser/test_widgets.py" in units
    assert "--durations=25" in units


@pytest.mark.parametrize(("options", "ci"), [([], ""), (["--all"], "true")])
def test_all_means_what_ci_runs(monkeypatch, options, ci):
    calls = []

    def note(module, *arguments):
        calls.append((module, os.environ.get("CI", "")))
        assert "PYTHONDONTWRITEBYTECODE" not in os.environ
        return 0

    monkeypatch.setenv("CI", "")  # so that it is as before afterwards
    monkeypatch.delenv("CI")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(course, "setup", lambda: 0)
    monkeypatch.setattr(course, "passes", lambda *_: True)
    monkeypatch.setattr(course, "run_module", note)
    chosen, extra = course.parse(["test", *options])
    assert (course.test(chosen, extra), extra) == (0, [])
    assert calls == [("workshop.prove", ci), ("pytest", ci)]


@pytest.mark.parametrize("tool", ["ruff", "importlinter", "mypy", "workshop.check", "workshop.prove", "pytest"])
def test_one_failing_step_fails_the_test_command_and_stops_no_other(clone, tool):
    result = clone.run("test", **{tool: ["what is wrong", 1]})
    assert result.returncode == 1
    assert len(clone.tools()) == 11  # pip three times, the assets, five checks, the lessons and pytest
    assert "what is wrong" in result.stdout + result.stderr
    assert result.stderr.splitlines()[-1].startswith("course.py: failed: ")


def test_build_check_book_and_bench_run_their_modules(clone):
    clone.run("build", "01", "02")
    assert clone.calls()[-1] == ["workshop.build", "01", "02"]
    clone.run("build", "--text")
    assert clone.calls()[-1] == ["workshop.build", "--text"]
    clone.run("check")
    assert clone.calls() == [["workshop.check"]]  # and neither model nor data is asked for
    clone.run("check", "04b", "--table")
    assert clone.calls() == [["workshop.check", "--table", "04b"]]
    clone.run("book")
    assert clone.calls() == [["workshop.book"]]
    clone.run("publish", "ada/llms")
    assert clone.calls() == [["workshop.publish", "ada/llms"]]
    clone.run("publish")
    assert clone.calls() == [["workshop.publish"]]
    assert clone.run("bench", "--quick", benchmarks=["", 3]).returncode == 3
    assert clone.calls()[-1] == ["benchmarks", "--quick"]


def test_an_unknown_argument_is_refused_before_anything_is_installed(clone):
    result = clone.run("setup", "--fast")
    assert result.returncode == 2
    assert "setup does not take --fast" in result.stderr
    assert clone.calls() == []


# What is said when things fail


def only_line(result):
    """All that a failed run says on stderr."""
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1, result.stderr
    return result.stderr


def test_no_network(clone):
    retries = "WARNING: Retrying (Retry(total=1))\nWARNING: Retrying (Retry(total=0))\nERROR: nothing found"
    result = clone.run("lab", pip=[retries, 1])
    assert only_line(result).startswith("course.py: no network: ")
    assert result.stdout.count("does not answer") == 1
    assert clone.tools() == ["pip"]


def test_pip_itself_complains_about_a_missing_network_in_words_that_are_recognised(monkeypatch, capfd):
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setattr(course, "PYTHON", sys.executable)
    with pytest.raises(course.CourseError, match="no network"):
        course.pip("download", "--no-deps", "six==1.16.0")


def test_disk_full_while_installing(clone):
    result = clone.run("lab", pip=["ERROR: Could not install packages: [Errno 28] No space left on device", 1])
    assert only_line(result).startswith("course.py: disk full: ")


def test_any_other_trouble_of_pip(clone):
    lines = clone.run("lab", pip=["ERROR: no matching wheel", 1]).stderr.splitlines()
    assert lines[0] == "ERROR: no matching wheel"
    assert lines[1].startswith("course.py: pip could not install the packages")


def test_disk_too_small_is_said_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(course, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(course.shutil, "disk_usage", lambda _: SimpleNamespace(free=1.2e9))
    with pytest.raises(course.CourseError, match=r"disk full: 1\.2 GB free at .*, about 3 GB needed"):
        course.make_empty_environment()
    assert not (tmp_path / ".venv").exists()


def test_python_without_venv(tmp_path, monkeypatch):
    monkeypatch.setattr(course, "VENV", tmp_path / ".venv")
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(course.CourseError, match="sudo apt install python3-venv"):
        course.make_empty_environment()


@pytest.mark.parametrize("version", [(2, 7), (3, 8), (3, 10)])
def test_python_too_old(monkeypatch, capsys, version):
    monkeypatch.setattr(course.sys, "version_info", (*version, 0))
    assert course.main(["lab"]) == 1
    message = capsys.readouterr().err
    assert message.startswith("course.py: needs Python 3.11 or newer, this is Python {}.{} (".format(*version))
    assert len(message.splitlines()) == 1


def test_older_pythons_can_read_the_file_far_enough_to_say_so():
    ast.parse((ROOT / "course.py").read_text(encoding="utf-8"), feature_version=(3, 8))


def test_a_missing_model_is_an_error(clone):
    result = clone.run("lab", **{"lessons_lib.assets": ["no network", 1]})
    assert result.returncode == 1
    assert result.stderr.splitlines()[0] == "no network"
    assert result.stderr.splitlines()[1].startswith("course.py: the model or data is missing")
    assert "jupyterlab" not in clone.tools()


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr(course, "LOCK", tmp_path / "missing" / "lock")
    with pytest.raises(course.CourseError, match="copy the course to a folder of your own"), course.only_one_process():
        pass


def test_ctrl_c_is_one_line(monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(course, "set_up_environment", interrupted)
    assert course.main(["check"]) == 130
    assert capsys.readouterr().err.strip() == "course.py: stopped; the same command goes on from here"


# Environments that are broken, and processes that meet


def test_an_environment_works_only_with_pip_and_the_same_python(clone, monkeypatch):
    monkeypatch.setattr(course, "PYTHON", clone.root / ".venv" / course.PYTHON.relative_to(course.VENV))
    assert course.environment_works()
    monkeypatch.setattr(course.sys, "version_info", (3, 99, 0))
    assert not course.environment_works()
    monkeypatch.undo()
    monkeypatch.setattr(course, "PYTHON", clone.root / "nothing")
    assert not course.environment_works()


HOLD_THE_LOCK = "import course, sys, time\nwith course.only_one_process(): print('held', flush=True); time.sleep(60)"


def test_a_second_process_waits_for_the_first_and_a_killed_one_leaves_no_lock(clone):
    clone.run("setup")
    with open(clone.root / "requirements.txt", "a", encoding="utf-8") as file:
        file.write("# changed\n")
    first = subprocess.Popen([sys.executable, "-c", HOLD_THE_LOCK], cwd=clone.root, stdout=subprocess.PIPE, text=True)
    assert first.stdout.readline() == "held\n"
    environment = os.environ | {"CALLS": str(clone.calls_file), "ANSWERS": "{}", "PYTHONPATH": ""}
    command = [sys.executable, "-u", "course.py", "setup"]
    second = subprocess.Popen(command, cwd=clone.root, env=environment, stdout=subprocess.PIPE, text=True)
    assert second.stdout.readline().startswith("Waiting for another course.py")
    clone.calls_file.unlink()
    time.sleep(0.6)
    assert clone.calls() == []
    first.kill()
    first.communicate()
    second.communicate(timeout=20)
    assert second.returncode == 0
    assert "pip" in clone.tools()
