"""The quiz of lesson 05: answers that can be computed are computed."""

import torch
import torch.nn.functional as F

from lessons_lib.classroom.lessons.lesson05.rolling_slots import my_slots
from lessons_lib.classroom.questions import Question


def squares_in_16_bits() -> str:
    loud = torch.tensor([20_000.0, 3.0]).half()
    return "All are 0" if not (loud / loud.square().mean().sqrt()).any() else "Of the size 1"


def slope_of_three_parts() -> str:
    return f"{(1 - 0.5) * (1 + 0.0) * (1 + 1.0):g}"


def rms_of_mean_and_deviation() -> str:
    numbers = torch.tensor([6.0 - 8, 6.0 + 8])  # mean 6, standard deviation 8
    return f"{numbers.square().mean().sqrt():.0f}"


def left_of_a_negative_gate() -> str:
    added = F.silu(torch.tensor(-1.0)) * 4
    return "A little, with the sign turned" if -1.2 < added < -1 else "Nothing"


def width_that_costs_the_same() -> str:
    C = 768
    return f"{2 * C * 4 * C // (3 * C):,}"


def slot_of_the_next() -> str:
    before, after = my_slots(10, 4), my_slots(11, 4)
    (changed,) = [slot for slot in range(4) if before[slot] != after[slot]]
    return f"Token {before[changed]}"


QUIZ = (
    Question(
        text="Three parts on one number have the slopes -0.5, 0 and 1. Each adds to the stream. How many times as"
        " far as the beginning does the end move, for a small step?",
        choices={
            "0": "That is the product if they replace the stream. With adding each has 1 more.",
            "0.5": "That is the sum of the slopes. Slopes in a row multiply, here 0.5, 1 and 2.",
            "1": "Right: 0.5 · 1 · 2.",
            "3.5": "That is 0.5 + 1 + 2. Slopes in a row multiply.",
        },
        answer=slope_of_three_parts,
    ),
    Question(
        text="One number of a token's vector is 20,000, and an RMSNorm computes all in float16, squares too. What are "
        "the token's numbers after it?",
        choices={
            "All are 0": "Right: the square is infinite there, so is the root, and a number divided by infinity is 0.",
            "All are infinite": "The squares' mean is, and by its root the numbers are divided.",
            "Of the size 1": "So they would be with the mean in 32 bits, where 20,000² fits.",
            "As they were": "A norm divides by the root of the mean square, whatever that is.",
        },
        answer=squares_in_16_bits,
    ),
    Question(
        text="A vector's numbers have the mean 6 and the standard deviation 8. What does RMSNorm divide them by?",
        choices={
            "6": "That is the mean.",
            "8": "That is what LayerNorm divides by, after it has taken the mean away.",
            "14": "Their squares add, and not they themselves.",
            "10": "Right: 36 + 64 is 100.",
        },
        answer=rms_of_mean_and_deviation,
    ),
    Question(
        text="A SwiGLU neuron's gate is asked and answers -1; up answers 4. What does it add to the stream?",
        choices={
            "Nothing: the gate is shut": "So it would be with ReLU. silu(-1) is -0.27.",
            "A little, with the sign turned": "Right: -0.27 · 4 is -1.08 times its column.",
            "Four times its column": "The gate multiplies what up says.",
            "Minus four times its column": "That would be a gate that is not bent.",
        },
        answer=left_of_a_negative_gate,
    ),
    Question(
        text="A model of width 768 has a plain feed-forward network of width 3,072. How wide is a SwiGLU of as many "
        "numbers?",
        choices={
            "2,048": "Right: 3 · 768 · F = 2 · 768 · 3,072.",
            "3,072": "With three matrices that is half as many again.",
            "1,536": "Three matrices of half the width are three quarters.",
            "4,608": "SwiGLU has a matrix more, so it is narrower, not wider.",
        },
        answer=width_that_costs_the_same,
    ),
    Question(
        text="A model is built without a norm behind its last block. Where does a stream reach the head that no norm "
        "has touched?",
        choices={
            "In post-norm and in pre-norm": "In post-norm the stream has just gone through the norm of the last layer.",
            "In post-norm": "There each layer ends with a norm on the stream.",
            "In pre-norm": "Right: its norms stand beside the stream, which no norm has touched till then.",
            "In neither": "In pre-norm nothing else normalises the stream.",
        },
        answer="In pre-norm",
    ),
    Question(
        text="A rolling cache has four slots. Tokens 0 to 9 were read. Which token does token 10 overwrite?",
        choices={
            "Token 9": "That is its neighbour, which it still looks at.",
            "Token 7": "With token 10 itself the window holds 7, 8, 9, 10.",
            "Token 0": "It was overwritten by token 4.",
            "Token 6": "Right: 10 and 6 leave the same rest, and 6 has just left the window.",
        },
        answer=slot_of_the_next,
    ),
    Question(
        text="In front of one feed-forward network and its norm only the vector of token 1, of tokens 0 to 4, points "
        "another way. Which results of the network change?",
        choices={
            "That of token 1": "Right: each token is widened, bent and narrowed alone.",
            "Those of tokens 1 to 4": "That would be attention that looks back. Here no token looks at another.",
            "All five": "That would be attention without a mask.",
            "None: the norm takes it away": "What a norm takes away is another length. The direction it hands on.",
        },
        answer="That of token 1",
    ),
)
