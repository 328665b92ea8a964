"""Lesson 00: its exercises against NumPy and autograd, its helpers, and right answers in other styles."""

import re
from itertools import pairwise

import numpy as np
import pytest
import torch
from classroom.styles import accept, refuse
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from models import our_config

from lessons_lib import Transformer
from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson00
from lessons_lib.classroom.lessons.lesson00 import figures, reading, spam
from lessons_lib.classroom.lessons.lesson00.next_words import GENESIS, NEXT_WORDS, my_next_words, written
from lessons_lib.classroom.lessons.lesson00.one_step import my_one_step
from lessons_lib.classroom.lessons.lesson00.parabola import my_slopes
from lessons_lib.classroom.lessons.lesson00.shared import KNOB, WARMER, slopes
from lessons_lib.classroom.lessons.lesson00.spam import MESSAGES, NEW_MESSAGES, SPAM, WANTED
from lessons_lib.classroom.lessons.lesson00.train import my_train
from lessons_lib.classroom.trials import Refused

EXERCISES = {exercise.id: exercise for exercise in lesson00.EXERCISES}
NUMBERS = st.floats(-3, 3)
POINTS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=7)


def gradient(x, y, *coefficients):
    """What autograd says of the mean squared error of a polynomial, its highest power first."""
    numbers = torch.tensor(coefficients, dtype=torch.float64, requires_grad=True)
    powers = torch.stack([torch.tensor(x) ** power for power in reversed(range(len(coefficients)))])
    ((numbers @ powers - torch.tensor(y)) ** 2).mean().backward()
    return numbers.grad.tolist()


@given(POINTS, NUMBERS, NUMBERS, NUMBERS)
@settings(max_examples=examples(50))
def test_slopes_are_those_of_autograd(points, a, b, c):
    x, y = np.array(points).T
    assert my_slopes(x, y, a, b, c) == pytest.approx(gradient(x, y, a, b, c), abs=1e-9)
    assert slopes(x, y, a, b) == pytest.approx(gradient(x, y, a, b), abs=1e-9)


def test_training_ends_at_the_line_that_numpy_finds():
    assert my_train(KNOB, WARMER, 5.0, 0.0, 0.1, 200)[:2] == pytest.approx(np.polyfit(KNOB, WARMER, 1))


def test_the_step_on_paper_is_a_step_of_the_loop():
    x, y = np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 6.0])
    assert [*my_one_step(), 0] == pytest.approx(my_train(x, y, 1, 0, 0.1, 1))


def test_what_a_pass_says_the_model_writes_is_what_it_writes():
    _, sentence = written(my_next_words, GENESIS, "God")
    assert NEXT_WORDS.tried.endswith(f"your model writes: {sentence}")


def test_messages_are_of_both_kinds_alike_and_none_is_met_twice():
    for messages in (MESSAGES, NEW_MESSAGES):
        kinds = [kind for _, kind in messages]
        assert kinds.count(SPAM) == kinds.count(WANTED) == len(kinds) / 2
    assert not {text for text, _ in MESSAGES} & {text for text, _ in NEW_MESSAGES}


def cuts_in_the_loop(text, word):
    after = [text.split()[i + 1] for i, each in enumerate(text.split()[:-1]) if text.split()[i] == word == each]
    return {each: after.count(each) / len(after) for each in set(after)}


def counts_by_cutting(text, word):
    return {each: text.split().count(each) / len(text.split()) for each in text.split()}


def test_an_answer_that_cuts_the_long_text_in_its_loop_ends_soon():
    text = "the cat and the dog and the cat"
    assert cuts_in_the_loop(text, "the") == pytest.approx(my_next_words(text, "the"))  # right, but slow
    with pytest.raises(Refused, match="cut it once, before the loop"):
        written(cuts_in_the_loop, GENESIS, "God")
    with pytest.raises(Refused, match="cut it once, before the loop"):
        written(counts_by_cutting, GENESIS, "God")


class Letters:
    """A tokenizer whose tokens are letters."""

    def encode(self, text):
        return [ord(letter) for letter in text]

    def decode(self, ids):
        return "".join(map(chr, ids))


class Echo:
    """A model whose favourite next token is the one that follows in a text it knows by heart."""

    def __init__(self, text):
        self.ids = torch.tensor(Letters().encode(text))

    def __call__(self, ids, logits_to_keep=0):
        following = torch.cat([self.ids[1 : ids.shape[1] + 1], torch.tensor([0])])[: ids.shape[1]]
        return torch.nn.functional.one_hot(following, 128).float()[None]


def test_a_word_counts_if_each_of_its_tokens_was_the_favourite():
    assert reading.words_guessed(Echo("ab cd ef gh"), Letters(), "ab cd ef gh") == 3  # not the first
    assert reading.words_guessed(Echo("ab cx ef gh"), Letters(), "ab cd ef gh") == 2


def test_counted_words_are_the_most_frequent_followers():
    assert reading.words_counted("a b a c a c d", "a c a b d a") == 2  # c after a once, and a after c never wins


def test_a_model_that_counts_writes_what_it_has_counted_and_stops_where_nothing_follows():
    assert reading.write(my_next_words, "a b c", "a") == "a b c"
    assert reading.write(my_next_words, "a b a b", "a", count=3) == "a b a"
    assert {reading.write(my_next_words, "a b a c", "a", count=2, seed=seed) for seed in range(20)} == {"a b", "a c"}


def test_next_tokens_are_sorted_and_are_the_chances_of_the_model():
    torch.manual_seed(0)
    model = Transformer(our_config(vocab_size=128)).eval()
    found = reading.next_tokens(model, Letters(), "ab", 128)
    assert sum(chance for _, chance in found) == pytest.approx(1, abs=1e-5)
    assert [chance for _, chance in found] == sorted((chance for _, chance in found), reverse=True)
    assert dict(found)["c"] == pytest.approx(reading.chance_of(model, Letters(), "ab", "c"))
    with pytest.raises(ValueError, match="which is 2 tokens, allowed one"):
        reading.chance_of(model, Letters(), "ab", "cd")


def learned(messages, steps):
    """The filter of section 3, in lists and loops."""
    weights = {word: 0.0 for message, _ in messages for word in bag(message)}
    for _ in range(steps):
        errors = [sum(weights[word] for word in bag(message)) - kind for message, kind in messages]
        for word in weights:
            of_word = sum(e * bag(m).count(word) for e, (m, _) in zip(errors, messages, strict=True))
            weights[word] -= 0.1 * 2 * of_word / len(messages)
    return weights


def bag(message):
    return re.findall("[a-z0-9]+", f"always {message}".lower())


def test_each_message_is_held_back_once():
    losses, right = spam.held_back((2, 5))
    for loss, good, steps in zip(losses, right, (2, 5), strict=True):
        errors, found = [], 0
        for place, (message, kind) in enumerate(MESSAGES):
            weights = learned(MESSAGES[:place] + MESSAGES[place + 1 :], steps)
            score = sum(weights.get(word, 0) for word in bag(message))
            errors.append(score - kind)
            found += (score > 0) == (kind == SPAM)
        assert loss == pytest.approx(np.mean(np.square(errors))) and good == found


def test_free_is_pulled_down_by_one_message_from_step_14_on():
    for steps, falls in ((1, False), (13, False), (14, True), (40, True), (99, True)):
        weights = learned(MESSAGES, steps)
        errors = [
            sum(weights[word] for word in bag(message)) - kind for message, kind in MESSAGES if "free" in bag(message)
        ]
        *spams, lunch = errors
        assert len(spams) == 5 and lunch > 0 and (lunch > -sum(spams)) is falls


def test_what_the_panel_says_is_what_training_does():
    a, b, _ = my_train(KNOB, WARMER, 1.0, -2.0, 0.2, 10)
    _, text = figures.descent(1.0, -2.0, 0.2)
    assert f"a = {a:.2f}, b = {b:.2f}" in text


def loop_train(x, y, a, b, rate, steps):
    n, losses = len(x), []
    for done in range(steps + 1):
        error = [a * x_i + b - y_i for x_i, y_i in zip(x, y, strict=True)]
        losses.append(sum(e * e for e in error) / n)
        if done < steps:
            down_a = sum(2 * e * x_i for e, x_i in zip(error, x, strict=True)) / n
            a, b = a - rate * down_a, b - rate * sum(2 * e for e in error) / n
    return a, b, next((n for n in range(1, steps + 1) if losses[n] > losses[n - 1]), 0)


def torch_slopes(x, y, a, b, c):
    return torch.tensor(gradient(x, y, a, b, c))


def next_words_in_pairs(text, word):
    words = text.split()
    after = [second for first, second in pairwise(words) if first == word]
    return {each: after.count(each) / len(after) for each in sorted(set(after))}


RIGHT = {
    "line": lambda a, b, x: sum((a * x, b)),
    "one_step": lambda: np.array([1.6, 0.4]),
    "train_line": loop_train,
    "parabola": torch_slopes,
    "next_words": next_words_in_pairs,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)


def test_a_value_is_taken_for_the_step_on_paper():
    assert feedback(EXERCISES["one_step"], (1.6, 0.4)).startswith("✓")


# The learner writes the same mistakes differently; the words must be the same.


def mean_loss(x, y, a, b):
    return sum((a * x + b - y) ** 2) / len(x)


def train_with_a_forgotten_gradient(x, y, a, b, rate, steps):
    down, rose = gradient(x, y, a, b), 0
    for n in range(steps):
        before = mean_loss(x, y, a, b)
        a, b = a - rate * down[0], b - rate * down[1]
        if not rose and mean_loss(x, y, a, b) > before:
            rose = n + 1
    return a, b, rose


def words_by_places(text, word):
    words, counts = text.split(), {}
    for place, each in enumerate(words[1:], start=1):
        if words[place - 1] == word:
            counts[each] = counts.get(each, 0) + 1
    return counts


def train_until_it_is_good(x, y, a, b, rate, steps):
    done = rose = 0
    while done < steps and mean_loss(x, y, a, b) >= 0.05:
        done += 1
        a, b, worse = my_train(x, y, a, b, rate, 1)
        rose = rose or worse * done
    return a, b, rose


def train_by_fives(x, y, a, b, rate, steps):
    rose = 0
    for n in range(steps):
        error = a * x + b - y
        a, b = a - rate * 2 * sum(error * x) / 5, b - rate * 2 * sum(error) / 5
        rose = rose or (n + 1) * (mean_loss(x, y, a, b) > sum(error**2) / len(x))
    return a, b, rose


def train_until_it_rises(x, y, a, b, rate, steps):
    before = mean_loss(x, y, a, b)
    for n in range(1, steps + 1):
        a, b, _ = my_train(x, y, a, b, rate, 1)
        if mean_loss(x, y, a, b) > before:
            return a, b, n
        before = mean_loss(x, y, a, b)
    return a, b, 0


def train_keeps_the_best(x, y, a, b, rate, steps):
    best, rose, before = (a, b), 0, mean_loss(x, y, a, b)
    least = before
    for n in range(1, steps + 1):
        a, b, _ = my_train(x, y, a, b, rate, 1)
        now = mean_loss(x, y, a, b)
        if now < least:
            best, least = (a, b), now
        if now > before and not rose:
            rose = n
        before = now
    return [*best, rose]


def train_b_then_a(x, y, a, b, rate, steps):
    rose = 0
    for n in range(1, steps + 1):
        before = mean_loss(x, y, a, b)
        b = b - rate * gradient(x, y, a, b)[1]
        a = a - rate * gradient(x, y, a, b)[0]
        if mean_loss(x, y, a, b) > before and rose == 0:
            rose = n
    return [a, b, rose]


def train_by_print(x, y, a, b, rate, steps):
    a, b, rose = my_train(x, y, a, b, rate, steps)
    return [f"{a}", f"{b}", f"{rose}"]


def slopes_with_hats(x, y, a, b, c):
    error = a * x ^ 2 + b * x + c - y
    return [2 * np.mean(error * x), 2 * np.mean(error * x), 2 * np.mean(error)]


def slopes_with_one_hat(x, y, a, b, c):
    error = a * x * x + b * x + c - y
    return [2 * np.mean(error * (x ^ 2)), 2 * np.mean(error * x), 2 * np.mean(error)]


def slopes_by_means(x, y, a, b, c):
    error = np.mean(a * x * x + b * x + c - y)
    return [2 * error * np.mean(x * x), 2 * error * np.mean(x), 2 * error]


def words_by_remainder(text, word):
    words = text.split()
    after = [words[(i + 1) % len(words)] for i in range(len(words)) if words[i] == word]
    return {each: after.count(each) / len(after) for each in set(after)}


def words_one_too_early(text, word):
    words = text.split()
    after = [words[i - 1] for i in range(len(words)) if words[i] == word]
    return {each: after.count(each) / len(after) for each in set(after)}


def words_rounded(text, word):
    return {each: round(chance, 2) for each, chance in next_words_in_pairs(text, word).items()}


def slopes_by_error(error, x):
    return [2 * np.mean(error * power) for power in (x * x, x, 1)]


def words_round_the_corner(text, word):
    words = text.split()
    after = [words[i] for i in range(len(words)) if words[i - 1] == word]
    return {each: after.count(each) / len(after) for each in set(after)}


def favourite(text, word):
    chances = next_words_in_pairs(text, word)
    return max(chances, key=chances.get, default="")


def train_and_note(note):
    def train(x, y, a, b, rate, steps):
        rose = None if note is None else 0
        for s in range(steps):
            before = mean_loss(x, y, a, b)
            a, b, _ = my_train(x, y, a, b, rate, 1)
            after = mean_loss(x, y, a, b)
            if after > before or (note == ">=" and after == before):
                rose = rose or (s if note == "s" else s + 1)
        return [float(a), float(b), bool(rose) if note == "bool" else rose]

    return train


def train_by_comparing(size):
    def train(x, y, a, b, rate, steps):
        rose = 0
        for s in range(1, steps + 1):
            before = size(a * x + b - y)
            a, b, _ = my_train(x, y, a, b, rate, 1)
            if size(a * x + b - y) > before and not rose:
                rose = s
        return [a, b, rose]

    return train


def train_to_the_lowest(x, y, a, b, rate, steps):
    losses = [mean_loss(x, y, a, b)]
    for _ in range(steps):
        a, b, _ = my_train(x, y, a, b, rate, 1)
        losses.append(mean_loss(x, y, a, b))
    return [a, b, losses.index(min(losses)) + 1]


def train_returns_in_the_loop(x, y, a, b, rate, steps):
    for _ in range(steps):
        return my_train(x, y, a, b, rate, 1)


def train_by_the_lessons_formula(x, y, a, b, rate, steps):
    rose = 0
    for s in range(1, steps + 1):
        before = mean_loss(x, y, a, b)
        a, b = a - rate * 4 * (a - 3), b - rate * 2 * (b - 2)
        rose = rose or s * (mean_loss(x, y, a, b) > before)
    return a, b, rose


def train_compares_in_the_next_round(x, y, a, b, rate, steps):
    rose, before = 0, mean_loss(x, y, a, b)
    for n in range(1, steps + 1):
        now = mean_loss(x, y, a, b)
        rose = rose or n * (now > before)
        before = now
        a, b, _ = my_train(x, y, a, b, rate, 1)
    return a, b, rose


def words_in(loop):
    def next_words(text, word):
        words, counts = text.split(), {}
        for i in range(len(words) - (2 if loop == "short" else 0 if loop == "long" else 1)):
            if loop == "zeros":
                counts.setdefault(words[i + 1], 0)
            if words[i] == word:
                counts[words[i + 1]] = counts.get(words[i + 1], 0) + 1
            if loop == "return":
                return counts
        total = sum(counts) if loop == "sum" else max(counts.values(), default=1) if loop == "largest" else 0
        return {each: n / (total or sum(counts.values())) for each, n in counts.items()}

    return next_words


def words_by_pattern(text, word):
    after = re.findall(rf"(?<!\S){word}\s+(\S+)", text)
    return {each: after.count(each) / len(after) for each in after}


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("line", lambda a, b, x: x * b + a, "have changed places"),
        ("one_step", (0.4, -0.4), "goes uphill"),
        ("train_line", train_with_a_forgotten_gradient, "computed once, before the loop"),
        ("parabola", lambda x, y, a, b, c: np.array(gradient(x, y, a, b, c)) / 2, "factor 2 is missing"),
        ("next_words", words_by_places, "how often each word follows"),
        ("line", lambda a, b, x: float(f"{a * x + b:.1f}"), "round"),
        ("line", lambda a, b, x: a ^ x + b, "times is written *"),
        ("line", lambda a, b, x: b + a(x), "calls a as a function"),
        ("one_step", (1.52, 0.4), "the new b"),
        ("one_step", (1.6, 0.28), "the new a"),
        ("one_step", np.array([1.36, 0.24]), "divide by 5"),
        ("one_step", (int(1.6), int(0.4)), "int(...) cut"),
        ("one_step", [[1.6, 0.4]], "a bracket too many"),
        ("train_line", train_until_it_is_good, "as many steps as asked for"),
        ("train_line", train_by_fives, "always divide by 5"),
        ("train_line", train_until_it_rises, "take all the others as well"),
        ("train_line", train_keeps_the_best, "the best a and b of the way"),
        ("train_line", train_b_then_a, "with the new b"),
        ("train_line", train_by_print, "as text"),
        ("train_line", lambda *case: my_train(*case)[:2], "third value is missing"),
        ("parabola", lambda x, y, a, b, c: slopes_by_error(a * x + b - y, x), "the shower's line"),
        ("parabola", lambda x, y, a, b, c: gradient(x, y, a, b, c)[1:], "the line's two numbers"),
        ("parabola", lambda x, y, a, b, c: gradient(x, y, a, b), "of its error too"),
        ("parabola", slopes_with_hats, "x**2 in Python"),
        ("parabola", slopes_with_one_hat, "x**2 in Python"),
        ("parabola", slopes_by_means, "mean error by the mean of x squared"),
        ("next_words", words_by_remainder, "len(words) goes back"),
        ("next_words", words_one_too_early, "for the first word even the last one"),
        ("next_words", words_rounded, "round the chances"),
        ("next_words", lambda text, word: next_words_in_pairs(text.lower(), word), "text's letters small"),
        ("next_words", words_round_the_corner, "words[i - 1] is the last word"),
        ("next_words", lambda text, word: next_words_in_pairs(" ".join(re.findall(r"\w+", text)), word), "drop commas"),
        ("next_words", favourite, "the favourite as text"),
        ("one_step", [1, 0], "no step was taken"),
        ("one_step", (None, None), "work them out on paper"),
        ("one_step", [1 + 0.1 * 9, 0.1 * 6], "divided by 2"),
        ("one_step", (1.6, -0.4), "b goes uphill"),
        ("train_line", train_by_comparing(lambda error: np.mean(error) ** 2), "squares of the mean error"),
        (
            "next_words",
            lambda text, word: (found := next_words_in_pairs(text, word)) or 1 / len(found),
            "there is nothing to divide by",
        ),
        ("train_line", train_to_the_lowest, "the lowest of all losses"),
        ("train_line", train_returns_in_the_loop, "the return belongs behind the loop"),
        ("parabola", lambda x, y, a, b, c: np.array(gradient(x, y, a, b, c))[:, None], "in a list of its own"),
        ("train_line", train_and_note(">="), "wrote >= where >"),
        ("train_line", train_and_note("bool"), "True or False"),
        ("train_line", train_and_note(None), "0 and not None"),
        ("train_line", train_and_note("s"), "counted from 0"),
        ("train_line", lambda *case: [*my_train(*case)[:2], int(case[4] > 0.5)], "follows from the rate"),
        ("train_line", train_by_the_lessons_formula, "4 (a - 3)"),
        ("parabola", lambda x, y, a, b, c: [gradient(x, y, a, b, c)[i] for i in (1, 2, 2)], "the slopes of the line"),
        ("next_words", cuts_in_the_loop, "Cut it once, before the loop"),
        ("next_words", words_in("long"), "last word has nothing after it"),
        ("next_words", words_in("short"), "last two words are never compared"),
        ("next_words", words_in("return"), "first two words of the text alone"),
        ("next_words", words_in("zeros"), "follow only other words"),
        ("next_words", words_in("sum"), "the counts are in counts.values()"),
        ("next_words", words_in("largest"), "by the largest count"),
        ("train_line", train_compares_in_the_next_round, "one step too late"),
        ("train_line", train_by_comparing(lambda error: round(np.mean(error**2), 4)), "losses that were rounded"),
        ("train_line", train_by_comparing(lambda error: round(np.mean(error**2), 3)), "losses that were rounded"),
        ("next_words", words_by_pattern, "just been counted as a follower"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)
