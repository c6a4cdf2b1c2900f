"""No phone number, e-mail address or person's name stands anywhere in the data."""

import re
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parent.parent / "data"
FILES = sorted(path for path in DATA.rglob("*") if path.suffix in (".csv", ".toml", ".md"))
PHONE = re.compile(r"(?<![\d/.-])0\d{1,4}[-(（]\d{1,4}[-)）]\d{3,4}(?!\d)")
MAIL = re.compile(r"[\w.+-]+[@＠][\w-]+\.\w")
# A name with the title that print gives persons. Ogai and Soseki (鷗外先生) are no private persons.
PERSON = re.compile(r"[\u4e00-\u9fff]{2,4} ?氏(?!名)")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(DATA).as_posix())
def test_file_names_no_person_and_no_way_to_reach_one(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for pattern in (PHONE, MAIL):
        assert not (found := pattern.search(text)), found
    if path.suffix == ".csv" and "rules" not in path.parts:
        assert not (found := PERSON.search(text)), found


# Put together here, so that the file itself holds none.
SAMPLES = ["-".join(("03", "1234", "5678")), "@".join(("demo", "example.jp")), "試験 太郎" + "氏"]


@pytest.mark.parametrize("text", SAMPLES)
def test_what_is_looked_for_would_be_found(text: str) -> None:
    assert any(pattern.search(text) for pattern in (PHONE, MAIL, PERSON))
