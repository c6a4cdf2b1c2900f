"""What the front tells a client whose request came to nothing: status, sentence, which limit."""

from dataclasses import dataclass, fields
from typing import Any

from ..errors import Problem
from ..limits import Limits


@dataclass(frozen=True)
class Failure:
    """Why a request failed: a status, a sentence in both languages, the limit it ran into."""

    status: int
    en: str
    ja: str
    limit: str = ""
    retry_after: int | None = None

    def problem(self, limits: Limits) -> Problem:
        """Return the problem document of the failure."""
        extra: dict[str, Any] = {}
        if self.limit:
            unit = next(a.metadata["unit"] for a in fields(Limits) if a.name == self.limit)
            value = getattr(limits, self.limit)
            extra = {"limit": self.limit, "limit_value": value, "limit_unit": unit}
        return Problem(self.status, self.en, self.ja, **extra)


def failure(reason: str, limits: Limits, seconds: float | None = None) -> Failure:
    """Return the failure for a reason: the name of a limit, or crash, unavailable, bad_request…

    `seconds`: what the client allowed, where that was less than the limit.
    """
    allowed = seconds if seconds is not None else limits.query_seconds
    known = {
        "query_seconds": Failure(
            504,
            f"The query ran longer than {allowed:g} s, the time it may take; ask for less,"
            " or download the whole graph.",
            f"問い合わせが制限時間の {allowed:g} 秒を超えました。範囲を狭めるか、"
            "全データをダウンロードしてください。",
            "query_seconds",
        ),
        "federation_seconds": Failure(
            504,
            f"The query and the other endpoints it asks took longer than"
            f" {limits.federation_seconds:g} s, the time it may take; ask for less.",
            f"ほかのエンドポイントを含む問い合わせが制限時間の {limits.federation_seconds:g} 秒を"
            "超えました。範囲を狭めてください。",
            "federation_seconds",
        ),
        "query_memory_mib": Failure(
            507,
            f"The query needed more than {limits.query_memory_mib} MiB of memory,"
            " all it may take; ask for less.",
            f"問い合わせが使えるメモリー {limits.query_memory_mib} MiB を超えました。"
            "範囲を狭めてください。",
            "query_memory_mib",
        ),
        "nesting": Failure(
            400,
            "The query is nested more deeply than can be evaluated; expected a flatter one.",
            "問い合わせの入れ子が深すぎて評価できません。",
            "nesting",
        ),
        "result_mib": Failure(
            507,
            f"The answer has more than {limits.result_mib} MiB, the most that is sent;"
            " use LIMIT, or download the whole graph.",
            f"答えが上限の {limits.result_mib} MiB を超えます。LIMIT を使うか、"
            "全データをダウンロードしてください。",
            "result_mib",
        ),
        "waiting": Failure(
            503,
            f"All {limits.workers} queries that may run at once are running and"
            f" {limits.waiting} wait; try again soon.",
            "込み合っています。しばらくしてからもう一度試してください。",
            "waiting",
            1,
        ),
        "waiting_seconds": Failure(
            503,
            f"The query waited {limits.waiting_seconds:g} s and its turn did not come:"
            f" {limits.workers} queries may run at once, {limits.running_per_client} of them"
            " for one client; try again soon.",
            f"順番が {limits.waiting_seconds:g} 秒以内に来ませんでした。同時に走る問い合わせは"
            f" {limits.workers} 件、1 つの番地からは {limits.running_per_client} 件までです。"
            "しばらくしてからもう一度試してください。",
            "waiting_seconds",
            2,
        ),
        "unavailable": Failure(
            503,
            "The server is starting or recovering; try again soon.",
            "サーバーは準備中です。しばらくしてからもう一度試してください。",
            "",
            1,
        ),
        "store": Failure(
            502,
            "The store behind this endpoint failed before its answer was whole; try again soon.",
            "この公開を支えるストアの答えが途中で切れました。しばらくしてからもう一度試してください。",
        ),
        "head_bytes": Failure(
            431,
            f"The address and headers have more than {limits.head_bytes} bytes,"
            " the most that is read; send a long query by POST.",
            f"番地とヘッダーが上限の {limits.head_bytes} バイトを超えています。"
            "長い問い合わせは POST で送ってください。",
            "head_bytes",
        ),
        "body_bytes": Failure(
            413,
            f"The body has more than {limits.body_bytes} bytes, the most that is read.",
            f"本文が上限の {limits.body_bytes} バイトを超えています。",
            "body_bytes",
        ),
        "request_seconds": Failure(
            408,
            f"The request did not arrive whole within {limits.request_seconds:g} s.",
            f"要求が {limits.request_seconds:g} 秒以内に届き終わりませんでした。",
            "request_seconds",
        ),
        "bad_request": Failure(
            400,
            "Found bytes that are no HTTP/1.1 request, expected a request with one Host.",
            "HTTP/1.1 の要求として読めません。Host が 1 つ必要です。",
        ),
    }  # fmt: skip
    return known.get(
        reason,
        Failure(
            500,
            "The server failed to answer; the failure is in its log.",
            "サーバーが答えを作れませんでした。記録はサーバーに残っています。",
        ),
    )
