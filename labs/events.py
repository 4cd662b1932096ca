"""What happens to a lab session, told to the open pages: Redis pub/sub, one channel a session.

Nothing depends on an event: the row is the truth, and a page that missed one sees so when it connects again. So a
broker that is gone costs a warning here and never a lab.
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

OPEN = "vaka:open"  # the channel on which each open page names its session, when it opens and every heartbeat
OPEN_SECONDS = 40  # that this holds; more than two heartbeats
MARK = "vaka:mark"  # gone when the broker has lost its memory
BROKER_SECONDS = pace.seconds(1.0)  # to connect or to write; a page or a lab never waits longer for a broker


def channel(session: UUID | str) -> str:
    return f"vaka:session:{session}"


def open_key(session: UUID | str) -> str:
    """While it is set, a page of the session is open."""
    return f"{OPEN}:{session}"


def watched_key(session: UUID | str) -> str:
    """While it is set, somebody watches the session's lab and looks by himself."""
    return f"vaka:watched:{session}"


@cache
def _broker(url: str) -> Redis:
    return Redis.from_url(url, socket_connect_timeout=BROKER_SECONDS, socket_timeout=BROKER_SECONDS)


def broker() -> Redis:
    """The site's broker; may raise RedisError within BROKER_SECONDS."""
    return _broker(settings.REDIS_URL)


def broker_answers() -> bool:
    """Whether the broker answers within BROKER_SECONDS. Celery would try three times, and a page would wait for it."""
    try:
        return bool(broker().ping())
    except RedisError:
        return False


def broker_remembers() -> bool:
    """Whether the broker is the one that we asked last: it has our mark still. One that does not answer has lost nothing yet."""
    try:
        return not _broker(settings.REDIS_URL).set(MARK, 1, nx=True)
    except RedisError:
        return True


def publish(session: UUID, event: str, **facts: Any) -> None:
    """Tell the open pages of a session, once what they would then read is committed."""
    tell(channel(session), event, **facts)


def tell(channel: str, event: str, **facts: Any) -> None:
    """Tell those who listen to a channel, once what they would then read is committed."""
    told = text(event, **facts)
    transaction.on_commit(lambda: _send(channel, told))


def text(event: str, **facts: Any) -> str:
    """An event as it goes over its channel."""
    return json.dumps({"event": event, **facts})


def _send(channel: str, told: str) -> None:
    try:
        broker().publish(channel, told)
    except RedisError as error:
        logger.warning("An event of %s was not told: %s", channel, error)


async def hear(patterns: Sequence[str], heartbeat: float) -> AsyncGenerator[tuple[str, dict[str, Any]] | None]:
    """Yield None once we are subscribed, then each event with its channel, and None after each ``heartbeat`` seconds of silence."""
    redis = AsyncRedis.from_url(settings.REDIS_URL, socket_connect_timeout=BROKER_SECONDS)
    async with redis, redis.pubsub(ignore_subscribe_messages=True) as subscription:
        await subscription.psubscribe(*patterns)
        yield None
        while True:
            told = await subscription.get_message(timeout=heartbeat)
            yield (told["channel"].decode(), json.loads(told["data"])) if told else None


async def listen(session: UUID, heartbeat: float) -> AsyncGenerator[dict[str, Any] | None]:
    """Yield None once we are subscribed, then each event, and None after each ``heartbeat`` seconds of silence.

    All the while the session is marked as one with an open page, and "watch" is told when its lab begins to be watched, or ends.
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
            told = await subscription.get_message(timeout=heartbeat)
            event = json.loads(told["data"]) if told else None
            if event and event["event"] == "watch":
                watched = event["on"]
            if event and event["event"] == "state":
                marked = 0.0  # it may have become one that can be watched
            yield event


async def _mark_open(redis: AsyncRedis, session: UUID) -> bool:
    """Say that a page of the session is open; whether its lab is watched."""
    async with redis.pipeline(transaction=False) as pipe:
        pipe.set(open_key(session), 1, ex=OPEN_SECONDS)
        pipe.publish(OPEN, str(session))
        pipe.exists(watched_key(session))
        return bool((await pipe.execute())[-1])
