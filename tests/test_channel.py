"""What the front says to a worker arrives whole, in order, and can be taken back."""

import socket
from collections.abc import Iterator

import pytest

from server.serving.channel import Inbox, Request, fetched, forget


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    front, worker = socket.socketpair()
    with front, worker:
        yield front, worker


def request(number: int) -> bytes:
    return Request("GET", b"/%d" % number, (), b"", "").encode()


def targets(worker: socket.socket) -> list[bytes]:
    """Return what a worker gets until the front is gone; b"" for what is not its any more."""
    return [b"" if item is None else item.target for item in Inbox(worker).requests()]


def test_requests_sent_in_pieces_and_together_arrive_in_order(ends):
    front, worker = ends
    data = b"".join(map(request, range(3)))
    taken = Inbox(worker).requests()
    front.sendall(data[:7])
    front.sendall(data[7:])
    front.close()
    assert [item.target for item in taken if item] == [b"/0", b"/1", b"/2"]


@pytest.mark.parametrize(
    ("last", "expected"),
    [(2, [b"/0", b"", b""]), (1, [b"/0", b"/1", b""]), (9, [b"", b"", b""])],
)
def test_the_last_requests_are_taken_back_before_they_are_begun(ends, last, expected):
    front, worker = ends
    front.sendall(b"".join(map(request, range(3))) + forget(last))
    front.close()
    assert targets(worker) == expected


def test_what_is_taken_back_while_another_runs_is_not_begun(ends):
    front, worker = ends
    front.sendall(request(0) + request(1) + request(2))
    taken = Inbox(worker).requests()
    first = next(taken)
    assert first is not None and first.target == b"/0"
    # The front does not know yet how far the worker is: it takes back one more than is left.
    front.sendall(forget(3) + request(3))
    front.close()
    assert [item and item.target for item in taken] == [None, None, b"/3"]


def test_fetched_rows_come_past_requests_that_wait(ends):
    front, worker = ends
    inbox = Inbox(worker)
    front.sendall(request(0) + request(1) + fetched(b"some") + fetched(b"more rows"))
    first = next(inbox.requests())
    assert first is not None and first.target == b"/0"
    assert [inbox.fetched(), inbox.fetched()] == [b"some", b"more rows"]
    front.close()
    with pytest.raises(ConnectionResetError):
        inbox.fetched()
    assert [item and item.target for item in inbox.requests()] == []
