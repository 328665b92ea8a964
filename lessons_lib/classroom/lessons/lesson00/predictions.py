"""What lesson 00 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="australia",
        question="The capital of Australia is Canberra. Which word will a small language model write after "
        "“The capital of Australia is”?",
        answer=choice("the word Canberra", "the word Melbourne", "the word Sydney"),
    ),
    Prediction(
        id="sorted_right",
        question="The rules sorted 6 of the 12 new messages rightly. How many will the learned filter sort rightly?",
        answer=number(unit="of the 12"),
    ),
    Prediction(
        id="bytes_per_token",
        question="The model's numbers fill some bytes, and it has read some tokens. How many bytes are there for each "
        "token that it has read?",
        answer=choice("about 4, as many as the token's letters need", "about a tenth", "about a ten-thousandth"),
    ),
)
