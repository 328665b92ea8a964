"""The repository's own promises: its files agree, its code stays safe, its imports run one way."""

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from flit_core import buildapi
from packaging.requirements import Requirement

import course
import lessons_lib
from workshop import lock, source
from workshop.book.build import SITE

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NOT_OURS = {".git", ".venv", "dist", "__pycache__", ".ipynb_checkpoints", ".hypothesis", ".pytest_cache", ".ruff_cache"}
NOT_OURS |= {".import_linter_cache", ".mypy_cache"}


def files_of_the_course(*endings):
    """The files of the course with the given endings."""
    for folder, subfolders, names in os.walk(ROOT):
        subfolders[:] = sorted(set(subfolders) - NOT_OURS)
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(endings))


def requirements():
    """The lines of requirements.txt that hold for this system, parsed."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return [requirement for requirement in found if requirement.marker is None or requirement.marker.evaluate()]


# The files agree


def test_every_requirement_is_pinned_to_one_public_version():
    for requirement in requirements():
        assert re.fullmatch(r"==[0-9][0-9.]*", str(requirement.specifier)), requirement


def test_every_dependency_is_pinned_inside_its_range():
    pinned = {r.name: str(r.specifier).removeprefix("==") for r in requirements()}
    for dependency in map(Requirement, PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"]):
        name = dependency.name.replace("_", "-")
        assert name in pinned, f"{name} is missing in requirements.txt"
        assert pinned[name] in dependency.specifier, f"{name}=={pinned[name]} is outside {dependency}"


def test_these_tests_run_on_the_tested_set():
    for requirement in requirements():
        installed = importlib.metadata.version(requirement.name).partition("+")[0]
        assert installed in requirement.specifier, f"{requirement.name} {installed} is installed, not {requirement}"


def test_the_lock_file_pins_every_requirement_but_torch_with_hashes():
    text = lock.LOCK.read_text(encoding="utf-8")
    entries = lock.entries(text)
    assert text == lock.HEAD + "".join(entries), "a line that belongs to no package"
    for requirement in requirements():
        if not lock.APART.fullmatch(requirement.name):
            pin = f"{requirement.name}{requirement.specifier} "
            assert any(entry.startswith(pin) for entry in entries), f"{pin}: run .venv/bin/python -m workshop.lock"
    assert not [entry for entry in entries if lock.APART.fullmatch(lock.name(entry))]
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)


def test_environment_yml_says_the_same():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python = environment["dependencies"][0]
    assert python == "python=" + PROJECT["project"]["requires-python"].removeprefix(">=")
    assert environment["dependencies"][-1] == {"pip": ["-r requirements.txt", "-e ."]}


def test_pre_commit_runs_the_tested_ruff():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    ruff = next(r for r in requirements() if r.name == "ruff")
    assert hooks["repos"][0]["rev"].removeprefix("v") in ruff.specifier


def test_ci_runs_the_test_command_of_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^python3 course\.py test$", readme, flags=re.MULTILINE)
    assert len(commands) == 1
    script = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    steps = [line for line in script if not line.startswith(("#", "set ", "cd "))]
    assert steps == commands
    assert [step["run"] for step in workflow()["jobs"]["test"]["steps"] if "run" in step] == commands


def workflow(name="tests"):
    """A workflow, parsed."""
    return yaml.safe_load((ROOT / f".github/workflows/{name}.yml").read_text(encoding="utf-8"))


def test_ci_covers_every_python_and_both_ends_of_the_ranges():
    jobs = workflow()["jobs"]
    matrix = jobs["test"]["strategy"]["matrix"]
    pythons = set(matrix["python"]) | {entry["python"] for entry in matrix["include"]}
    assert pythons >= {PROJECT["project"]["requires-python"].removeprefix(">="), "3.12", "3.13"}
    assert {"--resolution=lowest-direct", "--resolution=highest"} == set(
        jobs["ranges"]["strategy"]["matrix"]["versions"]
    )


def test_ci_runs_nbval_alone_too_as_readers_may():
    commands = [step["run"] for step in workflow()["jobs"]["nbval"]["steps"] if "run" in step]
    options = commands[-1].partition(" -m pytest ")[2].split()
    assert {"no:workshop.run", "--nbval", "notebooks"} <= set(options)
    assert not {"--nbval-lax", "--nbval-sanitize-with"} & set(options)


def test_ci_tests_what_there_is():
    steps = [step.get("run", "") for job in workflow()["jobs"].values() for step in job["steps"]]
    named = {word for step in steps if "pytest" in step for word in step.split() if "tests/" in word}
    assert named, "no step names the tests that it runs"
    assert not [place for place in named if not (ROOT / place).exists()]


@pytest.mark.parametrize("name", ["tests", "book", "release"])
def test_workflows_use_actions_by_commit_and_may_only_read(name):
    assert workflow(name)["permissions"] == {"contents": "read"}
    for job in workflow(name)["jobs"].values():
        for step in job["steps"]:
            assert "uses" not in step or re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"]), step


def test_a_release_publishes_the_book_as_the_command_builds_it():
    jobs = workflow("book")["jobs"]
    assert [step["run"] for step in jobs["build"]["steps"] if "run" in step] == ["python3 course.py book"]
    assert jobs["build"]["steps"][-1]["with"]["path"] == SITE.relative_to(ROOT).as_posix()
    assert jobs["publish"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert not [step for step in jobs["publish"]["steps"] if "run" in step]


def test_a_release_is_tried_on_every_python_before_it_is_attached():
    jobs = workflow("release")["jobs"]
    matrix, steps = jobs["try"]["strategy"]["matrix"], [step.get("run", "") for step in jobs["try"]["steps"]]
    assert matrix == {"python": ["3.11", "3.12", "3.13"], "file": ["*.whl", "*.tar.gz"]}
    assert steps[-2].endswith("dist/${{ matrix.file }}") and steps[-1] == "python tests/smoke.py"
    assert (jobs["try"]["needs"], jobs["attach"]["needs"]) == ("build", "try")
    assert jobs["attach"]["permissions"] == {"contents": "write"}


def test_everything_that_people_install_is_this_release():
    """The release of the badges and the set-up cells is built from the version; these are changed with it."""
    assert lessons_lib.__version__ == PROJECT["project"]["version"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+)", changes, flags=re.MULTILINE)[1] == lessons_lib.__version__
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (citation["version"], citation.get("repository-code", "")) == (lessons_lib.__version__, source.repository())


def test_no_page_leads_to_another_repository_or_to_none():
    """While the course is not published there is no address of a repository of ours, not even a placeholder."""
    ours = source.repository().removeprefix("https://github.com/")
    buttons = r"(?:colab\.research\.google\.com/github|mybinder\.org/v2/gh|git\+https://github\.com)/([\w-]+/[\w.-]+)"
    for path in files_of_the_course(".md", ".py", ".ipynb", ".toml", ".yml", ".cff"):
        if not path.is_relative_to(ROOT / "tests"):
            text = path.read_text(encoding="utf-8")
            found = re.findall(rf"{buttons}|github\.com/(OWNER/)", text)
            assert {"".join(groups) for groups in found} <= {ours}, path.relative_to(ROOT)


def test_the_wheel_holds_the_library_and_its_data(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    file = tmp_path / buildapi.build_wheel(str(tmp_path))
    assert file.stat().st_size < 8e6
    with zipfile.ZipFile(file) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    endings = (".py", ".toml", ".html", ".json", ".jsonl", ".npz", ".safetensors", ".txt", "py.typed")
    source = {str(path.relative_to(ROOT).as_posix()) for path in files_of_the_course(*endings)}
    assert held == {name for name in source if name.startswith("lessons_lib/")}


def test_the_sdist_makes_the_same_wheel(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    of_the_tree = tmp_path / buildapi.build_wheel(str(tmp_path))
    with tarfile.open(tmp_path / buildapi.build_sdist(str(tmp_path))) as sdist:
        sdist.extractall(tmp_path, filter="data")
    [unpacked] = (path for path in tmp_path.iterdir() if path.is_dir())
    monkeypatch.chdir(unpacked)
    of_the_sdist = unpacked / buildapi.build_wheel(str(unpacked))
    one, other = (zipfile.ZipFile(file).infolist() for file in (of_the_tree, of_the_sdist))
    assert {each.filename: each.CRC for each in one} == {each.filename: each.CRC for each in other}


def test_the_smoke_test_runs_on_an_installed_wheel(tmp_path, monkeypatch):
    """The examples themselves run in test_readme; here that `tests/smoke.py` takes what is installed, not the tree."""
    monkeypatch.chdir(ROOT)
    with zipfile.ZipFile(tmp_path / buildapi.build_wheel(str(tmp_path))) as wheel:
        wheel.extractall(tmp_path / "installed")
    program = "import smoke; smoke.subprocess.run = lambda *_, **__: None; smoke.main()"
    paths = os.pathsep.join([str(tmp_path / "installed"), str(ROOT / "tests")])
    environment = {**os.environ, "PYTHONPATH": paths}
    printed = subprocess.check_output([sys.executable, "-c", program], cwd=tmp_path, env=environment, text=True)
    assert printed.split(maxsplit=1) == [lessons_lib.__version__, f"{tmp_path / 'installed/lessons_lib'}\n"]


# Importing


def test_import_lessons_lib_is_light_and_silent():
    heavy = ["torch", "numpy", "numba", "matplotlib", "IPython", "ipywidgets", "transformers", "jinja2", "tqdm"]
    program = f"import sys, lessons_lib; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, "[]\n", "")


def test_the_library_declares_what_it_imports():
    extras = PROJECT["project"]["optional-dependencies"].values()
    declared = {Requirement(line).name for lines in (PROJECT["project"]["dependencies"], *extras) for line in lines}
    declared |= {"huggingface_hub", "lm_eval"}  # imported only when the Hub or the harness is asked for by name
    imported = set()
    for path in sorted((ROOT / "lessons_lib").rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
        names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.level == 0]
        imported |= {name.partition(".")[0] for name in names}
    others = imported - sys.stdlib_module_names - {"lessons_lib"}
    assert {name.lower() for name in others} <= declared


IMPORT_RULE_BREAKERS = {
    "layers reach up": ("lessons_lib/layers/wrong.py", "import lessons_lib.generation", "one way"),
    "siblings meet": ("lessons_lib/generation/wrong.py", "import lessons_lib.checkpoint", "one way"),
    "library uses classroom": ("lessons_lib/checkpoint/wrong.py", "import lessons_lib.classroom", "one way"),
    "new part without a place": ("lessons_lib/wrong.py", "", "one way"),
    "network reads text": ("lessons_lib/layers/wrong.py", "import lessons_lib.tokenizer", "neither text nor files"),
    "authors' tool inside": ("lessons_lib/classroom/wrong.py", "import workshop.run", "no authors' tools"),
    "model library": ("lessons_lib/checkpoint/wrong.py", "def load():\n    import safetensors", "No model library"),
}


@pytest.mark.parametrize("breaker", IMPORT_RULE_BREAKERS)
def test_the_import_rule_catches(breaker, tmp_path):
    place, code, contract = IMPORT_RULE_BREAKERS[breaker]
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "lessons_lib", tmp_path / "lessons_lib", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / place).write_text(code, encoding="utf-8")
    program = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as run; run()"
    result = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8"
    )
    assert result.returncode == 1, result.stdout
    assert re.search(rf"{contract}.* BROKEN", result.stdout), result.stdout


# Safety

BANNED_IMPORTS = {"pickle", "cloudpickle", "dill", "marshal", "shelve", "joblib"}
BANNED_CALLS = {"eval", "exec", "torch.load", "os.system", "os.popen"}
BANNED_ARGUMENTS = {"shell", "trust_remote_code", "allow_pickle"}


def find_unsafe(source):
    """Name the unsafe imports and calls in a piece of Python."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.partition(".")[0] in BANNED_IMPORTS]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = [f"{module}.{alias.name}" for alias in node.names]
            found += [n for n in names if module.partition(".")[0] in BANNED_IMPORTS or n in BANNED_CALLS]
        elif isinstance(node, ast.Call):
            off = [k.arg for k in node.keywords if isinstance(k.value, ast.Constant) and k.value.value is False]
            on = {k.arg for k in node.keywords} - set(off)
            name = ast.unparse(node.func)
            if name in BANNED_CALLS:
                found.append(name)
            found += [f"{name}({argument}=...)" for argument in on & BANNED_ARGUMENTS]
    return found


def test_no_unsafe_code_in_library_lessons_and_tools():
    shipped = [p for p in files_of_the_course(".py") if p.relative_to(ROOT).parts[0] != "tests"]
    assert len(shipped) > 5
    assert {path.name: unsafe for path in shipped if (unsafe := find_unsafe(path.read_text(encoding="utf-8")))} == {}


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "import pickle as data",
        "from pickle import loads",
        "from torch import load",
        "def f():\n    from joblib import load",
        "eval('1')",
        "exec(code)",
        "torch.load(path, weights_only=True)",
        "os.system('ls')",
        "subprocess.run('ls', shell=True)",
        "subprocess.run('ls', shell=flag)",
        "AutoModel.from_pretrained(name, trust_remote_code=True)",
        "np.load(path, allow_pickle=True)",
    ],
)
def test_the_safety_check_catches(code):
    assert find_unsafe(code)


@pytest.mark.parametrize("code", ["model.eval()", "json.load(file)", "np.load(path)", "run(x, shell=False)"])
def test_the_safety_check_lets_pass(code):
    assert not find_unsafe(code)


def test_the_tree_names_no_registry_hosts_and_no_machine_paths():
    hosts = r"\b(pypi\.org|pythonhosted\.org|download\.pytorch\.org|registry\.npmjs\.org|anaconda\.org)"
    paths = r"(?<![\w.$~*])(/(work|root|home|Users|opt)/[\w.]+|[A-Z]:\\\\?Users)"
    for path in files_of_the_course(".md", ".py", ".ipynb", ".toml", ".txt", ".yml", ".json", ".lock", ".cff"):
        if path != Path(__file__).resolve():
            text = path.read_text(encoding="utf-8").replace(course.CPU_TORCH, "the one index that setup asks for")
            found = re.search(f"{hosts}|{paths}", text)
            assert found is None, f"{path.relative_to(ROOT)} says {found[0]}"
