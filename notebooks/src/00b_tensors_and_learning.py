# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 00b · Tensors and learning: the tools
#
# **How does a table of numbers learn to write names?**
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/llms-from-the-ground-up/blob/v0.2.0/notebooks/00b_tensors_and_learning.ipynb)
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | some Python, school maths; from lesson 00: loss, slope, step, learning rate |
# | It adds to `lessons_lib` | nothing: these are PyTorch's tools, which every later lesson uses |
#
# {route}

# %%
import importlib.util

if importlib.util.find_spec("lessons_lib") is None:
    # %pip install -q --no-deps git+https://github.com/OWNER/llms-from-the-ground-up@v0.2.0
    importlib.invalidate_caches()

# %%
import ipywidgets as widgets
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

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
from lessons_lib.classroom.lessons.lesson00b import figures, tiny
from lessons_lib.classroom.lessons.lesson00b.names import NAMES

use_style()

# %% [markdown]
# ## The finished thing first
#
# Here are a thousand given names, and a small model that has never seen one. It writes eight names, letter by letter. Then it reads the list, and writes eight more.

# %%
torch.set_num_threads(1)  # for tensors as small as ours, one core is faster than two
writer = tiny.NextLetter(context=3)
print(f"{len(NAMES):,} names, such as {NAMES[0]}, {NAMES[500]}, {NAMES[-1]}")
print("before:", ", ".join(tiny.write_names(writer, 3, count=8, seed=8)))
tiny.train(writer, NAMES, context=3, steps=1000, lr=1)
print("after: ", ", ".join(tiny.write_names(writer, 3, count=8, seed=8)))
print(sum(p.numel() for p in writer.parameters()), "numbers learned that")

# %% [markdown]
# In lesson 00 two numbers, *a* and *b*, went downhill on a **loss** (how wrong the guesses are): each took **steps** against its **slope** (how fast the loss rises with that number), and the **learning rate** said how far. The model above is 1,755 numbers that did the same. Three tools make that possible, and every later lesson uses them: tensors, the product of matrices, and slopes without pen and paper. At the end you train such a model yourself.
#
# ## 1. Numbers with a shape
#
# A model reads numbers. Let `.` be 0, the mark that a name is over, and let *a* to *z* be 1 to 26. Three names become a table:

# %%
letters = ".abcdefghijklmnopqrstuvwxyz"
names = ["ada", "ben", "mia"]
ids = torch.tensor([[letters.index(letter) for letter in name] for name in names])  # [B, T]
print(ids)
print("shape", list(ids.shape), " axes", ids.dim(), " kind of number", ids.dtype)

# %% [markdown]
# This is a [**tensor**](../book/glossary.md#tensor): numbers in a box with straight edges, all of one kind. Each direction is an **axis** (dimension); the lengths of all axes are the [**shape**](../book/glossary.md#shape). A single number has no axis, a list has one, a table two. `stack` puts tensors side by side along a *new* axis; `cat` makes an axis *longer*:

# %%
number = torch.tensor(1.5)  # []
row = torch.tensor([0.5, 1.0, 2.0])  # [3]
table = torch.stack([row, row + 1])  # [2, 3]
block = torch.stack([table, table, table, table])  # [4, 2, 3]
longer = torch.cat([table, table])  # [4, 3]
for each in (number, row, table, block, longer):
    print(list(each.shape), each.numel(), "numbers")
print(torch.zeros(2), torch.ones(2), torch.arange(4), number.item(), row.tolist())
print(torch.randn(3, generator=torch.Generator().manual_seed(0)), "drawn, the same for a seed")

# %% [markdown]
# The comments in brackets are the only map you need through a model. The letters mean the same in all lessons:
#
# | | | | |
# |---|---|---|---|
# | `B` | texts at once (batch) | `T` | tokens; here, letters |
# | `C` | numbers that describe a token | `V` | vocabulary: 27 here |
# | `S` | tokens looked at | `H`, `G` | heads; key/value heads |
# | `D` | width of a head | `F` | width of the feed-forward network |
# | `E` | experts | `K` | experts chosen |
#
# Today you need the first two lines; the rest wait for their lessons.
#
# What does "all of one kind" mean? The kind of number is the [**dtype**](../book/glossary.md#dtype): whole numbers (`int64`), or numbers with a point in 64, 32 or 16 bits. Here is a third in each:

# %%
third = torch.tensor(1 / 3, dtype=torch.float64)
for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
    print(f"{dtype}: {dtype.itemsize} bytes, {third.to(dtype).item():.18f}")
print("NumPy makes", np.array([0.5]).dtype, "and PyTorch makes", torch.tensor([0.5]).dtype)

# %% [markdown]
# NumPy, Python's older library for tables, counts in 64 bits, PyTorch in 32: half the memory, and a model does not need 16 digits. What trains in this course starts in 64 bits all the same, so that your numbers equal ours. `.double()`, `.float()` and `.long()` convert to float64, float32 and int64.
#
# ## 2. Picking
#
# Square brackets pick. Inside them stands one entry an axis: a number picks one place and removes the axis, `start:end` keeps a stretch, `:` keeps all, and `-1` is the last.

# %%
print("the first name      ", ids[0].tolist())
print("all first letters   ", ids[:, 0].tolist())
print("all last letters    ", ids[..., -1].tolist(), "  ... stands for all axes before")
print("all but the last    ", ids[:, :-1].tolist())
print("all but the first   ", ids[:, 1:].tolist())
first = ids[0]  # [3]
print("None makes an axis of length 1:", list(first[None].shape), list(first[:, None].shape))

# %% [markdown]
# Lay the two lines *all but* over each other: below each letter stands the one that follows it. That shift is where a language model gets its questions and its answers from.
#
# A comparison gives a table of True and False, a **mask**. It counts, and it says where to write. And `gather` picks one number from each row, each time from another column:

# %%
is_a = ids == 1  # [B, T]
print(is_a.sum().item(), "letters are an a")
print(ids.masked_fill(is_a, 0).tolist(), torch.where(is_a, 0, ids).tolist())
chances = torch.tensor([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]])  # [2, 3]
right = torch.tensor([0, 2])  # [2]
print(chances.gather(1, right[:, None])[:, 0], chances[torch.arange(2), right])

# %% [markdown]
# ## 3. Another shape, the same numbers
#
# `view` lays another shape over the same numbers, in reading order, and `-1` means "whatever is left". `flatten(0, 1)` makes one axis of two. `.T` turns a table over, and `transpose(0, 1)` or `.mT` do it for two axes of many. Turning over is not reshaping:

# %%
x = torch.arange(6).view(2, 3)
print(x.tolist(), "viewed as [3, 2]:", x.view(3, -1).tolist())
print("turned over:", x.T.tolist(), "  flat:", x.flatten().tolist())
try:
    x.T.view(6)
except RuntimeError as error:
    print("view:", str(error).split(" (")[0])
print("reshape:", x.T.reshape(6).tolist())
print("cut in three:", [piece.flatten().tolist() for piece in x.chunk(3, dim=1)])
x.view(6)[0] = 7
claim("A view is no copy: x has changed too.", x[0, 0] == 7)

# %% [markdown]
# After `.T` the numbers lie in memory as before and are read in another order. `view` can't describe that and refuses; `reshape` then makes a copy.
#
# ## 4. Along which axis?
#
# A table can be added up downwards or across. `dim` names the axis that is *used up*: of `[2, 3]`, `sum(0)` leaves `[3]` and `sum(1)` leaves `[2]`. With `keepdim=True` the axis stays, with length 1.

# %%
scores = torch.tensor([[2.0, 0.0, 1.0], [1.0, 1.0, 4.0]])  # [2, 3]
for dim in (0, 1):
    print(f"dim={dim}: sum {scores.sum(dim).tolist()}, argmax {scores.argmax(dim).tolist()}")
print("keepdim:", list(scores.sum(1, keepdim=True).shape))
print("cumsum, a running total:", scores.cumsum(1).tolist())
values, places = scores.topk(2)  # the last axis, unless you say otherwise
print("topk:", values.tolist(), "at", places.tolist())
print("argsort:", scores.argsort(descending=True).tolist())
print("length of each row (norm):", [f"{length:.3f}" for length in scores.norm(dim=1)])

# %% [markdown]
# The most frequent use is [**softmax**](../book/glossary.md#softmax): it turns scores into chances, never negative, that sum to 1 ($e$ to the power of each score, divided by the total; lesson 01 builds it). Each row is one place in a text with a score for each letter, so each *row* must sum to 1. That is the last axis, `dim=-1`. The wrong axis raises no error:

# %%
for dim in (-1, 0):
    print(f"softmax({dim}): rows sum to", [f"{total:.2f}" for total in scores.softmax(dim).sum(1)])

# %% [markdown]
# ## 5. Broadcasting: one row for all
#
# May a table `[3, 4]` and a row `[4]` be added? Yes: the row is added to each row of the table. The rule is called [**broadcasting**](../book/glossary.md#broadcasting). Write the shapes below each other so that their right ends meet. In each place the lengths must be equal, or one of them must be 1; what is missing on the left counts as 1. Then every 1 is stretched, without copying.

# %% tags=["hide-input"]
show(
    figures.broadcasting(),
    alt="A column 10, 20, 30 of shape [3, 1] is repeated four times, a row 1, 2, 3, 4 of shape [4] three times; "
    "their sum is a table [3, 4] from 11 to 34. Repeated cells are dashed.",
)

# %% [markdown]
# Now a case that bites. Somebody has counted which of three letters follows which, and wants shares: each row should sum to 1.

# %%
predict("without_keepdim")

# %%
counts = torch.tensor([[1.0, 2.0, 1.0], [6.0, 1.0, 1.0], [1.0, 0.0, 1.0]])  # [3, 3]
wrong, right = counts / counts.sum(1), counts / counts.sum(1, keepdim=True)
print("without:", wrong.sum(1).tolist(), "   with keepdim:", right.sum(1).tolist())
reveal("without_keepdim", "No error, and no row sums to 1")

# %% [markdown]
# `sum(1)` has the shape `[3]`, which meets the *columns*: each column was divided by the total of some row. The table is square, so the lengths agree and nobody complains. With `keepdim=True` the totals are `[3, 1]` and meet the rows.
#
# ## 6. The product of matrices
#
# A [**matrix**](../book/glossary.md#matrix) is a table of numbers, `[rows, columns]`. Two of them are multiplied with `@`. Each number of the result comes from one row on the left and one column on the right: multiply in pairs, add up (the *dot product* of the two).

# %% tags=["hide-input"]
show(
    figures.rows_times_columns(),
    alt="[1, 2, 3] over [0, 1, 4] times a matrix [3, 2] with the columns 2, 0, 1 and 1, 3, 5. The second row and the "
    "first column are shaded; 0 times 2 plus 1 times 0 plus 4 times 1 is 4, the shaded number of the result.",
)

# %% [markdown]
# Work out the other three on paper, then run:

# %%
left = torch.tensor([[1, 2, 3], [0, 1, 4]])  # [2, 3]
other = torch.tensor([[2, 1], [0, 3], [1, 5]])  # [3, 2]
print(left @ other)
print("by hand, top left:", 1 * 2 + 2 * 0 + 3 * 1)

# %% [markdown]
# The row on the left must be as long as the column on the right: `[n, k] @ [k, m]` is `[n, m]`, and the `k` in the middle is used up.
#
# There is a second way to read the same sum, and it is the one to keep. Row 2 of the result is *0 times the first row of the right matrix, plus 1 times the second, plus 4 times the third*. **Each row on the left is a recipe that mixes the rows on the right.** If the numbers of a recipe sum to 1, the mixture is a weighted mean. Take a triangle of recipes:

# %%
x = torch.tensor([[4.0, 0.0], [0.0, 2.0], [2.0, 4.0], [6.0, 2.0]])  # [T, C]
triangle = torch.tril(torch.ones(4, 4))  # [T, T]: ones on and below the diagonal
weights = triangle / triangle.sum(1, keepdim=True)
print(weights)
print(weights @ x)
means = torch.stack([x[: t + 1].mean(0) for t in range(4)])
claim("Each row is the mean of the rows up to it.", torch.allclose(weights @ x, means))

# %% [markdown]
# No letter looks ahead, and all four means come out of one product. Axes before the last two are batches: `[B, T, T] @ [B, T, C]` multiplies `B` pairs of matrices.
#
# Two parts of the models in this course are such products. An [**embedding**](../book/glossary.md#embedding) is a table with a row of `C` numbers for each token: indexing with ids picks rows, and so does a matrix of *one-hot* rows, all 0 with a single 1. A [**linear layer**](../book/glossary.md#linear-layer) mixes the numbers of each vector and adds a **bias**. PyTorch stores its weight as `[out, in]`, one row for each output, so it has to be turned over:

# %%
table = torch.randn(27, 4, generator=torch.Generator().manual_seed(0))  # [V, C]
vectors = table[ids]  # [B, T, C]
one_hot = F.one_hot(ids, 27).float()  # [B, T, V]
layer = nn.Linear(4, 27)  # weight [V, C], bias [V]
print(list(vectors.shape), list(layer.weight.shape), list(layer(vectors).shape))
claim("Picking rows is a product with one-hot rows.", torch.equal(vectors, one_hot @ table))
by_hand = vectors @ layer.weight.T + layer.bias
claim("A linear layer is x @ W.T + b.", torch.allclose(layer(vectors), by_hand, atol=1e-6))

# %% [markdown]
# You have all that [**attention**](../book/glossary.md#attention) needs, the heart of these models, which lesson 04 takes apart. The triangle gave each earlier letter the same weight. Let the letters decide: weight by how well two vectors match, divided by the root of `C` (lesson 04 says why). (The second line also adds a row for each *place*: `[B, T, C] + [T, C]`, broadcasting at work.)

# %%
place_table = torch.randn(3, 4, generator=torch.Generator().manual_seed(1))  # [T, C]
x = table[ids] + place_table[torch.arange(3)]  # [B, T, C]
match = x @ x.mT / 4**0.5  # [B, T, T]: each letter's dot product with each letter
future = torch.ones(3, 3).triu(1).bool()  # [T, T]: True above the diagonal
weights = match.masked_fill(future, -torch.inf).softmax(-1)  # [B, T, T]
mixed = weights @ x  # [B, T, C]
print(weights[0].round(decimals=2))
claim("Each recipe sums to 1.", torch.allclose(weights.sum(-1), torch.ones(3, 3)))

# %% [markdown]
# ## 7. The slope of everything: autograd
#
# Lesson 00 nudged a number and looked at what the loss did. Nudged both ways, it is more exact still. Take a loss $(2a - 5)^2$ at $a = 4$:


# %%
def loss_of(a):
    return (2 * a - 5) ** 2


h = 0.001
print(f"by nudging: {(loss_of(4 + h) - loss_of(4 - h)) / (2 * h):.3f}")

a = torch.tensor(4.0, requires_grad=True)
loss = loss_of(a)  # PyTorch notes each operation
loss.backward()  # and goes back through its notes
print("by backward:", a.grad.item())

# %% [markdown]
# Follow the notes backwards. The square changes by 2 times 3 for each unit of $2a - 5 = 3$; that in turn changes by 2 for each unit of $a$. Along a chain slopes multiply: 6 times 2 is 12. This is [**backpropagation**](../book/glossary.md#backpropagation), and PyTorch's note-taker is called [**autograd**](../book/glossary.md#autograd). What is it good for, if nudging does the same? Nudging runs the loss twice for *each* number. `backward` finds the slopes of all numbers in one go. All of them together are the *gradient*, in a tensor of the same shape:

# %%
W = torch.randn(3, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
W.requires_grad_()
inputs = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64)


def loss_with(W):
    return ((inputs @ W) ** 2).sum()


loss_with(W).backward()
nudged = torch.zeros_like(W)
for i in range(3):
    for j in range(2):
        nudge = torch.zeros_like(W)
        nudge[i, j] = h
        nudged[i, j] = ((loss_with(W + nudge) - loss_with(W - nudge)) / (2 * h)).item()
claim("Six nudged slopes equal the gradient.", torch.allclose(W.grad, nudged))

# %% [markdown]
# `backward` has one habit that surprises.

# %%
predict("slope_twice")

# %%
loss_of(a).backward()
reveal("slope_twice", a.grad.item())

# %% [markdown]
# It *adds* to the slope that is there. That is right within one loss, where a number that is used twice has two slopes to add. Between two steps it is wrong, so each step begins with *zero_grad*, which clears the slopes.
#
# Notes cost memory. Under `torch.no_grad()` none are taken: for measuring, for writing, and for the step itself, which must not become a part of the notes. (`@torch.no_grad()` above a function does the same for all of it.) Calling *detach* takes *one* tensor out, so that it counts as a fixed number, while the rest is noted:

# %%
with torch.no_grad():
    print("no_grad:", loss_of(a).requires_grad)
a.grad = None  # what zero_grad does
(a * a).backward()
print("slope of a * a at 4:", a.grad.item())
a.grad = None
(a * a.detach()).backward()
print("with one a detached:", a.grad.item())

# %% [markdown]
# ## 8. A module: numbers with names
#
# A model is many tensors with slopes. (A name that ends in an underscore, such as `torch.Tensor.requires_grad_`, changes its tensor in place.) [**Modules**](../book/glossary.md#module-of-a-model) keep them together. `__init__` makes the parts, `forward` says what happens to an input; calling the model calls `forward`. This one wrote the names at the top:

# %%
show_source(tiny.NextLetter)

# %% tags=["hide-input"]
show(
    figures.next_letter(),
    alt="Boxes from left to right: ids [N, 3]; embedding [27, 16], learned; flatten to [N, 48]; linear [27, 48] and "
    "[27], learned; scores [N, 27].",
)

# %% [markdown]
# (`: int` and `-> None` are notes for readers. The line with `super()` must come first: it prepares the module to note every part that is hung onto it. `NextLetter` reads the last `context` letters, each as a vector, and lays the vectors end to end; `N` counts places, of all names together. In the drawing learned numbers are hatched, and the grey box only calculates. A part may also be one tensor, nn.Parameter, or a list of parts, nn.ModuleList.) What hangs on a module can be listed; a file with a model in it is this list:

# %%
model = tiny.NextLetter(context=3)
for name, parameter in model.named_parameters():
    print(f"{name:18} {list(parameter.shape)}")
print("state_dict:", list(model.state_dict()))
print("scores for the letter after 'ada':", list(model(ids[:1]).shape))

# %% [markdown]
# Some parts behave differently while learning. *Dropout* throws half of the numbers away, at random, and doubles the rest; in use that must stop. `train()` and `eval()` switch all parts of a model over, and nothing else: slopes are noted in both. (Either gives the part back, so that it can be called at once.)

# %%
dropout = nn.Dropout(0.5)
torch.manual_seed(0)
print("train:", dropout.train()(torch.ones(8)).tolist())
print("eval: ", dropout.eval()(torch.ones(8)).tolist())

# %% [markdown]
# Last, how do you look *inside* a model? With a [**hook**](../book/glossary.md#hook): a function of yours that a part calls each time it has run, with itself, its input and its output. We hang one on block 10 of the real model, read what flows there (the first four of the 576 numbers of the last token), and take it off again.

# %%
smollm2, tokenizer = lessons_lib.load("smollm2-135m-instruct")
seen = {}


def keep(module, given, output):
    seen["block 10"] = output


hook = smollm2.model["layers"][10].register_forward_hook(keep)
tokens = torch.tensor([tokenizer.encode("Ada wrote to Ben")])  # [B, T]
with torch.no_grad():
    smollm2(tokens)
hook.remove()
inner = seen["block 10"]  # [B, T, C]
print(list(inner.shape), [f"{n:.1f}" for n in inner[0, -1, :4]])

# %% [markdown]
# ## 9. How wrong is a guess?
#
# The model gives each of 27 letters a chance; then the right letter is shown. Only its chance matters. A loss should be 0 for a chance of 1 and grow as the chance falls: $-\ln p$ does, which is $\ln(1/p)$ (in code, `torch.log` is $\ln$). The mean over many places is the [**cross entropy**](../book/glossary.md#cross-entropy). A model that knows nothing gives each letter 1/27:

# %%
for chance in (1.0, 0.5, 0.1, 1 / 27):
    print(f"chance {chance:.3f}: loss {np.log(1 / chance):.3f}")
scores, answers = model(ids), torch.tensor([0, 0, 0])  # [N, V] and [N]: all three names end here
right = scores.softmax(-1).gather(1, answers[:, None])[:, 0]  # [N]
by_hand, library = -right.log().mean(), F.cross_entropy(scores, answers)
claim("cross_entropy takes scores, and does softmax itself.", torch.isclose(by_hand, library))

# %% [markdown]
# ## 10. Five lines that learn
#
# First without learning. Count which letter follows which, divide each row by its total, and you have the best guess that one letter allows.

# %%
inputs, targets = tiny.pairs(NAMES, context=1)  # [N, 1] and [N]
pair = inputs[:, 0] * 27 + targets  # one number for each of the 729 pairs
counted = pair.bincount(minlength=729).view(27, 27).double()  # how often each occurs
counted = counted / counted.sum(1, keepdim=True)
by_counting = -counted[inputs[:, 0], targets].log().mean()
print(f"{len(targets):,} places; guessing evenly {np.log(27):.3f}, counting {by_counting:.3f}")

# %%
predict("against_counting")

# %% [markdown]
# Now a model with one letter of context, which starts from random numbers. In each round it sees a few hundred places drawn at random, a [**batch**](../book/glossary.md#batch): the slopes are less exact than those of all places, and many times cheaper. Then come the five lines: predict, compare, clear, slopes, step. The [**optimiser**](../book/glossary.md#optimiser) is what takes the step, learning rate times slope, for every parameter; SGD, *stochastic gradient descent*, does what lesson 00 did by hand, batch by batch.

# %%
model = tiny.NextLetter(context=1)
optimizer = torch.optim.SGD(model.parameters(), lr=1)
generator, losses = torch.Generator().manual_seed(0), []
for _ in range(1000):
    rows = torch.randint(len(targets), (256,), generator=generator)
    scores = model(inputs[rows])  # predict
    loss = F.cross_entropy(scores, targets[rows])  # compare
    optimizer.zero_grad()  # clear
    loss.backward()  # slopes
    optimizer.step()  # step
    losses.append(loss.item())

# %% tags=["hide-input"]
show(
    figures.falling(losses),
    alt="The loss of each batch over 1,000 steps: from about 3.4 it falls steeply for 100 steps and then wobbles around "
    "and mostly above the line of counting at 2.354, far below guessing evenly at 3.296.",
)

# %%
with torch.no_grad():
    learned = model(torch.arange(27)[:, None]).softmax(-1)  # [27, 27]
    by_learning = F.cross_entropy(model(inputs), targets)
print(f"guessing evenly {np.log(27):.3f}, learning {by_learning:.3f}, counting {by_counting:.3f}")
reveal("against_counting", "Not lower" if by_learning >= by_counting else "Lower")

# %% tags=["hide-input"]
show(
    figures.two_tables(counted, learned),
    alt="Two tables of 27 by 27 chances, counted and learned. They share their dark cells, such as "
    "u after q and the end after y.",
)

# %% [markdown]
# Nobody told it about pairs, and it has found the table of pairs. It can't get below counting: of all tables, the shares themselves give the lowest loss on these names (Gibbs' inequality). Single batches may, since each is a small draw. Then why learn? Because learning goes on where counting ends. One changed number, `context=3`, and the model sees three letters. There are 27 · 27 · 27 = 19,683 triples of letters; most never occur in our list, and a table of counts has nothing to say about them. To compare fairly we put every tenth name aside, measure on those, and begin eight times with other random numbers:

# %%
read, unread = [n for i, n in enumerate(NAMES) if i % 10], NAMES[::10]
print("triples of letters:", 27**3, " that occur:", len(tiny.pairs(NAMES, 3)[0].unique(dim=0)))
models, unread_losses = {}, {1: [], 3: []}
for context in (1, 3):
    inputs, targets = tiny.pairs(unread, context)
    for seed in range(8):
        model = models[context] = tiny.NextLetter(context, seed=seed)
        tiny.train(model, read, context, steps=1000, lr=1, seed=seed)
        with torch.no_grad():
            unread_losses[context].append(F.cross_entropy(model(inputs), targets).item())
    found = unread_losses[context]
    print(f"context {context}: loss on unread names from {min(found):.3f} to {max(found):.3f}")
claim(
    "The worst with three letters beats the best with one.",
    max(unread_losses[3]) < min(unread_losses[1]),
)

# %% [markdown]
# Three letters back are worth something on names that it has never read. Now let it write. Start from end marks, ask for the chances of the next letter, draw one by its chances (`torch.multinomial`), append it, ask again, until it draws the end:

# %%
show_source(tiny.write_name)

# %%
for context, model in models.items():
    print(f"context {context}:", ", ".join(tiny.write_names(model, context, count=10, seed=3)))

# %% [markdown]
# ## 11. Turn the knob yourself
#
# The same model with one letter, trained anew for each setting. At which learning rate has it hardly begun after 300 steps? At which does it jump about, and at which does it break?

# %%
slider = {"continuous_update": False}
explore(
    figures.learning_rate,
    lr=widgets.SelectionSlider(options=[0.01, 0.1, 1.0, 3.0, 10.0, 30.0], value=1.0, **slider),
    steps=widgets.SelectionSlider(options=[100, 300, 1000], value=300, **slider),
)

# %% [markdown]
# ## 12. What goes wrong
#
# Four errors that you will see again, raised for real (`lambda` makes a function without a name), and two that raise nothing.

# %%
number = torch.tensor(1.0, requires_grad=True)
attempts = {
    "sizes that do not meet": lambda: torch.ones(2, 3) @ torch.ones(2, 3),
    "ids that are no whole numbers": lambda: table[torch.tensor([1.0])],
    "an axis that is not there": lambda: torch.ones(2, 3).sum(2),
    "changing a parameter in place": lambda: number.add_(1),
}
for what, attempt in attempts.items():
    try:
        attempt()
    except (RuntimeError, IndexError) as error:
        print(f"{what}:\n    {type(error).__name__}: {str(error).splitlines()[0][:100]}")

# %% [markdown]
# The last one: a number with slopes may not be overwritten where notes are taken. The step does it under `no_grad`. The silent ones: softmax before *cross_entropy*, which does its own, and no *zero_grad*. The loss after 100 steps:

# %%
inputs, targets = tiny.pairs(NAMES, context=1)
for fault in ("none", "softmax twice", "no zero_grad"):
    model = tiny.NextLetter(context=1)
    optimizer = torch.optim.SGD(model.parameters(), lr=1)
    generator = torch.Generator().manual_seed(0)
    for _ in range(100):
        rows = torch.randint(len(targets), (256,), generator=generator)
        scores = model(inputs[rows])
        if fault == "softmax twice":
            scores = scores.softmax(-1)
        loss = F.cross_entropy(scores, targets[rows])
        if fault != "no zero_grad":
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"{fault:13} {F.cross_entropy(model(inputs), targets):.1f}")

# %% [markdown]
# ## Exercises
#
# Write where the dots are and run the cell; `hint("shapes")` helps a step at a time, `show_solution("shapes")` shows one way.
#
# ### {exercise: shapes}
#
# On paper first: `ids` is `[4, 6]`, `table` `[27, 8]`, `W` `[27, 8]`, `weights` `[4, 6, 6]`, and `x = table[ids]`. Which shapes have
#
# | 1 | 2 | 3 | 4 | 5 | 6 |
# |---|---|---|---|---|---|
# | `x` | `x[:, -1]` | `s = x @ W.T` | `torch.argmax(s, -1)` | `torch.flatten(s, 0, 1)` | `weights @ x` |


# %% tags=["exercise"]
def my_shapes():
    """a list of six shapes in the order of the table, each a tuple of whole numbers such as (4, 6)."""
    ...


check("shapes", my_shapes)

# %% [markdown]
# ### {exercise: broadcast_shape}
#
# The rule of section 5 as a function, without torch.


# %% tags=["exercise"]
def my_broadcast_shape(one, other):
    """two shapes, each a tuple of whole numbers above 0, perhaps empty, to the shape of their sum as
    a tuple, or to the word "no" if the two do not fit."""
    ...


check("broadcast_shape", my_broadcast_shape)

# %% [markdown]
# ### {exercise: cross_entropy}
#
# With softmax and a logarithm, without the ready function.


# %% tags=["exercise"]
def my_cross_entropy(scores, targets):
    """scores [N, V] and the right answers targets [N], whole numbers from 0 to V - 1, to one number:
    the mean over the rows of -log(chance of the right answer), with the logarithm of base e."""
    ...


check("cross_entropy", my_cross_entropy)

# %% [markdown]
# The next exercise is about this loop. It raises no error, and the loss stands still:

# %%
model, generator = tiny.NextLetter(context=1), torch.Generator().manual_seed(0)
optimizer = torch.optim.SGD(model.parameters(), lr=1)  # 1
for step in range(200):  # 2
    rows = torch.randint(256, (256,), generator=generator)  # 3
    scores = model(inputs[rows])  # 4
    loss = F.cross_entropy(scores, targets[rows])  # 5
    loss.backward()  # 6
    optimizer.zero_grad()  # 7
    optimizer.step()  # 8
    if step in (0, 199):
        print(step, f"{F.cross_entropy(model(inputs), targets):.6f}")

# %% [markdown]
# ### {exercise: faulty_lines}
#
# Two of the numbered lines are wrong. One explains the number that stands still; the other would still be wrong after that one is mended.


# %% tags=["exercise"]
def my_faulty_lines():
    """a list of the numbers of the two wrong lines."""
    ...


check("faulty_lines", my_faulty_lines)

# %% [markdown]
# ### {exercise: linear}
#
# Your function takes the place of the linear layer of the name model, and of all the linear layers of SmolLM2 at once.


# %% tags=["exercise"]
def my_linear(x, weight, bias):
    """x [..., in], weight [out, in] and bias [out] or None to [..., out]: the product of x with the
    transposed weight, plus the bias where there is one."""
    ...


check("linear", my_linear)

# %% [markdown]
# ### {exercise: training_step}
#
# The five lines as a function of yours. `check` builds a fresh model, calls your step 300 times, and lets it write.


# %% tags=["exercise"]
def my_training_step(model, optimizer, inputs, targets):
    """a model, its optimizer, inputs [N, context] and targets [N] to the loss of this batch before
    the step, as one number; the model has moved one step downhill when the function is done. The
    slopes of earlier steps must not count."""
    ...


check("training_step", my_training_step)

# %% [markdown]
# ## Say it in your own words

# %%
say(
    "two_precisions",
    "view_or_reshape",
    "do_they_fit",
    "which_dim",
    "no_grad_or_detach",
    "why_zero_grad",
    "train_or_eval",
)

# %% [markdown]
# ## Quiz

# %%
quiz("00b")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A tensor is numbers with a shape. Write the shape behind every line that changes it.
# - `dim` names the axis that is used up. Shapes meet at their right ends; a 1 is stretched; without `keepdim` they may meet wrongly and in silence.
# - In `A @ B` each row of `A` is a recipe that mixes the rows of `B`. Picking rows, linear layers and attention are such products.
# - `backward` finds the slope of every number at once, and adds it to what is there.
# - Predict, compare, clear, slopes, step. A thousand rounds of that, and the 1,755 numbers of the beginning write names.
#
# **Papers.** [Rumelhart, Hinton and Williams 1986](https://doi.org/10.1038/323533a0), *Learning representations by back-propagating errors*. [Bengio and others 2003](https://www.jmlr.org/papers/v3/bengio03a.html), *A Neural Probabilistic Language Model*: an embedding for each of the last few words and a network behind them, as here with letters.
#
# **Next:** in lesson 01 a real model scores every token that it knows, and we choose.
