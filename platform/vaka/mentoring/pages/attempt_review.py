"""The page of one attempt: its verdicts with evidence, the configuration of the nodes, and the changes since the last attempt.

All of it may come from a lab, so it is not trusted: texts have a limited length here and are escaped in the templates.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils.safestring import SafeString

from labs.engine.definition.seats import seen_from
from labs.engine.definition.spec import Check, Lab
from labs.engine.runtime.changes import NodeState
from labs.engine.runtime.differences import Difference, differences
from labs.models import Attempt, Configuration, VerdictRecord
from labs.pages.check_row import SHAPES, can_log_in
from labs.pages.guide import guide_of
from labs.registry import seeds, versions
from labs.translations import authored, translated
from vaka.accounts.models import User
from vaka.mentoring import questions
from vaka.mentoring.pages import activity

MOST = 40  # changes, and files of each node, that a page shows


@dataclass(frozen=True, slots=True)
class VerdictView:
    record: VerdictRecord
    check: Check | None  # None: this version of the lab is not stored any more
    assisted: bool
    own: bool = True  # the learner can type on the node where the check's command shows something

    @property
    def title(self) -> str:
        return authored(self.check.title) if self.check else self.record.check_id

    @property
    def shape(self) -> str:
        shape = SHAPES.get(self.record.outcome, "unknown")
        return "assist" if shape == "pass" and self.assisted else shape

    @property
    def expected(self) -> str:
        return translated(self.record.expected)

    @property
    def seen(self) -> str:
        return translated(self.record.seen)

    @property
    def cause(self) -> str:
        return translated(self.record.cause)

    @property
    def evidence(self) -> str:
        return questions.evidence(self.record.evidence)

    @property
    def is_shown(self) -> bool:
        """Whether the learner may see it. A check that is not known any more is hidden, to be safe."""
        return self.check is not None and self.check.is_shown(passed=self.record.outcome == "passed")


@dataclass(frozen=True, slots=True)
class ReviewedStage:
    title: str
    verdicts: list[VerdictView]


@dataclass(frozen=True)
class Review:
    """An attempt for review. With ``for_mentor``, it also has what is hidden from the learner."""

    attempt: Attempt
    for_mentor: bool

    @cached_property
    def lab(self) -> Lab | None:
        """The lab in the version of the attempt, with the learner's parameters; if that is gone, the newest version."""
        one = self.attempt
        for version in (one.lab_version, None):
            try:
                return versions.version(one.lab, version, one.seed) if version else versions.newest(one.lab, one.seed)
            except versions.NoSuchLab:
                continue
        return None

    @cached_property
    def _as_seen(self) -> Lab | None:
        """The lab with the nodes that are the learner's: in a class lab those of their seat."""
        session = self.attempt.session
        if self.lab is None or session is None or not session.is_class:
            return self.lab
        seat = session.seats.filter(user=self.attempt.learner_id).first()
        return seen_from(self.lab, seat.nodes) if seat else self.lab

    @property
    def title(self) -> str:
        return authored(self.lab.title) if self.lab else self.attempt.lab

    @cached_property
    def stages(self) -> list[ReviewedStage]:
        checks = {check.id: check for check in self.lab.checks()} if self.lab else {}
        titles = {stage.id: authored(stage.title) for stage in self.lab.stages} if self.lab else {}
        found: dict[str, list[VerdictView]] = {}
        for record in self.attempt.verdicts.all():
            own = self._as_seen is None or can_log_in(self._as_seen, record.node)
            view = VerdictView(record, checks.get(record.check_id), record.stage in self.attempt.assisted, own)
            if self.for_mentor or view.is_shown:
                found.setdefault(record.stage, []).append(view)
        return [ReviewedStage(titles.get(stage, stage), views) for stage, views in found.items()]

    @cached_property
    def configuration(self) -> Configuration | None:
        return Configuration.objects.select_related("attempt__session").filter(attempt=self.attempt).first()

    @cached_property
    def nodes(self) -> list[tuple[str, str, list[tuple[str, str]]]]:
        """For each node: (name, running configuration, files as (path, text))."""
        stored = self.configuration.nodes if self.configuration else {}
        return [
            (name, node["running"] or "", [(path, text or "") for path, text in sorted(node["files"].items())][:MOST])
            for name, node in stored.items()
        ]

    @cached_property
    def changed(self) -> list[Difference] | None:
        """The changes since the last attempt or the start of the lab; None if there is nothing to compare with."""
        before = self.configuration.before() if self.configuration else None
        if self.configuration is None or before is None:
            return None
        complete = not self.configuration.cut
        states = {name: NodeState.from_json(node, complete=complete) for name, node in self.configuration.nodes.items()}
        return differences(before, states)[:MOST]

    @cached_property
    def previous(self) -> Attempt | None:
        """The learner's previous attempt at this lab."""
        one = self.attempt
        same = Attempt.objects.filter(learner=one.learner_id, lab=one.lab, kind=Attempt.Kind.ATTEMPT, pk__lt=one.pk)
        return same.order_by("-pk").first()

    @property
    def solution(self) -> "LabSolution | None":
        return LabSolution(self.lab) if self.for_mentor and self.lab else None


@dataclass(frozen=True, slots=True)
class LabSolution:
    """The guide and the solution of a lab with the learner's parameters, for a mentor."""

    lab: Lab
    is_drawn: bool = True  # False: the learner has not started the lab, so the values are the author's

    @property
    def stages(self) -> Iterator[tuple[str, SafeString | str, list[tuple[str, str]]]]:
        """Yield (title, guide, [(node, lines to type)])."""
        guide = guide_of(self.lab)
        for stage in self.lab.stages:
            commands = [(node, "\n".join(lines)) for node, lines in self.lab.solution.get(stage.id, {}).items()]
            yield authored(stage.title), guide.stages.get(stage.id, ""), commands


def lab_solution(trainee: User, lab: str) -> LabSolution:
    """Return the solution of the newest version of a lab, with the trainee's parameters. Raises NoSuchLab.

    A trainee who has not started the lab has no parameters yet: it is then the author's solution.
    """
    newest = versions.newest(lab)
    seed = seeds.kept(trainee, newest)
    return LabSolution(versions.newest(lab, seed), is_drawn=bool(seed) or not newest.parameters)


def best_attempts(trainee: User) -> list[tuple[str, Attempt]]:
    """Return the title of each lab that the trainee tried, with their best attempt."""
    best = Attempt.objects.best_of_each(trainee)
    return [(activity.lab_title(lab), attempt) for lab, attempt in best.items()]
