"""An attempt opened: its verdicts with their evidence, what the nodes were, and what had changed since the last one.

All of it may come out of a lab. Texts are bounded here and escaped in the templates; nothing is unpacked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils.safestring import SafeString

from labs.engine.definition.spec import Check, Lab
from labs.engine.runtime.changes import NodeState
from labs.engine.runtime.differences import Difference, differences
from labs.models import Attempt, Configuration, VerdictRecord
from labs.pages.guide import guide_of
from labs.pages.stages import SHAPES, words
from labs.registry import seeds, versions
from labs.registry.translations import authored
from vaka.accounts.models import User
from vaka.mentoring.pages import activity, question_subject

MOST = 40  # changes, and files, that a page shows


@dataclass(frozen=True, slots=True)
class VerdictView:
    record: VerdictRecord
    check: Check | None  # None: the lab's version is gone
    assisted: bool

    @property
    def title(self) -> str:
        return authored(self.check.title) if self.check else self.record.check_id

    @property
    def shape(self) -> str:
        shape = SHAPES.get(self.record.outcome, "unknown")
        return "assist" if shape == "pass" and self.assisted else shape

    @property
    def expected(self) -> str:
        return words(self.record.expected)

    @property
    def seen(self) -> str:
        return words(self.record.seen)

    @property
    def cause(self) -> str:
        return words(self.record.cause)

    @property
    def evidence(self) -> str:
        return question_subject.evidence(self.record.evidence)

    @property
    def is_shown(self) -> bool:
        """Whether the learner may see it; of a check that we know no more we cannot say that he may."""
        return self.check is not None and self.check.is_shown(passed=self.record.outcome == "passed")


@dataclass(frozen=True, slots=True)
class StageOf:
    title: str
    verdicts: list[VerdictView]


@dataclass(frozen=True)
class Review:
    """``whole``: for a mentor, who sees also what its learner is not told."""

    attempt: Attempt
    whole: bool

    @cached_property
    def lab(self) -> Lab | None:
        """The lab as it was then, with the learner's numbers."""
        one = self.attempt
        for version in (one.lab_version, None):
            try:
                return versions.version(one.lab, version, one.seed) if version else versions.newest(one.lab, one.seed)
            except versions.NoSuchLab:
                continue
        return None

    @property
    def title(self) -> str:
        return authored(self.lab.title) if self.lab else self.attempt.lab

    @cached_property
    def stages(self) -> list[StageOf]:
        checks = {check.id: check for check in self.lab.checks()} if self.lab else {}
        titles = {stage.id: authored(stage.title) for stage in self.lab.stages} if self.lab else {}
        found: dict[str, list[VerdictView]] = {}
        for record in self.attempt.verdicts.all():
            view = VerdictView(record, checks.get(record.check_id), record.stage in self.attempt.assisted)
            if self.whole or view.is_shown:
                found.setdefault(record.stage, []).append(view)
        return [StageOf(titles.get(stage, stage), views) for stage, views in found.items()]

    @cached_property
    def configuration(self) -> Configuration | None:
        return Configuration.objects.select_related("attempt__session").filter(attempt=self.attempt).first()

    @cached_property
    def nodes(self) -> list[tuple[str, str, list[tuple[str, str]]]]:
        """(node, its running configuration, its files as (path, text))."""
        kept = self.configuration.nodes if self.configuration else {}
        return [
            (name, node["running"] or "", [(path, text or "") for path, text in sorted(node["files"].items())][:MOST])
            for name, node in kept.items()
        ]

    @cached_property
    def changed(self) -> list[Difference] | None:
        """Since the last attempt, or the start; None where there is nothing to compare with."""
        before = self.configuration.before() if self.configuration else None
        if self.configuration is None or before is None:
            return None
        whole = not self.configuration.cut
        states = {name: NodeState.from_json(node, complete=whole) for name, node in self.configuration.nodes.items()}
        return differences(before, states)[:MOST]

    @cached_property
    def last(self) -> Attempt | None:
        """The learner's attempt at this lab before this one."""
        one = self.attempt
        same = Attempt.objects.filter(learner=one.learner_id, lab=one.lab, kind=Attempt.Kind.ATTEMPT, pk__lt=one.pk)
        return same.order_by("-pk").first()

    @property
    def at_hand(self) -> "AtHand | None":
        return AtHand(self.lab) if self.whole and self.lab else None


@dataclass(frozen=True, slots=True)
class AtHand:
    """Guide and solution of a lab, with its learner's numbers: for a mentor."""

    lab: Lab

    @property
    def stages(self) -> Iterator[tuple[str, SafeString | str, list[tuple[str, str]]]]:
        """Yield (title, guide, [(node, lines to type)])."""
        guide = guide_of(self.lab)
        for stage in self.lab.stages:
            typed = [(node, "\n".join(lines)) for node, lines in self.lab.solution.get(stage.id, {}).items()]
            yield authored(stage.title), guide.stages.get(stage.id, ""), typed


def at_hand(trainee: User, lab: str) -> AtHand:
    """The newest version of a lab with the trainee's numbers. Raises NoSuchLab."""
    newest = versions.newest(lab)
    return AtHand(versions.newest(lab, seeds.kept(trainee, newest)))


def of_labs(trainee: User) -> list[tuple[str, Attempt]]:
    """The titles of the labs that he tried, each with his best attempt: what he has shown on a network."""
    best = Attempt.objects.best_of_each(trainee)
    return [(activity.lab_title(lab), attempt) for lab, attempt in best.items()]
