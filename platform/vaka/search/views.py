"""The page of the search."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labs import hooks
from vaka.search import site_index
from vaka.search.full_text_index import LONGEST


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:LONGEST]
    hits = site_index.index().search(query, closed=hooks.closed_labs(request))
    return render(request, "search/search.html", {"query": query, "hits": hits})
