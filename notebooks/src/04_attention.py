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


def pieces(text):
    """The tokens of a text, readable."""
    return [tokenizer.decode([token]).replace(" ", "␣") for token in tokenizer.encode(text)]


print(gossip, "→", tokenizer.decode(list(generate(model, gossip_ids, max_new_tokens=3))))

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
# $x$ is the word's vector, of 32 numbers as the note is, $W$ a learned matrix, and tanh squeezes each number between −1 and 1. That is a [**recurrent network**](../book/glossary.md#recurrent-network) (RNN); better kinds of it (LSTM, GRU), whose notes learn which entries to keep, were the usual readers before 2017. We give it an easy exam: one of eight names, then some words that don't matter, then *which name was it?* After *Anna, table, green, table* the answer is *Anna*. The name always comes first, so only one thing is hard: not to lose it on the way. A last matrix makes eight scores of the note. Blind guessing is right once in eight. For each distance we train eight networks from different random numbers, 200 steps each.

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
# At sixteen all of them guess. Training goes by slopes. So before any training we ask autograd: how much does the finished note move when the name's numbers move a little? Call that the name's influence.

# %%
influence = {gap: notes.influence(gap) for gap in (4, 8, 16)}
for gap, size in influence.items():
    print(f"{gap:2} words between: influence {size:.6f}")
print(f"each word leaves about {(influence[16] / influence[8]) ** (1 / 8):.1f} of it")

# %% [markdown]
# Where slopes are tiny, training has little to go by: the [**vanishing gradient**](../book/glossary.md#vanishing-gradient). (That it held our eight back is a guess.)
#
# Two more troubles: the note has 32 numbers however long the text is, and words wait for each other, since note 100 needs note 99. The way out: keep *all* words, and look back.
#
# ## 2. Keep every word, and mix
#
# Six words: *Mrs Quimble feeds dogs and Mrs ...* The next should be *Quimble*. Each gets four numbers. (*Quimble* can be known for a name because it stood behind a *Mrs*; we pretend that an earlier layer has noted that.) The numbers are made up; *and* is none of the four, and a dot is a 0.

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
# This is the [triangle of lesson 00b](00b_tensors.ipynb#6.-The-product-of-matrices): each row a recipe that mixes the rows so far, in equal shares. The last row is the mean of all six words: of *Quimble*'s 2 a sixth is left, 0.33. **We want the recipe to depend on the words.** That is all attention adds.
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
# On paper: 0.8 · 0.7 + 0.4 · 0.5 = 0.76 for *Quimble*, and 0.8 · 0.1 + 0.4 · 0.9 = 0.44 for *dogs*. Softmax makes $e^{0.76}$ and $e^{0.44}$ of them and divides both by their sum. *dogs* gets something too: shares move smoothly with the scores, as learning by small steps needs it.
#
# ## 4. Query, key, value
#
# Think of a library. You hold your question (query) against the cards of the catalogue (keys). What you take home is not the card but what stands on the shelf: the third vector, the [**value**](../book/glossary.md#value). Only, this library lends a blend of all its books, by how well their cards fit.
#
# All three are made of the word's own vector (in the first layer its embedding) by learned matrices, its [**projections**](../book/glossary.md#transformation). This is [**self-attention**](../book/glossary.md#self-attention): queries, keys and values of one text.
#
# $$q = x W_q \qquad k = x W_k \qquad v = x W_v$$
#
# We write them by hand, anew (the numbers of section 3 were for one pair). A matrix has a row for each of the four numbers of a word, and a column for each number of the result. So the first row of $W_q$, (1, 0), says what a title asks for: a person, and no deed. Titles and actions ask for a person, animals ask for a deed; names offer themselves as persons, actions as deeds. The values are any two numbers, v 0 and v 1: $W_v$ makes *Quimble* say (1, 2), *feeds* (1, −0.5), the others nothing.

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
# Row $i$, column $j$ of `q @ k.T` is what word $i$ makes of word $j$. Both *Mrs* find *Quimble* (4), *feeds* finds who does it, *dogs* find *feeds*. What if $x$ were query and key as it is?

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
# SmolLM2's queries and keys have 64 numbers. How large are their dot products? Suppose all numbers are random and independent, with mean 0 and variance 1.
#
# - A product of two such numbers has variance 1 again: for such numbers variances multiply.
# - A dot product adds up $D$ of these products, some positive, some negative. In such a sum [the variances](A2_maths.ipynb#8.-Mean-and-spread) add up, to $D$.
# - The typical size is the root of the variance: $\sqrt D$.
#
# Does it hold?

# %%
generator = torch.Generator().manual_seed(0)
raw = {}
for D in (4, 64, 1024):
    many_q = torch.randn(300, 1, D, generator=generator)
    many_k = torch.randn(300, 64, D, generator=generator)  # 64 keys for each query
    raw[D] = many_q @ many_k.transpose(-1, -2)  # the last two axes swapped: [300, 1, 64]
    print(f"D = {D:4}: typical size {raw[D].std():5.1f}, root of D {D**0.5:5.1f}")

# %% [markdown]
# Large scores make large gaps, and softmax makes one winner of them: a gap of 8 between two scores is a factor of $e^8$ between their weights, nearly three thousand.

# %%
predict("best_of_64")

# %%
for D, many in raw.items():
    plain, divided = (s.softmax(-1).amax(-1).mean() for s in (many, many / D**0.5))
    print(f"D = {D:4}: the best of 64 keys gets {plain:.2f}, divided {divided:.2f}")
reveal("best_of_64", round(100 * float(raw[64].softmax(-1).amax(-1).mean())))
few = torch.tensor([2.0, 1, 0], requires_grad=True)  # three scores
p = few.softmax(-1)[0]
p.backward()
claim("The slope of a weight p in its own score is p(1 - p).", few.grad[0].isclose(p * (1 - p)))

# %% [markdown]
# Divided by $\sqrt D$, scores have a typical size of 1 whatever $D$ is, and the best gets about a tenth. As they are, the larger $D$, the more it takes. And a winner hardly moves: $p(1-p)$ is 0.25 for a weight of 0.5 and 0.01 for one of 0.99, so training has little to go by. So divide by $\sqrt D$: **scaled dot-product attention**.
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
# - Weights cut after the softmax no longer sum to 1. Worse, the future was in the sum that they were divided by: the first *Mrs* keeps 0.05 of herself.
# - With $j < i$ the first word has nobody to look at: 0 / 0 is `nan`.
# - Minus infinity before the softmax is right: $e^{-\infty} = 0$, and the rest is shared out among those that may be seen.
#
# So the order is: scores, mask, softmax. A map of the weights is read by rows: which word looks. The columns say at whom.

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
# One pass over a text answers *what comes next?* at every word, and no row waits for another. So a text of a hundred words is a hundred questions to learn from, all at once. Attention had been [added to recurrent readers in 2014](https://arxiv.org/abs/1409.0473); in 2017 *[Attention Is All You Need](https://arxiv.org/abs/1706.03762)* left the note out, so training takes all words of a text at once.
#
# ## 7. The weighted sum, and the whole of it
#
# The weights are recipes, and `weights @ v` mixes the values by them. The last *Mrs* on paper:
#
# - Its scaled scores are $4 / \sqrt 2 = 2.83$ for *Quimble*, and 0 for the five others.
# - $e^{2.83}$ is 16.9, and $e^0$ is 1, five times. Together 21.9, of which *Quimble* gets 16.9.
# - *Quimble* says (1, 2), *feeds* says (1, −0.5), the others nothing.
#
# What comes out, in the last row, is near to what *Quimble* says:

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


claim("It gives what we had.", torch.allclose(attend(q, k, v, past), whole))

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
# Up to 16 words distance plays no part: nothing stands between. Nor does order: without a mask a sum has none. How attention is told the order is the subject of [lesson 04b](04b_positions.ipynb).
#
# **A good place for a break.** One head is whole.
#
# ## 8. Many heads
#
# A look has one row of weights, and a row sums to 1: it can't give one word 0.9 for one thing and another word 0.9 for another. For that a layer has several [**heads**](../book/glossary.md#head), each with its own queries, keys and values (in SmolLM2 [three share keys and values](04c_heads_and_cost.ipynb#1.-Heads-that-share)). What they find is laid side by side, mixed by a fourth matrix, $W_o$, and *added* to the token's own vector (lesson 05). So later layers can read what a head has found.
#
# $H$ heads need $H$ matrices $[C, D]$ for their queries. With $D = C / H$, as is usual, they *are* one matrix $[C, C]$ when laid side by side. So multiply once, and cut the result at the columns:

# %% tags=["hide-input"]
show(
    figures.cut_into_heads(),
    alt="Left, queries of three tokens with four numbers each, two grey and two white. Right, head 0 has the two grey "
    "numbers of every token, head 1 the two white ones.",
)

# %% [markdown]
# In code: cut each row into heads, then let the axes of tokens and heads change places. *A common mistake* is to view the numbers as $[H, T, D]$ in one step:


# %%
def cut(x, heads):
    """[T, C] to [H, T, D]"""
    return x.view(len(x), heads, -1).transpose(0, 1)


numbers = torch.tensor([[10, 11, 12, 13], [20, 21, 22, 23], [30, 31, 32, 33]])  # [T, C]
print("cut, then exchanged:", *cut(numbers, 2).tolist())
print("viewed in one step: ", *numbers.view(2, 3, 2).tolist())

# %% [markdown]
# The shapes agree, the numbers don't: a view keeps the order of memory. In the second line head 1 begins with 22 and 23, numbers of the second token in the row of the first. The future has leaked in, and no error says so.
#
# With the right cut we can write several looks side by side. `attend` takes all heads at once, since they stand in an axis in front. At the end the way back: for each token, the finds of its heads are laid one behind the other in a row of $C$ numbers, and $W_o$ mixes them.


# %%
class Heads(nn.Module):
    """Several causal looks side by side: multi-head attention."""

    def __init__(self, W_q, W_k, W_v, W_o, heads):
        super().__init__()
        self.W_q, self.W_k, self.W_v = (nn.Parameter(W) for W in (W_q, W_k, W_v))
        self.W_o = nn.Parameter(W_o)  # a tensor that is the module's own, and learns
        self.heads = heads

    def forward(self, x):
        """[T, C] to [T, C]"""
        q, k, v = (cut(x @ W, self.heads) for W in (self.W_q, self.W_k, self.W_v))  # [H, T, D]
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
# The last *Mrs* has heard from head 0 what *Quimble* says, from head 1 that titles stand here.
#
# **Another good place for a break.**
#
# ## 9. Mrs Quimbletop again
#
# Look for yourself first. Type up to 24 words: all weights on the left, the row of one token on the right. Head 0 of layer 16 looks one token back. Step through the tokens there: the dark squares lie beside the diagonal. Then find out what head 6 of layer 18 does with a name of yours that returns, and with one that does not.


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
explore(
    draw_head,
    sentence=widgets.Text(value=gossip, **slider),
    layer=widgets.IntSlider(value=16, min=0, max=29, **slider),
    head=widgets.IntSlider(value=0, min=0, max=8, **slider),
    token=widgets.IntSlider(value=im, min=0, max=40, **slider),
)

# %% [markdown]
# Now the test. *This head finds the name*: then without it the name is not found. Switch a head off and see what breaks: an [**ablation**](../book/glossary.md#ablation). *silenced* puts zeros in place of what heads find. The token's vector stays, with all that other heads add to it. We ask for the chance of *im* behind the last *Qu*. Guess first:

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
# Without the head that gives *im* 0.98 the chance hardly falls. Perhaps another head does the same work? We switch off both. To add up what each costs alone, we count in [loss](00c_learning.ipynb#3.-How-wrong-is-a-guess?), $-\ln p$: a chance that halves costs 0.69, wherever it began.


# %%
def rise(*heads):
    """By how much the loss of im rises without these heads."""
    return log(chance_without() / chance_without(*heads))


one, other, pair = rise((18, 6)), rise((17, 3)), rise((18, 6), (17, 3))
print(f"the loss rises by {one:.3f} and {other:.3f}; with both off by {pair:.3f}")
claim("Both off cost more than the two costs together.", pair > 1.5 * (one + other))

# %% [markdown]
# They cover for each other. And the head that costs most of the three looks elsewhere: one token back.
#
# So what may you conclude from a map? That a value enters *this head's* mean with this factor, in this text. **A weight is a share, not an amount**: the value may be short, and others may do the same work. **Maps suggest; ablations test, and one at a time they can miss what is covered.**
#
# [D7](deeper/D7_heads.ipynb) goes on from here: what all 270 heads do, which of them find the name together and in which two steps, and a riddle that a map seems to solve. [B2](B2_looking_inside.ipynb) takes vectors out of one text and puts them into another.

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
# Your function takes the place of the library's in all 30 layers of SmolLM2, and the model reads our sentence with it. What lessons 04b and 04c add (turning by place, shared keys) is done before your function is called.


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
# **Words of this lesson:** [attention](../book/glossary.md#attention), [query](../book/glossary.md#query), [key](../book/glossary.md#key), [value](../book/glossary.md#value), [mask](../book/glossary.md#mask), [head](../book/glossary.md#head) and others in the [glossary](../book/glossary.md). With keys and values from another text: [cross attention](../book/glossary.md#cross-attention).
#
# **Paper.** [Jain and Wallace 2019](https://arxiv.org/abs/1902.10186), *Attention is not Explanation*.
#
# **Next:** in [lesson 04b](04b_positions.ipynb) attention learns the order of words.
