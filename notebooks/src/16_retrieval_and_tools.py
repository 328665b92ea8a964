# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 16 · Retrieval and tools
#
# **How does a model use what it was never taught?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [the cosine](03_embeddings.ipynb#3.-Distance-or-direction?) and [what one vector a word can't do](03_embeddings.ipynb#9.-What-one-vector-a-word-can't-do); [the mask of attention](04_attention.ipynb#6.-No-looking-ahead); [the block, norm before or after](05_transformer_block.ipynb#4.-Before-or-after?); [intervals](14_evaluation.ipynb#5.-How-sure-is-a-share?); [constraints](15_prompting.ipynb#7.-JSON-of-your-own-schema) and [injection](15_prompting.ipynb#9.-Text-that-gives-orders) |
# | It adds to `lessons_lib` | `apps/embedding`, `apps/retrieval`, `apps/tools`: search in texts of your own, answers that can be checked, functions that a model may call |
#
# {route}

# %%
# {setup}

# %%
import inspect
import json
import math
import re
from collections import Counter

import ipywidgets as widgets
import numpy as np
import torch

import lessons_lib
from lessons_lib.apps.embedding import load_encoder
from lessons_lib.apps.retrieval import (
    BM25,
    IVF,
    Hit,
    Index,
    answer,
    check_quotes,
    fuse,
    terms,
)
from lessons_lib.apps.tools import Tool, Toolbox, use_tools
from lessons_lib.apps.tools.mcp import reply
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
from lessons_lib.classroom.lessons.lesson15 import ways
from lessons_lib.classroom.lessons.lesson16 import asking, calling, course, figures, questions
from lessons_lib.classroom.lessons.lesson16.asking import filled, places, share, within
from lessons_lib.classroom.lessons.lesson16.which_calls import CALLS
from lessons_lib.evaluation import mcnemar

use_style()

# %%
torch.set_num_threads(1)
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
encoder = load_encoder()  # all-MiniLM-L6-v2, a network for sentences

# %% [markdown]
# ## The finished thing first
#
# We ask the course. Its lessons 01 to 07 as they were when this was recorded, without code and exercises, are 278 short pieces of text here.

# %%
passages = course.passages(encoder.wordpiece)
vectors = encoder.encode([passage.text for passage in passages])  # [N, C]
index, bm25 = Index(), BM25(passages)
index.add(passages, vectors)
texts = dict(passages)


def model_says(question, passage=None):
    template = asking.ALONE if passage is None else asking.READ
    asked = [{"role": "user", "content": template.format(question=question, passage=passage)}]
    return ways.continued(model, tokenizer, [tokenizer.encode_chat(asked)], asking.MOST)[0]


def ask_course(question):
    near = index.search(encoder.encode([question])[0], 50)
    both = fuse([[hit.id for hit in bm25.search(question, 50)], [hit.id for hit in near]])
    best = both[0][0]  # one piece is read
    hits = [
        Hit(best, texts[best], near[0].score)
    ]  # how near the nearest is decides whether to answer
    said = answer(
        question, hits, lambda asked, found: model_says(asked, found[0].text), 0.43
    )  # section 7
    return said.text, "" if said.abstains else course.link(best)


print(len(passages), "pieces of", len({course.section(each.id) for each in passages}), "sections")
invented = "When was byte-pair encoding invented?"
print(invented, "\n   alone: ", model_says(invented))
for question in (invented, "How long must an egg boil?"):
    print(question, "\n   with the course: ", *ask_course(question))

# %% [markdown]
# Alone, the model places it in the 1960s. With the course the year is right, and the place where it stands comes along. Of eggs the course is silent, and that is what the answer says. Not one of the model's numbers has changed. A search found the right piece, which went into the prompt: **[retrieval](../book/glossary.md#retrieval)**-augmented generation (RAG).

# %% tags=["hide-input"]
show(
    figures.pipeline(),
    alt="Texts are cut into chunks. BM25 and an encoder compare them with the question, both rankings are fused, the model reads "
    "the best chunk, and its quotes are checked. If no chunk is near enough, the answer is I don't know.",
)

# %% [markdown]
# ## 1. A vector for a sentence
#
# To compare texts by meaning, we want a vector for each. Lesson 03 took the mean of its words' vectors, and lost the order and the context. What does that do to a search? In each of nine triples the second sentence means something like the first, and shares hardly a word with it. The third has its words, and another meaning.

# %%
print(*questions.TRIPLES[:3], sep="\n")


def mean_of_rows(text):
    rows = encoder.embed_tokens(torch.tensor(encoder.wordpiece.encode(text)[1:-1]))  # [T, C]
    return (rows.mean(0) / rows.mean(0).norm()).numpy()


def by_encoder(text):
    return encoder.encode([text])[0]


for name, vector in (("mean of rows", mean_of_rows), ("encoder", by_encoder)):
    near = [[float(vector(a) @ vector(other)) for other in (b, c)] for a, b, c in questions.TRIPLES]
    right = sum(meaning > words for meaning, words in near)
    print(
        f"{name:13} {right} of 9 nearer in meaning; cosines of the first {near[0][0]:.2f}, {near[0][1]:.2f}",
        end="; ",
    )
    swapped = vector("the king follows the queen") @ vector("the queen follows the king")
    print(f"who follows whom {swapped:.2f}")

# %% [markdown]
# The mean of token vectors is never right here: it counts words. The **[sentence embedding](../book/glossary.md#sentence-embedding)** mostly is. (Nine triples of ours, made to be hard for the mean.) But look at the last line: who follows whom is nearly lost to the encoder, too.
#
# ## 2. An encoder from our own block
#
# How is that vector made? With parts that you have. The model, MiniLM, has six blocks as in lesson 05, with the choices of BERT: learned positions, LayerNorm after each addition, GELU, biases. And one thing is *left out*: the mask. Every token sees every other, also those behind it. Such a network can't write, since it would see the word that it should guess; it reads. It is an **[encoder](../book/glossary.md#encoder)**. At the end the vectors of all tokens are averaged.

# %% tags=["hide-input"]
show(
    figures.encoder(),
    alt="Ids become rows of a table plus rows for their positions, pass a norm and six blocks without a mask, and their mean is "
    "scaled to length 1.",
)


# %%
def plain_vector(text):
    ids = torch.tensor(encoder.wordpiece.encode(text))  # [T]
    x = encoder.embed_tokens(ids) + encoder.embed_positions(torch.arange(len(ids)))
    x = encoder.embed_norm(x)[None]  # [1, T, C]
    all_see_all = torch.ones(1, 1, len(ids), len(ids), dtype=torch.bool)
    for block in encoder.layers:
        x = block(x, mask=all_see_all)
    mean = x[0].mean(0)  # [C]
    return (mean / mean.norm()).numpy()


wordpiece = encoder.wordpiece
print([wordpiece.tokens[i] for i in wordpiece.encode("Retrieval beats memorising?")])
differs = max(abs(plain_vector(a) - by_encoder(a)).max() for a, _, _ in questions.TRIPLES)
print("block:", type(encoder.layers[0]).__module__, " numbers:", len(plain_vector("a")))
claim("The library's vectors are the same.", differs < 1e-6)

# %% [markdown]
# Its tokenizer, [WordPiece](02b_real_tokenizers.ipynb#4.-WordPiece:-the-longest-match), marks the two ends by `[CLS]` and `[SEP]`. The library reads many texts at once and leaves the filling out of the mean; its tests compare it with *transformers*.
#
# Where do the weights come from? The idea of [negative sampling](03_embeddings.ipynb#6.-Where-do-the-numbers-come-from?), on whole sentences: of many, find the one that belongs to this, such as the answer to a question; the loss is the cross-entropy of [lesson 00c](00c_learning.ipynb). MiniLM could read already, and then saw a billion pairs.
#
# ## 3. How large is a piece?
#
# One vector for all of lesson 04 would be about everything. So texts are cut into **[chunks](../book/glossary.md#chunk)**. The plainest way: windows of so many words, where each repeats a few of the one before, so that a sentence on a border often stands whole in one of them (if it is no longer than what is repeated: always).


# %%
def windows(text, size, overlap):
    words, step = text.split(), size - overlap
    return [" ".join(words[i : i + size]) for i in range(0, max(len(words) - overlap, 1), step)]


sample = "One two three four five six seven eight nine ten eleven."
print(windows(sample, 5, 2))

# %% [markdown]
# A common mistake is `range(0, len(words) - size, step)`: the last words of every text are lost, and nothing complains. Better borders are sentences and headings (`by="headings"`, as for our 278), so that a chunk belongs to one section.
#
# And the size? Measured on 64 questions about lessons 01 to 07, each with the section that answers it and the words that an answer must have. (We wrote them with the text before us. Whole evaluations are recorded by `python -m benchmarks.retrieval FOLDER`: `places` looks up at which place of a ranking the first right chunk stood, `within` whether that is among the first so many, `filled` whether the answer stands in the nearest chunks, laid end to end and cut at 400 tokens; `share` adds [the interval](14_evaluation.ipynb#5.-How-sure-is-a-share?).)

# %%
asked = asking.asked("all")
print(asked[30], "\n")
for size in asking.SIZES:
    section, words = (places(size, "all", "vectors", what) for what in ("section", "answer"))
    print(f"{size:3} tokens: section first {share(within(section, 1))},", end=" ")
    print(f"answer first {share(within(words, 1))}, in 400 tokens {share(filled(size))}")
pairs = {size: mcnemar(filled(100), filled(size)) for size in (25, 50, 200, 400)}
print("100 against the others:", *[f"p {each.p:.2f}" for each in pairs.values()])
claim("In the same room none can be told from 100.", min(each.p for each in pairs.values()) > 0.05)

# %% [markdown]
# Three columns. *Section first*: the nearest chunk lies in the right section. *Answer first*: it also holds the words of the answer (large ones hold more of everything). The smallest chunks often find the section without the answer, which stands elsewhere in it. The last column gives each size the same room, filled to the end. (Chunks end with their section: a single large one would fill only about half of it.) There these questions can't tell any size from 100. This encoder doesn't read beyond 256 tokens, and our model gets a single chunk: we take 100.
#
# ## 4. Words that count
#
# The older way needs no network. A text fits a question if it has its words. Three rules make that good, and their sum is **[BM25](../book/glossary.md#bm25)**:
#
# - A rare word says more than one that all texts have. Of $N$ texts $d$ have the word: its **[idf](../book/glossary.md#inverse-document-frequency)** (inverse document frequency) is $\ln\left(1 + \frac{N - d + 0.5}{d + 0.5}\right)$.
# - A word that stands there ten times does not count ten times: $\frac{n}{n + \ldots}$ stays below 1.
# - In a long text words of every kind come up. Its length $l$ is compared with the mean $m$.
#
# $$\text{score} = \sum_{\text{words of the question}} \text{idf} \cdot \frac{n}{n + k_1 \left(1 - b + b\,\frac{l}{m}\right)} \qquad k_1 = 1.5,\ b = 0.75$$
#
# On paper, with three texts: *the cat sleeps*, *the dog sleeps*, *the cat and the cat*. The question is *cat*. Two of three have it, so idf is ln(1 + 1.5 / 2.5) = 0.47. The lengths are 3, 3, 5, and their mean is 3.67. First text: n = 1, below stands 1 + 1.5 · (0.25 + 0.75 · 0.82) = 2.30, and 0.47 / 2.30 makes 0.20.


# %%
def plain_bm25(question, texts, k1=1.5, b=0.75):
    bags = [Counter(terms(text)) for text in texts]
    mean = sum(bag.total() for bag in bags) / len(bags)
    scores = np.zeros(len(bags))
    for word in terms(question):
        have = sum(word in bag for bag in bags)
        idf = math.log(1 + (len(bags) - have + 0.5) / (have + 0.5))
        for row, bag in enumerate(bags):
            n = bag[word]
            scores[row] += idf * n / (n + k1 * (1 - b + b * bag.total() / mean))
    return scores


animals = ["the cat sleeps", "the dog sleeps", "the cat and the cat"]
print(f"mean length {11 / 3:.2f}, below the line {1 + 1.5 * (0.25 + 0.75 * 3 / (11 / 3)):.2f}")
print("cat:", plain_bm25("cat", animals).round(2), " the:", plain_bm25("the", animals).round(2))
question = "Which noun does the model prefer in the riddle?"
ours, library = plain_bm25(question, texts.values()), bm25.scores(question)
print(passages[int(ours.argmax())].id)
claim("The library's scores are the same.", np.allclose(ours, library))

# %% [markdown]
# (`terms` gives the words in small letters.) Without the 1 in the logarithm, *the* would get less than nothing; without the logarithm, one rare word would weigh a hundred times as much as a frequent one.
#
# ## 5. Near vectors, exactly or fast
#
# With vectors of length 1, the cosines of a question with all pieces are one product of a matrix and a vector. Sort, and you have an exact search. For 278 pieces it takes no time, for a hundred thousand some tens of milliseconds. For many millions one wants to look at a part only. **IVF** (inverted file) does it so: put the vectors into lists around centres, and open only the lists whose centres are nearest to the question. Centres are found by *k-means*: put each vector to its nearest centre, move each centre to the middle of its vectors, again. To have something to search in, we make thousands of vectors: ours, each shaken 36 times.


# %%
many = asking.shaken(vectors, 36)
lists = IVF(many, 100)
print(f"{len(many):,} vectors")
asked_vectors = encoder.encode([each.text for each in asked])
exact = [set(np.argsort(-(many @ vector))[:10].tolist()) for vector in asked_vectors]
for probes in (1, 4, 16, 100):
    found = [set(lists.search(vector, 10, probes)[0].tolist()) for vector in asked_vectors]
    hits = sum(len(true & some) for true, some in zip(exact, found, strict=True))
    print(f"{probes:3} of 100 lists opened: {hits / 640:4.0%} of the true ten")
claim("With all lists open the search is exact.", found == exact)

# %% [markdown]
# That is the trade: speed against what is missed. The share of what should be found is the **[recall](../book/glossary.md#recall)**. Below some 100,000 pieces, search exactly. (The library's `Index` does, in memory or in a folder. `open_index` moves the same to a database, PostgreSQL with pgvector, by one argument.)
#
# ## 6. Two rankings into one
#
# Which of the two searches is better? We have asked half of the questions in two wordings: in the words of the text, and as somebody who hasn't read it might.

# %%
for number in (0, 5, 14):
    print(questions.KEPT_BACK[number].text, "|", questions.IN_OTHER_WORDS[number].text)

# %%
predict("other_words")

# %%
for group in ("kept back", "in other words"):
    for search in asking.SEARCHES:
        found = places(100, group, search)
        print(f"{group:14} {search:8}", end=" ")
        print(", ".join(f"first {k}: {share(within(found, k))}" for k in (1, 3, 10)))
by_words, by_meaning = (within(places(100, "in other words", s), 3) for s in ("BM25", "vectors"))
pairs = mcnemar(by_words, by_meaning)
print(f"only BM25 {pairs.only_first}, only vectors {pairs.only_second}, p {pairs.p:.3f}")
reveal("other_words", "the vectors")

# %% [markdown]
# In the words of the text all ways find most. In other words all find less, the vectors more than BM25: among the first three luck alone would seldom part them so far (p). So a list of both would be good. But how do you add a cosine of 0.4 to a score of 7.1? Their scales have nothing to do with each other. Add *places* instead. **[Reciprocal rank fusion](../book/glossary.md#reciprocal-rank-fusion)** (RRF): place 1 is worth 1/61, place 2 is worth 1/62, and so on; what is missing gets nothing. (The 60 comes from the [paper](https://doi.org/10.1145/1571941.1572114). It keeps a single first place from deciding.)


# %%
def plain_fuse(rankings, k=60):
    sums = Counter()
    for ranking in rankings:
        for place, name in enumerate(ranking, 1):
            sums[name] += 1 / (k + place)
    return sorted(sums.items(), key=lambda item: -item[1])


two = [["a", "b", "c"], ["d", "b", "a"]]
print([(name, round(total, 5)) for name, total in plain_fuse(two)])
by_words = [hit.id for hit in bm25.search(question, 50)]
by_meaning = [hit.id for hit in index.search(encoder.encode([question])[0], 50)]
both = plain_fuse([by_words, by_meaning])
claim("The library's list is the same.", both == fuse([by_words, by_meaning]))

# %% [markdown]
# Is *both* the best? Look at the tables again. In the words of the text it is on top. In other words it stands between the two (or ties): the worse ranking pulls the better one down. Weights help who knows which questions will come. Move the slider from BM25 (0) to vectors (1), and ask in your own words.


# %%
def draw_fused(asked, vectors):
    words = [hit.id for hit in bm25.search(asked, 50)]
    near = [hit.id for hit in index.search(encoder.encode([asked])[0], 50)]
    weights = {"BM25": 1 - vectors, "vectors": vectors}
    best = [name for name, _ in fuse([words, near], weights=list(weights.values()))[:5]]
    shares = {}
    for (search, weight), ranking in zip(weights.items(), (words, near), strict=True):
        share_of = dict(fuse([ranking], weights=[weight]))
        shares[search] = [share_of.get(name, 0.0) for name in best]
    names = [course.brief(name) for name in best]
    said = f"first: {names[0]}; {len(set(words[:5]) & set(near[:5]))} of the first five are in both lists"
    return figures.fused(names, shares, f"weight of the vectors {vectors:.2f}"), said


explore(
    draw_fused,
    asked=widgets.Text(
        value="How much storage does one Latin character take?", continuous_update=False
    ),
    vectors=widgets.FloatSlider(value=0.5, min=0, max=1, step=0.05, continuous_update=False),
)

# %% [markdown]
# **A good place for a break.** What follows is what a search alone can't do.
#
# ## 7. "I don't know"
#
# A search always finds something. What then? Here are 16 questions that no piece answers: half far away (eggs), half near (*How many tokens can Claude read at once?*). The model reads the piece that was found, and is told: *If the text does not say it, answer: I don't know.*

# %%
predict("does_not_know")

# %%
said = asking.recorded()["said"]["silent"]["said"]
unknown = [re.search("don.t know|not know|doesn.t say|not say", text) is not None for text in said]
print("said so:", share(unknown))
for number in (1, 9):
    print(questions.SILENT_KEPT_BACK[number], "->", said[number])
reveal("does_not_know", sum(unknown))

# %% [markdown]
# Counted by these words, it says so for one in three; of the others some say it in words of their own. (How often it would refuse what it could answer, we haven't asked.) Let us make the decision outside, by a number: the cosine of the nearest piece. From which on do we answer? Try all thresholds on half of the questions, and judge the best one on the other half.


# %%
def nearest_cosines(asked):
    return (encoder.encode(list(asked)) @ vectors.T).max(1)


to_try = nearest_cosines(each.text for each in questions.TO_TRY)
silent = nearest_cosines(questions.SILENT_TO_TRY)
bars = [*to_try, *silent]  # what each would cost: questions turned away, and silent ones answered
threshold = min(bars, key=lambda bar: (sum(to_try < bar) + sum(silent >= bar), -bar))
print(f"threshold {threshold:.2f}; kept back, answered:")
cosines = {name: nearest_cosines(some) for name, some in questions.BY_KIND.items()}
for name, scores in cosines.items():
    print(f"   {name:14} {share((scores >= threshold).tolist())}")

# %% tags=["hide-input"]
show(
    figures.nearness(cosines, threshold),
    alt="The cosine of the nearest piece for each question, by group, and the threshold: the far ones lie below it, the answerable "
    "ones mostly above, the near ones and those in other words on both sides.",
)

# %% [markdown]
# Read the rows from below. Far questions stay without an answer. Of those in the words of the text most get one. In between it is a matter of price: half of the near questions pass, and most of those in other words are turned away. No threshold parts these two rows. (A threshold is good for one kind of score only. A sum of fused shares has no zero: even for eggs some piece is first in each list.)
#
# ## 8. Quotes that can be checked
#
# An answer that can be checked says where it stands. What stands in quotation marks we look up. They must be the same, letter for letter, and whole; white space may differ.


# %%
def stands_in(quote, text):
    quote, text = (" ".join(each.split()) for each in (quote, text))
    return bool(quote) and re.search(rf"(?<!\w){re.escape(quote)}(?!\w)", text) is not None


text = "It needs 512 bytes,\nand never more."
quotes = ["512  bytes, and", "12 bytes", "it needs", "never needs more", "never more"]
print({quote: stands_in(quote, text) for quote in quotes})

# %% [markdown]
# A search without borders would find *12 bytes*, one by single words *never needs more*, which turns the sense around. And no rule sees everything: *needs 512 bytes* does stand in *It never needs 512 bytes*. (The library's `check_quotes` takes the quotes out of an answer.)
#
# Does our small model quote? It is asked in two ways: for a few words, as until now, and for *the words of the text that say it, copied, in quotation marks*. Beside it stand two ways without a language model: of the piece that was found, the sentence whose vector is nearest to the question's, and its first sentence.

# %%
read = asking.recorded()["said"]["found"]["read"]
for name in ("found", "quote"):
    said = asking.recorded()["said"][name]["said"]
    quotes = [
        check_quotes(text, [Hit("here", piece, 1.0)])
        for text, piece in zip(said, read, strict=True)
    ]
    whole = sum(any(quote.id for quote in some) for some in quotes)
    print(
        f"{name}: with quotation marks {sum(map(bool, quotes))}, a quote that stands there {whole},",
        f"right {share(asking.right(name))}; such as {said[1]!r}",
    )


def nearest_sentence(vector, text):
    parts = asking.sentences(text)
    return parts[int((encoder.encode(parts) @ vector).argmax())]


pointed = [nearest_sentence(v, text) for v, text in zip(asked_vectors, read, strict=True)]
first = [asking.sentences(text)[0] for text in read]
for name, some in (("nearest sentence", pointed), ("first sentence", first)):
    right = [each.is_answered(quote) for each, quote in zip(asked, some, strict=True)]
    print(f"{name}: right {share(right)}; such as {some[1]!r}")
    pairs = mcnemar(asking.right("found"), right)
    print(f"   only the model {pairs.only_first}, only this {pairs.only_second}, p {pairs.p:.6f}")

# %% [markdown]
# Asked for a quote, it sets quotation marks in 11 of 64 answers. Two of these quotes stand in the text, and one of the two is the word *The*. It is right as seldom as before, and no more often than the first sentence of the piece. The nearest sentence is a quote in any case, and has the words of the answer far more often. That is the encoder's work: **a model this small had better point than write.**
#
# ## 9. Two counts
#
# "40% right" says nothing about what to mend. So count twice: was the right piece found, and was the answer right?

# %%
found = within(places(100, "all", "both", "answer"), 1)
right = asking.right("found")
for was_found in (True, False):
    row = [r for f, r in zip(found, right, strict=True) if f == was_found]
    print(f"piece with the answer {'found' if was_found else 'missed'}: answer right {share(row)}")
print(
    "alone:",
    share(asking.right("alone")),
    " with the right piece given:",
    share(asking.right("right")),
)

# %% [markdown]
# The piece with the answer comes first for two questions of three. But from such a piece the model answers fewer than one in three, and with the right piece handed to it about as few (16 questions). So the model is what should be mended first: a larger one, or the pointing of section 8. (*Alone* it is counted right three times: some answers are common knowledge, such as one byte a letter.)
#
# ## 10. Documents that give orders
#
# What is found was written by somebody. Suppose a stranger can add a sentence to our texts ([lesson 15](15_prompting.ipynb#9.-Text-that-gives-orders) showed what then happens to a prompt). Two kinds: an order, and a lie that repeats the question. Here each stands behind the right piece of 16 questions.

# %%
predict("the_lie")

# %%
obeyed = {}
for name in asking.ATTACKS:
    said = asking.recorded()["said"][f"attack: {name}"]["said"]
    obeyed[name] = [asking.WRONG in text for text in said]
    print(
        f"{name:8} says Paris: {share(obeyed[name])}, right: {share(asking.right(f'attack: {name}'))}"
    )
print("without attack right:", share(asking.right("right")))
often = {name: sum(some) for name, some in obeyed.items()}

# %% tags=["hide-input"]
reveal(
    "the_lie",
    "equally often"
    if len(set(often.values())) == 1
    else "the " + max(often, key=often.get).split()[1],
)

# %% [markdown]
# The order was obeyed not once, the lie in half of the cases. A guess: what looks like the answer is taken for it. (In [lesson 15](15_prompting.ipynb#9.-Text-that-gives-orders) a word that an order named nearly always came out, but so it did when it was forbidden. Whether the order spoils other answers, 16 questions can't tell.) A defence outside the model: leave out sentences that have nothing to do with the question, that is, whose cosine with it is below 0.2.

# %%
own = encoder.encode([each.text for each in questions.KEPT_BACK])
honest = (own @ vectors.T).max(1)
for name, form in asking.ATTACKS.items():
    written = [form.format(question=each.text) for each in questions.KEPT_BACK]
    near = (encoder.encode(written) * own).sum(1)
    print(f"{name:8} left out: {share((near < 0.2).tolist())}", end=", ")
    print(f"nearer than every honest piece: {share((near > honest).tolist())}")
claim("The lies are found before the truth.", (near > honest).sum() >= 30)
left_out = [
    (bool(cosine < 0.2), each.is_answered(part))
    for each, parts, vector in zip(asked, map(asking.sentences, read), asked_vectors, strict=True)
    for part, cosine in zip(parts, encoder.encode(parts) @ vector, strict=True)
]
print("honest sentences left out:", share([gone for gone, _ in left_out]), end=", ")
print("of those with an answer:", share([gone for gone, has in left_out if has]))

# %% [markdown]
# Orders are caught: they are about something else. The price is a third of the honest sentences of the pieces that were found, but only two of those that have the words of an answer. (0.2 was chosen after looking; whoever knows the rule writes an order that is about the question.) The lies pass, and worse: put among our pieces, each would be *found first*. Nearness can't tell truth from lies, and a checked quote of a lie is a true quote. What helps: know who may write into your texts, show the source with each answer, and let nothing that was read *do* anything. Which brings us to tools.
#
# ## 11. Tools
#
# Some things a model should not recall but compute or look up. So let it ask for a function: **[tool calling](../book/glossary.md#tool-calling)**. It writes a name and arguments, our code calls, and the result goes into the conversation. The model must know what there is. A Python signature says nearly all of it, and the library makes of it what a model is shown:


# %%
def multiply(a: int, b: int) -> int:
    """Multiply two whole numbers.

    Args:
        a: The first number.
        b: The second number.
    """
    return a * b


def plain_call(tools, name, given):
    if name not in tools:
        return "refused: not on the list"
    wanted = inspect.signature(tools[name]).parameters
    faults = [n for n, each in wanted.items() if each.default is each.empty and n not in given]
    faults += [n for n in given if n not in wanted or type(given[n]) is not wanted[n].annotation]
    return f"refused: {', '.join(faults)}" if faults else str(tools[name](**given))


print(json.dumps(Tool(multiply).parameters["properties"]))
box = Toolbox([multiply])
tried = [
    ("multiply", {"a": 6, "b": 7}),
    ("multiply", {"a": "6", "b": 7}),
    ("delete_files", {"path": "/"}),
]
for name, given in tried:
    ours, library = plain_call({"multiply": multiply}, name, given), box.call(name, given)
    print(f"{ours:26} | {library.outcome}: {library.text}")
    claim("Both decide alike.", ours.startswith("refused") == (library.outcome == "refused"))

# %% [markdown]
# The **[allow-list](../book/glossary.md#allow-list)** is the dict: what isn't in it can't be called, whoever asks. Arguments are checked *before* the call, and what is wrong goes back to the model in words. Now the real model, under a constraint that lets it write a call or an answer and nothing else, after two shots:

# %%
write = calling.writer(model, tokenizer, box)
print("alone:", model_says("What is 137 times 24?"))
for question in ("What is 137 times 24?", "What is 4021 times 7?"):
    used = use_tools(question, write, box, most_calls=3)
    print(question, [each["content"] for each in used.messages[1:]])
claim("137 times 24 is 3,288.", 137 * 24 == 3288)

# %% [markdown]
# The first product is right: the model copied two numbers, and Python multiplied. For the second it never called, and took a number of the question for the answer. This constraint leaves the choice to the model. One that allows nothing but a call would force it, but then our code has decided to call.
#
# `use_tools` is a loop: write, call, show the result, write again. It needs an end, for a model may call for ever:

# %%
endless = use_tools(
    "?", lambda messages: '{"tool": "multiply", "arguments": {"a": 1, "b": 1}}', box, 3
)
print("answer:", endless.answer, " calls:", len(endless.results))
for entry in list(box.log)[-2:]:
    print(entry.tool, entry.given, entry.outcome, entry.characters)

# %% [markdown]
# And the log: name, *names* of arguments, outcome, length, seconds (not printed here). No values: questions and results hold what people keep private.
#
# ## 12. MCP: tools for anybody's client
#
# The [Model Context Protocol](https://modelcontextprotocol.io) (**[MCP](../book/glossary.md#mcp)**) settles how a program offers tools to any other that runs a model: a line of JSON goes in, a line comes out. Three requests are enough.


# %%
def plain_reply(toolbox, line):
    request = json.loads(line)
    if "id" not in request:
        return None  # a notification wants no answer
    params, result = request.get("params", {}), {}
    if request["method"] == "initialize":
        server = {"name": "by hand", "version": "1"}
        result = {"protocolVersion": params["protocolVersion"], "serverInfo": server}
        result["capabilities"] = {"tools": {}}
    if request["method"] == "tools/list":
        result["tools"] = [
            {"name": tool.name, "description": tool.description, "inputSchema": tool.parameters}
            for tool in toolbox.tools.values()
        ]
    if request["method"] == "tools/call":
        done = toolbox.call(params["name"], params.get("arguments", {}))
        content = [{"type": "text", "text": done.text}]
        result = {"content": content, "isError": done.outcome != "done"}
    return {"jsonrpc": "2.0", "id": request["id"], "result": result}


right = {"name": "multiply", "arguments": {"a": 6, "b": 7}}
wrong = {"name": "multiply", "arguments": {"a": "6"}}
asked_for = [("tools/list", {}), ("tools/call", right), ("tools/call", wrong)]
lines = [
    json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
    for number, (method, params) in enumerate(asked_for)
]
for line in lines:
    print(json.dumps(plain_reply(box, line))[:110])
same = [plain_reply(box, line) == reply(box, line.encode()) for line in lines]
claim("The library replies the same.", all(same))

# %% [markdown]
# Read lines from standard input, print the replies, and it is a server. (Ours trusts every line; the library's `serve` doesn't. The tests let the protocol's official client talk to both.)
#
# ## Exercises
#
# ### {exercise: my_bm25}
#
# Section 4 with words already cut, and with texts that are empty.


# %% tags=["exercise"]
def my_bm25(question, texts, k1, b):
    """question, a list of words; texts, a list of lists of words; k1 and b; to the BM25 score of each text, in the
    lesson's form. A word that the question has twice adds twice, a text without any word of the question gets 0.
    Without texts the list is empty."""
    ...


check("my_bm25", my_bm25)

# %% [markdown]
# ### {exercise: my_fuse}
#
# Any number of rankings.


# %% tags=["exercise"]
def my_fuse(rankings, k):
    """rankings, a list of lists of names, each best first and no name twice, and k, 0 or more, to the list of (name,
    sum), highest sum first: place 1 of a ranking is worth 1 / (k + 1), place 2 is worth 1 / (k + 2), and so on.
    Of names with the same sum the one that was met first stands first, reading the first ranking to its end, then
    the second."""
    ...


check("my_fuse", my_fuse)

# %% [markdown]
# ### {exercise: my_threshold}
#
# For a doctor's or a lawyer's texts, a wrong answer is worse than none.


# %% tags=["exercise"]
def my_threshold(answerable, silent, cost):
    """the best scores of answerable questions, those of silent ones (which no text answers), and cost, to the
    threshold that costs least: 1 for an answerable question whose score lies below it, cost for a silent one
    whose score is equal to it or above. To be tried are all scores of both lists and infinity (never answer). Of
    several that cost the same, the highest."""
    ...


check("my_threshold", my_threshold)

# %%
for number, call in enumerate(CALLS, start=1):
    print(f"call {number}: {call}")

# %% [markdown]
# ### {exercise: which_calls}
#
# With `multiply` of section 11 and the library's `Toolbox`.

# %% tags=["exercise"]
# a list of six truth values: does call 1, call 2, and so on to call 6 reach the function multiply?
check("which_calls", ...)

# %% [markdown]
# ### {exercise: my_retriever}
#
# All of it: chunks, cosines, threshold, checked quote. It then answers from sections of the course, with the real encoder; what it says is the nearest sentence.


# %% tags=["exercise"]
def my_retriever(question, documents, size, encode, say, threshold):
    """question; documents, a dict from name to text; size; encode, which makes of a list of texts their vectors [N,
    C], of any lengths but 0; say(question, text), which gives what a model says from a text; and threshold; to
    (name, quote) or None. Each document is cut by itself, from its beginning, into chunks of size words; the last
    may be shorter; its words are joined by single spaces. The model is asked about the chunk with the highest
    cosine, the first of equals, if that is at least threshold. What it says is the quote, and is given back with
    the name of the chunk's document if it stands in that chunk: letter for letter and whole, no letter or digit
    going on at either end, where only white space may differ. In all other cases None, also for a quote without
    words."""
    ...


check("my_retriever", my_retriever)

# %% [markdown]
# ## Say it in your own words

# %%
say("why_two_counts", "what_idf_does", "who_decides")

# %% [markdown]
# ## Quiz

# %%
quiz("16")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A model answers from what stands in its prompt; a search puts it there.
# - BM25 finds words, sentence vectors find meaning. Fusion adds places, since scores have no common scale.
# - Our model seldom says that it doesn't know. A threshold does, at a price that you choose.
# - Count what was found and what was answered apart. Check quotes against the text; that proves where they stand, and not that they are true.
# - What was read must not be able to do anything. Tools: a list, checked arguments, a limit, a log.
#
# **Papers.** [Lewis and others 2020](https://arxiv.org/abs/2005.11401), *Retrieval-Augmented Generation*. [Robertson and Zaragoza 2009](https://doi.org/10.1561/1500000019), on BM25. [Reimers and Gurevych 2019](https://arxiv.org/abs/1908.10084), *Sentence-BERT*. [Cormack and others 2009](https://doi.org/10.1145/1571941.1572114), on reciprocal rank fusion. [Schick and others 2023](https://arxiv.org/abs/2302.04761), *Toolformer*.
#
# **Next:** lesson 17 serves the model to many people at once.
