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
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/llms-from-the-ground-up/blob/v0.2.0/notebooks/deeper/D4_two_texts.ipynb)
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [attention](../04_attention.ipynb) and its [mask](../../book/glossary.md#mask), [the training loop](../00b_tensors_and_learning.ipynb), [the block](../05_transformer_block.ipynb). No later lesson needs this one |
# | It adds to `lessons_lib` | the `memory` of `layers/attention.py` |
#
# {route}

# %%
import importlib.util

if importlib.util.find_spec("lessons_lib") is None:
    # %pip install -q --no-deps git+https://github.com/OWNER/llms-from-the-ground-up@v0.2.0
    importlib.invalidate_caches()

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
written = [french_words[word] for word in translate(model, source[[one]])[0]]
print(" ".join(english[one]), "→", " ".join(written))
print(f"loss {loss:.3f}; {right(model):.0%} of {len(exam)} sentences without a fault")

# %% [markdown]
# ## 1. One formula, two texts
#
# When a text looks at itself, queries, keys and values all come from it. Nothing in the formula asks for that. In [**cross attention**](../../book/glossary.md#cross-attention) the queries come from the text that is written, keys and values from the one that is read. The table of shares is no longer square: here 3 by 5. In the library it is the module that you know, with a `memory`:

# %%
generator = torch.Generator().manual_seed(1)
three = torch.randn(1, 3, 8, generator=generator, dtype=torch.float64)  # [B, T, C]
five = torch.randn(1, 5, 8, generator=generator, dtype=torch.float64)  # [B, S, C]
look = Look(8)
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
# The [**encoder**](../../book/glossary.md#encoder) turns each English word into a vector that knows its sentence. The [**decoder**](../../book/glossary.md#decoder) is built like SmolLM2, with one look more in each block. Leave out that look and the left half, and a language model remains. Ours has one block on either side; that of 2017 had six, and eight heads.

# %%
show_source(Translator.decode)

# %% [markdown]
# ## 3. Why 2017?
#
# The usual translators before it read word by word. Each step waited for the last, and without attention, news from the first word came through all of them, as in a game of telephone. Here every word looks at every other directly, and no place waits. And a whole sentence is learned in one pass: the decoder is shown the right words, moved by one place ([**teacher forcing**](../../book/glossary.md#teacher-forcing)), and makes all seven guesses at once. The mask sees to it that each guess is the one it would make without the words behind it:

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
# *verte* looks at *green*, across the reordering, and *la* at *car*, whose gender it needs. It reads like a dictionary, but for one row: *voiture* looks at *the*. And *verte* must know a gender, too, without a look at *car*.

# %%
predict("whence_the_gender")

# %% [markdown]
# A map is a hint. To know, interfere. First we hide the English noun from cross attention. Then we show it again, and swap the French noun already written for one of the other gender:

# %%
swap = {"voiture": "jardin", "jardin": "voiture", "maison": "bus", "bus": "maison"}
swapped = shown.clone()
swapped[:, 2] = torch.tensor([french_words.index(swap[french_words[w]]) for w in shown[:, 2]])
no_noun = (torch.arange(7) != 2).expand(7, 7)  # [T, S]


@torch.no_grad()
def share_right(model, shown, seen=None):
    """The share of right guesses at each place, [T]."""
    guesses = model.decode(shown, model.encode(source[exam]), seen).argmax(-1)
    return (guesses == target[exam]).double().mean(0)


models = [model, *(trained(seed)[0] for seed in range(1, 8))]
hidden = torch.stack([share_right(each, shown, no_noun) for each in models])  # [8, T]
misled = torch.stack([share_right(each, swapped) for each in models])
print("right, in each of 8 models")
print("article, noun hidden:     ", *(f"{x:.0%}" for x in hidden[:, 0]))
print("adjective, noun hidden:   ", *(f"{x:.0%}" for x in hidden[:, 2]))
print("adjective, French swapped:", *(f"{x:.0%}" for x in misled[:, 2]))

# %%
claim("Without the noun the adjective stays right in all 8.", bool((hidden[:, 2] == 1).all()))
claim("With another French noun it is wrong in all 8.", bool((misled[:, 2] == 0).all()))
reveal("whence_the_gender", predictions.FRENCH if misled[0, 2] == 0 else predictions.ENGLISH)

# %% [markdown]
# The article, which comes first, has only the English noun to go by; without it, it guesses. The adjective needs no English noun. Its gender it has from the French one: with the other noun, none is right.
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
faultless = [right(each) for each in models]
own = torch.stack([shares[1, 2] for shares in maps])  # voiture at car, [8]
error = float(own.std()) / math.sqrt(8)
print("voiture looks at car:", *(f"{share:.2f}" for share in own))
print(f"on average {own.mean():.2f} ± {2 * error:.2f}")
claim("All 8 translate every exam sentence.", min(faultless) == 1)
claim(
    "In some, voiture hardly looks at car; in others at little else.",
    own.min() < 0.1 and own.max() > 0.9,
)

# %% [markdown]
# The same task, solved without a fault eight times, and eight maps. The encoder has let the English words look at each other first; so the vector at *the* may carry the noun. That is a guess for *voiture*; to hide *the* would not settle it, since the model may look elsewhere for what is missing. One tidy map would have told a nice story about one seed.
#
# ## What to take with you
#
# - Cross attention: queries from the text that is written, keys and values from the one that is read.
# - With the mask, a whole sentence is learned in one pass; writing takes one pass a word.
# - A map shows where was looked. What was used shows when you change it; what is only taken away may be replaced.
#
# **Papers.** [Bahdanau and others 2015](https://arxiv.org/abs/1409.0473), *Neural Machine Translation by Jointly Learning to Align and Translate*, had attention before there were transformers; [Vaswani and others 2017](https://arxiv.org/abs/1706.03762), *Attention Is All You Need*; [Jain and Wallace 2019](https://arxiv.org/abs/1902.10186), *Attention is not Explanation*.
#
# **Next:** back to [lesson 04](../04_attention.ipynb).
