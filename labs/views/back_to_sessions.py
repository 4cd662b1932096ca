"""The way back from a button of an instructor to the list of sessions."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from vaka.accounts.requests import SignedInRequest


def back_to_sessions(request: SignedInRequest) -> HttpResponse:
    """Redirect to the list of sessions, with the filters that it had."""
    filters = {name: request.POST[name] for name in ("lab", "q") if request.POST.get(name)}
    return redirect(f"{reverse('labs:sessions')}?{urlencode(filters)}" if filters else "labs:sessions")
