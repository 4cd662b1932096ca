"""People delete their own account here, with everything that belongs to it.

Rows are deleted at once. A worker deletes files and running labs later; ``erasure_under_way`` shows how far it is.
"""

import logging

from django.core import signing
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from labs.models import Erasure
from vaka.accounts.models import User
from vaka.mentoring.models import Programme
from vaka.workshops.models import Role, TeamMember

logger = logging.getLogger(__name__)
SALT = "vaka.home.deleted"


class CannotDelete(Exception):
    """The owner cannot delete the account. The text says why."""


def reason_against(person: User) -> str:
    """Return why the person cannot delete their own account; empty if they can."""
    leads = TeamMember.objects.accepted().filter(user=person, role=Role.LEAD).exists()
    if person.is_instructor or person.is_superuser or leads:
        return _(
            "You cannot delete this account yourself, because you run workshops or this site and the work of other people "
            "depends on it. Ask an administrator to delete it."
        )
    led = Programme.objects.filter(coordinators=person).values("pk")
    if Programme.objects.filter(pk__in=led).annotate(n=Count("coordinators")).filter(n=1).exists():
        return _(
            "You are the only coordinator of a mentoring programme. Add another coordinator first, then delete your account."
        )
    return ""


def delete_account(person: User) -> str:
    """Delete a person's account and everything that belongs to it.

    Rows are deleted now. The worker deletes files and running labs, at once or as soon as it runs again. Returns the key of
    the page that shows how far it is. Raises CannotDelete.
    """
    if reason := reason_against(person):
        raise CannotDelete(reason)
    number = person.pk
    with transaction.atomic():
        person.delete()  # labs.lifecycle.account_deletion then stores which files and labs are left to delete
        erasure = Erasure.objects.filter(person=number).latest("pk")
    logger.info("The owner of account %s has deleted it.", number)
    return erasure_key(erasure)


def erasure_key(erasure: Erasure) -> str:
    return signing.dumps(erasure.pk, salt=SALT)


def erasure_under_way(key: str) -> Erasure | None:
    """Return what is still to be deleted; None if everything is. Raises BadSignature."""
    return Erasure.objects.under_way().filter(pk=signing.loads(key, salt=SALT)).first()
