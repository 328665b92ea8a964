"""An exercise of lesson 11: which tokens does a layer see?"""

from lessons_lib.classroom.exercises import Exercise


def my_visible(position, layer, chunk, interval, padding):
    if (layer + 1) % interval == 0:
        return list(range(padding, position + 1))
    start = padding + (position - padding) // chunk * chunk
    return list(range(start, position + 1))


def visible_counts_from_the_padding(position, layer, chunk, interval, padding):
    """It looks as if chunks begin with the padding. They are counted from the first real token."""
    if (layer + 1) % interval == 0:
        return list(range(padding, position + 1))
    return list(range(max(padding, position // chunk * chunk), position + 1))


def visible_by_a_window(position, layer, chunk, interval, padding):
    """It looks as if you took a sliding window. A chunk does not move along: its first token sees itself alone."""
    if (layer + 1) % interval == 0:
        return list(range(padding, position + 1))
    return list(range(max(padding, position - chunk + 1), position + 1))


def visible_with_padding(position, layer, chunk, interval, padding):
    """It looks as if padding is seen. It means nothing and is hidden in every layer."""
    if (layer + 1) % interval == 0:
        return list(range(position + 1))
    return my_visible(position, layer, chunk, interval, padding)


def visible_from_layer_zero(position, layer, chunk, interval, padding):
    """It looks as if layer 0 sees everything. With interval 4 it is layers 3, 7, 11 and so on."""
    return my_visible(position, layer + interval - 1, chunk, interval, padding)


def visible_the_other_way_round(position, layer, chunk, interval, padding):
    """It looks as if the layers have changed roles. Every interval-th sees everything; the others see their chunk."""
    full = (layer + 1) % interval != 0
    return my_visible(position, interval - 1 if full else 0, chunk, interval, padding)


def visible_without_itself(position, layer, chunk, interval, padding):
    """It looks as if the token does not see itself. It does, in every layer."""
    return my_visible(position, layer, chunk, interval, padding)[:-1]


def visible_the_whole_chunk(position, layer, chunk, interval, padding):
    """It looks as if the token sees its whole chunk. What comes later stays hidden."""
    seen = my_visible(position, layer, chunk, interval, padding)
    return seen if (layer + 1) % interval == 0 else list(range(seen[0], seen[0] + chunk))


def visible_with_one_full_layer(position, layer, chunk, interval, padding):
    """It looks as if a single layer sees everything. Every interval-th does: with 4, layer 7 as well as layer 3."""
    return my_visible(position, layer if layer < interval else 0, chunk, interval, padding)


def visible_chunk_without_padding(position, layer, chunk, interval, padding):
    """It looks as if the chunk's beginning lacks the padding: it was taken away to count, and must be added again."""
    if (layer + 1) % interval == 0:
        return list(range(padding, position + 1))
    return list(range((position - padding) // chunk * chunk, position + 1))


def visible_counted_from_the_first_real_token(position, layer, chunk, interval, padding):
    """It looks as if you gave places among the real tokens. Asked for are positions in the row, padding included."""
    return [place - padding for place in my_visible(position, layer, chunk, interval, padding)]


def visible_border_one_late(position, layer, chunk, interval, padding):
    """It looks as if the first token of a chunk still sees the chunk before. It opens the new one and sees itself
    alone: with chunks of 4, token 4 does."""
    if (layer + 1) % interval == 0:
        return list(range(padding, position + 1))
    start = padding + max(0, position - padding - 1) // chunk * chunk
    return list(range(start, position + 1))


def visible_border_one_early(position, layer, chunk, interval, padding):
    """It looks as if the last token of a chunk opens the next one already. With chunks of 4, token 3 still belongs to
    the first."""
    if (layer + 1) % interval == 0:
        return list(range(padding, position + 1))
    start = padding + (position - padding + 1) // chunk * chunk
    return list(range(min(start, position), position + 1))


def visible_with_interval_four(position, layer, chunk, interval, padding):
    """It looks as if every fourth layer sees everything. Here every interval-th does."""
    return my_visible(position, layer, chunk, 4, padding)


def visible_with_chunks_everywhere(position, layer, chunk, interval, padding):
    """It looks as if all layers see their chunk alone. Every interval-th sees everything before it."""
    return my_visible(position, 0, chunk, interval, padding)


VISIBLE = Exercise(
    id="visible_tokens",
    title="Which tokens does a layer see?",
    difficulty=2,
    minutes=10,
    kind="transfer",
    contract="position of a real token (padding <= position), layer, chunk, interval of 2 or more, and padding, to the "
    "list of the positions that it sees, in order. The first `padding` positions of the row mean nothing and are not "
    "seen. Layers interval - 1, 2 * interval - 1 and so on see everything before them; the others their chunk, and "
    "chunks are counted from the first real token.",
    cases=(
        (0, 0, 4, 4, 0),
        (3, 0, 2, 4, 0),
        (4, 0, 4, 4, 0),
        (5, 0, 4, 4, 0),
        (3, 0, 4, 4, 0),
        (5, 3, 4, 4, 0),
        (6, 1, 4, 4, 3),
        (7, 1, 4, 4, 3),
        (8, 1, 4, 4, 0),
        (8, 2, 4, 3, 3),
        (8, 3, 4, 4, 3),
        (9, 6, 3, 4, 2),
        (9, 7, 4, 4, 2),
    ),
    tried="first and later chunks and their borders, layers of both kinds, and rows with padding",
    hints=(
        "(layer + 1) % interval == 0 finds the layers that see everything.",
        "How many real tokens stand before this one? position - padding. Which chunk is that?",
        "The chunk begins at padding + (position - padding) // chunk * chunk.",
    ),
    solution=my_visible,
    mistakes=(
        visible_counts_from_the_padding,
        visible_by_a_window,
        visible_with_padding,
        visible_from_layer_zero,
        visible_the_other_way_round,
        visible_without_itself,
        visible_the_whole_chunk,
        visible_with_one_full_layer,
        visible_chunk_without_padding,
        visible_counted_from_the_first_real_token,
        visible_border_one_late,
        visible_border_one_early,
        visible_with_interval_four,
        visible_with_chunks_everywhere,
    ),
)
