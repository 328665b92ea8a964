"""Load a trained model and its tokenizer, by name or from files."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from torch import Tensor

from lessons_lib import assets
from lessons_lib.checkpoint.gguf_model import config_from_gguf, tensors_from_gguf
from lessons_lib.checkpoint.huggingface import config_from_folder, tensors_from_folder
from lessons_lib.errors import CheckpointError
from lessons_lib.formats.gguf import load_gguf
from lessons_lib.model import Transformer
from lessons_lib.tokenizer import Tokenizer, load_tokenizer, tokenizer_from_gguf


def load(source: str | os.PathLike[str], dtype: torch.dtype = torch.float32) -> tuple[Transformer, Tokenizer]:
    """Load a model with its trained weights, and the tokenizer that belongs to it.

    Args:
        source: the name of a model in the course's list, such as "smollm2-135m-instruct"; a GGUF file; a Hugging Face
            directory, or the safetensors file in one.
        dtype: that of the weights in memory.

    Returns:
        The model, in evaluation mode, and the tokenizer.

    Raises:
        CheckpointError: if a file breaks its format, or its tensors are not exactly those of the model.
        AssetError: if a named model cannot be fetched.
        FileNotFoundError: if `source` is neither a name nor a path.

    Example:
        `model, tokenizer = lessons_lib.load("smollm2-135m-instruct")`
    """
    path = _locate(source)
    if path.is_dir():
        config, tensors = config_from_folder(path), tensors_from_folder(path)
        tokenizer = load_tokenizer(path)
        file = str(path)
    else:
        file = path.name
        gguf = load_gguf(path)
        config = config_from_gguf(gguf, file)
        tensors = tensors_from_gguf(gguf, config)
        tokenizer = tokenizer_from_gguf(gguf.metadata, file)
    if tokenizer.vocab_size > config.vocab_size:
        raise CheckpointError(file, "tokenizer", f"{tokenizer.vocab_size} tokens", f"at most {config.vocab_size}")
    with torch.device("meta"):
        model = Transformer(config)
    fill(model, tensors, file, dtype)
    return model.eval(), tokenizer


def fill(model: Transformer, tensors: dict[str, Tensor], file: str, dtype: torch.dtype = torch.float32) -> None:
    """Give a model its weights: every tensor it has, of the right shape, and no other.

    Args:
        model: may be on the "meta" device.
        tensors: by parameter name. Rotary frequencies that old files carry are passed over: they are computed.
        file: named in errors.
        dtype: the weights' type in the model.

    Raises:
        CheckpointError: one message that names all missing, unexpected and wrongly shaped tensors.
    """
    wanted = {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}
    found = {name: tensor for name, tensor in tensors.items() if not name.endswith("rotary_emb.inv_freq")}
    if model.config.tie_word_embeddings and "lm_head.weight" in found:
        head, embedding = found.pop("lm_head.weight"), found.get("model.embed_tokens.weight")
        if embedding is None or not torch.equal(head, embedding):
            raise CheckpointError(file, "lm_head.weight", "other numbers than the embedding", "a tied output matrix")
    faults = [f"missing {name}" for name in wanted if name not in found]
    faults += [f"unexpected {name}" for name in found if name not in wanted]
    faults += [
        f"{name} has shape {list(tensor.shape)} and not {list(wanted[name])}"
        for name, tensor in found.items()
        if name in wanted and tuple(tensor.shape) != wanted[name]
    ]
    faults += [f"{name} has dtype {t.dtype}" for name, t in found.items() if not t.is_floating_point()]
    if faults:
        rule = f"exactly the tensors of the model: {'; '.join(faults)}"
        raise CheckpointError(file, "tensors", f"{len(faults)} that do not fit", rule)
    state = {name: tensor.to(dtype) for name, tensor in found.items()}
    if model.config.tie_word_embeddings:
        state["lm_head.weight"] = state["model.embed_tokens.weight"]
    model.load_state_dict(state, strict=True, assign=True)
    model.tie_weights()


def _locate(source: str | os.PathLike[str]) -> Path:
    names = [asset.name for asset in assets.available() if asset.files[0].name.endswith(".gguf")]
    if source in names:
        return assets.fetch(str(source))
    path = Path(source)
    if not path.exists():
        raise FileNotFoundError(f"{source}: got neither a file nor a name, allowed a path or {', '.join(names)}")
    if path.suffix == ".safetensors":
        return path.parent
    if path.is_file() and path.suffix != ".gguf":
        raise CheckpointError(path, "format", path.suffix or "no ending", ".gguf, .safetensors or a directory")
    return path
