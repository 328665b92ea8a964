"""An exercise of lesson 11: what a batch fetches, from its routes."""

from lessons_lib.classroom.exercises import Exercise


def my_bytes_read(routes, common, expert):
    return common + expert * sum(len(set(layer)) for layer in routes)


def bytes_for_each_row(routes, common, expert):
    """It looks as if an expert is fetched once for each row. Rows that are sent to the same expert of a layer share one
    trip to memory."""
    return common + expert * sum(len(layer) for layer in routes)


def bytes_of_one_expert(routes, common, expert):
    """It looks as if a layer fetches one expert, however many rows there are. Each different expert that a row is sent
    to must be fetched."""
    return common + expert * sum(1 for layer in routes if len(layer))


def bytes_of_all_experts(routes, common, expert):
    """It looks as if experts up to the highest number are fetched. Those that nobody was sent to stay where they
    are."""
    return common + expert * sum(max(layer) + 1 for layer in routes if len(layer))


def bytes_without_common(routes, common, expert):
    """It looks as if the common part is missing: attention, routers, shared experts and head are fetched in every
    step."""
    return expert * sum(len(set(layer)) for layer in routes)


def bytes_common_in_each_layer(routes, common, expert):
    """It looks as if the common bytes are counted once a layer. They are those of the whole step."""
    return sum(common + expert * len(set(layer)) for layer in routes)


def bytes_common_for_each_row(routes, common, expert):
    """It looks as if the common bytes are counted once a row. All rows share one trip to memory."""
    rows = len(routes[0]) if routes else 0
    return rows * common + expert * sum(len(set(layer)) for layer in routes)


def bytes_over_layers(routes, common, expert):
    """It looks as if experts of two layers that have the same number are taken for one. Each layer has experts of its
    own."""
    return common + expert * len({number for layer in routes for number in layer})


def bytes_of_the_first_layer(routes, common, expert):
    """It looks as if only one layer is counted. Each layer has routes of its own: go through all of them."""
    return common + expert * (len(set(routes[0])) if routes else 0)


def bytes_for_one_row(routes, common, expert):
    """It looks as if the bytes are divided by the number of rows. Asked for are those of the whole step."""
    rows = len(routes[0]) if routes and len(routes[0]) else 1
    return my_bytes_read(routes, common, expert) / rows


def bytes_of_neighbours(routes, common, expert):
    """It looks as if only rows next to each other share an expert. All rows of a layer do, wherever they stand."""
    changes = sum(sum(1 for n, e in enumerate(layer) if n == 0 or e != layer[n - 1]) for layer in routes)
    return common + expert * changes


def bytes_that_nobody_shares(routes, common, expert):
    """It looks as if only experts with a single row were counted. One with several rows is fetched too, once."""
    return common + expert * sum(sum(1 for e in set(layer) if list(layer).count(e) == 1) for layer in routes)


def bytes_with_the_shared_expert(routes, common, expert):
    """It looks as if each layer has one expert too many. The shared expert is among the common bytes already."""
    return common + expert * sum(len(set(layer)) + 1 for layer in routes if len(layer))


def bytes_by_row(routes, common, expert):
    """It looks as if you counted the different numbers of each row, over the layers. Count those of each layer, over
    the rows."""
    return common + expert * sum(len(set(row)) for row in zip(*routes, strict=True))


def bytes_of_the_fullest_layer(routes, common, expert):
    """It looks as if only the layer with the most experts is counted. All layers are fetched: add them up."""
    return common + expert * max((len(set(layer)) for layer in routes), default=0)


def bytes_without_expert_zero(routes, common, expert):
    """It looks as if expert 0 is taken for none. Experts are numbered from 0, and it is fetched like any other."""
    return common + expert * sum(len({number for number in layer if number}) for layer in routes)


def bytes_of_the_first_layer_for_all(routes, common, expert):
    """It looks as if the first layer stands for all. Each has routes of its own."""
    return common + expert * len(routes) * (len(set(routes[0])) if routes else 0)


def bytes_of_nothing_without_rows(routes, common, expert):
    """It looks as if nothing is fetched where there are no rows. The common bytes are, whatever the routes."""
    return my_bytes_read(routes, common, expert) if any(len(layer) for layer in routes) else 0


def bytes_of_an_expert_at_least(routes, common, expert):
    """It looks as if a layer without rows fetches an expert all the same. Nobody was sent to any."""
    return common + expert * sum(max(1, len(set(layer))) for layer in routes)


BYTES_READ = Exercise(
    id="bytes_read",
    title="What a batch fetches",
    difficulty=1,
    minutes=6,
    kind="transfer",
    contract="routes, a list with a list for each mixture layer: the expert that each row of the batch is sent to, a "
    "number from 0. All layers have the same rows, which may be none. common, the bytes that every step fetches, "
    "whatever the routes, and expert, those of one expert. To the bytes that are fetched in this step.",
    cases=(
        ([[2]], 100, 10),
        ([[3, 3, 3]], 100, 10),
        ([[0, 5, 0, 1]], 100, 10),
        ([[0, 1], [1, 0], [1, 1]], 7, 1000),
        ([[4, 4, 2, 4, 2], [0, 1, 2, 3, 9]], 11, 3),
        ([[], []], 50, 10),
        ([], 50, 10),
    ),
    tried="one row and several, shared experts, layers that agree and layers that do not, no rows",
    hints=(
        "In one layer: which experts are fetched, if two rows are sent to the same?",
        "set(layer) holds each number once.",
        "common once, then for each layer its different experts.",
    ),
    solution=my_bytes_read,
    mistakes=(
        bytes_for_each_row,
        bytes_of_one_expert,
        bytes_of_all_experts,
        bytes_without_common,
        bytes_common_in_each_layer,
        bytes_common_for_each_row,
        bytes_over_layers,
        bytes_of_the_first_layer,
        bytes_of_the_first_layer_for_all,
        bytes_of_nothing_without_rows,
        bytes_of_an_expert_at_least,
        bytes_for_one_row,
        bytes_of_neighbours,
        bytes_that_nobody_shares,
        bytes_with_the_shared_expert,
        bytes_by_row,
        bytes_of_the_fullest_layer,
        bytes_without_expert_zero,
    ),
)
