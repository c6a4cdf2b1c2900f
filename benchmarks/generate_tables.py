"""Generate tables that build into a release of any size, for measuring the build.

    python -m benchmarks.generate_tables --triples 2000000 --out build/generated-tables
    python -m mappings build --data build/generated-tables --out build/generated-build

The registers are the real ones, with departments for every municipality. Each municipality, but
a few whose name would stand in titles by chance, has a list of exchange for each fiscal year, the
newest first: activities, agreements, corrections, discrepancies and the lines they come from, in
the proportions of synthetic/proportions.py. The same seed and size give the same bytes.
"""

import shutil
from pathlib import Path
from random import Random

from mappings.checks.exchange import bare_name
from mappings.document import DATA
from mappings.tables import read_table, write_table

from .generate import ground, make_room, run
from .synthetic import proportions
from .synthetic.agents import Agent, Agents
from .synthetic.exchange_list import TREATIES, ExchangeList, Partner

OUT = Path(__file__).resolve().parent.parent / "build" / "generated-tables"
NEWEST = 2024
YEARS = 10
# What a list comes to as statements, ties and provenance with it, and what the registers are.
STATEMENTS_OF_A_LIST = 3_665
STATEMENTS_OF_REGISTERS = 37_500


def partners_of(agents: Agents) -> list[Partner]:
    """Return every local government that a list may name.

    Names that stand in a title would make rows contradict themselves by chance.
    """
    words = [ja for pairs in (proportions.TOPICS, proportions.FORMS, TREATIES) for ja, _ in pairs]
    prefectures = {agent.key: agent for agent in agents.by_kind["prefecture"]}
    found = [Partner(agent, agent.ja, agent.en) for agent in prefectures.values()]
    for agent in agents.by_kind["municipality"]:
        of = prefectures[agent.key[:2]]
        found.append(Partner(agent, of.ja + agent.ja, f"{agent.en}, {of.en}"))
    return [p for p in found if not any(bare_name(p.name) in word for word in words)]


def add_departments(folder: Path, owners: list[Agent]) -> None:
    """Give every owner of a list the sections that lists name."""
    path = folder / "registers" / "departments.csv"
    rows = read_table(path)
    for owner in owners:
        known = {row["name_ja"] for row in rows if row["government"] == owner.key}
        rows += [
            {"government": owner.key, "slug": f"section-{n}", "name_ja": ja, "name_en": en}
            for n, (ja, en) in enumerate(proportions.SECTIONS, 1)
            if ja not in known
        ]
    write_table(path, rows)


def generate_tables(folder: Path, triples: int, seed: int = 1) -> int:
    """Write tables that build into about `triples` statements; return how many lists there are.

    Raises SystemExit if they are more than every municipality's lists of ten years.
    """
    random = Random(seed)
    agents = Agents(ground().all)
    partners = partners_of(agents)
    by_iri = {partner.agent.iri: partner for partner in partners}
    owners = [agent for agent in agents.owners(random) if agent.iri in by_iri]
    count = max(1, round((triples - STATEMENTS_OF_REGISTERS) / STATEMENTS_OF_A_LIST))
    if count > len(owners) * YEARS:
        raise SystemExit(
            f"--triples: found {triples}, which are {count} lists; expected {len(owners) * YEARS} "
            f"lists at most, one of each of {len(owners)} municipalities for {YEARS} years."
        )
    shutil.copytree(DATA / "registers", folder / "registers")
    add_departments(folder, owners[:count])
    for number in range(count):
        owner = owners[number % len(owners)]
        others = [p for p in random.sample(partners, proportions.PARTNERS_PER_DOCUMENT)
                  if p.agent.iri != owner.iri]  # fmt: skip
        year = NEWEST - number // len(owners)
        made = ExchangeList(number, by_iri[owner.iri], year, others, random)
        made.write(folder / "documents" / made.slug)
    return count


def generate_tables_anew(folder: Path, triples: int, seed: int = 1) -> int:
    """Do the same in place of the generated tables that were there.

    Raises SystemExit for a folder with anything else in it.
    """
    make_room(folder, {"registers", "documents"})
    return generate_tables(folder, triples, seed)


def main() -> None:
    run("generate_tables", "lists", OUT, generate_tables_anew)


if __name__ == "__main__":
    main()
