"""A model on whatever devices this machine has: the plain pass there, and the ids of the CPU."""

import copy

import pytest
import torch
from models import random_model, token_ids

from lessons_lib.generation import Request, Runner, generate, generate_batch

FOUND = [torch.accelerator.current_accelerator().type] if torch.accelerator.is_available() else []
CONFIGS = {
    "llama": {},
    "mistral": {"sliding_window": 5},
    "a norm of queries": {"qk_norm": "before"},
    "experts": {"num_local_experts": 3, "num_experts_per_tok": 2, "moe_intermediate_size": 44},
}


@pytest.mark.parametrize("device", ["cpu", *FOUND])
@pytest.mark.parametrize("changes", CONFIGS.values(), ids=CONFIGS.keys())
def test_ids_are_those_of_the_cpu(device, changes):
    model = random_model(**changes)
    there = copy.deepcopy(model).to(device)
    assert (Runner(there).step is None) == (device != "cpu")
    prompts = [token_ids(1, length, seed=length)[0].tolist() for length in (3, 9)]
    for ids in prompts:
        assert list(generate(there, ids, 9, stop_token_ids=())) == list(generate(model, ids, 9, stop_token_ids=()))
    requests = [Request(ids, max_new_tokens=9, stop_token_ids=()) for ids in prompts]
    assert list(generate_batch(there, requests)) == list(generate_batch(model, requests))
