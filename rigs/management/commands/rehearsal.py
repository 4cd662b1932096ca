"""``manage.py rehearsal``: plays a workshop with ``rigs.rehearsal``, with a client for each seat."""

import json
import logging
import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from labs.engine.errors import EngineError
from rigs import temporary_site
from vaka.ops.errors import CannotStart
from vaka.ops.site_client import Unexpected
from vaka.unbuffered_command import UnbufferedCommand

LAB = "ospfv3-one-area"


class Command(UnbufferedCommand):
    help = "Play a workshop on this server, with real labs and a client for each seat. The last line is JSON."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seats", type=int, default=30, help="number of trainees (30)")
        parser.add_argument("--lab", default=LAB, help=f"the lab that all of them do ({LAB})")

        parser.add_argument("--keys", type=int, default=150, help="keys that each trainee presses, five a second (150)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not temporary_site.is_ours():
            temporary_site.begin()
        for name in ("httpx", "labs", "vaka"):
            logging.getLogger(name).setLevel(logging.ERROR)  # one line for each request would hide the report
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        try:
            good = self.play(max(1, options["seats"]), options["lab"], max(1, options["keys"]))
        except (EngineError, CannotStart, Unexpected, TimeoutError) as reason:
            raise CommandError(f"The rehearsal stopped: {reason}") from None
        except KeyboardInterrupt:
            raise CommandError("The rehearsal was interrupted.", returncode=130) from None
        finally:
            temporary_site.forget()
        if not good:
            sys.exit(1)

    def play(self, seats: int, lab: str, keys: int) -> bool:
        from labs.registry import versions
        from rigs.child_site import ChildSite
        from rigs.rehearsal.class_play import ClassPlay
        from rigs.rehearsal.figures import missed
        from rigs.rehearsal.workshop_play import WorkshopPlay

        site = ChildSite(Path(settings.STATE_DIR) / "up.log")
        call_command("migrate", verbosity=0)
        site.start()
        try:
            played = versions.newest(lab)
            kind = ClassPlay if played.has_bots else WorkshopPlay
            rehearsal = kind(min(seats, len(played.seats)) if played.has_bots else seats, lab, keys, self.tell)
            found = rehearsal.run()
        finally:
            site.stop()
            leave_nothing()
        for one in (*rehearsal.notes.errors, *rehearsal.notes.wrong):
            self.tell(f"WRONG: {one}")
        for one in missed(found):
            self.tell(f"MISSED: {one}")
        self.tell(json.dumps(found))
        return not (rehearsal.notes.errors or rehearsal.notes.wrong)  # speed is in the last line, and no failure


def leave_nothing() -> None:
    """Remove the labs that an interrupted rehearsal has left."""
    from labs.engine.runtime.driver import Engine

    engine = Engine(settings.SITE_ID_TEXT)
    for session in engine.sessions():
        engine.remove(session)
    engine.close()
