"""The age of the lab image, for pages and logs. The worker, which may use the engine, keeps it in the broker."""

import json
import logging

from redis import RedisError

from labs import events
from labs.engine.runtime.image import FRESH, Image

logger = logging.getLogger(__name__)

KEY, WARNED = "vaka:image", "vaka:image:warned"
DAY = 24 * 60 * 60


def keep(image: Image | None) -> None:
    """Keep the engine's image; once a day log a warning if it is old. Nothing else depends on this."""
    try:
        broker = events.broker()
        if image is None:
            broker.delete(KEY)
            return
        broker.set(KEY, json.dumps(image.as_json()))
        if image.is_old and broker.set(WARNED, 1, nx=True, ex=DAY):
            logger.warning(
                "The packages of the lab image are %s days old. To build a new one, type: %s", image.age.days, FRESH
            )
    except RedisError as error:
        logger.warning("The age of the lab image was not kept: %s", error)


def read() -> Image | None:
    """Return the image that labs start from; None before a worker has looked, and without a broker."""
    try:
        kept = events.broker().get(KEY)
        return Image.from_json(json.loads(kept)) if kept else None
    except (RedisError, KeyError, TypeError, ValueError):
        return None
