# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 00 · Start here
#
# **What is a language model?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | about a minute on two cores; the first run also downloads the model, 269 MB |
# | You need | a little Python (functions, loops, lists, dicts), the maths of school |
# | It adds to `lessons_lib` | nothing yet |
#
# {route}

# %% [markdown]
# A notebook is made of **cells**. Click on one and press Shift+Enter: it runs. The next two get everything ready; you need not read them.

# %%
# {setup}

# %%
import re
import sys
import zlib

import ipywidgets as widgets
import numpy as np

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
from lessons_lib.classroom.lessons.lesson00 import figures, reading
from lessons_lib.classroom.lessons.lesson00.spam import MESSAGES, NEW_MESSAGES, held_back
from lessons_lib.corpora import world_english_bible

use_style()

# %% [markdown]
# ## The finished thing first
#
# A real language model is about to go on with a sentence. First you:

# %%
predict("australia")

# %% [markdown]
# The model, SmolLM2 by Hugging Face, fits a laptop. It gives a chance to everything that could come next. The ten likeliest (␣ is a space; `:6.1%` writes a number as a share):

# %%
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
prompt = "The capital of Australia is"
for token, chance in reading.next_tokens(model, tokenizer, prompt):
    print(f"{token:12} {chance:6.1%}")

# %%
text = prompt
for _ in range(2):
    token, chance = reading.next_tokens(model, tokenizer, text)[0]  # the likeliest
    text = text + token.replace("␣", " ")
    print(text)
reveal("australia", "the word Sydney")

# %% [markdown]
# Wrong by a hair: the right word is second. Now as a question, in a chat, where marks around the text tell the model that it is its turn. (We cut answers off after 40 words or pieces of words.)

# %%
print(reading.ask(model, tokenizer, "What is the capital of Australia?"))

# %% [markdown]
# This time it is right. How can it know and not know? At the end of this lesson you can say. The loop, drawn:

# %% tags=["hide-input"]
show(
    figures.language_model(),
    alt="A loop of boxes: the text The capital of Australia is goes into the model, which is made of learned numbers; it "
    "gives a chance for every token, Sydney 36 percent; one is chosen and appended, and the longer text goes in again.",
)

# %% [markdown]
# (Hatched boxes hold numbers of the model's own, nearly always learned ones.) A [**language model**](../book/glossary.md#language-model) reads a text, its [**context**](../book/glossary.md#context), and gives a chance to every [**token**](../book/glossary.md#token), a word or piece of a word, that may come next. To write, choose one, append it, ask again. [Lesson 01](01_tokens_and_sampling.ipynb) is about choosing, this lesson about the word *learned*.

# %% [markdown]
# ## How to work with a lesson
#
# Run the cells from the top, since later ones need what earlier ones made. A good place to stop is after section 3; the exercises are for another day.

# %%
print("Python is new enough:", sys.version_info >= (3, 11))
print("the numbers of the model are there:", model.num_parameters() > 100_000_000)
print("the texts are there:", len(world_english_bible()) > 1_000_000)

# %% [markdown]
# If one says `False`, the [README](../README.md) helps. Where a line of Python is new to you, look in [appendix A1](A1_python.ipynb). `predict` asks you before it shows, `say` for your own words, `explore` has sliders; `claim` prints a sentence only if its computation holds. **Exercises** check themselves: replace the three dots and run the cell.
#
# ### {exercise: line}
#
# A line is $y = a x + b$: `a` says how steep it is, `b` how high it is at $x = 0$.


# %% tags=["exercise"]
def my_line(a, b, x):
    """numbers a, b and x to one number: a times x, plus b."""
    ...


check("line", my_line)

# %% [markdown]
# Stuck? `hint("line")` helps a step at a time, `show_solution("line")` shows one way. Nothing later needs your answers.

# %%
hint("line")

# %% [markdown]
# ## 1. Rules, and where they end
#
# Let [**artificial intelligence**](../book/glossary.md#artificial-intelligence) (AI) be a program that does what would take intelligence if a person did it. (So is a pocket calculator: the border is not sharp.) The oldest kind follows rules that somebody wrote, here for mail (the messages were imported above):


# %%
def words(message):
    return re.findall("[a-z0-9]+", message.lower())  # rows of small letters and digits


def rule(message):
    suspicious = ["win", "free", "prize", "cash", "cheap", "claim"]
    return 1 if any(word in suspicious for word in words(message)) else -1  # 1: spam, -1: wanted


for message, kind in NEW_MESSAGES:
    print(f"{'right' if rule(message) == kind else 'WRONG'}  {rule(message):2}  {message}")
print("right:", sum(rule(message) == kind for message, kind in NEW_MESSAGES), "of 12")

# %% [markdown]
# With one of six words in it a message is spam. Right for 6 of 12: *Are you free tomorrow* is no spam, *C1aim y0ur pr1ze* is. But these 12 were chosen to be hard. Here is a pile of 20 that was not:

# %%
for message, kind in MESSAGES:
    print(f"{kind:2}  {message}")
print("right:", sum(rule(message) == kind for message, kind in MESSAGES), "of 20")

# %% [markdown]
# 18 of 20: rules can be good, until a sender knows them. A colleague might learn from the pile instead. For a program to do that, we must say what *learning* is.

# %%
say("what_is_ai")

# %% [markdown]
# ## 2. Learning is adjusting numbers
#
# A shower has a knob with five notches, from −2 to 2. You measure how many degrees above 36 the water comes out:
#
# | knob | −2 | −1 | 0 | 1 | 2 |
# |---|---|---|---|---|---|
# | degrees above 36 | −4 | −1.2 | 2.4 | 4.8 | 8 |
#
# The points lie near a line, not on it. Which line $y = a x + b$ fits best? Its two numbers are its [**parameters**](../book/glossary.md#parameter), also called **weights** (and `b` the **bias**). We begin with a bad guess, $a = 5$ and $b = 0$.
#
# **Predict.** At the knob's notches the line says −10, −5, 0, 5, 10.
#
# **Compare.** The errors, line minus measurement, are −6, −3.8, −2.4, 0.2, 2. One number for how bad that is: square the errors, so that none is negative and large ones count most, and take the mean. This is the [**loss**](../book/glossary.md#loss): $(36 + 14.44 + 5.76 + 0.04 + 4) / 5 = 12.048$.
#
# **Adjust.** Which way? Nudge one number a little and look at the loss.

# %%
knob = np.array([-2, -1, 0, 1, 2])
warmer = np.array([-4, -1.2, 2.4, 4.8, 8])


def errors(a, b):
    return a * knob + b - warmer  # NumPy: for all five at once


def loss(a, b):
    return np.mean(errors(a, b) ** 2)


print("squared errors", (errors(5, 0) ** 2).round(2))
print(f"loss {loss(5, 0):.3f}")
nudge = 0.001
print(f"slope for a {(loss(5 + nudge, 0) - loss(5, 0)) / nudge:6.3f}")
print(f"slope for b {(loss(5, 0 + nudge) - loss(5, 0)) / nudge:6.3f}")

# %% [markdown]
# A [**slope**](../book/glossary.md#slope) says how fast the loss grows when a number grows: here, for a small nudge, by 8 times the nudge of `a`, and by −4 times that of `b`. (The last digit comes from the length of the nudge.) So make `a` smaller and `b` larger. The slopes for all parameters together are the [**gradient**](../book/glossary.md#gradient). Below, `b` stays 0 on the left and `a` stays 5 on the right; each dashed line has the slope of the curve at our start:

# %% tags=["hide-input"]
show(
    figures.valleys(5, 0),
    alt="Two plots, each a valley. Left, the loss for each a while b stays 0: at a = 5 it rises with slope 8. Right, the "
    "loss for each b while a stays 5: at b = 0 it falls with slope -4. The lowest points are about 4 and 8.",
)

# %% [markdown]
# Left, the lowest loss is about 4: with $b = 0$ no `a` does better. Both numbers must move.
#
# There is a way without nudging. Nudge an error $e$ by a small $h$: its square becomes $e^2 + 2 e h + h^2$. The last part is tiny, so the square has changed by $2e$ times the nudge: its slope is $2e$.
#
# If `b` is nudged, each error moves as far. If `a` is, an error moves by its $x$, the notch of the knob, times the nudge: at $x = -2$ twice as far, the other way. There the square of −6 has the slope $-12 \cdot (-2) = 24$. So for `a` multiply: $2e \cdot x$. The loss is a mean, so:
#
# $$\text{slope for } b = 2 \cdot \text{mean}(\text{error}) \qquad \text{slope for } a = 2 \cdot \text{mean}(\text{error} \cdot x)$$
#
# | $x$ | error | error · $x$ |
# |---|---|---|
# | −2 | −6 | 12 |
# | −1 | −3.8 | 3.8 |
# | 0 | −2.4 | 0 |
# | 1 | 0.2 | 0.2 |
# | 2 | 2 | 4 |
# | mean | −2 | 4 |
#
# Twice the means: −4 for `b`, 8 for `a`.
#
# How far to go? A fixed share of the slope, here a tenth: the [**learning rate**](../book/glossary.md#learning-rate). One [**step**](../book/glossary.md#step) is
#
# $$\text{number} \leftarrow \text{number} - \text{learning rate} \cdot \text{slope}$$
#
# so `a` becomes $5 - 0.1 \cdot 8 = 4.2$ and `b` becomes $0 + 0.1 \cdot 4 = 0.4$. **Repeat**, ten times:


# %%
def slopes(a, b):
    return 2 * np.mean(errors(a, b) * knob), 2 * np.mean(errors(a, b))


def train(a, b, rate, steps):
    history = [(a, b)]
    for _ in range(steps):
        slope_a, slope_b = slopes(a, b)
        a, b = a - rate * slope_a, b - rate * slope_b
        history.append((a, b))
    return history


history = train(a=5, b=0, rate=0.1, steps=10)
for step, (a, b) in enumerate(history):
    print(f"step {step:2}  a = {a:.3f}  b = {b:.3f}  loss {loss(a, b):7.3f}")

# %% tags=["hide-input"]
show(
    figures.learning(history),
    alt="Two plots. The line turns from too steep and too low onto the five points within ten steps, with the errors at "
    "the start as upright bars; the loss falls from 12 towards 0.",
)

# %% [markdown]
# From 12 to 0.094: that is [**training**](../book/glossary.md#training). No line goes through all five points; the best has $a = 3$ and $b = 2$, with a loss of 0.048. NumPy's own best line is the same:

# %%
print(f"loss {loss(3, 2):.3f}; slopes", [float(slope.round(6)) for slope in slopes(3, 2)])
claim("The best line is 3 x + 2.", np.allclose(np.polyfit(knob, warmer, 1), (3, 2)))
formula = [np.allclose(slopes(a, b), (4 * (a - 3), 2 * (b - 2))) for a, b in history]
claim("On the way the slopes are 4 (a - 3) and 2 (b - 2).", all(formula))

# %% [markdown]
# `a` is nearly there, `b` on its way. Why? The slope for `a` is 4 times its distance from 3 (twice the mean of the squares 4, 1, 0, 1, 4). A tenth of that takes 0.4 of the distance away and leaves 0.6. The slope for `b` is only twice its distance from 2: each step leaves 0.8. (Neither slope has the other number in it, because the mean of the notches is 0.)
#
# Try other starts. Then raise the learning rate: where does the loss stop falling, and what happens beyond?

# %%
explore(
    figures.descent,
    a=widgets.FloatSlider(value=5, min=-4, max=6, step=0.5),
    b=widgets.FloatSlider(value=0, min=-6, max=6, step=0.5),
    learning_rate=widgets.FloatSlider(value=0.1, min=0, max=0.6, step=0.05),
)

# %% [markdown]
# At 0.5 a step takes $0.5 \cdot 4 = 2$ times `a`'s distance away: it lands as far off on the other side, for ever. Above 0.5 it lands farther off each time, and the loss explodes (not within these ten steps if `a` starts at 3). Near 0 it falls too slowly.
#
# ## 3. The same steps learn to sort mail
#
# Every word of the pile's 20 messages gets a weight, and a message's score is the sum of its words' weights (a word that stands twice counts twice). Above 0 means spam. For `b`, which every score gets, we put a word of our own, *always*, before every message.
#
# Take *free* in the first step. All weights are 0, so all scores are, and the errors are $0 - 1 = -1$ for spam and $0 - (-1) = 1$ for wanted. *Free* stands in five spam messages and in one wanted: its errors add up to −4. The slope is twice the mean over all 20 messages, $2 \cdot (-4) / 20 = -0.4$, and the weight goes from 0 to 0.04. (The $x$ of section 2 is 1 where the word stands and 0 where it does not, so errors count only there.) So for every word, 100 times:


# %%
def score(weights, message):
    return sum(weights.get(word, 0.0) for word in words("always " + message))


def learn(messages, rate=0.1, steps=100):
    weights = {}
    for message, _ in messages:
        for word in words("always " + message):
            weights[word] = 0.0
    for _ in range(steps):
        slope = {}
        for word in weights:
            slope[word] = 0.0
        for message, kind in messages:
            error = score(weights, message) - kind
            for word in words("always " + message):
                slope[word] += 2 * error / len(messages)
        for word in weights:
            weights[word] -= rate * slope[word]
    return weights


weights = learn(MESSAGES)
by_weight = sorted(weights, key=weights.get)  # from most against spam to most for it
print(len(weights), "weights; most against, most for:")
for word in by_weight[:4] + by_weight[-4:]:
    print(f"{word:8} {weights[word]:6.2f}")
for steps in (1, 14, 100):
    found = learn(MESSAGES, steps=steps)
    print(f"after {steps:3} steps: prize {found['prize']:.2f}, free {found['free']:.2f}")

# %% tags=["hide-input"]
show(
    figures.spam_filter({word: weights[word] for word in words("always Cheap pills, order now")}),
    alt="Five boxes, one for each word of the message Cheap pills, order now, always among them, with its learned weight; "
    "an arrow from each to their sum, 0.97: above 0, spam.",
)

# %% [markdown]
# The picture shows *Cheap pills, order now*. Nobody told the filter that *prize* and *cash* smell of spam: the examples did. This is [**machine learning**](../book/glossary.md#machine-learning): the programmer writes how to learn, the examples decide what is learned.
#
# *Free* starts level with *prize*. From step 14 on the error of *Are you free for lunch today* outweighs those of its five spam messages together, and pulls it down. How will the weights sort the 12 new messages, which played no part?

# %%
predict("sorted_right")


# %%
def right(weights, messages):
    return sum((score(weights, message) > 0) == (kind > 0) for message, kind in messages)


for message, kind in NEW_MESSAGES:
    found = score(weights, message)
    print(f"{'right' if (found > 0) == (kind > 0) else 'WRONG'}  {found:5.2f}  {message}")
reveal("sorted_right", right(weights, NEW_MESSAGES))
unseen = 0
for place, message in enumerate(MESSAGES):
    others = MESSAGES[:place] + MESSAGES[place + 1 :]
    unseen += right(learn(others), [message])
print(f"the pile: {right(weights, MESSAGES)} of 20; each learned from the other 19: {unseen} of 20")

# %% [markdown]
# All 20 that it learned from: it has adjusted to them. Asked for each message after learning from the other 19, it gets 16. None of this shows that learning beats rules: our rule gets 18 of the pile, and the new ones were chosen to fool it.
#
# Of *C1aim y0ur pr1ze* it knows no word; −0.03 is the weight of *always*. The cake counts as spam for its *prize* and for its *a*, which happens to occur in the pile's spam only; either would do.
#
# Would more steps help?


# %%
def spam_loss(weights, messages):
    return np.mean([(score(weights, message) - kind) ** 2 for message, kind in messages])


times = (3, 10, 30, 100, 300, 1000)
after = [learn(MESSAGES, steps=steps) for steps in times]
pile_losses = [spam_loss(found, MESSAGES) for found in after]
new_losses = [spam_loss(found, NEW_MESSAGES) for found in after]
held_losses, held_right = held_back(times)
print("new ones right, of 12:", [right(found, NEW_MESSAGES) for found in after])
print("each learned from the other 19, of 20:", held_right)

# %% tags=["hide-input"]
drifting = [each for each in NEW_MESSAGES if "cake" in each[0] or "bus" in each[0]]
easier = [each for each in NEW_MESSAGES if each not in drifting]
claim(
    "Without the cake and the bus, the new loss is lower at 1,000 steps than at 30.",
    spam_loss(after[-1], easier) < spam_loss(after[2], easier),
)
show(
    figures.three_losses(times, pile_losses, held_losses, new_losses),
    alt="Three losses against steps from 3 to 1,000. That of the pile falls to 0. With each message of the pile held back it "
    "falls to 0.45 at 30 steps and hardly any further. That of the new messages falls to 0.53 at 30 steps and then "
    "grows to 0.61.",
)

# %% [markdown]
# It sorts fewer right for it: 8 and 16, where few steps got 10 and 18 (our rule: 6 and 18). The loss of the pile goes on to 0. With each held back it hardly falls after step 30. That of the new ones even turns, though only by two messages, the cake and the bus. To fit the examples better and better and get hardly better, or worse, beyond them is [**overfitting**](../book/glossary.md#overfitting).
#
# The opposite is **underfitting**: too few numbers, or too few steps, to fit even the examples. Back in the shower, with `b` alone:

# %%
print(f"the best flat line: loss {loss(0, 2):.2f}; with a and b: loss {loss(3, 2):.2f}")

# %%
say("rules_or_learning", "too_few_examples")

# %% [markdown]
# ## 4. The family
#
# Where SmolLM2 belongs:

# %% tags=["hide-input"]
show(
    figures.family(),
    alt="Four boxes, each inside the one before: artificial intelligence with spam rules and a chess program by rules; machine "
    "learning with spam weights; deep learning with a program that finds faces; large language models with SmolLM2.",
)

# %% [markdown]
# Our filter adds up once, and so does a line. Neither can say how far a number is from 0: a line that goes down goes on going down. Two rounds of sums can:


# %%
def two_layers(x):
    hidden = [max(0, 1 * x), max(0, -1 * x)]  # times 1 and -1, and 0 if that is negative
    return hidden, 1 * hidden[0] + 1 * hidden[1]


for x in (-4, -2, 0, 3):
    hidden, result = two_layers(x)
    print(f"x {x:2}   hidden {hidden}   times 1, added: {result}")
claim("It gives the distance from 0.", all(two_layers(x)[1] == abs(x) for x in range(-9, 10)))

# %% tags=["hide-input"]
show(
    figures.network(-4, *two_layers(-4)),
    alt="x, which is -4, goes two ways: times 1, where 0 takes the place of the negative result, and times -1, which "
    "gives 4. Each is then multiplied by 1, and the sum is 4.",
)

# %% [markdown]
# This is a [**neural network**](../book/glossary.md#neural-network): inputs times numbers, added; a change of each sum (here negative ones become 0); the results times numbers, added again. Each round is a **layer**. We chose these four weights; large networks learn theirs, as in section 2.
#
# With many layers it is [**deep learning**](../book/glossary.md#deep-learning). A [**large language model**](../book/glossary.md#large-language-model) (LLM) is a language model made of such a network. *Large* is relative: GPT-3 has 175 billion parameters, ours 134,515,008. Abilities that only larger ones show are called [**emergent**](../book/glossary.md#emergence) ([the paper](https://arxiv.org/abs/2206.07682), and [one that doubts it](https://arxiv.org/abs/2304.15004)).

# %%
say("in_the_family")

# %% [markdown]
# ## 5. From a filter to a language model
#
# A filter has one score, a language model one for each of its tokens. And nobody needs to label anything: the right answer is the next word. A simple language model counts which words followed *is* most often in some book. You will build it in the last exercise. How far does it get, on a paragraph written for this course? (For SmolLM2 a word in pieces counts if each piece was its favourite.)

# %%
story = """Every evening the old woman climbed the stairs of the lighthouse, lit the lamp, and sat down with her tea. From the window she could see the whole bay. One night, when the fog was thick, there was a knock at the door. She put down her cup and listened. Nobody came to the lighthouse at this hour, and nobody came in such weather. She took the lamp from the table and went down the stairs, one step at a time. When she opened the door, a boy stood there, wet from head to foot. He said that his father's boat had run on the rocks, and that he had swum to the light."""
print(f"next word guessed, of {len(story.split()) - 1}:")
print("  counted in the Bible, one word back:", reading.words_counted(world_english_bible(), story))
for back in (2, 8):
    print(f"  SmolLM2, {back} words back:", reading.words_guessed(model, tokenizer, story, back))
print("  SmolLM2, all words back:", reading.words_guessed(model, tokenizer, story))

# %% [markdown]
# Not a fair race: SmolLM2 has read far more. But it can also look back at the whole text. Seeing only the last two words it is no better than the counts (though it has read few texts that begin in mid-sentence); seeing eight, it is. *I saw her duck* may be about a bird or a quick movement. Two next words, after three beginnings:

# %%
chances = {}
for before in ("", "A snowball flew at her head.", "My sister has a farm with many birds."):
    sentence = f"{before} I saw her duck".strip()
    down = reading.chance_of(model, tokenizer, sentence, " down")
    swimming = reading.chance_of(model, tokenizer, sentence, " swimming")
    chances[before] = down, swimming
    print(f"{sentence:53} down {down:.2%}   swimming {swimming:.2%}")

# %% tags=["hide-input"]
show(
    figures.duck(chances),
    alt="Three bars, what down and swimming have together, shared between them: without a beginning swimming has "
    "more than half, after the snowball down has nearly all, after the farm swimming has nearly all.",
)

# %% [markdown]
# All are small, since much else can follow, such as a comma. But which leads depends on the sentence before.

# %% [markdown]
# ## 6. What it can do, and what it can't do alone
#
# Most of the training asked for the next token of all kinds of text ([**pretraining**](../book/glossary.md#pretraining)); at the end stood instructions and answers, and it became an [**instruct model**](../book/glossary.md#instruct-model). Larger models write, program, translate, summarise, explain. Our small one:

# %%
for kind, question in {
    "write": "Write a short poem about the sea.",
    "code": "Write a Python function that doubles x.",
    "translate": "Translate into Spanish: Good morning.",
    "answer": "What is the opposite of hot?",
    "reason": "Anna is older than Ben. Ben is older than Cem. Who is the oldest?",
}.items():
    print(f"{kind:11} {reading.ask(model, tokenizer, question)}")

# %% [markdown]
# By our count three of five will do: the opposite, the poem, though it repeats itself, and the code, though Python has no “operator `*2`”. And some things a model can't do alone:

# %%
for lacks, question in {
    "news": "What is the date today?",
    "memory": "What did we talk about yesterday?",
    "calculator": "What is 48 times 37? Answer with a number only.",
    "doubt": "Are you sure that Paris is the capital of France?",
    "and again": "Are you sure that London is the capital of France?",
}.items():
    print(f"{lacks:11} {reading.ask(model, tokenizer, question)}")
print("48 * 37 =", 48 * 37)

# %% [markdown]
# It invents a date and a talk that never was, and multiplies wrongly, by 9%. To *Are you sure* it begins with *No* both times. Alone, a model only goes on with a text.
#
# What you meet as ChatGPT or Claude is a **product**: a model with tools around it, whose findings are put into the text. (The box *model* is the loop of the beginning.)

# %% tags=["hide-input"]
show(
    figures.product(),
    alt="You write to a page or an app. It puts the text together and reaches the model, text in and text out, and five "
    "tools, with arrows both ways: search, documents, running code, memory, actions.",
)

# %% [markdown]
# [Lesson 16](16_retrieval_and_tools.ipynb) builds some.

# %%
say("good_and_bad_at")

# %% [markdown]
# ## 7. Why does it make things up?
#
# SmolLM2 was trained on [about two trillion tokens](https://arxiv.org/abs/2502.02737), two million million. How much of that can its numbers hold?

# %%
predict("bytes_per_token")

# %%
read = 2_000_000_000_000  # tokens
bible = world_english_bible().encode()
kept = model.num_parameters() * 2  # bytes: two for each number, as the model was published
per_token = len(story.encode()) / len(tokenizer.encode(story))
print(f"{model.num_parameters():,} numbers, {kept / 1e6:.0f} million bytes")
print(f"a token of our story has {per_token:.2f} bytes; for each token read, {kept / read:.5f}")
print(f"bytes read for each byte kept: {round(per_token * read / kept, -3):,.0f}")
print(
    f"the same for zip, which loses nothing, on the Bible: {len(bible) / len(zlib.compress(bible, 9)):.1f}"
)
reveal("bytes_per_token", "about a ten-thousandth")

# %% [markdown]
# (Fewer different bytes, where a text was read more than once.) It can't have kept all that: this is **lossy compression**. We guess that what helps often stays, such as grammar and common facts. Asked for a detail, the model looks nothing up; it gives chances to what is plausible. Going on plausibly is what it was trained for, and that alone does not reward *I don't know*. When the plausible is false, we speak of [**hallucination**](../book/glossary.md#hallucination). Ask about something that never happened:

# %%
tower = "When did the Eiffel Tower move to Berlin?"
print("the favourites:", reading.ask(model, tokenizer, tower))
print("where it is:", reading.ask(model, tokenizer, "Where is the Eiffel Tower?"))
for seed in range(3):  # by chance, not the likeliest token each time
    print(f"chance, seed {seed}:", reading.ask(model, tokenizer, tower, seed=seed))

# %% [markdown]
# No answer says that the tower never moved, though the model knows where it stands: it goes on from the question, in words as sure as those of a true answer. With another **seed**, the start of the random choices, may come another invention. Do its chances show that it is unsure?

# %%
for country in ("France", "Australia", "Canada"):
    best = reading.next_tokens(model, tokenizer, f"The capital of {country} is", 3)
    print(f"{country:10}", "  ".join(f"{token} {chance:.0%}" for token, chance in best))

# %% [markdown]
# *Paris* stands alone; *Sydney* and *Canberra* are nearly even.
#
# Back to the first cells: a bare sentence gave *Sydney*, a question in a chat *Canberra*. Was it the chat or the question? (A chat puts marks around the text, and a sentence before it that tells the model who it is.) Swap them, and try another country:

# %%
for country in ("Australia", "Turkey"):
    question, bare = f"What is the capital of {country}?", f"The capital of {country} is"
    for text in (bare, f"{question} {bare}"):
        best = reading.next_tokens(model, tokenizer, text, 2)
        print(f"{text:65}", "  ".join(f"{token} {chance:.0%}" for token, chance in best))
print("the bare sentence, in a chat:", reading.ask(model, tokenizer, prompt))

# %% [markdown]
# For Australia the question did it. For Turkey it strengthens *Istanbul*, which is wrong: the capital is Ankara, whose first piece is *Ank*. So the chances, which the written word does not show, are a warning only sometimes: *Ottawa* was right at 25%, *Istanbul* is wrong at 32%, and at 65% after the question. The model holds only numbers that turn a text into chances for the next token, and another text gives other chances.

# %%
say("why_hallucination")

# %% [markdown]
# ## 8. Why build one?
#
# Who has built a model can judge better what one will do well, and adapt one: to a language, a device, a set of documents.
#
# Now play: put your own question in the cell.

# %%
print(reading.ask(model, tokenizer, "Write a haiku about debugging code."))

# %% [markdown]
# Find a mistake in a field that you know well. Try `seed=1`, and `tokens=200` for a long answer.

# %%
say("why_understand", "five_systems")

# %% [markdown]
# ## Exercises
#
# ### {exercise: one_step}
#
# Another shower: at the notches 0, 1 and 2 you measure 1, 2 and 6. From $a = 1$, $b = 0$, with the learning rate 0.1, take one step with a pencil. Write the two numbers behind `return`, as in `return [4.2, 0.4]`.


# %% tags=["exercise"]
def my_one_step():
    """[a, b] after one step from a = 1, b = 0, for the
    measurements 1, 2 and 6 at x = 0, 1 and 2, with the learning rate 0.1."""
    ...


check("one_step", my_one_step)

# %% [markdown]
# The next exercise is about this loop. It has a common mistake: the loss falls for three steps, and then grows.

# %%
a, b = 5, 0
slope_a, slope_b = slopes(a, b)
losses = []
for _ in range(10):
    a, b = a - 0.1 * slope_a, b - 0.1 * slope_b
    losses.append(f"{loss(a, b):.2f}")
print(*losses)

# %% [markdown]
# ### {exercise: train_line}
#
# Find out why, and write a loop that learns, for any measurements `x` and `y`. It also warns of a learning rate that is too large: it says at which step the loss grew.


# %% tags=["exercise"]
def my_train(x, y, a, b, rate, steps):
    """arrays x and y of the same length, numbers a, b, rate and steps to [a, b, rose]: a
    and b after that many steps, and the number of the first step (they count from 1)
    after which the loss is larger than before it, 0 if there is none. Both slopes are
    computed before either number changes, and all steps are taken."""
    ...


check("train_line", my_train)

# %% [markdown]
# ### {exercise: parabola}
#
# Take the curve $y = a x^2 + b x + c$. What are the slopes of its three numbers? Think of what each is multiplied by.


# %% tags=["exercise"]
def my_slopes(x, y, a, b, c):
    """arrays x and y of the same length and numbers a, b and c to the list [slope of a,
    slope of b, slope of c] of the loss, which is the mean of
    (a * x**2 + b * x + c - y) ** 2. A nudge of 0.001 is not exact enough."""
    ...


check("parabola", my_slopes)

# %% [markdown]
# ### {exercise: next_words}
#
# Build the language model that counts. `check` tries it on short texts, then on the beginning of the Bible, where it writes its favourite each time.


# %% tags=["exercise"]
def my_next_words(text, word):
    """a text and a word to a dict: from each word that follows this word in text.split()
    to its chance, which is how often it follows, divided by how often anything does; {}
    for a word that nothing follows. "a b a c a b" and "a" give {"b": 2/3, "c": 1/3}."""
    ...


check("next_words", my_next_words)

# %% [markdown]
# Solved? Then let it write by chance, in a cell of your own: `print(reading.write(my_next_words, world_english_bible(), "God"))`.

# %% [markdown]
# ## Quiz

# %%
quiz("00")

# %% [markdown]
# What you have solved so far:

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A language model gives a chance to every next token: choose, append, ask again.
# - Learning adjusts numbers: predict, compare (loss), adjust (minus learning rate times slope), repeat.
# - It learns what is in the examples, coincidences included. Judge it on others.
# - It keeps far less than it reads, and goes on plausibly, true or not.
#
# **Papers.** [Shannon 1951](https://doi.org/10.1002/j.1538-7305.1951.tb01366.x), *Prediction and Entropy of Printed English*. [Vaswani and others 2017](https://arxiv.org/abs/1706.03762), *Attention Is All You Need*.
#
# **Next:** [lesson 00b](00b_tensors.ipynb) has tensors, 00c slopes that compute themselves; [lesson 01](01_tokens_and_sampling.ipynb) begins with the model's choice.
