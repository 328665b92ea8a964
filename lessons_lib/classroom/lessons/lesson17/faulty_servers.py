"""An exercise of lesson 17: from what a server does to what is wrong with it."""

from functools import partial

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson07.faulty_programs import in_order, with_letters


def my_faulty_servers():
    # 1: a long prompt in one step. 2: nobody joins. 3: a slot is not cleared. 4: nobody notices who has gone.
    # 5: the health check is too glad. 6: the queue has no end.
    return ["A", "B", "C", "F", "G", "E"]


def by_server(answer):
    return in_order(answer, "server")


_with = partial(with_letters, my_faulty_servers())


def servers_first_two_swapped():
    """1 and 2 have changed places. In 1 all texts go on, but for one long step; in 2 a slot stands empty while
    somebody waits for it."""
    return _with(_1="B", _2="A")


def servers_halted_by_the_queue():
    """1: a long queue makes those wait who are in it. Here those halt who are being answered already: what is in the
    step that makes it so long?"""
    return _with(_1="E")


def servers_that_wait_in_line():
    """2: a queue without an end makes waits long, but it leaves no slot empty. Who keeps it empty?"""
    return _with(_2="E")


def servers_that_share_prefixes():
    """3: reuse across keys tells by its speed what others have asked, and the answers stay right. Here they are wrong,
    and only for those who come into a slot that was used before."""
    return _with(_3="H")


def servers_that_leak_by_the_log():
    """3: what is in the log is read by whoever reads logs. A model doesn't. Where else do tokens of another text
    stand?"""
    return _with(_3="D")


def servers_busy_with_a_queue():
    """4: all ten have gone, so whoever is in the queue wants nothing any more. The fault is that the server doesn't
    know it."""
    return _with(_4="E")


def servers_that_know_who_has_gone():
    """6: the people are still there, and get their answers. There are too many of them: who should have been told to
    come again later?"""
    return _with(_6="F")


def servers_that_fill_up():
    """5: it happens after each restart, and only in its first seconds, with few requests. What was not ready yet,
    though it was said to be?"""
    return _with(_5="E")


FAULTY_SERVERS = Exercise(
    id="faulty_servers",
    title="What is wrong with it?",
    difficulty=2,
    minutes=10,
    kind="diagnose",
    contract="a list of six letters: the fault of server 1, of server 2, and so on to server 6.",
    cases=((),),
    tried="all six servers",
    hints=(
        "Ask for each who waits: one who is being answered, one who has no slot yet, or nobody any more.",
        "Server 3 is right until a slot is used for the second time.",
        "Server 6 refuses nobody. Is that kind?",
    ),
    solution=my_faulty_servers,
    harness=by_server,
    mistakes=(
        servers_first_two_swapped,
        servers_halted_by_the_queue,
        servers_that_wait_in_line,
        servers_that_share_prefixes,
        servers_that_leak_by_the_log,
        servers_busy_with_a_queue,
        servers_that_know_who_has_gone,
        servers_that_fill_up,
    ),
)
