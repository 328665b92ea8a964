# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 06 · The full model
#
# **Can we run a real LLM with our own code?**
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/llms-from-the-ground-up/blob/v0.2.0/notebooks/06_full_model.ipynb)
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | lessons 03 to 05: embeddings, attention, the block |
# | It adds to `lessons_lib` | `config`, `model.py`, `formats`, `checkpoint`: the whole decoder, and how weights get into it |
#
# {route}

# %%
import importlib.util

if importlib.util.find_spec("lessons_lib") is None:
    # %pip install -q --no-deps git+https://github.com/OWNER/llms-from-the-ground-up@v0.2.0
    importlib.invalidate_caches()

# %%
import json
import math
import re
import struct
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import lessons_lib
from lessons_lib import ModelConfig, Transformer
from lessons_lib.assets import fetch
from lessons_lib.checkpoint import CheckpointError, load_gguf, save_safetensors
from lessons_lib.checkpoint.parity import compare, first_difference, outputs
from lessons_lib.classroom import (
    check,
    explore,
    progress,
    quiz,
    show,
    show_source,
    use_style,
)
from lessons_lib.classroom.lessons.lesson06.patients import make_patient
from lessons_lib.classroom.panels.figures import COLOURS, HATCHES
from lessons_lib.config import costs
from lessons_lib.formats.quants import unpack
from lessons_lib.generation import stream

use_style()

# %% [markdown]
# ## The finished thing first

# %%
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
question = [{"role": "user", "content": "What is a language model?"}]
print("".join(stream(model, tokenizer, question, max_new_tokens=48)))
borrowed = {"transformers", "tokenizers", "safetensors", "gguf"} & set(sys.modules)
print("\nlibraries for language models in use:", ", ".join(borrowed) or "none")

# %% [markdown]
# A real model has answered, and no library for language models had a hand in it. torch and numba do the arithmetic. Everything else is code that you can read: it opens the file, cuts the text, runs the blocks and chooses the tokens. Lessons 01 to 05 built the parts. In this lesson we put them together in some seventy lines, open the two kinds of file that published weights come in, byte by byte, and pour one into the other.
#
# Then comes the question that takes the most time in practice. *Is it right?* Towards the end you will meet three copies of this model. Each has a fault, each answers like a healthy one, and you will find out what ails them.
#
# Now we build it.

# %% [markdown]
# ## 1. The blueprint
#
# Before there is a single weight there is a drawing. A model's [**config**](../book/glossary.md#config) is a short list of sizes and settings, and everything that we are going to build follows from it. Here is SmolLM2's:

# %%
config = model.config
sizes = {
    "vocab_size": "V",
    "hidden_size": "C",
    "intermediate_size": "F",
    "num_hidden_layers": "L",
    "num_attention_heads": "H",
    "num_key_value_heads": "G",
    "head_dim": "D",
}
settings = ("max_position_embeddings", "rope_theta", "rms_norm_eps", "tie_word_embeddings")
for field in (*sizes, *settings):
    print(f"{field:24} {sizes.get(field, ''):1}  {getattr(config, field)}")

# %% [markdown]
# The letters are those of the whole course: vocabulary, width, feed-forward width, layers, heads, key/value heads, width of a head. Suppose somebody copies the list and gets one line wrong. Which mistakes would come to light at once, because a matrix has the wrong shape? Decide for each line before you run the next cell.

# %%
slips = {
    "num_key_value_heads": 9,
    "head_dim": 32,
    "rope_theta": 10000.0,
    "rms_norm_eps": 1e-6,
    "max_position_embeddings": 2048,
}
for field, value in slips.items():
    more = costs.num_parameters(replace(config, **{field: value})) - costs.num_parameters(config)
    print(f"{field:24} {value:<8}  {more:+,} learned numbers")

# %% [markdown]
# A wrong size changes the shapes and is caught. A wrong setting changes nothing that can be counted: the weights fit and the model runs. The last one only makes it refuse long texts. With the other two it is another model; both come back at the end.
#
# The library's `ModelConfig` fills in what follows from the rest and refuses what can't be:

# %%
try:
    replace(config, head_dim=None, hidden_size=575)
except ValueError as error:
    print(error)

# %% [markdown]
# ## 2. Assembly
#
# Now the parts, each in its plainest form. You know all of them; the only news is that they hold their weights themselves. The names of the weights are those of Hugging Face's *transformers*, which most published files use. First the norm of lesson 05 and the rotation of lesson 04, where coordinate $i$ of a head turns together with $i + D/2$.


# %%
class PlainNorm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, x):
        return x / torch.sqrt(x.square().mean(-1, keepdim=True) + self.eps) * self.weight


def plain_rope(x, base):
    T, D = x.shape[-2:]
    speeds = base ** (-torch.arange(0, D, 2) / D)  # [D/2]
    angles = torch.arange(T)[:, None] * speeds  # [T, D/2]
    a, b = x.chunk(2, dim=-1)  # [B, H, T, D/2] each
    turned = a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()
    return torch.cat(turned, dim=-1)  # [B, H, T, D]


# %%
class PlainAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        C, D = config.hidden_size, config.head_dim
        H, G = config.num_attention_heads, config.num_key_value_heads
        self.q_proj = nn.Linear(C, H * D, bias=False)
        self.k_proj = nn.Linear(C, G * D, bias=False)
        self.v_proj = nn.Linear(C, G * D, bias=False)
        self.o_proj = nn.Linear(H * D, C, bias=False)
        self.head_dim, self.base = D, config.rope_theta

    def heads(self, x):
        return x.unflatten(-1, (-1, self.head_dim)).transpose(1, 2)  # [B, H or G, T, D]

    def forward(self, x):
        q, k, v = (self.heads(proj(x)) for proj in (self.q_proj, self.k_proj, self.v_proj))
        q, k = plain_rope(q, self.base), plain_rope(k, self.base)
        share = q.shape[1] // k.shape[1]
        k, v = k.repeat_interleave(share, dim=1), v.repeat_interleave(share, dim=1)  # [B, H, T, D]
        scores = q @ k.mT / math.sqrt(self.head_dim)  # [B, H, T, T]
        future = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)  # [T, T]
        shares = scores.masked_fill(future, -math.inf).softmax(-1)
        return self.o_proj((shares @ v).transpose(1, 2).flatten(2))  # [B, T, C]


# %%
class PlainFeedForward(nn.Module):
    def __init__(self, config):
        super().__init__()
        C, width = config.hidden_size, config.intermediate_size
        self.gate_proj = nn.Linear(C, width, bias=False)
        self.up_proj = nn.Linear(C, width, bias=False)
        self.down_proj = nn.Linear(width, C, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))  # [B, T, C]


class PlainBlock(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.input_layernorm = PlainNorm(config.hidden_size, config.rms_norm_eps)
        self.self_attn = PlainAttention(config)
        self.post_attention_layernorm = PlainNorm(config.hidden_size, config.rms_norm_eps)
        self.mlp = PlainFeedForward(config)

    def forward(self, x):
        x = x + self.self_attn(self.input_layernorm(x))
        return x + self.mlp(self.post_attention_layernorm(x))


# %% [markdown]
# And the model itself: look the tokens up, send them through the blocks, norm them once more (pre-norm owes that, lesson 05), and turn each vector into a score for every token. The last matrix is called the [**head**](../book/glossary.md#output-head) of the model, or `lm_head`. In SmolLM2 it is the embedding matrix itself; section 8 asks why.


# %%
class PlainTransformer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.model = nn.ModuleDict()
        self.model["embed_tokens"] = nn.Embedding(config.vocab_size, config.hidden_size)
        blocks = [PlainBlock(config) for _ in range(config.num_hidden_layers)]
        self.model["layers"] = nn.ModuleList(blocks)
        self.model["norm"] = PlainNorm(config.hidden_size, config.rms_norm_eps)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        if config.tie_word_embeddings:
            self.lm_head.weight = self.model["embed_tokens"].weight

    def forward(self, token_ids):
        x = self.model["embed_tokens"](token_ids)  # [B, T, C]
        for block in self.model["layers"]:
            x = block(x)
        return self.lm_head(self.model["norm"](x))  # [B, T, V]


# %% [markdown]
# That is a complete large language model but for its weights. Is it the library's? We build both from one small config whose sizes are all different, so that no axis can be mistaken for another, give them the same random weights and compare the scores.

# %%
small = ModelConfig(
    vocab_size=97,
    hidden_size=36,
    intermediate_size=52,
    num_hidden_layers=3,
    num_attention_heads=6,
    num_key_value_heads=2,
    head_dim=10,
    initializer_range=0.15,
)
torch.manual_seed(0)
hardened, ours = Transformer(small), PlainTransformer(small)
ours.load_state_dict(hardened.state_dict())
ids = torch.randint(97, (4, 11), generator=torch.Generator().manual_seed(1))  # [B, T]
with torch.no_grad():
    gap = (ours(ids) - hardened(ids)).abs().max()
print(f"scores {list(ours(ids).shape)}, largest difference {gap:.4f}")

# %%
show_source(Transformer.forward)

# %% [markdown]
# The way is the same: embed, blocks, norm, head. What does the hardened one add? Masks and rotations are made once for all layers instead of once in each. There are batches with padding, and a cache, so that a text that goes on need not be read again (lesson 07). Fields of the config switch on what GPT-2, Qwen or Gemma do in their own way. And a token id that does not exist is an error with a message.

# %% [markdown]
# ## 3. Shapes all the way through
#
# Where on its way is a token's vector widest? We let a sentence through and write down what each part hands on. `outputs` comes from this lesson's debugger; it notes the result of every part that has a name.

# %%
sentence = "My car has four wheels. My bicycle has only"
sentence_ids = torch.tensor([tokenizer.encode(sentence)])  # [1, T]
seen = outputs(model, sentence_ids)
first_block = [part for part in seen if part.startswith("model.layers.0.")]
for part in ("model.embed_tokens", *first_block, "model.norm", "lm_head"):
    print(f"{part:46} {list(seen[part].shape)}")

# %%
stages = [
    ("tokens", 1, ""),
    ("embedding", "model.embed_tokens", "C"),
    ("q", "model.layers.0.self_attn.q_proj", "H · D"),
    ("k", "model.layers.0.self_attn.k_proj", "G · D"),
    ("v", "model.layers.0.self_attn.v_proj", "G · D"),
    ("o", "model.layers.0.self_attn.o_proj", "C"),
    ("gate and up", "model.layers.0.mlp.up_proj", "F"),
    ("down", "model.layers.0.mlp.down_proj", "C"),
    ("last norm", "model.norm", "C"),
    ("scores", "lm_head", "V"),
]
fig, ax = plt.subplots(figsize=(7.5, 4))
for row, (_, part, letter) in enumerate(stages):
    width = part if part == 1 else seen[part].shape[-1]
    cut = width > 3000
    look = {"color": COLOURS[0]} if "proj" not in str(part) else {"color": "white", "hatch": "//"}
    ax.barh(row, min(width, 2400), height=0.62, edgecolor="black", **look)
    if cut:
        ax.text(2100, row, "//", ha="center", va="center", color="white", fontsize=13)
    ax.text(
        min(width, 2400) + 30, row, f"[{sentence_ids.shape[1]}, {width:,}]  {letter}", va="center"
    )
ax.axhspan(1.5, 7.5, color="#eeeeee", zorder=-1)
ax.text(3080, 4.5, "30 times", rotation=270, va="center")
ax.set_yticks(range(len(stages)), [name for name, _, _ in stages])
ax.invert_yaxis()
ax.set(
    xlim=(0, 3200), xlabel="numbers a token", title="Wide inside a block, and very wide at the end"
)
ax.grid(visible=False)
show(
    fig,
    alt="Horizontal bars, top to bottom, of how many numbers a token has at each stage: 1, then "
    "576 as an embedding; inside a block 576 for q, 192 for k and v, 576 for o, 1,536 for "
    "gate and up, 576 for down; at the end 576 and then 49,152 scores. The block stage is "
    "marked 30 times.",
)

# %% [markdown]
# Read it from top to bottom. Between the parts a token always has 576 numbers: that is the stream. Inside a block it is narrowed for keys and values and widened for thinking. The last step is 85 times as wide as the stream, and all of that width is there to choose one token. So the library's model has an argument `logits_to_keep`: whoever wants only the next token asks for the last row alone.

# %%
print(f"{seen['lm_head'].shape[-1] / seen['model.norm'].shape[-1]:.0f} times as wide")
last_only = model(sentence_ids, logits_to_keep=1)
print("all scores", list(seen["lm_head"].shape), "the last alone", list(last_only.shape))

# %% [markdown]
# ## 4. How many numbers does it learn?
#
# The number in a model's name is the number of its [**parameters**](../book/glossary.md#parameter), the numbers that training sets. It can be counted with a pencil. Take a toy: `V = 10`, `C = 4`, `F = 6`, one layer, two heads of width 2 that share one key/value head.
#
# - Embedding: 10 · 4 = 40. The head, if it is a matrix of its own: another 40.
# - Attention: q 4 · 4, k and v 4 · 2 each, o 4 · 4. Together 48.
# - Feed-forward: three matrices of 4 · 6, so 72.
# - Norms: two in the block and one at the end, 4 each, so 12.
#
# The sum is 212. In letters:
#
# $$\underbrace{V C}_{\text{embedding}} + L\,\big(\underbrace{2 C H D + 2 C G D}_{\text{attention}} + \underbrace{3 C F}_{\text{feed-forward}} + \underbrace{2 C}_{\text{norms}}\big) + \underbrace{C}_{\text{norm}} + \underbrace{V C}_{\text{head, if not tied}}$$


# %%
def plain_count(V, C, F, L, H, G, D, tied):
    block = 2 * C * H * D + 2 * C * G * D + 3 * C * F + 2 * C
    return V * C + L * block + C + (0 if tied else V * C)


toy = ModelConfig(
    vocab_size=10,
    hidden_size=4,
    intermediate_size=6,
    num_hidden_layers=1,
    num_attention_heads=2,
    num_key_value_heads=1,
)
print("by pencil", 40 + 48 + 72 + 12 + 40)
print("formula  ", plain_count(V=10, C=4, F=6, L=1, H=2, G=1, D=2, tied=False))
print("counted  ", sum(p.numel() for p in PlainTransformer(toy).parameters()))
smol = [getattr(config, field) for field in sizes]
print(f"SmolLM2   {plain_count(*smol, tied=True):,}")

# %% [markdown]
# Now published models, all that the library has a config for. To count them we have to build them, and Llama 3 in 32 bits would fill 32 gigabytes. torch has a device for this: on `"meta"` a tensor has a shape and no memory. GPT-2 brings biases, LayerNorm and learned positions, Qwen2.5 biases on q, k and v, Gemma four norms a block; `num_parameters` of the config is our formula with these cases in it.

# %%
kinds = {"vocabulary": "embed_tokens|lm_head", "attention": "self_attn", "feed-forward": "mlp"}


def places(name):
    """How many numbers a published model keeps where, counted on the meta device."""
    with torch.device("meta"):
        built = Transformer(ModelConfig.preset(name))
    found = Counter()
    for parameter, tensor in built.named_parameters():
        kind = next(
            (kind for kind, word in kinds.items() if re.search(word, parameter)), "the rest"
        )
        found[kind] += tensor.numel()
    return found


dense = [name for name in ModelConfig.presets() if not ModelConfig.preset(name).moe_layers]
counts = {name: places(name) for name in dense}  # models of many experts come in lesson 10
counts = dict(sorted(counts.items(), key=lambda item: item[1].total()))
print(f"{'':16} {'by formula':>14} {'by count':>14}  vocabulary  feed-forward")
for name, found in counts.items():
    formula, total = costs.num_parameters(ModelConfig.preset(name)), found.total()
    share, thinking = found["vocabulary"] / total, found["feed-forward"] / total
    print(f"{name:16} {formula:14,} {total:14,} {share:11.0%} {thinking:13.0%}")

# %% [markdown]
# Formula and count agree for all of them. As models grow, where does the growth go? Look at the last two columns, then at the figure.

# %%
fig, ax = plt.subplots(figsize=(7.5, 4.2))
left = np.zeros(len(counts))
for kind, colour, hatch in zip(
    [*kinds, "the rest"],
    ["white", COLOURS[1], COLOURS[0], "black"],
    (HATCHES[1], "", "", ""),
    strict=True,
):
    share = np.array([found[kind] / found.total() for found in counts.values()]) * 100
    ax.barh(
        list(counts), share, left=left, color=colour, hatch=hatch, edgecolor="black", label=kind
    )
    left += share
ax.invert_yaxis()
ax.set(xlabel="% of all parameters", xlim=(0, 100))
ax.grid(visible=False)
ax.set_title("The same vocabulary weighs less on a larger model", pad=24)
ax.legend(ncols=4, loc="lower left", bbox_to_anchor=(0, 0.99))
show(
    fig,
    alt="Stacked horizontal bars for 16 published models from the smallest to the largest, in "
    "vocabulary, attention, feed-forward and the rest. Vocabulary takes 12% to 31% of the "
    "models below 4 billion parameters and 4% to 14% of those of 7 and 8 billion, where "
    "feed-forward takes 64% to 78%. The rest is hardly to be seen.",
)

# %% [markdown]
# Vocabulary grows with `V · C`, blocks with `L · C · C`. So the same 32,000 tokens take 12% of TinyLlama and 4% of Llama 2 7B. Compare TinyLlama with Llama 3.2 1B, which is about as large: it spends 21% on four times as many tokens, although it keeps one matrix where TinyLlama keeps two. The rest, norms and the learned positions of GPT-2, can hardly be seen.

# %% [markdown]
# ## 5. What does it cost to run?
#
# Two costs: the room it takes, and the work for each token. The room is a multiplication. A number in 32 bits takes 4 bytes, in 16 bits 2. And files squeeze further: the one that we load spends 5 bits on most numbers, and section 10 shows how.

# %%
print(f"{'gigabytes at':16} {'32 bits':>8} {'16 bits':>8} {'5 bits':>8}")
for name in ("smollm2-135m", "tinyllama-1.1b", "llama-3.1-8b"):
    rooms = [costs.weight_bytes(ModelConfig.preset(name), bits) / 1e9 for bits in (32, 16, 5)]
    print(f"{name:16} {rooms[0]:8.2f} {rooms[1]:8.2f} {rooms[2]:8.2f}")
held = sum(tensor.nbytes for tensor in model.parameters())
print(f"SmolLM2 as it stands in memory: {held / 1e9:.2f}")
print("as the formula says:", held == costs.weight_bytes(config))

# %% [markdown]
# Now the work. A matrix of 2 rows and 3 columns meets a vector of 3 numbers: 6 multiplications, and 6 additions if each sum starts at zero. So each number of a matrix costs two floating-point operations, [**FLOPs**](../book/glossary.md#flop), for each token. The embedding costs nothing, for it is looked up; the head costs as much as any other matrix of its size.
#
# On top comes attention. A query meets the key of every token it sees, $D$ multiplications and $D$ additions, and the value of that token is weighed and added, $D$ and $D$ again: $4D$ for each head and each token seen.
#
# $$\text{FLOPs for the token at position } p = 2 \cdot \text{numbers in matrices} + 4\,H D L\,(p + 1)$$
#
# Guess for SmolLM2: at which position does attention cost as much as all matrices together?

# %%
matrices = sum(tensor.numel() for tensor in model.parameters() if tensor.dim() == 2)
for_each_token_seen = 4 * config.num_attention_heads * config.head_dim * config.num_hidden_layers
print(f"matrices: 2 * {matrices:,} = {2 * matrices:,} FLOPs a token")
print(f"attention: {for_each_token_seen:,} FLOPs for each token seen")
print(f"attention is ahead from position {2 * matrices // for_each_token_seen:,}")
same = costs.flops_per_token(config, 99) == 2 * matrices + 100 * for_each_token_seen
print("the library's formula says the same:", same)

# %%
positions = np.arange(0, 8192, 64)
total = np.array([costs.flops_per_token(config, int(p)) for p in positions]) / 1e9
fig, ax = plt.subplots()
ax.fill_between(
    positions, 0, 2 * matrices / 1e9, color=COLOURS[0], edgecolor="black", label="matrices"
)
ax.fill_between(
    positions,
    2 * matrices / 1e9,
    total,
    facecolor="white",
    hatch="//",
    edgecolor="black",
    label="attention",
)
ax.set(
    xlabel="position of the token",
    ylabel="billion FLOPs",
    xlim=(0, 8128),
    title="A late token costs more",
)
ax.legend(loc="upper left")
show(
    fig,
    alt="Stacked areas over the position from 0 to 8192, in billion FLOPs a token. Matrices are "
    "flat at 0.27. Attention grows in a straight line from nothing; near position 3,900 it is"
    " as large as the matrices, at the end about twice as large.",
)

# %% [markdown]
# For a chat of a few hundred tokens the matrices are nearly everything, and "two FLOPs for each parameter" is the rule of thumb that you will read everywhere. At the far end of the context attention takes two thirds.
#
# Is the formula true? torch can count the operations of a real run. Our plain model reads the 10 tokens of the sentence:

# %%
with torch.device("meta"):
    plain = PlainTransformer(config)
plain.load_state_dict(model.state_dict(), assign=True)  # shares the library's weights, for now
T = sentence_ids.shape[1]
with FlopCounterMode(display=False) as counter, torch.no_grad():
    plain(sentence_ids)
needed = sum(costs.flops_per_token(config, position) for position in range(T))
pairs, allowed = T * T, T * (T + 1) // 2
wasted = (pairs - allowed) * for_each_token_seen
print(f"counted  {counter.get_total_flops():,}")
print(f"formula  {needed:,}, and {wasted:,} for the future")
print("equal:", counter.get_total_flops() == needed + wasted)

# %% [markdown]
# Equal to the last operation, once we count what the plain model does for nothing: it scores all pairs of tokens and then masks the future away.

# %% [markdown]
# ## 6. The calculator
#
# Here is the whole of sections 4 and 5 as a panel. It adds one thing that lesson 07 will build: while a model writes, it keeps the keys and values of all tokens so far, the [**KV cache**](../book/glossary.md#kv-cache). That is `2 · L · G · D` numbers for each token of each text, here at 16 bits.
#
# Things to try. Which of these models fit into 8 gigabytes, and at which precision? Take Llama 3.1 8B to its full context and raise the batch: what fills the memory then? Compare the caches of Llama 2 7B and Mistral 7B, which is about as large. In short texts one letter of section 1 makes the difference; in long ones Mistral's sliding window (lesson 04) adds to it. At which context does attention cost more than the matrices?

# %%
precisions = {"32 bits": 32, "16 bits": 16, "8.5 bits (Q8_0)": 8.5, "5 bits (Q4_1)": 5}


def two_bars(ax, one, other, unit):
    (name, size), (next_name, more) = one, other
    ax.barh(0, size, color=COLOURS[0], edgecolor="black", label=f"{name} {size:,.2f}")
    look = {"color": "white", "hatch": "//", "edgecolor": "black"}
    ax.barh(0, more, left=size, label=f"{next_name} {more:,.2f}", **look)
    ax.set(yticks=[], xlabel=unit, ylim=(-0.5, 0.5))
    ax.grid(axis="y", visible=False)
    ax.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1))


def draw_costs(preset, context, batch, precision):
    chosen = ModelConfig.preset(preset)
    weights = costs.weight_bytes(chosen, precisions[precision]) / 1e9
    cache = costs.kv_cache_bytes(chosen, context, batch, bits=16) / 1e9
    first = costs.flops_per_token(chosen) / 1e9
    last = costs.flops_per_token(chosen, context - 1) / 1e9
    fig, (top, bottom) = plt.subplots(2, 1, figsize=(7.5, 3))
    two_bars(top, ("weights", weights), ("KV cache", cache), "gigabytes")
    unit = "billion FLOPs for the last token"
    two_bars(bottom, ("matrices", first), ("attention", last - first), unit)
    said = f"{costs.num_parameters(chosen):,} parameters; weights {weights:,.2f} GB, "
    said += f"cache {cache:,.2f} GB; {last:,.2f} {unit}"
    limit = chosen.max_position_embeddings
    return fig, said + (f"; made for {limit:,} tokens at most" if context > limit else "")


slider = {"continuous_update": False}
explore(
    draw_costs,
    preset=widgets.SelectionSlider(options=list(counts), value="llama-3.2-1b", **slider),
    context=widgets.SelectionSlider(options=[2**n for n in range(8, 18)], value=8192, **slider),
    batch=widgets.SelectionSlider(options=[1, 2, 4, 8, 16, 32, 64], value=16, **slider),
    precision=widgets.SelectionSlider(options=list(precisions), value="16 bits", **slider),
)

# %% [markdown]
# ## 7. Two checks before the first weight
#
# A new model has random weights and knows nothing. Can it be tested at all? Two things can be said of it in advance, and both catch real mistakes.
#
# **It should be as lost as somebody who knows nothing.** If all $V$ tokens are equally likely, each has the chance $1/V$, and the loss of lesson 05, the mean of $-\ln p$, is $\ln V$. For four tokens that is 1.39. For SmolLM2's 49,152, work it out or guess: 5, 11 or 49?


# %%
def fresh_loss(V, seed, std=0.02):
    torch.manual_seed(seed)
    fresh = Transformer(replace(small, vocab_size=V, initializer_range=std))
    ids = torch.randint(V, (8, 33))  # [B, T + 1]
    with torch.no_grad():
        scores = fresh(ids[:, :-1])  # [B, T, V]
    return float(F.cross_entropy(scores.flatten(0, 1), ids[:, 1:].flatten()))


for V in (4, 97, 2000, 49152):
    found = ", ".join(f"{fresh_loss(V, seed):.2f}" for seed in range(4))
    print(f"V = {V:6,}: ln V = {math.log(V):5.2f}, four fresh models: {found}")
print(f"too loud a start, V = 49,152: {fresh_loss(49152, 0, std=0.6):.2f}")

# %% [markdown]
# Four seeds, four vocabularies, and the loss is $\ln V$ each time, give or take a few hundredths. If yours starts well above, the weights are too loud and the model is sure of nonsense, as in the last line. If it starts well *below*, it has seen the answers.
#
# Which leads to the second check. **What comes later must not change what came before.** Swap one token of a text and see whose scores move. Only that position and those after it may. A model that passes is [**causal**](../book/glossary.md#causal). To see the check bite we also build a model with a fault that has nothing to do with attention: its norms divide all tokens of a text by one common size.


# %%
class SharedNorm(PlainNorm):
    def forward(self, x):
        return x / torch.sqrt(x.square().mean((-1, -2), keepdim=True) + self.eps) * self.weight


def who_moves(model, ids):
    """[T, T] bool: does swapping token i, the row, change the scores at position j?"""
    rows = []
    with torch.no_grad():
        before = model(ids)
        for i in range(ids.shape[1]):
            swapped = ids.clone()
            swapped[0, i] = (ids[0, i] + 1) % small.vocab_size
            rows.append((model(swapped) - before).abs().amax(-1)[0] > 1e-6)  # [T]
    return torch.stack(rows)


broken = PlainTransformer(small)
broken.load_state_dict(hardened.state_dict())
for block in broken.model["layers"]:
    shared = SharedNorm(small.hidden_size, small.rms_norm_eps)
    shared.weight = block.input_layernorm.weight
    block.input_layernorm = shared
moved = {
    name: who_moves(m, ids[:1]) for name, m in {"ours": ours, "one size for all": broken}.items()
}
for name, table in moved.items():
    found, pairs = int(table.tril(-1).sum()), 11 * 10 // 2
    print(f"{name:17} a later token moves an earlier position in {found} of {pairs} pairs")

# %%
fig, axes = plt.subplots(1, 2, figsize=(7, 3.1))
for ax, (name, table) in zip(axes, moved.items(), strict=True):
    ax.imshow(table, cmap="Greys", vmin=0, vmax=1.6)
    ax.plot([-0.5, 10.5], [-0.5, 10.5], color="black", linestyle="--", marker="")
    ax.set(
        title=name, xlabel="position whose scores move", ylabel="token swapped", xticks=range(11)
    )
    ax.set_yticks(range(11))
    ax.grid(visible=False)
show(
    fig,
    alt="Two tables of 11 by 11, dark where swapping the token of a row moves the scores at the "
    "position of a column. Ours is dark on and right of the diagonal only. With one size for "
    "all tokens it is dark everywhere.",
)

# %% [markdown]
# Left, the future depends on the past and never the other way round. Right, every token moves every other. While such a model is trained, it can feel the answer before it has to give it; when it writes, there is nothing later to feel. The check needs no trained weights, no data and no reference; run it on every model you build.

# %% [markdown]
# ## 8. One matrix, two jobs
#
# The embedding has a row for each token, and so has the head. Why not use one matrix for both? That is [**weight tying**](../book/glossary.md#weight-tying), and for small models it saves a great deal:

# %%
tied = config.vocab_size * config.hidden_size
print(
    f"SmolLM2: {tied:,} numbers saved; it would be {tied / costs.num_parameters(config):.0%} larger"
)
for name in ("llama-3.2-1b", "llama-3.1-8b"):
    other = ModelConfig.preset(name)
    one, total = other.vocab_size * other.hidden_size, replace(other, tie_word_embeddings=True)
    share = one / costs.num_parameters(total)
    print(f"{name}: one matrix is {share:.0%} of the tied model; tied: {other.tie_word_embeddings}")

# %% [markdown]
# It also asks something of the matrix. The same row must say what a token means when it is read and when it should be written. How does training serve both? On paper: let $y = w \cdot (w \cdot x)$ with $w = 3$ and $x = 2$, the same weight used twice. Nudge only the left $w$ and $y$ grows by $w x = 6$ for each unit; nudge only the right one and it is 6 again. Nudge both, which is what changing $w$ does, and it is 12. The derivative of $w^2 x$ is $2 w x = 12$. **Gradients of shared weights add up.**
#
# Now a vocabulary of 8 and a text of three tokens, 1, 4 and 6. Before you look: which rows of the matrix get a gradient because a token was *read*, and which because scores were *written*?

# %%
torch.manual_seed(0)
E = (torch.randn(8, 4, dtype=torch.float64) * 0.7).requires_grad_()  # [V, C]
read, target = torch.tensor([1, 4, 6]), torch.tensor([4, 6, 2])


def gradient(reading, writing):
    """The loss's gradient for E [V, C] when one matrix reads and another writes."""
    loss = F.cross_entropy(reading[read] @ writing.T, target)
    return torch.autograd.grad(loss, E)[0]


frozen = E.detach()
paths = {
    "by reading": gradient(E, frozen),
    "by writing": gradient(frozen, E),
    "tied": gradient(E, E),
}
print("the two add up:", torch.allclose(paths["by reading"] + paths["by writing"], paths["tied"]))
for name, table in paths.items():
    rows = [row for row in range(8) if table[row].abs().max() > 0]
    print(f"{name:10} rows with a gradient: {rows}")

# %%
fig, axes = plt.subplots(1, 3, figsize=(7, 2.9), sharey=True)
limit = float(paths["tied"].abs().max())
for ax, (name, table) in zip(axes, paths.items(), strict=True):
    picture = ax.imshow(table.abs(), cmap="Greys", vmin=0, vmax=limit, aspect="auto")
    ax.set(title=name, xlabel="coordinate", xticks=range(4), yticks=range(8))
    ax.grid(visible=False)
axes[0].set_ylabel("token")
fig.colorbar(picture, ax=axes, label="|gradient|", shrink=0.9)
show(
    fig,
    alt="Three tables of 8 tokens by 4 coordinates, darker for larger gradients. By reading, only"
    " rows 1, 4 and 6 are not white. By writing, all rows are at least light grey, row 2 the "
    "darkest. Tied is their sum.",
)

# %% [markdown]
# Reading teaches the three tokens that were read. Writing teaches all eight: the tokens that came next are pulled up, and every other is pushed down a little. So in a tied model the embedding of a token moves at every step, even if the token never occurs in the text.

# %% [markdown]
# ## 9. A file of weights, opened by hand: safetensors
#
# Weights are published in files. For years those were Python pickles, and a pickle may contain commands that run when it is opened. [**safetensors**](../book/glossary.md#safetensors) is the answer to that: a list of names and places, then bare numbers, and nothing that could run. We write the first block of the model to such a file and read it again with nothing but `struct`, `json` and numpy.
#
# The layout fits in one sentence. Eight bytes hold the length of the header; the header is JSON; then come the bytes of the tensors.

# %%
folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "block.safetensors"
save_safetensors(model.model.layers[0].state_dict(), path)
data = path.read_bytes()
print("first eight bytes", data[:8].hex(" "))
(length,) = struct.unpack("<Q", data[:8])
print("header length    ", length)
header = json.loads(data[8 : 8 + length])
for name, entry in header.items():
    print(f"{name:32} {entry['dtype']} {entry['shape']!s:12} {entry['data_offsets']}")

# %% [markdown]
# The eight bytes are a whole number, lowest byte first. Each entry says how the numbers are stored, in which shape, and from which byte to which, counted from the end of the header. F32 is a 32-bit float, 4 bytes. Check one line on paper: 192 · 576 · 4 bytes should be the span of `self_attn.k_proj.weight`. Then read it:

# %%
entry = header["self_attn.k_proj.weight"]
begin, end = (8 + length + offset for offset in entry["data_offsets"])
by_hand = np.frombuffer(data[begin:end], dtype="<f4").reshape(entry["shape"])  # [G * D, C]
print(f"{192 * 576 * 4:,} bytes expected, {end - begin:,} found")
print("first numbers:", [f"{number:.3f}" for number in by_hand[0, :4]])
print(
    "as in the model:",
    np.array_equal(by_hand, model.model.layers[0].self_attn.k_proj.weight.detach()),
)
print(
    "the last tensor ends the file:",
    8 + length + max(e["data_offsets"][1] for e in header.values()) == len(data),
)

# %% [markdown]
# That is all there is to it, and because it is so little, nothing needs to be copied: the operating system can map the file into memory, and a tensor is a view of it. The hardened reader does that, and it distrusts every number in the header, since files come from strangers. Here the header claims to be longer than the file:

# %%
lie = Path(folder.name) / "lie.safetensors"
lie.write_bytes(struct.pack("<Q", 10**12) + data[8:100])
try:
    lessons_lib.checkpoint.load_safetensors(lie)
except CheckpointError as error:
    print(str(error).replace(str(lie.parent), "")[1:])

# %% [markdown]
# ## 10. The other kind: GGUF
#
# The file that our model comes in is of another kind. [**GGUF**](../book/glossary.md#gguf) is the format of llama.cpp, and it holds everything in one file: config, tokenizer and weights, the weights mostly squeezed. It has no JSON; we need a cursor that reads numbers one after the other and remembers where it is.


# %%
class Cursor:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def number(self, code):
        (value,) = struct.unpack_from("<" + code, self.data, self.at)
        self.at += struct.calcsize("<" + code)
        return value

    def text(self):
        size = self.number("Q")
        self.at += size
        return self.data[self.at - size : self.at].decode()


gguf_path = fetch("smollm2-135m-instruct")
data = gguf_path.read_bytes()
cursor = Cursor(data, at=4)
print("magic  ", data[:4])
print("version", cursor.number("I"))
tensor_count, key_count = cursor.number("Q"), cursor.number("Q")
print(f"{tensor_count} tensors, {key_count} keys")
print("first key  ", cursor.text(), "- kind of value", cursor.number("I"), "-", cursor.text())

# %% [markdown]
# Four bytes that say what this is, a version, two counts. Then the keys: a name, a number for the kind of value (8 is text), the value. A value may also be a number or a list. The rest of the keys and the table of tensors behind them take a dozen lines.

# %%
CODES = dict(enumerate("BbHhIif?")) | {10: "Q", 11: "q", 12: "d"}


def read_value(cursor, kind):
    if kind == 8:
        return cursor.text()
    if kind == 9:
        inner, count = cursor.number("I"), cursor.number("Q")
        return [read_value(cursor, inner) for _ in range(count)]
    return cursor.number(CODES[kind])


metadata = {"general.architecture": "llama"}  # the first key has been read
for _ in range(key_count - 1):
    key = cursor.text()
    metadata[key] = read_value(cursor, cursor.number("I"))
for key, value in metadata.items():
    if key.startswith("llama.") or isinstance(value, list):
        print(
            f"{key:40} {f'{len(value):,} entries' if isinstance(value, list) else f'{value:.6g}'}"
        )

# %% [markdown]
# Do you recognise the blueprint? Here it is again, under llama.cpp's names, and below it the vocabulary with its merges. Now the table. A shape stands in it from the last axis to the first:

# %%
TYPES = {0: "F32", 3: "Q4_1", 8: "Q8_0"}
table = {}
for _ in range(tensor_count):
    name = cursor.text()
    backwards = [cursor.number("Q") for _ in range(cursor.number("I"))]
    kind = TYPES[cursor.number("I")]
    table[name] = (backwards[::-1], kind, cursor.number("Q"))  # shape, kind, offset
start = -(-cursor.at // 32) * 32  # the tensors begin at the next multiple of 32
for name in list(table)[:5]:
    print(name, *table[name])
print("kinds of tensor:", dict(Counter(kind for _, kind, _ in table.values())))
library = load_gguf(gguf_path)
same = list(table) == list(library) and all(tuple(table[n][0]) == library.shapes[n] for n in table)
print("names and shapes as the library reads them:", same)

# %%
fig, axes = plt.subplots(2, 1, figsize=(7.5, 2.9))
strips = {
    f"safetensors, one block ({path.stat().st_size / 1e6:.1f} MB)": [
        ("8 bytes:\nlength", 1.2),
        (f"JSON header:\n{length:,} bytes", 2.2),
        ("bytes of the tensors: bare numbers", 6.6),
    ],
    f"GGUF, the whole model ({len(data) / 1e6:.1f} MB)": [
        ("GGUF,\n3, counts", 1.2),
        ("keys: config,\nvocabulary, merges", 2.2),
        (f"table of {tensor_count}\ntensors", 1.7),
        ("bytes of the tensors: blocks of 32 weights", 4.9),
    ],
}
for ax, (title, parts) in zip(axes, strips.items(), strict=True):
    left = 0
    for (text, width), colour in zip(
        parts, ["#ffffff", "#dddddd", "#f0f0f0", "#ffffff"], strict=False
    ):
        ax.barh(0, width, left=left, color=colour, edgecolor="black")
        ax.text(left + width / 2, 0, text, ha="center", va="center", fontsize=8.5)
        left += width
    ax.set(xlim=(0, 10), title=title)
    ax.axis("off")
show(
    fig,
    alt="Two strips, not to scale. A safetensors file: 8 bytes with the length, a JSON header, "
    "the bytes of the tensors. A GGUF file: magic, version and counts; keys with config, "
    "vocabulary and merges; a table of 272 tensors; the bytes of the tensors in blocks of 32 "
    "weights.",
)

# %% [markdown]
# Both kinds of file first say what is where and then give the bytes. But these are other bytes. Most tensors here are of the kind Q4_1: [**quantised**](../book/glossary.md#quantisation), so that 32 weights share 20 bytes. That makes 5 bits a weight. How can so little say what a weight is? It says which of 16 steps the weight stands on. A block holds the height of a step `d` and the lowest level `m`, 2 bytes each, and then 32 numbers from 0 to 15, two in each byte. A weight is
#
# $$w = d \cdot q + m$$
#
# Take the first 20 bytes of the first query matrix, and a pencil.

# %%
shape, kind, offset = table["blk.0.attn_q.weight"]
block = data[start + offset : start + offset + 20]
print("20 bytes:", block.hex(" "))
step, lowest = struct.unpack("<2e", block[:4])  # two 16-bit floats
print(f"d = {step:.5f}, m = {lowest:.5f}")
byte = block[4]
print(f"the fifth byte is {byte:#04x}: its low half is {byte & 15}, its high half {byte >> 4}")
print(f"weight  0 = {step:.5f} * {byte & 15} {lowest:+.5f} = {step * (byte & 15) + lowest:.3f}")
print(f"weight 16 = {step:.5f} * {byte >> 4} {lowest:+.5f} = {step * (byte >> 4) + lowest:.3f}")

# %% [markdown]
# The two halves of a byte do not stand next to each other. The low halves of the 16 bytes are weights 0 to 15, the high halves are weights 16 to 31. Do the sixth byte yourself, then compare:

# %%
levels = [byte & 15 for byte in block[4:]] + [byte >> 4 for byte in block[4:]]  # [32]
weights = np.array([step * q + lowest for q in levels], dtype=np.float32)
print("levels ", levels)
print("on levels 5 and 6:", sum(level in (5, 6) for level in levels), "of 32")
print("weights", " ".join(f"{w:.3f}" for w in weights[:8]), "...")
theirs = unpack(np.frombuffer(block, np.uint8), "Q4_1")
print("all 32 as the library reads them:", np.allclose(weights, theirs))

# %%
fig, ax = plt.subplots()
for level in range(16):
    ax.axhline(step * level + lowest, color="#bbbbbb", linewidth=0.7, linestyle="-", marker="")
ax.bar(range(32), weights, color=COLOURS[0], width=0.55)
ax.axhline(0, color="black", linewidth=0.8, linestyle="-", marker="")
ax.plot([32.5, 32.5], [lowest + 3 * step, lowest + 4 * step], color="black", marker="_")
ax.text(32.9, lowest + 3.5 * step, "d", va="center")
ax.text(32.3, lowest, "m", va="bottom")
ax.set(xlabel="weight of the block", ylabel="value", xlim=(-1, 34), title="32 weights on 16 steps")
ax.grid(visible=False)
show(
    fig,
    alt="Bars for 32 weights between -0.7 and 1.2, over 16 evenly spaced grey lines. Every bar "
    "ends on a line. Most lie between -0.3 and 0.3; one stands alone at the highest line.",
)

# %% [markdown]
# Every bar ends on one of the 16 lines, and you see the price. One weight, the highest, is far from the others, and because the steps must reach up to it they are coarse for everybody: nearly half of the block sits on two neighbouring lines. What was between the lines when the model was trained is lost. Lesson 07 quantises a model itself and measures how much that costs.
#
# Two decoders are enough for this file, besides the bare F32. Q8_0 is the simpler cousin: a step, then 32 signed bytes.


# %%
def plain_q4_1(raw):
    blocks = raw.reshape(-1, 20)
    scales = blocks[:, :4].copy().view("<f2").astype(np.float32)  # [n, 2]: d and m
    q = np.concatenate((blocks[:, 4:] & 15, blocks[:, 4:] >> 4), axis=1)  # [n, 32]
    return scales[:, :1] * q + scales[:, 1:]


def plain_q8_0(raw):
    blocks = raw.reshape(-1, 34)
    return blocks[:, :2].copy().view("<f2").astype(np.float32) * blocks[:, 2:].view(np.int8)


BYTES = {"F32": (1, 4), "Q4_1": (32, 20), "Q8_0": (32, 34)}  # weights and bytes of a block
DECODE = {"F32": lambda raw: raw.view("<f4"), "Q4_1": plain_q4_1, "Q8_0": plain_q8_0}


def plain_tensor(name):
    """One tensor of the file in float32, in its shape."""
    shape, kind, offset = table[name]
    size, count = BYTES[kind][1], math.prod(shape) // BYTES[kind][0]
    raw = np.frombuffer(data, np.uint8, size * count, start + offset).copy()
    return torch.from_numpy(DECODE[kind](raw).reshape(shape))


equal = sum(torch.equal(plain_tensor(name), library[name]) for name in table)
print(f"{equal} of {len(table)} tensors exactly as the library reads them")

# %% [markdown]
# What does the hardened reader add? It is strict, as with safetensors, it knows more kinds of block, and it works through a tensor piece by piece, so that a piece is still in the processor's cache when its next step begins.

# %% [markdown]
# ## 11. Other names, another order
#
# Two things stand between the file and our classes. One is easy: the names. llama.cpp and Hugging Face call the same matrix by different names, and a table translates.

# %%
PARTS = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
ENDS = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}


def our_name(name):
    if name in ENDS:
        return ENDS[name]
    _, layer, part, ending = name.split(".")
    return f"model.layers.{layer}.{PARTS[part]}.{ending}"


for name in ("token_embd.weight", "blk.0.attn_q.weight", "blk.29.ffn_down.weight"):
    print(f"{name:24} {our_name(name)}")

# %% [markdown]
# The other is treacherous. Lesson 04 showed that rotary positions come in two layouts: the partner of coordinate $i$ is $i + D/2$, as in our code and in Hugging Face's files, or pairs are neighbours, $2i$ and $2i + 1$, as in Meta's files and in GGUF files of Llama models. The numbers are the same; the *rows* of the query and key matrices stand in another order. For a head of width 8:


# %%
def half_from_interleaved(rows, head_dim):
    """[heads * D, ...] from neighbours (2i, 2i + 1) to halves (i, i + D/2)."""
    pairs = rows.unflatten(0, (-1, head_dim // 2, 2))  # [heads, D/2, 2, ...]
    return pairs.transpose(1, 2).flatten(0, 2)  # [heads * D, ...]


print("in the file", list(range(8)))
print("for us     ", half_from_interleaved(torch.arange(8), 8).tolist())

# %% [markdown]
# Forget this, and nothing complains: the shape is the same before and after. What would you see? We compare the scores of the real model with those of a copy whose query and key rows stand as in the file.

# %%
facts = "The capital of France is Paris, and the capital of Italy is"
facts_ids = torch.tensor([tokenizer.encode(facts)])
unsorted = {our_name(name): plain_tensor(name) for name in table if re.search(r"attn_[qk]\.", name)}
with torch.device("meta"):
    careless = PlainTransformer(config)
careless.load_state_dict(model.state_dict() | unsorted, assign=True)


def perplexity(scores):
    """Of the text about capitals, from its scores [T, V]."""
    return F.cross_entropy(scores[:-1], facts_ids[0, 1:]).exp()


with torch.no_grad():
    right, wrong = model(facts_ids)[0], careless(facts_ids)[0]  # [T, V]
off = (right - wrong).abs().amax(-1)  # [T]
print("largest difference by position:", " ".join(f"{value:.1f}" for value in off))
for name, scores in {"sorted": right, "as in the file": wrong}.items():
    word = tokenizer.decode([int(scores[-1].argmax())])
    print(f"{name:14} goes on with {word!r}, perplexity {perplexity(scores):.1f}")


# %%
def visible(token):
    return tokenizer.decode([int(token)]).replace(" ", "␣").replace("\n", "⏎")


fig, ax = plt.subplots(figsize=(7.5, 2.8))
ax.bar(range(len(off)), off, color=COLOURS[0])
labels = [f"{place}\n{visible(token)}" for place, token in enumerate(facts_ids[0])]
ax.set_xticks(range(len(off)), labels, fontsize=8)
ax.set(
    xlabel="position and token",
    ylabel="largest difference",
    title="Position 0 is right, whatever the layout",
)
ax.grid(axis="x", visible=False)
show(
    fig,
    alt="Bars of the largest difference of a score at each of 13 positions between sorted and "
    "unsorted rows. At position 0 there is none; from position 1 on the bars are 2 to 21 "
    "high.",
)

# %% [markdown]
# At position 0 nothing is turned, so no layout can be wrong. A test with a single token passes. From the second token on all scores are wrong, some by about 20, and still the model says *Rome*. Its perplexity has doubled, which you might blame on its size. Hence a rule: **test with more than one token, against numbers, not against your impression.**

# %% [markdown]
# ## 12. Pouring it in
#
# Everything is ready: a file whose tensors we can read, a table of names, an order of rows, and seventy lines of model. We go through the file tensor by tensor. At the end nothing may be missing and nothing left over.

# %%
with torch.device("meta"):
    plain = PlainTransformer(config)
waiting = {name: tuple(parameter.shape) for name, parameter in plain.named_parameters()}
filled, misfits = {}, []
for name in table:
    tensor, target = plain_tensor(name), our_name(name)
    if target.endswith(("q_proj.weight", "k_proj.weight")):
        tensor = half_from_interleaved(tensor, config.head_dim)
    if waiting.pop(target, None) != tuple(tensor.shape):
        misfits.append(target)
    filled[target] = tensor
print(f"{len(filled)} tensors read, {len(waiting)} missing, {len(misfits)} that do not fit")

# %% [markdown]
# There is no tensor for the head in the file. It is tied, so it gets the embedding matrix, and with that the model is whole.

# %%
filled["lm_head.weight"] = filled["model.embed_tokens.weight"]
plain.load_state_dict(filled, assign=True)
with torch.no_grad():
    ours, theirs = plain(facts_ids)[0], model(facts_ids)[0]  # [T, V]
print(f"scores go up to {theirs.abs().max():.0f}")
print(f"ours and the library's differ by {(ours - theirs).abs().max():.3f} at most")

# %% [markdown]
# ## 13. The first sentence
#
# No sampler, no cache, no template: look at the whole text, take the likeliest token, append it, look again.

# %%
text = "Once upon a time, there was a little"
written = tokenizer.encode(text)
with torch.no_grad():
    for _ in range(24):
        scores = plain(torch.tensor([written]))[0, -1]  # [V]
        written.append(int(scores.argmax()))
print(" | ".join(tokenizer.decode([token]) for token in written[-24:]))
print()
print(tokenizer.decode(written))

# %% [markdown]
# There it is. Every line between the bytes of the file and this sentence stands in this notebook, but for the tokenizer of lesson 02, the reading of the config and torch's arithmetic. It is slow, because it reads the whole text again for each token. Lesson 07 mends that.

# %% [markdown]
# ## 14. Is it right?
#
# A fluent sentence is no proof; you will see how little it proves. The way to know is to stand beside somebody else's program with the same weights and compare numbers, all the way through. The reference is Hugging Face's *transformers*, written by other people and widely used. We hand it the tensors that we read, and nothing else.

# %%
from transformers import LlamaConfig, LlamaForCausalLM

shared = {
    field: getattr(config, field) for field in (*sizes, "rms_norm_eps", "tie_word_embeddings")
}
rotary = {"rope_type": "default", "rope_theta": config.rope_theta}
with torch.device("meta"):
    reference = LlamaForCausalLM(LlamaConfig(**shared, rope_parameters=rotary)).eval()
reference.load_state_dict(filled, assign=True)
# its angles are no weights: they are not in the file and must be made off the meta device
reference.model.rotary_emb = type(reference.model.rotary_emb)(config=reference.config)
found = compare(plain, reference, sentence_ids)
largest = max(item.difference / item.scale for item in found)
print(f"{len(found)} parts compared, from {found[0].part} to {found[-1].part}")
print("every part within a twenty-thousandth of its largest number:", largest < 5e-5)

# %% [markdown]
# All parts agree but for rounding: two programs that add the same numbers in another order differ in the last digits. To see what agreement looks like, and what it does not look like, we put the careless copy of section 11 beside the reference too. For each block: how far is the last token's vector off, as a share of its length?

# %%


def drift(model):
    """How far the last token's stream is off after each block, as a share of its length."""
    mine, theirs = outputs(model, sentence_ids), outputs(reference, sentence_ids)
    streams = [f"model.layers.{layer}" for layer in range(config.num_hidden_layers)]
    gaps = [
        (mine[part] - theirs[part])[0, -1].norm() / theirs[part][0, -1].norm() for part in streams
    ]
    return torch.stack(gaps)


drifts = {"plain, from the file": drift(plain), "rows unsorted": drift(careless)}
for name, values in drifts.items():
    first, last = (f"{float(values[i].clamp(min=1e-4)):.4f}" for i in (0, -1))
    print(f"{name:21} after block 1: {first}, after block 30: {last} (0.0001 stands for less)")

# %%
fig, ax = plt.subplots()
for name, values in drifts.items():
    ax.plot(range(1, 31), values.clamp(min=1e-4), label=name, markevery=3)
ax.set(
    yscale="log",
    ylim=(6e-5, 3),
    xlabel="after block",
    ylabel="share of the vector that is off",
    title="Rounding stays tiny; a fault is large after one block",
)
ax.legend(loc="center right")
show(
    fig,
    alt="Two curves over 30 blocks on a logarithmic axis. The plain model lies on the floor of "
    "the figure at 0.0001 or less throughout. The one with unsorted rows starts at 0.07 after"
    " the first block and stays between 0.2 and 0.4.",
)

# %% [markdown]
# ## 15. The parity debugger
#
# Rounding stays below the floor of the figure; the fault shows after one block. That suggests how to look for one. Models compute in a fixed order. Walk along both, part by part, and stop at the first one that differs: the fault is there, or in what happened since the part before. Everything later is wrong too, but only because it was fed wrong numbers. In plain form:


# %%
def plain_first_difference(model, reference, token_ids, tolerance=1e-4):
    mine, theirs = outputs(model, token_ids), outputs(reference, token_ids)
    before = None
    for part in mine:
        if part in theirs:
            gap = (mine[part] - theirs[part]).abs().max()
            if gap > tolerance * theirs[part].abs().max():
                return part, before
            before = part
    return None, before


print("careless copy: first to differ, agreed until")
print(*plain_first_difference(careless, reference, sentence_ids), sep="\n")

# %%
show_source(first_difference)

# %% [markdown]
# The careless copy has its query rows in another order, so `q_proj` itself is the first to differ.
#
# What does the hardened one add? It says how large the difference is and at which token and coordinate; it notices shapes that differ and numbers that are no numbers; and it copies what it records, because parts reuse each other's memory.
#
# Now the three patients. Each is a copy of our model with one fault. First, can you hear anything?

# %%
patients = {number: make_patient(number, model) for number in (1, 2, 3)}
print(f"{'healthy':10} {tokenizer.decode([int(model(facts_ids)[0, -1].argmax())])}")
for number, patient in patients.items():
    print(f"patient {number:2} {tokenizer.decode([int(patient(facts_ids)[0, -1].argmax())])}")

# %% [markdown]
# All four say *Rome*. A right answer proves next to nothing. Examine them, one at a time, and write your diagnosis down before you read on. The suspects are: an embedding, a norm, a projection, the rotation, the scale of the scores, the mask, the feed-forward network. The second line of evidence is how far the first differing part is off, *by position*.


# %%
def examine(number):
    found = first_difference(patients[number], reference, sentence_ids)
    print(found)
    part = found.first.part
    mine, theirs = (outputs(m, sentence_ids)[part] for m in (patients[number], reference))
    by_position = (mine - theirs).abs().amax((0, 2))  # [T]
    print("off by position:", " ".join(f"{value:.4f}" for value in by_position))


examine(1)

# %%
examine(2)

# %%
examine(3)

# %% [markdown]
# **Patient 1.** In block 0, q, k and v agree, and `o_proj` does not. Its own matrix may be to blame, or what happens between `v_proj` and it: the rotation, the scale, the mask. Position 0 is right and all others are wrong. A wrong matrix would not spare position 0. But position 0 sees only itself, so its share is 1 whatever its score. The shares of the others are wrong, then. Of the three the rotation is the first suspect, since section 11, and that can be tested: if the layout is wrong, query and key rows in the file's order will cure it.
#
# **Patient 2.** The very first norm differs, and the embedding before it agrees. All positions are off, by very little. The wrong axis would be gross. What remains is a weight that is slightly off, or the tiny number inside the root, `rms_norm_eps`, one of the zeros of section 1. Test: put the right one in.

# %%
treated = {number: make_patient(number, model) for number in (1, 2)}
treated[1].load_state_dict(model.state_dict() | unsorted, assign=True)
for part in treated[2].modules():
    if hasattr(part, "eps"):
        part.eps = config.rms_norm_eps
for number, patient in treated.items():
    with torch.no_grad():
        left = (patient(facts_ids) - model(facts_ids)).abs().max()
    print(f"patient {number}, treated: scores differ by {left:.3f} at most")

# %% [markdown]
# Both are cured: the layout it was, and the epsilon.
#
# **Patient 3.** As patient 1, but now the *last* position is right and the others are wrong. Which token can't be harmed by seeing too much? The one that has nothing ahead of it. So the mask lets the future in. How much of it? Swap the last token, as in section 7, and see which positions of that part move.

# %%
swapped = sentence_ids.clone()
swapped[0, -1] = 0
for name, m in {"healthy": model, "patient 3": patients[3]}.items():
    pair = [
        outputs(m, text)["model.layers.0.self_attn.o_proj"][0] for text in (sentence_ids, swapped)
    ]
    moves = (pair[0] - pair[1]).abs().amax(-1) > 1e-4  # [T]
    print(f"{name:9} positions moved by the last token: {moves.nonzero().flatten().tolist()}")

# %% [markdown]
# The last token reaches one place back. The mask is off by one, and every token sees its successor. Here is what was done to the three:

# %%
show_source(make_patient)

# %% [markdown]
# ## 16. What does it believe on the way?
#
# In lesson 05 we looked early: the last norm and the head, applied to the stream before the last block is reached. This is called the [**logit lens**](../book/glossary.md#logit-lens). Now that we hold all streams of all tokens, we can look at the whole sentence at once. Each row is a depth, each column a token; the word is what the head would say there, the shade how sure it is.

# %%
depths = [0, 3, 6, 9, 12, 15, 18, 21, 24, 26, 28, 29, 30]
stream_parts = ["model.embed_tokens", *(f"model.layers.{layer}" for layer in range(30))]
streams = torch.stack([seen[stream_parts[depth]][0] for depth in depths])  # [13, T, C]
with torch.no_grad():
    lens = model.lm_head(model.model.norm(streams)).softmax(-1)  # [13, T, V]
sure, said = lens.max(-1)  # [13, T] each
for depth, chance, token in zip(depths, sure[:, -1], said[:, -1], strict=True):
    print(f"after block {depth:2}: {visible(token):6} {chance:.0%}")

# %%
fig, ax = plt.subplots(figsize=(8, 4.8))
ax.imshow(sure, cmap="Blues", vmin=0, vmax=1.25, aspect="auto")
for row in range(len(depths)):
    for column in range(T):
        dark = sure[row, column] > 0.75
        word = visible(said[row, column])
        ax.text(
            column,
            row,
            word,
            ha="center",
            va="center",
            fontsize=7,
            color="white" if dark else "black",
        )
ax.set_xticks(range(T), [visible(token) for token in sentence_ids[0]], fontsize=8)
ax.set_yticks(range(len(depths)), depths)
ax.set(xlabel="token read", ylabel="after block", title="What the head would say, at each depth")
ax.grid(visible=False)
show(
    fig,
    alt="A table of words, 13 depths by ten tokens, darker where the head is surer. At depth 0 "
    "most cells repeat the token itself. Through the middle most say commas and spaces. At "
    "the last token the middle says one, and from depth 24 on two.",
)

# %% [markdown]
# Read the rightmost column. From block 24 on the lens says *two*, which is the answer. Before that, from block 12 on, it says *one*, and quite firmly. Did the model first believe in a bicycle with one wheel?
#
# Be careful. At depth 0 the head mostly repeats the word that stands there: it *is* the embedding matrix, and a vector is most like itself. In the middle it says commas and spaces, and it is sure of them; no reader of this sentence expects that many commas. The last norm and the head were trained to read block 30 and nothing else. What they make of block 12 is a translation by somebody who knows the language of the last block only. *Only ... one* is a phrase, and the middle may be full of phrases; that is a guess, which this picture can't settle. Lesson 05's way can: change something on the way and see what follows.

# %% [markdown]
# ## 17. The same code, eight times as large
#
# Nothing in our seventy lines knows that the model is small. TinyLlama has 1.1 billion parameters, was trained by a few people in the open, and for our code differs from SmolLM2 in nothing but the config:

# %%
tiny = ModelConfig.preset("tinyllama-1.1b")
differing = [
    field for field in (*sizes, *settings) if getattr(tiny, field) != getattr(config, field)
]
print(
    f"{costs.num_parameters(tiny):,} parameters, {costs.weight_bytes(tiny, 16) / 1e9:.1f} GB at 16 bits"
)
with torch.device("meta"):
    built = PlainTransformer(tiny)
print(f"{sum(p.numel() for p in built.parameters()):,} by our plain class")
print("other values:", ", ".join(differing))

# %% [markdown]
# Its weights do not come with this course, and not every reader can reach the Hugging Face Hub. If you can, and have 5 gigabytes to spare, the first line fetches the folder, in a terminal, and the second loads it as our small model was loaded:
#
# ```
# hf download TinyLlama/TinyLlama-1.1B-Chat-v1.0 --local-dir tinyllama
# model, tokenizer = lessons_lib.load("tinyllama", dtype=torch.bfloat16)
# ```
#
# The library reads Hugging Face's folders, Meta's and GGUF files, and checks each time that nothing is missing, nothing left over and nothing of another shape. Lesson 10 takes other families.

# %% [markdown]
# ## 18. What goes wrong
#
# Two mistakes that everybody makes once. The first: `strict=False`. A name does not fit, torch complains, and somebody finds the switch that makes it stop. Here one letter is missing in one name:

# %%
first = "model.layers.0.mlp.down_proj"
typo = dict(filled)
typo[f"{first}.wight"] = typo.pop(f"{first}.weight")
with torch.device("meta"):
    forgiving = PlainTransformer(config)
torch.manual_seed(0)
forgiving.model["layers"][0].mlp.down_proj = nn.Linear(
    1536, 576, bias=False
)  # random, as it starts
forgiving.load_state_dict(typo, strict=False, assign=True)
with torch.no_grad():
    lost = perplexity(forgiving(facts_ids)[0])
print(f"perplexity more than 100 times as high: {bool(lost > 100 * perplexity(right))}")
try:
    forgiving.load_state_dict(typo)
except RuntimeError as error:
    print(*str(error).splitlines()[1:], sep="\n")

# %% [markdown]
# One of the 210 matrices in the blocks stayed random, and the model is lost. The strict loader names both ends of the mistake. The library knows no other way of loading.
#
# The second: a setting from the wrong place. SmolLM2's *training* recipe says `rope_theta` 10000, its published config 100000. Every shape fits.

# %%
with torch.device("meta"):
    older = Transformer(replace(config, rope_theta=10000.0))
older.load_state_dict(model.state_dict(), assign=True)
long_text = "The lighthouse stood at the end of the bay. " * 12 + "The light"
long_ids = torch.tensor([tokenizer.encode(long_text)])
for name, texts in {"short": sentence_ids, "long": long_ids}.items():
    with torch.no_grad():
        pair = [m(texts)[0, -1].log_softmax(-1) for m in (model, older)]  # [V] each
    apart = (pair[0].exp() * (pair[0] - pair[1])).sum()
    same_word = pair[0].argmax() == pair[1].argmax()
    print(f"{name:5} text: same next word: {bool(same_word)}; chances differ by {apart:.3f} nats")

# %% [markdown]
# Whoever tries one prompt sees the same word and goes home. (A nat is the unit of $-\ln p$. The number is the surprise that believing the wrong model adds, on average, at this one word.)

# %% [markdown]
# ## Exercises
#
# Write each function where the dots are and run the cell. `check` tries it on small cases. `hint("count_parameters")` helps a step at a time and `show_solution("count_parameters")` shows one way; both come from `lessons_lib.classroom`.
#
# ### {exercise: count_parameters}
#
# The formula of section 4, with one more case: where `bias` is true, the query, key and value projections have biases, as in Qwen2.5.


# %% tags=["exercise"]
def my_count(V, C, F, L, H, G, D, tied, bias):
    """whole numbers V to D, and tied and bias as True or False, to the number of parameters."""
    ...


check("count_parameters", my_count)

# %% [markdown]
# ### {exercise: safetensors_tensor}
#
# All of a safetensors file as bytes, and a name. Numbers may be F32 or F16.


# %% tags=["exercise"]
def my_tensor(data, name):
    """bytes of a safetensors file and a tensor's name to a numpy array of its shape."""
    ...


check("safetensors_tensor", my_tensor)

# %% [markdown]
# ### {exercise: decode_q4_1}
#
# One block of Q4_1, 20 bytes, to its 32 weights in their order.


# %% tags=["exercise"]
def my_block(block):
    """20 bytes to a list of 32 numbers."""
    ...


check("decode_q4_1", my_block)

# %% [markdown]
# ### {exercise: interleave_rows}
#
# The opposite of section 11, for saving: rows in halves, $i$ and $i + D/2$, back to neighbours.


# %% tags=["exercise"]
def my_interleaved(rows, head_dim):
    """rows [heads * D, C], pairs as halves of each head, to rows with pairs as neighbours."""
    ...


check("interleave_rows", my_interleaved)

# %% [markdown]
# ### {exercise: is_causal}
#
# You get a function from a list of `T` token ids to an array of scores, one row for each token. Find out whether a later token ever changes an earlier row. Beware: a leak may be small, may reach back one token only, and may depend on which token comes later.


# %% tags=["exercise"]
def my_is_causal(score, ids, V):
    """a function from ids to scores [T, V], a list of ids below V, and V, to True or False."""
    ...


check("is_causal", my_is_causal)

# %% [markdown]
# ### {exercise: first_difference}
#
# Two dictionaries of arrays `[T, C]` by name, in the order of computing. Return the name of the first part whose largest difference is above `tolerance`, with the token and the coordinate where it is largest. Parts that only one of them has are passed over. A number that is no number (`nan`) counts as a difference.


# %% tags=["exercise"]
def my_first_difference(mine, theirs, tolerance):
    """two dicts of arrays [T, C] to (name, token, coordinate), or "none" where all agree."""
    ...


check("first_difference", my_first_difference)

# %% [markdown]
# ## Quiz

# %%
quiz("06")

# %% [markdown]
# What you have solved so far, in this lesson and the others:

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A config is the whole drawing. Wrong sizes show at once, wrong settings never do.
# - Parameters, bytes and FLOPs follow from it by a formula each: two FLOPs for each number of a matrix, and more for each token seen.
# - Before training, two things can be checked: the loss is $\ln V$, and nothing depends on what comes later.
# - Files of weights are names, places and numbers. Quantised blocks are a step, a level and small whole numbers.
# - Between two files the names differ, and the order of the query and key rows may. Position 0 never tells.
# - A fluent answer proves nothing. Compare numbers, part by part, with somebody else's program, on more than one token.
#
# **New words:** [config](../book/glossary.md#config), [output head](../book/glossary.md#output-head), [parameter](../book/glossary.md#parameter), [FLOP](../book/glossary.md#flop), [KV cache](../book/glossary.md#kv-cache), [causal](../book/glossary.md#causal), [weight tying](../book/glossary.md#weight-tying), [safetensors](../book/glossary.md#safetensors), [GGUF](../book/glossary.md#gguf), [quantisation](../book/glossary.md#quantisation), [logit lens](../book/glossary.md#logit-lens).
#
# **Papers.** [Touvron and others 2023](https://arxiv.org/abs/2307.09288), *Llama 2* (the blueprint that most models follow). [Ben Allal and others 2025](https://arxiv.org/abs/2502.02737), *SmolLM2*. [Zhang and others 2024](https://arxiv.org/abs/2401.02385), *TinyLlama*. [Press and Wolf 2016](https://arxiv.org/abs/1608.05859), *Using the Output Embedding to Improve Language Models* (weight tying). [Kaplan and others 2020](https://arxiv.org/abs/2001.08361), *Scaling Laws for Neural Language Models* (FLOPs a token). [nostalgebraist 2020](https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru/interpreting-gpt-the-logit-lens), *Interpreting GPT: the Logit Lens*.
#
# **Next:** in lesson 07 the model gets a memory, and learns to talk: from scores to a conversation, as fast as this machine allows.
