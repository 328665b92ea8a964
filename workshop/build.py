"""Turn the lessons' text into executed notebooks, and prove that each notebook still belongs to its text.

`notebooks/src/NN_name.py` (jupytext percent format) is what authors edit; `notebooks/NN_name.ipynb`, executed, outputs
stored, is what people open. The way goes from text to notebook only.

    python -m workshop.build [--check] [NN ...]
"""

import argparse
import hashlib
import os
import sys
import time
import tomllib
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.reader import NotJSONError

ROOT = Path(__file__).resolve().parents[1]
CELL_TIMEOUT = 300  # seconds
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def main(arguments: list[str] | None = None) -> int:
    """Build or check the lessons named on the command line, all of them by default.

    Returns:
        0 if every lesson is in order, 1 otherwise.
    """
    parser = argparse.ArgumentParser(prog="build", description="Build the notebooks from notebooks/src, or check them.")
    parser.add_argument("lessons", nargs="*", metavar="NN", help="lessons by number, such as 01 (default: all)")
    parser.add_argument("--check", action="store_true", help="execute nothing: prove that notebooks and sources agree")
    options = parser.parse_args(arguments)

    folder = ROOT / "notebooks"
    sources = sorted((folder / "src").glob("*.py"))
    if unknown := set(options.lessons) - {lesson_number(source) for source in sources}:
        parser.error(f"no lesson {', '.join(sorted(unknown))} in notebooks/src")
    chosen = [source for source in sources if not options.lessons or lesson_number(source) in options.lessons]

    problems = [] if options.lessons else find_orphans(folder)
    for source in chosen:
        problems += check(source) if options.check else build(source)
    for problem in problems:
        print(problem, file=sys.stderr)
    if options.check and not problems:
        print(f"{len(chosen)} notebooks belong to their sources")
    return 1 if problems else 0


def build(source: Path) -> list[str]:
    """Execute one lesson and store its notebook; when there are problems, the old notebook stays as it is.

    Args:
        source: The lesson's text, `notebooks/src/NN_name.py`.

    Returns:
        The problems found, one line each but for a failing cell, which comes with its traceback.
    """
    notebook = read_source(source)
    if problems := find_source_problems(source, notebook):
        return problems
    print(f"{source.stem} ...", end=" ", flush=True)
    start = time.perf_counter()
    try:
        execute(notebook, source.parents[1])
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        print("failed")
        return [f"{source.name}: {error}"]
    drop_live_parts(notebook)
    if problems := find_output_problems(source, notebook):
        print("failed")
        return problems
    write_notebook(notebook, notebook_path(source))
    print(f"built, {len(notebook.cells)} cells in {time.perf_counter() - start:.1f} s")
    return []


def check(source: Path) -> list[str]:
    """Prove without executing that one lesson's stored notebook belongs to its source.

    Args:
        source: The lesson's text, `notebooks/src/NN_name.py`.

    Returns:
        The problems found, one line each.
    """
    path = notebook_path(source)
    expected = read_source(source)
    problems = find_source_problems(source, expected)
    if not path.exists():
        return [*problems, f"{path.name}: missing; run: python3 course.py build {lesson_number(source)}"]
    try:
        stored = nbformat.read(path, as_version=4)
    except NotJSONError:
        return [*problems, f"{path.name}: not a notebook; run: python3 course.py build {lesson_number(source)}"]
    if inputs(stored) != inputs(expected):
        problems.append(f"{path.name}: differs from its source; run: python3 course.py build {lesson_number(source)}")
    return problems + find_output_problems(path, stored)


def read_source(source: Path) -> NotebookNode:
    """Read a lesson's text as a notebook without outputs.

    Cell ids come from the cells' text, so that an inserted cell leaves the ids of the others alone.
    """
    notebook = jupytext.read(source, fmt="py:percent")
    notebook.metadata = nbformat.from_dict(METADATA)
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        cell.metadata.pop("lines_to_next_cell", None)
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
    return notebook


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run every cell in a fresh kernel with `folder` as working directory; outputs go into `notebook`."""
    NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=40"],  # errors only: the kernel warns of its loopback port
        resources={"metadata": {"path": str(folder)}},
    ).execute()


def drop_live_parts(notebook: NotebookNode) -> None:
    """Remove what only a running kernel can use, and what the kernel added to the metadata."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in code_cells(notebook):
        for output in cell.outputs:
            output.get("data", {}).pop(WIDGET_VIEW, None)


def find_source_problems(source: Path, notebook: NotebookNode) -> list[str]:
    """Name what a lesson's text must not have: another set-up cell, empty cells, lines that end in a semicolon."""
    problems = []
    cells = code_cells(notebook)
    if not cells or cells[0].source != setup_cell():
        problems.append(f"{source.name}: the first code cell must be exactly\n{setup_cell()}")
    for number, cell in enumerate(cells, 1):
        if not cell.source.strip():
            problems.append(f"{source.name}: code cell {number} is empty")
        problems += [
            f"{source.name}: code cell {number}: a line must not end in a semicolon: {line.strip()}"
            for line in cell.source.splitlines()
            if line.rstrip().endswith(";")
        ]
    return problems


def find_output_problems(path: Path, notebook: NotebookNode) -> list[str]:
    """Name what a stored notebook must not have: cells not executed, errors, stderr, widget state."""
    problems = []
    if notebook.metadata != METADATA:
        problems.append(f"{path.name}: metadata must be the plain kernelspec and language_info")
    for number, cell in enumerate(code_cells(notebook), 1):
        where = f"{path.name}: code cell {number}"
        if cell.execution_count != number:
            problems.append(f"{where}: execution count is {cell.execution_count}, must be {number}")
        for output in cell.outputs:
            if output.output_type == "error":
                problems.append(f"{where}: raised {output.ename}: {output.evalue}")
            elif output.get("name") == "stderr":
                problems.append(f"{where}: wrote to stderr: {output.text.strip()}")
            elif WIDGET_VIEW in output.get("data", {}):
                problems.append(f"{where}: stores a live widget")
    return problems


def find_orphans(folder: Path) -> list[str]:
    """Name the notebooks that have no source."""
    return [
        f"{path.name}: no source; expected notebooks/src/{path.stem}.py"
        for path in sorted(folder.glob("*.ipynb"))
        if not (folder / "src" / f"{path.stem}.py").exists()
    ]


def setup_cell() -> str:
    """Return the first code cell of every notebook, which installs the library where it is missing, as on Colab.

    What it installs is this release, so that a notebook and its library belong together.
    """
    release = f"{project()['urls']['Repository']}@v{project()['version']}"
    return (
        "import importlib.util\n\n"
        'if importlib.util.find_spec("lessons_lib") is None:\n'
        f"    %pip install -q --no-deps git+{release}\n"
        "    importlib.invalidate_caches()"
    )


def project() -> dict:
    """Return what pyproject.toml says of the project: the one place of the repository's address and the version."""
    with open(ROOT / "pyproject.toml", "rb") as file:
        return tomllib.load(file)["project"]


def inputs(notebook: NotebookNode) -> list[tuple]:
    """Return what a notebook owes to its source, cell by cell."""
    return [(cell.cell_type, cell.id, cell.source, cell.metadata) for cell in notebook.cells]


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def lesson_number(source: Path) -> str:
    """Return `NN` of `notebooks/src/NN_name.py`."""
    return source.stem.partition("_")[0]


def notebook_path(source: Path) -> Path:
    """Return where the notebook of `notebooks/src/NN_name.py` is stored."""
    return source.parents[1] / f"{source.stem}.ipynb"


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook in one step: a reader sees the old file or the new one, never half of it."""
    draft = path.with_suffix(".ipynb.tmp")
    draft.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")
    os.replace(draft, path)


if __name__ == "__main__":
    sys.exit(main())
