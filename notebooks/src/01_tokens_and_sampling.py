# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 01 · Tokens and sampling
#
# **How does a model choose the next word?**
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/llms-from-the-ground-up/blob/v0.2.0/notebooks/01_tokens_and_sampling.ipynb)
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | some Python, school maths; nothing from other lessons |
# | It adds to `lessons_lib` | `generation/sampling.py`: softmax, the filters, `Sampler` |
#
# {route}

# %%
import importlib.util

if importlib.util.find_spec("lessons_lib") is None:
    # %pip install -q --no-deps git+https://github.com/OWNER/llms-from-the-ground-up@v0.2.0
    importlib.invalidate_caches()

# %%
import math

import ipywidgets as widgets
import matplotlib.pyplot as plt
import torch

import lessons_lib
from lessons_lib.classroom import check, explore, progress, quiz, show, show_source, use_style
from lessons_lib.generation import Sampler, generate, sampling, stream

use_style()

# %% [markdown]
# ## The finished thing first
#
# The next cell loads a real language model. It is called SmolLM2, it was trained by Hugging Face on about two trillion words and pieces of words, and it is small enough for a laptop. Every line that runs it is ours: you will have written all of them by lesson 07.
#
# We give it the beginning of a sentence and ask which words might come next.

# %%
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
print(
    f"{model.num_parameters():,} learned numbers, {tokenizer.vocab_size:,} words and pieces of words"
)

# %%
prompt = "The sun is shining, and the sky is"


def next_scores(text):
    """The model's score for every possible next token: [V]."""
    with torch.no_grad():
        return model(torch.tensor([tokenizer.encode(text)]))[0, -1]  # [V]


def visible(token):
    return tokenizer.decode([int(token)]).replace(" ", "␣").replace("\n", "⏎")


chances = next_scores(prompt).softmax(-1)  # [V]
for chance, token in zip(*chances.topk(10), strict=True):
    print(f"{visible(token):10} {chance:6.1%}")


# %%
def draw_bars(chances, count=10, title=""):
    top = chances.topk(count)
    fig, ax = plt.subplots(figsize=(7, 0.3 * count + 0.9))
    ax.barh([visible(t) for t in top.indices], top.values)
    ax.bar_label(ax.containers[0], fmt="{:.1%}", padding=3)
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    ax.set(xlabel="probability", title=title, xlim=(0, top.values[0] * 1.15))
    return fig


show(
    draw_bars(chances, title=f"{prompt} …"),
    alt="Bar chart of the ten likeliest next tokens: ␣a 15.7%, ␣ab 10.1%, ␣painted 9.0%, "
    "␣clear 6.0%, ␣blue 4.9% and five below.",
)

# %% [markdown]
# Did you expect *blue* to win? So did the slides this course grew from: they give it 60%. The real model is less sure. It has read a great deal of fiction, where the sky is *a canvas* or *painted*, and it leaves many doors open.
#
# (␣ stands for a space. Most tokens bring their own. And *␣ab* is no word at all: it is the start of *ablaze*.)
#
# Now let it go on. Each time it takes its favourite, appends it, and asks itself again:

# %%
print(prompt + "".join(stream(model, tokenizer, prompt, max_new_tokens=30)))

# %% [markdown]
# That is all a language model does: **give every possible next token a score, choose one, repeat**. How the scores come about fills lessons 03 to 06. This lesson is about the choosing, and it is less innocent than it looks: the same model can be a bore, a poet or a random-number generator, depending on how we choose.
#
# Now we build it.

# %% [markdown]
# ## 1. What does it choose between?
#
# The things that a model reads and writes are called [**tokens**](../book/glossary.md#token). The list of all tokens it knows is its [**vocabulary**](../book/glossary.md#vocabulary). What should stand in that list? Take this sentence and cut it in three ways: as one piece, at the words, at the letters.

# %%
sentence = "The cat is sleeping"
as_words = [word if i == 0 else " " + word for i, word in enumerate(sentence.split())]
for way, pieces in [("sentence", [sentence]), ("words", as_words), ("letters", list(sentence))]:
    print(f"{way:9} {len(pieces):2}  {pieces}")

# %% [markdown]
# Every token costs the model the same work, whatever it holds. So fewer tokens are cheaper. Before you run the next cell, guess the three numbers for a longer sentence.

# %%
fox = "The quick brown fox jumps over the lazy dog."
pieces = tokenizer.encode(fox)
print("sentence ", 1)
print("words    ", len(fox.split()))
print("letters  ", len(fox))
print("SmolLM2  ", len(pieces), [visible(token) for token in pieces])

# %% [markdown]
# One token for the sentence, 9 for the words, 44 for the letters: the letters cost 44 times as much as the sentence. Why not use sentences, then? Because almost every sentence is new. A vocabulary of sentences would never be finished, and the model would meet each entry once, if ever.
#
# Words look like a fair middle. They fail too, and the failure is worth seeing. We collect the words of a small text and use them as a vocabulary; every word that is missing becomes `<UNK>`, *unknown*.

# %%
text = "she runs to the park and we run home because they ran and he was running with an avocado"
known = sorted(set(text.split()))
forms = [word for word in known if word.startswith(("ran", "run"))]
print(forms, "are", len(forms), "of", len(known), "entries")

for line in ["he was running", "he runned home", "she ate an avocdo"]:
    print([word if word in known else "<UNK>" for word in line.split()])

# %% [markdown]
# Two troubles at once. *run*, *runs*, *ran* and *running* are four entries that know nothing of each other, and a full English list of this kind runs to hundreds of thousands. Yet a single slip of the finger, *runned* or *avocdo*, and the meaning is gone: you can guess what was meant, `<UNK>` can't.
#
# Real models cut in between. Frequent words are one token, rare ones are put together from pieces. Nothing is unknown:

# %%
for word in [" running", " runned", " avocado", " avocdo"]:
    print(f"{word:10} {[visible(t) for t in tokenizer.encode(word)]}")

# %% [markdown]
# Which strings may be a token? Any. A tokenizer is a list of strings, and nobody says what a string must look like: a word, a letter, a number, an emoji, a Chinese character, a whole sentence, even `a1b2$3]'`. What a string *is worth* as a token depends on how often it occurs. Here is what SmolLM2's own list makes of each:

# %%
examples = [" car", "b", "123", "🎄", "车", "你好", "The sun rises in the east.", "a1b2$3]'"]
for piece in examples:
    ids = tokenizer.encode(piece)
    print(f"{piece:27} {len(ids):2} tokens {ids}")

# %% [markdown]
# *car* and *b* are one token each. The number is three, since SmolLM2 cuts every number into digits. The tree and the Chinese characters are rare in its mostly English reading and fall apart into the bytes they are stored in. Lesson 02 builds such a list and shows who pays for it.
#
# One more thing before we go on. A token is an exact string, so *The*, *the* and *␣the* are different tokens, with different numbers:

# %%
for piece in ["The", "the", " The", " the", "fast", " fast", ","]:
    print(f"{piece.replace(' ', '␣'):6} {tokenizer.encode(piece)}")

# %% [markdown]
# And what does a model know about a token? Only how it is used. Nobody told it that a car has wheels or that B follows A; it had to find out what comes next. So let us ask it:

# %%
starts = [
    "My car has four",
    "The opposite of hot is",
    "a, b, c, d,",
    "Merry Christmas and a happy New",
]
for start in starts:
    following = next(generate(model, tokenizer.encode(start), stop_token_ids=()))
    print(f"{start} → {visible(following)}")

# %% [markdown]
# ## 2. From scores to chances
#
# For each token the model gives a [**logit**](../book/glossary.md#logit): a score, which may be any number, also a negative one. Scores compare; they are not chances yet. Take four words with round scores:
#
# | *blue* | *clear* | *grey* | *apple* |
# |---|---|---|---|
# | 3.1 | 2.8 | 2.0 | −4.4 |
#
# We want numbers that are never negative, that keep the order, and that add up to 1: a [**distribution**](../book/glossary.md#distribution), which says how the next word is shared out. Can we divide each score by their sum? Try it with *apple* and you get a negative chance. So first make everything positive, without changing the order. The exponential function does that: $e^x$ is positive for every $x$, and it grows with $x$.

# %%
words = ["blue", "clear", "grey", "apple"]
scores = torch.tensor([3.1, 2.8, 2.0, -4.4])
positive = scores.exp()
for word, score, value in zip(words, scores, positive, strict=True):
    print(
        f"{word:6} e^{score:4.1f} = {value:7.4f}   divided by {positive.sum():.4f} = {value / positive.sum():.4f}"
    )
print("rounded:", ", ".join(f"{share:.3f}" for share in (positive / positive.sum())[:3]))

# %% [markdown]
# That is the whole of [**softmax**](../book/glossary.md#softmax): take the exponential of every score $z_i$, divide by the sum.
#
# $$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$$
#
# What counts is the *gap* between two scores. *blue* is 0.3 ahead of *clear*, and $e^{0.3} = 1.35$, so *blue* is 1.35 times as likely. Add 100 to all four and no gap changes, so no probability may change. Let us write softmax down and see whether that is true.


# %%
def plain_softmax(scores):
    weights = scores.exp()
    return weights / weights.sum()


print("a gap of 0.3:", round(float(torch.tensor(0.3).exp()), 2))
print("as they are: ", [f"{p:.4f}" for p in plain_softmax(scores)])
print("plus 100:    ", [f"{p:.4f}" for p in plain_softmax(scores + 100)])
digits, limit = len(str(int(math.exp(103)))), len(str(int(torch.finfo().max)))
print(f"e^103 has {digits} digits; a 32-bit float ends at {limit} digits")

# %% [markdown]
# `nan`, *not a number*. The maths is right and the program is wrong: $e^{103}$ has 45 digits, and a 32-bit float ends at 39, so it becomes infinity, and infinity divided by infinity is nothing at all. The mathematics hands us the way out. Shifting all scores changes nothing, so shift them such that the largest becomes 0. Then no exponential is above 1.


# %%
def stable_softmax(scores):
    weights = (scores - scores.max()).exp()
    return weights / weights.sum()


print("plus 100:    ", [f"{p:.4f}" for p in stable_softmax(scores + 100)])

# %% [markdown]
# The library's version does the same along any axis of any table. It computes in 32 bits even if the scores come in 16, since probabilities of rare tokens would otherwise be rounded away.

# %%
show_source(sampling.softmax)

# %%
rows = torch.randn(10_000, 50, generator=torch.Generator().manual_seed(0)) * 5  # [10000, 50]
ours = torch.stack([stable_softmax(row) for row in rows])
theirs = sampling.softmax(rows)
print(f"largest difference on {len(rows):,} random rows: {(ours - theirs).abs().max():.6f}")
print("all rows sum to 1:", torch.allclose(theirs.sum(-1), torch.ones(len(rows))))

# %% [markdown]
# Now we can judge the slides. They say that after our sentence *blue* has 60%, *clear* 45% and *cloudy* 41%. Softmax could never have produced that:

# %%
slides = torch.tensor([0.60, 0.45, 0.41, 0.00002, 0.00001])
print(f"the slides' chances add up to {slides.sum():.2f}")
print("shared out properly:", [f"{p:.3f}" for p in slides / slides.sum()])
print(f"the real model's {len(chances):,} chances add up to {chances.sum():.4f}")

# %% [markdown]
# ## 3. Greedy: always the favourite
#
# The simplest choice is to take the token with the highest score, every time. This is [**greedy**](../book/glossary.md#greedy-decoding) decoding. It needs no chances and no luck, and it always gives the same text. For a question with one answer that is what you want:

# %%
facts = "The capital of France is"
sure = next_scores(facts).softmax(-1)
print(f"{facts}{tokenizer.decode([int(sure.argmax())])} ({sure.max():.0%})")

# %% [markdown]
# For a story it is not. Read what comes out here, and guess why, before you look at the figure.

# %%
shop = "I went to the shop and"
loop_ids = list(generate(model, tokenizer.encode(shop), max_new_tokens=90))
print(shop + tokenizer.decode(loop_ids))

# %% [markdown]
# It has walked in a circle and can't find out. We measure how sure it was of each token it took.

# %%
start = tokenizer.encode(shop)
with torch.no_grad():
    all_scores = model(torch.tensor([start + loop_ids]))[0]  # [T, V]
chances_then = all_scores[len(start) - 1 : -1].softmax(-1)  # [90, V]: before each of the 90 choices
taken = chances_then.gather(1, torch.tensor(loop_ids)[:, None])[:, 0]  # [90]
third = len(taken) // 3
means = [f"{part.mean():.2f}" for part in taken.split(third)[:3]]
print("mean chance of the chosen token, third by third:", means)

# %%
fig, ax = plt.subplots(figsize=(7, 2.6))
ax.bar(range(1, len(taken) + 1), taken)
ax.set(
    xlabel="token of the continuation",
    ylabel="chance it had",
    title="Each round of the loop makes the next one surer",
)
show(
    fig,
    alt="Bar chart of the chance of each chosen token. In the first round the bars vary from near 0 "
    "to 1; in the later rounds most are near 1.",
)

# %% [markdown]
# The first round was a string of modest choices. The second time the model reads its own sentence, it has seen that this text repeats itself, and texts that repeat themselves go on doing so. By the last round it is nearly certain of every word. Greedy decoding can never leave such a loop: the only way out is to take, now and then, something that is not the favourite.

# %% [markdown]
# ## 4. Random: follow the chances
#
# Let us throw a dart. Lay the chances end to end on a line from 0 to 1, so that a likely word has a long piece. Throw at a random place; the piece that is hit is the word.

# %%
p = stable_softmax(scores)
ends = p.cumsum(0)
fig, ax = plt.subplots(figsize=(7, 1.5))
for word, width, end, hatch in zip(words, p, ends, ["", "//", "..", "xx"], strict=True):
    ax.barh(
        0,
        width,
        left=end - width,
        hatch=hatch,
        edgecolor="black",
        color="white" if hatch else "#0072B2",
    )
    if width > 0.05:
        ax.text(end - width / 2, 0.55, f"{word}\n{width:.3f}", ha="center", va="bottom")
ax.annotate("dart at 0.60", (0.60, 0.4), (0.60, -1.1), ha="center", arrowprops={"arrowstyle": "->"})
ax.set(yticks=[], ylim=(-1.2, 1.6), xlim=(0, 1))
ax.grid(visible=False)
show(
    fig,
    alt="A line from 0 to 1 cut into blue 0.482, clear 0.357 and grey 0.160, with apple too thin "
    "to see at the end. A dart at 0.60 hits clear.",
)

# %% [markdown]
# The pieces end at the running totals, so finding the piece means finding the first total above the dart:


# %%
def plain_draw(p, dart):
    return int((p.cumsum(0) <= dart).sum())


print("pieces end at", [f"{end:.3f}" for end in ends])
for dart in (0.10, 0.60, 0.90, 0.9999):
    print(f"dart at {dart}: {words[plain_draw(p, dart)]}")

# %% [markdown]
# *apple* needs a dart in the last two ten-thousandths. It can happen, and that is the point: this choice treats the chances as chances. Does it? We throw 20,000 times and count. Counts never match exactly, so we need to know how far off they may be. If everything is in order, each squared error, divided by the count expected, is about 1 on average; that is the **chi-square** test. With four words, a total above 11.34 would come up by bad luck only once in a hundred tries.

# %%
throws = 20_000
darts = torch.rand(throws, generator=torch.Generator().manual_seed(1))
counts = torch.searchsorted(ends, darts, right=True).bincount(minlength=4)
for word, count, chance in zip(words, counts, p, strict=True):
    print(f"{word:6} expected {chance * throws:8.1f}   counted {count:5}")
chi_square = ((counts - p * throws) ** 2 / (p * throws)).sum()
print(f"chi-square {chi_square:.2f}, below 11.34: {bool(chi_square < 11.34)}")

# %% [markdown]
# The library draws by a race instead. Every token runs; one that is twice as likely runs twice as fast. How far each has to run is random, $-\ln u$ with $u$ between 0 and 1, and the first to arrive wins. This too gives every token exactly its chance, which you may believe or count:


# %%
def plain_race(p, generator):
    distances = -torch.rand(len(p), generator=generator, dtype=torch.float64).log()
    return int((distances / p.double()).argmin())  # time is distance divided by speed


generator = torch.Generator().manual_seed(2)
counts = torch.tensor([plain_race(p, generator) for _ in range(throws)]).bincount(minlength=4)
chi_square = ((counts - p * throws) ** 2 / (p * throws)).sum()
print("counted", counts.tolist())
print(f"chi-square {chi_square:.2f}, below 11.34: {bool(chi_square < 11.34)}")

# %% [markdown]
# Why a race, when a dart will do? Because of the last digits. Another processor adds in another order, and its scores differ from ours by about 0.00003. A tiny change in one chance moves all running totals behind it, and the dart hits a neighbour. In the race it matters only if two runners arrive at the same moment. We disturb the real model's scores by that much and draw 500 tokens with the same 500 seeds:

# %%
door = "I opened the old wooden door and"
door_scores = next_scores(door)
noise = torch.randn(len(door_scores), generator=torch.Generator().manual_seed(0)) * 0.00003
here, there = (stable_softmax(s).double() for s in (door_scores, door_scores + noise))


def seeded(seed):
    return torch.Generator().manual_seed(seed)


darts = [torch.rand((), generator=seeded(seed), dtype=torch.float64) for seed in range(500)]
by_dart = sum(plain_draw(here, dart) != plain_draw(there, dart) for dart in darts)
by_race = sum(plain_race(here, seeded(s)) != plain_race(there, seeded(s)) for s in range(500))
print(f"changed by the last digits: some darts: {by_dart > 0}, some races: {by_race > 0}")

# %% [markdown]
# So a seed gives you the text that it gave us. The library's version runs many rows at once, each with its own source of randomness, so that your text does not change when somebody else's stands beside it in the batch.

# %%
show_source(sampling.draw)

# %%
ours = [plain_race(p, seeded(seed)) for seed in range(1000)]
theirs = sampling.draw(p.expand(1000, -1), [seeded(seed) for seed in range(1000)])
print("the same 1000 draws:", ours == theirs.tolist())

# %% [markdown]
# Let the real model write. A **seed** is the number that starts the random generator: the same seed, the same text.

# %%
for seed in (5, 13):
    print(
        f"seed {seed}:",
        door + "".join(stream(model, tokenizer, door, 32, temperature=1.0, seed=seed)),
        "\n",
    )

# %% [markdown]
# One of these is a decent opening. The other trips over its own feet. What happened? Look at how the chances are spread over the vocabulary.

# %%
ordered = next_scores(door).softmax(-1).sort(descending=True).values  # [V]
tail = float(ordered[1000:].sum())
for count in (1, 10, 1000):
    print(f"the best {count:4}: {ordered[:count].sum():.1%}")
print(f"all {len(ordered) - 1000:,} others together: {tail:.1%}")
print(f"chance to hit one of those at least once in 100 tokens: {1 - (1 - tail) ** 100:.0%}")

# %% [markdown]
# Each of those tens of thousands of tokens is hopeless, but together they are not. Throw often enough and you hit one, and once nonsense stands in the text the model tries to make sense of it: it continues nonsense. Plain random choice is too brave; greedy is too timid. Everything that follows is about the room between.

# %% [markdown]
# ## 5. Temperature: how sure should it be?
#
# Our four scores again: *blue* 3.1, *clear* 2.8, *grey* 2.0, *apple* −4.4. Before softmax, divide all of them by the same number `T`. Try it on paper with `T = 2` and with `T = 0.5`: what happens to the gap between *blue* and *clear*?
#
# With `T = 2` the gap of 0.3 shrinks to 0.15; with `T = 0.5` it grows to 0.6. That is all that [**temperature**](../book/glossary.md#temperature) does. It stretches or squeezes the gaps, and softmax turns a bigger gap into a bigger lead.

# %%
for T in (0.5, 1.0, 2.0):
    print(
        f"T = {T}:",
        {word: f"{p:.4f}" for word, p in zip(words, stable_softmax(scores / T), strict=True)},
    )

# %%
temperatures = torch.logspace(-1, 2, 120)
curves = torch.stack([stable_softmax(scores / T) for T in temperatures])  # [120, 4]
fig, ax = plt.subplots()
for word, curve in zip(words, curves.T, strict=True):
    ax.plot(temperatures, curve, label=word, markevery=12)
ax.set(
    xscale="log",
    xlabel="temperature T",
    ylabel="probability",
    title="Cold: one winner. Hot: all alike.",
)
ax.legend(ncols=4, loc="upper right")
show(
    fig,
    alt="Four curves over the temperature. Near 0.1 blue has almost 1 and the others next to nothing; "
    "towards 100 all four approach 0.25.",
)

# %% [markdown]
# Read the figure from left to right. Near zero one line has everything: the model always takes its favourite, and we are back at greedy. Far to the right the lines meet at one quarter: every word, *apple* included, is as good as any other. Nothing was learned or forgotten on the way; the order of the four never changed.
#
# Two books write this formula in two ways. One divides the scores by `T`. The other raises the *probabilities* to the power `1/T` and makes them add up to 1 again. They look different. Let a cell decide.


# %%
def plain_temperature(p, T):
    powered = p ** (1 / T)
    return powered / powered.sum()


worst = 0.0
for T in (0.3, 0.7, 1.0, 1.5, 4.0):
    for row in rows[:400].double():
        difference = plain_temperature(stable_softmax(row), T) - stable_softmax(row / T)
        worst = max(worst, float(difference.abs().max()))
print(f"largest difference on 2,000 trials: {worst:.6f}")

# %% [markdown]
# They are one method. (Why? Take the logarithm of `p ** (1 / T)`. It is three lines, and exercise 2 asks for the code.)
#
# One of our sources gives *blue* 0.35, *clear* 0.25, *grey* 0.17 and *apple* 0.0002, says that the list adds up to 1, and claims that at `T = 0.5` *blue* has "about 0.5". Check both claims:

# %%
listed = torch.tensor([0.35, 0.25, 0.17, 0.0002])
print(f"the four add up to {listed.sum():.4f}")
print(f"among themselves, at T = 0.5, blue has {plain_temperature(listed, 0.5)[0]:.3f}")

# %% [markdown]
# So words are missing from the list, and what `T` makes of one word depends on all the others: a single probability has no temperature.
#
# On the real model, a little heat goes a long way, since it has so many tokens to share with:

# %%
print("  T   favourite   tokens that make up 90%")
for T in (0.5, 0.7, 1.0, 1.5, 2.0):
    falling = stable_softmax(door_scores / T).sort(descending=True).values
    print(f"{T:4}   {falling[0]:8.1%}   {int((falling.cumsum(0) < 0.9).sum()) + 1:6,}")

# %%
for T in (0.3, 0.7, 1.5, 2.5):
    print(f"T = {T}:", "".join(stream(model, tokenizer, door, 26, temperature=T, seed=0)), "\n")

# %% [markdown]
# Cool and sensible, warm and livelier, then hot gibberish. Between 0.7 and 1 is where most people leave this knob. But notice what temperature can't do: it treats the good and the hopeless alike. Heat for variety and you feed the tail; cool to starve the tail and you lose variety. We need a pair of scissors.

# %% [markdown]
# ## 6. Top-k: keep the best few
#
# The first pair of scissors: keep the `k` likeliest tokens, drop the rest, share the chances out again. This is [**top-k**](../book/glossary.md#top-k). With `k = 2` our four words become two:


# %%
def plain_top_k(scores, k):
    lowest = scores.sort(descending=True).values[k - 1]
    return torch.where(scores < lowest, -torch.inf, scores)


print([f"{score:.1f}" for score in plain_top_k(scores, 2)])
print([f"{p:.4f}" for p in stable_softmax(plain_top_k(scores, 2))])

# %% [markdown]
# Dropping means a score of minus infinity: $e^{-\infty} = 0$, so softmax gives it no chance and shares out the rest by itself. No second formula is needed.
#
# How large should `k` be? Look at the model in two moods.

# %%
hamlet = "To be or not to"
moods = {hamlet: next_scores(hamlet).softmax(-1), door: door_scores.softmax(-1)}
fig, axes = plt.subplots(1, 2, figsize=(7.5, 2.8), sharey=True)
for ax, (start, chances_here) in zip(axes, moods.items(), strict=True):
    falling = chances_here.sort(descending=True).values[:40]
    ax.bar(range(1, 41), falling)
    ax.axvline(10.5, color="black", linestyle="--", marker="")
    ax.set(title=f"{start} …", xlabel="tokens, likeliest first")
    print(f"{start}: the best has {falling[0]:.1%}, the best 10 have {falling[:10].sum():.1%}")
axes[0].set_ylabel("probability")
axes[0].text(11.5, 0.5, "k = 10")
show(
    fig,
    alt="Two bar charts of the forty likeliest tokens. After the line from Hamlet one bar stands at 0.92 "
    "and the rest are near 0; after the door the bars fall slowly. A dashed line marks k = 10.",
)

# %% [markdown]
# After *To be or not to*, ten is far too many: one token is right and nine are wrong. After the door, ten is too few: dozens of continuations would be fine. A fixed number can't fit both moods. The cut must follow the shape.

# %% [markdown]
# ## 7. Top-p: keep enough
#
# So do not count tokens, count probability. Go down from the likeliest, adding up, and stop when you have `p` of the whole, say 0.9. The token that crosses the line stays in. This is [**top-p**](../book/glossary.md#top-p), also called nucleus sampling.
#
# By hand, with the chances 0.482, 0.357, 0.160 and 0.0003 and `p = 0.9`: *blue* makes 0.482, not enough; with *clear* it is 0.839, not enough; with *grey* it is all but 1, enough. Three words stay.


# %%
def plain_top_p(scores, p):
    order = scores.argsort(descending=True)
    chances = stable_softmax(scores)[order]
    before = chances.cumsum(0) - chances  # what the likelier tokens hold together
    kept = torch.full_like(scores, -torch.inf)
    kept[order[before < p]] = scores[order[before < p]]
    return kept


running = stable_softmax(scores).cumsum(0)
print("running totals:", [f"{total:.3f}" for total in running])
left = plain_top_p(scores, 0.9).isfinite()
print("top-p 0.9 keeps", [word for word, stays in zip(words, left, strict=True) if stays])
for start, chances_here in moods.items():
    print(f"{start} … tokens kept: {int(plain_top_p(chances_here.log(), 0.9).isfinite().sum())}")

# %% [markdown]
# One rule, two answers: few where the model is sure, many where it is not.
#
# ## 8. Min-p: keep what is in sight of the best
#
# Top-p has a weakness that you can find yourself: heat the model first. At `T = 2` the chances are so flat that 90% of them means thousands of tokens, tail included. [**Min-p**](../book/glossary.md#min-p) asks another question: is this token at least, say, a tenth as likely as the favourite? Heat lowers the favourite too, so the bar comes down only a little.


# %%
def plain_min_p(scores, p):
    chances = stable_softmax(scores)
    return torch.where(chances < p * chances.max(), -torch.inf, scores)


print("tokens kept after", door)
for T in (0.7, 1.0, 1.5, 2.0):
    by_p = int(plain_top_p(door_scores / T, 0.9).isfinite().sum())
    by_min = int(plain_min_p(door_scores / T, 0.1).isfinite().sum())
    print(f"T = {T}:  top-p 0.9 keeps {by_p:6,}   min-p 0.1 keeps {by_min:4}")

# %%
for settings in ({"top_p": 0.9}, {"min_p": 0.1}):
    pieces = stream(model, tokenizer, door, 26, temperature=1.5, seed=1, **settings)
    print(settings, "at T = 1.5:", "".join(pieces), "\n")

# %% [markdown]
# Are these the filters that everybody uses? The library's versions work on batches and refuse settings that make no sense. Here they are beside ours, on rows of random scores:

# %%
show_source(sampling.top_p)

# %%
pairs = [
    (plain_top_k, sampling.top_k, 7),
    (plain_top_p, sampling.top_p, 0.9),
    (plain_min_p, sampling.min_p, 0.1),
]
for plain, hardened, value in pairs:
    ours = torch.stack([plain(row, value) for row in rows[:2000]])
    same = torch.equal(ours, hardened(rows[:2000], value))
    print(f"{hardened.__name__}: the same on {len(ours)} rows: {same}")

# %% [markdown]
# ## 9. The repetition penalty: been there
#
# The scissors do not stop the loop of section 3: inside a loop the favourite is near 1, and nothing else passes any filter. The [**repetition penalty**](../book/glossary.md#repetition-penalty) works on the scores of tokens that have already occurred. A first idea is to divide them by, say, 1.3. Do it on paper for a score of 3.1 and for one of −4.4. What goes wrong?
#
# 3.1 falls to 2.38, as it should. But −4.4 *rises* to −3.38: an unlikely token would be rewarded for having occurred. So positive scores are divided and negative ones multiplied.


# %%
def plain_penalty(scores, seen, penalty):
    penalised = scores.clone()
    penalised[seen] = torch.where(scores[seen] < 0, scores[seen] * penalty, scores[seen] / penalty)
    return penalised


print(
    f"3.1 / 1.3 = {3.1 / 1.3:.2f}   -4.4 / 1.3 = {-4.4 / 1.3:.2f}   -4.4 * 1.3 = {-4.4 * 1.3:.2f}"
)
seen = torch.tensor([0, 3])
print([f"{score:.2f}" for score in plain_penalty(scores, seen, 1.3)])
theirs = sampling.repetition_penalty(scores, seen, 1.3)
print("as the library:", torch.equal(plain_penalty(scores, seen, 1.3), theirs))

# %%
print(shop + "".join(stream(model, tokenizer, shop, max_new_tokens=60, repetition_penalty=1.2)))

# %% [markdown]
# Still greedy, and no loop. But read it closely: a penalty also forbids what must repeat, such as *the*, a name, or the brackets of a program. It is a crutch. Keep it small or leave it out, and use chance to get out of loops.

# %% [markdown]
# ## 10. In which order?
#
# We now have five tools: penalty, temperature, top-k, top-p, min-p. Used together, does their order matter? Put temperature before top-p, then after it, and count.

# %%
hot = 2.0
before = plain_top_p(door_scores / hot, 0.9).isfinite()
after = plain_top_p(door_scores, 0.9).isfinite()
print(
    f"temperature first: {int(before.sum()):,} tokens kept   top-p first: {int(after.sum()):,} tokens kept"
)

# %% [markdown]
# It matters a great deal. Most libraries follow Hugging Face's *transformers*: **repetition penalty, temperature, top-k, top-p, min-p, draw**. Ours does too, so that a setting you read somewhere means the same here. (llama.cpp is the well-known exception: it heats last.) In the library the order is a method that you can read in one breath:

# %%
show_source(Sampler._filter)

# %% [markdown]
# `Sampler` holds the settings, checks them, and draws. Here it is beside our plain chain, 100 times:

# %%
settings = {"temperature": 0.8, "top_k": 40, "top_p": 0.9, "min_p": 0.05, "repetition_penalty": 1.1}
history = torch.tensor(tokenizer.encode(door))


def plain_choice(scores, generator):
    scores = plain_penalty(scores, history, 1.1) / 0.8
    scores = plain_min_p(plain_top_p(plain_top_k(scores, 40), 0.9), 0.05)
    return plain_race(stable_softmax(scores), generator)


equal = 0
for seed in range(100):
    chosen = Sampler(**settings, seed=seed)(door_scores[None], history[None])
    equal += int(chosen) == plain_choice(door_scores, seeded(seed))
print(f"{equal} of 100 choices are the same")

# %% [markdown]
# What does the hardened version add? Batches with a seed for each row. A temperature of 0, which would divide by zero, means greedy. Settings that make no sense are refused with the rule they break, and so are scores that are no longer numbers: a model that has broken down must say so, not write on.

# %%
for broken in ({"temperature": -1.0}, {"top_k": 0}, {"top_p": 1.5}):
    try:
        Sampler(**broken)
    except ValueError as error:
        print(error)
try:
    Sampler()(torch.tensor([[0.1, float("nan"), 0.3]]))
except ValueError as error:
    print(error)

# %% [markdown]
# ## 11. Turn the knobs yourself
#
# The bars are the real model's, after our first sentence. Move the temperature and the filters and watch who stays in. Things to try: find the lowest temperature at which *blue* keeps more than 2%. Set `top_k` to 3 and heat: what can the temperature still change, and what not? Set `T` to 2 and compare `top_p` 0.9 with `min_p` 0.1.

# %%
sky_scores = next_scores(prompt)  # [V]


def draw_distribution(T, top_k, top_p, min_p):
    scores = Sampler(temperature=T, top_k=top_k, top_p=top_p, min_p=min_p).scores(sky_scores[None])[
        0
    ]
    chances = sampling.softmax(scores)
    kept = int(scores.isfinite().sum())
    best = [
        f"{visible(token)} {chance:.1%}" for chance, token in zip(*chances.topk(3), strict=True)
    ]
    figure = draw_bars(chances, 12, f"{prompt} …   {kept:,} tokens kept")
    return figure, f"{kept:,} tokens kept; " + ", ".join(best)


slider = {"continuous_update": False}
explore(
    draw_distribution,
    T=widgets.FloatSlider(value=1.0, min=0.1, max=3.0, step=0.1, **slider),
    top_k=widgets.IntSlider(value=1000, min=1, max=1000, **slider),
    top_p=widgets.FloatSlider(value=1.0, min=0.05, max=1.0, step=0.05, **slider),
    min_p=widgets.FloatSlider(value=0.0, min=0.0, max=0.5, step=0.05, **slider),
)

# %% [markdown]
# ## 12. How good is the model at guessing?
#
# Until now we chose. Now turn it round: somebody has already written the text, and we ask what chance the model gave to each token that really came. A good model gives high chances. [**Perplexity**](../book/glossary.md#perplexity) puts this into one number with a meaning you can feel: *between how many equally likely tokens was it choosing?*
#
# By hand: if each of two tokens had the chance 1/2, it was choosing between 2. If each had 1/8, between 8. If one had 1/2 and the other 1/8? The chances multiply along a text, so the right mean is the one for products: $\sqrt{2 \cdot 8} = 4$. With logarithms the product becomes a sum:
#
# $$\text{perplexity} = \exp\left(\frac{1}{n}\sum_{i=1}^{n} -\ln p_i\right)$$


# %%
def plain_perplexity(chances):
    return torch.tensor(chances).log().neg().mean().exp()


for chances_given in ([0.5, 0.5], [0.125, 0.125], [0.5, 0.125], [1 / 49152] * 5):
    print(f"{plain_perplexity(chances_given):10,.1f}   {[round(c, 5) for c in chances_given]}")

# %% [markdown]
# The last line is a model that knows nothing and shares its chances out evenly over its vocabulary: it chooses between 49,152 tokens. Now the real one. It reads an opening first, so that it knows where it is; then we count, on the sentences that follow, and on the same words shuffled.

# %%
opening = "Every evening the old woman climbed the stairs of the lighthouse, lit the lamp, and sat down with her tea."
story = " From the window she could see the whole bay. One night, when the fog was thick, there was a knock at the door."
pieces = story.split()
order = torch.randperm(len(pieces), generator=torch.Generator().manual_seed(0))
shuffled = " " + " ".join(pieces[i] for i in order)


def given_chances(text):
    """The chance that the model gave to each token of a text that follows the opening: [T]."""
    before, ids = tokenizer.encode(opening), tokenizer.encode(text)
    with torch.no_grad():
        chances = model(torch.tensor([before + ids]))[0, len(before) - 1 : -1].softmax(-1)  # [T, V]
    return chances.gather(1, torch.tensor(ids)[:, None])[:, 0]


for name, text in [("as written", story), ("shuffled", shuffled)]:
    print(f"{name:10}  perplexity {plain_perplexity(given_chances(text).tolist()):8,.1f}")

# %%
ids = tokenizer.encode(story)
surprise = -given_chances(story).log2()  # bits
fig, ax = plt.subplots(figsize=(7.5, 2.9))
ax.bar(range(len(ids)), surprise)
ax.set_xticks(range(len(ids)), [visible(token) for token in ids], rotation=90, fontsize=7)
ax.grid(axis="x", visible=False)
ax.set(ylabel="surprise in bits", title="What is new surprises; small words do not")
show(
    fig,
    alt="Bar chart of the surprise of each token of the story. Words that bring something new stand high; "
    "small words and the ends of set phrases are near 0.",
)
for token, bits in [(ids[i], surprise[i]) for i in surprise.topk(3).indices]:
    print(f"{visible(token):12} 1 in {2**bits:,.0f}")

# %% [markdown]
# A surprise of one bit is a coin toss, ten bits are one chance in about a thousand. The shuffled words are the same words, and the model is lost among them: it has learned what follows what. (Compare perplexities only between models with the same tokens. A model that reads letters chooses between few things, but it must choose far more often.)

# %% [markdown]
# ## 13. What goes wrong
#
# Three mistakes that everybody makes once. The first: a temperature of exactly 0.

# %%
naive = plain_softmax(scores / 0)
print("probabilities:", naive.tolist())
print("drawn all the same:", words[plain_draw(naive, 0.5)])

# %% [markdown]
# No error, just `nan`, and then a word is "chosen" all the same: comparisons with `nan` are always false, so the dart stops at the first one. The second: softmax over the wrong axis. With one row it is even invisible.

# %%
batch = torch.stack([scores, scores.flip(0)])  # [2, 4]: two requests, four words each
for dim in (0, -1):
    sums = sampling.softmax(batch, dim=dim).sum(1)
    print(f"dim={dim:2}: the rows sum to", [f"{total:.3f}" for total in sums])

# %% [markdown]
# The third: top-p that adds up in the order of the vocabulary instead of the order of likelihood. It looks right on a sorted example, such as ours. On the real model it keeps whatever stands first in the list:

# %%
real = sky_scores.softmax(-1)
unsorted = real.cumsum(0) - real < 0.9
right = plain_top_p(sky_scores, 0.9).isfinite()
print(f"kept: {int(unsorted.sum()):,} tokens; there should be {int(right.sum())}")
print(f"of those {int(right.sum())}, it threw away {int((right & ~unsorted).sum())}")

# %% [markdown]
# ## Exercises
#
# Write each function where the dots are and run the cell. `check` tries it on small cases and tells you what it finds. In a cell of your own, `hint("softmax")` helps a step at a time and `show_solution("softmax")` shows one way to do it; both come from `lessons_lib.classroom`, and the word in quotes is the one that stands in `check`.
#
# ### {exercise: softmax}
#
# Any number of rows at once: `scores` has the shape `[..., V]`, and each row along the last axis becomes a distribution.


# %% tags=["exercise"]
def my_softmax(scores):
    """scores [..., V] to probabilities [..., V]; each row sums to 1, for any scores."""
    ...


check("softmax", my_softmax)

# %% [markdown]
# ### {exercise: temperature}
#
# You have only the probabilities `p` of one row. Change their temperature to `T`.


# %% tags=["exercise"]
def my_temperature(p, T):
    """probabilities p [V] and T > 0 to probabilities [V] at that temperature; they sum to 1."""
    ...


check("temperature", my_temperature)

# %% [markdown]
# ### {exercise: top_k}
#
# From probabilities to probabilities this time. The library, like *transformers*, lets everything through that ties with the last one kept; be stricter here and keep exactly `k`, of tied tokens the first in the row.


# %% tags=["exercise"]
def my_top_k(p, k):
    """probabilities p [V] and k >= 1 to probabilities [V]: the k largest, shared out again."""
    ...


check("top_k", my_top_k)

# %% [markdown]
# ### {exercise: top_p}
#
# The smallest set of likeliest tokens whose total reaches the threshold.


# %% tags=["exercise"]
def my_top_p(p, threshold):
    """probabilities p [V] and 0 < threshold <= 1 to probabilities [V]: just enough of the likeliest."""
    ...


check("top_p", my_top_p)

# %% [markdown]
# ### {exercise: perplexity}
#
# Plain Python: a list in, a number out.


# %% tags=["exercise"]
def my_perplexity(probabilities):
    """a list of the chances that the tokens which came had, each above 0, to one number."""
    ...


check("perplexity", my_perplexity)

# %% [markdown]
# ### {exercise: sampler}
#
# Temperature, top-k, top-p and the dart `u`, in this order. You may use the functions you have written. `T = 0` is greedy.


# %% tags=["exercise"]
def my_choose(scores, T, k, threshold, u):
    """scores [V], T >= 0, k >= 1, 0 < threshold <= 1 and 0 <= u < 1 to the chosen token's id."""
    ...


check("sampler", my_choose)

# %% [markdown]
# ## Quiz

# %%
quiz("01")

# %% [markdown]
# What you have solved so far, in this lesson and the others:

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A model gives every token a score; softmax turns scores into chances. Only the gaps between scores count.
# - Greedy is for answers. It loops, because a text that repeats itself makes repetition likelier.
# - Plain random choice hits the tail sooner or later. Temperature moves chance between favourites and outsiders; top-k, top-p and min-p cut the tail off.
# - The order is penalty, temperature, top-k, top-p, min-p, draw.
# - Perplexity says between how many tokens the model was choosing.
#
# **Papers.** [Fan, Lewis and Dauphin 2018](https://arxiv.org/abs/1805.04833), *Hierarchical Neural Story Generation* (top-k). [Holtzman and others 2020](https://arxiv.org/abs/1904.09751), *The Curious Case of Neural Text Degeneration* (top-p, and why greedy text is dull). [Keskar and others 2019](https://arxiv.org/abs/1909.05858), *CTRL* (the repetition penalty). [Nguyen and others 2024](https://arxiv.org/abs/2407.01082), *Turning Up the Heat* (min-p).
#
# **Next:** in lesson 02 we make the vocabulary itself, merge by merge, and read the real ones of GPT-4, Llama and Qwen.
