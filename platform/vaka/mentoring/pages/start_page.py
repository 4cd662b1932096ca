"""What of mentoring stands on a trainee's start page: invitations, answers that he has not seen, and what is due."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaka.accounts.models import User
from vaka.mentoring.models import Assignment, Mentorship, Note
from vaka.mentoring.pages import activity


@dataclass(frozen=True, slots=True)
class News:
    title: str
    detail: str
    url: str
    act: str  # what the button says


def news(person: User, done: set[tuple[str, str]], passed: frozenset[str]) -> Iterator[News]:
    """Yield it, the most urgent first. ``done`` are (course, lesson), ``passed`` ids of labs."""
    if not Mentorship.objects.filter(trainee=person).exists():  # most people: one question more for their start page
        return
    for one in Mentorship.objects.waiting().filter(trainee=person).select_related("mentor", "programme"):
        title = _("%(name)s wants to be your mentor") % {"name": one.mentor.shown_name}
        yield News(title, one.programme.title, reverse("mentoring:by_name", args=(one.pk,)), _("Read and answer"))
    unseen = Note.objects.for_trainee(person).filter(seen_at=None)
    count = unseen.aggregate(all=Count("pk"), answers=Count("pk", filter=Q(question__isnull=False)))
    if count["all"]:
        detail = ngettext(
            "%d of them answers a question of yours.", "%d of them answer questions of yours.", count["answers"]
        )
        yield News(
            _("Your mentor wrote to you"),
            detail % count["answers"] if count["answers"] else "",
            reverse("mentoring:mine"),
            _("Read it"),
        )
    for task in Assignment.objects.for_trainee(person).select_related("set_by"):
        if not (task.lab in passed if task.lab else (task.course, task.lesson) in done):
            yield _due(task)


def _due(task: Assignment) -> News:
    facts_of = {"day": date_format(task.due_on), "name": task.set_by.shown_name if task.set_by else "–"}
    late = _("It was due on %(day)s, set by %(name)s.") % facts_of
    detail = late if task.is_late else _("Due on %(day)s, set by %(name)s.") % facts_of
    title = activity.task_title(task)
    if task.lab:
        return News(_("Lab: %s") % title, detail, reverse("labs:lab", args=(task.lab,)), _("Go to the lab"))
    return News(title, detail, reverse("courses:lesson", args=(task.course, task.lesson)), _("Read it"))
