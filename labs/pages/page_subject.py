"""The subject of a lab page: a lab, its reader, and the reader's session of it. The panels of the page share it (panel.py)."""

from dataclasses import dataclass

from django.urls import reverse

from labs.engine.definition.spec import Lab, Node
from labs.models import ClassSeat, LabSession, State, TroubleTicket
from vaka.accounts.models import User


@dataclass(frozen=True)
class PageSubject:
    """``session`` is the learner's last session of this lab, live or ended, or None."""

    lab: Lab
    learner: User
    session: LabSession | None
    seat: ClassSeat | None = None  # in a class lab: only some nodes are the learner's, and they cannot stop the lab

    @property
    def state(self) -> str:
        """The session's state, or "none"."""
        return self.session.state if self.session else "none"

    @property
    def address(self) -> str:
        """The address of the page, also where only its panel is rendered, which has another one."""
        if self.session and self.session.learner_id != self.learner.pk:
            return reverse("labs:session", args=[self.session.pk])
        return reverse("labs:lab", args=[self.lab.id])

    @property
    def is_live(self) -> bool:
        return bool(self.session and self.session.is_live)

    @property
    def is_being_prepared(self) -> bool:
        """Whether the fault of a trouble ticket is being put into the lab now."""
        return self.state == State.READY and bool(self.session and self.session.is_being_prepared)

    @property
    def is_ready(self) -> bool:
        """Whether the learner can work in the lab."""
        return self.state == State.READY and not self.is_being_prepared

    @property
    def ticket(self) -> TroubleTicket | None:
        """The session's trouble ticket; None for an ordinary lab."""
        return self.session.ticket if self.session else None

    @property
    def is_exam(self) -> bool:
        """Whether the session is an exam: no verdicts, no hints, no causes, no solution."""
        return bool(self.session and self.session.exam)

    @property
    def shell_nodes(self) -> list[Node]:
        """The nodes that can have a terminal, the learner's own first."""
        return sorted((node for node in self.lab.nodes.values() if node.has_shell), key=lambda node: not node.learner)
