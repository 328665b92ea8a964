"""What a job's file says, taken at its word: a setting that is unknown is an error, not a wish that nobody hears."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lessons_lib import arguments
from lessons_lib.layers import LoraConfig
from lessons_lib.training.grpo import Grpo
from lessons_lib.training.jobs.from_text import FromText
from lessons_lib.training.jobs.job import Job
from lessons_lib.training.jobs.tuning import Tuning
from lessons_lib.training.preference import Dpo
from lessons_lib.training.recipe import Recipe

_ROWS = (".jsonl", ".json", ".ndjson")


def read_job(path: str | Path) -> Job:
    """Read a job from a `.toml` file; a file of rows, or any other as a text, is a job with the usual settings.

    Paths in a job start from its file.

    Raises:
        ValueError: for a file that is no TOML, or a setting that is unknown or out of range.
        OSError: if it cannot be read.
    """
    path = arguments.path("job", path)
    if path.suffix != ".toml":
        path.open().close()
        if path.suffix in _ROWS:
            return Tuning(data=(path,), out=path.with_name(f"{path.stem}-tuned"))
        return FromText(text=(path,), out=path.with_name(f"{path.stem}-model"))
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: {error}") from None
    try:
        return _tuning(values, path.parent) if "data" in values else _from_text(values, path.parent)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _from_text(values: dict[str, Any], folder: Path) -> FromText:
    _check_names("", values, FromText, required={"text", "out"})
    recipe = {"steps": 1000} | _table("recipe", values.pop("recipe", {}), Recipe)
    return FromText(**values | _places(values, "text", folder), recipe=Recipe(**recipe))


def _tuning(values: dict[str, Any], folder: Path) -> Tuning:
    _check_names("", values, Tuning, required={"data", "out"})
    if "recipe" in values:
        values["recipe"] = _table("recipe", values["recipe"], Recipe)
    if values.get("lora") is False:
        values["lora"] = None
    elif "lora" in values:
        values["lora"] = _made("lora", values["lora"], LoraConfig, " or false")
    for name, kind in (("dpo", Dpo), ("grpo", Grpo)):
        if name in values:
            values[name] = _made(name, values[name], kind)
    model, reward = values.get("model"), values.get("reward")
    if isinstance(reward, str):
        values["reward"] = str(folder / reward)
    if isinstance(model, str) and (folder / model).exists():
        values["model"] = str(folder / model)
    return Tuning(**values | _places(values, "data", folder))


def _places(values: Mapping[str, Any], name: str, folder: Path) -> dict[str, Any]:
    """The files that a job reads and the folder that it writes to."""
    files = [values[name]] if isinstance(values[name], str) else values[name]
    if not isinstance(files, list) or not all(isinstance(file, str) for file in files):
        raise ValueError(f"{name}: got {arguments.described(files)}, allowed a path or a list of paths")
    if not isinstance(values["out"], str):
        raise ValueError(f"out: got {arguments.described(values['out'])}, allowed a path")
    return {name: tuple(folder / file for file in files), "out": folder / values["out"]}


def _table(name: str, values: Any, kind: type, rule: str = "") -> dict[str, Any]:
    """A table of a job, whose names are the fields of a class."""
    if not isinstance(values, dict):
        raise ValueError(f"{name}: got {arguments.described(values)}, allowed a table{rule}")
    _check_names(f"{name}: ", values, kind)
    return values


def _made(name: str, values: Any, kind: type, rule: str = "") -> Any:
    """What a table of a job describes."""
    try:
        return kind(**_table(name, values, kind, rule))
    except TypeError as error:  # such as a number where names were asked for
        raise ValueError(f"{name}: {error}") from None


def _check_names(table: str, values: Mapping[str, Any], kind: type, required: set[str] = frozenset()) -> None:
    known = {each.name for each in dataclasses.fields(kind)}
    if unknown := sorted(set(values) - known):
        raise ValueError(f"{table}got {', '.join(unknown)}, allowed {', '.join(sorted(known))}")
    if missing := sorted(required - set(values)):
        raise ValueError(f"{table}got no {', '.join(missing)}, allowed a file that says it")
