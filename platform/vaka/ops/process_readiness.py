"""Whether a process of the site is ready: the broker, the relay, a worker, the site or the gateway."""

import http.client
from contextlib import closing
from pathlib import Path

import redis
from django.conf import settings

from labs.engine.shared import pace, unix_socket
from vaka.ops import tls_certificate

# Seconds, on a machine of pace 1, for the answer that shows that a process is ready
BROKER_SECONDS, ANSWER_SECONDS = 1.0, 5.0


def always() -> bool:
    return True


def broker_answers() -> bool:
    seconds = pace.seconds(BROKER_SECONDS)
    made = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=seconds, socket_timeout=seconds)
    with closing(made) as connection:
        try:
            return bool(connection.ping())
        except redis.RedisError:
            return False


def listens(path: Path) -> bool:
    try:
        unix_socket.connect(str(path), seconds=pace.seconds(BROKER_SECONDS)).close()
    except OSError:
        return False
    return True


def ready_mark(name: str) -> Path:
    """Return the file that a worker creates when it is ready (``vaka.ops.apps``)."""
    return Path(settings.RELAY_SOCKET).parent / f"{name}.ready"


def answers_http(host: str, port: int) -> bool:
    tls = tls_certificate.trusting_our_certificate()
    seconds = pace.seconds(ANSWER_SECONDS)
    made = (
        http.client.HTTPSConnection(host, port, timeout=seconds, context=tls)
        if tls
        else http.client.HTTPConnection(host, port, timeout=seconds)
    )
    with closing(made) as connection:
        try:
            connection.request("GET", "/", headers={"Host": f"localhost:{port}"})
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            return False
    return True
