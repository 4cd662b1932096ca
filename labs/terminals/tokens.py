"""Tickets: what lets a browser open one terminal. Signed, good for thirty seconds and one use, never in an address."""

import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from allauth.account.signals import password_changed, password_reset
from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.core import signing
from django.dispatch import receiver
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from redis import Redis, RedisError
from redis import asyncio as aioredis

logger = logging.getLogger(__name__)

SALT = "labs.terminals.tokens"
LIFE = 30  # seconds from the page's question to the gateway's first message
SIGNED_OUT = "vaka:signed-out:{user}"  # when the user last signed out, while a terminal of before could be open
USER_CHANNEL = "vaka:user:{user}"
DAY = 24 * 60 * 60


class Mode(StrEnum):
    """What the holder may do: type, or look only."""

    CONTROL = "control"
    VIEW = "view"


class TicketRefused(Exception):
    """The ticket opens nothing; the text is for the person who holds it."""


class TicketUnchecked(Exception):
    """We could not find out whether the ticket was used before, so it opens nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Whose terminal, where and how. ``language`` is the page's, so that the gateway answers in it."""

    id: str
    user: int
    session: str
    node: str
    terminal: str
    mode: Mode
    language: str
    issued: float


def issue(user_id: int, session_id: UUID | str, node: str, terminal: str, mode: Mode | str) -> str:
    """Return a new ticket. Whether the user may have it is for the caller to know."""
    ticket = Ticket(
        id=secrets.token_urlsafe(12),
        user=user_id,
        session=str(session_id),
        node=node,
        terminal=terminal,
        mode=Mode(mode),
        language=get_language() or settings.LANGUAGE_CODE,
        issued=time.time(),
    )
    return signing.dumps(asdict(ticket), salt=SALT)


def read(text: str) -> Ticket:
    """Return what a ticket says, if we signed it and its time is not over."""
    try:
        said: Mapping[str, Any] = signing.loads(text, salt=SALT, max_age=LIFE)
    except signing.SignatureExpired as error:
        raise TicketRefused(_("This ticket is too old. Open the terminal again.")) from error
    except signing.BadSignature as error:
        raise TicketRefused(_("This is not a ticket of ours. Open the terminal again.")) from error
    return Ticket(**{**said, "mode": Mode(said["mode"])})


async def use(ticket: Ticket, redis: aioredis.Redis) -> None:
    """Note that the ticket is used now; of two who try, one is refused."""
    try:
        # Twice its life: the signature is checked by the clock, the note must outlast it.
        first = await redis.set(f"vaka:ticket:{ticket.id}", "1", nx=True, ex=2 * LIFE)
        signed_out = await redis.get(SIGNED_OUT.format(user=ticket.user))
    except (RedisError, OSError) as error:
        raise TicketUnchecked(
            _("We could not check your ticket: the broker does not answer. Try again in a moment.")
        ) from error
    if not first:
        raise TicketRefused(_("This ticket was used before. Open the terminal again."))
    if is_from_before(ticket, signed_out):
        raise TicketRefused(_("You have signed out since. Sign in and open the terminal again."))


def is_from_before(ticket: Ticket, signed_out: bytes | str | None) -> bool:
    """Whether the ticket was issued before its user signed out; ``signed_out`` is what Redis holds."""
    return signed_out is not None and ticket.issued <= float(signed_out)


def close_all(user: int) -> None:
    """Void a user's tickets and close what they opened; a browser in which he may go on connects again by itself."""
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as redis:
            redis.set(SIGNED_OUT.format(user=user), repr(time.time()), ex=DAY)
            redis.publish(USER_CHANNEL.format(user=user), "signed out")
    except (RedisError, OSError):
        # Signing out must work with the broker gone; no new terminal opens without it either.
        logger.warning("The broker does not answer; terminals of user %s stay open until their lab ends.", user)


@receiver((user_logged_out, password_changed, password_reset), dispatch_uid="labs.terminals.tokens.signed_out")
def signed_out(*, user: Any, **_signal: Any) -> None:
    """He has signed out; or a new password has ended all his sign-ins of before."""
    if user is not None:
        close_all(user.pk)
