"""Which lessons run, how often, and what is said about them; with a stand-in for the runs themselves."""

from types import SimpleNamespace

import nbformat
import pytest

from workshop import passed, prove, run


class Runs:
    """Stands for pytest: each call takes the next of a lesson's costs, and reports what is set to fail."""

    def __init__(self, **costs):
        self.costs = {name: list(seconds) for name, seconds in costs.items()}
        self.fails = {}
        self.code = None
        self.calls = []

    def main(self, arguments, plugins):
        [results] = plugins
        names = [argument.rpartition("/")[2].removesuffix(".ipynb") for argument in arguments if "ipynb" in argument]
        self.calls.append((names, arguments, prove.os.environ.get("OMP_NUM_THREADS")))
        code = 0
        for name in names:
            seconds, figures = self.costs[name].pop(0), 3
            ran = {
                f"notebooks/{name}.ipynb::Cell 0": "passed",
                f"notebooks/{name}.ipynb::time and memory": "failed" if seconds > run.BUSY * run.SECONDS else "passed",
            }
            ran |= {test: "failed" for test in ran if test.partition("::")[2].startswith(self.fails.get(name, "-"))}
            for test, outcome in ran.items():
                cost = [(run.COST, [seconds, 1.5e9, figures])] if "time" in test and seconds else []
                report = SimpleNamespace(nodeid=test, outcome=outcome, user_properties=cost, duration=1.0)
                results.pytest_runtest_logreport(report)
                code |= outcome == "failed"
        return code if self.code is None else self.code


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Three lessons without panels, of which nothing is known yet."""
    for folder, name in ((".", "01_one"), (".", "02_two"), ("deeper", "D1_three")):
        (tmp_path / "notebooks/src" / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "notebooks" / folder).mkdir(exist_ok=True)
        (tmp_path / f"notebooks/src/{folder}/{name}.py").touch()
        nbformat.write(nbformat.v4.new_notebook(), tmp_path / f"notebooks/{folder}/{name}.ipynb")
    monkeypatch.setattr(prove, "ROOT", tmp_path)
    monkeypatch.setattr(passed, "RECORD", tmp_path / "record.json")
    monkeypatch.setattr(passed, "fingerprint", lambda notebook: f"hash of {notebook.stem}")
    monkeypatch.setenv("CI", "")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    return tmp_path


@pytest.fixture
def runs(monkeypatch):
    runs = Runs(**{"01_one": [10, 10], "02_two": [20, 20], "D1_three": [30, 30]})
    monkeypatch.setattr(pytest, "main", runs.main)
    return runs


def test_a_notebook_is_never_divided_and_each_lessons_panels_are_a_piece_of_work():
    parts = prove.LessonsApart._split_scope
    scheduler = prove.LessonsApart.__new__(prove.LessonsApart)
    notebook = "notebooks/deeper/D1_three.ipynb"
    assert {parts(scheduler, f"{notebook}::{name}") for name in ("Cell 0", "Cell 1, solved", "imports")} == {notebook}
    panels = [f"{prove.PANELS}[{name}]" for name in ("01_one", "02_two")]
    assert [parts(scheduler, name) for name in panels] == panels


def lessons_run(runs):
    return [names for names, _, _ in runs.calls]


def test_all_lessons_run_two_at_a_time_and_the_table_says_what_they_took(course, runs, capsys, monkeypatch):
    monkeypatch.setattr(prove.os, "cpu_count", lambda: 4)
    assert prove.main([]) == 0
    [(names, arguments, threads)] = runs.calls
    assert names == ["01_one", "02_two", "D1_three"]
    assert arguments[1:5] == ["-n", "2", "--dist", "loadscope"]
    assert threads == "2"
    assert "OMP_NUM_THREADS" not in prove.os.environ
    printed = capsys.readouterr().out
    assert "02_two                        20.0 s    60 s    1.50 GB    3 GB        3" in printed
    assert "hash" not in printed


def test_what_passed_does_not_run_again_until_it_changes(course, runs, capsys, monkeypatch):
    assert prove.main([]) == 0
    assert prove.main([]) == 0
    assert len(runs.calls) == 1
    printed = capsys.readouterr().out
    assert "02_two                        passed by hash: nothing changed since it passed here" in printed
    assert "3 of 3 lessons passed by hash; --all runs every lesson" in printed
    monkeypatch.setattr(
        passed, "fingerprint", lambda notebook: f"{'new' * ('two' in notebook.stem)} of {notebook.stem}"
    )
    monkeypatch.setattr(passed, "read", lambda: {"01_one": " of 01_one", "02_two": " of 02_two", "D1_three": "other"})
    assert prove.main([]) == 0
    assert lessons_run(runs)[1:] == [["02_two", "D1_three"]]


@pytest.mark.parametrize(("arguments", "ci"), [(["--all"], ""), ([], "true"), ([], "1")])
def test_everything_runs_in_ci_and_where_it_is_asked_for(course, runs, monkeypatch, arguments, ci):
    monkeypatch.setenv("CI", ci)
    assert prove.main(arguments) == prove.main(arguments) == 0
    assert [len(names) for names in lessons_run(runs)] == [3, 3]


def test_a_slow_lesson_is_measured_once_more_alone_and_may_pass(course, runs, capsys):
    runs.costs["02_two"] = [121, 12]
    assert prove.main([]) == 0
    assert lessons_run(runs) == [["01_one", "02_two", "D1_three"], ["02_two"]]
    _, arguments, threads = runs.calls[1]
    assert "-n" not in arguments and threads is None  # alone, with all cores, as a reader runs it
    printed = capsys.readouterr().out
    assert "measured once more, alone: 02_two" in printed
    assert "02_two                        12.0 s" in printed
    assert prove.main([]) == 0
    assert len(runs.calls) == 2


def test_a_lesson_over_its_time_is_called_slow_and_passes(course, runs, capsys):
    runs.costs["02_two"] = [61]
    assert prove.main([]) == 0
    assert [line[:6] for line in capsys.readouterr().out.splitlines() if line.endswith("   slow")] == ["02_two"]
    assert set(passed.read()) == {"01_one", "02_two", "D1_three"}


def test_a_lesson_that_is_slow_alone_fails_and_is_not_remembered(course, runs, capsys):
    runs.costs["02_two"] = [121, 122, 10]
    assert prove.main([]) == 1
    assert len(runs.calls) == 2
    assert "122.0 s" in capsys.readouterr().out
    assert prove.main([]) == 0
    assert lessons_run(runs)[2:] == [["02_two"]]


@pytest.mark.parametrize("seconds", [20, 121])
def test_a_lesson_with_another_fault_fails_at_once(course, runs, capsys, seconds):
    runs.costs["02_two"] = [seconds]
    runs.fails["02_two"] = "Cell 0"
    assert prove.main([]) == 1
    assert len(runs.calls) == 1
    assert [line[:6] for line in capsys.readouterr().out.splitlines() if "FAILED" in line] == ["02_two"]
    assert set(passed.read()) == {"01_one", "D1_three"}


def test_a_lesson_that_did_not_come_to_its_end_fails(course, runs):
    runs.costs["02_two"] = [0]
    assert prove.main([]) == 1
    assert set(passed.read()) == {"01_one", "D1_three"}


@pytest.mark.parametrize("code", [2, 3, 4, 5])
def test_trouble_of_pytest_itself_fails(course, runs, code):
    runs.code = code
    assert prove.main([]) == 1


def test_a_lesson_with_panels_needs_them_operated(course, runs):
    cell = nbformat.v4.new_code_cell('quiz("01")')
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), course / "notebooks/01_one.ipynb")
    assert prove.main([]) == 1  # the stand-in operates none
    [(_, arguments, _)] = runs.calls
    assert arguments[-1] == f"{prove.PANELS}[01_one]"
    assert set(passed.read()) == {"02_two", "D1_three"}
