"""The exercises and the quiz of lesson 05: the parts of a transformer block and how they are wired.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.questions import Question


def grid(*rows: tuple[float, ...]) -> Tensor:
    """A matrix from its rows."""
    return torch.tensor(rows, dtype=torch.float32)


# 1. RMSNorm


def my_rms_norm(x, weight, eps):
    mean_square = (x * x).mean(-1, keepdim=True)
    return x / (mean_square + eps) ** 0.5 * weight


def rms_norm_takes_the_mean_away(x, weight, eps):
    """It looks as if you took the mean away first. That is LayerNorm; RMSNorm leaves the mean where it is."""
    centred = x - x.mean(-1, keepdim=True)
    return centred / ((centred * centred).mean(-1, keepdim=True) + eps) ** 0.5 * weight


def rms_norm_divides_by_the_length(x, weight, eps):
    """It looks as if you divided by the length of the vector. The squares are averaged, not summed."""
    return x / ((x * x).sum(-1, keepdim=True) + eps) ** 0.5 * weight


def rms_norm_over_everything(x, weight, eps):
    """It looks as if all tokens share one size. Each token has its own: take the mean over the last axis, with
    keepdim=True."""
    return x / ((x * x).mean() + eps) ** 0.5 * weight


def rms_norm_over_the_first_axis(x, weight, eps):
    """It looks as if you averaged over the tokens. The mean is over the numbers of one token, the last axis."""
    return x / ((x * x).mean(0, keepdim=True) + eps) ** 0.5 * weight


def rms_norm_eps_outside(x, weight, eps):
    """It looks as if eps stands outside the root. Inside, as here, it counts for small vectors only; outside it
    changes every result a little."""
    return x / ((x * x).mean(-1, keepdim=True) ** 0.5 + eps) * weight


def rms_norm_without_the_root(x, weight, eps):
    """It looks as if the root is missing: divide by the root of the mean square."""
    return x / ((x * x).mean(-1, keepdim=True) + eps) * weight


def rms_norm_without_weight(x, weight, eps):
    """It looks as if the weight is missing: each coordinate is multiplied by its own at the end."""
    return x / ((x * x).mean(-1, keepdim=True) + eps) ** 0.5


RMS_NORM = Exercise(
    id="rms_norm",
    title="RMSNorm",
    difficulty=1,
    minutes=5,
    contract="x [..., C], weight [C] and a small eps to [..., C]: each vector divided by the root of its mean square "
    "plus eps, then multiplied by the weight.",
    cases=(
        (torch.tensor([-1.0, 7.0, -1.0, 7.0]), torch.ones(4), 1e-5),
        (torch.tensor([3.0, 4.0]), torch.tensor([1.0, 2.0]), 1e-5),
        (torch.zeros(3), torch.ones(3), 1e-5),
        (torch.tensor([0.1, -0.2, 0.2]), torch.ones(3), 0.01),
        (grid((1, 1, 2), (10, 20, 20)), torch.tensor([1.0, 0.5, -1.0]), 1e-5),
        (torch.arange(1.0, 13.0).reshape(2, 3, 2), torch.ones(2), 1e-5),
    ),
    tried="one token and several, a vector of zeros, a large eps, and weights",
    hints=(
        "Three steps: square, average over the last axis, take the root.",
        "x.mean(-1, keepdim=True) keeps the axis, so that its result divides x.",
        "eps is added to the mean of the squares, before the root.",
    ),
    solution=my_rms_norm,
    mistakes=(
        rms_norm_takes_the_mean_away,
        rms_norm_divides_by_the_length,
        rms_norm_over_everything,
        rms_norm_over_the_first_axis,
        rms_norm_eps_outside,
        rms_norm_without_the_root,
        rms_norm_without_weight,
    ),
)


# 2. SwiGLU


def my_swiglu(x, gate, up, down):
    opened = F.silu(x @ gate.T)
    return (opened * (x @ up.T)) @ down.T


def swiglu_bends_the_other(x, gate, up, down):
    """It looks as if you bent the answers of up. It is the gate that goes through silu."""
    return ((x @ gate.T) * F.silu(x @ up.T)) @ down.T


def swiglu_bends_both(x, gate, up, down):
    """It looks as if both went through silu. Only the gate is bent; what up says may be negative."""
    return (F.silu(x @ gate.T) * F.silu(x @ up.T)) @ down.T


def swiglu_adds(x, gate, up, down):
    """It looks as if you added the gate to the answer. A gate multiplies."""
    return (F.silu(x @ gate.T) + x @ up.T) @ down.T


def swiglu_with_sigmoid(x, gate, up, down):
    """It looks as if the gate went through sigmoid alone. silu(z) is z times sigmoid(z)."""
    return (torch.sigmoid(x @ gate.T) * (x @ up.T)) @ down.T


def swiglu_with_relu(x, gate, up, down):
    """It looks as if you bent with ReLU, which makes ReGLU. silu lets a little through below zero."""
    return (torch.relu(x @ gate.T) * (x @ up.T)) @ down.T


def swiglu_bends_the_product(x, gate, up, down):
    """It looks as if you multiplied first and bent afterwards. The gate is bent before it is multiplied."""
    return F.silu((x @ gate.T) * (x @ up.T)) @ down.T


SWIGLU = Exercise(
    id="swiglu",
    title="SwiGLU",
    difficulty=1,
    minutes=7,
    contract="x [T, C], gate [F, C], up [F, C] and down [C, F] to [T, C]: down(silu(gate(x)) * up(x)).",
    cases=(
        (grid((1,)), grid((2,)), grid((-3,)), grid((1,))),
        (grid((1, -1)), grid((1, 0), (0, 1), (2, 1)), grid((0, 1), (1, 1), (1, -1)), grid((1, 0, 2), (0, 1, -1))),
        (grid((0, 0)), grid((1, 0), (0, 1), (2, 1)), grid((0, 1), (1, 1), (1, -1)), grid((1, 0, 2), (0, 1, -1))),
        (grid((2, 1), (-1, 3), (0.5, -2)), grid((1, -1)), grid((-1, 0.5)), grid((1,), (2,))),
    ),
    tried="one neuron by hand, closed and open gates, and several tokens",
    hints=(
        "Three matrices, each used once. A matrix has one row for each output, so multiply by its transpose.",
        "x @ gate.T and x @ up.T are both [T, F].",
        "torch.nn.functional.silu bends the first of them; multiply element by element; then down.",
    ),
    solution=my_swiglu,
    mistakes=(
        swiglu_bends_the_other,
        swiglu_bends_both,
        swiglu_adds,
        swiglu_with_sigmoid,
        swiglu_with_relu,
        swiglu_bends_the_product,
    ),
)


# 3. one neuron


def my_neuron(x, gate, up, down, i):
    strength = F.silu(gate[i] @ x) * (up[i] @ x)
    return strength * down[:, i]


def neuron_reads_a_column(x, gate, up, down, i):
    """It looks as if you took row i of down. A row gathers all neurons for one coordinate; what one neuron writes is
    a column, down[:, i]."""
    return F.silu(gate[i] @ x) * (up[i] @ x) * down[i]


def neuron_without_up(x, gate, up, down, i):
    """It looks as if only the gate was asked. The neuron has two questions, and their answers are multiplied."""
    return F.silu(gate[i] @ x) * down[:, i]


def neuron_without_bend(x, gate, up, down, i):
    """It looks as if the gate is not bent: it goes through silu."""
    return (gate[i] @ x) * (up[i] @ x) * down[:, i]


def neuron_only_strength(x, gate, up, down, i):
    """It looks as if you returned how strongly the neuron answers. What it adds is that number times its column."""
    return F.silu(gate[i] @ x) * (up[i] @ x)


def neuron_all(x, gate, up, down, i):
    """It looks as if you returned what all neurons add together: keep number i alone."""
    return my_swiglu(x, gate, up, down)


def neuron_swapped(x, gate, up, down, i):
    """It looks as if gate and up have changed places: it is the gate that goes through silu."""
    return (gate[i] @ x) * F.silu(up[i] @ x) * down[:, i]


SQUARE_DOWN = grid((1, 0, 2), (0, 1, -1), (3, 2, 1))
ONE_NEURON = Exercise(
    id="one_neuron",
    title="One neuron's note",
    difficulty=2,
    minutes=8,
    contract="x [C], gate [F, C], up [F, C], down [C, F] and a neuron 0 <= i < F to [C]: what this neuron alone adds "
    "to the stream.",
    cases=(
        (torch.tensor([1.0]), grid((2,)), grid((-3,)), grid((1,)), 0),
        (torch.tensor([1.0, -1.0]), grid((1, 0), (0, 1), (2, 1)), grid((0, 1), (1, 1), (1, -1)), SQUARE_DOWN[:2], 2),
        (torch.tensor([1.0, -1.0]), grid((1, 0), (0, 1), (2, 1)), grid((0, 1), (1, 1), (1, -1)), SQUARE_DOWN[:2], 0),
        (torch.tensor([1.0, 2.0, -1.0]), SQUARE_DOWN, -SQUARE_DOWN.T, SQUARE_DOWN, 1),
    ),
    tried="one neuron by hand, the first, a middle and the last of three",
    hints=(
        "Two questions to x: the dot products with row i of gate and with row i of up.",
        "silu of the first times the second is one number, how strongly the neuron answers.",
        "That number multiplies column i of down.",
    ),
    solution=my_neuron,
    mistakes=(
        neuron_reads_a_column,
        neuron_without_up,
        neuron_without_bend,
        neuron_only_strength,
        neuron_all,
        neuron_swapped,
    ),
)


# 4. wiring


def my_pre_norm_block(x, attend, think, norm1, norm2):
    x = x + attend(norm1(x))
    return x + think(norm2(x))


def block_overwrites_the_stream(x, attend, think, norm1, norm2):
    """It looks as if the norm overwrites the stream. Only what a part reads is normalised: what it is added to is x
    as it was."""
    x = norm1(x)
    x = x + attend(x)
    x = norm2(x)
    return x + think(x)


def block_is_post_norm(x, attend, think, norm1, norm2):
    """It looks as if the norms stand after the additions. That is the post-norm block of 2017."""
    x = norm1(x + attend(x))
    return norm2(x + think(x))


def block_without_adding(x, attend, think, norm1, norm2):
    """It looks as if nothing is added: each part's result must be added to the stream."""
    return think(norm2(attend(norm1(x))))


def block_parallel(x, attend, think, norm1, norm2):
    """It looks as if both parts read the same x. The second reads the stream after the first was added to it."""
    return x + attend(norm1(x)) + think(norm2(x))


def block_thinks_of_x_alone(x, attend, think, norm1, norm2):
    """It looks as if the second addition forgets the first: what attention added must still be in the result."""
    return x + think(norm2(x + attend(norm1(x))))


def block_norms_what_is_added(x, attend, think, norm1, norm2):
    """It looks as if you normalised what the parts give. In a pre-norm block it is what they read."""
    x = x + norm1(attend(x))
    return x + norm2(think(x))


def block_uses_one_norm(x, attend, think, norm1, norm2):
    """It looks as if both parts read through the first norm. Each has its own, with its own weights."""
    x = x + attend(norm1(x))
    return x + think(norm1(x))


def averages(x: Tensor) -> Tensor:
    """Attention that looks at everything before it alike."""
    return x.cumsum(0) / torch.arange(1, len(x) + 1)[:, None]  # [T, C]


def squares(x: Tensor) -> Tensor:
    """A feed-forward network that bends."""
    return x * x - 1


def unit_rms(x: Tensor) -> Tensor:
    """RMSNorm with weights of 1."""
    return x / (x * x).mean(-1, keepdim=True) ** 0.5


def double_rms(x: Tensor) -> Tensor:
    """RMSNorm with weights of 2."""
    return 2 * unit_rms(x)


PRE_NORM_BLOCK = Exercise(
    id="pre_norm_block",
    title="Wire a pre-norm block",
    difficulty=2,
    minutes=10,
    contract="x [T, C] and four functions from [T, C] to [T, C] (attend, think, and the norm before each) to [T, C].",
    cases=(
        (grid((3, 4)), averages, squares, unit_rms, double_rms),
        (grid((1, 7), (7, -1)), averages, squares, unit_rms, double_rms),
        (grid((0.5, 2, -1), (3, 1, 2), (-2, 4, 1)), averages, torch.tanh, double_rms, unit_rms),
    ),
    tried="one token and several, two kinds of part, and two norms of different weight",
    hints=(
        "The stream x is never replaced by its norm. It is only added to.",
        "First attention: x = x + attend(norm1(x)).",
        "Then the same with think and norm2, reading the new x.",
    ),
    solution=my_pre_norm_block,
    mistakes=(
        block_overwrites_the_stream,
        block_is_post_norm,
        block_without_adding,
        block_parallel,
        block_thinks_of_x_alone,
        block_norms_what_is_added,
        block_uses_one_norm,
    ),
)


# 5. counting


def my_block_parameters(C, F, H, G, D, gated):
    attention = C * H * D + 2 * C * G * D + H * D * C
    feed_forward = (3 if gated else 2) * C * F
    return attention + feed_forward + 2 * C


def parameters_without_grouping(C, F, H, G, D, gated):
    """It looks as if keys and values have H heads. They have G, and that is what grouping saves."""
    return 4 * C * H * D + (3 if gated else 2) * C * F + 2 * C


def parameters_with_square_attention(C, F, H, G, D, gated):
    """It looks as if you took H * D for C. The heads together may be wider or narrower than the stream."""
    return 2 * C * C + 2 * C * G * D + (3 if gated else 2) * C * F + 2 * C


def parameters_forget_the_gate(C, F, H, G, D, gated):
    """It looks as if the feed-forward network always has two matrices. With a gate it has three."""
    return 2 * C * H * D + 2 * C * G * D + 2 * C * F + 2 * C


def parameters_always_gated(C, F, H, G, D, gated):
    """It looks as if the feed-forward network always has three matrices. Without a gate it has two."""
    return 2 * C * H * D + 2 * C * G * D + 3 * C * F + 2 * C


def parameters_without_norms(C, F, H, G, D, gated):
    """It looks as if the norms are missing: each of the two has a weight of C numbers."""
    return 2 * C * H * D + 2 * C * G * D + (3 if gated else 2) * C * F


def parameters_with_one_norm(C, F, H, G, D, gated):
    """It looks as if you counted one norm. Each part has its own."""
    return 2 * C * H * D + 2 * C * G * D + (3 if gated else 2) * C * F + C


def parameters_without_output(C, F, H, G, D, gated):
    """It looks as if attention's output matrix is missing: after the heads, H * D numbers go back to C."""
    return C * H * D + 2 * C * G * D + (3 if gated else 2) * C * F + 2 * C


BLOCK_PARAMETERS = Exercise(
    id="block_parameters",
    title="Count a block",
    difficulty=2,
    minutes=12,
    contract="C, F, H, G, D (whole numbers) and gated (True or False) to the number of learned numbers in one block "
    "without biases, with two RMSNorms.",
    cases=(
        (2, 3, 1, 1, 2, False),
        (4, 6, 2, 1, 2, True),
        (6, 16, 2, 2, 5, True),
        (576, 1536, 9, 3, 64, True),
        (4096, 14336, 32, 8, 128, True),
    ),
    tried="with and without a gate, shared keys, heads wider than the stream, SmolLM2 and Mistral 7B",
    hints=(
        "Four matrices in attention: queries, keys, values, output. A matrix from n to m numbers has n * m.",
        "Queries and output are C times H * D; keys and values are C times G * D.",
        "The feed-forward network has two matrices of C * F, or three with a gate; each norm has C.",
    ),
    solution=my_block_parameters,
    mistakes=(
        parameters_without_grouping,
        parameters_with_square_attention,
        parameters_forget_the_gate,
        parameters_always_gated,
        parameters_without_norms,
        parameters_with_one_norm,
        parameters_without_output,
    ),
)


# 6. folding


def my_fold(matrix, weight, bias):
    return matrix * weight, matrix @ bias


def fold_scales_rows(matrix, weight, bias):
    """It looks as if the weight scales the rows. It belongs to the inputs, which are the columns."""
    return matrix * weight[:, None] if len(matrix) == len(weight) else matrix * weight.mean(), matrix @ bias


def fold_divides(matrix, weight, bias):
    """It looks as if you divided by the weight. The new matrix has to do what the weight did: multiply."""
    return matrix / weight, matrix @ bias


def fold_scales_the_bias_too(matrix, weight, bias):
    """It looks as if you sent the bias through the new matrix. The norm adds its bias after the weight, so the weight
    must not touch it."""
    return matrix * weight, (matrix * weight) @ bias


def fold_forgets_the_matrix(matrix, weight, bias):
    """It looks as if the new bias is not sent through the matrix. The old bias had C numbers and stood before it; the
    new one stands behind it."""
    return matrix * weight, bias


def fold_without_bias(matrix, weight, bias):
    """It looks as if the bias is lost: whatever the norm adds must come out behind the matrix."""
    return matrix * weight, torch.zeros(len(matrix))


def fold_multiplies_matrices(matrix, weight, bias):
    """It looks as if you made a matrix product with the weight, which leaves one number for each output. The weight
    scales each column by its own number."""
    return matrix @ weight, matrix @ bias


FOLD_NORM = Exercise(
    id="fold_norm",
    title="Make the norm's weight disappear",
    difficulty=3,
    minutes=15,
    contract="matrix [O, C], the norm's weight [C] and bias [C] to (new matrix [O, C], new bias [O]), so that "
    "(n * weight + bias) @ matrix.T equals n @ new_matrix.T + new_bias for every n.",
    cases=(
        (grid((1, 2)), torch.tensor([3.0, 5.0]), torch.tensor([0.0, 0.0])),
        (grid((1, 2)), torch.tensor([3.0, 5.0]), torch.tensor([1.0, -1.0])),
        (grid((1, 2), (3, 4)), torch.tensor([2.0, -1.0]), torch.tensor([0.5, 1.0])),
        (grid((1, 0, 2), (0, 1, -1)), torch.tensor([2.0, 0.5, 4.0]), torch.tensor([1.0, 2.0, 3.0])),
    ),
    tried="one output and several, square and not, with and without a bias",
    hints=(
        "Write out one output: sum over j of matrix[o, j] * (n[j] * weight[j] + bias[j]).",
        "Sort it into what is multiplied with n[j] and what is left.",
        "What is multiplied with n[j] is matrix[o, j] * weight[j]; what is left is the matrix times the bias.",
    ),
    solution=my_fold,
    mistakes=(
        fold_scales_rows,
        fold_divides,
        fold_scales_the_bias_too,
        fold_forgets_the_matrix,
        fold_without_bias,
        fold_multiplies_matrices,
    ),
)

EXERCISES = (RMS_NORM, SWIGLU, ONE_NEURON, PRE_NORM_BLOCK, BLOCK_PARAMETERS, FOLD_NORM)


# Quiz: answers that can be computed are computed.


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
