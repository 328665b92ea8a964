"""What a model did on some tasks: a row an item, and the figures, intervals and comparisons that they add up to."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lessons_lib import arguments
from lessons_lib.evaluation.intervals import Interval, Paired, mcnemar, standard_error, wilson
from lessons_lib.evaluation.metrics import bits_per
from lessons_lib.evaluation.running import Row, rows_of
from lessons_lib.evaluation.task import Task
from lessons_lib.files import replace_file
from lessons_lib.files.jsonl import read_rows
from lessons_lib.model import Transformer
from lessons_lib.tokenizer import Tokenizer

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class About:
    """What a run is of; two runs with the same can be one.

    Attributes:
        model: its name.
        shots: examples before each question.
        tasks: the name of each task, the sha256 of its file, and how many items are asked.
    """

    model: str
    shots: int
    tasks: dict[str, tuple[str, int]]

    @classmethod
    def of(cls, model: str, tasks: Iterable[Task], shots: int) -> About:
        """Describe a run."""
        return cls(model, shots, {task.name: (task.sha256, len(task.items)) for task in tasks})


class Measure(NamedTuple):
    """One figure of a task.

    Attributes:
        task, metric: what it is of: a share of right answers, or "bits_per_byte".
        n: items.
        value: the figure.
        error: its standard error, as EleutherAI's harness has it; NaN where there is none.
        interval: Wilson's, for shares; None for others.
    """

    task: str
    metric: str
    n: int
    value: float
    error: float
    interval: Interval | None


class Comparison(NamedTuple):
    """Two models on the items of a task that both were asked: their shares of right answers, and `mcnemar`'s test."""

    task: str
    metric: str
    n: int
    first: float
    second: float
    paired: Paired


@dataclass
class Results:
    """All rows of a run, and what they add up to.

    Args:
        about: what the run is of.
        rows: see `lessons_lib.evaluation.running`.
    """

    about: About
    rows: list[Row] = field(default_factory=list)

    def measures(self) -> list[Measure]:
        """The figures of each task, in order."""
        found = []
        for task in self.about.tasks:
            rows = [row for row in self.rows if row["task"] == task]
            if rows and "right" not in rows[0]:
                bits = bits_per(sum(row["nats"] for row in rows), sum(row["bytes"] for row in rows))
                found.append(Measure(task, "bits_per_byte", len(rows), bits, math.nan, None))
                continue
            for metric in rows[0]["right"] if rows else ():
                right = [row["right"][metric] for row in rows]
                value, interval = sum(right) / len(right), wilson(sum(right), len(right))
                found.append(Measure(task, metric, len(right), value, standard_error(right), interval))
        return found

    def table(self) -> str:
        """The figures as a table in Markdown, each with its 95% interval."""
        head = ["task", "metric", "n", "value", "95%"]
        lines = [head, ["---"] * len(head)]
        for each in self.measures():
            ends = "" if each.interval is None else "{:.3f} to {:.3f}".format(*each.interval)
            lines.append([each.task, each.metric, str(each.n), f"{each.value:.3f}", ends])
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        rows = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
        return "\n".join(f"| {row} |" for row in rows)

    def plot(self) -> Figure:
        """The shares of right answers with their 95% intervals, one below the other."""
        from matplotlib.figure import Figure

        shares = [each for each in self.measures() if each.interval is not None]
        figure = Figure(figsize=(7, 1 + 0.32 * len(shares)), layout="constrained")
        axes = figure.subplots()
        for place, each in enumerate(shares):
            axes.plot(each.interval, [place, place], color="0.6", linewidth=3, solid_capstyle="round")
            axes.plot(each.value, place, "o", color="black")
        axes.set_yticks(range(len(shares)), [f"{each.task}, {each.metric} (n = {each.n})" for each in shares])
        axes.set(xlim=(0, 1), xlabel=f"share of right answers: {self.about.model}, {self.about.shots} examples")
        axes.invert_yaxis()
        return figure

    def compare(self, other: Results) -> list[Comparison]:
        """Test this model against another, on each task and metric that both have.

        Raises:
            ValueError: if they share no item, or a task of one name has other items.
        """
        if not isinstance(other, Results):
            raise ValueError(f"other: got {arguments.described(other)}, allowed Results")
        found = []
        for task, (digest, _) in self.about.tasks.items():
            if task not in other.about.tasks:
                continue
            if other.about.tasks[task][0] != digest:
                raise ValueError(f"other: got other items for {task}, allowed the same file")
            mine, theirs = (
                {row["id"]: row["right"] for row in results.rows if row["task"] == task and "right" in row}
                for results in (self, other)
            )
            ids = [one for one in mine if one in theirs]
            for metric in mine[ids[0]] if ids else ():
                one, two = ([right[number][metric] for number in ids] for right in (mine, theirs))
                shares = (sum(right) / len(ids) for right in (one, two))
                found.append(Comparison(task, metric, len(ids), *shares, mcnemar(one, two)))
        if not found:
            raise ValueError("other: got no item in common, allowed results on the same tasks")
        return found

    def save(self, path: str | Path) -> None:
        """Write all rows as JSON, a line each, below a line that says what they are of.

        Raises:
            OSError: if it cannot be written; what was there before stays.
        """
        with replace_file(path) as file:
            for row in (self.head(), *self.rows):
                file.write(line_of(row))

    def head(self) -> Row:
        """The line above the rows of a file."""
        return {"about": asdict(self.about)}


def line_of(row: Row) -> bytes:
    """A row as a line of a file."""
    return json.dumps(row, allow_nan=False).encode() + b"\n"


def load_results(path: str | Path) -> Results:
    """Read what `save` wrote.

    Raises:
        ValueError: naming the line that cannot be used.
        OSError: if the file cannot be read.
    """
    results: Results | None = None

    def take(name: str, row: Row) -> None:
        nonlocal results
        if results is None:
            results = Results(_about(name, row.get("about")))
        elif row.get("task") not in results.about.tasks or not isinstance(row.get("id"), str):
            raise ValueError(f"{name}, task and id: got {arguments.described(row)}, allowed an item of a task above")
        elif not {"right", "bytes"} & row.keys():
            raise ValueError(f"{name}: got {arguments.described(sorted(row))}, allowed what came of the item")
        else:
            results.rows.append(row)

    read_rows(path, take)
    return results


def _about(name: str, found: Any) -> About:
    try:
        tasks = {task: (str(digest), int(count)) for task, (digest, count) in found["tasks"].items()}
        return About(str(found["model"]), int(found["shots"]), tasks)
    except (TypeError, ValueError, KeyError, AttributeError):
        raise ValueError(f"{name}, about: got {arguments.described(found)}, allowed what a run is of") from None


def evaluate(
    model: Transformer, tokenizer: Tokenizer, tasks: Iterable[Task], *, shots: int = 0, name: str = "model"
) -> Results:
    """Work on some tasks and keep what came of each item.

    Args:
        model: any `Transformer`.
        tokenizer: that of the model.
        tasks: from `load_tasks`.
        shots: examples before each question.
        name: of the model, for tables.

    Raises:
        ValueError: for an item that cannot be asked.
        LogitsError: if the model's scores break down.
    """
    tasks = list(tasks)
    results = Results(About.of(name, tasks, shots))
    for task in tasks:
        results.rows += rows_of(model, tokenizer, task, shots)
    return results
