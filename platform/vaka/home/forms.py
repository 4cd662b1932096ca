"""The forms of the page "Your account"."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from vaka.accounts.models import User
from vaka.web.person_names import NameField
from vaka.web.time_zones import TimeZoneField


class ChoosesTimeZone(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A form after which no page offers the time zone of a browser any more."""

    def save(self, commit: bool = True) -> User:
        self.instance.is_time_zone_chosen = True
        saved: User = super().save(commit)
        return saved


class AccountForm(ChoosesTimeZone):
    time_zone = TimeZoneField(label=_("Time zone"), help_text=_("Type a city or a region."))
    language = forms.ChoiceField(choices=settings.LANGUAGES, label=_("Language"))

    class Meta:
        model = User
        fields = ["first_name", "last_name", "time_zone"]
        labels = {
            "first_name": _("First name"),
            "last_name": _("Last name"),
        }
        field_classes = {"first_name": NameField, "last_name": NameField}
        widgets = {
            "first_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "last_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
        }


class TimeZoneForm(ChoosesTimeZone):
    time_zone = TimeZoneField()

    class Meta:
        model = User
        fields = ["time_zone"]
