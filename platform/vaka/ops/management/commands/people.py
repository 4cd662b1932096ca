"""``manage.py people``: creates the demo people, or an administrator."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, OperationalError

from vaka.accounts import password_links
from vaka.ops import demo_people, welcome

NONE = "There are no demo people, because people on other machines use this site."


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "Create the demo people, or reset their passwords to those in the state folder, and print them. "
        "On a LAN or a public site disable them instead. `people staff NAME` creates an administrator."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        shown = parser.add_mutually_exclusive_group()
        shown.add_argument("--quiet", action="store_true", help="print nothing")
        shown.add_argument(
            "--welcome", choices=("plain", "colours"), help="print the text that the terminal shows when the site is up"
        )
        parser.add_argument("what", nargs="?", choices=("staff",))
        parser.add_argument("name", nargs="?", help="staff: the person's username")

    def handle(self, *args: Any, **options: Any) -> None:
        state = Path(settings.STATE_DIR)
        if options["what"] == "staff":
            self.staff(options["name"] or "")
            return
        if demo_people.are_allowed():
            demo_people.ensure(state)
        else:
            demo_people.retire(state)
        if options["welcome"]:
            self.stdout.write("\n".join(welcome.lines(state, colours=options["welcome"] == "colours")))
        elif not options["quiet"]:
            shown = demo_people.lines(demo_people.kept(state)) if demo_people.are_allowed() else [NONE]
            self.stdout.write("\n".join(shown))

    def staff(self, name: str) -> None:
        try:
            UnicodeUsernameValidator()(name)
        except ValidationError as error:
            raise CommandError(f"Give a valid username, for example: people staff ngozi. {error.messages[0]}") from None
        if name in demo_people.PEOPLE:
            raise CommandError(f"The username {name} belongs to a demo person. Choose another one.")
        try:
            person = demo_people.make_staff(name)
            if person.has_usable_password():
                password_links.record_and_notify(person, None)
            link = password_links.link_for(person)
        except IntegrityError:
            raise CommandError(f"Another account is called {name}, in other capitals. Write it as it is.") from None
        except OperationalError as error:
            raise CommandError(f"The database is not ready ({error}). Start the site once, then try again.") from None
        self.stdout.write(
            f"{name} is an administrator now. Within an hour, choose a password here:\n"
            f"  {welcome.told_address(Path(settings.RUN_DIR))}{link.path}"
        )
