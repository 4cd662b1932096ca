"""Terminal tokens: each lets a browser open one terminal. It is signed, valid for 30 seconds and one use, and never in a URL."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from redis import RedisError
from redis import asyncio as aioredis

from labs.engine.shared import pace

SALT = "labs.terminals.tokens"
LIFE = round(pace.seconds(30))  # seconds from the page's request to its first message to the gateway
SIGNED_OUT = "vaka:signed-out:{user}"  # when the user last signed out, as long as an older terminal could be open


class Mode(StrEnum):
    """The holder's permission: type, or only watch."""

    CONTROL = "control"
    VIEW = "view"


class TokenRefused(Exception):
    """The token opens no terminal. The text is for the person in front of the page."""


class TokenUnchecked(Exception):
    """The broker could not say whether the token was used before, so it opens no terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalToken:
    """The content of a token: whose terminal it opens, on which node, and how. The gateway answers in ``language``, the page's."""

    id: str
    user: int
    session: str
    node: str
    terminal: str
    mode: Mode
    language: str
    issued: float


def issue(user_id: int, session_id: UUID | str, node: str, terminal: str, mode: Mode | str) -> str:
    """Return a new token. The caller has checked that the user may have it."""
    token = TerminalToken(
        id=secrets.token_urlsafe(12),
        user=user_id,
        session=str(session_id),
        node=node,
        terminal=terminal,
        mode=Mode(mode),
        language=get_language() or settings.LANGUAGE_CODE,
        issued=time.time(),
    )
    return signing.dumps(asdict(token), salt=SALT)


def read(text: str) -> TerminalToken:
    """Return the contents of a token, if its signature is ours and not too old. Raises TokenRefused."""
    try:
        contents: Mapping[str, Any] = signing.loads(text, salt=SALT, max_age=LIFE)
    except signing.SignatureExpired as error:
        raise TokenRefused(_("This page waited too long to open the terminal. Open the terminal again.")) from error
    except signing.BadSignature as error:
        raise TokenRefused(_("The terminal token of this page is not valid. Open the terminal again.")) from error
    return TerminalToken(**{**contents, "mode": Mode(contents["mode"])})


async def use(token: TerminalToken, redis: aioredis.Redis) -> None:
    """Mark the token as used. Of two who use it, one is refused. Raises TokenRefused, TokenUnchecked."""
    try:
        # Twice its life: the mark must outlast the signature, whose age is read from the clock
        first = await redis.set(f"vaka:terminal-token:{token.id}", "1", nx=True, ex=2 * LIFE)
        signed_out = await redis.get(SIGNED_OUT.format(user=token.user))
    except (RedisError, OSError) as error:
        raise TokenUnchecked(
            _("The terminal cannot open now: the broker does not answer. Try again in a moment.")
        ) from error
    if not first:
        raise TokenRefused(_("The terminal token of this page was used before. Open the terminal again."))
    if is_from_before(token, signed_out):
        raise TokenRefused(_("You have signed out since. Sign in and open the terminal again."))


def is_from_before(token: TerminalToken, signed_out: bytes | str | None) -> bool:
    """Whether the token was issued before its user signed out. ``signed_out``: the value in Redis."""
    return signed_out is not None and token.issued <= float(signed_out)
