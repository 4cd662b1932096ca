"""The placement test, which says with which course to begin."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from courses.loader import library
from courses.pages import placement as placement_page


@require_safe
def placement(request: HttpRequest) -> HttpResponse:
    """The questions; with answers in the address, where to begin. Nothing is stored, so everybody can take it, and again."""
    found = library(settings.COURSE_CONTENT)
    if found.placement is None:
        raise Http404(_("This site has no placement test."))
    context: dict[str, object] = {"questions": placement_page.questions_of(found.placement, request.GET)}
    if placement_page.has_answers(found.placement, request.GET):
        context["result"] = placement_page.result_of(found.placement, request.GET, found.courses)
    elif "sent" in request.GET:
        context["is_empty"] = True
    return render(request, "courses/placement.html", context)
