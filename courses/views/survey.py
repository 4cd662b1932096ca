"""The survey of a course."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from courses import services
from courses.blueprint import BEST
from courses.models import SurveyReply
from courses.views.content_or_404 import blueprint_or_404
from vaka.accounts.requests import SignedInRequest

SURVEY_LONGEST = 2000  # characters of a text
RATINGS = tuple(map(str, range(1, BEST + 1)))


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
