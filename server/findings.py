"""Every correction and discrepancy of the release: /corrections, /discrepancies."""

from dataclasses import dataclass, field

from flask import Blueprint, Response, current_app, request
from pyoxigraph import NamedNode

from .entities import ENISHI, LABEL, Ref, Source, ref_of, sources_of, text_of
from .pages import Site
from .rendering import render_page
from .resources import FORMATS, Makers, excel_csv, respond_page

blueprint = Blueprint("findings", __name__)
_PAGE_AND_TABLE = {name: FORMATS[name] for name in ("html", "csv")}
# The pages, with the class that each shows.
CLASSES = {"corrections": "Correction", "discrepancies": "Discrepancy"}
_COLUMNS = (
    "rule_ja", "rule_en", "documents_ja", "documents_en", "readings", "printed", "corrected",
    "text_ja", "text_en", "lines", "concerns", "records", "iri",
)  # fmt: skip


@dataclass
class FullFinding:
    """A correction or discrepancy with all that is said of it."""

    ref: Ref
    rule: Ref = field(default_factory=lambda: Ref(""))
    text: Ref = field(default_factory=lambda: Ref(""))
    readings: list[str] = field(default_factory=list)
    printed: str = ""
    corrected: str = ""
    concerns: list[Ref] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)

    @property
    def documents(self) -> tuple[Ref, ...]:
        """The documents it was found in, each once."""
        return tuple({source.document.value: source.document for source in self.sources}.values())

    @property
    def readings_in_order(self) -> list[str]:
        """The readings as its label has them: what is printed first."""
        return sorted(self.readings, key=lambda text: (self.ref.ja.find(text), text))


@dataclass(frozen=True)
class Group:
    """The findings of one rule in the same documents."""

    documents: tuple[Ref, ...]
    rule: Ref
    findings: tuple[FullFinding, ...]


def findings(site: Site, kind: str) -> list[FullFinding]:
    """Return every Correction or Discrepancy of the release, in the order of the documents."""
    found: dict[str, FullFinding] = {}
    for row in site.ask("pages/all-findings", kind=NamedNode(ENISHI + kind)):
        iri = text_of(row["finding"])
        finding = found.setdefault(iri, FullFinding(Ref(iri)))
        _take(finding, text_of(row["property"]), ref_of(row, "value"))
    sources = sources_of(site, list(found))
    for iri, finding in found.items():
        finding.sources = sources[iri]
    return sorted(found.values(), key=_place)


def _take(finding: FullFinding, property_: str, value: Ref) -> None:
    name = property_.removeprefix(ENISHI)
    if property_ == LABEL:
        finding.ref = _with_text(finding.ref, value)
    elif name in ("explanation", "reason"):
        finding.text = _with_text(finding.text, value)
    elif name == "reading":
        finding.readings.append(value.value)
    elif name == "concerns":
        finding.concerns.append(value)
    elif name == "rule":
        finding.rule = value
    elif name == "printed":
        finding.printed = value.value
    elif name == "corrected":
        finding.corrected = value.value


def _with_text(ref: Ref, text: Ref) -> Ref:
    ja = text.value if text.note == "ja" else ref.ja
    en = text.value if text.note == "en" else ref.en
    return Ref(ref.value, ja, en)


def _place(finding: FullFinding) -> tuple[list[str], int, str]:
    first = min((source.first for source in finding.sources), default=0)
    return ([document.value for document in finding.documents], first, finding.ref.value)


def groups(chosen: list[FullFinding]) -> list[Group]:
    """Return the findings by the documents they were found in, then by rule."""
    found: dict[tuple[tuple[Ref, ...], Ref], list[FullFinding]] = {}
    for finding in chosen:
        found.setdefault((finding.documents, finding.rule), []).append(finding)
    made = [Group(documents, rule, tuple(of)) for (documents, rule), of in found.items()]
    return sorted(made, key=lambda g: ([d.value for d in g.documents], g.rule.value))


def _choices(refs: list[Ref]) -> list[tuple[Ref, int]]:
    """Return each of some entities once, with how often it comes."""
    return sorted(((ref, refs.count(ref)) for ref in set(refs)), key=lambda pair: pair[0].value)


def _row(finding: FullFinding) -> list[str]:
    documents, sources = finding.documents, finding.sources
    return [
        finding.rule.ja, finding.rule.en,
        "|".join(ref.label("ja") for ref in documents),
        "|".join(ref.label("en") for ref in documents),
        " / ".join(finding.readings_in_order), finding.printed, finding.corrected,
        finding.text.ja, finding.text.en,
        "|".join(f"{source.first}–{source.last}" for source in sources),
        "|".join(sorted(ref.value for ref in finding.concerns)),
        "|".join(source.record for source in sources), finding.ref.value,
    ]  # fmt: skip


@blueprint.get("/<any(corrections, discrepancies):name>")
@blueprint.get("/<any(corrections, discrepancies):name>.<suffix>")
def show(name: str, suffix: str = "") -> Response:
    """Return all corrections, or all discrepancies, of a document and by a rule where asked."""
    site: Site = current_app.extensions["enishi"]
    everything = findings(site, CLASSES[name])
    document, rule = (request.args.get(key, "") for key in ("document", "rule"))
    chosen = [
        finding
        for finding in everything
        if (not document or document in {ref.value for ref in finding.documents})
        and rule in ("", finding.rule.value)
    ]
    makers: Makers = {
        "html": lambda: render_page(
            "findings.html", name=name, everything=everything, chosen=chosen,
            groups=groups(chosen), document=document, rule=rule,
            documents=_choices([ref for finding in everything for ref in finding.documents]),
            rules=_choices([finding.rule for finding in everything]), formats=_PAGE_AND_TABLE,
        ),
        "csv": lambda: excel_csv(_COLUMNS, map(_row, chosen)),
    }  # fmt: skip
    return respond_page(name, suffix, makers)
