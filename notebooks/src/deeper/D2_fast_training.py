# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # D2 · How training a tokenizer gets fast
#
# **What does a merge have to touch?**
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/llms-from-the-ground-up/blob/v0.2.0/notebooks/deeper/D2_fast_training.ipynb)
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [training](../02_bpe_tokenizer.ipynb#5.-Training) and [patterns](../02_bpe_tokenizer.ipynb#9.-Where-to-cut-first) of lesson 02. No later lesson needs this one |
# | It adds to `lessons_lib` | `tokenizer/training`: `plain.py`, `incremental.py`, `compiled.py` |
#
# {route}

# %%
import importlib.util

if importlib.util.find_spec("lessons_lib") is None:
    # %pip install -q --no-deps git+https://github.com/OWNER/llms-from-the-ground-up@v0.2.0
    importlib.invalidate_caches()

# %%
from collections import Counter, defaultdict
from heapq import heappop, heappush, heapreplace

import regex

from lessons_lib.classroom import claim, show, show_source, use_style
from lessons_lib.classroom.lessons.lessonD2 import figures
from lessons_lib.corpora import shakespeare
from lessons_lib.tokenizer.encoding.split import SPLITS
from lessons_lib.tokenizer.training import compiled, incremental, plain

use_style()

# %% [markdown]
# ## The finished thing first
#
# Lesson 02 trained a tokenizer as one would do it on paper: count all pairs, merge the most frequent, count again. Real vocabularies need 100,000 merges of far more text than one play. The library has three trainers, and they agree to the last merge:

# %%
plays = shakespeare()
hamlet = plays[plays.index("\nHamlet\n") : plays.index("\nKing Lear\n")]
pieces = Counter(piece.encode() for piece in regex.findall(SPLITS["gpt2"][0], hamlet))
by_paper = plain.learn_merges(pieces, most=100)
claim("incremental finds the merges of plain.", incremental.learn_merges(pieces, 100) == by_paper)
claim("compiled finds them too.", compiled.learn_merges(pieces, 100) == by_paper)
print(f"{len(hamlet):,} characters, {len(pieces):,} different pieces")

# %% [markdown]
# All three save one thing already: a piece that occurs a thousand times is looked at once, and its pairs count a thousand. Where does the rest of the time go?
#
# ## 1. Most of the work is done again
#
# In each round the plain trainer looks at every pair of every piece. Count the looks. Beside it, count what a merge really changes: for each place where it happens, the pair that goes, the two pairs that its neighbours lose, and the two that they gain. Five looks at most:

# %%
state = [(list(piece), times) for piece, times in pieces.items()]
every, touched, counts = 0, sum(len(ids) - 1 for ids, _ in state), []
for new, pair in enumerate(by_paper, start=256):
    length = sum(len(ids) for ids, _ in state)
    every += length - len(state)
    for ids, _ in state:
        plain.join(ids, pair, new)
    touched += 5 * (length - sum(len(ids) for ids, _ in state))
    counts.append((every, touched))
print(f"after 100 merges: {every:,} looks against {touched:,}, {every / touched:.0f} times as many")

# %% tags=["hide-input"]
show(
    figures.looks(counts),
    alt="Two curves over 100 merges on a logarithmic scale: looks at a pair so far. Both begin near each other. The one "
    "that looks at every pair again climbs steadily to more than 20 times the other, which hardly rises.",
)

# %% [markdown]
# Both must look at everything once. After that the plain way pays nearly the same again for every merge, and the other less and less, since pairs get rarer. For that, a trainer must know three things without searching: where a pair stands, what stands beside a place, and which pair is the most frequent.
#
# ## 2. Where does a pair stand?
#
# Write all pieces into one row, with a mark between them, and note for each pair the places where it begins. With the seller's words of lesson 02:

# %%
words = Counter(["first", "berry", "best", "berry", "raw", "berry", "most", "raw", "berry"])
row, weight = ["|"], [0]
for word, times in words.items():
    row += [*word, "|"]
    weight += [times] * (len(word) + 1)
places = defaultdict(list)
for place in range(len(row) - 1):
    if "|" not in (row[place], row[place + 1]):
        places[row[place], row[place + 1]].append(place)
print("".join(row))
for pair in (("b", "e"), ("e", "r"), ("s", "t")):
    print(*pair, "at", places[pair], "counts", sum(weight[place] for place in places[pair]))

# %% [markdown]
# *b e* stands at two places only. One is in *berry*, which comes four times, so it weighs 4.
#
# ## 3. What stands beside a place?
#
# A merge makes the row shorter, and then all places behind it would be wrong. So nothing is moved. A merged token keeps the place of its first byte, and every place knows its neighbours: `after` and `before` are its **links**. A merge bends two links around the place that is gone:

# %% tags=["hide-input"]
show(
    figures.links(),
    alt="Two rows. Before: b, e, r, r, y at places 7 to 11, each with an arrow to the next. After the merge of b and e: "
    "be at place 7, place 8 empty, and an arrow from place 7 around it to r at place 9; the other arrows are as before.",
)

# %% [markdown]
# The neighbours of the new token are found in one step, and so are the new pairs, here *be r*. This is a *doubly linked list*, laid into two lists of numbers.
#
# ## 4. Which pair is the most frequent?
#
# A [heap](https://docs.python.org/3/library/heapq.html) keeps the smallest of its entries at the front, and takes or gives one in a few steps, however long it is. With minus the count in front, the most frequent pair comes first, and on a tie the older one. But a merge also takes places from other pairs: after *b e*, *e r* is gone, and the heap still says 4. Searching for the entry would cost what we want to save. So it stays wrong until it comes up:

# %%
heap = []
for pair, starts in places.items():
    heappush(heap, (-sum(weight[place] for place in starts), pair))
print("first:", heappop(heap))
for place in places["b", "e"]:  # merge it
    row[place], row[place + 1] = "be", "-"
while True:
    count, (left, right) = heap[0]
    alive = [
        place for place in places[left, right] if (row[place], row[place + 1]) == (left, right)
    ]
    true = -sum(weight[place] for place in alive)
    if true == count:
        break
    print(left, right, "stands in the heap with", -count, "and has", -true)
    heapreplace(heap, (true, (left, right))) if true else heappop(heap)
print("next: ", heap[0])

# %% [markdown]
# Is that safe? An entry may only be too high, never too low: a pair gets all its places at one time, when the newer of its two tokens is made, and later merges can only take some away. So if the front entry, counted again, keeps its number, no other can beat it.
#
# (The new pairs *be r* and *be s* would be pushed now; on the tie at 4, *r r* goes first, since letters are older.)
#
# ## 5. The whole
#
# You have met every part of it: the row, the places, the links, the heap with its stale counts.

# %%
show_source(incremental.learn_merges)

# %% [markdown]
# Two lines deserve a look. `if token[place] == _JOINED` is for three equal tokens in a row: the middle one has just gone into the left one, so the second place is void. And `if token[before[place]] != joined` keeps a pair from being noted twice, where two new tokens stand side by side.
#
# `compiled.learn_merges` is the same book-keeping over arrays of numbers, translated into machine code.
#
# ## What to take with you
#
# - Count once, then touch only what changes.
# - Links instead of moving: a place never changes its number.
# - A number that can only be too high may wait until it is asked for. Many fast algorithms rest on such laziness.
#
# **Paper.** [Sennrich, Haddow and Birch 2016](https://arxiv.org/abs/1508.07909), whose published program keeps an index of places as well.
