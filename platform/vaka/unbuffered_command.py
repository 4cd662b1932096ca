"""The base of commands that run for minutes and report while they run: each line is written at once, also into a pipe."""

from django.core.management.base import BaseCommand


class UnbufferedCommand(BaseCommand):
    """A command that writes results with ``tell``, and what is no result with ``say``."""

    def tell(self, text: str) -> None:
        """Write to standard output."""
        self.stdout.write(text)
        self.stdout.flush()

    def say(self, text: str) -> None:
        """Write to standard error, so that standard output carries the results only, for other programs."""
        self.stderr.write(text)
        self.stderr.flush()
