"""An exercise of lesson 09b: how wide a plain feed-forward network is that costs what a gated one costs."""

from lessons_lib.classroom.exercises import Exercise


def my_plain_width(C, F):
    wanted = 3 * C * F  # gate, up and down
    return round((wanted - C) / (2 * C + 1))  # two matrices, F biases between them and C behind


def plain_width_without_biases(C, F):
    """It looks as if only the matrices were counted: three halves of F. The plain network also has a bias behind each
    of its matrices, one as long as the new width and one of C numbers."""
    return round(3 * F / 2)


def plain_width_with_one_bias(C, F):
    """It looks as if the result was rounded up, or as if the second matrix's bias was forgotten, which comes to the
    same here. That bias has C numbers; and of the whole numbers on both sides, the nearer count is asked for."""
    return round(3 * C * F / (2 * C + 1))


def plain_width_with_the_other_bias(C, F):
    """It looks as if the first matrix's bias was forgotten: it is as long as the new width."""
    return round((3 * C * F - C) / (2 * C))


def plain_width_cut(C, F):
    """It looks as if the result was rounded down, or as if the bias of C numbers was counted twice, which comes to the
    same here. Of the whole numbers on both sides, the nearer count is asked for."""
    return int((3 * C * F - C) / (2 * C + 1))


def plain_width_the_same(C, F):
    """It looks as if the width stays. Then the plain network has one matrix less, and the race is between a large and a
    small model."""
    return F


def plain_width_backwards(C, F):
    """It looks as if the plain network became narrower. It has two matrices where the gated one has three, so it is
    wider."""
    return max(1, round(2 * F / 3))


PLAIN_WIDTH = Exercise(
    id="plain_width",
    title="As many numbers in two matrices as in three",
    difficulty=1,
    minutes=8,
    kind="transfer",
    contract="whole numbers C and F of a gated network without biases (gate and up, each [F, C], and down, [C, F]), to "
    "the width of a plain network with biases whose number of parameters is nearest to it: up [width, C] and down "
    "[C, width], each with a bias as long as its output. The width is a whole number.",
    cases=((1, 1), (2, 10), (3, 4), (4, 5), (5, 3), (7, 2), (16, 40), (64, 176), (576, 1536)),
    tried="tiny ones by hand, ones that round up and ones that round down, that of our track, and SmolLM2's",
    hints=(
        "The gated network has 3 * C * F numbers.",
        "The plain one of width w has C * w + w + w * C + C. Solve for w, and round to the nearest.",
    ),
    solution=my_plain_width,
    mistakes=(
        plain_width_without_biases,
        plain_width_with_one_bias,
        plain_width_with_the_other_bias,
        plain_width_cut,
        plain_width_the_same,
        plain_width_backwards,
    ),
)
