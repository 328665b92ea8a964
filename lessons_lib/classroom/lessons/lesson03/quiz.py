"""The quiz of lesson 03: answers that can be computed are computed."""

import numpy as np

from lessons_lib.classroom.lessons.lesson03.negative_sampling import my_negative_sampling
from lessons_lib.classroom.lessons.lesson03.shared import rows
from lessons_lib.classroom.questions import Question
from lessons_lib.vectors import cosine_similarity, load_glove


def alike_or_not() -> str:
    glove = load_glove()
    some = glove.vectors[np.random.default_rng(0).integers(5000, size=(2, 300))]  # [2, 300, C]
    usual = cosine_similarity(*some).mean()
    return "Less alike than two random words" if usual > 0.22 + 0.05 else "A little alike"


def rows_with_a_slope() -> str:
    import torch

    table = torch.randn(5, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)  # [V, C]
    (table[[1, 3]] @ table.T).sum().backward()
    return "All rows" if table.grad.any(1).all() else "The rows of the tokens that were read"


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
        "In GloVe, of frequent words, king and banana have the cosine 0.22. What does that say?",
        {
            "A little alike": "It would if unlike words had 0. Here two random frequent words have about 0.3.",
            "Less alike than two random words": "Two random frequent words have about 0.3: a cosine is read beside its "
            "baseline.",
            "Neither alike nor unlike": "A right angle would be 0; what counts is what other pairs of words have.",
        },
        alike_or_not,
    ),
    Question(
        "SmolLM2's table is tied. It is trained on one sentence of twelve tokens. Which rows of the table get a slope?",
        {
            "The rows of the tokens that were read": "So it would be if the table were only read.",
            "The rows of the tokens that came next": "They are to score higher, and what else?",
            "All rows": "Every row scores at every place, and the wrong ones are to score lower.",
        },
        rows_with_a_slope,
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
        "Why is hot so near to cold in vectors that were learned from company?",
        {
            "The same words stand around both": "The weather, the water, the tea is hot or cold: the same "
            "company pulled both.",
            "They often stand side by side": "That can add to it, but even words that never met are near if they keep "
            "the same company.",
            "Both are short and frequent": "The method sees no letters, and frequent words differ widely.",
        },
        "The same words stand around both",
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
            "How many numbers a vector has": "More of them help, but 63% means nothing yet without its questions.",
            "What was asked, and what could answer": "The same vectors got from 15% to 100%, by relation alone.",
            "Whether distance or cosine was used": "For vectors of length 1 both give the same order.",
        },
        "What was asked, and what could answer",
    ),
    Question(
        "In the last layer the two kinds of bank differ by 0.17. Why is that no sign of two meanings?",
        {
            "Four sentences are too few": "They are few, but one thing speaks against it more directly.",
            "The last layer has no vector of bank": "It has one, of the last token, like each layer.",
            "Bridge and house differ there as much": "Words without two such meanings differ by 0.11 to 0.16 there; at "
            "layer 8 by 0.05 at most, where bank has 0.14.",
        },
        "Bridge and house differ there as much",
    ),
)
