"""What a person did wrong, as RFC 9457 problem details in English and Japanese."""

import json
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from .negotiation import HTML, PROBLEM, wants_page
from .rendering import render_page

# What the page of an error is called, where HTTP's own phrase tells a person little.
HEADINGS = {
    502: "Another server gave no complete answer",
    503: "The server is busy",
    504: "The query took too long",
    507: "The query needs too much",
}
TITLES_JA = {
    400: "要求を読み取れません",
    403: "許可されていません",
    404: "見つかりません",
    405: "使えない方法です",
    406: "その形式では答えられません",
    413: "要求が大きすぎます",
    415: "その形式では受け取れません",
    500: "サーバーの誤りです",
    502: "ほかのサーバーから完全な答えが得られません",
    503: "込み合っています",
    504: "時間切れです",
    507: "使える量を超えました",
    408: "要求が届きませんでした",
    431: "要求が大きすぎます",
}
DETAILS = {
    404: (
        "No page has the address {path}; expected an address that the start page links to.",
        "{path} というページはありません。最初のページからたどれる番地を指定してください。",
    ),
    405: (
        "Found the method {method}, expected one of {allowed}.",
        "{method} は使えません。使えるのは {allowed} です。",
    ),
    413: (
        "The request is larger than {limit} bytes, the most that is read.",
        "要求が上限の {limit} バイトを超えています。",
    ),
    500: (
        "The server failed to answer; the failure is in its log.",
        "サーバーが答えを作れませんでした。記録はサーバーに残っています。",
    ),
}


# What is wrong with a request, in its environment (PEP 3333), where that is known already.
PROBLEM_KEY = "enishi.problem"


class Problem(Exception):
    """A request that cannot be answered: status, one sentence in English and one in Japanese.

    `extra` holds further members of the problem document, such as line and column; `query` is
    the text of the query, which a page shows again so that it can be put right.
    """

    def __init__(
        self, status: int, detail: str, detail_ja: str, query: str = "", **extra: Any
    ) -> None:
        """Make the problem."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.detail_ja = detail_ja
        self.query = query
        self.extra = extra

    @property
    def heading(self) -> str:
        """What the page of the problem is called in English."""
        return HEADINGS.get(self.status, HTTPStatus(self.status).phrase)

    @property
    def members(self) -> dict[str, Any]:
        """The members of the problem document."""
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "title_ja": TITLES_JA.get(self.status, HTTPStatus(self.status).phrase),
            "status": self.status,
            "detail": self.detail,
            "detail_ja": self.detail_ja,
            **self.extra,
        }

    @property
    def document(self) -> bytes:
        """The problem document (application/problem+json)."""
        return json.dumps(self.members, ensure_ascii=False, indent=1).encode() + b"\n"


def answer(problem: Problem) -> Response:
    """Return the problem as a page where a page is preferred, as problem+json elsewhere."""
    asked = request.args.get("format") == HTML.name
    if asked or wants_page(request.headers.get("Accept")):
        response = Response(render_page("error.html", problem=problem))
    else:
        response = Response(problem.document, content_type=PROBLEM.media_type)
    response.status_code = problem.status
    response.headers["Cache-Control"] = "no-store"
    return response


def _from_http(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None or status < 400:
        return Response(error.get_response().get_data(), status, error.get_headers())
    headers = dict(error.get_headers())
    fallback = error.description or HTTPStatus(status).phrase
    sentence, sentence_ja = DETAILS.get(status, ("{fallback}", "{fallback}"))
    words = {
        "path": request.path,
        "method": request.method,
        "allowed": ", ".join(sorted(headers.get("Allow", "").split(", "))),
        "limit": request.max_content_length,
        "fallback": fallback,
    }
    response = answer(Problem(status, sentence.format(**words), sentence_ja.format(**words)))
    if "Allow" in headers:
        response.headers["Allow"] = headers["Allow"]
    return response


def _raise_found() -> None:
    """Raise a problem that was found before the request got here."""
    problem = request.environ.get(PROBLEM_KEY)
    if isinstance(problem, Problem):
        raise problem


def register(app: Flask) -> None:
    """Let `app` answer every error as a problem document."""
    app.before_request(_raise_found)
    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, _from_http)
