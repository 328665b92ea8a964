# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # D4 · Two texts
#
# **How does one text look at another?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [attention](../04_attention.ipynb) and its [mask](../../book/glossary.md#mask), [the training loop](../00c_learning.ipynb#4.-Five-lines-that-learn), [the block](../05_transformer_block.ipynb). No later lesson needs this one |
# | It adds to `lessons_lib` | the `memory` of `layers/attention.py` |
#
# {route}

# %%
# {setup}

# %%
import math

import torch

from lessons_lib import ModelConfig
from lessons_lib.classroom import claim, predict, reveal, say, show, show_source, use_style
from lessons_lib.classroom.lessons.lessonD4 import figures, predictions, toy_french
from lessons_lib.classroom.lessons.lessonD4.translator import (
    Look,
    Translator,
    shifted,
    train,
    translate,
)
from lessons_lib.layers import Attention

use_style()

# %% [markdown]
# ## The finished thing first
#
# The paper of 2017 that brought the transformer was about translation. We train its model in small, on a toy French: the adjective always follows the noun (the real one puts *petit* in front), and the article and the adjective take the noun's gender. It learns from 300 sentences and has never seen the other 132.

# %%
torch.set_num_threads(1)  # many small steps
english, french = toy_french.sentences()
english_words, french_words = toy_french.vocabulary(english), toy_french.vocabulary(french)
source = torch.tensor([[english_words.index(w) for w in s] for s in english])  # [432, 7]
target = torch.tensor([[french_words.index(w) for w in s] for s in french])  # [432, 7]
order = torch.randperm(len(source), generator=torch.Generator().manual_seed(5))
lessons, exam = order[:300], order[300:]


def trained(seed, causal=True):
    model = Translator(len(english_words), len(french_words), seed, causal=causal)
    return model, train(model, source[lessons], target[lessons], seed=seed)


def right(model):
    """The share of exam sentences without a fault."""
    return float((translate(model, source[exam]) == target[exam]).all(1).double().mean())


model, loss = trained(0)
one = english.index(["the", "green", "car", "hides", "the", "small", "garden"])
assert one in exam


def spell(ids):
    return [french_words[word] for word in ids]


print(" ".join(english[one]), "→", " ".join(spell(translate(model, source[[one]])[0])))
print(f"loss {loss:.3f}; {right(model):.0%} of {len(exam)} sentences without a fault")

# %% [markdown]
# ## 1. One formula, two texts
#
# When a text looks at itself, queries, keys and values all come from it. Nothing in the formula asks for that. In [**cross attention**](../../book/glossary.md#cross-attention) the queries come from the text that is written, keys and values from the one that is read. The table of shares is no longer square: here 3 by 5. In the library it is the module that you know, with a `memory`:

# %%
generator = torch.Generator().manual_seed(1)
three = torch.randn(1, 3, 8, generator=generator, dtype=torch.float64)  # [B, T, C]
five = torch.randn(1, 5, 8, generator=generator, dtype=torch.float64)  # [B, S, C]
look = Look(8)  # attention with one head, as the small translator uses it
q, k, v = look.q_proj(three)[0], look.k_proj(five)[0], look.v_proj(five)[0]
shares = (q @ k.T / math.sqrt(8)).softmax(-1)  # [T, S]
by_hand = look.o_proj(shares @ v)

sizes = {"hidden_size": 8, "intermediate_size": 8, "num_attention_heads": 1}
config = ModelConfig(vocab_size=9, num_hidden_layers=1, **sizes)
library = Attention(config, layer=0).double()
library.load_state_dict(look.state_dict())
print("shares:", list(shares.shape))
claim(
    "Attention with a memory is the same.", torch.allclose(by_hand, library(three, memory=five)[0])
)

# %% [markdown]
# ## 2. One reads, one writes

# %% tags=["hide-input"]
show(
    figures.encoder_decoder(),
    alt="Left the encoder: English words [B, S], embedding and places, self-attention in which each sees all S, "
    "feed-forward, memory [B, S, C]. Right the decoder: French so far [B, T], embedding and places, self-attention without looking "
    "ahead, cross attention, feed-forward, scores [B, T, V]. The memory gives cross attention its keys and values; the "
    "decoder's self-attention gives the queries.",
)

# %% [markdown]
# The [**encoder**](../../book/glossary.md#encoder) turns each English word into a vector that knows its sentence. The [**decoder**](../../book/glossary.md#decoder) has the order of SmolLM2's blocks, with one look more in each. (Its parts are those of 2017: positions added to the words, a norm behind each addition, no gate.) Leave out that look and the left half, and a language model remains. Ours has one block on either side; that of 2017 had six, and eight heads.

# %%
show_source(Translator.decode)

# %% [markdown]
# `seen` hides words of the English text; we use it in section 4.
#
# ## 3. Why 2017?
#
# The usual translators before it read word by word. Each step waited for the last, and without attention, news from the first word came through all of them, as in a game of telephone. Here every word looks at every other directly, and no place waits. And a whole sentence is learned in one pass: the decoder is shown the right words, moved by one place ([**teacher forcing**](../../book/glossary.md#teacher-forcing)).

# %%
show_source(shifted)

# %%
rows = {"shown": shifted(target[[one]])[0], "to guess": target[one]}
for name, ids in rows.items():
    print(f"{name:10}" + "".join(f"{word:9}" for word in spell(ids)))

# %% [markdown]
# Read it column by column: behind `<start>` the right guess is *la*, behind *la* it is *voiture*. All seven guesses are made at once. The mask sees to it that each is the one it would be without the words further on:

# %%
with torch.no_grad():
    memory = model.encode(source[exam])  # [B, S, C]
    shown = shifted(target[exam])  # <start> and six words, [B, T]
    at_once = model.decode(shown, memory)  # one pass, [B, T, V]
    one_by_one = [model.decode(shown[:, : t + 1], memory)[:, -1] for t in range(7)]  # seven
claim("One pass says what seven say.", torch.allclose(at_once, torch.stack(one_by_one, 1)))

# %% [markdown]
# So graphics processors, which are good at doing many things at once, could be kept busy, and larger models became affordable. Only writing still goes word by word.
#
# *A common mistake* is to forget the mask. The loss doesn't complain: the answer stands one place further on.

# %%
peeking, its_loss = trained(0, causal=False)
print(f"loss {its_loss:.3f} without the mask, {loss:.3f} with it")
print(f"sentences without a fault: {right(peeking):.0%}")
claim("A loss as low, and most sentences wrong.", its_loss < 0.01 and right(peeking) < 0.5)

# %%
say("all_at_once")

# %% [markdown]
# ## 4. Read the map
#
# Nobody told the model which word belongs to which. Where did it look while it chose each French word?

# %% tags=["hide-input"]
with torch.no_grad():
    model.decode(shifted(target[[one]]), model.encode(source[[one]]))
show(
    figures.one_map(model.decoder_cross.map[0], french[one], english[one]),
    alt="A table of shares, seven French words by seven English ones. la looks at car, verte at green, cache at hides, le "
    "and jardin at garden, petit at small, each with more than 0.9. But voiture looks at the first the with 0.98.",
)

# %% [markdown]
# *verte* looks at *green*, across the reordering, and *la* at *car*, whose gender it needs. It reads like a dictionary, but for the articles, which need the noun, and one row: *voiture* looks at *the*. And *verte* must know a gender, too, without a look at *car*.

# %%
predict("whence_the_gender")

# %% [markdown]
# A map is a hint. To know, interfere. First we hide the English noun from cross attention. Then we show it again, and change what was written before: *le jardin* for *la voiture*, *la maison* for *le bus*, and back:

# %%
pairs = [("la", "le"), ("voiture", "jardin"), ("maison", "bus")]
pairs += [("verte", "vert"), ("petite", "petit"), ("blanche", "blanc")]
other = dict(pairs) | {second: first for first, second in pairs}
exchange = torch.tensor([french_words.index(other.get(word, word)) for word in french_words])  # [V]
swapped = shown.clone()
swapped[:, 1:3] = exchange[shown[:, 1:3]]  # the first article and its noun
no_noun = (torch.arange(7) != 2).expand(7, 7)  # [T, S], False at the English noun


@torch.no_grad()
def guesses(model, shown, seen=None):
    """The likeliest word at each place of the exam's sentences, [N, T]."""
    return model.decode(shown, model.encode(source[exam]), seen).argmax(-1)


def share(same):
    return float(same.double().mean())


answers = target[exam]  # [N, T]
models = [model, *(trained(seed)[0] for seed in range(1, 8))]
article, adjective, turned = [], [], []
for each in models:
    hidden, misled = guesses(each, shown, no_noun), guesses(each, swapped)
    article.append(share(hidden[:, 0] == answers[:, 0]))
    adjective.append(share(hidden[:, 2] == answers[:, 2]))
    turned.append(share(misled[:, 2] == exchange[answers[:, 2]]))
print("in each of 8 models")
print("noun hidden, article right:       ", *(f"{x:4.0%}" for x in article))
print("noun hidden, adjective right:     ", *(f"{x:4.0%}" for x in adjective))
print("French swapped, adjective turned: ", *(f"{x:4.0%}" for x in turned))

# %%
claim("Without the English noun every adjective stays right, in all 8.", min(adjective) == 1)
claim("Behind the other French words every adjective turns, in all 8.", min(turned) == 1)
reveal("whence_the_gender", predictions.FRENCH if turned[0] == 1 else predictions.ENGLISH)

# %% [markdown]
# The article, which comes first, has only the English noun to go by; without it, about half are right. The adjective needs no English noun: behind *le jardin* it is the same adjective, *vert* for *verte*, though the English still says *car*.
#
# ## 5. Is the map always so tidy?
#
# Eight models that differ in their seed alone:

# %% tags=["hide-input"]
maps = []
for each in models:
    with torch.no_grad():
        each.decode(shifted(target[[one]]), each.encode(source[[one]]))
    maps.append(each.decoder_cross.map[0])
show(
    figures.eight_maps(maps, french[one], english[one]),
    alt="Eight maps of the same sentence. Most rows have one dark cell, often at the word one would expect; but in several "
    "maps a noun, an adjective or the verb looks elsewhere, and no two maps are alike.",
)

# %%
own = [float(shares[1, 2]) for shares in maps]  # how much voiture looks at car
print("voiture looks at car:", *(f"{share:.2f}" for share in own))
print(f"with more than half of its attention: {sum(share > 0.5 for share in own)} of 8")
claim("All 8 translate every exam sentence.", min(right(each) for each in models) == 1)
claim("No share lies between 0.1 and 0.9.", all(share < 0.1 or share > 0.9 for share in own))

# %% [markdown]
# The same task, solved without a fault eight times, and eight maps. In five *voiture* looks at *car* and at little else; in three hardly at all. From where do those three have the noun?
#
# ## 6. Swap one vector
#
# In the encoder the English words have looked at each other. So the vector at *the* may know of the car. To find out, we let the model read a second sentence, with *house* for *car*; *maison* is feminine too, so *la* still fits. Then we put one vector of the second memory into the first, and leave the other six. This is [**activation patching**](../../book/glossary.md#activation-patching).

# %%
predict("whose_vector")

# %%
second = english.index(["the", "green", "house", "hides", "the", "small", "garden"])


@torch.no_grad()
def patched(model, place):
    """The noun that it writes with the second sentence's vector at a place, and its map."""
    memory = model.encode(source[[one]])  # [1, S, C]
    memory[:, place] = model.encode(source[[second]])[:, place]
    scores = model.decode(shifted(target[[one]]), memory)  # [1, T, V]
    return french_words[scores[0, 1].argmax()], model.decoder_cross.map[0]


print("seed  looks most at   swapped at: the       green     car")
agree = 0
for seed, (each, shares) in enumerate(zip(models, maps, strict=True)):
    top = int(shares[1].argmax())
    nouns = [patched(each, place)[0] for place in range(7)]
    agree += nouns[top] == "maison" and nouns.count("maison") == 1
    looked = f"{english[one][top]} {shares[1, top]:.2f}"
    print(f"{seed:4}  {looked:28}" + "".join(f"{noun:10}" for noun in nouns[:3]))
reveal("whose_vector", patched(model, 0)[0])
claim("In 7 of 8, that one word alone changes the noun.", agree == 7)

# %% [markdown]
# The odd row was no slip of the map. In model 0 the noun comes by way of *the*; swap the vector at *car* itself, and it still writes *voiture*. In seven of the eight the word that was looked at most is the one that decides. Not in model 1:

# %%
before, after = maps[1][1], patched(models[1], 2)[1][1]  # voiture's row, [S]
print("model 1, share at green and car:", *(f"{share:.2f}" for share in before[1:3]))
print("with the house's vector at car: ", *(f"{share:.2f}" for share in after[1:3]))
claim("It looks away from the car, but at the house.", before[2] < 0.1 and after[2] > 0.9)
feminine = answers[:, 0] == french_words.index("la")  # sentences with a car or a house first
nouns = guesses(models[1], shown, no_noun)[feminine, 1]
claim(
    f"With the noun hidden it writes voiture behind la in all {len(nouns)} sentences.",
    bool((nouns == french_words.index("voiture")).all()),
)

# %% [markdown]
# To this model no noun in sight means *voiture*, also where the hidden noun is a house. So it needs no look at the car, and what it meets at *green* changes nothing. The map alone would have told a nice story about *green*.
#
# ## What to take with you
#
# - Cross attention: queries from the text that is written, keys and values from the one that is read.
# - With the mask, a whole sentence is learned in one pass; writing takes one pass a word.
# - A map shows where the model looked. What was used shows when you swap it.
#
# **Papers.** [Bahdanau and others 2015](https://arxiv.org/abs/1409.0473), *Neural Machine Translation by Jointly Learning to Align and Translate*, had attention before there were transformers; [Vaswani and others 2017](https://arxiv.org/abs/1706.03762), *Attention Is All You Need*; [Jain and Wallace 2019](https://arxiv.org/abs/1902.10186), *Attention is not Explanation*.
#
# **Next:** back to [lesson 04](../04_attention.ipynb).
