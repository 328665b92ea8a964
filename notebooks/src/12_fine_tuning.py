# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 12 · Fine-tuning
#
# **How does a model learn a new habit?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [labels, and places that don't count](09_training.ipynb#1.-What-is-asked:-the-next-token,-everywhere); [AdamW](09_training.ipynb#4.-AdamW:-each-number-its-own-step) and [the run](09_training.ipynb#7.-The-run,-by-hand); [chat templates](07_generation.ipynb#6.-A-conversation-is-one-long-text); [matrix products](00b_tensors.ipynb#6.-The-product-of-matrices); [perplexity](01_tokens_and_sampling.ipynb#11.-How-good-is-the-model-at-guessing?) |
# | It adds to `lessons_lib` | `layers/lora.py` and `checkpoint/adapter.py`: adapters; conversations in `training/` |
#
# {route}

# %%
# {setup}

# %%
import copy
import math
import tempfile
from pathlib import Path

import ipywidgets as widgets
import torch
from IPython.display import display
from torch import nn

import lessons_lib
from lessons_lib.checkpoint import load_lora, save_lora
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
from lessons_lib.classroom.lessons.lesson09.watch import Watch
from lessons_lib.classroom.lessons.lesson12 import figures, recorded, tiny, tuning
from lessons_lib.classroom.lessons.lesson12.cards import (
    HELD_OUT,
    RULE,
    SUBJECTS,
    dialogue,
    examples,
    is_card,
    prompt,
)
from lessons_lib.classroom.lessons.lesson12.which_adapter import SEEN
from lessons_lib.layers import LoraConfig, adapters, add_lora, merge_lora, remove_lora, without_lora
from lessons_lib.training import Conversations, Run, held_out_loss

use_style()

# %% [markdown]
# ## The finished thing first
#
# We want cards: two lines that a program can read, `ANSWER: ` and a text with a full stop, and `TOPIC: ` and one word in small letters. `is_card` judges, and it is strict: nothing before, nothing after. Here are twenty prompts that no example will show, and what SmolLM2 of [lesson 07](07_generation.ipynb) says.

# %%
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
asked = [prompt(question) for question in HELD_OUT]
before = recorded.before()
old = before["the question alone"]
print(HELD_OUT[0], "\n ", old.said[0])
beginnings = [each.text for each in tuning.answers(model, tokenizer, asked, longest=8)]
claim(
    "None of the twenty answers begins as a card.", not any("ANSWER" in each for each in beginnings)
)

# %% [markdown]
# Now press run, and watch [**fine-tuning**](../book/glossary.md#fine-tuning). By the end you will have written what is new in it; section 4 says what `add_lora` and its three settings are. (The next cell measures the model of now, for section 7.)

# %%
plain = tuning.plain_text(tokenizer, count=1)
text_before = held_out_loss(model, plain)

# %%
pairs = examples()
conversations = [
    tokenizer.encode_chat(dialogue(each), add_generation_prompt=False, return_mask=True)
    for each in pairs
]
tuned = add_lora(model, LoraConfig(r=8, lora_alpha=16, layers_to_transform=range(20, 30)))
claim("The model itself has changed: `tuned` is another name for it.", tuned is model)
recipe = tuning.recipe()
watch, losses = Watch("an answer"), []
display(watch)
for report in Run(tuned, Conversations(conversations), recipe):
    losses.append(report.loss)
    if report.step % 6 == 0:
        watch.update(losses, recipe.steps, "…")
merged = merge_lora(copy.deepcopy(tuned))
after = tuning.answers(merged, tokenizer, asked)
watch.update(losses, recipe.steps, after[0].text)

# %%
cards = sum(is_card(each.text) for each in after)  # spaces and blank lines round a card don't count
claim("At least 16 of the 20 answers are cards.", cards >= 16)
usual = recorded.runs()[tuning.USUAL]
apart = [abs(a - b) for a, b in zip(losses[:12], usual[0].losses, strict=False)]
claim("The first twelve losses are those of the recorded run.", max(apart) < 0.03)
same_order = [runs[0].losses for runs in recorded.runs().values()]
claim("Each run in this order jumps at step 10.", all(s[9] > s[8] + 0.2 for s in same_order))
for number in (0, 4, 9, 17):
    print(HELD_OUT[number], "\n ", usual[0].told.said[number].replace("\n", "\n  "))

# %% tags=["hide-input"]
show(
    figures.falling(losses, [run.losses for run in usual[1:]]),
    alt="The loss over 24 steps: from 3.7 nats a token it falls below 2 within ten steps, jumps up once, and ends near 0.8. The "
    "recorded runs fall alike, each with jumps at other steps.",
)

# %% [markdown]
# The recipe: 24 steps of 4 examples, so 96 of the 186 are seen, each once. AdamW's rate rises to 0.002 and falls straight to 0. All this is a choice, so that a minute is enough, and so are the ten layers that get an adapter. Nobody searched for the best. (The jump at step 10? Every run of this lesson that reads the examples in this order jumps there, even one that trains all numbers: these four are hard for the model.)
#
# The shape is there: for tigers, which no example has, and for sums, which are no *What is a ...?*. (What you see printed was recorded with the same seed; your own run may differ in a word.) Read the cards, too. Nobody judged whether what they say is true. Section 7 asks for facts.
#
# ## 1. Ask before you tune
#
# Training is the dear way to a habit. First write the prompts and the judge, as we did. Then ask: the rule in words, as a system message; two examples, as earlier turns of the conversation; both.

# %%
print(RULE)

# %%
predict("cards_by_asking")

# %%
for name, told in before.items():
    print(f"{name:22} {told.cards:2} of 20")
by_asking = before["two examples"].cards
reveal("cards_by_asking", by_asking)
long, short = (
    len(tokenizer.encode_chat(each)) for each in (prompt(HELD_OUT[0], shown=pairs[:2]), asked[0])
)
print(f"tokens to read before an answer: {long} with two examples, {short} without")
claim(
    "Two examples bring at least 16 cards; the rule alone none.",
    by_asking >= 16 and not before["the rule in words"].cards,
)

# %% [markdown]
# The rule in words brings no card, and before the two examples it even costs some. Two cards to look at do nearly all of it. **So for this form, nobody would have to train.** (That they work is called in-context learning or few-shot prompting, and lesson 15 is about it.)
#
# What speaks for tuning all the same? The examples are read with every request (or kept, as in lesson 07b), and take room. A habit that needs fifty of them would fill most requests. And if only the *form* matters, it can be enforced token by token, without a model that knows it. We go on, since this habit is quickly learned and strictly judged, and what follows is done in the same way for habits that no prompt brings. What examples in a prompt can't do, weights do: be there without being read. What weights can't do, prompts do: say what is true *today*.
#
# ## 2. The examples
#
# What shall hold of every answer, and how will a program see it? With that written down, examples can be made.

# %%
print(
    len(pairs),
    "examples of",
    sum(map(len, SUBJECTS.values())),
    "subjects, each asked in three ways",
)
for each in pairs[:2]:
    print(f"{each.question}\n{each.card}".replace("\n", "\n  "))
claim("Every example is a card.", all(is_card(each.card) for each in pairs))
claim("No held-out prompt is among them.", not {each.question for each in pairs} & set(HELD_OUT))

# %% [markdown]
# The split is by subject and not by line: no example asks for a tiger, in any phrasing. Six of the last eight held-out prompts ask in other ways (*Why is the sky blue?*), since a habit that holds only for *What is ...?* would not be the one we want. (Two come near: *How do I boil an egg?*, since an example says that eggs can be boiled, and *Tell me about milk.*, since cow, cheese and butter speak of it.) What was left out of the examples is as important as what is in them: they hold few facts, and so teach few.
#
# ## 3. What is learned of a conversation
#
# Training on examples of what to say is called [**supervised fine-tuning**](../book/glossary.md#supervised-fine-tuning) (SFT). It is the training of lesson 09, with one difference. The template lays the example out as one text, and of that only what the assistant says is to be *named*, that is predicted and counted in the loss. All else is only read: its label is −100. Which is which is the [**loss mask**](../book/glossary.md#loss-mask).

# %%
ids, mask = conversations[0]
tokens = [tokenizer.decode([i]).replace("\n", "↵") for i in ids]
print("".join(token for token, said in zip(tokens, mask, strict=True) if said))

# %% tags=["hide-input"]
show(
    figures.named(tokens, mask),
    alt="The tokens of a laid-out conversation: system message, question, and the head of the answer in grey; in black frames the "
    "card, token by token, and the token that ends the turn. The line break behind it is grey.",
)

# %% [markdown]
# Grey is read, framed is named. (We gave no system message: this one is the template's own.) Two borders matter. The head of the answer, `<|im_start|>assistant` and a line break, is written by the template whenever somebody asks, so the model need not learn it. And the token that ends the turn is *said by the assistant*: without it nobody learns to stop (section 9). By hand you find the mask in exercise 1.

# %% [markdown]
# The library asks the template what opens an answer, so nobody has to write that down. What ends one it knows by the model's list of end tokens. A model that never saw a chat has `<|endoftext|>` alone there, and not the token which the template writes:

# %%
other = copy.copy(tokenizer)
other.eos_token_ids = (0,)  # <|endoftext|> alone
_, wrong = other.encode_chat(dialogue(pairs[0]), add_generation_prompt=False, return_mask=True)
lost = [tokens[place] for place in range(len(ids)) if mask[place] != wrong[place]]
print("no longer named, without a word of warning:", *lost)

# %% [markdown]
# So look at one mask before you train. `Conversations` makes batches of it: the labels are moved by one place, as ever, and shorter rows are filled up.

# %%
inputs, labels = Conversations(conversations[:2]).batch(0, 2)  # [B, T] each
print(f"{inputs.shape[1]} places; named are", (labels != -100).sum(1).tolist())

# %% [markdown]
# ## 4. LoRA: two thin matrices beside a large one
#
# To move all of the model's numbers takes four of each: the number, its slope, and AdamW's two means. And afterwards there is a second model as large as the first. But the habit is small. Perhaps what has to be *added* to a matrix is simple, and then few numbers can say it.
#
# On paper: a matrix of 3 rows and 4 columns has 12 numbers. Take a column of 3 numbers $B$, and a row of 4 numbers $A$. Their product $BA$ has 12 numbers again, every row a multiple of $A$. So 7 numbers say what is added to 12: it has the *rank* 1. With $r$ columns and $r$ rows it has at most rank $r$. That is a **low-rank adapter**, [**LoRA**](../book/glossary.md#lora):
#
# $$y = W x + \frac{\alpha}{r}\, B A x$$
#
# $W$ stays as it is ([**frozen**](../book/glossary.md#freezing)); only $A$ and $B$ learn. $\alpha / r$ says how much the addition counts; here $\alpha = 2r$. All seven matrices of each layer in `layers_to_transform` get one. (Hu and others keep $\alpha$ and change $r$: because of the division, they say, the learning rate hardly has to change with it.) In the code each row of `x` is a token, so $A x$ is `x @ A.T`, $T$ rows of $r$ numbers.

# %% tags=["hide-input"]
show(
    figures.beside(),
    alt="x [T, in] goes two ways: through the frozen matrix W [out, in], and through A [r, in], as wide and low, to r numbers a "
    "token, and B [out, r], as tall as W and narrow, zero at first, times alpha over r. The two are added and give y [T, out].",
)


# %%
class PlainLora(nn.Module):
    def __init__(self, linear, r, alpha):
        super().__init__()
        self.linear = linear.requires_grad_(False)
        bound = 1 / math.sqrt(linear.in_features)
        self.A = nn.Parameter(torch.empty(r, linear.in_features).uniform_(-bound, bound))
        self.B = nn.Parameter(torch.zeros(linear.out_features, r))
        self.scale = alpha / r

    def forward(self, x):  # [T, in] to [T, out]
        return self.linear(x) + self.scale * (x @ self.A.T) @ self.B.T


theirs = tuned.model.layers[29].mlp.up_proj
ours = PlainLora(nn.Linear(576, 1536, bias=False), r=8, alpha=16)
with torch.no_grad():
    ours.linear.weight.copy_(theirs.weight)
    ours.A.copy_(theirs.lora_A)
    ours.B.copy_(theirs.lora_B)
    x = torch.randn(5, 576, generator=torch.Generator().manual_seed(0))
    claim("On what it has learned, ours agrees.", torch.allclose(ours(x), theirs(x), atol=1e-4))

# %%
predict("first_slopes")

# %%
fresh = PlainLora(nn.Linear(4, 3, bias=False), r=1, alpha=1)
x = torch.tensor([[1.0, 2, 3, 4]])
claim("A fresh adapter adds nothing.", torch.equal(fresh(x), fresh.linear(x)))
fresh(x).sum().backward()
found = {name: bool(p.grad.any()) for name, p in (("A", fresh.A), ("B", fresh.B))}
print("has a slope:", found)
answers = {(True, False): "A alone", (False, True): "B alone", (True, True): "both"}
reveal("first_slopes", answers.get(tuple(found.values()), "neither"))

# %% [markdown]
# $B$ begins at zero, so tuning begins from the very model that was there. The slope of $A$ is a product with $B$, and at first that is zero; the slope of $B$ is a product with $A x$, which is not. After one step both move. Were both zero, neither ever would.
#
# And at the end? $W x + \frac{\alpha}{r} B A x$ is $(W + \frac{\alpha}{r} B A)\, x$. So the addition can be written into the matrix once and for all, which is called **merging**. That is why there is no activation between $A$ and $B$: with one, they could not be multiplied beforehand.

# %%
row = torch.tensor([conversations[0][0]])  # [1, T]
with torch.no_grad():
    apart = (merged(row) - tuned(row)).abs().max()
claim("Merged, the scores are the same but for rounding.", apart < 0.01)
print("adapters left after merging:", len(adapters(merged)))

# %% [markdown]
# ## 5. What freezing saves

# %%
predict("how_many_learn")

# %%
learn = sum(p.numel() for p in tuned.parameters() if p.requires_grad)
everything = tuned.num_parameters() - learn
print(f"{learn:,} of {everything:,} numbers learn: {learn / everything:.1%}")
reveal("how_many_learn", round(100 * learn / everything, 1))
kinds = {"all learn": (everything, everything), "the adapter learns": (everything + learn, learn)}
for name, (numbers, count) in kinds.items():
    kept = 4 * (numbers + 3 * count) / 1e6  # the numbers; slopes and two means of what learns
    print(f"{name:20} {kept:6,.0f} MB for numbers, slopes and AdamW's means")

# %% [markdown]
# That is the first saving. The second: the backward pass goes only as far down as something learns. Layers 0 to 19 have nothing to learn, so nothing of what they computed has to be kept. torch says what it keeps (the function adds it up; its inside is not needed later):


# %%
def kept_for_backward(model):
    """Bytes of what a forward pass keeps for the way back, apart from the model's own numbers."""
    sizes = {}  # by where the numbers lie, so that two views of the same count once

    def note(tensor):  # torch calls this with each tensor that it keeps
        memory = tensor.untyped_storage()
        sizes[memory.data_ptr()] = memory.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        model(inputs[:1])
    own = {p.untyped_storage().data_ptr() for p in model.parameters()}
    return sum(size for place, size in sizes.items() if place not in own)


sizes = {"all numbers learn": kept_for_backward(merged.requires_grad_(True))}
add_lora(merged, LoraConfig(r=8, lora_alpha=16))  # in all thirty layers
sizes |= {"adapters in all layers": kept_for_backward(merged), "in ten": kept_for_backward(tuned)}
remove_lora(merged)
for name, kept in sizes.items():
    print(f"kept of one conversation, {name}: {kept / 1e6:.0f} MB")

# %% [markdown]
# It is the choice of the upper layers that saves here, not the adapter. The third saving is what lies on the disk afterwards (section 8). What freezing does *not* save is the way forward: all thirty layers are run in every step, frozen or not.
#
# ## 6. Beside full fine-tuning
#
# What if all numbers learn, as in lesson 09? Here is one such run, beside eight of ours, each with a seed of its own (another $A$, another order of the examples). All were made by `python -m benchmarks.cards FOLDER`. Of several runs you see the mean, and how far they go. And beside all of them the untuned model that was shown two examples. Facts are right answers to twenty questions (section 7); the perplexity is of 4 times 256 tokens of plain text.


# %%
def table(told):
    print(f"{'':12} {'runs':>4} {'cards':>18} {'facts':>18} {'perplexity':>18}")
    for name, runs in told.items():
        measures = zip(*[(run.cards, run.facts, run.perplexity) for run in runs], strict=True)
        print(f"{name:12} {len(runs):4}", *(f"{recorded.spread(each):>18}" for each in measures))


eight, [full] = [run.told for run in usual], recorded.runs()[recorded.FULL]
asking = before["two examples"]
table({"before": [old], "two examples": [asking], "adapter": eight, "all numbers": [full.told]})
claim("Each of the eight reaches 16 cards.", min(each.cards for each in eight) >= 16)
claim(
    "Where all numbers learned: more cards and facts than in each of the eight, and plain text no less likely.",
    full.told.cards > max(each.cards for each in eight)
    and full.told.facts > max(each.facts for each in eight)
    and full.told.perplexity <= old.perplexity,
)
claim(
    "Untuned with two examples: as many cards as the best of the eight or more, more facts, plain text likelier.",
    asking.cards >= max(each.cards for each in eight)
    and asking.facts > max(each.facts for each in eight)
    and asking.perplexity < min(each.perplexity for each in eight),
)

# %% [markdown]
# Both kinds teach the form, and the adapter needs less than a hundredth of the numbers for it. On all three measures the adapters come last: behind the run in which all numbers learned, and behind two examples that nobody trained. But the full run had one seed, and a rate twenty times lower (all numbers together, we guess, move a model far sooner). So whether it is the adapter or its rate that forgets can't be settled here. (Published comparisons such as [Biderman and others](https://arxiv.org/abs/2405.09673) found that LoRA learns less where there is much to learn, and forgets less.)
#
# ## 7. What was forgotten
#
# What is added for a habit is added for every text. So measure what you did *not* teach, and how much of it is [**forgotten**](../book/glossary.md#forgetting). Two measures: the perplexity of a plain text, here the beginning of the World English Bible; and twenty questions with a known answer. A fact counts if its word stands anywhere in the first 24 tokens. (That is kind to long answers: *Jupiter, but it's actually Saturn* counts.)

# %%
text_after = held_out_loss(merged, plain)
first, now = math.exp(text_before), math.exp(text_after)
claim(
    "Of its first 256 tokens alone, the perplexity went from 4.9 to about 5.9.",
    round(first, 1) == 4.9 and abs(now - 5.9) < 0.2,
)
claim(
    "It rose in all eight recorded runs, and each has fewer facts than two examples leave.",
    all(each.perplexity > old.perplexity and each.facts < asking.facts for each in eight),
)

# %%
print("lost in all eight runs; after: the first of them")
for number, (question, word) in enumerate(tuning.FACTS):
    was, *now = (told.facts_said[number] for told in (old, *eight))
    if tuning.holds(was, word) and not any(tuning.holds(each, word) for each in now):
        print(f"{question}\n  before: {was[:90]}\n  after:  {now[0].splitlines()[0][:90]}")
        print(f"  two examples: {asking.facts_said[number].splitlines()[0][:90]}")
bees = tuning.FACTS.index(("What do bees make?", "honey"))
claim(
    "That bees make honey is new in all eight, and with two examples.",
    all(tuning.holds(each.facts_said[bees], "honey") for each in (asking, *eight))
    and not tuning.holds(old.facts_said[bees], "honey"),
)

# %% [markdown]
# Is it the short form that leaves no room for a fact? The untuned model tells: after two examples it answers in that form too, and is right 12 times, where it was right 14 times without them. The adapters are right 6 to 8 times. So the form costs about two facts, and the adapters' tuning five more. (Another pair of examples was not tried. Where all numbers learned, 10 are left.) Nor does a gain show its cause: an example says that bees make honey, but the two in the prompt, a bicycle and a key, bring it as well. And the plain text? No card was asked for in it, and still it is less likely.
#
# What helps, by what others report: fewer steps, a lower rate, and some of the old kind of data among the new. What helps in any case is to measure.
#
# ## 8. Adapters kept, swapped, shipped
#
# While the adapter is not merged, it can be switched off, and the model of before is there at no cost. Kept alone it is a small file.

# %%
with without_lora(tuned), torch.no_grad():
    off = held_out_loss(tuned, plain)
claim("Switched off, the model is that of before.", off == text_before)
with tempfile.TemporaryDirectory() as folder:
    save_lora(tuned, f"{folder}/cards")
    for file in sorted(Path(f"{folder}/cards").iterdir()):
        print(f"{file.name:28} {file.stat().st_size:11,} bytes")
    other, _ = lessons_lib.load("smollm2-135m-instruct")
    load_lora(other, f"{folder}/cards")
with torch.no_grad():
    claim("On a fresh model it does the same.", torch.equal(other(row), tuned(row)))
del merged, other  # two models less in memory

# %% [markdown]
# Two files, in the format of [PEFT](https://huggingface.co/docs/peft), the library that most adapters are made with: our tests let PEFT open ours and open PEFT's here. The weights of the model take hundreds of megabytes. So one model in memory can serve many habits, each an adapter that is loaded when it is asked for; or an adapter is merged, and shipped as a whole model. An adapter belongs to the model it was trained beside. On another nobody trained it.
#
# What do a lower rank and fewer layers do? Our setting has eight recorded runs, each of the others one: differences of a card or two say nothing.


# %%
def draw_setting(rank, upper):
    runs = recorded.runs()[recorded.grid(rank, upper)]
    last, seconds = (
        recorded.spread(each)
        for each in zip(*[(r.losses[-1], r.seconds) for r in runs], strict=True)
    )
    shapes = [(m.out_features, m.in_features) for m in adapters(tuned).values()][:7]
    size = sum(rank * (tall + wide) for tall, wide in shapes) * upper
    told = [run.told for run in runs]
    cards, facts, perplexity = (
        recorded.spread([getattr(t, name) for t in told])
        for name in ("cards", "facts", "perplexity")
    )
    text = (
        f"{size:,} numbers, {size / everything:.2%}, {4 * size / 1e6:.1f} MB, {seconds} processor seconds a step; "
        f"last loss {last}, {cards} cards, {facts} facts, perplexity {perplexity}"
    )
    return figures.before_and_after(told, old), text


explore(
    draw_setting,
    rank=widgets.SelectionSlider(options=recorded.RANKS, value=8, continuous_update=False),
    upper=widgets.SelectionSlider(options=recorded.UPPERS, value=10, continuous_update=False),
)

# %% [markdown]
# Move both. A form is little to say, and yet neither rank 1 nor two layers learn it in these 24 steps: their last losses are about 1.5 and more, ours near 1. Whether more steps or a higher rate would do it was not tried.
#
# ## 9. What goes wrong
#
# Four runs with one fault each, and else as ours.

# %%
predict("after_no_end")

# %%
faulty = {fault: recorded.runs()[recorded.faulty(fault)] for fault in tuning.FAULTS}
table({fault: [run.told for run in runs] for fault, runs in faulty.items()})
for fault, [run, *_] in faulty.items():
    first, last = run.losses[0], run.losses[-1]
    print(f"{tuning.FAULTS[fault]}: loss {first:.1f} to {last:.1f}, {run.told.ended} answers end")
    print("   ", run.told.said[0].replace("\n", "↵")[:110])
starts = [run.losses[0] for run in usual]
print(f"without a fault: loss {min(starts):.1f} to {max(starts):.1f} at first")
with without_lora(tuned), torch.no_grad():
    scores = tuned(inputs).log_softmax(-1)
begins = [int((row != -100).nonzero()[0]) for row in labels]
cost = [-float(scores[i, place, labels[i, place]]) for i, place in enumerate(begins)]
print("what the first token of a card costs before tuning:", *(f"{each:.0f}" for each in cost))
reveal("after_no_end", faulty["no end"][0].told.cards)
told = faulty["everything"][0].told
claim(
    "With the user's words too: fewer cards and facts than after any of our eight runs.",
    told.cards < min(each.cards for each in eight)
    and told.facts < min(each.facts for each in eight),
)
noise = faulty["rate"][0].told.perplexity / model.config.vocab_size
claim("At the high rate plain text is half as unlikely as by a blind guess.", 0.4 < noise < 0.6)

# %% [markdown]
# Read each with its loss. Without a fault it goes from 3.7 to 0.8.
#
# - **One place too far right** (off by one). The first token of the card is the only one that is never learned, and one that the template writes is. The last loss looks right. The first is too low: the token left out is a dear one. And `ANSWER:` never comes: the model begins as it always did or in the middle of a card.
# - **The user's words too** (everything). The last loss looks well, but it is a mean over other tokens, so it can't be compared with ours. Cards and facts are fewer; how many fewer, one seed can't settle. What is sure: part of each step goes into saying questions, and the same system message over and over, which nobody will ever ask it to say.
# - **No end token** (no end). Most begin with a right card, and then go on, until the limit. Not one is a card and nothing else.
# - **Too high a rate** (rate). The loss ends higher than it began. Nothing is left, of cards or of what the model could do before: no fact comes, and plain text is half as unlikely as if it guessed.
#
# None of these raises an error. Three of them show in the labels of one example, as in section 3; three in the loss, two in its first value (3.7 without a fault), one in its last; all four in the answers.
#
# ## Exercises
#
# ### {exercise: my_labels}
#
# Section 3 by hand, and what becomes of it in a batch: labels, moved by one place.


# %% tags=["exercise"]
def my_labels(ids, opening, end):
    """the ids of a conversation, the list of ids that opens an answer, and the id that ends a turn, to a list of
    labels, one fewer than the ids. The label of a place is the id that follows it, if the assistant says that one, and
    -100 otherwise. The assistant says what stands behind an opening, up to the id that ends the turn and with it; if
    the ids stop before, up to the last. An opening stands only where an answer begins."""
    ...


check("my_labels", my_labels)

# %% [markdown]
# ### {exercise: my_lora}
#
# As a function, so that you have the two formulas at hand for the last exercise.


# %% tags=["exercise"]
def my_lora(x, W, A, B, alpha):
    """x [T, in], a matrix W [out, in], A [r, in], B [out, r] and alpha, to a pair: y [T, out], what W with the adapter
    makes of each row of x; and the matrix [out, in] that does the same alone. What the adapter adds counts alpha / r
    times. The inputs stay as they are."""
    ...


check("my_lora", my_lora)

# %% [markdown]
# ### {exercise: my_adapter_bytes}
#
# Before you tune a large model you want to know what you will have to store.


# %% tags=["exercise"]
def my_adapter_bytes(shapes, layers, r, bits):
    """a list of pairs (out, in), the shapes of those matrices of a layer that get an adapter, the number of layers that
    do, the rank r, and the bits of a number, to the bytes that all A and B take together."""
    ...


check("my_adapter_bytes", my_adapter_bytes)

# %% [markdown]
# The next exercise is about five adapters of a tiny model, which has read stories and then learns to shout them. The numbers are losses on shouted stories that it has not read: with the fresh adapter, after 40 steps, after the adapter was merged, and after it was taken off in place of that. Above the table stands the loss before all this.

# %%
print(f"the model of before: {held_out_loss(tiny.base(), tiny.shouted(16, seed=3)):.1f}")
print("           fresh   tuned  merged  taken off")
for name, (_, *numbers) in SEEN.items():
    print(f"adapter {name}", *(f"{each:>7}" for each in numbers))
for number, fault in enumerate(tiny.FAULTS, start=1):
    print(f"{number}: {fault}")

# %% [markdown]
# ### {exercise: which_adapter}
#
# Four of the five have a fault.

# %% tags=["exercise"]
# a list of five whole numbers: the number of what is true of adapter A, of B, C, D and E.
check("which_adapter", ...)

# %% [markdown]
# ### {exercise: my_lora_layer}
#
# Your layer takes the place of four matrices in SmolLM2 and is tuned for a few steps on cards. The check tries a tiny model first, and then takes up to a minute.


# %% tags=["exercise"]
class MyLora(nn.Module):
    """a class of nn.Module, made from a linear layer without bias (its weight is [out, in]), A [r, in] and alpha. An
    object maps x [..., in] to [..., out]: the weight times x, and alpha / r times B A x, where B [out, r] begins at
    zero. Only A, from the numbers handed over, and B learn; the weight is frozen. merged() returns the matrix [out, in]
    that does the same alone, however often it is asked."""

    def __init__(self, linear, A, alpha): ...

    def forward(self, x): ...

    def merged(self): ...


check("my_lora_layer", MyLora)

# %% [markdown]
# ## Say it in your own words

# %%
say("tune_or_ask", "why_b_is_zero", "what_freezing_saves")

# %% [markdown]
# ## Quiz

# %%
quiz("12")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - Ask first: the rule in words, examples in the prompt. Tune for a habit that asking does not bring.
# - Of a conversation the assistant's tokens are named, its end token with them; all else is read, with the label −100. Labels are moved by one place, and so is the mask.
# - LoRA adds $\frac{\alpha}{r} B A$ to a frozen matrix. $B$ begins at zero; merged, it is a plain matrix again.
# - Freezing saves slopes and means; and, where no lower layer learns, what would be kept of these. The forward pass stays.
# - Measure what you did not teach. Here the adapters' runs cost facts and plain text.
#
# **Papers.** [Hu and others 2021](https://arxiv.org/abs/2106.09685), *LoRA*. [Ouyang and others 2022](https://arxiv.org/abs/2203.02155), *Training language models to follow instructions with human feedback* (its first step is SFT). [Biderman and others 2024](https://arxiv.org/abs/2405.09673), *LoRA Learns Less and Forgets Less*. [Zhou and others 2023](https://arxiv.org/abs/2305.11206), *LIMA: Less Is More for Alignment* (few good examples).
#
# **Next:** in [lesson 13](13_preference.ipynb) nobody writes the answers: people say which of two they prefer.
