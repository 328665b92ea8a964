"""An exercise of lesson 05: count a block."""

from lessons_lib.classroom.exercises import Exercise


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
