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


def _shared() -> str:
    step = {chats: 1 + 0.01 * chats for chats in (1, 10)}  # what a step reads; the weights are 1
    times = (step[10] / 10) / step[1]
    return "about a tenth" if abs(times - 0.1) < 0.02 else f"{times:g}"


QUIZ = (
    Question(
        text="A GPU costs 3.60 dollars an hour, writes 1,000 tokens a second when it is full, and is full a tenth of "
        "the time, else idle. What does a million tokens cost?",
        choices={
            "1 dollar": "That is the price if it is always full.",
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
        text="One matrix of a layer is too large for a GPU. Which cut lets several GPUs multiply by it, none of which "
        "ever holds it whole?",
        choices={
            "pipeline parallelism": "There a GPU keeps whole layers, so this one would still be too large.",
            "tensor parallelism": "Right: each GPU has a part of the matrix, and all multiply at once.",
            "data parallelism": "There each worker holds the whole model.",
        },
        answer="tensor parallelism",
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
        text="A GPU writes for 10 chats at a time in place of 1; their caches together are as large as a tenth of the "
        "weights. Reading is the wall. What becomes of the price of a token?",
        choices={
            "about a tenth": "Right: the weights are read once for all ten, and the caches add a tenth.",
            "the same": "One reading of the weights now gives ten tokens, and the hour costs the same.",
            "ten times as much": "The hour costs the same, and more tokens come in it.",
        },
        answer=_shared,
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
