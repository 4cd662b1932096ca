"""The way back from a form that is on many pages: to the page that it names in its hidden field ``back``."""

from django.core.exceptions import DisallowedRedirect
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme


def redirect_back(request: HttpRequest, otherwise: str) -> HttpResponse:
    """Redirect to the path of this site that the form names, or to the page ``otherwise`` if it names none.

    Anybody can write anything into the field. Django's ``redirect`` would take a word in it for the name of a view.
    """
    back = request.POST.get("back", "")
    if not back.startswith("/") or not url_has_allowed_host_and_scheme(back, None):
        return redirect(otherwise)
    try:
        return HttpResponseRedirect(back)
    except DisallowedRedirect:  # too long, as a page with a long query can be
        return redirect(otherwise)
