"""Foreign place names: the parser on small tables, and on every name the documents print."""

import re
from pathlib import Path

import pytest

from mappings.errors import AmbiguousName, ResolutionError, UnknownName
from mappings.foreign import ForeignPlaces
from mappings.tables import read_table

ROOT = Path(__file__).parent.parent
SOURCES = ROOT.parent / "shared" / "sources"
PREFECTURES = (
    "北海道|青森県|岩手県|宮城県|秋田県|山形県|福島県|茨城県|栃木県|群馬県|埼玉県|千葉県|東京都|"
    "神奈川県|新潟県|富山県|石川県|福井県|山梨県|長野県|岐阜県|静岡県|愛知県|三重県|滋賀県|京都府|"
    "大阪府|兵庫県|奈良県|和歌山県|鳥取県|島根県|岡山県|広島県|山口県|徳島県|香川県|愛媛県|高知県|"
    "福岡県|佐賀県|長崎県|熊本県|大分県|宮崎県|鹿児島県|沖縄県"
)

# Names that stand for no place as they are printed. Line of the survey → what is wrong.
MISPRINTS = {
    104: "福建省泉州市 is printed with 浙江省 before it",
    106: "リバモア市 is in California, not アリゾナ州",
    108: "デイモン市 for デモイン市",
    129: "台彰化縣 for 彰化縣",
    167: "バビルゾン市 for バルビゾン市",
    243: "ストーン・オン・トレント市 for ストーク・オン・トレント市",
    373: "済洲特別自治道 for 済州特別自治道",
    1856: "バビルゾン市 for バルビゾン市",
    3277: "在日本デンマーク王国日本大使館 for 在日本デンマーク王国大使館",
    3620: "ストーン・オン・トレント市 for ストーク・オン・トレント市",
    6454: "済洲特別自治道 for 済州特別自治道",
}

# What the Hokkaido list prints beside foreign places in its columns of countries and venues.
NO_FOREIGN_PLACE = (
    "札幌市 札幌市内 千歳 恵庭市 小樽市 室蘭市 苫小牧市 新ひだか町 函館市 松前町 "
    "上ノ国町 江差町 旭川市 鷹栖町 東川町 稚内市 稚内市内 北見市 紋別市 紋別高等学校 "
    "遠軽町 帯広市 秩父別町 市内 現地 オンライン 各国・地域 未定 全般 全世界 "
    "を中心とした アジアを中心とした全世界 ASEAN 北米 欧州 欧 を想定 東アジア "
    "東南アジアの国・地域 等 在留外国人 国籍問わず"
).split()


@pytest.fixture(scope="module")
def places() -> ForeignPlaces:
    return ForeignPlaces.load(ROOT / "data" / "registers")


def keys(places: ForeignPlaces, text: str, **options: object) -> list[str]:
    return [place.key for place in places.parse(text, **options)]


def lines(number: str) -> list[str]:
    found = sorted(SOURCES.glob(f"{number}_*.txt"))
    if not found:
        pytest.skip("../shared/sources is absent: the printed names cannot be read")
    return found[0].read_text(encoding="utf-8").split("\n")


def survey_names() -> dict[int, str]:
    """The survey's foreign names: of every sheet, and of every entry of its contents."""
    document = lines("003")
    names = {
        number: line.split("\t", 1)[1]
        for number, line in enumerate(document, 1)
        if number > 374 and line.startswith("海外の自治体\t")
    }
    entries: dict[int, str] = {}
    for number, line in enumerate(document[93:374], 94):
        if start := re.match(r"\d+\.\s*(.*)", line.strip()):
            entries[number] = start[1]
        elif entries:
            entries[max(entries)] += line.strip()
    for number, entry in entries.items():
        split = re.match(rf"(.*?)\s*[－ー一]\s*(?=(?:{PREFECTURES}))", entry)
        assert split, f"contents line {number}: no domestic party in {entry!r}"
        names[number] = split[1]
    return names


def test_every_name_of_the_survey_resolves_or_is_a_known_misprint(
    places: ForeignPlaces,
) -> None:
    names = survey_names()
    assert len(names) == 350
    failed = set()
    for number, name in names.items():
        try:
            assert places.parse(name), name
        except ResolutionError:
            failed.add(number)
    assert failed == set(MISPRINTS)


def test_the_surveys_count_table_names_countries(places: ForeignPlaces) -> None:
    rows = [line.split("\t") for line in lines("003")[72:86]]
    assert [places.country(row[1]).iso_code for row in rows] == (
        "CN KR US AU VN FR CA RU IT GB TW DK HU FI".split()
    )


def test_every_target_and_venue_of_the_hokkaido_list_resolves(places: ForeignPlaces) -> None:
    rows = [line.split("\t") for line in lines("004")]
    rows = [row for row in rows if row[0].isdigit()]
    assert len(rows) == 78
    targets = [keys(places, row[5], ignore=NO_FOREIGN_PLACE) for row in rows]
    venues = [keys(places, row[7], ignore=NO_FOREIGN_PLACE) for row in rows]
    without = [row[0] for row, found in zip(rows, targets, strict=True) if not found]
    assert without == "3 4 8 11 12 32 33 34 35 36 38 54".split()
    assert venues[61] == ["RU/nevelsk"]
    assert venues[54] == ["CA/canmore", "LV/rujiena", "RU/aniva", "TW/taipei"]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("ユジノサハリンスク", "RU/yuzhno-sakhalinsk"),
        ("サハリン", "RU/sakhalin"),
        ("ダニーデン市", "NZ/dunedin"),
        ("江西区", "KR/gangseo"),
        ("ノックスビル市", "US/knoxville"),
        ("秦皇島市", "CN/qinhuangdao"),
        ("レキシントン市", "US/lexington-ky"),
        ("ブルーミントン", "US/bloomington-il"),
        ("ノーマル", "US/normal"),
        ("リンゼイ", "CA/lindsay"),
        ("ドーリンスク", "RU/dolinsk"),
        ("ゴールドコースト", "AU/gold-coast"),
        ("アスペン", "US/aspen"),
        ("コルサコフ", "RU/korsakov"),
        ("ポロナイスク市", "RU/poronaysk"),
        ("ニューポート市", "US/newport-or"),
        ("マディソン市", "US/madison-wi"),
        ("朝陽市", "CN/chaoyang"),
        ("バーヘッド町", "CA/barrhead"),
    ],
)
def test_places_in_titles_of_the_hokkaido_list_resolve(
    places: ForeignPlaces, name: str, key: str
) -> None:
    assert keys(places, name) == [key]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("大韓民国慶尚北道浦項市 中華人民共和国吉林省琿春市", "KR/pohang CN/hunchun"),
        ("台湾台北縣、高雄縣、高雄市", "TW/taipei-county TW/kaohsiung-county TW/kaohsiung"),
        (
            "中華人民共和国：青島市、大連市 大韓民国：釜山広域市",
            "CN/qingdao CN/dalian KR/busan",
        ),
        ("ロシア連邦ハバロフスク地方、沿海地方", "RU/khabarovsk-krai RU/primorye"),
        ("アメリカ(イリノイ州 ブルーミントン・ ノーマル両市)", "US/bloomington-il US/normal"),
        ("台湾(台北、高雄、 屏東)", "TW/taipei TW/kaohsiung TW/pingtung"),
        ("台湾", "TW"),
        ("台湾、台北市", "TW TW/taipei"),
        ("大韓民国全羅南道順천시", "KR/suncheon"),
        ("中国 遼寧省朝陽 市", "CN/chaoyang"),
        ("デンマーク王国（在日本国デンマーク王国大使館）", "danish-embassy-tokyo"),
        ("フランス共和国ニューカレドニア ヌメア市", "FR/noumea"),
        ("大連市、大連市、天津市", "CN/dalian CN/tianjin"),
    ],
)
def test_a_cell_names_these_places(places: ForeignPlaces, cell: str, expected: str) -> None:
    assert keys(places, cell) == expected.split()


def test_a_place_keeps_its_kind_and_its_print(places: ForeignPlaces) -> None:
    found = places.parse(
        "フランス共和国モン・サン＝ミッシェル、ブータン王国（王立ブータン研究所）、中国"
    )
    assert [(place.kind, place.text) for place in found] == [
        ("government", "モン・サン＝ミッシェル"),
        ("organization", "王立ブータン研究所"),
        ("country", "中国"),
    ]


def test_homonyms_follow_the_country_before_them(places: ForeignPlaces) -> None:
    assert keys(places, "ニュージーランド オークランド市") == ["NZ/auckland"]
    assert keys(places, "アメリカ合衆国カリフォルニア州オークランド市") == ["US/oakland"]
    assert keys(places, "オークランド市", default_country="NZ") == ["NZ/auckland"]


def test_homonyms_without_a_country_are_ambiguous(places: ForeignPlaces) -> None:
    with pytest.raises(AmbiguousName, match=r"NZ/auckland.*US/oakland"):
        places.parse("オークランド市")


def test_a_region_carries_over_before_its_country_does() -> None:
    def row(slug: str, name: str, region: str = "") -> dict[str, str]:
        return {
            "slug": slug,
            "country": slug[:2],
            "name_ja": name,
            "region": region,
            "aliases_ja": "",
        }

    country = {"iso_code": "AA", "name_ja": "甲国", "name_en": "A", "aliases_ja": ""}
    governments = [
        row("AA/east", "東州"),
        row("AA/west", "西州"),
        row("AA/port-east", "港市", "AA/east"),
        row("AA/port-west", "港市", "AA/west"),
        row("AA/lake", "湖市", "AA/east"),
    ]
    places = ForeignPlaces([country], governments)
    assert keys(places, "甲国東州湖市・港市、西州") == ["AA/lake", "AA/port-east", "AA/west"]
    with pytest.raises(AmbiguousName, match="AA/port-east, government AA/port-west"):
        places.parse("甲国港市")


def test_a_place_printed_in_another_region_is_an_error(places: ForeignPlaces) -> None:
    with pytest.raises(ResolutionError, match=r"character 11 .*福建省.*right after CN/zhejiang"):
        places.parse("中華人民共和国浙江省福建省泉州市")


def test_a_place_of_another_country_is_an_error(places: ForeignPlaces) -> None:
    with pytest.raises(UnknownName, match="expected a place in 韓国"):
        places.parse("大韓民国釜山広域市、大連市")


def test_text_no_register_accounts_for_is_named_with_its_position(
    places: ForeignPlaces,
) -> None:
    with pytest.raises(UnknownName, match=r"character 5 of .*found '済洲特別自治道'"):
        places.parse("大韓民国済洲特別自治道、釜山広域市")
    with pytest.raises(UnknownName, match="全世界"):
        places.parse("中国、全世界")


def test_ignored_phrases_are_passed_over_and_separate(places: ForeignPlaces) -> None:
    assert keys(places, "オーストラリア鷹栖町", ignore=["鷹栖町"]) == ["AU"]
    assert keys(places, "欧・米", ignore=["欧"]) == ["US"]
    assert keys(places, "恵庭市及び台湾", ignore=["恵庭市"]) == ["TW"]


def test_one_character_names_count_only_between_separators(places: ForeignPlaces) -> None:
    assert keys(places, "米・豪・中・タイ") == ["US", "AU", "CN", "TH"]
    with pytest.raises(UnknownName, match="found '中米'"):
        places.parse("中米")


def test_a_country_is_found_by_any_of_its_names_only(places: ForeignPlaces) -> None:
    assert places.country("中華人民共和国").iso_code == "CN"
    assert {places.country(name).iso_code for name in ("英国", "イギリス")} == {"GB"}
    with pytest.raises(UnknownName, match="浙江省"):
        places.country("浙江省")


def test_no_misprint_is_a_name_of_the_register() -> None:
    rows = read_table(ROOT / "data" / "registers" / "foreign_governments.csv")
    names = {name for row in rows for name in (row["name_ja"], *row["aliases_ja"].split("|"))}
    assert not names & {
        "デイモン市",
        "済洲特別自治道",
        "バビルゾン市",
        "ストーン・オン・トレント市",
    }
