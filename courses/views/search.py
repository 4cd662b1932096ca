"""The search, and the glossary."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from courses import site_search
from courses.loader import library
from courses.search_index import LONGEST


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
