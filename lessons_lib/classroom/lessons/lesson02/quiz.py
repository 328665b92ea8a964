"""The quiz of lesson 02: answers that can be computed are computed."""

from itertools import pairwise

from lessons_lib.classroom.lessons.lesson02.smaller import CRY, my_smaller
from lessons_lib.classroom.lessons.lesson02.train import joined, my_train, pair_counts
from lessons_lib.classroom.questions import Question


def first_merge() -> str:
    [pair] = my_train({"low": 5, "lower": 2, "newest": 6, "widest": 3}, 1)
    return " and ".join(pair)


def abc_by_rank() -> str:
    symbols = tuple("abc")
    for pair in (("b", "c"), ("a", "b")):
        symbols = joined(symbols, pair) if pair in pairwise(symbols) else symbols
    return ", ".join(symbols)


def aaaaa_counted_and_merged() -> str:
    counted = pair_counts({tuple("aaaaa"): 1})["a", "a"]
    return f"It counts {counted} times and is merged {joined(tuple('aaaaa'), ('a', 'a')).count('aa')} times"


def abcd_two_ways() -> str:
    merges = (("c", "d"), ("b", "c"), ("a", "b"), ("a", "bc"))
    symbols = tuple("abcd")
    for pair in merges:
        symbols = joined(symbols, pair) if pair in pairwise(symbols) else symbols
    tokens = {"".join(pair) for pair in merges} | set("abcd")
    longest = max((token for token in tokens if "abcd".startswith(token)), key=len)
    return f"By rank {', '.join(symbols)}; by longest match {longest}, {'abcd'.removeprefix(longest)}"


def e_acute_by_tokens() -> str:
    return "".join(bytes([byte]).decode("utf-8", errors="replace") for byte in "é".encode())


def berry_with_fewer_merges() -> str:
    return f"{len(my_smaller([259], CRY, 259))} tokens"


QUIZ = (
    Question(
        "A text holds low 5 times, lower 2 times, newest 6 times and widest 3 times. Which pair is merged first?",
        {
            "l and o": "It occurs 5 + 2 = 7 times.",
            "e and s": "It occurs 6 + 3 = 9 times, as often as s and t; of the two, e has the lower byte.",
            "w and e": "It occurs 2 + 6 = 8 times.",
        },
        first_merge,
    ),
    Question(
        "A text is the one word aaaaa. How often does the pair a, a count, and how often is it then merged?",
        {
            "It counts 4 times and is merged 2 times": "Every place counts. A merge takes two letters, from the left: "
            "aa, aa, a.",
            "It counts 2 times and is merged 2 times": "Counting looks at every place, also where pairs overlap.",
            "It counts 4 times and is merged 4 times": "A letter that is used up can't be used again.",
        },
        aaaaa_counted_and_merged,
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
        "A tokenizer learned four merges: c + d, b + c, a + b, a + bc. How is abcd cut by rank, and how, from the "
        "left, by the longest token that fits?",
        {
            "By rank abc, d; by longest match abc, d": "c + d was learned first. Once it is done, b and c no longer "
            "stand side by side.",
            "By rank ab, cd; by longest match ab, cd": "abc is a token too, the one that a + bc made, and longer than "
            "ab.",
            "By rank ab, cd; by longest match abc, d": "The two rules differ, and a model knows only the cut that it "
            "was trained on.",
        },
        abcd_two_ways,
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
        "You train on the same text once more, with 8,192 tokens in place of 4,096. What changes?",
        {
            "Texts get about half as long": "Characters per token went from 3.12 to 3.43 with Shakespeare: each "
            "doubling brings less than the one before.",
            "Texts get a little shorter": "The price is a row and a score in the model for each new token, and most "
            "new ones are rare.",
            "Words that could not be written can be written now": "The 256 bytes write every text, with any number of "
            "merges.",
        },
        "Texts get a little shorter",
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
        "A user types <|endoftext|> into a chat, and the program encodes it as this lesson's gpt2.encode(text) does. "
        "What does the model get?",
        {
            "Several ordinary tokens": "Only the program may put the special one in place.",
            "The special token": "Here only with allow_special=True. Some libraries do it "
            "unasked, and then every user can end the document.",
            "An error": "Some libraries do refuse such a text. Here the name is made of bytes, like any text.",
        },
        "Several ordinary tokens",
    ),
    Question(
        "Why is a text cut into pieces before any merge?",
        {
            "Without pieces training is impossible": "The lesson did it with Genesis. Pieces make it faster, for each "
            "different piece is looked at once, however often it comes.",
            "No phrase of several words becomes a token": "In English, where words are written with spaces: a word "
            "is cut alike whatever stands behind it, and no phrase of one book fills the vocabulary.",
            "Every word becomes one token": "No merge crosses the border of a piece, but inside it a rare word may "
            "fall into many tokens.",
        },
        "No phrase of several words becomes a token",
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
