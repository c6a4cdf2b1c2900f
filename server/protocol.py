"""The query operation of the SPARQL 1.1 Protocol: from a request to an answer, in two steps.

`plan` reads the request, decides the form of the answer and evaluates nothing; `write_answer`
evaluates. Neither knows of a web framework: a worker process calls them as the pages do.
https://www.w3.org/TR/sparql11-protocol/#query-operation
"""

import hashlib
from binascii import a2b_qp
from dataclasses import dataclass, field
from functools import lru_cache
from typing import IO, NamedTuple
from urllib.parse import unquote_to_bytes

from pyoxigraph import Store
from pyoxigraph import __version__ as engine
from werkzeug.http import parse_options_header

from .errors import Problem
from .evaluation import Query, admit, run, write
from .limits import Limits
from .negotiation import GRAPHS, HTML, RESULTS, SPREADSHEET, Choice, Format, best, named

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
UPDATE = "application/sparql-update"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# An answer is the same until the next release; a client asks again after this time.
FRESH_SECONDS = 60
EXPLANATION = Format("json", "application/json")
_FRESH = ("Cache-Control", f"public, max-age={FRESH_SECONDS}")


class Call(NamedTuple):
    """A request to the endpoint: what bears on its answer."""

    method: str
    query_string: bytes
    content_type: str = ""
    body: bytes = b""
    accept: str | None = None


@dataclass(slots=True)
class Plan:
    """What a call comes to: the query, the form of its answer, the time its client allows.

    `is_explained`: the client asks which requests to other endpoints it would take.
    """

    query: Query
    choice: Choice
    seconds: float | None = None
    is_explained: bool = False
    # Made once: functools.cached_property takes a lock, as long as all the rest of a plan.
    _digest: str = field(default="", init=False, compare=False)
    _made: dict[str, list[tuple[str, str]]] = field(default_factory=dict, init=False, compare=False)

    @property
    def query_hash(self) -> str:
        """Sixteen hexadecimal digits that tell the text of the query from others."""
        self._digest = self._digest or _digest(self.query.text)
        return self._digest[:16]

    def etag(self, release: str) -> str:
        """Return the entity tag of the answer: one for each release, query, dataset and form."""
        digest = self._digest = self._digest or _digest(self.query.text)
        if self.query.default_graphs is not None:
            dataset = (self.query.default_graphs, self.query.named_graphs)
            digest = _digest(repr((digest, dataset)))
        edition = _edition(release, self.choice.content_type)
        return f"{self.choice.format.name}-{edition}{digest[:24]}"

    @property
    def file_name(self) -> str:
        """The name under which a browser keeps the answer."""
        return f"enishi-{self.query_hash[:8]}.{self.choice.format.suffix}"

    def headers(self, release: str) -> list[tuple[str, str]]:
        """Return the headers of the answer, but for those every answer has; to be read only."""
        if release not in self._made:
            self._made[release] = self._headers(release)
        return self._made[release]

    def _headers(self, release: str) -> list[tuple[str, str]]:
        kept = "attachment" if self.choice.format in (SPREADSHEET, *RESULTS[2:]) else "inline"
        headers = [
            ("Content-Type", self.choice.content_type),
            ("Content-Disposition", f'{kept}; filename="{self.file_name}"'),
        ]
        if self.query.scan.is_volatile or self.query.scan.service is not None:
            return [*headers, ("Cache-Control", "no-store")]
        return [*headers, _FRESH, ("ETag", f'"{self.etag(release)}"')]


@lru_cache(maxsize=64)
def _edition(release: str, content_type: str) -> str:
    """Return what tells the answers of an engine, a release and a form from those of others."""
    return _digest(repr((engine, release, content_type)))[:12]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _decoded(text: bytes) -> str:
    """Return url-encoded text decoded, strictly in UTF-8.

    A query has hundreds of escapes, and urllib takes as long for them as the store for a short
    query. Those of quoted-printable (RFC 2045, 6.7), which C decodes, differ in their sign alone;
    a text in which that sign stands, the end of a line or a broken escape, which does not become
    two bytes shorter, is left to urllib.
    """
    text = text.replace(b"+", b" ")
    escapes = text.count(b"%")
    if not escapes:
        return text.decode("utf-8")
    if not (b"=" in text or b"\n" in text or b"\r" in text):
        decoded = a2b_qp(text.replace(b"%", b"="))
        if len(text) - len(decoded) == 2 * escapes:
            return decoded.decode("utf-8")
    return unquote_to_bytes(text).decode("utf-8")


class Parameters:
    """The parameters of a request, in the query string and the form, strictly in UTF-8."""

    def __init__(self, *parts: bytes) -> None:
        """Read url-encoded text. Raises Problem when it is not UTF-8."""
        self._values: dict[str, tuple[str, ...]] = {}
        try:
            for part in parts:
                for piece in part.split(b"&"):
                    if piece:
                        name, _, value = piece.partition(b"=")
                        key = _decoded(name)
                        self._values[key] = (*self._values.get(key, ()), _decoded(value))
        except UnicodeDecodeError as error:
            raise Problem(
                400,
                f"Found bytes that are not UTF-8 in the parameters ({error.reason});"
                " expected UTF-8.",
                "パラメーターに UTF-8 ではないバイトがあります。",
            ) from error

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a parameter."""
        return self._values.get(name, ())

    def one(self, name: str) -> str | None:
        """Return the value of a parameter that may stand once. Raises Problem for more."""
        values = self._values.get(name)
        if values is None:
            return None
        if len(values) > 1:
            raise Problem(
                400,
                f"Found the parameter {name} {len(values)} times, expected it once.",
                f"パラメーター {name} が {len(values)} 回あります。1 回だけにしてください。",
            )
        return values[0]


def _read_only() -> Problem:
    return Problem(
        403,
        "Found an update; expected a query: this endpoint is read-only.",
        "更新の要求です。ここは読み取り専用で、問い合わせだけが使えます。",
    )


def _direct_text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(
            400,
            f"Found a byte that is not UTF-8 at position {error.start + 1} of the query;"
            " expected UTF-8.",
            f"問い合わせの {error.start + 1} バイト目が UTF-8 ではありません。",
        ) from error


def _post_parameters(call: Call) -> tuple[Parameters, str | None]:
    media_type, options = parse_options_header(call.content_type)
    media_type, charset = media_type.lower(), options.get("charset", "utf-8").lower()
    if media_type == UPDATE:
        raise _read_only()
    if media_type not in (FORM, DIRECT) or charset not in ("utf-8", "utf8"):
        raise Problem(
            415,
            f"Found Content-Type {call.content_type or '(none)'}, expected {DIRECT} or {FORM},"
            " in UTF-8.",
            f"Content-Type が {call.content_type or '（なし）'} です。"
            f"{DIRECT} か {FORM} を UTF-8 で送ってください。",
        )
    if media_type == FORM:
        parameters = Parameters(call.query_string, call.body)
        return parameters, parameters.one("query")
    parameters = Parameters(call.query_string)
    if parameters.all("query"):
        raise Problem(
            400,
            "Found a query in the address and one in the body, expected one query.",
            "問い合わせが番地と本文の両方にあります。1 つだけにしてください。",
        )
    return parameters, _direct_text(call.body)


def parameters_and_query(call: Call) -> tuple[Parameters, str | None]:
    """Return the parameters of a call and the text of its query, None where there is none.

    Raises Problem for an update, a form of request the protocol does not know, a missing query.
    """
    if call.method == "POST":
        parameters, text = _post_parameters(call)
    else:
        parameters = Parameters(call.query_string)
        text = parameters.one("query")
        if text is not None and not text.strip():
            text = None
    if parameters.all("update"):
        raise _read_only()
    if text is None and call.method == "POST":
        raise Problem(
            400,
            "Found no parameter named query in the form, expected one.",
            "フォームにパラメーター query がありません。",
        )
    return parameters, text


@lru_cache(maxsize=256)
def _negotiated(accept: str | None, formats: tuple[Format, ...]) -> Choice | None:
    return best(accept, tuple(fmt for fmt in formats if fmt is not SPREADSHEET))


def choose(parameters: Parameters, accept: str | None, formats: tuple[Format, ...]) -> Choice:
    """Return the format of the answer. Raises Problem (400, 406), listing what would work."""
    name = parameters.one("format")
    if name:
        choice, found = named(name, formats), f"format={name}"
        known = (*RESULTS, *GRAPHS, HTML, SPREADSHEET)
        status = 406 if named(name, known) else 400
    else:
        choice, found, status = _negotiated(accept, formats), f"Accept: {accept}", 406
    if choice is None:
        works = ", ".join(f"{fmt.media_type} (format={fmt.name})" for fmt in formats)
        raise Problem(
            status,
            f"Found {found}; this query can be answered as {works}.",
            f"{found} では答えられません。この問い合わせに使える形式: {works}。",
            query=parameters.one("query") or "",
            formats=[fmt.media_type for fmt in formats],
        )
    return choice


def formats_of(query: Query) -> tuple[Format, ...]:
    """Return the formats, other than a page, in which a query can be answered."""
    return GRAPHS if query.makes_graph else (*RESULTS, SPREADSHEET)


def _seconds(parameters: Parameters, limits: Limits) -> float | None:
    text = parameters.one("timeout")
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 1e6:
        raise Problem(
            400,
            f"Found timeout={text}, expected seconds above 0;"
            f" no query gets more than {limits.query_seconds:g}.",
            f"timeout={text} は 0 より大きい秒数ではありません。"
            f"上限は {limits.query_seconds:g} 秒です。",
        )
    return min(seconds, limits.query_seconds)


def plan(call: Call, limits: Limits) -> Plan | None:
    """Return what to evaluate and how to answer; None for a call without a query.

    Raises Problem for a call that cannot be answered.
    """
    parameters, text = parameters_and_query(call)
    if text is None:
        return None
    query = admit(
        text, limits, parameters.all("default-graph-uri"), parameters.all("named-graph-uri")
    )
    if _is_explained(parameters):
        return Plan(query, Choice(EXPLANATION, EXPLANATION.media_type), None, True)
    choice = choose(parameters, call.accept, (*formats_of(query), HTML))
    return Plan(query, choice, _seconds(parameters, limits))


def _is_explained(parameters: Parameters) -> bool:
    what = parameters.one("explain")
    if what not in (None, "federation"):
        raise Problem(
            400,
            f"Found explain={what}, expected explain=federation.",
            f"explain={what} は使えません。explain=federation としてください。",
        )
    return what is not None


class Plans:
    """The plans of calls that came again, so that a worker does not read them a third time.

    Only short calls are kept, and not many: the plan of a long one is little of its time.
    """

    MOST, MOST_BYTES = 256, 4096

    def __init__(self, limits: Limits) -> None:
        """Begin with none; these limits are for all."""
        self._limits = limits
        self._kept: dict[Call, Plan] = {}
        self._seen: set[int] = set()

    def of(self, call: Call) -> Plan | None:
        """Return what `plan` does. Raises Problem for a call that cannot be answered."""
        planned = self._kept.get(call)
        if planned is not None:
            return planned
        planned = plan(call, self._limits)
        if planned and len(call.query_string) + len(call.body) <= self.MOST_BYTES:
            self._keep(call, planned)
        return planned

    def _keep(self, call: Call, planned: Plan) -> None:
        mark = hash(call)
        if mark not in self._seen:
            if len(self._seen) >= self.MOST:
                self._seen.clear()
            self._seen.add(mark)
            return
        if len(self._kept) >= self.MOST:
            self._kept.clear()
        self._kept[call] = planned


def query_text_of(call: Call) -> str:
    """Return the query of a call, "" for a call without one or that is no call."""
    try:
        return parameters_and_query(call)[1] or ""
    except Problem:
        return ""


def query_hash_of(call: Call) -> str:
    """Return the hash of the query of a call, "" for a call without one or that is no call."""
    text = query_text_of(call)
    return _digest(text)[:16] if text else ""


def write_answer(store: Store, query: Query, planned: Plan, output: IO[bytes]) -> None:
    """Evaluate a query whose answer is no page, and write the answer piece by piece.

    `query`: that of the plan, or what it became when it was joined with others' rows. Raises
    Problem, before anything is written, for a query that cannot be run.
    """
    writer = planned.choice.format.writer
    assert writer is not None
    results = run(store, query)
    if planned.choice.format is SPREADSHEET:
        output.write(BYTE_ORDER_MARK)
    write(results, writer, output)
