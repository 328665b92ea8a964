"""Checks what a stored notebook holds: every cell executed, no errors, no live widgets, no HTML that viewers drop."""

import re

from nbformat import NotebookNode

from workshop.audit import Fault, html

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def faults(notebook: NotebookNode) -> list[Fault]:
    """What a stored notebook must not have: cells not executed, errors, stderr, live widgets, what viewers drop."""
    found = []
    if notebook.metadata != METADATA:
        found.append(Fault(0, "metadata must be the plain kernelspec and language_info; build the lesson again"))
    executed = 0
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code":
            continue
        executed += 1
        if cell.execution_count != executed:
            wrong = f"execution count is {cell.execution_count}, must be {executed}"
            found.append(Fault(number, f"{wrong}; build the lesson, don't run it by hand"))
        found += [Fault(number, text) for output in cell.outputs if (text := _fault(output))]
    return found


def _fault(output: NotebookNode) -> str:
    if output.output_type == "error":
        return f"raised {output.ename}: {output.evalue}; mend the cell"
    if output.get("name") == "stderr":
        return f"wrote to stderr: {output.text.strip()}; mend what warns"
    data = output.get("data", {})
    if WIDGET_VIEW in data:
        return "stores a live widget; build the lesson again"
    page = data.get("text/html", "")
    if re.search(r"<script|javascript:|\son\w+=", page, re.IGNORECASE):
        return "its HTML holds a script, which viewers drop; show it without"
    lost = ", ".join(html.dropped(page))
    return f"of its HTML, GitHub drops {lost}" if lost else ""
