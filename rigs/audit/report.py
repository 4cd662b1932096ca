"""The lines that an audit prints."""

from rigs.audit.run import Result


def line(result: Result) -> str:
    """Return family, number, attack, wall, outcome and control in one line."""
    attack = result.attack
    outcome = "CAME THROUGH" if result.outcome.through else "refused"
    return (
        f"{result.family} | {attack.id} | {attack.title} | wall: {attack.wall} | {outcome} ({result.outcome.said})"
        f" | control: {control_text(result)}"
    )


def control_text(result: Result) -> str:
    """Return the outcome of the control, with the wall that it lacks."""
    control, attack = result.control, result.attack
    if control is None or attack.control is None:
        return "none"
    without = f"without {attack.control.name} ({control.said})"
    if control.through:
        return f"shown, {without}"
    if attack.second_walls:
        return f"cannot be shown here, second wall: {', '.join(attack.second_walls)}; {without}"
    return f"NOT SHOWN, {without}"
