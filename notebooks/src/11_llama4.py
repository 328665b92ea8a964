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
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/llms-from-the-ground-up/blob/v0.2.0/notebooks/11_llama4.ipynb)
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | lessons 04 to 07, and the routers of lesson 10 |
# | It adds to `lessons_lib` | `layers/moe.py`, `layers/balance.py`: experts, and how to keep all of them busy |
#
# {route}

# %%
import importlib.util

if importlib.util.find_spec("lessons_lib") is None:
    # %pip install -q --no-deps git+https://github.com/OWNER/llms-from-the-ground-up@v0.2.0
    importlib.invalidate_caches()

# %%
import math
import time
from dataclasses import replace

import ipywidgets as widgets
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from lessons_lib import ModelConfig, Transformer
from lessons_lib.classroom import (
    check,
    explore,
    progress,
    quiz,
    show,
    show_source,
    use_style,
)
from lessons_lib.classroom.panels.figures import COLOURS, HATCHES
from lessons_lib.classroom.practice import held_out_loss, practice
from lessons_lib.config import costs
from lessons_lib.corpora import shakespeare
from lessons_lib.layers import (
    FeedForward,
    MixtureOfExperts,
    adjust_correction_bias,
    attention_scale,
    causal_mask,
    chunked_mask,
    expert_load,
    load_balancing_loss,
    record_routes,
    rms_norm,
    route,
)
from lessons_lib.tokenizer import load_tokenizer

torch.set_num_threads(1)  # with matrices as small as ours, a second thread only gets in the way
use_style()

# %% [markdown]
# ## The finished thing first
#
# The smaller of the two real ones has several hundred thousand times as many parameters as ours, which has every part of it. Ours reads Shakespeare letter by letter, and it learns now, while you wait some seconds. (The switches in the config are the subject of this lesson; `balance` and `adjust` wait for section 4.)

# %%
text = shakespeare()[:400_000]
letters = sorted(set(text))
place = {letter: i for i, letter in enumerate(letters)}
book = torch.tensor([place[letter] for letter in text])
known, unread = book[:360_000], book[360_000:]


def llama4_like(layers, every=4, **fields):
    """The config of a small Llama 4 in which every so many layers one sees everything."""
    turns = [int((layer + 1) % every != 0) for layer in range(layers)]
    pattern = {
        "num_hidden_layers": layers,
        "no_rope_layers": turns,
        "layer_types": ["chunked_attention" if flag else "full_attention" for flag in turns],
    }
    switches = {
        "rope_pairing": "interleaved",
        "qk_norm": "after",
        "attn_temperature_tuning": True,
        "num_experts_per_tok": 1,
        "n_shared_experts": 1,
        "scoring_func": "sigmoid",
        "scale_expert_input": True,
        "initializer_range": fields["hidden_size"] ** -0.5,
    }
    return ModelConfig(**pattern, **switches, **{"vocab_size": len(letters)} | fields)


small = llama4_like(
    layers=4,
    hidden_size=48,
    intermediate_size=96,
    num_attention_heads=4,
    num_key_value_heads=2,
    attention_chunk_size=16,
    num_local_experts=4,
    moe_intermediate_size=48,
)
print(
    f"{costs.num_parameters(small):,} parameters; one letter meets {costs.num_active_parameters(small):,}"
)


# %%
def fresh(config, seed):
    """A new model whose weights are drawn in 64 bits: so they are the same on every processor."""
    model = Transformer(config).double()
    torch.manual_seed(seed)
    for matrix in model.parameters():
        if matrix.dim() == 2:
            nn.init.normal_(matrix, std=config.initializer_range)
    return model


def train(model, balance, adjust=0.0, **settings):
    """Practise on Shakespeare; how many letters each layer sent to each expert, at each step."""
    loads, E = [], model.config.num_local_experts

    def watch():
        latest = [seen.pop() for seen in routes.values()]
        loads.append(torch.stack([expert_load(routing.experts, E) for routing in latest]))
        for block, load in zip(model.model.layers, loads[-1], strict=True):
            if adjust:
                adjust_correction_bias(block.mlp.router, load, adjust)
        return balance * load_balancing_loss(latest)

    with record_routes(model) as routes:
        practice(model, known, extra_loss=watch, **settings)
    return torch.stack(loads)  # [steps, layers, E]


model = fresh(small, seed=0)
print(f"before: loss {held_out_loss(model, unread, windows=32):.2f}")
train(model, balance=0.01, steps=150, length=48, learning_rate=0.015)
print(f"after:  loss {held_out_loss(model, unread, windows=32):.2f}")


# %%
def write(model, beginning, count, temperature=0.6):
    """Continue a text letter by letter."""
    generator = torch.Generator().manual_seed(0)
    ids = [place[letter] for letter in beginning]
    for _ in range(count):
        with torch.no_grad():
            chances = (model(torch.tensor([ids]))[0, -1] / temperature).softmax(-1)  # [V]
        luck = torch.rand((), generator=generator, dtype=torch.float64)
        ids.append(int(torch.searchsorted(chances.cumsum(0), luck)))
    return "".join(letters[i] for i in ids)


def routes_of(model, text):
    """Which expert each letter is sent to: [layers, T]."""
    with torch.no_grad(), record_routes(model) as routes:
        model(torch.tensor([[place[letter] for letter in text]]))
    return torch.stack([seen[0].experts[:, 0] for seen in routes.values()])


print(write(model, "The king", 120))
print()
line = "To be, or not to be: that is"
print("        ", line.replace(" ", "␣"))
for layer, experts in enumerate(routes_of(model, line).tolist()):
    print(f"layer {layer}: ", *experts, sep="")

# %% [markdown]
# The text is nonsense that looks like English, which is what a few seconds buy. Look at the digits below the line. Each layer of this model has four networks, called experts, and each letter visits only one of them. The digits say which. Find the columns of the spaces, in layer 0 above all.
#
# There all spaces go to the same expert, and nobody told the model what a space is.
#
# About half of the model is never touched by any one letter. That is the main idea of Llama 4: weights that are there for those who need them, and no work for the others. The second idea is in its attention. Three of four layers see only a short piece of the text, and the fourth sees all of it without knowing where anything stands. We take the experts first, then the attention. At the end you will have assembled the whole model, compared it with somebody else's, and counted what the real one needs to run.
#
# Now we build it.

# %% [markdown]
# ## 1. The router: who should think about this?
#
# In lesson 05 every token went through the same feed-forward network. Now there are several, the [experts](../book/glossary.md#expert) of lesson 10, and something has to decide. The [router](../book/glossary.md#router) is one small matrix with a row for each expert: what this expert would like to see. A token's dot product with a row says how well the two suit each other.
#
# Four tokens with two numbers each, three experts. Do it on paper: which expert gets which token?
#
# | token | | expert | likes |
# |---|---|---|---|
# | a | (2, 1) | 0 | (1, 0) |
# | b | (−1, 3) | 1 | (0, 1) |
# | c | (−2, −1) | 2 | (−1, −1) |
# | d | (0.5, 0.25) | | |

# %%
four = torch.tensor([[2.0, 1], [-1, 3], [-2, -1], [0.5, 0.25]])  # [N, C]
likes = torch.tensor([[1.0, 0], [0, 1], [-1, -1]])  # [E, C]
products = four @ likes.T  # [N, E]
for name, row in zip("abcd", products, strict=True):
    best = int(row.argmax())
    score = row[best].sigmoid()
    print(f"{name}: {[round(float(z), 2) for z in row]}  expert {best}, score {score:.2f}")

# %% [markdown]
# Llama 4 takes the best one only: [**top-1**](../book/glossary.md#top-1-routing). Its product $z$ is squeezed into a score between 0 and 1 by the [sigmoid](../book/glossary.md#sigmoid), $\sigma(z) = 1 / (1 + e^{-z})$. Tokens a and d go to the same expert, but d with half a heart: 0.62. The score will be used as a factor in the next section.
#
# Mixtral (lesson 10) used a softmax over the chosen experts. What would that score be with a single one chosen? A softmax of one number is 1, whatever the number is. And a score that never changes teaches nothing:


# %%
def slope(score_of):
    """How much the scores move if the router's products move: the largest derivative."""
    z = products.clone().requires_grad_()
    return float(torch.autograd.grad(score_of(z).sum(), z)[0].abs().max())


ways = {
    "softmax of the chosen": lambda z: z.topk(1).values.softmax(-1),
    "softmax of all": lambda z: z.softmax(-1).amax(-1),
    "sigmoid": lambda z: z.amax(-1).sigmoid(),
}
for name, way in ways.items():
    print(f"{name:22} largest slope {slope(way):.2f}")
newcomer = torch.cat((products, torch.full((4, 1), 0.2)), dim=1)  # [N, E + 1]
for name in ("softmax of all", "sigmoid"):
    before, after = (float(ways[name](z)[0].squeeze()) for z in (products, newcomer))
    print(f"a fourth expert joins; score of token a by {name}: {before:.3f}, then {after:.3f}")

# %% [markdown]
# With the first way the slope is 0: the router would stay as it was born. The softmax over all experts works; Google's [Switch Transformer](https://arxiv.org/abs/2101.03961) used it. But there the scores compete. If an expert joins that token a does not even choose, a's score falls. The sigmoid asks each expert by itself.
#
# In formula and code, for a token $x$ and the rows $w_e$ of the router:
#
# $$e^* = \arg\max_e\; w_e \cdot x \qquad\qquad s = \sigma(w_{e^*} \cdot x)$$


# %%
def plain_router(x, rows):
    """Tokens [N, C] and a router [E, C] to each token's expert and score, [N] each."""
    best = (x @ rows.T).max(-1)
    return best.indices, best.values.sigmoid()


torch.manual_seed(0)
x, rows = torch.randn(1000, small.hidden_size), torch.randn(4, small.hidden_size)
experts, scores = plain_router(x, rows)
routing = route(x @ rows.T, small)
print("same experts:", torch.equal(experts, routing.experts[:, 0]))
print(f"largest difference of a score: {(scores - routing.weights[:, 0]).abs().max():.4f}")

# %%
show_source(route)

# %% [markdown]
# What does the hardened one add? Several experts for a token, scores by softmax, groups of experts and a bias that evens out their load: all routers of lesson 10 in one function. The library takes these products in 32 bits or more even where the model has 16, because a rounded score may choose another expert.

# %% [markdown]
# ## 2. The score multiplies what the expert reads
#
# In Mixtral the score multiplies what the expert *gives*. In Llama 4 it multiplies what the expert *reads*. Does it matter on which side a factor stands? Take the smallest expert there is, one neuron with all weights 1: $f(x) = \text{silu}(x) \cdot x$. Let $x = 2$ and the score be a half. Guess both before you run the cell.

# %%
x, s = torch.tensor(2.0), 0.5
print(f"the expert alone: f(2) = {F.silu(x) * x:.3f}")
print(f"on the output:    0.5 * f(2) = {s * F.silu(x) * x:.3f}")
print(f"on the input:     f(0.5 * 2) = {F.silu(s * x) * (s * x):.3f}")

# %% [markdown]
# A factor in front of a straight line could stand on either side. This network is no straight line. It multiplies two answers, gate and up, and both shrink with the input. So a half becomes about a fifth. Is that so with many neurons and random weights? We measure how long the answer is for every score from 0 to 1.

# %%
torch.manual_seed(0)
expert = FeedForward(small).double()
x = torch.randn(200, 48, dtype=torch.float64) * 3  # [N, C]
steps = torch.linspace(0, 1, 21, dtype=torch.float64)
with torch.no_grad():
    full = expert(x).norm(dim=-1)  # [N]
    reads = torch.stack([(expert(s * x).norm(dim=-1) / full).mean() for s in steps])
for s in (0.25, 0.5, 0.75):
    print(f"score {s}: on the output {s:.2f}, on the input {reads[int(s * 20)]:.2f}")

# %%
fig, ax = plt.subplots(figsize=(6, 3))
ax.plot(steps, steps, label="score on the output", markevery=4)
ax.plot(steps, reads, label="score on the input", markevery=4)
ax.plot(steps, steps**2, label="score squared", marker="")
ax.set(
    xlabel="score", ylabel="length of the answer", title="A low score counts for less on the input"
)
ax.legend()
show(
    fig,
    alt="Three curves from 0 to 1. With the score on the output the answer grows in a straight "
    "line. With the score on the input it stays below and lies just under the score squared: "
    "0.22 at one half.",
)

# %% [markdown]
# On the input, the score counts a little more than squared: a token that suits its expert half-heartedly gets less than a quarter of an answer. And since the expert is no straight line, a faint token gets another answer and not just a fainter one. Meta has not published why it chose this side. Neither is wrong, but a model trained with one has to run with it; section 13 shows what ours does otherwise.

# %% [markdown]
# ## 3. The whole layer, and how not to compute it
#
# One more part. Every token also visits the [**shared expert**](../book/glossary.md#shared-expert), without being asked. What all tokens need is learned there once and need not be learned again in every expert.
#
# $$\text{out}(x) = \text{shared}(x) + \text{expert}_{e^*}(s \cdot x)$$
#
# There is a simple way to compute this for many tokens, and it is how reference programs do it: give all tokens to all experts, with a factor of 0 where an expert was not chosen. The result is right, since an expert without biases answers nothing to nothing. But it computes everything that we wanted to save.
#
# The other way sorts the mail. Each expert gets the list of its tokens, works through it once, and the answers are put back where the tokens came from. For our four tokens: expert 0 gets a and d, expert 1 gets b, expert 2 gets c. This is [**sparse dispatch**](../book/glossary.md#sparse-dispatch).


# %%
class PlainFeedForward(nn.Module):  # lesson 06's, with the width as an argument
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
        self.experts = nn.ModuleList(PlainFeedForward(C, width) for _ in range(E))
        self.shared_expert = PlainFeedForward(C, width)

    def forward(self, x):
        tokens = x.flatten(0, 1)  # [N, C]
        chosen, score = plain_router(tokens, self.router.weight)  # [N] each
        out = self.shared_expert(tokens)  # [N, C]
        for number, expert in enumerate(self.experts):
            mail = (chosen == number).nonzero().flatten()  # [n]
            out = out.index_add(0, mail, expert(tokens[mail] * score[mail, None]))
        return out.view_as(x)  # [B, T, C]


def everybody(layer, x):
    """The same, by giving all tokens to all experts."""
    tokens = x.flatten(0, 1)  # [N, C]
    chosen, score = plain_router(tokens, layer.router.weight)
    factors = F.one_hot(chosen, len(layer.experts)) * score[:, None]  # [N, E]
    answers = [expert(tokens * factors[:, [e]]) for e, expert in enumerate(layer.experts)]
    return (layer.shared_expert(tokens) + sum(answers)).view_as(x)  # [B, T, C]


wide = replace(small, num_local_experts=16)
torch.manual_seed(0)
hardened, sparse = MixtureOfExperts(wide), PlainExperts(wide)
sparse.load_state_dict(hardened.state_dict())
x = torch.randn(5, 37, 48)  # [B, T, C]
with torch.no_grad():
    for name, out in {"sparse": sparse(x), "everybody": everybody(sparse, x)}.items():
        print(f"{name:9} differs from the library's by {(out - hardened(x)).abs().max():.4f}")

# %%
show_source(MixtureOfExperts._dispatch)

# %% [markdown]
# The library sorts all tokens by expert once instead of looking for each expert's tokens again, and it allows several experts for a token. What is saved? Count for yourself, with $C = 48$, $F = 48$ and 16 experts: a feed-forward network is three matrices of $C \cdot F$ numbers, two operations for each number and token. How many networks does a token meet in each way?


# %%
def work(task):
    """Operations in matrix products, for one token."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        task()
    return counter.get_total_flops() // (5 * 37)


one_network, router = 2 * 3 * 48 * 48, 2 * 48 * 16
print(f"sparse:    {work(lambda: sparse(x)):,} = 2 networks + router", end="  ")
print(work(lambda: sparse(x)) == 2 * one_network + router)
print(f"everybody: {work(lambda: everybody(sparse, x)):,} = 17 networks + router", end="  ")
print(work(lambda: everybody(sparse, x)) == 17 * one_network + router)


# %%
def seconds(task, repeats=5):
    """The shortest of a few tries."""
    best = math.inf
    for _ in range(repeats):
        began = time.perf_counter()
        with torch.no_grad():
            task()
        best = min(best, time.perf_counter() - began)
    return best


large = replace(small, hidden_size=128, moe_intermediate_size=256, num_local_experts=32)
layer, many = PlainExperts(large), torch.randn(1, 512, 128)  # [B, T, C]
dense, thrifty = seconds(lambda: everybody(layer, many)), seconds(lambda: layer(many))
print(f"32 experts: sparse takes less than a third of the time: {dense > 3 * thrifty}")

# %% [markdown]
# How do both grow, if we add experts and leave everything else as it is?

# %%
counts = [2**n for n in range(8)]
network, inner = 3 * 128 * 256, 2 * 3 * 128 * 256  # numbers, operations
fig, (left, right) = plt.subplots(1, 2, figsize=(7.5, 3))
left.plot(counts, [(E + 1) * network + E * 128 for E in counts], label="in the layer")
left.plot(counts, [2 * network + E * 128 for E in counts], label="met by one token")
left.set(ylabel="parameters", title="What it knows")
right.plot(counts, [(E + 1) * inner + 2 * E * 128 for E in counts], label="everybody")
right.plot(counts, [2 * inner + 2 * E * 128 for E in counts], label="sparse")
right.set(ylabel="operations a token", title="What it works")
for ax in (left, right):
    ax.set(xlabel="experts", xscale="log", yscale="log")
    ax.set_xticks(counts, counts)
    ax.minorticks_off()
    ax.legend()
show(
    fig,
    alt="Two panels over 1 to 128 experts, both axes logarithmic. Left, parameters: those in the "
    "layer grow to about 65 times, those met by one token stay level. Right, operations a "
    "token: for everybody they grow as much, sparse they stay level.",
)

# %% [markdown]
# Left, the layer grows with every expert. Right, the work of one token stays level, but for the router's one row more. A layer of this kind is called a [**mixture of experts**](../book/glossary.md#mixture-of-experts). Its price is memory. Nobody knows which expert the next token will need, so all of them have to be at hand.
#
# And what does the shared expert do in our trained model? We silence it, and then the others, and ask for the loss on text that was not trained on.


# %%
def without(part):
    """The loss of our model where every layer's shared expert, or its routed ones, give nothing."""

    def silence(module, given, out):
        return out * 0

    hooks = []
    for block in model.model.layers:
        parts = [block.mlp.shared_expert] if part == "shared" else block.mlp.experts
        hooks += [module.register_forward_hook(silence) for module in parts]
    loss = held_out_loss(model, unread, windows=32)
    for hook in hooks:
        hook.remove()
    return loss


print(f"whole {held_out_loss(model, unread, windows=32):.2f}")
print(
    f"without the shared experts {without('shared'):.2f}, without the routed {without('routed'):.2f}"
)

# %% [markdown]
# Both are used, and the shared ones are missed more, though a token spends as much work on either. (How well the model would do had it learned without one of them, silencing can't say.)

# %% [markdown]
# ## 4. When one expert wins
#
# Imagine the first day. The router is random, and one expert happens to be liked a little more than the others. It gets more tokens, so it learns more, so it becomes more useful, so the router learns to like it even more. What do the experts learn that nobody visits? A fresh model with eight experts a layer reads 24 letters, and we look who gets a gradient:

# %%
eight = llama4_like(
    layers=2,
    every=2,
    hidden_size=32,
    intermediate_size=32,
    num_attention_heads=4,
    num_key_value_heads=2,
    attention_chunk_size=16,
    num_local_experts=8,
)
newborn = fresh(eight, seed=1)
with record_routes(newborn) as routes:
    F.cross_entropy(newborn(unread[None, :24])[0], unread[1:25]).backward()
print("tokens ", expert_load(routes[0][0].experts, 8).tolist())
experts = newborn.model.layers[0].mlp.experts
print("learns ", [int(expert.up_proj.weight.grad is not None) for expert in experts])

# %% [markdown]
# Who is not visited learns nothing, and so has nothing to offer next time. How uneven is it? Let $f_e$ be the share of tokens that expert $e$ was sent and $P_e$ the mean of its scores (made to add up to 1 for each token). The [**balancing loss**](../book/glossary.md#balancing-loss) is
#
# $$E \sum_e f_e P_e$$
#
# It is 1 where all are equally busy, and goes up to $E$ if one takes everything with full score. The counting in $f$ has no slope, but $P$ has one: where an expert is busy, $f_e$ is large, and the loss pushes its scores down. Our four tokens had $f = (0.5, 0.25, 0.25)$. Will they come out above 1?


# %%
def plain_balancing_loss(experts, scores):
    """Chosen experts [N] and all scores [N, E] to one number."""
    N, E = scores.shape
    f = torch.stack([(experts == e).sum() / N for e in range(E)])  # [E]
    P = (scores / scores.sum(-1, keepdim=True)).mean(0)  # [E]
    return E * (f * P).sum()


chosen, _ = plain_router(four, likes)
means = (products.sigmoid() / products.sigmoid().sum(-1, keepdim=True)).mean(0)
print("four tokens: P =", [round(float(p), 2) for p in means], end=", ")
print(f"loss {plain_balancing_loss(chosen, products.sigmoid()):.3f}")
with torch.no_grad():
    both = [plain_balancing_loss(seen[0].experts[:, 0], seen[0].scores) for seen in routes.values()]
    theirs = load_balancing_loss([seen[0] for seen in routes.values()])
print(f"newborn, layer by layer: {both[0]:.3f}, {both[1]:.3f}")
print(f"their mean is the library's: {torch.allclose(sum(both) / 2, theirs)}")

# %% [markdown]
# The four stay just below 1, though expert 0 has half of them: expert 1 is the second choice of a and d, so its mean score is the highest. The loss pushes more than it measures.
#
# It is added, made small, to the loss of the next letter, and pulls at the router with no regard for what is good for the text. DeepSeek-V3 balances almost [without a loss](https://arxiv.org/abs/2408.15664). Each expert has a bias that is added to its score *only while experts are chosen*. After each step the bias of those with too many tokens goes down a little, and that of those with too few goes up.
#
# Three ways, three random starts each, 50 steps. How many of the second layer's eight experts will be asleep at the end, if nobody takes care? Asleep means less than one token in a hundred in the last ten steps.

# %%
runs = {
    "no balancing": (eight, 0.0, 0.0),
    "balancing loss": (eight, 0.02, 0.0),
    "moving bias": (replace(eight, topk_method="noaux_tc"), 0.0, 0.02),
}
busiest, final, losses = {}, {}, {}
for name, (config, weight, speed) in runs.items():
    found = []
    for seed in range(3):
        learner = fresh(config, seed)
        settings = {"steps": 50, "length": 32, "learning_rate": 0.02, "seed": seed}
        load = train(learner, balance=weight, adjust=speed, **settings)[:, 1].double()  # [steps, E]
        found.append(
            (load / load.sum(-1, keepdim=True), held_out_loss(learner, unread, windows=32))
        )
    shares = torch.stack([share for share, _ in found])  # [seeds, steps, E]
    busiest[name] = shares.amax(-1).mean(0)  # [steps]
    final[name] = shares[:, -10:].mean(1).sort(descending=True).values  # [seeds, E]
    losses[name] = torch.tensor([loss for _, loss in found])
    asleep = (final[name] < 0.01).sum(-1).tolist()
    mean, error = losses[name].mean(), losses[name].std() / 3**0.5
    print(f"{name:15} asleep {asleep}, loss on unread text {mean:.2f} ± {error:.2f}")

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(7.5, 3))
for name in runs:
    smooth = busiest[name].unfold(0, 5, 1).mean(-1)
    left.plot(range(5, 51), smooth * 100, label=name, markevery=11)
    mean, error = final[name].mean(0) * 100, final[name].std(0) * 100 / 3**0.5
    right.errorbar(range(1, 9), mean, yerr=error, capsize=3)
for ax in (left, right):
    ax.axhline(12.5, color="black", linewidth=0.8, linestyle="-", marker="")
    ax.set(ylim=(0, 100))
left.set(xlabel="step", ylabel="% of the tokens", title="The busiest expert, mean of 5 steps")
right.set(xlabel="expert, busiest first", title="All eight, in the last ten steps")
left.legend(ncols=1)
show(
    fig,
    alt="Left, the share of the busiest of eight experts over 50 steps. Without balancing it rises "
    "to nearly all tokens at step 10 and stays above 40%; with the balancing loss it ends below "
    "30%, with the moving bias near 20%. Right, the shares of all eight at the end: without "
    "balancing they fall from 44% to nothing, with the loss from 28% to 2%, with the bias they "
    "lie near the line at one eighth.",
)

# %% [markdown]
# Left to itself, the router puts at least two of eight experts to sleep in every run, and the busiest does more than the work of three (the thin line is an eighth). In the first ten steps one expert takes most of the tokens, with balancing or without. The balancing loss undoes that slowly and not in every run. The moving bias ends almost level.
#
# Now read the losses on unread text. They do not differ by more than their errors: in this short run nobody missed the sleeping experts. So what was gained? In a large model the experts stand on different machines. A layer is done when its busiest expert is done, and the others wait. And experts that sleep take up memory that was paid for.

# %% [markdown]
# ## 5. Near and far: two kinds of layer
#
# So much for the experts. The second idea of Llama 4 is in the attention. Its config has two lists with an entry for each layer:

# %%
scout = ModelConfig.preset("llama-4-scout")
print("layer          ", *(f"{layer:8}" for layer in range(8)))
print("no_rope_layers ", *(f"{flag:8}" for flag in scout.no_rope_layers[:8]))
print("looks back     ", *(f"{kind.split('_')[0]:>8}" for kind in scout.layer_types[:8]))
print(f"{scout.num_hidden_layers} layers; a chunk is {scout.attention_chunk_size:,} tokens")

# %% [markdown]
# Read the first list with care. It is called `no_rope_layers`, and 1 means that the layer *does* turn its queries and keys (lesson 04). So three layers in a row have rotary positions and see only their own [**chunk**](../book/glossary.md#chunked-attention). The fourth sees everything before it and has no positions at all: a [**NoPE**](../book/glossary.md#nope) layer. Meta calls the pattern [**iRoPE**](../book/glossary.md#irope), *i* for interleaved.
#
# Drawn as masks (lesson 04), for chunks of 8:

# %%
fig, axes = plt.subplots(1, 2, figsize=(6, 3), sharey=True)
masks = {
    "layers 0, 1, 2: turned": chunked_mask(24, 24, 8),
    "layer 3: not turned": causal_mask(24, 24),
}
for ax, (name, mask) in zip(axes, masks.items(), strict=True):
    ax.imshow(mask, cmap="Greys", vmin=0, vmax=1.6)
    ax.set(title=name, xlabel="looked at", xticks=range(0, 24, 8), yticks=range(0, 24, 8))
    ax.grid(visible=False)
    pairs = int(mask.sum())
    ax.text(23, 1, f"{pairs} pairs", ha="right")
    print(
        f"{name:22} {pairs} pairs; token 15 sees {int(mask[15].sum())}, token 16 {int(mask[16].sum())}"
    )
axes[0].set_ylabel("who looks")
show(
    fig,
    alt="Two masks of 24 by 24. In layers 0, 1 and 2 three small triangles lie along the diagonal, "
    "108 pairs. In layer 3 the whole lower triangle is dark, 300 pairs.",
)

# %% [markdown]
# Token 15 is the last of its chunk and sees all eight of it. Token 16 opens the next one and sees only itself, until layer 3.
#
# With the sliding window of lesson 04 word travelled: each layer reached three tokens further back. How far does it travel through three chunked layers? Take chunks of 8, and the token at position 44, which is the fifth of its chunk. From how many tokens has it heard after one chunked layer, after three, after the fourth?
#
# We ask a model. One with random weights and eight layers reads 45 tokens, and for each layer we take the derivative of what stands at the last token by each of the embeddings. Where it is zero, nothing has arrived.

# %%
deep = llama4_like(
    layers=8, hidden_size=48, intermediate_size=48, num_attention_heads=4,
    attention_chunk_size=8, num_local_experts=4,
)  # fmt: skip
turning = replace(deep, no_rope_layers=[1] * 8, layer_types=["chunked_attention"] * 8)
sliding = {"layer_types": ["sliding_attention"] * 8, "sliding_window": 8}
patterns = {
    "Llama 4": deep,
    "chunks only": turning,
    "sliding window of 8": replace(turning, attention_chunk_size=None, **sliding),
}


def reach(config, T=45):
    """How strongly each embedding moves the last token's stream after each layer: [layers, T]."""
    random_model, streams = fresh(config, 0), []
    parts = [random_model.model.embed_tokens, *random_model.model.layers]
    for part in parts:
        part.register_forward_hook(lambda module, given, out: streams.append(out))
    random_model(unread[None, :T])
    embedded, *after = streams  # [1, T, C] each
    slopes = [
        torch.autograd.grad(x[0, -1].norm(), embedded, retain_graph=True)[0] for x in after
    ]  # [1, T, C] each
    return torch.cat(slopes).norm(dim=-1)  # [layers, T]


reached = {name: reach(config) for name, config in patterns.items()}
print("tokens heard from after layer", *(f"{layer:4}" for layer in range(8)))
for name, slopes in reached.items():
    print(f"{name:28} ", *(f"{int((row > 0).sum()):4}" for row in slopes))

# %%
fig, axes = plt.subplots(1, 3, figsize=(7.5, 2.6), sharey=True)
for ax, (name, slopes) in zip(axes, reached.items(), strict=True):
    shade = torch.where(slopes > 0, slopes.clamp(min=1e-5).log10(), torch.nan)
    picture = ax.imshow(shade, cmap="Greys", vmin=-6, vmax=0.5, aspect="auto", origin="lower")
    ax.set(title=name, xlabel="position of the embedding", xticks=range(0, 45, 8))
    ax.set_yticks(range(8), range(8))
    ax.grid(visible=False)
axes[0].set_ylabel("after layer")
fig.colorbar(picture, ax=axes, label="slope, power of ten", shrink=0.9)
show(
    fig,
    alt="Three maps of 8 layers by 45 positions, darker where the embedding moves the last token "
    "more. Llama 4: layers 0 to 2 reach the last five positions only, from layer 3 on all 45. "
    "Chunks only: five positions in all layers. A sliding window: a staircase that reaches "
    "seven positions further in each layer.",
)

# %% [markdown]
# Read from the bottom up. In a chunked layer the token hears from its chunk so far, five tokens, and two more such layers change nothing: nobody in the chunk has heard from outside either. Layer 3 brings everything at once. With chunks only, the rest of the text would never arrive, however many layers there are. A sliding window climbs the stairs, seven tokens a layer.
#
# Everything from the distance has to pass through the one layer in four that sees all. It arrives there already worked through, chunk by chunk, by the three layers before.

# %% [markdown]
# ## 6. Why no positions at all?
#
# A layer that sees everything and knows no order: what is it good for? The hope is this. Angles of distances that never occurred in training mean nothing to a model. With chunks no turned query ever meets a key further away than a chunk, however long the text. And without rotation a key ten thousand tokens back looks like one ten tokens back. So a model trained on short texts might read long ones.
#
# Is it so? A puzzle needs both kinds of knowledge. A row of 12 random signs holds one digit. If the row ends in `?`, the answer is the digit, wherever it stands. If it ends in `!`, the answer is the sign just before the end.

# %%
SIGNS = "abcdefghijklmnop01234567?!"


def puzzles(count, length, generator, mark=None, where=None):
    """Rows [count, length] and answers [count]: all with one mark, the digit at one place, or any."""
    rows = torch.randint(16, (count, length), generator=generator)
    digits = torch.randint(16, 24, (count,), generator=generator)
    anywhere = torch.randint(length - 2, (count,), generator=generator)
    rows[torch.arange(count), anywhere if where is None else where] = digits
    kinds = torch.randint(2, (count,), generator=generator)  # 0 for ?, 1 for !
    rows[:, -1] = 24 + (kinds if mark is None else "?!".index(mark))
    return rows, torch.where(rows[:, -1] == 24, digits, rows[:, -2])


for row, answer in zip(*puzzles(3, 12, torch.Generator().manual_seed(3)), strict=True):
    print("".join(SIGNS[i] for i in row), "->", SIGNS[answer])

# %% [markdown]
# Three small models with two layers learn it from rows of 12. Then they get rows that are two, four and eight times as long. In training the digit may be anywhere; in the test it stands at the very beginning, further away than any distance ever trained. What do you expect of each, for `?` and for `!`?

# %%
puzzler = ModelConfig(
    vocab_size=26,
    hidden_size=32,
    intermediate_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    rope_pairing="interleaved",
    initializer_range=32**-0.5,
)
racers = {
    "all RoPE": puzzler,
    "NoPE only": replace(puzzler, no_rope_layers=[0, 0]),
    "iRoPE, chunks of 4": replace(
        puzzler, no_rope_layers=[1, 0],
        layer_types=["chunked_attention", "full_attention"], attention_chunk_size=4,
    ),
}  # fmt: skip


def learn(config, seed, steps=150, rate=0.02):
    solver, generator = fresh(config, seed), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(solver.parameters(), weight_decay=0.0, fused=True)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = rate * min((step + 1) / 10, 1 - 0.9 * step / steps)
        rows, answers = puzzles(24, 12, generator)
        loss = F.cross_entropy(solver(rows, logits_to_keep=1)[:, -1], answers)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return solver


def right_answers(solver, mark, length):
    rows, answers = puzzles(100, length, torch.Generator().manual_seed(9), mark, 0)
    with torch.no_grad():
        return float((solver(rows, logits_to_keep=1)[:, -1].argmax(-1) == answers).double().mean())


lengths = [12, 24, 48, 96]
solvers = {name: [learn(config, seed) for seed in range(3)] for name, config in racers.items()}
marks = {}
for mark in "?!":
    print(f"{mark}  % right at length", *(f"{length:9}" for length in lengths))
    for name, trained in solvers.items():
        table = [[right_answers(solver, mark, length) for length in lengths] for solver in trained]
        marks[name, mark] = table = 100 * torch.tensor(table)  # [seeds, lengths]
        mean, error = table.mean(0), table.std(0) / 3**0.5
        cells = [f"{a:4.0f} ± {b:2.0f}" for a, b in zip(mean, error, strict=True)]
        print(f"   {name:18}", *cells)

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.5, 3), sharey=True)
titles = {"?": "? the digit, far away", "!": "! the sign just before"}
for ax, mark in zip(axes, "?!", strict=True):
    for name in racers:
        table = marks[name, mark]
        ax.errorbar(lengths, table.mean(0), table.std(0) / 3**0.5, label=name, capsize=3)
    ax.axvline(12, color="black", linewidth=0.8, linestyle="-", marker="")
    ax.set(xlabel="length of the row", title=titles[mark], xscale="log", ylim=(-4, 104))
    ax.set_xticks(lengths, lengths)
    ax.minorticks_off()
axes[0].set_ylabel("% right")
axes[0].legend(loc="lower left")
show(
    fig,
    alt="Two panels of % right over rows of 12 to 96 signs, with error bars. The digit: NoPE only and "
    "iRoPE stay at 100, all RoPE falls to about 60 at 48 and 33 at 96. The sign just before: iRoPE "
    "stays at 100, all RoPE falls from 75 to about 10 at 48, NoPE only is below 15 throughout.",
)

# %% [markdown]
# Three starts each, bars are standard errors.
#
# - **NoPE only** finds the digit at any distance and never learns what stands just before. A layer without positions sees a bag of signs, and naming one of the ten letters in it is right about once in ten; in a larger bag, less often. (Several layers can learn to count from the causal mask alone, as [Kazemnejad and others](https://arxiv.org/abs/2305.19466) show; these two have not.)
# - **All RoPE** learns the digit at length 12, and in 150 steps three quarters of the `!`. In longer rows the digit is found less and less often, and at four times the length even the *nearest* sign is lost, which is as near as ever.
# - **iRoPE** keeps both. One layer knows what is near, the other finds what is far.
#
# So yes, here it helps, and by more than the bars. How much does that prove? The puzzle is made for the pattern: two kinds of question, two layers. And all rows end where a chunk ends. We make them longer by one sign.

# %%
print("iRoPE, % right")
for mark in "?!":
    for length in (12, 13):
        found = [right_answers(solver, mark, length) for solver in solvers["iRoPE, chunks of 4"]]
        print(f"  {mark} length {length}: {100 * sum(found) / 3:.0f}")

# %% [markdown]
# The `!` is now the first sign of a new chunk, and the only layer that knows what is near sees it alone. In training no row ended like this, so nothing ever told the other layer to help out. In Llama 4 the border comes every 8,192 tokens, in the same place in all 36 turned layers.

# %% [markdown]
# ## 7. Norms on queries and keys
#
# A score is a dot product, and a dot product has no limit. If training lets queries and keys grow, one score runs away from the others, attention looks at one token only, and with 16-bit numbers things break. Scout therefore normalises queries and keys ([lesson 10](../book/glossary.md#qk-norm)) in its turned layers, after the rotation: each head's vector is divided by the root of its mean square (lesson 05), without a weight. How large can a score still be?
#
# On paper: a vector of $D$ numbers with mean square 1 has the length $\sqrt D$. Two of them have a dot product of at most $\sqrt D \cdot \sqrt D = D$. Divided by $\sqrt D$, as scores are, that leaves $\sqrt D$. For a head of 128 numbers it is 11.3, come what may.


# %%
def plain_norm(x, eps):
    return x / torch.sqrt(x.square().mean(-1, keepdim=True) + eps)  # [..., D]


torch.manual_seed(0)
q, k = torch.randn(2, 500, 128)
print(f"root of 128: {math.sqrt(128):.1f}")
for loud in (1, 10, 100):
    raw = (loud * q) @ (loud * k).T / math.sqrt(128)  # [500, 500]
    bounded = plain_norm(loud * q, 1e-5) @ plain_norm(loud * k, 1e-5).T / math.sqrt(128)
    print(
        f"{loud:3} times as loud: largest score {raw.max():10,.1f}, with norms {bounded.max():.1f}"
    )
same = torch.allclose(plain_norm(q, 1e-5), rms_norm(q, None, 1e-5), atol=1e-6)
print("our norm is the library's:", same)

# %% [markdown]
# Qwen3 (lesson 10) normalises *before* the rotation and has weights. Does the order matter? Turning a pair of numbers does not change its length, so without weights it makes no difference. With weights it does: a turn mixes two coordinates, and each has a weight of its own.


# %%
def plain_turn(x, base):
    """Turn neighbours 2i and 2i + 1 by position times speed, as in Meta's files: [..., T, D]."""
    T, D = x.shape[-2:]
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, D, 2) / D)  # [T, D/2]
    a, b = x[..., 0::2], x[..., 1::2]  # [..., T, D/2] each
    turned = a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()
    return torch.stack(turned, dim=-1).flatten(-2)  # [..., T, D]


weight = 0.5 + torch.rand(128)
for name, w in {"without weights": 1.0, "with weights": weight}.items():
    one, other = plain_norm(plain_turn(q, 1e4), 1e-5) * w, plain_turn(plain_norm(q, 1e-5) * w, 1e4)
    print(f"{name:15} norm last and norm first differ by {(one - other).abs().max():.2f}")
for name in ("llama-4-scout", "llama-4-maverick"):
    print(f"{name:17} qk_norm = {ModelConfig.preset(name).qk_norm}")

# %% [markdown]
# Maverick does without. The bound has a price: a head can't be as sure as it likes. The score of the best token is at most $\sqrt D$ and that of all others at least $-\sqrt D$. With our model's heads of 12 numbers, one token out of 16 can get nearly everything; out of ten thousand it can't:

# %%
for D, S in ((12, 16), (12, 10_000), (128, 8192)):
    best, others = math.exp(math.sqrt(D)), (S - 1) * math.exp(-math.sqrt(D))
    print(f"D = {D:3}, {S:6,} tokens: one gets {best / (best + others):.1%} at most")

# %% [markdown]
# Layers that see a chunk can afford the bound. Those that see everything have no norm, and a trouble of their own.

# %% [markdown]
# ## 8. Attention gets thin
#
# Suppose one key suits a query well: its score is 12, and all others have 0. Among 8,192 keys it gets $e^{12} / (e^{12} + 8191)$ of the attention, which is 95%. The same query, the same key, but ten million tokens: what is left? Each of the others takes almost nothing, but they are many.
#
# Llama 4 answers by sharpening the queries of its NoPE layers as the text grows. At position $p$ they are multiplied by
#
# $$1 + 0.1 \cdot \ln\!\left(1 + \left\lfloor \frac{p + 1}{8192} \right\rfloor\right)$$
#
# The config calls this `attn_temperature_tuning`, since a factor on all scores is a [temperature](../book/glossary.md#temperature) turned upside down. It grows like a logarithm because the crowd enters under one: to keep its share among ten times as many keys, a score needs a lead of $\ln 10$ more.


# %%
def plain_temperature(positions, floor_scale, attn_scale):
    """Whole positions [T] to what their queries are multiplied by, [T]."""
    return 1 + attn_scale * torch.log(1 + (positions + 1) // floor_scale)


def share(lead, keys):
    return math.exp(lead) / (math.exp(lead) + keys - 1)


print("position   factor   share without   with")
for position in (8190, 100_000, 1_000_000, 10_000_000):
    factor = float(plain_temperature(torch.tensor(position), 8192, 0.1))
    plain, tuned = share(12, position + 1), share(12 * factor, position + 1)
    print(f"{position:10,}  {factor:.3f}  {plain:13.1%}  {tuned:6.1%}")
positions = torch.arange(100_000)
ours, theirs = plain_temperature(positions, 8192, 0.1), attention_scale(positions, 8192, 0.1)
print("as the library's:", torch.allclose(ours, theirs[:, 0]))
print("first position with a factor above 1:", int((ours > 1).nonzero()[0]))

# %%
edges = torch.arange(1, 10_000_000 // 8192 + 2) * 8192 - 1  # where a step begins
edges = torch.cat((torch.tensor([0]), edges))
fig, ax = plt.subplots(figsize=(7, 2.8))
ax.plot(edges, plain_temperature(edges, 8192, 0.1), marker="", drawstyle="steps-post")
ax.set(xscale="log", xlim=(1000, 1e7), xlabel="position", ylabel="factor")
ax.set_title("Nothing happens before position 8,191")
show(
    fig,
    alt="The factor over the position, on a logarithmic axis from 1,000 to 10 million. It is 1 up "
    "to 8,190, then climbs in steps that melt into a straight line, to about 1.7.",
)

# %% [markdown]
# The factor is exactly 1 up to position 8190 and moves at 8191 for the first time, when $p + 1$ reaches 8192. Every test with a shorter text passes with or without it.

# %% [markdown]
# ## 9. The whole model
#
# You have all the parts; here they are put together. A layer knows by its number whether it turns, and whether its feed-forward network is a mixture: in Maverick only every second one is, and the others are one wide network for all. (Scout also slows its slow hands down by the rule *llama3* of lesson 04, which the library does and our plain class leaves out.)


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
        self.config, self.turns = config, config.no_rope_layers[layer]  # 1: it turns

    def forward(self, x):
        config, i = self.config, torch.arange(x.shape[1])
        parts = (proj(x) for proj in (self.q_proj, self.k_proj, self.v_proj))
        q, k, v = (part.unflatten(-1, (-1, config.head_dim)).transpose(1, 2) for part in parts)
        seen = i[:, None] >= i  # [T, T]
        if self.turns:
            q, k = plain_turn(q, config.rope_theta), plain_turn(k, config.rope_theta)
            if config.qk_norm:
                q, k = plain_norm(q, config.rms_norm_eps), plain_norm(k, config.rms_norm_eps)
            chunk = i // config.attention_chunk_size  # [T]
            seen = seen & (chunk[:, None] == chunk)
        else:
            q = q * plain_temperature(i, config.floor_scale, config.attn_scale)[:, None]
        share = q.shape[1] // k.shape[1]
        k, v = k.repeat_interleave(share, dim=1), v.repeat_interleave(share, dim=1)  # [B, H, T, D]
        scores = (q @ k.mT / math.sqrt(config.head_dim)).masked_fill(
            ~seen, -math.inf
        )  # [B, H, T, T]
        return self.o_proj((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))  # [B, T, C]


class PlainRMSNorm(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(config.hidden_size)), config.rms_norm_eps

    def forward(self, x):
        return plain_norm(x, self.eps) * self.weight


class PlainBlock(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        self.input_layernorm = PlainRMSNorm(config)
        self.self_attn = PlainAttention(config, layer)
        self.post_attention_layernorm = PlainRMSNorm(config)
        mixture = layer in config.moe_layers
        dense = (config.hidden_size, config.intermediate_size)
        self.mlp = PlainExperts(config) if mixture else PlainFeedForward(*dense)

    def forward(self, x):
        x = x + self.self_attn(self.input_layernorm(x))
        return x + self.mlp(self.post_attention_layernorm(x))


class PlainLlama4(nn.Module):
    def __init__(self, config):
        super().__init__()
        blocks = [PlainBlock(config, layer) for layer in range(config.num_hidden_layers)]
        self.model = nn.ModuleDict(
            {
                "embed_tokens": nn.Embedding(config.vocab_size, config.hidden_size),
                "layers": nn.ModuleList(blocks),
                "norm": PlainRMSNorm(config),
            }
        )
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)

    def forward(self, token_ids):
        x = self.model["embed_tokens"](token_ids)  # [B, T, C]
        for block in self.model["layers"]:
            x = block(x)
        return self.lm_head(self.model["norm"](x))  # [B, T, V]


# %% [markdown]
# First against the library, with the model that you have trained: its weights fit name by name.

# %%
plain = PlainLlama4(small).double()
plain.load_state_dict(model.state_dict())
ids = unread[None, :70]  # more than four chunks
with torch.no_grad():
    print(f"largest difference from the library: {(plain(ids) - model(ids)).abs().max():.4f}")

# %% [markdown]
# Then against somebody else. *transformers* has a Llama 4. We let it draw random weights in sizes that are all different, give it a chunk of 7 and a temperature that starts at 11, so that 40 tokens cross several of each, and put its weights into our class. Two things in its files are unlike ours. The feed-forward part is called `feed_forward`. And all experts lie in one tensor `[E, C, 2F]`, gate and up side by side, with the *input* first: it is multiplied as `x @ W`, and has to be transposed.

# %%
from transformers import Llama4ForCausalLM, Llama4TextConfig

sizes = {
    "vocab_size": 97,
    "hidden_size": 36,
    "num_hidden_layers": 5,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "head_dim": 10,
    "num_local_experts": 3,
    "attention_chunk_size": 7,
    "floor_scale": 11,
    "rms_norm_eps": 1e-5,
}
their_config = Llama4TextConfig(
    **sizes, intermediate_size=20, intermediate_size_mlp=52, interleave_moe_layer_step=2,
    rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, pad_token_id=0,
)  # fmt: skip
our_fields = sizes | {"intermediate_size": 52, "moe_intermediate_size": 20, "moe_layers": [1, 3]}
our_config = llama4_like(our_fields.pop("num_hidden_layers"), **our_fields)


def our_names(theirs):
    """The tensors of transformers under our names, the experts one by one."""
    ours = {}
    for name, tensor in theirs.items():
        name = name.replace("feed_forward", "mlp")
        if not name.endswith(("gate_up_proj", "mlp.experts.down_proj")):
            ours[name] = tensor
            continue
        for e, packed in enumerate(tensor.mT):  # [2F, C] or [C, F]
            stem = name.rpartition(".")[0] + f".{e}"
            parts = ("gate", "up") if "gate_up" in name else ("down",)
            for part, matrix in zip(parts, packed.chunk(len(parts)), strict=True):
                ours[f"{stem}.{part}_proj.weight"] = matrix
    return ours


torch.manual_seed(0)
reference = Llama4ForCausalLM(their_config).eval()
for tensor in reference.parameters():
    nn.init.normal_(tensor, std=0.15)
weights = our_names(reference.state_dict())
ids = torch.randint(97, (3, 40))  # [B, T]
for name, m in {"plain": PlainLlama4(our_config), "library": Transformer(our_config)}.items():
    m.load_state_dict(weights)
    with torch.no_grad():
        gap = (m(ids) - reference(ids).logits).abs().max()
    print(f"{name:8} differs from transformers by less than 0.00002: {bool(gap < 2e-5)}")

# %% [markdown]
# The library's families do this renaming when `lessons_lib.load` is given a folder from the Hub, Scout's or Maverick's included. It loads the part that reads text; the part that reads pictures is left out.

# %% [markdown]
# ## 10. Which expert takes which letter?
#
# Is there one expert for love and one for battles? We let our model read 8,000 letters that it was not trained on, and note who goes where.

# %%
sample = unread[: 128 * 64].view(128, 64)  # [B, T]
with torch.no_grad(), record_routes(model) as routes:
    model(sample)
read = sample.flatten()  # [N]
taken = [seen[0].experts[:, 0] for seen in routes.values()]  # [N] each
kinds = {
    "space": " ",
    "line end": "\n",
    "vowel": "aeiou",
    "consonant": "bcdfghjklmnpqrstvwxyz",
    "capital": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    ". , ; : ? !": ".,;:?!",
}
table = torch.zeros(4, len(kinds), 4)  # [layers, kinds, E]
for layer, experts in enumerate(taken):
    for row, members in enumerate(kinds.values()):
        belongs = torch.isin(
            read, torch.tensor([place[letter] for letter in members if letter in place])
        )
        table[layer, row] = expert_load(experts[belongs], 4) / belongs.sum()

fig, axes = plt.subplots(1, 4, figsize=(7.8, 3), sharey=True)
for layer, ax in enumerate(axes):
    ax.imshow(table[layer], cmap="Greys", vmin=0, vmax=1.4, aspect="auto")
    for row in range(len(kinds)):
        for column in range(4):
            part = float(table[layer, row, column])
            ax.text(column, row, f"{part:.0%}", ha="center", va="center", fontsize=8)
    ax.set(title=f"layer {layer}", xlabel="expert", xticks=range(4))
    ax.set_yticks(range(len(kinds)), kinds)
    ax.grid(visible=False)
show(
    fig,
    alt="For each of four layers a table of six kinds of character by four experts, darker where a "
    "larger share goes. In layer 0 all spaces go to expert 0. In layer 2 most capitals and line "
    "ends go to expert 0, spaces and punctuation to 1, consonants to 2, vowels to 3. Layer 3 is "
    "less tidy: no expert has more than three quarters of any kind.",
)

# %% [markdown]
# Each row adds up to 100%, but for rounding. In layer 2 each expert mostly has its kinds: capitals and line ends, spaces and punctuation, consonants, vowels. Nobody told the model what a vowel is. Layer 3 is less tidy. How much of a route is decided by the letter alone? Guess the expert from the letter, always naming the one that takes most of its kind; and for comparison from the letter before, and from nothing.


# %%
def told_by(clue, experts):
    """How often the expert is right if we always name the usual one for this clue."""
    counts = torch.zeros(int(clue.max()) + 1, 4).index_put_(
        (clue, experts), torch.ones(len(clue)), accumulate=True
    )  # [values of the clue, E]
    return counts.amax(1).sum() / len(clue)


nothing, before = torch.zeros_like(read), read.roll(1)
print("layer  knowing nothing  the letter before  the letter itself")
for layer, experts in enumerate(taken):
    print(f"{layer:5}", *(f"{told_by(clue, experts):16.0%}" for clue in (nothing, before, read)))
tragedy = torch.tensor([place.get(c, place[" "]) for c in shakespeare()[-8192:]])
with torch.no_grad(), record_routes(model) as routes:
    model(tragedy.view(128, 64))
apart = [
    (expert_load(mine, 4) - expert_load(seen[0].experts, 4)).abs().max() / len(read)
    for mine, seen in zip(taken, routes.values(), strict=True)
]
print(
    f"a tragedy in place of these comedies moves a share by {100 * max(apart):.0f} points at most"
)

# %% [markdown]
# The letter itself decides most. The one before it helps much less, and a tragedy in place of comedies moves the shares little. These are experts for letters, and not for subjects. Larger models have been found to be like that: in [Mixtral](https://arxiv.org/abs/2401.04088) the authors looked for experts for biology or philosophy and saw no clear pattern by subject, and [OpenMoE](https://arxiv.org/abs/2402.01739) found routes that hang mostly on the token and hardly on its context. "Expert" is a name, not a finding.
#
# Now send your own sentence through it. Each square is one letter in one layer; the number in it is the expert. Letters that the model has never seen are read as spaces. Things to try: one letter many times, or the same word in capitals. Then take the tick away, and every letter is read alone, as if it were the first of a text: which routes change?


# %%
def draw_routes(text, context):
    shown = "".join(c if c in place else " " for c in text)[:40] or " "
    together = routes_of(model, shown)  # [layers, T]
    alone = torch.cat([routes_of(model, letter) for letter in shown], dim=1)  # [layers, T]
    chosen = together if context else alone
    fig, ax = plt.subplots(figsize=(7.8, 2.4))
    for layer, row in enumerate(chosen.tolist()):
        for column, e in enumerate(row):
            look = {"color": ("white", "#dddddd", "#9ecae1", COLOURS[1])[e], "hatch": HATCHES[e]}
            ax.bar(column, 0.84, bottom=layer - 0.42, width=0.9, edgecolor="#777777", **look)
            box = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}
            ax.text(column, layer, e, ha="center", va="center", fontsize=9, bbox=box)
    ax.set_xticks(range(len(shown)), list(shown.replace(" ", "␣")), parse_math=False)
    ax.set(xlim=(-0.6, max(19.5, len(shown) - 0.4)), ylim=(-0.5, 3.5), ylabel="layer")
    ax.set_yticks(range(4))
    ax.set_title("Which expert each letter visits")
    ax.grid(visible=False)
    changed = int((together != alone).sum())
    rows = "; ".join(f"layer {n} {''.join(map(str, row))}" for n, row in enumerate(chosen.tolist()))
    return fig, f"{rows}; context changes {changed} of {together.numel()} routes"


explore(
    draw_routes,
    text=widgets.Text(value="The king is dead, my lord.", continuous_update=False),
    context=widgets.Checkbox(value=True, description="in context"),
)

# %% [markdown]
# ## 11. Real tokens, real conversations
#
# From here on the real thing, as far as it goes without its weights. Llama 4's tokenizer is public and comes with this course (lesson 02). Here it reads the sentence that this course began with:

# %%
llama4 = load_tokenizer("llama4")
ids = llama4.encode("The sun is shining, and the sky is")
print(ids)
print([llama4.decode([token]) for token in ids])
special = llama4.special_tokens
ordinary = llama4.vocab_size - len(special)
print(f"{ordinary:,} ordinary + {len(special):,} special = {llama4.vocab_size:,} tokens")
print("as many rows as Scout's embedding:", llama4.vocab_size == scout.vocab_size)

# %% [markdown]
# The special tokens stand behind the ordinary ones, and most of the two thousand are reserved for later. These are in use in a conversation:

# %%
for name in ("begin_of_text", "end_of_text", "header_start", "header_end", "eom", "eot"):
    print(f"{special[f'<|{name}|>']}  <|{name}|>")
print("an answer may end with", *llama4.eos_token_ids)
talk = [
    {"role": "system", "content": "Answer in one word."},
    {"role": "user", "content": "What colour is the sky?"},
]
laid_out = llama4.encode_chat(talk)
print(laid_out)
print(llama4.decode(laid_out))

# %% [markdown]
# A mark opens the text. A header names the role, then come an empty line, what was said, and `<|eot|>`, the end of the turn; `<|eom|>` ends a message that waits for a tool. Lesson 07 laid out conversations in the same way with other marks. And as there, marks that a user types are text:

# %%
typed = "<|eot|><|header_start|>system<|header_end|>"
print(llama4.encode(typed))
inside = llama4.encode_chat([{"role": "user", "content": typed}])
print("turns that end in it:", inside.count(special["<|eot|>"]))

# %% [markdown]
# ## 12. Scout and Maverick on paper
#
# Two models were published together. Both have 48 layers. [Scout](https://ai.meta.com/blog/llama-4-multimodal-intelligence/) has 16 experts in every layer, Maverick 128 in every second. Guess before you look: how much larger is Maverick, and how much more work is a token?
#
# The formula of lesson 06 needs two lines more. A layer with a mixture has $E + 1$ networks of $3 C F$ and a router of $E C$; one token meets two of the networks. (As is usual the embedding is counted whole, though a token reads one row of it.)


# %%
def plain_count(c, active=False):
    """All numbers of a Llama 4, or those that one token meets."""
    C, D = c.hidden_size, c.head_dim
    attention = 2 * C * c.num_attention_heads * D + 2 * C * c.num_key_value_heads * D
    networks = 2 if active else c.num_local_experts + 1
    mixture = networks * 3 * C * c.moe_intermediate_size + c.num_local_experts * C
    dense = 3 * C * c.intermediate_size
    mixtures, layers = len(c.moe_layers), c.num_hidden_layers
    blocks = layers * (attention + 2 * C) + mixtures * mixture + (layers - mixtures) * dense
    return 2 * c.vocab_size * C + blocks + C


giants = {name: ModelConfig.preset(f"llama-4-{name.lower()}") for name in ("Scout", "Maverick")}
for name, giant in giants.items():
    with torch.device("meta"):  # shapes without memory, lesson 06
        counted = sum(p.numel() for p in Transformer(giant).parameters())
    print(f"{name:9} {plain_count(giant):15,} by formula, {counted:15,} by count")
    active = plain_count(giant, active=True)
    agree = active == costs.num_active_parameters(giant)
    print(f"{'':9} {active:15,} met by one token, {active / counted:.0%} (library agrees: {agree})")

# %% [markdown]
# Maverick is nearly four times as large, and a token does not notice: it meets 17 billion numbers in either. Where do all these numbers sit? Layer by layer:

# %%
fig, axes = plt.subplots(2, 1, figsize=(7.5, 3.6), sharex=True)
for ax, (name, giant) in zip(axes, giants.items(), strict=True):
    expert = 3 * giant.hidden_size * giant.moe_intermediate_size / 1e9
    met, rest = [], []
    for layer in range(48):
        mixture = layer in giant.moe_layers
        met.append(2 * expert)  # a dense network is as wide as two experts
        rest.append((giant.num_local_experts - 1) * expert if mixture else 0)
    ax.bar(range(48), met, color=COLOURS[0], width=0.8, label="met by one token")
    ax.bar(range(48), rest, bottom=met, color="white", edgecolor="black", hatch="//", width=0.8,
           label="experts not chosen")  # fmt: skip
    ax.set(title=name, ylabel="billion")
    ax.grid(axis="x", visible=False)
axes[1].set_xlabel("layer")
axes[0].set_ylim(0, 3.2)
axes[0].legend(ncols=2, loc="upper right")
dense = 3 * 5120 * giants["Maverick"].intermediate_size == 2 * 3 * 5120 * 8192
print("a dense network of Maverick's is as large as two experts:", dense)
print(f"one expert: {expert:.2f} billion; met in each layer: {met[0]:.2f} billion")
show(
    fig,
    alt="Two rows of 48 bars, billions of feed-forward parameters by layer. Scout: every layer "
    "has about 2.1, of which one token meets 0.25. Maverick: every second layer has 16, "
    "the others only the quarter that a token meets.",
)

# %% [markdown]
# Mind the scales, which differ by a factor of five. A token meets a quarter of a billion in each layer of either model, for a dense network of Maverick's is just as large as one expert and the shared one together.
#
# Now the room. Weights first, at three precisions, then the cache of keys and values (lesson 07) for one text of a million tokens and of ten. A chunked layer never needs more than its last chunk. What does that save? We count the cache once more as if all layers saw everything.

# %%
for name, giant in giants.items():
    room = [costs.weight_bytes(giant, bits) / 1e9 for bits in (16, 8, 4)]
    print(
        f"{name:9} weights: {room[0]:,.0f} GB at 16 bits, {room[1]:,.0f} at 8, {room[2]:,.0f} at 4"
    )
greedy = replace(scout, layer_types=["full_attention"] * 48, attention_chunk_size=None)
for tokens in (8192, 1_000_000, 10_000_000):
    chunked, full = (costs.kv_cache_bytes(c, tokens, bits=16) / 1e9 for c in (scout, greedy))
    print(f"cache of {tokens:10,} tokens: {chunked:7,.1f} GB; without chunks {full:7,.1f}")
by_hand = 2 * 8 * 128 * 2 * (36 * 8192 + 12 * 1_000_000) / 1e9
print(f"by hand, a million: 2 * G * D * 2 bytes * (36 chunks + 12 texts) = {by_hand:,.1f} GB")

# %% [markdown]
# A million tokens take 50 GB in place of nearly four times as much, because only 12 of the 48 layers keep more than a chunk. At ten million Scout's cache is more than twice as large as its weights at 16 bits, chunks or not. And the machine? It has to hold all experts and the cache. How much of the weights does it fetch for a token?

# %%
machines = {"laptop, 16 GB": 16, "GPU, 80 GB": 80, "eight of them": 640}
print(f"{'at 4 bits, with a text of':39}", *machines, sep="  ")
for name, giant in giants.items():
    weights = costs.weight_bytes(giant, 4) / 1e9
    for tokens in (8192, 1_000_000, 10_000_000) if name == "Scout" else (8192, 1_000_000):
        room = weights + costs.kv_cache_bytes(giant, tokens, bits=16) / 1e9
        fits = [f"{'yes' if room < limit else 'no':>{len(m)}}" for m, limit in machines.items()]
        print(f"{name:9} {tokens:10,} tokens {room:7.1f} GB ", *fits, sep="  ")
    touched = weights * costs.num_active_parameters(giant) / costs.num_parameters(giant)
    print(f"{'':10}a token fetches {touched:.1f} GB of {weights:.1f}")

# %% [markdown]
# Scout at 4 bits fits on one large GPU, as its announcement says, with a short text; a million tokens take a second GPU, and ten million most of a server with eight. (Maverick's config ends at a million.) Neither fits a laptop. But look at the other lines. Decoding is as fast as memory can be read (lesson 07), and either model reads 8.6 GB of weights for a token, as a dense model of 17 billion would, and in a long text the cache besides. Knowledge costs memory, and work costs time; a mixture pays for the first without paying for the second.

# %% [markdown]
# ## 13. What goes wrong
#
# Every one of these loads, runs and writes. Here they are on the model that we trained, each a copy with the same weights and one fault. The number is the loss on unread text.

# %%
faults = {
    "as trained": {},
    "score on the output": {"scale_expert_input": False},
    "rotation of halves": {"rope_pairing": "half"},
    "no_rope_layers taken at its word": {"no_rope_layers": [0, 0, 0, 1]},
    "no temperature": {"attn_temperature_tuning": False},
}
for name, fields in faults.items():
    copy = Transformer(replace(small, **fields)).double()
    copy.load_state_dict(model.state_dict())
    with torch.no_grad():
        first = (copy(unread[None, :64]) - model(unread[None, :64])).abs().amax(-1)[0]  # [T]
    loss = held_out_loss(copy, unread, windows=32)
    print(f"{name:33} {loss:.2f}, scores of the first letter off by {first[0]:.2f}")

# %% [markdown]
# - **The score on the output** hardly moves the loss of our small model. You would never notice from what it writes. Beside a reference it shows at the first letter.
# - **Rotation of halves.** Llama 4's files keep Meta's order, neighbours; those of Llama 1 to 3 on the Hub are sorted for halves. Whoever reuses the older code gets this. The first letter is right, for it sees only itself: a wrong score of attention can't show there.
# - **`no_rope_layers` taken at its word:** the flags mean the opposite of their name.
# - **No temperature** changes nothing here, to the last digit. Our texts have 64 letters, and the factor moves at position 8191. Only a test that is long enough, or one with a small `floor_scale` as in section 9, can see it.
#
# And one that needs a batch. Three padding tokens stand to the left of a text, chunks have four tokens. How many tokens does each of the next seven see?

# %%
for name, start in {"from the first real token": 3, "from the padding": 0}.items():
    seen = chunked_mask(10, 10, chunk=4, start=start)[3:, 3:]  # [7, 7], the real tokens
    print(f"chunks counted {name + ':':26}", *seen.sum(-1).tolist())

# %% [markdown]
# Counted from the padding, the second real token no longer sees the first. The text reads differently in a batch than alone, and how differently depends on its neighbours' lengths.

# %% [markdown]
# ## Exercises
#
# Write each function where the dots are and run the cell. `hint("top1_router")` helps a step at a time and `show_solution("top1_router")` shows one way; both come from `lessons_lib.classroom`.
#
# ### {exercise: top1_router}
#
# The router of section 1.


# %% tags=["exercise"]
def my_router(x, rows):
    """x [N, C] and rows [E, C] to (experts [N], scores [N]): the best one, and its sigmoid."""
    ...


check("top1_router", my_router)

# %% [markdown]
# ### {exercise: temperature_tuning}
#
# The factor of section 8 for one position.


# %% tags=["exercise"]
def my_temperature(position, floor_scale, attn_scale):
    """A whole number from 0, and the two settings of the config, to one number."""
    ...


check("temperature_tuning", my_temperature)

# %% [markdown]
# ### {exercise: visible_tokens}
#
# A batch row begins with `padding` tokens that mean nothing. Every `interval`-th layer (3, 7, 11 ... for 4) sees everything before it, the others their chunk. Nobody sees padding.


# %% tags=["exercise"]
def my_visible(position, layer, chunk, interval, padding):
    """A real token's position in the row and a layer's number to the list of positions it sees."""
    ...


check("visible_tokens", my_visible)

# %% [markdown]
# ### {exercise: sparse_dispatch}
#
# Sparse dispatch, without a shared expert. The function `ask` takes an expert's number and gives its answers `[n, C]` to tokens `[n, C]`. These experts answer something to nothing, so ask them only about tokens that are theirs, and never about none.


# %% tags=["exercise"]
def my_dispatch(x, chosen, scores, ask):
    """x [N, C], chosen [N], scores [N] and a function to [N, C]: the score is on the input."""
    ...


check("sparse_dispatch", my_dispatch)

# %% [markdown]
# ### {exercise: two_counts}
#
# As `plain_count`, from bare numbers. Layers `step - 1`, `2 * step - 1` and so on are mixtures of `E` experts of width `Fe` and a shared one; the others are dense, of width `F`.


# %% tags=["exercise"]
def my_two_counts(V, C, F, Fe, L, H, G, D, E, step):
    """Whole numbers to (all parameters, those that one token meets)."""
    ...


check("two_counts", my_two_counts)

# %% [markdown]
# ### {exercise: balancing_loss}
#
# The balancing loss of section 4 for `K` experts a token: $f_e$ is how many times expert $e$ was chosen, divided by the number of tokens.


# %% tags=["exercise"]
def my_balance(chosen, scores):
    """Chosen experts [N, K] and positive scores [N, E] to one number, E * sum(f * P)."""
    ...


check("balancing_loss", my_balance)

# %% [markdown]
# ## Quiz

# %%
quiz("11")

# %% [markdown]
# What you have solved so far, in this lesson and the others:

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A mixture of experts knows as much as its memory holds and works as much as two of its networks. Tokens are sorted like mail.
# - The router learns from text only through the score. In Llama 4 it is a sigmoid and multiplies what the expert reads, where a half counts as less than a quarter.
# - Left alone, some experts fall asleep. A small loss or a moving bias keeps them busy.
# - Three layers of four turn and see a chunk; the fourth sees everything and knows no order. Nothing leaves a chunk before that layer.
# - Experts here are for letters, not for subjects.
# - The traps are silent: a factor on the other side, another pairing, a flag whose name says the opposite, a temperature that begins at 8191. Only numbers beside a reference find them.
#
# **New words:** [top-1 routing](../book/glossary.md#top-1-routing), [shared expert](../book/glossary.md#shared-expert), [sparse dispatch](../book/glossary.md#sparse-dispatch), [mixture of experts](../book/glossary.md#mixture-of-experts), [balancing loss](../book/glossary.md#balancing-loss), [chunked attention](../book/glossary.md#chunked-attention), [NoPE](../book/glossary.md#nope), [iRoPE](../book/glossary.md#irope).
#
# **Papers.** [Meta 2025](https://ai.meta.com/blog/llama-4-multimodal-intelligence/), *The Llama 4 Herd* (an announcement; the details are in the published code). [Shazeer and others 2017](https://arxiv.org/abs/1701.06538), *Outrageously Large Neural Networks*. [Fedus and others 2021](https://arxiv.org/abs/2101.03961), *Switch Transformers* (top-1, the balancing loss). [Dai and others 2024](https://arxiv.org/abs/2401.06066), *DeepSeekMoE* (the shared expert). [Wang and others 2024](https://arxiv.org/abs/2408.15664), *Auxiliary-Loss-Free Load Balancing*. [Kazemnejad and others 2023](https://arxiv.org/abs/2305.19466), *The Impact of Positional Encoding on Length Generalization* (NoPE). [Nakanishi 2025](https://arxiv.org/abs/2501.19399), *Scalable-Softmax Is Superior for Attention* (the temperature).
#
# **Next:** in lesson 12 a model that can write is taught what to write about, with a handful of examples and a small part of its weights.
