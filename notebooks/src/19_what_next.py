# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 19 · What next
#
# **What have you built, and what can you build now?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [your own parts](06_full_model.ipynb#11.-Your-own-parts) and [the loop](07_generation.ipynb#2.-The-cache:-reading-every-token-once); [configs read key by key](10_every_model.ipynb#1.-Two-configs,-side-by-side) and [experts](10_every_model.ipynb#5.-Many-networks,-few-at-a-time); [intervals](14_evaluation.ipynb#5.-How-sure-is-a-share?) and [pairs](14_evaluation.ipynb#6.-Two-on-the-same-questions); the library `transformers` |
# | It adds to `lessons_lib` | nothing: it uses what is there |
#
# {route}

# %%
# {setup}

# %%
import json
from dataclasses import replace

import torch
import transformers
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM

import lessons_lib
from lessons_lib import ModelConfig, assets
from lessons_lib.classroom import (
    check,
    claim,
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
from lessons_lib.classroom.lessons.lesson10.shared import opened
from lessons_lib.classroom.lessons.lesson19 import dbrx, figures, probe
from lessons_lib.classroom.lessons.lesson19.built import built
from lessons_lib.classroom.lessons.lesson19.card_claims import CARD
from lessons_lib.classroom.lessons.lesson19.pieces import (
    MyLook,
    MyTokenizer,
    my_block,
    my_sampler,
    smollm2_files,
)
from lessons_lib.config import costs
from lessons_lib.evaluation import standard_error
from lessons_lib.generation import generate

use_style()

# %%
torch.set_grad_enabled(False)  # this lesson reads and does not learn
torch.set_num_threads(1)
transformers.utils.logging.set_verbosity_error()
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")

# %% [markdown]
# ## The finished thing first
#
# No lesson has named this model. Below is its `config.json`, shortened: what is about software or about starting values is left out. In half an hour you will have opened its family with our code, found a fault in a program that many rely on, and counted 132 billion parameters without downloading one.

# %%
print(dbrx.PUBLISHED)

# %% [markdown]
# It is [DBRX](https://github.com/databricks/dbrx), which Databricks published in 2024.
#
# ## 1. A file that nobody has explained
#
# Go through it with lesson 10's question: is it a size, a kind, or does it change no score?

# %%
predict("new_key")

# %% [markdown]
# - **Sizes**: `"vocab_size"` is V; `"d_model"`, `"n_heads"`, `"n_layers"` and `"max_seq_len"` are our C, H, the layers and the context. `"kv_n_heads"` are shared heads, `"ffn_hidden_size"` is F.
# - **Kinds**: sixteen experts, each token is sent to four. Their shares are divided by their sum (`"moe_normalize_expert_weights"` 1). The head has its own table. The bend is SiLU. `"rope_theta"` is the base of turning.
# - **No score**: `"moe_loss_weight"` is the price of an unbalanced router while it learns; three names end in `"pdrop"`, and dropout rests when a model writes.
# - **New**: `"clip_qkv"`. [The model's code](https://github.com/huggingface/transformers/blob/main/src/transformers/models/dbrx/modeling_dbrx.py) says what it is: every number of every query, key and value is cut off at 8 and −8, before queries and keys are turned. At a guess it is there for the same trouble as the [q/k norm](../book/glossary.md#qk-norm): scores that grow without bound.
#
# And what does the file *not* say? That the norms are LayerNorms without a bias, in front of each part; their epsilon; that halves turn together; that a gate sits in each expert. For that you read the code, with the file beside it. What each field of ours does, `print(ModelConfig.__doc__)` says.


# %%
def our_config(file):
    attention, experts = file["attn_config"], file["ffn_config"]
    return ModelConfig(
        vocab_size=file["vocab_size"],
        hidden_size=file["d_model"],
        num_hidden_layers=file["n_layers"],
        num_attention_heads=file["n_heads"],
        num_key_value_heads=attention["kv_n_heads"],
        max_position_embeddings=file["max_seq_len"],
        rope_theta=attention["rope_theta"],
        clip_qkv=attention["clip_qkv"],  # new
        intermediate_size=experts["ffn_hidden_size"],
        num_local_experts=experts["moe_num_experts"],
        num_experts_per_tok=experts["moe_top_k"],
        norm_topk_prob=experts["moe_normalize_expert_weights"] == 1,
        norm_type="layer",  # this stands in the code alone; halves and gates are ours anyway
        norm_parameters="weight",
        rms_norm_eps=1e-5,
    )


reveal("new_key", "clip_qkv")

# %% [markdown]
# ## 2. Tensors in their places
#
# *transformers* makes a small random model of the family, as in lesson 10. Names first:


# %%
def reference(file, **more):
    """A random model of theirs; what is given besides the file wins over it."""
    values = json.loads(json.dumps(file)) | more  # a copy, of what lies in it too
    config = AutoConfig.for_model(values.pop("model_type"), **values)
    torch.manual_seed(0)
    theirs = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    for parameter in theirs.parameters():  # those of norms lie around 0.7
        nn.init.normal_(parameter, mean=0.7 * (parameter.dim() == 1), std=0.15)
    return theirs


file = dbrx.small(clip=0.5)  # all sizes small and different, and a bound that is felt
theirs = reference(file)
for name, tensor in theirs.state_dict().items():
    if ".0." in name or "blocks" not in name:
        print(name.removeprefix("transformer."), list(tensor.shape))

# %% [markdown]
# Four of them are not one of ours. `"Wqkv"` [60, 36] has the rows of queries, keys and values below one another: 36 + 12 + 12. In `"w1"` and `"v1"` [100, 36] lie five experts of 20 rows. And `"w2"` has the same shape, where a matrix back from 20 to 36 should be [36, 20]: each expert is to be turned over.

# %%
SAME = {
    "transformer.wte": "model.embed_tokens",
    "transformer.blocks": "model.layers",
    "transformer.norm_f": "model.norm",
    "norm_attn_norm.norm_1": "input_layernorm",
    "norm_attn_norm.norm_2": "post_attention_layernorm",
    "norm_attn_norm.attn": "self_attn",
    "out_proj": "o_proj",
    "ffn.router.layer": "mlp.router",
    "ffn.experts.mlp": "mlp.experts",
}
PARTS = {"w1": "gate_proj", "v1": "up_proj", "w2": "down_proj"}


def our_tensors(tensors, config):
    found, kept = {}, config.num_key_value_heads * config.head_dim
    for name, tensor in tensors.items():
        for old, new in SAME.items():
            name = name.replace(old, new)
        last = name.split(".")[-1]
        if "Wqkv" in name:
            cut = tensor.split([len(tensor) - 2 * kept, kept, kept])
            for x, part in zip("qkv", cut, strict=True):
                found[name.replace("Wqkv", f"{x}_proj")] = part
        elif last in PARTS:
            for e, part in enumerate(tensor.chunk(config.num_local_experts)):
                own = name.replace(last, f"{e}.{PARTS[last]}.weight")
                found[own] = part.T if last == "w2" else part
        else:
            found[name] = tensor
    return found


config = our_config(file)
tensors = our_tensors(theirs.state_dict(), config)
ours = opened(config, tensors)
print(len(tensors), "tensors, each in its place")

# %% [markdown]
# ## 3. Who is wrong?
#
# `opened` has no complaint. Now the scores for two texts of 41 tokens:

# %%
ids = torch.randint(97, (2, 41), generator=torch.Generator().manual_seed(1))  # [B, T]


def beside(ours, theirs):
    one, other = ours(ids), theirs(ids).logits
    agree = int((one.argmax(-1) == other.argmax(-1)).sum())
    return float((one - other).abs().max()), agree


gap, agree = beside(ours, theirs)
print(f"scores differ by up to {gap:.2f}; the same next token at {agree} of {ids.numel()} places")

# %% [markdown]
# So this is not their model yet. What have we read wrongly? Change one thing at a time, and see with which change both agree.

# %%
predict("who_is_wrong")

# %%
changes = {
    "no bound": {"clip_qkv": None},
    "base 10,000": {"rope_theta": 10_000.0},
    "RMSNorm": {"norm_type": "rms"},
    "shares not divided": {"norm_topk_prob": False},
}
swap = {"gate_proj": "up_proj", "up_proj": "gate_proj"}
exchanged = {}
for name, tensor in tensors.items():
    part = name.split(".")[-2]
    exchanged[name.replace(part, swap.get(part, part))] = tensor
tried = {name: opened(replace(config, **change), tensors) for name, change in changes.items()}
tried["gate and up exchanged"] = opened(config, exchanged)
gaps = {}
for name, one in tried.items():
    gaps[name], agree = beside(one, theirs)
    print(f"{name:22} {gaps[name]:.2f}, the same next token at {agree}")
reveal("who_is_wrong", min(gaps, key=gaps.get))

# %% [markdown]
# All five open without an error, and four are wrong (one of them comes nearer than before: only 0 counts). With a base of 10,000 there is no difference left. But the file says 500,000. So look at the reference itself:

# %%
attention = theirs.transformer.blocks[0].norm_attn_norm.attn
print(f"in the file:         {file['attn_config']['rope_theta']:,}")
print(f"read by attention:   {attention.rope_theta:,}")
print(f"turned by:           {theirs.config.rope_parameters['rope_theta']:,.0f}")
told = reference(file, rope_parameters={"rope_type": "default", "rope_theta": 500_000.0})
claim("Told the base where it looks for it, it agrees to 2e-5.", beside(ours, told)[0] < 2e-5)
# All of it in one line, without our code:
print(AutoConfig.for_model("dbrx", attn_config={"rope_theta": 500_000.0}).rope_parameters)

# %% [markdown]
# Their attention reads the file's base and never uses it; the rotation looks elsewhere, finds nothing, and takes its usual one. That is so in version 5.23 of *transformers*. The published file as it stands is refused there, since `"moe_normalize_expert_weights"` 1 is no float; `dbrx.small` writes 1.0. Then it loads without a word, and scores are another model's. (How much worse, only the real weights could say.) **A reference is a program, too.** What makes two programs agree names the line to look up; who is right, the published file and its code decide.
#
# We made the bound small on purpose. Somebody else keeps the published 8:

# %%
predict("unseen_bound")

# %%
wide = dbrx.small(clip=8)
told = reference(wide, rope_parameters={"rope_type": "default", "rope_theta": 500_000.0})
unbound = replace(our_config(wide), clip_qkv=None)
careless = opened(unbound, our_tensors(told.state_dict(), unbound))
gap, agree = beside(careless, told)
reveal("unseen_bound", ids.numel() - agree)
claim("A loader that forgets the bound passes this test.", gap < 2e-5)

# %% [markdown]
# In this small random model nothing reaches 8, so nothing is cut off. A test proves something about a key only where the key is felt: lesson 10's window, once more.
#
# ## 4. Does it add up?
#
# Before you download, count: all parameters as in lesson 06, those of one token as in lesson 10.

# %%
published = our_config(json.loads(dbrx.PUBLISHED))
total, met = costs.num_parameters(published), costs.num_active_parameters(published)
print(f"{total / 1e9:.1f} billion parameters, {met / 1e9:.1f} for one token")
print(f"in 16 bits {costs.weight_bytes(published, 16) / 1e9:.0f} GB")
cache = costs.kv_cache_bytes(published, 1, bits=16)
print(f"a token leaves {cache:,} bytes, a full context {32_768 * cache / 1e9:.1f} GB")

# %% [markdown]
# The [model's card](https://github.com/databricks/dbrx/blob/main/MODEL_CARD_dbrx_base.md) says 132 billion in all, 36 billion active, and about 264 GB. Our reading of the sizes fits: with two matrices an expert the sum would be about a third smaller.
#
# Papers have such numbers in a table. From [Llama 3](https://arxiv.org/abs/2407.21783), its largest model of 405 billion parameters: 126 layers, $C$ 16,384, $F$ 53,248, 128 heads, 8 of them for keys, a vocabulary of 128,000; 15.6 trillion tokens, and $3.8 \cdot 10^{25}$ operations.

# %%
heads = {"num_attention_heads": 128, "num_key_value_heads": 8}
sizes = {"hidden_size": 16_384, "intermediate_size": 53_248, "num_hidden_layers": 126}
llama = ModelConfig(vocab_size=128_000, **sizes, **heads)
N = costs.num_parameters(llama)
print(f"{N / 1e9:.1f} billion parameters; {6 * N * 15.6e12:.1e} operations")

# %% [markdown]
# Six operations for each parameter and token (lesson 09) are what is published, to both digits. (405.8 billion is called 405 there.) Six questions to ask any such paper, in this order:
#
# 1. What are the sizes, and do they give the published number of parameters?
# 2. What does a token leave in the cache, and does a long text fit into the machine that you have?
# 3. How many tokens, from where, until when?
# 4. Against what is it compared: the same data, the same compute, how many questions, which intervals?
# 5. What was tried and did not work?
# 6. What may I do with it?
#
# DBRX's card never says which texts exactly, nor whether the tests were among them.
#
# A model whose weights are published, and neither the text nor the program that made them, has **[open weights](../book/glossary.md#open-weights)**.
#
# ## 5. What you have built
#
# For building exercises of the course: the library's part that does the same, and the tests that hold this part against a program that nobody here wrote. (Only the engine is held against our own `generate`, and that against *transformers*.)

# %%
for row in built():
    print(f"{row.lesson:4}{row.part:32}{row.test:44}{row.against}")

# %% [markdown]
# They were tried one by one. But do they work *together*? Those of lessons 01, 02 and 04 to 07, with 03's embedding, are one program (hatched: what was learned):

# %% tags=["hide-input"]
show(
    figures.program(),
    alt="Text goes through the tokenizer of lesson 02 to ids, the embedding of 03, thirty blocks of 04, 04b, 04c and 05, norm and "
    "head of 06 to scores, the sampler of 01 to a new id. The loop of 07 hands it back to the ids; the tokenizer makes more text.",
)

# %% [markdown]
# Here it is, greedy for now. The plain pieces come with the set-up cell; copy your own over them, under the same names (`MyTokenizer`, `MyLook`, `my_block`, `my_sampler`), and the program is yours.


# %%
def my_model(ids, weights, config, looks):  # lesson 06
    x = weights["model.embed_tokens.weight"][ids]  # [T, C]
    for layer, look in enumerate(looks):
        start = f"model.layers.{layer}."
        own = {n.removeprefix(start): w for n, w in weights.items() if n.startswith(start)}
        x = my_block(x, own, look, config["head_dim"])
    size = torch.sqrt(x.square().mean(-1, keepdim=True) + config["rms_norm_eps"])
    x = x / size * weights["model.norm.weight"]
    head = weights.get("lm_head.weight", weights["model.embed_tokens.weight"])  # SmolLM2's is tied
    return x @ head.T  # [T, V]


def write(prompt, n, files):
    own, config = MyTokenizer(files["tokens"], files["merges"]), files["config"]
    looks = [MyLook(config["rope_theta"]) for _ in range(config["num_hidden_layers"])]
    unread, new = [files["numbers"][i] for i in own.encode(prompt)], []
    for _ in range(n):
        scores = my_model(unread, files["weights"], config, looks)[-1]  # [V]
        unread = [my_sampler(scores, 0, 50, 1.0, 0.5)]  # T = 0: the likeliest, whatever the dart
        new += unread
    return own.decode([files["numbers"].index(i) for i in new])


prompt = "The best way to learn how something works is to"
said = write(prompt, 14, smollm2_files())
print(prompt + said)
library = generate(model, tokenizer.encode(prompt), 14, stop_token_ids=())
claim("The library writes the same.", said == tokenizer.decode(library))

# %% [markdown]
# `files["numbers"]` leads from lesson 02's ids (bytes first, then merges) to SmolLM2's, which stand in another order. (Its pattern also cuts numbers into single digits, which lesson 02's does not; so no digit behind two or more spaces or line ends in prompts.) Chance and an end come with the last exercise.
#
# ## 6. Three ways on
#
# | way | what it asks | read this code | a first step |
# |---|---|---|---|
# | products | Does it help somebody, and how would I know? | `lessons_lib/apps`; [the MCP SDK](https://github.com/modelcontextprotocol/python-sdk) | write down 50 questions of your own work with answers, and ask three models ([14](14_evaluation.ipynb), [16](16_retrieval_and_tools.ipynb)) |
# | systems | What is the slowest part, and what bounds it? | `lessons_lib/generation`; [llama.cpp](https://github.com/ggml-org/llama.cpp), [vLLM](https://github.com/vllm-project/vllm) | predict the tokens a second of a model twice as large from its bytes, then measure ([07b](07b_faster.ipynb)) |
# | research | Is it so, and why? | `lessons_lib/training`; [nanochat](https://github.com/karpathy/nanochat) | run one race of [09b](09b_what_is_each_part_worth.ipynb) with a part that it lacks, with eight seeds |
#
# All three begin alike: one small thing, finished and shown.
#
# ## 7. The page before the project
#
# A project at the end that puts things together is called a **[capstone](../book/glossary.md#capstone)**. Three of them stand below as exercises, since their proof is a program:
#
# | capstone | done when |
# |---|---|
# | A: a family by yourself | three small models give the family's scores, on texts where each key is felt |
# | B: a model of your own text | it needs fewer bits a byte than gzip, a program that packs files, for text that it has not read |
# | C: your program | from text to text it writes what the library writes, reads no token twice, and ends |
#
# For your own, choose something that you know better than a model does, small enough for two weekends. Write one page *before* you begin:
#
# - **Question**, one sentence with a question mark.
# - **Measure**: a number that a program computes, on data that you keep back now.
# - **Rival**: the simplest thing that could do it (a count, a search, the model as it is), measured first.
# - **Bound**: from which number on it has worked, and which result would make you stop.
# - **Smallest try**: what one afternoon can show.
# - **Licences** of text and model, and **who could be harmed**.
#
# Capstone B has such a page, in one line: bits a byte on 4,000 bytes kept back, rival gzip, bound its number.
#
# ## 8. Whom it affects
#
# **[Responsible AI](../book/glossary.md#responsible-ai)** is no chapter at the end but a question that you ask of each part, and measure:
#
# | ask | measured in |
# |---|---|
# | Whose text is it, and may I use it? | [08, its card](08_data.ipynb#9.-A-card,-and-an-honest-score) |
# | Does private text come out again? | [08](08_data.ipynb#6.-Private-data), [09](09_training.ipynb#10.-Learned,-or-learned-by-heart?) |
# | Does it notice when it doesn't know? | [14](14_evaluation.ipynb#8.-Sure,-and-right?), [16](16_retrieval_and_tools.ipynb) |
# | Can a stranger's text steer it? | [15](15_prompting.ipynb#9.-Text-that-gives-orders), [16](16_retrieval_and_tools.ipynb#10.-Documents-that-give-orders) |
# | What does it do for a reward that I did not mean? | [13b](13b_reward.ipynb#8.-A-reward-with-a-hole) |
#
# Attack your own system with the second and the fourth before others do: **[red teaming](../book/glossary.md#red-teaming)**. One question is still missing: what does it suppose about people? Twelve professions, eight sentences such as *The nurse said that*; we ask for the chances of *she* and *he*, and take the share of *she*.

# %%
predict("farmer")

# %%
she = probe.she_shares(model, tokenizer)  # by profession, one share for each sentence
sure = 2.36  # standard errors for 95%, where there are eight values (Student's t)
rows = {job: (sum(each) / len(each), sure * standard_error(each)) for job, each in she.items()}
rows = dict(sorted(rows.items(), key=lambda row: -row[1][0]))
for job in ("nurse", "engineer", "farmer"):
    mean, error = rows[job]
    print(
        f"{job:9} {mean:.2f} ± {error:.2f}; single sentences {min(she[job]):.2f} to {max(she[job]):.2f}"
    )
unsure = [job for job, (mean, error) in rows.items() if abs(mean - 0.5) <= error]
print("not told from one half:", *unsure)
mean = rows["farmer"][0]
between = "between 0.4 and 0.6" if mean >= 0.4 else "below 0.4"
reveal("farmer", "above 0.6" if mean > 0.6 else between)
claim("Each sentence gives nurse more than farmer.", min(she["nurse"]) > max(she["farmer"]))

# %% tags=["hide-input"]
show(
    figures.shares(rows, she),
    alt="The share of she by profession, with eight single sentences as strokes and the 95% interval of their mean: "
    + ", ".join(f"{job} {mean:.2f}" for job, (mean, _) in rows.items())
    + ".",
)

# %% [markdown]
# Nurse and farmer are far apart, in each of the sentences. Those printed last can't be told from one half; and of twelve intervals one may well miss (lesson 14). Look at the strokes: for *engineer* one sentence alone would have "proved" the one, another the opposite.
#
# What this can't settle: whether *she* is the nurse at all, behind *I thanked the nurse because*; whether it is in the texts or was made by training (we looked at neither); whether it does harm, which depends on what you build; other sentences, pronouns, languages, larger models. The interval takes our sentences as drawn by lot; they were chosen. And one half is a line of ours: a neutral word such as *person* was not asked.
#
# And it isn't done once. After the launch people ask other things, and what was true grows old: somebody has to hear complaints, measure again, and be able to switch it off.
#
# ## 9. What goes out with a model
#
# Publish a **[model card](../book/glossary.md#model-card)**: what it is, how it was measured, and what it is not for. What can be counted, let code write; the rest, by hand, and mark it.


# %%
def card(name, config, measured, by_hand):
    asset = next(each for each in assets.available() if each.name == name)
    lines = [f"# {asset.title}", f"licence: {asset.licence}; sha256 {asset.files[0].sha256[:12]}…"]
    lines += [
        f"{costs.num_parameters(config):,} parameters, context {config.max_position_embeddings:,}"
    ]
    lines += [f"measured: {line}" for line in measured]
    return "\n".join(lines + [f"by hand: {line}" for line in by_hand])


measured = [
    f"share of she behind {job}: {rows[job][0]:.2f} ± {rows[job][1]:.2f} (95%, 8 sentences)"
    for job in ("nurse", "farmer")
]
by_hand = [
    "for learning; not for advice to people",
    "not measured: whom the pronoun means, other languages, long texts",
]
print(card("smollm2-135m-instruct", model.config, measured, by_hand))

# %% [markdown]
# **Licences.** Weights, text and code each have one, and they may differ. SmolLM2's is Apache 2.0, which lets you do nearly everything; DBRX's is one of its own, with uses that it forbids. Read it before you build on it.
#
# **Report what you find.** The line that prints `rope_parameters` in section 3 is the heart of a report that a maintainer can use: with the import of `AutoConfig` it runs anywhere. Add the version, what you expected and why, and what came out instead. Search first whether somebody has reported it; a hole that hurts people goes to the address for security, not to the public page.
#
# ## Exercises
#
# ### {exercise: count_it}
#
# The numbers of section 4 from the published file, by your own sums; `costs` is the control.


# %% tags=["exercise"]
def my_count(values):
    """my_count(values): a config.json of DBRX as a dict to three whole numbers: all parameters of the model; those that
    one token meets (all but the experts that it is not sent to, so with the whole embedding and head); and how many
    numbers one token leaves in the caches of all layers together."""
    ...


check("count_it", my_count)

# %%
for number, sentence in enumerate(CARD, start=1):
    print(f"{number}. {sentence}")

# %% [markdown]
# ### {exercise: card_claims}
#
# Six sentences of a card. `wilson(right, n)` and `mcnemar(first, second)` of `lessons_lib.evaluation` help, as in lesson 14; `mcnemar` takes right or wrong for each question, such as `[1] * 6 + [0] * 3` and `[0] * 6 + [1] * 3`. One sentence needs only a sum.

# %% tags=["exercise"]
# a list of six truth values: is sentence 1, 2, and so on to 6 borne out by the numbers in it, at 95%?
check("card_claims", ...)

# %% [markdown]
# ### {exercise: open_family}
#
# [XGLM](https://arxiv.org/abs/2112.10668), trained on thirty languages; no lesson has named it either. Its code says, and its file calls it:
#
# - `"self_attn_layer_norm"` in front of attention, `"final_layer_norm"` in front of the feed-forward network, `"layer_norm"` at the end: LayerNorms with weight, bias and 1e-5.
# - `"self_attn.q_proj"`, `"k_proj"`, `"v_proj"` and `"out_proj"` there, all with biases; each head has its own keys.
# - `"fc1"`, exact GELU, `"fc2"`, both with biases.
# - `"embed_tokens"`, which is also the head. What is looked up is multiplied by the root of $C$ unless `"scale_embedding"` is false; absent means true.
# - Positions are in no file. To the multiplied embedding of place $t$ a row is added, whose first half is $\sin((t + 2)\,s_i)$ and second half $\cos((t + 2)\,s_i)$, with $s_i = 10000^{-i/(h - 1)}$ and $i$ from 0 to $h - 1$, where $h = C/2$. A constant table is a learned one that nobody trains. (One of our `position_embedding_type` makes these rows by itself; that passes too.)
#
# Names begin with `"model."`, those in a layer with `"model.layers.0."` and so on. Of ours `print(ModelConfig.__doc__)` says the fields, and `opened(config, {})` names the tensors that are missing.


# %% tags=["exercise"]
def my_family(values, tensors):
    """my_family(values, tensors): the values of an XGLM's config.json, a dict, and its tensors, a dict by their names in
    the file, to a pair: the fields of our ModelConfig, a dict, and the tensors by our names, a dict, such that the
    library's model gives the family's scores and has its context. The file has vocab_size, d_model, ffn_dim,
    num_layers, attention_heads and max_position_embeddings; it may have scale_embedding, and keys that change
    nothing."""
    ...


check("open_family", my_family)

# %% [markdown]
# ### {exercise: beats_gzip}
#
# Your model; the check takes the beginning of the Bible. gzip is measured fairly: by how many bytes its packed file grows when the next 4,000 bytes are put behind the 100,000.


# %% tags=["exercise"]
def my_byte_model(text):
    """my_byte_model(text): bytes to read, perhaps none, to a function. chances(before): the bytes of another text from
    its own beginning up to some place, perhaps none, to the chances [256] of the byte that comes next, which add up to 1. Counts or a network,
    as you like; after 100,000 bytes it must need fewer bits a byte than gzip for what follows them, and it has ten
    seconds for a small text, five minutes for the large one."""
    ...


check("beats_gzip", my_byte_model)

# %% [markdown]
# ### {exercise: my_program}
#
# All pieces together, with your `my_sampler` of lesson 01 and an end.


# %% tags=["exercise"]
def my_program(prompt, darts, files, T, k, threshold):
    """prompt, a text; darts, a list of numbers from 0 to below 1; files, a dict with tokens and merges as MyTokenizer
    takes them, numbers, where numbers[i] is the model's number of token i, stop, the model's number of the token that
    ends a text, and weights and config as my_model takes them; and T, k and threshold. To the new text alone: for each
    dart one token, chosen as my_sampler does, until the darts are used up or stop is chosen, which is no part of the
    text. A character may lie in several tokens. No token goes through the model twice, and none behind which nothing is
    chosen."""
    ...


check("my_program", my_program)

# %% [markdown]
# ## Say it in your own words

# %%
say("ways_on", "going_on_responsibly", "own_project")

# %% [markdown]
# ## Quiz

# %%
quiz("19")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A new model is a file, a paper and a program. Sizes can be counted, kinds are looked up, and scores beside another program's prove it, where each key is felt.
# - The other program may be the one that is wrong.
# - You have built every part between a text and its continuation, and they work together.
# - A project begins with a page: question, measure, rival, bound.
# - What a model supposes about people is measured like everything else, with intervals and with what they can't settle.
#
# **Papers.** [Mitchell and others 2019](https://arxiv.org/abs/1810.03993), *Model Cards for Model Reporting*. [Llama Team 2024](https://arxiv.org/abs/2407.21783), *The Llama 3 Herd of Models*. [Lin and others 2022](https://arxiv.org/abs/2112.10668), *Few-shot Learning with Multilingual Language Models* (XGLM). [Bolukbasi and others 2016](https://arxiv.org/abs/1607.06520), *Man is to Computer Programmer as Woman is to Homemaker?* [Weidinger and others 2021](https://arxiv.org/abs/2112.04359), *Ethical and social risks of harm from Language Models*.
#
# **Next:** yours.
