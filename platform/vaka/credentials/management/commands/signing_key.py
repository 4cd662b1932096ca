"""The key that certificates are signed with: which it is, or a new one."""

from typing import Any

from django.core.management import BaseCommand, CommandParser

from vaka.credentials import keys
from vaka.credentials.models import SigningKey


class Command(BaseCommand):
    help = "Say which keys sign, or have signed, certificates. With --replace: make a new one; old ones stay published."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--replace", action="store_true", help="sign with a new key from now on")

    def handle(self, *args: Any, **options: Any) -> None:
        today = keys.replace() if options["replace"] else keys.current()
        self.stdout.write(f"Signs now: {today.url} (private half: {keys.file()})")
        for old in SigningKey.objects.exclude(pk=today.pk):
            self.stdout.write(
                f"Signed until {old.retired_at:%Y-%m-%d %H:%M} UTC: {old.url}"
                if old.retired_at
                else f"Signed once: {old.url}"
            )
