"""Published tokenizers by name: which file each takes, how it splits text, its special tokens and its chat format.

The vocabularies come from the publishers' own files, see `assets.toml`. Rank files hold no more than that, so the
rest stands here.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lessons_lib import assets
from lessons_lib.tokenizer.chat import ChatTemplate
from lessons_lib.tokenizer.encoding.byte_level import ByteLevel
from lessons_lib.tokenizer.formats.qwen_chat import QWEN3, QWEN25
from lessons_lib.tokenizer.formats.ranks import read_ranks
from lessons_lib.tokenizer.tokenizer import Tokenizer


@dataclass(frozen=True)
class Published:
    """What a rank file leaves unsaid.

    Args:
        asset: name of the file in `lessons_lib.assets`.
        split: key of `SPLITS`.
        special_tokens: id of each special token.
        visible: those that show in text, see `Tokenizer`.
        bos: the token that starts a text; every text, where there is one.
        eos: tokens that end a text or an answer.
        pad: the token that fills a batch.
        nfc: see `ByteLevel`.
        chat: the chat template.
    """

    asset: str
    split: str
    special_tokens: Mapping[str, int]
    visible: tuple[str, ...] = ()
    bos: str | None = None
    eos: tuple[str, ...] = ()
    pad: str | None = None
    nfc: bool = False
    chat: str | None = None


def load_published(name: str) -> Tokenizer:
    """Load one of `PUBLISHED`; its file is fetched the first time.

    Raises:
        AssetError: the file has to be fetched and cannot be.
    """
    return read_published(name, assets.fetch(PUBLISHED[name].asset))


def read_published(name: str, path: str | os.PathLike[str]) -> Tokenizer:
    """Load one of `PUBLISHED` from a copy of its rank file.

    Raises:
        CheckpointError: the file is malformed.
        ValueError: it holds more ranks than the published one.
        OSError: there is no such file.
    """
    entry = PUBLISHED[name]
    ids = entry.special_tokens
    return Tokenizer(
        ByteLevel(read_ranks(path), split=entry.split, nfc=entry.nfc, whole_pieces=True),
        special_tokens=ids,
        visible=entry.visible,
        bos_token_id=ids.get(entry.bos),
        eos_token_ids=[ids[token] for token in entry.eos],
        pad_token_id=ids.get(entry.pad),
        adds_bos=entry.bos is not None,
        chat_template=ChatTemplate(entry.chat) if entry.chat else None,
    )


def _numbered(first: int, names: Iterable[str]) -> dict[str, int]:
    return {name: first + i for i, name in enumerate(names)}


def _reserved(start: int, stop: int, kind: str = "") -> list[str]:
    return [f"<|{kind}reserved_special_token_{i}|>" for i in range(start, stop)]


_CL100K = _numbered(100257, ["<|endoftext|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>"])

_LLAMA3 = _numbered(
    128000,
    [
        *("<|begin_of_text|>", "<|end_of_text|>", *_reserved(0, 2)),
        *("<|finetune_right_pad_id|>", "<|step_id|>", "<|start_header_id|>", "<|end_header_id|>"),
        *("<|eom_id|>", "<|eot_id|>", "<|python_tag|>", "<|image|>", *_reserved(2, 246)),
    ],
)

_LLAMA4 = _numbered(
    200000,
    [
        *("<|begin_of_text|>", "<|end_of_text|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>"),
        *("<|header_start|>", "<|header_end|>", "<|eom|>", "<|eot|>", "<|step|>"),
        *_reserved(0, 6, "text_post_train_"),
        *("<|python_start|>", "<|python_end|>", "<|finetune_right_pad|>"),
        *_reserved(8, 69, "text_post_train_"),
        *("<|image_start|>", "<|image_end|>", *_reserved(0, 2, "vision_")),
        *("<|tile_x_separator|>", "<|tile_y_separator|>", *_reserved(2, 6, "vision_")),
        *("<|image|>", *_reserved(6, 7, "vision_"), "<|patch|>", *_reserved(7, 1048, "vision_")),
        *(*_reserved(0, 8, "reasoning_"), "<|reasoning_thinking_start|>", "<|reasoning_thinking_end|>"),
        *_reserved(0, 904),
    ],
)

_QWEN_SHOWN = [
    *("<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>"),
    *("<|repo_name|>", "<|file_sep|>"),
]
_QWEN3_SHOWN = [*_QWEN_SHOWN, "<tool_response>", "</tool_response>", "<think>", "</think>"]
_QWEN_CONTROL = [
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>"),
    *("<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>"),
    *("<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"),
]


def _headers(start: str, end: str, end_of_turn: str, trim: str = "") -> str:
    # The chat format of Llama 3, which trims what is said, and of Llama 4, which does not; without tools and images.
    return (
        "{{ bos_token }}{% for message in messages %}"
        f"{start}{{{{ message.role }}}}{end}\n\n{{{{ message.content{trim} }}}}{end_of_turn}"
        f"{{% endfor %}}{{% if add_generation_prompt %}}{start}assistant{end}\n\n{{% endif %}}"
    )


def _qwen(shown: list[str], chat: str) -> Published:
    return Published(
        asset="qwen2.5",
        split="qwen2",
        special_tokens=_numbered(151643, _QWEN_CONTROL + shown),
        visible=tuple(shown),
        eos=("<|im_end|>", "<|endoftext|>"),
        pad="<|endoftext|>",
        nfc=True,
        chat=chat,
    )


# Source: openai/tiktoken, meta-llama/llama-models, and the tokenizer files of Qwen2.5 and Qwen3.
PUBLISHED = {
    "gpt2": Published("gpt2", "gpt2", {"<|endoftext|>": 50256}, eos=("<|endoftext|>",)),
    "cl100k": Published("cl100k", "gpt4", _CL100K | {"<|endofprompt|>": 100276}, eos=("<|endoftext|>",)),
    "o200k": Published("o200k", "o200k", {"<|endoftext|>": 199999, "<|endofprompt|>": 200018}, eos=("<|endoftext|>",)),
    "llama3": Published(
        asset="llama3",
        split="llama3",
        special_tokens=_LLAMA3,
        bos="<|begin_of_text|>",
        eos=("<|end_of_text|>", "<|eom_id|>", "<|eot_id|>"),
        pad="<|finetune_right_pad_id|>",
        chat=_headers("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", trim=" | trim"),
    ),
    "llama4": Published(
        asset="llama4",
        split="o200k",
        special_tokens=_LLAMA4,
        bos="<|begin_of_text|>",
        eos=("<|end_of_text|>", "<|eom|>", "<|eot|>"),
        pad="<|finetune_right_pad|>",
        chat=_headers("<|header_start|>", "<|header_end|>", "<|eot|>"),
    ),
    "qwen2.5": _qwen(_QWEN_SHOWN, QWEN25),
    "qwen3": _qwen(_QWEN3_SHOWN, QWEN3),
}
