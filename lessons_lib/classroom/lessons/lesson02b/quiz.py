"""The quiz of lesson 02b: answers that can be computed are computed."""

import unicodedata

from lessons_lib import assets
from lessons_lib.classroom.lessons.lesson02b.shared import ARTICLE
from lessons_lib.classroom.lessons.lesson02b.stream import my_stream
from lessons_lib.classroom.lessons.lesson02b.wordpiece import my_wordpiece
from lessons_lib.classroom.questions import Question
from lessons_lib.tokenizer import load_sentencepiece
from lessons_lib.tokenizer.encoding.split import splitter


def unigram_of_unhappy() -> str:
    chance = {"unhappy": 1 / 10_000, "un": 1 / 100, "happy": 1 / 200}
    return "unhappy, whole" if chance["unhappy"] > chance["un"] * chance["happy"] else "un·happy"


def streamed_halves() -> str:
    halves = "😀".encode()[:2], "😀".encode()[2:]
    alone = "".join(half.decode("utf-8", errors="replace") for half in halves)
    right = "".join(my_stream(list(halves)))
    return "Tokens were read one by one" if alone != right else "Bytes were lost"


def tokens_of_a_sloth() -> str:
    tokenizer = load_sentencepiece(assets.fetch("llama2"))
    more = [tokenizer.token_bytes(i) for i in tokenizer.encode("a 🦥")[1:]]
    alone = more == [b" ", *(bytes([byte]) for byte in "🦥".encode())]
    return "One token a byte, and one for the space" if alone else "Fewer tokens than bytes"


def pieces_of_the_hindi_article() -> str:
    return str(len(list(splitter("llama3")(ARTICLE["Hindi"]))))


def wordpiece_of_unable() -> str:
    return ", ".join(my_wordpiece("unable", {"un", "una", "##able", "##ble"}))


def composed_accent() -> str:
    apart = "cafe\u0301"
    composed = unicodedata.normalize("NFC", apart)
    return "Its é is one character now" if composed == "caf\u00e9" != apart else "Its accent was dropped"


QUIZ = (
    Question(
        "TinyLlama's list has no token for 🦥, four bytes long. What becomes of it behind a word and a space?",
        {
            "[UNK]": "That is BERT's way. Llama 2's list, which TinyLlama uses, has a token for every byte.",
            "Fewer tokens than bytes": "So it is in GPT-2, where bytes merge. Here characters merge; bytes are what is "
            "left where one has no token.",
            "One token a byte, and one for the space": "By byte fallback. The space is a character of its own, and "
            "finds no token to merge into.",
        },
        tokens_of_a_sloth,
    ),
    Question(
        "A Unigram list has unhappy (1 in 10,000), un (1 in 100) and happy (1 in 200). How does it cut unhappy?",
        {
            "unhappy, whole": "1 in 10,000 is likelier than un·happy, 1 in 100 · 200 = 20,000.",
            "un·happy": "Each part is likelier than the whole word, but their product is 1 in 20,000.",
            "As its merges were learned": "That would be BPE. Unigram merges nothing, it compares products.",
        },
        unigram_of_unhappy,
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
        "Llama 3's pattern cuts the Hindi article into 88 pieces. How few tokens can a larger list with this pattern "
        "reach?",
        {
            "As few as it learned Hindi words": "A word that the pattern cuts can't become one token: no merge crosses "
            "a border.",
            "35, as o200k": "That is the number of pieces of another pattern, which takes marks for parts of words.",
            "88": "Each piece costs one token at least, whatever was learned.",
        },
        pieces_of_the_hindi_article,
    ),
    Question(
        "A WordPiece vocabulary holds un, una, ##able and ##ble. What becomes of unable?",
        {
            "una, ##ble": "The longest that fits at the beginning, then the longest that fits the rest.",
            "un, ##able": "That is how grammar cuts it. But una fits at the beginning too, and is longer than un.",
            "[UNK]": "Only if at some place nothing fits. Behind una, ##ble does.",
        },
        wordpiece_of_unable,
    ),
    Question(
        "You tune Llama 3 on contracts. A tokenizer of your own would need a third fewer tokens. Do you use it?",
        {
            "Yes, if the text is long enough to train it": "That counts for a model trained from zero.",
            "Yes, and fill up its list to as many ids": "The ids would then stand for other tokens than those that the "
            "model has learned.",
            "No: the model's table belongs to Llama 3's ids": "Each of its rows was learned for one id. Other tokens "
            "need other rows, and training for them.",
            "No: contracts alone are too little text": "They may be enough. But the model does not know the new ids.",
        },
        "No: the model's table belongs to Llama 3's ids",
    ),
    Question(
        "On Linux a file is called café, its accent a character of its own. Qwen's encode and decode give a name that "
        "looks the same, but no such file is found. Why?",
        {
            "Its accent was dropped": "Then it would look like cafe.",
            "Its é is one character now": "Qwen brings letter and accent into one character before it cuts. The bytes "
            "are others.",
            "Its bytes were decoded one by one": "Then � would stand there.",
        },
        composed_accent,
    ),
)
