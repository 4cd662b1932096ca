"""Pages of courses. Everybody may read; what somebody did is his own."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses import services
from courses.content import Course, Lesson
from courses.loader import catalogue as all_courses
from courses.loader import library
from courses.models import Enrolment, LessonDone
from courses.progress import progress
from labs.models import Attempt
from labs.published import NoSuchLab, newest
from vaka.web.http import SignedInRequest


def course_or_404(course_id: str) -> Course:
    course = all_courses(settings.COURSE_CONTENT).get(course_id)
    if course is None:
        raise Http404(_("There is no such course."))
    return course


def lesson_or_404(course_id: str, lesson_id: str) -> tuple[Course, Lesson]:
    course = course_or_404(course_id)
    lesson = course.lesson(lesson_id)
    if lesson is None:
        raise Http404(_("There is no such lesson."))
    return course, lesson


def lessons_done(request: HttpRequest, course: Course) -> frozenset[str]:
    if not request.user.is_authenticated:
        return frozenset()
    return LessonDone.objects.ids(request.user, course.id)


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    enrolled = {}
    if request.user.is_authenticated:
        mine = Enrolment.objects.of(request.user).values_list("course", flat=True)
        enrolled = dict.fromkeys(mine, True)
    courses = [(course, course.id in enrolled) for course in all_courses(settings.COURSE_CONTENT).values()]
    return render(request, "courses/catalogue.html", {"courses": courses})


@require_safe
def course(request: HttpRequest, course: str) -> HttpResponse:
    found = course_or_404(course)
    mine = progress(found, lessons_done(request, found))
    enrolled = request.user.is_authenticated and (Enrolment.objects.of(request.user).filter(course=found.id).exists())
    return render(request, "courses/course.html", {"course": found, "progress": mine, "enrolled": enrolled})


@require_safe
def lesson(request: HttpRequest, course: str, lesson: str) -> HttpResponse:
    found, here = lesson_or_404(course, lesson)
    mine = progress(found, lessons_done(request, found))
    context = {
        "course": found,
        "lesson": here,
        "progress": mine,
        "next": found.after(here),
        "done": here.id in mine.done,
    }
    if here.lab:
        try:
            context["lab"] = newest(here.lab)
        except NoSuchLab:  # a site may hold courses without their labs; check_content says so
            context["lab"] = None
        if request.user.is_authenticated:
            context["best"] = Attempt.objects.best(request.user, here.lab)
    return render(request, "courses/lesson.html", context)


@login_required
@require_POST
def enrol(request: SignedInRequest, course: str) -> HttpResponse:
    found = course_or_404(course)
    services.enrol(request.user, found)
    return redirect("courses:course", found.id)


@login_required
@require_POST
def finish(request: SignedInRequest, course: str, lesson: str) -> HttpResponse:
    found, here = lesson_or_404(course, lesson)
    if request.POST.get("done") == "no":
        services.reopen_lesson(request.user, found, here)
    else:
        services.finish_lesson(request.user, found, here)
    return redirect("courses:lesson", found.id, here.id)


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    terms = library(settings.COURSE_CONTENT).glossary.terms
    words = [(term, [terms[other] for other in term.see]) for term in terms.values()]
    return render(request, "courses/glossary.html", {"words": words})
