"""The index in a real PostgreSQL with pgvector, beside the one in memory: the same answers, and the same errors."""

import threading
import warnings

import numpy as np
import pytest

from lessons_lib.apps.retrieval import Index, open_index

pgserver = pytest.importorskip("pgserver", reason="its wheels are for Linux and Python below 3.13")
from lessons_lib.apps.retrieval.postgres import PostgresIndex  # noqa: E402 (needs what is skipped for)

RANDOM = np.random.default_rng(0)
VECTORS = RANDOM.normal(size=(200, 24))
PASSAGES = [(f"p{n}", f"text {n}\n猫\t\\N '; DROP TABLE passages; --") for n in range(200)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("postgres")


@pytest.fixture(scope="module")
def server(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of where the server puts its lock
        server = pgserver.get_server(folder)
    yield server
    server.cleanup()


@pytest.fixture
def address(server):
    """The address of a database whose tables are gone after the test."""
    server.psql("DROP SCHEMA public CASCADE; CREATE SCHEMA public;")
    return server.get_uri()


@pytest.fixture
def both(address):
    made = open_index(address), open_index()
    for index in made:
        index.add(PASSAGES[:150], VECTORS[:150])
        index.add(PASSAGES[150:], VECTORS[150:])
    yield made
    made[0].close()


def test_one_argument_says_where(address, tmp_path):
    assert isinstance(open_index(address), PostgresIndex)
    assert isinstance(open_index(tmp_path / "index"), Index) and isinstance(open_index(), Index)


def test_the_answers_are_those_of_the_index_in_memory(both):
    database, memory = both
    for asked in RANDOM.normal(size=(20, 24)):
        ours, theirs = database.search(asked, 10), memory.search(asked, 10)
        assert [hit[:2] for hit in ours] == [hit[:2] for hit in theirs]
        assert np.abs(np.array([hit.score for hit in ours]) - [hit.score for hit in theirs]).max() < 1e-6
    assert len(database) == 200 and database.size == 24 and database.passages == memory.passages


def test_what_was_added_and_removed_is_there_for_others(both, address):
    database, memory = both
    for index in both:
        index.remove(["p0", "p7"])
        index.add([("new", "x"), ("same", "y")], [VECTORS[3], VECTORS[3]])
    again = open_index(address)
    assert again.passages == memory.passages
    assert [hit.id for hit in again.search(VECTORS[3], 3)] == ["p3", "new", "same"]  # of equals the earlier first
    assert database.passages == again.passages


def test_an_empty_one_finds_nothing(address):
    index = open_index(address)
    assert (len(index), index.size, index.passages, index.search([1, 2])) == (0, None, [], [])
    index.add([], [])
    assert index.size is None


def test_mistakes_are_those_of_the_index_in_memory(both):
    for passages, vectors in (
        ([("p3", "")], [np.ones(24)]),
        ([("x", ""), ("x", "")], np.ones((2, 24))),
        ([("x", "")], [np.ones(6)]),
        ([("x", "")], [np.zeros(24)]),
        ([("x", "\0")], [np.ones(24)]),
        ([("x", "a" * 30_001)], [np.ones(24)]),
    ):
        said = set()
        for index in both:
            with pytest.raises(ValueError, match="allowed") as caught:
                index.add(passages, vectors)
            said.add(str(caught.value))
        assert len(said) == 1
    for index in both:
        with pytest.raises(ValueError, match="ids: got 'nobody'"):
            index.remove(["p1", "nobody"])
        with pytest.raises(ValueError, match="vector: got shape"):
            index.search(np.ones(5))
        assert len(index) == 200


def test_many_who_add_at_once_lose_nothing(address):
    faults = []

    def work(who):
        try:
            index = PostgresIndex(address)
            for n in range(5):
                index.add([(f"{who}-{n}", "")], [[who + 1, n + 1]])
            index.close()
        except Exception as fault:  # a thread's own would be lost
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == [] and len(open_index(address)) == 20


def test_a_connection_that_is_cut_is_made_anew(both, server):
    database, memory = both
    server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid();")
    assert [hit.id for hit in database.search(VECTORS[0], 5)] == [hit.id for hit in memory.search(VECTORS[0], 5)]
    server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid();")
    database.add([("after", "x")], [VECTORS[0]])
    assert len(database) == 201


def test_a_server_that_goes_away_and_comes_back(tmp_path):
    def start():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pgserver.get_server(tmp_path)

    server = start()
    index = open_index(server.get_uri())
    index.add(PASSAGES[:5], VECTORS[:5])
    server.cleanup()
    for _ in range(2):
        with pytest.raises(ConnectionError, match="postgres at"):
            index.search(VECTORS[0])
    server = start()
    assert index.search(VECTORS[2], 1)[0].id == "p2" and len(index) == 5
    index.close()
    server.cleanup()


def test_a_database_that_refuses_leaves_what_was_there(both, server):
    database, _ = both
    server.psql("ALTER TABLE passages ADD CONSTRAINT full_disk CHECK (id <> 'z');")
    with pytest.raises(OSError, match="full_disk"):
        database.add([("y", ""), ("z", "")], VECTORS[:2])
    assert len(database) == 200 and "y" not in dict(database.passages)


def test_a_database_that_is_away_is_named_without_its_password(tmp_path):
    with pytest.raises(ConnectionError, match="shop at /") as caught:
        open_index(f"postgresql://me:hunter2@/shop?host={tmp_path}")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ValueError, match="address: got what PostgreSQL cannot read") as caught:
        open_index("postgresql://me:hunter2@[")
    assert "hunter2" not in str(caught.value)


def test_tables_that_are_no_index_are_refused(address, server):
    server.psql("CREATE TABLE people (name text);")
    with pytest.raises(ValueError, match="table: got people, allowed one that an index has made"):
        PostgresIndex(address, "people")
    for name in ("a b", 'x"; DROP TABLE people; --', "", "Äpfel", 5, "a" * 64):
        with pytest.raises(ValueError, match="table: got"):
            PostgresIndex(address, name)
