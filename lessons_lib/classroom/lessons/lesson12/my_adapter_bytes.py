"""An exercise of lesson 12: how large an adapter is, before it is trained."""

from lessons_lib.classroom.exercises import Exercise


def my_adapter_bytes(shapes, layers, r, bits):
    return sum(r * (wide + tall) for tall, wide in shapes) * layers * bits / 8


def _numbers(shapes, r):
    return sum(r * (wide + tall) for tall, wide in shapes)


def bytes_of_one_layer(shapes, layers, r, bits):
    """It looks as if one layer is counted. Each of the layers has its own adapter."""
    return _numbers(shapes, r) * bits / 8


def bytes_of_the_matrices(shapes, layers, r, bits):
    """It looks as if the matrices themselves are counted. They stay where they are; A is [r, in] and B is [out, r]."""
    return sum(wide * tall for tall, wide in shapes) * layers * bits / 8


def bytes_of_products(shapes, layers, r, bits):
    """It looks as if r * in * out numbers are counted. A has r * in, and B has out * r: add them."""
    return bytes_of_the_matrices(shapes, layers, r, bits) * r


def bytes_of_a(shapes, layers, r, bits):
    """It looks as if only A is counted. B has out * r numbers more."""
    return sum(r * wide for _, wide in shapes) * layers * bits / 8


def bytes_of_b(shapes, layers, r, bits):
    """It looks as if only B is counted. A has r * in numbers more."""
    return sum(r * tall for tall, _ in shapes) * layers * bits / 8


def bytes_in_bits(shapes, layers, r, bits):
    """It looks as if these are bits. A byte has 8 of them."""
    return _numbers(shapes, r) * layers * bits


def bytes_as_numbers(shapes, layers, r, bits):
    """It looks as if you counted the numbers. Each of them takes bits / 8 bytes."""
    return _numbers(shapes, r) * layers


def bytes_rounded_down(shapes, layers, r, bits):
    """It looks as if the bytes of one number were rounded. A number of 4 bits is half a byte: divide at the end."""
    return _numbers(shapes, r) * layers * (bits // 8)


def bytes_rounded_up(shapes, layers, r, bits):
    """It looks as if the bytes of one number were rounded. A number of 4 bits is half a byte: divide at the end."""
    return _numbers(shapes, r) * layers * -(-bits // 8)


def bytes_rounded_by_matrix(shapes, layers, r, bits):
    """It looks as if bytes were rounded before all numbers were counted. Half a byte of one matrix and half a byte of
    another are a whole one: divide at the end."""
    return sum(r * (wide + tall) * bits // 8 for tall, wide in shapes) * layers


def bytes_rounded_by_layer(shapes, layers, r, bits):
    """It looks as if bytes were rounded before all numbers were counted. Half a byte of one matrix and half a byte of
    another are a whole one: divide at the end."""
    return _numbers(shapes, r) * bits // 8 * layers


def bytes_of_four(shapes, layers, r, bits):
    """It looks as if each number takes 4 bytes. It takes bits / 8, and bits is handed over."""
    return _numbers(shapes, r) * layers * 4


def bytes_without_r(shapes, layers, r, bits):
    """It looks as if r is left out. A has r rows, and B has r columns."""
    return _numbers(shapes, 1) * layers * bits / 8


def bytes_of_half_the_rank(shapes, layers, r, bits):
    """It looks as if r counts for one of the two alone. A has r * in numbers and B out * r: mind the brackets."""
    return sum(r * tall + wide for tall, wide in shapes) * layers * bits / 8


def bytes_of_the_first_matrix(shapes, layers, r, bits):
    """It looks as if only the first matrix of a layer is counted. Does a return stand inside the loop?"""
    return _numbers(shapes[:1], r) * layers * bits / 8


def bytes_of_different_shapes(shapes, layers, r, bits):
    """It looks as if matrices of the same shape are counted once. Each has its own A and B."""
    return _numbers(set(shapes), r) * layers * bits / 8


def bytes_of_squares(shapes, layers, r, bits):
    """It looks as if r * (in + in) or r * (out + out) is counted. A is as wide as the matrix, B as tall: in + out."""
    return sum(2 * r * wide for _, wide in shapes) * layers * bits / 8


def bytes_of_tall_squares(shapes, layers, r, bits):
    """It looks as if r * (in + in) or r * (out + out) is counted. A is as wide as the matrix, B as tall: in + out."""
    return sum(2 * r * tall for tall, _ in shapes) * layers * bits / 8


ADAPTER_BYTES = Exercise(
    id="my_adapter_bytes",
    title="How large will it be?",
    difficulty=1,
    minutes=5,
    kind="transfer",
    contract="a list of pairs (out, in), the shapes of those matrices of a layer that get an adapter, the number of "
    "layers that do, the rank r, and the bits of a number, to the bytes that all A and B take together.",
    cases=(
        ([(2, 3)], 1, 1, 8),
        ([(2, 6)], 1, 1, 4),
        ([(1, 2), (2, 4)], 2, 1, 4),
        ([(2, 3)], 1, 4, 16),
        ([(5, 3), (2, 3)], 3, 2, 32),
        ([(4, 4), (4, 4), (1, 6)], 10, 8, 16),
        ([(4096, 4096), (1024, 4096)], 32, 16, 16),
    ),
    tried="one matrix and several, half a byte a number, odd counts of them, two of one shape, and "
    "queries and values of Llama 3 8B",
    hints=(
        "How many numbers has A, and how many has B?",
        "For each matrix r * in + out * r; add up, times the layers, times the bytes of a number.",
    ),
    solution=my_adapter_bytes,
    mistakes=(
        bytes_of_one_layer,
        bytes_of_the_matrices,
        bytes_of_products,
        bytes_of_a,
        bytes_of_b,
        bytes_in_bits,
        bytes_as_numbers,
        bytes_rounded_down,
        bytes_rounded_up,
        bytes_rounded_by_matrix,
        bytes_rounded_by_layer,
        bytes_of_four,
        bytes_without_r,
        bytes_of_half_the_rank,
        bytes_of_the_first_matrix,
        bytes_of_different_shapes,
        bytes_of_squares,
        bytes_of_tall_squares,
    ),
)
