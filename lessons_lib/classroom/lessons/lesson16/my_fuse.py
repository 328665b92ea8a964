"""An exercise of lesson 16: several rankings made one."""

from lessons_lib.classroom.exercises import Exercise


def my_fuse(rankings, k):
    sums = {}
    for ranking in rankings:
        for place, name in enumerate(ranking, 1):
            sums[name] = sums.get(name, 0) + 1 / (k + place)
    return sorted(sums.items(), key=lambda item: -item[1])


def _fused(rankings, k, first=1, worth=lambda k, place: 1 / (k + place), best=True, join=sum, key=None, keep=None):
    """The same with the knobs that mistakes turn."""
    found = {}
    for ranking in rankings:
        for place, name in enumerate(ranking, first):
            found.setdefault(name, []).append(worth(k, place))
    if keep:
        found = {name: worths for name, worths in found.items() if keep(name, rankings)}
    sums = {name: join(worths) for name, worths in found.items()}
    ordered = sorted(sums.items(), key=key or (lambda item: -item[1] if best else item[1]))
    return ordered


def fuse_from_0(rankings, k):
    """It looks as if the first place is number 0. It is 1: a first place is worth 1 / (k + 1)."""
    return _fused(rankings, k, first=0, worth=lambda k, place: 1 / (k + place) if k + place else float("inf"))


def fuse_sums_of_places(rankings, k):
    """It looks as if places are added up. Then a name that only one ranking has comes first for being missed by the
    others. A place is worth 1 / (k + place), and a ranking that lacks a name adds nothing."""
    return _fused(rankings, k, worth=lambda k, place: place, best=False)


def fuse_sums_of_places_with_k(rankings, k):
    """It looks as if k + place is added up, and not one divided by it."""
    return _fused(rankings, k, worth=lambda k, place: k + place, best=False)


def fuse_without_k(rankings, k):
    """It looks as if k is left out: then a first place in one ranking outweighs a second and a third in two others."""
    return _fused(rankings, 0)


def fuse_k_of_60(rankings, k):
    """It looks as if k is always 60. It is an argument."""
    return _fused(rankings, 60)


def fuse_only_common(rankings, k):
    """It looks as if a name must stand in every ranking. One that some lack gets its share from the others."""
    return _fused(rankings, k, keep=lambda name, rankings: all(name in ranking for ranking in rankings))


def fuse_of_the_first(rankings, k):
    """It looks as if only names of the first ranking are kept. All rankings bring names."""
    return _fused(rankings, k, keep=lambda name, rankings: name in rankings[0])


def fuse_best_alone(rankings, k):
    """It looks as if only a name's best place counts. Its shares from all rankings are added up."""
    return _fused(rankings, k, join=max)


def fuse_mean(rankings, k):
    """It looks as if a name gets the mean of its shares. Then it costs a name nothing that other rankings lack it: add
    up, don't divide."""
    return _fused(rankings, k, join=lambda worths: sum(worths) / len(worths))


def fuse_product(rankings, k):
    """It looks as if a name's shares are multiplied. They are added up."""

    def product(worths):
        total = 1.0
        for worth in worths:
            total *= worth
        return total

    return _fused(rankings, k, join=product)


def fuse_worst_first(rankings, k):
    """It looks as if the worst comes first: sort by the sum downwards."""
    return _fused(rankings, k, best=False)


def fuse_ties_by_name(rankings, k):
    """It looks as if names with the same sum stand in the order of the alphabet. They stand in the order in which they
    were met: sorted(..., key=...) by the sum alone keeps that."""
    return _fused(rankings, k, key=lambda item: (-item[1], item[0]))


def fuse_ties_backwards(rankings, k):
    """It looks as if of two names with the same sum the one that was met last comes first: reversing a sorted list
    turns ties around too. Sort by minus the sum, or with reverse=True."""
    return _fused(rankings, k, best=False)[::-1]


def fuse_by_columns(rankings, k):
    """It looks as if all first places are read before the second ones. Read a ranking to its end: so names with the
    same sum are met in the order asked for."""
    met = [r[place] for place in range(max(map(len, rankings), default=0)) for r in rankings if place < len(r)]
    return _fused(rankings, k, key=lambda item: (-item[1], met.index(item[0])))


FUSE = Exercise(
    id="my_fuse",
    title="Two rankings, one list",
    difficulty=1,
    minutes=10,
    contract="rankings, a list of lists of names, each best first and no name twice, and k, 0 or more, to the list of "
    "(name, sum), highest sum first: place 1 of a ranking is worth 1 / (k + 1), place 2 is worth 1 / (k + 2), and so "
    "on. Of names with the same sum the one that was met first stands first, reading the first ranking to its end, "
    "then the second.",
    cases=(
        ([["a", "b"]], 60),
        ([["a", "b", "c"], ["c", "b", "d"]], 60),
        ([["a", "b", "c", "d"], ["e", "b", "f", "c"], ["g", "h", "b", "c"]], 0),
        ([["a", "b", "c", "d"], ["e", "b", "f", "c"], ["g", "h", "b", "c"]], 2),
        ([["z", "m"], ["y", "m"], ["x"]], 1),
        ([["b", "a"], ["a", "b"]], 10),
        ([["b", "x"], ["a", "x"]], 0),
        ([[], ["x", "y"]], 5),
        ([[], []], 5),
        ([], 5),
    ),
    tried="one, two and three rankings, names that one of them lacks, ties, empty rankings, k from 0 to 60",
    hints=(
        "A dict from name to sum; a name that is new begins with 0.",
        "enumerate(ranking, 1) counts places from 1.",
        "sorted(sums.items(), key=lambda item: -item[1]) keeps the order of those that tie.",
    ),
    solution=my_fuse,
    mistakes=(
        fuse_from_0,
        fuse_sums_of_places,
        fuse_sums_of_places_with_k,
        fuse_without_k,
        fuse_k_of_60,
        fuse_only_common,
        fuse_of_the_first,
        fuse_best_alone,
        fuse_mean,
        fuse_product,
        fuse_worst_first,
        fuse_ties_by_name,
        fuse_ties_backwards,
        fuse_by_columns,
    ),
)
