"""The maps against those that transformers returns, and heads that are silenced against weights set to zero."""

import copy

import pytest
import torch
from models import our_config, our_copy, random_model, reference_llama

from lessons_lib.classroom.lessons.lesson04.attention_maps import attention_maps, attention_values, silenced

IDS = [5, 17, 3, 90, 41, 3, 8]


def test_maps_equal_those_of_transformers():
    reference = reference_llama(seed=1)
    expected = torch.stack(reference(torch.tensor([IDS]), output_attentions=True).attentions, 1)[0]
    maps = attention_maps(our_copy(reference, our_config()), IDS)
    assert maps.shape == (3, 6, 7, 7)
    torch.testing.assert_close(maps, expected.detach(), rtol=0, atol=1e-5)


def test_maps_follow_the_span_of_each_layer():
    layer_types = ["full_attention", "sliding_attention", "chunked_attention"]
    model = random_model(layer_types=layer_types, sliding_window=2, attention_chunk_size=4)
    seen = (attention_maps(model, IDS) > 0).any(1)  # [layers, T, T]
    i, j = torch.arange(7)[:, None], torch.arange(7)
    past = j <= i
    assert [seen[layer].tolist() for layer in range(3)] == [
        past.tolist(),
        (past & (j > i - 2)).tolist(),
        (past & (j // 4 == i // 4)).tolist(),
    ]


def test_maps_and_values_make_what_transformers_hands_to_the_output_matrix():
    reference, seen = reference_llama(seed=1), []
    for block in reference.model.layers:
        block.self_attn.o_proj.register_forward_pre_hook(lambda _layer, args: seen.append(args[0][0].detach()))
    reference(torch.tensor([IDS]))
    ours = our_copy(reference, our_config())
    mixed = attention_maps(ours, IDS) @ attention_values(ours, IDS)  # [layers, H, T, D]
    torch.testing.assert_close(mixed.transpose(1, 2).flatten(2), torch.stack(seen), rtol=0, atol=1e-5)


def test_looking_leaves_the_model_as_it_was():
    model = random_model()
    before = model(torch.tensor([IDS]))
    attention_maps(model, IDS)
    attention_values(model, IDS)
    with silenced(model, [(0, 1), (2, 5)]):
        pass
    assert torch.equal(model(torch.tensor([IDS])), before)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_hooks_are_gone_after_an_error():
    model = random_model()
    with pytest.raises(ValueError, match="token_ids"), silenced(model, [(1, 1)]):
        model(torch.tensor([[10_000]]))
    with pytest.raises(ValueError, match="token_ids"):
        attention_maps(model, [10_000])
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


@pytest.mark.parametrize("heads", [[(0, 0)], [(1, 5), (1, 2), (2, 0)]])
def test_a_silenced_head_is_one_whose_output_weights_are_zero(heads):
    model = random_model()
    zeroed = copy.deepcopy(model)
    with torch.no_grad():
        for layer, head in heads:
            zeroed.model.layers[layer].self_attn.o_proj.weight[:, 10 * head : 10 * head + 10] = 0
        with silenced(model, heads):
            silent = model(torch.tensor([IDS]))
        torch.testing.assert_close(silent, zeroed(torch.tensor([IDS])), rtol=0, atol=1e-5)
        assert not torch.allclose(silent, model(torch.tensor([IDS])), atol=1e-3)


@pytest.mark.parametrize("head", [(3, 0), (0, 6), (-1, 0), (0, -1)])
def test_a_head_that_is_not_there_is_refused(head):
    with pytest.raises(ValueError, match="allowed what is among 3 layers of 6 heads"), silenced(random_model(), [head]):
        pass
