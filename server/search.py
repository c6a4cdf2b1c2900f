"""Find what is in the graph by any of its names, readings and codes.

The index is made once from the rows of two queries and is plain data afterwards: it is shared by
the worker processes and needs no store.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from pathlib import Path

from pyoxigraph import Literal, NamedNode
from rapidfuzz import process
from rapidfuzz.distance import OSA

from .evaluation import BASE, Term
from .search_text import Forms, forms_of_words, keys, split

Row = Mapping[str, Term | None]
KINDS_FILE = Path(__file__).with_name("kinds.csv")
_CODES = (
    "localGovernmentCode", "standardAreaCode", "corporateNumber", "isoCode", "notation",
)  # fmt: skip
_WITHIN = ("prefecture", "subprefecture", "region", "country", "unitOf", "inScheme")
_PARTIES = ("party", "organizer", "participant", "targetPlace")
# The last character of a place's name says what kind of place it is; with its readings.
_TYPES = {
    "市": ("し",), "区": ("く",), "町": ("ちょう", "まち"), "村": ("そん", "むら"),
    "都": ("と",), "府": ("ふ",), "県": ("けん",), "州": (), "省": (), "郡": (),
}  # fmt: skip
_WITHOUT_TIES = ("agreement", "activity", "document", "code", "term")
_PLACES = ("prefecture", "municipality", "foreign")
# How alike a name must be to what was typed to be offered instead; 1 is the same.
_NEAR = 0.6
# What stands before and after names and stems, and words, in the text of an entity.
_NAME, _WORD = "\n", "\t"


class Match(IntEnum):
    """How well an entity fits what was typed, the best first.

    STEM: the name of a place without 市, 町 …; BEGINNING: of the name or of a word in it.
    """

    NAME = 0
    CODE = 1
    STEM = 2
    BEGINNING = 3
    INSIDE = 4
    CONTEXT = 5


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entity: its short name and what it is called."""

    slug: str
    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class Label:
    """An entity in both languages."""

    iri: str
    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a result shows of an entity.

    `places`: where it lies or who takes part, the nearest first; `ties`: with how many others it
    has one, None for what has none by its nature; `ended` and `successors`: of a body that is no
    more; `date`: of an agreement or activity, as precise as it is known.
    """

    label: Label
    kind: Kind
    places: tuple[Label, ...] = ()
    ties: int | None = None
    code: str = ""
    ended: str = ""
    successors: tuple[Label, ...] = ()
    date: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The entries that fit, the best first, and how many there are of each kind.

    `left_out`: words that nothing has together with the others, and that were not looked for.
    """

    entries: tuple[Entry, ...] = ()
    kinds: tuple[tuple[Kind, int], ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass
class _Facts:
    """The kind of an entity, and its values by the last part of their property's IRI."""

    kind: Kind
    values: dict[str, list[Term]] = field(default_factory=lambda: defaultdict(list))

    def texts(self, *names: str) -> Iterator[str]:
        for name in names:
            yield from (v.value for v in self.values.get(name, ()) if isinstance(v, Literal))

    def iris(self, *names: str) -> Iterator[str]:
        for name in names:
            yield from (v.value for v in self.values.get(name, ()) if isinstance(v, NamedNode))


@cache
def kinds() -> dict[str, Kind]:
    """Return the kind of each class that is searched; what stands first is shown first."""
    with KINDS_FILE.open(encoding="utf-8", newline="") as file:
        return {r["class"]: Kind(r["kind"], r["ja"], r["en"]) for r in csv.DictReader(file)}


def _collect(rows: Iterable[Row]) -> dict[str, _Facts]:
    facts: dict[str, _Facts] = {}
    for row in rows:
        entity, of, predicate, value = (row[c] for c in ("entity", "class", "property", "value"))
        if not (isinstance(entity, NamedNode) and isinstance(of, NamedNode) and value is not None):
            continue
        if isinstance(predicate, NamedNode):
            name = predicate.value.replace("#", "/").rpartition("/")[2]
            known = facts.setdefault(entity.value, _Facts(kinds()[of.value]))
            known.values[name].append(value)
    return facts


def _label(iri: str, facts: _Facts) -> Label:
    """Return the label in both languages; where one is missing, the other."""
    by_language = {
        v.language: v.value for v in facts.values["label"] if isinstance(v, Literal)
    }  # fmt: skip
    fallback = min(by_language.values(), default=iri)
    return Label(iri, by_language.get("ja", fallback), by_language.get("en", fallback))


def _stems(label: str, readings: Iterable[str], kind: str) -> Iterator[str]:
    """Yield the name of a place without 市, 町 … and its reading likewise."""
    endings = _TYPES.get(label[-1])
    if kind not in _PLACES or endings is None or len(label) < 2:
        return
    yield label[:-1]
    for reading in readings:
        for ending in endings:
            if reading.endswith(ending):
                yield reading.removesuffix(ending)
                break


class SearchIndex:
    """Everything that can be found, in memory."""

    def __init__(self, rows: Iterable[Row], ties: Iterable[Row]) -> None:
        """Index the rows of pages/search-entities, and of pages/search-ties."""
        facts = _collect(rows)
        labels = {iri: _label(iri, f) for iri, f in facts.items() if f.values["label"]}
        counted = {
            row["entity"].value: int(row["ties"].value)
            for row in ties
            if isinstance(row["entity"], NamedNode) and isinstance(row["ties"], Literal)
        }
        self._entries = _ranked(facts, labels, counted)
        self._names: list[str] = []
        self._context: list[str] = []
        self._named: dict[str, list[int]] = defaultdict(list)
        self._coded: dict[str, list[int]] = defaultdict(list)
        self._near_keys: list[str] = []
        self._near_numbers: list[int] = []
        self._prefectures: list[str] = []
        keys_of = cache(keys)
        for number, entry in enumerate(self._entries):
            self._add(number, entry, facts[entry.label.iri], labels, keys_of)
        self._kinds = tuple(dict.fromkeys(kinds().values()))

    def __len__(self) -> int:
        """Return the number of entities."""
        return len(self._entries)

    def _add(
        self,
        number: int,
        entry: Entry,
        facts: _Facts,
        labels: Mapping[str, Label],
        keys_of: Callable[[str], tuple[str, ...]],
    ) -> None:
        """Index an entity under its names, readings and codes, and what it has to do with."""
        label, kind = entry.label, entry.kind
        local = label.iri.removeprefix(BASE).replace("#", "/")
        last = local.rpartition("/")[2]
        readings = [*facts.texts("kana")]
        names = [label.ja, label.en, *facts.texts("altLabel"), *readings]
        names += [last] if kind.slug == "term" else []
        full = dict.fromkeys(key for name in names for key in keys_of(name))
        stems = [key for name in _stems(label.ja, readings, kind.slug) for key in keys_of(name)]
        words = [word for key in full if " " in key for word in key.split() if len(word) > 1]
        self._names.append(_text_of(dict.fromkeys([*full, *stems]), dict.fromkeys(words)))
        related = [labels[i] for i in facts.iris(*_WITHIN, *_PARTIES, "succeededBy") if i in labels]
        texts = [kind.ja, kind.en, *(text for other in related for text in (other.ja, other.en))]
        self._context.append(_NAME.join(dict.fromkeys(k for t in texts for k in keys_of(t))))
        if kind.slug == "prefecture":
            self._prefectures.append(keys_of(label.ja)[0])
            self._coded[last].append(number)
        if kind.slug in _PLACES:
            full |= dict.fromkeys(k for place in entry.places for k in keys_of(place.ja + label.ja))
        for key in full:
            self._named[key].append(number)
        for code in facts.texts(*_CODES):
            self._coded["".join(split(code))].append(number)
        near = dict.fromkeys([*full, *stems, local.removeprefix("id/").casefold()])
        self._near_keys += near
        self._near_numbers += [number] * len(near)

    def search(self, text: str, kind: str = "") -> Found:
        """Return what is called or coded `text`, or has all its words in any order.

        A single word must stand in a name or be a code. Of several, each stands in a name or in
        what the entity has to do with: its kind, where it lies, who takes part. `kind`: the only
        kind wanted, of which alone there are entries then; all kinds are counted.
        """
        matches, left_out = self._matches(text)
        order = sorted(matches, key=lambda number: (matches[number], number))
        counts = Counter(self._entries[number].kind for number in order)
        entries = (self._entries[number] for number in order)
        return Found(
            tuple(entry for entry in entries if kind in ("", entry.kind.slug)),
            tuple((k, counts[k]) for k in self._kinds if counts[k]),
            left_out,
        )

    def _matches(self, text: str) -> tuple[dict[int, Match], tuple[str, ...]]:
        words = self._words(text)
        found, left_out = self._with_words(words) if words else ({}, ())
        code = "".join(split(text))
        exact = {n: Match.NAME for key in keys(text) for n in self._named.get(key, ())}
        exact = dict.fromkeys(self._coded.get(code, ()), Match.CODE) | exact
        if len(code) > 2 and code.isdecimal():
            for known, numbers in self._coded.items():
                if known.startswith(code):
                    found = dict.fromkeys(numbers, Match.BEGINNING) | found
        if exact and left_out:
            return exact, ()
        return found | exact, left_out

    def _words(self, text: str) -> dict[str, Forms]:
        """Return the words of a text, a prefecture written before a name apart from it."""
        words: dict[str, Forms] = {}
        for word, forms in forms_of_words(text).items():
            for prefecture in self._prefectures:
                rest = forms[0].removeprefix(prefecture)
                if rest and rest != forms[0]:
                    words |= {prefecture: (prefecture,), rest: (rest,)}
                    break
            else:
                words[word] = forms
        return words

    def _with_words(self, words: Mapping[str, Forms]) -> tuple[dict[int, Match], tuple[str, ...]]:
        """Return what has every word, where the word that fits worst decides.

        The longest word comes first, since it leaves the fewest to look at. A word that leaves
        nothing is left out.
        """
        places = (self._names,) if len(words) == 1 else (self._names, self._context)
        candidates: Iterable[int] = range(len(self._names))
        kept: dict[str, Forms] = {}
        left_out: list[str] = []
        for word, forms in sorted(words.items(), key=lambda item: -len(item[0])):
            having: set[int] = set()
            for form in forms:
                for texts in places:
                    having.update([n for n in candidates if form in texts[n]])
            if having:
                candidates = having
                kept[word] = forms
            else:
                left_out.append(word)
        if not kept:
            return {}, ()
        if len(kept) == 1 and left_out:
            alone, _ = self._with_words(kept)
            return alone, tuple(left_out) if alone else ()
        return {n: _worst(self._names[n], kept.values()) for n in candidates}, tuple(left_out)

    def near(self, text: str, limit: int) -> tuple[Entry, ...]:
        """Return up to `limit` entries whose name or path is spelt almost like `text`."""
        scores: dict[int, float] = {}
        for form in dict.fromkeys([*keys(text), text.strip().strip("/").casefold()]):
            for _, score, place in process.extract(
                form,
                self._near_keys,
                scorer=OSA.normalized_similarity,
                score_cutoff=_NEAR,
                limit=limit * 4,
            ):
                number = self._near_numbers[place]
                scores[number] = max(score, scores.get(number, 0.0))
        order = sorted(scores, key=lambda number: (-scores[number], number))
        return tuple(self._entries[number] for number in order[:limit])


def _text_of(names: Iterable[str], words: Iterable[str]) -> str:
    """Return the text in which the names and words of an entity are looked for."""
    return _NAME + _NAME.join(names) + _NAME + _WORD + _WORD.join(words) + _WORD


def _worst(names: str, words: Iterable[Forms]) -> Match:
    """Return how the word that fits worst stands in the names; context only where all do."""
    matches = [min(_match(names, form) for form in forms) for forms in words]
    in_names = [match for match in matches if match is not Match.CONTEXT]
    return max(in_names, default=Match.CONTEXT)


def _match(names: str, form: str) -> Match:
    if form not in names:
        return Match.CONTEXT
    if f"{_NAME}{form}{_NAME}" in names:
        return Match.STEM
    if f"{_NAME}{form}" in names or f"{_WORD}{form}" in names:
        return Match.BEGINNING
    return Match.INSIDE


def _ranked(
    facts: Mapping[str, _Facts], labels: Mapping[str, Label], ties: Mapping[str, int]
) -> list[Entry]:
    """Return an entry for each entity that has a label, in the order of equals."""
    order = {kind: place for place, kind in enumerate(dict.fromkeys(kinds().values()))}
    entries = [_entry(label, facts[iri], labels, ties) for iri, label in labels.items()]

    def rank(entry: Entry) -> tuple[int, bool, bool, int, int, str]:
        ties_of = entry.ties or 0
        return (
            order[entry.kind], bool(entry.ended), ties_of == 0, -ties_of,
            len(entry.label.ja), entry.label.iri,
        )  # fmt: skip

    return sorted(entries, key=rank)


def _entry(
    label: Label, facts: _Facts, labels: Mapping[str, Label], ties: Mapping[str, int]
) -> Entry:
    kind = facts.kind
    others = _PARTIES if kind.slug in ("agreement", "activity") else _WITHIN
    places = dict.fromkeys(facts.iris(*others))
    return Entry(
        label,
        kind,
        tuple(labels[iri] for iri in places if iri in labels and iri != label.iri),
        None if kind.slug in _WITHOUT_TIES else ties.get(label.iri, 0),
        next(facts.texts(*_CODES), ""),
        next(facts.texts("validTo"), ""),
        tuple(labels[iri] for iri in facts.iris("succeededBy") if iri in labels),
        min(facts.texts("signedOn", "start"), default=""),
    )  # fmt: skip
