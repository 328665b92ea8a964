"""Batches are a pure function of seed and step; each token is read once an epoch; rows begin as a text begins."""

import numpy as np
import pytest
import torch

from lessons_lib.training import IGNORED, Rows, Windows, pack
from lessons_lib.training.batches import number

TOKENS = torch.arange(103)  # 17 windows of 6, and nothing to spare for borders: 102 = 17 * 6
SPARE = torch.arange(107)


def starts(data, steps, size):
    return [int(row[0]) for step in range(steps) for row in data.batch(step, size)[0]]


@pytest.mark.parametrize("size", [1, 5, 17])
def test_an_epoch_reads_each_window_once(size):
    data = Windows(TOKENS, 6, seed=3)
    assert data.per_epoch == 17
    assert sorted(starts(data, 17 // size if 17 % size == 0 else 17, size)[:17]) == list(range(0, 102, 6))


def test_labels_follow_the_tokens_that_are_read():
    inputs, labels = Windows(SPARE, 6).batch(2, 3)
    assert inputs.shape == labels.shape == (3, 6) and inputs.dtype == torch.int64
    assert torch.equal(labels, inputs + 1)


def test_a_batch_depends_on_seed_and_step_alone():
    first = Windows(SPARE, 6, seed=1)
    last = Windows(SPARE.numpy().astype(np.uint16), 6, seed=1)
    for step in (9, 0, 40, 3):  # asked in another order than the one who asks in a row
        assert torch.equal(last.batch(step, 5)[0], first.batch(step, 5)[0])
    assert starts(first, 12, 5) != starts(Windows(SPARE, 6, seed=2), 12, 5)


def test_orders_and_borders_change_from_epoch_to_epoch():
    first, second = (starts(Windows(SPARE, 6), 2, 17)[part : part + 17] for part in (0, 17))
    assert first != second
    borders = {starts(Windows(SPARE, 6), epoch + 1, 17)[-1] % 6 for epoch in range(12)}
    assert borders == {0, 1, 2, 3, 4}  # 106 = 17 * 6 + 4


def test_more_rows_than_an_epoch_has():
    data = Windows(torch.arange(14), 6)
    assert starts(data, 1, 9) == [start for step in range(9) for start in starts(data, step + 1, 1)[-1:]]


def test_a_file_in_memory_is_read_as_far_as_a_batch_needs(tmp_path):
    np.arange(1000, dtype=np.uint16).tofile(tmp_path / "tokens")
    mapped = np.memmap(tmp_path / "tokens", np.uint16)
    assert torch.equal(Windows(mapped, 9).batch(4, 3)[1], Windows(torch.arange(1000), 9).batch(4, 3)[1])


@pytest.mark.parametrize("other", [Windows(SPARE, 7), Windows(SPARE, 6, seed=1), Windows(SPARE[:-1], 6)])
def test_a_fingerprint_tells_data_apart(other):
    assert Windows(SPARE, 6).fingerprint == Windows(SPARE.clone(), 6).fingerprint != other.fingerprint


def test_numbers_are_the_same_in_every_process():
    assert number(7, "order", 0) == 5134589803398401830
    assert 0 <= number("x") < 2**63


@pytest.mark.parametrize("tokens", [torch.arange(6), torch.zeros(2, 9), torch.arange(0)])
def test_tokens_without_a_window_are_refused(tokens):
    with pytest.raises(ValueError, match=r"tokens: got a Tensor of shape .*, allowed one row of more than length"):
        Windows(tokens, 6)


def test_rows_keep_what_is_ignored_as_labels_and_read_something_there():
    inputs, labels = Rows(torch.tensor([[5, 6, IGNORED, 8]])).batch(0, 2)
    assert inputs.tolist() == [[5, 6, 0]] * 2
    assert labels.tolist() == [[6, IGNORED, 8]] * 2


def test_rows_come_once_an_epoch():
    data = Rows(torch.arange(22).view(11, 2), seed=4)
    assert sorted(starts(data, 11, 1)) == list(range(0, 22, 2))
    assert starts(data, 11, 1) != starts(Rows(torch.arange(22).view(11, 2), seed=5), 11, 1)


@pytest.mark.parametrize("rows", [torch.arange(3), torch.zeros(0, 3), torch.zeros(2, 3), torch.arange(3)[:, None]])
def test_what_are_no_rows_is_refused(rows):
    with pytest.raises(ValueError, match=r"rows: got a Tensor of shape .*, allowed whole numbers \[N, T \+ 1\]"):
        Rows(rows)


def test_packed_rows_begin_with_the_separator_and_hold_documents_in_order():
    rows = pack([[1, 2], [3], [4, 5, 6, 7], [8, 9], [1]], length=5, separator=0)
    assert rows.tolist() == [[0, 1, 2, 0, 3, 0], [0, 4, 5, 6, 7, 0], [0, 8, 9, 0, 1, 0]]
    cut = pack([[1, 2], [3, 4, 5, 6, 7], [8, 9, 1]], length=4, separator=0)
    assert cut.tolist() == [[0, 1, 2, 0, 3], [0, 8, 9, 1, 0]]  # 4 to 7 are lost, and no row begins inside a text


def test_documents_that_fill_no_row_are_refused():
    with pytest.raises(ValueError, match=r"documents: got 3 tokens with separators, allowed more than length \(4\)"):
        pack([[1]], length=4, separator=0)
