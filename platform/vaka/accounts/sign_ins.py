"""A person's sign-ins: the sessions of the browsers in which they have signed in, and how those of other browsers are ended."""

from django.contrib.auth import update_session_auth_hash
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from vaka.accounts.models import BrowserSession, User
from vaka.accounts.requests import SignedInRequest
from vaka.accounts.signals import send_sign_ins_ended

MOST = 20  # browsers in which a person is signed in; a new one ends the oldest


def sign_ins(person: User) -> QuerySet[BrowserSession]:
    return person.browser_sessions.filter(expire_date__gt=timezone.now())


def other_sign_ins(request: SignedInRequest) -> QuerySet[BrowserSession]:
    return sign_ins(request.user).exclude(pk=request.session.session_key)


def end_oldest_sign_ins(request: HttpRequest, person: User) -> None:
    """Leave room for the browser in which the person signs in now: its session is saved after the response."""
    others = person.browser_sessions.exclude(pk=request.session.session_key).order_by("-expire_date")
    too_many = list(others.values_list("pk", flat=True)[MOST - 1 :])
    if too_many:
        BrowserSession.objects.filter(pk__in=too_many).delete()
        send_sign_ins_ended(person.pk)


def end_other_sign_ins(request: SignedInRequest) -> None:
    """Sign the person out everywhere but in this browser, as a new password does.

    The session of this browser gets a new key, so its service worker forgets the pages that it keeps
    (``vaka.web.service_worker_session``).
    """
    person = request.user
    User.objects.filter(pk=person.pk).update(sign_ins_ended=F("sign_ins_ended") + 1)
    person.refresh_from_db(fields=["sign_ins_ended"])
    update_session_auth_hash(request, person)
