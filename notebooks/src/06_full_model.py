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
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [the lookup](03_embeddings.ipynb#4.-The-lookup); [turning by place](04b_positions.ipynb) and [shared heads](04c_heads_and_cost.ipynb); [the block](05_transformer_block.ipynb); [cross entropy](00c_learning.ipynb#3.-How-wrong-is-a-guess?) and [hooks](00c_learning.ipynb#6.-Switches-and-a-window); [bytes and JSON](A1_python.ipynb#5.-Bytes,-files,-modules); in section 7 the library `transformers` |
# | It adds to `lessons_lib` | `config`, `model.py`, `formats`, `checkpoint`: the whole decoder, and how weights get into it |
#
# {route}

# %%
# {setup}

# %%
import json
import math
import sys
import tempfile
from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import ipywidgets as widgets
import numpy as np
import torch
import torch.nn.functional as F

import lessons_lib
from lessons_lib import ModelConfig, Transformer
from lessons_lib.assets import fetch
from lessons_lib.checkpoint import load_gguf, save_safetensors
from lessons_lib.checkpoint.gguf.names import hugging_face_name
from lessons_lib.checkpoint.parity import compare, first_difference, outputs
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
from lessons_lib.classroom.lessons.lesson06 import figures
from lessons_lib.classroom.lessons.lesson06.patients import make_patient
from lessons_lib.classroom.lessons.lesson06.shared import (
    SMALL,
    copy_of,
    losses_on_noise,
    parts_of,
    with_one_size_for_all,
    without_mask,
)
from lessons_lib.config.costs import num_parameters, weight_bytes
from lessons_lib.generation import stream
from lessons_lib.tokenizer import load_sentencepiece

use_style()

# %% [markdown]
# ## The finished thing first

# %%
torch.set_grad_enabled(False)  # as no_grad, from here on: this lesson reads and does not learn
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
sentence = "The capital of France is Paris, and the capital of Italy is"
ids = torch.tensor(tokenizer.encode(sentence))  # [T]
best = model(ids[None])[0, -1].argmax()  # [1, T] in, for it reads several texts at once
print(sentence + tokenizer.decode([int(best)]))
borrowed = {"transformers", "tokenizers", "safetensors", "gguf"} & set(sys.modules)
print("libraries for language models in use:", ", ".join(borrowed) or "none")

# %% [markdown]
# A real model says *Rome*, and no library for language models had a hand in it. Lessons 01 to 05 built the parts. Now they become a whole, and in the last exercise **your own functions, put together by you, read SmolLM2's weights and write a first sentence**.
#
# It says *Rome*. Is it right? You will meet copies of this model that say *Rome* too, and each has a fault.
#
# ## 1. The blueprint
#
# Before there is a single weight there is a list of sizes and settings, the model's [**config**](../book/glossary.md#config). Everything that we build follows from it. Here is SmolLM2's:

# %%
config = model.config
names = ["vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers"]
names += ["num_attention_heads", "num_key_value_heads", "head_dim"]
sizes = dict(zip(names, "VCFLHGD", strict=True))
settings = ("max_position_embeddings", "rope_theta", "rms_norm_eps", "tie_word_embeddings")
for field in (*sizes, *settings):
    print(f"{field:24} {sizes.get(field, ''):1}  {getattr(config, field)}")

# %% [markdown]
# Of the settings, `rope_theta` is the base of the rotation, and `rms_norm_eps` the small number under the root of the norms.
#
# A config can't be changed in place; `replace` from Python's dataclasses makes a copy with other values.

# %%
predict("slips_that_fit")

# %%
slips = {"num_key_value_heads": 9, "head_dim": 32, "rope_theta": 1e4, "rms_norm_eps": 1e-6}
slips["max_position_embeddings"] = 2048
fit = 0
for field, value in slips.items():
    more = num_parameters(replace(config, **{field: value})) - num_parameters(config)
    fit += more == 0
    print(f"{field:24} {more:+,} learned numbers")
together = replace(config, num_attention_heads=18, num_key_value_heads=6, head_dim=32)
print(f"{'three sizes at once':24} {num_parameters(together) - num_parameters(config):+,}")
reveal("slips_that_fit", fit)

# %% [markdown]
# One wrong *size* changes shapes, and loading stops. Several can make up for each other: 18 heads of 32 are as wide as 9 of 64, and 6 as 3. A wrong *setting* is in no shape (but for `tie_word_embeddings`, which says whether there is a matrix more). With a wrong `max_position_embeddings` the model only refuses long texts. With the other two it runs, and is another model. (One of them comes back as a patient.) The learned numbers themselves are called [**parameters**](../book/glossary.md#parameter), and how many there are often stands in a model's name.
#
# ## 2. A skeleton with dummy parts
#
# A whole model is four parts in a row. Only the second is repeated.

# %% tags=["hide-input"]
show(
    figures.whole_model(),
    alt="Boxes from left to right: ids [T], embedding [V, C], blocks 0 to L minus 1, norm [C], head [V, C], scores [T, V]. "
    "Between embedding, blocks, norm and head runs [T, C]. An arrow from embedding to head: the same numbers, if tied. "
    "Below, the tensors' names in the file, and the nine tensors of a block with their shapes.",
)

# %% [markdown]
# The last matrix is the model's [**head**](../book/glossary.md#output-head), `lm_head`: a row for each token, whose dot product with a vector is that token's score. In SmolLM2 the head *is* the embedding ([**weight tying**](../book/glossary.md#weight-tying)), which saves 28 million numbers. And behind the last block stands one more norm: blocks norm what they read, and nothing has normed what the last one leaves.
#
# We begin with a skeleton that already runs. Each part is a function, and each is a dummy: the embedding and the head give zeros of the right shape, the others hand on what they get.


# %%
def skeleton(ids, embed, blocks, norm, head):
    x = embed(ids)  # [T, C]
    for block in blocks:
        x = block(x)  # [T, C]
    return head(norm(x))  # [T, V]


def hand_on(x):
    return x


parts = {
    "embed": lambda ids: torch.zeros(len(ids), config.hidden_size),
    "blocks": [hand_on] * config.num_hidden_layers,
    "norm": hand_on,
    "head": lambda x: torch.zeros(len(x), config.vocab_size),
}


def tell(step, ids=ids):
    scores = skeleton(ids, **parts)  # ** spreads a dict out as named arguments
    loss = F.cross_entropy(scores[:-1], ids[1:])  # what comes after the last token is unknown
    print(f"{step:24} scores {list(scores.shape)}, loss {loss:5.1f}")
    return scores


tell("dummies alone")
print(f"{'':24} ln V = {math.log(config.vocab_size):.1f}")

# %% [markdown]
# All scores are 0, all 49,152 tokens equally likely, and the loss is $\ln V$, as for anyone who knows nothing. Now the real parts, one after the other. `parts_of` hands them over as functions of ids or of x, with the weights in them.

# %%
predict("no_blocks")

# %%
real = parts_of(model)
parts["embed"], parts["head"] = real["embed"], real["head"]
best = tell("+ embedding and head").argmax(-1)  # [T]
print("likeliest:", "|".join(tokenizer.decode([int(i)]) for i in best))
same = int((best == ids).sum())
reveal("no_blocks", "the token that stands there" if same > len(ids) / 2 else "a rare one")
lengths = model.model.embed_tokens.weight.norm(dim=-1)  # [V]
claim(
    "Whatever beats a token here has a row more than twice as long.",
    bool((lengths[best] > 2 * lengths[ids])[best != ids].all()),
)

# %% [markdown]
# At 10 of 13 places the model repeats what it reads: the head is the embedding, and a row's dot product with itself is its length, squared. A much longer row can score more still: here it is that of one token, three times. Two more steps, and it is whole:

# %%
parts["blocks"] = real["blocks"]
unnormed = tell("+ 30 blocks")
parts["norm"] = real["norm"]
whole = tell("+ last norm")
print(f"largest scores {unnormed.max():.0f} and {whole.max():.0f}")
print("says:", tokenizer.decode([int(whole[-1].argmax())]))
claim("The library's model agrees.", whole.allclose(model(ids[None])[0], atol=1e-3))

# %% [markdown]
# With one dummy left, in the smallest of the parts, the loss is more than forty times that of knowing nothing: huge scores, sure of nonsense.
#
# How much does each block bring? We fill them in from the front; the others stay dummies. From how many on does the model know more than nothing? Guess before you look.


# %%
def as_blocks_are_filled(text):
    ids, losses = torch.tensor(tokenizer.encode(text)), []
    x = real["embed"](ids)
    for block in real["blocks"]:
        x = block(x)
        scores = real["head"](real["norm"](x))  # as if all later blocks handed on
        losses.append(float(F.cross_entropy(scores[:-1], ids[1:])))
    return losses


texts = [sentence, "My car has four wheels. My bicycle has only two wheels."]
texts += ["Water is made of hydrogen and oxygen. Salt is made of sodium and chlorine."]
filled = {text: as_blocks_are_filled(text) for text in texts}
for text, losses in filled.items():
    below = sum(loss > math.log(config.vocab_size) for loss in losses) + 1
    print(f"{text[:20]}… below ln V with {below}; loss with all 30 {losses[29]:.1f}")
parts["blocks"] = [hand_on] * 20 + real["blocks"][20:]
for text in texts:
    tell("the first 20 as dummies", torch.tensor(tokenizer.encode(text)))

# %% tags=["hide-input"]
show(
    figures.filling(
        {text[:24] + "…": losses for text, losses in filled.items()}, math.log(config.vocab_size)
    ),
    alt="Three curves of the loss over the number of real blocks. They lie between 14 and 23 up to block 20, above the line "
    "of knowing nothing at 10.8, fall below it between blocks 23 and 26, and end between 1.9 and 4.",
)

# %% [markdown]
# On these three sentences it takes more than twenty. Nor are the last ten enough: with dummies in place of the first twenty the loss is above $\ln V$ too. The last ones presumably read what the first wrote, and as a head the matrix has only ever read what block 29 leaves. (To read earlier with it is the [logit lens](../book/glossary.md#logit-lens).)
#
# Fill and empty it yourself, with any text:


# %%
def draw(text, blocks, last_norm):
    ids = tokenizer.encode(text or "The")[:40]
    norm = real["norm"] if last_norm else hand_on
    scores = skeleton(ids, real["embed"], real["blocks"][:blocks], norm, real["head"])
    return figures.likeliest(scores[-1], tokenizer)


slider = {"continuous_update": False}
explore(
    draw,
    text=widgets.Text(value=sentence, **slider),
    blocks=widgets.IntSlider(value=28, min=0, max=30, **slider),
    last_norm=widgets.Checkbox(value=True),
)

# %% [markdown]
# And the shapes inside? `outputs` hangs a hook on every part that has a name, and keeps what it hands on:

# %%
seen = outputs(model, ids[None])
print(len(seen), "parts; mlp.up_proj of block 0", list(seen["model.layers.0.mlp.up_proj"].shape))

# %% tags=["hide-input"]
show(
    figures.widths(seen),
    alt="Horizontal bars of how many numbers a token has: 1 as an id, 576 as an embedding; in a block 576 for q, 192 for k "
    "and v, 576 for o, 1,536 for gate and up, 576 for down; then 576 and at the end 49,152 scores.",
)

# %% [markdown]
# Between the parts a token has 576 numbers. The last step is 85 times as wide, to choose one token.
#
# ## 3. Two checks before the first weight
#
# A model that you have just written has random weights. Can it be tested at all? Two things can be said of it in advance. The first is its loss. (Our small one, `SMALL`, has three blocks and 2,000 tokens of 36 numbers.)

# %%
predict("no_mask")


# %%
def loss_at_start(seed, leak=False, shift=1, std=0.02):
    """Of a small fresh model on random tokens. std: the spread of its weights."""
    torch.manual_seed(seed)
    fresh = Transformer(replace(SMALL, initializer_range=std))
    ids = torch.randint(SMALL.vocab_size, (8, 33))  # [B, T + 1]
    with without_mask() if leak else nullcontext():  # nullcontext: nothing changes
        scores = fresh(ids[:, :-1])  # [B, T, V]
    targets = ids[:, shift : shift + 32]  # [B, T]; shifted by 1, the tokens that come next
    return float(F.cross_entropy(scores.flatten(0, 1), targets.flatten()))


ways = {
    "as it should be": {},
    "without a mask": {"leak": True},
    "targets not shifted": {"shift": 0},
    "weights too large": {"std": 0.6},
}
know_nothing = math.log(SMALL.vocab_size)
print(f"V = {SMALL.vocab_size:,}, ln V = {know_nothing:.2f}; four fresh models each:")
starts = {name: [loss_at_start(seed, **way) for seed in range(4)] for name, way in ways.items()}
for name, losses in starts.items():
    print(f"{name:20}", " ".join(f"{value:6.2f}" for value in losses))
apart = max(abs(value - know_nothing) for value in starts["without a mask"])
reveal("no_mask", "about ln V" if apart < 0.05 else "clearly below ln V")

# %% [markdown]
# A fresh model knows nothing: $\ln V$, within a few hundredths. Far above it, look at the weights first: they may be too large. *Below* it: the targets are not shifted (seen in tied models alone, which rate highest what they read), padding was counted as 0 in the mean, or the weights are not fresh. **But never a missing mask:** random weights can't use what they see.
#
# A leak shows in training. We train small models on 16 random tokens, each batch new, so that the past says *nothing* about what comes next:

# %%
ends = {leak: [losses_on_noise(seed, leak=leak)[-1] for seed in range(3)] for leak in (False, True)}
print(f"ln 16 = {math.log(16):.1f}; with a mask:", *(f"{value:.1f}" for value in ends[False]))
claim("Without one, each is below half of ln 16.", max(ends[True]) < math.log(16) / 2)

# %% [markdown]
# The second check needs no training: **what comes later must not change what came before.** A model in which that holds for every token is [**causal**](../book/glossary.md#causal). Swap one token and see whose scores move: one earlier position that moves, and it is not causal. To see it bite, a copy has a fault that has nothing to do with the mask. Its norms divide all tokens of a text by one common size, the root of the mean square over all of them.


# %%
def who_moves(model, ids):
    """[T, T] bool: does swapping token i, the row, change the scores at position j?"""
    rows, before = [], model(ids)
    for i in range(ids.shape[1]):
        swapped = ids.clone()
        swapped[0, i] = (ids[0, i] + 1) % SMALL.vocab_size
        rows.append((model(swapped) - before).abs().amax(-1)[0] > 1e-6)  # [T]
    return torch.stack(rows)


torch.manual_seed(0)
sound = Transformer(replace(SMALL, initializer_range=0.15))
eleven = torch.randint(SMALL.vocab_size, (1, 11))
models = {"sound": sound, "one size for all": with_one_size_for_all(sound)}
moved = {name: who_moves(model, eleven) for name, model in models.items()}
for name, table in moved.items():
    print(f"{name:17} {int(table.tril(-1).sum())} of 55 earlier positions move")

# %% tags=["hide-input"]
show(
    figures.who_moves(moved),
    alt="Two tables of 11 by 11, dark where swapping the token of a row moves the scores at the position of a column. The "
    "sound one is dark on and right of the diagonal only, the other one everywhere.",
)

# %% [markdown]
# Left, the past moves the future and never the other way round; right, each token moves all. The check takes no trained weights and no reference. (Exercise 2 tries more than one token a place.)
#
# **A good place for a break.** The next three sections are about files.
#
# ## 4. A file of weights, opened by hand
#
# A Python pickle may contain commands that run when it is opened. [**safetensors**](../book/glossary.md#safetensors) holds names, places and bare numbers. Eight bytes give the length of a header; the header is JSON; then come the tensors' bytes. We write the first block to such a file, in 16 bits, and read it by hand. (Its *state_dict* are its tensors by name.)

# %%
folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "block.safetensors"
block = model.model.layers[0].state_dict()
save_safetensors({name: w.bfloat16() for name, w in block.items()}, path, {"format": "pt"})
data = path.read_bytes()
length = int.from_bytes(data[:8], "little")  # a whole number, lowest byte first
header = json.loads(data[8 : 8 + length])
for name, entry in header.items():
    print(f"{name:32} {entry}")

# %% [markdown]
# The first entry, *metadata*, is no tensor: it says that the tensors are PyTorch's. The others give the kind of number, the shape, and from which byte to which, *counted from the end of the header*. Check one on paper: 192 · 576 numbers of 2 bytes.
#
# BF16 is [bfloat16](00b_tensors.ipynb#8.-What-goes-wrong), and NumPy doesn't know it. But it is the first half of a float32, so sixteen zeros behind it make it one. −1.5 as float32 is bfc00000 in base 16; as BF16 it is bfc0, and in the file the lower byte comes first, c0 bf.
#
# In code that takes three steps. `"<u2"` reads whole numbers of 2 bytes, the lowest first. `<< 16` puts sixteen zeros behind each. `view` takes the same bits for float32.

# %%
entry = header["self_attn.k_proj.weight"]
begin, end = (8 + length + offset for offset in entry["data_offsets"])
bits = np.frombuffer(data[begin:end], "<u2")  # numbers as they lie in the bytes
by_hand = (bits.astype(np.uint32) << 16).view(np.float32).reshape(entry["shape"])  # [G * D, C]
original = block["self_attn.k_proj.weight"]
claim("As PyTorch rounds them.", np.array_equal(by_hand, original.bfloat16().float()))
off = (torch.tensor(by_hand) - original).abs() / original.abs().clamp(min=1e-9)
claim("No weight has moved by more than a 256th of itself.", off.max() <= 1 / 256)

# %% [markdown]
# ## 5. The other kind of file: GGUF
#
# The file that our model really comes in is of another kind, that of llama.cpp. [**GGUF**](../book/glossary.md#gguf) holds everything: config, tokenizer, and weights that are mostly squeezed.

# %%
gguf_path = fetch("smollm2-135m-instruct")
with gguf_path.open("rb") as file:  # rb: read bytes
    start = file.read(24)
counts = [int.from_bytes(start[at : at + 8], "little") for at in (8, 16)]
print(start[:4], "version", int.from_bytes(start[4:8], "little"), "tensors, keys:", counts)
gguf = load_gguf(gguf_path)
for key, value in gguf.metadata.items():
    if key.startswith("llama.") and "rope" not in key:
        print(f"{key:40} {value:.6g}")
print("kinds of tensor:", dict(Counter(gguf.types.values())))

# %% tags=["hide-input"]
show(
    figures.two_files(length, counts[0]),
    alt="Two strips. A safetensors file: 8 bytes with the length, a JSON header, the bytes of the tensors as bare numbers. A "
    "GGUF file: magic, version and counts; keys with config, vocabulary and merges; a table of 272 tensors; the bytes of "
    "the tensors, most in blocks of 32 weights.",
)

# %% [markdown]
# The blueprint again, under other names. Both files first say what is where. But most tensors here are Q4_1, [**quantised**](../book/glossary.md#quantisation): 32 weights share 20 bytes, 5 bits a weight. A weight is rounded to one of 16 levels $q$, from 0 to 15. They lie a step `d` apart, and the lowest is `m`:
#
# $$w = d \cdot q + m$$
#
# The 20 bytes are `d` and `m`, as two float16, and then 16 bytes with two levels each. Their low halves (`& 15` in Python) are weights 0 to 15, their high halves (`>> 4`) weights 16 to 31. Take the fifth byte of the output and a pencil before you read its last line but one.

# %%
squeezed = bytes(gguf.raw("blk.0.attn_q.weight")[:20])
print("20 bytes:", squeezed.hex(" "))
d, m = np.frombuffer(squeezed[:4], "<f2").astype(np.float32)
levels = [byte & 15 for byte in squeezed[4:]] + [byte >> 4 for byte in squeezed[4:]]  # [32]
weights_there = [float(d * q + m) for q in levels]
print(f"d = {d:.5f}, m = {m:.5f}, levels {levels}")
print(f"weight 0 is {weights_there[0]:.3f}, weight 16 is {weights_there[16]:.3f}")
first_row = gguf["blk.0.attn_q.weight"][0]  # [C], as the library reads it
claim("So reads the library.", np.allclose(weights_there, first_row[:32], atol=1e-6))
print("on levels 5 and 6:", sum(q in (5, 6) for q in levels), "of 32")

# %% tags=["hide-input"]
show(
    figures.steps(weights_there, float(d), float(m)),
    alt="Bars for 32 weights between -0.7 and 1.2, over 16 evenly spaced grey lines. Every bar ends on a line. Most lie "
    "between -0.3 and 0.3; one stands alone at the highest line.",
)

# %% [markdown]
# Every bar ends on a line, and you see the price: nearly half sit on two neighbouring levels, and what lay between was lost when the file was made. (Lesson 07b measures what that costs.)
#
# ## 6. Other names, another order
#
# Two things stand between this file and our code. The names are easy; a table translates.

# %%
for name in ("token_embd.weight", "blk.29.attn_q.weight", "blk.29.ffn_down.weight"):
    print(f"{name:24} {hugging_face_name(name)}")

# %% [markdown]
# The order is treacherous. [Two layouts](04b_positions.ipynb#5.-Two-layouts,-and-a-bug-that-hides-at-place-0) of the rotation exist, and GGUF files of Llama models are written for neighbours: number $2i$ of a head turns with $2i + 1$. Ours turns $i$ with $i + D/2$. The numbers are the same; the *rows* of the query and key matrices stand in another order. `unflatten` cuts an axis into several, here into heads, pairs and the two of a pair.


# %%
def halves_from_neighbours(rows, head_dim):
    """Rows [heads * D, ...]: in each head the firsts of all pairs, then the seconds."""
    pairs = rows.unflatten(0, (-1, head_dim // 2, 2))  # [heads, D/2, 2, ...]
    return pairs.transpose(1, 2).flatten(0, 2)  # [heads * D, ...]


print("in the file", list(range(8)), "for us", halves_from_neighbours(torch.arange(8), 8).tolist())

# %% [markdown]
# Forget it, and nothing complains: the shapes are the same. We make that mistake on a copy (`copy_of` shares all tensors but those it is given). [Perplexity](01_tokens_and_sampling.ipynb#11.-How-good-is-the-model-at-guessing?) here is over the three texts of section 2.

# %%
turned = [name for name in gguf if "attn_q." in name or "attn_k." in name]
as_in_file = {hugging_face_name(name): gguf[name] for name in turned}
careless = copy_of(model, as_in_file)


def perplexity(model, texts=texts):
    read = [torch.tensor(tokenizer.encode(text)) for text in texts]
    losses = [F.cross_entropy(model(one[None])[0, :-1], one[1:], reduction="none") for one in read]
    return float(torch.cat(losses).mean().exp())


def report(name, model):
    """Its next word, its perplexity, and how far its scores are from the healthy model's, by position."""
    scores = model(ids[None])[0]  # [T, V]
    off, word = (scores - right).abs().amax(-1), tokenizer.decode([int(scores[-1].argmax())])
    print(
        f"{name:14} says {word}, perplexity {perplexity(model):4.1f}, off by up to {off.max():.2f}"
    )
    return off


right = model(ids[None])[0]
report("sorted", model)
off = report("as in the file", careless)

# %% tags=["hide-input"]
show(
    figures.by_position(off, [tokenizer.decode([int(i)]).replace(" ", "␣") for i in ids]),
    alt="Bars of the largest difference of a score at each of 13 positions between sorted and unsorted rows. At position 0 "
    "there is none; from position 1 on the bars are 2 to 21 high.",
)

# %% [markdown]
# From the second token on the scores are wrong, some by 20, and still it says *Rome*.
#
# Now we go through the whole file; nothing may be missing and nothing left over.

# %%
weights = {}
for name in gguf:
    tensor = gguf[name]
    if name in turned:
        tensor = halves_from_neighbours(tensor, config.head_dim)
    weights[hugging_face_name(name)] = tensor
library = dict(model.named_parameters())
claim("No name is missing, and none is left over.", weights.keys() == library.keys())
claim("All numbers are the library's.", all(weights[n].equal(library[n]) for n in library))
print(f"{len(weights)} tensors, {sum(tensor.numel() for tensor in weights.values()):,} numbers")

# %% [markdown]
# There is no tensor for the head: it is tied. This dict, `weights`, is what your own model will read.
#
# ## 7. Is it right?
#
# The way to know is to stand beside somebody else's program with the same weights and compare numbers, all the way through. Ours is Hugging Face's *transformers*. It gets our tensors and nothing else. (`assign=True` takes them as they are, without a copy; `eval()` since a fresh model there is in training mode.)

# %%
from transformers import LlamaConfig, LlamaForCausalLM

fields = {field: getattr(config, field) for field in (*sizes, *settings[2:])}
rotary = {"rope_type": "default", "rope_theta": config.rope_theta}
reference = LlamaForCausalLM(LlamaConfig(**fields, rope_parameters=rotary)).eval()
reference.load_state_dict(
    weights | {"lm_head.weight": weights["model.embed_tokens.weight"]}, assign=True
)
found = compare(model, reference, ids[None])
largest = max(item.difference / item.scale for item in found)
print(f"{len(found)} parts compared, from {found[0].part} to {found[-1].part}")
claim("Every part agrees within a 20,000th of its largest number.", largest < 5e-5)

# %% [markdown]
# Not to the last digit: two programs add the same numbers in another order, and round differently. To find a fault, walk along both, and stop at the first part that differs by more than rounding. The fault is there, or between it and the part before, in what has no name. What comes later may be wrong too, but only because it was fed wrong numbers.


# %%
def plain_first_difference(model, reference, ids, tolerance=1e-4):
    mine, theirs = outputs(model, ids), outputs(reference, ids)
    before = None
    for part in mine:
        if part in theirs:
            gap = (mine[part] - theirs[part]).abs().max()
            if not gap <= tolerance * theirs[part].abs().max():  # so nan differs too
                return part, before
            before = part
    return None, before


turns_neighbours = copy_of(model, rope_pairing="interleaved")
for copy in (careless, turns_neighbours):
    part, before = plain_first_difference(copy, reference, ids[None])
    print(f"first to differ: {part}\n   agreed until: {before}")

# %% [markdown]
# There are two layout faults. The careless copy has its *rows* in another order, so `q_proj` itself is the first. The other copy has the right rows, and its *code* turns neighbours. That happens behind q and k, so both agree, and `o_proj` is the first that differs.
#
# ## 8. Three patients
#
# Each is a copy of our model with one fault, and there is a fourth for later. Do you notice anything?

# %%
patients = {number: make_patient(number, model) for number in (1, 2, 3, 4)}
for number, patient in patients.items():
    report(f"patient {number}", patient)
ill, others = patients[2], texts[::2]
claim("Patient 2 has a lower perplexity than the healthy.", perplexity(ill) < perplexity(model))
claim("Not without the second text.", perplexity(ill, others) > perplexity(model, others))

# %% [markdown]
# All say *Rome*, one is hardly off, and one has a *lower* perplexity than the healthy model, thanks to one of the three texts: neither a right answer nor a low loss proves much. The suspects: the embedding, a norm, a projection, the rotation, the scale of the scores, the mask, the feed-forward network. Besides the first part that differs, look at which *positions* do.


# %%
def examine(number):
    found = first_difference(patients[number], reference, ids[None])
    print(f"patient {number}: first {found.first.part}, agreed until {found.before.part}")
    part = found.first.part
    mine, theirs = (outputs(each, ids[None])[part] for each in (patients[number], reference))
    off = (mine - theirs).abs().amax((0, 2))  # [T]
    print(
        f"   off by up to {off.max():.4f}; right at positions",
        (off < 5e-5).nonzero()[:, 0].tolist(),
    )


for number in (1, 2, 3):
    examine(number)

# %% tags=["hide-input"]
show(
    figures.parts_and_positions(
        {f"patient {n}": outputs(patients[n], ids[None]) for n in (1, 2, 3)},
        outputs(reference, ids[None]),
    ),
    alt="Three tables of five parts of block 0 by 13 positions, dark where a patient differs. Patient 1 is dark from the "
    "norm on, at all positions. Patients 2 and 3 are dark at o_proj alone: patient 2 but for the last position, patient 3 "
    "but for the first.",
)

# %% [markdown]
# Write down a diagnosis for each before you read on.
#
# **Patient 1.** The very first norm differs, at all positions and by very little. Other weights or a wrong axis would hardly change so little. The small number under the root would, one of the slips of section 1.
#
# **Patient 2.** q, k and v agree, `o_proj` does not. Its own matrix would spare no position. But the *last* position is right, with nothing ahead of it: the mask lets the future in. How far? Swap the last token and see what moves.
#
# **Patient 3.** As patient 2, but only position 0 is right. It sees itself alone, with weight 1 whatever its score. If the swap finds no leak, the weights on the past are wrong: the rotation, the scale, or a mask that hides too much. Not the first layout fault, for `q_proj` agrees. The second? Rows as in the file cure code that turns neighbours. If they don't cure patient 3, try the scale.

# %%
swapped = torch.cat((ids[:-1], ids[:1]))
o_proj = "model.layers.0.self_attn.o_proj"
for number in (2, 3):
    pair = [outputs(patients[number], text[None])[o_proj][0] for text in (ids, swapped)]
    moved = ((pair[0] - pair[1]).abs().amax(-1) > 1e-4).nonzero().flatten()
    print(f"patient {number}: the last token moves positions {moved.tolist()}")
treated = {
    "patient 1, epsilon 1e-5": copy_of(patients[1], rms_norm_eps=1e-5),
    "code that turns neighbours, other layout": copy_of(turns_neighbours, as_in_file),
    "patient 3, other layout": copy_of(patients[3], as_in_file),
    # scores are divided by the root of this
    "patient 3, root of 64": copy_of(patients[3], query_pre_attn_scalar=64),
}
for name, patient in treated.items():
    print(f"{name}: scores off by {(patient(ids[None])[0] - right).abs().max():.2f}")

# %% [markdown]
# Patient 2's mask was off by one: every token saw its successor. Patient 3 divided by the root of twice a head's width. Patient 4 is yours, among the exercises.
#
# ## 9. TinyLlama: the same code, eight times as large
#
# TinyLlama is built like SmolLM2; nothing in our code knows how large a model is. First the memory:

# %%
tiny = ModelConfig.preset("tinyllama-1.1b")
sizes_in_gb = [f"{weight_bytes(tiny, bits) / 1e9:.1f} GB in {bits} bits" for bits in (16, 32)]
print(f"{num_parameters(tiny):,} parameters:", ", ".join(sizes_in_gb))
its_words = load_sentencepiece(fetch("llama2"))  # the vocabulary of Llama 2 and TinyLlama
print("Hello, World! is", its_words.encode("Hello, World!"))

# %% [markdown]
# With a 1 in front, which opens every text of Llama 2, these are its real ids. Its weights don't come with this course. If you reach the Hugging Face Hub, and have 2.2 GB of disk and as much memory to spare, `hf download TinyLlama/TinyLlama-1.1B-Chat-v1.0 --local-dir tinyllama` in a terminal puts them beside this notebook. Then this cell runs it:

# %%
if Path("tinyllama").is_dir():
    large, its_tokenizer = lessons_lib.load("tinyllama", dtype=torch.bfloat16)
    print("".join(stream(large, its_tokenizer, sentence, max_new_tokens=8)))
else:
    print("no folder tinyllama here")

# %% [markdown]
# ## 10. What goes wrong
#
# **`strict=False`** makes PyTorch stop complaining about names. Here one letter of one name is missing, so one of 210 matrices stays as it was made, random:

# %%
typo = dict(model.state_dict())
typo["model.layers.0.mlp.down_proj.wight"] = typo.pop("model.layers.0.mlp.down_proj.weight")
torch.manual_seed(0)
forgiving = copy_of(model, {"model.layers.0.mlp.down_proj.weight": 0.02 * torch.randn(576, 1536)})
forgiving.load_state_dict(typo, strict=False)
worse = perplexity(forgiving) / perplexity(model)
claim("Its perplexity is more than 100 times as high.", worse > 100)
try:
    forgiving.load_state_dict(typo)
except RuntimeError as error:
    print(*str(error).splitlines()[1:], sep="\n")

# %% [markdown]
# **The mode.** Weights that load well can still run in *training* mode, and [dropout](00c_learning.ipynb#6.-Switches-and-a-window) then throws numbers away at random. GPT-2 has it, so call `eval()` as in section 7. Llama's family has none:

# %%
both = [model.train()(ids[None]), model.eval()(ids[None])]
claim("SmolLM2 gives the same in both modes.", torch.equal(*both))

# %% [markdown]
# ## 11. Your own parts
#
# For the last exercise you need two functions that you have written: `my_heads`, the last exercise of 04c, and `my_block`, that of 05. Paste yours in place of the two lines that import ours. (The epsilon in `my_block` is 1e-5: SmolLM2's and TinyLlama's, but not every model's.) `partial` gives a function with one argument already set: a *look* is `my_heads` with the base filled in, and each layer gets one.

# %%
from functools import partial

from lessons_lib.classroom.lessons.lesson04c.positions_and_heads import my_heads
from lessons_lib.classroom.lessons.lesson05.my_block import my_block

looks = [partial(my_heads, base=config.rope_theta)] * config.num_hidden_layers
x, own = real["embed"](ids), model.model.layers[0].state_dict()
mine = my_block(x, own, looks[0], config.head_dim)
claim("my_block does what block 0 does.", mine.allclose(real["blocks"][0](x), atol=1e-3))

# %% [markdown]
# ## Exercises
#
# `hint("my_model")` helps a step at a time, `show_solution("my_model")` shows one way.
#
# ### {exercise: count_parameters}
#
# Section 2's drawing has all the shapes. Where there are biases, as in Qwen2.5, each number that a projection gives has one.


# %% tags=["exercise"]
def my_count(V, C, F, L, H, G, D, tied, bias):
    """whole numbers V, C, F, L, H, G, D, and tied and bias, each True or False, to the number of learned
    numbers of a model like SmolLM2. Where tied is False, the head is a matrix of its own; where bias is
    True, the query, key and value projections have biases."""
    ...


check("count_parameters", my_count)

# %% [markdown]
# ### {exercise: is_causal}
#
# You get a model as a function and no look inside. A leak may be small, may reach back one token only, and may depend on which token comes later.


# %% tags=["exercise"]
def my_is_causal(score, ids, V):
    """a function score from a list of T ids to scores, a tensor [T, V], then a list of ids below V, and V; to
    True if no later token, whichever it is, changes any number of an earlier row by more than 1e-6 (less is
    rounding), else False."""
    ...


check("is_causal", my_is_causal)

# %% [markdown]
# ### {exercise: safetensors_tensor}
#
# Any file, any of three kinds of number.


# %% tags=["exercise"]
def my_tensor(data, name):
    """all bytes of a safetensors file and the name of a tensor in it to a numpy array of its shape. Numbers
    are F32, F16 or BF16. The file may have metadata, and spaces behind its header."""
    ...


check("safetensors_tensor", my_tensor)

# %% [markdown]
# ### {exercise: interleave_rows}
#
# The opposite of section 6, for whoever saves a GGUF file.


# %% tags=["exercise"]
def my_interleaved(rows, head_dim):
    """rows [heads * D, C], in each head the pairs i and i + D/2, to rows in which the pairs are neighbours,
    2i and 2i + 1."""
    ...


check("interleave_rows", my_interleaved)

# %% [markdown]
# ### {exercise: fourth_patient}
#
# `patients[4]` says *Rome*, and all its tensors are right. In one block a token can't see its whole past, but only itself and a few before it. Examine it.

# %% tags=["exercise"]
# a tuple of two whole numbers: which block is ill, and how many tokens, itself included, a token can see
# there.
check("fourth_patient", ...)

# %% [markdown]
# ### {exercise: my_model}
#
# The whole of it. When yours passes, `my_model(tokenizer.encode("..."), weights, config.to_dict(), looks)` scores a text of your own with the tensors that you read in section 6.


# %% tags=["exercise"]
def my_model(ids, weights, config, looks):
    """my_model(ids, weights, config, looks): a list of T ids to scores [T, V], row i for the token after
    ids[i]. weights: all tensors by the names of SmolLM2's file. config: a dict with num_hidden_layers,
    head_dim, rms_norm_eps, tie_word_embeddings and others; where tie_word_embeddings is True, the head is
    the embedding matrix, where it is False, it is weights["lm_head.weight"] [V, C]. looks: a list of
    functions look(q, k, v), one for each layer, q [H, T, D], k and v [G, T, D]. The blocks are those of
    my_block(x, its weights, look, head_dim), whose weights have the names without `model.layers.0.` and so
    on, and whose norms have the epsilon 1e-5. The last norm has that of the config."""
    ...


check("my_model", my_model)

# %% [markdown]
# And with the folder of section 9 it is TinyLlama. Its tensors have the same names, and one more, since its head is not tied. In 32 bits, which plain functions like ours expect, they take 4.4 GB of memory:
#
# ```python
# file = lessons_lib.checkpoint.load_safetensors("tinyllama/model.safetensors")
# its_weights = {name: tensor.float() for name, tensor in file.items()}
# its_looks = [partial(my_heads, base=tiny.rope_theta)] * tiny.num_hidden_layers
# scores = my_model([1, *its_words.encode(sentence)], its_weights, tiny.to_dict(), its_looks)
# print(its_words.decode([int(scores[-1].argmax())]))
# ```
#
# ## Say it in your own words

# %%
say("sizes_and_settings", "the_way_of_a_token", "loss_at_the_start", "why_numbers")

# %% [markdown]
# ## Quiz

# %%
quiz("06")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A config is the whole drawing. One wrong size shows at once; a wrong `rope_theta` or `rms_norm_eps`, or sizes that make up for each other, don't.
# - Embedding, blocks, norm, head: four parts in a row, and a dummy in place of one can cost more than knowing nothing.
# - Before training the loss is $\ln V$, with a mask or without. Swap a token to see who looks ahead.
# - Files of weights are names, places and numbers. Between two files names differ, and the order of the query and key rows may.
# - It says *Rome* proves nothing, and a fault can lower the loss. Compare numbers, part by part, on more than one token.
#
# **Papers.** [Touvron and others 2023](https://arxiv.org/abs/2302.13971), *LLaMA* (pre-norm, SwiGLU and rotation in one model). [Ben Allal and others 2025](https://arxiv.org/abs/2502.02737), *SmolLM2*. [Zhang and others 2024](https://arxiv.org/abs/2401.02385), *TinyLlama*. [Press and Wolf 2016](https://arxiv.org/abs/1608.05859), *Using the Output Embedding to Improve Language Models* (weight tying). [nostalgebraist 2020](https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru/interpreting-gpt-the-logit-lens), *Interpreting GPT: the Logit Lens*.
#
# **Next:** in [lesson 07](07_generation.ipynb) your model stops reading the whole text again for each token, and learns to talk.
