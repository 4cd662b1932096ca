"""What an instructor writes when he plans. Times are those of the clock on the wall there."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.loader import catalogue
from labs.registry import versions
from labs.registry.translations import authored
from vaka.accounts.models import User
from vaka.workshops.models import AgendaItem, Role, Workshop

DAYS = {"first_day", "last_day", "time_zone"}
LOCAL = "%Y-%m-%dT%H:%M"


class DateInput(forms.DateInput):
    input_type = "date"


class TimeInput(forms.DateTimeInput):
    input_type = "datetime-local"


class WorkshopForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    time_zone = forms.ChoiceField(
        choices=[(name, name) for name in sorted(available_timezones() - {"localtime"})], label=_("Time zone")
    )
    language = forms.ChoiceField(choices=settings.LANGUAGES, label=_("Language"))

    class Meta:
        model = Workshop
        fields = ["title", "place", "first_day", "last_day", "time_zone", "language", "seats", "pass_percent"]
        widgets = {"first_day": DateInput(format="%Y-%m-%d"), "last_day": DateInput(format="%Y-%m-%d")}
        help_texts = {"first_day": _("Sessions that are not open yet move with it.")}

    def clean(self) -> dict[str, Any] | None:
        """What is over does not begin again: its people are not there any more, and what they do is their own affair."""
        if self.instance.pk and self.instance.is_over and DAYS & set(self.changed_data):
            raise forms.ValidationError(gettext("This workshop is over. Copy it for another year instead."))
        return super().clean()

    def clean_seats(self) -> int:
        seats: int = self.cleaned_data["seats"]
        taken = self.instance.highest_seat if self.instance.pk else 0
        if seats < taken:
            raise forms.ValidationError(gettext("Seat %(n)d is taken.") % {"n": taken})
        return seats


class AgendaForm(forms.ModelForm):  # type: ignore[type-arg]
    courses = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, label=_("Courses"))
    labs = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, label=_("Labs"))

    class Meta:
        model = AgendaItem
        fields = ["title", "from_at", "to_at", "courses", "labs", "notes", "built_ahead"]
        widgets = {
            "from_at": TimeInput(format=LOCAL),
            "to_at": TimeInput(format=LOCAL),
            "notes": forms.Textarea(attrs={"rows": 4}),
        }
        help_texts = {"notes": _("You read them beside the room. Trainees never see them.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        courses = catalogue(settings.COURSE_CONTENT).values()
        self.fields["courses"].choices = [(one.id, one.title) for one in courses]  # type: ignore[attr-defined]
        labs = [(lab.id, authored(lab.title)) for lab in versions.all_labs()]
        gone = [(lab, lab) for lab in self.instance.labs if lab not in dict(labs)]  # taken out of the catalogue since
        self.fields["labs"].choices = sorted([*labs, *gone], key=lambda one: one[1])  # type: ignore[attr-defined]
        for name in ("from_at", "to_at"):
            self.fields[name].input_formats = [LOCAL, "%Y-%m-%dT%H:%M:%S"]  # type: ignore[attr-defined]

    def full_clean(self) -> None:
        with timezone.override(self.instance.workshop.zone):
            super().full_clean()


class StaffForm(forms.Form):
    name = forms.CharField(
        max_length=150,
        label=_("Username"),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )
    role = forms.ChoiceField(choices=[(Role.CO, Role.CO.label), (Role.HELPER, Role.HELPER.label)], label=_("Role"))

    def clean_name(self) -> User:
        name = self.cleaned_data["name"].strip()
        found = User.objects.filter(username=name, is_active=True).first()
        if found is None:
            raise forms.ValidationError(gettext("Nobody here has the username “%(name)s”.") % {"name": name})
        return found


class SeatForm(forms.Form):
    """Who sits at a seat."""

    name = forms.CharField(max_length=100, label=_("Name"), widget=forms.TextInput(attrs={"autocomplete": "off"}))
    partner = forms.CharField(
        max_length=100,
        required=False,
        label=_("Who sits beside"),
        help_text=_("If two share the seat."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
