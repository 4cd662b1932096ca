"""Questions: a trainee asks from a lesson or a failing check, both sides reply, and the trainee closes or deletes the question."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from courses.loader import catalogue
from labs.models import Attempt, ClassSeat, LabSession
from labs.pages.lab_page import LabPage
from labs.registry.versions import NoSuchLab
from vaka.accounts.requests import SignedInRequest
from vaka.mentoring import questions, services
from vaka.mentoring.forms import QuestionForm, ReplyForm
from vaka.mentoring.models import Mentorship, Question
from vaka.mentoring.pages.question_subject import QuestionSubject
from vaka.mentoring.permissions import for_members, question_of
from vaka.web.post_only import form_on


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def ask_lesson(request: SignedInRequest, course: str, lesson: str) -> HttpResponse:
    """Ask the mentor about a lesson."""
    found = catalogue(settings.COURSE_CONTENT).get(course)
    here = found.lesson(lesson) if found else None
    if found is None or here is None:
        raise Http404(_("There is no such lesson."))
    return _ask(request, questions.about_lesson(found, here), None)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def ask_check(request: SignedInRequest, session: UUID, check: str) -> HttpResponse:
    """Ask the mentor about a check that fails. Its verdict goes with the question."""
    found = get_object_or_404(LabSession.objects.open_to(request.user), pk=session)
    try:
        page = LabPage.of(found, request.user)
    except (NoSuchLab, ClassSeat.DoesNotExist) as error:
        raise Http404 from error
    context = questions.about_check(found, check, page)
    if context is None:
        raise Http404(_("This check does not fail any more, so there is nothing to ask about it."))
    return _ask(request, *context)


def _ask(request: SignedInRequest, subject: dict[str, Any], attempt: Attempt | None) -> HttpResponse:
    mentorships = list(Mentorship.objects.open().filter(trainee=request.user).select_related("mentor", "programme"))
    if not mentorships:
        messages.warning(
            request,
            _("You have no mentor yet, so nobody can read your question. Ask the people who run this site for one."),
        )
        return redirect("mentoring:my_mentors")
    form = QuestionForm(request.POST or None)
    if request.method == "POST" and not questions.may_write(request.user):
        form.add_error("text", _too_many())
    if request.method == "POST" and form.is_valid():
        wanted = request.POST.get("mentorship", "")
        mentorship = next((one for one in mentorships if str(one.pk) == wanted), mentorships[0])
        question = questions.ask(mentorship, form.cleaned_data["text"], subject, attempt)
        messages.success(
            request, _("Your question is sent. The answer will appear here; your start page will tell you.")
        )
        return redirect("mentoring:question", question.pk)
    context = {"about": QuestionSubject(subject), "mentorships": mentorships, "form": form}
    return render(request, "mentoring/ask.html", context, status=422 if request.method == "POST" else 200)


def _too_many() -> str:
    text = _(
        "You have written %(most)d questions and replies, and no more can be stored. Delete questions that you no longer need."
    )
    return text % {"most": questions.MOST_TEXTS}


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: SignedInRequest, asked: int) -> HttpResponse:
    """A question with its subject and the replies. The trainee and their mentors write replies here."""
    found = question_of(request, asked)
    is_own = found.trainee_id == request.user.pk
    form = ReplyForm(request.POST or None)
    if request.method == "POST" and "close" in request.POST:
        if not is_own:
            raise Http404
        questions.close(found)
        return redirect("mentoring:question", found.pk)
    if request.method == "POST" and is_own and not questions.may_write(request.user):
        form.add_error("text", _too_many())
    if request.method == "POST" and form.is_valid():
        questions.reply(found, request.user, form.cleaned_data["text"])
        messages.success(request, _("The reply is sent."))
        return redirect("mentoring:question", found.pk)
    context = {
        "question": found,
        "about": QuestionSubject(found.about),
        "notes": found.notes.select_related("author"),
        "is_own": is_own,
        "form": form,
    }
    if is_own:
        services.mark_seen(request.user, question=found)
    return render(request, "mentoring/question.html", context, status=422 if request.method == "POST" else 200)


@for_members
@require_POST
@form_on("mentoring:my_mentors")
def delete_question(request: SignedInRequest, asked: int) -> HttpResponse:
    """Delete a question of the trainee's own, with all replies."""
    get_object_or_404(Question, pk=asked, trainee=request.user).delete()
    messages.success(request, _("The question is deleted."))
    return redirect("mentoring:my_mentors")
