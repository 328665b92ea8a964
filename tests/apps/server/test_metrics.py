"""Metrics as Prometheus's own parser reads them, and the buckets that limit who asks."""

import httpx
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from lessons_lib.apps.server.limits import Rate
from lessons_lib.apps.server.metrics import Histogram

from .conftest import NAME, wait_until


def samples(address):
    text = httpx.get(f"{address}/metrics").text
    families = [*text_string_to_metric_families(text)]
    assert len({family.name for family in families}) == len(families) and all(f.documentation for f in families)
    return {(s.name, *sorted(s.labels.values())): s.value for family in families for s in family.samples}


def test_the_numbers_are_those_of_what_was_answered(app, address, client):
    before = samples(address)
    answers = [client.completions.create(model=NAME, prompt="a", max_tokens=4, n=2) for _ in range(3)]
    after = samples(address)

    def more(*key):
        return after.get(key, 0) - before.get(key, 0)

    assert more("lessons_requests_total", "/v1/completions", "200") == 3
    assert more("lessons_texts_submitted_total") == 6
    assert more("lessons_new_tokens_total") == sum(answer.usage.completion_tokens for answer in answers)
    assert more("lessons_first_token_seconds_count") == more("lessons_answer_seconds_count") == 3
    assert more("lessons_answer_seconds_bucket", "+Inf") == 3 and more("lessons_answer_seconds_sum") > 0
    assert after["lessons_up",] == 1 and after["lessons_texts_running",] == 0
    wait_until(lambda: app.served.engine.counters().running == 0)


@given(st.lists(st.floats(0, 5)))
def test_a_histogram_counts_each_time_once(times):
    found = Histogram((1, 2, 3))
    for seconds in times:
        found.add(seconds)
    for n, edge in enumerate(found.edges):
        assert sum(found.counts[: n + 1]) == sum(seconds <= edge for seconds in times)
    assert sum(found.counts) == len(times)


@given(st.integers(1, 20), st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 30)), max_size=60))
def test_nobody_gets_more_than_a_full_bucket_and_what_has_flown_in(most, asked):
    now, got = [0.0], {"a": [], "b": []}
    rate = Rate(most, clock=lambda: now[0])
    for owner, pause in asked:
        now[0] += pause
        wait = rate.wait(owner)
        if wait == 0:
            got[owner].append(now[0])
        else:
            now[0] += wait + 1e-6
            assert rate.wait(owner) == 0  # as it was told
            got[owner].append(now[0])
    for times in got.values():
        for first in range(len(times)):
            for last in range(first, len(times)):
                assert last - first + 1 <= most + (times[last] - times[first]) * most / 60 + 1e-6
