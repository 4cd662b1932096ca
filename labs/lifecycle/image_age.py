"""How old the lab image is, for pages and logs: the worker, who may use the engine, keeps it in the broker."""

import json
import logging

from redis import RedisError

from labs import events
from labs.engine.runtime.image import FRESH, Image

logger = logging.getLogger(__name__)

KEY, TOLD = "vaka:image", "vaka:image:told"
DAY = 24 * 60 * 60


def keep(image: Image | None) -> None:
    """Keep what the engine has; once a day, let the log say that it is old. Nothing depends on it."""
    try:
        broker = events.broker()
        if image is None:
            broker.delete(KEY)
            return
        broker.set(KEY, json.dumps(image.as_json()))
        if image.is_old and broker.set(TOLD, 1, nx=True, ex=DAY):
            logger.warning("The packages of the lab image are %s days old. Type: %s", image.age.days, FRESH)
    except RedisError as error:
        logger.warning("The age of the lab image was not kept: %s", error)


def read() -> Image | None:
    """The image of which labs are made; None while nobody has looked, and without a broker."""
    try:
        kept = events.broker().get(KEY)
        return Image.from_json(json.loads(kept)) if kept else None
    except (RedisError, KeyError, TypeError, ValueError):
        return None
