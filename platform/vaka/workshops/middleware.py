"""Closes pages while an exam runs, for the people who sit it and for everybody else. docs/threat-model.md has the list.

A person who sits an exam reaches the pages of ``OPEN_TO_SITTERS`` and nothing else, in every browser in which they are signed
in. A page that is added to the site later is closed to them too. The lab of the exam is closed to all others who have a seat.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
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
from courses.pages.recall import lesson_of_quiz
from labs.models import Attempt, LabSession
from vaka.accounts.account_flags import flags_of
from vaka.accounts.models import User
from vaka.mentoring import questions
from vaka.mentoring.models import Question
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
        if match is None or match.app_name in NEUTRAL_APPS or not _exam_runs(request):
            return None
        user = request.user
        if not isinstance(user, User):
            return None
        sitting = exams.sitting_of(user)
        if sitting:
            return None if _is_open(match.view_name, kwargs, sitting) else _closed_to_sitter(request, sitting)
        if not exams.labs_closed_to(user) & _labs_of(kwargs):
            return None
        return _to_own_exam(request, user, match.view_name, kwargs) or _closed_to_others(request)


def _exam_runs(request: HttpRequest) -> bool:
    """Whether an exam runs in a workshop of this user. A browser without a session gets none: caches may keep public pages."""
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    return has_session and flags_of(request).get("an_exam_runs", False)


def _is_open(name: str, kwargs: Mapping[str, Any], sitting: Sitting) -> bool:
    if name == "labs:lab":
        # While the lab of the exam is started again, its page would show an older session
        return sitting.session is not None and sitting.session.is_live and kwargs["lab"] == sitting.session.lab
    return name in OPEN_TO_SITTERS or (name in OPEN_OF_SESSION and kwargs["session"] == sitting.session_id)


def _of_session(kwargs: Mapping[str, Any]) -> Iterable[str]:
    return LabSession.objects.filter(pk=kwargs["session"]).values_list("lab", flat=True)


def _of_attempt(kwargs: Mapping[str, Any]) -> Iterable[str]:
    return Attempt.with_exams.filter(pk=kwargs["attempt"]).values_list("lab", flat=True)


def _of_lesson(kwargs: Mapping[str, Any]) -> Iterable[str]:
    """The lab to which a lesson leads."""
    course = catalogue(settings.COURSE_CONTENT).get(str(kwargs.get("course", "")))
    lesson = course.lesson(str(kwargs["lesson"])) if course else None
    return (lesson.lab,) if lesson else ()


def _of_quiz(kwargs: Mapping[str, Any]) -> Iterable[str]:
    """The lab of the lesson of a question that came back."""
    lesson = lesson_of_quiz(str(kwargs["quiz"]))
    return (lesson.lab,) if lesson else ()


def _of_question(kwargs: Mapping[str, Any]) -> Iterable[str]:
    """The lab about which a trainee has asked a mentor, or that of the lesson."""
    return [questions.lab_of(question.about) for question in Question.objects.filter(pk=kwargs["asked"])]


# By the keyword of an address: its labs. A test goes through all addresses, so a new keyword needs a decision
LABS_OF: Mapping[str, Callable[[Mapping[str, Any]], Iterable[str]]] = {
    "lab": lambda kwargs: (str(kwargs["lab"]),),
    "session": _of_session,
    "attempt": _of_attempt,
    "lesson": _of_lesson,
    "quiz": _of_quiz,
    "asked": _of_question,
}


def _labs_of(kwargs: Mapping[str, Any]) -> set[str]:
    """The labs that an address is about."""
    found = set[str]()
    for keyword in LABS_OF.keys() & kwargs.keys():
        with suppress(ValueError, ValidationError):
            found.update(LABS_OF[keyword](kwargs))
    return found - {""}


def _closed_to_sitter(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    text = _("You are taking an exam. Other pages are closed until you hand it in.")
    is_page = request.method in ("GET", "HEAD") and "X-Vaka" not in request.headers
    if is_page and request.accepts("text/html"):
        messages.warning(request, text)
        return redirect("workshops:exam", workshop=sitting.item.workshop_id, exam=sitting.item_id)
    return HttpResponse(text, status=HTTPStatus.FORBIDDEN, content_type="text/plain; charset=utf-8")


def _to_own_exam(request: HttpRequest, user: User, name: str, kwargs: Mapping[str, Any]) -> HttpResponse | None:
    """Lead from the page of the lab to that of the exam which the user has handed in; None if this is no such page.

    The page of the lab asks for its panel when the time is over.
    """
    if request.method not in ("GET", "HEAD") or name not in ("labs:lab", "labs:panel"):
        return None
    labs = _labs_of(kwargs)
    handed_in = Sitting.objects.of(user).begun().filter(item__in=exams.open_exams()).select_related("item")
    item = next((one.item for one in handed_in if labs & set(one.item.labs)), None)
    return redirect("workshops:exam", workshop=item.workshop_id, exam=item.pk) if item else None


def _closed_to_others(request: HttpRequest) -> HttpResponse:
    return render(request, "workshops/lab_in_exam.html", status=HTTPStatus.FORBIDDEN)
