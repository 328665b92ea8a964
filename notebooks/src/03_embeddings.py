# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 03 · Embeddings
#
# **Where does meaning live?**
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/llms-from-the-ground-up/blob/v0.2.0/notebooks/03_embeddings.ipynb)
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | some Python, school maths; tokens and ids (lessons 01 and 02) |
# | It adds to `lessons_lib` | `vectors/`: cosine, neighbours, analogies, word2vec; `layers/position.py`: the first positions |
#
# {route}

# %%
import importlib.util

if importlib.util.find_spec("lessons_lib") is None:
    # %pip install -q --no-deps git+https://github.com/OWNER/llms-from-the-ground-up@v0.2.0
    importlib.invalidate_caches()

# %%
import math
import re

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import torch

import lessons_lib
from lessons_lib import vectors
from lessons_lib.classroom import check, explore, progress, quiz, show, show_source, use_style
from lessons_lib.corpora import world_english_bible
from lessons_lib.layers import Embedding, apply_rope, position, rotation
from lessons_lib.vectors import WordVectors, load_glove, skip_gram, word2vec

use_style()

# %% [markdown]
# ## The finished thing first
#
# A language model gets numbers: the ids of its tokens. The first thing it does with an id is to look up a row in a table. Here is that table in the real model, SmolLM2:


# %%
def rounded(numbers):
    return " ".join(f"{number:5.2f}" for number in numbers)


model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
table = model.model.embed_tokens.weight.detach().numpy()  # [V, C]
print(f"{table.shape[0]:,} rows, one a token, of {table.shape[1]} numbers each")
[king] = tokenizer.encode(" king")
print("the row of ␣king starts", rounded(table[king, :5]))

# %% [markdown]
# 576 numbers for *king*, and none of them says "crown". Now ask which rows of the table are most like it. Nothing but these numbers is used: no dictionary, no model around them.


# %%
def visible(token):
    return tokenizer.decode([int(token)]).replace(" ", "␣")


for word in (" king", " grass", " three", " fast"):
    [row] = tokenizer.encode(word)
    found = vectors.nearest(table[row], table, count=7, excluded=[row])
    print(f"{visible(row):7}", *[visible(near) for near in found.rows])

# %% [markdown]
# *king* lies beside its plural and its capital letter, and then come *queen* and *emperor*. *three* lies beside the other numbers. Words of like meaning lie side by side, in a model that only ever learned to guess the next token. One more, before we start. Take the row of *king*, subtract *man*, add *woman*:

# %%
man, woman, king, queen = (tokenizer.encode(" " + w)[0] for w in ("man", "woman", "king", "queen"))
answer = vectors.analogy(table, man, woman, king, count=3)
for row, score in zip(*answer, strict=True):
    print(f"{visible(row):10} {score:.3f}")

# %% [markdown]
# Meaning you can calculate with. By the end of this lesson you will know where it comes from, how often it works, and where it fools you.
#
# Now we build it.

# %% [markdown]
# ## 1. Why not the letters, why not the ids?
#
# Computers have stored words as numbers for a long time: each letter has a code. *cat* is 99, 97, 116. Are words with similar codes similar? We write 20,000 words as lists of codes, and look for those nearest to *cat*: the ones whose codes differ least.

# %%
glove = load_glove()  # 20,000 words; what else is in there comes later
words = glove.index_to_key
print("cat is", [ord(letter) for letter in "cat"])
longest = max(map(len, words))
spelling = np.array(
    [[ord(c) for c in word.ljust(longest)] for word in words], dtype=float
)  # [N, L]
for word in ("cat", "king"):
    gaps = np.linalg.norm(spelling - spelling[glove.row(word)], axis=1)
    order = gaps.argsort(kind="stable")
    print(word, "→", ", ".join(words[i] for i in order[1:8]))

# %% [markdown]
# Letters know spelling. *cat* is close to *car*, and far from *kitten*. So forget the letters and use the token's id; that is one number already. What are the neighbours of *cat* among the ids?

# %%
[cat] = tokenizer.encode(" cat")
print(f"␣cat is {cat}; around it:", *[visible(cat + step) for step in (-3, -2, -1, 1, 2, 3)])

# %% [markdown]
# An id says how early a token came into the vocabulary, nothing else. And arithmetic with ids is a joke: half of *cat* is some other token.
#
# Let us measure it, since "nonsense" is only an opinion. We take 35 pairs of words that belong together, such as *italy* and *rome*, *brother* and *sister*, *hot* and *cold*. For the first word of each pair we ask: is its partner nearer than a word from another pair? A coin gets half of these right.


# %%
def capitalised(word):
    """The id of a word that is one token, with a capital letter if it takes one; None for others."""
    for form in (" " + word, " " + word.capitalize()):
        if len(ids := tokenizer.encode(form)) == 1:
            return ids[0]
    return None


related = vectors.analogy_pairs()
pairs = [pair for name in ("capitals", "family", "opposites") for pair in related[name]]
pairs = [pair for pair in pairs if all(capitalised(word) for word in pair)]


def partner_wins(far):
    """How often a word's partner is nearer than a word of another pair; far(a, b) is a distance."""
    trials = [(a, b, c) for a, b in pairs for other in pairs if other != (a, b) for c in other]
    return sum(far(a, b) < far(a, c) for a, b, c in trials) / len(trials)


row_of = glove.row
by_letters = partner_wins(lambda a, b: np.linalg.norm(spelling[row_of(a)] - spelling[row_of(b)]))
by_id = partner_wins(lambda a, b: abs(capitalised(a) - capitalised(b)))
print(f"{len(pairs)} pairs.   letters: {by_letters:.0%}   ids: {by_id:.0%}   a coin: 50%")

# %% [markdown]
# Not much better than the coin, and what little there is comes from elsewhere: the words of a pair are often about equally long, and about equally frequent. We want numbers in which related words are close and others far. One number a word can't do that: on a line, *king* has room for two direct neighbours, and it wants many: *queen*, *prince*, *emperor*, *man*. So give every word several numbers.

# %% [markdown]
# ## 2. Words as places
#
# On a map, two numbers say where a town is, and towns that are close have similar numbers. A list of numbers like this is a [**vector**](../book/glossary.md#vector), and how many numbers it has is its [**dimension**](../book/glossary.md#dimension). Let us place words by two properties, from 0 to 10: from masculine to feminine, and from young to old. Where would you put *grandmother*?

# %%
people = {
    "boy": (1, 2),
    "girl": (9, 2),
    "man": (1, 7),
    "woman": (9, 7),
    "grandfather": (1, 10),
    "grandmother": (9, 10),
}
fig, ax = plt.subplots(figsize=(5.5, 3.2))
for word, (x, y) in people.items():
    ax.plot(x, y, "o", color="black")
    ax.annotate(word, (x, y), textcoords="offset points", xytext=(7, -4))
ax.set(xlabel="masculine → feminine", ylabel="young → old", xlim=(0, 12.5), ylim=(0, 11))
show(
    fig,
    alt="Six words on a map: boy, man and grandfather on the left, girl, woman and grandmother on"
    " the right, the young at the bottom, the old at the top.",
)

# %% [markdown]
# How far is *boy* from *man*, and from *woman*? Pythagoras: square the differences, add them up, take the root. From (1, 2) to (1, 7) it is 5; from (1, 2) to (9, 7) it is $\sqrt{64 + 25}$.


# %%
def distance(a, b):
    return np.linalg.norm(np.subtract(a, b))


for other in ("man", "woman"):
    print(f"boy to {other}: {distance(people['boy'], people[other]):.1f}")

# %% [markdown]
# Two properties are too few for a language. Is a king near a queen, a man, or a president? Near each of them, in another way, so we need more numbers. The slides this course grew from use four for *car* and *grass*, and three for *dog* and *cat*:
#
# | | quick | alive | green | fluffy | | fluffy | would save you | grateful |
# |---|---|---|---|---|---|---|---|---|
# | *car* | 0.84 | 0.01 | 0.31 | 0.03 | *dog* | 0.42 | 0.97 | 0.95 |
# | *grass* | 0.01 | 0.97 | 0.89 | 0.82 | *cat* | 0.73 | 0.04 | 0.01 |
#
# The cat is the one that pushed you into the lake. A list of numbers that stands for a word in this way is its [**embedding**](../book/glossary.md#embedding).
#
# Take ten animals and three properties, size, tame and dangerous, from −1 to 1. Before you run the cell: is the cat nearer to the lion or to the hamster?

# %%
animals = """cat -0.5 0.9 -0.7
lion 0.8 -1.0 0.9
dog 0.0 0.9 -0.3
goldfish -0.9 0.8 -1.0
shark 0.7 -1.0 0.9
hamster -0.9 0.9 -0.9
bear 0.9 -0.9 0.8
horse 0.7 0.7 -0.2
wolf 0.3 -0.8 0.6
rabbit -0.7 0.7 -0.9"""
zoo = {line.split()[0]: np.array(line.split()[1:], dtype=float) for line in animals.split("\n")}
for a, b in [("cat", "lion"), ("cat", "hamster"), ("shark", "lion"), ("dog", "wolf")]:
    print(f"{a} to {b}: {distance(zoo[a], zoo[b]):.2f}")

# %% [markdown]
# By our three properties a lion is nearly a shark, and the cat is a small pet rather than a relative of the lion. That is no fact about animals. We chose the properties, and so we chose who is alike. Add a fourth, 1 for felines and 0 for others, and count it five times:

# %%
feline = {name: np.append(place, 5.0 * (name in ("cat", "lion"))) for name, place in zoo.items()}
for a, b in [("cat", "lion"), ("cat", "hamster")]:
    print(f"{a} to {b}: {distance(feline[a], feline[b]):.2f}")

# %% [markdown]
# Now the cat is closer to the lion. Nobody can choose the right properties for a whole language, let alone fill them in for tens of thousands of words. Section 6 lets the text choose them. First we need a better measure of "alike".

# %% [markdown]
# ## 3. Distance or direction?
#
# Draw an arrow from the origin to each word. Two arrows may be of different length and still point the same way. In real embeddings the direction carries the meaning, and the length depends on other things, such as how often the word occurs (section 9 measures it). So we compare directions, by the cosine of the angle between the arrows: 1 if they point the same way, 0 at a right angle, −1 if they are opposite. This is the [**cosine similarity**](../book/glossary.md#cosine-similarity).
#
# By hand, with (3, 4) and (4, 3). Multiply number by number and add up: 3·4 + 4·3 = 24. This is the [**dot product**](../book/glossary.md#dot-product). Divide by both lengths, which are 5 and 5: 24/25 = 0.96.
#
# $$\cos(a, b) = \frac{a \cdot b}{|a|\,|b|} = \frac{\sum_i a_i b_i}{\sqrt{\sum_i a_i^2}\,\sqrt{\sum_i b_i^2}}$$


# %%
def plain_cosine(a, b):
    a, b = np.asarray(a), np.asarray(b)
    return (a * b).sum() / (math.sqrt((a * a).sum()) * math.sqrt((b * b).sum()))


car, grass = (0.84, 0.01, 0.31, 0.03), (0.01, 0.97, 0.89, 0.82)
dog, cat = (0.42, 0.97, 0.95), (0.73, 0.04, 0.01)
print(f"(3, 4) and (4, 3): {plain_cosine((3, 4), (4, 3)):.2f}")
print(f"(3, 4) and (6, 8): {plain_cosine((3, 4), (6, 8)):.2f}")
print(f"car and grass: {plain_cosine(car, grass):.2f}   dog and cat: {plain_cosine(dog, cat):.2f}")

# %% [markdown]
# (6, 8) is (3, 4) drawn twice as long, and the cosine does not care. The library's version compares every row of one matrix with every row of another in a single matrix product:

# %%
show_source(vectors.cosine_similarity)

# %%
rng = np.random.default_rng(0)
left, right = rng.normal(size=(40, 50)), rng.normal(size=(60, 50))
ours = np.array([[plain_cosine(a, b) for b in right] for a in left])  # [40, 60]
theirs = vectors.cosine_similarity(left, right)  # [40, 60]
print(f"{ours.size:,} pairs, largest difference {abs(ours - theirs).max():.5f}")

# %% [markdown]
# What it adds: it does all pairs at once, and it refuses a vector of zeros, which has no direction. The plain version would divide by 0 and hand on a `nan`.
#
# Are distance and cosine two different things? If all arrows are first made one unit long, no. Then $|a - b|^2 = 2 - 2\cos(a, b)$: the largest cosine *is* the smallest distance. Check it on random arrows:

# %%
a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (left, right[:40]))
squared = ((a - b) ** 2).sum(1)  # [40]
print(f"largest difference {abs(squared - (2 - 2 * (a * b).sum(1))).max():.6f}")

# %% [markdown]
# Time for real vectors. [**GloVe**](../book/glossary.md#glove) is a well-known collection: 50 numbers a word, learned in 2014 from six billion words of news and Wikipedia. We have loaded its 20,000 most frequent words already, those made of letters. The same test as before, with cosines:

# %%
by_glove = partner_wins(lambda a, b: -plain_cosine(glove[a], glove[b]))
print(f"letters: {by_letters:.0%}   ids: {by_id:.0%}   GloVe: {by_glove:.0%}")

# %% [markdown]
# From a coin toss to nearly always. The nearest words, found by taking the cosine with all 20,000 and keeping the best, are worth reading one by one:

# %%
for word in ("happy", "doctor", "red", "lion", "apple"):
    print(f"{word:7}", ", ".join(near for near, _ in glove.most_similar(word, topn=8)))

# %% [markdown]
# Around *happy* you might expect other feelings; there are words of people talking. Look at *apple*, too. There is no fruit among its neighbours: the newspapers of those years wrote about the company. A vector shows what its texts were about, and every word has one vector, however many meanings it has. Both will come back.
#
# `nearest` is the search that finds these neighbours: one matrix product for all scores, and then only the best few are sorted.

# %%
show_source(vectors.nearest)


# %%
def plain_nearest(query, matrix, count):
    scores = np.array([plain_cosine(query, row) for row in matrix])
    return scores.argsort()[::-1][:count]


some = glove.vectors[:3000]
same = [
    plain_nearest(some[row], some, 5).tolist() == vectors.nearest(some[row], some, 5).rows.tolist()
    for row in (10, 500, 1500, 2999)
]
print("the same neighbours in the same order:", all(same))

# %% [markdown]
# ## 4. The lookup
#
# How do vectors get into a model? They are the rows of one large table, the [**embedding matrix**](../book/glossary.md#embedding-matrix), in the order of the ids. Row 0 belongs to token 0. Looking a token up is reading its row. A small one, with the numbers of the slides:

# %%
toy_tokens = ["The", " car", " is", " fast", " and", " red"]
toy = np.array(
    [
        [0.12, 0.34, 0.56, 0.78],
        [0.84, 0.01, 0.31, 0.03],
        [0.23, 0.45, 0.67, 0.89],
        [0.91, 0.12, 0.34, 0.56],
        [0.78, 0.90, 0.12, 0.34],
        [0.56, 0.78, 0.90, 0.12],
    ]
)  # [V, C]
ids = [toy_tokens.index(token) for token in ("The", " car", " is", " red")]
print(ids)
print(toy[ids])

# %% [markdown]
# In the maths of the next lessons this is a product of matrices, and you may want to see that it is. Write the id 1 as a row with a 1 at place 1 and 0 everywhere else: (0, 1, 0, 0, 0, 0). That is called [**one-hot**](../book/glossary.md#one-hot). Multiply it with the table: every row of the table is multiplied by 0, apart from row 1, and the sum is row 1.

# %%
one_hot = np.zeros((len(ids), len(toy_tokens)))  # [T, V]
one_hot[range(len(ids)), ids] = 1
print(one_hot.astype(int))
print("product equals lookup:", np.array_equal(one_hot @ toy, toy[ids]))

# %% [markdown]
# Nobody multiplies, of course. With 49,152 tokens nearly all of the work would be spent on zeros:

# %%
vocabulary, width = table.shape
print(f"multiplications for one token: {vocabulary * width:,}; numbers read by a lookup: {width}")
layer = Embedding(50, 7)
picked = torch.randint(50, (2, 11), generator=torch.Generator().manual_seed(0))  # [B, T]
by_product = torch.nn.functional.one_hot(picked, 50).float() @ layer.weight  # [B, T, C]
print("the library's layer equals the product:", torch.equal(layer(picked), by_product))
show_source(Embedding)

# %% [markdown]
# Now the sentence of the slides, with the real tokenizer. They give it nine ids from six entries, with *The* and *the* as one and the comma stuck to *fast*; the table beside them has seven rows, and the result eleven vectors. Count what is really there:

# %%
sentence = "The car is fast, and the car is red."
sentence_ids = tokenizer.encode(sentence)
for token in sentence_ids:
    print(f"{visible(token):6} {token:6}  {rounded(table[token, :5])} …")
print(len(sentence_ids), "tokens,", len(set(sentence_ids)), "different rows")

# %% [markdown]
# Eleven tokens and nine rows. The comma and the full stop are tokens of their own, and *The* and *␣the* are two: another capital letter, another row. Only *␣car* and *␣is* are looked up twice, and both times the same row comes out. How alike are the rows that differ only in a capital or a space?

# %%
forms = ["The", " the", "the", " The", " car"]
rows = [tokenizer.encode(form)[0] for form in forms]
likeness = vectors.cosine_similarity(table[rows], table[rows])
for form, line in zip(forms, likeness, strict=True):
    print(f"{form.replace(' ', '␣'):5}", "  ".join(f"{value:5.2f}" for value in line))

# %% [markdown]
# Alike, not equal. The model had to learn four times that *the* is *the*.
#
# The ids themselves mean nothing: they are line numbers. So two models may share one tokenizer and have different tables. Here a table that is fresh and untrained answers the same ids. It is made the way most models start: random numbers around 0 with a spread of 0.02.

# %%
fresh = (
    torch.randn(table.shape, generator=torch.Generator().manual_seed(0)).numpy() * 0.02
)  # [V, C]
for name, matrix in [("trained", table), ("fresh", fresh)]:
    found = vectors.nearest(matrix[king], matrix, count=6, excluded=[king])
    print(f"{name:8} king → {', '.join(visible(row) for row in found.rows)}")

# %% [markdown]
# Why 0.02 of all numbers? Because the table is used twice. In SmolLM2, as in many models, the scores of the next token are dot products with the same rows. At the start the model should be unsure, so all scores should be nearly the same. With 576 numbers of size 1 in the last layer, rows with a spread of 0.02 give scores with a spread of $0.02 \cdot \sqrt{576} = 0.48$. A beginner that knows nothing pays $\ln V$ for each token, 7.601 for a vocabulary of 2,000. What do others pay?

# %%
generator = torch.Generator().manual_seed(0)
last_layer = torch.randn(500, 576, generator=generator)  # [T, C]
start = torch.randn(2000, 576, generator=generator)  # [V, C]
right_token = torch.randint(2000, (500,), generator=generator)
print(f"knowing nothing: {math.log(2000):.3f}")
for spread in (0.002, 0.02, 0.2, 1.0):
    loss = torch.nn.functional.cross_entropy(last_layer @ start.T * spread, right_token)
    print(f"spread {spread:5}: loss {loss:6.2f}")

# %% [markdown]
# A spread of 1 begins with a model that is quite sure of nonsense, and it would first have to unlearn that.

# %% [markdown]
# ## 5. The numbers have no names
#
# *Quick, alive, green, fluffy*: it would be pleasant if the columns of a real table had such names. Let us look for one. Here are the eight words with the highest value in three columns of GloVe:

# %%
frequent = glove.vectors[:5000]
for column in (3, 17, 41):
    top = frequent[:, column].argsort()[::-1][:8]
    print(f"column {column:2}:", ", ".join(words[row] for row in top))

# %% [markdown]
# You may see a theme in one or the other, but try to name a column such that *all* its words fit. There is a reason why that fails, and it is a simple one. Everything we have used so far, lengths and angles, stays the same when all arrows are turned together, as a map stays right when you turn the paper. But turning changes every single number:

# %%
turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(50, 50)))  # a turn in 50 dimensions
turned = WordVectors(words, glove.vectors @ turn)
for name, known in [("before", glove), ("after", turned)]:
    near = ", ".join(near for near, _ in known.most_similar("king", topn=4))
    print(f"{name:7} {rounded(known['king'][:5])} …   king → {near}")
gap = vectors.cosine_similarity(glove.vectors[:500], glove.vectors[:500])
gap -= vectors.cosine_similarity(turned.vectors[:500], turned.vectors[:500])
print(f"250,000 cosines, largest change {abs(gap).max():.4f}")

# %% [markdown]
# Both tables say the same about every pair of words, and they have no column in common. So a single column can't mean anything by itself: meaning is in the directions and the distances, spread over all the columns. (Inside a trained model the axes are not quite arbitrary, and researchers do find single numbers that can be named. They are the exception.)
#
# That also limits the swapping. Two tables may fit one tokenizer, but the rest of the model has learned one of them. Shuffle the columns of SmolLM2's table, all rows alike. No cosine changes. Does the model notice?

# %%
embedding = model.model.embed_tokens.weight
story = "The children play in the garden, and their mother reads a book in the sun."
story_ids = torch.tensor([tokenizer.encode(story)])
shuffle = torch.randperm(576, generator=torch.Generator().manual_seed(0))
original = embedding.data
for name, columns in [("as trained", torch.arange(576)), ("shuffled", shuffle)]:
    embedding.data = original[:, columns]
    with torch.no_grad():
        scores = model(story_ids)[0, :-1]  # [T - 1, V]
    loss = torch.nn.functional.cross_entropy(scores, story_ids[0, 1:])
    print(f"{name:11} loss {loss:5.1f}")
embedding.data = original
print(f"knowing nothing: {math.log(len(table)):.1f}")

# %% [markdown]
# It is worse than knowing nothing: the model is sure, and wrong. Tables can be swapped between versions of one model that were trained together, not between strangers.

# %% [markdown]
# ## 6. Where do the numbers come from?
#
# What does *tezgüino* mean? "A bottle of tezgüino stood on the table. Everybody likes tezgüino. Too much tezgüino makes you drunk." You know it now, and nobody told you: the words around it did. Words that keep the same company have similar meanings. This is the [**distributional hypothesis**](../book/glossary.md#distributional-hypothesis), and it turns plain text into a teacher. No human labels anything; the text is question and answer in one, which is called [**self-supervised**](../book/glossary.md#self-supervised).
#
# The simplest method that works well is [**word2vec**](../book/glossary.md#word2vec), from 2013. Take a word and those around it, up to two on each side. Each gives a pair: *this word had this company*. That part is called [**skip-gram**](../book/glossary.md#skip-gram).


# %%
def plain_pairs(tokens, window):
    return [
        (word, tokens[other])
        for place, word in enumerate(tokens)
        for other in range(max(0, place - window), min(len(tokens), place + window + 1))
        if other != place
    ]


print(plain_pairs(["the", "cat", "drinks", "warm", "milk"], window=2))

# %% [markdown]
# Every word gets two vectors: $v$ for itself and $u$ for its role as somebody's company. The game: here is a pair, *cat* and *milk*; was it in the text, or did somebody draw the second word at random? The answer is the dot product $u \cdot v$, squeezed into a chance between 0 and 1 by the [**sigmoid**](../book/glossary.md#sigmoid), $\sigma(x) = 1 / (1 + e^{-x})$. Real pairs should get a chance near 1, random ones a chance near 0. Random ones are needed: without them the easiest way to win is to make everything large and alike. This is [**negative sampling**](../book/glossary.md#negative-sampling).
#
# One step on paper. The word has $v = (1, 0)$, its real company $u = (0.5, 0.5)$, a random word $u' = (0.5, -0.5)$. Both dot products are 0.5, and $\sigma(0.5) = 0.622$. The real pair should have 1, so 0.378 is missing; the random one should have 0, so 0.622 is too much. Now pull $v$ towards $u$ by what is missing, and push it away from $u'$ by what is too much:
#
# $$v \leftarrow v + 0.378\,(0.5, 0.5) - 0.622\,(0.5, -0.5) = (0.878, 0.5)$$
#
# In general, with a learning rate $\eta$ for the size of the step, and 1 as the wanted answer $y$ for real company and 0 for random words:
#
# $$v \leftarrow v + \eta \sum_j (y_j - \sigma(u_j \cdot v))\,u_j \qquad u_j \leftarrow u_j + \eta\,(y_j - \sigma(u_j \cdot v))\,v$$
#
# Where does it come from? It is one step downhill on the loss $-\log \sigma(u \cdot v) - \sum \log \sigma(-u' \cdot v)$. You don't need the derivation to use it, and the second cell below checks it against torch, which can differentiate.


# %%
def plain_step(own, company, word, targets, rate):
    """targets[0] was really there, the others are random; all different."""
    wanted = np.array([1.0] + [0.0] * (len(targets) - 1))
    v, u = own[word].copy(), company[targets].copy()  # [C], [1 + K, C]
    error = rate * (wanted - 1 / (1 + np.exp(-u @ v)))  # [1 + K]
    own[word] += error @ u
    company[targets] += np.outer(error, v)


own = np.array([[1.0, 0.0]])
company = np.array([[0.5, 0.5], [0.5, -0.5]])
plain_step(own, company, 0, [0, 1], rate=1.0)
chance = 1 / (1 + math.exp(-0.5))
print(f"sigmoid(0.5) is {chance:.3f}, {1 - chance:.3f} is missing")
print("v is now", own[0].round(3).tolist())

# %%
generator = torch.Generator().manual_seed(0)
worst = 0.0
for _ in range(200):
    v = torch.randn(7, generator=generator, dtype=torch.float64, requires_grad=True)
    u = torch.randn(4, 7, generator=generator, dtype=torch.float64, requires_grad=True)
    signs = torch.tensor([1.0, -1.0, -1.0, -1.0], dtype=torch.float64)
    (-torch.nn.functional.logsigmoid(signs * (u @ v)).sum()).backward()
    own, company = v.detach().numpy()[None].copy(), u.detach().numpy().copy()
    plain_step(own, company, 0, [0, 1, 2, 3], rate=0.1)
    worst = max(worst, abs(own[0] - (v - 0.1 * v.grad).detach().numpy()).max())
    worst = max(worst, abs(company - (u - 0.1 * u.grad).detach().numpy()).max())
print(f"200 steps against torch's own gradients, largest difference {worst:.6f}")

# %% [markdown]
# Play it for a while. Our text is made of short sentences about two worlds, animals and vehicles, with small words in both. Two numbers a word, so that we can draw them. All words start near the origin, at random.

# %%
chance = np.random.default_rng(3)
worlds = [["cat", "dog", "bird", "eats", "sleeps"], ["car", "bus", "train", "drives", "stops"]]
text = [
    [
        str(chance.choice(["the", "a"]) if place % 2 == 0 else chance.choice(worlds[number % 2]))
        for place in range(8)
    ]
    for number in range(300)
]
print(" ".join(text[0]), "/", " ".join(text[1]))
vocab = sorted({word for line in text for word in line})
index = {word: row for row, word in enumerate(vocab)}

# %%
own = (chance.random((len(vocab), 2)) - 0.5) * 0.4  # [V, C]
company = np.zeros_like(own)  # [V, C]
before = own.copy()
for _ in range(6):
    for line in text:
        for word, other in plain_pairs([index[word] for word in line], window=2):
            noise = chance.choice(len(vocab), 3, replace=False)
            plain_step(own, company, word, [other, *noise[noise != other]], rate=0.05)

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.5, 3.2))
styles = {"o": worlds[0], "s": worlds[1], "^": ["the", "a"]}
for ax, (title, matrix) in zip(axes, [("before", before), ("after", own)], strict=True):
    for (marker, members), colour in zip(
        styles.items(), ("#0072B2", "#D55E00", "black"), strict=True
    ):
        at = matrix[[index[word] for word in members]]  # [members, 2]
        ax.plot(*at.T, linestyle="", marker=marker, color=colour)
        if title == "after":  # they lie on top of each other: one label for all
            label = "\n".join(members)
            ax.annotate(label, at.mean(0), (22, -20), textcoords="offset points", fontsize=8)
            continue
        for word, point in zip(members, at, strict=True):
            ax.annotate(word, point, textcoords="offset points", xytext=(4, 3), fontsize=8)
    ax.plot(0, 0, "+", color="black")
    ax.set(title=title, xlabel="first number", ylabel="second number")
    ax.margins(0.2)
show(
    fig,
    alt="Two maps of twelve words. Before training they lie scattered around the origin; after it"
    " the five animal words lie together on one side and the five vehicle words on the other.",
)

# %%
worst = min(
    plain_cosine(own[index[a]], own[index[b]]) for world in worlds for a in world for b in world
)
across = max(plain_cosine(own[index[a]], own[index[b]]) for a in worlds[0] for b in worlds[1])
print(f"lowest cosine within a world: {worst:.2f}   highest across: {across:.2f}")

# %% [markdown]
# The program was never told that there are two worlds. *cat* and *dog* keep the same company, so they were pulled and pushed by the same vectors and went to the same place.
#
# The library's trainer plays the same game on real text. Here is its step, which is compiled to machine code, and beside it a proof that ours is the same:

# %%
show_source(skip_gram.train_pair)

# %%
rng = np.random.default_rng(0)
sigmoids = skip_gram.sigmoid_table()
worst = 0.0
for _ in range(1000):
    ours = rng.normal(size=(2, 30, 16)).astype(np.float32)  # own and company, [V, C] each
    theirs = ours.copy()
    targets = rng.choice(30, 6, replace=False).astype(np.int32)
    plain_step(ours[0], ours[1], 3, targets, rate=0.025)
    skip_gram.train_pair(theirs[0], theirs[1], 3, targets, sigmoids, np.float32(0.025))
    worst = max(worst, abs(ours - theirs).max())
print(f"1,000 random steps, largest difference below 0.0001: {worst < 1e-4}")

# %% [markdown]
# (They are not equal to the last digit: it looks the sigmoid up in a table.) What else does the hardened version add? Four things that word2vec's authors found worth having, each a few lines: frequent words such as *the* are skipped at random; the reach of the window varies, so that near words count more; the learning rate falls to almost nothing; and the random words are drawn by their frequency to the power 3/4, which gives rare words a better chance. The last one is a table of words, each as often as it is to be drawn:

# %%
show_source(word2vec._noise_table)

# %%
counts = np.array([1000, 100, 10])
drawn = np.bincount(word2vec._noise_table(counts)) / word2vec.NOISE_SLOTS
for count, share, plain in zip(counts, drawn, counts / counts.sum(), strict=True):
    print(f"{count:5} times in the text: {plain:5.1%} of the text, {share:5.1%} of the draws")

# %% [markdown]
# Now real text: the World English Bible, a translation into modern English in the public domain. It is small for this purpose, but it takes seconds.

# %%
verses = [
    re.findall(r"[a-z]+(?:'[a-z]+)?", verse.lower()) for verse in world_english_bible().splitlines()
]
print(f"{len(verses):,} verses, {sum(map(len, verses)):,} words")
bible = vectors.train_word2vec(verses, vector_size=50, window=5, epochs=3, progress=False)
print(f"{len(bible):,} words have a vector")

# %%
start = np.random.default_rng(1).normal(size=bible.vectors.shape)
untrained = WordVectors(bible.index_to_key, start)
for word in ("bread", "father", "three", "silver", "wicked", "ate"):
    for name, known in [("before", untrained), ("after", bible)]:
        near = ", ".join(near for near, _ in known.most_similar(word, topn=6))
        print(f"{word:7} {name:7} {near}")

# %% [markdown]
# Numbers have found numbers, metals metals, and relatives relatives, after three readings of one book. Look also at what is near *wicked*: *righteous*, its opposite. Opposites keep the same company ("the wicked … but the righteous …"), and company is all that this method sees. Keep that in mind when you read "nearest" as "same meaning".

# %% [markdown]
# ## 7. Arithmetic with words
#
# If *king* and *queen* differ as *man* and *woman* do, then the arrow from *man* to *woman* should be the arrow from *king* to *queen*. On the map of section 2 you can check this: (9, 7) − (1, 7) = (8, 0), and the same step leads from *boy* to *girl*. So to answer "man is to woman as king is to …", start at *king* and take that step:
#
# $$\text{king} + (\text{woman} - \text{man}) \approx \;?$$
#
# A question of this kind is an [**analogy**](../book/glossary.md#analogy). Scale all vectors to length 1, calculate, look for the nearest word:


# %%
def plain_analogy(a, b, c, count=1, exclude=True):
    unit = {word: glove[word] / np.linalg.norm(glove[word]) for word in (a, b, c)}
    goal = unit[b] - unit[a] + unit[c]
    near = vectors.nearest(goal, glove.vectors, count + 3)
    found = [words[row] for row in near.rows if not (exclude and words[row] in (a, b, c))]
    return found[:count]


famous = [("man", "woman", "king"), ("france", "paris", "italy"), ("walk", "walking", "swim")]
others = [("japan", "tokyo", "germany"), ("big", "bigger", "small"), ("good", "better", "bad")]
for a, b, c in famous + others:
    print(f"{a} : {b} = {c} : {plain_analogy(a, b, c)[0]}")

# %% [markdown]
# *queen*, *rome*, *swimming*: three examples that every book shows. The next three are less famous. Before we count, one line of the function deserves suspicion: `exclude`. The three words of the question may not be the answer. What comes out when they may?

# %%
for a, b, c in [("man", "woman", "king"), ("walk", "walking", "swim"), ("good", "better", "bad")]:
    print(f"{a} : {b} = {c} :", plain_analogy(a, b, c, count=3, exclude=False))

# %% [markdown]
# The nearest word to *king − man + woman* is *king*. The step from *man* to *woman* is short, and so we have hardly left. The famous result is true only with the small print. Does that matter? If one knows the three words, leaving them out is fair; but it also means that a method which does no arithmetic at all, and answers with the nearest neighbour of *king*, gets some answers right. We will count that too.
#
# The book among our sources says that such arithmetic is right in 40 to 70% of all cases. Let us count. The library has a set of questions in nine relations, twelve pairs each, and every pair is asked with every other:

# %%
show_source(vectors.hit_rates)

# %%
asked = {name: vectors.questions(pairs) for name, pairs in related.items()}
print(
    f"{sum(map(len, asked.values())):,} questions in {len(asked)} relations, such as",
    asked["capitals"][0],
)
few = [question for name in asked for question in asked[name][:12]]
hits = sum(plain_analogy(a, b, c)[0] == d for a, b, c, d in few)
library = sum(
    words[vectors.analogy(glove.vectors, *map(row_of, q[:3])).rows[0]] == q[3] for q in few
)
print(f"plain: {hits} of {len(few)}   library: {library} of {len(few)}")

# %%
with_rule = vectors.hit_rates(glove, related)
without = vectors.hit_rates(glove, related, exclude=False)


def total(rates):
    return sum(rate.right for rate in rates.values()) / sum(rate.asked for rate in rates.values())


for name in related:
    print(
        f"{name:14} {with_rule[name].share:6.1%}   query words allowed: {without[name].share:6.1%}"
    )
print(f"{'all':14} {total(with_rule):6.1%}   query words allowed: {total(without):6.1%}")
every = [question for some in asked.values() for question in some]
lazy = [
    next(near for near, _ in glove.most_similar(c, topn=3) if near not in (a, b)) == d
    for a, b, c, d in every
]
print(f"without arithmetic, the nearest neighbour of c: {sum(lazy) / len(lazy):.1%}")

# %%
fig, ax = plt.subplots(figsize=(7, 3.8))
at = np.arange(len(related))
ax.barh(at - 0.2, [rate.share for rate in with_rule.values()], 0.4, label="without the query words")
ax.barh(
    at + 0.2,
    [rate.share for rate in without.values()],
    0.4,
    hatch="//",
    color="white",
    edgecolor="black",
    label="query words allowed",
)
ax.axvspan(0.4, 0.7, color="#dddddd", zorder=0)
ax.set_yticks(at, list(related))
ax.invert_yaxis()
ax.grid(axis="y", visible=False)
ax.set(
    xlabel="share of questions answered correctly",
    xlim=(0, 1.02),
    title="It depends on what you ask",
)
ax.legend(loc="lower right", frameon=True)
show(
    fig,
    alt="Bar chart of the hit rates of nine relations. Nationalities reach almost 1 and opposites"
    " stay lowest. With the query words allowed every bar is shorter. A grey band marks 0.4 "
    "to 0.7.",
)

# %% [markdown]
# The grey band is what the book promises. The average lies in it, and it hides everything of interest: nationalities are nearly perfect, opposites nearly hopeless. We saw why with *wicked*: opposites keep the same company, so no direction tells them apart. With the query words allowed the average falls to the lower edge of the band. And some of it is no arithmetic at all: the neighbour of the third word alone, with no step taken, is right in a quarter of all cases.
#
# The rate also depends on how many words compete for the answer. Here are the questions about frequent words, asked with more and more words to choose from, and below them our own vectors from section 6:

# %%
common = {
    name: [pair for pair in pairs if max(map(row_of, pair)) < 3000]
    for name, pairs in related.items()
}
for size in (3000, 10_000, 20_000):
    rates = vectors.hit_rates(WordVectors(words[:size], glove.vectors[:size]), common)
    print(
        f"{size:6,} words compete: {total(rates):.1%} of {sum(r.asked for r in rates.values())} questions"
    )
rates = vectors.hit_rates(bible, related)
print(f"our own, from one book: {total(rates):.1%} of {sum(r.asked for r in rates.values())}")

# %% [markdown]
# More words to choose from make it a little harder. So a hit rate without its set of questions, its list of words and its rule about query words says little. Our own vectors, from less than a million words, mostly fail: neighbours need little text, fine differences need much.
#
# And the real model? Its table holds tokens, not words, so we take the words that are one token for SmolLM2, and ask both tables the same:

# %%
shared = [word for word in words if capitalised(word)]
smol = WordVectors(shared, table[[capitalised(word) for word in shared]])
both = {"GloVe": WordVectors(shared, glove[shared]), "SmolLM2": smol}
print(f"{len(shared):,} words")
for name, some_words in both.items():
    allowed = vectors.hit_rates(some_words, related, exclude=False)
    print(f"{name:8} {total(vectors.hit_rates(some_words, related)):.1%}", end="   ")
    print(f"query words allowed: {total(allowed):.1%}")

# %%
ours, theirs = (vectors.hit_rates(some_words, related) for some_words in both.values())
for relation in related:
    print(
        f"{relation:14} GloVe {ours[relation].share:5.0%}   SmolLM2 {theirs[relation].share:5.0%}"
    )

# %% [markdown]
# SmolLM2's table is better at grammar (*bigger*, *biggest*, *cars*) and worse at geography. That is no weakness of the whole model, which knew the capital of France in lesson 01: thirty layers follow its table, and the fact may be stored in any of them. GloVe has nothing but its table.

# %% [markdown]
# ## 8. What the texts bring along
#
# Vectors are learned from what people wrote, so they also hold what people wrote about people. Here is a measurement. Take the direction from *he* to *she*, and ask for each of some jobs how far it leans that way: the cosine of the job and *she − he*.

# %%
jobs = "nurse dancer chef librarian doctor carpenter teacher mechanic programmer scientist lawyer engineer boss captain"
she, he = (glove[word] / np.linalg.norm(glove[word]) for word in ("she", "he"))
lean = {job: float(vectors.cosine_similarity(glove[job], she - he)) for job in jobs.split()}
lean = dict(sorted(lean.items(), key=lambda item: item[1]))
fig, ax = plt.subplots(figsize=(7, 3.4))
ax.barh(list(lean), list(lean.values()))
ax.axvline(0, color="black", marker="", linestyle="-")
ax.grid(axis="y", visible=False)
ax.set(xlabel="cosine with she − he", title="Jobs in the texts that GloVe was learned from")
show(
    fig,
    alt="Bar chart of how far fourteen jobs lean from he to she in GloVe: captain and boss lean "
    "most towards he, dancer and nurse most towards she.",
)
print({job: round(value, 2) for job, value in lean.items()})

# %% [markdown]
# This says nothing about who can be a captain. It says that in the news and the encyclopedia up to 2014, *captain* stood more often in the company of *he* than *nurse* did. A program that uses these vectors to sort applications would repeat it, and nobody would have written a line of code to that effect. That is why it has to be measured.
#
# It has to be measured with care, too. A famous example is "man is to doctor as woman is to …". Look at it with and without the small print:

# %%
for name, some_words in both.items():
    for exclude in (True, False):
        best = some_words.most_similar(["doctor", "woman"], "man", topn=1, exclude=exclude)[0][0]
        print(
            f"{name:8} man : doctor = woman : {best:10} query words {'left out' if exclude else 'allowed'}"
        )

# %% [markdown]
# In GloVe the answer *nurse* appears only because *doctor* was forbidden; the nearest word is *doctor* itself. Both facts are true. The lean is real, as the figure shows, and the sentence "the model thinks that a female doctor is a nurse" is not what was measured.

# %% [markdown]
# ## 9. A map of the real table
#
# We can't look at 576 dimensions. But we can look for the flat sheet through the cloud of points on which it is spread out most, and draw the shadow. This is [**PCA**](../book/glossary.md#pca), and it takes three lines: subtract the mean, find the main directions with a singular value decomposition, project.


# %%
def pca(matrix, count=2):
    """Points [N, C] to their coordinates [N, count] in the directions of widest spread, and their shares."""
    centred = matrix - matrix.mean(0)
    _, spread, directions = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    directions = directions[:count]
    largest = np.abs(directions).argmax(
        1
    )  # a direction has two signs; make its largest number positive
    directions = directions * np.sign(directions[range(count), largest])[:, None]
    return centred @ directions.T, spread[:count] ** 2 / (spread**2).sum()


groups = {
    "animals": "dog cat horse lion wolf rabbit pig cow",
    "numbers": "two three four five six seven eight nine",
    "countries": "france italy germany spain japan china russia egypt",
    "actions": "walk run swim write read sing speak think",
}
listed = [word for group in groups.values() for word in group.split()]
points, shares = pca(smol[listed])
print(f"the map shows {shares.sum():.0%} of the spread: {shares[0]:.0%} and {shares[1]:.0%}")

# %%
fig, ax = plt.subplots(figsize=(7.5, 4.6))
for number, (group, members) in enumerate(groups.items()):
    at = [listed.index(word) for word in members.split()]
    ax.plot(*points[at].T, linestyle="", marker="os^D"[number], label=group)
    for row in at:
        ax.annotate(listed[row], points[row], textcoords="offset points", xytext=(4, 2), fontsize=7)
ax.set(
    xlabel="first direction",
    ylabel="second direction",
    title="SmolLM2's table, from the side where these words spread most",
)
ax.legend()
show(
    fig,
    alt="A map of 32 words of SmolLM2's embedding matrix. Numbers and countries lie far apart "
    "from the rest; animals and actions are neighbours.",
)

# %% [markdown]
# The numbers stand apart, in order, and so do the countries. Animals and actions are neighbours, with *sing* and *swim* at the border. All this comes from a table that was never told what an animal is. Read such maps with care, though: this one shows only the share printed above. Two words that are close on it may be far apart in all the directions that it leaves out. The map suggests, the cosine decides. Does *swim* belong to the animals?

# %%
print("swim:", ", ".join(near for near, _ in smol.most_similar("swim", topn=8)))

# %% [markdown]
# It does not. In all 576 directions its neighbours are other forms of itself, and other sports.
#
# And the lengths of the rows? Ids are given out in the order of the merges, so small ids are frequent tokens and large ids rare ones. Here is the length of the rows against the id:

# %%
lengths = np.linalg.norm(table, axis=1)  # [V]
blocks = lengths[: 48 * 1024].reshape(48, 1024)  # [48, 1024]
fig, ax = plt.subplots()
ax.fill_between(
    range(48), *np.percentile(blocks, [10, 90], axis=1), color="#dddddd", label="80% of the tokens"
)
ax.plot(range(48), np.median(blocks, axis=1), markevery=4, label="the middle one")
ax.set(
    xlabel="id of the token, in steps of 1,024",
    ylabel="length of its row",
    title="Rare tokens have longer rows",
)
ax.legend(loc="lower right")
show(
    fig,
    alt="The length of a token's row against its id. The middle length falls a little over the "
    "first tokens, then rises steadily towards the rare ones.",
)
print(
    f"middle length: first block {np.median(blocks[0]):.2f}, last block {np.median(blocks[-1]):.2f}"
)
order = lengths.argsort()
print("shortest:", *[visible(row) for row in order[:8]])
print("longest: ", *[visible(row) for row in order[::-1][:8]])

# %% [markdown]
# The shortest rows are first names, which can stand for one another nearly everywhere. The longest are pieces such as *␣strugg* and *␣enthus*: tokens with exactly one thing to say, because hardly more than one ending can follow. Length means something, then, but it isn't what the word means. That is why we compared directions.

# %% [markdown]
# ## 10. What one vector a word can't do
#
# **Order.** Take the average of the vectors of a sentence as the vector of the sentence. That is cheap and sometimes useful. Try it:


# %%
def average(sentence):
    return glove[sentence.split()].mean(0)


print(f"cosine: {plain_cosine(average('dog bites man'), average('man bites dog')):.4f}")
good, bad = "the movie was not good it was bad", "the movie was not bad it was good"
print(f"a bad and a good review: {plain_cosine(average(good), average(bad)):.4f}")

# %% [markdown]
# A sum does not know the order of its parts. The first sentence is no news, the second is, and the average can't tell them apart.
#
# **Context.** *bank* has one row, beside a river or full of money. A table gives a word the same vector everywhere; such vectors are called [**static**](../book/glossary.md#static-embedding). In a model the row is only the beginning: each layer rewrites the vector with what it finds in the text before. What it becomes is a [**contextual**](../book/glossary.md#contextual-embedding) vector. We can watch that. Four sentences end in *bank*, two of each kind; we take its vector after every layer and compare.

# %%
endings = [
    "They swam across the river and lay down on the bank",
    "We walked along the water and fished from the bank",
    "I opened an account and put my money in the bank",
    "The loan and the interest were paid back to the bank",
]


def last_states(text):
    """The vector of the last token: its row, then after each layer: [1 + layers, C]."""
    ids = torch.tensor([tokenizer.encode(text)])
    kept = [model.model.embed_tokens(ids)[0, -1]]
    keep = [
        block.register_forward_hook(lambda _, __, out: kept.append(out[0, -1]))
        for block in model.model.layers
    ]
    with torch.no_grad():
        model(ids)
    for hook in keep:
        hook.remove()
    return torch.stack(kept).detach().numpy()


states = np.stack([last_states(text) for text in endings], 1)  # [layers + 1, 4, C]
likeness = np.stack([vectors.cosine_similarity(x, x) for x in states])  # [layers + 1, 4, 4]
same_sense = likeness[:, [0, 2], [1, 3]].mean(1)
other_sense = likeness[:, :2, 2:].mean((1, 2))

# %%
fig, ax = plt.subplots()
ax.plot(same_sense, label="the same kind of bank", markevery=3)
ax.plot(other_sense, label="river against money", markevery=3)
ax.set(
    xlabel="layer (0 is the table)",
    ylabel="cosine",
    ylim=(0.6, 1.02),
    title="One row, two meanings",
)
ax.legend(loc="lower left")
show(
    fig,
    alt="Two curves of the cosine over the layers. Both start at 1 in the table; from about layer"
    " 5 on the same kind of bank stays clearly more alike than river and money.",
)
for layer in (0, 8, 30):
    print(
        f"layer {layer:2}: same kind {same_sense[layer]:.2f}   river against money {other_sense[layer]:.2f}"
    )

# %% [markdown]
# At layer 0 all four are the same row, so the cosine is 1. A few layers on, the two rivers and the two moneys have moved apart. How a word comes to take in its context is the subject of lesson 04. (Why does *bank* stand at the end? This model reads from left to right. In "the bank of the river" the word *bank* has not seen the river yet.)

# %% [markdown]
# ## 11. Where in the sentence?
#
# Lesson 04 will show that attention, too, treats its words as a heap. Somebody has to write onto each vector where it stands. The first idea is another lookup table: row 0 for the first place, row 1 for the second, each learned, each added to the token's row. These are [**learned positions**](../book/glossary.md#learned-positions), as in GPT-2.

# %%
learned = position.LearnedPositions(8, 576)  # eight places; training would fill them with sense
ids = torch.tensor(tokenizer.encode("The dog bites the man"))  # [T]
with torch.no_grad():
    x = model.model.embed_tokens(ids) + learned(torch.arange(len(ids)))  # [T, C]
print("rows of the table plus rows of the places:", list(x.shape))
try:
    learned(torch.arange(9))
except ValueError as error:
    print(error)

# %% [markdown]
# There is no row for a place that nobody trained. A model with learned positions ends where its table ends. Do they rescue the average of section 10, at least? Think before you run it: each word now has its place added.


# %%
def placed_average(sentence):
    rows = glove[sentence.split()]  # [T, C]
    return (rows + places[: len(rows)]).mean(0)


places = np.random.default_rng(0).normal(size=(8, 50)) * 0.02
print(
    f"cosine: {plain_cosine(placed_average('dog bites man'), placed_average('man bites dog')):.4f}"
)

# %% [markdown]
# They don't: the mean of the sums is the sum of the means. The order is in the vectors now, but whoever throws them on one heap loses it again. They must be used one by one.
#
# The paper that introduced the transformer wrote a fixed pattern instead, the [**sinusoidal positions**](../book/glossary.md#sinusoidal-positions). Think of a clock: a second hand, a minute hand, an hour hand. Each alone repeats, but together they say what time it is. Each pair of columns is one hand; it turns by a fixed angle from place to place, the first pair fast, the last pair very slowly. For place $p$ and pair $i$ of a vector with $C$ numbers:
#
# $$\text{angle} = \frac{p}{10000^{2i/C}} \qquad \text{columns } 2i, 2i+1: \; \sin(\text{angle}), \cos(\text{angle})$$
#
# By hand for $C = 4$: the first hand turns by 1 a place, the second by 1/100. Place 0 is (0, 1, 0, 1). Place 1 is (sin 1, cos 1, sin 0.01, cos 0.01).


# %%
def plain_positions(length, width):
    pattern = np.zeros((length, width))
    for p in range(length):
        for i in range(width // 2):
            angle = p / 10000 ** (2 * i / width)
            pattern[p, 2 * i], pattern[p, 2 * i + 1] = math.sin(angle), math.cos(angle)
    return pattern


print(plain_positions(3, 4).round(3))
pattern = position.sinusoidal_positions(512, 64)  # [T, C]
difference = (torch.from_numpy(plain_positions(512, 64)) - pattern).abs().max()
print(f"the library's, 512 places of 64 numbers: largest difference {difference:.6f}")

# %%
fig, axes = plt.subplots(1, 2, figsize=(8, 3.2))
image = axes[0].imshow(pattern[:100], aspect="auto", cmap="gray", interpolation="nearest")
axes[0].set(xlabel="column", ylabel="place", title="The pattern: fast left, slow right")
axes[0].grid(visible=False)
fig.colorbar(image, ax=axes[0])
for column in (0, 8, 20):
    axes[1].plot(pattern[:100, column], label=f"column {column}", markevery=15)
axes[1].set(xlabel="place", title="Three of the columns")
axes[1].set(ylim=(-1.1, 1.5))
axes[1].legend(loc="upper center", ncols=3, fontsize=8)
show(
    fig,
    alt="Left: the pattern of 100 places and 64 columns in grey, with fast stripes on the left "
    "and almost constant columns on the right. Right: columns 0, 8 and 20 as waves, each "
    "slower than the one before.",
)

# %% [markdown]
# What is this pattern good for? Three properties, each measured.
#
# *Every place is different.* We look for the two most similar places among 2,048.

# %%
many = position.sinusoidal_positions(2048, 64).double()  # [T, C]
apart = (
    torch.cdist(many, many) + torch.eye(2048) * 99
)  # [T, T]; a place is not compared with itself
print(f"the two nearest of {len(many):,} places are {apart.min():.2f} apart")

# %% [markdown]
# *The dot product of two places depends only on how far apart they are.* Multiply place 10 with the places after it, then place 200, then place 400. If the claim is true the three curves are one.

# %%
curves = torch.stack([many[p : p + 101] @ many[p] for p in (10, 200, 400)])  # [3, 101]
fig, ax = plt.subplots()
for p, curve, line in zip((10, 200, 400), curves, ("-", "--", ":"), strict=True):
    ax.plot(curve, linestyle=line, marker="", lw=3, label=f"from place {p}")
ax.set(xlabel="how many places apart", ylabel="dot product")
ax.set_title("Near places are alike, wherever they are")
ax.legend()
show(
    fig,
    alt="Three curves of the dot product against the distance between two places lie exactly on "
    "each other. They start at 32 and fall, with small waves.",
)
print(f"at distance 0: {curves[0, 0]:.1f}")
print(f"largest difference of the three: {(curves - curves[0]).abs().max():.5f}")

# %% [markdown]
# They are one curve. The reason is the school formula $\sin a \sin b + \cos a \cos b = \cos(a - b)$: the places themselves drop out and only their difference is left.
#
# *A shift is a rotation.* Going 7 places on turns every hand of the clock by its own fixed angle, whatever the time is. So one matrix leads from any place to the place 7 further on:

# %%
shift = torch.zeros(64, 64, dtype=torch.float64)
for i in range(32):
    angle = torch.tensor(7 / 10000 ** (2 * i / 64), dtype=torch.float64)
    cos, sin = angle.cos(), angle.sin()
    shift[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = torch.tensor([[cos, sin], [-sin, cos]])
moved = many[:2000] @ shift.T  # [2000, C]
print(f"2,000 places moved by 7, largest difference {(moved - many[7:2007]).abs().max():.6f}")

# %% [markdown]
# And beyond the training length? The formula has an answer for every place, so nothing fails:

# %%
far = position.sinusoidal_positions(100_001, 64)[-1]  # [C]
print("place 100,000 starts", [f"{x:.3f}" for x in far[:4]])
try:
    with torch.no_grad():
        model(torch.zeros(1, model.config.max_position_embeddings + 1, dtype=torch.long))
except ValueError as error:
    print("the real model:", error)

# %% [markdown]
# But a model that has only ever seen the first thousand places has not learned what to do with the slow hands in positions they never had. No error, and poor text: that is worse than an error. Our library refuses lengths beyond what a model was made for.
#
# Now put the last two properties together. If a shift is a rotation, why add anything to the vector at all? Rotate the vector itself: turn each pair of its numbers by an angle that grows with its place. Then the dot product of a vector at place 3 and one at place 5 depends on the two vectors and on the distance 2, and on nothing else. This is [**RoPE**](../book/glossary.md#rope), rotary positions, and nearly every model of today has it, SmolLM2 and Llama included. Lesson 04 puts it to work; here is a first look with one pair.

# %%
q, k = torch.tensor([1.0, 0.5]), torch.tensor([0.8, -0.3])


def at_place(x, place):
    """A pair of numbers, turned by 0.3 for every place."""
    turning = rotation(torch.tensor([place]), torch.tensor([0.3]), "interleaved")
    return apply_rope(x[None, None, None], turning)[0, 0, 0]  # [2]


for m, n in [(3, 5), (10, 12), (700, 702), (3, 6)]:
    score = at_place(q, m) @ at_place(k, n)
    print(
        f"places {m:3} and {n:3}, {n - m} apart: {score:.3f}   length of q: {at_place(q, m).norm():.3f}"
    )

# %%
fig, ax = plt.subplots(figsize=(4.6, 3.6))
for place in range(6):
    x, y = at_place(q, place)
    ax.annotate("", (x, y), (0, 0), arrowprops={"arrowstyle": "->"})
    ax.annotate(f"place {place}", (x, y), textcoords="offset points", xytext=(4, 2), fontsize=8)
ax.set(
    xlim=(-0.7, 1.5),
    ylim=(-0.1, 1.3),
    xticks=[-0.5, 0, 0.5, 1, 1.5],
    xlabel="first number",
    ylabel="second number",
    title="One pair, six places",
    aspect="equal",
)
show(
    fig,
    alt="Six arrows of the same length from the origin, each turned a little further than the one"
    " before: one pair of numbers at the places 0 to 5.",
)

# %% [markdown]
# The same two words, two places apart, score the same anywhere in the text, and no arrow gets longer or shorter: the direction now says *what* and *where* together, and nothing was added to it.

# %% [markdown]
# ## 12. Your own words
#
# Type three or more words, separated by spaces, and see them on a map. Type a sum of words as well; its nearest word is marked. Things to try: in which of the three tables are *king* and *queen* closer? Put in your job, your country and your favourite food. Try *paris - france + italy*, then *brother - man + woman*, then something that can't work, such as *banana - car + war*.

# %%
tables = {"GloVe": glove, "SmolLM2": smol, "one book": bible}


def parse(sum_of_words):
    """A text such as "king - man + woman" to the words added and the words taken off."""
    signed = re.findall(r"([+-]?)\s*([^\s+-]+)", sum_of_words.lower())
    return [w for sign, w in signed if sign != "-"], [w for sign, w in signed if sign == "-"]


def draw_words(words, arithmetic, table):
    known = tables[table]
    typed, (plus, minus) = words.lower().split(), parse(arithmetic)
    unknown = [word for word in dict.fromkeys(typed + plus + minus) if word not in known]
    typed = [word for word in dict.fromkeys(typed) if word in known]
    notes = [f"no vector for {', '.join(unknown)}"] if unknown else []
    best = []
    if plus and all(word in known for word in plus + minus):
        best = known.most_similar(plus, minus, topn=3)
        answers = ", ".join(f"{word} {score:.2f}" for word, score in best)
        notes.append(f"{arithmetic} = {answers}")
    for word in typed[:2]:
        near = ", ".join(near for near, _ in known.most_similar(word, topn=3))
        notes.append(f"near {word}: {near}")

    fig, ax = plt.subplots(figsize=(7, 3.8))
    star = best[0][0] if best else ""
    shown = typed + [star] * bool(star and star not in typed)
    if len(shown) > 2:
        unit = known[shown] / np.linalg.norm(known[shown], axis=1, keepdims=True)
        for word, point in zip(shown, pca(unit)[0], strict=True):
            look = (
                {"marker": "*", "ms": 14, "color": "#D55E00"} if word == star else {"marker": "o"}
            )
            ax.plot(*point, **({"color": "#0072B2"} | look))
            ax.annotate(word, point, textcoords="offset points", xytext=(7, 3))
    ax.margins(0.15)
    ax.set(xlabel="first direction", ylabel="second direction")
    ax.set_title(f"{table}; the star answers {arithmetic}" if star else table)
    return fig, "; ".join(notes)


explore(
    draw_words,
    words=widgets.Text("king queen man woman boy girl prince princess"),
    arithmetic=widgets.Text("king - man + woman"),
    table=widgets.SelectionSlider(options=list(tables)),
)

# %% [markdown]
# ## 13. What goes wrong
#
# Three mistakes that everybody makes once. The first: searching with the dot product instead of the cosine. Then long rows win, and the longest belong to rare pieces:

# %%
by_dot = (table @ table[queen]).argsort()[::-1][:9]
by_cosine = vectors.nearest(table[queen], table, count=9).rows
print("cosine:", *[visible(row) for row in by_cosine])
print("dot:   ", *[visible(row) for row in by_dot])
mean = [f"{lengths[rows].mean():.2f}" for rows in (by_cosine, by_dot)]
print("mean length of these rows: cosine", mean[0], "  dot", mean[1])

# %% [markdown]
# The second: forgetting the space. The row of *king* at the start of a line is another row than that of *␣king* inside a sentence, and for many words there is no such row at all: the word falls into pieces, and the code takes the first piece without a murmur.

# %%
for word in ("king", "emperor"):
    for form in (word, " " + word):
        pieces = tokenizer.encode(form)
        print(f"{form.replace(' ', '␣'):9} {[visible(piece) for piece in pieces]}")

# %% [markdown]
# The third: comparing vectors from two tables. Each table is turned in its own way, as in section 5, so cosines across tables mean nothing, even if both have 50 numbers.

# %%
for word in ("king", "bread", "three"):
    across = plain_cosine(glove[word], bible[word])
    print(f"{word:6} in GloVe against {word:6} in our own table: {across:5.2f}")

# %% [markdown]
# ## Exercises
#
# Write each function where the dots are and run the cell. `check` tries it on small cases and tells you what it finds. In a cell of your own, `hint("cosine")` helps a step at a time and `show_solution("cosine")` shows one way to do it; both come from `lessons_lib.classroom`.
#
# ### {exercise: cosine}
#
# The cosine similarity of two vectors.


# %% tags=["exercise"]
def my_cosine(a, b):
    """two vectors a [C] and b [C], not all zero, to one number from -1 to 1."""
    ...


check("cosine", my_cosine)

# %% [markdown]
# ### {exercise: one_hot}
#
# Return the one-hot matrix, not the rows: multiplied with any table of `V` rows it must pick the rows of `ids`.


# %% tags=["exercise"]
def my_one_hot(ids, V):
    """a list of T ids from 0 to V - 1 to a matrix [T, V] of zeros and ones."""
    ...


check("one_hot", my_one_hot)

# %% [markdown]
# ### {exercise: nearest}
#
# By cosine, most alike first, and a row is not its own neighbour.


# %% tags=["exercise"]
def my_nearest(vectors, row, k):
    """vectors [N, C], a row and k < N to the k rows most like it, as a list; the row itself is left out."""
    ...


check("nearest", my_nearest)

# %% [markdown]
# ### {exercise: analogy}
#
# Scale every row to length 1 first, then calculate. The rows a, b and c can't be the answer.


# %% tags=["exercise"]
def my_analogy(vectors, a, b, c):
    """vectors [N, C] and three rows to the row whose direction is nearest to b - a + c; not a, b or c."""
    ...


check("analogy", my_analogy)

# %% [markdown]
# ### {exercise: negative_sampling}
#
# Only the word's own vector this time. It moves towards its real company and away from the random words, each by what is missing or too much.


# %% tags=["exercise"]
def my_negative_sampling(v, real, noise, rate):
    """v [C], real [C], noise [K, C] and a learning rate to the new v [C]; the old one is left as it is."""
    ...


check("negative_sampling", my_negative_sampling)

# %% [markdown]
# ### {exercise: sinusoidal}
#
# The sinusoidal pattern; `width` is even.


# %% tags=["exercise"]
def my_sinusoidal(length, width):
    """places 0 to length - 1 to a matrix [length, width]: columns 2i and 2i + 1 hold sine and cosine of pair i."""
    ...


check("sinusoidal", my_sinusoidal)

# %% [markdown]
# ## Quiz

# %%
quiz("03")

# %% [markdown]
# What you have solved so far, in this lesson and the others:

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A token's id is a line number. Its meaning is a row of the embedding matrix, and looking it up is multiplying a one-hot row with the matrix.
# - Alike means: pointing the same way. Single columns have no names; a table that is turned says the same.
# - The numbers come from company. Real pairs are pulled together, random pairs pushed apart, and words with the same company end up in the same place. So do opposites.
# - Analogies work for some relations and fail for others. A hit rate needs its questions, its list of words, and the rule about query words. What people wrote about people is in there too.
# - One vector a word knows neither order nor context. Positions are added (learned, sinusoidal) or turned in (RoPE); context is the work of attention.
#
# **Papers.** [Mikolov and others 2013](https://arxiv.org/abs/1310.4546), *Distributed Representations of Words and Phrases* (negative sampling). [Pennington, Socher and Manning 2014](https://nlp.stanford.edu/pubs/glove.pdf), *GloVe*. [Bolukbasi and others 2016](https://arxiv.org/abs/1607.06520), *Man is to Computer Programmer as Woman is to Homemaker?*, and [Nissim, van Noord and van der Goot 2020](https://arxiv.org/abs/1905.09866), *Fair Is Better than Sensational*, on the small print. [Vaswani and others 2017](https://arxiv.org/abs/1706.03762), *Attention Is All You Need* (sinusoidal positions). [Su and others 2021](https://arxiv.org/abs/2104.09864), *RoFormer* (rotation).
#
# **Next:** in lesson 04 the words begin to look at each other.
