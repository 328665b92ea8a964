"""The quiz of lesson 02b: answers that can be computed are computed."""

from lessons_lib.classroom.lessons.lesson02b.stream import my_stream
from lessons_lib.classroom.lessons.lesson02b.wordpiece import my_wordpiece
from lessons_lib.classroom.questions import Question
from lessons_lib.tokenizer.encoding.split import splitter


def unigram_of_unhappy() -> str:
    chance = {"unhappy": 1 / 10_000, "un": 1 / 100, "happy": 1 / 200}
    return "unhappy, whole" if chance["unhappy"] > chance["un"] * chance["happy"] else "un·happy"


def streamed_halves() -> str:
    halves = "😀".encode()[:2], "😀".encode()[2:]
    alone = "".join(half.decode("utf-8", errors="replace") for half in halves)
    right = "".join(my_stream(list(halves)))
    return "Tokens were read one by one" if alone != right else "Bytes were lost"


def pieces_of_a_price() -> str:
    return ", ".join(splitter("llama3")("12345678"))


def wordpiece_of_the_unknown() -> str:
    return "[UNK]" if my_wordpiece("jelly🪼", {"jelly", "##fish"}) == ["[UNK]"] else "jelly, [UNK]"


QUIZ = (
    Question(
        "Llama 3's pattern cuts numbers into threes. What becomes of 12345678?",
        {
            "12, 345, 678": "That is how people group it, from the right. This pattern counts from the left.",
            "123, 456, 78": "From the left: what is left over stands at the end.",
            "1, 2, 3, 4, 5, 6, 7, 8": "Single digits are the way of Qwen and SmolLM2.",
        },
        pieces_of_a_price,
    ),
    Question(
        "A Unigram list has unhappy (1 in 10,000), un (1 in 100) and happy (1 in 200). How does it cut unhappy?",
        {
            "unhappy, whole": "1 in 10,000 is likelier than un·happy, 1 in 100 · 200 = 20,000.",
            "un·happy": "Each part is likelier than the whole word, but their product is 1 in 20,000.",
            "un·happy, since its parts mean something": "Unigram looks at chances alone, not at grammar.",
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
        "An article has about as many characters in Hindi as in English. Why does it cost 9 times the tokens in GPT-2?",
        {
            "Each letter is three bytes": "That is one factor, about 3. The other: few of them were ever joined.",
            "Few of its bytes were joined by merges": "That is one factor, about 3. The other: each letter starts as "
            "three bytes.",
            "Both, multiplied": "About 3 times the bytes, and a third as many bytes in a token.",
        },
        "Both, multiplied",
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
        "You tune Llama 3 on contracts. A tokenizer of your own would need a third fewer tokens. Do you use it?",
        {
            "Yes, if the text is long enough to train it": "That counts for a model trained from zero.",
            "Yes, and fill up its list to as many ids": "The ids would then stand for other tokens than those that the "
            "model has learned.",
            "No": "Each row of the model's table of vectors belongs to an id of Llama 3's vocabulary.",
        },
        "No",
    ),
    Question(
        "A prompt ends in a space: The capital of France is␣. Why may that spoil the answer?",
        {
            "The word that should come has its own space": "␣Paris is one token with its space. After a lone space it "
            "would come without, as the model hardly ever saw it.",
            "The space makes the prompt too long": "It is one token more. That alone does no harm.",
            "Spaces are dropped when encoding": "Then nothing would change. The space is a token of its own.",
        },
        "The word that should come has its own space",
    ),
)
