"""Finds the cells of a notebook that have controls, and the cells that must run before them."""

import ast
import copy

from nbformat import NotebookNode

from workshop import dataflow
from workshop.audit.code import last_value

# What a cell with controls ends in, and what kind of cell that makes it.
KINDS = {"explore": "panel", "TokenPanel": "panel", "ChatPanel": "panel"}
KINDS |= {name: name for name in ("quiz", "predict", "say")}


def widget_cells(notebook: NotebookNode) -> dict[str, list[int]]:
    """The places of a notebook's cells with controls, by kind: `panel`, `quiz`, `predict`, `say`."""
    places: dict[str, list[int]] = {kind: [] for kind in KINDS.values()}
    for place, cell in enumerate(notebook.cells):
        match last_value(cell):
            case ast.Call(func=ast.Name(id=made)) if made in KINDS:
                places[KINDS[made]].append(place)
    return places


def with_panels_only(notebook: NotebookNode) -> NotebookNode:
    """A copy of a notebook with the cells alone that have controls, and those that must run before."""
    short = copy.deepcopy(notebook)
    short.cells = [short.cells[place] for place in cells_to_run(notebook)]
    return short


def cells_to_run(notebook: NotebookNode) -> list[int]:
    """The places of the cells that show all controls: the set-up cell, what they rest on, and themselves."""
    shown = {place for places in widget_cells(notebook).values() for place in places}
    first = next(place for place, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    return sorted({first, *shown, *(before for place in shown for before in dataflow.needed(notebook.cells, place))})
