"""The quiz of lesson 03: answers that can be computed are computed."""

import numpy as np

from lessons_lib.classroom.lessons.lesson03.all_cosines import my_cosines
from lessons_lib.classroom.lessons.lesson03.negative_sampling import my_negative_sampling
from lessons_lib.classroom.lessons.lesson03.shared import rows
from lessons_lib.classroom.questions import Question


def cosine_of_a_longer_vector() -> str:
    [[cosine]] = my_cosines(rows((1.0, 2.0)), rows((5.0, 10.0)))
    return f"It stays {cosine:.0f}"


def two_ones() -> str:
    table = rows((1, 2), (3, 4), (5, 6))
    return "Row 0 plus row 2" if np.array_equal(rows(1, 0, 1) @ table, table[0] + table[2]) else "Row 1"


def sure_pair() -> str:
    v = rows(1.0, 0.0)
    sure, unsure = (
        my_negative_sampling(v, real, rows((0.0, 0.0)), 1.0) - v for real in (rows(6.0, 0.0), rows(0.5, 0.0))
    )
    return (
        "It hardly moves v"
        if np.linalg.norm(sure) < np.linalg.norm(unsure)
        else "It moves v further than an unsure one"
    )


QUIZ = (
    Question(
        "A vector is made five times as long. What is its cosine with the vector it was?",
        {
            "It stays 1": "The cosine divides by both lengths: only the direction counts.",
            "It becomes 5": "So would the ratio of the lengths; a cosine is never above 1.",
            "It falls to 0.2": "The length cancels, whichever way it changes.",
        },
        cosine_of_a_longer_vector,
    ),
    Question(
        "The row (1, 0, 1) is multiplied with an embedding matrix of three rows. What comes out?",
        {
            "Two rows, 0 and 2": "A row times a matrix is one row.",
            "Row 0 plus row 2": "A weighted sum of the rows, with the weights 1, 0 and 1.",
            "Row 1": "That would be (0, 1, 0).",
        },
        two_ones,
    ),
    Question(
        "The columns of what SmolLM2 reads were shuffled, in all rows alike. Why did its loss rise so much?",
        {
            "The words lost their neighbours": "No cosine between two rows changes.",
            "The table no longer fitted the tokenizer": "Each id still picked the row of its own token.",
            "Its layers had learned to read the old columns": "For the rows among themselves the order of the columns "
            "means nothing; for what was trained on them it means everything.",
        },
        "Its layers had learned to read the old columns",
    ),
    Question(
        "In word2vec a real pair already has the chance 0.998. What does its step do?",
        {
            "It hardly moves v": "The pull is what is missing to 1, here 0.002.",
            "It moves v further than an unsure one": "The pull is 1 minus the chance: the surer, the smaller.",
            "It pushes v away": "Only random words push.",
        },
        sure_pair,
    ),
    Question(
        "Questions about opposites are answered worst of all nine relations. What reason did the lesson measure?",
        {
            "Opposites lie too close together": "Countries lie as close to their capitals, and these do well.",
            "Their words are too rare": "Hot and cold, good and bad, big and small are frequent.",
            "Their steps have no common direction": "The mean cosine of the steps is 0.08; of nationalities, 0.82.",
        },
        "Their steps have no common direction",
    ),
    Question(
        "Someone reports that word vectors got 63% of analogies right. What must you ask?",
        {
            "How long the training took": "That says something about cost, not about what 63% means.",
            "Which questions, which list of words, were query words allowed": "The same vectors got from 15% to "
            "100%, by relation alone.",
            "Whether the vectors were scaled to length 1": "That is part of the method, and it is the usual one.",
        },
        "Which questions, which list of words, were query words allowed",
    ),
    Question(
        "At which layer do the four banks of section 10 have one and the same vector?",
        {
            "At layer 0, the table": "All four have the same id, so they read the same row.",
            "At the last layer": "There they differ most clearly in kind.",
            "At none": "They begin with the same row.",
        },
        "At layer 0, the table",
    ),
)
