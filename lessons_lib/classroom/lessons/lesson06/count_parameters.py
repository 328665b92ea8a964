"""An exercise of lesson 06: count a model."""

from lessons_lib.classroom.exercises import Exercise


def my_count(V, C, F, L, H, G, D, tied, bias):
    block = 2 * C * H * D + 2 * C * G * D + 3 * C * F + 2 * C
    if bias:
        block += H * D + 2 * G * D
    return V * C * (1 if tied else 2) + L * block + C


def count_without_last_norm(V, C, F, L, H, G, D, tied, bias):
    """It looks as if the norm behind the last block is missing: C numbers."""
    return my_count(V, C, F, L, H, G, D, tied, bias) - C


def count_never_tied(V, C, F, L, H, G, D, tied, bias):
    """It looks as if the head is always counted. Where it is tied, it is the embedding, which is counted already."""
    return my_count(V, C, F, L, H, G, D, False, bias)


def count_always_tied(V, C, F, L, H, G, D, tied, bias):
    """It looks as if the head is never counted. Where it is not tied, it is a matrix of its own, V times C."""
    return my_count(V, C, F, L, H, G, D, True, bias)


def count_tied_the_other_way(V, C, F, L, H, G, D, tied, bias):
    """It looks as if tied is taken the other way round: tied means one matrix, not two."""
    return my_count(V, C, F, L, H, G, D, not tied, bias)


def count_without_bias(V, C, F, L, H, G, D, tied, bias):
    """It looks as if the biases are missing. Where bias is true, each number that q, k and v give has one."""
    return my_count(V, C, F, L, H, G, D, tied, False)


def count_bias_as_wide_as_queries(V, C, F, L, H, G, D, tied, bias):
    """It looks as if the biases of k and v are as long as that of q. Keys and values have G heads: G * D each."""
    return my_count(V, C, F, L, H, G, D, tied, bias) + (2 * L * (H - G) * D if bias else 0)


def count_bias_once(V, C, F, L, H, G, D, tied, bias):
    """It looks as if the biases are counted once. Every layer has its own."""
    return my_count(V, C, F, L, H, G, D, tied, bias) - (L - 1) * (H * D + 2 * G * D if bias else 0)


def count_one_layer(V, C, F, L, H, G, D, tied, bias):
    """It looks as if only one layer is counted. There are L."""
    return my_count(V, C, F, 1, H, G, D, tied, bias)


def count_bias_on_output(V, C, F, L, H, G, D, tied, bias):
    """It looks as if the output projection has a bias too. Only q, k and v have one."""
    return my_count(V, C, F, L, H, G, D, tied, bias) + (L * C if bias else 0)


def count_without_grouping(V, C, F, L, H, G, D, tied, bias):
    """It looks as if keys and values have H heads. They have G."""
    return my_count(V, C, F, L, H, H, D, tied, bias)


def count_square_attention(V, C, F, L, H, G, D, tied, bias):
    """It looks as if you took C / H for the width of a head. It is D, and all heads together may be wider than C."""
    return my_count(V, C, F, L, H, G, C // H, tied, bias)


def count_square_queries(V, C, F, L, H, G, D, tied, bias):
    """It looks as if q and o are counted as C times C. The heads together have H * D numbers, which need not be C."""
    return my_count(V, C, F, L, H, G, D, tied, bias) + 2 * L * C * (C - H * D)


def count_square_queries_and_biases(V, C, F, L, H, G, D, tied, bias):
    """It looks as if q and o are counted as C times C. The heads together have H * D numbers, which need not be C."""
    return count_square_queries(V, C, F, L, H, G, D, tied, bias) + (L * (C - H * D) if bias else 0)


def count_weights_without_grouping(V, C, F, L, H, G, D, tied, bias):
    """It looks as if the matrices of k and v have H heads. They have G, which is what saves memory."""
    return my_count(V, C, F, L, H, G, D, tied, bias) + 2 * L * C * (H - G) * D


def count_bias_as_wide_as_the_stream(V, C, F, L, H, G, D, tied, bias):
    """It looks as if each bias has C numbers, as what a projection reads. It has one for each number that it gives."""
    return my_count(V, C, F, L, H, G, D, tied, bias) + (L * (3 * C - (H + 2 * G) * D) if bias else 0)


def count_two_biases(V, C, F, L, H, G, D, tied, bias):
    """It looks as if only two of the three projections q, k and v have biases."""
    return my_count(V, C, F, L, H, G, D, tied, bias) - (L * G * D if bias else 0)


def count_bias_of_queries_only(V, C, F, L, H, G, D, tied, bias):
    """It looks as if only the queries have biases. Keys and values have theirs too, G * D each."""
    return my_count(V, C, F, L, H, G, D, tied, bias) - (2 * L * G * D if bias else 0)


def count_bias_of_one_head(V, C, F, L, H, G, D, tied, bias):
    """It looks as if each bias has D numbers. That is one head; queries have H of them, keys and values G."""
    return my_count(V, C, F, L, H, G, D, tied, bias) + (L * D * (3 - H - 2 * G) if bias else 0)


def count_one_bias_a_head(V, C, F, L, H, G, D, tied, bias):
    """It looks as if each head has one bias. Each of its D numbers has one."""
    return my_count(V, C, F, L, H, G, D, tied, bias) + (L * (1 - D) * (H + 2 * G) if bias else 0)


def count_one_norm(V, C, F, L, H, G, D, tied, bias):
    """It looks as if each block has one norm. It has two, one before each part."""
    return my_count(V, C, F, L, H, G, D, tied, bias) - L * C


def count_no_norms_in_blocks(V, C, F, L, H, G, D, tied, bias):
    """It looks as if the blocks have no norms. Each has two, of C numbers each, one before each part."""
    return my_count(V, C, F, L, H, G, D, tied, bias) - 2 * L * C


def count_keys_alone(V, C, F, L, H, G, D, tied, bias):
    """It looks as if keys and values share a matrix. Each has its own, [GD, C]."""
    return my_count(V, C, F, L, H, G, D, tied, bias) - L * C * G * D


def count_square_output(V, C, F, L, H, G, D, tied, bias):
    """It looks as if o is counted as C times C. It reads what all heads together give, H * D numbers."""
    return my_count(V, C, F, L, H, G, D, tied, bias) + L * C * (C - H * D)


def count_two_matrices(V, C, F, L, H, G, D, tied, bias):
    """It looks as if the feed-forward network has two matrices. With a gate it has three."""
    return my_count(V, C, F, L, H, G, D, tied, bias) - L * C * F


COUNT_PARAMETERS = Exercise(
    id="count_parameters",
    title="Count a model",
    difficulty=1,
    minutes=8,
    kind="transfer",
    contract="whole numbers V, C, F, L, H, G, D, and tied and bias, each True or False, to the number of learned "
    "numbers of a model like SmolLM2. Where tied is False, the head is a matrix of its own; where bias is True, the "
    "query, key and value projections have biases.",
    cases=(
        (10, 4, 6, 1, 2, 1, 2, False, False),
        (10, 4, 6, 1, 2, 1, 2, True, False),
        (13, 12, 7, 3, 6, 2, 4, True, True),
        (49152, 576, 1536, 30, 9, 3, 64, True, False),
        (151936, 896, 4864, 24, 14, 2, 64, True, True),
        (32000, 2048, 5632, 22, 32, 4, 64, False, False),
    ),
    tried="a toy, tied and not, with biases, SmolLM2, Qwen2.5 0.5B and TinyLlama",
    hints=(
        "One block first, then L of them, then what stands at both ends.",
        "A block: q and o have C * H * D each, k and v have C * G * D each, then 3 * C * F, then two norms of C.",
        "A bias has one number for each row of its matrix: H * D for q, G * D for k, G * D for v, in every layer.",
    ),
    solution=my_count,
    mistakes=(
        count_without_last_norm,
        count_never_tied,
        count_always_tied,
        count_tied_the_other_way,
        count_without_bias,
        count_bias_as_wide_as_queries,
        count_bias_once,
        count_one_layer,
        count_bias_on_output,
        count_without_grouping,
        count_square_attention,
        count_square_queries,
        count_square_queries_and_biases,
        count_weights_without_grouping,
        count_bias_as_wide_as_the_stream,
        count_two_biases,
        count_bias_of_queries_only,
        count_bias_of_one_head,
        count_one_bias_a_head,
        count_one_norm,
        count_no_norms_in_blocks,
        count_keys_alone,
        count_square_output,
        count_two_matrices,
    ),
)
