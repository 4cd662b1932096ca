"""``manage.py resume_all``: after a power cut, all sessions that were live at the cut go on from what was saved last."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from labs import events, published, reaper, services
from labs.engine.errors import EngineError


class Command(BaseCommand):
    help = "Resume all sessions whose labs vanished, by a power cut for example, from what was saved last. They stand in line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--hours", type=float, default=24, help="labs that vanished in the last hours (24)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not events.broker_answers():
            raise CommandError("The site does not run. Start it first (make run), then type this in another terminal.")
        try:
            reaper.compare()
        except EngineError as error:
            raise CommandError(f"We cannot see which labs run: {error}") from None
        resumed = 0
        for cut in services.were_cut_off(timezone.now() - timedelta(hours=options["hours"])):
            try:
                session = services.resume(cut)
            except (services.HasAnother, published.NoSuchLab) as error:
                self.stderr.write(f"{cut.learner}  {cut.lab}  not resumed: {error}")
                continue
            resumed += 1
            work = session.resumes
            what = f"from what was saved at {work.made_at:%H:%M:%S}" if work else "afresh: nothing had been saved"
            self.stdout.write(f"{cut.learner}  {cut.lab}  {what}")
        self.stdout.write(f"{resumed} sessions resume; they start in their turn")
