"""Groups of answers: drawn from the model's own distribution, with its probabilities, whatever their neighbours do."""

import math

import pytest
import torch
from models import random_model

from lessons_lib.generation import Runner, generate
from lessons_lib.layers import LoraConfig, add_lora, without_lora
from lessons_lib.training import TrainingError, sample_groups

PROMPTS = [[3, 1, 4], [5], [7, 7, 1, 2, 9]]
ENDS = range(0, 97, 6)  # often enough that answers end at different places


def sampled(model, prompts=PROMPTS, groups=4, **settings):
    return sample_groups(model, prompts, groups, **{"max_completion_length": 9, "end": ENDS, "seed": 2} | settings)


def by_hand(model, prompt, answer, temperature=1.0):
    """The logarithms of the probabilities of an answer's tokens, and the entropies, a text at a time."""
    chosen, entropies = [], []
    for n, token in enumerate(answer):
        scores = model(torch.tensor([[*prompt, *answer[:n]]]))[0, -1] / temperature
        logs = scores.log_softmax(-1)
        chosen.append(logs[token].item())
        entropies.append(-(logs.exp() * logs).sum().item())
    return chosen, entropies


@pytest.mark.parametrize("temperature", [1.0, 0.6, 1.7])
@pytest.mark.parametrize("groups", [1, 4, 11])  # more than 16 rows take the model itself, fewer its compiled step
def test_each_token_has_the_probability_that_the_model_gives_it(temperature, groups):
    model = random_model()
    found = sampled(model, groups=groups, temperature=temperature)
    assert len(found.tokens) == 3 * groups
    for n, answer in enumerate(found.tokens):
        chosen, entropies = by_hand(model, PROMPTS[n // groups], answer, temperature)
        rest = [0.0] * (found.log_probs.shape[1] - len(answer))
        assert found.log_probs[n].tolist() == pytest.approx(chosen + rest, abs=1e-4)
        assert found.entropies[n].tolist() == pytest.approx(entropies + rest, abs=1e-4)


def test_an_answer_stops_at_its_end_or_at_the_limit():
    found = sampled(random_model(), groups=60)
    assert {True, False} == set(found.ended) and len({len(answer) for answer in found.tokens}) > 4
    for answer, ended in zip(found.tokens, found.ended, strict=True):
        assert not any(token in ENDS for token in answer[:-1])
        assert (answer[-1] in ENDS) == ended and (ended or len(answer) == 9)
    assert any(ended and len(answer) == 9 for answer, ended in zip(found.tokens, found.ended, strict=True))


def test_the_likeliest_tokens_are_those_of_generate():
    model = random_model()
    found = sampled(model, groups=2, temperature=0, end=[], max_completion_length=7)
    for n, answer in enumerate(found.tokens):
        prompt = PROMPTS[n // 2]
        assert answer == list(generate(model, prompt, max_new_tokens=7, stop_token_ids=[]))
        assert found.log_probs[n].tolist() == pytest.approx(by_hand(model, prompt, answer)[0], abs=1e-4)


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_tokens_come_as_often_as_they_are_likely(temperature):
    model, n = random_model(), 6000
    found = sampled(model, [[3, 1, 4]], n, max_completion_length=1, temperature=temperature)
    counts = torch.bincount(torch.tensor(found.tokens)[:, 0], minlength=97)
    expected = n * (model(torch.tensor([[3, 1, 4]]))[0, -1] / temperature).softmax(-1)
    apart = ((counts - expected) / expected.sqrt())[expected >= 5]
    assert len(apart) > 60 and apart.abs().max() < 5 and apart.square().mean().item() == pytest.approx(1, abs=0.5)
    flat = torch.full_like(expected, n / 97)
    assert ((counts - flat) / flat.sqrt()).square().mean() > 10  # the test can fail


def test_answers_of_a_group_differ_and_depend_on_seed_and_weights_alone():
    model = random_model()
    first = sampled(model)
    assert len({tuple(answer) for answer in first.tokens}) == 12
    torch.manual_seed(5)
    state = torch.get_rng_state()
    again = sampled(model.train())
    assert again.tokens == first.tokens and again.log_probs.equal(first.log_probs)
    assert torch.get_rng_state().equal(state) and model.training  # nobody else is disturbed
    assert sampled(model, seed=3).tokens != first.tokens
    assert sampled(random_model(seed=1)).tokens != first.tokens


def test_a_prompt_is_read_once_and_who_has_ended_leaves(monkeypatch):
    read, call = [], Runner.__call__

    def counted(self, ids, *rest, **settings):
        read.append(ids.shape)
        return call(self, ids, *rest, **settings)

    monkeypatch.setattr(Runner, "__call__", counted)
    found = sampled(random_model(), groups=20)
    assert read[0] == (3, 5)
    for t, shape in enumerate(read[1:], 1):
        going = sum(len(answer) > t for answer in found.tokens)
        assert shape[1] == 1 and going <= shape[0] < going * 8 / 7 + 1
    assert len(read) == max(map(len, found.tokens))


def test_an_adapter_is_sampled_with_unless_it_is_switched_off():
    model = add_lora(random_model(), LoraConfig(r=2))
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "lora_B" in name:
                p.normal_(0, 0.3, generator=torch.Generator().manual_seed(1))
    found = sampled(model)
    assert found.log_probs[5, 0].item() == pytest.approx(by_hand(model, [5], found.tokens[5])[0][0], abs=1e-4)
    with without_lora(model):
        assert sampled(model).tokens == sampled(random_model()).tokens != found.tokens


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"prompts": []}, "prompts: got none"),
        ({"prompts": [[1], []]}, r"prompts\[1\]: got 0 tokens, allowed 1 to 119"),
        ({"prompts": [[1] * 120]}, r"prompts\[0\]: got 120 tokens, allowed 1 to 119, the model's context less"),
        ({"prompts": ["text"]}, r"prompts\[0\]: got 'text', allowed token ids"),
        ({"groups": 0}, "num_generations: got 0"),
        ({"temperature": math.nan}, "temperature: got nan"),
        ({"max_completion_length": 0}, "max_completion_length: got 0"),
    ],
)
def test_a_bad_argument_is_named(settings, words):
    with pytest.raises(ValueError, match=words):
        sampled(random_model(), **settings)


def test_the_longest_prompt_that_fits_is_answered_to_the_end_of_the_context():
    found = sampled(random_model(), [[1] * 119], end=[])
    assert [len(answer) for answer in found.tokens] == [9] * 4


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_scores_that_are_no_numbers_stop_it(value):
    model = random_model()
    with torch.no_grad():
        model.lm_head.weight[7] = value
    with pytest.raises(TrainingError, match="answers: the scores of the model are no finite numbers"):
        sampled(model)
