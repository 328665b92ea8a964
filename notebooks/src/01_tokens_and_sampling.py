# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 01 · Tokens and sampling
#
# **How does a model choose the next word?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | a little Python and school maths (powers, logarithms); [shapes](00b_tensors.ipynb#1.-Numbers-with-a-shape), [picking](00b_tensors.ipynb#2.-Picking) and [`dim`](00b_tensors.ipynb#4.-Along-which-axis?), or the [ten lines](#Ten-lines-about-tensors) below |
# | It adds to `lessons_lib` | `generation/sampling.py`: softmax, the filters, `Sampler` |
#
# {route}

# %%
# {setup}

# %%
import math
import textwrap

import ipywidgets as widgets
import torch

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
    use_style,
)
from lessons_lib.classroom.lessons.lesson01 import figures
from lessons_lib.classroom.lessons.lesson01.several import draw_several
from lessons_lib.generation import Sampler, generate, sampling, stream

use_style()

# %% [markdown]
# ## The finished thing first
#
# The next cell loads a real language model, SmolLM2 in its *-instruct* version: Hugging Face trained it on about two trillion words and pieces of words, and then to follow instructions. By lesson 07 you will have met all of it.

# %%
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
print(
    f"{model.num_parameters():,} learned numbers, {tokenizer.vocab_size:,} words and pieces of words"
)

# %% [markdown]
# Which words might come next after the beginning of a sentence? Guess first. (In the cell below, `softmax` turns scores into chances; `topk` gives the largest as `.values` and their places as `.indices`. `V` is how many tokens the model knows.)

# %%
predict("sky_favourite")

# %%
prompt = "The sun is shining, and the sky is"


def next_scores(text):
    """The model's score for every possible next token: [V]."""
    with torch.no_grad():  # we only use the model, so it need not keep notes for learning
        everywhere = model(torch.tensor([tokenizer.encode(text)]))  # [1, tokens, V]: one text
    return everywhere[0, -1]  # text 0, its last place


def visible(token):
    return tokenizer.decode([int(token)]).replace(" ", "␣").replace("\n", "⏎")


sky_scores = next_scores(prompt)
top = sky_scores.softmax(-1).topk(10)
names = [visible(token) for token in top.indices]
for chance, name in zip(top.values, names, strict=True):
    print(f"{name:10} {chance:6.1%}")
reveal("sky_favourite", f"the word {names[0].strip('␣')}")

# %% [markdown]
# The model answers at every place of the text. To go on we need the last row, so `next_scores` takes `[0, -1]`. ␣ stands for a space; most tokens bring their own. *␣ab* is no word: it is the start of *ablaze*. *blue* comes fifth.
#
# Now let it go on, from the bare sentence, without the marks of a chat: each time it takes its favourite, appends it and asks itself again, here 20 times. `stream` yields pieces of text; `generate`, later, token ids. Both end sooner at the *stop token*, which means *the end*.

# %%
print(prompt + "".join(stream(model, tokenizer, prompt, max_new_tokens=20)))

# %% [markdown]
# That is what a language model does: **give every possible next token a score, choose one, repeat**.

# %% tags=["hide-input"]
show(
    figures.pipeline(),
    alt="A loop of boxes. A text is cut into token ids; the model gives V scores for the next token; they pass the "
    "penalty and the temperature, are filtered by top-k, top-p and min-p, and softmax makes chances of them; one token "
    "is chosen, appended to the text, and all begins again.",
)

# %% [markdown]
# How the scores come about fills lessons 03 to 06; this one is about the choosing. A claim that we shall test on this very sentence: **the same model can be a bore, a storyteller or a random-number generator, depending on how we choose.**
#
# ## Ten lines about tensors
#
# If you come from [00b](00b_tensors.ipynb), skip the first cell. A [**tensor**](../book/glossary.md#tensor) is a block of numbers with a [**shape**](../book/glossary.md#shape): `[9]` is a row of nine, `[2, 3]` a table of two rows and three columns.

# %%
table = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
print("shape", list(table.shape), "  doubled", (2 * table).tolist())
print("row 0", table[0].tolist(), "  last column", table[:, -1].tolist())
print("sums down the columns, dim=0:  ", table.sum(0).tolist())
print("sums along the rows, dim=-1:   ", table.sum(-1).tolist())
print("largest of each row, still a table:", table.amax(-1, keepdim=True).tolist())
print("[None] puts a row into a table:", list(table[0][None].shape))

# %% [markdown]
# Three tools for a row are new to all. `cumsum` adds up as it goes; a comparison gives truth values, and their sum counts the true ones; `where` chooses by them.

# %%
row = torch.tensor([0.25, 0.5, 0.125, 0.125])
print("cumsum:", row.cumsum(0).tolist(), "  below 0.2:", int((row < 0.2).sum()))
print("where:", torch.where(row < 0.2, 0.0, row).tolist())

# %% [markdown]
# ## 1. What does it choose between?
#
# What a model reads and writes are [**tokens**](../book/glossary.md#token), and the list of all that it knows is its [**vocabulary**](../book/glossary.md#vocabulary). What should stand in that list: sentences, words, letters? Each token costs a step of the model, so fewer are cheaper. But each entry of the list needs learned numbers of its own, and a rare one is seldom met.

# %%
predict("fox_tokens")

# %%
fox = "The quick brown fox jumps over the lazy dog."
fox_ids = tokenizer.encode(fox)
print("as one piece 1, as words", len(fox.split()), ", as letters", len(fox))
print(" ".join(visible(token) for token in fox_ids))
reveal("fox_tokens", len(fox_ids))

# %% [markdown]
# Sentences are far too many: the model would meet most of them once, if ever. Words look like a fair middle. But *run*, *runs*, *ran* and *running* would be four entries that know nothing of each other, and one slip of the finger makes a word *unknown*, `<UNK>`. Real models cut in between: frequent words are one token, rare ones are put together from pieces ([subwords](../book/glossary.md#subword)).

# %%
for word in [" running", " runned", " avocdo"]:
    print(f"{word:9} {[visible(token) for token in tokenizer.encode(word)]}")
for piece in [" car", "123", "🌳", "汽车", "The sun rises in the east."]:
    print(f"{piece:27} {len(tokenizer.encode(piece))} tokens")
for piece in ["The", "the", " The", " the"]:
    print(f"{piece.replace(' ', '␣'):6} is token {tokenizer.encode(piece)[0]}")

# %% [markdown]
# What is frequent where the vocabulary was made becomes a token, but never two digits, nor two words with the space between them: a rule of SmolLM2's tokenizer keeps them apart. *car* is one token; the number is cut into digits; the tree and the Chinese *car* are rare in its mostly English reading and fall into pieces of the bytes they are stored in. And a token is an exact string: *The*, *the* and *␣the* are different ones.
#
# ## 2. From scores to chances
#
# For each token the model gives a score (a [**logit**](../book/glossary.md#logit)): any number, also a negative one. Take four words, with scores that are invented to be round (the model's own put *clear* above *blue*):
#
# | *blue* | *clear* | *grey* | *apple* |
# |---|---|---|---|
# | 3.1 | 2.8 | 2.0 | −4.4 |
#
# We want numbers that are never negative, keep the order, and add up to 1: a [**distribution**](../book/glossary.md#distribution). Divide each score by their sum, and *apple* gets a negative chance. So first make everything positive: $e^x$ is positive for every $x$ and grows with $x$. Then divide by the sum. That is [**softmax**](../book/glossary.md#softmax):
#
# $$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$$


# %%
def plain_softmax(scores):
    weights = scores.exp()
    return weights / weights.sum()


words = ["blue", "clear", "grey", "apple"]
scores = torch.tensor([3.1, 2.8, 2.0, -4.4])
p = plain_softmax(scores)
for word, score, chance in zip(words, scores, p, strict=True):
    print(
        f"{word:6} e^{score:4.1f} = {score.exp():6.3f}   divided by {scores.exp().sum():.3f} = {chance:.5f}"
    )
print("rounded:", [f"{share:.3f}" for share in p[:3]], f"and {p[3]:.4f}")

# %%
print(f"a lead of 0.3 makes a word {math.exp(0.3):.2f} times as likely")
claim("Adding 5 to every score changes no chance.", torch.allclose(plain_softmax(scores + 5), p))
print(
    "plus 100:", plain_softmax(scores + 100).tolist(), "  e^103 =", float(torch.tensor(103.0).exp())
)

# %% [markdown]
# For softmax only the gaps between scores count, so adding 100 must change nothing either. But the computer says `nan`, *not a number*: $e^{103}$ is too large for a 32-bit float, becomes infinity, and infinity divided by infinity is `nan`. So subtract the largest score first: no gap changes, and no exponential is above 1. The library's `sampling.softmax` does that, along any axis.

# %%
claim(
    "Scores of 100 and more are no trouble now.", torch.allclose(sampling.softmax(scores + 100), p)
)
total = sampling.softmax(sky_scores).sum()
print(f"the real model's {len(sky_scores):,} chances add up to {total:.4f}")

# %% [markdown]
# ## 3. Greedy: always the favourite
#
# The plainest choice is the token with the highest score, every time ([**greedy decoding**](../book/glossary.md#greedy-decoding)). On one machine the same prompt gives the same text. For a question with one answer that is what you want, if the model knows it.

# %%
sure = next_scores("The capital of France is").softmax(-1)
print(f"The capital of France is{tokenizer.decode([int(sure.argmax())])} ({sure.max():.0%})")


def tell(text):
    print(textwrap.fill(text.replace("\n", " "), 96))


bore = list(generate(model, tokenizer.encode(prompt), max_new_tokens=160))
tell(prompt + tokenizer.decode(bore))

# %% [markdown]
# It comes back to the same words. How sure was it of each token that it took? One call of the model gives a row of scores at each place. Say that `before` is *The sky* and `after`, what came next, *is blue.* Row `i` is about token `i + 1`, so we need the grey rows:

# %% tags=["hide-input"]
show(
    figures.rows_and_tokens(),
    alt="Five tokens, The, sky, is, blue and a full stop, and under each its row of scores, 0 to 4. From each row an arrow "
    "leads to the next token. Before is The sky; the rows 1, 2 and 3, which are about is, blue and the full stop, are grey.",
)

# %% [markdown]
# The first of them is that of the last token of `before`. The very last row is about a token that nobody has yet: `-1` leaves it out.


# %%
def given_chances(before, after):
    """The chance that the model gave to each token of `after`, which follows `before`."""
    with torch.no_grad():
        rows = model(torch.tensor([before + after]))[0].softmax(-1)  # a row for each token
    rows = rows[len(before) - 1 : -1]  # as many as `after` has tokens
    return [float(row[token]) for row, token in zip(rows, after, strict=True)]


taken = given_chances(tokenizer.encode(prompt), bore)
means = [sum(taken[start : start + 40]) / 40 for start in range(0, 160, 40)]
claim("Every forty tokens it is surer than in the forty before.", means == sorted(means))

# %% tags=["hide-input"]
show(
    figures.chances_of_the_chosen(taken, window=40),
    alt="Bar chart of the chance of each of 160 chosen tokens, with the mean of every forty: 0.43, 0.50, 0.62, 0.84. Towards "
    "the end most bars are near 1, but a few are below one half.",
)

# %% [markdown]
# Where a bar is near 0.1, nine tenths lay on the others together, and greedy took its favourite all the same. Forty by forty, the mean rises. A guess: text that has stood before becomes likelier, and greedy then takes it once more ([D1](deeper/D1_sampling_races.ipynb#5.-Why-greedy-repeats-itself) repeats sentences and measures it).
#
# ## 4. Random: follow the chances
#
# Lay the chances end to end on a line from 0 to 1, so that a likely word has a long piece, and throw a dart at a random place. The piece that is hit is the word.

# %% tags=["hide-input"]
show(
    figures.dart(p, words, at=0.60),
    alt="A line from 0 to 1 cut into blue 0.482, clear 0.357 and grey 0.160, with apple too thin "
    "to see at the end, where an arrow points. A dart at 0.60 hits clear.",
)


# %%
def plain_draw(p, dart):
    """The first piece that ends beyond the dart: count those that end at or before it."""
    count = int((p.cumsum(0) <= dart).sum())
    last = int(p.nonzero()[-1])  # nonzero: the places of what is not 0
    return min(count, last)  # rounded totals may end below 1, and no dart shall fall off the end


print("pieces end at", [f"{end:.4f}" for end in p.cumsum(0)])
print("dart at 0.60:", words[plain_draw(p, 0.60)], "  at 0.90:", words[plain_draw(p, 0.90)])

# %% [markdown]
# Now the real model. A [**seed**](../book/glossary.md#seed) is the number that starts the random generator: the same seed, the same text. (The library draws with the same chances by another game, told in [D1](deeper/D1_sampling_races.ipynb). In it one seed can favour the same token at two temperatures.)

# %%
# draw_several: what generate(..., seed=seed) gives for each seed, drawn together, which is faster
texts = draw_several(model, tokenizer.encode(prompt), 30, seeds=(2, 5), temperature=1.0)
for drawn in texts:
    chances = given_chances(tokenizer.encode(prompt), drawn)
    rarest = drawn[chances.index(min(chances))]
    tell(prompt + tokenizer.decode(drawn))
    print(f"   the least likely: {visible(rarest)}, one in {1 / min(chances):,.0f}\n")

# %% [markdown]
# The first of these two leaves the road with *Zion*. How often does a token come from far down the list? See how the chances are spread after our sentence.

# %%
ordered = sampling.softmax(sky_scores).sort(descending=True).values
tail = float(ordered[1000:].sum())
for count in (1, 10, 1000):
    print(f"the best {count:5,}: {ordered[:count].sum():.1%}")
print(f"all {len(ordered) - 1000:,} others: {tail:.2%}")

# %%
predict("tail_hit")

# %%
reveal("tail_hit", round(100 * (1 - (1 - tail) ** 30)))

# %% [markdown]
# (As if the chances were like this at each step. Of the texts of the seeds 0 to 59, 18 hold such a token: 30%.) Each of those tokens is unlikely, and together they are not. Plain random choice is too brave, greedy too timid. (A good place to pause, with [exercise 1](#Exercises).)
#
# ## 5. Temperature: how sure should it be?
#
# Before softmax, divide all four scores by the same number `T`, the [**temperature**](../book/glossary.md#temperature). On paper: what happens to the gap of 0.3 between *blue* and *clear* with `T = 2`, and with `T = 0.5`?
#
# <details><summary>Answer</summary>
#
# It shrinks to 0.15, or grows to 0.6.
#
# </details>
#
# Temperature stretches or squeezes the gaps, and softmax turns a bigger gap into a bigger lead. (In the shapes of later lessons `T` is the number of tokens.)

# %% tags=["hide-input"]
temperatures = torch.logspace(-1, 2, 120)
curves = torch.stack([sampling.softmax(scores / T) for T in temperatures])
show(
    figures.temperature_curves(temperatures, curves, words),
    alt="Four curves over the temperature. At 0.1 blue has 0.95 and clear nearly all the rest; a dashed "
    "line marks T = 1; towards 100 all four approach 0.25.",
)

# %% [markdown]
# At 0.1 one line has nearly everything: almost greedy. At 100 the lines nearly meet at one quarter: *apple* is about as good as any other. The order of the four never changed.
#
# On the real model:

# %%
print("  T   favourite   the best 10")
for T in (0.5, 0.7, 1.0, 1.5, 2.0):
    heated = sampling.softmax(sky_scores / T).sort(descending=True).values
    print(f"{T:4}   {heated[0]:8.1%}   {heated[:10].sum():8.1%}")
for T in (0.3, 2.0):
    tell(f"T = {T}: " + "".join(stream(model, tokenizer, prompt, 22, temperature=T, seed=2)))

# %% [markdown]
# Temperature spares nobody. We need scissors.
#
# ## 6. Top-k: keep the best few
#
# Keep the `k` likeliest tokens, drop the rest, share out again: [**top-k**](../book/glossary.md#top-k). Dropping means a score of minus infinity. $e^{-\infty} = 0$, so softmax does the sharing out by itself. (Ties stay too; exercise 6 wants exactly `k`.)


# %%
def plain_top_k(scores, k):
    lowest = scores.sort(descending=True).values[k - 1]
    return torch.where(scores < lowest, -torch.inf, scores)


print([f"{score:.1f}" for score in plain_top_k(scores, 2)])
print([f"{chance:.3f}" for chance in sampling.softmax(plain_top_k(scores, 2))])

# %% [markdown]
# How large should `k` be? Look at the model in two moods.

# %%
hamlet = "To be or not to"
moods = {
    hamlet: sampling.softmax(next_scores(hamlet)),
    "… and the sky is": sampling.softmax(sky_scores),
}
for start, chances in moods.items():
    best = chances.sort(descending=True).values
    print(f"{start}: the best has {best[0]:.1%}, the best 10 have {best[:10].sum():.1%}")
print("after Hamlet:", " ".join(visible(t) for t in moods[hamlet].topk(10).indices))

# %% tags=["hide-input"]
show(
    figures.moods(moods, k=10, threshold=0.9),
    alt="Two curves of what the likeliest tokens hold together. After the line from Hamlet the first alone has 0.92 and "
    "ten have 0.94; after the sky the curve climbs from 0.16 over 0.61 at ten to 0.9 at 132. Lines mark k = 10 and 90%.",
)

# %% [markdown]
# After *To be or not to* the other nine are not Hamlet: ten is too many. After the sky ten leave out two fifths of the chance: too few. The cut must follow the shape.
#
# ## 7. Top-p: keep enough
#
# So count probability, not tokens. Go down from the likeliest, adding up, and stop when the total reaches a *threshold*, say 0.9 (the *p* of the name). The token that crosses the line stays in. This is [**top-p**](../book/glossary.md#top-p) (nucleus sampling).
#
# By hand, with 0.482, 0.357, 0.160 and 0.0003: *blue* makes 0.482; with *clear* it is 0.839, not enough; with *grey* it is all but 1, enough. Three words stay.

# %% tags=["hide-input"]
show(
    figures.running_total(p, words, 0.9),
    alt="Four bars that climb: blue from 0 to 0.482, clear from there to 0.839, grey to almost 1: these stay. apple adds "
    "0.0003 and is out. A dashed line at 0.9 is crossed by grey.",
)

# %% [markdown]
# The model's scores do not stand in order. So we mix ours: grey, blue, apple, clear. `argsort` gives the *places*, here that of the largest score first. Places in brackets read at these places, or write if they stand left of `=`.

# %%
mixed = scores[torch.tensor([2, 0, 3, 1])]  # grey, blue, apple, clear
order = mixed.argsort(descending=True)
print("order:", order.tolist(), "  scores in that order:", [f"{s:.1f}" for s in mixed[order]])
totals = sampling.softmax(mixed)[order].cumsum(0)
shown = [f"{total:.3f}" for total in totals]
print("running totals:", shown, "  below 0.9:", int((totals < 0.9).sum()))

# %% [markdown]
# Two totals fall short, and one token more is enough: the first three of `order` stay. (`full_like` makes a row as long, all minus infinity; `isfinite` asks what is not infinite.)


# %%
def plain_top_p(scores, threshold):
    order = scores.argsort(descending=True)
    totals = sampling.softmax(scores)[order].cumsum(0)
    count = int((totals < threshold).sum()) + 1  # totals that fall short, and the one that does not
    stay = order[:count]
    kept = torch.full_like(scores, -torch.inf)
    kept[stay] = scores[stay]  # each at its own place
    return kept


def count_kept(scores):
    return int(scores.isfinite().sum())


print("kept:", [f"{score:.1f}" for score in plain_top_p(mixed, 0.9)])
for start in (hamlet, prompt):
    print(f"{start}: {count_kept(plain_top_p(next_scores(start), 0.9))} tokens kept")

# %% [markdown]
# And beside the library's, on rows of numbers drawn at random:

# %%
# in 64 bits, so that rounding decides nothing at 0.9; wider gaps, as real scores have them
rows = 5 * torch.randn(500, 50, generator=torch.Generator().manual_seed(0)).double()
equal = [torch.equal(plain_top_p(row, 0.9), sampling.top_p(row, 0.9)) for row in rows]
claim("The library's top-p keeps the same tokens on 500 random rows.", all(equal))

# %% [markdown]
# One rule, two answers: few where the model is sure, many where it is not. But heat the model first.

# %%
predict("hot_top_p")

# %%
at_two = count_kept(plain_top_p(sky_scores / 2, 0.9))
print(f"T = 2, then top-p 0.9: {at_two:,} tokens kept")
reveal("hot_top_p", "several thousand" if 2000 < at_two < 10_000 else "about 500")

# %% [markdown]
# ## 8. Min-p: keep what is in sight of the best
#
# [**Min-p**](../book/glossary.md#min-p) asks another question: is this token at least, say, a tenth as likely as the favourite?


# %%
def plain_min_p(scores, share):
    chances = sampling.softmax(scores)
    return torch.where(chances < share * chances.max(), -torch.inf, scores)


for T in (0.7, 1.0, 1.5, 2.0, 3.0, 5.0):
    by_min = count_kept(plain_min_p(sky_scores / T, 0.1))
    by_p = count_kept(plain_top_p(sky_scores / T, 0.9))
    print(f"T = {T}:  top-p 0.9 keeps {by_p:6,}   min-p 0.1 keeps {by_min:5,}")

# %% [markdown]
# The bar falls *with* the favourite. Min-p lets the tail in later than top-p, but it does let it in.
#
# (Pause here again, with [exercises 2, 3 and 4](#Exercises).)
#
# ## 9. The repetition penalty: been there
#
# The [**repetition penalty**](../book/glossary.md#repetition-penalty) goes at repeats directly: it lowers the scores of tokens that have occurred, in the prompt too. Divide them by 1.3, say. On paper, for 3.1 and for −4.4: what goes wrong?
#
# <details><summary>Answer</summary>
#
# 3.1 falls to 2.38, as it should. But −4.4 *rises* to −3.38.
#
# </details>
#
# So negative scores are multiplied instead:

# %%
print(f"{3.1 / 1.3:.2f}  {-4.4 / 1.3:.2f}  {-4.4 * 1.3:.2f}")
seen = torch.tensor([0, 3])  # blue and apple have occurred
print([f"{score:.2f}" for score in sampling.repetition_penalty(scores, seen, 1.3)])

# %% [markdown]
# So the penalty asks whether a score lies above 0, though to softmax only gaps count. And it also lowers what must repeat: *the*, a name, the brackets of a program. Keep it small; [D1](deeper/D1_sampling_races.ipynb#6.-The-penalty,-tried) frees our bore with 1.1.
#
# ## 10. In which order?
#
# Temperature 2 and then top-p 0.9 kept 6,829 tokens. Top-p first keeps the 132 of section 7, and heat after it moves only their shares. Our `Sampler` takes the order of Hugging Face's *transformers*: **penalty, temperature, top-k, top-p, min-p, draw**. A setting from elsewhere means the same only in the same order.
#
# Move the sliders below (`Sampler(...).scores` applies all that are set, in this order). They begin with top-p 0.9 of the model's own scores, where *blue* is fifth. (a) Set `top_p` to 1: does *blue* ever come first, and at which `T` is its chance highest? (b) Set `top_k` to 3 and heat: what can the temperature still change?
#
# <details><summary>Answers</summary>
#
# (a) Never first; highest at 0.7 and 0.8, 5.7%. Colder, the favourite takes from it; hotter, the tail does. (b) How the three share, and never which three (`top_p` still at 1).
#
# </details>


# %%
def draw_distribution(T, top_k, top_p, min_p):
    sampler = Sampler(temperature=T, top_k=top_k or None, top_p=top_p, min_p=min_p)
    chances = sampling.softmax(sampler.scores(sky_scores[None])[0])
    best = chances.topk(12)
    names = [visible(token) for token in best.indices]
    kept = f"{int((chances > 0).sum()):,} tokens kept"
    said = f"{kept}; {names[0]} {best.values[0]:.1%}, then {', '.join(names[1:3])}"
    return figures.bars(best.values, names, f"{prompt} …   {kept}"), said


slider = {"continuous_update": False}
explore(
    draw_distribution,
    T=widgets.FloatSlider(value=1.0, min=0.1, max=3.0, step=0.1, **slider),
    top_k=widgets.IntSlider(value=0, min=0, max=200, description="top_k (0: off)", **slider),
    top_p=widgets.FloatSlider(value=0.9, min=0.05, max=1.0, step=0.05, **slider),
    min_p=widgets.FloatSlider(value=0.0, min=0.0, max=0.5, step=0.05, **slider),
)

# %% [markdown]
# ## 11. How good is the model at guessing?
#
# Turn it round: somebody has written the text, and we ask what chance the model gave to each token that came. The [**surprise**](../book/glossary.md#surprise) of a token in bits is $-\log_2$ of its chance: 1 bit for a coin toss, 10 bits for one in about a thousand. [**Perplexity**](../book/glossary.md#perplexity) is 2 to the power of the mean surprise. It says: *between how many equally likely tokens was it choosing?*
#
# By hand: if two tokens had the chances 1/2 and 1/8, the surprises are 1 and 3, the mean is 2, and $2^2 = 4$.


# %%
def plain_perplexity(chances):
    return 2 ** (sum(-math.log2(chance) for chance in chances) / len(chances))


print(
    [round(plain_perplexity(given), 1) for given in ([0.5, 0.125], [0.125, 0.125], [1 / 49152] * 5)]
)

# %% [markdown]
# Now a text of our own, and the same words shuffled (`randperm` gives their places in a random order).

# %%
story = " blue. The children run to the beach with a red kite. Soon it climbs into the wind, and the string begins to sing."
parts = story.split()
order = torch.randperm(len(parts), generator=torch.Generator().manual_seed(0))
shuffled = " " + " ".join(parts[i] for i in order)
for name, after in [("as written", story), ("shuffled", shuffled)]:
    after_ids = tokenizer.encode(after)
    chances = given_chances(tokenizer.encode(prompt), after_ids)
    print(f"{name:10}  perplexity {plain_perplexity(chances):7,.1f}")
    if after == story:
        story_ids, bits = after_ids, [-math.log2(chance) for chance in chances]

# %% tags=["hide-input"]
show(
    figures.surprise([visible(token) for token in story_ids], bits),
    alt="Bar chart of the surprise of each token of the story in bits. ␣red and ␣clim stand highest, above 12; the second "
    "piece of climbs, and ␣to after begins, are near 0.",
)

# %% [markdown]
# Among the same words, shuffled, the model is lost: it has learned what follows what. What had to come hardly surprises (*bs* after *clim*, *to* after *begins*); an open choice does, such as *red*. A model that knows nothing shares its chances out evenly, chooses between 49,152 tokens, and has that perplexity. Compare perplexities only between models with the same tokens. ([Exercise 5](#Exercises) has a measure for others.)
#
# ## 12. What goes wrong
#
# One more mistake: a temperature of exactly 0.

# %%
naive = plain_softmax(mixed / 0)  # grey, blue, apple, clear
print("T = 0:", naive.tolist(), "  drawn all the same, at place", plain_draw(naive, 0.5))

# %% [markdown]
# No error. Comparisons with `nan` are false, so the dart stops at the first place, *grey*, though *blue* is the favourite; `Sampler` takes `T = 0` to mean greedy.
#
# ## 13. A bore, a storyteller, a random-number generator
#
# The claim of the opening, on its own sentence: four ways to choose, four runs of 16 tokens each. We count the different texts, and measure how much each surprises the model at `T = 1`, whatever `T` it was written at.


# %%
def mean_surprise(ids):
    return sum(-math.log2(chance) for chance in given_chances(tokenizer.encode(prompt), ids)) / len(
        ids
    )


ways = {
    "bore": {},
    "storyteller": {"temperature": 0.8, "top_p": 0.9},
    "plain": {"temperature": 1.0},
    "random": {"temperature": 5.0},
}
surprises = {}
for name, settings in ways.items():
    runs = draw_several(model, tokenizer.encode(prompt), 16, seeds=range(4), **settings)
    surprises[name] = [mean_surprise(ids) for ids in runs]
    tell(f"{name}:{tokenizer.decode(runs[0])}")
    mean = sum(surprises[name]) / 4
    print(
        f"   {len(set(map(tuple, runs)))} different texts of 4, {mean:.1f} bits a token on average"
    )

# %%
ours = mean_surprise(story_ids)
print(f"the text of section 11: {ours:.1f} bits a token")
nearest = min(ways, key=lambda name: abs(sum(surprises[name]) / 4 - ours))
claim("Of the four ways plain T = 1 comes nearest to it.", nearest == "plain")

# %% [markdown]
# Our own text lies at 5.0 bits: far from greedy, and nearest to plain `T = 1`, which section 4 called too brave. (One text of 28 tokens, beside four runs of each way.) So surprise alone does not make a text good. (The random text surprises by more than 49,152 equal chances do, 15.6 bits: [D1](deeper/D1_sampling_races.ipynb#7.-More-surprising-than-equal-chances).)
#
# Where to start? A rule of thumb, not measured here:
#
# | what you want | settings |
# |---|---|
# | one right answer, a program | greedy (`temperature` 0) |
# | a story, a conversation | `temperature` 0.8, `top_p` 0.9 |
# | many different ideas | `temperature` 1.2, `min_p` 0.1 |
# | a greedy text that repeats itself | a little `repetition_penalty`, 1.1 |
#
# (Another way, *beam search*, keeps several beginnings at a time.)
#
# ## Exercises
#
# Write each answer where the dots are and run the cell. `check` tries it on small cases. When you are stuck, take away the `#` below.

# %%
# hint("softmax")
# show_solution("softmax")

# %% [markdown]
# ### {exercise: softmax}
#
# Any number of rows at once.


# %% tags=["exercise"]
def my_softmax(scores):
    """Scores [..., V] to probabilities [..., V]. Each row along the last axis sums to 1,
    whatever the scores are: very large, very small, or both in one table.
    """
    ...


check("softmax", my_softmax)

# %% [markdown]
# ### {exercise: stays_in}
#
# On paper, before you compute anything: five words have the chances 0.40, 0.25, 0.20, 0.10 and 0.05.

# %% tags=["exercise"]
# A list of four whole numbers: how many words top-k 2 keeps, how many top-p 0.75, how many
# min-p 0.2, and how many are left after top-k 3 and then top-p 0.75.
check("stays_in", ...)

# %% [markdown]
# ### {exercise: top_p}
#
# From probabilities to probabilities this time.


# %% tags=["exercise"]
def my_top_p(p, threshold):
    """Probabilities p [V] and 0 < threshold <= 1 to probabilities [V]: the smallest set of
    likeliest tokens whose total reaches the threshold, shared out again; all others 0. Of tied
    tokens any may stay, as many as the total needs.
    """
    ...


check("top_p", my_top_p)

# %% [markdown]
# The next exercise is about a shorter top-p. It raises no error and is right on our four words:


# %%
def hasty_top_p(p, threshold):
    before = p.cumsum(0) - p
    kept = torch.where(before < threshold, p, 0.0)
    return kept / kept.sum()


print("kept:", int((hasty_top_p(sampling.softmax(scores), 0.9) > 0).sum()))

# %% [markdown]
# ### {exercise: break_top_p}
#
# Something is wrong with it all the same. Prove it.

# %% tags=["exercise"]
# A pair of a list of chances and a threshold, such as ([0.5, 0.3, 0.2], 0.7), for which
# hasty_top_p keeps other words than it should. The chances sum to 1, and the threshold is above
# 0 and at most 1.
check("break_top_p", ...)

# %% [markdown]
# ### {exercise: bits_per_letter}
#
# One model cuts a text into 20 tokens, another into 60. To compare them, share the surprise out over what both have in common.


# %% tags=["exercise"]
def my_bits_per_letter(chances, text):
    """A list of the chances (each above 0) that a model gave to the tokens of a text, in order,
    and the text as a string, to one number: the surprise of all tokens together, in bits,
    divided by the number of characters, spaces included.
    """
    ...


check("bits_per_letter", my_bits_per_letter)

# %% [markdown]
# ### {exercise: sampler}
#
# `check` hands over short rows of scores, small enough for paper, and a dart; then SmolLM2's scores after our sentence. It appends the token that you return and asks again: five texts of six tokens each. That takes a few seconds.


# %% tags=["exercise"]
def my_sampler(scores, T, k, threshold, u):
    """Scores [V], T >= 0, k >= 1, 0 < threshold <= 1 and a dart 0 <= u < 1 to one token id. T = 0
    takes the largest score. Otherwise, with no other randomness:
    1. divide by T, softmax,
    2. keep the k likeliest (exactly k; all, if k is above V), share out again,
    3. keep the likeliest whose total reaches the threshold, share out again,
    4. lay the chances end to end in the order of the ids, and return the first id whose running
       total is above u, or the last id with a chance if rounding leaves none above it.
    """
    ...


check("sampler", my_sampler)

# %% [markdown]
# ## Quiz

# %%
quiz("01")

# %% [markdown]
# ## In your own words

# %%
say("letters_as_tokens", "greedy_or_dart", "heat_and_scissors", "count_or_share")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A model reads and writes tokens: words and pieces of words.
# - Softmax turns scores into chances. To it only the gaps count.
# - Greedy is for answers. In a longer text it may repeat itself.
# - Temperature moves chance between favourites and outsiders; top-k, top-p and min-p cut the tail off.
# - Perplexity judges a model by the chances that it gave to what came.
#
# **Papers.** [Fan, Lewis and Dauphin 2018](https://arxiv.org/abs/1805.04833), *Hierarchical Neural Story Generation* (top-k). [Holtzman and others 2020](https://arxiv.org/abs/1904.09751), *The Curious Case of Neural Text Degeneration* (top-p, and why greedy text is dull). [Keskar and others 2019](https://arxiv.org/abs/1909.05858), *CTRL* (the repetition penalty). [Nguyen and others 2024](https://arxiv.org/abs/2407.01082), *Turning Up the Heat* (min-p).
#
# **Next:** in lesson 02 we make the vocabulary itself, merge by merge. [D1](deeper/D1_sampling_races.ipynb) goes deeper: how the library draws, so that a seed means the same on another machine, why greedy repeats itself, and what settings do to many texts.
