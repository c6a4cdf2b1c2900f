"""What the front says to a worker arrives whole, in order, and can be taken back."""

import math
import socket
import time
from collections.abc import Iterator

import pytest

from server.serving.channel import (
    DATA,
    END,
    LATE_SECONDS,
    FrameReader,
    Head,
    Inbox,
    Request,
    Toll,
    answer_frame,
    cancel,
    end_frame,
    fetched,
    forget,
    frame,
    head_frame,
    parse_answer,
    parse_end,
    parse_head,
)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    front, worker = socket.socketpair()
    with front, worker:
        yield front, worker


def request(number: int) -> bytes:
    return Request("GET", b"/%d" % number, {}, b"", "").encode()


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
    time.sleep(2 * LATE_SECONDS)
    assert [item and item.target for item in taken] == [None, None, b"/3"]


def test_word_that_nobody_waits_is_about_one_request(ends):
    front, worker = ends
    inbox = Inbox(worker)
    front.sendall(request(0) + request(1))
    taken = inbox.requests()
    next(taken)
    assert not inbox.is_cancelled()
    front.sendall(cancel(1) + request(2))
    assert inbox.is_cancelled()
    # Word that comes too late, when the next one runs, is not about that.
    next(taken)
    assert not inbox.is_cancelled()
    front.sendall(cancel(3))
    assert not inbox.is_cancelled()
    assert next(taken).target == b"/2" and inbox.is_cancelled()


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


HEAD = Head(200, True, b'"tag"', b"A: b\r\n", b"0123456789abcdef")


@pytest.mark.parametrize("head", [HEAD, Head(304, False, b"", b"")])
def test_a_head_and_a_whole_answer_are_read_as_they_were_written(head):
    [(_, load)] = FrameReader().feed(head_frame(head))
    assert parse_head(bytes(load)) == head
    [(_, load)] = FrameReader().feed(answer_frame(head, b"body", -1, Toll(0.5, True)))
    assert parse_answer(bytes(load)) == (head, b"body", -1, Toll(0.5, True))


@pytest.mark.parametrize("size", [1, 3, 7, 64, 1000])
def test_frames_cut_anywhere_are_the_same_frames(size):
    body = bytes(range(256)) * 2
    sent = head_frame(HEAD) + frame(DATA, body) + frame(DATA, b"!") + end_frame(7, Toll())
    sent += answer_frame(HEAD, body, 7, Toll())
    reader, whole, pieces = FrameReader(), [], []
    for start in range(0, len(sent), size):
        for kind, load in reader.feed(sent[start : start + size]):
            (pieces if kind == DATA else whole).append(bytes(load))
    assert b"".join(pieces) == body + b"!"
    assert parse_head(whole[0]) == HEAD
    assert whole[1] == end_frame(7, Toll())[5:]
    assert parse_answer(whole[2]) == (HEAD, body, 7, Toll())


def test_a_frame_that_no_worker_sends_is_refused():
    with pytest.raises(ValueError, match="found a frame of 4294967295 bytes"):
        list(FrameReader().feed(END + b"\xff" * 4))


@pytest.mark.parametrize("seconds", [-0.1, math.inf, math.nan])
def test_a_toll_that_is_no_time_is_refused(seconds):
    with pytest.raises(ValueError, match="seconds, expected 0 or more"):
        parse_end(end_frame(-1, Toll(seconds))[5:])
    [(_, load)] = FrameReader().feed(answer_frame(HEAD, b"", -1, Toll(seconds)))
    with pytest.raises(ValueError, match="seconds, expected 0 or more"):
        parse_answer(bytes(load))
