"""The class lab panel: the seats of a class lab and their users."""

from functools import cached_property

from labs.models import ClassSeat
from labs.pages.panel import Panel


class ClassLabPanel(Panel):
    @cached_property
    def seats(self) -> list[ClassSeat]:
        """The taken seats; empty if the lab is not a class lab."""
        return list(self.session.seats.select_related("user")) if self.session else []
