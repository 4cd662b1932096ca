"""The languages that a site offers, and the catalogues that come with it."""

import io
import re
import sys
from ast import literal_eval
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django.conf import settings

from vaka import languages

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures/locale"
GERMAN = (FIXTURES / "german.po").read_text()
FIELD = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) ((?:".*"\n)+)', re.MULTILINE)


@pytest.fixture
def catalogues(tmp_path):
    """A folder of catalogues: French and Brazilian Portuguese are compiled, Nepali is not."""
    for folder, file in (("fr", "django.mo"), ("pt_BR", "django.mo"), ("ne", "django.po")):
        (tmp_path / folder / "LC_MESSAGES").mkdir(parents=True)
        (tmp_path / folder / "LC_MESSAGES" / file).touch()
    return tmp_path


def test_a_language_is_offered_when_its_catalogue_is_compiled(catalogues):
    assert [(code, str(name)) for code, name in languages.offered(catalogues)] == [
        ("en", "English"),
        ("fr", "Français"),
        ("pt-br", "Português brasileiro"),
    ]


def test_without_catalogues_a_site_is_english(tmp_path):
    assert [code for code, _name in languages.offered(tmp_path)] == ["en"]


def test_a_language_that_django_does_not_know_has_its_code_for_a_name():
    assert languages.name_of("xx") == "Xx"


def translated(catalogue):
    """Return the translations of a .po file: msgids (with their context) and the set of their msgstrs."""
    found = {}
    for entry in catalogue.read_text().split("\n\n"):
        if "\n#, fuzzy" in f"\n{entry}" or entry.startswith("#~"):
            continue
        fields = {name: "".join(map(literal_eval, lines.splitlines())) for name, lines in FIELD.findall(f"{entry}\n")}
        texts = {text for name, text in fields.items() if name.startswith("msgstr") and text}
        if texts and fields["msgid"]:
            found[fields.get("msgctxt"), fields["msgid"], fields.get("msgid_plural")] = texts
    return found


def compiled(catalogue, wanted):
    """The same of its .mo file, and how many texts are in it."""
    raw = catalogue.with_suffix(".mo").read_bytes()
    messages = GNUTranslations(io.BytesIO(raw))
    found = {}
    for context, text, plural in wanted:
        if plural:
            found[context, text, plural] = {
                messages.npgettext(context, text, plural, n) if context else messages.ngettext(text, plural, n)
                for n in range(200)
            }
        else:
            found[context, text, plural] = {messages.pgettext(context, text) if context else messages.gettext(text)}
    number = int.from_bytes(raw[8:12], sys.byteorder) - 1  # without the header
    return found, number


def is_compiled(catalogue):
    wanted = translated(catalogue)
    return compiled(catalogue, wanted) == (wanted, len(wanted))


def test_each_catalogue_of_ours_was_compiled_after_its_last_change():
    catalogues = settings.LOCALE_PATHS[0].glob("*/LC_MESSAGES/django.po")
    assert [str(one) for one in catalogues if not is_compiled(one)] == [], "make translation LANGUAGE=…"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('msgstr "Labor"', 'msgstr "Übungsnetz"'),
        ('msgstr[1] "%(n)s Labore"', 'msgstr[1] "%(n)s Netze"'),
        ('msgid "Save"\nmsgstr "Sichern"\n', ""),
        ('msgid "Save"\n', 'msgid "Keep"\n'),
    ],
)
def test_a_catalogue_that_was_changed_after_it_was_compiled_is_found(tmp_path, before, after):
    catalogue = tmp_path / "django.po"
    catalogue.write_text(GERMAN)
    catalogue.with_suffix(".mo").write_bytes((FIXTURES / "german.mo").read_bytes())
    assert is_compiled(catalogue)
    assert before in GERMAN
    catalogue.write_text(GERMAN.replace(before, after))
    assert not is_compiled(catalogue)
