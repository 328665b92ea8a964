"""What lesson 09 asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="why_every_place",
        question="Why can one row of 113 ids give 112 questions at once, although the model must not see the answers?",
        answer="The labels are the row moved by one place, and the causal mask hides from each place all that comes "
        "after it. So each place answers from its own past, as if the text ended there, and one pass does all.",
        section="1. What is asked: the next token, everywhere",
    ),
    InYourWords(
        id="why_divide_by_the_squares",
        question="What does AdamW divide by, and what is that good for?",
        answer="By the root of the running mean of squared gradients, number by number. A number whose gradients are "
        "always tiny then moves as far as one with large gradients, about the learning rate, and one whose gradients "
        "change their sign moves less.",
        section="4. AdamW: each number its own step",
    ),
    InYourWords(
        id="what_a_resume_needs",
        question="What must be saved so that a run goes on bit for bit? And what need not, here?",
        answer="The weights, what the optimisers remember (the running means and the number of steps), the step, the "
        "recipe. Not the place in the data nor the state of random generators: which rows a step reads depends on the "
        "seed and the step alone.",
        section="9. Kill it and go on",
    ),
)
