"""The age of the lab image and its flavours, for pages and logs. The worker, which may use the engine, keeps it in the broker."""

import json
import logging
from collections.abc import Iterable, Sequence

from redis import RedisError

from labs import events
from labs.engine.runtime.image import Image
from vaka import operator_commands

logger = logging.getLogger(__name__)

KEY, WARNED = "vaka:image", "vaka:image:warned"
DAY = 24 * 60 * 60


def keep(images: Sequence[Image]) -> None:
    """Store the list of the engine's images. Once a day log a warning for each old one. Nothing else depends on this."""
    try:
        broker = events.broker()
        broker.set(KEY, json.dumps([image.as_json() for image in images]))
        old = old_of(images)
        if old and broker.set(WARNED, 1, nx=True, ex=DAY):
            for image in old:
                name = f"image flavour {image.flavour}" if image.flavour else "lab image"
                days = image.age.days
                logger.warning(
                    "The packages of the %s are %s days old. To build a new one, type: %s",
                    name,
                    days,
                    operator_commands.build_image(fresh=True),
                )
    except RedisError as error:
        logger.warning("The age of the lab image was not kept: %s", error)


def read() -> Image | None:
    """Return the image that labs start from; None before a worker has looked, and without a broker."""
    return next((image for image in read_all() if not image.flavour), None)


def read_old() -> list[Image]:
    """Return the old ones of the images that a worker has last seen."""
    return old_of(read_all())


def old_of(images: Iterable[Image]) -> list[Image]:
    return [image for image in images if image.is_old]


def read_all() -> list[Image]:
    """Return the images that a worker has last seen on the engine, from the broker; empty before that, and without a broker."""
    try:
        kept = events.broker().get(KEY)
        return [Image.from_json(one) for one in json.loads(kept)] if kept else []
    except (RedisError, KeyError, TypeError, ValueError):
        return []
