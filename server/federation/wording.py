"""The sentences of failures, in both languages: what was found, what was expected, where."""

from .registry import Endpoint
from .remote import Failed, FederationError


def failure(endpoint: Endpoint | str, kind: str, en: str, ja: str) -> FederationError:
    """Return a failure of an endpoint; the sentences come without its name and the last stop."""
    if isinstance(endpoint, str):
        name, label_en, label_ja = endpoint, endpoint, endpoint
    else:
        name = endpoint.name
        label_en = f"{endpoint.label['en']} ({name})"
        label_ja = f"{endpoint.label['ja']}（{name}）"
    return FederationError(Failed(name, kind, f"{label_en}: {en}.", f"{label_ja}：{ja}。"))


# Units of limits as the Japanese sentences write them.
_UNITS = {"request": "回", "row": "行", "key": "個のキー", "MiB": "MiB"}


def over_limit(
    endpoint: Endpoint | str, limit: str, amount: int, unit: str, most: int
) -> FederationError:
    """Return the failure of a query that passed one of its limits.

    `amount`: what it came to; where that is `most`, it came to more and was broken off.
    """
    plural = "" if unit == "MiB" else "s"
    more_en, more_ja = ("more than ", "を超えました") if amount == most else ("", "になりました")
    return failure(
        endpoint,
        limit,
        f"found {more_en}{amount} {unit}{plural} in all for the query, expected {most} at most"
        f" ({limit})",
        f"問い合わせ全体で {amount} {_UNITS[unit]}{more_ja}。上限は {most} です（{limit}）",
    )
