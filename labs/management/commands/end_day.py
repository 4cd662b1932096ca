"""``manage.py end_day``: saves and stops the running labs; each learner can resume theirs the next day."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labs import events
from labs.engine.shared import pace
from labs.lifecycle import end_of_day
from labs.models import LIVE, LabSession
from vaka import operator_commands

PATIENCE = pace.seconds(120.0)


class Command(BaseCommand):
    help = "Save and stop all running labs, or those of one lab. Learners can resume their work the next time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("lab", nargs="?", default="", help="the id of a lab (default: all labs)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not events.broker_answers():
            raise CommandError(
                f"The site does not run, so nothing can be saved. Start it first: {operator_commands.start()}"
            )
        sessions = end_of_day.end_day(options["lab"])
        keys = [session.pk for session in sessions]
        ends = time.monotonic() + PATIENCE
        while (left := LabSession.objects.live().filter(pk__in=keys).count()) and time.monotonic() < ends:
            time.sleep(0.2)
        unsaved = []
        for session in LabSession.objects.filter(pk__in=keys).select_related("learner"):
            save = session.saves.first()
            what = f"saved at {save.made_at:%H:%M:%S}" if save else "no changes to save"
            if session.state not in LIVE and session.error and session.was_touched:
                unsaved.append(f"{session.learner} {session.lab}")
                what = f"NOT SAVED: {session.error}"
            elif session.state in LIVE:
                what = f"still {session.state}"
            self.stdout.write(f"{session.learner}  {session.lab}  {what}")
        self.stdout.write(f"{len(keys) - left} labs stopped, {left} still stopping")
        if left:
            raise CommandError(
                "Some labs are still stopping. They will stop by themselves. If they do not, see the worker's log."
            )
        if unsaved:
            raise CommandError(
                f"The latest work in these labs could not be saved: {', '.join(unsaved)}. Earlier saves are kept. "
                "The worker's log says why. To go on without the work in a lab, stop it on the page Sessions before."
            )
