"""``manage.py bench``: measures a site with ``rigs.bench``."""

import logging
import signal
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from labs.engine.errors import EngineError
from rigs import temporary_site
from vaka.ops.errors import CannotStart
from vaka.unbuffered_command import UnbufferedCommand


class Command(UnbufferedCommand):
    help = "Measure starts, stops, grading, terminals and pages, beside what they are compared with. The last line is JSON."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--runs", type=int, default=5, help="number of rounds; results are medians (5)")
        parser.add_argument("--people", type=int, default=40, help="learners who press start at once (40)")
        parser.add_argument(
            "--labs", type=int, help="number of catalogue labs to start and grade without any work in them (all)"
        )
        parser.add_argument("--thin", action="store_true", help="also measure pages over a thin link, for some minutes")
        parser.add_argument(
            "--only",
            choices=("thin", "untouched"),
            help="measure pages over a thin link, or untouched labs, and nothing else",
        )
        parser.add_argument("--keys", type=int, default=240, help="keys pressed in each terminal (240)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not temporary_site.is_ours():
            temporary_site.begin()
        logging.getLogger("httpx").setLevel(logging.WARNING)  # one line for each request would hide the figures
        logging.getLogger("labs").setLevel(logging.ERROR)  # as would one for each lab
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        try:
            from rigs.bench.run import run, run_thin, run_untouched

            match options["only"]:
                case "thin":
                    return run_thin(self.tell)
                case "untouched":
                    return run_untouched(self.tell, labs=options["labs"])
            numbers = {"runs": max(1, options["runs"]), "people": max(2, options["people"])}
            run(self.tell, keys=max(20, options["keys"]), labs=options["labs"], thin=options["thin"], **numbers)
        except (EngineError, CannotStart, TimeoutError) as reason:
            raise CommandError(f"The benchmark stopped: {reason}") from None
        except KeyboardInterrupt:
            raise CommandError("The benchmark was interrupted.", returncode=130) from None
        finally:
            temporary_site.forget()
