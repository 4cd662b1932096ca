"""The lab page: its panels, put together for the templates. Each panel has a module of its own beside this one."""

import json
from functools import cached_property
from zlib import crc32

from django.urls import reverse

from labs import hooks
from labs.lifecycle import opened_hints
from labs.lifecycle.lab_as_seen import seen_by
from labs.models import LabSession, State
from labs.pages.achieved import AchievedPanel
from labs.pages.cables import CablesPanel
from labs.pages.captures import CapturesPanel
from labs.pages.class_lab import ClassLabPanel
from labs.pages.copies import CopiesPanel
from labs.pages.drawing import DrawingPanel
from labs.pages.page_subject import PageSubject
from labs.pages.queue import QueuePanel
from labs.pages.reset import ResetPanel
from labs.pages.saves import SavesPanel
from labs.pages.screen_reader_line import screen_reader_line
from labs.pages.stages import StagesPanel
from labs.pages.status import StatusPanel
from labs.pages.terminals import TerminalsPanel
from labs.pages.time_left import TimePanel
from labs.pages.trouble_ticket import TroubleTicketPanel
from labs.translations import translated
from vaka.accounts.models import User


class LabPage(PageSubject):
    """Everything on one lab page."""

    @classmethod
    def of(cls, session: LabSession, learner: User) -> "LabPage":
        """Return the page of a session for this learner. Raises ClassSeat.DoesNotExist if they may not see it."""
        return cls(seen_by(session, learner), learner, session, session.seat_of(learner))

    @cached_property
    def status(self) -> StatusPanel:
        return StatusPanel(self)

    @cached_property
    def queue(self) -> QueuePanel:
        return QueuePanel(self)

    @cached_property
    def time(self) -> TimePanel:
        return TimePanel(self)

    @cached_property
    def stages(self) -> StagesPanel:
        return StagesPanel(self)

    @cached_property
    def reset(self) -> ResetPanel:
        return ResetPanel(self)

    @cached_property
    def saves(self) -> SavesPanel:
        return SavesPanel(self)

    @cached_property
    def cables(self) -> CablesPanel:
        return CablesPanel(self)

    @cached_property
    def captures(self) -> CapturesPanel:
        return CapturesPanel(self)

    @cached_property
    def drawing(self) -> DrawingPanel:
        return DrawingPanel(self, self.cables)

    @cached_property
    def terminals(self) -> TerminalsPanel:
        return TerminalsPanel(self)

    @cached_property
    def class_lab(self) -> ClassLabPanel:
        return ClassLabPanel(self)

    @cached_property
    def copies(self) -> CopiesPanel:
        return CopiesPanel(self)

    @cached_property
    def achieved(self) -> AchievedPanel:
        return AchievedPanel(self, self.stages)

    @cached_property
    def trouble_ticket(self) -> TroubleTicketPanel:
        return TroubleTicketPanel(self, self.achieved)

    @property
    def exam_page(self) -> str:
        """The address of the page on which the learner hands in; empty if this is no exam."""
        return hooks.exam_page(self.session.pk) if self.session and self.is_exam else ""

    @property
    def exam_goes_on_at(self) -> str:
        """The address at which an exam goes on whose time or lab has ended: its page, or the lab that was started again.

        Empty while it goes on here.
        """
        is_over = self.session is not None and self.session.exam_is_over
        if not self.is_exam or not (is_over or self.state in (State.STOPPED, State.FAILED)):
            return ""
        return self.exam_page or reverse("labs:lab", args=[self.lab.id])

    @property
    def keeps_opened_hints(self) -> bool:
        """Whether the site keeps which hints the learner opens here."""
        return self.session is not None and opened_hints.are_kept(self.session)

    @property
    def exhausted_resources(self) -> list[str]:
        """The resources that the lab has used up, as sentences. Their names and numbers come from the lab."""
        return [translated(one) for one in self.session.exhausted_resources] if self.session and self.is_ready else []

    @property
    def screen_reader_line(self) -> str:
        """One line for screen readers."""
        return screen_reader_line(self.status, self.stages, self.exhausted_resources)

    @property
    def stamp(self) -> str:
        """A string that changes whenever the page does. A page that connects compares it with the one that it shows.

        Its last part is the time of the last run of checks, which changes more often than what the page shows.
        """
        session, job = self.session, self.status.job
        if session is None:
            return "none"
        seen_at = self.stages.seen_at
        parts = [
            session.state,
            session.generation,
            session.extensions,
            session.warned,
            bool(self.time.paused_since),
            self.ticket.hints if self.ticket else "",
            bool(self.ticket and self.ticket.fixed_at),
            len(session.progress),
            len(session.exhausted_resources),
            self.stages.last.pk if self.stages.last else 0,
            crc32(json.dumps(session.cables, sort_keys=True).encode()),
            self.saves.last_of_session.pk if self.saves.last_of_session else 0,
            len(self.copies.opened),
            *(f"{capture.pk}{'' if capture.ended_at else '+'}" for capture in self.captures.all),
        ]
        if self.queue.wait:
            parts.append(self.queue.wait.place)
        parts += [job.pk if job else 0, "busy" if self.status.is_busy else ""]
        parts.append(round(seen_at.timestamp() * 1000) if seen_at else 0)
        return ".".join(str(part) for part in parts)
