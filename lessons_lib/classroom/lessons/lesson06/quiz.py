"""The quiz of lesson 06: answers that can be computed are computed."""

from dataclasses import replace

import numpy as np

from lessons_lib import ModelConfig
from lessons_lib.classroom.questions import Question
from lessons_lib.config import costs


def what_fits_all_the_same() -> str:
    smol = ModelConfig.preset("smollm2-135m")
    slips = {"hidden_size": 640, "rope_theta": 10000.0, "num_key_value_heads": 9}
    wrong = {field: replace(smol, **{field: value, "head_dim": 64}) for field, value in slips.items()}
    return next(field for field, config in wrong.items() if costs.num_parameters(config) == 134_515_008)


def bits_of_minus_one() -> str:
    (number,) = (np.frombuffer(bytes([0x80, 0xBF]), "<u2").astype(np.uint32) << 16).view(np.float32)
    return f"{number:g}".replace("-", "−")


def weights_of_a_byte() -> str:
    low, high = 0x3A & 15, 0x3A >> 4
    return f"Weight 1 is {0.5 * low - 2:g} and weight 17 is {0.5 * high - 2:g}".replace("-", "−")


QUIZ = (
    Question(
        "Somebody copies SmolLM2's config and gets one line wrong. Which slip will the weights fit all the same?",
        {
            "hidden_size": "Almost every matrix has it in its shape.",
            "rope_theta": "It is in no shape. The model runs, and turns its queries and keys by other angles.",
            "num_key_value_heads": "The key and value matrices have G times D rows.",
        },
        what_fits_all_the_same,
    ),
    Question(
        "Embedding, all blocks and the head are real; the last norm is still a dummy. The loss on an ordinary "
        "sentence is",
        {
            "far above ln V": "The stream behind the last block is long, so the scores are huge, and the model is sure "
            "of the wrong tokens.",
            "about ln V": "That would be a model that finds all tokens equally likely, such as the one with dummies "
            "alone.",
            "hardly above that of the finished model": "A norm looks harmless, but the head was trained to read what "
            "it gives and not what it gets.",
        },
        "far above ln V",
    ),
    Question(
        "A fresh model with a vocabulary of 32,000 shows a loss of 7.2 before the first step of training. What now?",
        {
            "Look for a leak of the future in the mask": "Random weights can't use what they see: with a leak the loss "
            "is about ln 32,000, 10.4, as without.",
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
            "the tokens have been learned by heart": "No batch comes twice, so there is nothing to learn by heart.",
            "the learning rate was well chosen": "No learning rate can make random tokens predictable.",
            "the model sees what it should predict": "Nothing that came before says what comes next here. Only the "
            "answer itself does.",
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
            "the layout of the rotation": "It fits: position 0 is not turned, and sees itself alone.",
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
