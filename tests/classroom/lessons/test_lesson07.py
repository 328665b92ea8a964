"""The solutions of lesson 07 against libraries that nobody here wrote, and the same mistakes in other words."""

import numpy as np
import pytest
import regex
import torch
import torch.nn.functional as F
from classroom.styles import accept, refuse
from effort import examples
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn.utils.rnn import pad_sequence
from transformers import LlamaConfig, LlamaForCausalLM

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson07
from lessons_lib.classroom.lessons.lesson04b.shared import positions_as, turned
from lessons_lib.classroom.lessons.lesson04c.positions_and_heads import my_heads
from lessons_lib.classroom.lessons.lesson06.my_model import my_model
from lessons_lib.classroom.lessons.lesson07.best_cache import my_best_cache
from lessons_lib.classroom.lessons.lesson07.left_pad import my_left_pad
from lessons_lib.classroom.lessons.lesson07.my_generate import FIRST, in_the_model, my_generate, tiny
from lessons_lib.classroom.lessons.lesson07.my_look import MyLook
from lessons_lib.classroom.lessons.lesson07.safe_length import my_safe_length
from lessons_lib.classroom.lessons.lesson07.shared import made_up
from lessons_lib.classroom.real_model import real_model, real_weights
from lessons_lib.generation import KVCache, generate

EXERCISES = {exercise.id: exercise for exercise in lesson07.EXERCISES}


@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=7), min_size=1, max_size=5), st.integers(0, 9))
@settings(max_examples=examples(50))
def test_left_pad_equals_torch(rows, pad):
    def padded(values, fill):
        return pad_sequence([torch.tensor(row) for row in values], True, fill, padding_side="left").tolist()

    expected = padded(rows, pad), padded([[1] * len(row) for row in rows], 0), padded([range(len(r)) for r in rows], 0)
    assert my_left_pad(rows, pad) == expected


@given(st.text("abc", max_size=9), st.lists(st.text("abc", min_size=1, max_size=5), max_size=3))
@settings(max_examples=examples(50))
def test_safe_length_is_where_a_partial_match_of_regex_begins(text, stops):
    assume(not any(stop in text for stop in stops))
    found = regex.search("|".join(map(regex.escape, stops)), text, partial=True) if stops else None
    assert my_safe_length(text, stops) == (found.start() if found else len(text))


@given(
    st.lists(st.lists(st.integers(0, 2), max_size=5), max_size=4), st.lists(st.integers(0, 2), min_size=1, max_size=5)
)
@settings(max_examples=examples(100))
def test_the_best_cache_leaves_least_to_read(held, wanted):
    number, rest = my_best_cache(held, wanted)
    done = wanted[: len(wanted) - len(rest)]
    assert rest and done + rest == wanted
    assert (number is None) == (not done)
    if done:
        assert held[number][: len(done)] == done
        assert all(text[: len(done)] != done for text in held[:number])  # none in front is as good
    if len(rest) > 1:
        assert all(text[: len(done) + 1] != wanted[: len(done) + 1] for text in held)  # and none anywhere is better


@pytest.mark.parametrize("pieces", [[7], [1] * 7, [3, 4], [2, 1, 4]])
def test_a_look_in_pieces_is_the_look_at_all(pieces):
    q, k, v = made_up(6, 7, 8), made_up(2, 7, 8), made_up(2, 7, 8, seed=1)
    look, start, parts = MyLook(500.0), 0, []
    for length in pieces:
        part = slice(start, start + length)
        parts.append(look(q[:, part], k[:, part], v[:, part]))
        start += length
    assert torch.allclose(torch.cat(parts, 1), my_heads(q, k, v, 500.0), atol=1e-5)


def test_the_made_up_model_writes_what_transformers_writes():
    weights, config = tiny()
    theirs = LlamaForCausalLM(LlamaConfig(**config, bos_token_id=None, eos_token_id=None)).eval()
    missing, unexpected = theirs.load_state_dict(weights, strict=False)
    assert missing == ["lm_head.weight"] and not unexpected
    theirs.tie_weights()
    for prompt in ([3, 1, 4], [7], [2, 11, 5, 0, 9]):
        with torch.no_grad():
            ids = theirs.generate(torch.tensor([prompt]), max_new_tokens=7, do_sample=False)[0].tolist()
            assert prompt + my_generate(prompt, 7, weights, config) == ids
            best = theirs(torch.tensor([ids])).logits[0].topk(2).values
        assert (best[:, 0] - best[:, 1]).min() > 0.01  # no tie that another processor could break


def test_the_real_model_writes_what_the_library_writes():
    model, tokenizer = real_model()
    weights, config = real_weights()
    for prompt in ("Water boils at", "def area(width, height):"):
        ids = tokenizer.encode(prompt)
        with torch.no_grad():
            assert my_generate(ids, 10, weights, config) == list(generate(model, ids, 10, stop_token_ids=()))


def test_the_reading_is_counted_however_the_product_is_written():
    for product in (
        lambda x, w: x @ w.T,
        F.linear,
        lambda x, w: (w @ x.T).T,
        lambda x, w: torch.einsum("tc,oc->to", x, w),
    ):

        def again(ids, n, weights, config, product=product):
            for length in range(n):
                product(weights["model.embed_tokens.weight"][[0] * (3 + length)], weights[FIRST])
            return [4] * n

        assert in_the_model(again, [3, 1, 4], 5)[1] == "25 tokens are read, where 3 and 4 new ones are enough"


def greedy(model, ids, count):
    """Each pass reads what is new, through the library's cache."""
    cache, unread, new = KVCache(model.config, max_length=64), list(ids), []
    for _ in range(count):
        scores = model(torch.tensor([unread]), cache)[0, -1]
        unread = [int(scores.argmax())]
        new += unread
    return new


@torch.no_grad()
def test_the_faulty_programs_are_those_of_their_faults():
    model, tokenizer = real_model()
    prompts = [
        tokenizer.encode(text) for text in ("Once upon a time, in a small village by the sea,", "My car has four")
    ]
    right = [list(generate(model, ids, 6, stop_token_ids=())) for ids in prompts]
    with positions_as(lambda places: places - places[0]):  # B: the first is right, others are not
        for ids, expected in zip(prompts, right, strict=True):
            wrong = greedy(model, ids, 6)
            assert wrong[0] == expected[0] and wrong != expected
    longest = max(map(len, prompts))
    table = torch.tensor([[0] * (longest - len(ids)) + ids for ids in prompts])
    mask = torch.tensor([[0] * (longest - len(ids)) + [1] * len(ids) for ids in prompts])
    seen, hidden = model(table)[:, -1], model(table, attention_mask=mask)[:, -1]
    assert torch.allclose(seen[0], hidden[0], atol=1e-3) and not torch.allclose(seen[1], hidden[1], atol=1.0)  # E
    asked = tokenizer.encode_chat([{"role": "user", "content": "What is the capital of France?"}])
    assert "<|im_start|>user" in tokenizer.decode(generate(model, asked, 32, stop_token_ids=()))  # A
    assert [tokenizer.decode([token]) for token in tokenizer.encode("🌍")] == ["�"] * 3  # G


# The learner writes the same mistakes differently; the words must be the same.


def right_pad_by_torch(rows, pad):
    def padded(values, fill):
        return pad_sequence([torch.tensor(row) for row in values], True, fill)

    return padded(rows, pad), padded([[1] * len(row) for row in rows], 0), padded([range(len(row)) for row in rows], 0)


class Unmasked:
    """By torch's kernel, and nothing hidden in a piece."""

    def __init__(self, base):
        self.base, self.kept = base, []

    def __call__(self, q, k, v):
        past = sum(k.shape[1] for k, _ in self.kept)
        T, D = q.shape[1:]
        angles = torch.outer(torch.arange(past, past + T), self.base ** (-2.0 * torch.arange(D // 2) / D))
        self.kept.append((turned(k, angles), v))
        keys, values = (torch.cat(list(each), 1) for each in zip(*self.kept, strict=True))
        mask = self.mask(T, past)
        return F.scaled_dot_product_attention(turned(q, angles)[None], keys[None], values[None], mask, enable_gqa=True)[
            0
        ]

    def mask(self, T, past):
        return None


class FromTheCorner(Unmasked):
    def mask(self, T, past):
        return torch.ones(T, past + T).tril().bool()


class KernelLook(Unmasked):
    def mask(self, T, past):
        return torch.ones(T, past + T).tril(past).bool()


class AllAgain:
    """Keeps keys as they came, and turns all of them at each call."""

    def __init__(self, base):
        self.base, self.rows = base, []

    def __call__(self, q, k, v):
        self.rows.append((k, v))
        k, v = torch.cat([k for k, _ in self.rows], 1), torch.cat([v for _, v in self.rows], 1)
        T = q.shape[1]
        before = torch.zeros(q.shape[0], k.shape[1] - T, q.shape[2])
        return my_heads(torch.cat([before, q], 1), k, v, self.base)[:, -T:].numpy()


def with_a_list_of_ones(ids, n, weights, config, look=KernelLook, times=1):
    looks = [look(config["rope_theta"]) for _ in range(config["num_hidden_layers"])]
    for token in ids[:-1]:  # the prompt too is read one by one
        my_model([token], weights, config, looks)
    last, new = ids[-1], []
    while len(new) < n:
        scores = my_model([last] * times, weights, config, looks)
        last = scores[-1].topk(1).indices.item()
        new.append(last)
    return torch.tensor(new)


def without_a_cache(ids, n, weights, config):
    text = ids[:]
    while len(text) < len(ids) + n:
        looks = [KernelLook(config["rope_theta"]) for _ in range(config["num_hidden_layers"])]
        text.append(my_model(text, weights, config, looks)[-1].argmax().item())
    return text[len(ids) :]


def one_object(ids, n, weights, config):
    looks = (KernelLook(config["rope_theta"]),) * config["num_hidden_layers"]
    unread, new = ids, []
    while len(new) < n:
        unread = my_model(unread, weights, config, looks)[-1:].argmax(-1).tolist()
        new.extend(unread)
    return new


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("left_pad", right_pad_by_torch, "padding stands on the right"),
        ("safe_length", lambda text, stops: max(0, len(text) - max([len(s) for s in stops] or [1]) + 1), "always hold"),
        ("safe_length", lambda text, stops: my_safe_length(text.lower(), [s.lower() for s in stops]), "count as one"),
        ("faulty_programs", lambda: "DBFAGH", "is padded on the right is wrong too"),
        ("best_cache", lambda held, wanted: (None, wanted), ""),
        ("my_look", Unmasked, "nothing is hidden"),
        ("my_look", FromTheCorner, "upper left corner"),
        ("my_generate", without_a_cache, "every token is read again"),
        ("my_generate", one_object, "share one look"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


def held_back(text, stop, most=None):
    """The lesson's own, which takes one stop string."""
    for length in range(len(stop) - 1 if most is None else most, 0, -1):
        if text.endswith(stop[:length]):
            return length
    return 0


def by_the_best(key):
    """The number and the rest by sorting, as a learner writes it."""

    def best(held, wanted):
        def saved(text):
            alike = [one == other for one, other in zip(text, wanted, strict=False)]
            return min([*alike, False].index(False), len(wanted) - 1)

        order = sorted(range(len(held)), key=lambda n: (-saved(held[n]), key(held[n])))
        most = saved(held[order[0]]) if held else 0
        return (order[0] if most else None), wanted[most:]

    return best


def kept_looks():
    """Looks that are made once and used for every text."""
    looks = []

    def generate_again(ids, n, weights, config):
        looks.extend(KernelLook(config["rope_theta"]) for _ in range(config["num_hidden_layers"] - len(looks)))
        unread, new = ids, []
        while len(new) < n:
            unread = my_model(unread, weights, config, looks)[-1:].argmax(-1).tolist()
            new.extend(unread)
        return new

    return generate_again


class KeysOnly(KernelLook):
    """Values of old tokens are zeros."""

    def __call__(self, q, k, v):
        self.kept = [(keys, torch.zeros_like(values)) for keys, values in self.kept]
        return super().__call__(q, k, v)


class KeysAnew(KernelLook):
    """Each piece's keys are turned back by what was read before them."""

    def __call__(self, q, k, v):
        past = sum(keys.shape[1] for keys, _ in self.kept)
        D = k.shape[-1]
        angles = past * self.base ** (-torch.arange(0, D, 2) / D)
        a, b = k.chunk(2, -1)
        back = torch.cat([a * angles.cos() + b * angles.sin(), b * angles.cos() - a * angles.sin()], -1)
        return super().__call__(q, back, v)


def onto_the_prompt(ids, n, weights, config):
    looks, start, unread = [KernelLook(config["rope_theta"]) for _ in range(config["num_hidden_layers"])], len(ids), ids
    while len(ids) < start + n:
        unread = my_model(list(unread), weights, config, looks)[-1:].argmax(-1).tolist()
        ids.extend(unread)
    return ids[start:]


def placed_by_pad(rows, pad):
    table, mask, places = my_left_pad(rows, pad)
    for row, real in zip(places, mask, strict=True):
        row[: real.index(1)] = [pad] * real.index(1)
    return table, mask, places


class TheLast64(KernelLook):
    """A right memory that is cut."""

    def __call__(self, q, k, v):
        result = super().__call__(q, k, v)
        keys, values = (torch.cat(list(each), 1)[:, -64:] for each in zip(*self.kept, strict=True))
        self.kept = [(keys, values)]
        return result


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        (
            "safe_length",
            lambda t, s: next((i for i in range(len(t)) if any(t[i:] in x for x in s)), len(t)),
            "anywhere",
        ),
        (
            "safe_length",
            lambda t, s: len(t.rstrip()) - max([held_back(t.rstrip(), x) for x in s] or [0]),
            "white space",
        ),
        ("safe_length", lambda t, s: my_safe_length(t, [x.strip() for x in s]), "belongs to them"),
        ("safe_length", lambda t, s: len(t.encode()) - max([held_back(t, x) for x in s] or [0]), "count bytes"),
        (
            "safe_length",
            lambda t, s: (
                len(t) - max([n for x in s for n in range(1, len(x)) if regex.search(f"(?:{x[:n]})$", t)] or [0])
            ),
            "",
        ),
        ("safe_length", lambda t, s: len(t) - held_back(t, s[-1]), "only the last stop string"),
        ("safe_length", lambda t, s: len(t) - held_back(t, s[0]), "only the first stop string"),
        (
            "safe_length",
            lambda t, s: len(t) - max([held_back(t, x, len(x) - 2) for x in s] or [0]),
            "longest beginnings",
        ),
        ("best_cache", by_the_best(len), "however long"),
        ("best_cache", by_the_best(lambda text: -len(text)), "however long"),
        ("best_cache", by_the_best(lambda text: text), "compares the texts"),
        ("best_cache", lambda held, wanted: (0, wanted[1:]) if held else (None, wanted), ""),
        ("left_pad", lambda rows, pad: my_left_pad([row[: len(rows[0])] for row in rows], pad), ""),
        ("faulty_programs", [4, 2, 5, 1, 7, 8], "letters of the faults are asked for"),
        ("faulty_programs", ["D", "B", "F", "A", "G", "H"], "look again at program 3; 5 of 6"),
        ("faulty_programs", ["D", "C", "E", "A", "G", "H"], "nothing to weigh"),
        ("my_look", KeysOnly, "values are not"),
        ("my_look", TheLast64, ""),
        ("my_generate", kept_looks(), "made outside"),
        ("my_generate", onto_the_prompt, "changes the list `ids`"),
        ("left_pad", lambda rows, pad: my_left_pad(rows, 0), "filled up with 0"),
        ("left_pad", placed_by_pad, "at the place `pad`"),
        ("safe_length", lambda t, s: len(t) - min([held_back(t, x) for x in s] or [0]), "one stop string lets"),
        ("safe_length", lambda t, s: len(t) - sum(held_back(t, x) for x in s), "added up"),
        ("safe_length", lambda t, s: len(t) - next(filter(None, (held_back(t, x) for x in s)), 0), "begun earlier"),
        ("my_look", KeysAnew, "new keys from 0"),
    ],
)
def test_a_wrong_answer_is_refused_in_words_that_fit(name, answer, words):
    assert "None came inside" not in refuse(EXERCISES[name], answer, words)


def test_none_is_a_number_that_best_cache_may_give():
    report = feedback(EXERCISES["best_cache"], lambda held, wanted: (None, wanted))
    assert report.startswith("✗") and "None came inside" not in report


def safe_by_regex(text, stops):
    found = regex.search("|".join(map(regex.escape, stops)), text, partial=True) if stops else None
    return found.start() if found else len(text)


def cache_by_numpy(held, wanted):
    saved = [0]
    for text in held:
        least = min(len(text), len(wanted) - 1)
        alike = np.array(text[:least]) == np.array(wanted[:least])
        saved.append(int(np.cumprod(alike).sum()))
    best = int(np.argmax(saved))
    return [best - 1 if saved[best] else None, np.array(wanted[saved[best] :])]


RIGHT = {
    "left_pad": lambda rows, pad: (
        tuple((pad,) * (max(map(len, rows)) - len(row)) + tuple(row) for row in rows),
        np.array([[0] * (max(map(len, rows)) - len(row)) + [1] * len(row) for row in rows]),
        torch.tensor([[0] * (max(map(len, rows)) - len(row)) + list(range(len(row))) for row in rows]),
    ),
    "safe_length": safe_by_regex,
    "faulty_programs": lambda: {1: "d", 2: "b", 3: "e", 4: "a", 5: "g", 6: "h"},
    "best_cache": cache_by_numpy,
    "my_look": AllAgain,
    "my_generate": with_a_list_of_ones,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
