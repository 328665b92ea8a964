"""Appendix A3: its errors are the ones that its table shows, and its exercises agree with libraries."""

import ast
import itertools
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from classroom.styles import accept
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lessonA3
from lessons_lib.classroom.lessons.lessonA3.mean_rows import my_mean_rows
from lessons_lib.classroom.lessons.lessonA3.raised import Errors
from lessons_lib.classroom.lessons.lessonA3.smallest_example import FAILS, my_smallest

EXERCISES = {exercise.id: exercise for exercise in lessonA3.EXERCISES}
NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
SOURCE = (NOTEBOOKS / "src/A3_troubleshooting.py").read_text(encoding="utf-8")


def test_an_error_is_printed_with_its_mend_and_kept_once(capsys):
    errors = Errors()
    errors.begin("2. Lists & more")
    for _ in range(2):
        with errors.raised("count from `0`"):
            print([][1])
    with errors.raised("what is kept", "bc"):
        raise ValueError("abcd\nand more")
    with errors.raised("where nothing fits", "no such words"):
        raise ValueError("first\n\tsecond")
    out = capsys.readouterr().out
    assert out.startswith("IndexError: list index out of range\n  mend: count from `0`\n")
    assert "ValueError: … bc …\n" in out and "ValueError: first second\n" in out
    table = errors.table()
    assert repr(table) == "3 errors, each with its mend"
    assert '<a href="#2.-Lists-&amp;-more"' in table._repr_html_()
    assert '<td style="text-align: left">count from <code>0</code></td>' in table._repr_html_()


def test_what_says_nothing_of_itself_and_what_does_not_fail_is_told():
    errors = Errors()
    with errors.raised("say more"):
        raise ValueError
    assert errors.table().rows[0].message == "ValueError: "
    with pytest.raises(RuntimeError, match="were to go wrong"), errors.raised("nothing"):
        pass


def test_the_table_holds_every_error_of_the_page_under_headings_that_exist():
    cells = nbformat.read(NOTEBOOKS / "A3_troubleshooting.ipynb", as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    printed = "".join(output.get("text", "") for output in outputs)
    shown = [output.data.get("text/html", "") for output in outputs if "data" in output]
    [table] = [html for html in shown if html.startswith("<table>")]
    assert table.count("<tr>") - 1 == SOURCE.count("with errors.raised(") == printed.count("\n  mend: ") >= 70
    sections = re.findall(r'errors\.begin\("(.*)"\)', SOURCE)
    assert sections and all(f"\n# ## {section}\n" in SOURCE for section in sections)
    assert set(re.findall(r'href="#([^"]*)"', table)) == {section.replace(" ", "-") for section in sections}


def test_what_goes_to_a_graphics_card_is_used_in_its_cell_alone():
    code = re.findall(r"# %%\n(.*?)(?=# %%|\Z)", SOURCE, re.DOTALL)
    moved = [name for cell in code for name in re.findall(r"^(\w+) = \w+\.to\(device\)", cell, re.MULTILINE)]
    used = [{node.id for node in ast.walk(ast.parse(cell)) if isinstance(node, ast.Name)} for cell in code]
    assert moved and all(sum(name in names for names in used) == 1 for name in moved)


def test_what_the_page_quotes_of_the_setup_is_what_it_says():
    quoted = re.findall(r"\| course\.py \| says \*(.*?)\* \|", SOURCE)
    said = (NOTEBOOKS.parent / "course.py").read_text(encoding="utf-8")
    assert len(quoted) == 3 and all(words in said for words in quoted)


@given(st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=6), min_size=1, max_size=5))
@settings(max_examples=examples(50))
def test_means_of_rows_are_those_of_embedding_bag(lists):
    table = torch.arange(15.0).view(5, 3) ** 2
    flat = torch.tensor([i for ids in lists for i in ids])
    starts = torch.tensor([0, *itertools.accumulate(map(len, lists))][:-1])
    torch.testing.assert_close(my_mean_rows(table, lists), F.embedding_bag(flat, table, starts, mode="mean"))


@given(st.lists(st.integers(0, 9), max_size=7), st.sampled_from(sorted(FAILS)))
@settings(max_examples=examples(100))
def test_the_smallest_example_fails_and_nothing_of_it_can_go(items, failure):
    fails = FAILS[failure]
    if fails(items):
        smallest = my_smallest(items, fails)
        assert fails(smallest)
        assert not any(fails(smallest[:place] + smallest[place + 1 :]) for place in range(len(smallest)))


# The learner writes the same mistakes differently; the words must be the same.


def means_by_padding(table, lists):
    """Fills up with rows of zeros and divides by the longest."""
    longest = max(len(ids) for ids in lists)
    rows = torch.zeros(len(lists), longest, table.shape[1])
    for number, ids in enumerate(lists):
        rows[number, : len(ids)] = table[ids].float()
    return rows.mean(1)


def keeps_tensors(model, inputs, labels, steps, lr):
    """Keeps the losses with their record."""
    optimiser, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        optimiser.zero_grad()
        losses.append(F.cross_entropy(model(inputs), labels))
        losses[-1].backward()
        optimiser.step()
    return losses


def clears_before_the_loop(model, inputs, labels, steps, lr):
    """Clears the slopes once."""
    optimiser, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    optimiser.zero_grad()
    for _ in range(steps):
        loss = F.cross_entropy(model(inputs), labels)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


def gives_one_number(model, inputs, labels, steps, lr):
    """Gives the last loss as it is."""
    return training_by_hand(model, inputs, labels, steps, lr)[-1]


def only_measures(model, inputs, labels, steps, lr):
    """Takes no step."""
    return [F.cross_entropy(model(inputs), labels).item() for _ in range(steps)]


def changes_the_list(items, fails):
    """Takes items out of the caller's list."""
    place = 0
    while place < len(items):
        item = items.pop(place)
        if fails(items):
            place = 0
        else:
            items.insert(place, item)
            place += 1
    return items


def clears_after_the_step(model, inputs, labels, steps, lr):
    """Leaves the slopes that the model came with in the first step."""
    optimiser, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(steps):
        losses.append(F.cross_entropy(model(inputs), labels))
        losses[-1].backward()
        optimiser.step()
        model.zero_grad()
    return [loss.item() for loss in losses]


def keeps_text(model, inputs, labels, steps, lr):
    """Rounds the losses to text."""
    return [f"{loss:.6f}" for loss in training_by_hand(model, inputs, labels, steps, lr)]


def keeps_detached(model, inputs, labels, steps, lr):
    """Gives one tensor of all losses."""
    return torch.tensor(training_by_hand(model, inputs, labels, steps, lr))


def stops_when_it_rises(model, inputs, labels, steps, lr):
    """Takes no step after a loss that is higher than the one before."""
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(inputs), labels)
        if losses and loss.item() > losses[-1]:
            return losses
        losses += training_by_hand(model, inputs, labels, 1, lr)
    return losses


def cuts_long_slopes(model, inputs, labels, steps, lr):
    """Cuts the slopes to the length 1."""
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(inputs), labels)
        slopes = torch.autograd.grad(loss, list(model.parameters()))
        length = torch.cat([slope.flatten() for slope in slopes]).norm().clamp(min=1)
        with torch.no_grad():
            for parameter, slope in zip(model.parameters(), slopes, strict=True):
                parameter -= lr * slope / length
        losses.append(loss.item())
    return losses


def removes_by_value(items, fails):
    """Takes out the first of equal items."""
    items, again = list(items), True
    while again:
        again = False
        for item in items:
            rest = items.copy()
            rest.remove(item)
            if fails(rest):
                items, again = rest, True
                break
    return items


def walks_until_nothing_goes(items, fails):
    """Does not begin again at the left when an item goes."""
    items, before = list(items), None
    while before != items:
        before, place = items.copy(), 0
        while place < len(items):
            if fails(items[:place] + items[place + 1 :]):
                del items[place]
            else:
                place += 1
    return items


def steps_back(items, fails):
    """Goes back by one place."""
    items, place = list(items), 0
    while place < len(items):
        if fails(items[:place] + items[place + 1 :]):
            del items[place]
            place -= place > 0
        else:
            place += 1
    return items


def keeps_one(items, fails):
    """Never asks about a list of nothing."""
    return my_smallest(items, lambda rest: len(rest) > 0 and fails(rest))


def gives_the_same_back(items, fails):
    """Makes no new list where nothing goes."""
    smaller = my_smallest(items, fails)
    return items if len(smaller) == len(items) else smaller


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("quiet_training", clears_after_the_step, "before the first"),
        ("quiet_training", keeps_text, "plain numbers"),
        ("quiet_training", keeps_detached, "plain numbers"),
        ("quiet_training", stops_when_it_rises, "Take all steps"),
        ("quiet_training", cuts_long_slopes, "long slopes are cut"),
        ("smallest_example", removes_by_value, "the first of several equal ones"),
        ("smallest_example", walks_until_nothing_goes, "when the walk is over"),
        ("smallest_example", steps_back, "by one place"),
        ("smallest_example", keeps_one, "one item always stays"),
        ("smallest_example", gives_the_same_back, "also where nothing goes"),
        ("mean_rows", means_by_padding, "divided by the same number"),
        ("quiet_training", keeps_tensors, "keep loss.item()"),
        ("quiet_training", clears_before_the_loop, "in the loop and not before it"),
        ("quiet_training", gives_one_number, "one loss for each step"),
        ("quiet_training", only_measures, "no step is taken"),
        ("smallest_example", changes_the_list, "the list afterwards"),
    ],
)
def test_mistakes_in_other_words_get_the_same_words(name, answer, words):
    said = feedback(EXERCISES[name], answer)
    assert said.startswith("✗") and words in said


def means_by_numpy(table, lists):
    rows = table.numpy().astype(np.float32)
    return np.stack([rows[ids].mean(axis=0) for ids in lists])


def training_by_hand(model, inputs, labels, steps, lr):
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(inputs), labels)
        slopes = torch.autograd.grad(loss, list(model.parameters()))
        with torch.no_grad():
            for parameter, slope in zip(model.parameters(), slopes, strict=True):
                parameter -= lr * slope
        losses.append(loss.item())
    return tuple(losses)


def smallest_by_recursion(items, fails):
    rests = ([*items[:place], *items[place + 1 :]] for place in range(len(items)))
    smaller = next(filter(fails, rests), None)
    return tuple(items) if smaller is None else smallest_by_recursion(smaller, fails)


RIGHT = {
    "mean_rows": means_by_numpy,
    "quiet_training": training_by_hand,
    "smallest_example": smallest_by_recursion,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
