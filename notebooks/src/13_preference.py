# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 13 · Preference
#
# **How does a model learn what people like?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | about a minute on two cores |
# | You need | [adapters](12_fine_tuning.ipynb#4.-LoRA:-two-thin-matrices-beside-a-large-one) and [the loss mask](12_fine_tuning.ipynb#3.-What-is-learned-of-a-conversation); [the sigmoid](03_embeddings.ipynb#6.-Where-do-the-numbers-come-from?); [the run](09_training.ipynb#7.-The-run,-by-hand); [perplexity](01_tokens_and_sampling.ipynb#11.-How-good-is-the-model-at-guessing?) |
# | It adds to `lessons_lib` | `training/preference.py`: pairs, and the loss that learns from them |
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
from lessons_lib.classroom.lessons.lesson12.recorded import spread
from lessons_lib.classroom.lessons.lesson13 import figures, liking, recorded
from lessons_lib.classroom.lessons.lesson13.chances import best_policy
from lessons_lib.classroom.lessons.lesson13.compared import compare, less, of
from lessons_lib.classroom.lessons.lesson13.pairs import HELD_OUT, is_liked, pairs
from lessons_lib.classroom.lessons.lesson13.which_log import SEEN, WAYS
from lessons_lib.layers import LoraConfig, add_lora, without_lora
from lessons_lib.training import Dpo, Pairs, Run, dpo_loss

use_style()

# %% [markdown]
# ## The finished thing first
#
# We ask SmolLM2 why the sky is blue, before and after this lesson.

# %%
old, runs = recorded.before(), recorded.runs()  # of each way eight, one for each seed
usual = runs[recorded.USUAL][0]
sky = HELD_OUT.index("Why is the sky blue?")
print("before:", old.said[sky].text, "...")
print("after: ", usual.told.said[sky].text)

# %% [markdown]
# The first answer goes on for long. We like one short sentence. In lesson 12 we would have written such sentences, and the model would have copied them. Here it also gets to see what we do *not* like: its own answers. Section 6 measures what either does alone. (What is printed here was recorded; there it is done live.)
#
# ## 1. Two answers, one liked
#
# To write a good answer is work. To say which of two is better takes a moment, even for people who could have written neither. So one collects [**preference pairs**](../book/glossary.md#preference-pair): a question, two answers, and which of them was liked.

# %%
pair = pairs()[12]
print(len(pairs()), "pairs, such as:", pair.question)
print("  liked (chosen):  ", pair.liked)
print("  other (rejected):", pair.other, "...")
claim(
    "No question to judge by is among them.",
    not {each.question for each in pairs()} & set(HELD_OUT),
)

# %% [markdown]
# The liked answers are ours. The others SmolLM2 wrote itself, and we cut them off after 16 tokens. Our judge is a program: `is_liked` wants one sentence of at most 20 words that came to its end.

# %%
judged = [is_liked(*answer) for answer in old.said]
print(f"liked before: {sum(judged)} of {len(judged)}; words of an answer: {old.words:.0f}")

# %% [markdown]
# (After 40 tokens we stop it, so most would have gone on.) Where do pairs come from otherwise? From people who are paid for it, as in [Bai and others](https://arxiv.org/abs/2204.05862); from thumbs up and down; or from a larger model that judges, as in [UltraFeedback](https://arxiv.org/abs/2310.01377). SmolLM2 has been tuned on that set already, with the very method of this lesson ([says its card](https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct)).
#
# A taste is not the truth. Much of what preference training buys can be had by making answers longer, found [Singhal and others](https://arxiv.org/abs/2310.03716): people and judges like long ones. And [Sharma and others](https://arxiv.org/abs/2310.13548) found that both sometimes prefer an answer that flatters to one that is right. In April 2025 OpenAI took back an update of its model for that reason: it had leaned too much [on what users like at once](https://openai.com/index/sycophancy-in-gpt-4o/). Our judge has a blind spot too: it counts words and looks for the end of a sentence, and never asks what an answer says.
#
# ## 2. From wins to scores
#
# Two answers are compared many times, and the first wins 3 times of 4. Say that each has a score, its **reward** $r$, and that the odds of winning are $e^{r_1} : e^{r_2}$. Odds of 3 to 1 mean a difference of $\ln 3$, about 1.1. That is the model of [**Bradley and Terry**](../book/glossary.md#bradley-terry-model); chess ratings use it too:
#
# $$P(1 \text{ beats } 2) = \frac{e^{r_1}}{e^{r_1} + e^{r_2}} = \sigma(r_1 - r_2)$$


# %%
def plain_wins(r1, r2):
    return math.exp(r1) / (math.exp(r1) + math.exp(r2))


for r1, r2 in ((1.1, 0.0), (2.1, 1.0), (0.0, 0.0), (-2.0, 1.0)):
    print(f"{r1:4} against {r2:3}: {plain_wins(r1, r2):.0%}")
    assert math.isclose(
        plain_wins(r1, r2), torch.sigmoid(torch.tensor(r1 - r2)).item(), rel_tol=1e-5
    )

# %% tags=["hide-input"]
show(
    figures.winning(),
    alt="An S-shaped curve: at a difference of 0 each wins 50%, at 2 one wins 88%, at 4 about 98%.",
)

# %% [markdown]
# Look at the first two lines: only the *difference* counts. Whoever adds 1 to all scores changes nothing. In section 7 that bites.
#
# If scores are to fit what people said, the chance of what they said should be large. So the loss of a pair is $-\ln \sigma(r_\text{liked} - r_\text{other})$. Let a network give the score and train it with that loss, and you have a **reward model**. That was the way before DPO, first in games and for simulated robots ([Christiano and others](https://arxiv.org/abs/1706.03741)), then for GPT-3 ([Ouyang and others](https://arxiv.org/abs/2203.02155)): collect pairs, train a reward model, then let the language model write, and push it towards what gets a high reward (reinforcement learning from human feedback, RLHF).
#
# ## 3. A reward, and a price for moving away
#
# Push how far? A model that only seeks reward gives the one answer that scores best, always, and wherever the score is mistaken it finds that out. So moving away gets a price: beta for each nat of the [**KL divergence**](../book/glossary.md#kl-divergence). That is a number for how far the chances have moved: the mean of $\ln (p / p_\text{ref})$ over the answers that the model gives, 0 for no move and never below. $p_\text{ref}$ are the chances before tuning, the **reference**. Wanted are the chances with the largest
#
# $$\text{mean reward} - \beta \, \text{KL}(p \,\|\, p_\text{ref})$$
#
# On paper: three answers with chances of 0.2, 0.5 and 0.3, and rewards of 2, 0 and 1; beta is 1. To stay earns a mean reward of 0.7 and costs nothing. To give the first answer always earns 2 and costs $\ln (1 / 0.2)$, about 1.6: that leaves 0.4, less than staying. In between there is something better: each old chance times $e^{r / \beta}$, divided by their sum $Z$.

# %%
reference, rewards = torch.tensor([0.2, 0.5, 0.3]), torch.tensor([2.0, 0, 1])


def kl(p, reference):
    """The mean of ln(p / reference), each answer as often as p gives it: [..., 3] to [...]."""
    return torch.where(p > 0, p * (p / reference).log(), 0.0).sum(-1)


def worth(p, beta=1.0):
    """Chances [..., 3] to the mean reward minus the price."""
    return (p * rewards).sum(-1) - beta * kl(p, reference)


weights = reference * torch.exp(rewards / 1.0)
best = weights / weights.sum()
tries = torch.rand(10_000, 3, generator=torch.Generator().manual_seed(0))
tries = tries / tries.sum(-1, keepdim=True)
print("stay:", f"{worth(reference):.2f}", " first only:", f"{worth(torch.tensor([1.0, 0, 0])):.2f}")
print("best:", f"{worth(best):.2f}", "at chances of", [f"{p:.2f}" for p in best])
claim(
    "Other chances are worth less by their KL to the best ones.",
    torch.allclose(worth(tries), weights.sum().log() - kl(tries, best), atol=1e-4),
)

# %% [markdown]
# Why can nothing be better? With $p^* = p_\text{ref} \, e^{r / \beta} / Z$ the reward is $r = \beta \ln \frac{p^*}{p_\text{ref}} + \beta \ln Z$. Put that into the formula above, and of any chances $p$ remains
#
# $$\beta \ln Z - \beta \, \text{KL}(p \,\|\, p^*)$$
#
# The KL is least, 0, where $p$ is $p^*$. So nothing is worth more than $\beta \ln Z$, the 1.03 above. Move the price. Which answer wins if it is low, and what happens if it is high?


# %%
def draw_best(beta):
    p = best_policy(reference, rewards, beta)
    line = f"beta {beta:g}: {', '.join(f'{100 * each:.0f}%' for each in p)}; KL {kl(p, reference):.2f} nats"
    return figures.best_chances(reference, rewards, p, ("short", "long", "flattering")), line


explore(
    draw_best,
    beta=widgets.SelectionSlider(options=[0.1, 0.3, 1.0, 3.0, 10.0], value=1.0, description="beta"),
)

# %% [markdown]
# ## 4. DPO in five lines
#
# That is an answer for three answers. A model can give more answers than there are atoms, and nobody can sum over them for $Z$. [Rafailov and others](https://arxiv.org/abs/2305.18290) saw that nobody has to ([**direct preference optimization**](../book/glossary.md#direct-preference-optimization), DPO):
#
# 1. People choose by a reward: $P(\text{liked beats other}) = \sigma(r_l - r_o)$. (Section 2.)
# 2. The best model for a reward is $p = p_\text{ref} \, e^{r / \beta} / Z$. (Section 3.)
# 3. Solved for the reward: $r = \beta \ln \frac{p}{p_\text{ref}} + \beta \ln Z$.
# 4. Put into line 1, the $Z$ falls out, since both answers belong to the same question:
#    $P = \sigma\!\left(\beta \ln \frac{p(l)}{p_\text{ref}(l)} - \beta \ln \frac{p(o)}{p_\text{ref}(o)}\right)$.
# 5. So train the *model* with the loss of section 2: $-\ln P$.
#
# Line 3 read aloud: whoever has moved has said what it thinks is rewarded. The model is its own reward model. With our three answers:

# %%
read_off = (best / reference).log()  # beta is 1
print("read off:   ", [f"{r:.2f}" for r in read_off], " the rewards:", rewards.tolist())
shift = read_off - rewards
claim("They differ by one number, -ln Z.", torch.allclose(shift, -weights.sum().log().expand(3)))

# %% [markdown]
# On paper, a pair with beta 0.1. The reference gave −5 to both answers, as logarithms; now the liked has −4, the other −9. The rewards are $0.1 \cdot (-4 + 5) = 0.1$ and $0.1 \cdot (-9 + 5) = -0.4$. The difference is 0.5, and $-\ln \sigma(0.5)$ is 0.474.


# %%
def plain_dpo_loss(policy, reference, beta):
    """[B, 2] and [B, 2], first the liked answers, to [B]"""
    liked, other = (beta * (policy - reference)).unbind(-1)  # [B] each
    return -torch.log(torch.sigmoid(liked - other))


by_hand = torch.tensor([[-4.0, -9.0]]), torch.tensor([[-5.0, -5.0]])
print(f"{plain_dpo_loss(*by_hand, beta=0.1).item():.3f}")
some = torch.randn(2, 100, 2, generator=torch.Generator().manual_seed(1)) * 5
claim(
    "The library's is the same.",
    torch.allclose(plain_dpo_loss(*some, 0.1), dpo_loss(*some, 0.1), atol=1e-5),
)

# %% [markdown]
# (The library takes logarithm and sigmoid in one: where a sigmoid comes out as 0, its logarithm would be endless.)
#
# ## 5. How likely is an answer?
#
# The chance of an answer is the product of its tokens' chances, so its logarithm is a sum. Which tokens belong to it the mask of lesson 12 says. And the [**reference model**](../book/glossary.md#reference-model)? With an adapter it needs no second one, only one more pass: the same model with the adapter switched off.

# %% tags=["hide-input"]
show(
    figures.one_pair(),
    alt="A pair goes to the model with its adapter on, and to the same model with the adapter off. Both give two logarithms. Their "
    "difference times beta is the two rewards, and from them comes the loss.",
)

# %%
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
tuned = add_lora(model, LoraConfig(r=8, lora_alpha=16, layers_to_transform=range(20, 30)))
rows = liking.rows(tokenizer)
for ids, said in rows[12]:
    print(len(ids), "tokens, of the answer", sum(said), "up to", repr(tokenizer.decode(ids[-2:])))


def plain_answer(model, ids, said):
    """The logarithm of the chance that a model gives to what is said."""
    with torch.no_grad():
        chances = model(torch.tensor([ids]))[0].log_softmax(-1)  # [T, V]
    return sum(chances[t - 1, ids[t]].item() for t in range(1, len(ids)) if said[t])


both = [plain_answer(tuned, *conversation) for conversation in rows[12]]
print(f"liked {both[0]:.1f}, other {both[1]:.1f}")

# %% [markdown]
# (Only the liked answer ends in an end token: the other one was cut off. Section 7 comes back to that.) The model thinks its own answer far likelier. That does not matter to the loss: it asks what has *changed*.

# %%
predict("untuned_loss")

# %%
data = Pairs(rows).measure(tuned)  # gives data.reference, [32, 2]
with without_lora(tuned):
    ours = torch.tensor([plain_answer(tuned, *conversation) for conversation in rows[12]])
claim(
    "Of the pair above it is ours, adapter off.",
    torch.allclose(data.reference[12], ours, atol=0.01),
)
now = data.log_probs(tuned)  # [32, 2], adapter on
first = {f"{loss:.2f}" for loss in dpo_loss(now, data.reference, 0.1).tolist()}
print("losses before the first step:", *first)
reveal(
    "untuned_loss", "0.69 for every pair" if first == {"0.69"} else "another number for each pair"
)

# %% [markdown]
# $\ln 2$: at a difference of 0 each wins half. **If the first loss of DPO is another, the reference is not the model that you start from.** `measure` asks the reference once for all pairs, before the run.
#
# ## 6. It works. By what?
#
# 16 steps with two pairs each, so every pair is seen once. Beside the loss of DPO there is a second part, `sft_weight` times the loss of lesson 12 on the liked answer; why, section 7 shows.

# %%
predict("liked_after")

# %%
recipe = liking.recipe(rate=1e-3, steps=16)
reports = list(Run(tuned, data, recipe, Dpo(beta=0.1, sft_weight=0.5)))
after = liking.answers(tuned, tokenizer, HELD_OUT)

# %%
liked = sum(is_liked(*answer) for answer in after)
last = reports[-1].measures
claim("The judge likes at least 16 of the 20 answers.", liked >= 16)
claim(
    "The liked answer's reward has risen, the other one's fallen.",
    last["chosen"] > 0 > last["rejected"],
)
reveal("liked_after", usual.told.liked)
for number in range(0, 20, 3):
    print(f"{HELD_OUT[number]}\n   {usual.told.said[number].text}")

# %% [markdown]
# (What you see printed was recorded with the same seed by `python -m benchmarks.preference FOLDER`; yours may differ in a word. The two claims are about your run.)
#
# From 2 to nearly all twenty. Now read them. The judge likes answers that say next to nothing, too: it asked for one short sentence, and that is what it got. Here is the blind spot of section 1.
#
# What has done it? Two things were taught at once: to prefer, and to copy. So take one away, all else equal.

# %%
predict("liked_by_copying")

# %%
full, copied, alone = recorded.USUAL, recorded.COPIED, recorded.ALONE
compare(both_parts=full, copying_alone=copied, DPO_alone=alone)

# %%
least = min(of(copied, "liked of 20") + of(alone, "liked of 20"))
claim("Either part alone teaches it: each seed has at least 18 liked answers.", least >= 18)
apart = [less("liked of 20", way, full) for way in (copied, alone)]
claim(
    "Beside both parts, neither is settled to be liked more or less.",
    all(abs(mean) < reach for mean, reach in apart),
)
dearer = less("perplexity", full, copied), less("perplexity", alone, full)
claim(
    "Plain text suffers by copying, more with both parts, most by DPO alone: all settled.",
    min(of(copied, "perplexity")) > old.perplexity and all(mean > reach for mean, reach in dearer),
)
claim("Copying makes the other answers less likely, too.", max(of(copied, "reward, other")) < 0)
print("liked, copying less DPO alone: {:+.2f} ± {:.2f}".format(*less("liked of 20", copied, alone)))
print(f"perplexity of plain text before: {old.perplexity:.2f}")
reveal("liked_by_copying", "about as many" if least >= 18 else "about half as many")

# %% [markdown]
# (Rewards are means over the last 8 steps. What has a ± is a [paired difference](../book/glossary.md#paired-difference) with its 95% interval; it is *settled* if that does not reach 0.) Each part alone does it. By what the judge likes, eight seeds can't tell either of them from both together (of the two, copying is ahead, settled by a hair); and plain text suffers least from copying. **So on this taste we see nothing that the comparison adds, and it has a price.** Even the others, which it never saw, became less likely by copying. (All at one rate and 16 steps; nothing else was tried.)
#
# When are pairs needed, then? Where nobody can write what is liked, only tell it: both columns are the model's own answers. [Pang and others](https://arxiv.org/abs/2404.19733) did that with right and wrong solutions of word problems. We did not try it here.

# %% tags=["hide-input"]
show(
    figures.rewards(
        {"both parts": runs[full], "copying alone": runs[copied], "DPO alone": runs[alone]}
    ),
    alt="Three panels of 16 steps, nearly alike: from 0 the reward of the liked answers rises to about 1, that of the others falls, to "
    "about -0.4 by copying alone, -0.5 with both parts and -0.65 by DPO alone.",
)

# %% [markdown]
# (The mean of the eight seeds, from the lowest to the highest in shade. A point is of a step's two pairs, before the step; so it jumps.)
#
# ## 7. How it fails
#
# 16 steps of DPO alone went well. Now twice as many.

# %%
predict("liked_answers_chance")

# %%
longer, together = recorded.LONG_ALONE, recorded.LONG
compare(DPO_alone=longer, both_parts=together, DPO_16_steps=alone)
print("loss of DPO alone:", spread([sum(run.loss[-8:]) / 8 for run in runs[longer]], digits=2))
rest = of(together, "perplexity") + of(alone, "perplexity")
claim(
    "With each seed DPO alone has no liked answer, at least 19 empty ones, and the worst plain text.",
    max(of(longer, "liked of 20")) == 0
    and min(of(longer, "empty of 20")) >= 19
    and min(of(longer, "perplexity")) > max(rest),
)
claim(
    "With both parts, or 16 steps, each seed has at least 18 liked ones, and likelier liked answers.",
    all(
        min(of(way, "liked of 20")) >= 18 and min(of(way, "reward, liked")) > 0
        for way in (together, alone)
    ),
)
fell = max(of(longer, "reward, liked")) < 0  # with every seed
reveal("liked_answers_chance", "smaller" if fell else "larger")

# %% [markdown]
# The loss of DPO alone is next to nothing. But the liked answers' reward is below 0 with every seed, if hardly with one: they have become *less* likely than before tuning, and the loss is content, because the others fell further. The judge likes nothing, and plain text has suffered most. On paper, with beta 0.1:

# %%
start = torch.tensor([[-20.0, -40.0]])
for policy in ([[-18.0, -43.0]], [[-60.0, -85.0]]):
    loss = dpo_loss(torch.tensor(policy), start, beta=0.1).item()
    print(f"liked {policy[0][0]:.0f}, other {policy[0][1]:.0f}: loss {loss:.3f}")

# %% [markdown]
# In the first row the model has learned what we like. In the second the liked answer is less likely than at the start by a factor of $e^{40}$, and the loss is the same: **only the difference counts.** Where did the chance go? To whatever no pair names:

# %%
print(f"{HELD_OUT[sky]}\n   {runs[longer][0].told.said[sky].text!r}")

# %% [markdown]
# Nothing: the model ends its turn at once. Why that? Our pairs have a flaw: only the liked answers hold an end token, since the others were cut off. To end tells the two apart. So we took that token from the liked answers, too, all else equal:

# %%
no_end = recorded.LONG_NO_END
compare(DPO_alone=longer, without_end_token=no_end)
gravity = HELD_OUT.index("Can you explain gravity?")
print(f"{HELD_OUT[gravity]}\n   {runs[no_end][0].told.said[gravity].text[:45]} ...")
unended = [sum(not each.ended for each in run.told.said) for run in runs[no_end]]
print("stopped by us, of 20:", spread(unended))
claim(
    "Without it no answer is empty, and the liked ones are likelier than before, with each seed.",
    max(of(no_end, "empty of 20")) == 0 and min(of(no_end, "reward, liked")) > 0,
)
claim(
    "With each seed 5 to 7 are liked, and at least 10 we had to stop.",
    5 <= min(of(no_end, "liked of 20")) <= max(of(no_end, "liked of 20")) <= 7
    and min(unended) >= 10,
)

# %% tags=["hide-input"]
show(
    figures.rewards(
        {
            "DPO alone": runs[longer],
            "without end token": runs[no_end],
            "both parts": runs[together],
        }
    ),
    alt="Three panels of 32 steps. DPO alone: the liked answers rise to 1, then fall below 0, the others to -4. Without end token: the liked "
    "rise to about 0.6 and fall back to about 0.3, the others to nearly -3. Both parts: the liked rise to about 1.6, the others fall to about -1.",
)

# %% [markdown]
# So the empty answers came with the flaw, and so did the fall below 0: *what differs between the columns is what is learned*, wanted or not. Another failure came in its place: half of the answers or more go on until we stop them, and the judge likes 5 to 7. (A reward is here of the answer without its end token.)
#
# One cure is the second part ([Pang and others](https://arxiv.org/abs/2404.19733) add it, and others before them): the loss of the liked answer itself, which grows when it becomes less likely. Another one, here, is half the steps. Both worked with every seed, flaw and all. What to watch in a log is not the loss. It is the two rewards, and answers to questions that you did not train on.
#
# **A common mistake.** Some programs take the *mean* over an answer's tokens in place of the sum. Then beta means another thing, and the formula of section 4 holds no more, since the chance of an answer is a product. For the pair of section 5, had the liked answer gained 3 nats and the other one lost 3:

# %%
lengths = torch.tensor([[sum(said) for _, said in pair] for pair in rows])  # [32, 2]
before, long = torch.tensor([both]), lengths[12]
now = before + torch.tensor([[3.0, -3.0]])
summed, meant = dpo_loss(now, before, 0.1), dpo_loss(now / long, before / long, 0.1)
print(f"tokens {long.tolist()}: by the sum {summed.item():.3f}, by the mean {meant.item():.3f}")
claim("By the mean the loss has hardly moved from ln 2.", abs(meant.item() - math.log(2)) < 0.05)

# %% [markdown]
# **And one that neither a falling loss nor the accuracy** (the share of pairs whose liked answer has the higher reward) **shows:** the two columns swapped. The model learns to be what you did not want. With a second part the *first* loss gives it away, since the model's own answers are likelier than ours:

# %%
by_token = -(data.reference / lengths).mean(0)  # of the liked and of the other answers, nats
for name, part in zip(("as they are", "swapped"), by_token.tolist(), strict=True):
    print(f"first loss, columns {name}: 0.69 + 0.5 * {part:.2f} = {math.log(2) + 0.5 * part:.2f}")

# %% [markdown]
# Read ten pairs before you train on them, and ten answers afterwards.
#
# ## 8. The names elsewhere
#
# In Hugging Face's TRL the two parts of section 6 are
#
# ```python
# DPOConfig(beta=0.1, loss_type=["sigmoid", "sft"], loss_weights=[1.0, 0.5])
# ```
#
# (its second one counts all tokens of a batch alike, ours all answers), and its log says rewards/chosen, rewards/rejected and rewards/accuracies for our chosen, rejected and accuracy. Of its other `loss_type`s ours has two: `"hinge"` ([Zhao and others](https://arxiv.org/abs/2305.10425)), which rests once the difference is large enough, and `"ipo"` ([Azar and others](https://arxiv.org/abs/2310.12036)), which wants it to be one certain number and no more, so that it can't run away.

# %%
margins = torch.tensor([[0.0, 0], [5, 0], [10, 0], [50, 0]])
for kind in ("sigmoid", "hinge", "ipo"):
    losses = dpo_loss(margins, torch.zeros_like(margins), beta=0.1, loss_type=kind)
    print(f"{kind:8}", *(f"{loss:8.2f}" for loss in losses.tolist()))

# %% [markdown]
# Each column is a margin before beta: 0, 5, 10, 50. The sigmoid's loss always falls further, if ever more slowly; hinge stops at 10; ipo turns back after 5. (In a run, ipo's margin is that of the means over the tokens: there it is meant, ours and TRL's do so.)
#
# ## Exercises
#
# ### {exercise: my_answer}
#
# Section 5 went token by token. Now in one go, with labels as in lesson 09.


# %% tags=["exercise"]
def my_answer(scores, labels):
    """scores [T, V] and labels [T], whole numbers, to one number: the logarithm of the chance that all tokens are named
    that labels names. labels[t] is what follows place t, or -100 where nothing is to be named; at least one place
    names something."""
    ...


check("my_answer", my_answer)

# %% [markdown]
# ### {exercise: my_best_policy}
#
# Section 3, for any number of answers and any price.


# %% tags=["exercise"]
def my_best_policy(reference, rewards, beta):
    """reference [N], chances above 0 that add up to 1, rewards [N] and beta above 0 to the chances [N] that make the mean
    reward minus beta times KL largest. They add up to 1, however low beta is."""
    ...


check("my_best_policy", my_best_policy)

# %% [markdown]
# ### {exercise: my_dpo_loss}
#
# In section 4 it could become endless. Yours can't.


# %% tags=["exercise"]
def my_dpo_loss(policy, reference, beta):
    """policy [B, 2] and reference [B, 2], the logarithms of the chances of the liked answer and of the other one, and
    beta above 0, to one loss a pair, [B]. It is a finite number for any finite logarithms, and a step can follow from it:
    it has a slope."""
    ...


check("my_dpo_loss", my_dpo_loss)

# %% [markdown]
# The next exercise is about four runs of a tiny model that comes to like red things, at beta 0.1. A loss is that of all parts together; where there is a second part, its weight is 1.

# %%
print("       first loss   last loss   liked   other")
for run, (_, begun, ended, liked_reward, other_reward) in SEEN.items():
    print(f"run {run} {begun:>11} {ended:>11} {liked_reward:>7} {other_reward:>7}")
for place, way in enumerate(WAYS, start=1):
    print(f"{place}: {way}")

# %% [markdown]
# ### {exercise: which_log}
#
# Which run is which? The last two columns are the rewards of the last step. One way is nobody's.

# %% tags=["exercise"]
# a list of four whole numbers: the way of run A, of run B, C and D. One of the five ways is nobody's.
check("which_log", ...)

# %% [markdown]
# ### {exercise: my_dpo_training}
#
# All of it: your loop teaches a tiny model, and then takes two steps with SmolLM2 (that may take most of a minute). Rows are filled on the right, where attention does not look. `without_lora` is yours to use; your functions of above are, too.


# %% tags=["exercise"]
def my_dpo_training(model, batches, lr, beta):
    """a model with an adapter, a list of n batches, each a pair of ids [B, 2, T] and labels [B, 2, T], a learning rate lr
    and beta to the list of n losses. Of each pair the liked answer comes first; labels[..., t] is what follows place t,
    or -100. A loss is the mean over the batch's pairs of the loss of DPO, before its step; the reference is the model
    with its adapter off. After each batch the adapter has taken a step of AdamW at the rate lr, betas 0.9 and 0.95, no
    decay, nothing clipped."""
    ...


check("my_dpo_training", my_dpo_training)

# %% [markdown]
# ## Say it in your own words

# %%
say("why_a_reference", "where_the_reward_went", "only_the_difference")

# %% [markdown]
# ## Quiz

# %%
quiz("13")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - Which of two is better is quickly said. By Bradley and Terry the difference of two scores says how often one wins.
# - A reward needs a price for moving away. The best chances for both are the old ones times $e^{r / \beta}$, divided by their sum.
# - Turned round, the model is its own reward model: DPO needs pairs, the model, and the same model with its adapter off.
# - Only the difference counts. So the liked answers can become unlikely at a loss of 0; keep them likely with a second part or fewer steps, and watch the rewards.
# - What differs between the columns is learned, even an end token. What the judge does not look at is not seen: ours learned to be short, not to be right.
# - Train on the liked answers alone, too, before you say that the comparison did it. Here eight seeds can't tell the two by what the judge likes, and copying spared plain text more.
#
# **Papers.** [Christiano and others 2017](https://arxiv.org/abs/1706.03741), *Deep Reinforcement Learning from Human Preferences*. [Rafailov and others 2023](https://arxiv.org/abs/2305.18290), *Direct Preference Optimization*. [Pang and others 2024](https://arxiv.org/abs/2404.19733), *Iterative Reasoning Preference Optimization* (the second part). [Sharma and others 2023](https://arxiv.org/abs/2310.13548), *Towards Understanding Sycophancy in Language Models*.
#
# **Next:** in [lesson 13b](13b_reward.ipynb) nobody is asked any more: a program checks what is right.
