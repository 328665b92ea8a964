"""The models that are compared: ours, and transformers' Llama on the same weights."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import tokenizers
import torch
from tokenizers import decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

import lessons_lib
from lessons_lib import ModelConfig, Transformer
from lessons_lib.assets import fetch
from lessons_lib.checkpoint import load_gguf

NAME = "smollm2-135m-instruct"
TINY = ModelConfig(
    vocab_size=49152,  # the tokenizer is the real one
    hidden_size=24,
    intermediate_size=40,
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

    @cached_property
    def ours(self) -> Transformer:
        return Transformer(TINY).eval() if self.quick else lessons_lib.load(NAME)[0]

    @cached_property
    def transformers(self) -> LlamaForCausalLM:
        """The peer: it shares the weights in memory, and its texts do not end before they are as long as asked."""
        values = self.ours.config.to_dict() | {"bos_token_id": None, "eos_token_id": None}
        values = {key: value for key, value in values.items() if not key.startswith("rope")}
        rope = {"rope_type": "default", "rope_theta": self.ours.config.rope_theta}
        config = LlamaConfig(**values, rope_parameters=rope, attn_implementation="sdpa")
        with torch.device("meta"):
            model = LlamaForCausalLM(config)
        model.load_state_dict(self.ours.state_dict(), strict=True, assign=True)
        model.tie_weights()
        model.model.rotary_emb = type(model.model.rotary_emb)(config)  # its frequencies are in no file
        return model.eval()

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
