"""What lesson 06 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="slips_that_fit",
        question="Somebody copies the config and gets one line wrong: num_key_value_heads 9, head_dim 32, rope_theta "
        "10,000, rms_norm_eps 0.000001 or max_position_embeddings 2,048. With how many of these five slips do all "
        "weights still fit?",
        answer=number(unit="slips"),
    ),
    Prediction(
        id="no_blocks",
        question="The embedding and the head are real, the blocks and the last norm are dummies that hand on what they "
        "get. Which token does the model rate highest at most places?",
        answer=choice("the token that stands there", "the one that comes most often in English", "a rare one"),
    ),
    Prediction(
        id="no_mask",
        question="A fresh model has lost its mask: every token sees the answers. What is its loss before the first "
        "step of training?",
        answer=choice("clearly below ln V", "about ln V", "clearly above ln V"),
    ),
)
