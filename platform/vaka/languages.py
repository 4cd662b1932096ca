"""The languages that a site offers: English, and each that has a compiled catalogue of translations."""

from pathlib import Path

from django.conf.locale import LANG_INFO
from django.utils.translation import to_language


def offered(catalogues: Path) -> list[tuple[str, str]]:
    """Return pairs of code and name for settings.LANGUAGES. Each language is named in itself."""
    found = sorted(to_language(path.parents[1].name) for path in catalogues.glob("*/LC_MESSAGES/django.mo"))
    return [("en", "English"), *((code, name_of(code)) for code in found if code != "en")]


def name_of(code: str) -> str:
    """Return the name of a language in that language; the code itself if Django does not know it."""
    info = LANG_INFO.get(code, {})
    info = LANG_INFO.get(info["fallback"][0], {}) if "fallback" in info else info
    return str(info.get("name_local", code)).capitalize()
