"""The quiz of lesson 06: answers that can be computed are computed."""

import math
import struct
from dataclasses import replace

from lessons_lib import ModelConfig
from lessons_lib.classroom.lessons.lesson06.decode_q4_1 import my_block
from lessons_lib.classroom.questions import Question
from lessons_lib.config import costs


def what_fits_all_the_same() -> str:
    smol = ModelConfig.preset("smollm2-135m")
    slips = {"hidden_size": 640, "rope_theta": 10000.0, "num_key_value_heads": 9}
    wrong = {field: replace(smol, **{field: value, "head_dim": 64}) for field, value in slips.items()}
    return next(field for field, config in wrong.items() if costs.num_parameters(config) == 134_515_008)


def fresh_loss() -> str:
    return f"{math.log(32000):.1f}"


def work_of_one_token() -> str:
    return f"About {costs.flops_per_token(ModelConfig.preset('tinyllama-1.1b')) / 1e9:.0f} billion"


def weights_of_a_byte() -> str:
    weights = my_block(struct.pack("<2e", 0.5, -2.0) + bytes([0, 0x3A]) + bytes(14))
    return f"Weight 1 is {weights[1]:g} and weight 17 is {weights[17]:g}".replace("-", "−")


def cache_of_llama_2() -> str:
    two, mistral = (ModelConfig.preset(name) for name in ("llama-2-7b", "mistral-7b-v0.1"))
    return f"{costs.kv_cache_bytes(two, 1000) // costs.kv_cache_bytes(mistral, 1000)} times as large"


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
        "A fresh model with a vocabulary of 32,000 shows a loss of 7.2 before the first step of training. What now?",
        {
            "Look for a leak of the answers": "A model that knows nothing pays ln 32,000, about 10.4. Less means "
            "that it sees what it should guess.",
            "Good, it has a head start": "It has seen nothing yet, so it can't know anything. Where would a head "
            "start come from?",
            "The weights are too loud": "Then the loss would be above ln V: sure of nonsense.",
        },
        "Look for a leak of the answers",
    ),
    Question(
        "And what should its loss have been?",
        {
            "32000": "That is the perplexity: e to the loss.",
            "10.4": "ln 32,000: every token is equally likely.",
            "0.0": "That would be somebody who knows everything.",
        },
        fresh_loss,
    ),
    Question(
        "How many FLOPs does TinyLlama, 1.1 billion parameters, need for an early token of a text?",
        {
            "About 1 billion": "Each number of a matrix is multiplied and added: two operations.",
            "About 2 billion": "Two for each number in a matrix; the embedding, which is only looked up, is left out.",
            "About 4 billion": "Attention is still cheap at the start of a text.",
        },
        work_of_one_token,
    ),
    Question(
        "A tied model is trained on a text of 20 tokens. Which rows of its one matrix get a gradient?",
        {
            "The rows of the tokens read": "That is the path through the embedding. There is a second one.",
            "The rows of the tokens that should have come": "They are pulled up; what about those that should not "
            "have come?",
            "All rows": "Through the head every token is either pulled up or pushed down.",
        },
        "All rows",
    ),
    Question(
        "A block of Q4_1 has d = 0.5 and m = −2. The second of its 16 bytes is 0x3a, that is 10 in the low half and 3 "
        "in the high half. What does it say?",
        {
            "Weight 1 is 3 and weight 17 is −0.5": "0.5 · 10 − 2 and 0.5 · 3 − 2; low halves come first, high halves "
            "16 places later.",
            "Weight 2 is 3 and weight 3 is −0.5": "The halves of a byte are not neighbours in this format.",
            "Weight 1 is −0.5 and weight 17 is 3": "The low half belongs to the earlier weight.",
        },
        weights_of_a_byte,
    ),
    Question(
        "Beside the reference, your scores are equal at position 0 and differ everywhere else. What do you suspect?",
        {
            "The embedding": "Then position 0 would be off too.",
            "The head": "It works on each position alone and would spare none.",
            "The layout of the rotation": "Position 0 is not turned, so it is right with any layout.",
        },
        "The layout of the rotation",
    ),
    Question(
        "Llama 2 7B has 32 key/value heads, Mistral 7B has 8; layers and head width are equal. How large is the KV "
        "cache of Llama 2 for 1,000 tokens, beside Mistral's?",
        {
            "4 times as large": "2 · L · G · D numbers a token, and only G differs.",
            "The same, for both have 7 billion parameters": "The cache holds keys and values, not parameters.",
            "16 times as large": "Keys and values are counted once each; the ratio is that of G.",
        },
        cache_of_llama_2,
    ),
)
