"""The glossary."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from courses.loader import library


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    terms = library(settings.COURSE_CONTENT).glossary.terms
    with_related = [(term, [terms[other] for other in term.see]) for term in terms.values()]
    return render(request, "courses/glossary.html", {"terms": with_related})
