"""Tasks as data: what is good is read, what is bad is named, and the library's own are what their maker makes."""

import hashlib
import json
import subprocess
import sys

import pytest

from lessons_lib.evaluation import Item, Task, available, load_tasks
from lessons_lib.evaluation.making import MAKERS, make
from lessons_lib.evaluation.making.__main__ import main
from lessons_lib.evaluation.task import FOLDER

CHOICE = {"query": "A sparrow is a kind of", "choices": ["bird", "tool"], "gold": 0}


def written(folder, *rows, header=None):
    (folder / "mine.jsonl").write_bytes(
        b"".join((row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in rows)
    )
    if header is None:
        return folder / "mine.jsonl"
    (folder / "mine.toml").write_text(header, encoding="utf-8")
    return folder / "mine.toml"


# The library's own


@pytest.mark.parametrize("name", MAKERS)
def test_the_librarys_tasks_are_what_seed_0_makes(name, tmp_path):
    make(name, tmp_path)
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == sorted(path.name for path in FOLDER.glob(f"{name}*"))
    for file in made:
        assert (tmp_path / file).read_bytes() == (FOLDER / file).read_bytes(), "make them anew: see making/__init__.py"


def test_every_task_has_a_maker_two_halves_of_300_and_nothing_twice():
    assert available() == sorted(MAKERS)
    for name in available():
        [task], [rest] = load_tasks(name), load_tasks(name, held_out=True)
        queries = [item.query for item in (*task.items, *rest.items, *task.shots)]
        assert len(task.items) == len(rest.items) == 300 and len(task.shots) == 5
        assert len(set(queries)) == len(queries)
        assert task.licence == "CC0-1.0"


def test_each_word_of_kinds_names_one_kind_and_all_choices_differ():
    words = [word.lower() for line in MAKERS["kinds"]._KINDS.values() for word in line.split()]
    assert len(set(words)) == len(words)
    for name in ("kinds", "where"):
        for item in load_tasks(name)[0].items:
            assert len(set(item.choices)) == len(item.choices)


def test_the_right_answers_of_sums_and_where_by_another_way():
    for item in load_tasks("sums")[0].items:
        a, b = (int(word) for word in item.query.strip("?").split() if word.isdigit())
        assert item.answers == (str(a + b),)
    for item in load_tasks("where")[0].items:
        story, asked = item.query.split("\nQuestion: Where is the ")
        thing = asked.removesuffix(" now?")
        last = [line for line in story.strip(".").split(". ") if f" the {thing} " in line][-1]
        assert last.endswith(item.told)


def test_no_place_among_the_choices_is_always_right():
    golds = [item.gold for item in load_tasks("kinds")[0].items]
    assert all(40 <= golds.count(place) <= 80 for place in range(5))


def test_another_seed_asks_other_questions(tmp_path):
    one, other = (load_tasks(make("notes", tmp_path / str(seed), 20, seed))[0] for seed in (1, 2))
    assert not {item.query for item in one.items} & {item.query for item in other.items}


def test_the_command_makes_tasks_and_names_mistakes(tmp_path, capsys):
    assert main([str(tmp_path), "sums", "--half", "7", "--seed", "3"]) == 0
    assert len(load_tasks(tmp_path / "sums.toml")[0].items) == 7
    assert main([str(tmp_path), "kinds", "--half", "400"]) == 1
    assert "allowed at most 625" in capsys.readouterr().err


# Reading


def test_rows_alone_are_a_task_and_an_id_may_be_missing(tmp_path):
    [task] = load_tasks(written(tmp_path, CHOICE, {**CHOICE, "id": "b", "note": 3}, CHOICE))
    assert (task.name, task.kind) == ("mine", "choice")
    assert [item.id for item in task.items] == ["1", "b", "3"]
    assert task.sha256 == hashlib.sha256((tmp_path / "mine.jsonl").read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("row", "kind", "item"),
    [
        (CHOICE, "choice", Item(id="1", query=CHOICE["query"], choices=("bird", "tool"))),
        ({**CHOICE, "choices": ["bird"]}, "choice", Item(id="1", query=CHOICE["query"], choices=("bird",))),
        (
            {**CHOICE, "choices": ["a", "a"], "gold": 1},
            "choice",
            Item(id="1", query=CHOICE["query"], choices=("a", "a"), gold=1),
        ),
        ({"query": "", "answer": "7"}, "answer", Item(id="1", query="", answers=("7",))),
        ({"query": "?", "answer": ["7", "seven"]}, "answer", Item(id="1", query="?", answers=("7", "seven"))),
        ({"text": "Once"}, "text", Item(id="1", query="Once")),
    ],
)
def test_each_form_of_row(tmp_path, row, kind, item):
    [task] = load_tasks(written(tmp_path, row))
    assert (task.kind, task.items) == (kind, (item,))


def test_a_prompt_shows_examples_and_braces_are_only_text(tmp_path):
    header = 'template = "Q: {query}\\nA:"\nstop = ["."]\n[data]\nfile = "mine.jsonl"\n'
    header += '[[shots]]\nquery = "{query}?"\nchoices = ["x", "{y}"]\ngold = 1\n'
    [task] = load_tasks(written(tmp_path, CHOICE, header=header))
    assert task.prompt(task.items[0], 1) == "Q: {query}?\nA: {y}\n\nQ: A sparrow is a kind of\nA:"
    assert task.stop == (".",)
    with pytest.raises(ValueError, match="shots: got 2, allowed 0 to 1"):
        task.prompt(task.items[0], 2)


def test_a_limit_takes_the_first(tmp_path):
    [task] = load_tasks(written(tmp_path, CHOICE, CHOICE, CHOICE), limit=2)
    assert [item.id for item in task.items] == ["1", "2"]


ROWS = [
    ({**CHOICE, "gold": 2}, "line 2, gold: got 2, allowed 0 to 1"),
    ({**CHOICE, "gold": True}, "gold: got True, allowed a whole number"),
    ({**CHOICE, "gold": None}, "gold: got None"),
    ({**CHOICE, "choices": []}, "choices: got .., allowed a list of texts, at least one"),
    ({**CHOICE, "choices": "ab"}, "choices: got 'ab'"),
    ({**CHOICE, "choices": ["a", " "]}, r"choices\[1\]: got ' ', allowed words"),
    ({**CHOICE, "choices": ["a", 7]}, r"choices\[1\]: got 7, allowed a text"),
    ({**CHOICE, "query": None}, "query: got None"),
    ({**CHOICE, "query": "\ud800"}, "query: got .*, allowed a text"),
    ({**CHOICE, "id": "1"}, "line 2, id: got '1' again"),
    ({**CHOICE, "id": 7}, "id: got 7, allowed words"),
    (b'{"query": "\xff"}', "not UTF-8"),
    (b'{"query": NaN}', "NaN"),
    (b"nonsense", "JSON"),
]


@pytest.mark.parametrize(("row", "words"), ROWS)
def test_a_bad_row_is_named(tmp_path, row, words):
    with pytest.raises(ValueError, match=words) as caught:
        load_tasks(written(tmp_path, CHOICE, row))
    assert "mine.jsonl: line 2" in str(caught.value)


@pytest.mark.parametrize("row", [{"a": 1}, {"query": "?"}])
def test_rows_of_no_form_are_told_the_forms(tmp_path, row):
    with pytest.raises(ValueError, match="allowed query, choices and gold; query and answer; or text"):
        load_tasks(written(tmp_path, row))


DATA = '[data]\nfile = "mine.jsonl"\n'
HEADERS = [
    ("temprate = 1\n" + DATA, "mine.toml: temprate: unknown, allowed kind"),
    ("kind = 'choose'\n" + DATA, "mine.toml: kind: got 'choose'"),
    ("template = 'no place'\n" + DATA, "mine.toml: template: got 'no place'"),
    ("template = 7\n" + DATA, "template: got 7"),
    ("stop = ['']\n" + DATA, "stop: got"),
    ("max_new_tokens = 0\n" + DATA, "max_new_tokens: got 0"),
    ("shots = 1\n" + DATA, "shots: got 1"),
    (DATA + "[[shots]]\nquery = 'x'\n", r"shots\[0\], choices: got None"),
    (DATA + "sha256 = '00'\n", "mine.jsonl: sha256: got"),
    ("title = 'no data'\n", "mine.toml: data: got None, allowed a table"),
    ("= 1", "mine.toml: "),
]


@pytest.mark.parametrize(("header", "words"), HEADERS)
def test_a_bad_header_is_named(tmp_path, header, words):
    with pytest.raises(ValueError, match=words):
        load_tasks(written(tmp_path, CHOICE, header=header))


def test_other_mistakes_are_named(tmp_path):
    path = written(tmp_path, CHOICE, header=DATA)
    with pytest.raises(ValueError, match="held_out: got None, allowed a table"):
        load_tasks(path, held_out=True)
    with pytest.raises(ValueError, match="held_out: got True"):
        load_tasks(tmp_path / "mine.jsonl", held_out=True)
    with pytest.raises(ValueError, match="two tasks called 'mine'"):
        load_tasks(path, path)
    with pytest.raises(ValueError, match=r"allowed a \.toml or \.jsonl file, or kinds, notes, sums, where"):
        load_tasks("kind")
    with pytest.raises(ValueError, match="limit: got 0"):
        load_tasks(path, limit=0)
    with pytest.raises(FileNotFoundError):
        load_tasks(tmp_path / "none.jsonl")
    with pytest.raises(ValueError, match="id: got 'a' more than once"):
        Task(name="t", kind="text", items=(Item(id="a", query="x"), Item(id="a", query="y")))


def test_tasks_load_without_torch():
    program = (
        "import sys; from lessons_lib.evaluation import load_tasks; load_tasks('kinds'); print('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False\n"
