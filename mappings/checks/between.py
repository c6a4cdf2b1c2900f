"""Checks between documents: the same fact told by two of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from pyoxigraph import NamedNode

from ..document import Document
from ..japanese_names import fold
from ..model import Agreement, Discrepancy


def check_between(
    documents: Mapping[str, Document], agreements: Mapping[str, Iterable[Agreement]]
) -> Iterator[tuple[str, Discrepancy]]:
    """Yield (slug, discrepancy) for every agreement two documents date differently.

    It is one agreement when the parties are the same and the one title contains the other. A
    less precise date (2019, 2019-08) agrees with a more precise one that begins with it.
    """
    by_parties: dict[frozenset[NamedNode], list[tuple[str, Agreement]]] = defaultdict(list)
    for slug, of_document in agreements.items():
        for agreement in of_document:
            by_parties[frozenset(agreement.parties)].append((slug, agreement))
    for known in by_parties.values():
        for (slug, one), (other_slug, other) in combinations(known, 2):
            if slug == other_slug:
                continue
            titles = sorted((fold(one.title), fold(other.title)), key=len)
            if titles[0] in titles[1] and not _dates_agree(one, other):
                yield slug, _differs(documents, slug, one, other_slug, other)


def _dates_agree(one: Agreement, other: Agreement) -> bool:
    return any(
        str(a).startswith(str(b)) or str(b).startswith(str(a))
        for a in one.signed_on
        for b in other.signed_on
    )


def _differs(
    documents: Mapping[str, Document], slug: str, one: Agreement, other_slug: str, other: Agreement
) -> Discrepancy:
    dates = [" / ".join(map(str, agreement.signed_on)) for agreement in (one, other)]
    titles = [documents[s].metadata["title"] for s in (slug, other_slug)]
    return Discrepancy(
        key=f"between-documents-{one.key}-{documents[other_slug].id}-{other.key}",
        rule="between-documents",
        readings=(dates[0], dates[1]),
        explanation_ja=f"{one.title}の締結日は「{titles[0]['ja']}」では{dates[0]}、"
        f"「{titles[1]['ja']}」では{dates[1]}。",
        explanation_en=f"{one.title_en} was signed on {dates[0]} by “{titles[0]['en']}” and on "
        f"{dates[1]} by “{titles[1]['en']}”.",
        sources=one.sources,
        elsewhere=tuple((other_slug, source) for source in other.sources),
    )
