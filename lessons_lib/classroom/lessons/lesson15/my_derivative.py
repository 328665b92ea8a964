"""An exercise of lesson 15: a derivative that also knows what is in both of two expressions."""

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson15.expressions import EMPTY, NOTHING, byte, either, star, text, then


def nullable(expression):
    """Whether the empty text belongs to an expression, "both" included."""
    kind, *parts = expression
    if kind == "then" or kind == "both":
        return nullable(parts[0]) and nullable(parts[1])
    if kind == "either":
        return any(map(nullable, parts[0]))
    return kind in ("empty", "star")


def my_derivative(expression, value):
    kind, *parts = expression
    if kind == "byte":
        return EMPTY if value in parts[0] else NOTHING
    if kind == "either":
        return either(*(my_derivative(part, value) for part in parts[0]))
    if kind == "star":
        return then(my_derivative(parts[0], value), expression)
    if kind == "then":
        rest = then(my_derivative(parts[0], value), parts[1])
        return either(rest, my_derivative(parts[1], value)) if nullable(parts[0]) else rest
    if kind == "both":
        return ("both", my_derivative(parts[0], value), my_derivative(parts[1], value))
    return NOTHING


def belong(derivative, expression, texts):
    """Of each text whether it belongs to the expression, by a learner's derivative, a byte after the other."""
    found = {}
    for one in texts:
        rest = expression
        for value in one.encode():
            rest = derivative(rest, value)
        found[one] = nullable(rest)
    return found


def _derived(expression, value, **other):
    """The solution, with other lines for some kinds."""
    kind, *parts = expression
    again = lambda part: _derived(part, value, **other)  # noqa: E731
    if kind in other:
        return other[kind](again, *parts, expression)
    if kind == "byte":
        return EMPTY if value in parts[0] else NOTHING
    if kind == "either":
        return either(*map(again, parts[0]))
    if kind == "star":
        return then(again(parts[0]), expression)
    if kind == "then":
        rest = then(again(parts[0]), parts[1])
        return either(rest, again(parts[1])) if nullable(parts[0]) else rest
    if kind == "both":
        return ("both", again(parts[0]), again(parts[1]))
    return NOTHING


def derivative_without_nullable(expression, value):
    """It looks as if a sequence always begins with its first part. Where that part may be empty (nullable), the byte
    may belong to the second part: both ways, by either(...)."""
    return _derived(expression, value, then=lambda again, a, b, _: then(again(a), b))


def derivative_always_both_ways(expression, value):
    """It looks as if in a sequence the byte may always belong to the second part. Only where the first may be
    empty."""
    return _derived(expression, value, then=lambda again, a, b, _: either(then(again(a), b), again(b)))


def derivative_skips_what_may_be_empty(expression, value):
    """It looks as if a first part that may be empty is always skipped. It may also begin: both ways, by
    either(...)."""
    return _derived(expression, value, then=lambda again, a, b, _: again(b) if nullable(a) else then(again(a), b))


def derivative_forgets_the_rest(expression, value):
    """It looks as if a sequence forgets its second part once the first has begun."""
    return _derived(
        expression, value, then=lambda again, a, b, _: either(again(a), again(b)) if nullable(a) else again(a)
    )


def derivative_repeats_once(expression, value):
    """It looks as if a star ends after one time. Behind the rest of this time it may come again:
    then(..., expression)."""
    return _derived(expression, value, star=lambda again, a, _: again(a))


def derivative_starts_the_star_anew(expression, value):
    """It looks as if a star after a byte is the whole star again. First comes what is left of this time."""
    return _derived(expression, value, star=lambda again, a, all_: NOTHING if again(a) == NOTHING else all_)


def derivative_of_one_of_both(expression, value):
    """It looks as if for "both" one of the two is enough, as for either. A text must belong to the two of them."""
    return _derived(expression, value, both=lambda again, a, b, _: either(again(a), again(b)))


def derivative_of_the_first_of_both(expression, value):
    """It looks as if of "both" only the first is followed. A text must belong to the second as well."""
    return _derived(expression, value, both=lambda again, a, b, _: again(a))


def derivative_without_both(expression, value):
    """It looks as if "both" is left out, or only one of its parts goes on: then no text belongs to it. The same byte is
    taken from the two at once."""
    return _derived(expression, value, both=lambda *_: NOTHING)


def derivative_keeps_the_byte(expression, value):
    """It looks as if a byte that fits stays. It is taken away, and what is left is EMPTY."""
    return _derived(expression, value, byte=lambda again, values, all_: all_ if value in values else NOTHING)


_a, _b = text("a"), text("b")
_word = star(byte(b"abc"))
DERIVATIVE = Exercise(
    id="my_derivative",
    title="What is in both",
    difficulty=2,
    minutes=15,
    kind="transfer",
    contract='an expression of the kinds "nothing", "empty", "byte", "then", "either", "star" and "both", and a byte '
    '(0 to 255), to the derivative, an expression. ("both", a, b) holds the texts that belong to a and to b; nullable '
    "knows it already.",
    cases=(
        (_a, ("a", "b", "", "aa")),
        (then(star(_a), _b), ("b", "ab", "aab", "a", "ba")),
        (star(text("ab")), ("", "ab", "abab", "aba", "abb")),
        (then(_a, _b), ("ab", "b", "a", "abb")),
        (("both", then(_word, _a), then(_b, _word)), ("ba", "bca", "a", "b", "ab", "ca")),
        (then(("both", star(byte(b"ab")), either(_a, text("bb"))), star(_b)), ("a", "bb", "ab", "b", "bbb", "aa")),
        (("both", _a, star(byte(b"ab"))), ("a", "ab", "b", "")),
        (("both", ("both", star(byte(b"ab")), then(_word, _a)), then(_a, _word)), ("a", "aba", "ab", "ba")),
        (star(("both", text("ab"), then(byte(b"ac"), byte(b"bd")))), ("", "ab", "abab", "cd", "abcd")),
    ),
    tried="a byte, a star before something, a star of two letters, a sequence, what is in both of two, a sequence that "
    "begins with it, both inside both, and its star",
    hints=(
        "Copy the lesson's derivative under the new name, its inner calls as well.",
        "A text of both without its first byte must be in what is left of a, and in what is left of b.",
        '("both", ..., ...) of the two derivatives.',
    ),
    solution=my_derivative,
    harness=belong,
    mistakes=(
        derivative_without_nullable,
        derivative_always_both_ways,
        derivative_skips_what_may_be_empty,
        derivative_forgets_the_rest,
        derivative_repeats_once,
        derivative_starts_the_star_anew,
        derivative_of_one_of_both,
        derivative_of_the_first_of_both,
        derivative_without_both,
        derivative_keeps_the_byte,
    ),
)
