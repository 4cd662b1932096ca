"""The permission to use a terminal. It is checked when a terminal opens, and every few seconds while it is open."""

import asyncio
import logging
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.db import DatabaseError, close_old_connections
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from redis import RedisError
from redis import asyncio as aioredis

from labs.models import EXAM_IS_OVER, ClassSeat, LabSession, State
from labs.models.observer import observers_of
from labs.terminals.tokens import SIGNED_OUT, Mode, TerminalToken, is_from_before

logger = logging.getLogger(__name__)

EVERY = 3.0  # seconds between two checks of all open terminals
BLIND = 60.0  # seconds that terminals stay open while the database does not answer
CHANNELS = ("vaka:session:*", "vaka:user:*")  # a message on one of them causes a check at once

type Sentence = str | Promise

UNCHECKED: Sentence = _("The database does not answer, so your permission cannot be checked. Try again soon.")
HANDED_OVER: Sentence = _(
    "The seat of this node has changed hands, so the node is being reset. This takes some seconds."
)


def refusals(held: Collection[TerminalToken]) -> dict[str, Sentence]:
    """Return why tokens give no right to a terminal (any more), by their ids. Four queries for any number of tokens."""
    wanted = {UUID(token.session) for token in held}
    needed = LabSession.objects.select_related("trouble_ticket").only(
        "learner", "state", "nodes_to_reset", "exam", "ends_at", "is_class", "trouble_ticket__opened_at"
    )
    sessions = {session.pk: session for session in needed.filter(pk__in=wanted)}
    users = get_user_model().objects.filter(pk__in={token.user for token in held}, is_active=True)
    active = set(users.values_list("pk", flat=True))
    # A person who stood up keeps the seat, and types there again when they are back
    seats = ClassSeat.objects.filter(session__in=wanted, left_at=None).values_list("session", "user", "nodes")
    nodes_of = {(session, user): nodes for session, user, nodes in seats}
    shared = {session for session, _user in nodes_of}
    observers = observers_of(wanted)
    found: dict[str, Sentence] = {}
    for token in held:
        session = sessions.get(UUID(token.session))
        owns = session is not None and session.learner_id == token.user
        sits = session is not None and token.node in nodes_of.get((session.pk, token.user), ())
        may_type = observers.get((session.pk, token.user)) if session else None  # None: the user is no observer
        # Observing is agreed with the learner, who cannot agree for the people at the seats of a class lab
        is_shared = session is not None and (session.is_class or session.pk in shared)
        observes = may_type is not None and not is_shared and (may_type or token.mode is Mode.VIEW)
        if session is None or not (owns or sits or observes) or token.user not in active:
            found[token.id] = _("You do not have permission to open this terminal.")
        elif session.state != State.READY or session.is_being_prepared:
            found[token.id] = _("The lab is not running.")
        elif token.node in session.nodes_to_reset:
            found[token.id] = HANDED_OVER
        elif session.exam_is_over:  # for observers too: they may be allowed to type
            found[token.id] = _(EXAM_IS_OVER)
    return found


@sync_to_async
def check(held: Collection[TerminalToken]) -> dict[str, Sentence]:
    """Call ``refusals`` from the event loop. No request ends here, so stale connections are closed by hand."""
    close_old_connections()
    try:
        return refusals(held)
    finally:
        close_old_connections()


class PermissionWatch:
    """Holds the tokens of the open terminals, and ends terminals whose user has lost the permission."""

    def __init__(self, redis: aioredis.Redis) -> None:
        self._redis = redis
        self._held: dict[str, tuple[TerminalToken, asyncio.Future[Sentence]]] = {}
        self._check_due = asyncio.Event()
        self._checked_at = time.monotonic()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._check_again()), asyncio.create_task(self._listen())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @contextmanager
    def holding(self, token: TerminalToken) -> Iterator[asyncio.Future[Sentence]]:
        """Hold the token. The future that is yielded gets a sentence when the permission ends."""
        end: asyncio.Future[Sentence] = asyncio.get_running_loop().create_future()
        self._held[token.id] = token, end
        try:
            yield end
        finally:
            del self._held[token.id]

    def held(self) -> list[TerminalToken]:
        return [token for token, _end in self._held.values()]

    def _end(self, ended: dict[str, Sentence]) -> None:
        for id_, sentence in ended.items():
            if id_ in self._held and not self._held[id_][1].done():
                self._held[id_][1].set_result(sentence)

    async def _check_again(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._check_due.wait(), EVERY)
            self._check_due.clear()
            if held := self.held():
                await self._check_once(held)
            else:
                self._checked_at = time.monotonic()

    async def _check_once(self, held: list[TerminalToken]) -> None:
        """Check all. While the database does not answer, terminals stay open for BLIND seconds."""
        try:
            self._end(await check(held))
            self._checked_at = time.monotonic()
        except DatabaseError:
            logger.exception("The permissions of %d open terminals could not be checked.", len(held))
            if time.monotonic() - self._checked_at > BLIND:
                self._end(dict.fromkeys((token.id for token in held), UNCHECKED))
        with suppress(RedisError, OSError):  # without a broker these terminals end with their labs
            users = sorted({token.user for token in held})
            signed_out = dict(zip(users, await self._redis.mget(SIGNED_OUT.format(user=u) for u in users), strict=True))
            self._end(
                {t.id: _("You have signed out.") for t in held if is_from_before(t, signed_out[t.user])},
            )

    async def _listen(self) -> None:
        """Wait for messages from the site. Without the broker only the check every few seconds remains."""
        while True:
            with suppress(RedisError, OSError):
                async with self._redis.pubsub() as messages:
                    await messages.psubscribe(*CHANNELS)
                    async for message in messages.listen():
                        channel = message["channel"].decode()
                        if any(channel.endswith((f":{t.session}", f":{t.user}")) for t in self.held()):
                            self._check_due.set()
            await asyncio.sleep(1)
