"""What appendix B1 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="state_pays_from",
        question="The tables of one layer's state in Qwen3-Next are 32 of 128 x 128 numbers, in 32 bits. A layer "
        "with attention keeps 2 keys and 2 values of 256 numbers for each token, in 16 bits. From about how many "
        "tokens on are the tables the smaller of the two?",
        answer=choice("100", "1,000", "10,000", "100,000"),
    ),
    Prediction(
        id="chunk_price",
        question="Chunks of 64 tokens, K = V = 128: how many times as many multiplications does a token take as in "
        "steps, one token at a time?",
        answer=number(unit="times"),
    ),
    Prediction(
        id="which_is_lost",
        question="64 facts go into a state of 32 rows by the delta rule, each written whole and without decay. Then "
        "the state is asked with their own keys. Which facts are lost most?",
        answer=choice("the first ones", "the last ones", "all alike"),
    ),
)
