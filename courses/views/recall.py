"""The questions that come back."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from courses import recall as recalling
from courses.models import RecallAnswer
from courses.pages import not_right_yet
from courses.pages import quiz as quiz_page
from courses.pages import recall as recall_page
from courses.quiz import Unreadable
from labs import hooks
from vaka.accounts.requests import SignedInRequest


@login_required
@require_safe
def recall(request: SignedInRequest) -> HttpResponse:
    """The first of the questions that are due today, or of those with a wrong answer."""
    which, questions = (
        _which(request.GET),
        recall_page.questions(request.user, timezone.now(), hooks.closed_labs(request)),
    )
    if asked := questions.of(which):
        return _recall_question(request, asked[0], which, len(asked))
    return render(
        request,
        "courses/recall.html",
        {"which": which, "questions": questions, "not_right_yet": not_right_yet.questions(request.user)},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def recall_question(request: SignedInRequest, quiz: str, question: str) -> HttpResponse:
    """One question that came back. POST stores an answer; then the page says whether it is right."""
    asked = recall_page.question_of(request.user, quiz, question)
    if asked is None:
        raise Http404(_("There is no such question."))
    which = _which(request.POST or request.GET)
    left = len(recall_page.questions(request.user, timezone.now(), hooks.closed_labs(request)).of(which))
    if request.method == "POST":
        given = None if "unsure" in request.POST else asked.on_page().given(request.POST)
        try:
            recalling.answer(asked.card, asked.question, given, version=request.POST.get("version", ""))
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
    version = recalling.version_of(asked.card)
    context = {"asked": asked, "shown": asked.on_page(problem), "version": version, "which": which, "left": left}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return render(request, "courses/recall.html", context, status=status)
