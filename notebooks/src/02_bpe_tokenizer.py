# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 02 · The BPE tokenizer: make one
#
# **How does text become numbers?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [Python](A1_python.ipynb#2.-A-vocabulary:-dicts,-sets,-counts): loops, lists, tuples, dicts, comprehensions, for the last exercise a class; what a [token](01_tokens_and_sampling.ipynb#1.-What-does-it-choose-between?) is |
# | It adds to `lessons_lib` | `tokenizer/training` and `tokenizer/encoding`: learn merges, apply them, read them back |
#
# {route}

# %%
# {setup}

# %%
import re
from collections import Counter
from itertools import pairwise
from statistics import median_low

import ipywidgets as widgets
import regex

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
from lessons_lib.classroom.lessons.lesson02 import figures
from lessons_lib.classroom.lessons.lesson02.faulty_words import forgetful_merge
from lessons_lib.classroom.lessons.lesson02.figures import framed, readable, tokens_of
from lessons_lib.corpora import shakespeare, world_english_bible
from lessons_lib.tokenizer import load_tokenizer, train_bpe
from lessons_lib.tokenizer.encoding.split import SPLITS

use_style()

# %% [markdown]
# ## The finished thing first
#
# A [famous embarrassment](https://techcrunch.com/2024/08/27/why-ai-cant-spell-strawberry/): asked how many *r*'s are in *strawberry*, chatbots answered *two*. Before you laugh, look at what a model is shown, here GPT-2. First a guess:

# %%
predict("tokens_of_strawberry")

# %%
gpt2 = load_tokenizer("gpt2")  # the vocabulary of GPT-2, run by our own code
question = "How many r's are in strawberry?"
print(gpt2.encode(question))
framed(tokens_of(gpt2, question))

# %%
reveal("tokens_of_strawberry", len(gpt2.encode(" strawberry")))
for text in [" strawberry", "strawberry", "s t r a w b e r r y"]:
    print(f"{text!r:24} {gpt2.encode(text)}")
framed(tokens_of(gpt2, "strawberry"), tokens_of(gpt2, "s t r a w b e r r y"))

# %% [markdown]
# (`tokens_of` gives a text's tokens, written out by `readable`: ␣ stands for a space, ⏎ for a line break. `framed` puts each in a frame; white and grey only take turns.) Inside the question the fruit is the single number 41236, and no letter can be seen in that. At the start of a text it is three other numbers: *st*, *raw*, *berry*. Only spelled out does the model get the letters. Whether it then counts them well is another question.
#
# Who decided on *st*, *raw* and *berry*? Nobody. It was counted, by a program of half a page. You will write it, and in [section 11](#11.-GPT-2's-merges-in-our-program) it cuts *strawberry* exactly so. This is the way. White boxes are data, grey ones steps that need no learning, striped ones are learned from a text:

# %% tags=["hide-input"]
show(
    figures.pipeline(),
    alt="Boxes and arrows. Encoding: a text is cut into pieces by a fixed pattern, the pieces become bytes, pairs are "
    "merged, earliest learned first, and give ids. Decoding: look up the bytes of each id and join them, read them as "
    "UTF-8, and there is the text again. The merges and the bytes of the ids are learned. An arrow leads from a training text to the merges. Special tokens come to the ids "
    "past all that, put there by the program.",
)

# %% [markdown]
# ## 1. Characters
#
# How far do we get with a number for each character? Here are those of all of Shakespeare.

# %%
plays = shakespeare()
alphabet = sorted(set(plays))
number = {character: i for i, character in enumerate(alphabet)}
print(f"{len(plays):,} characters, {len(alphabet)} different ones")
for text in ["strawberry", "café"]:
    try:
        print(text, [number[character] for character in text])
    except KeyError as error:
        print(f"{text}: no number for {error}")

# %% [markdown]
# 10 tokens for a fruit, each of which has to pass through the whole model; and the é of a café is unknown. A list of all characters of the world would mend that, but it has more than 150,000 entries, and the texts get no shorter.
#
# ## 2. Words
#
# So number the words, of all of Shakespeare in small letters. A word is a run of letters and apostrophes, `[a-z']+`, that begins and ends at a `\b`, a border between a letter and what is none. So *don't* keeps its apostrophe; quotes around a word fall away, and with them the apostrophe of *'tis*.

# %%
predict("met_once")

# %%
play_words = re.findall(r"\b[a-z']+\b", plays.lower())
word_list = Counter(play_words)
once = sum(count == 1 for count in word_list.values())
print(
    f"{len(play_words):,} words, {len(word_list):,} different ones, {once:,} of them a single time"
)
reveal("met_once", round(100 * once / len(word_list)))
print("strawberry:", word_list["strawberry"], " strawberries:", word_list["strawberries"])

# %% [markdown]
# *strawberry* is met once, which is little to learn from. And is the list complete? Let us read on, in a modern English Bible:

# %%
bible_words = re.findall(r"\b[a-z']+\b", world_english_bible().lower())
different = set(bible_words)
missing = [word for word in different if word not in word_list]
print(f"not on the list: {len(missing):,} of {len(different):,} different words")
lost = sum(word not in word_list for word in bible_words)
print(f"in running text: {lost:,} of {len(bible_words):,} words, {lost / len(bible_words):.1%}")
last = set(bible_words[-100_000:]) - set(play_words) - set(bible_words[:-100_000])
print(f"new in the last 100,000 words: {len(last)}")
verse = "don't be afraid for i am with you"
print([word if word in word_list else "<UNK>" for word in verse.split()])

# %% tags=["hide-input"]
show(
    figures.growth(play_words + bible_words, border=len(play_words), second="the Bible"),
    alt="A curve of the number of different words against the number of words read. It climbs fast, then more slowly, "
    "and goes on rising after the line where the Bible begins.",
)

# %% [markdown]
# The list has 25,433 entries, and *don't* is not among them. One word in 18 of the running text becomes `<UNK>`, *unknown*, and which it was is lost. A longer list helps, but no end of it is in sight: the curve flattens, yet after a million and a half words it still climbs, by 578 in the last 100,000.
#
# We want the small vocabulary of the characters and the short texts of the words. In between lie [**subwords**](../book/glossary.md#subword): frequent words whole, rare ones in pieces. Which pieces?
#
# ## 3. Which pair comes most often?
#
# [**Byte-pair encoding**](../book/glossary.md#byte-pair-encoding) (BPE) is from 1994 and was meant for compressing files. Find the two neighbours that occur together most often and give them a symbol of their own. Then again, and again.
#
# Do it by hand. A seller on the market cries:
#
# > first berry best berry raw berry most raw berry
#
# Which two letters stand side by side most often, within a word? Count, then run the cell.

# %%
cry = "first berry best berry raw berry most raw berry"


def count_pairs(words):
    """Takes {symbols of a word: how often it occurs}, returns {pair of neighbours: how often it occurs}."""
    counts = Counter()
    for symbols, times in words.items():
        for pair in pairwise(symbols):  # (s1, s2), (s2, s3), ...
            counts[pair] += times
    return counts


words = Counter(tuple(word) for word in cry.split())
for pair, count in count_pairs(words).most_common(7):
    print(*pair, count)
print("a a in aaa:", count_pairs({tuple("aaa"): 1})["a", "a"])

# %% [markdown]
# *b e* wins with 5, four times in *berry* and once in *best*. (A word that comes four times is looked at once, and its pairs count four. And every place counts: *aaa* holds *a a* twice.) Now *be* becomes one symbol, wherever *b* and *e* stand side by side.

# %%
predict("er_after_be")


# %%
def merge(symbols, pair, new):
    """Takes symbols, a pair and a new symbol; returns the symbols with new in place of the pair, from the left."""
    merged, i = [], 0
    while i < len(symbols):
        if tuple(symbols[i : i + 2]) == pair:
            merged.append(new)
            i += 2  # both are used up
        else:
            merged.append(symbols[i])
            i += 1
    return tuple(merged)


def top(words):
    return "  ".join(f"{' '.join(pair)}: {n}" for pair, n in count_pairs(words).most_common(4))


second = {merge(symbols, ("b", "e"), "be"): times for symbols, times in words.items()}
print(*second, sep="\n")
reveal("er_after_be", str(count_pairs(second)["e", "r"]))
print("second count:", top(second))
third = {merge(symbols, ("r", "r"), "rr"): times for symbols, times in second.items()}
print("third count: ", top(third))
print(merge("aaa", ("a", "a"), "aa"))

# %% [markdown]
# The *e* of *berry* has gone into *be*, so its neighbour *r* now stands beside *be*. A merge makes new pairs and takes from old ones: everything is counted again. And the last line: where a pair overlaps itself, the left one is merged.
#
# In the second count three pairs tie at 4, printed in the order in which they were met. Some rule must choose, or two machines would learn two tokenizers from one text. Ours comes with the ids of section 5; by it *r r* is next, and in the third count *be rr*.
#
# ## 4. Bytes: nothing is unknown
#
# With letters as the first symbols, *café* would still have no number. So start smaller. Every text is stored as [**bytes**](../book/glossary.md#byte), numbers below 256. How a character becomes bytes is settled by the standard [**UTF-8**](../book/glossary.md#utf-8): one byte for English letters, digits and common signs, two to four for other characters.

# %%
for character in "sé草🍓":
    data = character.encode("utf-8")
    print(f"{character}   {len(data)} bytes: {list(data)}")
print(list(b"berry"))

# %% [markdown]
# Begin with these 256 symbols, and every text can be written. This is [**byte-level**](../book/glossary.md#byte-level) BPE. Here is how GPT-2 sees a strawberry purée:

# %% tags=["hide-input"]
text = "purée 🍓"
show(
    figures.layers(text, [gpt2.token_bytes(i) for i in gpt2.encode(text)]),
    alt="Three rows. Characters: p, u, r, é, e, a space, strawberry. Bytes below them, as numbers: one each for p, u, "
    "r, e and the space, two for é, four for the strawberry. Tokens of GPT-2 below those: pur, ée, a space with the "
    "first two bytes of the strawberry, and two tokens of one byte each.",
)

# %% [markdown]
# Read it downwards; *(strawberry)* stands for the emoji. The é is two bytes, and its token holds the e behind it too. The strawberry is four bytes in three tokens, the first of which takes the space along: no token is the whole emoji. A token is a run of bytes, not of characters. (A byte that is no character by itself is shown as Python does, in base 16: `\xf0` is 240, `\x9f` is 159.)
#
# ## 5. Training
#
# A byte is already a number, so let it be its own id. The first merge makes the token 256, the next 257, and so on: the older a token, the lower its id. Of pairs that tie, we merge the one whose left symbol is older, then the one whose right symbol is. That is `min` over pairs of ids, for Python compares tuples by their first items and, where these are equal, by their second. Training is a loop:


# %%
def train(words, rounds):
    """Takes {ids of a word's bytes: times}, returns the merges {pair of ids: new id}, in the order learned."""
    merges = {}
    for new in range(256, 256 + rounds):
        counts = count_pairs(words)
        if not counts:
            break
        highest = max(counts.values())
        best = min(pair for pair in counts if counts[pair] == highest)
        merges[best] = new
        words = {merge(symbols, best, new): times for symbols, times in words.items()}
    return merges


# %% [markdown]
# `spellings` gives the bytes behind each id:


# %%
def spellings(merges):
    """Takes merges, returns a list of the bytes of each id."""
    tokens = [bytes([byte]) for byte in range(256)]
    for left, right in merges:
        tokens.append(tokens[left] + tokens[right])
    return tokens


cry_words = Counter(tuple(word.encode()) for word in cry.split())
cry_merges = train(cry_words, 7)
spelled = spellings(cry_merges)
for (left, right), new in cry_merges.items():
    print(f"{left:3} {right:3} -> {new}   {spelled[new].decode()}")

# %% [markdown]
# Follow the seven lines with the figure; the word on the right never occurs in the cry:

# %% tags=["hide-input"]
rows = {}
for count in range(8):
    shown = [b"first", b"best", b"berry", b"raw", b"most", b"strawberry"]
    for pair, new in list(cry_merges.items())[:count]:
        shown = [merge(symbols, pair, new) for symbols in shown]
    rows[f"{count} merges"] = [[spelled[i].decode() for i in symbols] for symbols in shown]
show(
    figures.growing(rows, "Frequent neighbours grow together", last="not in the cry"),
    alt="Eight rows with the words first, best, berry, raw, most and strawberry cut into symbols, after 0 to 7 merges. "
    "At the top every letter is alone. strawberry is marked: not in the cry. At the bottom berry and raw are whole, st is one symbol in first, best and most, "
    "and strawberry is st, raw, berry.",
)

# %% [markdown]
# *berry* and *raw* are whole, the two words that come most often, and *strawberry*, never seen, is *st*, *raw* and *berry*: GPT-2's cut, from nine words. The cry was chosen so.
#
# Go on merging, and each of the five words becomes one token: the list of words again. The number of merges is the knob between characters and words.
#
# Does training find grammar? Give it nouns in *tion*, and verbs with *ing*:

# %%
nouns = "construction location nation station motion action question"
verbs = "run running play playing stay staying"
for text, rounds in [(nouns, 3), (verbs, 9), (verbs, 13)]:
    counted = Counter(tuple(word.encode()) for word in text.split())
    learned = train(counted, rounds)
    for pair, new in learned.items():
        counted = {merge(symbols, pair, new): times for symbols, times in counted.items()}
    print(*("·".join(spellings(learned)[i].decode() for i in symbols) for symbols in counted))
print("GPT-2:", *tokens_of(gpt2, " happiness unhappiness"))

# %% [markdown]
# *tion* and *ing* come out, with an *n* left over in *running*: they are frequent, that is all. And the stops at 3 and 9 rounds were chosen. Four rounds later each verb is one token, and *ing* is gone from sight. Where grammar and frequency disagree, frequency wins: GPT-2 has a token for *␣happiness*, yet cuts *␣unhappiness* into *␣unh* and *appiness*.
#
# The library trains by the same rule, [faster](deeper/D2_fast_training.ipynb).
#
# ## 6. Encoding: in the order of learning
#
# The vocabulary is made; a new text comes along. Each merge has a [**rank**](../book/glossary.md#rank), its place in the order of learning. Here the new id serves as rank, for ids were given in that order. As long as some pair can be merged, merge the one that was learned first. Every pair that this makes holds the new symbol, and a merge that takes this symbol was learned after it. So the ranks only rise, none is passed by, and this repeats what training did to the word.


# %%
def encode(ids, merges):
    """Takes ids of bytes, returns ids of tokens."""
    while True:
        found = [(merges[pair], pair) for pair in pairwise(ids) if pair in merges]
        if not found:
            return ids
        new, pair = min(found)  # the lowest new id was learned first
        ids = merge(ids, pair, new)


for word in ("strawberry", "restaurant", "zebra"):
    ids = encode(tuple(word.encode()), cry_merges)
    print(ids, *(readable(spelled[i]) for i in ids))

# %% [markdown]
# *restaurant* keeps a piece, *st*; *zebra* falls into its bytes. Nothing is unknown.
#
# Why by rank, and not, from the left, by the longest token that fits?

# %%
predict("same_cut")

# %%
gpt2_ids = {gpt2.token_bytes(i): i for i in range(50_256)}  # {bytes of a token: its id}


def longest_match(data):
    tokens = []
    while data:
        end = len(data)
        while data[:end] not in gpt2_ids:  # each single byte is a token, so this ends
            end -= 1
        tokens.append(data[:end])
        data = data[end:]
    return tokens


cuts = {}
for word in ("strawberry", "unhappiness"):
    cuts[word] = [
        [readable(token) for token in longest_match(word.encode())],
        tokens_of(gpt2, word),
    ]
    print("longest match:", *cuts[word][0], "   by rank:", *cuts[word][1])
longest, by_rank = cuts["strawberry"]
reveal("same_cut", "the same cut" if longest == by_rank else "another cut")

# %% [markdown]
# *stra·wb·erry* is no worse for a reader. But GPT-2 learned from texts that were cut by rank. Cut another way, *unhappiness* holds *pine*, which the cut by rank never gave it there. A program that feeds a model must follow the model's rule to the letter.
#
# ## 7. Decoding
#
# From ids to text: look up the bytes of each id, join them, and read them as UTF-8. In this order. The other way round would be to read each token by itself:

# %%
ids = gpt2.encode("purée 🍓")
data = [gpt2.token_bytes(i) for i in ids]
print("joined first:  ", b"".join(data).decode("utf-8"))
print("token by token:", "".join(token.decode("utf-8", errors="replace") for token in data))

# %% [markdown]
# The �, which `errors="replace"` asks for, stands for bytes that are no character. Joined first, the text comes back exactly.
#
# That was the way there and back: a good place for a break.
#
# ## 8. Special tokens
#
# A model must also be told what is no text: here a document ends, here the user speaks. For this there are [**special tokens**](../book/glossary.md#special-token). Each has an id of its own, and no merge ever leads to it. Older vocabularies had `<UNK>`, for what is unknown. Many have `<PAD>`: texts that a model reads at the same time must be equally long, so the shorter ones are filled up with it, and the model is told to ignore it, in a later lesson. GPT-2 has a single one, for the end of a document:

# %%
print(gpt2.special_tokens)
print("as text:   ", gpt2.encode("<|endoftext|>"))
print("on purpose:", gpt2.encode("<|endoftext|>", allow_special=True))

# %% [markdown]
# Somebody who types its name gets ordinary tokens. Only the program puts the real one in place. So it is with our `encode`. Of two libraries that you will meet, *tokenizers* makes the name the special token, and *tiktoken* refuses the text. What careless programs get is a story for [lesson 02b](02b_real_tokenizers.ipynb#6.-Text-as-it-comes,-and-text-that-lies).
#
# ## 9. Where to cut first
#
# One thing is missing. Until now words were cut at spaces, and the spaces were lost. What if we don't cut at all?

# %%
genesis = world_english_bible()[:20_000]
uncut = train({tuple(genesis.encode()): 1}, 150)
tokens = sorted(map(readable, spellings(uncut)[256:]), key=len)
print("the longest:", tokens[-3:])
print("with God:   ", [token for token in tokens if "God" in token])
for name, text in [("Bible", world_english_bible()), ("Shakespeare", plays)]:
    print(name, text.count("became the father of"))

# %% [markdown]
# A phrase from the genealogies of Genesis becomes one token, of no use in Shakespeare, who never writes it. And *God* has three tokens, one of which begins with the end of the sentence before (⏎ is the line break). So a text is first cut into [**pieces**](../book/glossary.md#piece) by a fixed pattern (*pre-tokenization*), and no merge crosses the border between two. This is GPT-2's, the one entry of a tuple:

# %%
GPT2 = SPLITS["gpt2"][0]
print(GPT2)
for text in ["It's 3 kg:  raw strawberries!", "DON'T", "'tis raw\nagain", "我喜欢草莓"]:
    print(regex.findall(GPT2, text))

# %% [markdown]
# **The pattern** is a list of alternatives with `|` between them. At each place the first one that fits takes as much as it can; if a condition then fails, it gives back one sign at a time until the condition holds. The signs:
#
# | sign | stands for |
# |---|---|
# | `␣?` | a space, or nothing |
# | `…+` | once or more |
# | `\p{L}`, `\p{N}` | any letter, any sign for a number: ½ too (the package `regex` knows these, Python's own `re` does not) |
# | `\s`, `\S` | white space, anything else |
# | `[^…]` | a sign that is none of those listed |
# | `(?!…)` | a condition: this must not come next |
#
# And its parts:
#
# | part (␣ is a space) | takes | here |
# |---|---|---|
# | `'s`, `'t`, `'re` and so on | endings of *it's*, *don't*, in small letters only; wherever they fit | *'s*, but not *'T*; *'t* of *'tis* |
# | `␣?\p{L}+` | letters, with the space before them, if there is one | *It*, *␣kg* |
# | `␣?\p{N}+` | signs for numbers, likewise | *␣3* |
# | `␣?[^\s\p{L}\p{N}]+` | other signs, likewise | *:*, *!* |
# | `\s+(?!\S)` | white space: all of it at the end; before a word it gives the last one back | the first of the two spaces |
# | `\s+` | white space that is left: a single one which the word can't take | the line break before *again* |
#
# Joined, the pieces are the text. Chinese is written without spaces, so there all up to the next comma or full stop is one piece.
#
# **All parts together**, on *Hamlet*: pieces, bytes, 100 merges. Beside it the library's `train_bpe`, which needs no help. Which of the hundred betrays the play?

# %%
hamlet = plays[plays.index("\nHamlet\n") : plays.index("\nKing Lear\n")]
pieces = Counter(tuple(piece.encode()) for piece in regex.findall(GPT2, hamlet))
ours = spellings(train(pieces, 100))[256:]
theirs = train_bpe(hamlet, vocab_size=356, pattern="gpt2", show_progress=False)
print(*map(readable, ours))
claim(
    "The library finds the same 100 tokens.",
    ours == [theirs.token_bytes(256 + i) for i in range(100)],
)
print(f"{pieces.total():,} pieces, {len(pieces):,} different ones")

# %% [markdown]
# *HAMLET* does. Pieces also save work: each different one is merged once, however often it comes.
#
# ## 10. Between characters and words
#
# How good is a vocabulary? One measure is [**characters per token**](../book/glossary.md#characters-per-token). Here are all three ways, on all of Shakespeare, with 4,096 tokens for BPE:

# %%
trained = train_bpe(plays, vocab_size=4_096, pattern="gpt2", show_progress=False)
all_ids = trained.encode(plays)
print(f"characters {len(alphabet):7,} entries {len(plays):10,} tokens")
print(
    f"words      {len(word_list):7,} entries {len(play_words):10,} tokens, no spaces, signs, capitals"
)
print(f"BPE        {trained.vocab_size:7,} entries {len(all_ids):10,} tokens")
print(f"{len(plays) / len(all_ids):.2f} characters a token")
claim("Decoded, nothing is lost.", trained.decode(all_ids) == plays)

# %% [markdown]
# Why stop at 4,096? Here are five sizes, learned from Shakespeare and tried on the Bible too, which they have not seen:

# %%
bible, rows = world_english_bible(), []
print("tokens   characters each, Bible   uses at the median: first half of the merges, last half")
for size in (512, 1_024, 2_048, 4_096, 8_192):
    one = train_bpe(plays, vocab_size=size, pattern="gpt2", show_progress=False)
    ids = one.encode(plays)
    counts, half = Counter(ids), (size - 256) // 2
    uses = [counts[token] for token in range(256, size)]
    first, last = median_low(uses[:half]), median_low(uses[half:])
    own, other = len(plays) / len(ids), len(bible) / len(one.encode(bible))
    rows.append((size, own, other, first, last))
    print(f"{size:6,} {own:17.2f} {other:6.2f} {first:22,} {last:29,}")
print(f"of the last vocabulary {uses.count(0)} merged tokens are never used")

# %% tags=["hide-input"]
show(
    figures.sizes(rows),
    alt="Two curves against the size of the vocabulary, 512 to 8,192. Left: characters per token, on Shakespeare and on "
    "the Bible, climb from about 2 to about 3.4, ever more slowly. Right, on a logarithmic scale: how often "
    "a merged token occurs, at the median. Two falling lines, for the first half of the merges and, below it, the last half.",
)

# %% [markdown]
# Each doubling makes texts shorter by less than the one before. And each token costs: a row of learned numbers in the model, and a score at every place ([lesson 01](01_tokens_and_sampling.ipynb#1.-What-does-it-choose-between?)). The late ones are also rare: with 8,192 tokens half of the later merges are used at most 27 times in all of Shakespeare (the *median*), little to learn from. And 332 are never used: a later merge takes each, as *raw* took *aw* in the cry.
#
# Now you. Type a sentence and move the slider, which says how many of the merges behind the 4,096 tokens are used. Where does *␣are* become one token, where *␣many*? *strawberry* does not within these merges: Shakespeare wrote it once. And your name?

# %%
trained_merges = dict(trained.encoder.merges)  # {pair: new id}
trained_tokens = spellings(trained_merges)


def draw_merges(text, merges):
    return figures.after_merges(text, trained_merges, trained_tokens, merges)


explore(
    draw_merges,
    text=widgets.Text(value="How many r's are in strawberry? 🍓", continuous_update=False),
    merges=widgets.SelectionSlider(
        options=[0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3840],
        value=16,
        continuous_update=False,
    ),
)

# %%
are, many = (trained_tokens.index(word) - 255 for word in (b" are", b" many"))
claim(
    "␣are is one token from 256 merges on, ␣many from 1,024.",
    128 < are <= 256 and 512 < many <= 1_024,
)

# %% [markdown]
# ## 11. GPT-2's merges in our program
#
# The opening promised GPT-2's own cut. The file that we ship keeps only its 50,000 tokens, in the order of learning, not the pairs. They can be found. Encoding repeats what training did (section 6). So encode *raw* with the merges learned before it, and all but its last join is done: *ra* and *w* are left, and its own merge was *ra w*. The loop finds every pair so, with our `encode`, which gives a tuple, so that a pair can be a key of the dict. GPT-2 numbers the 256 bytes in an order of its own: `byte_id` knows it.

# %%
byte_id = {gpt2.token_bytes(i)[0]: i for i in range(256)}
gpt2_merges = {}
for new in range(256, 50_256):
    pair = encode(tuple(byte_id[byte] for byte in gpt2.token_bytes(new)), gpt2_merges)
    gpt2_merges[pair] = new
claim("Each of the 50,000 tokens leaves exactly two.", all(len(pair) == 2 for pair in gpt2_merges))
made_of = {new: pair for pair, new in gpt2_merges.items()}
print("raw:", *(gpt2.token_bytes(i).decode() for i in made_of[gpt2_ids[b"raw"]]))
ids = encode(tuple(byte_id[byte] for byte in b"strawberry"), gpt2_merges)
claim(
    "st, raw, berry: our program cuts strawberry as GPT-2 does.",
    list(ids) == gpt2.encode("strawberry"),
)

# %% tags=["hide-input"]
symbols = tuple(byte_id[byte] for byte in b"strawberry")
rows = {"bytes": [[gpt2.token_bytes(i).decode() for i in symbols]]}
while found := [(gpt2_merges[pair], pair) for pair in pairwise(symbols) if pair in gpt2_merges]:
    new, pair = min(found)
    symbols = merge(symbols, pair, new)
    label = f"{gpt2.token_bytes(new).decode()}, id {new}"
    rows[label] = [[gpt2.token_bytes(i).decode() for i in symbols]]
show(
    figures.growing(rows, "How GPT-2 cuts strawberry: what each merge makes, and its id"),
    alt="Eight rows. The ten letters of strawberry; then the merges er, st, ra, ber, ry, raw and berry, one a row, in the "
    "order of their ids. At the bottom: st, raw, berry.",
)

# %% [markdown]
# Seven merges, as with the seller, but of other pairs: only *s t* is in both. *er* comes first, at its turn the most frequent pair in GPT-2's text. And here it ends: *st raw* and *raw berry* have no merge, in 50,000 rounds they never came to the top. (With a space in front, *␣strawberry* did.)
#
# ## 12. What goes wrong
#
# **Encoding in parts.** Encode two halves and join the ids. The text is the same, the ids are not:

# %%
whole, parts = gpt2.encode("I like strawberry"), gpt2.encode("I like straw") + gpt2.encode("berry")
print(whole, parts)
print("same text:", gpt2.decode(whole) == gpt2.decode(parts), "  same ids:", whole == parts)

# %% [markdown]
# **Ids of one tokenizer in another.** There is no error, as long as the ids exist:

# %%
print(repr(gpt2.decode(trained.encode("strawberry fields for ever"))))

# %% [markdown]
# **A merge that forgets.** A mistake easily made. This one joins the pair's letters to the new symbol itself, and it works on some words:

# %%
show_source(forgetful_merge)

# %%
print(
    forgetful_merge(tuple("banana"), ("a", "n")),
    "where",
    merge("banana", ("a", "n"), "an"),
    "is right",
)
stuck, found = Counter(tuple(word) for word in cry.split()), []
for _ in range(5):
    counts = count_pairs(stuck)
    found.append("".join(max(counts, key=counts.get)))
    stuck = {
        forgetful_merge(symbols, max(counts, key=counts.get)): n for symbols, n in stuck.items()
    }
print("five rounds of training with it:", found)

# %% [markdown]
# In *berry* and *best* nothing was merged, so the pair stays the most frequent one, for ever. Exercise 3 asks which words it spoils, and why the others survive.
#
# ## Exercises
#
# `hint("merge")` helps a step at a time, and `show_solution("merge")` shows one way to do it.
#
# ### {exercise: first_merges}
#
# On paper, before any code. Another seller cries:
#
# > fresh peaches green cheese green cheese green cheese

# %% tags=["exercise"]
# a list of two strings of two letters each: the first pair that training merges in the cry above, then the second.
# Pairs stand within a word.
check("first_merges", ...)

# %% [markdown]
# ### {exercise: merge}
#
# The heart of it, with ids. You have read it in section 3: write it without looking back. Think of a list that is too short, and of equal ids in a row.


# %% tags=["exercise"]
def my_merge(ids, pair, new):
    """my_merge(ids, pair, new).

    ids: a list of ids.
    pair: a tuple of two ids.
    new: an id.
    It returns a list in which new stands wherever the pair stood in ids, merged from left to right. The list ids itself
    stays as it is."""
    ...


check("merge", my_merge)

# %% [markdown]
# ### {exercise: faulty_words}
#
# Read `forgetful_merge` in section 12. Of the words *the, this, that, bath, with, thirtieth, document*, which does it spoil, when the pair is *t h*? Follow `i` and `result` on paper, and find out what saves the others.

# %% tags=["exercise"]
# a list of those of the seven words in which forgetful_merge with the pair t, h gives a wrong result, in any order.
check("faulty_words", ...)

# %% [markdown]
# ### {exercise: train}
#
# With strings, and another rule for ties than the lesson's.


# %% tags=["exercise"]
def my_train(words, rounds):
    """my_train(words, rounds).

    words: a dict {word: how often it occurs}.
    rounds: how many merges to learn.
    It returns a list of the pairs that were merged, in order, each a tuple of two strings. Each round merges the pair
    that occurs most often, in every word, from left to right. Every place counts: aaa holds a, a twice. Of pairs that
    tie, the one that sorts first is merged. When no pair is left, training ends early."""
    ...


check("train", my_train)

# %% [markdown]
# ### {exercise: smaller}
#
# Merges are learned one after the other, so the first merges of a large vocabulary are a smaller one. You have a text in ids of the large one. What are its ids in the smaller?


# %% tags=["exercise"]
def my_smaller(ids, merges, size):
    """my_smaller(ids, merges, size).

    ids: a piece in ids of the large vocabulary.
    merges: the list of all merged pairs, in order: merges[0] made id 256, merges[1] made id 257, and so on.
    size: how many ids the smaller vocabulary has, at least 256; it knows only the first size - 256 merges.
    It returns a list: the same piece in ids of the smaller vocabulary. The lists that are given stay as they are."""
    ...


check("smaller", my_smaller)

# %% [markdown]
# ### {exercise: tokenizer}
#
# Put it together, and write section 6's loop anew. `check` hands GPT-2's real tokens and merges to your class and compares its ids with GPT-2's: first *b*, then *strawberry*, at last a page that begins *Strawberries, 3 kg*.


# %% tags=["exercise"]
class MyTokenizer:
    """MyTokenizer(tokens, merges), with two methods.

    tokens: a list of the bytes of each id. The first 256 ids are the single bytes, in an order of GPT-2's own; the last
    is the special token.
    merges: a dict {(left id, right id): new id} in the order learned, in which the new ids rise.
    encode(text) returns a list of ids. The text is cut as it is by GPT2, the pattern of section 9, with the package
    regex; in each piece the earliest learned merge goes first, until none is left. Names of special tokens are
    ordinary text.
    decode(ids) returns the text: the bytes of all ids, the special one too, read as UTF-8, with � for what is no
    character."""

    def __init__(self, tokens, merges): ...

    def encode(self, text): ...

    def decode(self, ids): ...


check("tokenizer", MyTokenizer)

# %% [markdown]
# ## Say it in your own words

# %%
say("characters_or_words", "only_characters", "why_no_unk", "unk_and_pad")

# %% [markdown]
# ## Quiz

# %%
quiz("02")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - Characters make texts long, words make the list endless. Subwords lie between; the number of merges says where.
# - Training: count pairs, merge the most frequent, again. Encoding: the merges in the order in which they were learned.
# - On bytes nothing is unknown. Join bytes first, read them as UTF-8 afterwards.
# - Pattern, merges and special tokens belong together. Change one, and the ids may be others, without an error.
#
# **Papers.** Gage 1994, *A New Algorithm for Data Compression*, The C Users Journal 12(2) (byte-pair encoding). [Sennrich, Haddow and Birch 2016](https://arxiv.org/abs/1508.07909), *Neural Machine Translation of Rare Words with Subword Units* (BPE for words; those of quiz question 1 are the paper's). [Radford and others 2019](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf), the GPT-2 paper (bytes, and the pattern).
#
# **Next:** [lesson 02b](02b_real_tokenizers.ipynb) compares the tokenizers of real models, on your own sentence. Then [lesson 03](03_embeddings.ipynb) gives the numbers a meaning.
