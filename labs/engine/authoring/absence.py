"""Finds checks that pass in a network in which nothing works, and that no other check keeps from it.

Most of them say that something is absent. A ``control`` or ``needs`` shows that it could be there.
"""

from labs.engine.definition.spec import Lab
from labs.engine.grading.cases import case_of, with_needs
from labs.typed_yaml.authoring_errors import AuthoringError


def mistakes(lab: Lab) -> list[AuthoringError]:
    """Return an error for each such check. A check that passes there as well is no control."""
    cases = {check.id: case_of(lab, stage.id, check) for stage in lab.stages for check in stage.checks}
    passes_on_nothing = {name for name, case in cases.items() if case.type.needs_control()}
    found = [
        AuthoringError(str(lab.folder / "lab.yaml"), case.check.line, _message(name))
        for name, case in cases.items()
        if with_needs(cases, [case]).keys() <= passes_on_nothing
    ]
    return sorted(set(found))


def _message(name: str) -> str:
    return (
        f"{name} says that something is absent, so it passes in a network in which nothing works, too. Name in its control a check "
        "that passes only if the absent thing could be there, or in its needs one that must pass first."
    )
