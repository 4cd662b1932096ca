"""The page of a learner's own progress."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from courses.loader import catalogue as course_catalogue
from courses.pages import my_progress as my_progress_page
from courses.pages import not_right_yet
from courses.pages import recall as recall_page
from labs import hooks
from labs.lifecycle import fault_rungs
from vaka.accounts.requests import SignedInRequest


@login_required
@require_safe
def my_progress(request: SignedInRequest) -> HttpResponse:
    courses = my_progress_page.course_rows(request.user, course_catalogue(settings.COURSE_CONTENT).values())
    labs, tickets = my_progress_page.lab_rows(request.user)
    questions = recall_page.questions(request.user, timezone.now(), hooks.closed_labs(request))
    ladders = my_progress_page.ladders(request.user, labs, tickets)
    context = {"courses": courses, "labs": labs, "ladders": ladders, "tickets": tickets, "questions": questions}
    context["not_right_yet"] = not_right_yet.questions(request.user)
    context["rungs"] = [(rung.label, meaning) for rung, meaning in fault_rungs.MEANINGS.items()]
    return render(request, "courses/my_progress.html", context)
