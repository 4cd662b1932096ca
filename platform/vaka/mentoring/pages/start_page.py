"""The items that mentoring adds to a trainee's start page: invitations, unread notes and replies, and assignments."""

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
class StartPageItem:
    title: str
    detail: str
    url: str
    action: str  # the label of the button


def start_page_items(
    person: User, lessons_done: set[tuple[str, str]], labs_passed: frozenset[str]
) -> Iterator[StartPageItem]:
    """Yield the items, the most urgent first. ``lessons_done`` has (course, lesson), ``labs_passed`` has ids of labs."""
    if not Mentorship.objects.filter(trainee=person).exists():  # most people: then this is the only query
        return
    for one in Mentorship.objects.waiting().filter(trainee=person).select_related("mentor", "programme"):
        title = _("%(name)s wants to be your mentor") % {"name": one.mentor.shown_name}
        url = reverse("mentoring:by_name", args=(one.pk,))
        yield StartPageItem(title, one.programme.title, url, _("Read and answer"))
    unseen = Note.objects.for_trainee(person).filter(seen_at=None)
    count = unseen.aggregate(all=Count("pk"), answers=Count("pk", filter=Q(question__isnull=False)))
    if count["all"]:
        detail = ngettext("%d of your questions is answered.", "%d of your questions are answered.", count["answers"])
        yield StartPageItem(
            _("Your mentor wrote to you"),
            detail % count["answers"] if count["answers"] else "",
            reverse("mentoring:my_mentors"),
            _("Read the message"),
        )
    for assignment in Assignment.objects.for_trainee(person).select_related("set_by"):
        lesson = (assignment.course, assignment.lesson)
        if not (assignment.lab in labs_passed if assignment.lab else lesson in lessons_done):
            yield _assignment_item(assignment)


def _assignment_item(assignment: Assignment) -> StartPageItem:
    set_by = assignment.set_by.shown_name if assignment.set_by else "–"
    values = {"day": date_format(assignment.due_on, "j F Y"), "name": set_by}
    late = _("It was due on %(day)s, set by %(name)s.") % values
    detail = late if assignment.is_late else _("Due on %(day)s, set by %(name)s.") % values
    title = activity.assignment_title(assignment)
    if assignment.lab:
        url = reverse("labs:lab", args=(assignment.lab,))
        return StartPageItem(_("Lab: %s") % title, detail, url, _("Open the lab"))
    url = reverse("courses:lesson", args=(assignment.course, assignment.lesson))
    return StartPageItem(title, detail, url, _("Read the lesson"))
