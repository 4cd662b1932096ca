"""The age of the lab image and its flavours, for pages and logs. The worker, which may use the engine, keeps it in the broker."""

import json
import logging
from collections.abc import Sequence

from redis import RedisError

from labs import events
from labs.engine.runtime.image import FRESH, Image

logger = logging.getLogger(__name__)

KEY, WARNED = "vaka:image", "vaka:image:warned"
DAY = 24 * 60 * 60


def keep(images: Sequence[Image]) -> None:
    """Store the list of the engine's images. Once a day log a warning if one is old. Nothing else depends on this."""
    try:
        broker = events.broker()
        broker.set(KEY, json.dumps([image.as_json() for image in images]))
        oldest = max(images, key=lambda image: image.age, default=None)
        if oldest and oldest.is_old and broker.set(WARNED, 1, nx=True, ex=DAY):
            logger.warning(
                "The packages of the lab image are %s days old. To build a new one, type: %s", oldest.age.days, FRESH
            )
    except RedisError as error:
        logger.warning("The age of the lab image was not kept: %s", error)


def read() -> Image | None:
    """Return the image that labs start from; None before a worker has looked, and without a broker."""
    return next((image for image in read_all() if not image.flavour), None)


def read_all() -> list[Image]:
    """Return the images that a worker has last seen on the engine, from the broker; empty before that, and without a broker."""
    try:
        kept = events.broker().get(KEY)
        return [Image.from_json(one) for one in json.loads(kept)] if kept else []
    except (RedisError, KeyError, TypeError, ValueError):
        return []
