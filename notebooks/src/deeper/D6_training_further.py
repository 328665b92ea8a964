# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # D6 · Training further
#
# **How does Muon step, what does size buy, and where does a word's vector go?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | a few seconds |
# | You need | lesson 09: [the labels](../09_training.ipynb#1.-What-is-asked:-the-next-token,-everywhere), [AdamW](../09_training.ipynb#4.-AdamW:-each-number-its-own-step), [the rate](../09_training.ipynb#6.-How-far,-when); [PCA](../03_embeddings.ipynb#8.-Why-so-many-numbers?) helps |
# | It adds to `lessons_lib` | nothing; it uses `training/` |
#
# {route}
#
# This notebook goes deeper than lesson 09. Nothing later needs it. The trainings were run beforehand, by `benchmarks/recordings.py`.

# %%
# {setup}

# %%
from statistics import mean, stdev

import torch
from torch import nn
from torch.nn import functional as F

from lessons_lib.classroom import claim, predict, reveal, say, show, use_style
from lessons_lib.classroom.lessons.lesson09b.results import races
from lessons_lib.classroom.lessons.lessonD6 import figures, moving, sizes
from lessons_lib.training import Muon, newton_schulz, pack

use_style()

# %% [markdown]
# ## 1. Muon: each direction its own step
#
# Every matrix is a sum of *directions*: a column times a row, both of length 1, times a strength. They can be chosen so that all columns are perpendicular to each other, and all rows too. Then the strengths are its [**singular values**](../../book/glossary.md#singular-value). In $\begin{pmatrix} 3 & 0 \\ 0 & 0.1 \end{pmatrix}$ they are 3 and 0.1. Multiplied with a vector, a matrix stretches each direction by its strength.
#
# How do the strengths of a real gradient look? We take one matrix of the story model of lesson 09, untrained, and eight rows of its stories:

# %%
read, tokenizer = moving.read_by_the_model()
separator = tokenizer.encode("<|endoftext|>", allow_special=True)[0]
rows = pack([tokenizer.encode(text) for text in read[:40]], 112, separator)[:8]  # [8, T + 1]
untrained = moving.fresh_model()
F.cross_entropy(untrained(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten()).backward()
gradient = untrained.model.layers[1].mlp.down_proj.weight.grad  # [C, F]
before = torch.linalg.svdvals(gradient)  # [C], largest first
print(f"a matrix {list(gradient.shape)} has {len(before)} strengths")
claim("The strongest is over nine times the tenth.", before[0] > 9 * before[9])
claim("It is over 200 times the weakest.", before[0] > 200 * before[-1])

# %% [markdown]
# A step along such a gradient is a step in a few directions. [**Muon**](../../book/glossary.md#muon) gives all of them about the same strength, 1, and keeps the directions. It need not compute them. Take this formula five times, on a number $s$ between 0 and 1; its three numbers were tuned so that small $s$ grow fast:
#
# $$s \;\to\; 3.4445\, s - 4.7750\, s^3 + 2.0315\, s^5$$

# %%
for s in (0.01, 0.1, 0.5, 1.0):
    path = [s]
    for _ in range(5):
        path.append(3.4445 * path[-1] - 4.7750 * path[-1] ** 3 + 2.0315 * path[-1] ** 5)
    print(" → ".join(f"{each:.2f}" for each in path))

# %% [markdown]
# Small numbers grow more than threefold a round, and all end between about 0.6 and 1.3, unless they began very small. For a matrix $X$, the product $X X^T X$ has the same directions, each with its strength cubed, because what is perpendicular falls out: of 3 and 0.1 above it makes 27 and 0.001. So the same formula works on *all* strengths at once, with nothing but products ([**Newton-Schulz iteration**](../../book/glossary.md#newton-schulz-iteration)):


# %%
def plain_newton_schulz(matrix):
    x = matrix / matrix.norm()  # now no strength is above 1
    for _ in range(5):
        square = x @ x.T
        x = 3.4445 * x - 4.7750 * square @ x + 2.0315 * square @ square @ x
    return x


evened = plain_newton_schulz(gradient)
claim("The library's is the same.", torch.allclose(evened, newton_schulz(gradient), atol=1e-3))
after = torch.linalg.svdvals(evened)
claim("Now all 128 are between 0.6 and 1.3.", after.min() > 0.6 and after.max() < 1.3)

# %% tags=["hide-input"]
show(
    figures.strengths(before.tolist(), after.tolist()),
    alt="Strengths of the directions of a gradient, strongest first. Before, they fall steeply from 1 to a few "
    "hundredths; after, they lie between about 0.7 and 1.2.",
)

# %% [markdown]
# The whole step keeps a running mean $m$ as Adam does, without squares. The formula gets a mixture of 0.95 of this mean and 0.05 of the newest gradient $g$, which looks a little ahead (*Nesterov's momentum*). By convention a matrix with more rows than columns steps further, by the root of their ratio:


# %%
def plain_muon(p, g, m, lr, decay=0.1):
    m += 0.05 * (g - m)
    p *= 1 - lr * decay
    tall = max(1, p.shape[0] / p.shape[1]) ** 0.5
    p -= lr * tall * plain_newton_schulz(g + 0.95 * (m - g))


generator = torch.Generator().manual_seed(0)
numbers = torch.randn(31, 6, 4, generator=generator, dtype=torch.float64)
start, gradients = numbers[0], numbers[1:]
ours = nn.Parameter(start.clone())
optimizer, p, m = Muon([ours], lr=0.02), start.clone(), torch.zeros_like(start)
for g in gradients:
    ours.grad = g
    optimizer.step()
    plain_muon(p, g, m, lr=0.02)
claim("After 30 steps the library's Muon agrees.", torch.allclose(ours, p, atol=1e-4))

# %% [markdown]
# (torch has a `Muon` as well. It computes in bfloat16, so it agrees to two or three digits.)
#
# Does it help? The races of [lesson 09b](../09b_what_is_each_part_worth.ipynb) had one with AdamW alone: same stories, same first weights, eight seeds, and for each side the best of three rates.

# %%
muon, alone = races()["baseline"].loss, races()["AdamW alone"].loss
differences = [b - a for a, b in zip(muon, alone, strict=True)]
error = stdev(differences) / 8**0.5
print(f"AdamW alone: {mean(differences):+.2f} ± {2 * error:.2f} nats a word after as many steps")
claim("In all eight pairs its loss is higher.", min(differences) > 0)

# %% [markdown]
# On this model and these stories that is settled for the same number of steps. (A step of Muon computes more; time was not raced.)

# %%
say("why_equal_directions")

# %% [markdown]
# ## 2. Four sizes
#
# What does a larger model gain? The model of lesson 09b's races was trained at four widths: 16, 32, 64 and 128 numbers a word, two layers each. Each width learned for 30 and for 120 steps, with eight seeds. The rate of each, a multiple of the learning rates there, was chosen before: the best of seven on two other seeds.

# %%
predict("size_or_steps")

# %%
recorded = sizes.recorded()  # by width
for width, each in recorded.items():
    print(f"width {width:3}, {each.parameters:7,} numbers:", end=" ")
    print(*(f"{n} steps at {each.rate[n]}: {mean(each.loss[n]):.2f} " for n in sizes.STEPS))

# %% tags=["hide-input"]
show(
    figures.sizes(recorded),
    alt="Loss on unread stories against the numbers in the model, both axes by ratios. The line for 30 steps falls from 1.4 "
    "to 0.8, ever less; that for 120 steps is lower throughout, and flatter at the end.",
)


# %%
def all_below(one, other):
    """Whether each of the eight losses of one (width, steps) is below each of another's."""
    (width, steps), (their_width, their_steps) = one, other
    return max(recorded[width].loss[steps]) < min(recorded[their_width].loss[their_steps])


for small, large in ((16, 32), (32, 64), (64, 128)):
    print(f"{small:3} for 120 steps beats {large:3} for 30:", all_below((small, 120), (large, 30)))
    print(f"{large:3} beats {small:3}, 30 steps each:  ", all_below((large, 30), (small, 30)))
    print(f"{large:3} beats {small:3}, 120 steps each: ", all_below((large, 120), (small, 120)))
larger = [mean(recorded[width].loss[120]) for width in (64, 128)]
claim("On average 128 is ahead of 64 after 120 steps.", larger[1] < larger[0] - 0.02)
longer = all_below((64, 120), (128, 30))
reveal("size_or_steps", "the smaller model, for longer" if longer else "undecided")
for width, each in recorded.items():
    print(f"width {width:3} reads {120 * 8 * 64 / each.parameters:.1f} words a number in 120 steps")

# %% [markdown]
# (*Beats* means: each of its eight runs is better than each of the other's.) After 30 steps about four times as many numbers help each time, and less each time. After 120 they help twice; the last time the best run of the small one is better than the worst of the large one, though on average the large one is ahead, 0.49 against 0.52.
#
# And the same computing, spent on size or on steps? Numbers times words read is about equal for a width at 120 steps and the next one at 30, and each time the longer run wins. The [**scaling laws**](../../book/glossary.md#scaling-law) of large runs put a balance near 20 words, or tokens, a number (Hoffmann and others); all of ours lie below it, where reading more is the better buy. (Only the width grew here. And the widest model wants a smaller rate for 120 steps than for 30: who gives all the same rate compares rates.)
#
# ## 3. A word's vector on its way
#
# At the start each row of the embedding table is random. When does *Hugo* become a name, and when a boy's? The story model of lesson 09 was trained once, as there, and every ten steps we wrote down where 19 words stood.
#
# A vector has 128 numbers and a picture two. We took two directions from the end of the run: from names that go with *he* to names that go with *she*, and from things to animals. With so many numbers *some* direction separates any two groups, even of random points. So the directions were found with one half of the words, and the picture shows **only the other half**, which had no say.

# %% tags=["hide-input"]
show(
    figures.paths(moving.recorded(), (0, 20, 80, 240), "Hugo"),
    alt="Four maps of the same words, at steps 0, 20, 80 and 240. At step 0 all lie on one spot near the middle. At 20 animals are "
    "above and things below, the names between them. At 80 the names have parted: those that go with he lie left, "
    "those that go with she right. At 240 the same, more spread out. A line shows the way of Hugo.",
)

# %%
moved = moving.recorded()


def along(axis, kind, step):
    """How far the words of a kind lie along one of the two directions."""
    return [moved.places[word][moved.steps.index(step)][axis] for word in moving.WATCHED[kind]]


def gap(axis, low, high, step):
    """The lowest of one kind minus the highest of the other: above 0 they don't mix."""
    return min(along(axis, high, step)) - max(along(axis, low, step))


print("step                      ", *(f"{step:6}" for step in (0, 20, 40, 80, 240)))
for axis, low, high in ((1, "thing", "animal"), (0, "he", "she")):
    gaps = [gap(axis, low, high, step) for step in (0, 20, 40, 80, 240)]
    print(f"gap from {low:5} to {high:6}   ", *(f"{each:6.2f}" for each in gaps))
cosine = torch.tensor(moved.directions).prod(0).sum()
print(f"cosine of the two directions: {cosine:.2f}")

# %% [markdown]
# At first all lie near the middle, random and short. By step 20 animals and things have parted. The names need longer: they hardly part until step 40, and have parted by step 80, when in lesson 09 the stories have the right pronoun. *Hugo* hardly moves until step 40. Then it goes down and to the left at once, and after step 80 up again, among its like. The directions are nearly perpendicular, so the map is not skewed.
#
# Why in this order? A guess: an animal is told from a thing by the words right beside it, and a name's pronoun comes a sentence later. And it is one run: another would begin elsewhere, and its order may differ.
#
# ## 4. Sixteen bits
#
# Large models are trained in [**bfloat16**](../../book/glossary.md#bfloat16): 16 bits a number, with the range of 32 and two to three digits. The products are computed so; the weights stay in 32 bits, because a small step would vanish:

# %%
weight, step = torch.tensor(1.0), 0.001
for kind in (torch.float32, torch.bfloat16):
    print(f"1 minus 0.001 in {kind}: {(weight.to(kind) - step).item():.3f}")

# %% [markdown]
# `Recipe(bfloat16=True)` does it that way. Whether it is faster depends on the processor.
#
# ## What to take with you
#
# - Muon gives all directions of a matrix's step about the same strength, by products alone.
# - With little read, four times the steps buy more than four times the numbers.
# - Animals and things part early, the names of boys and girls later: in one run.
# - A map of vectors shows what its directions were chosen for, so choose them with other words than those you draw.
#
# **Papers.** [Jordan and others 2024](https://kellerjordan.github.io/posts/muon/), *Muon*. [Kaplan and others 2020](https://arxiv.org/abs/2001.08361), *Scaling Laws for Neural Language Models*, and [Hoffmann and others 2022](https://arxiv.org/abs/2203.15556), *Training Compute-Optimal Large Language Models*: size against steps, on many far larger runs.
#
# **Next:** back to [lesson 09](../09_training.ipynb).
