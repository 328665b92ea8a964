# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 10 · One skeleton, every model
#
# **How different are the models that everybody names?**
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/llms-from-the-ground-up/blob/v0.2.0/notebooks/10_every_model.ipynb)
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | lessons 04 to 06: attention, the block, the full model |
# | It adds to `lessons_lib` | `checkpoint.families`, `layers.latent_attention`, the router of `layers.moe`: every family from GPT-2 to DeepSeek V3 |
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
import tempfile
from dataclasses import fields, replace
from pathlib import Path

import ipywidgets as widgets
import matplotlib.pyplot as plt
import torch
from torch import nn

import lessons_lib
from lessons_lib import ModelConfig, Transformer
from lessons_lib.checkpoint import CheckpointError
from lessons_lib.checkpoint.families import FAMILIES
from lessons_lib.checkpoint.huggingface import describe_folder, tensors_from_folder
from lessons_lib.checkpoint.weights import fill
from lessons_lib.classroom import (
    check,
    explore,
    progress,
    quiz,
    show,
    show_source,
    use_style,
)
from lessons_lib.classroom.lessons.lesson10.disguises import disguised
from lessons_lib.classroom.lessons.lesson10.family_tree import (
    differing,
    draw_tree,
    grow_tree,
    switches,
)
from lessons_lib.classroom.lessons.lesson10.model_cards import draw_pair
from lessons_lib.classroom.panels.figures import COLOURS
from lessons_lib.classroom.practice import held_out_loss, practice
from lessons_lib.config import costs
from lessons_lib.corpora import shakespeare
from lessons_lib.files import ModelFolder
from lessons_lib.generation import KVCache
from lessons_lib.layers import (
    Attention,
    Block,
    LatentAttention,
    MixtureOfExperts,
    apply_rope,
    attention_weights,
    causal_mask,
    rms_norm,
    rope_frequencies,
    rotation,
    route,
    sliding_window_mask,
)

use_style()
torch.set_num_threads(1)  # nearly all models here are so small that a second thread gets in the way

# %% [markdown]
# ## The finished thing first

# %%
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
clothes = {
    "Llama": {},
    "Mistral": {"sliding_window": 4096},
    "Qwen2": {"attention_bias": True, "attention_output_bias": False},
    "Mixtral": {"num_local_experts": 8, "num_experts_per_tok": 2, "norm_topk_prob": True},
}
text = "The three primary colours are red, yellow, and"
for name, changes in clothes.items():
    ids, dressed = tokenizer.encode(text), disguised(model, **changes)
    with torch.no_grad():
        for _ in range(2):
            ids.append(int(dressed(torch.tensor([ids]), logits_to_keep=1).argmax()))
    print(
        f"{name:8} {costs.num_parameters(dressed.config):11,} parameters: {tokenizer.decode(ids)}"
    )

# %% [markdown]
# One set of trained weights has ended a sentence under four family names. SmolLM2 is a Llama. For this cell it also passed for a Mistral, a Qwen2 and a Mixtral with eight experts in each of its 30 layers. It is a disguise: the new biases are zeros, and the eight experts are copies of one network. But look at what it took: a few fields of the config. The same class ran all four.
#
# That is the claim of this lesson. The models that everybody names are one skeleton, the one you wrote in lesson 06, and a short list of switches. We will find the switches by reading configs, build by hand the one part that is new in each family, and check every family against another program. At the end you will open a model that this library has never heard of.
#
# Now we build it.

# %% [markdown]
# ## 1. Two configs, read side by side
#
# A published model is a folder, and in it lies a `config.json`. Here are two of them, as published but for the lines about software: those of [Llama 2 7B](https://huggingface.co/meta-llama/Llama-2-7b-hf/blob/main/config.json) and [Mistral 7B](https://huggingface.co/mistralai/Mistral-7B-v0.1/blob/main/config.json). Read them as you would read two recipes. Which lines say *how much* of something there is, and which say *what kind* of thing it is?

# %%
llama_json = """{"model_type": "llama", "vocab_size": 32000, "hidden_size": 4096,
 "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32,
 "num_key_value_heads": 32, "hidden_act": "silu", "max_position_embeddings": 4096,
 "rms_norm_eps": 1e-05, "rope_scaling": null, "pretraining_tp": 1, "initializer_range": 0.02,
 "tie_word_embeddings": false, "bos_token_id": 1, "eos_token_id": 2}"""
mistral_json = """{"model_type": "mistral", "vocab_size": 32000, "hidden_size": 4096,
 "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32,
 "num_key_value_heads": 8, "hidden_act": "silu", "max_position_embeddings": 32768,
 "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "sliding_window": 4096, "initializer_range": 0.02,
 "tie_word_embeddings": false, "bos_token_id": 1, "eos_token_id": 2}"""
llama_file, mistral_file = json.loads(llama_json), json.loads(mistral_json)
for key in sorted(llama_file.keys() | mistral_file.keys()):
    one, other = (file.get(key, "absent") for file in (llama_file, mistral_file))
    if one != other:
        print(f"{key:24} {one!s:10} {other}")

# %% [markdown]
# Eight lines differ. The `model_type` is a name, and `"pretraining_tp"` says how the training was spread over machines. Two are sizes: a wider feed-forward network and a longer context. `num_key_value_heads` looks like a size too, but 8 in place of 32 means that heads share their keys, and that is another kind of attention (lesson 04). `sliding_window` is another kind of sight. Two lines remain, and both are no difference at all. `rope_scaling` is null in one and absent in the other. And `rope_theta`, absent in Llama's file, means 10000 there, as it says in Mistral's. **What a key means by being absent belongs to the family.**
#
# The library keeps one table for each family: what its keys are called, and what each means by being absent. Out comes a `ModelConfig`, the same class for all.

# %%
llama2 = FAMILIES["llama"].config(llama_file)
mistral = FAMILIES["mistral"].config(mistral_file)
print("as the presets:", llama2 == ModelConfig.preset("llama-2-7b"), end=", ")
print(mistral == ModelConfig.preset("mistral-7b-v0.1"))
print("rope_theta", llama2.rope_theta, mistral.rope_theta, "  head_dim", llama2.head_dim)
print(f"{len(fields(ModelConfig))} fields in all")

# %% [markdown]
# We put the sizes aside, and write every choice of kind as one word. A [**switch**](../book/glossary.md#switch) is a setting that says which part a model has, not how much of it. The library's function `switches` reads all of them off a config:

# %%
for name, value in switches(llama2).items():
    print(f"{name:13} {value:12} {switches(mistral)[name]:12}".rstrip())

# %%
show_source(switches)

# %% [markdown]
# Two switches apart; the rest is the same program. The library's `differing` compares two configs by their switches. Over our comparison of the files it has the advantage that it compares meanings: an absent line and a written default are equal, and sizes do not count. Here are all published configs that the library knows, beside Llama 3 8B. Before you look: which column do you expect to be the darkest?

# %%
presets = {name: ModelConfig.preset(name) for name in ModelConfig.presets()}
base = presets["llama-3-8b"]
apart = {name: differing(base, config) for name, config in presets.items()}
for name, found in apart.items():
    print(f"{name:16} {len(found):2} {', '.join(found)}".rstrip())

# %%
rows = list(switches(base))
dark = torch.tensor([[float(row in found) for found in apart.values()] for row in rows])
fig, ax = plt.subplots(figsize=(7.5, 4.6))
ax.imshow(dark, cmap="Greys", vmin=0, vmax=1.5, aspect="auto")
ax.set_xticks(range(len(apart)), apart, rotation=60, ha="right", fontsize=8)
ax.set_yticks(range(len(rows)), rows, fontsize=8)
ax.set_xticks([x - 0.5 for x in range(1, len(apart))], minor=True)
ax.set_yticks([y - 0.5 for y in range(1, len(rows))], minor=True)
ax.grid(visible=False)
ax.grid(which="minor", color="#bbbbbb")
ax.tick_params(which="minor", length=0)
ax.set_title("Where each model leaves Llama 3 8B")
show(
    fig,
    alt="A table of 17 switches by 22 models, dark where a model differs from Llama 3 8B. The two "
    "Gemmas have the darkest columns, then Llama 4, GPT-2 and DeepSeek. TinyLlama and Mistral 7B "
    "v0.3 have no dark cell, most others one to three.",
)

# %% [markdown]
# Most of the table is white. TinyLlama and Mistral 7B v0.3 have not one dark cell: between them and Llama 3 8B nothing but sizes and numbers differs. The Gemmas are farthest from Llama, farther than DeepSeek or Llama 4. Nine of the 17 rows are about attention. Take the table as a map: the dark spots are what the next sections build, family by family. Each time we print the difference, build the new part by hand, and compare with another program.

# %% [markdown]
# ## 2. Two tools
#
# We need them in every section. The first is attention in plain form, that of lesson 06, with two places left open for news: `prepare` may do something to queries and keys before they are turned, `bend` something to the scores before the mask. It takes its weights from one of the library's layers, so that the two can be compared.


# %%
def plain_attention(layer, x, turn, mask, prepare=None, bend=None):
    projections = (layer.q_proj, layer.k_proj, layer.v_proj)
    q, k, v = (p(x).unflatten(-1, (-1, layer.head_dim)).transpose(1, 2) for p in projections)
    if prepare:
        q, k = prepare(q, k)
    q, k = apply_rope(q, turn), apply_rope(k, turn)  # [B, H or G, T, D]
    k, v = (y.repeat_interleave(q.shape[1] // y.shape[1], dim=1) for y in (k, v))  # [B, H, T, D]
    scores = q @ k.mT * layer.scale  # [B, H, T, T]
    if bend:
        scores = bend(scores)
    shares = scores.masked_fill(~mask, -math.inf).softmax(-1)
    return layer.o_proj((shares @ v).transpose(1, 2).flatten(2))  # [B, T, C]


# %%
sizes = {
    "vocab_size": 97,
    "hidden_size": 36,
    "intermediate_size": 52,
    "num_hidden_layers": 4,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "head_dim": 10,
    "max_position_embeddings": 128,
    "tie_word_embeddings": False,
}
T = 41
x = torch.randn(2, T, 36, generator=torch.Generator().manual_seed(3))  # [B, T, C]


def same_as_the_library(mask=None, **switched):
    """Our plain attention beside the library's, for a random layer with some switches turned."""
    news = {name: switched.pop(name) for name in ("prepare", "bend") if name in switched}
    small = ModelConfig(**(sizes | switched))
    torch.manual_seed(0)
    layer = Attention(small, 0)
    for parameter in layer.parameters():
        nn.init.normal_(parameter, mean=0.5 * (parameter.dim() == 1), std=0.3)
    news = {name: part(layer) for name, part in news.items()}
    turn = rotation(torch.arange(T), rope_frequencies(small), small.rope_pairing)
    mask = causal_mask(T, T) if mask is None else mask
    with torch.no_grad():
        return torch.allclose(
            plain_attention(layer, x, turn, mask, **news), layer(x, turn), atol=1e-4
        )


print("nothing switched:", same_as_the_library())

# %% [markdown]
# The second tool is the proof. It asks *transformers* for a small random model of a family, with sizes that are all different, lets it save itself as a folder of files, opens the files with our code, and compares the scores for two texts of 41 tokens. So everything is on trial at once: the reading of the config, the names and the order of the weights, and the computation.

# %%
import transformers
from transformers import AutoConfig, AutoModelForCausalLM

transformers.utils.logging.disable_progress_bar()
folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
ids = torch.randint(97, (2, T), generator=torch.Generator().manual_seed(1))  # [B, T]
parity = {}


def reference(model_type, **settings):
    """A random model of theirs, and the folder that it saved itself in."""
    tokens = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": None}
    torch.manual_seed(0)
    config = AutoConfig.for_model(model_type, **settings, **tokens)
    theirs = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    for parameter in theirs.parameters():
        nn.init.normal_(parameter, mean=0.7 * (parameter.dim() == 1), std=0.15)
    place = Path(folder.name) / model_type
    theirs.save_pretrained(place)
    return theirs, place


def difference(config, tensors, theirs):
    """The largest difference of a score between our model with these weights and theirs."""
    ours = Transformer(config)
    fill(ours, tensors, "the reference's files")
    with torch.no_grad():
        return float((ours.eval()(ids) - theirs(ids).logits).abs().max())


def stand_beside(model_type, **settings):
    theirs, place = reference(model_type, **settings)
    family, config, _ = describe_folder(ModelFolder(place))
    tensors, _ = tensors_from_folder(ModelFolder(place))
    parity[model_type] = difference(config, family.parameters(tensors), theirs)
    print(f"{model_type}: {len(tensors)} tensors, within 2e-5: {parity[model_type] < 2e-5}")


llama3_scaling = {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0}
llama3_scaling |= {"high_freq_factor": 4.0, "original_max_position_embeddings": 32}
stand_beside("llama", **sizes, rope_parameters=llama3_scaling | {"rope_theta": 500.0})

# %% [markdown]
# Llama with the frequency scaling of Llama 3.1 passes. With that, TinyLlama, SmolLM2 and all Llamas up to 3.2 are done: look at their columns in the table. They differ in sizes, in the scaling of lesson 04, in sharing keys and in tying the head, and you know all of that.

# %% [markdown]
# ## 3. GPT-2: learned positions
#
# GPT-2 is five years older than Llama 3. This is all that separates them:

# %%


def differences_of(name, beside="llama-3-8b"):
    for switch, (before, after) in differing(presets[beside], presets[name]).items():
        print(f"{switch:13} {before:12} -> {after}")


differences_of("gpt2")

# %% [markdown]
# LayerNorm, GELU without a gate and biases you built in lesson 05, and [learned positions](../book/glossary.md#learned-positions) you met in lesson 03: a second embedding, looked up by place and added. A text of three tokens with the ids 1, 0 and 1, and vectors of two numbers:

# %%
words = torch.tensor([[0.0, 1.0], [2.0, -1.0]])
places = torch.tensor([[0.1, 0], [0.2, 0], [0.3, 0]])
read = torch.tensor([1, 0, 1])
print("by hand:", [[round(n, 1) for n in row] for row in (words[read] + places[:3]).tolist()])
with torch.device("meta"):
    old = Transformer(presets["gpt2"])
print("the library has a row for each place:", list(old.model.embed_positions.weight.shape))
try:
    old(torch.zeros(1, 1025, dtype=torch.long))
except ValueError as error:
    print(error)

# %% [markdown]
# There are 1,024 rows, and the 1,025th token is an error. With rotary positions a model can at least be asked about a place that it was not trained on.
#
# The files of GPT-2 hold two surprises. Its matrices lie the other way round, inputs as rows, and queries, keys and values are one matrix. Cut on paper first: `[2, 6]` from two inputs to six outputs. Which of its numbers make up our `k_proj`?

# %%
fused = torch.arange(12.0).reshape(2, 6)  # [C, 3 C]: columns 0 and 1 give q, 2 and 3 k, 4 and 5 v
by_hand = fused[:, 2:4].T  # [C, C]
print("k_proj by hand:", by_hand.tolist())
cut = FAMILIES["gpt2"].parameters({"transformer.h.0.attn.c_attn.weight": fused})
print("the library's: ", cut["model.layers.0.self_attn.k_proj.weight"].tolist())
few = {"vocab_size": 97, "n_embd": 36, "n_layer": 4, "n_head": 6, "n_positions": 128}
stand_beside("gpt2", **few)

# %% [markdown]
# This matrix shows by its shape that it lies the other way round. GPT-2's output matrix is square: it fits both ways, and only numbers tell.

# %% [markdown]
# ## 4. Mistral: a window
#
# One switch. The mask is that of lesson 04: each token sees the last `W`, itself included. Let us put it into our plain attention, then ask what it is good for.

# %%
differences_of("mistral-7b-v0.1")
far = torch.arange(T)[:, None] - torch.arange(T)  # [T, T], how far back each key lies
window = (far >= 0) & (far < 7)
print("by hand:", same_as_the_library(window, sliding_window=7))
stand_beside("mistral", **sizes, sliding_window=7)

# %% [markdown]
# The window's gift is the [KV cache](../book/glossary.md#kv-cache). What lies further back than `W` will never be asked for again, so its place can be given to another token. Token 0 goes into slot 0, token 1 into slot 1, token 2 into slot 2. With `W = 3`, where does token 3 go? Where token 0 was, since nobody can see token 0 any more: slot $3 \bmod 3$. That is a *rolling cache*. But then the slots hold tokens 3, 1, 2, out of order. Does attention mind?


# %%
def rolling(q, k, v, W):
    """Attention token by token, with W slots for keys and values. Rows [T, D] in, rows [T, D] out."""
    keys, values, out = torch.zeros(W, k.shape[1]), torch.zeros(W, v.shape[1]), []
    for t in range(len(q)):
        keys[t % W], values[t % W] = k[t], v[t]
        filled = min(t + 1, W)
        shares = (keys[:filled] @ q[t] / math.sqrt(len(q[t]))).softmax(0)  # [filled]
        out.append(shares @ values[:filled])
    return torch.stack(out)


q, k, v = torch.randn(3, 20, 8, generator=torch.Generator().manual_seed(5))  # [T, D] each
masked = attention_weights(q[None, None], k[None, None], sliding_window_mask(20, 20, 7))[0, 0] @ v
print("rolling cache as the mask:", torch.allclose(rolling(q, k, v, 7), masked, atol=1e-5))
full = replace(mistral, sliding_window=None, layer_types=None)
for name, config in {"window": mistral, "full": full}.items():
    print(f"{name:6} {costs.kv_cache_bytes(config, 32768, bits=16) / 1e9:.2f} GB at 32,768 tokens")

# %% [markdown]
# It does not mind. A sum of values does not know in which order it was added up, and where a key stood is written in the key itself: it was turned before it was stored. At the full context the cache is an eighth. The library's cache of lesson 07 lets go of the same tokens, but keeps the others in order and a few more to spare, so that it can also take tokens back.
#
# And yet version 0.3 of the same model has `"sliding_window": null`: its makers went back to full sight, and it is a Llama in every switch. A window forgets. Families that came later mix the two, some layers with a window and some without.

# %% [markdown]
# ## 5. Qwen2: biases on q, k and v
#
# Qwen2 and Qwen2.5 add three vectors to each layer of a Llama. What can adding a constant to every key do? Try it without positions. A query $q = (1, 2)$ meets two keys, $(1, 0)$ and $(0, 1)$. The scores are 1 and 2. Now add $b = (3, -1)$ to both keys. What happens to the scores, and what to their softmax?

# %%
differences_of("qwen2.5-7b")
query, keys, bias = torch.tensor([1.0, 2.0]), torch.eye(2), torch.tensor([3.0, -1.0])
for name, rows_of_keys in {"without": keys, "with": keys + bias}.items():
    scores = rows_of_keys @ query
    shares = ", ".join(f"{share:.3f}" for share in scores.softmax(0))
    print(f"{name:7} bias: scores {scores.tolist()}, shares {shares}")

# %% [markdown]
# Every score grows by $q \cdot b = 1$, and softmax takes no notice of what all have in common. Without positions a bias on keys does nothing whatever. (A bias on values adds the same vector to every answer, for the shares sum to 1.)
#
# So why have one? Because of the rotation. What is turned is the key *with* its bias. A score has four parts:
#
# $$(q + b_q)^\top R_d\,(k + b_k) = q^\top R_d\,k + b_q^\top R_d\,k + q^\top R_d\,b_k + b_q^\top R_d\,b_k$$
#
# where $R_d$ turns by the distance $d$ between the two tokens. Look at the last part. There is no word in it. It depends on the distance and on nothing else: a head can learn a preference for near or for far, whatever is written there. Here is what it looks like for a head of eight numbers, with two choices of both biases: all ones, and ones for the two slow pairs only.

# %%
small = ModelConfig(**(sizes | {"head_dim": 8, "rope_theta": 100.0}))
turn = rotation(torch.arange(61), rope_frequencies(small), "half")
biases = {"all ones": torch.ones(8), "slow pairs only": torch.tensor([0, 0, 1, 1.0] * 2)}
curves = {}
for name, bias in biases.items():
    turned = apply_rope(bias.expand(61, 8), turn)  # [places, D]
    curves[name] = (turned @ turned[60] / math.sqrt(8)).flip(0)  # [distances]
    print(
        f"{name:15} at distances 0, 4, 30:", ", ".join(f"{curves[name][d]:.2f}" for d in (0, 4, 30))
    )

# %%
fig, ax = plt.subplots()
for name, curve in curves.items():
    ax.plot(range(61), curve, label=name, markevery=6)
ax.axhline(0, color="black", linewidth=0.8, linestyle="-", marker="")
ax.set(
    xlabel="distance in tokens",
    ylabel="added to the score",
    title="Two biases prefer some distances, whatever the words",
)
ax.legend()
show(
    fig,
    alt="Two curves over the distance from 0 to 60, what two biases add to a score. Both are "
    "highest at distance 0. With all ones the curve swings up and down; with slow pairs only it "
    "falls smoothly to a little below zero near distance 33 and comes back.",
)

# %% [markdown]
# Both are highest at distance 0: these heads lean towards what is near. The speeds of the pairs decide which curves can be made, and training chooses among them. A Llama has no such term. Our plain attention needs nothing new, since `q_proj` brings its bias along:

# %%
print("by hand:", same_as_the_library(attention_bias=True, attention_output_bias=False))
stand_beside("qwen2", **sizes)

# %% [markdown]
# ## 6. Qwen3: heads of their own width, queries and keys of one size
#
# The biases are gone. Two other things are new.

# %%
differences_of("qwen3-0.6b", beside="qwen2.5-0.5b")
qwen3 = presets["qwen3-0.6b"]
C, H, D = qwen3.hidden_size, qwen3.num_attention_heads, qwen3.head_dim
print(
    f"\nC / H = {C} / {H} = {C // H}, but D = {D}: q_proj is [{H * D}, {C}], o_proj [{C}, {H * D}]"
)

# %% [markdown]
# The first is only a habit broken. All heads together need not be as wide as the stream. A loader that computes `C / H` in place of reading `head_dim` can't open this model.
#
# The second is the [**q/k norm**](../book/glossary.md#qk-norm): each head's query and key go through RMSNorm before they are turned. What is it for? The norm at the entrance of the block evens out the stream (lesson 05), but nothing holds the matrices that make queries and keys. Suppose both grow tenfold while the model is trained. What happens to the scores, and then to the softmax? Take $q = (3, 4, 0, 0)$ and normalise by hand: the mean square is $25 / 4$, its root 2.5, so $q$ becomes $(1.2, 1.6, 0, 0)$. Make $q$ ten times as long: the result is the same.

# %%
q, k = torch.tensor([3.0, 4, 0, 0]), torch.tensor([[2.0, 0, 0, 0], [0, 2, 0, 0], [0, 0, 2, 0]])
for times in (1, 10):
    bare = (times * k) @ (times * q) / 2
    normed = rms_norm(times * k, None, 1e-6) @ rms_norm(times * q, None, 1e-6) / 2
    rounded = [round(score, 2) for score in normed.tolist()]
    print(f"{times:2} times as long: scores {bare.tolist()}, with norm {rounded}")
    print(f"   shares {[round(s, 2) for s in bare.softmax(0).tolist()]}", end="")
    print(f", with norm {[round(s, 2) for s in normed.softmax(0).tolist()]}")

# %% [markdown]
# Without the norm, ten times the length is a hundred times the score, and the second key takes everything. With it nothing changes. More: a normed vector of $D$ numbers has the length $\sqrt D$, so no score can pass $\sqrt D \cdot \sqrt D / \sqrt D = \sqrt D$ (times the learned weights). It is a seat belt: section 12 tries it on a good road and on two rougher ones.

# %%


def normed(layer):
    def prepare(q, k):
        eps = layer.config.rms_norm_eps
        return rms_norm(q, layer.q_norm.weight, eps), rms_norm(k, layer.k_norm.weight, eps)

    return prepare


print("by hand:", same_as_the_library(qk_norm="before", prepare=normed))
stand_beside("qwen3", **sizes)
show_source(Attention._norm_and_rotate)

# %% [markdown]
# The hardened one has two places for the norm. "After" the rotation, and without a weight, is Llama 4's way.

# %% [markdown]
# ## 7. Gemma 2 and 3: caps, four norms, a loud embedding

# %%
differences_of("gemma-2-2b")

# %% [markdown]
# One of the two darkest columns of the table. The feed-forward network has a gate that bends with GELU (lesson 05), and the sight you know from Mistral. Four things are new, each of them small.
#
# **Bent scores.** Another way to keep scores from running away: bend them, $s \mapsto c \cdot \tanh(s / c)$. A [**soft cap**](../book/glossary.md#soft-cap) leaves small scores as they are and lets none pass $c$. With $c = 50$, what becomes of 1, of 50 and of 200?

# %%
for score in (1.0, 50.0, 200.0):
    print(f"{score:5.0f} -> {50 * math.tanh(score / 50):.2f}")


def capped(layer):
    return lambda scores: 50 * torch.tanh(scores / 50)


print("by hand:", same_as_the_library(attn_logit_softcapping=50.0, bend=capped))

# %%
line = torch.linspace(-200, 200, 201)
fig, ax = plt.subplots(figsize=(7, 2.8))
ax.plot(line, line, color="#777777", linestyle="--", marker="", label="no cap")
ax.plot(line, 50 * torch.tanh(line / 50), marker="", label="cap of 50 (scores in attention)")
ax.plot(line, 30 * torch.tanh(line / 30), linestyle=":", marker="", label="cap of 30 (at the end)")
ax.set(
    ylim=(-80, 80),
    xlabel="score",
    ylabel="bent score",
    title="Small ones pass, large ones are bent",
)
ax.legend(loc="lower right", fontsize=8)
show(
    fig,
    alt="Three curves over scores from -200 to 200. Without a cap a straight line. With a cap of "
    "50 the curve follows the line near zero and levels off at 50 on both sides, with a cap of 30 "
    "at 30.",
)

# %% [markdown]
# Gemma 2 bends twice: in attention, and once more the scores for the next token. [Gemma 3](https://arxiv.org/abs/2503.19786) replaced the caps by the q/k norm of the last section. The cap has a price: PyTorch's fused attention, which never writes the scores down (lesson 04), can't bend them.
#
# **A sandwich of norms.** Llama's block norms what a part *reads*. Gemma's norms also what the part *gives*, before it is added to the stream. Then no part can shout. There are four norms a block:


# %%
def sandwich_block(block, x, turn, mask):
    y = block.input_layernorm(x)
    y = plain_attention(block.self_attn, y, turn, mask)
    x = x + block.post_attention_layernorm(y)
    y = block.mlp(block.pre_feedforward_layernorm(x))
    return x + block.post_feedforward_layernorm(y)


small = ModelConfig(**sizes, norm_placement="sandwich", rms_norm_offset=1.0)
torch.manual_seed(0)
block = Block(small, 0)
for parameter in block.parameters():
    nn.init.normal_(parameter, std=0.2)
turn = rotation(torch.arange(T), rope_frequencies(small), small.rope_pairing)
with torch.no_grad():
    by_hand = sandwich_block(block, x, turn, causal_mask(T, T))
    print("by hand:", torch.allclose(by_hand, block(x, turn), atol=1e-4))
print("norms:", *(name for name, _ in block.named_children() if "layernorm" in name), sep="\n  ")

# %% [markdown]
# The library's `Block` knows three places for its norms, before, after and both, and takes the one that the config names.
#
# Beware of one name. In Llama's files `post_attention_layernorm` is the norm *before* the feed-forward network, here it is the norm *on attention's result*. Same name, same shape, another place. Section 15 shows what happens to a loader that goes by names.
#
# **Weights around zero.** Gemma's RMSNorm multiplies by $1 + w$. What pulls weights towards zero in training then pulls every factor towards 1. The same norm is stored with other numbers than in Llama's files:

# %%
norm = block.input_layernorm
with torch.no_grad():
    by_hand = x / (x.square().mean(-1, keepdim=True) + norm.eps).sqrt() * (1 + norm.weight)
    print("by hand:", torch.allclose(by_hand, norm(x), atol=1e-5))

# %% [markdown]
# **A loud embedding.** Gemma ties its head, so one matrix serves twice (lesson 06). As a head its entries should be small, about $1/\sqrt C$, so that scores start near 1. As an embedding they should be about 1, like everything else on the stream. Multiplying by $\sqrt C$ on the way in makes both true:

# %%
C = 2304
torch.manual_seed(0)
rows_of_words = torch.randn(1000, C) / math.sqrt(C)  # [V, C]
stream = rows_of_words[:5] * math.sqrt(C)
scores = rms_norm(stream, None, 1e-6) @ rows_of_words.T  # [5, V]
apart_from_itself = scores[:, 5:]
print(f"on the stream: RMS {stream.square().mean().sqrt():.1f}")
print(f"scores for other words: RMS {apart_from_itself.square().mean().sqrt():.1f}")

# %% [markdown]
# Last, **who sees how far**, since here both kinds of layer are mixed. In Gemma 2 every second layer slides, in Gemma 3 five of six do, with a window of 512 in the smallest. There the layers that see everything have a larger base, so they turn more slowly. What do windows in most layers do to the cache?

# %%
differences_of("gemma-3-1b", beside="gemma-2-2b")
gemma = presets["gemma-3-1b"]
full_layers = [i for i, kind in enumerate(gemma.layer_types) if kind == "full_attention"]
print(f"\nof {gemma.num_hidden_layers} layers these see everything: {full_layers}")
print(
    "bases:", gemma.rope_local_base_freq, "where they slide,", gemma.rope_theta, "where they do not"
)
wide = replace(gemma, layer_types=None, sliding_window=None)
for name, config in {"as built": gemma, "all full": wide}.items():
    print(f"{name}: {costs.kv_cache_bytes(config, 32768, bits=16) / 1e9:.2f} GB at 32,768 tokens")
bounds = {"query_pre_attn_scalar": 13, "sliding_window": 7}
stand_beside("gemma2", **sizes, **bounds)
stand_beside("gemma3_text", **sizes, **bounds)

# %% [markdown]
# About a sixth of the memory, and four layers that can still look anything up. `query_pre_attn_scalar`, by the way, is what scores are divided by the root of. In the 2B model it is 256, as wide as a head. In the 27B model it is [144 where the heads are 128 wide](https://huggingface.co/google/gemma-2-27b/blob/main/config.json); whoever divides by $\sqrt D$ as everywhere else gets a model that is a little wrong.

# %% [markdown]
# ## 8. Mixtral and Qwen3-MoE: many networks, few at a time
#
# In all models so far every token goes through the same feed-forward network. Mixtral has eight of them in each layer, called [**experts**](../book/glossary.md#expert), and sends each token to two. A small matrix decides, the [**router**](../book/glossary.md#router): one row for each expert, one product with the token's vector, the best two win. Lesson 11 is about what experts do to a model and how they are trained. Here we only need the arithmetic.
#
# Four experts, and a token whose products are 2, 1, 0 and −1. Softmax over all four; keep the best two; divide by their sum, so that the two shares add up to 1 again. Work out the two shares. You can do it the long way, or notice that the sum under the softmax cancels.

# %%
differences_of("mixtral-8x7b")
products = torch.tensor([2.0, 1.0, 0.0, -1.0])
every = products.softmax(0)
best = every[:2] / every[:2].sum()
print("softmax over all:", [round(s, 3) for s in every.tolist()])
print("best two, sum 1: ", [round(s, 3) for s in best.tolist()])
print("softmax of the two products alone:", [round(s, 3) for s in products[:2].softmax(0).tolist()])

# %% [markdown]
# Dividing by the sum undoes the others, so both ways agree. Not every family divides. Qwen3-MoE and Mixtral do; DeepSeek V2 Lite does not, and its experts count the less the more of the softmax went to those that were not chosen. The field is `norm_topk_prob`, the shapes are the same either way, and a wrong value is one of those faults that only numbers show.
#
# The whole layer: for each token the sum of its experts' answers, weighted by its shares.


# %%
def plain_experts(layer, x, k):
    """A mixture of experts for tokens [N, C], one token and one expert at a time."""
    out = torch.zeros_like(x)
    for n, token in enumerate(x):
        every = (layer.router.weight @ token).softmax(0)  # [E]
        shares, chosen = every.topk(k)  # [K] each
        for share, e in zip(shares / shares.sum(), chosen, strict=True):
            out[n] += share * layer.experts[int(e)](token)
    return out


small = ModelConfig(**sizes, num_local_experts=5, num_experts_per_tok=2, norm_topk_prob=True)
torch.manual_seed(0)
layer = MixtureOfExperts(small)
for parameter in layer.parameters():
    nn.init.normal_(parameter, std=0.2)
tokens = torch.randn(1, 23, 36, generator=torch.Generator().manual_seed(7))  # [1, N, C]
with torch.no_grad():
    ours, theirs = plain_experts(layer, tokens[0], 2), layer(tokens)[0]
print("by hand:", torch.allclose(ours, theirs, atol=1e-5))
show_source(route)

# %% [markdown]
# The hardened router knows three ways of choosing and two kinds of score. And its layer does not go token by token: it gathers all tokens that go to one expert and runs that expert once. What does one token meet of such a model, and what does it leave lying?

# %%
for name in ("mistral-7b-v0.1", "mixtral-8x7b", "qwen3-30b-a3b", "deepseek-v3"):
    config = presets[name]
    total, active = costs.num_parameters(config), costs.num_active_parameters(config)
    print(f"{name:16} {total:15,} parameters, {active:14,} for one token ({active / total:.0%})")

# %%
stand_beside("mixtral", **sizes, num_local_experts=5)
some = {"num_experts": 5, "num_experts_per_tok": 3, "moe_intermediate_size": 20}
stand_beside("qwen3_moe", **sizes, **some, norm_topk_prob=True)

# %% [markdown]
# Mixtral is called 8x7B and has 47 billion parameters, not 56: the eight share everything but the feed-forward networks. A token meets 13 billion of them. All 47 must lie in memory, though, because the next token may want the others.

# %% [markdown]
# ## 9. DeepSeek: one short vector in place of all keys and values
#
# While a model writes, its cache decides how many people one machine can serve (lesson 07). A layer of $H$ heads keeps $2 H D$ numbers a token. DeepSeek V3 has 128 heads of width 128. How many numbers would that be, how many with 8 shared heads as in Llama 3, and how many with one head for all?

# %%
deepseek = presets["deepseek-v3"]
print("a head each:", 2 * 128 * 128, " 8 shared:", 2 * 8 * 128, " one for all:", 2 * 1 * 128)
print("DeepSeek V3 keeps:", deepseek.kv_lora_rank + deepseek.qk_rope_head_dim)
differences_of("deepseek-v3", beside="mixtral-8x7b")

# %% [markdown]
# 576, fewer than a third of Llama 3's, and yet each of the 128 heads has keys and values of its own. How? The idea of [**latent attention**](../book/glossary.md#latent-attention): make all keys and values of a token out of one short vector, its *latent* $c$, and keep that.
#
# $$c = A\,x \qquad k_h = W_h\,c \qquad v_h = U_h\,c$$
#
# The matrices $W_h$ and $U_h$ belong to the head and are the same for all tokens. So from $c$ any key can be made when it is wanted. But must we make the keys of a whole long text again each time a new token asks? That would be slow. Take a head with $W = \begin{pmatrix}1 & 2\\0 & 1\end{pmatrix}$, a latent $c = (1, 1)$ and a query $q = (2, 1)$. The score is $q \cdot (W c)$. Compute it. Then compute $W^\top q$ and its product with $c$.

# %%
W, c, q = torch.tensor([[1.0, 2.0], [0.0, 1.0]]), torch.tensor([1.0, 1.0]), torch.tensor([2.0, 1.0])
print("key", (W @ c).tolist(), "score", float(q @ (W @ c)))
print("query brought to the latent", (W.T @ q).tolist(), "score", float((W.T @ q) @ c))

# %% [markdown]
# The same 7. In letters, $q^\top (W c) = (W^\top q)^\top c$. So the new token brings its query down to the latents once, and then compares it with the latents themselves; no key is made. This is called [**absorbing**](../book/glossary.md#absorbing) the matrix into the query. The answers can be weighed as latents too, and $U_h$ is applied to the one result.
#
# One thing stands in the way: position. A rotary key is turned by where it stood, and between query and latent there would be $q^\top R_d W c$, another matrix for every distance. Is there no way to absorb that?

# %%
turn = rotation(torch.arange(3), torch.tensor([1.0]), "half")  # one radian for each place
for distance in range(3):
    turned = apply_rope(torch.eye(2)[:, None].expand(2, 3, 2), turn)[:, distance]  # [2, 2]
    at_latent = (W.T @ (turned @ q)).tolist()
    print(f"distance {distance}: the query at the latent is {[round(n, 2) for n in at_latent]}")

# %% [markdown]
# Another vector at every distance. The query would have to be brought down anew for every token of the text, which is as much work as making the keys. DeepSeek's way out: the latent carries no position at all. Beside it stands one more key of 64 numbers, which is turned, and which all heads share. A query has two parts as well, 128 numbers for the latent's key and 64 for the turned one; the two scores are added. 512 and 64 are the 576.
#
# Here is all of it in plain form, the slow way, in which keys and values are made. (The pairs that turn together are neighbours here, $2i$ and $2i + 1$, as in Meta's files. Lesson 06 showed that this is a matter of the order of rows, so it is not counted as a switch.)


# %%
def plain_latent_attention(layer, x, turn, mask):
    config = layer.config
    H, R, turned = config.num_attention_heads, config.kv_lora_rank, config.qk_rope_head_dim
    plain = config.head_dim - turned  # the numbers of a head that are not turned

    def heads(y):
        return y.unflatten(-1, (H, -1)).transpose(1, 2)  # [B, H, T, ...]

    q = heads(layer.q_b_proj(layer.q_a_layernorm(layer.q_a_proj(x))))
    latent, k_turned = layer.kv_a_proj_with_mqa(x).split((R, turned), -1)  # all that is kept
    made = heads(layer.kv_b_proj(layer.kv_a_layernorm(latent)))
    k, v = made.split((plain, config.v_head_dim), -1)
    q, q_turned = q.split((plain, turned), -1)
    q_turned, k_turned = apply_rope(q_turned, turn), apply_rope(k_turned[:, None], turn)
    scores = (q @ k.mT + q_turned @ k_turned.mT) * layer.scale  # [B, H, T, T]
    shares = scores.masked_fill(~mask, -math.inf).softmax(-1)
    return layer.o_proj((shares @ v).transpose(1, 2).flatten(2))  # [B, T, C]


latent_sizes = {"kv_lora_rank": 16, "q_lora_rank": 24, "qk_rope_head_dim": 4, "v_head_dim": 8}
own_keys = sizes | {"num_key_value_heads": 6, "head_dim": 14}
small = ModelConfig(**own_keys, **latent_sizes, rope_pairing="interleaved")
torch.manual_seed(0)
layer = LatentAttention(small, 0)
for parameter in layer.parameters():
    nn.init.normal_(parameter, mean=0.5 * (parameter.dim() == 1), std=0.3)
turn, mask = rotation(torch.arange(T), rope_frequencies(small), "interleaved"), causal_mask(T, T)
with torch.no_grad():
    slow = plain_latent_attention(layer, x, turn, mask)  # [B, T, C]
    print("by hand:", torch.allclose(slow, layer(x, turn), atol=1e-4))

# %% [markdown]
# The hardened one also has the quick way:

# %%
show_source(LatentAttention._absorbed)

# %% [markdown]
# It takes whichever costs fewer operations: for a prompt it makes the keys, for a token that follows a long text it absorbs. And it keeps its latents in the cache of lesson 07. So the last token, given alone behind the other 40, goes the quick way. Is the answer the same?


# %%
def turn_of(places):
    return rotation(places, rope_frequencies(small), "interleaved")


cache = KVCache(small, batch_size=2)
with torch.no_grad():
    layer(x[:, :-1], turn_of(torch.arange(T - 1)), cache=cache)
    cache.length = T - 1
    quick = layer(x[:, -1:], turn_of(torch.tensor([T - 1])), cache=cache)  # [B, 1, C]
print("the quick way:", torch.allclose(quick, slow[:, -1:], atol=1e-4))
widths = [kept[0].shape[-1] for kept in (cache.keys, cache.values)]
print("numbers kept for a token:", widths, "in place of", 6 * (14 + 8))

# %% [markdown]
# What does it save? Five published models at a text of 32,768 tokens, in 16 bits (the two Llamas were made for shorter texts, so theirs is what it would be):

# %%
length = 32768
shown = ["llama-2-7b", "llama-3-8b", "mistral-7b-v0.1", "gemma-3-1b", "deepseek-v3"]
gigabytes = {name: costs.kv_cache_bytes(presets[name], length, bits=16) / 1e9 for name in shown}
by_layer = {
    name: costs.kv_cache_bytes(presets[name], 1, bits=16) / 2 / presets[name].num_hidden_layers
    for name in shown
}
for name in shown:
    print(f"{name:16} {by_layer[name]:6,.0f} numbers a token and layer, {gigabytes[name]:6.2f} GB")
uncompressed = 2 * 128 * 128 * 61 * length * 2 / 1e9
print(f"deepseek-v3 with a head each would need {uncompressed:.0f} GB")

# %%
fig, ax = plt.subplots(figsize=(7, 2.7))
for row, name in enumerate(shown):
    look = {"color": COLOURS[0]} if name == "deepseek-v3" else {"color": "white", "hatch": "//"}
    ax.barh(row, gigabytes[name], edgecolor="black", **look)
    config = presets[name]
    note = (
        f" {gigabytes[name]:.2f} GB, {costs.num_parameters(config) / 1e9:,.0f} billion parameters"
    )
    ax.text(gigabytes[name], row, note, va="center", fontsize=8)
ax.set_yticks(range(len(shown)), shown)
ax.invert_yaxis()
ax.set(
    xlim=(0, 26),
    xlabel="GB of cache at 32,768 tokens, 16 bits",
    title="The largest model needs half of what Llama 3 8B needs",
)
ax.grid(axis="y", visible=False)
show(
    fig,
    alt="Horizontal bars of the cache at 32,768 tokens. Llama 2 7B has by far the longest, then "
    "Llama 3 8B with a quarter of it; DeepSeek V3, with the most parameters, about half of Llama 3; "
    "Mistral with its window less than a quarter of DeepSeek's; Gemma 3 1B the least.",
)

# %% [markdown]
# DeepSeek V3 has a hundred times the parameters of Llama 2 7B and less than a seventh of its cache. Of these five only the two with windows stay below it. Windows forget, and Gemma 3 1B is small besides: with all layers full it would need 0.87 GB (section 7).
#
# Its router is a third kind: sigmoid in place of softmax, and a bias that helps choosing but not weighing. The library has it, and lesson 11 takes routers apart. Parity, for V2 and V3:

# %%
deep = own_keys | {"n_routed_experts": 8, "num_experts_per_tok": 3, "moe_intermediate_size": 20}
deep |= {"first_k_dense_replace": 1, "n_group": 4, "topk_group": 2, "head_dim": 4}
deep |= {"qk_nope_head_dim": 10} | latent_sizes
stand_beside("deepseek_v2", **deep, topk_method="group_limited_greedy")
stand_beside("deepseek_v3", **deep)

# %% [markdown]
# ## 10. Llama 4
#
# One more family, which gets the whole of lesson 11. Read its differences with what you know by now, and say which of them you could build already.

# %%
differences_of("llama-4-scout")
chunks = {"attention_chunk_size": 8, "num_local_experts": 3, "intermediate_size_mlp": 52}
stand_beside("llama4_text", **sizes, **chunks)
print(f"{len(parity)} kinds of model, worst difference below 2e-5: {max(parity.values()) < 2e-5}")

# %% [markdown]
# ## 11. The family tree
#
# Who descends from whom? One could ask history. We ask the configs. Begin with Llama 2 7B. Of all models that are not in the tree yet, take the one that the fewest switches separate from any model in it, and hang it there. Repeat until all hang. ([Prim](https://doi.org/10.1002/j.1538-7305.1957.tb01515.x) invented this for telephone cables.)

# %%
tree = grow_tree(presets, root="llama-2-7b")
print(f"{len(presets)} models, {len(tree)} different programs")
print("switches on all branches together:", sum(len(branch.differs) for branch in tree))

# %%
show(
    draw_tree(tree),
    alt="A tree as an outline with Llama 2 7B at the top. Below it hang TinyLlama, Llama 3 8B and "
    "Mistral 7B v0.3 together, one switch away; from these SmolLM2, Llama 3.1, Mistral 7B v0.1, "
    "Qwen2.5 and Mixtral, one or two switches away each, and Llama 4, five away. Qwen3 hangs below "
    "SmolLM2, Gemma 3 below Qwen3 with seven switches, Gemma 2 below Gemma 3. GPT-2 and DeepSeek "
    "hang on Llama 2, five switches away.",
)

# %% [markdown]
# Beside each name stands what it changes. Some of it is history. Mixtral is Mistral with experts, and Qwen3-MoE is Mixtral with the two parts of Qwen3. Some is not. Gemma 2 is the older sister of Gemma 3 and hangs below it, because distance knows no time. Qwen's small models hang on SmolLM2 because both tie the head, which is a matter of size more than of family. And where two places are equally near, the rule takes the one that joined first:

# %%
for place in ("llama-2-7b", "mixtral-8x7b"):
    count = len(differing(presets[place], presets["deepseek-v2-lite"]))
    print(f"deepseek-v2-lite is {count} switches from {place}")

# %% [markdown]
# So do not read it as descent. It says what you have to write when you already have the model above: 22 names, 17 steps, and on most steps one or two small parts.

# %% [markdown]
# ## 12. What is a switch worth?
#
# A config says what somebody chose, and seldom why. We have a small track on which to try it: letters of Shakespeare, a Llama of two blocks, 40 steps. (Lesson 05 ran such a race from the first transformer towards today; this one goes from Llama outwards. Lesson 09 will train properly.) One switch is turned at a time. Every variant starts from three different random states, reads the same windows of text in the same order, and is judged on text that it has not read.
#
# The norms get two more races, on rougher roads. In one the step size is ten times as large. In the other the matrices of queries and keys start three times as large. Write down your guesses: which switch makes the largest difference on the good road, and which norm helps on which rough one?

# %%
letters = sorted(set(shakespeare()[:400_000]))
number = {letter: i for i, letter in enumerate(letters)}
book = torch.tensor([number[letter] for letter in shakespeare()[:400_000]])
to_read, unseen = book[:360_000], book[360_000:]
tiny = ModelConfig(
    vocab_size=len(letters),
    hidden_size=32,
    intermediate_size=88,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=64,
)
single = torch.bincount(to_read).double() / len(to_read)  # [V]
pairs = torch.full((len(letters), len(letters)), 0.1).double()  # [V, V], 0.1 for pairs never seen
pairs.index_put_((to_read[:-1], to_read[1:]), torch.tensor(1.0).double(), accumulate=True)
following = pairs / pairs.sum(1, keepdim=True)  # [V, V]
print(f"{costs.num_parameters(tiny):,} parameters")
print(f"loss of one who knows how frequent letters are: {-single[unseen].log().mean():.2f}")
print(f"who knows which follows which: {-following[unseen[:-1], unseen[1:]].log().mean():.2f}")

# %%
norms = {
    "Llama": {},
    "norm place: post": {"norm_placement": "post"},
    "norm place: sandwich": {"norm_placement": "sandwich"},
    "q/k norm": {"qk_norm": "before"},
}
others = {
    "keys: a head each": {"num_key_value_heads": 4},
    "biases on q, k, v": {"attention_bias": True, "attention_output_bias": False},
    "positions: learned": {"position_embedding_type": "learned", "no_rope_layers": None},
    "positions: none": {"position_embedding_type": "none", "no_rope_layers": None},
}


def race(changes, step_size, loudness, seed):
    """The loss on unseen text after 40 steps."""
    runner = Transformer(replace(tiny, **changes)).double()
    torch.manual_seed(seed)
    for name, matrix in runner.named_parameters():
        if matrix.dim() == 2:
            loud = loudness if "q_proj" in name or "k_proj" in name else 1
            nn.init.normal_(matrix, std=loud * 32**-0.5)
    practice(runner, to_read, steps=40, length=32, learning_rate=step_size, seed=0)
    return held_out_loss(runner, unseen, length=32, windows=64)


roads = {
    "good road": (norms | others, 0.01, 1),
    "large steps": (norms, 0.1, 1),
    "large q and k": (norms, 0.01, 3),
}
gains = {}
for road, (variants, *how) in roads.items():
    ends = {
        name: torch.tensor([race(changes, *how, seed) for seed in range(3)])
        for name, changes in variants.items()
    }
    llama = ends.pop("Llama")
    gains[road] = {name: llama - end for name, end in ends.items()}  # [3] each
    print(f"{road}: Llama ends at {llama.mean():.2f}")
    for name, gain in gains[road].items():
        mean, error = round(float(gain.mean()), 2) + 0.0, gain.std() / 3**0.5
        print(f"   {name:22} {ends[name].mean():.2f}, better by {mean:5.2f} ± {error:.2f}")

# %%
fig, axes = plt.subplots(1, 3, figsize=(7.6, 3.1), sharex=True, sharey=True)
for ax, (road, results) in zip(axes, gains.items(), strict=True):
    for row, gain in enumerate(results.values()):
        ax.barh(row, gain.mean(), color="white", hatch="//", edgecolor="black")
        ax.errorbar(gain.mean(), row, xerr=gain.std() / 3**0.5, color="black", marker="", capsize=4)
        ax.plot(gain, [row] * 3, "o", color=COLOURS[1], markeredgecolor="black", markersize=3.5)
    ax.axvline(0, color="black", linewidth=1, linestyle="-", marker="")
    ax.set(xlabel="loss below Llama's", title=road)
    ax.grid(axis="y", visible=False)
names = list(gains["good road"])
axes[0].set_yticks(range(len(names)), names, fontsize=8)
axes[0].invert_yaxis()
show(
    fig,
    alt="Three panels of horizontal bars with error bars and three dots each: how far the loss "
    "lies below Llama's. On the good road post-norm leads by about 0.3, learned positions lie "
    "about 0.1 behind with dots far apart, the others are near zero. With large steps post-norm "
    "is last by about 0.3, the sandwich leads by 0.15, the q/k norm by about 0.1. With large "
    "queries and keys post-norm leads by about 0.3, the q/k norm by about 0.1, and the sandwich "
    "is near zero.",
)

# %% [markdown]
# Bars are means, whiskers their standard errors, dots the three starts. On the good road one bar stands far from zero: post-norm is *better*. In lesson 05 it was ahead at two blocks in one race and behind in another, and with six blocks it never learned, so take this as a result about two blocks in 40 steps. Learned positions look worse, but their dots are far apart, one of them beyond zero; three starts can't settle it. The others are so close to zero that nothing can be built on them. That includes the model without any positions. No wonder: Llama ends at 3.00, not even halfway from 3.30, how frequent letters are, to 2.50, which follows which. For that nobody need know where a letter stands.
#
# With large steps post-norm drops from the first place to the last. It ends at 3.33, above 3.30, so it has learned nothing of use. Llama ends where it did before. The sandwich and the q/k norm, about which the first panel had nothing to say, are ahead of it with all their dots. With large queries and keys Llama gets worse, and the sandwich with it: it norms what attention gives, not what goes into its scores. There the q/k norm helps, and post-norm leads as on the good road. A norm can hold only what passes through it. Whoever had raced on the good road alone would have thrown both out and kept post-norm.
#
# Be as careful with these panels. The whiskers are about a third of the bars, and a whisker made of three dots is itself a guess: read them as "probably ahead", not as 0.15 and 0.09. Nobody trains on such roads on purpose, either. They stand in for the rough stretches of a long training; how good a stand-in they are, a model of this size can't say.
#
# And what most switches are for, no race shows. Here is the other side, at the size of Llama 3 8B:

# %%
cost_of = {
    "as it is": {},
    "keys: a head each": {"num_key_value_heads": 32},
    "biases on q, k, v": {"attention_bias": True, "attention_output_bias": False},
    "window of 4,096": {"sliding_window": 4096, "layer_types": None},
    "tied head": {"tie_word_embeddings": True},
}
for name, changes in cost_of.items():
    config = replace(base, **changes)
    cache = costs.kv_cache_bytes(config, 8192, bits=16) / 1e9
    print(
        f"{name:18} {costs.num_parameters(config):13,} parameters, {cache:.2f} GB of cache at 8,192 tokens"
    )

# %% [markdown]
# Sharing keys is not there to lower the loss. In our race its effect could not be told from zero, and it takes three quarters of the cache away. When a config surprises you, ask three questions: does it save memory, does it keep training calm, does it lower the loss? The window, shared keys, latents and the tied head answer the first; caps, sandwiches and q/k norms the second.

# %% [markdown]
# ## 13. A config that is new to you
#
# Next month somebody publishes a model, and its `config.json` says things that no lesson told you. What does a loader do then? The comfortable way is to read the keys that one knows and skip the rest. It is also how a model becomes quietly wrong. The library knows four kinds of key for each family:
#
# 1. **ours as it is**: `hidden_size`;
# 2. **ours, written in another way**: the rotary settings, the windows;
# 3. **harmless**: keys that no forward pass reads, such as `"use_cache"`;
# 4. **everything else**: an error that names the key, unless it is empty or says what is so anyway.
#
# Five strangers knock. What will the library say to each?

# %%
strangers = {
    "a name": {"model_type": "granite"},
    "an activation": {"hidden_act": "relu2"},
    "a rope type": {"rope_scaling": {"rope_type": "dynamic", "factor": 2.0}},
    "a key": {"attention_sinks": 4},
    "a size that can't be": {"num_key_value_heads": 5},
}
place = Path(folder.name) / "stranger"
place.mkdir()
for what, line in strangers.items():
    (place / "config.json").write_text(json.dumps(llama_file | line))
    try:
        describe_folder(ModelFolder(place))
    except CheckpointError as error:
        print(f"{what}: {str(error).partition('config.json: ')[2]}\n")

# %% [markdown]
# Each is named, with what would be allowed. A tensor that the model has no place for is an error too, and so is a place without a tensor:

# %%
small = ModelConfig(**sizes)
tensors = dict(Transformer(small).state_dict())
tensors["model.layers.0.self_attn.sinks"] = torch.zeros(6)
del tensors["model.norm.weight"]
try:
    fill(Transformer(small), tensors, "stranger.safetensors")
except CheckpointError as error:
    print(error)

# %% [markdown]
# An error is where the work begins. Let us do it once, for a real family that the library does not know: IBM's *Granite*. We get a small one from *transformers*, and its file.

# %%
settings = {"embedding_multiplier": 12.0, "residual_multiplier": 0.22}
settings |= {"attention_multiplier": 0.05, "logits_scaling": 8.0}
granite, place = reference("granite", **sizes, **settings)
file = json.loads((place / "config.json").read_text())
print(
    "names as in Llama:",
    tensors_from_folder(ModelFolder(place))[0].keys() == Transformer(small).state_dict().keys(),
)
try:
    FAMILIES["llama"].config(file)
except ValueError as error:
    print(str(error).replace("; ", "\n"))

# %% [markdown]
# All tensors have Llama's names. Read as a Llama, four keys are left over. For each there are four possible answers. It is a field of ours under another name. It can be folded into the weights. It needs a new part, to be written and tested. Or you don't know, and then you stop. To find out, read the paper or the published code; here is what [the model's code](https://github.com/huggingface/transformers/blob/main/src/transformers/models/granite/modeling_granite.py) does with them:
#
# - `"embedding_multiplier"`: embeddings times 12. A field of ours, Gemma's.
# - `"attention_multiplier"`: scores are multiplied by 0.05 in place of $1/\sqrt D$. Ours too: we divide by the root of `query_pre_attn_scalar`, so that has to be $1 / 0.05^2$.
# - `"residual_multiplier"`: what attention and the feed-forward network give is multiplied by 0.22 before it is added. We have no such field. But the last thing each of them does is to multiply by a matrix. Is a new part needed?
# - `"logits_scaling"`: the scores at the end are divided by 8. The same question.
#
# $0.22 \cdot (W y) = (0.22\,W)\,y$. A constant behind a matrix is another matrix. Two factors are folded into weights, and no part is written. (The head here is its own. A tied one would need a copy, since the embedding must stay as it is.)

# %%
known = {key: value for key, value in file.items() if key not in settings}
ours = FAMILIES["llama"].config(known)
ours = replace(ours, embedding_multiplier=12.0, query_pre_attn_scalar=1 / 0.05**2)
published, folded = tensors_from_folder(ModelFolder(place))[0], {}
for name, tensor in published.items():
    behind = name.endswith(("o_proj.weight", "down_proj.weight"))
    folded[name] = tensor * 0.22 if behind else tensor / 8 if name == "lm_head.weight" else tensor
print(f"within 2e-5: {difference(ours, folded, granite) < 2e-5}")

# %% [markdown]
# A family that the library has never heard of, opened with two fields and two multiplications, and checked. That is the recipe: **names, sizes, switches, keys left over, parity**.

# %% [markdown]
# ## 14. Any two, side by side
#
# All published configs of the table as drawings. A ◆ marks what the two set differently. Things to try. Put Llama 3 8B beside Mistral 7B v0.3 and look for a mark. Find the two models with the most marks. Compare `mixtral-8x7b` with `deepseek-v3`: which needs more memory for its weights, and which for a long text? Move the context up with Gemma 3 and with Llama 2 beside each other.


# %%
def draw_two(left, right, context):
    return draw_pair((left, presets[left]), (right, presets[right]), context)


slider = {"continuous_update": False}
explore(
    draw_two,
    left=widgets.SelectionSlider(options=list(presets), value="mistral-7b-v0.1", **slider),
    right=widgets.SelectionSlider(options=list(presets), value="mixtral-8x7b", **slider),
    context=widgets.SelectionSlider(options=[2**n for n in range(10, 18)], value=8192, **slider),
)

# %% [markdown]
# ## 15. What goes wrong
#
# Three mistakes that everybody makes once. The first: **leaving out what one does not know.** Granite again, with the four keys thrown away. It loads, every tensor finds its place, and it writes.

# %%
careless = Transformer(FAMILIES["llama"].config(known))
fill(careless, published, "granite")
with torch.no_grad():
    mine, theirs = careless.eval()(ids).argmax(-1), granite(ids).logits.argmax(-1)  # [B, T]
print(f"same next token at {(mine == theirs).float().mean():.0%} of all places")

# %% [markdown]
# The second: **a test text that is shorter than what is tested.** Somebody gets the window of Mistral wrong by one, compares with the reference, and is content. Both tests below are run on the same pair of models.

# %%
theirs, place = reference("mistral", **sizes, sliding_window=7)
family, right, _ = describe_folder(ModelFolder(place))
off_by_one = Transformer(replace(right, sliding_window=8))
fill(off_by_one, family.parameters(tensors_from_folder(ModelFolder(place))[0]), place)
for length in (6, 41):
    with torch.no_grad():
        gap = (off_by_one(ids[:, :length]) - theirs(ids[:, :length]).logits).abs().max()
    print(f"{length:2} tokens: within 2e-5: {bool(gap < 2e-5)}")

# %% [markdown]
# In a text of 6 tokens nobody ever looks 7 back. The published model has a window of 4,096. Whoever tests it with a sentence tests nothing of it, so make the window small and the text long.
#
# The third: **a name that means something else.** `post_attention_layernorm` stands in different places in Llama and Gemma. Here a Gemma block is wired like a Llama block: each norm before the part that follows it.


# %%
def wired_like_llama(block, x, turn, mask):
    x = x + plain_attention(block.self_attn, block.input_layernorm(x), turn, mask)
    return x + block.mlp(block.post_attention_layernorm(x))


turn = rotation(torch.arange(T), rope_frequencies(block.self_attn.config), "half")
with torch.no_grad():
    wrong, right = wired_like_llama(block, x, turn, causal_mask(T, T)), block(x, turn)
error = (wrong - right).norm() / (right - x).norm()
print(f"off by {error:.0%} of what the block adds to the stream")

# %% [markdown]
# No error, no leftover tensor if the loader is lenient about two unused norms. The stream gets something else. Our loader is not lenient, and would have named the two.

# %% [markdown]
# ## Exercises
#
# Write each function where the dots are and run the cell. `check` tries it on small cases. `hint("config_difference")` helps a step at a time and `show_solution("config_difference")` shows one way; both come from `lessons_lib.classroom`.
#
# ### {exercise: config_difference}
#
# Two configs as dicts. Return a dict: for each key on which they differ, the pair of values. A key that one of them lacks has the value `"absent"` there.


# %% tags=["exercise"]
def my_difference(one, other):
    """two dicts to a dict from key to (value in one, value in other)."""
    ...


check("config_difference", my_difference)

# %% [markdown]
# ### {exercise: layer_kinds}
#
# From a config as a dict to a list with `"sliding_attention"` or `"full_attention"` for each layer. Where there is a `layer_types`, it counts. Otherwise: without a `sliding_window` all layers are full; with one and no `"sliding_window_pattern"` all slide; with a pattern of `n` every `n`-th layer is full, the last of each `n`, and the others slide.


# %% tags=["exercise"]
def my_layer_kinds(config):
    """a dict with num_hidden_layers and perhaps the other three keys to a list of words."""
    ...


check("layer_kinds", my_layer_kinds)

# %% [markdown]
# ### {exercise: softmax_top_k}
#
# A router's products for some tokens, to the share of every expert: 0 for those not chosen, and the shares of the chosen add up to 1.


# %% tags=["exercise"]
def my_shares(products, k):
    """[N, E] and a whole number k to shares [N, E]."""
    ...


check("softmax_top_k", my_shares)

# %% [markdown]
# ### {exercise: numbers_kept}
#
# From a config as a dict and the length of a text to how many numbers its cache holds in all layers. Where there is a `kv_lora_rank`, a token leaves a latent and a turned key of `qk_rope_head_dim` numbers. Otherwise it leaves keys and values: `num_key_value_heads` may be absent (then there are as many as `num_attention_heads`) and so may `head_dim` (then it is `hidden_size` by `num_attention_heads`). With a `sliding_window` no layer keeps more tokens than that.


# %% tags=["exercise"]
def my_kept(config, tokens):
    """a dict and a number of tokens to how many numbers the cache holds."""
    ...


check("numbers_kept", my_kept)

# %% [markdown]
# ### {exercise: read_config}
#
# You get the values of a file, a dict `names` from its keys to our fields, and a dict `defaults` from its keys to what they mean by being absent. Return a dict of our fields, and a sorted list of the keys that stand in the file and not in `names`. A key without a value and without a default gets no field.


# %% tags=["exercise"]
def my_read(values, names, defaults):
    """three dicts to (a dict of our fields, a sorted list of unknown keys)."""
    ...


check("read_config", my_read)

# %% [markdown]
# ### {exercise: latent_scores}
#
# Queries of $H$ heads for one new token, the matrix that makes the keys of all heads from a latent, with the rows of head 0 first, and the latents of $S$ tokens. Give the scores, without making a key.


# %% tags=["exercise"]
def my_latent_scores(q, W, latents):
    """q [H, D], W [H * D, R], latents [S, R] to scores [H, S], not scaled."""
    ...


check("latent_scores", my_latent_scores)

# %% [markdown]
# ## Quiz

# %%
quiz("10")

# %% [markdown]
# What you have solved so far, in this lesson and the others:

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A family is a config: some sizes, and seventeen switches of which most are as in Llama.
# - What a key means by being absent belongs to the family. So does what a name means.
# - Windows, shared keys and latents save memory. Norms on queries and keys, sandwiches and soft caps are there to keep training calm. Few switches lower the loss by themselves.
# - A bias on keys does nothing without rotation; with it, it is a preference for distances.
# - Latent attention keeps one short vector a token, and brings the query to it.
# - A constant behind a matrix is a matrix: some switches can be folded away.
# - Unknown key, unknown tensor: stop, look it up, prove it by numbers, on a text longer than every window.
#
# **New words:** [switch](../book/glossary.md#switch), [q/k norm](../book/glossary.md#qk-norm), [soft cap](../book/glossary.md#soft-cap), [expert](../book/glossary.md#expert), [router](../book/glossary.md#router), [latent attention](../book/glossary.md#latent-attention), [absorbing](../book/glossary.md#absorbing).
#
# **Papers.** [Jiang and others 2023](https://arxiv.org/abs/2310.06825), *Mistral 7B*. [Jiang and others 2024](https://arxiv.org/abs/2401.04088), *Mixtral of Experts*. [Yang and others 2024](https://arxiv.org/abs/2407.10671), *Qwen2*; [Yang and others 2025](https://arxiv.org/abs/2505.09388), *Qwen3*. [Gemma Team 2024](https://arxiv.org/abs/2408.00118), *Gemma 2*; [2025](https://arxiv.org/abs/2503.19786), *Gemma 3*. [DeepSeek-AI 2024](https://arxiv.org/abs/2405.04434), *DeepSeek-V2* (latent attention); [2024](https://arxiv.org/abs/2412.19437), *DeepSeek-V3*. [Henry and others 2020](https://arxiv.org/abs/2010.04245), *Query-Key Normalization for Transformers*. [Grattafiori and others 2024](https://arxiv.org/abs/2407.21783), *The Llama 3 Herd of Models*.
#
# **Next:** in lesson 11 the last two columns of the table are built from the ground up: Llama 4, its experts, its chunks and its ten million tokens.
