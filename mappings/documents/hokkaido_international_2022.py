"""北海道「市町村・振興局における国際関連施策事業・行事」: one row is one activity, planned or held.

The 実施主体 organize; the 関係市町村 take part, and so do municipalities that an organizer's own
cell names as its members. Where 関係市町村 is blank no participant is made up. Target places are
those of 対象国・地域, the foreign ones of 実施場所, and those the row names elsewhere.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode

from ..document import Document
from ..errors import MappingError, ResolutionError
from ..exchange import Kinds
from ..foreign import Place
from ..model import Activity, Discrepancy, line_source
from ..names import Names
from ..project_cells import Bodies, Methods, NamedBodies, fold_title, fold_venue, place_iri
from ..project_periods import parse_project_period
from ..rows import Row
from ..tables import read_table
from ..terms import mint

HOKKAIDO = "01"
BILATERAL = {"日台": "台湾", "日ロ": "ロシア", "日韓": "韓国", "日中": "中国", "日米": "アメリカ"}
_TITLE_LINE = 3
# A part of the project that the period says is called off: 受入:中止.
_CANCELLED = re.compile(r"(派遣|受入)[:：]中止")


@dataclass(frozen=True)
class Project:
    """A row: its activity, and the print that the checks compare."""

    activity: Activity
    subprefecture: str
    bodies_printed: str
    method_printed: str
    venue_abroad: bool
    venue_at_home: bool


@dataclass(frozen=True)
class Places:
    """The foreign places of a row; `venue` are those of the cell 実施場所."""

    every: tuple[Place, ...]
    venue: tuple[Place, ...]

    @property
    def countries(self) -> tuple[NamedNode, ...]:
        """Return the countries they are or lie in."""
        return tuple(dict.fromkeys(mint("country", p.key[:2]) for p in self.every))

    @property
    def governments(self) -> tuple[NamedNode, ...]:
        """Return the foreign governments among them."""
        found = (place_iri(p) for p in self.every if p.kind == "government")
        return tuple(dict.fromkeys(found))


class Rules:
    """The reviewed tables by which the cells of this document are read."""

    def __init__(self, document: Document, names: Names) -> None:
        """Read the tables of the document's folder."""
        folder = document.folder / "rules"
        self.foreign = names.foreign
        self.kinds = Kinds(document)
        self.methods = Methods(folder / "methods.csv")
        self.bodies = Bodies(folder / "bodies.csv", names, HOKKAIDO, document.as_of)
        self.not_abroad = [row["phrase"] for row in read_table(folder / "places.csv")]
        self.home: list[str] = []
        self.bureau_of: dict[NamedNode, str] = {}
        for row in names.registers.municipalities:
            if row["prefecture"] == HOKKAIDO and not row["valid_to"]:
                self.home.append(row["name_ja"])
                iri = mint("municipality", row["standard_area_code"])
                self.bureau_of[iri] = row["subprefecture"]
        self.bureaus = {
            re.sub(r"(総合)?振興局$", "", row["name_ja"]): row["slug"]
            for row in names.registers.subprefectures
        }


def map_document(document: Document, names: Names) -> Iterator[Activity | Discrepancy]:
    """Yield the activity of each row, and what contradicts itself."""
    rules = Rules(document, names)
    for row in document.rows("projects"):
        project = map_project(document, row, rules)
        yield project.activity
        yield from check_fiscal_year(document, project)
        yield from check_subprefecture(project, rules)
        yield from check_venue(project)
        yield from check_cancelled(project)
        yield from check_bilateral(project, rules)


def map_project(document: Document, row: Row, rules: Rules) -> Project:
    """Return one row as an activity. Raises MappingError for a cell that cannot be read."""
    bodies, concerned = (_bodies(row, c, rules) for c in ("bodies", "municipalities"))
    places = _places(row, rules)
    title, period = fold_title(row.text("title")), row.take("period")
    venue, method = row.take("place"), row.take("method")
    try:
        extent = parse_project_period(period, document.fiscal_year)
    except ValueError as error:
        raise row.error("period", f"a period ({error})") from None
    try:
        methods = rules.methods.methods(method)
    except MappingError as error:
        raise MappingError(f"{row.where}, column method: {error}") from None
    subprefecture = row.take("subprefecture")
    if subprefecture not in rules.bureaus:
        raise row.error("subprefecture", f"one of {', '.join(rules.bureaus)}")
    activity = Activity(
        key=row.key,
        title=title,
        title_en=document.translate(title),
        sources=(row.source,),
        fiscal_year=document.fiscal_year,
        extent=extent,
        period_text=period,
        organizers=bodies.bodies,
        participants=tuple(dict.fromkeys((*bodies.members, *concerned.bodies))),
        countries=places.countries,
        places=places.governments,
        kinds=(rules.kinds.kind(title),),
        methods=methods,
        venue=fold_venue(venue),
        subprefecture=mint("subprefecture", rules.bureaus[subprefecture]),
    )
    printed = [c.printed for c in row.corrections if c.column == "bodies"]
    at_home = any(name in venue for name in rules.home) or "市内" in venue
    row.finish()
    return Project(
        activity,
        subprefecture,
        (printed or [row.take("bodies")])[0],
        method,
        bool(places.venue),
        at_home,
    )


def _bodies(row: Row, column: str, rules: Rules) -> NamedBodies:
    try:
        return rules.bodies.read(row.take(column))
    except ResolutionError as error:
        raise row.error(column, f"bodies that can be told apart ({error})") from None


def _places(row: Row, rules: Rules) -> Places:
    """Return the foreign places of a row; a country printed as target helps the other cells."""
    target = _places_of(row, "target", rules, None)
    default = target[0].key[:2] if target else None
    venue = _places_of(row, "place", rules, default)
    named = _places_of(row, "places_named", rules, default)
    return Places((*target, *venue, *named), tuple(venue))


def _places_of(row: Row, column: str, rules: Rules, default: str | None) -> list[Place]:
    """Return the countries and foreign governments of a cell."""
    cell = row.take(column).replace("|", "、").replace("—", "")
    ignore = rules.not_abroad + (rules.home if column == "place" else [])
    try:
        found = rules.foreign.parse(cell, default_country=default, ignore=ignore)
    except ResolutionError as error:
        raise row.error(column, f"foreign places ({error})") from None
    if any(place.kind == "organization" for place in found):
        raise row.error(column, "countries and foreign governments, not bodies")
    return found


def check_fiscal_year(document: Document, project: Project) -> Iterator[Discrepancy]:
    """Yield a discrepancy for a project begun outside the list's year and not put off."""
    activity, year = project.activity, document.fiscal_year
    start = activity.extent.start
    if start is None or start.fiscal_year() == year or "延期" in activity.period_text:
        return
    if not start.month and start.year == year:
        return
    yield Discrepancy(
        key=f"fiscal-year-{activity.key}",
        rule="fiscal-year",
        readings=(activity.period_text, document.metadata["title"]["ja"]),
        explanation_ja=f"{year}年度（4月から翌年3月）の事業の一覧だが、実施時期は年度の外で始まっている。"
        "年度をまたぐ事業か月の誤記かは決められないため、印刷どおりに載せる。",
        explanation_en=f"The list is of fiscal year {year}, April to March, but the period begins "
        "outside it. Whether the project spans years or the month is a slip cannot be told; the "
        "date is given as printed.",
        sources=(*activity.sources, line_source(_TITLE_LINE)),
    )


def check_subprefecture(project: Project, rules: Rules) -> Iterator[Discrepancy]:
    """Yield a discrepancy for a row none of whose municipalities lies in its subprefecture."""
    activity = project.activity
    agents = (*activity.organizers, *activity.participants)
    found = {rules.bureau_of[agent] for agent in agents if agent in rules.bureau_of}
    if not found or rules.bureaus[project.subprefecture] in found:
        return
    labels = [name for name, slug in rules.bureaus.items() if slug in found]
    yield Discrepancy(
        key=f"prefecture-mismatch-{activity.key}",
        rule="prefecture-mismatch",
        readings=(project.subprefecture, "・".join(labels)),
        explanation_ja="行に記された振興局と、行に挙げられた市町村の属する振興局が異なる。",
        explanation_en="The row stands under one subprefecture and its municipalities lie in "
        "another.",
        sources=activity.sources,
    )


def check_venue(project: Project) -> Iterator[Discrepancy]:
    """Yield a discrepancy where the method (受入, 派遣) and the venue contradict each other."""
    activity = project.activity
    abroad = "dispatch-abroad" in activity.methods
    at_home = "host-in-japan" in activity.methods
    hosted_abroad = at_home and not abroad and project.venue_abroad and not project.venue_at_home
    sent_home = abroad and not at_home and project.venue_at_home and not project.venue_abroad
    # 各国・地域 says abroad without naming a place.
    if not hosted_abroad and (not sent_home or "各国・地域" in activity.venue):
        return
    yield Discrepancy(
        key=f"venue-method-{activity.key}",
        rule="venue-method",
        readings=(f"実施場所: {activity.venue}", f"実施方法: {project.method_printed}"),
        explanation_ja="実施方法と実施場所が合わない（受入であれば日本国内、派遣であれば海外で行われる）。"
        "どちらも印刷どおりに載せる。",
        explanation_en="Method and venue do not agree: a visit is received in Japan and sent "
        "abroad. Both are given as printed.",
        sources=activity.sources,
    )


def check_cancelled(project: Project) -> Iterator[Discrepancy]:
    """Yield a discrepancy where the period calls off what the method says is done."""
    activity = project.activity
    part = _CANCELLED.search(activity.period_text)
    if not part or part[1] not in project.method_printed:
        return
    yield Discrepancy(
        key=f"period-method-{activity.key}",
        rule="period-method",
        readings=(f"実施時期: {activity.period_text}", f"実施方法: {project.method_printed}"),
        explanation_ja=f"実施時期では{part[1]}が中止とされているが、実施方法には{part[1]}が残っている。"
        "どちらも印刷どおりに載せ、期間は中止されていない部分のものとする。",
        explanation_en=f"The period says that {part[1]} "
        f"({'sending' if part[1] == '派遣' else 'hosting'}) is called off, the method still has "
        "it. Both are given as printed; the dates are those of the part that is not called off.",
        sources=activity.sources,
    )


def check_bilateral(project: Project, rules: Rules) -> Iterator[Discrepancy]:
    """Yield a discrepancy where a body is named for a country (日台, 日ロ …) not aimed at."""
    activity = project.activity
    for word, name in BILATERAL.items():
        country = rules.foreign.country(name)
        aimed_at = mint("country", country.iso_code) in activity.countries
        if aimed_at or word not in project.bodies_printed:
            continue
        yield Discrepancy(
            key=f"name-mismatch-{activity.key}",
            rule="name-mismatch",
            readings=(project.bodies_printed, activity.title),
            explanation_ja=f"実施主体に「{word}」とあるが、対象国にも事業名にも{country.name_ja}はない。"
            "事業名と対象国に従う。",
            explanation_en=f"A body is called {word} (Japan and {country.name_en}), but neither "
            "title nor target names that country; title and target are followed.",
            sources=activity.sources,
        )
