"""What lesson 18 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="longest_part",
        question="Nothing is kept from an earlier start: Python and libraries are imported, a file of 98 MB is "
        "read and its weights kept in 8 bits, and the first token is written by code that is compiled for it. Which "
        "part takes longest?",
        answer=choice("imports", "weights", "first token"),
    ),
    Prediction(
        id="cheapest_tokens",
        question="Each GPU is full of chats all the time. On which does a million tokens cost least?",
        answer=choice("L4", "L40S", "A100", "H100"),
    ),
    Prediction(
        id="one_queue",
        question="Four replicas are busy 80% of the time. How many times as long is the mean wait if requests are "
        "dealt in turn, to a queue for each, as with one queue for all?",
        answer=number(unit="times"),
    ),
    Prediction(
        id="days_on_ten_thousand",
        question="Scout took 5.0 million hours of GPUs. How many days is that on 10,000 of them?",
        answer=number(unit="days"),
    ),
)
