"""``manage.py fits``: tells whether a class fits on this server."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labs.capacity import fits
from labs.capacity.overcommit import host_memory
from labs.models import Host
from labs.models.host import MB
from labs.registry import versions
from labs.registry.versions import NoSuchLab

LIMITS = {"use": "memory", "limit": "memory limits", "cpu": "CPU"}


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
        ceiling = host_memory(host).limit / MB / 1024
        self.stdout.write(f"For labs this server has {host.memory / MB / 1024:.1f} GB and {host.cores:g} cores.")
        self.stdout.write(f"All labs together can use at most {ceiling:.1f} GB of memory.")
        found = fits.fits(labs, seats)
        self._table(found, seats)
        self._conclude(found, seats)

    def _table(self, found: list[fits.Fit], seats: int) -> None:
        wide = max(len(fit.lab.id) for fit in found)
        ready = f"{seats} ready in"
        heads = f"{'each':>9}  {'at most':>8}  {'by memory':>9}  {'by limit':>8}  {'by CPU':>6}"
        self.stdout.write(f"{'lab':<{wide}}  {heads}  {ready:>14}  fits")
        for fit in found:
            mark = " " if fit.cost.measured else "*"
            row = f"{fit.lab.id:<{wide}}  {fit.megabytes:>5} MB{mark}  {fit.megabytes_at_most:>5} MB"
            row += f"  {fit.by_use:>9}  {fit.by_limit:>8}  {fit.by_cpu:>6}  {fit.seconds:>12} s"
            self.stdout.write(f"{row}  {'yes' if fit.fits else f'no: {LIMITS[fit.binding]}, for {fit.most}'}")
        if not all(fit.cost.measured for fit in found):
            self.stdout.write("* Never started here: the numbers are estimates from the lab's nodes.")
        self.stdout.write("By limit: the number of labs that fit even if each uses all memory up to its limit.")
        beside, beside_all = fits.kernel_memory_mb(found, seats)
        self.stdout.write(
            f"Not counted: the kernel may hold up to {beside} MB beside the limit of each lab, "
            f"{beside_all / 1024:.1f} GB for {seats} of them."
        )
        self.stdout.write(
            f"By CPU: the number of labs that are ready within {fits.PATIENCE} s if all start at the same time."
        )

    def _conclude(self, found: list[fits.Fit], seats: int) -> None:
        failed = [fit for fit in found if not fit.fits]
        if not failed:
            self.stdout.write(f"{seats} seats fit.")
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
