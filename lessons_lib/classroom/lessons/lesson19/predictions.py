"""What lesson 19 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="new_key",
        question="Which of these keys changes the scores and stands for something that no lesson has shown you?",
        answer=choice("clip_qkv", "moe_loss_weight", "moe_top_k", "resid_pdrop"),
    ),
    Prediction(
        id="who_is_wrong",
        question="One thing at a time is changed. With which change do the two programs agree?",
        answer=choice("no bound", "base 10,000", "RMSNorm", "shares not divided", "gate and up exchanged"),
    ),
    Prediction(
        id="unseen_bound",
        question="Now the bound is the published 8, and a careless loader leaves it out. At how many of the 82 "
        "places is its next token another one than theirs?",
        answer=number(unit="places"),
    ),
    Prediction(
        id="farmer",
        question="Behind farmer: what share has she on average, of she and he together?",
        answer=choice("below 0.4", "between 0.4 and 0.6", "above 0.6"),
    ),
)
