"""The quiz of lesson 04c: answers are computed."""

import torch

from lessons_lib.classroom.questions import Question


def read_by_query_head() -> str:
    return f"{int(torch.arange(3).repeat_interleave(12 // 3)[6])}"


def reach_of_a_window() -> str:
    from lessons_lib.layers import sliding_window_mask

    step, reach = sliding_window_mask(99, 99, 5).float(), torch.eye(99)
    for _ in range(4):
        reach = step @ reach
    return f"{int((reach[-1] > 0).sum())}"


def shrunk_by() -> str:
    return f"{torch.tensor(2.0 - 3.0).exp():.2f}"


QUIZ = (
    Question(
        text="12 query heads share 3 key/value heads, all counted from 0. Which of these does query head 6 read?",
        choices={
            "2": "That would be 6 // 3. A group has 12 / 3 = 4 query heads.",
            "0": "That would be 6 % 3, the order of repeat. Neighbours share.",
            "1": "Right: 6 // 4 = 1. Neighbours share: query heads 4 to 7 read it.",
            "All three": "Each query head reads one.",
        },
        answer=read_by_query_head,
    ),
    Question(
        text="Each layer has a window of 5. From how many tokens, itself included, can the last of 99 tokens have "
        "heard after 4 layers?",
        choices={
            "5": "That is one layer. The tokens that it sees have themselves looked back.",
            "17": "Right: 1 + 4 · 4. Each layer reaches 4 further back.",
            "20": "A token sees itself and 4 others, so a layer adds 4, not 5.",
            "99": "Word travels by 4 tokens a layer.",
        },
        answer=reach_of_a_window,
    ),
    Question(
        text="Looking block by block, the largest score so far is 2. The next block's largest is 3. By what are the "
        "sum and the mix so far multiplied, before the block is added?",
        choices={
            "1.00": "They were formed with 2 subtracted from each score; from now on 3 is.",
            "0.37": "Right: e to the power 2 - 3. What was formed with 2 subtracted now has 3 subtracted.",
            "2.72": "That is e to the power 3 - 2: what is old would grow, and overflow in the end.",
            "0.67": "Scores are subtracted in the exponent, not divided.",
        },
        answer=shrunk_by,
    ),
    Question(
        text="Query heads share key/value heads. Which of these becomes smaller?",
        choices={
            "What is kept of the text": "Right: keys and values are kept, and there are fewer of them.",
            "The table of scores": "Each query head has a row of scores of its own, as before.",
            "The number of queries": "It stays: that is why many different looks are left.",
            "The multiplications for each key that is seen": "Each query head still multiplies D numbers for the score "
            "and D for the value.",
        },
        answer="What is kept of the text",
    ),
    Question(
        text="A text grows from 4,000 to 8,000 tokens, and there is no window. How much more looking is there for its "
        "last token, and for the whole text?",
        choices={
            "Twice as much, and twice as much": "Twice as many tokens look, and each at twice as many keys on average.",
            "Four times, and four times": "The last token sees twice as many keys, and no more.",
            "As much as before, and twice as much": "The last token sees all keys, and there are twice as many.",
            "Twice as much, and four times": "Right: twice the keys for each token, and twice the tokens.",
        },
        answer="Twice as much, and four times",
    ),
)
