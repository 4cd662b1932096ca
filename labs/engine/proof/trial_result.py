"""The result of one trial of a proof, and the rule that a trial counts only if the verdict of each check is known."""

from dataclasses import dataclass, field

from labs.engine.grading.grading import Outcome, Verdict
from labs.engine.state.facts import State


@dataclass(slots=True, kw_only=True)
class TrialResult:
    """``problems`` are sentences for the author; ``noticed_by`` is the check that failed first when a line was left out."""

    problems: list[str] = field(default_factory=list)
    misjudged: dict[str, str] = field(default_factory=dict)  # of a mutant: sentences about checks, by their ids
    noticed_by: str = ""
    untouched: list[str] = field(default_factory=list)  # checks that passed before anything was typed
    start: float = 0.0  # seconds until every prompt was usable
    memory: int = 0  # bytes that the solved lab used
    grading: float = 0.0  # seconds of one pass over the solved lab, without the checks that disturb it
    attempt: float = 0.0  # seconds of an attempt at the solved lab, with all checks
    state: State | None = None  # of the solved lab
    resumed: int | None = None  # points after a resume


class UnknownVerdict(Exception):
    """The verdict of a check is unknown."""


def all_known(verdicts: list[Verdict]) -> list[Verdict]:
    """Return the verdicts. Raises UnknownVerdict if one of them is unknown."""
    for verdict in verdicts:
        if verdict.outcome is Outcome.UNKNOWN:
            raise UnknownVerdict(f"{verdict.check}: {verdict.seen}")
    return verdicts
