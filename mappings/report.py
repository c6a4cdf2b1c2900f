"""The build's report: counts, corrections, discrepancies and violations, tied to source lines."""

from collections.abc import Iterator

from .build import Built
from .model import Source
from .validation_report import format_violations


def format_report(built: Built, quads: int) -> str:
    """Return the report of a graph of so many quads as text.

    It has no times in it, so the same graph gives the same text.
    """
    lines = [f"{quads} quads, {len(built.violations)} validation results"]
    for slug in sorted(built.documents):
        lines += ["", *_document(built, slug)]
    if built.violations:
        lines += ["", format_violations(built.violations)]
    return "\n".join(lines) + "\n"


def _document(built: Built, slug: str) -> Iterator[str]:
    document = built.documents[slug]
    counts = sorted(built.found[slug].counts.items())
    listed = ", ".join(f"{count} {name}" for name, count in counts)
    yield f"{slug}: {document.metadata['title']['ja']}"
    yield f"  {listed}"
    yield f"  Corrections: {len(document.corrections)}"
    for correction in document.corrections:
        printed = correction.printed or "(blank)"
        yield (
            f"    {_where(document.sources_of(correction))} [{correction.rule}] "
            f"{printed} → {correction.corrected or '(removed)'}: {correction.reason_en}"
        )
    discrepancies = built.discrepancies(slug)
    yield f"  Discrepancies: {len(discrepancies)}"
    for discrepancy in discrepancies:
        elsewhere = "".join(f", {s} {_where((p,))}" for s, p in discrepancy.elsewhere)
        yield (
            f"    {_where(discrepancy.sources)}{elsewhere} [{discrepancy.rule}] "
            f"{' / '.join(discrepancy.readings)}: {discrepancy.explanation_en}"
        )


def _where(sources: tuple[Source, ...]) -> str:
    spans = sorted({(source.first_line, source.last_line) for source in sources})
    return "lines " + ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)
