"""The limits of the endpoint: each a setting with a safe default, shown to whoever asks."""

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any

MEBIBYTE = 1024 * 1024
ENVIRONMENT = "ENISHI_"
# Defaults that depend on the machine.
AUTOMATIC = {"workers": "2 × cores, 6 or more"}


class LimitError(ValueError):
    """A setting that is no limit; its text is one sentence."""


def _limit(default: float, unit: str, ja: str, en: str, low: float, high: float) -> Any:
    """Return a field of Limits; `default` and the bounds are in `unit`."""
    described = {"unit": unit, "ja": ja, "en": en, "low": low, "high": high}
    return field(default=default, metadata=described)


def _default_workers() -> int:
    """Return how many queries run at once: more than cores, so that slow ones leave room."""
    return max(6, 2 * len(os.sched_getaffinity(0)))


@dataclass(frozen=True)
class Limits:
    """What a client may use; a query that needs more is refused or broken off, never cut short."""

    query_seconds: float = _limit(
        10.0, "s", "1 問い合わせの時間（timeout= で短くできる）",
        "time of a query; a client asks for less with timeout=", 0.1, 3600,
    )  # fmt: skip
    query_memory_mib: int = _limit(
        1024, "MiB", "1 問い合わせが使うメモリー", "memory a query may take", 64, 1 << 20
    )
    result_mib: int = _limit(256, "MiB", "答えの大きさ", "size of an answer", 1, 1 << 20)
    query_bytes: int = _limit(
        100_000, "byte", "問い合わせ文の長さ", "length of the query text", 100, 10_000_000
    )
    nesting: int = _limit(
        64, "bracket", "括弧の入れ子の深さ", "depth of nested brackets", 4, 1000
    )  # fmt: skip
    words: int = _limit(
        4_000, "word", "VALUES の行を除く語と記号の数",
        "words and signs outside VALUES rows", 100, 20_000,
    )  # fmt: skip
    workers: int = _limit(
        0, "query", "同時に走る問い合わせの数", "queries that run at once, in all", 0, 1000
    )
    running_per_client: int = _limit(
        4, "query", "1 つの番地から同時に走る問い合わせの数",
        "queries that run at once for one client address", 1, 1000,
    )  # fmt: skip
    waiting: int = _limit(64, "query", "順番待ちの数", "queries that may wait", 0, 10_000)
    waiting_seconds: float = _limit(
        5.0, "s", "順番待ちの時間", "time a query waits for its turn", 0, 600
    )
    head_bytes: int = _limit(
        131_072, "byte", "要求の番地とヘッダーの長さ", "length of a request's address and headers",
        4096, 10_000_000,
    )  # fmt: skip
    body_bytes: int = _limit(
        400_000, "byte", "要求の本文の長さ", "length of a request's body", 1000, 100_000_000
    )
    request_seconds: float = _limit(
        15.0, "s", "要求が届くまでの時間", "time in which a request must have arrived", 0.5, 600
    )
    idle_seconds: float = _limit(
        60.0,
        "s",
        "要求のない接続を保つ時間",
        "time a connection is kept without a request",
        1,
        3600,
    )
    connections: int = _limit(2000, "connection", "接続の数", "open connections", 10, 1_000_000)
    cache_mib: int = _limit(
        128, "MiB", "覚えておく答えの大きさの合計", "size of all answers that are kept", 0, 1 << 20
    )
    cache_entry_mib: int = _limit(
        48, "MiB", "覚えておく 1 つの答えの大きさ", "size of one answer that is kept", 0, 1 << 20
    )
    federation_seconds: float = _limit(
        60.0, "s", "ほかのエンドポイントの答えを待つ時間（1 問い合わせ）",
        "time of a query for the answers of other endpoints", 0.5, 3600,
    )  # fmt: skip
    federation_requests: int = _limit(
        100, "request", "ほかのエンドポイントへの要求の数（1 問い合わせ）",
        "requests of a query to other endpoints", 1, 100_000,
    )  # fmt: skip
    federation_rows: int = _limit(
        200_000, "row", "ほかのエンドポイントから受け取る行の数（1 問い合わせ）",
        "rows of a query from other endpoints", 1, 100_000_000,
    )  # fmt: skip
    federation_mib: int = _limit(
        64, "MiB", "ほかのエンドポイントから受け取る大きさ（1 問い合わせ、展開後）",
        "size of the answers of other endpoints to a query, unpacked", 1, 1 << 16,
    )  # fmt: skip
    federation_keys: int = _limit(
        50_000, "key", "ほかのエンドポイントへ送るキーの数（1 つの SERVICE）",
        "keys sent to another endpoint for a SERVICE", 1, 10_000_000,
    )  # fmt: skip
    federation_running: int = _limit(
        4, "query", "ほかのエンドポイントに同時に問い合わせる問い合わせの数",
        "queries that ask other endpoints at once", 1, 1000,
    )  # fmt: skip
    federation_cache_mib: int = _limit(
        64, "MiB", "覚えておくほかのエンドポイントの答えの合計",
        "size of all kept answers of other endpoints", 0, 1 << 20,
    )  # fmt: skip
    federation_cache_seconds: float = _limit(
        3600.0, "s", "ほかのエンドポイントの答えを覚えておく時間",
        "time an answer of another endpoint is kept", 0, 31_536_000,
    )  # fmt: skip

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> "Limits":
        """Return the limits that ENISHI_… variables set, defaults for the others.

        Raises LimitError for a value that is no number or outside the bounds of its limit.
        """
        given: dict[str, Any] = {
            about.name: _number(about, environment[ENVIRONMENT + about.name.upper()])
            for about in fields(cls)
            if ENVIRONMENT + about.name.upper() in environment
        }
        workers = int(given.get("workers", 0)) or _default_workers()
        share = _physical_mib() // (2 * workers)
        return cls(**{"query_memory_mib": max(64, min(1024, share)), **given, "workers": workers})

    def document(self) -> list[dict[str, Any]]:
        """Return every limit with its value, unit and label, for /limits."""
        return [
            {
                "name": about.name,
                "value": getattr(self, about.name),
                "unit": about.metadata["unit"],
                "label": {"ja": about.metadata["ja"], "en": about.metadata["en"]},
            }
            for about in fields(self)
        ]


def _physical_mib() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEBIBYTE


def _number(about: "Field[Any]", text: str) -> float:
    whole = about.type in (int, "int")
    low, high = about.metadata["low"], about.metadata["high"]
    try:
        value: float = int(text) if whole else float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        kind = "a whole number" if whole else "a number"
        raise LimitError(
            f"{ENVIRONMENT}{about.name.upper()}: found {text!r},"
            f" expected {kind} from {low:g} to {high:g} ({about.metadata['unit']})."
        )
    return value


def table() -> str:
    """Return the limits with their defaults as a table in Markdown."""
    lines = ["| setting | default | unit | | |", "|---|---|---|---|---|"]
    for about in fields(Limits):
        default = f"{about.default:g}" if about.default else AUTOMATIC.get(about.name, "0")
        data = about.metadata
        lines.append(
            f"| `{about.name}` | {default} | {data['unit']} | {data['en']} | {data['ja']} |"
        )
    return "\n".join(lines)
