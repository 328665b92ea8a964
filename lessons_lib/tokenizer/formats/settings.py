"""Every setting of Hugging Face's tokenizer files, and what this library does about it.

A setting is obeyed, or can't change an id, or may only have a value that changes none: any other value is an error that
names it. A tokenizer that is nearly right gives a model that is quietly wrong.
"""

import json
from collections.abc import Mapping
from typing import Any

from lessons_lib.tokenizer.formats.vocabulary import Source

OBEYED = "obeyed"
HARMLESS = "harmless"
Rule = str | tuple[Any, ...]
"""`OBEYED`, `HARMLESS`, or the values that are harmless."""

FILE: dict[str, Rule] = {
    "added_tokens": OBEYED,
    "decoder": OBEYED,
    "model": OBEYED,
    "normalizer": OBEYED,
    "padding": HARMLESS,  # what the last call that made a batch asked for
    "post_processor": OBEYED,
    "pre_tokenizer": OBEYED,
    "truncation": HARMLESS,  # likewise
    "version": ("1.0",),
}

MODEL: dict[str, Rule] = {
    "byte_fallback": OBEYED,
    "continuing_subword_prefix": (None, ""),
    "dropout": (None, 0, 0.0),
    "end_of_word_suffix": (None, ""),
    "fuse_unk": (None, False, True),  # nothing is unknown where every byte has a token
    "ignore_merges": OBEYED,
    "merges": OBEYED,
    "type": (None, "BPE"),
    "unk_token": OBEYED,
    "vocab": OBEYED,
}

ADDED_TOKEN: dict[str, Rule] = {
    "__type": HARMLESS,
    "content": OBEYED,
    "id": OBEYED,
    # These would make a token take in its surroundings, or not be found inside a word.
    "lstrip": (None, False),
    "normalized": OBEYED,
    "rstrip": (None, False),
    "single_word": (None, False),
    "special": OBEYED,
}

CONFIG: dict[str, Rule] = {
    "add_bos_token": OBEYED,
    "add_eos_token": HARMLESS,  # what stands behind a text is for training: see `Tokenizer.encode_prompt`
    "add_prefix_space": OBEYED,
    "added_tokens_decoder": OBEYED,
    "additional_special_tokens": HARMLESS,  # those that have an id are among the added tokens too
    "auto_map": (None,),  # code that comes with a model is never run
    "backend": HARMLESS,
    "bos_token": OBEYED,
    "chat_template": OBEYED,
    "clean_up_tokenization_spaces": HARMLESS,  # it concerns text that is decoded, and nobody but transformers does it
    "cls_token": HARMLESS,
    "do_lower_case": (None, False),
    "eos_token": OBEYED,
    "errors": HARMLESS,
    "extra_special_tokens": HARMLESS,
    "fix_mistral_regex": (None, False),
    "is_local": HARMLESS,
    "keep_accents": (None, True),
    "legacy": OBEYED,
    "local_files_only": HARMLESS,
    "mask_token": HARMLESS,
    "max_length": HARMLESS,
    "model_input_names": HARMLESS,
    "model_max_length": HARMLESS,
    "name_or_path": HARMLESS,
    "pad_to_multiple_of": HARMLESS,
    "pad_token": OBEYED,
    "pad_token_type_id": HARMLESS,
    "padding": HARMLESS,
    "padding_side": HARMLESS,
    "processor_class": HARMLESS,
    "remove_space": (None, False),
    "return_token_type_ids": HARMLESS,
    "sep_token": HARMLESS,
    "sp_model_kwargs": (None, {}),  # sampling
    "spaces_between_special_tokens": HARMLESS,
    "special_tokens_map_file": HARMLESS,
    "split_special_tokens": HARMLESS,  # whoever calls encode says so
    "stride": HARMLESS,
    "strip_accents": (None, False),
    "tokenizer_class": HARMLESS,  # the parts of tokenizer.json say what it is
    "tokenizer_file": HARMLESS,
    "truncation": HARMLESS,
    "truncation_side": HARMLESS,
    "truncation_strategy": HARMLESS,
    "unk_token": HARMLESS,
    "use_default_system_prompt": HARMLESS,  # the chat template says it all
    "use_fast": HARMLESS,
}


def check_settings(source: Source, prefix: str, found: Mapping[str, Any], known: Mapping[str, Rule]) -> None:
    """Check the settings of an object of a file, and that it has no others.

    Raises:
        CheckpointError: one is not known, or would change ids in a way that this library does not follow.
    """
    for name, value in found.items():
        if name not in known:
            raise source.error(prefix + name, value, "no such setting")
        check_setting(source, prefix + name, value, known[name])


def check_setting(source: Source, field: str, value: object, rule: Rule) -> None:
    """Check one setting."""
    # Compare types too: 0 is not False.
    if isinstance(rule, tuple) and not any(type(value) is type(v) and value == v for v in rule):
        raise source.error(field, value, " or ".join(map(json.dumps, rule)))
