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
# | You need | lesson 01: [the dart](../01_tokens_and_sampling.ipynb#4.-Random:-follow-the-chances), [top-p](../01_tokens_and_sampling.ipynb#7.-Top-p:-keep-enough), [min-p](../01_tokens_and_sampling.ipynb#8.-Min-p:-keep-what-is-in-sight-of-the-best), [the repetition penalty](../01_tokens_and_sampling.ipynb#9.-The-repetition-penalty:-been-there), [surprise in bits](../01_tokens_and_sampling.ipynb#11.-How-good-is-the-model-at-guessing?) |
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
# The same model, the same sentence and the same seed, twice: the same text. That is easy on one machine. The library aims at a little more: the same text on another processor too, but for rare ties. This notebook shows what that takes, lets settings race against each other, and asks why greedy repeats itself.

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
# At which scores does min-p cut at a temperature $T$? A token is a tenth as likely as the favourite when $e^{-\text{gap}/T} = 1/10$, so what survives is every score whose gap to the best is at most $T \ln 10$.

# %%
equal = []
for T in (1, 5):
    hot = sampling.min_p(scores / T, 0.1)
    equal.append(torch.equal(hot.isfinite(), scores >= scores.max() - T * math.log(10)))
claim("At T = 1 and at T = 5 min-p 0.1 keeps the scores within T ln 10 of the best.", all(equal))

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
# ## 5. Why greedy repeats itself
#
# The greedy text of lesson 01 comes back to the same words, and is ever surer of them. Is a sentence likelier once it has stood there? We take three sentences and ask how likely the model finds each after 0 to 4 copies of itself. To compare: after another of the three, once and four times.


# %%
def mean_chance(before, after):
    """The mean of the chances that the model gave to the tokens of `after`, behind `before`."""
    with torch.no_grad():
        rows = model(torch.tensor([before + after]))[0, len(before) - 1 : -1].softmax(-1)
    return float(rows[range(len(after)), after].mean())


sentences = [" A small boat lies on the shore.", " The cat sleeps under the old table."]
sentences.append(" The children run to the beach with a red kite.")
encoded = [tokenizer.encode(line) for line in sentences]
start, grows = prompt + tokenizer.encode(" blue."), []
for line, another in zip(encoded, encoded[1:] + encoded[:1], strict=True):
    own = [mean_chance(start + times * line, line) for times in range(5)]
    other = [mean_chance(start + times * another, line) for times in (1, 4)]
    print("after 0 to 4 of itself:", ", ".join(f"{mean:.2f}" for mean in own), end="")
    print("   after 1 and 4 of another:", ", ".join(f"{mean:.2f}" for mean in other))
    grows.append(own == sorted(own) and own[1] > max(other))
claim("Each copy makes the same sentence likelier; four of another do less than one.", all(grows))

# %% [markdown]
# So it is mostly the repetition, not the longer text. That greedy repeats itself for this reason remains a guess: what stood there is likelier, and greedy takes it.
#
# ## 6. The penalty, tried
#
# The first 100 tokens of the greedy text as they are, then 60 more, once without and once with a penalty of 1.1. We count the stretches of eight tokens that have stood there before.


# %%
def repeats(ids):
    stretches = [tuple(ids[i : i + 8]) for i in range(len(ids) - 7)]
    return len(stretches) - len(set(stretches))


bore = list(generate(model, prompt, 160))
freed = bore[:100] + list(generate(model, prompt + bore[:100], 60, repetition_penalty=1.1))
print("…" + tokenizer.decode(freed[100:]))
print(f"repeats in the first 100 tokens {repeats(bore[:100])}, ", end="")
print(f"in all 160 without penalty {repeats(bore)}, with it {repeats(freed)}")

# %% [markdown]
# Still greedy, and no repeat. But the penalty asks whether a score lies above 0. For softmax only gaps count: move all scores, and no chance changes. And with the penalty? *blue* and *apple* have occurred:

# %%
four, seen = torch.tensor([3.1, 2.8, 2.0, -4.4]), torch.tensor([0, 3])
for shift in (0, 5, -5):
    moved = sampling.softmax(sampling.repetition_penalty(four + shift, seen, 1.3))
    print(f"all scores {shift:+d}:", [f"{chance:.3f}" for chance in moved[:3]])

# %% [markdown]
# Three results: what a penalty of 1.3 means depends on where the model's scores happen to lie.
#
# ## 7. More surprising than equal chances
#
# Who gives each of the tokens the same chance is surprised by each alike. Can a text surprise more than that? We heat to $T = 5$, without a filter:

# %%
even = math.log2(tokenizer.vocab_size)
hot = surprise(write(temperature=5.0))  # [12]
print(f"at T = 5 {hot.mean():.1f} bits a token; with equal chances {even:.1f}")
rarer = scores.softmax(-1) < 2**-even
print(f"after our sentence {rarer.double().mean():.1%} of all tokens have less than an even share;")
print(f"at T = 5 they are drawn {(scores / 5).softmax(-1)[rarer].sum():.0%} of the time")
claim("Each of the 12 texts surprises the model more.", float(hot.min()) > even)

# %% [markdown]
# The model gives most of the chance to few tokens, so nearly all others get less than an even share; and at $T = 5$ the draw mostly hits those (measured here at the first token).
#
# ## 8. What goes wrong
#
# *A common mistake* is to compare texts of different lengths. Take the share of token triples (three tokens in a row) that occurred before in the text, a usual measure of repetition. It changes with the length, for the very same text:


# %%
def repeated(ids):
    triples = list(zip(ids, ids[1:], ids[2:], strict=False))
    return 1 - len(set(triples)) / len(triples)


shares = {length: repeated(bore[:length]) for length in (24, 60, 120)}
print(
    "greedy:",
    ", ".join(f"{share:.0%} of the first {length} tokens" for length, share in shares.items()),
)
claim(
    "At 60 tokens it is less than half of what it is at 24 and at 120.",
    shares[60] < min(shares[24], shares[120]) / 2,
)

# %% [markdown]
# The text is the same; only where we stop is not. Beside drawn ones of another length greedy looks better or worse than it is. In section 4 all texts have the same length.
#
# ## What to take with you
#
# - A dart and a race draw with the same chances. The race forgives differences in the last digits; the dart passes each on to all tokens behind it.
# - An order of filters is part of a setting.
# - What has stood there grows likelier; a penalty goes at that, and depends on where the scores lie.
# - Several seeds, the same length, the mean with its error: otherwise a race between settings has no winner.
#
# **Paper.** [Maddison, Tarlow and Minka 2014](https://arxiv.org/abs/1411.0030), *A\* Sampling* (the Gumbel-max trick, of which the race is a twin).
#
# **Next:** back to [the course](../01_tokens_and_sampling.ipynb).
