"""What lesson 01 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="sky_favourite",
        question="The sun is shining, and the sky is ... Which of these will the model find likeliest?",
        answer=choice("blue", "clear", "cloudy", "the word a"),
    ),
    Prediction(
        id="fox_tokens",
        question="The sentence about the fox has 44 characters and 9 words. Into how many tokens does SmolLM2 cut it?",
        answer=number(unit="tokens"),
    ),
    Prediction(
        id="tail_hit",
        question="After our sentence the best 1,000 tokens share 98.8% of the chance. Throw the dart 30 times: "
        "how likely is it to hit one of the other 48,152 at least once?",
        answer=number(unit="%"),
    ),
    Prediction(
        id="hot_top_p",
        question="Top-p 0.9 keeps 132 tokens after our sentence. How many will it keep at a temperature of 2?",
        answer=choice("about as many", "about 500", "several thousand"),
    ),
)
