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
# **Which Python do the lessons use?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | to have met a variable, an `if` and a `for`; no other lesson. The time above is for who writes functions already |
# | It adds to `lessons_lib` | nothing: it explains what stands there |
#
# {route}
#
# Run the next two cells. The first installs the course where it is missing (its line with `%` is for the notebook, no Python), the second imports what the page uses: section 5. Of the helpers, `predict` asks you first, `reveal` shows your guess beside the result, and `claim` stops the page if its sentence is not true.

# %%
# {setup}

# %%
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

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
from lessons_lib.classroom.lessons.lessonA1.shared import caught
from lessons_lib.generation import generate

use_style()

# %% [markdown]
# ## The finished thing first
#
# Three lines run a language model. The marks in them are what this page explains:

# %%
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")
ids = tokenizer.encode("the cat sat on the mat and the dog sat on the")
print(ids, tokenizer.decode([*ids, next(generate(model, ids))]))

# %% [markdown]
# The first line loads the model and its tokenizer. The second turns a text into numbers, which are all that the model sees. The third asks for one number more, here the likeliest, and turns everything back into text. The first word is 1195 and each later *the* 260: with the space before it, it is another token.
#
# At the end, a tokenizer that you wrote yourself stands in front of the same model.
#
# | You | Read | About |
# |---|---|---|
# | have written a few loops | everything, in three sittings: sections 1 and 2; 3 and 4; the rest | 140 minutes |
# | write functions, but no classes | the outputs of sections 1 and 2, then from section 3 on | 55 minutes |
# | write classes | only the cells, saying before each what it prints | 25 minutes |
#
# Minutes are guesses, without exercises. *In the course* quotes lines from the lessons, to be read, not run; the number after each says which lesson.

# %% [markdown]
# ## 1. Text and lists
#
# *If your Python is new.* A [**string**](../book/glossary.md#string) is text. A [**list**](../book/glossary.md#list) holds things in order. A place (*index*) is counted from 0, and −1 is the last.

# %%
text = "the cat sat on the mat"
words = text.split()
print(words)
print(len(words), words[0], words[-1], "cat" in words)
print(" ".join(words))  # a comment: Python skips what follows #
print(", ".join(["cat", "dog", "cow"]))

# %% [markdown]
# `len` counts; `in` asks whether something is there. What follows a dot is an *attribute*, a part of the thing before it; if it is a function, a [**method**](../book/glossary.md#method). `text.split()` cuts at spaces and new lines, however many stand together; `text.split(" ")` cuts at each single space. `join` puts a list's texts together, with the text before the dot between each two.

# %%
for place, word in enumerate(words):
    print(f"{place}:{word}", end="  ")

# %% [markdown]
# `enumerate` counts along. `end` is what `print` writes last, in place of a new line. In an *f-string*, with `f` before its quotes, braces hold code, and after a colon stands how it is written:

# %%
share = words.count("the") / len(words)
print(f"|{word:6}|{word:>6}|{49:6}|")
print(f"{3.14159:.2f} {49152:,} {share:.1%}")

# %% [markdown]
# `:6` takes at least six places, text on the left and numbers on the right; `>` sends text to the right. `.2f` is two decimals, `,` separates thousands, `.1%` makes per cent.
#
# ### Slices
#
# A [**slice**](../book/glossary.md#slice) takes a part: from the first place, included, up to the second, excluded. Without the first it begins at the beginning, without the second it goes to the end. A third is the step; −1 walks backwards:

# %%
print(words[1:3], words[-2:], words[:2])
print(words[::-1])

# %% tags=["hide-input"]
show(
    figures.places(words),
    alt="The six words in a row of cells, with the cuts 0 to 6 above their edges, their places 0 to 5 below and, counted from the end, -6 to -1. Below "
    "them words[1:3], which is cat and sat, and words[-2:], which is the and mat.",
)

# %% [markdown]
# Slices make the examples from which a language model learns. At each place it has seen the id there and all to its left, and should say what follows. `range(1, 6)` counts from 1 up to 5:

# %%
ids = tokenizer.encode(text)
for stop in range(1, len(ids)):
    print(ids[:stop], "→", ids[stop])

# %% tags=["hide-input"]
show(
    figures.seen_and_next(words, ids),
    alt="Five rows. After the comes cat; after the cat comes sat; after the cat sat comes on; and so on, up to mat "
    "after the five words before it. On the left what the model has seen, on the right what it should say; under each word its id.",
)

# %% [markdown]
# `ids[:-1]` is what goes in, and at each of its places `ids[1:]` holds what should come out. `zip` walks through both in step:

# %%
print(list(zip(ids[:-1], ids[1:], strict=True)))

# %% [markdown]
# `strict=True` raises an error if one is longer; without it, the rest is dropped in silence.
#
# ### Names are labels
#
# `b.append(3)` adds 3 at the end of `b`. It changes the list and returns `None`, nothing: don't write `b = b.append(3)`. What does `=` do? Guess first:

# %%
predict("two_names")

# %%
a = [1, 2]
b = a
b.append(3)
reveal("two_names", len(a))
print(a, b, a is b)

# %% [markdown]
# A name is a label tied to a list. `b = a` ties a second label to it. `is` asks whether two names belong to one thing, `==` whether two things are equal.

# %%
more = [4]
b += more
print(a, b, a is b)
b = b + more
print(a, b, a is b)

# %% tags=["hide-input"]
show(
    figures.names_and_objects(),
    alt="Four states. After b = a the names a and b both point to one list, 1 2. After b.append(3) both point to that list, now 1 2 3, "
    "and after b += more to the same, now 1 2 3 4. After b = b + more a points to 1 2 3 4 and b to another list, 1 2 3 4 4.",
)

# %% [markdown]
# `+=` changes a list in place, and both names show it. `b + more` makes another list, and `b =` ties the label `b` to that. Lists can be changed (*mutable*). Numbers and strings can't: there `+=` makes a new one, and a second name keeps the old.

# %%
c = list(a)
print(a == c, a is c)
nested = [[1], 2]
outer = list(nested)
outer[0].append(9)
print(nested)

# %% tags=["hide-input"]
show(
    figures.copied_list(),
    alt="The names nested and outer point to two lists, each with two places. The second place of each holds 2. From the first place of both an "
    "arrow leads to one and the same list, 1 9.",
)

# %% [markdown]
# `list(a)`, `a[:]` and `[*a]` copy a list, but not a list inside it: `nested` and `outer` share theirs. A [**tensor**](../book/glossary.md#tensor) is torch's row or table of numbers, all of one kind. Does `[:]` copy it?

# %%
t = torch.tensor([1, 2])
view = t[:]
view[0] = 9  # brackets to the left of = write: here at place 0
print(t)
view += 1
print(t)

# %% [markdown]
# No: it is a second view of the same numbers, so `t` shows the 9. `+=` changes a tensor in place, as it does a list. `t[::-1]` raises an error.
#
# ### Tuples, stars, comprehensions
#
# Commas make a [**tuple**](../book/glossary.md#tuple): things in order that can't be changed. Round brackets hold it together: `(2)` is a number, `(2,)` a tuple. Names with commas between them take one apart.

# %%
pair = ("the", 2)
word, times = pair
print(pair, word, times)
print([1, 2] == (1, 2))

# %% [markdown]
# A list never equals a tuple, whatever they hold. To the left of `=`, a star collects the rest. Inside brackets, it does the opposite: it spreads a list out.

# %%
first, *rest = words
print(first, rest)
print([*rest, "and", first])

# %% [markdown]
# A [**comprehension**](../book/glossary.md#comprehension) makes a list from a loop in one line. Read it from `for` on, and what stands before `for` last:

# %%
lengths = [len(word) for word in words]
print(lengths)
print([word.upper() for word in words if len(word) > 2])
print([word if len(word) > 2 else "-" for word in words])

# %% [markdown]
# `if` at the end leaves things out; `x if test else y` chooses one of two values.

# %%
print([(row, column) for row in range(2) for column in "ab"])

# %% [markdown]
# Two `for` are a loop in a loop, the left one outside. What a `for` can walk through is *iterable*; a string gives its characters. Below, True counts as 1, so the sum counts; `map(len, words)` is `len` of each:

# %%
print(sum(length > 2 for length in lengths))
print(list(map(len, words)))

# %% [markdown]
# `//` divides down to a whole number, `%` is the rest, `**` a power. `while` repeats as long as its test is true:

# %%
print(7 // 2, 7 % 2, 2**10)
number, halvings = 100, 0
while number > 1:
    number = number // 2
    halvings += 1
print(halvings)

# %% [markdown]
# `break` leaves a loop, `continue` goes on to its next round.
#
# `x or y` is `y` where `x` is empty, 0, False or None, and `x` otherwise:

# %%
found = []
print(found or "none", words or "none")

# %% [markdown]
# (With a tensor of several numbers, `if t` and `t or y` raise an error.) Now: exercise 1.

# %% [markdown]
# ## 2. A vocabulary: dicts, sets, counts
#
# A [**set**](../book/glossary.md#set) holds each thing once, in no order, so we sort it.

# %%
text = "the cat sat on the mat and the dog sat on the rug"
words = text.split()
print(len(words))

# %%
predict("entries")

# %%
vocabulary = ["<unk>", *sorted(set(words))]
reveal("entries", len(vocabulary))
print(vocabulary)

# %% [markdown]
# `<unk>` (*unknown*) stands for every other word. A [**dict**](../book/glossary.md#dict) leads from a key to a value, here from a word to its number:

# %%
number_of = {word: number for number, word in enumerate(vocabulary)}
print(number_of)
print(number_of["cat"], "mouse" in number_of)
print(number_of.get("mouse"), number_of.get("mouse", 0))

# %% [markdown]
# A comprehension in braces makes a dict, if a colon stands in it; `number, word` takes each pair apart. `number_of["mouse"]` would stop the program. `get` gives its second value instead, or `None`, Python's word for nothing. So a text becomes ids, and ids become a text:

# %%
sentence = "the dog sat on the mouse"
encoded = [number_of.get(word, 0) for word in sentence.split()]
decoded = " ".join(vocabulary[number] for number in encoded)
print(encoded, "→", decoded)
claim("What is not in the vocabulary is lost.", decoded != sentence)

# %% [markdown]
# Which words are frequent? Brackets to the left of `=` write into a dict, under a new key or an old one:

# %%
counts = {}
for word in words:
    counts[word] = counts.get(word, 0) + 1
print(counts)

# %% [markdown]
# (`counts[word] += 1` would stop: it reads before it writes, and the key is missing.) `Counter` is a dict that counts by itself. Its method *most_common* sorts by the counts, equals in the order in which they were met:

# %%
counts = Counter(words)
print(counts.most_common(2))
for word, count in counts.items():
    print(word, count, end="; ")

# %% [markdown]
# `items` gives pairs of key and value. To choose or sort otherwise, hand over a function that is asked about each thing; `max` takes the word for which `counts.get` gives most:

# %%
print(max(counts, key=counts.get))
print(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:4])

# %% [markdown]
# A [**lambda**](../book/glossary.md#lambda) is a function without a name: its argument before the colon, its result after it. This one's result is a pair: first the count, negative so that large comes first; between equals, the word.

# %%
print({"cat", "cow"} & set(words), {"a": 1, "b": 2} | {"b": 3})

# %% [markdown]
# Braces without a colon make a set (but `{}` is an empty dict). `&` is what two sets share; `|` joins two dicts, and the right one wins. (Now: exercise 2.)

# %% [markdown]
# ## 3. Functions
#
# *If you have written few.* A [**function**](../book/glossary.md#function) takes arguments and returns a result. Types after colons and the arrow are notes for the reader: Python doesn't check them. An argument with `=` has a default. The text in three quotes says what it does.


# %%
def encode(text: str, number_of: dict[str, int], unknown: str = "<unk>") -> list[int]:
    """Words to ids; a word that is missing becomes the unknown one."""
    return [number_of.get(word, number_of[unknown]) for word in text.split()]


print(encode("the mouse", number_of), encode("the mouse", number_of, unknown="cat"))


# %% [markdown]
# A function without `return` gives `None`, even if it prints. An argument is a label: who changes a list that was handed over changes the caller's. A name that a function assigns is its own, from its first line to its last; other names are looked up outside when their line runs.
#
# In a definition, one star collects further arguments in a tuple, two stars collect named ones in a dict:


# %%
def report(*values, **settings):
    print(values, settings)


report(3, 4, seed=0)
chosen = {"seed": 0}
report(*[3, 4], **chosen)

# %% [markdown]
# In a call, as in the last line, they spread a list and a dict out.
#
# ### One call for a million steps
#
# Why tensors and not lists? What a loop does step by step in Python, one call does in compiled code. To see how much time it saves, write `%%time` as the first line of both cells. (*tolist* makes a list of a tensor, `float64` are Python's numbers with a point, `1_000_000` is a million.)

# %%
numbers = torch.arange(1_000_000, dtype=torch.float64)  # 0, 1, 2 and so on
total = 0.0
for number in numbers.tolist():
    total += number * number

# %%
in_one_call = numbers.dot(numbers)  # each times itself, added up
claim(
    "The two agree to 11 digits.", abs(total - in_one_call) < 1e-11 * total
)  # 1e-11 is 1 / 10**11

# %% [markdown]
# Not to the last: they add in another order, and each addition rounds.
#
# ### Generators: one at a time
#
# Calling a function with `yield` gives a [**generator**](../book/glossary.md#generator). It hands out a value and waits where it stands until the next one is wanted.

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
print(next(stream), log)
reveal("step_of_a_generator", "at the first next" if log[0] == "called" else "at the call")
print(list(stream), next(stream, "nothing left"))

# %% tags=["hide-input"]
show(
    figures.waiting_places(),
    alt="Four boxes in a row, each with an arrow named next to the one after it. After the call the generator waits before its first line; "
    "then at its yield, with THE handed out; then at its yield again, with CAT handed out; then it is at its end and raises StopIteration.",
)

# %% [markdown]
# `list` took what was left, so the last `next` gave its second value. Without a second value, `next` raises StopIteration, which a `for` takes as the end. `return` ends a generator early:


# %%
def up_to_two(words):
    yield words[0]
    if len(words) < 2:
        return
    yield words[1]


print(list(up_to_two(["the", "cat", "sat"])))
stream = up_to_two(["the"])
print(next(stream))
with caught():  # a helper of this page: it prints the error, an arrow at its line, and goes on
    next(stream)

# %% [markdown]
# `generate(model, ids)` gives a generator: each `next` runs the model once, and text appears as it is made. A comprehension in round brackets, such as those in `sum` and `join` above, is one too. (Now: exercise 3.)
#
# ### Errors and with
#
# `raise` stops with an error, an [**exception**](../book/glossary.md#exception); `try` and `except` catch it, and `as` gives it a name.


# %%
def id_of(word):
    if word not in number_of:
        raise ValueError(f"no word of ours: {word!r}")
    return number_of[word]


try:
    print(id_of("cat"))
    print(id_of("mouse"))
except ValueError as error:
    print("caught:", error)

# %% [markdown]
# (`!r` writes a text as you would type it, in quotes.) `with` enters a state and leaves it again whatever happens inside:

# %%
with torch.no_grad():
    print("slopes are kept:", torch.is_grad_enabled())
print("slopes are kept:", torch.is_grad_enabled())

# %% [markdown]
# Slopes are for lesson 00c; a model that only writes needs none.
#
# ### Decorators
#
# A function can be handed over, as `sorted` shows, and returned. A line with `@` is a [**decorator**](../book/glossary.md#decorator): it is handed the function or class below it and gives something back under the same name:


# %%
def loud(function):
    def changed(text):
        return function(text).upper()

    return changed


@loud
def greeting(name):
    return f"hello {name}"


print(greeting("cat"))

# %% [markdown]
# The line `@loud` does `greeting = loud(greeting)`. So `greeting` now means `changed`, which still knows `function` though `loud` has ended: a function keeps the names around it (a *closure*; more in section 7). (`@lru_cache(maxsize=32)`, in lesson 04, is a call that gives a decorator.)
#
# ### Also met

# %%
print(any(len(word) > 3 for word in words), all(words))  # is one true? is each?
print({len(word) for word in words})  # a set
print(list(range(0, 10, 4)), divmod(7, 2), f"{3:+d}")  # with a step; // and %; with its sign
print(~torch.tensor([True, False]))  # not
print(" cat ".strip(), "cat".replace("c", "b"), "cat".startswith("ca"))

# %% [markdown]
# ## 4. Classes
#
# *For all who write none.* `encode` needs its vocabulary handed over each time. A [**class**](../book/glossary.md#class) makes [**objects**](../book/glossary.md#object) (*instances*) that keep things as attributes, together with the functions that work on them. `self` is the object itself; `__init__` runs when one is made.


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
print(small.encode("the dog"), small.decode([8, 3]), small.tokens[:3])

# %%
predict("second_tokenizer")

# %%
other = WordTokenizer(["dog", "mouse"])
reveal("second_tokenizer", str(other.encode("the dog")))

# %% tags=["hide-input"]
show(
    figures.class_and_objects([small.tokens, other.tokens]),
    alt="One class, WordTokenizer, with __init__, encode and decode. Arrows lead to two objects made from it, small and "
    "other. Each keeps a list and a dict of its own: small with 9 tokens, other with <unk>, dog and mouse.",
)

# %% [markdown]
# What `small` does not keep itself is looked up in its class: `small.encode("the dog")` finds `encode` there, and calls it with `small` as `self`. A name that a method assigns without `self.` ends with the call. What `__init__` keeps in `self` is each object's own; what stands in the class outside its methods, all its objects share.
#
# ### A class that takes over another
#
# [**Inheritance**](../book/glossary.md#inheritance) takes over a class and changes a part. `super()` leads to what the class above wrote:


# %%
class LowerTokenizer(WordTokenizer):
    def encode(self, text):
        return super().encode(text.lower())


lower = LowerTokenizer(words)
print(small.encode("The DOG"), lower.encode("The DOG"), lower.decode([8, 3]))

# %% [markdown]
# `__init__` and `decode` were taken over. Every layer of a model inherits like this, from `torch.nn.Module`:


# %%
class Shift(nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = by

    def forward(self, x):
        return x + self.by


shift = Shift(3)
print(shift(torch.tensor([1, 2])))

# %% [markdown]
# `super().__init__()` prepares what every layer keeps; write it first. The object `shift` is called like a function: `torch.nn.Module` has a method `__call__` for that, and it calls our `forward`.

# %%
name = "by"
print(getattr(shift, name))

# %% [markdown]
# `getattr` takes an attribute whose name is a text.
#
# ### Classes that only keep
#
# A [**dataclass**](../book/glossary.md#dataclass) is a class made to keep fields: the decorator writes `__init__`, and what `print` shows. `int | None` reads *an int or None*. `frozen` forbids assigning to a field (a list in it can still grow):


# %%
@dataclass(frozen=True)
class Settings:
    temperature: float = 1.0
    top_k: int | None = None


calm = Settings()
with caught():
    calm.top_k = 40
print(calm)
print(replace(calm, top_k=40))

# %% [markdown]
# `replace` makes a copy with other values.
#
# *In the course:*
#
# ```python
# # a layer, as Shift is one
# class Heads(nn.Module):  # 04
# # a copy of a configuration, with heads of another width
# together = replace(config, num_attention_heads=18, num_key_value_heads=6, head_dim=32)  # 06
# ```

# %% [markdown]
# ## 5. Bytes, files, modules
#
# *Lesson 02 needs the bytes, lesson 06 the files.* A computer keeps text as [**bytes**](../book/glossary.md#bytes), numbers from 0 to 255. A string's own `encode` (one more of that name) and the bytes' `decode` translate, by the standard UTF-8.

# %%
predict("bytes_of_cafe")

# %%
raw = "café".encode()
reveal("bytes_of_cafe", len(raw))
print(raw, list(raw), raw.decode())
print(list(b"\x00\xff"))

# %% [markdown]
# `b"..."` is how bytes are written. The *é* takes two. A backslash gives the next sign another meaning: here `\xc3` is one byte in base 16, from `\x00` to `\xff` (in a text it would be the letter Ã); `\n` is a new line, `\"` a quote inside quotes. Files hold bytes:

# %%
with TemporaryDirectory() as folder:
    file = Path(folder) / "menu.txt"
    file.write_text("café\ntea\n", encoding="utf-8")
    print(file.name, file.read_bytes())
print(file.exists())

# %% [markdown]
# `as` names what `with` opens, `Path` joins names of folders with `/`, and the folder is gone afterwards.
#
# A [**module**](../book/glossary.md#module) is a file of Python, a [**package**](../book/glossary.md#package) a folder of modules. `import torch` runs its file once; after the dot, as in `torch.arange`, stands what it holds. `from collections import Counter` takes one name out, and `lessons_lib.generation` is a package inside a package. Below, the file of `lessons_lib`, and the module in which `generate` stands:

# %%
print(Path(lessons_lib.__file__).name, generate.__module__)

# %% [markdown]
# *In the course:*
#
# ```python
# # bytes, none yet
# waiting = b""  # 07
# # reads a file as text; JSON is dicts and lists written as text, and loads reads them
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
# Ours loses the zyzzyva, a beetle. The real one has no token for it either, yet nothing is lost: it cuts the word into pieces that it knows. How it finds them is lesson 02.
#
# The three lines of the beginning had a tuple and a star (section 1), `next` (3), a method (4) and a package (5). Here the ids come from a dict:

# %%
real_tokens = [tokenizer.decode([number]) for number in range(tokenizer.vocab_size)]
place_of = {token: place for place, token in enumerate(real_tokens)}
pieces = [
    "the",
    " cat",
    " sat",
    " on",
    " the",
    " mat",
    " and",
    " the",
    " dog",
    " sat",
    " on",
    " the",
]
ours = [place_of[piece] for piece in pieces]
print(ours, real_tokens[next(generate(model, ours))])
claim("The same ids as in the first cell.", ours == tokenizer.encode("".join(pieces)))
print(f"{len(real_tokens):,} tokens, {len(place_of):,} different texts")
print([token for token, count in Counter(real_tokens).items() if count > 1])

# %% [markdown]
# A single space before a word belongs to the word: `"the"` and `" the"` are two tokens. Where every word is a token, a dict is enough. It does not lead back to every token: some are only a part of a letter, such as one byte of *é*, and look like one of the three texts above. Where a key comes twice, a dict keeps the last value. (Now: exercise 5.)

# %% [markdown]
# ## 7. What goes wrong
#
# Read an error from its last line: the kind, then the words. Above it, an arrow shows the line. Six, raised on purpose:

# %%
with caught():
    print(words[99])
with caught():
    print(number_of["mouse"])
with caught():
    print("id " + 7)
with caught():
    print(wrods)
with caught():
    ordered = [3, 1, 2].sort()
    ordered.append(4)
with caught():
    list = [1, 2]
    print(list("ab"))
del list

# %% [markdown]
# In turn. There is no place 99. A key is missing: use `get`. Text and number don't add: write `f"id {7}"`. A name is unknown: misspelt, or its cell has not run since the notebook was restarted. `sort` changes a list and returns `None`; `sorted` returns one. And the name `list` was given to something else and hides Python's own until `del list`.
#
# Where functions call each other, each has its arrow, your cell the first:

# %%
with caught():
    print(encode(7, number_of))

# %% [markdown]
# At the last arrow Python could not go on: 7 has no `split`. But `encode` is right, and its call is wrong. So start at the last arrow in code of your own, and go upwards.
#
# Worse are mistakes without an error. A function keeps the names around it, not their values:

# %%
late = [lambda: number for number in range(3)]
early = [lambda kept=number: kept for number in range(3)]
print([function() for function in late], [function() for function in early])

# %% tags=["hide-input"]
show(
    figures.late_and_early(),
    alt="On the left three lambdas, each with an arrow to one box, number, which holds 2. On the right three lambdas, each with an arrow to a box of "
    "its own: kept 0, kept 1 and kept 2.",
)

# %% [markdown]
# `late` looks `number` up at the call, and by then the loop is over. A default, as in `early`, is worked out when Python runs the `lambda` or `def`: each keeps the number of its round.
#
# So a list as a default is made once. Here the words of the first call turn up in the second (now: exercise 4):


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
# Write each answer in place of the dots (to Python a value like others) and run the cell. In a cell of your own, `hint("slices")` helps a step at a time, and `show_solution("slices")` shows one way.
#
# ### {exercise: slices}
#
# Without running the slices: what do they give? `return` the five lists as numbers.


# %% tags=["exercise"]
def my_slices():
    """a list of five lists: what ids[1:4], ids[:-1], ids[-3:], ids[2:2] and ids[4:99] give for
    ids = [7, 3, 9, 8, 4, 1]."""
    ...


check("slices", my_slices)

# %% [markdown]
# ### {exercise: frequent_words}
#
# Real vocabularies have a size that is chosen beforehand. Keep the words that occur most.


# %% tags=["exercise"]
def my_vocabulary(texts, size):
    """a list of texts and a size >= 1 to a list of at most size tokens: '<unk>', then the most
    frequent words of all the texts together, each as it is written, the most frequent first,
    words that are equally frequent in the order that sorted gives them: by the alphabet, capitals
    before small letters."""
    ...


check("frequent_words", my_vocabulary)

# %% [markdown]
# ### {exercise: read_until}
#
# A model would write for ever. One id of its vocabulary means *the end*. Hand out the ids before it, each as soon as it comes.


# %% tags=["exercise"]
def my_read_until(ids, stop):
    """ids, a list or a generator that may never end, and a stop id to a generator: the ids up to
    the first stop id, without it. Each is handed out as soon as it is read, and nothing is read
    after the stop id."""
    ...


check("read_until", my_read_until)

# %% [markdown]
# ### {exercise: fresh_list}
#
# In section 7, the dog's list held the cat's words. Write `collect` so that no call knows of another, and a list handed over as `found` stays as it was.


# %% tags=["exercise"]
def my_collect(text, found=None):
    """a text and a list found of different words, or None, to a new list: the words of found,
    then those of text that are not in it yet, in the order in which they are met, each once, as
    it is written. Nothing is shared between calls, and found stays as it was."""
    ...


check("fresh_list", my_collect)

# %% [markdown]
# ### {exercise: word_tokenizer}
#
# Write the class whole. The check gives it small lists first, then all 49,152 tokens of SmolLM2, and lets the real model go on from your ids. In that list, unlike section 6, all tokens differ: those that are a part of a letter have names, and `<unk>` stands at place 0, where the real one marks the end of a text.


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
# - A vocabulary is a list of tokens; where all are different, a dict leads back from a token to its place.
# - A name is a label: two names may belong to one list. Copy with `list`; what lies inside stays shared.
# - `ids[:-1]` goes in, `ids[1:]` should come out, and each place has seen itself and all to its left.
# - A function returns, a generator hands out one thing at a time, a class keeps.
#
# **Next:** back to the lessons, to 00 or wherever you came from. Where a formula stops you, the next appendix, A2, helps.
