"""What a learner has built by the end of lesson 07: it writes what the library does, from text to text."""

from itertools import pairwise

import regex
import torch

from lessons_lib.classroom.lessons.lesson19.pieces import vocabulary
from lessons_lib.classroom.real_model import real_model, real_weights
from lessons_lib.classroom.registry import named
from lessons_lib.classroom.source import source_of
from lessons_lib.generation import generate
from lessons_lib.tokenizer.encoding.split import SPLITS

BUILT = ("sampler", "tokenizer", "positions_and_heads", "my_block", "my_model", "my_look", "my_generate")
TOKENS = 64


def test_the_solutions_alone_write_the_librarys_64_tokens():
    mine = {
        "torch": torch,
        "regex": regex,
        "pairwise": pairwise,
        "GPT2": SPLITS["gpt2"][0],
    }  # nothing of the library's model
    for name in BUILT:
        exec(source_of(named("EXERCISES")[name].solution), mine)
    model, tokenizer = real_model()
    weights, config = real_weights()
    tokens, merges, numbers = vocabulary(tokenizer.encoder)
    own = mine["MyTokenizer"](tokens, merges)
    prompt = "Once upon a time, in a small village by the sea,"
    ids = [numbers[i] for i in own.encode(prompt)]
    expected = list(generate(model, tokenizer.encode(prompt), TOKENS, stop_token_ids=()))
    with torch.no_grad():
        new = mine["my_generate"](ids, TOKENS, weights, config)
        looks = [lambda q, k, v: mine["my_heads"](q, k, v, config["rope_theta"])] * config["num_hidden_layers"]
        scores = mine["my_model"](ids, weights, config, looks)[-1]  # everything is read, nothing is kept
    assert new == expected
    assert len(new) == TOKENS
    assert mine["my_sampler"](scores, 0, 50, 0.9, 0.5) == new[0]
    assert own.decode([numbers.index(i) for i in new]) == tokenizer.decode(new)
