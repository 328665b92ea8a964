"""The quiz of lesson 00c: answers that can be computed are computed."""

import math

import torch

from lessons_lib.classroom.questions import Question


def even_loss() -> str:
    return f"{-math.log(1 / 4):.2f}"


def slope_with_one_detached() -> str:
    c = torch.tensor(5.0, requires_grad=True)
    (c * c * c.detach()).backward()
    return f"{c.grad:.0f}"


QUIZ = (
    Question(
        "The model with one letter was trained alike but for the learning rate. Here are the losses of its first "
        "batch, and after 10 and 20 steps. Which learning rate was too large?",
        {
            "3.42, 3.25, 3.13": "It falls, and slowly: that was 0.1, on the small side.",
            "3.42, 2.74, 2.54": "Fast down and still falling: that was 1, which fits.",
            "3.42, 1436, 117 billion": "That was 15, too large: the steps lead uphill, each further than the last.",
        },
        "3.42, 1436, 117 billion",
    ),
    Question(
        "A model gives each of 4 letters the same chance. What is its cross entropy, whatever the right answer?",
        {
            "0.25": "That is the chance; the loss is minus its logarithm.",
            "1.39": "-ln(1/4): the loss of knowing nothing about 4 choices.",
            "4.00": "That is the number of choices; e to the power of the loss gives it back.",
        },
        even_loss,
    ),
    Question(
        "You train at ten learning rates and keep the one whose loss on the unread names is lowest. What is that loss?",
        {
            "likely lower than on other new names": "It was picked for being low on just these names. Choose by trial "
            "names, and look at the unread ones once.",
            "what to expect on any new names": "Of ten losses the lowest was kept, and part of why it is low is luck "
            "with these names.",
            "likely higher than on other new names": "Nothing was picked for being high.",
        },
        "likely lower than on other new names",
    ),
    Question(
        "`c` is 5. What is `c.grad` after `(c * c * c.detach()).backward()`?",
        {
            "75": "That is the slope of c · c · c, 3 · 25. Here one of the three is a fixed number.",
            "50": "5 times c · c, where the 5 is fixed, has the slope 5 · 2 · 5.",
            "25": "Only the detached one is out of the notes; each of the other two counts, with 25.",
        },
        slope_with_one_detached,
    ),
    Question(
        "You measure a trained model's loss after `model.eval()`, but not under no_grad. What happens?",
        {
            "The loss is right, and notes are kept for nothing": "They fill memory for a backward that never comes.",
            "The loss is wrong, since dropout is at work": "eval has switched dropout off, with no_grad or without.",
            "The model goes on learning, since notes are kept": "Only a step changes parameters, and nobody calls one.",
        },
        "The loss is right, and notes are kept for nothing",
    ),
    Question(
        "One network of section 5 with a hidden layer, after 1,000 steps and after 3,000: on names that it read its "
        "loss is 2.00, then 1.65; on trial names 2.25, then 2.42. Which do you take to write new names?",
        {
            "the one after 3,000 steps": "It knows what it read by heart; on new names it is the worse of the two.",
            "the one after 1,000 steps": "Trial names are new to it: that loss counts.",
            "either: only the loss on read names moved much": "The two losses answer two questions, and only the "
            "one on trial names is yours.",
        },
        "the one after 1,000 steps",
    ),
    Question(
        "A model's scores became chances by softmax. What is handed to `F.cross_entropy`?",
        {
            "the chances": "It would take them for scores, and softmax them once more.",
            "the logarithms of the right letters' chances": "Those are its result, but for the minus and the mean.",
            "the scores from which softmax made the chances": "It does softmax and logarithm itself, in one.",
        },
        "the scores from which softmax made the chances",
    ),
    Question(
        "Without a hidden layer the score of n is a sum of one part for each letter before. What can that sum not be?",
        {
            "high after o, whatever comes before": "The part of the last letter says so.",
            "highest after j and o together": "Two parts that both raise it do that.",
            "high after one of j and o, low after both or neither": "A sum can't turn back: what each raises alone, "
            "both together raise most.",
        },
        "high after one of j and o, low after both or neither",
    ),
)
