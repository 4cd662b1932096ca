"""``manage.py fits``: tells whether a class fits on this server."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from labs.capacity import fits
from labs.capacity.overcommit import host_memory
from labs.models import Host
from labs.models.host import MB
from labs.registry import versions
from labs.registry.versions import NoSuchLab

LIMITS = {"use": "memory", "ceiling": "ceiling", "cpu": "CPU"}

FEW = ", because few labs use all that they may at the same time"
LEGEND = """\
Use: the expected use of a lab, which is the memory measured here and a quarter more for what a learner does in it.
Full use: all that a lab may take, its limit and the kernel memory that it can hold beside its limit.
By use: the number of labs that fit if each uses what is expected.
By ceiling: the number of labs whose limits fit under the ceiling. The queue admits no more than the lower of the two.
At full use: the number of labs that fit if each uses all the memory that it may.
By CPU: the number of labs that are ready within {patience} s if all start at the same time."""


class Command(BaseCommand):
    help = "Print how many copies of each lab fit on this server, and how long a class waits. Exit status 1: it does not fit."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("labs", nargs="*", metavar="LAB", help="ids of labs (default: all labs)")
        parser.add_argument(
            "--seats", type=int, default=20, metavar="N", help="people who start at the same time (default: 20)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        seats: int = options["seats"]
        if not 1 <= seats <= fits.MOST_SEATS:
            raise CommandError(
                f"--seats is {seats}, but it must be from 1 to {fits.MOST_SEATS}. Give the number of people."
            )
        try:
            labs = versions.named(options["labs"])
        except NoSuchLab as error:
            raise CommandError(str(error)) from None
        host = Host.is_here()
        ceiling, times = host_memory(host).limit / MB / 1024, settings.LAB_OVERCOMMIT
        self.stdout.write(
            f"For labs this server has {host.memory / MB / 1024:.1f} GB of memory and {host.cores:g} cores."
        )
        self.stdout.write(
            f"The memory limits of all labs together have a ceiling of {ceiling:.1f} GB. "
            + (f"It is {times:g} times the memory for labs{FEW}." if times > 1 else "It is the memory for labs.")
        )
        found = fits.fits(labs, seats)
        self._table(found, seats)
        self.stdout.write(LEGEND.format(patience=fits.PATIENCE))
        self._conclude(found, seats)

    def _table(self, found: list[fits.Fit], seats: int) -> None:
        wide = max(len(fit.lab.id) for fit in found)
        ready = f"{seats} ready in"
        heads = f"{'use':>9}  {'limit':>8}  {'full use':>8}  {'by use':>6}  {'by ceiling':>10}  {'at full use':>11}  {'by CPU':>6}"
        self.stdout.write(f"{'lab':<{wide}}  {heads}  {ready:>14}  fits")
        for fit in found:
            mark = " " if fit.cost.measured else "*"
            row = f"{fit.lab.id:<{wide}}  {fit.megabytes:>5} MB{mark}"
            row += f"  {fit.limit_megabytes:>5} MB  {fit.full_use_megabytes:>5} MB"
            row += (
                f"  {fit.by_use:>6}  {fit.by_ceiling:>10}  {fit.at_full_use:>11}  {fit.by_cpu:>6}  {fit.seconds:>12} s"
            )
            self.stdout.write(f"{row}  {'yes' if fit.fits else f'no: {LIMITS[fit.binding]}, for {fit.most}'}")
        if not all(fit.cost.measured for fit in found):
            self.stdout.write("* Never started here: the numbers are estimates from the lab's nodes.")

    def _conclude(self, found: list[fits.Fit], seats: int) -> None:
        failed = [fit for fit in found if not fit.fits]
        if not failed:
            short = min(found, key=lambda fit: fit.at_full_use - fit.seats)
            self.stdout.write(f"{seats} seats fit.{_only(short) if short.at_full_use < short.seats else ''}")
            return
        first = min(failed, key=lambda fit: fit.most)
        cure = (
            "a server with more memory"
            if first.limit == "memory"
            else "more cores, or labs that are kept ready in the pool"
        )
        self.stdout.write(
            f"{seats} seats do not fit: at most {first.most} copies of {first.lab.id} fit. You need {cure}."
        )
        raise SystemExit(1)


def _only(fit: fits.Fit) -> str:
    copies = "copy" if fit.at_full_use == 1 else "copies"
    return f" If each used all the memory that it may, only {fit.at_full_use} {copies} of {fit.lab.id} would fit."
