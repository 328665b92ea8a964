"""An exercise of lesson 00b: which shape does broadcasting give, if any?"""

from lessons_lib.classroom.exercises import Exercise


def my_broadcast_shape(one, other):
    axes = max(len(one), len(other))
    one = (1,) * (axes - len(one)) + tuple(one)  # missing axes, on the left, count as 1
    other = (1,) * (axes - len(other)) + tuple(other)
    shape = []
    for a, b in zip(one, other, strict=True):
        if a != b and a != 1 and b != 1:
            return "no"
        shape.append(b if a == 1 else a)
    return tuple(shape)


def shape_lined_up_at_the_left(one, other):
    """It looks as if you lined the shapes up at the left. They meet at the right: the last lengths face each other."""
    shape = my_broadcast_shape(tuple(one)[::-1], tuple(other)[::-1])
    return shape if shape == "no" else shape[::-1]


def shape_without_refusal(one, other):
    """It looks as if you took the larger of two lengths whatever they are. Two different lengths go together only if
    one of them is 1; otherwise the answer is "no". (`a or b == 1` does not ask whether a is 1.)"""
    axes = max(len(one), len(other))
    one, other = (1,) * (axes - len(one)) + tuple(one), (1,) * (axes - len(other)) + tuple(other)
    return tuple(max(a, b) for a, b in zip(one, other, strict=True))


def shape_without_stretching(one, other):
    """It looks as if you refuse every pair of different lengths. A length of 1 is stretched to the other one: either
    of the two may be 1. (Is there an `or` for an `and`, or the other way round?)"""
    axes = max(len(one), len(other))
    one, other = tuple(one), tuple(other)
    one, other = other[: axes - len(one)] + one, one[: axes - len(other)] + other
    return one if one == other else "no"


def shape_of_equal_lengths(one, other):
    """It looks as if a length of 1 is refused beside another length. It is stretched: either of the two may be 1."""
    axes = max(len(one), len(other))
    one, other = (1,) * (axes - len(one)) + tuple(one), (1,) * (axes - len(other)) + tuple(other)
    return one if one == other else "no"


def shape_of_equal_numbers_of_axes(one, other):
    """It looks as if you refuse shapes with different numbers of axes. Axes that are missing on the left count as 1."""
    return my_broadcast_shape(one, other) if len(one) == len(other) else "no"


def shape_cut_to_the_shorter(one, other):
    """It looks as if you stopped where the shorter shape ends: the longer one's axes before that stay."""
    shorter = min(len(one), len(other))
    return my_broadcast_shape(one[len(one) - shorter :], other[len(other) - shorter :])


def shape_zipped_from_the_left(one, other):
    """It looks as if zip paired the shapes from the left and stopped at the shorter one's end. They meet at the right:
    fill the shorter one up with 1 on the left first."""
    pairs = [*zip(one, other)]  # noqa: B905
    fits = all(a == b or 1 in (a, b) for a, b in pairs)
    return tuple(b if a == 1 else a for a, b in pairs) if fits else "no"


def shape_of_multiples(one, other):
    """It looks as if 2 is stretched to 4. Only a length of 1 is stretched: with 2 for 4, who would say which of
    the two goes where?"""
    axes = max(len(one), len(other))
    one, other = (1,) * (axes - len(one)) + tuple(one), (1,) * (axes - len(other)) + tuple(other)
    fits = all(max(a, b) % min(a, b) == 0 for a, b in zip(one, other, strict=True))
    return tuple(max(a, b) for a, b in zip(one, other, strict=True)) if fits else "no"


def shape_stretches_the_first_only(one, other):
    """It looks as if only the first shape's 1 is stretched. Either of the two may be: ask about both."""
    axes = max(len(one), len(other))
    one, other = (1,) * (axes - len(one)) + tuple(one), (1,) * (axes - len(other)) + tuple(other)
    fits = all(a in (1, b) for a, b in zip(one, other, strict=True))
    return other if fits else "no"


def shape_stretches_the_second_only(one, other):
    """It looks as if only the second shape's 1 is stretched. Either of the two may be: ask about both."""
    return shape_stretches_the_first_only(other, one)


def shape_of_unequal_lengths_only(one, other):
    """It looks as if you refuse two equal lengths. They always fit: refuse only if the lengths differ and neither of
    them is 1. (Is a question missing, or an `or` where `and` is meant?)"""
    axes = max(len(one), len(other))
    one, other = (1,) * (axes - len(one)) + tuple(one), (1,) * (axes - len(other)) + tuple(other)
    fits = all(a == 1 or b == 1 for a, b in zip(one, other, strict=True))
    return my_broadcast_shape(one, other) if fits else "no"


def shape_of_ones_only(one, other):
    """It looks as if you refuse all lengths but 1. `and` binds before `or`: with both in one line, brackets say what
    belongs together."""
    return my_broadcast_shape(one, other) if {*one, *other} <= {1} else "no"


def shape_that_must_be_equal(one, other):
    """It looks as if only equal shapes fit. A length of 1 is stretched, and an axis missing on the left counts as 1."""
    return tuple(one) if tuple(one) == tuple(other) else "no"


def shape_zipped_and_equal(one, other):
    """It looks as if you paired the shapes from the left and refused all unequal lengths. They meet at the right, a
    missing axis on the left counts as 1, and a 1 fits every length."""
    pairs = [*zip(one, other)]  # noqa: B905
    return tuple(a for a, _ in pairs) if all(a == b for a, b in pairs) else "no"


def shape_of_a_filled_first(one, other):
    """It looks as if only the first shape was filled up with 1. Either of the two may be the shorter one: fill up
    both."""
    return shape_zipped_from_the_left((1,) * (len(other) - len(one)) + tuple(one), other)


def shape_of_a_filled_second(one, other):
    """It looks as if only the second shape was filled up with 1. Either of the two may be the shorter one: fill up
    both."""
    return shape_zipped_from_the_left(one, (1,) * (len(one) - len(other)) + tuple(other))


def shape_of_nothing_refused(one, other):
    """It looks as if you refuse the empty shape. It is that of a single number, and each missing axis counts as 1: it
    fits everything."""
    return my_broadcast_shape(one, other) if len(one) and len(other) else "no"


def shape_without_leading_ones(one, other):
    """Lengths of 1 are gone from your result. Where both lengths are 1, or one is 1 and the other missing,
    the result has a 1 there."""
    shape = my_broadcast_shape(one, other)
    while shape != "no" and shape and shape[0] == 1:
        shape = shape[1:]
    return shape


def _refusing_with(word, one, other):
    shape = my_broadcast_shape(one, other)
    return word if shape == "no" else shape


def shape_without_a_word(one, other):
    """The shapes are right. Where the two do not fit, nothing comes back: return the word "no"."""
    return _refusing_with(None, one, other)


def shape_or_a_capital(one, other):
    """The shapes are right. Where the two do not fit, the word is "no", with a small n."""
    return _refusing_with("No", one, other)


def shape_or_false(one, other):
    """The shapes are right. Where the two do not fit, False comes back: return the word "no", in quotes."""
    return _refusing_with(False, one, other)


def shape_or_a_word_in_brackets(one, other):
    """The shapes are right. Where the two do not fit, the word "no" comes back inside a tuple or a list: return the
    word itself. (Does it go through tuple(...), or is it appended to a list?)"""
    return _refusing_with(("no",), one, other)


def shape_or_a_word_in_letters(one, other):
    """The shapes are right. Where the two do not fit, tuple(...) or list(...) took the word "no" apart: return it as it
    is."""
    return _refusing_with(("n", "o"), one, other)


BROADCAST_SHAPE = Exercise(
    id="broadcast_shape",
    title="Will it fit?",
    difficulty=2,
    minutes=18,
    kind="transfer",
    contract="two shapes, each a tuple of whole numbers above 0, perhaps empty, to the shape of their sum as a tuple "
    'or a list, or to the word "no" if the two do not fit.',
    cases=(
        ((3,), (3,)),
        ((3,), (4,)),
        ((2,), (4,)),
        ((3, 2), (3, 4)),
        ((1, 3), (4, 3)),
        ((1, 3), (1, 1)),
        ((4, 3), (4, 1)),
        ((4, 3), (3,)),
        ((4, 3), (4,)),
        ((4, 1), (3,)),
        ((1,), (2, 5)),
        ((), (2, 3)),
        ((1,), ()),
        ((2, 1, 5), (4, 1)),
        ((5, 4), (3, 5, 1)),
        ((2, 3), (2, 3, 1)),
        ((6, 2), (2, 6, 2)),
    ),
    tried="equal and different numbers of axes, a 1 on either side and on both, results that begin with a 1, and "
    "shapes that do not fit, 2 and 4 among them",
    hints=(
        "Write one shape below the other so that their right ends meet, and fill the shorter one with 1 on the left.",
        "Then go from pair to pair: equal, or one of them 1, or no answer.",
        "(1,) * 2 + (5, 3) is (1, 1, 5, 3).",
    ),
    solution=my_broadcast_shape,
    mistakes=(
        shape_lined_up_at_the_left,
        shape_without_refusal,
        shape_without_stretching,
        shape_of_equal_lengths,
        shape_of_equal_numbers_of_axes,
        shape_cut_to_the_shorter,
        shape_stretches_the_first_only,
        shape_stretches_the_second_only,
        shape_of_unequal_lengths_only,
        shape_of_ones_only,
        shape_without_leading_ones,
        shape_without_a_word,
        shape_or_a_capital,
        shape_or_false,
        shape_or_a_word_in_brackets,
        shape_or_a_word_in_letters,
        shape_zipped_from_the_left,
        shape_of_multiples,
        shape_that_must_be_equal,
        shape_zipped_and_equal,
        shape_of_a_filled_first,
        shape_of_a_filled_second,
        shape_of_nothing_refused,
    ),
)
