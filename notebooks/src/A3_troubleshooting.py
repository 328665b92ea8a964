# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # A3 · Troubleshooting
#
# **What does this error mean, and what mends it?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | an error, or some minutes before you have one |
# | It adds to `lessons_lib` | nothing |
#
# {route}
#
# **In a hurry?** Search this page for three or four words of your error that are not names or numbers of yours (Ctrl+F, on a Mac Cmd+F; in JupyterLab open the filter beside the search field and tick *Search Cell Outputs*), or go down [the table](#11.-The-table). Every error below was raised by the cell that you see (… stands for words left out); under it stands what mends it, and the mended lines run.

# %%
# {setup}

# %%
import importlib
import json
import math
import tempfile
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

import lessons_lib
from lessons_lib.checkpoint import load_safetensors
from lessons_lib.classroom import (
    check,
    claim,
    hint,
    predict,
    progress,
    reveal,
    say,
    show_solution,
    use_style,
)
from lessons_lib.classroom.lessons.lessonA1.shared import caught
from lessons_lib.classroom.lessons.lessonA3.by_heart import by_heart
from lessons_lib.classroom.lessons.lessonA3.raised import Errors
from lessons_lib.generation import Sampler, generate
from lessons_lib.training import Recipe, Rows, Run

use_style()
errors = Errors()

# %%
torch.manual_seed(0)
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")

# %% [markdown]
# ## 1. Read it from below
#
# A program that stops prints a [**traceback**](../book/glossary.md#traceback): the functions under way, each with an arrow at its line, and last the error: its kind, a colon, its words. (`caught` prints these alone and lets the page go on.)


# %%
def longest(row):
    return max(row.split(), key=len)


def total(rows):
    return sum(len(longest(row)) for row in rows)


with caught():
    print(total(["the cat", 7]))

# %%
predict("line_to_mend")

# %%
reveal("line_to_mend", "the call in the cell")
print(total(["the cat", "7"]))

# %% [markdown]
# The last line says what: a number has no `split`. The arrows say where. (`total` has two: its loop inside the brackets counts as a function of its own.) The last arrow is where Python could not go on; `split` itself is right, and so are the functions around it. What came in was wrong. So go up, and ask at each line: **was what came in right?** Mend the lowest line at which it was. Pass over arrows in torch first: what came in there is decided above.
#
# Then ask three things there: what is it (`type(x)`), which shape has it (`x.shape`), which kind of numbers (`x.dtype`)?

# %% [markdown]
# ## 2. Python and notebooks
#
# A name is unknown: misspelt, or its cell has not run since the [**kernel**](../book/glossary.md#kernel) started. (After *Restart*, run all cells above.) The others say what they lack; a list has places up to its length less one.

# %%
errors.begin("2. Python and notebooks")
words, number_of = ["the", "cat"], {"the": 0, "cat": 1}
with errors.raised("check the spelling, or run the cell that makes it"):
    print(wrods)
with errors.raised("count from 0; `words[-1]` is the last"):
    print(words[2])
with errors.raised("`get(key, 0)`, or ask with `in` first"):
    print(number_of["mouse"])
with errors.raised("`dir(x)` lists what it has; is it what you think it is?"):
    words.push("sat")
print(words[-1], number_of.get("mouse", 0))

# %% [markdown]
# `None` is what a function without `return` gives, and what methods give that change a thing in place. The error comes later, where the `None` is used.

# %%
with errors.raised(
    "a `return` is missing; or use `sorted(words)`, since `words.sort()` gives nothing"
):
    print(words.sort()[0])
with errors.raised("the same: something before it gave `None`"):
    for word in words.append("sat"):
        print(word)
with errors.raised('`f"id {7}"`, or `str(7)`'):
    print("id " + 7)
with errors.raised("as many names as values; look at `len`"):
    first, second = ["the", "cat", "sat"]
with errors.raised("both must be equally long; print both lengths"):
    print(list(zip([1, 2], [3], strict=True)))
print(sorted(words)[0], f"id {7}")

# %% [markdown]
# A call that does not fit its function, a name that hides Python's own, and a name that a function assigns and reads too early:


# %%
def scaled(x, by):
    return x * by


counted = 0


def count():
    counted = counted + 1
    return counted


with errors.raised("hand over what is named"):
    scaled(3)
with errors.raised("too many: in a class, is `self` the first argument of the method?"):
    scaled(3, 2, 1)
with errors.raised("`del list` gives Python's own back; then choose another name"):
    list = [1, 2]
    list("ab")
del list
with errors.raised("hand it over as an argument and return it"):
    count()
print(scaled(3, by=2), list("ab"))

# %% [markdown]
# What can't be read as Python does not even start. The arrow stands at the fault, or one line below: under a `for` or `def` whose lines are not moved in.

# %%
with errors.raised("close the bracket"):
    compile("print((1 + 2)", "a cell", "exec")
with errors.raised("a colon at the end of `for`, `if`, `def`"):
    compile("for word in []\n    print(word)", "a cell", "exec")
with errors.raised("four more spaces before the lines that belong to it"):
    compile("for word in []:\nprint(word)", "a cell", "exec")
with errors.raised("a space too many at its beginning"):
    compile(" print(1)", "a cell", "exec")

# %% [markdown]
# ## 3. Shapes and dtypes
#
# Print the shapes, write them on paper, and see which axis should meet which. ([Which do?](00b_tensors.ipynb#5.-Broadcasting:-one-row-for-all))

# %%
errors.begin("3. Shapes and dtypes")
x, w = torch.ones(2, 3), torch.ones(2, 3)
with errors.raised("the inner lengths must be equal: transpose one, `x @ w.T`"):
    x @ w
with errors.raised("the same in batches: `.transpose(-1, -2)`"):
    torch.ones(2, 2, 3) @ torch.ones(2, 2, 3)
with errors.raised(
    "from the right, lengths must be equal or 1: cut one, or give it an axis with `[:, None]`"
):
    x + torch.ones(2)
with errors.raised(
    "the lengths multiply to the 6 there are; `-1` works one out, if it comes out whole"
):
    x.view(4, -1)
with errors.raised("`reshape`; but was another order of the axes meant? (`transpose`)"):
    x.T.view(6)
with errors.raised("axes are counted from 0, or from the end: `-1` is the last"):
    x.sum(2)
with errors.raised("a place that is not there; print the shape"):
    x[2]
print((x @ w.T).shape, (x + torch.ones(2)[:, None]).shape, x.T.reshape(6).shape)

# %% [markdown]
# Rows of different lengths are no tensor: fill them up, or keep a list. Parts that are laid side by side must agree in all other axes.

# %%
with errors.raised("fill up to one length, or make a tensor of each row"):
    torch.tensor([[1, 2], [3]])
with errors.raised("`stack` needs equal shapes; fill up, or use `cat` along the axis that differs"):
    torch.stack([torch.ones(3), torch.ones(2)])
with errors.raised("equal but in the axis of `cat`; here `dim=1` fits"):
    torch.cat([torch.ones(2, 3), torch.ones(2, 4)])
print(torch.cat([torch.ones(2, 3), torch.ones(2, 4)], dim=1).shape)

# %% [markdown]
# The dtype: ids and labels are whole numbers (*Long*), weights and scores are floats, and floats of different width don't meet in one product of matrices.

# %%
ids, scores = torch.tensor([1, 0]), torch.ones(2, 5)
with errors.raised("`.float()` on the one that came from NumPy"):
    x @ torch.ones(3, 2, dtype=torch.float64)
with errors.raised("the same in a layer: `.float()` on what goes in"):
    nn.Linear(3, 2)(x.double())
with errors.raised("ids are whole: `.long()`", "Expected tensor.+?Int"):
    F.embedding(ids.float(), scores)
with errors.raised("labels are ids: `.long()`"):
    F.cross_entropy(scores, ids.float())
with errors.raised("`ids.float().mean()`"):
    ids.mean()
with errors.raised("`.float()` first: chances are no whole numbers"):
    ids.softmax(0)
print(F.cross_entropy(scores, ids).item() > 0, ids.float().mean().item())

# %% [markdown]
# *cross_entropy* wants the scores of the V tokens on axis 1, so flatten `[B, T, V]` and the labels `[B, T]`. An id beyond the table says so in one of two ways:

# %%
many, labels = torch.ones(2, 3, 5), torch.zeros(2, 3, dtype=torch.long)
with errors.raised("`scores.flatten(0, 1)` and `labels.flatten()`"):
    F.cross_entropy(many, labels)
with errors.raised("a label for each row of scores: print both shapes"):
    F.cross_entropy(scores, torch.tensor([0, 1, 2]))
with errors.raised("a label is not below V: other tokenizer, or filling that should be -100"):
    F.cross_entropy(scores, torch.tensor([0, 5]))
with errors.raised("an id is not below the number of rows: other tokenizer, or tokens added to it"):
    F.embedding(torch.tensor([2]), scores)
print(round(F.cross_entropy(many.flatten(0, 1), labels.flatten()).item(), 2))

# %% [markdown]
# From tensors to Python and NumPy:

# %%
with errors.raised("one number only: `tolist()` for several"):
    x.sum(0).item()
with errors.raised("the same for `int` and `float`"):
    int(x.sum(0))
with errors.raised(
    "`(x > 0).all()` or `.any()`: a question of several numbers has several answers"
):
    bool(x > 0)
with errors.raised("`.detach().numpy()`"):
    torch.ones(2, requires_grad=True).numpy()
with errors.raised("`x.flip(0)`: a tensor can't be walked through backwards by a slice"):
    x[::-1]
print(x.sum(0).tolist(), bool((x > 0).all()))

# %% [markdown]
# The worst raise nothing. Here a difference of three numbers each:

# %%
predict("quiet_shape")

# %%
column, row = torch.ones(3, 1), torch.ones(3)
reveal("quiet_shape", (column - row).numel())
print((column.squeeze(1) - row).shape)

# %% [markdown]
# In a loss that is a mean over nine where three were meant. Write the shape behind a line as a comment, and assert it where it matters: `assert guess.shape == target.shape`.

# %% [markdown]
# ## 4. Devices and memory
#
# Everything in one operation must lie on one [**device**](../book/glossary.md#device): model, inputs, labels. We have no second device on every machine, so here is *meta*, which holds shapes without numbers:

# %%
errors.begin("4. Devices and memory")
with errors.raised("move both: `x.to(device)`, `model.to(device)`"):
    x + torch.ones(2, 3, device="meta")
with errors.raised("it is called cuda (NVIDIA), mps (Apple), cpu", "Expected one of cpu, cuda"):
    torch.device("gpu")
with errors.raised(
    "too large: a smaller batch, shorter texts, fewer bits", "DefaultCPUAllocator.+? bytes"
):
    torch.empty(2**50)
device = "cuda" if torch.cuda.is_available() else "cpu"
moved = x.to(device)
print((moved + w.to(device)).shape)

# %% [markdown]
# On a graphics card the first reads *Expected all tensors to be on the same device*, and the last *CUDA out of memory*. *to* moves a model in place; of a tensor it gives a new one, so give that a name, such as `moved`. An index that is out of range stops a card with *device-side assert triggered*, often at a later line: run the same on the CPU, where the words are those above, and restart the kernel.
#
# **The kernel died** (*has died*, *appears to have died*, in Colab *session crashed*): the usual reason is that the memory was full, and nothing could be said any more. Count before you ask again: numbers times bytes, in training four times that, and what the forward pass keeps for its way back, which grows with the batch and its texts ([12](12_fine_tuning.ipynb#5.-What-freezing-saves)). A list of losses that are tensors fills it too: slowly after `backward`, which frees most, and fast where you only measure.

# %% [markdown]
# ## 5. Tokenizers, text and files
#
# Ours say what they got and what they allow:

# %%
errors.begin("5. Tokenizers, text and files")
with errors.raised("one text at a time: `[tokenizer.encode(text) for text in texts]`"):
    tokenizer.encode(["the cat", "the dog"])
with errors.raised("a list of ids: `tokenizer.decode([3])`"):
    tokenizer.decode(3)
with errors.raised("the id is another tokenizer's, or the model's table has rows without a token"):
    tokenizer.decode([49152])
print(tokenizer.decode([3]), [len(tokenizer.encode(text)) for text in ("the cat", "the cat ")])

# %% [markdown]
# (The second text ends in a space, which is a token more: trim prompts, [lesson 02b](02b_real_tokenizers.ipynb#5.-Spaces,-letters,-numbers).) Bytes that are no UTF-8 are cut in the middle of a character, or another table was meant:

# %%
with errors.raised('`errors="replace"` shows �; for a stream, wait for the next bytes'):
    "é".encode()[:1].decode()
with errors.raised('written by an old program: `decode("latin-1")` or `"cp1252"`'):
    "café au lait".encode("latin-1").decode()
with errors.raised("JSON has double quotes; `json.dumps` writes it"):
    json.loads("{'text': 'the cat'}")
with errors.raised("several values: read JSON Lines line by line"):
    json.loads('{"text": "the cat"}\n{"text": "the dog"}')
with errors.raised("nothing there: skip empty lines"):
    json.loads("")
print("café".encode("latin-1").decode("latin-1"), json.loads('{"text": "the cat"}'))

# %% [markdown]
# A file is looked for from the working folder; *cwd* says which that is. Weights that don't fit name the part:

# %%
with errors.raised("`Path.cwd()`, and `Path(...).exists()` before you open it"):
    Path("train.txt").read_text()
with errors.raised("a folder with a model, or a name from the list", ".+? name"):
    lessons_lib.load("smollm2-135")
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder, "model.safetensors")
    file.write_bytes(b"<html>Not found</html>")
    with errors.raised(
        "a link saved a web page: download the file itself", "got a page of a website"
    ):
        load_safetensors(file)
    file.write_bytes(b"")
    with errors.raised(
        "give the folder with config.json and model.safetensors", "config.json: got nothing"
    ):
        lessons_lib.load(folder)
with errors.raised("the config has another size than the file"):
    nn.Linear(2, 3).load_state_dict(nn.Linear(4, 3).state_dict())
with errors.raised("compare the two lists of names; `strict=False` only hides it"):
    nn.Linear(2, 3).load_state_dict({"wieght": torch.ones(3, 2), "bias": torch.ones(3)})
print(sorted(nn.Linear(2, 3).state_dict()), Path.cwd().name)

# %% [markdown]
# ## 6. Training
#
# Errors of autograd: nothing recorded, recorded once and used twice, or overwritten.

# %%
errors.begin("6. Training")
weight = torch.ones(2, requires_grad=True)
with errors.raised("`no_grad` or `detach` on the way, or all parameters frozen"):
    (weight.detach() * 2).sum().backward()
with errors.raised("one number: take `.mean()` of the losses first"):
    (weight * 2).backward()
with errors.raised("compute the loss again in every round", ".+?a second time"):
    loss = (weight * weight).sum()
    loss.backward()
    loss.backward()
with errors.raised("inside `with torch.no_grad():`"):
    weight -= 0.1
with errors.raised("`y = y + 1` in place of `y += 1`", ".+modified by an inplace operation"):
    y = weight.exp()
    y += 1
    y.sum().backward()
with torch.no_grad():
    weight -= 0.1
print(weight)

# %% [markdown]
# Modules of your own:


# %%
class Early(nn.Module):
    def __init__(self):
        self.layer = nn.Linear(2, 2)


class InAList(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(2, 2), nn.Linear(2, 2)]


class NoForward(nn.Module):
    pass


with errors.raised("`super().__init__()` as the first line"):
    Early()
with errors.raised("`nn.ModuleList([...])`: what lies in a plain list is not found"):
    torch.optim.SGD(InAList().parameters(), lr=0.1)
with errors.raised("it is called `forward`, and is indented into the class"):
    NoForward()(x)

# %% [markdown]
# **The loss is `nan`.** It spreads to everything that it touches. Our `Run` stops before it does. By hand, look for the first part that gives one (`inf - inf`, `0 / 0`, a mean over nothing, a rate so high that numbers overflow):

# %%
nothing = torch.full((4, 9), -100)
small = nn.Sequential(nn.Embedding(9, 8), nn.Linear(8, 9))
with errors.raised("look at the labels: all are -100"):
    Run(small, Rows(nothing), Recipe(steps=2, batch_size=4)).advance()
layers = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3))
with torch.no_grad():
    layers[2].weight[0, 0] = float("inf")
flow = x * 0
for name, layer in layers.named_children():
    flow = layer(flow)
    if not flow.isfinite().all():
        print("first in part", name)
        break

# %% [markdown]
# **Nothing is raised, and it learns badly.** Four tests of two lines each; make them before a long run. First: are old slopes cleared?

# %%
predict("second_backward")

# %%
number = torch.tensor(2.0, requires_grad=True)
for _ in range(2):
    (number * number).backward()
reveal("second_backward", number.grad.item())

# %% [markdown]
# `backward` adds to what is there: call *zero_grad* in every round ([00c](00c_learning.ipynb#4.-Five-lines-that-learn)). Second: is dropout off when you measure? Third: does a step move the parameters? Fourth: is softmax taken twice?

# %%
net = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Linear(8, 3))
once, again = net.train()(x), net(x)
claim("In training mode the same input gives two answers.", not torch.equal(once, again))
claim("After eval() it gives one.", torch.equal(net.eval()(x), net(x)))

optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
net[2] = nn.Linear(8, 3)  # the optimiser still has the old one
before = net[2].weight.clone()
net(x).sum().backward()
optimizer.step()
claim("The new layer does not move: make the optimiser last.", torch.equal(before, net[2].weight))

sure, label = torch.tensor([[100.0, 0.0]]), torch.tensor([0])
print(f"{F.cross_entropy(sure, label):.2f} {F.cross_entropy(sure.softmax(-1), label):.2f}")
V = model.config.vocab_size
print(f"{V:,} tokens: {math.log(math.e + V - 1) - 1:.2f}; knowing nothing: {math.log(V):.2f}")

# %% [markdown]
# A model that is sure and right has the loss 0. With softmax before *cross_entropy*, which takes it itself, it can't come below the second number; with all our tokens it stays near knowing nothing.
#
# **A loss that stays** has other reasons too: the third test, or a rate that is too low. *Can it learn one row by heart?* If the loss of that row doesn't go to nearly 0 in some hundred steps, look at model, loss, optimiser and rate, not at data or size. (Several rows that begin alike can't get there: after the same words each goes on in its own way.) But labels that are wrong pass this test:

# %%
# the losses of a small model on a row of 9 ids that it has learned, and on another row
right, not_moved = by_heart(lambda row: row[1:]), by_heart(lambda row: row[:-1])
mixed_up = by_heart(lambda row: row.flip(0)[1:])
claim("All three are learned by heart.", max(right[0], not_moved[0], mixed_up[0]) < 0.1)
claim("Labels not moved are right on the unread row, too.", not_moved[1] < 0.1 < 1 < right[1])

# %% [markdown]
# So decode a row and its labels, and read them side by side. And **a loss that is too good**, on unread rows as well, mostly means that the answer stands in what goes in: labels not moved by one place ask for a copy ([06](06_full_model.ipynb#3.-Two-checks-before-the-first-weight)).

# %% [markdown]
# ## 7. Generation

# %%
errors.begin("7. Generation")
ids = tokenizer.encode("the cat sat on the")
with errors.raised("ids first: `tokenizer.encode_prompt(text)`"):
    next(generate(model, "the cat"))
with errors.raised("an empty text has no last token to go on from"):
    next(generate(model, []))
with errors.raised("shorten the prompt, or take a model with a longer context"):
    next(generate(model, ids * 2000))
with errors.raised("`next(...)`, a `for`, or `list(...)` of a few: it makes one token at a time"):
    generate(model, ids)[0]
with errors.raised("a share, such as 0.9"):
    Sampler(top_p=90)
with errors.raised("look at the spelling in its docstring"):
    Sampler(temp=0.7)
print(tokenizer.decode([*ids, next(generate(model, ids))]))

# %% [markdown]
# The model itself takes a batch `[B, T]`. And who draws by hand meets scores that are no chances:

# %%
with errors.raised("one text is a batch of one: `ids[None]`"):
    model(torch.tensor(ids))
with errors.raised("softmax first, and look for nan in the scores"):
    torch.multinomial(torch.tensor([0.5, float("nan")]), 1)
with errors.raised("every token was filtered away: keep at least the favourite"):
    torch.multinomial(torch.zeros(3), 1)
print(list(model(torch.tensor(ids)[None]).shape))

# %% [markdown]
# It repeats itself: greedy, without a penalty ([01](01_tokens_and_sampling.ipynb#3.-Greedy:-always-the-favourite)). It never stops, or writes both sides of a talk: the wrong template, or an end token that the loop does not know ([07](07_generation.ipynb#5.-When-to-stop,-and-what-to-show)). It writes nonsense with weights that loaded: compare part by part ([06](06_full_model.ipynb#8.-Three-patients)).

# %% [markdown]
# ## 8. Setup and Colab

# %%
errors.begin("8. Setup and Colab")
with errors.raised(
    "run this page's first cell; at home, `python3 course.py lab` starts Jupyter with all that it needs"
):
    importlib.import_module("lessons_libs")
with errors.raised(
    "the names are in the lesson's import cell; is it the version that the notebook belongs to?"
):
    importlib.import_module("lessons_lib.generator")
with errors.raised("a line with % or ! belongs into a notebook, not into a .py file"):
    compile("%pip install torch", "a file", "exec")
with errors.raised("the id stands in the stub below the exercise", "exercise .+? course"):
    hint("topp")

# %% [markdown]
# What no cell can raise:
#
# | It | does | do |
# |---|---|---|
# | course.py | says *or newer, this is Python* | install a newer Python and start it with that one |
# | course.py | says *no network* | go online: the first start needs it once |
# | course.py | says *the environment does not work* | delete the folder .venv; it is made anew |
# | Jupyter | knows another Python than your terminal, so a package that is installed is missing | `import sys; sys.executable` in a cell says which; start it by `python3 course.py lab` |
# | Jupyter | shows an empty panel, or *model not found* | run the cell again: a panel lives with its kernel |
# | the kernel | has run cells in another order than they stand | *Restart and run all*: what then still fails is real |
# | an edit of a module | changes nothing | restart the kernel: an import runs once |
# | Colab | forgets everything after a pause | run from the top; keep files in your Drive |
# | Colab | asks to restart after an installation | do it once, and don't install torch anew: it has one |
# | a download | stops without the net | models and texts that were fetched once are used again offline |

# %% [markdown]
# ## 9. Make it small
#
# What fails after an hour on a million rows fails in a second on the right three. To find them:
#
# 1. Make it fail again. Set the seeds, restart the kernel, run from the top.
# 2. Halve: the data, the steps, the layers. Keep the half that still fails, and go on.
# 3. Replace what you loaded by numbers that you can see: `torch.ones(2, 3)`.
# 4. Take lines out, until each that is left is needed.
#
# Here a program can't bear one of 64 texts. Six questions find it:


# %%
def program(texts):
    return [text.split()[0] for text in texts]


texts = [f"text {number}" for number in range(64)]
texts[37] = "   "
asked = 0
while len(texts) > 1:
    half, asked = texts[: len(texts) // 2], asked + 1
    try:
        program(half)
        texts = texts[len(texts) // 2 :]
    except IndexError:
        texts = half
print(texts, asked)

# %% [markdown]
# (Halving finds one culprit. Where it takes two together, exercise 3 does better.)

# %% [markdown]
# ## 10. Ask
#
# **When**: when you can say what you expected and what came, and have tried for half an hour. Not before: making it small finds many faults. Not much later: somebody may have met it.
#
# **How**: a title that says what fails, not *help*. The smallest program that fails, as text and not as a picture, which somebody else can run as it stands. The whole error. What you expected. What you have tried. Versions:
#
# ```python
# import platform, torch, lessons_lib
# print(platform.platform(), platform.python_version(), torch.__version__, lessons_lib.__version__)
# ```
#
# **Where**: look whether it was asked before, with the words of the error that are nobody's names. Then the issues of the project whose code raised it: of this course, if the arrow is in a lesson or in `lessons_lib`. Leave out passwords, keys and other people's texts. And when it is solved, write what it was: the next one who searches will be you.

# %% [markdown]
# ## 11. The table
#
# All errors above with a mend, by the alphabet, as they were raised when this page was built. (Not in it: those of graphics cards, [section 4](#4.-Devices-and-memory), and of course.py, [section 8](#8.-Setup-and-Colab).)

# %%
errors.table()

# %% [markdown]
# ## Say it in your own words

# %%
say("where_to_look", "what_says_nothing")

# %% [markdown]
# ## Exercises
#
# Three programs. The first two are broken: mend them. In a cell of your own, `hint("mean_rows")` helps a step at a time, and `show_solution("mean_rows")` shows one way.
#
# ### {exercise: mean_rows}
#
# ```python
# def my_mean_rows(table, lists):
#     return table[torch.tensor(lists)].mean(0)
# ```
#
# It was to give a vector for each text, the mean of its tokens' rows. It has three faults: two stop it on some inputs, one gives a wrong shape.


# %% tags=["exercise"]
def my_mean_rows(table, lists):
    """a table [V, C] of floats or whole numbers and a list of N lists of ids, each with one id or
    more, to floats [N, C]: for each list the mean of the rows that its ids name, an id that comes
    twice counted twice"""
    ...


check("mean_rows", my_mean_rows)

# %% [markdown]
# ### {exercise: quiet_training}
#
# ```python
# def my_training(model, inputs, labels, steps, lr):
#     optimiser = torch.optim.SGD(model.parameters(), lr=lr)
#     losses = []
#     for _ in range(steps):
#         loss = F.cross_entropy(model(inputs).softmax(-1), labels)
#         loss.backward()
#         optimiser.step()
#         losses.append(loss)
#     return losses
# ```
#
# Three faults, and not one error.


# %% tags=["exercise"]
def my_training(model, inputs, labels, steps, lr):
    """a model, inputs [N, C], labels [N], a number of steps and a learning rate to a list of plain
    numbers: the loss of all inputs before each step. In each step the parameters move by minus lr
    times the slopes of this loss alone (SGD)."""
    ...


check("quiet_training", my_training)

# %% [markdown]
# ### {exercise: smallest_example}
#
# Section 9 as a program, for failures that need several things together.


# %% tags=["exercise"]
def my_smallest(items, fails):
    """a list that fails, and a function fails, which says of a list whether it fails, to a new
    list: as long as there is an item without which the rest still fails, the leftmost such item
    goes. The list that was given stays as it was."""
    ...


check("smallest_example", my_smallest)

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - Read from below: what, then where; mend the lowest line at which what came in was right.
# - Shape, dtype, device: print the three before you think.
# - What raises nothing is found by a test of two lines, made before the long run.
# - Make it small, then ask.
#
# **Next:** back to what stopped you. Words that are new stand in the next appendix, A4.
