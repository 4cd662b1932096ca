"""Who may hold a terminal: asked when it opens, and again and again while it is open."""

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

from labs.models import ClassSeat, LabSession, State
from labs.models.observer import may_see
from labs.terminals.tokens import SIGNED_OUT, Mode, Ticket, is_from_before

logger = logging.getLogger(__name__)

EVERY = 3.0  # seconds between two looks at all that is open
BLIND = 60.0  # seconds that terminals stay open while we cannot look
CHANNELS = ("vaka:session:*", "vaka:user:*")  # a word on one of them makes us look at once

type Sentence = str | Promise

HANDED_OVER: Sentence = _("This node changes hands and is made new. That takes some seconds.")


def refusals(held: Collection[Ticket]) -> dict[str, Sentence]:
    """Return why tickets do not hold (any more), by their ids; four queries for any number of tickets."""
    wanted = {UUID(ticket.session) for ticket in held}
    needed = LabSession.objects.select_related("trouble_ticket").only(
        "learner", "state", "handed_over", "trouble_ticket__opened_at"
    )
    sessions = {session.pk: session for session in needed.filter(pk__in=wanted)}
    users = get_user_model().objects.filter(pk__in={ticket.user for ticket in held}, is_active=True)
    active = set(users.values_list("pk", flat=True))
    seats = ClassSeat.objects.filter(session__in=wanted).values_list("session", "user", "nodes")
    his = {(session, user): nodes for session, user, nodes in seats}
    visitors = may_see(wanted)
    found: dict[str, Sentence] = {}
    for ticket in held:
        session = sessions.get(UUID(ticket.session))
        owns = session is not None and session.learner_id == ticket.user
        sits = session is not None and ticket.node in his.get((session.pk, ticket.user), ())
        types = visitors.get((session.pk, ticket.user)) if session else None  # None: he is no visitor
        visits = types is not None and (types or ticket.mode is Mode.VIEW)
        if session is None or not (owns or sits or visits) or ticket.user not in active:
            found[ticket.id] = _("This terminal is not yours to open.")
        elif session.state != State.READY or session.is_being_prepared:
            found[ticket.id] = _("The lab is not running.")
        elif ticket.node in session.handed_over:
            found[ticket.id] = HANDED_OVER
    return found


@sync_to_async
def look(held: Collection[Ticket]) -> dict[str, Sentence]:
    """Ask the database from the event loop; no request ends here, so we let go of stale connections ourselves."""
    close_old_connections()
    try:
        return refusals(held)
    finally:
        close_old_connections()


class Watch:
    """Holds the tickets of the open terminals and ends those whose right has ended."""

    def __init__(self, redis: aioredis.Redis) -> None:
        self._redis = redis
        self._held: dict[str, tuple[Ticket, asyncio.Future[Sentence]]] = {}
        self._look_now = asyncio.Event()
        self._looked = time.monotonic()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._look_again()), asyncio.create_task(self._listen())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @contextmanager
    def over(self, ticket: Ticket) -> Iterator[asyncio.Future[Sentence]]:
        """Hold the ticket; what we yield gets a sentence when the ticket no longer holds."""
        end: asyncio.Future[Sentence] = asyncio.get_running_loop().create_future()
        self._held[ticket.id] = ticket, end
        try:
            yield end
        finally:
            del self._held[ticket.id]

    def held(self) -> list[Ticket]:
        return [ticket for ticket, _end in self._held.values()]

    def _end(self, ended: dict[str, Sentence]) -> None:
        for id_, sentence in ended.items():
            if id_ in self._held and not self._held[id_][1].done():
                self._held[id_][1].set_result(sentence)

    async def _look_again(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._look_now.wait(), EVERY)
            self._look_now.clear()
            if held := self.held():
                await self._look_once(held)
            else:
                self._looked = time.monotonic()

    async def _look_once(self, held: list[Ticket]) -> None:
        """Look; while the database does not answer, terminals stay open for a while, but not for ever."""
        try:
            self._end(await look(held))
            self._looked = time.monotonic()
        except DatabaseError:
            logger.exception("The rights of %d open terminals could not be checked.", len(held))
            if time.monotonic() - self._looked > BLIND:
                self._end({ticket.id: _("We cannot check who may type here. Try again soon.") for ticket in held})
        with suppress(RedisError, OSError):  # then their labs end them
            users = sorted({ticket.user for ticket in held})
            signed_out = dict(zip(users, await self._redis.mget(SIGNED_OUT.format(user=u) for u in users), strict=True))
            self._end(
                {t.id: _("You have signed out.") for t in held if is_from_before(t, signed_out[t.user])},
            )

    async def _listen(self) -> None:
        """Wait for words from the site; without the broker we only look every few seconds."""
        while True:
            with suppress(RedisError, OSError):
                async with self._redis.pubsub() as words:
                    await words.psubscribe(*CHANNELS)
                    async for word in words.listen():
                        channel = word["channel"].decode()
                        if any(channel.endswith((f":{t.session}", f":{t.user}")) for t in self.held()):
                            self._look_now.set()
            await asyncio.sleep(1)
