"""The command line: python -m server serve | query | publish | limits."""

import argparse
import errno
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from pyoxigraph import QuerySolutions

from . import DEFAULT_RELEASE
from .errors import Problem
from .evaluation import Query, Results, Source, admit, run, tabulate, write
from .federation.registry import Registry, RegistryError
from .limits import LimitError, Limits, table
from .negotiation import GRAPHS, RESULTS
from .release import ReleaseError, open_release
from .remote.command import PUBLISH_EXAMPLES, add_options, run_publish
from .remote.opening import open_remote, store_setting
from .text_table import render

SHOWN_ROWS = 1_000_000
WRITERS = {fmt.name: fmt for fmt in (*RESULTS, *GRAPHS)}
SERVE_EXAMPLES = """examples:
  python -m server serve
  python -m server serve --port 8080 --release build/releases/0123456789ab
"""
QUERY_EXAMPLES = """examples:
  python -m server query server/queries/morioka-partners.rq
  python -m server query server/queries/dated-agreements.rq --format csv > agreements.csv
  echo 'SELECT * { ?s ?p ?o } LIMIT 3' | python -m server query -
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m server",
        description="Serve a release of the graph, or ask it one question.",
        epilog=SERVE_EXAMPLES + QUERY_EXAMPLES.removeprefix("examples:\n"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser(
        "serve",
        help="answer over HTTP",
        description="Answer over HTTP until interrupted.",
        epilog=SERVE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    serve.add_argument("--host", default="127.0.0.1", help="address (default: %(default)s)")
    serve.add_argument("--port", type=int, default=8000, help="port (default: %(default)s)")
    serve.add_argument(
        "--access-log",
        default="-",
        metavar="FILE|-|off",
        help="where a JSON line for each request goes (default: standard output)",
    )
    serve.add_argument(
        "--proxies",
        type=int,
        default=os.environ.get("ENISHI_PROXIES", "0"),
        metavar="N",
        help="trusted proxies in front, whose X-Forwarded-… headers count (default: %(default)s)",
    )
    query = commands.add_parser(
        "query",
        help="answer one SPARQL query",
        description="Answer one SPARQL query from a file, or from standard input (-).",
        epilog=QUERY_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    query.add_argument("file", metavar="FILE|-", help="the query")
    query.add_argument(
        "--format",
        choices=["table", *WRITERS],
        default="table",
        help="form of the answer (default: %(default)s)",
    )
    publishing = commands.add_parser(
        "publish",
        help="put a release into a SPARQL store",
        description="Put a release into a SPARQL 1.1 store, verified, then all at once in place."
        " What was interrupted goes on when it is called again. ENISHI_STORE_USER and"
        " ENISHI_STORE_PASSWORD are the credentials.",
        epilog=PUBLISH_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(publishing)
    commands.add_parser(
        "limits",
        help="list the limits of the endpoint",
        description="List every limit of the endpoint with its default; ENISHI_<NAME> sets it.",
    )
    for command in (serve, query, publishing):
        command.add_argument(
            "--release",
            type=Path,
            metavar="DIR",
            help=f"folder of the release (default: ENISHI_RELEASE, or {DEFAULT_RELEASE})",
        )
    return parser


def _folder(given: Path | None) -> Path:
    return given or Path(os.environ.get("ENISHI_RELEASE", DEFAULT_RELEASE))


def _fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises ReleaseError for an address that cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=4096)
    except OSError as error:
        reason = (
            "is in use; expected a free one (--port)"
            if error.errno == errno.EADDRINUSE
            else f"cannot be opened ({error.strerror})"
        )
        raise ReleaseError(f"{host}:{port} {reason}.") from error


def _serve(arguments: argparse.Namespace) -> int:
    from .serving.supervisor import Supervisor

    if not 0 <= arguments.port <= 65535:
        return _fail(f"found port {arguments.port}, expected 0 to 65535.")
    if arguments.proxies < 0:
        return _fail(f"found --proxies {arguments.proxies}, expected 0 or more.")
    Limits.read()
    Registry.load()
    with _listen(arguments.host, arguments.port) as listening:
        host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
        address = f"http://{host}:{listening.getsockname()[1]}/"
        folder = _folder(arguments.release)
        return Supervisor(listening, folder, address, arguments.access_log, arguments.proxies).run()


def _read(name: str) -> str:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return data.decode("utf-8")
    except OSError as error:
        raise ReleaseError(f"{name}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise ReleaseError(
            f"{name}: found byte {error.start + 1} that is not UTF-8, expected UTF-8."
        ) from error


def _write(results: Results, name: str) -> None:
    if name == "table":
        print(render(tabulate(results, SHOWN_ROWS)))
    else:
        writer = WRITERS[name].writer
        assert writer is not None
        write(results, writer, sys.stdout.buffer)
    sys.stdout.flush()


def _query(arguments: argparse.Namespace) -> int:
    query = admit(_read(arguments.file), Limits.read())
    fitting = GRAPHS if query.makes_graph else RESULTS
    names = [fmt.name for fmt in fitting]
    if arguments.format not in ("table", *names) and query.scan.form:
        return _fail(
            f"found --format {arguments.format} for {query.scan.form},"
            f" expected one of table, {', '.join(names)}."
        )
    folder, url = _folder(arguments.release), store_setting()
    store = (open_remote(url, folder) if url else open_release(folder)).store
    _write(run(store, _joined(query, store)), arguments.format)
    return 0


def _joined(query: Query, store: Source) -> Query:
    """Return the query with the rows of the endpoints it names; says on standard error whose."""
    if query.scan.service is None:
        return query
    from .federation.in_process import LocalFetcher
    from .federation.joining import Federation

    def ask(own: Query) -> QuerySolutions:
        results = run(store, own)
        assert isinstance(results, QuerySolutions)
        return results

    limits, registry = Limits.read(), Registry.load()
    with LocalFetcher(registry, limits) as fetcher:
        joined = Federation(registry, limits, fetcher.fetch).join(query, ask)
    for endpoint in joined.endpoints:
        print(f"{endpoint.attribution['en']} <{endpoint.licence}>", file=sys.stderr)
    return joined.query


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0, or 1 when the query or the data is wrong (2: wrong usage)."""
    parsed = _parser().parse_args(arguments)
    try:
        if parsed.command == "limits":
            print(table())
            return 0
        if parsed.command == "publish":
            return run_publish(parsed, _folder(parsed.release))
        return _serve(parsed) if parsed.command == "serve" else _query(parsed)
    except (Problem, ReleaseError, LimitError, RegistryError) as error:
        return _fail(str(error))
    except BrokenPipeError:
        # The reader has enough; nothing more may be written when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
