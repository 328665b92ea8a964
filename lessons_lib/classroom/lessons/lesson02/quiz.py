"""The quiz of lesson 02: answers that can be computed are computed."""

from itertools import pairwise

from lessons_lib.classroom.lessons.lesson02.smaller import CRY, my_smaller
from lessons_lib.classroom.lessons.lesson02.train import joined, my_train
from lessons_lib.classroom.questions import Question


def first_merge() -> str:
    [pair] = my_train({"low": 5, "lower": 2, "newest": 6, "widest": 3}, 1)
    return " and ".join(pair)


def abc_by_rank() -> str:
    symbols = tuple("abc")
    for pair in (("b", "c"), ("a", "b")):
        symbols = joined(symbols, pair) if pair in pairwise(symbols) else symbols
    return ", ".join(symbols)


def aaaaa_merged() -> str:
    return ", ".join(joined(tuple("aaaaa"), ("a", "a")))


def bytes_of_a_smile() -> str:
    return f"At most {len('😀'.encode())} tokens, its bytes"


def e_acute_by_tokens() -> str:
    return "".join(bytes([byte]).decode("utf-8", errors="replace") for byte in "é".encode())


def berry_with_fewer_merges() -> str:
    return f"{len(my_smaller([259], CRY, 259))} tokens"


QUIZ = (
    Question(
        "A text holds low 5 times, lower 2 times, newest 6 times and widest 3 times. Which pair is merged first?",
        {
            "l and o": "It occurs 5 + 2 = 7 times.",
            "e and s": "It occurs 6 + 3 = 9 times, as often as s and t; of the two, e is the older letter.",
            "w and e": "It occurs 2 + 6 = 8 times.",
        },
        first_merge,
    ),
    Question(
        "The pair a, a is merged in aaaaa. What comes out?",
        {
            "aa, aa, a": "From left to right; a letter that is used up can't be used again.",
            "a, aa, aa": "That is the merge from the right.",
            "aa, aa, aa, aa": "Each letter can go into one token only.",
        },
        aaaaa_merged,
    ),
    Question(
        "A tokenizer learned b + c first and a + b second. How does it encode abc?",
        {
            "ab, c": "That would be right if reading from the left decided. What was learned first is merged first.",
            "abc": "Nobody learned to join a and bc, or ab and c.",
            "a, bc": "b + c has the lower rank. After it, no a and b stand side by side any more.",
        },
        abc_by_rank,
    ),
    Question(
        "The seller's tokenizer with all its merges writes berry as one token, the fourth it learned. You keep only "
        "its first three merges: be, rr, berr. How many tokens is berry then?",
        {
            "5 tokens": "That would be no merge at all. The first three still apply.",
            "2 tokens": "berr and y: the first merges are the same as before, only the last one is missing.",
            "1 token": "The token berry was made by the fourth merge.",
        },
        berry_with_fewer_merges,
    ),
    Question(
        "An emoji never occurred in the training text. What does a byte-level tokenizer make of 😀?",
        {
            "An <UNK>": "Every byte is a token from the start, so nothing is unknown.",
            "At most 4 tokens, its bytes": "UTF-8 writes it in 4 bytes, and each has its token. If two of the bytes "
            "were merged for another emoji's sake, it takes fewer.",
            "Nothing, it is left out": "Then decoding could not give the text back.",
        },
        bytes_of_a_smile,
    ),
    Question(
        "é is stored in two bytes, and each is a token of its own. You decode the two one by one. What do you read?",
        {
            "��": "Neither byte is a character alone. Join first, then read.",
            "é": "Only if the bytes are joined before they are read.",
            "e": "UTF-8 does not store é as an e with something behind it.",
        },
        e_acute_by_tokens,
    ),
    Question(
        "You load GPT-2's merges, but cut texts with a pattern that puts no space in front of a word. What happens?",
        {
            "An error": "Every byte has a token, so any pieces can be encoded.",
            "The same ids": "Pieces that begin with a space would be missing, and with them every token such as ␣the.",
            "Other ids, and no error": "The merges were learned on other pieces. The model then reads tokens in places "
            "where it hardly ever met them.",
        },
        "Other ids, and no error",
    ),
)
