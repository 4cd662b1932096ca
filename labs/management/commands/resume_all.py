"""``manage.py resume_all``: after a power cut, or the end of a day, all sessions that it ended go on from what was saved last."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from labs import events
from labs.engine.errors import EngineError
from labs.lifecycle import reaper, services


class Command(BaseCommand):
    help = "Resume all sessions whose labs vanished in a power cut, or which end_day stopped, from what was saved last."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--hours", type=float, default=96, help="labs that ended so in the last hours (96)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not events.broker_answers():
            raise CommandError("The site does not run. Start it first (make run), then type this in another terminal.")
        try:
            reaper.compare()
        except EngineError as error:
            raise CommandError(f"We cannot see which labs run: {error}") from None
        resumed, refused = services.resume_all(timezone.now() - timedelta(hours=options["hours"]))
        for cut, why in refused:
            self.stderr.write(f"{cut.learner}  {cut.lab}  not resumed: {why}")
        for cut, session in resumed:
            work = session.resumes
            what = f"from what was saved at {work.made_at:%H:%M:%S}" if work else "afresh: nothing had been saved"
            self.stdout.write(f"{cut.learner}  {cut.lab}  {what}")
        self.stdout.write(f"{len(resumed)} sessions resume; they start in their turn")
