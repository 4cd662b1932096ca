"""The name on a certificate, as its holder writes it."""

import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LONGEST = 80
JOINERS = "\u200c\u200d"  # which some scripts need inside a word


def clean_name(written: str) -> str:
    """Return the name in one form of Unicode and without odd spaces. Raises ValidationError."""
    name = " ".join(unicodedata.normalize("NFC", written).split())
    if not any(unicodedata.category(letter).startswith("L") for letter in name):
        raise ValidationError(_("Write the name with letters."))
    if len(name) > LONGEST:
        raise ValidationError(_("A name has at most %(count)s letters here.") % {"count": LONGEST})
    if any(unicodedata.category(letter).startswith("C") and letter not in JOINERS for letter in name):
        raise ValidationError(_("The name has a letter that cannot be seen. Type it anew."))
    return name


class NameForm(forms.Form):
    name = forms.CharField(
        max_length=3 * LONGEST,
        label=gettext_lazy("Name on the certificate"),
        help_text=gettext_lazy("As you write it yourself, in any script."),
        widget=forms.TextInput(attrs={"autocomplete": "name", "maxlength": LONGEST}),
    )

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])


class PublishForm(NameForm):
    consent = forms.BooleanField(
        label=gettext_lazy("Publish it: anyone who has its address can read the name and what was checked."),
        error_messages={"required": gettext_lazy("Nothing is published without your yes.")},
    )


class RenameForm(NameForm):
    consent = forms.BooleanField(
        label=gettext_lazy("Publish it with this name, and revoke the one with the old name."),
        error_messages={"required": gettext_lazy("Nothing is published without your yes.")},
    )
