"""Folding names: variants meet, different names stay apart."""

from collections import defaultdict
from pathlib import Path

import pytest

from mappings.japanese_names import fold, fold_with_offsets
from mappings.tables import read_table

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT.parent / "shared" / "reference" / "jp_local_governments_20240101.csv"


@pytest.mark.parametrize(
    ("printed", "canonical"),
    [
        ("七ケ浜町", "七ヶ浜町"),
        ("袖が浦市", "袖ケ浦市"),
        ("四ッ谷村", "四ツ谷村"),
        ("檮原町", "梼原町"),
        ("天台县", "天台県"),
        ("黒龍江省", "黒竜江省"),
        ("ｶﾞｲｻ市", "ガイサ市"),
        ("山の内町", "山ノ内町"),
        ("クィーンズランド州", "クイーンズランド州"),
        ("ヴュルツブルク市", "ビュルツブルク市"),
        ("六カ所村", "六ヶ所村"),
        ("茅ヵ崎市", "茅ヶ崎市"),
        ("葛\U000e0100飾区", "葛飾区"),
        ("葛\ufe00城市", "葛城市"),
        ("\ufeff盛\u200b岡\u00ad市", "盛岡市"),
        ("文亰区", "文京区"),
        ("韩国", "韓国"),
    ],
)
def test_variants_of_a_name_are_one(printed: str, canonical: str) -> None:
    assert fold(printed) == fold(canonical)


def test_folding_twice_changes_nothing() -> None:
    for name in ("鰺ヶ沢町", "パラナヴァイ市", "モン・サン＝ミッシェル", "順천시"):
        assert fold(fold(name)) == fold(name)


def test_offsets_point_at_the_print() -> None:
    text = "（ヴィ ル・縣）"
    folded, offsets = fold_with_offsets(text)
    assert folded == "(ビル県)"
    assert [text[offset] for offset in offsets] == list("（ヴル縣）")


def test_no_two_municipalities_become_one() -> None:
    if not REFERENCE.is_file():
        pytest.skip("../shared/reference is absent: the municipalities cannot be listed")
    names = defaultdict(set)
    for row in read_table(REFERENCE):
        names[fold(row["name"])].add(row["name"])
    assert len(names) > 1700
    assert [found for found in names.values() if len(found) > 1] == []
