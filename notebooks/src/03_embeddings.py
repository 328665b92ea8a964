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
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [tokens](01_tokens_and_sampling.ipynb#1.-What-does-it-choose-between?); from 00b and 00c [the product of matrices](00b_tensors.ipynb#6.-The-product-of-matrices), [autograd](00c_learning.ipynb#1.-The-slope-of-everything:-autograd), [the loss](00c_learning.ipynb#3.-How-wrong-is-a-guess?) and [hooks](00c_learning.ipynb#6.-Switches-and-a-window) |
# | It adds to `lessons_lib` | `vectors/`: cosine, neighbours, analogies, word2vec; `layers/embedding.py` |
#
# {route}

# %%
# {setup}

# %%
import math
import re

import numpy as np
import torch
import torch.nn.functional as F

import lessons_lib
from lessons_lib import vectors
from lessons_lib.classroom import (
    check,
    claim,
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
    a_turn,
    gap_of_kinds,
    lazy_rate,
    partner_wins,
    single_token,
    spread_out,
    steps_alike,
    two_worlds_text,
    usual_cosine,
)
from lessons_lib.corpora import world_english_bible
from lessons_lib.vectors import WordVectors, load_glove

use_style()

# %% [markdown]
# ## The finished thing first
#
# The first thing that a language model does with a token's id is to look up a row in a table, `C` numbers for each of `V` tokens:


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
# None of the numbers says "crown". Which rows are most like it?

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
# First itself in other forms, then *queen* and *emperor*: words of like meaning lie side by side. Now take the row of *king*, subtract *man*, add *woman*.

# %%
man, woman = (tokenizer.encode(word)[0] for word in (" man", " woman"))
answer = vectors.analogy(table, man, woman, king, count=3)
print(*[f"{visible(row)} {score:.2f}" for row, score in zip(*answer, strict=True)], sep="   ")

# %% [markdown]
# In the last exercise your own code gives these answers.
#
# ## 1. Why not the letters, why not the ids?
#
# Each letter has a code. In which of 20,000 words do they differ least from *king*'s, letter by letter? (Short words are filled up with blanks.)

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
# Letters know spelling; an id says when a token came into the vocabulary. And on a line *king* has two neighbours, but wants many. So every word gets several numbers.
#
# ## 2. Words as places
#
# On a map two numbers say where a town is. Such a list is a [**vector**](../book/glossary.md#vector), and how many there are is its [**dimension**](../book/glossary.md#dimension). Let us place words from 1 (masculine) to 9 (feminine), and by age, 2 for a child and 7 for a grown-up. *boy* is (1, 2), *woman* (9, 7). By Pythagoras they are $\sqrt{64 + 25} = 9.4$ apart.
#
# And *king*? On this map he would stand on *man*. What sets them apart is a third axis:


# %%
def distance(a, b):
    return np.linalg.norm(np.subtract(a, b))  # the root of the sum of squares


for a, b in [("boy", "man"), ("boy", "woman"), ("man", "king"), ("man", "queen")]:
    print(f"{a} to {b}: {distance(PEOPLE[a], PEOPLE[b]):.1f}")  # three numbers each, drawn below
print("king - man + woman =", np.subtract(PEOPLE["king"], PEOPLE["man"]) + PEOPLE["woman"])

# %% tags=["hide-input"]
show(
    figures.cube(PEOPLE),
    alt="A box with a word and its three numbers at each corner. From left to right masculine to feminine, from bottom to top young to old, "
    "from front to back common to royal. Four parallel arrows lead from man to woman, king to queen, boy to girl and "
    "prince to princess.",
)

# %% [markdown]
# Here *king − man + woman* is *queen*: the four arrows are one step.
#
# A vector that stands for a word is its [**embedding**](../book/glossary.md#embedding). We chose the axes of this [**word space**](../book/glossary.md#word-space), so we chose who is alike. Nobody can choose them for a whole language.
#
# ## 3. Distance or direction?
#
# Draw an arrow from the origin to each word, and take the cosine of the angle between two: 1 if they point the same way, 0 at a right angle, −1 if opposite. This is the [**cosine similarity**](../book/glossary.md#cosine-similarity).
#
# With (3, 4) and (4, 3): multiply number by number and add up, 12 + 12 = 24, the [**dot product**](../book/glossary.md#dot-product). Divide by both lengths, 5 and 5: 0.96.
#
# $$\cos(a, b) = \frac{a \cdot b}{|a|\,|b|} = \frac{\sum_i a_i b_i}{\sqrt{\sum_i a_i^2}\,\sqrt{\sum_i b_i^2}}$$


# %%
def plain_cosine(a, b):
    return (a * b).sum() / math.sqrt((a * a).sum() * (b * b).sum())


for a, b in [((3, 4), (4, 3)), ((3, 4), (6, 8)), ((3, 4), (-4, 3))]:
    print(a, b, f"{plain_cosine(np.array(a), np.array(b)):.2f}")

# %% [markdown]
# (6, 8) is (3, 4) twice as long: the cosine does not care. (Among arrows of length 1, distance and cosine give the same order: $|a - b|^2 = 2 - 2\cos(a, b)$.)
#
# [**GloVe**](../book/glossary.md#glove), of 2014, learned 50 numbers a word from six billion words of news and Wikipedia. Here are its 20,000 most frequent.

# %%
for word in ("queen", "man", "president", "software"):
    print(f"king and {word}: {plain_cosine(glove['king'], glove[word]):.2f}")
usual = usual_cosine(glove.vectors[:5000])  # the mean of 300 random rows, each with 300 others
print(f"two words of the 5,000 most frequent: {usual:.2f} on average")
print(f"two of all 20,000: {usual_cosine(glove.vectors):.2f}")

# %% [markdown]
# So a cosine needs a baseline, and it depends on how frequent the words are. Among the first 5,000 it is 0.31, more than *king* has with *software*; among all 20,000 only 0.11.
#
# Do these numbers know more than letters and ids? Of 35 pairs such as *italy* and *rome*, *hot* and *cold*: is the partner of a pair's first word nearer to it than a word of another pair? A coin gets half right.

# %%
by_letters = partner_wins(lambda a, b: abs(codes[glove.row(a)] - codes[glove.row(b)]).sum())
by_id = partner_wins(lambda a, b: abs(single_token(a) - single_token(b)))
by_glove = partner_wins(lambda a, b: -plain_cosine(glove[a], glove[b]))
by_distance = partner_wins(lambda a, b: distance(glove[a], glove[b]))
print(f"letters {by_letters:.0%}   ids {by_id:.0%}")
print(f"GloVe by cosine {by_glove:.0%}, by distance {by_distance:.0%}")

# %% [markdown]
# Letters and ids hardly beat the coin; vectors are nearly always right. Distance and direction do as well. We take the cosine, as the field does for [**semantic similarity**](../book/glossary.md#semantic-similarity): one scale, whatever the lengths. The dot product prefers long rows, in SmolLM2's table:

# %%
lengths = np.linalg.norm(table, axis=1)  # [V]
by_dot = (table @ table[king]).argsort()[::-1][:9]
print(f"mean length {lengths.mean():.1f}")
print("dot product with ␣king:", *[f"{visible(row)} ({lengths[row]:.1f})" for row in by_dot])

# %% [markdown]
# Words of code with long rows came in.
#
# To find the nearest words, take the cosine with each row and keep the best:

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
# *king* is fine (*ii* as in Philip II). But around *happy* stand words of talk, around *apple* computers, and *hot* is more like *cold* (0.80) than like *warm* (0.75). Section 6 has a likely reason.
#
# ## 4. The lookup
#
# In a model the vectors are the rows of one large table, the [**embedding matrix**](../book/glossary.md#embedding-matrix), in the order of the ids. A small one:

# %%
toy_tokens = ["the", "king", "greets", "queen"]
toy = np.array([[0.1, 0.2, 0.0], [0.1, 0.7, 0.9], [0.5, 0.4, 0.1], [0.9, 0.7, 0.9]])  # [V, C]
ids = [toy_tokens.index(word) for word in ["the", "king", "greets", "the", "queen"]]  # [T]
one_hot = np.eye(4)[ids]  # [T, V]
print(ids, one_hot, toy[ids], sep="\n")
claim("One-hot rows times the table give the same.", np.array_equal(one_hot @ toy, toy[ids]))

# %% [markdown]
# A [**one-hot**](../book/glossary.md#one-hot) row is 0 with a single 1, at the place of the id. [Its product](00b_tensors.ipynb#6.-The-product-of-matrices) with the table is the row of the id; the lookup spares the arithmetic. Now SmolLM2's own table:

# %%
sentence = "The king greets the queen, and the queen greets the king."
real_ids = torch.tensor([tokenizer.encode(sentence)])  # [B, T]
last = []  # what the last part before the scores (a norm, lesson 05) gives: [B, T, C]
hook = model.model.norm.register_forward_hook(lambda module, given, out: last.append(out))
with torch.no_grad():
    rows = model.model.embed_tokens(real_ids)  # [B, T, C]
    scores = model(real_ids)  # [B, T, V]
hook.remove()
for place in (0, 4):
    print(f"{visible(real_ids[0, place]):7} {rounded(rows[0, place, :5])} ...")
# ␣king is token 1 and token 13 of the sentence
claim("Both kings are the same row.", torch.equal(rows[0, 1], rows[0, 13]))
same = torch.allclose(scores, last[0] @ model.model.embed_tokens.weight.T, atol=1e-3)
claim("The scores are dot products with the rows of the same table.", same)

# %% [markdown]
# *The* and *␣the* are two tokens, so they have two rows. The last line is the right end of the drawing: the table is used to read, then to score. That is [**weight tying**](../book/glossary.md#weight-tying); others, such as Llama 2, keep [two tables](10_every_model.ipynb).
#
# ## 5. The numbers have no names
#
# *Feminine, old, royal*: have the columns of a real table such names? They need not. Lengths and angles, all that distance and cosine ask for, stay when all arrows are turned together, as a map stays right when you turn the paper. Yet every number changes:

# %%
turn = a_turn(50)  # [C, C]: a product with it turns every arrow alike
turned = WordVectors(words, glove.vectors @ turn)
for name, known in [("before", glove), ("after", turned)]:
    near = ", ".join(near for near, _ in known.most_similar("king", topn=4))
    print(f"{name:7} {rounded(known['king'][:5])} ...   king → {near}")
before, after = (each.vectors[:500] for each in (glove, turned))
cosines = [vectors.cosine_similarity(each, each) for each in (before, after)]  # [500, 500]
claim("No cosine between 500 words changes.", np.allclose(*cosines, atol=1e-4))

# %% [markdown]
# Both tables say the same about every pair. So a column need not mean anything: meaning is in directions.
#
# ## 6. Where do the numbers come from?
#
# "You shall know a word by the company it keeps", wrote the linguist J. R. Firth in 1957. That words with the same company have similar meanings is the [**distributional hypothesis**](../book/glossary.md#distributional-hypothesis). It makes plain text a teacher: blank out a word, and the text itself holds the answer. That is [**self-supervised**](../book/glossary.md#self-supervised) learning.
#
# [**word2vec**](../book/glossary.md#word2vec) guesses the word from its company ([**CBOW**](../book/glossary.md#cbow)), or each of its company from the word ([**skip-gram**](../book/glossary.md#skip-gram)). We take the second:


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
# Every word gets two vectors: $v$ for itself, $u$ as somebody's company. The game: was a pair, such as *king* and *throne*, in the text, or was its second word drawn at random? The answer is $u \cdot v$, squeezed into a chance by the [**sigmoid**](../book/glossary.md#sigmoid), $\sigma(x) = 1 / (1 + e^{-x})$. The chance of "random" is what is left, $1 - \sigma(x) = \sigma(-x)$. Without random words the easiest way to win would be to make all vectors long and alike. To add them is called [**negative sampling**](../book/glossary.md#negative-sampling).
#
# ### One step
#
# The word has $v = (2, 0)$, its real company $u = (0.25, 0.5)$, a random word $u' = (0.25, -0.5)$. Both dot products are 0.5, and $\sigma(0.5) = 0.62$. The real pair should have 1, the random one 0, so the errors are +0.38 and −0.62. Pull $v$ towards $u$ by the one, push it away from $u'$ by the other:
#
# $$v \leftarrow v + 0.38\,(0.25, 0.5) - 0.62\,(0.25, -0.5) \approx (1.9, 0.5)$$
#
# The company moves by the same errors, along $v$. As in 00c, the loss is −ln of the chance of each right answer, "real" once and "random" for each random word: $-\ln \sigma(u \cdot v) - \sum \ln \sigma(-u' \cdot v)$. Our step is one step downhill on it:


# %%
def plain_step(own, company, word, targets, rate):
    """targets[0] was really there, the others are random"""
    wanted = np.array([1.0] + [0.0] * (len(targets) - 1))  # [1 + K]
    v, u = own[word].copy(), company[targets].copy()  # [C], [1 + K, C]
    error = wanted - 1 / (1 + np.exp(-u @ v))  # [1 + K]: +0.378 and -0.622 on paper
    own[word] += rate * (error @ u)
    company[targets] += rate * error[:, None] * v


own, company = np.array([[2.0, 0.0]]), np.array([[0.25, 0.5], [0.25, -0.5]])
v = torch.tensor(own[0], requires_grad=True)
u = torch.tensor(company, requires_grad=True)
(-F.logsigmoid(u[0] @ v) - F.logsigmoid(-u[1] @ v)).backward()
plain_step(own, company, word=0, targets=[0, 1], rate=1.0)
print("v is now", own[0].round(3), "  company", company.round(3).tolist())
down_v, down_u = (x.detach() - x.grad for x in (v, u))
same = np.allclose(own[0], down_v) and np.allclose(company, down_u)
claim("A step against autograd's slopes gives the same.", same)

# %% [markdown]
# ### Many steps
#
# Our text is random and of two worlds, a court and a farm: *the* or *a*, a word of one world, and so on.

# %%
dice = np.random.default_rng(0)
worlds = {
    "court": ["king", "queen", "prince", "reigns", "dines"],
    "farm": ["cow", "hen", "goat", "grazes", "drinks"],
}
text = two_worlds_text(worlds, dice)
print(" ".join(text[0]), "/", " ".join(text[1]))
vocab = sorted({word for line in text for word in line})
own = (dice.random((len(vocab), 2)) - 0.5) * 0.4  # [V, C]
company = np.zeros_like(own)
start = own.copy()
for _ in range(6):
    for line in text:
        for word, other in plain_pairs([vocab.index(word) for word in line], window=2):
            noise = dice.choice(len(vocab), 3, replace=False)
            noise = noise[noise != other]  # the real company is not random
            plain_step(own, company, word, [other, *noise], rate=0.05)

# %% tags=["hide-input"]
show(
    figures.two_worlds(start, own, vocab, worlds | {"both": ["the", "a"]}),
    alt="A map of twelve named words. Before training they lie close around the origin; after it the five words of the "
    "court lie together on one side, the five of the farm at about a right angle to them, and the and a between.",
)

# %%
lie = {name: own[[vocab.index(word) for word in members]] for name, members in worlds.items()}
inside = np.min([vectors.cosine_similarity(each, each).min() for each in lie.values()])
across = vectors.cosine_similarity(lie["court"], lie["farm"]).max()
print(f"lowest cosine inside a world {inside:.2f}, highest across {across:.2f}")
claim("Each word is nearer to its own world than to the other.", inside > across)

# %% [markdown]
# *king* and *queen* keep the same company, so the same vectors pulled and pushed them near each other. Opposites often keep the same company too: the weather is hot, the weather is cold.
#
# The library's trainer plays the same game on real text, the World English Bible:

# %%
verses = [re.findall(r"[a-z]+", verse.lower()) for verse in world_english_bible().splitlines()]
bible = vectors.train_word2vec(verses, vector_size=50, window=5, epochs=3, progress=False)
print(f"{sum(map(len, verses)):,} words read three times, {len(bible):,} have a vector")
for word in ("king", "bread", "three"):
    print(f"{word:7}", ", ".join(near for near, _ in bible.most_similar(word, topn=6)))

# %% [markdown]
# Numbers have found numbers. GloVe learned from company too, by counting it. SmolLM2's rows are weights like all others, trained on the loss of the next token.
#
# *(A good place for a break.)*
#
# ## 7. Arithmetic with words
#
# Do learned vectors have steps, as the cube had? "*man* is to *woman* as *king* is to what?" is an [**analogy**](../book/glossary.md#analogy): start at *king*, take the step *woman − man*, look for the nearest word. All vectors are scaled to length 1 first, and the words of the question can't be the answer. Nine that are often quoted:

# %%
predict("of_nine")

# %%
quoted = """man woman king queen / france paris italy rome / japan tokyo germany berlin
walk walking swim swimming / run ran fly flew / big bigger small smaller
fast fastest slow slowest / man woman brother sister / man woman uncle aunt"""
nine = [question.split() for question in quoted.replace("\n", " / ").split(" / ")]


def plain_analogy(known, a, b, c):
    unit = {word: known[word] / np.linalg.norm(known[word]) for word in (a, b, c)}
    goal = unit[c] + unit[b] - unit[a]
    found = [known.index_to_key[row] for row in vectors.nearest(goal, known.vectors, 4).rows]
    # of four, at most three are words of the question
    return next(word for word in found if word not in (a, b, c))


hits = 0
for a, b, c, d in nine:
    answer = plain_analogy(glove, a, b, c)
    print(f"{c:7} + {b:7} - {a:5} = {answer:9}  wanted {d}")
    hits += answer == d
print("come out:", hits)
reveal("of_nine", hits)
best = glove.most_similar(["king", "woman"], "man", topn=2, exclude=False)
print("query words allowed:", *[f"{word} {score:.2f}" for word, score in best])

# %% [markdown]
# Nearest to *king + woman − man* is *king* itself, where it may answer. So a lazy method is right now and then: it takes no step, and names the nearest neighbour of *king* that is left.
#
# Let us count: nine relations of twelve pairs, every pair asked with every other. Beside it stand the lazy method and the mean cosine between two steps of a relation, such as *woman − man* and *queen − king*. (Of random steps it is 0: for each there is the one back.)

# %%
relations = vectors.analogy_pairs()
rates = {name: rate.share for name, rate in vectors.hit_rates(glove, relations).items()}
lazy = {name: lazy_rate(glove, pairs) for name, pairs in relations.items()}
steps = {name: steps_alike(glove, pairs) for name, pairs in relations.items()}
for name in relations:
    print(f"{name:14} {rates[name]:4.0%}   lazy {lazy[name]:4.0%}   steps {steps[name]:.2f}")
overall, idle = (np.mean(list(each.values())) for each in (rates, lazy))
print(f"{'all':14} {overall:4.0%}   lazy {idle:4.0%}")
allowed = vectors.hit_rates(glove, relations, exclude=False).values()
print(f"all, query words allowed: {np.mean([rate.share for rate in allowed]):.0%}")

# %% tags=["hide-input"]
show(
    figures.gains_and_steps({name: rates[name] - lazy[name] for name in rates}, steps),
    alt="Nine dots, one a relation, nearly on a line: what the step adds to the lazy method's answers against the mean "
    "cosine of the steps. Opposites are at the bottom left with 0.08 and a loss, nationalities at the top right with 0.82.",
)

# %%
gains = [rates[name] - lazy[name] for name in steps]
print(f"correlation {np.corrcoef(list(steps.values()), gains)[0, 1]:.2f}; 1 would be a rising line")
close = {name: np.mean([glove.similarity(*pair) for pair in relations[name]]) for name in steps}
claim("Opposites are no closer than capitals are.", close["opposites"] < close["capitals"])

# %% [markdown]
# Where the words of the question may answer, 63% become 40%. Nationalities are perfect, opposites hopeless. They are not too close: capitals and their countries are as close. What opposites lack is a *common* step: from *hot* to *cold* is another way than from *big* to *small*. In these nine the more alike the steps, the more is gained by taking them, or nearly so. *Opposites* and *participles* do better without.
#
# ## 8. Why so many numbers?
#
# How much do two numbers keep? Take a cloud of points, and the direction in which it spreads most: how far a point lies along it is the best single number. The second direction stands at a right angle and takes what it can of the rest. To keep the first few is [**PCA**](../book/glossary.md#pca). (`np.linalg.svd` of the table minus its mean row finds the directions; how may be skipped.)

# %% tags=["hide-input"]
show(
    figures.shadows(),
    alt="A slanting cloud of 25 points. A long arrow runs along it, the first direction; a short one at a right angle to "
    "it, the second. Dotted lines lead from each point to its place on the first: its shadow, all that one number keeps.",
)

# %% [markdown]
# Two directions make a flat map, and what differs in the others may lie close together on it. Keep 2, 3, 5 ... of GloVe's 50, and ask the questions of section 7 again.

# %%
by_width = {}
flat = spread_out(glove.vectors, 50)  # [N, 50]
print(f"two numbers keep {(flat[:, :2] ** 2).sum() / (flat**2).sum():.0%} of the spread")
for width in (2, 3, 5, 10, 20, 35, 50):
    narrow = WordVectors(words, flat[:, :width])
    by_width[width] = np.mean(
        [rate.share for rate in vectors.hit_rates(narrow, relations).values()]
    )
    print(f"{width:2} numbers: {by_width[width]:4.0%}")

# %% tags=["hide-input"]
show(
    figures.rates_by_width(by_width),
    alt="A curve of the share of questions answered against how many numbers a vector keeps: near 0 up to 5, then 18% at "
    "10, 45% at 20 and 63% at 50, still rising.",
)

# %% [markdown]
# Two numbers keep an eighth of the spread and answer nearly nothing; at 50 the curve still rises. (A table *trained* with five might do better; we did not try.) Models take more: 576 in SmolLM2, 768 in GPT-2 small, 16,384 in the largest Llama 3.1.
#
# ## 9. What one vector a word can't do
#
# **Order.** Texts can be compared by the means of their vectors (exercise 5). But:


# %%
def average(text):
    return glove[text.split()].mean(0)


one, other = average("the king follows the queen"), average("the queen follows the king")
print(f"who follows whom: {plain_cosine(one, other):.4f}")

# %% [markdown]
# A mean knows no order. ([Lesson 04b](04b_positions.ipynb) gives each word its place.)
#
# **Context.** *bank* has one row for all its meanings:

# %%
print("bank:", ", ".join(word for word, _ in glove.most_similar("bank", topn=7)))
near = vectors.nearest(glove["bank"], glove.vectors[:5000], 5000).rows.tolist()  # bank itself is 0
for some in ("money loan cash", "river shore lake water", "hospital table street garden"):
    print(some, [near.index(glove.row(word)) for word in some.split()])

# %% [markdown]
# Its nearest neighbours are all finance; words of the river stand hardly nearer than words of neither kind. Such vectors, the same everywhere, are called [**static**](../book/glossary.md#static-embedding). In a model each layer rewrites the row from the text before, to a [**contextual**](../book/glossary.md#contextual-embedding) vector.
#
# Four sentences end in *bank*, since a word sees only what stands before it: two about rivers, two about money. We take the mean cosine of two banks of the same kind, minus that of two of different kinds. But any word takes something from its sentence. So six words without two such meanings stand in the same place, as a control.

# %%
beginnings = [
    "They swam across the river and lay down on the",
    "We walked along the water and fished from the",
    "I opened an account and put my money in the",
    "The loan and the interest were paid back to the",
]
bank = gap_of_kinds("bank", beginnings)  # [1 + layers]
controls = ["house", "car", "picture", "window", "man", "floor"]
control = np.array([gap_of_kinds(word, beginnings) for word in controls])  # [6, 1 + layers]
low, high = control.min(0), control.max(0)
for layer in (0, 8, 30):
    print(f"layer {layer:2}: bank {bank[layer]:.2f}   others {low[layer]:.2f} to {high[layer]:.2f}")
half_again = (bank[8:11] > 1.5 * high[8:11]).all()
claim("At layers 8 to 10 the gap of bank is half as large again as any of theirs.", half_again)

# %% tags=["hide-input"]
show(
    figures.senses(bank, dict(zip(controls, control, strict=True))),
    alt="Curves over the layers of how much more alike the same kind is. All start at 0 in the table. Around layer 8 bank "
    "rises to 0.14 and the six other words stay below 0.1; at the last layer bank has 0.17, the others 0.11 to 0.18.",
)

# %% [markdown]
# At layer 8 the two kinds of bank differ by 0.14, the other six by 0.09 at most. (The layers were picked after looking.) In the last layer *every* word differs. (Four sentences show that it happens, not how often.) How a word takes in what stands before it is [lesson 04](04_attention.ipynb). What vectors say about people, and a map of your own words, is in [D5](deeper/D5_word_vectors.ipynb).
#
# ## Exercises
#
# `hint("all_cosines")` helps a step at a time, `show_solution("all_cosines")` shows one way.
#
# ### {exercise: all_cosines}
#
# Every row with every row. One matrix product is enough. (`vectors.cosine_similarity` would pass; write your own.)


# %% tags=["exercise"]
def my_cosines(x, y):
    """x [A, C] and y [B, C], arrays without rows of zeros, to [A, B]: at [a, b] the cosine of row a of x and
    row b of y. x and y stay as they are."""
    ...


check("all_cosines", my_cosines)

# %% [markdown]
# ### {exercise: keeps_cosines}
#
# On paper. Something is done to a table of ten different words with five numbers each. After which of these have *all* pairs of words the cosine they had, whatever the numbers were?
#
# 1. Every number is multiplied by 3. 2. To every number 3 is added. 3. The numbers of each row are shuffled, in each row in its own way. 4. The columns are shuffled, in all rows alike. 5. The numbers of one row are multiplied by 3. 6. The numbers of one column are multiplied by 3. 7. Every number changes its sign. 8. The numbers of one row change their sign.

# %% tags=["exercise"]
# a list of the numbers of those changes, from 1 to 8, after which the cosine of every pair of rows is what it
# was, in any order.
check("keeps_cosines", ...)

# %% [markdown]
# ### {exercise: negative_sampling}
#
# The step on paper of section 6, for the word's own vector alone.


# %% tags=["exercise"]
def my_negative_sampling(v, real, noise, rate):
    """v [C], its real company [C], K random words [K, C] and a learning rate to the new v [C], after one step
    downhill on the loss of section 6. v and the company stay as they are."""
    ...


check("negative_sampling", my_negative_sampling)

# %% [markdown]
# The next exercise is about a search that forgets something. Among different arrows of length 1 it is right:


# %%
def hasty_nearest(rows, row, count):
    rows = np.asarray(rows)
    scores = rows @ rows[row]
    return (-scores).argsort(kind="stable")[1 : count + 1].tolist()  # the first is the row itself


print(hasty_nearest([[1, 0], [0, 1], [0.6, 0.8]], 0, 1))

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
# Write the search that section 9 speaks of.


# %% tags=["exercise"]
def my_ranking(question, texts, vectors_of):
    """question, a list of words; texts, a list of lists of words; and vectors_of, a dict from word to array
    [C], to the numbers of the texts (from 0), most alike first: by the cosine of the mean of the question's
    vectors and the mean of the text's. Words that are not in the dict are skipped; each list has one that
    is. Of equal texts the earlier comes first."""
    ...


check("rank_texts", my_ranking)

# %% [markdown]
# ### {exercise: word_vectors}
#
# The opening, answered by your own code. `check` hands your class three small tables, then GloVe, then all of SmolLM2's tokens with their rows, and asks for the neighbours of ␣king and the sum of the opening. The functions of `lessons_lib` are closed meanwhile.


# %% tags=["exercise"]
class MyWordVectors:
    """MyWordVectors(words, table), with two methods. words is a list of N different words, table an array [N,
    C] with a row for each, which stays as it is. nearest(word, count) gives the list of the count words
    whose rows have the highest cosine with the word's row, most alike first, without the word itself.
    analogy(a, b, c) gives the one word that answers a : b = c : what, with every row scaled to length 1: the
    highest cosine with c + b - a, and not a, b or c."""

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
# - Alike means: pointing the same way, more so than such words usually do.
# - The numbers come from company: real pairs are pulled together, random ones pushed apart.
# - In sums such as *king − man + woman* taking the step gains most where the steps of a relation point alike.
# - One vector a word knows neither order nor context. A model adds both.
#
# **Papers.** [Mikolov and others 2013](https://arxiv.org/abs/1310.4546) (negative sampling). [Pennington, Socher and Manning 2014](https://nlp.stanford.edu/pubs/glove.pdf) (GloVe).
#
# **Next:** in [lesson 04](04_attention.ipynb) the words begin to look at each other.
