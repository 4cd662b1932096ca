"""``manage.py doctor``: examines this server, and prints a line for each question."""

from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Examine this server: a line for each question, good, or what to do. Exit status 1: something is wrong."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        from vaka.ops import doctor  # not needed by the other commands

        wrong = 0
        for answer in doctor.answers():
            wrong += answer.mark == doctor.BAD
            self.stdout.write(f"{answer.mark:<6} {answer.title}: {answer.text}")
            self.stdout.flush()
        if wrong:
            raise SystemExit(1)
