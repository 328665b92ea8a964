# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 10 · One skeleton, every model
#
# **How different are the models that everybody names?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [the block](05_transformer_block.ipynb#1.-The-stream:-nobody-crosses-out,-everybody-adds) with its [norms](05_transformer_block.ipynb#2.-Norms:-one-size-for-all); [shared heads](04c_heads_and_cost.ipynb#1.-Heads-that-share) and [rotary positions](04b_positions.ipynb#4.-Rotary-positions:-turn-queries-and-keys); [the config](06_full_model.ipynb#1.-The-blueprint) and [the proof beside another program](06_full_model.ipynb#7.-Is-it-right?); [the cache](07_generation.ipynb#2.-The-cache:-reading-every-token-once); the library `transformers` |
# | It adds to `lessons_lib` | `checkpoint.families`, `layers.latent_attention`, the router of `layers.moe`: every family from GPT-2 to DeepSeek V3 |
#
# {route}

# %%
# {setup}

# %%
import json
import math
import tempfile
from dataclasses import replace
from pathlib import Path

import torch
import transformers
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM

import lessons_lib
from lessons_lib import ModelConfig
from lessons_lib.checkpoint.families import FAMILIES
from lessons_lib.classroom import (
    check,
    claim,
    explore,
    hint,
    predict,
    progress,
    quiz,
    reveal,
    say,
    show,
    show_solution,
    use_style,
)
from lessons_lib.classroom.lessons.lesson10 import figures
from lessons_lib.classroom.lessons.lesson10.disguises import disguised
from lessons_lib.classroom.lessons.lesson10.model_cards import draw_pair, sliders
from lessons_lib.classroom.lessons.lesson10.shared import (
    KINDS,
    LATENT,
    LLAMA_2_7B,
    MISTRAL_7B,
    SIZES,
    T,
    leave_out_the_usual,
    opened,
    random_part,
    read_folder,
    said,
    turning,
)
from lessons_lib.classroom.lessons.lesson10.switches import differing, switches
from lessons_lib.classroom.lessons.lesson10.wrong_switch import symptoms
from lessons_lib.config import costs
from lessons_lib.layers import (
    Attention,
    Block,
    LatentAttention,
    MixtureOfExperts,
    apply_rope,
    causal_mask,
    rms_norm,
    sliding_window_mask,
)

use_style()

# %% [markdown]
# ## The finished thing first

# %%
torch.set_grad_enabled(False)  # this lesson reads and does not learn
torch.set_num_threads(1)  # nearly all models here are so small that a second thread gets in the way
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
clothes = {
    "Llama": {},
    "Mistral": {"sliding_window": 4096},
    "Qwen2": {"attention_bias": True, "attention_output_bias": False},
    "Mixtral": {"num_local_experts": 8, "num_experts_per_tok": 2, "norm_topk_prob": True},
}
text = "The three primary colours are red, yellow, and"


def two_more_tokens(model):
    ids = tokenizer.encode(text)
    for _ in range(2):
        ids.append(int(model(torch.tensor([ids]))[0, -1].argmax()))
    return tokenizer.decode(ids)


for name, changes in clothes.items():
    dressed = disguised(model, **changes)
    count = costs.num_parameters(dressed.config)
    print(f"{name:8} {count:11,} parameters: {two_more_tokens(dressed)}")

# %% [markdown]
# One set of trained weights has ended a sentence under four family names. SmolLM2 is a Llama; here it also passed for a Mistral, a Qwen2, and a Mixtral with eight networks for each feed-forward network. It is a disguise: the new biases are zeros, the eight networks copies. But one class ran all four, told by a few fields of the config.
#
# How much is new in each? We read configs, build by hand what is new, and ask another program.
#
# ## 1. Two configs, side by side
#
# A published model is a folder, and in it lies a `config.json`. Here are two, without the lines about software and training: [Llama 2 7B](https://huggingface.co/meta-llama/Llama-2-7b-hf/blob/main/config.json) and [Mistral 7B](https://huggingface.co/mistralai/Mistral-7B-v0.1/blob/main/config.json). Which lines say *how much* there is of something, and which say *what kind* of thing it is?

# %%
print(LLAMA_2_7B, MISTRAL_7B, sep="\n\n")

# %% [markdown]
# The lines that differ:

# %%
llama_file, mistral_file = json.loads(LLAMA_2_7B), json.loads(MISTRAL_7B)
for key in sorted(llama_file | mistral_file):  # all keys that stand in either
    one, other = llama_file.get(key, "absent"), mistral_file.get(key, "absent")
    if one != other:
        print(f"{key:24} {one!s:10} {other!s}")

# %% [markdown]
# (`!s` prints a value as `str` does; null is `None` in Python.) One line is the family's name, two are sizes. `num_key_value_heads` looks like a size, but 8 in place of 32 means that heads share their keys. `sliding_window` is another kind of sight. And two lines are no difference at all: `rope_scaling`, null in one file and absent in the other, and `rope_theta`, which by being absent from Llama's file means the 10,000 that Mistral's writes out. **What a key means by being absent belongs to the family.**
#
# The library keeps a table for each family: what its keys are called, and what each means by being absent. Out comes a `ModelConfig`, the same class for all.

# %%
llama2 = FAMILIES["llama"].config(llama_file)
mistral = FAMILIES["mistral"].config(mistral_file)
print("rope_theta", llama2.rope_theta, mistral.rope_theta)
print("rope_scaling", llama2.rope_scaling, mistral.rope_scaling)
for name, (one, other) in differing(llama2, mistral).items():
    print(f"{name:6} {one:12} {other}")

# %% [markdown]
# Sizes aside, a [**switch**](../book/glossary.md#switch) is a setting that says which part a model has, not how much of it. `switches` (in this lesson's folder) reads them off a config in words, and `differing` compares two configs by them. Two differ here.
#
# ## 2. The map, and the proof
#
# We compare every published config that the library knows with Llama 3 8B. Before you look:

# %%
predict("darkest_column")

# %%
presets = {name: ModelConfig.preset(name) for name in ModelConfig.presets()}
base = presets["llama-3-8b"]
apart = {name: differing(base, config) for name, config in presets.items()}
rows = list(switches(base))
print(f"{len(presets)} models, {len(rows)} switches")
asked = ("gpt2", "gemma-2-2b", "llama-4-scout", "deepseek-v3")
counts = {name: len(apart[name]) for name in asked}
print(counts)
reveal("darkest_column", max(counts, key=counts.get))  # max compares by key
near = sum(len(found) <= 2 for found in apart.values()) - 1  # without Llama 3 8B itself
claim("12 of the 21 others differ from it in two switches at most.", near == 12)

# %% tags=["hide-input"]
show(
    figures.switch_map(apart, rows),
    alt="A table of 17 switches by 22 models, dark where a model differs from Llama 3 8B. The two "
    "Gemmas have the darkest columns, then Llama 4, GPT-2 and DeepSeek. TinyLlama and Mistral 7B "
    "v0.3 have no dark cell, the others one to four. Each row says what it is about.",
)

# %% [markdown]
# TinyLlama and Mistral 7B v0.3 have no dark cell: only sizes and numbers differ. Dark most often is *head*: nine small models use their embedding as head. The brackets name the section, or the lesson, that explains a row.
#
# We build what is new. Is it right? *transformers* makes a small random model of a family and saves it as a folder. We read the folder with our code (`read_folder`), put every tensor in its place (`opened`, which refuses if one is left over), and compare the scores for two texts of 41 tokens. What keys mean by being absent is tried in section 7.
#
# No two of the small models' `SIZES` are equal: $C = 36$, $H = 6$. A head may have a width of its own: here $D$ is 10 and not $C / H$, so the projections lead from 36 numbers to 60 and back.

# %%
transformers.utils.logging.disable_progress_bar()
folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
ids = torch.randint(97, (2, T), generator=torch.Generator().manual_seed(1))  # [B, T]


def reference(model_type, **settings):
    """A random model of theirs, and the folder that it saved itself in."""
    tokens = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": None}
    config = AutoConfig.for_model(model_type, **settings, **tokens)
    torch.manual_seed(0)
    theirs = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()  # plain
    for parameter in theirs.parameters():  # those of norms and biases lie around 0.7
        nn.init.normal_(parameter, mean=0.7 * (parameter.dim() == 1), std=0.15)
    place = Path(folder.name) / model_type
    theirs.save_pretrained(place)
    return theirs, place


def gap(ours, theirs, ids=ids):
    return float((ours(ids) - theirs(ids).logits).abs().max())


theirs, place = reference("mistral", **SIZES, sliding_window=7)
ours = opened(*read_folder(place))  # * hands a pair over as two arguments
claim("A Mistral: all scores agree to 2e-5.", gap(ours, theirs) < 2e-5)

# %% [markdown]
# ## 3. Four switches inside attention
#
# Attention as you know it, for one text, with places for three novelties; the fourth, biases, sits in the projections.


# %%
def plain_attention(layer, x, turn, window=None, qk_norm=False, cap=None):
    q, k, v = (part(x) for part in (layer.q_proj, layer.k_proj, layer.v_proj))
    q, k, v = (y.unflatten(-1, (-1, layer.head_dim)).transpose(0, 1) for y in (q, k, v))
    if qk_norm:
        q, k = layer.q_norm(q), layer.k_norm(k)  # [H, T, D], [G, T, D]
    q, k = apply_rope(q, turn), apply_rope(k, turn)
    k, v = (y.repeat_interleave(len(q) // len(y), dim=0) for y in (k, v))  # [H, T, D]
    scores = q @ k.mT * layer.scale  # [H, T, T]
    if cap:
        scores = cap * torch.tanh(scores / cap)
    seen = sliding_window_mask(T, T, window) if window else causal_mask(T, T)
    shares = scores.masked_fill(~seen, -math.inf).softmax(-1)
    return layer.o_proj((shares @ v).transpose(0, 1).flatten(1))  # [T, C]


# %% [markdown]
# **A window** (Mistral 7B v0.1, half of Gemma 2's layers, most of Gemma 3's). A token sees itself and the `window - 1` tokens before it ([lesson 04c](04c_heads_and_cost.ipynb#2.-Windows-and-chunks)). In Gemma 3 these layers turn by a base of their own.
#
# **Biases** (Qwen2). A vector is added to all queries, keys and values. What does one on the keys do?

# %%
predict("bias_without_rotation")

# %%
keys = torch.tensor([[1.0, 2.0], [0.0, 1.0], [2.0, -1.0]])
q, bias = torch.tensor([0.5, 1.0]), torch.tensor([3.0, -1.0])
for name, k in (("keys", keys), ("keys + bias", keys + bias)):
    print(f"{name:11} scores {said(k @ q)}, shares {said((k @ q).softmax(0))}")
same = torch.allclose((keys @ q).softmax(0), ((keys + bias) @ q).softmax(0))
reveal("bias_without_rotation", "nothing" if same else "some keys gain, whatever is asked")

# %% [markdown]
# Every score grows by the same $q \cdot b$, and softmax takes no notice of what all have in common. But in Qwen2 the key is turned *with* its bias, and the query with its own. So one part of the score is a turned bias times a turned bias: no word is in it, only the distance.
#
# **Q/k norm** (Qwen3, Gemma 3). The norm at a block's entrance evens out the stream, but nothing bounds the matrices that make queries and keys ([weight decay](09_training.ipynb#4.-AdamW:-each-number-its-own-step) only pulls at them). If both become ten times as large, scores grow a hundredfold, and softmax gives everything to one key. The [**q/k norm**](../book/glossary.md#qk-norm) sends each head's query and key through RMSNorm before they are turned. On paper, $q = (3, 4, 0, 0)$: the mean square is 25/4, its root 2.5, the result (1.2, 1.6, 0, 0). And ten times $q$?

# %%
q, keys = torch.tensor([3.0, 4, 0, 0]), torch.tensor([[2.0, 0, 0, 0], [0, 2, 0, 0], [0, 0, 2, 0]])
for times in (1, 10):
    bare = (times * keys) @ (times * q) / 2
    normed = rms_norm(times * keys, None, 1e-6) @ rms_norm(times * q, None, 1e-6) / 2
    for name, scores in (("bare", bare), ("normed", normed)):
        print(f"{times:2} times, {name:6} {said(scores.softmax(0))}")

# %% [markdown]
# Normed, nothing changes. A normed vector of $D$ numbers has length $\sqrt D$, so no score passes $\sqrt D \cdot \sqrt D / \sqrt D = \sqrt D$, times the learned weights.
#
# **A cap** (Gemma 2). A [**soft cap**](../book/glossary.md#soft-cap) bends scores: $s \mapsto c \cdot \tanh(s / c)$ leaves small ones nearly as they are and lets none pass $c$. With $c = 50$, 1 becomes 1.00, 50 becomes 38.08 and 200 becomes 49.97. Gemma 2 caps the scores for the next token too.

# %%
print(said(50 * math.tanh(score / 50) for score in (1, 50, 200)))

# %% [markdown]
# Now each beside the library's attention. `random_part` makes one part with random weights, `turning` the rotation for 41 places.

# %%
x = torch.randn(T, 36, generator=torch.Generator().manual_seed(3))  # [T, C]
trials = {
    "Nothing new": ({}, {}),
    "A window": ({"sliding_window": 7}, {"window": 7}),
    "Biases on q, k, v": ({"attention_bias": True, "attention_output_bias": False}, {}),
    "The q/k norm": ({"qk_norm": "before"}, {"qk_norm": True}),
    "A soft cap": ({"attn_logit_softcapping": 5.0}, {"cap": 5.0}),
}
for name, (fields, news) in trials.items():
    small = ModelConfig(**SIZES, **fields)
    layer, turn = random_part(Attention, small, 0), turning(small)
    ours, library = plain_attention(layer, x, turn, **news), layer(x[None], turn)[0]
    claim(f"{name}: by hand as in the library.", torch.allclose(ours, library, atol=1e-4))

# %% [markdown]
# ## 4. Around attention: Gemma
#
# **Four norms.** Llama's block norms what a part *reads*; Gemma 2 and 3 also what it *gives*, before it is added ([raced in 09b](09b_what_is_each_part_worth.ipynb#5.-Parts-exchanged)):

# %% tags=["hide-input"]
show(
    figures.norms(),
    alt="Two blocks from left to right. Llama: x, norm, attention, plus, norm, feed-forward, plus. "
    "Gemma 2 and 3: the same with one more norm between attention and plus, and between "
    "feed-forward and plus. In both an arrow leads around each part to its plus.",
)


# %%
def sandwich(block, x, turn):
    y = plain_attention(block.self_attn, block.input_layernorm(x), turn)
    x = x + block.post_attention_layernorm(y)
    y = block.mlp(block.pre_feedforward_layernorm(x))
    return x + block.post_feedforward_layernorm(y)


small = ModelConfig(**SIZES, norm_placement="sandwich", rms_norm_offset=1.0)
block, turn = random_part(Block, small, 0), turning(small)
ours, library = sandwich(block, x, turn), block(x[None], turn)[0]
claim("The sandwich is the library's.", torch.allclose(ours, library, atol=1e-4))

# %% [markdown]
# **Weights around zero.** Gemma's RMSNorm multiplies by $1 + w$. A guess at the reason: weight decay, where it reaches norms (in lesson 09 it does not), then pulls every factor towards 1 and not 0.
#
# **A loud embedding.** Gemma's head is tied: one matrix serves at both ends. Scores near 1 need entries of about $1/\sqrt C$. Gemma multiplies by $\sqrt C$ on the way in; at a guess, since they would be little beside what blocks add.
#
# **A name that means something else.** In Llama's files, and the first Gemma's, `post_attention_layernorm` is the norm *before* the feed-forward network, here the norm *on attention's result*: same name, same shape, another place. The same block, wired as Llama's names suggest:

# %%
y = x + plain_attention(block.self_attn, block.input_layernorm(x), turn)
wrong = y + block.mlp(block.post_attention_layernorm(y))
print(f"the error is {(wrong - ours).norm() / (ours - x).norm():.1f} times what the block adds")

# %% [markdown]
# No error, if a loader lets two unused norms pass. Ours would name them.
#
# ## 5. Many networks, few at a time
#
# Mixtral has eight feed-forward networks in each layer, called [**experts**](../book/glossary.md#expert), and sends each token to two: a [**mixture of experts**](../book/glossary.md#mixture-of-experts) (MoE). A small matrix decides, the [**router**](../book/glossary.md#router): its row for each expert gives one product with the token's vector, and the best two win.
#
# Four experts, and a token whose products are 2, 1, 0 and −1. Softmax over all four; keep the best two; divide by their sum. Work out the two shares.

# %%
products = torch.tensor([2.0, 1.0, 0.0, -1.0])
every = products.softmax(0)
best = every[:2] / every[:2].sum()
print("softmax over all ", said(every, digits=3))
print("best two, sum 1  ", said(best, digits=3))
claim("Softmax of the two alone gives it too.", torch.allclose(best, products[:2].softmax(0)))

# %% tags=["hide-input"]
show(
    figures.experts(),
    alt="A token goes up to the router, which gives the products 2, 1, 0 and -1; the best two become "
    "the shares 0.731 and 0.269. The token also goes to experts 0 and 1, not to experts 2 and 3. "
    "What the two give is added up by the shares.",
)


# %% [markdown]
# Mixtral divides by the sum, and its file has no key that says so. DeepSeek V2 Lite's says `norm_topk_prob` is false: 0.644 and 0.237 would stay. Take one for the other, and no shape complains. The whole layer, one token and one expert at a time:


# %%
def plain_experts(layer, x, k):
    out = torch.zeros_like(x)  # [N, C]
    for n, token in enumerate(x):
        shares, chosen = (layer.router.weight @ token).softmax(0).topk(k)  # [K] each
        for share, e in zip(shares / shares.sum(), chosen, strict=True):
            out[n] += share * layer.experts[int(e)](token)
    return out


small = ModelConfig(**SIZES, num_local_experts=5, num_experts_per_tok=2, norm_topk_prob=True)
layer = random_part(MixtureOfExperts, small)
ours, library = plain_experts(layer, x, 2), layer(x[None])[0]
claim("The loop gives the library's experts.", torch.allclose(ours, library, atol=1e-4))

# %% [markdown]
# How many parameters has an "8x7B", and how many of them does one token meet?

# %%
for name in ("mistral-7b-v0.1", "mixtral-8x7b", "qwen3-30b-a3b", "deepseek-v3"):
    total, active = costs.num_parameters(presets[name]), costs.num_active_parameters(presets[name])
    print(f"{name:16} {total / 1e9:5.1f} billion parameters, {active / 1e9:4.1f} for one token")

# %% [markdown]
# Mixtral 8x7B has 47 billion parameters, not 56: the eight share everything but the feed-forward networks. A token meets 13 billion. The next may want other experts, so all must lie in memory.
#
# Four more words about experts. *Shared*: one that every token meets too (DeepSeek, Llama 4). *Sigmoid*, in place of softmax: each product is scored by itself ([lesson 11](11_llama4.ipynb#1.-One-expert-for-each-token)). *Bias*: a number that helps to choose an expert and not to weigh it ([lesson 11b](11b_small_llama4.ipynb)). *Groups*: the best groups first, then the best experts in them. DeepSeek V3 has all four, and multiplies the shares by 2.5.
#
# ## 6. One short vector in place of keys and values
#
# A layer keeps $2 \cdot G \cdot D$ numbers a token. DeepSeek V3 has 128 heads of width 128, their turned part aside. How many would that be with keys and values for each, with 8 shared heads, and how many does it keep?

# %%
deepseek = presets["deepseek-v3"]
H, R, r = deepseek.num_attention_heads, deepseek.kv_lora_rank, deepseek.qk_rope_head_dim
N = deepseek.head_dim - r  # without the turned part
print(f"{H} heads of {N}: {2 * H * N:,}; 8 shared heads: {2 * 8 * N:,}")
print(f"DeepSeek V3 keeps {R} + {r} = {R + r}")

# %% [markdown]
# And yet each head has keys and values of its own. [**Latent attention**](../book/glossary.md#latent-attention) (multi-head latent attention, MLA) makes the keys and values of all heads out of one short vector, the *latent*. It keeps that, and one small key:

# %% tags=["hide-input"]
show(
    figures.latent(),
    alt="Boxes from left to right. Above: the stream x goes through q_a_proj and a norm to a short "
    "vector, through q_b_proj to the queries, 64 numbers of which are turned. In the middle: x "
    "goes through kv_a_proj and a norm "
    "to the latent, from which kv_b_proj makes keys and values of all heads. Below: kv_a_proj also "
    "gives one more key, which is turned and which all heads share. Queries, keys and values and "
    "the turned key meet in the look. Latent and turned key are kept.",
)

# %% [markdown]
# There are *two* narrow places, each with a norm: queries too go down by `q_a_proj` and up by `q_b_proj` (nothing of it is kept). A matrix that is such a pair has [**low rank**](../book/glossary.md#low-rank). With $c$ for the normed latent, each head $h$ has
#
# $$c = \text{norm}(A\,x) \qquad k_h = W_h\,c \qquad v_h = U_h\,c$$
#
# $A$ is the first 512 rows of the box right of x, $W_h$ and $U_h$ are 128 rows each of `kv_b_proj`.
#
# Must the keys of a long text be made anew for each new token? Take $W = \begin{pmatrix}1 & 2\\0 & 1\end{pmatrix}$, $c = (1, 1)$ and $q = (2, 1)$. The key $W c$ is (3, 1), the score 7. Now bring the query to the latent instead: $W^\top q = (2, 5)$, times $c$ is 7 again. So the new token brings its query down once and meets the latents themselves; no key is made. This is called [**absorbing**](../book/glossary.md#absorbing) the matrix. Values work the same way: mix the latents first, and apply $U$ to the one mean.

# %%
W, U = torch.tensor([[1.0, 2.0], [0.0, 1.0]]), torch.tensor([[1.0, 0.0], [3.0, -1.0]])
q, latents = torch.tensor([2.0, 1.0]), torch.tensor([[1.0, 1.0], [3.0, 0.0], [0.0, 1.0]])  # [S, R]
keys, values = latents @ W.T, latents @ U.T  # the long way
down = q @ W  # W transposed times q
shares = (latents @ down).softmax(0)
print("scores", said(latents @ down), "shares", said(shares))
claim("The scores are those of the keys.", torch.allclose(keys @ q, latents @ down))
mean = shares @ latents  # [R]
claim("U of the mean is the mean of all values.", torch.allclose(shares @ values, U @ mean))

# %% [markdown]
# One thing stands in the way: position. A *turned* key puts another turn between $q$ and $W$ at every distance, so the query would have to be brought down anew for each token of the text. DeepSeek's way out is the lowest row of the picture: the latent carries no position, and beside it stands one more key of 64 numbers, turned, for all heads. A query has two parts as well, and the two scores are added. The price: a score takes $512 + 64$ products in place of $128 + 64$.
#
# In plain code, the long way, as in the picture (`kv_a_proj_with_mqa` is the box right of x; *mqa*, multi-query attention: one key for all heads):


# %%
def plain_latent_attention(layer, x, turn, H, R, N):
    def heads(y):  # each head's first N numbers, and its others
        return y.unflatten(-1, (H, -1)).transpose(0, 1).tensor_split([N], -1)  # [H, T, ...] each

    short = layer.q_a_layernorm(layer.q_a_proj(x))
    q, q_turned = heads(layer.q_b_proj(short))
    latent, one_key = layer.kv_a_proj_with_mqa(x).tensor_split([R], -1)
    c = layer.kv_a_layernorm(latent)  # this and the turned key are kept
    k, v = heads(layer.kv_b_proj(c))
    scores = q @ k.mT + apply_rope(q_turned, turn) @ apply_rope(one_key, turn).mT  # [H, T, T]
    shares = (scores * layer.scale).masked_fill(~causal_mask(T, T), -math.inf).softmax(-1)
    return layer.o_proj((shares @ v).transpose(0, 1).flatten(1))  # [T, C]


small = ModelConfig(**(SIZES | LATENT))
layer, turn = random_part(LatentAttention, small, 0), turning(small)
ours, library = plain_latent_attention(layer, x, turn, H=6, R=16, N=10), layer(x[None], turn)[0]
claim("The long way gives the library's.", torch.allclose(ours, library, atol=1e-4))

# %% [markdown]
# ## 7. Eight families, and one that is new to you
#
# All of these families, beside *transformers*. It writes every key into a file; the two of section 1 leave some out. So we first take out what the family means anyway, such as Gemma 3's tied head, pattern of layers and two rotary bases. (`KINDS` has their settings.)

# %%
worst, gone = 0.0, {}
for kind, settings in KINDS.items():
    theirs, place = reference(kind, **(SIZES | settings))
    gone[kind] = leave_out_the_usual(place, AutoConfig.for_model(kind).to_dict())
    worst = max(worst, gap(opened(*read_folder(place)), theirs))
print(len(KINDS), "families:", *KINDS)
print(len(FAMILIES), "are in the library, each proved so in its tests")
claim("In each, all scores agree to 1e-4.", worst < 1e-4)
claim("Gemma 3's file has no bases.", "rope_parameters" in gone["gemma3_text"])

# %% [markdown]
# Next month somebody publishes a model with keys that no lesson told you. To skip them makes it quietly wrong. So the library knows each key of a family, harmless ones such as `"use_cache"` too. **Any other is an error that names the key**, unless it says what is so anyway (in a Llama `"embedding_multiplier"` may be 1) or is empty, zero or false. The last is a compromise: no can mean something too. IBM's *Granite*, read as a Llama:

# %%
settings = {"embedding_multiplier": 12.0, "residual_multiplier": 0.22}
settings |= {"attention_multiplier": 0.05, "logits_scaling": 8.0}
granite, place = reference("granite", **SIZES, **settings)
file = json.loads((place / "config.json").read_text())
published = granite.state_dict()
try:
    FAMILIES["llama"].config(file)
except ValueError as error:
    print(str(error).replace("; ", "\n"))

# %% [markdown]
# Each may be a field of ours under another name; something to fold into the weights; a new part; or you don't know, and stop. [The model's code](https://github.com/huggingface/transformers/blob/main/src/transformers/models/granite/modeling_granite.py) says what they do:
#
# - `"embedding_multiplier"`: embeddings times 12. A field of ours, Gemma's.
# - `"attention_multiplier"`: scores times 0.05 in place of $1/\sqrt D$. Ours too: we divide by the root of `query_pre_attn_scalar`, so that is $1 / 0.05^2$.
# - `"residual_multiplier"`: what attention and the feed-forward network give, times 0.22, is added.
# - `"logits_scaling"`: the scores at the end are divided by 8.
#
# The last two are fields too (`residual_multiplier`, `logit_scale`), but need none: each part ends in a product with a matrix, and $0.22 \cdot (W y) = (0.22\,W)\,y$. (A bias would be multiplied too; these have none.) **A constant behind a matrix is another matrix.**

# %%
known = {key: value for key, value in file.items() if key not in settings}
plain = FAMILIES["llama"].config(known)
config = replace(plain, embedding_multiplier=12.0, query_pre_attn_scalar=1 / 0.05**2)
folded = {}
for name, tensor in published.items():
    if name.endswith(("o_proj.weight", "down_proj.weight")):
        tensor = 0.22 * tensor
    folded[name] = tensor / 8 if name == "lm_head.weight" else tensor
claim("A Granite: all scores agree to 2e-5.", gap(opened(config, folded), granite) < 2e-5)
fields = replace(config, residual_multiplier=0.22, logit_scale=1 / 8)
claim("By fields for all four: too.", gap(opened(fields, published), granite) < 2e-5)
careless = opened(plain, published)  # the four keys thrown away
same = int((careless(ids).argmax(-1) == granite(ids).logits.argmax(-1)).sum())
print(f"careless: loads without an error; the same next token at {same} of {ids.numel()} places")

# %% [markdown]
# Two fields, and two constants folded into weights. (A tied head would need a copy first.) The recipe: **names, sizes, switches, keys left over, parity**.
#
# ## 8. What leaves the skeleton
#
# Other models bring parts of their own. The library has these too (`layers.variants`, `layers.states`).
#
# | what is new | where | what it takes |
# |---|---|---|
# | one more score in each head's softmax, learned, whose share goes to no token: a [sink](../book/glossary.md#attention-sink) | [gpt-oss](https://arxiv.org/abs/2508.10925) | a column in the softmax |
# | norms only on what a part gives | [OLMo 2](https://arxiv.org/abs/2501.00656) | one more place |
# | a small scorer that picks the few tokens to look at (sparse attention) | [DeepSeek V3.2](https://arxiv.org/abs/2512.02556) | a part, and a second cache for it |
# | a state of fixed size in most layers | [Kimi Linear](https://arxiv.org/abs/2510.26692), Qwen3-Next; with [Mamba-2](https://arxiv.org/abs/2405.21060): Nemotron-H | a state in place of the cache |
#
# With a sink, a head's shares add up to less than 1. The last row is another idea ([B1](B1_after_attention.ipynb)). Without the softmax a score is $q_t \cdot k_s$ and nothing more, and the sum over the past can be rearranged: instead of keeping every $k_s$ and $v_s$, add up their products in one table of $D \times D$ numbers, the *state* ([**linear attention**](../book/glossary.md#linear-attention)). `torch.outer(k, v)` is the table of all products of a number of $k$ with one of $v$.

# %%
D = 16
q, k, v = torch.randn(3, 200, D, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
looking = (q @ k.mT).tril() @ v  # [T, D]: every token looks back at all
state, out = torch.zeros(D, D, dtype=torch.float64), []
for t in range(200):
    state = state + torch.outer(k[t], v[t])
    out.append(q[t] @ state)
claim("The state gives the same answers.", torch.allclose(torch.stack(out), looking))
print(f"after 200 tokens: state {state.numel()} numbers, keys and values {2 * k.numel():,}")

# %% [markdown]
# It is as large after a million tokens. The price: 200 keys of 16 numbers overlap, so asking with one brings back parts of others. All of the last row let the state fade (the first two also overwrite in it) and keep full attention in some layers.
#
# Of ChatGPT, Claude and Gemini no config is published: nobody outside can draw their column.
#
# ## 9. Any two, side by side
#
# A ◆ marks lines whose switch differs; sizes have none. Compare `mixtral-8x7b` with `deepseek-v3`: which needs more memory for its weights, and which for a text of 32,768 tokens?


# %%
def draw_two(left, right, context):
    return draw_pair((left, presets[left]), (right, presets[right]), context)


explore(draw_two, **sliders(list(presets)))

# %% [markdown]
# ## 10. What goes wrong
#
# **A test shorter than what is tested.** A small Mistral has a window of 7. Somebody reads it as 8, and compares with the reference on a text of 6 tokens.

# %%
predict("short_test")

# %%
theirs, place = reference("mistral", **SIZES, sliding_window=7)
config, tensors = read_folder(place)
off_by_one = opened(replace(config, sliding_window=8), tensors)
agree = {length: gap(off_by_one, theirs, ids[:, :length]) < 2e-5 for length in (6, 7, 8, 41)}
print(agree)
reveal("short_test", min(length for length, same in agree.items() if not same))

# %% [markdown]
# In a shorter text nobody looks that far back, and a sentence tests of the published 4,096 only that it isn't shorter than the sentence. To test, make the window small and the text long.
#
# ## Exercises
#
# `hint("config_difference")` helps a step at a time, `show_solution("config_difference")` shows one way.
#
# ### {exercise: config_difference}
#
# Section 1 in one function.


# %% tags=["exercise"]
def my_difference(one, other):
    """my_difference(one, other): two configs as dicts to a dict: for each key on which they
    differ, the pair (value in one, value in other). A key that one of them lacks has the value
    "absent" there. None is a value like any other: None beside a lacking key is a difference,
    (None, "absent"). Values may be lists. Equal is what == calls equal. The order of the keys does
    not count."""
    ...


check("config_difference", my_difference)

# %% [markdown]
# ### {exercise: numbers_kept}
#
# What a config says about memory, for the kinds of attention in this lesson.


# %% tags=["exercise"]
def my_kept(config, tokens):
    """my_kept(config, tokens): a config as a dict and the length of a text to how many numbers its
    cache holds in all its num_hidden_layers layers. Where there is a kv_lora_rank, a token leaves a
    latent of that size and a turned key of qk_rope_head_dim numbers. Otherwise keys and values:
    num_key_value_heads heads (absent: num_attention_heads) of head_dim numbers (absent:
    hidden_size / num_attention_heads). A sliding layer keeps at most sliding_window tokens.
    Where there is a layer_types, a list with "sliding_attention" or "full_attention" for each
    layer, it says which slide; otherwise all do if there is a sliding_window, and none if not.
    A value of None means the same as an absent key."""
    ...


check("numbers_kept", my_kept)

# %% [markdown]
# ### {exercise: read_config}
#
# The heart of a loader that does not become quietly wrong.


# %% tags=["exercise"]
def my_read(values, names, defaults):
    """my_read(values, names, defaults): values of a file, names from its keys to our fields,
    defaults from its keys to what they mean by being absent, to a pair: a dict of our fields,
    and a sorted list of all keys that stand in values and not in names, whatever their value
    and whether they have a default or not. A key that is there counts with its value, None,
    False and 0 included, and so does a default. A key of names without a value and without a
    default gets no field."""
    ...


check("read_config", my_read)

# %% [markdown]
# For the next one: four loaders opened the same small model, each with one switch or number wrong. `symptoms()` compares each with the reference on a text of 41 tokens.

# %%
print(symptoms())

# %% [markdown]
# ### {exercise: wrong_switch}
#
# What has each loader wrong?

# %% tags=["exercise"]
# a list of four names: the field that loaders 1, 2, 3 and 4 have wrong, each one of
# embedding_multiplier, final_logit_softcapping, norm_topk_prob, rms_norm_eps, rope_theta,
# sliding_window.
check("wrong_switch", ...)

# %% [markdown]
# ### {exercise: my_config}
#
# A family that no lesson has told: *StarCoder2*, which writes programs. (The library has it.) In its published code: pre-norm, rotary positions (halves), shared heads. LayerNorms with `"norm_epsilon"`. No gate in the feed-forward network: up, GELU (`"gelu_pytorch_tanh"`), down. With `"use_bias"` all projections of attention and feed-forward network have biases, else none. All layers slide if there is a `sliding_window`. By being absent, `tie_word_embeddings` and `"use_bias"` mean true, `"norm_epsilon"` 1e-5, `rope_theta` 10,000. `ModelConfig?` shows all our fields; 17 of them will do.


# %% tags=["exercise"]
def my_config(values):
    """my_config(values): the values of a StarCoder2's config.json, a dict, to the fields of our
    ModelConfig, a dict, such that the library's model with the family's weights gives its
    scores and has its context. The file has vocab_size, hidden_size, intermediate_size,
    num_hidden_layers, num_attention_heads, num_key_value_heads and max_position_embeddings. It
    may have use_bias, norm_epsilon, rope_theta, sliding_window (a number or None) and
    tie_word_embeddings, and keys that change nothing, such as model_type."""
    ...


check("my_config", my_config)

# %% [markdown]
# ### {exercise: latent_look}
#
# Latent attention for one new token. The latents are locked up behind a function: no key can be made.


# %% tags=["exercise"]
def my_latent_look(q, W, U, look):
    """my_latent_look(q, W, U, look): queries q [H, D] of one new token, W [H, D, R] and U [H, V,
    R] with a matrix for each head that makes a key or a value from a latent, to the answers of
    the heads [H, V]. look(y) knows the latents of the text: it takes one vector of R numbers
    for each head, y [H, R], scores all latents by their dot products with it (not scaled), and
    gives each head's weighted mean of the latents, [H, R]; the softmax is inside. The turned
    key is left out."""
    ...


check("latent_look", my_latent_look)

# %% [markdown]
# ## Say it in your own words

# %%
say("absent_key", "why_qk_norm", "why_latent", "two_kinds_of_new")

# %% [markdown]
# ## Quiz

# %%
quiz("10")

# %% [markdown]
# What you have solved so far:

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A family is a config: sizes, numbers, seventeen switches. 12 of 21 models here differ from Llama 3 8B in two of them at most.
# - What a key means by being absent, and what a name means, belongs to the family.
# - Latent attention keeps a short vector and a small turned key for each token, and brings the query to the vector.
# - A constant behind a matrix is a matrix: some switches can be folded away.
# - Unknown key, unknown tensor: stop, look it up, prove it by numbers, on a text longer than every window.
#
# **New words:** [switch](../book/glossary.md#switch), [q/k norm](../book/glossary.md#qk-norm), [soft cap](../book/glossary.md#soft-cap), [expert](../book/glossary.md#expert), [mixture of experts](../book/glossary.md#mixture-of-experts), [router](../book/glossary.md#router), [latent attention](../book/glossary.md#latent-attention), [low rank](../book/glossary.md#low-rank), [absorbing](../book/glossary.md#absorbing), [linear attention](../book/glossary.md#linear-attention).
#
# **Papers.** [Jiang and others 2023](https://arxiv.org/abs/2310.06825), *Mistral 7B*; [2024](https://arxiv.org/abs/2401.04088), *Mixtral*. [Yang and others 2025](https://arxiv.org/abs/2505.09388), *Qwen3*. [Gemma Team 2024](https://arxiv.org/abs/2408.00118), *Gemma 2*. [DeepSeek-AI 2024](https://arxiv.org/abs/2405.04434), *DeepSeek-V2* (latent attention). [Henry and others 2020](https://arxiv.org/abs/2010.04245), *Query-Key Normalization*. [Katharopoulos and others 2020](https://arxiv.org/abs/2006.16236), *Transformers are RNNs* (linear attention).
#
# **Next:** in [lesson 11](11_llama4.ipynb) one dark column is built from the ground up: Llama 4, its experts, its chunks and its ten million tokens.
