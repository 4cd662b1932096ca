"""Forms for planning a workshop, for joining it, and for a seat. Times are in the time zone of the workshop."""

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.loader import catalogue
from labs.registry import versions
from labs.translations import authored
from vaka.accounts import username_lookups
from vaka.accounts.models import User
from vaka.web.forms import UploadField
from vaka.web.person_names import NameField
from vaka.web.time_zones import TimeZoneField
from vaka.workshops import logos
from vaka.workshops.models import AgendaItem, Role, Workshop

LOCAL_TIME = "%Y-%m-%dT%H:%M"


class DateInput(forms.DateInput):
    input_type = "date"


class TimeInput(forms.DateTimeInput):
    input_type = "datetime-local"


class WorkshopForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    time_zone = TimeZoneField(label=_("Time zone"), help_text=_("Type a city or a region."))
    language = forms.ChoiceField(choices=settings.LANGUAGES, label=_("Language"))

    class Meta:
        model = Workshop
        fields = [
            "title",
            "place",
            "first_day",
            "last_day",
            "time_zone",
            "language",
            "seat_count",
            "pass_percent",
            "wifi_name",
            "wifi_password",
        ]
        widgets = {"first_day": DateInput(format="%Y-%m-%d"), "last_day": DateInput(format="%Y-%m-%d")}
        help_texts = {
            "first_day": _("Agenda items that are not open yet move with it."),
            "wifi_password": _("Everybody in the room can read the name and the password on the projector."),
        }


class AgendaItemForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    courses = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, label=_("Courses"))
    lessons = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, label=_("Lessons"))
    labs = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Labs"),
        help_text=_("If a trainee started a lab before you put it on the agenda, the team cannot see that lab."),
    )

    class Meta:
        model = AgendaItem
        fields = ["kind", "title", "from_at", "to_at", "courses", "lessons", "labs", "notes", "built_ahead"]
        widgets = {
            "from_at": TimeInput(format=LOCAL_TIME),
            "to_at": TimeInput(format=LOCAL_TIME),
            "notes": forms.Textarea(attrs={"rows": 4}),
        }
        help_texts = {"notes": _("The Room page shows them to the team. Trainees never see them.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].required = False  # without one it is a practice
        courses = catalogue(settings.COURSE_CONTENT).values()
        self.fields["courses"].choices = [  # type: ignore[attr-defined]  # it is a choice field
            (one.id, one.title) for one in courses
        ]
        self.fields["lessons"].choices = [  # type: ignore[attr-defined]  # it is a choice field
            (course.title, [(f"{course.id}/{lesson.id}", lesson.title) for lesson in course.lessons()])
            for course in courses
        ]
        labs = [(lab.id, authored(lab.title)) for lab in versions.all_labs()]
        missing = [(lab, lab) for lab in self.instance.labs if lab not in dict(labs)]  # removed from the catalogue
        self.fields["labs"].choices = sorted(  # type: ignore[attr-defined]  # it is a choice field
            [*labs, *missing], key=lambda one: one[1]
        )
        for name in ("from_at", "to_at"):
            formats = [LOCAL_TIME, "%Y-%m-%dT%H:%M:%S"]
            self.fields[name].input_formats = formats  # type: ignore[attr-defined]  # it is a time field

    def clean(self) -> dict[str, Any] | None:
        """An exam that somebody has begun stays an exam in this lab, of this length: certificates name its minutes."""
        cleaned = super().clean()
        is_begun = self.instance.pk and self.instance.sittings.begun().exists()
        begins, ends = self.cleaned_data.get("from_at"), self.cleaned_data.get("to_at")
        is_other_length = is_begun and begins and ends and ends - begins != self.instance.length
        if is_begun and ({"kind", "labs"} & set(self.changed_data) or is_other_length):
            raise forms.ValidationError(
                gettext(
                    "This exam was begun, so its kind, its lab and its length cannot change. Give seats more time in the room, "
                    "or add another exam."
                )
            )
        self._refuse_around_opening()
        return cleaned

    def _refuse_around_opening(self) -> None:
        """Refuse what would open an exam by a change: then the terminals of its lab stay open at the seats."""
        exam, changed = AgendaItem.Kind.EXAM, set(self.changed_data)
        becomes_other = "kind" in changed and exam in (self.instance.kind, self.cleaned_data.get("kind"))
        gets_other_lab = "labs" in changed and self.instance.is_exam
        if self.instance.opened_at and (becomes_other or gets_other_lab):
            raise forms.ValidationError(
                gettext(
                    "This item is open. While it is, it cannot become an exam, and an exam keeps its kind and its lab. "
                    "Close the item again first."
                )
            )

    def full_clean(self) -> None:
        with timezone.override(self.instance.workshop.zone):
            super().full_clean()


class PastedAgendaForm(forms.Form):
    """Lines of a spreadsheet, one for each agenda item."""

    table = forms.CharField(
        label=_("Table"), widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false", "wrap": "off"}), strip=False
    )


class TeamForm(forms.Form):
    name = forms.CharField(
        max_length=150,
        label=_("Name"),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "list": "people"}),
    )
    role = forms.ChoiceField(
        choices=[(role, role.label) for role in (Role.CO_INSTRUCTOR, Role.HELPER)], label=_("Role")
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by

    def clean_name(self) -> User:
        """A username, or the name of a person as the list shows it, with the username in brackets."""
        written = self.cleaned_data["name"].strip()
        name = written.rpartition("(")[2].rstrip(")") if written.endswith(")") else written
        found = username_lookups.find(self.by, name)
        if found is None:
            raise forms.ValidationError(
                gettext("No account has the username “%(name)s”. Check the spelling.") % {"name": name}
            )
        return found


class PaperForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """The form for the signature and the logo of certificates on paper."""

    logo_file = UploadField(
        largest=logos.LARGEST,
        accept="image/png,image/jpeg",
        pixels=logos.PIXELS,
        required=False,
        label=_("Logo"),
        help_text=_("A PNG or JPEG of at most 200 KB and 4000 pixels in each direction."),
    )
    without_logo = forms.BooleanField(required=False, label=_("Print no logo"))

    class Meta:
        model = Workshop
        fields = ["signer", "signer_role"]

    def clean_logo_file(self) -> bytes | None:
        file = self.cleaned_data["logo_file"]
        try:
            return logos.read(file) if file else None
        except logos.NoLogo:
            raise forms.ValidationError(
                gettext(
                    "This file is not a PNG or JPEG, or it has more than 4000 pixels in a direction. Choose another file."
                )
            ) from None

    def save(self, commit: bool = True) -> Workshop:  # Django's signature
        workshop: Workshop = super().save(commit=False)
        if self.cleaned_data["logo_file"] or self.cleaned_data["without_logo"]:
            workshop.logo = self.cleaned_data["logo_file"]
        workshop.save(update_fields=["signer", "signer_role", "logo"])
        return workshop


class SeatForm(forms.Form):
    """The names of a seat."""

    name = NameField(max_length=100, label=_("Name"), widget=forms.TextInput(attrs={"autocomplete": "off"}))
    partner = NameField(
        max_length=100,
        required=False,
        label=_("Partner"),
        help_text=_("If two people share the seat."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class JoinForm(forms.Form):
    code = forms.CharField(
        max_length=20,
        label=_("Join code"),
        widget=forms.TextInput(attrs={"class": "code-in", "autocapitalize": "characters", "autocomplete": "off"}),
    )
    name = NameField(
        max_length=100,
        label=_("Your name"),
        help_text=_("The name that your instructor uses for you. The projector does not show it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    partner = NameField(
        max_length=100,
        required=False,
        label=_("Partner's name"),
        help_text=_("If two of you share this computer."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    form_token = forms.CharField(required=False, widget=forms.HiddenInput)  # becomes the token of a new device


class SeatCodeForm(forms.Form):
    seat_code = forms.CharField(
        max_length=20,
        label=_("Seat code"),
        help_text=_("Ask your instructor for it. It opens your seat on this device."),
        widget=forms.TextInput(attrs={"class": "code-in", "autocapitalize": "characters", "autocomplete": "off"}),
    )


class GuestAccountForm(forms.Form):
    """The username and the password that make a guest's seat an account, by the rules for all accounts."""

    username = forms.CharField(
        max_length=150,
        label=_("Username"),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters, and not a common password."),
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by

    def clean_username(self) -> str:
        username_lookups.count(self.by)
        name: str = get_adapter().clean_username(self.cleaned_data["username"])
        username_lookups.take_back(self.by)
        return name

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password, User(username=self.cleaned_data.get("username", "")))
        return password
