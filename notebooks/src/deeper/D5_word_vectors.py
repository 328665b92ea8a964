# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # D5 · Word vectors
#
# **What do vectors say about people, and what does a map of them hide?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | lesson 03: [the cosine and its baseline](../03_embeddings.ipynb#3.-Distance-or-direction?), [analogies](../03_embeddings.ipynb#7.-Arithmetic-with-words), [PCA](../03_embeddings.ipynb#8.-Why-so-many-numbers?) |
# | It adds to `lessons_lib` | nothing; it uses `vectors/` |
#
# {route}
#
# This notebook goes deeper than lesson 03. Nothing later needs it.

# %%
# {setup}

# %%
import ipywidgets as widgets
import numpy as np

from lessons_lib import vectors
from lessons_lib.classroom import claim, explore, show, use_style
from lessons_lib.classroom.lessons.lesson03 import figures
from lessons_lib.classroom.lessons.lesson03.tables import (
    partner_wins,
    smollm2_words,
    spread_out,
)
from lessons_lib.vectors import load_glove

use_style()

# %% [markdown]
# ## 1. What the texts bring along
#
# Vectors hold what people wrote about people. How far does each job lean along the direction from *he* to *she*? And from *man* to *woman*, which should say the same? A cosine needs a baseline: the 5,000 most frequent words.

# %%
glove = load_glove()
words = glove.index_to_key
jobs = "nurse dancer chef librarian doctor carpenter teacher mechanic programmer lawyer engineer captain"
leans, usual = {}, {}
for name, she, he in [("she − he", "she", "he"), ("woman − man", "woman", "man")]:
    direction = glove[she] / np.linalg.norm(glove[she]) - glove[he] / np.linalg.norm(glove[he])
    cosines = vectors.cosine_similarity(glove[jobs.split()], direction)
    leans[name] = dict(zip(jobs.split(), cosines, strict=True))
    usual[name] = vectors.cosine_similarity(glove.vectors[:5000], direction)  # [N]
    low, high = np.percentile(usual[name], (10, 90))
    print(f"{name}: {(usual[name] < 0).mean():.0%} of usual words lean to the masculine side,")
    print(f"  the middle 80% of them lie from {low:.2f} to {high:.2f};")
    print(f"  {(usual[name] < leans[name]['chef']).mean():.0%} lean more to that side than chef")

# %% tags=["hide-input"]
show(
    figures.leans(leans, usual),
    alt="How far twelve jobs lean from masculine to feminine in GloVe, along two directions, beside the band of usual "
    "words, which lies mostly on the masculine side. Nurse and dancer are to the right of the band on both, captain to "
    "the left; chef is to the right of it on one and in its middle on the other.",
)

# %%
below, above = (
    [job for job in jobs.split() if all(out(leans[name][job], usual[name]) for name in leans)]
    for out in (
        lambda lean, others: lean < np.percentile(others, 10),
        lambda lean, others: lean > np.percentile(others, 90),
    )
)
print("by both measures below the band:", *below, "  above it:", *above)
print("nearest to doctor:", *[near for near, _ in glove.most_similar("doctor", topn=3)])

# %% [markdown]
# 0 is not neutral here: about four of five usual words lean to *he*. Beside them *nurse* and *dancer* lean far to one side and *captain* to the other, by both measures. A program that sorts applications by such vectors might repeat it, and nobody would have written a line to that effect.
#
# So measure with care. *engineer*, left of 0, is a usual word. *chef* is far out by one direction and in the middle by the other. (*librarian* is above the band by both, but only beside words as frequent as these: with all 20,000 as baseline it is inside on one.) And the well-known "man is to doctor as woman is to nurse" proves little: *nurse* is *doctor*'s nearest neighbour, without any step.

# %%
wide = {}
for name, she, he in [("she − he", "she", "he"), ("woman − man", "woman", "man")]:
    direction = glove[she] / np.linalg.norm(glove[she]) - glove[he] / np.linalg.norm(glove[he])
    wide[name] = np.percentile(vectors.cosine_similarity(glove.vectors, direction), (10, 90))
far = [
    job
    for job in jobs.split()
    if all(leans[name][job] < wide[name][0] for name in leans)
    or all(leans[name][job] > wide[name][1] for name in leans)
]
claim("Beside all 20,000 words these three stand out.", far == ["nurse", "dancer", "captain"])

# %% [markdown]
# ## 2. One number of fifty
#
# Of 35 pairs such as *italy* and *rome*, a partner is nearer than a word of another pair nearly always, if all 50 numbers are asked. If one is? And what are the words with the highest value in a column?

# %%
one = [
    partner_wins(lambda a, b, at=column: abs(glove[a][at] - glove[b][at])) for column in range(50)
]
print(f"one number {np.mean(one):.0%} on average, the best of 50 {max(one):.0%}; a coin 50%")
for column in (3, 17, 41):
    top = glove.vectors[:5000, column].argsort()[::-1][:8]
    print(f"column {column:2}:", ", ".join(words[row] for row in top))

# %% [markdown]
# For one line or another a name is soon found ("industry"). It was found after looking at the words, and a turn of all vectors, which changes no cosine, would mix that column with all the others.
#
# ## 3. What a map hides
#
# Here are 20 rows of SmolLM2's table, on the two directions in which they spread most:

# %%
smol = smollm2_words()  # the words of GloVe that are one token of SmolLM2, with their rows
groups = {
    "court": ["king", "queen", "prince", "emperor", "throne", "crown"],
    "numbers": ["two", "three", "four", "five", "six", "seven", "eight"],
    "actions": ["walk", "run", "swim", "write", "read", "sing", "think"],
}

# %% tags=["hide-input"]
show(
    figures.word_map(smol, groups),
    alt="A map of 20 words of SmolLM2's embedding matrix in three groups. Numbers, actions and the words of the court each "
    "lie in a region of their own; the numbers from two to eight are in order.",
)

# %%
listed = [word for members in groups.values() for word in members]
flat = spread_out(smol[listed], len(listed))  # all directions that 20 points have
print(f"the map shows {(flat[:, :2] ** 2).sum() / (flat**2).sum():.0%} of the spread")
cosines = vectors.cosine_similarity(smol[listed], smol[listed])  # [20, 20]
np.fill_diagonal(cosines, np.nan)  # no word beside itself
group = np.repeat(list(groups), [len(members) for members in groups.values()])
numbers = np.random.default_rng(0)


def as_frequent(members):
    """The mean cosine of other words, each of the 100 beside a member in frequency: 400 draws."""
    rows, found = np.array([smol.key_to_index[word] for word in members]), []
    for _ in range(400):
        drawn = rows + numbers.integers(-50, 51, len(rows))
        drawn = smol.vectors[np.unique(drawn.clip(0))]
        cosines = vectors.cosine_similarity(drawn, drawn)
        found.append(cosines[np.triu_indices(len(drawn), 1)].mean())
    return np.mean(found), np.std(found)


above = {}
for name, members in groups.items():
    inside = np.nanmean(cosines[group == name][:, group == name])
    others, spread = as_frequent(members)
    above[name] = (inside - others) / spread
    print(f"inside {name:8} {inside:.2f}; others as frequent {others:.2f} ± {spread:.2f}")
print(f"across groups   {cosines[group[:, None] != group].mean():.2f}")
claim("Court and numbers lie far above others.", min(above["court"], above["numbers"]) > 3)
claim("The actions hardly do.", above["actions"] < 1)
claim(
    "The nearest of these words is always one of the own group.",
    (group[np.nanargmax(cosines, 1)] == group).all(),
)

# %% [markdown]
# Nobody told the table what a number is, and the numbers lie in order. But the map leaves out more than half of the spread: it suggests, and the cosine decides, beside words as frequent (in this table rare words are all alike). By that the actions, a region of their own on the map, are hardly more alike than any seven words, though each has its nearest among them.
#
# ## 4. Your own words
#
# Three or more words make a map; a cross marks the sum, a star the word nearest to it. (On the flat map another may look nearer.) The line of text with it gives the mean cosine of all such words. Put in your job. Try *france - paris + london*, and a sum whose words have nothing in common.

# %%
tables = {"GloVe": load_glove(), "SmolLM2": smollm2_words()}


def draw_words(words, arithmetic, table):
    return figures.own_words(tables[table], words, arithmetic, table)


explore(
    draw_words,
    words=widgets.Text("king queen man woman boy girl prince princess", continuous_update=False),
    arithmetic=widgets.Text("king - man + woman", continuous_update=False),
    table=widgets.SelectionSlider(options=list(tables), continuous_update=False),
)

# %% [markdown]
# ## What to take with you
#
# - How far a word leans says something beside how far usual words lean, and by more than one measure.
# - A name for a column, found after looking, is no evidence.
# - A map shows a part of the spread; the cosine of all numbers decides.
#
# **Papers.** [Bolukbasi and others 2016](https://arxiv.org/abs/1607.06520) and [Nissim, van Noord and van der Goot 2020](https://arxiv.org/abs/1905.09866) (bias, and how not to measure it).
#
# **Next:** back to [lesson 03](../03_embeddings.ipynb).
