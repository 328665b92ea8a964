"""The quiz of lesson 05: answers that can be computed are computed."""

import torch

from lessons_lib.classroom.lessons.lesson05.block_parameters import my_block_parameters
from lessons_lib.classroom.lessons.lesson05.pre_norm_block import averages
from lessons_lib.classroom.lessons.lesson05.rms_norm import my_rms_norm
from lessons_lib.classroom.questions import Question


def slope_of_three_silent_parts() -> str:
    return f"{(1 + 0.0) ** 3:.0f}"


def rms_of_three_and_four() -> str:
    mean, deviation = 3.0, 4.0
    return f"{(mean**2 + deviation**2) ** 0.5:.0f}"


def after_ten_times_louder() -> str:
    x, one = torch.tensor([1.0, -2.0, 5.0]), torch.ones(3)
    same = torch.allclose(my_rms_norm(x, one, 1e-9), my_rms_norm(10 * x, one, 1e-9))
    return "Nothing" if same else "It is ten times as loud"


def width_that_costs_the_same() -> str:
    C = 768
    return f"{2 * C * 4 * C // (3 * C)}"


def share_of_the_feed_forward_network() -> str:
    C, F, H, G, D = 576, 1536, 9, 3, 64
    share = 3 * C * F / my_block_parameters(C, F, H, G, D, gated=True)
    return "About three quarters" if 0.7 < share < 0.8 else "About half"


def who_changes_in_a_decoder() -> str:
    x = torch.arange(10.0).reshape(5, 2)
    later = x.clone()
    later[-1] += 1
    changed = (averages(x) != averages(later)).any(-1).sum()
    return "Only the last" if changed == 1 else "All five"


QUIZ = (
    Question(
        "Three parts have learned nothing yet: their slopes are 0. What slope does the stream pass through them with?",
        {
            "1": "x + f(x) has the slope 1 + f', so three silent parts give 1 times 1 times 1.",
            "0": "That would be so without adding. A part that adds nothing leaves the stream as it is.",
            "3": "Slopes in a row multiply; they do not add.",
        },
        slope_of_three_silent_parts,
    ),
    Question(
        "The numbers of a vector have the mean 3 and the standard deviation 4. What does RMSNorm divide by?",
        {
            "4": "LayerNorm divides by the standard deviation.",
            "5": "RMS² = mean² + standard deviation²: 9 + 16 = 25.",
            "7": "The two stand at a right angle: their squares add, not they themselves.",
        },
        rms_of_three_and_four,
    ),
    Question(
        "A vector becomes ten times as loud before RMSNorm. What changes behind it?",
        {
            "It is ten times as loud": "Its RMS is ten times as large too, and it is divided by that.",
            "Nothing": "The norm divides by what has grown; only the direction gets through.",
            "It becomes quieter": "Both sides of the fraction grow by the same factor.",
        },
        after_ten_times_louder,
    ),
    Question(
        "A model of width 768 has a feed-forward network of width 3072. How wide is a SwiGLU that costs the same?",
        {
            "3072": "SwiGLU has three matrices, so at the same width it costs half as much again.",
            "1536": "That would be 3/4 of the cost: three matrices of half the size.",
            "2048": "3 * C * F = 2 * C * 4 C, so F = 8/3 C.",
        },
        width_that_costs_the_same,
    ),
    Question(
        "How much of a SmolLM2 block's learned numbers are in its feed-forward network?",
        {
            "About a quarter": "That is attention.",
            "About half": "Its matrices are larger, and shared keys and values make attention's smaller.",
            "About three quarters": "Three matrices of 576 by 1536 against attention's four smaller ones.",
        },
        share_of_the_feed_forward_network,
    ),
    Question(
        "You change the last of five words in a decoder. Whose vectors change?",
        {
            "All five": "In an encoder. In a decoder nobody sees what comes later.",
            "None": "The word itself changes, and it sees itself.",
            "Only the last": "The mask keeps the others from seeing it.",
        },
        who_changes_in_a_decoder,
    ),
    Question(
        "Silencing a neuron that raises the word cold made cold likelier. How can that be?",
        {
            "It raised the rivals more": "Chances are shared. A neuron that raises warm and cool as well can take more "
            "from cold than it gives.",
            "The measurement was wrong": "It can be repeated; the same sentence gives the same chances.",
            "Other neurons were trained to replace it": "Nothing was trained; a number was set to 0.",
        },
        "It raised the rivals more",
    ),
    Question(
        "Training 40 blocks with post-norm stays at the frequencies of the letters. What would you try first?",
        {
            "More data": "It has not used what it has.",
            "Pre-norm, or a warm-up": "Post-norm puts every norm in the stream's way; it needs small first steps, and "
            "pre-norm needs none.",
            "A larger step size": "Large first steps are what it can't stand.",
        },
        "Pre-norm, or a warm-up",
    ),
)
