"""The endpoint /sparql: SPARQL 1.1 Protocol, queries only."""

from urllib.parse import parse_qsl

from flask import Blueprint, Response, current_app, request

from .description import describe
from .errors import Problem
from .evaluation import Query, admit, run, serialize, tabulate
from .negotiation import GRAPHS, HTML, RESULTS, SPREADSHEET, Choice, Format, best, named
from .rendering import render_page

SHOWN_ROWS = 500
FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
UPDATE = "application/sparql-update"

blueprint = Blueprint("sparql", __name__)


class Parameters:
    """The parameters of a request, in the query string and the form, strictly in UTF-8."""

    def __init__(self, *parts: bytes) -> None:
        """Read url-encoded text. Raises Problem when it is not UTF-8."""
        self.pairs: list[tuple[str, str]] = []
        for part in parts:
            try:
                text = part.decode("utf-8")
                self.pairs += parse_qsl(text, keep_blank_values=True, errors="strict")
            except UnicodeDecodeError as error:
                raise Problem(
                    400,
                    f"Found bytes that are not UTF-8 in the parameters ({error.reason});"
                    " expected UTF-8.",
                    "パラメーターに UTF-8 ではないバイトがあります。",
                ) from error

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a parameter."""
        return tuple(value for key, value in self.pairs if key == name)

    def one(self, name: str) -> str | None:
        """Return the value of a parameter that may stand once. Raises Problem for more."""
        values = self.all(name)
        if len(values) > 1:
            raise Problem(
                400,
                f"Found the parameter {name} {len(values)} times, expected it once.",
                f"パラメーター {name} が {len(values)} 回あります。1 回だけにしてください。",
            )
        return values[0] if values else None


def _read_only() -> Problem:
    return Problem(
        403,
        "Found an update; expected a query: this endpoint is read-only.",
        "更新の要求です。ここは読み取り専用で、問い合わせだけが使えます。",
    )


def _direct_text() -> str:
    try:
        return request.get_data().decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(
            400,
            f"Found a byte that is not UTF-8 at position {error.start + 1} of the query;"
            " expected UTF-8.",
            f"問い合わせの {error.start + 1} バイト目が UTF-8 ではありません。",
        ) from error


def _unsupported(found: str) -> Problem:
    return Problem(
        415,
        f"Found Content-Type {found or '(none)'}, expected {DIRECT} or {FORM}, in UTF-8.",
        f"Content-Type が {found or '（なし）'} です。"
        f"{DIRECT} か {FORM} を UTF-8 で送ってください。",
    )


def _request_parameters() -> tuple[Parameters, str | None]:
    """Return the parameters and the text of the query. Raises Problem for anything else."""
    if request.method != "POST":
        parameters = Parameters(request.query_string)
        query = parameters.one("query")
    else:
        charset = request.mimetype_params.get("charset", "utf-8").lower()
        if request.mimetype == UPDATE:
            raise _read_only()
        if request.mimetype not in (FORM, DIRECT) or charset not in ("utf-8", "utf8"):
            raise _unsupported(request.headers.get("Content-Type", ""))
        if request.mimetype == FORM:
            parameters = Parameters(request.query_string, request.get_data())
            query = parameters.one("query")
        else:
            parameters = Parameters(request.query_string)
            if parameters.all("query"):
                raise Problem(
                    400,
                    "Found a query in the address and one in the body, expected one query.",
                    "問い合わせが番地と本文の両方にあります。1 つだけにしてください。",
                )
            query = _direct_text()
    if parameters.all("update"):
        raise _read_only()
    if query is None and request.method == "POST":
        raise Problem(
            400,
            "Found no parameter named query in the form, expected one.",
            "フォームにパラメーター query がありません。",
        )
    return parameters, query


def _choose(parameters: Parameters, formats: tuple[Format, ...]) -> Choice:
    """Return the format of the answer. Raises Problem (400, 406), listing what would work."""
    works = ", ".join(f"{fmt.media_type} (format={fmt.name})" for fmt in formats)
    name = parameters.one("format")
    if name:
        choice, found = named(name, formats), f"format={name}"
        known = (*RESULTS, *GRAPHS, HTML, SPREADSHEET)
        status = 406 if named(name, known) else 400
    else:
        accept = request.headers.get("Accept")
        plain = tuple(fmt for fmt in formats if fmt is not SPREADSHEET)
        choice, found, status = best(accept, plain), f"Accept: {accept}", 406
    if choice is None:
        raise Problem(
            status,
            f"Found {found}; this query can be answered as {works}.",
            f"{found} では答えられません。この問い合わせに使える形式: {works}。",
            query=parameters.one("query") or "",
            formats=[fmt.media_type for fmt in formats],
        )
    return choice


def _body(query: Query, choice: Choice) -> Response:
    store = current_app.extensions["enishi"].release.store
    results = run(store, query)
    if choice.format is HTML:
        table = tabulate(results, SHOWN_ROWS)
        formats = GRAPHS if query.makes_graph else (*RESULTS, SPREADSHEET)
        page = render_page("query.html", query=query.text, table=table, formats=formats)
        return Response(page, content_type=choice.content_type)
    assert choice.format.writer is not None
    body = serialize(results, choice.format.writer)
    if choice.format is SPREADSHEET:
        body = b"\xef\xbb\xbf" + body
    response = Response(body, content_type=choice.content_type)
    if choice.format is SPREADSHEET:
        response.headers["Content-Disposition"] = 'attachment; filename="enishi.csv"'
    return response


@blueprint.route("/sparql/", methods=["GET", "POST"])
@blueprint.route("/sparql", methods=["GET", "POST"])
def sparql() -> Response:
    """Answer a query; without one, show the query page or the Service Description."""
    parameters, text = _request_parameters()
    if text is None or (not text.strip() and request.method != "POST"):
        choice = _choose(parameters, (*GRAPHS, HTML))
        if choice.format is HTML:
            page = render_page("query.html", query="", table=None, formats=())
            return Response(page, content_type=choice.content_type)
        assert choice.format.writer is not None
        release = current_app.extensions["enishi"].release
        body = describe(release, request.base_url, choice.format.writer)
        return Response(body, content_type=choice.content_type)
    query = admit(text, parameters.all("default-graph-uri"), parameters.all("named-graph-uri"))
    formats = GRAPHS if query.makes_graph else (*RESULTS, SPREADSHEET)
    return _body(query, _choose(parameters, (*formats, HTML)))
