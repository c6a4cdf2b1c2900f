"""Statements held on disk are the same as in memory; work in processes is the same as here."""

import os
import signal
import time
from collections.abc import Iterator

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from mappings.errors import BuildError, MappingError
from mappings.processes import beside, in_processes
from mappings.sorted_lines import SortedLines, batched
from mappings.statements import Statements

GRAPH = NamedNode("http://example.org/graph")


def quads(*numbers: int) -> Iterator[Quad]:
    for number in numbers:
        subject = NamedNode(f"http://example.org/{number % 7}")
        yield Quad(subject, NamedNode("http://example.org/p"), Literal(f"{number}\r\n"), GRAPH)


@pytest.fixture(params=[1, 200, 1 << 20], ids=lambda size: f"runs of {size} bytes")
def statements(request: pytest.FixtureRequest) -> Statements:
    made = Statements(run_bytes=request.param)
    for first in range(0, 60, 10):
        # Some of them are added again.
        made.add(quads(*range(first, first + 15)))
    return made


def test_lines_are_in_order_and_each_once(statements):
    lines = list(statements.lines())
    assert lines == sorted(set(lines))
    assert len(lines) == 65
    assert list(statements.lines()) == lines, "they can be read again"


def test_store_and_lines_hold_the_same(statements):
    assert set(statements) == set(statements.store) == set(quads(*range(65)))


def test_literals_stay_as_they_were_written():
    """The store keeps the value of a number, not the zeros at its end."""
    number = Literal("39.70", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#decimal"))
    made = Statements([Quad(GRAPH, GRAPH, number, GRAPH)])
    assert [quad.object.value for quad in made] == ["39.70"]
    assert [quad.object.value for quad in made.store] == ["39.7"]


def test_runs_are_gone_with_the_lines():
    made = SortedLines(run_bytes=1)
    made.add(b"one\nanother\n")
    (run,) = made._runs
    assert not run.closed
    del made
    assert run.closed


def test_batches_leave_nothing_out():
    assert list(batched(iter([b"1", b"2", b"3"]), 2)) == [[b"1", b"2"], [b"3"]]


def test_work_in_processes_comes_in_order(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})
    found = list(in_processes(lambda n: (n, os.getpid()), range(50)))
    assert [number for number, _ in found] == list(range(50))
    assert len({pid for _, pid in found}) == 3
    assert os.getpid() not in {pid for _, pid in found}


def test_a_few_things_are_worked_on_here():
    assert list(in_processes(lambda n: os.getpid(), range(5))) == [os.getpid()] * 5


def test_first_error_in_order_is_raised(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})

    def work(number: int) -> int:
        if number > 5:
            raise MappingError(f"row {number}")
        return number

    with pytest.raises(MappingError, match=r"^row 6$"):
        list(in_processes(work, range(40)))


def test_process_that_is_killed_is_an_error(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})

    def work(number: int) -> int:
        if number == 7:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    with pytest.raises(BuildError, match="a process of the build died"):
        list(in_processes(work, range(40)))


def test_what_is_not_taken_is_not_made(monkeypatch, tmp_path):
    """A process that is far ahead waits: memory holds a few answers."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})

    def work(number: int) -> bytes:
        (tmp_path / str(number)).touch()
        return bytes(1 << 20)

    made = in_processes(work, range(200))
    next(made)
    time.sleep(0.5)
    assert len(list(tmp_path.iterdir())) < 20
    made.close()


def test_work_beside_raises_what_it_raised():
    def work() -> None:
        raise BuildError("found no room")

    with pytest.raises(BuildError, match="found no room"), beside([work]):
        pass


def test_work_beside_ends_with_an_error_here(tmp_path):
    def work() -> None:
        time.sleep(30)
        (tmp_path / "done").touch()

    begun = time.monotonic()
    with pytest.raises(MappingError), beside([work]):
        raise MappingError
    assert time.monotonic() - begun < 10
    assert not (tmp_path / "done").exists()
