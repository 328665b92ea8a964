"""What lesson 18 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="longest_part",
        question="Nothing is kept from an earlier start: Python and libraries are imported, 98 MB of weights are read "
        "and made 8 bits, and the first token is written by code that is compiled for it. Which part takes longest?",
        answer=choice("imports", "weights", "first token"),
    ),
    Prediction(
        id="cheapest_tokens",
        question="Each GPU is full of chats all the time. On which does a million tokens cost least?",
        answer=choice("L4", "L40S", "A100", "H100"),
    ),
    Prediction(
        id="one_queue",
        question="Four replicas are busy 80% of the time. How many times as long is the mean wait if each has a queue "
        "of its own, dealt in turn, as with one queue for all?",
        answer=number(unit="times"),
    ),
    Prediction(
        id="days_on_ten_thousand",
        question="Scout took 5.0 million hours of GPUs. How many days is that on 10,000 of them?",
        answer=number(unit="days"),
    ),
)
