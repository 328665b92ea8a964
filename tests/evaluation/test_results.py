"""Results: each item's row by simple means, the table on paper, and a command that loses nothing."""

import copy
import json
import math
import subprocess
import sys

import pytest

from lessons_lib.evaluation import Results, encode_pair, evaluate, load_results, mcnemar, score, standard_error, wilson
from lessons_lib.evaluation import __main__ as command
from lessons_lib.evaluation.results import About

ABOUT = About("m", 0, {"t": ("1", 4), "x": ("2", 2)})


def made(right, other=()):
    rows = [{"task": "t", "id": str(n), "right": {"none": r, "byte": not r}} for n, r in enumerate(right)]
    return Results(ABOUT, [*rows, *other])


TEXTS = [{"task": "x", "id": str(n), "nats": -8 * math.log(2), "tokens": 2, "words": 1, "bytes": 4} for n in range(2)]


# Rows


def test_rows_of_choices_are_what_each_pair_scores(tiny, tasks):
    model, tokenizer, _ = tiny
    results = evaluate(model, tokenizer, tasks[:1], shots=1)
    rows = {row["id"]: row for row in results.rows}
    assert len(rows) == 4 == len(results.rows)
    for item in tasks[0].items:
        prompt = f"Q: Which head?\nA: every\n\nQ: {item.query}\nA:"
        asked = score(model, [encode_pair(tokenizer, prompt, f" {choice}") for choice in item.choices])
        alone = score(model, [encode_pair(tokenizer, "", f" {choice}") for choice in item.choices])
        row = rows[item.id]
        assert row["nats"] == pytest.approx([each.nats for each in asked], abs=1e-4)
        assert row["alone"] == pytest.approx([each.nats for each in alone], abs=1e-4)
        assert row["tokens"] == [each.tokens for each in asked]
        best = {
            "none": asked,
            "byte": [each.nats / len(choice.encode()) for each, choice in zip(asked, item.choices, strict=True)],
            "pmi": [one.nats - two.nats for one, two in zip(asked, alone, strict=True)],
        }
        for metric, scores in best.items():
            assert row["right"][metric] == (scores.index(max(scores)) == item.gold)
    assert rows["1"]["right"] == dict.fromkeys(rows["1"]["right"], True)  # there is but one choice


def test_rows_of_answers_and_texts(tiny, tasks):
    model, tokenizer, _ = tiny
    results = evaluate(model, tokenizer, tasks[1:])
    told = [row for row in results.rows if row["task"] == "tell"]
    texts = {row["id"]: row for row in results.rows if row["task"] == "texts"}
    assert len(told) == 20 and all(isinstance(row["answer"], str) for row in told)
    assert texts["2"]["bytes"] == 3 * 28 and texts["2"]["words"] == 3 * 5 + 1
    assert texts["2"]["tokens"] == len(tokenizer.encode(tasks[2].items[2].query))


def test_an_item_that_cannot_be_asked_is_named_before_any_work(tiny, tasks):
    model, tokenizer, _ = tiny
    tokenizer = copy.copy(tokenizer)
    tokenizer.eos_token_ids = []
    with pytest.raises(ValueError, match="ask: item 0: tokenizer: got one without a token"):
        evaluate(model, tokenizer, tasks)


# Figures


def test_measures_on_paper():
    results = made([True, True, True, False], TEXTS)
    none, byte, bits = results.measures()
    assert none == ("t", "none", 4, 0.75, standard_error([1, 1, 1, 0]), wilson(3, 4))
    assert byte[3] == 0.25
    assert bits[:4] == ("x", "bits_per_byte", 2, 2.0) and bits.interval is None
    assert Results(ABOUT).measures() == []


def test_the_table_and_the_picture_say_every_figure():
    results = made([True, True, True, False], TEXTS)
    lines = results.table().splitlines()
    assert [cell.strip() for cell in lines[2].split("|")[1:-1]] == ["t", "none", "4", "0.750", "0.301 to 0.954"]
    assert len({len(line) for line in lines}) == 1 and len(lines) == 5
    labels = [label.get_text() for label in results.plot().axes[0].get_yticklabels()]
    assert labels == ["t, none (n = 4)", "t, byte (n = 4)"]


def test_models_are_compared_item_by_item():
    one, other = made([True, True, True, False]), made([True, False, False, False][::-1])
    other.rows.reverse()  # the order in which items became known does not matter
    found = one.compare(other)[0]
    assert found == ("t", "none", 4, 0.75, 0.25, mcnemar([1, 1, 1, 0], [0, 0, 0, 1]))
    part = Results(ABOUT, other.rows[:2])
    assert one.compare(part)[0].n == 2
    with pytest.raises(ValueError, match="no item in common"):
        one.compare(Results(ABOUT))
    with pytest.raises(ValueError, match="got other items for t"):
        one.compare(Results(About("m", 0, {"t": ("9", 4)}), one.rows))


def test_what_is_saved_is_loaded(tmp_path):
    results = made([True, False], TEXTS)
    results.save(tmp_path / "r.jsonl")
    assert load_results(tmp_path / "r.jsonl") == results


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"task": "other", "id": "1", "right": {}}, "line 2, task and id: got"),
        ({"task": "t", "right": {}}, "line 2, task and id: got"),
        ({"task": "t", "id": "1"}, r"line 2: got \['id', 'task'\], allowed what came of the item"),
    ],
)
def test_files_of_strangers_are_refused(tmp_path, row, words):
    path = tmp_path / "r.jsonl"
    made([]).save(path)
    with path.open("a") as file:
        file.write(json.dumps(row) + "\n")
    with pytest.raises(ValueError, match=words):
        load_results(path)
    path.write_text('{"about": 7}\n')
    with pytest.raises(ValueError, match="line 1, about: got 7"):
        load_results(path)


# The command


def run(tiny, tmp_path, *more):
    return command.main([str(tiny[2]), "notes", "where", "--limit", "6", "--out", str(tmp_path / "o.jsonl"), *more])


def with_an_end(tiny):
    """What `load` would give, were the tokenizer saved with its end."""
    return lambda source: tiny[:2]


def test_the_command_evaluates_and_says_where_the_rows_are(tiny, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("lessons_lib.load", with_an_end(tiny))
    assert run(tiny, tmp_path) == 0
    told = capsys.readouterr().out
    assert "| notes | exact" in told and "| where | pmi" in told and "o.jsonl" in told
    assert len(load_results(tmp_path / "o.jsonl").rows) == 12
    monkeypatch.setattr("lessons_lib.load", None)  # all is done: no model is loaded again
    assert run(tiny, tmp_path) == 0 and capsys.readouterr().out == told


@pytest.mark.parametrize("broken", [False, True])
def test_ctrl_c_loses_nothing_and_the_same_command_goes_on(tiny, tmp_path, capsys, monkeypatch, broken):
    monkeypatch.setattr("lessons_lib.load", with_an_end(tiny))
    (whole := tmp_path / "whole").mkdir()
    assert run(tiny, whole) == 0
    capsys.readouterr()
    rows_of = command.rows_of

    def interrupted(model, tokenizer, task, shots, done):
        for number, row in enumerate(rows_of(model, tokenizer, task, shots, done)):
            if task.name == "where" and number == 3:
                raise KeyboardInterrupt
            yield row

    monkeypatch.setattr(command, "rows_of", interrupted)
    assert run(tiny, tmp_path) == 130
    assert "stopped after 9 of 12 items; the same command goes on" in capsys.readouterr().err
    if broken:  # a process that was killed in the middle of a line
        with (tmp_path / "o.jsonl").open("ab") as file:
            file.write(b'{"task": "where", "id')
    monkeypatch.setattr(command, "rows_of", rows_of)
    assert run(tiny, tmp_path) == 0
    one, other = (load_results(folder / "o.jsonl") for folder in (tmp_path, whole))
    key = lambda row: (row["task"], row["id"])  # noqa: E731
    assert [(key(row), row["right"]) for row in sorted(one.rows, key=key)] == [
        (key(row), row["right"]) for row in sorted(other.rows, key=key)
    ]


def test_another_run_is_not_written_over_and_mistakes_are_one_line(tiny, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("lessons_lib.load", with_an_end(tiny))
    assert run(tiny, tmp_path) == 0
    before = (tmp_path / "o.jsonl").read_bytes()
    assert run(tiny, tmp_path, "--shots", "2") == 1
    assert "choose another --out" in capsys.readouterr().err
    assert (tmp_path / "o.jsonl").read_bytes() == before
    assert command.main(["m", "kind"]) == 1
    assert "allowed a .toml or .jsonl file" in capsys.readouterr().err


def test_the_command_says_what_it_can_do():
    found = subprocess.run([sys.executable, "-m", "lessons_lib.evaluation", "--help"], capture_output=True, text=True)
    assert found.returncode == 0 and "kinds, notes, sums, where" in found.stdout
