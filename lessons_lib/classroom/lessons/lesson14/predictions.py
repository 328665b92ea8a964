"""What lesson 14 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="better_by_bits",
        question="On the same text the counter has a perplexity of 8 a letter, and SmolLM2 one several times larger a "
        "token. Which of the two knows the text better?",
        answer=choice("the counter of letters", "SmolLM2", "they are equally good"),
    ),
    Prediction(
        id="changed_picks",
        question="300 questions, five choices each. On how many does another choice win if likelihoods are divided by "
        "the choice's bytes?",
        answer=number(unit="questions"),
    ),
    Prediction(
        id="questions_needed",
        question="One model is right on 60% of all questions that one could ask, another on 65%. How many questions "
        "does each have to be asked, so that the difference is found four times of five?",
        answer=number(unit="questions"),
    ),
    Prediction(
        id="judge_says_a",
        question="Sixty pairs of a right and a wrong answer, each shown in both orders. How often of 120 does "
        "SmolLM2 call A the better one?",
        answer=number(unit="times"),
    ),
)
