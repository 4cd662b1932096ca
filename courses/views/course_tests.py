"""The tests before and after a course."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses import services
from courses.blueprint import Part
from courses.models import TestPaper
from courses.pages import course_tests as test_page
from courses.views.content_or_404 import blueprint_or_404
from vaka.accounts.requests import SignedInRequest


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
    return render(request, "courses/course_test.html", context, status=status)
