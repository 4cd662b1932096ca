"""``manage.py end_day``: saves and stops what runs; each learner resumes it tomorrow."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labs import events
from labs.lifecycle import services
from labs.models import LabSession, State

PATIENCE = 120.0  # seconds


class Command(BaseCommand):
    help = "Save and stop all labs that run, or those of one lab. Each learner finds his work the next time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("lab", nargs="?", default="", help="the id of one lab (all labs if left out)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not events.broker_answers():
            raise CommandError("The site does not run, so nothing can be saved. Start it first: make run")
        sessions = services.end_day(options["lab"])
        keys = [session.pk for session in sessions]
        ends = time.monotonic() + PATIENCE
        while (left := LabSession.objects.live().filter(pk__in=keys).count()) and time.monotonic() < ends:
            time.sleep(0.2)
        for session in LabSession.objects.filter(pk__in=keys).select_related("learner"):
            save = session.saves.first()
            what = f"saved at {save.made_at:%H:%M:%S}" if save else "nothing had been typed"
            what = session.error or what if session.state == State.STOPPED else f"still {session.state}"
            self.stdout.write(f"{session.learner}  {session.lab}  {what}")
        self.stdout.write(f"{len(keys) - left} labs stopped, {left} still stopping")
        if left:
            raise CommandError(
                "Not all labs have stopped yet. They will; the log of the worker says what is in the way."
            )
