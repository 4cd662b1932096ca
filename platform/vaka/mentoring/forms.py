"""What people write to each other, and how a programme is described."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.loader import catalogue
from labs.registry.translations import authored
from labs.registry.versions import all_labs
from vaka.accounts.models import User
from vaka.mentoring.models import LONGEST, Note, Programme

TOO_EARLY = _("Choose a day from today on.")


def words(label: Any, rows: int = 4) -> forms.CharField:
    return forms.CharField(label=label, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": rows}))


class QuestionForm(forms.Form):
    text = words(_("Your question"), 5)


class AnswerForm(forms.Form):
    text = words(_("Write"))


class NoteForm(forms.Form):
    text = words(_("Note"))
    reach = forms.ChoiceField(
        label=_("Who reads it"), choices=Note.Reach.choices, initial=Note.Reach.PRIVATE, widget=forms.RadioSelect
    )


class CommentForm(forms.Form):
    text = words(_("Your comment"))


class DayField(forms.DateField):
    """A day from today on."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day and day < timezone.localdate():
            raise forms.ValidationError(TOO_EARLY)
        return day


class TaskForm(forms.Form):
    """A lab or a lesson, in one list, and a day."""

    what = forms.ChoiceField(label=_("Lesson or lab"))
    due_on = DayField(label=_("By"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lessons: list[Any] = [
            (course.title, [(f"lesson:{course.id}:{lesson.id}", lesson.title) for lesson in course.lessons()])
            for course in catalogue(settings.COURSE_CONTENT).values()
        ]
        labs = [(f"lab:{lab.id}", authored(lab.title)) for lab in all_labs()]
        choices: Any = [("", "–"), (_("Labs"), labs), *lessons]
        self.fields["what"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField has them

    def task(self) -> dict[str, str]:
        kind, *names = self.cleaned_data["what"].split(":")
        return {"lab": names[0]} if kind == "lab" else {"course": names[0], "lesson": names[1]}


class AwayForm(forms.Form):
    until = DayField(label=_("I am away until"), required=False)


class PersonField(forms.CharField):
    """Somebody's username."""

    def __init__(self, **more: Any) -> None:
        widget = forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"})
        super().__init__(max_length=150, widget=widget, **more)

    def clean(self, value: Any) -> Any:
        name = super().clean(value)
        if not name:
            return None
        person = User.objects.filter(username=name, is_active=True).first()
        if person is None:
            raise forms.ValidationError(_("Nobody here has this username."))
        return person


class InviteForm(forms.Form):
    trainee = PersonField(
        label=_("Username"), required=False, help_text=_("Without one you get a link, for one person to use once.")
    )


class MentorForm(forms.Form):
    mentor = PersonField(label=_("Username of a mentor"))


class CoordinatorForm(forms.Form):
    coordinator = PersonField(label=_("Username"))


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
        found = super().clean() or {}
        if found.get("ends") and found.get("begins") and found["ends"] < found["begins"]:
            self.add_error("ends", _("It ends before it begins."))
        return found
