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
# | You need | some Python, school maths; [loss, slope, step, learning rate](00_start_here.ipynb#2.-Learning-is-adjusting-numbers) from lesson 00 |
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
# Here are a thousand given names. A small model that has never seen one writes eight, letter by letter. Then it reads the list, and writes eight more.

# %%
torch.set_num_threads(1)  # sums in one order: your digits are likelier to equal ours
writer = tiny.NextLetter(context=3)  # it looks at the last three letters
print(f"{len(NAMES):,} names, such as {NAMES[0]}, {NAMES[500]}, {NAMES[-1]}")
print("before:", ", ".join(tiny.write_names(writer, 3, count=8, seed=8)))
tiny.train(writer, NAMES, context=3, steps=1000, lr=1)  # lr: the learning rate
print("after: ", ", ".join(tiny.write_names(writer, 3, count=8, seed=8)))
print(sum(p.numel() for p in writer.parameters()), "numbers learned that")

# %% [markdown]
# In lesson 00 two numbers went downhill on a **loss** (how wrong the guesses are), by **steps** against their **slopes**, as far as the **learning rate** said. Here 1,755 numbers did, with three tools: tensors, the product of matrices, and slopes without pen and paper.
#
# ## 1. Numbers with a shape
#
# Let `.` be 0, the mark where a name begins or ends, and let *a* to *z* be 1 to 26. Three names of three letters become a table (longer ones follow in section 2):

# %%
letters = ".abcdefghijklmnopqrstuvwxyz"
names = ["ada", "ben", "mia"]
ids = torch.tensor([[letters.index(letter) for letter in name] for name in names])  # [B, T]
print(ids)
print("shape", list(ids.shape), " axes", ids.dim(), " kind of number", ids.dtype)

# %% [markdown]
# This is a [**tensor**](../book/glossary.md#tensor): a box of numbers, all of one kind. Each direction is an **axis** (dimension); the axes' lengths are the [**shape**](../book/glossary.md#shape). `stack` lays tensors side by side along a *new* axis; `cat` makes an axis *longer*:

# %%
single = torch.tensor(1.5)  # []
row = torch.tensor([0.5, 1.0, 2.0])  # [3]
two_rows = torch.stack([row, row + 1])  # [2, 3]
longer = torch.cat([two_rows, two_rows])  # [4, 3]
for each in (single, row, two_rows, longer):
    print(list(each.shape), each.numel(), "numbers")

# %% [markdown]
# Shapes in comments are your map through a model, with the same letters in all lessons: `B` texts at once (batch), `T` tokens of each (here letters), `N` places in texts, `C` numbers that describe a token, `V` tokens that there are (here 27).
#
# The kind of number is the [**dtype**](../book/glossary.md#dtype): whole (`int64`), with a point in 64, 32 or 16 bits, or True and False (`bool`). `.long()`, `.double()` and `.float()` convert to int64, float64 and float32. Our small models have 64 bits: rounding, which differs from machine to machine, then hardly shows.
#
# ## 2. Picking
#
# Square brackets pick, axis by axis from the first on. A number picks one place and removes the axis; `-1` is the last place. `start:end` keeps a stretch, and `:` all. Axes that are not mentioned stay whole; `...` stands for all of them, where it stands.

# %%
print("the first name   ", ids[0].tolist(), "and its last letter", ids[0, -1].item())
print("all last letters ", ids[..., -1].tolist())
print("all but the last ", ids[:, :-1].tolist())
print("all but the first", ids[:, 1:].tolist())

# %% [markdown]
# Compare the last two lines: *ada* is `[1, 4]` above `[4, 1]`. Below each letter stands the one that follows it, a question above its answer. Names of any length fit when each *place* asks a question of its own: what comes after these three? Where fewer than three letters came before, `.` fills up:

# %%
inputs, targets = tiny.pairs(["jonas"], context=3)  # [N, 3] and [N]
for before, following in zip(inputs, targets, strict=True):
    print("".join(letters[i] for i in before), "->", letters[following])

# %% [markdown]
# A comparison gives a table of True and False, a **mask**: it counts, keeps, or says where to write.

# %%
is_a = ids == 1  # [B, T]
print(is_a.sum().item(), "letters are an a; the others:", ids[~is_a].tolist())
print("with each a rubbed out:", ids.masked_fill(is_a, 0).tolist())

# %% [markdown]
# ## 3. Another shape, the same numbers
#
# `view` lays another shape over the same numbers, in reading order; here `-1` means "whatever is left". `flatten(0, 1)` makes one axis of the first two, `flatten(1)` one of all but the first. `.T` *transposes* a table: rows become columns, which is not reshaping:

# %%
six = torch.arange(6).view(2, 3)
print(six.tolist(), "viewed as [3, 2]:", six.view(3, -1).tolist())
print("transposed:", six.T.tolist(), "flat:", six.T.flatten(0, 1).tolist())
print("flatten(1):", list(torch.ones(5, 2, 3).flatten(1).shape))
six.view(6)[0] = 7
claim("A view is no copy: six has changed too.", six[0, 0] == 7)

# %% [markdown]
# After `.T` the numbers lie in memory as before. Where a shape needs them in another order, `view` refuses (section 13) and `reshape` makes a copy.
#
# ## 4. Along which axis?
#
# `dim` names the axis that an operation runs along. `sum`, `mean` and `argmax` (the place of the largest) use it up: of `[2, 3]`, `sum(0)` leaves `[3]` and `sum(1)` leaves `[2]`. With `keepdim=True` it stays, with length 1.

# %%
points = torch.tensor([[2.0, 0.0, 1.0], [1.0, 1.0, 4.0]])  # [2, 3]
for dim in (0, 1):
    print(f"dim={dim}: sum {points.sum(dim).tolist()}, argmax {points.argmax(dim).tolist()}")
print("keepdim:", list(points.sum(1, keepdim=True).shape))
for dim in (-1, 0):
    print(f"softmax({dim}): rows sum to", [f"{total:.2f}" for total in points.softmax(dim).sum(1)])

# %% [markdown]
# [**Softmax**](../book/glossary.md#softmax) keeps the axis. It turns scores into chances that sum to 1 along it ($e$ to the power of each score, divided by the total; lesson 01 builds it). A row is one place in a text with a score for each letter, so each *row* must sum to 1: `dim=-1`. The wrong one raises no error.
#
# ## 5. Broadcasting: one row for all
#
# May a column `[3, 1]` and a row `[4]` be added? Yes, by [**broadcasting**](../book/glossary.md#broadcasting): the shapes' right ends meet. In each place the lengths must be equal, or one of them 1; what is missing on the left counts as 1. Then every 1 is stretched, without copying.

# %% tags=["hide-input"]
show(
    figures.broadcasting(),
    alt="A column 10, 20, 30 of shape [3, 1] is repeated four times, a row 1, 2, 3, 4 of shape [4] three times; "
    "their sum is a table [3, 4] from 11 to 34. Repeated cells are dashed.",
)

# %% [markdown]
# Now a case that bites. From counts of which letter follows which we want shares: each row should sum to 1.

# %%
predict("without_keepdim")

# %%
seen = torch.tensor([[1.0, 3.0, 0.0], [6.0, 1.0, 1.0], [1.0, 0.0, 1.0]])  # [3, 3]
wrong, shares = seen / seen.sum(1), seen / seen.sum(1, keepdim=True)
print("without:", wrong.sum(1).tolist(), "   with keepdim:", shares.sum(1).tolist())
none_right = (wrong.sum(1) != 1).all()
other = "a table whose rows sum to other numbers"
reveal("without_keepdim", other if none_right else "a table whose rows sum to 1")

# %% [markdown]
# `sum(1)` has the shape `[3]`, which meets the *columns*: each column was divided by the total of some row. Nobody complains, since the table is square. With `keepdim=True` the totals are `[3, 1]` and meet the rows.
#
# ## 6. The product of matrices
#
# A [**matrix**](../book/glossary.md#matrix) is a table of numbers, `[rows, columns]`. In a product, `@`, each number comes from one row on the left and one column on the right: multiply in pairs, add up (their *dot product*). One is done; work out the other three on paper, then run the cell below.

# %% tags=["hide-input"]
show(
    figures.rows_times_columns(),
    alt="[1, 2, 3] over [0, 1, 4] times a matrix [3, 2] with the columns 2, 0, 1 and 1, 3, 5. The second row and the "
    "first column are shaded; 0 times 2 plus 1 times 0 plus 4 times 1 is 4, the shaded number of the result. The "
    "other three are question marks.",
)

# %%
left = torch.tensor([[1, 2, 3], [0, 1, 4]])  # [2, 3]
other = torch.tensor([[2, 1], [0, 3], [1, 5]])  # [3, 2]
print(left @ other)
five = torch.stack([left] * 5)  # [5, 2, 3]
print(list((five @ other).shape), list((five @ torch.stack([other] * 5)).shape))

# %% [markdown]
# `[n, k] @ [k, m]` is `[n, m]`: the `k` in the middle must agree and is used up. Axes in front of the last two count products made side by side: `[5, 2, 3] @ [3, 2]` uses one matrix five times, `[5, 2, 3] @ [5, 3, 2]` has five pairs.
#
# Now read the same sum another way, the one to keep. **Each row on the left is a recipe that mixes the rows on the right.**

# %% tags=["hide-input"]
show(
    figures.recipe(),
    alt="The second row of the left matrix stands upright as the recipe 0, 1, 4. 0 times the row 2, 1 is 0, 0; 1 times the row "
    "0, 3 is 0, 3; 4 times the row 1, 5 is 4, 20. Their sum is 4, 23, the second row of the result.",
)

# %% [markdown]
# If a recipe sums to 1 and no number in it is negative, the mixture is a weighted mean. Let each row describe one of four letters by two numbers, and take a triangle of recipes:

# %%
described = torch.tensor([[4.0, 0.0], [0.0, 2.0], [2.0, 4.0], [6.0, 2.0]])  # [T, C]
triangle = torch.tril(torch.ones(4, 4))  # [T, T]: ones on and below the diagonal
recipes = triangle / triangle.sum(1, keepdim=True)
print(recipes)
print(recipes @ described)
last = (recipes @ described)[-1]
claim("The last row is the mean of all.", torch.equal(last, described.mean(0)))

# %% [markdown]
# Each letter is mixed with itself and those before it; none looks ahead. In lesson 04 a model makes such recipes itself.
#
# Two parts of our models are products too. An [**embedding**](../book/glossary.md#embedding) is a table with a row of `C` numbers for each token: indexing with ids picks rows, and so does a product with *one-hot* rows, all 0 with a single 1. Back to our three names:

# %%
table = torch.randn(27, 4, generator=torch.Generator().manual_seed(0))  # [V, C], drawn from a seed
vectors = table[ids]  # [B, T, C]
one_hot = F.one_hot(ids, 27).float()  # [B, T, V]
print("ids", list(ids.shape), " vectors", list(vectors.shape))
claim("Picking rows is a product with one-hot rows.", torch.equal(vectors, one_hot @ table))

# %% [markdown]
# A [**linear layer**](../book/glossary.md#linear-layer) makes other numbers of each vector: a product, and a **bias** added to it. PyTorch stores its weight as `[out, in]`, so it has to be transposed. (`equal` wants every digit; `allclose` forgives rounding, here `atol` = 0.000001.)

# %%
layer = nn.Linear(4, 27)  # from C numbers to V
print("weight", list(layer.weight.shape), " bias", list(layer.bias.shape))
product = vectors @ layer.weight.T + layer.bias  # [B, T, V]
claim("A linear layer is x @ W.T + b.", torch.allclose(layer(vectors), product, atol=1e-6))

# %% [markdown]
# **A good place for a break.** From here on it is about learning.

# %% [markdown]
# ## 7. The slope of everything: autograd
#
# Lesson 00 nudged a number and looked at the loss. Take a loss $(2a - 5)^2$ at $a = 4$, whose slope is exactly 12; nudging both ways comes closer. `requires_grad=True` asks PyTorch for the slope of `a`:


# %%
def loss_of(a):
    return (2 * a - 5) ** 2


h = 0.001
up, down = loss_of(4 + h), loss_of(4 - h)
print(f"by nudging up: {(up - loss_of(4)) / h:.3f}, both ways: {(up - down) / (2 * h):.3f}")
a = torch.tensor(4.0, requires_grad=True)
loss_of(a).backward()
print("by backward:", a.grad.item())

# %% [markdown]
# PyTorch notes each operation ([**autograd**](../book/glossary.md#autograd)), and `backward` goes back through the notes. Each step has a slope of its own: a square $e^2$ has $2e$, as in [lesson 00](00_start_here.ipynb#2.-Learning-is-adjusting-numbers), here $2 \cdot 3$; $2a - 5$ has 2. Along a chain slopes multiply ([**backpropagation**](../book/glossary.md#backpropagation)):

# %% tags=["hide-input"]
show(
    figures.chain(),
    alt="Boxes from left to right: a is 4; times 2 minus 5 makes 3; squared that is the loss, 9. Below, from right to "
    "left, the slopes: 1 for the loss itself, times 2 · 3 is 6 for 2a minus 5, times 2 is 12 for a.",
)

# %% [markdown]
# Nudging runs the loss twice for *each* number. `backward` finds all slopes in one go, the *gradient*, in tensors of the same shapes. It has one habit that surprises.

# %%
predict("slope_twice")

# %%
loss_of(a).backward()
reveal("slope_twice", round(a.grad.item()))

# %% [markdown]
# It *adds* to the slope that is there: within one loss, a number that is used twice has two slopes to add. Between steps that is wrong, so slopes are cleared first. Now the steps of lesson 00. `a -=` changes the number that is there; `a = a - ...` would make another, whose slope nobody asked for.

# %%
for _ in range(4):
    a.grad = None  # clear
    loss_of(a).backward()
    with torch.no_grad():
        a -= 0.1 * a.grad
    print(f"slope {a.grad.item():6.3f}, so a becomes {a.item():.3f}")

# %% [markdown]
# Under `torch.no_grad()` no notes are taken: for the step, which is no part of the loss, and for measuring and writing.
#
# *detach* leaves *one* tensor out of the notes: same value, but a fixed number. In $c \cdot c$ each $c$ adds the slope 4, together 8. With one of them detached:

# %%
c = torch.tensor(4.0, requires_grad=True)
(c * c.detach()).backward()
print(c.grad.item())

# %% [markdown]
# ## 8. A module: numbers with names
#
# A model is many tensors with slopes, kept together by [**modules**](../book/glossary.md#module-of-a-model). A module is a class that builds on `Module` ([A1 shows classes](A1_python.ipynb#4.-Classes)): `self` is the model at hand, `super().__init__()` prepares it to note its parts, `__init__` makes them, and calling the model calls `forward`. The one at the top:

# %%
show_source(tiny.NextLetter)

# %% tags=["hide-input"]
show(
    figures.next_letter(),
    alt="Boxes from left to right with the shapes that come out: ids [N, 3]; embedding [N, 3, 16], with a learned table "
    "[27, 16]; flatten [N, 48]; linear [N, 27], with learned W [27, 48] and b [27]; scores [N, 27].",
)

# %%
untrained = tiny.NextLetter(context=3)
for name, parameter in untrained.named_parameters():
    print(f"{name:18} {list(parameter.shape)}")
print("scores for the letter after 'ada':", list(untrained(ids[:1]).shape))

# %% [markdown]
# ## 9. How wrong is a guess?
#
# The model gives each of 27 letters a chance; only that of the right letter matters. A loss should be 0 for a chance of 1 and grow as it falls. $1 - p$ does, but stops at 1: it hardly tells a chance of 0.01 from one of 0.0001. $-\ln p$, which is $\ln(1/p)$, has no end (`torch.log` is $\ln$). The mean over many places is the [**cross entropy**](../book/glossary.md#cross-entropy).

# %%
for chance in (1.0, 0.5, 0.1, 1 / 27):
    print(f"chance {chance:.3f}: loss {np.log(1 / chance):.3f}")

# %% [markdown]
# So we need one number from each row: the chance of the right letter. Two lists of indices in one pair of brackets are *paired*: row 0 with column 0, row 1 with column 2. `gather` does the same along one axis, and wants its indices as a column: `None` makes a new axis of length 1.

# %%
chances = torch.tensor([[0.5, 0.3, 0.2], [0.2, 0.7, 0.1]])  # [N, V]
right = torch.tensor([0, 2])  # [N]
print(chances[torch.arange(2), right])  # arange(2) is 0, 1
print(list(right[:, None].shape), chances.gather(1, right[:, None]).tolist())  # [N, 1]
print(f"mean loss {-chances[torch.arange(2), right].log().mean():.3f}")

# %% [markdown]
# That is $(0.693 + 2.303) / 2$. PyTorch's *cross_entropy* takes scores in place of chances. The logarithm of a chance is such a score, since softmax takes $e$ to its power, and $e^{\ln p} = p$:

# %%
print(f"{F.cross_entropy(chances.log(), right):.3f}")
far = torch.tensor([1000.0, 0.0])  # two scores
print("in two steps", far.softmax(-1).log().tolist(), " in one", far.log_softmax(-1).tolist())

# %% [markdown]
# *cross_entropy* does softmax and logarithm in one, as `log_softmax` does: in two steps a tiny chance is rounded to 0, and the loss is infinite.
#
# ## 10. Five lines that learn
#
# First without learning: count which letter follows which, and divide each row by its total.

# %%
this_letter, next_letter = tiny.pairs(NAMES, context=1)  # [N, 1] and [N]
counts = torch.zeros(27, 27, dtype=torch.float64)
for this, following in zip(this_letter[:, 0], next_letter, strict=True):
    counts[this, following] += 1
counted = counts / counts.sum(1, keepdim=True)
by_counting = -counted[this_letter[:, 0], next_letter].log().mean()
print(f"{len(next_letter):,} places; guessing evenly {np.log(27):.3f}, counting {by_counting:.3f}")

# %%
predict("against_counting")

# %% [markdown]
# Now a model with one letter of context, from random numbers. In each round it sees a few hundred places drawn at random, a [**batch**](../book/glossary.md#batch): cheaper slopes than those of all places, and less exact. The [**optimiser**](../book/glossary.md#optimiser) takes the step of section 7 for every parameter; SGD is *stochastic gradient descent*, downhill on random batches.

# %%
model = tiny.NextLetter(context=1)
optimizer = torch.optim.SGD(model.parameters(), lr=1)
generator, losses = torch.Generator().manual_seed(0), []
for _ in range(1000):
    rows = torch.randint(len(next_letter), (256,), generator=generator)
    scores = model(this_letter[rows])  # predict
    loss = F.cross_entropy(scores, next_letter[rows])  # compare
    optimizer.zero_grad()  # clear (its default, set_to_none=True, writes None as we did)
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
    by_learning = F.cross_entropy(model(this_letter), next_letter)
print(f"guessing evenly {np.log(27):.3f}, learning {by_learning:.3f}, counting {by_counting:.3f}")
reveal("against_counting", "not lower" if by_learning >= by_counting else "lower")

# %% tags=["hide-input"]
show(
    figures.two_tables(counted, learned),
    alt="Two tables of 27 by 27 chances, counted and learned, on one grey scale that ends at 0.5. Most dark cells are in both, such as "
    "the end after y. In the framed row of q the counted table has one black cell, u; the learned one has several "
    "pale cells.",
)

# %% [markdown]
# No table has a lower loss on these names than the shares themselves: to give one letter more, another must get less, and at the shares gain and loss balance. How much of the table has the model found, and what has it made of the framed row of *q*? (`tiny.train` is the loop above as a function.)

# %%
misplaced = (learned - counted).abs().sum(1) / 2  # [27]: what one cell has too much, others lack
share = counts.sum(1) / counts.sum()  # [27]: how often the letter comes, its weight in the mean
q, u = letters.index("q"), letters.index("u")
print(f"chance in wrong cells: mean {share @ misplaced:.0%}, after q {misplaced[q]:.0%}")
for steps in (1000, 5000):
    found = []
    for seed in range(3):
        model = tiny.NextLetter(context=1, seed=seed)
        tiny.train(model, NAMES, context=1, steps=steps, lr=1)
        with torch.no_grad():
            found.append(model(torch.tensor([[q]])).softmax(-1)[0, u].item())
    print(f"{steps} steps: u after q", ", ".join(f"{chance:.2f}" for chance in found))

# %% [markdown]
# After *q* always comes *u*, which the model knows badly after 1,000 steps (0.21 to 0.62). *q* has 6 of the 6,966 places, weighs next to nothing in the mean loss, and so has small slopes. With five times the steps it nearly gets there.

# %% [markdown]
# Turn the knob yourself; above each curve stands its learning rate and where it ends, dotted the loss of counting. Which rate has hardly begun after 300 steps? Which leaps up before it falls, and which breaks?

# %%
slider = {"continuous_update": False}
explore(
    figures.learning_rate,
    lr=widgets.SelectionSlider(options=[0.01, 0.1, 1.0, 3.0, 10.0, 30.0], value=1.0, **slider),
    steps=widgets.SelectionSlider(options=[100, 300, 1000], value=300, **slider),
)

# %% [markdown]
# It has hardly begun at 0.01, leaps up at the start at 10 and ends higher than at 1, and breaks at 30.
#
# ## 11. Names that nobody has read
#
# If counting is better, why learn? What counts is what each can do with *new* names. We put every tenth aside, unread. There bare counting fails: one place where what came was never counted makes its loss infinite. So counting leans on the next shorter run of letters, down to 1/27, as if that were `trust` further cases:
#
# $$\text{chance} = \frac{\text{count} + \text{trust} \cdot \text{chance after the shorter run}}{\text{total} + \text{trust}}$$
#
# After *jo* came 21 letters, 3 of them *n*; after *o* alone *n* has the chance 0.179. A trust of 10 makes that $(3 + 10 \cdot 0.179) / (21 + 10) = 0.154$. Which trust is best, we try on another tenth:

# %%
unread, trial = NAMES[::10], NAMES[5::10]
read = [name for name in NAMES if name not in unread]
rest = [name for name in read if name not in trial]
after_jo, after_o = tiny.counted(read, 2)[0][10, 15, 14], tiny.counted(read, 1)[0][15, 14]
print(f"n after o {after_o:.3f}, after jo {after_jo:.3f}")
for trust in (1, 3, 10, 30, 100):
    print(f"trust {trust:3}: {tiny.counting_loss(rest, trial, context=3, trust=trust)[0]:.3f}")
for context in (1, 3):
    by_table, never = tiny.counting_loss(read, unread, context, trust=10)
    print(
        f"unread, {context} back: counting {by_table:.3f}; never counted: {never:.0%} of the places"
    )

# %% [markdown]
# And the network, from eight beginnings each:

# %%
trained, losses = {}, {}


def try_on_unread(kind, make, context, lr):
    losses[kind] = {"read": [], "unread": []}
    for seed in range(8):
        trained[kind] = make(context, seed=seed)
        tiny.train(trained[kind], read, context, steps=1000, lr=lr, seed=seed)
        for which, some in (("read", read), ("unread", unread)):
            inputs, targets = tiny.pairs(some, context)
            with torch.no_grad():
                losses[kind][which].append(F.cross_entropy(trained[kind](inputs), targets).item())
    spans = [f"{which} {min(each):.3f} to {max(each):.3f}" for which, each in losses[kind].items()]
    print(f"{kind}:", ", ".join(spans))


try_on_unread("1 back", tiny.NextLetter, 1, lr=1)
try_on_unread("3 back", tiny.NextLetter, 3, lr=1)
one, three = losses["1 back"]["unread"], losses["3 back"]["unread"]
claim("Three letters beat one on unread names, from any of the beginnings.", max(three) < min(one))

# %% [markdown]
# With one letter the network is about as good as counting; with three it is worse (and the names that it read get lower losses, which say nothing about new ones). What can a table say that it can't? The network's score for a letter is a *sum* of three parts, one for each letter before. "Only after *j* and *o* together" is not among the sums. So put a **hidden layer** in between, and *tanh*, which bends each number to lie between −1 and 1 (without a bend, two linear layers in a row are one):

# %%
show_source(tiny.with_hidden_layer)

# %% [markdown]
# `Sequential` runs its parts one after the other. Its learning rate was chosen on the other tenth too.

# %%
try_on_unread("3 back, hidden layer", tiny.with_hidden_layer, 3, lr=0.3)
deep = losses["3 back, hidden layer"]["unread"]
claim("With the hidden layer it beats every one without.", max(deep) < min(three))
size = sum(p.numel() for p in trained["3 back, hidden layer"].parameters())
filled = [(tiny.counted(read, context)[1] > 0).sum().item() for context in range(4)]
print(f"{size:,} numbers; in the tables of 0 to 3 letters {sum(filled):,} cells are not 0")
print(f"cells of the table of 3 letters: {27**4:,}, of 4 letters: {27**5:,}")

# %% [markdown]
# Counting's 2.188 is almost reached, not with fewer numbers: counting uses a few cells less than the network has numbers. (Without the hidden layer neither other learning rates nor five times the steps get as far.) The difference is growth: one more letter makes the table 27 times larger, and adds 16 · 64 numbers to the network. A table for a hundred letters nobody can fill.
#
# Now the networks write: from end marks, draw the next letter by its chances, append it, ask again, until the end is drawn.

# %%
for kind, network in trained.items():  # of each the last of the eight
    context = int(kind[0])
    print(f"{kind}:", ", ".join(tiny.write_names(network, context, count=10, seed=3)))

# %% [markdown]
# ## 12. Switches and a window
#
# Some parts behave differently while learning. `Dropout(0.5)` throws each number away with a chance of one half and doubles the rest. `train()` and `eval()` switch that on and off in all parts of a model, and nothing else: notes are taken in both.

# %%
dropout = nn.Dropout(0.5)
torch.manual_seed(0)
for switch in (dropout.train, dropout.eval):
    switch()
    print(switch.__name__, dropout(torch.ones(8)).tolist())

# %% [markdown]
# To look *inside* a model, take a [**hook**](../book/glossary.md#hook): a function that a part calls when it has run, with itself, its input and its output. We hang one on block 10 of a real model, SmolLM2, give it two texts, and take it off again. Does it look ahead?

# %%
smollm2, tokenizer = lessons_lib.load("smollm2-135m-instruct")
flowing = []  # [B, T, C] each
block = smollm2.model["layers"][10]


def keep(module, given, output):
    flowing.append(output)


hook = block.register_forward_hook(keep)
for text in ("Ada wrote to Ben", "Ada wrote to Mia"):
    with torch.no_grad():
        smollm2(torch.tensor([tokenizer.encode(text)]))
hook.remove()
ben, mia = flowing
same = torch.isclose(ben, mia, atol=1e-3).all(-1)[0]  # [T]
pieces = [tokenizer.decode([i]) for i in tokenizer.encode("Ada wrote to Ben")]
print(list(ben.shape), "the same at:", dict(zip(pieces, same.tolist(), strict=True)))

# %% [markdown]
# *Ada* is two tokens here. *Ben* and *Mia* change nothing before them, as in the triangle of section 6.
#
# ## 13. What goes wrong
#
# Six errors that you will see again, raised for real, and two that raise nothing.

# %%
d = torch.tensor(1.0, requires_grad=True)
squared = d * d
squared.backward()
attempts = {
    "sizes that do not meet": lambda: torch.ones(2, 3) @ torch.ones(2, 3),
    "two kinds of number": lambda: torch.ones(2, 2) @ torch.ones(2, 2).double(),
    "ids that are no whole numbers": lambda: table[torch.tensor([1.0])],
    "a view in an order that is not there": lambda: six.T.view(6),
    "backward twice through the same notes": squared.backward,
    "changing a parameter where notes are taken": lambda: d.add_(1),  # _ at the end: in place
}
for what, attempt in attempts.items():
    try:
        attempt()
    except (RuntimeError, IndexError) as error:
        print(f"{what}:\n    {type(error).__name__}: {str(error).splitlines()[0][:100]}")

# %% [markdown]
# `backward` throws its notes away: compute the loss anew. The step goes under `no_grad`. And the two kinds of number: a third in each, and the largest that fits.

# %%
third = torch.tensor(1 / 3, dtype=torch.float64)
for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
    print(f"{dtype!s:14} {third.to(dtype).item():.18f}  up to {torch.finfo(dtype).max:.0e}")
print("NumPy makes", np.array([0.5]).dtype, "and PyTorch makes", torch.tensor([0.5]).dtype)

# %% [markdown]
# Half the bits are half the memory, and about 7 digits in place of 16. Of the two with 16 bits, `float16` has more exact digits and `bfloat16` reaches as far as float32.
#
# The silent errors are no *zero_grad* (section 7) and softmax before *cross_entropy*, which does its own. What would you see?

# %%
twice = tiny.NextLetter(context=1)
softmax_behind = nn.Sequential(twice, nn.Softmax(-1))
for steps in (100, 900):
    tiny.train(softmax_behind, NAMES, context=1, steps=steps, lr=1)
    with torch.no_grad():
        on_screen = F.cross_entropy(softmax_behind(this_letter), next_letter)
        in_truth = F.cross_entropy(twice(this_letter), next_letter)
    print(f"{steps} more steps: loss on the screen {on_screen:.3f}, in truth {in_truth:.3f}")
sure = F.one_hot(counts.argmax(1), 27).double()[this_letter[:, 0]]  # all chance on one letter
print(f"always sure of the likeliest letter: {F.cross_entropy(sure, next_letter):.3f}", end="; ")
print(f"and always right: {-np.log(np.e / (np.e + 26)):.3f}")

# %% [markdown]
# On the screen the loss falls, and gets stuck. In truth it climbs far above knowing nothing (3.296). Chances taken for scores lie between 0 and 1, too close together for the second softmax to be sure of anything: even a model that is always right would show 2.358, and one that bets all on the likeliest letter 3.121.
#
# ## Exercises
#
# `hint("shapes")` helps a step at a time, `show_solution("shapes")` shows one way.
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
# The rule of section 5 as a function. (`torch.broadcast_shapes` is a fair check of yours.)


# %% tags=["exercise"]
def my_broadcast_shape(one, other):
    """two shapes, each a tuple of whole numbers above 0, perhaps empty, to the shape of their sum as
    a tuple or a list, or to the word "no" if the two do not fit."""
    ...


check("broadcast_shape", my_broadcast_shape)

# %% [markdown]
# ### {exercise: cross_entropy}
#
# Lesson 12 trains on answers, not on questions, so some places must not count: their target is −100. (PyTorch's own leaves them out as well: a fair check of yours.)


# %% tags=["exercise"]
def my_cross_entropy(scores, targets):
    """scores [N, V] and the right answers targets [N], each a whole number from 0 to V - 1, or -100
    where a row does not count, to one number: the mean over the rows that count of -log(chance of
    the right answer), with the logarithm of base e. At least one row counts."""
    ...


check("cross_entropy", my_cross_entropy)

# %% [markdown]
# The next exercise is about this loop. It raises no error, and the loss stands still:

# %%
stuck, generator = tiny.NextLetter(context=1), torch.Generator().manual_seed(0)
optimizer = torch.optim.SGD(stuck.parameters(), lr=1)  # 1
for step in range(200):  # 2
    rows = torch.randint(256, (256,), generator=generator)  # 3
    scores = stuck(this_letter[rows])  # 4
    loss = F.cross_entropy(scores, next_letter[rows])  # 5
    loss.backward()  # 6
    optimizer.zero_grad()  # 7
    optimizer.step()  # 8
    if step in (0, 199):
        print(step, f"{F.cross_entropy(stuck(this_letter), next_letter):.6f}")

# %% [markdown]
# ### {exercise: faulty_lines}
#
# Two of the numbered lines are wrong. One explains the number that stands still; the other would still be wrong after that one is mended.


# %% tags=["exercise"]
def my_faulty_lines():
    """a list of the numbers of the two wrong lines, in any order."""
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
# The five lines as a function, and the step without an optimiser. `check` builds fresh name models, on which the lesson's `optimizer` has no hold, calls your function, and prints what the last one writes.


# %% tags=["exercise"]
def my_training_step(model, lr, inputs, targets):
    """a model, a learning rate lr, inputs [N, context] and targets [N] to the loss of this batch
    before the step, as one number. When the function is done, each parameter has moved by minus lr
    times its slope; slopes that were there before do not count (a fresh model has none: its grads
    are None)."""
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
# - `dim` names the axis that the operation runs along. Shapes meet at their right ends; a 1 is stretched; without `keepdim` they may meet wrongly and in silence.
# - In `A @ B` each row of `A` is a recipe that mixes the rows of `B`.
# - `backward` finds the slope of every number at once, and adds it to what is there.
#
# **Papers.** [Rumelhart, Hinton and Williams 1986](https://doi.org/10.1038/323533a0), *Learning representations by back-propagating errors*. [Bengio and others 2003](https://www.jmlr.org/papers/v3/bengio03a.html), *A Neural Probabilistic Language Model*: the model of section 11 with its hidden layer, for words in place of letters.
#
# **Next:** in lesson 01 a real model scores every token that it knows, and we choose.
