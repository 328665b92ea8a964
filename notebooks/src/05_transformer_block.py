# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 05 · The transformer block
#
# **What happens between two attentions?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [attention with many heads](04_attention.ipynb#8.-Many-heads); [rotary positions](04b_positions.ipynb#4.-Rotary-positions:-turn-queries-and-keys), [shared heads](04c_heads_and_cost.ipynb#1.-Heads-that-share) and [windows](04c_heads_and_cost.ipynb#2.-Windows-and-chunks); [slopes and the gradient](00c_learning.ipynb#1.-The-slope-of-everything:-autograd); [modules](00c_learning.ipynb#2.-A-module:-numbers-with-names) |
# | It adds to `lessons_lib` | `layers/norm.py`, `layers/feed_forward.py`, `layers/block.py`: norms, the feed-forward network, `Block` |
#
# {route}

# %%
# {setup}

# %%
from dataclasses import replace

import ipywidgets as widgets
import torch
import torch.nn.functional as F

import lessons_lib
from lessons_lib import ModelConfig, Transformer
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
    show_source,
    use_style,
)
from lessons_lib.classroom.lessons.lesson05 import figures
from lessons_lib.classroom.lessons.lesson05.transformer_2017 import (
    DecoderLayer,
    EncoderDecoder,
    config_2017,
)
from lessons_lib.classroom.lessons.lesson05.watched import watched
from lessons_lib.classroom.lessons.lesson05.witness import scores_by_torch
from lessons_lib.config.costs import num_parameters
from lessons_lib.layers import norm, rope_frequencies, rotation

use_style()

# %% [markdown]
# ## The finished thing first
#
# SmolLM2 is a stack of 30 **blocks**, all built alike. A token enters as its row of the embedding table and passes through all of them; on top, the *head* makes of it a score for every word. We send four texts of five tokens each, so that one tensor holds them, through block by block, and keep each step.

# %%
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
config, blocks = model.config, model.model.layers
texts = [
    "The opposite of hot is",
    "The capital of France is",
    "Once upon a time there",
    "My new car has four",
]
ids = torch.tensor([tokenizer.encode(text) for text in texts])  # [4, 5]
places = rotation(torch.arange(5), rope_frequencies(config), config.rope_pairing)  # lesson 04b

with torch.no_grad():
    stream = [model.model.embed_tokens(ids)]  # [4, 5, C]
    for block in blocks:
        stream.append(block(stream[-1], places))  # 31 in the end

# %% [markdown]
# We may look early, and treat each vector as if it had arrived at the top (the [logit lens](../book/glossary.md#logit-lens)):


# %%
def chances(x):
    """What the last token of each text, [4, 5, C], says if the model ends here: [4, V]."""
    with torch.no_grad():
        return model.lm_head(model.model.norm(x[:, -1])).softmax(-1)


def favourites(x):
    return [tokenizer.decode([int(i)]).replace(" ", "␣") for i in chances(x).argmax(-1)]


for depth in (0, 1, 10, 20, 28, 29, 30):
    print(f"after block {depth:2}:", "".join(f"{word:12}" for word in favourites(stream[depth])))
at_0, at_20, at_29, answers = (favourites(stream[depth]) for depth in (0, 20, 29, 30))
own = ["␣is", "␣is", "␣there", "␣four"]
claim("Before block 1 the favourite is the word that stands there.", at_0 == own)
early = [answer for answer in answers if answer in at_20]
claim("After 20 blocks no answer is the favourite yet.", not early)
late = [a != b for a, b in zip(at_29, answers, strict=True)]
claim("Two of the four become it in the last block.", sum(late) == 2)

# %% [markdown]
# So the vector is a workpiece, and each block does something to it. What? Attention is half of a block. In the other half, the [**feed-forward network**](../book/glossary.md#feed-forward-network), no token looks at any other.

# %%
predict("share_of_attention")

# %% [markdown]
# Here each half is left out, in all 30 blocks. (The halves are called `self_attn` and `mlp`. Each has a norm in front, section 2.)


# %%
def run(step):
    """What is left in the end, [4, 5, C], if `step` takes the place of each block."""
    with torch.no_grad():
        x = model.model.embed_tokens(ids)
        for block in blocks:
            x = step(block, x)
    return x


def without_attention(block, x):
    return x + block.mlp(block.post_attention_layernorm(x))


def without_feed_forward(block, x):
    return x + block.self_attn(block.input_layernorm(x), places)


print("whole:               ", favourites(stream[30]))
print("without attention:   ", favourites(run(without_attention)))
print("without feed-forward:", favourites(run(without_feed_forward)))
counts = [
    sum(p.numel() for p in part.parameters()) for part in (blocks[0].self_attn, blocks[0].mlp)
]
share = counts[0] / sum(counts)
print(f"attention {counts[0]:,} learned numbers in one block, feed-forward {counts[1]:,}")
reveal("share_of_attention", round(100 * share))

# %% [markdown]
# Both are ruins, and three quarters of the two halves' numbers are in the one that gets fewer headlines. This lesson builds it, the norms, and the path on which everything travels; then two whole models lie side by side, and your own block runs in SmolLM2.
#
# ## 1. The stream: nobody crosses out, everybody adds
#
# A letter goes past 30 desks. If each may rewrite it, the last answers a letter that the first would not recognise. So the office makes a rule: the letter travels on as it is, and each desk may clip a note to it.
#
# That is the [**residual stream**](../book/glossary.md#residual-stream). A part of a block reads the vector $x$, computes something, and *adds* it, a [**residual connection**](../book/glossary.md#residual-connection):
#
# $$x \leftarrow x + f(x)$$
#
# Why? Training asks: if I change the beginning a little, how much does the end change? Take three parts that each work on one number, with the slopes 0.1, −0.2 and 0.3. Slopes of functions in a row multiply. Work out the product; then again with 1 added to each, because $x + f(x)$ has the slope $1 + f'$.

# %%
print(f"rewriting: {0.1 * -0.2 * 0.3:.3f}")
print(f"adding:    {1.1 * 0.8 * 1.3:.3f}")

# %% [markdown]
# A part that answers nothing, with the slope 0, passes nothing on if it rewrites, and everything if it adds: adding starts from 1. (It is no law for every case: a part with the slope −1 makes the product 0.)
#
# Now 32 random parts in a row, each a matrix and tanh, on vectors of 64 numbers; `factor` says how strongly a part answers. For what enters each part we measure the length of the gradient: how much the end depends on it.


# %%
def new_part(factor, generator):
    matrix = torch.randn(64, 64, generator=generator, dtype=torch.float64)
    return lambda x: factor * torch.tanh(matrix @ x / 8)


def rewriting(x, part):
    return part(x)


def adding(x, part):
    return x + part(x)


def gradients(step, factor, seed):
    """The length of the gradient of what enters each of 32 parts."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(64, generator=generator, dtype=torch.float64, requires_grad=True)
    before = []
    for _ in range(32):
        before.append(x)
        x = step(x, new_part(factor, generator))
    found = torch.autograd.grad(x.sum(), before)  # as backward, for those in the list
    return torch.stack(found).norm(dim=-1)  # [32]


# %%
predict("rewriting_at_three")


# %%
def from_end_to_start(step, factor):
    """How many times as long it is where part 1 begins as where part 32 begins; 8 seeds."""
    return [float(g[0] / g[-1]) for g in (gradients(step, factor, seed) for seed in range(8))]


for factor in (0.5, 1, 2):
    both = [from_end_to_start(step, factor) for step in (rewriting, adding)]
    lows_and_highs = [f"{min(times):8.2g} to {max(times):8.2g}" for times in both]
    print(f"factor {factor:3}:  rewriting {lows_and_highs[0]}    adding {lows_and_highs[1]}")

small, large = from_end_to_start(rewriting, 0.5), from_end_to_start(rewriting, 2)
both_ways = max(small) < 1e-8 and min(large) > 10
claim("Rewriting vanishes at 0.5 and explodes at 2, with all 8 seeds.", both_ways)
reveal("rewriting_at_three", "vanishing at one, exploding at another")
least = min(min(from_end_to_start(adding, factor)) for factor in (0.5, 1, 2))
claim("Adding never shrinks it, at 3 factors and with 8 seeds.", least > 1)

# %% tags=["hide-input"]
show(
    figures.two_roads(
        {f: gradients(rewriting, f, 0) for f in (0.5, 1, 2)},
        {f: gradients(adding, f, 0) for f in (0.5, 1, 2)},
    ),
    alt="Two panels with one logarithmic scale, 32 parts from left to right. Rewriting: at factor 0.5 the gradient falls from "
    "about 4 at the last part to a few billionths at the first, at 1 it stays near 5, at 2 it grows to some hundred. Adding: all three grow towards the first part, "
    "to about 25, 80 and 3,000; none falls.",
)

# %% [markdown]
# Read it from right to left, as the gradient travels (this is seed 0). Where parts rewrite, it **vanishes** at 0.5: the first would learn next to nothing. At 2 it **explodes**. At 1 some of it gets through. Where they add, it arrives at all three factors; but it grows, at 2 about as much as with rewriting. Something must hold it (section 4).
#
# Adding became common with [ResNet](https://arxiv.org/abs/1512.03385), for pictures. Its authors had seen deeper networks do worse, and did *not* blame vanishing; the argument with the 1 is from [their next paper](https://arxiv.org/abs/1603.05027).
#
# A second gift: if every block only adds, the model may survive the silence of one. We leave out each of the 30 in turn. What remains of the favourite's chance?

# %%
favourite = chances(stream[30]).argmax(-1)[:, None]  # [4, 1]
full = chances(stream[30]).gather(1, favourite)  # [4, 1], from each row the number at its favourite
kept = []
for out in range(30):
    x = stream[out]  # before the block that is left out
    with torch.no_grad():
        for block in blocks[out + 1 :]:
            x = block(x, places)
    kept.append((chances(x).gather(1, favourite) / full)[:, 0])
kept = torch.stack(kept, 1)  # [4, 30], shares of the full chance

# %% tags=["hide-input"]
show(
    figures.left_out(kept, texts),
    alt="A table of 4 texts and 30 blocks; dark where the favourite keeps its chance without the block. The first two columns and that of block 12 are white in all rows. "
    "Most other cells are dark; each row has at least one more white one, but no other column is white in all rows.",
)

# %%
half = (kept > 0.5).sum(1)  # [4]
print("so many of the 30 can be left out, and over half of the chance remains:", half.tolist())
never = [block + 1 for block in range(30) if kept[:, block].max() < 0.2]
print("blocks without which less than a fifth remains, in all four texts:", never)
print("cells in which the chance even grows:", int((kept > 1).sum()), "of", kept.numel())

# %% [markdown]
# In each text more than half of the blocks can be left out, one at a time, and half of the chance remains. Without block 1, 2 or 12 less than a fifth does, in all four; of no other block is that true. (These are four texts, and what block 12 does, they don't say.)
#
# ## 2. Norms: one size for all
#
# Notes pile up. The last token's vector, in each of our texts:

# %%
for depth in (0, 1, 10, 20, 30):
    lengths = stream[depth][:, -1].norm(dim=-1)  # [4]
    print(f"after block {depth:2}: length", "".join(f"{length:7.0f}" for length in lengths))

# %% [markdown]
# It becomes hundreds of times as long. So before a part reads, the vector is brought to a standard size. Two ways are in use. Take −1, 7, −1, 7 and do both on paper.
#
# - [**LayerNorm**](../book/glossary.md#layernorm) takes the mean away and divides by the standard deviation. The mean is 3, the deviations are −4, 4, −4, 4, so the standard deviation is 4. Result: −1, 1, −1, 1.
# - [**RMSNorm**](../book/glossary.md#rmsnorm) divides by the root of the mean square, the *RMS*. The squares are 1, 49, 1, 49, their mean is 25, the root is 5. Result: −0.2, 1.4, −0.2, 1.4.
#
# $$\text{LayerNorm: } y_i = \frac{x_i - m}{\sqrt{s^2 + \varepsilon}}\, w_i + b_i \qquad \text{RMSNorm: } y_i = \frac{x_i}{\sqrt{\frac1C\sum_j x_j^2 + \varepsilon}}\, w_i$$
#
# Mean $m$ and standard deviation $s$ are those of the $C$ numbers of *one* token. The small $\varepsilon$ saves a vector of zeros from division by zero. The weights $w$ and $b$ are learned, so that a model may turn some numbers up again. (`keepdim=True` leaves an axis of length 1, so that the result still divides row by row.)


# %%
def plain_layer_norm(x, weight, bias, eps=1e-5):
    centred = x - x.mean(-1, keepdim=True)
    variance = centred.square().mean(-1, keepdim=True)
    return centred / torch.sqrt(variance + eps) * weight + bias


def plain_rms_norm(x, weight, eps=1e-5):
    mean_square = x.square().mean(-1, keepdim=True)
    return x / torch.sqrt(mean_square + eps) * weight


x, one, zero = torch.tensor([-1.0, 7, -1, 7]), torch.ones(4), torch.zeros(4)
print("LayerNorm", [f"{y:.1f}" for y in plain_layer_norm(x, one, zero)])
print("RMSNorm  ", [f"{y:.1f}" for y in plain_rms_norm(x, one)])
print("a thousand times as long:", [f"{y:.1f}" for y in plain_rms_norm(1000 * x, one)])
rows = torch.randn(100, 48, generator=torch.Generator().manual_seed(0)) * 3 + 1  # [100, C]
weight, bias = torch.linspace(-1, 2, 48), torch.linspace(0, 1, 48)
ours, theirs = plain_rms_norm(rows, weight), norm.rms_norm(rows, weight, 1e-5)
claim("The library's RMSNorm is ours.", torch.allclose(ours, theirs, atol=1e-5))
ours, theirs = plain_layer_norm(rows, weight, bias), norm.layer_norm(rows, weight, bias, 1e-5)
claim("The library's LayerNorm is ours.", torch.allclose(ours, theirs, atol=1e-5))

# %% [markdown]
# Mean 3, standard deviation 4, RMS 5: $3^2 + 4^2 = 5^2$, and so it is for any numbers, $\text{RMS}^2 = m^2 + s^2$. The two norms differ only as far as the mean is not zero. In SmolLM2's stream:


# %%
def centred(x):
    return x - x.mean(-1, keepdim=True)


def with_layer_norm(block, x):
    """A block in which LayerNorms, without bias, stand for both RMSNorms."""
    x = x + block.self_attn(block.input_layernorm(centred(x)), places)
    return x + block.mlp(block.post_attention_layernorm(centred(x)))


passing = torch.stack(stream)  # [31, 4, 5, C]
parts = passing.mean(-1).abs() / passing.square().mean(-1).sqrt()  # [31, 4, 5]
print(f"the mean, as a share of the RMS: {parts.mean():.1%} on average, {parts.max():.0%} at most")
changed = centred(run(with_layer_norm))
for name, x in {"RMSNorm": stream[30], "LayerNorm": changed}.items():
    now = chances(x).gather(1, favourite)[:, 0]  # [4]
    print(f"chances with {name:9}", [f"{chance:.2f}" for chance in now.tolist()])
claim("The four favourites are the same with LayerNorm.", favourites(changed) == answers)

# %% [markdown]
# So in these texts there is hardly a mean to take away, and taking it away at all 61 norms changes no favourite. [RMSNorm](https://arxiv.org/abs/1910.07467) leaves that out, has no bias, and computes less.
#
# ## 3. The feed-forward network: thinking alone
#
# It takes one token's vector, widens it, bends it, and narrows it again. By hand, from 2 numbers to 3 and back, for $x = (1, -2)$:
#
# 1. Widen: three questions are put to $x$, each a dot product with a row of the first matrix: $(1, 0) \to 1$, $(0, 1) \to -2$, $(1, 1) \to -1$.
# 2. Bend: negative answers become 0. This is [**ReLU**](../book/glossary.md#relu), the bend of 2017. What remains is 1, 0, 0.
# 3. Narrow: each answer brings its own column of the second matrix, as many times as it says. The first brings its column once, say $(5, 6)$; the others nothing.
#
# $$\text{FFN}(x) = W_2\, \text{act}(W_1 x)$$
#
# Each of the $F$ places in the middle is called a **neuron**. Why bend? Without step 2 two matrices are one matrix, $W_2 W_1$:

# %%
first, second = torch.tensor([[1.0, 0], [0, 1], [1, 1]]), torch.tensor([[5.0, 7, 9], [6, 8, 10]])
x = torch.tensor([1.0, -2])
print("widened ", (first @ x).tolist(), " bent", (first @ x).relu().tolist())
print("narrowed", (second @ (first @ x).relu()).tolist())
claim("Unbent, they are one matrix.", torch.equal(second @ (first @ x), (second @ first) @ x))

# %% [markdown]
# Later bends are rounder. With ReLU, a neuron below 0 for every input has the slope 0 everywhere, and does not learn. [**GELU**](../book/glossary.md#gelu), in GPT-2, $x$ times the share of `torch.randn`'s numbers that lie below $x$, and [**SiLU**](../book/glossary.md#silu), $x$ times its sigmoid $1/(1 + e^{-x})$, let a little through below 0: SiLU goes down to −0.28.

# %% tags=["hide-input"]
show(
    figures.bends(),
    alt="Three curves from -5 to 3. ReLU is 0 up to 0 and then rises with a corner. GELU and SiLU pass below zero on the left, "
    "SiLU down to -0.28, and come close to ReLU far away on both sides.",
)

# %% [markdown]
# [**SwiGLU**](../book/glossary.md#swiglu) gives each neuron two questions. The **gate** says how far to open, and is bent by SiLU; *up* says what is passed. They are multiplied ($\odot$: number by number).
#
# $$\text{SwiGLU}(x) = W_{\text{down}} \big( \text{silu}(W_{\text{gate}}\, x) \odot W_{\text{up}}\, x \big)$$
#
# One neuron by hand: gate 2, up −3. silu(2) is 1.76, and the neuron's answer −5.28: it adds its column of $W_\text{down}$ −5.28 times. With gate −6 next to nothing gets through. And −1? silu(−1) is −0.27: the gate lets a little through **and turns its sign**, to 0.81.


# %%
def plain_swiglu(x, gate, up, down):
    return (F.silu(x @ gate.T) * (x @ up.T)) @ down.T


for asked in (2.0, -1.0, -6.0):
    opened = float(F.silu(torch.tensor(asked)))
    print(f"gate {asked:4}: silu {opened:5.2f}, times -3 is {opened * -3:5.2f}")
lowest = F.silu(torch.linspace(-10, 0, 10_001)).min()
print(f"the lowest that silu gives: {lowest:.2f}")

# %% [markdown]
# How often is a gate below 0 in SmolLM2? Its network reads the norm of the stream *with* attention's note. And does no token look at another? If so, shuffled tokens give shuffled results.

# %%
order, below, carried, same, alone = [3, 0, 4, 1, 2], [], [], [], []
for block, x in zip(blocks, stream[:30], strict=True):  # x: what enters the block
    with torch.no_grad():
        heard = block.post_attention_layernorm(without_feed_forward(block, x))  # [4, 5, C]
        thought = block.mlp(heard)
        matrices = [getattr(block.mlp, f"{name}_proj").weight for name in ("gate", "up", "down")]
        same.append(torch.allclose(plain_swiglu(heard, *matrices), thought, rtol=1e-3, atol=1e-3))
        alone.append(
            torch.allclose(block.mlp(heard[:, order]), thought[:, order], rtol=1e-3, atol=1e-3)
        )
        gate, up = (heard @ matrix.T for matrix in matrices[:2])  # [4, 5, F] each
        said = (F.silu(gate) * up).abs()
        below.append(float((gate < 0).float().mean()))
        carried.append(float(said[gate < 0].sum() / said.sum()))
print(
    f"gates below 0: {below[0]:.0%} in block 1, {min(below[1:]):.0%} to {max(below):.0%} in the others"
)
print(f"their share of all answers, without signs: {sum(carried) / 30:.0%}, averaged over blocks")
claim("SmolLM2's 30 networks are ours.", all(same))
claim("Shuffled in, shuffled out.", all(alone))

# %% [markdown]
# Each says little, but they are many.
#
# How wide is the middle? In 2017 it was $4C$: two matrices, together $8C^2$ numbers. SwiGLU has three. To cost the same, $3 \cdot C \cdot F = 8 C^2$, so $F = \frac83 C$. SmolLM2 has exactly that, 1,536 for 576; Mistral spends more, $3.5\,C$.
#
# ## 4. Before or after?
#
# Where does the norm stand? In 2017 on the stream itself, after each addition: [**post-norm**](../book/glossary.md#post-norm). From GPT-2 on, in front of each part, and the stream runs past it: [**pre-norm**](../book/glossary.md#pre-norm).
#
# $$\text{post: } x \leftarrow \text{norm}\big(x + f(x)\big) \qquad\qquad \text{pre: } x \leftarrow x + f\big(\text{norm}(x)\big)$$
#
# In the pre line $x$ travels on untouched; in the post line everything passes through every norm. What becomes of the gradient of section 1, with RMSNorms of weight 1?


# %%
def post(x, part):
    return plain_rms_norm(x + part(x), 1)


def pre(x, part):
    return x + part(plain_rms_norm(x, 1))


largest = {}
for step in (adding, pre, post):
    times = [from_end_to_start(step, factor) for factor in (0.5, 1, 2)]  # three lists of 8
    spans = [f"{min(some):4.1f} to {max(some):5.1f}" for some in times]
    print(f"{step.__name__:6}", "   ".join(spans))
    largest[step.__name__] = max(map(max, times))
claim(
    "With either norm, the first is at most 15 times the last.",
    max(largest["pre"], largest["post"]) < 15,
)

# %% [markdown]
# Columns are the factors 0.5, 1 and 2, eight seeds each. Either place of the norm holds the gradient, at 2 too, so this toy can't say which is better. Training could. Post-norm needed a learning rate that starts at nearly nothing and grows, the [**warm-up**](../book/glossary.md#warm-up). [Xiong and others](https://arxiv.org/abs/2002.04745) found its gradients near the output large at the start. Lesson [09b](09b_what_is_each_part_worth.ipynb#5.-Parts-exchanged) races the two.
#
# Pre-norm has a debt: no norm ever touches the stream itself. So a last one stands behind the last block.
#
# **A good place for a break.**
#
# ## 5. Two whole models, side by side
#
# [The transformer of 2017](https://arxiv.org/abs/1706.03762) was made to translate. Its [**encoder**](../book/glossary.md#encoder) reads the source, say an English sentence: every token sees all the others, also those to come. Its [**decoder**](../book/glossary.md#decoder) writes the target, the French one: a token sees itself and what stands before. Then it asks the encoder: in [**cross attention**](../book/glossary.md#cross-attention) queries come from the target, keys and values from the source. While it learns, it is shown the right target, moved by one place, so that each place has to say the next word. (Notebook [D4](deeper/D4_two_texts.ipynb) trains a small one.)
#
# A layer of its decoder, as it runs. (`memory` is what the encoder made of the source, the same for all six layers; [dropout](00c_learning.ipynb#6.-Switches-and-a-window) you know.)

# %%
show_source(DecoderLayer.forward)

# %%
torch.manual_seed(0)
old = EncoderDecoder(config_2017(vocab_size=50, width=24, inner=40, heads=6, layers=2)).eval()
source, target = torch.tensor([[1, 2, 3, 4, 5, 6, 7]]), torch.tensor([[9, 8, 7, 6, 5]])
with torch.no_grad():
    usual, witness = old(source, target), scores_by_torch(old, source, target)  # [1, T, V]
claim("Torch's layers, with the same weights, agree.", torch.allclose(usual, witness, atol=1e-4))

# %% [markdown]
# [Mistral 7B](https://arxiv.org/abs/2310.06825), six years later, is a decoder alone, without the middle look, as GPT-2 was. Here it is small. (`replace` copies a config with some fields changed, `**` hands a dict over as named arguments.)

# %%
mistral = ModelConfig.preset("mistral-7b-v0.1")
sizes = {"vocab_size": 50, "hidden_size": 24, "intermediate_size": 84, "num_hidden_layers": 2}
heads = {"num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 4, "sliding_window": 3}
new = Transformer(replace(mistral, **sizes, **heads, layer_types=None, no_rope_layers=None)).eval()

# %% [markdown]
# ### A cache that rolls
#
# Mistral keeps keys and values of the last $W$ tokens in a [**rolling cache**](../book/glossary.md#rolling-cache) of $W$ slots. Token $t$ goes into slot `t % W`, the rest of a division, over the one that has just left the window. So the slots hold tokens in a mixed-up order. Does it matter? A look is [a sum without order](04b_positions.ipynb#1.-One-look-loses-the-order), and keys are turned by their places before they are kept.


# %%
class RollingCache:
    def __init__(self, config):
        self.window = config.sliding_window
        self.length = 0  # of what was read; the library's model counts it up by itself,
        self.padding = None  # asks which tokens only fill up a row, here none, and calls append
        self.slots = [{} for _ in range(config.num_hidden_layers)]

    def append(self, layer, key, value):
        """Keep one token's keys and values; give back all that are kept."""
        slots = self.slots[layer]
        slots[self.length % self.window] = (key, value)
        keys = torch.cat([key for key, _ in slots.values()], 2)
        return keys, torch.cat([value for _, value in slots.values()], 2)


text, cache = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6]]), RollingCache(new.config)
with torch.no_grad():
    steps = torch.cat([new(text[:, [t]], cache) for t in range(8)], 1)  # [t]: the axis stays
    at_once = new(text)
claim("One by one, with 3 slots, is as all at once.", torch.allclose(steps, at_once, atol=1e-5))

# %% [markdown]
# ### The drawing
#
# Now both run once more, and each part that runs is noted, with the shape that comes out: S tokens of the source or T of the text, C numbers each; in the cache G heads, W slots, D numbers. The drawing is made of these notes: **every numbered part has just run, and the boxes stand in that order.** Arrows, Mistral's + and softmax are ours; its ② happens inside attention. Read it from the bottom up. (A frame is one layer; ours have two.)

# %% tags=["hide-input"]
letters = {7: "S", 5: "T", 24: "C", 50: "V", 6: "H", 2: "G", 4: "D", 3: "W"}
with watched(old, letters) as ran_old:
    old(source, target)
with watched(new, letters) as ran_new:
    new(text[:, :5])
with watched(new, letters, cache) as ran_cached:
    new(text[:, [0]], cache=cache)

# %% tags=["hide-input"]
show(
    figures.side_by_side(ran_old, ran_new, ran_cached),
    alt="Three columns of boxes, bottom to top. 2017, encoder: source, embedding times root C, plus sines, dropout; then six times attention to all, dropout and plus, "
    "LayerNorm, feed-forward with ReLU, dropout and plus, LayerNorm. 2017, decoder: target moved by one, embedding times root C, plus sines, dropout; six times attention back, dropout and plus, LayerNorm, "
    "cross attention into the encoder's memory, dropout and plus, LayerNorm, feed-forward, dropout and plus, LayerNorm; then head with the same table, softmax. Mistral: text, embedding; 32 times RMSNorm, attention back "
    "by W with shared heads, turned queries and keys and a rolling cache, plus, RMSNorm, feed-forward with SwiGLU, plus; then RMSNorm, head with its own table, softmax. On the left, arrows around each part into its plus: in 2017 from the dropout at the start or the LayerNorm before the part, "
    "in Mistral from the embedding and from the plus before. Hatched boxes have learned numbers, grey round ones compute, white ones hold texts, keys and values.",
)

# %% tags=["hide-input"]
names_old = {figures.part(name) for name, _ in ran_old}  # without the numbers of the layers
names_new = {figures.part(name) for name, _ in ran_new + ran_cached}
claim("2017: every part that ran has its box, every box ran.", names_old == set(figures.BOXES_2017))
claim("Mistral: the same.", names_new == set(figures.BOXES_MISTRAL))
in_layers = {shape for name, shape in ran_old + ran_new if figures.part(name) != name}
claim("In the layers every part gives one vector a token.", in_layers == {"[S, C]", "[T, C]"})

# %% [markdown]
# The arrows on the left of a column are the stream, on its way around a part. In 2017 it runs through each LayerNorm. In Mistral it goes from + to +, past each RMSNorm up to the last.

# %%
predict("who_moves")

# %%
other_source, other_target = source.clone(), target.clone()
other_source[0, -1], other_target[0, -1] = 11, 11
with torch.no_grad():
    usual = old(source, target)
    by_source = (old(other_source, target) - usual).abs().amax(-1)[0] > 1e-5  # [T]
    by_target = (old(source, other_target) - usual).abs().amax(-1)[0] > 1e-5
for name, moved in {"source": by_source, "target": by_target}.items():
    at = moved.nonzero().flatten().tolist()
    print(f"another last word in the {name} moves the scores at", at)
reveal("who_moves", {5: "all five", 1: "the last"}.get(int(by_source.sum()), "none"))

# %% [markdown]
# ### Difference by difference
#
# | | 2017 | Mistral 7B |
# |---|---|---|
# | ① what goes in | two texts; rows · $\sqrt C$ | one text; rows as they are |
# | ② positions | sines, added once | queries and keys turned, in each layer |
# | ③ attention | 8 heads with keys of their own; encoder: to all | 32 heads share 8; the last 4,096; a rolling cache |
# | ④ cross attention | in each decoder layer | none: there is no second text |
# | ⑤ norm | LayerNorm, after each addition | RMSNorm, before each part, and a last one |
# | ⑥ feed-forward | ReLU, $F = 4C$, biases | SwiGLU, $F = 3.5\,C$, no biases |
# | ⑦ head | the embedding's table again | a table of its own |
# | ⑧ dropout | 0.1 in training, [off when it runs](00c_learning.ipynb#6.-Switches-and-a-window) | none |
#
# The same from the configs at their real sizes, and SmolLM2's beside them. (On the device `"meta"` tensors have shapes and no numbers: Mistral's would fill 29 GB, at 4 bytes each. The paper of 2017 counts 65 M for its model.)

# %%
with torch.device("meta"):
    base = EncoderDecoder(config_2017())
three = {"2017": base.config, "Mistral 7B": mistral, "SmolLM2": config}
fields = "hidden_size num_hidden_layers position_embedding_type num_attention_heads"
fields += " num_key_value_heads sliding_window norm_type norm_placement intermediate_size"
fields += " hidden_act gated_mlp mlp_bias tie_word_embeddings"
print(" " * 24, *(f"{name:>12}" for name in three))
for field in fields.split():
    print(f"{field:24}", *(str(getattr(each, field)).rjust(12) for each in three.values()))
learned = sum(p.numel() for p in base.parameters()), num_parameters(mistral), num_parameters(config)
print(f"{'learned numbers':24}", *(f"{number / 1e6:10,.0f} M" for number in learned))

# %% [markdown]
# ④ went with the task: whoever continues one text has no other to ask. An encoder alone, such as BERT, makes vectors of texts; GPT, Llama and SmolLM2 are decoders alone; T5 is both. What the others are worth, [lesson 09b](09b_what_is_each_part_worth.ipynb#5.-Parts-exchanged) measures in a small model. And what has *stayed*? Look up; attend, add, think, add, many times over; head, softmax.
#
# But for the window and the head's table, the third column draws SmolLM2 too.
#
# ## 6. What goes wrong
#
# None of these raises an error. **The norm overwrites the stream**: one name too few, `x = norm(x)`. And **both at once**: the halves read the same $x$, and both notes are added. (Some models are trained so; this one was not.) For comparison, the halves in a row, as it should be:


# %%
def in_a_row(block, x):
    return without_attention(block, without_feed_forward(block, x))


def overwritten(block, x):
    x = block.input_layernorm(x)
    x = x + block.self_attn(x, places)
    x = block.post_attention_layernorm(x)
    return x + block.mlp(x)


def both_at_once(block, x):
    return without_attention(block, x) + without_feed_forward(block, x) - x


for step in (in_a_row, overwritten, both_at_once):
    now = chances(run(step)).gather(1, favourite)  # [4, 1]
    print(f"{step.__name__:12}", [f"{chance:.3f}" for chance in now[:, 0].tolist()])
claim("In a row they are the block.", torch.allclose(run(in_a_row), stream[30], atol=0.01))

# %% [markdown]
# These are the favourites' chances. **The last norm is forgotten**, whole or by halves:

# %%
with torch.no_grad():
    last, weight = stream[30][:, -1], model.model.norm.weight  # [4, C], [C]
    divided = plain_rms_norm(last, 1)
    ways = {"bare": last, "divided": divided, "weighted": last * weight, "both": divided * weight}
    best = {way: model.lm_head(x).softmax(-1).max(-1) for way, x in ways.items()}
for way, (sure, words) in best.items():  # the largest chances and their words, [4] each
    pairs = zip(words.tolist(), sure.tolist(), strict=True)
    print(f"{way:9}", [f"{tokenizer.decode([word])} {chance:.2f}" for word, chance in pairs])
right = [way for way, (_, words) in best.items() if torch.equal(words, favourite[:, 0])]
claim("With the weight all four words are right.", right == ["weighted", "both"])
certain = [way for way, (sure, _) in best.items() if sure.min() > 0.99]
claim("Undivided, all four have more than 99%.", certain == ["bare", "weighted"])

# %% [markdown]
# Without the weight the words are wrong. Without the division they are too sure: long vectors make large scores, and softmax takes large gaps for certainty.
#
# **A norm in 16 bits.** float16 knows no number above 65 thousand or so, and the first token's vector is very long in this model. Its squares do not fit:

# %%
loud = stream[20][0, 0]  # [C], the first token of the first text
others = stream[20][0, 1:]
print(f"largest number {loud.abs().max():,.0f}; of the others {others.abs().max():,.0f}")
sixteen, ones = loud.half(), torch.ones(576).half()  # half: to float16
ours, theirs = plain_rms_norm(sixteen, ones), norm.rms_norm(sixteen, ones, 1e-5)
print(f"largest after our norm, all in 16 bits: {ours.abs().max():.1f}")
print(f"largest after the library's norm:       {theirs.abs().max():.1f}")

# %% [markdown]
# Divided by infinity the token is gone, all zeros. The library takes the mean in 32 bits. (Nearly half of all heads look mostly at the first token, their [sink](deeper/D7_heads.ipynb#1.-What-real-heads-do); that this is why it is so long, is a guess.)
#
# ## 7. Turn it yourself
#
# The 32 random parts again. At which factor does rewriting neither vanish nor explode? Which ways keep all seeds in the grey, our yardstick, at every factor?

# %%
steps_by_name = {"rewriting": rewriting, "adding": adding, "pre-norm": pre, "post-norm": post}


def draw(way, factor):
    lines = [gradients(steps_by_name[way], factor, seed) for seed in range(4)]
    times = [float(line[0] / line[-1]) for line in lines]
    words = f"part 1 over part 32, four seeds: {min(times):.2g} to {max(times):.2g}"
    return figures.one_road(lines, way), words


slider = {"continuous_update": False}
explore(
    draw,
    way=widgets.SelectionSlider(options=list(steps_by_name), value="pre-norm", **slider),
    factor=widgets.FloatSlider(value=1, min=0.25, max=4, step=0.25, **slider),
)

# %% [markdown]
# And without a slider:

# %%
factors = [quarters / 4 for quarters in range(1, 17)]
for name, step in steps_by_name.items():
    grey = []
    for factor in factors:
        found = torch.stack([gradients(step, factor, seed) for seed in range(4)])  # [4, 32]
        if found.min() > 1 and found.max() < 1000:
            grey.append(factor)
    print(f"{name:9} in the grey at {len(grey):2} of 16 factors, {grey[0]} to {grey[-1]}")
    if "norm" in name:
        claim(f"With {name} at all of them.", grey == factors)

# %% [markdown]
# ## Exercises
#
# ### {exercise: block_by_hand}
#
# On paper: the token is (0.2, 1.4). Its attention gives what it reads, with the two numbers swapped. The feed-forward network gives −3 times what it reads. All norms are RMSNorms with weights 1 and $\varepsilon = 0$.

# %% tags=["exercise"]
# a list of two lists of two numbers: what leaves the pre-norm block, and what leaves the post-norm block.
check("block_by_hand", ...)

# %% [markdown]
# ### {exercise: silent_test}
#
# A test of a pre-norm block: set the output matrices of attention and of the feed-forward network to 0, so that both parts give zeros, and ask whether the block gives back exactly its random $x$ of five tokens. Here are eight faults:
#
# - A: the norm overwrites x before the first addition
# - B: norms stand after the additions (post-norm)
# - C: both parts read the same x, and both notes are added at once
# - D: both parts read through the first norm
# - E: the second addition is missing: the feed-forward network's result replaces the stream
# - F: attention looks into the future
# - G: the gate is bent by ReLU
# - H: the second norm is applied to the result of the block

# %% tags=["exercise"]
# a list of the letters of the faults that this test does not see.
check("silent_test", ...)

# %% [markdown]
# ### {exercise: one_neuron}
#
# A feed-forward network is a sum over neurons. What does a single one add to the stream of one token?


# %% tags=["exercise"]
def my_neuron(x, gate, up, down, i):
    """x [C], gate and up [F, C], down [C, F] and a neuron 0 <= i < F to [C]: what neuron i of the SwiGLU
    network down(silu(gate(x)) * up(x)) adds, alone."""
    ...


check("one_neuron", my_neuron)

# %% [markdown]
# ### {exercise: rolling_slots}
#
# Somebody wants to print what the rolling cache holds. Which token lies in which slot?


# %% tags=["exercise"]
def my_slots(tokens, window):
    """how many tokens were read, 0 or more, one at a time, and a window of 1 or more, to a list of `window`
    entries: for each slot of the rolling cache the number of the token in it, counted from 0; None where
    there is none yet."""
    ...


check("rolling_slots", my_slots)

# %% [markdown]
# ### {exercise: fold_norm}
#
# A stretch. In a pre-norm block matrices follow each norm, so fast engines fold the norm's weight into them. Which matrix does the work of both? LayerNorm has a bias, too.


# %% tags=["exercise"]
def my_fold(matrix, weight, bias):
    """matrix [O, C], the norm's weight [C] and bias [C] to (new matrix [O, C], new bias [O]), so that (n *
    weight + bias) @ matrix.T equals n @ new_matrix.T + new_bias for every n. What is given is not changed."""
    ...


check("fold_norm", my_fold)

# %% [markdown]
# ### {exercise: my_block}
#
# The third column's frame, in your hands. `look` turns and looks for you, as your own [my_heads](04c_heads_and_cost.ipynb#Exercises) does with a base. The check puts your block into all 30 layers of SmolLM2. (The library's `Block` is in `layers/block.py`, to compare afterwards.)


# %% tags=["exercise"]
def my_block(x, weights, look, head_dim):
    """tokens x [T, C] of one text to [T, C], a pre-norm block as SmolLM2's. x itself is not changed.
    Both norms are RMSNorms with 1e-5 under the root. head_dim is D; a head's D numbers stand next to each other.
    look(q, k, v) turns, masks and looks: [H, T, D], [G, T, D] and [G, T, D] to [H, T, D].
    weights is a dict of one layer's tensors, each matrix with a row for each output, no biases:
    - input_layernorm.weight [C], in front of attention
    - self_attn.q_proj.weight [H * D, C]
    - self_attn.k_proj.weight and self_attn.v_proj.weight [G * D, C]
    - self_attn.o_proj.weight [C, H * D]
    - post_attention_layernorm.weight [C], in front of SwiGLU
    - mlp.gate_proj.weight and mlp.up_proj.weight [F, C]
    - mlp.down_proj.weight [C, F]"""
    ...


check("my_block", my_block)

# %% [markdown]
# ## Say it in your own words

# %%
say("why_adding", "what_a_norm_keeps", "a_negative_gate", "read_the_columns")

# %% [markdown]
# ## Quiz

# %%
quiz("05")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - Every part reads the stream and adds to it. Where parts rewrite, gradients vanish or explode, but for a narrow band of factors; adding starts from 1.
# - The feed-forward network holds three quarters of a SmolLM2 block. Each neuron asks twice; a gate a little below 0 turns the sign.
# - A norm brings each token's vector to one size. Pre-norm leaves the stream alone, and owes a last norm.
# - From 2017 to Mistral: one text in place of two, no cross attention, other positions, norms, bends and heads.
#
# **Papers.** [Vaswani and others 2017](https://arxiv.org/abs/1706.03762), *Attention Is All You Need*. [He and others 2016](https://arxiv.org/abs/1603.05027), *Identity Mappings in Deep Residual Networks*. [Ba and others 2016](https://arxiv.org/abs/1607.06450), *Layer Normalization*. [Zhang and Sennrich 2019](https://arxiv.org/abs/1910.07467), *RMSNorm*. [Shazeer 2020](https://arxiv.org/abs/2002.05202), *GLU Variants Improve Transformer*. [Jiang and others 2023](https://arxiv.org/abs/2310.06825), *Mistral 7B*.
#
# **Next:** in [lesson 06](06_full_model.ipynb) the blocks are stacked, the files that published weights come in are opened, and a real model runs with nothing but our own code.
