"""The fonts that a PDF embeds, and which of them a text needs. The files are in the folder ``fonts``."""

import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "fonts"
SANS, BOLD, SERIF = "NotoSans-Regular.ttf", "NotoSans-Bold.ttf", "NotoSerif-Regular.ttf"
INVISIBLE = ("Zs", "Cf", "Cc")  # Unicode categories that need no glyph
SCRIPTS = tuple(
    f"NotoSans{script}-Regular.ttf"
    for script in (
        "Arabic", "Armenian", "Bengali", "Devanagari", "Ethiopic", "Georgian", "Gujarati", "Gurmukhi", "Hebrew", "Kannada",
        "Khmer", "Lao", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu", "Thaana", "Thai",
    )
)  # fmt: skip
EAST_ASIA = ("DroidSansFallbackFull.ttf", "NanumSquareR.ttf")  # Chinese and Japanese; Korean


@cache
def letters(font: str) -> frozenset[int]:
    """Return the code points that a font has."""
    from fontTools.ttLib import TTFont  # imported here: only few requests need it

    with TTFont(FOLDER / font, lazy=True) as read:
        return frozenset(read.getBestCmap())


def needed(texts: Iterable[str], *, beside: str = SANS) -> list[str]:
    """Return the fonts that the texts need in addition to BESIDE, each for letters that the ones before it do not have."""
    missing = set(map(ord, "".join(texts))) - letters(beside)
    found = []
    for font in (*SCRIPTS, *EAST_ASIA):
        if any(needs_glyph(letter) for letter in missing) and missing & letters(font):
            found.append(font)
            missing -= letters(font)
    return found


def cannot_show(text: str) -> list[str]:
    """Return the letters for which there is no font, each once."""
    missing = set(map(ord, text)) - letters(SANS)
    for font in needed([text]):
        missing -= letters(font)
    return [letter for letter in dict.fromkeys(text) if ord(letter) in missing and needs_glyph(ord(letter))]


def needs_glyph(letter: int) -> bool:
    return unicodedata.category(chr(letter)) not in INVISIBLE
