# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 07b · Faster
#
# **Where does the time go?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [the cache](07_generation.ipynb#2.-The-cache:-reading-every-token-once) and [batches](07_generation.ipynb#4.-Several-texts-at-once); [perplexity](A2_maths.ipynb#7.-Loss-and-perplexity); [decorators](A1_python.ipynb#Decorators) |
# | It adds to `lessons_lib` | `generation/`: the compiled step, speculation; `layers/quantized.py` |
#
# {route}

# %%
# {setup}

# %%
import copy
import time

import ipywidgets as widgets
import numpy as np
import torch
from numba import njit

import lessons_lib
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
    show_source,
    use_style,
)
from lessons_lib.classroom.lessons.lesson07b import figures
from lessons_lib.classroom.lessons.lesson07b.shared import look_up, megabytes, operations
from lessons_lib.classroom.lessons.lesson07b.speeds import Speeds, same_text
from lessons_lib.config.costs import kv_cache_bytes, num_parameters
from lessons_lib.corpora import world_english_bible
from lessons_lib.generation import KVCache, ModelDraft, NGramDraft, generate, speculate
from lessons_lib.generation.compiled import kernels
from lessons_lib.generation.speculative import accept_or_redraw
from lessons_lib.layers import dequantize_groups, quantize, quantize_groups

torch.set_grad_enabled(False)  # nothing is trained in this lesson
use_style()

# %% [markdown]
# ## The finished thing first
#
# One model, six ways to write: five add a token to 200 others, the last copies a sentence. We make two smaller copies of the model, and let your machine race. (The table is not stored: run the notebook to see it.)

# %%
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
config = model.config
small = {f"{bits} bits": quantize(copy.deepcopy(model), bits=bits) for bits in (8, 4)}
speeds = Speeds(model, tokenizer, small)
speeds

# %% [markdown]
# A *pass* is one run through all layers. A row says how many tokens this way writes in a second; how many megabytes (MB) each pass fetches from memory; how many gigabytes (GB) that makes in a second; and how many tokens a second there could be at most, if each pass wrote one token and did nothing but fetch, at the fastest rate of this race.
#
# *Plain* reads the whole text again for each token, and *cached* is [lesson 07](07_generation.ipynb). What the other rows do, why the last column is a wall, and how the last row gets past it, is this lesson.

# %% [markdown]
# ## 1. Two walls
#
# With the cache, generation has two phases. [**Prefill**](../book/glossary.md#prefill) reads the prompt: many tokens in one pass. [**Decode**](../book/glossary.md#decode-step) writes: one token a pass. Both use the same weights and the same code, and run into different walls.
#
# Think of a cook who fetches each ingredient from a cellar. Cooking for one, the day goes by on the stairs. Cooking for fifty, every trip serves fifty plates, and the stove is what limits. The ingredient is a weight, the cellar is memory, and a plate is a token.
#
# A pass over $T$ tokens does two operations for each of $N$ weights and each token, $2NT$, and fetches $4N$ bytes of 32-bit weights: $2NT / 4N = T/2$ operations for each byte. This ratio is called the [**arithmetic intensity**](../book/glossary.md#arithmetic-intensity). Take a machine that does 200 billion operations a second and fetches 20 billion bytes. The two take equally long where each byte is worth 200 / 20 = 10 operations, and that is at $T = 20$.

# %%
predict("most_tokens")

# %%
peak, bandwidth = 200e9, 20e9  # operations and bytes a second
N = num_parameters(config)
for T in (1, 4, 20, 500):
    fetching, computing = 4 * N / bandwidth, 2 * N * T / peak
    print(f"{T:3} tokens a pass: fetching {fetching:.3f} s, computing {computing:.3f} s")
reveal("most_tokens", int(bandwidth / (4 * N)))

# %% [markdown]
# One token a pass: memory limits, and the arithmetic waits. 500 tokens of a prompt: arithmetic limits. A large accelerator shifts the balance further: an [H100](https://www.nvidia.com/en-us/data-center/h100/) does about 990 trillion operations a second in 16 bits (without sparsity) and fetches 3.35 trillion bytes, 295 operations for each byte. With weights of 16 bits one token is worth one operation a byte, so a single conversation leaves more than 99% of the arithmetic idle.
#
# Rows of a batch share the weights, but [each has its own cache](07_generation.ipynb#What-a-batch-does-not-share). So a pass over $B$ rows fetches the weights once and $B$ caches. Move the sliders:

# %%
batches = [1, 2, 4, 8, 16, 20, 32, 64, 128, 256, 512, 1000]


def most(rows, tokens, bits):
    """Tokens a second that a machine can write at most, one a row and pass."""
    weights, cache = N * bits / 8, kv_cache_bytes(config, tokens)  # bytes; the cache is in 32 bits
    return rows / max((weights + rows * cache) / bandwidth, rows * 2 * N / peak)


def draw(rows, tokens, bits):
    rates = {
        "without caches": [most(b, 0, bits) for b in batches],
        f"caches of {tokens:,} tokens": [most(b, tokens, bits) for b in batches],
    }
    rate = most(rows, tokens, bits)
    return figures.roofline(rates, batches, (rows, rate)), f"at most {rate:,.0f} tokens a second"


claim(
    "With 4 bits one row may be 5 times as fast, not 8.",
    5 < most(1, 1000, 4) / most(1, 1000, 32) < 6,
)
slider = {"continuous_update": False}
explore(
    draw,
    rows=widgets.SelectionSlider(options=batches, value=1, **slider),
    tokens=widgets.IntSlider(value=1000, min=100, max=8000, step=100, **slider),
    bits=widgets.SelectionSlider(options=[32, 16, 8, 4], value=32, **slider),
)

# %% [markdown]
# The dot is where the sliders stand. Without caches this is a *roofline*, operations a second over operations a byte, both axes logarithmic: a token and a row are fixed numbers of them. It climbs until arithmetic limits, and is flat from there. Caches bend it: each new row brings its own load, in 32 bits. Better code brings you up to the line, and no further. Then there are two ways: along it, with more tokens in one pass (a batch, or guesses about your own text, section 4); or smaller weights (section 3), which raise the part that climbs.
#
# ## 2. Up to the line: the compiled step
#
# *Compiled* should beat *cached*, which is torch as it is. (If it does not in your table, something else is using your processor: press *measure again*.) Both fetch the same weights. We listen to every operation that torch starts for one token:

# %%
cache = KVCache(config, max_length=256)
model(torch.arange(100, 300)[None], cache)
started = operations(lambda: model(torch.tensor([[7]]), cache))
print(f"{sum(started.values()):,} operations for one token; the most frequent:")
print(started.most_common(6))

# %% [markdown]
# Only 211, *linear_pointwise*, multiply by a matrix of weights: 7 in each of 30 layers, and the head. The others are norms, attention, cosines, reshapes: small jobs, and each has to be looked up, checked and started.
#
# Is that what takes the time? Below your table stands what the 211 products take alone. On busy machines we found from a tenth to three quarters of the step. The rest is the most that fewer starts can save. Where *compiled* saves more, its products are quicker, too.
#
# So compile the whole step into one program. [numba](https://numba.pydata.org) does that for Python functions on numbers and arrays: its decorator `njit` translates a function to machine code at the first call. The heart of a step is a matrix times a vector, as one would write it on a blackboard:


# %%
@njit(fastmath=True)
def matrix_times_vector(matrix, x, out):
    for row in range(matrix.shape[0]):
        total = np.float32(0)
        for column in range(matrix.shape[1]):
            total += matrix[row, column] * x[column]
        out[row] = total


gate = model.model.layers[0].mlp.gate_proj.weight.numpy()  # [F, C]
x = np.random.default_rng(0).standard_normal(gate.shape[1], dtype=np.float32)  # [C]
out = np.empty(len(gate), np.float32)
matrix_times_vector(gate, x, out)
claim("It gives what numpy gives.", np.allclose(out, gate @ x, atol=1e-3))

# %% [markdown]
# `fastmath` allows it to add in another order, several partial sums side by side, as wide as the processor's registers. The library's step is made of such loops. One of them you know as the RMS norm; `.py_func` is the Python behind a compiled function:

# %%
show_source(kernels.rms_norm.py_func)

# %% [markdown]
# With sums in another order, scores differ in their last digits. The tokens must not:

# %%
stories = ["Once upon a time,", "def area(width, height):"]
same = [same_text(model, tokenizer.encode(story), 12) for story in stories]
claim("Two texts of 12 tokens are the same, compiled and not.", all(same))

# %% [markdown]
# Look at *compiled* in your table, beside its bound. That comes from the fastest fetching of the race: adding up all weights once, or a row itself. So a row that equals its bound has set it, and the wall may be higher. Either way, fewer bytes are quicker to fetch.
#
# ## 3. Smaller weights
#
# A weight of 32 bits is exact to seven digits. Does it have to be? [**Quantisation**](../book/glossary.md#quantisation) stores it as a small whole number and a scale. Take eight weights:
#
# 0.60, −1.27, 0.02, 0.30, −0.45, 1.10, −0.08, 0.91
#
# The largest magnitude is 1.27. Let it be 127, the largest whole number in 8 bits with a sign. Then the scale is 1.27 / 127 = 0.01, and the others are 60, 2, 30, … And if the second were an outlier, −12.7?

# %%
predict("small_weight")


# %%
def absmax(weights, bits=8):
    """Whole numbers, and the scale that turns them back into weights."""
    scale = weights.abs().max() / (2 ** (bits - 1) - 1)  # 127 for 8 bits
    return (weights / scale).round(), scale


eight = torch.tensor([0.60, -1.27, 0.02, 0.30, -0.45, 1.10, -0.08, 0.91])
outlier = torch.where(eight == -1.27, -12.7, eight)  # -12.7 in place of -1.27
for weights in (eight, outlier):
    q, scale = absmax(weights)
    back = [round(float(w), 2) for w in q * scale]
    print(f"scale {scale:.2f}:", [int(n) for n in q], "back:", back)
reveal("small_weight", f"{abs(back[2]):g}")

# %% [markdown]
# This way is called [**absmax**](../book/glossary.md#absmax). One outlier makes the steps ten times as coarse, and 0.02 becomes 0. So rows are cut into [**groups**](../book/glossary.md#group-wise-quantisation) of 32 neighbours, each with a scale of its own: an outlier spoils only its group. A scale of 16 bits for 32 weights makes 8.5 bits a weight.
#
# With 4 bits there are 16 levels, too few to waste some on a side that a group does not have. So they are spread from the group's smallest weight to its largest: $w = \text{minimum} + q \cdot \text{scale}$, with $q$ from 0 to 15. Two numbers of 16 bits for a group make 5 bits a weight.


# %%
def in_groups(weights, bits, size):
    """A matrix [R, C], rounded in groups and turned back: absmax for 8 bits, from the minimum for fewer."""
    groups = weights.reshape(-1, size)  # [groups, size]
    if bits == 8:
        scale = (groups.abs().amax(1, keepdim=True) / 127).half()
        return ((groups / scale).round() * scale).reshape(weights.shape)
    low = groups.amin(1, keepdim=True).half().float()  # half: 16 bits
    scale = ((groups.amax(1, keepdim=True) - low) / (2**bits - 1)).half().float()
    q = ((groups - low) / scale).round().clamp(0, 2**bits - 1)
    return (low + q * scale).reshape(weights.shape)


bell = torch.randn(
    576, 1024, generator=torch.Generator().manual_seed(1)
)  # as many of each size as a bell curve has
for bits, size in ((8, 32), (8, 64), (4, 32), (4, 128)):
    librarys = dequantize_groups(*quantize_groups(bell, bits, size))
    claim(
        f"{bits} bits in groups of {size}: as the library.",
        torch.allclose(in_groups(bell, bits, size), librarys, atol=1e-2),
    )

# %% [markdown]
# How large is the error, on random numbers and on a matrix of the model?

# %%
real = model.model.layers[12].mlp.down_proj.weight[:, :1024].float()  # [C, 1024]
sizes, panels = [16, 32, 64, 128, 256], {}
for name, matrix in {"random numbers": bell, "layer 12 of the model": real}.items():
    panels[name] = {
        bits: [
            float((in_groups(matrix, bits, size) - matrix).norm() / matrix.norm()) for size in sizes
        ]
        for bits in (3, 4, 8)
    }
    print(f"{name}, 4 bits:", [f"{error:.1%}" for error in panels[name][4]])

# %% tags=["hide-input"]
show(
    figures.errors(panels, sizes),
    alt="Two panels with the error over the group size for 3, 4 and 8 bits. On random numbers all three rise with the "
    "size of the group. On the model's matrix the error of 4 bits falls to zero at groups of 32, and is large on "
    "both sides of it.",
)

# %% [markdown]
# On the left one bit fewer, 3 for 4, about doubles the error, and larger groups are worse. On the right the curve of 4 bits falls to zero at groups of 32. Sixteen levels and no error? Count the different values in a group:

# %%
for name, matrix in {"random numbers": bell, "the model": real}.items():
    values = [len(set(group.tolist())) for group in matrix.reshape(-1, 32)[:2000]]
    print(f"{name}: at most {max(values)} different values in a group of 32")

# %% [markdown]
# Somebody has been here before us: the file that this course loads was published in 4 bits, in these very groups (lesson 06 decoded one of its blocks). So rounding to that grid changes nothing, and any other grid rounds a second time. Now the question that counts: what does rounding do to the text? [Perplexity](A2_maths.ipynb#7.-Loss-and-perplexity) on six passages of the World English Bible, 64 tokens each:

# %%
bible = world_english_bible()
starts = (100_000, 200_000, 400_000, 1_000_000, 2_000_000, 3_000_000)
passages = torch.tensor([tokenizer.encode(bible[at : at + 1000])[:64] for at in starts])  # [6, 64]


def losses(reader):
    """The mean loss on each passage: [6]."""
    scores = reader(passages[:, :-1])  # [6, 63, V]
    each = torch.nn.functional.cross_entropy(
        scores.transpose(1, 2), passages[:, 1:], reduction="none"
    )  # of scores as [6, V, 63]: one a token
    return each.mean(1)


other_grid = quantize(copy.deepcopy(model), bits=4, group_size=64)
readers = {
    "32 bits": model,
    "8 bits, groups of 32": small["8 bits"],
    "4 bits, groups of 32": small["4 bits"],
}
readers["4 bits, groups of 64"] = other_grid
loss = {name: losses(reader) for name, reader in readers.items()}
for name, reader in readers.items():
    worse = int(
        (loss[name] > loss["32 bits"] + 0.05).sum()
    )  # passages whose loss is higher by more than 0.05
    print(
        f"{name:21}{megabytes(reader):6.1f} MB   perplexity {loss[name].mean().exp():5.1f}   clearly worse on {worse} of 6"
    )

# %% [markdown]
# Eight bits change nothing that one could notice here. Four bits on the file's own grid are free, as we now know. Four bits on another grid are worse on all six. How much honest 32-bit weights would lose in 4 bits, this file can't tell us: it has none. (The output matrix, which gives the scores themselves, stays at 8 bits in both 4-bit copies.)
#
# What does it buy? The bound moves with the bytes:

# %%
bytes_read = {name: megabytes(reader) for name, reader in list(readers.items())[:3]}
notes = kv_cache_bytes(config, 1000) / 1e6
for name, size in bytes_read.items():
    print(f"{name:21} with the cache of 1,000 tokens {size + notes:3.0f} MB a token", end="")
    print(f", so at most {bandwidth / 1e6 / (size + notes):3.0f} a second at 20 GB a second")

# %% tags=["hide-input"]
show(
    figures.fetched(bytes_read, notes),
    alt="Three bars of the MB fetched for a token: 584 for 32 bits, 189 for 8 and 143 for 4. The cache of 1,000 tokens adds "
    "the same 46 MB to each.",
)

# %% [markdown]
# The hatched part is the cache of 1,000 tokens, kept in 32 bits: the smaller the weights, the more it counts. And does 4 bits beat 8 in your table? By bytes it should. But four bits must be taken apart before they can be multiplied, and a small processor may spend more time on that than memory saves it.
#
# **A good place for a break.** So far each pass wrote one token.
#
# ## 4. Guessing ahead
#
# Several tokens of *your own* text in one pass? The second depends on the first, so guess it. Somebody cheap, the [**draft**](../book/glossary.md#draft-model), proposes the next few tokens. The model reads them all in one pass, which fetches the weights once, and looks where the guesses part from its own choice. All in front of that point stand. This is [**speculative decoding**](../book/glossary.md#speculative-decoding).
#
# Follow one pass on paper. The text is *a b c a b*, and *b* at its end has not been read (the model has just written it). The draft guesses *c a*. The model reads *b c a*, and would itself write *c*, *d* and *e* behind these.

# %%
predict("tokens_of_a_pass")

# %%
guesses, own = ["c", "a"], ["c", "d", "e"]
right = 0
while right < len(guesses) and guesses[right] == own[right]:
    right += 1
stands = own[: right + 1]  # the right guesses, and one token more
print("appended:", stands)
reveal("tokens_of_a_pass", len(stands))

# %% tags=["hide-input"]
show(
    figures.one_pass(),
    alt="The text a b c a b goes to the draft, which guesses c a. The model reads the unread b and the guesses in one pass; "
    "its own choices are c d e. The e is struck out. Compared with the guesses, c d stands.",
)

# %% [markdown]
# The first guess is right. In place of the second the model wanted *d*, so *d* it is. The *e* was chosen behind a wrong *a*, and is thrown away, with all that the cache noted of that *a*. Even when every guess is wrong, one token comes out. **With greedy choices the text is the model's own, whatever the draft says.**
#
# The cheapest draft needs no model: when the last two tokens occurred before, guess what followed them then (prompt lookup). Answers quote their questions, and code repeats its names.

# %%
words = ["the", "dog", "saw", "the", "cat", "and", "the", "dog"]
print(look_up(words, count=3))
print(look_up(words[:-1], count=3))  # ends in "and the", which is new

# %% [markdown]
# The other kind of draft is a smaller model with the same vocabulary. We have one: the copy in 4 bits on the wrong grid. The library's `speculate` takes both kinds. Three tasks, at most 6 guesses a pass:

# %%
tasks = {
    "quote": "Copy this sentence: The harbour was quiet, the boats lay on the sand, and the old man mended his nets.",
    "code": "Rename width to w:\n\ndef area(width, height):\n    return width * height",
    "chat": "What is a language model?",
}
asked = {
    name: tokenizer.encode_chat([{"role": "user", "content": text}]) for name, text in tasks.items()
}
greedy = {name: list(generate(model, ids, 24)) for name, ids in asked.items()}
same, brought = [], {}
for name, ids in asked.items():
    for kind, draft in (("look-up", NGramDraft()), ("small copy", ModelDraft(other_grid))):
        guessing = speculate(model, ids, draft, 24, k=6)
        new = list(guessing)
        same.append(new == greedy[name])
        brought[name, kind] = len(new) / guessing.passes
        print(
            f"{name:6}{kind:11}{len(new):3} tokens in {guessing.passes:2} passes: {brought[name, kind]:.1f} a pass",
            f"({guessing.accepted} of {guessing.proposed} guesses accepted)",
        )
claim("All six texts are greedy's own.", all(same))

# %% [markdown]
# The look-up wins nothing in the chat, where there is nothing to quote. The small copy guesses well in all three, but it is not free.
#
# ## 5. What guessing gains
#
# Say each guess is right with the chance $a$. The second needs the first to be right too, $a^2$; and so on. With $k$ guesses and the model's own token a pass brings
#
# $$1 + a + a^2 + \dots + a^k = \frac{1 - a^{k+1}}{1 - a} \text{ tokens.}$$
#
# Count time in passes over one token. The pass over $k + 1$ tokens takes $v$ of those, and each guess costs the draft $c$. So
#
# $$\text{gain} = \frac{1 - a^{k+1}}{(1 - a)(v + kc)}.$$
#
# Where fetching is all there is to do, $v = 1$ (the weights are fetched once), and $c$ is what the draft fetches over what the model fetches. The more arithmetic counts, the larger is $v$.
#
# On paper, $a = 1/2$, $c = 1/4$, $k = 2$, $v = 1$: 1 + 1/2 + 1/4 = 1.75 tokens in 1.5 passes, a gain of 1.17. Now with numbers of our own, first the tokens. At how many tokens of each greedy text does the small copy's favourite agree? That is $a$. And we play passes of 6 guesses along these rows of hits and misses.


# %%
def hits(ids, new, draft):
    """For each new token x where the draft's own favourite is the same, and . where it is not."""
    favourites = draft(torch.tensor([ids + new]))[0].argmax(-1).tolist()
    same = [favourites[len(ids) + n - 1] == token for n, token in enumerate(new)]
    return "".join("x" if hit else "." for hit in same)


def played(row, k):
    """Tokens a pass with k guesses each time: the hits in front of a miss, and one token more."""
    at = passes = 0
    while at < len(row):
        guesses = row[at : at + k] + "."
        at += guesses.index(".") + 1
        passes += 1
    return len(row) / passes


def gain(a, c, k, v=1):
    return sum(a**i for i in range(k + 1)) / (v + k * c)


print(f"on paper: {1 + 1 / 2 + 1 / 4} tokens a pass, gain {gain(1 / 2, 1 / 4, 2):.2f}")
print(f"with 6 guesses, tokens a pass:{'a':>5}{'played':>9}{'formula':>9}")
chances = {}
for name, ids in asked.items():
    row = hits(ids, greedy[name], other_grid)
    a = chances[name] = row.count("x") / len(row)
    print(f"{name:6}{row:25}{a:.2f}{played(row, 6):9.1f}{gain(a, 0, 6):9.1f}")

# %% [markdown]
# The formula takes all guesses to be equally hard. But misses stand side by side, and each takes a pass: played along the rows of code and chat, 6 guesses bring less. The library brought less again (section 4): after a failure it guesses less, which also costs less. And its last pass over the quote brought only the end of the text.
#
# Now the time:

# %%
c = megabytes(other_grid) / megabytes(model)
print(f"a guess of the copy costs {c:.2f} passes, by bytes; gain with 6 guesses:")
print(f"{'by bytes':>14}{'v = 2, c = 0.3':>17}{'v = 2, c = 0.4':>17}")
for name, a in chances.items():
    print(f"{name:6}{gain(a, c, 6):8.2f}{gain(a, 0.3, 6, 2):17.2f}{gain(a, 0.4, 6, 2):17.2f}")
curves = {f"{name}, a = {a:.2f}": [gain(a, c, k) for k in range(13)] for name, a in chances.items()}

# %% tags=["hide-input"]
show(
    figures.gains(curves),
    alt="The gain by bytes over the number of guesses for three tasks, each from 1 at no guess. With a = 1 it rises all the way, "
    "to over 4; with a = 0.83 it is highest at 5 guesses, with a = 0.79 at 4, and falls slowly behind. A dot marks the "
    "best of these two.",
)

# %% [markdown]
# By bytes, a draft that is always right gains with each guess. The others have a best number, marked by a dot: beyond it, guesses that will not be reached still cost their share. (These two differ by one token of 24, so nothing is settled between them.)
#
# But bytes are the best case. Below your table stands $v$ for 6 guesses; for $c$ divide the *compiled* row by the *4 bits* row (in groups of 32, which fetch 8% more than this copy). On busy machines we found $v$ from 2 to 5 and $c$ from 0.3 to 0.7. At the mild end, 2 and 0.3, code and chat still gain a little by the formula; at 2 and 0.4 they lose. So whether this copy pays there is for your own machine to say. A look-up needs no pass ($c$ is about 0), and pays where a pass brings more than $v$ tokens.
#
# When does guessing not pay even by bytes? With $a = 0.5$ and a draft half as heavy as the model:

# %%
print([f"{gain(0.5, 0.5, k):.2f}" for k in range(5)])
claim("No number of guesses gains then.", max(gain(0.5, 0.5, k) for k in range(1, 33)) <= 1)

# %% [markdown]
# ## 6. The rule when tokens are drawn
#
# With a temperature the model does not have *one* answer. Take three tokens. The model's chances are $p$ = 0.5, 0.3, 0.2, and the draft draws from $q$ = 0.2, 0.7, 0.1: the second token far too often. So accept a guess only with the chance $p/q$ (at most 1): here 1, 3/7 and 1. A token comes through with $q \cdot p/q = p$, or with $q$ where that is less: $\min(p, q)$, which is 0.2, 0.3 and 0.1, together 0.6. In the other 0.4 of cases the guess is refused, and a token is drawn from what is still missing: $p - q$ where that is positive, 0.3, 0 and 0.1, made to add up to 1.

# %%
p, q = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.2, 0.7, 0.1])
through = torch.minimum(p, q)
missing = (p - q).clamp(min=0)
refused = 1 - through.sum()
print("accepted:         ", [f"{x:.2f}" for x in through], f"refused {refused:.2f}")
print("drawn afterwards: ", [f"{x:.2f}" for x in refused * missing / missing.sum()])
print("together:         ", [f"{x:.2f}" for x in through + refused * missing / missing.sum()])
print("redrawn from p:   ", [f"{x:.2f}" for x in through + refused * p])

# %% [markdown]
# Together exactly $p$. That holds for any two: $\min(p, q)$ comes through, and the second draw supplies what is missing. The last line is a mistake, drawing from $p$ after a refusal: the second token stays too likely. We let the library's rule run 20,000 times, with the [chi-square test](01_tokens_and_sampling.ipynb) of lesson 01 (three tokens: above 9.21 comes up by bad luck once in a hundred tries):

# %%
generator = torch.Generator().manual_seed(0)
counts = torch.zeros(3)
for guess in torch.multinomial(q, 20_000, replacement=True, generator=generator).tolist():
    counts[accept_or_redraw(p, guess, q, generator)] += 1
chi_square = float(((counts - 20_000 * p) ** 2 / (20_000 * p)).sum())
print([int(n) for n in counts], f"chi-square {chi_square:.2f}, to be below 9.21")
claim("The counts are those of p, as far as 20,000 draws can tell.", chi_square < 9.21)

# %% [markdown]
# ## 7. What goes wrong
#
# **Accepted over proposed**: that is not $a$, since guesses behind a wrong one are refused unjudged. In the chat section 4 accepted 16 of 24, a share of 0.67, where $a$ is 0.83. **Timing the first call**: it compiles, loads and warms up.


# %%
@njit
def add_up(numbers):
    total = 0.0
    for number in numbers:
        total += number
    return total


took = []
for _ in range(3):
    began = time.perf_counter()
    add_up(x)
    took.append(time.perf_counter() - began)
claim("The first call takes at least 10 times as long as the next.", took[0] > 10 * took[1])

# %% [markdown]
# Our race makes one try that does not count, then takes the best of several: other programs can only make a step slower.

# %% [markdown]
# ## Exercises
#
# ### {exercise: impossible}
#
# A laptop fetches 60 GB a second. Its processor is never what limits, and all texts are short. A model has 7 billion weights. Which of these claims can't be true?
#
# - A: It writes 40 tokens a second in one conversation, weights in 16 bits, one token a pass.
# - B: It writes 10 tokens a second in one conversation, weights in 4 bits with groups of 32 as in section 3.
# - C: It writes 150 tokens a second in all, for 64 conversations in one batch, weights in 16 bits.
# - D: It writes 15 tokens a second in one conversation that copies a text, weights in 16 bits, with a look-up of 8 guesses.
# - E: With greedy choices, a better draft made the model answer a question rightly that it answers wrongly alone.
# - F: A model that takes 4.0 GB in 32 bits takes 1.0 GB in 8 bits with groups of 32 as in section 3.
# - G: It reads a prompt of 1,000 tokens in much less than 1,000 times the time that it takes to write one token.

# %% tags=["exercise"]
# a list of the letters of the claims that can't be true, however good the code is.
check("impossible", ...)

# %% [markdown]
# ### {exercise: int8_groups}
#
# Absmax with a scale for each run of `size` weights.


# %% tags=["exercise"]
def my_int8_groups(weights, size):
    """weights [C] and a group size that divides C to (whole numbers from -127 to 127 [C], scales [C / size], in 32 bits).
    The largest magnitude of a group becomes 127 or -127. A group of zeros has zeros as its whole numbers, and 0 as its
    scale."""
    ...


check("int8_groups", my_int8_groups)

# %% [markdown]
# ### {exercise: best_k}
#
# The dots of section 5's figure, for any draft.


# %% tags=["exercise"]
def my_best_k(a, c, most):
    """a, how often a guess is right, from 0 to 1; c, what a guess costs, in passes of the model, 0 or more; and most, 0 or
    more. To the number of guesses k, from 0 to most, with the largest gain; 0 is not to guess, with a gain of 1. v is 1.
    Of equally good ones, the smallest."""
    ...


check("best_k", my_best_k)

# %% [markdown]
# ### {exercise: accept}
#
# The rule of section 6. Two random numbers are given, so that your function is a function.


# %% tags=["exercise"]
def my_accept(p, q, guess, u, dart):
    """the model's chances p [V], the draft's q [V], a guess drawn from q, and two random numbers from 0 below 1: u decides
    whether the guess is accepted, and the dart falls on the line of the missing chances otherwise. To a token id."""
    ...


check("accept", my_accept)

# %% [markdown]
# ### {exercise: my_speculate}
#
# Section 4 showed one pass on paper. Write the loop. The check hands it a made-up model and drafts of all kinds, then SmolLM2 with the look-up.


# %% tags=["exercise"]
def my_speculate(ids, n, read, guess):
    """ids, a list of at least one token number; n, how many new tokens are wanted; and two functions. guess(text) gives a
    list of guesses at what follows a list of tokens: none, a few, or more than are wanted. read(new, behind) lets the
    model read the list new, of at least one token, and gives the scores [T, V] after each of its T tokens; on paper it
    was read(['b', 'c', 'a'], 4). The first `behind` tokens of the text must have been read before; what was read behind
    those is forgotten. To a list of exactly n new tokens, the model's own greedy text. Each pass keeps all guesses in
    front of the first wrong one, and adds one token of the model's own; no token that stands is read twice."""
    ...


check("my_speculate", my_speculate)

# %% [markdown]
# ## Say it in your own words

# %%
say("two_walls", "why_small_groups", "why_the_same_text", "when_not_to_guess")

# %% [markdown]
# ## Quiz

# %%
quiz("07b")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - Reading a prompt is limited by arithmetic, writing by memory. Better code gets you to that wall; smaller weights move it, and more tokens a pass share it.
# - Quantisation gives a slightly different model. Groups keep an outlier's harm local.
# - Speculative decoding gives the model's own text, or its own chances where tokens are drawn. Its gain depends on how often guesses are right, and on what they and their check cost.
#
# **Papers.** [Williams, Waterman and Patterson 2009](https://doi.org/10.1145/1498765.1498785), *Roofline*. [Dettmers and others 2022](https://arxiv.org/abs/2208.07339), *LLM.int8()*. [Leviathan, Kalman and Matias 2023](https://arxiv.org/abs/2211.17192), *Fast Inference from Transformers via Speculative Decoding* (the rule, and the gain for $v = 1$). [Chen and others 2023](https://arxiv.org/abs/2302.01318), *Accelerating Large Language Model Decoding with Speculative Sampling* (the same rule).
#
# **Next:** [lesson 08](08_data.ipynb) asks what a model reads before it can write any of this.
