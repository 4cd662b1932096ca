"""The address of the gateway, for the pages that open terminals."""

from django.conf import settings
from django.http import HttpRequest

from vaka.web.request_origin import host_of


def gateway_address(request: HttpRequest) -> str:
    """Return the address of the gateway's WebSocket: the one that is set, or this host with the gateway's port."""
    if settings.GATEWAY_URL:
        return settings.GATEWAY_URL
    scheme = "wss" if request.is_secure() else "ws"
    return f"{scheme}://{host_of(request)}:{settings.GATEWAY_PORT}/terminal"
