"""The quiz of appendix A1: answers that can be computed are computed."""

from lessons_lib.classroom.questions import Question


def second_time_through() -> str:
    lengths = (len(word) for word in ["the", "cats"])
    list(lengths)
    return str(list(lengths))


def star_in_a_list() -> str:
    a, b = [1, 2], [3, 4]
    return str([*a, b])


def what_the_generator_prints() -> str:
    def pairs(words):
        last = "-"
        for word in words:
            yield last + word
            last = word

    return " ".join(pairs(["a", "b", "c"]))


def zip_strict() -> str:
    try:
        list(zip([1, 2, 3], [4, 5], strict=True))
    except ValueError:
        return "It raises a ValueError"
    return "It gives two pairs"


def result_without_return() -> str:
    def shout(text):
        text.upper()

    return str(shout("cat"))


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
        "`a = [1, 2]` and `b = [3, 4]`. What does `[*a, b]` hold?",
        {
            "[1, 2, [3, 4]]": "The star spreads a out; b is put in as one thing, a list.",
            "[1, 2, 3, 4]": "That is [*a, *b]: here b has no star.",
            "[[1, 2], [3, 4]]": "That is [a, b], without a star.",
        },
        star_in_a_list,
    ),
    Question(
        'In `def pairs(words):` stand `last = "-"` and a loop, `for word in words:`, with two lines: '
        '`yield last + word` and `last = word`. What is `" ".join(pairs(["a", "b", "c"]))`?',
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
        "`zip([1, 2, 3], [4, 5], strict=True)` in a loop: what happens at the end?",
        {
            "It gives two pairs": "So it does without strict, and the 3 is lost in silence.",
            "It gives three pairs, the last with None": "That is zip_longest, of the module itertools.",
            "It raises a ValueError": "strict says that the lists must be equally long, and they are not.",
        },
        zip_strict,
    ),
    Question(
        '`def shout(text):` has one line in its body, `text.upper()`. What does `shout("cat")` give?',
        {
            "CAT": "The line makes that text and drops it: a return is missing.",
            "None": "A function without return gives None, whatever its last line made.",
            "cat": "That would be return text.",
        },
        result_without_return,
    ),
)
