# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # A2 · Maths refresher
#
# **Which maths from school does a language model use, and what for?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | some Python ([appendix A1](A1_python.ipynb)), and the maths of school, however long ago |
# | It adds to `lessons_lib` | nothing: it explains what the rest computes with |
#
# {route}

# %%
# {setup}

# %%
import math

import numpy as np
import torch
from ipywidgets import FloatSlider, IntSlider

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
from lessons_lib.classroom.lessons.lessonA2 import figures
from lessons_lib.classroom.lessons.lessonA2.shared import chances_of, real_model, scores_and_ids

use_style()

# %% [markdown]
# ## The finished thing first
#
# How likely is a sentence? SmolLM2, the model of this course, reads a sign that a text begins, then one [token](../book/glossary.md#token) (a word or a piece of one) after the other, and before each it says how likely it is. Two sentences of the same words:

# %%
for text in ("The cat sat on the mat.", "The mat sat on the cat."):
    chances = [chance for token, chance in chances_of(text)]
    surprise = -sum(math.log(chance) for chance in chances) / len(chances)
    print(*(f"{token}:{chance:.1e}" for token, chance in chances_of(text)))
    print(f"  chance {math.prod(chances):.1e}, perplexity {math.exp(surprise):.0f}")

# %% [markdown]
# `8.2e-10` is 0.00000000082; ␣ is a space, part of its token. For a cat on a mat, is that little? And what has 20 to do with it? By the end of section 7 you can say.
#
# Nine short topics follow. Run all cells once; then each can be read alone.

# %% [markdown]
# ## 1. Numbers: sums, powers, logarithms
#
# *Where it is used:* in [the perplexity of lesson 01](01_tokens_and_sampling.ipynb).
#
# **Sums.** $\sum_{i=1}^{3} x_i$ says: add up $x_1$, $x_2$ and $x_3$. The small letter, an **index**, counts the places; Python counts from 0. $\prod$ multiplies where $\sum$ adds.
#
# **Scientific notation.** `3e-4` is 3 · 10⁻⁴, the 3 moved four places behind the point: 0.0003. `1.35e8` is 135 million.
#
# **Powers.** $2^3 = 2 \cdot 2 \cdot 2 = 8$; the small number is the [**exponent**](../book/glossary.md#exponent). One more doubles, one less halves:

# %% tags=["hide-input"]
show(
    figures.ladder(),
    alt="A ladder in two rows. Above, the exponents -2, -1, 0, 1, 2, 3, 4; below, the powers of 2: a quarter, a half, "
    "1, 2, 4, 8, 16. A step to the right adds 1 above and doubles below.",
)

# %% [markdown]
# Read to the left, this is why $2^0 = 1$ and $2^{-1} = \frac12$. Half a step, taken twice, must double: so $2^{1/2} = \sqrt2$. Two steps and three steps are five: to multiply powers of the same number, add the exponents, $2^2 \cdot 2^3 = 2^5$.
#
# [**Logarithms**](../book/glossary.md#logarithm) read the ladder from below: how many times must 1 be doubled to make 8? Three times, so $\log_2 8 = 3$. Since exponents add up, **the logarithm of a product is the sum of the logarithms**. On paper: $\log_2 (4 \cdot 8) = 2 + 3 = 5$, and 2⁵ is 32.
#
# `log` alone means the natural logarithm, in this course as in Python: to which power must $e$, about 2.718, be raised? It counts in [**nats**](../book/glossary.md#nat), log₂ in **bits**; one nat is 1 / log 2 bits, which is 1.443.
#
# What is $e$ good for? Of all $a^x$, only $e^x$, written [**exp(x)**](../book/glossary.md#exponential-function), is its own slope (section 9). And exp makes a positive number of any number, as softmax needs.

# %%
print("sum", sum([2, 3, 5]), "product", math.prod([2, 3, 5]))
print("log2:", math.log2(4), "+", math.log2(8), "=", math.log2(4 * 8))
print("log of 8:", round(math.log(8), 3), "nats,", round(math.log(8) / math.log(2), 3), "bits")
print("one nat:", round(1 / math.log(2), 3), "bits")
print("exp of -1, 0, 1:", [round(math.exp(x), 3) for x in (-1, 0, 1)])
size = real_model()[0].num_parameters()
print(f"SmolLM2 has {size:.3g} learned numbers, {size / 1e6:.0f} million")

# %% tags=["hide-input"]
show(
    figures.exp_and_log(),
    alt="The curve of exp(x), always above 0 and ever steeper, through (0, 1), and the curve of log x, its mirror "
    "image, through (1, 0): defined for positive x, without end below near 0, ever flatter to the right.",
)

# %% [markdown]
# exp is never 0, and it soon runs away. Its mirror image, log, exists for positive numbers only, and falls without end on the way to 0.

# %%
predict("log_of_an_eighth")

# %%
reveal("log_of_an_eighth", int(math.log2(1 / 8)))

# %% [markdown]
# ## 2. Vectors: length, dot product, cosine
#
# *Where it is used:* for [queries that look for keys](04_attention.ipynb#4.-Query,-key,-value).
#
# A single number is a [**scalar**](../book/glossary.md#scalar). A list of them is a [**vector**](../book/glossary.md#vector): a place, or an arrow to it. Vectors are added place by place: (3, 4) + (1, 0) = (4, 4). The **length** of a = (3, 4) is Pythagoras: $|a| = \sqrt{3^2 + 4^2} = 5$.
#
# The [**dot product**](../book/glossary.md#dot-product) multiplies place by place and adds up. For a and b = (4, 3) it is 3 · 4 + 4 · 3 = 24. It is also the two lengths times the cosine of the angle between the arrows:
#
# $$a \cdot b = \sum_i a_i b_i = |a|\,|b| \cos\theta$$
#
# So the [**cosine**](../book/glossary.md#cosine-similarity) is 24 / (5 · 5) = 0.96: nearly the same direction. It is 1 for the same direction, 0 at right angles and −1 for opposite ones.


# %%
def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def cosine(a, b):
    return dot(a, b) / math.sqrt(dot(a, a) * dot(b, b))


a = (3, 4)
for b in [(4, 3), (8, 6), (12, 0), (-4, 3), (-3, -4)]:
    print(a, b, "dot", dot(a, b), "cosine", round(cosine(a, b), 2))

# %%
explore(
    figures.two_vectors,
    angle=IntSlider(value=50, min=0, max=180, step=5),
    length=FloatSlider(value=2.5, min=0.5, max=3, step=0.25),
)

# %% [markdown]
# The dotted line drops b onto the line of a. The dot product is the length of a, here 2, times the place of the foot, which is negative beyond 90°. Length can beat direction: above, (12, 0) has a larger dot product with (3, 4) than (4, 3) has, and a smaller cosine.

# %%
predict("right_angles")

# %%
reveal("right_angles", dot((3, 4), (-40, 30)))

# %% [markdown]
# ## 3. Matrices: rows meet columns
#
# *Where it is used:* everywhere. [Lesson 00b](00b_tensors.ipynb#6.-The-product-of-matrices) goes through it slowly.
#
# A [**matrix**](../book/glossary.md#matrix) is a table of numbers. Its shape names rows first: [2, 3] has two rows of three. In the [**product**](../book/glossary.md#matrix-product) `A @ B` each row of A meets each column of B, and each meeting is a dot product.

# %% tags=["hide-input"]
show(
    figures.rows_meet_columns([[1, 2, 0], [0, 1, 3]], [[4, 1], [2, 0], [1, 2]], row=1, column=0),
    alt="Matrix A with the rows 1 2 0 and 0 1 3, matrix B with the rows 4 1, 2 0 and 1 2, and their product with the "
    "rows 8 1 and 5 6. The second row of A and the first column of B are marked: 0 · 4 + 1 · 2 + 3 · 1 = 5.",
)

# %% [markdown]
# The drawing follows one meeting, which makes 5. On paper, the first row meets the first column: 1 · 4 + 2 · 2 + 0 · 1 = 8. A row must be as long as a column, so **the inner sizes are equal, and the outer ones stay**: [2, 3] @ [3, 2] gives [2, 2]. The order counts: B @ A has the shape [3, 3].
#
# Read it in a second way. The row (½, ¼, ¼) times B is half of B's first row plus a quarter of each of the other two: a [**weighted mean**](../book/glossary.md#weighted-mean) of rows.

# %%
A = torch.tensor([[1.0, 2, 0], [0, 1, 3]])
B = torch.tensor([[4.0, 1], [2, 0], [1, 2]])
print("A @ B", (A @ B).tolist(), " B @ A has the shape", list((B @ A).shape))
print("weighted mean", (torch.tensor([0.5, 0.25, 0.25]) @ B).tolist())

# %% [markdown]
# The [**transpose**](../book/glossary.md#transpose), A.T, turns rows into columns. Sums of rows or of columns (`dim`, `keepdim`) are in [section 4](00b_tensors.ipynb#4.-Along-which-axis?) of lesson 00b, tables of unequal shapes that are added in [section 5](00b_tensors.ipynb#5.-Broadcasting:-one-row-for-all).

# %%
predict("shape_of_scores")

# %%
reveal("shape_of_scores", str(list((torch.zeros(4, 576) @ torch.zeros(576, 49_152)).shape)))

# %% [markdown]
# ## 4. Angles: sine, cosine, turning
#
# *Where it is used:* for [positions](04b_positions.ipynb#4.-Rotary-positions:-turn-queries-and-keys): our model turns the vectors that it compares (queries and keys), two numbers at a time, further for later words. No other lesson needs this section.
#
# Walk along the circle of radius 1, from its rightmost point against the clock. After an angle θ you stand at (cos θ, sin θ). On paper: at 0° that is (1, 0), at 90° (0, 1), at 180° (−1, 0). Python measures the angle by the way walked: 180° are π, about 3.142 [**radians**](../book/glossary.md#radian).

# %% tags=["hide-input"]
show(
    figures.circle_and_waves(60),
    alt="Left, a circle of radius 1 with a point at 60 degrees, 0.5 to the right and 0.87 up. Right, the two "
    "coordinates as waves over the angle, with dots at 0.5 and 0.87 for 60 degrees: cosine starts at 1, sine at 0, "
    "both come round again after 360 degrees.",
)

# %% [markdown]
# Left, the point at 60°; right, its two coordinates at every angle. So a turn by θ takes (1, 0) to (cos θ, sin θ). It takes (0, 1), which is a quarter turn ahead, to (−sin θ, cos θ). And (x, y) is x of the one and y of the other, after the turn as before:
#
# $$(x, y) \;\to\; x\,(\cos\theta, \sin\theta) + y\,(-\sin\theta, \cos\theta) = (x\cos\theta - y\sin\theta,\;\; x\sin\theta + y\cos\theta)$$

# %% tags=["hide-input"]
show(
    figures.turned_vector(2, 1, 35),
    alt="Left, the arrow to (2, 1): two steps of (1, 0) and one of (0, 1). Right, all of it turned by 35 degrees: the "
    "arrow is two steps of (0.82, 0.57) and one of (-0.57, 0.82).",
)

# %% [markdown]
# The steps are turned; there are still two and one. Turning keeps lengths. Turn two vectors by the same angle: the angle between them stays, and so does their dot product. Turn them by different angles: only the difference counts. So turning by the place in the text makes a score depend on how far apart two words stand.


# %%
def turn(vector, degrees):
    x, y = vector
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return x * cos - y * sin, x * sin + y * cos


print("π:", round(math.pi, 3), " (1, 0) by 90°:", [round(x, 3) for x in turn((1, 0), 90)])
query, key = (2, 1), (1, 3)
for by_query, by_key in [(0, 0), (50, 50), (30, 10), (80, 60)]:
    score = dot(turn(query, by_query), turn(key, by_key))
    print(f"turned by {by_query}° and {by_key}°: dot product {score:.3f}")

# %%
predict("turned_alike")

# %%
first, second = (dot(turn((1, 0), a), turn((1, 0), b)) for a, b in [(50, 20), (90, 60)])
reveal("turned_alike", "neither" if math.isclose(first, second) else "the first two")

# %% [markdown]
# ## 5. Chances: softmax, and products of many
#
# *Where it is used:* for [every next token](01_tokens_and_sampling.ipynb#2.-From-scores-to-chances).
#
# A [**distribution**](../book/glossary.md#distribution) shares out one whole: a chance (probability) for each thing that may happen, none below 0, together 1. [**Softmax**](../book/glossary.md#softmax) makes one of any scores: take exp of each, divide by the sum. On paper: the scores 0, 0.693 and 1.386 have the exps 1, 2 and 4, so their chances are 1/7, 2/7 and 4/7. (exp soon grows larger than any float, so programs [first take the largest score away](01_tokens_and_sampling.ipynb#2.-From-scores-to-chances); no chance changes.)

# %%
scores = torch.tensor([0, math.log(2), math.log(4)])
chances = scores.exp() / scores.exp().sum()
for name, row in (("scores", scores), ("exp", scores.exp()), ("softmax", chances)):
    print(f"{name:7}", [round(x, 3) for x in row.tolist()])

# %% [markdown]
# **And** multiplies. Two dice are [**independent**](../book/glossary.md#independence): neither changes the chances of the other, and two sixes have 1/6 · 1/6 = 1/36. Words are not: in the opening *the* had another chance after *The cat sat on* than after *The mat sat on*. So each factor is the chance of a token **given** all before it, for which a bar is written: P(cat | the) is the chance of *cat* after *the*. This is the [**chain rule of probability**](../book/glossary.md#chain-rule-of-probability), exact for any text:
#
# $$P(\text{the cat sat}) = P(\text{the}) \cdot P(\text{cat} \mid \text{the}) \cdot P(\text{sat} \mid \text{the cat})$$
#
# (The sign that a text begins is given everywhere.) On paper: 0.5 · 0.2 · 0.1 = 0.01. No factor is above 1, so many of them soon make a number that no float can hold: it becomes 0. That is [**underflow**](../book/glossary.md#underflow); adding logarithms avoids it.

# %%
chances = [chance for token, chance in chances_of("The cat sat on the mat.")]
sum_of_logs = sum(math.log(chance) for chance in chances)
print(f"cat: product {math.prod(chances):.1e}, sum of logs {sum_of_logs:.1f}")
print(f"exp of that sum {math.exp(sum_of_logs):.1e}")
page = [0.1] * 400
print(f"page: product {math.prod(page)}, sum of logs {sum(math.log(p) for p in page):.1f}")

# %% tags=["hide-input"]
show(
    figures.vanishing_product(0.1, 400),
    alt="The product of chances of 0.1 against the number of tokens: a straight line down on a logarithmic axis. "
    "In 32 bits it is 0 from token 46 on, in 64 bits from token 324 on.",
)

# %% [markdown]
# Read the crosses: 46 such tokens are too many for torch, which keeps a number in 32 bits of memory, 324 for Python, which takes 64. (Another *bit* than that of surprise.) The sum of logarithms stays an ordinary number.

# %% [markdown]
# ## 6. Surprise and entropy
#
# *Where it is used:* as [the number that training makes smaller](00c_learning.ipynb#3.-How-wrong-is-a-guess?).
#
# The surprise at what comes is −log of its chance. In bits, a chance of ½ surprises by 1, ¼ by 2, ⅛ by 3, certainty by 0.
#
# [**Entropy**](../book/glossary.md#entropy) is the mean surprise of somebody who knows the true chances, each outcome counted as often as it comes. For ½, ¼, ¼ it is ½ · 1 + ¼ · 2 + ¼ · 2 = 1.5 bits. [**Cross entropy**](../book/glossary.md#cross-entropy) is the mean surprise of somebody who believes other chances. Who believes ¼, ¼, ½ pays ½ · 2 + ¼ · 2 + ¼ · 1 = 1.75 bits. Nobody pays less than the entropy.

# %%
true, believed = [1 / 2, 1 / 4, 1 / 4], [1 / 4, 1 / 4, 1 / 2]
entropy = sum(p * -math.log2(p) for p in true)
cross_entropy = sum(p * -math.log2(q) for p, q in zip(true, believed, strict=True))
print(f"entropy {entropy} bits, cross entropy {cross_entropy} bits")

# %%
predict("eight_sides")

# %%
reveal("eight_sides", int(sum(1 / 8 * -math.log2(1 / 8) for side in range(8))))

# %% [markdown]
# ## 7. Loss and perplexity
#
# *Where it is used:* in [a check before the first weight](06_full_model.ipynb#3.-Two-checks-before-the-first-weight).
#
# In a text the true chances stand nowhere, but it follows them. Let it be *a a a a b b c c*. Who believes ¼, ¼, ½ for a, b, c is surprised by 2 bits six times and by 1 bit twice: 14 / 8 = 1.75 bits, the cross entropy again, by a plain mean. So a model's **loss** is the mean of −log of the chances that it gave to the tokens that came.
#
# [**Perplexity**](../book/glossary.md#perplexity) undoes the logarithm: exp of a loss in nats, 2 to the power of a loss in bits. The model was as surprised, on average, as by a choice among so many equals.

# %%
came = "aaaabbcc"
loss = sum(-math.log2(believed["abc".index(letter)]) for letter in came) / len(came)
print(f"loss {loss} bits, perplexity {2**loss:.2f}")

nats = -sum_of_logs / len(chances)
print(f"cat on mat: {nats:.2f} nats, {nats / math.log(2):.2f} bits")
print(f"perplexity {math.exp(nats):.0f}")
print(f"knowing nothing: {math.log2(49_152):.1f} bits")
sentences = [chances_of("The cat sat on the mat."), chances_of("The mat sat on the cat.")]

# %% tags=["hide-input"]
show(
    figures.surprises(sentences, 49_152),
    alt="Bars of the surprise of each token in bits, for both sentences, with a dotted line at 15.6 for somebody who "
    "knows nothing. The cat sat on the mat: mean 4.3, all bars below the line. The mat sat on the cat: mean 8.9; mat "
    "and sat rise above the line.",
)

# %%
cat_bits, mat_bits = ([-math.log2(chance) for token, chance in row] for row in sentences)
more = sum(mat_bits) - sum(cat_bits)
print(f"{more:.1f} bits: 2 to that power is {2**more:.1e}")

# %% [markdown]
# This answers the opening. A chance of `8.2e-10` is what seven tokens come to if each is one among 20 equals. Somebody who knows nothing has 49,152 to choose from, and pays 15.6 bits for each token, the dotted line.
#
# The other sentence costs 32 bits more, so the first is five billion times as likely.

# %%
predict("knowing_nothing")

# %%
reveal("knowing_nothing", round(math.exp(-math.log(1 / 49_152))))

# %% [markdown]
# ## 8. Mean and spread
#
# *Where it is used:* in [the square root of attention](04_attention.ipynb#5.-Why-divide-by-the-square-root-of-D), and wherever trained models are compared.
#
# Take 3, 5, 7. Their [**mean**](../book/glossary.md#mean) is 5. The distances from it are −2, 0, 2, their squares 4, 0, 4. The mean square is the [**variance**](../book/glossary.md#variance), 8 / 3 = 2.67, and its root the [**standard deviation**](../book/glossary.md#standard-deviation) (sd), 1.63: roughly, how far a number lies from the mean.
#
# Divide by n where these are all the numbers there are, as the layer norm of [lesson 05](05_transformer_block.ipynb) does. Divide by n − 1 where they are a sample of more: 8 / 2 = 4, sd 2. A sample lies closer to its own mean than to the true one, and n − 1 makes up for it. **numpy takes n, torch takes n − 1**; with `correction=0` torch takes n.

# %%
x = torch.tensor([3.0, 5.0, 7.0])
print(f"mean {x.mean():.0f}, variance by numpy {np.var([3, 5, 7]):.2f}, by torch {x.var():.2f}")
print(f"sd by torch {x.std():.2f}, with correction=0 {x.std(correction=0):.2f}")

# %% [markdown]
# **Variances of independent numbers add up**, in a sum and in a difference too. A sum of 64 numbers of variance 1 has the variance 64, and the sd 8, not 64. Numbers of sd 3 and 4 differ with an sd of 5, since 9 + 16 = 25.
#
# So a sum of n numbers has an sd of √n · sd. Divide it by n: the mean has sd / √n, the [**standard error**](../book/glossary.md#standard-error). For 3, 5, 7 as a sample it is 2 / √3 = 1.15.

# %%
# 10,000 rows of 64 numbers by chance, of mean 0 and variance 1; draws[:, 0] is the first column
draws = torch.randn(10_000, 64, generator=torch.Generator().manual_seed(0))
print(f"sd of sums of 64: about {draws.sum(-1).std():.0f}")
print(f"sd of differences: about {(3 * draws[:, 0] - 4 * draws[:, 1]).std():.0f}")
print(f"standard error of the sample: {x.std() / math.sqrt(len(x)):.2f}")

# %% tags=["hide-input"]
show(
    figures.means_of_dice((1, 4, 16)),
    alt="How the mean of dice is spread. One die: six equal bars, sd 1.7. Four dice: a hill around 3.5, sd 0.85. "
    "Sixteen dice: a narrow hill, sd 0.43.",
)

# %% [markdown]
# Four times as many dice, half the sd. A mean ± 2 standard errors holds the true mean about 19 times of 20, if the numbers are many. With eight it takes 2.4 standard errors (for numbers spread like a bell), with three 4.3: three runs prove little.

# %%
predict("half_the_error")

# %%
error = {runs: 1 / math.sqrt(runs) for runs in (8, 16, 32)}  # of runs with an sd of 1
print({runs: round(size, 3) for runs, size in error.items()})
reveal("half_the_error", 4 if math.isclose(error[32], error[8] / 2) else 0)

# %% [markdown]
# ## 9. Slopes: gradient and chain rule
#
# *Where it is used:* in [lesson 00c](00c_learning.ipynb#1.-The-slope-of-everything:-autograd), and in every training after it.
#
# How steep is x² at 3? Nudge: (3.001² − 3²) / 0.001 = 6.001. The smaller the nudge, the closer to 6 (until rounding spoils it), and in general to 2x. That is the [**slope**](../book/glossary.md#slope) (derivative): growth per unit of x, over a tiny nudge. For a function f it is written f′(x), read *f prime*.

# %% tags=["hide-input"]
show(
    figures.slopes_of_a_square((-2, 0, 3), nudge=0.5),
    alt="Left, the parabola x squared with a tangent at three places: slope -4 at -2, slope 0 at 0, slope 6 at 3. "
    "Right, the nudge at 3: 0.5 to the right, 3.25 up, so 6.5 for a nudge as large as that.",
)

# %% [markdown]
# Right, the slope as growth over nudge. Left: where it is positive, a smaller x makes the result smaller; where it is negative, a larger one does. At the bottom it is 0.
#
# Nudged to both sides, the errors nearly cancel: `nudged` does so. At three places it shows that exp is its own slope.


# %%
def nudged(f, x, h=1e-4):
    return (f(x + h) - f(x - h)) / (2 * h)


for h in (0.5, 0.001, 1e-15):
    growth = (3 + h) ** 2 - 3**2
    print(f"x² from 3 to {3 + h}: {growth:.3g} more, slope {growth / h:.4g}")
for x in (-1, 0, 1):
    print(f"exp at {x}: value {math.exp(x):.3f}, slope {nudged(math.exp, x):.3f}")

# %% [markdown]
# With several numbers, nudge one at a time and leave the others: a [**partial derivative**](../book/glossary.md#partial-derivative) each. All of them in a list are the [**gradient**](../book/glossary.md#gradient). It points uphill, so training steps against it.
#
# The [**chain rule**](../book/glossary.md#chain-rule): if u moves three times as fast as x, and y twice as fast as u, then y moves six times as fast as x. *Slopes of links multiply.* On paper, for $f = (2w + b - 7)^2$ at w = 1, b = 1: the inside u is −4; u² has the slope 2u = −8; u has the slope 2 in w and 1 in b. So the gradient is (−16, −8). torch follows such chains by itself: `requires_grad` makes it remember them, `backward()` walks them back, `.grad` holds the result.


# %%
def f(w, b):
    return (2 * w + b - 7) ** 2


in_w = nudged(lambda w: f(w, 1), 1)
in_b = nudged(lambda b: f(1, b), 1)
print("nudged:", round(in_w, 3), round(in_b, 3))
w = torch.tensor(1.0, requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)
f(w, b).backward()
print("torch: ", w.grad.item(), b.grad.item())
print("one step of 0.05 against it:", f(1, 1), "->", round(f(1 - 0.05 * -16, 1 - 0.05 * -8), 3))
print(f"100 links of 0.9: {0.9**100:.1e}; 100 links of 1.1: {1.1**100:.1e}")

# %% [markdown]
# The last line is the trouble with networks of many layers. [Lesson 05's stream](05_transformer_block.ipynb#1.-The-stream:-nobody-crosses-out,-everybody-adds) is one way out.

# %%
predict("slope_of_a_chain")

# %%
reveal("slope_of_a_chain", round(nudged(lambda x: (3 * x) ** 2, 1)))

# %% [markdown]
# ## Quick tables
#
# | powers and logarithms | |
# |---|---|
# | exp(a + b) = exp(a) · exp(b) | log(ab) = log a + log b |
# | exp(−a) = 1 / exp(a) | log(a / b) = log a − log b |
# | exp(ab) = exp(a)ᵇ | log(aᵇ) = b · log a |
# | exp(log a) = a | log₂ a = log a / log 2 |
# | 1 + a + … + aᵏ = (1 − aᵏ⁺¹) / (1 − a), a not 1 | log 1 = 0, exp(0) = 1 |
#
# | product | shape |
# |---|---|
# | [N, K] @ [K, M] | [N, M] |
# | [K] @ [K] | a scalar: the dot product |
# | [N, K] @ [K] | [N] |
# | [B, N, K] @ [K, M] | [B, N, M]: axes in front are kept |
# | (A @ B).T | B.T @ A.T |
#
# | function of x | x² | exp(x) | log x | f(g(x)) | sum of f and g |
# |---|---|---|---|---|---|
# | slope | 2x | exp(x) | 1 / x | f′(g(x)) · g′(x) | f′(x) + g′(x) |

# %% tags=["hide-input"]
a, b, exp, log = 0.7, 2.5, math.exp, math.log
pairs = [
    (exp(a + b), exp(a) * exp(b)),
    (exp(-a), 1 / exp(a)),
    (exp(a * b), exp(a) ** b),
    (exp(log(a)), a),
    (sum(a**i for i in range(6)), (1 - a**6) / (1 - a)),
    (log(a * b), log(a) + log(b)),
    (log(a / b), log(a) - log(b)),
    (log(a**b), b * log(a)),
    (math.log2(a), log(a) / log(2)),
    (log(1), 0),
    (exp(0), 1),
]
claim("The first table holds for two numbers tried.", all(math.isclose(*p) for p in pairs))
table, vector, other = torch.zeros(2, 3), torch.zeros(3), torch.zeros(3, 4)
products = table @ other, vector @ vector, table @ vector, torch.zeros(5, 2, 3) @ other
shapes = [list(product.shape) for product in products]
claim("The shapes are torch's.", shapes == [[2, 4], [], [2], [5, 2, 4]])
claim("(A @ B).T equals B.T @ A.T.", torch.equal((A @ B).T, B.T @ A.T))
slopes = [
    (lambda x: x**2, 2 * a),
    (exp, exp(a)),
    (log, 1 / a),
    (lambda x: exp(x**2), exp(a**2) * 2 * a),
    (lambda x: x**2 + log(x), 2 * a + 1 / a),
]
claim(
    "Nudging agrees with all five slopes.",
    all(math.isclose(nudged(g, a), slope, rel_tol=1e-6) for g, slope in slopes),
)

# %% [markdown]
# ## Exercises
#
# Write each function where the dots are and run the cell. `hint("error_bar")` in a cell of your own helps a step at a time, `show_solution("error_bar")` shows one way.
#
# ### {exercise: rows_meet_columns}
#
# On plain lists: three loops show what `@` does.


# %% tags=["exercise"]
def my_product(a, b):
    """a [N][K] and b [K][M], each a list of rows, to their product [N][M], a list of rows: the
    number in row i and column j is the sum of a[i][k] * b[k][j] over all k.
    """
    ...


check("rows_meet_columns", my_product)

# %% [markdown]
# ### {exercise: product_shapes}
#
# On paper first: [2, 3] @ [3, 5]; [3, 5] @ [2, 3]; [4] @ [4, 6]; [7, 4, 8] @ [8, 2]; and A.T @ B for A [2, 3] and B [2, 5].


# %% tags=["exercise"]
def my_shapes():
    """nothing to five shapes in a list, each a list of sizes, such as [[1, 2], ...]; "none" for a
    product that does not exist.
    """
    ...


check("product_shapes", my_shapes)

# %% [markdown]
# ### {exercise: standardise}
#
# Each row should get the mean 0 and the variance 1, the variance divided by n. `broken` does something else: find two faults, and write it right.


# %% tags=["exercise"]
def broken(x):
    return (x - x.mean(0)) / x.std(0)


def my_standardised(x):
    """x [N, C], no row of which is constant, to the same shape: each row with mean 0 and variance
    1, the variance divided by C.
    """
    ...


check("standardise", my_standardised)

# %% [markdown]
# ### {exercise: three_links}
#
# The chain rule with a new link in the middle: exp.


# %% tags=["exercise"]
def my_slope(w, x, y):
    """numbers w, x, y to the slope of (math.exp(w * x) - y) ** 2 in w, a number."""
    ...


check("three_links", my_slope)

# %% [markdown]
# ### {exercise: error_bar}
#
# Runs are a sample of all that there could be. Two standard errors are too narrow for so few, as section 8 says; take two all the same.


# %% tags=["exercise"]
def my_error_bar(values):
    """values, a list of two or more numbers, to the pair (low, high): the mean minus and plus two
    standard errors, the variance divided by n - 1.
    """
    ...


check("error_bar", my_error_bar)

# %% [markdown]
# ### {exercise: sentence_perplexity}
#
# `check` hands you SmolLM2's own scores, for the sentences of the opening and for a page of digits, whose chances can't be multiplied; scores with 1,000 added, whose exp no float holds; and a token whose chance no float of 32 bits holds. `torch.log_softmax` takes softmax and log in one step. Of row i you need the column ids[i].


# %% tags=["exercise"]
def my_perplexity(scores, ids):
    """scores [N, V] and token ids [N], where row i holds the model's scores for the place of token
    i, to the perplexity, a number; for a page as well as for a sentence, and where 1,000 is added to
    every score, or a token's chance is too small for a float.
    """
    ...


check("sentence_perplexity", my_perplexity)

# %% [markdown]
# Beside your number, exp of torch's own mean surprise:

# %%
scores, ids = scores_and_ids("The cat sat on the mat.")
print(f"torch: {torch.nn.functional.cross_entropy(scores, ids).exp():.0f}")

# %% [markdown]
# ## Say it in your own words

# %%
say(
    "why_logarithms",
    "dot_or_cosine",
    "what_meets_what",
    "better_by_a_little",
    "what_a_gradient_tells",
)

# %% [markdown]
# ## Quiz

# %%
quiz("A2")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - Logarithms turn products into sums.
# - Rows meet columns: inner sizes equal, outer ones stay.
# - A text's chance is a product; its perplexity is exp of the mean surprise.
# - Four times as many runs: half the standard error.
# - A gradient holds one slope for each number; slopes of links multiply.
#
# **Next:** back to the lesson that sent you here; or [lesson 00b](00b_tensors.ipynb) and [lesson 01](01_tokens_and_sampling.ipynb).
