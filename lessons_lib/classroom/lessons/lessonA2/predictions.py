"""The question at the end of each topic of appendix A2."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(id="log_of_an_eighth", question="Without a calculator: what is log₂ ⅛?", answer=number()),
    Prediction(
        id="right_angles",
        question="Two vectors stand at right angles. One of them becomes ten times as long. What is their dot product?",
        answer=number(),
    ),
    Prediction(
        id="shape_of_scores",
        question="Four tokens, each a vector of 576 numbers, meet a matrix with a column for each of the 49,152 tokens "
        "of the vocabulary. What shape have their scores?",
        answer=choice("[576, 576]", "[4, 49152]", "[4, 576]"),
    ),
    Prediction(
        id="turned_alike",
        question="Two vectors of length 1 stand at 50° and 20°, two others at 90° and 60°. Which two have the larger "
        "dot product?",
        answer=choice("the first two", "the second two", "neither"),
    ),
    Prediction(
        id="eight_sides",
        question="A fair die has eight sides. What is the entropy of a throw?",
        answer=number(unit="bits"),
    ),
    Prediction(
        id="knowing_nothing",
        question="A model gives all 49,152 tokens the same chance. What is its perplexity?",
        answer=number(),
    ),
    Prediction(
        id="half_the_error",
        question="The standard error shall become half as large. How many times as many runs does that take?",
        answer=number(unit="times"),
    ),
    Prediction(id="slope_of_a_chain", question="What is the slope of (3x)² in x, at x = 1?", answer=number()),
)
