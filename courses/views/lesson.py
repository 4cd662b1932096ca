"""Pages of courses. Everybody may read the courses; what a learner did is shown to that learner only."""

from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses import recall as recalling
from courses import services, site_search
from courses.blueprint import BEST, Blueprint, Part
from courses.certificate_progress import certificate_progress
from courses.content import Course, Lesson
from courses.headings import with_ids
from courses.loader import catalogue as course_catalogue
from courses.loader import library
from courses.models import Enrolment, QuizAnswer, RecallAnswer, SurveyReply, TestPaper
from courses.own_numbers import numbers_for
from courses.pages import catalogue as catalogue_page
from courses.pages import course_test as test_page
from courses.pages import progress as progress_page
from courses.pages import quiz as quiz_page
from courses.pages import recall as recall_page
from courses.progress import CourseProgress, progress_in
from courses.quiz import Question, Unreadable
from courses.search_index import LONGEST
from courses.slide_deck import slides_of
from labs.models import Attempt
from labs.registry.versions import NoSuchLab, newest
from vaka.accounts.requests import SignedInRequest
from vaka.accounts.teaching import for_trainers, teaches

SURVEY_LONGEST = 2000  # characters of a text
RATINGS = tuple(map(str, range(1, BEST + 1)))


def course_or_404(course_id: str) -> Course:
    course = course_catalogue(settings.COURSE_CONTENT).get(course_id)
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


def visitor_progress(request: HttpRequest, course: Course) -> CourseProgress:
    """Return the progress of the learner who is signed in; of a visitor without an account, an empty one."""
    return progress_in(request.user, course) if request.user.is_authenticated else CourseProgress(course)


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    reader = request.user if request.user.is_authenticated else None
    found = catalogue_page.catalogue_for(reader, course_catalogue(settings.COURSE_CONTENT))
    return render(request, "courses/catalogue.html", {"catalogue": found})


@require_safe
def course(request: HttpRequest, course: str) -> HttpResponse:
    found = course_or_404(course)
    reader = request.user if request.user.is_authenticated else None
    row = catalogue_page.catalogue_for(reader, course_catalogue(settings.COURSE_CONTENT)).rows[found.id]
    progress, enrolled = row.progress or CourseProgress(found), row.enrolled
    context = {"course": found, "row": row, "progress": progress, "done": progress.done, "enrolled": enrolled}
    if request.user.is_authenticated and enrolled:
        context["certificate"] = certificate_progress(request.user, progress)
    return render(request, "courses/course.html", context)


@require_safe
def lesson(request: HttpRequest, course: str, lesson: str) -> HttpResponse:
    return lesson_page(request, *lesson_or_404(course, lesson))


def lesson_page(
    request: HttpRequest, course: Course, lesson: Lesson, problem: quiz_page.Problem | None = None, status: int = 200
) -> HttpResponse:
    """Show a lesson. ``problem``: one of its questions got an answer that could not be read."""
    progress = visitor_progress(request, course)
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
        "open_questions": progress.open_questions(lesson),
    }
    if lesson.quiz:
        tries = list(QuizAnswer.objects.filter(learner=request.user.pk, quiz=lesson.quiz.id))
        context["quiz"] = quiz_page.questions_for(str(request.user.pk), lesson.quiz, tries, problem)
    if lesson.lab:
        try:
            context["lab"] = newest(lesson.lab)
        except NoSuchLab:  # a site may have courses without their labs; check_content reports that
            context["lab"] = None
        if request.user.is_authenticated:
            context["best"] = Attempt.objects.best(request.user, lesson.lab)
    return render(request, "courses/lesson.html", context, status=status)


@require_safe
def lab_lesson(request: HttpRequest, lab: str) -> HttpResponse:
    """Lead from a lab to the lesson that names it, in a course that the learner takes if there is one."""
    found = _course_with(request, lab)
    if not found:
        return redirect("courses:catalogue")
    return redirect("courses:lesson", found.id, next(lesson.id for lesson in found.lessons() if lesson.lab == lab))


def _course_with(request: HttpRequest, lab: str) -> Course | None:
    """Return the course that names the lab; of several the one in which the learner is enrolled."""
    every = course_catalogue(settings.COURSE_CONTENT).values()
    courses = [course for course in every if any(lesson.lab == lab for lesson in course.lessons())]
    enrolled = set(Enrolment.objects.filter(learner=request.user.pk).values_list("course", flat=True))
    return next((course for course in courses if course.id in enrolled), next(iter(courses), None))


@require_safe
def slides(request: HttpRequest, course: str, lesson: str) -> HttpResponse:
    """The slides of a lesson, for everybody who may read it. They have no notes."""
    return _slides(request, "courses/slides.html", course, lesson)


@for_trainers
@require_safe
def presenter(request: SignedInRequest, course: str, lesson: str) -> HttpResponse:
    """The window of the person who presents: notes, the next slide and a clock. It moves the window with the slides."""
    return _slides(request, "courses/presenter.html", course, lesson)


def _slides(request: HttpRequest, template: str, course: str, lesson: str) -> HttpResponse:
    found_course, found = lesson_or_404(course, lesson)
    numbers = numbers_for(request.user, found)
    context = {
        "course": found_course,
        "lesson": found,
        "slides": slides_of(found, numbers),
        "numbers": numbers,
        "teaches": teaches(request.user),
    }
    return render(request, template, context)


@require_safe
def after_lab(request: HttpRequest, lab: str) -> HttpResponse:
    """Lead from a lab back to the lesson that names it; if the learner has done that lesson, to the next one after it."""
    found = _course_with(request, lab)
    if not found:
        return redirect("courses:catalogue")
    progress = visitor_progress(request, found)
    lessons = [lesson for lesson in found.lessons() if lesson.lab == lab]
    # Not the first lesson that is open: the learner may have left one out on purpose
    every = list(found.lessons())
    later = [*lessons, *every[every.index(lessons[-1]) + 1 :]]
    goal = next((lesson for lesson in later if not progress.is_done(lesson)), progress.next_lesson)
    return redirect("courses:lesson", found.id, goal.id) if goal else redirect("courses:course", found.id)


@login_required
@require_POST
def enrol(request: SignedInRequest, course: str) -> HttpResponse:
    found = course_or_404(course)
    services.enrol(request.user, found)
    return redirect("courses:course", found.id)


@login_required
@require_POST
def mark_done(request: SignedInRequest, course: str, lesson: str) -> HttpResponse:
    """Mark a lesson as done, or undo that. Then lead to the first question that is open, or to where the button was."""
    found_course, found_lesson = lesson_or_404(course, lesson)
    place = "done"
    if request.POST.get("done") == "no":
        services.mark_lesson_not_done(request.user, found_course, found_lesson)
    else:
        services.mark_lesson_done(request.user, found_course, found_lesson)
        if found_lesson.quiz:
            tries = QuizAnswer.objects.filter(learner=request.user, quiz=found_lesson.quiz.id)
            questions = quiz_page.questions_for(str(request.user.pk), found_lesson.quiz, tries)
            place = next((f"q-{one.question.id}" for one in questions if not one.is_finished), place)
    return redirect(reverse("courses:lesson", args=[found_course.id, found_lesson.id]) + f"#{place}")


@login_required
@require_POST
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


def blueprint_or_404(course_id: str) -> tuple[Course, Blueprint]:
    course = course_or_404(course_id)
    if course.blueprint is None:
        raise Http404(_("This course has no tests."))
    return course, course.blueprint


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def course_test(request: SignedInRequest, course: str, part: str) -> HttpResponse:
    """The test before or after a course. A learner hands it in once, and then sees how many answers were right."""
    found, blueprint = blueprint_or_404(course)
    if part not in tuple(Part):
        raise Http404(_("There is no such test."))
    which, learner = Part(part), str(request.user.pk)
    context: dict[str, object] = {"course": found, "part": which}
    status = HTTPStatus.OK
    paper = TestPaper.objects.filter(learner=request.user, course=found.id, part=which).first()
    if paper is None and request.method == "POST":
        sent = test_page.read_form(learner, blueprint, which, request.POST)
        if not sent.problems:
            services.hand_in(request.user, found, blueprint, which, sent.given)
            return redirect("courses:test", found.id, which)
        context["questions"] = test_page.questions_of(learner, blueprint, which, sent.problems)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    elif paper is None:
        context["questions"] = test_page.questions_of(learner, blueprint, which)
    else:
        context["result"] = test_page.Result(blueprint, paper)
    return render(request, "courses/test.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def survey(request: SignedInRequest, course: str) -> HttpResponse:
    """The survey of a course, for one learner. They reply once."""
    found, blueprint = blueprint_or_404(course)
    if request.method == "POST":
        answers: dict[str, int | str] = {}
        for item in blueprint.survey:
            given = request.POST.get(item.id, "").strip()[:SURVEY_LONGEST]
            if item.is_rating and given in RATINGS:
                answers[item.id] = int(given)
            elif given and not item.is_rating:
                answers[item.id] = given
        services.reply_to_survey(request.user, found, answers)
        return redirect("courses:survey", found.id)
    has_replied = SurveyReply.objects.filter(learner=request.user, course=found.id).exists()
    context = {"course": found, "survey": blueprint.survey, "ratings": RATINGS, "has_replied": has_replied}
    return render(request, "courses/survey.html", context)


@require_safe
def project(request: HttpRequest, course: str) -> HttpResponse:
    """The closing project of a course, with the checklist by which it is marked."""
    found = course_or_404(course)
    if found.project is None:
        raise Http404(_("This course has no closing project."))
    return render(request, "courses/project.html", {"course": found, "project": found.project})


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    terms = library(settings.COURSE_CONTENT).glossary.terms
    with_related = [(term, [terms[other] for other in term.see]) for term in terms.values()]
    return render(request, "courses/glossary.html", {"terms": with_related})


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:LONGEST]
    hits = site_search.index().search(query, closed=site_search.closed_labs(request))
    return render(request, "courses/search.html", {"query": query, "hits": hits})


@login_required
@require_safe
def my_progress(request: SignedInRequest) -> HttpResponse:
    courses = progress_page.course_rows(request.user, course_catalogue(settings.COURSE_CONTENT).values())
    labs, tickets = progress_page.lab_rows(request.user)
    questions = recall_page.questions(request.user, timezone.now())
    context = {"courses": courses, "labs": labs, "tickets": tickets, "questions": questions}
    return render(request, "courses/my_progress.html", context)


@login_required
@require_safe
def recall(request: SignedInRequest) -> HttpResponse:
    """The first of the questions that are due today, or of those that went wrong."""
    which, questions = _which(request.GET), recall_page.questions(request.user, timezone.now())
    if asked := questions.of(which):
        return _recall_question(request, asked[0], which, len(asked))
    return render(request, "courses/recall.html", {"which": which, "questions": questions})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def recall_question(request: SignedInRequest, quiz: str, question: str) -> HttpResponse:
    """One question that came back. POST stores an answer; then the page says whether it is right."""
    asked = recall_page.question_of(request.user, quiz, question)
    if asked is None:
        raise Http404(_("There is no such question."))
    which = _which(request.POST or request.GET)
    left = len(recall_page.questions(request.user, timezone.now()).of(which))
    if request.method == "POST":
        given = None if "unsure" in request.POST else asked.on_page().given(request.POST)
        try:
            recalling.answer(asked.card, asked.question, given)
        except Unreadable as problem:
            sent = quiz_page.Problem(question, str(problem), request.POST)
            return _recall_question(request, asked, which, left, sent)
        return redirect(reverse("courses:recall_question", args=[quiz, question]) + f"?of={which}&answered=yes")
    answer = RecallAnswer.objects.filter(learner=request.user, quiz=quiz, question=question).last()
    if answer is None or "answered" not in request.GET:
        return _recall_question(request, asked, which, left)
    context = {"asked": asked, "answer": answer, "shown": asked.on_page(answer=answer), "which": which, "left": left}
    return render(request, "courses/recall_answer.html", context)


def _which(form: QueryDict) -> str:
    return recall_page.WRONG if form.get("of") == recall_page.WRONG else recall_page.DUE


def _recall_question(
    request: SignedInRequest,
    asked: recall_page.Asked,
    which: str,
    left: int,
    problem: quiz_page.Problem | None = None,
) -> HttpResponse:
    context = {"asked": asked, "shown": asked.on_page(problem), "which": which, "left": left}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return render(request, "courses/recall.html", context, status=status)
