"""The quiz of lesson 06: answers that can be computed are computed."""

from dataclasses import replace

import numpy as np
import torch

from lessons_lib import ModelConfig, Transformer
from lessons_lib.checkpoint.parity import first_difference
from lessons_lib.classroom.questions import Question
from lessons_lib.config import costs


def what_fits_all_the_same() -> str:
    smol = ModelConfig.preset("smollm2-135m")
    heads = {
        "18 heads, 3 key/value heads, each 32 wide": (18, 3, 32),
        "3 heads, 1 key/value head, each 192 wide": (3, 1, 192),
    }
    heads["9 heads, 9 key/value heads, each 64 wide"] = (9, 9, 64)
    fields = ("num_attention_heads", "num_key_value_heads", "head_dim")
    wrong = {name: replace(smol, **dict(zip(fields, sizes, strict=True))) for name, sizes in heads.items()}
    return next(name for name, config in wrong.items() if costs.num_parameters(config) == costs.num_parameters(smol))


def first_to_differ() -> str:
    """Code that turns neighbours beside code that turns halves, with the same rows."""
    sizes = {"vocab_size": 11, "hidden_size": 12, "intermediate_size": 8, "num_hidden_layers": 1, "head_dim": 6}
    config = ModelConfig(**sizes, num_attention_heads=2, initializer_range=0.5)
    torch.manual_seed(0)
    sound, ill = (Transformer(replace(config, rope_pairing=pairing)) for pairing in ("half", "interleaved"))
    ill.load_state_dict(sound.state_dict())
    with torch.no_grad():
        found = first_difference(ill, sound, torch.tensor([[1, 2, 3, 4]]))
    return found.first.part.split(".")[-1] if found else "none"


def bits_of_minus_one() -> str:
    (number,) = (np.frombuffer(bytes([0x80, 0xBF]), "<u2").astype(np.uint32) << 16).view(np.float32)
    return f"{number:g}".replace("-", "−")


def weights_of_a_byte() -> str:
    low, high = 0x3A & 15, 0x3A >> 4
    return f"Weight 1 is {0.5 * low - 2:g} and weight 17 is {0.5 * high - 2:g}".replace("-", "−")


QUIZ = (
    Question(
        "SmolLM2 has 9 heads and 3 key/value heads, each 64 wide. Which wrong config do its weights fit all the same?",
        {
            "18 heads, 3 key/value heads, each 32 wide": "Keys would have 3 · 32 = 96 rows and not 192.",
            "3 heads, 1 key/value head, each 192 wide": "3 · 192 = 576 and 1 · 192 = 192, as before. It loads, and is "
            "another model.",
            "9 heads, 9 key/value heads, each 64 wide": "Keys would have 9 · 64 = 576 rows and not 192.",
        },
        what_fits_all_the_same,
    ),
    Question(
        "All tensors are right, sorted for code that turns i with i + D/2. But the code turns neighbours. Which part "
        "of block 0 is the first that differs from the reference?",
        {
            "q_proj": "Its rows are right, and it gives its numbers before they are turned. It would differ if the "
            "rows stood in another order.",
            "o_proj": "Queries and keys are turned behind q_proj and k_proj, in no part with a name. The next that has "
            "one is o_proj.",
            "input_layernorm": "Nothing has been turned there.",
        },
        first_to_differ,
    ),
    Question(
        "A fresh model with a vocabulary of 32,000 shows a loss of 7.2 before the first step of training. What now?",
        {
            "Look for a leak of the future in the mask": "Random weights can't use what they see: with a leak "
            "there the loss is about ln 32,000, 10.4, as without.",
            "Nothing: it has a lucky start": "Four seeds lay within a few hundredths of ln V. This is 3 below.",
            "Look at the weights, the targets and the mean": "Weights that are not fresh, targets that are the tokens "
            "read, padding counted as 0: these lower it.",
        },
        "Look at the weights, the targets and the mean",
    ),
    Question(
        "You train a small model on random tokens, and each batch is new. After 80 steps the loss is far below "
        "ln V. Then",
        {
            "the model sees what it should predict": "Nothing that came before says what comes next here. Only the "
            "answer itself does.",
            "the tokens have been learned by heart": "No batch comes twice, so there is nothing to learn by heart.",
            "the model has learned which tokens are frequent": "All are equally frequent: that gives ln V.",
        },
        "the model sees what it should predict",
    ),
    Question(
        "A tensor of a safetensors file is BF16, and its first two bytes are 80 and bf, in base 16. (As float32, 1 is "
        "3f800000 and −1 is bf800000.) Its first number is",
        {
            "1": "The sign is the first bit of the number, and b begins with a 1.",
            "−1": "The lowest byte comes first, so the bits are bf80, and behind them come 16 zeros: bf800000.",
            "0": "That would be the bytes 00 and 00.",
        },
        bits_of_minus_one,
    ),
    Question(
        "A block of Q4_1 has d = 0.5 and m = −2. The second of its 16 bytes of levels is 0x3a: 10 in the low half, 3 "
        "in the high half. What does it say?",
        {
            "Weight 2 is 3 and weight 3 is −0.5": "The halves of a byte are not neighbours in this format.",
            "Weight 1 is −0.5 and weight 17 is 3": "The low half belongs to the earlier weight.",
            "Weight 1 is 3 and weight 17 is −0.5": "0.5 · 10 − 2 and 0.5 · 3 − 2; low halves come first, high halves "
            "16 places later.",
        },
        weights_of_a_byte,
    ),
    Question(
        "Beside the reference, q_proj, k_proj and v_proj of block 0 agree and o_proj is the first part to differ. "
        "Position 0 is right, all others are wrong, the last one too. Which fault is ruled out?",
        {
            "the scale of the scores": "It fits: position 0 sees itself alone, with weight 1 whatever its score.",
            "code that turns neighbours": "It fits: position 0 is not turned, and sees itself alone.",
            "a wrong matrix o_proj": "It would spare no position, so it is ruled out.",
        },
        "a wrong matrix o_proj",
    ),
    Question(
        "While loading, the tensors of k_proj and v_proj of one block change places. What does a strict loader say?",
        {
            "Nothing": "All names are there, and both have the shape [G · D, C]. Only numbers can show it.",
            "That a name is missing": "Both names are there, each once.",
            "That two shapes do not fit": "Both have the shape [G · D, C].",
        },
        "Nothing",
    ),
)
