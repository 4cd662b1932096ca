"""Shows the keys that sign certificates, replaces the key, and distrusts one that was stolen."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from vaka.credentials import revocation, signing_keys
from vaka.credentials.models import SigningKey


class Command(BaseCommand):
    help = "List the keys that sign or have signed certificates. See docs/credentials.md, “The key”."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--replace", action="store_true", help="create a new key for future certificates; old keys stay published"
        )
        what.add_argument("--distrust", metavar="KEY", help="withdraw this key, and sign its certificates again")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["replace"]:
            signing_keys.replace()
        if options["distrust"]:
            self.distrust(options["distrust"].rpartition("/")[2])
        today = signing_keys.current()
        self.stdout.write(f"Current key: {today.url} (private key: {signing_keys.file()})")
        for old in SigningKey.objects.exclude(pk=today.pk):
            state = "Distrusted key" if old.distrusted_at else "Old key"
            self.stdout.write(f"{state}: {old.url}")

    def distrust(self, thumbprint: str) -> None:
        key = SigningKey.objects.filter(pk=thumbprint).first()
        if key is None:
            raise CommandError(f"This site has no key {thumbprint}. To list its keys, run signing_key without options.")
        self.stdout.write(
            f"{revocation.distrust(key)} certificates are signed again. Holders can download the new files from their pages."
        )
