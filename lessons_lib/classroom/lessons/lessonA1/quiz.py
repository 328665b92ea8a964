"""The quiz of appendix A1: answers that can be computed are computed."""

from lessons_lib.classroom.questions import Question


def shared_list_length() -> str:
    first = second = ["the", "cat"]
    second += ["sat"]
    return str(len(first))


def what_dict_get_gives() -> str:
    return str({"<unk>": 0, "cat": 1}.get("dog", 0))


def list_and_tuple() -> str:
    return str([1, 2] == (1, 2))


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
        'You write `first = second = ["the", "cat"]` and then `second += ["sat"]`. How many words does `first` hold?',
        {
            "2": "That would need a copy, such as second = list(first). Here both names belong to one list.",
            "3": "One list, two names. `+=` changes the list itself, and both names show it.",
            "1": "Nothing is taken out of the list.",
        },
        shared_list_length,
    ),
    Question(
        '`ids = {"<unk>": 0, "cat": 1}`. What is `ids.get("dog", 0)`?',
        {
            "None": "That is what get gives without a second value.",
            "A KeyError": 'Only ids["dog"] raises it.',
            "0": "dog is missing, so get gives its second value.",
        },
        what_dict_get_gives,
    ),
    Question(
        "What is `[1, 2] == (1, 2)`?",
        {
            "False": "A list and a tuple are never equal, whatever they hold. Compare tuple(ids[i : i + 2]) with a "
            "tuple.",
            "True": "They hold the same numbers, but one is a list and the other a tuple, and those are never equal.",
            "An error": "Any two things can be compared with ==; these two are different.",
        },
        list_and_tuple,
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
