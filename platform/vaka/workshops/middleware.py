"""Closes pages while an exam runs, for the people who sit it and for everybody else. docs/threat-model.md has the list.

A person who sits an exam reaches the pages of ``OPEN_TO_SITTERS`` and nothing else, in every browser in which they are signed
in. A page that is added to the site later is closed to them too. The lab of the exam is closed to all others who have a seat.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from courses.loader import catalogue
from labs.models import LabSession
from vaka.accounts.account_flags import flags_of
from vaka.accounts.models import User
from vaka.workshops.models import Sitting
from vaka.workshops.services import exams

# The exam itself, its lab's page, the seat bar, and signing out
OPEN_TO_SITTERS = {
    "workshops:exam",
    "workshops:begin_exam",
    "workshops:hand_in_exam",
    "workshops:seat_bar",
    "workshops:raise_hand",
    "workshops:lower_hand",
    "workshops:dismiss_message",
    "workshops:seat_events",
    "workshops:consent",
    "account_logout",
}
# Of a lab session, only of the one in which they sit
OPEN_OF_SESSION = {
    "labs:panel",
    "labs:status",
    "labs:events",
    "labs:reset",
    "labs:save",
    "labs:changes",
    "labs:download",
    "labs:cable",
    "labs:captures",
    "labs:capture",
    "labs:pcap",
    "labs:stop_capture",
    "labs:delete_capture",
    "labs:terminal_token",
}
NEUTRAL_APPS = {"web"}  # files and settings of the site, such as the language


class ExamRules(MiddlewareMixin):
    """Closes pages while an exam runs."""

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _args: Any, kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or match.app_name in NEUTRAL_APPS or not _may_run(request):
            return None
        user = request.user
        if not isinstance(user, User):
            return None
        sitting = exams.sitting_of(user)
        if sitting:
            return None if _is_open(match.view_name, kwargs, sitting) else _closed_to_sitter(request, sitting)
        return _closed_to_others(request) if exams.labs_closed_to(user) & _labs_of(kwargs) else None


def _may_run(request: HttpRequest) -> bool:
    """Whether an exam runs in a workshop of this user. A browser without a session gets none: caches may keep public pages."""
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    return has_session and flags_of(request).get("an_exam_runs", False)


def _lab_of_lesson(kwargs: Mapping[str, Any]) -> str:
    """The lab to which a lesson leads; empty if an address is not about a lesson, or it leads to none."""
    if "lesson" not in kwargs:
        return ""
    course = catalogue(settings.COURSE_CONTENT).get(str(kwargs.get("course", "")))
    lesson = course.lesson(str(kwargs["lesson"])) if course else None
    return lesson.lab if lesson else ""


def _is_open(name: str, kwargs: Mapping[str, Any], sitting: Sitting) -> bool:
    if name == "labs:lab":
        # While the lab of the exam is started again, its page would show an older session
        return sitting.session is not None and sitting.session.is_live and kwargs["lab"] == sitting.session.lab
    return name in OPEN_TO_SITTERS or (name in OPEN_OF_SESSION and kwargs["session"] == sitting.session_id)


def _labs_of(kwargs: Mapping[str, Any]) -> set[str]:
    """The labs that an address is about."""
    found = {str(kwargs["lab"])} if "lab" in kwargs else set()
    if "session" in kwargs:
        try:
            found.update(LabSession.objects.filter(pk=kwargs["session"]).values_list("lab", flat=True))
        except (ValueError, ValidationError):
            return found
    return found | {lab for lab in (_lab_of_lesson(kwargs),) if lab}


def _closed_to_sitter(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    text = _("You are taking an exam. Other pages are closed until you hand it in.")
    is_page = request.method in ("GET", "HEAD") and "X-Vaka" not in request.headers
    if is_page and request.accepts("text/html"):
        messages.warning(request, text)
        return redirect("workshops:exam", workshop=sitting.item.workshop_id, exam=sitting.item_id)
    return HttpResponse(text, status=HTTPStatus.FORBIDDEN, content_type="text/plain; charset=utf-8")


def _closed_to_others(request: HttpRequest) -> HttpResponse:
    return render(request, "workshops/lab_in_exam.html", status=HTTPStatus.FORBIDDEN)
