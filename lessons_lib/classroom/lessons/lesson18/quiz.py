"""The quiz of lesson 18: answers that can be computed are computed."""

from lessons_lib.classroom.lessons.lesson18.my_bill import my_bill
from lessons_lib.classroom.questions import Question


def _price() -> str:
    dollars, tokens_a_second, busy = 3.60, 1000, 0.1
    return f"{dollars / (3600 * tokens_a_second * busy) * 1e6:g} dollars"


def _chats() -> str:
    memory, weights, cache = 40, 20, 2
    return f"{(0.9 * memory - weights) // cache:g}"


def _starts() -> str:
    return str(my_bill([0, 60, 200], 5, 20, 60)[1])


def _sharded() -> str:
    return f"{16 * 4 / 8:g} GB"


QUIZ = (
    Question(
        text="A GPU costs 3.60 dollars an hour, writes 1,000 tokens a second when it is full, and is full a tenth of "
        "the time, else idle. What does a million tokens cost?",
        choices={
            "1 dollars": "That is the price if it is always full.",
            "0.1 dollars": "Idle time makes tokens dearer, not cheaper.",
            "10 dollars": "Right: 1 dollar if always full, and a tenth of the tokens share the same rent.",
        },
        answer=_price,
    ),
    Question(
        text="A GPU has 40 GB, of which 90% may be used. Weights take 20 GB, a chat's cache 2 GB. How many chats fit?",
        choices={
            "8": "Right: 36 GB may be used, 16 are left beside the weights.",
            "10": "The other tenth of the memory is taken.",
            "18": "The weights lie there, too.",
        },
        answer=_chats,
    ),
    Question(
        text="A container's first token takes a minute, 55 seconds of which are compiling. Which change helps most?",
        choices={
            "smaller weights": "Reading them is among the other five seconds.",
            "keeping the compiled code": "Right: it is by far the largest part. That is seen by measuring the parts.",
            "a faster network": "It was not said to be in the minute at all.",
        },
        answer="keeping the compiled code",
    ),
    Question(
        text="Requests come at seconds 0, 60 and 200. Each is 5 seconds of work, a cold start takes 20, and a machine "
        "stops 60 seconds after its last answer. How many cold starts are there?",
        choices={
            "3": "At second 60 the machine still runs: its answer at 25 keeps it until 85.",
            "1": "The second answer, at 65, keeps it until 125.",
            "2": "Right: at 0 and at 200.",
        },
        answer=_starts,
    ),
    Question(
        text="Why is one queue before four replicas better than a queue before each?",
        choices={
            "no replica is idle while somebody waits": "Right: whoever is free takes the next.",
            "it makes each answer shorter": "The work is the same; the waits are shorter.",
            "it needs less memory": "Those who wait need little in either way.",
        },
        answer="no replica is idle while somebody waits",
    ),
    Question(
        text="4 billion weights are trained with AdamW in 32 bits: 16 bytes each. How much of that does each of 8 "
        "workers keep with FSDP?",
        choices={
            "64 GB": "That is all of it, which each worker keeps with DDP.",
            "8 GB": "Right: an eighth of weights, gradients and both means.",
            "2 GB": "That is an eighth of the weights alone.",
        },
        answer=_sharded,
    ),
)
