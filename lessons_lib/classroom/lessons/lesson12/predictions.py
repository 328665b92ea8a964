"""What lesson 12 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="cards_by_asking",
        question="The untuned model is shown two examples first, as earlier turns. Of the 20 prompts, how many does it "
        "answer with a card?",
        answer=number(unit="of 20"),
    ),
    Prediction(
        id="first_slopes",
        question="Before the first step B is zero and A is random. Which of the two has a slope?",
        answer=choice("A alone", "B alone", "both", "neither"),
    ),
    Prediction(
        id="how_many_learn",
        question="An adapter of rank 8 stands beside all seven matrices of the upper ten of 30 layers. How many "
        "percent of the model's numbers are in it?",
        answer=number(unit="%"),
    ),
    Prediction(
        id="after_no_end",
        question="A run leaves the end token out of the mask. The loss falls as ever. Of the 20 answers, how many are "
        "cards and nothing else?",
        answer=number(unit="of 20"),
    ),
)
