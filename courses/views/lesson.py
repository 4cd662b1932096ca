"""The page of a lesson, its questions, and the ways between a lesson and its lab."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses import services
from courses.content import Course, Lesson
from courses.headings import with_ids
from courses.models import QuizAnswer
from courses.own_numbers import numbers_for
from courses.pages import quiz as quiz_page
from courses.pages.lesson_of_lab import goal_after, lesson_of_lab, remember
from courses.pages.my_progress import open_questions
from courses.quiz import Unreadable
from courses.views.content_or_404 import lesson_or_404, progress_of_reader, question_or_404
from labs.models import Attempt
from labs.registry.versions import NoSuchLab, newest
from vaka.accounts.requests import SignedInRequest
from vaka.web.post_only import form_on


@require_safe
def lesson(request: HttpRequest, course: str, lesson: str) -> HttpResponse:
    return lesson_page(request, *lesson_or_404(course, lesson))


def lesson_page(
    request: HttpRequest, course: Course, lesson: Lesson, problem: quiz_page.Problem | None = None, status: int = 200
) -> HttpResponse:
    """Show a lesson. ``problem``: one of its questions got an answer that could not be read."""
    progress = progress_of_reader(request, course)
    numbers = numbers_for(request.user, lesson)
    html, headings = with_ids(numbers.fill(lesson.html))
    after_quiz, later = with_ids(numbers.fill(lesson.after_quiz), "t")
    quiz = [("quiz", _("Check yourself"))] if lesson.quiz else []
    context = {
        "course": course,
        "lesson": lesson,
        "numbers": numbers,
        "html": html,
        "after_quiz": after_quiz,
        "progress": progress,
        "next": course.after(lesson),
        "previous": course.before(lesson),
        "headings": [*headings, *quiz, *later],
        "marked_done": lesson.id in progress.marked_done,
        "done": progress.is_done(lesson),
        "open_questions": open_questions(progress, lesson),
    }
    if lesson.quiz:
        tries = list(QuizAnswer.objects.filter(learner=request.user.pk, quiz=lesson.quiz.id))
        context["quiz"] = quiz_page.questions_for(str(request.user.pk), lesson.quiz, tries, problem)
    if lesson.lab:
        remember(request, course, lesson)
        try:
            context["lab"] = newest(lesson.lab)
        except NoSuchLab:  # a site may have courses without their labs; check_content reports that
            context["lab"] = None
        if request.user.is_authenticated:
            context["best"] = Attempt.objects.best(request.user, lesson.lab)
    return render(request, "courses/lesson.html", context, status=status)


@require_safe
def lab_lesson(request: HttpRequest, lab: str) -> HttpResponse:
    """Lead from a lab to its lesson."""
    course, lesson = lesson_of_lab(request, lab)
    return redirect("courses:lesson", course.id, lesson.id) if course and lesson else redirect("courses:catalogue")


@require_safe
def after_lab(request: HttpRequest, lab: str) -> HttpResponse:
    """Lead from a lab to the first open question of its lesson, or to the next lesson that is not done."""
    course, lesson = lesson_of_lab(request, lab)
    if not (course and lesson):
        return redirect("courses:catalogue")
    goal = goal_after(lesson, course, progress_of_reader(request, course))
    if goal is None:
        return redirect("courses:course", course.id)
    place = quiz_page.first_open_question(request.user, goal.quiz) if goal.lab == lab else ""
    return redirect(reverse("courses:lesson", args=[course.id, goal.id]) + place)


@login_required
@require_POST
@form_on("courses:lesson", place="done")
def mark_done(request: SignedInRequest, course: str, lesson: str) -> HttpResponse:
    """Mark a lesson as done, or undo that. Then lead to the first question that is open, or to where the button was."""
    found_course, found_lesson = lesson_or_404(course, lesson)
    place = "#done"
    if request.POST.get("done") == "no":
        services.mark_lesson_not_done(request.user, found_course, found_lesson)
    else:
        services.mark_lesson_done(request.user, found_course, found_lesson)
        place = quiz_page.first_open_question(request.user, found_lesson.quiz) or place
    return redirect(reverse("courses:lesson", args=[found_course.id, found_lesson.id]) + place)


@login_required
@require_POST
@form_on("courses:lesson", place="q-{question}")
def answer(request: SignedInRequest, course: str, lesson: str, question: str) -> HttpResponse:
    """Store a try, and go back to its question."""
    found_course, found_lesson = lesson_or_404(course, lesson)
    asked = question_or_404(found_lesson, question)
    try:
        if "show" in request.POST:
            services.show_answer(request.user, found_lesson, asked)
        elif found_lesson.quiz:
            shown = quiz_page.questions_for(str(request.user.pk), found_lesson.quiz, ())
            [on_page] = [one for one in shown if one.question is asked]
            services.answer_question(request.user, found_course, found_lesson, asked, on_page.given(request.POST))
    except Unreadable as problem:
        sent = quiz_page.Problem(asked.id, str(problem), request.POST)
        return lesson_page(request, found_course, found_lesson, sent, HTTPStatus.UNPROCESSABLE_ENTITY)
    except services.TooEarly:
        pass  # the page offers no such button yet; it shows the number of tries
    return redirect(reverse("courses:lesson", args=[found_course.id, found_lesson.id]) + f"#q-{asked.id}")
