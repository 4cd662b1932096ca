"""The achieved panel: the learner's result when all points are counted, and the link “Continue the course”."""

import re
from collections.abc import Mapping
from functools import cached_property
from uuid import UUID

from labs.engine.authoring import trainer_and_handout
from labs.engine.runtime.changes import NodeState
from labs.engine.runtime.differences import Difference, differences
from labs.lifecycle import opened_hints
from labs.models import Configuration, State
from labs.pages.page_subject import PageSubject
from labs.pages.panel import Panel
from labs.pages.stages import StagesPanel
from vaka.web.markdown import render

MOST_CHANGES = 12  # of one node on this page
MOST_SESSIONS = 50  # that resume one another
FOLDER = "etc/frr/"
BULLETS = re.compile(r"^- .*(?:\n(?:- | +\S).*)*", re.M)  # the first list of a text


class AchievedPanel(Panel):
    def __init__(self, subject: PageSubject, stages: StagesPanel) -> None:
        super().__init__(subject)
        self.stages = stages

    @property
    def is_shown(self) -> bool:
        """Whether the learner has all points, and the lab has stopped or all checks pass.

        Not in an exam, nor in a trouble ticket, unless it was stopped before it was fixed: it takes no result away.
        """
        best, ticket, has_stopped = self.stages.best, self.subject.ticket, self.subject.state == State.STOPPED
        if best is None or not best.is_full or self.subject.is_exam:
            return False
        if ticket:
            return has_stopped and not ticket.fixed_at
        return self.stages.is_solved or has_stopped

    @property
    def status_links_to_course(self) -> bool:
        """Whether the status has the link “Continue the course”: not in an exam, nor above an achieved panel, which has it."""
        return not self.subject.is_exam and not self.is_shown

    @cached_property
    def minutes(self) -> int:
        """The minutes until the attempt with all points, over its session and those whose work it resumed."""
        best, seconds = self.stages.best, 0.0
        if best is None:
            return 0
        session, until, seen = best.session, best.asked_at, set[UUID]()
        while session.ready_at and session.pk not in seen and len(seen) < MOST_SESSIONS:
            seen.add(session.pk)
            seconds += max(0.0, (until - session.ready_at).total_seconds())
            if (work := session.resumes) is None:
                break
            session, until = work.session, work.made_at
        return max(1, round(seconds / 60)) if seconds else 0

    @property
    def hints(self) -> int:
        """The number of hints that the learner had opened when they requested the attempt with all points."""
        return opened_hints.count_until(self.stages.best) if self.stages.best else 0

    @property
    def learnt(self) -> str:
        """The list of things that the lab teaches, in HTML: that of its page for trainers; empty if there is none."""
        page = trainer_and_handout.read(self.lab)
        texts = [section.body for section in page.sections if section.stage == "teaches"] if page else []
        found = BULLETS.search("\n".join(texts))
        return render(found[0]) if found else ""

    @property
    def solution(self) -> list[tuple[str, str, list[Difference]]]:
        """The author's solution: each node with what is typed on it, and with what the learner had changed there.

        In a class lab nobody sees the nodes of others.
        """
        if self.subject.seat:
            return []
        typed: dict[str, list[str]] = {}
        for nodes in self.lab.solution.values():
            for node, lines in nodes.items():
                typed.setdefault(node, []).extend(lines)
        own = self._own_changes()
        return [(node, "\n".join(lines), own.get(node, [])[:MOST_CHANGES]) for node, lines in sorted(typed.items())]

    def _own_changes(self) -> Mapping[str, list[Difference]]:
        """Return what differed from the start on each node at the attempt with all points; empty if that is no longer kept."""
        best = self.stages.best
        kept = Configuration.objects.filter(attempt=best).first() if best else None
        if kept is None or best is None:
            return {}
        states = {name: NodeState.from_json(node, complete=not kept.cut) for name, node in kept.nodes.items()}
        found: dict[str, list[Difference]] = {}
        for one in differences(best.session.initial_state, states):
            # What runs was typed; the file may be older, and is not read again
            if not (states[one.node].running and one.name.startswith(FOLDER)):
                found.setdefault(one.node, []).append(one)
        return found
