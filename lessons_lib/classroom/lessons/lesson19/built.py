"""What the course has built: each building exercise beside the part of the library that does the same, and its test."""

from __future__ import annotations

from typing import NamedTuple

from lessons_lib.classroom import registry

# By exercise: the library's part, a file of its tests, and what these hold it against.
PARTS = {
    "linear": ("lessons_lib.layers.Linear", "tests/layers/test_linear.py", "torch"),
    "sampler": ("lessons_lib.generation.Sampler", "tests/generation/test_sampling.py", "transformers"),
    "tokenizer": ("lessons_lib.tokenizer.load_tokenizer", "tests/tokenizer/test_publishers.py", "tiktoken"),
    "word_vectors": ("lessons_lib.vectors.nearest", "tests/vectors/test_similarity.py", "scipy"),
    "attention": ("lessons_lib.layers.attention", "tests/layers/test_attention.py", "torch"),
    "turning": ("lessons_lib.layers.apply_rope", "tests/layers/test_position.py", "transformers"),
    "positions_and_heads": ("lessons_lib.layers.Attention", "tests/layers/test_attention.py", "torch"),
    "my_block": ("lessons_lib.layers.Block", "tests/layers/test_block.py", "torch"),
    "my_model": ("lessons_lib.Transformer", "tests/parity/test_smollm2.py", "transformers"),
    "my_generate": ("lessons_lib.generation.generate", "tests/generation/test_generate.py", "transformers"),
    "clean_corpus": ("lessons_lib.training.data.near_duplicates", "tests/training/test_duplicates.py", "datasketch"),
    "training": ("lessons_lib.training.AdamW", "tests/training/test_optimizers.py", "torch"),
    "my_llama4_block": ("lessons_lib.layers.MixtureOfExperts", "tests/layers/test_moe.py", "transformers"),
    "my_balanced_training": ("lessons_lib.layers.load_balancing_loss", "tests/layers/test_balance.py", "transformers"),
    "my_lora_layer": ("lessons_lib.layers.add_lora", "tests/layers/test_lora.py", "peft"),
    "my_dpo_training": ("lessons_lib.training.Dpo", "tests/training/test_trl.py", "trl"),
    "my_grpo_training": ("lessons_lib.training.Grpo", "tests/training/test_trl_grpo.py", "trl"),
    "my_serve": ("lessons_lib.generation.Engine", "tests/generation/test_engine.py", "generate"),
    "my_harness": ("lessons_lib.evaluation.evaluate", "tests/evaluation/test_beside_lm_eval.py", "lm_eval"),
}


class Built(NamedTuple):
    """One line of the table.

    Attributes:
        lesson: its number.
        title: what was built.
        part: the library's name for it.
        test: the file of its tests.
        against: the program that the tests hold it against; for the engine our own `generate`.
    """

    lesson: str
    title: str
    part: str
    test: str
    against: str


def built() -> list[Built]:
    """The building exercises whose part the library has, in the order of the course."""
    rows = []
    for number, lesson in registry.lessons():
        for exercise in lesson.EXERCISES:
            if exercise.id in PARTS:
                path, test, against = PARTS[exercise.id]
                rows.append(Built(number, exercise.title, path.removeprefix("lessons_lib."), test, against))
    return rows
