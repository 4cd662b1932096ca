"""Variables that every template can use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from vaka.web.request_origin import passkeys_work
from vaka.web.time_zones import zone_of


def site(request: HttpRequest) -> dict[str, Any]:
    use_time_zone(request)
    return {"passkeys_work": lambda: passkeys_work(request), "sends_mail": settings.MAIL}


def use_time_zone(request: HttpRequest) -> None:
    """Show times in the reader's time zone. ``vaka.web.middleware`` restores the default after the request."""
    user = getattr(request, "user", None)  # an error page may be made before the user is known
    timezone.activate(zone_of(getattr(user, "time_zone", "UTC")))
