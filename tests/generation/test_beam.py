"""Beam search against transformers, and against looking at every text there is."""

from itertools import product

import pytest
import torch
from models import our_config, our_copy, random_model, reference_llama, token_ids

from lessons_lib.generation import LogitsError, beam_search, generate

PROMPT = [5, 17, 2, 88, 41]
REFERENCE = reference_llama()
MODEL = our_copy(REFERENCE, our_config())


@pytest.mark.parametrize(
    ("num_beams", "length_penalty", "stops"),
    [
        (1, 1.0, [30]),
        (2, 1.0, [30]),
        (2, 1.0, []),
        (4, 1.0, [7, 55, 90]),
        (4, 0.0, [7, 55, 90]),
        (3, 2.5, [30]),
        (7, 2.5, [7, 55, 90]),
        (4, -1.0, [30]),
    ],
)
def test_beams_equal_those_of_transformers(num_beams, length_penalty, stops):
    for seed, new in ((1, 1), (2, 7), (3, 15)):
        prompt = token_ids(1, 8, seed=seed)
        expected = REFERENCE.generate(
            prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=new, do_sample=False, num_beams=num_beams,
            num_return_sequences=num_beams, length_penalty=length_penalty, eos_token_id=stops or None, pad_token_id=0,
            return_dict_in_generate=True, output_scores=True,
        )  # fmt: skip
        found = beam_search(MODEL, prompt[0].tolist(), num_beams, new, length_penalty, stops)
        assert len(found) == num_beams
        for i, beam in enumerate(found):
            row = expected.sequences[i, 8:].tolist()
            ends = [row.index(stop) for stop in stops if stop in row]
            assert beam.token_ids == row[: min(ends, default=new)]
            if num_beams > 1:
                assert beam.score == pytest.approx(expected.sequences_scores[i].item(), rel=1e-5)


def test_enough_beams_find_the_likeliest_text_of_all():
    model = random_model(vocab_size=5, std=0.4)
    texts = [[1, 3, *text] for text in product(range(5), repeat=3)]
    with torch.no_grad():
        logprobs = model(torch.tensor(texts)).log_softmax(-1)
    totals = sum(
        logprobs[torch.arange(125), 1 + step, torch.tensor([text[2 + step] for text in texts])] for step in range(3)
    )
    best = int(totals.argmax())
    [first, *rest] = beam_search(model, [1, 3], 25, 3, stop_token_ids=())
    assert first.token_ids == texts[best][2:]
    assert first.score == pytest.approx(totals[best].item() / 3, abs=1e-5)
    assert [beam.score for beam in rest] == sorted((beam.score for beam in rest), reverse=True)


@pytest.mark.parametrize("kind", ["sliding_attention", "chunked_attention"])
def test_one_beam_is_greedy_in_every_kind_of_layer(kind):
    sizes = {"sliding_window": 5} if kind == "sliding_attention" else {"attention_chunk_size": 7}
    model = random_model(layer_types=[kind, "full_attention", kind], **sizes)
    expected = list(generate(model, PROMPT, 40, stop_token_ids=()))
    assert beam_search(model, PROMPT, 1, 40, stop_token_ids=())[0].token_ids == expected


def test_limits():
    assert beam_search(MODEL, PROMPT, 3, 0)[0].token_ids == []
    assert len(beam_search(MODEL, token_ids(120).tolist(), 2, 100, stop_token_ids=())[0].token_ids) == 8
    with pytest.raises(ValueError, match="num_beams: got 0, allowed 1 or more"):
        beam_search(MODEL, PROMPT, 0)
    with pytest.raises(ValueError, match="token_ids: got 0 tokens"):
        beam_search(MODEL, [])
    broken = random_model()
    broken.model.norm.weight.data[3] = torch.nan
    with pytest.raises(LogitsError, match="nan"):
        beam_search(broken, PROMPT)
