"""The languages that a site offers, and the catalogues that come with it."""

import subprocess

import pytest
from django.conf import settings

from vaka import languages


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


def test_each_catalogue_was_compiled_after_its_last_change(tmp_path):
    for catalogue in settings.LOCALE_PATHS[0].glob("*/LC_MESSAGES/django.po"):
        compiled = tmp_path / "django.mo"
        subprocess.run(["msgfmt", "--check", "-o", str(compiled), str(catalogue)], check=True)
        assert compiled.read_bytes() == catalogue.with_suffix(".mo").read_bytes(), f"compile {catalogue}"
