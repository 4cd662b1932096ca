"""The key that certificates are signed with: which it is, a new one, and what to do when it was stolen."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from vaka.credentials import keys, services
from vaka.credentials.models import SigningKey


class Command(BaseCommand):
    help = "Say which key signs certificates, and which have signed. See docs/credentials.md, The key."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--replace", action="store_true", help="sign with a new key from now on; old ones stay published"
        )
        what.add_argument(
            "--distrust", metavar="KEY", help="publish this key no more, and sign anew what it has signed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["replace"]:
            keys.replace()
        if options["distrust"]:
            self.distrust(options["distrust"].rpartition("/")[2])
        today = keys.current()
        self.stdout.write(f"Signs now: {today.url} (private half: {keys.file()})")
        for old in SigningKey.objects.exclude(pk=today.pk):
            state = "Not trusted" if old.distrusted_at else "Has signed"
            self.stdout.write(f"{state}: {old.url}")

    def distrust(self, thumbprint: str) -> None:
        key = SigningKey.objects.filter(pk=thumbprint).first()
        if key is None:
            raise CommandError(
                f"No key of this site is {thumbprint}. Without a word behind it, signing_key lists them."
            )
        self.stdout.write(
            f"{services.distrust(key)} certificates are signed anew. Their holders find the new files on their pages."
        )
