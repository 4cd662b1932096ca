"""``manage.py watcher``: runs the process that makes live checks (``labs.live.watcher``)."""

import asyncio
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Run the live checks of labs whose pages are open, after each change in the network, so that verdicts stay current."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        from labs.live import watcher  # imported here, because no other command needs it

        asyncio.run(watcher.serve())
