"""The solutions of lesson 11 against libraries that nobody here wrote, and the same mistakes in other words."""

import math

import pytest
import torch
from classroom.styles import accept
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import Llama4ForCausalLM, Llama4TextConfig
from transformers.masking_utils import create_causal_mask, create_chunked_causal_mask
from transformers.models.llama4 import modeling_llama4
from transformers.models.mixtral.modeling_mixtral import load_balancing_loss_func

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson11
from lessons_lib.classroom.lessons.lesson11.balancing_loss import my_balance
from lessons_lib.classroom.lessons.lesson11.sparse_dispatch import my_dispatch
from lessons_lib.classroom.lessons.lesson11.temperature_tuning import my_temperature
from lessons_lib.classroom.lessons.lesson11.top1_router import my_router
from lessons_lib.classroom.lessons.lesson11.two_counts import my_two_counts
from lessons_lib.classroom.lessons.lesson11.visible_tokens import my_visible

EXERCISES = {exercise.id: exercise for exercise in lesson11.EXERCISES}
bounded = settings(derandomize=True, max_examples=examples(30), deadline=None)


def their_config(**fields):
    sizes = {"hidden_size": 12, "intermediate_size": 7, "intermediate_size_mlp": 10, "num_local_experts": 5}
    heads = {"num_attention_heads": 3, "num_key_value_heads": 1, "head_dim": 4, "num_hidden_layers": 2}
    return Llama4TextConfig(vocab_size=19, pad_token_id=0, **sizes | heads | fields)


def randomised(module):
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return module.eval()


@given(st.integers(1, 9), st.integers(0, 1000))
@bounded
def test_router_equals_transformers(tokens, seed):
    torch.manual_seed(seed)
    router, x = randomised(modeling_llama4.Llama4Router(their_config())), torch.randn(tokens, 12)
    experts, scores = my_router(x, router.weight)
    theirs, _ = router(x)  # zero where an expert was not chosen
    torch.testing.assert_close(torch.zeros(tokens, 5).scatter(1, experts[:, None], scores[:, None]), theirs)


@pytest.mark.parametrize(("floor_scale", "attn_scale"), [(8192, 0.1), (11, 0.3)])
def test_temperature_equals_what_transformers_multiplies_queries_by(monkeypatch, floor_scale, attn_scale):
    config = their_config(attn_scale=attn_scale, floor_scale=floor_scale, no_rope_layers=[0, 0])
    config._attn_implementation = "eager"
    queries = []

    def watch(module, query, key, value, mask, **rest):
        queries.append(query)
        return query.transpose(1, 2), None

    monkeypatch.setattr(modeling_llama4, "eager_attention_forward", watch)
    layer = modeling_llama4.Llama4TextAttention(config, 0)
    asked = [0, floor_scale - 2, floor_scale - 1, floor_scale, 5 * floor_scale - 1, 50_000]
    with torch.no_grad():  # the same token at every place: only the temperature tells its queries apart
        layer(torch.ones(1, 50_001, 12), None, None)
    query = queries[0][0, 0]  # [T, D]
    theirs = [float((query[position] / query[0]).mean()) for position in asked]
    ours = [my_temperature(position, floor_scale, attn_scale) for position in asked]
    assert ours == pytest.approx(theirs, rel=1e-5)


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


@given(st.integers(1, 9), st.integers(0, 1000))
@bounded
def test_dispatch_equals_the_experts_of_transformers(tokens, seed):
    torch.manual_seed(seed)
    moe, x = randomised(modeling_llama4.Llama4TextMoe(their_config())), torch.randn(tokens, 12)
    chosen, scores = my_router(x, moe.router.weight)

    def ask(number, given):
        gate, up = (given @ moe.experts.gate_up_proj[number]).chunk(2, dim=-1)
        return (torch.nn.functional.silu(gate) * up) @ moe.experts.down_proj[number]

    with torch.no_grad():
        theirs, _ = moe(x[None])
        ours = my_dispatch(x, chosen, scores, ask) + moe.shared_expert(x)
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


@given(st.integers(1, 6), st.integers(1, 3), st.integers(1, 6), st.integers(0, 2))
@bounded
def test_total_equals_transformers(layers, step, experts, wider):
    config = their_config(
        num_hidden_layers=layers, interleave_moe_layer_step=step, num_local_experts=experts, head_dim=4 + 2 * wider
    )
    with torch.device("meta"):
        theirs = Llama4ForCausalLM(config)
    total, active = my_two_counts(19, 12, 10, 7, layers, 3, 1, config.head_dim, experts, step)
    assert total == sum(parameter.numel() for parameter in theirs.parameters())
    idle = sum(
        module.gate_up_proj[1:].numel() + module.down_proj[1:].numel()
        for name, module in theirs.named_modules()
        if name.endswith("feed_forward.experts")
    )
    assert active == total - idle


@given(st.integers(1, 12), st.integers(1, 4), st.integers(0, 1000))
@bounded
def test_balance_equals_transformers(tokens, k, seed):
    logits = torch.randn(tokens, 4, generator=torch.Generator().manual_seed(seed))
    scores = logits.softmax(-1)
    theirs = load_balancing_loss_func((logits,), num_experts=4, top_k=k)
    ours = my_balance(scores.topk(k).indices, 3 * scores)
    torch.testing.assert_close(ours, theirs.reshape(()))


# The learner writes the same mistakes differently; the words must be the same.


def loop_softmax_router(x, rows):
    found = [(row @ rows.T).exp() / (row @ rows.T).exp().sum() for row in x]
    return [int(share.argmax()) for share in found], [float(share.max()) for share in found]


def stepping_temperature(position, floor_scale, attn_scale):
    steps = 0
    while (steps + 1) * floor_scale <= position:
        steps += 1
    return 1 + attn_scale * math.log1p(steps)


def visible_by_asking_everybody(position, layer, chunk, interval, padding):
    """Counts chunks from the beginning of the row."""
    everything = layer % interval == interval - 1
    return [j for j in range(padding, position + 1) if everything or j // chunk == position // chunk]


def one_by_one_on_the_output(x, chosen, scores, ask):
    return torch.cat([s * ask(int(e), x[n : n + 1]) for n, (e, s) in enumerate(zip(chosen, scores, strict=True))])


def counts_by_layers(V, C, F, Fe, L, H, G, D, E, step):
    """Forgets the shared expert."""
    total = active = 2 * V * C + C
    for layer in range(1, L + 1):
        attention = C * D * (2 * H + 2 * G) + 2 * C
        networks = (E * C + E * 3 * C * Fe, E * C + 3 * C * Fe) if layer % step == 0 else (3 * C * F, 3 * C * F)
        total, active = total + attention + networks[0], active + attention + networks[1]
    return total, active


def balance_over_choices(chosen, scores):
    E = scores.shape[1]
    f = chosen.flatten().bincount(minlength=E) / chosen.numel()
    return E * torch.dot(f, (scores / scores.sum(1, keepdim=True)).mean(0))


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("top1_router", loop_softmax_router, "a softmax over all experts"),
        ("temperature_tuning", stepping_temperature, "the + 1 in the floor is missing"),
        ("visible_tokens", visible_by_asking_everybody, "chunks begin with the padding"),
        ("sparse_dispatch", one_by_one_on_the_output, "multiplies what the expert gives"),
        ("two_counts", counts_by_layers, "the shared expert is missing"),
        ("balancing_loss", balance_over_choices, "divided by all choices"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    report = feedback(EXERCISES[name], answer)
    assert report.startswith("✗") and words in report


def plain_router(x, rows):
    products = [[sum(a * b for a, b in zip(token, row, strict=True)) for row in rows.tolist()] for token in x.tolist()]
    return [row.index(max(row)) for row in products], [1 / (1 + math.exp(-max(row))) for row in products]


def plain_visible(position, layer, chunk, interval, padding):
    real = range(padding, position + 1)
    if layer % interval == interval - 1:
        return tuple(real)
    return tuple(j for j in real if (j - padding) // chunk == (position - padding) // chunk)


def plain_dispatch(x, chosen, scores, ask):
    return torch.cat([ask(int(e), s * x[n : n + 1]) for n, (e, s) in enumerate(zip(chosen, scores, strict=True))])


def plain_counts(V, C, F, Fe, L, H, G, D, E, step):
    both = []
    for networks in (E + 1, 2):
        count = 2 * V * C + C
        for layer in range(1, L + 1):
            count += C * D * (2 * H + 2 * G) + 2 * C
            count += E * C + networks * 3 * C * Fe if layer % step == 0 else 3 * C * F
        both.append(count)
    return both


def plain_balance(chosen, scores):
    chosen, scores = chosen.tolist(), scores.double().tolist()
    N, E = len(scores), len(scores[0])
    f = [sum(row.count(e) for row in chosen) / N for e in range(E)]
    P = [sum(row[e] / sum(row) for row in scores) / N for e in range(E)]
    return E * sum(a * b for a, b in zip(f, P, strict=True))


RIGHT = {
    "top1_router": plain_router,
    "temperature_tuning": lambda p, floor, scale: 1 + scale * math.log1p(math.floor((p + 1) / floor)),
    "visible_tokens": plain_visible,
    "sparse_dispatch": plain_dispatch,
    "two_counts": plain_counts,
    "balancing_loss": plain_balance,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
