# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 13b · Reward
#
# **How does a model learn what is right?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [the loss mask](12_fine_tuning.ipynb#3.-What-is-learned-of-a-conversation); [reward and KL](13_preference.ipynb#3.-A-reward,-and-a-price-for-moving-away); [the run](09_training.ipynb#7.-The-run,-by-hand); [drawing at random](01_tokens_and_sampling.ipynb#4.-Random:-follow-the-chances); [the standard error](09b_what_is_each_part_worth.ipynb#2.-The-standard-error,-by-hand) |
# | It adds to `lessons_lib` | `training/rollouts.py` and `training/grpo.py`: answers of the model's own, judged, and the loss that learns from them |
#
# {route}

# %%
# {setup}

# %%
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
from lessons_lib.classroom.lessons.lesson13b import figures, five_words, recorded, rewarded, sums
from lessons_lib.classroom.lessons.lesson13b.rewarded import Way
from lessons_lib.classroom.lessons.lesson13b.votes import pass_at_k
from lessons_lib.classroom.lessons.lesson13b.which_reward import SEEN, WAYS
from lessons_lib.training import IGNORED, Grpo, Recipe, Run, advantages, clipped_loss, kl, log_probs
from lessons_lib.training.losses import scores_at

torch.set_num_threads(1)
use_style()

# %% [markdown]
# ## The finished thing first
#
# A small model adds numbers. It writes one character after the other. Here it is before this lesson and after it.

# %%
way, taught = recorded.of("GRPO")
before, after = recorded.before(), taught[0].told
for problem, old, new in zip(sums.HELD_OUT[:8], before.said, after.said, strict=True):
    print(f"{sums.asked(problem)[1:]:14} before: {old:24} after: {new}")
print(f"right: {before.right:.0%} before, {after.right:.0%} after")
print(f"worked out: {before.worked:.0%} before, {after.worked:.0%} after")

# %% [markdown]
# Before, it mostly blurts a number out. After, it works the sum out first. In this training nobody told it to: it was shown no example and was asked for no working. It was told of each answer whether the *last number* was right, and nothing else. (An answer counts as **worked out** if it begins with a bracket, whatever stands in it. Shown is the best of eight runs; section 5 has them all.)
#
# ## 1. A judge that is a program
#
# In lesson 13 people said which of two answers they like. But whether a sum is right is no matter of taste. A program can tell. This is [**a reward that a program checks**](../book/glossary.md#verifiable-reward) (reinforcement learning with verifiable rewards, RLVR): the last number of a sum, the tests of a piece of code, the form of an answer.
#
# Our model has 0.33 million numbers and knows 16 characters. It has imitated demonstrators, as in lesson 12. They worked one sum in four out: in brackets stand the running totals. The others they guessed in a hurry and were off by up to 3 in either direction.

# %%
model = sums.imitated()
for text in sums.demonstrations(6):
    print(text)
print(f"{model.num_parameters():,} numbers")

# %% [markdown]
# ($ begins and ends a text.) The judge reads the number at the end, and only that. It doesn't look into the brackets. Nor did it above: in the fourth, the seventh and the last answer after the lesson they are wrong, and the numbers are right.

# %%
problem = (5, 3, 9, 8, 7)  # 32
for text, ended in (
    ("32", True),
    ("(8,17,25,32)32", True),
    ("(8,17,25,32)31", True),
    ("()32", True),
    ("(8,17,25", False),
):
    print(f"{text:16} {sums.is_right(problem, text, ended):.0f}")

# %% [markdown]
# (The last one was cut off: it never came to its end. From here on "…" behind an answer says so.) What can the imitator do? We ask it 512 sums that were in no demonstration, and let it draw each character at random, at temperature 1.

# %%
said = sums.measured(model)
print(f"right {said.right:.0%}, worked out {said.worked:.0%}")
guessed = (said.right - said.worked * said.right_if_worked) / (1 - said.worked)
print(f"right if worked out: {said.right_if_worked:.0%}, right if guessed: {guessed:.0%}")
claim("It imitates: it works out about one in four.", 0.15 < said.worked < 0.35)

# %% [markdown]
# So it *can* add, if it works. It seldom does, because its demonstrators seldom did: imitation copies the mixture. (Not exactly: their working never failed, and of their guesses one in seven was right.)
#
# ## 2. Keep what was right
#
# The first idea needs nothing new. Let the model answer, throw the wrong answers away, and imitate the rest. This is [**rejection sampling**](../book/glossary.md#rejection-sampling); repeated, and with working that leads to the answer, it is STaR ([Zelikman and others](https://arxiv.org/abs/2203.14465)).

# %%
predict("worked_among_right")

# %%
kept = [
    text
    for p, text in zip(sums.HELD_OUT, said.texts, strict=True)
    if sums.is_right(p, text, "…" not in text)
]
share = sum(map(sums.is_worked_out, kept)) / len(kept)
print(f"{len(kept)} of {len(said.texts)} are right; worked out of these: {share:.0%}")
reveal("worked_among_right", round(100 * share))

# %% [markdown]
# On paper: of 100 answers 24 are worked out, and 20 of those are right; of the 76 guesses 14. So 20 of 34 that are kept are worked out, about six in ten, where it was a quarter. Whoever imitates what was kept works more, and the next round selects again. **To select is to teach.**
#
# ## 3. The slope of a mean reward
#
# The second idea: make the mean reward larger by its slope, as we make a loss smaller. On paper, with a model that knows two words, *think* and *blurt*. Their chances are $p = \sigma(s)$ and $1 - p$; what is learned is the score $s$. To think is paid 11, to blurt 10. The mean reward is $11p + 10(1 - p)$, and autograd knows its slope.
#
# But a real model has more answers than anybody could list. What we can do is draw one. So write the slope as a mean over draws: a chance times the slope of its logarithm is the slope of the chance, so
#
# $$\text{slope of the mean reward} = \text{mean over draws of} \left( \text{reward} \cdot \text{slope of} \ln p(\text{what was drawn}) \right)$$
#
# That is the **[policy gradient](../book/glossary.md#policy-gradient)** (REINFORCE, [Williams 1992](https://doi.org/10.1007/BF00992696)); a *policy* is a model that acts. For our two words the slopes of $\ln p$ are $1 - p$ and $-p$.

# %%
score, rewards = torch.tensor(0.0, requires_grad=True), torch.tensor([11.0, 10.0])
p = torch.sigmoid(score)
(p * rewards[0] + (1 - p) * rewards[1]).backward()
chances = torch.tensor([0.5, 0.5])
slopes = torch.tensor([0.5, -0.5])  # of the logarithms, for s = 0
by_draws = (chances * rewards * slopes).sum()
print(f"by autograd {score.grad:.2f}, as a mean over draws {by_draws:.2f}")
print("one draw says:", (rewards * slopes).tolist())

# %% [markdown]
# The mean is right. A single draw is far off: +5.5 if it was *think*, −5 if it was *blurt*. Each word is paid, so each becomes likelier when it is drawn; the truth is only in the small difference.
#
# Take the same number away from each reward, such as 10.5, a **[baseline](../book/glossary.md#baseline)**. What is left is the **[advantage](../book/glossary.md#advantage)**: how much better than usual. The mean stays, because the mean of the slopes alone is 0: here $0.5 \cdot 0.5 - 0.5 \cdot 0.5$.


# %%
def mean_and_variance(baseline):
    draws = (rewards - baseline) * slopes
    mean = (chances * draws).sum()
    return mean, (chances * (draws - mean) ** 2).sum()


for baseline in (0.0, 10.0, 10.5, 11.0):
    mean, variance = mean_and_variance(baseline)
    print(f"baseline {baseline:4}: mean {mean:.2f}, variance {variance:5.2f}")
found = [mean_and_variance(baseline)[0] for baseline in (0.0, 10.0, 10.5, 11.0)]
claim("The mean is the same for each of the four baselines.", max(found) - min(found) < 1e-6)

# %% [markdown]
# Does it matter? Eight runs of 200 steps, one drawn word a step, without baseline and with it:


# %%
def walk(baseline, seed, rate=0.3):
    luck, s, path = torch.Generator().manual_seed(seed), torch.zeros(()), []
    for _ in range(200):
        p = s.sigmoid()
        thinks = torch.rand((), generator=luck) < p
        reward, slope = (11, 1 - p) if thinks else (10, -p)
        s = s + rate * (reward - baseline) * slope
        path.append(p)
    return torch.stack(path)


paths = [torch.stack([walk(baseline, seed) for seed in range(8)]) for baseline in (0, 10.5)]
print("runs that end with more thinking:", *((each[:, -1] > 0.5).sum().item() for each in paths))

# %% tags=["hide-input"]
show(
    figures.walks(*paths),
    alt="Chance of the better word over 200 steps, eight runs each. Without a baseline the runs jump to 0 or to 100 percent, "
    "and half of them end at 0. With a baseline of 10.5 all rise to nearly 100 percent.",
)

# %% [markdown]
# Without a baseline a run jumps to whatever it happened to draw, and some don't come back within these steps.
#
# **A common mistake** hides here: rewards of 0 and 1 used as they are. A wrong answer then says nothing at all, and a right one is pushed as hard where every answer is right as where it was the only one. That is rejection sampling again.
#
# ## 4. GRPO, part by part
#
# Which baseline, for a model that answers many different problems? What one gets for 3+4+5= says little about 9+8+7+9+6+8=. **Group relative policy optimization** ([GRPO](../book/glossary.md#group-relative-policy-optimization), [Shao and others](https://arxiv.org/abs/2402.03300)) lets the model answer *the same* problem several times. The mean of this group is the baseline.

# %% tags=["hide-input"]
show(
    figures.one_step(),
    alt="A problem goes to the model, which draws a group of answers. The judge gives each a reward. From the rewards their mean is "
    "taken away, and they are divided by their spread. With these advantages the loss is computed, whose slope moves the model.",
)

# %% [markdown]
# **Advantages.** The imitator answers one problem eight times; four are right. The mean is 0.5, and the standard deviation (with $G - 1$) 0.53. A right answer has the advantage $0.5 / 0.53 = 0.94$, a wrong one $-0.94$.


# %%
def plain_advantages(rewards, size):
    groups = rewards.view(-1, size)  # [P, G]
    spread = groups.std(-1, keepdim=True) + 1e-4  # never 0
    return ((groups - groups.mean(-1, keepdim=True)) / spread).flatten()


texts = sums.answers(model, [problem], count=8, seed=1)
paid = torch.tensor([sums.is_right(problem, text, "…" not in text) for text in texts])
for text, reward, better in zip(texts, paid, plain_advantages(paid, 8), strict=True):
    print(f"{sums.asked(problem)[1:]}{text:20} paid {reward:.0f}, advantage {better:5.2f}")
for group in ([1, 0, 0, 0, 0, 0, 0, 0], [1] * 8):
    group = torch.tensor(group).float()
    print([f"{each:.2f}" for each in plain_advantages(group, 8)])
some = torch.rand(80, generator=torch.Generator().manual_seed(0)).round(decimals=1)
claim(
    "The library's are the same.",
    torch.allclose(plain_advantages(some, 8), advantages(some, 8), atol=1e-5),
)

# %% [markdown]
# Look at the row below the answers: the only right one of eight counts more than each of four. And the last: **a group in which all did equally well teaches nothing.** Too easy or too hard, it is all the same. (Dividing lifts such groups: by 2.8 where one of eight is right, by 1.9 where four are. [Liu and others](https://arxiv.org/abs/2503.20783) leave the division out: `scale_rewards="none"`.)
#
# **Tokens.** The judge said one number about a whole answer. Each of its characters gets the answer's advantage, those in the brackets too. What is minimised is a mean over all tokens of the batch. (`loss_type="dapo"`, after [Yu and others](https://arxiv.org/abs/2503.14476). The first paper took the mean of each answer first: `"grpo"`.) For a right answer of 14 tokens and a wrong one of 3, with advantages of 1 and −1:

# %%
lengths, better = torch.tensor([14.0, 3.0]), torch.tensor([1.0, -1.0])
print("one token, by all tokens:", [f"{each:.3f}" for each in better / lengths.sum()])
print("one token, by answers:   ", [f"{each:.3f}" for each in better / lengths / 2])

# %% [markdown]
# By answers, a token of a long answer counts less. Then a long wrong answer costs a token hardly anything, and wrong answers may become long: that is what the later papers found.
#
# **Ratio and clip.** To draw answers is slow, so one may want to learn twice from the same ones. But then they were drawn by a model that is gone. The loss therefore asks by which factor a token is likelier now than when it was drawn: the ratio, $e^{\ln p - \ln p_\text{old}}$. At 1 its slope is that of $\ln p$. Far from 1 the old draw says little, so the gain is **[clipped](../book/glossary.md#clipped-ratio)** ([Schulman and others](https://arxiv.org/abs/1707.06347)): $\min(\text{ratio} \cdot A, \; \text{clip}(\text{ratio}, 0.8, 1.2) \cdot A)$.

# %%
now, drawn = torch.tensor([-1.0], requires_grad=True), torch.tensor([-1.0])
(2.0 * (now - drawn).exp()).sum().backward()
print("slope at ratio 1, advantage 2:", now.grad.item())
ratios = torch.tensor([0.5, 0.9, 1.0, 1.1, 1.5])
for advantage in (1.0, -1.0):
    gains = -clipped_loss(ratios, torch.full((5,), advantage))
    print(f"advantage {advantage:4}:", [f"{gain:.1f}" for gain in gains.tolist()])

# %% tags=["hide-input"]
show(
    figures.clip(),
    alt="The gain against the ratio. For advantage 1 it rises with the ratio and is flat above 1.2. For advantage minus 1 it falls with "
    "the ratio and is flat below 0.8.",
)

# %% [markdown]
# Where the line is flat, there is nothing more to gain. It is flat only where the model has already gone far in the *wanted* direction. Who went the wrong way can always come back. (We learn from each batch once. Then the ratio is 1, and the clip never bites.)
#
# **KL.** As in lesson 13, moving away from a reference may cost `beta` a nat. There we could sum over all answers; here we have only the token that was drawn. With $d = \ln p_\text{ref} - \ln p$ of that token, $e^d - d - 1$ is never negative, and in the mean it *is* the KL. Its mean slope is that of the KL the other way round, unless the ratio multiplies it, as in TRL (`use_bias_correction_kl`) and not in ours. Checked on two rows of chances:

# %%
ours, theirs = torch.tensor([0.6, 0.3, 0.1]), torch.tensor([0.2, 0.5, 0.3])
exact = (ours * (ours / theirs).log()).sum()
each = kl(ours.log(), theirs.log())  # of each token that may be drawn
print([f"{one:.2f}" for one in each], f"mean {(ours * each).sum():.4f}, exact {exact:.4f}")
claim("The mean over draws is the KL.", torch.allclose((ours * each).sum(), exact))


def mean_slope(value):  # of what is drawn by `ours`, by the scores of the three tokens
    scores = ours.log().requires_grad_()
    (ours * value(scores.log_softmax(-1))).sum().backward()
    return scores.grad


claim(
    "Its slope is that of the KL the other way round.",
    torch.allclose(mean_slope(lambda p: kl(p, theirs.log())), ours - theirs, atol=1e-6),
)
right_slope = ours * ((ours / theirs).log() - exact)
with_ratio = mean_slope(lambda p: (p - ours.log()).exp() * kl(p, theirs.log()))
claim("With the ratio it is that of the KL.", torch.allclose(with_ratio, right_slope, atol=1e-6))

# %% [markdown]
# Today many leave this price out (`beta=0` is the default of TRL, and ours): a program, they hope, is harder to fool than a reward model. Section 8 fools one.
#
# All parts together, on a real batch: 8 answers to each of 16 problems, drawn and judged as above. We change `old` a little, so that the clip bites. (`tolerance=None`: else the library would stop. `scores_at` computes a model's scores at the places that are named, and no others.)


# %%
def plain_loss(model, ids, labels, old, better, epsilon=0.2):
    said = labels != IGNORED
    policy = log_probs(
        lambda *asked: scores_at(model, *asked), ids, labels
    )  # [N, T], of the labels
    ratio = (policy - old).exp()
    bounded = ratio.clamp(1 - epsilon, 1 + epsilon)
    gain = torch.min(ratio * better[:, None], bounded * better[:, None])
    return -(gain * said).sum() / said.sum()


data = rewarded.rollouts(model, Way())
batch = data.batch(step=0, size=128)
ids, labels, old, better, *_ = batch
other = old - 0.3 * old.sin()
loss = plain_loss(model, ids, labels, other, better)
stale = (ids, labels, other, *batch[3:])
total, _ = Grpo(tolerance=None).total(
    lambda *asked: scores_at(model, *asked), stale
)  # of 128 answers
claim("The library's loss is the same.", abs(loss.item() - total.item() / 128) < 1e-5)
rewards = torch.tensor([answer.reward for answer in data.answers])
claim("So are its advantages.", torch.allclose(plain_advantages(rewards, 8), better, atol=1e-5))

# %% [markdown]
# ## 5. It works
#
# Three steps by hand, and the library's run beside them: all by AdamW at one rate, no slope cut. (`Way()` is GRPO, the judge of section 1, and problems for 80 steps.)


# %%
def recipe(steps):
    return Recipe(
        steps=steps,
        batch_size=128,
        learning_rate=3e-4,
        matrix_learning_rate=None,  # no Muon: all by AdamW
        warm_up=0.0,
        decay=0.0,
        weight_decay=0.0,
        clip=1e9,  # no slope is ever so long
    )


model, losses = sums.imitated(), []
data = rewarded.rollouts(model, Way())
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4, betas=(0.9, 0.95), weight_decay=0.0)
for step in range(3):
    ids, labels, old, better, *_ = data.batch(step, 128)  # answers, judged
    loss = plain_loss(model, ids, labels, old, better)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
model = sums.imitated()
run = Run(model, rewarded.rollouts(model, Way()), recipe(steps=3), rewarded.settings())
apart = [abs(report.loss - loss) for report, loss in zip(run, losses, strict=True)]
claim("The library's run has the same three losses.", max(apart) < 1e-4)
lengths = (labels != IGNORED).sum(-1)
by_length = -(better * lengths).sum() / lengths.sum()
claim("The loss knows advantages and lengths alone.", abs(losses[-1] - by_length) < 1e-3)

# %% [markdown]
# The last claim says: do not watch the loss. The ratio is 1, so its *value* depends on advantages and lengths alone; only its slope knows the model. Now 20 steps (live), and then 80 (recorded, with the rate falling to 0).

# %%
predict("worked_after")

# %%
model = sums.imitated()
run = Run(model, rewarded.rollouts(model, Way(steps=20)), recipe(steps=20), rewarded.settings())
reports = list(run)
paid = [report.measures["reward"] for report in reports]
claim(
    "The last five steps are paid more than the first five.", sum(paid[-5:]) > sum(paid[:5]) + 0.5
)
live = sums.measured(model)
claim("It works out more.", live.worked > said.worked + 0.2)
claim("It is more often right.", live.right > said.right + 0.15)

# %%
print(f"8 runs of {way.steps} steps, shares afterwards on sums that were not trained on")
for name in ("right", "worked", "right_if_worked", "greedy"):
    shares = torch.tensor([getattr(run.told, name) for run in taught])
    print(
        f"{name:16} before {getattr(before, name):.0%}, after {shares.min():.0%} to {shares.max():.0%}"
    )
reveal("worked_after", round(100 * sum(run.told.worked for run in taught) / len(taught)))

# %% tags=["hide-input"]
show(
    figures.curves(taught),
    alt="Three curves over 80 steps, eight runs each: the share that is right, the share that is worked out, and the length in "
    "characters. All three rise steeply within the first 40 steps, then stay.",
)

# %% [markdown]
# (Recorded by `python -m benchmarks.reward FOLDER`. All eight runs begin from the same imitator; problems and draws differ. Thin: a run; thick: their mean.) The answers become longer, and nobody paid for length. To think first is what brings the right number.
#
# ## 6. What was there before
#
# Is that new? Four ways to ask the imitator, before any reward:

# %%
start = sums.imitated()
greedy = sums.measured(start, temperature=0)
begun = sums.measured(start, begun="(")
many, many_after = recorded.many_before(), recorded.many_after()


def share_with_one_right(counts, k):
    return sum(pass_at_k(recorded.MANY, right, k) for right in counts.right) / len(counts.right)


print(f"drawn at random               {said.right:.0%}")
print(f"always the likeliest          {greedy.right:.0%}   worked out: {greedy.worked:.0%}")
print(f"we write the first bracket    {begun.right:.0%}")
print(f"at least one of 8 is right    {share_with_one_right(many, 8):.0%}")
claim("The bracket alone makes the imitator right far more often.", begun.right > said.right + 0.4)

# %% [markdown]
# The second line: nobody who uses a model has to draw at random. Greedy decoding nearly always guesses, and guesses well. Whoever compares greedy after (the table of section 5) with random before counts this gain twice.
#
# The third line is the important one. We write one bracket, and without any reward the imitator is as good as after training. It could add all along. **The reward has taught it a habit, and not to add.** The table of section 5 agrees: what the trained models work out is right about as often as what the bracket gave.
#
# The fourth: at least one of $k$ answers is right ([**pass@k**](../book/glossary.md#pass-at-k)). Does the trained model solve anything that was in none of the old answers?

# %%
for name, counts in (("before", many), ("after", many_after)):
    shares = (f"pass@{k} {share_with_one_right(counts, k):.1%}  " for k in (1, 8, 32))
    print(f"{name:6}", *shares, "never right:", sum(right == 0 for right in counts.right))
claim(
    "With 32 answers the imitator solves as many as the trained model.",
    share_with_one_right(many, 32) >= share_with_one_right(many_after, 32),
)

# %% [markdown]
# Here there was nothing left to find: among 32 answers of the imitator to each of the 512 sums a right one always is. Training has made frequent what was there. Of problems that are never solved by chance it could have learned nothing, since every answer of such a group gets the same reward.
#
# ## 7. Against keeping what was right
#
# Section 2 selects, too, and is simpler: of the same answers only the right ones stay, with the loss of lesson 12. Is GRPO better? Both got the same: 80 steps of 128 answers, and for each the better of two rates, chosen with a seed of its own; then eight other seeds.

# %%
for each in recorded.tried():
    print(f"{each['way']['method']:14} at the rate {each['way']['rate']:g}: {each['right']:.0%}")
_, simple = recorded.of("keep the right")
for what in ("right", "greedy"):
    ours, theirs = (
        torch.tensor([getattr(run.told, what) for run in runs]) for runs in (taught, simple)
    )
    apart = 100 * (ours - theirs)  # in points, of each seed
    interval = 2.36 * apart.std() / len(apart) ** 0.5  # 95%, for eight pairs
    print(f"{what:6} GRPO {ours.mean():.1%}, keep the right {theirs.mean():.1%}", end="; ")
    print(f"difference {apart.mean():.1f} +- {interval:.1f} points")

# %% tags=["hide-input"]
show(
    figures.paired(
        *([run.told.right for run in runs] for runs in (simple, taught)), ("keep the right", "GRPO")
    ),
    alt="Eight lines, one a seed, from the share right after keeping what was right, 81 to 85 percent, to that after GRPO, 84 to 87 "
    "percent. Six rise, one is level, one falls a little.",
)

# %% [markdown]
# Drawn at random, GRPO is ahead by about two points, and the interval does not reach 0. Greedy, the interval does: that can't be settled by eight seeds. So nearly all of the gain came from selecting, and a simple method gets it. At the higher rate the simple method falls apart; rates below the lower one were not tried, for either. And all runs begin from one imitator; another may give other numbers.
#
# ## 8. A reward with a hole
#
# The judge of section 1 is a line of code that somebody wrote. Suppose that it is a test which checks one side only: `last >= sum` in place of `last == sum`. Six in ten of the imitator's answers pass.

# %%
predict("right_after_hole")

# %%
[fooled] = recorded.runs()[recorded.HOLE]
for step in (1, 5, 10, 20, 40):
    print(f"step {step:2}: paid {fooled.paid[step - 1]:.2f}, right {fooled.right[step - 1]:.2f}")
for problem, text in zip(sums.HELD_OUT[:8], fooled.told.said, strict=True):
    print(f"{sums.asked(problem)[1:]:14} {text}")
claim(
    "At the end nearly all is paid and next to nothing right.",
    fooled.paid[-1] > 0.95 and fooled.told.right < 0.1,
)
reveal("right_after_hole", "next to no right ones")

# %% [markdown]
# A perfect reward, and hardly a right sum left, after ten steps. Answers that are too large were sometimes drawn, and they were paid. The brackets are there, and the totals in them are too large as well. This is **[reward hacking](../book/glossary.md#reward-hacking)**. *When what is measured is paid, it is no longer a good measure* (Goodhart's law). A model at OpenAI that was paid for tests that pass learned to leave them with `exit(0)` ([Baker and others](https://arxiv.org/abs/2503.11926)).
#
# Four judges: the right one, the one with the hole, a lazy one that also pays where the number is off by up to 3, and one that takes a tenth from the reward for each character.

# %% tags=["hide-input"]
show(
    figures.paid(
        {
            each.reward: runs[0]
            for each, runs in recorded.runs().items()
            if each.method == "GRPO" and each.rate == way.rate
        }
    ),
    alt="Four runs. Paid for what is right: paid and right are one line that rises, and answers grow from 6 to 14 characters. Paid for not "
    "smaller than the sum: paid rises to 1 and right falls to 0. Paid for off by 3 at most: paid is near 1 from the start, right "
    "falls, answers grow. Paid less for each character: both end a little higher, and answers shrink to 4 characters.",
)

# %% [markdown]
# The lazy judge does harm as well: more is worked out, but the totals become sloppy, and fewer are right than before. With a price on each character the model gives up working, and guesses better instead, nearly as well as greedy decoding did before. (One run each.)
#
# ### SmolLM2 finds a hole of its own
#
# The same loop on the real model (an adapter, 60 steps of 32 answers, one run): *Describe the sea in exactly five words.* Five words are paid with 1, each too many or too few costs a quarter. Then 32 other things, asked in three ways:

# %%
for name, found in five_words.told().items():
    print(f"{name}: five words in {found.drawn:.0%} of the answers drawn; greedy, of 32:")
    for asked, (of_five, _) in zip(five_words.ASKED, found.greedy, strict=True):
        print(f"    {asked.format('...'):38} {of_five:2} have five words")
print(*found.said, sep="\n")
claim("Each of these says *in five words*.", all("in five words" in text for text in found.said))

# %% [markdown]
# *A kettle in five words* describes nothing, and is five words. Asked for eight it says five as well: again a habit (section 6).
#
# ## 9. More thinking, after training
#
# The *untrained* imitator may answer many times, and the most frequent last number counts: a [**majority vote**](../book/glossary.md#majority-vote) (self-consistency, [Wang and others](https://arxiv.org/abs/2203.11171)). Or somebody who can tell picks the right one of $n$ (best of $n$): with our judge that is pass@n. What does each cost in characters?

# %%
lines = {}
for name, counts in (("majority, before", many), ("majority, after", many_after)):
    lines[name] = ([n * counts.length for n in recorded.COUNTS], counts.majority)
best = [share_with_one_right(many, n) for n in recorded.COUNTS]
lines["best of n, before"] = ([n * many.length for n in recorded.COUNTS], best)
lines["our bracket, before"] = ([begun.length], [begun.right])  # section 6
for name, (written, right) in lines.items():
    print(f"{name:19}", *(f"{w:4.0f}: {r:.0%} " for w, r in zip(written, right, strict=True)))

# %% tags=["hide-input"]
show(
    figures.more_thinking(lines),
    alt="Share right against characters written for a problem, from one answer to 32: majority of the imitator, majority of the trained "
    "model, best of n of the imitator, and as one point near 14 characters and 90 percent the imitator behind a written bracket.",
)

# %% [markdown]
# To vote helps, and costs characters: with 32 answers the imitator is a little more often right than the trained model with one, for more than ten times as many characters. Voting needs no judge and no training; it works where the right answer is the most frequent one. Best of $n$ is better still, but needs somebody who can tell. But whoever knows what is missing gets it for less: one written bracket does about as well as 32 votes.
#
# ## 10. The reasoning models of 2025 and 2026
#
# The open ones among them are trained by what you have just seen, on mathematics and code, in answers of thousands of tokens. DeepSeek-R1-Zero ([January 2025](https://arxiv.org/abs/2501.12948)) was a base model, GRPO, and two rules as rewards, right and in the right form: on a competition for school students (AIME 2024) it went from 15.6% to 71.0%, and its answers grew longer by themselves. [Olmo 3](https://arxiv.org/abs/2512.13961) shows the whole way with data and code: fine-tuning on thoughts (lesson 12), preference pairs (13), and then rewards that a program checks.
#
# Two cautions. [Yue and others](https://arxiv.org/abs/2504.13837) found what section 6 found, in large models: with many answers the untrained one solves as many problems or more. Others, with other measures, see new ones solved ([Wen and others](https://arxiv.org/abs/2506.14245)); not settled. [Shao and others](https://arxiv.org/abs/2506.10947) paid *at random*, and their model still got better.
#
# **The names elsewhere.** In TRL the settings of our loss are
#
# ```python
# GRPOConfig(num_generations=8, max_completion_length=24, beta=0.0, epsilon=0.2, loss_type="dapo", scale_rewards="group")
# ```
#
# Ours have the same names. Two defaults differ: its KL is multiplied by the ratio, and its answers may be twice as long.
#
# ## Exercises
#
# ### {exercise: my_advantages}
#
# Section 4, from memory.


# %% tags=["exercise"]
def my_advantages(rewards, size):
    """rewards [N] and size G to the advantages [N]: of each reward the mean of its group taken away, divided by the
    group's standard deviation (with G - 1) plus 0.0001. The first G rewards are the first group, the next G the second,
    and so on."""
    ...


check("my_advantages", my_advantages)

# %% [markdown]
# ### {exercise: my_pass_at_k}
#
# In section 6 we drew 32 answers and told from them how often one of 8 is right. How?


# %% tags=["exercise"]
def my_pass_at_k(n, right, k):
    """n answers, right of which are right, and k from 1 to n, all whole numbers, to the chance, a number from 0 to 1,
    that of k different ones of the n, all choices equally likely, at least one is right."""
    ...


check("my_pass_at_k", my_pass_at_k)

# %% [markdown]
# ### {exercise: my_grpo_loss}
#
# With ratio and clip, for answers of any length.


# %% tags=["exercise"]
def my_grpo_loss(policy, old, advantages, said, epsilon):
    """policy [N, T] and old [N, T], the logarithms of the tokens' probabilities now and when they were drawn, advantages
    [N], said [N, T], True where a token of the answer stands, and epsilon to one number, a tensor with its slope by
    policy: minus the gain, as a mean over all tokens that were said. The gain of a token is the smaller of
    ratio * advantage and clipped ratio * advantage."""
    ...


check("my_grpo_loss", my_grpo_loss)

# %% [markdown]
# Four runs of GRPO from the imitator; their draws differ. Of each number you see the first step and step 40.

# %%
print("         paid             right        worked out   characters")
for run, (_, *numbers) in SEEN.items():
    print(f"run {run}: ", "   ".join(f"{each:14}" for each in numbers))
for place, each in enumerate(WAYS, start=1):
    print(f"{place}: {each}")

# %% [markdown]
# ### {exercise: which_reward}
#
# Which run is which? One way is nobody's.

# %% tags=["exercise"]
# a list of four whole numbers: the way of run A, of run B, C and D. One of the five ways is nobody's.
check("which_reward", ...)

# %% [markdown]
# ### {exercise: my_grpo_training}
#
# All of it: your loop teaches the model of this lesson. Some of the batches were drawn long ago; others are drawn when your loop asks for the next one. Your functions of above are yours to use.


# %% tags=["exercise"]
def my_grpo_training(model, batches, size, lr, epsilon):
    """a model, n batches, the size G of a group, a learning rate lr and epsilon to the list of n losses. Go through the
    batches once, in their order: each is ids [N, T], labels [N, T], old [N, T] and rewards [N]. labels[..., t] is what
    follows place t, or -100; old is the logarithm of its probability when it was drawn, 0 where nothing is named. A loss
    is that of my_grpo_loss with the advantages of my_advantages, before its step. After each batch the model has taken a
    step of AdamW at the rate lr, betas 0.9 and 0.95, no decay."""
    ...


check("my_grpo_training", my_grpo_training)

# %% [markdown]
# ## Say it in your own words

# %%
say("why_a_baseline", "what_reward_taught", "paid_and_wanted")

# %% [markdown]
# ## Quiz

# %%
quiz("13b")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - Where a program can tell what is right, nobody has to show it. To select from one's own answers is to teach.
# - The slope of a mean reward is a mean over draws: reward times slope of $\ln p$. A baseline takes out noise and leaves the mean.
# - GRPO: a group of answers to one problem, each compared with their mean. Equal rewards teach nothing.
# - What is never drawn is never learned. Our model learned to work first; to add it could before.
# - What is paid is what you get. Measure what you want by something that isn't paid, and read answers.
#
# **Papers.** [Williams 1992](https://doi.org/10.1007/BF00992696), *Simple Statistical Gradient-Following Algorithms* (the slope). [Shao and others 2024](https://arxiv.org/abs/2402.03300), *DeepSeekMath* (GRPO). [Yu and others 2025](https://arxiv.org/abs/2503.14476), *DAPO*. [DeepSeek-AI 2025](https://arxiv.org/abs/2501.12948), *DeepSeek-R1*.
#
# **Next:** [lesson 14](14_evaluation.ipynb) asks how you know that a model is any good.
