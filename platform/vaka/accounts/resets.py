"""Links to a new password, for where no mail can carry them: the instructor hands them over."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from vaka.accounts.models import User

MADE_A_LINK = gettext_noop("Made a link to a new password.")


@dataclass(frozen=True, slots=True)
class Link:
    """Works once, until ``ends``; also a new sign-in of the person ends it."""

    path: str
    ends: datetime


def may_reset(actor: User, person: User) -> bool:
    """Say whether the actor may give the person a new password: never to somebody who may do more than he himself."""
    if not person.is_active or not actor.is_active:
        return False
    if person.is_superuser:
        return actor.is_superuser
    if person.is_instructor:
        return actor.is_staff
    return actor.is_instructor


def make_link(actor: User, person: User) -> Link:
    """Make a link for the person, and write down who made it."""
    if not may_reset(actor, person):
        raise PermissionDenied(f"{actor} may give {person} no new password.")
    LogEntry.objects.log_actions(actor.pk, User.objects.filter(pk=person.pk), CHANGE, MADE_A_LINK, single_object=True)
    return link_for(person)


def link_for(person: User) -> Link:
    key = default_token_generator.make_token(person)
    where = {"uidb36": user_pk_to_url_str(person), "key": key}
    return Link(
        reverse("account_reset_password_from_key", kwargs=where),
        timezone.now() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    )


def find(words: str) -> QuerySet[User]:
    """Return active people in whose names or address each of the words is."""
    found = User.objects.filter(is_active=True).order_by("username")
    for word in words.split():
        found = found.filter(
            Q(username__icontains=word)
            | Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(email__icontains=word)
        )
    return found
