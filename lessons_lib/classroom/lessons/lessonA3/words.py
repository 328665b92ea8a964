"""What appendix A3 asks for in the learner's own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="where_to_look",
        question="A traceback has twenty arrows, most of them in torch. Where do you look first, and why?",
        answer="At the last line, which says what went wrong. Then at the last arrow in code of your own, since those "
        "below it show code that many people use every day, and from there upwards: the lowest line at which what came "
        "in was right is the one to mend.",
        section="1. Read it from below",
    ),
    InYourWords(
        id="what_says_nothing",
        question="Name three mistakes in training that raise no error. By which number or line would you find each?",
        answer="Slopes that are never cleared: print a slope in two rounds on the same batch. Dropout left on: the "
        "same input twice, and compare. An optimiser of other parameters: compare a parameter before and after a step. "
        "Each takes two lines, so look before a long run.",
        section="6. Training",
    ),
)
