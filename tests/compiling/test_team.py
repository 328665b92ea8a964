"""Work shared out: every piece once, whoever asks and however many at once; nobody waits for who does not come."""

import os
import threading

import numpy as np
import pytest
from numba import carray

from lessons_lib.compiling import compiled, team
from lessons_lib.compiling.atomics import address, load, pause, pointer, store
from lessons_lib.compiling.team import ALONE, STALLED, Team, helped, piece, share

PIECES, EACH = 23, 7


@piece()
def fill(job, i):
    numbers = carray(pointer(job), (PIECES * EACH,), np.int64)
    for j in range(EACH):
        numbers[i * EACH + j] += i + 1


@compiled(nogil=True)
def fill_often(board, function, numbers, jobs):
    for _ in range(jobs):
        share(board, function, address(numbers), PIECES)


def filled(threads: int, calls: int = 30, jobs: int = 50) -> bool:
    numbers = np.zeros(PIECES * EACH, np.int64)
    for _ in range(calls):
        with helped(threads) as board:
            fill_often(board, fill.address, numbers, jobs)
    return np.array_equal(numbers, np.arange(1, PIECES + 1).repeat(EACH) * calls * jobs)


@pytest.mark.parametrize("threads", [1, 2, 3, 5])
@pytest.mark.parametrize("callers", [1, 2, 4])
def test_each_piece_is_done_once(threads, callers):
    right = []
    workers = [threading.Thread(target=lambda: right.append(filled(threads))) for _ in range(callers)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert right == [True] * callers


@compiled(nogil=True)
def wait_for(numbers):
    for _ in range(2_000_000_000):
        if load(numbers, 0):
            return True
        pause()
    return False


def test_other_threads_run_meanwhile():
    numbers = np.zeros(1, np.int64)
    wait_for(np.ones(1, np.int64))  # compiled
    threading.Timer(0.05, lambda: numbers.__setitem__(0, 1)).start()
    assert wait_for(numbers)  # with Python's lock held, nobody could write


@piece()
def wait_for_the_other(job, i):
    """A piece that waits a while for the other one to begin, and says whether it did."""
    begun = carray(pointer(job), (4,), np.int64)
    store(begun, i, 1)
    for _ in range(1_000_000):
        if load(begun, 1 - i):
            begun[2 + i] = 1
            break
        pause()


@compiled(nogil=True)
def two_at_once(board, function):
    begun = np.zeros(4, np.int64)
    share(board, function, address(begun), 2)
    return begun[2] and begun[3]


def test_a_helper_comes():
    assert not two_at_once(ALONE, wait_for_the_other.address)
    ours = Team()
    for _ in range(100):  # on a busy machine it may come too late
        with ours.helped(2) as board:
            if two_at_once(board, wait_for_the_other.address):
                return
    raise AssertionError("no helper came in 100 calls")


def test_who_comes_second_works_alone():
    with helped(2), helped(2) as board:
        assert board is ALONE
    with pytest.raises(KeyError), helped(2):
        raise KeyError
    ours = Team()
    with ours.helped(2) as board:
        assert board is not ALONE
    with ours.helped(1) as board:
        assert board is ALONE


def test_after_a_stall_it_goes_alone_for_longer_each_time(monkeypatch):
    monkeypatch.setattr(team, "_preemptions", lambda: 0)
    ours, alone = Team(), []
    for turn in range(40):
        with ours.helped(2) as board:
            alone.append(board is ALONE)
            if board is not ALONE and turn < 30:
                board[STALLED] = 1
    runs = "".join("a" if one else "H" for one in alone)
    assert runs.startswith("HaHaaHaaaaHaaaaaaaaH") and runs.endswith("HHHH"[: len(runs) - runs.rindex("a") - 1])
    count = iter([0, 3, 3, 3])
    monkeypatch.setattr(team, "_preemptions", lambda: next(count))
    ours = Team()
    with ours.helped(2):
        pass
    with ours.helped(2) as board:
        assert board is ALONE  # this thread had to wait for its processor


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_has_helpers_of_its_own():
    assert filled(3)
    child = os.fork()
    if not child:
        os._exit(0 if filled(3) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert filled(3)
