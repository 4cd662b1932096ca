"""What every page may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from vaka.web.http import passkeys_work


def site(request: HttpRequest) -> dict[str, Any]:
    return {"passkeys_work": lambda: passkeys_work(request), "sends_mail": settings.MAIL}
