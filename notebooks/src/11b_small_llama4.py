# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 11b · A small Llama 4, trained
#
# **What do its experts learn?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [experts, router, shared expert](11_llama4.ipynb#1.-One-expert-for-each-token); [near and far layers](11_llama4.ipynb#2.-Near-and-far:-two-kinds-of-attention); [a training run](09_training.ipynb#7.-The-run,-by-hand); [mean and bar of eight seeds](09b_what_is_each_part_worth.ipynb#2.-The-standard-error,-by-hand) |
# | It adds to `lessons_lib` | `layers/balance.py`: who is sent where, and how all are kept busy |
#
# {route}

# %%
# {setup}

# %%
import math

import ipywidgets as widgets
import torch
from IPython.display import display

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
from lessons_lib.classroom.lessons.lesson09.stories import ANIMALS, COLOURS, NAMES, PLACES, THINGS
from lessons_lib.classroom.lessons.lesson09.watch import Watch
from lessons_lib.classroom.lessons.lesson09b.figures import dots
from lessons_lib.classroom.lessons.lesson09b.track import loss_at, named_again, vocabulary, words
from lessons_lib.classroom.lessons.lesson11b import figures, small
from lessons_lib.classroom.lessons.lesson11b.recorded import long_run, races, trained
from lessons_lib.classroom.lessons.lesson11b.which_balance import SEEN, WAYS
from lessons_lib.config import costs
from lessons_lib.generation import KVCache
from lessons_lib.layers import expert_load, load_balancing_loss, record_routes
from lessons_lib.training import held_out_loss, next_token_loss

torch.set_num_threads(1)
use_style()

# %% [markdown]
# ## The finished thing first
#
# In lesson 11 the Llama 4 that you built had random weights. Here a small one has learned. It reads the stories of [lesson 09](09_training.ipynb#The-finished-thing-first), word by word. It has Scout's parts: three near layers with chunks of 16 words, a far one, and in each layer eight experts, a router and a shared expert.

# %%
model = trained()
config = model.config
print(
    f"{costs.num_parameters(config):,} numbers, {costs.num_active_parameters(config):,} met by a word"
)
looks = long_run()["written"][1:]  # without the one before the first step
for look in looks:
    print(f"\nafter {look.step:,} steps, loss {look.loss:.2f}; right of 32 stories: {look.right}")
    print(" ".join(look.story.split()[: None if look is looks[-1] else 40]))
claim(
    "At the end all 32 stories keep their thing and pronoun, and at least 30 their name.",
    looks[-1].right["thing"] == looks[-1].right["pronoun"] == 32 and looks[-1].right["name"] >= 30,
)
claim("After 400 steps at most 10 keep the thing.", looks[-2].right["thing"] <= 10)

# %% [markdown]
# It does write. Words come first, then sentences with the right *he* or *she*, and that a story keeps one thing and one name comes last, as in lesson 09. (In the last story the coat changes its colour, though, and the helper his kind: the judge does not look at them.)
#
# It was trained beforehand, with the first balance of section 2 (`"loss"`), by `python -m benchmarks.llama4 FOLDER`, which runs everything that this lesson shows: about ten minutes on one core, of which this run takes three. (The stored weights have 16 bits.) That it is real, you see here: the first 30 steps, live.

# %%
live, watch, losses = small.fresh(), Watch(), []
display(watch)
for step in small.run(live, "loss", seed=0, rate=0.01, steps=1600):
    losses.append(step.loss)
    if len(losses) % 10 == 0:
        watch.update(losses, 30, small.tell(live, 1, longest=60)[0])
    if len(losses) == 30:
        break
tens = [sum(losses[i : i + 10]) / 10 for i in (0, 10, 20)]
apart = max(abs(a - b) for a, b in zip(tens, long_run()["curve"], strict=False))
claim("The live losses are the recorded ones, to 0.03.", apart < 0.03)
print("means of ten steps:", *(f"{mean:.1f}" for mean in tens))

# %% [markdown]
# ## 1. Who is not asked learns nothing
#
# A mixture has a trouble that a dense model lacks. A fresh model reads 12 words (the first is the mark between stories), and we look at its lowest layer: which expert was sent how many, and who has a slope? Inside `with record_routes(model) as routes:` each router writes down where it sends its words: for each layer a list of calls, each with `.experts` [N, K] and `.scores` [N, E].

# %%
story = small.texts().unread[:1, :13]  # [1, T + 1]
newborn = small.fresh(seed=1)
with record_routes(newborn) as routes:
    total, _ = next_token_loss(newborn(story[:, :-1]), story[:, 1:])
total.backward()
[seen] = routes[0]  # layer 0, called once
layer = newborn.model.layers[0].mlp
sent = expert_load(seen.experts, 8)  # [E]
learns = torch.tensor([expert.up_proj.weight.grad is not None for expert in layer.experts])
rows = layer.router.weight.grad.any(-1)  # [E]: does its row have a slope?
print("words sent        ", sent.tolist())
print("expert has a slope", learns.int().tolist())
claim("Exactly those who were sent a word have a slope.", torch.equal(sent > 0, learns))
claim("And of the router's rows exactly theirs.", torch.equal(sent > 0, rows))
vectors = newborn.model.embed_tokens(story[0, :-1]).detach()  # [T, C]
other = layer.router.weight.detach().clone().requires_grad_()  # the same rows, under a softmax
best = (vectors @ other.T).softmax(-1).max(-1)
best.values.sum().backward()
claim(
    "Under a softmax over all experts every row has a slope, asked or not.",
    other.grad.any(-1).all() and len(best.indices.unique()) < 8,
)

# %% [markdown]
# So one fears a circle: who is asked learns, who has learned is liked, who is liked is asked. The others do not even have a slope for their row in the router: Llama 4's scores are sigmoids, each of its own row alone. (Under a softmax each row would have one. And AdamW still moves such a row, by its decay and by the mean of earlier slopes: the router is one matrix.) At worst a few experts do all the work, and the rest is memory that was paid for and sleeps ([**expert collapse**](../book/glossary.md#expert-collapse)). Machines suffer earlier: where experts stand on different ones, a layer is done when its *busiest* expert is done.
#
# Must who sleeps sleep on? We train this newborn on the same 12 words alone, with nothing but the text's loss.

# %%
optimizer, asked = torch.optim.SGD(newborn.parameters(), lr=0.1), []
for _ in range(40):
    with record_routes(newborn) as steps:
        total, count = next_token_loss(newborn(story[:, :-1]), story[:, 1:])
    asked.append(torch.stack([expert_load(each.experts, 8) for [each] in steps.values()]) > 0)
    optimizer.zero_grad()
    (total / count).backward()
    optimizer.step()
idle, ever = ~asked[0], torch.stack(asked).any(0)  # [layers, E] each
sleep = ~torch.stack(asked[-10:]).any(0)
print(f"idle at first: {idle.sum()} of {idle.numel()}, of them asked later: {(idle & ever).sum()}")
print(
    f"idle in all of the last ten steps: {sleep.sum()}, of them idle at first: {(sleep & idle).sum()}"
)
claim("Most of those asked nothing are asked later.", (idle & ever).sum() > idle.sum() / 2)
claim("At the end fewer sleep than at first, but some.", 0 < sleep.sum() < idle.sum())

# %% [markdown]
# Most wake, for a while at least: the rows of the others move, and so do the words' vectors, until a row that stood still has the largest score. But at the end some sleep, too. Whether the circle closes has to be counted.
#
# ## 2. Two ways to share the work
#
# **A loss that balances.** Let $f_e$ be the share of words that expert $e$ was sent, and $P_e$ the mean of its scores, which were first made to add up to 1 for each word. The [**balancing loss**](../book/glossary.md#balancing-loss) (auxiliary loss) is $E \sum_e f_e P_e$. On paper, two experts: three words of four go to the first, $f = (0.75, 0.25)$, and $P = (0.6, 0.4)$. Then $2\,(0.45 + 0.10) = 1.1$. With even work it is 1; if one expert takes all words with all the score, it is $E$. (A 1 need not be even work: one that takes all by a hair makes it, too.) $f$ is counted and has no slope. But $P$ has one, and it is multiplied by $f$: the busier an expert, the harder its scores are pushed down.


# %%
def plain_balance(chosen, scores):
    """[N] and [N, E] to one number."""
    N, E = scores.shape
    f = torch.stack([(chosen == e).sum() / N for e in range(E)])  # [E]
    P = (scores / scores.sum(-1, keepdim=True)).mean(0)  # [E]
    return E * (f * P).sum()


ours = [plain_balance(seen.experts[:, 0], seen.scores) for [seen] in routes.values()]
theirs = load_balancing_loss([seen for [seen] in routes.values()])
print("the four layers of the newborn:", [f"{each:.2f}" for each in ours])
claim("The library's is their mean.", torch.allclose(sum(ours) / 4, theirs))
hair = torch.tensor([0.501, *[0.5] * 7]).repeat(12, 1)  # all 12 words to expert 0, by a hair
claim("All to one by a hair is 1.00.", f"{plain_balance(torch.zeros(12), hair):.2f}" == "1.00")

# %% [markdown]
# A hundredth of it is added to the text's loss, and both are made smaller together. (So the balance also pulls at what the text has taught.)
#
# **A bias that moves.** [Wang and others 2024](https://arxiv.org/abs/2408.15664) give each expert a number that is added to its score *only where experts are chosen*. After each step it goes down a little for those who had more than the mean, and up for those who had less. Loads of 6, 2 and 4 have the mean 4: the biases move by −, + and 0. No slope is needed, and the score that multiplies what the expert reads stays what it was. A model uses one of the two ways:


# %%
def plain_move(bias, load, speed=0.02):
    return bias + speed * (load.float().mean() - load).sign()  # [E]


print(plain_move(torch.zeros(3), torch.tensor([6.0, 2, 4])))

# %% tags=["hide-input"]
show(
    figures.a_step(),
    alt="Words go to the router, which gives scores. Score plus bias decides who is chosen; the experts get the words, "
    "and are counted. The counts move the bias after the step. Scores and shares make the balancing loss, whose slope "
    "goes back to the router. The scores also multiply what the experts read.",
)

# %% [markdown]
# ## 3. Does it happen? Eight seeds
#
# Three ways, eight seeds each, 100 steps: no balance, the loss (times 0.01), the bias (0.02 a step). We look at who was sent where in the last 20 steps: at the busiest of one step (for it machines wait), and of all twenty together. *Asleep* is who got less than a tenth of an even share of these.

# %%
predict("the_busiest")

# %%
stored = races()


def bar(numbers):
    """The mean and two standard errors, as in lesson 09b."""
    numbers = torch.as_tensor(numbers).double()
    return numbers.mean().item(), 2 * numbers.std().item() / len(numbers) ** 0.5


ways = {way: stored["small Llama 4", way] for way in small.BALANCES}
busy, step_busy, asleep = {}, {}, {}
for way, race in ways.items():
    busy[way] = (100 * race.load.amax(-1).mean(-1)).tolist()  # of each seed, a mean over layers
    step_busy[way] = (100 * race.busiest[:, -2:].mean(-1)).tolist()
    asleep[way] = int((race.load < 0.1 / 8).sum())
    print(f"{way:4}  busiest of a step {{:.1f}} ± {{:.1f}}%".format(*bar(step_busy[way])), end=", ")
    print("of twenty {:.1f} ± {:.1f}%".format(*bar(busy[way])), end="  ")
    print(f"asleep {asleep[way]} of {race.load.numel()}", end="  ")
    print("text's loss {:.3f} ± {:.3f}".format(*bar(race.loss)))
reveal("the_busiest", round(bar(busy["none"])[0]))

# %% tags=["hide-input"]
show(
    figures.shares({way: (race.busiest, race.load) for way, race in ways.items()}),
    alt="Left, the share of the busiest expert of a step over 100 steps, each point a mean of ten steps and eight seeds with "
    "its bar: from about 33% it falls to 20% with the bias and to 23% "
    "with the loss, and without balance ends at 27%. Right, the shares of all eight in the last steps, sorted: from 27% to 4% "
    "without balance, from 23% down to 6% with the loss, and nearly level at an eighth with the bias.",
)


# %%
def paired(numbers, others):
    """The differences, seed by seed."""
    return [a - b for a, b in zip(numbers, others, strict=True)]


for way, than in (("loss", "none"), ("bias", "none"), ("bias", "loss")):
    step = bar(paired(step_busy[way], step_busy[than]))
    twenty, text = bar(paired(busy[way], busy[than])), paired(ways[way].loss, ways[than].loss)
    print(f"{way} less {than}: of a step {{:+.1f}} ± {{:.1f}} points,".format(*step), end=" ")
    print("of twenty {:+.1f} ± {:.1f}, text {:+.3f} ± {:.3f}".format(*twenty, *bar(text)))

first, third, last = (ways["none"].busiest[:, tenth].tolist() for tenth in (0, 2, -1))
fell, rose = bar(paired(third, first)), bar(paired(last, third))
claim(
    "Without balance the busiest first falls, then climbs, both settled.",
    fell[0] + fell[1] < 0 < rose[0] - rose[1],
)
claim(
    "At most 3 of 256 experts are asleep, with balance none.",
    list(asleep.values())[1:] == [0, 0] and asleep["none"] <= 3,
)
claim(
    "Both balances are settled to even out.",
    all(
        sum(bar(paired(each[way], each["none"]))) < 0
        for way in ("loss", "bias")
        for each in (busy, step_busy)
    ),
)
claim("The text of the bias is worse than that of the loss in all eight seeds.", min(text) > 0)

# %% [markdown]
# So the circle that one fears did not close here. (A point on the left is a mean of ten steps, the thin line an even share.) Even with no balance the first 30 steps even out by themselves; then the busiest climbs, and ends with the work of two. But nearly all are awake. At these strengths the loss evens out a little, the bias nearly all over twenty steps. In a single step its busiest still has a fifth. A guess: the bias swings past the even share and back.
#
# And the text? Beside no balance, the loss is better by 0.013, settled by a hair, and the bias can't be told from it: no price is settled. But beside the loss the bias costs 0.015, in all eight seeds: the more even way is the dearer one. (Wang and others found the bias better, in far larger models; DeepSeek-V3 moves it by a twentieth of our step. Neither strength was tuned here.) [Shazeer and others](https://arxiv.org/abs/1701.06538), with far larger mixtures, saw a few experts take nearly everything until such a loss was added. Why not here? A guess: with eight experts and some 750 words a step each gets some, and who gets none can wake, as section 1 showed.
#
# ## 4. Which expert takes which word?
#
# Back to the trained model. It reads the 200 unread stories, and for each kind of word we count where it goes. So do eight fresh models, which have learned nothing.


# %%
def routes_of(model, ids):
    """Ids [B, T] to the expert of each word in each layer, [layers, B * T]."""
    with torch.no_grad(), record_routes(model) as routes:
        model(ids)
    return torch.stack([seen.experts[:, 0] for [seen] in routes.values()])


unread = small.texts().unread
ids = unread[:, :-1].clamp(min=0)  # [B, T]; what is filled up becomes 0, as between stories
real = ids.flatten() > 0
read, taken = ids.flatten()[real], routes_of(model, ids)[:, real]  # [N], [layers, N]
kinds = {
    "names": [name for names in NAMES.values() for name in names],
    "things": THINGS,
    "colours": COLOURS,
    "animals": ANIMALS,
    "places": PLACES,
    "he, she, ...": ["he", "He", "she", "She", "his", "her", "him"],
    ". , ! and quotes": list('.,!"'),
}
number = vocabulary()  # a word's id
kind_of = torch.full((len(number) + 1,), -1)
for row, members in enumerate(kinds.values()):
    kind_of[[number[word] for word in members if word in number]] = row
kind = kind_of[read]  # [N]; -1 for a word of no kind


def homes(taken):
    """Which share of a kind each expert takes, [layers, kinds, E]."""
    sent = torch.nn.functional.one_hot(taken, 8).float()  # [layers, N, E]
    return torch.stack([sent[:, kind == row].mean(1) for row in range(len(kinds))], 1)


table = homes(taken)
untrained = [routes_of(small.fresh(seed=seed), ids)[:, real] for seed in range(8)]
most = max(float(homes(each).max()) for each in untrained)
print(f"the largest share: trained {table.max():.0%}, in eight untrained models {most:.0%}")

# %% tags=["hide-input"]
show(
    figures.who_takes(table, list(kinds)),
    alt="For each of four layers a table of seven kinds of word by eight experts, in percent. In layer 0, 66% of things go to "
    "expert 3 and 59% of places to expert 0. In layer 2, 98% of places go to expert 7, 69% of colours to 3, 65% of animals to 6. "
    "In layer 3, 86% of places go to expert 1 and 74% of things to 2. Names are spread over many experts in layers 0 to 2.",
)

# %% [markdown]
# Each row adds up to 100 (shares below 5% are left out). Some rows have a home: in layer 2 nearly all places go to expert 7, in layer 0 two of three things to expert 3. But expert 7 also takes more than half of the things; names, in layer 2, go everywhere; and the numbers of the experts mean nothing from layer to layer.
#
# How much of a route does the kind decide, and how much the word? We name, for each kind, the expert that takes it most often, and count how often that is right; and so for each word, and for knowing nothing.


# %%
def told_by(clue, experts):
    """How often the usual expert for a clue is the right one; clue and experts [N]."""
    counts = torch.zeros(int(clue.max()) + 1, 8)  # [values of the clue, E]
    counts.index_put_((clue, experts), torch.ones(len(clue)), accumulate=True)  # += 1 at each pair
    return float(counts.amax(1).sum() / len(clue))


has = kind >= 0  # only words of the seven kinds
clues = {"nothing": 0 * kind[has], "the kind": kind[has], "the word": read[has]}
told = {}
for name, models in (("untrained", untrained), ("trained", [taken])):
    for clue, values in clues.items():
        shares = torch.tensor([[told_by(values, layer[has]) for layer in each] for each in models])
        told[name, clue] = shares.mean(0)  # [layers]
        print(f"{name:9}  {clue:8}", *(f"{share:4.0%}" for share in told[name, clue].tolist()))
gain = {key: told[key] - told[key[0], "nothing"] for key in told}
claim(
    "Untrained, the kind helps by less than 4 points.", gain["untrained", "the kind"].max() < 0.04
)
claim("But the word by 5 or more.", gain["untrained", "the word"].min() > 0.05)
claim("Trained, the kind helps by 10 or more.", gain["trained", "the kind"].min() > 0.1)

# %% [markdown]
# In the untrained models (a mean of eight) the kind tells next to nothing, up to three points; the single word tells more, up to 18. A random router is a fixed one, and the same word often comes to it alike. So that *kinds* have homes was nearly all learned; that a *word* has a favourite is in part there before.
#
# In larger models, the authors of [Mixtral](https://arxiv.org/abs/2401.04088) looked for experts for biology or philosophy and saw no clear pattern by subject; [OpenMoE](https://arxiv.org/abs/2402.01739) found routes that hang mostly on the token. *Expert* is a name, not a finding.
#
# Send a text of your own through the model; its first 14 words are shown. A thick frame marks words that would go elsewhere if each were read alone, as the first of a text. Words that no story holds are left out.


# %%
def draw_routes(text):
    shown = [word for word in words(text) if word in number][:14] or ["Once"]
    row = torch.tensor([[number[word] for word in shown]])  # [1, T]
    together, alone = routes_of(model, row), routes_of(model, row.T)  # [layers, T] each
    changed = together != alone
    lines = "; ".join(
        f"layer {n}: {' '.join(map(str, e))}" for n, e in enumerate(together.tolist())
    )
    return figures.routes(shown, together.tolist(), changed.tolist()), f"{' '.join(shown)}. {lines}"


explore(
    draw_routes,
    text=widgets.Text(
        value="The cat climbed up and took it down . The dog had a red ball .",
        continuous_update=False,
    ),
)

# %% [markdown]
# ## 5. Who is missed?
#
# Each word meets two networks in a layer. We silence one kind, in all layers at once, and ask for the loss on unread stories. (A forward hook sees what a part answers; what the hook returns stands in its place, here zeros.)

# %%
predict("which_silence")


# %%
def silenced(parts):
    """The loss on unread stories while these parts answer zeros."""
    hooks = [part.register_forward_hook(lambda _part, _given, out: 0 * out) for part in parts]
    loss = held_out_loss(model, unread, 50)
    for hook in hooks:
        hook.remove()
    return loss


layers = [block.mlp for block in model.model.layers]
whole = silenced([])
shared = silenced([layer.shared_expert for layer in layers])
routed = silenced([expert for layer in layers for expert in layer.experts])
print(f"whole {whole:.2f}; without the shared {shared:.2f}, without the routed {routed:.2f}")
one_layer = [(silenced([layer.shared_expert]), silenced(layer.experts)) for layer in layers]
for place, (one, other) in enumerate(one_layer):
    print(f"only in layer {place}: without the shared {one:.2f}, without the routed {other:.2f}")
reveal("which_silence", "the shared expert" if shared > routed else "the expert of its own")
claim(
    "In one layer alone, the routed are missed more.", all(one < other for one, other in one_layer)
)

# %% [markdown]
# All at once, the shared are missed more. One layer at a time, the routed are: in each of the four. So a single number does not settle it. Why the order turns round, they do not say, nor how a model would do that had *learned* without one of them. (It is one model with one seed.)
#
# And who looks back for the thing? `again` marks the words that name a story's thing for the second time or later. We silence the attention of one layer.

# %%
again = named_again(unread)  # [B, T + 1]
for place, block in enumerate(model.model.layers):
    hook = block.self_attn.register_forward_hook(lambda _part, _given, out: 0 * out)
    lost, of_all = loss_at(model, unread.clamp(min=0), again), held_out_loss(model, unread, 50)
    hook.remove()
    print(
        f"without the attention of layer {place}: {lost:.1f} nats on the thing, {of_all:.1f} on all"
    )
    if place == 0:
        claim("Without it all words are worse than a guess.", of_all > math.log(config.vocab_size))
print(f"whole: {loss_at(model, unread.clamp(min=0), again):.1f} and {whole:.1f}")
print(
    f"a guess among 14: {math.log(14):.1f}, among {config.vocab_size}: {math.log(config.vocab_size):.1f}"
)

# %% [markdown]
# Without the far layer it is lost, and worse than a guess. Without layer 1 or 2 nothing changes there: whatever they do, it is not this. (Without layer 0 everything is lost, all words.)
#
# ## 6. What did the experts buy?
#
# The honest question about a mixture: what would a dense model have done? There are two to compare with. One has as many numbers as a word *meets* here (the routers aside), the other as many as there are in all. Same stories, steps and seeds; each at the best of three rates, 0.01, 0.02 and 0.04, chosen on two seeds that don't race (all mixtures at that of no balance).

# %%
predict("what_they_bought")

# %%
dense = {name: race for (name, _), race in stored.items() if name.startswith("dense")}
raced = {f"mixture, {way}": race for way, race in ways.items()} | dense
for name, race in raced.items():
    size = costs.num_parameters(small.fresh(name if name in dense else "small Llama 4").config)
    print(f"{name:29} {size:7,} numbers, rate {race.rate}", end="  ")
    print(
        "loss {:.3f} ± {:.3f}, on the thing named again {:.2f} ± {:.2f}".format(
            *bar(race.loss), *bar(race.thing)
        )
    )
met, large = dense.values()
print()
beside = {}
for way, race in ways.items():
    beside[way] = bar(paired(race.loss, large.loss))
    print(
        f"mixture, {way:4} less the large dense {{:+.3f}} ± {{:.3f}}".format(*beside[way]), end=", "
    )
    print("less the small {:+.3f} ± {:.3f}".format(*bar(paired(race.loss, met.loss))))
ahead = [way for way, (mean, error) in beside.items() if mean + error < 0]
behind = [way for way, (mean, error) in beside.items() if mean - error > 0]
claim("Settled ahead of the large dense model is the loss alone.", ahead == ["loss"])
claim("Settled behind it is the bias.", behind == ["bias"])
claim(
    f"On the thing all are worse than a guess, {math.log(14):.2f}.",
    all(bar(r.thing)[0] > math.log(14) for r in raced.values()),
)
reveal("what_they_bought", ("none", "one", "two", "all three")[len(ahead)])

# %% tags=["hide-input"]
others = {name: paired(race.loss, large.loss) for name, race in raced.items() if race is not large}
show(
    dots(others, baseline="the large dense model"),
    alt="Loss above that of the large dense model, dots for eight seeds and a bar each: the mixture with the loss 0.007 below, its bar "
    "just misses zero; without balance 0.006 above, its bar holds zero; with the bias 0.009 above and the small dense "
    "model 0.008 above, their bars miss zero.",
)

# %% [markdown]
# Of three mixtures one is ahead of the large dense model, in which a word meets 2.7 times as many numbers; one is behind it, by more; one can't be told from it. Beside the small dense one only the first is ahead, and the others can't be told from it. The best of three was picked after the race, with its luck, and these are hairs that share one baseline ([lesson 09b](09b_what_is_each_part_worth.ipynb#8.-Twenty-races-find-something): believe them after a second race). And the large dense model took the lowest rate of the three; a lower one was not tried.
#
# On the thing named again no model is better than a guess, 2.64. So what was raced is how soon sentences are learned, and nothing is said about the end. Experts are said to pay where there is more to know than a model can hold. A guess: these stories have too little of it.
#
# ## 7. It writes with the chunked cache
#
# All stories above were told with a cache ([lesson 07](07_generation.ipynb#2.-The-cache:-reading-every-token-once)). How much does it keep of a long text? We let it write 300 words, always the likeliest, with room for 400. The library gives a near layer as many places as the next word may look back to, 15, and 64 more, so that it seldom has to move what it holds.

# %%
cache, row = KVCache(config, max_length=400), torch.zeros(1, 1, dtype=torch.long)
with torch.no_grad():
    for _ in range(300):
        row = model(row, cache)[:, -1:].argmax(-1)
room = [keys.shape[2] for keys in cache.keys]
print(f"room for keys, by layer: {room}; {sum(room)} in place of {4 * 400}")
claim("Near layers have room for 15 + 64, the far one for all.", room == [79, 79, 79, 400])

# %% [markdown]
# Three layers of four never need more room than that, however long the text; the far one alone still has the first word.
#
# ## Exercises
#
# The first exercise is about four runs of a tiny Llama 4 with four experts a layer. All numbers are of the last 20 of 60 steps and the second layer: the text's loss; the busiest expert's share in a step, as a mean; and the largest share of an expert in all 20 steps together.

# %%
print("        loss   of a step   of 20 steps")
for run, (_, loss, step, twenty) in SEEN.items():
    print(f"run {run} {loss:>6} {step:>11} {twenty:>13}")
for place, (way, _) in enumerate(WAYS, start=1):
    print(f"{place}: {way}")

# %% [markdown]
# ### {exercise: which_balance}
#
# Which run is which? One way is nobody's.

# %% tags=["exercise"]
# a list of four whole numbers: the way of run A, of run B, C and D. One of the five ways is nobody's.
check("which_balance", ...)

# %% [markdown]
# ### {exercise: my_balance}
#
# Section 2 had one expert a word. Many mixtures have several.


# %% tags=["exercise"]
def my_balance(chosen, scores):
    """chosen [N, K], whole numbers below E, and positive scores [N, E] to a tensor of one number, through which the
    scores get a slope: E * sum(f * P), with f [E] how often each expert was chosen, divided by N, and P [E] the mean of
    the scores after each token's were divided by their sum."""
    ...


check("my_balance", my_balance)

# %% [markdown]
# ### {exercise: my_moving_bias}
#
# The other way, as a router that chooses, weighs and moves.


# %% tags=["exercise"]
def my_moving_bias(scores, bias, K, speed):
    """scores [N, E] above 0, bias [E], K and speed, to three tensors: chosen [N, K], each token's K experts with the
    largest score plus bias, the largest first; weights [N, K], their scores without the bias; and the new bias [E]:
    lower by speed where an expert was chosen more often than the mean, higher by speed where less often, as it was
    where exactly as often. No two sums of a token are equal."""
    ...


check("my_moving_bias", my_moving_bias)

# %% [markdown]
# ### {exercise: my_served}
#
# Some systems give each expert a fixed number of places ([**capacity**](../book/glossary.md#expert-capacity)). Tokens that find none are *dropped*: the routed experts do nothing for them.


# %% tags=["exercise"]
def my_served(chosen, scores, E, factor):
    """chosen, a list of N expert numbers from 0 to E - 1, and scores, a list of N numbers, E of 1 or more and factor, to
    a list of N times True or False: whether a token is served. Each expert has factor * N / E places, rounded up. They
    go to those of its tokens that have the highest scores; of equal ones to the token that comes first."""
    ...


check("my_served", my_served)

# %% [markdown]
# ### {exercise: my_balanced_training}
#
# Your loop of [lesson 09](09_training.ipynb#Exercises), for a mixture. `torch.nn.functional.cross_entropy`, `torch.optim.AdamW` and `record_routes` are yours to use. The check hands it a fresh tiny Llama 4, compares every loss, and then looks where the experts stand.


# %% tags=["exercise"]
def my_balanced_training(model, batches, lr, weight):
    """a small Llama 4, a list of n batches, each a pair of inputs [B, T] and labels [B, T], a learning rate lr and a
    weight, to the list of n losses of the text, each a mean over its labels, before its step and without the balance.
    After each batch the model has taken a step of AdamW at the rate lr, betas 0.9 and 0.95, decay 0.1, on the text's
    loss plus weight times the balance: the mean over its layers of E * sum(f * P). A gradient whose length over all
    parameters is more than 1 is cut to 1 before."""
    ...


check("my_balanced_training", my_balanced_training)

# %% [markdown]
# ## Say it in your own words

# %%
say("who_learns", "two_cures", "what_an_expert_is")

# %% [markdown]
# ## Quiz

# %%
quiz("11b")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - Who is sent nothing has no slope, and neither has its row of the router where scores are sigmoids; it can be asked again all the same. Two cures: a loss on share times mean score, and a bias that moves against the load and counts only in the choice.
# - In this small model hardly anybody slept. What balance surely bought is more even work, also in a single step, for whose busiest expert machines wait. The more even way cost more text than the other.
# - Experts came to take kinds of words, and that was learned; a single word has a favourite before.
# - Beside a dense model of as many numbers, one of three mixtures was ahead after 100 steps and one behind, by hairs. Whether a mixture needs more to know than these stories hold, we did not measure.
# - Only the far layer can carry the thing across the chunks, and without it it is lost; near layers keep at most 79 keys, however long the text.
#
# **Papers.** [Fedus and others 2021](https://arxiv.org/abs/2101.03961), *Switch Transformers* (the balancing loss, capacity). [Wang and others 2024](https://arxiv.org/abs/2408.15664), *Auxiliary-Loss-Free Load Balancing* (the moving bias). [Jiang and others 2024](https://arxiv.org/abs/2401.04088), *Mixtral of Experts*. [Xue and others 2024](https://arxiv.org/abs/2402.01739), *OpenMoE*.
#
# **Next:** in lesson 12 a model that can write is taught what to write about.
