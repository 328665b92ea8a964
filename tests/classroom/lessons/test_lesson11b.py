"""Lesson 11b: the solutions against libraries that nobody here wrote, its recorded runs, mistakes in other words."""

import json
import math

import numpy as np
import pytest
import torch
from classroom.styles import accept, refuse
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers.models.mixtral.modeling_mixtral import load_balancing_loss_func

from lessons_lib import ModelConfig
from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson11b
from lessons_lib.classroom.lessons.lesson09.stories import stories
from lessons_lib.classroom.lessons.lesson09b.track import vocabulary, words
from lessons_lib.classroom.lessons.lesson11b import recorded, small, tiny, which_balance
from lessons_lib.classroom.lessons.lesson11b.my_balance import my_balance
from lessons_lib.classroom.lessons.lesson11b.my_moving_bias import my_moving_bias
from lessons_lib.classroom.lessons.lesson11b.my_served import my_served
from lessons_lib.config import costs
from lessons_lib.layers import adjust_correction_bias, expert_load, record_routes
from lessons_lib.layers.moe import Router
from lessons_lib.training import Recipe, Rows, Run, held_out_loss

EXERCISES = {exercise.id: exercise for exercise in lesson11b.EXERCISES}
bounded = settings(derandomize=True, max_examples=examples(30), deadline=None)


# What is stored


def test_the_recorded_races_are_of_todays_models():
    stored = json.loads(recorded.STORED.read_text("utf-8"))
    assert [(race["model"], race["balance"]) for race in stored["races"]] == [race[:2] for race in recorded.RACES]
    for race, settings_ in zip(stored["races"], recorded.RACES, strict=True):
        assert race["fingerprint"] == recorded.fingerprint(*settings_), f"run {stored['command']}"
        assert len(race["runs"]) == len(recorded.SEEDS) and race["rate"] in recorded.RATES
    long = recorded.fingerprint("small Llama 4", "loss", recorded.LONG_STEPS)
    assert stored["long"]["fingerprint"] == long, f"run {stored['command']}"


def test_the_stored_weights_are_those_of_the_long_run():
    last = recorded.long_run()["written"][-1]
    assert held_out_loss(recorded.trained(), small.texts().unread, 50) == pytest.approx(last.loss, abs=0.01)
    assert recorded.WEIGHTS.stat().st_size < 1e6


def test_a_run_begins_as_it_was_recorded():
    """Ten steps of a race, whose first mean is stored."""
    for name, balance in (("small Llama 4", "bias"), ("dense, as many numbers met", "none")):
        race = recorded.races()[name, balance]
        run = small.run(small.fresh(name, balance, 2), balance, 2, race.rate, recorded.STEPS)
        assert sum(next(run).loss for _ in range(10)) / 10 == pytest.approx(float(race.curve[2, 0]), abs=0.02)


def test_the_dense_models_have_the_numbers_that_their_names_say():
    mixture = small.fresh().config
    met, all_of_it = (costs.num_parameters(small.fresh(name).config) for name in small.MODELS if "dense" in name)
    assert met == pytest.approx(costs.num_active_parameters(mixture), rel=0.02)
    assert all_of_it == pytest.approx(costs.num_parameters(mixture), rel=0.01)


# The parts of the lesson


def test_a_text_comes_back_from_its_words():
    number = vocabulary()
    for story in stories(50):
        assert small.text_of([number[word] for word in words(story)]) == story
    assert small.text_of([number["Once"], 0, number["there"]]) == "Once"


def test_without_balance_a_run_is_that_of_the_library():
    recipe = Recipe(steps=4, batch_size=8, learning_rate=0.02, matrix_learning_rate=None)
    data = Rows(tiny.tiny_rows())
    ours = [step.loss for step in small.train(tiny.tiny_llama4(), data, recipe)]
    assert ours == pytest.approx([report.loss for report in Run(tiny.tiny_llama4(), data, recipe)])


@pytest.mark.parametrize("balance", [{"weight": 0.5}, {"speed": 0.05}])
def test_each_balance_evens_the_tiny_model_out(balance):
    recipe = Recipe(steps=40, batch_size=8, learning_rate=0.02, matrix_learning_rate=None, warm_up=0.1)

    def busiest(**how):
        model = tiny.tiny_llama4(moving="speed" in how)
        *_, last = small.train(model, Rows(tiny.tiny_rows()), recipe, **how)
        return last.load.amax(-1).sum().item()

    assert busiest(**balance) < 0.9 * busiest()


def test_a_story_is_told_by_the_chances_of_the_model():
    """Cold, the told words are the likeliest ones of the whole text."""
    model = recorded.trained()
    [story] = small.tell(model, 1, temperature=1e-3, longest=60)
    number = vocabulary()
    ids = torch.tensor([[0, *(number[word] for word in words(story))]])
    with torch.no_grad():
        likeliest = model(ids)[0, :-1].argmax(-1)
    assert likeliest.tolist() == ids[0, 1:].tolist()


def test_what_is_said_of_the_four_runs_is_what_they_do():
    for way, *said in which_balance.SEEN.values():
        loss, of_a_step, of_twenty = tiny.behaviour(*which_balance.WAYS[way - 1][1])
        assert said == [f"{loss:.1f}", f"{of_a_step:.0f}%", f"{of_twenty:.0f}%"]


def test_a_bias_that_moves_the_wrong_way_feeds_one_expert(monkeypatch):
    """As the refusals of the exercise on four runs say."""

    def turned(router, load, speed):
        adjust_correction_bias(router, load.max() - load, speed)

    monkeypatch.setattr(small, "adjust_correction_bias", turned)
    assert min(tiny.behaviour(0.0, 0.02)[1:]) > 90


# The exercises against other programs


@given(st.integers(1, 12), st.integers(1, 4), st.integers(0, 1000))
@bounded
def test_balance_equals_transformers(tokens, k, seed):
    logits = torch.randn(tokens, 4, generator=torch.Generator().manual_seed(seed))
    scores = logits.softmax(-1)
    theirs = load_balancing_loss_func((logits,), num_experts=4, top_k=k)
    torch.testing.assert_close(my_balance(scores.topk(k).indices, 3 * scores), theirs.reshape(()))


@given(st.integers(1, 12), st.integers(1, 4), st.integers(0, 1000))
@bounded
def test_the_moving_bias_is_that_of_the_librarys_router(tokens, k, seed):
    config = ModelConfig(
        vocab_size=9,
        hidden_size=8,
        intermediate_size=7,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_local_experts=5,
        num_experts_per_tok=k,
        scoring_func="sigmoid",
        topk_method="noaux_tc",
    )
    generator = torch.Generator().manual_seed(seed)
    router, x = Router(config), torch.randn(tokens, 8, generator=generator)
    router.weight.data.normal_(generator=generator)
    router.e_score_correction_bias.normal_(std=0.1, generator=generator)
    before = router.e_score_correction_bias.clone()
    with torch.no_grad():
        routing = router(x)
    adjust_correction_bias(router, expert_load(routing.experts, 5), 0.03)
    chosen, weights, bias = my_moving_bias(routing.scores, before, k, 0.03)
    assert torch.equal(chosen, routing.experts)
    torch.testing.assert_close(weights, routing.weights)
    torch.testing.assert_close(bias, router.e_score_correction_bias)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=12), st.sampled_from([0.25, 1.0, 1.25, 2.0]))
@bounded
def test_no_expert_has_more_than_its_places_and_nobody_dropped_beats_one_served(tokens, factor):
    chosen, scores = [e for e, _ in tokens], [s / 5 for _, s in tokens]
    served = my_served(chosen, scores, 4, factor)
    places = math.ceil(factor * len(tokens) / 4)
    for expert in range(4):
        mine = [n for n, e in enumerate(chosen) if e == expert]
        inside, outside = ([n for n in mine if served[n] == each] for each in (True, False))
        assert len(inside) == min(places, len(mine))
        assert all((scores[a], -a) > (scores[b], -b) for a in inside for b in outside)


# The learner writes the same mistakes differently; the words must be the same.


def balance_over_choices(chosen, scores):
    E = scores.shape[1]
    f = chosen.flatten().bincount(minlength=E) / chosen.numel()
    return E * torch.dot(f, (scores / scores.sum(1, keepdim=True)).mean(0))


def balance_by_argsort(chosen, scores):
    largest = scores.argsort(-1, descending=True)[:, : chosen.shape[1]]
    return plain_balance(largest, scores)


def served_by_arrival(chosen, scores, E, factor):
    taken, out = [0] * E, []
    for e in chosen:
        out.append(taken[e] < math.ceil(factor * len(chosen) / E))
        taken[e] += 1
    return out


def bias_by_numpy(scores, bias, K, speed, weighed=False, share=None):
    scores, bias = scores.numpy(), bias.numpy()
    chosen = np.argsort(-(scores + bias), axis=1)[:, :K]
    load = np.bincount(chosen.ravel(), minlength=len(bias))
    even = load.sum() / len(bias) if share is None else share(scores, bias)
    weights = np.take_along_axis(scores + bias if weighed else scores, chosen, 1)
    return chosen, weights, bias + speed * np.sign(even - load)


def loop(model, batches, lr, weight, mean=True, detached=False, pooled=False):
    losses, parameters = [], list(model.parameters())
    optimizer = torch.optim.AdamW(parameters, lr, betas=(0.9, 0.95), weight_decay=0.1)
    for inputs, labels in batches:
        model.zero_grad()
        with record_routes(model) as routes:
            text = torch.nn.CrossEntropyLoss()(model(inputs).transpose(1, 2), labels)
        balance = 0
        for seen in routes.values():
            scores = seen[0].scores.detach() if detached else seen[0].scores
            balance = balance + my_balance(seen[0].experts, scores)
        if pooled:
            seen = [each for [each] in routes.values()]
            balance = my_balance(*(torch.cat([getattr(each, part) for each in seen]) for part in ("experts", "scores")))
        (text + weight * balance / (len(routes) if mean and not pooled else 1)).backward()
        length = math.sqrt(sum(float((p.grad**2).sum()) for p in parameters if p.grad is not None))
        for p in parameters:
            if p.grad is not None and length > 1:
                p.grad /= length
        optimizer.step()
        losses.append(text.detach())
    return torch.stack(losses)


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("which_balance", [5, 2, 1, 3], "B and D are swapped"),
        ("which_balance", {"A": 4, "B": 3, "C": 1, "D": 2}, "A is not 4"),
        ("my_served", lambda c, s, E, f: my_served(c, [abs(x) for x in s], E, f), "the sign of a score is lost"),
        ("my_balance", lambda *a: plain_balance(*a).item(), "get no slope"),
        ("my_balance", lambda chosen, scores: plain_balance(chosen, scores.detach()), "get no slope"),
        ("my_balance", balance_over_choices, "divided by all choices"),
        ("my_balance", balance_by_argsort, "Count chosen"),
        ("my_moving_bias", lambda *a: bias_by_numpy(*a, weighed=True), "part of the weights"),
        ("my_moving_bias", lambda *a: bias_by_numpy(*a, share=lambda s, b: len(s) / len(b)), "N * K / E"),
        ("my_served", served_by_arrival, "come first"),
        ("my_served", lambda c, s, E, f: served_by_rank(c, s, E, f * E * (len(c) // E) / (len(c) or 1)), "N / E"),
        ("my_balanced_training", lambda *a: loop(*a, mean=False), "added up"),
        ("my_balanced_training", lambda *a: loop(*a, detached=True), "nothing balances"),
        ("my_balanced_training", lambda *a: loop(*a, pooled=True), "one f and one P"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


def plain_balance(chosen, scores):
    chosen, rows = chosen.tolist(), [row / sum(row) for row in scores.double()]
    N, E = scores.shape
    f = [sum(row.count(e) for row in chosen) / N for e in range(E)]
    return E * sum(share * sum(row[e] for row in rows) / N for e, share in enumerate(f))


def served_by_rank(chosen, scores, E, factor):
    chosen, scores = np.array(chosen, dtype=int), np.array(scores)
    places = -int(-factor * len(chosen) // E)
    better = (scores > scores[:, None]) | ((scores == scores[:, None]) & np.tri(len(scores), k=-1, dtype=bool))
    return ((better & (chosen == chosen[:, None])).sum(1) < places).tolist()


RIGHT = {
    "which_balance": lambda: np.array([5, 3, 1, 2]),
    "my_balance": plain_balance,
    "my_moving_bias": bias_by_numpy,
    "my_served": served_by_rank,
    "my_balanced_training": loop,
}


def test_a_loop_that_yields_its_losses_passes():
    def lazily(*a):
        yield from loop(*a)

    assert feedback(EXERCISES["my_balanced_training"], lazily).startswith("✓")


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)


@pytest.mark.parametrize("answer", ["5312", "5, 3, 1, 2", {"A": 5, "B": 3, "C": 1, "D": 2}, ["5", "3", "1", "2"]])
def test_the_ways_may_come_in_any_form(answer):
    assert feedback(EXERCISES["which_balance"], answer).startswith("✓")


def test_a_tensor_of_one_number_may_have_an_axis():
    assert feedback(EXERCISES["my_balance"], lambda *given: my_balance(*given)[None]).startswith("✓")
