"""Closes all terminals of a user, and voids their tokens: when they sign out, and when other sign-ins of theirs end."""

import logging
import time

from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from redis import Redis, RedisError

from labs.engine.shared import pace
from labs.terminals import tokens
from vaka.accounts.models import User
from vaka.accounts.signals import sign_ins_ended

logger = logging.getLogger(__name__)

BROKER_SECONDS = pace.seconds(2.0)  # to connect or to write; signing out never waits longer for a broker
USER_CHANNEL = "vaka:user:{user}"
DAY = 24 * 60 * 60


def close_all(user: int) -> None:
    """Void a user's tokens and close their terminals. A browser that is still signed in connects again by itself."""
    try:
        with Redis.from_url(
            settings.REDIS_URL, socket_timeout=BROKER_SECONDS, socket_connect_timeout=BROKER_SECONDS
        ) as redis:
            redis.set(tokens.SIGNED_OUT.format(user=user), repr(time.time()), ex=DAY)
            redis.publish(USER_CHANNEL.format(user=user), "signed out")
    except (RedisError, OSError):
        # Signing out must work without the broker. No new terminal opens without it
        logger.warning("The broker does not answer; terminals of user %s stay open until their lab ends.", user)


@receiver(user_logged_out, dispatch_uid="labs.terminals.closing_terminals.signed_out")
def signed_out(*, user: User | None, **_signal: object) -> None:
    if user is not None:
        close_all(user.pk)


@receiver(sign_ins_ended, dispatch_uid="labs.terminals.closing_terminals.close_of_ended_sign_ins")
def close_of_ended_sign_ins(*, user: int, **_signal: object) -> None:
    """Close the terminals of a user whose other sign-ins have ended, by a new password or a newer sign-in."""
    close_all(user)
