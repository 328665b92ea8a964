# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 14 · Evaluation
#
# **How do you know that it is any good?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores; the check of the last exercise takes more |
# | You need | [perplexity](01_tokens_and_sampling.ipynb#11.-How-good-is-the-model-at-guessing?); [bytes](02_bpe_tokenizer.ipynb#4.-Bytes:-nothing-is-unknown); [the standard error](09b_what_is_each_part_worth.ipynb#2.-The-standard-error,-by-hand) and [pairs](09b_what_is_each_part_worth.ipynb#3.-A-fair-race); [how likely an answer is](13_preference.ipynb#5.-How-likely-is-an-answer?) |
# | It adds to `lessons_lib` | `evaluation/`: tasks, likelihoods, intervals, and a command that measures a model |
#
# {route}

# %%
# {setup}

# %%
import math

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
from lessons_lib.classroom.lessons.lesson14 import (
    asking,
    contaminated,
    figures,
    judging,
    recorded,
)
from lessons_lib.classroom.lessons.lesson14.counting import letter_chances
from lessons_lib.classroom.lessons.lesson14.which_fault import CHOICES, QUERY, SEEN, WAYS
from lessons_lib.corpora import shakespeare
from lessons_lib.evaluation import (
    Asked,
    bits_per_byte,
    calibration_error,
    confidence,
    encode_pair,
    evaluate,
    exact_match,
    load_tasks,
    mcnemar,
    needed,
    normalised,
    pick,
    score,
    wilson,
)

torch.set_num_threads(1)
use_style()

# %% [markdown]
# ## The finished thing first
#
# SmolLM2 and 300 questions, such as *What kind of thing does the word "mosquito" name?* Five kinds are offered each time, so who guesses is right on 20%. Four ways to ask, all of them usual:

# %%
items = recorded.tasks_of("kinds").items
print(len(items), "questions")
ways = {
    "it writes the answer": [
        exact_match(text, [item.told])
        for item, text in zip(items, recorded.written("kinds", 0), strict=True)
    ],
    "it names the letter of a choice": recorded.right(asking.LETTER),
    "its likeliest choice": recorded.right(asking.USUAL),
    "the same, after five examples": recorded.right("five examples"),
}
for name, right in ways.items():
    low, high = wilson(sum(right), len(right))
    print(f"{name:32} {sum(right) / len(right):4.0%}   between {low:.0%} and {high:.0%}")
letters = {asking.LETTERS[picked] for picked in recorded.picks(asking.LETTER)}
print("letters that it named:", *letters)
for name in (asking.LETTER, "five examples"):
    change, shots = asking.WAYS[name]
    task = change(recorded.tasks_of("kinds"))
    print(f"\n--- {name}, what it reads:\n{task.prompt(task.items[0], shots)}")

# %% tags=["hide-input"]
show(
    figures.shares(ways, chance=0.2),
    alt="Four shares of right answers on the same questions, each with its interval: 0, 19, 60 and 80 percent.",
)

# %% [markdown]
# One model, the same questions, four scores. Asked for a letter, it says A to every question. (Recorded, as everything here about whole tasks, by `python -m benchmarks.evaluation FOLDER`. The dotted line is a guess; what *between* means is section 5.) A score is never one of a model alone. It belongs to a model, a set of questions, and a way of asking. This lesson builds the instruments, one by one, until you can say which of two numbers to believe.
#
# ## 1. How well does it know a text?
#
# The oldest instrument needs no questions: take a text and see how surprised the model is. Perplexity (lesson 01) is the surprise of a token, as a number of equally likely choices. Beside SmolLM2 we put a model that only counts: how often each letter followed the three before it, in 300,000 letters of Shakespeare. Both are asked about the same 3,000 other letters of his.

# %%
predict("better_by_bits")

# %%
plays = shakespeare()
read, text = plays[:300_000], plays[400_000:403_000]
print(f"{len(read):,} letters read, asked about {len(text):,}")
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
letters = letter_chances(read, text)  # a logarithm for each
ids = torch.tensor([tokenizer.bos_token_id, *tokenizer.encode(text)])
with torch.no_grad():
    chances = model(ids[None, :-1])[0].log_softmax(-1)  # [T, V]
tokens = chances[range(len(ids) - 1), ids[1:]].tolist()
for name, logarithms in (("letters", letters), ("SmolLM2", tokens)):
    total, pieces = sum(logarithms), len(logarithms)
    a_byte = -total / math.log(2) / len(text.encode())
    print(f"{name}: {pieces:,} pieces, perplexity {math.exp(-total / pieces):.1f}", end=", ")
    half = 1.96 * torch.tensor(logarithms).std().item() * pieces**0.5 / math.log(2)
    print(f"{a_byte:.2f} ± {half / len(text.encode()):.2f} bits a byte")
    assert math.isclose(a_byte, bits_per_byte(total, [text]))
reveal("better_by_bits", "SmolLM2")

# %% [markdown]
# By perplexity the counter looks far better. But it chooses three times as often, each time among a few dozen letters, and SmolLM2 among tens of thousands of tokens. **Perplexities of two tokenizers can't be compared.** The surprise of the *whole text* can, and so the [bits a byte](../book/glossary.md#bits-a-byte) of lesson 09. (± is 1.96 standard errors, lesson 09b, with each piece taken alone. SmolLM2 may have read Shakespeare: section 10.)
#
# ## 2. Which choice is likeliest?
#
# A small model seldom writes the very word that we wait for. So we let it read the question and ask how likely each choice is behind it: the sum of the logarithms of its tokens' chances, as in lesson 13.

# %% tags=["hide-input"]
show(
    figures.one_question(),
    alt="Question and choice go to the model. The logarithms of the chances of the choice's tokens are added up and divided by its "
    "length. The largest of the choices is picked, right or wrong; over all questions that makes a share and its interval.",
)


# %%
def plain_score(context, choice):
    """the natural logarithm of the chance of a choice behind a context, and its number of tokens"""
    begin = len(tokenizer.encode(context))
    ids = tokenizer.encode(f"{context} {choice}")
    with torch.no_grad():
        chances = model(torch.tensor([ids]))[0].log_softmax(-1)  # [T, V]
    return sum(chances[t - 1, ids[t]].item() for t in range(begin, len(ids))), len(ids) - begin


item = items[0]
context = f"Question: {item.query}\nAnswer:"
found = [plain_score(context, choice) for choice in item.choices]
for choice, (value, tokens) in zip(item.choices, found, strict=True):
    print(f"   {choice:17} {value:6.2f} nats, {tokens} tokens")
library = score(model, [encode_pair(tokenizer, context, f" {choice}") for choice in item.choices])
claim(
    "The library finds the same.",
    all(abs(ours - each.nats) < 1e-3 for (ours, _), each in zip(found, library, strict=True)),
)

# %% [markdown]
# **A common mistake** sits at the border. The space belongs to the choice: SmolLM2's token is `␣insect`. Whoever ends the context with a space asks for *insect* behind a space that stands alone, which text hardly ever does:

# %%
for before, after in ((":", " insect"), (": ", "insect")):
    asked = Asked(tokenizer.encode(context.removesuffix(":") + before), tokenizer.encode(after))
    pieces = [tokenizer.decode([i]) for i in asked.context[-2:] + asked.continuation]
    print("it ends in", pieces, f"{score(model, [asked])[0].nats:.1f} nats")

# %% [markdown]
# So question and choice are encoded as one text and cut where the question's tokens end. The library does the same for a whole task, and reads only once what several texts begin with:

# %%
[few] = load_tasks("kinds", limit=60)
results = evaluate(model, tokenizer, [few])
print(results.table())

# %% [markdown]
# Of 60 questions, five rows. Why five?
#
# ## 3. Long choices are at a disadvantage
#
# Each further token makes a text less likely. *musical instrument* pays twice where *insect* pays once. So one divides by the number of tokens, or of bytes (a [**normalisation**](../book/glossary.md#normalisation-of-likelihoods)), or takes away what the choice costs at the beginning of a text, without the question (*alone*; pmi, pointwise mutual information: how much likelier the question makes it). On paper:

# %%
shown = ["bird", "musical instrument"]
values, tokens, alone = [-4.0, -6.0], [1, 2], [-9.0, -12.0]
for by in ("none", "token", "byte", "pmi"):
    scores = normalised(values, shown, by, tokens=tokens, alone=alone)
    print(f"{by:6}", [f"{each:.2f}" for each in scores], "picks", shown[pick(scores)])

# %%
predict("changed_picks")

# %%
where = recorded.tasks_of("where").items[0]
print("of where:", where.query, "choices:", *where.choices, sep="\n   ")
picked = {}
for task in ("kinds", "where"):
    asked = recorded.tasks_of(task).items
    for by in ("none", "token", "byte", "pmi"):
        picked[task, by] = [
            pick(
                normalised(row["nats"], each.choices, by, tokens=row["tokens"], alone=row["alone"])
            )
            for each, row in zip(asked, recorded.rows(task), strict=True)
        ]
    print(f"{task:6}", end="")
    for by in ("none", "token", "byte", "pmi"):
        right = sum(p == each.gold for p, each in zip(picked[task, by], asked, strict=True))
        low, high = wilson(right, len(asked))
        print(f" {by} {right / len(asked):.0%} [{low:.0%}, {high:.0%}]", end=" ")
    print()
none, byte = picked["kinds", "none"], picked["kinds", "byte"]
changed = [n for n in range(300) if none[n] != byte[n]]
for n in changed[:3]:
    choices = items[n].choices
    print(f"   {items[n].query[33:]:22} {choices[none[n]]} -> {choices[byte[n]]}")
reveal("changed_picks", len(changed))

# %% [markdown]
# (The whole tables come from `python -m lessons_lib.evaluation smollm2-135m-instruct kinds where`.) Five picks of six have changed, and the cure is worse than the disease:

# %%
for task in ("kinds", "where"):
    asked = recorded.tasks_of(task).items
    told = sum(len(each.told) for each in asked) / 300
    print(f"{task}: what is right has {told:.0f} letters; what is picked by", end=" ")
    means = {}
    for by in ("none", "byte"):
        pairs = zip(picked[task, by], asked, strict=True)
        more = torch.tensor([len(e.choices[p]) - len(e.told) for p, e in pairs]).float()
        means[by], half = more.mean(), 1.96 * more.std() / math.sqrt(300)
        print(f"{by} {means[by]:+.1f} ± {half:.1f}", end=", ")
    print(f"who guesses is right on {sum(1 / len(each.choices) for each in asked) / 300:.0%}")
    claim("None picks too short, bytes pick too long.", means["none"] < -1 and means["byte"] > 1)

# %% [markdown]
# With nothing divided, short choices win too often; divided, long ones do, and far more. A guess at the cause: once it has begun, the rest of a long choice is nearly free. Behind *musical* comes *instrument*, and a cheap token halves the mean. (On other tasks division may help. On `where` it leaves no more than a guess.) So none of the four is the right one. Say which you took, and take it before you have seen the scores.
#
# ## 4. Written answers
#
# Where the model writes the answer itself, somebody has to say what counts as right. **[Exact match](../book/glossary.md#exact-match)** compares texts. Here are its traps, on three tasks of the library, one of them asked in two ways:


# %%
def rules(text, answer):
    """whether a written text counts as right, by three rules"""
    return {
        "the very text": text == answer,
        "but for white space": exact_match(text, [answer]),
        "it stands in there": answer in text,
    }


for task, shots in (("sums", 0), ("kinds", 0), ("kinds", 5), ("notes", 1)):
    asked, said = recorded.tasks_of(task).items, recorded.written(task, shots)
    counted = [rules(text, each.told) for text, each in zip(said, asked, strict=True)]
    print(f"{task}, examples before it: {shots}; asked {asked[0].query!r}")
    cut = sum(len(tokenizer.encode(text)) == 8 for text in said)
    print("   said to the first three:", said[:3], "with eight tokens:", cut)
    for name in counted[0]:
        right = sum(each[name] for each in counted)
        low, high = wilson(right, 300)
        print(f"   {name:20} {right:3} of 300: {right / 300:.0%}, {low:.0%} to {high:.0%}")
print(rules(" 17", "7"))

# %% [markdown]
# *Sums:* the model seems unable to add. But nearly always it repeats the sum, and is cut off after eight tokens, just before the number would come. Whether it can add, this 0% doesn't say. *Kinds* without examples, the opening's first line: the same limit. With five examples: a badger *is* an animal. The word that we wait for is another one, so exact match says 38%, where the likeliest choice, after the same examples, was right on 80%. *White space:* a space comes first, and by the first rule nothing is ever right. The last rule is no way out: it finds a 7 in 17. **Read what was written before you believe a share.**
#
# ## 5. How sure is a share?
#
# Twenty questions, all answered rightly. Is the model always right? Lesson 09b's answer would be the mean ± 1.96 standard errors. For a share $p$ the standard error is $\sqrt{p (1 - p) / n}$, and here that is 0: *100% ± 0*. The [**Wilson interval**](../book/glossary.md#wilson-interval) (1927) asks the other way round: *from which true shares would 20 of 20 not be a surprise?* It solves that for the true share. With $z = 1.96$:
#
# $$\text{middle} = \frac{p + z^2 / 2n}{1 + z^2 / n} \qquad \text{half} = \frac{z}{1 + z^2 / n} \sqrt{\frac{p (1 - p)}{n} + \frac{z^2}{4 n^2}}$$
#
# On paper, for 20 of 20: $z^2$ is 3.84, below stands 1.192, the middle is $(1 + 0.096) / 1.192 = 0.919$ and the half $1.96 \cdot 0.049 / 1.192 = 0.081$. So 84% to 100%.


# %%
def plain_wilson(right, n, z=1.96):
    p, below = right / n, 1 + z**2 / n
    middle = (p + z**2 / (2 * n)) / below
    half = z / below * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return middle - half, middle + half


def plus_minus(right, n, z=1.96):
    p = right / n
    return p - z * math.sqrt(p * (1 - p) / n), p + z * math.sqrt(p * (1 - p) / n)


def held(interval, p, n):
    """how often the interval of what was seen holds the true share"""
    seen = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    return sum(c for k, c in enumerate(seen) if interval(k, n)[0] <= p <= interval(k, n)[1])


low, high = plain_wilson(20, 20)
print(f"z squared {1.96**2:.2f}, below {1 + 1.96**2 / 20:.3f}", end="; ")
print(f"middle {(low + high) / 2:.3f}, half {(high - low) / 2:.3f}: {low:.0%} to {high:.0%}")
for p, n in ((0.97, 20), (0.97, 100), (0.6, 100)):
    print(f"{p:.0%} of {n:3}: plus minus holds {held(plus_minus, p, n):.0%}", end=", ")
    print(f"Wilson {held(plain_wilson, p, n):.0%}")
claim(
    "The library's is the same.",
    all(
        math.isclose(a, b, abs_tol=1e-4)
        for k in range(21)
        for a, b in zip(plain_wilson(k, 20), wilson(k, 20), strict=True)
    ),
)

# %% [markdown]
# (`held` is exact: it adds up the chance of every number of right answers whose interval holds the true share.) An interval that promises 95% and keeps 46% is worse than none. How many questions make it narrow enough? Move them:


# %%
def draw_width(questions, share):
    low, high = wilson(round(questions * share), questions)
    line = f"{share:.0%} of {questions:,}: {low:.1%} to {high:.1%}, {100 * (high - low):.1f} points wide"
    return figures.width(questions, share), line


explore(
    draw_width,
    questions=widgets.SelectionSlider(
        options=[20, 50, 100, 300, 1000, 3000, 10_000], value=100, description="questions"
    ),
    share=widgets.SelectionSlider(
        options=[0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.97], value=0.6, description="share"
    ),
)

# %% [markdown]
# With 100 questions, 60% means anything from 50 to 69. Half the width takes four times the questions.

# %%
predict("questions_needed")

# %%
apart = needed(0.60, 0.65)
print(f"questions of its own for each: {apart:,}")
for differing in (0.1, 0.2, 0.3):
    print(f"the same, {differing:.0%} differ: {needed(0.60, 0.65, differing=differing):,}")
reveal("questions_needed", apart)

# %% [markdown]
# (By the usual formula. The exact test of section 6 wants a few more.) The other lines: ask both the same.
#
# ## 6. Two on the same questions
#
# Questions that both know, or neither, say nothing about which is better. What counts are those that exactly one knows. If both were equally good, each of these would be the toss of a coin. So count tosses, and ask how often a coin would split them so unevenly: [**McNemar's test**](../book/glossary.md#mcnemars-test), here exactly. On paper: six questions differ, and one model has them all. Six heads have a chance of $1 / 64$, six tails as well: $p = 2 / 64 = 0.03$.


# %%
def plain_mcnemar(first, second):
    pairs = list(zip(first, second, strict=True))
    one, other = pairs.count((True, False)), pairs.count((False, True))
    ways = sum(math.comb(one + other, heads) for heads in range(min(one, other) + 1))
    return one, other, min(1.0, 2 * ways / 2 ** (one + other))


usual = recorded.right(asking.USUAL)
found = {}
for name in asking.WAYS:
    right = recorded.right(name)
    one, other, p = plain_mcnemar(usual, right)
    print(f"{name:32} {sum(right) / 300:4.0%}   {one:3} : {other:<3} p = {p:.2g}")
    assert mcnemar(usual, right) == (one, other, p)
    found[name] = p
others = [p for name, p in found.items() if name != asking.USUAL]
claim("All but the first differ from it, for eight comparisons.", max(others) < 0.05 / 8)

# %% [markdown]
# Each line is SmolLM2 on the same questions, compared with the first line: how many only the first way got, how many only the other. The second line's interval is 47% to 58% and that of the first 54% to 65%: they overlap. But of the 40 questions that differ, 31 went one way. (Eight comparisons find something by luck more easily than one, lesson 09b. Divide 0.05 by 8: all eight hold.)
#
# ## 7. The way of asking
#
# Read the table as nine ways of asking: each but the last somebody could call usual. *Q:* in place of *Question:* costs seven points, a line break before the answer seventeen. In the chat template, for which this model was tuned, it does worse than in plain text: there it wants to write sentences. (That is a guess.) [Sclar and others](https://arxiv.org/abs/2310.11324) found the same with far larger models.
#
# Examples help most of all. Do they teach what the kinds are?

# %%
shown = recorded.right("five examples")
for name in ("the same, backwards", "the same, with wrong answers"):
    one, other, p = mcnemar(shown, recorded.right(name))
    print(f"{name:32} {one:3} : {other:<3} p = {p:.3f}")
claim(
    "With wrong answers they still help.",
    mcnemar(usual, recorded.right("the same, with wrong answers")).p < 0.01,
)

# %% [markdown]
# Their order can't be told apart from the other one here. Examples whose every answer is wrong cost six points (a hint: of two comparisons one has $p = 0.03$), and are still far better than none: most of what examples teach is the *form*, found also by [Min and others](https://arxiv.org/abs/2202.12837). So a score of a model is worth nothing without its prompt. When two papers name two numbers for one model, look there first.
#
# ## 8. Sure, and right?
#
# If one of the choices must be right, the likelihoods say how sure the model is: softmax over the choices, and the largest is its confidence. Of answers with 70% confidence, 70% should be right. Then it is **[calibrated](../book/glossary.md#calibration)**.

# %%
sure, correct = {}, {}
for by, name in (("none", "nothing divided"), ("byte", "divided by bytes")):
    scores = [
        normalised(row["nats"], each.choices, by)
        for row, each in zip(recorded.rows("kinds"), items, strict=True)
    ]
    sure[name] = [confidence(row) for row in scores]
    correct[name] = [pick(row) == each.gold for row, each in zip(scores, items, strict=True)]
    print(
        f"{name}: {sum(sure[name]) / 300:.0%} sure, {sum(correct[name]) / 300:.0%} right", end=", "
    )
    print(f"off by {calibration_error(sure[name], correct[name]):.0%}")

# %% tags=["hide-input"]
show(
    figures.reliability({name: (sure[name], correct[name]) for name in sure}),
    alt="Two diagrams of the share right against confidence. With nothing divided all dots lie below the diagonal; with "
    "confidences from 37 to 97 percent 17 to 87 percent are right. Divided by bytes nearly all confidences are below 60 percent, "
    "and dots lie a little below the diagonal.",
)

# %% [markdown]
# A dot holds the answers of ten points of confidence; the bars are Wilson's. With nothing divided every dot lies below the line: the model is too sure, by 16 points on average. Divided by bytes it is seldom sure of anything, and the gap is 6. (Smaller scores make softmax flatter, as a high temperature does: the gap depends on that scale, too.) **But calibrated is not good.** Who says 20% to everything and guesses is perfectly calibrated.
#
# ## 9. A model as judge
#
# Who judges answers that can't be compared as texts? People; or a large model, shown two answers and asked which is better ([Zheng and others](https://arxiv.org/abs/2306.05685)). Is SmolLM2 fit for that? Sixty questions of above, each with the right choice and a wrong one, shown as A and B in both orders. This is what it reads, here in a pair of another sort, one answer padded with two polite sentences:

# %%
[padded] = judging.padded_and_plain(items[:1])
print(judging.ASKED.format(query=padded.query, a=padded.first, b=padded.second))

# %%
predict("judge_says_a")

# %%
names = {
    "right and wrong": "right answer",
    "padded and plain": "padded answer",
    "own and right": "its own word",
    "other and right": "a wrong one",
}
says_a = {}
for what, first in names.items():
    gaps, likelier = recorded.gaps(what), recorded.likelier(what)
    says_a[what] = sum(gap > 0 for pair in gaps for gap in pair)
    wins, n = sum(one > other for one, other in gaps), len(gaps)
    low, high = wilson(wins, n)
    print(f"{first:18} says A {says_a[what]} of {2 * n}; letter out:", end=" ")
    print(f"prefers it {wins / n:.0%} [{low:.0%}, {high:.0%}];", end=" ")
    print(f"likelier itself {sum(gap > 0 for gap in likelier) / n:.0%}")
reveal("judge_says_a", says_a["right and wrong"])

# %% tags=["hide-input"]
show(
    figures.both_orders(
        {names[what]: recorded.gaps(what) for what in ("right and wrong", "padded and plain")}
    ),
    alt="Two diagrams, a dot a pair. All dots are right of and above zero. For right and wrong answers they lie on both sides of "
    "the diagonal; for padded and plain answers all lie above it.",
)

# %% [markdown]
# It says A, every time. But *how much* likelier A is depends on what stands there. In the figure a dot is a pair: how far A is above B with the first answer as A (up), and with the second (right). The letter pulls both ways alike, so what counts is whether a dot lies above the dashed line (exercise 4).
#
# With the letter out, the right answer wins 42% of the pairs, and the interval holds a coin's 50%: whether SmolLM2 judges better than a coin these 60 pairs can't say. Yet it has a taste: the two polite sentences are preferred in every pair. That is the **length** in the verdict, we guess (or the politeness: one padding was tried), beside the **position**. Ask instead how likely each answer itself is, as in section 2, and the right one wins 78%: **it knows more than it can say.** (That measure has the opposite fault: padding never wins, we guess since each word costs.)
#
# The last two lines are about the model's **own** answers: sixty questions to which it had written another word than ours, against the right one; and for the same questions a wrong choice that it had not written.

# %%
own, other = "own and right", "other and right"
letter = {what: [a > b for a, b in recorded.gaps(what)] for what in (own, other)}
itself = {what: [gap > 0 for gap in recorded.likelier(what)] for what in (own, other)}
for name, wins in (("by letters", letter), ("by likelihood", itself)):
    one, two, p = mcnemar(wins[own], wins[other])
    print(
        f"{name:14} own {sum(wins[own])}, other {sum(wins[other])} of 60; {one} : {two}, p = {p:.2g}"
    )
claim(
    "By letters both beat the right answer more often than a coin would let them.",
    all(wilson(sum(wins), 60)[0] > 0.5 for wins in letter.values()),
)

# %% [markdown]
# By letters a word that isn't ours beats the right answer in about two pairs of three, and both intervals lie above 50%: on these questions, which it had missed, **the judge is worse than a coin**. Its own words do no better there than others: no preference for itself can be seen. By likelihood they do, 28 to 0. But many of its own words are no mistakes (*animal* for the badger, section 4), so part of this is knowledge. Whether a likelihood finds a model's *mistakes* would take pairs in which its own word is wrong.
#
# Large models judge far better: GPT-4 agreed with people on over 80% of the answers, as often as people among each other, and had the first two habits in a milder form; of the third Zheng and others couldn't tell. So measure a judge on pairs whose better answer you know, before you let it judge.
#
# ## 10. Has it read the test?
#
# Tests are published, and models read what is published: [**contamination**](../book/glossary.md#contamination), a leak (lesson 08) into the training text. What that does is best measured on a model that we made. A small one reads stories word by word, and among them the first half of our questions with their choices and answers, eight copies of each; and all of it twice. Eight others, with the same first weights, read the stories alone. Nothing in the stories says what a *harp* is, so an honest score is a guess, 20%.
#
# The last column asks without any answer: is a question with its choices in the *published* order likelier than in four other orders? Who has not read it finds that half the time.

# %%
runs = recorded.taught()
print(contaminated.HALF, "questions read,", contaminated.HALF, "not")
for copies, eight in runs.items():
    for what in ("seen", "unseen"):
        rights = [100 * getattr(run, what) / contaminated.HALF for run in eight]
        orders = [100 * getattr(run, f"order_{what}") for run in eight]
        print(
            f"{copies} copies, {what:6}: right {min(rights):3.0f}% to {max(rights):3.0f}%", end=", "
        )
        print(f"published order likelier {min(orders):.0f}% to {max(orders):.0f}%")

# %% tags=["hide-input"]
show(
    figures.contamination(runs, 0.2),
    alt="Left the share of right answers, right how often the published order is the likelier one, for 0 and for 8 copies, eight "
    "models each. With 0 copies all lie near 20 and near 50 percent. With 8 copies what was read lies at 78 percent or more, and "
    "its order at 100; what was not read stays where it was.",
)
worst = min(run.seen for run in runs[8])
claim(
    "Each of the eight that read them beats each that did not.",
    worst > max(r.seen for r in runs[0]),
)
claim("On the rest they only guess.", max(run.unseen for run in runs[8]) < 0.3 * contaminated.HALF)

# %% [markdown]
# A model that knows nothing at all is right on most of what it has read. Two things give it away. The other half, which it has not read: **hold questions back.** And the order of the choices, which nobody would know who had not seen it: for what was read the published order is the likelier one in all but a few of the comparisons. (After an idea of [Oren and others](https://arxiv.org/abs/2310.17623), who asked the same about the order of the questions. Sixteen readings of each question are many; fewer weren't tried.)
#
# ## 11. What a leaderboard can't tell
#
# Two models stand side by side with two numbers. You don't know whether the way of asking suited both; whether the difference is one, where no interval stands beside it; whether either has read the test; and whether its questions are like yours. And what a board ranks by, people train for (lesson 13b). So keep some hundred questions of your own work, published nowhere, ask every candidate in the same way, and compare in pairs.
#
# ## Exercises
#
# ### {exercise: my_wilson}
#
# Section 5, from the formula.


# %% tags=["exercise"]
def my_wilson(right, n, z):
    """right answers, their number n of at least 1, and z, such as 1.96, to two numbers, the lower
    and the upper end of Wilson's interval of section 5."""
    ...


check("my_wilson", my_wilson)

# %% [markdown]
# ### {exercise: my_mcnemar}
#
# Section 6, from memory.


# %% tags=["exercise"]
def my_mcnemar(first, second):
    """for two models two equally long lists, True where the answer to a question was right, in the
    same order of questions, to p: how often tosses of a coin, one for each question that exactly
    one of the two knows, would split at least as unevenly, in either direction. It is 1 where no
    question differs."""
    ...


check("my_mcnemar", my_mcnemar)

# %% [markdown]
# Four harnesses (programs that ask a model and count) say of the same question how likely its four choices are, in nats. Each has another fault, or none:

# %%
print(QUERY, CHOICES)
for name, (_, scores) in SEEN.items():
    print(f"harness {name}: {scores}")
for place, each in enumerate(WAYS, start=1):
    print(f"{place}: {each}")

# %% [markdown]
# ### {exercise: which_fault}
#
# Which harness has which fault? One is nobody's.

# %% tags=["exercise"]
# a list of four whole numbers: the fault of harness A, of B, C and D. One of the five is nobody's.
check("which_fault", ...)

# %% [markdown]
# ### {exercise: my_verdicts}
#
# In section 9 *letter out* stands before a share. How was it told?


# %% tags=["exercise"]
def my_verdicts(gaps):
    """a list of at least one pair of gaps to two numbers. Of each pair the first gap says by how
    much the letter A is likelier than B, in nats, with the first answer as A, and the second gap
    the same with the second answer as A. Asked for are the letter's own pull, the mean of all gaps,
    and the share of the pairs in which the first answer is preferred once that pull has fallen out,
    where equal gaps count half."""
    ...


check("my_verdicts", my_verdicts)

# %% [markdown]
# ### {exercise: my_harness}
#
# All of it, without the library's `score`: your harness measures SmolLM2, and must come to what the library's table says.


# %% tags=["exercise"]
def my_harness(model, tokenizer, items, by):
    """a model, a tokenizer, n items, and by to four things: scores, right, low, high. An item has
    query, choices and gold, the number of the right choice from 0. The model reads 'Question: ' and
    the query, on a new line 'Answer:', and behind it a space and a choice. The score of a choice is
    the sum of the logarithms of its tokens' chances, divided by nothing, by the number of its
    tokens, or by its bytes in UTF-8, as by says: 'none', 'token' or 'byte'. scores is a list of n
    lists; right is how many of the items have their largest score (the first of equal ones) at
    gold; low and high are Wilson's interval, with z = 1.96. model(ids [1, T]) gives scores [1, T,
    V], tokenizer.encode(text) a list of ids."""
    ...


check("my_harness", my_harness)

# %% [markdown]
# ## Say it in your own words

# %%
say("why_bits_a_byte", "why_paired", "clean_score")

# %% [markdown]
# ## Quiz

# %%
quiz("14")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A score belongs to a model, a set of questions and a way of asking. Say all three, and n.
# - Compare texts by bits a byte. Compare choices by likelihoods, and say what they were divided by.
# - A share without its interval is a rumour: 100 questions leave ten points on either side. Wilson's holds where ± fails.
# - Two models, one set of questions: count only those that one knows and the other doesn't.
# - A judge has habits. Ask in both orders, and measure it before you use it.
# - What stood in the training text measures memory. Keep questions that nobody has published.
#
# **Papers.** [Wilson 1927](https://doi.org/10.1080/01621459.1927.10502953), [McNemar 1947](https://doi.org/10.1007/BF02295996). [Zheng and others 2023](https://arxiv.org/abs/2306.05685), *Judging LLM-as-a-Judge*. [Oren and others 2023](https://arxiv.org/abs/2310.17623), *Proving Test Set Contamination in Black Box Language Models* (the order of the test). [Miller 2024](https://arxiv.org/abs/2411.00640), *Adding Error Bars to Evals*.
#
# **Next:** lesson 15 uses these instruments on the way of asking.
