"""Parts of README.md and README.ja.md that are made from the graph, so that they stay true.

python -m mappings.readme
"""

import re
from collections import Counter
from pathlib import Path

from pyoxigraph import QuerySolutions, Store

from .build import ROOT, Built, build_graph

ACTIVITY, AGREEMENT = "Activity", "Agreement"
READMES = {"en": "README.md", "ja": "README.ja.md"}
_QUERY = re.compile(r"```sparql\n(.*?)```", re.DOTALL)


def numbers(built: Built, language: str) -> str:
    """Return the sentence that says how much the graph holds."""
    counts = sum((found.counts for found in built.found.values()), Counter[str]())
    found = sum(len(built.discrepancies(slug)) for slug in built.documents)
    corrections = sum(len(document.corrections) for document in built.documents.values())
    if language == "ja":
        return (
            f"**{len(built.documents)}文書・{counts['Activity']}活動・{counts['Agreement']}協定**、"
            f"1,741市区町村。文書の誤り{corrections}件を訂正し、{found}件の不一致を公表している。"
        )
    return (
        f"**{len(built.documents)} documents, {counts['Activity']} activities, "
        f"{counts['Agreement']} agreements**, 1,741 municipalities; {corrections} corrections of "
        f"what is printed, {found} discrepancies published."
    )


def sources(built: Built, language: str) -> str:
    """Return the table of documents."""
    heads = {
        "en": "| document | publisher | as of | activities | agreements |",
        "ja": "| 文書 | 発行者 | 基準日 | 活動 | 協定 |",
    }
    lines = [heads[language], "|---|---|---|---|---|"]
    for slug, document in built.documents.items():
        counts = built.found[slug].counts
        title, publisher = document.metadata["title"], document.metadata["publisher"]
        lines.append(
            f"| `{slug}` {title[language]} | {publisher[language]} | {document.as_of} "
            f"| {counts['Activity']} | {counts['Agreement']} |"
        )
    return "\n".join(lines)


def result(store: Store, query: str) -> str:
    """Return the answer to a README's query as a table."""
    solutions = store.query(query, use_default_graph_as_union=True)
    if not isinstance(solutions, QuerySolutions):
        raise TypeError("the README's query is a SELECT")
    names = [variable.value for variable in solutions.variables]
    lines = ["| " + " | ".join(names) + " |", "|---" * len(names) + "|"]
    for row in solutions:
        cells = [getattr(row[name], "value", "") for name in names]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def renewed(text: str, built: Built, language: str) -> str:
    """Return a README's text with its made parts made anew."""
    query = _QUERY.search(text)
    parts = {
        "numbers": numbers(built, language),
        "sources": sources(built, language),
        "result": result(built.statements.store, query[1]) if query else "",
    }
    for name, part in parts.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text = pattern.sub(lambda match, part=part: f"{match[1]}{part}\n{match[2]}", text)  # type: ignore[misc]
    return text


def main(root: Path = ROOT) -> None:
    """Write both READMEs anew."""
    built = build_graph()
    for language, name in READMES.items():
        path = root / name
        text = renewed(path.read_text(encoding="utf-8"), built, language)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
