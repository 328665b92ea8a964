# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 04c · Shared heads and cost
#
# **What does looking cost, and how is it made cheaper?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [attention](04_attention.ipynb): query, key, value, [mask](04_attention.ipynb#6.-No-looking-ahead) and [heads](04_attention.ipynb#8.-Many-heads); [softmax](01_tokens_and_sampling.ipynb#2.-From-scores-to-chances); for the last exercise [rotary positions](04b_positions.ipynb#4.-Rotary-positions:-turn-queries-and-keys) |
# | It adds to `lessons_lib` | the windows and chunks of `layers/masks.py`, `config/costs.py` |
#
# {route}

# %%
# {setup}


# %%
import math
from dataclasses import replace

import ipywidgets as widgets
import torch

import lessons_lib
from lessons_lib import ModelConfig
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
from lessons_lib.classroom.lessons.lesson04b.shared import CAT_FIRST, DOG_FIRST
from lessons_lib.classroom.lessons.lesson04c import figures
from lessons_lib.classroom.lessons.lesson04c.shared import heads_as
from lessons_lib.config.costs import flops_per_token
from lessons_lib.layers import attention, causal_mask, chunked_mask, sliding_window_mask

use_style()

# %% [markdown]
# ## The finished thing first
#
# SmolLM2 was made for texts of up to 8,192 tokens. In lesson 04 every token had a score with every other. Written down as a table of 8,192 by 8,192 scores for each head, how large would that be, beside the model itself? (A number takes four bytes here.)

# %%
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
config = model.config
T = config.max_position_embeddings
layers, D = config.num_hidden_layers, config.head_dim
H, G = config.num_attention_heads, config.num_key_value_heads  # query heads, key/value heads
of_the_model = 4 * sum(parameter.numel() for parameter in model.parameters())
of_a_table = 4 * H * T * T
print(f"all numbers of the model            {of_the_model / 1e6:6,.0f} MB")
print(f"scores of one layer, {T:,} tokens   {of_a_table / 1e6:6,.0f} MB")
claim("One layer's scores are more than four times the model.", of_a_table > 4 * of_the_model)

# %% [markdown]
# And there are 30 layers, and keys and values, which a model that writes must keep. Yet people run models on texts far longer than that. Three ideas make it possible: heads that share, windows, and looking in blocks. In between we count what is dear. At the end we draw up the bill for 8,192 tokens again.
#
# ## 1. Heads that share
#
# A model that writes needs the keys and values of everything before, at each new token. It keeps them: the [**cache**](../book/glossary.md#kv-cache) of lesson 07. A query is used once, by its own token, and dropped.
#
# So what is kept grows with the number of *key and value* heads, and not with that of the [query heads](04_attention.ipynb#8.-Many-heads). Then several query heads may share one key/value head: [**grouped-query attention**](../book/glossary.md#grouped-query-attention) (GQA). SmolLM2 has $H = 9$ query heads and $G = 3$ key/value heads.

# %% tags=["hide-input"]
show(
    figures.sharing(
        config.num_attention_heads, {"multi-head": 9, "grouped (GQA)": 3, "multi-query (MQA)": 1}
    ),
    alt="Three panels of nine query heads above, and the key/value heads that they read below. Multi-head: nine, one "
    "for each. Grouped: three, read by query heads 0 to 2, 3 to 5 and 6 to 8. Multi-query: one for all.",
)

# %%
predict("bytes_of_a_token")

# %%
sizes = {heads: layers * 2 * heads * D * 4 for heads in (9, 3, 1)}  # 2: a key and a value
for heads, size in sizes.items():
    print(
        f"heads kept: {heads}, {size:7,} bytes a token, {size * 8192 / 1e6:6,.0f} MB for 8,192 tokens"
    )
reveal("bytes_of_a_token", sizes[3])

# %% [markdown]
# A key/value head for each query head is called *multi-head*, one for all query heads [**multi-query attention**](../book/glossary.md#multi-query-attention) (MQA). Each query head still asks its own question and has its own row of weights. [The GQA paper](https://arxiv.org/abs/2305.13245) measures what sharing costs in quality: in its models, grouped heads came close to unshared ones.
#
# Which query head reads which? Query head $h$ reads key/value head `h // (H // G)`: neighbours share. In torch that is `repeat_interleave`, and not the shorter `torch.Tensor.repeat`:

# %%
print("repeat_interleave", torch.arange(G).repeat_interleave(H // G).tolist())
print("repeat           ", torch.arange(G).repeat(H // G).tolist())
query = torch.randn(1, 9, 11, 64)  # [B, H, T, D]
key, value = torch.randn(2, 1, 3, 11, 64)  # [B, G, T, D] each
spread = [x.repeat_interleave(H // G, 1) for x in (key, value)]  # [B, H, T, D] each
shared = attention(query, key, value, causal=True)
claim(
    "The library's heads share as neighbours.",
    torch.allclose(shared, attention(query, *spread, causal=True), atol=1e-5),
)

# %% [markdown]
# Both give nine heads from three, so a mix-up raises no error. In the real model, with the two texts of [lesson 04b](04b_positions.ipynb), it shows. Inside `with heads_as(f):` each layer makes its nine heads of three by `f`, here by `repeat` along axis 1 of [B, G, T, D]:


# %%
def likeliest(text):
    """The likeliest next token and its chance."""
    with torch.no_grad():
        chances = model(torch.tensor([tokenizer.encode(text)]))[0, -1].softmax(-1)  # [V]
    return f"{tokenizer.decode([int(chances.argmax())])} {chances.max():.2f}"


for text in (DOG_FIRST, CAT_FIRST):
    with heads_as(lambda heads: heads.repeat(1, 3, 1, 1)):
        wrong = likeliest(text)
    print(f"{text} …   as trained:{likeliest(text)}   by repeat:{wrong}")

# %% [markdown]
# ## 2. Windows and chunks
#
# Must every token see the whole past? With a [**sliding window**](../book/glossary.md#sliding-window) each sees the last `W` tokens, itself included. With chunks ([**chunked attention**](../book/glossary.md#chunked-attention)) the text is cut into pieces, and each token sees its own piece up to itself.

# %%
masks = {
    "causal": causal_mask(12, 12),
    "window of 4": sliding_window_mask(12, 12, 4),
    "chunks of 4": chunked_mask(12, 12, 4),
}
for name, mask in masks.items():
    print(f"{name:12} token 8 sees {mask[8].nonzero().flatten().tolist()}")

# %% tags=["hide-input"]
show(
    figures.masks(masks, row=8),
    alt="Three masks of 12 by 12. Causal is a full lower triangle, the window a diagonal band of 4, the chunks three "
    "small triangles along the diagonal. The row of token 8 is outlined.",
)

# %% [markdown]
# The window moves along; the chunk starts afresh, so token 8 sees itself alone. What lies out of sight need not be kept.
#
# Is it lost? No. Take a window of 4. Token 39 sees tokens 36 to 39. But token 36 has itself seen 33 to 36, one layer earlier. So after two layers token 39 has heard from tokens 33 to 39, and after three from 30 on: word travels by $W - 1$ tokens a layer.
#
# To count it, let row $i$ of `reach` be above 0 where token $i$ has heard from a token. A layer later its row is the sum of the rows in its window, and a product of matrices forms these sums: `step @ reach`.

# %%
step, reach = sliding_window_mask(40, 40, 4).float(), torch.eye(40)
for layer in range(1, 6):
    reach = step @ reach
    print(f"after layer {layer} token 39 has heard from {int((reach[39] > 0).sum()):2} tokens")
mistral = ModelConfig.preset("mistral-7b-v0.1")
window, depth = mistral.sliding_window, mistral.num_hidden_layers
print(f"Mistral 7B, window {window:,}, {depth} layers: {1 + (window - 1) * depth:,} tokens")

# %% [markdown]
# $1 + (W - 1) \cdot \text{layers}$. That is how far something *can* be passed on, not how well. Chunks have no such relay across a border, and one way out are some layers that see everything (Llama 4, in lesson 11).
#
# ## 3. What it costs
#
# ### Count
#
# The multiplications (not the seconds) of one layer for one token. A token has $C$ numbers, and each number of a matrix is used once:
#
# | | multiplications |
# |---|---|
# | matrices of query and output | $2 \cdot C \cdot HD$ |
# | matrices of key and value | $2 \cdot C \cdot GD$ |
# | three matrices, $C$ by $F$, of the [feed-forward network](../book/glossary.md#feed-forward-network), the layer's other part (lesson 05) | $3 \cdot C \cdot F$ |
# | looking at **each key**: $D$ for the score and $D$ for the value in each of $H$ heads | $2 \cdot HD$ |
#
# Only the last grows with the text. (Left out as small: the turning, the norms of lesson 05, and the softmax, one exponential beside $2D$ multiplications.)

# %%
predict("looking_is_dearer")


# %%
def count(config):
    """Multiplications of one layer for one token: in all its matrices, and for each key that it sees."""
    C, D, F = config.hidden_size, config.head_dim, config.intermediate_size
    H, G = config.num_attention_heads, config.num_key_value_heads
    return 2 * C * H * D + 2 * C * G * D + 3 * C * F, 2 * H * D


matrices, a_key = count(config)
print(f"SmolLM2: all matrices {matrices:,}; looking {a_key:,} a key")
reveal("looking_is_dearer", matrices // a_key)
scoring = config.vocab_size * config.hidden_size  # of the next token: once, not in each layer
of_3072 = layers * (matrices + 3072 * a_key) + scoring  # the 3,072nd token, at position 3071
claim(
    "The library counts the same, in FLOPs: a multiplication and an addition are two.",
    flops_per_token(config, position=3071) == 2 * of_3072,
)

# %% [markdown]
# A window also caps the looking. Mistral 7B came with one of 4,096, and later without:

# %%
endless = ModelConfig.preset("mistral-7b-v0.3")
its_matrices, its_key = count(mistral)
claim("The layers of both have the same sizes.", count(endless) == count(mistral))
print(f"Mistral 7B: all matrices {its_matrices:,}; looking {its_key:,} a key")
print(f"   without a window as much as all matrices at {its_matrices // its_key:,} keys")
print(
    f"   with a window of {window:,} never more than {window * its_key / its_matrices:.1%} of them"
)

# %% tags=["hide-input"]
lengths = torch.arange(0, 30_721, 64)
show(
    figures.costs(
        lengths,
        {
            "SmolLM2": lengths * a_key / matrices,
            "Mistral 7B, no window": lengths * its_key / its_matrices,
            "Mistral 7B, window": lengths.clamp(max=window) * its_key / its_matrices,
        },
    ),
    alt="Looking over matrices against the tokens in the text so far. SmolLM2 rises steeply and passes 1 at 3,072; "
    "Mistral 7B without a window passes 1 at 26,624; with its window it stays level from 4,096 on, at 0.15.",
)

# %% [markdown]
# That is for the *last* token of a text. The tokens before it see fewer keys, the first only itself: $(T + 1) / 2$ on average, if the masked ones are skipped. $T$ tokens with so many keys each make $T (T + 1) / 2$ looks. So twice the text is twice the work in the matrices, and four times the looks: they grow with $T^2$. With a window, once it is full, both grow with $T$.
#
# ### Hold
#
# Memory bites in another way. Held as a whole, the scores of a single layer are a table of $T \times T$ for each head:

# %%
for length in (2048, 4096):
    print(f"SmolLM2, {length:,} tokens: {4 * H * length**2 / 1e6:6,.0f} MB")

# %% [markdown]
# ## 4. Look in blocks
#
# Must we hold that table? A weighted mean can be formed on the way, key by key. On paper: scores 0 and ln 3, values 10 and 30. Softmax gives 1/4 and 3/4, so the mean is 25:

# %%
first, second = math.exp(0), math.exp(math.log(3))  # math.exp takes a float
print(
    f"({first:.0f} · 10 + {second:.0f} · 30) / {first + second:.0f} = {(first * 10 + second * 30) / (first + second):.0f}"
)

# %% [markdown]
# On the way we keep two numbers. The *sum* of the exponentials: first 1, then 1 + 3 = 4. And the *mix*, each value times its exponential: first 10, then 10 + 3 · 30 = 100. At the end 100 / 4 = 25, and no score had to be kept.
#
# A third has to be kept, for $e^{1000}$ is too large for a computer's numbers. Softmax helps itself by [subtracting the largest score](01_tokens_and_sampling.ipynb#2.-From-scores-to-chances) first, which changes nothing. On the way we know only the largest *so far*. So we subtract that, and when a larger one comes, we shrink what we have by $e^{\text{old} - \text{new}}$:
#
# | | largest so far | sum | mix |
# |---|---|---|---|
# | score 0, value 10 | 0 | 1 | 10 |
# | shrink by $e^{0 - \ln 3} = 1/3$ | ln 3 | 1/3 | 10/3 |
# | score ln 3, value 30 | ln 3 | 1/3 + 1 = 4/3 | 10/3 + 30 = 100/3 |
#
# Their ratio is 25 again. In code, a block of keys at a time, for all queries at once:


# %%
def look_in_blocks(q, k, v, block):
    """Causal attention of one head [T, D] that never holds more than [T, block] scores."""
    T, D = q.shape
    largest, total, mixed = torch.full((T, 1), -torch.inf), torch.zeros(T, 1), torch.zeros(T, D)
    for start in range(0, T, block):
        scores = q @ k[start : start + block].T / D**0.5  # [T, block]
        future = torch.arange(start, start + scores.shape[1]) > torch.arange(T)[:, None]
        scores = scores.masked_fill(future, -torch.inf)
        new = torch.maximum(largest, scores.amax(-1, keepdim=True))
        # The first block holds key 0, which every query sees: new is never -inf, and no nan arises.
        shrink, weights = (largest - new).exp(), (scores - new).exp()
        total = total * shrink + weights.sum(-1, keepdim=True)
        mixed = mixed * shrink + weights @ v[start : start + block]
        largest = new
    return mixed / total


A, B, M = torch.randn(3, 300, 64, generator=torch.Generator().manual_seed(0))
whole = attention(A[None, None], B[None, None], M[None, None], causal=True)[0, 0]
claim(
    "Block by block, the result is the same.",
    torch.allclose(look_in_blocks(A, B, M, 32), whole, atol=1e-5),
)
print(f"scores held at once: {300 * 300:,} as a whole, {300 * 32:,} in blocks")

# %% [markdown]
# Nothing is approximated ([2018](https://arxiv.org/abs/1805.02867), [2021](https://arxiv.org/abs/2112.05682)). [FlashAttention, 2022](https://arxiv.org/abs/2205.14135), sizes the blocks for the small fast memory of a processor, so that the table never travels to the large slow one, and is faster for it. A program that does several steps in one go like this is a [**fused kernel**](../book/glossary.md#fused-kernel); `attention` uses torch's.
#
# ## 5. Set it yourself
#
# What would SmolLM2 cost with other heads, or with a window? Move the sliders. From which length on is looking dearer than the matrices, and which setting changes that? Which one changes what is kept, and the looking not at all?


# %%
def draw(tokens, key_value_heads, window):
    other = replace(config, num_key_value_heads=key_value_heads)  # a copy with one entry changed
    its_matrices, its_key = count(other)
    seen = tokens if window == "none" else min(tokens, int(window))
    work = {"matrices": its_matrices / 1e6, "looking": seen * its_key / 1e6}
    heads = {"this setting": (key_value_heads, seen), "as trained": (G, tokens)}
    kept = {name: layers * 2 * g * D * 4 * keys / 1e6 for name, (g, keys) in heads.items()}
    words = f"{seen:,} keys seen: looking {work['looking']:.1f} million, matrices {work['matrices']:.1f} million"
    return figures.bill(work, kept), f"{words}; kept {kept['this setting']:,.0f} MB"


slider = {"continuous_update": False}
explore(
    draw,
    tokens=widgets.IntSlider(value=8192, min=1024, max=30720, step=1024, **slider),
    key_value_heads=widgets.SelectionSlider(options=[1, 3, 9], value=3, **slider),
    window=widgets.SelectionSlider(options=["none", "4096", "512"], value="none", **slider),
)

# %% [markdown]
# ## 6. Back to 8,192 tokens
#
# The bill again, with what this lesson has added. All 30 layers keep keys and values; the scores are needed for one layer at a time.

# %%
near, block = 512, 128
bill = {
    "keys and values, each head its own": 4 * layers * 2 * H * D * T,
    "keys and values, shared as trained": 4 * layers * 2 * G * D * T,
    f"the same with a window of {near}": 4 * layers * 2 * G * D * near,
    "scores of a layer, held as a whole": of_a_table,
    f"scores of a layer, in blocks of {block}": 4 * H * T * block,
}
for what, size in bill.items():
    print(f"{what:36} {size / 1e6:7,.0f} MB")
_, kept, _, _, in_blocks = bill.values()
claim("Shared and in blocks, the text takes less than the model.", kept + in_blocks < of_the_model)

# %% [markdown]
# The blocks cost no quality: the result is the same. Sharing and windows may: a model must be trained with them, and it sees with fewer keys, or less far.
#
# ## 7. What goes wrong
#
# **A window of one too many.** A token is one of its `W`. Whoever writes `i - j <= W` lets it see `W` others besides. A short test notices nothing:

# %%
i, j = torch.arange(12)[:, None], torch.arange(12)
wrong = (j <= i) & (i - j <= 4)
for length in (3, 4, 5):
    same = torch.equal(wrong[:length, :length], sliding_window_mask(length, length, 4))
    print(f"window of 4, text of {length} tokens: {'the same' if same else 'differs'}")

# %% [markdown]
# **A mask that saves nothing.** `attend` of lesson 04 computes every score, and then hides some. With a mask for a window the work is that of the whole text. It is saved only by a program that skips what is hidden.

# %% [markdown]
# ## Exercises
#
# ### {exercise: cache_bytes}
#
# A model has 32 layers, 32 query heads, 8 key/value heads of 64 numbers, 2 bytes each. It has read 10,000 tokens.

# %% tags=["exercise"]
# a list of three whole numbers: the bytes of all keys and values that are kept when 10,000 tokens have been read, for the
# model as described; for the same model if its heads did not share; and for the same model, sharing again, if every layer
# had a window of 4,096 and kept the last 4,096 tokens.
check("cache_bytes", ...)

# %% [markdown]
# ### {exercise: joined_looks}
#
# Two processors have each looked at half of the keys, in blocks, and kept three things: largest, sum and mix. How do their looks become one?


# %% tags=["exercise"]
def my_joined_looks(one, other):
    """what two looks of one query at different keys have kept, each (largest, total, mixed): the largest score, a float, so
    math.exp takes it; the sum of e ** (score - largest), a float; and the values [D], each times its e ** (score -
    largest), added up. To the same three of all keys together, as a tuple. A look that has seen no key has kept (-inf, 0,
    zeros); at least one of the two has seen some."""
    ...


check("joined_looks", my_joined_looks)

# %% [markdown]
# ### {exercise: positions_and_heads}
#
# Turning, as [lesson 04b](04b_positions.ipynb#4.-Rotary-positions:-turn-queries-and-keys) built it, then shared heads, then the look of lesson 04. Your [rotation](04b_positions.ipynb#Exercises) may come along. The check puts it into every layer of SmolLM2, which must give the same scores as before; other heads come with other D and base.


# %% tags=["exercise"]
def my_heads(q, k, v, base):
    """my_heads(q, k, v, base): queries q [H, T, D], keys k and values v [G, T, D] of one layer, where G divides H and D is
    even, to [H, T, D]. First q and k are turned to their places 0 to T - 1, in the layout of halves: number i with number i
    + D/2, by place * base ** (-2i / D) radians, anticlockwise; v is not. Then causal attention, scores divided by the
    square root of D, in which query head h reads key and value head h // (H // G)."""
    ...


check("positions_and_heads", my_heads)

# %% [markdown]
# ## Say it in your own words

# %%
say("why_share_heads", "cost_of_a_long_text", "on_the_way")

# %% [markdown]
# ## Quiz

# %%
quiz("04c")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - Keys and values are kept, queries are not: sharing key and value heads saves memory.
# - Looking back to the first token grows with the square of the text. For a token of SmolLM2 it costs as much as all matrices of a layer at 3,072 keys; a window caps it.
# - Looking in blocks gives the same result and never holds the table of scores.
#
# **Papers.** [Shazeer 2019](https://arxiv.org/abs/1911.02150) (MQA). [Ainslie and others 2023](https://arxiv.org/abs/2305.13245), *GQA*. [Jiang and others 2023](https://arxiv.org/abs/2310.06825), *Mistral 7B* (the window). [Dao and others 2022](https://arxiv.org/abs/2205.14135), *FlashAttention*.
#
# **Next:** in [lesson 05](05_transformer_block.ipynb) attention gets its partner, the feed-forward network, and both are hung on the stream that carries every token from the first layer to the last.
