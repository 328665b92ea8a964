# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 09b · What is each part worth?
#
# **What does a model lose without it?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [a training run](09_training.ipynb#7.-The-run,-by-hand) and [validation text](09_training.ipynb#10.-Learned,-or-learned-by-heart?); the parts: [attention](04_attention.ipynb), [positions](04b_positions.ipynb#4.-Rotary-positions:-turn-queries-and-keys) and [shared heads](04c_heads_and_cost.ipynb#1.-Heads-that-share), [norm, gate and stream](05_transformer_block.ipynb) |
# | It adds to `lessons_lib` | nothing: it tries what is there |
#
# {route}

# %%
# {setup}

# %%
import math

import torch

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
from lessons_lib.classroom.lessons.lesson09.stories import OF_NAME, stories
from lessons_lib.classroom.lessons.lesson09b import figures
from lessons_lib.classroom.lessons.lesson09b.results import races
from lessons_lib.classroom.lessons.lesson09b.track import (
    VARIANTS,
    build,
    loss_at,
    named_again,
    recipe_of,
    texts,
    words,
)
from lessons_lib.classroom.lessons.lesson09b.unfair import FAULTS, recipes
from lessons_lib.training import Recipe, Rows, Run, held_out_loss

use_style()

# %% [markdown]
# ## The finished thing first
#
# You know every part of the block by now. Everybody has an opinion on which ones matter. Before you see any number, write down yours. A small Llama learns to read stories; then the same model learns again with one part taken out (an [ablation](../book/glossary.md#ablation)). *No adding* means that each part's result replaces the stream and is not added to it.

# %%
predict("which_part")

# %% [markdown]
# The track is that of lesson 09, made smaller so that a run takes seconds. Stories are cut into words, 195 of them with the separator, and only the first 64 words of each are read. The model has two layers of 64 numbers. It learns for 100 steps of eight stories, and is judged by its loss on 200 stories that it never reads.

# %%
print(stories(1)[0])
print(words(stories(1)[0])[:12])
model = build(VARIANTS["baseline"], seed=0)
print(f"{model.num_parameters():,} parameters, {model.config.vocab_size} words")
print(f"stories read {len(texts().read):,}, unread {len(texts().unread)}")

# %% [markdown]
# Two runs, live. They share the seed, so these two begin with the same numbers wherever both have them, and read the same stories in the same order. One of them has no attention. `recipe_of` gives the recipe with what a variant changes in it and with its own learning rates (section 3).

# %%
recipe = Recipe(steps=100, batch_size=8, learning_rate=0.02, matrix_learning_rate=0.06, warm_up=0.1)
claim("That is the baseline's recipe.", recipe == recipe_of(VARIANTS["baseline"]))


def raced(name, seed, rate=None):
    variant, rate = VARIANTS[name], rate or races()[name].rate
    model = build(variant, seed)
    for _ in Run(model, Rows(texts().read, seed), recipe_of(variant, rate)):
        pass  # the reports are not needed
    return model


torch.set_num_threads(1)
live = {
    name: held_out_loss(raced(name, seed=0), texts().unread)
    for name in ("baseline", "no attention")
}
for name, loss in live.items():
    print(f"{name:13} loss {loss:.1f} nats a word")
claim(
    "Without attention the loss is higher by more than 0.7.",
    live["no attention"] - live["baseline"] > 0.7,
)

# %% [markdown]
# That is a race. The others were run beforehand in the same way, 43 kinds of run with eight seeds each, by `benchmarks/races.py`, and stored. What you just saw must be what is stored (try `raced` with another name and seed):

# %%
# by name: parameters, rate with its trials (section 3), and for each seed loss and thing (section 6)
stored = races()
apart = max(abs(loss - stored[name].loss[0]) for name, loss in live.items())
claim("The live runs end where the stored ones did, to 0.03.", apart < 0.03)
print(f"{len(stored)} kinds of run, {len(stored['baseline'].loss)} seeds each")

# %% [markdown]
# ## 1. How much is luck?
#
# Before two models are compared: how far apart are two runs of *one* model? *Same again* is the baseline with other random first numbers. The stories and their order stay. Its learning rate was chosen anew, as every variant's (section 3), and came out twice as high: that choice is luck too.

# %%
predict("same_again")


# %%
def differences(name, base="baseline"):
    return [a - b for a, b in zip(stored[name].loss, stored[base].loss, strict=True)]


luck = differences("same again")
print([f"{d:+.2f}" for d in luck])
reveal("same_again", round(max(abs(d) for d in luck), 2))
claim(
    "One seed alone would have called it better, another worse.",
    min(luck) < -0.02 and max(luck) > 0.02,
)

# %% [markdown]
# So a table with one run a row, as many reports have, can't tell a difference of that size from luck. We need the mean of several seeds, and a number that says how far to trust it.
#
# ## 2. The standard error, by hand
#
# Nine differences: 1, 3, 2, 6, 3, 5, 1, 3, 3. Their mean is 3. The squares of the distances from it are 4, 0, 1, 9, 0, 4, 4, 0, 0, together 22. Divide by $n - 1 = 8$, since the mean itself came from these nine: 2.75. The root, 1.66, is the [**standard deviation**](../book/glossary.md#standard-deviation): how far a *single* difference lies from the mean, roughly. The mean of nine is surer, by $\sqrt{9}$: $1.66 / 3 = 0.55$, the [**standard error**](../book/glossary.md#standard-error). We write the mean ± two of them: 3.0 ± 1.1.


# %%
def bar(numbers):
    """The mean, and two standard errors."""
    n = len(numbers)
    mean = sum(numbers) / n
    spread = (sum((x - mean) ** 2 for x in numbers) / (n - 1)) ** 0.5
    return mean, 2 * spread / n**0.5


def text(numbers):
    return "{:+.3f} ± {:.3f}".format(*bar(numbers))  # * hands over the two results one by one


nine = [1, 3, 2, 6, 3, 5, 1, 3, 3]
squares = sum((x - 3) ** 2 for x in nine) / 8
print(f"{squares:.2f}, root {squares**0.5:.2f}, standard error {squares**0.5 / 3:.2f}:", text(nine))
print("same again:", text(luck))
claim("The bar of *same again* holds zero.", abs(bar(luck)[0]) < bar(luck)[1])

# %% [markdown]
# What does ± promise? Draw eight numbers around a mean that we know, a hundred thousand times, and count how often the bar holds it:

# %%
drawn = torch.randn(100_000, 8, generator=torch.Generator().manual_seed(0))  # their true mean is 0
errors = drawn.std(-1) / 8**0.5  # std divides by n - 1, as we do
held = (drawn.mean(-1).abs() < 2 * errors).float().mean()
print(f"the bar holds the true mean in {held:.0%} of the draws")

# %% [markdown]
# In about nine of ten. (The 95% that one often reads need many more than eight numbers, or a longer bar.) From here on a difference is *settled* if its bar does not reach zero, and otherwise it *can't be settled*: not "there is none", but "eight seeds don't tell".
#
# ## 3. A fair race

# %% tags=["hide-input"]
show(
    figures.a_pair(),
    alt="A seed decides the stories with their order, which both models read, and each model's first weights, the same ones where shapes agree. "
    "Each has a loss on unread stories; the two losses make one difference.",
)

# %% [markdown]
# **Pairs.** Both sides of a seed read the same stories in the same order. The first weights are the same only where shapes and order of drawing agree: not with other depths, hardly with fewer key heads or learned positions; another start multiplies all of them. What luck both share cancels in the [**paired difference**](../book/glossary.md#paired-difference). So we take the differences first, and their spread then. Without pairs both spreads would go into the bar:


# %%
def unpaired_bar(name):
    both = [bar(stored[each].loss)[1] for each in (name, "baseline")]
    return sum(b**2 for b in both) ** 0.5


# rate_of names the short race of a longer or second one: leave those out for now
short = [name for name in VARIANTS if VARIANTS[name].rate_of is None and name != "baseline"]
ratios = [bar(differences(name))[1] / unpaired_bar(name) for name in short]
print(f"the paired bar is shorter for {sum(r < 1 for r in ratios)} of {len(short)} variants")
print(f"its length, typically: {sorted(ratios)[len(ratios) // 2]:.1f} of the other's")
sides = torch.randn(2, 100_000, 8, generator=torch.Generator().manual_seed(1))  # nothing shared
both = (sides.var(-1).sum(0) / 8).sqrt()
held = ((sides[0] - sides[1]).mean(-1).abs() < 2 * both).float().mean()
print(f"where nothing is shared, the unpaired bar holds the true mean in {held:.0%} of the draws")

# %% [markdown]
# A little shorter, for most of them, and a little less sure: its spread comes from eight numbers, the other's from sixteen.
#
# **The same text, the same steps, the same size.** A gated feed-forward network has three matrices of $C \cdot F$ numbers, a plain one two. Raced at one width, the plain one would be a smaller model. So it gets $F = 264$ where the gated one has 176. Where a part is taken out, the model *is* smaller, and we say so.
#
# **A rate that suits each.** Every variant was tried at half, once and twice the baseline's learning rates, on two seeds that don't race and 200 stories that don't judge. It then raced at its best one.

# %%
for name in ("baseline", "same again", "sandwich norm", "8 layers, post-norm"):
    tried = {rate: round(sum(losses) / 2, 2) for rate, losses in stored[name].trials.items()}
    print(f"{name:20} {tried}, raced at {stored[name].rate}")
print(
    f"{sum(stored[name].rate != 1 for name in short)} of {len(short)} raced at half or twice the rate"
)

# %% [markdown]
# Read the last row. At twice the rate it learned little more than how frequent each word is; at half the rate it learned to read. With one rate for all, we would have measured the rate. Three limits stay. The choice has luck of its own: *same again* chose another rate than the baseline. For those 16 the best was the lowest or the highest of three, so a further one might be better still. And the baseline's other settings, its first weights among them, were picked in a first try; the variants' were not.
#
# ## 4. Parts taken out

# %%
out = ["no attention", "no adding", "no norm", "no positions", "no feed-forward"]

# %% tags=["hide-input"]
show(
    figures.dots({name: differences(name) for name in out}),
    alt="Dots for eight seeds and a bar each. No attention lies near 0.95 above the baseline, no adding near 0.2, no norm "
    "near 0.15; no positions and no feed-forward lie on zero.",
)

# %%
for name in out:
    print(f"{name:16} {text(differences(name))}   {stored[name].parameters:,} parameters")
worth = sorted(out, key=lambda name: -bar(differences(name))[0])
reveal("which_part", worth)
claim(
    "Taking out attention costs more than four times as much as any other part.",
    bar(differences(worth[0]))[0] > 4 * bar(differences(worth[1]))[0],
)
settled = [name for name in out if abs(bar(differences(name))[0]) > bar(differences(name))[1]]
claim(
    "Settled are attention, adding and norm.",
    set(settled) == {"no attention", "no adding", "no norm"},
)

# %% [markdown]
# Each dot is a seed, the diamond their mean, filled where it is settled. Attention is worth most by far: without it a word knows only itself. (These rows don't add up to anything: each is one part out, all others in.)
#
# The last two should make you suspicious. The feed-forward network holds 60% of this model's parameters, and eight seeds can't tell whether it helps. In the other no position reaches the model, and that can't be settled either. (The causal mask leaves a trace of the order; a guess.) Is this the truth about transformers? Keep the question until section 6.
#
# ## 5. Parts exchanged

# %%
predict("which_norm")

# %%
other = short[6:16]  # from LayerNorm to the untied head

# %% tags=["hide-input"]
show(
    figures.dots({name: differences(name) for name in other}),
    alt="Ten variants. Settled above zero: post-norm, learned and sinusoidal positions, one key head, untied head, and "
    "barely two key heads. Settled below zero: plain ReLU, plain GELU and, barely, sandwich norm. LayerNorm lies on zero.",
)


# %%
def verdict(name, base="baseline"):
    mean, error = bar(differences(name, base))
    return "can't be settled" if abs(mean) <= error else "better" if mean < 0 else "worse"


for name in other:
    print(f"{name:20} {text(differences(name))}   {verdict(name)}")
reveal(
    "which_norm",
    {"worse": "RMSNorm", "better": "LayerNorm"}.get(verdict("LayerNorm"), "can't be settled"),
)

# %% [markdown]
# One by one:
#
# - **Kind of norm.** RMSNorm against LayerNorm: can't be settled. RMSNorm is chosen since it does less work.
# - **Place of the norm.** Post-norm is clearly worse here, though it has only two layers. The sandwich, norms on both sides, is settled by a hair (section 8).
# - **Positions.** The two that are *added* to the embedding are worse than rotating, and worse than none at all. (Perhaps they blur which word it is; a guess.)
# - **Gate.** At equal size the plain networks are ahead of SwiGLU. [Shazeer](https://arxiv.org/abs/2002.05202) measured the opposite on a much larger model. Section 6 asks what *ahead* means here.
# - **Sharing.** One key head for four queries costs something, two cost little or nothing. Both have fewer parameters. What sharing is for, memory, no loss shows. An output matrix of its own has 12,480 parameters more and is *worse*.

# %%
claim(
    "Both plain networks are ahead at equal size.",
    verdict("plain ReLU") == verdict("plain GELU") == "better",
)
claim(
    "Added positions are worse than none.",
    verdict("learned positions", "no positions")
    == verdict("sinusoidal positions", "no positions")
    == "worse",
)
extra = stored["untied head"].parameters - stored["baseline"].parameters
print(f"the untied head has {extra:,} parameters more")
misled = {
    name: sum((d < 0) != (bar(differences(name))[0] < 0) for d in differences(name))
    for name in other
}
print(
    "seeds that alone would have said the opposite:", {name: n for name, n in misled.items() if n}
)

# %% [markdown]
# ## 6. What did they really measure?
#
# Even what is settled needs reading. Look at the losses from another side. In the 64 words a story's thing is named four times. The first time it can only be guessed, one of 14, which costs $\ln 14 = 2.6$ nats. The other three times a model that *looks back* knows it. How much of the whole loss is that?

# %%
again = named_again(texts().unread).sum() / len(texts().unread)
looking_back = again.item() * math.log(14) / 64
print(f"{again:.0f} of 64 words name the thing again: worth {looking_back:.2f} nats a word")

# %% tags=["hide-input"]
shown = ("baseline", "post-norm", "learned positions")
show(
    figures.loss_and_thing(
        {name: list(zip(stored[name].loss, stored[name].thing, strict=True)) for name in shown},
        math.log(14),
    ),
    alt="A dot for each run: loss on all words against loss where the thing is named again. The baseline's eight dots lie "
    "low on both; post-norm's and learned positions' lie high, at the level of a guess among 14 things.",
)


# %%
def found(name):
    """How many of eight runs look back for the thing: the loss there is below half of ln 14."""
    return sum(loss < math.log(14) / 2 for loss in stored[name].thing)


claim("All eight runs of the baseline look back for the thing.", found("baseline") == 8)
claim(
    "With post-norm, learned or sinusoidal positions, or no norm, none does.",
    all(
        found(n) == 0 for n in ("post-norm", "learned positions", "sinusoidal positions", "no norm")
    ),
)


def on_the_thing(name, base="baseline"):
    """What of a difference lies on the words that name the thing again."""
    both = zip(stored[name].thing, stored[base].thing, strict=True)
    return bar([again.item() / 64 * (a - b) for a, b in both])[0]


for name in ("post-norm", "learned positions", "1 key head", "no norm", "no attention"):
    print(f"{name:18} {bar(differences(name))[0]:.2f}, of it {on_the_thing(name):.2f} on the thing")
claim(
    "Without attention the loss on the thing is above a guess's in all runs.",
    min(stored["no attention"].thing) > math.log(14),
)

# %% [markdown]
# So in this race *post-norm is worse* largely means: **after 100 steps it has not yet learned to look back for the thing.** The same for learned positions, one key head and no norm; not for all: without attention most of the loss lies elsewhere. (There it pays more than for a guess among 14: hence 0.14 and not 0.12.)
#
# The hero's name comes again too: one of 20, or of 10 for who knows whether it is *he* or *she*. A guess costs 3.0 nats, or 2.3. The stored races did not measure that. So three seeds, live: the baseline, plain GELU at its rate, twice the baseline's, and plain GELU at the baseline's.

# %%
rows = texts().unread
names = named_again(rows, OF_NAME)  # true where a story names its hero again
places = names.sum().item() / len(rows) / 64
everywhere, there = {}, {}  # the mean loss of three runs: over all words, and at these names
for side in (("baseline", 1), ("plain GELU", 2), ("plain GELU", 1)):
    runs = [raced(side[0], seed, rate=side[1]) for seed in range(3)]
    everywhere[side] = sum(held_out_loss(run, rows) for run in runs) / 3
    there[side] = sum(loss_at(run, rows, names) for run in runs) / 3
baseline, ours, same_rate = there.values()
claim(
    "At the name the baseline has about 2.7 nats, GELU about 1.5, and at the baseline's rate 1.7.",
    max(abs(baseline - 2.7), abs(ours - 1.5), abs(same_rate - 1.7)) < 0.3,
)
lead = everywhere["baseline", 1] - everywhere["plain GELU", 2]
claim("That is over half of its lead.", places * (baseline - ours) > lead / 2 > 0)

# %% [markdown]
# The baseline's is a guess's. GELU has begun to look back for the name, at either rate, and over half of its lead lies there. So *the plain network is ahead* may say little about gates: it may have begun a second looking back sooner. (Three seeds are a hint, not a verdict.)
#
# Speed, then. Will the slow ones ever learn it? A short race can't say. So the baseline and eight variants ran again, four times as long, at the rates of the short race:

# %%
long = [name.removesuffix(", long") for name in stored if name.endswith(", long")]
long.remove("baseline")

# %% tags=["hide-input"]
show(
    figures.side_by_side(
        {
            "100 steps": {name: differences(name) for name in long},
            "400 steps": {name: differences(f"{name}, long", "baseline, long") for name in long},
        }
    ),
    alt="Eight variants, after 100 steps and after 400 steps, against the baseline after as many steps.",
)


# %%
for name in long:
    after, base = f"{name}, long", "baseline, long"
    print(f"{name:18} {text(differences(name))}, then {text(differences(after, base))}")
    print(f"{'':18} looks back for the thing: {found(name)} of 8 runs, then {found(after)}")
smaller = {}
for name in ("no norm", "learned positions", "post-norm"):
    both = zip(differences(name), differences(f"{name}, long", "baseline, long"), strict=True)
    smaller[name] = [first - last for first, last in both]
    left = on_the_thing(f"{name}, long", "baseline, long")
    print(
        f"{name}: the price fell by {text(smaller[name])}; of the rest {left:.2f} is on the thing"
    )
claim(
    "For no norm and learned positions the price fell; for post-norm it can't be settled.",
    [bar(each)[0] > bar(each)[1] for each in smaller.values()] == [True, True, False],
)
seven = {name: bar(differences(f"{name}, long", "baseline, long")[:7]) for name in long}
claim(
    "Without seed 7, unlucky for the baseline, all but no positions are still settled.",
    [name for name, (mean, error) in seven.items() if abs(mean) <= error] == ["no positions"],
)
claim(
    "After 400 steps no feed-forward and one layer are settled better.",
    verdict("no feed-forward, long", "baseline, long")
    == verdict("1 layer, long", "baseline, long")
    == "better",
)

# %% [markdown]
# Without norms, or with learned positions, roughly half of the price was *slowness*: by now seven of eight runs look back for the thing. What is left lies mostly elsewhere; we have not looked where. With post-norm three of eight runs still haven't found it. GELU's lead has halved. And one layer is still ahead of two, while the model *without* feed-forward is now settled better than the one with it.
#
# Why would a model do without 60% of its numbers? A guess: the grammar has little to store. Which word may follow and where to look is nearly all there is to learn. Whoever concludes that feed-forward networks are useless has measured the stories.
#
# ## 7. Shape, start, schedule
#
# The same for how deep the model is, how it starts and how it is trained. The shapes have equally many parameters, within a third of a percent: one, two, four and eight layers are 88, 64, 48 and 32 numbers wide, so who is deeper is narrower too. The baseline draws its first weights with a deviation of 0.08 (`initializer_range`). *Outputs start at 0* sets the last matrix of each attention and each feed-forward network to 0, so that at first no block adds anything.

# %%
rest = short[16:]  # from one layer to AdamW alone

# %% tags=["hide-input"]
show(
    figures.dots({name: differences(name) for name in rest}),
    alt="Ten variants. One layer lies settled below zero, about 0.03; no warm-up reaches zero; outputs at 0 hardly misses it. "
    "Above: no way down and a start of 0.02 by 0.04, four layers by 0.1, AdamW alone by 0.14, eight layers and a start of 0.3 by 0.2.",
)

# %%
for name in rest:
    more = f"{on_the_thing(name):+.2f} on the thing, {found(name)} of 8 look back"
    print(f"{name:20} {text(differences(name))}, {more}: {verdict(name)}")
deep = [
    a - b for a, b in zip(stored["8 layers, post-norm"].loss, stored["8 layers"].loss, strict=True)
]
print(f"post-norm at 2 layers {text(differences('post-norm'))}, at 8 layers {text(deep)}")

# %% [markdown]
# - **Depth.** At equal size, deeper and narrower is worse here: one layer is ahead of two, eight are far behind. After 100 steps neither eight-layer model looks back, and post-norm costs *less* than at two. But at twice the rate, pre-norm's best, it failed (section 3; two seeds).
# - **First weights.** 0.3, nearly four times as large, is worse than 0.02, four times as small.
# - **Schedule.** A warm-up of ten steps can't be settled; a rate that never falls costs 0.04. Its best rate was the lowest of three, so a lower one might do better.
# - **Optimiser.** Lesson 09 owed you this race: with AdamW alone the loss is 0.14 higher after as many steps. (A step of Muon computes more. Time was not raced.)
#
# Ask again what was measured. Of what AdamW alone, four layers and a start of 0.02 cost, most lies on the thing: seven, three and two of eight runs don't look back *yet*.
#
# One more thing, about all rows so far. In most of them the dot furthest to the left is the same seed:

# %%
lowest = [min(range(8), key=lambda seed: differences(name)[seed]) for name in short]
print(f"seed 7 is lowest in {lowest.count(7)} of {len(short)} rows")
claim(
    "On seed 7 the baseline has its highest loss.",
    max(stored["baseline"].loss) == stored["baseline"].loss[7],
)

# %% [markdown]
# All rows are compared with one baseline, so they share its luck, good or bad.
#
# ## 8. Twenty races find something
#
# A bar misses the truth about once in ten times. We have made more than twenty comparisons ([**multiple comparisons**](../book/glossary.md#multiple-comparisons)). Suppose that twenty variants were all exactly as good as the baseline, each race with runs of its own. Of a hundred such series of twenty races, how many would find at least one that is "settled"?

# %%
predict("at_least_one")

# %%
means, two_errors = drawn.mean(-1), 2 * errors  # 100,000 races between equals, from section 2
missed = (means.abs() > two_errors).view(5000, 20)  # 5,000 series of 20 races
at_least_one = missed.any(-1).float().mean()
print(f"at least one of 20 is 'settled' in {at_least_one:.0%} of the series")
reveal("at_least_one", round(at_least_one.item() * 100))
chance = torch.Generator().manual_seed(1)
alone = torch.randn(5000, 20, 8, generator=chance) - torch.randn(5000, 1, 8, generator=chance)
shared = alone.mean(-1).abs() > 2 * alone.std(-1) / 8**0.5  # one baseline for all twenty
print(f"with one baseline for all: {shared.any(-1).float().mean():.0%}")
for name, each in (("runs of its own", missed), ("one baseline", shared)):
    print(f"{name}: five or more of 20 in {(each.sum(-1) >= 5).float().mean():.0%} of the series")

# %% tags=["hide-input"]
series = int((missed.sum(-1) == 2).nonzero()[0, 0])  # the first in which two miss
show(
    figures.spread_of_bars(
        means.view(5000, 20)[series].tolist(), two_errors.view(5000, 20)[series].tolist()
    ),
    alt="Twenty bars of races between equals around zero. Two of them, marked by a square, do not reach zero.",
)

# %% [markdown]
# One of these series, in standard deviations: all twenty are equal, and two would be reported. Our rows share one baseline: then false finds come in fewer series, but more at once. There are two remedies. One is a **longer bar** from the start, so long that a whole series seldom errs:

# %%
for count in (2, 3, 4, 5):
    fooled = (means.abs() > count * errors).view(5000, 20).any(-1).float().mean()
    print(f"± {count} standard errors: {fooled:.0%} of the series find something")
claimed = [name for name in short if verdict(name) != "can't be settled"]
firm = [
    name for name in claimed if abs(bar(differences(name))[0]) > 2.5 * bar(differences(name))[1]
]
print(f"ours: {len(claimed)} of {len(short)} settled with two, {len(firm)} of them also with five")
print("not with five:", ", ".join(name for name in claimed if name not in firm))

# %% [markdown]
# The other is **new seeds** for what surprises you: luck does not come back. Six variants and the baseline ran once more, on seeds 8 to 15.

# %%
anew = [name.removesuffix(", new seeds") for name in stored if name.endswith(", new seeds")]
anew.remove("baseline")

# %% tags=["hide-input"]
show(
    figures.side_by_side(
        {
            "seeds 0 to 7": {name: differences(name) for name in anew},
            "seeds 8 to 15": {
                name: differences(f"{name}, new seeds", "baseline, new seeds") for name in anew
            },
        }
    ),
    alt="Six variants, on eight seeds and on eight new ones. Plain GELU and sandwich norm are settled below zero both times; outputs start at 0 and 2 key heads were settled above zero and no longer are; no feed-forward and no warm-up reach zero both times.",
)

# %%
for name in anew:
    second = f"{name}, new seeds"
    print(
        f"{name:20} {text(differences(name))}, {text(differences(second, 'baseline, new seeds'))}:"
        f" {verdict(name)}, then {verdict(second, 'baseline, new seeds')}"
    )
    print(
        f"{'':20} all sixteen {text(differences(name) + differences(second, 'baseline, new seeds'))}"
    )
again_settled = {
    name for name in anew if verdict(f"{name}, new seeds", "baseline, new seeds") == verdict(name)
} & set(claimed)
claim("Settled both times: plain GELU, sandwich.", again_settled == {"plain GELU", "sandwich norm"})

# %% [markdown]
# Plain GELU, which was far from zero, is better again. Of the three that barely missed zero only the sandwich is settled again. But *settled, then not* is no contradiction: for *2 key heads* both races say about +0.02, and all sixteen seeds together say worse. *Outputs start at 0* stays unknown. (Sixteen flatter a little: the first eight are why these six were chosen.)
#
# Now everything in one picture, sorted:

# %% tags=["hide-input"]
everyone = sorted(short, key=lambda name: bar(differences(name))[0])
show(
    figures.dots({name: differences(name) for name in everyone}, limits=(-0.12, 0.34)),
    alt="All 26 variants after 100 steps, sorted, from plain GELU, 0.05 below the baseline, to no attention, 0.95 above.",
)

# %% [markdown]
# Filled diamonds are settled one by one, with two standard errors; believe those near the line only after a second race.
#
# ## 9. What it can't tell
#
# - **Size.** 113,152 parameters, and a text that a small grammar made. What was not measured here: any larger model, any real text. [Narang and others](https://arxiv.org/abs/2102.11972) raced dozens of changes on a much larger model: most did not help, and gated networks were among those that did.
# - **Time and memory.** Sharing keys and RMSNorm are chosen for what they save. The loss is not where they win.
# - **Calm.** Whether a run of a million steps survives, which norms and warm-up are said to be for, 100 steps can't show.
# - **Together.** One part was changed at a time. Two changes need not add up.
#
# ## Exercises
#
# ### {exercise: paired_bar}
#
# Section 2, for a real life in which not every run was finished.


# %% tags=["exercise"]
def my_paired_bar(one, other):
    """two dicts from a seed to a loss, of two variants, to a pair: the mean of the differences, one minus other,
    and two standard errors of it. Only seeds that both dicts have count; there are at least two."""
    ...


check("paired_bar", my_paired_bar)

# %% [markdown]
# ### {exercise: misled}
#
# How often would a report with one seed have named the wrong winner? (`{"a": [1, 2], "b": [3, 1]}`: a wins by the means, b on the second seed, so 1.)


# %% tags=["exercise"]
def my_misled(losses):
    """a dict from the name of a variant to its list of losses, one for each seed in the same order, to how many
    seeds, each taken alone, name another winner than the means do. The lowest loss wins; of equals the variant that
    comes first in the dict."""
    ...


check("misled", my_misled)

# %% [markdown]
# ### {exercise: plain_width}
#
# The models of 2017 had biases. Make the race fair again.


# %% tags=["exercise"]
def my_plain_width(C, F):
    """whole numbers C and F of a gated network without biases (gate and up, each [F, C], and down, [C, F]), to the
    width of a plain network with biases whose number of parameters is nearest to it: up [width, C] and down [C,
    width], each with a bias as long as its output. The width is a whole number."""
    ...


check("plain_width", my_plain_width)

# %% [markdown]
# The next exercise is about six races on a track like ours: $C = 64$, two layers, heads of 16 numbers, 113,152 parameters on the first side. The models learn from the stories before number 2,000.

# %%
print(recipes())
for number, fault in enumerate(FAULTS, start=1):
    print(f"{number}: {fault}")

# %% [markdown]
# ### {exercise: unfair}
#
# Five of them have one fault each, and one is fair. Some differences are there to make a race fair: count.

# %% tags=["exercise"]
# a list of six whole numbers: the number of the fault of race A, of B, C, D, E and F; 0 for the race that is fair.
check("unfair", ...)

# %% [markdown]
# ### {exercise: seeds_needed}
#
# Before you spend a night of computing: a first try with a few seeds says how many you will need.


# %% tags=["exercise"]
def my_seeds_needed(differences, d):
    """a list of at least two differences from a first try, and a difference d above 0 that matters to you, to the
    smallest whole number of seeds, at least 2, for which two standard errors are at most d (more by rounding alone,
    less than 1e-9, is no more), if the differences go on to lie as far apart as in the first try."""
    ...


check("seeds_needed", my_seeds_needed)

# %% [markdown]
# ### {exercise: own_race}
#
# The whole lesson in one function, on the real training loop. `Recipe`, `Rows`, `Run` and `held_out_loss` are imported. The check hands over tiny models of our variants and takes up to a minute.


# %% tags=["exercise"]
def my_race(one, other, texts, rates, seeds):
    """two functions, one and other, from a seed to a fresh model; texts with texts.read, texts.trial and
    texts.unread, each ids [N, T + 1]; a list of learning rates; and a list of at least two seeds; to a pair: the
    mean of the differences in loss by seed, one minus other, and two standard errors of it. A run with a seed is
    Run(model, Rows(texts.read, seed), Recipe(steps=8, batch_size=4, learning_rate=rate, matrix_learning_rate=None))
    with a fresh model of that seed, and its loss is held_out_loss on texts.unread. Each side runs at the rate that
    gave it the lowest held_out_loss on texts.trial with seed 100."""
    ...


check("own_race", my_race)

# %% [markdown]
# ### {exercise: flip_test}
#
# Stretch. If one is no better than other, each difference could as well have had the other sign. So try all patterns of signs: in what share of them does the mean lie as far from zero as it did? No bell curve is needed, and eight seeds have only $2^8$ patterns. Then try it on `differences("sandwich norm")`, and compare with the 9% in which our bar errs.


# %% tags=["exercise"]
def my_flip_test(differences):
    """a list of 1 to 10 differences to the share of all patterns of signs for which the mean is at least as far
    from zero as it was; a pattern keeps or turns the sign of each difference, so n differences have 2 ** n. Means
    that differ by rounding alone, less than 1e-9, count as equally far."""
    ...


check("flip_test", my_flip_test)

# %% [markdown]
# ## Say it in your own words

# %%
say("what_settled_means", "why_pairs", "what_was_measured", "why_twenty")

# %% [markdown]
# ## Quiz

# %%
quiz("09b")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - One run a variant measures luck too. Run several seeds, pair them, and show mean ± two standard errors.
# - Fair means the same text, steps, size and seeds, and a rate that suits each.
# - *Can't be settled* is a result. It is not *no difference*.
# - Ask what a difference in loss consists of: for post-norm, learned positions and no norm most of it was one skill, not yet learned after 100 steps.
# - With many comparisons some are luck. And a small, short race speaks of small models early on.
#
# **Papers.** [Narang and others 2021](https://arxiv.org/abs/2102.11972), *Do Transformer Modifications Transfer Across Implementations and Applications?* [Shazeer 2020](https://arxiv.org/abs/2002.05202), *GLU Variants Improve Transformer*. [Xiong and others 2020](https://arxiv.org/abs/2002.04745), *On Layer Normalization in the Transformer Architecture*.
#
# **Next:** in lesson 10 the switches that you have raced turn this model into every other family.
