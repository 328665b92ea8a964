"""The recorded ways of lesson 13 side by side: what eight seeds of each gave, and how far one way is from another."""

from statistics import mean, stdev

from lessons_lib.classroom.lessons.lesson12.recorded import spread
from lessons_lib.classroom.lessons.lesson13 import recorded
from lessons_lib.classroom.lessons.lesson13.liking import Way

LAST = 8  # steps, over which a reward is a mean: 16 of the pairs that a model learns from
MEASURES = {
    "liked of 20": lambda run: run.told.liked,
    "empty of 20": lambda run: sum(not answer.text for answer in run.told.said),
    "perplexity": lambda run: run.told.perplexity,
    "reward, liked": lambda run: mean(run.chosen[-LAST:]),
    "reward, other": lambda run: mean(run.rejected[-LAST:]),
}


def of(way: Way, name: str) -> list[float]:
    """What each seed of a way gave; name is one of `MEASURES`, rewards are in nats."""
    return [MEASURES[name](run) for run in recorded.runs()[way]]


def less(name: str, way: Way, base: Way) -> tuple[float, float]:
    """One way less another, seed by seed: the mean, and how far its 95% interval reaches to both sides.

    Source: the paired t interval; 2.36 is what Student's table has for eight pairs.
    """
    apart = [a - b for a, b in zip(of(way, name), of(base, name), strict=True)]
    return mean(apart), 2.36 * stdev(apart) / len(apart) ** 0.5


def compare(**ways: Way) -> None:
    """Print of each way the mean of its seeds, in brackets from where to where they go, and it less the first way."""
    first, *others = ways.values()
    print(" " * 16, *(f"{name.replace('_', ' '):>22}" for name in ways))
    for name in MEASURES:
        print(f"{name:16}", *(f"{spread(of(way, name), digits=2):>22}" for way in ways.values()))
        apart = ("{:+.2f} ± {:.2f}".format(*less(name, way, first)) for way in others)
        print(f"{'  less the first':16}", " " * 22, *(f"{each:>22}" for each in apart))
