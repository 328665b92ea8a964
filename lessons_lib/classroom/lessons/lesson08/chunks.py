"""An exercise of lesson 08: a long text in pieces that overlap."""

from lessons_lib.classroom.exercises import Exercise


def my_chunks(tokens, length, overlap):
    chunks = []
    start = 0
    while start < len(tokens):
        chunks.append(tokens[start : start + length])
        if start + length >= len(tokens):
            break  # the last token is in
        start += length - overlap
    return chunks


def chunks_with_a_tail(tokens, length, overlap):
    """It looks as if a last chunk is made of tokens that all stand in the one before. Once the last token is in, it is
    over."""
    return [tokens[start : start + length] for start in range(0, len(tokens), length - overlap)]


def chunks_without_overlap(tokens, length, overlap):
    """It looks as if the chunks do not overlap: each begins `overlap` tokens before the end of the one before."""
    return my_chunks(tokens, length, 0)


def chunks_stepping_by_the_overlap(tokens, length, overlap):
    """It looks as if each chunk begins `overlap` tokens after the one before. It begins `overlap` tokens before the
    end of the one before, so length - overlap after its beginning."""
    return my_chunks(tokens, length, length - overlap if overlap else 0)


def chunks_whose_step_is_the_overlap(tokens, length, overlap):
    return [tokens[start : start + length] for start in range(0, len(tokens), overlap or length)]


chunks_whose_step_is_the_overlap.__doc__ = chunks_stepping_by_the_overlap.__doc__


def chunks_whose_step_must_not_be_zero(tokens, length, overlap):
    return [tokens[start : start + length] for start in range(0, len(tokens), overlap)]


chunks_whose_step_must_not_be_zero.__doc__ = chunks_stepping_by_the_overlap.__doc__


def chunks_one_too_many_shared(tokens, length, overlap):
    """It looks as if the chunks share one token more than `overlap`: from one beginning to the next are length -
    overlap tokens."""
    return my_chunks(tokens, length, min(length - 1, overlap + 1))


def chunks_without_the_short_one(tokens, length, overlap):
    """It looks as if a last chunk that is shorter is lost, and the tokens in it."""
    return [chunk for chunk in my_chunks(tokens, length, overlap) if len(chunk) == length]


def chunks_without_the_short_one_where_none_overlap(tokens, length, overlap):
    return my_chunks(tokens, length, overlap) if overlap else chunks_without_the_short_one(tokens, length, overlap)


chunks_without_the_short_one_where_none_overlap.__doc__ = chunks_without_the_short_one.__doc__


def chunks_that_grow(tokens, length, overlap):
    """It looks as if the overlap comes on top of `length`. A chunk has `length` tokens, the shared ones included."""
    step = length
    return [tokens[max(0, start - overlap) : start + length] for start in range(0, len(tokens), step)]


def chunks_with_a_full_last_one(tokens, length, overlap):
    """It looks as if the last chunk is moved back until it is full. It may be shorter: it begins where it would
    begin anyway."""
    chunks = my_chunks(tokens, length, overlap)
    return [*chunks[:-1], tokens[-length:]] if chunks else []


def chunks_one_too_few_shared(tokens, length, overlap):
    """It looks as if the chunks share one token less than `overlap`."""
    return my_chunks(tokens, length, max(0, overlap - 1))


def chunks_missed_where_the_text_is_short(tokens, length, overlap):
    """It looks as if a text that is no longer than the overlap gives no chunk. All its tokens fit into one: range(0,
    len(tokens) - overlap, ...) is empty there."""
    return [tokens[start : start + length] for start in range(0, len(tokens) - overlap, length - overlap)]


def chunks_of_nothing(tokens, length, overlap):
    """It looks as if no tokens give one empty chunk. They give no chunk."""
    return my_chunks(tokens, length, overlap) or [[]]


CHUNKS = Exercise(
    id="chunks",
    title="Pieces that overlap",
    difficulty=2,
    minutes=15,
    kind="transfer",
    contract="a list of tokens, the length of a chunk from 1, and an overlap from 0 to length - 1, to a list of lists. "
    "Each chunk has `length` tokens; the next one begins with the last `overlap` of them. The last chunk may "
    "be shorter: it is the first that holds the last token. No tokens give no chunks.",
    cases=(
        ([1, 2, 3, 4], 2, 0),
        ([1, 2, 3, 4, 5], 2, 0),
        ([1, 2, 3, 4, 5], 3, 1),
        ([1, 2, 3, 4, 5, 6], 3, 1),
        ([], 3, 1),
        ([7], 3, 2),
        ([1, 2, 3], 3, 2),
        ([1, 2, 3, 4, 5, 6, 7, 8], 4, 3),
        (list(range(11)), 5, 2),
        (list(range(10)), 1, 0),
    ),
    tried="no overlap, overlaps of 1 to 3, a shorter end, one token, none",
    hints=(
        "Where does the second chunk begin? At length - overlap.",
        "A while loop over the start; a slice may reach beyond the end.",
        "Stop as soon as start + length reaches len(tokens).",
    ),
    solution=my_chunks,
    mistakes=(
        chunks_with_a_tail,
        chunks_without_overlap,
        chunks_stepping_by_the_overlap,
        chunks_whose_step_is_the_overlap,
        chunks_whose_step_must_not_be_zero,
        chunks_one_too_many_shared,
        chunks_without_the_short_one,
        chunks_without_the_short_one_where_none_overlap,
        chunks_that_grow,
        chunks_with_a_full_last_one,
        chunks_one_too_few_shared,
        chunks_missed_where_the_text_is_short,
        chunks_of_nothing,
    ),
)
