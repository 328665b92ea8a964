"""The quiz of lesson 17: answers that can be computed are computed."""

from lessons_lib.classroom.lessons.lesson17.my_bucket import my_bucket
from lessons_lib.classroom.lessons.lesson17.my_events import my_events
from lessons_lib.classroom.questions import Question


def _steps() -> str:
    lengths, free = [4, 4, 4, 4], [0, 0]
    for length in lengths:
        slot = free.index(min(free))
        free[slot] += length
    static = max(lengths[:2]) + max(lengths[2:])
    return "none" if static == max(free) else f"{static - max(free)} steps"


def _share() -> str:
    writing, most, prompt = 3, 16, 30
    return f"{3 * 1 + min(prompt, most - writing)}: 3 and {min(prompt, most - writing)}"


def _complete() -> str:
    return str(len(my_events([b"data: a\n\ndata: b\n", b"data: c"])[0]))


def _seen() -> str:
    old, position = range(9), 2
    return ("none", "one", "two", "three")[sum(at <= position for at in old)]


def _queue() -> str:
    waiting, end_in_a_second = 24, 2
    return f"{waiting / end_in_a_second:g} seconds"


def _wait() -> str:
    return f"{my_bucket([(0, 'a', 10), (2, 'a', 5)], 10, 1)[1]:g} seconds"


QUIZ = (
    Question(
        text="Two slots, and four texts of 4 tokens each, all there from the start. How much does continuous batching "
        "gain over static batches?",
        choices={
            "8 steps": "Static batches take 8 steps: that would be all of the work.",
            "4 steps": "Both texts of a batch end in the same step, so no slot ever stands empty.",
            "none": "Right: the gain comes from texts of different lengths, and from those that come later.",
        },
        answer=_steps,
    ),
    Question(
        text="A step has at most 16 rows. Three texts are being written, and a prompt of 30 tokens has come. How many "
        "rows has the next step?",
        choices={
            "33: 3 and 30": "Then the three texts wait for a step twice as large. The prompt is cut.",
            "16: 3 and 13": "Right: the writers first, and the prompt gets the 13 rows that are left.",
            "4: one each": "The rows that nobody needs are the prompt's.",
        },
        answer=_share,
    ),
    Question(
        text="A stream begins with the bytes `data: a`, an empty line, `data: b`, one line break, and then the next "
        "piece. How many events are complete before that piece?",
        choices={
            "1": "Right: the second has its line, and not yet the empty line that ends it.",
            "2": "An event ends with an empty line. More data may follow for the second.",
            "0": "The first is complete: an empty line stands behind it.",
        },
        answer=_complete,
    ),
    Question(
        text="A text of 9 tokens has left slot 1, and nobody forgot it. A new text is read there, and has come to "
        "position 2. How many keys of the old text does this row see?",
        choices={
            "none": "The mask asks for slot and position only, and the old keys have the same slot.",
            "all nine": "A row sees positions up to its own, whoever wrote them.",
            "three": "Right: those at the positions 0, 1 and 2, beside its own text's.",
        },
        answer=_seen,
    ),
    Question(
        text="A bucket holds 10 tokens and gains one a second. At second 0 somebody takes 10, and at second 2 asks for "
        "5. How long must they wait?",
        choices={
            "5 seconds": "Two have come in since.",
            "3 seconds": "Right: two are there, and three are missing.",
            "8 seconds": "That is until it is full. Five are enough.",
        },
        answer=_wait,
    ),
    Question(
        text="24 people wait for a slot, first come, first served, and 2 texts end in a second. About how long does "
        "the one who came last wait?",
        choices={
            "24 seconds": "Then one text would end in a second.",
            "12 seconds": "Right: all 24 need a slot, and two slots become free in a second.",
            "half a second": "So long lie between two ends. 23 people are before them.",
        },
        answer=_queue,
    ),
)
