"""Addresses as trainees in the room can open them."""

from django.urls import reverse

from vaka.accounts.requests import SignedInRequest
from vaka.web import site_address


def public_url(request: SignedInRequest, path: str) -> str:
    return f"{site_address.for_page(request)}{path}"


def join_url(request: SignedInRequest) -> str:
    return public_url(request, reverse("workshops:join"))
