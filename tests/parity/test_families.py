"""Models of every family in our one skeleton against transformers: whole, part by part, cached and padded."""

import sys
from functools import partial

import pytest
import torch
from models import token_ids, torchs_product
from parity.families import CHUNK, FAMILIES, WINDOW

from lessons_lib.generation import KVCache

T = 41
attention_module = sys.modules["lessons_lib.layers.attention"]  # the package holds the function of that name
every_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())


def test_the_texts_are_longer_than_windows_and_chunks():
    assert T > 5 * WINDOW and T > 5 * CHUNK


@torch.no_grad()
def outputs(model, modules, ids, inputs=None):
    """Run a model and record what each module is given and gives.

    With `inputs`, each module is given those instead of what its model would give it.
    """
    given, gave, hooks = [], [], []
    for number, module in enumerate(modules):

        def before(module, args, kwargs, number=number):
            x = kwargs.pop("hidden_states") if not args else args[0]
            given.append(x)
            return (x if inputs is None else inputs[number], *args[1:]), kwargs

        def after(module, args, output):
            gave.append(output[0] if isinstance(output, tuple) else output)

        hooks.append(module.register_forward_pre_hook(before, with_kwargs=True))
        hooks.append(module.register_forward_hook(after))
    result = model(ids)
    for hook in hooks:
        hook.remove()
    return getattr(result, "logits", result), given, gave


@every_family
@torch.no_grad()
def test_scores_equal_transformers(family):
    reference = family.reference()
    model, ids = family.copy(reference), token_ids(3, T)
    expected = reference(ids).logits
    assert expected.abs().max() > 1
    torch.testing.assert_close(model(ids), expected, atol=1e-5, rtol=0)


@every_family
@pytest.mark.parametrize("part", ["attention", "block"])
def test_each_part_equals_transformers(family, part):
    """Attention alone and blocks alone, each fed with what the reference's part was fed."""
    reference = family.reference()
    model, ids = family.copy(reference), token_ids(2, T)
    theirs, ours = list(reference.get_submodule(family.layers)), list(model.model["layers"])
    if part == "attention":
        theirs, ours = [block.get_submodule(family.attention) for block in theirs], [block.self_attn for block in ours]
    _, inputs, expected = outputs(reference, theirs, ids)
    _, _, found = outputs(model, ours, ids, inputs)
    assert len(found) == len(expected) == 3
    for mine, other in zip(found, expected, strict=True):
        assert other.abs().max() > 0.3
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=1e-5)


ROUNDS_ALIKE = [name for name in FAMILIES if name not in ("llama 4, dense", "gpt-2")]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("name", ROUNDS_ALIKE)
def test_step_by_step_no_bit_differs(name, dtype, monkeypatch):
    """The unfused path rounds where transformers' eager code rounds, in bfloat16 too."""
    monkeypatch.setattr(attention_module, "attention", partial(attention_module.attention, fused=False))
    with torchs_product():
        scores, expected = in_dtype(FAMILIES[name], dtype)
    assert torch.equal(scores, expected)


@pytest.mark.parametrize("name", sorted(FAMILIES.keys() - ROUNDS_ALIKE))
def test_others_stay_close_in_bfloat16(name):
    """Llama 4 rotates complex float32 numbers and GPT-2 adds biases and bends in other steps: other last digits."""
    scores, expected = in_dtype(FAMILIES[name], torch.bfloat16)
    assert (scores - expected).abs().max() < 0.2


@torch.no_grad()
def in_dtype(family, dtype):
    """Scores of our model and the reference in a dtype."""
    reference = family.reference()
    model, ids = family.copy(reference).to(dtype), token_ids(2, T)
    rotary = getattr(getattr(reference, "model", None), "rotary_emb", None)
    reference.to(dtype)
    if (
        rotary is not None
    ):  # `to` has rounded its frequencies, which transformers keeps in float32 when it loads a model
        reference.model.rotary_emb = type(rotary)(reference.config)
    return model(ids), reference(ids).logits


@every_family
def test_gradients_equal_transformers(family):
    reference = family.reference()
    model, ids = family.copy(reference), token_ids(2, T)
    for network in (model, reference):
        scores = network(ids)
        torch.logsumexp(getattr(scores, "logits", scores), -1).mean().backward()
    theirs = family.rename({name: weight.grad for name, weight in reference.named_parameters()})
    assert len(theirs) > 20
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, theirs[name], atol=2e-6, rtol=1e-4)


@every_family
@torch.no_grad()
def test_left_padded_rows_equal_transformers_on_single_rows(family):
    reference = family.reference()
    model, ids, mask = family.copy(reference), token_ids(3, T), torch.ones(3, T, dtype=torch.long)
    mask[0, :13], mask[2, :1] = 0, 0
    scores = model(ids, attention_mask=mask)
    assert scores.isfinite().all()
    for row in range(3):
        real = mask[row].bool()
        torch.testing.assert_close(scores[row, real], reference(ids[row, real][None]).logits[0], atol=1e-5, rtol=0)


@every_family
@pytest.mark.parametrize("chunks", [[1] * T, [T - 1, 1], [5, 1, 1, 17, 9, 8], [WINDOW, CHUNK, T - WINDOW - CHUNK]])
@torch.no_grad()
def test_cached_scores_equal_one_pass_in_any_chunking(family, chunks):
    model, ids, mask = family.copy(family.reference()), token_ids(2, T), torch.ones(2, T, dtype=torch.long)
    mask[0, :6] = 0
    for padding in (None, mask):
        cache, parts = KVCache(model.config, 2, T), []
        for chunk in ids.split(chunks, 1):
            seen = cache.length + chunk.shape[1]
            parts.append(model(chunk, cache, None if padding is None else padding[:, :seen]))
        torch.testing.assert_close(torch.cat(parts, 1), model(ids, None, padding), atol=1e-5, rtol=0)


WRONG = {
    "a window one too short": ("mistral", {"sliding_window": WINDOW - 1}),
    "a window one too long": ("mistral", {"sliding_window": WINDOW + 1}),
    "no window": ("mistral", {"sliding_window": None}),
    "the other pairs": ("qwen3", {"rope_pairing": "interleaved"}),
    "the other pairs of llama 4": ("llama 4, dense", {"rope_pairing": "half"}),
    "a chunk one too long": ("llama 4, dense", {"attention_chunk_size": CHUNK + 1}),
    "rotation everywhere": ("llama 4, dense", {"no_rope_layers": [1, 1, 1]}),
    "no temperature": ("llama 4, dense", {"attn_temperature_tuning": False}),
    "no norm of queries and keys": ("llama 4, dense", {"qk_norm": None}),
    "scores divided by the root of the width": ("gemma 2", {"query_pre_attn_scalar": None}),
    "no bound for attention": ("gemma 2", {"attn_logit_softcapping": None}),
    "no bound for scores": ("gemma 2", {"final_logit_softcapping": None}),
    "layers in another order": ("gemma 2", {"layer_types": ["full_attention", "sliding_attention", "full_attention"]}),
    "one base for all layers": ("gemma 3", {"rope_local_base_freq": None}),
    "embeddings as they are": ("gemma 3", {"embedding_multiplier": 1.0}),
    "the weight without the one": ("gemma 3", {"rms_norm_offset": 0.0}),
    "the exact gelu": ("gpt-2", {"hidden_act": "gelu"}),
    "silu": ("gpt-2", {"hidden_act": "silu"}),
}


@pytest.mark.parametrize(("name", "changes"), WRONG.values(), ids=WRONG.keys())
@torch.no_grad()
def test_a_wrong_switch_is_caught(name, changes):
    reference = FAMILIES[name].reference()
    wrong, ids = FAMILIES[name].copy(reference, **changes), token_ids(1, T)
    assert (wrong(ids) - reference(ids).logits).abs().max() > 5e-5
