# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 11 · Llama 4 from the ground up
#
# **How can a model know far more than it has time to compute?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [the feed-forward network](05_transformer_block.ipynb#3.-The-feed-forward-network:-thinking-alone); [rotary positions](04b_positions.ipynb#4.-Rotary-positions:-turn-queries-and-keys), [windows and chunks](04c_heads_and_cost.ipynb#2.-Windows-and-chunks); [the cache](07_generation.ipynb#2.-The-cache:-reading-every-token-once); [experts, routers and q/k norm](10_every_model.ipynb); the library `transformers` |
# | It adds to `lessons_lib` | `layers/moe.py`: experts, and who is sent to whom |
#
# {route}

# %%
# {setup}

# %%
import math
from dataclasses import replace

import ipywidgets as widgets
import torch
import torch.nn.functional as F
import transformers
from torch import nn
from transformers import Llama4ForCausalLM, Llama4TextConfig

from lessons_lib import ModelConfig, Transformer
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
from lessons_lib.classroom.lessons.lesson11 import figures, puzzle
from lessons_lib.classroom.lessons.lesson11.pictures import PictureHalf
from lessons_lib.classroom.lessons.lesson11.reach import heard, patterns
from lessons_lib.classroom.lessons.lesson11.reference import (
    THEIR_FIELDS,
    draw,
    our_names,
    small_config,
)
from lessons_lib.config import costs
from lessons_lib.layers import (
    FeedForward,
    MixtureOfExperts,
    attention_scale,
    causal_mask,
    chunked_mask,
    rope_frequencies,
)

use_style()

# %% [markdown]
# ## The finished thing first
#
# In April 2025 Meta published two models, [Llama 4](https://ai.meta.com/blog/llama-4-multimodal-intelligence/) Scout and Maverick. Here is Scout in full size: on the device `meta` a tensor has a shape and takes no memory.

# %%
giants = {name: ModelConfig.preset(f"llama-4-{name.lower()}") for name in ("Scout", "Maverick")}
scout = giants["Scout"]
with torch.device("meta"):
    giant = Transformer(scout)
print(f"{sum(p.numel() for p in giant.parameters()):,} learned numbers in Scout's text model")

# %% [markdown]
# In SmolLM2 each token is multiplied by every matrix. How many of Scout's numbers does a token meet?

# %%
predict("share_met")


# %%
def met(c):
    """Numbers that a token meets: of the input table, only its own row, which we leave out."""
    return costs.num_active_parameters(c) - c.vocab_size * c.hidden_size


print(f"{met(scout):,} met by one token")
reveal("share_met", round(100 * met(scout) / costs.num_parameters(scout)))

# %% [markdown]
# (Meta says 17 billion: with the input table.) That is the first of two ideas: many numbers, of which a token meets few. The second is in attention. Three layers of four see only a short piece of the text; the fourth sees all of it, but not where what it sees stands.

# %% tags=["hide-input"]
show(
    figures.whole(),
    alt="From the bottom: token ids, embedding, then four layers of which three have near attention, turned and in "
    "chunks, and the fourth far attention, not turned; the four are repeated twelve times; last norm, "
    "head, scores. Beside it one layer's second half: a router sends each token to one of 16 experts, its score "
    "multiplies what the expert reads; the shared expert reads every token; both answers are added.",
)

# %% [markdown]
# Every box is built below. At the end the class gives the same numbers as a program that we did not write.
#
# ## 1. One expert for each token
#
# In [lesson 10](10_every_model.ipynb) Mixtral had several feed-forward networks in a layer, called **experts**, and a **router** that chose two for each token: a [**mixture of experts**](../book/glossary.md#mixture-of-experts), MoE for short. The router is a matrix with one row for each expert: what this expert would like to see. A token's dot product with a row says how well they suit.
#
# Llama 4 takes the best expert alone ([**top-1**](../book/glossary.md#top-1-routing)). Four tokens with two numbers each, three experts: which goes where?
#
# | token | | expert | likes |
# |---|---|---|---|
# | a | (2, 1) | 0 | (1, 0) |
# | b | (−1, 3) | 1 | (0, 1) |
# | c | (−2, −1) | 2 | (−1, −1) |
# | d | (0.5, 0.4) | | |

# %%
four = torch.tensor([[2.0, 1], [-1, 3], [-2, -1], [0.5, 0.4]])  # [N, C]
likes = torch.tensor([[1.0, 0], [0, 1], [-1, -1]])  # [E, C]
products = four @ likes.T  # [N, E]
for name, row in zip("abcd", products, strict=True):
    print(f"{name}: {[round(z, 2) for z in row.tolist()]}  expert {int(row.argmax())}")

# %% [markdown]
# Tokens a and d both go to expert 0, but d suits it less: 0.5 against 2. That number must count in the answer, as a **score**, or the router would never learn: training changes only what the loss depends on. Mixtral made scores of its two chosen products by softmax. With a single one chosen, what would the score be, and its slope?

# %%
slopes = {}
for name in ("softmax", "sigmoid"):
    z = products[0].clone().requires_grad_()  # token a
    chosen = z.max()[None]  # [1]
    score = (chosen.softmax(0) if name == "softmax" else chosen.sigmoid())[0]
    slopes[name] = torch.autograd.grad(score, z)[0]  # [E]
    print(f"{name}: score {score:.2f}, slopes {[f'{slope:.2f}' for slope in slopes[name]]}")
claim("The softmax of one number has no slope.", not slopes["softmax"].any())
claim("The sigmoid has one.", slopes["sigmoid"][0] > 0)

# %% [markdown]
# It is 1, whatever the product: the router would stay as it was born. Llama 4 takes the [sigmoid](../book/glossary.md#sigmoid), $\sigma(z) = 1/(1+e^{-z})$, of the chosen product.
#
# ### The score multiplies what the expert reads
#
# In Mixtral the score multiplies what an expert *gives*, in Llama 4 what it *reads*. Take the smallest expert, one neuron whose weights are all 1: $f(x) = \text{silu}(x) \cdot x$, and $f(2) = 3.52$. Let the score be a half.

# %%
predict("half_a_score")

# %%
x, half = torch.tensor(2.0), 0.5
alone, on_input = float(F.silu(x) * x), float(F.silu(half * x) * (half * x))
print(f"alone {alone:.2f}, score on the output {half * alone:.2f}, on the input {on_input:.2f}")
reveal("half_a_score", "less than half of it" if on_input < half * alone else "half of it")
shares = []
for seed in range(8):  # a whole network with random weights
    torch.manual_seed(seed)
    expert = FeedForward(small_config())  # our tiny Llama 4 has 36 numbers a token
    tokens = torch.randn(200, 36)  # [N, C]
    with torch.no_grad():
        shares.append(float(expert(half * tokens).norm() / expert(tokens).norm()))
print(f"a whole network at half a score: {min(shares):.2f} to {max(shares):.2f} of its answer")
claim("About a quarter, with 8 seeds.", min(shares) > 0.2 and max(shares) < 0.3)
claim(
    "silu of −2 is further from 0 than of −4.",
    F.silu(torch.tensor(-2.0)) < F.silu(torch.tensor(-4.0)) < 0,
)

# %% [markdown]
# A gated network multiplies two answers, gate and up. Half the input halves up, and gate roughly (some even grow: take silu of −4 and −2). So the side matters: a model that was trained with one must run with it.
#
# ### The shared expert, and sorting the mail
#
# Every token also visits the [**shared expert**](../book/glossary.md#shared-expert). The thought: what all tokens need is learned once, not in every expert.
#
# $$\text{out}(x) = \text{shared}(x) + \text{expert}_{e}(\sigma(w_{e} \cdot x) \cdot x) \qquad e = \arg\max_j\, w_j \cdot x$$
#
# To give all tokens to all experts, with a score of 0 where one was not chosen, is right and saves nothing. Instead we sort the mail: each expert gets its tokens, and its answers go back where they came from ([**sparse dispatch**](../book/glossary.md#sparse-dispatch)). `nonzero().flatten()` gives the numbers of an expert's tokens, and `out[mail] += ...` adds to these rows alone.

# %% tags=["hide-input"]
show(
    figures.mail(),
    alt="Four tokens at the bottom: a and d go to expert 0, b to expert 1, c to expert 2. At the top the answers stand "
    "in the order of the tokens again.",
)


# %%
class PlainFeedForward(nn.Module):  # SwiGLU of lesson 05
    def __init__(self, C, width):
        super().__init__()
        self.gate_proj = nn.Linear(C, width, bias=False)
        self.up_proj = nn.Linear(C, width, bias=False)
        self.down_proj = nn.Linear(width, C, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))  # [..., C]


class PlainExperts(nn.Module):
    def __init__(self, config):
        super().__init__()
        C, width, E = config.hidden_size, config.moe_intermediate_size, config.num_local_experts
        self.router = nn.Linear(C, E, bias=False)
        networks = [PlainFeedForward(C, width) for _ in range(E)]
        self.experts = nn.ModuleList(networks)  # in a plain list torch would miss their weights
        self.shared_expert = PlainFeedForward(C, width)

    def forward(self, x):
        tokens = x.flatten(0, 1)  # [B, T, C] to [N, C]
        best = self.router(tokens).max(-1)  # values and indices, [N] each
        out = self.shared_expert(tokens)  # [N, C]
        for number, expert in enumerate(self.experts):
            mail = (best.indices == number).nonzero().flatten()  # [n]
            score = best.values[mail, None].sigmoid()  # [n, 1]
            out[mail] += expert(score * tokens[mail])
        return out.view_as(x)  # the shape of x, [B, T, C]


# %%
sixteen = small_config(num_local_experts=16)
torch.manual_seed(0)
library, ours = MixtureOfExperts(sixteen), PlainExperts(sixteen)
ours.load_state_dict(library.state_dict())
x, rows = torch.randn(5, 37, 36), []  # [B, T, C]
for network in [*ours.experts, ours.shared_expert]:
    network.register_forward_hook(lambda _net, inputs, _out: rows.append(len(inputs[0])))
with torch.no_grad():
    claim("Our layer is the library's.", torch.allclose(ours(x), library(x), atol=1e-5))
claim("Each token meets two networks, though there are 17.", sum(rows) == 2 * 5 * 37)

# %% [markdown]
# So a token's work does not grow with the number of experts (but for one row of the router each). Memory does: nobody knows which one the next token will need. How training keeps all experts busy is a question for lesson 11b.
#
# ## 2. Near and far: two kinds of attention
#
# Scout's config has two lists with an entry for each layer:

# %%
print("layer          ", *(f"{layer:8}" for layer in range(8)))
print("no_rope_layers ", *(f"{flag:8}" for flag in scout.no_rope_layers[:8]))
print("looks back     ", *(f"{kind.split('_')[0]:>8}" for kind in scout.layer_types[:8]))
print(f"{scout.num_hidden_layers} layers; a chunk is {scout.attention_chunk_size:,} tokens")

# %% [markdown]
# In `no_rope_layers` a 1 means that the layer *does* turn queries and keys. So three layers are **near**: they have rotary positions and see their own [**chunk**](../book/glossary.md#chunked-attention) of the text, nothing before it. The fourth is **far**: it sees everything before it and turns nothing, a [**NoPE**](../book/glossary.md#nope) layer (no positional encoding). Meta calls the pattern [**iRoPE**](../book/glossary.md#irope), with *i* for interleaved.


# %%
def plain_seen(places, keys, chunk=None):
    """Which of the keys each place sees, [T, S]: those up to itself; with chunks, of its own alone."""
    i, j = places[:, None], torch.arange(keys)  # [T, 1], [S]
    return j <= i if chunk is None else (j <= i) & (j // chunk == i // chunk)


near, far = plain_seen(torch.arange(24), 24, chunk=8), plain_seen(torch.arange(24), 24)
claim("Near, as the library's.", near.equal(chunked_mask(24, 24, 8)))
claim("Far, as the library's.", far.equal(causal_mask(24, 24)))

# %% tags=["hide-input"]
show(
    figures.masks(near, far),
    alt="Two masks of 24 by 24. Near layers: three small triangles along the diagonal. Far layers: the whole lower "
    "triangle.",
)

# %% [markdown]
# Drawn for chunks of 8. Token 15, the last of its chunk, sees all eight of it; token 16 opens the next and sees itself alone.
#
# Through [sliding windows](04c_heads_and_cost.ipynb#2.-Windows-and-chunks) word travelled further with every layer. And through chunks of 8?

# %%
predict("after_three")

# %% [markdown]
# We ask models of eight layers with random weights, in three patterns. For each layer, `heard` takes the derivative of what stands at token 44 by each of the 45 embeddings. Where it is zero, nothing has arrived.

# %%
slopes = {name: heard(config, 45) for name, config in patterns().items()}  # [layers, T] each
print("tokens heard from, after layer", *(f"{layer:4}" for layer in range(1, 9)))
for name, slope in slopes.items():
    print(f"{name:29} ", *(f"{int((row > 0).sum()):4}" for row in slope))
reveal("after_three", int((slopes["Llama 4"][2] > 0).sum()))

# %% tags=["hide-input"]
show(
    figures.reached(slopes),
    alt="Three maps of 8 layers by 45 positions, dark where an embedding has arrived at token 44. Llama 4: the last five "
    "up to the third layer, all from the fourth. Chunks only: five in every layer. A window: seven more in each layer.",
)

# %% [markdown]
# Read each map from the bottom up. In a near layer the token hears from its chunk so far, five tokens, and more such layers change nothing, since nobody in the chunk has heard from outside. The fourth layer brings everything at once. A window climbs seven tokens a layer.
#
# ## 3. What are chunks and NoPE good for?
#
# The hope: distances that never occurred in training mean nothing to a rotated model; near layers never meet a long one. And without rotation a key ten thousand tokens back is treated like one ten back. So a model trained on short texts might read long ones. Does it?
#
# A puzzle asks for both. A row holds letters and one digit. If it ends in `?`, the answer is the digit, wherever it stands. If it ends in `!`, it is the letter just before.

# %%
rows, answers = puzzle.rows_and_answers(4, 12, torch.Generator().manual_seed(3))
for row, answer in zip(rows.tolist(), answers.tolist(), strict=True):
    print("".join(puzzle.SIGNS[sign] for sign in row), "→", puzzle.SIGNS[answer])

# %% [markdown]
# Four models learn from rows of 12, for 600 steps; each has two layers and 32 numbers a token. Then they get rows of up to 96, with the digit at the very beginning. All were run beforehand with eight seeds, by `benchmarks/recordings.py`.

# %% tags=["hide-input"]
found = puzzle.recorded()
show(
    figures.race(found),
    alt="Two panels, percent right at rows of 12 to 96 signs, for four models with bars for eight seeds. The digit: all "
    "near 100, but both turned falls from 24 on. The letter: both turned falls at 48, none turned stays below 20, "
    "chunks are near 5 at 13, 17 and 25 and else at 100, the window stays at 100.",
)

# %% [markdown]
# Left of the black line is the trained length; the dotted one marks a blind guess, bars two standard errors. With both layers turned, the digit is found less and less often, and at four times the length even the letter just before is lost, which is as near as ever. With none turned, the digit is found at any distance, the letter before hardly ever: to one such layer a row is a bag of signs. A second could do more, says the paper on NoPE below; ours stay under what naming the row's commonest letter gives. Near and turned below far and unturned keeps both, but chunks lose the letter at 13, 17 and 25.


# %%
def means(name, mark):
    """For each length the mean of the seeds, [lengths]."""
    return found[name][mark].mean(0)


claim(
    "Both turned: below 20% of the ! in rows of 48.",
    means("both turned, both see all", "!")[puzzle.LENGTHS.index(48)] < 20,
)
rows, answers = puzzle.rows_and_answers(2000, 12, torch.Generator().manual_seed(0), "!", where=0)
commonest = rows[:, 1:-1].mode().values  # without the digit and the mark
claim(
    "The commonest letter is right more often.",
    100 * (commonest == answers).double().mean() > means("none turned, both see all", "!").max(),
)
chunked = means("turned chunks of 4, then NoPE", "!")
opens = torch.tensor([length % 4 == 1 for length in puzzle.LENGTHS])
claim("Chunks lose it where it opens one.", chunked[opens].max() < 10)
claim("At the other lengths not.", chunked[~opens].min() > 99)
lowest = min(means("turned window of 4, then NoPE", mark).min() for mark in "?!")
claim("A window, then NoPE: above 95% of both everywhere.", lowest > 95)

# %% [markdown]
# Is it lost only there? One learns here and now, in 150 steps, and is asked at all lengths to 32.

# %%
solver = puzzle.learn("turned chunks of 4, then NoPE", seed=0, steps=150)
for mark in "?!":
    lost = [n for n in range(12, 33) if puzzle.percent_right(solver, mark, n) < 50]
    print(f"{mark} lost at {lost}")

# %% [markdown]
# So the pattern helps here, and not the *chunks*: in these rows the `!` opens a new chunk, and the only layer that knows what is near sees it alone. A window has no such border. Beside it, chunks only cost in this puzzle. (Two layers, rows made for the question: what it tells of large models is open.)
#
# ## 4. Three small parts
#
# **Norms on queries and keys** (QK norm, [lesson 10](10_every_model.ipynb)). In Scout's near layers each head's query and key is divided by the root of its mean square, so that no score can run away. Qwen3 does it before the turn, with weights; Scout behind it, without. Does the order matter? Turning keeps a vector's length, so without weights it does not.


# %%
def plain_norm(x, eps):
    return x / torch.sqrt(x.square().mean(-1, keepdim=True) + eps)  # [..., D]


def plain_turn(x, places, speeds):
    """[..., T, D] at their places [T]: numbers 2i and 2i + 1 turn together, as in Meta's files."""
    angles = places[:, None] * speeds  # [T, D/2]
    a, b = x[..., 0::2], x[..., 1::2]  # [..., T, D/2] each
    turned = a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()
    return torch.stack(turned, -1).flatten(-2)  # [..., T, D]


q, places = torch.randn(50, 128, generator=torch.Generator().manual_seed(0)), torch.arange(50)
speeds = rope_frequencies(scout)  # [D/2]
behind = plain_norm(plain_turn(q, places, speeds), 1e-5)
before = plain_turn(plain_norm(q, 1e-5), places, speeds)
claim("Norm and turn can change places.", torch.allclose(behind, before, atol=1e-4))

# %% [markdown]
# **Slow hands slowed down** (RoPE scaling). Pairs of numbers that make less than one full turn in 8,192 tokens turn 16 times slower in Scout. It is the rule of Llama 3.1 ([D3](deeper/D3_long_contexts.ipynb) has the reason), here with both of its limits at one turn. What it brings to Scout we don't know: only near layers turn, and they never look back further than 8,191 tokens.


# %%
def plain_speeds(config):
    """Radians a token for each pair, [D/2]."""
    speeds = config.rope_theta ** (-torch.arange(0, config.head_dim, 2) / config.head_dim)
    if rule := config.rope_scaling:
        slow = 2 * math.pi / speeds > rule["original_max_position_embeddings"]
        speeds[slow] /= rule["factor"]
    return speeds


for name, c in giants.items():  # Maverick has no such rule
    same = torch.allclose(plain_speeds(c), rope_frequencies(c), rtol=1e-4)
    claim(f"{name}'s speeds are the library's.", same)

# %% [markdown]
# **Sharper queries for long texts** (attention temperature). One key scores 12 and all others 0. Among 8,192 keys it gets $e^{12}/(e^{12}+8191)$ of the attention, 95%. Among ten million? Each of the others takes next to nothing, but they are many. That is why far layers multiply the query at position $p$ by
#
# $$1 + 0.1 \cdot \ln\!\left(1 + \left\lfloor \tfrac{p + 1}{8192} \right\rfloor\right)$$
#
# where $\lfloor\ \rfloor$ rounds down. A logarithm, because against ten times as many rivals a score needs a lead of $\ln 10$ more to keep its share. (The factor gives that to a lead of 10, less to a smaller one.) It is the one thing of place in a far layer's own queries and keys: where the asker stands, in steps of 8,192.


# %%
def plain_temperature(places, floor_scale, attn_scale):
    return 1 + attn_scale * torch.log(1 + (places + 1) // floor_scale)  # [T]


def share(lead, keys):
    return math.exp(lead) / (math.exp(lead) + keys - 1)


print("position    factor   share without   with")
for place in (8191, 1_000_000, 10_000_000):
    factor = float(plain_temperature(torch.tensor(place), 8192, 0.1))
    print(
        f"{place:10,}  {factor:6.3f} {share(12, place + 1):14.1%} {share(12 * factor, place + 1):7.1%}"
    )
places = torch.arange(100_000)
ours, theirs = plain_temperature(places, 8192, 0.1), attention_scale(places, 8192, 0.1)[:, 0]
claim("As the library's.", torch.allclose(ours, theirs))
claim("Nothing happens before position 8,191.", int((ours > 1).nonzero()[0]) == 8191)

# %% [markdown]
# ## 5. The whole model
#
# A layer knows by its number whether it is near or far, and whether its second half is a mixture; in Maverick every second one is, and the others have one wide network.
#
# Attention comes with a cache: `kept`, a dict for each layer, empty at first and filled in place. New tokens stand behind those whose keys it holds. (`unflatten` cuts the last axis into heads; `nn.RMSNorm` is torch's [RMSNorm](05_transformer_block.ipynb#2.-Norms:-one-size-for-all).)


# %%
class PlainAttention(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        C, D = config.hidden_size, config.head_dim
        H, G = config.num_attention_heads, config.num_key_value_heads
        self.q_proj = nn.Linear(C, H * D, bias=False)
        self.k_proj = nn.Linear(C, G * D, bias=False)
        self.v_proj = nn.Linear(C, G * D, bias=False)
        self.o_proj = nn.Linear(H * D, C, bias=False)
        self.config, self.near = config, config.no_rope_layers[layer] == 1

    def forward(self, x, kept):
        config = self.config
        parts = [proj(x) for proj in (self.q_proj, self.k_proj, self.v_proj)]
        q, k, v = (y.unflatten(-1, (-1, config.head_dim)).transpose(1, 2) for y in parts)
        past = kept["k"].shape[2] if kept else 0
        places = torch.arange(past, past + x.shape[1])  # [T]
        if self.near:
            q, k = (plain_turn(y, places, plain_speeds(config)) for y in (q, k))
            if config.qk_norm:
                q, k = (plain_norm(y, config.rms_norm_eps) for y in (q, k))
        else:
            q = q * plain_temperature(places, config.floor_scale, config.attn_scale)[:, None]
        if kept:
            k, v = torch.cat([kept["k"], k], 2), torch.cat([kept["v"], v], 2)  # [B, G, S, D]
        kept["k"], kept["v"] = k, v
        chunk = config.attention_chunk_size if self.near else None
        seen = plain_seen(places, k.shape[2], chunk)  # [T, S]
        share = q.shape[1] // k.shape[1]
        k, v = (y.repeat_interleave(share, 1) for y in (k, v))  # [B, H, S, D]
        scores = q @ k.mT / math.sqrt(config.head_dim)  # [B, H, T, S]
        looked = scores.masked_fill(~seen, -math.inf).softmax(-1) @ v  # [B, H, T, D]
        return self.o_proj(looked.transpose(1, 2).flatten(2))  # [B, T, C]


# %%
class PlainBlock(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        self.input_layernorm = nn.RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.self_attn = PlainAttention(config, layer)
        self.post_attention_layernorm = nn.RMSNorm(config.hidden_size, config.rms_norm_eps)
        if layer in config.moe_layers:
            self.mlp = PlainExperts(config)
        else:
            self.mlp = PlainFeedForward(config.hidden_size, config.intermediate_size)

    def forward(self, x, kept):
        x = x + self.self_attn(self.input_layernorm(x), kept)
        return x + self.mlp(self.post_attention_layernorm(x))


class PlainLlama4(nn.Module):
    def __init__(self, config):
        super().__init__()
        V, C, layers = config.vocab_size, config.hidden_size, range(config.num_hidden_layers)
        self.model = nn.Module()  # only a name for three parts, as in the files
        self.model.embed_tokens = nn.Embedding(V, C)
        self.model.layers = nn.ModuleList(PlainBlock(config, layer) for layer in layers)
        self.model.norm = nn.RMSNorm(C, config.rms_norm_eps)
        self.lm_head = nn.Linear(C, V, bias=False)

    def forward(self, ids, cache=None):
        cache = [{} for _ in self.model.layers] if cache is None else cache
        x = self.model.embed_tokens(ids)  # [B, T, C]
        for block, kept in zip(self.model.layers, cache, strict=True):
            x = block(x, kept)
        return self.lm_head(self.model.norm(x))  # [B, T, V]


# %% [markdown]
# Is it Llama 4? *transformers* has one that we did not write. We give it random weights, a chunk of 7, a temperature that moves at position 10, slowed pairs, mixtures in layers 1 and 3. (`our_names` renames its tensors.)

# %%
transformers.utils.logging.set_verbosity_error()  # both limits are 1, as in Scout: it warns
reference = Llama4ForCausalLM(Llama4TextConfig(**THEIR_FIELDS)).eval()
draw(reference.parameters())
config = small_config()
weights = our_names(reference.state_dict())
ids = torch.randint(97, (3, 40), generator=torch.Generator().manual_seed(0))  # [B, T]
plain, library = PlainLlama4(config), Transformer(config)
with torch.no_grad():
    right = reference(ids).logits  # [B, T, V]
    for name, model in {"Our class": plain, "The library's": library}.items():
        model.load_state_dict(weights)
        claim(f"{name}: the same scores.", (model(ids) - right).abs().max() < 1e-4)
    cache, parts = [{} for _ in range(5)], []
    for piece in ids.split([13, 1, 1, 20, 5], 1):  # cut axis 1: a prompt, two tokens, two longer
        parts.append(plain(piece, cache))
    claim("In pieces, with the cache: the same.", (torch.cat(parts, 1) - right).abs().max() < 1e-4)

# %% [markdown]
# With Scout's config in place of the small one this class *is* Scout's text model. One waste that grows is left: our near layers keep chunks that are over, which no later token looks at. Dropping them is your last exercise.
#
# ## 6. Scout and Maverick on paper
#
# Scout has 16 experts in each of its 48 layers, Maverick 128 in every second.

# %%
for name, c in giants.items():
    total, active = costs.num_parameters(c), met(c)
    print(f"{name:9} {total / 1e9:.1f} billion, {active / 1e9:.1f} met ({active / total:.0%})")

# %% [markdown]
# Maverick is nearly four times as large, and a token meets 16 billion numbers in either.
#
# In 4 bits, with a scale and a minimum for each group of 32, a number takes 5 ([lesson 07b](07b_faster.ipynb#3.-Smaller-weights)). To write one token, all that it meets must be fetched. In a batch, rows share attention, routers and shared experts, but each wakes an expert of its own. If all are equally likely, $B$ rows wake $E\,(1 - (1 - 1/E)^B)$ of $E$.

# %%
predict("batch_of_128")


# %%
def gigabytes(c, rows, bits=5):
    """Of weights, fetched for one step in which each row writes a token."""
    awake = c.num_local_experts * (1 - (1 - 1 / c.num_local_experts) ** rows)
    expert = 3 * c.hidden_size * c.moe_intermediate_size
    fetched = met(c) + len(c.moe_layers) * (awake - 1) * expert  # one is met already
    return fetched * bits / 8 / 1e9


steps = {name: [gigabytes(c, rows) for rows in figures.ROWS] for name, c in giants.items()}
for name, fetched in steps.items():
    print(
        f"{name}: {fetched[-1]:.0f} GB for a step of {figures.ROWS[-1]} rows, {fetched[-1] / figures.ROWS[-1]:.2f} a row"
    )
reveal("batch_of_128", round(steps["Maverick"][-1] / steps["Scout"][-1], 1))

# %% tags=["hide-input"]
show(
    figures.batches(steps),
    alt="Two panels over 1 to 128 rows. GB in a step: a dense model stays at 10, Scout rises to 67, Maverick to 161. GB "
    "for a token: all begin at 10; at 128 rows the dense model needs 0.08, Scout 0.52, Maverick 1.26.",
)

# %% [markdown]
# For **one** reader a mixture fetches no more than a dense model of 16 billion. In a batch the dense one fetches its weights once for all rows; the mixture wakes more and more experts, until at 128 rows nearly all of Scout is fetched in each step. A token gets cheaper all the same (on the right), but far more slowly. So servers gather very many rows, and put experts on different machines (*expert parallelism*).
#
# Try other mixtures.


# %%
def draw_batch(rows, experts, every):
    c = replace(scout, num_local_experts=experts, moe_layers=list(range(every - 1, 48, every)))
    return figures.one_batch(c, rows, gigabytes)


explore(
    draw_batch,
    rows=widgets.IntSlider(value=8, min=1, max=256),
    experts=widgets.SelectionSlider(value=16, options=[2, 4, 8, 16, 32, 64, 128]),
    every=widgets.IntSlider(value=1, min=1, max=4, description="mixture every"),
)

# %% [markdown]
# All of it must be held, too:

# %%
for name, c in giants.items():
    sizes = [costs.weight_bytes(c, bits) / 1e9 for bits in (16, 8, 5)]
    print(f"{name:9} weights at 16, 8, 5 bits: " + ", ".join(f"{size:.0f} GB" for size in sizes))

# %% [markdown]
# A GPU of 80 GB holds Scout at 5 bits and a good 12 GB of cache. How long a text is that? Near layers stop growing at 8,192 tokens, which saves three quarters of a long cache:

# %%
greedy = replace(scout, layer_types=["full_attention"] * 48, attention_chunk_size=None)
for tokens in (230_000, 10_000_000):
    kept, all_kept = (costs.kv_cache_bytes(c, tokens, bits=16) / 1e9 for c in (scout, greedy))
    print(f"Scout's cache of {tokens:10,} tokens: {kept:5.1f} GB; without chunks {all_kept:6.1f}")

# %% [markdown]
# 230,000 tokens. At ten million the cache is more than twice as large as the weights at 16 bits.
#
# ## 7. Ten million tokens?
#
# Scout was announced with a [**context length**](../book/glossary.md#context-length) of 10 million tokens, and its config says so. The same announcement says that it was trained with a context of 256K. The rest, a factor of about 40, is extrapolation: the hope of section 3. As evidence it shows that a planted sentence is found, and that code stays predictable over ten million tokens.
#
# Independent tests ask for more than finding. [Fiction.liveBench](https://fiction.live/stories/Fiction-liveBench-April-6-2025/oQdzQvKHw8JyXbN87) has questions about long stories. In its table of April 2025 ([a copy](https://github.com/mnismt/llms-long-context-benchmark/blob/main/src/data/benchmark.ts)) Scout answers 15.6% rightly at 120,000 tokens, and Gemini 2.5 Pro 90.6%. But at 1,000 tokens it has only 27.8%: not all of that is length. The number in a config says what the program accepts, not what the model understands.
#
# ## 8. Pictures: early fusion
#
# Llama 4 also reads pictures. A picture is cut into tiles of 336 × 336 pixels, a tile into patches of 14 × 14. An encoder, in which all patches see each other, makes a vector of each. Four neighbours are joined, and an adapter brings them to the width of the text model. These vectors stand **among the embeddings of the words**, and all layers treat both alike: [**early fusion**](../book/glossary.md#early-fusion).

# %% tags=["hide-input"]
show(
    figures.fusion(PictureHalf()),
    alt="A tile of 336 by 336 pixels becomes 576 patches, the encoder of 34 layers gives 576 vectors of 1,408, four "
    "neighbours are joined, the adapter gives 144 vectors of 5,120. They are put between the embeddings of words, and "
    "the row of both goes into the text model.",
)

# %%
half = PictureHalf()
print(f"{half.patches} patches of {half.width:,}, {half.tokens} tokens of {half.text_width:,}")
print(f"encoder {half.encoder_parameters():,}, adapter {half.adapter_parameters():,} numbers")
together = costs.num_parameters(scout) + half.parameters()
print(f"with Scout's text model: {together / 1e9:.1f} billion")

# %% [markdown]
# These are the 109 billion that were announced. We leave this half out (in *transformers*: *Llama4VisionModel* and *Llama4MultiModalProjector*).
#
# ## 9. How it was made, how it was received
#
# Scout read about 40 trillion tokens of text and pictures ([model card](https://github.com/meta-llama/llama-models/blob/main/models/llama4/MODEL_CARD.md)). A larger model, *Behemoth*, taught it ([**distillation**](../book/glossary.md#distillation)): its probabilities were a target beside the real next tokens.
#
# The reception was mixed. The announcement gave Maverick 1417 points on the chat leaderboard LMArena; as it says, for an *experimental chat version*. The one that can be downloaded came [32nd](https://the-decoder.com/metas-llama-4-models-show-promise-on-standard-tests-but-struggle-with-long-context-tasks). A [study](https://arxiv.org/abs/2504.20879) counted 27 private variants that Meta had tried there before.
#
# ## 10. What goes wrong
#
# Each of these faults loads, runs and writes. Printed is the first position with other scores.


# %%
def first_wrong(**fault):
    """The first of the 40 positions at which a model with a fault differs from the right one."""
    model = Transformer(replace(config, **fault))
    model.load_state_dict(weights)
    with torch.no_grad():
        off = (model(ids) - library(ids)).abs().amax((0, 2)) > 1e-5  # [T]
    return int(off.nonzero()[0]) if off.any() else None


print("score on the output             ", first_wrong(scale_expert_input=False))
print("rotation of halves              ", first_wrong(rope_pairing="half"))
print("no slowed pairs                 ", first_wrong(rope_scaling=None))
print("no_rope_layers taken at its word", first_wrong(no_rope_layers=[0, 0, 0, 1, 0]))
print("a chunk of 8 in place of 7      ", first_wrong(attention_chunk_size=8))
print("no temperature                  ", first_wrong(attn_temperature_tuning=False))

# %% [markdown]
# The score is wrong at once: it needs no place. A wrong turn shows at position 1: place 0 is not turned. The chunk shows where the second one should begin, the temperature where position + 1 reaches 11. In Scout these two are 8,192 and 8,191: no test with a short text sees them.

# %% [markdown]
# ## Exercises
#
# ### {exercise: visible_tokens}
#
# With padding on the left, as in [lesson 07](07_generation.ipynb#4.-Several-texts-at-once).


# %% tags=["exercise"]
def my_visible(position, layer, chunk, interval, padding):
    """position of a real token (padding <= position), layer, chunk, interval of 2 or more, and padding, to the list of
    the positions that it sees, in order. The first `padding` positions of the row mean nothing and are not seen. Layers
    interval - 1, 2 * interval - 1 and so on see everything before them; the others their chunk, and chunks are counted
    from the first real token."""
    ...


check("visible_tokens", my_visible)

# %% [markdown]
# ### {exercise: bytes_read}
#
# Real routes are not equally likely. Here are the routes of one step; how much is fetched?


# %% tags=["exercise"]
def my_bytes_read(routes, common, expert):
    """routes, a list with a list for each mixture layer: the expert that each row of the batch is sent to, a number from
    0. All layers have the same rows, which may be none. common, the bytes that every step fetches, whatever the routes,
    and expert, those of one expert. To the bytes that are fetched in this step."""
    ...


check("bytes_read", my_bytes_read)

# %% [markdown]
# ### {exercise: sparse_dispatch}
#
# Now each token is sent to K experts, each with a score of its own on the input, and their answers are added. There is no shared expert, and experts refuse tokens that were not sent to them.


# %% tags=["exercise"]
def my_dispatch(x, chosen, scores, ask):
    """x [N, C], chosen [N, K] whole numbers, those of a token pairwise different, scores [N, K] and ask, to [N, C]: token
    n gets the sum over k of what expert chosen[n, k] answers to scores[n, k] * x[n]. ask(number, mail, tokens) gives the
    answers [n, C] of one expert to tokens [n, C], n of 1 or more; mail, [n], says which tokens of x they are made of. An
    expert is asked once at most."""
    ...


check("sparse_dispatch", my_dispatch)

# %% [markdown]
# ### {exercise: patients}
#
# Five ports of Llama 4 were compared with a reference, token by token, in texts of 20,000 tokens with Scout's config. The first position at which scores differ was 0 for port 1, 1 for port 2, 8,191 for port 3 and 8,192 for port 4. Port 5 is right where a text stands alone; in a row with three padding tokens on the left it goes wrong three tokens before port 4 does, counted from the first real token.
#
# The faults, one of which nobody has: A a sliding window of 8,192 in place of chunks. B the score multiplies what the expert gives. C the temperature is left out. D queries and keys are turned in halves. E chunks are counted from the padding. F queries and keys are normalised before the turn.

# %% tags=["exercise"]
# a list of five letters: the fault of port 1, of port 2, and so on to port 5.
check("patients", ...)

# %% [markdown]
# ### {exercise: my_llama4_block}
#
# Your block of [lesson 05](05_transformer_block.ipynb#Exercises), with a mixture in place of its feed-forward network. `look` turns, norms, masks and looks.


# %% tags=["exercise"]
def my_llama4_block(x, weights, look, head_dim):
    """tokens x [T, C] of one text to [T, C], a layer of Llama 4. x itself is not changed. weights is a dict of one layer's
    tensors, each matrix with a row for each output, no biases: input_layernorm.weight, self_attn.q_proj.weight,
    self_attn.k_proj.weight, self_attn.v_proj.weight, self_attn.o_proj.weight and post_attention_layernorm.weight as in
    lesson 05; mlp.router.weight [E, C]; for each expert e from 0 mlp.experts.e.gate_proj.weight and
    mlp.experts.e.up_proj.weight [F, C] and mlp.experts.e.down_proj.weight [C, F]; and the same three of
    mlp.shared_expert. Norms have 1e-5 under the root. head_dim is D. look(q, k, v): [H, T, D], [G, T, D] and [G, T, D] to
    [H, T, D]."""
    ...


check("my_llama4_block", my_llama4_block)

# %% [markdown]
# ### {exercise: near_look}
#
# Your look of [lesson 07](07_generation.ipynb#Exercises), for a near layer: it must forget. The check puts it into all near layers of a small Llama 4, which decodes with it, and looks at what is kept after each call.


# %% tags=["exercise"]
class MyNearLook:
    """a class that is made from speeds [D/2] and a chunk, one object a layer and text. An object is called with queries q
    [H, T, D], keys k and values v [G, T, D] of T new tokens, 1 or more, and returns [H, T, D]. New tokens stand at the
    places behind all that came in earlier calls. Queries and keys are turned, numbers 2i and 2i + 1 together, by place
    times speeds[i]; then each is divided by the root of its mean square plus 1e-5. Each token sees the tokens of its own
    chunk up to itself. After a call the object holds, as self.keys and self.values [G, S, D], no token whose chunk is
    over: S is below chunk."""

    def __init__(self, speeds, chunk): ...

    def __call__(self, q, k, v): ...


check("near_look", MyNearLook)

# %% [markdown]
# ## Say it in your own words

# %%
say("why_a_sigmoid", "near_and_far", "experts_in_a_batch", "what_ten_million_means")

# %% [markdown]
# ## Quiz

# %%
quiz("11")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A mixture of experts holds much and computes little: each token meets its router's favourite and the shared expert. The router learns through the score, in Llama 4 a sigmoid on the expert's input.
# - Saved is work, not memory; and what one reader does not fetch, a batch does.
# - Three near layers turn and see a chunk, the fourth sees all and turns nothing. In our puzzle near and turned below far and unturned read longer rows than it learned from; chunks failed where one opens, a window nowhere.
# - A context length is what a program accepts; what a model was trained on and what tests find are others.
# - Faults are silent. The first position that differs from a reference says of which kind it is, and no more.
#
# **Papers.** [Shazeer and others 2017](https://arxiv.org/abs/1701.06538), *Outrageously Large Neural Networks* (experts). [Fedus and others 2021](https://arxiv.org/abs/2101.03961), *Switch Transformers* (top-1). [Rajbhandari and others 2022](https://arxiv.org/abs/2201.05596), *DeepSpeed-MoE* (an expert for all beside those that are chosen). [Kazemnejad and others 2023](https://arxiv.org/abs/2305.19466), *The Impact of Positional Encoding on Length Generalization* (NoPE). [Nakanishi 2025](https://arxiv.org/abs/2501.19399), *Scalable-Softmax Is Superior for Attention* (the temperature).
#
# **Next:** in lesson 11b a small Llama 4 is trained until it writes, and we see which token goes to which expert.
