"""Links to a new password, for where no mail can carry them: the instructor hands them over."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaka.accounts.models import INSTRUCTORS, MENTORS, LinkMade, User

logger = logging.getLogger(__name__)

MADE_A_LINK = gettext_noop("Made a link to a new password.")


@dataclass(frozen=True, slots=True)
class Link:
    """Works once, until ``ends``; also a new sign-in of the person ends it."""

    path: str
    ends: datetime


def may_reset(actor: User, person: User) -> bool:
    """Say whether the actor may give the person a new password."""
    return within_reach(actor).filter(pk=person.pk).exists()


def within_reach(actor: User) -> QuerySet[User]:
    """Active people whom the actor may give a new password: never somebody who may do as much as they themselves.

    Staff: everybody who is no superuser. Instructors: trainees of their own, who have no part in running anything. Who these
    are is known to the apps above us; settings name the functions that know.
    """
    everybody = User.objects.filter(is_active=True)
    if not actor.is_active or not actor.is_instructor:
        return everybody.none()
    if actor.is_superuser:
        return everybody
    if actor.is_staff:
        return everybody.filter(is_superuser=False)
    theirs, have_a_part = Q(pk__in=[]), Q(is_staff=True) | Q(is_superuser=True)
    for name in settings.PEOPLE_TRAINEES:
        theirs |= Q(pk__in=import_string(name)(actor))
    for name in settings.PEOPLE_WITH_A_PART:
        have_a_part |= Q(pk__in=import_string(name)())
    groups = Q(pk__in=User.objects.filter(groups__name__in=(MENTORS, INSTRUCTORS)).values("pk"))
    return everybody.filter(theirs).exclude(have_a_part | groups)


def make_link(actor: User, person: User) -> Link:
    """Make a link for the person, write down who made it, and tell the person."""
    if not may_reset(actor, person):
        raise PermissionDenied(f"{actor} may give {person} no new password.")
    LogEntry.objects.log_actions(actor.pk, User.objects.filter(pk=person.pk), CHANGE, MADE_A_LINK, single_object=True)
    tell(person, actor)
    return link_for(person)


def tell(person: User, by: User | None) -> None:
    """Let the person read on their next pages, on the account page and by mail that a link was made. BY None: on the server."""
    with transaction.atomic():
        made = LinkMade.objects.create(person=person, by=by)
        User.objects.filter(pk=person.pk).update(link_is_news=True)
    if settings.MAIL and person.email:
        who = by.shown_name if by else _("Whoever runs this server")
        words = {
            "who": who,
            "at": f"{made.made_at:%Y-%m-%d %H:%M}",
            "name": person.username,
            "site": settings.PUBLIC_URL,
        }
        text = _(
            "%(who)s made a link to a new password for your account %(name)s on %(site)s, at %(at)s (UTC).\n\n"
            "If you asked for it, all is well. If not, sign in, choose another password, and tell the people who run the site."
        )
        try:
            person.email_user(_("A link to a new password was made for your account"), text % words)
        except OSError as error:  # smtplib's errors are these too; the pages tell all the same
            logger.warning("User %s was not told by mail of a link: %s", person.pk, error)


def was_read(person: User) -> None:
    User.objects.filter(pk=person.pk).update(link_is_news=False)


def link_for(person: User) -> Link:
    key = default_token_generator.make_token(person)
    where = {"uidb36": user_pk_to_url_str(person), "key": key}
    return Link(
        reverse("account_reset_password_from_key", kwargs=where),
        timezone.now() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    )


def find(actor: User, words: str) -> QuerySet[User]:
    """Return people within the actor's reach in whose names or address each of the words is."""
    found = within_reach(actor).order_by("username")
    for word in words.split():
        found = found.filter(
            Q(username__icontains=word)
            | Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(email__icontains=word)
        )
    return found
