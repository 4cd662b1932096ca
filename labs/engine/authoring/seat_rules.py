"""The limits of a seat's check in a lab whose seats are alike: it touches nothing of another seat, and disturbs nobody else.

People press “Check my work” at any time, while the others work. So an attempt of one seat must leave their networks alone, and
their mistakes must not make its checks fail.
"""

from collections.abc import Iterator

from labs.engine.definition.spec import Check, Lab, SeatPlan
from labs.engine.grading.cases import case_of
from labs.typed_yaml.authoring_errors import AuthoringError


def mistakes(lab: Lab) -> list[AuthoringError]:
    """Return the checks that depend on another seat, or disturb one, each at its line."""
    if not lab.has_bots:
        return []
    plans = {plan.id: plan for plan in lab.seats}
    seat_of = {check.id: check.seat for check in lab.checks()}
    file = str(lab.folder / "lab.yaml")
    return [
        AuthoringError(file, check.line, message)
        for stage in lab.stages
        for check in stage.checks
        for message in (
            *_stimuli(lab, check, plans.get(check.seat)),
            *_before(check, seat_of),
            *_foreign(lab, stage.id, check, plans.get(check.seat)),
        )
    ]


def _stimuli(lab: Lab, check: Check, plan: SeatPlan | None) -> Iterator[str]:
    own = plan.nodes if plan else ()
    cables = {str(end) for link in lab.links if {one.node for one in link.ends} & set(own) for end in link.ends}
    for action in check.do:
        if "link" not in action:
            yield f"{check.id} changes a node or a file that all seats share, so it disturbs them all. Let it change a cable only."
        elif str(action["link"]) not in cables:
            yield f"{check.id} changes the cable {action['link']}, which does not end at its seat. Name one that does."


def _before(check: Check, seat_of: dict[str, str]) -> Iterator[str]:
    for other in check.before:
        if seat_of.get(other, "") not in ("", check.seat):
            yield f"{check.id} waits for {other}, a check of another seat. Name a check of its own seat, or a shared one."


def _foreign(lab: Lab, stage: str, check: Check, plan: SeatPlan | None) -> Iterator[str]:
    case = case_of(lab, stage, check)
    others = {node for seat in lab.seats if seat != plan for node in seat.nodes}
    named = {*check.on, *case.type.nodes()} & others
    if named:
        yield f"{check.id} checks {', '.join(sorted(named))} of another seat. Its holder cannot influence those nodes."
