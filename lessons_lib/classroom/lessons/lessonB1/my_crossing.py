"""An exercise of appendix B1: from how many tokens on a hybrid keeps less than a model with attention alone."""

from lessons_lib.classroom.exercises import Exercise


def my_crossing(kinds, G, D, cache_bits, H, K, V, state_bits):
    states = kinds.count("state")
    if states == 0:
        return None
    kept, token = states * H * K * V * state_bits, states * 2 * G * D * cache_bits
    return kept // token + 1


def _crossing(
    kinds,
    G,
    D,
    cache_bits,
    H,
    K,
    V,
    state_bits,
    parts=2,
    count=lambda states, kept: states,
    saved=lambda states, kept: states,
    numbers=None,
    whole=lambda kept, token: kept // token + 1,
    none=None,
):
    """The same with the knobs that mistakes turn."""
    states, attention = kinds.count("state"), kinds.count("attention")
    if states == 0:
        return none
    numbers = H * K * V if numbers is None else numbers
    kept = count(states, attention) * numbers * state_bits
    token = saved(states, attention) * parts * G * D * cache_bits
    return whole(kept, token) if token else None


def crossing_of_keys_alone(*given):
    """It looks as if only keys are counted, or only values. A token leaves both in each layer with attention."""
    return _crossing(*given, parts=1)


def crossing_with_the_cache_that_stays(*given):
    """It looks as if the states are compared with the keys and values that the hybrid itself still keeps. Those are in
    both models. Compare the states with what they replace: the keys and values of the same layers."""
    return _crossing(*given, saved=lambda states, attention: attention)


def crossing_with_all_layers(*given):
    """It looks as if the states are compared with the keys and values of all layers. The hybrid keeps those of its
    layers with attention, too."""
    return _crossing(*given, saved=lambda states, attention: states + attention)


def crossing_of_a_single_state(*given):
    """It looks as if one layer's state is compared with the keys and values of several. Each layer with a state has one
    of its own."""
    return _crossing(*given, count=lambda states, attention: 1)


def crossing_where_every_layer_has_a_state(*given):
    """It looks as if every layer has a state. Those with attention have none."""
    return _crossing(*given, count=lambda states, attention: states + attention)


def crossing_rounded_up(*given):
    """It looks as if an equal size counts as less: right where they are not equal, but where the division has no rest
    one token more is needed."""
    return _crossing(*given, whole=lambda kept, token: -(-kept // token))


def crossing_rounded_down(*given):
    """It looks as if the division was rounded down. With so many tokens the hybrid doesn't keep less yet: one more is
    needed."""
    return _crossing(*given, whole=lambda kept, token: kept // token)


def crossing_rounded_to_the_nearest(*given):
    """It looks as if the division was rounded. Where that goes down, or where there is no rest, the hybrid doesn't keep
    less yet: one more token is needed."""
    return _crossing(*given, whole=lambda kept, token: round(kept / token))


def crossing_searched_for_too_shortly(*given):
    """It looks as if a search ends before the text is long enough. There is a number wherever a layer has a state."""
    found = my_crossing(*given)
    return found if found is None or found < 100_000 else None


def crossing_in_parts_of_a_token(*given):
    """It looks as if parts of a token came out. Asked for is the smallest whole number of tokens."""
    return _crossing(*given, whole=lambda kept, token: kept / token)


def crossing_with_swapped_bits(kinds, G, D, cache_bits, H, K, V, state_bits):
    """It looks as if the two numbers of bits are swapped: state_bits belongs to a number of the state."""
    return _crossing(kinds, G, D, state_bits, H, K, V, cache_bits)


def crossing_without_bits(kinds, G, D, cache_bits, H, K, V, state_bits):
    """It looks as if numbers are counted and not bytes: those of the cache and those of the state may have different
    bits."""
    return _crossing(kinds, G, D, 1, H, K, V, 1)


def crossing_of_one_head(kinds, G, D, cache_bits, H, K, V, state_bits):
    """It looks as if the state has one matrix. It has H of them, one a head."""
    return _crossing(kinds, G, D, cache_bits, 1, K, V, state_bits)


def crossing_of_one_key(kinds, G, D, cache_bits, H, K, V, state_bits):
    """It looks as if a token leaves one key and one value. It leaves G of each."""
    return my_crossing(kinds, 1, D, cache_bits, H, K, V, state_bits)


def crossing_of_nothing_without_attention(*given):
    """It looks as if a model without attention gets None. Its states still pay from some length on, beside a model of
    attention alone. None is for one without a state."""
    return my_crossing(*given) if "attention" in given[0] else None


def crossing_of_rows_and_columns(kinds, G, D, cache_bits, H, K, V, state_bits):
    """It looks as if a matrix of K rows and V columns has K + V numbers. It has K times V."""
    return _crossing(kinds, G, D, cache_bits, H, K, V, state_bits, numbers=H * (K + V))


def crossing_of_squares(kinds, G, D, cache_bits, H, K, V, state_bits):
    """It looks as if K and V are taken for equal. A matrix has K rows and V columns."""
    return _crossing(kinds, G, D, cache_bits, H, K, K, state_bits)


def crossing_with_all_heads(kinds, G, D, cache_bits, H, K, V, state_bits):
    """It looks as if the cache is counted with H heads. H is that of the state; G heads of width D are kept."""
    return _crossing(kinds, H, D, cache_bits, H, K, V, state_bits)


def crossing_of_nothing(*given):
    """It looks as if 0 or 1 stands for never. Without a layer with a state the two models are the same, at any length:
    None."""
    return _crossing(*given, none=0)


def crossing_of_nothing_at_one(*given):
    """It looks as if 0 or 1 stands for never. Without a layer with a state the two models are the same, at any length:
    None."""
    return _crossing(*given, none=1)


S, A = "state", "attention"
CROSSING = Exercise(
    id="my_crossing",
    title="Where the state begins to pay",
    difficulty=2,
    minutes=12,
    kind="transfer",
    contract='kinds, a list of "state" and "attention", one for each layer; G heads of keys and as many of values, '
    "each of D numbers with cache_bits bits; H matrices of K rows and V columns, of numbers with state_bits bits. To "
    "the smallest whole number of tokens of a text for which what this hybrid keeps is fewer bytes than if all its "
    "layers had attention; None if there is no such number. Windows of convolutions are left out.",
    cases=(
        ([S], 1, 2, 16, 1, 2, 3, 16),
        ([S, A], 1, 4, 16, 1, 8, 4, 16),
        ([S, S, S, A], 2, 16, 16, 4, 32, 20, 32),
        ([A, S, A, A], 3, 10, 8, 5, 7, 11, 32),
        ([S, S, S, A, S, S, S, A], 2, 256, 16, 32, 128, 128, 32),
        ([A, A], 2, 16, 16, 4, 32, 20, 32),
        ([S, A, S], 4, 8, 32, 2, 6, 9, 8),
        ([S, S], 2, 5, 16, 5, 4, 8, 16),
        ([S], 1, 1, 4, 1, 3, 2, 4),
        ([S], 1, 1, 4, 64, 64, 64, 8),
    ),
    tried="one layer and several, more of one kind and of the other, 4 bits, an equal size, a long text, and no state",
    hints=(
        "A layer with attention keeps the same in both models. Which layers differ?",
        "In one layer: H * K * V numbers whatever the length, against 2 * G * D for each token.",
        "Fewer, so not equal: the division without its rest, and one more.",
    ),
    solution=my_crossing,
    mistakes=(
        crossing_of_keys_alone,
        crossing_with_the_cache_that_stays,
        crossing_with_all_layers,
        crossing_of_a_single_state,
        crossing_where_every_layer_has_a_state,
        crossing_rounded_up,
        crossing_rounded_down,
        crossing_rounded_to_the_nearest,
        crossing_searched_for_too_shortly,
        crossing_in_parts_of_a_token,
        crossing_with_swapped_bits,
        crossing_without_bits,
        crossing_of_one_head,
        crossing_of_one_key,
        crossing_of_nothing_without_attention,
        crossing_of_rows_and_columns,
        crossing_of_squares,
        crossing_with_all_heads,
        crossing_of_nothing,
        crossing_of_nothing_at_one,
    ),
)
