"""An exercise of lesson 05: one token through two wirings, on paper."""

from lessons_lib.classroom.exercises import Exercise


def my_block_by_hand():
    # Pre-norm: (0.2, 1.4) has the RMS 1 and is read as it is; swapped and added it is (1.6, 1.6).
    # Read through the norm that is (1, 1), of which -3 times is added.
    pre = [1.6 - 3, 1.6 - 3]
    # Post-norm: (0.2, 1.4) + (1.4, 0.2), through the norm (1, 1); minus 3 times itself (-2, -2), through the norm.
    return [pre, [-1.0, -1.0]]


def hand_in_the_other_order():
    """These are the two results in the other order: first the pre-norm block, then the post-norm block."""
    return [[-1.0, -1.0], [-1.4, -1.4]]


def hand_overwritten():
    """The second is right. In the first it looks as if the norm overwrites the stream: what a part gives is added to
    x as it was, (1.6, 1.6), and not to its norm."""
    return [[-2.0, -2.0], [-1.0, -1.0]]


def hand_without_the_second_norm():
    """The second is right. In the first, the feed-forward network does not read the stream (1.6, 1.6), but its norm."""
    return [[-3.2, -3.2], [-1.0, -1.0]]


def hand_at_once():
    """The second is right. In the first it looks as if both parts read the same x: the feed-forward network reads the
    stream after the attention's note was added."""
    return [[1.0, -2.6], [-1.0, -1.0]]


def hand_of_the_first_part():
    """It looks as if you stopped after attention. A block has two parts, and each is added."""
    return [[1.6, 1.6], [1.0, 1.0]]


def hand_without_the_last_norm():
    """The first is right. The post-norm block ends with a norm: after the last addition there is one more."""
    return [[-1.4, -1.4], [-2.0, -2.0]]


def hand_replaced():
    """It looks as if what the parts give replaces the stream. It is added."""
    return [[-3.0, -3.0], [-1.0, -1.0]]


def hand_with_layer_norm():
    """It looks as if you took the mean away: that is LayerNorm. RMSNorm divides by the root of the mean square."""
    return [[-1.8, 3.4], [-1.0, 1.0]]


def hand_with_layer_norm_in_post_norm():
    """The first is right. In the second the last norm takes the mean away, so that nothing is left: that is LayerNorm.
    RMSNorm divides by the root of the mean square."""
    return [[-1.4, -1.4], [0.0, 0.0]]


def hand_that_ends_with_a_norm():
    """The second is right. Nothing in a pre-norm block is done to the stream behind an addition: the first goes on as
    (-1.4, -1.4)."""
    return [[-1.0, -1.0], [-1.0, -1.0]]


def hand_that_is_pre_norm_twice():
    """The first is right. The second is the same wiring again: in a post-norm block the parts read x itself, and each
    sum goes through a norm."""
    return [[-1.4, -1.4], [-1.4, -1.4]]


def hand_by_the_length():
    """It looks as if the squares were summed: that is the length of the vector. RMSNorm divides by the root of their
    *mean*, here of half the sum."""
    long = 2**0.5  # of (0.2, 1.4)
    a, b = 0.2 + 1.4 / long, 1.4 + 0.2 / long
    length = (a * a + b * b) ** 0.5
    return [[a - 3 * a / length, b - 3 * b / length], [-1 / long, -1 / long]]


def hand_with_plus():
    """It looks as if the minus of the feed-forward network was lost: it gives -3 times what it reads."""
    return [[4.6, 4.6], [1.0, 1.0]]


def hand_one_number_each():
    """A token has two numbers, and so has what leaves a block: each block gives a list of two, also where they are
    equal."""
    return [-1.4, -1.0]


def hand_the_pre_norm_block_alone():
    """This is what leaves the pre-norm block, and that is right. The post-norm block's two numbers are missing: a list
    of two lists."""
    return [-1.4, -1.4]


def hand_the_post_norm_block_alone():
    """This is what leaves the post-norm block, and that is right. The pre-norm block's two numbers are missing: a list
    of two lists."""
    return [-1.0, -1.0]


def hand_in_one_list():
    """The right four numbers, in one list. Each block has a list of its own: [[..., ...], [..., ...]]."""
    return [-1.4, -1.4, -1.0, -1.0]


def hand_as_a_text():
    """The right four numbers, in one text. Write them without quotes, in two lists: [[..., ...], [..., ...]]."""
    return "-1.4, -1.4, -1, -1"


def hand_as_a_text_with_points():
    return "-1.4, -1.4, -1.0, -1.0"


hand_as_a_text_with_points.__doc__ = hand_as_a_text.__doc__


BLOCK_BY_HAND = Exercise(
    id="block_by_hand",
    title="One token, two wirings",
    difficulty=1,
    minutes=7,
    kind="predict",
    contract="a list of two lists of two numbers: what leaves the pre-norm block, and what leaves the post-norm block.",
    cases=((),),
    tried="both wirings",
    hints=(
        "The RMS of (0.2, 1.4): the squares are 0.04 and 1.96, their mean is 1.",
        "After attention the stream is (1.6, 1.6) in both blocks. In one of them it now goes through a norm.",
        "A norm makes (1, 1) of (1.6, 1.6), and (-1, -1) of (-2, -2).",
    ),
    solution=my_block_by_hand,
    mistakes=(
        hand_in_the_other_order,
        hand_overwritten,
        hand_without_the_second_norm,
        hand_at_once,
        hand_of_the_first_part,
        hand_without_the_last_norm,
        hand_replaced,
        hand_with_layer_norm,
        hand_with_layer_norm_in_post_norm,
        hand_that_ends_with_a_norm,
        hand_that_is_pre_norm_twice,
        hand_by_the_length,
        hand_with_plus,
        hand_one_number_each,
        hand_the_pre_norm_block_alone,
        hand_the_post_norm_block_alone,
        hand_in_one_list,
        hand_as_a_text,
        hand_as_a_text_with_points,
    ),
)
