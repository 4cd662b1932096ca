"""Addresses as trainees in the room can open them."""

from django.conf import settings
from django.urls import reverse

from vaka.accounts.requests import SignedInRequest


def public_url(request: SignedInRequest, path: str) -> str:
    return f"{settings.LAN_URL}{path}" if settings.LAN_URL else request.build_absolute_uri(path)


def join_url(request: SignedInRequest) -> str:
    return public_url(request, reverse("workshops:join"))
