"""Results as a table for people, as JSON for programs and as a picture."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from textwrap import fill

from benchmarks.harness import Row, is_rate, number

HEADINGS = ("", "median", "from – to", "unit", "× peer", "of limit")


def table(rows: list[Row]) -> str:
    """A Markdown table for each benchmark, aligned for the terminal too."""
    parts = []
    for title, group in groupby(rows, lambda row: row.title):
        measured = list(group)
        lines = [HEADINGS, *map(_cells, measured)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        lines.insert(1, tuple("-" * width for width in widths))
        parts.append(f"## {title}\n")
        parts.append(f"Medians of {len(measured[0].samples)} rounds; {measured[0].machine}.\n")
        parts += ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
        parts.append("")
    return "\n".join(parts)


def write(rows: list[Row], root: Path) -> None:
    """Write `benchmarks/results.md`, `benchmarks/results.json` and the pictures in `assets` below a folder."""
    text = "# Benchmarks\n\nWritten by `python3 course.py bench`; how to read it stands in `__init__.py`.\n\n"
    pictures = {name: [row for row in rows if row.picture == name] for name in dict.fromkeys(r.picture for r in rows)}
    text += "".join(f"![The medians as a picture](../assets/{name}.png)\n\n" for name in pictures) + table(rows)
    for folder in ("benchmarks", "assets"):
        (root / folder).mkdir(exist_ok=True)
    (root / "benchmarks/results.md").write_text(text, encoding="utf-8")
    results = {"rows": [asdict(row) for row in rows]}
    (root / "benchmarks/results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    for name, shown in pictures.items():
        (root / f"assets/{name}.png").write_bytes(picture(shown))


def read(root: Path) -> list[Row]:
    """The rows that `write` has written below a folder; none if it has not."""
    path = root / "benchmarks/results.json"
    return [Row(**row) for row in json.loads(path.read_text(encoding="utf-8"))["rows"]] if path.exists() else []


def merged(old: list[Row], new: list[Row]) -> list[Row]:
    """Old rows with new ones in the place of those of the same title, and new titles behind them.

    What stands together in a row was measured together; two titles may be of different days.
    """
    groups = {title: list(rows) for title, rows in groupby(old, lambda row: row.title)}
    groups |= {title: list(rows) for title, rows in groupby(new, lambda row: row.title)}
    return [row for rows in groups.values() for row in rows]


def picture(rows: list[Row]) -> bytes:
    """A PNG with a panel for each benchmark and unit: bars for the candidates, a line for the limit.

    Units such as "ms, 512 tokens" are drawn as lines over the number that follows the comma.
    """
    import matplotlib
    from matplotlib.figure import Figure

    from lessons_lib.classroom.panels.figures import png, style

    if all(", " in row.unit for row in rows):
        return _growth(rows)
    panels = [list(group) for _, group in groupby(rows, lambda row: (row.title, row.unit))]
    panels = [panel for panel in panels if any(row.role != "limit" for row in panel)]
    bars = [sum(row.role != "limit" for row in panel) for panel in panels]
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(7, sum(bars) * 0.32 + len(panels) * 0.95))
        every = figure.subplots(len(panels), height_ratios=[count + 0.5 for count in bars], squeeze=False)
        for axes, panel in zip(every[:, 0], panels, strict=True):
            _draw(axes, panel)
        return png(figure)


def _growth(rows: list[Row]) -> bytes:
    """A PNG with a panel for each unit and a line for each candidate, both axes logarithmic."""
    import matplotlib
    from matplotlib.figure import Figure

    from lessons_lib.classroom.panels.figures import png, style

    quantities = list(dict.fromkeys(row.unit.split(", ")[0] for row in rows))
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(7, 3.4))
        for axes, quantity in zip(figure.subplots(1, len(quantities), squeeze=False)[0], quantities, strict=True):
            shown = [row for row in rows if row.unit.startswith(f"{quantity}, ")]
            for name in dict.fromkeys(row.name for row in shown):
                series = [(row.unit.split(", ")[1].split(" ")[0], row.median) for row in shown if row.name == name]
                axes.loglog([int(length) for length, _ in series], [value for _, value in series], label=name)
            lengths = sorted({int(row.unit.split(", ")[1].split(" ")[0]) for row in shown})
            axes.set_xticks(lengths, [f"{length:,}" for length in lengths], minor=False)
            values = [row.median for row in shown]
            if max(values) < 100 * min(values):  # a factor of ten would leave the axis almost without numbers
                axes.set_yscale("log", base=2)
            axes.yaxis.set_major_formatter("{x:g}")
            axes.minorticks_off()
            axes.set_title(f"{quantity}, less is better")
            axes.set_xlabel(shown[0].unit.split(", ")[1].partition(" ")[2], loc="left")
        axes.legend(fontsize=8)
        figure.suptitle(rows[0].title, fontsize=11)
        return png(figure)


def _draw(axes, panel: list[Row]) -> None:
    from lessons_lib.classroom.panels.figures import BLACK, BLUE, HATCHES, ORANGE

    looks = {"ours": {"color": BLUE}, "peer": {"color": ORANGE, "hatch": HATCHES[1]}}
    candidates = [row for row in panel if row.role != "limit"]
    limits = [row for row in panel if row.role == "limit"]
    rate = is_rate(panel[0].unit)
    unit = f"{panel[0].unit}, {'more' if rate else 'less'} is better"
    if limits:
        best = (max if rate else min)(limits, key=lambda row: row.median)
        axes.axvline(best.median, color=BLACK, linestyle="--", marker="")
        unit += f"; dashed line: {best.name}, {number(best.median)}"
    for row in candidates:
        axes.barh(row.name, row.median, height=0.7, edgecolor=BLACK, linewidth=0.6, **looks[row.role])
        share = f" ({row.of_limit:.0%} of limit)" if row.of_limit and rate else ""
        place = {"xy": (row.median, row.name), "xytext": (5, 0), "textcoords": "offset points", "va": "center"}
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # keeps the dashed line out of the words
        axes.annotate(f"{number(row.median)}{share}", fontsize=9, bbox=paper, **place)
    axes.set_xlim(0, 1.35 * max(row.median for row in panel))
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set_title(fill(panel[0].title, width=70))
    axes.set_xlabel(unit, loc="left")


def _cells(row: Row) -> tuple[str, ...]:
    name = f"limit: {row.name}" if row.role == "limit" else row.name
    spread = f"{number(min(row.samples))} – {number(max(row.samples))}"
    times = "" if row.times_peer is None else f"{row.times_peer:.2f}"
    share = "" if row.of_limit is None else f"{row.of_limit:.0%}"
    return name, number(row.median), spread, row.unit, times, share
