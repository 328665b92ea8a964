# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # A1 · Python for this course
#
# **Which Python do you need to read every line of the lessons?**
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/OWNER/llms-from-the-ground-up/blob/v0.2.0/notebooks/A1_python.ipynb)
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | to have met a variable, an `if` and a `for`; no other lesson |
# | It adds to `lessons_lib` | nothing: it explains what stands there |
#
# {route}

# %%
import importlib.util

if importlib.util.find_spec("lessons_lib") is None:
    # %pip install -q --no-deps git+https://github.com/OWNER/llms-from-the-ground-up@v0.2.0
    importlib.invalidate_caches()

# %%
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import torch
from torch import nn

import lessons_lib
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
from lessons_lib.classroom.lessons.lessonA1 import figures
from lessons_lib.generation import generate

use_style()

# %% [markdown]
# ## The finished thing first
#
# Three lines run a language model:

# %%
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
ids = tokenizer.encode("the cat sat on the mat and the dog sat on the")
print(ids, tokenizer.decode([*ids, next(generate(model, ids))]))

# %% [markdown]
# The first line loads the model and its tokenizer. The second turns a text into numbers, and these are all that the model sees: no letters, no words. The third asks for one number more and turns everything back into text. The dog got a *mat*.
#
# By the end of this page you can say what each mark in these lines does, and a tokenizer that you wrote yourself stands in front of the same model.
#
# | You | Read |
# |---|---|
# | have written a few loops | everything, perhaps in two sittings: sections 1 and 2, then the rest |
# | write functions, but no classes | the outputs of sections 1 and 2, then from section 3 on |
# | write classes | only the cells, saying before each what it prints; then the exercises |
#
# The blocks headed *In the course* hold lines from the lessons; the number behind each says from which.
#
# **Why Python?** Because PyTorch, and the libraries around it, are called from it. By itself it is slow: a loop takes up every number one by one. torch takes a million at once, in code that was compiled before. Here is a sum of squares both ways:

# %%
numbers = torch.arange(1_000_000, dtype=torch.float64)
one_by_one = numbers.tolist()
start, total = perf_counter(), 0.0
for number in one_by_one:
    total += number * number
by_loop, by_torch = perf_counter() - start, []
for _ in range(10):
    start = perf_counter()
    at_once = numbers.dot(numbers)
    by_torch.append(perf_counter() - start)
claim("The same sum.", abs(total - at_once) < 1e-9 * total)
claim("torch takes less than a third of the time of the loop.", min(by_torch) < by_loop / 3)

# %% [markdown]
# (`1_000_000` is a million: underscores are for the eye. `1e-9` is a billionth. `+=` adds to what is there. `_` is a name for what nobody needs: torch has ten tries, and the best counts.)

# %% [markdown]
# ## 1. Text and lists
#
# *If your Python is new.* A [**string**](../book/glossary.md#string) is text. A [**list**](../book/glossary.md#list) holds things in order. Places are counted from 0, and −1 is the last. What stands behind a dot and before brackets, such as `split()`, is a [**method**](../book/glossary.md#method): a function that belongs to the thing before the dot.

# %%
text = "the cat sat on the mat"
words = text.split()
print(words, len(words), words[0], words[-1], "cat" in words)
print(" ".join(words) == text)
for place, word in enumerate(words):
    print(f"{place}:{word:>4}", end="  ")

# %% [markdown]
# `enumerate` counts along. The `f` before the quotes lets braces hold code; behind the colon stands how it is written: `:>4` to the right in four places, `:6` in six, `:.2f` two decimals, `:,` commas between thousands, `:.1%` per cent. (`end` is what `print` writes last, `sep` what between.)

# %%
share = words.count("the") / len(words)
print(f"{share:.1%} of the words are the; {49152:,} tokens; [{'cat':6}] [{3.14159:.2f}]")

# %% [markdown]
# A [**slice**](../book/glossary.md#slice) takes a part: from the first place, included, up to the second, excluded. A missing number means the beginning or the end.

# %%
ids = tokenizer.encode(text)
print(ids, ids[1:3], ids[:2], ids[-2:], ids[::-1], sep="\n")
for seen, following in zip(ids[:-1], ids[1:], strict=True):
    print(f"after {seen} comes {following}", end="; ")

# %% [markdown]
# `zip` walks through two lists in step. With `strict=True` it raises an error if one is longer; without, the rest would be dropped in silence. These two slices train a language model: `ids[:-1]` is what it has seen, `ids[1:]` what it should have said.

# %% tags=["hide-input"]
show(
    figures.seen_and_next(ids),
    alt="Three rows of cells: the six ids with their places 0 to 5; below, ids[:-1], the first five; below that, "
    "ids[1:], the last five. An arrow leads from each id seen to the one that comes next.",
)

# %% [markdown]
# ### Names are labels
#
# What does `=` do? Guess first:

# %%
predict("two_names")

# %%
a = [1, 2]
b = a
b.append(3)
c = list(a)
c.append(4)
reveal("two_names", len(a))
print(a, b, c, a is b, a is c)

# %% tags=["hide-input"]
show(
    figures.names_and_objects(),
    alt="The names a and b both point to one row of cells, 1 2 3. The name c points to another row, 1 2 3 4, "
    "which list(a) made.",
)

# %% [markdown]
# A name is not a box that holds a list; it is a label tied to one. `b = a` ties a second label. `list(a)`, `a[:]` and `[*a]` make another list. Numbers and strings can't be changed, so with them it never shows.
#
# ### Tuples, stars, comprehensions
#
# A [**tuple**](../book/glossary.md#tuple) is a list that can't be changed, in round brackets. Names with commas between them take one apart. A star takes the rest on the left of `=`, and spreads a list out inside brackets.

# %%
word, times = ("the", 2)
first, *rest = words
print(word, times, first, rest, [*rest, "and", word])
print([1, 2] == [1, 2], [1, 2] == (1, 2))

# %% [markdown]
# A list never equals a tuple, whatever they hold. A [**comprehension**](../book/glossary.md#comprehension) makes a list from a loop in one line. Read it from `for` on, and what stands before `for` last:

# %%
lengths = [len(word) for word in words]
print(lengths, [word.upper() for word in words if len(word) > 2])
print([word if len(word) > 2 else "-" for word in words])
print([(row, column) for row in range(2) for column in "ab"])
print(sum(length > 2 for length in lengths), any(n > 3 for n in lengths), max(map(len, words)))
print(7 // 2, 7 % 2, -(-7 // 2), 2**10, words[9:] or "none")

# %% [markdown]
# `x if test else y` chooses one of two values. Two `for` are a loop in a loop, the left one outside. True counts as 1, so the sum counts. `map(len, words)` is `len` of each. Of numbers: `//` divides down to a whole one, `%` is the rest, `-(-7 // 2)` rounds up, `**` is a power. `x or y` is `y` where `x` is empty, 0 or None.
#
# *In the course:*
#
# ```python
# return float(F.cross_entropy(scores[:-1], wanted[1:]).exp())  # 07
# for name, row in zip("abcd", products, strict=True):  # 11
# embedded, *after = streams  # 11
# print("".join(SIGNS[i] for i in row), "->", SIGNS[answer])  # 11
# heard = x if self.post else size(x)  # 05
# ```

# %% [markdown]
# ## 2. A vocabulary: dicts, sets, counts
#
# *If you have not counted words with a dict yet.* A [**set**](../book/glossary.md#set) holds each thing once, in no order, so we sort it. A [**dict**](../book/glossary.md#dict) leads from a key to a value: here from a word to its id. That is a whole vocabulary, with one entry for words that are not in it:

# %%
text = "the cat sat on the mat and the dog sat on the rug"
words = text.split()
tokens = ["<unk>", *sorted(set(words))]
ids_of = {token: number for number, token in enumerate(tokens)}
print(ids_of)
print(ids_of["cat"], ids_of.get("mouse"), ids_of.get("mouse", 0), "mouse" in ids_of)

# %% [markdown]
# `ids_of["mouse"]` would stop the program. `get` gives its second value instead, or `None`, Python's word for nothing. So a text becomes ids, and ids become a text:

# %%
sentence = "the dog sat on the mouse"
encoded = [ids_of.get(word, ids_of["<unk>"]) for word in sentence.split()]
decoded = " ".join(tokens[number] for number in encoded)
print(encoded, "→", decoded)
claim("What is not in the vocabulary is lost.", decoded != sentence)

# %% [markdown]
# Which words are frequent? `Counter` is a dict that counts. `key=` says by what to compare: a function that is asked about each thing. A [**lambda**](../book/glossary.md#lambda) is such a function without a name: its argument before the colon, its result behind it.

# %%
counts = Counter(words)
print(counts.most_common(2), max(counts, key=counts.get))
print(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:4])
for word, count in counts.items():
    print(word, count, end="; ")
print({"cat", "cow"} & set(tokens), {"a": 1, "b": 2} | {"b": 3})
print(counts.pop("rug"), counts.setdefault("mouse", 0), list(counts.values()))

# %% [markdown]
# *items* gives pairs of key and value. The lambda's result is a pair too: first the count, negative so that large comes first, and between equals the word. `&` is what two sets share; `|` joins two dicts, and the right one wins. *pop* takes an entry out, *setdefault* puts one in unless it is there, *values* leaves the keys out.
#
# *In the course:*
#
# ```python
# letters = sorted(set(text))  # 05
# place = {letter: i for i, letter in enumerate(letters)}  # 05
# tragedy = torch.tensor([place.get(c, place[" "]) for c in shakespeare()[-8192:]])  # 11
# return sorted(found, key=lambda pair: -abs(pair[0]))[:count]  # 05
# small = ModelConfig(**(sizes | switched))  # 10
# ```

# %% [markdown]
# ## 3. Functions
#
# *If you have written few.* A [**function**](../book/glossary.md#function) takes arguments and returns a result. Types behind colons and the arrow are notes for the reader: Python doesn't check them. An argument with `=` has a default. The text in three quotes says what it does.


# %%
def encode(text: str, ids_of: dict[str, int], unknown: str = "<unk>") -> list[int]:
    """Words to ids; a word that is missing becomes the unknown one."""
    return [ids_of.get(word, ids_of[unknown]) for word in text.split()]


def report(title, *values, **settings):
    return title, values, settings


print(encode("the mouse", ids_of), encode("the mouse", ids_of, unknown="cat"))
chosen = {"temperature": 0.8, "top_k": 40}
print(report("drawn", 3, *[4, 5], seed=0, **chosen))

# %% [markdown]
# In a definition, one star collects further arguments in a tuple, two stars collect named ones in a dict. In a call they spread a list and a dict out again. A function without `return` gives `None`, even if it prints.
#
# ### Generators: one at a time
#
# A function with `yield` is a [**generator**](../book/glossary.md#generator). It hands out a value and waits where it stands until the next one is wanted.

# %%
predict("step_of_a_generator")


# %%
def shouted(words):
    log.append("started")
    for word in words:
        yield word.upper()


log = []
stream = shouted(["the", "cat"])
log.append("called")
print(next(stream), list(stream), next(stream, "nothing left"), log)
reveal("step_of_a_generator", "at the first next" if log[0] == "called" else "at the call")

# %% [markdown]
# `generate` is a generator: each `next` runs the model once, and text appears as it is made. A comprehension in round brackets, such as those in `sum` and `join` above, is one too.
#
# ### Errors, `with`, decorators
#
# `raise` stops with an error, an [**exception**](../book/glossary.md#exception); `try` and `except` catch it, and `as` gives it a name. `with` enters a state and leaves it again whatever happens inside. `:=` gives a name to a value in the middle of a line.


# %%
def id_of(word):
    if (number := ids_of.get(word)) is None:
        raise ValueError(f"word: got {word!r}, allowed one of {len(ids_of)}")
    return number


try:
    print(id_of("cat"))
    print(id_of("mouse"))
except ValueError as error:
    print(error)
with torch.no_grad():
    print("slopes are kept:", torch.is_grad_enabled())
print("slopes are kept:", torch.is_grad_enabled())

# %% [markdown]
# (`!r` writes the quotes too. What slopes are, lesson 00b tells; when a model only writes, nobody needs them.)
#
# Functions are values: they can be handed over, made inside another function, and returned. A [**decorator**](../book/glossary.md#decorator), the line with `@`, uses that: it takes the function below it and puts another in its place. Ours counts the calls:


# %%
def counted(function):
    def wrapper(*arguments):
        wrapper.calls += 1
        return function(*arguments)

    wrapper.calls = 0
    return wrapper


@counted
def square(x):
    return x * x


print(square(3), square(4), "calls:", square.calls)

# %% [markdown]
# *In the course:*
#
# ```python
# def change(config, **fields):  # 05
# for_one = seconds(lambda: model(eight[:1]))  # 07
# yield held[: held.index(stop)]  # 07
# with torch.no_grad():  # 05
# mask = causal_mask(T, T) if mask is None else mask  # 10
# @njit(fastmath=True)  # 07
# ```

# %% [markdown]
# ## 4. Classes
#
# *For all who write none.* `encode` needs its vocabulary handed over each time. A [**class**](../book/glossary.md#class) makes [**objects**](../book/glossary.md#object) that keep things, together with the functions that work on them. `self` is the object itself; `__init__` runs when one is made.


# %%
class WordTokenizer:
    """Words to ids and back."""

    def __init__(self, words):
        self.tokens = ["<unk>", *sorted(set(words))]
        self.ids_of = {token: number for number, token in enumerate(self.tokens)}

    def encode(self, text):
        return [self.ids_of.get(word, 0) for word in text.split()]

    def decode(self, ids):
        return " ".join(self.tokens[number] for number in ids)


small = WordTokenizer(words)
print(small.encode(sentence), small.decode(small.encode(sentence)))
print(WordTokenizer(["dog", "mouse"]).encode(sentence))

# %% [markdown]
# `small.encode(sentence)` calls `encode` with `small` as `self`. The second tokenizer has another vocabulary, and so other ids.
#
# [**Inheritance**](../book/glossary.md#inheritance) takes over a class and changes a part. `super()` is the class above. `__call__` makes an object callable like a function. `getattr` takes a part by its name. `isinstance` asks whether an object is of a class, or of one that inherits from it.


# %%
class LowerTokenizer(WordTokenizer):
    def __init__(self, words):
        super().__init__(word.lower() for word in words)

    def __call__(self, text):
        return self.encode(text.lower())


class Shift(nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = by

    def forward(self, x):
        return x + self.by


lower = LowerTokenizer(["The", "CAT"])
print(lower("the Cat"), Shift(3)(torch.tensor([1, 2])), isinstance(lower, WordTokenizer))
for name in ("tokens", "ids_of"):
    print(name, getattr(lower, name), end="; ")

# %% [markdown]
# Every layer in torch is built like `Shift`. It inherits from `torch.nn.Module`, whose `__init__` must run first. It has a `forward`. And it is called like a function, since that class has a `__call__`, which calls our `forward`.
#
# A [**dataclass**](../book/glossary.md#dataclass) is a class that only holds fields: the decorator writes `__init__`. `frozen` forbids changes, so `replace` makes a copy with other values. `int | None` reads *an int or None*.


# %%
@dataclass(frozen=True)
class Settings:
    temperature: float = 1.0
    top_k: int | None = None


calm = Settings()
print(calm, replace(calm, top_k=40), calm == Settings(1.0), sep="\n")

# %% [markdown]
# *In the course:*
#
# ```python
# class PlainNorm(nn.Module):  # 06
# super().__init__()  # 06
# wide = replace(small, num_local_experts=16)  # 11
# ```

# %% [markdown]
# ## 5. Bytes, files, modules
#
# *Lesson 02 needs the bytes, lesson 06 the files.* A computer keeps text as [**bytes**](../book/glossary.md#bytes), numbers from 0 to 255. `encode` and `decode` translate, by the standard UTF-8.

# %%
raw = "café".encode()
print(raw, len("café"), len(raw), list(raw)[-2:], raw.decode())
print(list(b"\x00\xff"))

# %% [markdown]
# `b"..."` is how bytes are written; `\xc3` is one byte in base 16, from `\x00` to `\xff`. The *é* takes two.
#
# A [**module**](../book/glossary.md#module) is a file of Python, a [**package**](../book/glossary.md#package) a folder of modules. `import` runs the file once and lends its names. We write one and import it. `Path` joins names of folders with `/`. The folder that `with` enters is gone afterwards:

# %%
with TemporaryDirectory() as folder:
    file = Path(folder) / "counting.py"
    file.write_text("def words_of(text):\n    return text.lower().split()\n", encoding="utf-8")
    sys.path.insert(0, folder)  # where Python looks for modules
    counting = importlib.import_module("counting")
    sys.path.remove(folder)
print(counting.words_of("The Cat"), file.exists(), Path(lessons_lib.__file__).parent.name)

# %% [markdown]
# With the file beside the notebook, `import counting` does the same. `from counting import words_of` takes one name out of it. `lessons_lib` is a package whose folders are packages again: `from lessons_lib.generation import generate`.
#
# *In the course:*
#
# ```python
# waiting = b""  # 07
# file = json.loads((place / "config.json").read_text())  # 10
# ```

# %% [markdown]
# ## 6. Full circle
#
# The real tokenizer has the same two calls as ours, and so have those of Hugging Face's *transformers*:

# %%
for each in (small, tokenizer):
    for text in ("the cat sat on the rug", "the cat sat on the zyzzyva"):
        ids = each.encode(text)
        print(f"{type(each).__name__:13} {each.decode(ids)!r:29} {ids}")

# %% [markdown]
# (`type(each).__name__` is the name of its class.) Ours loses the zyzzyva, a beetle. The real one has no token for it either, yet nothing is lost: it cuts the word into pieces that it knows. How it finds them is lesson 02.
#
# And now you can read the three lines: a tuple is taken apart (section 1), a package gives a function (5), an object has a method (4), a star spreads a list (1), and `next` runs a generator one step (3). Here they are with a tokenizer that isn't the real one:

# %%
real_tokens = ["<unk>", *(tokenizer.decode([number]) for number in range(1, tokenizer.vocab_size))]
place_of = {token: number for number, token in enumerate(real_tokens)}
text = "the cat sat on the mat and the dog sat on the"
first, *rest = text.split(" ")
ours = [place_of[piece] for piece in [first, *(" " + word for word in rest)]]
print(ours, real_tokens[next(generate(model, ours))])
claim("The same ids as in the first cell.", ours == tokenizer.encode(text))

# %% [markdown]
# Where every word is a token, a dict is all that it takes. The last exercise makes a class of it.

# %% [markdown]
# ## 7. What goes wrong
#
# Read an error from its last line: the kind, then the words; the arrow above shows where. Seven, raised on purpose:

# %%
mistakes = [
    lambda: words[99],
    lambda: ids_of["mouse"],
    lambda: "id " + 7,
    lambda: wrods,
    lambda: [3, 1, 2].sort().append(4),
    lambda: (lambda list: list("ab"))([1, 2]),
    lambda: compile("if True:\nprint('hello')", "your cell", "exec"),
]
for mistake in mistakes:
    try:
        mistake()
    except Exception as error:
        print(f"{type(error).__name__:16} {error}")

# %% [markdown]
# In turn. There is no place 99. A key is missing: use `get`. Text and number don't add: write `f"id {7}"`. A name is unknown: misspelt, or the notebook was restarted, which forgets every name, and the cell that makes it has not run since. `sort` changes a list and returns `None`; `sorted` returns one. A name such as `list` was given to something else and hides Python's own. And the lines below a colon must be indented.
#
# Worse are mistakes without an error. A lambda in a loop looks its name up when it is called, and by then the loop is over:

# %%
late = [lambda: number for number in range(3)]
early = [lambda number=number: number for number in range(3)]
print([function() for function in late], [function() for function in early])

# %% [markdown]
# And here the words of the first call turn up in the second. Exercise 2 asks why.


# %%
def collect(text, found=[]):
    for word in text.split():
        if word not in found:
            found.append(word)
    return found


collect("the cat")
print(collect("a dog"))

# %% [markdown]
# ## Say it in your own words

# %%
say("what_the_model_sees", "why_get", "function_or_class", "all_but_the_last", "like_the_real_one")

# %% [markdown]
# ## Exercises
#
# Write each answer where the dots are and run the cell. In a cell of your own, `hint("slices")` helps a step at a time, and `show_solution("slices")` shows one way.
#
# ### {exercise: slices}
#
# Without running the slices: what do they give?


# %% tags=["exercise"]
def my_slices():
    """a list of five lists: what ids[1:4], ids[:-1], ids[-3:], ids[2:2] and ids[4:99] give for
    ids = [7, 3, 9, 8, 4, 1]."""
    ...


check("slices", my_slices)

# %% [markdown]
# ### {exercise: fresh_list}
#
# Section 7 ended with a function that collects the different words of a text, and the dog's list held the cat's words. Find out why, and write it so that no call knows of another, and so that a list handed over as `found` stays as it was.


# %% tags=["exercise"]
def my_collect(text, found=None):
    """a text and a list found of different words, or None, to a new list: the words of found,
    then those of text that are not in it yet, in the order in which they are met, each once.
    Nothing is shared between calls, and found stays as it was."""
    ...


check("fresh_list", my_collect)

# %% [markdown]
# ### {exercise: frequent_words}
#
# Real vocabularies have a size that is chosen beforehand. Keep the words that occur most.


# %% tags=["exercise"]
def my_vocabulary(texts, size):
    """a list of texts and a size >= 1 to a list of at most size tokens: '<unk>', then the most
    frequent words of all the texts together, the most frequent first, words that are equally
    frequent in the order of the alphabet."""
    ...


check("frequent_words", my_vocabulary)

# %% [markdown]
# ### {exercise: read_until}
#
# A model would write for ever. One id of its vocabulary means *the end*; whoever reads its ids must stop there, and must not wait for the end to show the beginning.


# %% tags=["exercise"]
def my_read_until(ids, stop):
    """ids, which come one at a time from a loop and may never end, and a stop id to a
    generator: the ids up to the first stop id, without it. Each is handed out as soon as it is
    read, and nothing is read behind the stop id."""
    ...


check("read_until", my_read_until)

# %% [markdown]
# ### {exercise: word_tokenizer}
#
# Write the class whole. The check gives it small lists first, then the 49,152 tokens of SmolLM2, and lets the real model go on from your ids.


# %% tags=["exercise"]
class MyTokenizer:
    """a class that is made from a list of different tokens, one of which is '<unk>'; a token's
    id is its place in the list. encode takes words with one space between them and gives a list
    of ids, one a word: the first word is looked up as it is, every other with the space before
    it, and what is not in the list gets the id of '<unk>'. decode takes ids and gives their
    tokens, joined with nothing between."""

    def __init__(self, tokens): ...

    def encode(self, text): ...

    def decode(self, ids): ...


check("word_tokenizer", MyTokenizer)

# %% [markdown]
# ## Quiz

# %%
quiz("A1")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A model sees ids. A vocabulary is a list of tokens, and a dict leads back from a token to its place.
# - A name is a label: two names may belong to one list. Copy with `list`.
# - `ids[:-1]` is what was seen, `ids[1:]` what comes next.
# - A function returns, a generator hands out one at a time, a class keeps.
#
# **Next:** lesson 00 says what a language model is, and 00b gives you tensors.
