"""An exercise of lesson 09: one number that models with different vocabularies can be compared by."""

import math

from lessons_lib.classroom.exercises import Exercise


def my_bits_a_byte(texts, losses):
    nats = sum(sum(each) for each in losses)
    size = sum(len(text.encode()) for text in texts)
    return nats / math.log(2) / size


def _nats(losses):
    return sum(map(sum, losses))


def _bytes(texts):
    return sum(len(text.encode()) for text in texts)


def bits_a_character(texts, losses):
    """It looks as if you divided by characters. Letters such as é take two bytes: text.encode() gives the bytes."""
    return _nats(losses) / math.log(2) / sum(map(len, texts))


def bits_a_token(texts, losses):
    """It looks as if you divided by the number of tokens. That depends on the vocabulary; divide by the bytes of the
    texts."""
    return _nats(losses) / math.log(2) / sum(map(len, losses))


def nats_a_byte(texts, losses):
    """It looks as if these are nats. A bit is ln 2 nats: divide by math.log(2)."""
    return _nats(losses) / _bytes(texts)


def bits_of_a_rounded_ln_2(texts, losses):
    """It looks as if ln 2 is rounded to 0.693. math.log(2) has all its digits."""
    return nats_a_byte(texts, losses) / 0.693


def bits_by_two_bytes(texts, losses):
    """It looks as if each letter beyond ASCII counts as two bytes. In UTF-8 some take three or four: text.encode()
    gives the bytes."""
    size = sum(1 + (ord(letter) > 127) for text in texts for letter in text)
    return _nats(losses) / math.log(2) / size


def bits_in_utf_16(texts, losses):
    """It looks as if the bytes are those of UTF-16. Asked for is UTF-8, which text.encode() gives if nothing is
    said."""
    return _nats(losses) / math.log(2) / sum(len(text.encode("utf-16-le")) for text in texts)


def bits_of_joined_texts(texts, losses):
    """It looks as if something was put between the texts, such as a space: it is counted too. Count each text's own
    bytes."""
    return _nats(losses) / math.log(2) / len(" ".join(texts).encode())


def bits_by_log_10(texts, losses):
    """It looks as if you divided by the logarithm of 2 to base 10. A nat goes with base e: math.log(2)."""
    return nats_a_byte(texts, losses) / math.log10(2)


def bits_times_ln_2(texts, losses):
    """It looks as if you multiplied by ln 2. A bit is ln 2 nats, so the number of bits is larger than that of nats:
    divide."""
    return _nats(losses) * math.log(2) / _bytes(texts)


def bits_by_texts(texts, losses):
    """It looks as if you took the mean of the texts' own results. A short text then counts as much as a long one: add
    up all losses and all bytes, and divide once."""
    return sum(my_bits_a_byte([text], [each]) for text, each in zip(texts, losses, strict=True)) / len(texts)


def bits_of_the_mean(texts, losses):
    """It looks as if the mean loss a token was divided by the bytes. Divide the sum of the losses by the bytes."""
    return _nats(losses) / sum(map(len, losses)) / math.log(2) / _bytes(texts)


def bytes_a_bit(texts, losses):
    """It looks as if the fraction is upside down: bits above, bytes below."""
    return 1 / my_bits_a_byte(texts, losses)


def bits_that_are_perplexity(texts, losses):
    """It looks as if you took e to the power of the mean loss, the perplexity. It depends on the vocabulary."""
    return math.exp(_nats(losses) / sum(map(len, losses)))


def bits_without_the_edges(texts, losses):
    """It looks as if the spaces and line breaks around a text are cut off. They are bytes of it, and the model paid
    for them."""
    return my_bits_a_byte([text.strip() for text in texts], losses)


def bits_of_different_texts(texts, losses):
    """It looks as if a text that comes twice is counted once. Two equal texts are two texts."""
    different = dict(zip(texts, losses, strict=True))
    return my_bits_a_byte(list(different), list(different.values()))


def bits_of_eight(texts, losses):
    """It looks as if you divided by 8 once more. The bits are those that the model's surprise is worth; the 8 bits
    that a byte is stored in play no part."""
    return my_bits_a_byte(texts, losses) / 8


BITS = Exercise(
    id="bits_a_byte",
    title="Compare across vocabularies",
    difficulty=1,
    minutes=4,
    contract="a list of texts and a list with, for each text, the losses of its tokens in nats, to the bits a byte "
    "over all texts together. A text's bytes are those of UTF-8.",
    cases=(
        (["ab"], [[math.log(2), math.log(2)]]),
        (["a cat"], [[1.0, 2.0]]),
        (["é"], [[0.5, 1.5, 1.0]]),
        (["One day ", "a"], [[2.0, 1.0, 0.5], [4.0]]),
        (["für Zoë", "x", "\ncat", "x"], [[1.0, 0.25], [3.0], [0.5, 0.5, 0.5], [3.0]]),
        (["5 €", "🙂"], [[1.0, 2.0], [2.5]]),
    ),
    tried="one bit a byte, letters of two, three and four bytes, several texts, spaces at their edges, and two that "
    "are equal",
    hints=(
        "Two sums over all texts, and one division.",
        "len(text.encode()) counts bytes, math.log(2) nats are a bit.",
    ),
    solution=my_bits_a_byte,
    mistakes=(
        bits_a_character,
        bits_a_token,
        nats_a_byte,
        bits_of_a_rounded_ln_2,
        bits_by_two_bytes,
        bits_in_utf_16,
        bits_of_joined_texts,
        bits_by_log_10,
        bits_times_ln_2,
        bits_by_texts,
        bits_of_the_mean,
        bytes_a_bit,
        bits_that_are_perplexity,
        bits_without_the_edges,
        bits_of_different_texts,
        bits_of_eight,
    ),
)
