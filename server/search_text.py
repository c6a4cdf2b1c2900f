"""Names as they are compared in a search: one spelling for kanji, kana and romaji."""

import re
import unicodedata
from functools import lru_cache

import jaconv

from mappings.japanese_names import fold

# The forms in which one word may be found.
Forms = tuple[str, ...]
_KANA = re.compile(r"[\u3041-\u3096\u309d\u309e\u30a1-\u30fe]+")
# Hepburn, with whatever long vowels, and Kunrei become Kunrei without long vowels. A syllable that
# is typed in half at the end of a word becomes the beginning of both.
_ROMAJI = tuple(
    (re.compile(pattern), put)
    for pattern, put in (
        ("[ct]ch", "tch"),
        ("sh(?=i)|sh$", "s"),
        ("sh(?=[aueo])", "sy"),
        ("ch(?=i)|ch$", "t"),
        ("ch(?=[aueo])", "ty"),
        ("ts(?=u)|ts$", "t"),
        ("f(?=u)|f$", "h"),
        ("j(?=i)|j$", "z"),
        ("jy?(?=[aueo])", "zy"),
        ("m(?=[bmp])", "n"),
        ("o[ou]+|oh(?=[^aiueoy]|$)", "o"),
        ("uu+", "u"),
    )
)
# Readings that Kunrei and Hepburn write alike but keyboards do not.
_TYPED = str.maketrans({"づ": "du", "ぢ": "di"})
_JOINED = frozenset("・·‧･゠=-‐‑‒–—―−'’‘´`")
_ASCII_JOINED, _ASCII_WORD = re.compile("[-='`]"), re.compile("[0-9a-z]+")


def _is_latin(text: str) -> bool:
    """Tell whether every letter is Latin, a digit aside."""
    if text.isascii():
        return True
    return all("LATIN" in unicodedata.name(c, "") for c in text if c.isalpha())


@lru_cache(maxsize=8192)
def _romaji(word: str) -> str:
    """Return a Latin word in lower case in the one spelling of romaji."""
    plain = word
    if not word.isascii():
        marked = unicodedata.normalize("NFKD", word)
        plain = "".join(character for character in marked if not unicodedata.combining(character))
    for pattern, put in _ROMAJI:
        plain = pattern.sub(put, plain)
    return plain


def split(text: str) -> list[str]:
    """Return the words of a text in NFKC and lower case; hyphens, ・ and ' join, not part.

    >>> split("Ｍorioka-shi, (岩手県)")
    ['moriokashi', '岩手県']
    """
    if text.isascii():
        return _ASCII_WORD.findall(_ASCII_JOINED.sub("", text.lower()))
    characters = []
    for character in unicodedata.normalize("NFKC", text).casefold():
        category = unicodedata.category(character)
        if character in _JOINED or category == "Cf":
            continue
        characters.append(" " if category[0] in "ZPSC" else character)
    return "".join(characters).split()


@lru_cache(maxsize=4096)
def _forms_of_word(word: str) -> Forms:
    forms = [fold(jaconv.hira2kata(word))]
    if _KANA.fullmatch(word):
        hiragana = jaconv.kata2hira(word)
        for spelt in dict.fromkeys((hiragana, hiragana.translate(_TYPED))):
            forms.append(_romaji(jaconv.kana2alphabet(spelt).replace("-", "")))
    elif _is_latin(word):
        forms.append(_romaji(word))
    return tuple(dict.fromkeys(form for form in forms if form))


def forms_of_words(text: str) -> dict[str, Forms]:
    """Return, for each word of what a person typed, the forms in which it may be found.

    >>> forms_of_words("もりおか")
    {'もりおか': ('モリオカ', 'morioka')}
    >>> forms_of_words("Tōkyō")
    {'tōkyō': ('tōkyō', 'tokyo')}
    """
    return {word: forms for word in split(text) if (forms := _forms_of_word(word))}


def keys(text: str) -> Forms:
    """Return the forms of a whole name: without spaces for Japanese, as words for Latin.

    Two names that share a key are one name, spelt differently.

    >>> keys("盛岡市"), keys("Fuchū City")
    (('盛岡市',), ('hutyu city',))
    >>> keys("りゅうがさき"), keys("Ryūgasaki"), keys("Ryuugasaki")
    (('リユウガサキ', 'ryugasaki'), ('ryugasaki',), ('ryugasaki',))
    """
    words = split(text)
    if words and all(_is_latin(word) for word in words):
        return (" ".join(_romaji(word) for word in words),)
    return _forms_of_word("".join(words))
