"""An exercise of lesson 18: what a machine costs that stops when nobody asks, and how long people wait for it."""

from itertools import pairwise

from lessons_lib.classroom.exercises import Exercise


def my_bill(times, work, start, keep):
    paid, starts, longest = 0, 0, 0
    free = stops = None  # when the machine has answered all so far, and when it then stops
    for now in times:
        if stops is None or now > stops:
            starts += 1
            free, stops = now + start, now
        free = max(free, now) + work
        paid += free + keep - stops  # it runs longer than was known before
        stops = free + keep
        longest = max(longest, free - now)
    return paid, starts, longest


def _bill(
    times,
    work,
    start,
    keep,
    stopped=lambda now, stops: now > stops,
    paid_from=lambda now, start: now,
    since=lambda free, now, began: free,
    paid_keep=1,
    count_first=True,
    queue=True,
    waited=lambda free, now, work, cold, start: free - now,
    combine=max,
    last=True,
    double=False,
):
    """The same with the knobs that mistakes turn."""
    paid, starts, waits, began = 0, 0, [], None
    free = stops = billed = None
    for now in times:
        cold = stops is None or stopped(now, stops)
        if cold:
            starts += 1
            began, free, billed = now, now + start, paid_from(now, start)
        begin = max(free, now) if queue or cold else now
        free = begin + work
        end = free + paid_keep * keep
        paid += keep + work + (start if cold else 0) if double else end - billed
        billed, stops = end, since(free, now, began) + keep
        waits.append(waited(free, now, work, cold, start))
    starts -= 0 if count_first or not times else 1
    paid -= 0 if last or not times else keep
    return paid, starts, combine(waits) if waits else 0


def bill_of_work(times, work, start, keep):
    """It looks as if only the seconds of work are paid. The machine is paid while it starts, while it waits, and until
    it stops."""
    _, starts, longest = my_bill(times, work, start, keep)
    return len(times) * work, starts, longest


def bill_without_starts(times, work, start, keep):
    """It looks as if a cold start is not paid. Paid is from the request that starts a machine."""
    return _bill(times, work, start, keep, paid_from=lambda now, start: now + start)


def bill_without_keep(times, work, start, keep):
    """It looks as if the seconds between the last answer and the stop are not paid. The machine still runs."""
    paid, starts, longest = my_bill(times, work, start, keep)
    return paid - keep * starts, starts, longest


def bill_without_the_last_keep(times, work, start, keep):
    """It looks as if the last machine stops with its last answer. It waits keep seconds for somebody, as each does."""
    return _bill(times, work, start, keep, last=False)


def bill_with_keep_for_each(times, work, start, keep):
    """It looks as if keep seconds are paid for each request. If the next one comes before they are over, only those
    until then have passed."""
    return _bill(times, work, start, keep, double=True)


def bill_that_stops_a_moment_early(times, work, start, keep):
    """It looks as if a request at the very second of the stop finds no machine. It still finds it."""
    return _bill(times, work, start, keep, stopped=lambda now, stops: now >= stops)


def bill_since_the_request(times, work, start, keep):
    """It looks as if keep is counted from the last request. It is counted from the last answer."""
    return _bill(times, work, start, keep, since=lambda free, now, began: now)


def bill_since_the_start(times, work, start, keep):
    """It looks as if a machine stops keep seconds after it was started, whoever asks. Each answer begins the seconds
    anew."""
    return _bill(times, work, start, keep, since=lambda free, now, began: began)


def bill_always_cold(times, work, start, keep):
    """It looks as if each request starts a machine. One that still runs answers it."""
    return _bill(times, work, start, keep, stopped=lambda now, stops: True)


def bill_never_stopping(times, work, start, keep):
    """It looks as if the machine never stops once it runs. Then nothing is gained over one that is always on."""
    return _bill(times, work, start, keep, stopped=lambda now, stops: False)


def bill_without_a_queue(times, work, start, keep):
    """It looks as if the machine answers several requests at a time. It answers one after the other: who comes
    meanwhile waits."""
    return _bill(times, work, start, keep, queue=False)


def bill_with_waits_to_the_beginning(times, work, start, keep):
    """It looks as if the longest time ends where the work on a request begins. It ends with the answer."""
    return _bill(times, work, start, keep, waited=lambda free, now, work, cold, start: free - now - work)


def bill_without_the_wait_for_the_start(times, work, start, keep):
    """It looks as if nobody waits for a cold start. Whoever's request starts the machine does, and those who come
    meanwhile."""
    return _bill(times, work, start, keep, waited=lambda free, now, work, cold, start: free - now - start * cold)


def bill_of_the_mean(times, work, start, keep):
    """It looks as if you give the mean time to an answer. Asked for is the longest."""
    return _bill(times, work, start, keep, combine=lambda waits: sum(waits) / len(waits))


def bill_of_the_last_wait(times, work, start, keep):
    """It looks as if you give the time of the last request to its answer. Asked for is the longest of all."""
    return _bill(times, work, start, keep, combine=lambda waits: waits[-1])


def bill_without_the_first_start(times, work, start, keep):
    """It looks as if the first machine had been there already. At first none runs."""
    return _bill(times, work, start, keep, count_first=False)


def bill_from_request_to_request(times, work, start, keep):
    """It looks as if starts were counted by the pauses between requests. A machine stops keep seconds after its last
    answer, which comes later than the request."""
    paid, _, longest = my_bill(times, work, start, keep)
    return paid, bool(times) + sum(b - a > keep for a, b in pairwise(times)), longest


def bill_with_a_machine_at_0(times, work, start, keep):
    """It looks as if a machine were there at second 0, to which its first moments were set. At first none runs, not
    even for a request at 0."""
    paid, starts, longest, free, stops = 0, 0, 0, 0, 0
    for now in times:
        if now > stops:
            starts, free, stops = starts + 1, now + start, now
        free = max(free, now) + work
        paid, stops, longest = paid + free + keep - stops, free + keep, max(longest, free - now)
    return paid, starts, longest


def bill_in_another_order(times, work, start, keep):
    """The numbers seem right, in another order: asked for are seconds paid, cold starts, longest time."""
    paid, starts, longest = my_bill(times, work, start, keep)
    return starts, paid, longest


BILL = Exercise(
    id="my_bill",
    title="A bill by the second",
    difficulty=2,
    minutes=20,
    kind="transfer",
    contract="times, a list of the seconds at which requests come, in order, each with `work` seconds of work; start, "
    "seconds of a cold start; keep, seconds. To three numbers: the seconds that are paid, the number of cold starts, "
    "and the longest time from a request to its answer (0 without requests). There is at most one machine, and it "
    "answers requests one after the other. If none runs when a request comes, one is started, which takes start "
    "seconds. A machine stops keep seconds after its last answer, if nobody has asked until then; a request at that "
    "very second still finds it. Paid is from the request that starts a machine until it stops.",
    cases=(
        ([0], 2, 10, 30),
        ([0, 100], 2, 10, 30),
        ([0, 20], 2, 10, 30),
        ([0, 42], 2, 10, 30),
        ([0, 43], 2, 10, 30),
        ([0, 1, 2], 5, 10, 30),
        ([0, 30, 60, 90], 2, 7, 30),
        ([5, 5, 5, 50, 51, 200], 4, 12, 20),
        ([0, 12, 24, 36, 48], 3, 6, 0),
        ([10, 21, 22, 23, 60], 3, 8, 10),
        ([0, 8, 30, 300, 306, 310], 10, 0, 15),
        ([3, 50, 51, 52, 53, 54], 2.25, 20, 40),
        ([1, 20, 40, 61, 82, 104], 1, 5, 20),
        ([], 2, 10, 30),
    ),
    tried="one request and several, queues, pauses just short of the stop, at it and beyond it, keep and start of 0",
    hints=(
        "Keep two moments: when the machine has answered all so far, and when it then stops.",
        "If now is later than the stop, a start begins at now: the machine is free at now + start.",
        "The answer comes at max(free, now) + work. The stop moves to keep seconds after it; what is paid grows by as "
        "much as the stop has moved.",
    ),
    solution=my_bill,
    mistakes=(
        bill_of_work,
        bill_without_starts,
        bill_without_keep,
        bill_without_the_last_keep,
        bill_with_keep_for_each,
        bill_that_stops_a_moment_early,
        bill_since_the_request,
        bill_since_the_start,
        bill_always_cold,
        bill_never_stopping,
        bill_without_a_queue,
        bill_with_waits_to_the_beginning,
        bill_without_the_wait_for_the_start,
        bill_of_the_mean,
        bill_of_the_last_wait,
        bill_without_the_first_start,
        bill_from_request_to_request,
        bill_with_a_machine_at_0,
        bill_in_another_order,
    ),
)
