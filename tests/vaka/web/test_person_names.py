"""Names as people type them: what nobody can see is left out."""

import pytest
from django import forms

from vaka.web.person_names import MOST_LETTERS, NameField, plain_username, visible


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Ada\u202elecA", "AdalecA"),  # a right-to-left override
        ("\u2068Leila\u2069 \u200f", "Leila"),  # isolates and a mark, as phones add them
        ("Ana\x07\x1b[31m", "Ana[31m"),
        ("Ana\u200bLeota\ufeff", "AnaLeota"),
        ("  Ana \t\n Leota ", "Ana Leota"),
        ("Fa\u02bbafetai Ta\u0304whiri", "Fa\u02bbafetai T\u0101whiri"),
        ("\u0646\u0627\u0645\u200c\u0647", "\u0646\u0627\u0645\u200c\u0647"),  # a joiner that Persian needs
        ("\u202e\u200d", ""),
    ],
)
def test_a_name_is_stored_without_letters_that_nobody_can_see(written, stored):
    assert visible(written) == stored


def test_a_required_name_of_invisible_letters_only_is_asked_for_again():
    form = forms.Form({"name": "\u202e\u2066"})
    form.fields["name"] = NameField()
    assert form.errors == {"name": ["This field is required."]}


def test_an_optional_name_may_be_empty():
    form = forms.Form({})
    form.fields["name"] = NameField(required=False)
    assert form.is_valid()
    assert form.cleaned_data == {"name": ""}


@pytest.mark.parametrize("made", [visible, plain_username])
def test_of_a_name_without_end_only_the_beginning_is_looked_at(made):
    assert len(made("n" * 50 * MOST_LETTERS)) == MOST_LETTERS


def test_a_name_that_is_too_long_is_still_refused():
    form = forms.Form({"name": "n" * 50 * MOST_LETTERS})
    form.fields["name"] = NameField(max_length=100)
    assert "at most 100 characters" in form.errors["name"][0]
