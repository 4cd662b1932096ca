"""``manage.py resume_all``: resumes the lab sessions that a power cut or ``end_day`` ended, each from its last save."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from labs import events
from labs.engine.errors import EngineError
from labs.lifecycle import end_of_day, reconciliation
from vaka import operator_commands


class Command(BaseCommand):
    help = "Resume all lab sessions that a power cut or end_day ended, each from its last save."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--hours", type=float, default=96, help="only sessions that ended in the last hours (default: 96)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not events.broker_answers():
            raise CommandError(
                f"The site does not run. Start it first ({operator_commands.start()}), then repeat this command."
            )
        try:
            reconciliation.compare()
        except EngineError as error:
            raise CommandError(
                f"The running labs cannot be listed: {error} Start the engine, then repeat this command."
            ) from None
        resumed, refused = end_of_day.resume_all(timezone.now() - timedelta(hours=options["hours"]))
        for cut, why in refused:
            self.stderr.write(f"{cut.learner}  {cut.lab}  not resumed: {why}")
        for cut, session in resumed:
            work = session.resumes
            what = f"from the save of {work.made_at:%H:%M:%S}" if work else "from the start: there is no save"
            self.stdout.write(f"{cut.learner}  {cut.lab}  {what}")
        self.stdout.write(f"{len(resumed)} sessions resume; they wait in the queue and start one after the other")
