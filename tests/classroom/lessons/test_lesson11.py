"""Lesson 11: the solutions against libraries that nobody here wrote, its recorded races, mistakes in other words."""

import math

import numpy as np
import pytest
import torch
from classroom.styles import accept, refuse
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import Llama4TextConfig, Llama4VisionConfig, Llama4VisionModel
from transformers.masking_utils import create_causal_mask, create_chunked_causal_mask
from transformers.models.llama4 import modeling_llama4

from lessons_lib import ModelConfig
from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson11
from lessons_lib.classroom.lessons.lesson11 import puzzle
from lessons_lib.classroom.lessons.lesson11.my_llama4_block import CASES, D, made_up, my_llama4_block
from lessons_lib.classroom.lessons.lesson11.near_look import SMALL, MyNearLook, decoding, small_llama4
from lessons_lib.classroom.lessons.lesson11.pictures import PictureHalf
from lessons_lib.classroom.lessons.lesson11.reach import heard
from lessons_lib.classroom.lessons.lesson11.reference import THEIR_FIELDS, draw, our_names, small_config
from lessons_lib.classroom.lessons.lesson11.sparse_dispatch import my_dispatch, with_experts
from lessons_lib.classroom.lessons.lesson11.visible_tokens import my_visible
from lessons_lib.generation import generate
from lessons_lib.layers import MixtureOfExperts

EXERCISES = {exercise.id: exercise for exercise in lesson11.EXERCISES}
bounded = settings(derandomize=True, max_examples=examples(30), deadline=None)


def their_config(**fields):
    sizes = {"hidden_size": 12, "intermediate_size": 7, "intermediate_size_mlp": 10, "num_local_experts": 5}
    heads = {"num_attention_heads": 3, "num_key_value_heads": 1, "head_dim": 4, "num_hidden_layers": 2}
    return Llama4TextConfig(vocab_size=19, pad_token_id=0, **sizes | heads | fields)


# The parts of the lesson


def test_the_small_reference_is_the_librarys_model():
    from lessons_lib import Transformer

    reference = modeling_llama4.Llama4ForCausalLM(Llama4TextConfig(**THEIR_FIELDS)).eval()
    draw(reference.parameters())
    model = Transformer(small_config())
    model.load_state_dict(our_names(reference.state_dict()))
    ids = torch.randint(97, (2, 40), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        torch.testing.assert_close(model(ids), reference(ids).logits, rtol=1e-4, atol=1e-4)


def test_the_picture_half_has_as_many_numbers_as_that_of_transformers():
    half = PictureHalf()
    config = Llama4VisionConfig(
        hidden_size=half.width,
        intermediate_size=half.inner,
        num_hidden_layers=half.layers,
        num_attention_heads=16,
        image_size=half.side,
        patch_size=half.patch,
        projector_input_dim=half.adapter,
        projector_output_dim=half.adapter,
        vision_output_dim=half.adapter,
        pixel_shuffle_ratio=0.5,
    )
    with torch.device("meta"):
        theirs = Llama4VisionModel(config)
    projector = half.adapter * half.text_width
    assert half.parameters() == sum(p.numel() for p in theirs.parameters()) + projector
    assert (half.patches, half.tokens) == (576, 144)


def test_nothing_leaves_a_chunk_before_a_far_layer():
    near = [1, 1, 0]
    kinds = ["chunked_attention", "chunked_attention", "full_attention"]
    config = small_config(
        num_hidden_layers=3, moe_layers=[1], no_rope_layers=near, layer_types=kinds, attention_chunk_size=4
    )
    slopes = heard(config, 11)
    assert [int((row > 0).sum()) for row in slopes] == [3, 3, 11]


def test_puzzles_are_answered_by_their_own_rule():
    rows, answers = puzzle.rows_and_answers(200, 12, torch.Generator().manual_seed(0))
    for row, answer in zip(rows.tolist(), answers.tolist(), strict=True):
        text = "".join(puzzle.SIGNS[sign] for sign in row)
        digits = [sign for sign in text if sign.isdigit()]
        assert len(digits) == 1 and text[-1] in "?!" and not text[-2].isdigit()
        assert puzzle.SIGNS[answer] == (digits[0] if text[-1] == "?" else text[-2])


def test_the_recorded_races_are_of_todays_puzzle():
    import json

    stored = json.loads(puzzle.STORED.read_text("utf-8"))
    assert stored["run"] == puzzle.fingerprint() and list(stored["racers"]) == list(puzzle.RACERS)
    assert all(len(runs) == len(puzzle.SEEDS) for runs in stored["racers"].values())


# The exercises against other programs


@pytest.mark.parametrize("padding", [0, 1, 5])
def test_visible_tokens_equal_the_masks_of_transformers(padding):
    config = their_config(num_hidden_layers=8, attention_chunk_size=4)
    config._attn_implementation = "eager"
    mask = torch.ones(1, 15, dtype=torch.long)
    mask[:, :padding] = 0
    given = {
        "config": config,
        "inputs_embeds": torch.zeros(1, 15, 12),
        "attention_mask": mask,
        "past_key_values": None,
        "position_ids": (mask.cumsum(-1) - 1).clamp(min=0),
    }
    masks = {"full_attention": create_causal_mask(**given), "chunked_attention": create_chunked_causal_mask(**given)}
    for layer, kind in enumerate(config.layer_types):
        allowed = masks[kind][0, 0] == 0  # [T, S]
        for position in range(padding, 15):
            expected = allowed[position].nonzero().flatten().tolist()
            assert my_visible(position, layer, 4, 4, padding) == expected


@given(st.integers(1, 9), st.integers(1, 4), st.integers(0, 1000))
@bounded
def test_dispatch_equals_the_librarys_experts(tokens, k, seed):
    config = ModelConfig(
        vocab_size=9,
        hidden_size=12,
        intermediate_size=7,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_local_experts=5,
        num_experts_per_tok=k,
        scoring_func="sigmoid",
        scale_expert_input=True,
    )
    torch.manual_seed(seed)
    moe, x = MixtureOfExperts(config), torch.randn(tokens, 12)
    with torch.no_grad():
        routing = moe.router(x)
        ours = my_dispatch(x, routing.experts, routing.weights, lambda e, _mail, given: moe.experts[e](given))
        torch.testing.assert_close(ours, moe(x[None])[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_the_layer_equals_that_of_transformers(case):
    x, weights = made_up(case)
    config = Llama4TextConfig(
        hidden_size=x.shape[1],
        intermediate_size=7,
        num_local_experts=5,
        num_attention_heads=6,
        num_key_value_heads=2,
        head_dim=D,
    )
    x, weights = x.double(), {name: weight.double() for name, weight in weights.items()}
    moe = modeling_llama4.Llama4TextMoe(config).double()
    experts = [{p: weights[f"mlp.experts.{e}.{p}_proj.weight"] for p in ("gate", "up", "down")} for e in range(5)]
    with torch.no_grad():
        moe.router.weight.copy_(weights["mlp.router.weight"])
        moe.experts.gate_up_proj.copy_(torch.stack([torch.cat([e["gate"], e["up"]]).T for e in experts]))
        moe.experts.down_proj.copy_(torch.stack([e["down"].T for e in experts]))
        for part in ("gate", "up", "down"):
            getattr(moe.shared_expert, f"{part}_proj").weight.copy_(weights[f"mlp.shared_expert.{part}_proj.weight"])

        def norm(x, name):
            return torch.nn.functional.rms_norm(x, x.shape[-1:], weights[name], 1e-5)

        def look(q, k, v):
            return torch.zeros_like(q) + v.mean() + q.mean() - k.mean()

        read = norm(x, "input_layernorm.weight")
        q, k, v = ((read @ weights[f"self_attn.{n}_proj.weight"].T).view(len(x), -1, D).transpose(0, 1) for n in "qkv")
        middle = x + look(q, k, v).transpose(0, 1).flatten(1) @ weights["self_attn.o_proj.weight"].T
        expected = middle + moe(norm(middle, "post_attention_layernorm.weight")[None])[0].view_as(x)
        torch.testing.assert_close(my_llama4_block(x, weights, look, D), expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("prompt", [1, 7, 16])
def test_the_small_llama4_writes_with_near_looks_what_the_library_writes(prompt):
    model = small_llama4()
    start = [(7 * n + 3) % model.config.vocab_size for n in range(prompt)]
    expected = [int(token) for token in generate(model, start, 15)]
    found, said = decoding(MyNearLook, [prompt] + [1] * 15, SMALL, model.config.attention_chunk_size)
    assert found == expected and said == "what is kept is the chunk that is not over"
    assert len(set(found)) > 3  # it does not repeat one token, whatever it is given


# The same mistakes in other words; right answers in other styles


def bytes_row_by_row(routes, common, expert):
    """Counts an expert for each row."""
    total = common
    for layer in routes:
        for _ in layer:
            total += expert
    return total


def visible_by_asking_everybody(position, layer, chunk, interval, padding):
    """Counts chunks from the beginning of the row."""
    everything = layer % interval == interval - 1
    return [j for j in range(padding, position + 1) if everything or j // chunk == position // chunk]


def visible_by_steps(position, layer, chunk, interval, padding):
    """Steps to the next chunk one token late."""
    start = padding
    while (layer + 1) % interval and start + chunk < position:
        start += chunk
    return list(range(start, position + 1))


def layer_scoring_answers(x, weights, look, head_dim):
    """plain_layer, but for the side of the score; its sums run in another order than those of the known mistake."""

    def norm(x, name):
        return torch.nn.functional.rms_norm(x, x.shape[-1:], weights[f"{name}_layernorm.weight"], 1e-5)

    def network(name, token):
        gate, up = (weights[f"mlp.{name}.{part}_proj.weight"] @ token for part in ("gate", "up"))
        return weights[f"mlp.{name}.down_proj.weight"] @ (gate * gate.sigmoid() * up)

    read = norm(x, "input")
    parts = [torch.stack((read @ weights[f"self_attn.{n}_proj.weight"].mT).split(head_dim, 1)) for n in "qkv"]
    x = x + torch.cat(list(look(*parts)), 1) @ weights["self_attn.o_proj.weight"].mT
    rows = []
    for token, read in zip(x, norm(x, "post_attention"), strict=True):
        product, best = (weights["mlp.router.weight"] @ read).max(0)
        rows.append(token + (network("shared_expert", read) + product.sigmoid() * network(f"experts.{best}", read)))
    return torch.stack(rows)


def layer_that_stops_one_expert_early(x, weights, look, head_dim):
    silent = f"mlp.experts.{len(weights['mlp.router.weight']) - 1}.down_proj.weight"
    return plain_layer(x, weights | {silent: 0 * weights[silent]}, look, head_dim)


def layer_that_seeks_above_zero(x, weights, look, head_dim):
    """A product of 0 stands for nobody, who answers nothing."""
    router, nobody = weights["mlp.router.weight"], {}
    for part in ("gate", "up", "down"):
        like = weights[f"mlp.shared_expert.{part}_proj.weight"]
        nobody[f"mlp.experts.{len(router)}.{part}_proj.weight"] = 0 * like
    nobody["mlp.router.weight"] = torch.cat([router, 0 * router[:1]])
    return plain_layer(x, weights | nobody, look, head_dim)


def dispatch_scoring_answers(x, chosen, scores, ask):
    out = torch.zeros_like(x)
    for number in sorted(set(chosen.flatten().tolist())):
        mail = [n for n in range(len(x)) if number in chosen[n].tolist()]
        for n, answer in zip(mail, ask(number, mail, x[mail]), strict=True):
            out[n] += scores[n, chosen[n].tolist().index(number)] * answer
    return out


class KeepsEverything:
    """Reads the whole text again at each call, and so keeps all of it."""

    def __init__(self, speeds, chunk):
        self.speeds, self.chunk, self.text = speeds, chunk, None

    def __call__(self, q, k, v):
        new = (q, k, v)
        self.text = new if self.text is None else [torch.cat(pair, 1) for pair in zip(self.text, new, strict=True)]
        _, self.keys, self.values = self.text
        return MyNearLook(self.speeds, self.chunk)(*self.text)[:, -q.shape[1] :]


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("visible_tokens", visible_by_asking_everybody, "chunks begin with the padding"),
        ("visible_tokens", visible_by_steps, "still sees the chunk before"),
        ("my_llama4_block", layer_scoring_answers, "multiplies what the expert gives"),
        ("my_llama4_block", layer_that_stops_one_expert_early, "the last expert is never asked"),
        ("my_llama4_block", layer_that_seeks_above_zero, "must not begin at 0"),
        ("bytes_read", bytes_row_by_row, "fetched once for each row"),
        ("sparse_dispatch", dispatch_scoring_answers, "multiplies what the expert gives"),
        ("patients", ["B", "D", "A", "C", "E"], "3 and 4 have changed places"),
        ("patients", ["B", "D", "C", "E", "F"], "no position would differ"),
        ("near_look", KeepsEverything, "too much is kept"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


def test_experts_refuse_tokens_that_were_not_sent_to_them():
    def everybody_everywhere(x, chosen, scores, ask):
        return sum(ask(e, range(len(x)), x * 1.0) for e in range(4))

    report = feedback(EXERCISES["sparse_dispatch"], everybody_everywhere)
    assert report.startswith("✗") and "was not sent to it" in report
    x, chosen = torch.ones(3, 2), torch.tensor([[0], [1], [0]])
    with pytest.raises(TypeError, match="asked twice"):
        with_experts(
            lambda x, chosen, scores, ask: [ask(int(e), [n], x[n : n + 1]) for n, e in enumerate(chosen[:, 0])],
            x,
            chosen,
            torch.ones(3, 1),
        )


def plain_visible(position, layer, chunk, interval, padding):
    real = range(padding, position + 1)
    if layer % interval == interval - 1:
        return tuple(real)
    return tuple(j for j in real if (j - padding) // chunk == (position - padding) // chunk)


def plain_bytes(routes, common, expert):
    return common + sum(len(np.unique(np.array(layer))) for layer in routes) * expert


def plain_dispatch(x, chosen, scores, ask):
    out = [[0.0] * x.shape[1] for _ in x]
    for number in range(int(chosen.max()) + 1):
        mail = [n for n, row in enumerate(chosen.tolist()) if number in row]
        if mail:
            s = [scores[n, chosen[n].tolist().index(number)] for n in mail]
            for n, answer in zip(mail, ask(number, mail, torch.stack(s)[:, None] * x[mail]), strict=True):
                out[n] = [a + float(b) for a, b in zip(out[n], answer, strict=True)]
    return out


def plain_layer(x, weights, look, head_dim):
    def norm(x, w):
        return torch.nn.functional.rms_norm(x, x.shape[-1:], w, 1e-5)

    def network(name, token):
        gate = weights[f"mlp.{name}.gate_proj.weight"] @ token
        up = weights[f"mlp.{name}.up_proj.weight"] @ token
        return weights[f"mlp.{name}.down_proj.weight"] @ (gate * gate.sigmoid() * up)

    read = norm(x, weights["input_layernorm.weight"])
    parts = [read @ weights[f"self_attn.{n}_proj.weight"].mT for n in "qkv"]
    q, k, v = (torch.stack(y.split(head_dim, 1)) for y in parts)
    x = x + torch.cat(list(look(q, k, v)), 1) @ weights["self_attn.o_proj.weight"].mT
    rows = []
    for token, read in zip(x, norm(x, weights["post_attention_layernorm.weight"]), strict=True):
        products = (weights["mlp.router.weight"] @ read).tolist()
        best = products.index(max(products))
        score = 1 / (1 + math.exp(-products[best]))
        rows.append(token + network("shared_expert", read) + network(f"experts.{best}", score * read))
    return torch.stack(rows)


class PlainNearLook:
    """Keeps unturned keys in lists and turns them afresh."""

    def __init__(self, speeds, chunk):
        self.speeds, self.chunk, self.place = speeds, chunk, 0
        self.keys = self.values = None

    def ready(self, x, place):
        a, b = x[:, 0::2], x[:, 1::2]
        cos, sin = (place * self.speeds).cos(), (place * self.speeds).sin()
        turned = torch.zeros_like(x)
        turned[:, 0::2], turned[:, 1::2] = a * cos - b * sin, a * sin + b * cos
        return turned / (turned.square().mean(-1, keepdim=True) + 1e-5).sqrt()

    def __call__(self, q, k, v):
        out = []
        for t in range(q.shape[1]):
            if self.place % self.chunk == 0:
                self.keys = self.values = None
            key, value = self.ready(k[:, t], self.place)[:, None], v[:, t, None]
            self.keys = key if self.keys is None else torch.cat([self.keys, key], 1)
            self.values = value if self.values is None else torch.cat([self.values, value], 1)
            share = len(q) // len(k)
            keys, values = (x.repeat_interleave(share, 0) for x in (self.keys, self.values))
            scores = (keys @ self.ready(q[:, t], self.place)[:, :, None])[..., 0] / q.shape[-1] ** 0.5  # [H, S]
            out.append((scores.softmax(-1)[:, None] @ values)[:, 0])
            self.place += 1
        if self.place % self.chunk == 0:
            self.keys = self.values = None
        return torch.stack(out, 1)


RIGHT = {
    "visible_tokens": plain_visible,
    "bytes_read": plain_bytes,
    "sparse_dispatch": plain_dispatch,
    "patients": "B, D, C, A, E",
    "my_llama4_block": plain_layer,
    "near_look": PlainNearLook,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
