# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # B2 · Looking inside
#
# **What does a model compute on the way?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [hooks](00c_learning.ipynb#6.-Switches-and-a-window); [the stream and the lens](05_transformer_block.ipynb#The-finished-thing-first); [SwiGLU](05_transformer_block.ipynb#3.-The-feed-forward-network:-thinking-alone); [heads switched off](04_attention.ipynb#9.-Mrs-Quimbletop-again); [the standard error](09b_what_is_each_part_worth.ipynb#2.-The-standard-error,-by-hand) and [the Wilson interval](14_evaluation.ipynb#5.-How-sure-is-a-share?) |
# | It adds to `lessons_lib` | `looking.py`: what parts give is kept, read early, or changed |
#
# {route}

# %%
# {setup}

# %%
import ipywidgets as widgets
import torch
import torch.nn.functional as F

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
    show_source,
    use_style,
)
from lessons_lib.classroom.lessons.lesson04.attention_maps import attention_maps, silenced
from lessons_lib.classroom.lessons.lessonB2 import figures
from lessons_lib.classroom.lessons.lessonB2.faulty_patches import symptoms
from lessons_lib.classroom.lessons.lessonB2.shared import COUNTRIES, COUNTRY, prompt
from lessons_lib.classroom.lessons.lessonB2.steering import (
    BAD,
    FOOD,
    GLAD,
    GOOD,
    KEPT_BACK,
    PLAIN,
    SAD,
    WAR,
    pushed,
)
from lessons_lib.corpora import world_english_bible
from lessons_lib.evaluation import wilson
from lessons_lib.generation import generate
from lessons_lib.layers import rope_frequencies, rotation
from lessons_lib.looking import changed, logit_lens, recorded, stream

use_style()

# %%
torch.set_num_threads(1)
torch.set_grad_enabled(False)  # nothing is trained in this lesson

# %% [markdown]
# ## The finished thing first
#
# SmolLM2 goes on with three beginnings. Then once more, while 576 numbers, always the same ones, are added to each token's vector behind 14 of the 30 layers.

# %%
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
embed, layers = model.model.embed_tokens, model.model.layers


def encode(text):
    return torch.tensor([tokenizer.encode(text)])  # [1, T]


def turns(t):
    return rotation(torch.arange(t), rope_frequencies(model.config), model.config.rope_pairing)


def go_on(x, n, last=30):
    """The stream x [B, T, C] behind n layers, to the stream behind `last`."""
    for layer in layers[n:last]:
        x = layer(x, turns(x.shape[1]))
    return x


def mean_behind_14(text):
    return go_on(embed(encode(text)), 0, 14)[0, 1:].mean(0)  # [C], without the first token


def leading(one, other):
    """From the mean of some sentences to that of others: [C]."""
    return sum(map(mean_behind_14, other)) / len(other) - sum(map(mean_behind_14, one)) / len(one)


glad = leading(SAD, GLAD)
print(f"{len(glad)} numbers, of length {glad.norm():.1f} together")
for scale in (0, 1.5):
    print(f"{scale} times the vector:")
    with pushed(model, 14, scale * glad):
        for start in (KEPT_BACK[1], KEPT_BACK[15], KEPT_BACK[21]):
            written = generate(model, tokenizer.encode(start), 8)
            print("   ", start + tokenizer.decode(written).replace("\n", " "))

# %% [markdown]
# The vector is the mean of 16 glad sentences less that of 16 sad ones. (Three of 24 that show it well; section 5 has all.) Is it *gladness*? And how would one know? This lesson has five instruments, each with a control, and one running question: in *The capital of France is the city of*, where does *Paris* come from?
#
# ## 1. A lens, and what it says by chance
#
# The stream behind $n$ layers has all that was added so far. The [logit lens](05_transformer_block.ipynb#The-finished-thing-first) sends it through the last norm and the head at once. On paper: a stream (2, 1), a gain of (1, 3), the words *dog* (2, 0) and *fox* (1, 1). The norm divides by a length, which changes no order, and the gain makes (2, 3). So dog has 4 and fox 5; without the gain dog would lead.


# %%
def lens(x):
    """Any stream [..., C] to scores [..., V]."""
    return model.lm_head(model.model.norm(x))


ids = torch.cat([encode(prompt(country)) for country in COUNTRIES])  # [40, 8]
states = [embed(ids)]
for n in range(30):
    states.append(go_on(states[n], n, n + 1))
states = torch.stack(states)  # [31, 40, 8, C]
capitals = lens(states[30, :, -1]).argmax(-1)  # [40]
print(*(tokenizer.decode([int(token)]) for token in capitals))
print(f"\nscores of {lens(states[0, 0, 0]).numel():,} words")
claim("The library's stream is ours.", torch.allclose(stream(model, ids[:2]), states[:, :2]))
claim("And its lens.", torch.equal(logit_lens(model, states[9]), lens(states[9])))

# %% [markdown]
# All 40 end in the right capital (*Buch* begins Bucharest): countries were chosen for it, so nothing here says how much geography the model knows.

# %%
predict("lens_from_when")


# %%
def above(x):
    """How many words the lens puts above each prompt's capital, and above another's: [2, B]."""
    scores = lens(x)
    both = (capitals, capitals.roll(1))  # another of the 40
    return torch.stack([(scores > scores.gather(1, words[:, None])).sum(1) for words in both])


own, other = torch.stack([above(x[:, -1]) for x in states], 1)  # [31, 40] each
print(" n   median place   of another   capital leads   is above the other one's")
for n in (0, 10, 20, 23, 24, 27, 29, 30):
    places = f"{int(own[n].median()) + 1:10,} {int(other[n].median()) + 1:12,}"
    print(f"{n:2} {places} {int((own[n] == 0).sum()):12} {int((own[n] < other[n]).sum()):18} of 40")
reveal("lens_from_when", int((own[20] == 0).sum()))
early = [wilson(int((own[n] < other[n]).sum()), 40) for n in range(24)]
claim("Up to 23 layers it can't be told from a coin.", all(a < 0.5 < b for a, b in early))
claim("Behind 24 it can.", wilson(int((own[24] < other[24]).sum()), 40)[0] > 0.5)

# %% tags=["hide-input"]
show(
    figures.lens(own, other),
    alt="The place among 49,152 words, from 1 above to 49,152 below, against layers. Up to 23 layers both curves, the prompt's capital and another "
    "one, lie together between ten and thirty thousand. Behind 24 its capital jumps to about a thousand and reaches 1 at 30; the other comes up slowly, to some hundred at 30.",
)

# %% [markdown]
# *Place 15,000 of 49,152* sounds like *already in the better half*; but another country's capital stands there too. Only between 23 and 24 layers does the lens begin to tell *this* country from another, and the lead comes last of all: in most prompts in the last layer. Something happens in layer 23 (layers count from 0, so it makes state 24).
#
# ## 2. Words that a neuron writes
#
# A [neuron](05_transformer_block.ipynb#3.-The-feed-forward-network:-thinking-alone) adds its column of $W_\text{down}$ to the stream, as many times as its answer says. Geva and others (2021) read the two halves as **[keys and values](../book/glossary.md#key-value-memory)**: the rows of the first matrix say *when*, the column says *what*. So look at a column through the lens, all by itself:

# %%
network = layers[29].mlp


def writes(neuron):
    """The words whose scores the column of one neuron of layer 29 raises most."""
    column = model.model.norm.weight * network.down_proj.weight[:, neuron]
    return [tokenizer.decode([int(i)]) for i in model.lm_head(column).topk(6).indices]


for neuron in (1135, 18, 1145, 331):
    print(f"neuron {neuron:4}:", *writes(neuron))

# %% [markdown]
# Clearer than a dictionary (these four were looked for). Neuron 1135 writes *her*. Now the beginning of the book of Ruth, where two women go home.

# %%
predict("her_neuron")

# %%
book = world_english_bible()
begin = book.index("days when the judges judged")
ruth = encode(book[begin : begin + 4000])[:, :700]
with recorded(model, "model.layers.29.mlp.up_proj", "model.layers.29.mlp.gate_proj") as kept:
    final = go_on(embed(ruth), 0)[0]  # [700, C]
up, gate = (kept[f"model.layers.29.mlp.{name}_proj"][0][0] for name in ("up", "gate"))
fired = F.silu(gate) * up  # [700, F], the answer of each neuron at each token
words = [tokenizer.decode([token]) for token in ruth[0].tolist()]
print(f"below 0 at {(fired[:, 1135] < 0).float().mean():.0%} of the tokens")
for place in fired[:-1, 1135].abs().topk(6).indices.tolist():
    text = "".join(words[place - 5 : place + 1]).split("\n")[-1]
    print(f"{fired[place, 1135]:6.1f} behind {text}, before{words[place + 1]}")


# %%
def without(neuron, chosen):
    """By how much the losses of chosen tokens rise, if the last layer lacks what one neuron adds."""
    column = network.down_proj.weight[:, neuron]
    x = final[:-1][chosen] - fired[:-1, neuron][chosen, None] * column
    return F.cross_entropy(lens(x), ruth[0, 1:][chosen], reduction="none") - plain[chosen]


def bar(rises):
    return f"{rises.mean():+.2f} ± {2 * rises.std() / len(rises) ** 0.5:.2f}"  # two standard errors


plain = F.cross_entropy(lens(final[:-1]), ruth[0, 1:], reduction="none")  # [699]
hers = torch.tensor([word.strip().lower() in ("she", "her", "herself") for word in words[1:]])
rise = {}
for name, chosen in (("she and her", hers), ("others", ~hers)):
    rise[name] = without(1135, chosen)
    loss = plain[chosen].mean()
    print(f"{int(chosen.sum())} {name}: loss {loss:.2f}, without 1135 {bar(rise[name])}")
loud = [n for n in fired.abs().mean(0).topk(9).indices.tolist() if n != 1135][:8]
by_others = [float(without(n, hers).mean()) for n in loud]
print(f"eight other loud neurons, for she and her: {min(by_others):+.2f} to {max(by_others):+.2f}")
hers_rise, rest = rise.values()
reveal("her_neuron", "it falls" if hers_rise.mean() < 0 else "it rises")
low, high = (fired[:-1, 1135][chosen].mean() for chosen in (hers, ~hers))
claim("Before she and her it is three times as far below 0.", low < 3 * high < 0)
claim("It falls more than by any of those.", float(hers_rise.mean()) < min(by_others))
claim("The other tokens get worse.", rest.mean() > 2 * rest.std() / len(rest) ** 0.5)

# %% [markdown]
# The neuron that *writes her* is a brake. Its answer is mostly below 0, and lowest where *her* comes next; a column times −20 pushes its words *down*. Without it *she* and *her* become likelier in this text, and the other tokens lose. Perhaps it keeps *her* from where it is not due; that is a guess.
#
# Geva's network had ReLU: a neuron adds its column or stays silent. In a gated layer the answer is a gate times *up*, and *up* has either sign. So a list of top words says along which line a neuron pushes, and neither which way nor when. The list suggests; switching off tests.
#
# ## 3. Whose numbers say Rome?
#
# Two prompts differ in one word, France or Italy. Take one token's vector from Italy's run and put it into France's, behind $n$ layers: a *patch*, or [activation patching](../book/glossary.md#activation-patching). All else stays France's. If the answer becomes Rome, enough of what tells the two countries apart went through these 576 numbers.

# %% tags=["hide-input"]
show(
    figures.patch(),
    alt="Above, France's run from left to right: words, layers 0 to n - 1, state n of T tokens and C numbers, layers n to 29, answer. Below, Italy's run "
    "in the same way. An arrow leads from the lower state up into the upper: one token's C numbers.",
)

# %%
predict("where_is_italy")

# %%
tokens = [tokenizer.decode([int(token)]).strip() for token in ids[0]]
tokens[-1] = "of (last)"
every = range(8)
said = []
for n in range(31):
    x = states[n, :1].repeat(8, 1, 1)  # France, eight times
    x[every, every] = states[n, 1]  # row i gets Italy's token i
    said.append(lens(go_on(x, n)[:, -1]).softmax(-1).topk(5))
rome = torch.stack([(best.values * (best.indices == capitals[1])).sum(-1) for best in said])
reveal("where_is_italy", "Italy's country" if rome[20, COUNTRY] > 0.5 else "none alone")

# %% tags=["hide-input"]
show(
    figures.where(rome, tokens, "Rome"),
    alt="A grid of 8 tokens and 31 states. Dark in two rows only: France from state 0 to 23, the last token from 24 on. All other rows are white.",
)

# %% [markdown]
# Two bars. Their ends are so in any model: behind no layer the patch makes Italy's prompt, behind all 30 it brings Italy's answer. The finding is where it moves: up to 23 layers the country's own vector decides, from 24 on that of the last token. Lens and patch agree on layer 23. For all 40 prompts, each with the country that follows it in the list:


# %%
def patched(n, place, values):
    """What all 40 say, [40, V], with values [40, C] at one place behind n layers."""
    x = states[n].clone()
    x[:, place] = values
    return lens(go_on(x, n)[:, -1])


def answers(scores, wanted):
    return int((scores.argmax(-1) == wanted).sum())


new = capitals.roll(-1)
source = states.roll(-1, 1)  # [31, 40, 8, C]
say_new = {}
for n in (12, 23, 24):
    for place, at in ((COUNTRY, "the country"), (COUNTRY + 1, "is"), (7, "the last")):
        scores = patched(n, place, source[n, :, place])
        both = answers(scores, new), answers(scores, capitals)
        say_new[n, place] = wilson(both[0], 40)
        print(f"behind {n}, at {at:11}: {both[0]:2} say the new capital, {both[1]:2} the old")
claim("In layer 23 it moves.", say_new[23, COUNTRY][0] > 0.8 and say_new[24, COUNTRY][1] < 0.1)

# %% [markdown]
# **Three controls.** Own values put back must change no bit: else the program is at fault. All eight places at once must give the other run. And wrong values:

# %%
own_values = patched(12, 3, states[12, :, 3])
claim("Own values change no bit.", torch.equal(own_values, lens(states[30, :, -1])))
claim("All values give the other run.", torch.equal(go_on(source[12], 12), source[30]))
noise = torch.randn(40, 576, generator=torch.Generator().manual_seed(0))
noise = F.normalize(noise, dim=-1) * states[20, :, COUNTRY].norm(dim=-1, keepdim=True)
mean = states[20, :, COUNTRY].mean(0).expand(40, -1)
for name, values in (("random numbers, as long", noise), ("the mean of all 40", mean)):
    scores = patched(20, COUNTRY, values)
    print(f"{name:24}: {answers(scores, new)} new, {answers(scores, capitals)} old")

# %% [markdown]
# Random numbers make the *old* answer vanish as well. So that an answer goes says little; that the right new one *comes* does.
#
# Which part of layer 23? Patch what its halves give to the last token. Parts inside a layer need hooks; what a hook returns stands in the output's place. (`ExitStack` takes them off, also after an error.)

# %%
show_source(changed)

# %%
for part in ("self_attn", "mlp"):
    name = f"model.layers.23.{part}"
    with recorded(model, name) as kept:
        go_on(states[23], 23, 24)
    [out] = kept[name]

    def put(own, out=out):
        own[:, -1] = out.roll(-1, 0)[:, -1]
        return own

    with changed(model, {name: put}):
        scores = lens(go_on(states[23], 23)[:, -1])
    print(f"{part:9}: {answers(scores, new):2} new, {answers(scores, capitals):2} old")
    if part == "self_attn":
        claim("Attention carries it in most.", wilson(answers(scores, new), 40)[0] > 0.5)

# %% [markdown]
# Attention carries it in 35 of 40 prompts, the network in none. Move the patch yourself:

# %%
explore(
    figures.patched(said, tokens, tokenizer),
    layers=widgets.SelectionSlider(options=[0, 6, 12, 18, 22, 23, 24, 30], value=12),
    token=widgets.SelectionSlider(options=tokens, value="France"),
)

# %% [markdown]
# ## 4. Heads that cover for each other
#
# Which heads? [D7](deeper/D7_heads.ipynb) found a group in one sentence. Here are 40. We take the four of layers 23 and 24 whose last token looks most at the country, in a mean of eight prompts. The price of switching heads off is what the right capital loses in *log-odds*, $\ln\frac{p}{1-p}$, which has no ceiling near 1.

# %%
maps = torch.stack([attention_maps(model, x.tolist())[:, :, -1, COUNTRY] for x in ids[::5]])
look = maps.mean(0)[23:25]  # [2, H]
most = look.flatten().topk(4)
four = [(23 + int(i) // 9, int(i) % 9) for i in most.indices]
print("weight on the country:", *(f"{weight:.2f}" for weight in most.values))


def price(*heads):
    """What switching heads off costs each right capital, in log-odds: [40]."""
    with silenced(model, heads):
        scores = lens(go_on(states[23], 23)[:, -1])
    return with_all - odds(scores)


def odds(scores):
    p = scores.double().softmax(-1).gather(1, capitals[:, None])[:, 0]
    return (p / (1 - p)).log()


with_all = odds(lens(states[30, :, -1]))
single = {f"layer {layer} head {head}": price((layer, head)) for layer, head in four}
joint, total = price(*four), sum(single.values())
together = {"sum of the four": total, "all four at once": joint}
together["those of layer 23 at once"] = of_23 = price(*(head for head in four if head[0] == 23))
for name, rises in (single | together).items():
    print(f"{name:25} {bar(rises)}")
rest = [(layer, head) for layer in (23, 24) for head in range(9) if (layer, head) not in four]
draws = torch.Generator().manual_seed(0)
drawn = [[rest[i] for i in torch.randperm(14, generator=draws)[:4]] for _ in range(8)]
alone = {head: price(head).mean() for head in rest}
at_random = torch.stack([price(*heads).mean() for heads in drawn])  # [8]
beyond = at_random - torch.stack([sum(alone[head] for head in heads) for heads in drawn])
print(f"eight times four others: {at_random.min():+.2f} to {at_random.max():+.2f}", end="; ")
print(f"beyond their sum {beyond.min():+.2f} to {beyond.max():+.2f}, the four {bar(joint - total)}")
far, more = (joint - total).mean(), of_23 - joint
claim("Ten times as far as others.", far > 10 * beyond.max())
claim("All at once, three times the sum.", far > 2 * total.mean())
claim("Those of layer 23 alone cost even more.", more.mean() > 2 * more.std() / 40**0.5)
far_23 = of_23 - sum(rises for name, rises in single.items() if "23" in name)
claim("They alone go nine tenths as far beyond their sum.", far_23.mean() > 0.9 * far)

# %% tags=["hide-input"]
show(
    figures.covering(single, together),
    alt="Bars with intervals. Of four heads one costs about 1.5 alone, two cost a little, and one has a bar to the left of 0. Their sum is about 1.5. All four at once cost nearly 5, the three of layer 23 at once a little more.",
)

# %% [markdown]
# One by one, three of the four cost little, and without one of them the answer even gets *better*. All four at once cost three times the sum: who tests parts one at a time misses two thirds. But nine tenths of that come from the three of layer 23: with layer 24's left on they cost even more. (Off means zeros, wrong values too; hence the four others.) [**Redundancy**](../book/glossary.md#redundancy) may mean that one head is enough, or that later layers react; and log-odds need not add up. Our numbers don't tell these apart.
#
# ## 5. A vector that steers
#
# `leading` took the mean of each sentence behind 14 layers, over its tokens but the first (a [sink](../book/glossary.md#attention-sink), with a far longer vector), and the difference of two sets: a [**steering vector**](../book/glossary.md#steering-vector). On paper: glad sentences at (4, 0) and (2, 2), sad ones at (1, 4) and (1, 0). The means are (3, 1) and (1, 2), and the vector leads from sad to glad: (2, −1).
#
# Does it work beyond its own sentences? 24 beginnings were kept back, and so were the words: *mood* is the chance of six good ones against seven bad ones, as a logarithm. Beside it: random vectors, as long, and the price: the loss on a plain text.


# %%
good, bad = (torch.tensor([tokenizer.encode(" " + w)[0] for w in x.split()]) for x in (GOOD, BAD))
by_length = {}
for text in KEPT_BACK:
    by_length.setdefault(encode(text).shape[1], []).append(encode(text))
beginnings = [go_on(embed(torch.cat(texts)), 0, 14) for texts in by_length.values()]
calm = encode(PLAIN)
calm_behind = go_on(embed(calm), 0, 14)
long = calm_behind[0].norm(dim=-1)  # [T]
print(f"length of the first token's vector {long[0]:,.0f}, of the others {long[1:].mean():,.0f}")


def moods(vector):
    scores = torch.cat([lens(go_on(x + vector, 14)[:, -1]) for x in beginnings])
    return (scores[:, good].exp().sum(1) / scores[:, bad].exp().sum(1)).log()  # [24]


def calm_loss(vector):
    scores = lens(go_on(calm_behind + vector, 14)[0, :-1])
    return F.cross_entropy(scores, calm[0, 1:], reduction="none")  # [126]


usual, before = moods(0 * glad), calm_loss(0 * glad)
scales = (-1, 0.5, 1, 2)
moved = [moods(scale * glad) - usual for scale in scales]
prices = [calm_loss(scale * glad) - before for scale in scales]
for scale, change, cost in zip(scales, moved, prices, strict=True):
    print(f"{scale:4} times: mood {bar(change)}, loss {bar(cost)}")
told = [bool(cost.mean() > 2 * cost.std() / len(cost) ** 0.5) for cost in prices]
claim("Its price can be told only where it is taken away or added twice.", told == [1, 0, 0, 1])

# %%
vectors = torch.randn(8, 576, generator=torch.Generator().manual_seed(0))
vectors = F.normalize(vectors, dim=-1) * glad.norm()
randoms = {
    "scales": [1] * 8,
    "moods": [float((moods(vector) - usual).mean()) for vector in vectors],
    "prices": [float((calm_loss(vector) - before).mean()) for vector in vectors],
}
for name in ("moods", "prices"):
    print(f"eight random ones, {name}: {min(randoms[name]):+.2f} to {max(randoms[name]):+.2f}")
most = max(abs(mood) for mood in randoms["moods"])
twice = all(abs(moved[i].mean()) > 2 * most for i in (0, 2))
claim("Either way it moves the mood twice as far as any of them.", twice)

# %% tags=["hide-input"]
show(
    figures.steered(scales, moved, prices, randoms),
    alt="Left, mood against scale with intervals: about -1.6 at -1, rising to about 2.9 at 2; eight random vectors at scale 1 lie between -0.7 and 0.3. Right, the rise of the loss with intervals: below 0.15 up to scale 1, about a quarter at 2.",
)

# %% [markdown]
# It works on beginnings and words that were kept back, in both directions, and none of eight random vectors comes near. Added once, its price on another sort of text can't be told from 0; taken away it costs a little, a second time it adds less mood and costs more.
#
# ## 6. What none of that proves
#
# **A silent lens is no empty stream.** Behind 20 layers the country's own vector decides the answer. What does the lens see there?

# %%
seen, unseen = above(states[20, :, COUNTRY]).median(1).values
print(f"the lens at the country: place {int(seen) + 1:,}; another capital {int(unseen) + 1:,}")
favourites = lens(states[20, :6, COUNTRY]).argmax(-1)
print("its favourites there:", *(tokenizer.decode([int(i)]) for i in favourites))
claim("Ten thousand words and more stand above the capital.", seen > 10_000)

# %% [markdown]
# The lens reads one language, that of the last layer, and in it the *next* word: a comma. What is written in another, for other tokens to fetch, it needn't see. (Lenses that are [trained for each layer](https://arxiv.org/abs/2303.08112) see more.)
#
# **Readable is not used.** The word behind the country, *is*: can one read there which country it was? We compare with 40 prompts in other words: does the nearest vector belong to the same country?

# %%
asked = "The largest town of {} is the place of"
elsewhere = torch.cat([encode(asked.format(country)) for country in COUNTRIES])  # [40, 9]
one = states[20, :, COUNTRY + 1]
two = go_on(embed(elsewhere), 0, 20)[:, COUNTRY + 2]
near = F.normalize(one - one.mean(0), dim=-1) @ F.normalize(two - two.mean(0), dim=-1).T
right = int((near.argmax(1) == torch.arange(40)).sum())
print(f"country read at 'is': {right} of 40")


def lead(changes):
    """How far the new capital leads the old one, as a logarithm, with other values at some places."""
    x = states[20].clone()
    for place, values in changes.items():
        x[:, place] = values
    scores = lens(go_on(x, 20)[:, -1])
    return (scores.gather(1, new[:, None]) - scores.gather(1, capitals[:, None]))[:, 0]  # [40]


at_is, blanked, own_lead = {COUNTRY + 1: source[20, :, COUNTRY + 1]}, {COUNTRY: mean}, lead({})
country = lead({COUNTRY: source[20, :, COUNTRY]}) - own_lead
used = lead(at_is) - own_lead, lead(blanked | at_is) - lead(blanked)
print(f"another's numbers at the country: {bar(country)}; at 'is': {bar(used[0])}", end=", ")
print(f"the country blanked: {bar(used[1])}")
hardly = max(float(each.mean()) for each in used) < 0.01 * float(country.mean())
claim("All can be read, and hardly any is used.", right == 40 and hardly)

# %% [markdown]
# A reader on top of a model, a [**probe**](../book/glossary.md#probe), finds what is *there*. Whether the answer *uses* it, only a change shows; here a second one, for the country's own vector might cover for *is*: in its place the mean of all 40.
#
# **A name is a guess.** Our vector came from glad and sad sentences. Is it about that?

# %%
predict("steering_control")

# %%
topic = leading(WAR, FOOD)
same_length = topic * glad.norm() / topic.norm()
by_topic = moods(same_length) - usual
print(f"food less war: mood {bar(by_topic)}, glad less sad {bar(moved[2])}")
print(f"cosine of the two: {F.cosine_similarity(topic, glad, dim=0):.2f}", end="; random ones: ")
print(f"at most {F.cosine_similarity(vectors, glad[None], dim=1).abs().max():.2f}")
clearly = float(by_topic.mean()) > most and bool((moved[2] - by_topic).mean() > 0)
reveal("steering_control", "clearly, but less" if clearly else "another")
along = F.normalize(glad, dim=0)
left = same_length - same_length @ along * along  # nothing of glad in it
left = moods(left * glad.norm() / left.norm()) - usual
print(f"food less war without its part along glad, as long: mood {bar(left)}")
apart = moved[2] - by_topic
claim("What is left does little.", abs(left.mean()) < min(most, by_topic.mean() / 3))
claim("Less, by more than two errors.", apart.mean() > 2 * apart.std() / 24**0.5)

# %% [markdown]
# Bread and guns move the mood as well, by more than half, and most of it through what they share with *glad*. Perhaps the line is *pleasant* against *dreadful*, of which gladness is a part; perhaps it only likes our words. The name *glad* was ours.
#
# And the patch? It shows that the *difference* between two countries goes through these numbers. What both prompts share (that a city is asked for) it leaves alone, so it says nothing about where *that* is computed. All this is one small model, one sort of prompt, and countries that it knows.
#
# ## 7. What goes wrong
#
# **A run that is not the same run.** The rest of the layers must get what they get in a plain run: places, mask, cache. Forget the rotation and go on from France's *own* state:

# %%
x = states[12, :1].clone()
for layer in layers[12:]:
    x = layer(x)  # nobody says where the tokens stand
print("favourite:", tokenizer.decode([int(lens(x[0, -1]).argmax())]), end="; ")
off = float((lens(x[0, -1]) - lens(states[30, 0, -1])).abs().max())
print(f"largest error of a score: {off:.1f}")
claim("A patch of own values finds it.", off > 1)

# %% [markdown]
# The favourite is still right: only the test with own values sees it.
#
# **A hook that stays**, say after an error, changes every later run of this notebook.
#
# ## Exercises
#
# ### {exercise: lens_on_paper}
#
# The stream is (3, −1) behind no layer. Four layers add (−1, 2), (−3, 0), (2.5, 0) and (0, 1). The last norm's gain is (1, 3); the words are *dog* (2, 0), *cat* (0, 1), *fox* (1, 1).

# %% tags=["exercise"]
# a list of five words and a number: the favourite behind 0, 1, 2, 3 and 4 layers, then behind how many layers the last
# favourite leads and goes on leading to the end.
check("lens_on_paper", ...)

# %% [markdown]
# ### {exercise: my_settled}
#
# When does the model's mind no longer change, as the lens tells it?


# %% tags=["exercise"]
def my_settled(states, gain, table):
    """states [N + 1, C], one token's stream behind 0 to N layers; gain [C], by which the last norm multiplies; table
    [V, C], a row for each token of the vocabulary. To a list of two whole numbers, both counted in layers: the first
    state in which the last state's favourite is the favourite, and the first from which it stays so to the end. The
    norm divides a state by its length, and no bias is added."""
    ...


check("my_settled", my_settled)

# %% [markdown]
# For the next one: programs that patch France's run behind 12 layers. Six tests: nothing patched, and France's own values at the country, both beside France's run; zeros at the country; all of Italy's values, beside Italy's run; what it says with Italy's country; and a plain run behind all that. Five programs each have one fault:

# %%
print(symptoms())

# %% [markdown]
# ### {exercise: faulty_patches}
#
# The faults, two of which nobody has: A the hook is never taken off. B values come from the state one layer later. C the value is added to what stands there. D the two runs have changed places: France's values go into Italy's run. E the layers behind the patch run without rotation. F what is taken and replaced is the token behind the one that is meant. G scores are read at the country, not at the last token.

# %% tags=["exercise"]
# a list of five letters: the fault of program 1, of program 2, and so on to program 5.
check("faulty_patches", ...)

# %% [markdown]
# ### {exercise: my_patch}
#
# With nothing of the library. The check hangs it into small chains, and then into SmolLM2.


# %% tags=["exercise"]
def my_patch(run, part, place, value):
    """run, a function without arguments that runs a model and gives its scores; part, a module of that model whose
    output is [B, T, C]; place, a whole number; value [B, C]. To the scores of a run in which the part gives value at
    that place, one row for each text, and at all others what it gives by itself. Behind it everything is as before: the
    next run is a plain one."""
    ...


check("my_patch", my_patch)

# %% [markdown]
# ### {exercise: my_steering}
#
# In the end it is added in SmolLM2 behind 14 layers.


# %% tags=["exercise"]
def my_steering(glad, sad, length):
    """glad and sad, two lists of texts, each text its stream [T, C] behind some layer, with at least two tokens; the
    lists may be of different lengths, and so may the texts; length, a number above 0. To the vector [C] of that length
    that leads from sad to glad: each text's mean over its tokens without the first, the mean over the texts of a list,
    the difference. Every text counts the same."""
    ...


check("my_steering", my_steering)

# %% [markdown]
# ## Say it in your own words

# %%
say("why_group", "readable_or_used", "what_a_control_says")

# %% [markdown]
# ## Quiz

# %%
quiz("B2")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - The lens reads with a head made for the stream's end; it is worth something beside a wrong word.
# - A neuron's words name a line. Which way it pushes, and whether that matters, is measured.
# - A patch says where a difference passes. Own values must change no bit; the new answer must come; wrong values are tried too.
# - Prices of parts need not add up: heads may cover for each other.
# - A steering vector works on what was kept back, beside random ones, at a price; its name is a guess.
#
# **Papers.** [Geva and others 2021](https://arxiv.org/abs/2012.14913), *Transformer Feed-Forward Layers Are Key-Value Memories*. [Meng and others 2022](https://arxiv.org/abs/2202.05262), *Locating and Editing Factual Associations in GPT*. [McGrath and others 2023](https://arxiv.org/abs/2307.15771), *The Hydra Effect*. [Rimsky and others 2024](https://arxiv.org/abs/2312.06681), *Steering Llama 2 via Contrastive Activation Addition*. [Makelov and others 2024](https://arxiv.org/abs/2311.17030), *Is This the Subspace You Are Looking for?*
#
# **Next:** what you have built reads any model of its kind; look into yours.
