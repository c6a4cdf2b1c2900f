"""The report of a validation: grouped, tied to lines and rows, in two languages, three formats."""

from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad
from rdflib import RDF, SH, Graph, Literal

from mappings.build import ROOT, Built
from mappings.document import DATA
from mappings.errors import BuildError
from mappings.terms import DCTERMS, ENISHI, en, graph, ja, mint
from mappings.validation import VALIDATORS, Validation, load_shapes, validate
from mappings.validation_report import (
    format_violations,
    summarize,
    validation_html,
    validation_text,
    validation_turtle,
    write_validation,
)

SHAPES = ROOT / "shapes"
SLUG = "bunkyo_exchange_2022"
ACTIVITY = mint("activity", "bunkyo-2022", "10")
CITY = mint("municipality", "03201")


@pytest.fixture(scope="module")
def broken_quads(built: Built) -> set[Quad]:
    """An activity and a body that takes part, with faults of several kinds."""
    about = {ACTIVITY, CITY, mint("record", "bunkyo-2022", "10")}
    quads = {q for q in built.statements if q.subject in about}
    lost = {(ACTIVITY, ENISHI.fiscalYear), (CITY, ENISHI.standardAreaCode)}
    quads = {q for q in quads if (q.subject, q.predicate) not in lost}
    here = graph(SLUG)
    return quads | {
        Quad(ACTIVITY, DCTERMS.title, ja("もう一つの題"), here),
        Quad(ACTIVITY, DCTERMS.title, en("<script>題</script>"), here),
        Quad(CITY, ENISHI.tie, CITY, graph("derived")),
    }


@pytest.fixture(scope="module")
def broken(broken_quads: set[Quad]) -> Validation:
    return validate(broken_quads, load_shapes(SHAPES), tables=DATA)


def keys(validation: Validation) -> set[tuple[object, ...]]:
    return {
        (r.focus, r.path, r.value, r.component, r.source_shape, r.severity)
        for r in validation.report.results
    }


def test_both_validators_find_the_same(broken, broken_quads):
    reference = validate(broken_quads, load_shapes(SHAPES), tables=DATA, validator="pyshacl")
    assert keys(broken) == keys(reference) and len(keys(broken)) > 5
    assert reference.report.counts == broken.report.counts
    assert [v for v in reference.violations if not v.path] == [
        v for v in broken.violations if not v.path
    ]
    assert VALIDATORS == ("compiled", "pyshacl")


def test_text_groups_by_shape_path_and_document_and_leads_to_lines_and_rows(broken):
    text = format_violations(broken.violations)
    assert f"Violation: Activity-fiscalYear (fiscalYear) in {SLUG}: 1\n" in text
    assert "    An activity belongs to exactly one fiscal year.\n" in text
    assert "    活動は一つの年度に属する。\n" in text
    assert "    id/activity/bunkyo-2022/10 [lines 15-15]" in text
    assert "Violation: TiedAgent-itself (tie) in registers: 1\n" in text
    assert "    id/municipality/03201 [municipalities.csv, row 222]" in text


def test_violations_come_before_recommendations(broken):
    severities = [
        line.partition(":")[0]
        for line in format_violations(broken.violations).splitlines()
        if not line.startswith(" ")
    ]
    assert severities == sorted(severities) and set(severities) >= {"Violation"}


def test_turtle_is_one_report_of_the_standard_with_all_results(broken):
    found = Graph().parse(data=validation_turtle(broken), format="turtle")
    (report,) = found.subjects(RDF.type, SH.ValidationReport)
    assert set(found.objects(report, SH.conforms)) == {Literal(False)}
    results = list(found.objects(report, SH.result))
    assert len(results) == broken.report.total == len(broken.report.results)
    for result in results:
        messages = {m.language for m in found.objects(result, SH.resultMessage)}
        assert messages == {"ja", "en"}
        for term in (SH.focusNode, SH.resultSeverity, SH.sourceShape, SH.sourceConstraintComponent):
            assert len(list(found.objects(result, term))) == 1, term


def test_page_says_everything_in_both_languages_and_escapes_what_the_data_say(broken):
    page = validation_html(broken)
    for violation in broken.violations:
        assert violation.message in page.replace("&#39;", "'") and violation.message_ja in page
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert "lines 15-15" in page and "municipalities.csv, row 222" in page


def test_report_that_conforms_says_what_was_checked_on_how_many_nodes(built):
    validation = built.validation
    assert validation.blocking == 0 and len(validation.checked) > 40
    activities = sum(
        quad.object == ENISHI.Activity and quad.predicate.value == str(RDF.type)
        for quad in built.statements
    )
    (shape,) = [checked for checked in validation.checked if checked.shape == "Activity"]
    assert shape.nodes == activities
    assert ("Activity-fiscalYear", "活動は一つの年度に属する。",
            "An activity belongs to exactly one fiscal year.") in shape.rules  # fmt: skip
    for sentence in summarize(validation):
        assert sentence in validation_text(validation) and sentence in validation_html(validation)
    assert f"Activity: {activities} nodes, {len(shape.rules)} rules\n" in validation_text(
        validation
    )


def test_release_carries_the_report_in_three_formats(release, built):
    for suffix, text in (
        (".txt", validation_text(built.validation)),
        (".ttl", validation_turtle(built.validation)),
        (".html", validation_html(built.validation)),
    ):
        assert (release / f"validation{suffix}").read_text(encoding="utf-8") == text


def test_limit_shows_some_and_counts_all(broken_quads):
    whole = validate(broken_quads, load_shapes(SHAPES))
    some = validate(broken_quads, load_shapes(SHAPES), most=1)
    assert some.report.counts == whole.report.counts and some.blocking == whole.blocking
    assert len(some.violations) == len(whole.report.counts) < whole.report.total
    left_out = whole.report.total - len(some.violations)
    assert f"{left_out} of them are left out" in summarize(some)[1]


def test_report_of_another_ending_is_refused(broken, tmp_path):
    with pytest.raises(BuildError, match=r"found the ending '\.pdf', expected one of \.txt"):
        write_validation(broken, tmp_path / "report.pdf")
    with pytest.raises(BuildError, match="expected room and permission to write"):
        write_validation(broken, tmp_path / "nowhere" / "report.txt")


def test_messages_without_a_language_and_shapes_without_a_name_are_shown(tmp_path: Path):
    (tmp_path / "shapes.ttl").write_text(
        """
        @prefix sh: <http://www.w3.org/ns/shacl#> .
        @prefix ex: <http://example.org/> .
        ex:Person a sh:NodeShape ; sh:targetClass ex:Person ;
            sh:property [ sh:path ex:name ; sh:minCount 1 ; sh:message "A person has a name." ] .
        """,
        encoding="utf-8",
    )
    rdf_type = NamedNode(str(RDF.type))
    person = NamedNode("http://example.org/Person")
    ada = NamedNode("http://example.org/ada")
    found = validate({Quad(ada, rdf_type, person)}, load_shapes(tmp_path))
    assert format_violations(found.violations) == (
        "Violation: Person-name (name): 1\n    A person has a name.\n    http://example.org/ada"
    )
