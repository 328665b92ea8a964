"""The toy translation of D4: its parts against the library's, its mask, and what is drawn."""

import pytest
import torch

from lessons_lib import ModelConfig
from lessons_lib.classroom.lessons.lessonD4 import figures, toy_french
from lessons_lib.classroom.lessons.lessonD4.translator import Look, Translator, shifted, train, translate
from lessons_lib.layers import Attention, causal_mask

GENERATOR = torch.Generator().manual_seed(3)
SOURCE, TARGET = (torch.randint(n, size, generator=GENERATOR) for n, size in ((5, (3, 6)), (9, (3, 4))))


def test_all_sentences_differ_and_the_gender_decides_article_and_adjective():
    english, french = toy_french.sentences()
    assert len({*map(tuple, english)}) == len({*map(tuple, french)}) == 432
    pairs = dict(zip(map(" ".join, english), map(" ".join, french), strict=True))
    assert pairs["the green car hides the small garden"] == "la voiture verte cache le jardin petit"
    assert pairs["the white bus passes the white house"] == "le bus blanc passe la maison blanche"
    assert toy_french.vocabulary(french)[0] == "<start>"


@pytest.mark.parametrize("causal", [False, True])
def test_a_look_is_the_library_s_attention_with_one_head(causal):
    look = Look(8)
    config = ModelConfig(vocab_size=9, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1)
    library = Attention(config, layer=0).double()
    library.load_state_dict(look.state_dict())
    text = torch.randn(2, 3, 8, dtype=torch.float64)
    source = text if causal else torch.randn(2, 5, 8, dtype=torch.float64)
    expected = library(text) if causal else library(text, memory=source)
    assert torch.allclose(look(text, source, causal_mask(3, 3) if causal else None), expected)
    assert look.map.shape == (2, 3, source.shape[1])
    assert torch.allclose(look.map.sum(-1), torch.ones(2, 3, dtype=torch.float64))


@pytest.mark.parametrize("causal", [True, False])
def test_one_pass_says_what_one_word_after_the_other_says_only_with_the_mask(causal):
    model = Translator(5, 9, causal=causal)
    memory = model.encode(SOURCE)
    at_once = model.decode(TARGET, memory)
    one_by_one = torch.stack([model.decode(TARGET[:, : t + 1], memory)[:, -1] for t in range(4)], 1)
    assert at_once.shape == (3, 4, 9)
    assert torch.allclose(at_once, one_by_one) == causal


def test_a_hidden_word_reaches_the_decoder_through_nothing():
    model, seen = Translator(5, 9), (torch.arange(6) != 2).expand(4, 6)
    memory = model.encode(SOURCE)
    changed = memory.clone()
    changed[:, 2] += 1
    assert torch.equal(model.decode(TARGET, memory, seen), model.decode(TARGET, changed, seen))
    assert not torch.allclose(model.decode(TARGET, memory), model.decode(TARGET, changed))


def test_the_decoder_is_shown_the_start_and_all_but_the_last():
    assert shifted(torch.tensor([[4, 7, 2]])).tolist() == [[0, 4, 7]]


def test_it_learns_a_few_sentences_by_heart_and_the_seed_decides():
    runs = []
    for seed in (0, 0, 1):
        model = Translator(5, 9, seed)
        loss = train(model, SOURCE, TARGET, steps=40, seed=seed)
        runs.append((loss, translate(model, SOURCE, length=4).tolist()))
    assert runs[0] == runs[1] != runs[2]
    assert runs[0][1] == TARGET.tolist()


def test_the_maps_drawn_are_those_given():
    english, french = (texts[5] for texts in toy_french.sentences())
    shares = torch.eye(7)
    [axes] = figures.one_map(shares, french, english).axes
    assert axes.images[0].get_array().tolist() == shares.tolist()
    assert [label.get_text() for label in axes.get_yticklabels()] == french
    maps = [torch.rand(7, 7) for _ in range(8)]
    drawn = [axes.images[0].get_array() for axes in figures.eight_maps(maps, french, english).axes]
    assert all(torch.equal(torch.as_tensor(one), other) for one, other in zip(drawn, maps, strict=True))


def test_the_drawing_leads_from_both_texts_to_the_scores():
    texts = [text.get_text() for text in figures.encoder_decoder().axes[0].texts]
    assert {"memory", "cross attention", "queries", "keys, values", "[B, T, V]"} <= {*texts}
