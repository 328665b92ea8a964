"""A load of clients that behave, vanish, stall and lie: nothing is lost, nothing stays behind, and all is right."""

import asyncio

from benchmarks.crowd import SHARES, draw, storm
from lessons_lib.generation import generate

from .conftest import NAME, wait_until

PROMPTS = ["Every head", "Grouped", "Every head reads", "key of its group. " * 6, "a"]


def test_sixty_clients_of_all_kinds(app, address, model, tokenizer, tmp_path):
    new = 12
    texts = [tokenizer.decode([*generate(model, tokenizer.encode(p), new, stop_token_ids=())]) for p in PROMPTS]
    port = int(address.rpartition(":")[2])
    load = asyncio.run(storm(port, NAME, [*zip(PROMPTS, texts, strict=True)], 60, 12, new))
    figures = load.figures()
    assert len(load.outcomes) == 60 and figures["wrong or lost"] == 0 and figures["right"] >= 40
    assert {outcome.kind for outcome in load.outcomes} == {*SHARES}
    wait_until(lambda: (c := app.served.engine.counters()).running == c.waiting == 0)
    counters = app.served.engine.counters()
    assert counters.submitted == counters.ended.total() and counters.ended["error"] == 0
    draw(load, tmp_path / "crowd.png")
    assert (tmp_path / "crowd.png").stat().st_size > 5_000
