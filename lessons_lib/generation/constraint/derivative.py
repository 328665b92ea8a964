"""Derivatives: what may still come after a byte is again an expression.

The derivative of an expression by a byte holds what is left of its texts that begin with this byte, once it is taken
away. Take one byte after the other; where the rest may be empty, the bytes belonged to the expression. No machine has
to be built for that: the expressions on the way are its states.

Source: Brzozowski 1964, "Derivatives of Regular Expressions"; Owens, Reppy and Turon 2009, "Regular-expression
derivatives re-examined".
"""

from __future__ import annotations

from functools import lru_cache

from lessons_lib.generation.constraint.expression import EMPTY, NOTHING, Expression, either, repeat, sequence


@lru_cache(1 << 16)
def derivative(expression: Expression, value: int) -> Expression:
    """What may follow the byte `value` (0 to 255) in this expression; `NOTHING` where it may not come.

    The last ones are remembered, for a part that stands in many states is asked in each of them.

    Source: Owens et al. 2009, section 3.1; the repeat with counts: d(r{n,m}) = d(r) r{n-1,m-1}.
    """
    match expression.kind:
        case "byte":
            return EMPTY if expression.parts[0] >> value & 1 else NOTHING
        case "either":
            return either(*(derivative(part, value) for part in expression.parts))
        case "repeat":
            inner, least, most = expression.parts
            rest = repeat(inner, max(least - 1, 0), None if most is None else most - 1)
            return sequence(derivative(inner, value), rest)
        case "sequence":
            found = []
            while expression.kind == "sequence":
                head, tail = expression.parts
                found.append(sequence(derivative(head, value), tail))
                if not head.nullable:
                    return either(*found)
                expression = tail  # the head may be left out
            return either(*found, derivative(expression, value))
    return NOTHING


def byte_classes(expression: Expression) -> list[int]:
    """Sets of bytes, apart from each other, after each of which the expression goes on in one way.

    One derivative a set is enough instead of 256. Bytes in none of them may not come.

    Source: Owens et al. 2009, section 4.2, where they are approximated in this way.
    """
    sets = _first_sets(expression)
    together = 0
    for values in sets:
        together |= values
    pieces = [together] if together else []
    for values in sets:
        pieces = [part for piece in pieces for part in (piece & values, piece & ~values) if part]
    return pieces


def matches(expression: Expression, data: bytes) -> bool:
    """Whether these bytes belong to the expression.

    Example:
        >>> from lessons_lib.generation.constraint.expression import text
        >>> matches(repeat(text(b"ab")), b"abab"), matches(repeat(text(b"ab")), b"aba")
        (True, False)
    """
    for value in data:
        expression = derivative(expression, value)
    return expression.nullable


def _first_sets(expression: Expression) -> list[int]:
    """The sets of bytes that say what the first byte may be, each once."""
    found: dict[int, None] = {}
    todo, seen = [expression], {expression}
    while todo:
        part = todo.pop()
        if part.kind == "byte":
            found[part.parts[0]] = None
            continue
        inner = part.inner
        if part.kind == "sequence" and not part.parts[0].nullable:
            inner = inner[:1]
        for one in inner:
            if one not in seen:
                seen.add(one)
                todo.append(one)
    return list(found)
