"""The states of each lesson's panel: drawn when the lesson is built, kept in `book/panels`, shown by the book.

A panel needs a kernel to redraw. The book has none: its sliders move between these states.
"""

import ast
import hashlib
import json
import shutil
from base64 import b64decode
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from nbformat import NotebookNode
from PIL import Image

from workshop.audit import Fault
from workshop.audit.code import last_value
from workshop.lessons import Lesson

PANELS = "book/panels"
# What the build runs behind a panel's cell: nothing of it stays, and what is random further down comes out the same.
DRAW = """\
def _show_states(panel):
    from IPython.display import display
    from lessons_lib.classroom.panels.states import states
    from torch.random import fork_rng
    with fork_rng(devices=[]):
        display({{"application/json": states(panel)}}, raw=True)
_show_states(Out[{count}])
del _show_states
"""


def is_panel(cell: NotebookNode) -> bool:
    """Whether a cell ends in a panel."""
    match last_value(cell):
        case ast.Call(func=ast.Name(id="explore")):
            return True
    return False


def keep(drawn: Sequence[list[dict]], lesson: Lesson, root: Path) -> None:
    """Write the states of a lesson's panels in place of those of its last build.

    Args:
        drawn: what `lessons_lib.classroom.panels.states` says of each panel, in the order of the cells.
        lesson: the lesson.
        root: the course's folder.
    """
    pictures: dict[str, bytes] = {}
    for state in (state for panel in drawn for control in panel for state in control["states"]):
        if "png" in state:
            image = b64decode(state.pop("png"))
            state["picture"] = f"{hashlib.sha256(image).hexdigest()[:12]}.webp"
            if state["picture"] not in pictures:
                pictures[state["picture"]] = _webp(image)
    folder = folder_of(lesson, root)
    shutil.rmtree(folder, ignore_errors=True)
    if drawn:
        folder.mkdir(parents=True)
        for name, picture in pictures.items():
            (folder / name).write_bytes(picture)
        text = json.dumps(drawn, indent=1, ensure_ascii=False)
        (folder / "states.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def kept(lesson: Lesson, root: Path) -> list[list[dict]]:
    """What `keep` wrote, each `png` a `picture` in the lesson's folder; nothing where it wrote nothing."""
    file = folder_of(lesson, root) / "states.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else []


def folder_of(lesson: Lesson, root: Path) -> Path:
    """Where a lesson's states lie."""
    return root / PANELS / lesson.number


def faults(stored: NotebookNode, lesson: Lesson, root: Path) -> list[Fault]:
    """Panels without states or with another build's: where nothing is moved, they say what the notebook shows."""
    panels = [(number, cell) for number, cell in enumerate(stored.cells, start=1) if is_panel(cell)]
    states = kept(lesson, root)
    if len(states) != len(panels):
        count = f"{len(states)} panels of {len(panels)}"
        return [Fault(0, f"{PANELS}/{lesson.number} has the states of {count}; build the lesson")]
    found = []
    for (number, cell), panel in zip(panels, states, strict=False):
        shown = [output.data["text/plain"] for output in cell.outputs if "data" in output]
        if any([control["states"][control["start"]]["text"]] != shown for control in panel):
            found.append(Fault(number, f"{PANELS}/{lesson.number} has the states of another panel; build the lesson"))
    return found


def _webp(image: bytes) -> bytes:
    """A picture without loss, in a half of the bytes."""
    buffer = BytesIO()
    Image.open(BytesIO(image)).convert("RGB").save(buffer, "WEBP", lossless=True)
    return buffer.getvalue()
