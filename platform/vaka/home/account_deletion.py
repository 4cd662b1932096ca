"""Deleting one's own account, with all that belongs to it; and how far the worker has come with what is no row."""

import logging

from django.core import signing
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from labs.models import Erasure
from vaka.accounts.models import User
from vaka.mentoring.models import Programme
from vaka.workshops.models import Role, WorkshopStaff

logger = logging.getLogger(__name__)
SALT = "vaka.home.deleted"


class Stays(Exception):
    """The account cannot be deleted by its owner; the text says why."""


def why_not(person: User) -> str:
    """Why somebody cannot delete their own account; empty if they can."""
    if (
        person.is_instructor
        or person.is_superuser
        or WorkshopStaff.objects.filter(user=person, role=Role.LEAD).exists()
    ):
        return _(
            "You run workshops or this server, and others' work depends on yours. The administration ends such an account."
        )
    led = Programme.objects.filter(coordinators=person).values("pk")
    if Programme.objects.filter(pk__in=led).annotate(n=Count("coordinators")).filter(n=1).exists():
        return _("You are the only coordinator of a programme. Add another one first, then delete your account.")
    return ""


def delete_account(person: User) -> str:
    """Delete a person and all that is theirs: rows now, files and labs that run by the worker, at once or when it is back.

    Returns the key of the page that says how far the worker has come. Raises Stays.
    """
    if reason := why_not(person):
        raise Stays(reason)
    number = person.pk
    with transaction.atomic():
        person.delete()  # labs.lifecycle.account_deletion writes down what is no row
        erasure = Erasure.objects.filter(person=number).latest("pk")
    logger.info("The owner of account %s has deleted it.", number)
    return key_of(erasure)


def key_of(erasure: Erasure) -> str:
    return signing.dumps(erasure.pk, salt=SALT)


def under_way(key: str) -> Erasure | None:
    """What is still to be removed; None if all is. Raises BadSignature."""
    return Erasure.objects.under_way().filter(pk=signing.loads(key, salt=SALT)).first()
