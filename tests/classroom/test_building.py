"""A building exercise on the real model: the learner's attention stands in SmolLM2, which writes on."""

import importlib

import pytest
import torch

from lessons_lib.classroom.exercises import Exercise, feedback
from lessons_lib.classroom.real_model import real_model, replaced

library = importlib.import_module("lessons_lib.layers.attention")


def my_attention(q, k, v):
    shared_by = len(q) // len(k)
    k, v = k.repeat_interleave(shared_by, 0), v.repeat_interleave(shared_by, 0)
    scores = q @ k.mT / q.shape[-1] ** 0.5
    future = torch.ones_like(scores).triu(1).bool()
    return scores.masked_fill(future, -torch.inf).softmax(-1) @ v


def attention_sees_ahead(q, k, v):
    """It looks as if nothing is hidden: token i may look at the tokens 0 to i."""
    return torch.nn.functional.scaled_dot_product_attention(q[None], k[None], v[None], enable_gqa=True)[0]


def attention_shares_by_turns(q, k, v):
    """It looks as if query head h reads key head h modulo G: neighbours share."""
    times = len(q) // len(k)
    return my_attention(q, k.repeat(times, 1, 1), v.repeat(times, 1, 1))


@torch.no_grad()
def written_on(attend, prompt):
    """The token that SmolLM2 writes next, behind the prompt, with a learner's attention in each of its layers."""
    model, tokenizer = real_model()

    def attention(query, key, value, mask=None, causal=False, **settings):
        return torch.stack([torch.as_tensor(attend(*row)) for row in zip(query, key, value, strict=True)])

    ids = tokenizer.encode(prompt)
    with replaced(library, "attention", attention):
        best = int(model(torch.tensor([ids]))[0, -1].argmax())
    return tokenizer.decode([*ids, best])


ATTENTION = Exercise(
    id="attention",
    title="Attention in the real model",
    difficulty=3,
    minutes=20,
    contract="q [H, T, D], k and v [G, T, D] to [H, T, D]",
    cases=(("The capital of France is",),),
    tried="a prompt",
    hints=("Mask.", "Softmax."),
    solution=my_attention,
    mistakes=(attention_sees_ahead, attention_shares_by_turns),
    kind="build",
    harness=written_on,
)


def by_the_library_of_pytorch(q, k, v):
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True).numpy()


def not_done(q, k, v):
    """q [H, T, D], k and v [G, T, D] to [H, T, D]"""


def returns_nothing(q, k, v):
    my_attention(q, k, v)


def fails(q, k, v):
    raise ValueError("too deep")


def test_the_solution_writes_what_the_model_writes():
    model, tokenizer = real_model()
    ids = tokenizer.encode("The capital of France is")
    with torch.no_grad():
        best = int(model(torch.tensor([ids]))[0, -1].argmax())
    assert written_on(my_attention, "The capital of France is") == tokenizer.decode([*ids, best])
    assert feedback(ATTENTION, by_the_library_of_pytorch) == "✓ attention: a prompt"


@pytest.mark.parametrize("mistake", ATTENTION.mistakes)
def test_a_mistake_is_shown_by_what_the_model_writes(mistake):
    lines = feedback(ATTENTION, mistake).splitlines()
    assert lines[1] == "  input     prompt = 'The capital of France is'"
    assert lines[2].startswith("  expected  'The capital of France is") and lines[3].startswith(
        "  got       'The capital"
    )
    assert lines[-1] == "  " + mistake.__doc__


def test_the_model_comes_back_whole_whatever_happens():
    before = library.attention
    assert feedback(ATTENTION, not_done) == "○ attention: not done yet"
    assert "Something here is None" in feedback(ATTENTION, returns_nothing)
    assert "your code raised ValueError: too deep" in feedback(ATTENTION, fails)
    assert library.attention is before


def test_the_model_is_loaded_once():
    assert real_model() is real_model()
