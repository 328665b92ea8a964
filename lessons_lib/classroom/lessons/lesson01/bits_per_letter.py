"""An exercise of lesson 01: a measure that compares models with different tokens."""

import math

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson01.shared import like


def my_bits_per_letter(chances, text):
    return sum(-math.log2(chance) for chance in chances) / len(text)


def bits_per_token(chances, text):
    """It looks as if you divided by the number of tokens. Models cut a text into different numbers of tokens; what all
    of them share is the text: divide by its characters."""
    return sum(-math.log2(chance) for chance in chances) / len(chances)


def nats_per_letter(chances, text):
    """It looks as if you used the natural logarithm. Bits count halvings: math.log2."""
    return sum(-math.log(chance) for chance in chances) / len(text)


def bits_in_total(chances, text):
    """It looks as if you did not divide. A longer text has more bits in total; the mean over its characters can be
    compared."""
    return sum(-math.log2(chance) for chance in chances)


def bits_without_minus(chances, text):
    """It looks as if the minus is missing. The logarithm of a chance is negative, and a surprise is not."""
    return sum(math.log2(chance) for chance in chances) / len(text)


def bits_without_spaces(chances, text):
    """It looks as if you left out the spaces. The model had to name them too, so they count as characters."""
    return sum(-math.log2(chance) for chance in chances) / len(text.replace(" ", ""))


def bits_per_word(chances, text):
    """It looks as if you divided by the number of words. Asked for is the number of characters: len(text)."""
    return sum(-math.log2(chance) for chance in chances) / max(1, len(text.split()))


def bits_of_a_product_in_numpy(chances, text):
    """It looks as if you multiplied all chances first. The product of a long text is so small that the computer takes
    it for 0, whose logarithm is infinite: take the logarithm of each chance and add."""
    product = math.prod(chances)
    return -math.log2(product) / len(text) if product else math.inf


def bits_of_the_product(chances, text):
    """It looks as if you multiplied all chances first. The product of a long text is so small that the computer takes
    it for 0, which has no logarithm: take the logarithm of each chance and add."""
    return -math.log2(math.prod(chances)) / len(text)


def perplexity_per_letter(chances, text):
    """It looks as if you raised 2 to the power of the mean. That counts choices; asked for are the bits themselves."""
    return 2 ** (sum(-math.log2(chance) for chance in chances) / len(text))


def bits_per_byte(chances, text):
    """It looks as if you divided by the number of bytes. ü takes two of them and 车 three, and each is one character:
    len(text)."""
    return sum(-math.log2(chance) for chance in chances) / len(text.encode())


def bits_of_the_mean_chance(chances, text):
    """It looks as if you took the logarithm of the mean chance. Surprises add up, chances do not: the logarithm of each
    chance first, then the sum."""
    return -math.log2(sum(chances) / len(chances)) * len(chances) / len(text)


def bits_of_the_sum(chances, text):
    """It looks as if you added the chances and took one logarithm. Surprises add up, chances do not: the logarithm of
    each chance first, then the sum."""
    return -math.log2(sum(chances)) / len(text)


def bits_per_letter_of_the_alphabet(chances, text):
    """It looks as if you counted the letters alone. The model had to name spaces, commas and digits too: len(text)."""
    return sum(-math.log2(chance) for chance in chances) / max(1, sum(c.isalpha() for c in text))


def digits_per_letter(chances, text):
    """It looks as if you used the logarithm to the base 10. Bits count halvings: math.log2."""
    return sum(-math.log10(chance) for chance in chances) / len(text)


def entropy_per_letter(chances, text):
    """It looks as if each surprise is weighted with its chance, as an entropy is. These tokens came, each once: add
    their surprises as they are."""
    return sum(-chance * math.log2(chance) for chance in chances) / len(text)


def bits_of_the_stripped_text(chances, text):
    """It looks as if you left out the spaces at the ends of the text. The model had to name them too: len(text)."""
    return sum(-math.log2(chance) for chance in chances) / len(text.strip())


def bits_rounded_down(chances, text):
    """It looks as if you divide with //, which leaves out what stands behind the point: divide with /."""
    return sum(-math.log2(chance) for chance in chances) // len(text)


def bits_per_different_letter(chances, text):
    """It looks as if each letter counts once, however often it stands there. The model had to name it every time:
    len(text)."""
    return sum(-math.log2(chance) for chance in chances) / len(set(text))


def bits_shared_out_twice(chances, text):
    """It looks as if you took the mean over the tokens and divided that by the characters: shared out twice. The sum of
    all surprises is divided once, by the characters."""
    return sum(-math.log2(chance) for chance in chances) / len(chances) / len(text)


BITS_PER_LETTER = Exercise(
    id="bits_per_letter",
    title="Two models, two vocabularies",
    difficulty=2,
    minutes=4,
    contract="A list of the chances (each above 0) that a model gave to the tokens of a text, in order, and the text "
    "as a string, to one number: the surprise of all tokens together, in bits, divided by the number of characters, "
    "spaces included.",
    cases=(
        ([0.5], "a"),
        ([0.5, 0.125], "hi"),
        ([0.25], " the"),
        ([1.0, 1.0], "ab"),
        ([0.25, 0.5, 0.01], "Grüße, 车 "),
        ([0.9, 0.6, 0.001, 0.8], "The sky is blue, no?"),
        ([0.1] * 400, "x" * 1000),
    ),
    tried="one token for several letters and several for one, letters of several bytes, certainty, and a text of 400 "
    "tokens",
    hints=(
        "The surprise of one token is -log2 of its chance: 1 bit for a half, 2 for a quarter.",
        "Surprises add up. Add all of them, then share the sum out over the characters: len(text).",
        "Do not multiply the chances: 0.1 multiplied with itself 400 times is 0 for a computer.",
    ),
    solution=my_bits_per_letter,
    mistakes=(
        bits_per_token,
        nats_per_letter,
        bits_in_total,
        bits_without_minus,
        bits_without_spaces,
        bits_per_word,
        bits_of_the_product,
        bits_of_a_product_in_numpy,
        perplexity_per_letter,
        bits_per_byte,
        bits_of_the_mean_chance,
        like(
            bits_of_the_mean_chance,
            lambda chances, text: -math.log2(sum(chances) / len(chances)) / len(text),
        ),
        bits_of_the_sum,
        bits_per_letter_of_the_alphabet,
        digits_per_letter,
        entropy_per_letter,
        bits_of_the_stripped_text,
        bits_shared_out_twice,
        bits_rounded_down,
        bits_per_different_letter,
    ),
    kind="transfer",
)
