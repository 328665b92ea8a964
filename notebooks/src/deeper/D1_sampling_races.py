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
# {badge}
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
# {setup}

# %%
import copy
import math

import numpy as np
import torch

import lessons_lib
from lessons_lib.classroom import claim, show, show_source, use_style
from lessons_lib.classroom.lessons.lesson01 import figures
from lessons_lib.generation import Request, Sampler, generate, generate_batch, sampling

use_style()

# %% [markdown]
# ## The finished thing first
#
# The same model, the same sentence and the same seed, twice: the same text. That is easy on one machine. The library aims at a little more: the same text on another processor too, but for rare ties. This notebook shows what that takes, and then lets settings race against each other.

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
#
# Why does token $i$, of speed $p_i$, win with the chance $p_i$? It is still on its way at time $t$ if $-\ln u > p_i t$, so with chance $e^{-p_i t}$. For all together these multiply to $e^{-t}$, since speeds add up to 1. And who arrives in the next instant? Each arrival is as likely as its speed, so $i$'s share is $p_i$, at any moment. (Take minus the logarithm of each time: $\ln p_i$ plus noise named after Gumbel, and the largest wins. That is the **Gumbel-max trick**.)


# %%
def plain_race(p, generator):
    distances = -torch.rand(len(p), generator=generator, dtype=torch.float64).log()
    return int((distances / p.double()).argmin())  # time is distance divided by speed


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
# Are these counts near enough? Counts never match exactly. The last column is the measure: if all is in order, a squared error divided by the count expected is $1 - p_i$ on average (of $n$ draws, a count of chance $p_i$ has the [variance](../A2_maths.ipynb#8.-Mean-and-spread) $n p_i (1 - p_i)$, and the expected count is $n p_i$), so the four together are 3 on average. This sum is called **chi-square**. A small sum is harmless luck; how large may it get by bad luck? We need no table: let an honest dart play the same game 1,000 times (`multinomial` counts its hits).

# %%
chances = p.double().numpy()
fair_counts = np.random.default_rng(3).multinomial(
    throws, chances / chances.sum(), size=1000
)  # [1000, 4]
fair_squares = ((fair_counts - throws * chances) ** 2 / (throws * chances)).sum(1)
chi_square = float(((counts - throws * p) ** 2 / (throws * p)).sum())
limit = np.quantile(fair_squares, 0.99)  # the number that 99 of 100 honest games stay below
wrong = torch.tensor([0.45, 0.35, 0.19, 0.01])
wrong_square = float(((throws * (wrong - p)) ** 2 / (throws * p)).sum())
print(f"an honest game: {fair_squares.mean():.1f} on average, 99 of 100 below {limit:.1f}")
print(
    f"the race: {chi_square:.1f}; chances of 0.45, 0.35, 0.19, 0.01 would give {wrong_square:,.0f}"
)
claim("The race is no further off than an honest draw may be.", chi_square < limit)
claim("A sampler with those wrong chances is caught.", wrong_square > limit)

# %% [markdown]
# ## 2. Why a race, when a dart will do?
#
# Because of the last digits. Another processor adds in another order, and its scores differ from ours there. How much? We have no second processor here, so we compare with the same model in float64 (numbers of 64 bits, with more digits), and then simulate with noise of about that size.

# %%
with torch.no_grad():
    scores = model(torch.tensor([prompt]))[0, -1].double()  # [V]
    exact = copy.deepcopy(model).double()(torch.tensor([prompt]))[0, -1]
claim("Spread of the difference: 0.000001 to 0.00002.", 1e-6 < float((exact - scores).std()) < 2e-5)
noise = torch.randn(len(scores), generator=torch.Generator().manual_seed(0)) * 0.00001
here, there = (row.softmax(-1) for row in (scores, scores + noise))

# %% [markdown]
# A tiny change in one chance moves all running totals behind it, and the dart may hit a neighbour: its choice changes wherever it does not fall into the same piece both times. In the race a choice changes only if two runners arrive at nearly the same moment. For both we can say exactly how often. The race chooses $i$ both times with the chance $1 / \sum_j \max(p_j / p_i, q_j / q_i)$, with $p$ here and $q$ there: $i$ must beat each $j$ in both races, so the faster $j$ of the two counts.


# %%
def changed_by_dart(p, q):
    ends, starts = (p.cumsum(0), q.cumsum(0)), (p.cumsum(0) - p, q.cumsum(0) - q)
    both = torch.minimum(*ends) - torch.maximum(*starts)  # from the later start to the earlier end
    return 1 - float(both.clamp(min=0).sum())


def changed_by_race(p, q):
    order = (q / p).argsort()  # behind i, it is q that makes the larger ratio
    p, q = p[order], q[order]
    behind = q.flip(0).cumsum(0).flip(0) - q
    return 1 - float((1 / (p.cumsum(0) / p + behind / q)).sum())


small = torch.tensor([0.5, 0.3, 0.2]).double(), torch.tensor([0.4, 0.3, 0.3]).double()
slow = sum(
    1 / float(torch.maximum(small[0] / small[0][i], small[1] / small[1][i]).sum()) for i in range(3)
)
claim("With three tokens it is the formula.", abs(1 - slow - changed_by_race(*small)) < 1e-12)
by_dart, by_race = changed_by_dart(here, there), changed_by_race(here, there)
print(f"the dart changes {10_000 * by_dart:.0f} of 10,000 choices")
print(f"the race changes {1_000_000 * by_race:.0f} of 1,000,000")
exact_chances = exact.softmax(-1)
in_float64 = changed_by_dart(here, exact_chances), changed_by_race(here, exact_chances)
claim("The dart changes more than 100 times as often.", by_dart > 100 * by_race)
claim("Also between float32 and float64, without noise.", in_float64[0] > 100 * in_float64[1])

# %% [markdown]
# One change is enough: from there on the text is another one. More rarely is not never, and this is one place of one text, and no second processor has tried it.
#
# Here is the library's version, and beside it ours, drawing 1,000 times. It runs many rows at once (a [batch](../../book/glossary.md#batch)), each with its own source of randomness, so that the draws for your text do not depend on whose text stands beside it. `clamp` is there because `rand` may give 0, whose logarithm is minus infinity.

# %%
show_source(sampling.draw)

# %%
ours = [plain_race(p, torch.Generator().manual_seed(seed)) for seed in range(1000)]
theirs = sampling.draw(p.expand(1000, -1), [torch.Generator().manual_seed(s) for s in range(1000)])
claim("The same 1,000 draws.", ours == theirs.tolist())

# %% [markdown]
# ## 3. In which order do others filter?
#
# Three programs that run models, with their orders by default. Ours is that of *transformers*: temperature, top-k, top-p, min-p. llama.cpp heats last. vLLM (since its engine V1) applies min-p before top-k and top-p, so that top-p then shares out what min-p left. The same four settings in the three orders:

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
# Now four settings, 12 seeds each, 24 tokens a text. We measure the surprise of each text, in bits a token, for the model that wrote it, as it is: at T = 1, without a filter. With 12 numbers for each setting we can say how sure the mean is: its [**standard error**](../../book/glossary.md#standard-error) is the spread of the 12 divided by $\sqrt{12}$, and two of them to either side is what we draw. (`generate_batch` writes all 12 texts at once, one for each `Request`.) The last setting is the control: the heat of the one before, without its filter.


# %%
def write(**setting):
    requests = [Request(prompt, 24, Sampler(seed=s, **setting), []) for s in range(12)]
    texts = [[] for _ in requests]
    for number, token in generate_batch(model, requests):
        if token.id is not None:  # None says that a text has ended
            texts[number].append(token.id)
    return torch.tensor(texts)  # [12, 24]


def surprise(texts):
    whole = torch.cat([torch.tensor(prompt).expand(len(texts), -1), texts], 1)
    with torch.no_grad():
        rows = model(whole)[:, len(prompt) - 1 : -1].log_softmax(-1)  # [12, 24, V]
    came = rows.gather(-1, texts[..., None])[..., 0]  # from each row that of the token that came
    return -came.mean(1) / math.log(2)  # [12], in bits


settings = {
    "T 0.8, top-p 0.9": {"temperature": 0.8, "top_p": 0.9},
    "T 1.0": {"temperature": 1.0},
    "T 1.5, min-p 0.1": {"temperature": 1.5, "min_p": 0.1},
    "T 1.5": {"temperature": 1.5},
}
measured = {name: surprise(write(**setting)) for name, setting in settings.items()}

# %%
bars = {}
for name, values in measured.items():
    mean, error = float(values.mean()), float(values.std()) / math.sqrt(12)
    bars[name] = (mean - 2 * error, mean + 2 * error)
    print(f"{name:17} {mean:.1f} ± {2 * error:.1f} bits a token")
ranked = [measured[n] for n in ("T 0.8, top-p 0.9", "T 1.5, min-p 0.1", "T 1.0", "T 1.5")]
thirds = torch.stack(ranked).reshape(4, 3, 4).mean(-1)  # [settings, thirds of the seeds]
claim("Each third of the seeds has its means in this order.", bool((thirds.diff(dim=0) > 0).all()))

# %% tags=["hide-input"]
show(
    figures.with_errors(
        measured, "surprise in bits a token", "Heat without a filter surprises most"
    ),
    alt="For four settings the surprise of 12 texts each, with the mean and two standard errors to either side. Lowest T 0.8 "
    "with top-p, then T 1.5 with min-p, then T 1.0 without a filter; T 1.5 without a filter lies far above all others.",
)

# %% [markdown]
# So on this sentence and at this length the means have an order, the same for seeds 0 to 3, 4 to 7 and 8 to 11. At T = 1.5 the filter takes away most of the surprise, and more than the heat had added to it. The order may be another one on another sentence: that is another race. And which text is *better*, this number does not say. In lesson 01 it was low for the bore and high for noise; what is a good story is for readers to say.
#
# ## 5. What goes wrong
#
# *A common mistake* is to compare texts of different lengths. Take the share of token triples (three tokens in a row) that occurred before in the text, a usual measure of repetition. It grows with the length, for the very same text:


# %%
def repeated(ids):
    triples = list(zip(ids, ids[1:], ids[2:], strict=False))
    return 1 - len(set(triples)) / len(triples)


greedy = list(generate(model, prompt, 120))
shares = {length: repeated(greedy[:length]) for length in (60, 80, 100, 120)}
print(
    "greedy:",
    ", ".join(f"{share:.0%} of the first {length} tokens" for length, share in shares.items()),
)
claim("The longer, the more repeated.", list(shares.values()) == sorted(shares.values()))

# %% [markdown]
# Put a greedy text of 120 tokens beside drawn ones of 24, and greedy looks worse than it is. In section 4 all texts have the same length.
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
