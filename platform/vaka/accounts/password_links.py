"""Password reset links that administrators and instructors create and hand over, for sites that send no mail."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaka.accounts.models import INSTRUCTORS, MENTORS, PasswordLink, User
from vaka.web import site_address

logger = logging.getLogger(__name__)

CREATED_A_LINK = gettext_noop("Created a password reset link.")


@dataclass(frozen=True, slots=True)
class PasswordResetLink:
    """It works once, until ``ends``. It also ends when the person signs in."""

    path: str
    ends: datetime


def may_reset(actor: User, person: User) -> bool:
    """Return whether the actor may reset the person's password."""
    return resettable_by(actor).filter(pk=person.pk).exists()


def resettable_by(actor: User) -> QuerySet[User]:
    """Return the active people whose password the actor may reset: never somebody with the same permissions.

    Administrators may reset everybody but superusers. Instructors may reset their own trainees, unless these help to run something.
    Only the apps above this one know who these are: the functions in settings.PEOPLE_TRAINEES and PEOPLE_WITH_A_PART.
    """
    everybody = User.objects.filter(is_active=True)
    if not actor.is_active or not actor.is_instructor:
        return everybody.none()
    if actor.is_superuser:
        return everybody
    if actor.is_staff:
        return everybody.filter(is_superuser=False)
    trainees, privileged = Q(pk__in=[]), Q(is_staff=True) | Q(is_superuser=True)
    for name in settings.PEOPLE_TRAINEES:
        trainees |= Q(pk__in=import_string(name)(actor))
    for name in settings.PEOPLE_WITH_A_PART:
        privileged |= Q(pk__in=import_string(name)())
    groups = Q(pk__in=User.objects.filter(groups__name__in=(MENTORS, INSTRUCTORS)).values("pk"))
    return everybody.filter(trainees).exclude(privileged | groups)


def create_link(actor: User, person: User) -> PasswordResetLink:
    """Create a link for the person, log who created it, and notify the person. Raises PermissionDenied."""
    if not may_reset(actor, person):
        raise PermissionDenied(f"{actor} may not reset the password of {person}.")
    row = User.objects.filter(pk=person.pk)
    LogEntry.objects.log_actions(actor.pk, row, CHANGE, CREATED_A_LINK, single_object=True)
    record_and_notify(person, actor)
    return link_for(person)


def record_and_notify(person: User, by: User | None) -> None:
    """Store that a link was created, and notify the person: on their next pages, on the account page, and by mail.

    BY is None if somebody created the link on the command line of the server.
    """
    with transaction.atomic():
        made = PasswordLink.objects.create(person=person, by=by)
        User.objects.filter(pk=person.pk).update(has_unread_password_link=True)
    if settings.MAIL and person.email:
        values = {
            "who": by.shown_name if by else _("An administrator of this site"),
            "at": date_format(made.made_at.astimezone(UTC), "j F Y, H:i"),
            "name": person.username,
            "site": site_address.for_mail(),
        }
        text = _(
            "%(who)s created a password reset link for your account %(name)s on %(site)s, at %(at)s (UTC).\n\n"
            "If you asked for this link, you need not do anything. If you did not, sign in, change your password, and tell "
            "an administrator of the site."
        )
        try:
            person.email_user(_("A password reset link was created for your account"), text % values)
        except OSError as error:  # smtplib's errors are OSErrors
            logger.warning("The mail to user %s about a password reset link could not be sent: %s", person.pk, error)


def mark_read(person: User) -> None:
    """Store that the person has read the notice about the last link."""
    User.objects.filter(pk=person.pk).update(has_unread_password_link=False)


def link_for(person: User) -> PasswordResetLink:
    key = default_token_generator.make_token(person)
    url_parts = {"uidb36": user_pk_to_url_str(person), "key": key}
    return PasswordResetLink(
        reverse("account_reset_password_from_key", kwargs=url_parts),
        timezone.now() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    )


def find(actor: User, words: str) -> QuerySet[User]:
    """Return the people whose password the actor may reset and whose names or e-mail address contain each word."""
    found = resettable_by(actor).order_by("username")
    for word in words.split():
        found = found.filter(
            Q(username__icontains=word)
            | Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(email__icontains=word)
        )
    return found
