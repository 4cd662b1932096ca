"""What the lab page shows: a lab, a learner's session of it, and what was seen there, joined for the templates."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from zlib import crc32

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from labs.capacity import admission
from labs.capacity.queue import Wait, wait_of
from labs.engine.definition.spec import Check, Interface, Lab, Node
from labs.engine.drawing import Area, Drawing, Line, draw
from labs.engine.runtime import link_state
from labs.lifecycle import cables, captures, saves
from labs.lifecycle.seat_nodes import seen_by
from labs.lifecycle.trouble_tickets import may_open
from labs.models import Attempt, Capture, CheckStatus, ClassSeat, Job, LabSession, Save, State, TroubleTicket
from labs.models.trouble_ticket import COSTS, WHOLE
from labs.pages.cables import CableView, link_word
from labs.pages.catalogue import Card
from labs.pages.guide import Guide, guide_of
from labs.pages.stages import CheckView, StageView, words
from labs.registry.translations import authored
from vaka.accounts.models import User

STEPS = {
    "queued": _("Your turn"),
    "container": _("Room made for it"),
    "nodes": _("Routers and hosts"),
    "links": _("Cables between them"),
    "daemons": _("Routing daemons"),
    "start": _("First commands"),
    "ready": _("Ready: every prompt answers"),
}


_drawings: dict[tuple[object, ...], Drawing] = {}
DRAWINGS_KEPT = 500


def _drawing_of(lab: Lab) -> Drawing:
    """Return the drawing; a version of a lab is laid out once for each seed, and in a class lab for each seat."""
    key = lab.id, lab.version, lab.seed, *(node.name for node in lab.nodes.values() if node.learner)
    if key not in _drawings:
        if len(_drawings) >= DRAWINGS_KEPT:
            _drawings.clear()
        _drawings[key] = draw(lab)
    return _drawings[key]


@dataclass(frozen=True, slots=True)
class Step:
    word: str
    shape: str  # pass, run or none
    seconds: float | None


@dataclass(frozen=True)
class LabPage:
    """Everything on one lab page. ``session`` is the learner's last one of this lab, live or ended, or None."""

    lab: Lab
    learner: User
    session: LabSession | None
    seat: ClassSeat | None = None  # in a class lab, where only some nodes are his, and the lab is not his to stop

    @classmethod
    def of(cls, session: LabSession, learner: User) -> "LabPage":
        """Return what he sees of the session. Raises ClassSeat.DoesNotExist if that is nothing."""
        return cls(seen_by(session, learner), learner, session, session.seat_of(learner))

    @property
    def state(self) -> str:
        return self.session.state if self.session else "none"

    @property
    def is_ready(self) -> bool:
        """Whether the learner can work in it."""
        return self.state == State.READY and not self.is_being_prepared

    @property
    def ticket(self) -> TroubleTicket | None:
        """Its trouble ticket, if it was opened as one."""
        return self.session.ticket if self.session else None

    @property
    def is_being_prepared(self) -> bool:
        """Whether a ticket's fault is being put into it now."""
        return self.state == State.READY and bool(self.session and self.session.is_being_prepared)

    @property
    def can_open_ticket(self) -> bool:
        return not (self.session and self.session.is_live) and may_open(self.learner, self.best)

    @cached_property
    def why_not(self) -> str:
        """Why the learner cannot start a lab now; empty if they can, or if this one lives."""
        return "" if self.session and self.session.is_live else admission.why_not(self.learner)

    @property
    def report(self) -> str:
        """What the customer says."""
        return words(self.ticket.made.get("report")) if self.ticket else ""

    @property
    def ticket_cause(self) -> str:
        return words(self.ticket.made.get("cause")) if self.ticket else ""

    @property
    def ticket_cost(self) -> int:
        """Points of the next hint; 0 if there is none."""
        return dict(enumerate(COSTS)).get(self.ticket.hints, 0) if self.ticket else 0

    @property
    def ticket_whole(self) -> int:
        return WHOLE

    @property
    def unfixed(self) -> int:
        """Checks that did not pass in the last attempt at a ticket; 0 if there was none, or none that could look."""
        if not (self.last and self.last.kind == Attempt.Kind.TICKET) or self.last.unknown:
            return 0
        return sum(verdict.outcome != "passed" for verdict in self.last.verdicts.all())

    @cached_property
    def guide(self) -> Guide:
        return guide_of(self.lab)

    @cached_property
    def drawing(self) -> Drawing:
        return _drawing_of(self.lab)

    @cached_property
    def best(self) -> Attempt | None:
        return Attempt.objects.best(self.learner, self.lab.id)

    @property
    def card(self) -> Card:
        """The lab as the list of labs shows it."""
        return Card(self.lab, self.best)

    @cached_property
    def job(self) -> Job | None:
        """What is being done now, or what was done last."""
        return self.session.jobs.first() if self.session else None

    @property
    def busy(self) -> bool:
        return bool(self.job and self.job.ended_at is None)

    @property
    def job_failed(self) -> str:
        """What was not done."""
        if self.job is None:
            return ""
        return {
            Job.Kind.ATTEMPT: _("Your work was not checked"),
            Job.Kind.LOOK: _("We did not look"),
            Job.Kind.RESET: _("The reset was not done"),
            Job.Kind.JUMP: _("We could not skip to that stage; reset all nodes, or try again"),
            Job.Kind.SAVE: _("Your work was not saved"),
            Job.Kind.TICKET: _("Your ticket was not prepared"),
            Job.Kind.HAND_OVER: _("The nodes of a seat are not new yet; this is tried again"),
        }[Job.Kind(self.job.kind)]  # type: ignore[return-value]  # lazy, for the template

    @cached_property
    def last(self) -> Attempt | None:
        """The last attempt or look; in a class lab those of one seat are all of one moment."""
        return self.session.attempts.first() if self.session else None

    @cached_property
    def records(self) -> dict[str, CheckStatus]:
        """What each check is now, as far as anybody has looked since the last reset."""
        rows = self.session.check_statuses.all() if self.session else CheckStatus.objects.none()
        return {row.check_id: row for row in rows if row.outcome}

    @cached_property
    def seen_at(self) -> datetime | None:
        """When we looked last."""
        return max((row.seen_at for row in self.records.values()), default=None)

    @cached_property
    def stages(self) -> list[StageView]:
        views: list[StageView] = []
        for number, stage in enumerate(self.lab.stages, 1):
            shown = [check for check in stage.checks if self._is_shown(check)]
            records = [self.records.get(check.id) for check in shown]
            first = next((i for i, record in enumerate(records) if record and self._is_news(record)), None)
            assisted = stage.id in self.assisted
            checks = [
                CheckView(check, record, opened=i == first, assisted=assisted, tells=self.ticket is None)
                for i, (check, record) in enumerate(zip(shown, records, strict=True))
            ]
            found = any(view.now for view in views)
            now = self.is_ready and not (found or assisted or all(check.passed for check in checks))
            guide = self.guide.stages.get(stage.id, "")
            views.append(StageView(number, stage, checks, guide, now, self.last is not None, assisted))
        return views

    def _is_shown(self, check: Check) -> bool:
        """Whether the learner may see the check: what an author hid shows what it asks only when it has passed, or never."""
        record = self.records.get(check.id)
        return check.is_shown(passed=bool(record and record.first_passed_at))

    @cached_property
    def _shown(self) -> list[str]:
        return [check.id for check in self.lab.checks() if self._is_shown(check)]

    def _is_news(self, record: CheckStatus) -> bool:
        """Whether it failed for somebody who asked, or had it before. What was never reached is no failure yet."""
        return record.outcome == "failed" and (self.last is not None or record.first_passed_at is not None)

    @property
    def assisted(self) -> list[str]:
        """The stages that were done for the learner in this session."""
        return self.session.assisted if self.session else []

    @property
    def jumped_to(self) -> str:
        """The title of the stage that the lab is being brought to."""
        wanted = self.job.stage if self.job else ""
        return next((authored(stage.title) for stage in self.lab.stages if stage.id == wanted), wanted)

    @property
    def is_solved(self) -> bool:
        return self.is_ready and all(check.passed for stage in self.stages for check in stage.checks)

    @property
    def first_failed(self) -> CheckView | None:
        return next((check for stage in self.stages for check in stage.checks if check.opened), None)

    @cached_property
    def wait(self) -> Wait | None:
        """The session's place in the line of those who wait; None when its turn has come."""
        return wait_of(self.session) if self.session and self.state == State.REQUESTED else None

    @cached_property
    def steps(self) -> list[Step]:
        """The start, step by step, as far as it has come."""
        done = {step["step"]: step["seconds"] for step in (self.session.progress if self.session else [])}
        steps = [Step(str(word), "pass" if name in done else "none", done.get(name)) for name, word in STEPS.items()]
        for i, step in enumerate(steps):
            if step.shape == "none":
                steps[i] = Step(step.word, "run", None)
                break
        return steps

    @property
    def is_moving(self) -> bool:
        """Whether something will change by itself soon: a page without a script then loads again."""
        return self.busy or self.state in (State.REQUESTED, State.STARTING, State.STOPPING)

    @property
    def ran_out(self) -> bool:
        session = self.session
        return bool(session and session.ends_at and session.stopped_at and session.stopped_at >= session.ends_at)

    @cached_property
    def saves(self) -> Sequence[Save]:
        """What can be resumed, the newest first; none while a lab runs."""
        return saves.of(self.learner, self.lab.id) if not (self.session and self.session.is_live) else []

    @property
    def newest_save(self) -> Save | None:
        return self.saves[0] if self.saves else None

    @cached_property
    def saved(self) -> Save | None:
        """The last save of the session that runs."""
        return self.session.saves.first() if self.session and self.is_ready else None

    @cached_property
    def why_stopped(self) -> str:
        """The reason of the last save of a session that has stopped by itself."""
        last = self.session.saves.first() if self.session and self.state == State.STOPPED else None
        return last.reason if last else ""

    @property
    def minutes_left(self) -> int:
        return self.session.minutes_left if self.session else 0

    @property
    def can_extend(self) -> bool:
        """Whether the learner may put the end off now."""
        session = self.session
        few = bool(session and session.extensions < settings.LAB_EXTENSIONS)
        return self.is_ready and few and not self.seat and self._ends_within(settings.LAB_EXTENSION_WITHIN)

    @property
    def extension(self) -> int:
        return settings.LAB_EXTENSION_MINUTES

    @property
    def strain(self) -> list[str]:
        """What the lab has used up: why something in it does not go on. Names and numbers come out of the lab."""
        return [words(one) for one in self.session.strain] if self.session and self.is_ready else []

    @property
    def is_ending(self) -> bool:
        return self.is_ready and self._ends_within(10)

    def _ends_within(self, minutes: int) -> bool:
        ends = self.session.ends_at if self.session else None
        return bool(ends and ends <= timezone.now() + timedelta(minutes=minutes))

    @cached_property
    def cables(self) -> list[CableView]:
        """The cables that the learner may change, as they are now: of a class lab those that end at his nodes."""
        mine = list(captures.cables(self.lab))
        numbered = ((number, link) for number, link in enumerate(self.lab.links) if link in mine)
        return [CableView.of(number, link, cables.now(self.session, link), self.lab) for number, link in numbered]

    @property
    def changed_cables(self) -> list[CableView]:
        return [view for view in self.cables if not view.cable.is_plain]

    @property
    def cable_lines(self) -> list[tuple[Line, CableView]]:
        """The lines of the drawing that can be selected, while the lab runs."""
        return [(self.drawing.lines[view.number], view) for view in self.cables] if self.is_ready else []

    @property
    def links_now(self) -> list[tuple[Area, str, str]]:
        """How each cable is and where to say so, as a shape and a word; nothing before somebody has looked."""
        if not self.is_ready:
            return []
        ends = self.session.ends if self.session else {}
        said = [link_word(link_state.state(link, ends), cables.now(self.session, link)) for link in self.lab.links]
        return [(area, *what) for area, what in zip(self.drawing.marks, said, strict=True) if what]

    @cached_property
    def captures(self) -> list[Capture]:
        return list(captures.of(self.session, self.learner)) if self.session else []

    @property
    def listens(self) -> bool:
        return any(capture.ended_at is None for capture in self.captures)

    @property
    def listening_places(self) -> list[Interface]:
        return captures.interfaces(self.lab)

    @property
    def minutes_of_life(self) -> int:
        return self.lab.minutes + settings.LAB_SPARE_MINUTES

    @property
    def nodes(self) -> list[Node]:
        """Where a terminal can be: the learner's nodes first."""
        return sorted((node for node in self.lab.nodes.values() if node.has_shell), key=lambda node: not node.learner)

    @property
    def resettable(self) -> list[Node]:
        """What he may reset: of a class lab his own nodes, of his own lab all; of a ticket none, which began solved."""
        if self.ticket:
            return []
        return [node for node in self.nodes if node.learner or not self.seat]

    @property
    def classmates(self) -> list[ClassSeat]:
        """Who sits where in a class lab."""
        return list(self.session.seats.select_related("user")) if self.session else []

    @property
    def terminals_json(self) -> str:
        """The learner's nodes, for the terminals' module; into others' nobody may type, so there is nothing to see."""
        return json.dumps([{"name": n.name, "kind": n.kind.value, "typeable": True} for n in self.nodes if n.learner])

    @property
    def interfaces(self) -> list[tuple[Interface, Interface, str]]:
        """Each interface, the one at the other end of its link, and the link's label."""
        pairs = [(near, far, link.label) for link in self.lab.links for near, far in (link.ends, link.ends[::-1])]
        return sorted(pairs, key=lambda pair: (pair[0].node, pair[0].name))

    @property
    def announcement(self) -> str:
        """One line for who listens to the page."""
        if self.busy and self.job:
            return f"{self.job.get_kind_display()} …"
        if self.job and self.job.error and self.is_ready:
            return gettext(self.job.error)
        if self.strain:
            return self.strain[0]
        if self.is_ready and self.records:
            return self._turned or self._count
        return str(self.session.get_state_display()) if self.session else ""

    @property
    def _count(self) -> str:
        passed = sum(self.records[name].outcome == "passed" for name in self._shown if name in self.records)
        of = len(self._shown)
        return ngettext("%(passed)d of %(of)d check passes.", "%(passed)d of %(of)d checks pass.", of) % {
            "passed": passed,
            "of": of,
        }

    @property
    def _turned(self) -> str:
        """The one check that turned last, unless it was a job that showed it."""
        records = [self.records[name] for name in self._shown if name in self.records]
        latest = max((record.since for record in records), default=None)
        turned = [record for record in records if record.since == latest]
        asked = self.job and self.job.ended_at
        if len(turned) != 1 or not turned[0].first_passed_at or (asked and latest and latest <= asked):
            return ""
        ids = self._shown
        facts = {"number": ids.index(turned[0].check_id) + 1, "of": len(ids)}
        if turned[0].outcome == "passed":
            return gettext("Check %(number)d of %(of)d now passes.") % facts
        return gettext("Check %(number)d of %(of)d does not pass any more.") % facts

    @property
    def stamp(self) -> str:
        """Changes when the page would: a page that connects compares it with what it shows."""
        session, job = self.session, self.job
        if session is None:
            return "none"
        seen = round(self.seen_at.timestamp() * 1000) if self.seen_at else 0
        parts = [
            session.state,
            session.generation,
            session.extensions,
            session.warned,
            self.ticket.hints if self.ticket else "",
            bool(self.ticket and self.ticket.fixed_at),
            len(session.progress),
            len(session.strain),
            self.last.pk if self.last else 0,
            seen,
            crc32(json.dumps(session.cables, sort_keys=True).encode()),
            self.saved.pk if self.saved else 0,
            *(f"{capture.pk}{'' if capture.ended_at else '+'}" for capture in self.captures),
        ]
        if self.wait:
            parts.append(self.wait.place)
        return ".".join(str(part) for part in [*parts, job.pk if job else 0, "busy" if self.busy else ""])
