"""The trouble ticket panel: the customer's report, the hints and their costs, and the cause once it is fixed."""

from functools import cached_property

from labs.lifecycle import fault_rungs, ladder
from labs.lifecycle.fault_rungs import Difficulty
from labs.lifecycle.ladder import Ladder
from labs.lifecycle.trouble_tickets import may_open
from labs.models import Attempt, TroubleTicket
from labs.models.trouble_ticket import COSTS, WHOLE
from labs.pages.achieved import AchievedPanel
from labs.pages.page_subject import PageSubject
from labs.pages.panel import Panel
from labs.translations import translated


class TroubleTicketPanel(Panel):
    def __init__(self, subject: PageSubject, achieved: AchievedPanel) -> None:
        super().__init__(subject)
        self.achieved, self.stages = achieved, achieved.stages

    @property
    def ticket(self) -> TroubleTicket | None:
        return self.subject.ticket

    @property
    def can_open(self) -> bool:
        """Whether the learner can open this lab as a trouble ticket now."""
        return not self.subject.is_live and may_open(self.learner, self.stages.best)

    @property
    def can_practise(self) -> bool:
        """Whether the page offers to find another fault: in a lab that was passed or a ticket that is fixed, also while it runs."""
        session, ticket = self.session, self.ticket
        if self.subject.seat or self.subject.is_exam or self.lab.has_bots or (ticket and not ticket.fixed_at):
            return False
        if session and self.subject.is_live:
            is_own = (
                self.subject.is_ready and session.keeps_work and not session.is_class and not session.seats.exists()
            )
            return is_own and may_open(self.learner, self.stages.best)
        return self.can_open

    @property
    def offers_practice(self) -> bool:
        """Whether the page has the button “Practise: find a fault”, with the ladder: below a result, and in a fixed ticket."""
        has_place = self.achieved.is_shown or bool(self.ticket and self.ticket.fixed_at)
        return has_place and self.can_practise

    @cached_property
    def ladder(self) -> Ladder:
        return ladder.of(self.learner, self.lab)

    @property
    def difficulty(self) -> Difficulty | None:
        """The difficulty of finding the fault of the ticket, with its reason."""
        return fault_rungs.difficulty_of(self.ticket.fault) if self.ticket else None

    @property
    def meaning(self) -> str:
        """The meaning of the ticket's rung."""
        return str(fault_rungs.MEANINGS[self.difficulty.rung]) if self.difficulty else ""

    @property
    def report(self) -> str:
        """The report of the customer."""
        return translated(self.ticket.made.get("report")) if self.ticket else ""

    @property
    def cause(self) -> str:
        return translated(self.ticket.made.get("cause")) if self.ticket else ""

    @property
    def hint_cost(self) -> int:
        """The points that the next hint costs; 0 if there is none."""
        return dict(enumerate(COSTS)).get(self.ticket.hints, 0) if self.ticket else 0

    @property
    def out_of(self) -> int:
        """The points for a ticket that is fixed without hints."""
        return WHOLE

    @property
    def is_broken_again(self) -> bool:
        """Whether a check of the ticket, which is fixed, does not pass now."""
        checks = [check for view in self.stages.all for check in view.checks]
        return self.subject.is_ready and any(
            check.shape == "fail" or check.is_lapsed or check.has_failed_since for check in checks
        )

    @property
    def unfixed(self) -> int:
        """The number of checks that did not pass in the last attempt; 0 without an attempt, or if a check was unknown in it."""
        last = self.stages.last
        if not (last and last.kind == Attempt.Kind.TICKET) or last.unknown:
            return 0
        return sum(verdict.outcome != "passed" for verdict in last.verdicts.all())
