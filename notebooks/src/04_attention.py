# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 04 · Attention
#
# **How do words look at each other?**
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/llms-from-the-ground-up/blob/v0.2.0/notebooks/04_attention.ipynb)
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | softmax from lesson 01, vectors and the dot product from lesson 03 |
# | It adds to `lessons_lib` | `layers/attention.py`, `layers/masks.py`, and the rotary part of `layers/position.py` |
#
# {route}

# %%
import importlib.util

if importlib.util.find_spec("lessons_lib") is None:
    # %pip install -q --no-deps git+https://github.com/OWNER/llms-from-the-ground-up@v0.2.0
    importlib.invalidate_caches()

# %%
import dataclasses
import itertools
import math
import time
from functools import lru_cache

import ipywidgets as widgets
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

import lessons_lib
from lessons_lib import ModelConfig
from lessons_lib.classroom import check, explore, progress, quiz, show, show_source, use_style
from lessons_lib.classroom.lessons.lesson04.attention_maps import attention_maps, silenced
from lessons_lib.classroom.panels.figures import COLOURS, LINES
from lessons_lib.generation import generate
from lessons_lib.layers import (
    Attention,
    apply_rope,
    attention,
    attention_weights,
    causal_mask,
    chunked_mask,
    rope_frequencies,
    rotation,
    sliding_window_mask,
)

use_style()

# %% [markdown]
# ## The finished thing first
#
# We make up a name that nobody has ever written, mention it once, and let the real model finish a sentence.

# %%
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
gossip = "My neighbour Mrs Quimbletop has a red house, two dogs and a cat. Yesterday I met Mrs Qu"
new_tokens = list(generate(model, tokenizer.encode(gossip), max_new_tokens=3))
print(gossip, "→", tokenizer.decode(new_tokens))

# %% [markdown]
# It finds *imbletop*. No text that it was trained on can have told it; the only place where the name stands is our first sentence, thirteen words back. So, while it reads the last *Qu*, the model must be able to look back. The model has 30 layers, each layer has 9 heads, and every head has a look of its own. This is where one of them looks:


# %%
def agree(one, other):
    """Equal, but for what 32-bit numbers round away."""
    return torch.allclose(one, other, rtol=1e-4, atol=1e-3)


def pieces(text):
    """The tokens of a text, readable."""
    return [tokenizer.decode([token]).replace(" ", "␣") for token in tokenizer.encode(text)]


maps = attention_maps(model, tokenizer.encode(gossip))  # [layers, H, T, T]
look = maps[18, 6, -1]  # layer 18, head 6, the last token: [T]
fig, ax = plt.subplots(figsize=(7.5, 2.6))
ax.bar(range(len(look)), look)
ax.set_xticks(range(len(look)), pieces(gossip), rotation=90, fontsize=8)
ax.grid(axis="x", visible=False)
ax.set(ylabel="share of attention", title="Where the last ␣Qu looks (layer 18, head 6)")
best = int(look.argmax())
show(
    fig,
    alt="Bar chart with one bar for each token of the text. One bar is close to 1, at the token that "
    "follows Qu in the first sentence; all others are close to 0.",
)
print(f"{pieces(gossip)[best]} gets {look[best]:.2f}; it stands {len(look) - 1 - best} tokens back")

# %% [markdown]
# The head looks at *im*: at what came next, the last time there was a *Qu*. Nobody programmed that. It is made of three multiplications with learned matrices, a softmax and a weighted mean, and together they are called [**attention**](../book/glossary.md#attention). At the end of this lesson we find out which other head this one depends on, and how to tell a head that matters from one that only looks as if it did.
#
# Now we build it.

# %% [markdown]
# ## 1. One note for a whole sentence
#
# How could a program read a sentence? The obvious way is word by word, keeping a note. After each word it rewrites the note, and the note always has the same size. This is a [**recurrent network**](../book/glossary.md#recurrent-network), the common way to read text before [2017](https://arxiv.org/abs/1706.03762).
#
# *The cat that the dog that the man owned chased ran away.* Who ran away? You had to carry the cat past a dog and a man to say so. We give a small network the easiest question of this kind: a name, then words that do not matter, then *which name was it?* There are eight names, so blind guessing is right once in eight.


# %%
NAMES, OTHERS = 8, 8  # token ids: names are 0 to 7, the other words 8 to 15


def sentences(count, gap, generator):
    """A name and `gap` other words: [count, 1 + gap]."""
    name = torch.randint(NAMES, (count, 1), generator=generator)
    rest = NAMES + torch.randint(OTHERS, (count, gap), generator=generator)
    return torch.cat([name, rest], 1)  # [count, 1 + gap]


class Note(nn.Module):
    """Reads word by word and keeps one note of 32 numbers."""

    def __init__(self, width=32):
        super().__init__()
        self.words = nn.Embedding(NAMES + OTHERS, width)
        self.keep = nn.Linear(width, width)
        self.answer = nn.Linear(width, NAMES)

    def read(self, x):
        note = torch.zeros(len(x), x.shape[-1])
        for word in x.unbind(1):
            note = torch.tanh(word + self.keep(note))
        return note  # [B, C]

    def forward(self, token_ids):
        return self.answer(self.read(self.words(token_ids)))  # [B, NAMES]


# %% [markdown]
# We train a fresh network for every distance, so each may specialise on its own, and then examine it on 1,000 new sentences. Where do you expect it to fail?


# %%
def score_after_training(make, gap, steps=200):
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(1)
    network = make()
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(steps):
        batch = sentences(64, gap, generator)
        loss = F.cross_entropy(network(batch), batch[:, 0])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    exam = sentences(1000, gap, generator)
    return float((network(exam).argmax(-1) == exam[:, 0]).float().mean())


gaps = (1, 2, 4, 16, 64)
note_scores = [score_after_training(Note, gap) for gap in gaps]
for gap, score in zip(gaps, note_scores, strict=True):
    verdict = "all right" if score > 0.99 else "guessing" if score < 0.2 else "some right"
    print(f"{gap:2} words between: {verdict}")

# %% [markdown]
# Four words are no trouble, sixteen are hopeless. Why? Ask how strongly the finished note still depends on the first word. We change the first word a little and measure how much the note moves.

# %%
torch.manual_seed(0)
network = Note()
echoes = []
for gap in range(0, 25):
    x = network.words(sentences(64, gap, torch.Generator().manual_seed(0))).detach()
    x.requires_grad_()
    network.read(x).sum().backward()
    echoes.append(float(x.grad[:, 0].norm(dim=-1).mean()))
fig, ax = plt.subplots(figsize=(7, 2.8))
ax.plot(range(0, 25), echoes)
ax.set(
    yscale="log",
    xlabel="words read after the first",
    ylabel="influence of the first word",
    title="Every word wipes out a part of what came before",
)
show(
    fig,
    alt="A falling straight line on a logarithmic axis: the influence of the first word on the note shrinks "
    "by the same factor with every further word.",
)
print(f"each word leaves about {(echoes[24] / echoes[4]) ** (1 / 20):.1f} of the influence")
print("after 24 words less than a billionth is left:", echoes[24] < 1e-9 * echoes[0])

# %% [markdown]
# A straight line on a logarithmic axis means: the same factor again and again. What we have measured is the gradient, the very thing that training goes by. When it is as small as this, the network can't even learn to keep the name: the [**vanishing gradient**](../book/glossary.md#vanishing-gradient). Better notes exist. LSTM and GRU have gates that protect an entry, and they carry it further. But the note keeps its size, however long the text.
#
# The way out is not a better note. Keep *all* the words, and look back at the right one when you need it.

# %% [markdown]
# ## 2. The cocktail party: one dot product
#
# You stand in a crowded room. Thirty conversations run at once, you follow one; and if somebody across the room says your name, you hear that too. You have something that you listen for. Every voice has a sound that matches it more or less. The better the match, the more of what this voice *says* gets through. Three different things: what you listen for, what a voice sounds like, what it says.
#
# In a model every token is a listener and a voice. What it listens for is its [**query**](../book/glossary.md#query), what it sounds like to others is its [**key**](../book/glossary.md#key), what it has to say is its [**value**](../book/glossary.md#value). All three are vectors. How well do a query and a key match? You know the tool from lesson 03: the dot product.
#
# Take *The dog ran quickly*. *quickly* listens for whoever was quick, with the query (0.8, 0.4). The key of *dog* is (0.7, 0.5). An earlier sentence had a *cat* with the key (0.2, 0.9). Work out both dot products on paper.

# %%
quickly = torch.tensor([0.8, 0.4])
keys = torch.tensor([[0.7, 0.5], [0.2, 0.9]])
for word, key in zip(["dog", "cat"], keys, strict=True):
    a, b = quickly * key
    print(f"quickly · {word} = {a:.2f} + {b:.2f} = {quickly @ key:.2f}")

# %% [markdown]
# 0.76 and 0.52. (A tutorial that this course grew from prints 0.86 for the dog. Check its sum by hand: 0.56 and 0.20 are 0.76.) The dog matches better. Softmax makes shares of the two scores, which are the [**attention weights**](../book/glossary.md#attention-weights):

# %%
weights = (keys @ quickly).softmax(-1)
print("dog and cat get", [f"{share:.2f}" for share in weights])

# %% [markdown]
# Not all to the dog, you notice. Nobody is shut out, as at the party: the others become quieter. All of this can be trained, since a little more match means a little more weight.
#
# With a query for each of `T` tokens and a key for each, there are `T` × `T` dot products, and that is one multiplication of matrices: row `i`, column `j` holds what token `i` makes of token `j`.

# %% [markdown]
# ## 3. Query, key, value
#
# Where do the three vectors come from? From the token's own embedding, by three learned matrices:
#
# $$q = x W_q \qquad k = x W_k \qquad v = x W_v$$
#
# Why not use $x$ for all three? Because what a word looks for is seldom what it is. An adjective looks for a noun. If the match were $x \cdot x$, every word would look for words like itself, and most of all at itself.
#
# We do it by hand for the sentence of one of our sources, *Life is short, eat dessert first*. Each word gets three numbers: how much of a *thing*, a *quality* and an *action* it is. (Learned features have no names. These do, so that you can follow.)

# %%
saying = "Life is short, eat dessert first"
features = {  # thing, quality, action
    "Life": [2.0, 0, 0],
    "is": [0, 0, 1],
    "short": [0, 2, 0],
    ",": [0, 0, 0],
    "eat": [0, 0, 2],
    "dessert": [3, 0, 0],
    "first": [0, 1, 0],
}
words, x = list(features), torch.tensor(list(features.values()))  # x: [T, C]
# Things ask for qualities; qualities and actions ask for things.
W_q = torch.tensor([[0.0, 1, 0], [1, 0, 0], [1, 0, 0]])
W_k = W_v = torch.eye(3)  # a word sounds like what it is, and says what it is
q, k, v = x @ W_q, x @ W_k, x @ W_v  # [T, D] each
for word, row in zip(words, q @ k.T, strict=True):
    print(f"{word:8}", "  ".join(f"{score:4.0f}" for score in row))

# %% [markdown]
# Read the row of *eat*. An action asks for things, so it finds *Life* (4) and *dessert* (6) and nothing else. The row of *dessert*: a thing asks for qualities and finds *short* (6) and *first* (3). Short dessert is not what the writer meant. A match is a match of numbers, nothing more.
#
# ## 4. Why divide by the square root of D
#
# Softmax of these scores would be the end of it, but for one thing. Real queries and keys are longer: 64 numbers, or twice that, or more. What does that do to the scores?
#
# Suppose the numbers in $q$ and $k$ are random, each with mean 0 and variance 1. A product of two of them has variance 1 again. A dot product adds up $D$ of them, and the variances of independent numbers add: variance $D$, so a typical size of $\sqrt D$. Does it?

# %%
generator = torch.Generator().manual_seed(0)
for size in (4, 16, 64, 256, 1024):
    many_q, many_k = torch.randn(2, 4000, size, generator=generator)
    dots = (many_q * many_k).sum(-1)
    print(f"D = {size:4}: typical size {dots.std():5.1f}, root of D {size**0.5:5.1f}")

# %% [markdown]
# Large scores mean large gaps, and you know from lesson 01 what softmax makes of large gaps: one winner. It is a temperature far below 1 that nobody has asked for. We draw two things against $D$, for a query and 64 keys. How spread out is the attention? That is its entropy in bits; 6 bits is an even look at all 64. And how much do the weights still move when a score moves? If they do not move, nothing can be learned.


# %%
def spread_and_reaction(size, scale):
    q = torch.randn(100, 1, size, generator=generator)
    k = torch.randn(100, 64, size, generator=generator)
    p = (q @ k.transpose(-1, -2) * scale).softmax(-1)  # [100, 1, 64]
    entropy = -(p * p.clamp(min=1e-30).log2()).sum(-1)  # [100, 1] bits
    return float(entropy.mean()), float((p * (1 - p)).sum(-1).mean())  # dp_i / ds_i = p_i (1 - p_i)


sizes = [4**n for n in range(7)]
plain_scores = torch.tensor([spread_and_reaction(size, 1.0) for size in sizes])  # [7, 2]
scaled_scores = torch.tensor([spread_and_reaction(size, size**-0.5) for size in sizes])
fig, axes = plt.subplots(1, 2, figsize=(7.5, 2.8))
for ax, column, name in zip(
    axes, (0, 1), ("entropy in bits", "reaction of the weights"), strict=True
):
    ax.plot(sizes, scaled_scores[:, column], label="divided by √D")
    ax.plot(sizes, plain_scores[:, column], label="as they are")
    ax.set(xscale="log", xlabel="D", ylabel=name, ylim=0)
axes[1].legend()
show(
    fig,
    alt="Two charts over D from 1 to 4096. With the division both lines stay level. Without it the entropy "
    "falls from above 5 bits to near 0, and so does the reaction of the weights.",
)
at_64 = [f"{float(table[sizes.index(64), 0]):.1f}" for table in (scaled_scores, plain_scores)]
print(f"at D = 64: {at_64[0]} bits when divided, {at_64[1]} bits as they are")

# %% [markdown]
# Read both from left to right. The solid lines do not care about $D$. The dashed ones sink: at $D = 64$, an ordinary size, the look that should be spread over dozens of keys has shrunk to about two, before anything was learned; far to the right one key has all, and the weights do not react to anything. A model that starts there has next to nothing to learn from. So divide by $\sqrt D$. The result is called **scaled dot-product attention**.

# %% [markdown]
# ## 5. No looking ahead
#
# *eat* had its highest score at *dessert*, the very word that comes next. A model that writes has no next word yet; it is about to choose one. And when it is trained, it must guess every word of a text from those before. If it could see the next word, it would copy it and learn nothing. So token `i` may look at token `j` only if `j` is not later: `j <= i`. This is the **causal** [**mask**](../book/glossary.md#mask).
#
# It looks easy, and yet the tutorial that we have met already trips over it three times. First, one of its exercises, as printed:

# %%
embeds = torch.tensor([[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9], [1.0, 1.1, 1.2]]])
try:
    exercise_scores = torch.matmul(embeds, embeds.transpose(-2, -1)) / np.sqrt(3)
except NameError as error:
    print("NameError:", error)
exercise_scores = torch.matmul(embeds, embeds.transpose(-2, -1)) / 3**0.5
print("weights of the first token:", [f"{p:.2f}" for p in exercise_scores.softmax(-1)[0, 0]])

# %% [markdown]
# An import is missing, and so is the mask: the first token gives most of its attention to tokens that are not there yet. Elsewhere the tutorial puts "0" into the upper triangle of the scores, and elsewhere again it takes the scores "for each j < i". Try both, and one more idea that sounds right: to cut the weights *after* the softmax.

# %%
S = q @ k.T / 3**0.5  # our saying: [T, T]
past = torch.ones(7, 7).tril().bool()  # True where j <= i
attempts = {
    "scores 0 before the softmax": S.masked_fill(~past, 0).softmax(-1),
    "weights 0 after the softmax": S.softmax(-1).masked_fill(~past, 0),
    "only those before, j < i": S.masked_fill(~past.tril(-1), -torch.inf).softmax(-1),
    "scores -inf before the softmax": S.masked_fill(~past, -torch.inf).softmax(-1),
}
for name, table in attempts.items():
    life = " ".join(f"{p:.2f}" for p in table[0])
    print(f"{name:31} Life: {life}   sum of eat: {table[4].sum():.2f}")

# %% [markdown]
# One after the other. A score of 0 is a perfectly good score: $e^0 = 1$, so *Life* still looks at words that are not there yet. Zeros after the softmax leave rows that do not sum to 1, and worse, the future has leaked into the sum: a different *dessert* changes what *eat* gets. With `j < i` the first token has nobody to look at, and 0 divided by 0 is `nan`. What works is minus infinity before the softmax, since $e^{-\infty} = 0$. It is the trick that dropped words in lesson 01.
#
# The upper triangle is 0, then, but in the *weights*. In the scores it is minus infinity.

# %%
changed = S.clone()
changed[:, 5] = 9.0  # another word in place of dessert
after = changed.softmax(-1).masked_fill(~past, 0)[4]
before = changed.masked_fill(~past, -torch.inf).softmax(-1)[4]
unchanged = [
    attempts[f"{what} the softmax"][4] for what in ("weights 0 after", "scores -inf before")
]
print("'eat' notices the change, mask after: ", not agree(after, unchanged[0]))
print("'eat' notices the change, mask before:", not agree(before, unchanged[1]))

# %% [markdown]
# ## 6. The weighted sum, and the whole of it
#
# We know who listens to whom. What gets through is the mean of the values, each with its weight: token `i` receives $\sum_j a_{ij} v_j$. For *eat* on paper: the scores are $4 / \sqrt 3 = 2.31$ for *Life* and 0 for the four others it may see. $e^{2.31}$ is 10.07, the others are 1 each, so *Life* gets 10.07 of 14.07.

# %%
eat = attempts["scores -inf before the softmax"][4]
power = S[4, 0].exp()
print(f"{S[4, 0]:.2f} becomes {power:.2f}, of {power + 4:.2f} in all: {power / (power + 4):.3f}")
print("weights of 'eat':", dict(zip(words[:5], [f"{p:.3f}" for p in eat[:5]], strict=True)))
print("'eat' receives (thing, quality, action):", [f"{n:.2f}" for n in eat @ v])

# %% [markdown]
# *eat* was pure action. What it receives is mostly *thing*: it has found out that there is something to eat, and it is life. In the real model this is added to what the token already was; that is the next lesson.
#
# Put the steps together:
#
# $$\text{attention}(Q, K, V) = \text{softmax}\left(\frac{Q K^\top}{\sqrt D} + \text{mask}\right) V$$


# %%
def attend(q, k, v, allowed=None):
    """Queries [..., T, D], keys and values [..., S, D], a mask [T, S] that is True where one may look."""
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5  # [..., T, S]
    if allowed is not None:
        scores = scores.masked_fill(~allowed, -torch.inf)
    return scores.softmax(-1) @ v  # [..., T, D]


print("'eat' receives", [f"{n:.2f}" for n in attend(q, k, v, past)[4]])

# %% [markdown]
# Four lines. This is the library's version, and the helper that it shares with the maps in this lesson:

# %%
show_source(attention)
show_source(attention_weights)

# %% [markdown]
# Are they the same thing? On random numbers, against our four lines and against torch's own:

# %%
Q, K, V = torch.randn(
    3, 2, 5, 11, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64
)
ours = attend(Q, K, V, causal_mask(11, 11))
for name, theirs in {
    "library, one kernel": attention(Q, K, V, causal=True),
    "library, step by step": attention(Q, K, V, causal=True, fused=False),
    "torch": F.scaled_dot_product_attention(Q, K, V, is_causal=True),
}.items():
    print(f"{name:22} largest difference {(ours - theirs).abs().max():.12f}")

# %% [markdown]
# What does the hardened version add? It refuses shapes that do not fit. A query that may look nowhere, as padding does, gets zeros in place of `nan`. Softmax is taken in 32 bits even if the model runs in 16. Heads may share keys (section 7), and scores may be bent below a bound, which some models want. And by default it hands everything to one kernel that never stores the table of weights (section 11).
#
# Now the exam of section 1 once more. The same names, the same training; but in place of a note there is one query that looks at all words.


# %%
class Look(nn.Module):
    """One learned query looks at all words at once."""

    def __init__(self, width=32):
        super().__init__()
        self.words = nn.Embedding(NAMES + OTHERS, width)
        self.query = nn.Parameter(torch.zeros(1, width))
        self.answer = nn.Linear(width, NAMES)

    def forward(self, token_ids):
        x = self.words(token_ids)  # [B, T, C]
        return self.answer(attend(self.query, x, x)[:, 0])  # [B, NAMES]


look_scores = [score_after_training(Look, gap) for gap in gaps]
fig, ax = plt.subplots(figsize=(7, 2.8))
ax.plot(gaps, look_scores, label="one look at all words")
ax.plot(gaps, note_scores, label="one note")
ax.axhline(1 / NAMES, color="black", linestyle=":", marker="")
ax.text(1, 1 / NAMES + 0.02, "blind guessing")
ax.set(xscale="log", xlabel="words between", ylabel="names recalled", ylim=(0, 1.05))
ax.set_xticks(gaps, gaps)
ax.legend(loc="center right")
show(
    fig,
    alt="Two lines over the number of words between, from 1 to 64. With one look every name is recalled at any "
    "distance; with one note all are up to 4 words, and from 16 on no more than by guessing.",
)
print("recalled at every distance:", all(score > 0.99 for score in look_scores))

# %% [markdown]
# Distance plays no part any more. The first word is as near as the last one, because nothing stands between.
#
# And the real model? Here is our saying, with our hand-made weights beside the mean over all 270 heads of SmolLM2.


# %%
def heat(ax, table, rows, columns, title="", numbers=True):
    """A table of weights from 0 (white) to 1 (black)."""
    ax.imshow(table, cmap="Greys", vmin=0, vmax=1)
    ax.set_xticks(range(len(columns)), columns, rotation=60, ha="right", fontsize=8)
    ax.set_yticks(range(len(rows)), rows, fontsize=8)
    ax.grid(visible=False)
    ax.set_title(title, fontsize=10)
    for i, j in itertools.product(range(len(rows)), range(len(columns))) if numbers else []:
        if table[i][j] >= 0.005:
            colour = "white" if table[i][j] > 0.5 else "black"
            ax.text(j, i, f"{table[i][j]:.2f}", ha="center", va="center", fontsize=7, color=colour)


saying_maps = attention_maps(model, tokenizer.encode(saying))  # [layers, H, T, T]
mean_map = saying_maps.mean((0, 1))  # [T, T]
fig, axes = plt.subplots(1, 2, figsize=(7.8, 3.8))
heat(axes[0], attempts["scores -inf before the softmax"], words, words, "made by hand")
heat(axes[1], mean_map, pieces(saying), pieces(saying), "SmolLM2, mean of 270 heads")
axes[0].set_ylabel("who looks")
show(
    fig,
    alt="Two triangular heat maps of 7 by 7 weights. By hand, is, short, eat and first look at Life or dessert. "
    "In the mean of the real heads every row looks mostly at the first token.",
)
eat_row = mean_map[4]
print(
    "'eat' in the mean:",
    dict(zip(pieces(saying)[:5], [f"{p:.2f}" for p in eat_row[:5]], strict=True)),
)

# %% [markdown]
# Both are triangles, and all rows sum to 1. Beyond that the real one is a surprise. Our source expected *eat* to look at itself, *short* and *is*. In the mean, two thirds go to the first token, whatever it is. That is no discovery about *Life*. It is a habit of trained heads that section 12 explains, and a first warning: a mean over heads hides what the heads do.

# %% [markdown]
# ## 7. Many heads
#
# One look can answer one question. A word has several: who is my subject, what came just before, where did I occur last? So a layer has several [**heads**](../book/glossary.md#head), each with its own queries, keys and values. What they find is laid side by side and mixed by a fourth matrix, $W_o$.
#
# Does that cost more? Take a width of 768. One head of 768 needs a matrix of 768 × 768 for its queries. Twelve heads of 64 need twelve matrices of 768 × 64. Do the sum.

# %%
print(f"one head of 768: {768 * 768:,}   twelve heads of 64: {12 * 768 * 64:,}")

# %% [markdown]
# The same. And the twelve small matrices, laid side by side, *are* one matrix of 768 × 768. So we multiply once and cut the result into heads afterwards. Cutting costs nothing: a **view** gives the same numbers in memory another shape, and a transpose swaps two axes by counting differently.

# %%
row = torch.arange(12).view(2, 6)  # 2 tokens, width 6: token 0 has 0 to 5, token 1 has 6 to 11
heads = row.view(2, 3, 2).transpose(0, 1)  # [H, T, D]: 3 heads of width 2
print("as tokens:", row.tolist())
print("as heads: ", heads.tolist())
print("no number was copied:", heads.data_ptr() == row.data_ptr())

# %% [markdown]
# Head 0 has the first two numbers of *each* token, head 1 the next two. It is tempting to ask for the final shape in one step. There is no error, and the shape is right. What is in it?

# %%
wrong = row.view(3, 2, 2)
print("wrong heads:", wrong.tolist())

# %% [markdown]
# Head 0 now has numbers 0 to 3, all from token 0, and takes them for two tokens. Everything runs, and the weights of each row sum to 1. How do you notice? By a property that must hold: with a causal mask, a change of the last token can't reach the first one.


# %%
def multi_head(x, W_q, W_k, W_v, W_o, heads, split):
    """Causal attention with `heads` heads: [T, C] to [T, C]."""
    q, k, v = (split(x @ W, heads) for W in (W_q, W_k, W_v))  # [H, T, D] each
    out = attend(q, k, v, causal_mask(len(x), len(x)))  # [H, T, D]
    return out.transpose(0, 1).flatten(1) @ W_o  # [T, C]


def right_split(x, heads):
    return x.view(len(x), heads, -1).transpose(0, 1)  # [H, T, D]


def wrong_split(x, heads):
    return x.reshape(heads, len(x), -1)  # [H, T, D], the wrong numbers


text = torch.randn(6, 24, generator=torch.Generator().manual_seed(1))  # [T, C]
other_end = text.clone()
other_end[-1] += 1.0
matrices = torch.randn(4, 24, 24, generator=torch.Generator().manual_seed(2)) * 24**-0.5
for split in (right_split, wrong_split):
    one, two = (multi_head(t, *matrices, 4, split) for t in (text, other_end))
    touched = [i for i in range(5) if not agree(one[i], two[i])]
    print(f"{split.__name__}: a change of token 5 reaches the earlier tokens {touched}")

# %% [markdown]
# The wrong cut lets the future in by the back door. Keep this test: change the end, and nothing before it may move. Lesson 06 runs it on the whole model.
#
# Why a view and not a loop over heads? The loop gives the same numbers. But it starts a small multiplication for every head, where the view starts one large one, and each start costs something.

# %%
looped = [
    attend(*(text @ W[:, 6 * h : 6 * h + 6] for W in matrices[:3]), causal_mask(6, 6))
    for h in range(4)
]
looped = torch.cat(looped, -1) @ matrices[3]
viewed = multi_head(text, *matrices, 4, right_split)
print("loop and view agree:", agree(looped, viewed))

# %% [markdown]
# ### Heads that share
#
# A model that writes keeps the keys and values of everything it has read (lesson 07). That memory grows with every token and every head, and it is what limits long texts. So several query heads share one pair of key and value heads: [**grouped-query attention**](../book/glossary.md#grouped-query-attention). SmolLM2 has 9 query heads and 3 key/value heads.

# %%
config = model.config
for kept in (config.num_attention_heads, config.num_key_value_heads, 1):
    numbers = config.num_hidden_layers * 2 * kept * config.head_dim
    print(f"{kept} key/value heads: {numbers:6,} numbers kept for each token")

# %% [markdown]
# Three shared heads save two thirds; one for all ("multi-query") would save eight ninths. What that costs in quality is measured in the GQA paper below. Which query head reads which pair? Neighbours share: heads 0, 1, 2 read pair 0, heads 3, 4, 5 pair 1, and so on. In torch that is `repeat_interleave`. The shorter `repeat` gives 0, 1, 2, 0, 1, 2 …, which also runs, and is wrong:

# %%
print("repeat_interleave:", torch.arange(3).repeat_interleave(3).tolist())
print("repeat:           ", torch.arange(3).repeat(3).tolist())
Q9, K3, V3 = torch.randn(9, 11, 8), torch.randn(3, 11, 8), torch.randn(3, 11, 8)
shared = attention(Q9[None], K3[None], V3[None], causal=True)[0]  # [9, 11, 8]
for name, spread in {
    "repeat_interleave": lambda t: t.repeat_interleave(3, 0),
    "repeat": lambda t: t.repeat(3, 1, 1),
}.items():
    plain = attend(Q9, spread(K3), spread(V3), causal_mask(11, 11))
    print(f"as the library with {name}: {agree(plain, shared)}")

# %% [markdown]
# The library's module `Attention` holds the four matrices and does what `multi_head` does, for any number of shared heads. Here are its weights in our function:

# %%
small = ModelConfig(
    vocab_size=10,
    hidden_size=24,
    intermediate_size=8,
    num_hidden_layers=1,
    num_attention_heads=4,
)
torch.manual_seed(0)
layer = Attention(small, layer=0)
own = [p.weight.T for p in (layer.q_proj, layer.k_proj, layer.v_proj, layer.o_proj)]
with torch.no_grad():
    print("the same:", agree(multi_head(text, *own, 4, right_split), layer(text[None])[0]))

# %%
show_source(Attention.forward)

# %% [markdown]
# You know most of these lines by now. `rotation` comes next, `memory` in section 10; `cache` belongs to lesson 07 and `attention_scale` to lesson 11.

# %% [markdown]
# ## 8. Where am I? Positions by turning
#
# Something is missing. Shuffle the words in front of a query, together with their keys and values, and what does the query receive?

# %%
order = torch.tensor([3, 0, 4, 1, 2])
straight = attend(Q[0, 0, :1], K[0, 0, :5], V[0, 0, :5])
shuffled = attend(Q[0, 0, :1], K[0, 0, order], V[0, 0, order])
print("the order makes a difference:", not agree(straight, shuffled))

# %% [markdown]
# The same: a sum does not care about order. *Dog bites man* and *man bites dog* would be one sentence. Lesson 03 added a vector for each position to the embeddings. Most of today's models do something else. What matters to a word is seldom "I am number 40" and often "the word two places back". So we want a score that depends on the *distance* between query and key, and on nothing else about position.
#
# Take the smallest case, vectors of two numbers, which are arrows in the plane. The dot product of two arrows depends on their lengths and on the **angle between them**. Now turn the query at position $m$ by $m$ times some angle $\theta$, and the key at position $n$ by $n\theta$. The angle between them changes by $(m - n)\theta$: the distance, and nothing else. This is [**rotary position embedding**](../book/glossary.md#rope), RoPE for short.
#
# Turning $(a, b)$ by an angle $\varphi$ gives
#
# $$(a \cos\varphi - b \sin\varphi,\;\; a \sin\varphi + b \cos\varphi).$$
#
# On paper: let query and key both be (1, 0), $\theta = 30°$, positions 5 and 3. The query is turned by 150°, the key by 90°. Between them are 60°, and $\cos 60° = 0.5$. And at positions 105 and 103?


# %%
def turn(pair, angle):
    """[2] turned anticlockwise by an angle in radians."""
    a, b = pair
    c, s = torch.cos(angle), torch.sin(angle)
    return torch.stack([a * c - b * s, a * s + b * c])


arrow, theta = (
    torch.tensor([1.0, 0.0], dtype=torch.float64),
    torch.tensor(torch.pi / 6, dtype=torch.float64),
)
for m, n in [(5, 3), (105, 103), (3, 5), (5, 4)]:
    score = turn(arrow, m * theta) @ turn(arrow, n * theta)
    print(f"query at {m:3}, key at {n:3}: score {score:.3f}")

# %% [markdown]
# The first two agree, as promised. But the third agrees too, and with 30° a distance of 12 would look like 0: one hand of a clock can't tell the time. So a head of width $D$ is cut into $D/2$ pairs, and each pair turns at its own speed, like the hands for seconds, minutes and hours: pair $i$ by
#
# $$\theta_i = \text{base}^{-2i/D}$$
#
# radians for each token. (And since query and key are rarely the same arrow, two words ahead and two words back differ in general: what is added to the angle between them is $+2\theta$ in one case, $-2\theta$ in the other.)

# %%
speeds = rope_frequencies(config)  # [D / 2], SmolLM2: D = 64, base 100,000
for pair in (0, 1, 8, 16, 31):
    speed = float(speeds[pair])
    print(
        f"pair {pair:2}: {speed:.6f} radians a token, round in {2 * torch.pi / speed:9,.0f} tokens"
    )

# %%
fig, ax = plt.subplots(figsize=(7, 2.8))
distances = torch.arange(0, 41)
for pair, line in zip((0, 4, 8, 16), LINES, strict=False):
    ax.plot(
        distances,
        torch.cos(distances * speeds[pair]),
        linestyle=line,
        label=f"pair {pair}",
        markevery=5,
    )
ax.set(
    xlabel="distance in tokens",
    ylabel="cosine of the angle",
    title="Fast hands for neighbours, slow hands for the far past",
)
ax.set(ylim=(-1.6, 1.1), yticks=(-1, 0, 1))
ax.legend(ncols=4, loc="lower center")
show(
    fig,
    alt="Four cosine curves over a distance of 0 to 40 tokens. Pair 0 swings up and down every 6 tokens, pair 4 every "
    "26, pair 8 falls slowly, and pair 16 hardly moves.",
)

# %% [markdown]
# Pair 0 can tell two words back from three; pair 16 barely notices forty. So a head has hands for both questions, "is it the neighbour?" and "is it nearby at all?".
#
# In code all pairs turn at once. Which numbers form a pair is a matter of taste, and there are two tastes. Meta's own code pairs **neighbours**, 0 with 1, 2 with 3. Hugging Face pairs the two **halves**, number $i$ with $i + D/2$.


# %%
def plain_rope(x, positions, speeds, pairing):
    """Queries or keys [T, D] at their positions [T], turned."""
    angles = positions[:, None] * speeds  # [T, D/2]
    a, b = x.chunk(2, -1) if pairing == "half" else (x[:, 0::2], x[:, 1::2])  # [T, D/2] each
    new_a, new_b = a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()
    if pairing == "half":
        return torch.cat([new_a, new_b], -1)  # [T, D]
    return torch.stack([new_a, new_b], -1).flatten(1)  # [T, D]


sample = torch.randn(7, 64, generator=torch.Generator().manual_seed(3))
places = torch.tensor([0, 1, 2, 3, 50, 51, 4000])
for pairing in ("half", "interleaved"):
    plain = plain_rope(sample, places, speeds, pairing)
    library = apply_rope(sample[None, None], rotation(places, speeds, pairing))[0, 0]
    print(f"{pairing:11} as the library: {agree(plain, library)}")

# %% [markdown]
# Now the promise itself, with 64 numbers, on a thousand random queries and keys: the score at positions $m$ and $n$ is the score at $m + 700$ and $n + 700$.

# %%
generator = torch.Generator().manual_seed(4)
many_q, many_k = torch.randn(2, 1000, 64, generator=generator, dtype=torch.float64)
m, n = torch.randint(0, 300, (2, 1000), generator=generator)
exact = speeds.double()


def turned_scores(m, n, pairing="half"):
    return (plain_rope(many_q, m, exact, pairing) * plain_rope(many_k, n, exact, pairing)).sum(
        -1
    )  # [1000]


drift = (turned_scores(m, n) - turned_scores(m + 700, n + 700)).abs().max()
print(f"largest change of a score when both move by 700: {drift:.9f}")
print(f"typical size of a score: {turned_scores(m, n).abs().mean():.1f}")

# %% [markdown]
# ### Two layouts, and a bug that hides at position 0
#
# Both layouts are fine, as long as the weights were made for the one you use. If not, there is no error message. And the first token tells you nothing:

# %%
here = torch.zeros(1000)
same_at_0 = agree(turned_scores(here, here, "half"), turned_scores(here, here, "interleaved"))
far_off = (turned_scores(m, n, "half") - turned_scores(m, n, "interleaved")).abs().mean()
print("equal when both stand at position 0:", same_at_0)
print(f"elsewhere the two layouts differ by {far_off:.1f} on average")

# %% [markdown]
# Position 0 is turned by 0. A test with one token passes, and the model is broken. We do it to the real one. [**Perplexity**](../book/glossary.md#perplexity), from lesson 01, says how lost it is:

# %%
lighthouse = (
    "The old woman climbed the stairs of the lighthouse, lit the lamp, and sat down with her tea. "
    "From the window she could see the whole bay. One night, when the fog was thick, there was a "
    "knock at the door."
)


def read_with(pairing):
    """The logits [T, V] of the lighthouse text with the model's weights turned in this layout."""
    model.config = dataclasses.replace(config, rope_pairing=pairing)
    with torch.no_grad():
        logits = model(torch.tensor([tokenizer.encode(lighthouse)]))[0]
    model.config = config
    return logits


ids = torch.tensor(tokenizer.encode(lighthouse))
first = read_with(config.rope_pairing)[0]
for pairing in ("half", "interleaved"):
    logits = read_with(pairing)
    perplexity = F.cross_entropy(logits[:-1], ids[1:]).exp()
    print(
        f"{pairing:11} perplexity {perplexity:.1f}, same after one token: {agree(logits[0], first)}"
    )

# %% [markdown]
# More than twice as lost, and no error anywhere. (Our weights come from a file in the layout of neighbours; the loader puts the rows in the order for halves.)
#
# ### Longer than it was trained
#
# What if a model was trained on texts of 8,192 tokens and should read texts eight times as long? The slow hands then point where they never pointed in training. The remedy is to slow hands down, so that the new distances fit into the old angles. Three rules are in use. **Linear** divides all speeds by the same factor, here 8, and blurs neighbours in doing so. **llama3** leaves the fast hands alone, divides the slow ones, and goes smoothly from one to the other between. **yarn** does the same along another ramp, and sharpens the scores a little.

# %%
stretch = {"factor": 8.0, "original_max_position_embeddings": 8192}
rules = {
    "as trained": None,
    "linear": {"rope_type": "linear", "factor": 8.0},
    "llama3": {"rope_type": "llama3", "low_freq_factor": 1.0, "high_freq_factor": 4.0, **stretch},
    "yarn": {"rope_type": "yarn", **stretch},
}
llama = ModelConfig.preset("llama-3-8b")
turns = {
    name: 2 * torch.pi / rope_frequencies(dataclasses.replace(llama, rope_scaling=rule))
    for name, rule in rules.items()
}  # tokens for a full turn, [D / 2] each
for name, tokens in turns.items():
    print(f"{name:10} pair 0 turns in {tokens[0]:5.1f} tokens, pair 63 in {tokens[63]:12,.0f}")

# %%
fig, ax = plt.subplots(figsize=(7, 3.2))
for (name, tokens), line, colour in zip(turns.items(), LINES, COLOURS, strict=False):
    ax.plot(tokens / turns["as trained"], label=name, linestyle=line, color=colour, markevery=6)
edge = int((turns["as trained"] < 8192).sum())
ax.axvline(edge - 0.5, color="black", linewidth=1, marker="")
ax.text(edge, 4.2, "from here on, no full\nturn in 8,192 tokens", fontsize=9)
ax.set(xlabel="pair, fastest first", ylabel="times slower", title="Which hands are slowed down")
ax.legend(loc="center left")
show(
    fig,
    alt="Four lines over the 64 pairs of Llama 3. As trained stays at 1, linear stays at 8. llama3 and yarn stay at 1 "
    "for the fast pairs and rise to 8; llama3 rises late and steeply, yarn earlier and evenly.",
)
print(f"{edge} of 64 pairs turn at least once within 8,192 tokens")

# %% [markdown]
# A hand that has been all the way round in training has been seen at every angle; it may stay. A hand that never got round must not point further than it did. Both careful rules follow this thought, and they differ in how they cross the border.
#
# Turn it yourself. The panel shows one pair of one head: a query (the thick arrow) and a key, which would be the same arrow at the same place. Things to try: move `position` with `distance` fixed. Find the pair whose score at distance 3 is lowest. With pair 4, how far must the key be for the score to become negative?


# %%
def draw_dial(position, distance, pair):
    speed = float(speeds[pair])
    query, key = position * speed, (position - distance) * speed
    fig, ax = plt.subplots(figsize=(3.6, 3.6))
    ax.add_patch(plt.Circle((0, 0), 1, fill=False, color="#888888"))
    for angle, width, name in ((query, 4.0, "query"), (key, 1.6, "key")):
        end = (math.cos(angle), math.sin(angle))
        ax.annotate("", end, (0, 0), arrowprops={"arrowstyle": "->", "linewidth": width})
        ax.text(1.22 * end[0], 1.16 * end[1], name, ha="center", va="center")
    ax.set(xlim=(-1.5, 1.5), ylim=(-1.4, 1.4), aspect="equal")
    ax.axis("off")
    between = f"{math.degrees(distance * speed):.0f}° between the two"
    score = f"score {math.cos(distance * speed):.2f}"
    return fig, f"query turned by {query:.2f} radians, {between}, {score}"


slider = {"continuous_update": False}
explore(
    draw_dial,
    position=widgets.IntSlider(value=20, min=0, max=200, **slider),
    distance=widgets.IntSlider(value=3, min=-20, max=20, **slider),
    pair=widgets.IntSlider(value=4, min=0, max=31, **slider),
)

# %% [markdown]
# ## 9. Shorter sight
#
# Must every token see the whole past? Two common masks say no. With a [**sliding window**](../book/glossary.md#sliding-window) each token sees the last `W` tokens, itself included; Mistral's first model [used 4,096](https://arxiv.org/abs/2310.06825). With **chunks** the text is cut into pieces, and each token sees its own piece up to itself; Llama 4 does this in three of four layers. Before you look at the drawing: with windows and chunks of 4 and 12 tokens, what does token 8 see in each?

# %%
masks = {
    "causal": causal_mask(12, 12),
    "window of 4": sliding_window_mask(12, 12, 4),
    "chunks of 4": chunked_mask(12, 12, 4),
}
fig, axes = plt.subplots(1, 3, figsize=(7.5, 2.8))
for ax, (name, mask) in zip(axes, masks.items(), strict=True):
    ax.imshow(mask, cmap="Greys", vmin=0, vmax=1.6)
    ax.set(title=name, xlabel="looked at", xticks=range(0, 12, 4), yticks=range(0, 12, 4))
    ax.grid(visible=False)
axes[0].set_ylabel("who looks")
show(
    fig,
    alt="Three masks of 12 by 12. Causal is a full lower triangle, the window a diagonal band of 4, the chunks "
    "three small triangles along the diagonal.",
)
for name, mask in masks.items():
    sees = mask[8].nonzero().flatten().tolist()
    print(f"{name:12} token 8 sees {sees}, {int(mask.sum())} pairs in all")

# %% [markdown]
# The window moves along: 5, 6, 7 and 8. The chunk starts afresh: token 8 is the first of its piece and sees itself alone. Hence a model with chunks needs some layers that see everything.
#
# Is a window of 4 the end of all memory? No: the token 3 back has itself looked 3 back, one layer earlier. We count how far word can travel in several layers.

# %%
reach = torch.eye(40, dtype=torch.bool)
step = sliding_window_mask(40, 40, 4)
for layers in range(1, 6):
    reach = (step.float() @ reach.float()) > 0
    print(f"after {layers} layers token 39 has heard from {int(reach[39].sum()):2} tokens")

# %% [markdown]
# $1 + 3 \cdot \text{layers}$. And for the real one, with its 32 layers?

# %%
window, layers = 4096, 32
print(f"window {window:,}, {layers} layers: {1 + (window - 1) * layers:,} tokens")

# %% [markdown]
# A long reach, though what has passed through 32 pairs of hands is no longer what was said. And mind when you test: an off-by-one in the window can't be seen on a text shorter than the window. A window of 4 and a text of 40 tokens will show it, a window of 4,096 and the same text never.

# %% [markdown]
# ## 10. Two texts: cross attention
#
# So far a text has looked at itself, which is **self-attention**. Nothing in the formula asks for that. The queries may come from one text, the keys and values from another: [**cross attention**](../book/glossary.md#cross-attention). It was invented for translation, where each word to be written looks for the words to be translated. A picture described in words works alike.
#
# We teach it a toy French, in which the adjective follows the noun and the article depends on it:

# %%
nouns = {
    "car": ("voiture", "f"),
    "house": ("maison", "f"),
    "bus": ("bus", "m"),
    "garden": ("jardin", "m"),
}
adjectives = {
    "green": ("vert", "verte"),
    "small": ("petit", "petite"),
    "white": ("blanc", "blanche"),
}
verbs = {"hides": "cache", "follows": "suit", "passes": "passe"}


def in_french(adjective, noun):
    word, gender = nouns[noun]
    return [{"m": "le", "f": "la"}[gender], word, adjectives[adjective][gender == "f"]]


english, french = [], []
for a, n, verb, b, o in itertools.product(adjectives, nouns, verbs, adjectives, nouns):
    english.append(["the", a, n, verb, "the", b, o])
    french.append([*in_french(a, n), verbs[verb], *in_french(b, o)])
print(" ".join(english[5]), "→", " ".join(french[5]))
print(f"{len(english)} sentences; {len(english) - 132} to learn from, 132 for the exam")

# %% [markdown]
# The network has one query for each place in the French sentence, and nothing else on the French side. Its keys are made from the English words and their places, its values from the words. It starts knowing nothing: all queries are 0, so every look is spread evenly. Nobody tells it which word belongs to which. Guess where the query for *la* will look.


# %%
class Translator(nn.Module):
    def __init__(self, source_words, target_words, width=32):
        super().__init__()
        self.words, self.places = nn.Embedding(source_words, width), nn.Embedding(7, width)
        self.queries = nn.Parameter(torch.zeros(7, width))  # one for each French place
        self.to_key = nn.Linear(width, width, bias=False)
        self.to_value = nn.Linear(width, width, bias=False)
        self.say = nn.Linear(width, target_words)

    def forward(self, token_ids):
        x = self.words(token_ids)  # [B, S, C]
        key, value = self.to_key(x + self.places.weight), self.to_value(x)
        return self.say(attend(self.queries, key, value)), key  # [B, T, target_words]


english_words, french_words = (sorted({w for s in text for w in s}) for text in (english, french))
source = torch.tensor([[english_words.index(w) for w in s] for s in english])  # [432, 7]
target = torch.tensor([[french_words.index(w) for w in s] for s in french])  # [432, 7]
torch.manual_seed(0)
generator = torch.Generator().manual_seed(1)
shuffle = torch.randperm(len(source), generator=generator)
lessons, exam = shuffle[:300], shuffle[300:]
translator = Translator(len(english_words), len(french_words))
optimiser = torch.optim.AdamW(translator.parameters(), lr=0.01, weight_decay=1.0)
for _ in range(300):
    batch = lessons[torch.randint(300, (64,), generator=generator)]
    loss = F.cross_entropy(translator(source[batch])[0].transpose(1, 2), target[batch])
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
with torch.no_grad():
    right = (translator(source[exam])[0].argmax(-1) == target[exam]).float().mean()
print(f"words right in sentences it has never seen: {right:.0%}")

# %%
one = english.index(["the", "green", "car", "hides", "the", "small", "garden"])
with torch.no_grad():
    _, key = translator(source[[one]])
    alignment = attention_weights(translator.queries[None, None], key[None])[0, 0]  # [T, S]
fig, ax = plt.subplots(figsize=(4.8, 3.9))
heat(ax, alignment, french[one], english[one])
ax.set(ylabel="who looks (French)", xlabel="looked at (English)")
show(
    fig,
    alt="A heat map of 7 French rows by 7 English columns. The French nouns look at their English nouns and the verb at "
    "the verb. Each adjective looks at its adjective and also at its noun; each article at its noun and at the word the.",
)
for place in (0, 1, 2):
    row = ", ".join(
        f"{w} {p:.2f}" for w, p in zip(english[one], alignment[place], strict=True) if p >= 0.2
    )
    print(f"{french[one][place]:8} looks at {row}")

# %% [markdown]
# It has learned the alignment, and a finer one than word for word. *voiture* looks at *car*, across the reordering. But *verte* looks at *green* and at *car*: from *green* it takes the colour, from *car* the gender, without which it could not choose between *vert* and *verte*. And *la* looks at its noun as much as at an article: *the* says that an article is due, and nothing about gender. Nobody told it any of that. It only had to get the words right.
#
# In the library cross attention is the same module: `Attention` takes a `memory`, and keys and values are made from that.

# %%
with torch.no_grad():
    memory = torch.randn(
        1, 9, 24, generator=torch.Generator().manual_seed(5)
    )  # another text, 9 tokens
    crossed = layer(text[None], memory=memory)[0]  # [T, C]
    wanted = attend(
        right_split(text @ own[0], 4), *(right_split(memory[0] @ W, 4) for W in own[1:3])
    )
    print("the same:", agree(wanted.transpose(0, 1).flatten(1) @ own[3], crossed))

# %% [markdown]
# ## 11. What it costs
#
# Every token looks at every other, so twice the text means four times the table. How large is it? Take a batch of 4, 12 heads, 2,048 tokens and 4 bytes a number, in a single layer:

# %%
print(f"4 * 12 * 2048 * 2048 * 4 bytes = {4 * 12 * 2048**2 * 4 / 1e6:.0f} MB")
H, G = config.num_attention_heads, config.num_key_value_heads
D, C = config.head_dim, config.hidden_size
per_token = 2 * C * H * D + 2 * C * G * D  # W_q and W_o, W_k and W_v
print("multiplications of one layer of SmolLM2, and the size of its score tables")
for T in (512, 2048, 8192, 32768):
    work = f"attention {2 * H * D * T * T:.1e}   projections {T * per_token:.1e}"
    print(f"{T:6} tokens   {work}   {H * T * T * 4 / 1e6:7,.0f} MB")

# %% [markdown]
# The projections grow with `T`, the looking with `T` squared. From which length on does attention cost more?

# %%
lengths = torch.tensor([2**n for n in range(7, 16)])
fig, ax = plt.subplots(figsize=(7, 2.8))
ax.plot(lengths, 2 * H * D * lengths**2, label="attention: doubled text, four times the work")
ax.plot(lengths, lengths * per_token, label="projections: doubled text, twice the work")
ax.set(xscale="log", yscale="log", xlabel="tokens", ylabel="multiplications, one layer")
ax.legend()
crossing = per_token / (2 * H * D)
show(
    fig,
    alt="Two straight lines on logarithmic axes. Attention starts below the projections, crosses them between 512 and "
    "1024 tokens and rises twice as steeply.",
)
print(f"they cross at {crossing:.0f} tokens; 1024 tokens are beyond that")

# %% [markdown]
# For short texts the matrices are the cost, for long ones attention is. And long before the time runs out the memory does: at 32,768 tokens a single layer would need 39 GB for a table that is used once and thrown away.
#
# Must we hold the table at all? A weighted mean can be formed on the way. Take the keys in blocks; keep, for each query, the sum of the exponentials so far and the weighted sum so far. There is one snag: softmax needs the largest score, which may come later. When a larger one comes, shrink what you have by $e^{\text{old} - \text{new}}$ and go on.


# %%
def attend_in_blocks(q, k, v, block):
    """Attention that never holds more than [T, block] scores."""
    largest = torch.full((*q.shape[:-1], 1), -torch.inf)  # [..., T, 1]
    total, mixed = torch.zeros_like(largest), torch.zeros_like(q)
    for keys, values in zip(k.split(block, -2), v.split(block, -2), strict=True):
        scores = q @ keys.transpose(-1, -2) / q.shape[-1] ** 0.5  # [..., T, block]
        new = torch.maximum(largest, scores.amax(-1, keepdim=True))
        shrink, shares = (largest - new).exp(), (scores - new).exp()
        total = total * shrink + shares.sum(-1, keepdim=True)
        mixed = mixed * shrink + shares @ values
        largest = new
    return mixed / total


A, B, M = torch.randn(3, 9, 300, 64, generator=torch.Generator().manual_seed(6))
print("the same, block by block:", agree(attend_in_blocks(A, B, M, 32), attend(A, B, M)))
print(f"scores held at once: {300 * 300:,} before, {300 * 32:,} now")

# %% [markdown]
# This is the idea of [FlashAttention, 2022](https://arxiv.org/abs/2205.14135), and the library's fused path is torch's kernel of that kind. Nothing is approximated. Being kind to memory makes it faster too, because fetching a large table costs more time than computing with a small one.


# %%
def seconds(function, *arguments, **options):
    """The processor time of the best of three runs."""
    times = []
    for _ in range(3):
        start = time.process_time()
        function(*arguments, **options)
        times.append(time.process_time() - start)
    return min(times)


long = torch.randn(3, 1, 9, 1024, 64, generator=torch.Generator().manual_seed(7))
plain_time = seconds(attend, *long, causal_mask(1024, 1024))
fused_time = seconds(attention, *long, causal=True)
print("the kernel is at least 1.5 times as fast:", plain_time > 1.5 * fused_time)

# %% [markdown]
# ## 12. What real heads do
#
# SmolLM2 has 270 heads. Nobody wants to look at 270 maps, so we give each head marks. The trick is a text about which we know everything: 40 random tokens, and then the same 40 again. There is no meaning in it. Three habits can be measured:
#
# - **previous token**: how much weight goes to the token just before?
# - [**sink**](../book/glossary.md#attention-sink): how much goes to the very first token?
# - [**induction**](../book/glossary.md#induction-head): in the second half, how much goes to the token that *followed* the same token last time? (That is what our head did with Mrs Quimbletop.)

# %%
once = torch.randint(1000, 20_000, (40,), generator=torch.Generator().manual_seed(0)).tolist()
twice = once + once
maps = attention_maps(model, twice)  # [layers, H, 80, 80]
i = torch.arange(41, 80)
marks = {
    "previous token": maps.diagonal(-1, 2, 3).mean(-1),  # [layers, H]
    "sink": maps[:, :, 8:, 0].mean(-1),
    "induction": maps[:, :, i, i - 39].mean(-1),
}
for name, mark in marks.items():
    for value, place in zip(*mark.flatten().topk(1 if name == "sink" else 3), strict=True):
        print(f"{name:15} layer {int(place) // 9:2}, head {int(place) % 9}: {value:.2f}")

# %%
fig, axes = plt.subplots(3, 1, figsize=(7.5, 4.6), sharex=True)
for ax, (name, mark) in zip(axes, marks.items(), strict=True):
    drawn = ax.imshow(mark.T, cmap="Greys", vmin=0, vmax=1, aspect="auto")
    ax.set(title=name, ylabel="head", yticks=range(0, 9, 4))
    ax.grid(visible=False)
axes[2].set_xlabel("layer")
fig.colorbar(drawn, ax=axes, label="share of attention")
show(
    fig,
    alt="Three grids of 30 layers by 9 heads. Previous-token heads are few and spread over the layers; sinks are common "
    "from layer 3 on, but for layers 10 and 11; induction heads are few and stand from layer 17 on.",
)
share = (marks["sink"] > 0.5).float().mean()
print(f"{share:.0%} of the heads give more than half of their attention to token 0")

# %% [markdown]
# An induction head has seen *A B*. Now it sees *A* again, and it looks at *B*. On random tokens nothing else can help the model to guess, so look at its loss, the first time round and the second:


# %%
def losses(token_ids):
    with torch.no_grad():
        logits = model(torch.tensor([token_ids]))[0]  # [T, V]
    return F.cross_entropy(logits[:-1], torch.tensor(token_ids)[1:], reduction="none")  # [T - 1]


first_time, second_time = losses(twice)[:39].mean(), losses(twice)[40:].mean()
print(f"mean loss the first time {first_time:.2f}, the second time {second_time:.2f}")

# %% [markdown]
# And the sinks? Nearly half of all heads put most of their attention on the first token, a random one at that. A row of weights must sum to 1: a head that has nothing to report can't say so. It has learned to look where nothing is said. Look at the *values* that head 8 of layer 18 finds there:

# %%
seen = {}
hook = model.model.layers[18].self_attn.v_proj.register_forward_hook(
    lambda _m, _a, out: seen.update(v=out[0])
)
losses(tokenizer.encode(lighthouse))
hook.remove()
sizes_of_values = (
    seen["v"].unflatten(-1, (3, 64))[:, 2].norm(dim=-1)
)  # [T]: heads 6, 7, 8 read pair 2
text_maps = attention_maps(model, tokenizer.encode(lighthouse))
print(f"head 8 of layer 18 gives token 0 a weight of {text_maps[18, 8, 8:, 0].mean():.2f}")
there, others = sizes_of_values[0], sizes_of_values[1:].mean()
print(f"size of its value there {there:.2f}, of the others on average {others:.1f}")

# %% [markdown]
# Weight 1.00 on a value less than a tenth the size of the others: full attention, next to no message. This is also what swamped the mean in section 6. Keep the lesson: **a weight is a share, not an amount.**

# %% [markdown]
# ## 13. What a map does not prove
#
# *The trophy didn't fit in the suitcase because it was too big.* What is *it*? The trophy. With *small* in place of *big* it is the suitcase. Many texts on attention show an arrow from *it* to *trophy* at this point. Where do the heads of the real model look from *it*?

# %%
riddles = {
    word: f"The trophy didn't fit in the suitcase because it was too {word}."
    for word in ("big", "small")
}
spots = pieces(riddles["big"])
it, trophy, suitcase = spots.index("␣it"), spots.index("␣trophy"), spots.index("␣suit")
looks = {}
for word, riddle in riddles.items():
    from_it = looks[word] = attention_maps(model, tokenizer.encode(riddle))[
        :, :, it
    ]  # [layers, H, T]
    for name, place in (("trophy", trophy), ("suitcase", suitcase)):
        shares = from_it[:, :, place]  # [layers, H]
        print(f"{word:5}  it → {name:8}  mean {shares.mean():.3f}, at most {shares.max():.2f}")
    where = int(from_it[:, :, trophy].argmax())
    print(f"       most at trophy: layer {where // 9}, head {where % 9}")
print("all heads look alike in both:", agree(*looks.values()))

# %% [markdown]
# There is the arrow: head 3 of layer 16 gives *trophy* more than half. It would make a fine figure. But compare the two sentences. All 270 heads look from *it* **in exactly the same way**, and they must: when the model reads *it*, the word that decides the riddle has not come yet, and the mask forbids it to look. Whatever this head does, it does not solve the riddle. Does the model solve it at all, later? We ask which of the two ways to end it finds likelier.

# %%
for word in riddles:
    for thing in ("trophy", "suitcase"):
        ending = f"The trophy didn't fit in the suitcase because the {thing} was too {word}."
        total = losses(tokenizer.encode(ending)).sum()
        print(f"the {thing:8} was too {word:5}  total loss {total:.0f}")

# %% [markdown]
# It finds the suitcase likelier in both. This small model does not understand the sentence, arrow or no arrow.
#
# So how can you tell what a head is good for? Switch it off and see what breaks. `silenced` replaces what a head delivers by zeros; this is called an [**ablation**](../book/glossary.md#ablation). Our text is again the 40 random tokens and their repetition, on which we know what is to be done. We pick five heads by their maps. Predict which one the model needs most.

# %%
candidates = {
    (18, 6): "induction 0.96",
    (17, 4): "induction 0.69",
    (18, 8): "sink 1.00",
    (11, 1): "previous token 0.79",
    (16, 0): "previous token 0.92",
}
story_ids = tokenizer.encode(lighthouse)
story = losses(story_ids).mean()
print("what the loss does without the head:      repetition   story")
for (layer_number, head), habit in candidates.items():
    with silenced(model, [(layer_number, head)]):
        change, elsewhere = (
            losses(twice)[40:].mean() - second_time,
            losses(story_ids).mean() - story,
        )
    print(f"layer {layer_number}, head {head}   {habit:20} {change:+z12.1f} {elsewhere:+z7.1f}")

# %% [markdown]
# Read the column of the repetition.
#
# - Head 6 of layer 18, our head from the beginning: without it the loss rises by 2.0. Here the map told the truth.
# - Head 4 of layer 17 has the same kind of map, 0.69 on the right token. Without it nothing gets worse. **The map says induction, and on this text the model does not need it.**
# - Head 8 of layer 18 gives all its attention to one token and leaves no trace.
# - The two previous-token heads have maps alike. One is worth next to nothing here. The other, head 0 of layer 16, is worth more than twice as much as the induction head itself: 5.4.
#
# Why should a head that looks one token back matter so much for finding something 40 tokens back? Perhaps the induction head needs it. That can be tested: silence the one, and watch the map of the other.

# %%
with silenced(model, [(16, 0)]):
    without = attention_maps(model, twice)[18, 6, i, i - 39].mean()
print(f"layer 18, head 6 on the right token: {marks['induction'][18, 6]:.2f}")
print(f"with layer 16, head 0 silenced:      {without:.2f}")

# %% [markdown]
# So induction takes two heads. The first writes into each token *what stood before me*. The second, two layers later, looks for a token whose note says *before me stood a Qu*. Without the first there is not much to find, and no map of the second head could have told us.
#
# What may you conclude from a map, then? That this share of this head's mixture came from there, in this layer, for this text. Not that it was used, not that it was the reason. Maps suggest; ablations test.

# %% [markdown]
# ## 14. Look for yourself
#
# Type a sentence (of up to 24 words) and walk through layers and heads. On the left are all weights of the head, and on the right is the row of one token. Things to try: head 3 of layer 16 at *it*; a list with a repeated name and head 6 of layer 18; head 0 of layer 16 and its steps; any head of layer 0. When you have a theory about a head, find a sentence that refutes it.


# %%
@lru_cache(maxsize=32)
def maps_of(sentence):
    return attention_maps(model, tokenizer.encode(sentence))


def draw_head(sentence, layer, head, token):
    sentence = " ".join(sentence.split()[:24]) or "The"
    names = pieces(sentence)
    token = min(token, len(names) - 1)
    table = maps_of(sentence)[layer, head]  # [T, T]
    fig, (left, right) = plt.subplots(1, 2, figsize=(8, 4), width_ratios=(3, 2))
    heat(left, table, names, names, f"layer {layer}, head {head}", numbers=False)
    left.set(xlabel="looked at", ylabel="who looks")
    left.add_patch(
        plt.Rectangle((-0.5, token - 0.5), len(names), 1, fill=False, edgecolor=COLOURS[0])
    )
    right.barh(range(token + 1), table[token, : token + 1])
    right.set_yticks(range(token + 1), names[: token + 1], fontsize=8)
    right.set(title=f"where {names[token]} looks", xlabel="share of attention", xlim=(0, 1))
    right.grid(axis="y", visible=False)
    right.invert_yaxis()
    best = table[token].topk(min(3, token + 1))
    words = ", ".join(f"{names[int(j)]} {share:.2f}" for share, j in zip(*best, strict=True))
    return fig, f"{names[token]} looks at {words}"


explore(
    draw_head,
    sentence=widgets.Text(value=riddles["big"], **slider),
    layer=widgets.IntSlider(value=16, min=0, max=29, **slider),
    head=widgets.IntSlider(value=3, min=0, max=8, **slider),
    token=widgets.IntSlider(value=it, min=0, max=40, **slider),
)

# %% [markdown]
# ## 15. What goes wrong
#
# Four of the usual mistakes you have seen on the way: the mask at the wrong place, the wrong reshape, `repeat` for `repeat_interleave`, the wrong rotary layout. Three more. The first: softmax over the wrong axis. Square tables hide it.

# %%
wrong_axis = S.masked_fill(~past, -torch.inf).softmax(0)
print(
    "the row of 'Life' sums to",
    f"{wrong_axis[0].sum():.2f};",
    "the row of 'first' to",
    f"{wrong_axis[6].sum():.2f}",
)

# %% [markdown]
# Every *key* now shares itself out among the queries. The first row gets almost nothing, and no error is raised. The second: a row in which everything is hidden. It happens when a batch is padded on the left, since the padding has nothing but itself.

# %%
padding = torch.tensor([False, True, True])  # one padding token in front of two real ones
hidden = causal_mask(3, 3) & padding
toy = torch.ones(1, 1, 3, 2)
print("plain:  ", attend(toy, toy, toy, hidden)[0, 0].tolist())
print("library:", attention(toy, toy, toy, hidden)[0, 0].tolist())

# %% [markdown]
# 0 divided by 0, and `nan` is contagious: one row of it, multiplied into the next layer, and the whole text is gone. The third: positions in half precision. Angles of thousands of radians need more digits than 16 bits have.

# %%
position = torch.tensor(4001.0)
for dtype in (torch.float32, torch.bfloat16):
    angle = float(position.to(dtype) * speeds[0].to(dtype))  # pair 0: one radian a token
    print(f"{dtype!s:14} angle {angle:.0f}, cosine {math.cos(angle):+.2f}")

# %% [markdown]
# The number 4001 can't even be written down in `bfloat16`; the nearest one is a token that stands a little way off, and the fast hands point anywhere. The tables of `rotation` are made in 32 bits for that reason.

# %% [markdown]
# ## Exercises
#
# Write each function where the dots are and run the cell. In a cell of your own, `hint("attention_weights")` helps a step at a time and `show_solution("attention_weights")` shows one way to do it; both come from `lessons_lib.classroom`.
#
# ### {exercise: attention_weights}
#
# Queries and keys in, weights out.


# %% tags=["exercise"]
def my_weights(q, k):
    """queries q [T, D] and keys k [S, D] to attention weights [T, S], without a mask."""
    ...


check("attention_weights", my_weights)

# %% [markdown]
# ### {exercise: causal_mask}
#
# The scores are given, scaled already. Mind the last case: a huge score in the future.


# %% tags=["exercise"]
def my_causal_weights(scores):
    """scores [T, T], row i for query i, to causal weights [T, T]; every row sums to 1."""
    ...


check("causal_mask", my_causal_weights)

# %% [markdown]
# ### {exercise: split_heads}
#
# Section 7 shows the way that is wrong.


# %% tags=["exercise"]
def my_split_heads(x, heads):
    """x [T, C] to [H, T, D] with D = C / H; head h gets columns h * D to (h + 1) * D - 1 of every token."""
    ...


check("split_heads", my_split_heads)

# %% [markdown]
# ### {exercise: rotate_pair}
#
# One vector at one position, in the layout of halves.


# %% tags=["exercise"]
def my_rotate(x, position, base):
    """x [D] with its pairs (x[i], x[i + D/2]) turned by position * base ** (-2i / D) radians: [D]."""
    ...


check("rotate_pair", my_rotate)

# %% [markdown]
# ### {exercise: sliding_mask}
#
# Numbers or truth values, as you like.


# %% tags=["exercise"]
def my_sliding_mask(tokens, window):
    """A number of tokens T and a window of 1 or more to [T, T]: True where token i may look at token j."""
    ...


check("sliding_mask", my_sliding_mask)

# %% [markdown]
# ### {exercise: grouped_heads}
#
# Causal attention with grouped heads, from the shapes up: everything but the rotation.


# %% tags=["exercise"]
def my_grouped_attention(q, k, v):
    """q [H, T, D], k and v [G, T, D] where G divides H to [H, T, D]; causal, head h reads pair h // (H / G)."""
    ...


check("grouped_heads", my_grouped_attention)

# %% [markdown]
# ## Quiz

# %%
quiz("04")

# %% [markdown]
# What you have solved so far, in this lesson and the others:

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A note of fixed size forgets. Attention keeps all words and looks back: distance costs nothing, and every look is a dot product.
# - Query and key decide how much, the value decides what. Divide by $\sqrt D$, hide the future with minus infinity before the softmax, take the weighted mean.
# - Heads are the same numbers in another shape. Cut at the columns, not at the tokens; neighbours share key and value heads.
# - RoPE turns pairs, so that a score depends on distance. Two layouts agree at position 0 and nowhere else.
# - Memory and work grow with the square of the text; a kernel that goes block by block spares the memory.
# - A map shows shares of one head's mixture. Whether anything depends on it is for an ablation to say.
#
# **Words of this lesson:** [attention](../book/glossary.md#attention), [query](../book/glossary.md#query), [key](../book/glossary.md#key), [value](../book/glossary.md#value), [mask](../book/glossary.md#mask), [head](../book/glossary.md#head), [RoPE](../book/glossary.md#rope) and the others in the [glossary](../book/glossary.md).
#
# **Papers.** [Bahdanau, Cho and Bengio 2014](https://arxiv.org/abs/1409.0473), *Neural Machine Translation by Jointly Learning to Align and Translate* (where attention began). [Vaswani and others 2017](https://arxiv.org/abs/1706.03762), *Attention Is All You Need*. [Su and others 2021](https://arxiv.org/abs/2104.09864), *RoFormer* (RoPE). [Ainslie and others 2023](https://arxiv.org/abs/2305.13245), *GQA*. [Peng and others 2023](https://arxiv.org/abs/2309.00071), *YaRN*. [Jiang and others 2023](https://arxiv.org/abs/2310.06825), *Mistral 7B* (the sliding window). [Dao and others 2022](https://arxiv.org/abs/2205.14135), *FlashAttention*. [Olsson and others 2022](https://arxiv.org/abs/2209.11895), *In-context Learning and Induction Heads*. [Xiao and others 2023](https://arxiv.org/abs/2309.17453), *Efficient Streaming Language Models with Attention Sinks*. [Jain and Wallace 2019](https://arxiv.org/abs/1902.10186), *Attention is not Explanation*.
#
# **Next:** in lesson 05 attention gets its partner, the feed-forward network, and both are hung on the stream that carries every token from the first layer to the last.
