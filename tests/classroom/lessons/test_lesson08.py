"""The solutions of lesson 08 against the library and the corpus itself, and the same mistakes in other words."""

import itertools
import math
import random
import re
import unicodedata
import zlib

import pytest
from classroom.styles import accept, refuse

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson08
from lessons_lib.classroom.lessons.lesson08.bands_for import my_bands
from lessons_lib.classroom.lessons.lesson08.chunks import my_chunks
from lessons_lib.classroom.lessons.lesson08.clean_corpus import PAIRS, my_corpus, what_leaks
from lessons_lib.classroom.lessons.lesson08.figures import likenesses
from lessons_lib.classroom.lessons.lesson08.groups_of_pairs import my_groups
from lessons_lib.classroom.lessons.lesson08.shared import FIFTEEN, question_of
from lessons_lib.classroom.lessons.lesson08.which_leak import my_which_leak
from lessons_lib.corpora import conversations
from lessons_lib.training.data import MinHash, jaccard, mend_mojibake, near_duplicates, normalise, shingles, split

EXERCISES = {exercise.id: exercise for exercise in lesson08.EXERCISES}
SHARES = {"train": 0.9, "test": 0.1}


def test_most_candidates_are_about_half_alike_and_41_texts_would_go():
    texts = list(dict.fromkeys(normalise(conversation.text) for conversation in conversations()))
    numbers = [shingles(text) for text in texts]
    signatures = [MinHash(128).signature(each).tolist() for each in numbers]
    drawers = {}
    for place, signature in enumerate(signatures):
        for start in range(0, 128, 4):
            drawers.setdefault((start, *signature[start : start + 4]), []).append(place)
    named = {pair for drawer in drawers.values() for pair in itertools.combinations(drawer, 2)}
    assert len({later for _, later in named}) == 41
    assert 2 * sum(0.4 <= jaccard(numbers[a], numbers[b]) <= 0.6 for a, b in named) > len(named)


def at_random(texts):
    shuffled = list(texts)
    random.Random(0).shuffle(shuffled)
    return shuffled[len(shuffled) // 10 :], shuffled[: len(shuffled) // 10]


def by(sides, texts):
    return [[text for text, side in zip(texts, sides, strict=True) if side == part] for part in SHARES]


def test_the_ways_that_leak_do_and_the_others_do_not():
    texts = [conversation.text for conversation in conversations()]
    different = list(dict.fromkeys(texts))
    ways = {
        "A": [list(dict.fromkeys(part)) for part in at_random(texts)],
        "B": at_random(different),
        "C": by(split([question_of(text) for text in texts], SHARES), texts),
        "D": by(split(texts, SHARES), texts),
        "E": at_random({hash(text): text for text in texts}.values()),
        "F": (different, at_random(different)[1]),
    }
    leaks = {letter: {*map(normalise, train)} & {*map(normalise, test)} for letter, (train, test) in ways.items()}
    assert my_which_leak() == [letter for letter, leaked in leaks.items() if leaked]


def test_the_clean_corpus_is_clean_by_brute_force():
    texts = [normalise(conversation.text) for conversation in conversations()]
    sides = my_corpus(texts)
    kept = [place for place, side in enumerate(sides) if side]
    numbers = {place: shingles(texts[place]) for place in kept}
    assert all(jaccard(numbers[a], numbers[b]) < 0.7 for a, b in itertools.combinations(kept, 2))
    questions = [{question_of(texts[place]) for place in kept if sides[place] == part} for part in SHARES]
    assert all(questions) and not questions[0] & questions[1]


def test_bands_nearest_by_the_quotient_with_one_pass():
    """It orders as the difference does; where two are equally near, the last digit of a float would decide."""
    answer = bands_by(lambda threshold, bands, rows: abs((1 / bands) ** (1 / rows) / threshold - 1))
    assert feedback(EXERCISES["bands_for"], answer).startswith("✓")


@pytest.mark.parametrize("places", [1, 12, 36, 128])
def test_the_bands_are_the_nearest_of_all(places):
    for threshold in (0.05, 0.33, 0.5, 0.77, 0.99):
        bands, rows = my_bands(threshold, places)
        ways = [(b, r) for b in range(1, places + 1) for r in range(1, places + 1) if b * r == places]
        assert (bands, rows) == min(ways, key=lambda way: (abs((1 / way[0]) ** (1 / way[1]) - threshold), -way[0]))


def test_chunks_hold_every_token_and_share_the_overlap():
    for count, length in itertools.product(range(1, 20), range(1, 6)):
        for overlap in range(length):
            chunks = my_chunks(list(range(count)), length, overlap)
            assert chunks[0] + [i for chunk in chunks[1:] for i in chunk[overlap:]] == list(range(count))
            assert all(a[len(a) - overlap :] == b[:overlap] for a, b in itertools.pairwise(chunks))


def groups_by_walking(count, pairs):
    neighbours = {place: {place} for place in range(count)}
    for a, b in pairs:
        neighbours[a].add(b)
        neighbours[b].add(a)
    groups = []
    for place in range(count):
        reached, ahead = set(), [place]
        while ahead:
            if (here := ahead.pop()) not in reached:
                reached.add(here)
                ahead += neighbours[here]
        groups.append(min(reached))
    return groups


def test_groups_are_those_that_walking_reaches():
    chance = random.Random(0)
    for count in (1, 5, 30):
        pairs = [(chance.randrange(count), chance.randrange(count)) for _ in range(count // 2)]
        assert my_groups(count, pairs) == groups_by_walking(count, pairs)


def test_made_up_near_copies_are_those_that_brute_force_and_chains_link():
    texts = [normalise(text) for text in FIFTEEN]
    numbers = [shingles(text) for text in texts]
    alike = [(a, b) for a, b in itertools.combinations(range(15), 2) if jaccard(numbers[a], numbers[b]) >= 0.7]
    assert near_duplicates(texts, 0.7) == groups_by_walking(15, alike)
    assert (0, 14) in alike and (1, 14) in alike and (0, 1) not in alike  # a chain


def test_texts_that_are_added_may_drop_one_and_bring_none_to_the_other_side():
    first, last = my_corpus(FIFTEEN[:14]), my_corpus(FIFTEEN)
    assert first[1] and last[1] is None
    assert all(one == other for one, other in zip(first, last, strict=False) if one and other)


def key_letter_by_letter(text):
    straight = {"‘": "'", "’": "'", "“": '"', "”": '"'}
    letters = [straight.get(letter, letter) for letter in unicodedata.normalize("NFC", text).lower()]
    found = ""
    for letter in letters:
        found += " " if letter.isspace() and not found.endswith(" ") else "" if letter.isspace() else letter
    return found.strip(" ")


def chunks_from_the_end(tokens, length, overlap):
    count = 1 + max(0, -(-(len(tokens) - length) // (length - overlap))) if tokens else 0
    return [tuple(tokens[i * (length - overlap) :][:length]) for i in range(count)]


def corpus_in_a_loop(texts):
    clean, sides = [normalise(text) for text in texts], []
    groups = near_duplicates(clean, threshold=0.7)
    for place, text in enumerate(clean):
        import hashlib

        number = int(hashlib.md5(question_of(text).encode()).hexdigest(), 16) % 10
        sides.append(None if groups[place] != place else "test" if number == 3 else "train")
    return tuple(sides)


RIGHT = {
    "which_leak": lambda: ("A", "F"),
    "same_key": key_letter_by_letter,
    "bands_for": lambda threshold, places: list(
        max(
            ((b, places // b) for b in range(1, places + 1) if places % b == 0),
            key=lambda way: (-abs(way[0] ** (-1 / way[1]) - threshold), way[0]),
        )
    ),
    "precision_recall": lambda marked, truth: [
        sum(each in truth for each in marked) / len(marked) if marked else 1,
        sum(each in marked for each in truth) / len(truth) if truth else 1,
    ],
    "chunks": chunks_from_the_end,
    "clean_corpus": corpus_in_a_loop,
    "groups_of_pairs": groups_by_walking,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)


def by_its_own_hash(question, raw=False):
    def corpus(texts):
        clean = [normalise(text) for text in texts]
        numbers = [zlib.crc32(question(text).encode()) % 10 for text in (texts if raw else clean)]
        sides = ["train" if number else "test" for number in numbers]
        return [sides[place] if root == place else None for place, root in enumerate(near_duplicates(clean, 0.7))]

    return corpus


def copies_on_each_side_alone(texts):
    clean = [normalise(text) for text in texts]
    sides = ["train" if zlib.crc32(question_of(text).encode()) % 10 else "test" for text in clean]
    for side in SHARES:
        own = [place for place, each in enumerate(sides) if each == side]
        for root, place in zip(near_duplicates([clean[place] for place in own], 0.7), own, strict=True):
            sides[place] = side if own[root] == place else None
    return sides


def changes_its_input(texts):
    texts[:] = map(normalise, texts)
    return my_corpus(texts)


def copies_above_the_threshold(texts):
    clean = [normalise(text) for text in texts]
    numbers = [shingles(text) for text in clean]
    pairs = [(a, b) for a, b in itertools.combinations(range(len(clean)), 2) if jaccard(numbers[a], numbers[b]) > 0.7]
    sides = split([question_of(text) for text in clean], SHARES)
    roots = groups_by_walking(len(clean), pairs)
    return [side if root == place else None for place, (side, root) in enumerate(zip(sides, roots, strict=True))]


def few_for_the_test(texts):
    clean = [normalise(text) for text in texts]
    sides = ["train" if zlib.crc32(question_of(text).encode()) % 100 else "test" for text in clean]
    return [sides[place] if root == place else None for place, root in enumerate(near_duplicates(clean, 0.7))]


def exact_copies_by_a_set(texts):
    seen, sides = set(), []
    for text in map(normalise, texts):
        sides.append(None if text in seen else split([question_of(text)], SHARES)[0])
        seen.add(text)
    return sides


def first_answers(texts):
    seen, sides = set(), []
    for text in map(normalise, texts):
        sides.append(None if question_of(text) in seen else split([question_of(text)], SHARES)[0])
        seen.add(question_of(text))
    return sides


def in_passes(count):
    def groups(places, pairs):
        group = list(range(places))
        for a, b in pairs * count:
            group[a] = group[b] = min(group[a], group[b])
        return group

    return groups


def united(choose):
    """Each pair's roots joined by an order that `choose` makes, the one that stays first."""

    def groups(count, pairs):
        above = dict.fromkeys(range(count))

        def top(place):
            return place if above[place] is None else top(above[place])

        for a, b in pairs:
            stays, goes = choose(top(a), top(b))
            if stays != goes:
                above[goes] = stays
        return [top(place) for place in range(count)]

    return groups


def by_chance(chance):
    def bands(threshold, places):
        ways = [(b, places // b) for b in range(1, places + 1) if places % b == 0]
        return min(ways, key=lambda way: abs(1 - (1 - threshold ** way[1]) ** way[0] - chance))

    return bands


def gap(threshold, bands, rows):
    return round(abs(bands ** (-1 / rows) - threshold), 12), -bands


def right_but_for_spaces(text):
    return unicodedata.normalize("NFC", text).lower().translate(str.maketrans("‘’“”", "''\"\""))


def quotes_to_single(text):
    for quote in "‘’“”":
        text = text.replace(quote, "'")
    return key_letter_by_letter(text)


def near_copies_of_earlier_ones(texts, threshold=0.7, kept_alone=True):
    texts, sides, before = [normalise(text) for text in texts], [], []
    for text, side in zip(texts, split([question_of(text) for text in texts], SHARES), strict=True):
        numbers = shingles(text)
        copy = any(jaccard(numbers, each) >= threshold for each in before)
        sides.append(None if copy else side)
        if not (copy and kept_alone):
            before.append(numbers)
    return sides


def bands_by(distance, last=lambda places: places):
    def bands(threshold, places):
        choices = [(places // rows, rows) for rows in range(1, last(places) + 1) if places % rows == 0]
        return min(choices, key=lambda choice: (distance(threshold, *choice), choice[1]))

    return bands


def difference(threshold, bands, rows):
    return abs((1 / bands) ** (1 / rows) - threshold)


def by_shuffled_questions(texts):
    clean = [normalise(text) for text in texts]
    questions = sorted({question_of(text) for text in clean})
    test = set(random.Random(3).sample(questions, len(questions) // 10))
    sides = ["test" if question_of(text) in test else "train" for text in clean]
    return [sides[place] if root == place else None for place, root in enumerate(near_duplicates(clean, 0.7))]


def every_tenth_new_question(texts):
    clean = [normalise(text) for text in texts]
    number = {question: place for place, question in enumerate(dict.fromkeys(map(question_of, clean)))}
    sides = ["train" if number[question_of(text)] % 10 else "test" for text in clean]
    return [sides[place] if root == place else None for place, root in enumerate(near_duplicates(clean, 0.7))]


def the_last_tenth(texts):
    clean = [normalise(text) for text in texts]
    kept = [place for place, root in enumerate(near_duplicates(clean, 0.7)) if root == place]
    test = set(kept[-(len(kept) // 10) :])
    return [("test" if place in test else "train") if place in kept else None for place in range(len(texts))]


def all_candidates_dropped(texts):
    texts = [normalise(text) for text in texts]
    signatures = [MinHash(128).signature(shingles(text)).tolist() for text in texts]
    first, sides = {}, []
    for text, signature, side in zip(
        texts, signatures, split([question_of(text) for text in texts], SHARES), strict=True
    ):
        bands = [(start, *signature[start : start + 4]) for start in range(0, 128, 4)]
        sides.append(None if any(band in first for band in bands) else side)
        first |= dict.fromkeys(bands, text)
    return sides


def a_fifth_for_the_test(texts):
    clean = [normalise(text) for text in texts]
    sides = ["train" if zlib.crc32(question_of(text).encode()) % 5 else "test" for text in clean]
    return [sides[place] if root == place else None for place, root in enumerate(near_duplicates(clean, 0.7))]


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("which_leak", ["F", "D", "A"], "all copies of one text go to one side"),
        ("which_leak", {"A", "B", "F"}, "no shuffle can put it on both sides"),
        ("same_key", lambda text: key_letter_by_letter(unicodedata.normalize("NFKD", text)), "NFKC"),
        ("same_key", lambda text: key_letter_by_letter(text).replace("ß", "ss"), "casefold"),
        ("bands_for", lambda threshold, places: tuple(reversed(RIGHT["bands_for"](threshold, places))), "bands first"),
        ("precision_recall", lambda marked, truth: RIGHT["precision_recall"](truth, marked), "swapped"),
        ("chunks", lambda t, n, o: [t[i : i + n] for i in range(0, len(t), n - o)], "stand in the one before"),
        ("chunks", lambda t, n, o: [t[i : i + n] for i in range(0, len(t), n)], "do not overlap"),
        ("which_leak", ["A", "B"], "no shuffle can put it on both sides"),
        ("which_leak", "E", "Both that leak are missing"),
        ("which_leak", ["F", "C", "D"], "since they drop nothing"),
        ("same_key", lambda text: key_letter_by_letter(normalise(text)), "a soft hyphen"),
        (
            "same_key",
            lambda text: key_letter_by_letter(text).translate(str.maketrans("„‚`", "\"''")),
            "Only ’ ‘ “ ” are",
        ),
        ("bands_for", lambda threshold, places: tuple(map(float, my_bands(threshold, places))), "places // rows"),
        (
            "bands_for",
            bands_by(lambda threshold, bands, rows: abs(math.log((1 / bands) ** (1 / rows) / threshold))),
            "qu",
        ),
        ("bands_for", bands_by(difference, math.isqrt), "stop at the root"),
        (
            "bands_for",
            bands_by(lambda threshold, bands, rows: abs(1 / bands**1 / rows - threshold)),
            "brackets",
        ),
        ("precision_recall", lambda m, t: [round(each, 2) for each in RIGHT["precision_recall"](m, t)], "you round"),
        ("chunks", lambda t, n, o: [t[i : i + n] for i in range(0, len(t) - o, n - o)], "no longer than the overlap"),
        ("chunks", lambda t, n, o: [*my_chunks(t, n, o)[:-1], t[-n:]] if t else [], "where it would begin anyway"),
        ("which_leak", [], "Two of them leak"),
        ("same_key", quotes_to_single, "all quotes became one"),
        (
            "same_key",
            lambda text: " ".join(re.split("[ \n\t]+", right_but_for_spaces(text))).strip(),
            "white space too",
        ),
        ("same_key", lambda text: re.sub("  +", " ", right_but_for_spaces(text)), "plain spaces only"),
        ("bands_for", by_chance(0.5), "chance to become"),
        ("bands_for", by_chance(0.64), "chance to become"),
        ("bands_for", lambda t, n: min(((b, n // b) for b in range(1, n + 1)), key=lambda w: gap(t, *w)), "less than"),
        (
            "bands_for",
            lambda t, n: min(((2**k, n // 2**k) for k in range(8) if not n % 2**k), key=lambda w: gap(t, *w)),
            "1, 2, 4, 8",
        ),
        ("precision_recall", lambda m, t: RIGHT["precision_recall"](m, t) if m and t else [1, 1], "own condition"),
        (
            "precision_recall",
            lambda m, t: [len(m & t) / len(m | t) if m and t else float(not s) for s in (m, t)],
            "Jaccard",
        ),
        ("chunks", lambda t, n, o: [t[i : i + n] for i in range(0, len(t), o)], "`overlap` tokens after"),
        ("chunks", lambda t, n, o: my_chunks(t, n, o + 1 if o + 1 < n else o), "one token more"),
        ("groups_of_pairs", lambda n, pairs: in_passes(3)(n, sorted(pairs)), "until nothing changes"),
        ("groups_of_pairs", united(lambda a, b: (a, b)), "the larger root below the smaller"),
        ("clean_corpus", near_copies_of_earlier_ones, "chains break"),
        ("clean_corpus", lambda texts: near_copies_of_earlier_ones(texts, kept_alone=False), "texts kept"),
        ("clean_corpus", lambda texts: near_copies_of_earlier_ones(texts, 0.8), "too little"),
        ("groups_of_pairs", in_passes(1), "chains break"),
        ("groups_of_pairs", in_passes(2), "until nothing changes"),
        ("groups_of_pairs", in_passes(3), "until nothing changes"),
        ("clean_corpus", by_its_own_hash(lambda text: text.partition("\n")[0].lower()), "with its punctuation"),
        ("clean_corpus", by_its_own_hash(question_of, raw=True), "as it came"),
        ("clean_corpus", copies_on_each_side_alone, "each side alone"),
        ("clean_corpus", changes_its_input, "changed the list"),
        ("clean_corpus", few_for_the_test, "next to"),
        ("which_leak", {"A": True, "B": False}, "a list of the letters"),
        ("which_leak", [True, False, False, False, False, True], "a list of the letters"),
        (
            "chunks",
            lambda t, n, o: my_chunks(t, n, o) if o else list(zip(*[iter(t)] * n, strict=False)),
            "a last chunk",
        ),
        ("bands_for", bands_by(lambda threshold, bands, rows: bands ** (-1 / rows) - threshold), "abs()"),
        ("bands_for", bands_by(lambda *case: round(difference(*case), 3)), "you round"),
        (
            "bands_for",
            lambda t, n: min(
                ((b, n // b) for b in range(1, n + 1) if b * b <= n and n % b == 0), key=lambda w: gap(t, *w)
            ),
            "More bands than rows",
        ),
        ("same_key", lambda text: key_letter_by_letter(text).replace("—", "-"), "expected"),
        ("same_key", lambda text: key_letter_by_letter(text.replace("…", "...")), "expected"),
        ("same_key", lambda text: key_letter_by_letter(text).replace("′", "'"), "expected"),
        ("same_key", lambda text: key_letter_by_letter(text).replace("''", '"'), "expected"),
        ("same_key", lambda text: key_letter_by_letter(text.replace("\ufeff", "")), "expected"),
        ("same_key", lambda text: key_letter_by_letter(mend_mojibake(text)), "expected"),
        (
            "bands_for",
            lambda t, n: min(((b, n // b) for b in range(1, min(n, 64) + 1) if n % b == 0), key=lambda w: gap(t, *w)),
            "expected",
        ),
        ("bands_for", bands_by(lambda t, b, r: abs(round(b ** (-1 / r), 3) - t)), "you round"),
        ("bands_for", bands_by(lambda t, b, r: abs(round(b ** (-1 / r), 2) - t)), "you round"),
        ("bands_for", bands_by(difference, lambda places: min(places, 32)), "fixed number of rows"),
        ("same_key", lambda text: key_letter_by_letter(text.replace("”", "<>")).replace("<>", "”"), "” stays as it is"),
        ("groups_of_pairs", lambda n, pairs: in_passes(1)(n, sorted(tuple(sorted(p)) for p in pairs)), "fixed number"),
        ("which_leak", ["G"], "A to F"),
        ("which_leak", 2, "a list of letters"),
        ("clean_corpus", by_shuffled_questions, "let a hash of the question"),
        ("clean_corpus", every_tenth_new_question, "let a hash of the question"),
        ("clean_corpus", the_last_tenth, "let a hash of the question"),
        ("clean_corpus", all_candidates_dropped, "unverified"),
        ("clean_corpus", a_fifth_for_the_test, "a fifth"),
        ("clean_corpus", exact_copies_by_a_set, "near ones stay"),
        ("clean_corpus", first_answers, "only one answer stays"),
        ("clean_corpus", lambda texts: [random.choice(["train", "test"]) for _ in texts], "copies left"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


@pytest.mark.parametrize("order", [list, sorted, lambda pairs: sorted(pairs)[::-1]])
def test_ten_passes_over_the_pairs_in_any_order_are_refused(order):
    answer = in_passes(10)
    report = feedback(EXERCISES["groups_of_pairs"], lambda count, pairs: answer(count, order(pairs)))
    assert report.startswith("✗")


def test_a_pair_that_is_exactly_seventy_percent_alike_is_a_copy():
    assert what_leaks(copies_above_the_threshold, PAIRS)[-1] == "both of two texts kept that are exactly 70% alike"
    assert what_leaks(by_its_own_hash(question_of), PAIRS) == ["all as asked for"]


def test_a_pair_that_is_three_fifths_alike_lies_in_the_bar_from_there():
    bars = likenesses([3 / 5, 7 / 10], [3 / 5]).axes[0].patches
    assert [round(bar.get_x(), 2) for bar in bars if bar.get_height() > 0.9] == [0.6, 0.7, 0.6]


def test_a_corpus_that_is_not_clean_is_told_only_what_is_wrong():
    report = feedback(EXERCISES["clean_corpus"], lambda texts: near_copies_of_earlier_ones(texts, 0.75))
    assert "texts kept: 11, and 9 are right" in report and "exact copies" not in report


def test_no_words_have_quotation_marks_of_the_source_in_them():
    words = [mistake.__doc__ for exercise in EXERCISES.values() for mistake in exercise.mistakes]
    assert not [each for each in words if '" "' in " ".join(each.split())]


def test_every_set_of_ways_that_is_not_the_right_one_has_words():
    for count in range(1, 7):
        for chosen in itertools.combinations("ABCDEF", count):
            assert chosen == ("A", "F") or len(feedback(EXERCISES["which_leak"], list(chosen)).splitlines()) > 1
