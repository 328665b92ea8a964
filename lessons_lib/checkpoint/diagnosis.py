"""What a folder holds that is no whole model, and what to do about it: the errors of loading that people meet most."""

from __future__ import annotations

import re

from lessons_lib.errors import CheckpointError
from lessons_lib.files import ModelFolder

CONFIG, WEIGHTS, INDEX = "config.json", "model.safetensors", "model.safetensors.index.json"
ADAPTER = "adapter_config.json"
_UNSAFE = (".bin", ".pt", ".pth", ".pkl", ".ckpt")
_CONVERT = "if you trust it: transformers' AutoModelForCausalLM.from_pretrained(folder).save_pretrained(another)"


def refuse_adapter(folder: ModelFolder) -> None:
    """Refuse a folder that holds changes to a model.

    Raises:
        CheckpointError: saying of which model, and how to merge the two.
    """
    if ADAPTER in folder:
        base = folder.json(ADAPTER).get("base_model_name_or_path")
        rule = "a whole model: peft's AutoPeftModelForCausalLM.from_pretrained(folder).merge_and_unload() makes one"
        raise CheckpointError(folder.path, ADAPTER, f"an adapter, which changes {base!r:.80}", rule)


def no_config(folder: ModelFolder) -> CheckpointError:
    """The error for a folder without `config.json`."""
    names = folder.names()
    got, rule = "nothing", f"a folder with {CONFIG} and {WEIGHTS}"
    if gguf := [name for name in names if name.endswith(".gguf")]:
        got, rule = (
            f"nothing beside {gguf[0]}",
            f"a Hugging Face folder; load({str(folder.path / gguf[0])!r}) loads this",
        )
    elif inner := [name for name in names if (folder.path / name / CONFIG).is_file()]:
        got, rule = f"nothing: it lies in {', '.join(inner)}", "the folder that holds it"
    return CheckpointError(folder.path, CONFIG, got, rule)


def no_weights(folder: ModelFolder) -> CheckpointError:
    """The error for a folder with `config.json` and without weights that can be used."""
    names = folder.names()
    shards = [name for name in names if re.fullmatch(r"model-\d+-of-\d+\.safetensors", name)]
    if shards:
        rule = "the file that says which tensor lies in which of them; it is published beside them"
        return CheckpointError(folder.path, INDEX, f"nothing beside {shards[0]}", rule)
    if unsafe := [name for name in names if name.endswith(_UNSAFE)]:
        got = f"only {unsafe[0]}, a format that can run code"
        return CheckpointError(folder.path, "weights", got, f"a {WEIGHTS}; {_CONVERT}")
    got = "only " + ", ".join(names) if names else "nothing"
    return CheckpointError(folder.path, "weights", got, f"a {WEIGHTS}{_again(folder)}")


def no_shards(folder: ModelFolder, missing: list[str]) -> CheckpointError:
    """The error for files that the index names and nobody has."""
    return CheckpointError(folder.path / INDEX, "weight_map", f"no {', '.join(missing)}", f"files{_again(folder)}")


def _again(folder: ModelFolder) -> str:
    """What to do if a download was cut off, as it shows where `huggingface_hub` keeps its unfinished files."""
    beside, cache = folder.path.resolve().parent.parent / "blobs", folder.path / ".cache" / "huggingface"
    unfinished = [*beside.glob("*.incomplete"), *cache.glob("download/*.incomplete"), *folder.path.glob("*.incomplete")]
    return ": the download was cut off, so start it again" if unfinished else " that exist"
