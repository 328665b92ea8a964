"""What a learner has built by the end of lesson 07, put together: it writes what the library writes."""

import inspect

import torch

from lessons_lib.classroom.lessons.lesson05.my_block import my_block
from lessons_lib.classroom.lessons.lesson06.my_model import my_model
from lessons_lib.classroom.lessons.lesson07.my_generate import my_generate
from lessons_lib.classroom.lessons.lesson07.my_look import MyLook
from lessons_lib.classroom.lessons.lesson07.shared import real_weights
from lessons_lib.classroom.real_model import real_model
from lessons_lib.generation import generate

TOKENS = 64


def test_the_solutions_alone_write_the_librarys_64_tokens():
    built = {"torch": torch}  # and nothing else: no layer of the library is within their reach
    for part in (my_block, my_model, MyLook, my_generate):
        exec(inspect.getsource(part), built)
    model, tokenizer = real_model()
    weights, config = real_weights()
    ids = tokenizer.encode("Once upon a time, in a small village by the sea,")
    with torch.no_grad():
        new = built["my_generate"](ids, TOKENS, weights, config)
        assert new == list(generate(model, ids, TOKENS, stop_token_ids=()))
    assert len(new) == TOKENS
