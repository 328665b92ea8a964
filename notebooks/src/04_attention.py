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
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [softmax](01_tokens_and_sampling.ipynb#2.-From-scores-to-chances); [the product of matrices](00b_tensors.ipynb#6.-The-product-of-matrices), also as recipes that mix; [`view`](00b_tensors.ipynb#3.-Another-shape,-the-same-numbers), [`dim`](00b_tensors.ipynb#4.-Along-which-axis?), [slopes](00c_learning.ipynb#1.-The-slope-of-everything:-autograd), [modules](00c_learning.ipynb#2.-A-module:-numbers-with-names); [variance](A2_maths.ipynb#8.-Mean-and-spread) |
# | It adds to `lessons_lib` | `layers/attention.py` and the causal part of `layers/masks.py` |
#
# {route}

# %%
# {setup}

# %%
from functools import lru_cache
from math import log

import ipywidgets as widgets
import torch
import torch.nn.functional as F
from torch import nn

import lessons_lib
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
from lessons_lib.classroom.lessons.lesson04 import figures, notes
from lessons_lib.classroom.lessons.lesson04.attention_maps import (
    attention_maps,
    attention_values,
    silenced,
)
from lessons_lib.classroom.lessons.lesson04.leaks import seven_ways
from lessons_lib.generation import generate
from lessons_lib.layers import attention

use_style()

# %% [markdown]
# ## The finished thing first
#
# We make up a name, mention it once, and let the real model finish a sentence.

# %%
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
gossip = "My neighbour Mrs Quimbletop has a red house, two dogs and a cat. Yesterday I met Mrs Qu"
gossip_ids = tokenizer.encode(gossip)


def finish():
    """What the model writes behind the sentence: three tokens."""
    return tokenizer.decode(list(generate(model, gossip_ids, max_new_tokens=3)))


def pieces(text):
    """The tokens of a text, readable."""
    return [tokenizer.decode([token]).replace(" ", "␣") for token in tokenizer.encode(text)]


print(gossip, "→", finish())

# %% [markdown]
# It finds *imbletop*. The name stands once, so while the model reads the last *Qu* it must look back. SmolLM2 has 30 layers of 9 heads each, and every head has a look of its own. (Brackets in comments give shapes: $B$ texts, $T$ tokens, $C$ numbers for each of them, $H$ heads, $D$ numbers for each token in one head.) Guess where one of them looks:

# %%
predict("where_it_looks")

# %%
names = pieces(gossip)
gossip_maps = attention_maps(model, gossip_ids)  # [layers, H, T, T]
look = gossip_maps[18, 6, -1]  # layer 18, head 6, the last token: [T]
im = int(look.argmax())
print(f"{names[im]} gets {look[im]:.2f}; it stands {len(names) - 1 - im} tokens back")
reveal("where_it_looks", "im, which followed the first Qu" if names[im] == "im" else "the first Qu")

# %% tags=["hide-input"]
show(
    figures.where(look, names, "Where the last ␣Qu looks (layer 18, head 6)"),
    alt="One bar for each token of the sentence. The bar of im, which follows Qu in the first sentence, is close to 1; all "
    "others are close to 0.",
)

# %% [markdown]
# At *im*: at what came next, the last time there was a *Qu*. Three multiplications with learned matrices, a product of two of the results, scaled and masked, a softmax and a weighted mean: together they are called [**attention**](../book/glossary.md#attention). One would like to say: *this head finds the name.* We test that at the end.
#
# ## 1. One note for a whole sentence
#
# The obvious way to read is word by word, keeping a note: a vector of fixed length, rewritten after each word.
#
# $$\text{note} \leftarrow \tanh(x + \text{note}\,W)$$
#
# $x$ is the word's vector, of 32 numbers as the note is, $W$ a learned matrix, and tanh squeezes each number between −1 and 1. That is a [**recurrent network**](../book/glossary.md#recurrent-network) (RNN); better kinds of it (LSTM, GRU), whose notes learn which entries to keep, were the usual readers before 2017. We give it an easy exam: one of eight names, then some words that don't matter, then *which name was it?* A last matrix makes eight scores of the note. Blind guessing is right once in eight. For each distance we train eight networks from different random numbers, 200 steps each.

# %%
predict("note_reach")

# %%
gaps = (1, 2, 4, 8, 16)
by_note = torch.stack([notes.recalled(notes.Note, gap) for gap in gaps])  # [gaps, networks]
for gap, runs in zip(gaps, by_note, strict=True):
    print(f"{gap:2} words between: worst {runs.min():4.0%}, best {runs.max():4.0%}")
reveal(
    "note_reach", str(max(g for g, runs in zip(gaps, by_note, strict=True) if runs.min() > 0.99))
)

# %% [markdown]
# At sixteen all of them guess. Is there no room? We train five times as long:

# %%
longer = notes.recalled(notes.Note, 16, steps=1000)
print("1,000 steps:", " ".join(f"{share:.2f}" for share in longer))
claim("Some now know every name, some do not.", longer.max() > 0.99 and longer.min() < 0.7)

# %% [markdown]
# So there is room; learning is the trouble. Why? We add up the 32 numbers of the finished note, before any training, and ask autograd how much the sum moves with each of the 32 numbers of the name: the length of that vector of slopes, averaged over the eight networks, is the name's influence.

# %%
influence = {gap: notes.influence(gap) for gap in (4, 8, 16)}
for gap, size in influence.items():
    print(f"{gap:2} words between: influence {size:.6f}")
print(
    f"before training, each word leaves about {(influence[16] / influence[8]) ** (1 / 8):.1f} of it"
)

# %% [markdown]
# Training goes by these slopes; where they are tiny it has little to go by: the [**vanishing gradient**](../book/glossary.md#vanishing-gradient). (That it held our eight back is a guess.)
#
# Two more troubles: the note has 32 numbers however long the text is, and words wait for each other, since note 100 needs note 99. The way out: keep *all* words, and look back.
#
# ## 2. Keep every word, and mix
#
# Six words: *Mrs Quimble feeds dogs and Mrs ...* The next should be *Quimble*. Each gets four numbers. (*Quimble* can be known for a name because it stood behind a *Mrs*; we pretend that an earlier layer has noted that. Section 12 finds a head that does the like.) The numbers are made up; *and* is none of the four, and a dot is a 0.

# %%
words = ["Mrs", "Quimble", "feeds", "dogs", "and", "Mrs"]
features = ["title", "name", "action", "animal"]
x = torch.tensor(
    [
        [2.0, 0, 0, 0],
        [0, 2, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 2],
        [0, 0, 0, 0],
        [2, 0, 0, 0],
    ]
)  # [T, C]
past = torch.ones(6, 6).tril().bool()  # True where word j is no later than word i
recipes = past / past.sum(-1, keepdim=True)  # [T, T]
figures.grid(recipes @ x, words, features, digits=2)

# %% [markdown]
# This is the [triangle of lesson 00b](00b_tensors.ipynb#6.-The-product-of-matrices): each row a recipe that mixes the rows so far, in equal shares. **We want the recipe to depend on the words.** That is all attention adds.
#
# ## 3. One dot product
#
# The last *Mrs* looks for whoever is called so. Write that as its [**query**](../book/glossary.md#query), say (0.8, 0.4). Each word offers a vector by which it can be found, its [**key**](../book/glossary.md#key): *Quimble* (0.7, 0.5), *dogs* (0.1, 0.9). How well do they match? Work out both [dot products](00b_tensors.ipynb#6.-The-product-of-matrices) on paper. Softmax then makes shares of them, the [**attention weights**](../book/glossary.md#attention-weights):

# %%
query = torch.tensor([0.8, 0.4])  # [D]
some_keys = torch.tensor([[0.7, 0.5], [0.1, 0.9]])  # [2, D]
scores = some_keys @ query
print("Quimble and dogs: scores", [f"{s:.2f}" for s in scores])
print("weights               ", [f"{w:.2f}" for w in scores.softmax(-1)])

# %% [markdown]
# On paper: 0.56 + 0.20 against 0.08 + 0.36. *dogs* gets something too: shares move smoothly with the scores, as learning by small steps needs it.
#
# ## 4. Query, key, value
#
# Think of a library. You hold your question (query) against the cards of the catalogue (keys). What you take home is not the card but what stands on the shelf: the third vector, the [**value**](../book/glossary.md#value). Only, this library lends a blend of all its books, by how well their cards fit.
#
# All three are made of the word's own vector (in the first layer its embedding) by learned matrices:
#
# $$q = x W_q \qquad k = x W_k \qquad v = x W_v$$
#
# We write them by hand, anew (the numbers of section 3 were for one pair). Titles and actions ask for a person, animals ask for a deed; names offer themselves as persons, actions as deeds. The values are any two numbers, v 0 and v 1: $W_v$ makes *Quimble* say (1, 2), *feeds* (1, −0.5), the others nothing.

# %%
W_q = torch.tensor([[1.0, 0], [0, 0], [1, 0], [0, 1]])  # [C, D]
W_k = torch.tensor([[0.0, 0], [1, 0], [0, 1], [0, 0]])
W_v = torch.tensor([[0.0, 0], [0.5, 1], [1, -0.5], [0, 0]])
q, k, v = x @ W_q, x @ W_k, x @ W_v  # [T, D] each
figures.grid(
    torch.cat([q, k, v], 1), words, ["q person", "q deed", "k person", "k deed", "v 0", "v 1"], 1
)
print()
figures.grid(q @ k.T, words, words)

# %% [markdown]
# Row $i$, column $j$ of `q @ k.T` is what word $i$ makes of word $j$. Both *Mrs* find *Quimble* (4), *feeds* finds who does it, *dogs* find *feeds*. What would happen with $x$ in all three places?

# %%
claim("With x for q and k, A would score B as B scores A.", torch.equal(x @ x.T, (x @ x.T).T))
claim(
    "With q and k, Mrs asks for Quimble and Quimble not for Mrs.", (q @ k.T)[0, 1] > (q @ k.T)[1, 0]
)

# %% [markdown]
# So one word can be found as one thing and say another: *feeds* is found as a deed, and says (1, −0.5).
#
# ## 5. Why divide by the square root of D
#
# SmolLM2's queries and keys have 64 numbers. Suppose these are random and independent, with mean 0 and variance 1, the square of their typical size. So has the product of two: for such numbers variances multiply. A dot product is a sum of $D$ products, in which positive and negative ones cancel in part: not the sizes add up but [the variances](A2_maths.ipynb#8.-Mean-and-spread), to $D$. Its typical size is $\sqrt D$. Does it hold?

# %%
generator = torch.Generator().manual_seed(0)
for D in (4, 64, 1024):
    many_q, many_k = torch.randn(2, 4000, D, generator=generator)
    typical = (many_q * many_k).sum(-1).std()
    print(f"D = {D:4}: typical size {typical:5.1f}, root of D {D**0.5:5.1f}")

# %% [markdown]
# Large scores make large gaps, and softmax makes one winner of them. How many keys are still *in use*? That is the [perplexity](01_tokens_and_sampling.ipynb#11.-How-good-is-the-model-at-guessing?) of the weights, $e^{-\sum p \ln p}$: 2 for two keys of 0.5 each, 64 if all weigh alike, 1 if one has everything.

# %%
predict("keys_in_use")


# %%
def keys_in_use(D, scale):
    draw = torch.Generator().manual_seed(D)  # the same queries and keys at every scale
    q, k = torch.randn(100, 1, D, generator=draw), torch.randn(100, 64, D, generator=draw)
    p = (q @ k.transpose(-1, -2) * scale).softmax(-1)  # [100, 1, 64]
    return float((-(p * p.clamp(min=1e-30).log()).sum(-1)).exp().mean())  # 0 has no log


sizes = [4**n for n in range(7)]
plain = [keys_in_use(D, 1.0) for D in sizes]
scaled = [keys_in_use(D, D**-0.5) for D in sizes]
print(f"at D = 64, divided: {scaled[3]:.0f} keys")
reveal("keys_in_use", round(plain[3]))

# %% tags=["hide-input"]
show(
    figures.spread(sizes, scaled, plain),
    alt="Keys in use over D, from 1 to some thousands. Divided by the root of D, about 40 of 64 are in use at any D from 4 on. "
    "As they are, they fall towards 1.",
)

# %% [markdown]
# Divided, the keys in use hardly depend on $D$ from 4 on. As they are, two are left at 64. And a winner hardly moves: the slope of a weight $p$ in its score is $p(1-p)$, 0.25 for a weight of 0.5 and 0.01 for one of 0.99, so training has little to go by. So divide by $\sqrt D$: **scaled dot-product attention**.
#
# ## 6. No looking ahead
#
# The *first* Mrs also finds *Quimble*, its next word. When a model writes, there is no next word yet. And in training it would copy the next word if it saw it. So word $i$ may look at word $j$ only if $j \le i$: the **causal** [**mask**](../book/glossary.md#mask).
#
# How do you hide a score? Four ways (*masked_fill* writes a number wherever the mask is True):

# %%
S = q @ k.T / 2**0.5  # scaled scores: [T, T]
ways = {
    "score 0, before": S.masked_fill(~past, 0).softmax(-1),
    "weight 0, after": S.softmax(-1).masked_fill(~past, 0),
    "only j < i": S.masked_fill(~past.tril(-1), -torch.inf).softmax(-1),
    "-inf, before": S.masked_fill(~past, -torch.inf).softmax(-1),
}
for way, weights in ways.items():
    first = " ".join(f"{w:.2f}" for w in weights[0])
    print(f"{way:16} first Mrs: {first}   its sum {weights[0].sum():.2f}")

# %% [markdown]
# - A score of 0 is a fair score, $e^0 = 1$: the first *Mrs* still looks at words to come.
# - Weights cut after the softmax no longer sum to 1. Worse, the future was in the sum that they were divided by: the first *Mrs* keeps 0.05, and would keep 0.17 if no later word matched.
# - With $j < i$ the first word has nobody to look at: 0 / 0 is `nan`.
# - Minus infinity before the softmax is right: $e^{-\infty} = 0$.

# %% tags=["hide-input"]
show(
    figures.two_maps(
        {"without a mask": S.softmax(-1), "with the causal mask": ways["-inf, before"]}, words
    ),
    alt="Two maps of 6 by 6 weights. Without a mask both Mrs give Quimble 0.77. With the mask the upper triangle is white, "
    "the first Mrs gives itself 1.00, feeds gives Quimble 0.67, dogs give feeds 0.58, the last Mrs gives Quimble 0.77.",
)

# %% [markdown]
# Take only the first $n$ words, and nothing changes in their rows:

# %%
whole = ways["-inf, before"] @ v  # [T, D]
alone = [
    (S[:n, :n].masked_fill(~past[:n, :n], -torch.inf).softmax(-1) @ v[:n])[-1] for n in range(1, 7)
]
claim(
    "Row by row, the whole text gives what each beginning alone gives.",
    torch.allclose(whole, torch.stack(alone)),
)

# %% [markdown]
# One pass over a text answers *what comes next?* at every word, and no row waits for another. Attention had been [added to recurrent readers in 2014](https://arxiv.org/abs/1409.0473); in 2017 *[Attention Is All You Need](https://arxiv.org/abs/1706.03762)* left the note out, so training takes all words of a text at once.
#
# ## 7. The weighted sum, and the whole of it
#
# The weights are recipes, and `weights @ v` mixes the values by them. The last *Mrs* on paper: scores $4 / \sqrt 2 = 2.83$ for *Quimble* and 0 for the five others. $e^{2.83}$ is 16.9, the others are 1 each, so *Quimble* gets 16.9 of 21.9. It says (1, 2), *feeds* (1, −0.5). What comes out, in the last row, is near to what *Quimble* says:

# %%
power = S[5, 1].exp()
print(
    f"score {S[5, 1]:.2f}; Quimble {power:.1f} of {power + 5:.1f}: {power / (power + 5):.3f}; feeds {1 / (power + 5):.3f}"
)
figures.grid(whole, words, ["mix 0", "mix 1"], digits=2)

# %% [markdown]
# All together:
#
# $$\text{attention}(Q, K, V) = \text{softmax}\left(\frac{Q K^\top}{\sqrt D} + \text{mask}\right) V$$
#
# This mask is a table to add: 0 where one may look, −∞ where not.

# %% tags=["hide-input"]
show(
    figures.one_look(),
    alt="Boxes and arrows. x [T, C] goes through three learned matrices W_q, W_k, W_v [C, D] and gives queries, keys and "
    "values [T, D]. Queries and keys give scores divided by the root of D, plus the mask [T, T]; softmax gives weights "
    "[T, T]; weights times values give the mix [T, D].",
)


# %%
def attend(q, k, v, allowed):
    """q, k, v [..., T, D], the dots being any axes in front, such as heads, and a mask [T, T] that is
    True where one may look, to [..., T, D]"""
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5  # [..., T, T]
    return scores.masked_fill(~allowed, -torch.inf).softmax(-1) @ v


class Look(nn.Module):
    """One causal look."""

    def __init__(self, W_q, W_k, W_v):
        super().__init__()
        self.W_q, self.W_k, self.W_v = (nn.Parameter(W) for W in (W_q, W_k, W_v))

    def forward(self, x):
        """[T, C] to [T, D]"""
        allowed = torch.ones(len(x), len(x)).tril().bool()
        return attend(x @ self.W_q, x @ self.W_k, x @ self.W_v, allowed)


claim("The class gives what we had.", torch.allclose(Look(W_q, W_k, W_v)(x), whole))

# %%
Q, K, V = torch.randn(3, 2, 5, 11, 8, generator=generator)  # [B, H, T, D] each
ours = attend(Q, K, V, torch.ones(11, 11).tril().bool())
theirs = attention(Q, K, V, causal=True), F.scaled_dot_product_attention(Q, K, V, is_causal=True)
claim(
    "So do the library and PyTorch.", all(torch.allclose(ours, each, atol=1e-5) for each in theirs)
)

# %% [markdown]
# The exam of section 1 again, trained alike, but without a note: one learned query meets the words' vectors as keys and mixes them as values. (No matrices: those vectors are learned themselves.)

# %%
by_look = torch.stack([notes.recalled(notes.OneLook, gap) for gap in gaps])  # [gaps, networks]
claim("All eight recall every name, at each distance.", by_look.min() > 0.99)

# %% tags=["hide-input"]
show(
    figures.exam(gaps, {"one look at all words": by_look, "one note": by_note}, guessing=1 / 8),
    alt="Two charts of names recalled over 1 to 16 words between. With one look all eight networks stay at 1. With one note all are at 1 "
    "up to 4 words; at 8 one is at 1 and seven near a quarter; at 16 all are at blind guessing.",
)

# %% [markdown]
# Up to 16 words distance plays no part: nothing stands between. But then, does order?

# %%
shuffled = [3, 1, 4, 0, 2, 5]  # the last word stays
everywhere = torch.ones(6, 6).bool()
as_is = attend(q, k, v, everywhere)[5]
mixed_up = attend(q[shuffled], k[shuffled], v[shuffled], everywhere)[5]
claim(
    "Without a mask the last word can't tell in what order the others stand.",
    torch.allclose(as_is, mixed_up),
)

# %% [markdown]
# For the last row one look sees a heap of words. How their order is told begins [lesson 04b](04b_positions_heads_cost.ipynb).
#
# **A good place for a break.** One head is whole.
#
# ## 8. Many heads
#
# A look has one row of weights, and a row sums to 1: it can't give one word 0.9 for one thing and another word 0.9 for another. For that a layer has several [**heads**](../book/glossary.md#head), each with its own queries, keys and values (in SmolLM2 [three share keys and values](04b_positions_heads_cost.ipynb#6.-Heads-that-share)). What they find is laid side by side, mixed by a fourth matrix, $W_o$, and *added* to the token's own vector (lesson 05). So later layers can read what a head has found.
#
# $H$ heads need $H$ matrices $[C, D]$ for their queries. With $D = C / H$, as is usual, they *are* one matrix $[C, C]$ when laid side by side. So multiply once, and cut the result at the columns:

# %% tags=["hide-input"]
show(
    figures.cut_into_heads(),
    alt="Left, queries of three tokens with four numbers each, two grey and two white. Right, head 0 has the two grey "
    "numbers of every token, head 1 the two white ones.",
)

# %%
row = torch.tensor([[10, 11, 12, 13], [20, 21, 22, 23], [30, 31, 32, 33]])  # [T, C]
right = row.view(3, 2, 2).transpose(0, 1)  # [H, T, D]
wrong = row.view(2, 3, 2)  # the same shape, in one step
print("right, head 0:", right[0].tolist())
print("wrong, head 0:", wrong[0].tolist())

# %% [markdown]
# The wrong cut has the right shape, and its head 0 takes one token and a half for three. Now the class grows:


# %%
def cut(x, heads):
    """[T, C] to [H, T, D]"""
    return x.view(len(x), heads, -1).transpose(0, 1)


class Heads(nn.Module):
    """Several causal looks side by side: multi-head attention."""

    def __init__(self, W_q, W_k, W_v, W_o, heads):
        super().__init__()
        self.W_q, self.W_k, self.W_v = (nn.Parameter(W) for W in (W_q, W_k, W_v))
        self.W_o = nn.Parameter(W_o)
        self.heads, self.cut = heads, cut

    def forward(self, x):
        """[T, C] to [T, C]"""
        q, k, v = (self.cut(x @ W, self.heads) for W in (self.W_q, self.W_k, self.W_v))  # [H, T, D]
        mix = attend(q, k, v, torch.ones(len(x), len(x)).tril().bool())  # [H, T, D]
        return mix.transpose(0, 1).flatten(1) @ self.W_o  # [T, C]


# %%
# A second head: titles ask for titles, and a title says that it is one.
W_q2 = torch.tensor([[1.0, 0], [0, 0], [0, 0], [0, 0]])
W_k2 = W_v2 = W_q2
sides = [torch.cat(pair, 1) for pair in ((W_q, W_q2), (W_k, W_k2), (W_v, W_v2))]  # [C, C] each
both = Heads(*sides, torch.eye(4), heads=2)(x)
figures.grid(both.detach(), words, ["head 0", "", "head 1", ""], digits=2)
claim("Head 0 is the look we had.", torch.allclose(both[:, :2], whole))

# %% [markdown]
# The last *Mrs* has heard from head 0 what *Quimble* says, from head 1 that titles stand here. How would you notice the wrong cut? Another last word must change no row before it.

# %%
other_end = x.clone()
other_end[5] = torch.tensor([0.0, 0, 3, 1])


def wrong_cut(x, heads):
    return x.reshape(heads, len(x), -1)


layer = Heads(*sides, torch.eye(4), heads=2)
for way in (cut, wrong_cut):
    layer.cut = way
    moved = (layer(x) != layer(other_end)).any(-1)[:5]  # [5]
    print(
        f"{way.__name__:9} earlier rows that move: {[words[i] for i in moved.nonzero().flatten()]}"
    )

# %% [markdown]
# The wrong cut lets the future in: half of the last *Mrs* lands in the row of *and*. (Other words land too early as well; only the last is changed here.) Keep this test.
#
# ## 9. What real heads do
#
# We mark each of the 270 heads on a text that we know all about: 40 random tokens, and the same 40 again.
#
# - **previous token**: the weight on the token just before;
# - [**sink**](../book/glossary.md#attention-sink): the weight on the very first token;
# - [**induction**](../book/glossary.md#induction-head): the second time, the weight on the token that *followed* the same token the first time. That is what our head did.

# %%
once = torch.randint(1000, 20_000, (40,), generator=torch.Generator().manual_seed(0)).tolist()
maps = attention_maps(model, once + once)  # [layers, H, 80, 80]
i = torch.arange(40, 80)  # the second half
marks = {
    "previous token": maps.diagonal(-1, 2, 3).mean(-1),  # one left of the diagonal: [layers, H]
    "sink": maps[:, :, 8:, 0].mean(-1),  # without the first rows, which have little else to look at
    # token i stood at i - 40 too, and i - 39 followed; i and i - 39 are taken pair by pair
    "induction": maps[:, :, i, i - 39].mean(-1),
}
for name, mark in marks.items():
    best = [(int(place) // 9, int(place) % 9) for place in mark.flatten().topk(3).indices]
    heads = ", ".join(f"layer {layer} head {head} {mark[layer, head]:.2f}" for layer, head in best)
    print(f"{name:15} {heads};  above 0.5: {(mark > 0.5).float().mean():.0%}")

# %% tags=["hide-input"]
show(
    figures.marks(marks),
    alt="Three grids of 30 layers by 9 heads. Previous-token heads are few and spread over the layers; sinks are in most "
    "layers from 3 on; induction heads are few and stand from layer 17 on.",
)

# %% [markdown]
# Nearly half of all heads, none of them in layers 0 to 2, 10, 11 and 16, park their attention on the first token, a random one at that. A row must sum to 1; a head with nothing to report may need a place where little is said (a guess). What do the values there say?

# %%
lengths = attention_values(model, once + once).norm(dim=-1)  # [layers, H, T]
ratios = lengths[:, :, 0] / lengths[:, :, 1:].mean(-1)  # [layers, H]
sinks = marks["sink"] > 0.5
claim(
    "Six layers have none.", (~sinks.any(1)).nonzero().flatten().tolist() == [0, 1, 2, 10, 11, 16]
)
print("Length of the value of token 0, the mean of the others being 1:")
for name, some in {"sinks": ratios[sinks], "other heads": ratios[~sinks]}.items():
    print(f"{len(some)} {name}: median {some.median():.2f}, greatest {some.max():.2f}")

# %% [markdown]
# Much attention, and a value a fifth as long as the others (in heads that are no sinks, a third). **A weight is a share, not an amount.**
#
# **Another good place for a break.**
#
# ## 10. Look for yourself
#
# Type up to 24 words: all weights on the left, the row of one token on the right. Try head 0 of layer 16, and head 6 of layer 18 with a name that returns.


# %%
@lru_cache(maxsize=32)
def maps_of(sentence):
    return attention_maps(model, tokenizer.encode(sentence))


def draw_head(sentence, layer, head, token):
    sentence = " ".join(sentence.split()[:24]) or "The"
    shown = pieces(sentence)
    token = min(token, len(shown) - 1)
    return figures.head(maps_of(sentence)[layer, head], shown, token, f"layer {layer}, head {head}")


slider = {"continuous_update": False}
riddle = "The trophy didn't fit in the suitcase because it was too big."
explore(
    draw_head,
    sentence=widgets.Text(value=riddle, **slider),
    layer=widgets.IntSlider(value=16, min=0, max=29, **slider),
    head=widgets.IntSlider(value=3, min=0, max=8, **slider),
    token=widgets.IntSlider(value=10, min=0, max=40, **slider),
)

# %% [markdown]
# ## 11. What a map does not prove
#
# What is *it*? The trophy. With *small* for *big* it is the suitcase. Head 3 of layer 16 looks from *it* to *trophy*. Does it solve the riddle?

# %%
it = pieces(riddle).index("␣it")
big, small = (maps_of(text)[:, :, it] for text in (riddle, riddle.replace("big", "small")))
claim(
    "In both sentences all 270 heads look from 'it' in the same way.",
    torch.allclose(big, small, atol=1e-4),
)

# %% [markdown]
# They must: the mask hides the word that decides, which comes after *it*. Does the model solve the riddle later? We ask in three ways, and take the loss of each whole noun:


# %%
def loss_of(noun, text):
    """Of all tokens of a noun behind a text."""
    ids, wanted = tokenizer.encode(text), tokenizer.encode(noun)
    with torch.no_grad():
        scores = model(torch.tensor([ids + wanted]))[0, len(ids) - 1 : -1]
    return float(F.cross_entropy(scores, torch.tensor(wanted), reduction="sum"))


losses = []
for question in ("The thing that was too {} was the", "What was too {}? The", "It, the"):
    for word in ("big", "small"):
        text = riddle.replace("big", word) + " " + question.format(word)
        losses.append([loss_of(noun, text) for noun in (" trophy", " suitcase", " suit")])
        print(
            f"{word:5} … {text[-37:]:37} trophy {losses[-1][0]:.2f}, suitcase {losses[-1][1]:.2f}"
        )
leads = [other - one for one, other, _ in losses]
claim("It prefers the trophy all six times.", min(leads) > 0)
claim("Even if only suit counts, the first token.", all(one < suit for one, _, suit in losses))
shifts = [abs(leads[n] - leads[n + 1]) for n in (0, 2, 4)]
claim("Big or small moves its lead by less than 0.25.", max(shifts) < 0.25)

# %% [markdown]
# The trophy, whichever word came. Its lead hardly moves, and once the wrong way. (*suitcase* is two tokens, which costs it; its first alone loses too.) In none of our three ways does this small model solve the riddle; the arrow is there all the same.
#
# ## 12. Mrs Quimbletop again
#
# Switch a head off and see what breaks: an [**ablation**](../book/glossary.md#ablation). *silenced* puts zeros in place of what heads find. The token's vector stays, with all that other heads add to it. We ask for the chance of *im* behind the last *Qu*. Guess first:

# %%
predict("which_head")


# %%
def chance_without(*heads):
    """The chance of im behind the last Qu, with some heads (layer, head) switched off."""
    with torch.no_grad(), silenced(model, heads):
        return float(model(torch.tensor([gossip_ids]))[0, -1].softmax(-1)[gossip_ids[im]])


candidates = {
    "layer 18, head 6: gives im 0.98": (18, 6),
    "layer 17, head 3: gives im 0.62": (17, 3),
    "layer 16, head 0: looks one token back": (16, 0),
}
print(f"all heads on: {chance_without():.3f}")
alone = {habit: chance_without(head) for habit, head in candidates.items()}
for habit, chance in alone.items():
    print(f"{chance:.3f} without {habit}")
reveal("which_head", min(alone, key=alone.get))

# %% [markdown]
# Without the head that gives *im* 0.98 the chance hardly falls. We try a pair, and count in loss, $-\ln p$:


# %%
def rise(*heads):
    """By how much the loss of im rises without these heads."""
    return log(chance_without() / chance_without(*heads))


one, other, pair = rise((18, 6)), rise((17, 3)), rise((18, 6), (17, 3))
print(f"the loss rises by {one:.3f} and {other:.3f}; with both off by {pair:.3f}")
claim("Both off cost more than the two costs together.", pair > 1.5 * (one + other))

# %% [markdown]
# Now the eight that look most at *im*: off in the order of their weight on it, against eight other heads of the same layers, drawn at random, eight times.


# %%
def as_pairs(numbers):
    """Heads counted from 0 to 269, as layer and head."""
    return [divmod(int(number), 9) for number in numbers]


order = gossip_maps[:, :, -1, im].flatten().argsort(descending=True)  # [270]
eight = as_pairs(order[:8])
counts = range(9)
by_map = [chance_without(*eight[:count]) for count in counts]
print("off by the map:", ", ".join(f"{n}: {c:.3f}" for n, c in zip(counts, by_map, strict=True)))
print(f"the 1st, 2nd, 5th and 6th: {chance_without(*(eight[n] for n in (0, 1, 4, 5))):.2f}")

# %%
layers = {layer for layer, head in eight}
others = [pair for pair in as_pairs(range(270)) if pair[0] in layers and pair not in eight]
chosen = [torch.randperm(len(others), generator=generator)[:8] for _ in range(8)]
at_random = [chance_without(*(others[n] for n in numbers)) for numbers in chosen]
print(f"eight others, eight times: {min(at_random):.3f} to {max(at_random):.3f}")

# %% tags=["hide-input"]
show(
    figures.switched_off(counts, by_map, 8, at_random),
    alt="The chance of im over the number of heads switched off. In the order of the map it stays above 0.89 up to four heads "
    "and falls to about 0.1 at six. Eight other heads of the same layers leave it near 1.",
)

# %% [markdown]
# The first four off do little, the first six leave 0.11; eight others leave nearly all. But it counts which four: the 1st, 2nd, 5th and 6th, picked after looking, leave 0.27. So the map did point at something: a *group*, whose members cover for each other.
#
# And head 0 of layer 16, which costs most of our three, though it never looks at *im* from *Qu*? It looks one token back. Induction is explained by two steps, of which this would be the first:

# %% tags=["hide-input"]
show(
    figures.two_steps(),
    alt="Tokens Qu, im, dots and Qu. Layer 16 head 0 adds to the vector of im that Qu stood before it. Layer 18 head 6, at "
    "the last Qu, asks who stood behind Qu: the key of im fits, and the head fetches the value of im.",
)

# %% [markdown]
# What is added to *im* is what we gave *Quimble* in section 2: behind whom it stood. If so, the second step must fail without the first. We switch it off, and ask all eight again:

# %%
print(f"from im, layer 16 head 0 looks at Qu: {gossip_maps[16, 0, im, im - 1]:.2f}")
with silenced(model, [(16, 0)]):
    left = attention_maps(model, gossip_ids)[:, :, -1, im]  # [layers, H]
for layer, head in sorted(eight):
    before = gossip_maps[layer, head, -1, im]
    print(f"layer {layer} head {head} gives im {before:.2f}, then {left[layer, head]:.2f}")
kept = {pair: left[pair] / gossip_maps[(*pair, -1, im)] for pair in eight}
soon, later = ([kept[pair] for pair in eight if (pair[0] < 20) == early] for early in (True, False))
claim("All of layers 17 and 18 lose more than half.", max(soon) < 0.5)
claim("Of the later four only one loses a tenth.", sum(share < 0.9 for share in later) == 1)
print(f"{chance_without((1, 0)):.3f} without layer 1 head 0")

# %% [markdown]
# Those of layers 17 and 18 lose more than half, as the two steps have it. Of the four later ones only one loses much: they find *im* in another way, which may be why the name still comes (a guess). The price alone would not have shown it: a head of layer 1 costs as much.
#
# So what may you conclude from a map? That a value enters *this head's* mean with this factor, in this text. **Maps suggest; ablations test, and one at a time they can miss what is covered.**

# %% [markdown]
# ## Exercises
#
# `hint("leaks")` helps a step at a time, `show_solution("leaks")` shows one way.
#
# ### {exercise: weight_by_hand}
#
# On paper. The query of token 2 has four numbers. Its dot products with the keys of tokens 0 to 3 are 2 ln 2, 0, 4 ln 2 and 8 ln 2. (ln 2 is the number for which $e^{\ln 2} = 2$.) What is its row of causal weights?

# %% tags=["exercise"]
# a list of four weights; 1 / 3 may stand as it is, and two digits behind the point are enough.
check("weight_by_hand", ...)

# %% [markdown]
# ### {exercise: causal_mask}
#
# The scores are scaled already.


# %% tags=["exercise"]
def my_causal_weights(scores):
    """scores [T, T], row i for query i, to weights [T, T]: row i is the softmax of its scores 0 to i,
    and 0 after that. Any score may be given, also one far below 0."""
    ...


check("causal_mask", my_causal_weights)

# %% [markdown]
# Seven ways to hide the future. None raises an error:

# %%
show_source(seven_ways)

# %% [markdown]
# ### {exercise: leaks}
#
# Which of them let the future in?


# %% tags=["exercise"]
def my_leaks():
    """a set of the letters of those ways in which another last word (its query, key and value) can
    change what an earlier row of weights @ v delivers, for scores between -5 and 5."""
    ...


check("leaks", my_leaks)

# %% [markdown]
# ### {exercise: head_parts}
#
# Behind $W_o$ all heads are mixed. Yet what comes out is a sum with one part from each head: what is whose? (This is the arithmetic behind every ablation.)


# %% tags=["exercise"]
def my_head_parts(mixes, W_o):
    """mixes [H, T, D], what each head has found, and W_o [H * D, C] to [H, T, C]: the output of the
    layer if the mixes of all heads but one were 0, for each head in turn. The sum over the heads is
    the output of the whole layer."""
    ...


check("head_parts", my_head_parts)

# %% [markdown]
# ### {exercise: previous_word}
#
# Design a head as in section 4: whatever the words are, it copies the one before. It needs to know places, so each row of `x` has them.


# %% tags=["exercise"]
def my_previous(words, places):
    """a number of words and of places to three matrices: W_q and W_k [words + places, D], with any D,
    and W_v [words + places, words]. Row i of x is all 0 but for a 1 at its word and a 1 at place
    words + i. The causal head made of them, scaled by the root of D, must deliver at each token but
    the first a 1 at the word before it, and 0 elsewhere, to within 0.05. A text has at most as many
    tokens as there are places, and these are at most 1,000."""
    ...


check("previous_word", my_previous)

# %% [markdown]
# ### {exercise: attention}
#
# Your function takes the place of the library's in all 30 layers of SmolLM2, and the model reads our sentence with it. What lesson 04b adds (turning by place, shared keys) is done before your function is called.


# %% tags=["exercise"]
def my_attention(q, k, v):
    """q, k and v [B, H, T, D] to [B, H, T, D]: in each text and each head, row i is the mean of the
    rows 0 to i of v, weighted by the softmax of its dot products with those rows of k, divided by
    the square root of D. Any numbers may come, also scores of 0 and far below it."""
    ...


check("attention", my_attention)

# %% [markdown]
# ## In your own words

# %%
say("library", "why_the_root", "why_2017", "why_heads", "what_a_map_proves")

# %% [markdown]
# ## Quiz

# %%
quiz("04")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# Query and key make the weight; the value is mixed. A map shows shares; what depends on them is for ablations to say.
#
# **Words of this lesson:** [attention](../book/glossary.md#attention), [query](../book/glossary.md#query), [key](../book/glossary.md#key), [value](../book/glossary.md#value), [mask](../book/glossary.md#mask), [head](../book/glossary.md#head) and others in the [glossary](../book/glossary.md). Queries, keys and values came from one text here: *self-attention*. With keys and values from another: [cross attention](../book/glossary.md#cross-attention).
#
# **Papers.** [Olsson and others 2022](https://arxiv.org/abs/2209.11895), *In-context Learning and Induction Heads*. [Xiao and others 2023](https://arxiv.org/abs/2309.17453), *Efficient Streaming Language Models with Attention Sinks*. [Jain and Wallace 2019](https://arxiv.org/abs/1902.10186), *Attention is not Explanation*.
#
# **Next:** in [lesson 04b](04b_positions_heads_cost.ipynb) attention learns the order of words, shares its keys, and shows its price.
