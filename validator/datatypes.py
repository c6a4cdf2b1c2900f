"""Which literals are ill-formed (XML Schema 1.1 part 2): lexical forms as regular expressions.

A SPARQL engine gives "abc"^^xsd:integer the datatype xsd:integer, so sh:datatype must look at the
text too. The table has the patterns; its words in capitals stand for parts that recur.
"""

import csv
import re
from functools import cache
from pathlib import Path

from rdflib import XSD, URIRef

from .terms import string

TABLE = Path(__file__).with_name("datatypes.csv")
YEAR = "-?([1-9][0-9]{3,}|0[0-9]{3})"
# A year of four digits or more that has a 29 February.
LEAP = "-?([0-9]*([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00))"
DAYS = (
    "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
    "|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])"
)
PARTS = {
    "DATE": f"({YEAR}-({DAYS})|{LEAP}-02-29)",
    "TIME": r"(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|24:00:00(\.0+)?)",
    "YEAR": YEAR,
    "ZONE": "(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)",
}


# Types that an engine may keep as the type above them, with a literal of each.
INTEGERS = (
    XSD.nonNegativeInteger, XSD.positiveInteger, XSD.long, XSD.int, XSD.short, XSD.byte,
    XSD.unsignedLong, XSD.unsignedInt, XSD.unsignedShort, XSD.unsignedByte,
)  # fmt: skip
FOLDABLE = {
    **{datatype: ("1", XSD.integer) for datatype in INTEGERS},
    **{datatype: ("-1", XSD.integer) for datatype in (XSD.nonPositiveInteger, XSD.negativeInteger)},
    XSD.dateTimeStamp: ("2000-01-01T00:00:00Z", XSD.dateTime),
}


@cache
def _table() -> dict[URIRef, tuple[str, str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {
            XSD[row["datatype"]]: (_pattern(row["pattern"]), row["least"], row["most"])
            for row in csv.DictReader(file)
        }


def _pattern(text: str) -> str:
    # "DATETTIME" is a date, the letter T and a time.
    parts = re.sub("DATE|TIME|YEAR|ZONE", lambda found: PARTS[found[0]], text)
    return f"^({parts})$"


def well_formed(datatype: URIRef, variable: str) -> str | None:
    """Return the SPARQL condition that a literal of a datatype is well-formed; None if all are.

    >>> well_formed(XSD.boolean, "?v")
    'REGEX(STR(?v), "^(true|false|1|0)$")'
    """
    if datatype not in _table():
        return None
    pattern, least, most = _table()[datatype]
    tests = [f"REGEX(STR({variable}), {string(pattern)})"]
    # Integers of any length compare as decimals: Oxigraph's integers have 64 bits.
    number = f"<{XSD.decimal}>(STR({variable}))"
    tests += [f"{number} >= {least}"] if least else []
    tests += [f"{number} <= {most}"] if most else []
    if datatype in (XSD.duration, XSD.dayTimeDuration, XSD.yearMonthDuration):
        tests.append(f'REGEX(STR({variable}), "[0-9][YMDHS]$")')
    return " && ".join(tests)
