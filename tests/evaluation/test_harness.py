"""The adapter by which EleutherAI's harness drives our model: it asks what the library asks."""

import sys
from types import SimpleNamespace

import pytest

from lessons_lib.evaluation import encode_pair, score
from lessons_lib.evaluation.harness import ForHarness, harness_model


def asked(*requests):
    return [SimpleNamespace(args=args) for args in requests]


def test_the_adapter_asks_what_the_library_asks(tiny):
    model, tokenizer, _ = tiny
    lm = ForHarness(model, tokenizer)
    found = lm.loglikelihood(asked(("Every head", " reads"), ("", "keys")))
    pairs = [encode_pair(tokenizer, "Every head", " reads"), encode_pair(tokenizer, "", "keys")]
    assert found == [(each.nats, each.greedy) for each in score(model, pairs)]
    [whole] = lm.loglikelihood_rolling(asked(("Every head reads every key. " * 30,)))
    assert whole < 0 and lm.tokenizer_name == "lessons_lib"


def test_a_token_that_begins_a_text_stands_there_when_asked_for(tiny):
    model, tokenizer, _ = tiny
    with_it = ForHarness(model, tokenizer, add_bos=True)
    pair = encode_pair(tokenizer, "Every head", " reads", add_bos=True)
    assert pair.context[0] == 7
    assert with_it.loglikelihood(asked(("Every head", " reads")))[0][0] == score(model, [pair])[0].nats


def test_requests_of_several_kinds_are_continued_in_their_order(tiny):
    model, tokenizer, _ = tiny
    lm = ForHarness(model, tokenizer)
    kinds = [{"until": ["\n"], "max_gen_toks": 4}, {"until": "e", "max_gen_toks": 6}, {"max_gen_toks": 5, "until": []}]
    requests = [(f"Every head {n}", kinds[n % 3]) for n in range(9)]
    whole = lm.generate_until(asked(*requests))
    assert whole == [lm.generate_until(asked(request))[0] for request in requests]
    with pytest.raises(ValueError, match="got a request to draw"):
        lm.generate_until(asked(("a", {"do_sample": True})))


def test_without_the_harness_it_is_an_error_that_names_it(tiny, monkeypatch):
    monkeypatch.setitem(sys.modules, "lm_eval", None)
    with pytest.raises(ImportError, match="lm_eval"):
        harness_model(*tiny[:2])
