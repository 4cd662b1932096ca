"""Counts the points of a lab that depend on the learner's own nodes alone. The learner is root there and can forge what we read.

A check looks from the nodes of its ``on``, and at the nodes that its ``expect`` names as witnesses. One node that is not the
learner's is enough: what arrives there, or is learned there, was really sent.
"""

from dataclasses import dataclass

from labs.engine.definition.spec import Check, Lab
from labs.engine.grading.cases import case_of
from labs.typed_yaml.authoring_errors import AuthoringError

MOST = 0.5  # of a lab's points


@dataclass(frozen=True, slots=True)
class Share:
    """The checks that look only at the learner's own nodes, the one with most points first."""

    lab: Lab
    checks: tuple[Check, ...]

    @property
    def points(self) -> int:
        return sum(check.points for check in self.checks)

    @property
    def is_large(self) -> bool:
        return self.points > MOST * self.lab.points_of_all

    def __str__(self) -> str:
        text = f"{self.points} of {self.lab.points_of_all} points depend on the learner's own nodes alone"
        return f"{text}; own_nodes gives the reason" if self.is_large and self.lab.own_nodes else text


def share(lab: Lab) -> Share:
    """Return which checks depend on the learner's own nodes alone."""
    own = [check for stage in lab.stages for check in stage.checks if _is_own(lab, stage.id, check)]
    return Share(lab, tuple(sorted(own, key=lambda check: -check.points)))


def _is_own(lab: Lab, stage: str, check: Check) -> bool:
    case = case_of(lab, stage, check)
    names = {*(node.name for node in case.on), *case.type.nodes()}
    nodes = [lab.nodes[name] for name in names]
    return all(node.learner and node.has_shell for node in nodes)  # nobody can type on a switch


def share_error(found: Share) -> AuthoringError | None:
    """Return an error, at the check with most points, if the share is too large and the author gave no reason in own_nodes."""
    if not found.is_large or found.lab.own_nodes:
        return None
    ids = ", ".join(check.id for check in found.checks[:4])
    return AuthoringError(
        str(found.lab.folder / "lab.yaml"),
        found.checks[0].line,
        f"{found}, where a learner is root and can forge what we read. At most half of the points may do so. Let checks such as "
        f"{ids} run on a node with learner: false, or name such a node as a witness (at, to). If no other node can, give the "
        "reason in own_nodes.",
    )
