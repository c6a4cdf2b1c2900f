"""All agreements and all activities, page by page: /agreements, /activities."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, Response, current_app, request
from pyoxigraph import NamedNode

from .entities import ENISHI, Ref, Thing, gather_things, ref_of, text_of
from .pages import Site
from .rendering import render_page
from .resources import FORMATS, Makers, respond_page, table_of

blueprint = Blueprint("things", __name__)
_PAGE_AND_TABLE = {name: FORMATS[name] for name in ("html", "csv")}
# The pages, with the class that each shows.
CLASSES = {"agreements": "Agreement", "activities": "Activity"}
ROWS_ON_A_PAGE = 50


@dataclass(frozen=True)
class Listed:
    """An agreement or activity in a list: its date, the year it counts for, its topics."""

    iri: str
    date: str
    year: str
    topics: tuple[Ref, ...]


def listed(site: Site, kind: str) -> list[Listed]:
    """Return every Agreement or Activity, the newest first, those without a date last."""
    found: dict[str, Listed] = {}
    for row in site.ask("pages/listed", kind=NamedNode(ENISHI + kind)):
        iri, topic = text_of(row["thing"]), ref_of(row, "topic")
        date = text_of(row["date"])
        year = date[:4] or text_of(row["year"])
        before = found[iri].topics if iri in found else ()
        found[iri] = Listed(iri, date, year, (*before, topic) if topic.value else before)
    return sorted(found.values(), key=lambda thing: (thing.date, thing.iri), reverse=True)


def _things(site: Site, chosen: list[Listed]) -> list[Thing]:
    """Return all that tables show of some things, in their order."""
    if not chosen:
        return []
    iris = [NamedNode(thing.iri) for thing in chosen]
    found = {
        thing.ref.value: thing
        for thing in gather_things(site, site.ask("pages/things-named", thing=iris))
    }
    return [found[thing.iri] for thing in chosen if thing.iri in found]


@blueprint.get("/<any(agreements, activities):name>")
@blueprint.get("/<any(agreements, activities):name>.<suffix>")
def show(name: str, suffix: str = "") -> Response:
    """Return the agreements or the activities, of a year and a topic where asked, page by page."""
    site: Site = current_app.extensions["enishi"]
    everything = listed(site, CLASSES[name])
    year, topic = request.args.get("year", ""), request.args.get("topic", "")
    chosen = [
        thing
        for thing in everything
        if year in ("", thing.year) and (not topic or topic in {ref.value for ref in thing.topics})
    ]
    page = partial(_things_page, name, everything, chosen, year, topic)
    makers: Makers = {"html": page, "csv": lambda: table_of(_things(site, chosen))}
    return respond_page(name, suffix, makers)


def _things_page(
    name: str, everything: list[Listed], chosen: list[Listed], year: str, topic: str
) -> str:
    pages = max(1, -(-len(chosen) // ROWS_ON_A_PAGE))
    asked = request.args.get("page", "1")
    page = min(max(int(asked), 1), pages) if re.fullmatch("[0-9]{1,9}", asked) else 1
    shown = chosen[(page - 1) * ROWS_ON_A_PAGE : page * ROWS_ON_A_PAGE]
    years = Counter(thing.year for thing in everything if thing.year)
    topics = Counter(ref for thing in everything for ref in set(thing.topics))
    site: Site = current_app.extensions["enishi"]
    return render_page(
        "things.html", name=name, everything=everything, chosen=chosen,
        things=_things(site, shown), year=year, topic=topic, page=page, pages=pages,
        years=[(Ref(y), n) for y, n in sorted(years.items(), reverse=True)],
        topics=sorted(topics.items(), key=lambda pair: pair[0].value), formats=_PAGE_AND_TABLE,
    )  # fmt: skip
