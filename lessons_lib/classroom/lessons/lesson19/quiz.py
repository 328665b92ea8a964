"""The quiz of lesson 19: answers that can be computed are computed."""

from lessons_lib.classroom.lessons.lesson19.count_it import my_count
from lessons_lib.classroom.lessons.lesson19.dbrx import small
from lessons_lib.classroom.questions import Question


def _longer_context() -> str:
    before = small(8)
    after = before | {"max_seq_len": 2 * before["max_seq_len"]}
    return "The cache of a full text" if my_count(before) == my_count(after) else "?"


QUIZ = (
    Question(
        text="A config has a key that you don't know. You leave it out, and the model opens without an error. What "
        "follows?",
        choices={
            "The key changes nothing": "A bound on queries has no tensor: nothing can be missing, and scores differ.",
            "The key is about training": "Perhaps. Its name is no proof.",
            "Nothing yet": "Right: the model's code tells, or scores beside another program's where the key is felt.",
        },
        answer="Nothing yet",
    ),
    Question(
        text="Two known libraries agree with each other and not with yours. What do you do first?",
        choices={
            "Change one thing at a time until yours agrees": "Right: that names the line to look up. Who is right, the "
            "published file and its code decide.",
            "Do as they do, since two won't share a fault": "They may: one is often written after the other.",
            "Ask a third library, and let most of them decide": "A third may be written after them, too, and a vote "
            "names no line.",
            "Keep yours, since it follows the file": "As you have read it. Then nothing could prove you wrong.",
        },
        answer="Change one thing at a time until yours agrees",
    ),
    Question(
        text="DBRX's max_seq_len becomes twice as large. What grows?",
        choices={
            "The parameters, by a longer table of places": "It has no such table: its queries and keys are turned.",
            "What one token leaves behind in each layer": "That is a key and a value for each shared head, however "
            "long the text.",
            "The cache of a full text": "Right: more tokens, each of which leaves as much as before.",
            "Nothing": "A full text has twice as many tokens, and each leaves something.",
        },
        answer=_longer_context,
    ),
    Question(
        text="A model has open weights, and nothing else of it is published. What can't you find out?",
        choices={
            "How many parameters a token meets": "The config and the shapes of the tensors say that.",
            "How sure it is of a wrong answer": "It can be asked, as lesson 14 does.",
            "Whether a test was in its text": "Right: for that the text is needed. A suspicion is all that is left.",
            "How fast it writes on your own machine": "Run it and measure.",
        },
        answer="Whether a test was in its text",
    ),
    Question(
        text="Your project's page says: “Done when the answers look good”. What is missing?",
        choices={
            "A second person who looks at the answers, too": "Two may be pleased as easily as one, where nothing was "
            "fixed before.",
            "A number, a rival and a bound": "Right, and written before: otherwise any result can be called a success.",
            "Questions that are chosen when results are there": "They can be chosen so that they please.",
        },
        answer="A number, a rival and a bound",
    ),
    Question(
        text="The share of she behind nurse has a narrow interval far from one half. What does that settle?",
        choices={
            "That the model harms nurses": "That depends on what is built with it, and nobody looked at that.",
            "That the texts it read are unfair": "The texts were not counted, and the model need not copy them.",
            "That a larger model does the same": "One model was asked.",
            "What it does in such sentences": "Right, and no more. Other sentences, languages and uses need "
            "measurements of their own.",
        },
        answer="What it does in such sentences",
    ),
)
