# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 09 · Training
#
# **How does it learn?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [slopes by backward](00c_learning.ipynb#1.-The-slope-of-everything:-autograd), [cross entropy](00c_learning.ipynb#3.-How-wrong-is-a-guess?) and [the five lines that learn](00c_learning.ipynb#4.-Five-lines-that-learn); [tokens](02_bpe_tokenizer.ipynb); [the causal mask](04_attention.ipynb); [the full model](06_full_model.ipynb) |
# | It adds to `lessons_lib` | `training/`: losses, optimisers, recipe, the run and its saved state |
#
# {route}

# %%
# {setup}

# %%
import copy
import math
import tempfile

import torch
from IPython.display import display
from torch import nn
from torch.nn import functional as F

import lessons_lib
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
from lessons_lib.classroom.lessons.lesson09 import figures, schedules
from lessons_lib.classroom.lessons.lesson09.shared import (
    FAULTS,
    one_a_row,
    share_of_the_thing,
    tiny_model,
    tiny_rows,
)
from lessons_lib.classroom.lessons.lesson09.stories import judge, stories, surprise_of_choices
from lessons_lib.classroom.lessons.lesson09.symptoms import RECORDED
from lessons_lib.classroom.lessons.lesson09.watch import Watch
from lessons_lib.generation import Request, Sampler, generate_batch
from lessons_lib.tokenizer import train_bpe
from lessons_lib.training import (
    Recipe,
    Rows,
    Run,
    TrainingError,
    flat_then_down,
    held_out_loss,
    pack,
)

use_style()

# %% [markdown]
# ## The finished thing first
#
# Until now every weight came from somebody else. In this lesson none does. Here is what the model will read: four thousand short stories, made by a small grammar, and two hundred more that it never gets to see.

# %%
read, unread = stories(4000), stories(200, seed=1)
print(read[0])
claim("No unread story is among the 4,000.", not set(read) & set(unread))

# %% [markdown]
# The grammar chooses a child, a thing, a trouble and a helper. Sentence after sentence comes back to them. Whoever continues such a story must look back: which thing was it? *he* or *she*? So a program can judge what a model writes, and `judge` does.
#
# The tokenizer is trained on the stories too ([lesson 02](02_bpe_tokenizer.ipynb)). Then `pack` lays stories one behind the other into rows, with a separator before each. The story that reaches a row's end is cut there, its rest is dropped, and the next row begins with a new one. We lose much text, but no row begins in the middle.

# %%
names = {"vocab_size": 640, "special_tokens": ["<|endoftext|>"], "show_progress": False}
tokenizer = train_bpe(read[:500], **names)  # ** hands over a dict as named arguments
separator = tokenizer.encode("<|endoftext|>", allow_special=True)[0]


ids = [tokenizer.encode(text) for text in read]
rows = pack(ids, 112, separator)  # [N, T + 1]
kept = rows.numel() / sum(len(story) + 1 for story in ids)
print(
    f"{kept:.0%} of the tokens are kept: {rows.shape[0]:,} rows of {rows.shape[1]} ids; vocabulary {tokenizer.vocab_size}"
)
print([tokenizer.decode([i]) for i in rows[0, :9].tolist()])

# %% [markdown]
# Every row begins with the separator, because that is what a sample will begin with. (A second story in a row also sees the end of the first.) The model is the Transformer of lesson 06 in small, its weights drawn at random:

# %%
torch.manual_seed(0)
config = ModelConfig(
    vocab_size=640,
    hidden_size=128,
    intermediate_size=352,
    num_hidden_layers=3,
    num_attention_heads=4,
    max_position_embeddings=256,
    tie_word_embeddings=True,
)
model = Transformer(config)
untrained = copy.deepcopy(model)  # to look at later
print(f"{model.num_parameters():,} numbers, all of them random")

# %% [markdown]
# To see what it writes, we start several texts from the separator at once and let the model choose ([lesson 07](07_generation.ipynb)), at temperature 0.7:


# %%
def write(model, count):
    requests = [
        Request([separator], 140, Sampler(temperature=0.7, seed=i), stop_token_ids=[separator])
        for i in range(count)
    ]
    texts = [""] * count
    for i, token in generate_batch(model, requests, tokenizer):
        texts[i] += token.text
    return texts


def how_many_right(texts):
    verdicts = [judge(text) for text in texts]
    return {what: sum(getattr(v, what) for v in verdicts) for what in ("thing", "pronoun", "name")}


# %%
predict("first_loss")

# %%
predict("what_comes_first")

# %% [markdown]
# Now press run, and watch. `getattr(v, "thing")` above is `v.thing`; a `Run` is a loop that takes one training step a round. It has two learning rates, for the two optimisers of sections 4 and 5.

# %%
recipe = Recipe(steps=240, batch_size=8, learning_rate=0.01, matrix_learning_rate=0.03)
watch, losses, lengths, right, states, written = Watch(), [], [], {}, {}, write(model, 1)
display(watch)
for report in Run(model, Rows(rows), recipe):
    losses.append(report.loss)
    lengths.append(report.grad_norm)
    if report.step in (80, 160, 240):
        written = write(model, 32)
        right[report.step] = how_many_right(written)
        states[report.step] = copy.deepcopy(model)
    if report.step % 20 == 0:
        watch.update(losses, 240, written[0], f"right of 32 stories, by step: {right}")

# %%
after, end = right[80], right[240]
reveal("first_loss", round(losses[0], 1))
claim("Of 32 stories at least 28 keep one thing to the end.", end["thing"] >= 28)
claim("At least 28 have the right pronoun.", end["pronoun"] >= 28)
claim("None of them is one of the 4,000.", not set(written) & set(read))
means = [sum(losses[last - 10 : last]) / 10 for last in (80, 160)]
claim(
    "After 80 steps at most 4 of 32 keep one thing; after 160 at least 20.",
    after["thing"] <= 4 and right[160]["thing"] >= 20,
)
claim("Between, the loss fell by less than 0.4.", 0 < means[0] - means[1] < 0.4)
tokens, fall = share_of_the_thing(states[80], states[160], unread, tokenizer, separator)
claim("Of the tokens of unread stories fewer than 5% name the thing.", tokens < 0.05)
claim("From step 80 to 160 more than a third of the fall there is theirs.", fall > 1 / 3)
early = "the pronoun" if after["pronoun"] > after["thing"] + 4 else "the thing or both alike"
reveal("what_comes_first", early)

# %% tags=["hide-input"]
show(
    figures.falling(losses, {"ln 640: knowing nothing": math.log(640)}),
    alt="Bars of the loss over 240 steps. It starts at about 6.5, the level of knowing nothing, falls below 1 within 80 steps, "
    "and then slowly to about 0.4. At step 80 most stories have the right pronoun and few the right thing; at 160 most have both.",
)

# %% [markdown]
# Read the bars with the stories that you saw. In the steep part the model finds words and sentences: that needs little memory. The right thing comes much later, where the loss falls little: not one token in twenty names the thing, and more than a third of the fall is theirs. **A small difference in loss can be the difference that you care about.** And low losses are easy here: there are twenty sentence patterns.
#
# The rest of the lesson takes one step apart:

# %% tags=["hide-input"]
show(
    figures.a_step(),
    alt="A circle of boxes. Rows [B, T + 1] go into the model and give the labels, which has learned numbers; scores [B, T, V]; cross entropy of scores and labels; "
    "gradient by backward; cut to length 1; AdamW and Muon times the rate; and from there back to the model, which moves.",
)

# %% [markdown]
# ## 1. What is asked: the next token, everywhere
#
# A row of ids holds questions and answers at once. All ids but the last are read. All but the first are to be named: the [**labels**](../book/glossary.md#label) are the row moved by one place. The causal mask hides from each place what comes after it, so 112 questions are answered in one pass, each from its own past. What came before is always the true text, not what the model would have written itself ([**teacher forcing**](../book/glossary.md#teacher-forcing)).

# %% tags=["hide-input"]
show(
    figures.shifted(["[sep]", *(tokenizer.decode([i]).strip() for i in rows[0, 1:7].tolist())]),
    alt="Six places, one below the other. The first has read the separator and is to name Once. The second has read "
    "the separator and Once and is to name there. And so on, to the sixth, which is to name boy.",
)

# %%
inputs, labels = rows[:1, :-1], rows[:1, 1:]  # [1, T] each
with torch.no_grad():
    scores = untrained(inputs)  # [1, T, V]
every = F.cross_entropy(scores[0], labels[0], reduction="none")  # [T]: one loss a place
print(f"{len(every)} losses, the mean {every.mean():.1f}; ln 640 is {math.log(640):.1f}")

# %% [markdown]
# So the first loss was no accident. A model that knows nothing gives every token about 1/640, and $-\ln(1/640) = \ln 640$. If yours starts far above it, it is sure of wrong things: look at how its weights are drawn. Far below it, it sees the answers.
#
# Some places must not count: filling at the end of a row, or a question when only the answer is to be learned. By convention their label is −100 ([**ignore index**](../book/glossary.md#ignore-index)), and the mean is over the rest. If nothing is left, it is a mean over no numbers: *nan*, "not a number".

# %%
some = labels[0].clone()
some[5:] = -100
mean_of_five = F.cross_entropy(scores[0], some)
claim("The mean is over the five that are left.", torch.allclose(mean_of_five, every[:5].mean()))
print("over none:", F.cross_entropy(scores[0], torch.full_like(some, -100)).item())

# %% [markdown]
# Our `Run` refuses such a batch (section 11).
#
# ## 2. One backward pass by hand
#
# Where do the slopes begin? At the scores. Three tokens have the chances 0.5, 0.3 and 0.2, and the second is right. The loss is $-\ln 0.3$. Its slope for each score is **the chance, minus 1 where the token is right**: 0.5, −0.7, 0.2. Why? The loss is $\ln(e^{z_1} + e^{z_2} + e^{z_3}) - z_2$. Nudge a score: the first part moves by that token's chance, the second by 1 for the right one. A step against it lowers the first and the third score and raises the second, and the three sum to 0.
#
# And one layer further back? The scores came from a vector $x$ as $W x$: row $i$ of $W$ times $x$. Nudge the number in row $i$ and column $j$, and score $i$ changes by $x_j$ times the nudge. So its slope is the error of score $i$ times $x_j$. With $x = (1, 2)$ the first row has $0.5 \cdot 1$ and $0.5 \cdot 2$.

# %%
error = torch.tensor([0.5, 0.3 - 1, 0.2])  # [V]
x = torch.tensor([1.0, 2.0])  # [C]
by_hand = error[:, None] * x  # [V, C]
W = torch.zeros(3, 2, requires_grad=True)
b = torch.tensor([0.5, 0.3, 0.2]).log()  # makes the chances those of above
F.cross_entropy(W @ x + b, torch.tensor(1)).backward()
print(by_hand)
claim("Autograd finds the same.", torch.allclose(W.grad, by_hand))

# %% [markdown]
# That is all there is to the last layer: *error times input*. What goes further back is a slope for each $x_j$: the sum over $i$ of error $i$ times the weight $W_{ij}$, in code `error @ W`. The next layer does the same with it ([the chain of lesson 00c](00c_learning.ipynb#1.-The-slope-of-everything:-autograd)).
#
# ## 3. What is new in the loop
#
# Lesson 00c had five lines: predict, compare, clear, slopes, step. They stay. Three things are added: a step that suits each number (sections 4 and 5), a rate that changes (6), and a guard against sudden long gradients (6).
#
# ## 4. AdamW: each number its own step
#
# The plain step is rate times gradient. Suppose that one number has gradients around 100 and another around 0.01. Whatever the rate, it is far too large for one or far too small for the other.
#
# [**Adam**](../book/glossary.md#adam) keeps two running means for each number: $m$ of its gradients $g$ and $v$ of their squares. Each round moves $m$ by a tenth of the way to $g$, and $v$ by a twentieth of the way to $g^2$. The step is the rate times $m / \sqrt{v}$.
#
# On paper, first step, $g = 100$: $m = 0.1 \cdot 100 = 10$, and $v = 0.05 \cdot 10{,}000 = 500$. Both started at 0 and are too small. Divide by the share that they have got so far, $1 - 0.9^1 = 0.1$ and $1 - 0.95^1 = 0.05$: that gives 100 and 10,000. (At step $t$ the shares are $1 - 0.9^t$ and $1 - 0.95^t$.) And $100 / \sqrt{10{,}000} = 1$. Do it with $g = 0.01$.

# %%
predict("which_moves_further")


# %%
def plain_adamw(p, g, m, v, t, lr, decay=0.1):
    """Step number t, from 1. p, m and v change in place."""
    m += 0.1 * (g - m)
    v += 0.05 * (g**2 - v)
    p *= 1 - lr * decay
    p -= lr * (m / (1 - 0.9**t)) / ((v / (1 - 0.95**t)).sqrt() + 1e-8)  # never divides by 0


def moves(gradients, lr=0.1):
    p, m, v = (torch.zeros(len(gradients[0]), dtype=torch.float64) for _ in range(3))
    for t, g in enumerate(torch.tensor(gradients, dtype=torch.float64), start=1):
        plain_adamw(p, g, m, v, t, lr, decay=0)
    return [f"{x:.2f}" for x in p.tolist()]


steady, jumping = moves([[100, 0.01]] * 3), moves([[1.0], [-1.0]] * 50)
print("gradients 100 and 0.01, three steps:", steady)
print("a hundred gradients 1:", moves([[1.0]] * 100))
print("1 and −1 in turn, a hundred:", jumping)
reveal("which_moves_further", "both equally far" if steady[0] == steady[1] else "not equally far")

# %% [markdown]
# The size of a gradient cancels. What counts is whether its signs agree: a hundred steps in one direction lead 10 far, to and fro 0.18.
#
# The W is [**weight decay**](../book/glossary.md#weight-decay): each number also shrinks by a small share of itself, apart from the gradient. Added to the gradient it would be divided by $\sqrt{v}$ too, and numbers with large gradients would hardly decay. Norms and biases are left out.

# %%
generator = torch.Generator().manual_seed(0)
numbers = torch.randn(31, 6, 4, generator=generator, dtype=torch.float64)
p, m, v = numbers[0].clone(), torch.zeros(6, 4).double(), torch.zeros(6, 4).double()
theirs = nn.Parameter(numbers[0].clone())
optimizer = torch.optim.AdamW([theirs], lr=0.01, betas=(0.9, 0.95), weight_decay=0.1)
for t, g in enumerate(numbers[1:], start=1):
    theirs.grad = g
    optimizer.step()
    plain_adamw(p, g, m, v, t, lr=0.01)
claim("After 30 steps torch's AdamW agrees with ours.", torch.allclose(theirs, p))

# %% [markdown]
# The price: two more numbers for each weight, kept for the whole run.
#
# ## 5. Muon: each direction its own step
#
# AdamW looks at each number alone. But the numbers of a matrix work together, and in its gradient a few directions are usually much stronger than all others. [**Muon**](../book/glossary.md#muon) makes all directions of the running mean about equally strong. It is for the matrices inside; the embedding, here the last layer too, and the norms go to AdamW: hence the recipe's two rates. [D6](deeper/D6_training_further.ipynb#1.-Muon:-each-direction-its-own-step) shows how it works, on paper and in ten lines.
#
# ## 6. How far, when
#
# **The rate** follows a [**schedule**](../book/glossary.md#learning-rate-schedule). It rises over the first steps ([**warm-up**](../book/glossary.md#warm-up)), stays, and falls to 0 over the last part. The usual reasons: the first gradients come from random weights, and at the end large steps jump to and fro around a good place. (Many older recipes go down half a wave of the cosine instead.)


# %%
def plain_rate(step, steps, warm_up=0.04, decay=0.5):
    """The share of the learning rate at a step, from 0."""
    up = (step + 1) / (warm_up * steps)
    down = (steps - step) / (decay * steps)
    return min(up, down, 1)


ours = [flat_then_down(step, 240, 0.04, 0.5) for step in range(240)]
claim("The library's is the same.", ours == [plain_rate(step, 240) for step in range(240)])

# %% [markdown]
# And how large is the rate at its highest? There is no formula: people try a few, far apart, on short runs. So did we, for 100 steps of a small model that reads stories word by word: three rates, with and without a warm-up and a way down, each of the 12 settings with eight seeds (`benchmarks/recordings.py`). The curves show the batches' losses, the numbers that on unread stories after the last step. Before you move a slider: at which rate will the way down matter most?

# %%
explore(figures.scheduled, **schedules.sliders())

# %%
runs = schedules.recorded()  # by (warm-up, way down, rate), each with eight losses
for rate in schedules.RATES:
    plain, down, up, both = (
        sum(runs[warm_up, way, rate].loss) / 8 for warm_up in (0, 0.1) for way in (0, 0.5)
    )
    print(
        f"{schedules.learning_rate(rate):4}: neither {plain:.2f}, way down {down:.2f}, warm-up {up:.2f}, both {both:.2f}"
    )

higher = schedules.higher  # in how many of eight pairs with one seed the first has the higher loss
for rate, helped in ((2, 1), (8, 16)):
    warm_up = sum(higher((0, way, rate), (0.1, way, rate)) for way in (0, 0.5))
    way_down = sum(higher((up, 0, rate), (up, 0.5, rate)) for up in (0, 0.1))
    what = f"Of 16 pairs at {schedules.learning_rate(rate)} the warm-up helps {helped}, the way down all."
    claim(what, (warm_up, way_down) == (helped, 16))

# %% [markdown]
# So no schedule is best whatever the rate. At 0.01 all four end within 0.02 of each other. At 0.16 a run with neither goes wrong, and with both it comes near the rest. At 0.04 the way down helps, and the warm-up makes it worse (15 of 16 pairs). The best of all is 0.04 with a way down; for another model, or ten times as many steps, it need not be.
#
# **The length.** All slopes together are one long arrow. If it is longer than 1, it is cut to 1 and keeps its direction ([**clipping**](../book/glossary.md#gradient-clipping)). A gradient (3, 4) has the length $\sqrt{9 + 16} = 5$ and becomes (0.6, 0.8).
#
# Does AdamW not cancel the size? Only if all gradients share it. A single long one stays in $m$ for many steps, and makes $v$ so large that the next ones hardly count.


# %%
def plain_clip(parameters):
    parameters = list(parameters)  # model.parameters() can be gone through only once
    length = sum((p.grad**2).sum() for p in parameters) ** 0.5
    for p in parameters:
        p.grad /= max(length, 1)


one, two = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
one.grad, two.grad = torch.tensor([3.0]), torch.tensor([4.0])
plain_clip([one, two])
print([round(p.grad.item(), 3) for p in (one, two)])
calm = [[1.0], [-1.0]] * 25
for odd in (1000.0, 1.0):
    print(f"1 and −1 in turn, and once {odd:,.0f}:", moves([*calm, [odd], *calm[:20]]))
claim("In our run the first ten gradients were cut.", min(lengths[:10]) > 1)
claim("Of the last fifty, none was.", max(lengths[-50:]) < 1)

# %% [markdown]
# To and fro the number had come 0.18 far. The odd gradient takes it to 0.64 in twenty steps of the rate 0.1; cut to 1, to 0.26.
#
# ## 7. The run, by hand
#
# Now three steps with the pieces that we built. The model is much smaller, computes in 64 bits, and reads stories byte by byte; all of it goes to AdamW.

# %%
data = Rows(tiny_rows())
slow = Recipe(steps=8, batch_size=4, learning_rate=0.01, matrix_learning_rate=None, warm_up=0.25)
by_hand, ours = tiny_model(), []
memory = [(p, torch.zeros_like(p), torch.zeros_like(p)) for p in by_hand.parameters()]
for step in range(3):
    inputs, labels = data.batch(step, 4)  # the four rows that this step reads
    loss = F.cross_entropy(by_hand(inputs).flatten(0, 1), labels.flatten())
    ours.append(loss.item())
    by_hand.zero_grad()
    loss.backward()
    plain_clip(by_hand.parameters())
    lr = slow.learning_rate * plain_rate(step, 8, slow.warm_up)
    with torch.no_grad():
        for p, m, v in memory:
            plain_adamw(p, p.grad, m, v, step + 1, lr, decay=0.1 if p.ndim == 2 else 0)
run = Run(tiny_model(), data, slow)
theirs = [run.advance().loss for _ in range(3)]
print([round(loss, 3) for loss in ours])
same = [abs(one - other) < 1e-5 for one, other in zip(ours, theirs, strict=True)]
claim("By hand the losses are the library's.", all(same))

# %% [markdown]
# Leave out the cut, the rate or the decay, and the claim fails. `data.batch(step, 4)` is a pure function: the same step gives the same rows. Section 9 lives on that.
#
# ## 8. A batch in parts
#
# If a batch does not fit into memory, it is worked off in parts: `backward` adds to the slopes that are there, so two parts and then one step are one batch ([**gradient accumulation**](../book/glossary.md#gradient-accumulation)). One thing goes wrong easily. Part one has 6 labels with a mean loss of 2, part two has 2 labels with a mean of 4. The batch's mean is $(6 \cdot 2 + 2 \cdot 4) / 8 = 2.5$. The mean of the means is 3: the two labels of the second part count twice what they should. [transformers](https://github.com/huggingface/transformers/pull/34191) had this fault, and others too.

# %%
inputs, labels = data.batch(0, 4)
labels[2:, 8:] = -100  # of the last two rows only eight labels count


def gradient(parts, kind, divisor):
    model = tiny_model()
    for read, named in zip(inputs.chunk(parts), labels.chunk(parts), strict=True):
        loss = F.cross_entropy(model(read).flatten(0, 1), named.flatten(), reduction=kind)
        (loss / divisor).backward()
    return torch.cat([p.grad.flatten() for p in model.parameters()])


at_once = gradient(1, "mean", 1)
by_sums, by_means = gradient(2, "sum", (labels != -100).sum()), gradient(2, "mean", 2)
for name, found in (("sums by all labels", by_sums), ("mean of the means", by_means)):
    print(f"two parts, {name}: off by {(found - at_once).norm() / at_once.norm():.0%}")

# %% [markdown]
# In a recipe `accumulate` is the number of parts.

# %%
small = Recipe(steps=8, batch_size=4)
library = [report.loss for report in Run(tiny_model(), data, small)]
split = Run(tiny_model(), data, Recipe(steps=8, batch_size=4, accumulate=4))
near = [abs(report.loss - loss) < 1e-6 for report, loss in zip(split, library, strict=True)]
claim("A run in four parts has the same losses.", all(near))

# %% [markdown]
# ## 9. Kill it and go on
#
# Long runs die: a power cut, a full disk. What must be on the disk so that the run goes on as if nothing had happened?

# %%
predict("without_memory")

# %%
with tempfile.TemporaryDirectory() as folder:  # deleted at the end
    killed = Run(tiny_model(), data, small)
    for _ in range(4):
        killed.advance()  # one step
    killed.save(f"{folder}/run")
    resumed = Run.resume(f"{folder}/run", data, tiny_model(seed=5))  # its weights are replaced
forgetful = Run(copy.deepcopy(resumed.model), data, small)
forgetful.step = 4  # the right rows and rates, and optimisers that remember nothing
last = [report.loss for report in resumed]
claim("The resumed run has the same losses, bit for bit.", last == library[4:])
without = [report.loss for report in forgetful]
same = [one == other for one, other in zip(without, library[4:], strict=True)]
print("without the optimisers' memory:", same)
reveal("without_memory", "the first of them" if same == [True, False, False, False] else "other")

# %% [markdown]
# The first loss is measured before the first step, so it is right and reassures. A [**checkpoint**](../book/glossary.md#checkpoint) holds the weights, the optimisers' means and counts, the step and the recipe, in a `.safetensors` and a `.json` file. Neither the place in the data nor the state of a random generator is needed, for both follow from the step.
#
# ## 10. Learned, or learned by heart?
#
# The loss on rows that were read can be low for a bad reason. Here the tiny model sees the same four rows 120 times. (Each pass through all examples is an [**epoch**](../book/glossary.md#epoch), here of one step.)

# %%
four = tiny_rows()[:4]
unread_rows, crammed = tiny_rows(16, seed=1), tiny_model()
at, known, new = [0], [held_out_loss(crammed, four)], [held_out_loss(crammed, unread_rows)]
for report in Run(crammed, Rows(four), Recipe(steps=120, batch_size=4)):
    if report.step % 10 == 0:
        at.append(report.step)
        known.append(held_out_loss(crammed, four))
        new.append(held_out_loss(crammed, unread_rows))
claim("On unread rows the loss is lowest at step 30.", at[new.index(min(new))] == 30)

# %% tags=["hide-input"]
show(
    figures.by_heart(at, known, new),
    alt="Two losses over 120 steps, both from 5.5. That on the four rows falls to nearly 0. That on unread rows falls to "
    "about 3 by step 30, and then rises above 4.",
)

# %% [markdown]
# At first it learns what holds for all stories. From about step 30 on it learns four beginnings by heart, and what it says of others gets worse ([overfitting](../book/glossary.md#overfitting)). So every run keeps text aside ([**validation**](../book/glossary.md#validation) text), as we did, and stops, or gets more text, when the loss there rises. The loss a token has a weakness, though: with longer tokens there are fewer and harder guesses. Divide by bytes instead, and take the logarithm to base 2 ([**bits a byte**](../book/glossary.md#bits-a-byte)): then models with different vocabularies can be compared.

# %%
size = sum(len(text.encode()) for text in unread)
tokens = sum(len(tokenizer.encode(text)) + 1 for text in unread)  # with its separator
whole = one_a_row([tokenizer.encode(text) for text in unread], separator)  # filled up with −100
nats = held_out_loss(model, whole)  # of whole stories, as the grammar's number
perfect = surprise_of_choices() * len(unread) / tokens  # nats a token
ours, best = (each / math.log(2) * tokens / size for each in (nats, perfect))
print(f"knowing the grammar: {perfect:.2f} nats a token, {best:.2f} bits a byte")
claim("Ours needs less than 0.15 bits a byte on whole unread stories.", ours < 0.15)
claim("It pays at most 0.06 nats a token more than the grammar.", 0 < nats - perfect < 0.06)

# %% [markdown]
# Here, for once, we know how good a model can be. A story's only surprises are the grammar's choices: girl or boy, which of ten names, which of fourteen things. A perfect reader would pay the sum of their logarithms, or slightly less, for not every choice is told. Of real text nobody knows that number.
#
# ## 11. What goes wrong
#
# A run that goes on after *nan* destroys in one step what it learned in thousands. `Run` looks before it steps: a bad loss or gradient raises an error, and the weights are those before.

# %%
nothing = torch.full((4, 49), -100)
broken = tiny_model()
with torch.no_grad():
    broken.model.layers[0].mlp.down_proj.weight[0, 0] = math.nan
for what, run in {
    "all labels ignored": Run(tiny_model(), Rows(nothing), small),
    "a weight that is no number": Run(broken, data, small),
}.items():
    try:
        run.advance()
    except TrainingError as error:
        print(f"{what}: {error}")

# %% [markdown]
# ## 12. Where it goes from here
#
# The model is a Llama like any other. Saved with its tokenizer it opens here and in transformers:

# %%
with tempfile.TemporaryDirectory() as folder:
    lessons_lib.save_pretrained(model, folder, tokenizer)
    opened, _ = lessons_lib.load(folder)
with torch.no_grad():
    claim("It comes back as it was.", torch.equal(opened(rows[:1, :-1]), model(rows[:1, :-1])))

# %% [markdown]
# The same run as one command: `python -m lessons_lib.training my-text.txt` trains on a text of your own, saves as it goes, and goes on where it stopped. What size buys, how a word's vector moves while the model learns, and what 16 bits do is shown in [D6](deeper/D6_training_further.ipynb). On several processes or machines the same job file runs under [torchrun](https://docs.pytorch.org/docs/stable/elastic/run.html).
#
# ## Exercises
#
# ### {exercise: batch_loss}
#
# Section 8 as a function. Ignored places may stand anywhere in a part.


# %% tags=["exercise"]
def my_batch_loss(parts):
    """a list of parts, each a list of pairs (loss, label) of its places, to the mean loss of the whole batch: over all
    places whose label is not -100. At least one label counts; a part may have none."""
    ...


check("batch_loss", my_batch_loss)

# %% [markdown]
# ### {exercise: bits_a_byte}
#
# Several texts at once this time. Add up before you divide, and count bytes, not letters.


# %% tags=["exercise"]
def my_bits_a_byte(texts, losses):
    """a list of texts and a list with, for each text, the losses of its tokens in nats, to the bits a byte over all
    texts together. A text's bytes are those of UTF-8."""
    ...


check("bits_a_byte", my_bits_a_byte)

# %% [markdown]
# ### {exercise: collate}
#
# `pack` fills rows to the end. Conversations and questions are rather kept apart, one a row, and the rest of the row is filled up. (A function that makes a batch of such texts is called *collate* in PyTorch.)


# %% tags=["exercise"]
def my_collate(texts, begin):
    """a list of texts, each a list of at least one id, and the id of the separator, to two lists of rows, inputs and
    labels. A row reads the separator and then the text; each place's label is the token that follows, and the last
    token's is the separator. All rows are one longer than the longest text: shorter ones are filled up at the right,
    inputs with the separator and labels with -100."""
    ...


check("collate", my_collate)

# %% [markdown]
# The next exercise is about five runs of the tiny model, 60 steps each, with AdamW alone at a rate of 0.01 that never changes. Each has one fault.

# %%
print("      step 1   step 11   step 60   unread")
for run, (_, *shown) in RECORDED.items():
    print(f"run {run}", *(f"{each:>8}" for each in shown))
for number, fault in enumerate(FAULTS, start=1):
    print(f"{number}: {fault}")

# %% [markdown]
# ### {exercise: symptoms}
#
# The vocabulary is all bytes, 2 to the power of 8 of them. On unread rows the labels are made as in training, fault included.

# %% tags=["exercise"]
# a list of five whole numbers: the number of the fault of run A, of B, C, D and E.
check("symptoms", ...)

# %% [markdown]
# ### {exercise: lion}
#
# *Lion* was found by a search through programs. Its step goes by the sign of a mixture, 0.9 of the running mean and 0.1 of the gradient: each number moves by the rate, up or down, against that sign. Weights decay as in AdamW. What is kept as the new running mean is another mixture: 0.99 of the old one and 0.01 of the gradient.


# %% tags=["exercise"]
def my_lion(p, g, m, lr, decay):
    """numbers p, their gradient g and their running mean m, three tensors of one shape, a learning rate lr and a decay,
    to a pair of tensors: the new p and the new m. The inputs stay as they are."""
    ...


check("lion", my_lion)

# %% [markdown]
# ### {exercise: training}
#
# Section 7's loop as a function, with another schedule and a decay of all. `torch.optim.AdamW` is allowed; by hand you learn more. The check hands it a fresh model that reads stories, and compares every loss, and the loss on unread stories at the end.


# %% tags=["exercise"]
def my_training(model, batches, lr):
    """a model, a list of n batches, each a pair of inputs [B, T] and labels [B, T], and a learning rate lr, to the list
    of n losses, each the mean over the labels that are not -100, before its step. After batch s, from 0, the model has
    taken a step of AdamW at the rate lr * min((s + 1) / (n / 4), (n - s) / (n / 2), 1): betas 0.9 and 0.95, eps 1e-8,
    decay 0.1 for all parameters, norms too. A gradient whose length over all parameters is more than
    1 is cut to 1 before."""
    ...


check("training", my_training)

# %% [markdown]
# When it passes, put these lines into a cell of your own. In about a minute your loop trains the model of the beginning, from new random weights, and it tells a story. How many of 32 keep their thing, without Muon?
#
# ```python
# yours = Transformer(config)
# my_training(yours, [Rows(rows).batch(step, 8) for step in range(240)], 0.01)
# print(write(yours, 1)[0])
# print(how_many_right(write(yours, 32)))
# ```
#
# ## Say it in your own words

# %%
say("why_every_place", "why_divide_by_the_squares", "what_a_resume_needs")

# %% [markdown]
# ## Quiz

# %%
quiz("09")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - Labels are the row moved by one place; every place is a question. A model that knows nothing has the loss ln V.
# - The slope of the scores is chance minus truth; that of a layer is error times input.
# - AdamW evens out numbers, Muon directions. Warm up, stay, go down; cut long gradients. A high rate needs its way down.
# - In parts, add up by tokens. To go on bit for bit, keep the optimisers' memory too.
# - Judge on text that was kept aside, in bits a byte, and by what you care about: a small fall in loss brought the right thing.
#
# **Papers.** [Kingma and Ba 2015](https://arxiv.org/abs/1412.6980), *Adam*. [Loshchilov and Hutter 2019](https://arxiv.org/abs/1711.05101), *Decoupled Weight Decay Regularization* (AdamW). [Loshchilov and Hutter 2017](https://arxiv.org/abs/1608.03983), *SGDR* (the cosine). [Pascanu and others 2013](https://arxiv.org/abs/1211.5063), *On the difficulty of training recurrent neural networks* (clipping). [Chen and others 2023](https://arxiv.org/abs/2302.06675), *Symbolic Discovery of Optimization Algorithms* (Lion). [Eldan and Li 2023](https://arxiv.org/abs/2305.07759), *TinyStories*: small models, and stories written for them.
#
# **Next:** in lesson 09b parts of the block are taken out, one by one, and the model is trained again.
