"""What the documentation says is true, in both languages."""

import json
import re
from pathlib import Path

import pytest

from mappings.document import document_slugs
from mappings.readme import READMES, renewed
from server.limits import table

ROOT = Path(__file__).resolve().parent.parent


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("language", READMES)
def test_readme_is_current(language, built):
    name = READMES[language]
    assert renewed(text(name), built, language) == text(name), "run: python -m mappings.readme"


@pytest.mark.parametrize("name", READMES.values())
def test_answer_shown_has_no_blank_cell(name):
    shown = re.search(r"<!-- result -->\n(.*?)<!-- /result -->", text(name), re.DOTALL)[1]
    rows = [row.strip("| ").split(" | ") for row in shown.splitlines()[2:]]
    assert len(rows) == 5
    assert all(re.fullmatch(r"\S.*", cell) for row in rows for cell in row), shown
    assert all(len(row) == 3 and re.match(r"20\d\d", row[2]) for row in rows), shown


def test_both_readmes_have_the_same_parts():
    outlines = []
    for name in READMES.values():
        lines = text(name).splitlines()
        part = re.compile(r"#+|    [a-z.]+(?= )|\|(?=[-`])|```|<!-- \S+")
        outlines.append([part.match(line) for line in lines])
    kinds = [[match[0] for match in outline if match] for outline in outlines]
    assert kinds[0] == kinds[1]


@pytest.mark.parametrize(
    "name", [*READMES.values(), "mappings/README.md", "data/README.md", "server/README.md"]
)
def test_links_and_paths_lead_somewhere(name):
    folder = (ROOT / name).parent
    for target in re.findall(r"\]\(([^)#]+)\)", text(name)):
        if not target.startswith("http"):
            assert (folder / target).exists(), f"{name}: {target}"


def test_readme_names_both_commands_of_the_makefile():
    makefile = text("Makefile")
    for name in READMES.values():
        for target in ("serve", "test"):
            assert f"    make {target} " in text(name)
            assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE)


def test_every_document_is_listed():
    for name in READMES.values():
        assert all(f"`{slug}`" in text(name) for slug in document_slugs())


def test_every_dependency_has_its_reason():
    pyproject = text("pyproject.toml")
    names = set(re.findall(r'^    "([a-z0-9-]+)>=|"([a-z0-9-]+)>=', pyproject, re.MULTILINE))
    contributing = text("CONTRIBUTING.md")
    package = json.loads(text("package.json"))
    for name in {one or other for one, other in names} | {
        *package["dependencies"],
        *package["devDependencies"],
    }:
        assert f"`{name}`" in contributing, f"CONTRIBUTING.md does not say why {name} is there"


def test_the_limits_in_the_documentation_are_those_of_the_server():
    assert f"<!-- limits -->\n{table()}\n<!-- /limits -->" in text("server/README.md"), (
        "run: python -m server limits"
    )
