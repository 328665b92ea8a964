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
        "says nothing any more, in all layers at once?",
        answer=choice("the shared expert", "the expert of its own", "both about equally"),
    ),
    Prediction(
        id="what_they_bought",
        question="The three mixtures of section 3 (no balance, the loss, the bias) race a dense model with as many "
        "numbers as they have in all. How many of the three are settled to end better than it, after 100 steps?",
        answer=choice("none", "one", "two", "all three"),
    ),
)
