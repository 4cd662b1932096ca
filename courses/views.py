"""Pages of courses. Everybody may read; what somebody did is his own."""

from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses import learner_record, quiz_page, search_index, services
from courses.certificate_progress import earning
from courses.content import Course, Lesson
from courses.learner_progress import standing
from courses.loader import catalogue as all_courses
from courses.loader import library
from courses.models import Enrolment, QuizAnswer
from courses.progress import Progress, progress
from courses.quiz import Question, Unreadable
from courses.search import LONGEST
from labs.models import Attempt
from labs.registry.versions import NoSuchLab, newest
from vaka.accounts.requests import SignedInRequest


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


def question_or_404(lesson: Lesson, question_id: str) -> Question:
    question = lesson.quiz.question(question_id) if lesson.quiz else None
    if question is None:
        raise Http404(_("There is no such question."))
    return question


def progress_of(request: HttpRequest, course: Course) -> Progress:
    return standing(request.user, course) if request.user.is_authenticated else progress(course, ())


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
    mine = progress_of(request, found)
    enrolled = request.user.is_authenticated and (Enrolment.objects.of(request.user).filter(course=found.id).exists())
    context = {"course": found, "progress": mine, "done": mine.done, "enrolled": enrolled}
    if request.user.is_authenticated and enrolled:
        context["earning"] = earning(request.user, mine)
    return render(request, "courses/course.html", context)


@require_safe
def lesson(request: HttpRequest, course: str, lesson: str) -> HttpResponse:
    return lesson_page(request, *lesson_or_404(course, lesson))


def lesson_page(
    request: HttpRequest, course: Course, lesson: Lesson, problem: tuple[str, str] = ("", ""), status: int = 200
) -> HttpResponse:
    """Show a lesson; ``problem`` is the id of a question, and why its answer was no answer."""
    mine = progress_of(request, course)
    context = {
        "course": course,
        "lesson": lesson,
        "progress": mine,
        "next": course.after(lesson),
        "said_done": lesson.id in mine.said_done,
        "done": mine.is_done(lesson),
        "open_questions": mine.open_questions(lesson),
    }
    if lesson.quiz:
        tries = list(QuizAnswer.objects.filter(learner=request.user.pk, quiz=lesson.quiz.id))
        context["quiz"] = quiz_page.put(str(request.user.pk), lesson.quiz, tries, problem)
    if lesson.lab:
        try:
            context["lab"] = newest(lesson.lab)
        except NoSuchLab:  # a site may hold courses without their labs; check_content says so
            context["lab"] = None
        if request.user.is_authenticated:
            context["best"] = Attempt.objects.best(request.user, lesson.lab)
    return render(request, "courses/lesson.html", context, status=status)


@require_safe
def after_lab(request: HttpRequest, lab: str) -> HttpResponse:
    """Lead from a lab back to the lesson that sent people there; who has done that, to the next one."""
    with_it = [one for one in all_courses(settings.COURSE_CONTENT).values() if any(x.lab == lab for x in one.lessons())]
    if not with_it:
        return redirect("courses:catalogue")
    taken = set(Enrolment.objects.filter(learner=request.user.pk).values_list("course", flat=True))
    found = next((one for one in with_it if one.id in taken), with_it[0])
    mine = progress_of(request, found)
    lessons = [one for one in found.lessons() if one.lab == lab]
    goal = next((one for one in lessons if not mine.is_done(one)), mine.here)
    return redirect("courses:lesson", found.id, goal.id) if goal else redirect("courses:course", found.id)


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


@login_required
@require_POST
def answer(request: SignedInRequest, course: str, lesson: str, question: str) -> HttpResponse:
    """Keep a try, and go back to its question."""
    found, here = lesson_or_404(course, lesson)
    asked_for = question_or_404(here, question)
    try:
        if "show" in request.POST:
            services.show_answer(request.user, here, asked_for)
        elif here.quiz:
            [asked] = [one for one in quiz_page.put(str(request.user.pk), here.quiz, ()) if one.question is asked_for]
            services.answer_question(request.user, found, here, asked_for, asked.given(request.POST))
    except Unreadable as problem:
        return lesson_page(request, found, here, (asked_for.id, str(problem)), HTTPStatus.UNPROCESSABLE_ENTITY)
    except services.TooEarly:
        pass  # a form that was not ours: the page says how many tries there were
    return redirect(reverse("courses:lesson", args=[found.id, here.id]) + f"#q-{asked_for.id}")


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    terms = library(settings.COURSE_CONTENT).glossary.terms
    words = [(term, [terms[other] for other in term.see]) for term in terms.values()]
    return render(request, "courses/glossary.html", {"words": words})


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    question = request.GET.get("q", "").strip()[:LONGEST]
    hits = search_index.index().search(question)
    return render(request, "courses/search.html", {"question": question, "hits": hits})


@login_required
@require_safe
def my_progress(request: SignedInRequest) -> HttpResponse:
    courses = learner_record.of_course(request.user, all_courses(settings.COURSE_CONTENT).values())
    return render(request, "courses/mine.html", {"courses": courses, "labs": learner_record.of_labs(request.user)})
