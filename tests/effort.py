"""How many random examples the properties are tried with: all in CI and with `course.py test --all`, else a quarter."""

import os

FEW = 10  # so many are tried everywhere


def examples(number: int) -> int:
    """The number of examples for `settings(max_examples=...)`, of `number` that CI tries."""
    return number if os.environ.get("CI") else min(number, max(FEW, number // 4))
