"""The quiz of lesson 02b: answers that can be computed are computed."""

from lessons_lib.classroom.lessons.lesson02b.stream import my_stream
from lessons_lib.classroom.lessons.lesson02b.wordpiece import my_wordpiece
from lessons_lib.classroom.questions import Question
from lessons_lib.tokenizer.encoding.split import splitter


def ids_up_to_151664() -> str:
    return f"{len(range(151_664 + 1)):,}"


def streamed_halves() -> str:
    halves = "😀".encode()[:2], "😀".encode()[2:]
    alone = "".join(half.decode("utf-8", errors="replace") for half in halves)
    right = "".join(my_stream(list(halves)))
    return "Tokens were read one by one" if alone != right else "Bytes were lost"


def pieces_of_a_price() -> str:
    return f"{len(list(splitter('llama3')('1234567')))} pieces: " + ", ".join(splitter("llama3")("1234567"))


def wordpiece_of_the_unknown() -> str:
    return "[UNK]" if my_wordpiece("jelly🪼", {"jelly", "##fish"}) == ["[UNK]"] else "jelly, [UNK]"


QUIZ = (
    Question(
        "Llama 3's pattern cuts numbers into threes. What becomes of 1234567?",
        {
            "3 pieces: 1, 234, 567": "That is how people group it, from the right. This pattern counts from the left.",
            "3 pieces: 123, 456, 7": "From the left, so that the last digit stands alone.",
            "7 pieces: 1, 2, 3, 4, 5, 6, 7": "Single digits are the way of Qwen and SmolLM2.",
        },
        pieces_of_a_price,
    ),
    Question(
        "The ids of a vocabulary run from 0 to 151,664. How many are there?",
        {
            "151,665": "From 0 to n there are n + 1.",
            "151,664": "That is the largest id. The first is 0.",
            "151,936": "So many rows has the table of the smaller Qwen2.5 models; spare rows stay unused.",
        },
        ids_up_to_151664,
    ),
    Question(
        "An answer appears word by word, with ��� in place of an emoji. Decoded at the end, the emoji is there. Why?",
        {
            "Bytes were lost": "Then it would be missing at the end too.",
            "Tokens were read one by one": "The emoji's bytes are spread over several tokens. Keep unfinished bytes "
            "until the rest has come.",
            "The vocabulary lacks the emoji": "A byte-level vocabulary can write every emoji; this one did.",
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
        "Why does the same article cost more tokens in Hindi than in English?",
        {
            "Hindi texts are longer": "They have about as many characters.",
            "Its merges were learned from little Hindi": "What is rare in the tokenizer's training text stays in small "
            "pieces, and each Hindi letter starts as 3 bytes.",
            "The model knows less Hindi": "That may be so, but the tokenizer was fixed before the model learned "
            "anything.",
        },
        "Its merges were learned from little Hindi",
    ),
    Question(
        "A WordPiece vocabulary holds jelly and ##fish, and no emoji. What becomes of the word jelly🪼?",
        {
            "[UNK]": "The whole word. There is no fallback on bytes.",
            "jelly, [UNK]": "WordPiece gives up the whole word as soon as one place has no token.",
            "jelly and four bytes": "That would be byte fallback, as in Llama 2.",
        },
        wordpiece_of_the_unknown,
    ),
    Question(
        "SentencePiece, BPE, Unigram: which of them is a program?",
        {
            "BPE": "A method: merge the most frequent pair. Many programs do it.",
            "Unigram": "A method: choose the cut whose tokens are likeliest together.",
            "SentencePiece": "A program with both methods inside; Unigram is its default, and Llama 2 used its BPE.",
        },
        "SentencePiece",
    ),
)
