"""An exercise of lesson 04c: what must be kept of a text."""

from lessons_lib.classroom.exercises import Exercise


def my_cache_bytes():
    a_token = 32 * 2 * 8 * 64 * 2  # layers, a key and a value, shared heads, numbers, bytes
    return [a_token * 10_000, 4 * a_token * 10_000, a_token * 4_096]


def _bytes(layers=32, kinds=2, heads=(8, 32, 8), width=64, size=2, tokens=(10_000, 10_000, 4_096)):
    return [layers * kinds * h * width * size * t for h, t in zip(heads, tokens, strict=True)]


def bytes_of_keys_alone():
    """Half of what is needed. Two things come in twos here: keys and values are both kept, and a number takes two
    bytes."""
    return _bytes(kinds=1)


def bytes_of_one_layer():
    """It looks as if you counted one layer: each of the 32 keeps keys and values of its own."""
    return _bytes(layers=1)


def bytes_of_four_bytes():
    """It looks as if you took four bytes for a number. Here it is two."""
    return _bytes(size=4)


def bytes_of_query_heads():
    """It looks as if you counted query heads in the first and the third: kept are the key and value heads, of which
    there are 8."""
    return _bytes(heads=(32, 32, 32))


def bytes_without_the_window():
    """The first two are right. In the third each token sees the last 4,096: what lies further back need not be
    kept."""
    return _bytes(tokens=(10_000, 10_000, 10_000))


def bytes_with_the_window_off_by_one():
    """The first two are right. A token is one of the 4,096 that it sees; and asked for is what is kept when 10,000
    tokens have been read, those that the last one sees."""
    return _bytes(tokens=(10_000, 10_000, 4_095))


def bytes_of_an_unshared_window():
    """The first two are right. The third is the first model again, whose heads share, with a window in each layer."""
    return _bytes(heads=(8, 32, 32))


def bytes_in_megabytes():
    """These are megabytes. Asked for are bytes, as whole numbers."""
    return [number / 1e6 for number in my_cache_bytes()]


def bytes_of_queries_too():
    """It looks as if you counted three rows: queries are used once and not kept; keys and values are."""
    return _bytes(kinds=3)


def bytes_with_more_heads_for_less():
    """The second is a quarter of the first, and should be four times as much: heads that do not share are 32 and not
    8."""
    return _bytes(heads=(8, 2, 8))


def bytes_times_the_shared_heads():
    """The second is 8 times the first. Without sharing there are 32 key/value heads in place of 8: 4 times."""
    return _bytes(heads=(8, 64, 8))


def bytes_of_twice_the_shared_heads():
    """The first and the third are right. Without sharing there are 32 key/value heads in place of 8: 4 times."""
    return _bytes(heads=(8, 16, 8))


def bytes_of_one_token():
    """It looks as if the first two are the bytes of one token: the text has 10,000 of them."""
    return _bytes(tokens=(1, 1, 4_096))


def bytes_of_one_token_each():
    """It looks as if these are the bytes of one token: 10,000 have been read, and the window keeps 4,096."""
    return _bytes(tokens=(1, 1, 1))


def bytes_of_one_head():
    """The second is an eighth of the first. Without sharing each of the 32 query heads has a key/value head of its
    own: 32 in place of 8."""
    return _bytes(heads=(8, 1, 8))


def bytes_of_all_heads():
    """It looks as if you added query heads and key/value heads. Queries are not kept: in the first and the third, count
    the 8 key/value heads alone."""
    return _bytes(heads=(40, 32, 40))


def bytes_of_all_heads_each():
    """It looks as if you added query heads and key/value heads. Queries are not kept: count the key/value heads alone,
    8 where they are shared and 32 where not."""
    return _bytes(heads=(40, 64, 40))


def bytes_as_texts():
    """These are texts. Asked for are whole numbers, without quotes; Python reads 655_360_000, with no commas."""
    return [f"{number:,}" for number in my_cache_bytes()]


def bytes_in_whole_megabytes():
    """These are megabytes. Asked for are bytes, as whole numbers."""
    return [number // 10**6 for number in my_cache_bytes()]


def bytes_in_gigabytes():
    """These are gigabytes. Asked for are bytes, as whole numbers."""
    return [number / 1e9 for number in my_cache_bytes()]


def bytes_in_gibibytes():
    """These are gibibytes, of 2 ** 30 bytes. Asked for are bytes, as whole numbers."""
    return [number / 2**30 for number in my_cache_bytes()]


def bytes_in_mebibytes():
    """These are mebibytes, of 2 ** 20 bytes. Asked for are bytes, as whole numbers."""
    return [number / 2**20 for number in my_cache_bytes()]


def bytes_of_a_first_that_does_not_share():
    """The last two are right. In the first too, heads share: 8 key/value heads are kept, and not 32."""
    return _bytes(heads=(32, 32, 8))


def bytes_of_queries_keys_and_values():
    """It looks as if you counted the queries too: 32 rows beside 8 keys and 8 values. Queries are used once and not
    kept."""
    return [32 * rows * 64 * 2 * t for rows, t in zip((48, 96, 48), (10_000, 10_000, 4_096), strict=True)]


def bytes_outside_the_window():
    """The first two are right. In the third you counted the 5,904 tokens that fall out of the window. Kept are the
    last 4,096."""
    return _bytes(tokens=(10_000, 10_000, 10_000 - 4_096))


def bytes_with_one_token_too_many():
    """The first two are right. In the third the last token is itself one of the 4,096: it is not 4,097."""
    return _bytes(tokens=(10_000, 10_000, 4_097))


def bytes_of_four_heads():
    """It looks as if you counted 32 / 8 = 4 heads. That is how many query heads share one; kept are the 8 key/value
    heads."""
    return _bytes(heads=(4, 32, 4))


CACHE_BYTES = Exercise(
    id="cache_bytes",
    title="What must be kept, in bytes",
    difficulty=1,
    minutes=6,
    kind="predict",
    contract="a list of three whole numbers: the bytes of all keys and values that are kept when 10,000 tokens have "
    "been read, for the model as described; for the same model if its heads did not share; and for the same model, "
    "sharing again, if every layer had a window of 4,096 and kept the last 4,096 tokens.",
    cases=((),),
    tried="shared heads, heads of their own, a window",
    hints=(
        "For each token and layer: keys and values, for each shared head, 64 numbers of two bytes.",
        "Heads that do not share: 32 key/value heads in place of 8.",
        "With a window, only the last 4,096 tokens are kept, however long the text.",
    ),
    solution=my_cache_bytes,
    mistakes=(
        bytes_of_keys_alone,
        bytes_of_one_layer,
        bytes_of_four_bytes,
        bytes_of_query_heads,
        bytes_without_the_window,
        bytes_with_the_window_off_by_one,
        bytes_of_an_unshared_window,
        bytes_in_megabytes,
        bytes_of_queries_too,
        bytes_with_more_heads_for_less,
        bytes_times_the_shared_heads,
        bytes_of_twice_the_shared_heads,
        bytes_of_one_token,
        bytes_of_one_token_each,
        bytes_of_one_head,
        bytes_of_all_heads,
        bytes_of_all_heads_each,
        bytes_as_texts,
        bytes_in_whole_megabytes,
        bytes_in_gigabytes,
        bytes_in_gibibytes,
        bytes_in_mebibytes,
        bytes_of_a_first_that_does_not_share,
        bytes_of_queries_keys_and_values,
        bytes_outside_the_window,
        bytes_with_one_token_too_many,
        bytes_of_four_heads,
    ),
)
