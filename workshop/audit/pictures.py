"""Compares the pictures stored in a notebook: nbval, which compares everything else, skips them."""

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from nbformat import NotebookNode
from PIL import Image

TILE = 24  # pixels
TOLERANCE = 12.0  # grey levels of 255, as a mean over a tile: a letter shifted by a fraction of a pixel stays below


@dataclass(frozen=True)
class Picture:
    """A stored picture: which one it is, its pixels [height, width], and its description."""

    where: str
    pixels: np.ndarray
    alt: str


def pictures(notebook: NotebookNode) -> Iterator[Picture]:
    """The pictures among a notebook's outputs, in order, in grey."""
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            if encoded := output.get("data", {}).get("image/png"):
                image = Image.open(io.BytesIO(base64.b64decode(encoded))).convert("L")
                alt = output.metadata.get("image/png", {}).get("alt", "")
                yield Picture(f"cell {number}", np.asarray(image, dtype=float), alt)


def faults(notebook: NotebookNode) -> list[str]:
    """Pictures that are blank or have no description, one line each."""
    found = []
    for picture in pictures(notebook):
        if np.ptp(picture.pixels) < 32:
            found.append(f"{picture.where}: the picture is blank")
        if not picture.alt.strip():
            found.append(f"{picture.where}: the picture has no description")
    return found


def differences(stored: NotebookNode, fresh: NotebookNode) -> list[str]:
    """Pictures that a fresh run draws differently from the stored ones, one line each."""
    before, after = list(pictures(stored)), list(pictures(fresh))
    if [picture.where for picture in before] != [picture.where for picture in after]:
        return [f"{len(before)} pictures are stored, a fresh run draws {len(after)}, or in other cells"]
    return [
        f"{old.where}: the picture changed by {change:.0f} grey levels in its most changed tile"
        for old, new in zip(before, after, strict=True)
        if (change := difference(old.pixels, new.pixels)) > TOLERANCE
    ]


def difference(left: np.ndarray, right: np.ndarray) -> float:
    """The largest mean difference of a tile.

    A mean over the whole picture would not notice that one thin bar has gone.

    Args:
        left: Grey levels from 0 to 255 [height, width].
        right: The same of the other picture.

    Returns:
        A number from 0 to 255; infinity if the sizes differ.
    """
    if left.shape != right.shape:
        return float("inf")
    change = np.abs(left - right)
    height, width = change.shape
    tiles = (change[y : y + TILE, x : x + TILE] for y in range(0, height, TILE) for x in range(0, width, TILE))
    return max(float(tile.mean()) for tile in tiles)
