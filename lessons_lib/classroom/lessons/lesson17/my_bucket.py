"""An exercise of lesson 17: a limit of tokens for each who asks, by a bucket that fills steadily."""

import math

from lessons_lib.classroom.exercises import Exercise


def my_bucket(asked, most, refill):
    import math

    buckets, waits = {}, []
    for now, owner, tokens in asked:
        left, since = buckets.get(owner, (most, now))
        left = min(most, left + (now - since) * refill)
        if tokens <= left:
            waits.append(0)
            left -= tokens
        else:
            waits.append((tokens - left) / refill if tokens <= most else math.inf)
        buckets[owner] = (left, now)
    return waits


def _waits(
    asked,
    most,
    refill,
    owner_of=lambda owner: owner,
    first=None,
    cap=min,
    gain=lambda seconds, refill: seconds * refill,
    enough=lambda tokens, left: tokens <= left,
    price=lambda tokens: tokens,
    refused=lambda left, tokens: left,
    wait=lambda tokens, left, most, refill: (tokens - left) / refill if tokens <= most else math.inf,
    since_of=lambda since, now, taken: now,
    late_cap=False,
    rest=lambda left, tokens: left - tokens,
):
    """The same with the knobs that mistakes turn."""
    buckets, waits = {}, []
    for now, owner, tokens in asked:
        start = most if first is None else first
        left, since = buckets.get(owner_of(owner), (start, now))
        left = left + gain(now - since, refill)
        left = left if late_cap else cap(most, left)
        taken = enough(price(tokens), left)
        waits.append(0 if taken else wait(price(tokens), left, most, refill))
        left = rest(left, price(tokens)) if taken else refused(left, tokens)
        left = min(most, left) if late_cap else left
        buckets[owner_of(owner)] = (left, since_of(since, now, taken))
    return waits


def bucket_for_all(asked, most, refill):
    """It looks as if all share one bucket. Each owner has one: nobody pays for another's greed."""
    return _waits(asked, most, refill, owner_of=lambda owner: None)


def bucket_that_starts_empty(asked, most, refill):
    """It looks as if a bucket starts empty. It is full when its owner is first seen."""
    return _waits(asked, most, refill, first=0)


def bucket_without_a_brim(asked, most, refill):
    """It looks as if a bucket has no brim: whoever stays away for a day could then take a day's tokens at once. It
    never holds more than most."""
    return _waits(asked, most, refill, cap=lambda most, left: left)


def bucket_with_a_late_brim(asked, most, refill):
    """It looks as if the brim is minded only after the tokens were taken. Before they are taken the bucket holds most
    at the most."""
    return _waits(asked, most, refill, late_cap=True)


def bucket_of_requests(asked, most, refill):
    """It looks as if each request takes one. Here it takes as many as it asks for: a long answer costs more than a
    short one."""
    return _waits(asked, most, refill, price=lambda tokens: 1)


def bucket_that_must_keep_one(asked, most, refill):
    """It looks as if exactly as many as asked for are not enough. They are: at least as many."""
    return _waits(asked, most, refill, enough=lambda tokens, left: tokens < left)


def bucket_that_punishes(asked, most, refill):
    """It looks as if a request that is refused takes tokens too, so the bucket goes below nothing. Then whoever asks
    again too soon waits longer and longer. A refused one takes nothing."""
    return _waits(asked, most, refill, refused=lambda left, tokens: left - tokens)


def bucket_that_is_emptied(asked, most, refill):
    """It looks as if a request that is refused takes what is left. It takes nothing."""
    return _waits(asked, most, refill, refused=lambda left, tokens: 0)


def bucket_until_full(asked, most, refill):
    """It looks as if the wait is until the bucket is full. It is until it holds as many as asked for."""
    return _waits(
        asked,
        most,
        refill,
        wait=lambda tokens, left, most, refill: (most - left) / refill if tokens <= most else math.inf,
    )


def bucket_from_nothing(asked, most, refill):
    """It looks as if the wait is counted from an empty bucket. What is left need not come in anew."""
    return _waits(
        asked, most, refill, wait=lambda tokens, left, most, refill: tokens / refill if tokens <= most else math.inf
    )


def bucket_with_hope(asked, most, refill):
    """It looks as if whoever asks for more than a bucket can hold is told to wait. There will never be enough:
    infinity."""
    return _waits(asked, most, refill, wait=lambda tokens, left, most, refill: (tokens - left) / refill)


def bucket_of_none(asked, most, refill):
    """It looks as if None stands for never. Asked for is infinity: math.inf."""
    return [None if wait == math.inf else wait for wait in my_bucket(asked, most, refill)]


def bucket_since_the_first(asked, most, refill):
    """It looks as if the time is always counted from the owner's first request, so the same seconds fill the bucket
    again and again. Note when it was last filled."""
    return _waits(asked, most, refill, since_of=lambda since, now, taken: since)


def bucket_since_the_last_taken(asked, most, refill):
    """It looks as if the time of a refused request isn't noted, though what had come in by then was: those seconds are
    counted twice."""
    return _waits(asked, most, refill, since_of=lambda since, now, taken: now if taken else since)


def bucket_that_never_fills(asked, most, refill):
    """It looks as if nothing comes in with time. A bucket gains refill tokens a second, up to most."""
    return _waits(asked, most, refill, gain=lambda seconds, refill: 0)


def bucket_by_division(asked, most, refill):
    """It looks as if the seconds are divided by refill. refill is tokens a second, so they are multiplied."""
    return _waits(asked, most, refill, gain=lambda seconds, refill: seconds / refill)


def bucket_that_rounds_what_is_left(asked, most, refill):
    """It looks as if parts of a token are lost when a request takes its tokens. They stay in the bucket."""
    return _waits(asked, most, refill, rest=lambda left, tokens: int(left - tokens))


def bucket_that_can_never_be_emptied(asked, most, refill):
    """It looks as if a request for exactly most tokens is told never. A full bucket holds just as many."""
    return _waits(
        asked,
        most,
        refill,
        enough=lambda tokens, left: tokens <= left and tokens < most,
        wait=lambda tokens, left, most, refill: (tokens - left) / refill if tokens < most else math.inf,
    )


def bucket_of_whole_seconds(asked, most, refill):
    """It looks as if only whole tokens come in. Parts of one count, too."""
    return _waits(asked, most, refill, gain=lambda seconds, refill: int(seconds * refill))


def bucket_of_windows(asked, most, refill):
    """It looks as if the bucket is filled at once, whenever so much time has passed that it could be full. It fills
    steadily; in steps, somebody could take twice as many around such a moment."""
    buckets, waits = {}, []
    for now, owner, tokens in asked:
        left, since = buckets.get(owner, (most, now))
        if now - since >= most / refill:
            left, since = most, now
        waits.append(0 if tokens <= left else (tokens - left) / refill if tokens <= most else math.inf)
        buckets[owner] = (left - tokens * (tokens <= left), since)
    return waits


def bucket_of_yes_and_no(asked, most, refill):
    """It looks as if you say whether a request is taken. Asked for are seconds: 0 for one that is taken."""
    return [wait == 0 for wait in my_bucket(asked, most, refill)]


def bucket_of_full_seconds(asked, most, refill):
    """It looks as if the seconds are rounded up, as the server's Retry-After must be. Here parts of a second count."""
    return [math.ceil(wait) if wait < math.inf else wait for wait in my_bucket(asked, most, refill)]


def bucket_that_waits_by_product(asked, most, refill):
    """It looks as if what is missing is multiplied by refill. refill is tokens a second: the seconds are what is
    missing, divided by it."""
    return _waits(
        asked,
        most,
        refill,
        wait=lambda tokens, left, most, refill: (tokens - left) * refill if tokens <= most else math.inf,
    )


def bucket_of_moments(asked, most, refill):
    """It looks as if you give the moment at which there would be enough. Asked for are the seconds until then."""
    return [
        wait + now if 0 < wait < math.inf else wait
        for wait, (now, *_) in zip(my_bucket(asked, most, refill), asked, strict=True)
    ]


BUCKET = Exercise(
    id="my_bucket",
    title="A limit of tokens",
    difficulty=2,
    minutes=20,
    kind="transfer",
    contract="asked, a list of (second, owner, tokens) in the order of time, most and refill (both above 0), to a list "
    "as long: 0 for each request that is taken, else the seconds until there would be enough if nothing else were "
    "asked, and math.inf where there never would be. Each owner has a bucket. It is full, with most tokens, when its "
    "owner is first seen, gains refill tokens a second, parts of one included, and never holds more than most. A "
    "request takes its tokens if at least so many are there; otherwise it takes nothing.",
    cases=(
        ([(0, "ann", 10)], 10, 1),
        ([(0, "ann", 6), (0, "ann", 6)], 10, 2),
        ([(0, "ann", 6), (0, "bob", 6), (1, "ann", 6)], 10, 1),
        ([(0, "ann", 10), (4, "ann", 6), (7, "ann", 6), (8, "ann", 6)], 10, 1),
        ([(0, "ann", 10), (2, "ann", 6), (3, "ann", 6), (4, "ann", 6), (6, "ann", 6)], 10, 1),
        ([(0, "ann", 4), (100, "ann", 10), (100, "ann", 3)], 10, 2),
        ([(0, "ann", 10), *[(100, "ann", 5)] * 4], 10, 1),
        ([(0, "ann", 11), (0, "ann", 10)], 10, 1),
        ([(0, "ann", 8), (1, "ann", 12), (2, "ann", 4), (2, "bob", 12)], 10, 1),
        ([(0, "ann", 8), (0.5, "ann", 3), (0.75, "ann", 3), (1.5, "ann", 3)], 8, 2),
        ([(0, "ann", 10), (2.5, "ann", 2), (4, "ann", 2)], 10, 1),
        ([(0, "ann", 5), (9, "ann", 8), (11, "ann", 8), (12, "ann", 3)], 10, 1),
        ([(5, "ann", 3), (5, "bob", 9), (6, "ann", 9), (7, "bob", 3), (9, "ann", 9)], 9, 0.5),
        ([(0, "ann", 0), (0, "ann", 10), (0, "ann", 0), (0, "ann", 1)], 10, 4),
        ([(0, "ann", 12), (6, "ann", 12), (9, "ann", 4), (9, "ann", 4)], 12, 1.5),
        ([(0, "ann", 10), (5, "ann", 12), (5, "ann", 5), (30, "ann", 10), (31, "ann", 10)], 10, 1),
        ([], 10, 1),
    ),
    tried="two owners, waits, ties, parts of a token, a long absence, requests for nothing and for more than fits",
    hints=(
        "Keep two numbers for each owner: how many tokens were left, and when that was.",
        "left = min(most, left + (now - since) * refill) brings a bucket up to now. Only then look whether it is "
        "enough.",
        "Behind a refused request note both anew, or neither: with the time alone what has come in is lost, with the "
        "tokens alone it comes in twice.",
    ),
    solution=my_bucket,
    mistakes=(
        bucket_for_all,
        bucket_that_starts_empty,
        bucket_without_a_brim,
        bucket_with_a_late_brim,
        bucket_of_requests,
        bucket_that_must_keep_one,
        bucket_that_punishes,
        bucket_that_is_emptied,
        bucket_until_full,
        bucket_from_nothing,
        bucket_with_hope,
        bucket_of_none,
        bucket_since_the_first,
        bucket_since_the_last_taken,
        bucket_that_never_fills,
        bucket_by_division,
        bucket_that_rounds_what_is_left,
        bucket_that_can_never_be_emptied,
        bucket_of_whole_seconds,
        bucket_of_windows,
        bucket_of_yes_and_no,
        bucket_of_full_seconds,
        bucket_that_waits_by_product,
        bucket_of_moments,
    ),
)
