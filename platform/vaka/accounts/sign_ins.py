"""Ending a person's sign-ins in other browsers, at once and however many sessions the site has."""

from django.contrib.auth import update_session_auth_hash
from django.db.models import F

from vaka.accounts.models import User
from vaka.accounts.requests import SignedInRequest


def end_other_sign_ins(request: SignedInRequest) -> None:
    """Sign the person out everywhere but in this browser, as a new password does.

    The session of this browser gets a new key, so its service worker forgets the pages that it keeps
    (``vaka.web.service_worker_session``).
    """
    person = request.user
    User.objects.filter(pk=person.pk).update(sign_ins_ended=F("sign_ins_ended") + 1)
    person.refresh_from_db(fields=["sign_ins_ended"])
    update_session_auth_hash(request, person)
