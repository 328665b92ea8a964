# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 18 · Deployment and scale
#
# **How does a model leave one machine?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [the memory of weights](06_full_model.ipynb#9.-TinyLlama:-the-same-code,-eight-times-as-large) and [of caches](07_generation.ipynb#What-a-batch-does-not-share); [the two walls](07b_faster.ipynb#1.-Two-walls); [gradients added up](09_training.ipynb#8.-A-batch-in-parts); [a server](17_serving.ipynb#7.-Limits,-and-what-a-server-tells); the libraries `transformers` and `xllamacpp` |
# | It adds to `lessons_lib` | nothing: it uses `config/costs`, `apps/server` and `training/distributed` |
#
# {route}

# %%
# {setup}

# %%
import random
import tempfile
from pathlib import Path
from statistics import mean

import ipywidgets as widgets
import torch
import torch.nn.functional as F
import transformers
import xllamacpp

import lessons_lib
from lessons_lib import ModelConfig, Transformer
from lessons_lib.checkpoint import save_gguf
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
from lessons_lib.classroom.lessons.lesson18 import cold, figures
from lessons_lib.config.costs import (
    kv_cache_bytes,
    num_active_parameters,
    num_parameters,
    weight_bytes,
)
from lessons_lib.generation import generate

use_style()

# %%
torch.set_num_threads(1)
transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")

# %% [markdown]
# ## The finished thing first
#
# What leaves the machine? A folder. The course's library and *transformers* open it as it is. llama.cpp reads a single file of its own kind, which we make of it.


# %% tags=["hide-input"]
def by_llama_cpp(file, ids, new):
    """llama.cpp continues a text greedily, on one thread, with a cache of 32 bits as ours is."""
    params = xllamacpp.CommonParams()
    params.model.path = str(file)
    params.n_ctx, params.n_parallel, params.warmup, params.verbosity = 256, 1, False, 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    kinds = xllamacpp.llama_flash_attn_type
    params.flash_attn_type = kinds.LLAMA_FLASH_ATTN_TYPE_DISABLED  # it rounds to 16 bits
    params.cache_type_k = params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    asked = {"prompt": ids, "max_tokens": new, "temperature": 0, "logprobs": 1, "ignore_eos": True}
    answer = xllamacpp.Server(params).handle_completions(asked)
    return [token["id"] for token in answer["choices"][0]["logprobs"]["content"]]


# %%
prompt, said = tokenizer.encode("The sun is shining, and the sky is"), {}
with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    lessons_lib.save_pretrained(model, folder, tokenizer)
    print(*sorted(file.name for file in folder.iterdir()))
    model, tokenizer = lessons_lib.load(folder)
    said["ours"] = list(generate(model, prompt, 24, stop_token_ids=()))
    theirs = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.no_grad():
        ids = torch.tensor([prompt])
        whole = theirs.generate(ids, max_new_tokens=24, min_new_tokens=24, do_sample=False)
    said["transformers"] = whole[0, len(prompt) :].tolist()
    del theirs
    save_gguf(model, tokenizer, folder / "model.gguf")  # for by_llama_cpp, in the folded cell
    said["llama.cpp"] = by_llama_cpp(folder / "model.gguf", prompt, 24)
print(repr(tokenizer.decode(said["ours"])))
claim(
    "All three write the same 24 tokens.", said["ours"] == said["transformers"] == said["llama.cpp"]
)

# %% [markdown]
# A fourth, [vLLM](https://docs.vllm.ai), is what many people run on GPUs. It opens the same folder, by `vllm serve FOLDER`; the course's folder has [files](../deploy/README.md) that start it, or our server, on many machines. It wants an environment of its own, so it isn't run here. When it was tried (version 0.32.0, on a processor, 26 November 2026), it gave our tokens for each of three prompts, 24 tokens long.
#
# Engines add in different orders, so their scores differ, ours and those of transformers here by little more than a ten-thousandth. Where the two best scores are nearer than that, rounding decides, the texts part, and neither is wrong. In eight texts, each of 64 tokens or up to the token that ends it, these three didn't part. After that token they do: told to go on, ours writes it, the others forbid it and take the second best.
#
# So the model is a folder, and the engine can be exchanged. What else does it take until others can use it, what does that cost, and what if one machine is not enough?
#
# ## 1. What a service is made of

# %% tags=["hide-input"]
show(
    figures.service(),
    alt="Clients send requests to a balancer. It hands them to replica 1 and replica 2, each a container with "
    "weights and caches in memory. Both are started from an image in a registry, and read the weights from a volume.",
)

# %% [markdown]
# An *image* is a file with the program and all that it needs: Python, libraries, settings. A **[container](../book/glossary.md#container)** is a program that runs from it and sees of its machine only what it is given. A *registry* keeps images. A **[volume](../book/glossary.md#volume)** is storage that outlives the machines; weights lie there, since they are large and change at other times than the program. Each running copy is a **[replica](../book/glossary.md#replica)**, and a **[load balancer](../book/glossary.md#load-balancer)** hands each request to one of them.
#
# ## 2. The same program everywhere
#
# The recipe of an image is a *Dockerfile*. These are lines from the one in the course's folder. It has two stages: the first, *build*, installs; the second takes over only what came of it.
#
# ```dockerfile
# FROM python:3.11-slim-bookworm AS build
# FROM python:3.11-slim-bookworm
# RUN useradd --create-home --uid 10001 server
# COPY --from=build /venv /venv
# USER 10001
# RUN python -m lessons_lib.assets fetch smollm2-135m-instruct \
#     && python -c "from lessons_lib.generation.compiled.step import warm_up; warm_up()"
# HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
#     CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
# CMD ["python", "-m", "lessons_lib.apps.server", "smollm2-135m-instruct", "--bits", "8", "--host", "0.0.0.0", "--keys", "/keys.txt"]
# ```
#
# | line | without it |
# |---|---|
# | `FROM python:...` | "It worked on mine": another Python each time |
# | `COPY --from=build` | compilers and pip's leftovers travel along: a larger image, and more that can be attacked |
# | `USER ...` | who breaks into the program is *root*, the user who may do everything in the container |
# | `RUN ... fetch` | the first request waits for a download, and fails if the source is away |
# | `RUN ... warm_up()` | each new container compiles again: section 3 |
# | `HEALTHCHECK ...` | a container that runs and doesn't answer `/health` looks well |
# | `CMD [...]`, a list | a shell may stand between, and the signal to [drain](17_serving.ipynb#7.-Limits,-and-what-a-server-tells) not reach Python |
#
# Here the weights are in the image, since their file (GGUF, under 6 bits a weight) has only 98 MB. With 16 GB they belong on a volume: else each change of a line of code moves them again. Keys are in neither: they are handed over at the start.
#
# ## 3. A cold start, in parts
#
# When a container is started, the first request waits: a **[cold start](../book/glossary.md#cold-start)**. We start Python anew, import torch and the library, read the file of 98 MB, keep its weights in 8 bits, and write one token. That token needs the compiled step of [lesson 07b](07b_faster.ipynb#2.-Up-to-the-line:-the-compiled-step).

# %%
predict("longest_part")

# %%
ways = cold.best()
for way, parts in ways.items():
    total = sum(parts.values())
    shares = ", ".join(f"{part} {seconds / total:.0%}" for part, seconds in parts.items())
    print(f"{way:18} {total:4.1f} s: {shares}")
first, kept = (sum(parts.values()) for parts in ways.values())
print(f"{first / kept:.1f} times as long without the compiled code")
reveal("longest_part", max(ways["nothing kept"], key=ways["nothing kept"].get))

# %% tags=["hide-input"]
show(
    figures.cold(ways),
    alt="Two bars of seconds. With nothing kept nearly all is the first token. With the compiled code kept the bar is a small "
    "fraction of it, and imports and weights are most of that.",
)

# %% [markdown]
# (Recorded by `python -m benchmarks.cold_start`: seconds in which one core has worked, the best of three rounds. Waiting for a disk or a network isn't in them, nor is starting a machine.) So measure before you mend: here smaller weights would have won next to nothing, and keeping the compiled code, `warm_up()` in the Dockerfile, wins nearly all. But compiled code is for one kind of processor: an image that was built on another kind than it starts on compiles again. With the code kept, imports and weights are what is left. With a model of 16 GB weights count for much more: a volume that gives 1 GB a second takes 16 seconds for them alone. What helps then: fewer bits for a weight, a volume near the machine, or one machine that is kept *warm*, and paid for.

# %%
cold.ColdStart()

# %% [markdown]
# ## 4. Which GPU?
#
# First memory. In it lie the weights, once, and a cache for each chat. Llama 3.1 with 8 billion weights, 16 bits for each number, and chats of 8,000 tokens:

# %%
llama = ModelConfig.preset("llama-3.1-8b")
weights, cache = weight_bytes(llama, 16), kv_cache_bytes(llama, 8000, bits=16)
print(f"weights {weights / 1e9:.2f} GB, a chat's cache {cache / 1e9:.2f} GB")

# %% [markdown]
# Four GPUs, with what a second's rent cost at Modal in May 2026, times 3,600 ([memory and bandwidth](https://www.nvidia.com/en-us/data-center/), [prices](https://techbytes.app/posts/serverless-gpu-pricing-matrix-modal-replicate-lambda-2026/)). Prices move; the formulas don't. A tenth of the memory is left to the rest of the program (a rule of thumb). We take a GB as a billion bytes; makers may mean GiB, up to 7% more, so this errs on the safe side.
#
# Then bandwidth: a step, one token for each chat, [can't be faster](07b_faster.ipynb#1.-Two-walls) than reading all weights and caches once.

# %%
gpus = {  # GB, GB a second, dollars an hour
    "L4": (24, 300, 0.80),
    "L40S": (48, 864, 1.95),
    "A100": (80, 2039, 2.50),
    "H100": (80, 3350, 3.95),
}


def fits(gpu, weights, cache):
    return max(0, int((0.9 * gpus[gpu][0] * 1e9 - weights) // cache))


def rate(gpu, weights, cache, chats):
    """Tokens a second of all chats at most: bandwidth is the wall."""
    return chats * gpus[gpu][1] * 1e9 / (weights + chats * cache)


for gpu in gpus:
    chats = fits(gpu, weights, cache)
    alone, full = rate(gpu, weights, cache, 1), rate(gpu, weights, cache, chats)
    print(f"{gpu:5} {chats:3} chats fit; at most {alone:3.0f} tokens a second for one,", end=" ")
    print(f"{full:5,.0f} for all")

# %% [markdown]
# The bounds are bounds: real engines stay below. (At 53 chats arithmetic isn't the wall on an H100: 53 tokens a step are far fewer than the 295 of lesson 07b.)
#
# ## 5. What a million tokens costs

# %%
predict("cheapest_tokens")


# %%
def price(dollars, tokens_a_second, busy=1.0):
    """Dollars for a million tokens. The hour is paid whole; tokens come only while the GPU is busy."""
    return dollars / (3600 * tokens_a_second * busy) * 1e6


for gpu, (_, _, dollars) in gpus.items():
    each = [rate(gpu, weights, cache, chats) for chats in (1, fits(gpu, weights, cache))]
    one, full = (price(dollars, tokens) for tokens in each)
    print(f"{gpu:5} {dollars:.2f} an hour; a million tokens: {full:5.2f} full,", end=" ")
    print(
        f"{one:5.2f} with one chat, {price(dollars, each[1], 0.05):5.2f} full, but busy 5% of the time"
    )
cheapest = min(
    gpus, key=lambda gpu: price(gpus[gpu][2], rate(gpu, weights, cache, fits(gpu, weights, cache)))
)
reveal("cheapest_tokens", cheapest)

# %% [markdown]
# The dearest hour makes the cheapest tokens, in each column (full, the A100 is nearly as cheap). Why? Part by part, from L4 to H100:

# %%
few, many = fits("L4", weights, cache), fits("H100", weights, cache)
small = price(gpus["L4"][2], rate("L4", weights, cache, few))
large, full = (price(gpus["H100"][2], rate("H100", weights, cache, n)) for n in (few, many))
bandwidth = (gpus["H100"][1] / gpus["H100"][2]) / (gpus["L4"][1] / gpus["L4"][2])
print(f"{few} chats on both: {small:.2f} and {large:.2f}, {small / large:.1f} times less;", end=" ")
print(f"{many} chats on the H100: {full:.2f}, again {large / full:.1f} times less")
claim(
    "With as many chats bandwidth for a dollar is all the difference.",
    abs(small / large - bandwidth) < 1e-9,
)

# %% [markdown]
# So bandwidth for a dollar is the smaller part. The larger is memory: more chats share one reading of the weights, the *batch* of [lesson 07](07_generation.ipynb#What-a-batch-does-not-share).
#
# But a token is only worth its price if somebody wants it. People read: with one chat, read at 10 tokens a second, the L4 serves as well as the others, and its hour is the cheapest.
#
# And the last column is the largest: idle 95% of the time, each token costs twenty times as much, on every GPU. Whoever rents one alone and asks it now and then pays for the pauses.
#
# **[Serverless](../book/glossary.md#serverless)** means: no request, no machine, no bill. It costs more for an hour in use. An H100 was 2.69 dollars an hour at RunPod in November 2026 ([list](https://github.com/datareceipts/data-receipts/tree/main/109-gpu-pricing)), paid whether used or not; Modal's 3.95 is paid only while a machine runs. (Two providers, and Modal bills processor and memory beside the GPU: take the result as rough.)

# %%
most = rate("H100", weights, cache, fits("H100", weights, cache))
always, serverless = 2.69, gpus["H100"][2]
meet = always / serverless
print(f"the same price where the GPU is busy {meet:.0%} of the time")
lines = {"always on": [price(always, most, share) for share in figures.SHARES]}
lines["serverless"] = [price(serverless, most)] * len(figures.SHARES)

# %% tags=["hide-input"]
show(
    figures.prices(lines, meet),
    alt="Dollars for a million tokens over the share of time busy. Serverless is a level line at about 0.44. Always on falls from "
    "about 15 at 2% and crosses it at 68%, a dotted line with this number.",
)

# %% [markdown]
# Below the dotted line's share serverless is cheaper. (Drawn without its cold starts, and without the time that a machine stays on after its last answer, in case another comes; the exercise `my_bill` counts both.)
#
# Now plan yourself, for chats that are read at some speed. A line ends where one GPU has no more memory, or can't keep the speed. With how many chats does a smaller GPU win? What moves the ends: fewer bits, shorter chats, slower readers?

# %%
explore(
    figures.calculator(gpus),
    model=widgets.SelectionSlider(
        options=["llama-3.2-1b", "llama-3.2-3b", "llama-2-7b", "llama-3.1-8b"], value="llama-3.1-8b"
    ),
    bits=widgets.SelectionSlider(options=[4, 8, 16], value=16),
    tokens=widgets.SelectionSlider(options=[1000, 2000, 4000, 8000, 16000, 32000], value=8000),
    speed=widgets.SelectionSlider(options=[5, 10, 20, 40, 80], value=10),
    chats=widgets.SelectionSlider(options=[1, 2, 4, 8, 16, 32, 64, 128], value=4),
)

# %% [markdown]
# **A good place for a break.** So far one machine.
#
# ## 6. Several replicas
#
# Four replicas, each answering one request at a time (a simplification: those of section 4 take several, which shortens all waits). Who waits where? Either everybody stands in *one* queue, and whichever replica is free takes the next; or requests are dealt out as they come, in turn or at random, and each replica has a queue of its own.

# %%
predict("one_queue")


# %%
def plain_queue(people, replicas, dealt=None):
    """people: (step at which one comes, steps of work), in the order of coming; dealt: the replica of each, or None
    for one queue. To the steps that each waits."""
    free, waits = [0] * replicas, []  # the step from which on each replica is free
    for turn, (come, work) in enumerate(people):
        mine = free.index(min(free)) if dealt is None else dealt[turn]
        begin = max(come, free[mine])
        waits.append(begin - come)
        free[mine] = begin + work
    return waits


def crowd(seed, count=4000):
    """People come at random, and want 1 to 15 steps; four replicas are busy 8/10 of the time."""
    numbers, now, people = random.Random(seed), 0.0, []
    for _ in range(count):
        now += numbers.expovariate(0.4)
        people.append((now, numbers.randint(1, 15)))
    return people


crowds = [crowd(seed) for seed in range(8)]
waits = {"one queue": [], "in turn": [], "at random": []}  # of each crowd
for seed, people in enumerate(crowds):
    in_turn = [turn % 4 for turn in range(len(people))]
    at_random = random.Random(seed).choices(range(4), k=len(people))
    for name, dealt in zip(waits, (None, in_turn, at_random), strict=True):
        waits[name].append(plain_queue(people, 4, dealt))
means = {name: [mean(crowd) for crowd in each] for name, each in waits.items()}
for name, each in means.items():
    print(
        f"{name:9} mean wait {mean(each):4.1f} steps; in eight crowds {min(each):.1f} to {max(each):.1f}"
    )
claim(
    "In each crowd one queue is faster than dealing in turn, and that than at random.",
    all(a < b < c for a, b, c in zip(*means.values(), strict=True)),
)
reveal("one_queue", round(mean(means["in turn"]) / mean(means["one queue"]), 1))

# %% tags=["hide-input"]
show(
    figures.waiting(
        {name: [wait for each in crowd for wait in each] for name, crowd in waits.items()}
    ),
    alt="Share of people who wait longer than so many steps, in all eight crowds together. One queue lies lowest everywhere, in turn "
    "above it, and at random far above both.",
)

# %% [markdown]
# The work is the same. With a queue each, somebody waits behind a long answer while another replica stands idle; with one queue that can't happen. A balancer for language models has one more wish: to send a chat to where its [beginning](17_serving.ipynb#4.-What-has-been-read-already) is still in the cache. The two can be at odds.
#
# ## 7. Paying by the second
#
# At a provider such as [Modal](https://modal.com/docs/guide) a function in Python says what it needs, and the provider starts and stops the machines:
#
# ```python
# import modal
#
# image = modal.Image.debian_slim(python_version="3.11").pip_install("vllm==0.32.0")
# weights = modal.Volume.from_name("weights", create_if_missing=True)
# app = modal.App("lesson-18", image=image)
#
#
# @app.function(gpu="L4", volumes={"/weights": weights}, scaledown_window=300, max_containers=4)
# @modal.concurrent(max_inputs=5)
# @modal.web_server(8000, startup_timeout=600)
# def serve():
#     import subprocess
#
#     subprocess.Popen(["vllm", "serve", "/weights/llama", "--max-model-len", "8000"])
# ```
#
# `modal volume put weights ./llama llama` fills the volume once from a folder here. The parts are those of section 1: image, volume, GPU, replicas (`max_containers=4`: from none to four). Each takes five requests at a time (`max_inputs=5`), as many as section 4 found. `scaledown_window=300` says how many seconds a machine stays after its last answer: longer means fewer cold starts, and more paid idleness (on an L4 some 7 cents for each pause). When nobody asks, only the volume is paid. `modal deploy` makes a service of the file. (That needs an account, so a test only reads it here.)
#
# **Alternatives** (as of November 2026). *Functions by the second*: Modal, Google Cloud Run. *Machines by the hour*: RunPod, the large clouds. *Only a model's address*, paid by the token: OpenAI, Anthropic. *Your own machine*: nothing to rent, and prompts stay in the house. The same engine behind OpenAI's addresses moves from one to the next; what binds are volumes, keys and whatever else is special to a provider. For several machines of your own, *Kubernetes* starts and restarts containers (it asks for their health in its own way, not by HEALTHCHECK), and *Ray Serve* is such a balancer in Python.
#
# ## 8. Training on many machines
#
# **[Data parallelism](../book/glossary.md#data-parallelism)** is the plainest way: each worker has the whole model and a part of the batch. Each computes a gradient, all take the mean, and each makes the same step (DDP, *distributed data parallel*). By hand, with two workers:

# %%
sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
torch.manual_seed(0)
tiny = Transformer(ModelConfig(vocab_size=50, num_attention_heads=4, **sizes))
rows = torch.randint(50, (8, 12))  # a batch of eight texts


def gradient(rows):
    tiny.zero_grad()
    F.cross_entropy(tiny(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten()).backward()
    return torch.cat([weight.grad.flatten() for weight in tiny.parameters()])


whole, (one, two) = gradient(rows), (gradient(half) for half in rows.chunk(2))
claim("The two differ.", (one - two).norm() > 0.1 * whole.norm())
claim("Their mean is the whole batch's.", torch.allclose((one + two) / 2, whole, atol=1e-6))

# %% [markdown]
# That holds because both halves have equally many labels; otherwise [the sums](09_training.ipynb#8.-A-batch-in-parts) must be weighed. For the mean each worker sends about two numbers for each weight at each step, if they pass them on in a ring. With *torchrun*, two processes of [lesson 09](09_training.ipynb#12.-Where-it-goes-from-here)'s command do just this: the library's tests compare them with one process.
#
# But each worker holds everything: in 32 bits, with AdamW, a weight, a gradient and two running means, 16 bytes for each weight. FSDP (*fully sharded data parallel*) cuts all four: each of $W$ workers keeps $1/W$, and a layer's weights are brought together just before it is computed, then forgotten.

# %%
for name in ("smollm2-135m", "llama-3.1-8b", "llama-4-scout"):
    config = ModelConfig.preset(name)
    total = 16 * num_parameters(config) / 1e9
    held = ", ".join(f"{total / workers:6.2f} GB with {workers:2}" for workers in (8, 64))
    print(f"{name:13} DDP {total:7.1f} GB a worker; FSDP {held}")

# %% [markdown]
# (Without the layer at hand and without what is kept for the backward pass.) 8 billion weights don't fit on a GPU of 80 GB by DDP, whatever the number of GPUs; by FSDP over 8 they do. There are two more cuts. If even one layer is too large, **[tensor parallelism](../book/glossary.md#tensor-parallelism)** cuts each matrix into parts that several GPUs multiply at once. If bringing weights together takes too long, **[pipeline parallelism](../book/glossary.md#pipeline-parallelism)** leaves them where they are: each GPU keeps some whole layers, and vectors travel. Serving uses both, too.
#
# ## 9. Llama 4 on paper
#
# Training costs about $6ND$ operations: for each of $D$ tokens 2 for each of the $N$ weights that it meets going forward, and 4 going back. Scout read about 40 trillion tokens, in 5.0 million hours of H100s ([model card](https://github.com/meta-llama/llama-models/blob/main/models/llama4/MODEL_CARD.md)).

# %%
predict("days_on_ten_thousand")

# %%
N, D, hours = num_active_parameters(ModelConfig.preset("llama-4-scout")), 40e12, 5.0e6
operations = 6 * N * D
reached = operations / (3600 * hours)  # by one GPU in a second
years = operations / 200e9 / (3600 * 24 * 365)  # at lesson 07b's 200 billion operations a second
print(f"{operations:.1e} operations; {reached / 1e12:.0f} trillion a second on each GPU,", end=" ")
print(f"{reached / 990e12:.0%} of the 990 that an H100 could do in 16 bits")
days = hours / 10_000 / 24
print(
    f"on 10,000 GPUs {days:.0f} days; at 2.69 dollars an hour {2.69 * hours / 1e6:.0f} million dollars"
)
print(f"on the machine of lesson 07b {years / 1000:.0f} thousand years")
reveal("days_on_ten_thousand", round(days))

# %% [markdown]
# Some of the tokens were of pictures, attention's own products aren't in $6ND$, and neither Behemoth, its teacher, nor trials are in the hours. (Meta's [post](https://ai.meta.com/blog/llama-4-multimodal-intelligence/) tells of training in 8-bit numbers, FP8; for these an H100 does about twice as much, so the share of what was possible is nearer to half of the printed one.) The classes of [lesson 11](11_llama4.ipynb#5.-The-whole-model) are the same; what is missing is hours, data and a teacher.
#
# ## Exercises
#
# ### {exercise: on_paper}
#
# A model of 7 billion weights in 16 bits has 32 layers, each with 8 heads of keys and 8 of values, 128 numbers wide, also in 16 bits. It runs on an L4: 24 GB, of which 90% may be used, 300 GB a second, 0.80 dollars an hour. Chats have 4,500 tokens. Count a GB as a billion bytes. Each number is right if it is off by 1% at most, and the count of chats if it is exact.

# %% tags=["exercise"]
# a list of four numbers: the GB of the weights; how many chats fit, a whole number; tokens a second at most for all of
# these chats; and dollars for a million tokens if the GPU is full 25% of the time and idle otherwise.
check("on_paper", ...)

# %% [markdown]
# ### {exercise: faulty_plans}
#
# Six plans, each with one fault:
#
# 1. "14 billion weights in 4 bits: 56 GB."
# 2. "The weights take 20 of 24 GB, so it fits. Ten people may chat at once, as long as they like."
# 3. "Keys: 40 layers, 8 heads, 128 wide, 2 bytes, 10,000 tokens: 0.8 GB for each chat."
# 4. "At 2 dollars an hour and 500 tokens a second, a million tokens costs 1.1 dollars. The GPU is always on, for our 3,000 short questions a day."
# 5. "At 500 tokens a second and 2 dollars an hour a token costs 2 / 500 dollars."
# 6. "The file has 78 GiB, and the volume 80 GB: it fits, with 2 to spare."
#
# The faults, two of which nobody has: A idle time is forgotten. B bits are taken for bytes. C values are forgotten. D GB and GiB (2³⁰ bytes) are mixed. E caches are forgotten. F an hour is taken for a second. G cold starts are forgotten. H weights are counted for each chat.

# %% tags=["exercise"]
# a list of six letters: the fault of plan 1, of plan 2, and so on to plan 6.
check("faulty_plans", ...)

# %% [markdown]
# ### {exercise: my_bill}
#
# What does serverless cost really, and how long does somebody wait?


# %% tags=["exercise"]
def my_bill(times, work, start, keep):
    """times, a list of the seconds at which requests come, in order, each with `work` seconds of work; start, seconds
    of a cold start; keep, seconds. To three numbers: the seconds that are paid, the number of cold starts, and the
    longest time from a request to its answer (0 without requests). There is at most one machine, and it answers
    requests one after the other. If none runs when a request comes, one is started, which takes start seconds. A
    machine stops keep seconds after its last answer, if nobody has asked until then; a request at that very second
    still finds it. Paid is from the request that starts a machine until it stops."""
    ...


check("my_bill", my_bill)

# %% [markdown]
# ### {exercise: my_planner}
#
# The whole of sections 4 and 5 as one function: from a model and a load to a choice. It is tried on models of the library.


# %% tags=["exercise"]
def my_planner(config, bits, tokens, chats, speed, gpus):
    """config, a ModelConfig, with weights of so many bits and caches of 16; tokens of each chat; chats, 1 or more, that
    are open at once; speed, tokens a second that each of them should have at least; gpus, a list of (name, GB, GB a
    second, dollars an hour). To (name, number): the kind of GPU and how many of it cost least an hour together, each
    with the weights whole and a part of the chats, as evenly as can be. 90% of a memory may be used, a GB is a billion
    bytes, and a step reads all weights (of all experts, too) and the caches of its GPU once and gives each of its chats
    a token. Of choices that cost the same, the one with fewer GPUs, and then the one that is first in the list; None if
    none will do."""
    ...


check("my_planner", my_planner)

# %% [markdown]
# ## Say it in your own words

# %%
say("why_idle_decides", "when_serverless", "what_fsdp_cuts")

# %% [markdown]
# ## Quiz

# %%
quiz("18")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - The model is a folder, or a file made of it; engines write the same until rounding decides. Image, volume, replicas and a balancer stand around it.
# - Measure a cold start in parts before you shorten it.
# - Memory says how many chats share a reading of the weights, bandwidth how fast at most; both, and the idle share, what a token costs.
# - One queue for all replicas. Gradients' mean over workers is the batch's; FSDP cuts what each must hold.
#
# **Papers.** [Li and others 2020](https://arxiv.org/abs/2006.15704), *PyTorch Distributed* (DDP). [Zhao and others 2023](https://arxiv.org/abs/2304.11277), *PyTorch FSDP*. [Rajbhandari and others 2020](https://arxiv.org/abs/1910.02054), *ZeRO*. [Shoeybi and others 2019](https://arxiv.org/abs/1909.08053), *Megatron-LM* (matrices in parts). [Pope and others 2022](https://arxiv.org/abs/2211.05102), *Efficiently Scaling Transformer Inference*.
#
# **Next:** [lesson 19](19_what_next.ipynb): what have you built, and what now?
