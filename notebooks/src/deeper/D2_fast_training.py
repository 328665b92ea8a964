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
# {badge}
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
# {setup}

# %%
from collections import Counter, defaultdict
from heapq import heappop, heappush

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
# Lesson 02 trained a tokenizer as one would do it on paper: count all pairs, merge the most frequent, count again. Real vocabularies need tens of thousands of merges of far more text than one play. The library has three trainers, and they agree to the last merge:

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
for merges in (10, 30, 100):
    plainly, touching = counts[merges - 1]
    print(
        f"after {merges:3} merges: {plainly:9,} against {touching:,}: {plainly / touching:.0f} times"
    )

# %% tags=["hide-input"]
show(
    figures.looks(counts),
    alt="Two curves over 100 merges, the axis of looks logarithmic: looks at a pair so far. Both begin near each other. The one "
    "that looks at every pair again climbs steadily to more than 20 times the other, which hardly rises.",
)

# %% [markdown]
# (Each line upwards is ten times as many.) Both must look at everything once. After that the plain way pays nearly as much again for a merge (for the hundredth still about two thirds), and the other less and less, since pairs get rarer: the more merges, the larger the ratio. Seconds differ between machines, so none stand here. `python3 course.py bench` measures them on yours; [ours](../../assets/bpe-training.png) are drawn beside those of other libraries.
#
# To touch no more than that, a trainer must know three things without searching: where a pair stands, what stands beside a place, and which pair is the most frequent. We build it, with the names that the library uses.
#
# ## 2. Where does a pair stand?
#
# Write all words into one row of tokens, with a mark between them. With the seller's words of lesson 02:

# %%
EDGE, JOINED = -1, -2  # stand between two words; where a token has gone into its left neighbour
name = {EDGE: "|", JOINED: "-"} | {byte: chr(byte) for byte in range(256)}


def lay_out(words):
    token, weight = [EDGE], [0]
    for word, times in words.items():
        token += [*word, EDGE]
        weight += [times] * (len(word) + 1)
    return token, weight


cry = b"first berry best berry raw berry most raw berry"
words = Counter(cry.split())
token, weight = lay_out(words)
print("".join(name[i] for i in token))
b, e = b"be"
places = [i for i in range(len(token) - 1) if (token[i], token[i + 1]) == (b, e)]
print("b e at", places, "counts", sum(weight[i] for i in places))

# %% [markdown]
# *b e* stands at two places only. One is in *berry*, which comes four times, so it weighs 4.
#
# ## 3. What stands beside a place?
#
# A merge makes the row shorter, and then all places behind it would be wrong. So nothing is moved. A merged token keeps the place of its first byte, and every place knows its neighbours, `after` and `before` it: these are its **links**. A merge bends one link of each kind around the place that is gone:

# %% tags=["hide-input"]
show(
    figures.links(),
    alt="Two rows. First: b, e, r, r, y at places 7 to 11, between neighbours an arrow both ways. After the merge of b "
    "and e: be at place 7, place 8 empty, an arrow over it from 7 to r at place 9 and one under it back; the other "
    "arrows are as before.",
)


# %%
def link(token):
    return list(range(1, len(token) + 1)), list(range(-1, len(token) - 1))


def merge(places, joined):
    changed = []  # where a pair with the new token starts
    for place in places:
        if token[place] == JOINED:
            continue
        gone = after[place]
        token[place], token[gone] = joined, JOINED
        after[place] = after[gone]  # the one link
        before[after[gone]] = place  # the other
        if token[before[place]] != joined:
            changed.append(before[place])
        changed.append(place)
    return changed


after, before = link(token)
name[256] = "be"
print("new pairs start at", merge(places, joined=256))
print("".join(name[i] for i in token))

# %% [markdown]
# The new pairs start at the new token and at its neighbour before it, which `before` names at once; pairs with a mark don't count. This is a *doubly linked list*, laid into two lists of numbers. The two lines with `if` are for tokens that meet their like. Try them on *aaa* and *abab*:

# %%
a, b = b"ab"
token, weight = lay_out({b"aaa": 1, b"abab": 1})
after, before = link(token)
for places, joined, pair in (([1, 2], 257, "aa"), ([5, 7], 258, "ab")):
    name[joined] = pair
    print(pair, "at", places, "new pairs start at", merge(places, joined))
print("".join(name[i] for i in token))
claim("Nothing is lost: aaa is aa and a.", token[1:4] == [257, JOINED, a])

# %% [markdown]
# In *aaa* the place 2 has gone into place 1 before its turn comes: the first `if` leaves it out. In *abab* the pair *ab ab* starts at 5; without the second `if` it would be noted there twice, once by each of its halves.
#
# ## 4. Which pair is the most frequent?
#
# A [heap](https://docs.python.org/3/library/heapq.html) keeps the smallest of its entries at the front. Of n entries it takes or gives one in about log₂ n steps, 20 for a million. With minus the count in front, the most frequent pair comes first, and on a tie the smaller pair of ids, as in lesson 02. But a merge also takes places from other pairs: after *b e*, *e r* is gone, and the heap still says 4. Searching for the entry would cost what we want to save. So it stays wrong until it comes up, and is counted again then:


# %%
def add_pairs(places):
    found = defaultdict(list)
    for place in places:
        found[token[place], token[after[place]]].append(place)
    for pair, starts in found.items():
        if EDGE not in pair:
            heappush(heap, (-sum(weight[place] for place in starts), pair, starts))
    looks.append(len(places))


def next_pair():
    while True:
        count, (left, right), starts = heappop(heap)
        alive = [i for i in starts if (token[i], token[after[i]]) == (left, right)]
        looks.append(len(starts))
        true = -sum(weight[i] for i in alive)
        if true == count:
            return (left, right), alive
        stale.append(f"{name.get(left)} {name.get(right)} said {-count} and has {-true}")
        if true:
            heappush(heap, (true, (left, right), alive))


def prepare(words):
    global token, weight, after, before, heap, looks, stale
    token, weight = lay_out(words)
    after, before = link(token)
    heap, looks, stale = [], [], []
    add_pairs(range(len(token) - 1))


prepare(words)
for joined in (256, 257, 258):
    (left, right), places = next_pair()
    name[joined] = name[left] + name[right]
    add_pairs(merge(places, joined))
    print(f"{name[joined]:5} {''.join(name[i] for i in token)}   {', '.join(stale)}")
    stale.clear()

# %% [markdown]
# Read the lines from left to right: what is merged, the row after it, and which entries came up wrong before it. *r r* goes before *be r*, as letters are older.
#
# Is that safe? An entry may only be too high, never too low: a pair gets all its places at one time, when the newer of its two tokens is made, and later merges can only take some away. So if the front entry, counted again, keeps its number, no other can beat it.
#
# Counting again costs looks too. On Hamlet, 100 merges, with every place that our two functions look at:

# %%
prepare(pieces)
found = []
for joined in range(256, 356):
    pair, places = next_pair()
    found.append(pair)
    add_pairs(merge(places, joined))
claim("The same merges as plain's.", found == by_paper)
print(f"{sum(looks):,} looks: the plain trainer has {every / sum(looks):.0f} times as many")

# %% [markdown]
# ## 5. The whole
#
# The library's trainer is the same in one function. `Pair` is the type of two ids, and `progress` is called after each merge, so that a program can show how far it is.

# %%
show_source(incremental.learn_merges)

# %% [markdown]
# It keeps the front entry in the heap while it counts, and `heapreplace` is a pop and a push in one. `compiled.learn_merges` is the same book-keeping over arrays of numbers, which the package [numba](https://numba.pydata.org) translates into machine code.
#
# ## What to take with you
#
# - Count once, then touch only what changes.
# - Links instead of moving: a place never changes its number.
# - A number that can only be too high may wait until it is asked for. Many fast algorithms rest on such laziness.
#
# **Paper.** [Sennrich, Haddow and Birch 2016](https://arxiv.org/abs/1508.07909), whose published program keeps an index too: for each pair, the words that hold it.
#
# **Next:** back to [lesson 02](../02_bpe_tokenizer.ipynb), or on to its second part, [02b](../02b_real_tokenizers.ipynb).
