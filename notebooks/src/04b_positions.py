# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 04b · Positions
#
# **How does attention know the order?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [attention](04_attention.ipynb): query, key, value, mask and heads; [sine, cosine and turning](A2_maths.ipynb#4.-Angles:-sine,-cosine,-turning); [hooks](00c_learning.ipynb#6.-Switches-and-a-window); [rows of a table](03_embeddings.ipynb) |
# | It adds to `lessons_lib` | `layers/position.py` |
#
# {route}

# %%
# {setup}

# %%
import math

import ipywidgets as widgets
import torch

import lessons_lib
from lessons_lib import ModelConfig
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
from lessons_lib.classroom.lessons.lesson04b import figures
from lessons_lib.classroom.lessons.lesson04b.shared import (
    CAT_FIRST,
    DOG_FIRST,
    positions_as,
)
from lessons_lib.layers import (
    LearnedPositions,
    apply_rope,
    attention,
    rope_frequencies,
    rotation,
    sinusoidal_positions,
)

use_style()

# %% [markdown]
# ## The finished thing first
#
# Two texts of the same words. Only the order says who came first:

# %%
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
config = model.config


def next_chances(text):
    """The model's chances [V] for the token after a text."""
    with torch.no_grad():
        return model(torch.tensor([tokenizer.encode(text)]))[0, -1].softmax(-1)


def dog_and_cat(text):
    return [float(next_chances(text)[tokenizer.encode(animal)[0]]) for animal in (" dog", " cat")]


def show_answers(title):
    print(title)
    for text in (DOG_FIRST, CAT_FIRST):
        dog, cat = dog_and_cat(text)
        print(f"   {text} …   dog {dog:.2f}   cat {cat:.2f}")


show_answers("as it was trained:")

# %% [markdown]
# It is right both times. How does the order get in? Inside a block `with positions_as(f):` each layer is told other places: f(0), f(1), f(2), … for 0, 1, 2, …

# %%
predict("all_at_place_0")

# %%
with positions_as(lambda place: 0 * place):
    show_answers("everybody at place 0:")
    likeliest = max(dog_and_cat(DOG_FIRST) + dog_and_cat(CAT_FIRST))
lost = "hardly either animal, to both alike"
reveal("all_at_place_0", lost if likeliest < 0.05 else "the right animal to each, less surely")

# %% [markdown]
# No error, the same weights, the same words: and both texts get nearly the same answer. So this model does not get the order from attention alone: it has to be told. This lesson shows three ways of saying it, and builds the one of this model.
#
# ## 1. One look loses the order
#
# A look, as [lesson 04](04_attention.ipynb#4.-Query,-key,-value) built it: a query meets every key, softmax makes weights of the scores, and the values are added up with these weights. Say the query's scores are ln 3 for *dog* and 0 for *cat*: weights of 3/4 and 1/4. The result is 3/4 of dog's value plus 1/4 of cat's. Now swap the two words. Their scores go with them, and so do their values: 1/4 of cat's plus 3/4 of dog's. **A sum does not depend on the order of its terms.**
#
# We try it with the first sentence of our texts and the model's own rows. *dog* is at place 3 and *cat* at 7, or the other way round. To keep it short, every row is its own query, key and value:


# %%
def rows_of(text):
    with torch.no_grad():
        return model.model.embed_tokens(torch.tensor(tokenizer.encode(text)))  # [T, C]


def look(x, causal=False):
    x = x[None, None]  # [1, 1, T, C]: one text, one head
    return attention(x, x, x, causal=causal)[0, 0]  # [T, C]


dog = rows_of("First came the dog, then the cat.")  # [9, C]
cat = rows_of("First came the cat, then the dog.")
swap = [0, 1, 2, 7, 4, 5, 6, 3, 8]  # 3 and 7 change places
claim("Every word receives the same in both orders.", torch.allclose(look(dog), look(cat)[swap]))
with_mask, swapped = look(dog, causal=True), look(cat, causal=True)[swap]  # [9, C] each
differ = [p for p in range(9) if not torch.allclose(with_mask[p], swapped[p], atol=1e-5)]
claim(
    "With a causal mask, all from the first swapped word up to the second differ, and no others.",
    differ == [3, 4, 5, 6, 7],
)

# %% [markdown]
# The mask of lesson 04 brings a little order: *dog* at place 3 has not seen *cat*, at place 7 it has. The tokens between them have seen one animal only. The last token, though, sees all the others, without order. In a second layer it meets a *dog* that has seen *cat* or has not (most words are left out here):
# %% tags=["hide-input"]
show(
    figures.two_layers(),
    alt="Twice three rows of boxes, below the words, above what they have seen after one layer, on top the last word. "
    "On the left dog comes first: it has seen dog alone, and cat has seen both. On the right cat comes first: it has "
    "seen cat alone, and dog both. The last word has seen both after one layer on either side, and meets this "
    "difference in the second.",
)

# %% [markdown]
# So two layers can tell. In the real model, with everybody at place 0, we compare what stands at the last token after each layer ([hooks](00c_learning.ipynb#6.-Switches-and-a-window), as before).


# %%
def after_each_layer(text):
    """The last token's vector after each layer: [layers, C]."""
    seen = []
    hooks = [
        layer.register_forward_hook(lambda _module, _inputs, output: seen.append(output[0, -1]))
        for layer in model.model.layers
    ]
    next_chances(text)
    for hook in hooks:
        hook.remove()
    return torch.stack(seen)


with positions_as(lambda place: 0 * place):
    one, other = after_each_layer(DOG_FIRST), after_each_layer(CAT_FIRST)
difference = (one - other).norm(dim=-1) / one.norm(dim=-1)  # [layers]
for layer in (1, 2, 3, 30):
    print(f"after layer {layer:2} the two orders differ by {difference[layer - 1]:.2%}")
claim("After one layer the last token can't tell the two orders apart.", difference[0] < 1e-5)
claim("After two it can, faintly.", 1e-3 < difference[1] < 1e-2)

# %% [markdown]
# A trace of the order gets through, and is of no use to this model. A model trained without positions can learn to use it ([NoPE](https://arxiv.org/abs/2305.19466)). The models of this course are told the places instead. How?
#
# ## 2. Learned positions: one more table
#
# The first idea is a second lookup table: row 0 for the first place, row 1 for the second, each learned, each **added** to the word's row: [**learned positions**](../book/glossary.md#learned-positions), as in GPT-2.

# %%
torch.manual_seed(0)
table = LearnedPositions(9, 576)  # nine places, untrained: small random numbers
places = torch.arange(9)
with torch.no_grad():
    one, other = dog + table(places), cat + table(places)  # [9, C] each
first, second = look(one)[-1], look(other)[-1]
gap = float((first - second).norm() / first.norm())
print(f"what the last token receives differs by {gap:.2%}")
claim("Now one look tells the two orders apart, faintly.", 1e-4 < gap < 1e-2)
gpt2 = ModelConfig.preset("gpt2")
rows = gpt2.max_position_embeddings
print(f"GPT-2's table has {rows:,} rows of {gpt2.hidden_size} numbers: none for token {rows + 1:,}")

# %% [markdown]
# Faintly, and nothing is trained yet. Training shapes the rows until they tell what is needed. But the table ends: GPT-2 can't read a 1,025th token.
#
# ## 3. Sinusoidal positions: a clock with many hands
#
# The [paper of 2017](https://arxiv.org/abs/1706.03762) adds a fixed pattern instead, the [**sinusoidal positions**](../book/glossary.md#sinusoidal-positions). Think of a clock. The second hand alone repeats every minute; together with the slower hands it says what time it is. Each two columns of the pattern are one hand, which turns by a fixed angle from place to place. For place $p$ and hand $i$ of a vector with $C$ numbers:
#
# $$\text{angle} = \frac{p}{10000^{2i/C}} \qquad \text{columns } 2i,\; 2i+1:\;\; \sin(\text{angle}),\; \cos(\text{angle})$$
#
# On paper for $C = 4$: the first hand turns by 1 radian a place, the second by 1/100. Place 0 is (0, 1, 0, 1), place 1 is (sin 1, cos 1, sin 0.01, cos 0.01).


# %%
def plain_positions(length, width):
    pattern = torch.zeros(length, width)
    for p in range(length):
        for i in range(width // 2):
            angle = p / 10000 ** (2 * i / width)
            pattern[p, 2 * i], pattern[p, 2 * i + 1] = math.sin(angle), math.cos(angle)
    return pattern


print("          hand 0: sin, cos    hand 1: sin, cos")
for place, (a, b, c, d) in enumerate(plain_positions(3, 4).tolist()):
    print(f"place {place} {a:11.3f} {b:7.3f} {c:11.3f} {d:7.3f}")
pattern = sinusoidal_positions(512, 64)  # [T, C]
claim("The library's is the same.", torch.allclose(plain_positions(512, 64), pattern, atol=1e-4))
curves = {p: pattern[p : p + 61] @ pattern[p] for p in (10, 200, 400)}  # [61] each
claim(
    "The dot product of two places depends on how far apart they are, and on nothing else.",
    torch.allclose(curves[10], curves[400], atol=1e-3),
)

# %% tags=["hide-input"]
show(
    figures.waves(pattern[:100], curves),
    alt="Left: the pattern of 100 places and 64 columns in grey, with fast stripes on the left and almost constant "
    "columns on the right. Right: the dot product against the distance; the curves from places 10, 200 and 400 lie on "
    "each other. They start at 32 and fall, with waves.",
)

# %% [markdown]
# On the left each row is a place. The fast hands make stripes; the slow ones have hardly moved after 100 places, with a sine near 0 (grey) and a cosine near 1 (white).
#
# On the right, multiply place 10 with the places after it, then place 200, then place 400: three curves, and they are one. The reason is a school formula, $\sin a \sin b + \cos a \cos b = \cos(a - b)$: the places drop out, their difference stays. And no table ends: the formula has a value for every place.
#
# ## 4. Rotary positions: turn queries and keys
#
# What matters to a word is perhaps less "I am number 40" than "the word two back": a hunch. A pattern that is added can't keep to that. A score is a dot product, and if the place is inside both vectors, words meet places in it too: with words $x$, $y$ and rows $u$, $w$ for their places, $(x + u) \cdot (y + w)$ holds $x \cdot w$, a word times a place. So leave the words' vectors alone, and turn the query and the key instead.
#
# ### One pair of numbers
#
# Draw two arrows in the plane, a query and a key. Their dot product depends on two things: their lengths, and the **angle between them**.
#
# Now turn each by its place. Choose a fixed angle $\theta$. The query at place $m$ is turned by $m\theta$, the key at place $n$ by $n\theta$. Turning changes no length. And an angle of $a$ between the two becomes $a + (m - n)\theta$. So two arrows of length 1 score $\cos(a + (m - n)\theta)$. Of the places, only the difference $m - n$ is left: a distance with a sign. This is [**rotary position embedding**](../book/glossary.md#rope), RoPE for short.
#
# On paper: query and key are both $(1, 0)$, and $\theta = 30°$. The query stands at place 5 and is turned by 150°. The key stands at place 3 and is turned by 90°. Between them are 60°, and $\cos 60° = 0.5$. What is it at places 105 and 103?
#
# The cell needs one formula, that of [turning](A2_maths.ipynb#4.-Angles:-sine,-cosine,-turning): $(a, b)$ turned by $\varphi$ is $(a \cos\varphi - b \sin\varphi,\; a \sin\varphi + b \cos\varphi)$.


# %%
def turn(a, b, angle):
    cos, sin = math.cos(angle), math.sin(angle)
    return a * cos - b * sin, a * sin + b * cos


theta = math.radians(30)
for m, n in [(5, 3), (105, 103), (5, 4), (3, 5), (17, 5)]:
    (a, b), (c, d) = turn(1, 0, m * theta), turn(1, 0, n * theta)
    print(f"query at {m:3}, key at {n:3}: score {a * c + b * d:.3f}")

# %% tags=["hide-input"]
show(
    figures.dials([(5, 3), (105, 103), (17, 5)], 30),
    alt="Three circles with an arrow for the query and one for the key. With query 5 and key 3, and with 105 and 103, "
    "the arrows point elsewhere, and the angle between them is 60 degrees both times. With 17 and 5 they lie on each other.",
)

# %% [markdown]
# The first two agree: 105 places are eight whole turns and 270°, 103 are eight turns and 210°, and between them are 60° again.
#
# 3 and 5 agree with 5 and 3, because these two arrows are alike: $a = 0$, and $\cos(-60°) = \cos 60°$. For other arrows the sign counts.
#
# The last line is the trouble: with 30° a place, a distance of 12 is one whole turn and looks like 0.
#
# ### Many pairs
#
# One hand can't tell the time. So a query of $D$ numbers is cut into $D/2$ pairs, and each pair is a hand of the clock of section 3, with a speed of its own. Pair $i$ turns by
#
# $$\theta_i = \text{base}^{-2i/D} \text{ radians a token}$$
#
# The base was 10,000 in section 3; SmolLM2 has 100,000. How long does a hand take to go round once?

# %%
speeds = rope_frequencies(config)  # [D / 2]
print(f"D = {config.head_dim}, base {config.rope_theta:,.0f}")
for pair in (0, 4, 8, 16, 31):
    print(f"pair {pair:2}: once round in {2 * math.pi / float(speeds[pair]):9,.0f} tokens")

# %% tags=["hide-input"]
show(
    figures.hands(speeds, (0, 4, 8, 16), 40),
    alt="Four cosine curves over a distance of 0 to 40 tokens. Pair 0 swings up and down every 6 tokens, pair 4 every "
    "26, pair 8 falls slowly, and pair 16 hardly moves.",
)

# %% [markdown]
# (Query and key are alike here.) Pair 0 can tell two words back from three; pair 16 barely notices forty. So a head has the means to ask "is it the neighbour?" and "is it near at all?"; whether one does, the curves don't say.
#
# ### Which two numbers are a pair?
#
# There are two layouts: **neighbours** (0 with 1, 2 with 3; in code `"interleaved"`) or **halves** (number $i$ with number $i + D/2$; `"half"`).

# %% tags=["hide-input"]
show(
    figures.layouts(8),
    alt="Two rows of eight cells, numbers 0 to 7, coloured by pair. Neighbours: 0 and 1 are pair 0, 2 and 3 pair 1, 4 and "
    "5 pair 2, 6 and 7 pair 3. Halves: 0 and 4 are pair 0, 1 and 5 pair 1, 2 and 6 pair 2, 3 and 7 pair 3.",
)

# %% [markdown]
# Both layouts in torch, on eight numbers. `chunk(2)` cuts a vector into halves; `0::2` takes every second number from 0 on, `1::2` from 1 on. The last line puts neighbours back together:

# %%
eight = torch.arange(8)
print("chunk(2)      ", *(half.tolist() for half in eight.chunk(2)))
print("0::2 and 1::2 ", eight[0::2].tolist(), eight[1::2].tolist())
print("stack, flatten", torch.stack([eight[0::2], eight[1::2]], -1).flatten().tolist())

# %% [markdown]
# The formula of turning then takes all pairs at once. `a` holds the first numbers of all pairs, `b` the second:


# %%
def plain_rope(x, places, speeds, pairing="half"):
    """Queries or keys [T, D] at their places [T], turned."""
    angles = places[:, None] * speeds  # [T, D/2]
    a, b = x.chunk(2, -1) if pairing == "half" else (x[:, 0::2], x[:, 1::2])  # [T, D/2] each
    new_a, new_b = a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()
    if pairing == "half":
        return torch.cat([new_a, new_b], -1)  # [T, D]
    return torch.stack([new_a, new_b], -1).flatten(1)  # [T, D]


generator = torch.Generator().manual_seed(0)
q, k = torch.randn(2, 7, 64, generator=generator)  # seven queries and seven keys
m, n = torch.tensor([0, 1, 2, 3, 5, 50, 300]), torch.tensor([0, 1, 9, 5, 3, 49, 0])
for pairing in ("half", "interleaved"):
    tables = rotation(m, speeds, pairing)  # the cosines and sines of the places m
    librarys = apply_rope(q[None, None], tables)[0, 0]  # turns [B, H, T, D]; here B = H = 1
    claim(
        f"The library turns as we do: {pairing}.",
        torch.allclose(plain_rope(q, m, speeds, pairing), librarys, atol=1e-4),
    )

# %% [markdown]
# ### Only the distance counts
#
# Seven queries and seven keys of random numbers, each at a place of its own. We score each query with its key: as they stand, all 700 places further on, and with the two places swapped.


# %%
def scores(m, n, pairing="half"):
    """Of each query at its place with each key at its own: [7]."""
    return (plain_rope(q, m, speeds, pairing) * plain_rope(k, n, speeds, pairing)).sum(-1)


claim(
    "Moved on by 700, no score changes.",
    torch.allclose(scores(m, n), scores(m + 700, n + 700), atol=0.01),
)
changed = (scores(m, n) - scores(n, m)).abs() > 0.01
claim(
    "Swapped, each score changes but the two of a query and a key at one place.",
    changed.tolist() == 2 * [False] + 5 * [True],
)

# %% tags=["hide-input"]
show(
    figures.turning(),
    alt="Boxes and arrows: tokens [T, C] go through the learned matrices W_q, W_k and W_v to query, key and value. Query "
    "and key are turned by their place, then come dot products, mask and softmax. The values go as they are into the "
    "weighted mean. The same in every head of every layer.",
)

# %% [markdown]
# ### In the model
#
# Learned and sinusoidal positions are added once, below the first layer. Rotary ones turn **queries and keys, in each layer** of this model; never the embedding, and never the values.

# %%
predict("moved_by_700")

# %%
usual = torch.tensor([dog_and_cat(text) for text in (DOG_FIRST, CAT_FIRST)])
with positions_as(lambda place: place + 700):
    show_answers("everybody 700 places further on:")
    moved = torch.tensor([dog_and_cat(text) for text in (DOG_FIRST, CAT_FIRST)])
stay = torch.allclose(usual, moved, atol=0.002)
reveal("moved_by_700", "the same as before" if stay else "a little different")
claim("Each chance is the same to within 0.002.", stay)

# %% [markdown]
# The formula knows every place. Whether a model reads texts longer than those of its training, [notebook D3](deeper/D3_long_contexts.ipynb) tries out.
#
# ## 5. Two layouts, and a bug that hides at place 0
#
# [Meta's code](https://github.com/meta-llama/llama/blob/main/llama/model.py) pairs neighbours, [Hugging Face's](https://github.com/huggingface/transformers/blob/main/src/transformers/models/llama/modeling_llama.py) halves. Both are fine, as long as the weights were made for the layout you use. (SmolLM2's *file*, in the format GGUF, wants neighbours; our loader reorders the rows for halves, as lesson 06 shows.) If not, nothing complains:

# %%
zero = torch.zeros(7)
claim(
    "At place 0 both layouts give the same scores.",
    torch.allclose(scores(zero, zero), scores(zero, zero, "interleaved")),
)
print("places ", [f"{a:3} {b:3}" for a, b in zip(m.tolist(), n.tolist(), strict=True)])
changed = (scores(m, n) - scores(m, n, "interleaved")).abs() > 0.01
print("differ?", ["    yes" if different else "     no" for different in changed.tolist()])
alone = next_chances("First")
with positions_as(lambda place: place, pairing="interleaved"):
    same = torch.allclose(next_chances("First"), alone)
    show_answers("the layouts mixed up:")
claim("A prompt of one token can't see the bug.", same)

# %% [markdown]
# Both texts get the same answer, without an error, and a test with one token passes.
#
# ## 6. Turn it yourself
#
# Move and stretch the places of our two texts, or change the layout. How far can you stretch or squeeze before one text gets the wrong animal? (The bars leave out other words, which win far out.)


# %%
def draw(moved_by, stretch, layout):
    with positions_as(lambda place: stretch * place + moved_by, pairing=layout):
        chances = {"dog first": dog_and_cat(DOG_FIRST), "cat first": dog_and_cat(CAT_FIRST)}
    words = "; ".join(f"{order}: dog {d:.2f}, cat {c:.2f}" for order, (d, c) in chances.items())
    return figures.answers(chances), words


slider = {"continuous_update": False}
explore(
    draw,
    moved_by=widgets.IntSlider(value=0, min=0, max=5000, step=100, **slider),
    stretch=widgets.FloatSlider(value=1, min=0, max=3, step=0.1, **slider),
    layout=widgets.SelectionSlider(options=["half", "interleaved"], value="half", **slider),
)

# %% [markdown]
# ## 7. Back to the two texts
#
# Which changes does the model survive? For each we print the likeliest of all tokens after either text. *Right* means that both are the right animal.


# %%
def stretched(by):
    return positions_as(lambda place: by * place)


changes = {
    "as it was trained": stretched(1),
    "700 places further on": positions_as(lambda place: place + 700),
    "everybody at place 0": stretched(0),
    "counted backwards": stretched(-1),
    "half a place a token": stretched(1 / 2),
    "2 places a token": stretched(2),
    "layouts mixed up": positions_as(lambda place: place, pairing="interleaved"),
}


def likeliest(change):
    """After either text: the two words and their chances."""
    with change:
        # max(-1) is a pair: the largest chance, and whose it is.
        best = [next_chances(text).max(-1) for text in (DOG_FIRST, CAT_FIRST)]
    return [tokenizer.decode([int(word)]) for _, word in best], [float(p) for p, _ in best]


answers = {name: likeliest(change) for name, change in changes.items()}
right = [name for name, (words, _) in answers.items() if words == [" dog", " cat"]]
print(f"{'':22} dog first    cat first")
for name, ((one, other), (p, q)) in answers.items():
    print(f"{name:22} {one:6} {p:.2f}  {other:6} {q:.2f}  {'right' if name in right else ''}")
claim(
    "Three are right; after each of the others, both texts get one answer.",
    right == [*list(changes)[:2], "2 places a token"]
    and [n for n, (words, _) in answers.items() if len({*words}) == 2] == right,
)
tenths = [n / 10 for n in range(7, 28)]
fine = [by for by in tenths if likeliest(stretched(by))[0] == [" dog", " cat"]]
print("right when stretched by", fine)

# %% [markdown]
# A *score* does not know the place, only the distance. Keep the distances, and nothing changes. Stretch them, and the model bears much: in tenths from 0.7 to 2.7, it is right from 0.9 to 2.2, and once more at 2.4. After the other four in the table both texts get one token. (Two texts do not tell how often.)
#
# ## 8. What goes wrong
#
# Models are often kept in [`bfloat16`](../book/glossary.md#bfloat16), numbers of 16 bits. They have eight binary digits, so from 257 on they can't write down every place:

# %%
kept = torch.arange(8192).bfloat16().int()  # [8192]
print("first place that is not kept:", int((kept != torch.arange(8192)).nonzero()[0]))
twins = (kept == 4000).nonzero().flatten()
print(f"places {twins[0]:,} to {twins[-1]:,} all become 4,000")

# %% [markdown]
# Tokens of one such stretch have one angle, and their scores no order. The cure is to compute places and angles in float32, whatever the weights are.

# %% [markdown]
# ## Exercises
#
# ### {exercise: blind_tests}
#
# A program turns neighbours, its weights are made for halves. Seven tests compare it with the right numbers, all with random weights and texts. Where nothing else is said, heads have 64 numbers. Which tests pass all the same?
#
# - A: the score of a query at place 0 with a key at place 0
# - B: the score of a query at place 7 with a key at place 7
# - C: the score of a query at place 5 with a key at place 3
# - D: as C, with heads of 2 numbers
# - E: the length of the turned query at place 9
# - F: all scores of a prompt of one token
# - G: the score of a query at place 0 with a key at place 4

# %% tags=["exercise"]
# a list of the letters of the tests that pass although the layouts are mixed up.
check("blind_tests", ...)

# %% [markdown]
# ### {exercise: rotate_2d}
#
# A picture is cut into squares, and each square is a token. It has two places, a row and a column, and scores shall depend on the differences of both alone.


# %% tags=["exercise"]
def my_rotate_2d(x, row, column, base):
    """x [D] with D a multiple of 4, a row and a column from 0, and a base, to [D]. The first D/2 numbers are turned by the
    row and the last D/2 by the column, each as a vector of its own in the layout of halves: of the D/2 numbers, pair i is
    number i and number i + D/4, and it is turned by place * base ** (-2i / (D/2)) radians, anticlockwise."""
    ...


check("rotate_2d", my_rotate_2d)

# %% [markdown]
# ### {exercise: turning}
#
# The check puts it into every layer of SmolLM2, in place of the library's: once for the queries, once for the keys. The scores must be those of before.


# %% tags=["exercise"]
def my_turning(x, base):
    """queries or keys x [H, T, D] of one layer, with D even, and a base, to [H, T, D]: each turned to its
    place, 0 to T - 1, in the layout of halves: number i with number i + D/2, by place * base ** (-2i / D)
    radians, anticlockwise."""
    ...


check("turning", my_turning)

# %% [markdown]
# ## Say it in your own words

# %%
say("why_positions", "added_or_turned", "only_the_distance")

# %% [markdown]
# ## Quiz

# %%
quiz("04b")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A look is a sum and has no order. One causal layer gives the last token none either, two give a trace.
# - Learned and sinusoidal positions are added to the embedding; a learned table ends. Rotary ones turn queries and keys, here in each layer, and of two places a score depends on the difference alone.
# - The two layouts, neighbours and halves, agree at place 0. Mixed up, they break a model in silence.
#
# **Papers.** [Vaswani and others 2017](https://arxiv.org/abs/1706.03762), *Attention Is All You Need* (sinusoidal positions). [Su and others 2021](https://arxiv.org/abs/2104.09864), *RoFormer* (RoPE). [Kazemnejad and others 2023](https://arxiv.org/abs/2305.19466) (NoPE).
#
# **Next:** [lesson 04c](04c_heads_and_cost.ipynb) asks what all this looking costs, and how heads share to make it cheaper. Your rotation comes along.
