"""The pages of courses that a service worker keeps: a list, and pages without a name. Waiting answers are handed in here."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses import services
from courses.kept_pages import courses_of, kept_pages
from courses.loader import library
from courses.own_numbers import numbers_for
from courses.pages import quiz as quiz_page
from courses.quiz import Unreadable
from courses.views.content_or_404 import course_or_404, lesson_or_404, question_or_404
from vaka.accounts.requests import SignedInRequest
from vaka.web.service_worker_session import NOBODY, reader_of
from vaka.web.views import offline_files


@require_safe
def kept(request: HttpRequest) -> JsonResponse:
    """Say which pages to keep, for which session, and until when (ms since 1970): not longer than the session."""
    if not request.user.is_authenticated:
        return JsonResponse({"reader": NOBODY, "until": 0, "pages": []})
    session = request.user.browser_sessions.filter(pk=request.session.session_key)
    ends = session.values_list("expire_date", flat=True).first()
    pages = [{"path": page.path, "digest": page.digest} for page in kept_pages(request.user, offline_files())]
    until = int(ends.timestamp() * 1000) if ends else 0
    return JsonResponse({"reader": reader_of(request), "until": until, "pages": pages})


@login_required
@require_safe
def kept_courses(request: SignedInRequest) -> HttpResponse:
    return _page(request, "courses/kept_courses.html", {"courses": courses_of(request.user)})


@login_required
@require_safe
def kept_course(request: SignedInRequest, course: str) -> HttpResponse:
    return _page(request, "courses/kept_course.html", {"course": course_or_404(course)})


@login_required
@require_safe
def kept_glossary(request: SignedInRequest) -> HttpResponse:
    terms = library(settings.COURSE_CONTENT).glossary.terms
    with_related = [(term, [terms[other] for other in term.see]) for term in terms.values()]
    return _page(request, "courses/kept_glossary.html", {"terms": with_related})


@login_required
@require_safe
def kept_lesson(request: SignedInRequest, course: str, lesson: str) -> HttpResponse:
    """The lesson with its questions, and with none of the reader's tries."""
    found_course, found = lesson_or_404(course, lesson)
    numbers = numbers_for(request.user, found)
    context = {
        "course": found_course,
        "lesson": found,
        "numbers": numbers,
        "html": numbers.fill(found.html),
        "after_quiz": numbers.fill(found.after_quiz),
        "next": found_course.after(found),
        "previous": found_course.before(found),
    }
    if found.quiz:
        context["quiz"] = quiz_page.questions_for(str(request.user.pk), found.quiz, ())
    return _page(request, "courses/kept_lesson.html", context)


def _page(request: SignedInRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Render without the request, so that no context processor puts a name, a token or a notice on the page."""
    files = [address for address in offline_files() if address.endswith(".css")]
    return HttpResponse(render_to_string(template, {**context, "styles": files, "user": request.user, "is_kept": True}))


@login_required
@require_POST
def hand_in(request: SignedInRequest, course: str, lesson: str, question: str) -> JsonResponse:
    """Store a try that waited in a browser. ``key`` names the try: handed in again, it counts once.

    ``person`` is who gave it: if somebody else is signed in by now, nothing is stored.
    """
    if request.POST.get("person") != str(request.user.pk):
        return JsonResponse({"said": _("Somebody else gave this answer.")}, status=HTTPStatus.CONFLICT)
    found_course, found_lesson = lesson_or_404(course, lesson)
    asked = question_or_404(found_lesson, question)
    try:
        key = UUID(request.POST.get("key", ""))
        shown = quiz_page.questions_for(str(request.user.pk), found_lesson.quiz, ()) if found_lesson.quiz else []
        [on_page] = [one for one in shown if one.question is asked]
        given = on_page.given(request.POST)
        stored = services.answer_question(request.user, found_course, found_lesson, asked, given, key=key)
    except Unreadable as problem:  # its sentence is for the learner
        return JsonResponse({"said": str(problem), "outcome": "wait"}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except (ValueError, services.OtherTry):
        said = _("This browser kept the answer in a form that cannot be read. Answer the question again.")
        return JsonResponse({"said": said, "outcome": "wait"}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if stored.key != key:
        return JsonResponse(
            {"said": _("You had answered this question before. That answer counts."), "outcome": "wait"}
        )
    if stored.right:
        return JsonResponse({"said": _("Right"), "outcome": "pass"})
    return JsonResponse({"said": _("Not right yet"), "outcome": "fail"})
