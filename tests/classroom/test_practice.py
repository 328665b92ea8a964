"""Practice: a small model learns, the same way each time, and what is added to its loss is felt."""

import pytest
import torch
from models import our_config

from lessons_lib import Transformer
from lessons_lib.classroom.practice import held_out_loss, practice

TEXT = torch.arange(5000) * 7 % 61  # the next token follows from this one
SMALL = {"batch_size": 4, "length": 17}


def small_model():
    torch.manual_seed(0)
    return Transformer(our_config()).double()


def test_a_rule_is_learned_and_holds_on_text_that_was_not_seen():
    model = small_model()
    before = held_out_loss(model, TEXT, length=17, windows=5)
    losses = practice(model, TEXT[:4000], steps=150, **SMALL)
    assert len(losses) == 150
    assert before == pytest.approx(torch.log(torch.tensor(97.0)).item(), abs=0.3)
    assert losses[-1] < 0.3 * losses[0]
    assert held_out_loss(model, TEXT[4000:], length=17, windows=5) < 0.3 * before


def test_a_run_is_the_same_each_time_and_another_seed_makes_another():
    runs = [practice(small_model(), TEXT, steps=4, seed=seed, **SMALL) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_what_is_added_to_the_loss_is_made_smaller_and_not_reported():
    plain, held = small_model(), small_model()
    practice(plain, TEXT, steps=20, **SMALL)
    sizes = []

    def size():
        sizes.append(held.lm_head.weight.square().mean())
        return 1000 * sizes[-1]

    losses = practice(held, TEXT, steps=20, extra_loss=size, **SMALL)
    assert losses[0] < 6 and len(sizes) == 20
    assert sizes[-1] < plain.lm_head.weight.square().mean()


def test_the_loss_is_that_of_the_next_token():
    def knows(ids):
        return 100.0 * torch.nn.functional.one_hot((ids + 7) % 61, 61).double()

    assert held_out_loss(knows, TEXT, length=17, windows=3) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    "run", [lambda ids: practice(small_model(), ids, steps=1), lambda ids: held_out_loss(None, ids)]
)
def test_a_text_without_a_window_is_refused(run):
    with pytest.raises(ValueError, match=r"token_ids: got 64, allowed more than length \(64\)"):
        run(TEXT[:64])
