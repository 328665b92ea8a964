"""Compares the pictures stored in a notebook: nbval, which compares everything else, skips them."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from nbformat import NotebookNode
from PIL import Image

from workshop.audit import Fault

TILE = 24  # pixels
TOLERANCE = 12.0  # grey levels of 255, as a mean over a tile: a letter shifted by a fraction of a pixel stays below


@dataclass(frozen=True)
class Picture:
    """A stored picture: its pixels [height, width] in grey, and its description."""

    pixels: np.ndarray
    alt: str


def pictures(outputs: Sequence[NotebookNode]) -> list[Picture]:
    """The pictures among a cell's outputs, in order."""
    found = []
    for output in outputs:
        if encoded := output.get("data", {}).get("image/png"):
            image = Image.open(io.BytesIO(base64.b64decode(encoded))).convert("L")
            alt = output.metadata.get("image/png", {}).get("alt", "")
            found.append(Picture(np.asarray(image), alt))
    return found


def faults(notebook: NotebookNode) -> list[Fault]:
    """Pictures that are blank or have no description."""
    found = []
    for number, cell in enumerate(notebook.cells, start=1):
        for picture in pictures(cell.get("outputs", [])):
            if np.ptp(picture.pixels) < 32:
                found.append(Fault(number, "the picture is blank; draw on the figure that is shown"))
            if not picture.alt.strip():
                found.append(Fault(number, "the picture has no description; show(figure, alt=...) gives it one"))
    return found


def differences(stored: NotebookNode, fresh: NotebookNode) -> list[Fault]:
    """Pictures that a fresh run draws differently from the stored ones."""
    found = []
    for number, (old, new) in enumerate(zip(stored.cells, fresh.cells, strict=True), start=1):
        before, after = pictures(old.get("outputs", [])), pictures(new.get("outputs", []))
        if len(before) != len(after):
            found.append(Fault(number, f"{len(before)} pictures are stored, a fresh run draws {len(after)}"))
            continue
        for left, right in zip(before, after, strict=True):
            if (change := difference(left.pixels, right.pixels)) > TOLERANCE:
                found.append(Fault(number, f"the picture changed by {change:.0f} grey levels in its most changed tile"))
    return found


def difference(left: np.ndarray, right: np.ndarray) -> float:
    """The largest mean difference of a tile.

    A mean over the whole picture would not notice that one thin bar has gone.

    Args:
        left: grey levels from 0 to 255 [height, width].
        right: the same of the other picture.

    Returns:
        A number from 0 to 255; infinity if the sizes differ.
    """
    if left.shape != right.shape:
        return float("inf")
    change = np.abs(left.astype(float) - right)
    height, width = change.shape
    tiles = (change[y : y + TILE, x : x + TILE] for y in range(0, height, TILE) for x in range(0, width, TILE))
    return max(float(tile.mean()) for tile in tiles)
