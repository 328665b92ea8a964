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


def looked_up_late() -> str:
    adders = [lambda x: x + n for n in (10, 20)]  # noqa: B023
    return str(adders[0](1))


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
        "`adders = [lambda x: x + n for n in (10, 20)]`. What does `adders[0](1)` give?",
        {
            "11": "A lambda does not keep the value that n had when it was made. With lambda x, n=n: it would.",
            "It raises a NameError, since the loop is over": "The lambda keeps the name n alive, with its last value.",
            "21": "n is looked up at the call, and by then it is 20 for both.",
        },
        looked_up_late,
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
