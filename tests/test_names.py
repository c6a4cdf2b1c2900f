"""A name resolves to one entity or to an error that names the candidates."""

import datetime
import shutil
from collections import Counter

import pytest

from mappings.document import DATA, Document
from mappings.errors import AmbiguousName, EndedName, UnknownName
from mappings.exchange import read_partners


def short(iri):
    return iri.value.rpartition("/id/")[2]


@pytest.mark.parametrize(
    "name, entity",
    [
        ("岩手県盛岡市", "municipality/03201"),
        ("東京都文京区", "municipality/13105"),
        ("熊本県", "prefecture/43"),
        ("熊本県熊本市", "municipality/43100"),
        ("東京都府中市", "municipality/13206"),
        ("広島県府中市", "municipality/34208"),
        ("高知県檮原町", "municipality/39405"),
        ("高知県梼原町", "municipality/39405"),
        ("茨城県龍ヶ崎市", "municipality/08208"),
        ("茨城県竜ケ崎市", "municipality/08208"),
        ("特別区長会", "association/special-wards"),
        ("明治安田生命保険相互会社", "company/8010005007932"),
        ("損害保険ジャパン日本興亜株式会社", "company/4011101023372"),
    ],
)
def test_name_with_its_prefecture_or_unique_resolves(names, name, entity):
    assert short(names.agent(name)) == entity


@pytest.mark.parametrize("name", ["府中市", "伊達市", "池田町", "南部町", "美里町"])
def test_shared_name_alone_is_ambiguous(names, name):
    with pytest.raises(AmbiguousName, match="entities share"):
        names.local_government(name)


def test_prefecture_given_beside_the_name_decides(names):
    assert short(names.local_government("伊達市", prefecture="07")) == "municipality/07213"
    with pytest.raises(UnknownName):
        names.local_government("伊達市", prefecture="13")


def test_every_shared_name_is_refused_and_every_qualified_one_resolves(names):
    current = [row for row in names.registers.municipalities if not row["valid_to"]]
    prefectures = {row["code"]: row["name_ja"] for row in names.registers.prefectures}
    counts = Counter(row["name_ja"] for row in current)
    shared = {name for name, count in counts.items() if count > 1}
    assert len(shared) == 25
    assert sum(counts[name] for name in shared) == 57
    for name in shared:
        with pytest.raises(AmbiguousName):
            names.local_government(name)
    for row in current:
        found = names.local_government(prefectures[row["prefecture"]] + row["name_ja"])
        assert short(found) == f"municipality/{row['standard_area_code']}"


def test_abolished_municipality_resolves_to_itself_with_its_dates(names):
    iwafune = names.local_government("栃木県岩舟町", on=datetime.date(2002, 10, 28))
    assert short(iwafune) == "municipality/09367"
    row = next(r for r in names.registers.municipalities if r["standard_area_code"] == "09367")
    assert (row["valid_to"], row["succeeded_by"]) == ("2014-04-05", "09203")


@pytest.mark.parametrize("resolve", ["local_government", "agent"])
@pytest.mark.parametrize("name", ["岩舟町", "栃木県岩舟町"])
def test_abolished_municipality_has_no_name_after_its_end(names, name, resolve):
    last, ended = datetime.date(2014, 4, 4), datetime.date(2014, 4, 5)
    assert short(getattr(names, resolve)(name, on=last)) == "municipality/09367"
    with pytest.raises(EndedName, match=r"ended on 2014-04-05; .*municipality/09203"):
        getattr(names, resolve)(name, on=ended)


def test_name_of_today_is_known_on_a_day_before_it_began(names):
    found = names.local_government("北海道新ひだか町", on=datetime.date(2000, 1, 1))
    assert short(found) == "municipality/01610"


@pytest.mark.parametrize("name", ["栃木県岩船町", "盛岡", "架空県架空市", ""])
def test_unknown_name_is_an_error_and_never_a_guess(names, name):
    with pytest.raises(UnknownName):
        names.local_government(name)


def test_department_belongs_to_its_government(names):
    bunkyo = names.local_government("東京都文京区")
    assert short(names.department(bunkyo, "経済課")) == "department/13105/economy"
    with pytest.raises(UnknownName):
        names.department(bunkyo, "架空課")


def test_unknown_and_ambiguous_names_in_a_table_say_where(tmp_path, names):
    folder = tmp_path / "documents" / "bunkyo_exchange_2022"
    shutil.copytree(DATA / "documents" / "bunkyo_exchange_2022", folder)
    partners = (folder / "partners.csv").read_text(encoding="utf-8")
    for name, error, told in (
        ("岩手県森岡市", UnknownName, "expected the name of a local government"),
        ("府中市", AmbiguousName, "13206, municipality/34208"),
    ):
        text = partners.replace("岩手県盛岡市", name)
        (folder / "partners.csv").write_text(text, encoding="utf-8")
        document = Document("bunkyo_exchange_2022", tmp_path)
        with pytest.raises(error) as caught:
            read_partners(document, names)
        message = str(caught.value)
        assert message.startswith("partners.csv of bunkyo_exchange_2022, row 2, column name: ")
        assert told in message
