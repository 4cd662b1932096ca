"""Forms for questions, notes, assignments, invitations and programmes."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.loader import catalogue
from labs.registry.versions import all_labs
from labs.translations import authored
from vaka.accounts import username_lookups
from vaka.accounts.models import User
from vaka.mentoring.models import LONGEST, Note, Programme

TOO_EARLY = _("This day is in the past. Choose today or a later day.")


def text_field(label: Any, rows: int = 4) -> forms.CharField:
    return forms.CharField(label=label, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": rows}))


class QuestionForm(forms.Form):
    text = text_field(_("Your question"), 5)


class ReplyForm(forms.Form):
    text = text_field(_("Your reply"))


class NoteForm(forms.Form):
    text = text_field(_("Note"))
    reach = forms.ChoiceField(
        label=_("Readers"),
        choices=[
            (Note.Reach.PRIVATE, _("Only me")),
            (Note.Reach.SHARED, _("The trainee and their mentors")),
            (Note.Reach.PROGRAMME, _("The coordinators of the programme, and the next mentor")),
        ],
        initial=Note.Reach.PRIVATE,
        widget=forms.RadioSelect,
    )


class CommentForm(forms.Form):
    text = text_field(_("Your comment"))


class DayField(forms.DateField):
    """A day that is not in the past."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day and day < timezone.localdate():
            raise forms.ValidationError(TOO_EARLY)
        return day


class AssignmentForm(forms.Form):
    """A lesson or a lab, from one list, and the due date."""

    what = forms.ChoiceField(label=_("Lesson or lab"))
    due_on = DayField(label=_("Due on"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lessons: list[Any] = [
            (course.title, [(f"lesson:{course.id}:{lesson.id}", lesson.title) for lesson in course.lessons()])
            for course in catalogue(settings.COURSE_CONTENT).values()
        ]
        labs = [(f"lab:{lab.id}", authored(lab.title)) for lab in all_labs()]
        choices: Any = [("", "–"), (_("Labs"), labs), *lessons]
        self.fields["what"].choices = choices  # type: ignore[attr-defined]  # the field is a ChoiceField

    def subject(self) -> dict[str, str]:
        """Return the keyword arguments of ``services.assign`` that name the lesson or the lab."""
        kind, *names = self.cleaned_data["what"].split(":")
        return {"lab": names[0]} if kind == "lab" else {"course": names[0], "lesson": names[1]}


class AwayForm(forms.Form):
    until = DayField(label=_("I am away until"), required=False)


class UsernameField(forms.CharField):
    """The username of an active account; cleaned to its user, or to None if it is empty. ``by``: the person who asks."""

    by: User

    def __init__(self, **more: Any) -> None:
        widget = forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"})
        super().__init__(max_length=150, widget=widget, **more)

    def clean(self, value: Any) -> Any:
        name = super().clean(value)
        if not name:
            return None
        person = username_lookups.find(self.by, name)
        if person is None:
            raise forms.ValidationError(_("There is no account with this username. Check the spelling."))
        return person


class NamesPerson(forms.Form):
    """A form in which ``by`` names somebody else by their username."""

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, UsernameField):
                field.by = by


class InviteForm(NamesPerson):
    trainee = UsernameField(
        label=_("Username"),
        required=False,
        help_text=_("If you leave this empty, you get a link that one person can use once."),
    )


class MentorForm(NamesPerson):
    mentor = UsernameField(label=_("Username of the mentor"))


class CoordinatorForm(NamesPerson):
    coordinator = UsernameField(label=_("Username of the coordinator"))


class ProgrammeForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = Programme
        fields = ["title", "description", "language", "begins", "ends"]
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "begins": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "ends": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("ends") and cleaned.get("begins") and cleaned["ends"] < cleaned["begins"]:
            self.add_error("ends", _("The programme ends before it begins. Choose a later day."))
        return cleaned
