"""The building exercise of lesson 08: a corpus cleaned and split, and what leaks from it counted."""

import builtins
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson08.shared import FIFTEEN, question_of, sixty
from lessons_lib.classroom.real_model import replaced
from lessons_lib.classroom.trials import Refused
from lessons_lib.corpora import conversations
from lessons_lib.training.data import jaccard, near_duplicates, normalise, shingles, split

SHARES = {"train": 0.9, "test": 0.1}
MADE_UP = "fifteen made-up texts: FIFTEEN in lessons_lib.classroom.lessons.lesson08.shared"
PAIRS = "a hundred made-up pairs"
REAL = "the 2,026 real conversations"
MOVED = (
    "texts on another side when others were added around them, or in another process (let a hash of the question "
    "decide, by split or hashlib)"
)


# Whatever hash decides, some of so many pairs of questions would lie on two sides.
_PAIRS = (
    *(f"What is {word} {n}?\n{sixty(1000 * n)}" for n in range(1, 41) for word in ("thing", "part")),  # near copies
    *(f"{who} {n}{end}" for n in range(30) for who, end in (("Who is", "?\nIt is Ann."), ("who is", "\nNobody."))),
    *(
        f"Where is the {cafe} {n}?\n{end}"
        for n in range(29)
        for cafe, end in (("café", "Here."), ("cafe\u0301", "Far."))
    ),
    "Which?\na b c d e f g h i",
    "Which?\na b c d e f g h j k",  # 7 shingles of 10
)


def my_corpus(texts):
    texts = [normalise(text) for text in texts]
    groups = near_duplicates(texts, 0.7)  # exact copies among them: they are 100% alike
    sides = split([question_of(text) for text in texts], {"train": 0.9, "test": 0.1})
    return [side if groups[place] == place else None for place, side in enumerate(sides)]


def what_leaks(answer: Callable, corpus: str) -> list[str]:
    """What is not as asked for in what a learner's function makes of a corpus, counted.

    Raises:
        Refused: if it does not return a side, or None, for each text.
    """
    made_up = {MADE_UP: FIFTEEN, PAIRS: _PAIRS}
    texts = list(made_up[corpus] if corpus in made_up else (conversation.text for conversation in conversations()))
    sides = _sides(answer, texts)
    if sides is None:
        return None
    clean, groups = _normalised(texts)
    kept = [place for place, side in enumerate(sides) if side is not None]
    train = {clean[place] for place in kept if sides[place] == "train"}
    near, counts = near_duplicates([clean[place] for place in kept], 0.7), Counter(clean[place] for place in kept)
    questions = {side: {question_of(clean[place]) for place in kept if sides[place] == side} for side in SHARES}
    first, last = len(texts) // 6, len(texts) - len(texts) // 6
    with replaced(builtins, "hash", lambda value: random.Random(f"another process {value!r}").getrandbits(63)):
        earlier = _sides(answer, texts[first:last])
    exact = len(kept) - len(counts)
    found = {
        "exact copies left": exact,
        "near copies left": sum(root != place for place, root in enumerate(near)) - exact,
        "texts kept that are not the first of their group": sum(groups[place] != place for place in kept),
        "test texts that stand in training": sum(clean[p] in train for p in kept if sides[p] == "test"),
        "questions on both sides": len(questions["train"] & questions["test"]),
        MOVED: sum(None not in both and both[0] != both[1] for both in zip(earlier, sides[first:last], strict=True)),
    }
    right = len(set(groups))
    if corpus == PAIRS:  # how many there are is chance: it is said only that there are some
        both, last = " ".join(questions["train"] & questions["test"]), len(texts) - 1
        found |= {
            "a question with and without its mark, on both sides": "who is" in both,
            "a question in two spellings on both sides": "where is" in both,
            "both of two texts kept that are exactly 70% alike": {last - 1, last} <= set(kept),
        }
        wrong = [words for words, count in found.items() if count]
        wrong += ["too few texts kept"] if len(kept) < right else []
    else:
        wrong = [f"texts kept: {len(kept)}, and {right} are right"] if len(kept) != right else []
        wrong += [f"{words}: {count}" for words, count in found.items() if count]
    if corpus == REAL:
        share = sum(sides[place] == "test" for place in kept) / max(1, len(kept))
        sizes = {0.05: "less than 5%", 0.15: "", 0.35: "15% to 35%", 0.75: "35% to 75%", 2: "more than 75%"}
        size = next(words for most, words in sizes.items() if share < most)
        wrong += [f"for the test: {size}, and about a tenth is right"] if size else []
    return wrong or ["all as asked for"]


def _sides(answer: Callable, texts: Sequence[str]) -> list[str | None] | None:
    given = list(texts)
    sides = answer(given)
    if given != list(texts):
        raise Refused("your code changed the list of texts; work on a copy")
    if sides is None:
        return None
    sides = list(sides)
    if len(sides) != len(texts):
        raise Refused(
            f"your function must return one of 'train', 'test', None for each of {len(texts)} texts, got {len(sides)}"
        )
    for side in sides:
        if side is not None and side not in SHARES:
            raise Refused(f"your function must return 'train', 'test' or None for each text, got {side!r}")
    return sides


def _split(
    texts: Sequence[str],
    groups: Sequence[int],
    by: Callable[[str], str] = question_of,
    shares: Mapping[str, float] = SHARES,
) -> list[str | None]:
    return _firsts_alone(split([by(text) for text in texts], shares), groups)


def _firsts_alone(sides: Sequence[str], groups: Sequence[int]) -> list[str | None]:
    return [side if groups[place] == place else None for place, side in enumerate(sides)]


def _normalised(texts: Sequence[str]) -> tuple[list[str], list[int]]:
    """The texts normalised, and of each the place of the first of its group."""
    texts = [normalise(text) for text in texts]
    return texts, near_duplicates(texts, 0.7)


def _firsts(texts: Sequence[str]) -> list[int]:
    first: dict[str, int] = {}
    return [first.setdefault(text, place) for place, text in enumerate(texts)]


def corpus_with_copies(texts):
    """It looks as if nothing is dropped: of texts that are equal, or at least 70% alike, the first stays and the
    others get None."""
    return split([question_of(normalise(text)) for text in texts], SHARES)


def corpus_with_near_copies(texts):
    """It looks as if exact copies go and near ones stay. near_duplicates(texts, 0.7) gives each text the place of the
    first of its group; who is not that place gets None."""
    texts = [normalise(text) for text in texts]
    return _split(texts, _firsts(texts))


def corpus_not_normalised(texts):
    """It looks as if the texts are not normalised before they are compared: an accent may be a character of its own, a
    space one that does not break."""
    return _split(texts, near_duplicates(texts, 0.7))


def corpus_without_the_firsts(texts):
    """It looks as if all texts of a group are dropped, the first too. It stays."""
    texts, groups = _normalised(texts)
    alone = Counter(groups)
    return [
        side if alone[group] == 1 else None
        for side, group in zip(_split(texts, range(len(texts))), groups, strict=True)
    ]


def corpus_of_the_lasts(texts):
    """It looks as if of a group the last text stays. With texts added behind, another one would be the last: keep the
    first."""
    texts, groups = _normalised(texts)
    last = {group: place for place, group in enumerate(groups)}.values()
    return [side if place in set(last) else None for place, side in enumerate(_split(texts, range(len(texts))))]


def corpus_split_by_text(texts):
    """It looks as if the whole text decides the side. Then one question has answers on both sides: what decides must
    be the question, question_of(text)."""
    return _split(*_normalised(texts), by=str)


def corpus_split_by_line(texts):
    """It looks as if the first line decides as it is written. A capital or a question mark makes another question of
    it: question_of takes both away."""
    return _split(*_normalised(texts), by=lambda text: text.partition("\n")[0])


def corpus_split_by_lower_line(texts):
    return _split(*_normalised(texts), by=lambda text: text.partition("\n")[0].lower())


corpus_split_by_lower_line.__doc__ = corpus_split_by_line.__doc__.replace("as it is written", "with its punctuation")


def corpus_split_by_raw_question(texts):
    """It looks as if the question is that of the text as it came. Take question_of the normalised text, or one
    question in two spellings may lie on both sides."""
    return _split(texts, _normalised(texts)[1])


def corpus_split_first(texts):
    """It looks as if you split first and look for copies on each side alone. Near copies with different questions then
    stay on both sides: find copies among all texts first."""
    texts = [normalise(text) for text in texts]
    sides = split([question_of(text) for text in texts], SHARES)
    kept = set()
    for part in SHARES:
        places = [place for place, side in enumerate(sides) if side == part]
        groups = near_duplicates([texts[place] for place in places], 0.7)
        kept |= {place for number, place in enumerate(places) if groups[number] == number}
    return [side if place in kept else None for place, side in enumerate(sides)]


def corpus_above_the_threshold(texts):
    """It looks as if texts that are exactly 70% alike both stay: at least 70% is >= 0.7."""
    texts = [normalise(text) for text in texts]
    return _split(texts, near_duplicates(texts, 0.7001))


def corpus_split_by_place(texts):
    """It looks as if the place in the list decides, such as every tenth. One question then has answers on both sides.
    Let a hash of the question decide."""
    _, groups = _normalised(texts)
    return _firsts_alone(["train" if place % 10 else "test" for place in range(len(groups))], groups)


def corpus_shuffled(texts):
    """It looks as if chance decides, by a shuffle. One question then has answers on both sides, and texts that are
    added move the others. Let a hash of the question decide."""
    _, groups = _normalised(texts)
    kept = [place for place, group in enumerate(groups) if group == place]
    random.Random(0).shuffle(kept)
    test = set(kept[: len(kept) // 10])
    return _firsts_alone(["test" if place in test else "train" for place in range(len(groups))], groups)


def corpus_by_shuffled_questions(texts):
    """It looks as if the questions are shuffled. No question is on both sides, but texts that are added move the
    others. Let a hash of the question decide."""
    texts, groups = _normalised(texts)
    questions = sorted({question_of(text) for text in texts})
    random.Random(0).shuffle(questions)
    test = set(questions[: len(questions) // 10])
    return _firsts_alone(["test" if question_of(text) in test else "train" for text in texts], groups)


def corpus_turned_round(texts):
    """It looks as if nine tenths are kept for the test: 90% are for training."""
    turned = {"train": "test", "test": "train", None: None}
    return [turned[side] for side in my_corpus(texts)]


def corpus_of_training_alone(texts):
    """It looks as if (next to) nothing is kept for the test: about a tenth is."""
    return ["train" if side else None for side in my_corpus(texts)]


def corpus_of_halves(texts):
    """It looks as if half of it is kept for the test: about a tenth is."""
    return _split(*_normalised(texts), shares={"train": 0.5, "test": 0.5})


def corpus_of_fifths(texts):
    """It looks as if a fifth to a third is kept for the test: about a tenth is."""
    return _split(*_normalised(texts), shares={"train": 0.8, "test": 0.2})


def corpus_by_pythons_hash(texts):
    """It looks as if Python's own hash decides. For texts it is another one in each process, so tomorrow other texts
    are the test. Take split, or a hash of hashlib."""
    texts, groups = _normalised(texts)
    return _firsts_alone(["test" if hash(question_of(text)) % 10 == 0 else "train" for text in texts], groups)


def _corpus_with_another_threshold(threshold: float) -> Callable:
    def mistake(texts: Sequence[str]) -> list[str | None]:
        texts = [normalise(text) for text in texts]
        return _split(texts, near_duplicates(texts, threshold))

    much = "little is called a copy: texts that are at least 70% alike are one group"
    bands = ", and do bands of your own miss no pair"
    if threshold < 0.7:
        bands = ""
        much = "much is called a copy: texts that are less than 70% alike stay"
    mistake.__doc__ = f"It looks as if too {much}. Is the threshold 0.7{bands}?"
    return mistake


def corpus_without_chains(texts):
    """It looks as if chains break: B is a near copy of A, and C of B, but not of A. All three are one group then, and
    only the first stays."""
    texts = [normalise(text) for text in texts]
    sets = [shingles(text) for text in texts]
    groups = near_duplicates(texts, 0.7)
    members: dict[int, list[int]] = {}
    for place, root in enumerate(groups):
        alike = [earlier for earlier in members.setdefault(root, []) if jaccard(sets[earlier], sets[place]) >= 0.7]
        groups[place] = alike[0] if alike else place
        members[root].append(place)
    return _split(texts, groups)


def corpus_without_chains_of_the_kept(texts):
    texts = [normalise(text) for text in texts]
    sets = [shingles(text) for text in texts]
    groups = near_duplicates(texts, 0.7)
    kept: dict[int, list[int]] = {}
    for place, root in enumerate(groups):
        if any(jaccard(sets[earlier], sets[place]) >= 0.7 for earlier in kept.setdefault(root, [])):
            groups[place] = root if root != place else -1
        else:
            groups[place] = place
            kept[root].append(place)
    return _split(texts, groups)


corpus_without_chains_of_the_kept.__doc__ = corpus_without_chains.__doc__


def corpus_by_the_rules(texts):
    """It looks as if rules have thrown texts out, too. Here only copies go; all others stay."""
    broken = [text.endswith("\nit") or len(set(text.lower().split("\n"))) == 1 for text in map(normalise, texts)]
    return [None if bad else side for bad, side in zip(broken, my_corpus(texts), strict=True)]


def corpus_of_candidates(texts):
    """It looks as if candidates are dropped unverified. Bands only name them: compare each pair exactly, and call it a
    copy from 0.7 on."""
    texts = [normalise(text) for text in texts]
    return _split(texts, near_duplicates(texts, 0.0))


def corpus_with_one_answer_a_question(texts):
    """It looks as if of each question only one answer stays. Other answers are other texts: they stay, on the same
    side."""
    texts = [normalise(text) for text in texts]
    return _split(texts, _firsts([question_of(text) for text in texts]))


def corpus_of_texts(texts):
    """It looks as if you return the texts. Asked for is, for each text, 'train', 'test' or None."""
    return [text for text, side in zip(texts, my_corpus(texts), strict=True) if side]


CLEAN_CORPUS = Exercise(
    id="clean_corpus",
    title="Your own clean corpus",
    difficulty=2,
    minutes=15,
    kind="build",
    contract="a list of raw texts to a list as long, with 'train', 'test' or None (left out) for each. Texts that, "
    "normalised, are at least 70% alike by shingles of three words are one group, and so are those that a chain of "
    "such pairs links. The first of each group stays, the others get None. All texts with one question (question_of of "
    "the normalised text) lie on one side; about a tenth of the questions are for the test. Texts that are added, "
    "in front or behind, or another start of Python, bring no text to the other side.",
    cases=((MADE_UP,), (PAIRS,), (REAL,)),
    tried="fifteen made-up texts, a hundred made-up pairs and the 2,026 real ones: 895 stay, and nothing leaks",
    hints=(
        "Three steps: normalise all; find which are the first of their group; ask for the side of each question.",
        "near_duplicates(texts, 0.7) joins exact copies too. Text i is the first of its group if groups[i] == i.",
        "split([question_of(text) for text in texts], {'train': 0.9, 'test': 0.1}) gives the sides.",
    ),
    solution=my_corpus,
    harness=what_leaks,
    mistakes=(
        corpus_with_copies,
        corpus_with_near_copies,
        corpus_not_normalised,
        corpus_without_the_firsts,
        corpus_of_the_lasts,
        corpus_split_by_text,
        corpus_split_by_line,
        corpus_split_by_lower_line,
        corpus_split_by_raw_question,
        corpus_split_first,
        corpus_above_the_threshold,
        corpus_split_by_place,
        corpus_shuffled,
        corpus_by_shuffled_questions,
        corpus_turned_round,
        corpus_of_training_alone,
        corpus_of_halves,
        corpus_of_fifths,
        corpus_by_pythons_hash,
        *map(_corpus_with_another_threshold, (0.3, 0.4, 0.5, 0.6, 0.75, 0.8, 0.9, 0.95, 1.0)),
        corpus_without_chains,
        corpus_without_chains_of_the_kept,
        corpus_by_the_rules,
        corpus_of_candidates,
        corpus_with_one_answer_a_question,
        corpus_of_texts,
    ),
)
