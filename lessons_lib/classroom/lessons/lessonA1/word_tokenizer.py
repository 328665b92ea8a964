"""The building exercise of appendix A1: a tokenizer class of the learner's in front of the real model."""

from functools import cache
from operator import index

import lessons_lib
from lessons_lib.classroom.exercises import Exercise
from lessons_lib.generation import generate

NEW_TOKENS = 2


@cache
def real():
    """The model of the lessons and its tokenizer."""
    return lessons_lib.load("smollm2-135m-instruct", progress=False)


@cache
def real_tokens():
    """The strings of the real vocabulary, each at its id; `<unk>` stands in the place of the end of a text."""
    _, tokenizer = real()
    return ("<unk>", *(tokenizer.decode([number]) for number in range(1, tokenizer.vocab_size)))


@cache
def continued(ids):
    """The tokens with which the model goes on, always its favourite."""
    model, _ = real()
    return list(generate(model, list(ids), max_new_tokens=NEW_TOKENS))


def in_front_of_the_model(answer, tokens, text):
    """Ids and text of a tokenizer that is made from `tokens`; with the real list, also how the model goes on."""
    is_real = tokens == "the real list"
    tokenizer = answer(list(real_tokens()) if is_real else list(tokens))
    ids = tokenizer.encode(text)
    if ids is None:
        return None
    ids = list(ids)
    result = {"ids": ids, "decoded": tokenizer.decode(ids)}
    if is_real:
        numbers = [index(number) for number in ids]  # TypeError where an id is no whole number
        result["the model goes on"] = tokenizer.decode(continued(tuple(numbers)))
    return result


class MyTokenizer:
    def __init__(self, tokens):
        self.tokens = tokens
        self.ids_of = {token: number for number, token in enumerate(tokens)}

    def encode(self, text):
        first, *rest = text.split(" ")
        pieces = [first, *(" " + word for word in rest)]
        return [self.ids_of.get(piece, self.ids_of["<unk>"]) for piece in pieces]

    def decode(self, ids):
        return "".join(self.tokens[number] for number in ids)


class ForgetsSpaces(MyTokenizer):
    """It looks as if you look the words up without the space before them. In this list " cat" and "cat" are two
    tokens: every word but the first brings its space."""

    def encode(self, text):
        return [self.ids_of.get(word, 0) for word in text.split()]


class JoinsWithSpaces(MyTokenizer):
    """It looks as if `decode` puts a space between the tokens. The tokens bring their own spaces: join them with
    nothing between."""

    def decode(self, ids):
        return " ".join(self.tokens[number] for number in ids)


class SpaceBeforeTheFirst(MyTokenizer):
    """It looks as if the first word got a space before it too. Nothing stands before it in the text, so its token has
    none."""

    def encode(self, text):
        return [self.ids_of.get(" " + word, 0) for word in text.split()]


class BreaksAtTheUnknown(MyTokenizer):
    """It looks as if a piece that is not in the list stops your program. Look it up with `get`, and give the id of
    "<unk>" as the second value."""

    def encode(self, text):
        first, *rest = text.split(" ")
        return [self.ids_of[piece] for piece in [first, *(" " + word for word in rest)]]


class SkipsTheUnknown(MyTokenizer):
    """It looks as if pieces that are not in the list are left out. Each gives one id: that of "<unk>"."""

    def encode(self, text):
        first, *rest = text.split(" ")
        pieces = [first, *(" " + word for word in rest)]
        return [self.ids_of[piece] for piece in pieces if piece in self.ids_of]


class SortsTheTokens(MyTokenizer):
    """It looks as if you sorted the tokens. Here the list is given, and a token's id is its place in it as it is."""

    def __init__(self, tokens):
        super().__init__(["<unk>", *sorted(set(tokens) - {"<unk>"})])


class DecodesToAList(MyTokenizer):
    """It looks as if `decode` returns a list of tokens. Join them to one text."""

    def decode(self, ids):
        return [self.tokens[number] for number in ids]


class CountsFromOne(MyTokenizer):
    """It looks as if your ids are one too high. Places are counted from 0, as `enumerate` does."""

    def __init__(self, tokens):
        super().__init__(["", *tokens])


class UnknownIsZero(MyTokenizer):
    """It looks as if an unknown piece always gets the id 0. Its id is the place of "<unk>" in the list, wherever that
    is."""

    def encode(self, text):
        first, *rest = text.split(" ")
        return [self.ids_of.get(piece, 0) for piece in [first, *(" " + word for word in rest)]]


class EncodesLetters(MyTokenizer):
    """It looks as if you went through the letters of the text. Cut it into words first: text.split(" ")."""

    def encode(self, text):
        return [self.ids_of.get(letter, self.ids_of["<unk>"]) for letter in text]


WORD_TOKENIZER = Exercise(
    id="word_tokenizer",
    kind="build",
    title="Your tokenizer in front of the real model",
    difficulty=3,
    minutes=15,
    contract="a class that is made from a list of different tokens, one of which is '<unk>'; a token's id is its "
    "place in the list. encode takes words with one space between them and gives a list of ids, one a word: the first "
    "word is looked up as it is, every other with the space before it, and what is not in the list gets the id of "
    "'<unk>'. decode takes ids and gives their tokens, joined with nothing between.",
    cases=(
        (["<unk>", "the", " cat"], "the cat"),
        ([" the", "the", " cat", "<unk>"], "the cat saw the cat"),
        (["<unk>", "cat", " cat"], "dog cat"),
        ("the real list", "the cat sat on the mat and the dog sat on the"),
        ("the real list", "The capital of France is"),
        ("the real list", "the cat sat on the zyzzyva"),
    ),
    tried="small lists, words that are not in the list, and SmolLM2's own 49,152 tokens, with which the model went on",
    hints=(
        "In __init__, keep the list and make a dict from token to id with enumerate.",
        'first, *rest = text.split(" ") parts the first word from the others; each of the others needs a space before.',
        'self.ids_of.get(piece, self.ids_of["<unk>"]) in encode; "".join(...) in decode.',
    ),
    solution=MyTokenizer,
    harness=in_front_of_the_model,
    mistakes=(
        ForgetsSpaces,
        JoinsWithSpaces,
        SpaceBeforeTheFirst,
        BreaksAtTheUnknown,
        SkipsTheUnknown,
        SortsTheTokens,
        DecodesToAList,
        CountsFromOne,
        UnknownIsZero,
        EncodesLetters,
    ),
)
