import asyncio
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = (
        "Look at the labs whose pages are open, after something moved in them, so that verdicts change by themselves."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        from labs.live import watcher  # here: the other commands need none of it

        asyncio.run(watcher.serve())
