"""Likelihoods out of one tree of tokens, beside each text read alone by transformers, in float64 too."""

import math
import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from models import byte_tokenizer, our_config, our_copy, random_model, reference_llama

from lessons_lib.evaluation import Asked, encode_pair, encode_text, likelihoods, score
from lessons_lib.evaluation.trie import packs, plant, sight, trunk
from lessons_lib.generation import LogitsError
from lessons_lib.tokenizer import load_tokenizer

IDS = st.lists(st.integers(0, 3), min_size=1, max_size=9)
TEXTS = st.lists(st.tuples(IDS, IDS), min_size=1, max_size=12)


def some_texts(seed=0, count=30, start=0):
    """Texts of which some begin alike, some are equal, and some are the beginning of others."""
    draw = random.Random(seed)
    shared = [draw.randrange(97) for _ in range(start)]
    begins = [shared + [draw.randrange(97) for _ in range(draw.randint(1, 12))] for _ in range(6)]
    texts = [Asked(draw.choice(begins), [draw.randrange(97) for _ in range(draw.randint(1, 6))]) for _ in range(count)]
    return [
        *texts,
        texts[0],
        Asked(texts[1].context, texts[1].continuation[:1]),
        Asked(begins[0][:1], begins[0][1:] or [5]),
    ]


@torch.no_grad()
def alone(model, texts):
    """Each text by itself through a model of transformers: nats and whether its tokens are the likeliest."""
    found = []
    for context, continuation in texts:
        logits = model(torch.tensor([[*context, *continuation]])).logits[0, len(context) - 1 : -1]
        ids = torch.tensor(continuation)
        nats = torch.log_softmax(logits, -1).gather(1, ids[:, None]).sum().item()
        found.append((nats, bool((logits.argmax(-1) == ids).all())))
    return found


# The tree


@given(texts=TEXTS, size=st.integers(4, 40))
def test_packs_ask_for_every_token_once_and_show_it_its_own_past(texts, size):
    root = plant(texts)
    start = trunk(root)
    top = start[-1] if start else root
    asked = {}
    for nodes, wanted in packs(top, size):
        assert len(set(nodes)) == len(nodes)
        mask = sight(nodes, len(start))
        for node, row in zip(nodes, mask, strict=True):
            seen = [*start, *nodes]
            past = [other for other, may in zip(seen, row, strict=True) if may]
            way = [node]
            while way[0].parent is not root:
                way.insert(0, way[0].parent)
            assert past == way and [other.depth for other in way] == list(range(len(way)))
            if node in wanted:
                for token, numbers in node.asked.items():
                    for number in numbers:
                        asked.setdefault(number, []).append(([other.token for other in way], token))
    for number, (context, continuation) in enumerate(texts):
        ids = [*context, *continuation]
        places = range(len(context), len(ids))
        assert sorted(asked[number]) == sorted((ids[:place], ids[place]) for place in places)


def test_what_begins_alike_is_read_once():
    start = list(range(40))
    texts = [([*start, 50, n], [60, 61]) for n in range(20)]
    root = plant(texts)
    assert [node.token for node in trunk(root)] == [*start, 50]
    assert sum(len(nodes) for nodes, _ in packs(trunk(root)[-1], 256)) == 2 * 20  # n and 60; 61 is only asked for


def test_a_pack_is_no_larger_than_asked_where_branches_are_short():
    texts = [([n, n + 1], [3, 4, 5]) for n in range(80)]
    sizes = [len(nodes) for nodes, _ in packs(plant(texts), 32)]
    assert max(sizes) <= 32 and min(sizes[:-1]) > 24


def test_a_long_text_takes_few_packs():
    [first, *others] = [nodes for nodes, _ in packs(plant([([1], list(range(900)))]), 32)]
    assert len(first) == 128 and len(others) == 3  # 256, 512 and the rest
    assert sum(map(len, [first, *others])) < 3 * 900


def test_a_text_of_four_packs_is_read_once_and_none_with_another():
    texts = [([n], list(range(200 + n))) for n in range(3)]
    found = [nodes for nodes, _ in packs(plant(texts), 64)]
    assert [len(nodes) for nodes in found] == [200, 201, 202]


def test_a_long_text_that_branches_at_its_end_is_read_twice_at_most():
    start = list(range(300))
    texts = [([1], [*start, n, *range(n, n + 50)]) for n in range(8)]
    found = [nodes for nodes, _ in packs(plant(texts), 128)]
    assert sum(map(len, found)) < 3 * (300 + 8 * 51)


# Likelihoods


@pytest.mark.parametrize("start", [0, 3, 30])
@pytest.mark.parametrize("pack", [4, 32, 256])
def test_likelihoods_are_those_of_transformers(start, pack):
    reference = reference_llama()
    texts = some_texts(start, start=start)
    ours = score(our_copy(reference, our_config()), texts, pack)
    theirs = alone(reference, texts)
    assert [each.greedy for each in ours] == [greedy for _, greedy in theirs]
    assert [each.nats for each in ours] == pytest.approx([nats for nats, _ in theirs], abs=1e-4)
    assert [each.tokens for each in ours] == [len(text.continuation) for text in texts]


def test_likelihoods_are_no_further_from_float64_than_those_of_transformers():
    reference = reference_llama()
    texts = some_texts(count=60)
    exact = [nats for nats, _ in alone(reference_llama().double(), texts)]
    ours = [each.nats for each in score(our_copy(reference, our_config()), texts)]
    theirs = [nats for nats, _ in alone(reference, texts)]
    mine, others = (max(abs(a - b) for a, b in zip(found, exact, strict=True)) for found in (ours, theirs))
    assert mine <= 1.5 * others < 1e-3


KINDS = {
    "sliding": {"layer_types": ["sliding_attention", "full_attention", "sliding_attention"], "sliding_window": 4},
    "learned": {"position_embedding_type": "learned"},
    "sinusoidal": {"position_embedding_type": "sinusoidal"},
    "none": {"position_embedding_type": "none"},
    "latent": {"kv_lora_rank": 24, "num_key_value_heads": 6, "qk_rope_head_dim": 4},
    "experts": {"num_local_experts": 6, "num_experts_per_tok": 2, "moe_intermediate_size": 44},
    "softcap": {"attn_logit_softcapping": 5.0, "final_logit_softcapping": 9.0},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("start", [0, 30])
@torch.no_grad()
def test_every_kind_of_model_gives_each_text_what_it_gets_alone(kind, start):
    model, texts = random_model(**KINDS[kind]), some_texts(1, start=start)
    for text, found in zip(texts, score(model, texts, 32), strict=True):
        logits = model(torch.tensor([[*text.context, *text.continuation]]))[0, len(text.context) - 1 : -1]
        ids = torch.tensor(text.continuation)
        nats = torch.log_softmax(logits, -1).gather(1, ids[:, None]).sum().item()
        assert found.nats == pytest.approx(nats, abs=1e-4)


def test_padding_counts_for_nothing():
    model = random_model(**KINDS["sliding"])
    texts = [Asked([1], [2]), Asked(list(range(1, 60)), list(range(1, 30)))]
    assert score(model, texts)[0].nats == pytest.approx(score(model, texts[:1])[0].nats, abs=1e-5)


def test_texts_are_said_as_soon_as_they_are_known():
    texts = [Asked([n, n], [1, 2]) for n in range(90)]
    found = likelihoods(random_model(), texts, 8)
    assert [next(found)[0] for _ in range(20)] == list(range(20))


def test_a_context_that_is_too_long_loses_its_beginning_and_the_longest_continuation_fits():
    model, ids = random_model(), [n % 97 for n in range(300)]
    assert score(model, [Asked(ids, [1, 2])]) == score(model, [Asked(ids[-127:], [1, 2])])
    assert score(model, [Asked(ids[:1], ids[1:129])])[0].tokens == 128
    with pytest.raises(ValueError, match=r"asked\[1\].continuation: got 129 tokens, allowed 128"):
        likelihoods(model, [Asked([1], [2]), Asked([1], ids[:129])])


def test_a_start_that_fills_the_context_is_read_without_a_cache():
    model, start = random_model(), [n % 97 for n in range(120)]
    texts = [Asked([*start, n], [n, 3]) for n in range(40)]
    assert score(model, texts)[7].nats == pytest.approx(score(model, texts[7:8])[0].nats, abs=1e-4)


def test_nothing_asked_is_nothing_found_and_mistakes_are_named():
    model = random_model()
    assert score(model, []) == []
    for text, words in (
        (Asked([], [1]), r"asked\[0\].context: got no tokens"),
        (Asked([1], []), r"asked\[0\].continuation: got no tokens"),
        (Asked([1], [97]), "got 97, allowed 0 to 96"),
        (Asked("a", [1]), "allowed token ids"),
    ):
        with pytest.raises(ValueError, match=words):
            score(model, [text, Asked([1], [2, 97])])
    with pytest.raises(ValueError, match="pack: got 3"):
        score(model, [Asked([1], [2])], 3)


def test_broken_weights_are_an_error_and_no_score():
    model = random_model()
    with torch.no_grad():
        model.lm_head.weight[3, 3] = math.nan
    with pytest.raises(LogitsError, match="weights are broken"):
        score(model, [Asked([1], [2])])


def test_dropout_rests_meanwhile_and_is_back_afterwards():
    model = random_model().train()
    score(model, [Asked([1], [2])])
    assert model.training


# Texts to ids


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    path = tmp_path_factory.mktemp("bytes") / "tokenizer.json"
    byte_tokenizer().save(str(path))
    made = load_tokenizer(path)
    made.eos_token_ids = [7]
    return made


def test_blanks_go_with_the_continuation_and_the_two_are_encoded_as_one(tokenizer):
    same = encode_pair(tokenizer, "Every head", " reads")
    assert encode_pair(tokenizer, "Every head ", "reads") == same
    assert tokenizer.decode(same.context) == "Every head" and tokenizer.decode(same.continuation) == " reads"
    assert encode_pair(tokenizer, "Every head  \n", "reads").context == same.context


def test_nothing_to_read_becomes_the_token_that_begins_or_ends_a_text(tokenizer):
    assert encode_pair(tokenizer, "", "reads") == ([7], tokenizer.encode("reads"))
    assert encode_pair(tokenizer, " ", "reads") == ([7], tokenizer.encode(" reads"))
    assert encode_pair(tokenizer, "a", "b", add_bos=True).context == [7, *tokenizer.encode("a")]


def test_a_continuation_without_a_token_of_its_own_is_named(tokenizer):
    swallowed = 0
    for token in range(256, tokenizer.vocab_size):
        whole = tokenizer.decode([token])
        if len(tokenizer.encode(whole[:-1])) == len(tokenizer.encode(whole)) == 1 and not whole[-2:].isspace():
            with pytest.raises(ValueError, match=f"continuation: got {whole[-1]!r}, which has no token of its own"):
                encode_pair(tokenizer, whole[:-1], whole[-1])
            swallowed += 1
    assert swallowed > 5
    with pytest.raises(ValueError, match="continuation: got ''"):
        encode_pair(tokenizer, "", "")


@pytest.mark.parametrize("length", [1, 5, 7, 100])
def test_windows_score_each_token_of_a_text_once(tokenizer, length):
    text = "Grouped heads read the same key. Every head reads every key."
    windows = encode_text(tokenizer, text, length)
    assert [token for window in windows for token in window.continuation] == tokenizer.encode(text)
    assert windows[0].context == [7]
    for window in windows:
        assert len(window.context) >= 1 and len(window.context) + len(window.continuation) - 1 <= length
    with pytest.raises(ValueError, match="text: got an empty one"):
        encode_text(tokenizer, "", length)
