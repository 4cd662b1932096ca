"""What happens to a lab session, told to the open pages: Redis pub/sub, one channel a session.

Nothing depends on an event: the row is the truth, and a page that missed one sees so when it connects again. So a
broker that is gone costs a warning here and never a lab.
"""

import json
import logging
from collections.abc import AsyncGenerator
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from redis import Redis, RedisError
from redis.asyncio import Redis as AsyncRedis

logger = logging.getLogger(__name__)

BROKER_SECONDS = 1.0  # to connect or to write; a page or a lab never waits longer for a broker


def channel(session: UUID) -> str:
    return f"vaka:session:{session}"


@cache
def _broker(url: str) -> Redis:
    return Redis.from_url(url, socket_connect_timeout=BROKER_SECONDS, socket_timeout=BROKER_SECONDS)


def broker_answers() -> bool:
    """Whether the broker answers within BROKER_SECONDS. Celery would try three times, and a page would wait for it."""
    try:
        return bool(_broker(settings.REDIS_URL).ping())
    except RedisError:
        return False


def publish(session: UUID, event: str, **facts: Any) -> None:
    """Tell the open pages of a session, once what they would then read is committed."""
    text = json.dumps({"event": event, **facts})
    transaction.on_commit(lambda: _send(session, text))


def _send(session: UUID, text: str) -> None:
    try:
        _broker(settings.REDIS_URL).publish(channel(session), text)
    except RedisError as error:
        logger.warning("An event of session %s was not told: %s", session, error)


async def listen(session: UUID, heartbeat: float) -> AsyncGenerator[dict[str, Any] | None]:
    """Yield None once we are subscribed, then each event, and None after each ``heartbeat`` seconds of silence."""
    broker = AsyncRedis.from_url(settings.REDIS_URL, socket_connect_timeout=BROKER_SECONDS)
    async with broker, broker.pubsub(ignore_subscribe_messages=True) as subscription:
        await subscription.subscribe(channel(session))
        yield None
        while True:
            told = await subscription.get_message(timeout=heartbeat)
            yield json.loads(told["data"]) if told else None
