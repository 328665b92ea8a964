# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # B1 · After attention
#
# **What if nothing is kept but a state?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [attention](04_attention.ipynb#4.-Query,-key,-value) and [a note for a whole sentence](04_attention.ipynb#1.-One-note-for-a-whole-sentence); [the cache](07_generation.ipynb#2.-The-cache:-reading-every-token-once); [linear attention](10_every_model.ipynb#8.-What-leaves-the-skeleton); [eight seeds](09b_what_is_each_part_worth.ipynb#2.-The-standard-error,-by-hand); the library `transformers` |
# | It adds to `lessons_lib` | `layers/states`: layers that carry a state along the text |
#
# {route}

# %%
# {setup}

# %%
import timeit
from pathlib import Path
from tempfile import TemporaryDirectory

import ipywidgets as widgets
import torch
import torch.nn.functional as F
import transformers
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.models.mamba2.modeling_mamba2 import mamba2_chunk_scan
from transformers.models.qwen3_next.modeling_qwen3_next import torch_chunk_gated_delta_rule

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
from lessons_lib.classroom.lessons.lesson10.shared import opened, read_folder
from lessons_lib.classroom.lessons.lessonB1 import figures
from lessons_lib.classroom.lessons.lessonB1.faulty_states import symptoms
from lessons_lib.classroom.lessons.lessonB1.published import (
    PLAIN,
    TINY,
    per_layer,
    published,
    scattered,
)
from lessons_lib.classroom.lessons.lessonB1.recall import (
    recalled,
    recalled_by_attention,
    second_values,
    with_bar,
)
from lessons_lib.config import costs
from lessons_lib.generation import KVCache
from lessons_lib.layers.states import (
    decayed_attention,
    decayed_chunks,
    decayed_steps,
    delta_chunks,
    delta_rule,
)
from lessons_lib.layers.states.convolution import causal_convolution

use_style()

# %%
torch.set_num_threads(1)
torch.set_grad_enabled(False)  # nothing is trained in this lesson
transformers.utils.logging.set_verbosity_error()  # else it says which faster programs aren't there
transformers.utils.logging.disable_progress_bar()

# %% [markdown]
# ## The finished thing first
#
# Attention keeps keys and values of every token: its cache grows with the text. Qwen3-Next, with 48 layers and 80 billion parameters, does that in 12 layers alone. In the other 36 stands a **[state](../book/glossary.md#state)**: some tables of numbers, changed by each token, never larger. How much is saved?

# %%
predict("state_pays_from")

# %%
models = published()
config = models["Qwen3-Next-80B-A3B"]
states, caches, state, token = per_layer(config)  # the last two in bytes, of one layer
print(f"{costs.num_parameters(config) / 1e9:.1f} billion; {states} states, {caches} caches")
tables, window = 32 * 128 * 128 * 4, 3 * 8192 * 4  # 32 bits are 4 bytes
print(f"tables: {tables:,} bytes, as {tables / token:,.0f} tokens of {token:,.0f} bytes each")
print(f"with a window: {state:,.0f} bytes, as {state / token:,.0f} tokens")
reveal("state_pays_from", "1,000" if 500 < tables / token < 5000 else "another")
claim("The state is its tables and a window.", state == tables + window)
print(f"\n{'tokens':>7}   48 with a cache   12 with a cache, 36 with a state")
for tokens in (100, 1072, 10_000, 262_144):
    kept = (48 * token * tokens, caches * token * tokens + states * state)
    print(f"{tokens:7,}   {kept[0] / 1e9:12.2f} GB   {kept[1] / 1e9:12.2f} GB")

# %% [markdown]
# The tables are worth 1,024 tokens. A layer with a state also keeps a small window, three tokens of 8,192 numbers, for its convolution (section 6): 48 tokens more.
#
# A short text is cheaper without states; at 1,072 tokens both are equal; at 262,144, the longest text of the published model, the hybrid keeps a quarter. (The weights, 160 GB in 16 bits, aren't at hand; in section 6 a tiny hybrid with random weights runs beside another program.)
#
# What is such a state, what does it hold, and what does it lose?
#
# ## 1. A sum in place of a list
#
# Leave out attention's softmax: token $t$ receives $\sum_s (q_t \cdot k_s)\,v_s$, over all $s$ up to $t$. [Lesson 10](10_every_model.ipynb#8.-What-leaves-the-skeleton) rearranged this sum: add up the tables $k_s v_s^\top$ in a state $S$ of $K$ rows and $V$ columns, and ask it, $q_t S$. So it is a [recurrent network](04_attention.ipynb#1.-One-note-for-a-whole-sentence) again, whose note is a table.
#
# On paper: under the key (1, 0) write the value (3, 1), under (0, 1) write (2, 5). The state's rows are (3, 1) and (2, 5), and each key gives its value back. Now write (10, 0) under the key (0.6, 0.8), which has length 1 too. What does (1, 0) say after that?


# %%
def plain_decayed(q, k, v, g, S):
    """q, k [T, K], v [T, V], g [T], S [K, V] to the answers [T, V] and the last S."""
    out = []
    for t in range(len(q)):
        S = g[t].exp() * S + torch.outer(k[t], v[t])
        out.append(q[t] @ S)
    return torch.stack(out), S


keys = torch.tensor([[1, 0], [0, 1], [0.6, 0.8]])
values = torch.tensor([[3.0, 1], [2, 5], [10, 0]])
empty = torch.zeros(2, 2)
_, S = plain_decayed(keys, keys, values, torch.zeros(3), empty)
print("state", S.tolist(), "\nunder (1, 0):", (keys[0] @ S).tolist())

# %% [markdown]
# (9, 1): the two keys overlap by 0.6, so 0.6 of the new value came along. As long as keys are at right angles nothing is mixed; but in $K$ dimensions only $K$ can be. (So far $g$ was 0: nothing fades.) For random numbers, beside attention without a softmax:

# %%
T, K, V = 200, 16, 12
numbers = torch.Generator().manual_seed(0)
q, k, v, g, beta = (
    torch.randn(T, *n, generator=numbers, dtype=torch.float64) for n in ((K,), (K,), (V,), (), ())
)
# queries and keys of length 1; for later g below 0, and beta between 0 and 1
q, k, g, beta = F.normalize(q, dim=-1), F.normalize(k, dim=-1), -g.exp(), beta.sigmoid()
empty = torch.zeros(K, V, dtype=torch.float64)
summed, _ = plain_decayed(q, k, v, 0 * g, empty)
claim("The sum is attention without a softmax.", torch.allclose(summed, (q @ k.T).tril() @ v))

# %% [markdown]
# ## 2. Let it fade
#
# A sum never forgets, so old and new get in each other's way. With **[decay](../book/glossary.md#decay)** a factor $e^g$ is left of the state before each token writes; $g$ is 0 or below. With $g = -0.05$ that is 0.95, and half is left after 14 tokens ($\ln 2 / 0.05$). Seen as attention, each score is multiplied by all the factors in between:


# %%
def one(x):
    return x[None, :, None]  # one text and one head: [T, ...] to [B, T, H, ...]


G = g.cumsum(0)  # so G[t] - G[s] is the sum of g behind s, up to t
between = (G[:, None] - G[None, :]).exp().tril()
faded, last = plain_decayed(q, k, v, g, empty)
claim("Decay is a factor on each score.", torch.allclose(faded, (q @ k.T * between) @ v))

# %% [markdown]
# **[Mamba-2](../book/glossary.md#mamba-2)** (a *state space model*) comes to this from the other side. Control theory describes a machine's inner state $h$ by how fast it changes: $h' = A\,h + B\,x$, with $A$ below 0 and the output $C\,h$. Without an input $x$ the state fades, and after a time $dt$ a factor $e^{dt\,A}$ of it is left. What comes in meanwhile is taken as $dt\,B\,x$ (exactly it is less, since that fades too). So a step makes $e^{dt\,A} h + dt\,B\,x$. Call $C$ the query, $B$ the key, $dt\,x$ the value and $dt\,A$ our $g$, and it is our loop. Each token chooses its $dt$: a large one lets much fade and writes much, a small one passes by. Beside the program of *transformers*:

# %%
dt, A = beta, torch.tensor([-0.7], dtype=torch.float64)  # any numbers above 0 will do for dt
D = torch.zeros(1, dtype=torch.float64)  # a way around the state, which we leave out
theirs = mamba2_chunk_scan(one(v), one(dt), A, one(k), one(q), chunk_size=32, D=D)
ours, _ = plain_decayed(q, k, dt[:, None] * v, dt * A, empty)
claim("Mamba-2's scan is our loop.", torch.allclose(theirs[0, :, 0].double(), ours, atol=1e-4))

# %% [markdown]
# ## 3. Take away before you write: the delta rule
#
# Back to the first two facts. The key (1, 0) comes a second time, with the value (10, 0). A sum then says (13, 1), neither the old value nor the new. The **[delta rule](../book/glossary.md#delta-rule)** first looks what the state says under the key, $k\,S$ = (3, 1), and writes only the difference, (7, −1). Now it says (10, 0). A number $\beta$ between 0 and 1 says how much of the difference is written: 0.5 would give (6.5, 0.5).
#
# With decay in front, this is the **[gated delta net](../book/glossary.md#gated-delta-net)** of Qwen3-Next: fade, look, write, ask. Around it, projections of the stream make each token's $q$, $k$ and $v$, its $\beta$ (by a sigmoid, so between 0 and 1) and its $g$ (below 0).

# %% tags=["hide-input"]
show(
    figures.one_token(),
    alt="From left to right: the state of K rows and V columns from the token before fades by exp(g); the key reads what it holds; key "
    "times beta times the difference of value and held is added; the state, as large as before, goes to the next token, and the query asks it.",
)


# %%
def plain_delta(q, k, v, g, beta, S):
    """As plain_decayed, with beta [T]."""
    out = []
    for t in range(len(q)):
        S = g[t].exp() * S
        S = S + torch.outer(k[t], beta[t] * (v[t] - k[t] @ S))
        out.append(q[t] @ S)
    return torch.stack(out), S


_, S = plain_delta(keys, keys, values, torch.zeros(3), torch.ones(3), torch.zeros(2, 2))
for key in keys:
    said = [round(x, 2) + 0.0 for x in (key @ S).tolist()]
    print(f"({key[0]:g}, {key[1]:g}) says", said)

# %% [markdown]
# Above, our three facts. By hand: under (0.6, 0.8) the state said (3.4, 4.6), so (6.6, −4.6) is written there, and the newest fact is exact. But 0.6 of it arrives under (1, 0) too, where now stands (6.96, −1.76) in place of (3, 1). Correcting for one key moves what overlapping keys say.
#
# A key must have length 1 (the layer sees to it). With length 2, *looking* doubles what is held, and *writing* doubles it again. With $\beta = 1$, and the same key again and again, the difference is multiplied by $1 - 4 = -3$ each time, and the state runs away.
#
# Both plain loops beside the library, and the second beside *transformers*, which divides queries by $\sqrt K$, as attention does; so we multiply them first. `delta_rule` may fade each row of a state by a number of its own; ours, `one(g)[..., None]`, is one for all.


# %%
corrected, _ = plain_delta(q, k, v, g, beta, empty)
library, _ = decayed_attention(one(q), one(k), one(v), one(g), empty[None, None])
claim("Decay as in the library.", torch.allclose(faded, library[0, :, 0]))
library, _ = delta_rule(one(q), one(k), one(v), one(g)[..., None], one(beta), empty[None, None])
claim("The gated delta rule as in the library.", torch.allclose(corrected, library[0, :, 0]))
theirs, _ = torch_chunk_gated_delta_rule(one(q) * K**0.5, one(k), one(v), one(g), one(beta))
claim("And as in transformers.", torch.allclose(corrected, theirs[0, :, 0].double(), atol=1e-4))

# %% [markdown]
# ## 4. Many tokens at once
#
# Writing a text goes token by token anyway. But a prompt, or a text to learn from, is there as a whole, and in our loop 4,096 tokens wait in line. So it is cut into **chunks**. Inside a chunk each token looks back at the others, as in attention; from chunk to chunk the state is carried.


# %%
def plain_chunks(q, k, v, g, S, n):
    out = []
    for start in range(0, len(q), n):
        now = slice(start, start + n)
        G = g[now].cumsum(0)
        between = (G[:, None] - G[None, :]).exp().tril()
        inside = (q[now] @ k[now].T * between) @ v[now]
        out.append(inside + G.exp()[:, None] * (q[now] @ S))  # what was carried has faded
        left = (G[-1] - G).exp()[:, None]  # of each token, at the chunk's end
        S = G[-1].exp() * S + (left * k[now]).T @ v[now]
    return torch.cat(out), S


for n in (1, 7, 64, 200):
    chunked, end = plain_chunks(q, k, v, g, empty, n)
    claim(f"Chunks of {n}: the same.", torch.allclose(chunked, faded) and torch.allclose(end, last))

# %% [markdown]
# With the delta rule, what a token writes depends on what those before it in the chunk wrote: $n$ equations, of which the first has one unknown, the second two, and so on, solved from the top down (`delta_chunks`; [Yang and others](https://arxiv.org/abs/2406.06484)).
#
# What do chunks cost, with decay? Count multiplications for a token of one head. A step takes $2 K V$: to write the state and to ask it. A chunk of $n$ takes these too, and $n K$ for scores and $n V$ for the mix. (The program makes all scores and then drops half, so all are counted; fading isn't.)

# %%
predict("chunk_price")

# %%
T, K, V, price = 4096, 128, 128, {}
step = 2 * K * V
print(f"steps:          {step:9,} a token, {T} in line")
for n in (16, 64, 128, 512, 4096):
    price[n] = n * (K + V) + step
    print(f"chunks of {n:4}: {price[n]:9,} a token, {T // n:4} in line")
print(f"attention:      {T * (K + V):9,} a token,    1 in line")
reveal("chunk_price", price[64] / step)

# %% [markdown]
# Chunks of 64 need half as many again as steps, and 64 times fewer wait in line. A chunk as long as the text costs what attention does, and the state besides. Does it show on this machine?

# %%
many = [torch.randn(1, 512, 8, 64) for _ in "qkv"] + [-torch.rand(1, 512, 8)]
many += [torch.zeros(1, 8, 64, 64)]
slow, fast = (
    min(timeit.repeat(lambda way=way: way(*many), number=1, repeat=3))
    for way in (decayed_steps, decayed_chunks)
)
claim("Chunks of 64 are at least twice as fast as steps, not 64 times.", 2 < slow / fast < 64)
library, _ = delta_chunks(
    one(q), one(k), one(v), one(g)[..., None], one(beta), empty[None, None], 7
)
claim("The delta rule in chunks of 7: the same.", torch.allclose(corrected, library[0, :, 0]))

# %% [markdown]
# Why not 64 times? A guess: one core still does all multiplications, and with $K = V = 64$ they are twice as many.
#
# ## 5. What a state forgets
#
# Write $n$ facts into a state of 32 rows and columns. Keys are random, of length 1. Each has one of 64 values, random too, of 32 numbers and length 1. Then ask with the very same keys, and take the value whose product with the answer is largest.
#
# Attention, for comparison, keeps everything. Its scores $q \cdot k$ lie between −1 and 1 here, so it matters by what they are multiplied before the softmax: here once by 32, once by $1/\sqrt{32} = 0.18$ as in [lesson 04](04_attention.ipynb#4.-Query,-key,-value), which is meant for longer keys, whose single numbers are around 1. Nothing is trained, so this is about the rules alone; a trained model may choose better keys. Eight seeds.

# %%
predict("which_is_lost")

# %%
ways = {"sum": {}, "decay, g = -0.05": {"fade": -0.05}, "delta rule, beta = 1": {"beta": 1.0}}
sizes = (8, 16, 32, 64, 128, 256)
found = {name: {n: recalled(n, **way) for n in sizes} for name, way in ways.items()}
for name, scale in {"attention, x 32": 32.0, "attention, x 0.18": 32**-0.5}.items():
    found[name] = {n: recalled_by_attention(n, scale) for n in sizes}
print(f"{'facts':22}", *(f"{n:>9}" for n in sizes))
for name, by_number in found.items():  # ± two standard errors
    print(f"{name:22}", *(with_bar(each) for each in by_number.values()))
oldest, *_, newest = figures.by_place(found["delta rule, beta = 1"][64])
reveal("which_is_lost", "the first ones" if oldest < newest - 0.1 else "another")
blur = found["sum"][64].unflatten(1, (2, -1)).mean(2)  # [seeds, 2]: older and newer half
apart = blur[:, 1] - blur[:, 0]
claim("For the sum, halves can't be told apart.", apart.mean().abs() < 2 * apart.std() / 8**0.5)
added, *others = (found[name][64].mean(1) for name in ways)
claim("Of 64 the sum has most, in all seeds.", all((added > other).all() for other in others))

# %% tags=["hide-input"]
show(
    figures.recall(found, [*ways]),
    alt="Left, the share recalled against facts from 8 to 256: attention with scores times 32 stays at 1, times 0.18 it falls from 0.28 to "
    "0.02; the sum falls from 1 past 0.97 at 32 and 0.77 at 64 to 0.25; decay and delta rule fall sooner, to 0.77 at 32 and below 0.5 at "
    "64. Right, by eighths of 64 facts: the sum is level, decay and delta rule rise from near 0 for the oldest to 1 for the newest.",
)

# %% [markdown]
# Left: with half as many facts as rows all three rules hold nearly everything. From 32 facts on the sum has *more* than decay by −0.05 and the delta rule with $\beta = 1$. Attention with sharp scores loses nothing, and its cache grows. With blunt ones every fact gets nearly the same share, and less comes back than from the sum. (A trained model learns how long queries and keys are, and so how sharp.)
#
# Right: what goes is another matter. The sum blurs all alike. With decay or the delta rule the newest facts are there and most of the oldest gone: decay lets them fade, and every correction moves what overlaps. So with $\beta = 1$ the delta rule doesn't buy room. What does it buy? Write 16 keys twice, each time with a value drawn anew, and ask for the second:

# %%
rules = {"sum": {}, "g = -0.02": {"fade": -0.02}, "g = -0.05": {"fade": -0.05}}
rules |= {"beta = 0.25": {"beta": 0.25}, "beta = 1": {"beta": 1.0}}
held, second = {}, {}  # the shares, [seeds]
print(f"{'':12} of 64 facts   oldest eighth   newest eighth   second values")
for name, rule in rules.items():
    once, twice = recalled(64, **rule), second_values(**rule)
    held[name], second[name] = once.mean(1), twice.mean(1)
    print(
        f"{name:12}", *(f"{with_bar(x):>11}    " for x in (once, once[:, :8], once[:, -8:], twice))
    )
more = all((second[name] > second["sum"]).all() for name in rules if name != "sum")
claim("In each seed the other four have more second values than the sum.", more)
fewer = all((held[x] < held["beta = 0.25"]).all() for x in ("g = -0.02", "g = -0.05", "beta = 1"))
claim("In each seed both decays and beta = 1 hold fewer of 64 than beta = 0.25.", fewer)

# %% [markdown]
# A change of mind. The sum has both values under each key, and can't say which came last. Decay can, and so can the delta rule; but decay pays with the old facts, and so does $\beta = 1$. Written by a quarter, 64 facts fare as with the sum, and the second value mostly wins: decay takes from all that is there, the delta rule only from what overlaps with the key. Even so the oldest lose. In a real layer each token chooses its $\beta$ and its $g$.
#
# Move the controls. With 64 facts a larger $\beta$ and a decay both help the newest and cost the oldest. Is it so with 8?

# %%
explore(
    figures.forgetting(),
    facts=widgets.SelectionSlider(options=[8, 16, 32, 64, 128, 256], value=64),
    half_life=widgets.SelectionSlider(options=["never", "100", "30", "14", "5"], value="never"),
    beta=widgets.SelectionSlider(options=["sum", "0.1", "0.25", "0.5", "1"], value="1"),
)

# %% [markdown]
# ## 6. Hybrids: who keeps a cache
#
# Many published models with states keep attention in some layers: they are **[hybrids](../book/glossary.md#hybrid)**. By their configs:

# %%
for name, config in models.items():
    states, caches, state, token = per_layer(config)
    size = f"{costs.num_parameters(config) / 1e9:.0f} billion"
    print(f"{name:19} {size:12} {caches:2} of {states + caches} keep a cache;", end=" ")
    print(f"a state is as large as {state / token:5,.0f} tokens")

# %% tags=["hide-input"]
show(
    figures.layers(models),
    alt="Three rows of boxes, a box a layer. Qwen3-Next: every fourth of 48 is filled, has keys and values. Jamba: four of 32. "
    "MiniMax-Text-01: every eighth of 80.",
)

# %% [markdown]
# Qwen3-Next has gated delta nets, Jamba the first Mamba, MiniMax sums with fixed decay. (The first Mamba models and Falcon-Mamba keep no cache at all.) That the few filled layers do the looking up is a guess here; section 5 says why they might be needed.
#
# **Short convolutions.** In front of its state, each of Qwen3-Next's 36 such layers mixes each number with those of the three tokens before: a [**convolution**](../book/glossary.md#convolution) of width 4, four learned numbers a channel. These three tokens are the window that the opening counted. LFM2 has such a thing, three wide, *in place of* a state. How far does one token reach?

# %%
x, weight = torch.zeros(1, 10, 1), torch.tensor([[[0.1, 0.2, 0.3, 1.0]]])
x[0, 2] = 1.0  # only token 2 says something
y, _ = causal_convolution(x, torch.zeros(1, 3, 1), weight)
print("token 2 is heard by", y[0, :, 0].nonzero().flatten().tolist())

# %% [markdown]
# **Two other changes to attention** make no state. A [sink](../book/glossary.md#attention-sink) (gpt-oss) is one more learned score in each head's softmax, whose share goes to no token: three tokens and a sink, all with score 1, leave the tokens 0.75, so a head need not say anything. *Sparse attention* (DeepSeek V3.2) looks only at 2,048 tokens that a small scorer chooses, of 131,072 that is 1.6%. All keys stay in the cache, since a later token may choose any.

# %%
print(f"the tokens share {torch.ones(4).softmax(0)[:3].sum():.2f}")
print(f"{2048:,} of {131_072:,} tokens: {2048 / 131_072:.1%}")

# %% [markdown]
# Last, a tiny hybrid of Qwen3-Next's kind with random weights, made by *transformers* and opened by our code: three gated delta nets, one attention.

# %%
theirs = AutoModelForCausalLM.from_config(AutoConfig.for_model(**TINY), **PLAIN)
with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
    scattered(theirs).save_pretrained(folder)
    ours = opened(*read_folder(Path(folder)))
ids = torch.randint(97, (2, 41), generator=torch.Generator().manual_seed(1))  # [B, T]
scores = ours(ids)
gap = float((scores - theirs(ids).logits).abs().max())
claim("All scores agree to 0.0001.", gap < 1e-4)
cache = KVCache.of(ours, batch_size=2, max_length=41)
pieces = [ours(ids[:, a:b], cache) for a, b in ((0, 20), (20, 21), (21, 41))]
claim("In pieces, the same.", torch.allclose(torch.cat(pieces, 1), scores, atol=1e-4))

# %% [markdown]
# ## 7. What goes wrong
#
# **No way back.** A cache of keys is cut back where a prompt is used again ([lesson 07](07_generation.ipynb#7.-What-was-read-need-not-be-read-again)) or a guess is refused ([lesson 07b](07b_faster.ipynb#4.-Guessing-ahead)). A state is not:

# %%
try:
    cache.truncate(30)
except ValueError as error:
    print(error)

# %% [markdown]
# Whoever wants to go back keeps a copy of the state in time.
#
# **The wrong way round.** With $K = V$ no shape complains if key and value change places, or the table is turned over:

# %%
turned = sum(torch.outer(value, key) for key, value in zip(keys[:2], values[:2], strict=True))
print("right (3, 1), turned", (keys[0] @ turned).tolist())

# %% [markdown]
# **A chunk that isn't carried rightly.** Forget that the carried state fades, and the first two chunks are right, and so is every test whose text is no longer. (When the first is carried, only zeros should have faded.)

# %%
n = 64
wrong, S = [], empty
for start in range(0, 200, n):
    part = slice(start, start + n)
    wrong.append(plain_chunks(q[part], k[part], v[part], g[part], S, n)[0])
    S = S + plain_chunks(q[part], k[part], v[part], g[part], empty, n)[1]
off = (torch.cat(wrong) - faded).abs().amax(1) > 1e-6
print(f"first wrong answer: token {off.nonzero()[0].item()}")

# %% [markdown]
# ## Exercises
#
# ### {exercise: state_on_paper}
#
# $K = 2$, and values are one number. Under (1, 0) is written 2, under (0, 1) 6. Then the key (0.6, 0.8) comes with 10. One state is a sum. The other follows the gated delta rule: it held the same two facts, with nothing faded; for the third, $e^g$ is 0.5 and $\beta$ is 0.5.

# %% tags=["exercise"]
# a list of four numbers: what the sum says under the first key and under the second, then what the gated
# delta rule says under the first and under the second.
check("state_on_paper", ...)

# %% [markdown]
# ### {exercise: my_crossing}
#
# The opening's question, for any hybrid, by its tables alone. (For Qwen3-Next these are worth 1,024 tokens; the window for its convolution, 48 more, is left out.)


# %% tags=["exercise"]
def my_crossing(kinds, G, D, cache_bits, H, K, V, state_bits):
    """kinds, a list of "state" and "attention", one for each layer; G heads of keys and as many of values, each of D
    numbers with cache_bits bits; H matrices of K rows and V columns, of numbers with state_bits bits. To the smallest
    whole number of tokens of a text for which what this hybrid keeps is fewer bytes than if all its layers had
    attention; None if there is no such number. Windows of convolutions are left out."""
    ...


check("my_crossing", my_crossing)

# %% [markdown]
# For the next one: the gated delta rule with $\beta = 1$ and half of the state left after each token. Four tokens have the keys (1, 0, 0), (0, 1, 0), (0, 0, 1) and again (1, 0, 0), with the values (3, 1, 0), (2, 6, 4), (8, 4, 0) and (10, 0, 2). Each asks with its own key. Five programs each have one fault:

# %%
print(symptoms())

# %% [markdown]
# ### {exercise: faulty_states}
#
# The faults, two of which nobody has: A the table that is written is turned over. B the state fades behind the write. C nothing is taken away. D nothing fades. E the state is asked before the write. F texts are read in chunks of two, and what an earlier chunk left doesn't fade any more. G keys have length 2.

# %% tags=["exercise"]
# a list of five letters: the fault of program 1, of program 2, and so on to program 5.
check("faulty_states", ...)

# %% [markdown]
# ### {exercise: my_undo}
#
# A state can't be cut back. But can one token be undone, if one knows what it wrote?


# %% tags=["exercise"]
def my_undo(S, k, v, beta):
    """S [K, V], the state right behind a token whose key k [K], value v [V] and beta, a number above 0, the delta
    rule has written, without decay. To the state [K, V] before that token; None where it can't be told, which is
    where beta times k · k is exactly 1. Keys may have any length."""
    ...


check("my_undo", my_undo)

# %% [markdown]
# ### {exercise: my_gated_delta}
#
# `plain_delta` for many texts and heads. In the end it stands in a tiny hybrid in place of the library's rule.


# %% tags=["exercise"]
def my_gated_delta(query, key, value, decay, strength, matrix):
    """query and key [B, T, H, K], value [B, T, H, V], decay [B, T, H, 1], the logarithm of what is left, strength
    [B, T, H], which is beta, and matrix [B, H, K, V], the state before the first token. To a pair: the answer to each
    token's query [B, T, H, V], and the state behind the last token [B, H, K, V]. Each token fades the state, then
    writes by the delta rule, then asks. query and key come as they are to be used."""
    ...


check("my_gated_delta", my_gated_delta)

# %% [markdown]
# ## Say it in your own words

# %%
say("why_take_away", "why_hybrids")

# %% [markdown]
# ## Quiz

# %%
quiz("B1")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - Without a softmax, attention is a sum of tables, and its size doesn't grow. Decay lets it fade; the delta rule takes away what stood under a key; the gated delta net does both; Mamba-2 is the one with decay.
# - Steps and chunks give the same numbers: steps to write, chunks to read.
# - A state of 32 rows holds nearly all of 16 random facts, by each rule; with more the rules differ. The sum blurs all alike; decay, and the delta rule with $\beta = 1$, lose the oldest. Both tell which of two values came last; with $\beta = 0.25$ the delta rule does so and holds of 64 facts what the sum holds.
# - Attention finds all of 256 facts again, where its scores are sharp enough.
# - Published models keep attention in some layers. A state takes as much as some hundred to a thousand tokens, and can't be cut back.
#
# **Papers.** [Katharopoulos and others 2020](https://arxiv.org/abs/2006.16236), *Transformers are RNNs*. [Dao and Gu 2024](https://arxiv.org/abs/2405.21060), *Transformers are SSMs* (Mamba-2). [Yang and others 2024](https://arxiv.org/abs/2412.06464), *Gated Delta Networks*. [Arora and others 2024](https://arxiv.org/abs/2402.18668), *Based* (recall against the size of a state).
#
# **Next:** [B2](B2_looking_inside.ipynb) looks inside a model.
