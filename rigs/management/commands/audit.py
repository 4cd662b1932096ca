"""``manage.py audit``: runs the attacks of ``rigs.audit`` on labs, and their controls."""

import logging
import os
import signal
import sys
import time
from typing import Any

from django.core.management.base import CommandError, CommandParser

from labs.engine.errors import EngineError
from labs.engine.runtime.flavours import known
from labs.registry import versions
from rigs import temporary_site
from rigs.audit import report, time_limits
from rigs.audit.attack import Family
from rigs.audit.families import EVERY, chosen
from rigs.audit.flavour_audits import audit_built, audit_in
from rigs.audit.run import Result, RunningSite, audit
from rigs.bench import learner
from rigs.bench.bench_site import bench_site, pages
from vaka.ops import syscalls
from vaka.ops.errors import CannotStart
from vaka.unbuffered_command import UnbufferedCommand


class Command(UnbufferedCommand):
    help = "Try to escape from a lab, or to harm others, in every way we know. The audit starts and removes real labs."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "wanted",
            nargs="*",
            help="only families whose name contains one of these words, and attacks with these numbers (A4); by default all",
        )
        parser.add_argument(
            "--flavour",
            nargs="+",
            choices=sorted(known()),
            default=[],
            metavar="NAME",
            help="make these attacks in labs of these image flavours, and not in those of the lab image",
        )
        parser.add_argument(
            "--slower",
            type=float,
            default=time_limits.factor,
            metavar="TIMES",
            help="multiply all time limits, for a machine that is slower than set-up has measured",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not temporary_site.is_ours():
            temporary_site.begin()
        logging.getLogger("httpx").setLevel(logging.WARNING)
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # so that labs are removed
        wanted = chosen(EVERY, options["wanted"])
        time_limits.factor = max(1.0, options["slower"])
        began = time.monotonic()
        try:
            if options["flavour"]:
                results = audit_in(options["flavour"], wanted, self.tell_result)
            else:
                results = self.audit(wanted) if wanted else []
                results += audit_built(options["wanted"], self.tell_result)
        except (EngineError, CannotStart) as error:
            raise CommandError(str(error)) from error
        finally:
            temporary_site.forget()
        if not results:
            names = ", ".join(family.name for family in EVERY)
            raise CommandError(
                f"No family has one of these words in its name, and no attack one of these numbers. The families are: {names}; "
                "flavour NAME."
            )
        bad = [result for result in results if not result.good]
        shown = sum(1 for result in results if result.control and result.control.through)
        self.stdout.write(
            f"\n{len({result.family for result in results})} families, {shown} attacks shown by a control, "
            f"{time.monotonic() - began:.0f} s. Remaining risks: docs/threat-model.md"
        )
        for result in bad:
            self.stdout.write(f"LOOK AT {result.attack.id}: {result.attack.title}")
        refused = sum(1 for result in results if not result.outcome.through)
        self.stdout.write(f"{len(results)} tried, {refused} refused")
        if bad:
            sys.exit(1)

    def audit(self, wanted: list[Family]) -> list[Result]:
        """Run the audit, beside a site of its own if the latency of others is measured."""
        if not any(attack.measures_latency for family in wanted for attack in family.attacks):
            return audit(wanted, self.tell_result)
        with bench_site(self.tell) as ready, pages(ready), learner.site_client() as client:
            # As if the browser ran on another machine, which does not wait for cores of this one
            syscalls.favour(os.getpid())
            page = f"/labs/{versions.all_labs()[0].id}/"

            def fetch() -> float:
                began = time.perf_counter()
                client.read(page)
                return time.perf_counter() - began

            return audit(wanted, self.tell_result, site=RunningSite(ready.runner, fetch))

    def tell_result(self, result: Result) -> None:
        self.tell(report.line(result))
