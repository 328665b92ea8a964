"""The models that are compared: ours, and transformers and llama.cpp with the same weights."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from queue import Queue
from threading import Thread

import tokenizers
import torch
from tokenizers import decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

import lessons_lib
from benchmarks.harness import Candidate
from benchmarks.process import fresh
from lessons_lib import ModelConfig, Transformer
from lessons_lib.assets import fetch
from lessons_lib.checkpoint import load_gguf, save_gguf
from lessons_lib.checkpoint.families import FAMILIES
from lessons_lib.layers import quantize
from lessons_lib.tokenizer import Tokenizer, load_tokenizer

NAME = "smollm2-135m-instruct"
TINY = ModelConfig(
    vocab_size=49152,  # the tokenizer is the real one
    hidden_size=96,
    intermediate_size=160,
    num_hidden_layers=2,
    num_attention_heads=6,
    num_key_value_heads=2,
)


class Models:
    """Each model is made when it is first asked for.

    Args:
        folder: an empty folder for what has to be written.
        quick: take a tiny random model instead of the real one.
    """

    def __init__(self, folder: Path, quick: bool = False) -> None:
        self.folder, self.quick = folder, quick
        self._quantized: dict[int, Transformer] = {}

    @cached_property
    def ours(self) -> Transformer:
        return Transformer(TINY).eval() if self.quick else lessons_lib.load(NAME)[0]

    @cached_property
    def transformers(self) -> LlamaForCausalLM:
        """The peer: it shares the weights in memory, and its texts do not end before they are as long as asked."""
        return twin(self.ours)

    @cached_property
    def tokenizer(self) -> Tokenizer:
        return load_tokenizer(fetch(NAME))

    def quantized(self, bits: int) -> Transformer:
        """Our model, with so many bits a weight; with 4, the output matrix has 8, as in the file of the model."""
        if bits not in self._quantized:
            self._quantized[bits] = self.ours if bits == 32 else quantize(copy.deepcopy(self.ours), bits)
        return self._quantized[bits]

    def transformers_stream(self, prompt: list[int], new: int) -> Iterator[int]:
        """The tokens that the peer's own `generate` makes, as they come."""
        tokens: Queue[int | None] = Queue()

        class Streamer:
            def put(self, ids: torch.Tensor) -> None:
                if ids.dim() == 1:  # the first are the prompt
                    tokens.put(int(ids))

            def end(self) -> None:
                tokens.put(None)

        ids = torch.tensor([prompt])
        settings = {"attention_mask": torch.ones_like(ids), "max_new_tokens": new, "do_sample": False}
        worker = Thread(target=self.transformers.generate, args=(ids,), kwargs=settings | {"streamer": Streamer()})
        worker.start()
        yield from iter(tokens.get, None)
        worker.join()

    def llama_cpp(self, type_name: str, prompt: list[int], new: int, figure: str) -> Candidate:
        """What llama.cpp says of a completion: "prompt_per_second" or "predicted_per_second"."""
        return fresh("benchmarks.llama_cpp", self.gguf(type_name), json.dumps(prompt), new, figure)

    def gguf(self, type_name: str) -> Path:
        """The model in one of llama.cpp's types: the file as it was published, or our own export."""
        if type_name == "Q4_1" and not self.quick:
            return fetch(NAME)
        path = self.folder / f"{type_name}.gguf"
        if not path.exists():
            save_gguf(self.ours, self.tokenizer, path, type_name)
        return path

    @cached_property
    def saved(self) -> Path:
        """The model and its tokenizer as transformers saves them: a folder with float32 safetensors."""
        metadata = load_gguf(fetch(NAME)).metadata
        vocabulary = {token: i for i, token in enumerate(metadata["tokenizer.ggml.tokens"])}
        merges = [tuple(merge.split(" ")) for merge in metadata["tokenizer.ggml.merges"]]
        tokenizer = tokenizers.Tokenizer(models.BPE(vocabulary, merges))
        digits = pre_tokenizers.Digits(individual_digits=True)
        words = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, words])
        tokenizer.decoder = decoders.ByteLevel()
        PreTrainedTokenizerFast(tokenizer_object=tokenizer).save_pretrained(self.folder)
        self.transformers.save_pretrained(self.folder)
        return self.folder


def twin(model: Transformer) -> LlamaForCausalLM:
    """A Llama of ours in transformers, where its weights are and sharing them; its texts do not end by themselves."""
    values = FAMILIES["llama"].values(model.config) | {"bos_token_id": None, "eos_token_id": None}
    config = LlamaConfig(**values, attn_implementation="sdpa")
    with torch.device("meta"):
        theirs = LlamaForCausalLM(config)
    theirs.load_state_dict(model.state_dict(), strict=True, assign=True)
    theirs.tie_weights()
    theirs.model.rotary_emb = type(theirs.model.rotary_emb)(config)  # its frequencies are in no file
    return theirs.to(next(model.parameters()).device).eval()


def random_ids(models: Models, count: int) -> list[int]:
    """Token ids that are the same in every run."""
    vocabulary = models.ours.config.vocab_size
    return torch.randint(vocabulary, (count,), generator=torch.Generator().manual_seed(0)).tolist()
