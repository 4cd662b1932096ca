"""``manage.py relay``: runs the relay, the only way into a running lab."""

import asyncio
import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Run the relay: it connects processes that may not use the engine with this site's labs."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        from labs.engine.runtime import relay  # imported here, because it loads docker
        from labs.engine.runtime.driver import Engine

        os.umask(0o117)  # the socket is for owner and group
        settings.RELAY_SOCKET.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        asyncio.run(relay.serve(settings.RELAY_SOCKET, Engine(settings.SITE_ID_TEXT)))
