"""The quiz of appendix A1: answers that can be computed are computed."""

from lessons_lib.classroom.questions import Question


def second_time_through() -> str:
    lengths = (len(word) for word in ["the", "cats"])
    list(lengths)
    return str(list(lengths))


def one_key_twice() -> str:
    return str({word: place for place, word in enumerate(["the", "cat", "the"])})


def what_the_generator_prints() -> str:
    def pairs(words):
        last = "-"
        for word in words:
            yield last + word
            last = word

    return " ".join(pairs(["a", "b", "c"]))


def first_of_the_bytes() -> str:
    return str("né".encode()[0])


def kept_by_the_class() -> str:
    class Bag:
        words = []  # noqa: RUF012

        def add(self, word):
            self.words.append(word)

    a, b = Bag(), Bag()
    a.add("cat")
    return str(b.words)


QUIZ = (
    Question(
        '`lengths = (len(word) for word in ["the", "cats"])`. What does a second `list(lengths)` give?',
        {
            "[3, 4]": "That needs a list, with square brackets. A generator can be walked through once.",
            "[]": "The first list took all there was; a generator does not begin again.",
            "It raises a StopIteration": "next would; list, like a for loop, takes that as the end.",
        },
        second_time_through,
    ),
    Question(
        '`places = {word: place for place, word in enumerate(["the", "cat", "the"])}`. What is `places`?',
        {
            "{'the': 2, 'cat': 1}": "A key stands in a dict once. The second time its value is written anew.",
            "{'the': 0, 'cat': 1}": "The first value does not stay: the same key, written again, gets the new one.",
            "{'the': 0, 'cat': 1, 'the': 2}": "A dict holds each key once.",
            "It raises a KeyError": "Reading a key that is missing does. Writing takes any key, new or old.",
        },
        one_key_twice,
    ),
    Question(
        '`def pairs(words):\n    last = "-"\n    for word in words:\n        yield last + word\n        last = word\n` '
        'What is `" ".join(pairs(["a", "b", "c"]))`?',
        {
            "-a": "yield does not end the function: after each value the loop goes on.",
            "-a ab bc": "After each yield it goes on where it stood: last becomes the word just handed out.",
            "-a -b -c": "The line below yield runs too, when the next value is wanted: last changes.",
            "aa bb cc": "last = word runs after the yield, not before.",
        },
        what_the_generator_prints,
    ),
    Question(
        "A class keeps `self.count = 0` in `__init__`. Which line of its method `def add(self, word):` goes wrong?",
        {
            "text = word.lower()": "text is needed in this method alone, so it may be a name of its own.",
            "self.word = word": "That keeps the word in the object, under a new name.",
            "count = count + 1": "Without self. this is a name of the method, which has no value yet: an "
            "UnboundLocalError. Write self.count = self.count + 1.",
        },
        "count = count + 1",
    ),
    Question(
        '`raw = "né".encode()` holds the bytes of two letters. What is `raw[0]`?',
        {
            "'n'": "That is the first letter of the text. Bytes are no letters: raw.decode() makes a text.",
            "b'n'": "That is raw[:1]: a slice of bytes is bytes. A single place holds a number.",
            "110": "A byte is a number from 0 to 255, and 110 is that of n. The é takes two of them.",
        },
        first_of_the_bytes,
    ),
    Question(
        "`class Bag:` has a line `words = []`, outside its methods, and `def add(self, word):` with the line "
        "`self.words.append(word)`. After `a = Bag()`, `b = Bag()` and `a.add('cat')`: what is `b.words`?",
        {
            "['cat']": "The class made one list for all its objects. self.words = [] in __init__ makes one for each.",
            "[]": "That needs self.words = [] in __init__. Here no object has a list of its own.",
            "It raises an AttributeError": "What self does not keep is looked up in its class, and words stands there.",
        },
        kept_by_the_class,
    ),
)
