"""A worker's answer reaches the front whole, and its rows are counted, however it is cut."""

import gzip
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
import zstandard
from pyoxigraph import QueryResultsFormat, QuerySolutions, Store

from server.negotiation import RESULTS
from server.serving.channel import DATA, END, MOST_PARTS, PIECE, FrameReader, Toll, parse_end, send
from server.serving.delivery import Delivery, RowCounter

# Values in which stands what stands between rows, and one over two lines.
ROWS = """SELECT * { VALUES (?a ?b) {
  ("\\"}},{\\"" UNDEF) ("<result>" "a\\nb,\\"c\\"") ("\\t" <https://example.org/%7D%7D>)
} }"""
UNPACKED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}


def written(form: QueryResultsFormat) -> bytes:
    results = Store().query(ROWS)
    assert isinstance(results, QuerySolutions)
    return bytes(results.serialize(format=form))


@pytest.mark.parametrize("form", RESULTS, ids=lambda form: form.name)
@pytest.mark.parametrize("size", [*range(1, 12), 64, 1000])
def test_rows_are_counted_wherever_an_answer_is_cut(form, size):
    counter = RowCounter(form.media_type)
    data = written(form.writer)
    for start in range(0, len(data), size):
        counter.feed(data[start : start + size])
    assert counter.rows == 3


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    front, worker = socket.socketpair()
    # So little room that what is sent at once is taken in parts.
    worker.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    worker.settimeout(10)
    with front, worker:
        yield front, worker


def taken_slowly(front: socket.socket) -> tuple[list[bytes], threading.Thread]:
    """Read until the worker has closed, in a thread; return where the pieces go, and the thread."""
    pieces: list[bytes] = []

    def take() -> None:
        while piece := front.recv(1000):
            pieces.append(piece)

    thread = threading.Thread(target=take)
    thread.start()
    return pieces, thread


@pytest.mark.parametrize("count", [0, 1, MOST_PARTS, MOST_PARTS + 1, 3000])
def test_parts_are_sent_whole_and_in_order(ends, count):
    front, worker = ends
    parts = [b"%d," % number * 100 for number in range(count)]
    pieces, thread = taken_slowly(front)
    send(worker, parts)
    worker.close()
    thread.join()
    assert b"".join(pieces) == b"".join(parts)


@pytest.mark.parametrize("accepted", ["", "gzip", "zstd"])
def test_a_long_answer_comes_in_frames_and_ends_with_its_rows(ends, accepted):
    front, worker = ends
    pieces, thread = taken_slowly(front)
    headers = [("Content-Type", RESULTS[0].media_type)]
    delivery = Delivery(worker, 200, headers, accepted, 2 * PIECE, RESULTS[0].media_type)
    start, row, end = b'{"a":{"value":"x"', b'}},{"a":{"value":"x"', b"}}]}}"
    times = PIECE // len(row) + 10
    for part in (start, *[row] * times, end):
        delivery.write(part)
    assert delivery.has_begun
    delivery.finish(Toll())
    worker.close()
    thread.join()
    reader = FrameReader()
    frames = [frame for piece in pieces for frame in reader.feed(piece)]
    assert frames[-1][0] == END
    body = b"".join(bytes(load) for kind, load in frames if kind == DATA)
    assert UNPACKED[accepted](body) == start + row * times + end
    assert parse_end(bytes(frames[-1][1]))[0] == times + 1
