"""The quiz of lesson 02: answers that can be computed are computed."""

from lessons_lib.classroom.lessons.lesson02.encode import my_encode
from lessons_lib.classroom.lessons.lesson02.stream import my_stream
from lessons_lib.classroom.lessons.lesson02.train import joined, my_train
from lessons_lib.classroom.questions import Question


def first_merge() -> str:
    [pair] = my_train({"low": 5, "lower": 2, "newest": 6, "widest": 3}, 1)
    return " and ".join(pair)


def abc_by_rank() -> str:
    return ", ".join(my_encode("abc", [("b", "c"), ("a", "b")]))


def aaaaa_merged() -> str:
    return ", ".join(joined(tuple("aaaaa"), ("a", "a")))


def ids_up_to_151664() -> str:
    return f"{len(range(151_664 + 1)):,}"


def bytes_of_a_smile() -> str:
    return f"At most {len('😀'.encode())} tokens, its bytes"


def streamed_halves() -> str:
    halves = "😀".encode()[:2], "😀".encode()[2:]
    alone = "".join(half.decode("utf-8", errors="replace") for half in halves)
    right = "".join(my_stream(list(halves)))
    return "The tokens hold parts of a character" if alone != right else "The vocabulary lacks the character"


QUIZ = (
    Question(
        "A text holds low 5 times, lower 2 times, newest 6 times and widest 3 times. Which pair is merged first?",
        {
            "l and o": "It occurs 5 + 2 = 7 times.",
            "e and s": "It occurs 6 + 3 = 9 times, as often as s and t; of the two, e and s sorts first.",
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
        "The ids of a vocabulary run from 0 to 151,664. How many are there?",
        {
            "151,665": "From 0 to n there are n + 1.",
            "151,664": "That is the largest id. The first is 0.",
            "151,936": "So many rows has Qwen2.5's table of vectors; it is rounded up, and the last rows stay unused.",
        },
        ids_up_to_151664,
    ),
    Question(
        "You print each token of an answer as it comes, and now and then a � appears. Why?",
        {
            "The vocabulary lacks the character": "Then the whole answer, decoded at once, would show it too.",
            "The model made a mistake": "Decoded at once, the same ids give the right character.",
            "The tokens hold parts of a character": "Its bytes are spread over several tokens. Keep unfinished bytes "
            "until the rest has come.",
        },
        streamed_halves,
    ),
    Question(
        "A user writes <|im_end|> into a message. What should the tokenizer do?",
        {
            "Encode it as ordinary text": "Then it is a few harmless tokens. The real one is put there by the program "
            "alone, when it lays out the conversation.",
            "Turn it into the special token": "Then anybody could end the message and speak in another role.",
            "Remove it": "People may want to write about it, as this lesson does.",
        },
        "Encode it as ordinary text",
    ),
    Question(
        "Why does the same sentence cost more tokens in Hindi than in English?",
        {
            "Hindi sentences are longer": "They have about as many characters.",
            "The merges were learned from text that is mostly English": "Frequent strings become tokens; what is rare "
            "in the training text stays in small pieces, and each Hindi letter starts as 3 bytes.",
            "The model knows less Hindi": "That may be so, but the tokenizer was fixed before the model learned "
            "anything.",
        },
        "The merges were learned from text that is mostly English",
    ),
)
