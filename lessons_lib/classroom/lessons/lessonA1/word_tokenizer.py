"""The building exercise of appendix A1: a tokenizer class of the learner's in front of the real model."""

import copy
import inspect
import re
from contextlib import contextmanager
from functools import cache
from operator import index

import lessons_lib
from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.trials import Refused

NEW_TOKENS = 2
ANOTHER = (" cat", "the", "cat", "<unk>", " the")  # a second tokenizer's tokens, in other places


@cache
def real():
    """The model of the lessons and its tokenizer."""
    return lessons_lib.load("smollm2-135m-instruct", progress=False)


@cache
def real_tokens():
    """The strings of the real vocabulary, each at its id; `<unk>` stands in the place of the end of a text.

    Tokens that are a part of a letter look alike as text. Each gets a name with its id, so that all are different.
    """
    _, tokenizer = real()
    texts = [tokenizer.decode([number]) for number in range(1, tokenizer.vocab_size)]
    return ("<unk>", *(f"<part {number}>" if "�" in text else text for number, text in enumerate(texts, start=1)))


@cache
def continued(ids):
    """The tokens with which the model goes on, always its favourite."""
    from lessons_lib.generation import generate  # here: what only looks at exercises needs no compiler

    model, _ = real()
    return list(generate(model, list(ids), max_new_tokens=NEW_TOKENS))


def in_front_of_the_model(answer, tokens, text):
    """Ids and text of a tokenizer that is made from `tokens`; with the real list, also how the model goes on."""
    with defined_anew(answer):
        return tried(answer, tokens, text)


def tried(answer, tokens, text):
    is_real = tokens == "the real list"
    tokenizer = answer(list(real_tokens()) if is_real else list(tokens))
    ids = called(tokenizer, "encode", text)
    if ids is None:
        return None
    ids = list(ids)
    if None in ids:
        return {"ids": ids}
    result = {"ids": ids, "decoded": called(tokenizer, "decode", ids)}
    if is_real:
        numbers = [index(number) for number in ids]  # TypeError where an id is no whole number
        result["the model goes on"] = real()[1].decode(continued(tuple(numbers)))
    else:
        result["its last token alone"] = called(tokenizer, "decode", [len(tokens) - 1])
        result["the same once more"] = list(tokenizer.encode(text)) == ids
        another = answer(list(ANOTHER))
        result["a second one's first token"] = called(another, "decode", [0])
        again = list(tokenizer.encode(text)), tokenizer.decode(ids)
        result["the same after a second one was made"] = again == (ids, result["decoded"])
    return result


@contextmanager
def defined_anew(answer):
    """A class as it was before its first object: what all its objects share must not last from case to case.

    Raises:
        Refused: if one of its methods lacks `self`, or `__init__` is misspelt.
    """
    if not isinstance(answer, type):
        yield
        return
    misspelt = [name for name in vars(answer) if name != "__init__" and name.strip("_") in ("init", "int", "inti")]
    if misspelt and "__init__" not in vars(answer):
        raise Refused(f"{misspelt[0]} is never called: Python looks for __init__, with two lines before and two after")
    for name, item in vars(answer).items():
        if inspect.isfunction(item) and name in ("__init__", "encode", "decode"):
            given = inspect.signature(item).parameters.values()
            if len(given) < 2 and all(each.kind is not each.VAR_POSITIONAL for each in given):
                raise Refused(f"{name} lacks self: the object itself is the first argument of each method")
    own = {name: item for name, item in vars(answer).items() if not name.startswith("__")}  # Python's own stay
    before = {name: copy.deepcopy(item) if type(item) in (list, dict, set) else item for name, item in own.items()}
    try:
        yield
    finally:
        for name in [name for name in vars(answer) if not name.startswith("__") and name not in before]:
            delattr(answer, name)
        for name, item in before.items():
            if vars(answer).get(name) is not item:
                setattr(answer, name, item)


def called(tokenizer, method, given):
    """What a method returns; where it looks for something that the object should keep, the error says so.

    Raises:
        Refused: if `encode` gives no list of ids, but something else that holds them, or `decode` nothing.
        NameError: if a name is missing; `self.` may be.
        AttributeError: if the object does not keep what is asked of it.
    """
    try:
        result = getattr(tokenizer, method)(given)
        if method == "encode" and (isinstance(result, tuple) or hasattr(result, "__next__")):
            kind = "tuple" if isinstance(result, tuple) else "generator, which can be walked through once"
            raise Refused(f"encode gave a {kind}: make it a list, with square brackets or list(...)")
        if method == "decode" and result is None:
            raise Refused("decode returned nothing: is a return missing? What is printed is only seen")
        return list(result) if method == "encode" and result is not None else result
    except NameError as error:
        raise NameError(f"{error}; what the object keeps is read as self.{error.name}") from None
    except AttributeError as error:
        if error.obj is not tokenizer or error.name == method:
            raise
        raise AttributeError(f"{error}; does __init__ keep it, as self.{error.name} = ...?") from None


class MyTokenizer:
    def __init__(self, tokens):
        self.tokens = list(tokens)
        self.ids_of = {token: number for number, token in enumerate(tokens)}

    def encode(self, text):
        first, *rest = text.split(" ")
        pieces = [first, *(" " + word for word in rest)]
        return [self.ids_of.get(piece, self.ids_of["<unk>"]) for piece in pieces]

    def decode(self, ids):
        return "".join(self.tokens[number] for number in ids)


class OtherPieces(MyTokenizer):
    """A tokenizer that cuts a text into other pieces; those that follow say how."""

    def encode(self, text):
        return [self.ids_of.get(piece, self.unknown()) for piece in self.pieces(text)]

    def unknown(self):
        return self.ids_of["<unk>"]

    def pieces(self, text):
        first, *rest = text.split(" ")
        return [first, *(" " + word for word in rest)]


class UnknownIsZero(OtherPieces):
    """It looks as if an unknown piece always gets the id 0. Its id is the place of "<unk>" in the list, wherever that
    is."""

    def unknown(self):
        return 0


class UnknownIsNone(OtherPieces):
    """It looks as if `get` has no second value: for a piece that is not in the list it then gives None. Give the id of
    "<unk>" as the second value."""

    def unknown(self):
        return None


class ForgetsSpaces(OtherPieces):
    """It looks as if you look the words up without the space before them. In this list " cat" and "cat" are two
    tokens: every word but the first brings its space."""

    def pieces(self, text):
        return text.split()


class SpaceBeforeTheFirst(OtherPieces):
    """It looks as if the first word got a space before it too. Nothing stands before it in the text, so its token has
    none."""

    def pieces(self, text):
        return [" " + word for word in text.split()]


class SpaceBehind(OtherPieces):
    """It looks as if the space stands after a word. These tokens bring the space before them: " " + word."""

    def pieces(self, text):
        *rest, last = text.split(" ")
        return [*(word + " " for word in rest), last]


class SpaceBehindAll(OtherPieces):
    __doc__ = SpaceBehind.__doc__

    def pieces(self, text):
        return [word + " " for word in text.split(" ")]


class EncodesLetters(OtherPieces):
    """It looks as if you went through the letters of the text. Cut it into words first: text.split(" ")."""

    def pieces(self, text):
        return list(text)


def with_zero(mistake):
    """The same mistake, made by somebody who also gives unknown pieces the id 0."""
    return type(f"{mistake.__name__}Zero", (mistake,), {"unknown": lambda self: 0, "__doc__": mistake.__doc__})


class JoinsWithSpaces(MyTokenizer):
    """It looks as if `decode` puts a space between the tokens. The tokens bring their own spaces: join them with
    nothing between."""

    def decode(self, ids):
        return " ".join(self.tokens[number] for number in ids)


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


class AddsUnknown(MyTokenizer):
    """It looks as if you took the line with sorted from WordTokenizer. Here the list is given, "<unk>" stands in it,
    and a token's id is its place in the list as it is."""

    def __init__(self, tokens):
        super().__init__(["<unk>", *sorted(set(tokens))])


class WordTokenizerAgain(MyTokenizer):
    """It looks as if you took over WordTokenizer from section 4. Three things differ: the list is kept as it is,
    neither sorted nor with a second "<unk>"; every word but the first is looked up with its space; decode joins with
    nothing between."""

    def __init__(self, tokens):
        super().__init__(["<unk>", *sorted(set(tokens))])

    def encode(self, text):
        return [self.ids_of.get(word, 0) for word in text.split()]

    def decode(self, ids):
        return " ".join(self.tokens[number] for number in ids)


class SortsAll(MyTokenizer):
    __doc__ = SortsTheTokens.__doc__

    def __init__(self, tokens):
        super().__init__(sorted(tokens))


class TakesZeroForMissing(OtherPieces):
    """It looks as if the id 0 counts as missing: `x or y` is y where x is 0, and 0 is an id as others are. Give the id
    of "<unk>" to `get` as its second value."""

    def encode(self, text):
        return [self.ids_of.get(piece) or self.unknown() for piece in self.pieces(text)]


class InSmallLetters(OtherPieces):
    """It looks as if capitals became small letters. "The" and "the" are two tokens: look each word up as it is
    written."""

    def pieces(self, text):
        return super().pieces(text.lower())


class TakesMarksOff(OtherPieces):
    """It looks as if marks were taken off the words or cut apart from them. Only a space ends a word here: " cat." is
    one piece, and " cat" another."""

    def pieces(self, text):
        return super().pieces(re.sub(r"[^\w ]", "", text))


class CutsMarksApart(OtherPieces):
    __doc__ = TakesMarksOff.__doc__

    def pieces(self, text):
        return re.findall(r" ?\w+|[^\w ]", text)


class FallsBackToTheBareWord(OtherPieces):
    """It looks as if a piece that is missing is looked up again without its space. " cat" and "cat" are two tokens: if
    the first is missing, the id is that of "<unk>"."""

    def encode(self, text):
        return [self.ids_of.get(piece, self.ids_of.get(piece.strip(), self.unknown())) for piece in self.pieces(text)]


class FallsBackToASpace(OtherPieces):
    """It looks as if a first word that is missing is looked up again with a space before it. "the" and " the" are two
    tokens: if the first is missing, the id is that of "<unk>"."""

    def encode(self, text):
        first, *rest = text.split(" ")
        ids = [self.ids_of.get(first, self.ids_of.get(" " + first, self.unknown()))]
        return ids + [self.ids_of.get(" " + word, self.unknown()) for word in rest]


class TakesTheSameWordForTheFirst(OtherPieces):
    """It looks as if a later word that is the same as the first is taken for the first one: `word == words[0]` and
    `words.index(word) == 0` are true of both. Its place decides: take the first word apart, or count with enumerate."""

    def pieces(self, text):
        words = text.split(" ")
        return [word if word == words[0] else " " + word for word in words]


class GivesTheUnknownTheNextId(OtherPieces):
    """It looks as if an unknown piece gets the length of the list as its id, which is no token's. Its id is that of
    "<unk>", which stands in the list."""

    def unknown(self):
        return len(self.tokens)


class LearnsTheUnknown(OtherPieces):
    """It looks as if `encode` writes pieces that it does not know into the dict, so that the second time they have
    another id. The vocabulary stays as it is: look up with `get`."""

    def encode(self, text):
        ids = []
        for piece in self.pieces(text):
            ids.append(self.ids_of.get(piece, self.unknown()))
            self.ids_of.setdefault(piece, len(self.ids_of))
        return ids


class GivesTheUnknownNewIds(OtherPieces):
    __doc__ = LearnsTheUnknown.__doc__

    def encode(self, text):
        return [self.ids_of.setdefault(piece, len(self.ids_of)) for piece in self.pieces(text)]

    def decode(self, ids):
        return "".join([*self.ids_of][number] for number in ids)


class DropsTheUnknownInDecode(MyTokenizer):
    """It looks as if `decode` leaves "<unk>" out. It is a token as others are: its text stands where it was."""

    def decode(self, ids):
        return super().decode(number for number in ids if self.tokens[number] != "<unk>")


class StripsWhatItDecodes(MyTokenizer):
    """It looks as if `decode` takes spaces away at the ends. They belong to the tokens: " cat" alone is " cat"."""

    def decode(self, ids):
        return super().decode(ids).strip()


class DecodesToAList(MyTokenizer):
    """It looks as if `decode` returns a list of tokens. Join them to one text."""

    def decode(self, ids):
        return [self.tokens[number] for number in ids]


class CountsFromOne(MyTokenizer):
    """It looks as if your ids are one too high. Does something stand before the list, such as a second "<unk>"? It
    holds one. Or did you count from 1? Places are counted from 0, as `enumerate` does."""

    def __init__(self, tokens):
        super().__init__(["", *tokens])


class SharesItsDict(MyTokenizer):
    """It looks as if all your tokenizers share one dict or list: what stands in the class, outside of its methods,
    belongs to all its objects, and a global name to everybody. Make it in `__init__`, as self.ids_of = ..., and each
    has its own."""

    ids_of = {}  # noqa: RUF012

    def __init__(self, tokens):
        self.tokens = tokens
        for number, token in enumerate(tokens):
            self.ids_of[token] = number


class SharesTheLastDict(MyTokenizer):
    __doc__ = SharesItsDict.__doc__

    def __init__(self, tokens):
        type(self).tokens = tokens
        type(self).ids_of = {token: number for number, token in enumerate(tokens)}


class SharesItsTokens(SharesItsDict):
    __doc__ = SharesItsDict.__doc__

    tokens = []  # noqa: RUF012

    def __init__(self, tokens):
        for token in tokens:
            self.tokens.append(token)
        self.ids_of = {token: number for number, token in enumerate(tokens)}


class SharesWhatItLooksUp(SharesItsTokens):
    __doc__ = SharesItsDict.__doc__

    tokens = []  # noqa: RUF012

    def encode(self, text):
        self.ids_of = {token: number for number, token in enumerate(self.tokens)}
        return super().encode(text)


class SharesTheLastTokens(MyTokenizer):
    __doc__ = SharesItsDict.__doc__

    def __init__(self, tokens):
        super().__init__(tokens)
        del self.tokens
        type(self).tokens = list(tokens)


class KnowsTheFirstWordOnce(OtherPieces):
    """It looks as if the same text gets other ids when it is encoded a second time. What one text needs, such as
    whether a word came before, begins anew in each call: keep it in the method, not in self."""

    begun = False

    def pieces(self, text):
        pieces = super().pieces(text)
        pieces[0] = (" " if self.begun else "") + pieces[0]
        self.begun = True
        return pieces


class LooksUpTheWrongWayRound(MyTokenizer):
    """It looks as if your dict leads from a place to a token. `encode` has the token and wants its place: make it
    {token: number for number, token in enumerate(tokens)}."""

    def __init__(self, tokens):
        self.tokens = tokens
        self.ids_of = dict(enumerate(tokens))


class FindsNothing(MyTokenizer):
    """It looks as if no piece is found in your dict. It leads from a token to its place, {token: number for number,
    token in enumerate(tokens)}; and the tokens bring their space before them: " " + word."""

    def encode(self, text):
        return [0 for _ in text.split(" ")]


class GivesTheUnknownAsText(OtherPieces):
    """It looks as if a piece that is not in the list gets the text "<unk>" in place of an id. Its id is what your dict
    gives for "<unk>": self.ids_of["<unk>"]."""

    def unknown(self):
        return "<unk>"


WORD_TOKENIZER = Exercise(
    id="word_tokenizer",
    kind="build",
    title="Your tokenizer in front of the real model",
    difficulty=3,
    minutes=22,
    contract="a class that is made from a list of different tokens, one of which is '<unk>'; a token's id is its "
    "place in the list. encode takes words with one space between them and gives a list of ids, one a word: the first "
    "word is looked up as it is, every other with the space before it, and what is not in the list gets the id of "
    "'<unk>'. decode takes ids and gives their tokens, joined with nothing between.",
    cases=(
        (["<unk>", "the", " cat"], "the cat"),
        ([" the", "the", " cat", "<unk>"], "the cat saw the cat"),
        (["<unk>", "cat", "the"], "the cat"),
        (["<unk>", " the", " cat"], "the cat"),
        (["<unk>", "cat", " cat"], "dog cat cow cow"),
        (["<unk>", "the", " cat", " cat."], "the cat. cat"),
        ("the real list", "the cat sat on the mat and the dog sat on the"),
        ("the real list", "The capital of France is"),
        ("the real list", "the cat sat on the zyzzyva"),
    ),
    tried="small lists, words that are not in the list, a word with its full stop, a second tokenizer, and as many "
    "tokens as SmolLM2 has, 49,152, with which the model went on",
    hints=(
        "In __init__, keep the list and make a dict from token to id with enumerate.",
        'first, *rest = text.split(" ") parts the first word from the others; each of the others needs a space before.',
        'self.ids_of.get(piece, self.ids_of["<unk>"]) in encode; "".join(...) in decode.',
    ),
    solution=MyTokenizer,
    real=3,
    harness=in_front_of_the_model,
    mistakes=(
        ForgetsSpaces,
        with_zero(ForgetsSpaces),
        SpaceBeforeTheFirst,
        with_zero(SpaceBeforeTheFirst),
        SpaceBehind,
        with_zero(SpaceBehind),
        SpaceBehindAll,
        EncodesLetters,
        with_zero(EncodesLetters),
        UnknownIsZero,
        UnknownIsNone,
        JoinsWithSpaces,
        BreaksAtTheUnknown,
        SkipsTheUnknown,
        SortsTheTokens,
        DecodesToAList,
        CountsFromOne,
        SharesItsDict,
        SharesTheLastDict,
        SharesItsTokens,
        SharesWhatItLooksUp,
        SharesTheLastTokens,
        KnowsTheFirstWordOnce,
        AddsUnknown,
        WordTokenizerAgain,
        SortsAll,
        TakesZeroForMissing,
        InSmallLetters,
        TakesMarksOff,
        CutsMarksApart,
        FallsBackToTheBareWord,
        FallsBackToASpace,
        with_zero(FallsBackToASpace),
        TakesTheSameWordForTheFirst,
        with_zero(TakesTheSameWordForTheFirst),
        GivesTheUnknownTheNextId,
        LearnsTheUnknown,
        GivesTheUnknownNewIds,
        DropsTheUnknownInDecode,
        StripsWhatItDecodes,
        LooksUpTheWrongWayRound,
        FindsNothing,
        GivesTheUnknownAsText,
    ),
)
