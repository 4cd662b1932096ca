"""The redirect of a GET of an address that only takes forms: to the page of the form.

A person comes to such an address after a sign-in, by the reload button, or from the history of the browser.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import combinations
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, Resolver404, resolve, reverse

PAGE, PLACE = "page_of_form", "place_of_form"


def form_on[View: Callable[..., Any]](page: str, place: str = "") -> Callable[[View], View]:
    """Name the page of a form, where the nearest address above is another one, or that of a thing which the form deletes.

    ``place`` is the id of the form on a long page; it may have values of the address, as in "q-{question}".
    """

    def name(view: View) -> View:
        setattr(view, PAGE, page)
        setattr(view, PLACE, place)
        return view

    return name


def page_of(request: HttpRequest) -> str:
    """Return the address of the page that has the form: the one that the view names, with the place of the form there.

    If the view names none, it is the nearest address above.
    """
    match = request.resolver_match
    if match and (named := getattr(match.func, PAGE, "")):
        place = getattr(match.func, PLACE, "")
        return _reversed(named, match.kwargs) + (f"#{place.format_map(match.kwargs)}" if place else "")
    parts = request.path.strip("/").split("/")
    above = ["/".join(["", *parts[:count]]) for count in range(len(parts) - 1, 0, -1)]
    return next((path for one in above for path in (f"{one}/", one) if _exists(path)), "/")


def _reversed(page: str, known: Mapping[str, Any]) -> str:
    """Return the path of a page, with those of the known values that its address has."""
    for count in range(len(known) + 1):
        for names in combinations(known, count):
            with suppress(NoReverseMatch):
                return reverse(page, kwargs={name: known[name] for name in names})
    raise NoReverseMatch(page)


def _exists(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
