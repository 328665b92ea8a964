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
# | You need | [tokens](01_tokens_and_sampling.ipynb#1.-What-does-it-choose-between?); from 00b [the product of matrices](00b_tensors_and_learning.ipynb#6.-The-product-of-matrices), [autograd](00b_tensors_and_learning.ipynb#7.-The-slope-of-everything:-autograd), [the loss](00b_tensors_and_learning.ipynb#9.-How-wrong-is-a-guess?) and [hooks](00b_tensors_and_learning.ipynb#12.-Switches-and-a-window) |
# | It adds to `lessons_lib` | `vectors/`: cosine, neighbours, analogies, word2vec; `layers/embedding.py` |
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
import numpy as np
import torch
import torch.nn.functional as F

import lessons_lib
from lessons_lib import vectors
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
    use_style,
)
from lessons_lib.classroom.lessons.lesson03 import figures
from lessons_lib.classroom.lessons.lesson03.tables import (
    PEOPLE,
    last_states,
    lazy_rate,
    partner_wins,
    single_token,
    smollm2_words,
    spread_out,
)
from lessons_lib.corpora import world_english_bible
from lessons_lib.vectors import WordVectors, load_glove

use_style()

# %% [markdown]
# ## The finished thing first
#
# A language model gets numbers: the ids of tokens. The first thing it does with an id is to look up a row in a table. Here is that table in SmolLM2, with one row for each token (`V` tokens, `C` numbers in each row):


# %%
def rounded(numbers):
    return " ".join(f"{number:5.2f}" for number in numbers)


model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
table = model.model.embed_tokens.weight.detach().numpy()  # [V, C]
[king] = tokenizer.encode(" king")
print(f"{table.shape[0]:,} rows of {table.shape[1]} numbers; ␣king is row {king}:")
print(rounded(table[king, :9]), "...")

# %% tags=["hide-input"]
show(
    figures.lookup("␣king", king, table[king, :4]),
    alt="Boxes and arrows. The id 4197 of ␣king picks row 4197 of the embedding matrix [V, C], a learned table. That "
    "vector of C numbers passes through the 30 layers. What comes out is multiplied with every row of the same matrix, "
    "which gives V scores for the next token.",
)

# %% [markdown]
# None of the numbers says "crown". Which rows of the table are most like it? Nothing but the numbers is used. Guess first.

# %%
predict("like_king")


# %%
def visible(token):
    return tokenizer.decode([int(token)]).replace(" ", "␣")


for word in (" king", " three", " fast"):
    [row] = tokenizer.encode(word)
    found = vectors.nearest(table[row], table, count=7, excluded=[row])
    print(f"{visible(row):7}", *[visible(near) for near in found.rows])
reveal("like_king", visible(vectors.nearest(table[king], table, 1, excluded=[king]).rows[0]))

# %% [markdown]
# First itself in other forms, then *queen* and *emperor*. Words of like meaning lie side by side, in a model that only ever learned to guess the next token. And one more: take the row of *king*, subtract *man*, add *woman*.

# %%
man, woman = (tokenizer.encode(word)[0] for word in (" man", " woman"))
answer = vectors.analogy(table, man, woman, king, count=3)
print(*[f"{visible(row)} {score:.2f}" for row, score in zip(*answer, strict=True)], sep="   ")

# %% [markdown]
# This lesson says where that comes from, how often such sums come out, and where they fool you. At the end your own code gives these answers.
#
# ## 1. Why not the letters, why not the ids?
#
# Each letter has a code already. Which of 20,000 words have the codes that differ least from *king*'s?

# %%
glove = load_glove()  # 20,000 words; the rest of what is in there comes in section 3
words = glove.index_to_key
longest = max(map(len, words))
codes = np.array([[ord(letter) for letter in word.ljust(longest)] for word in words])  # [N, L]
differences = abs(codes - codes[glove.row("king")]).sum(1)  # [N]
print("king is", [ord(letter) for letter in "king"])
print("by letters:", *[words[row] for row in differences.argsort(kind="stable")[1:8]])
print("by id:     ", *[visible(king + step) for step in (-3, -2, -1, 1, 2, 3)])

# %% [markdown]
# Letters know spelling; an id says when a token came into the vocabulary. Let us measure it. We take 35 pairs that belong together, such as *italy* and *rome*, *king* and *queen*, *hot* and *cold*, and ask: is a word's partner nearer to it than a word of another pair? A coin gets half of these right.

# %%
relations = vectors.analogy_pairs()  # pairs of words by relation
by_letters = partner_wins(lambda a, b: abs(codes[glove.row(a)] - codes[glove.row(b)]).sum())
by_id = partner_wins(lambda a, b: abs(single_token(a) - single_token(b)))
print(f"letters {by_letters:.0%}   ids {by_id:.0%}   a coin 50%")

# %% [markdown]
# Hardly better than the coin. And one number a word can't do it: on a line, *king* has two direct neighbours, and it wants many: *queen*, *prince*, *man*. So every word gets several numbers.
#
# ## 2. Words as places
#
# On a map two numbers say where a town is. A list of numbers is a [**vector**](../book/glossary.md#vector), and how many there are is its [**dimension**](../book/glossary.md#dimension). Let us place words from 1 (masculine) to 9 (feminine), and by age. *boy* is (1, 2), *man* (1, 7), *woman* (9, 7). How far is *boy* from *man*, and from *woman*? Square the differences, add up, take the root (Pythagoras): 5, and $\sqrt{64 + 25} = 9.4$.
#
# And *king*? On this map he would stand on *man*. What sets them apart is a third axis:

# %%
for word, place in PEOPLE.items():
    print(f"{word:9}", place)


def distance(a, b):
    return np.linalg.norm(np.subtract(a, b))  # the root of the sum of squares


for a, b in [("boy", "man"), ("boy", "woman"), ("man", "king"), ("man", "queen")]:
    print(f"{a} to {b}: {distance(PEOPLE[a], PEOPLE[b]):.1f}")
print("king - man + woman =", np.subtract(PEOPLE["king"], PEOPLE["man"]) + PEOPLE["woman"])

# %% tags=["hide-input"]
show(
    figures.cube(PEOPLE),
    alt="A cube with a word at each corner. From left to right masculine to feminine, from bottom to top young to old, "
    "from front to back common to royal. Four parallel arrows lead from man to woman, king to queen, boy to girl and "
    "prince to princess.",
)

# %% [markdown]
# Here *king − man + woman* is *queen*, exactly. The four arrows are one step, taken at four places.
#
# A vector that stands for a word is its [**embedding**](../book/glossary.md#embedding): the word is embedded in a space, as a town on a map. We chose these axes, so we chose who is alike. Nobody can choose them for a whole language. Section 6 lets the text choose, and section 7 counts how many are needed.
#
# ## 3. Distance or direction?
#
# Draw an arrow from the origin to each word. Two arrows may be of different length and still point the same way. In real embeddings the length depends on other things too (section 12), so we compare directions, by the cosine of the angle between the arrows: 1 if they point the same way, 0 at a right angle, −1 if opposite. This is the [**cosine similarity**](../book/glossary.md#cosine-similarity).
#
# By hand, with (3, 4) and (4, 3): multiply number by number and add up, 12 + 12 = 24. That is the [**dot product**](../book/glossary.md#dot-product). Divide by both lengths, which are 5 and 5: 0.96.
#
# $$\cos(a, b) = \frac{a \cdot b}{|a|\,|b|} = \frac{\sum_i a_i b_i}{\sqrt{\sum_i a_i^2}\,\sqrt{\sum_i b_i^2}}$$


# %%
def plain_cosine(a, b):
    return (a * b).sum() / math.sqrt((a * a).sum() * (b * b).sum())


for a, b in [((3, 4), (4, 3)), ((3, 4), (6, 8)), ((3, 4), (-4, 3))]:
    print(a, b, f"{plain_cosine(np.array(a), np.array(b)):.2f}")
rng = np.random.default_rng(0)
left, right = rng.normal(size=(40, 50)), rng.normal(size=(60, 50))
ours = np.array([[plain_cosine(a, b) for b in right] for a in left])  # [40, 60]
theirs = vectors.cosine_similarity(left, right)
claim(
    "The library's cosine of each row with each row is ours.", np.allclose(ours, theirs, atol=1e-5)
)

# %% [markdown]
# (6, 8) is (3, 4) drawn twice as long, and the cosine does not care. (If all arrows are made one unit long, distance and cosine say the same: $|a - b|^2 = 2 - 2\cos(a, b)$.)
#
# [**GloVe**](../book/glossary.md#glove) is a well-known collection: 50 numbers a word, learned in 2014 from six billion words of news and Wikipedia. We have its 20,000 most frequent words.

# %%
for word in ("queen", "man", "president", "banana"):
    print(f"king and {word}: {plain_cosine(glove['king'], glove[word]):.2f}")
by_glove = partner_wins(lambda a, b: -plain_cosine(glove[a], glove[b]))
print(f"partner nearer:   letters {by_letters:.0%}   ids {by_id:.0%}   GloVe {by_glove:.0%}")
claim("GloVe is right more than nine times in ten.", by_glove > 0.9)

# %% [markdown]
# To find the nearest words, take the cosine with each row and keep the best. First guess:

# %%
predict("hot_cold")


# %%
def plain_nearest(query, matrix, count):
    scores = np.array([plain_cosine(query, row) for row in matrix])  # [N]
    return scores.argsort()[::-1][:count]  # the highest first


for word in ("king", "happy", "apple", "hot"):
    found = plain_nearest(glove[word], glove.vectors, 8)[1:]  # the first is the word itself
    print(f"{word:6}", ", ".join(words[row] for row in found))
library = vectors.nearest(glove["hot"], glove.vectors, 8).rows[1:]
claim("The library finds the same.", found.tolist() == library.tolist())
warm, cold = (glove.similarity("hot", word) for word in ("warm", "cold"))
reveal("hot_cold", "cold" if cold > warm else "warm")

# %% [markdown]
# *king* is fine. But around *happy* stand words of people talking, around *apple* computers and no fruit, and *hot* is more like *cold* (0.80) than like *warm* (0.75). "Near" does not mean "the same". Section 6 shows why.
#
# ## 4. The lookup
#
# How do vectors get into a model? They are the rows of one large table, the [**embedding matrix**](../book/glossary.md#embedding-matrix), in the order of the ids. A small one:

# %%
toy_tokens = ["the", "king", "greets", "queen"]
toy = np.array([[0.1, 0.2, 0.0], [0.1, 0.7, 0.9], [0.5, 0.4, 0.1], [0.9, 0.7, 0.9]])  # [V, C]
ids = [toy_tokens.index(word) for word in ["the", "king", "greets", "the", "queen"]]  # [T]
print(ids)
print(toy[ids])

# %% [markdown]
# In maths this is [a product of matrices](00b_tensors_and_learning.ipynb#6.-The-product-of-matrices). Write id 1 as the row (0, 1, 0, 0): a 1 at place 1, 0 elsewhere. That is called [**one-hot**](../book/glossary.md#one-hot). Multiplied with the table it makes a weighted sum of its rows, in which row 1 has the weight 1 and the others 0.

# %%
one_hot = np.zeros((len(ids), len(toy_tokens)))  # [T, V]
one_hot[range(len(ids)), ids] = 1
print(one_hot.astype(int))
claim("One-hot rows times the table are the rows.", np.array_equal(one_hot @ toy, toy[ids]))

# %% [markdown]
# Nobody multiplies all those zeros: reading a row is the same and costs nothing. The library's layer, `Embedding`, keeps the table as its `weight` and picks rows. Now SmolLM2's own, on a sentence:

# %%
sentence = "The king greets the queen, and the queen greets the king."
real_ids = torch.tensor([tokenizer.encode(sentence)])  # [B, T]
last = []  # what the part before the scores gives: [B, T, C]
hook = model.model.norm.register_forward_hook(lambda module, given, out: last.append(out))
with torch.no_grad():
    rows = model.model.embed_tokens(real_ids)  # [B, T, C]
    scores = model(real_ids)  # [B, T, V]
hook.remove()
for place in (0, 1, 4, 5):
    print(
        f"{visible(real_ids[0, place]):7} {real_ids[0, place]:6}  {rounded(rows[0, place, :5])} ..."
    )
claim("Both kings are the same row.", torch.equal(rows[0, 1], rows[0, 13]))
by_rows = last[0] @ model.model.embed_tokens.weight.T
claim(
    "The scores are dot products with the rows of the same table.",
    torch.allclose(scores, by_rows, atol=1e-3),
)

# %% [markdown]
# *The* and *␣the* are two tokens, so they have two rows. The last line is the right end of the drawing: the table is used twice, first to read and then to score ([**weight tying**](../book/glossary.md#weight-tying)).
#
# ## 5. The numbers have no names
#
# *Feminine, old, royal*: do the columns of a real table have such names? Here are the words with the highest value in three columns of GloVe:

# %%
for column in (3, 17, 41):
    top = glove.vectors[:5000, column].argsort()[::-1][:8]
    print(f"column {column:2}:", ", ".join(words[row] for row in top))

# %% [markdown]
# Try to find a name that fits *all* words of a line. It fails for a reason. Lengths and angles, all we have used, stay the same when all arrows are turned together, as a map stays right when you turn the paper. But every number changes:

# %%
turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(50, 50)))
turn[:, 0] *= np.sign(np.linalg.det(turn))  # a turn, and not a mirror
turned = WordVectors(words, glove.vectors @ turn)
for name, known in [("before", glove), ("after", turned)]:
    near = ", ".join(near for near, _ in known.most_similar("king", topn=4))
    print(f"{name:7} {rounded(known['king'][:5])} ...   king → {near}")
before, after = (each.vectors[:500] for each in (glove, turned))
cosines = [vectors.cosine_similarity(each, each) for each in (before, after)]  # [500, 500]
claim("None of 250,000 cosines changes.", np.allclose(*cosines, atol=1e-4))

# %% [markdown]
# Both tables say the same about every pair of words. So a single column need not mean anything: meaning is in directions, spread over all columns.
#
# Does the model care, then? Shuffle the columns of what it reads, all rows alike: no cosine changes. A hook on the table shuffles the input only; the scores are still made with the table as it was.

# %%
shuffle = torch.randperm(576, generator=torch.Generator().manual_seed(0))


def loss_of(text):
    ids = torch.tensor([tokenizer.encode(text)])
    with torch.no_grad():
        return F.cross_entropy(model(ids)[0, :-1], ids[0, 1:]).item()


trained_loss = loss_of(sentence)
hook = model.model.embed_tokens.register_forward_hook(lambda module, given, out: out[..., shuffle])
shuffled_loss = loss_of(sentence)
hook.remove()
print(f"loss as trained {trained_loss:.1f}, shuffled {shuffled_loss:.1f}, ", end="")
print(f"who knows nothing {math.log(len(table)):.1f}")

# %% [markdown]
# It notices: on this sentence it is hardly better than knowing nothing. The layers behind the table learned to read *these* columns. So the tables of two models can't be swapped, even with one tokenizer.
#
# ## 6. Where do the numbers come from?
#
# What is *tezgüino*? "Too much tezgüino makes you drunk." You know it now, from the words around it. "You shall know a word by the company it keeps", wrote the linguist J. R. Firth in 1957. That words with the same company have similar meanings is the [**distributional hypothesis**](../book/glossary.md#distributional-hypothesis), and it turns plain text into a teacher: blank a word out, and the text itself holds the answer. That is called [**self-supervised**](../book/glossary.md#self-supervised).
#
# > The ___ sits on the throne.
#
# A well-known method is [**word2vec**](../book/glossary.md#word2vec), from 2013, in two forms. From the company guess the word, filling in the blank ([**CBOW**](../book/glossary.md#cbow), *continuous bag of words*). Or from the word guess each of its company ([**skip-gram**](../book/glossary.md#skip-gram)). We take the second. It sees the text as pairs:


# %%
def plain_pairs(tokens, window):
    """each word with each of its neighbours, up to `window` places away"""
    return [
        (word, tokens[other])
        for place, word in enumerate(tokens)
        for other in range(max(0, place - window), min(len(tokens), place + window + 1))
        if other != place
    ]


print(plain_pairs(["the", "king", "greets", "the", "queen"], window=1))

# %% [markdown]
# Every word gets two vectors: $v$ for itself, $u$ for its role as somebody's company. The game: here is a pair, *king* and *throne*; was it in the text, or was the second word drawn at random? The answer is $u \cdot v$, squeezed into a chance by the [**sigmoid**](../book/glossary.md#sigmoid), $\sigma(x) = 1 / (1 + e^{-x})$. Without random words the easiest way to win would be to make all vectors long and alike. This is [**negative sampling**](../book/glossary.md#negative-sampling).
#
# One step on paper. The word has $v = (1, 0)$, its real company $u = (0.5, 0.5)$, a random word $u' = (0.5, -0.5)$. Both dot products are 0.5, and $\sigma(0.5) = 0.622$. The real pair should have 1, so 0.378 is missing; the random one should have 0, so 0.622 is too much. Pull $v$ towards $u$ by what is missing, push it away from $u'$ by what is too much:
#
# $$v \leftarrow v + 0.378\,(0.5, 0.5) - 0.622\,(0.5, -0.5) = (0.878, 0.5)$$
#
# The company moves in the same way, along $v$. It is one step downhill on the loss $-\ln \sigma(u \cdot v) - \sum \ln \sigma(-u' \cdot v)$, and autograd can confirm that:


# %%
def plain_step(own, company, word, targets, rate):
    """targets[0] was really there, the others are random"""
    wanted = np.array([1.0] + [0.0] * (len(targets) - 1))  # [1 + K]
    v, u = own[word].copy(), company[targets].copy()  # [C], [1 + K, C]
    error = rate * (wanted - 1 / (1 + np.exp(-u @ v)))  # [1 + K]
    own[word] += error @ u
    company[targets] += error[:, None] * v


chance = 1 / (1 + math.exp(-0.5))
print(f"chance {chance:.3f}, missing {1 - chance:.3f}")
own, company = np.array([[1.0, 0.0]]), np.array([[0.5, 0.5], [0.5, -0.5]])
v = torch.tensor(own[0], requires_grad=True)
u = torch.tensor(company, requires_grad=True)
(-F.logsigmoid(u[0] @ v) - F.logsigmoid(-u[1] @ v)).backward()
plain_step(own, company, word=0, targets=[0, 1], rate=1.0)
print("v is now", own[0].round(3), "  company", company.round(3).tolist())
down_v, down_u = (x.detach() - x.grad for x in (v, u))
same = np.allclose(own[0], down_v) and np.allclose(company, down_u)
claim("A step against autograd's slopes gives the same.", same)

# %% [markdown]
# Play it for a while. Our text is of two worlds, a court and a farm, with *the* and *a* in both; all words start near the origin, with two numbers each.

# %%
chance = np.random.default_rng(0)
worlds = {
    "court": ["king", "queen", "prince", "reigns", "dines"],
    "farm": ["cow", "hen", "goat", "grazes", "drinks"],
}
text = []
for world in list(worlds.values()) * 150:
    text.append([str(chance.choice(["the", "a"] if i % 2 == 0 else world)) for i in range(8)])
print(" ".join(text[0]), "/", " ".join(text[1]))
vocab = sorted({word for line in text for word in line})
own = (chance.random((len(vocab), 2)) - 0.5) * 0.4  # [V, C]
company = np.zeros_like(own)
start = own.copy()
for _ in range(6):
    for line in text:
        for word, other in plain_pairs([vocab.index(word) for word in line], window=2):
            noise = chance.choice(len(vocab), 3, replace=False)
            plain_step(own, company, word, [other, *noise[noise != other]], rate=0.05)

# %% tags=["hide-input"]
show(
    figures.two_worlds(start, own, vocab, worlds | {"both": ["the", "a"]}),
    alt="Two maps of twelve words. Before training they lie scattered around the origin; after it the five words of the "
    "court lie together on one side, the five of the farm on another, and the and a on a third.",
)

# %%
v_of = {word: own[vocab.index(word)] for word in vocab}
inside = [plain_cosine(v_of[a], v_of[b]) for world in worlds.values() for a in world for b in world]
across = [plain_cosine(v_of[a], v_of[b]) for a in worlds["court"] for b in worlds["farm"]]
print(f"lowest cosine inside a world {min(inside):.2f}, highest across {max(across):.2f}")
claim("Each word is nearer to its own world than to the other.", min(inside) > max(across))

# %% [markdown]
# Nobody said that there are two worlds. *king* and *queen* keep the same company, so the same vectors pulled and pushed them, and they went to the same place. So would *hot* and *cold*: the weather is hot, the weather is cold. Company is all that the method sees.
#
# Now the library's trainer, which plays the same game on real text, the World English Bible:

# %%
verses = [re.findall(r"[a-z]+", verse.lower()) for verse in world_english_bible().splitlines()]
bible = vectors.train_word2vec(verses, vector_size=50, window=5, epochs=3, progress=False)
print(f"{sum(map(len, verses)):,} words read three times, {len(bible):,} have a vector")
for word in ("king", "bread", "three", "wicked"):
    print(f"{word:7}", ", ".join(near for near, _ in bible.most_similar(word, topn=6)))

# %% [markdown]
# Here a king is one among governors and messengers. Numbers have found numbers, food has found food, and near *wicked* stands its opposite, *righteous*. GloVe learned from company too, by counting it; SmolLM2's table learned together with its layers, from the loss of the next token.
#
# ## 7. Arithmetic with words
#
# On the cube the step from *man* to *woman* was the step from *king* to *queen*. Do learned vectors have such steps? "*man* is to *woman* as *king* is to what?" is a question of the kind called [**analogy**](../book/glossary.md#analogy): start at *king*, take the step *woman − man*, look for the nearest word. All vectors are scaled to length 1 first, and the three words of the question can't be the answer. Nine that are often quoted:

# %%
predict("of_nine")

# %%
quoted = """man woman king queen / france paris italy rome / japan tokyo germany berlin
walk walking swim swimming / run ran fly flew / big bigger small smaller
fast fastest slow slowest / man woman brother sister / man woman uncle aunt"""
nine = [question.split() for question in quoted.replace("\n", " / ").split(" / ")]


def plain_analogy(a, b, c, exclude=True):
    unit = {word: glove[word] / np.linalg.norm(glove[word]) for word in (a, b, c)}
    goal = unit[c] + unit[b] - unit[a]
    found = [words[row] for row in vectors.nearest(goal, glove.vectors, 4).rows]
    return next(word for word in found if not (exclude and word in (a, b, c)))


right = 0
for a, b, c, d in nine:
    answer = plain_analogy(a, b, c)
    print(f"{c:7} + {b:7} - {a:6} = {answer:9}", "" if answer == d else f"not {d}")
    right += answer == d
reveal("of_nine", right)
for a, b, c, _ in (nine[0], nine[3]):
    print(f"query words allowed: {c} + {b} - {a} = {plain_analogy(a, b, c, exclude=False)}")

# %% [markdown]
# Four of nine. And the small print counts: the word nearest to *king + woman − man* is *king*. The step is short, so we have hardly left. To leave out the words of the question is fair, but then a method that takes no step at all, and names the nearest neighbour of *king*, will be right now and then.
#
# Let us count on more: nine relations with twelve pairs each, every pair asked with every other. Beside it that lazy method, and how parallel the steps are: the mean cosine of *queen − king*, *woman − man* and so on.


# %%
def unit(names):
    return glove[names] / np.linalg.norm(glove[names], axis=1, keepdims=True)


rates, lazy, steps = {}, {}, {}
for name, some in relations.items():
    rates[name] = vectors.hit_rates(glove, {name: some})[name].share
    lazy[name] = lazy_rate(glove, some)
    step = unit([b for _, b in some]) - unit([a for a, _ in some])  # [12, C]
    cosines = vectors.cosine_similarity(step, step)  # [12, 12]
    steps[name] = cosines[~np.eye(12, dtype=bool)].mean()  # without each step's cosine with itself
    print(f"{name:14} {rates[name]:4.0%}   lazy {lazy[name]:4.0%}   steps {steps[name]:.2f}")
overall, idle = (np.mean(list(each.values())) for each in (rates, lazy))
print(f"{'all':14} {overall:4.0%}   lazy {idle:4.0%}")

# %% tags=["hide-input"]
show(
    figures.rates_and_steps(rates, steps),
    alt="Nine dots, one a relation: the share of questions answered against the mean cosine of the steps. Opposites are "
    "at the bottom left with 0.08 and 15%, nationalities at the top right with 0.82 and 100%.",
)

# %%
order = np.corrcoef(list(steps.values()), list(rates.values()))[0, 1]
print(f"correlation of the two: {order:.2f}")
inside = {
    name: np.mean([glove.similarity(*pair) for pair in relations[name]]) for name in relations
}
claim(
    "Pairs of opposites are no closer than capitals and their countries.",
    inside["opposites"] < inside["capitals"],
)
claim(
    "For opposites and participles, taking no step is better.",
    [name for name in rates if lazy[name] > rates[name]] == ["opposites", "participles"],
)

# %% [markdown]
# Nationalities are perfect, opposites hopeless. Not because opposites are too close: capitals and countries are as close. What opposites lack is a *common* step, 0.08: from *hot* to *cold* is another way than from *big* to *small*. The more parallel the steps, the more answers, as these nine suggest. *Participles* do well for another reason: there the answer is mostly the neighbour. Here are some steps, as far as a flat picture shows them (section 9):

# %% tags=["hide-input"]
shown = {
    "family": relations["family"][:5],
    "capitals": relations["capitals"][:5],
    "opposites": [relations["opposites"][i] for i in (1, 2, 3, 4, 7)],
}
show(
    figures.arrows({w: unit([w])[0] for pairs in shown.values() for p in pairs for w in p}, shown),
    alt="Three panels with five arrows each. Family: the arrows from man to woman, king to queen and three more point "
    "roughly the same way. Capitals: from country to capital, nearly parallel. Opposites: the arrows point in all "
    "directions.",
)

# %%
two_steps = ["man woman king queen", "france paris germany berlin", "hot cold big small"]
for four in [*two_steps, "man woman france paris"]:
    a, b, c, d = four.split()
    print(f"{a} → {b} with {c} → {d}: {plain_cosine(glove[b] - glove[a], glove[d] - glove[c]):.2f}")

# %% [markdown]
# And why so many numbers a word? Keep only the 2, 3, 5 ... directions in which the 20,000 words spread most, and ask everything again:

# %%
by_width = {}
flat = spread_out(glove.vectors, 50)  # [N, 50]
for width in (2, 3, 5, 10, 20, 35, 50):
    asked = vectors.hit_rates(WordVectors(words, flat[:, :width]), relations).values()
    by_width[width] = sum(rate.right for rate in asked) / sum(rate.asked for rate in asked)
print("  ".join(f"{width}: {rate:.0%}" for width, rate in by_width.items()))

# %% tags=["hide-input"]
show(
    figures.rates_by_width(by_width),
    alt="A curve of the share of questions answered against how many numbers a vector keeps: near 0 up to 5, then 18% at "
    "10, 45% at 20 and 63% at 50, still rising.",
)

# %% [markdown]
# With five, king and queen are lost in the crowd, and at 50 the curve still rises. Models take more: 576 in SmolLM2, 768 in GPT-2, 16,384 in the largest Llama 3.1.
#
# ## 8. What the texts bring along
#
# Vectors are learned from what people wrote, so they hold what people wrote about people. How far does each job lean along the direction from *he* to *she*? And along the one from *man* to *woman*, which should say the same?

# %%
jobs = "nurse dancer chef librarian doctor carpenter teacher mechanic programmer lawyer engineer captain"
leans = []
for she, he in [("she", "he"), ("woman", "man")]:
    direction = unit([she])[0] - unit([he])[0]
    leans.append({job: plain_cosine(glove[job], direction) for job in jobs.split()})
by_she, by_woman = leans
changed = [job for job in by_she if by_she[job] * by_woman[job] < 0]
print("lean one way with she - he and the other way with woman - man:", *changed)
free = glove.most_similar(["doctor", "woman"], "man", topn=1, exclude=False)[0][0]
print(
    "doctor + woman - man =",
    plain_analogy("man", "doctor", "woman"),
    "; query words allowed:",
    free,
)

# %% tags=["hide-input"]
show(
    figures.leans(by_she, by_woman),
    alt="Bar chart of how far twelve jobs lean from masculine to feminine in GloVe, along two directions. Nurse leans far "
    "to the feminine side on both, captain far to the masculine one; chef, carpenter and mechanic change sides.",
)

# %% [markdown]
# *nurse* and *captain* lean far, by both measures. A program that sorts applications by such vectors would repeat it, and nobody would have written a line to that effect. So measure it, with care: *carpenter* changes sides with the direction, and *doctor* leans slightly to *she*. And the well-known "man is to doctor as woman is to nurse" comes out because *doctor* itself was forbidden.
#
# ## 9. A map of the real table
#
# Back to SmolLM2. Find the flat sheet through the points along which they spread most, and draw their shadow on it. This is [**PCA**](../book/glossary.md#pca).

# %%
smol = smollm2_words()  # the words of GloVe that are one token, with their rows
print(f"{len(smol):,} words")
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
flat = spread_out(smol[listed], len(listed))
share = (flat[:, :2] ** 2).sum() / (flat**2).sum()
print(f"the map shows {share:.0%} of the spread")
group_of = {word: group for group, members in groups.items() for word in members}
cosines = vectors.cosine_similarity(smol[listed], smol[listed]) - 2 * np.eye(len(listed))
nearest = [listed[row] for row in cosines.argmax(1)]
same = all(group_of[word] == group_of[near] for word, near in zip(listed, nearest, strict=True))
claim("The nearest of these words is always one of the own group.", same)

# %% [markdown]
# Nobody told the table what a number is. Read such maps with care: this one leaves out more than half of the spread, and words that are close on it may be far apart in the rest. The map suggests, the cosine decides.
#
# ## 10. What one vector a word can't do
#
# **Order.** Take the mean of a text's vectors as the vector of the text. That is a cheap way to find texts about a topic (exercise 5). But:


# %%
def average(text):
    return glove[text.split()].mean(0)


one, other = average("the king follows the queen"), average("the queen follows the king")
print(f"who follows whom: {plain_cosine(one, other):.4f}")

# %% [markdown]
# A mean does not know the order of its parts. ([Lesson 04b](04b_positions_heads_cost.ipynb) gives each word its place.)
#
# **Context.** *bank* has one row, beside a river or full of money. What becomes of two meanings?

# %%
print("bank:", ", ".join(word for word, _ in glove.most_similar("bank", topn=7)))
print({word: round(glove.similarity("bank", word), 2) for word in ("money", "river", "shore")})

# %% [markdown]
# A compromise: its neighbours are all finance, and still *river* and *shore* are not far. Such vectors, the same everywhere, are called [**static**](../book/glossary.md#static-embedding). In a model the row is only the start: each layer rewrites it with what it finds in the text before. What it becomes is a [**contextual**](../book/glossary.md#contextual-embedding) vector. We can watch. Four sentences end in *bank*, two of each kind. (At the end: this model reads from left to right.)

# %%
endings = [
    "They swam across the river and lay down on the bank",
    "We walked along the water and fished from the bank",
    "I opened an account and put my money in the bank",
    "The loan and the interest were paid back to the bank",
]
# a hook on each layer keeps the vector of the last token: [1 + layers, C] for each text
states = np.stack([last_states(text) for text in endings], 1)  # [1 + layers, 4, C]
likeness = np.stack([vectors.cosine_similarity(each, each) for each in states])  # [..., 4, 4]
same_kind = likeness[:, [0, 2], [1, 3]].mean(1)
other_kind = likeness[:, :2, 2:].mean((1, 2))
for layer in (0, 8, 30):
    print(f"layer {layer:2}: same {same_kind[layer]:.2f}   other {other_kind[layer]:.2f}")
claim("From layer 5 on the same kind is more alike.", (same_kind[5:] > other_kind[5:]).all())

# %% tags=["hide-input"]
show(
    figures.senses(same_kind, other_kind),
    alt="Two curves of the cosine over the layers. Both start at 1 in the table; from about layer 5 on the same kind of "
    "bank stays clearly more alike than river and money.",
)

# %% [markdown]
# At layer 0 all four are one row. A few layers on, rivers and money have moved apart: 0.94 against 0.80 at layer 8. (Four sentences show that it happens, not how often.) How a word takes in what stands before it is [lesson 04](04_attention.ipynb).
#
# ## 11. Your own words
#
# Three or more words make a map; a sum's nearest word gets a star. In which table are *king* and *queen* closer? Put in your job and your country. Try *paris - france + london*, and a sum that can't work.

# %%
tables = {"GloVe": glove, "SmolLM2": smol, "one book": bible}


def draw_words(words, arithmetic, table):
    return figures.own_words(tables[table], words, arithmetic, table)


explore(
    draw_words,
    words=widgets.Text("king queen man woman boy girl prince princess", continuous_update=False),
    arithmetic=widgets.Text("king - man + woman", continuous_update=False),
    table=widgets.SelectionSlider(options=list(tables), continuous_update=False),
)

# %% [markdown]
# ## 12. What goes wrong
#
# **The dot product for the cosine.** Long rows win, and in this table the late ids, rare tokens, have the longer rows:

# %%
lengths = np.linalg.norm(table, axis=1)  # [V]
print(
    f"mean length: first 1,000 rows {lengths[:1000].mean():.2f}, last {lengths[-1000:].mean():.2f}"
)
by_dot = (table @ table[king]).argsort()[::-1][:9]
print("dot product with ␣king:", *[visible(row) for row in by_dot])

# %% [markdown]
# **The space forgotten.** *king* without a space is another row than *␣king*. For many words there is no such row, and code that takes the first piece does not complain.

# %%
for form in ("king", " king", "emperor", " emperor"):
    print(f"{form.replace(' ', '␣'):9} {[visible(piece) for piece in tokenizer.encode(form)]}")

# %% [markdown]
# **Vectors of two tables compared.** Each is turned in its own way, as in section 5.

# %%
for word in ("king", "bread", "three"):
    print(f"{word}: GloVe against our own {plain_cosine(glove[word], bible[word]):5.2f}")

# %% [markdown]
# ## Exercises
#
# Write each answer where the dots are and run the cell. `hint("all_cosines")` helps a step at a time, and `show_solution("all_cosines")` shows one way to do it.
#
# ### {exercise: all_cosines}
#
# Every row with every row, as the library does it. One matrix product is enough.


# %% tags=["exercise"]
def my_cosines(x, y):
    """x [A, C] and y [B, C], arrays without rows of zeros, to [A, B]: at [a, b] the cosine of row a of x and
    row b of y."""
    ...


check("all_cosines", my_cosines)

# %% [markdown]
# ### {exercise: keeps_cosines}
#
# On paper. Something is done to a table of ten different words with five numbers each. After which of these have *all* pairs of words the cosine they had, whatever the numbers were?
#
# 1. Every number is multiplied by 3. 2. To every number 3 is added. 3. The columns are shuffled, in all rows alike. 4. The numbers of each row are shuffled, in each row in its own way. 5. The numbers of one row are multiplied by 3. 6. The numbers of one column are multiplied by 3. 7. Every number changes its sign. 8. The numbers of one row change their sign.

# %% tags=["exercise"]
# a list of the numbers of those changes, from 1 to 8, after which the cosine of every pair of rows is what it
# was, in any order.
check("keeps_cosines", ...)

# %% [markdown]
# ### {exercise: negative_sampling}
#
# Only the word's own vector this time. Write it from the step on paper in section 6.


# %% tags=["exercise"]
def my_negative_sampling(v, real, noise, rate):
    """v [C], its real company [C], K random words [K, C] and a learning rate to the new v [C]: v plus rate
    times (1 - sigma(real . v)) real, minus rate times the sum of sigma(u . v) u over the random words u."""
    ...


check("negative_sampling", my_negative_sampling)

# %% [markdown]
# The next exercise is about a search that forgets something. On arrows of length 1 it is right:


# %%
def hasty_nearest(rows, row, count):
    scores = rows @ rows[row]
    return (-scores).argsort(kind="stable")[1 : count + 1].tolist()  # the first is the row itself


print(hasty_nearest(np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]]), 0, 1))

# %% [markdown]
# ### {exercise: own_neighbour}
#
# Make it answer that a row is its own neighbour.

# %% tags=["exercise"]
# A pair of a list of rows of numbers and the number of a row, such as ([[1, 0], [0, 1]], 0), for which
# hasty_nearest with count 1 answers with that row itself. No row is all zeros.
check("own_neighbour", ...)

# %% [markdown]
# ### {exercise: rank_texts}
#
# Section 10 said that means are good for finding texts. Write the search.


# %% tags=["exercise"]
def my_ranking(question, texts, vectors_of):
    """question, a list of words; texts, a list of lists of words; and vectors_of, a dict from word to array
    [C], to the numbers of the texts (from 0), most alike first: by the cosine of the mean of the question's
    vectors and the mean of the text's. Words that are not in the dict are skipped; each list has one that
    is."""
    ...


check("rank_texts", my_ranking)

# %% [markdown]
# ### {exercise: word_vectors}
#
# The opening, answered by your own code. `check` hands your class two small tables, then GloVe, then SmolLM2's table. Use no function of `lessons_lib`.


# %% tags=["exercise"]
class MyWordVectors:
    """MyWordVectors(words, table), with two methods. words is a list of N different words, table an array [N,
    C] with a row for each. nearest(word, count) gives the list of the count words whose rows have the highest
    cosine with the word's row, most alike first, without the word itself. analogy(a, b, c) gives the one word
    that answers a : b = c : what, with every row scaled to length 1: the highest cosine with c + b - a, and not
    a, b or c."""

    def __init__(self, words, table): ...

    def nearest(self, word, count): ...

    def analogy(self, a, b, c): ...


check("word_vectors", MyWordVectors)

# %% [markdown]
# ## Say it in your own words

# %%
say("letters_ids_vectors", "why_hundreds", "king_sum", "company", "one_bank")

# %% [markdown]
# ## Quiz

# %%
quiz("03")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A token's id is a line number. Looking it up is a one-hot row times the embedding matrix.
# - Alike means: pointing the same way. Single columns need not mean anything; a table that is turned says the same.
# - The numbers come from company: real pairs are pulled together, random ones pushed apart. Opposites lie close.
# - Sums such as *king − man + woman* come out where the steps of a relation are parallel. A rate needs its questions, its words, and the rule about query words.
# - One vector a word knows neither order nor context.
#
# **Papers.** [Mikolov and others 2013](https://arxiv.org/abs/1310.4546) (negative sampling). [Pennington, Socher and Manning 2014](https://nlp.stanford.edu/pubs/glove.pdf) (GloVe). [Bolukbasi and others 2016](https://arxiv.org/abs/1607.06520) and [Nissim, van Noord and van der Goot 2020](https://arxiv.org/abs/1905.09866) (bias, and how not to measure it).
#
# **Next:** in [lesson 04](04_attention.ipynb) the words begin to look at each other.
