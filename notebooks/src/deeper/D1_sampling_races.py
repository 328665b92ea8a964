# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # D1 · Sampling races
#
# **Which token wins, and which setting?**
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/llms-from-the-ground-up/blob/v0.2.0/notebooks/deeper/D1_sampling_races.ipynb)
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | about a minute on two cores |
# | You need | lesson 01: [the dart](../01_tokens_and_sampling.ipynb#4.-Random:-follow-the-chances), [top-p](../01_tokens_and_sampling.ipynb#7.-Top-p:-keep-enough), [min-p](../01_tokens_and_sampling.ipynb#8.-Min-p:-keep-what-is-in-sight-of-the-best), [surprise in bits](../01_tokens_and_sampling.ipynb#11.-How-good-is-the-model-at-guessing?) |
# | It adds to `lessons_lib` | `sampling.draw` of `generation/sampling.py` |
#
# {route}
#
# This notebook goes deeper than lesson 01. Nothing later needs it.

# %%
import importlib.util

if importlib.util.find_spec("lessons_lib") is None:
    # %pip install -q --no-deps git+https://github.com/OWNER/llms-from-the-ground-up@v0.2.0
    importlib.invalidate_caches()

# %%
import math

import numpy as np
import torch

import lessons_lib
from lessons_lib.classroom import claim, show, show_source, use_style
from lessons_lib.classroom.lessons.lesson01 import figures
from lessons_lib.generation import generate, sampling

use_style()

# %% [markdown]
# ## The finished thing first
#
# The same model, the same sentence and the same seed, twice: the same text. That is easy on one machine. The library promises a little more: the same text on another processor too, but for rare ties. This notebook shows what that takes, and then lets settings race against each other.

# %%
torch.set_num_threads(1)  # of many small steps none is worth sharing out
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
prompt = tokenizer.encode("The sun is shining, and the sky is")
twice = [list(generate(model, prompt, 20, temperature=0.8, seed=4)) for _ in range(2)]
print(tokenizer.decode(twice[0]))
claim("The same seed gives the same text.", twice[0] == twice[1])

# %% [markdown]
# ## 1. A race
#
# Lesson 01 throws a dart at chances that lie end to end. The library draws otherwise. Every token runs; one that is twice as likely runs twice as fast. How far each has to run is random, $-\ln u$ with $u$ drawn between 0 and 1, and the first to arrive is chosen.


# %%
def plain_race(p, generator):
    distances = -torch.rand(len(p), generator=generator, dtype=torch.float64).log()
    return int((distances / p.double()).argmin())  # time is distance divided by speed


def plain_draw(p, dart):
    return int((p.cumsum(0) <= dart).sum())


words = ["blue", "clear", "grey", "apple"]
p = sampling.softmax(torch.tensor([3.1, 2.8, 2.0, -4.4]))
throws = 20_000
generator = torch.Generator().manual_seed(2)
drawn = [plain_race(p, generator) for _ in range(throws)]
counts = torch.tensor([drawn.count(i) for i in range(4)])
for word, count, chance in zip(words, counts, p, strict=True):
    expected = throws * float(chance)
    print(
        f"{word:6} expected {expected:8.1f}   counted {count:5}   squared error / expected {(count - expected) ** 2 / expected:.2f}"
    )

# %% [markdown]
# Are these counts near enough? Counts never match exactly. The last column is the measure: if all is in order, a squared error divided by the count expected is $1 - p_i$ on average (a count with chance $p_i$ has that spread), so the four together are 3 on average. This sum is called **chi-square**. How large may it get by bad luck? We need no table: let an honest dart play the same game 1,000 times.

# %%
chances = p.double().numpy()
fair_counts = np.random.default_rng(3).multinomial(
    throws, chances / chances.sum(), size=1000
)  # [1000, 4]
fair_squares = ((fair_counts - throws * chances) ** 2 / (throws * chances)).sum(1)
chi_square = float(((counts - throws * p) ** 2 / (throws * p)).sum())
share = float((fair_squares >= chi_square).mean())
print(f"an honest game: {fair_squares.mean():.1f} on average; the race: {chi_square:.1f}")
print(f"of the honest games {share:.0%} were further off than the race")
claim("The race is no further off than an honest draw may be.", share > 0.05)

# %% [markdown]
# ## 2. Why a race, when a dart will do?
#
# Because of the last digits. Another processor adds in another order, and its scores differ from ours in the last digits; we take differences of about 0.00003. A tiny change in one chance moves all running totals behind it, and the dart may hit a neighbour. In the race it matters only if two runners arrive at the same moment. We disturb the scores by that much. For the dart we can say exactly how often the choice changes: wherever it does not fall into the same piece both times. The race we run, 1,500 times with the same seeds.

# %%
with torch.no_grad():
    scores = model(torch.tensor([prompt]))[0, -1]  # [V]
noise = torch.randn(len(scores), generator=torch.Generator().manual_seed(0)) * 0.00003
here, there = (sampling.softmax(row).double() for row in (scores, scores + noise))


def seeded(seed):
    return torch.Generator().manual_seed(seed)


ends = here.cumsum(0), there.cumsum(0)
starts = ends[0] - here, ends[1] - there
both = torch.minimum(*ends) - torch.maximum(*starts)  # where the piece of a token lies in both
by_dart = 1 - float(both.clamp(min=0).sum())
print(f"the dart: {by_dart:.1%} of all choices change, {1500 * by_dart:.0f} of 1,500")
pairs = [(plain_race(here, seeded(s)), plain_race(there, seeded(s))) for s in range(1500)]
by_race = sum(one != other for one, other in pairs)
print(f"the race: {by_race} of 1,500")
claim("The race changed none.", by_race == 0)
unlucky = (1 - by_dart) ** 1500
claim("Were it no better than the dart, that would be luck of less than 1 in 100.", unlucky < 0.01)

# %% [markdown]
# One change is enough: from there on the text is another one. So over a text of some hundred tokens the dart would part company now and then, and the race more rarely. More rarely is not never: near ties remain, and 1,500 choices at one place of one text do not say how rare they are elsewhere.
#
# Here is the library's version, and beside it ours, drawing 1,000 times. It runs many rows at once, each with its own source of randomness, so that your text does not change when somebody else's stands beside it in the batch.

# %%
show_source(sampling.draw)

# %%
ours = [plain_race(p, torch.Generator().manual_seed(seed)) for seed in range(1000)]
theirs = sampling.draw(p.expand(1000, -1), [torch.Generator().manual_seed(s) for s in range(1000)])
claim("The same 1,000 draws.", ours == theirs.tolist())

# %% [markdown]
# ## 3. In which order do others filter?
#
# Our order is that of *transformers*: temperature, top-k, top-p, min-p. llama.cpp heats last. vLLM applies min-p before top-k and top-p, so that top-p then shares out what min-p left. The same four settings in the three orders:

# %%
T, k, top, low = 1.5, 200, 0.9, 0.1
filters = {
    "temperature": lambda s: s / T,
    "top-k": lambda s: sampling.top_k(s, k),
    "top-p": lambda s: sampling.top_p(s, top),
    "min-p": lambda s: sampling.min_p(s, low),
}
orders = {
    "transformers": ("temperature", "top-k", "top-p", "min-p"),
    "vLLM": ("temperature", "min-p", "top-k", "top-p"),
    "llama.cpp": ("top-k", "top-p", "min-p", "temperature"),
}
kept = {}
for library, order in orders.items():
    row = scores
    for name in order:
        row = filters[name](row)
    kept[library] = int(row.isfinite().sum())
    print(f"{library:13} keeps {kept[library]:3} tokens: {', '.join(order)}")
claim("Three orders, three numbers of tokens.", len(set(kept.values())) == 3)

# %% [markdown]
# ## 4. Settings race
#
# Now three settings, eight seeds each, 24 tokens a text. We measure the surprise of each text, in bits a token, for the model that wrote it. With eight numbers for each setting we can say how sure the mean is: its [**standard error**](../../book/glossary.md#standard-error) is the spread of the eight divided by $\sqrt{8}$, and two of them to either side is what we draw.


# %%
def surprise(ids):
    with torch.no_grad():
        rows = model(torch.tensor([prompt + ids]))[0, len(prompt) - 1 : -1].log_softmax(
            -1
        )  # [T, V]
    return (
        -sum(float(row[token]) for row, token in zip(rows, ids, strict=True))
        / math.log(2)
        / len(ids)
    )


settings = {
    "T 0.8, top-p 0.9": {"temperature": 0.8, "top_p": 0.9},
    "T 1.0": {"temperature": 1.0},
    "T 1.5, min-p 0.1": {"temperature": 1.5, "min_p": 0.1},
}
measured = {}
for name, setting in settings.items():
    texts = [
        list(generate(model, prompt, 24, stop_token_ids=(), seed=s, **setting)) for s in range(8)
    ]
    measured[name] = torch.tensor([surprise(ids) for ids in texts])  # [8]

# %%
bars = {}
for name, values in measured.items():
    mean, error = float(values.mean()), float(values.std()) / math.sqrt(8)
    bars[name] = (mean - 2 * error, mean + 2 * error)
    print(f"{name:17} {mean:.1f} ± {2 * error:.1f} bits a token")
lowest, middle, highest = sorted(bars.values())
claim("No two of the three bars overlap.", lowest[1] < middle[0] and middle[1] < highest[0])
claim(
    "The one without a filter is the highest, although it is not the hottest.",
    bars["T 1.0"] == highest,
)

# %% tags=["hide-input"]
show(
    figures.with_errors(measured, "surprise in bits a token"),
    alt="For three settings the surprise of eight texts each, with the mean and two standard errors to either side. "
    "T 0.8 with top-p lies lowest, T 1.5 with min-p in the middle, T 1.0 without a filter highest; the bars do not overlap.",
)

# %% [markdown]
# So on this sentence and at this length the race has an order, and in it a filter outweighs more heat. It may be another one on another sentence: that is another race. And which text is *better*, this number does not say. Surprise is low for a bore and high for noise; a good story lies somewhere between, and where is for readers to say. (Lesson 14 is about that.)
#
# ## 5. What goes wrong
#
# *A common mistake* is to compare texts of different lengths. Take the share of word triples (three tokens in a row) that occurred before in the text, a usual measure of repetition. It grows with the length, for the very same text:


# %%
def repeated(ids):
    triples = list(zip(ids, ids[1:], ids[2:], strict=False))
    return 1 - len(set(triples)) / len(triples)


greedy = list(generate(model, prompt, 200))
shares = {length: repeated(greedy[:length]) for length in (80, 120, 160, 200)}
print(
    "greedy:",
    ", ".join(f"{share:.0%} of the first {length} tokens" for length, share in shares.items()),
)
claim("The longer, the more repeated.", list(shares.values()) == sorted(shares.values()))

# %% [markdown]
# Put a greedy text of 200 tokens beside drawn ones of 24, and greedy looks worse than it is. In section 4 all texts have the same length.
#
# ## What to take with you
#
# - A dart and a race draw with the same chances. The race forgives differences in the last digits; the dart passes each on to all tokens behind it.
# - An order of filters is part of a setting.
# - Several seeds, the same length, the mean with its error: otherwise a race between settings has no winner.
#
# **Paper.** [Maddison, Tarlow and Minka 2014](https://arxiv.org/abs/1411.0030), *A\* Sampling* (the Gumbel-max trick, of which the race is a twin).
#
# **Next:** back to [the course](../01_tokens_and_sampling.ipynb).
