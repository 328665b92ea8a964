"""An exercise of lesson 02b: the most that a byte-level tokenizer can need."""

from lessons_lib.classroom.exercises import Exercise

TEXTS = ("jelly", "naïve", "€12", "草莓", "🪼")


def my_most_tokens():
    return [len(text.encode()) for text in ("jelly", "naïve", "€12", "草莓", "🪼")]


def most_tokens_of_characters():
    """It looks as if you counted characters. A byte-level tokenizer starts from bytes: English letters and digits
    have one, ï, € and Chinese characters more."""
    return [len(text) for text in TEXTS]


def most_tokens_of_two_bytes():
    """It looks as if every character outside English has two bytes. Letters such as ï have two, the euro sign and
    Chinese three, emoji four."""
    return [sum(1 if character.isascii() else 2 for character in text) for text in TEXTS]


def most_tokens_of_emoji_three():
    """Nearly: an emoji takes four bytes."""
    return [*my_most_tokens()[:-1], 3]


def most_tokens_of_euro_two():
    """Nearly: the euro sign takes three bytes."""
    return [5, 6, 4, 6, 4]


def most_tokens_of_emoji_one():
    """Nearly: an emoji is one character, but not one byte. Its number is above 65,535."""
    return [*my_most_tokens()[:-1], 1]


def most_tokens_of_accent_one():
    """Nearly: ï is no English letter. Its number, 239, is above 127, so it takes two bytes."""
    return [5, 5, 5, 6, 4]


def most_tokens_of_chinese_two():
    """Nearly: a Chinese character takes three bytes. Its number is above 2,047."""
    return [5, 6, 5, 4, 4]


def most_tokens_in_all():
    """That is the sum. Give the five numbers, in a list."""
    return sum(my_most_tokens())


def most_tokens_as_text():
    """You have the right five, but each in quotes, as text. Write them as numbers, without quotes."""
    return [str(number) for number in my_most_tokens()]


def most_tokens_of_chinese_four():
    """Nearly: it looks as if a Chinese character took four bytes. Its number is below 65,536, so it takes three."""
    return [5, 6, 5, 8, 4]


def most_tokens_of_gpt2():
    """These are the tokens of one vocabulary, whose merges join some bytes. Asked for is the most that any byte-level
    tokenizer can need, with no merge at all."""
    return [2, 3, 2, 6, 3]


def most_tokens_of_accent_three():
    """Nearly: it looks as if ï took three bytes. Its number, 239, is below 2,048, so it takes two."""
    return [5, 7, 5, 6, 4]


def most_tokens_of_one_character_each():
    """It looks as if you gave the bytes of one character of each text: 1, 2, 3, 3, 4. Add up all characters of a
    text."""
    return [1, 2, 3, 3, 4]


def most_tokens_without_digits():
    """Nearly: €12 has two digits besides the euro sign, a byte each."""
    return [5, 6, 3, 6, 4]


def most_tokens_in_one_text():
    """That is one text. Give a list of five numbers, without quotes."""
    return ",".join(most_tokens_as_text())


def most_tokens_in_one_text_with_spaces():
    """That is one text. Give a list of five numbers, without quotes."""
    return ", ".join(most_tokens_as_text())


MOST_TOKENS = Exercise(
    id="most_tokens",
    title="The worst case, without running anything",
    difficulty=1,
    minutes=3,
    contract="a list of five whole numbers: the most tokens that a byte-level tokenizer can need for each of the five "
    "texts above.",
    cases=((),),
    tried="English letters, an accent, the euro sign, Chinese, an emoji",
    hints=(
        "With no merge at all, every byte is a token.",
        "Look up each character's number above, and between which of the six it lies.",
        "The euro sign takes as many bytes as a Chinese character: three.",
    ),
    solution=my_most_tokens,
    mistakes=(
        most_tokens_of_characters,
        most_tokens_of_two_bytes,
        most_tokens_of_emoji_three,
        most_tokens_of_euro_two,
        most_tokens_of_emoji_one,
        most_tokens_of_accent_one,
        most_tokens_of_chinese_two,
        most_tokens_in_all,
        most_tokens_as_text,
        most_tokens_of_chinese_four,
        most_tokens_of_gpt2,
        most_tokens_of_accent_three,
        most_tokens_of_one_character_each,
        most_tokens_without_digits,
        most_tokens_in_one_text,
        most_tokens_in_one_text_with_spaces,
    ),
    kind="predict",
)
