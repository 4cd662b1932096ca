"""The forms of the lab page."""

from django import forms
from django.utils.translation import gettext_lazy as _

from labs.engine.shared.cable import LEAST_RATE, MOST_DELAY, MOST_RATE


class CableForm(forms.Form):
    """One cable as it should be. An empty field sets no limit."""

    cable = forms.IntegerField(min_value=0)
    up = forms.BooleanField(required=False)
    rate = forms.IntegerField(required=False, min_value=LEAST_RATE, max_value=MOST_RATE, label=_("Rate"))
    delay = forms.IntegerField(required=False, min_value=1, max_value=MOST_DELAY, label=_("Delay"))
    loss = forms.FloatField(required=False, min_value=0, max_value=100, label=_("Loss"))

    def complaint(self) -> str:
        """Return its errors in one line, with the labels of their fields."""
        return " ".join(f"{self.fields[name].label or name}: {errors[0]}" for name, errors in self.errors.items())
