"""TRL with PEFT, for `benchmarks.tuning`: its trainers as they come, on rows of given tokens."""

from __future__ import annotations

import time
from tempfile import TemporaryDirectory
from typing import Any

import datasets
import psutil
import tokenizers
from peft import LoraConfig
from transformers import PreTrainedTokenizerFast, PrinterCallback, TrainerCallback
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer

from benchmarks.peers import twin
from benchmarks.process import peak_memory
from benchmarks.tuning import END, RANK, RATE, STEPS, Size, Steps, Watch, marked, settings, triples, worth
from lessons_lib.layers.lora import PROJECTIONS
from lessons_lib.model import Transformer

TRAINERS = {"SFT": (SFTConfig, SFTTrainer), "DPO": (DPOConfig, DPOTrainer), "GRPO": (GRPOConfig, GRPOTrainer)}
USUAL = {
    "max_steps": STEPS + 1,
    "learning_rate": RATE,
    "lr_scheduler_type": "constant",
    "logging_steps": 1,
    "report_to": [],
    "use_cpu": True,
    "bf16": False,
    "activation_checkpointing": False,
    "disable_tqdm": True,
    "save_strategy": "no",
}


def trl(model: Transformer, subject: str, size: Size) -> Steps:
    """Some steps of TRL's trainer, on a twin of our model."""
    datasets.disable_progress_bars()
    config, trainer = TRAINERS[subject]
    rows, changes = _given(subject, size)
    listener, watch = _Listener(), Watch()
    adapter = LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules=list(PROJECTIONS), task_type="CAUSAL_LM")
    with TemporaryDirectory() as folder:
        made = trainer(
            model=twin(model),
            args=config(output_dir=folder, **USUAL | changes),
            train_dataset=datasets.Dataset.from_list(rows),
            processing_class=_words(),
            peft_config=adapter,
            callbacks=[listener],
            **({"reward_funcs": _judge} if subject == "GRPO" else {}),
        )
        if subject == "GRPO":
            made._generate_single_turn = watch(made._generate_single_turn)
        made.remove_callback(PrinterCallback)  # standard output is for the sample
        before = psutil.Process().memory_info().rss
        made.train()
    return Steps(listener.seconds, watch.seconds, listener.losses, peak_memory() - before)


def _given(subject: str, size: Size) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The rows of a trainer, and its settings."""
    made = triples(size)
    if subject == "SFT":
        rows = [marked(asked, told) for asked, told, _ in made]
        labelled = [
            {"input_ids": ids, "labels": [i if named else -100 for i, named in zip(ids, mask, strict=True)]}
            for ids, mask in rows
        ]
        return labelled, {"per_device_train_batch_size": size.conversations}
    names = ("prompt", "chosen", "rejected")
    texts = [dict(zip(names, map(_text, triple), strict=True)) for triple in made]
    if subject == "DPO":
        return texts, {"per_device_train_batch_size": size.pairs, "precompute_ref_log_probs": True}
    same = settings(size)
    return [{"prompt": row["prompt"]} for row in texts], {
        "per_device_train_batch_size": size.problems * size.answers,
        "num_generations": same.num_generations,
        "max_completion_length": same.max_completion_length,
        "generation_kwargs": {"min_new_tokens": same.max_completion_length},
    }


def _judge(completion_ids: list[list[int]], **_: Any) -> list[float]:
    return [worth(ids) for ids in completion_ids]


def _words() -> PreTrainedTokenizerFast:
    """A tokenizer whose words are numbers, so that any tokens are a text."""
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel({_word(n): n for n in range(49152)}, unk_token=_word(1)))
    made.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token=_word(END), eos_token=_word(END))


def _text(ids: list[int]) -> str:
    return " ".join(map(_word, ids))


def _word(token: int) -> str:
    return f"<{token}>"


class _Listener(TrainerCallback):
    """Takes the seconds and the loss of each step."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.losses: list[float] = []

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        self.start = time.perf_counter()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.seconds.append(time.perf_counter() - self.start)

    def on_log(self, *_: Any, logs: dict[str, float], **__: Any) -> None:
        self.losses += [logs["loss"]] if "loss" in logs else []
