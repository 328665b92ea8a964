# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # D3 · Long contexts
#
# **How does a model read further than it was trained?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [rotary positions](../04b_positions.ipynb#4.-Rotary-positions:-turn-queries-and-keys) and [loss](../../book/glossary.md#loss). No later lesson needs this one |
# | It adds to `lessons_lib` | `rope_scaling` in `layers/position.py` |
#
# {route}

# %%
# {setup}

# %%
import dataclasses
import math

import torch
import torch.nn.functional as F

import lessons_lib
from lessons_lib.classroom import claim, predict, reveal, say, show, use_style
from lessons_lib.classroom.lessons.lessonD3 import figures, long_reading, predictions
from lessons_lib.layers import rope_frequencies, rotation
from lessons_lib.layers.position import rope_attention_factor

use_style()

# %% [markdown]
# ## The finished thing first
#
# SmolLM2's config promises a context of 8,192 tokens. We had it read the first 16,384 of *Hamlet*, twice as many: as trained, and with one line more in its config, without any training. These are the lines, each for twice the length; section 1 says what they mean:

# %%
torch.set_num_threads(1)
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
config = model.config
rules = long_reading.RULES  # by name, what `rope_scaling` says
for name, rule in rules.items():
    print(f"{name:10}", rule)

# %% [markdown]
# A reading takes minutes, so the losses are stored. There is also a *near* reader, who saw its own 512 tokens and the 512 before them, and no more. The first 512 tokens we read again here, to see that the losses are real:

# %%
ids = torch.tensor(long_reading.hamlet(513))
trained = rope_frequencies(config)  # the speed of each pair, [D/2] in radians a token


def read(ids, places, speeds, factor=1.0):
    """The loss at each token but the first, [T - 1], of a text [T] at places [T]."""
    angles = rotation(places, speeds, config.rope_pairing, factor)
    with torch.inference_mode():  # the model, with angles of our own
        x = model.model.embed_tokens(ids[None])
        for block in model.model.layers:
            x = block(x, angles)
        scores = model.lm_head(model.model.norm(x))[0]  # [T, V]
    return F.cross_entropy(scores[:-1], ids[1:], reduction="none")


stored = long_reading.stored()  # by rule, the mean loss on 32 pieces of 512 tokens
again = float(read(ids, torch.arange(513), trained).mean())
claim("The first stored loss comes out again.", abs(again - stored["as trained"][0]) < 0.01)
later = {name: sum(losses[24:]) / 8 for name, losses in stored.items()}
print(f"the context: {config.max_position_embeddings:,}; read: {long_reading.TOKENS:,}")
print("loss on the last quarter:", {name: round(loss, 1) for name, loss in later.items()})
claim("As trained it falls apart there.", later["as trained"] > later["near"] + 2)
claim("llama3 and yarn do not.", max(later["llama3"], later["yarn"]) < later["near"] + 0.1)

# %% tags=["hide-input"]
show(
    figures.long(stored, config.max_position_embeddings, long_reading.CHUNK),
    alt="Loss on each 512 of 16,384 tokens of Hamlet, less the loss of a model that sees the 512 before them alone. As "
    "trained it stays near 0 until about 11,000, then rises to 4. llama3 and yarn stay near 0 to the end.",
)

# %% [markdown]
# As trained, the model goes on beyond its 8,192 for a while, and then falls apart. With *llama3* or *yarn* it reads to the end. What do these lines do?
#
# ## 1. What is new about a far distance?
#
# A rotary position turns each pair of a query or key by its place times the pair's speed. How often does a pair come round within the trained length?

# %%
L, D = config.max_position_embeddings, config.head_dim
turns = L * trained / (2 * math.pi)  # full turns, [D/2]
for pair in (0, 12, 16, 19, 20, 31):
    print(f"pair {pair:2}: {float(turns[pair]):8.2f} turns within {L:,} tokens")
edge = int((turns >= 1).sum())
print(f"{edge} of {D // 2} pairs come round")

# %% [markdown]
# Pair 0 has been at every angle a thousand times; a text twice as long shows it nothing new. Pair 31 has seen a fiftieth of the circle. A score depends on how far apart two places are: for two that are more than 8,192 apart, this pair points where it never pointed, and the scores it makes are ones that no training has shaped.
#
# So make it slower. That is the idea of [**RoPE scaling**](../../book/glossary.md#rope-scaling). For twice the length, halve its speed: what is 10,000 apart then turns it like 5,000. But which pairs?
#
# - **All** of them. That rule is called **linear** (position interpolation): it divides every speed by the factor. On paper: place 400 becomes place 200, and a neighbour, 1 away, seems half a place away.
# - **Only the slow**, the 12 that made no full turn.
# - **llama3** halves these 12 too (*low_freq_factor* 1: less than one turn). A pair with four turns or more keeps its speed (*high_freq_factor* 4). Between, a mixture.
# - **yarn** draws its ramp over the *numbers* of the pairs, from the one with 32 turns to the one with one, unless its line says otherwise. It also multiplies all scores by a number above 1, to keep attention sharp among more tokens; what that brings, we don't measure.

# %%
kept = ((turns - 1) / (4 - 1)).clamp(0, 1)  # llama3: 1 keeps its speed, 0 is slowed in full


def pair_with(turns):
    """The number of the pair, a fraction, that comes round so many times."""
    return D * math.log(L / (turns * 2 * math.pi)) / (2 * math.log(config.rope_theta))


first, last = math.floor(pair_with(32)), math.ceil(pair_with(1))
ramp = 1 - ((torch.arange(D // 2) - first) / (last - first)).clamp(0, 1)  # yarn
ours = {
    "as trained": trained,
    "linear": trained / 2,
    "only the slow": torch.where(turns < 1, trained / 2, trained),
    "llama3": kept * trained + (1 - kept) * trained / 2,
    "yarn": ramp * trained + (1 - ramp) * trained / 2,
}
for rule in ("linear", "llama3", "yarn"):
    theirs = rope_frequencies(dataclasses.replace(config, rope_scaling=rules[rule]))
    claim(f"{rule}: the speeds of the library.", torch.allclose(ours[rule], theirs))
print(f"yarn's ramp goes from pair {first} to pair {last}")
factor = rope_attention_factor(dataclasses.replace(config, rope_scaling=rules["yarn"]))
print(f"and it multiplies scores by {factor**2:.1f}")  # queries and keys by `factor` each

# %% tags=["hide-input"]
show(
    figures.slowed(ours, edge),
    alt="Five lines over 32 pairs. As trained stays at 1, linear at 2. Only the slow jumps from 1 to 2 at pair 20, where "
    "the pairs begin that make no full turn. llama3 rises from pair 16 to pair 20, yarn from pair 10 to pair 20.",
)

# %% [markdown]
# All four rules agree on the slow pairs, right of the line. They differ on the fast ones, which tell one neighbour from the next.
#
# ## 2. Is it the distance?
#
# A longer text brings three new things: far places, far distances and more keys to look at. We take them apart with 512 tokens, so the number of keys stays. First we move the whole text, all 512 tokens, 15,000 places further on:

# %%
ids, home = ids[:512], torch.arange(512)
stay = float(read(ids, home, trained)[256:].mean())  # the loss on the second half
moved = float(read(ids, home + 15_000, trained)[256:].mean())
print(f"loss at home {stay:.2f}, with the whole text moved {moved:.2f}")
claim("To move the whole text changes nothing.", abs(stay - moved) < 0.01)

# %% [markdown]
# A far place alone does no harm: a score depends on distances, and those are the same. So now we change distances. The first half stays, the second stands further on as a whole. 2,000 and 7,000 are the control, since all 512 tokens then lie within the 8,192 of training; with 15,000 they don't:

# %% tags=["hide-input"]
show(
    figures.moved(256, 15_000),
    alt="Above, a text in two halves, the second 15,000 places further on. Below: places [T] and speeds [D/2] are "
    "multiplied to angles [T, D/2]; by these the pairs of queries and keys [heads, T, D] are turned, which gives scores "
    "[heads, T, T]. The arrow from the speeds is labelled rope_scaling.",
)

# %%
predict("harms_a_short_text")


# %%
def second_half(distance, rule):
    """The loss on the second half, moved so many places further."""
    places = home.clone()
    places[256:] += distance
    return float(read(ids, places, ours[rule], factor if rule == "yarn" else 1.0)[256:].mean())


distances = (0, 2_000, 7_000, 15_000)
losses = {
    rule: [second_half(distance, rule) for distance in distances]
    for rule in ("as trained", "linear", "only the slow")
}
alone = float(read(ids[256:], home[256:], trained).mean())
print("places further:", *(f"{distance:9,}" for distance in distances))
for rule, values in losses.items():
    print(f"{rule:15}", *(f"{value:9.1f}" for value in values))
print(f"without the first half: {alone:.1f}")

# %%
harm = {rule: values[0] - stay for rule, values in losses.items()}
far = {rule: values[-1] for rule, values in losses.items()}
reveal(
    "harms_a_short_text",
    predictions.ALL if harm["linear"] > 0.5 > harm["only the slow"] else "both",
)
claim("At 7,000 the model as trained still reads.", losses["as trained"][2] < alone + 0.2)
claim("At 15,000 it falls apart.", far["as trained"] > alone + 2)
claim("At home, halving all costs more than 1.", harm["linear"] > 1)
claim("Halving only the slow costs less than 0.05.", harm["only the slow"] < 0.05)
claim(
    "At 15,000 halving all is worse by more than 1, too.", far["linear"] > far["only the slow"] + 1
)
claim("No better than without the first half.", alone < far["only the slow"] < alone + 0.2)

# %% [markdown]
# Read the first row. The further the halves stand apart, the less the second gets from the first; at 7,000, as trained, nothing is left. But it still reads. Beyond training it falls apart, without one key more than before: to be far apart is enough. (The first figure breaks only near 11,000, not at 8,192. Why so late, we don't know.)
#
# To halve only the slow pairs mends that, for no cost at home. To halve all harms even where nothing is far. The two differ in the 20 fast pairs alone, so the harm is in those. And at 15,000 the first half no longer helps; but it does not break the reading. Do the two published rules differ from our plain one?

# %%
for rule in ("llama3", "yarn"):
    near_by, far_off = second_half(0, rule), second_half(15_000, rule)
    print(f"{rule:15} {near_by:9.1f} at home, {far_off:.1f} at 15,000")
    claim(
        f"{rule} reads within 0.1 of it.",
        max(abs(near_by - losses["only the slow"][0]), abs(far_off - far["only the slow"])) < 0.1,
    )

# %%
say("why_leave_fast_pairs")

# %% [markdown]
# ## 3. What this does not show
#
# It was one text and one small model, without further training. Linear was published *with* some, and then works.
#
# And look at the near reader again. With either rule the model reads the last quarter about as well as the near one:

# %%
for rule in ("llama3", "yarn"):
    print(f"{rule}: {later[rule] - later['near']:+.2f} against the near reader")
claim("No gain of more than 0.1 either.", min(later["llama3"], later["yarn"]) > later["near"] - 0.1)

# %% [markdown]
# So the far text does no harm; that it is of use, this loss does not show. Whether a model *finds* one sentence in a long text must be asked in that way.
#
# *A common mistake* is to raise the context length in a config and to leave the rest. Nothing complains; the first figure is what happens.
#
# ## What to take with you
#
# - Far distances are new to slow pairs only.
# - *llama3* and *yarn* slow those down and leave the fast ones alone; *linear* slows all, and needs training.
# - To read on without harm is not yet to use what was read.
#
# **Papers.** [Chen and others 2023](https://arxiv.org/abs/2306.15595), *Extending Context Window of Large Language Models via Positional Interpolation*; [Peng and others 2023](https://arxiv.org/abs/2309.00071), *YaRN*; [Llama team 2024](https://arxiv.org/abs/2407.21783), *The Llama 3 Herd of Models*.
#
# **Next:** back to [lesson 04b](../04b_positions.ipynb).
