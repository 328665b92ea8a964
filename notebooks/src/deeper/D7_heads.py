# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # D7 · What heads do
#
# **What do the heads of a real model do, and what does a map of them not prove?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | lesson 04: [many heads](../04_attention.ipynb#8.-Many-heads), [heads switched off](../04_attention.ipynb#9.-Mrs-Quimbletop-again); [the loss](../00c_learning.ipynb#3.-How-wrong-is-a-guess?) |
# | It adds to `lessons_lib` | nothing; it uses `layers/` |
#
# {route}
#
# This notebook goes deeper than lesson 04. Nothing later needs it.

# %%
# {setup}

# %%
import math

import torch
import torch.nn.functional as F

import lessons_lib
from lessons_lib.classroom import (
    check,
    claim,
    hint,
    predict,
    progress,
    reveal,
    show,
    show_solution,
    use_style,
)
from lessons_lib.classroom.lessons.lesson04.attention_maps import (
    attention_maps,
    attention_values,
    silenced,
)
from lessons_lib.classroom.lessons.lessonD7 import figures

use_style()

# %% [markdown]
# ## The finished thing first
#
# Lesson 04 left a question open. Head 6 of layer 18 gives *im* 0.98, and without it *im* still follows the last *Qu*. Who else finds the name?


# %%
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
gossip = "My neighbour Mrs Quimbletop has a red house, two dogs and a cat. Yesterday I met Mrs Qu"
gossip_ids = tokenizer.encode(gossip)
gossip_maps = attention_maps(model, gossip_ids)  # [layers, H, T, T]
im = int(gossip_maps[18, 6, -1].argmax())


def chance_without(*heads):
    """The chance of im behind the last Qu, with some heads (layer, head) switched off."""
    with torch.no_grad(), silenced(model, heads):
        return float(model(torch.tensor([gossip_ids]))[0, -1].softmax(-1)[gossip_ids[im]])


print(f"all heads on {chance_without():.3f}, without layer 18 head 6 {chance_without((18, 6)):.3f}")

# %% [markdown]
# We first get to know all heads, then see a map that looks like a solution and is none, and then find the group that finds the name.
#
# ## 1. What real heads do
#
# We mark each of the 270 heads on a text that we know all about: 40 random tokens, and the same 40 again.
#
# - **previous token**: the weight on the token just before;
# - [**sink**](../../book/glossary.md#attention-sink): the weight on the very first token;
# - [**induction**](../../book/glossary.md#induction-head): the second time, the weight on the token that *followed* the same token the first time. That is what the head of the opening did.

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
# ## 2. What a map does not prove
#
# *The trophy didn't fit in the suitcase because it was too big.* What is *it*? The trophy. With *small* for *big* it is the suitcase. Head 3 of layer 16 looks from *it* to *trophy*. Does it solve the riddle?

# %%
predict("the_other_riddle")

# %%
riddle = "The trophy didn't fit in the suitcase because it was too big."
names = [tokenizer.decode([token]).strip() for token in tokenizer.encode(riddle)]
it = names.index("it")
big, small = (
    attention_maps(model, tokenizer.encode(text))[:, :, it]  # [layers, H, T]
    for text in (riddle, riddle.replace("big", "small"))
)
for word, look in {"big": big[16, 3], "small": small[16, 3]}.items():
    print(f"{word:5}: from it most to {names[int(look.argmax())]}, {look.max():.2f}")
seen = {names[int(look[16, 3].argmax())] for look in (big, small)}
reveal("the_other_riddle", "at trophy, as before" if seen == {"trophy"} else "at suitcase")
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
# ## 3. A group
#
# Back to Mrs Quimbletop, and to the eight heads that look most at *im* from the last *Qu*. We switch them off in the order of their weight on it, against eight other heads of the same layers, drawn at random, eight times.

# %%
predict("heads_to_lose")


# %%
def as_pairs(numbers):
    """Heads counted from 0 to 269, as layer and head."""
    return [divmod(int(number), 9) for number in numbers]


order = gossip_maps[:, :, -1, im].flatten().argsort(descending=True)  # [270]
eight = as_pairs(order[:8])
counts = range(9)
by_map = [chance_without(*eight[:count]) for count in counts]
print("off by the map:", ", ".join(f"{n}: {c:.3f}" for n, c in zip(counts, by_map, strict=True)))
reveal("heads_to_lose", next(count for count in counts if by_map[count] < 0.5))
print(f"the 1st, 2nd, 5th and 6th: {chance_without(*(eight[n] for n in (0, 1, 4, 5))):.2f}")


def log_odds(chance):
    """The logarithm of chance against the rest: near 1 it has no ceiling."""
    return math.log(chance / (1 - chance))


apart = sum(log_odds(by_map[0]) - log_odds(chance_without(pair)) for pair in eight[:6])
at_once = log_odds(by_map[0]) - log_odds(by_map[6])
print(f"log-odds: six one by one cost {apart:.1f} in sum, all six at once {at_once:.1f}")
claim("At once they cost more than one and a half times as much.", at_once > 1.5 * apart)

# %%
layers = {layer for layer, head in eight}
others = [pair for pair in as_pairs(range(270)) if pair[0] in layers and pair not in eight]
generator = torch.Generator().manual_seed(0)
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
# The first four off take little of the chance, the first six leave 0.11; eight others leave nearly all. But it counts which four: the 1st, 2nd, 5th and 6th, picked after looking, leave 0.27. So the map did point at something: a *group*, whose members cover for each other: all at once cost more than the single prices add up to.
#
# ## 4. Two steps
#
# And head 0 of layer 16? In lesson 04 it costs more than the head of layer 18, though it never looks at *im* from *Qu*. It looks one token back. Induction is explained by two steps, of which this would be the first:

# %% tags=["hide-input"]
show(
    figures.two_steps(),
    alt="Tokens Qu, im, dots and Qu. Layer 16 head 0 adds to the vector of im that Qu stood before it. Layer 18 head 6, at "
    "the last Qu, asks who stood behind Qu: the key of im fits, and the head fetches the value of im.",
)

# %% [markdown]
# What is added to *im* is what lesson 04 gave *Quimble* by hand: behind whom it stood. If so, the second step must fail without the first. We switch it off, and ask all eight again; and for comparison head 0 of layer 1, which looks one token back as well:

# %%
left = {}
for layer, head in ((16, 0), (1, 0)):
    with silenced(model, [(layer, head)]):
        left[layer] = attention_maps(model, gossip_ids)[:, :, -1, im]  # [layers, H]
    looks = gossip_maps[layer, head, im, im - 1]
    print(f"layer {layer:2} head {head} looks from im at Qu: {looks:.2f};", end=" ")
    print(f"chance of im without it {chance_without((layer, head)):.3f}")
for layer, head in sorted(eight):
    before, *then = (shares[layer, head] for shares in (gossip_maps[:, :, -1, im], *left.values()))
    print(f"layer {layer} head {head} gives im {before:.2f};", end=" ")
    print(f"without layer 16 head 0 {then[0]:.2f}, without layer 1 head 0 {then[1]:.2f}")


def kept(without, early):
    """What those of layers 17 and 18, or the later ones, keep of the share that they give im."""
    pairs = [pair for pair in eight if (pair[0] < 20) == early]
    return [float(left[without][pair] / gossip_maps[(*pair, -1, im)]) for pair in pairs]


claim("Without layer 16 head 0 all of 17 and 18 lose more than half.", max(kept(16, True)) < 0.5)
claim("Without layer 1 head 0 they lose nothing.", min(kept(1, True)) > 0.99)
losing = [sum(share < 0.9 for share in kept(without, False)) for without in (16, 1)]
claim("Of the four later ones, one and three lose a tenth.", losing == [1, 3])

# %% [markdown]
# Those of layers 17 and 18 lose more than half without the one, as the two steps have it, and nothing without the other. The chance of *im* would not have shown it: each of the two costs about as much. Of the four later ones one loses much without the head of layer 16, and three without that of layer 1: they find *im* in another way, which may be why the name still comes (a guess).
#
# ## Exercises
#
# `hint("head_parts")` helps a step at a time, `show_solution("head_parts")` shows one way.
#
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

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# Many heads park their attention where little is said. A map can look like a solution and not be one. Heads work in groups and in steps; a claim about one needs a test of its group.
#
# **Papers.** [Olsson and others 2022](https://arxiv.org/abs/2209.11895), *In-context Learning and Induction Heads*. [Xiao and others 2023](https://arxiv.org/abs/2309.17453), *Efficient Streaming Language Models with Attention Sinks*.
#
# **Next:** back to [the course](../04b_positions.ipynb).
