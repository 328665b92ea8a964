# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 00c · Learning
#
# **How do numbers learn to write names?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [loss, slope, step, learning rate](00_start_here.ipynb#2.-Learning-is-adjusting-numbers); from 00b [picking](00b_tensors.ipynb#2.-Picking), [`dim`](00b_tensors.ipynb#4.-Along-which-axis?) and [linear layers](00b_tensors.ipynb#6.-The-product-of-matrices); [classes](A1_python.ipynb#4.-Classes) |
# | It adds to `lessons_lib` | nothing: these are PyTorch's tools, which every later lesson uses |
#
# {route}

# %%
# {setup}

# %%
import ipywidgets as widgets
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

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
from lessons_lib.classroom.lessons.lesson00b.names import LETTERS, NAMES
from lessons_lib.classroom.lessons.lesson00c import figures, tiny

use_style()

# %% [markdown]
# ## The finished thing first
#
# A small model writes eight names, letter by letter. Then it reads a thousand, and writes eight more.

# %%
torch.set_num_threads(1)  # sums in one order: your digits are likelier to equal ours
writer = tiny.NextLetter(context=3)  # it looks at the last three letters
print("before:", ", ".join(tiny.write_names(writer, 3, count=8, seed=8)))
tiny.train(writer, NAMES, context=3, steps=1000, lr=1)  # lr: the learning rate
print("after: ", ", ".join(tiny.write_names(writer, 3, count=8, seed=8)))
print(sum(p.numel() for p in writer.parameters()), "numbers learned that")

# %% [markdown]
# In lesson 00 two numbers went downhill on a **loss** (how wrong the guesses are), by **steps** against their **slopes**, as far as the **learning rate** said. Here 1,755 numbers did, and PyTorch found the slopes.
#
# ## 1. The slope of everything: autograd
#
# Take $(2a - 5)^2$ at $a = 4$, whose slope is 12; nudging both ways comes closer than lesson 00's nudging up. `requires_grad=True` asks PyTorch for the slope of `a`:


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
# PyTorch notes each operation ([**autograd**](../book/glossary.md#autograd)), and `backward` goes back through the notes. Each step has a slope of its own: a square $e^2$ has $2e$, here $2 \cdot 3$; $2a - 5$ has 2. Along a chain slopes multiply ([**backpropagation**](../book/glossary.md#backpropagation)):

# %% tags=["hide-input"]
show(
    figures.chain(),
    alt="Boxes from left to right: a is 4; times 2 minus 5 makes 3; squared that is the loss, 9. Below, from right to "
    "left, the slopes: 1 for the loss itself, times 2 · 3 is 6 for 2a minus 5, times 2 is 12 for a.",
)

# %% [markdown]
# Nudging runs the loss anew for *each* number. `backward` finds all slopes in one go, the *gradient*. It has one habit that surprises.

# %%
predict("slope_twice")

# %%
loss_of(a).backward()
reveal("slope_twice", round(a.grad.item()))

# %% [markdown]
# It *adds* to the slope that is there. So before each step the old slopes are cleared:

# %%
for _ in range(4):
    a.grad = None  # clear
    loss_of(a).backward()
    with torch.no_grad():
        a -= 0.1 * a.grad
    print(f"slope {a.grad.item():6.3f}, so a becomes {a.item():.3f}")

# %% [markdown]
# Under `torch.no_grad()` no notes are taken: for the step, measuring and writing. `a -=` changes the number that is there; `a = a - ...` would make another.
#
# Within one loss adding is right: in $c \cdot c$ two paths lead back to $c$ = 4, and each adds the slope 4. *detach* leaves *one* tensor out of the notes, as a fixed number:

# %%
for other in ("c", "c.detach()"):
    c = torch.tensor(4.0, requires_grad=True)
    (c * (c if other == "c" else c.detach())).backward()
    print(f"c * {other}: slope {c.grad.item()}")

# %% [markdown]
# ## 2. A module: numbers with names
#
# A [**module**](../book/glossary.md#module-of-a-model) keeps a model's tensors together. It is a class that builds on `Module`: `__init__` makes its parts (behind `super().__init__()`, which gets the list of parts ready), and calling the model calls `forward`. Here is the class of the model at the top. `nn.Embedding(27, width)` is a learned table with a row of numbers for each letter; ids pick its rows, as in 00b. (float64, so that your digits are likelier to equal ours.)

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
ada = torch.tensor([[LETTERS.index(letter) for letter in "ada"]])  # [1, 3]
print("scores for the letter after 'ada':", list(untrained(ada).shape))
for window, answer in zip(*tiny.pairs(["ada"], context=3), strict=True):
    print("".join(LETTERS[i] for i in window), "is followed by", LETTERS[answer])

# %% [markdown]
# ## 3. How wrong is a guess?
#
# The chance of a name is a *product*: of the right letter's chance $p$ at each place. Logarithms make that a sum, $\ln(p \cdot q) = \ln p + \ln q$. So each place has a loss of its own, $-\ln p$ (`torch.log` is $\ln$): 0 for $p = 1$, and without end, where $1 - p$ hardly tells 0.01 from 0.0001. The mean over many places is the [**cross entropy**](../book/glossary.md#cross-entropy).

# %% tags=["hide-input"]
show(
    figures.far_from_sure(),
    alt="Loss against the chance of the right letter. 1 minus the chance is a straight line from 1 down to 0. Minus its "
    "logarithm is 0 at a chance of 1 too, 0.7 at one half, and climbs out of the picture as the chance goes to 0.",
)

# %%
for chance in (1.0, 0.5, 0.1, 1 / 27):
    print(f"chance {chance:.3f}: loss {np.log(1 / chance):.3f}")

# %% [markdown]
# Two lists of indices in one pair of brackets are *paired*: row 0 with column 0, row 1 with column 2.

# %%
chances = torch.tensor([[0.5, 0.3, 0.2], [0.2, 0.7, 0.1]])  # [N, V]
right = torch.tensor([0, 2])  # [N]
print(chances[torch.arange(2), right])  # arange(2) is 0, 1
print(f"mean loss {-chances[torch.arange(2), right].log().mean():.3f}")

# %% [markdown]
# PyTorch's *cross_entropy* takes scores in place of chances. Logarithms of chances are such scores: softmax takes $e$ to their powers, $e^{\ln p} = p$, and divides by the sum, which is 1 already:

# %%
print(f"{F.cross_entropy(chances.log(), right):.3f}")
far = torch.tensor([1000.0, 0.0])  # two scores
print("in two steps", far.softmax(-1).log().tolist(), " in one", far.log_softmax(-1).tolist())

# %% [markdown]
# *cross_entropy*, like `log_softmax`, takes one: in two steps a tiny chance is rounded to 0, and the loss is infinite.
#
# ## 4. Five lines that learn
#
# What is there to reach? The counts of lesson 00b, divided row by row, are chances too, and have a loss.

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
# Now a model with one letter of context. Each round sees a few hundred places drawn at random, a [**batch**](../book/glossary.md#batch): its slopes are cheaper than those of all places, and less exact. The [**optimiser**](../book/glossary.md#optimiser) takes the step of section 1 for every parameter; SGD is *stochastic gradient descent*, downhill on random batches. *zero_grad* writes None where a slope was (`set_to_none=True`): zeros would take memory.

# %%
model = tiny.NextLetter(context=1)
optimizer = torch.optim.SGD(model.parameters(), lr=1)
generator, losses = torch.Generator().manual_seed(0), []  # draws the same each time
for _ in range(1000):
    rows = torch.randint(len(next_letter), (256,), generator=generator)  # 256 numbers of places
    scores = model(this_letter[rows])  # predict
    loss = F.cross_entropy(scores, next_letter[rows])  # compare
    optimizer.zero_grad()  # clear
    loss.backward()  # slopes
    optimizer.step()  # step
    losses.append(loss.item())

# %% tags=["hide-input"]
show(
    figures.falling(losses),
    alt="The loss of each batch over 1,000 steps: from about 3.4 it falls steeply for 100 steps and then wobbles around "
    "and mostly above the line of counting at 2.354, far below guessing evenly at 3.296. The mean of 50 steps "
    "stays a little above it.",
)

# %% [markdown]
# What does the model come to on *all* places?

# %%
with torch.no_grad():
    column = torch.arange(27)[:, None]  # [27, 1]: None makes a new axis of length 1
    learned = model(column).softmax(-1)  # [27, 27]
    by_learning = F.cross_entropy(model(this_letter), next_letter)
print(f"guessing evenly {np.log(27):.3f}, learning {by_learning:.3f}, counting {by_counting:.3f}")
reveal("against_counting", "not lower" if by_learning >= by_counting else "lower")

# %% tags=["hide-input"]
show(
    figures.two_tables(counted, learned),
    alt="Two tables of 27 by 27 chances, counted and learned, on one scale of greys, on which small chances are stretched. Most dark cells are in both, such as the "
    "end after y. In the framed row of q the counted table has one black cell, u, and the learned one several grey cells; in "
    "that of z the learned a is paler, and a u has appeared.",
)

# %% [markdown]
# No table has a lower loss on these names than the shares themselves. The slope of a letter's score is its chance minus its share, so at the shares all slopes are 0. Counted and learned differ most in two rows of rare letters, the framed *q* and *z*. How sure is the model of the *u* after *q*, and what do more steps change? (`tiny.train` is the loop above as a function.)

# %%
q, u = LETTERS.index("q"), LETTERS.index("u")
apart = (counted - learned).abs().sum(1) / 2  # [27]
two = apart.topk(2).indices  # where the two largest stand
rare = " and ".join(f"{LETTERS[i]}, {counts[i].sum():.0f} places" for i in two)
print("farthest apart are the rows of", rare)
print(f"u after q, 1000 steps: {learned[q, u]:.2f}")
tiny.train(model, NAMES, context=1, steps=4000, lr=1)
with torch.no_grad():
    print(f"5000 steps: {model(torch.tensor([[q]])).softmax(-1)[0, u]:.2f}")

# %% [markdown]
# The loss is a mean, and so are its slopes: 6 places of 6,966 have less than a thousandth of them. Eleven other beginnings gave *u* between a twentieth and four fifths after 1,000 steps.
#
# Turn the knob yourself. Which learning rate has hardly begun after 300 steps? Which leaps up in its first steps, and which breaks?

# %%
slider = {"continuous_update": False}
explore(
    figures.learning_rate,
    lr=widgets.SelectionSlider(options=[0.01, 0.1, 1.0, 3.0, 10.0, 30.0], value=1.0, **slider),
    steps=widgets.SelectionSlider(options=[100, 300, 1000], value=300, **slider),
)

# %% [markdown]
# All six side by side:

# %% tags=["hide-input"]
show(
    figures.learning_rates(),
    alt="Six loss curves over 300 steps. At 0.01 it hardly falls, at 0.1 slowly; at 1 and 3 it comes close to the line of counting; at 10 "
    "it leaps up in the first steps and stays higher; at 30 it leaves the page.",
)

# %% [markdown]
# At 0.01 it has hardly begun; at 10 it leaps up first and ends higher than at 1; at 30 it breaks. Between 1 and 3 there is little to choose.
#
# ## 5. Names that nobody has read
#
# If counting is better, why learn? Because *new* names count. Every tenth stays **unread** ([**held out**](../book/glossary.md#held-out-text)), and counting looks up to four letters back: at a *run* of letters. After it a letter may be new, and a chance of 0 would make the loss infinite. So what the run without its first letter says is added, as if the run had been met 20 times more. Say *jo* was met $N = 5$ times, $n = 3$ times before an *s*, and after *o* alone *s* has a chance of 0.2:
#
# $$p = \frac{n + 20 \cdot p_{\text{one letter less}}}{N + 20} = \frac{3 + 20 \cdot 0.2}{5 + 20} = \frac{7}{25}$$
#
# A run of no letters leans on 1/27 in the same way. The 20 and the learning rates below were chosen on tenths of the read names that were set aside for it: **trial** names. Nothing is chosen by the unread names: it would have read them, in a way.

# %%
unread = NAMES[::10]
read = [name for name in NAMES if name not in unread]
print(f"{len(read)} names are read, {len(unread)} are not")
for context in (1, 2, 3, 4):
    loss, cells = tiny.counting(read, unread, context)
    print(f"counting {context} back: loss on unread {loss:.3f}, {cells:,} cells that are not 0")
# cells of the shorter runs' tables are counted too

# %% [markdown]
# Now the network, from eight beginnings (it takes a moment):


# %%
def eight(kind, make, context, lr):
    losses = []
    for seed in range(8):
        network = make(context, seed=seed)
        tiny.train(network, read, context, steps=1000, lr=lr, seed=seed)
        losses.append(tiny.loss_on(unread, network, context))
    size = sum(p.numel() for p in network.parameters())
    print(f"{kind}: loss {np.mean(losses):.3f} ({min(losses):.3f} to {max(losses):.3f})", end="")
    print(f", {size:,} numbers; it writes", *tiny.write_names(network, context, count=4, seed=3))
    return losses


plain = eight("3 back", tiny.NextLetter, 3, lr=1)

# %% [markdown]
# (The last of the eight writes.) That is worse than counting with three.
#
# ### A bend in between
#
# What can a table say that this model can't? Its score for *n* is a *sum* of three parts, one for each letter before. If *j* adds 3 and *o* adds 3, both together add 6: not 0, and not 20. A table has a cell of its own for *jo* and may hold anything there. So put a **hidden layer** in between, and *tanh*, an [**activation**](../book/glossary.md#activation), which bends each number to lie between −1 and 1 (without a bend, two linear layers in a row are one). `Sequential` runs its parts one after the other:

# %%
show_source(tiny.with_hidden_layer)

# %%
three = eight("3 back, hidden", tiny.with_hidden_layer, 3, lr=0.3)
claim("With three letters, the hidden layer beats all without it.", max(three) < min(plain))

# %% [markdown]
# Counting is still a little better. 103 names can't settle so small a gap, but with each tenth of the names unread in its turn, counting is better on the mean too, by a few hundredths. But a table needs a cell for each run of letters that it meets, and the network puts all runs into the same numbers.
#
# ### By heart
#
# Would more steps help? Three letters and a hidden layer, with one tenth for trial, go on to 3,000:

# %% tags=["hide-input"]
show(
    figures.by_heart(),
    alt="Losses over 3,000 steps from three beginnings at learning rate 0.3. On the names that were read all fall, to about 1.65. On trial names all "
    "three are lowest, about 2.2, near 1,000 steps and then rise, to about 2.4.",
)

# %% [markdown]
# On the names that it reads the loss falls on and on. On trial names it turns and rises: the model learns by heart, [**overfitting**](../book/glossary.md#overfitting). Trial names say when to stop; unread ones, how good the model then is.
#
# ## 6. Switches and a window
#
# *Dropout* is meant against learning by heart. While a model learns, `Dropout(0.5)` throws each number away with a chance of one half, and doubles the rest, which keeps the mean. `train()` and `eval()` switch that on and off in a whole model. Both take notes.

# %%
dropout = nn.Dropout(0.5)
torch.manual_seed(0)
for switch in (dropout.train, dropout.eval):
    switch()
    print(switch.__name__, dropout(torch.ones(8)).tolist())

# %% [markdown]
# Later lessons look *inside* a real model. They do it with a [**hook**](../book/glossary.md#hook): a function that a part calls whenever it has run, with itself, its input and its output. Here is one on the embedding of section 2, hung there and taken off again:

# %%
flowing = []


def keep(part, given, output):
    flowing.append(output)


hook = untrained.embedding.register_forward_hook(keep)
untrained(ada)
hook.remove()
print("what flows out of the embedding:", list(flowing[0].shape))  # [N, context, C]

# %% [markdown]
# ## 7. What goes wrong
#
# `backward` throws its notes away: compute the loss anew. The step goes under `no_grad`. Who forgets one of these sees an error ([A3](A3_troubleshooting.ipynb#6.-Training) has both).
#
# Two more raise nothing: no *zero_grad* (section 1) and softmax before *cross_entropy*:

# %%
twice = tiny.NextLetter(context=1)
softmax_behind = nn.Sequential(twice, nn.Softmax(-1))
for steps in (100, 900):
    tiny.train(softmax_behind, NAMES, context=1, steps=steps, lr=1)
    with torch.no_grad():
        on_screen = F.cross_entropy(softmax_behind(this_letter), next_letter)
        in_truth = F.cross_entropy(twice(this_letter), next_letter)
    print(f"{steps} more steps: loss on the screen {on_screen:.3f}, in truth {in_truth:.3f}")
print(f"always right, on the screen: {-np.log(np.e / (np.e + 26)):.3f}")

# %% [markdown]
# The loss on the screen falls, the true one climbs far above knowing nothing (3.296). Chances taken for scores lie between 0 and 1, and to the second softmax that is at most $e^1$ against $e^0$, 2.7 to 1. A model that is always right would show 2.358.
#
# ## Exercises
#
# `hint("cross_entropy")` helps a step at a time, `show_solution("cross_entropy")` shows one way.
#
# ### {exercise: cross_entropy}
#
# Lesson 12 trains on answers, not on questions: places that must not count have the target −100. (PyTorch's own leaves them out too and would pass; write yours, and compare.) Besides paired indices there is `gather(1, column)`, which picks one number in each row: `targets[:, None]` is such a column, and so is what comes back.


# %% tags=["exercise"]
def my_cross_entropy(scores, targets):
    """scores [N, V] in float32 and the right answers targets [N], each a whole number from 0 to V - 1, or
    -100 where a row does not count, to one number: the mean over the rows that count of -log(chance of
    the right answer), with the logarithm of base e. At least one row counts."""
    ...


check("cross_entropy", my_cross_entropy)

# %% [markdown]
# The next exercise is about this loop. The loss stands still:

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
    """a list of the numbers of the two wrong lines, in any order. Where lines stand in a wrong order, the
    wrong one is the one that stands between two that belong together."""
    ...


check("faulty_lines", my_faulty_lines)

# %% [markdown]
# ### {exercise: training_step}
#
# The five lines as a function, and the step without an optimiser. `check` builds fresh models, calls your function, and prints what the last one writes.


# %% tags=["exercise"]
def my_training_step(model, lr, inputs, targets):
    """a model, a learning rate lr, inputs [N, context] and targets [N] to the loss of this batch
    before the step, as one number. When the function is done, each parameter has moved by minus lr
    times its slope, without an optimiser; slopes that were there before do not count (a fresh model
    has none: its grads are None)."""
    ...


check("training_step", my_training_step)

# %% [markdown]
# ### {exercise: train_names}
#
# Now all of it is yours, without scrolling back: a class with a table and a linear layer, and the loop, with `torch.optim.SGD` if you like. `check` trains it on the names read in section 5 and judges it on those that it never read. Then let it write: `tiny.write_names(my_train_names(NAMES, 3, 1000, 1), 3, count=8)`.


# %% tags=["exercise"]
def my_train_names(names, context, steps, lr):
    """names, how many letters of context, steps and a learning rate lr to a trained model of yours:
    model(ids [N, context]) gives scores [N, 27]. It reads nothing but these names, at all of their places
    with their ends, and takes so many steps that begin at the learning rate lr. What lies between ids and
    scores is up to you (vectors of any length, hidden layers, dropout), and so are how many places a batch
    has, momentum, weight decay, clipping and a rate that falls. `tiny.pairs(names, context)` may make the
    pairs; the rest of tiny may not help."""
    ...


check("train_names", my_train_names)

# %% [markdown]
# ## Say it in your own words

# %%
say("no_grad_or_detach", "why_zero_grad", "train_or_eval")

# %% [markdown]
# ## Quiz

# %%
quiz("00c")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - `backward` finds the slope of every number at once, and adds it to what is there.
# - Predict, compare, clear, slopes, step: five lines teach a model of any size.
# - Only names that it never read say how well a model writes new ones.
#
# **Papers.** [Rumelhart, Hinton and Williams 1986](https://doi.org/10.1038/323533a0), *Learning representations by back-propagating errors*. [Bengio and others 2003](https://www.jmlr.org/papers/v3/bengio03a.html), *A Neural Probabilistic Language Model*: the model of section 5 with its hidden layer, for words in place of letters.
#
# **Next:** in lesson 01 a real model scores every token that it knows, and we choose.
