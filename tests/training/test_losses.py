"""The loss is torch's and transformers', also in parts of unequal size, and from hidden states in slices."""

import math

import pytest
import torch
import torch.nn.functional as F
from models import our_config, our_copy, reference_llama
from torch.profiler import ProfilerActivity, profile

from lessons_lib.training import IGNORED, TrainingError, held_out_loss, linear_cross_entropy, next_token_loss


def batch(seed=0):
    g = torch.Generator().manual_seed(seed)
    logits = torch.randn(3, 5, 7, generator=g)
    labels = torch.randint(7, (3, 5), generator=g)
    labels[0, :4] = labels[2, 1] = IGNORED
    return logits, labels


def test_sum_and_count_are_torchs():
    logits, labels = batch()
    total, count = next_token_loss(logits, labels)
    assert count == 10
    torch.testing.assert_close(total / count, F.cross_entropy(logits.flatten(0, 1), labels.flatten()))


def test_parts_of_unequal_size_add_up_and_their_means_do_not():
    logits, labels = batch()
    parts = [next_token_loss(logits[row : row + 1], labels[row : row + 1]) for row in range(3)]
    whole = F.cross_entropy(logits.flatten(0, 1), labels.flatten())
    torch.testing.assert_close(sum(total for total, _ in parts) / sum(count for _, count in parts), whole)
    assert abs(sum(total / count for total, count in parts) / 3 - whole) > 0.03


def test_nothing_to_name_is_no_loss():
    logits, labels = batch()
    total, count = next_token_loss(logits, torch.full_like(labels, IGNORED))
    assert (total.item(), count) == (0, 0)


def test_the_loss_of_transformers_on_the_same_batch():
    reference = reference_llama()
    model = our_copy(reference, our_config(tie_word_embeddings=False, rms_norm_eps=1e-5))
    rows = torch.randint(97, (4, 12), generator=torch.Generator().manual_seed(1))
    labels = rows.clone()
    labels[1, :7] = IGNORED
    total, count = next_token_loss(model(rows[:, :-1]), labels[:, 1:])
    torch.testing.assert_close(total / count, reference(rows, labels=labels).loss, atol=1e-5, rtol=0)


def head(dtype=torch.float32, places=(3, 5), vocabulary=7, width=4):
    g = torch.Generator().manual_seed(0)
    hidden = torch.randn(*places, width, generator=g, dtype=dtype).requires_grad_()
    weight = torch.randn(vocabulary, width, generator=g, dtype=dtype).requires_grad_()
    labels = torch.randint(vocabulary, places, generator=g)
    labels[0, :4] = labels[2, 1] = IGNORED
    return hidden, weight, labels


def value_and_gradients(loss, hidden, weight):
    return loss.detach(), *torch.autograd.grad(loss, (hidden, weight))


@pytest.mark.parametrize("rows", [1, 2, 4, 15, 16])
def test_a_loss_in_slices_is_torchs_with_its_gradients(rows):
    hidden, weight, labels = head()
    total, count = linear_cross_entropy(hidden, weight, labels, rows)
    assert count == 10
    expected = F.cross_entropy((hidden @ weight.T).flatten(0, 1), labels.flatten())
    ours, theirs = (value_and_gradients(loss, hidden, weight) for loss in (total / count, expected))
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-6)


def test_the_gradients_of_slices_are_exact():
    hidden, weight, labels = head(torch.float64)
    assert torch.autograd.gradcheck(lambda h, w: linear_cross_entropy(h, w, labels, 4)[0], (hidden, weight))


def test_slices_survive_large_scores_and_nothing_to_name():
    hidden, weight, labels = head()
    total, _ = linear_cross_entropy(1e4 * hidden, weight, labels, 4)
    expected, _ = next_token_loss(1e4 * hidden @ weight.T, labels)
    torch.testing.assert_close(total, expected)
    nothing, count = linear_cross_entropy(hidden, weight, torch.full_like(labels, IGNORED), 4)
    assert (nothing.item(), count) == (0, 0)
    assert all(not gradient.any() for gradient in torch.autograd.grad(nothing, (hidden, weight)))


def peak(work):
    """Bytes that the work holds at its worst."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        work()
    held, most = 0, 0
    for event in sorted(seen.profiler.kineto_results.events(), key=lambda event: event.start_ns()):
        if event.name() == "[memory]":
            held += event.nbytes()
            most = max(most, held)
    return most


def test_slices_never_hold_all_scores():
    hidden, weight, labels = head(places=(3, 400), vocabulary=900, width=8)
    scores = 4 * labels.numel() * len(weight)  # bytes
    whole = peak(lambda: next_token_loss(hidden @ weight.T, labels)[0].backward())
    sliced = peak(lambda: linear_cross_entropy(hidden, weight, labels, 100)[0].backward())
    assert sliced < 0.3 * scores < 2 * scores < whole


class Fixed(torch.nn.Module):
    def forward(self, ids):
        assert not self.training
        return torch.zeros(*ids.shape, 11)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_a_held_out_loss_is_the_mean_over_tokens_and_leaves_the_model_as_it_was(size):
    model = Fixed()
    rows = torch.tensor([[1, 2, 3], [4, IGNORED, IGNORED], [1, 1, 1]])
    assert held_out_loss(model, rows, size) == pytest.approx(math.log(11))
    assert model.training
    with pytest.raises(TrainingError, match="no token to name"):
        held_out_loss(model, rows[1:2])
