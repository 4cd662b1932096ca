"""Events of lab sessions for the open pages, over Redis pub/sub, one channel for each session.

Events are only hints to read the rows again: a page that missed one sees the present state at the next heartbeat, or when it
connects again. So without a broker labs still work, and a warning is logged.
"""

import json
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from redis import Redis, RedisError
from redis.asyncio import Redis as AsyncRedis

from labs.engine.shared import pace

logger = logging.getLogger(__name__)

OPEN = "vaka:open"  # the channel on which each open page names its session, when it opens and at every heartbeat
OPEN_SECONDS = 40  # for which a page counts as open; more than two heartbeats
MARK = "vaka:mark"  # missing when the broker has lost its memory
BROKER_SECONDS = pace.seconds(1.0)  # to connect or to write; a page or a lab never waits longer for a broker


def channel(session: UUID | str) -> str:
    return f"vaka:session:{session}"


def open_key(session: UUID | str) -> str:
    """While it is set, a page of the session is open."""
    return f"{OPEN}:{session}"


def watched_key(session: UUID | str) -> str:
    """While it is set, the watcher watches the session's lab and runs live checks."""
    return f"vaka:watched:{session}"


@cache
def _broker(url: str) -> Redis:
    return Redis.from_url(url, socket_connect_timeout=BROKER_SECONDS, socket_timeout=BROKER_SECONDS)


def broker() -> Redis:
    """Return the site's broker. Its calls may raise RedisError within BROKER_SECONDS."""
    return _broker(settings.REDIS_URL)


def broker_answers() -> bool:
    """Whether the broker answers within BROKER_SECONDS. Celery would try three times, and the page would wait."""
    try:
        return bool(broker().ping())
    except RedisError:
        return False


def broker_remembers() -> bool:
    """Whether the broker still has the mark of the last call. A broker that does not answer has lost nothing yet."""
    try:
        return not _broker(settings.REDIS_URL).set(MARK, 1, nx=True)
    except RedisError:
        return True


def publish(session: UUID, event: str, **data: Any) -> None:
    """Publish an event to the open pages of a session after the transaction is committed."""
    publish_on(channel(session), event, **data)


def publish_on(channel: str, event: str, **data: Any) -> None:
    """Publish an event on a channel after the transaction is committed."""
    message = text(event, **data)
    transaction.on_commit(lambda: send(channel, message))


def text(event: str, **data: Any) -> str:
    """Return an event as it is sent over a channel."""
    return json.dumps({"event": event, **data})


def send(channel: str, message: str) -> None:
    try:
        broker().publish(channel, message)
    except RedisError as error:
        logger.warning("An event on %s was not published: %s", channel, error)


async def subscribe(patterns: Sequence[str], heartbeat: float) -> AsyncGenerator[tuple[str, dict[str, Any]] | None]:
    """Yield None after subscribing, then each event with its channel, and None after each ``heartbeat`` seconds without one."""
    redis = AsyncRedis.from_url(settings.REDIS_URL, socket_connect_timeout=BROKER_SECONDS)
    async with redis, redis.pubsub(ignore_subscribe_messages=True) as subscription:
        await subscription.psubscribe(*patterns)
        yield None
        while True:
            message = await subscription.get_message(timeout=heartbeat)
            yield (message["channel"].decode(), json.loads(message["data"])) if message else None


async def listen(session: UUID, heartbeat: float) -> AsyncGenerator[dict[str, Any] | None]:
    """Yield None after subscribing, then each event, and None after each ``heartbeat`` seconds without one.

    Meanwhile the session is marked as having an open page. "watch" is yielded when the watch of its lab begins or ends.
    """
    redis = AsyncRedis.from_url(settings.REDIS_URL, socket_connect_timeout=BROKER_SECONDS)
    watched, marked = False, 0.0
    async with redis, redis.pubsub(ignore_subscribe_messages=True) as subscription:
        await subscription.subscribe(channel(session))
        yield None
        while True:
            if time.monotonic() - marked >= heartbeat:
                marked, before = time.monotonic(), watched
                watched = await _mark_open(redis, session)
                if watched != before:
                    yield {"event": "watch", "on": watched}
            message = await subscription.get_message(timeout=heartbeat)
            event = json.loads(message["data"]) if message else None
            if event and event["event"] == "watch":
                watched = event["on"]
            if event and event["event"] == "state":
                marked = 0.0  # a session that has become ready can be watched
            yield event


async def _mark_open(redis: AsyncRedis, session: UUID) -> bool:
    """Mark the session as having an open page. Return whether its lab is watched."""
    async with redis.pipeline(transaction=False) as pipe:
        pipe.set(open_key(session), 1, ex=OPEN_SECONDS)
        pipe.publish(OPEN, str(session))
        pipe.exists(watched_key(session))
        return bool((await pipe.execute())[-1])
