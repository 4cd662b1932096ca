"""Lets a visitor who was invited by a link create an account, also where sign-up is closed."""

from urllib.parse import urlsplit

from allauth.account.utils import get_next_redirect_url
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from vaka.mentoring.models import Mentorship


def signup_voucher(request: HttpRequest) -> str:
    """Return a text that identifies the open invitation to which the visitor goes after sign-up; empty if there is none.

    ``vaka.accounts.signup`` calls this (settings.SIGNUP_VOUCHERS).
    """
    path = urlsplit(get_next_redirect_url(request) or "").path
    try:
        found = resolve(path) if path else None
    except Resolver404:
        return ""
    if found is None or found.view_name != "mentoring:by_link":
        return ""
    invitation = Mentorship.objects.waiting().filter(trainee=None, key=found.kwargs["key"]).exclude(key="").first()
    return f"mentorship {invitation.pk} {invitation.key}" if invitation else ""
