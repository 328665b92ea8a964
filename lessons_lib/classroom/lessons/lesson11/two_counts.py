"""An exercise of lesson 11: count a mixture twice."""

from lessons_lib.classroom.exercises import Exercise


def my_two_counts(V, C, F, Fe, L, H, G, D, E, step):
    mixtures = L // step
    attention = 2 * C * H * D + 2 * C * G * D
    common = 2 * V * C + L * (attention + 2 * C) + C + (L - mixtures) * 3 * C * F + mixtures * E * C
    one = 3 * C * Fe
    return common + mixtures * (E + 1) * one, common + mixtures * 2 * one


def counts_forget_the_shared(V, C, F, Fe, L, H, G, D, E, step):
    """It looks as if the shared expert is missing. It is there in every mixture, and every token meets it."""
    total, active = my_two_counts(V, C, F, Fe, L, H, G, D, E, step)
    return total - L // step * 3 * C * Fe, active - L // step * 3 * C * Fe


def counts_forget_the_router(V, C, F, Fe, L, H, G, D, E, step):
    """It looks as if the routers are missing: E rows of C numbers in every mixture, and every token meets them."""
    total, active = my_two_counts(V, C, F, Fe, L, H, G, D, E, step)
    return total - L // step * E * C, active - L // step * E * C


def counts_mixtures_everywhere(V, C, F, Fe, L, H, G, D, E, step):
    """It looks as if every layer is a mixture. Only every step-th is; the others are dense."""
    return my_two_counts(V, C, F, Fe, L, H, G, D, E, 1)


def counts_one_width(V, C, F, Fe, L, H, G, D, E, step):
    """It looks as if dense layers are as wide as an expert. They have a width of their own, F."""
    return my_two_counts(V, C, Fe, Fe, L, H, G, D, E, step)


def counts_experts_as_wide_as_dense(V, C, F, Fe, L, H, G, D, E, step):
    """It looks as if experts are as wide as a dense layer. They have a width of their own, Fe."""
    return my_two_counts(V, C, F, F, L, H, G, D, E, step)


def counts_active_without_shared(V, C, F, Fe, L, H, G, D, E, step):
    """It looks as if a token meets one network in a mixture. It meets two, its expert and the shared one."""
    total, active = my_two_counts(V, C, F, Fe, L, H, G, D, E, step)
    return total, active - L // step * 3 * C * Fe


def counts_active_by_division(V, C, F, Fe, L, H, G, D, E, step):
    """It looks as if you divided the total by the number of experts. Attention, embedding and the shared expert are met
    by every token."""
    total, _ = my_two_counts(V, C, F, Fe, L, H, G, D, E, step)
    return total, total // E


def counts_tied(V, C, F, Fe, L, H, G, D, E, step):
    """It looks as if embedding and head are one matrix. In Llama 4 they are two."""
    total, active = my_two_counts(V, C, F, Fe, L, H, G, D, E, step)
    return total - V * C, active - V * C


def counts_heads_share_the_width(V, C, F, Fe, L, H, G, D, E, step):
    """It looks as if a head is C / H wide. Its width is D, whatever C and H are."""
    return my_two_counts(V, C, F, Fe, L, H, G, C // H, E, step)


TWO_COUNTS = Exercise(
    id="two_counts",
    title="Total and active parameters",
    difficulty=2,
    minutes=12,
    contract="V, C, F, Fe, L, H, G, D, E and step, whole numbers, to (all parameters, those that one token meets). "
    "Embedding and head are two matrices; layer i is a mixture where (i + 1) % step == 0.",
    cases=(
        (10, 4, 6, 3, 1, 2, 1, 2, 2, 1),
        (10, 4, 6, 3, 2, 2, 1, 2, 3, 2),
        (7, 6, 5, 4, 3, 3, 1, 4, 5, 2),
        (202048, 5120, 16384, 8192, 48, 40, 8, 128, 16, 1),
        (202048, 5120, 16384, 8192, 48, 40, 8, 128, 128, 2),
    ),
    tried="one layer by hand, an odd number of layers, heads of any width, Scout and Maverick",
    hints=(
        "There are L // step mixtures. All the rest is met by every token, their routers included.",
        "A network of width w has 3 * C * w numbers. A mixture has E + 1 of them.",
        "One token meets two networks of each mixture. Do not forget the norms: 2 * C a layer, and C at the end.",
    ),
    solution=my_two_counts,
    mistakes=(
        counts_forget_the_shared,
        counts_forget_the_router,
        counts_mixtures_everywhere,
        counts_one_width,
        counts_experts_as_wide_as_dense,
        counts_active_without_shared,
        counts_active_by_division,
        counts_tied,
        counts_heads_share_the_width,
    ),
)
