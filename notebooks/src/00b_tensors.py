# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 00b · Tensors
#
# **How does a table of numbers write names?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | some Python ([A1](A1_python.ipynb) has what is used) and school maths |
# | It adds to `lessons_lib` | nothing: these are PyTorch's tools, which every later lesson uses |
#
# {route}

# %%
# {setup}

# %%
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

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
from lessons_lib.classroom.lessons.lesson00b import counted, figures, write
from lessons_lib.classroom.lessons.lesson00b.names import NAMES, pairs

use_style()

# %% [markdown]
# ## The finished thing first
#
# Here are a thousand given names. A table counts which letter follows which. From it eight new names are drawn, letter by letter.

# %%
follows = counted.my_counted(NAMES)  # a table of 27 rows and 27 columns
print(f"{len(NAMES):,} names, such as {NAMES[0]}, {NAMES[500]}, {NAMES[-1]}")
print("new ones:", ", ".join(write.write_names(follows, count=8, seed=3)))

# %% [markdown]
# They look a little like names, and nothing was adjusted step by step: it takes a table, a sum along the right axis, and a division. In the last two exercises you write the table, and the loop that draws a name from it. The tools are those of every model in this course; learning comes in 00c.
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
# Shapes in comments are your map through a model, with the same letters in all lessons: `B` texts at once (batch), `T` tokens of each (here letters), `N` places in all texts together (`B · T` if each has `T`), `C` numbers that describe a token, `V` tokens that there are (here 27).
#
# The kind of number is the [**dtype**](../book/glossary.md#dtype): whole (`int64`), with a point (`float32`, which `.float()` makes), or True and False (`bool`). To come back to plain Python, `.item()` takes the number out of a tensor that holds one, and `.tolist()` makes lists.
#
# ## 2. Picking
#
# Square brackets pick, axis by axis from the first on. A number, an [**index**](../book/glossary.md#index), picks one place and removes the axis; `-1` is the last place. `start:end` keeps a stretch, and `:` all.

# %%
print("the first name   ", ids[0].tolist(), "and its last letter", ids[0, -1].item())
print("all but the last ", ids[:, :-1].tolist())
print("all but the first", ids[:, 1:].tolist())

# %% [markdown]
# Compare the last two lines: *ada* is `[1, 4]` above `[4, 1]`. Below each letter stands the one that follows it, a question above its answer. Axes that you don't mention stay whole: `ids[0]` is a whole row. To pick along the last axis alone, `...` stands for all axes before it: `ids[..., -1]` are the last letters.
#
# Names of any length fit when each *place* asks a question of its own: what comes after these three? Where fewer than three letters came before, `.` fills up:

# %%
inputs, targets = pairs(["jonas"], context=3)  # [N, 3] and [N]
for before, following in zip(inputs, targets, strict=True):
    # a tensor that holds one whole number can stand in the brackets of a text, as a place
    print("".join(letters[i] for i in before), "->", letters[following])

# %% [markdown]
# A comparison gives a table of True and False, a **mask**. It counts, it keeps (and `~`, "not", keeps the others; what is kept comes in one flat row), and it says where to write:

# %%
is_a = ids == 1  # [B, T]
print(is_a.sum().item(), "letters are an a; the others:", ids[~is_a].tolist())
rubbed_out = ids.clone()  # a copy
rubbed_out[is_a] = 0
print("with each a rubbed out:", rubbed_out.tolist())
claim("masked_fill makes the same copy.", torch.equal(rubbed_out, ids.masked_fill(is_a, 0)))

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
# After `.T` the numbers lie in memory as before. Where a shape needs them in another order, `view` refuses (section 8) and `reshape` makes a copy.
#
# ## 4. Along which axis?
#
# `dim` names the axis that an operation runs along. `sum`, `mean` and `argmax` (the place of the largest) use it up: of `[2, 3]`, `sum(0)` runs down and leaves `[3]`, `sum(1)` runs across and leaves `[2]`. With `keepdim=True` the axis stays, with length 1.

# %% tags=["hide-input"]
show(
    figures.along_dim(),
    alt="A table [2, 3] with the rows 2, 0, 1 and 1, 1, 4. Arrows down its columns, dim 0, lead to the sums 3, 1, 5 of shape [3]; arrows "
    "along its rows, dim 1, lead to the sums 3, 6 of shape [2].",
)

# %%
points = torch.tensor([[2.0, 0.0, 1.0], [1.0, 1.0, 4.0]])  # [2, 3]
for dim in (0, 1):
    print(f"dim={dim}: sum {points.sum(dim).tolist()}, argmax {points.argmax(dim).tolist()}")
print("keepdim:", list(points.sum(1, keepdim=True).shape))
for dim in (-1, 0):
    print(f"softmax({dim}): rows sum to", [f"{total:.2f}" for total in points.softmax(dim).sum(1)])

# %% [markdown]
# [**Softmax**](../book/glossary.md#softmax) keeps the axis. It turns scores into chances that sum to 1 along it ($e$ to the power of each score, divided by the total; lesson 01 builds it). A row is one place in a text with a score for each letter, so each *row* must sum to 1: `dim=-1`, the last axis. Along the wrong one the places compete for each letter, and no error is raised.
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
# A [**matrix**](../book/glossary.md#matrix) is a table of numbers, `[rows, columns]`. In a [**matrix product**](../book/glossary.md#matrix-product), `@`, each number comes from one row on the left and one column on the right: multiply in pairs, add up (their *dot product*). One is done; work out the other three on paper, then run the cell below.

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
# If a recipe sums to 1 and no number in it is negative, the mixture is a weighted mean. Let each row describe one of four letters by two numbers, and take a triangle of recipes. (`torch.equal` asks whether all numbers agree to the last digit.)

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
# ### Two products in every model
#
# An [**embedding**](../book/glossary.md#embedding) is a table with a row of `C` numbers for each token: indexing with ids picks rows, and so does a product with *one-hot* rows, all 0 with a single 1. Back to our three names:

# %%
table = torch.randn(27, 4, generator=torch.Generator().manual_seed(0))  # [V, C], drawn from a seed
vectors = table[ids]  # [B, T, C]
one_hot = F.one_hot(ids, 27).float()  # [B, T, V]
print("ids", list(ids.shape), " vectors", list(vectors.shape))
claim("Picking rows is a product with one-hot rows.", torch.equal(vectors, one_hot @ table))

# %% [markdown]
# A [**linear layer**](../book/glossary.md#linear-layer) makes other numbers of each vector: a product, and a **bias** added to it. PyTorch stores its weight as `[out, in]`, so it has to be transposed. Sums taken in another order differ in the last digits, so we ask `allclose`, which forgives small differences: here one millionth (`atol`), and a hundred-thousandth of the number itself.

# %%
layer = nn.Linear(4, 27)  # from C numbers to V
print("weight", list(layer.weight.shape), " bias", list(layer.bias.shape))
product = vectors @ layer.weight.T + layer.bias  # [B, T, V]
claim("A linear layer is x @ W.T + b.", torch.allclose(layer(vectors), product, atol=1e-6))

# %% [markdown]
# ## 7. Which letter follows which?
#
# Now the table of the beginning. Begin with `torch.zeros(27, 27)`, go through all names, the `.` before and behind each included, add 1 to `counts[i, j]` for each letter `i` that `j` follows, and divide each row by its total, with `keepdim=True`: section 5 on a thousand names. One row puts all on a single letter. Which one?

# %% tags=["hide-input"]
show(
    figures.counted(follows),
    alt="A table of 27 by 27 shares in grey, this letter down the side and the next letter along the bottom. The row of q "
    "has a single cell, u, which is black. Other dark cells are the end after y and i after v.",
)

# %%
q, u = letters.index("q"), letters.index("u")
print(f"u follows q in {follows[q, u]:.0%} of its {''.join(NAMES).count('q')} places")
claim("Each row sums to 1.", torch.allclose(follows.sum(1), torch.ones(27)))
likeliest = follows[1].topk(5)  # the five largest, and their places
for share, i in zip(likeliest.values, likeliest.indices, strict=True):
    print(f"after a comes {letters[i]}: {share:.2f}")

# %% [markdown]
# The row is that of *q*: in these names *u* follows it all 6 times. To write, one letter is *drawn*: each comes up as often as its share says. `torch.multinomial` draws the places; a generator with a seed lets the same dice fall each time.

# %%
dice = torch.Generator().manual_seed(0)
drawn = torch.multinomial(follows[1], 20, replacement=True, generator=dice)  # 20 draws from one row
print("after a:", " ".join(letters[i] for i in drawn))

# %% [markdown]
# A name begins in row 0, behind the `.`. Whatever is drawn there says which row comes next, and a drawn `.` ends it. The table looks one letter back, so it forgets how the name began. Three letters back would take a table of $27^4$ cells, nearly all empty; lesson 00c learns in place of counting.
#
# ## 8. What goes wrong
#
# Four errors that you will see again. (`lambda: ...` is a line that runs only when it is called.)

# %%
attempts = {
    "sizes that do not meet": lambda: torch.ones(2, 3) @ torch.ones(2, 3),
    "two kinds of number": lambda: torch.ones(2, 2) @ torch.ones(2, 2).double(),  # float64
    "ids that are no whole numbers": lambda: table[torch.tensor([1.0])],
    "a view in an order that is not there": lambda: six.T.view(6),
}
for what, attempt in attempts.items():
    try:
        attempt()
    except (RuntimeError, IndexError) as error:
        print(f"{what}:\n    {error}")

# %% [markdown]
# The errors that raise nothing are worse: a forgotten `keepdim`, a softmax along the wrong axis, `view` where `.T` was meant. A shape in a comment behind the sum finds the first. The other two have the right shape, so ask what the *numbers* must do: does each row sum to 1? Is the first row of the result the first column of what went in?
#
# Numbers with a point come in 64, 32 or 16 bits: `.double()` makes float64, `.float()` float32. Here is a third in each, and the largest that fits.

# %%
third = torch.tensor(1 / 3, dtype=torch.float64)
for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
    print(dtype, f"{third.to(dtype).item():.18f}, up to {torch.finfo(dtype).max:.0e}")
print("NumPy makes", np.array([0.5]).dtype, "and PyTorch makes", torch.tensor([0.5]).dtype)

# %% [markdown]
# NumPy was made for general calculation, where sixteen digits may count. A model has millions of numbers and can do with 7 digits: half the bits are half the memory to keep and to move. Of the two with 16 bits, `float16` has more exact digits and `bfloat16` reaches as far as float32.
#
# ## Exercises
#
# `hint("shapes")` helps a step at a time, `show_solution("shapes")` shows one way.
#
# ### {exercise: shapes}
#
# On paper first: `ids` is `[4, 6]`, `table` `[27, 8]`, `W` `[27, 8]`, `weights` `[4, 6, 6]`, and `x = table[ids]`. Which shapes have
#
# | 0 | 1 | 2 | 3 | 4 | 5 |
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
# ### {exercise: linear}
#
# Your function takes the place of the linear layer of a small name model (that of 00c), and of all the linear layers of SmolLM2, a real one, at once.


# %% tags=["exercise"]
def my_linear(x, weight, bias):
    """x [..., in], weight [out, in] and bias [out] or None to [..., out]: the product of x with the
    transposed weight, plus the bias where there is one."""
    ...


check("linear", my_linear)

# %% [markdown]
# ### {exercise: counted}
#
# The table of section 7 from any names. The letters stand in `letters`.


# %% tags=["exercise"]
def my_counted(names):
    """a list of names in the letters a to z to a table [27, 27]. Row i says what follows letter i in these
    names: the share of each letter, so that the row sums to 1. Letter 0 is the `.` that stands once before
    each name and once behind it. The row of a letter that never comes is all 0."""
    ...


check("counted", my_counted)

# %% [markdown]
# ### {exercise: write}
#
# `draw` is handed over so that `check` can throw the dice. `write.drawer(seed)` makes such a function: with both exercises done, `my_write(my_counted(["your", "own", "names"]), write.drawer(1))` writes a name.


# %% tags=["exercise"]
def my_write(shares, draw):
    """a table shares [27, 27] as `my_counted` makes it, and a function draw, to a name as a text without any
    `.`. draw(row) takes one row [27] and gives the number of a letter, drawn by the shares in it. Begin after
    the `.`, letter 0; the name ends when 0 is drawn."""
    ...


check("write", my_write)

# %% [markdown]
# ## Say it in your own words

# %%
say("two_precisions", "view_or_reshape", "do_they_fit", "which_dim")

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
# - Which letter follows which is a table of counts, divided row by row. Drawing from its rows writes.
#
# **Next:** in [lesson 00c](00c_learning.ipynb) a model learns such a table, and then more than a table can hold.
