"""An exercise of appendix A1: mend a function whose calls share a list."""

import inspect

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lessonA1.shared import as_list, defined_anew
from lessons_lib.classroom.trials import Refused


def three_calls(answer, first, second, known):
    """The results of two calls without `found` and one with a list or None, seen after the last of them.

    Raises:
        Refused: if a result is no list, though it holds words one by one, or if the list has another name.
    """
    if inspect.isfunction(answer):
        taken = inspect.signature(answer).parameters
        if "found" not in taken and not any(each.kind is each.VAR_KEYWORD for each in taken.values()):
            raise Refused(
                "no argument is called found: that name belongs to what is asked, for collect(text, found=...)"
            )
    answer, found = defined_anew(answer), None if known is None else list(known)
    results = [answer(first), answer(second), answer(first, found=found)]
    if all(result is None for result in results):
        return None
    results = [result if isinstance(result, set) else as_list(result) for result in results]  # a set has its own words
    labels = ("first text alone", "second text alone", "first text and known")
    seen = {label: result if result is None else list(result) for label, result in zip(labels, results, strict=True)}
    again = answer(first)  # results that are kept outside would hand out one list twice
    own = results[2] is None or (results[2] is not found and results[0] is not again)
    return seen | {"known afterwards": found, "a list of its own": own}


def my_collect(text, found=None):
    words = [] if found is None else list(found)
    for word in text.split():
        if word not in words:
            words.append(word)
    return words


def collect_in_the_default(text, found=[]):  # noqa: B006
    """It looks as if all calls share one list: a default is made once, when the function is defined. Make the list
    inside the function."""
    for word in text.split():
        if word not in found:
            found.append(word)
    return found


def collect_in_a_copy_of_a_growing_default(text, found=[]):  # noqa: B006
    """It looks as if you return a copy, but the default still grows from call to call. Make the new list first and
    append to that."""
    for word in text.split():
        if word not in found:
            found.append(word)
    return list(found)


def collect_in_the_list_given(text, found=None):
    """It looks as if the calls no longer share a list, but a list that is handed over is changed: found is another
    name for the caller's list. Copy it with list(found)."""
    found = [] if found is None else found
    for word in text.split():
        if word not in found:
            found.append(word)
    return found


def collect_after_clearing(text, found=[]):  # noqa: B006
    """It looks as if you empty the shared list at each call. The caller of the first call holds that very list, and
    its words are gone. Make a new list instead."""
    found.clear()
    for word in text.split():
        if word not in found:
            found.append(word)
    return found


def collect_every_time(text, found=None):
    """It looks as if a word is collected each time it occurs. Each word stands in the list once: ask
    `if word not in words` first."""
    return [*(found or []), *text.split()]


def collect_without_looking_at_what_is_new(text, found=None):
    """It looks as if a word that comes twice in the text is collected twice: whether it is there already must be
    asked anew for each word, of the list that grows."""
    known = list(found or [])
    return [*known, *(word for word in text.split() if word not in known)]


def collect_letters(text, found=None):
    """It looks as if you went through the letters. A loop over a text gives its letters; loop over text.split()."""
    words = list(found or [])
    for letter in text:
        if letter not in words:
            words.append(letter)
    return words


def collect_in_another_default(text, found=None, words=[]):  # noqa: B006
    """It looks as if calls without found still share a list. Make it in the body, so that each call makes its own."""
    words = words if found is None else list(found)
    for word in text.split():
        if word not in words:
            words.append(word)
    return words


def collect_sorted(text, found=None):
    """It looks as if the order is lost: a set has none, and sorting makes another. The words stand in the order in
    which they were first met."""
    return sorted({*(found or []), *text.split()})


def collect_in_a_set(text, found=None):
    """It looks as if the order is lost in a set, which has none. Go through the words one by one, and append those
    that are not in your list yet."""
    return list({*(found or []), *text.split()})


def collect_the_first_alone(text, found=None):
    """It looks as if the return stands inside the loop: the function ends at its first word. Put it below the loop,
    as far left as `for`."""
    words = list(found or [])
    for word in text.split():
        if word not in words:
            words.append(word)
        return words
    return words


def collect_the_first_new_alone(text, found=None):
    words = list(found or [])
    for word in text.split():
        if word not in words:
            words.append(word)
            return words
    return None


collect_the_first_new_alone.__doc__ = collect_the_first_alone.__doc__


def collect_the_first_alone_or_nothing(text, found=None):
    words = list(found or [])
    for word in text.split():
        if word not in words:
            words.append(word)
        return words
    return None


collect_the_first_alone_or_nothing.__doc__ = collect_the_first_alone.__doc__


def collect_what_append_returns(text, found=None):
    """It looks as if you give the name of your list to what `append` returns. `append` changes the list and returns
    None: write words.append(word) alone."""
    words = [] if found is None else list(found)
    for word in text.split():
        if word not in words:
            words = words.append(word)
    return words


def collect_without_asking_for_none(text, found=None):
    """It looks as if you use `found` where nothing was handed over: then it is None, and no list. Begin with an empty
    list if found is None."""
    for word in text.split():
        if word not in found:
            found.append(word)
    return found


def collect_in_a_copy_of_none(text, found=None):
    words = list(found)
    for word in text.split():
        if word not in words:
            words.append(word)
    return words


collect_in_a_copy_of_none.__doc__ = collect_without_asking_for_none.__doc__


def collect_in_a_copy_by_its_method(text, found=None):
    words = found.copy()
    for word in text.split():
        if word not in words:
            words.append(word)
    return words


collect_in_a_copy_by_its_method.__doc__ = collect_without_asking_for_none.__doc__


def collect_in_small_letters(text, found=None):
    """It looks as if capitals became small letters. The and the are two words here: keep each as it is written."""
    return list(dict.fromkeys([*(found or []), *text.lower().split()]))


def collect_without_marks(text, found=None):
    """It looks as if marks were taken off the words. "mat" and "mat." are two words here: a word is what text.split()
    gives."""
    words = list(found or [])
    for word in text.split():
        if word.strip(".,!?") not in words:
            words.append(word.strip(".,!?"))
    return words


def collect_without_found(text, found=None):
    """It looks as if the words of found are left out. They come first, then the new ones."""
    return list(dict.fromkeys(text.split()))


def collect_in_the_list_given_where_nothing_is_new(text, found=None):
    """It looks as if you make a new list only when a word is new: with no new word you hand back the caller's own
    list. Copy it once, before the loop."""
    found = found or []
    for word in text.split():
        if word not in found:
            found = [*found, word]
    return found


def collect_in_the_list_given_if_all_is_known(text, found=None):
    if found is None:
        found = []
    for word in text.split():
        if word not in found:
            found = [*found, word]
    return found


collect_in_the_list_given_if_all_is_known.__doc__ = collect_in_the_list_given_where_nothing_is_new.__doc__


def collect_in_the_default_if_all_is_known(text, found=[]):  # noqa: B006
    for word in text.split():
        if word not in found:
            found = [*found, word]
    return found


collect_in_the_default_if_all_is_known.__doc__ = collect_in_the_list_given_where_nothing_is_new.__doc__


def collect_found_last(text, found=None):
    """It looks as if the words of found come after those of text. They come first, then the new ones."""
    return list(dict.fromkeys([*text.split(), *(found or [])]))


emptied, growing = [], []  # outside of the functions that use them


def collect_in_one_list_for_all(text, found=None):
    """It looks as if all calls use one list that stands outside of the function. It is made once: make a new one in
    the body, and each call has its own."""
    emptied.clear()
    emptied.extend(found or [])
    for word in text.split():
        if word not in emptied:
            emptied.append(word)
    return emptied


def collect_in_one_list_that_grows(text, found=None):
    growing.extend(word for word in found or [] if word not in growing)
    for word in text.split():
        if word not in growing:
            growing.append(word)
    return growing


collect_in_one_list_that_grows.__doc__ = collect_in_one_list_for_all.__doc__


def collect_only_the_new(text, found=None):
    """It looks as if you give only the new words. The words of found come first, then the new ones."""
    words = []
    for word in text.split():
        if word not in words and word not in (found or []):
            words.append(word)
    return words


def collect_in_two_sets(text, found=None):
    return list(set(found or []) | set(text.split()))


collect_in_two_sets.__doc__ = collect_in_a_set.__doc__


def collect_the_list_given_for_no_text(text, found=None):
    """It looks as if a text without words gives the caller's own list back. The result is a new list in this case too:
    copy found before you look at the text."""
    words = list(found or [])
    if not text:
        return found or []
    for word in text.split():
        if word not in words:
            words.append(word)
    return words


def collect_in_a_copy_of_a_default_list(text, found=[]):  # noqa: B006
    """It looks as if None, handed over as found, stops your function: None is no list and can't be copied. Begin with
    an empty list if found is None."""
    words = list(found)
    for word in text.split():
        if word not in words:
            words.append(word)
    return words


def collect_at_single_spaces(text, found=None):
    """It looks as if you cut at each single space: "".split(" ") is [""], a list with an empty text in it. split()
    gives words alone."""
    return list(dict.fromkeys([*(found or []), *text.split(" ")]))


def collect_up_to_a_known_word(text, found=None):
    """It looks as if your loop ends at a word that is known already. `break` leaves the loop; go on with the next
    word."""
    words = list(found or [])
    for word in text.split():
        if word in words:
            break
        words.append(word)
    return words


FRESH_LIST = Exercise(
    id="fresh_list",
    kind="diagnose",
    title="The list that remembers",
    difficulty=2,
    minutes=10,
    contract="a text and a list found of different words, or None, to a new list: the words of found, then those of "
    "text that are not in it yet, in the order in which they are met, each once, as it is written. Nothing is shared "
    "between calls, and found stays as it was.",
    cases=(
        ("b a", "c", ["x"]),
        ("the cat the mat", "the dog", ["the", "a"]),
        ("a", "b", ["b", "a"]),
        ("a mat. a mat", "the cat.", ["cat"]),
        ("", "a", []),
        ("", "a b", ["x"]),
        ("a b a", "c", None),
        ("The cat saw the other cat", "the old Dog and the Cat that sat on a mat", ["dog", "The"]),
    ),
    tried="two calls one after the other, a list of the caller's that must stay as it was, words that come twice, "
    "capitals, marks, an empty text, and None handed over",
    hints=(
        "A default value is made once, when Python runs the line with def. Which calls use that one list?",
        "Make the new list in the body: empty if found is None, otherwise a copy of it.",
        "words = [] if found is None else list(found)",
    ),
    solution=my_collect,
    harness=three_calls,
    mistakes=(
        collect_in_the_default,
        collect_in_a_copy_of_a_growing_default,
        collect_in_the_list_given,
        collect_after_clearing,
        collect_every_time,
        collect_without_looking_at_what_is_new,
        collect_letters,
        collect_in_another_default,
        collect_sorted,
        collect_in_a_set,
        collect_the_first_alone,
        collect_the_first_new_alone,
        collect_the_first_alone_or_nothing,
        collect_what_append_returns,
        collect_without_asking_for_none,
        collect_in_a_copy_of_none,
        collect_in_a_copy_by_its_method,
        collect_in_small_letters,
        collect_without_marks,
        collect_without_found,
        collect_in_the_list_given_where_nothing_is_new,
        collect_in_the_list_given_if_all_is_known,
        collect_in_the_default_if_all_is_known,
        collect_found_last,
        collect_in_one_list_for_all,
        collect_in_one_list_that_grows,
        collect_only_the_new,
        collect_in_two_sets,
        collect_the_list_given_for_no_text,
        collect_in_a_copy_of_a_default_list,
        collect_at_single_spaces,
        collect_up_to_a_known_word,
    ),
)
