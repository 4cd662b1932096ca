"""Names the session of a response to the service worker, which keeps pages for this session only and deletes them with it."""

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

HEADER = "Vaka-Reader"
NOBODY = "nobody"


def reader_of(request: HttpRequest) -> str:
    """Return a name that no other session has, and from which its key cannot be found; NOBODY if nobody is signed in."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or SESSION_KEY not in request.session:
        return NOBODY
    return salted_hmac(
        "vaka.web.service_worker_session", request.session.session_key or "", algorithm="sha256"
    ).hexdigest()[:32]


def is_known(request: HttpRequest) -> bool:
    """Whether naming the session costs no query: there is none, or the view has used it."""
    return settings.SESSION_COOKIE_NAME not in request.COOKIES or request.session.accessed
