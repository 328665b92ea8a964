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
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/llms-from-the-ground-up/blob/v0.2.0/notebooks/05_transformer_block.ipynb)
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | lesson 04 (attention), and what a slope is |
# | It adds to `lessons_lib` | `layers/norm.py`, `layers/feed_forward.py`, `layers/block.py`: norms, the feed-forward network, `Block` |
#
# {route}

# %%
import importlib.util

if importlib.util.find_spec("lessons_lib") is None:
    # %pip install -q --no-deps git+https://github.com/OWNER/llms-from-the-ground-up@v0.2.0
    importlib.invalidate_caches()

# %%
import math
from dataclasses import replace

import ipywidgets as widgets
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from matplotlib.patches import FancyBboxPatch
from torch import nn

import lessons_lib
from lessons_lib import ModelConfig, Transformer
from lessons_lib.classroom import check, explore, progress, quiz, show, show_source, use_style
from lessons_lib.config import costs
from lessons_lib.corpora import shakespeare
from lessons_lib.layers import (
    Attention,
    Block,
    FeedForward,
    apply_rope,
    causal_mask,
    norm,
    rope_frequencies,
    rotation,
    sliding_window_mask,
)

use_style()

# %% [markdown]
# ## The finished thing first
#
# SmolLM2 is a stack of 30 **blocks**, all built alike. A token enters at the bottom as the vector that lesson 03 looked up, passes through all of them, and at the top it is turned into a score for every word. What happens on the way? Nobody forbids us to look early. We take the vector after each block and treat it as if it had already arrived at the top.

# %%
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
blocks = model.model.layers


def visible(token):
    return tokenizer.decode([int(token)]).replace(" ", "␣")


def stream_of(text):
    """The vectors of every token before the first block and after each one: [31, T, C]."""
    seen = []
    hooks = [blocks[0].register_forward_pre_hook(lambda block, given: seen.append(given[0][0]))]
    for block in blocks:
        hooks.append(block.register_forward_hook(lambda block, _, out: seen.append(out[0])))
    with torch.no_grad():
        model(torch.tensor([tokenizer.encode(text)]))
    for hook in hooks:
        hook.remove()
    return torch.stack(seen)  # [31, T, C]


prompt = "The opposite of hot is"
states = stream_of(prompt)[:, -1]  # [31, C], the last token
with torch.no_grad():
    early = model.lm_head(model.model.norm(states)).softmax(-1)  # [31, V]
for depth in (0, 1, 2, 10, 20, 26, 29, 30):
    best = early[depth].argmax()
    print(f"after block {depth:2}: {visible(best):8} {early[depth, best]:.0%}")

# %%
fig, ax = plt.subplots()
for word in (" is", ".", " cold"):
    token = tokenizer.encode(word)[0]
    ax.plot(early[:, token], label=visible(token), markevery=3)
ax.set(
    xlabel="after block", ylabel="chance", title="From the word that stands to the word that comes"
)
ax.legend(ncols=3)
show(
    fig,
    alt="Three curves over the blocks. The chance of is falls from 1 to 0 in the first block,"
    " the full stop comes and goes between blocks 2 and 14, and cold rises from 0 in the "
    "last three blocks.",
)

# %% [markdown]
# Before the first block the vector says only which word stands here: *is*. For most of the way the guesses are dull, a full stop, a space. The answer turns up in the last three blocks. So the vector is a workpiece: it goes from block to block, and each one adds something.
#
# Attention lets words look at each other; that was lesson 04. Each block has a second part, the [**feed-forward network**](../book/glossary.md#feed-forward-network), in which no word looks at any other. Is attention not what a transformer is about? Take away first the one, then the other, in all 30 blocks.


# %%
def continue_without(part, text, count=8):
    """What the model goes on to write when this part of every block adds nothing."""
    silence = [
        getattr(block, part).register_forward_hook(lambda part, _, out: torch.zeros_like(out))
        for block in blocks
    ]
    ids = tokenizer.encode(text)
    with torch.no_grad():
        for _ in range(count):
            ids.append(int(model(torch.tensor([ids]))[0, -1].argmax()))
    for hook in silence:
        hook.remove()
    return tokenizer.decode(ids)


print("without attention:   ", continue_without("self_attn", "My car has four"))
print("without feed-forward:", continue_without("mlp", "My car has four"))
inside = [
    sum(p.numel() for p in part.parameters()) for part in (blocks[0].self_attn, blocks[0].mlp)
]
for part, count in zip(("attention", "feed-forward"), inside, strict=True):
    print(f"{part:12} {count:9,} learned numbers in one block, {count / sum(inside):.0%}")

# %% [markdown]
# Both are ruins. And three quarters of a block's learned numbers sit in the part that nobody writes headlines about. This lesson builds that part, the norms around it, and the path on which everything travels. At the end two blocks stand side by side, the one of 2017 and Mistral's, and you will know what each difference between them is worth.
#
# Now we build it.

# %% [markdown]
# ## 1. The stream: nobody crosses out, everybody adds
#
# A letter goes past 30 desks. If every desk may rewrite it, the last one answers a letter that the first would not recognise; and when the answer is wrong, nobody can say which desk spoiled it. So the office makes a rule. The letter itself travels on untouched, and each desk may only clip a note to it.
#
# That is the [**residual stream**](../book/glossary.md#residual-stream). A part of a block reads the vector $x$, computes something, and *adds* it:
#
# $$x \leftarrow x + f(x)$$
#
# Why it matters is a matter of slopes. Training asks: if I change the beginning a little, how much does the end change? Take three desks that each work on one number, with the slopes 0.1, −0.2 and 0.3. Slopes of functions in a row multiply. Work out the product; then do it again with 1 added to every slope, because $x + f(x)$ has the slope $1 + f'$.

# %%
slopes = [0.1, -0.2, 0.3]
print(f"rewriting: {math.prod(slopes):.3f}")
print(f"adding:    {math.prod(1 + slope for slope in slopes):.3f}")

# %% [markdown]
# Rewriting passes on less than a hundredth of the message. Adding passes on nearly all of it, whatever the desks do, because the 1 is always there: a highway past every desk. Now 32 desks that work on vectors of 64 numbers. Each is a random matrix, followed by tanh and halved. We measure how strongly the end depends on what stood before each desk, which is the length of the gradient there.


# %%
def gradients(residual, depth=32, width=64):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(width, generator=generator, dtype=torch.float64, requires_grad=True)
    before = []
    for _ in range(depth):
        matrix = torch.randn(width, width, generator=generator, dtype=torch.float64)
        before.append(x)
        x = (x if residual else 0) + 0.5 * torch.tanh(matrix @ x / math.sqrt(width))
    found = torch.autograd.grad(x.sum(), before)
    return [float(gradient.norm()) for gradient in found]


rewriting, adding = gradients(residual=False), gradients(residual=True)
print(f"at desk  1: rewriting {rewriting[0]:.0e}, adding {adding[0]:.0f}")
print(f"at desk 32: rewriting {rewriting[-1]:.1f}, adding {adding[-1]:.0f}")

# %%
fig, ax = plt.subplots()
ax.plot(range(1, 33), adding, label="adding", markevery=4)
ax.plot(range(1, 33), rewriting, label="rewriting", markevery=4)
ax.set(
    yscale="log",
    xlabel="desk",
    ylabel="length of the gradient",
    title="Without the stream the first desks learn nothing",
)
ax.legend()
show(
    fig,
    alt="Two curves over 32 desks on a logarithmic scale. Adding stays between 8 and 25. "
    "Rewriting falls steadily from about 4 at the last desk to a few billionths at the first.",
)

# %% [markdown]
# Read it from right to left, as training does. The gradient starts at the last desk. When desks rewrite, each passes on about half, and at the first desk a few billionths are left: training would change nothing there. When desks add, it arrives. [He and others](https://arxiv.org/abs/1512.03385) found this for networks that look at pictures, and hardly a deep network has been built without it since.
#
# There is a second gift. If every block only adds, the model should survive when one of them stays silent. Would you dare to leave a block out of a trained model? We try each of the 30 in turn and ask for the chance of *cold*.

# %%
cold = tokenizer.encode(" cold")[0]
prompt_ids = torch.tensor([tokenizer.encode(prompt)])


def chance_without(block):
    hook = block.register_forward_hook(lambda block, given, out: given[0])
    with torch.no_grad():
        chance = model(prompt_ids)[0, -1].softmax(-1)[cold]
    hook.remove()
    return float(chance)


kept = [chance_without(block) for block in blocks]
print(f"with all blocks: {early[30, cold]:.0%}")
print("still above 30% without one of them:", sum(chance > 0.3 for chance in kept), "of 30 blocks")

# %%
fig, ax = plt.subplots()
ax.bar(range(1, 31), kept)
ax.axhline(float(early[30, cold]), color="black", linestyle="--", marker="")
ax.text(0.4, float(early[30, cold]) + 0.02, "all 30 blocks")
ax.set(
    xlabel="the block left out",
    ylabel="chance of ␣cold",
    title="Most blocks can be missed, a few cannot",
)
ax.grid(axis="x", visible=False)
show(
    fig,
    alt="Bars for the 30 blocks, each the chance of cold when that block is left out. Blocks "
    "1 to 3, 9, 12, 13, 21 and 29 fall near 0; most others stay above 0.4. A dashed line "
    "marks the full model at about 0.7.",
)

# %% [markdown]
# The first three blocks can't be missed: they turn a bare word into something that the others can read. A few specialists in the middle can't either, for this sentence. Most of the others can, and without some of them the answer even gets surer. In an office where everybody rewrites, one silent desk would stop everything.

# %% [markdown]
# ## 2. Norms: everybody at the same volume
#
# Adding has a price. Notes pile up, and the letter gets thicker. Here is how long the vector of our last token is on its way:

# %%
volume = states.norm(dim=-1)  # [31]
for depth in (0, 1, 10, 20, 30):
    print(f"after block {depth:2}: length {volume[depth]:6.0f}")
print(f"{volume[30] / volume[0]:.0f} times as long as at the start")

# %% [markdown]
# A part that has learned to read vectors of length 60 would be deaf at 3 and deafened at 700. So before a part reads, the vector is brought to a standard size, as a radio engineer brings every recording to the same volume. What is loud and what is quiet *within* the recording stays.
#
# Two ways are in use. Take the four numbers −1, 7, −1, 7 and do both on paper.
#
# - [**LayerNorm**](../book/glossary.md#layernorm) takes the mean away and divides by the standard deviation. The mean is 3. The deviations are −4, 4, −4, 4, so the standard deviation is 4. Result: −1, 1, −1, 1.
# - [**RMSNorm**](../book/glossary.md#rmsnorm) divides by the root of the mean square, the *RMS*. The squares are 1, 49, 1, 49, their mean is 25, the root is 5. Result: −0.2, 1.4, −0.2, 1.4.
#
# $$\text{LayerNorm: } y_i = \frac{x_i - m}{\sqrt{s^2 + \varepsilon}}\, w_i + b_i \qquad \text{RMSNorm: } y_i = \frac{x_i}{\sqrt{\frac1C\sum_j x_j^2 + \varepsilon}}\, w_i$$
#
# Here $m$ is the mean and $s$ the standard deviation of the $C$ numbers of *one* token; no other token is asked. The tiny $\varepsilon$ saves a vector of zeros from dividing by zero. The weights $w$ and $b$ are learned, so that a model may turn some coordinates up again.


# %%
def plain_layer_norm(x, weight, bias, eps=1e-5):
    centred = x - x.mean(-1, keepdim=True)
    variance = centred.square().mean(-1, keepdim=True)
    return centred / torch.sqrt(variance + eps) * weight + bias


def plain_rms_norm(x, weight, eps=1e-5):
    mean_square = x.square().mean(-1, keepdim=True)
    return x / torch.sqrt(mean_square + eps) * weight


x = torch.tensor([-1.0, 7.0, -1.0, 7.0])
one, zero = torch.ones(4), torch.zeros(4)
print("LayerNorm", [f"{y:.1f}" for y in plain_layer_norm(x, one, zero)])
print("RMSNorm  ", [f"{y:.1f}" for y in plain_rms_norm(x, one)])
print("a thousand times louder:", [f"{y:.1f}" for y in plain_rms_norm(1000 * x, one)])

# %% [markdown]
# Mean 3, standard deviation 4, RMS 5. Do these three numbers remind you of a triangle?

# %%
fig, ax = plt.subplots(figsize=(4.2, 2.9))
ax.plot([0, 3, 3, 0], [0, 0, 4, 0], color="black", marker="")
ax.text(1.5, -0.1, "mean 3", ha="center", va="top")
ax.text(3.1, 2, "standard\ndeviation 4", va="center")
ax.text(1.35, 2.15, "RMS 5", ha="right")
ax.set(
    xlim=(-1.2, 5.2), ylim=(-0.7, 4.4), aspect="equal", title="RMS² = mean² + standard deviation²"
)
ax.axis("off")
show(
    fig,
    alt="A right-angled triangle. Its legs are the mean, 3, and the standard deviation, 4; "
    "its long side is the RMS, 5.",
)

# %% [markdown]
# It is Pythagoras, for any list of numbers. So RMSNorm differs from LayerNorm only as far as the mean differs from zero. How large is the mean in a real model? We ask the streams of a sentence, after every block.

# %%
long_text = "The cat is sleeping on the red chair, and the dog sees it."
sentence = stream_of(long_text)[1:, 1:]  # [30, T, C]
share = sentence.mean(-1).abs() / sentence.square().mean(-1).sqrt()  # [30, T]
print(f"mean as a share of the RMS: {share.mean():.0%} on average, {share.max():.0%} at most")

# %% [markdown]
# Next to nothing. In such a stream the two norms do the same, and RMSNorm does it with less: no mean, no bias. That is the whole argument of [its paper](https://arxiv.org/abs/1910.07467), and nearly all models since Llama use it.
#
# The library's versions:

# %%
show_source(norm.rms_norm)

# %%
show_source(norm.layer_norm)

# %%
generator = torch.Generator().manual_seed(0)
rows = torch.randn(1000, 48, generator=generator) * 3 + 1  # [1000, C]
weight, bias = torch.randn(2, 48, generator=generator)
ours = plain_layer_norm(rows, weight, bias)
theirs = norm.layer_norm(rows, weight, bias, 1e-5)
witness = F.layer_norm(rows, (48,), weight, bias)
print(f"LayerNorm, library: largest difference on 1,000 rows: {(ours - theirs).abs().max():.4f}")
print(f"LayerNorm, torch:   largest difference on 1,000 rows: {(ours - witness).abs().max():.4f}")
gap = plain_rms_norm(rows, weight) - norm.rms_norm(rows, weight, 1e-5)
print(f"RMSNorm, library:   largest difference on 1,000 rows: {gap.abs().max():.4f}")

# %% [markdown]
# What does the hardened version add? It calculates in 32 bits even if the model runs in 16. Models are stored and run in [**bfloat16**](../book/glossary.md#bfloat16), a number format with the range of a 32-bit float but only eight binary digits, less than three decimal ones. Near 1 it knows steps of 1/128; near 300 the steps are 2, and 301 does not exist:

# %%
for number in (300, 301, 302, 303):
    print(number, "becomes", torch.tensor(float(number)).bfloat16().item())

# %% [markdown]
# Now think of a stream with a large mean: numbers such as 300 and 301, rounded to bfloat16. Which of the two norms suffers? LayerNorm subtracts the mean and then lives on the small differences, and these are what the rounding has eaten. RMSNorm divides by 300 and subtracts nothing.

# %%
means = torch.logspace(-1, 3, 30, dtype=torch.float64)
noise = torch.randn(30, 512, generator=generator, dtype=torch.float64)  # deviation 1
exact = means[:, None] + noise  # [30, 512]
rounded = exact.bfloat16().double()
one, zero = torch.ones(512, dtype=torch.float64), torch.zeros(512, dtype=torch.float64)
norms = {
    "LayerNorm": lambda x: plain_layer_norm(x, one, zero),
    "RMSNorm": lambda x: plain_rms_norm(x, one),
}
errors = {}
for name, function in norms.items():
    right, off = function(exact), function(rounded)
    errors[name] = error = (off - right).norm(dim=-1) / right.norm(dim=-1)  # [30]
    print(f"{name:9} relative error at mean 0.1: {error[0]:.1%}, at mean 1000: {error[-1]:.0%}")

# %%
fig, ax = plt.subplots()
for name, error in errors.items():
    ax.plot(means, error, label=name, markevery=4)
ax.set(
    xscale="log",
    yscale="log",
    xlabel="mean of the vector, its deviation being 1",
    ylabel="relative error",
    title="LayerNorm magnifies what bfloat16 has rounded away",
)
ax.legend()
show(
    fig,
    alt="Two curves of the relative error over the mean of the vector, both axes logarithmic."
    " RMSNorm stays near 0.2%. LayerNorm is equal to it up to a mean of 1 and then rises "
    "in proportion, to about 100% at 1000.",
)

# %% [markdown]
# Read the right end with care. RMSNorm does not save the small differences, they are lost for it too. But it does not blow the loss up either: its output is off by a fifth of a percent, whatever the mean.
#
# One more thing about 16 bits, small and famous. When is the weight multiplied: after the result has been rounded to bfloat16 (Llama), or before (Gemma)? In exact arithmetic that is the same.

# %%
# Weights that 16 bits hold exactly, and with 1 added too
gain = torch.randint(-32, 33, (48,), generator=generator) / 128
rows16, gain16 = rows.bfloat16(), gain.bfloat16()
llama = norm.rms_norm(rows16, 1 + gain16, 1e-5)
gemma = norm.rms_norm(rows16, gain16, 1e-5, offset=1.0)
print(f"16 bits: other last digits in {(llama != gemma).float().mean():.0%} of all numbers")
llama, gemma = norm.rms_norm(rows, 1 + gain, 1e-5), norm.rms_norm(rows, gain, 1e-5, offset=1.0)
print(f"32 bits: largest difference {(llama - gemma).abs().max():.4f}")

# %% [markdown]
# A last digit here, a last digit there, through 30 blocks: enough to make two programs with the same weights write different texts. So the library follows each family's own order.

# %% [markdown]
# ## 3. Before or after? A matter of place
#
# Where does the norm stand? In 2017 it stood on the stream itself, after each addition: [**post-norm**](../book/glossary.md#post-norm). Today it stands at the entrance of each part, and the stream runs past it: [**pre-norm**](../book/glossary.md#pre-norm).
#
# $$\text{post: } x \leftarrow \text{norm}\big(x + f(x)\big) \qquad\qquad \text{pre: } x \leftarrow x + f\big(\text{norm}(x)\big)$$
#
# Look at the highway in both lines. Which of them leaves it open? In the pre line $x$ travels on untouched. In the post line everything has to pass through every norm. It looks like a detail, so let us train both.
#
# Our track for this and all further races: the letters of Shakespeare, 32 of them at a time, and a very small model that has to guess each next letter. Three plays' worth of letters is far more than we will read.

# %%
text = shakespeare()[:400_000]
letters = sorted(set(text))
place = {letter: i for i, letter in enumerate(letters)}
book = torch.tensor([place[letter] for letter in text])
T = 32
torch.set_num_threads(1)  # with matrices as small as these, a second thread only gets in the way


def windows(count, seed):
    starts = torch.randint(len(book) - T, (count,), generator=torch.Generator().manual_seed(seed))
    return book[starts[:, None] + torch.arange(T + 1)]  # [count, T + 1]


shares = book.bincount() / len(book)
by_frequency = float(-(shares * shares.log()).nansum())
blindly = math.log(len(letters))
print(f"{len(letters)} different letters; guessing blindly costs ln {len(letters)} = {blindly:.2f}")
print(f"knowing how frequent each letter is: {by_frequency:.2f}")

# %% [markdown]
# The loss is the mean of $-\ln p$ over the letters that came, the logarithm of lesson 01's perplexity. 4.2 is no idea at all. A model that has found out that *e* is frequent and *z* is rare, and nothing else, reaches the second number. To get below it a model must look at the letters before.


# %%
def loss_of(model, batch):
    logits = model(batch[:, :-1])  # [B, T, V]
    return F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())


def train(model, steps=80, lr=0.006, size=4):
    """Train on the same windows as everybody; the losses on the way and the loss on other text."""
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
    losses = []
    for batch in windows(steps * size, seed=1).split(size):
        loss = loss_of(model, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    with torch.no_grad():
        return losses, float(loss_of(model.eval(), windows(64, seed=2)))


def start_afresh(model, std):
    """Random matrices, drawn in 64 bits: so they are the same on every processor."""
    for matrix in model.double().parameters():
        if matrix.dim() == 2:
            nn.init.normal_(matrix, std=std)


def build(config, seed):
    fresh = Transformer(config)
    torch.manual_seed(seed)
    start_afresh(fresh, config.initializer_range)
    return fresh


def change(config, **fields):
    """The config with some fields changed, and the lists that have an entry for each layer made anew."""
    return replace(config, **{"layer_types": None, "no_rope_layers": None} | fields)


plain_config = ModelConfig(
    vocab_size=len(letters),
    hidden_size=32,
    intermediate_size=128,
    num_hidden_layers=2,
    num_attention_heads=4,
    norm_type="layer",
    hidden_act="gelu",
    gated_mlp=False,
    initializer_range=32**-0.5,
)

# %%
curves, ends = {}, {}
for depth in (2, 6):
    for where in ("pre", "post"):
        config = change(plain_config, norm_placement=where, num_hidden_layers=depth)
        runs = [train(build(config, seed), steps=50) for seed in (0, 1)]
        curves[depth, where] = torch.tensor([losses for losses, _ in runs]).mean(0)  # [steps]
        ends[depth, where] = [end for _, end in runs]
        print(f"{depth} blocks, {where:4}: {', '.join(f'{end:.2f}' for end in ends[depth, where])}")

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.5, 3), sharey=True)
for ax, depth in zip(axes, (2, 6), strict=True):
    for where in ("pre", "post"):
        smooth = curves[depth, where].unfold(0, 6, 1).mean(-1)
        ax.plot(range(6, 51), smooth, label=f"{where}-norm", markevery=9)
    ax.axhline(by_frequency, color="black", linestyle=":", marker="")
    ax.set(xlabel="step", title=f"{depth} blocks")
axes[0].set_ylabel("loss")
axes[0].text(50, by_frequency + 0.02, "letter frequencies", ha="right")
axes[1].legend()
show(
    fig,
    alt="Two panels of loss over 50 steps. With 2 blocks both placements fall below the line "
    "of letter frequencies, post-norm a little lower. With 6 blocks pre-norm falls below "
    "the line and post-norm stays above it.",
)

# %% [markdown]
# At two blocks post-norm is ahead. At six it never gets past the frequencies of the letters, with the same data, the same seeds and the same step size. Nothing raises an error. The loss goes down a little and stays.
#
# Was post-norm a blunder, then? The models of 2017 were trained with it, but with a crutch: the step size starts at nearly nothing and grows over some thousand steps, the [**warm-up**](../book/glossary.md#warm-up). [Xiong and others](https://arxiv.org/abs/2002.04745) later showed why post-norm needs it and pre-norm gets by without. Our race is far too short for a warm-up, so take from it only this: with pre-norm, depth comes for free.
#
# One debt comes with pre-norm. The stream is never normalised on its way, so a last norm must stand behind the last block, before the scores. It is the norm we used to look early, in the very first cell.

# %% [markdown]
# ## 4. The feed-forward network: thinking alone
#
# After listening comes thinking. The feed-forward network takes one token's vector, widens it, bends it, and narrows it again. By hand, from 2 numbers to 3 and back: let $x = (1, -2)$.
#
# 1. Widen: three questions are put to $x$, each a dot product with a row of the first matrix: $(1, 0) \to 1$, $(0, 1) \to -2$, $(1, 1) \to -1$.
# 2. Bend: negative answers become 0. This is [**ReLU**](../book/glossary.md#relu), the activation of 2017. Left: $(1, 0, 0)$.
# 3. Narrow: each surviving answer brings its own column of the second matrix. Only the first brings anything; its column, say $(5, 6)$, is what the network adds to the stream.
#
# $$\text{FFN}(x) = W_2\, \text{act}(W_1 x)$$
#
# Why bend at all? Without step 2 the two matrices are one matrix, $W_2 W_1$, and the widening was for nothing.


# %%
def plain_linear(x, weight, bias=None):
    y = x @ weight.T  # [..., F]
    return y if bias is None else y + bias


first, second = torch.tensor([[1.0, 0], [0, 1], [1, 1]]), torch.tensor([[5.0, 7, 9], [6, 8, 10]])
x = torch.tensor([1.0, -2.0])
print("widened ", plain_linear(x, first).tolist())
print("bent    ", plain_linear(x, first).relu().tolist())
print("narrowed", plain_linear(plain_linear(x, first).relu(), second).tolist())
straight = plain_linear(plain_linear(x, first), second)
print("unbent, the same as one matrix:", torch.equal(straight, (second @ first) @ x))

# %% [markdown]
# Each of the $F$ places in the middle is called a **neuron**. The bend has been refined since. ReLU has a corner at 0, and a neuron that is below 0 for every input has the slope 0 everywhere: it never learns again. [**GELU**](../book/glossary.md#gelu) rounds the corner. It multiplies $x$ with $\Phi(x)$, the share of a bell curve that lies below $x$: far left that is 0, far right 1. $\Phi$ was slow to compute, so GPT-2 and others took a formula with tanh in its place. And [**SiLU**](../book/glossary.md#silu), $x$ times its sigmoid, is a third curve of this kind. How different are they?


# %%
def plain_gelu(x):
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))


def plain_gelu_tanh(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


line = torch.linspace(-5, 5, 2001, dtype=torch.float64)
gap = plain_gelu_tanh(line) - plain_gelu(line)
furthest = abs(line[gap.abs().argmax()])
print(f"exact and tanh: largest difference {gap.abs().max():.2e}, near x = {furthest:.1f}")
same = torch.allclose(plain_gelu(line), F.gelu(line))
same_tanh = torch.allclose(plain_gelu_tanh(line), F.gelu(line, approximate="tanh"))
print("as torch's:", same, same_tanh)

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.5, 2.9))
for name, curve in {"ReLU": line.relu(), "GELU": plain_gelu(line), "SiLU": F.silu(line)}.items():
    axes[0].plot(line, curve, label=name, markevery=200)
axes[0].set(xlim=(-4, 3), ylim=(-0.6, 3), xlabel="in", ylabel="out", title="Three bends")
axes[0].legend()
axes[1].plot(line, gap * 1e4, marker="")
axes[1].set(xlabel="in", ylabel="difference × 10,000", title="GELU: tanh formula minus exact")
show(
    fig,
    alt="Left, three curves: ReLU with a corner at 0, GELU and SiLU rounded and slightly "
    "below 0 for small negative inputs. Right, the difference of the two GELU formulas: "
    "waves of at most 5 ten-thousandths.",
)

# %% [markdown]
# Five ten-thousandths look like nothing. But it is an error, not noise: it is the same in every neuron, and a model that was trained with one formula and runs with the other is slightly wrong everywhere. The library has both, under the names that model files use, `"gelu"` and `"gelu_pytorch_tanh"`.
#
# The next step changed more. Until now a neuron asks one question and its answer is also how loud it speaks. [**SwiGLU**](../book/glossary.md#swiglu) gives each neuron two questions. One is the **gate**: is this my business? It is bent by SiLU. The other is what to say. They are multiplied.
#
# $$\text{SwiGLU}(x) = W_{\text{down}} \big( \text{silu}(W_{\text{gate}}\, x) \odot W_{\text{up}}\, x \big)$$
#
# By hand, for one neuron: the gate's answer is 2, and silu(2) = 1.76; the other answer is −3; the neuron passes on −5.28. A neuron can now say no as loudly as yes. If the gate's answer is −6, silu makes of it −0.01, and whatever the other says hardly counts.


# %%
def plain_swiglu(x, gate, up, down):
    return plain_linear(F.silu(plain_linear(x, gate)) * plain_linear(x, up), down)


for asked in (2.0, -6.0):
    opened = float(F.silu(torch.tensor(asked)))
    print(f"gate {asked:4}: silu {opened:.2f}, times -3 is {opened * -3:.2f}")

# %%
show_source(FeedForward)

# %%
settings = {"vocab_size": 1, "hidden_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2}
rows = torch.randn(500, 24, generator=generator)  # [500, C]
gated = FeedForward(ModelConfig(**settings, intermediate_size=64))
ours = plain_swiglu(rows, gated.gate_proj.weight, gated.up_proj.weight, gated.down_proj.weight)
print(f"SwiGLU, largest difference on 500 rows: {(ours - gated(rows)).abs().max():.4f}")
plain = {"hidden_act": "gelu_pytorch_tanh", "gated_mlp": False, "mlp_bias": True}
old = FeedForward(ModelConfig(**settings, intermediate_size=96, **plain))
inner = plain_gelu_tanh(plain_linear(rows, old.up_proj.weight, old.up_proj.bias))  # [500, F]
ours = plain_linear(inner, old.down_proj.weight, old.down_proj.bias)
print(f"GPT-2's, largest difference on 500 rows: {(ours - old(rows)).abs().max():.4f}")

# %% [markdown]
# What does the hardened one add? It is all of these networks in one class, chosen by three fields of the config, and without gradients it reuses the gate's memory, since in a long text the middle is the largest thing that a block ever holds.
#
# How wide should the middle be? In 2017 it was $4C$: two matrices of $4C^2$ numbers each. SwiGLU has three matrices. To cost the same its middle must be narrower: $3 \cdot C \cdot F = 8 C^2$, so $F = \frac83 C$.

# %%
for name in ("smollm2-135m", "llama-2-7b", "mistral-7b-v0.1"):
    config = ModelConfig.preset(name)
    C, width = config.hidden_size, config.intermediate_size
    print(f"{name:16} F = {width:6,} = {width / C:.2f} C, and 8/3 C would be {8 / 3 * C:9,.1f}")

# %% [markdown]
# SmolLM2 follows the rule to the digit, Llama 2 rounds up, Mistral spends more.
#
# Last, *alone*: is it true that no token looks at another here? Shuffle the tokens, and their results should be shuffled in just the same way.

# %%
order = torch.randperm(500, generator=generator)
same = torch.allclose(gated(rows[order]), gated(rows)[order], atol=1e-6)
print("shuffled in, shuffled out:", same)

# %% [markdown]
# ## 5. What is stored there?
#
# Look at the three steps again: question, bend, column. A neuron has a *key*, the direction in which it asks, and a *value*, the column that it adds to the stream when the answer is strong. So the network can be read as a memory with $F$ entries, [key and value](https://arxiv.org/abs/2012.14913), looked up by similarity. It is a reading, not a law. Let us try it on the real model.
#
# The value of a neuron is a vector in the stream. What it would do to the scores we can see at once: send it alone through the last norm's weights and the output matrix, and list the words it raises most. Here are four neurons that a search has found, and a fifth that nobody chose: number 0 of layer 20.

# %%
frequent = {i: tokenizer.decode([i]) for i in range(300, 12_000)}
ordinary = torch.tensor(
    [i for i, word in frequent.items() if word[0] == " " and word[1:].isalpha()]
)


def raised_by(layer, neuron, sign=1, count=6):
    """The common words whose scores this neuron raises most when its activation has this sign."""
    value = blocks[layer].mlp.down_proj.weight[:, neuron]  # [C]
    scores = model.lm_head.weight[ordinary] @ (model.model.norm.weight * value)  # [V']
    return [visible(ordinary[i]).strip("␣") for i in (sign * scores).topk(count).indices]


weather, counting, months, warmth, unchosen = (23, 622), (26, 1519), (22, 610), (25, 11), (20, 0)
for sign, cards in {1: (weather, counting), -1: (months, warmth, unchosen)}.items():
    for layer, neuron in cards:
        print(
            f"layer {layer}, neuron {neuron:4}, {sign:+}: {', '.join(raised_by(layer, neuron, sign))}"
        )

# %% [markdown]
# The first four have a subject. (Layers are counted from 0, as the code does.) The fifth is like most: a handful of syllables that nobody would put together. Keep that in mind before you believe that a network is a neat card index. In front of you are the four prettiest cards of tens of thousands.
#
# Now the key. Which words excite the counting neuron? We feed it some sentences and record its activation at every token.

# %%
sentences = [
    "One, two, three, four, five.",
    "Monday, Tuesday, Wednesday, Thursday.",
    "January, February, March, April.",
    "A fever of forty is dangerous.",
    "Water boils at one hundred degrees.",
    "She put on a warm coat because it was freezing outside.",
    "The cat is sleeping on the red chair.",
    "He plays the guitar in a small band.",
    "The parliament voted on the new law.",
]


def activations(sentence, layer, neuron):
    """The tokens of a sentence and how strongly each excites one neuron."""
    seen = []
    narrow = blocks[layer].mlp.down_proj
    hook = narrow.register_forward_pre_hook(lambda part, given: seen.append(given[0]))
    ids = tokenizer.encode(sentence)
    with torch.no_grad():
        model(torch.tensor([ids]))
    hook.remove()
    return ids, seen[0][0, :, neuron]  # [T]


def excite(layer, neuron, count=6):
    found = []
    for sentence in sentences:
        ids, strengths = activations(sentence, layer, neuron)
        found += [(float(strengths[t]), tokenizer.decode(ids[: t + 1])) for t in range(1, len(ids))]
    return sorted(found, key=lambda pair: -abs(pair[0]))[:count]


for strength, so_far in excite(*counting):
    print(f"counting  {strength:6.1f}  {so_far}|")
print(f"unchosen  {abs(excite(*unchosen)[0][0]):6.1f}  at most, anywhere")

# %%
fig, axes = plt.subplots(3, 1, figsize=(7.5, 4.6))
for ax, sentence in zip(axes, (sentences[0], sentences[3], sentences[6]), strict=True):
    ids, strengths = activations(sentence, *counting)
    ax.bar(range(1, len(ids)), strengths[1:])
    ax.set_xticks(range(1, len(ids)), [visible(i) for i in ids[1:]])
    ax.set(ylim=(-2, 14), ylabel="activation")
    ax.grid(axis="x", visible=False)
axes[0].set_title("The counting neuron waits for the comma")
show(
    fig,
    alt="Three bar charts of one neuron's activation along a sentence. In one, two, three, "
    "four, five it stands at about 12 on the commas and low on the numbers; in a fever of"
    " forty it rises on forty; for the sleeping cat it stays near 0.",
)

# %% [markdown]
# It does not mean "number". On the numbers themselves it is quiet, and on the comma *after* a number it shouts: a number comes next. That fits its place near the top: up here the stream is about the next word. Also *a fever of forty* excites it, and there no number has to come next. Keys are directions, and directions have neighbours.
#
# Does the model need its neurons? Silence one and look at the word it should be for.


# %%
def chance_of(word, text, silent=None):
    def silence(part, given):
        x = given[0].clone()
        x[..., silent[1]] = 0
        return (x,)

    if silent:
        hook = blocks[silent[0]].mlp.down_proj.register_forward_pre_hook(silence)
    with torch.no_grad():
        chances = model(torch.tensor([tokenizer.encode(text)]))[0, -1].softmax(-1)  # [V]
    if silent:
        hook.remove()
    return float(chances[tokenizer.encode(word)[0]])


trials = [
    (" four", "One, two, three,", counting),
    (" rain", "He opened his umbrella because of the", weather),
    (" March", "January, February,", months),
    (" cold", prompt, warmth),
]
for word, text, neuron in trials:
    whole, without = chance_of(word, text), chance_of(word, text, neuron)
    print(f"{text}{word}: {whole:.1%}, without the neuron {without:.1%}")

# %% [markdown]
# Three times the reading holds: one neuron out of tens of thousands gone, and a good part of the chance with it. The fourth time it fails. The warmth neuron raises *cold*, and yet without it *cold* gets likelier, because it raises *warm* and *cool* as well, and the chances are shared. What a neuron writes and what it is good for are two questions. The second is only answered by taking it away.

# %% [markdown]
# ## 6. Dropout, and where it went
#
# In 2017 one more thing stood behind every part. [**Dropout**](../book/glossary.md#dropout) sets each number to 0 with a small probability, 0.1 in that paper, while the model is trained. A network that can't rely on any single neuron must spread what it knows. The others are divided by 0.9, so that the sum stays the same on average. After training nothing is dropped.


# %%
def plain_dropout(x, p, generator):
    kept = torch.rand(x.shape, generator=generator) >= p
    return x * kept / (1 - p)


generator = torch.Generator().manual_seed(0)
ones = plain_dropout(torch.ones(100_000), 0.1, generator)
print("values:", [round(float(value), 2) for value in ones.unique()])
print(f"dropped {(ones == 0).float().mean():.1%}, mean {ones.mean():.2f}")

# %% [markdown]
# Today's large models have none; the configs of Llama, Mistral and Qwen set it to 0. Dropout is medicine against learning a text by heart, and a model that reads everything once has no text to learn by heart. It comes back in fine-tuning, where a small set is read many times. Let us see both sides with the same small model: once every window is new, once it is given the same 8 windows again and again.


# %%
def add_dropout(model, p, seed=0):
    """Make every part of every block drop some of what it adds, while the model is in training mode."""
    generator = torch.Generator().manual_seed(seed)
    for block in model.model.layers:
        for part in (block.self_attn, block.mlp):
            part.register_forward_hook(
                lambda part, _, out: plain_dropout(out, p, generator) if part.training else out
            )
    return model


def train_on_few(model, steps=30):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.006, fused=True)
    few = windows(8, seed=1)
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(model, few).backward()
        optimizer.step()
    with torch.no_grad():
        return float(loss_of(model.eval(), windows(64, seed=2)))


for p in (0.0, 0.3):
    new = [train(add_dropout(build(plain_config, seed), p), steps=60)[1] for seed in (0, 1)]
    few = [train_on_few(add_dropout(build(plain_config, seed), p)) for seed in (0, 1)]
    print(f"dropout {p}: new windows {sum(new) / 2:.2f}, the same 8 windows {sum(few) / 2:.2f}")

# %% [markdown]
# With new text at every step dropout only gets in the way. With eight windows, the model without dropout has learned them by heart and is worse on other text than blind guessing, which costs ln 65. Dropout softens that; it does not cure it. More text does.

# %% [markdown]
# ## 7. Initialisation: how loud is a new block?
#
# Before training all matrices are random, and their size is our choice. A matrix with $C$ inputs, each about 1, adds up $C$ random terms. If its entries have the deviation $1/\sqrt C$, its outputs are about 1 again. (Variances add: $C$ terms of $1/C$ each.) That settles one matrix. What about 64 blocks, each adding something of about size 1 to the stream, twice?
#
# Variances add here too. With pre-norm every part adds about 1 to the variance, so after $L$ blocks it is about $1 + 2L$ and the stream has grown by its root. GPT-2 therefore made the last matrix of each part smaller, by $1/\sqrt{2L}$: then all $2L$ notes together add about 1. Predict the four lines before you look: no norm at all, post-norm, pre-norm, pre-norm with smaller output matrices.


# %%
def loudness(depth, where="pre", smaller=False, norms=True):
    """The root mean square of the stream before the first and after every block of a new model."""
    size = {"hidden_size": 64, "intermediate_size": 256, "num_hidden_layers": depth}
    fresh = build(change(plain_config, **size, norm_placement=where, initializer_range=64**-0.5), 0)
    x = torch.randn(1, T, 64, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    found = [float(x.square().mean().sqrt())]
    for block in fresh.model.layers:
        if not norms:
            block.input_layernorm = block.post_attention_layernorm = nn.Identity()
        if smaller:
            block.self_attn.o_proj.weight.data /= math.sqrt(2 * depth)
            block.mlp.down_proj.weight.data /= math.sqrt(2 * depth)
        with torch.no_grad():
            x = block(x)
        found.append(float(x.square().mean().sqrt()))
    return found


depths = (2, 4, 8, 16, 32, 64)
kinds = {
    "no norm": {"norms": False},
    "pre-norm": {},
    "pre-norm, outputs / √(2L)": {"smaller": True},
    "post-norm": {"where": "post"},
}
ends_at = {
    kind: [loudness(depth, **options)[-1] for depth in depths] for kind, options in kinds.items()
}
print("blocks".ljust(28), *(f"{depth:7}" for depth in depths))
for kind, values in ends_at.items():
    row = (f"{value:7.1f}" if value < 1000 else f"{value:7.0e}" for value in values)
    print(kind.ljust(28), *row)
print("√(1 + 2L)".ljust(28), *(f"{math.sqrt(1 + 2 * depth):7.1f}" for depth in depths))

# %%
fig, ax = plt.subplots()
for kind, values in ends_at.items():
    ax.plot(depths, values, label=kind)
ax.set(
    xscale="log",
    yscale="log",
    ylim=(0.3, 1e4),
    xlabel="blocks",
    ylabel="RMS of the stream at the end",
    title="How loud the stream gets before anything is learned",
)
ax.set_xticks(depths, depths)
ax.minorticks_off()
ax.legend()
show(
    fig,
    alt="Four lines over 2 to 64 blocks, both axes logarithmic. Without norms the stream "
    "explodes and leaves the picture; pre-norm grows like a root to about 11; pre-norm "
    "with smaller outputs and post-norm stay near 1.",
)

# %% [markdown]
# Without norms the loudness multiplies from block to block; at 16 blocks it is already more than float16 can hold. With pre-norm it grows like a root, slowly enough to live with. With the smaller matrices it ends near the same value however deep the model is. Post-norm is at exactly 1 by force. This is why a config has an `initializer_range`, and why forgetting it goes unnoticed until a model gets deep.

# %% [markdown]
# ## 8. Three ways to stack: encoder, decoder, both
#
# All blocks are alike. What kind of model they make is decided by who may see whom.
#
# - An [**encoder**](../book/glossary.md#encoder) reads: every token sees all others, also those to come. BERT is one. It is made for judging and comparing texts, and the sentence vectors of lesson 14 come from one.
# - A [**decoder**](../book/glossary.md#decoder) writes: a token sees only itself and what stands before it, so that each position can be asked for the next word. GPT, Llama, Mistral and our SmolLM2 are decoders.
# - An **encoder-decoder** does both: an encoder reads the source, a decoder writes, and each of its blocks has a third part, cross attention (lesson 04), which looks into the source. The transformer of 2017 was this kind, made for translation; T5 is another.

# %%
grids = {
    "encoder": torch.ones(5, 5),
    "decoder": causal_mask(5, 5).double(),
    "cross attention": torch.ones(4, 5),
}
fig, axes = plt.subplots(1, 3, figsize=(7.5, 2.6))
for ax, (name, grid) in zip(axes, grids.items(), strict=True):
    ax.imshow(1 - 0.3 * grid, cmap="gray", vmin=0, vmax=1)
    for i, j in grid.nonzero():
        ax.text(j, i, "sees", ha="center", va="center", fontsize=7)
    ax.set(title=name, xlabel="token that is seen", xticks=range(5), yticks=range(len(grid)))
    ax.grid(visible=False)
axes[0].set_ylabel("token that asks")
axes[2].set(xlabel="token of the source", ylabel="token of the target")
show(
    fig,
    alt="Three grids. In the encoder every token sees every token. In the decoder each sees "
    "itself and those before it, a lower triangle. In cross attention each of 4 target "
    "tokens sees all 5 source tokens.",
)

# %% [markdown]
# The library's `Block` is all of them; the mask makes the difference. Change the last of five words, and see whose vector changes.

# %%
torch.manual_seed(0)
block = Block(plain_config, 0)
words = torch.randn(1, 5, 32)
changed = words.clone()
changed[0, -1] = torch.randn(32)
everybody = torch.ones(5, 5, dtype=torch.bool)
for name, mask in {"encoder": everybody, "decoder": causal_mask(5, 5)}.items():
    moved = (block(words, mask=mask) - block(changed, mask=mask)).abs().amax(-1)[0] > 1e-6  # [T]
    print(f"{name}: changed are the words", [i for i in range(5) if moved[i]])

# %% [markdown]
# And a decoder block with a view of a source: three parts, all of which add. The source is what an encoder made of another text.

# %%
cross = Attention(plain_config, 0)


def seq2seq_block(x, source):
    x = x + block.self_attn(block.input_layernorm(x))
    x = x + cross(F.layer_norm(x, (32,)), memory=source)
    return x + block.mlp(block.post_attention_layernorm(x))


target, source, other = torch.randn(1, 4, 32), torch.randn(1, 5, 32), torch.randn(1, 5, 32)
moved = (seq2seq_block(target, source) - seq2seq_block(target, other)).abs().amax(-1)[0] > 1e-6
print("another source changes the target's words", [i for i in range(4) if moved[i]])

# %% [markdown]
# ## 9. Side by side: 2017 and Mistral
#
# You now have every part. Here are two complete blocks, the one of *Attention is all you need* and the one of Mistral 7B, six years later. Read both from the bottom up. The thick line is the stream. Letters mark what has changed.


# %%
def box(ax, x, y, text, tag, width=3.1):
    height = 0.3 + 0.34 * len(text.splitlines())
    corner, shape = (x - width / 2, y - height / 2), "round,pad=0.04"
    ax.add_patch(FancyBboxPatch(corner, width, height, shape, facecolor="white", zorder=3))
    ax.text(x, y, text, ha="center", va="center", fontsize=7.5, zorder=4)
    ax.text(x + width / 2 + 0.12, y, tag, va="center", fontsize=8, fontweight="bold")


def side_branch(ax, low, high, *boxes):
    """A part: leaves the stream at `low`, passes its boxes, is added at `high`."""
    ax.plot([0.6, 2.9, 2.9, 0.6], [low, low, high, high], "k-", linewidth=1, marker="")
    ax.plot(0.6, high, "ko", markersize=13, markerfacecolor="white")
    ax.text(0.6, high, "+", ha="center", va="center", fontsize=11)
    for y, text, tag in boxes:
        box(ax, 2.9, y, text, tag)


def column(ax, title, note):
    ax.plot([0.6, 0.6], [0.3, 12.6], "k-", linewidth=3.5, marker="", solid_capstyle="butt")
    ax.plot(0.6, 12.7, "k^", markersize=9)
    ax.text(0.15, -0.15, note, fontsize=7.5, va="top")
    ax.set(xlim=(-1.0, 5.4), ylim=(-1.3, 13.2), title=title)
    ax.axis("off")


old_attention = "attention\n8 heads with their own keys\nbiases; sees everything before"
new_attention = (
    "attention\nqueries and keys turned\n32 heads share 8 keys\nno biases; sees 4096 back"
)
old_thinking = "feed-forward\nwiden to 4 C, ReLU, narrow\nbiases"
new_thinking = "feed-forward\nSwiGLU, 3.5 C\nno biases"
drop = "dropout 0.1"

fig, (left, right) = plt.subplots(1, 2, figsize=(7.6, 6.6))
column(
    left,
    "2017: Attention is all you need",
    "c  positions: sines, added once,\n    below all blocks",
)
side_branch(left, 0.9, 4.6, (2.1, old_attention, "e f g"), (3.6, drop, "h"))
box(left, 0.6, 5.7, "LayerNorm", "a b", width=2.1)
side_branch(left, 6.7, 10.5, (7.9, old_thinking, "d e"), (9.4, drop, "h"))
box(left, 0.6, 11.6, "LayerNorm", "a b", width=2.1)
column(right, "2023: Mistral 7B", "c  positions: in attention,\n    queries and keys are turned")
side_branch(right, 0.9, 5.7, (1.9, "RMSNorm", "a b"), (3.9, new_attention, "c e f g"))
side_branch(right, 6.7, 11.5, (7.7, "RMSNorm", "a b"), (9.7, new_thinking, "d e"))
show(
    fig,
    alt="Two block diagrams. In 2017 attention with dropout is added to the stream, then a "
    "LayerNorm stands on the stream, then feed-forward with ReLU and dropout is added, "
    "then another LayerNorm. In Mistral the stream is bare: RMSNorm and attention, then "
    "RMSNorm and SwiGLU, each on a side branch that is added.",
)

# %% [markdown]
# Eight differences: **a** the kind of norm, **b** its place, **c** positions, **d** the activation, **e** biases, **f** heads, **g** the window, **h** dropout. What has *not* changed is the skeleton: attend, add, think, add.
#
# In code the two are about equally short. Weights come as a dict under the names that Hugging Face uses, so that later any published model fits.


# %%
def plain_attention(x, w, heads, kv_heads, mask, turn=None):
    def project(name, count):
        full = f"self_attn.{name}_proj"
        y = plain_linear(x, w[f"{full}.weight"], w.get(f"{full}.bias"))  # [B, T, H D or G D]
        return y.unflatten(-1, (count, -1)).transpose(1, 2)  # [B, H or G, T, D]

    query, key, value = project("q", heads), project("k", kv_heads), project("v", kv_heads)
    if turn is not None:
        query, key = apply_rope(query, turn), apply_rope(key, turn)
    key = key.repeat_interleave(heads // kv_heads, dim=1)  # [B, H, T, D]
    value = value.repeat_interleave(heads // kv_heads, dim=1)  # [B, H, T, D]
    scores = query @ key.mT / math.sqrt(query.shape[-1])  # [B, H, T, T]
    shares = scores.masked_fill(~mask, -math.inf).softmax(-1)
    mixed = (shares @ value).transpose(1, 2).flatten(2)  # [B, T, C]
    return plain_linear(mixed, w["self_attn.o_proj.weight"], w.get("self_attn.o_proj.bias"))


# %%
def block_2017(x, w, heads, mask):
    def layer_norm(x, name):
        return plain_layer_norm(x, w[f"{name}.weight"], w[f"{name}.bias"])

    x = layer_norm(x + plain_attention(x, w, heads, heads, mask), "post_attention_layernorm")
    inner = plain_linear(x, w["mlp.up_proj.weight"], w["mlp.up_proj.bias"]).relu()  # [B, T, F]
    thought = plain_linear(inner, w["mlp.down_proj.weight"], w["mlp.down_proj.bias"])  # [B, T, C]
    return layer_norm(x + thought, "post_feedforward_layernorm")


def block_mistral(x, w, heads, kv_heads, mask, turn):
    heard = plain_rms_norm(x, w["input_layernorm.weight"])
    x = x + plain_attention(heard, w, heads, kv_heads, mask, turn)
    heard = plain_rms_norm(x, w["post_attention_layernorm.weight"])
    gate, up, down = (w[f"mlp.{name}_proj.weight"] for name in ("gate", "up", "down"))
    return x + plain_swiglu(heard, gate, up, down)


# %% [markdown]
# (Dropout is left out: at rest it does nothing.) In the library both are the same class. What differs is the config. Two of the names that the class can choose, `LatentAttention` and `MixtureOfExperts`, belong to later models, and lessons 10 and 11 build them:

# %%
show_source(Block)

# %%
vaswani = ModelConfig(
    vocab_size=37_000,
    hidden_size=512,
    intermediate_size=2048,
    num_hidden_layers=6,
    num_attention_heads=8,
    position_embedding_type="sinusoidal",
    norm_type="layer",
    norm_placement="post",
    hidden_act="relu",
    gated_mlp=False,
    attention_bias=True,
    mlp_bias=True,
)
mistral = ModelConfig.preset("mistral-7b-v0.1")
print(f"{'':26}{'2017':>12}{'Mistral':>12}")
elsewhere = ("vocab_size", "max_position_embeddings", "attention_output_bias")
for field, value in vars(vaswani).items():
    other = getattr(mistral, field)
    if "layer" in field or "token" in field or field in elsewhere:
        continue
    if value != other or "heads" in field:
        print(f"{field:26}{value!s:>12}{other!s:>12}")
with torch.device("meta"):  # shapes only: Mistral's block would fill 0.9 GB
    for name, config in {"2017": vaswani, "Mistral": mistral}.items():
        count = sum(p.numel() for p in Block(config, 0).parameters())
        print(f"one block of {name}: {count:,} learned numbers")

# %% [markdown]
# (One honest footnote to **e**: the paper itself writes biases only in the feed-forward network. BERT and torch's own layer have them everywhere, and that is what we compare with.)
#
# Now the proof. For 2017 there is a witness that nobody here wrote, torch's `torch.nn.TransformerEncoderLayer`. We take its weights, give them to the plain block and to the library's, and compare on random input. For Mistral the plain block meets the library's with a window that really cuts, 5 tokens of 19.


# %%
def rename(layer):
    """The weights of torch's layer under our names."""
    attention = layer.self_attn
    w = {}
    for kind in ("weight", "bias"):
        thirds = getattr(attention, f"in_proj_{kind}").chunk(3)  # torch keeps q, k and v in one
        w |= {f"self_attn.{n}_proj.{kind}": part for n, part in zip("qkv", thirds, strict=True)}
        w[f"self_attn.o_proj.{kind}"] = getattr(attention.out_proj, kind)
        w[f"mlp.up_proj.{kind}"] = getattr(layer.linear1, kind)
        w[f"mlp.down_proj.{kind}"] = getattr(layer.linear2, kind)
        w[f"post_attention_layernorm.{kind}"] = getattr(layer.norm1, kind)
        w[f"post_feedforward_layernorm.{kind}"] = getattr(layer.norm2, kind)
    return w


torch.manual_seed(0)
witness = nn.TransformerEncoderLayer(24, 3, 40, dropout=0.0, batch_first=True, dtype=torch.float64)
for parameter in witness.parameters():
    nn.init.normal_(parameter)
x = torch.randn(2, 19, 24, dtype=torch.float64)
w, seen = rename(witness), causal_mask(19, 19)
sizes = {"hidden_size": 24, "head_dim": 8, "intermediate_size": 40}
small = change(vaswani, **sizes, num_attention_heads=3, num_key_value_heads=3)
library = Block(small, 0).double()
library.load_state_dict(w)
expected = witness(x, src_mask=~seen)
print(f"2017, plain and torch:      {(block_2017(x, w, 3, seen) - expected).abs().max():.10f}")
print(f"2017, library and torch:    {(library(x, mask=seen) - expected).abs().max():.10f}")

# %%
small = change(mistral, **sizes, num_attention_heads=6, num_key_value_heads=2, sliding_window=5)
library = Block(small, 0).double()
for parameter in library.parameters():
    nn.init.normal_(parameter)
turn = rotation(torch.arange(19), rope_frequencies(small), small.rope_pairing)
ours = block_mistral(x, library.state_dict(), 6, 2, sliding_window_mask(19, 19, 5), turn)
print(f"Mistral, plain and library: {(ours - library(x, turn)).abs().max():.10f}")

# %% [markdown]
# ## 10. On real weights
#
# SmolLM2 has no window, and in everything else its blocks are Mistral's. So our plain block must be able to run it, all 30 layers with their trained weights. No class of the library is involved but the look-up at the bottom and the matrix at the top.

# %%
config = model.config
opening = "My car has four wheels, two doors and no roof, so when it"
text_ids = torch.tensor([tokenizer.encode(opening)])
length = text_ids.shape[1]
turn = rotation(torch.arange(length), rope_frequencies(config), config.rope_pairing)
seen = causal_mask(length, length)
with torch.no_grad():
    x = model.model.embed_tokens(text_ids)  # [1, T, C]
    for block in blocks:
        x = block_mistral(x, block.state_dict(), 9, 3, seen, turn)
    logits = model.lm_head(plain_rms_norm(x, model.model.norm.weight))  # [1, T, V]
    expected = model(text_ids)
print("next word:", visible(logits[0, -1].argmax()))
print("all scores agree with the library's to 0.001:", torch.allclose(logits, expected, atol=1e-3))

# %% [markdown]
# You have written the body of a real language model. Lesson 06 puts head and feet on it.
#
# ## 11. What is each difference worth?
#
# Everybody has an opinion. We have a race track. The start is the 2017 block, two of them, with our letters. Then we turn *one* switch at a time to where Mistral has it; SwiGLU gets the width that costs the same. Every variant is trained from three different random starts, on the same windows in the same order, and judged by its loss on text that it has not seen.

# %%
small_2017 = change(
    plain_config,
    position_embedding_type="sinusoidal",
    embedding_multiplier=32**0.5,
    norm_placement="post",
    hidden_act="relu",
    attention_bias=True,
    mlp_bias=True,
)
switches = {
    "a  RMSNorm": {"norm_type": "rms"},
    "b  pre-norm": {"norm_placement": "pre"},
    "c  rotary positions": {"position_embedding_type": "rotary"},
    "d  SwiGLU": {"hidden_act": "silu", "gated_mlp": True, "intermediate_size": 85},
    "e  no biases": {"attention_bias": False, "attention_output_bias": False, "mlp_bias": False},
    "f  4 heads share 2 keys": {"num_key_value_heads": 2},
    "g  window of 8": {"sliding_window": 8},
}
everything = {field: value for fields in switches.values() for field, value in fields.items()}
variants = {"2017": {}} | switches | {"h  no dropout": {}, "all eight: Mistral": everything}


def race(name, seed):
    racer = build(change(small_2017, **variants[name]), seed)
    if name not in ("h  no dropout", "all eight: Mistral"):
        add_dropout(racer, 0.1, seed)
    return train(racer)[1]


results = {name: torch.tensor([race(name, seed) for seed in range(3)]) for name in variants}
gains = {name: results["2017"] - ends for name, ends in results.items() if name != "2017"}
print(f"2017: loss {results['2017'].mean():.2f}")
for name, gain in gains.items():
    count = costs.num_parameters(change(small_2017, **variants[name]))
    mean, error = round(float(gain.mean()), 2) + 0.0, gain.std() / 3**0.5
    print(f"{name:24} {count:7,} numbers   better by {mean:5.2f} ± {error:.2f}")
single = [gain.mean() for name, gain in gains.items() if "all" not in name]
print(f"the {len(single)} single gains add up to {sum(single):.2f}")

# %%
fig, ax = plt.subplots(figsize=(7, 3.6))
for row, (name, gain) in enumerate(gains.items()):
    look = {"color": "white", "hatch": "//"} if "all" in name else {"color": "#0072B2"}
    ax.barh(row, gain.mean(), edgecolor="black", **look)
    ax.errorbar(gain.mean(), row, xerr=gain.std() / 3**0.5, color="black", marker="", capsize=4)
    ax.plot(gain, [row] * 3, "o", color="#E69F00", markeredgecolor="black", markersize=3.5)
ax.axvline(0, color="black", linewidth=1, marker="")
ax.set_yticks(range(len(gains)), gains)
ax.invert_yaxis()
ax.grid(axis="y", visible=False)
ax.set(
    xlabel="how much lower the loss is than that of 2017",
    title="One switch at a time, 3 starts each",
)
show(
    fig,
    alt="Horizontal bars with error bars. Rotary positions and pre-norm gain about 0.1; SwiGLU, "
    "shared keys and no dropout about half of that, with wide errors for the first two. "
    "RMSNorm, no biases and the window are near zero. All eight together gain nearly 0.2.",
)

# %% [markdown]
# Blue bars are the means, thin lines their standard errors, dots the three starts. Now walk through it, and be honest about each.
#
# - **a, kind of norm.** Nothing that we could claim. That is the point of RMSNorm: it costs less and loses nothing.
# - **b, place of the norm.** A clear gain here, at two blocks. But turn back to section 3: there, with other parts around it, post-norm was ahead at two blocks. What pre-norm is really for is depth.
# - **c, positions.** As large a gain. A likely reason: sines are added to the vector that also carries the letter, and the model must first learn to tell the two apart. Rotation keeps them apart from the start, which counts for much in so short a race.
# - **d, activation.** Perhaps a little; the error is more than half of it. [Shazeer](https://arxiv.org/abs/2002.05202) measured a small, steady gain on models thousands of times larger, and offers no explanation but "divine benevolence".
# - **e, biases.** Next to nothing. They are left out because nobody misses them.
# - **f, heads.** Sharing keys should not help, and the bar seems to say that it does. Look at the dots: the three starts disagree. Take it as a warning about bars without dots. What the sharing is for is memory: lesson 07 counts the cache that it shrinks.
# - **g, window.** Nothing is lost by seeing only 8 letters back, in two blocks, after 80 steps. A window saves work in long texts; it was never meant to lower the loss.
# - **h, dropout.** A gain, since every window here is new.
#
# The single gains do not add up to the gain of all eight: switches depend on each other. And a race of 80 steps with some thirty thousand numbers says little about seven billion. What carries over is the method: one switch at a time, the same data, several starts, error bars, and no story where the bar crosses zero.

# %% [markdown]
# ## 12. Turn the switches yourself
#
# A block with everything on switches, four deep, trained for 25 steps while you wait. Left: how loud the stream is after each block, before training and after. Right: the loss. Things to try: switch the adding off, and then the norm as well. Set the norm to none and move the depth up. Compare pre and post at depth 2 and at depth 6. Take the attention away: are you surprised?


# %%
class SwitchBlock(nn.Module):
    """A block in which adding, norms and attention can be switched off."""

    def __init__(self, config, use_norm, adding, attention):
        super().__init__()
        self.attention = Attention(config, 0) if attention else None
        self.thinking = FeedForward(config)
        kind = nn.LayerNorm if config.norm_type == "layer" else nn.RMSNorm
        self.norms = nn.ModuleList(kind(32) if use_norm else nn.Identity() for _ in range(2))
        self.post, self.adding = config.norm_placement == "post", adding
        start_afresh(self, config.initializer_range)

    def forward(self, x, rotation=None, mask=None, cache=None, attention_scale=None):
        for part, size in zip((self.attention, self.thinking), self.norms, strict=True):
            if part is not None:
                heard = x if self.post else size(x)
                added = part(heard) if part is self.thinking else part(heard, rotation, mask)
                x = x + added if self.adding else added
                x = size(x) if self.post else x
        return x


def loudness_of(model, batch):
    """The RMS of the stream before the first and after every block."""
    x = model.model.embed_tokens(batch[:, :-1])
    turn = rotation(torch.arange(T), rope_frequencies(model.config), "half")
    found = [x]
    with torch.no_grad():
        for block in model.model.layers:
            found.append(block(found[-1], turn))
    return [float(x.detach().square().mean().sqrt()) for x in found]


bends = {
    "ReLU": {"hidden_act": "relu"},
    "GELU": {"hidden_act": "gelu"},
    "SwiGLU": {"hidden_act": "silu", "gated_mlp": True, "intermediate_size": 85},
}


def draw_switches(norm, place, bend, depth, adding, attention):
    kind = {"norm_type": "layer" if norm == "LayerNorm" else "rms", "norm_placement": place}
    config = change(plain_config, **kind, **bends[bend], num_hidden_layers=depth)
    learner = build(config, 0)
    learner.model.layers = nn.ModuleList(
        SwitchBlock(config, norm != "none", adding, attention) for _ in range(depth)
    )
    probe = windows(4, seed=3)
    before = loudness_of(learner, probe)
    losses, end = train(learner, steps=25, lr=0.01, size=8)
    after = loudness_of(learner, probe)
    fig, (left, right) = plt.subplots(1, 2, figsize=(7.5, 2.9))
    left.plot(before, label="new")
    left.plot(after, label="after 25 steps")
    left.set(
        yscale="log",
        xlabel="after block",
        ylabel="RMS of the stream",
        title="How loud the stream is",
    )
    left.legend()
    right.plot(range(1, 26), losses, marker="")
    right.axhline(by_frequency, color="black", linestyle=":", marker="")
    right.set(xlabel="step", ylabel="loss", title="Loss; dotted: letter frequencies", ylim=(2.8, 5))
    said = f"stream from {before[0]:.2g} to {before[-1]:.2g}, after training to {after[-1]:.2g}"
    return fig, f"{said}; loss on new text {end:.2f}"


slider = {"continuous_update": False}
explore(
    draw_switches,
    norm=widgets.SelectionSlider(options=["RMSNorm", "none", "LayerNorm"], **slider),
    place=widgets.SelectionSlider(options=["pre", "post"], **slider),
    bend=widgets.SelectionSlider(options=["SwiGLU", "GELU", "ReLU"], **slider),
    depth=widgets.IntSlider(value=4, min=1, max=6, **slider),
    adding=widgets.Checkbox(value=True),
    attention=widgets.Checkbox(value=True),
)

# %% [markdown]
# Without adding, the loss stays at the letter frequencies. Post-norm wins at depth 2 and loses at depth 6. And without attention the model is *better*. In 25 steps it learns hardly more than which letter follows which; for that it need not look at any other letter, and attention that has not learned anything yet only adds noise. A short race favours whoever has little to learn, which is one more reason not to trust a short race.
#
# ## 13. What goes wrong
#
# Three mistakes that everybody makes once. None of them raises an error. The first: normalising the stream instead of a copy. One name too few, `x = norm(x)`, and what the parts add to is no longer the stream. We run the real model so, with our plain block.


# %%
def block_that_overwrites(x, w, heads, kv_heads, mask, turn):
    x = plain_rms_norm(x, w["input_layernorm.weight"])
    x = x + plain_attention(x, w, heads, kv_heads, mask, turn)
    x = plain_rms_norm(x, w["post_attention_layernorm.weight"])
    return x + plain_swiglu(x, *(w[f"mlp.{name}_proj.weight"] for name in ("gate", "up", "down")))


length = prompt_ids.shape[1]
turn = rotation(torch.arange(length), rope_frequencies(config), config.rope_pairing)
seen = causal_mask(length, length)
for name, wiring in {"right": block_mistral, "overwritten": block_that_overwrites}.items():
    with torch.no_grad():
        x = model.model.embed_tokens(prompt_ids)
        for block in blocks:
            x = wiring(x, block.state_dict(), 9, 3, seen, turn)
        chances = model.lm_head(plain_rms_norm(x, model.model.norm.weight))[0, -1].softmax(-1)
    print(f"{name:11} chance of ␣cold {chances[cold]:.4f}")

# %% [markdown]
# The second: a norm computed in 16 bits. float16, the other half-size format, knows no number above 65 thousand. One token in each text of our model is very loud, the first, and its squares do not fit.

# %%
loud = stream_of(prompt)[20, 0]  # [C], the first token after block 20
print(f"largest number of the vector: {loud.abs().max():,.0f}")
sixteen = loud.half()
print("float16 inside:", plain_rms_norm(sixteen, torch.ones(576).half()).abs().max().item())
print(
    f"float32 inside: {norm.rms_norm(sixteen, torch.ones(576).half(), 1e-5).abs().max().item():.1f}"
)

# %% [markdown]
# Infinity in the denominator, and the vector is gone: all zeros, no `nan` and no message. The library takes the mean in 32 bits for this very reason. (Why is the first token so loud? It is where heads look when they have nothing to look at, the sink of lesson 04.)
#
# The third: forgetting the norm behind the last block, which pre-norm needs.

# %%
with torch.no_grad():
    bare = model.lm_head(states[30]).softmax(-1)  # [V]
print(f"with the last norm:    {visible(early[30].argmax())}, {early[30].max():.0%}")
print(f"without the last norm: {visible(bare.argmax())}, {bare.max():.0%}")

# %% [markdown]
# Not only a wrong word, but one that it is perfectly sure of: scores that grew with the stream make softmax as certain as a temperature near 0 would.

# %% [markdown]
# ## Exercises
#
# Write each function where the dots are and run the cell. `check` tries it on small cases. `hint("rms_norm")` helps a step at a time and `show_solution("rms_norm")` shows one way; both come from `lessons_lib.classroom`.
#
# ### {exercise: rms_norm}
#
# Any number of tokens at once; each is brought to its own standard size.


# %% tags=["exercise"]
def my_rms_norm(x, weight, eps):
    """x [..., C], weight [C] and a small eps, inside the root, to [..., C]."""
    ...


check("rms_norm", my_rms_norm)

# %% [markdown]
# ### {exercise: swiglu}
#
# Matrices are stored as everywhere in this course, one row for each output.


# %% tags=["exercise"]
def my_swiglu(x, gate, up, down):
    """x [T, C], gate and up [F, C], down [C, F] to [T, C]."""
    ...


check("swiglu", my_swiglu)

# %% [markdown]
# ### {exercise: one_neuron}
#
# The key-value reading as code: what does neuron `i` alone add to the stream of one token?


# %% tags=["exercise"]
def my_neuron(x, gate, up, down, i):
    """x [C], gate and up [F, C], down [C, F] and a neuron i to the vector [C] that it adds."""
    ...


check("one_neuron", my_neuron)

# %% [markdown]
# ### {exercise: pre_norm_block}
#
# The parts are given as functions; only the wiring is yours.


# %% tags=["exercise"]
def my_pre_norm_block(x, attend, think, norm1, norm2):
    """x [T, C] and four functions from [T, C] to [T, C] to the block's result [T, C]."""
    ...


check("pre_norm_block", my_pre_norm_block)

# %% [markdown]
# ### {exercise: block_parameters}
#
# How many numbers does a block without biases learn? Attention with `H` query heads and `G` key/value heads of width `D`, a feed-forward network of width `F` with a gate or without, and two RMSNorms. Check yourself against the counts of section 9: one of them has no biases.


# %% tags=["exercise"]
def my_block_parameters(C, F, H, G, D, gated):
    """whole numbers C, F, H, G, D and True or False to the number of learned numbers in one block."""
    ...


check("block_parameters", my_block_parameters)

# %% [markdown]
# ### {exercise: fold_norm}
#
# An RMSNorm with a weight is always followed by matrices. Fast engines fold the weight into them once and drop it: find the matrix with which `norm(x, ones) @ new.T` equals `norm(x, weight) @ matrix.T`. Then do the same for LayerNorm, which has a bias too: return the new matrix and the new bias.


# %% tags=["exercise"]
def my_fold(matrix, weight, bias):
    """matrix [O, C], the norm's weight [C] and bias [C] to the pair (new matrix [O, C], new bias [O])."""
    ...


check("fold_norm", my_fold)

# %% [markdown]
# ## Quiz

# %%
quiz("05")

# %% [markdown]
# What you have solved so far, in this lesson and the others:

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - The stream runs through the whole model. Every part reads it, and adds; that is why gradients arrive and why single blocks can be missed.
# - A norm brings each token's vector to a standard size before a part reads it. LayerNorm takes the mean away, RMSNorm does not, and in real streams the mean is next to nothing.
# - Post-norm stands on the stream and needs a warm-up; pre-norm stands beside it, and needs one more norm at the end.
# - The feed-forward network holds most of the numbers. It can be read as keys and values, with care.
# - From 2017 to Mistral the skeleton has stayed. Eight parts have changed, and only an experiment says what a change is worth.
#
# **New words:** [residual stream](../book/glossary.md#residual-stream), [LayerNorm](../book/glossary.md#layernorm), [RMSNorm](../book/glossary.md#rmsnorm), [bfloat16](../book/glossary.md#bfloat16), [pre-norm](../book/glossary.md#pre-norm), [post-norm](../book/glossary.md#post-norm), [warm-up](../book/glossary.md#warm-up), [feed-forward network](../book/glossary.md#feed-forward-network), [ReLU](../book/glossary.md#relu), [GELU](../book/glossary.md#gelu), [SiLU](../book/glossary.md#silu), [SwiGLU](../book/glossary.md#swiglu), [dropout](../book/glossary.md#dropout), [encoder](../book/glossary.md#encoder), [decoder](../book/glossary.md#decoder).
#
# **Papers.** [Vaswani and others 2017](https://arxiv.org/abs/1706.03762), *Attention Is All You Need*. [He and others 2015](https://arxiv.org/abs/1512.03385), *Deep Residual Learning*. [Ba, Kiros and Hinton 2016](https://arxiv.org/abs/1607.06450), *Layer Normalization*. [Zhang and Sennrich 2019](https://arxiv.org/abs/1910.07467), *Root Mean Square Layer Normalization*. [Xiong and others 2020](https://arxiv.org/abs/2002.04745), *On Layer Normalization in the Transformer Architecture*. [Hendrycks and Gimpel 2016](https://arxiv.org/abs/1606.08415), *Gaussian Error Linear Units*. [Shazeer 2020](https://arxiv.org/abs/2002.05202), *GLU Variants Improve Transformer*. [Geva and others 2021](https://arxiv.org/abs/2012.14913), *Transformer Feed-Forward Layers Are Key-Value Memories*. [Srivastava and others 2014](https://jmlr.org/papers/v15/srivastava14a.html), *Dropout*. [Jiang and others 2023](https://arxiv.org/abs/2310.06825), *Mistral 7B*.
#
# **Next:** in lesson 06 we put the blocks together, open the files that published weights come in, and run a real model with nothing but our own code.
