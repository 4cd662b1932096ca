"""How much of a lab rests on the learner's own nodes alone. There they are root, and what is read there is what they make it.

A check looks from the nodes of its ``on``, and at those that its ``expect`` names as witnesses. One that is not the learner's
is enough: what arrives there, or is learned there, was really sent.
"""

from dataclasses import dataclass

from labs.engine.definition.spec import Check, Lab
from labs.engine.grading.cases import case_of
from labs.typed_yaml.errors import AuthoringError

MOST = 0.5  # of a lab's points


@dataclass(frozen=True, slots=True)
class Share:
    """Points of the checks that look at the learner's own nodes alone, the heaviest check first, and all points."""

    lab: Lab
    checks: tuple[Check, ...]

    @property
    def points(self) -> int:
        return sum(check.points for check in self.checks)

    @property
    def is_large(self) -> bool:
        return self.points > MOST * self.lab.points

    def __str__(self) -> str:
        said = f"{self.points} of {self.lab.points} points rest on the learner's own nodes alone"
        return f"{said}, and its author says why" if self.is_large and self.lab.own_nodes else said


def share(lab: Lab) -> Share:
    """Returns which checks rest on the learner's own nodes alone."""
    own = [check for stage in lab.stages for check in stage.checks if _is_own(lab, stage.id, check)]
    return Share(lab, tuple(sorted(own, key=lambda check: -check.points)))


def _is_own(lab: Lab, stage: str, check: Check) -> bool:
    case = case_of(lab, stage, check)
    names = {*(node.name for node in case.on), *case.type.nodes()}
    nodes = [lab.nodes[name] for name in names]
    return all(node.learner and node.has_shell for node in nodes)  # on a switch nobody types


def complaint(found: Share) -> AuthoringError | None:
    """Returns what is wrong when too much can be made up, at the check that weighs most; an author's reason stands against it."""
    if not found.is_large or found.lab.own_nodes:
        return None
    ids = ", ".join(check.id for check in found.checks[:4])
    return AuthoringError(
        str(found.lab.folder / "lab.yaml"),
        found.checks[0].line,
        f"{found}, where they are root and can make up what is read; at most half may. Let checks such as {ids} look from a node "
        "with learner: false, or name one as witness (at, to). Where nobody else can look, say why in own_nodes.",
    )
