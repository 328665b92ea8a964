"""What lesson 11b asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="the_busiest",
        question="Nobody balances. If all eight experts were equally busy, each would get 12.5% of the words. How many "
        "percent does a layer's busiest expert get after 100 steps, as a mean of 8 runs?",
        answer=number(unit="%"),
    ),
    Prediction(
        id="which_silence",
        question="A word meets the shared expert and one of eight others. Which of the two will be missed more if it "
        "says nothing any more?",
        answer=choice("the shared expert", "the expert of its own", "both about equally"),
    ),
    Prediction(
        id="what_they_bought",
        question="Three models read the same stories: the mixture; a dense one with as many numbers as a word meets in "
        "the mixture; a dense one with as many as it has in all. Where does the mixture's loss end, after 100 steps?",
        answer=choice(
            "better than both",
            "near the large dense one",
            "between the two",
            "near the small dense one",
            "worse than both",
        ),
    ),
)
