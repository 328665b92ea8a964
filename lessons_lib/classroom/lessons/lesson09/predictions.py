"""What lesson 09 asks before it shows it."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="first_loss",
        question="The model chooses among 640 tokens, and its weights are random. What will the loss of its first "
        "batch be, in nats a token, to one decimal?",
        answer=number(unit="nats"),
    ),
    Prediction(
        id="what_comes_first",
        question="After a third of the steps, which of the two will more stories have right: the pronoun that goes "
        "with the name, or one thing from beginning to end?",
        answer=choice("the pronoun", "the thing", "both alike"),
    ),
    Prediction(
        id="which_moves_further",
        question="One number has the gradient 100, another 0.01, at every step. AdamW takes three steps at a learning "
        "rate of 0.1. Which number moves further?",
        answer=choice("that with the gradient 100", "that with the gradient 0.01", "both equally far"),
    ),
    Prediction(
        id="without_memory",
        question="A run is killed after 4 of 8 steps. It goes on with the saved weights and the right batches, and "
        "with fresh optimisers. Are its last four losses those of the run that was never killed?",
        answer=choice("all four", "the first of them", "none"),
    ),
)
