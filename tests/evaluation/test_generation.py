"""Answers in batches are those that each prompt gets alone."""

import math

import pytest
import torch

from lessons_lib.evaluation import answers
from lessons_lib.generation import LogitsError, generate


def alone(model, tokenizer, prompt, most):
    ids = list(generate(model, tokenizer.encode(prompt), max_new_tokens=most, temperature=0))
    return tokenizer.decode(ids)


def test_each_answer_is_that_of_its_prompt_alone(tiny):
    model, tokenizer, _ = tiny
    prompts = [f"Every head reads {'the same ' * (n % 5)}key {n}" for n in range(37)]
    found = dict(answers(model, tokenizer, prompts, max_new_tokens=6))
    assert sorted(found) == list(range(37))
    assert [found[n] for n in range(37)] == [alone(model, tokenizer, prompt, 6) for prompt in prompts]


def test_a_stop_string_ends_an_answer_and_is_no_part_of_it(tiny):
    model, tokenizer, _ = tiny
    whole = alone(model, tokenizer, "Every head", 12)
    end = whole[len(whole) // 2]
    [(_, found)] = answers(model, tokenizer, ["Every head"], max_new_tokens=12, stop=[end])
    assert found == whole[: whole.index(end)]


def test_long_and_empty_prompts_are_answered(tiny):
    model, tokenizer, _ = tiny
    long = "Every head reads every key of its group. " * 40
    found = dict(answers(model, tokenizer, [long, ""], max_new_tokens=5))
    ids = tokenizer.encode(long)[-(128 - 5) :]
    assert found[0] == tokenizer.decode(list(generate(model, ids, max_new_tokens=5, temperature=0)))
    assert found[1] == tokenizer.decode(list(generate(model, [7], max_new_tokens=5, temperature=0)))
    assert dict(answers(model, tokenizer, [], max_new_tokens=5)) == {}


def test_mistakes_and_broken_weights_are_errors(tiny):
    model, tokenizer, _ = tiny
    with pytest.raises(ValueError, match="max_new_tokens: got 128, allowed 1 to 127"):
        next(answers(model, tokenizer, ["a"], max_new_tokens=128))
    kept = model.model.norm.weight.clone()
    with torch.no_grad():
        model.model.norm.weight[0] = math.nan
        try:
            with pytest.raises(LogitsError):
                list(answers(model, tokenizer, ["a"], max_new_tokens=5))
        finally:
            model.model.norm.weight.copy_(kept)
