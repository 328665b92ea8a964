"""A reward under a time limit: what hangs, dies or forks is ended, and what is right comes through."""

import math
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
import torch

from lessons_lib.training import limited

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes can't be copied there")


def test_what_it_says_comes_through():
    def judge(problem, text, ended):
        return None if text == "none" else problem[text] + ended

    judge = limited(judge, 10)
    assert judge({"a": 2.5}, "a", True) == 3.5 and judge({"a": 2.5}, "a", False) == 2.5
    assert judge({}, "none", True) is None
    assert math.isnan(limited(lambda *_: math.nan, 10)(0, "", True))
    assert limited(lambda *_: torch.ones(300, 300).matmul(torch.ones(300, 300)).mean(), 10)(0, "", True) == 300


def hangs(*_):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


def sleeps_deaf(*_):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(60)


@pytest.mark.parametrize("reward", [hangs, sleeps_deaf])
def test_time_is_over_for_whoever_does_not_listen(reward):
    start = time.monotonic()
    assert limited(reward, 0.2)(0, "", True) == 0.0 and limited(reward, 0.2, None)(0, "", True) is None
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("end", [lambda *_: os._exit(3), lambda *_: os.kill(os.getpid(), signal.SIGKILL)])
def test_one_that_ends_its_process_counts_as_late(end):
    assert limited(end, 10, otherwise=-1.0)(0, "", True) == -1.0


def test_what_it_raises_is_told():
    def fails(problem, text, ended):
        return 1 / problem

    with pytest.raises(RuntimeError, match="ZeroDivisionError: division by zero"):
        limited(fails, 10)(0, "", True)
    with pytest.raises(RuntimeError, match="SystemExit: 3"):
        limited(lambda *_: sys.exit(3), 10)(0, "", True)
    with pytest.raises(RuntimeError, match=r"ValueError: 🙂+$"):
        limited(lambda *_: _fail("🙂" * 10_000), 10)(0, "", True)


def _fail(words):
    raise ValueError(words)


def test_what_it_started_is_ended_too(tmp_path):
    def starts(problem, text, ended):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        (tmp_path / "pid").write_text(str(child.pid))
        child.wait()

    assert limited(starts, 2)(0, "", True) == 0.0
    pid = int((tmp_path / "pid").read_text())
    for _ in range(100):  # until the system has buried it
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        if "Z" in subprocess.run(["ps", "-o", "stat=", str(pid)], capture_output=True, text=True).stdout:
            return
        time.sleep(0.05)
    pytest.fail("it lives")


def test_nothing_is_left_behind():
    process = psutil.Process()
    before = process.num_fds(), process.children()
    counted = []
    for text in ("a", "b"):
        assert limited(lambda *_: counted.append(1) or 1.0, 10)(0, text, True) == 1.0
        limited(hangs, 0.05)(0, text, True)
    assert counted == []  # what it changed is gone
    assert (process.num_fds(), process.children()) == before


@pytest.mark.parametrize("seconds", [0, -1, math.nan, "1"])
def test_a_bad_limit_is_named(seconds):
    with pytest.raises(ValueError, match="seconds: got"):
        limited(hangs, seconds)


def test_where_processes_cannot_be_copied_is_said(monkeypatch):
    monkeypatch.delattr(os, "fork")
    with pytest.raises(OSError, match="can't be copied on this system"):
        limited(hangs, 1)
